"""Three importances on real data."""

from core.experiments.importance import real
from core.experiments.importance import real_claims as claims
from pages.figures.importance.real import figure
from pages.ui import choice, declare, number, switch, text

EXPERIMENT = declare(
    __name__,
    real.real,
    claims,
    figure,
    (
        choice("data"),
        text("target", when=lambda data: data.startswith("own-")),
        choice("model"),
        switch("twin"),
        number("feature", reach=real.reach),
        number("repeats"),
        number("seed", 0, 999),
    ),
    statements=("XAI-09", "XAI-12", "XAI-13"),
    presets={
        "patients": {},
        "twice": {"twin": True, "feature": 8},
        "tumours": {"data": "breast_cancer", "feature": 6},
        "proline": {"data": "wine", "model": "trees", "feature": 9},
    },
)
