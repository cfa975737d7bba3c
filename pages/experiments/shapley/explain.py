"""Explain a prediction."""

from core.experiments.shapley import explain
from core.experiments.shapley import explain_claims as claims
from core.tabular import shap
from pages.figures.shapley.explain import chart, figure
from pages.ui import choice, declare, number, table, text

WIDTHS = tuple((1, p) for p in range(2, 11))
CANCER = {"data": "breast_cancer"}

EXPERIMENT = declare(
    __name__,
    explain.explain,
    claims,
    figure,
    (
        choice("data"),
        text("target", live=False, when=lambda data: data.startswith("own-")),
        choice("model"),
        choice("who"),
        number("row", reach=explain.rows, when={"who": "row"}),
        table("x", -4, 4, 0.1, WIDTHS, cells=explain.names, when={"who": "mine"}),
        choice("game"),
        number("background", reach=shap.reach),
        number("seed", 0, 999),
    ),
    statements=("XAI-18", "XAI-20", "XAI-21"),
    presets={
        "sickest": {},
        "compact": CANCER | {"row": 0},
        "missed": CANCER | {"row": 297, "model": "net"},
        "wine": {"data": "wine", "row": 68, "model": "trees"},
        "symmetry": CANCER | {"row": 150, "model": "trees", "game": "conditional"},
        "impossible": CANCER | {"model": "net", "who": "mine", "x": "2 0 -2 0 0 0 0 0 0 0"},
    },
    chart=chart,
)
