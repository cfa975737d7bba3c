"""The default page: a map of all topics as small live pictures."""

from functools import cache
from itertools import groupby
from pathlib import Path

import streamlit as st

from pages.topics import TOPICS
from pages.ui import entrance, serve

CSS = Path(__file__).resolve().parent.parent / "assets" / "stage" / "home.css"
PROMISE = (
    "The mathematics of deep learning, live under your finger: drag a figure, see the theorem hold "
    "on your own numbers, and find out which hypothesis it needed."
)
STYLE = """<style>
.stMarkdown p { font-family: SourceSerif, Georgia, serif; }
[data-testid="stCaptionContainer"] { color: inherit; opacity: 0.75; }
[data-testid="stCaptionContainer"] p { font: 0.85rem/1.4 Inter, sans-serif; }
</style>"""
LOADER = """
const home = import(new URL("{url}", document.baseURI));
export default component => {{
  home.then(module => module.default(component));
  return () => home.then(module => module.close(component.parentElement));
}};
"""


@cache
def topic_map():
    """The component that draws the map."""
    return st.components.v2.component(
        "saddlepoint_map",
        html='<div class="map"></div>\n',
        css=CSS.read_text(encoding="utf-8"),
        js=LOADER.format(url=serve.url("home.js")),
    )


def sections() -> list[dict]:
    """The topics by section, as the browser wants them."""
    return [
        {
            "title": title,
            "topics": [
                {
                    "noun": topic.noun,
                    "title": topic.title,
                    "question": topic.question,
                    "headline": topic.headline,
                    "built": topic.built,
                }
                for topic in topics
            ],
        }
        for title, topics in groupby(TOPICS, key=lambda topic: topic.section)
    ]


def show() -> None:
    """Draw the page."""
    st.html(STYLE)
    st.title("Saddlepoint", anchor=False)
    st.markdown(PROMISE, width=640)
    data = {"sections": sections(), "files": serve.libraries()}
    chosen = topic_map()(key="map", data=data, on_open_change=lambda: None)
    st.caption("★ is a good place to start. Topics in preparation are drawn faintly.")
    if chosen.open in [topic.noun for topic in TOPICS if topic.built]:
        st.switch_page(f"pages/{chosen.open}.py")


if __name__ == "__main__":
    entrance.through_app()
    show()
