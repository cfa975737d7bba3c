"""See or do."""

from core.experiments.importance import see
from core.experiments.importance import see_claims as claims
from pages.figures.importance.see import figure
from pages.ui import choice, declare, number, table

MODEL, COUNTS = {"mode": "model"}, {"mode": "counts"}


def cells(counts: str) -> tuple[str, ...]:
    """What stands over each number of the table."""
    rows = see.strata(counts)
    heads = [f"{row.removesuffix(' stones')}: A" for row in rows]
    return tuple(each for head in heads for each in (head, "of", "B", "of"))


EXPERIMENT = declare(
    __name__,
    see.see,
    claims,
    figure,
    (
        choice("mode"),
        number("a", step=0.05, when=MODEL),
        number("b", step=0.05, when=MODEL),
        number("c", step=0.05, when=MODEL),
        number("x", step=0.05, when=MODEL),
        number("n", when=MODEL),
        number("seed", 0, 999, when=MODEL),
        table("counts", 0, 1000, 1, see.SIZES, cells=cells, when=COUNTS),
        number("blend", step=0.01, when=COUNTS),
    ),
    statements=("XAI-04", "CAUS-01", "CAUS-03"),
    presets={
        "confounding": {},
        "signs": {"b": 1.0, "c": -2.0},
        "lots": {"a": 0.0, "b": 1.0},
        "stones": {"mode": "counts"},
        "trial": {"mode": "counts", "counts": "186 200 173 200,146 200 138 200"},
        "clinics": {"mode": "counts", "counts": "18 20 70 80,42 70 29 50,12 60 3 20"},
    },
)
