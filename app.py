"""Saddlepoint: the deep-learning formula sheet, made live. Table of contents."""

from pathlib import Path

import streamlit as st

from pages.topics import TOPICS
from pages.ui import serve, warm

st.set_page_config("Saddlepoint", page_icon="assets/favicon.png", layout="wide")
serve.publish()
warm.start()
st.html(Path(__file__).parent / "assets/stage/app.css")

home = st.Page("pages/home.py", title="Home", default=True)
sheet = st.Page("pages/sheet.py", title="Formula sheet", url_path="sheet")
contents = {"": [home, sheet]}
for topic in TOPICS:
    if topic.built:
        page = st.Page(f"pages/{topic.noun}.py", title=topic.title, url_path=topic.noun)
        contents.setdefault(topic.section, []).append(page)

page = st.navigation(contents, position="top")
if page in (home, sheet):
    st.session_state["page"] = page.url_path
page.run()
