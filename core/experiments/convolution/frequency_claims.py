"""What is checked of the Fourier transform and of convolution by spectra."""

import math

import torch
from torch import Tensor

from core.check import Check, at_most, equal
from core.convolution.operator import convolve
from core.convolution.signals import short
from core.experiments.convolution.frequency import (
    Frequency,
    butterflies,
    by_spectra,
    filled,
    next_power,
)

GAUSS = 0.7  # frequency at which the transform of exp(−πt²) is integrated


def checks(run: Frequency, **_) -> list[Check]:
    """CNN-04, CNN-11 and CNN-12 on these signals."""
    return [*_theorem(run), *_padding(run), *_transform(run)]


def _theorem(run: Frequency) -> list[Check]:
    N = run.N
    f, h = filled(run.f, N), run.h[:N]
    points = next_power(N)

    def apart(flip: bool) -> float:
        by_sum = convolve(f, h, "circular", flip=flip)
        return float((by_spectra(f, h, N, conjugate=not flip) - by_sum).abs().max())

    return [
        equal(
            "CNN-12",
            "DFT⁻¹(F H) = the circular convolution of length N: largest difference",
            apart(flip=True),
            0.0,
            tol=1e-12 * run.size,
        ),
        equal(
            "CNN-12",
            "without the flip, DFT⁻¹(F conj H) = the circular correlation: largest difference",
            apart(flip=False),
            0.0,
            tol=1e-12 * run.size,
        ),
        equal(
            "CNN-12",
            f"an FFT of {points} points takes ½ N log₂ N complex multiplications: counted, formula",
            butterflies(points),
            points * math.log2(points) / 2,
        ),
    ]


def _padding(run: Frequency) -> list[Check]:
    n, m, N = len(run.f), len(run.h), run.N
    spectra = "F conj H" if run.pair == "conj" else "F H"
    name = "f ∗ h" if run.pair == "conv" else "f ⋆ h"
    if run.cut:
        never = f"N = {N} < {max(n, m)}: the DFT truncates, {run.cut} samples never enter"
    elif not run.matched:
        never = f"without the flip it must be conj H: F H misses f ⋆ h by {short(run.error)}"
    else:
        never = ""
    zero = run.boundary == "zero"
    border = "" if zero else f"needs zeros outside f, here the border is {run.boundary}"
    few = f"needs N ≥ n + m − 1 = {n + m - 1}, here {N}" if n + m - 1 > N else ""
    folded = convolve(run.f, run.h, "full", flip=run.pair == "conv")
    folded = filled(folded, -(-len(folded) // N) * N).reshape(-1, N).sum(0)
    if run.pair != "conv":
        folded = folded.roll(1 - m)
    by_way = by_spectra(run.f[:N], run.h[:N], N, conjugate=run.pair == "conj")
    around = "" if run.boundary == "circular" else "needs the border circular"
    other = f"needs N = n = {n}, here {N}" if n != N else ""
    return [
        equal(
            "CNN-12",
            f"N ≥ n + m − 1: DFT⁻¹({spectra}) = {name}, the largest difference",
            0.0 if run.cut else run.error,
            0.0,
            tol=1e-9 * run.size,
            applies=not (never or border or few),
            why=never or border or few,
        ),
        equal(
            "CNN-12",
            f"for every N ≥ n, m: DFT⁻¹({spectra})[u] = Σⱼ ({name})[u + jN], largest difference",
            0.0 if run.cut else float((by_way - folded).abs().max()),
            0.0,
            tol=1e-12 * run.size,
            applies=not never,
            why=never,
        ),
        at_most(
            "CNN-12",
            "wrong samples ≤ max(0, n + m − 1 − N)",
            int(run.wrong.sum()),
            max(0, n + m - 1 - N),
            applies=not (never or border),
            why=never or border,
        ),
        equal(
            "CNN-12",
            f"a circular border needs no padding: N = n and DFT⁻¹({spectra}) = {name}, the largest "
            "difference",
            0.0 if run.cut else run.error,
            0.0,
            tol=1e-9 * run.size,
            applies=not (never or around or other),
            why=never or around or other,
        ),
    ]


def _transform(run: Frequency) -> list[Check]:
    N = run.N
    f = filled(run.f, N)
    K = dft_matrix(N)
    F, turned = K @ f.to(K), 0.0
    size = max(1.0, float(f.abs().sum()))
    back = (K.conj() @ F) / N
    twice = K @ F / N
    t = torch.linspace(-6, 6, 481, dtype=torch.float64)
    integral = torch.trapezoid(torch.exp(-math.pi * t**2) * torch.cos(2 * math.pi * GAUSS * t), t)
    painted = len(run.gain) > 0
    if painted:
        bins = torch.fft.rfft(run.h).abs()
        turned = float((bins - run.gain.abs()).abs().max())
    return [
        equal(
            "CNN-04",
            "the DFT as a matrix K[k, t] = exp(−2πi kt/N): K f = FFT(f), the largest difference",
            float((F - torch.fft.fft(f)).abs().max()),
            0.0,
            tol=1e-9 * size,
        ),
        equal(
            "CNN-11",
            "DFT⁻¹(DFT(f)) = f: largest difference",
            float((back - f).abs().max()),
            0.0,
            tol=1e-9 * size,
        ),
        equal(
            "CNN-11",
            "Parseval: Σ |f[t]|² = 1/N Σ |F[k]|²",
            float(f.square().sum()),
            float(F.abs().square().sum()) / N,
        ),
        equal(
            "CNN-11",
            "the transform taken twice mirrors: DFT(DFT(f))[t]/N = f[−t mod N], largest difference",
            float((twice - f.flip(0).roll(1)).abs().max()),
            0.0,
            tol=1e-9 * size,
        ),
        equal(
            "CNN-11",
            f"∫ exp(−πt²) exp(−2πi ut) dt = exp(−πu²) at u = {GAUSS}: summed, formula",
            float(integral),
            math.exp(-math.pi * GAUSS**2),
            tol=1e-6,
        ),
        equal(
            "CNN-11",
            "a painted gain comes back: |H| at the frequencies j/m is what was painted, largest "
            "difference",
            turned,
            0.0,
            tol=1e-9 * max(1.0, float(run.gain.abs().sum())),
            applies=painted,
            why="" if painted else "the filter is not painted in frequency",
        ),
    ]


def dft_matrix(N: int) -> Tensor:
    """K[k, t] = exp(−2πi k t / N), complex (N, N): the Fourier kernel of CNN-04 on N samples."""
    k = torch.arange(N)
    angle = -2 * math.pi / N * ((k[:, None] * k) % N).double()
    return torch.polar(torch.ones_like(angle), angle)
