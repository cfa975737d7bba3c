"""Risk on real data."""

from core.experiments.shapley import risk_data
from core.experiments.shapley import risk_data_claims as claims
from pages.figures.shapley.risk_data import figure
from pages.ui import choice, declare, number, text

EXPERIMENT = declare(
    __name__,
    risk_data.risk_data,
    claims,
    figure,
    (
        choice("data"),
        text("target", when=lambda data: data.startswith("own-")),
        choice("model"),
        choice("game"),
        choice("measures"),
        number("passes"),
        number("background"),
        number("seed", 0, 999),
    ),
    statements=("XAI-19", "XAI-21"),
    presets={
        "cholesterol": {},
        "given": {"game": "conditional"},
        "trees": {"model": "trees"},
        "sizes": {"data": "breast_cancer"},
        "proline": {"data": "wine"},
        "two_orders": {"passes": 2},
    },
)
