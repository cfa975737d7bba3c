"""f with its polynomial and band, what is left by order, f⁽ⁿ⁺¹⁾ with ξ, where ξ lies by order."""

import math
from typing import Annotated

import numpy as np

from core.experiments.convexity.taylor import HIGH, LOW, ORDER, Expansion, drawn
from core.experiments.convexity.taylor_claims import derivative, polynomial, radius
from core.signature import between
from core.words import bracket, number, tex
from pages.figures.marks import band, dots, line, rule, segments
from pages.figures.plot import Handle, Panel, Pick, Picture, axis, coarse, panel

TALL = {
    "log1p": (-3.0, 3.0), "exp": (-3.0, 9.0), "sine": (-2.5, 2.5), "cosine": (-2.5, 2.5),
    "runge": (-1.0, 2.0), "bump": (-0.8, 1.6),
}  # fmt: skip
ORDERS = np.arange(ORDER + 1)
SHARES = 1 / (ORDERS + 2)  # of the way from a to x, where x is close to a
TINY, HUGE = 1e-17, 1e17


def figure(
    run: Expansion,
    *,
    f: str,
    formula: str,
    a: float,
    x: float,
    order: Annotated[int, between(0, ORDER)] = 4,
) -> Picture:
    """Four panels; the order is looked at, all of them are known."""
    places, rows = (each.numpy() for each in drawn(f, formula))
    n, value, guess, rest = order, run.value, float(run.values[order]), float(run.rests[order])
    xi = float(run.xi[n])
    tail = rf"f^{{({n + 1})}}(\xi)\,\tfrac{{(x - a)^{{{n + 1}}}}}{{{n + 1}!}}"
    whole = (
        rf"f(x) = \role{{model}}{{P_{n}(x)}} + \role{{force}}{{{tail}}} = "
        rf"\role{{model}}{{{tex(guess)}}} + \role{{force}}{{{bracket(rest)}}} = {tex(value)}"
        rf",\quad \role{{good}}{{\xi = {tex(xi)}}}"
    )
    return Picture(
        (_graph(run, f, a, x, n, places, rows), _orders(run, n),
         _place(run, a, x, n, places, rows[n + 1]), _shares(run, a, x, n)),
        formula=(whole,) if math.isfinite(xi) else (),
    )  # fmt: skip


def _frame(f: str, values: np.ndarray) -> tuple[float, float]:
    if f in TALL:
        return TALL[f]
    seen = values[np.isfinite(values)]
    low, high = np.percentile(seen, (2, 98)) if len(seen) else (0.0, 1.0)
    step = coarse(min(float(high - low), HUGE) / 3) or 1.0
    low, high = max(float(low), -HUGE), min(float(high), HUGE)
    return step * (math.floor(low / step) - 0.5), step * (math.ceil(high / step) + 0.5)


def _clipped(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Within three heights of a frame, a gap where it is no number."""
    return np.clip(values, 2 * low - high, 2 * high - low)


def _graph(
    run: Expansion, f: str, a: float, x: float, n: int, places: np.ndarray, rows: np.ndarray
) -> Panel:
    frame = low, high = _frame(f, rows[0])
    slopes, h = run.slopes.numpy(), places - a
    with np.errstate(all="ignore"):
        terms = slopes[: n + 1] / [math.factorial(k) for k in range(n + 1)]
        curve = np.polynomial.polynomial.polyval(h, terms)
        top = _along(np.abs(rows[n + 1]), h, abs(slopes[n + 1]))
        width = top * np.abs(h) ** (n + 1) / math.factorial(n + 1)
    lower = np.nan_to_num(_clipped(curve - width, *frame), nan=2 * low - high)
    upper = np.nan_to_num(_clipped(curve + width, *frame), nan=2 * high - low)
    value, guess, rest = run.value, float(run.values[n]), float(run.rests[n])
    ends = np.clip([guess, value], low, high)
    xi, reach, name = float(run.xi[n]), radius(f, a), polynomial(n)
    walls = [w for w in (a - reach, a + reach) if LOW < w < HIGH] if reach else []
    level, known = low + 0.04 * (high - low), math.isfinite(xi)
    return panel(
        "graph",
        f"{name}({number(x)}) = {number(guess, 4, 1e-12)}, f({number(x)}) = "
        f"{number(value, 4, 1e-12)}: {number(abs(rest))} apart",
        known and band(places, lower, upper, "theory", "bound of Lagrange"),
        [rule("faint", "radius", x=w, span=frame, label="radius" if w == walls[-1] else "")
         for w in walls],
        line(places, _clipped(rows[0], *frame), "ink", "f", label="f", width=2),
        line(places, _clipped(curve, *frame), "model", name, label=name, width=2.4),
        segments([[x, ends[0]]], [[x, ends[1]]], "force", "what is left", width=4, dash="solid"),
        known and dots([xi], [level], "good", "ξ", 10, label="ξ"),
        x=axis("x", LOW, HIGH, dtick=1),
        y=axis("f, " + name, low, high),
        alt=f"Around a = {a:.3g} the polynomial of order {n} is {guess:.4g} at x = {x:.3g}, "
        f"f is {value:.4g}.",
        handles=(
            Handle(x, float(np.clip(value, low, high)), ("x",), "place x", ((1.0, 0.0),),
                   frees="x", role="force"),
            Handle(a, float(np.clip(slopes[0], low, high)), ("a",), "centre a", ((1.0, 0.0),),
                   frees="x", click=False, role="model"),
        ),
    )  # fmt: skip


def _along(values: np.ndarray, h: np.ndarray, middle: float) -> np.ndarray:
    """The largest value between the centre and each place."""
    k = int(np.searchsorted(h, 0.0))
    right = np.maximum.accumulate(np.append(middle, values[k:]))[1:]
    left = np.maximum.accumulate(np.append(middle, values[:k][::-1]))[1:][::-1]
    return np.append(left, right)


def _orders(run: Expansion, n: int) -> Panel:
    rests, bounds = (np.abs(each.numpy()) for each in (run.rests, run.bounds))
    told = np.isfinite(bounds) & np.isfinite(run.xi.numpy())
    bounds = np.where(told, np.clip(bounds, TINY, HUGE), np.nan)
    shown = np.clip(rests, TINY, HUGE)
    seen = np.append(shown, bounds[told])
    low, high = math.floor(np.log10(seen.min())), math.ceil(np.log10(seen.max()))
    high = max(high, low + 2)
    return panel(
        "orders",
        "What is left at x, by order",
        bool(told.any()) and line(ORDERS, bounds, "theory", "bound", label="bound"),
        line(ORDERS, shown, "force", "|f − Pₙ|", width=1.4, dash="solid"),
        dots(ORDERS, shown, "force", "what is left", 7, label="what is left"),
        dots([n], [shown[n]], "force", "now", 13),
        x=axis("order n", -0.4, ORDER + 0.4, dtick=1),
        y=axis("|f(x) − Pₙ(x)|", 10.0**low, 10.0**high, log=True),
        alt="Left are " + ", ".join(f"{r:.3g} at order {k}" for k, r in enumerate(rests)) + ".",
        pick=Pick.samples(ORDER + 1, "order", "order n", n),
    )  # fmt: skip


def _place(
    run: Expansion, a: float, x: float, n: int, places: np.ndarray, row: np.ndarray
) -> Panel:
    xi, wanted = float(run.xi[n]), float(run.wanted[n])
    left, right = min(a, x), max(a, x)
    near = row[(places >= left) & (places <= right)]
    near = np.append(near[np.isfinite(near)], float(run.slopes[n + 1]))
    if math.isfinite(wanted):
        near = np.append(near, wanted)
    most = coarse(min(float(np.abs(near).max()), HUGE)) or 1.0
    low = -1.15 * most if near.min() < 0 else -0.1 * most
    high = 1.15 * most if near.max() > 0 else 0.1 * most
    name = derivative(n + 1)
    known = math.isfinite(xi) and x != a
    title = f"{name} takes the wanted value, {number(wanted)}, at ξ = {number(xi, 4, 1e-12)}"
    return panel(
        "place",
        title if known else "x = a: any ξ will do" if x == a else f"{name}: no ξ",
        [rule("faint", letter, x=at, span=(low, high), label=letter)
         for letter, at in (("a", a), ("x", x))],
        line(places, np.clip(row, 2 * low - high, 2 * high - low), "ink", name, label=name),
        math.isfinite(wanted) and rule("theory", "wanted", y=float(np.clip(wanted, low, high)),
                                       span=(left, right), label="wanted"),
        known and dots([xi], [np.clip(wanted, low, high)], "good", "ξ", 11, label="ξ"),
        x=axis("place between a and x", LOW, HIGH, dtick=1),
        y=axis(name, low, high, exponentformat="power"),
        alt=f"{title}." if known else f"{name} from a = {a:.3g} to x = {x:.3g}; no ξ is marked.",
    )  # fmt: skip


def _shares(run: Expansion, a: float, x: float, n: int) -> Panel:
    share = np.full(ORDER + 1, np.nan) if x == a else (run.xi.numpy() - a) / (x - a)
    return panel(
        "shares",
        "Where ξ lies on the way from a to x, by order",
        line(ORDERS, SHARES, "theory", "1/(n + 2)", label="1/(n + 2): x near a"),
        dots(ORDERS, share, "good", "ξ", 7),
        dots([n], [share[n]], "good", "now", 12),
        x=axis("order n", -0.4, ORDER + 0.4, dtick=1),
        y=axis("(ξ − a)/(x − a)", 0, 1),
        alt="Shares of the way: "
        + ", ".join(f"{s:.3g} at order {k}" for k, s in enumerate(share) if s == s)
        + ("." if np.isfinite(share).any() else "none."),
        pick=Pick.samples(ORDER + 1, "order", "order n", n),
    )
