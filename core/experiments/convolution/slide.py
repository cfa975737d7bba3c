r"""Flip and slide: (f ∗ h)[u] = Σ_t f[t] h[u − t], one position u at a time.

The kernel h counts its samples from an origin, its first sample or its middle one. Turned round at
the origin and laid with it on u it weighs f for the convolution; laid there unturned it weighs f
for the cross-correlation (h ⋆ f)[u] = Σ_t h[t] f[u + t]. In continuous time the sums are midpoint
sums of the integrals.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import choose, require
from core.convolution.operator import convolve
from core.convolution.signals import SHAPES, function, samples, width

MODES = {
    "full": "every overlap",
    "centred": "every overlap, centred h",
    "same": "same: as many as f",
    "valid": "valid: all of h inside f",
    "causal": "causal: no look ahead",
    "circular": "circular: f repeats",
    "stride 2": "stride 2: every second u",
    "stride 3": "stride 3: every third u",
}
TIMES = {"discrete": "discrete", "continuous": "continuous"}
FRAMES, FINE = 120, 320  # outputs shown and samples taken of continuous time, roughly
LAST = 255  # no setting has an output of a larger number


class Slide(NamedTuple):
    """The result at every position, and how it arises at one of them.

    Attributes:
        f: the signal, (n,), all but the last copy of h already convolved into it.
        h: the kernel, (m,).
        t, tau: times of f, (n,), and of h counted from its origin, (m,).
        dt: distance of two samples, 1 in discrete time.
        y: the outputs, (outputs,).
        u: their positions, (outputs,).
        places: their numbers among all overlaps, (outputs,); the positions when f repeats.
        circular: whether f repeats.
        k: number of the output looked at, -1 when there is none of this number.
        at: where the samples of h lie for it, (m,); empty when k is -1 or f repeats.
        weights: the value of h lying on each sample of f, (n,); 0 when k is -1.
        products: f · weights · dt, (n,); they sum to y[k].
        theory: the outputs by formula, (outputs,), empty when none is known.
        theory_name: of this formula.
        error: estimate of the largest numerical error of y, 0 in discrete time.
    """

    f: Tensor
    h: Tensor
    t: Tensor
    tau: Tensor
    dt: float
    y: Tensor
    u: Tensor
    places: Tensor
    circular: bool
    k: int
    at: Tensor
    weights: Tensor
    products: Tensor
    theory: Tensor
    theory_name: str
    error: float


def slide(
    f: str,
    n: int,
    f_drawn: str,
    h: str,
    m: int,
    h_drawn: str,
    flip: bool,
    time: str,
    mode: str,
    copies: int,
    k: int,
) -> Slide:
    """f ∗ h (flip) or h ⋆ f at every position, and the products at output number k.

    Args:
        f, h: shapes of `signals.SHAPES`.
        n, m: their lengths in [1, 32]; a drawn signal is as long as it is drawn.
        f_drawn, h_drawn: the numbers of drawn signals.
        flip: True for the convolution, False for the cross-correlation.
        time: "discrete" for sums, "continuous" for integrals of `signals.function`.
        mode: a key of `MODES`: which positions count, and in centred and same that the origin of h
            is its middle. In continuous time every overlap counts.
        copies: how often f meets h, in [1, 6]; 1 unless h is a die and time is discrete.
        k: number of the output looked at, from 0, in [0, 255]; there may be none.

    Raises:
        ValueError: an unknown name, a number out of range, a text that is no signal.
    """
    choose("f", f, tuple(SHAPES))
    choose("h", h, tuple(SHAPES))
    choose("time", time, tuple(TIMES))
    choose("mode", mode, tuple(MODES))
    require("n", n, 1, 32, integer=True)
    require("m", m, 1, 32, integer=True)
    require("copies", copies, 1, 6, integer=True)
    require("k", k, 0, LAST, integer=True)
    x, kernel = samples(f, n, f_drawn, "f_drawn"), samples(h, m, h_drawn, "h_drawn")
    n, m, centred = len(x), len(kernel), mode in ("centred", "same")
    circular = mode == "circular" and time == "discrete"
    copies = int(copies) if h == "die" and time == "discrete" else 1
    if time == "discrete":
        for _ in range(copies - 1):
            x = convolve(x, kernel)
        faces = f == h == "die" and not (centred or circular)  # dice count from 1
        t = torch.arange(len(x), dtype=torch.float64) + copies * faces
        tau = torch.arange(m, dtype=torch.float64) - ((m - 1) // 2 if centred else -int(faces))
        dt, error = 1.0, 0.0
        y, places = _windows(x, kernel, mode, flip)
    else:
        rate = max(1, FRAMES // (n + m))
        step = max(1, FINE // (rate * (n + m)))
        dt = 1 / (rate * step)
        t, tau = _midpoints(n, rate * step), _midpoints(m, rate * step)
        x, kernel = function(f, n, t, f_drawn), function(h, m, tau, h_drawn)
        places = torch.arange(step - 1, len(x) + len(kernel) - 1, step)
        y = dt * convolve(x, kernel, flip=flip)[places]
        t2, tau2 = _midpoints(n, 2 * rate * step), _midpoints(m, 2 * rate * step)
        halved = convolve(function(f, n, t2, f_drawn), function(h, m, tau2, h_drawn), flip=flip)
        # the error of a midpoint sum falls by 4 when its step is halved
        error = 4 / 3 * float((y - dt / 2 * halved[2 * places + 1]).abs().max())
        tau = tau - (m / 2 if centred else 0)

    positions = start(t, tau, flip, circular) + places.double() * dt
    k = int(k) if k < len(y) else -1
    at, weights = tau[:0], torch.zeros_like(x)
    if k >= 0:
        weights = weights_at(kernel, places[k : k + 1], len(x), flip, circular)[0]
        if not circular:
            at = positions[k] - tau if flip else positions[k] + tau
    theory, name = _theory(f, h, n, m, copies, x, kernel, places, dt)
    return Slide(
        f=x,
        h=kernel,
        t=t,
        tau=tau,
        dt=dt,
        y=y,
        u=positions,
        places=places,
        circular=circular,
        k=k,
        at=at,
        weights=weights,
        products=x * weights * dt,
        theory=theory[: 0 if circular else None],
        theory_name="" if circular else name,
        error=error,
    )


def _midpoints(n: int, per_unit: int) -> Tensor:
    return (torch.arange(n * per_unit, dtype=torch.float64) + 0.5) / per_unit


def _windows(x: Tensor, h: Tensor, mode: str, flip: bool) -> tuple[Tensor, Tensor]:
    """The outputs of a mode and their places."""
    n, m = len(x), len(h)
    if mode == "valid" and m > n:
        return x[:0], torch.arange(0)
    kind, _, stride = mode.partition(" ")
    step = int(stride or 1)
    engine = kind if kind in ("same", "valid", "causal", "circular") else "full"
    y = convolve(x, h, engine, flip=flip, stride=step)
    first = {"valid": m - 1, "same": (m - 1) // 2 if flip else m // 2}.get(kind, 0)
    return y, first + step * torch.arange(len(y))


def start(t: Tensor, tau: Tensor, flip: bool, circular: bool) -> float:
    """The position of place 0."""
    if circular:
        return 0.0
    return float(t[0] + tau[0] if flip else t[0] - tau[-1])


def weights_at(h: Tensor, places: Tensor, n: int, flip: bool, circular: bool) -> Tensor:
    """The value of h lying on sample t of f for each place, (places, n)."""
    t, m = torch.arange(n), len(h)
    away = places[:, None] - t if flip else t - places[:, None]
    if circular:
        return h.new_zeros(n).index_add(0, torch.arange(m) % n, h)[away % n]
    j = away if flip else away + m - 1
    return torch.where((j >= 0) & (j < m), h[j.clamp(0, m - 1)], 0.0)


def _theory(
    f: str,
    h: str,
    n: int,
    m: int,
    copies: int,
    x: Tensor,
    kernel: Tensor,
    places: Tensor,
    dt: float,
) -> tuple[Tensor, str]:
    """The outputs by formula, and its name; symmetric shapes only, so the flip does not matter."""
    s = (places + 1).double() * dt
    middle = s - (len(x) + len(kernel)) * dt / 2
    if {f, h} <= {"box", "die"} and copies == 1:
        overlap = torch.minimum(s, n + m - s).clamp(max=min(n, m))
        return overlap * x[0] * kernel[0], "overlap of two boxes"
    if f == h == "bump":
        a, b = width(n), width(m)
        sigma = math.hypot(a, b)
        height = math.sqrt(2 * math.pi) * a * b / sigma
        return height * _bell(middle, sigma), "Gaussian with σ² = σ₁² + σ₂²"
    variance = (n**2 - 1 + copies * (m**2 - 1)) / 12
    if f == h == "die" and variance > 0:
        sigma = math.sqrt(variance)
        return _bell(middle, sigma) / (sigma * math.sqrt(2 * math.pi)), "normal density"
    return s[:0], ""


def _bell(s: Tensor, sigma: float) -> Tensor:
    return torch.exp(-0.5 * (s / sigma) ** 2)
