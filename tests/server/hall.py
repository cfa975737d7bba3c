"""A small app behind our gate, or without it (GATE=open), with something in streamlit's cache."""

import os
import uuid

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.ui import gate


@st.cache_resource
def kept() -> str:
    return uuid.uuid4().hex


if get_script_run_ctx(suppress_warning=True):
    st.text(kept())
    if "break" in st.query_params:
        raise RuntimeError("the inner secret of this app")
    st.text("x" * int(st.query_params.get("letters", 0)))
else:
    app = st.App(__file__, middleware=[] if os.environ.get("GATE") else gate.middleware())
