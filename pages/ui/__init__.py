"""The only shared streamlit code: experiment (data), declare, store, stage, run, verdict, page."""

from pages.ui.declare import above, choice, collect, declare, hidden, number, switch, table, text
from pages.ui.experiment import Experiment, Grid, Param, Prediction, Tick
from pages.ui.page import show

__all__ = [
    "Experiment",
    "Grid",
    "Param",
    "Prediction",
    "Tick",
    "above",
    "choice",
    "collect",
    "declare",
    "hidden",
    "number",
    "show",
    "switch",
    "table",
    "text",
]
