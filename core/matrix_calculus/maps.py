r"""Maps of the plane with their Jacobians, and one function whose mixed derivatives differ.

A map takes two tensors of one shape and gives two. J is the numerator layout, J[i, j] = ∂fᵢ/∂xⱼ;
its transpose is the denominator layout. The crease u = xy(x² − y²)/(x² + y²), 0 at 0, has
continuous first derivatives; ∂/∂y of ∂u/∂x is −1 at 0 and ∂/∂x of ∂u/∂y is +1.

Sources: MC-02, MC-03, MC-19.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from core.check import choose
from core.landscapes import from_formula

Map = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]


def _turned(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    angle = (x * x + y * y) / 3
    c, s = torch.cos(angle), torch.sin(angle)
    return c * x - s * y, s * x + c * y


def _crease(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    square = x * x + y * y
    some = torch.where(square > 0, square, torch.ones_like(square))
    return x * y * (x * x - y * y) / some, y + 0 * x


MAPS: dict[str, Map] = {
    "polar": lambda x, y: (x * torch.cos(y), x * torch.sin(y)),
    "square": lambda x, y: ((x * x - y * y) / 2, x * y),
    "swirl": _turned,
    "fold": lambda x, y: (x + 0 * y, y * y / 2 + 0 * x),
    "layer": lambda x, y: (torch.tanh(x + y / 2), torch.tanh(y - x / 2)),
    "crease": _crease,
}


def plane_map(name: str) -> Map:
    """The map of that name.

    Raises:
        ValueError: a name that is not in `MAPS`.
    """
    return MAPS[choose("map", name, tuple(MAPS))]


def formula_map(u: str, v: str) -> Map:
    """The map (u(x, y), v(x, y)) of two formulas, see `core.landscapes.from_formula`."""
    first, second = from_formula(u), from_formula(v)
    return lambda x, y: (first.value(x, y), second.value(x, y))


def jacobian(f: Map, x: float, y: float) -> Tensor:
    """J at a point, (2, 2)."""
    with torch.inference_mode(False), torch.enable_grad():
        at = [torch.tensor(each, dtype=torch.float64, requires_grad=True) for each in (x, y)]
        rows = [_grads(part, at) for part in f(*at)]
    return torch.stack([torch.stack(row) for row in rows])


def jet(f: Map, x: float, y: float) -> tuple[Tensor, Tensor]:
    """J, and H[i, j] = ∂/∂xᵢ of ∂u/∂xⱼ for the first component u, both (2, 2)."""
    with torch.inference_mode(False), torch.enable_grad():
        at = [torch.tensor(each, dtype=torch.float64, requires_grad=True) for each in (x, y)]
        u, v = f(*at)
        first, second = _grads(u, at, again=True), _grads(v, at)
        columns = [torch.stack(_grads(slope, at)) for slope in first]
    J = torch.stack([torch.stack(first).detach(), torch.stack(second)])
    if f is _crease and x == 0 == y:
        return J, torch.tensor([[0.0, 1.0], [-1.0, 0.0]], dtype=torch.float64)
    return J, torch.stack(columns, 1)


def slopes(f: Map, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """∂u/∂x and ∂u/∂y of the first component at many points."""
    with torch.inference_mode(False), torch.enable_grad():
        at = [each.clone().requires_grad_() for each in torch.broadcast_tensors(x, y)]
        return tuple(_grads(f(*at)[0].sum(), at))


def _grads(value: Tensor, at: list[Tensor], again: bool = False) -> list[Tensor]:
    if not value.requires_grad:
        return [torch.zeros_like(each) for each in at]
    found = torch.autograd.grad(
        value, at, retain_graph=True, create_graph=again, allow_unused=True, materialize_grads=True
    )
    return list(found)
