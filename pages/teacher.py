"""The teacher's sheet of a topic, at its own address: /teacher?topic=<noun>."""

import streamlit as st

from pages.topics import TOPICS, experiments
from pages.ui import entrance, misprints, settle, teaching

STYLE = """<style>
.st-key-teacher { max-width: 52rem; }
.st-key-teacher :is(p, li, td) { font-family: SourceSerif, Georgia, serif; line-height: 1.6; }
.st-key-teacher table { table-layout: auto; }
.st-key-teacher td:first-child { min-width: 8rem; }
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
        with st.container(horizontal=True, vertical_alignment="center"):
            st.page_link(f"pages/{noun}.py", label="To the page", icon=":material/arrow_back:")
            misprints.switch()
        text = teaching.sheet(noun, experiments()[noun], misprints.on())
        st.download_button(
            "Download (Markdown)",
            f"# Teacher's sheet: {topic.title}\n\n{text}",
            f"saddlepoint-{noun}-teaching.md",
            "text/markdown",
            on_click="ignore",
        )
        st.markdown(text)


if __name__ == "__main__":
    entrance.through_app()
    show()
