"""Moments and linear maps."""

from core.carry import entries
from core.experiments.probability import moments
from core.experiments.probability import moments_claims as claims
from pages.figures.probability.moments import figure
from pages.ui import choice, declare, hidden, number

AREAS, MAP, WEIGHTS = {"view": "areas"}, {"view": "map"}, {"view": "weights"}
GAUSS = {"shape": "gauss", "view": ("areas", "weights")}

EXPERIMENT = declare(
    __name__,
    moments.moments,
    claims,
    figure,
    (
        choice("view"),
        choice("shape"),
        number("rho", step=0.01, when=GAUSS),
        number("dx", -8.0, 8.0, step=0.01, when=AREAS),
        number("dy", -8.0, 8.0, step=0.01, when=AREAS),
        number("w1", step=0.01, when=WEIGHTS),
        number("w2", step=0.01, when=WEIGHTS),
        number("a11", step=0.01, when=MAP),
        number("a12", step=0.01, when=MAP),
        number("a21", step=0.01, when=MAP),
        number("a22", step=0.01, when=MAP),
        number("b1", step=0.01, when=MAP),
        number("b2", step=0.01, when=MAP),
        number("s1", step=0.01, unless=MAP),
        number("s2", step=0.01, unless=MAP),
        number("seed", 0, 999, when=lambda view, shape: view != "map" and moments.chance(shape)),
        hidden("drawing"),
    ),
    statements=("PROB-09", "PROB-10", "PROB-11", "PROB-12", "PROB-14", "PROB-17", "ANA-04"),
    presets={
        "bound": {"shape": "three"},
        "double": {"view": "map", "a11": 2.0, "a22": 2.0},
        "average": {"view": "weights"},
        "far": {"shape": "grid", "dx": 7.5, "dy": 7.5},
        "drawn": {"shape": "drawn"},
    },
    carries=(entries("a11", "a12", "a21", "a22", "linear map", view="map"),),
)
