"""A chord, the graph under it and the tangent; the map of all pairs; f′ and f″."""

import numpy as np
import torch

from core.experiments.convexity.tester import MOST, Curve, Tester
from core.words import bracket, number, tex
from pages.figures.marks import band, cells, dots, line, rule, segments
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, panel

TALL = 4.0  # how many times the middle half of the values a frame reaches beyond it


def figure(run: Tester, *, x: float, y: float, lam: float, printed: bool = False) -> Picture:
    """Four panels; `printed` marks where f′ ≥ 0 fails."""
    f = [values.clip(-MOST, MOST) for values in run.curve.f.numpy()]
    place = axis("place x", float(run.curve.x[0]), float(run.curve.x[-1]))
    low, high = _frame(f[0])
    m, value = float(run.at[2]), float(run.f[2])
    numbers = (
        rf"\role{{model}}{{\lambda f(x) + (1-\lambda) f(x')}} - f(\lambda x + (1-\lambda) x') = "
        rf"\role{{model}}{{{tex(run.chord)}}} - {bracket(value)} = "
        rf"\role{{{'wrong' if _below(run) else 'good'}}}{{{tex(run.gap, zero=1e-9)}}}",
    )
    return Picture(
        (
            _graph(run, f[0], place, low, high),
            _pairs(run, place),
            _slope(run.curve, f[1], place, m, run.slope, printed),
            _bend(run.curve, f[2], place, m, run.bend),
        ),
        formula=numbers,
    )


def _below(run: Tester) -> bool:
    return run.gap < -1e-9 * (1 + float(run.f.abs().max()))


def _frame(values: np.ndarray) -> tuple[float, float]:
    """An axis around most values, with room; it rarely moves."""
    seen = values[np.isfinite(values)]
    if not len(seen):
        return -1.0, 1.0
    least, below, above, most = np.quantile(seen, (0, 0.25, 0.75, 1))
    reach = TALL * ((above - below) or (most - least))
    low, high = max(least, below - reach), min(most, above + reach)
    step = coarse((high - low) / 6) or coarse(abs(high) / 2) or 0.5
    return step * np.floor(low / step - 0.2), step * np.ceil(high / step + 0.2)


def _within(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Values for drawing, a gap a whole frame beyond it."""
    room = high - low
    return np.where((values > low - room) & (values < high + room), values, np.nan)


def _graph(run: Tester, f: np.ndarray, place: dict, low: float, high: float) -> Panel:
    (x, y, m), (fx, fy, fm) = run.at.tolist(), run.f.tolist()
    pair, wrong, places = run.curve.pair, _below(run), run.curve.x.numpy()
    tangent = fm + run.slope * (places - m)
    inside = [float(np.clip(each, low, high)) for each in (fx, fy, run.chord)]
    turn = ((1 / (x - y), 0.0),) if x != y else ()
    handles = (
        Handle(x, inside[0], ("x",), "place x", frees="x", click=False, role="model"),
        Handle(y, inside[1], ("y",), "place x′", frees="x", click=False, role="model"),
    )
    if turn:
        share = Handle(m, inside[2], ("lam",), "share λ", turn, (-y / (x - y),), frees="x")
        handles += (share,)
    ends, depth = run.curve.valleys.numpy(), run.curve.near(run.curve.valleys[:, 0]).numpy()
    floors = [
        line(wide, [height] * 2, "good", "lowest around", width=5, cap="butt", dash="solid")
        for wide, height in zip(ends, depth)
    ]
    single = ends[:, 0] == ends[:, 1]
    size = number(abs(run.gap), zero=1e-9)
    told = "on the graph" if size == "0" else f"{size} {'below' if wrong else 'above'} the graph"
    return panel(
        "graph",
        f"In its point at λ the chord is {told}",
        line(places, _within(f, low, high), "ink", "f", label="f", width=2.4, pin=True),
        line(places, _within(tangent, low, high), "force", "tangent", label="tangent", width=1.4,
             dash="solid"),
        floors,
        dots(ends[single, 0], depth[single], "good", "lowest around", 10),
        pair is not None and _found(run.curve),
        segments([[x, fx]], [[y, fy]], "model", "chord", label="chord", width=2.2),
        segments([[m, fm]], [[m, run.chord]], "wrong" if wrong else "good", "gap", width=4),
        dots([m], [fm], "force", "on the graph", 7),
        x=place,
        y=axis("f(x)", low, high),
        alt=f"The chord from x = {x:.3g} to x′ = {y:.3g} has the height {run.chord:.4g} at "
        f"{m:.3g}, the graph {fm:.4g}.",
        handles=handles,
    )  # fmt: skip


def _found(curve: Curve) -> list[dict]:
    """The pair that breaks it most."""
    x, y, over = curve.pair
    middle = (x + y) / 2
    fx, fm, fy = curve.near(torch.tensor([x, middle, y])).tolist()
    return [
        segments([[x, fx]], [[y, fy]], "wrong", "pair found", label="pair found", width=1.6),
        segments([[middle, fm - over]], [[middle, fm]], "wrong", "graph above chord", width=4),
        dots([x, y], [fx, fy], "wrong", "pair found", 8),
    ]


def _pairs(run: Tester, place: dict) -> Panel:
    gaps, stops, pair = run.curve.gaps.numpy(), run.curve.stops.numpy(), run.curve.pair
    seen = gaps[np.isfinite(gaps)]
    most = float(np.abs(seen).max()) if len(seen) else 0.0
    shade = np.sign(gaps) * np.sqrt(np.abs(gaps) / (most or 1.0))
    step = float(stops[1] - stops[0])
    share = float((seen < 0).mean()) if len(seen) else 0.0
    told = f"All pairs: on {number(100 * share, 2)} % (red) the chord is below the graph"
    if not share:
        told = "All pairs: the chord is nowhere below the graph"
    x, y = run.at[:2].tolist()
    return panel(
        "pairs",
        told,
        cells(shade, "gap", low=-1, high=1, at=(float(stops[0]),) * 2, side=step),
        pair is not None and dots([pair.y, pair.x], [pair.x, pair.y], "wrong", "pair found", 9),
        x=place,
        y={**place, "title": {"text": "place x′"}},
        alt=f"{told}; the pair in hand is x = {x:.3g}, x′ = {y:.3g}.",
        handles=(Handle(x, y, ("x", "y"), "the pair x, x′"),),
        equal=True,
    )


def _slope(
    curve: Curve, slope: np.ndarray, place: dict, m: float, here: float, printed: bool
) -> Panel:
    low, high = _frame(slope)
    told = "Slope f′: it never falls if f is convex"
    if printed:
        share = 100 * float((slope[np.isfinite(slope)] < 0).mean())
        told = f"The printed test f′ ≥ 0 fails on {number(share, 2)} % of the view"
    return panel(
        "slope",
        told,
        printed and _fault(curve, slope, low),
        rule("faint", "0", y=0.0, span=tuple(place["range"])),
        line(curve.x.numpy(), _within(slope, low, high), "force", "f′", label="f′", width=2,
             dash="solid"),
        dots([m], [np.clip(here, low, high)], "force", "at the middle", 7),
        x=place,
        y=axis("f′(x)", low, high),
        alt=f"{told}; at {m:.3g} the slope is {here:.4g}.",
    )  # fmt: skip


def _fault(curve: Curve, values: np.ndarray, low: float) -> dict:
    """Where values are below 0, down to the axis."""
    under = np.nan_to_num(values, nan=0.0).clip(low, 0.0)
    return band(curve.x.numpy(), under, 0 * under, "wrong", "below 0")


def _bend(curve: Curve, bend: np.ndarray, place: dict, m: float, here: float) -> Panel:
    low, high = _frame(bend)
    seen = bend[np.isfinite(bend)]
    under = bool((seen < -1e-9 * (1 + np.abs(seen).max(initial=0.0))).any())
    told = "f″ is below 0 in places: there f bends down" if under else "f″ is nowhere below 0"
    if curve.pair and not under:
        told += ", but a corner has none"
    return panel(
        "bend",
        told,
        under and _fault(curve, bend, low),
        rule("faint", "0", y=0.0, span=tuple(place["range"])),
        line(curve.x.numpy(), _within(bend, low, high), "ink", "f″", label="f″", width=2),
        dots([m], [np.clip(here, low, high)], "force", "at the middle", 7),
        x=place,
        y=axis("f″(x)", low, high),
        alt=f"{told}; at {m:.3g} it is {here:.4g}. Corners have no f″.",
    )
