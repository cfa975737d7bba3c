"""The teacher's sheet of a topic, at its own address: /teacher?topic=<noun>."""

import streamlit as st

from pages.topics import TOPICS, experiments
from pages.ui import entrance, misprints, settle, teaching

STYLE = """<style>
.st-key-teacher { max-width: 52rem; }
.st-key-teacher .stMarkdown :is(p, li, td, th) { font-family: SourceSerif, Georgia, serif;
  font-size: 1.03rem; line-height: 1.6; }
.st-key-teacher .stMarkdown h2 { font-size: 1.4rem; padding: 1.6rem 0 .5rem; }
.st-key-teacher .stMarkdown h3 { font-size: 1.12rem; padding: 1.2rem 0 .4rem; }
.st-key-teacher .stMarkdown table { display: block; overflow-x: auto; border: 0; }
.st-key-teacher .stMarkdown td { min-width: 8rem; vertical-align: top; }
.st-key-teacher .stDownloadButton button { min-height: 0; padding: 1px 12px; border-radius: 99px; }
</style>"""


def show() -> None:
    """Draw the page."""
    settle.mount()
    built = {topic.noun: topic for topic in TOPICS if topic.built}
    noun = st.query_params.get("topic", "")
    st.html(STYLE)
    with st.container(key="teacher"):
        if noun not in built:
            st.title("Teacher's sheets", anchor=False)
            for topic in built.values():
                st.page_link(
                    "pages/teacher.py", label=topic.title, query_params={"topic": topic.noun}
                )
            return
        topic = built[noun]
        st.title(f"Teacher's sheet: {topic.title}", anchor=False)
        st.markdown("With the answers. A link opens the page with that setting, in a new tab.")
        text = teaching.sheet(noun, experiments()[noun], misprints.on())
        with st.container(horizontal=True, vertical_alignment="center"):
            st.page_link(f"pages/{noun}.py", label="To the page", icon=":material/arrow_back:")
            st.download_button(
                "Download (Markdown)",
                f"# Teacher's sheet: {topic.title}\n\n{text}",
                f"saddlepoint-{noun}-teaching.md",
                "text/markdown",
                on_click="ignore",
            )
            misprints.switch()
        st.markdown(text, anchors=False)


if __name__ == "__main__":
    entrance.through_app()
    show()
