"""Mass under a density of the plane by quadrature: all of it, and that of the gap between modes.

A flow is a homeomorphism. What it starts from, a normal law, has mass around every path; so has
what it arrives at. Between two far modes a bridge of density is left, thinner with more layers and
never gone; only a base that is in two pieces itself can be without one (topology, FLOW-06).
"""

import math

import torch

from core.check import require
from core.flows.data import PAIR, SPREAD

GAP = 0.5  # the gap of "two" is the strip |x₁| < GAP
REACH = 5.0  # how far from 0 the strip is followed


def mass(
    model,
    across: tuple[float, float] = (-REACH, REACH),
    up: tuple[float, float] = (-REACH, REACH),
    cells: int = 400,
) -> float:
    """The integral of exp(log_prob) over a rectangle, by the middles of cells × cells cells.

    Args:
        model: has `log_prob` of points (n, 2).
        across, up: the first and the second coordinate, each from a number to a larger one.
        cells: along each side, in [2, 4000].

    Raises:
        ValueError: a value outside its range.
    """
    require("cells", cells, 2, 4000, integer=True)
    sides, area = [], 1.0
    for name, (low, high) in (("across", across), ("up", up)):
        require(name, low, -1e6, 1e6)
        require(name, high, low, 1e6, above=True)
        step = (high - low) / cells
        sides.append(low + step * (torch.arange(int(cells), dtype=torch.float64) + 0.5))
        area *= step
    found = 0.0
    for row in sides[1].split(max(1, 100_000 // int(cells))):
        y, x = torch.meshgrid(row, sides[0], indexing="ij")
        points = torch.stack([x, y], -1).reshape(-1, 2)
        with torch.no_grad():
            found += float(model.log_prob(points).exp().sum())
    return found * area


def gap_mass(model, half: float = GAP, cells: int = 400) -> float:
    """The mass of the strip |x₁| < half, |x₂| < 5 between the modes of "two"; half in (0, 2]."""
    require("half", half, 0, 2, above=True)
    return mass(model, (-half, half), cells=cells)


def gap_mass_of_data(half: float = GAP) -> float:
    """P(|X₁| < half) of the law "two", in closed form: 8.8e-5 for ½."""
    require("half", half, 0, 2, above=True)

    def below(x: float, centre: float) -> float:
        return 0.5 * math.erfc((centre - x) / (SPREAD * math.sqrt(2)))

    return sum(below(half, c) - below(-half, c) for c, _ in PAIR) / 2
