"""The numbers with their deviations, what is averaged, and what a stretch does to it."""

import numpy as np

from core import table
from core.experiments.museum.square import Spread
from core.words import number, tex
from pages.figures.marks import bars, dots, line, rule, segments
from pages.figures.parts.museum import role_of
from pages.figures.plot import Handle, Panel, Picture, axis, ceiling, panel

SCALES = np.linspace(0, 2, 41)


def figure(run: Spread, *, code: str, numbers: str, shift: float, stretch: float) -> Picture:
    """Three panels."""
    inside = r"X - \mathbb E X" if code == "published" else r"(X - \mathbb E X)^2"
    value = tex(run.value)
    return Picture(
        (_numbers(run, _reach(numbers), shift), _parts(run, code), _scales(run, code, stretch)),
        formula=(rf"\role{{model}}{{\mathbb E[{inside}]}} = {value}",),
    )


def _reach(numbers: str) -> float:
    """How far these numbers come, stretched by up to 2 and shifted by up to 3."""
    x = table.signal(numbers, "numbers").numpy()
    return float(np.ceil(np.abs([x.mean(), *(2 * x - x.mean())]).max())) + 3


def _numbers(run: Spread, wide: float, shift: float) -> Panel:
    x, at = run.x.numpy(), np.arange(1, len(run.x) + 1)
    tails, tips = np.stack([np.full_like(x, run.mean), at], 1), np.stack([x, at], 1)
    return panel(
        "numbers",
        "The numbers and their deviations from the mean",
        segments(tails, tips, "force", "deviation", width=3),
        line([run.mean, run.mean], [0.3, len(x) + 0.7], "theory", "mean", label="mean"),
        dots(x, at, "data", "numbers", 9),
        x=axis("number", -wide, wide),
        y=axis("which", len(x) + 0.9, 0.1, showticklabels=False, showgrid=False, zeroline=False),
        alt=f"The mean is {number(run.mean, zero=1e-12)}; the numbers go from "
        f"{number(float(x.min()), zero=1e-12)} to {number(float(x.max()), zero=1e-12)}.",
        handles=(Handle(run.mean, 0.3, ("shift",), "shift of all numbers", ((1.0, 0.0),),
                        (shift - run.mean,), frees="x", role="model"),),
    )  # fmt: skip


def _parts(run: Spread, code: str) -> Panel:
    parts, at = run.parts.numpy(), np.arange(1, len(run.parts) + 1)
    top = ceiling(max(0.5, 1.02 * float(np.abs(parts).max())))
    return panel(
        "parts",
        "What is averaged",
        rule("theory", "mean", y=run.value, span=(0.4, len(at) + 0.6), label="mean"),
        bars(at, parts, role_of(code), "part", width=8),
        x=axis("which", 0.4, len(at) + 0.6, dtick=1),
        y=axis("part", -top if code == "published" else 0, top),
        alt=f"The mean of the parts is {number(run.value, zero=1e-12)}.",
    )


def _scales(run: Spread, code: str, stretch: float) -> Panel:
    top = ceiling(max(1.0, float(run.scales.max())))
    role = role_of(code)
    return panel(
        "scales",
        "The value, over a stretch of the deviations",
        line(SCALES, run.scales, role, "value", label="this code", width=2.5),
        x=axis("stretch a", 0, 2, dtick=0.5),
        y=axis("value called variance", -0.1 * top, top),
        alt=f"At stretch {number(stretch)} the value is {number(run.value, zero=1e-12)}.",
        handles=(Handle(stretch, run.value, ("stretch",), "stretch", ((1.0, 0.0),), frees="x",
                        role=role),),
    )  # fmt: skip
