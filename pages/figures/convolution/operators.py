"""The operator box: both sides of a test, their difference, the signals, and the matrix K."""

import numpy as np

from core.experiments.convolution.operators import OPERATORS, Box, N
from pages.figures.marks import bars, boxes, cells, dots, line
from pages.figures.parts.numbers import bracket, levels, short, tex
from pages.figures.plot import Handle, Paint, Panel, Pick, Picture, axis, grid_layout

DRAWN = 2.0  # a hand-drawn sample reaches from -DRAWN to DRAWN
SIDES = {
    "linear": ("T(αf + βg)", "αTf + βTg"),
    "shift": ("T(f_Δ)", "(Tf)_Δ"),
    "impulse": ("Tf", "f ∗ Tδ"),
}
TERMS = 6  # products written out


def figure(run: Box, *, op: str, test: str, shift: int, at: int, row: int, **_) -> Picture:
    """Four panels: both sides, difference, signals, K."""
    return Picture(
        panels=(
            _sides(run, op, test),
            _difference(run, op, test),
            _signals(run, test, shift, at),
            _kernel(run, op, at, row),
        ),
        formula=_formula(run, op, test, row),
    )


def _sides(run: Box, op: str, test: str) -> Panel:
    left, right = (side.real.numpy() for side in run.sides(test))
    u = np.arange(len(left))
    names = SIDES[test]
    part = ", real part" if run.Tf.is_complex() else ""
    return Panel(
        "sides",
        f"{names[0]} and {names[1]}: {OPERATORS[op].label}{part}",
        (
            bars(u, left, "ink", names[0], label=names[0], pin=True),
            dots(u, right, "model", names[1], 10, label=names[1]),
        ),
        {
            "xaxis": axis("output u", -0.6, len(u) - 0.4),
            "yaxis": axis(f"{names[0]}, {names[1]}", *levels(left, right), nticks=8),
        },
        f"{names[0]} reaches from {short(left.min())} to {short(left.max())}, {names[1]} from "
        f"{short(right.min())} to {short(right.max())}.",
    )


def _difference(run: Box, op: str, test: str) -> Panel:
    left, right = run.sides(test)
    apart = (left - right).real.numpy().copy()
    size = float(run.Tf.abs().max())
    apart[np.abs(apart) < 1e-12 * max(1.0, size)] = 0  # rounding would fill the picture
    u = np.arange(len(apart))
    gap = float((left - right).abs().max())
    gap = 0.0 if gap < 1e-12 * max(1.0, size) else gap
    traces = [bars(u, apart, "force", "difference")]
    low, high = levels(apart)
    if test == "shift" and not bool(run.compared.all()):
        out = np.flatnonzero(~run.compared.numpy())
        rims = np.stack([np.full(len(out), low + 0.5), out, np.full(len(out), high - 0.5), out], 1)
        traces.insert(0, boxes(rims, "faint", "border"))
    return Panel(
        "difference",
        f"The difference: at most {short(gap)}",
        tuple(traces),
        {
            "xaxis": axis("output u", -0.6, len(u) - 0.4),
            "yaxis": axis("left − right", low, high),
        },
        f"The two sides of the test differ by at most {short(gap)}.",
    )


def _signals(run: Box, test: str, shift: int, at: int) -> Panel:
    t = np.arange(N)
    handles = ()
    traces = [bars(t, run.f.numpy(), "data", "f", label="f")]
    if test == "linear":
        traces.append(line(t, run.g.numpy(), "second", "g", label="g"))
        traces.append(line(t, run.mixed.numpy(), "faint", "αf + βg"))
        title = "The signals f (draw it) and g"
    elif test == "shift":
        traces.append(line(t, run.moved.numpy(), "second", "f_Δ", label="f_Δ"))
        handles = (_grip(N // 2 - shift, "shift", "shift Δ", (-1.0, N / 2)),)
        title = f"f (draw it) and f_Δ[t] = f[t + {shift}]".replace("+ -", "− ")
    else:
        traces.append(bars(t[[at]], run.delta.numpy()[[at]], "force", "δ", label="δ"))
        handles = (_grip(at, "at", "place of the impulse", (1.0, 0.0)),)
        title = f"f (draw it) and the impulse at t = {at}"
    shown = [run.f.numpy(), run.mixed.numpy()] if test == "linear" else [run.f.numpy()]
    return Panel(
        "signals",
        title,
        tuple(traces),
        {
            "xaxis": axis("time t", -0.6, N - 0.4),
            "yaxis": axis("f[t]", *levels(*shown, least=DRAWN, even=True)),
        },
        f"f has {N} samples between {short(run.f.min())} and {short(run.f.max())}.",
        handles=handles,
        paint=Paint("f", run.f.numpy(), -DRAWN, DRAWN, 0.25, "the signal f"),
    )


def _grip(x: float, param: str, label: str, rule: tuple[float, float]) -> Handle:
    return Handle(
        float(x),
        0.0,
        (param,),
        label,
        matrix=((rule[0], 0.0),),
        offset=(rule[1],),
        frees="x",
        click=False,
        role="second" if param == "shift" else "force",
    )


def _kernel(run: Box, op: str, at: int, row: int) -> Panel:
    K = run.K.real.numpy()
    rows = len(K)
    traces = [
        cells(K, "K[u, t]"),
        boxes([[0, at, rows - 1, at]], "faint", "answer to this impulse"),
    ]
    if row < rows:
        traces.append(boxes([[row, 0, row, N - 1]], "force", "row u"))
    linear = OPERATORS[op].linear
    part = " (real part)" if run.K.is_complex() else ""
    return Panel(
        "kernel",
        f"K[u, t]{part}: output u is row u times f" if linear else "Impulse answers; T has no K",
        tuple(traces),
        grid_layout(rows, N, "input t", "output u"),
        f"Matrix of {rows} rows and {N} columns: column t is the answer to an impulse at t. Its "
        f"values reach from {short(K.min())} to {short(K.max())}.",
        pick=Pick(
            rows,
            N,
            ("row", "at"),
            ((0.0, 1.0), (1.0, 0.0)),
            "output u and impulse t",
            cell=(row, at) if row < rows else None,
        ),
    )


def _formula(run: Box, op: str, test: str, row: int) -> tuple[str, ...]:
    definition = {
        "linear": r"T(\alpha f + \beta g) \overset{?}{=} \alpha\, Tf + \beta\, Tg",
        "shift": r"T(f_\Delta) \overset{?}{=} (Tf)_\Delta,\quad f_\Delta[t] = f[t + \Delta]",
        "impulse": r"Tf \overset{?}{=} f * \role{force}{T\delta}",
    }[test]
    if not OPERATORS[op].linear or row >= len(run.K) or run.K.is_complex():
        return (definition,)
    products = np.flatnonzero(run.K[row].numpy())
    shown = products if len(products) <= TERMS else [*products[:3], *products[-2:]]
    terms = [rf"{bracket(run.K[row, t])}\cdot\role{{data}}{{{bracket(run.f[t])}}}" for t in shown]
    if len(products) > TERMS:
        terms.insert(3, r"\cdots")
    total = tex(run.K[row] @ run.f)
    return (
        definition,
        rf"(Tf)[{row}] = \sum_t K[{row}, t]\,\role{{data}}{{f[t]}} = {' + '.join(terms) or '0'} "
        rf"= {total}",
    )
