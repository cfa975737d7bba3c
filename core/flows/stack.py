r"""A normalizing flow of the plane: coupling layers one after another, and a law to start from.

    x = f_L(… f_1(z)),    ln p(x) = ln p_base(z) − Σ_k s_k,    z = f⁻¹(x)

Layer k keeps one coordinate and moves the other by a network of the kept one with two outputs
(r, t): s = 3 tanh(r / 3), so that no layer stretches by more than e³. The last layer keeps the
first coordinate. With swaps they take turns; without, the first keeps its law for ever. Everything
is computed in the type of the points.

>>> flow = Flow.start(layers=4)                 # the identity
>>> x, log_det = flow.forward(z)                # points (n, 2); ln |det ∂x/∂z|, (n,)
>>> z, minus = flow.inverse(x)                  # minus = −log_det
>>> flow.log_prob(x), flow.sample(500, generator)
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from core.check import choose, require
from core.diffusion import Mixture
from core.flows.layer import Half
from core.flows.nets import count, matrices, start, through
from core.gan.data import modes
from core.rng import generator as generator_of

BASES = ("normal", "two", "eight")
BOUND = 3.0  # of |s|
LAYERS, WIDTHS = 16, 512
BLOCK = 8192  # points at once


def base_law(name: str) -> Mixture:
    """N(0, I); two of width ½ at (±2, 0); or eight of width 0.3 on the circle of radius 2.

    Raises:
        ValueError: unknown name.
    """
    choose("base", name, BASES)
    if name == "normal":
        return Mixture([1.0], [[0.0, 0.0]], 1.0)
    if name == "two":
        return Mixture([0.5, 0.5], [[-2.0, 0.0], [2.0, 0.0]], 0.5)
    return Mixture([1 / 8] * 8, modes("ring"), 0.3)


def sizes(width: int) -> tuple[int, ...]:
    """Widths of the network of one layer, from the kept coordinate to r and t."""
    return (1, width, width, 2)


@dataclass(frozen=True, eq=False)
class Flow:
    """A stack of coupling layers.

    Attributes:
        theta: weights, one row for each layer, (layers, weights of one network), float64.
        width: of the two inner layers of its networks.
        swap: whether the coordinates take turns.
        base: one of `BASES`.
    """

    theta: Tensor
    width: int
    swap: bool = True
    base: str = "normal"

    def __post_init__(self):
        choose("base", self.base, BASES)
        require("width", self.width, 1, WIDTHS, integer=True)
        wanted = count(sizes(self.width))
        if self.theta.ndim != 2 or self.theta.shape[1] != wanted:
            got = tuple(self.theta.shape)
            raise ValueError(f"expected theta of shape (layers, {wanted}), got {got}")
        require("layers", len(self.theta), 1, LAYERS, integer=True)

    @classmethod
    def start(
        cls, layers: int = 4, seed: int = 0, *, width: int = 64, swap: bool = True, base="normal"
    ) -> "Flow":
        """An untrained flow: the identity, since the last layer of every network is 0.

        Raises:
            ValueError: layers outside [1, 16], width outside [1, 512], another base or seed.
        """
        require("layers", layers, 1, LAYERS, integer=True)
        require("width", width, 1, WIDTHS, integer=True)
        random = generator_of(seed)
        rows = [
            start(sizes(int(width)), generator=random, dtype=torch.float64)
            for _ in range(int(layers))
        ]
        return cls(torch.stack(rows), int(width), swap, base)

    @property
    def layers(self) -> int:
        """How many."""
        return len(self.theta)

    def kept(self, k: int) -> int:
        """The coordinate, 0 or 1, that layer k of 0, …, layers − 1 leaves alone."""
        return (self.layers - 1 - k) % 2 if self.swap else 0

    def conditioner(self, k: int) -> tuple[Half, Half]:
        """s and t of layer k, (..., 1) -> (..., 1), as `core.flows.coupling` takes them."""
        require("k", k, 0, self.layers - 1, integer=True)

        def part(which: int) -> Half:
            return lambda u: self._shift(k, u.reshape(-1))[which].view(u.shape)

        return part(0), part(1)

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """x, (n, 2), and ln |det ∂x/∂z|, (n,)."""
        return self._blocks("z", z, 1)

    def inverse(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """z, (n, 2), and ln |det ∂z/∂x|, (n,): minus that of `forward` at z."""
        return self._blocks("x", x, -1)

    def log_prob(self, x: Tensor) -> Tensor:
        """ln p(x), (n, 2) -> (n,)."""
        z, log_det = self.inverse(x)
        return base_law(self.base).log_density(z).to(z) + log_det

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        """n independent points, (n, 2), float64."""
        return self.forward(base_law(self.base).sample(n, generator))[0]

    def path(self, z: Tensor) -> Tensor:
        """Where points are before the first layer and after each, (n, 2) -> (layers + 1, n, 2)."""
        rows, places = list(_points("z", z).T), []
        for k in range(self.layers):
            places.append(torch.stack(rows, 1))
            self._move(rows, k, 1)
        return torch.stack([*places, torch.stack(rows, 1)])

    def _blocks(self, name: str, points: Tensor, way: int) -> tuple[Tensor, Tensor]:
        parts = [self._run(part, way) for part in _points(name, points).split(BLOCK)]
        return torch.cat([p for p, _ in parts]), torch.cat([d for _, d in parts])

    def _run(self, points: Tensor, way: int) -> tuple[Tensor, Tensor]:
        rows, log_det = list(points.T), points.new_zeros(len(points))
        for k in range(self.layers)[::way]:
            log_det = log_det + self._move(rows, k, way)
        return torch.stack(rows, 1), log_det

    def _move(self, rows: list[Tensor], k: int, way: int) -> Tensor:
        """Replaces the coordinate that layer k moves; ln of what it is stretched by."""
        kept = self.kept(k)
        s, t = self._shift(k, rows[kept])
        moved = rows[1 - kept]
        rows[1 - kept] = moved * s.exp() + t if way > 0 else (moved - t) * (-s).exp()
        return way * s

    def _shift(self, k: int, kept: Tensor) -> tuple[Tensor, Tensor]:
        r, t = through(matrices(self.theta[k].to(kept), sizes(self.width)), kept[None])
        return BOUND * (r / BOUND).tanh(), t


def inverse_error(flow: Flow, z: Tensor) -> Tensor:
    """How far f⁻¹(f(z)) is from z, (n, 2) -> (n,)."""
    back, _ = flow.inverse(flow.forward(z)[0])
    return (back - z).norm(dim=1)


def _points(name: str, points: Tensor) -> Tensor:
    points = torch.as_tensor(points)
    points = points if points.is_floating_point() else points.double()
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(f"expected {name} of shape (n, 2), got {tuple(points.shape)}")
    wrong = points.detach()[~points.detach().isfinite()]
    if len(wrong):
        raise ValueError(f"expected {name} to be finite numbers, got {float(wrong[0]):g}")
    return points
