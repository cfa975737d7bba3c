"""How far around a point a net keeps its class: found, certified, smoothed, and in truth."""

from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.adversarial.distance import nearest_boundary
from core.adversarial.minimal import deepfool
from core.adversarial.nets import CLOUDS, Net, certified_radius
from core.adversarial.plane import Learned, ground_of, learned
from core.adversarial.smoothing import certificate as radius_of
from core.adversarial.smoothing import lower_bound, smoothed_radius
from core.rng import generator
from core.signature import between, declared

PLACES = ("line", *CLOUDS)
LINE = Net(
    (torch.tensor([[0.0, 0.0], [2.0, 1.0]], dtype=torch.float64),),
    (torch.tensor([0.0, 0.3], dtype=torch.float64),),
)
FIRST = 100  # copies that choose the class
HALF, CELLS = 6.0, 360  # of the square over which a share of copies is summed


class Certificate(NamedTuple):
    """Four radii around x in L₂."""

    x: Tensor  # (2,)
    label: int  # what the net f says
    near: Tensor  # the nearest place of its boundary, (2,)
    found: Tensor  # the nearest other class that an attack found, (2,); x where it found none
    lipschitz: float  # certain for f, by the norms of its layers
    says: int  # what the smoothed g is thought to say
    count: int  # of the n noisy copies read so
    lower: float  # a bound below their share among all copies
    radius: float  # σ Φ⁻¹(lower), 0 where g abstains
    share: float  # the share itself, by a sum over the plane

    true = property(lambda self: float((self.near - self.x).norm()))
    attack = property(lambda self: float((self.found - self.x).norm()))
    abstains = property(lambda self: self.lower <= 0.5)


@declared
def certificate(
    cloud: Literal[PLACES] = "blobs",
    x1: Annotated[float, between(-2.5, 2.5)] = -1.2,
    x2: Annotated[float, between(-2.5, 2.5)] = -0.7,
    sigma: Annotated[float, between(0.1, 1)] = 0.3,
    n: Annotated[int, between(10, 10_000)] = 1000,
    alpha: Annotated[float, between(1e-4, 0.1)] = 0.001,
    seed: Annotated[int, between(0, 999)] = 0,
) -> Certificate:
    """The radii around x = (x1, x2).

    Args:
        cloud: what the net has learned; "line" is a linear classifier.
        x1, x2: the point.
        sigma: standard deviation of the noise.
        n: noisy copies that are counted.
        alpha: how often the smoothed radius may be too large.
        seed: of the noise.

    Sources: ROB-01; Szegedy et al. 2014; Cohen, Rosenfeld and Kolter 2019.
    """
    net = net_of(cloud).net
    x = torch.tensor([[x1, x2]], dtype=torch.float64)
    label = net(x).argmax(1)
    smoothed = smoothed_radius(net, x, sigma, n=n, n0=FIRST, alpha=alpha, generator=generator(seed))
    says = int(smoothed.label)
    one = float(share_of_one(cloud, sigma, x)[0])
    return Certificate(
        x[0],
        int(label),
        nearest_boundary(net, x).point[0],
        attacked(net, x, label)[0],
        float(_certain(cloud, x)),
        says,
        int(smoothed.count),
        float(smoothed.lower),
        float(smoothed.radius),
        (1 - one, one)[says],
    )


@lru_cache
def net_of(cloud: str) -> Learned:
    """The net and its points; the line has those of the blobs, as it reads them."""
    if cloud != "line":
        return learned(cloud)
    X = learned("blobs").X
    return Learned(LINE, X, LINE(X).argmax(1))


def _certain(cloud: str, x: Tensor) -> Tensor:
    """`certified_radius`, whose norms are taken once."""
    return _gap(net_of(cloud).net, x).abs() * _per_margin(cloud)


@lru_cache
def _per_margin(cloud: str) -> float:
    net, X, _ = net_of(cloud)
    return float(certified_radius(net, X[:1]) / _gap(net, X[:1]).abs())


def _gap(net: Net, x: Tensor) -> Tensor:
    scores = net(x)
    return scores[:, 1] - scores[:, 0]


@torch.no_grad()
def attacked(net: Net, x: Tensor, label: Tensor) -> Tensor:
    """DeepFool, then the first other class on the way there, (1, 2); x where there is none."""
    way = deepfool(net, x, label, steps=4) - x
    low, high = 0.0, 1.0
    for _ in range(8):  # the way may be long: DeepFool runs far where the net is flat
        if high - low <= 1e-5 * high:
            break
        t = torch.linspace(low, high, 65, dtype=x.dtype)
        other = net(x + t[:, None] * way).argmax(1) != label
        if not other.any():
            return x
        k = int(other.double().argmax())
        low, high = float(t[max(k - 1, 0)]), float(t[k])
    return x + high * way


# --- the smoothed classifier, without chance -----------------------------------------------------


@lru_cache(maxsize=16)
def _coverage(cloud: str) -> tuple[Tensor, Tensor]:
    """How much of every cell of a fine grid the net gives class 1, and where the cells lie."""
    ground = ground_of(net_of(cloud).net, half=HALF, n=CELLS + 1)
    step = 2 * HALF / CELLS
    rise = torch.stack(torch.gradient(ground.z, spacing=step)).norm(dim=0).clamp(min=1e-12)
    return (0.5 + ground.z / (rise * step)).clamp(0, 1), ground.x


def share_of_one(cloud: str, sigma: float, places: Tensor) -> Tensor:
    """P(f(x + noise) = 1) at places (m, 2), summed over the grid, (m,)."""
    cover, at = _coverage(cloud)
    right, up = (_weights(places[:, k], at, sigma) for k in (0, 1))
    return ((up @ cover) * right).sum(1)


@lru_cache(maxsize=64)
def share_map(cloud: str, sigma: float, half: float, n: int) -> tuple[Tensor, Tensor]:
    """The same on n × n places of a square: their coordinates, and the shares (rows, columns)."""
    cover, at = _coverage(cloud)
    side = torch.linspace(-half, half, n, dtype=torch.float64)
    w = _weights(side, at, sigma)
    return side, w @ cover @ w.T


def _weights(middle: Tensor, at: Tensor, sigma: float) -> Tensor:
    """The normal law on the grid, less the variance that the cells add (Sheppard)."""
    variance = sigma**2 - (2 * HALF / CELLS) ** 2 / 12
    w = (-0.5 * (at - middle[:, None]).square() / variance).exp()
    return w / w.sum(1, keepdim=True)


class Along(NamedTuple):
    """The radii on the lying line through x."""

    x: Tensor  # (m,)
    true: Tensor
    smoothed: Tensor  # with as many of the n copies alike as the share says
    lipschitz: Tensor


def along(cloud: str, x2: float, sigma: float, n: int, alpha: float, m: int = 41) -> Along:
    """The radii at m places of height x2."""
    net = net_of(cloud).net
    x = torch.linspace(-2.5, 2.5, m, dtype=torch.float64)
    places = torch.stack([x, torch.full_like(x, x2)], 1)
    cover, at = _coverage(cloud)
    height = _weights(places[:1, 1], at, sigma) @ cover
    one = _weights(x, at, sigma) @ height[0]
    count = (n * one.maximum(1 - one)).round().long()
    return Along(
        x,
        nearest_boundary(net, places, fine=False).distance,
        radius_of(lower_bound(count, n, alpha), sigma),
        _certain(cloud, places),
    )


def by_copies(share: float, sigma: float, alpha: float) -> tuple[Tensor, Tensor, Tensor]:
    """n from 10 to 10⁶, the radius when that share of n is alike, and when all are."""
    n = torch.logspace(1, 6, 21, dtype=torch.float64).round()
    count = (min(share, 1.0) * n).round()
    return n, radius_of(lower_bound(count, n, alpha), sigma), radius_of(alpha ** (1 / n), sigma)


def copies(x: Tensor, sigma: float, seed: int, most: int) -> Tensor:
    """The first noisy copies that choose the class, (≤ FIRST, 2)."""
    noise = torch.randn(FIRST, 2, generator=generator(seed), dtype=torch.float64)
    return x + sigma * noise[:most]


def exact_radius(share: float, sigma: float) -> float:
    """σ Φ⁻¹(share): what infinitely many copies would certify; 0 for a share of at most ½."""
    return float(radius_of(torch.tensor(min(share, 1.0), dtype=torch.float64), sigma))
