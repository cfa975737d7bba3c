"""The pair with what stands in on its slice, f along the slice, the contributions in four ways."""

from functools import lru_cache
from typing import Literal

import numpy as np
import torch

from core.experiments.importance.hide import CENTRE, Hidden, law, model_of
from core.importance import WAYS, stand_in
from core.rng import generator
from core.shapley.prediction import gaussian_background
from core.words import bracket, number, tex
from pages.figures.marks import arrows, dots, line, lying, note, rule, whiskers
from pages.figures.parts.rings import ellipse
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, panel, rows

LOW, HIGH = -3.0, 5.0
ROWS = 200
SIDE = np.linspace(LOW, HIGH, 161)
LEVELS = {level: (-2 * np.log(1 - level)) ** 0.5 for level in (0.5, 0.9, 0.99)}  # and radius
ROLE = dict(zip(WAYS, ("good", "third", "fourth", "wrong"), strict=True))
SHORT = {"conditional": "what goes with x₂", "marginal": "any x₁", "mean": "mean", "zero": "0"}
BELL = 1.6  # height of a standard normal bell


def figure(run: Hidden, *, f: str, rho: float, way: Literal[WAYS] = "conditional") -> Picture:
    """Plane, slice, contributions here and over all rows."""
    m, variance = stand_in(way, run.x[None], 0, *law(rho))
    at, sd = m.item(), variance**0.5
    panels = (
        _plane(run, rho, way, at, sd),
        _slice(run, f, way, at, sd),
        _ways(run, way),
        _all(run, way),
    )
    return Picture(panels, formula=_formula(run, way, at, sd))


def _formula(run: Hidden, way: str, at: float, sd: float) -> tuple[str, ...]:
    w = WAYS.index(way)
    law_of = rf"\sim N({tex(at)},\, {tex(sd * sd)})" if sd else f"= {tex(at)}"
    x2, rest = tex(run.x[1].item()), run.rest[w].item()
    given = rf"E[f(X)\mid X_2 = {x2}]" if way == "conditional" else rf"E f(\tilde X_1, {x2})"
    return (
        rf"\tilde X_1 {law_of},\qquad \bar f(x_2) = {given} = {tex(rest)}",
        rf"f(x) - \bar f(x_2) = {tex(run.f)} - {bracket(rest)} = "
        rf"\role{{force}}{{{tex(run.f - rest)}}}",
    )


@lru_cache(maxsize=1)
def _white() -> np.ndarray:
    return gaussian_background(*law(0.0), ROWS, generator(0)).T.numpy() - CENTRE


def _data(rho: float) -> np.ndarray:
    """Rows of the pair; x₁ stays where it is when ρ changes."""
    u, v = _white()
    return CENTRE + np.stack([u, rho * u + (1 - rho * rho) ** 0.5 * v])


def _bell(at: float, sd: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """A normal density as a curve over x₁, or a stick, not higher than `high`."""
    if not sd:
        return np.array([at, at]), np.array([0.0, high])
    x = at + sd * np.linspace(-3.5, 3.5, 71)
    return x, high * np.exp(-(((x - at) / sd) ** 2) / 2)


def _plane(run: Hidden, rho: float, way: str, at: float, sd: float) -> Panel:
    x1, x2 = run.x.tolist()
    x, high = _bell(at, sd, BELL)
    inside = (x >= LOW) & (x <= HIGH)
    around = [
        line(*CENTRE + ellipse(rho, r), "faint", f"{100 * level:.0f} % of the rows", width=1.4)
        for level, r in LEVELS.items()
    ]
    return panel(
        "plane",
        "x₁ is hidden: what stands in for it, on the slice of x₂",
        dots(*_data(rho), "data", "rows", 3),
        around,
        rule("ink", "slice", y=x2, span=(LOW, HIGH), width=1.2),
        line(x[inside], x2 + high[inside], ROLE[way], SHORT[way], width=3, dash="solid",
             label=SHORT[way]),
        dots([at], [x2], ROLE[way], "its mean", 9),
        x=axis("x₁", LOW, HIGH, dtick=1),
        y=axis("x₂", LOW, HIGH, dtick=1),
        alt=f"x at ({number(x1)}, {number(x2)}); {SHORT[way]} stands in for x₁, around "
        f"{number(at, zero=1e-9)}.",
        handles=(Handle(x1, x2, ("x1", "x2"), "the row x", role="model"),),
        equal=True,
    )  # fmt: skip


def _slice(run: Hidden, f: str, way: str, at: float, sd: float) -> Panel:
    x1, x2 = run.x.tolist()
    places = torch.from_numpy(np.stack([SIDE, np.full_like(SIDE, x2)], 1))
    along, rest = model_of(f)(places).numpy(), run.rest[WAYS.index(way)].item()
    step = coarse(max(1.0, float(np.ptp(along)) / 4, float(np.abs(along).max()) / 4))
    low = min(np.floor(along.min() / step), np.floor(rest / step)) * step - 0.1 * step
    high = max(np.ceil(along.max() / step), np.ceil(rest / step)) * step + 0.1 * step
    x, bell = _bell(at, sd, 0.22 * (high - low))
    inside = (x >= LOW) & (x <= HIGH)
    return panel(
        "slice",
        "f along the slice, and its mean over what stands in",
        line(SIDE, along, "model", "f(·, x₂)", width=2.4, label="f(·, x₂)"),
        line(x[inside], low + bell[inside], ROLE[way], SHORT[way], width=2, dash="solid"),
        rule("theory", "f̄(x₂)", y=rest, span=(LOW, HIGH), label="f̄(x₂)"),
        bool(abs(run.f - rest) > 1e-3 * (high - low))
        and arrows([[x1, rest]], [[x1, run.f]], "force", "contribution", label="contribution"),
        x=axis("x₁", LOW, HIGH, dtick=1),
        y=axis("f", float(low), float(high)),
        alt=f"f(x) = {number(run.f, zero=1e-9)}, without x₁ {number(rest, zero=1e-9)}.",
        handles=(Handle(x1, run.f, ("x1",), "x₁", ((1.0, 0.0),), frees="x", role="model"),),
    )


def _axis(title: str, values: np.ndarray) -> dict:
    most = coarse(1.15 * max(float(np.abs(values).max()), 0.5))
    return axis(title, -1.3 * most, 1.3 * most, nticks=7)


def _ways(run: Hidden, way: str) -> Panel:
    part = run.part.numpy()
    ends = _axis("f(x) − f̄(x₂)", part)
    tops = np.maximum(part, 0) + 0.02 * ends["range"][1]
    return panel(
        "ways",
        "Contribution of x₁ here, by what stands in",
        rule("faint", "0", x=0, span=(-0.6, 3.4), width=1),
        [lying([0.0], part[k : k + 1], [k], ROLE[each], SHORT[each], width=16 if each == way else 8)
         for k, each in enumerate(WAYS)],
        [note(tops[k], k, number(part[k], zero=1e-9), ROLE[each]) for k, each in enumerate(WAYS)],
        x=ends,
        y=rows([SHORT[each] for each in WAYS], "in place of x₁"),
        margin={"l": 138, "r": 8, "t": 4, "b": 38},
        alt=", ".join(f"{SHORT[k]} {number(v, zero=1e-9)}" for k, v in zip(WAYS, part)) + ".",
    )  # fmt: skip


def _all(run: Hidden, way: str) -> Panel:
    mean, at = run.mean.numpy(), np.arange(4)
    sd = np.sqrt(np.maximum(run.error.numpy() ** 2 - mean**2, 0))
    return panel(
        "all",
        "Over all rows: mean of the contributions ± one sd",
        rule("faint", "0", x=0, span=(-0.6, 3.4), width=1),
        whiskers(mean, sd, at, "± one sd"),
        [dots([mean[k]], [k], ROLE[each], SHORT[each], 13 if each == way else 9)
         for k, each in enumerate(WAYS)],
        x=_axis("f(X) − f̄(X₂)", np.r_[mean - sd, mean + sd]),
        y=rows([SHORT[each] for each in WAYS], "in place of x₁"),
        margin={"l": 138, "r": 8, "t": 4, "b": 38},
        alt="Means: " + ", ".join(f"{SHORT[k]} {number(v, zero=1e-9)}" for k, v in zip(WAYS, mean))
        + ".",
    )  # fmt: skip
