"""A formula as rectangles, the derivative by autograd, and what the formula gives."""

from core.experiments.matrix_calculus.vectors import IDS
from core.matrix_calculus import Comparison
from pages.figures.parts.identities import compared
from pages.figures.plot import Picture


def figure(run: Comparison, *, identity: str, layout: str, written: str, n: int, m: int) -> Picture:
    """Three panels; the corner of the derivative sets n and m."""
    return compared(run, IDS[identity], layout, written, n, m)
