"""Flip and slide: the kernel over the signal, the products, the result, and the kernel as given."""

from typing import Annotated

import numpy as np

from core.convolution.signals import hand_drawn
from core.experiments.convolution.slide import LAST, Slide, Window
from core.signature import between
from pages.figures.marks import bars, boxes, dots, line, rule
from pages.figures.parts.numbers import bracket, levels, short, span, tex, total
from pages.figures.plot import Handle, Paint, Panel, Pick, Picture, axis, panel

DRAWN = 3.0  # a hand-drawn sample reaches from -DRAWN to DRAWN
TERMS = 8  # products written out
K = Annotated[int, between(0, LAST)]
Span = tuple[float, float]


def figure(run: Slide, *, f: str, f_drawn: str, h: str, h_drawn: str, k: K = 0) -> Picture:
    """Sliding kernel, products, result and kernel, at output number k if there is one."""
    there, around = run.window(k), 0 if run.circular else (len(run.h) - 1) * run.dt
    ends = run.first - around, float(run.t[-1]) + around
    frame = _frame(run, *ends, *run.u.tolist())
    return Picture(
        panels=(
            _sliding(run, there, frame, f_drawn if f == "drawn" else ""),
            _products(run, there, frame),
            _result(run, there, k, frame),
            _kernel(run, h_drawn if h == "drawn" else ""),
        ),
        frames=len(run.y),
        formula=_formula(run, there) if there else (),
        drive="k" if len(run.y) else "",
    )


def _frame(run: Slide, *times: float) -> Span:
    """A range that holds the times, and bars at its ends."""
    (low, high), pad = span(min(times), max(times)), 0.0 if run.smooth else 0.6
    return low - pad, high + pad


def _covered(run: Slide, there: Window | None) -> np.ndarray:
    """Which samples of f the kernel lies on."""
    t, half = run.t.numpy(), 0.5 * run.dt
    first, last = (float(there.at[i]) if there else np.inf for i in (0, -1))
    return (t > first - half) & (t < last + half)


def _signal(t: np.ndarray, values: np.ndarray, role: str, name: str, smooth: bool, **meta) -> dict:
    """Bars, or in continuous time a curve with the 0 at which it begins and ends."""
    if not smooth:
        return bars(t, values, role, name, **meta)
    left, right = 1.5 * t[0] - 0.5 * t[1], 1.5 * t[-1] - 0.5 * t[-2]
    t, values = np.r_[left, left, t, right, right], np.r_[0, values[0], values, values[-1], 0]
    return line(t, values, role, name, **meta)


def _sliding(run: Slide, there: Window | None, frame: Span, drawn: str) -> Panel:
    t, x, half = run.t.numpy(), run.f.numpy(), 0.5 * run.dt
    sign, how = ("u − t", "turned round") if run.flip else ("t − u", "not turned")
    low, high = levels(x, run.h, there.lying if there else [], least=DRAWN if drawn else 0)
    met, name = np.flatnonzero(_covered(run, there)), f"h[{sign}]"
    rim = [low, t[met[0]] - half, high - 1, t[met[-1]] + half - 1] if len(met) else []
    kernel, handles, where = None, (), "nowhere"
    if there:
        at, h = there.at.numpy(), there.lying.numpy()
        kernel = _signal(at, h, "model", name, run.smooth, label=name)
        handles = (_grip(run, there, click=not drawn),)
        where = f"its origin at u = {short(there.u)}"
    thick = min(11.0, 320 / (frame[1] - frame[0]))
    return panel(
        "slide",
        f"The signal f and the kernel h, {how}, {where}",
        rim and boxes(0.5 + np.array([rim]), "force", "where they meet"),
        dots(t, x, "faint", "columns of f", 1, bars=True, width=4 if run.smooth else thick),
        _signal(t, x, "data", "f(t)", True, label="f", width=3)
        if run.smooth
        else dots(t, x, "data", "f[t]", max(thick, 4), label="f"),
        kernel,
        x=axis("time t", *frame),
        y=axis(f"f[t], {name}", low, high, nticks=8),
        alt=f"The signal has {len(x)} samples, the kernel {len(run.h)}; the kernel lies {how} "
        f"with {where}. They meet at {len(met)} samples.",
        handles=handles,
        paint=_paint("f_drawn", drawn, run.first, run.dt, "the signal f"),
    )


def _paint(param: str, drawn: str, first: float, dt: float, label: str) -> Paint | None:
    """The drawing sheet of a drawn signal; in continuous time a sample is held for one unit."""
    at, values = first + (0.5 - 0.5 * dt), hand_drawn(drawn or "0", param).numpy()
    return Paint(param, values, -DRAWN, DRAWN, 0.25, label, at) if drawn else None


def _products(run: Slide, there: Window | None, frame: Span) -> Panel:
    products = there.products if there else 0 * run.f
    ends = [[float(signal.min()), float(signal.max())] for signal in (run.f, run.h)]
    name = f"{'area' if run.smooth else 'sum'} {short(products.sum())}"
    size, width = (2, 3.0) if run.smooth else (6, 2.4)
    seen = np.where(_covered(run, there), products.numpy() / run.dt, np.nan)
    return panel(
        "products",
        f"Their products: {name}",
        dots(run.t, seen, "force", "products", size, bars=True, width=width),
        x=axis("time t", *frame),
        y=axis("product", *levels(np.outer(*ends).ravel())),
        alt=f"{int((products != 0).sum())} products differ from 0; their {name}.",
    )


def _result(run: Slide, there: Window | None, k: int, frame: Span) -> Panel:
    u, y, sofar = run.u.numpy(), run.y.numpy(), k + 1 if there else 0
    symbol, mark = "f ∗ h" if run.flip else "h ⋆ f", line if run.smooth else bars
    last = f", the last one {short(there.y)} at u = {short(there.u)}." if there else "."
    traces, pick = [], None
    if len(y):
        traces = [
            len(run.theory) > 0 and line(u, run.theory, "theory", run.theory_name),
            mark(u[sofar:], y[sofar:], "faint", "still to come"),
            mark(u[:sofar], y[:sofar], "ink", symbol, pin=True),
            there and dots([there.u], [there.y], "model", "now", 12, label=short(there.y)),
        ]
        grid = {"start": float(u[0]), "apart": run.apart}
        pick = Pick.samples(len(y), "k", "position u of the output", k if there else None, **grid)
    return panel(
        "result",
        f"The result {symbol} so far",
        traces,
        x=axis("position u", *frame),
        y=axis(f"({symbol})[u]", *levels(y)),
        alt=f"{sofar} of {len(y)} outputs so far{last}",
        pick=pick,
    )


def _kernel(run: Slide, drawn: str) -> Panel:
    tau, values = run.tau.numpy(), run.h.numpy()
    low, high = levels(values, least=DRAWN if drawn else 0)
    edge = 0.5 * run.dt if run.smooth else 0.0
    return panel(
        "kernel",
        "The kernel h as it is given",
        rule("faint", "origin", x=0, span=(low, high), label="origin"),
        _signal(tau, values, "model", "h[t]", run.smooth),
        x=axis("time t", *_frame(run, tau[0] - edge, tau[-1] + edge)),
        y=axis("h[t]", low, high),
        alt=f"The kernel has {len(values)} samples from t = {short(tau[0])} to {short(tau[-1])}, "
        f"the largest {short(values.max())}.",
        paint=_paint("h_drawn", drawn, run.lag, run.dt, "the kernel h"),
    )


def _grip(run: Slide, there: Window, click: bool) -> Handle:
    """What drags the position u; the parameter is the number of the output."""
    shift = {"matrix": ((1 / run.apart, 0.0),), "offset": (-float(run.u[0]) / run.apart,)}
    label = "origin of the kernel, position u"
    return Handle(there.u, 0.0, ("k",), label, **shift, click=click, frees="x", role="model")


def _formula(run: Slide, there: Window) -> tuple[str, ...]:
    name = "(f * h)" if run.flip else r"(h \star f)"
    u, y = tex(there.u), rf"\role{{force}}{{{tex(there.y)}}}"
    if run.smooth:
        h = f"h({u} - t)" if run.flip else f"h(t - {bracket(there.u)})"
        return (rf"{name}({u}) = \int \role{{data}}{{f(t)}}\,\role{{model}}{{{h}}}\,dt = {y}",)
    terms = [
        rf"\role{{data}}{{{bracket(x)}}}\cdot\role{{model}}{{{bracket(w)}}}"
        for x, w in zip(run.f.tolist(), there.weights.tolist())
        if w
    ]
    place, (n, m) = "u - t" if run.flip else "t - u", (len(run.f), len(run.h))
    length = rf"n + m - 1 = {n} + {m} - 1 = {n + m - 1}\text{{ outputs}}"
    return (
        rf"{name}[{u}] = \sum_t \role{{data}}{{f[t]}}\,\role{{model}}{{h[{place}]}} = "
        rf"{total(terms, TERMS)} = {y}",
        *([length] if run.flip and len(run.y) == n + m - 1 else []),
    )
