"""The Jacobian as a deformed grid."""

from core.carry import Matrix, computed
from core.experiments.matrix_calculus import grid
from core.experiments.matrix_calculus import grid_claims as claims
from pages.figures.matrix_calculus.grid import figure
from pages.ui import choice, declare, number, text


def jacobian(run: grid.Grid) -> Matrix | None:
    """Of the map, or of both, at the point; None where there is none."""
    return None if run.refused else tuple(run.J.flatten().tolist())


EXPERIMENT = declare(
    __name__,
    grid.grid,
    claims,
    figure,
    (
        choice("map"),
        text("u", when={"map": "own"}),
        text("v", when={"map": "own"}),
        choice("then"),
        number("x", step=0.01),
        number("y", step=0.01),
        number("size", step=0.01),
        choice("layout"),
    ),
    statements=("MC-02", "MC-03", "MC-19"),
    presets={
        "polar": {},
        "layer": {"map": "layer", "x": 0.4, "y": 0.3, "size": 0.5},
        "fold": {"map": "fold", "x": 1.0, "y": -0.4},
        "chain": {"map": "layer", "then": "swirl", "x": -0.5, "y": 0.5, "layout": "denominator"},
        "crease": {"map": "crease", "x": 0.0, "y": 0.0},
    },
    carries=(computed("Jacobian of the map", jacobian),),
)
