"""One coupling layer."""

from core.carry import Matrix, computed
from core.experiments.flows import coupling
from core.experiments.flows import coupling_claims as claims
from pages.figures.flows.coupling import figure
from pages.ui import choice, declare, number, text


def jacobian(run: coupling.Coupling) -> Matrix | None:
    """Of two numbers, at the point."""
    return tuple(run.J.flatten().tolist()) if len(run.x) == 2 else None


EXPERIMENT = declare(
    __name__,
    coupling.coupling,
    claims,
    figure,
    (
        number("x1", step=0.01),
        number("x2", step=0.01),
        choice("s"),
        text("s_of", when={"s": "own"}),
        number("size", step=0.01, when=lambda s: s not in ("zero", "own")),
        choice("t"),
        text("t_of", when={"t": "own"}),
        choice("keep"),
        number("D"),
        # beside a formula of one's own the seed stays as it is
        number("seed", when=lambda s, t, D: "own" not in (s, t) and ("waves" in (s, t) or D > 2)),
    ),
    statements=("FLOW-04", "FLOW-05", "FLOW-07", "MC-22"),
    presets={
        "shift": {},
        "nets": {"s": "waves", "size": 2.0, "t": "waves", "seed": 3},
        "four": {"s": "sine", "size": 0.6, "D": 4, "seed": 1},
        "additive": {"s": "zero", "x1": 0.0},
        "swapped": {"keep": "last"},
        "own": {"s": "own", "t": "own"},
    },
    carries=(computed("Jacobian of the layer", jacobian),),
)
