"""The kernel turned round over the input, the output by every way, the kernel, the costs."""

from functools import lru_cache
from typing import Annotated, Literal

import numpy as np

from core.convolution.signals import LONGEST_DRAWN
from core.experiments.recurrence.unrolled import LONGEST, Unrolled, inputs
from core.recurrence import costs
from core.signature import between
from core.words import number, spaced, tex
from pages.figures.marks import bars, dots, line, rule
from pages.figures.parts.numbers import levels
from pages.figures.plot import Handle, Paint, Panel, Picture, axis, coarse, panel

DRAWN = 3.0  # a drawn input reaches from −DRAWN to DRAWN
LENGTHS = 2 ** np.arange(2, 15)
WAYS = {  # name and role of a way
    "steps": ("steps", "ink"),
    "sum": ("sum", "force"),
    "fft": ("FFT", "second"),
    "scan": ("scan", "model"),
}
PUT = {"multiplications": "multiplications", "rounds": "rounds that wait for one another"}


def figure(
    run: Unrolled,
    *,
    r: float,
    x: str,
    drawn: str,
    T: int,
    count: Literal["multiplications", "rounds"] = "multiplications",
    turned: bool = True,
    k: Annotated[int, between(0, LONGEST - 1)] = 23,
) -> Picture:
    """Four panels, looked at the output number k + 1."""
    t = min(k, T - 1) + 1
    y = run.steps if turned else run.unturned
    h = r"\role{model}{h_{" + ("t-1-s" if turned else "s") + "}}"
    total = tex(float(y[t]), zero=1e-9)
    formula = (
        rf"y^{{{t}}} = \sum_{{s<{t}}} {h}\,\role{{force}}{{x^s}} = {total}",
        r"\role{model}{h_k} = c\cdot A^k b = r^k\cos\omega k",
    )
    panels = (
        _laid(run, x, drawn, T, t, turned),
        _output(run, T, t, turned),
        _kernel(run, r, T),
        _cost(run, T, count),
    )
    return Picture(panels, frames=T, formula=formula, drive="k")


def _laid(run: Unrolled, x: str, drawn: str, T: int, t: int, turned: bool) -> Panel:
    s, given, h = np.arange(T), run.x.numpy(), run.h.numpy()
    weights = h[t - 1 :: -1] if turned else h[:t]
    low, high = levels(given, [-1.0, 1.0], weights, least=DRAWN if x == "drawn" else 0)
    total = float((weights * given[:t]).sum())
    role = "model" if turned else "wrong"
    more = {"offset": (-1.0,), "click": x != "drawn", "frees": "x", "role": "ink"}
    pen = None
    if x == "drawn":
        whole = inputs("drawn", drawn, LONGEST_DRAWN).numpy()  # also what is drawn beyond T
        pen = Paint("drawn", whole, -DRAWN, DRAWN, 0.25, "the input")
    return panel(
        "laid",
        f"The kernel {'turned round' if turned else 'as it stands'} over the input, up to t = {t}",
        dots(s, given, "faint", "input", 1, bars=True, width=min(11.0, 420 / T)),
        dots(s, given, "data", "x", 5 if T <= 128 else 3, label="input x"),
        line(s[:t], weights, role, "kernel", label="kernel h", width=2.5),
        rule("faint", "t", x=t, span=(low, high), label=f"t = {t}"),
        x=axis("time s", -1, T + 1),
        y=axis("xˢ, weight", low, high),
        alt=f"The products of {t} inputs with the kernel add up to {number(total, zero=1e-12)}.",
        handles=(Handle(t, 0.0, ("k",), "time t of the output", ((1.0, 0.0),), **more),),
        paint=pen,
    )


def _output(run: Unrolled, T: int, t: int, turned: bool) -> Panel:
    at, y = np.arange(T + 1), run.steps.numpy()
    low, high = levels(y, [-1.0, 1.0], [] if turned else run.unturned)
    few = at[:: max(1, T // 32)]
    return panel(
        "output",
        "The output y: steps, scan and FFT" if turned else "The output, and what is claimed",
        line(at, y, "ink", "steps", width=1.6, label="y"),
        dots(few, run.scan.numpy()[few], "model", "scan", 9),
        dots(few, run.fft.numpy()[few], "second", "FFT", 5),
        not turned and line(at, run.unturned, "wrong", "not turned", label="not turned"),
        dots([t], [run.steps[t] if turned else run.unturned[t]], "force", "now", 12),
        x=axis("time t", -1, T + 1),
        y=axis("yᵗ", low, high),
        alt=f"At t = {t} the output is {number(y[t], zero=1e-12)} by steps, "
        f"{number(run.scan[t], zero=1e-12)} by the scan and "
        f"{number(run.fft[t], zero=1e-12)} by FFT.",
    )


def _kernel(run: Unrolled, r: float, T: int) -> Panel:
    k, h = np.arange(T), run.h.numpy()
    envelope = r ** k.astype(float)
    top = max(1.0, coarse(envelope[-1])) if r > 1 else 1.0
    return panel(
        "kernel",
        "The kernel h = c·Aᵏb",
        line(k, envelope, "theory", "rᵏ", label="rᵏ"),
        bars(k, h, "model", "h") if T <= 128 else line(k, h, "model", "h", width=2),
        x=axis("k", -1, T + 1),
        y=axis("hₖ", -1.1 * top, 1.15 * top),
        alt=f"The kernel begins with 1 and is {number(h[-1], zero=1e-12)} at the end.",
        handles=(Handle(1.0, r, ("r",), "decay r", ((0.0, 1.0),), frees="y", role="model"),),
    )


@lru_cache(maxsize=2)
def _curves(count: str) -> dict[str, list[int]]:
    all_costs = [costs(n) for n in LENGTHS.tolist()]
    return {way: [getattr(each[way], count) for each in all_costs] for way in WAYS}


def _cost(run: Unrolled, T: int, count: str) -> Panel:
    curves = _curves(count)
    here = {way: getattr(run.costs[way], count) for way in WAYS}
    told = ", ".join(f"{name} {spaced(here[way])}" for way, (name, _) in WAYS.items())
    top = 3e8 if count == "multiplications" else 1e5
    return panel(
        "cost",
        f"{PUT[count].capitalize()} over the length T",
        [line(LENGTHS, curves[w], role, name, label=name) for w, (name, role) in WAYS.items()],
        [dots([T], [here[w]], role, name, 8) for w, (name, role) in WAYS.items()],
        x=axis("length T", 4, 32768, log=True, dtick=1),
        y=axis(count, 0.7, top, log=True, dtick=2 if top > 1e6 else 1),
        alt=f"At T = {T}: {told} {PUT[count]}.",
        handles=(Handle(T, here["steps"], ("T",), "length T", ((1.0, 0.0),), frees="x",
                        click=False, role="ink"),),
    )  # fmt: skip
