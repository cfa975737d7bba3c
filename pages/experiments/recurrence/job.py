"""Recall of a bit after a lag, learned by four cells."""

from core.experiments.recurrence import job
from core.experiments.recurrence import job_claims as claims
from pages.figures.recurrence.job import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    job.job,
    claims,
    figure,
    (
        choice("cell"),
        number("lag", log=True),
        number("noise", step=0.05),
        number("keep", step=0.01),
        number("steps", step=5),
        number("seeds"),
        number("seed"),
    ),
    statements=("RNN-07", "RNN-08"),
    presets={
        "noisy": {},
        "half": {"keep": 0.5, "noise": 0.3},
        "quiet": {"noise": 0.0, "cell": "lru"},
        "loud": {"noise": 1.0, "cell": "rnn"},
    },
)
