"""The same experiment drawn by st.slider and st.plotly_chart."""

import gc

import plotly.graph_objects as go
import streamlit as st
import torch

from pages.landscapes import EXPERIMENTS

torch.set_num_threads(1)
if not gc.get_freeze_count():
    gc.collect()
    gc.freeze()

slug = st.query_params.get("exp", EXPERIMENTS[0].slug)
name = st.query_params["param"]
experiment = next(each for each in EXPERIMENTS if each.slug == slug)
param = next(each for each in experiment.params if each.name == name)

place = st.slider(param.label, 0, 1000, 500)
share = place / 1000
span = (param.high / param.low) ** share if param.log else share * (param.high - param.low)
value = param.low * span if param.log else param.low + span
values = experiment.defaults() | {name: type(param.default)(value)}
result = experiment.compute(**values)
checks = experiment.checks(result, **values)
for panel in experiment.figure(result, **values).panels:
    figure = go.Figure(panel.spec())
    figure.update_layout(meta={"picture": place})
    st.plotly_chart(figure, key=panel.name)
