"""What is claimed of the Fourier transform and of convolution by spectra, and the words for it."""

import math
from functools import cache

import torch

from core.check import Check, equal, same
from core.convolution import spectra
from core.convolution.operator import convolve
from core.convolution.signals import counted, short
from core.convolution.spectra import by_spectra, dft_matrix, filled
from core.experiments.convolution.frequency import EXACT, FINE, Frequency

BEYOND = {"reflect": "its mirror image", "replicate": "its last value", "circular": "f again"}
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
        (run.pair != "corr", f"without the flip it must be conj H: F H errs by {_far(run)}"),
    )
    border = (zero, f"needs zeros outside f, here f goes on with {BEYOND.get(run.boundary)}")
    enough = (border, (n + m - 1 <= N, f"needs N ≥ n + m − 1 = {n + m - 1}, here {N}"))
    if run.boundary == "circular":
        enough = ((n == N, f"a circular border needs N = n = {n}, here {N}"),)
    exact = (
        f"DFT⁻¹({both}) = {name} for N ≥ n + m − 1, on a circle for N = n: the largest difference"
    )
    around = f"DFT⁻¹({both}) = the circular {circle} of length N: largest difference"
    folds = f"for every N ≥ n, m: DFT⁻¹({both})[u] = Σⱼ ({name})[u + jN], largest difference"
    unit, needs = run.size, (*right, *enough)
    round_, folded, product = (y / unit for y in (round_.roll(-run.first), folded, run.product))
    return [
        equal("CNN-12", exact, run.error / unit, 0.0, tol=EXACT, needs=needs),
        same("CNN-12", around, product, round_, tol=1e-12),
        same("CNN-12", folds, product, folded, tol=1e-12, needs=(*right, border)),
    ]


def _transform(run: Frequency) -> list[Check]:
    """Of f, and of the spectra that are drawn."""
    (f, a), (h, b) = ((filled(s, run.N), float(s.abs().sum()) or 1.0) for s in (run.f, run.h))
    N, K, F = run.N, dft_matrix(run.N), run.F
    turns = torch.arange(FINE // 2 + 1)[:, None] * torch.arange(len(run.h)).double() / FINE
    curve = (run.h * torch.polar(torch.ones_like(turns), -2 * math.pi * turns)).sum(1).abs()
    sums = torch.cat((K @ f.to(K) / a, K @ h.to(K) / b, curve.to(K) / b))
    drawn = torch.cat((F / a, run.H / b, run.curve.to(K) / b))
    off = torch.stack([(K.conj() @ F) / N - f, K @ F / N - f.flip(0).roll(1)]).abs() / a
    power = f.square().sum(), F.abs().square().sum() / N
    matrix = (
        "the DFT as a matrix K[k, t] = exp(−2πi kt/N): K f and K h are F and H as drawn, and so "
        "between their frequencies: largest difference"
    )
    twice = (
        "DFT⁻¹(DFT(f)) = f, and the transform taken twice mirrors, DFT(DFT(f))[t]/N = "
        "f[−t mod N]: largest difference"
    )
    parseval = "Parseval: Σ |f[t]|² = 1/N Σ |F[k]|²"
    return [
        same("CNN-04", matrix, torch.view_as_real(drawn), torch.view_as_real(sums)),
        same("CNN-11", twice, off, 0.0),
        equal("CNN-11", parseval, *power, tol=1e-9 * min(1.0, float(power[0]))),
    ]


def _gain(run: Frequency) -> Check:
    gain, found = run.gain.abs(), torch.fft.rfft(run.h).abs()
    claim = (
        "a painted gain comes back: |H| at the frequencies j/m is what was painted, largest "
        "difference"
    )
    largest = float(gain.max()) or 1.0
    return same("CNN-11", claim, found / largest, gain / largest)


@cache
def _gauss() -> Check:
    t = torch.linspace(-6, 6, 481, dtype=torch.float64)
    integral = torch.trapezoid(torch.exp(-math.pi * t**2) * torch.cos(2 * math.pi * GAUSS * t), t)
    claim = f"∫ exp(−πt²) exp(−2πi ut) dt = exp(−πu²) at u = {GAUSS}: summed, formula"
    return equal("CNN-11", claim, integral, math.exp(-math.pi * GAUSS**2), tol=1e-6)


def says(run: Frequency) -> str:
    """Which samples are wrong and why, or that none is and what it costs."""
    n, m, N, name = len(run.f), len(run.h), run.N, run.names[1]
    wrong, length, far = int(run.wrong.sum()), n + m - 1, _far(run)
    judged, verb = int((~run.truth.isnan()).sum()), "is" if wrong == 1 else "are"
    count = f"{wrong} of {counted(judged, 'sample')} {verb} wrong, by up to {far}"
    count = count if wrong else f"none of {counted(judged, 'sample')} is wrong"
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
            f"flip, {count}; F conj H is its spectrum."
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
        return (
            f"{why}; {'here' if run.boundary == 'circular' else 'yet here'} every sample is right."
        )
    if length > N:
        return (
            f"N = {N} < n + m − 1 = {length}: {name} has {length} samples, and what is over comes "
            f"round to the first. {listed if wrong else 'No sample is wrong, for that is 0'}."
        )
    return f"N = {N} ≥ n + m − 1 = {length}: every sample of {name} is right." + cost


def _lost(run: Frequency) -> str:
    return counted(run.cut, "sample")


def _far(run: Frequency) -> str:
    return short(run.error, zero=1e-12 * run.size)


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
