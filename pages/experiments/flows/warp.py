"""Warp a line."""

from core.experiments.flows import warp
from core.experiments.flows import warp_claims as claims
from core.experiments.flows.warp import AT, HIGH
from pages.figures.flows.warp import figure
from pages.ui import choice, declare, number, switch, table

EXPERIMENT = declare(
    __name__,
    warp.warp,
    claims,
    figure,
    (
        choice("map"),
        table(
            "heights", -HIGH, HIGH, 0.1, ((1, len(AT)),), when={"map": "knots"},
            cells=lambda: tuple(f"z = {z}".replace("-", "−") for z in AT),
        ),
        switch("smooth", when={"map": "knots"}),
        number("z", step=0.01),
        number("alpha", step=0.01, when={"map": "affine"}),
        number("beta", step=0.01, when={"map": "affine"}),
        choice("base"),
        switch("forget"),
        switch("printed", when={"map": "affine"}),
    ),
    statements=("FLOW-01", "FLOW-02", "FLOW-03", "PROB-19"),
    presets={
        "double": {},
        "forgotten": {"forget": True},
        "sinh": {"map": "sinh", "forget": True},
        "knots": {"map": "knots", "z": 0.5},
        "fold": {"map": "square"},
        "printed": {"alpha": -2.0, "base": "exponential", "z": 0.5, "printed": True},
    },
)  # fmt: skip
