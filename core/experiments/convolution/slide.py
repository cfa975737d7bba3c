r"""Flip and slide: (f ∗ h)[u] = Σ_t f[t] h[u − t], one position u at a time.

The kernel h counts its samples from an origin, its first sample or its middle one. Turned round at
the origin and laid with it on u it weighs f for the convolution; laid there unturned it weighs f
for the cross-correlation (h ⋆ f)[u] = Σ_t h[t] f[u + t]. In continuous time the sums are midpoint
sums of the integrals.
"""

import math
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.convolution.operator import convolve
from core.convolution.signals import SHAPES, function, samples, width
from core.signature import between, declared

MODES = ("full", "centred", "same", "valid", "causal", "circular", "stride 2", "stride 3")
FRAMES, FINE = 120, 320  # outputs shown and samples taken of continuous time, roughly
LAST = 255  # no setting has an output of a larger number


class Window(NamedTuple):
    """The kernel at one position.

    Attributes:
        u, y: the position and the output there.
        at, lying: where the samples of h lie, in time, and these samples, (m,); when f repeats, the
            times of f and the weights.
        weights: the value of h lying on each sample of f, (n,).
        products: f · weights · dt, (n,); they sum to y.
    """

    u: float
    y: float
    at: Tensor
    lying: Tensor
    weights: Tensor
    products: Tensor


class Slide(NamedTuple):
    """The result at every position.

    Attributes:
        f: the signal, (n,), all but the last copy of h already convolved into it.
        h: the kernel, (m,).
        first, lag: time of f[0], and of h[0] counted from the origin of h.
        dt: distance of two samples, 1 in discrete time.
        y: the outputs, (outputs,).
        places: their numbers among all overlaps, (outputs,); the positions when f repeats.
        flip: whether h is turned round.
        circular: whether f repeats.
        theory: the outputs by formula, (outputs,), empty when none is known.
        theory_name: of this formula.
        error: estimate of the largest numerical error of y, 0 in discrete time.
    """

    f: Tensor
    h: Tensor
    first: float
    lag: float
    dt: float
    y: Tensor
    places: Tensor
    flip: bool
    circular: bool
    theory: Tensor
    theory_name: str
    error: float

    @property
    def smooth(self) -> bool:
        """Whether time is continuous."""
        return self.dt < 1

    @property
    def t(self) -> Tensor:
        """Times of f, (n,)."""
        return self.first + self.dt * torch.arange(len(self.f), dtype=torch.float64)

    @property
    def tau(self) -> Tensor:
        """Times of h counted from its origin, (m,)."""
        return self.lag + self.dt * torch.arange(len(self.h), dtype=torch.float64)

    @property
    def u(self) -> Tensor:
        """Positions of the outputs, (outputs,)."""
        return self.start(self.flip) + self.dt * self.places.double()

    @property
    def apart(self) -> float:
        """Distance of two outputs."""
        return self.dt * float(self.places[1] - self.places[0]) if len(self.y) > 1 else 1.0

    def start(self, flip: bool) -> float:
        """The position of place 0."""
        if self.circular:
            return 0.0
        end = self.lag + self.dt * (len(self.h) - 1)
        return self.first + self.lag if flip else self.first - end

    def weights(self, places: Tensor, flip: bool) -> Tensor:
        """The value of h lying on sample t of f for each place, (places, n)."""
        h, n, m = self.h, len(self.f), len(self.h)
        t = torch.arange(n)
        away = places[:, None] - t if flip else t - places[:, None]
        if self.circular:
            return h.new_zeros(n).index_add(0, torch.arange(m) % n, h)[away % n]
        j = away if flip else away + m - 1
        return torch.where((j >= 0) & (j < m), h[j.clamp(0, m - 1)], 0.0)

    def window(self, k: int) -> Window | None:
        """The kernel at output number k, if there is one of this number."""
        if k >= len(self.y):
            return None
        u, weights = float(self.u[k]), self.weights(self.places[k : k + 1], self.flip)[0]
        at, lying = u + self.tau, self.h
        if self.circular:
            at, lying = self.t, weights
        elif self.flip:
            at, lying = (u - self.tau).flip(0), self.h.flip(0)
        return Window(u, float(self.y[k]), at, lying, weights, self.f * weights * self.dt)


@declared
def slide(
    f: Literal[SHAPES] = "box",
    n: Annotated[int, between(1, 32)] = 8,
    f_drawn: str = "0 1 2 3 3 2 0 0 1 1 0 0",
    h: Literal[SHAPES] = "decay",
    m: Annotated[int, between(1, 32)] = 6,
    h_drawn: str = "1 2 1",
    flip: bool = True,
    time: Literal["discrete", "continuous"] = "discrete",
    mode: Literal[MODES] = "full",
    copies: Annotated[int, between(1, 6)] = 1,
) -> Slide:
    """f ∗ h (flip) or h ⋆ f at every position.

    Args:
        f, h: shapes of `signals.SHAPES`.
        n, m: their lengths; a drawn signal is as long as it is drawn.
        f_drawn, h_drawn: the numbers of drawn signals.
        flip: True for the convolution, False for the cross-correlation.
        time: "discrete" for sums, "continuous" for integrals of `signals.function`.
        mode: which positions count, and in centred and same that the origin of h is its middle.
            In continuous time every overlap counts.
        copies: how often f meets h; 1 unless h is a die and time is discrete.
    """
    x, kernel = samples(f, n, f_drawn, "f_drawn"), samples(h, m, h_drawn, "h_drawn")
    n, m, centred = len(x), len(kernel), mode in ("centred", "same")
    discrete = time == "discrete"
    circular = discrete and mode == "circular"
    copies = copies if discrete and h == "die" else 1
    if discrete:
        for _ in range(copies - 1):
            x = convolve(x, kernel)
        faces = f == h == "die" and not (centred or circular)  # dice count from 1
        first, lag = float(copies * faces), float(-((m - 1) // 2) if centred else faces)
        dt, error = 1.0, 0.0
        y, places = _windows(x, kernel, mode, flip)
    else:
        rate = max(1, FRAMES // (n + m))
        step = max(1, FINE // (rate * (n + m)))

        def sums(per_unit: int) -> tuple[Tensor, Tensor, Tensor]:
            t, tau = ((torch.arange(k * per_unit).double() + 0.5) / per_unit for k in (n, m))
            both = function(f, n, t, f_drawn), function(h, m, tau, h_drawn)
            return *both, convolve(*both, flip=flip) / per_unit

        dt = 1 / (rate * step)
        x, kernel, whole = sums(rate * step)
        places = torch.arange(step - 1, len(whole), step)
        y = whole[places]
        # the error of a midpoint sum falls by 4 when its step is halved
        error = 4 / 3 * float((y - sums(2 * rate * step)[2][2 * places + 1]).abs().max())
        first, lag = dt / 2, dt / 2 - (m / 2 if centred else 0)
    theory, name = y[:0], ""
    if not circular:
        theory, name = _theory(f, h, n, m, copies, x, kernel, places, dt)
    return Slide(x, kernel, first, lag, dt, y, places, flip, circular, theory, name, error)


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


def _theory(
    f: str, h: str, n: int, m: int, copies: int, x: Tensor, kernel: Tensor, places: Tensor,
    dt: float,
) -> tuple[Tensor, str]:  # fmt: skip
    """The outputs by formula, and its name; symmetric shapes only, so the flip does not matter."""
    s = (places + 1).double() * dt
    middle = s - (len(x) + len(kernel)) * dt / 2

    def bell(sigma: float) -> Tensor:
        return torch.exp(-0.5 * (middle / sigma) ** 2)

    if {f, h} <= {"box", "die"} and copies == 1:
        overlap = torch.minimum(s, n + m - s).clamp(max=min(n, m))
        return overlap * x[0] * kernel[0], "overlap of two boxes"
    if f == h == "bump":
        a, b = width(n), width(m)
        sigma = math.hypot(a, b)
        height = math.sqrt(2 * math.pi) * a * b / sigma
        return height * bell(sigma), "Gaussian with σ² = σ₁² + σ₂²"
    variance = (n**2 - 1 + copies * (m**2 - 1)) / 12
    if f == h == "die" and variance > 0:
        sigma = math.sqrt(variance)
        return bell(sigma) / (sigma * math.sqrt(2 * math.pi)), "normal density"
    return s[:0], ""
