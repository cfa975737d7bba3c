"""Sets."""

from core.experiments.convexity import sets
from core.experiments.convexity import sets_claims as claims
from core.experiments.convexity.sets import LARGEST, SMALLEST, WAYS
from pages.figures.convexity.sets import figure
from pages.ui import choice, declare, number, table

EXPERIMENT = declare(
    __name__,
    sets.sets,
    claims,
    figure,
    (
        choice("shape"),
        choice("how"),
        number("bx", step=0.01, unless={"how": "alone"}),
        table(
            "radii", SMALLEST, LARGEST, 0.05, ((1, WAYS),),
            when={"shape": "polygon", "how": "alone"},
            cells=lambda: tuple(f"{45 * k}°" for k in range(WAYS)),
        ),
        number("lam", step=0.01),
        number("x1", step=0.01),
        number("y1", step=0.01),
        number("x2", step=0.01),
        number("y2", step=0.01),
    ),
    statements=("ANA-05", "ANA-06"),
    presets={
        "union": {},
        "shared": {"how": "and", "x1": 0.6, "y1": 0.75, "x2": 0.6, "y2": -0.75},
        "ring": {"shape": "ring", "how": "alone", "x1": -0.75, "y1": 0.1, "x2": 0.75, "y2": 0.1},
        "polygon": {
            "shape": "polygon", "how": "alone", "x1": 0.95, "y1": 0.9, "x2": -0.95, "y2": 0.9,
        },
        "wells": {
            "shape": "wells", "how": "alone", "x1": -1.0, "y1": -0.8, "x2": 1.0, "y2": -0.8,
        },
    },
)  # fmt: skip
