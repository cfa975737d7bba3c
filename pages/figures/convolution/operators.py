"""The operator box: both sides of a test, their difference, the signals, and the matrix K."""

from typing import Annotated, Literal

import numpy as np

from core.experiments.convolution.operators import TESTS, Box, N
from core.signature import between
from pages.figures.marks import bars, boxes, cells, dots, line
from pages.figures.parts.numbers import bracket, levels, short, tex, total
from pages.figures.plot import Handle, Paint, Panel, Pick, Picture, axis, grid_layout, panel

DRAWN = 2.0  # a hand-drawn sample reaches from -DRAWN to DRAWN
SIDES = {
    "linear": ("T(αf + βg)", "αTf + βTg"),
    "shift": ("T(f_Δ)", "(Tf)_Δ"),
    "impulse": ("Tf", "f ∗ Tδ"),
}
TESTED = {
    "linear": r"T(\alpha f + \beta g) \overset{?}{=} \alpha\, Tf + \beta\, Tg",
    "shift": r"T(f_\Delta) \overset{?}{=} (Tf)_\Delta,\quad f_\Delta[t] = f[t + \Delta]",
    "impulse": r"Tf \overset{?}{=} f * \role{force}{T\delta}",
}
TERMS = 6  # products written out
Place = Annotated[int, between(0, N - 1)]


def figure(run: Box, *, test: Literal[TESTS] = "impulse", at: Place = 8, row: Place = 6) -> Picture:
    """Both sides of a test, their difference, the signals and K.

    Args:
        at: place of the impulse.
        row: the output u whose products are written out; there may be none.
    """
    return Picture(
        (*_sides(run, test, at), _signals(run, test, at), _kernel(run, at, row)),
        formula=(TESTED[test], *_products(run, row)),
    )


def _sides(run: Box, test: str, at: int) -> tuple[Panel, Panel]:
    left, right = run.sides(test, at)
    size = 1e-12 * max(1.0, float(run.Tf.abs().max()))
    gap = float((left - right).abs().max())
    gap = short(gap if gap >= size else 0)
    left, right = left.real.numpy(), right.real.numpy()
    apart = np.where(np.abs(left - right) < size, 0, left - right)  # rounding would fill the panel
    one, two = SIDES[test]
    u, (low, high) = np.arange(len(left)), levels(apart)
    output = axis("output u", -0.6, len(u) - 0.4)
    out = np.flatnonzero(~run.compared.numpy()) if test == "shift" else []
    rims = [(low + 0.5, i, high - 0.5, i) for i in out]
    return (
        panel(
            "sides",
            f"{one} and {two}: {run.operator.label}{_part(run, ', real part')}",
            bars(u, left, "ink", one, label=one, pin=True),
            dots(u, right, "model", two, 10, label=two),
            x=output,
            y=axis(f"{one}, {two}", *levels(left, right), nticks=8),
            alt=f"{one} reaches from {short(left.min())} to {short(left.max())}, {two} from "
            f"{short(right.min())} to {short(right.max())}.",
        ),
        panel(
            "difference",
            f"The difference: at most {gap}",
            rims and boxes(rims, "faint", "border"),
            bars(u, apart, "force", "difference"),
            x=output,
            y=axis("left − right", low, high),
            alt=f"The two sides of the test differ by at most {gap}.",
        ),
    )


def _part(run: Box, words: str) -> str:
    return words if run.K.is_complex() else ""


def _signals(run: Box, test: str, at: int) -> Panel:
    t, f, shift = np.arange(N), run.f.numpy(), run.shift
    shown, handle = [f], None
    if test == "linear":
        shown = [f, run.mixed.numpy()]
        more = line(t, run.g, "second", "g", label="g"), line(t, shown[1], "faint", "αf + βg")
        title = "The signals f (draw it) and g"
    elif test == "shift":
        more = line(t, np.roll(f, -shift), "second", "f_Δ", label="f_Δ")
        handle = N / 2 - shift, "shift", "shift Δ", -1.0, N / 2
        title = f"f (draw it) and f_Δ[t] = f[t {'−' if shift < 0 else '+'} {abs(shift)}]"
    else:
        more = bars([at], [1], "force", "δ", label="δ")
        handle = float(at), "at", "place of the impulse", 1.0, 0.0
        title = f"f (draw it) and the impulse at t = {at}"
    return panel(
        "signals",
        title,
        bars(t, f, "data", "f", label="f"),
        more,
        x=axis("time t", -0.6, N - 0.4),
        y=axis("f[t]", *levels(*shown, least=DRAWN, even=True)),
        alt=f"f has {N} samples between {short(f.min())} and {short(f.max())}.",
        handles=(_grip(*handle),) if handle else (),
        paint=Paint("f", f, -DRAWN, DRAWN, 0.25, "the signal f"),
    )


def _grip(x: float, param: str, label: str, slope: float, offset: float) -> Handle:
    rule = {"matrix": ((slope, 0.0),), "offset": (offset,), "frees": "x", "click": False}
    return Handle(x, 0.0, (param,), label, **rule, role="second" if param == "shift" else "force")


def _kernel(run: Box, at: int, row: int) -> Panel:
    K = run.K.real.numpy()
    rows, there = len(K), row < len(K)
    frame = grid_layout(rows, N, "input t", "output u")
    part = _part(run, " (real part)")
    return panel(
        "kernel",
        f"K[u, t]{part}: output u is row u times f"
        if run.operator.linear
        else "Impulse answers; T has no K",
        cells(K, "K[u, t]"),
        boxes([[0, at, rows - 1, at]], "faint", "answer to this impulse"),
        there and boxes([[row, 0, row, N - 1]], "force", "row u"),
        x=frame["xaxis"],
        y=frame["yaxis"],
        margin=frame["margin"],
        alt=f"Matrix of {rows} rows and {N} columns: column t is the answer to an impulse at t. "
        f"Its values reach from {short(K.min())} to {short(K.max())}.",
        pick=Pick.cells(
            rows, N, "row", "at", "output u and impulse t", (row, at) if there else None
        ),
    )


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
