"""Joint table."""

from core.experiments.probability import joint
from core.experiments.probability import joint_claims as claims
from pages.figures.probability.joint import figure
from pages.ui import choice, declare, hidden, number, switch, table


def size(law: str, rows: int, columns: int, mine: str) -> tuple[int, int]:
    """Rows and columns of the table that is shown."""
    if law == "dial":
        return rows, columns
    return (mine.count(",") + 1, len(mine.split(",")[0].split())) if law == "mine" else (2, 2)


def down(law: str, rows: int, columns: int, mine: str) -> tuple[float, float]:
    """The rows there are, counted from 1."""
    return 1, min(4, max(2, size(law, rows, columns, mine)[0]))


def across(law: str, rows: int, columns: int, mine: str) -> tuple[float, float]:
    """The columns there are."""
    return 1, min(4, max(2, size(law, rows, columns, mine)[1]))


THREE = {"law": joint.TRIPLES}

EXPERIMENT = declare(
    __name__,
    joint.joint,
    claims,
    figure,
    (
        choice("law"),
        choice("z", when=THREE),
        number("strength", step=0.01, when=THREE),
        number("theta", step=0.01, when={"law": "dial"}),
        number("rows", when={"law": "dial"}),
        number("columns", when={"law": "dial"}),
        table("mine", 0.0, 1.0, 0.01, joint.SIZES, when={"law": "mine"}),
        choice("units", when={"law": "mine"}),
        number("pen", 0.0, 1.0, step=0.01, when={"law": "mine", "units": "weights"}),
        number("row", reach=down),
        number("col", reach=across),
        choice("order", when=THREE),
        switch("printed"),
        *hidden("step"),
    ),
    statements=("PROB-01", "PROB-02", "PROB-03", "PROB-04", "PROB-06", "PROB-07"),
    presets={
        "bell": {"law": "xor", "z": "1"},
        "dial": {},
        "never": {"law": "mine"},
        "cause": {"law": "common_cause", "strength": 0.8, "z": "1"},
        "nobody": {"law": "mine", "mine": "0.2 0.1 0.1,0 0 0,0.3 0.1 0.2"},
        "printed": {"printed": True, "row": 1},
    },
)
