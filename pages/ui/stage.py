"""The component of the stage: mounted once, redrawn in place; and the tabs above it."""

from collections.abc import Callable
from functools import cache
from typing import Any

import streamlit as st

from pages.ui import serve
from pages.ui.compose import typeset
from pages.ui.declare import quoted
from pages.ui.experiment import Experiment

LOADER = """
const ready = import(new URL("%s", document.baseURI).href);
export default function (component) {
  let stop = null, gone = false;
  ready.then((script) => { if (!gone) stop = script.default(component); });
  return () => { gone = true; stop?.(); };
}
"""


@cache
def _component(name: str) -> Callable[..., Any]:
    """A component is registered once per process; its script comes from the host's own files."""
    return st.components.v2.component(
        f"saddlepoint_{name}",
        html=f'<div class="sp-{name}"></div>',
        js=LOADER % serve.url(f"{name}.js"),
        isolate_styles=False,
    )


def mount(message: bytes, key: str, on_set: Callable[[], None]) -> None:
    """Draw, or redraw in place."""
    _component("stage")(key=key, data=message, on_set_change=on_set)


def tabs(
    topic: str,
    experiments: list[Experiment],
    current: Experiment,
    key: str,
    on_open: Callable[[], None],
) -> None:
    """The experiments as links and the question of the current one.

    One small element: every streamlit widget on the page is visited again for each picture.
    """
    data = {
        "topic": topic,
        "current": current.slug,
        "question": typeset(quoted(topic, current.question)),
        "experiments": [{"slug": e.slug, "title": e.title} for e in experiments],
    }
    _component("tabs")(key=key, data=data, on_open_change=on_open)
