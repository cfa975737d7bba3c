"""One theme for all pages, and a side menu that closes, on a page without a script of its own."""

from functools import cache

import streamlit as st

from pages.ui import serve

LOADER = """
const ready = import(new URL("%s", document.baseURI).href);
export default () => { ready.then(script => script.settle()); };
"""


@cache
def _component():
    return st.components.v2.component(
        "saddlepoint_settle", html="<i></i>", js=LOADER % serve.url("settle.js")
    )


def mount() -> None:
    """Run `assets/stage/settle.js` on this page."""
    _component()(key="settle")
