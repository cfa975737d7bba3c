"""The plane of (ν, θ) and the disc it is sent into; variance over time; one sequence of states."""

import math

import numpy as np
from torch import Tensor

from core.experiments.recurrence.unit import SEQUENCES, STEPS, Unit
from core.experiments.recurrence.unit_claims import last
from core.recurrence import variance
from core.words import number, tex
from pages.figures.marks import band, dots, line, rule
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, panel

LOW, HIGH = -5.0, 3.0  # of ν
NUS, THETAS = np.arange(LOW, HIGH + 1), np.linspace(0, math.pi, 7)
FINE_NU, FINE_THETA = np.linspace(LOW, HIGH, 81), np.linspace(0, math.pi, 61)
CIRCLE = np.exp(1j * np.pi * np.arange(65) / 64)
SHOWN = 160  # states of one sequence


def _grid() -> tuple[np.ndarray, np.ndarray]:
    """The lines of equal ν and of equal θ, with gaps, as (ν, θ)."""
    across = [np.c_[np.full(62, v), np.r_[FINE_THETA, np.nan]] for v in NUS]
    along = [np.c_[np.r_[FINE_NU, np.nan], np.full(82, a)] for a in THETAS]
    return np.concatenate(across), np.concatenate(along)


def _sent(at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """λ of each (ν, θ)."""
    radius = np.exp(-np.exp(at[:, 0]))
    return radius * np.cos(at[:, 1]), radius * np.sin(at[:, 1])


EQUAL_NU, EQUAL_THETA = _grid()
PLANE = (
    line(*EQUAL_NU.T, "second", "equal ν", width=1),
    line(*EQUAL_THETA.T, "faint", "equal θ", width=1),
)
DISC = (
    line(CIRCLE.real, CIRCLE.imag, "theory", "|λ| = 1", label="|λ| = 1"),
    line(*_sent(EQUAL_NU), "second", "equal ν", width=1),
    line(*_sent(EQUAL_THETA), "faint", "equal θ", width=1),
)
T = np.arange(STEPS + 1)


def figure(run: Unit, *, nu: float, theta: float, normalise: bool) -> Picture:
    """Four panels."""
    size, told = abs(run.lam), variance(nu, STEPS, normalise)
    gap = tex(run.gap, zero=0) if run.gap < 1e-3 else ""
    formula = (
        rf"\role{{model}}{{|\lambda| = e^{{-e^\nu}} = {tex(size, zero=0)}}}"
        + (rf" = 1 - {gap}" if gap else ""),
        rf"\frac{{\gamma^2}}{{1 - |\lambda|^2}} = {tex(last(nu, normalise))}",
    )
    panels = (
        _plane(nu, theta),
        _disc(run, theta),
        _spread(run, told, nu, normalise),
        _states(run, told, nu, normalise),
    )
    return Picture(panels, formula=formula)


def _plane(nu: float, theta: float) -> Panel:
    return panel(
        "plane",
        "Choose any ν and θ",
        PLANE,
        rule("model", "ν", x=nu, span=(0, math.pi), width=1.5),
        rule("model", "θ", y=theta, span=(LOW, HIGH), width=1.5),
        x=axis("ν", LOW - 0.4, HIGH + 0.4),
        y=axis("θ", -0.25, math.pi + 0.25),
        alt=f"The point is at ν = {number(nu)}, θ = {number(theta)}.",
        handles=(Handle(nu, theta, ("nu", "theta"), "the parameters ν and θ", role="model"),),
    )


def _disc(run: Unit, theta: float) -> Panel:
    return panel(
        "disc",
        "Where λ comes to lie",
        DISC,
        line(
            *(abs(run.lam) * part for part in (CIRCLE.real, CIRCLE.imag)), "model", "ν", width=1.5
        ),
        line([0, math.cos(theta)], [0, math.sin(theta)], "model", "θ", width=1.5),
        dots([run.lam.real], [run.lam.imag], "model", "λ", 13),
        x=axis("Re λ", -1.15, 1.15),
        y=axis("Im λ", -0.12, 1.12),
        alt=f"λ has the modulus {number(abs(run.lam), 4)}, {number(run.gap)} below 1, and the "
        f"angle {number(theta)}.",
        equal=True,
    )


def _spread(run: Unit, told: Tensor, nu: float, normalise: bool) -> Panel:
    end = last(nu, normalise)
    top = 1.6 if normalise else 1.6 * coarse(max(end, 1.0))
    return panel(
        "variance",
        f"Mean of |z|² over {SEQUENCES} sequences; theory ends at {number(end)}",
        line(T, run.spread, "data", "measured", label="measured", width=1.6, pin=True),
        line(T, told, "theory", "theory", label="theory"),
        not normalise and rule("faint", "1", y=1, span=(0, STEPS)),
        x=axis("time t", 0, STEPS),
        y=axis("E|zᵗ|²", 0, top),
        alt=f"After {STEPS} steps the mean of |z|² is {number(run.spread[-1])}, theory says "
        f"{number(told[-1])}.",
    )


def _states(run: Unit, told: Tensor, nu: float, normalise: bool) -> Panel:
    t = T[: SHOWN + 1]
    z, fft = run.z[0, : SHOWN + 1].real.numpy(), run.fft[: SHOWN + 1].real.numpy()
    wide = np.sqrt(told[: SHOWN + 1].numpy())
    top = 3.5 if normalise else 3.5 * math.sqrt(coarse(max(last(nu, normalise), 1.0)))
    few = t[::8]
    return panel(
        "states",
        "One sequence: Re z by the scan, by FFT",
        band(t, -wide, wide, "theory", "theory: one deviation"),
        line(t, z, "model", "scan", width=1.4),
        dots(few, fft[few], "second", "FFT", 5),
        x=axis("time t", 0, SHOWN),
        y=axis("Re zᵗ", -top, top),
        alt=f"The first sequence is within {number(np.abs(z).max())} of 0 for {SHOWN} steps.",
    )
