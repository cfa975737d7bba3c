"""Flip and slide: the kernel over the signal, the products, the result, and the kernel as given."""

import numpy as np
from torch import Tensor

from core.convolution.signals import hand_drawn
from core.experiments.convolution.slide import Slide
from pages.figures.marks import bars, boxes, dots, line
from pages.figures.parts.numbers import bracket, levels, short, span, tex
from pages.figures.plot import Handle, Paint, Panel, Pick, Picture, axis

DRAWN = 3.0  # a hand-drawn sample reaches from -DRAWN to DRAWN
TERMS = 8  # products written out


def figure(
    run: Slide, *, f: str, f_drawn: str, h: str, h_drawn: str, flip: bool, time: str, **_
) -> Picture:
    """Four panels: sliding kernel, products, result, kernel."""
    smooth = time == "continuous"
    frame = _frame(run, smooth)
    return Picture(
        panels=(
            _sliding(run, frame, f_drawn if f == "drawn" else "", flip, smooth),
            _products(run, frame, smooth),
            _result(run, frame, flip, smooth),
            _kernel(run, h_drawn if h == "drawn" else "", smooth),
        ),
        frames=len(run.y),
        formula=_formula(run, flip, smooth),
        drive="k" if len(run.y) else "",
    )


def _frame(run: Slide, smooth: bool) -> tuple[float, float]:
    """Range of times over which the kernel can slide."""
    t, m = run.t.numpy(), len(run.h)
    around = 0 if run.circular else (m - 1) * run.dt
    low, high = t[0] - around, t[-1] + around
    if len(run.u):
        low, high = min(low, float(run.u.min())), max(high, float(run.u.max()))
    return _frame_of(low, high, smooth)


def _frame_of(first: float, last: float, smooth: bool) -> tuple[float, float]:
    low, high = span(first, last)
    pad = 0.0 if smooth else 0.6
    return low - pad, high + pad


def _covered(run: Slide) -> np.ndarray:
    """Which samples of f the kernel lies on."""
    t = run.t.numpy()
    if run.k < 0 or run.circular:
        return np.full(len(t), run.k >= 0)
    at, half = run.at.numpy(), 0.5 * run.dt
    return (t > at.min() - half) & (t < at.max() + half)


def _signal(t, values, role: str, name: str, smooth: bool, **meta) -> dict:
    if smooth:
        return line(*_closed(t, values), role, name, **meta)
    return bars(t, values, role, name, **meta)


def _closed(t: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A curve over midpoints, with the 0 at which it begins and ends."""
    if len(t) < 2:
        return t, values
    half = 0.5 * (t[1] - t[0])
    return np.r_[t[0] - half, t[0] - half, t, t[-1] + half, t[-1] + half], np.r_[
        0, values[0], values, values[-1], 0
    ]


def _sliding(run: Slide, frame: tuple[float, float], drawn: str, flip: bool, smooth: bool) -> Panel:
    t, x = run.t.numpy(), run.f.numpy()
    at = (run.t if run.circular else run.at).numpy()
    lying = (run.weights if run.circular else run.h).numpy()
    low, high = levels(x, run.h.numpy(), run.weights.numpy(), least=DRAWN if drawn else 0)
    sign = "u − t" if flip else "t − u"
    traces = []
    met = np.flatnonzero(_covered(run))
    if len(met):
        half = 0.5 * run.dt
        rim = [[low + 0.5, t[met[0]] - half + 0.5, high - 0.5, t[met[-1]] + half - 0.5]]
        traces.append(boxes(rim, "force", "where they meet"))
    thick = min(11.0, 320 / (frame[1] - frame[0]))
    traces.append(dots(t, x, "faint", "columns of f", 1, bars=True, width=4 if smooth else thick))
    if smooth:
        traces.append(line(*_closed(t, x), "data", "f(t)", label="f", width=3))
    else:
        traces.append(dots(t, x, "data", "f[t]", max(thick, 4), label="f"))
    handles = ()
    if run.k >= 0:
        order = np.argsort(at)
        traces.append(
            _signal(at[order], lying[order], "model", f"h[{sign}]", smooth, label=f"h[{sign}]")
        )
        handles = (_grip(run, 0.0, "origin of the kernel, position u", click=not drawn),)
        where = f"its origin at u = {short(run.u[run.k])}"
    else:
        where = "nowhere"
    how = "turned round" if flip else "not turned"
    return Panel(
        "slide",
        f"The signal f and the kernel h, {how}, {where}",
        tuple(traces),
        {"xaxis": axis("time t", *frame), "yaxis": axis(f"f[t], h[{sign}]", low, high, nticks=8)},
        f"The signal has {len(x)} samples, the kernel {len(run.h)}; the kernel lies {how} with "
        f"{where}. They meet at {len(met)} samples.",
        handles=handles,
        paint=_paint("f_drawn", drawn, run.t, run.dt, "the signal f"),
    )


def _paint(param: str, drawn: str, t: Tensor, dt: float, label: str) -> Paint | None:
    """The drawing sheet of a drawn signal; in continuous time a sample is held for one unit."""
    if not drawn:
        return None
    values = hand_drawn(drawn, param).numpy()
    at = float(t[0]) + (0.5 - 0.5 * dt)
    return Paint(param, values, -DRAWN, DRAWN, 0.25, label, at=at)


def _products(run: Slide, frame: tuple[float, float], smooth: bool) -> Panel:
    t, products = run.t.numpy(), (run.products / run.dt).numpy()
    products = np.where(_covered(run), products, np.nan)
    ends = [[float(signal.min()), float(signal.max())] for signal in (run.f, run.h)]
    low, high = levels(np.outer(*ends).ravel())
    total = short(run.products.sum())
    name = f"area {total}" if smooth else f"sum {total}"
    size, width = (2, 3.0) if smooth else (6, 2.4)
    return Panel(
        "products",
        f"Their products: {name}",
        (dots(t, products, "force", "products", size, bars=True, width=width),),
        {
            "xaxis": axis("time t", *frame),
            "yaxis": axis("product", low, high),
        },
        f"{int((run.products != 0).sum())} products differ from 0; their {name}.",
    )


def _result(run: Slide, frame: tuple[float, float], flip: bool, smooth: bool) -> Panel:
    u, y = run.u.numpy(), run.y.numpy()
    sofar = run.k + 1
    symbol = "f ∗ h" if flip else "h ⋆ f"
    traces = []
    if len(run.theory):
        traces.append(line(u, run.theory.numpy(), "theory", run.theory_name))
    if len(y):
        mark = line if smooth else bars
        traces += [
            mark(u[sofar:], y[sofar:], "faint", "still to come"),
            mark(u[:sofar], y[:sofar], "ink", symbol, pin=True),
        ]
    if run.k >= 0:
        traces.append(dots(u[[run.k]], y[[run.k]], "model", "now", 12, label=short(y[run.k])))
    low, high = levels(y)
    pick = None
    if len(y):
        apart = _apart(run)
        pick = Pick(
            0,
            len(y),
            ("k",),
            ((1 / apart, 0.0),),
            "position u of the output",
            cell=(0, run.k) if run.k >= 0 else None,
            offset=(-float(u[0]) / apart,),
        )
    return Panel(
        "result",
        f"The result {symbol} so far",
        tuple(traces),
        {
            "xaxis": axis("position u", *frame),
            "yaxis": axis(f"({symbol})[u]", low, high),
        },
        f"{sofar} of {len(y)} outputs so far"
        + (f", the last one {short(y[run.k])} at u = {short(u[run.k])}." if sofar else "."),
        pick=pick,
    )


def _kernel(run: Slide, drawn: str, smooth: bool) -> Panel:
    tau, values = run.tau.numpy(), run.h.numpy()
    low, high = levels(values, least=DRAWN if drawn else 0)
    edge = 0.5 * run.dt if smooth else 0.0
    left, right = _frame_of(tau[0] - edge, tau[-1] + edge, smooth)
    return Panel(
        "kernel",
        "The kernel h as it is given",
        (
            line([0, 0], [low, high], "faint", "origin", label="origin"),
            _signal(tau, values, "model", "h[t]", smooth),
        ),
        {
            "xaxis": axis("time t", left, max(right, left + 1)),
            "yaxis": axis("h[t]", low, high),
        },
        f"The kernel has {len(values)} samples from t = {short(tau[0])} to {short(tau[-1])}, the "
        f"largest {short(values.max())}.",
        paint=_paint("h_drawn", drawn, run.tau, run.dt, "the kernel h"),
    )


def _apart(run: Slide) -> float:
    """Distance of two outputs."""
    return float(run.u[1] - run.u[0]) if len(run.u) > 1 else 1.0


def _grip(run: Slide, y: float, label: str, click: bool) -> Handle:
    """What drags the position u; the parameter is the number of the output."""
    apart = _apart(run)
    return Handle(
        float(run.u[run.k]),
        y,
        ("k",),
        label,
        matrix=((1 / apart, 0.0),),
        offset=(-float(run.u[0]) / apart,),
        click=click,
        frees="x",
        role="model",
    )


def _formula(run: Slide, flip: bool, smooth: bool) -> tuple[str, ...]:
    name = "(f * h)" if flip else r"(h \star f)"
    if run.k < 0:
        return ()
    u = tex(run.u[run.k])
    y = tex(run.y[run.k])
    if smooth:
        factor = f"h({u} - t)" if flip else f"h(t - {bracket(run.u[run.k])})"
        return (
            rf"{name}({u}) = \int \role{{data}}{{f(t)}}\,\role{{model}}{{{factor}}}\,dt "
            rf"= \role{{force}}{{{y}}}",
        )
    place = "u - t" if flip else "t - u"
    lines = [
        rf"{name}[{u}] = \sum_t \role{{data}}{{f[t]}}\,\role{{model}}{{h[{place}]}} = "
        rf"{_terms(run.f, run.weights)} = \role{{force}}{{{y}}}"
    ]
    n, m = len(run.f), len(run.h)
    if flip and len(run.y) == n + m - 1:
        lines.append(rf"n + m - 1 = {n} + {m} - 1 = {n + m - 1}\text{{ outputs}}")
    return tuple(lines)


def _terms(f, weights) -> str:
    """The products where the kernel lies, at most TERMS of them."""
    lies = np.flatnonzero(weights.numpy())
    terms = [
        rf"\role{{data}}{{{bracket(f[t])}}}\cdot\role{{model}}{{{bracket(weights[t])}}}"
        for t in (lies if len(lies) <= TERMS else [*lies[:4], *lies[-3:]])
    ]
    if len(lies) > TERMS:
        terms.insert(4, r"\cdots")
    return " + ".join(terms) or "0"
