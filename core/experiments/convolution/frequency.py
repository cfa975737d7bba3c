r"""Convolution as a product of spectra, and what goes wrong when the DFT is too short.

F[k] = Σ_t f[t] exp(−2πi k t / N). The product F H belongs to the *circular* convolution (CNN-12):
p[u] = Σ_j (f ∗ h)[u + jN]. It is f ∗ h itself only for N ≥ n + m − 1; below that the last
n + m − 1 − N samples come round and land on the first ones. The correlation f ⋆ h needs the
conjugate, F conj H, and the borders reflect and replicate are no product of spectra at all.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from core import table
from core.check import choose, require
from core.convolution.operator import BOUNDARIES, convolve
from core.convolution.signals import moderate, short

SIGNALS = ("waves", "drawn")
PAIRS = ("conv", "corr", "conj")
FILTERS = {
    "average": (0.2, 0.2, 0.2, 0.2, 0.2),
    "binomial": (1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16),
    "difference": (1.0, -1.0),
    "detail": (-0.2, -0.2, 0.8, -0.2, -0.2),
    "echo": (1.0, 0.0, 0.0, 0.0, 0.6),
}
LONGEST = 32  # samples of the signal
TAPS = tuple((1, m) for m in range(1, 8))
GAINS = tuple((1, g) for g in range(2, 7))
WAVES = tuple((count, 2) for count in range(1, 4))
EXACT = 1e-9  # relative error below which a sample counts as right


class Frequency(NamedTuple):
    """Two signals, their product of spectra, and what it should be.

    Attributes:
        f, h: signal (n,) and filter (m,).
        drawn: the whole drawn signal, (32,), of which f is the first n samples when it is drawn.
        gain: the painted gains, (g,), of a filter painted in frequency, else empty.
        N: length of the DFT.
        cut: how many samples of f or h do not fit into N.
        pair: "conv", "corr" or "conj", see `frequency`.
        boundary: what f continues with.
        F, H: spectra, complex (N,).
        first: number of the first output: 0, for a correlation with zeros outside 1 − m.
        direct: f ∗ h or f ⋆ h from output `first` on by the sum itself, (n + m − 1,); with another
            border than zero (n,).
        product: the inverse DFT of F H or F conj H at the outputs first, …, first + N − 1, (N,).
        truth: `direct` there, (N,), 0 beyond its end, with another border than zero NaN.
        wrong: which of them differ from it, (N,) bool.
        k: the frequency looked at, in 0 … N − 1.
        wound: f[t] exp(−2πi k t / N), complex (min(n, N),).
        curve: the same of the sinusoids between the samples, complex; empty for a drawn signal.
    """

    f: Tensor
    h: Tensor
    drawn: Tensor
    gain: Tensor
    N: int
    cut: int
    pair: str
    boundary: str
    F: Tensor
    H: Tensor
    first: int
    direct: Tensor
    product: Tensor
    truth: Tensor
    wrong: Tensor
    k: int
    wound: Tensor
    curve: Tensor

    @property
    def spectrum(self) -> Tensor:
        """F H, or F conj H for pair "conj", (N,)."""
        return self.F * (self.H.conj() if self.pair == "conj" else self.H)

    @property
    def matched(self) -> bool:
        """Whether the product of spectra belongs to what it is compared with."""
        return self.pair != "corr"

    @property
    def size(self) -> float:
        """Σ|f| Σ|h| or 1, which no output exceeds."""
        return max(1.0, float(self.f.abs().sum() * self.h.abs().sum()))

    @property
    def error(self) -> float:
        """The largest error of the product."""
        return float((self.product - self.truth).nan_to_num().abs().max())


def by_spectra(f: Tensor, h: Tensor, N: int, conjugate: bool = False) -> Tensor:
    """DFT⁻¹(F H), the circular convolution of length N; DFT⁻¹(F conj H), the circular correlation.

    Args:
        f, h: (n,) and (m,), float64; zeros are appended up to N.
        N: at least max(n, m).
        conjugate: whether to take conj H.

    Returns:
        (N,); output u of a correlation, Σ_t h[t] f[u + t], at u mod N.

    Raises:
        ValueError: N is no whole number ≥ max(n, m): a shorter DFT truncates.
    """
    N = int(require("N", N, max(len(f), len(h)), integer=True))
    H = torch.fft.fft(h, N)
    return torch.fft.ifft(torch.fft.fft(f, N) * (H.conj() if conjugate else H)).real


def frequency(
    signal: str,
    waves: str,
    drawn: str,
    n: int,
    filter: str,
    taps: str,
    gain: str,
    N: int,
    pair: str,
    boundary: str,
    k: int,
) -> Frequency:
    """f and h convolved by way of their spectra of length N, against the sum written out.

    Args:
        signal: "waves", Σ a sin(2π q t / n) over the rows (q, a) of `waves`, or "drawn".
        waves: 1 to 3 rows of a frequency in cycles per n samples and an amplitude.
        drawn: up to 32 samples; what is missing up to n is 0.
        n: length of f, in [1, 32].
        filter: a name of FILTERS, "own" for `taps`, or "painted" for `gain`.
        taps: 1 to 7 numbers.
        gain: the gains g_j of 2 to 6 frequencies j / (2g − 1); h is their inverse DFT, 2g − 1 taps,
            moved so that it begins at 0.
        N: length of the DFT, in [1, 256]. Below max(n, m) the DFT truncates, and says so.
        pair: "conv" compares F H with f ∗ h, "corr" F H with f ⋆ h, which is wrong, and "conj"
            F conj H with f ⋆ h.
        boundary: what lies outside f. For zero all n + m − 1 outputs are compared, else the n that
            stand on a sample of f.
        k: the frequency looked at, in cycles per N samples, in [0, 256]; k and k + N are the same.

    Raises:
        ValueError: a parameter is outside its range, a table has another shape, a cell that is no
            number or one beyond ±1e6.
    """
    choose("signal", signal, SIGNALS)
    choose("filter", filter, (*FILTERS, "own", "painted"))
    choose("pair", pair, PAIRS)
    choose("boundary", boundary, BOUNDARIES)
    n = int(require("n", n, 1, LONGEST, integer=True))
    N = int(require("N", N, 1, 256, integer=True))
    k = int(require("k", k, 0, 256, integer=True)) % N
    samples = moderate(table.signal(drawn, "drawn", LONGEST), "drawn")
    samples = filled(samples, LONGEST)
    painted = torch.zeros(0, dtype=torch.float64)
    if filter == "painted":
        painted = moderate(table.read(gain, "gain", shapes=GAINS)[0], "gain")
        h = torch.fft.irfft(painted.to(torch.complex128), 2 * len(painted) - 1)
        h = h.roll(len(painted) - 1)
    elif filter == "own":
        h = moderate(table.read(taps, "taps", shapes=TAPS)[0], "taps")
    else:
        h = torch.tensor(FILTERS[filter], dtype=torch.float64)
    curve = torch.zeros(0, dtype=torch.complex128)
    if signal == "waves":
        sines = moderate(table.read(waves, "waves", shapes=WAVES), "waves")
        f = _sum(sines, torch.arange(n, dtype=torch.float64), n)
        t = torch.linspace(0, min(n, N) - 1, 241, dtype=torch.float64)
        curve = _wind(_sum(sines, t, n), t, k, N)
    else:
        f = samples[:n]

    m, flip, zero = len(h), pair == "conv", boundary == "zero"
    direct = convolve(f, h, "full", flip=flip) if zero else bordered(f, h, flip, boundary)
    first = 0 if flip or not zero else 1 - m
    product = by_spectra(f[:N], h[:N], N, conjugate=pair == "conj").roll(-first)
    truth = torch.full((N,), 0.0 if zero else math.nan, dtype=torch.float64)
    truth[: len(direct)] = direct[:N]
    size = max(1.0, float(f.abs().sum() * h.abs().sum()))
    return Frequency(
        f=f,
        h=h,
        drawn=samples,
        gain=painted,
        N=N,
        cut=max(0, n - N) + max(0, m - N),
        pair=pair,
        boundary=boundary,
        F=torch.fft.fft(f, N),
        H=torch.fft.fft(h, N),
        first=first,
        direct=direct,
        product=product,
        truth=truth,
        wrong=(product - truth).abs() > EXACT * size,
        k=k,
        wound=_wind(f[:N], torch.arange(min(n, N), dtype=torch.float64), k, N),
        curve=curve,
    )


def filled(values: Tensor, length: int) -> Tensor:
    """The values cut, or continued by zeros, to a length."""
    answer = values.new_zeros(length)
    answer[: len(values)] = values[:length]
    return answer


def taps_of(filter: str, taps: str, gain: str) -> int:
    """How many taps the filter has; of a text that is no table, how many words."""
    if filter == "own":
        return len(taps.split())
    return max(1, 2 * len(gain.split()) - 1) if filter == "painted" else len(FILTERS[filter])


def bordered(f: Tensor, h: Tensor, flip: bool, boundary: str) -> Tensor:
    """Σ_t h[t] f[u − t] (u + t without the flip) for u = 0 … n − 1, f continued by `boundary`."""
    if flip:
        return convolve(f, h, "causal", boundary=boundary)
    return convolve(f.flip(0), h, "causal", boundary=boundary).flip(0)


def _sum(sines: Tensor, t: Tensor, n: int) -> Tensor:
    """Σ a sin(2π q t / n)."""
    q, a = sines.T
    return torch.sin(2 * math.pi / n * t[:, None] * q) @ a


def _wind(values: Tensor, t: Tensor, k: int, N: int) -> Tensor:
    """values · exp(−2πi k t / N)."""
    return torch.polar(torch.ones_like(t), -2 * math.pi * k / N * t) * values


# --- words ---------------------------------------------------------------------------------------


def says(run: Frequency, **_) -> str:
    """Which samples are wrong and why, or that none is and what it costs."""
    n, m, N = len(run.f), len(run.h), run.N
    wrong, length = int(run.wrong.sum()), n + m - 1
    judged = int((~run.truth.isnan()).sum())
    verb = "is" if wrong == 1 else "are"
    count = f"{wrong} of {judged} samples {verb} wrong, by up to {short(run.error)}"
    if run.cut:
        longer = f"f ({n} samples)" if n > N else f"h ({m} taps)"
        return (
            f"Warning: N = {N} is shorter than {longer}, so the DFT truncates: {run.cut} samples "
            f"never enter. Of what is left {count}."
        )
    if not run.matched:
        return (
            f"F H belongs to the convolution. Against the cross-correlation f ⋆ h, which does not "
            f"flip, {count if wrong else 'nothing is wrong here'}; F conj H is its spectrum."
        )
    name = "f ∗ h" if run.pair == "conv" else "f ⋆ h"
    cost = (
        f" Multiplications: {cost_direct(n, m)} for the sum, {cost_fft(n, m)} by way of spectra of "
        f"length {next_power(length)}; a kernel as long as the signal pays from n = {crossing()}."
    )
    if run.boundary != "zero":
        why = {
            "circular": f"A circular border is a product of spectra only at N = n = {n}",
            "reflect": "A product of spectra knows nothing of a mirror at the border",
            "replicate": "A product of spectra knows nothing of a repeated edge",
        }[run.boundary]
        if not wrong:
            return f"{why}; with N = {N} every sample is right." + cost
        return f"{why}. With N = {N}, {count}: u = {_listed(run)}."
    if length > N:
        over = length - N
        come = "one comes round and is" if over == 1 else f"{over} come round and are"
        landed = f"{count}: u = {_listed(run)}" if wrong else "No sample is wrong, for they are 0"
        return (
            f"N = {N} < n + m − 1 = {length}: of the {length} samples of {name} the last "
            f"{come} added to the first. {landed}."
        )
    return f"N = {N} ≥ n + m − 1 = {length}: every sample of {name} is right." + cost


def _listed(run: Frequency) -> str:
    """The wrong outputs, the first ones if there are many."""
    at = (run.wrong.nonzero().flatten() + run.first).tolist()
    return ", ".join(str(u).replace("-", "−") for u in at[:8]) + (", …" if len(at) > 8 else "")


# --- answers to the predictions ------------------------------------------------------------------


def wrong_in_words(run: Frequency) -> str:
    """How many samples of the product are wrong."""
    wrong = int(run.wrong.sum())
    return "none" if not wrong else "all" if wrong == run.N else str(wrong)


def _miss(run: Frequency, N: int, conjugate: bool) -> float:
    """Largest error of the product of spectra of length N as an answer to `direct`."""
    product = by_spectra(run.f, run.h, N, conjugate).roll(-run.first)
    apart = product[: len(run.direct)] - run.direct[:N]
    rest = product[len(run.direct) :] if run.boundary == "zero" else product[:0]
    missing = run.direct[N:]
    return max(float(part.abs().max()) if len(part) else 0.0 for part in (apart, rest, missing))


def shortest_in_words(run: Frequency) -> str:
    """The smallest N that gives every output, by trying."""
    longest = max(len(run.f), len(run.h))
    tries = range(longest, 4 * longest)
    right = (N for N in tries if _miss(run, N, run.pair != "conv") <= EXACT * run.size)
    return str(next(right))


def partner_in_words(run: Frequency) -> str:
    """Which product of spectra is the correlation."""
    N = len(run.f) + len(run.h) - 1
    plain, conjugate = (_miss(run, N, c) <= EXACT * run.size for c in (False, True))
    return {(True, False): "F H", (False, True): "F conj H", (True, True): "both"}.get(
        (plain, conjugate), "neither"
    )


def circular_in_words(run: Frequency) -> str:
    """Which of the two lengths n and n + m − 1 gives the circular border."""
    n, m = len(run.f), len(run.h)
    short_, long = (_miss(run, N, run.pair != "conv") <= EXACT * run.size for N in (n, n + m - 1))
    return {(True, False): f"N = {n}", (False, True): f"N = {n + m - 1}", (True, True): "both"}.get(
        (short_, long), "neither"
    )


def left_in_words(run: Frequency) -> str:
    """What the filter leaves of the frequency looked at."""
    share = float(run.H[run.k].abs())
    return "nothing" if share < 1e-9 else "about a third" if share < 0.5 else "all of it"


# --- cost ----------------------------------------------------------------------------------------


def next_power(N: int) -> int:
    """The smallest power of two ≥ N."""
    return 1 << (N - 1).bit_length()


def butterflies(N: int) -> int:
    """c(N) = 2 c(N/2) + N/2 and c(1) = 0, multiplications of a radix-2 FFT of N = 2ʲ points."""
    return 0 if N == 1 else 2 * butterflies(N // 2) + N // 2


def cost_direct(n: int, m: int) -> int:
    """Real multiplications of Σ_t h[t] f[u − t] over all u: every sample meets every tap."""
    return n * m


def cost_fft(n: int, m: int) -> int:
    """Real multiplications by way of spectra: three FFTs and the product, four for each complex.

    The length is the next power of two that holds n + m − 1.
    """
    N = next_power(n + m - 1)
    return 4 * (3 * butterflies(N) + N)


def crossing() -> int:
    """The smallest n = 2ʲ from which the spectra cost less, for a kernel as long as the signal."""
    return next(n for n in (1 << j for j in range(30)) if cost_fft(n, n) < cost_direct(n, n))
