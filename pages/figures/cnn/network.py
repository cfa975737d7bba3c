"""Your network: all levels in one plane, the opened unit as products, what reaches the pixels."""

from typing import Annotated

import numpy as np

from core import table
from core.cnn.anatomy import Numbers, field, pixels, read_by, reads, slopes
from core.cnn.plan import CELLS, COLUMNS, NAMES, PLACES, ROWS, SIZES, Unit, spot
from core.cnn.training import GREY
from core.experiments.cnn.network import Looked, label, look
from core.experiments.cnn.network_claims import percent
from core.signature import between
from core.words import bracket, tex
from pages.figures.marks import boxes, cells, line, note, rule, segments
from pages.figures.parts.maps import BARE, on_plane, side_by_side
from pages.figures.plot import PLAIN, Paint, Panel, Pick, Picture, axis, grid_layout, panel

BARS, LONG = 35.0, 6.5  # column where the bars begin, columns that a probability of 1 takes
MIDDLES = [left + (columns - 1) / 2 for (_, left, _), (_, _, columns) in zip(PLACES, SIZES)]
SHAPES = [f"{r}×{c}" + (f"×{k}" if k > 1 else "") for k, r, c in SIZES[:5]]
UNITS = [Unit(level, k, 0, 0) for level in range(5) for k in range(SIZES[level][0])]
LOGITS = [spot(Unit(5, k, 0, 0))[0] for k in range(10)]  # their rows
GRID = Annotated[int, between(0, CELLS - 1)]
LEVEL = Annotated[int, between(0, 5)]


def figure(
    run: Numbers, *, source: str, digit: int, drawing: str, cell: GRID = 1155, level: LEVEL = 5
) -> Picture:
    """The network, the terms of the opened unit, and the pad or the slope at the pixels."""
    looked = look(run, cell, level)
    last = _pad(drawing) if source == "drawing" else _slope(run, looked.unit)
    panels = _network(run, looked, label(source, digit)), _terms(looked), last
    formula = _formula(run, looked)
    return Picture(panels, frames=len(looked.path), formula=formula, drive="level")


def _network(run: Numbers, looked: Looked, label: int) -> Panel:
    levels, shares = [maps.numpy() for maps in run.levels], run.p.tolist()
    maps = (levels[unit.level][unit.channel] for unit in UNITS)
    plane = on_plane(maps, map(spot, UNITS), ROWS, COLUMNS)
    logits = on_plane(levels[5], [(row, 0) for row in LOGITS], ROWS, 1)
    best = sorted(range(10), key=shares.__getitem__, reverse=True)[:3]
    told = ", ".join(f"{percent(shares[d])} for {d}" for d in best)
    ticks = {"tickvals": [*MIDDLES, BARS + LONG / 2], "ticktext": [*NAMES, "p"]}
    at, what = spot(looked.path[0]), "number of the network"
    return panel(
        "network",
        "The same image on every level: point at any number",
        cells(plane, "number", scale="heat", low=0, high=GREY),
        cells(logits, "logit", low=-20, high=20, at=(0, MIDDLES[5])),
        _bars(shares, best[0], label),
        _marks(looked),
        x=axis(" → ".join([*SHAPES, "10"]), -1, 42.5, **ticks, **PLAIN),
        y=axis("maps k", ROWS, -1, showticklabels=False, **PLAIN),
        alt=f"The network says {told}. Opened: {looked.unit.name}, {looked.terms.value:.4g}.",
        pick=Pick.numbered(ROWS, COLUMNS, "cell", what, at, level=5),
        equal=True,
    )


def _bars(shares: list[float], guess: int, label: int) -> list:
    whole = [[(x, row) for row in LOGITS] for x in (BARS, BARS + LONG)]
    traces = [segments(*whole, "faint", "probabilities")]
    for digit, (row, p) in enumerate(zip(LOGITS, shares)):
        true, missed = digit == label, label >= 0 and digit == guess
        role = "good" if true else "wrong" if missed else "model"
        traces.append(rule(role, f"p of {digit}", y=row, span=(BARS, BARS + LONG * p), width=6))
        traces.append(note(BARS + LONG, row, f"{digit}  {percent(p)}{' true' * true}", role))
    return traces


def _marks(looked: Looked) -> list:
    """The path to a pixel, what the opened unit reads, what reads it, and the unit itself."""
    i, j = spot(looked.unit)
    y, x = np.array([spot(unit) for unit in looked.path]).T
    met = reads(looked.unit), read_by(looked.unit)
    windows, readers = ([(*spot(one), *spot(end)) for one, end in pairs] for pairs in met)
    windows = windows or [(i, j, i, j)]
    (top, _, _, right), (_, _, bottom, _) = windows[0], windows[-1]
    tails = [[right + 0.5, top - 0.5], [right + 0.5, bottom + 0.5]]
    return [
        line(x, y, "theory", "strongest path"),
        segments(tails, [[j - 0.5, i - 0.5], [j - 0.5, i + 0.5]], "force", "window"),
        boxes(windows, "force", "window"),
        boxes(readers, "second", "read by"),
        boxes([(i, j, i, j)], "model", "opened"),
    ]


def _terms(looked: Looked) -> Panel:
    """Window, weights and products; below each other where they are several 3 × 3 maps."""
    made, level, name = looked.terms, looked.unit.level, looked.unit.name
    blocks = [("window", made.window, {"scale": "heat", "low": 0, "high": GREY})]
    if made.weights is not None:
        blocks += [("weights", made.weights, {}), ("products", made.products, {})]
    (c, a, b), across = made.best, level != 3
    best = (c, 2 * a + b) if level == 5 else (a, c * (made.window.shape[2] + 1) + b)
    traces, middles, at = [], [], [0, 0]
    for what, block, colours in blocks:
        laid = block.reshape(8, 4) if level == 5 else side_by_side(block)
        # two decimals fit into a cell; the formula has more
        traces.append(cells(laid.round(2) + 0.0, what, numbers=3, at=tuple(at), **colours))
        if what != "weights" and level:
            traces.append(boxes([2 * (best[0] + at[0], best[1] + at[1])], "force", "largest"))
        middles.append(at[across] + (laid.shape[across] - 1) / 2)
        at[across] += laid.shape[across] + 1
    height, width = (len(laid), at[1] - 1) if across else (at[0] - 1, laid.shape[1])
    title, alt = _told(looked)
    names = {"tickvals": middles, "ticktext": [what for what, *_ in blocks]}
    names |= {"showticklabels": True}
    x, y = ("place in the map", "map k") if level == 5 else ("column", "row")
    return panel(
        "terms",
        f"{name}: {title}",
        traces,
        x=axis(x, -0.5, width - 0.5) | BARE | (names if across else {}),
        y=axis(y, height - 0.5, -0.5) | BARE | ({} if across else names),
        alt=alt,
        equal=level < 3,
    )


def _told(looked: Looked) -> tuple[str, str]:
    made, name = looked.terms, looked.unit.name
    if looked.unit.level == 0:
        return "a grey level", f"The {name} has grey level {made.value:g}."
    if made.weights is None:
        return "the largest of four", f"The {name} keeps the largest of four, {made.value:.4g}."
    count = int(np.isfinite(made.window).sum())
    summed = f"{count} products and the bias {made.bias:.4g} to {made.total:.4g}"
    return f"{count} products and a bias", f"The {name} sums {summed}: {made.value:.4g}."


def _formula(run: Numbers, looked: Looked) -> tuple[str, ...]:
    made, (level, k, i, j) = looked.terms, looked.unit
    window, value, total = made.window.flatten().tolist(), tex(made.value), tex(made.total)
    if level == 0:
        return (rf"x[{i},{j}] = {value}",)
    if made.weights is None:
        four = r",\ ".join(map(tex, window))
        return (rf"\role{{model}}{{a_{{{k}}}[{i},{j}]}} = \max\{{{four}\}} = {value}",)
    parts = [bracket(v) for v in np.nansum(made.products, (1, 2)).tolist()]
    if level == 1:
        pairs = zip(np.nan_to_num(made.window).flat, made.weights.flat)
        parts = [rf"{tex(x)} \cdot {bracket(w)}" for x, w in pairs]
    exps, unit = run.z.exp(), f"z_{{{k}}}[{i},{j}]"
    after = rf"a_{{{k}}}[{i},{j}] = \max(0,\ {total}) = \role{{model}}{{{value}}}"
    if level == 5:
        unit, share = (
            f"z_{{{k}}}",
            rf"\frac{{{tex(exps[k])}}}{{{tex(exps.sum())}}} = {run.p[k]:.4g}",
        )
        after = rf"p_{{{k}}} = \frac{{e^{{z_{{{k}}}}}}}{{\sum_d e^{{z_d}}}} = {share}"
    return (
        rf"\role{{model}}{{{unit}}} = b_{{{k}}} + \role{{force}}{{\textstyle\sum wx}} = "
        rf"{tex(made.bias)} + \role{{force}}{{{' + '.join(parts)}}} = {total}",
        after,
    )


def _slope(run: Numbers, unit: Unit) -> Panel:
    slope = slopes(run, unit).image.numpy()
    marks = cells(slope.round(2) + 0.0, "slope", numbers=2), boxes([field(unit)], "faint", "field")
    alt = f"Pixels in the field: {pixels(unit)}; that change it now: {int((slope != 0).sum())}."
    return Panel("slope", f"∂({unit.name})/∂pixel", marks, grid_layout(8, 8), alt, equal=True)


def _pad(drawing: str) -> Panel:
    values = table.read(drawing, "drawing", shapes=((8, 8),)).numpy()
    drawn = (cells(values, "grey level", scale="heat", low=0, high=GREY, numbers=2),)
    alt = f"Pixels with ink: {int((values > 0).sum())} of 64."
    paint = Paint("drawing", values.tolist(), 0, GREY, 1, "8 × 8 drawing")
    return Panel("pad", "Draw here", drawn, grid_layout(8, 8), alt, paint=paint, equal=True)
