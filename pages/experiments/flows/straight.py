"""Straight paths."""

from core.experiments.flows import straight
from core.experiments.flows import straight_claims as claims
from pages.figures.flows.straight import figure
from pages.ui import choice, declare, hidden, number

EXPERIMENT = declare(
    __name__,
    straight.straight,
    claims,
    figure,
    (
        choice("calls"),
        choice("method"),
        choice("data"),
        number("z1", step=0.01),
        number("z2", step=0.01),
        number("steps", step=10),
        number("seed", 0, 999),
        *hidden("drawing", "frame"),
    ),
    statements=("FLOW-01", "FLOW-02", "FLOW-06"),
    presets={
        "one": {},
        "bent": {"frame": 20, "calls": "4"},
        "halve": {"method": "rk4", "calls": "32"},
        "blobs": {"data": "blobs", "method": "heun", "calls": "8"},
        "drawn": {"data": "drawn", "calls": "16"},
    },
)
