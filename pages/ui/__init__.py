"""The only shared streamlit code: experiment (data), store, stage, run, verdicts, page."""

from pages.ui.experiment import Experiment, Grid, Param, Prediction, Tick
from pages.ui.page import show

__all__ = ["Experiment", "Grid", "Param", "Prediction", "Tick", "show"]
