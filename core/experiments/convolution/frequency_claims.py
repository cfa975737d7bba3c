"""What is claimed of the Fourier transform and of convolution by spectra, and the words for it."""

import math
from functools import cache

import torch

from core.check import Check, equal, same
from core.convolution import spectra
from core.convolution.operator import convolve
from core.convolution.signals import counted, short
from core.convolution.spectra import by_spectra, dft_matrix, filled
from core.experiments.convolution.frequency import EXACT, Frequency

GAUSS = 0.7  # frequency at which the transform of exp(−πt²) is integrated


def checks(run: Frequency) -> list[Check]:
    """CNN-04, CNN-11 and CNN-12 on these signals."""
    return [*_products(run), *_transform(run), _gain(run) if len(run.gain) else _gauss()]


def _products(run: Frequency) -> list[Check]:
    n, m, N, zero = len(run.f), len(run.h), run.N, run.boundary == "zero"
    both, name = run.names
    circle = "correlation" if run.pair == "conj" else "convolution"
    round_ = convolve(filled(run.f, N), run.h[:N], "circular", flip=run.pair != "conj")
    over = len(run.direct) if zero else 0
    folded = filled(run.direct, -(-over // N) * N).reshape(-1, N).sum(0)
    right = (
        (not run.cut, f"N = {N} < {max(n, m)}: the DFT truncates and loses {_lost(run)}"),
        (run.pair != "corr", f"without the flip it must be conj H: F H errs by {short(run.error)}"),
    )
    border = (zero, f"needs zeros outside f, here the border is {run.boundary}")
    enough = (border, (n + m - 1 <= N, f"needs N ≥ n + m − 1 = {n + m - 1}, here {N}"))
    if run.boundary == "circular":
        enough = ((n == N, f"a circular border needs N = n = {n}, here {N}"),)
    exact = (
        f"DFT⁻¹({both}) = {name} for N ≥ n + m − 1, on a circle for N = n: the largest difference"
    )
    around = f"DFT⁻¹({both}) = the circular {circle} of length N: largest difference"
    folds = f"for every N ≥ n, m: DFT⁻¹({both})[u] = Σⱼ ({name})[u + jN], largest difference"
    tol, needs = 1e-12 * run.size, (*right, *enough)
    return [
        same("CNN-12", around, run.product, round_.roll(-run.first), tol=tol),
        equal("CNN-12", exact, run.error, 0.0, tol=EXACT * run.size, needs=needs),
        same("CNN-12", folds, run.product, folded, tol=tol, needs=(*right, border)),
    ]


def _transform(run: Frequency) -> list[Check]:
    f, N, K = filled(run.f, run.N), run.N, dft_matrix(run.N)
    F, tol = K @ f.to(K), 1e-9 * max(1.0, float(f.abs().sum()))
    off = torch.stack([(K.conj() @ F) / N - f, K @ F / N - f.flip(0).roll(1)]).abs()
    power = f.square().sum(), F.abs().square().sum() / N
    matrix = "the DFT as a matrix K[k, t] = exp(−2πi kt/N): K f = FFT(f), the largest difference"
    twice = (
        "DFT⁻¹(DFT(f)) = f, and the transform taken twice mirrors, DFT(DFT(f))[t]/N = "
        "f[−t mod N]: largest difference"
    )
    return [
        same("CNN-04", matrix, (F - torch.fft.fft(f)).abs(), 0.0, tol=tol),
        same("CNN-11", twice, off, 0.0, tol=tol),
        equal("CNN-11", "Parseval: Σ |f[t]|² = 1/N Σ |F[k]|²", *power),
    ]


def _gain(run: Frequency) -> Check:
    gain, found = run.gain.abs(), torch.fft.rfft(run.h).abs()
    claim = (
        "a painted gain comes back: |H| at the frequencies j/m is what was painted, largest "
        "difference"
    )
    return same("CNN-11", claim, found, gain, tol=1e-9 * max(1.0, float(gain.sum())))


@cache
def _gauss() -> Check:
    t = torch.linspace(-6, 6, 481, dtype=torch.float64)
    integral = torch.trapezoid(torch.exp(-math.pi * t**2) * torch.cos(2 * math.pi * GAUSS * t), t)
    claim = f"∫ exp(−πt²) exp(−2πi ut) dt = exp(−πu²) at u = {GAUSS}: summed, formula"
    return equal("CNN-11", claim, integral, math.exp(-math.pi * GAUSS**2), tol=1e-6)


def says(run: Frequency) -> str:
    """Which samples are wrong and why, or that none is and what it costs."""
    n, m, N, name = len(run.f), len(run.h), run.N, run.names[1]
    wrong, length = int(run.wrong.sum()), n + m - 1
    judged, verb = int((~run.truth.isnan()).sum()), "is" if wrong == 1 else "are"
    count = f"{wrong} of {judged} samples {verb} wrong, by up to {short(run.error)}"
    at = (run.wrong.nonzero().flatten() + run.first).tolist()
    listed = f"{count}: u = {', '.join(map(str, at[:8]))}" + (", …" if len(at) > 8 else "")
    if run.cut:
        longer = f"f ({n} samples)" if n > N else f"h ({m} taps)"
        return (
            f"Warning: N = {N} is shorter than {longer}, so the DFT truncates and loses "
            f"{_lost(run)}. Of what is left {count}."
        )
    if run.pair == "corr":
        return (
            f"F H belongs to the convolution. Against the cross-correlation f ⋆ h, which does not "
            f"flip, {count if wrong else 'nothing is wrong here'}; F conj H is its spectrum."
        )
    summed, transformed = spectra.cost_direct(n, m), spectra.cost_fft(n, m)
    cost = (
        f" Multiplications: {summed} for the sum, {transformed} by way of spectra of length "
        f"{spectra.next_power(length)}; a kernel as long as the signal pays from "
        f"n = {spectra.crossing()}."
    )
    if run.boundary != "zero":
        why = {
            "circular": f"A circular border is a product of spectra only at N = n = {n}",
            "reflect": "A product of spectra knows nothing of a mirror at the border",
            "replicate": "A product of spectra knows nothing of a repeated edge",
        }[run.boundary]
        if wrong:
            return f"{why}. With N = {N}, {listed}."
        return f"{why}; with N = {N} every sample is right." + cost
    if length > N:
        return (
            f"N = {N} < n + m − 1 = {length}: {name} has {length} samples, and what is over comes "
            f"round to the first. {listed if wrong else 'No sample is wrong: it is 0'}."
        )
    return f"N = {N} ≥ n + m − 1 = {length}: every sample of {name} is right." + cost


def _lost(run: Frequency) -> str:
    return counted(run.cut, "sample")


def _wrong(run: Frequency) -> tuple[float, dict[str, int]]:
    """How many samples of the product are wrong."""
    over = len(run.direct) - run.N
    return float(run.wrong.sum()), {"length": len(run.direct), "over": over, "last": over - 1}


def right_at(run: Frequency, N: int, conjugate: bool) -> bool:
    """Whether the product of spectra of length N answers all that `direct` asks."""
    answer = filled(by_spectra(run.f, run.h, N, conjugate).roll(-run.first), len(run.direct))
    return float((answer - run.direct).abs().max()) <= EXACT * run.size


def _partner(run: Frequency) -> str:
    """Which product of spectra is the correlation."""
    N = len(run.f) + len(run.h) - 1
    return next((k for k in ("plain", "conj") if right_at(run, N, k == "conj")), "neither")


def _circle(run: Frequency) -> str:
    """Which of the two lengths n and n + m − 1 gives what is compared."""
    n, m = len(run.f), len(run.h)
    short, padded = (right_at(run, N, run.pair != "conv") for N in (n, n + m - 1))
    if short and padded:
        return "both"
    if short:
        return "n"
    return "padded" if padded else "neither"


answers = {"wrong": _wrong, "partner": _partner, "circle": _circle}
