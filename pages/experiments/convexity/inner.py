"""Inner products."""

from core.carry import product
from core.experiments.convexity import inner
from core.experiments.convexity import inner_claims as claims
from pages.figures.convexity.inner import figure
from pages.ui import declare, number

EXPERIMENT = declare(
    __name__,
    inner.inner,
    claims,
    figure,
    (
        number("d", log=True),
        number("m11", step=0.01),
        number("m12", step=0.01),
        number("u1", step=0.01),
        number("u2", step=0.01),
        number("v1", step=0.01),
        number("v2", step=0.01),
        number("seed"),
    ),
    statements=("ANA-02", "ANA-03"),
    presets={
        "random": {},
        "skew": {"u1": 1.0, "u2": 0.0, "v1": 0.0, "v2": 1.0, "m11": 4.0, "m12": 1.8},
        "parallel": {"u1": 0.8, "u2": 0.4, "v1": -1.6, "v2": -0.8},
        "signs": {"u1": 0.5, "u2": 1.5, "v1": -0.5, "v2": 1.0, "m11": -1.0},
    },
    carries=(product("m11", "m12"),),
)
