"""The only shared streamlit code: experiment (data), store, stage, run, verdicts, page."""

from pages.ui.experiment import Experiment, Param, Prediction, Tick

__all__ = ["Experiment", "Param", "Prediction", "Tick"]
