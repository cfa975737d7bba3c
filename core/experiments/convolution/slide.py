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
from core.convolution.sizes import kept
from core.signature import between, declared

MODES = ("full", "centred", "same", "valid", "causal", "circular", "stride 2", "stride 3")
FRAMES, FINE = 120, 320  # outputs shown and samples taken of continuous time, roughly
BOXES = "overlap of two boxes"
LAST = 255  # no setting has an output of a larger number


class Window(NamedTuple):
    """The kernel at one position."""

    u: float  # the position
    y: float  # the output there
    at: Tensor  # where the samples of h lie, in time, (m,); when f repeats, the times of f
    lying: Tensor  # these samples; when f repeats, the weights
    weights: Tensor  # the value of h lying on each sample of f, (n,)
    products: Tensor  # f · weights · dt, (n,); they sum to y


class Slide(NamedTuple):
    """The result at every position."""

    f: Tensor  # the signal, (n,), all but the last copy of h already convolved into it
    h: Tensor  # the kernel, (m,)
    first: float  # time of f[0]
    lag: float  # time of h[0], counted from the origin of h
    dt: float  # distance of two samples, 1 in discrete time
    y: Tensor  # the outputs, (outputs,)
    finer: Tensor  # y with half the dt; in discrete time y
    places: Tensor  # numbers of y among all overlaps, (outputs,); the positions when f repeats
    flip: bool  # whether h is turned round
    circular: bool  # whether f repeats
    theory: Tensor  # the outputs by formula, (outputs,), empty when none is known
    theory_name: str  # of this formula

    @property
    def smooth(self) -> bool:
        """Whether time is continuous."""
        return self.dt < 1

    @property
    def size(self) -> float:
        """Σ|f| Σ|h| dt, which no output exceeds, or 1."""
        return float(self.f.abs().sum() * self.h.abs().sum()) * self.dt or 1.0

    @property
    def error(self) -> float:
        """Estimate of the largest error of y: that of a midpoint sum falls by 4 when dt halves."""
        return 4 / 3 * float((self.y - self.finer).abs().max())

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
        kind, _, stride = mode.partition(" ")
        kind = {"centred": "full", "stride": "full"}.get(kind, kind)
        places = kept(len(x), m, kind, flip, int(stride or 1)).nonzero().flatten()
        whole = convolve(x, kernel, "circular" if circular else "full", flip=flip)
        dt, y = 1.0, whole[places]
        finer = y
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
        y, finer = whole[places], sums(2 * rate * step)[2][2 * places + 1]
        first, lag = dt / 2, dt / 2 - (m / 2 if centred else 0)
    run = Slide(x, kernel, first, lag, dt, y, finer, places, flip, circular, y[:0], "")
    return run if circular else run._replace(**_theory(run, f, h, n, m, copies))


def _theory(run: Slide, f: str, h: str, n: int, m: int, copies: int) -> dict[str, Tensor | str]:
    """The outputs by formula, and its name; of symmetric shapes, so the flip does not matter."""
    s, variance = run.dt * (run.places + 1).double(), 0.0
    if {f, h} <= {"box", "die"} and copies == 1:
        overlap = torch.minimum(s, n + m - s).clamp(max=min(n, m))
        return {"theory": overlap * run.f[0] * run.h[0], "theory_name": BOXES}
    if f == h == "bump":
        a, b = width(n), width(m)
        area, variance, name = 2 * math.pi * a * b, a**2 + b**2, "Gaussian with σ² = σ₁² + σ₂²"
    elif f == h == "die":
        area, variance, name = 1.0, (n**2 - 1 + copies * (m**2 - 1)) / 12, "normal density"
    if not variance:
        return {}
    middle = s - (len(run.f) + len(run.h)) * run.dt / 2
    bell = torch.exp(-0.5 * middle**2 / variance) / math.sqrt(2 * math.pi * variance)
    return {"theory": area * bell, "theory_name": name}
