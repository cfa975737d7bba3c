r"""Small classifiers with explicit weights, what they learn in the plane, and what is certain.

A `Net` computes W_L φ(⋯ φ(W₁x + b₁) ⋯) + b_L with φ = ReLU or tanh; without hidden layers it is a
linear classifier. It is a function of x, (..., d) -> scores (..., K), as every attack expects; its
slopes by the input are written by hand, for a whole batch at once; autograd works through it too.

>>> from core.rng import generator
>>> X, y = labelled_cloud("moons", 200, generator=generator(0))
>>> net = fit(X, y)  # 0.15 s
>>> certified_radius(net, X[:3], norm=2)  # no point nearer than this is read differently

Sources: ROB-01, ROB-06, ROB-08 to ROB-11; the product of norms: Szegedy et al. 2014.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from core import nets
from core.adversarial.balls import dual_exponent, exponent, threat
from core.check import choose, require
from core.gan.perceptron import Adam
from core.rng import generator as generator_of
from core.toy import Labelled

ACTIVATIONS = ("relu", "tanh")
CLOUDS = ("moons", "rings", "blobs", "spirals")
MOST = 5000  # points of a class that `fit` takes


class Net(NamedTuple):
    """Weights W₁ … W_L, (out, in) each, biases, and the activation between the layers."""

    weights: tuple[Tensor, ...]
    biases: tuple[Tensor, ...]
    activation: str = "relu"

    def __call__(self, x: Tensor) -> Tensor:
        """Scores of the classes, (..., d) -> (..., K)."""
        return self.forward(x)[0]

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """The scores, and the input of each layer, which `pull` needs."""
        kept = [x]
        for W, b in zip(self.weights[:-1], self.biases[:-1]):
            h = F.linear(kept[-1], W, b)
            kept.append(h.relu() if self.activation == "relu" else h.tanh())
        return F.linear(kept[-1], self.weights[-1], self.biases[-1]), kept

    def pull(self, slopes: Tensor, kept: list[Tensor]) -> Tensor:
        """Slopes by the scores, (..., K), taken back to slopes by the input, (..., d)."""
        d = slopes @ self.weights[-1]
        for W, h in zip(self.weights[-2::-1], kept[:0:-1]):
            d = self.through(d, h) @ W
        return d

    def through(self, d: Tensor, h: Tensor) -> Tensor:
        """d times the slope of the activation, told from its output h."""
        relu = self.activation == "relu"
        return torch.ops.aten.threshold_backward(d, h, 0) if relu else d * (1 - h * h)

    def jacobian(self, x: Tensor) -> Tensor:
        """Rows ∇f_k(x), (..., d) -> (..., K, d)."""
        _, kept = self.forward(x)
        K = len(self.biases[-1])
        eye = torch.eye(K, dtype=x.dtype, device=x.device).expand(*x.shape[:-1], K, K)
        return self.pull(eye, [h.unsqueeze(-2) for h in kept])

    def probabilities(self, x: Tensor) -> Tensor:
        """Softmax of the scores, (..., d) -> (..., K)."""
        return self(x).softmax(-1)

    def scaled(self, c: float) -> "Net":
        """The net with c times the scores: the same decisions, another cross-entropy."""
        W, b = self.weights[-1] * c, self.biases[-1] * c
        return Net((*self.weights[:-1], W), (*self.biases[:-1], b), self.activation)

    def to(self, device=None, dtype: torch.dtype | None = None) -> "Net":
        """A copy on the device, in the type."""
        parts = [tuple(p.to(device, dtype, copy=True) for p in each) for each in self[:2]]
        return Net(*parts, self.activation)


# --- learning ------------------------------------------------------------------------------------


class Learner:
    """A net whose weights lie in one vector, and its AdamW."""

    def __init__(
        self,
        sizes: Sequence[int],
        *,
        activation: str = "relu",
        lr: float,
        decay: float = 0.0,
        generator: torch.Generator,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float64,
    ):
        choose("activation", activation, ACTIVATIONS)
        start = nets.mlp(sizes, activation=activation, generator=generator, dtype=dtype)
        self.theta = nets.flatten(start).to(device)
        self.slopes = torch.zeros_like(self.theta)
        self.net = Net(*_views(self.theta, sizes), activation)
        self.slots = _views(self.slopes, sizes)
        self.adam, self.lr, self.decay = Adam(self.theta, lr, (0.9, 0.999)), lr, decay

    def step(self, x: Tensor, y: Tensor, *, rate: float = 1.0) -> Tensor:
        """One step down the mean cross-entropy; its value before.

        `y` are classes, (n,), or a distribution for each point, (n, K). `rate` multiplies the
        learning rate.
        """
        scores, kept = self.net.forward(x)
        logs = scores.log_softmax(-1)
        target = F.one_hot(y, logs.shape[-1]).to(logs.dtype) if y.ndim == 1 else y
        d = (logs.exp() - target) / len(x)
        for i in reversed(range(len(kept))):
            torch.mm(d.T, kept[i], out=self.slots[0][i])
            torch.sum(d, 0, out=self.slots[1][i])
            if i:
                d = self.net.through(d @ self.net.weights[i], kept[i])
        self.theta.mul_(1 - rate * self.lr * self.decay)
        self.adam.lr = rate * self.lr
        self.adam.step(self.slopes)
        return -(logs * target).sum(-1).mean()


def _views(theta: Tensor, sizes: Sequence[int]) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """Weights and biases of the layers inside one vector, in the order W₁ b₁ W₂ b₂ …"""
    shapes = [s for i, o in pairwise(sizes) for s in ((o, i), (o,))]
    parts = theta.split([math.prod(shape) for shape in shapes])
    views = [part.view(shape) for part, shape in zip(parts, shapes)]
    return tuple(views[::2]), tuple(views[1::2])


@torch.no_grad()
def fit(
    points: Tensor,
    labels: Tensor,
    *,
    hidden: Sequence[int] = (24, 24),
    activation: str = "tanh",
    steps: int = 600,
    lr: float = 0.02,
    decay: float = 0.01,
    batch: int = 256,
    seed: int = 0,
) -> Net:
    """A net that learns own points on the spot: AdamW, its rate down to 0 (half a cosine).

    Args:
        points: (n, d), at least one of each class.
        labels: classes 0..K-1 of the points, (n,), whole numbers.
        hidden: widths of the hidden layers; none is a linear classifier.
        activation: one of `ACTIVATIONS`.
        steps: in [1, 10 000]. Each sees all points, or `batch` drawn ones where there are more.
        lr, decay: in (0, 1] and [0, 10].
        seed: of the weights and the batches; the same seed gives the same net.

    Returns:
        float64.

    Raises:
        ValueError: a value outside its range, points that are not finite, a class without points.
    """
    x, y = labelled(points, labels)
    require("steps", steps, 1, 10_000, integer=True)
    require("lr", lr, 0, 1, above=True)
    require("decay", decay, 0, 10)
    require("batch", batch, 1, 100_000, integer=True)
    random = generator_of(seed)
    sizes = (x.shape[1], *hidden, int(y.max()) + 1)
    learner = Learner(sizes, activation=activation, lr=lr, decay=decay, generator=random)
    for step in range(int(steps)):
        if len(x) > batch:
            rows = torch.randint(len(x), (int(batch),), generator=random)
        else:
            rows = slice(None)
        learner.step(x[rows], y[rows], rate=(1 + math.cos(math.pi * step / steps)) / 2)
    return learner.net


def labelled(points: Tensor, labels: Tensor) -> Labelled:
    """Points (n, d) as float64 and their classes (n,) as int64, or a refusal."""
    if points.ndim != 2 or labels.shape != points.shape[:1] or not len(points):
        raise ValueError(
            f"expected points of shape (n, d) and labels of shape (n,), got shapes "
            f"{tuple(points.shape)} and {tuple(labels.shape)}"
        )
    if not points.isfinite().all():
        raise ValueError("expected points to be finite numbers")
    y = labels.to(torch.int64)
    if (y != labels).any() or y.min() < 0:
        raise ValueError("expected labels to be whole numbers from 0 on")
    counts = y.bincount(minlength=2)
    if not counts.all() or counts.max() > MOST:
        raise ValueError(
            f"expected 1 to {MOST} points of each class, at least two classes, "
            f"got {counts.tolist()}"
        )
    return Labelled(points.double(), y)


def labelled_cloud(name: str, n: int, *, generator: torch.Generator) -> Labelled:
    """n points of two classes in the plane, about as many of each, within about [-2.5, 2.5]².

    moons: two half circles that reach into each other; rings: a disc inside a ring; blobs: two
    Gaussians; spirals: two arms of one turn and a half.

    Raises:
        ValueError: unknown name, or n outside [2, 10 000].
    """
    choose("cloud", name, CLOUDS)
    require("n", n, 2, 10_000, integer=True)
    draw = {"generator": generator, "dtype": torch.float64}
    u, noise = torch.rand(n, **draw), torch.randn(n, 2, **draw)
    y = torch.arange(n) % 2
    side = 1.0 - 2 * y
    if name == "moons":
        arc = math.pi * u
        x = 1.5 * torch.stack([side * (0.5 - arc.cos()), side * (0.25 - arc.sin())], 1)
        return Labelled(x + 0.12 * noise, y)
    if name == "blobs":
        return Labelled(torch.stack([-1.2 * side, -0.6 * side], 1) + 0.5 * noise, y)
    if name == "rings":
        reach = torch.where(y == 0, 0.8 * u.sqrt(), 1.8)
        angle = 2 * math.pi * torch.rand(n, **draw)
    else:
        reach = 0.3 + 1.8 * u.sqrt()
        angle = 3 * math.pi * u.sqrt() + math.pi * y
    x = torch.stack([reach * angle.cos(), reach * angle.sin()], 1)
    return Labelled(x + 0.08 * noise, y)


# --- what is certain -----------------------------------------------------------------------------


def operator_norm(W: Tensor, norm: float) -> float:
    """The largest ‖Wv‖ₚ / ‖v‖ₚ: column sums (p = 1), singular value (2), row sums (∞) of |W|."""
    return float(torch.linalg.matrix_norm(W, threat(norm)))


def lipschitz_bound(net: Net, norm: float = 2) -> float:
    """L with ‖f(x) − f(x′)‖ₚ ≤ L ‖x − x′‖ₚ: the product of the norms of the layers.

    Exact for a linear classifier. ReLU and tanh have slopes of at most 1.
    """
    return math.prod(operator_norm(W, norm) for W in net.weights)


def certified_radius(net: Net, x: Tensor, y: Tensor | None = None, *, norm: float = 2) -> Tensor:
    """A radius in ‖·‖ₚ within which the net says y, whatever happens; (n, d) -> (n,).

    min over j ≠ y of (f_y − f_j)(x) / (‖w_y − w_j‖_q ∏ ‖W_i‖ₚ), the product over all layers before
    the last and 1/p + 1/q = 1; the distance to the nearest other class where there are none.

    Args:
        y: the class to keep, (n,); the one that the net sees where nothing is said. Where the net
            sees another, the radius is 0.
        norm: 1, 2 or ∞; without hidden layers any p ≥ 1.

    Raises:
        ValueError: another norm.
    """
    norm = threat(norm) if len(net.weights) > 1 else exponent(norm, 1, name="norm")
    body = math.prod(operator_norm(W, norm) for W in net.weights[:-1])
    scores, last = net(x), net.weights[-1]
    y = scores.argmax(-1) if y is None else y
    gaps = torch.linalg.vector_norm(last[:, None] - last, dual_exponent(norm), dim=-1)  # (K, K)
    margins = scores.gather(-1, y.unsqueeze(-1)) - scores
    steep = gaps[y] * body  # 0 at y itself, at a class that equals it, where all is constant
    radius = torch.where(steep > 0, margins / steep, torch.where(margins <= 0, 0.0, math.inf))
    return radius.scatter(-1, y.unsqueeze(-1), math.inf).amin(-1).clamp(min=0)
