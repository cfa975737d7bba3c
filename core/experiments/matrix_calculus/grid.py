r"""A map of the plane, and the linear map that it is near a point.

f = (u, v), and g after it where one is chosen. Near x the map is f(x) + J dx; two maps one after
the other have the Jacobian J_g J_f. u and v give the product rule, u alone the Hessian.
"""

import math
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.matrix_calculus.maps import MAPS, Map, formula_map, jacobian, jet, plane_map, slopes
from core.signature import between, declared

SIDE = 2.0
TICKS = torch.linspace(-SIDE, SIDE, 17, dtype=torch.float64)  # the lines
FINE = torch.linspace(-SIDE, SIDE, 65, dtype=torch.float64)  # points on a line
NEAR = torch.linspace(-1, 1, 41, dtype=torch.float64)  # around the point, for the slopes
EDGE = torch.linspace(-1, 1, 13, dtype=torch.float64)
_ONE = torch.ones_like(EDGE)
_SIDES = ((EDGE, -_ONE), (_ONE, EDGE), (-EDGE, _ONE), (-_ONE, -EDGE))
SQUARE = torch.cat([torch.stack(side, 1) for side in _SIDES])  # once round its edge
AFTER = ("none", "square", "swirl", "fold", "layer")


class Grid(NamedTuple):
    """Images and derivatives at one point; with `refused` only the lines."""

    lines: Tensor  # images of upright and lying lines, (2, 17, 65, 2), not finite where f is not
    patch: Tensor  # image of the edge of the small square, (52, 2)
    at: Tensor  # f(x) and g(f(x)), (2, 2)
    Jf: Tensor  # Jacobian of f at x, (2, 2)
    Jg: Tensor  # Jacobian of g at f(x), (2, 2)
    product: Tensor  # u∇v + v∇u, (2,)
    H: Tensor  # H[i, j] = ∂/∂xᵢ of ∂u/∂xⱼ, (2, 2)
    along: Tensor  # ∂u/∂x along y and ∂u/∂y along x, less their values at the point, (2, 41)
    refused: str = ""

    J = property(lambda self: self.Jg @ self.Jf)
    area = property(lambda self: abs(float(torch.linalg.det(self.J))))


@declared
def grid(
    map: Literal[(*MAPS, "own")] = "polar",
    u: str = "x^2 - y^2",
    v: str = "sin(x) + y",
    then: Literal[AFTER] = "none",
    x: Annotated[float, between(-SIDE, SIDE)] = 1.5,
    y: Annotated[float, between(-SIDE, SIDE)] = 0.5,
    size: Annotated[float, between(0.01, 1)] = 0.3,
) -> Grid:
    """Map the square [−2, 2]² and the small square around (x, y).

    Args:
        map: one of `core.matrix_calculus.maps.MAPS`, or the formulas u and v.
        then: a second map g after f.
        size: half the side of the small square.

    Sources: MC-02, MC-03, MC-19.
    """
    f, g = first_map(map, u, v), second(then)
    whole = chained(f, g)
    corner = torch.tensor([x, y], dtype=torch.float64)
    around = corner + size * SQUARE
    patch = torch.stack(whole(*around.T), -1)
    first = torch.stack(f(*corner))
    at = torch.stack([first, torch.stack(g(*first))])
    Jf, H = jet(f, x, y)
    Jg = jacobian(g, *first.tolist())
    up, right = (
        slopes(f, corner[0] + 0 * NEAR, corner[1] + NEAR),
        slopes(f, corner[0] + NEAR, corner[1] + 0 * NEAR),
    )
    along = torch.stack([up[0], right[1]])
    along = along - along[:, len(NEAR) // 2, None]
    product = first[0] * Jf[1] + first[1] * Jf[0]
    derived = torch.cat([each.flatten() for each in (at, Jf, Jg, H, product)])
    known = bool(derived.isfinite().all()) and float(derived.abs().max()) < 1e9
    refused = "" if known else "the map has no derivative of moderate size at this point"
    return Grid(drawn(map, u, v, then), patch, at, Jf, Jg, product, H, along, refused)


@lru_cache(maxsize=32)
def drawn(map: str, u: str, v: str, then: str) -> Tensor:
    """Images of the upright and of the lying lines."""
    whole = chained(first_map(map, u, v), second(then))
    a, b = torch.broadcast_tensors(TICKS[:, None], FINE)
    return torch.stack([torch.stack(whole(a, b), -1), torch.stack(whole(b, a), -1)])


def first_map(map: str, u: str, v: str) -> Map:
    """f, of that name or of the formulas."""
    return formula_map(u, v) if map == "own" else plane_map(map)


def second(then: str) -> Map:
    """g, the identity for "none"."""
    return (lambda x, y: (x + 0 * y, y + 0 * x)) if then == "none" else plane_map(then)


def chained(f: Map, g: Map) -> Map:
    """g after f."""
    return lambda x, y: g(*f(x, y))


def torn(map: str, x: float, y: float) -> bool:
    """Whether the second derivatives jump at this point."""
    return map == "crease" and math.hypot(x, y) == 0
