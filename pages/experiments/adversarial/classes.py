"""Several classes."""

from core.experiments.adversarial import classes
from core.experiments.adversarial import classes_claims as claims
from pages.figures.adversarial.classes import figure
from pages.ui import choice, declare, number, switch, table


def kinds(W: str) -> tuple[float, float]:
    """The classes there are, counted from 1."""
    return 1, min(5, max(3, W.count(",") + 1))


def cells(W: str) -> tuple[str, ...]:
    """What stands in each cell of the table."""
    return tuple(f"{name}, {j + 1}" for j in range(W.count(",") + 1) for name in ("w₁", "w₂", "b"))


EXPERIMENT = declare(
    __name__,
    classes.classes,
    claims,
    figure,
    (
        number("x0", -4.0, 4.0, step=0.01),
        number("x1", -4.0, 4.0, step=0.01),
        number("y", reach=kinds),
        switch("aim"),
        number("target", reach=kinds, when={"aim": True}),
        choice("norm"),
        table("W", -4.0, 4.0, 0.25, classes.SIZES, cells=cells),
    ),
    statements=("ROB-02", "ROB-08", "ROB-09", "ROB-10"),
    presets={
        "second": {},
        "between": {"W": classes.BETWEEN, "aim": True},
        "corner": {"W": classes.CORNER, "x0": 0.0, "x1": 0.0, "norm": "inf"},
        "wrong": {"x0": 1.5},
        "twins": {"W": classes.TWINS, "x0": 1.0, "x1": 0.0},
        "four": {"W": classes.FOUR, "x0": 1.5, "x1": 0.5, "aim": True},
    },
)
