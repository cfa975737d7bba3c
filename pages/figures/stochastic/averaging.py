"""Averages of a noisy descent: mean squares on log-log paper, one run, the ends, the steps."""

import math

import numpy as np

from core.experiments.stochastic.averaging import AT, CHAINS, NAMES, SHOWN, Averaging, T, slopes
from core.words import number, spaced, tex
from pages.figures.marks import dots, line, lying, note, rule
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, panel, rows

LOOKS = ("ink", "model", "third", "fourth")
LEAST, LEFT = 1e-6, 0.7  # what is drawn of an error; where the start stands on the axis of steps
STEP = {"log": True, "dtick": 1}


def figure(
    run: Averaging, *, f: str, alpha: float, p: float, eta: float, sigma: float, share: float
) -> Picture:
    """Four panels: mean squares, one run, mean and spread at the end, the steps."""
    bowl = f == "parabola"
    panels = (
        _errors(run, f, sigma if bowl else 1.0),
        _run(run, f, share),
        _ends(run, f),
        _steps(alpha, p, ("alpha",)) if bowl else _steps(eta, 0.0, ("eta",)),
    )
    return Picture(panels, formula=_formula(run))


def _formula(run: Averaging) -> tuple[str, ...]:
    told = []
    for i, symbol in ((0, f"x_{{{T}}}"), (1, rf"\bar x_{{{T}}}")):
        mean, variance = float(run.mean[i, -1]), float(run.variance[i, -1])
        told.append(
            rf"\role{{{LOOKS[i]}}}{{\mathbb E\,{symbol}^2}} = ({tex(mean, 3)})^2 + "
            rf"{tex(variance, 3)} = \role{{{LOOKS[i]}}}{{{tex(float(run.error[i, -1]), 3)}}}"
        )
    return (r",\qquad ".join(told),)


def _errors(run: Averaging, f: str, sigma: float) -> Panel:
    top, shown = (1e2 if float(run.error.max()) <= 1e2 else 1e4), []
    rates = slopes(run)
    for name, role, row, rate in zip(NAMES, LOOKS, run.error.numpy(), rates, strict=True):
        label = name if math.isnan(rate) else f"{name}: slope {rate:.2f}"
        seen = np.where(row >= LEAST, row.clip(max=top), np.nan)
        shown.append(line(AT, seen, role, name, label=label, pin=name == "mean", dash="solid"))
    told = ", ".join(f"{n} {number(v)}" for n, v in zip(NAMES, run.error[:, -1], strict=True))
    title = "Mean square error against the step"
    if f == "curve":
        title += f", {CHAINS} chains"
    least = sigma**2 / np.array([1.0, T])
    return panel(
        "errors",
        title,
        sigma > 0 and line([1, T], least.clip(LEAST), "theory", "σ²/t", label="σ²/t"),
        shown,
        x=axis("step t", LEFT, 1.3 * T, **STEP),
        y=axis("mean of (xₜ − minimum)²", LEAST, top, **STEP),
        alt=f"Mean squares after {spaced(T)} steps: {told}.",
    )


def _run(run: Averaging, f: str, share: float) -> Panel:
    x = run.x.numpy()
    height = max(coarse(float(np.abs(x).max()) * 1.05), 0.05)
    along = zip(NAMES[1:], LOOKS[1:], run.along.numpy(), strict=True)
    begin, low = max((1 - share) * T, LEFT), (-height, -0.72 * height)
    tail = rule(LOOKS[3], "tail begins", x=begin, span=low, width=1, label="tail begins")
    handles = (
        Handle(LEFT, x[0], ("x0",), "start x₀", ((0.0, 1.0),), click=False, frees="y"),
        Handle(begin, -0.86 * height, ("share",), "where the tail begins", ((-1 / T, 0.0),), (1.0,),
               click=False, frees="x", role=LOOKS[3]),
    )  # fmt: skip
    return panel(
        "run",
        "One run and its averages",
        rule("good", "minimum", y=0.0, span=(LEFT, 1.3 * T), width=1),
        f == "parabola" and tail,
        dots(np.append(LEFT, SHOWN), x[np.append(0, SHOWN)], "data", "iterates", 3.5),
        [line(SHOWN, row, role, name, label=name) for name, role, row in along],
        x=axis("step k (the start at the left edge)", LEFT, 1.3 * T, **STEP),
        y=axis("iterate xₖ", -height, height),
        alt=f"A run from {number(x[0])} to {number(x[-1])}; its mean ends at "
        f"{number(run.along[0, -1])}.",
        handles=handles if f == "parabola" else (),
    )


def _ends(run: Averaging, f: str) -> Panel:
    mean, spread = run.mean[:, -1].numpy(), run.variance[:, -1].sqrt().numpy()
    reach = coarse(max(float((np.abs(mean) + spread).max()) * 1.02, 0.01))
    marks, told = [], []
    for i, (name, role) in enumerate(zip(NAMES, LOOKS, strict=True)):
        low, high = mean[i] - spread[i], mean[i] + spread[i]
        text = f"{number(mean[i], 3, 1e-12)} ± {number(spread[i], 2, 1e-12)}"
        marks += [
            lying([low], [high], [i], role, name, width=3),
            dots([mean[i]], [i], role, name, 9),
            note(mean[i], i - 0.3, text, role),
        ]
        told.append(f"{name} {text}")
    least = "the minimum of eˣ − x" if f == "curve" else "the minimum"
    return panel(
        "ends",
        f"Mean ± standard deviation after {spaced(T)} steps",
        rule("good", least, x=0.0, span=(-0.6, 3.4), width=1),
        marks,
        x=axis("x, with the minimum at 0", -reach, reach),
        y=rows(NAMES, "average"),
        margin={"l": 52, "r": 8, "t": 6, "b": 40},
        alt="; ".join(told) + ".",
    )


def _steps(alpha: float, p: float, param: tuple[str]) -> Panel:
    return panel(
        "steps",
        "The steps",
        line([1, T], [alpha, alpha * T**-p], "force", "αₖ", label="αₖ", pin=True),
        x=axis("step k", LEFT, 1.3 * T, **STEP),
        y=axis("size αₖ", 1e-5, 3, **STEP),
        alt=f"The steps go from {number(alpha)} to {number(alpha * T**-p)}.",
        handles=(
            Handle(1.0, alpha, param, "first step α", ((0.0, 1.0),), click=False, frees="y",
                   role="force"),
        ),
    )  # fmt: skip
