"""Robust training."""

from core.experiments.adversarial import training
from core.experiments.adversarial import training_claims as claims
from pages.figures.adversarial.training import figure
from pages.ui import choice, declare, hidden, number

EXPERIMENT = declare(
    __name__,
    training.training,
    claims,
    figure,
    (
        number("judge", step=0.025),
        choice("data"),
        choice("pen", when={"data": "drawn"}),
        choice("look"),
        number("n"),
        number("eps", step=0.05),
        choice("norm"),
        number("seed", 0, 999),
        choice("seeds", unless={"data": "drawn"}),
        *hidden("drawing", "frame"),
    ),
    statements=("ROB-01", "ROB-14"),
    presets={
        "few": {},
        "price": {"n": 200, "eps": 0.6, "judge": 0.6, "look": "ordinary"},
        "arms": {"data": "spirals", "n": 200, "eps": 0.3, "judge": 0.3, "look": "ordinary"},
        "wide": {"data": "rings", "n": 200, "eps": 0.4, "judge": 0.4, "look": "ordinary"},
        "hard": {"data": "rings", "n": 200, "eps": 0.85, "judge": 0.4, "look": "robust"},
        "drawn": {"data": "drawn", "n": 60, "eps": 0.3, "judge": 0.3},
    },
)
