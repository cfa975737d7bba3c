"""ICE and PDP."""

from core.experiments.importance import ice
from core.experiments.importance import ice_claims as claims
from pages.figures.importance.ice import figure
from pages.ui import choice, declare, number, text

TABLES = {"data": "toy"}

EXPERIMENT = declare(
    __name__,
    ice.moved,
    claims,
    figure,
    (
        choice("data"),
        text("target", live=False, when=lambda data: data.startswith("own-")),
        choice("model", unless=TABLES),
        choice("base", when=TABLES),
        number("strength", step=0.01, when=TABLES),
        number("rho", step=0.01, when=TABLES),
        number("feature", reach=ice.columns),
        number("x1", step=0.01, when=TABLES),
        number("x2", step=0.01, when=TABLES),
        number("row", reach=ice.rows, unless=TABLES),
        number("shift", -4, 4, step=0.01, unless=TABLES),
        choice("aim"),
        choice("per", unless=TABLES),
    ),
    statements=("XAI-01", "XAI-02", "XAI-06"),
    presets={
        "lines": {},
        "wave": {"base": "wave", "strength": 0.0},
        "plateau": {"base": "plateau", "strength": 0.0, "x1": 1.5, "x2": 0.5},
        "unread": {"strength": 0.0, "rho": 0.9, "aim": "data"},
        "age": {"data": "diabetes"},
        "tumour": {"data": "breast_cancer", "row": 20, "shift": 1.0},
    },
)
