"""The only shared streamlit code: experiment (data), store, stage, run, verdicts, page."""

from pages.ui.experiment import Experiment, Param, Prediction, Tick
from pages.ui.page import show

__all__ = ["Experiment", "Param", "Prediction", "Tick", "show"]
