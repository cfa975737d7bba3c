"""The algebra of convolution: both sides of a law, the endless counter-example, a heavy tail."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np
import torch

from core.convolution.signals import counted, short
from core.experiments.convolution.algebra import (
    CORRELATED,
    FAR,
    LAWS,
    WINDOW,
    Algebra,
    Placed,
    limit,
    times,
)
from core.signature import between
from pages.figures.marks import bars, cells, dots, line, rule
from pages.figures.parts.numbers import levels, snug, span, tex
from pages.figures.plot import Panel, Picture, axis, grid_layout, panel

KNOWN = "2ζ(p) − 1"
WRITTEN = 12  # samples of a side written out
TEX = str.maketrans({"∗": "* ", "⋆": r"\star ", "δ": r"\delta "})
BACK = np.unique(np.logspace(0, np.log10(40_001), 400).astype(int))  # T + 1
LENGTHS = np.unique(np.logspace(0, np.log10(FAR), 120).round().astype(int))


def figure(
    run: Algebra,
    *,
    flip: bool,
    forever: bool,
    p: float,
    world: Literal["finite", "endless", "tail"] = "finite",
    law: Literal[tuple(LAWS)] = "associative",
    L: Annotated[float, between(1, FAR)] = 100.0,
) -> Picture:
    """The panels of one of the three worlds; the sum of the tail runs over |t| ≤ L."""
    if world == "endless":
        return _endless(run, "1" if forever else "f")
    if world == "tail":
        return _tail(run, p, int(L))
    return _finite(run, law, flip)


def _finite(run: Algebra, law: str, flip: bool) -> Picture:
    sides, names = run.laws[law], (LAWS if flip else CORRELATED)[law].split(" = ")
    t, left, right = sides.t.numpy(), sides.left.numpy(), sides.right.numpy()
    zero = 1e-12 * run.size(law)  # rounding would fill the panel of the difference
    off = np.where(np.abs(left - right) < zero, 0, left - right)
    first, last = span(t[0], t[-1]) if len(t) else (0.0, 1.0)
    time, most = axis("time u", first - 0.6, last + 0.6), f"at most {short(sides.gap, zero=zero)}"
    value = axis(", ".join(names), *levels(left, right), nticks=8)
    sizes = [f"{name} has {counted(n, 'sample')}" for name, n in zip(names, sides.lengths)]
    alt = f"{', '.join(sizes)}; they differ by {most}."
    inside = ("a ∗ b", "b ∗ c") if flip else ("b ⋆ a", "c ⋆ b")
    bar, gap = bars(t, off, "force", "difference"), f"The difference: {most}"
    apart, spoken = axis("left − right", *levels(off)), f"The sides differ by {most}."
    return Picture(
        (
            _sides(names, t, left, right, x=time, y=value, alt=alt),
            _rows("signals", "The signals", "abc", [Placed(s, 0) for s in (run.a, run.b, run.c)]),
            _rows("brackets", f"Inside the brackets: {' and '.join(inside)}", inside, run.brackets),
            panel("difference", gap, bar, x=time, y=apart, alt=spoken),
        ),
        formula=tuple(
            f"{name.translate(TEX)} = {_written(values, size, zero)}"
            for name, values, size in zip(names, (left, right), sides.lengths)
        ),
    )


def _sides(names: Sequence[str], t: Any, left: Any, right: Any, **more: Any) -> Panel:
    """The left side as bars under the dots of the right one."""
    bar = bars(t, left, "ink", names[0], label=names[0], pin=True)
    dot = dots(t, right, "model", names[1], 10, label=names[1])
    return panel("sides", " and ".join(names), bar, dot, **more)


def _rows(name: str, title: str, labels: Sequence[str], signals: Sequence[Placed]) -> Panel:
    """Signals as rows of numbers, each at its times."""
    first, last = times(*signals)
    grid = np.array([s.over(first, max(first, last), np.nan).numpy() for s in signals])
    layout = grid_layout(*grid.shape, "time t", "signal")
    layout["xaxis"]["range"] = [first - 0.5, last + 0.5]
    layout["yaxis"] |= {"tickvals": list(range(len(signals))), "ticktext": list(labels)}
    sizes = (f"{label}: {counted(len(s.values), 'sample')}" for label, s in zip(labels, signals))
    rows, alt = cells(grid, title, numbers=3, at=(0, first)), f"{', '.join(sizes)}."
    return Panel(name, title, (rows,), layout, alt)


def _endless(run: Algebra, one: str) -> Picture:
    e = run.endless
    u, f, inside = np.arange(-WINDOW, WINDOW + 1), e.right.numpy(), e.inside.numpy()
    partial, (left, right) = e.partial(torch.from_numpy(BACK - 1)).numpy(), e.centre
    most, names = short(np.abs(inside).max()), (f"({one} ∗ d) ∗ s", f"{one} ∗ (d ∗ s)")
    time = axis("time u", u[0] - 0.6, u[-1] + 0.6)
    sides = axis(", ".join(names), -0.1, 1.2)
    alt = f"At u = 0 the left bracketing gives {short(left)}, the right one {short(right)}."
    spoken = f"The differences of {one} are at most {most}."
    inner = f"Inside the left brackets: {one} ∗ d, at most {most}"
    within = bars(u, inside, "force", f"{one} ∗ d")
    known = line(BACK[[0, -1]], [1, 1], "theory", f"{one}[0]", label=f"{one}[0]")
    sums = known, line(BACK, partial, "force", "sum over −T ≤ t ≤ 0")
    back = {"x": axis("T + 1", 1, 50_000, log=True), "y": axis("Σ from −T to 0", -0.1, 1.2)}
    total = f"The sum of {one} ∗ d from −T to 0 reaches {short(partial[-1])}."
    step, delta = u >= 0, bars([0, 1], [1, -1], "model", "d", label="d")
    three = line(u, f, "data", one, label=one), bars(u, step, "second", "s", label="s"), delta
    told = f"{one} to both sides; d is 1 at 0, −1 at 1; s is 0 before 0, then 1."
    given, value = f"The three: {one}, d = δ₀ − δ₁, the step s", axis("value", -1.2, 1.3)
    reach = axis(f"({one} ∗ d)[u]", *levels(inside, even=True))
    return Picture(
        (
            _sides(names, u, e.left.numpy(), f, x=time, y=sides, alt=alt),
            panel("signals", given, three, x=time, y=value, alt=told),
            panel("inside", inner, within, x=time, y=reach, alt=spoken),
            panel("partial", "What it adds up to, from ever further back", sums, **back, alt=total),
        ),
        formula=(
            rf"({one} * d)[u] = {one}[u] - {one}[u - 1],\qquad "
            rf"(({one} * d) * s)[0] = \sum_{{t \le 0}} ({one} * d)[t] = {tex(left)}",
            rf"(d * s)[u] = s[u] - s[u - 1] = \delta_0[u],\qquad "
            rf"({one} * (d * s))[0] = {one}[0] = {tex(right)}",
        ),
    )


def _tail(run: Algebra, p: float, L: int) -> Picture:
    S, now, end, light = run.sums[LENGTHS].numpy(), float(run.sums[L]), limit(p), p > 1
    t = np.arange(-20, 21)
    h = (1.0 + abs(t)) ** -p
    fate = f"tends to {short(end)}" if light else "has no limit"
    sums = (
        light and rule("theory", KNOWN, y=end, span=(1, FAR), label=KNOWN),
        line(LENGTHS, S, "model", "S(L)", label="S(L)", pin=True),
        dots([L], [now], "force", "now", 12, label=short(now)),
    )
    title = f"(1 ∗ h)[u], summed over |t| ≤ L: {fate}"
    alt = f"The sum over |t| ≤ {L} is {short(now)}; the sum {fate}."
    far, high = axis("L", 1, FAR, log=True), axis("S(L)", 0, snug(1.05 * (end if light else S[-1])))
    frame = {"x": axis("time t", -20.6, 20.6), "y": axis("h[t]", 0, 1.1)}
    tail = f"The kernel h[t] = 1/(1 + |t|)ᵖ, p = {short(p)}"
    falls = f"h falls from 1 at t = 0 to {short(h[0])} at t = 20."
    return Picture(
        (
            panel("sum", title, sums, x=far, y=high, alt=alt),
            panel("kernel", tail, bars(t, h, "model", "h"), **frame, alt=falls),
        ),
        formula=(
            rf"(1 * h)[u] = \sum_t h[t] = \lim_{{L \to \infty}} S(L),\qquad "
            rf"S({L}) = \sum_{{|t| \le {L}}} (1 + |t|)^{{-{tex(p)}}} = {tex(now)}",
        ),
    )


def _written(values: np.ndarray, length: int, zero: float) -> str:
    numbers = [
        *(tex(value, zero=zero) for value in values[:WRITTEN]),
        *[r"\cdots"] * (len(values) > WRITTEN),
    ]
    return r"(" + r",\ ".join(numbers) + rf")\quad\text{{{counted(length, 'sample')}}}"
