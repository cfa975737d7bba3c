"""The mean square in two parts, the chains with their mean, the steps, both sums."""

import math

import numpy as np

from core.experiments.stochastic.schedules import AT, HIGH, KNOTS, LOW, Schedules, T, plan, powers
from core.words import number, spaced, tex
from pages.figures.marks import band, dots, line, note, rule
from pages.figures.plot import Handle, Paint, Panel, Picture, axis, coarse, panel

DRAWN = 16  # chains that are seen
LEFT, RIGHT = 0.7, 1.4 * T  # where the start stands on the axis of steps, and its other end
AXIS = np.append(LEFT, AT[1:])
LEAST = 1e-6
GRIP = 100  # the step at which the line is held
HIGH_UP = 1e7  # of the two lamps, over the sums
DEEP = -6.5  # lowest of the powers of ten of a step
STEP = {"log": True, "dtick": 1}
SOME = np.arange(1, len(AT), 4)  # places where the chains are measured


def figure(
    run: Schedules, *, rule: str, c: float, p: float, ratio: float, hold: int, own: str
) -> Picture:
    """Four panels."""
    alphas = plan(rule, c, p, ratio, hold, own).alphas[AT[1:] - 1]
    mean, variance = float(run.mean[-1]), float(run.variance[-1])
    sum_ = rf"({tex(mean, 3)})^2 + \role{{model}}{{{tex(variance, 3)}}}"
    return Picture(
        (_square(run, alphas), _fan(run), _steps(run, alphas, rule, c, own), _sums(run)),
        formula=(
            rf"\mathbb E\,x_{{{T}}}^2 = \role{{force}}{{(\mathbb E\,x_{{{T}}})^2}} + "
            rf"\role{{model}}{{\text{{variance}}}} = {sum_} = {tex(float(run.square[-1]), 3)}",
        ),
    )


def _fan(run: Schedules) -> Panel:
    mean, spread = run.mean.numpy(), run.variance.clamp(min=0).sqrt().numpy()
    reach = max(coarse(1.05 * float((np.abs(mean) + 2 * spread).max())), 0.05)
    many = run.x[:, :DRAWN].numpy()
    gap = np.full((1, many.shape[1]), np.nan)
    x = np.broadcast_to(np.append(AXIS, np.nan)[:, None], (len(AT) + 1, many.shape[1]))
    end = math.copysign(run.limit, mean[-1])
    return panel(
        "fan",
        f"{DRAWN} of {run.x.shape[1]} chains, their mean ± one standard deviation",
        band(AXIS, mean - spread, mean + spread, "model", "mean ± standard deviation"),
        rule("good", "minimum", y=0.0, span=(LEFT, RIGHT), width=1),
        line(x.T.ravel(), np.concatenate([many, gap]).T.ravel(), "data", "chains", width=0.7),
        line(AXIS, mean, "force", "mean", label="mean", width=2.6, pin=True),
        run.limit > 0
        and rule("theory", "mean for ever", y=end, span=(LEFT, RIGHT), label="mean for ever"),
        x=axis("step k (the start at the left edge)", LEFT, RIGHT, **STEP),
        y=axis("iterate xₖ", -reach, reach),
        alt=f"From {number(mean[0])} the mean goes to {number(mean[-1], zero=1e-12)}, with a "
        f"standard deviation of {number(spread[-1])}.",
        handles=(
            Handle(
                LEFT, float(mean[0]), ("x0",), "start x₀", ((0.0, 1.0),), click=False, frees="y"
            ),
        ),
    )


def _square(run: Schedules, alphas: np.ndarray) -> Panel:
    sigma2 = float(run.variance[1] / alphas[0] ** 2)
    parts = (run.mean.square().numpy(), run.variance.numpy(), run.square.numpy())
    top = 1e3 if parts[2].max() <= 1e3 else 1e6
    cut = [np.where(each >= LEAST, each.clip(max=top), np.nan) for each in parts]
    measured = run.x[SOME].square().mean(1).numpy()
    stays = sigma2 * alphas / np.maximum(2 - alphas, 1e-9)
    told = ", ".join(f"{number(each[-1], zero=1e-12)}" for each in parts)
    return panel(
        "square",
        f"Mean square, exact; dots: measured over {run.x.shape[1]} chains",
        bool(sigma2 > 0)
        and line(AT[1:], np.where(stays >= LEAST, stays.clip(max=top), np.nan), "theory",
                 "where steps αₖ would stay", label="σ²αₖ/(2 − αₖ)"),
        line(AXIS, cut[0], "force", "squared mean", label="mean²", width=2.4),
        line(AXIS, cut[1], "model", "variance", label="variance", width=2.4),
        line(AXIS, cut[2], "ink", "E xₖ²", label="E xₖ²", width=1.4, pin=True),
        dots(AT[SOME], np.where(measured >= LEAST, measured, np.nan), "data", "chains", 5),
        x=axis("step k", LEFT, RIGHT, **STEP),
        y=axis("mean of xₖ²", LEAST, top, **STEP),
        alt=f"After {spaced(T)} steps squared mean, variance and mean square are {told}.",
    )  # fmt: skip


def _steps(run: Schedules, alphas: np.ndarray, rule: str, c: float, own: str) -> Panel:
    """In powers of ten on both axes, so that the slope −p can be held and knots be drawn."""
    k, logs = np.log10(AT[1:]), np.log10(np.maximum(alphas, 1e-30))
    handles, paint = (), None
    if rule == "power":
        at = math.log10(GRIP)
        held = Handle(
            at, float(np.interp(at, k, logs)), ("p",), "how fast the steps fall, p",
            ((0.0, -1 / at),), (math.log10(c) / at,), click=False, frees="y", role="force",
        )  # fmt: skip
        handles = (held,)
    if rule == "drawn":
        paint = Paint("own", powers(own), LOW, HIGH, 0.05, "the steps")
    at, low = list(range(5)), [-6, -4, -2, 0]
    one, two = ("=" if math.isinf(each) else "<" for each in run.lamps[2:])
    told = f"Σα {one} ∞, Σα² {two} ∞"
    return panel(
        "steps",
        f"Draw the steps here: {told}" if paint else f"The steps: {told}",
        line(k, logs, "force", "αₖ", label="αₖ", pin=True, dash="solid"),
        paint is not None and dots(np.log10(KNOTS), powers(own), "force", "drawn", 8),
        x=axis("step k", math.log10(LEFT), math.log10(RIGHT), tickvals=at,
               ticktext=_tens(at)),
        y=axis("size αₖ", LOW - 0.2 if paint else DEEP, 0.5, tickvals=low, ticktext=_tens(low)),
        alt=f"The steps go from {number(alphas[0])} to {number(alphas[-1])}.",
        handles=handles,
        paint=paint,
    )  # fmt: skip


def _tens(powers_: list[int]) -> list[str]:
    return [number(10.0**each) if -2 <= each <= 2 else f"10{_raised(each)}" for each in powers_]


def _raised(power: int) -> str:
    return str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _sums(run: Schedules) -> Panel:
    ends, marks = (LEFT, RIGHT), []
    looks = zip(("Σα", "Σα²"), ("force", "third"), run.sums.numpy(), run.lamps[2:], strict=True)
    for name, role, row, total in looks:
        marks.append(line(AT[1:], row[1:], role, name, label=name, dash="solid", width=2.4))
        if math.isfinite(total):
            marks.append(rule("theory", f"{name} for ever", y=total, span=ends, width=1.4))
    lamps = (("Σα = ∞", run.lamps.explores, 1.2), ("Σα² < ∞", run.lamps.settles, 200.0))
    for name, lit, at in lamps:
        role = "good" if lit else "faint"
        text = f"{name}: {'yes' if lit else 'no'}"
        marks += [dots([at], [HIGH_UP], role, text, 14), note(1.1 * at, HIGH_UP, text)]
    told = (f"{name} is {number(total)}" for name, total in zip(("Σα", "Σα²"), run.lamps[2:]))
    return panel(
        "sums",
        "Both sums so far; for ever dashed",
        marks,
        x=axis("step k", *ends, **STEP),
        y=axis("α₁ + … + αₖ", 1e-4, 1e8, log=True, dtick=4),
        alt=", ".join(told) + ".",
    )
