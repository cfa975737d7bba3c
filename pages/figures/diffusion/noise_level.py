"""A schedule: β, what is left of data and noise, signal to noise, start against N(0, 1)."""

import numpy as np

from core.experiments.diffusion.noise_level import PLACES, Level, laws
from pages.figures.marks import dots, line, note, rule
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, panel

LOW, HIGH = 1e-6, 2.0  # of the β axis
POINTS = 220  # of a curve over t


def figure(run: Level, *, kind: str) -> Picture:
    """Dragging an end of the β curve moves the other three."""
    at = np.unique(np.linspace(0, run.T, POINTS).round().astype(int))
    half = max(run.half, 0)
    return Picture(
        (_betas(run, kind, at), _left(run, at, half), _start(run), _snr(run, at, half)),
        formula=(
            r"\bar\alpha_t = \prod_{s\le t}(1-\beta_s),\qquad \mathrm{SNR}_t = "
            r"\frac{\bar\alpha_t}{1-\bar\alpha_t}",
            rf"\bar\alpha_{{{run.T}}} = {run.end:.4g},\qquad \sqrt{{\bar\alpha_{{{run.T}}}}} = "
            rf"{run.end**0.5:.4g}",
        ),
    )


def _betas(run: Level, kind: str, at: np.ndarray) -> Panel:
    betas, T = run.betas.numpy(), run.T
    steps = at[at > 0]
    first, last = float(betas[1]), float(betas[-1])
    handles = ()
    if kind != "cosine":
        handles += (_end(0.0, first, "beta_1", "β₁ of the first step"),)
    if kind == "linear" and T > 1:
        handles += (_end(float(T), last, "beta_T", "β of the last step"),)
    return panel(
        "betas",
        "Variance βₜ that a step adds: drag its ends"
        if handles
        else "Variance βₜ that a step adds",
        line(steps, betas[steps], "force", "βₜ", pin=True, label="βₜ"),
        x=axis("step t", 0, coarse(T)),
        y=axis("βₜ", LOW, HIGH, log=True, dtick=1),
        alt=f"βₜ from {first:.3g} in the first to {last:.3g} in the last of {T} steps.",
        handles=handles,
    )


def _end(x: float, y: float, param: str, label: str) -> Handle:
    y = min(max(y, LOW), HIGH)
    return Handle(x, y, (param,), label, ((0.0, 1.0),), click=False, frees="y", role="force")


def _left(run: Level, at: np.ndarray, half: int) -> Panel:
    level, T = run.alpha_bar.numpy(), run.T
    told = f"ᾱ is below ½ from step {half} on" if half else "ᾱ stays above ½"
    return panel(
        "left",
        "What is left of the data, and of noise",
        rule("faint", "½", y=0.5, span=(0, coarse(T))),
        line(at, level[at], "data", "ᾱₜ", label="ᾱₜ"),
        line(at, level[at] ** 0.5, "model", "√ᾱₜ", pin=True, label="√ᾱₜ"),
        line(at, (1 - level[at]) ** 0.5, "force", "√(1 − ᾱₜ)", label="√(1 − ᾱₜ)"),
        half > 0 and dots([half], [level[half]], "data", "first below ½", 9, label=f"t = {half}"),
        x=axis("step t", 0, coarse(T)),
        y=axis("share", 0, 1.05),
        alt=f"{told}; at the end √ᾱ = {run.end**0.5:.3g} of the data is left.",
    )


def _start(run: Level) -> Panel:
    x, (p, normal) = PLACES.numpy(), (each.numpy() for each in laws(run.end))
    return panel(
        "start",
        "Law of x at the last step; dashed: N(0, 1)",
        line(x, p, "model", "noised data", pin=True, label="noised data"),
        line(x, normal, "theory", "N(0, 1)"),
        x=axis("x", -4.5, 4.5),
        y=axis("density", 0, 1.0),
        alt=f"The noised data and N(0, 1) have {100 * run.apart:.3g} % of their probability in "
        "different places.",
    )


def _snr(run: Level, at: np.ndarray, half: int) -> Panel:
    steps = at[at > 0]
    snr = run.snr.numpy()[steps - 1].clip(1e-12, 1e12)
    return panel(
        "snr",
        "Signal to noise",
        rule("faint", "as much signal as noise", y=1.0, span=(0, coarse(run.T))),
        line(steps, snr, "model", "ᾱₜ/(1 − ᾱₜ)", pin=True),
        half > 0 and note(half, 1.0, f"t = {half}", "data"),
        x=axis("step t", 0, coarse(run.T)),
        y=axis("ᾱₜ/(1 − ᾱₜ)", 1e-6, 1e6, log=True, dtick=2),
        alt=f"The ratio falls from {snr[0]:.3g} at the first step to {snr[-1]:.3g} at the last.",
    )
