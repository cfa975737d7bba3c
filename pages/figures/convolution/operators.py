"""The operator box: both sides of a test, the signals, their difference, and the matrix K."""

from typing import Annotated, Literal

import numpy as np

from core.convolution.signals import short
from core.experiments.convolution.operators import TESTS, Box, N
from core.signature import between
from pages.figures.marks import bars, boxes, cells, dots, line
from pages.figures.parts.numbers import bracket, levels, tex, total
from pages.figures.plot import Handle, Paint, Panel, Pick, Picture, axis, grid_layout, panel

DRAWN = 2.0  # a hand-drawn sample reaches from -DRAWN to DRAWN
SIDES = {  # left and right side of a test
    "linear": ("T(αf + βg)", "αTf + βTg"),
    "shift": ("T(f moved)", "Tf moved"),
    "impulse": ("Tf", "f ∗ Tδ"),
}
TEX = {
    "linear": r"T(\alpha f + \beta g) \overset{?}{=} \alpha\, Tf + \beta\, Tg",
    "shift": r"T(f_\Delta) \overset{?}{=} (Tf)_\Delta,\quad f_\Delta[t] = f[t + \Delta]",
    "impulse": r"Tf \overset{?}{=} f * \role{force}{T\delta}",
}
TERMS = 6  # products written out
Place = Annotated[int, between(0, N - 1)]


def figure(run: Box, *, test: Literal[TESTS] = "impulse", at: Place = 8, row: Place = 6) -> Picture:
    """The panels, with the impulse at `at`, and the products of output `row`, if there is one."""
    sides, difference = _sides(run, test, at)
    panels = sides, _signals(run, test, at), difference, _kernel(run, at, row)
    return Picture(panels, formula=(TEX[test], *_products(run, row)))


def _sides(run: Box, test: str, at: int) -> tuple[Panel, Panel]:
    left, right = run.sides(test, at)
    size = 1e-12 * run.size(test)  # rounding would fill the panel
    gap = short((left - right).abs().max(), zero=size)
    left, right = left.real.numpy(), right.real.numpy()
    apart = np.where(np.abs(left - right) < size, 0, left - right)
    (one, two), part = SIDES[test], ", real part" if run.K.is_complex() else ""
    u, (low, high) = np.arange(len(left)), levels(apart)
    output = axis("output u", -0.6, len(u) - 0.4)
    out = np.flatnonzero(~run.compared.numpy()) if test == "shift" else []
    reached = [f"{short(side.min())} to {short(side.max())}" for side in (left, right)]
    below, above = bars(u, left, "ink", one, label=one, pin=True), (u, right, "model", two, 10)
    border = len(out) > 0 and boxes([(low + 0.5, i, high - 0.5, i) for i in out], "faint", "border")
    bar = bars(u, apart, "force", "difference")
    value = axis(f"{one}, {two}", *levels(left, right), nticks=8)
    title, off = f"{one} and {two} ({run.operator.label}{part})", f"The difference: at most {gap}"
    was = test == "shift" and line(u, run.Tf.real, "faint", "Tf", label="Tf")
    alt = f"{one} reaches from {reached[0]}, {two} from {reached[1]}."
    spoken = f"The two sides of the test differ by at most {gap}."
    difference = axis("left − right", low, high)
    return (
        panel("sides", title, was, below, dots(*above, label=two), x=output, y=value, alt=alt),
        panel("difference", off, border, bar, x=output, y=difference, alt=spoken),
    )


def _signals(run: Box, test: str, at: int) -> Panel:
    t, f, shift = np.arange(N), run.f.numpy(), run.shift
    shown, grip, handle = [f], (), {"frees": "x", "click": False, "offset": (0.0,)}
    if test == "linear":
        shown = [f, run.mixed.numpy()]
        more = line(t, run.g, "second", "g", label="g"), line(t, shown[1], "faint", "αf + βg")
        title = "The signals f (draw it) and g"
    elif test == "shift":
        more = line(t, np.roll(f, -shift), "second", "f moved", label="f moved")
        handle |= {"matrix": ((-1.0, 0.0),), "offset": (N / 2,), "role": "second"}
        grip = (Handle(N / 2 - shift, 0.0, ("shift",), "shift Δ", **handle),)
        title = f"f (draw it) and f moved, f[t {'−' if shift < 0 else '+'} {abs(shift)}]"
    else:
        more = bars([at], [1], "force", "δ", label="δ")
        handle |= {"matrix": ((1.0, 0.0),), "role": "force"}
        grip = (Handle(float(at), 0.0, ("at",), "place of the impulse", **handle),)
        title = f"f (draw it) and the impulse at t = {at}"
    level = axis("f[t]", *levels(*shown, least=DRAWN, even=True))
    frame = {"x": axis("time t", -0.6, N - 0.4), "y": level, "handles": grip}
    frame["alt"] = f"f has {N} samples between {short(f.min())} and {short(f.max())}."
    paint = Paint("f", f, -DRAWN, DRAWN, 0.25, "the signal f")
    return panel("signals", title, bars(t, f, "data", "f", label="f"), more, **frame, paint=paint)


def _kernel(run: Box, at: int, row: int) -> Panel:
    K, there = run.K.real.numpy(), row < len(run.K)
    rows, part = len(K), " (real part)" if run.K.is_complex() else ""
    pick = Pick.cells(rows, N, "row", "at", "output u and impulse t", (row, at) if there else None)
    title = f"K[u, t]{part}: output u is row u times f"
    title = title if run.operator.linear else "Impulse answers; T has no K"
    marks = [cells(K, "K[u, t]"), boxes([[0, at, rows - 1, at]], "faint", "answer to this impulse")]
    if there:
        marks.append(boxes([[row, 0, row, N - 1]], "force", "row u"))
    alt = f"Matrix of {rows} rows and {N} columns: column t is the answer to an impulse at t. "
    alt += f"Its values reach from {short(K.min())} to {short(K.max())}."
    layout = grid_layout(rows, N, "input t", "output u")
    return Panel("kernel", title, tuple(marks), layout, alt, pick=pick)


def _products(run: Box, row: int) -> tuple[str, ...]:
    """The output written out, where T has a real kernel and there is this output."""
    if not run.operator.linear or row >= len(run.K) or run.K.is_complex():
        return ()
    pairs = zip(run.K[row].tolist(), run.f.tolist())
    terms = [rf"{bracket(k)}\cdot\role{{data}}{{{bracket(x)}}}" for k, x in pairs if k]
    return (
        rf"(Tf)[{row}] = \sum_t K[{row}, t]\,\role{{data}}{{f[t]}} = {total(terms, TERMS)} "
        rf"= {tex(run.K[row] @ run.f)}",
    )
