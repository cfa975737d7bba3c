"""Test."""

from core.experiments.probability import test
from core.experiments.probability import test_claims as claims
from pages.figures.probability.test import LARGEST, LEAST, figure
from pages.ui import declare, number, switch

EXPERIMENT = declare(
    __name__,
    test.screening,
    claims,
    figure,
    (
        number("prevalence", LEAST, LARGEST, log=True),
        number("sensitivity", 0.5, 1.0, step=0.005),
        number("false_alarm", 0.0, 0.5, step=0.005),
        number("positives"),
        switch("printed"),
    ),
    statements=("PROB-05",),
    presets={
        "rare": {},
        "thousand": {"prevalence": 0.001},
        "sure": {"sensitivity": 1.0},
        "symptoms": {"prevalence": 0.2},
        "printed": {"printed": True},
    },
)
