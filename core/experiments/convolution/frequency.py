r"""Convolution as a product of spectra, and what goes wrong when the DFT is too short.

F[k] = Σ_t f[t] exp(−2πi k t / N). The product F H belongs to the *circular* convolution (CNN-12):
p[u] = Σ_j (f ∗ h)[u + jN]. It is f ∗ h itself only for N ≥ n + m − 1; below that the last
n + m − 1 − N samples come round and land on the first ones. The correlation f ⋆ h needs the
conjugate, F conj H, and the borders reflect and replicate are no product of spectra at all.
"""

import math
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core import table
from core.convolution.operator import BOUNDARIES, convolve
from core.convolution.signals import moderate
from core.convolution.spectra import by_spectra, filled
from core.signature import between, declared

FILTERS = {
    "average": (0.2, 0.2, 0.2, 0.2, 0.2),
    "binomial": (1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16),
    "difference": (1.0, -1.0),
    "detail": (-0.2, -0.2, 0.8, -0.2, -0.2),
    "echo": (1.0, 0.0, 0.0, 0.0, 0.6),
}
CHOICES = (*FILTERS, "own", "painted")
LONGEST = 32  # samples of the signal
TAPS = tuple((1, m) for m in range(1, 8))
GAINS = tuple((1, g) for g in range(2, 7))
WAVES = tuple((count, 2) for count in range(1, 4))
EXACT = 1e-9  # relative error below which a sample counts as right
FINE = 256  # |H| is drawn as a curve through the frequencies j / FINE


class Frequency(NamedTuple):
    """Two signals, their product of spectra, and what it should be."""

    f: Tensor  # signal (n,)
    h: Tensor  # filter (m,)
    gain: Tensor  # the painted gains, (g,), of a filter painted in frequency, else empty
    pair: str  # "conv", "corr" or "conj", see `frequency`
    boundary: str  # what f continues with
    direct: Tensor  # f ∗ h or f ⋆ h by the sum from output `first` on; n + m − 1 or n outputs
    product: Tensor  # the inverse DFT of F H or F conj H at the outputs first, …, first + N − 1
    F: Tensor  # the DFT of f, complex (N,)
    H: Tensor  # of h
    curve: Tensor  # |H| at the frequencies 0, …, 1/2 cycles per sample, (FINE / 2 + 1,)

    @property
    def N(self) -> int:
        """Length of the DFT."""
        return len(self.product)

    @property
    def cut(self) -> int:
        """How many samples of f or h do not fit into N."""
        return sum(max(0, len(each) - self.N) for each in (self.f, self.h))

    @property
    def first(self) -> int:
        """Number of the first output: 0, for a correlation with zeros outside 1 − m."""
        return 1 - len(self.h) if self.pair != "conv" and self.boundary == "zero" else 0

    @property
    def truth(self) -> Tensor:
        """`direct` at the outputs of the product, 0 beyond its end; NaN where nothing is known."""
        truth = self.product.new_full((self.N,), 0.0 if self.boundary == "zero" else math.nan)
        truth[: len(self.direct)] = self.direct[: self.N]
        return truth

    @property
    def wrong(self) -> Tensor:
        """Which outputs of the product differ from the truth, (N,) bool."""
        return (self.product - self.truth).abs() > EXACT * self.size

    @property
    def wraps(self) -> bool:
        """Whether all that is wrong are samples that came round."""
        over = self.boundary == "zero" and len(self.direct) > self.N
        return over and self.pair != "corr" and not self.cut

    @property
    def names(self) -> tuple[str, str]:
        """The product of spectra, and what it is compared with."""
        spectra, sums = {"conj": "F conj H"}, {"conv": "f ∗ h"}
        return spectra.get(self.pair, "F H"), sums.get(self.pair, "f ⋆ h")

    @property
    def size(self) -> float:
        """Σ|f| Σ|h|, which no output exceeds, or 1."""
        return float(self.f.abs().sum() * self.h.abs().sum()) or 1.0

    @property
    def error(self) -> float:
        """The largest error of the product."""
        return float((self.product - self.truth).nan_to_num().abs().max())

    def wound(self, k: int) -> Tensor:
        """f[t] exp(−2πi k t / N), complex (min(n, N),)."""
        f = self.f[: self.N]
        return wind(f, torch.arange(len(f), dtype=f.dtype), k / self.N)


@declared
def frequency(
    signal: Literal["waves", "drawn"] = "waves",
    n: Annotated[int, between(1, LONGEST)] = 12,
    waves: str = "1 1,3 0.5,5 0.5",
    drawn: str = "0 1 2 3 2 1 0 0 -1 -2 -1 0",
    filter: Literal[CHOICES] = "average",
    taps: str = "1 0 -1",
    gain: str = "1 1 1 0 0 0",
    N: Annotated[int, between(1, 256)] = 12,
    pair: Literal["conv", "corr", "conj"] = "conv",
    boundary: Literal[BOUNDARIES] = "zero",
) -> Frequency:
    """f and h convolved by way of their spectra of length N, against the sum written out.

    Args:
        signal: "waves", Σ a sin(2π q t / n) over the rows (q, a) of `waves`, or "drawn".
        n: length of f.
        waves: 1 to 3 rows of a frequency in cycles per n samples and an amplitude.
        drawn: up to 32 samples; what is missing up to n is 0.
        filter: a name of FILTERS, "own" for `taps`, or "painted" for `gain`.
        taps: 1 to 7 numbers.
        gain: the gains g_j of 2 to 6 frequencies j / (2g − 1); h is their inverse DFT, 2g − 1 taps,
            moved so that it begins at 0.
        N: length of the DFT. Below max(n, m) the DFT truncates, and says so.
        pair: "conv" compares F H with f ∗ h, "corr" F H with f ⋆ h, which is wrong, and "conj"
            F conj H with f ⋆ h.
        boundary: what lies outside f. For zero all n + m − 1 outputs are compared, else the n that
            stand on a sample of f.
    """
    painted = torch.zeros(0, dtype=torch.float64)
    if filter == "painted":
        painted = moderate(table.read(gain, "gain", shapes=GAINS)[0], "gain")
        h = torch.fft.irfft(painted + 0j, 2 * len(painted) - 1).roll(len(painted) - 1)
    elif filter == "own":
        h = moderate(table.read(taps, "taps", shapes=TAPS)[0], "taps")
    else:
        h = torch.tensor(FILTERS[filter], dtype=torch.float64)
    if signal == "waves":
        sines = moderate(table.read(waves, "waves", shapes=WAVES), "waves")
        f = wave(sines, torch.arange(n, dtype=torch.float64), n)
    else:
        f = filled(moderate(table.signal(drawn, "drawn", LONGEST), "drawn"), n)
    flip, zero = pair == "conv", boundary == "zero"
    product = by_spectra(f[:N], h[:N], N, conjugate=pair == "conj")
    direct = convolve(f, h, "full", flip=flip) if zero else bordered(f, h, flip, boundary)
    spectra = torch.fft.fft(f, N), torch.fft.fft(h, N), torch.fft.rfft(h, FINE).abs()
    run = Frequency(f, h, painted, pair, boundary, direct, product, *spectra)
    return run._replace(product=product.roll(-run.first))


def enough(n: int, filter: str, taps: str, gain: str) -> int:
    """n + m − 1, the shortest exact length; the taps of a text that is no table are its words."""
    if filter == "painted":
        return n + max(0, 2 * len(gain.split()) - 2)
    return n + len(taps.split() if filter == "own" else FILTERS[filter]) - 1


def bordered(f: Tensor, h: Tensor, flip: bool, boundary: str) -> Tensor:
    """Σ_t h[t] f[u − t] (u + t without the flip) for u = 0 … n − 1, f continued by `boundary`."""
    y = convolve(f if flip else f.flip(0), h, "causal", boundary=boundary)
    return y if flip else y.flip(0)


def wave(sines: Tensor, t: Tensor, n: int) -> Tensor:
    """Σ a sin(2π q t / n) over the rows (q, a)."""
    q, a = sines.T
    return torch.sin(2 * math.pi / n * t[:, None] * q) @ a


def wind(values: Tensor, t: Tensor, turns: float) -> Tensor:
    """values · exp(−2πi t · turns)."""
    return torch.polar(torch.ones_like(t), -2 * math.pi * turns * t) * values
