"""The pooling bench: a window as bars, a signal, a digit; β, the gradient, the shift."""

import numpy as np

from core.experiments.cnn.pooling import FRAME, OVERFLOW, SIDE, Bench, weights
from pages.figures.marks import bars, boxes, cells, dots, line
from pages.figures.plot import Handle, Paint, Panel, Pick, Picture, axis, coarse, grid_layout

TALL = 4.0  # values that can be drawn
TERMS = 6  # terms of the sum written out
NAMES = {
    "max": "max pooling",
    "min": "min pooling",
    "average": "average pooling",
    "softmax": "softmax pooling",
    "lse": "log-sum-exp",
}


def figure(run: Bench, *, bench: str, kind: str, beta: float, times: str, **_) -> Picture:
    """The input, what is kept, the curve over β and the way of the gradient."""
    curve = _curve(run, kind, beta, int(times))
    if bench == "window":
        panels = (_window(run, kind), curve, _shares(run, kind))
    elif bench == "signal":
        panels = (_wave(run), _outputs(run, kind), curve, _received(run))
    else:
        panels = (_photo(run), _outputs(run, kind), curve, _received(run))
    return Picture(panels=panels, formula=_formula(run, kind))


def _reach(values: np.ndarray) -> float:
    return max(TALL + 1, coarse(float(np.abs(values).max())))


# --- one window --------------------------------------------------------------------------------


def _window(run: Bench, kind: str) -> Panel:
    x = run.window.numpy()
    n = len(x)
    tall = _reach(x)
    ends = np.array([-0.5, n - 0.5])

    def level(at: float, role: str, name: str, **meta) -> dict:
        return line(ends, np.array([at, at]), role, name, **meta)

    known = {"max": x.max(), "mean": x.mean(), "min": x.min()}
    role = "wrong" if kind == "lse" else "model"
    return Panel(
        "window",
        "Draw the bars of the window",
        (
            *(level(at, "faint", name, label=name) for name, at in known.items()),
            bars(np.arange(n), x, "data", "x", width=9),
            level(run.value, role, NAMES[kind], width=3, label=f"{NAMES[kind]} {run.value:.5g}"),
        ),
        {
            "xaxis": axis("entry i", -0.5, n - 0.5, dtick=1, showgrid=False),
            "yaxis": axis("value xᵢ", -tall, tall),
        },
        f"A window with values {', '.join(f'{v:.4g}' for v in x)}; {NAMES[kind]} keeps "
        f"{run.value:.5g}.",
        paint=Paint("values", run.x[0].numpy(), -TALL, TALL, 0.5, "window of values"),
    )


def _shares(run: Bench, kind: str) -> Panel:
    """The gradient of the pooled value, beside the weights of the softmax."""
    share = run.share.numpy()
    n = len(share)
    i = np.arange(n)
    traces = [line(np.array([-0.5, n - 0.5]), np.zeros(2), "faint", "0")]
    if kind == "softmax":
        traces.append(bars(i - 0.14, weights(run).numpy(), "second", "weights softmax(βx)"))
    traces.append(bars(i + (0.14 if kind == "softmax" else 0), share, "force", "∂out/∂xᵢ", width=5))
    title = "Where the gradient goes: it always sums to 1"
    if kind == "softmax":
        title = "Gradient (orange) and softmax weights (squares): both sum to 1"
    low = -0.6 if kind == "softmax" else -0.1
    return Panel(
        "shares",
        title,
        tuple(traces),
        {
            "xaxis": axis("entry i", -0.5, n - 0.5, dtick=1, showgrid=False),
            "yaxis": axis("∂out/∂xᵢ", min(low, -coarse(-1.1 * share.min())), 1.6, nticks=5),
        },
        f"The gradient of the pooled value is {', '.join(f'{v:.3g}' for v in share)}; it sums to "
        f"{share.sum():.3g}.",
    )


# --- over β ------------------------------------------------------------------------------------


def _curve(run: Bench, kind: str, beta: float, times: int) -> Panel:
    x = run.window.numpy()
    betas, soft, lse = run.betas.numpy(), run.soft.numpy(), run.lse.numpy()
    low, high = float(x.min()), float(x.max())
    # of the whole input, so that pointing at another window leaves the frame where it is
    all_low, all_high = float(run.x.min()), float(run.x.max())
    span = max(all_high - all_low, 0.4)
    frame = (
        _round(all_low - 0.35 * span, span, np.floor),
        _round(all_high + 0.35 * span, span, np.ceil),
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        bound = np.where(betas > 0, high, low) - np.log(len(x)) / betas
    bound[~np.isfinite(bound) | (bound > high) | (bound < low)] = np.nan
    lse = np.where((lse > frame[1]) | (lse < frame[0]), np.nan, lse)
    now = run.beta
    ends = betas[[0, -1]]
    here = float(np.interp(now, betas, soft)) if kind != "softmax" else run.value
    traces = [
        *(
            line(ends, np.array([at, at]), "faint", name, label=name)
            for name, at in (("max", high), ("mean", float(x.mean())), ("min", low))
        ),
        line(betas, bound, "theory", "max − ln n / β"),
        line(betas, lse, "wrong", "log-sum-exp / β", width=3 if kind == "lse" else 1.5),
        line(betas, soft, "model", "softmax pooling", width=3),
        dots([now], [here], "model", f"β = {now:g}", 10),
    ]
    return Panel(
        "curve",
        "Softmax pooling over β (log-sum-exp in red)",
        tuple(traces),
        {
            "xaxis": axis("β", float(ends[0]), float(ends[1])),
            "yaxis": axis("pooled value", *frame, nticks=5),
        },
        f"At β = {now:g} softmax pooling is {here:.5g}, {high - here:.3g} below the maximum "
        f"{high:.4g} and {here - low:.3g} above the minimum {low:.4g}.",
        handles=(
            Handle(
                now,
                here,
                ("beta",),
                "β",
                matrix=((1 / times, 0.0),),
                also={} if kind in ("softmax", "lse") else {"kind": "softmax"},
                frees="x",
                role="model",
            ),
        ),
    )


def _round(value: float, span: float, way) -> float:
    """An end of an axis on a coarse grid, so that the frame rarely moves."""
    step = coarse(span) / 5
    return float(way(value / step) * step)


# --- signal and picture ------------------------------------------------------------------------


def _wave(run: Bench) -> Panel:
    x, moved = run.x[0].numpy(), run.shifted[0].numpy()
    n = len(x)
    tall = _reach(x)
    traces = []
    if run.picked:
        left = run.picked[1] * run.stride[1]
        corners = (-tall + 0.5, left, tall - 0.5, left + run.size[1] - 1)
        traces.append(boxes([corners], "force", "window"))
    if run.shift != (0, 0):
        traces.append(bars(np.arange(n) + 0.18, moved, "second", "shifted"))
    traces.append(bars(np.arange(n), x, "data", "x", width=4))
    shift = f", and moved by {run.shift[1]} (squares)" if run.shift[1] else ""
    return Panel(
        "wave",
        f"Draw the signal{shift}",
        tuple(traces),
        {
            "xaxis": axis("sample i", -0.5, n - 0.5, dtick=1, showgrid=False),
            "yaxis": axis("value xᵢ", -tall, tall),
        },
        f"A signal of {n} samples from {x.min():.4g} to {x.max():.4g}; {_windows(run)}.",
        paint=Paint("wave", x, -TALL, TALL, 0.5, "signal"),
    )


def _photo(run: Bench) -> Panel:
    """The picture in its frame of zeros, and beside it the shifted one."""
    rows, columns = run.x.shape
    low, high = _ends(run.x.numpy())
    scale = {"scale": "grey", "low": low, "high": high}
    traces = [cells(run.x.numpy(), "x", at=(-FRAME, -FRAME), **scale)]
    wide = columns
    starts = [-FRAME]
    if run.shift != (0, 0):
        starts.append(columns - FRAME + 1)
        traces.append(cells(run.shifted.numpy(), "shifted", at=(-FRAME, starts[1]), **scale))
        wide += columns + 1
    if run.picked:
        top, left = (u * s for u, s in zip(run.picked, run.stride, strict=True))
        bottom, right = top + run.size[0] - 1, left + run.size[1] - 1
        window = [(top - FRAME, left + at, bottom - FRAME, right + at) for at in starts]
        traces.append(boxes(window, "force", "window"))
    layout = grid_layout(rows, wide)
    layout["xaxis"] |= {"range": [-FRAME - 0.5, wide - FRAME - 0.5]}
    layout["yaxis"] |= {"range": [rows - FRAME - 0.5, -FRAME - 0.5]}
    if len(starts) > 1:
        layout["xaxis"] |= _pair(columns, -FRAME, "as it was", "shifted")
    dy, dx = run.shift
    moved = f"; beside it moved by {dx} to the right, {dy} down" if len(starts) > 1 else ""
    drawn = np.round(run.x[FRAME : FRAME + SIDE, FRAME : FRAME + SIDE].numpy(), 4)
    return Panel(
        "photo",
        f"Draw the picture{moved}",
        tuple(traces),
        layout,
        f"A picture of {SIDE} × {SIDE} in a frame of zeros; {_windows(run)}. "
        f"{int((run.x != run.shifted).sum())} pixels differ after the shift.",
        paint=Paint("pixels", drawn, 0.0, 1.0, 0.1, "picture"),
        equal=True,
    )


def _pair(columns: int, start: int, left: str, right: str) -> dict:
    """Names under two grids that stand side by side."""
    middle = start + (columns - 1) / 2
    return {"tickvals": [middle, middle + columns + 1], "ticktext": [left, right]}


def _windows(run: Bench) -> str:
    size = " × ".join(str(k) for k in run.size if k > 1 or run.x.shape[0] > 1)
    return f"windows of {size or 1} at stride {run.stride[1]} give {run.out.numel()} outputs"


def _ends(z: np.ndarray) -> tuple[float, float]:
    return min(0.0, float(z.min())), max(1.0, float(z.max()))


def _outputs(run: Bench, kind: str) -> Panel:
    """The pooled values, and the changed ones after the shift."""
    flat = run.x.shape[0] == 1
    rows, columns = run.out.shape
    still = run.shift == (0, 0)
    if flat:
        corner, high, wide = (1, 0), 1 if still else 2, columns
        top = float(run.out.abs().max().maximum(run.out_shifted.abs().max())) or 1.0
        look = {"numbers": 3, "low": -top, "high": top}
    else:
        corner, high, wide = (0, columns + 1), rows, columns if still else 2 * columns + 1
        low, top = _ends(run.x.numpy())
        look = {"scale": "grey", "low": low, "high": top, "numbers": 2}
    traces = [cells(run.out.numpy(), NAMES[kind], **look)]
    if not still:
        traces.append(cells(run.out_shifted.numpy(), "after the shift", at=corner, **look))
        lit = [(i + corner[0], j + corner[1]) * 2 for i, j in run.changed.nonzero().tolist()]
        traces.append(boxes(lit, "wrong", "changed"))
    if run.picked:
        traces.append(boxes([run.picked * 2], "model", "output looked at"))
    layout = grid_layout(high, wide, "output j", "output i" if not flat else "shift")
    if flat:
        layout["yaxis"] |= {"tickvals": [0, 1], "ticktext": ["before", "after"]}
    elif not still:
        layout["xaxis"] |= _pair(columns, 0, "before the shift", "after")
    count, total = int(run.changed.sum()), run.out.numel()
    title = f"{NAMES[kind].capitalize()}: point at an output"
    if not still:
        title = f"{count} of {total} outputs change with the shift (red)"
    return Panel(
        "outputs",
        title,
        tuple(traces),
        layout,
        f"{total} outputs from {float(run.out.min()):.4g} to {float(run.out.max()):.4g}; {count} "
        "change with the shift.",
        pick=Pick(
            rows,
            columns,
            ("u",),
            ((1.0, float(columns)),),
            "output looked at",
            run.picked,
        ),
        equal=not flat,
    )


def _received(run: Bench) -> Panel:
    """∂(Σ out)/∂x: how much of the gradient each input gets when every output sends 1."""
    grad = run.grad.numpy()
    rows, columns = grad.shape
    title = "The gradient each input gets when every output sends 1"
    alt = (
        f"{int((grad != 0).sum())} of {grad.size} inputs get a gradient, {grad.max():.3g} at most; "
        f"together {grad.sum():.4g}."
    )
    if rows > 1:
        traces = [cells(grad, "gradient", at=(-FRAME, -FRAME), numbers=2)]
        layout = grid_layout(rows, columns)
        layout["xaxis"] |= {"range": [-FRAME - 0.5, columns - FRAME - 0.5]}
        layout["yaxis"] |= {"range": [rows - FRAME - 0.5, -FRAME - 0.5]}
        return Panel("received", title, tuple(traces), layout, alt, equal=True)
    top, low = coarse(max(1.0, float(grad.max()))), -coarse(max(0.1, -float(grad.min())))
    return Panel(
        "received",
        title,
        (bars(np.arange(columns), grad[0], "force", "gradient", width=4),),
        {
            "xaxis": axis("sample i", -0.5, columns - 0.5, dtick=1, showgrid=False),
            "yaxis": axis("Σᵤ ∂outᵤ/∂xᵢ", low, 1.1 * top, nticks=5),
        },
        alt,
    )


# --- in words ----------------------------------------------------------------------------------


def _formula(run: Bench, kind: str) -> tuple[str, ...]:
    x, value = run.window.tolist(), rf"\role{{model}}{{{run.value:.5g}}}"
    shown = [f"{v:.4g}" for v in x[:TERMS]] + ([r"\dots"] if len(x) > TERMS else [])
    listed = r",\;".join(shown)
    if kind in ("max", "min"):
        return (rf"\{kind}\{{{listed}\}} = {value}",)
    if kind == "average":
        return (rf"\frac{{1}}{{{len(x)}}}\,({' + '.join(map(_signed, shown))}) = {value}",)
    if kind == "lse":
        wrong = rf"\role{{wrong}}{{{run.value:.5g}}}"
        return (
            rf"\frac1\beta\,\ln\sum_i e^{{\beta x_i}} = {wrong}\ \text{{is no}}\ "
            r"\textstyle\sum_i \mathrm{softmax}(\beta x)_i\,x_i",
        )
    p = weights(run).tolist()
    terms = [rf"{a:.3g}\cdot{_signed(v)}" for a, v in zip(p[:TERMS], shown, strict=False)]
    terms += [r"\cdots"] if len(x) > TERMS else []
    lines = [
        rf"\sum_i \frac{{e^{{\beta x_i}}}}{{\sum_j e^{{\beta x_j}}}}\,x_i = {' + '.join(terms)} = "
        rf"{value},\qquad \beta = {run.beta:g}",
        r"\frac{\partial}{\partial x_i} = \role{force}{p_i\,(1 + \beta\,(x_i - "
        rf"{run.value:.4g}))}}",
    ]
    if float((run.beta * run.window).max()) > OVERFLOW:
        lines.append(
            r"e^{\beta x_i} \text{ overflows, but } \frac{e^{\beta x_i}}{\sum_j e^{\beta x_j}} = "
            r"\frac{e^{\beta (x_i - m)}}{\sum_j e^{\beta (x_j - m)}}\ \text{ for every } m"
        )
    return tuple(lines)


def _signed(text: str) -> str:
    return f"({text})" if text.startswith("-") else text
