"""Bars of what each feature tells, over the dial, the table; a normal pair and its estimates."""

import math

import numpy as np

from core.experiments.information.feature import (
    FARTHEST,
    GRID,
    Feature,
    by_bins,
    by_neighbours,
    edges,
    over_dial,
)  # fmt: skip
from core.words import amount, number, tex
from pages.figures.marks import band, cells, dots, line, lying, note, rule, segments
from pages.figures.plot import PLAIN, Handle, Panel, Picture, axis, panel, rows

REACH = 3.2
RHO = FARTHEST * np.sin(np.linspace(-0.5, 0.5, 121) * np.pi)


def figure(
    run: Feature, *, t: float, rho: float, n: int, bins: int, k: int, unit: str, seed: int
) -> Picture:
    """Three panels for the table, three for the pair."""
    if run.told is None:
        panels = (
            _cloud(run, rho, bins), _estimates(run, bins, k, unit),
            _over_rho(run, rho, n, bins, k, unit, seed),
        )  # fmt: skip
        formula = rf"I(X;Y) = -\tfrac12\log{'_2' * (unit == 'bits')}(1 - \rho^2) = "
        shown = rf"{formula}\role{{theory}}{{{tex(run.truth)}}}\ \text{{{unit}}}"
        return Picture(panels, formula=(shown,))
    told = run.told
    formula = (
        r"I(X_1,X_2;Y) = \role{model}{I(X_2;Y)} + \role{force}{I(X_1;Y\,|\,X_2)}:\quad "
        rf"{tex(told.both)} = \role{{model}}{{{tex(told.second)}}} + "
        rf"\role{{force}}{{{tex(told.first_given)}}}\ \text{{{unit}}}"
    )
    return Picture((_bars(run, unit), _dial(run, t, unit), _table(run)), formula=(formula,))


def _one(unit: str) -> float:
    return 1.0 if unit == "bits" else math.log(2)


def _bars(run: Feature, unit: str) -> Panel:
    told, one = run.told, _one(unit)
    names = ("X₁ alone", "X₂ alone", "X₁, X₂ known", "X₂, X₁ known", "both")
    values = (told.first, told.second, told.first_given, told.second_given, told.both)
    roles = ("model", "model", "force", "force")
    zero = np.zeros(1)
    return panel(
        "bars",
        "What is told of Y. Both: X₂ alone, plus X₁ once X₂ is known",
        [lying(zero, np.array([value]), [i], role, name, width=22)
         for i, (name, value, role) in enumerate(zip(names, values, roles, strict=False))],
        lying(zero, np.array([told.second]), [4], "model", "I(X₂;Y)", width=22),
        lying(np.array([told.second]), np.array([told.second + told.first_given]), [4], "force",
              "I(X₁;Y|X₂)", width=22),
        [note(value + 0.015 * one, i, number(value, zero=1e-9)) for i, value in enumerate(values)],
        rule("theory", "H(Y)", x=told.target, span=(-0.6, 4.4), label="H(Y)"),
        x=axis(f"information about Y in {unit}", 0.0, 1.15 * one),
        y=rows(names, "known"),
        alt="; ".join(f"{name}: {amount(value, unit, zero=1e-9)}"
                      for name, value in zip(names, values, strict=True)) + ".",
        margin={"l": 120},
    )  # fmt: skip


def _dial(run: Feature, t: float, unit: str) -> Panel:
    at, (alone, given, both) = over_dial(unit)
    one = _one(unit)
    return panel(
        "dial",
        "Drag: XOR on the left, a duplicate on the right",
        line(at, both, "ink", "both", label="both", width=2),
        line(at, alone, "model", "X₁ alone", label="alone", width=2.6),
        line(at, given, "force", "X₁, X₂ known", label="once X₂ is known", width=2.6),
        dots([t], [run.told.first_given], "force", "now", 9),
        x=axis("share t of the duplicate", 0.0, 1.0, tickvals=[0, 0.25, 0.5, 0.75, 1],
               ticktext=["XOR", "0.25", "0.5", "0.75", "copy"]),
        y=axis(f"information about Y in {unit}", -0.02 * one, 1.12 * one),
        alt=f"At t = {number(t)} X₁ tells {amount(run.told.first, unit, zero=1e-9)} alone and "
        f"{number(run.told.first_given, zero=1e-9)} once X₂ is known.",
        handles=(
            Handle(t, run.told.first, ("t",), "share of the duplicate", ((1.0, 0.0),), frees="x",
                   role="model"),
        ),
    )  # fmt: skip


def _table(run: Feature) -> Panel:
    p = run.table.flatten(0, 1).numpy()
    names = [f"x₁ = {i // 2}, x₂ = {i % 2}" for i in range(4)]
    return panel(
        "table",
        "The joint law of X₁, X₂ and Y",
        cells(p, "P", scale="heat", low=0.0, high=0.75, numbers=3),
        x=axis("y", -0.5, 1.5, tickvals=[0, 1], **PLAIN),
        y=axis("features", 3.5, -0.5, tickvals=list(range(4)), ticktext=names, **PLAIN),
        alt="Masses, y = 0 and 1: "
        + "; ".join(f"{name}: {number(a)}, {number(b)}"
                    for name, (a, b) in zip(names, p.tolist(), strict=True)) + ".",
        margin={"l": 110},
    )  # fmt: skip


def _cloud(run: Feature, rho: float, bins: int) -> Panel:
    x, y = run.sample.x.numpy(), run.sample.y.numpy()
    at = edges(bins).numpy()
    ends = np.r_[np.stack([at, 0 * at - REACH], 1), np.stack([0 * at - REACH, at], 1)]
    tips = np.r_[np.stack([at, 0 * at + REACH], 1), np.stack([0 * at + REACH, at], 1)]
    return panel(
        "cloud",
        "Draws, and bins that hold the same share each; drag the line",
        segments(ends, tips, "faint", "bins", width=1),
        dots(x, y, "data", "draws", 5),
        line([-REACH, REACH], [-REACH * rho, REACH * rho], "model", "mean of Y at x", dash="dash"),
        x=axis("x", -REACH, REACH),
        y=axis("y", -REACH, REACH),
        alt=f"{len(x)} draws of a pair of correlation {number(rho)}.",
        handles=(
            Handle(2.0, 2.0 * rho, ("rho",), "correlation ρ", ((0.0, 0.5),), frees="y",
                   click=False, role="model"),
        ),
        equal=True,
    )  # fmt: skip


def _estimates(run: Feature, bins: int, k: int, unit: str) -> Panel:
    s, per = run.sample, math.log(2) / _one(unit)
    names = ("the truth", f"neighbour {k}", f"{bins} × {bins} bins", "less bias", "bins, exactly")
    values = (run.truth, s.ksg, s.plug, s.plug - s.bias, s.binned)
    roles = ("model", "second", "wrong", "third", "faint")
    return panel(
        "estimates",
        "From these draws, and what is to be found",
        [lying(np.zeros(1), np.array([value]), [i], role, name, width=22)
         for i, (name, value, role) in enumerate(zip(names, values, roles, strict=True))],
        rule("theory", "I", x=run.truth, span=(-0.6, 4.4)),
        [note(max(value, 0.0) + 0.03, i, number(value, zero=5e-4))
         for i, value in enumerate(values)],
        x=axis(f"I(X;Y) in {unit}", -0.3 / per, 2.6 / per),
        y=rows(names, "estimate"),
        alt="; ".join(f"{name}: {number(value, zero=5e-4)}"
                      for name, value in zip(names, values, strict=True)) + f" {unit}.",
        margin={"l": 110},
    )  # fmt: skip


def _over_rho(run: Feature, rho: float, n: int, bins: int, k: int, unit: str, seed: int) -> Panel:
    per = math.log(2) / _one(unit)
    at = np.r_[-np.array(GRID)[:0:-1], GRID]

    def spread(found: np.ndarray, role: str, name: str, label: str) -> tuple[dict, dict]:
        both = np.r_[found[:0:-1], found] / per
        mean, off = both.mean(1), both.std(1, ddof=1)
        return (band(at, mean - off, mean + off, role, name),
                line(at, mean, role, name, label=label, width=2, dash="solid"))  # fmt: skip

    s = run.sample
    return panel(
        "rho",
        "Over ρ: the truth, and means of other samples with their spread",
        spread(by_bins(n, bins, seed), "wrong", "bins", "bins"),
        spread(by_neighbours(n, k, seed), "second", "neighbours", "neighbours"),
        line(RHO, -0.5 * np.log(1 - RHO**2) / per, "theory", "truth", label="truth", width=2.4),
        dots([rho, rho], [s.ksg, s.plug], "data", "these draws", 8),
        x=axis("correlation ρ", -1.0, 1.0),
        y=axis(f"I(X;Y) in {unit}", -0.2 / per, 2.2 / per),
        alt=f"At ρ = {number(rho)} the truth is {number(run.truth)} {unit}, neighbours find "
        f"{number(s.ksg, zero=5e-4)}, bins {number(s.plug)}.",
        handles=(
            Handle(rho, run.truth, ("rho",), "correlation ρ", ((1.0, 0.0),), frees="x",
                   role="model"),
        ),
    )  # fmt: skip
