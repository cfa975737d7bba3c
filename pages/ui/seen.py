"""What the student has looked at already, as their browser remembers it."""

import re
from functools import cache

import streamlit as st

from pages.ui import serve

PLACE = re.compile(r"[a-z_]+/[a-z0-9-]+")  # as in assets/stage/seen.js
LOADER = """
const ready = import(new URL("%s", document.baseURI).href);
export default component => { ready.then(script => script.default(component, component.data)); };
"""


@cache
def _component():
    return st.components.v2.component(
        "saddlepoint_seen", html="<i></i>", js=LOADER % serve.url("seen.js")
    )


def places() -> frozenset[str]:
    """ "topic/slug" of every experiment that was looked at in this browser.

    At the first run of a page nothing is known yet; the browser tells, and the page runs again.
    """
    known = st.session_state.get("seen:places", [])
    told = _component()(key="seen", data=known, on_places_change=lambda: None).places
    found = frozenset(
        each for each in told or () if isinstance(each, str) and PLACE.fullmatch(each)
    )
    st.session_state["seen:places"] = sorted(found)
    return found
