"""The one switch that shows what is about misprints of the printed sheet; off by default.

Its state belongs to the student, not to a page: it stands in the session as "misprints" and in the
address of every page as misprints=1.
"""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

NAME = "misprints"
SWITCH = f"{NAME}:switch"
LABEL = "misprints of the printed formula sheet"
HELP = (
    "Saddlepoint follows a printed formula sheet that has known misprints: with this on, each is "
    "shown beside the right form, and a preset or an option that follows a misprint can be chosen. "
    "What is taught is right either way."
)


def on() -> bool:
    """Whether the student wants to see misprints; the address and the session are kept the same."""
    shown = st.session_state.setdefault(NAME, False)
    context = get_script_run_ctx()
    if context and context.fragment_ids_this_run:
        return shown  # a message of the stage may still carry the address of before
    if st.query_params.get(NAME) == "1":
        shown = True
    elif shown and context and context.is_history_navigation:
        shown = False
    _keep(shown)
    return shown


def switch() -> None:
    """The toggle, with its one sentence of help."""
    st.session_state[SWITCH] = on()
    st.toggle(LABEL, key=SWITCH, help=HELP, on_change=_flip)


def _flip() -> None:
    _keep(st.session_state[SWITCH])


def _keep(shown: bool) -> None:
    st.session_state[NAME] = shown
    if shown and st.query_params.get(NAME) != "1":
        st.query_params[NAME] = "1"
    elif not shown and NAME in st.query_params:
        del st.query_params[NAME]
