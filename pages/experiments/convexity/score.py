"""Two estimators of a gradient."""

from core.experiments.convexity import score
from core.experiments.convexity import score_claims as claims
from pages.figures.convexity.score import figure
from pages.ui import choice, declare, number


def ends(law: str) -> tuple[float, float]:
    return (score.SMALLEST if law == "uniform" else -5.0), 5.0


EXPERIMENT = declare(
    __name__,
    score.score,
    claims,
    figure,
    (
        choice("g"),
        choice("law"),
        number("theta", step=0.05, reach=ends),
        number("baseline", -10.0, 30.0, step=0.1),
        number("n", log=True),
        number("seed", 0, 999),
    ),
    statements=("ANA-01",),
    presets={
        "square": {},
        "baseline": {"baseline": 10.0},
        "wave": {"g": "wave", "theta": 1.0},
        "step": {"g": "step", "theta": 1.0, "n": 64},
        "uniform": {"law": "uniform", "theta": 2.0, "n": 64},
    },
)
