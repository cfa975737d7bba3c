"""The floor: a page on which a slider changes one number, in a process as warm as the app's."""

import gc

import streamlit as st
import torch

import pages.landscapes  # noqa: F401

torch.set_num_threads(1)
if not gc.get_freeze_count():
    gc.collect()
    gc.freeze()

value = st.slider("value", 0, 1000, 500)
st.html(f"<p data-picture='{value}'>{value}</p>")
