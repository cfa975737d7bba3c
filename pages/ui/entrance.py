"""Ways onto a page other than the first: a straight link, and a connection that was lost."""

from datetime import timedelta

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


def forgotten() -> bool:
    """Whether the browser comes back to a process that does not know it.

    It then names its former session, as the third of the protocols that it offers.
    """
    offered = st.context.headers.get("Sec-WebSocket-Protocol", "")
    return "page" not in st.session_state and offered.count(",") == 2


@st.fragment(run_every=timedelta(days=1))
def returning() -> None:
    """Nothing, but a page that has it runs anew when its connection comes back.

    The browser may have come to another process, which does not know the page: it would draw, and
    forget whatever is committed. What is in the address is there again after that run.
    """
