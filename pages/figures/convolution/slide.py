"""Flip and slide: the kernel over the signal, the result, the kernel as given, the products."""

from typing import Annotated

import numpy as np

from core.convolution.signals import counted, hand_drawn, short
from core.experiments.convolution.slide import LAST, Slide, Window
from core.signature import between
from pages.figures.marks import band, bars, dots, line, rule
from pages.figures.parts.numbers import bracket, levels, span, tex, total
from pages.figures.plot import Handle, Paint, Panel, Pick, Picture, axis, panel

DRAWN = 3.0  # a hand-drawn sample reaches from -DRAWN to DRAWN
TERMS = 8  # products written out
K = Annotated[int, between(0, LAST)]
Now = Window | None  # the kernel at one position, if there is an output


def figure(run: Slide, *, f: str, f_drawn: str, h: str, h_drawn: str, k: K = 0) -> Picture:
    """Sliding kernel, result, kernel and products, at output number k if there is one."""
    now, t, u, pick = run.window(k), run.t.numpy(), run.u.tolist(), None
    first, last = now.at[[0, -1]].tolist() if now else (np.inf, np.inf)
    covered = (t > first - 0.5 * run.dt) & (t < last + 0.5 * run.dt)
    around = 0 if run.circular else (len(run.h) - 1) * run.dt
    time = _time(run, t[0] - around, t[-1] + around, *u)
    if u:
        grid = {"start": u[0], "apart": u[1] - u[0] if len(u) > 1 else 1.0}
        pick = Pick.samples(len(u), "k", "position u of the output", k if now else None, **grid)
    f_pen = _pen("f_drawn", f_drawn, run.first, run.dt) if f == "drawn" else None
    h_pen = _pen("h_drawn", h_drawn, run.lag, run.dt) if h == "drawn" else None
    panels = (
        _sliding(run, now, t[covered], time, pick, f_pen),
        _result(run, now, time, pick),
        _kernel(run, h_pen),
        _products(run, now, covered, time),
    )
    formula, track = _formula(run, now) if now else (), {"u": run.u.numpy()} if u else {}
    return Picture(panels, frames=len(u), track=track, formula=formula, drive="k" if u else "")


def _time(run: Slide, *times: float) -> dict:
    """An axis that holds the times, and bars at its ends."""
    (low, high), pad = span(min(times), max(times)), 0.0 if run.smooth else 0.6
    return axis("time t", low - pad, high + pad)


def _pen(param: str, drawn: str, first: float, dt: float) -> Paint:
    """What draws a drawn signal; in continuous time a sample is held for one unit."""
    values, at = hand_drawn(drawn, param).numpy(), first + (0.5 - 0.5 * dt)
    return Paint(param, values, -DRAWN, DRAWN, 0.25, f"the samples of {param[0]}", at)


def _signal(t: np.ndarray, values: np.ndarray, role: str, name: str, smooth: bool, **meta) -> dict:
    """Bars, or in continuous time a curve with the 0 at which it begins and ends."""
    if not smooth:
        return bars(t, values, role, name, **meta)
    left, right = 1.5 * t[0] - 0.5 * t[1], 1.5 * t[-1] - 0.5 * t[-2]
    t, values = np.r_[left, left, t, right, right], np.r_[0, values[0], values, values[-1], 0]
    return line(t, values, role, name, **meta)


def _sliding(
    run: Slide, now: Now, met: np.ndarray, time: dict, pick: Pick | None, pen: Paint | None
) -> Panel:
    t, x, where, kernel, grip = run.t.numpy(), run.f.numpy(), "lying nowhere", None, ()
    name, how = ("h[u − t]", "turned round") if run.flip else ("h[t − u]", "not turned")
    if now:
        at, lying, label = now.at.numpy(), now.lying.numpy(), "origin of the kernel, position u"
        kernel = _signal(at, lying, "model", name, run.smooth, label=name)
        more = {"offset": pick.offset, "click": not pen, "frees": "x", "role": "model"}
        grip = (Handle(now.u, 0.0, ("k",), label, pick.matrix, **more),)
        where = f"with its origin at u = {short(now.u)}"
    low, high = levels(x, run.h, now.lying if now else [], least=DRAWN if pen else 0)
    thick = min(11.0, 320 / (time["range"][1] - time["range"][0]))
    ends = met[[0, -1]] + 0.5 * run.dt * np.array([-1, 1]) if len(met) else []
    return panel(
        "slide",
        f"The signal f and the kernel h {how}, {where}",
        len(met) > 0 and band(ends, low, high, "force", "where they meet"),
        dots(t, x, "faint", "columns of f", 1, bars=True, width=4 if run.smooth else thick),
        _signal(t, x, "data", "f(t)", True, label="f", width=3)
        if run.smooth
        else dots(t, x, "data", "f[t]", max(thick, 4), label="f"),
        kernel,
        x=time,
        y=axis(f"f[t], {name}", low, high, nticks=8),
        alt=f"The signal has {counted(len(x), 'sample')}, the kernel {len(run.h)}; it is "
        f"{how}, {where}. They meet at {counted(len(met), 'sample')}.",
        handles=grip,
        paint=pen,
    )


def _products(run: Slide, now: Now, covered: np.ndarray, time: dict) -> Panel:
    products = now.products if now else 0 * run.f
    ends = [[float(signal.min()), float(signal.max())] for signal in (run.f, run.h)]
    name = f"{'area' if run.smooth else 'sum'} {_written(run, products.sum())}"
    size, width = (2, 3.0) if run.smooth else (6, 2.4)
    seen = np.where(covered, products.numpy() / run.dt, np.nan)
    marks = dots(run.t, seen, "force", "products", size, bars=True, width=width)
    level = axis("product", *levels(np.outer(*ends).ravel()))
    count = int((products != 0).sum())
    alt = f"{counted(count, 'product')} differ{'s' * (count == 1)} from 0; {name}."
    return panel("products", f"Their products: {name}", marks, x=time, y=level, alt=alt)


def _result(run: Slide, now: Now, time: dict, pick: Pick | None) -> Panel:
    u, y, sofar = run.u.numpy(), run.y.numpy(), pick.cell[1] + 1 if now else 0
    symbol, mark = "f ∗ h" if run.flip else "h ⋆ f", line if run.smooth else bars
    here = f"{_written(run, now.y)} at u = {short(now.u)}" if now else "none yet"
    marks = (
        len(run.theory) > 0 and line(u, run.theory, "theory", run.theory_name),
        mark(u[sofar:], y[sofar:], "faint", "still to come"),
        mark(u[:sofar], y[:sofar], "ink", symbol, pin=True),
        now and dots([now.u], [now.y], "model", "now", 12),
    )
    frame = {"x": time | {"title": {"text": "position u"}}, "y": axis(f"({symbol})[u]", *levels(y))}
    alt = f"{sofar} of {counted(len(y), 'output')} so far, the last one {here}."
    return panel("result", f"The result {symbol}: {here}", marks, **frame, alt=alt, pick=pick)


def _written(run: Slide, output: float) -> str:
    return short(output, zero=1e-12 * run.size)


def _kernel(run: Slide, pen: Paint | None) -> Panel:
    tau, values, edge = run.tau.numpy(), run.h.numpy(), 0.5 * run.dt if run.smooth else 0.0
    low, high = levels(values, least=DRAWN if pen else 0)
    marks = rule("faint", "origin", x=0, span=(low, high), label="origin")
    marks = marks, _signal(tau, values, "model", "h[t]", run.smooth)
    frame = {"x": _time(run, tau[0] - edge, tau[-1] + edge), "y": axis("h[t]", low, high)}
    alt = f"The kernel has {counted(len(values), 'sample')} from t = {short(tau[0])} to "
    alt += f"{short(tau[-1])}, the largest {short(values.max())}."
    return panel("kernel", "The kernel h as it is given", marks, **frame, alt=alt, paint=pen)


def _formula(run: Slide, now: Window) -> tuple[str, ...]:
    name = "(f * h)" if run.flip else r"(h \star f)"
    u, y = tex(now.u), rf"\role{{force}}{{{tex(now.y, zero=1e-12 * run.size)}}}"
    if run.smooth:
        h = f"h({u} - t)" if run.flip else f"h(t - {bracket(now.u)})"
        return (rf"{name}({u}) = \int \role{{data}}{{f(t)}}\,\role{{model}}{{{h}}}\,dt = {y}",)
    terms = [
        rf"\role{{data}}{{{bracket(x)}}}\cdot\role{{model}}{{{bracket(w)}}}"
        for x, w in zip(run.f.tolist(), now.weights.tolist())
        if w
    ]
    place, (n, m) = "u - t" if run.flip else "t - u", (len(run.f), len(run.h))
    length = rf"n + m - 1 = {n} + {m} - 1 = {n + m - 1}\text{{ outputs}}"
    return (
        rf"{name}[{u}] = \sum_t \role{{data}}{{f[t]}}\,\role{{model}}{{h[{place}]}} = "
        rf"{total(terms, TERMS)} = {y}",
        *([length] if run.flip and len(run.y) == n + m - 1 else []),
    )
