"""Two groups, one model."""

from core.experiments.dro import groups
from core.experiments.dro import groups_claims as claims
from pages.figures.dro.groups import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    groups.groups,
    claims,
    figure,
    (
        number("share", step=0.01),
        number("radius", step=0.01),
        choice("loss"),
        number("noise1", step=0.05, live=False),
        number("noise2", step=0.05, live=False),
        number("seed", live=False),
    ),
    statements=("DRO-01", "DRO-03"),
    presets={
        "small": {},
        "limited": {"radius": 0.2},
        "noisy": {"noise2": 2.5},
        "misleading": {"loss": "logistic", "noise1": 1.0, "noise2": 1.0},
        "nothing": {"radius": 0.0},
    },
)
