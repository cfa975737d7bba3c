"""What is claimed of the Fourier transform and of convolution by spectra, and the words for it."""

import math
from functools import cache

import torch

from core.check import Check, equal, same
from core.convolution.operator import convolve
from core.convolution.signals import short
from core.convolution.spectra import (
    by_spectra,
    cost_direct,
    cost_fft,
    crossing,
    dft_matrix,
    filled,
    next_power,
)
from core.experiments.convolution.frequency import EXACT, Frequency

GAUSS = 0.7  # frequency at which the transform of exp(−πt²) is integrated


def checks(run: Frequency) -> list[Check]:
    """CNN-04, CNN-11 and CNN-12 on these signals."""
    return [*_products(run), *_transform(run), _gain(run) if len(run.gain) else _gauss()]


def _products(run: Frequency) -> list[Check]:
    n, m, N, zero = len(run.f), len(run.h), run.N, run.boundary == "zero"
    spectra, name = run.names
    circle = "correlation" if run.pair == "conj" else "convolution"
    round_ = convolve(filled(run.f, N), run.h[:N], "circular", flip=run.pair != "conj")
    over = len(run.direct) if zero else 0
    folded = filled(run.direct, -(-over // N) * N).reshape(-1, N).sum(0)
    right = (
        (not run.cut, f"N = {N} < {max(n, m)}: the DFT truncates, {run.cut} samples never enter"),
        (run.pair != "corr", f"without the flip it must be conj H: F H errs by {short(run.error)}"),
    )
    border = (zero, f"needs zeros outside f, here the border is {run.boundary}")
    enough = (border, (n + m - 1 <= N, f"needs N ≥ n + m − 1 = {n + m - 1}, here {N}"))
    if run.boundary == "circular":
        enough = ((n == N, f"a circular border needs N = n = {n}, here {N}"),)
    return [
        same(
            "CNN-12",
            f"DFT⁻¹({spectra}) = the circular {circle} of length N: largest difference",
            run.product,
            round_.roll(-run.first),
            tol=1e-12 * run.size,
        ),
        equal(
            "CNN-12",
            f"DFT⁻¹({spectra}) = {name} for N ≥ n + m − 1, on a circle for N = n: the largest "
            "difference",
            run.error,
            0.0,
            tol=EXACT * run.size,
            needs=(*right, *enough),
        ),
        same(
            "CNN-12",
            f"for every N ≥ n, m: DFT⁻¹({spectra})[u] = Σⱼ ({name})[u + jN], largest difference",
            run.product,
            folded,
            tol=1e-12 * run.size,
            needs=(*right, border),
        ),
    ]


def _transform(run: Frequency) -> list[Check]:
    f, N, K = filled(run.f, run.N), run.N, dft_matrix(run.N)
    F, tol = K @ f.to(K), 1e-9 * max(1.0, float(f.abs().sum()))
    back, twice = (K.conj() @ F) / N, K @ F / N
    return [
        same(
            "CNN-04",
            "the DFT as a matrix K[k, t] = exp(−2πi kt/N): K f = FFT(f), the largest difference",
            (F - torch.fft.fft(f)).abs(),
            0.0,
            tol=tol,
        ),
        same(
            "CNN-11",
            "DFT⁻¹(DFT(f)) = f, and the transform taken twice mirrors, DFT(DFT(f))[t]/N = "
            "f[−t mod N]: largest difference",
            torch.stack([back - f, twice - f.flip(0).roll(1)]).abs(),
            0.0,
            tol=tol,
        ),
        equal(
            "CNN-11",
            "Parseval: Σ |f[t]|² = 1/N Σ |F[k]|²",
            f.square().sum(),
            F.abs().square().sum() / N,
        ),
    ]


def _gain(run: Frequency) -> Check:
    return same(
        "CNN-11",
        "a painted gain comes back: |H| at the frequencies j/m is what was painted, largest "
        "difference",
        torch.fft.rfft(run.h).abs(),
        run.gain.abs(),
        tol=1e-9 * max(1.0, float(run.gain.abs().sum())),
    )


@cache
def _gauss() -> Check:
    t = torch.linspace(-6, 6, 481, dtype=torch.float64)
    integral = torch.trapezoid(torch.exp(-math.pi * t**2) * torch.cos(2 * math.pi * GAUSS * t), t)
    return equal(
        "CNN-11",
        f"∫ exp(−πt²) exp(−2πi ut) dt = exp(−πu²) at u = {GAUSS}: summed, formula",
        float(integral),
        math.exp(-math.pi * GAUSS**2),
        tol=1e-6,
    )


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
            f"Warning: N = {N} is shorter than {longer}, so the DFT truncates: {run.cut} samples "
            f"never enter. Of what is left {count}."
        )
    if run.pair == "corr":
        return (
            f"F H belongs to the convolution. Against the cross-correlation f ⋆ h, which does not "
            f"flip, {count if wrong else 'nothing is wrong here'}; F conj H is its spectrum."
        )
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
        if wrong:
            return f"{why}. With N = {N}, {listed}."
        return f"{why}; with N = {N} every sample is right." + cost
    if length > N:
        return (
            f"N = {N} < n + m − 1 = {length}: {name} has {length} samples, and what is over comes "
            f"round to the first. {listed if wrong else 'No sample is wrong: it is 0'}."
        )
    return f"N = {N} ≥ n + m − 1 = {length}: every sample of {name} is right." + cost


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
    found = (key for key in ("plain", "conj") if right_at(run, N, key == "conj"))
    return next(found, "neither")


def _circle(run: Frequency) -> str:
    """Which of the two lengths n and n + m − 1 gives what is compared."""
    n, m = len(run.f), len(run.h)
    right = tuple(right_at(run, N, run.pair != "conv") for N in (n, n + m - 1))
    return {(1, 0): "n", (0, 1): "padded", (1, 1): "both", (0, 0): "neither"}[right]


answers = {"wrong": _wrong, "partner": _partner, "circle": _circle}
