"""Unit balls of p-norms, their duals and nearest points."""

from core.experiments.adversarial import norms
from core.experiments.adversarial import norms_claims as claims
from pages.figures.adversarial.norms import figure
from pages.ui import declare, number, switch

EXPERIMENT = declare(
    __name__,
    norms.norms,
    claims,
    figure,
    (
        number(
            "p",
            0.3,
            20.0,
            log=True,
            ticks=lambda: {"½": 0.5, "1": 1.0, "2": 2.0, "4": 4.0},
            unless={"infinite": True},
        ),
        switch("infinite"),
        number("x1", -1.6, 1.6, step=0.01),
        number("x2", -1.6, 1.6, step=0.01),
        number("y1", -1.6, 1.6, step=0.01),
        number("y2", -1.6, 1.6, step=0.01),
    ),
    statements=("ROB-05", "ROB-13"),
    presets={
        "half": {"p": 0.5},
        "dual": {"p": 4.0},
        "corner": {"p": 1.0, "x1": 1.5, "x2": 0.3},
        "tight": {"p": 3.0, "x2": 0.5, "y1": 1.0, "y2": 0.25},
        "most": {"infinite": True, "x2": 0.6},
    },
)
