"""The three panels of a formula beside autograd."""

from functools import lru_cache

from core.matrix_calculus import IDENTITIES, Comparison, compare, other, state, tex
from core.matrix_calculus.products import Term, shape
from core.words import number
from pages.figures.parts.products import matrix, rectangles, rows_told, told
from pages.figures.plot import Picture

SMALL, LARGE = 4, 6  # sizes that shall fit into the panel


@lru_cache(maxsize=512)
def _frame(identity: str, layout: str, written: str, most: int) -> tuple[Term, ...]:
    return compare(identity, layout, most, most, 1, written=written).terms


@lru_cache(maxsize=128)
def _corner(identity: str, layout: str, printed: bool) -> tuple[str, str]:
    """What the rows and the columns of the derivative set."""
    written = "printed" if printed else "right"
    columns = compare(identity, "denominator", 2, 3, 1, written=written).autograd.shape[1]
    sides = "n", "m" if columns == 3 else ""
    return sides if layout == "denominator" else sides[::-1]


def compared(run: Comparison, identity: str, layout: str, written: str, n: int, m: int) -> Picture:
    """A formula as rectangles, the derivative by autograd, and what the formula gives."""
    one, asked = IDENTITIES[identity], other(layout) if written == "other" else written
    goal, found = tuple(run.autograd.shape), state(run)
    frame = _frame(identity, layout, asked, SMALL if max(n, m) <= SMALL else LARGE)
    result = tuple(run.formula.shape) if run.formula.numel() else None
    name, _, _ = one.side(written == "printed")
    formula = one.formula(layout if written in ("right", "guess") else asked, asked)
    titles = {
        "right": "What the formula gives: the same",
        "value": f"What the formula gives: off by {number(run.difference or 0.0)}",
        "shape": "What the formula gives: another shape",
        "clash": "What the formula gives: nothing",
    }
    panels = (
        rectangles(
            "product",
            f"{formula}: {'an edge does not fit' if found == 'clash' else 'every factor to scale'}",
            run.terms, result, goal, frame, told(run),
        ),
        matrix(
            "derivative", f"∂y/∂x by autograd, {shape(run.autograd)}", run.autograd,
            f"The derivative has the rows {rows_told(run.autograd)}.",
            _corner(identity, layout, written == "printed"),
        ),
        matrix(
            "formula", titles[found], run.formula,
            f"The formula gives {rows_told(run.formula)}." if result else f"Nothing: {run.error}.",
            goal=goal,
        ),
    )  # fmt: skip
    sign = "=" if found == "right" else r"\ne"
    left = name if len(name) == 1 else f"({name})"
    line = rf"\frac{{\partial}}{{\partial x}}\,{tex(left)} {sign} {tex(formula)}"
    return Picture(panels, formula=(line,))
