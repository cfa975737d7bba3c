"""The arrow field."""

from core.experiments.diffusion import field
from core.experiments.diffusion import field_claims as claims
from pages.figures.diffusion.field import figure
from pages.ui import choice, declare, number

NAMED = {"layout": ("one", "two", "triangle", "ring", "line")}
NORMAL = {"layout": "one", "t": 301, "std": 1.0, "ax": 0.0}


def own(mode: int) -> dict:
    return {"layout": "mine", "mode": mode}


EXPERIMENT = declare(
    __name__,
    field.field,
    claims,
    figure,
    (
        number("t"),
        choice("layout"),
        number("std", step=0.01),
        number("x", step=0.01),
        number("y", step=0.01),
        number("mode", 1, 3, when={"layout": "mine"}),
        number("ax", step=0.01, when=lambda layout, mode: layout != "mine" or mode == 1),
        number("ay", step=0.01, when=lambda layout, mode: layout != "mine" or mode == 1),
        number("bx", step=0.01, when=own(2)),
        number("by", step=0.01, when=own(2)),
        number("cx", step=0.01, when=own(3)),
        number("cy", step=0.01, when=own(3)),
        choice("net", when=NAMED),
    ),
    statements=("DDPM-05", "DDPM-03", "DDPM-08"),
    presets={
        "midway": {},
        "normal": NORMAL,
        "noise": {"t": 900, "x": 1.6, "y": 0.4},
        "late": {"t": 40, "x": 0.9, "y": 0.4},
        "ring": {"layout": "ring", "t": 200, "ax": 2.0, "std": 0.15, "x": 0.3, "y": 0.1},
        "printed": NORMAL | {"net": "printed"},
    },
)
