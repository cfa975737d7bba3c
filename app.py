"""Saddlepoint: the deep-learning formula sheet, made live. Table of contents."""

from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.topics import TOPICS
from pages.ui import accounts, entrance, gate, live, metrics, serve, signin, warm


@metrics.RERUN.labels("page").time()
def contents() -> None:
    """One visit of one student: the navigation and the page it leads to."""
    st.set_page_config("Saddlepoint", page_icon="assets/favicon.png", layout="wide")
    serve.publish()
    st.html(Path(__file__).parent / "assets/stage/app.css")
    home = st.Page("pages/home.py", title="Home", default=True)
    sheet = st.Page("pages/sheet.py", title="Formula sheet", url_path="sheet")
    teacher = st.Page(
        "pages/teacher.py", title="Teacher's sheet", url_path="teacher", visibility="hidden"
    )
    rooms = [home, sheet, teacher]
    sections = {"": rooms}
    for topic in TOPICS:
        if topic.built:
            page = st.Page(
                f"pages/{topic.noun}.py",
                title=topic.title,
                url_path=topic.noun,
                visibility="visible" if topic.ids else "hidden",  # the menu is that of the sheet
            )
            sections.setdefault(topic.section, []).append(page)
    known = signin.passed()
    page = st.navigation(sections, position="top" if known else "hidden")
    entrance.returning()
    if not known:
        signin.show()
        return
    if page in rooms:
        st.session_state["page"] = page.url_path
    page.run()
    signin.leave()


# streamlit imports this file once as a server and runs it once for every visit
if get_script_run_ctx(suppress_warning=True):
    with warm.before():
        contents()
else:
    warm.journalled()
    accounts.settle()
    app = st.App(
        __file__,
        lifespan=warm.lifespan,
        routes=live.routes(),
        middleware=[*gate.middleware(), *accounts.middleware()],
    )
