"""The whole data set."""

from core.experiments.shapley import everyone
from core.experiments.shapley import everyone_claims as claims
from core.tabular import shap
from pages.figures.shapley.everyone import chart, figure
from pages.ui import choice, declare, number, text

EXPERIMENT = declare(
    __name__,
    everyone.everyone,
    claims,
    figure,
    (
        choice("data"),
        text("target", when=lambda data: data.startswith("own-")),
        choice("model"),
        choice("game"),
        number("background", reach=shap.reach),
        number("seed", 0, 999),
    ),
    statements=("XAI-18", "XAI-20", "XAI-21"),
    presets={
        "cholesterol": {},
        "trees": {"model": "trees"},
        "sizes": {"data": "breast_cancer"},
        "together": {"data": "breast_cancer", "game": "conditional"},
        "proline": {"data": "wine", "model": "trees"},
        "one_person": {"background": 1},
    },
    chart=chart,
)
