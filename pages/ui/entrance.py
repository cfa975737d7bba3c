"""A link straight to a page on a server that has just started."""

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager


def through_app() -> None:
    """Start over through app.py if streamlit came here without it.

    Until `st.navigation` has been called once in a process, streamlit takes every file of a
    folder named "pages" for a page of its own and runs it directly.
    """
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()
