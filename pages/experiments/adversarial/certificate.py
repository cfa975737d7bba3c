"""Certified radii of a net in the plane."""

from core.experiments.adversarial import certificate
from core.experiments.adversarial import certificate_claims as claims
from pages.figures.adversarial.certificate import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    certificate.certificate,
    claims,
    figure,
    (
        number("x1", step=0.01),
        number("x2", step=0.01),
        number("sigma", step=0.01),
        number("n", log=True),
        number("alpha", log=True),
        choice("cloud"),
        number("seed"),
    ),
    statements=("ROB-01", "ROB-06"),
    presets={
        "alike": {},
        "norms": {"cloud": "moons", "x1": 0.5, "x2": 0.45},
        "noise": {"cloud": "moons", "x1": 0.5, "x2": 0.45, "sigma": 1.0},
        "straight": {"cloud": "line", "x1": -1.0, "x2": -0.5, "n": 10_000},
        "ring": {"cloud": "rings", "x1": -1.2, "x2": -0.7},
        "centre": {"cloud": "rings", "x1": 0.0, "x2": 0.0, "sigma": 1.0},
    },
)
