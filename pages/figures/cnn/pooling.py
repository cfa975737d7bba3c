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
    over = curve(window.x, run.beta, REACH, (float(run.x.min()), float(run.x.max())), kind)
    if bench == "window":
        panels = (_window(window, kind), over, _shares(window, kind, run.beta))
    else:
        panels = (_photo(run, window, lit), _outputs(run, window, kind, lit), over, _received(run))
    return Picture(panels, formula=_formula(window, kind, run.beta))


def _entries(n: int) -> dict:
    return axis("entry i", -0.5, n - 0.5, dtick=1, showgrid=False)


def _window(window: Window, kind: str) -> Panel:
    x, value, name = window.x.numpy(), window.value, NAMES[kind]
    n, tall = len(x), max(TALL + 1, coarse(float(np.abs(x).max())))
    known = {"max": x.max(), "mean": x.mean(), "min": x.min()}
    whole = {"span": (-0.5, n - 0.5)}
    role = "wrong" if kind == "lse" else "model"
    return panel(
        "window",
        "Draw the bars of the window",
        [rule("faint", each, y=at, **whole, label=each) for each, at in known.items()],
        bars(np.arange(n), x, "data", "x", width=9),
        rule(role, name, y=value, **whole, width=3, label=f"{name} {value:.5g}"),
        x=_entries(n),
        y=axis("value xᵢ", -tall, tall),
        alt=f"A window with values {', '.join(f'{v:.4g}' for v in x)}; {name} keeps {value:.5g}.",
        paint=Paint("values", x, -TALL, TALL, 0.5, "window of values"),
    )


def _shares(window: Window, kind: str, beta: float) -> Panel:
    """The gradient of the pooled value, beside the weights of the softmax."""
    share, soft, n = window.share.numpy(), kind == "softmax", len(window.x)
    weights = torch.softmax(beta * window.x, 0).numpy()
    i, low = np.arange(n), -0.6 if soft else -0.1
    both = "Gradient (orange) and softmax weights (squares): both sum to 1"
    return panel(
        "shares",
        both if soft else "Where the gradient goes: it always sums to 1",
        rule("faint", "0", y=0, span=(-0.5, n - 0.5)),
        soft and bars(i - 0.14, weights, "second", "weights softmax(βx)"),
        bars(i + 0.14 * soft, share, "force", "∂out/∂xᵢ", width=5),
        x=_entries(n),
        y=axis("∂out/∂xᵢ", min(low, -coarse(-1.1 * share.min())), 1.6, nticks=5),
        alt=f"The gradient of the pooled value is {', '.join(f'{v:.3g}' for v in share)}; it sums "
        f"to {share.sum():.3g}.",
    )


def _framed(rows: int, columns: int) -> dict:
    """Axes of cells counted from the first drawn pixel, behind the frame."""
    layout = grid_layout(rows, columns)
    layout["xaxis"]["range"] = [-FRAME - 0.5, columns - FRAME - 0.5]
    layout["yaxis"]["range"] = [rows - FRAME - 0.5, -FRAME - 0.5]
    return layout


def _pair(columns: int, start: int, left: str, right: str) -> dict:
    """Names under two grids that stand side by side."""
    middle = start + (columns - 1) / 2
    return {"tickvals": [middle, middle + columns + 1], "ticktext": [left, right]}


def _grey(run: Bench) -> dict:
    low, high = float(run.x.min()), float(run.x.max())
    return {"scale": "grey", "low": min(0.0, low), "high": max(1.0, high)}


def _photo(run: Bench, window: Window, lit: bool) -> Panel:
    """The picture in its frame of zeros, and beside it the shifted one."""
    rows, columns = run.x.shape
    starts = [-FRAME, columns - FRAME + 1] if run.shift else [-FRAME]
    grids = zip(starts, (run.x, run.shifted), ("x", "shifted"))
    (i, j), (r, q) = window.place, run.size
    top, left = i * run.stride - FRAME, j * run.stride
    frame = [(top, left + at, top + r - 1, left + at + q - 1) for at in starts]
    layout = _framed(rows, len(starts) * (columns + 1) - 1)
    layout["xaxis"] |= _pair(columns, -FRAME, "as it was", "shifted") if run.shift else {}
    traces = [cells(z.numpy(), name, at=(-FRAME, at), **_grey(run)) for at, z, name in grids]
    return Panel(
        "photo",
        "Draw the picture" + f"; beside it moved by {run.shift} to the right" * bool(run.shift),
        (*traces, *([boxes(frame, "force", "window")] if lit else [])),
        layout,
        f"A picture of {SIDE} × {SIDE} in a frame of zeros; windows of {r} × {q} at stride "
        f"{run.stride} give {run.out.numel()} outputs. {int((run.x != run.shifted).sum())} pixels "
        "differ after the shift.",
        paint=Paint("pixels", run.x[2:-2, 2:-2].numpy().round(4), 0.0, 1.0, 0.1, "picture"),
        equal=True,
    )


def _outputs(run: Bench, window: Window, kind: str, lit: bool) -> Panel:
    """The pooled values, and the changed ones after the shift."""
    (rows, columns), total, count = run.out.shape, run.out.numel(), int(run.changed.sum())
    look, beside = _grey(run) | {"numbers": 2}, columns + 1
    title = f"{NAMES[kind].capitalize()}: point at an output"
    traces = [cells(run.out.numpy(), NAMES[kind], **look)]
    layout = grid_layout(rows, columns + beside if run.shift else columns, "output j", "output i")
    if run.shift:
        title = f"{count} of {total} outputs change with the shift (red)"
        changed = [(i, j + beside) * 2 for i, j in run.changed.nonzero().tolist()]
        traces.append(cells(run.moved.numpy(), "after the shift", at=(0, beside), **look))
        traces.append(boxes(changed, "wrong", "changed"))
        layout["xaxis"] |= _pair(columns, 0, "before the shift", "after")
    traces += [boxes([window.place * 2], "model", "output looked at")] if lit else []
    return Panel(
        "outputs",
        title,
        tuple(traces),
        layout,
        f"{total} outputs from {run.out.min():.4g} to {run.out.max():.4g}; {count} change with "
        "the shift.",
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
        _framed(*grad.shape),
        f"{int((grad != 0).sum())} of {grad.size} inputs get a gradient, {grad.max():.3g} at most; "
        f"together {grad.sum():.4g}.",
        equal=True,
    )


def _formula(window: Window, kind: str, beta: float) -> tuple[str, ...]:
    x, value = window.x.tolist(), rf"\role{{model}}{{{window.value:.5g}}}"
    more = [r"\dots"] if len(x) > TERMS else []
    if kind in ("max", "min"):
        listed = r",\;".join([*map(tex, x[:TERMS]), *more])
        return (rf"\{kind}\{{{listed}\}} = {value}",)
    if kind == "average":
        summed = " + ".join([*map(bracket, x[:TERMS]), *more])
        return (rf"\frac{{1}}{{{len(x)}}}\,({summed}) = {value}",)
    if kind == "lse":
        wrong = rf"\role{{wrong}}{{{window.value:.5g}}}"
        return (
            rf"\frac1\beta\,\ln\sum_i e^{{\beta x_i}} = {wrong}\ \text{{is no}}\ "
            r"\textstyle\sum_i \mathrm{softmax}(\beta x)_i\,x_i",
        )
    p = torch.softmax(beta * window.x, 0).tolist()
    terms = [rf"{a:.3g}\cdot{bracket(v)}" for a, v in zip(p[:TERMS], x)]
    summed = " + ".join([*terms, *([r"\cdots"] if more else [])])
    return (
        rf"\sum_i \frac{{e^{{\beta x_i}}}}{{\sum_j e^{{\beta x_j}}}}\,x_i = {summed} = {value},"
        rf"\qquad \beta = {beta:g}",
        r"\frac{\partial}{\partial x_i} = \role{force}{p_i\,(1 + \beta\,(x_i - "
        rf"{window.value:.4g}))}}",
    )
