r"""One coupling layer: half of the numbers pass, the other half is scaled and shifted by them.

A point of D numbers is cut into the first d = D // 2, which pass, and the rest, which become
x exp(s) + t with s and t computed from what passes (FLOW-04); `keep` "last" turns the order round.
s and t come from g(M u), M a matrix drawn by the seed (1 in the plane), with g given or a formula
that is constant beyond ±3, or from sums of waves of random directions. The plane that is drawn
holds the first number that passes and the first that is moved; the others stay as the seed draws
them.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.flows import area_ratio, coupling_inverse, jacobian, waves
from core.flows import coupling as engine
from core.landscapes import line_formula
from core.rng import generator
from core.signature import between, declared

FUNCTIONS = ("zero", "linear", "sine", "waves", "own")
KEEP = ("first", "last")
SIDE = 1.0  # of the cell that is followed
HALF = 2.5  # of the grid that is bent
SWING = 2.0  # amplitude of t where it is waves
END = 3.0  # of what a formula is asked for
MOST = {"s_of": 5.0, "t_of": 50.0}  # sizes that a formula may have there


class Coupling(NamedTuple):
    """One point carried through the layer and back, and the layer's Jacobian there."""

    x: Tensor  # shape (D,)
    y: Tensor  # shape (D,)
    back: Tensor  # the inverse of y, shape (D,)
    s: Tensor  # of what passes, shape (D − d,)
    t: Tensor  # shape (D − d,)
    J: Tensor  # ∂y/∂x by autograd, row i for yᵢ, shape (D, D)
    det: float  # of J, by elimination
    log_det: float  # Σⱼ sⱼ
    area: float  # of the image of the cell around x in the plane drawn, over that of the cell

    d = property(lambda self: len(self.x) - len(self.s))


class Layer(NamedTuple):
    """s and t of one layer, and which numbers pass."""

    s: Callable[[Tensor], Tensor]
    t: Callable[[Tensor], Tensor]
    D: int
    last: bool  # whether the last numbers pass

    d = property(lambda self: self.D // 2)
    kept = property(lambda self: self.D - 1 if self.last else 0)  # drawn to the right
    moved = property(lambda self: self.D - 1 - self.d if self.last else self.d)  # drawn upwards

    def turned(self, x: Tensor) -> Tensor:
        """The numbers with those that pass in front."""
        return x.flip(-1) if self.last else x

    def forward(self, x: Tensor) -> Tensor:
        """y, of the shape (..., D) of x."""
        return self.turned(engine(self.turned(x), self.s, self.t, self.d)[0])


@declared
def coupling(
    s: Literal[FUNCTIONS] = "linear",
    size: Annotated[float, between(0, 2)] = 0.5,
    t: Literal[FUNCTIONS] = "sine",
    x1: Annotated[float, between(-2.5, 2.5)] = 1.0,
    x2: Annotated[float, between(-2.5, 2.5)] = 1.0,
    keep: Literal[KEEP] = "first",
    D: Annotated[int, between(2, 6)] = 2,
    seed: Annotated[int, between(0, 999)] = 0,
    s_of: str = "1 - x^2/2",
    t_of: str = "abs(x)",
) -> Coupling:
    """Carry one point through a coupling layer and back.

    Args:
        s, t: which functions; "own" is the formula.
        size: what s is multiplied by, unless it is a formula.
        x1, x2: of the point, the first number that passes and the first that is moved.
        keep: which half passes.
        D: how many numbers; half of them, rounded down, pass.
        seed: of matrices, waves, and the other numbers of the point.
        s_of, t_of: formulas in x, see `core.landscapes.line_formula`; on [-3, 3] at most 5 and 50
            in size.

    Raises:
        ValueError: a formula that cannot be read or is too large.

    Sources: FLOW-04, FLOW-05, FLOW-07, MC-22.
    """
    layer = layer_of(s, size, t, keep, D, seed, s_of, t_of)
    x = point(layer, x1, x2, seed)
    turned = layer.turned(x)
    y, log_det = engine(turned, layer.s, layer.t, layer.d)
    back = coupling_inverse(y, layer.s, layer.t, layer.d)
    J = jacobian(turned, layer.s, layer.t, layer.d)
    J = J.flip(0, 1) if layer.last else J
    kept = turned[: layer.d]
    middle = x[[layer.kept, layer.moved]]
    border = 1024 if s == "own" else 128
    area = area_ratio(lambda places: through(layer, x, places), middle, SIDE, border)
    return Coupling(
        x, layer.turned(y), layer.turned(back), layer.s(kept), layer.t(kept), J,
        float(torch.linalg.det(J)), float(log_det), area,
    )  # fmt: skip


@lru_cache(maxsize=64)
def layer_of(
    s: str, size: float, t: str, keep: str, D: int, seed: int, s_of: str = "", t_of: str = ""
) -> Layer:
    """The layer that the parameters say."""
    random, d = generator(seed), D // 2
    draws = [(torch.randn(D - d, d, generator=random, dtype=torch.float64), random) for _ in "st"]
    scale = _function(s, *draws[0], 1.0, "s_of", s_of)
    shift = _function(t, *draws[1], SWING, "t_of", t_of)
    size = 1.0 if s == "own" else size
    return Layer(lambda u: size * scale(u), shift, D, keep == "last")


def _function(
    name: str, M: Tensor, random: torch.Generator, amplitude: float, param: str, formula: str
) -> Callable[[Tensor], Tensor]:
    outputs, d = M.shape
    if outputs == d == 1:
        M = torch.ones_like(M)
    M = M / d**0.5
    match name:
        case "zero":
            return lambda u: 0 * (u @ M.T)
        case "linear":
            return lambda u: u @ M.T
        case "sine":
            return lambda u: (2 * (u @ M.T)).sin()
        case "own":
            f = _formula(param, formula)
            return lambda u: f((u @ M.T).clamp(-END, END))
    return waves(d, outputs, amplitude, generator=random)


@lru_cache(maxsize=64)
def _formula(param: str, formula: str) -> Callable[[Tensor], Tensor]:
    """f of what passes, finite and of a size that e to the s can bear."""
    try:
        f = line_formula(formula)
    except ValueError as refusal:
        raise ValueError(str(refusal).replace("formula", param, 1)) from None
    x = torch.linspace(-END, END, 601, dtype=torch.float64)
    size, most = f(x).abs(), MOST[param]
    bad = ~(size <= most)
    if bool(bad.any()):
        at = int(bad.int().argmax())
        told = f"expected {param} to lie in [{-most:g}, {most:g}] for x in [{-END:g}, {END:g}]"
        raise ValueError(f"{told}, got {float(f(x)[at]):.4g} at x = {float(x[at]):.3g}")
    return f


def point(layer: Layer, x1: float, x2: float, seed: int) -> Tensor:
    """The point with x1 and x2 where they belong, shape (D,)."""
    x = torch.randn(layer.D, generator=generator(seed + 1), dtype=torch.float64)
    x[layer.kept], x[layer.moved] = x1, x2
    return x


def through(layer: Layer, x: Tensor, places: Tensor) -> Tensor:
    """Places (n, 2) of the plane through x, carried along: (n, 2)."""
    points = x.expand(len(places), -1).clone()
    points[:, layer.kept], points[:, layer.moved] = places.T
    return layer.forward(points)[:, [layer.kept, layer.moved]]


def along(layer: Layer, x: Tensor, u: Tensor) -> tuple[Tensor, Tensor]:
    """s and t of the first number moved while the first that passes is u, each of shape (n,)."""
    kept = layer.turned(x)[: layer.d].expand(len(u), -1).clone()
    kept[:, 0] = u
    return layer.s(kept)[:, 0], layer.t(kept)[:, 0]
