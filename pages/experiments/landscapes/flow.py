"""Flow and Euler."""

from core.experiments.landscapes import flow
from core.experiments.landscapes import flow_claims as claims
from pages.figures.landscapes.flow import figure
from pages.ui import declare, number, switch

EXPERIMENT = declare(
    __name__,
    flow.flow,
    claims,
    figure,
    (
        number(
            "lr",
            0.01,
            2.0,
            log=True,
            ticks=lambda lam1, lam2: {"1/L": 1 / max(lam1, lam2), "2/L": 2 / max(lam1, lam2)},
        ),
        number("T", 0.5, 10.0, step=0.1),
        number("lam1", 0.1, 10.0, log=True),
        number("lam2", 0.1, 10.0, log=True),
        number("x0", -1.5, 1.5, step=0.01),
        number("y0", -1.5, 1.5, step=0.01),
        switch("implicit"),
    ),
    statements=("OPT-10",),
    presets={
        "zigzag": {},
        "decay": {"lam1": 2.0, "lam2": 2.0, "T": 1.0, "lr": 0.1, "x0": 1.0, "y0": 0.0},
        "hugging": {"lr": 0.02},
        "edge": {"lr": 0.27, "implicit": True},
    },
)
