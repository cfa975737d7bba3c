"""The pair on the disc, the echo, the path of the state, what is left of each input."""

import cmath
import math
from typing import Annotated

import numpy as np

from core.experiments.recurrence.pad import DRAWN, LONGEST, MOST, Echo, written
from core.experiments.recurrence.pad_claims import fades
from core.signature import between
from core.words import number, pmatrix, tex
from pages.figures.marks import bars, dots, line, rule
from pages.figures.parts.numbers import levels
from pages.figures.parts.rings import circle
from pages.figures.plot import Handle, Paint, Panel, Picture, axis, ceiling, panel

FRAME = 1.35
TURNED = pmatrix([[r"\cos\theta", r"-\sin\theta"], [r"\sin\theta", r"\cos\theta"]])
FIRST = pmatrix([["1"], ["0"]])


def figure(
    run: Echo,
    *,
    modulus: float,
    angle: float,
    signal: str,
    drawn: str,
    T: int,
    t: Annotated[int, between(0, LONGEST)] = 20,
) -> Picture:
    """Four panels; the player moves t."""
    t, lam = min(t, T), cmath.rect(modulus, angle)
    left = (lam ** np.arange(t - 1, -1, -1.0)).real * run.x[:t].numpy()
    z = run.z[t].tolist()
    formula = (
        rf"z^{{t+1}} = {tex(modulus)}{TURNED} z^t + {FIRST} x^t,\quad \theta = {tex(angle)}",
        rf"\role{{model}}{{z_1^{{{t}}}}} = \role{{force}}{{\textstyle\sum_s |\lambda|^{{{t}-1-s}}"
        rf"\cos(({t}-1-s)\theta)\,x^s}} = {tex(z[0], zero=1e-9)}",
    )
    panels = (
        _disc(run, modulus, angle),
        _echo(run, modulus, signal, T, t),
        _inputs(run, left, drawn if signal == "drawn" else "", T, t),
        _path(run, t),
    )
    z1, z2 = run.z.numpy().T
    track = {"t": np.arange(T + 1), "z₁": z1, "z₂": z2}
    return Picture(panels, frames=T + 1, track=track, formula=formula, drive="t")


def _disc(run: Echo, modulus: float, angle: float) -> Panel:
    x, y = modulus * math.cos(angle), modulus * math.sin(angle)
    pair = run.eigenvalues.numpy()
    return panel(
        "disc",
        f"|λ| = {number(modulus)}, θ = {number(angle)}",
        line(*circle(MOST), "faint", "1.2", width=1),
        line(*circle(), "theory", "|λ| = 1", label="|λ| = 1"),
        line([0, x], [0, y], "faint", "|λ|", width=1.4),
        dots(pair.real, pair.imag, "model", "λ, λ̄", 11),
        x=axis("real part", -FRAME, FRAME, dtick=0.5),
        y=axis("imaginary part", -FRAME, FRAME, dtick=0.5),
        alt=f"Eigenvalues {number(x, zero=1e-9)} ± {number(y, zero=1e-9)}i.",
        handles=(Handle(x, y, ("modulus", "angle"), "eigenvalue λ", role="model", polar=True),),
        equal=True,
    )


def _echo(run: Echo, modulus: float, signal: str, T: int, t: int) -> Panel:
    k, z = np.arange(T + 1), run.z[:, 0].numpy()
    classic = None if run.classic is None else run.classic[:, 0].numpy()
    shell = signal == "impulse" and modulus > 0
    size = modulus ** (k[1:] - 1.0)
    most = ceiling(max(np.abs(z).max(), 0.9))
    return panel(
        "echo",
        f"Echo z₁: what an input leaves {fades(run, modulus)}",
        shell and line(k[1:], size, "theory", "|λ|ᵗ⁻¹", label="|λ|ᵗ⁻¹"),
        shell and line(k[1:], -size, "theory", "−|λ|ᵗ⁻¹"),
        classic is not None and line(k, classic, "wrong", "tanh", label="with tanh"),
        line(k, z, "model", "z₁", pin=True, width=2),
        rule("faint", "t", x=t, span=(-most, most)),
        x=axis("step t", 0, T),
        y=axis("z₁", -most, most),
        alt=f"The echo ends at {number(z[-1], zero=1e-9)} after {T} steps.",
        handles=(Handle(t, float(z[t]), ("t",), "step t", ((1.0, 0.0),), frees="x", role="ink"),),
    )


def _inputs(run: Echo, left: np.ndarray, drawn: str, T: int, t: int) -> Panel:
    x = run.x.numpy()
    low, high = levels(x, left, even=True)
    kept = written(drawn).numpy() if drawn else x[:0]  # also what is drawn after the last step
    pen = np.concatenate([kept, x[len(kept) : DRAWN]])
    return panel(
        "inputs",
        f"The inputs, and what is left of each in z₁ at step {t}",
        dots(np.arange(T), x, "data", "input xˢ", 5, label="input"),
        bars(np.arange(t), left, "force", "left at t", label="left") if t else None,
        rule("faint", "t", x=t, span=(low, high)),
        x=axis("step s", 0, T),
        y=axis("xˢ, what is left", low, high),
        alt=f"At step {t} the inputs have left {number(left.sum(), zero=1e-9)} in z₁.",
        paint=Paint("drawn", pen, -1.0, 1.0, 0.1, "the input", also={"signal": "drawn"}),
    )


def _path(run: Echo, t: int) -> Panel:
    z = run.z.numpy()
    most = ceiling(max(np.abs(z).max(), 0.9))
    here = z[t]
    return panel(
        "path",
        "The path of the state",
        line(*z.T, "faint", "path", width=1),
        line(*z[: t + 1].T, "model", "path to t", width=2),
        dots(*here[:, None], "ink", "zᵗ", 9),
        x=axis("z₁", -most, most),
        y=axis("z₂", -most, most),
        alt=f"At step {t} the state is ({number(here[0], zero=1e-9)}, "
        f"{number(here[1], zero=1e-9)}).",
        equal=True,
    )
