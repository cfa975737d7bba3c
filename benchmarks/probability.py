"""Sums of a law against scipy, the table of an estimator against numpy, and what a drag costs."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from benchmarks.row import Line, Row, cpu_ms
from core.probability import (
    COPIES,
    cloud,
    covariance,
    lattice,
    moments_of,
    natural_frequencies,
    sums,
    variance_estimates,
)
from core.rng import generator

N, REPETITIONS = 5, 50_000
UNIFORM = {"low": 0.0, "high": 1.0}


def rows() -> Iterator[Row | Line]:
    """Ten sums of a density, estimates of a variance, pictures of the lighter experiments."""
    yield added()
    yield estimated()
    X = cloud("ring", 2000, generator(0))
    people = cpu_ms(lambda: natural_frequencies(0.01, 0.9, 0.05))
    moments = cpu_ms(lambda: moments_of("gamma", 4, alpha=3.0, beta=0.5))
    shape = cpu_ms(lambda: covariance(X))
    yield Line(
        "1000 people counted; four moments from an MGF; covariance of 2000 points",
        f"{people:.2f} ms; {moments:.2f} ms; {shape:.2f} ms",
    )


def added() -> Row:
    """The laws of 1 to 10 copies, standardised, each with its distance from the bell."""
    from scipy.signal import fftconvolve
    from scipy.special import ndtr

    one = lattice("uniform", **UNIFORM).masses.numpy()

    def theirs() -> list[float]:
        total, gaps = one, []
        for n in range(1, COPIES + 1):
            total = fftconvolve(total, one) if n > 1 else one
            edges = (np.arange(len(total) + 1) + (n - 1) / 2) / len(one)
            z = (edges - n / 2) / np.sqrt(n / 12)
            cdf = np.concatenate([[0.0], total.cumsum()])
            gaps.append(np.abs(cdf - ndtr(z)).max())
        return gaps

    def ours() -> list[float]:
        return [each.gap for each in sums("uniform", COPIES, **UNIFORM)]

    return Row(
        what=f"1 to {COPIES} uniform variables, 2048 cells each, with the gap to the bell",
        ours_ms=cpu_ms(ours),
        peer="scipy, fftconvolve and ndtr",
        peer_ms=cpu_ms(theirs),
        budget=0.3,
        agreement=float(np.abs(np.array(ours()) - np.array(theirs())).max()),
    )


def estimated() -> Row:
    """The peer's mean is that of numpy's own draws, so the two agree within their luck."""

    def ours() -> Tensor:
        return variance_estimates(N, REPETITIONS, generator(0)).values

    def theirs() -> np.ndarray:
        return np.random.default_rng(0).standard_normal((REPETITIONS, N)).var(1)

    x = torch.randn(REPETITIONS, N, generator=generator(0), dtype=torch.float64)
    return Row(
        what=f"{REPETITIONS} estimates of a variance from {N} values, drawn anew",
        ours_ms=cpu_ms(ours),
        peer="numpy, standard_normal and var",
        peer_ms=cpu_ms(theirs),
        budget=0.3,
        agreement=float(np.abs(ours().numpy() - x.numpy().var(1)).max()),
    )
