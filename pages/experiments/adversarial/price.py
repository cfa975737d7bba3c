"""What robustness costs."""

from core.experiments.adversarial import price
from core.experiments.adversarial import price_claims as claims
from pages.figures.adversarial.price import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    price.price,
    claims,
    figure,
    (
        number("eps", step=0.01, ticks=lambda: {"mean of a weak number": 0.5}),
        number("judge", step=0.01),
        choice("near"),
        number("seed", live=False),
    ),
    statements=("ROB-14",),
    presets={
        "half": {},
        "ordinary": {"eps": 0.0},
        "between": {"eps": 0.4, "judge": 0.4},
        "random": {"near": "random"},
        "beyond": {"eps": 0.9, "judge": 0.9},
    },
)
