"""The pooling bench: a window as bars, or a digit; β, the gradient, the shift."""

from typing import Annotated

import numpy as np
import torch

from core.experiments.cnn.pooling import FRAME, REACH, SIDE, Bench, Window
from core.signature import between
from core.words import bracket, tex
from pages.figures.marks import bars, boxes, cells, rule
from pages.figures.parts.softmax import curve
from pages.figures.plot import Paint, Panel, Pick, Picture, axis, coarse, grid_layout, panel

TALL = 4.0  # values that can be drawn
TERMS = 6  # terms of the sum written out
NAMES = {kind: f"{kind} pooling" for kind in ("max", "min", "average", "softmax")}
NAMES["lse"] = "log-sum-exp"


def figure(run: Bench, *, bench: str, kind: str, u: Annotated[int, between(0, 143)] = 0) -> Picture:
    """The input, what is kept, the curve over β and the way of the gradient."""
    window, lit = run.window(u), u < run.out.numel()
    panels = [_window(window, kind), _shares(window, kind, run.beta)]
    if bench == "picture":
        panels = [_photo(run, window, lit), _outputs(run, window, kind, lit), _received(run)]
    if kind in ("softmax", "lse"):
        among = float(run.x.min()), float(run.x.max())
        panels.insert(-1, curve(window.x, run.beta, REACH, among, kind))
    return Picture(tuple(panels), formula=_formula(window, kind, run.beta))


def _window(window: Window, kind: str) -> Panel:
    x, value, name = window.x.numpy(), window.value, NAMES[kind]
    span, tall = (-0.5, len(x) - 0.5), max(TALL + 1, coarse(float(np.abs(x).max())))
    known = {"max": x.max(), "mean": x.mean(), "min": x.min()}
    role, label = "wrong" if kind == "lse" else "model", f"{name} {value:.5g}"
    return panel(
        "window",
        "Draw the bars of the window",
        [rule("faint", each, y=at, span=span, label=each) for each, at in known.items()],
        bars(np.arange(len(x)), x, "data", "x", width=9),
        rule(role, name, y=value, span=span, width=3, label=label),
        x=axis("entry i", *span, dtick=1, showgrid=False),
        y=axis("value xᵢ", -tall, tall),
        alt=f"A window with values {', '.join(f'{v:.4g}' for v in x)}; {name} keeps {value:.5g}.",
        paint=Paint("values", x, -TALL, TALL, 0.5, "window of values"),
    )


def _shares(window: Window, kind: str, beta: float) -> Panel:
    """The gradient of the pooled value, beside the weights of the softmax."""
    share, soft, span = window.share.numpy(), kind == "softmax", (-0.5, len(window.x) - 0.5)
    i, low = np.arange(len(share)), min(-0.6 if soft else -0.1, -coarse(-1.1 * share.min()))
    weights = torch.softmax(beta * window.x, 0)
    both = "Gradient (orange) and softmax weights (squares): both sum to 1"
    return panel(
        "shares",
        both if soft else "Where the gradient goes: it always sums to 1",
        rule("faint", "0", y=0, span=span),
        soft and bars(i - 0.14, weights, "second", "weights softmax(βx)"),
        bars(i + 0.14 * soft, share, "force", "∂y/∂xᵢ", width=5),
        x=axis("entry i", *span, dtick=1, showgrid=False),
        y=axis("∂y/∂xᵢ", low, 1.6, nticks=5),
        alt=f"The gradient is {', '.join(f'{v:.3g}' for v in share)}, {share.sum():.3g} in sum.",
    )


def _layout(rows: int, columns: int, first: int, names: tuple = (), *titles: str) -> dict:
    """Axes of cells counted from `first`; with names, of two grids that stand side by side."""
    wide = 2 * columns + 1 if names else columns
    layout = grid_layout(rows, wide, *titles)
    layout["xaxis"]["range"] = [first - 0.5, first + wide - 0.5]
    layout["yaxis"]["range"] = [first + rows - 0.5, first - 0.5]
    if names:
        middle = first + (columns - 1) / 2
        layout["xaxis"] |= {"tickvals": [middle, middle + columns + 1], "ticktext": list(names)}
    return layout


def _grey(run: Bench) -> dict:
    low, high = float(run.x.min()), float(run.x.max())
    return {"scale": "grey", "low": min(0.0, low), "high": max(1.0, high)}


def _photo(run: Bench, window: Window, lit: bool) -> Panel:
    """The picture in its frame of zeros, and beside it the shifted one."""
    (rows, columns), (i, j), (r, q) = run.x.shape, window.place, run.size
    top, left, moves = i * run.stride - FRAME, j * run.stride, run.shift != 0
    starts = [-FRAME, columns - FRAME + 1][: 1 + moves]
    grids = zip(starts, (run.x, run.shifted), ("x", "shifted"))
    frame = [(top, left + at, top + r - 1, left + at + q - 1) for at in starts]
    return Panel(
        "photo",
        "Draw the picture" + f"; beside it moved by {run.shift} to the right" * moves,
        (
            *(cells(z, name, at=(-FRAME, at), **_grey(run)) for at, z, name in grids),
            *([boxes(frame, "force", "window")] if lit else []),
        ),
        _layout(rows, columns, -FRAME, ("as it was", "shifted")[: 2 * moves]),
        f"{SIDE} × {SIDE} pixels in a frame of zeros, windows of {r} × {q} at stride {run.stride}; "
        f"pixels changed by the shift: {int((run.x != run.shifted).sum())}.",
        paint=Paint("pixels", run.x[2:-2, 2:-2].numpy().round(4), 0.0, 1.0, 0.1, "picture"),
        equal=True,
    )


def _outputs(run: Bench, window: Window, kind: str, lit: bool) -> Panel:
    """The pooled values, and the changed ones after the shift."""
    (rows, columns), total, count = run.out.shape, run.out.numel(), int(run.changed.sum())
    look, beside, names, name = _grey(run) | {"numbers": 2}, columns + 1, (), NAMES[kind]
    title, traces = f"{name.capitalize()}: point at an output", [cells(run.out, name, **look)]
    if run.shift:
        names = "before the shift", "after"
        title = f"Outputs changed by the shift (red): {count} of {total}"
        changed = [(i, j + beside) * 2 for i, j in run.changed.nonzero().tolist()]
        traces.append(cells(run.moved, "after the shift", at=(0, beside), **look))
        traces.append(boxes(changed, "wrong", "changed"))
    traces += [boxes([window.place * 2], "model", "output looked at")] if lit else []
    return Panel(
        "outputs",
        title,
        tuple(traces),
        _layout(rows, columns, 0, names, "output j", "output i"),
        f"{total} output{'s' * (total > 1)} from {run.out.min():.4g} to {run.out.max():.4g}; "
        f"changed: {count}.",
        pick=Pick.numbered(rows, columns, "u", "output looked at", window.place if lit else None),
        equal=True,
    )


def _received(run: Bench) -> Panel:
    """∂(Σ out)/∂x: how much of the gradient each input gets when every output sends 1."""
    grad = run.grad.numpy()
    return Panel(
        "received",
        "The gradient each input gets when every output sends 1",
        (cells(grad, "gradient", at=(-FRAME, -FRAME), numbers=2),),
        _layout(*grad.shape, -FRAME),
        f"With a gradient: {int((grad != 0).sum())} of {grad.size}, {grad.max():.3g} at most.",
        equal=True,
    )


def _formula(window: Window, kind: str, beta: float) -> tuple[str, ...]:
    x, kept = window.x.tolist(), f"{window.value:.5g}"
    value = rf"\role{{model}}{{{kept}}}"

    def some(terms: list[str], by: str = " + ") -> str:
        return by.join([*terms[:TERMS], *[r"\dots"] * (len(terms) > TERMS)])

    if kind in ("max", "min"):
        listed = some([*map(tex, x)], r",\;")
        return (rf"\{kind}\{{{listed}\}} = {value}",)
    if kind == "average":
        return (rf"\frac{{1}}{{{len(x)}}}\,({some([*map(bracket, x)])}) = {value}",)
    if kind == "lse":
        return (
            rf"\frac1\beta\,\ln\sum_i e^{{\beta x_i}} = \role{{wrong}}{{{kept}}}\ \text{{is no}}\ "
            r"\textstyle\sum_i \mathrm{softmax}(\beta x)_i\,x_i",
        )
    p = torch.softmax(beta * window.x, 0).tolist()
    summed = some([rf"{a:.3g}\cdot{bracket(v)}" for a, v in zip(p, x)])
    return (
        rf"\sum_i \frac{{e^{{\beta x_i}}}}{{\sum_j e^{{\beta x_j}}}}\,x_i = {summed} = {value},"
        rf"\qquad \beta = {beta:g}",
        r"\frac{\partial}{\partial x_i} = \role{force}{p_i\,(1 + \beta\,(x_i - "
        rf"{window.value:.4g}))}}",
    )
