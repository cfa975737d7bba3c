"""Your network: all levels in one plane, the opened unit as products, what reaches the pixels."""

import numpy as np

from core import table
from core.cnn.plan import COLUMNS, NAMES, PLACES, ROWS, SIZES, Unit, spot
from core.cnn.training import GREY
from core.experiments.cnn.network import Reading
from core.experiments.cnn.network_claims import percent, seen, unit_in_words
from pages.figures.marks import boxes, cells, line
from pages.figures.plot import Paint, Panel, Pick, Picture, axis, grid_layout

BARS = 35.0  # column where the bars of the probabilities begin
LONG = 6.5  # columns that a probability of 1 takes


def figure(run: Reading, *, source: str, drawing: str, **_) -> Picture:
    """The network, the terms of the opened unit, and the pad or the slope at the pixels."""
    return Picture(
        panels=(_network(run), _terms(run), _pad(drawing) if source == "drawing" else _slope(run)),
        frames=run.chosen.level + 1,
        formula=_formula(run),
        drive="level",
    )


# --- the network -------------------------------------------------------------------------------


def _network(run: Reading) -> Panel:
    plane = np.full((ROWS, COLUMNS), np.nan, dtype="f4")
    for place, maps in zip(PLACES[:5], run.levels):
        for k, grid in enumerate(maps.numpy()):
            top, (rows, columns) = place.top + place.pitch * k, grid.shape
            plane[top : top + rows, place.left : place.left + columns] = grid
    logits = np.full((ROWS, 1), np.nan, dtype="f4")
    logits[PLACES[5].top :: PLACES[5].pitch, 0] = run.levels[5].flatten().numpy()
    shapes = [f"{r}×{c}" + (f"×{k}" if k > 1 else "") for k, r, c in SIZES[:5]]
    middles = [place.left + (size[2] - 1) / 2 for place, size in zip(PLACES, SIZES)]
    p, digits = run.p.topk(3)
    shares = ", ".join(f"{percent(a)} for {d}" for a, d in zip(p.tolist(), digits.tolist()))
    plain = {"showgrid": False, "zeroline": False}
    return Panel(
        "network",
        "The same image on every level: point at any number",
        (
            cells(plane, "number", scale="heat", low=0, high=GREY),
            cells(logits, "logit", low=-20, high=20, at=(0, PLACES[5].left)),
            *_bars(run),
            *_marks(run),
        ),
        {
            "xaxis": axis(
                " → ".join([*shapes, "10"]),
                -1,
                42.5,
                tickvals=[*middles, BARS + LONG / 2],
                ticktext=[*NAMES, "p"],
                **plain,
            ),
            "yaxis": axis("maps k", ROWS, -1, showticklabels=False, **plain),
        },
        f"The image on six levels; the network says {shares}. Opened is the "
        f"{unit_in_words(run.opened)} with the value {run.terms.value:.4g}.",
        pick=Pick(
            ROWS,
            COLUMNS,
            ("cell",),
            ((1, COLUMNS),),
            "number of the network",
            cell=spot(run.chosen),
            also={"level": 5},
        ),
        equal=True,
    )


def _bars(run: Reading) -> list[dict]:
    traces = []
    for digit, p in enumerate(run.p.tolist()):
        row, name = PLACES[5].top + PLACES[5].pitch * digit, f"p of {digit}"
        true, missed = digit == run.label, run.label >= 0 and digit == run.guess
        role = "good" if true else "wrong" if missed else "model"
        words = f"{digit}  {percent(p)}" + (" true" if true else "")
        traces += [
            line([BARS, BARS + LONG], [row, row], "faint", name),
            line([BARS, BARS + LONG * p], [row, row], role, name, width=6),
            line([BARS + LONG], [row], role, name, label=words),
        ]
    return traces


def _marks(run: Reading) -> list[dict]:
    """The path to a pixel, what the opened unit reads, what reads it, and the unit itself."""
    y, x = np.array([spot(unit) for unit in run.path]).T
    i, j = spot(run.opened)
    traces = [line(x, y, "theory", "strongest path")]
    windows = _windows(run)
    if len(windows):
        top, bottom, right = windows[0, 0] - 0.5, windows[-1, 2] + 0.5, windows[0, 3] + 0.5
        rays = [[right, top], [j - 0.5, i - 0.5], [np.nan] * 2, [right, bottom], [j - 0.5, i + 0.5]]
        traces += [
            line(*np.array(rays).T, "force", "window"),
            boxes(windows, "force", "window"),
        ]
    readers = _readers(run.opened)
    if len(readers):
        traces.append(boxes(readers, "second", "read by"))
    return [*traces, boxes(np.array([[i, j, i, j]]), "model", "opened")]


def _windows(run: Reading) -> np.ndarray:
    """The part of the window inside each map of the level below, as corners of cells."""
    level, k, _, _ = run.opened
    if level == 0:
        return np.zeros((0, 4))
    i, j = run.terms.corner
    _, p, q = run.terms.window.shape
    return _block(level - 1, (i, j), (i + p - 1, j + q - 1), [k] if level in (2, 4) else None)


def _readers(unit: Unit) -> np.ndarray:
    """The numbers of the next level whose window holds the unit."""
    level, k, i, j = unit
    if level == 5:
        return np.zeros((0, 4))
    if level in (1, 3):
        return _block(level + 1, (i // 2, j // 2), (i // 2, j // 2), [k])
    return _block(level + 1, (i - 1, j - 1), (i + 1, j + 1))


def _block(level: int, first: tuple, last: tuple, maps: list[int] | None = None) -> np.ndarray:
    """Places `first` to `last` of the maps (all by default), cut to their size."""
    count, rows, columns = SIZES[level]
    first = max(first[0], 0), max(first[1], 0)
    last = min(last[0], rows - 1), min(last[1], columns - 1)
    if level == 5:
        first = last = 0, 0
    ends = [
        (*spot(Unit(level, k, *first)), *spot(Unit(level, k, *last)))
        for k in (range(count) if maps is None else maps)
    ]
    return np.array(ends, dtype="f4")


# --- the opened unit ---------------------------------------------------------------------------


def _terms(run: Reading) -> Panel:
    """Window, weights and products; below each other where they are several 3 × 3 maps."""
    made, level = run.terms, run.opened.level
    window = np.where(made.inside, made.window, np.nan)
    blocks = [("window", window, {"scale": "heat", "low": 0, "high": GREY})]
    if made.products is not None:
        products = np.where(made.inside, made.products, np.nan)
        blocks += [("weights", made.weights.numpy(), {}), ("products", products, {})]
    across = level != 3
    traces, notes, at = [], [], [0, 0]
    for name, block, colours in blocks:
        laid = _laid(block, level)
        traces.append(cells(_short(laid), name, numbers=3, at=tuple(at), **colours))
        if name != "weights" and level:
            best = np.zeros(window.shape)
            best[made.best] = 1
            i, j = np.argwhere(_laid(best, level) == 1)[0] + at
            traces.append(boxes(np.array([[i, j, i, j]]), "force", "largest"))
        notes.append(_note(at[1] - 0.5, at[0] - 0.5, name))
        rows, columns = laid.shape
        at[across] += (columns if across else rows) + 1
    height, width = (rows, at[1] - 1) if across else (at[0] - 1, columns)
    title, alt = _told(run)
    x, y = {5: ("place in the map", "map k"), 3: ("columns of the maps", "row")}.get(
        level, ("column", "row")
    )
    bare = {"showgrid": False, "zeroline": False, "showticklabels": False, "ticks": ""}
    layout = {
        "xaxis": axis(x, -0.5, width - 0.5, **bare),
        "yaxis": axis(y, height - 0.5, -1.5, **bare),
        "annotations": notes,
    }
    return Panel("terms", title, tuple(traces), layout, alt, equal=level < 3)


def _laid(block: np.ndarray, level: int) -> np.ndarray:
    """(maps, rows, columns) as one grid: a row for each map under a logit, else side by side."""
    maps, rows, columns = block.shape
    if level == 5:
        return block.reshape(maps, -1)
    padded = np.full((rows, maps, columns + 1), np.nan)
    padded[..., :columns] = block.swapaxes(0, 1)
    return padded.reshape(rows, -1)[:, :-1]


def _note(x: float, y: float, text: str) -> dict:
    return {
        "x": x,
        "y": y,
        "text": text,
        "showarrow": False,
        "xanchor": "left",
        "yanchor": "bottom",
        "font": {"size": 12},
    }


def _short(values: np.ndarray) -> np.ndarray:
    """To two decimals, which fit into a cell; the formula has more."""
    return values.round(2) + 0.0


def _told(run: Reading) -> tuple[str, str]:
    made, name = run.terms, unit_in_words(run.opened)
    if run.opened.level == 0:
        return f"{name}: a grey level", f"The {name} has grey level {made.value:.4g}."
    if made.products is None:
        return (
            f"{name}: the largest of four",
            f"The {name} keeps {made.value:.4g}, the largest of its four numbers.",
        )
    count = int(made.inside.sum())
    return (
        f"{name}: {count} products and a bias",
        f"The {name} sums {count} products and the bias {made.bias:.4g} to {made.total:.4g}; "
        f"its value is {made.value:.4g}.",
    )


def _formula(run: Reading) -> tuple[str, ...]:
    made, (level, k, i, j) = run.terms, run.opened
    if level == 0:
        return (rf"x[{i},{j}] = {_tex(made.value)}",)
    if made.products is None:
        four = r",\ ".join(_tex(v) for v in made.window.flatten().tolist())
        return (rf"\role{{model}}{{a_{{{k}}}[{i},{j}]}} = \max\{{{four}\}} = {_tex(made.value)}",)
    if len(made.window) == 1:
        pairs = zip(made.window.flatten().tolist(), made.weights.flatten().tolist())
        parts = [rf"{_tex(x)} \cdot {_signed(w)}" for x, w in pairs]
    else:
        parts = [_signed(v) for v in made.products.sum((1, 2)).tolist()]
    total = " + ".join(parts)
    unit = f"z_{{{k}}}" if level == 5 else f"z_{{{k}}}[{i},{j}]"
    lines = [
        rf"\role{{model}}{{{unit}}} = b_{{{k}}} + \role{{force}}{{\textstyle\sum wx}} = "
        rf"{_tex(made.bias)} + \role{{force}}{{{total}}} = {_tex(made.total)}"
    ]
    if level == 5:
        exps = run.levels[5].flatten().exp()
        lines.append(
            rf"p_{{{k}}} = \frac{{e^{{z_{{{k}}}}}}}{{\sum_d e^{{z_d}}}} = "
            rf"\frac{{{_tex(float(exps[k]))}}}{{{_tex(float(exps.sum()))}}} = {run.p[k]:.4g}"
        )
    else:
        lines.append(
            rf"a_{{{k}}}[{i},{j}] = \max(0,\ {_tex(made.total)}) = "
            rf"\role{{model}}{{{_tex(made.value)}}}"
        )
    return tuple(lines)


def _tex(value: float) -> str:
    text = f"{value + 0.0:.4g}"
    if "e" not in text:
        return text
    digits, power = text.split("e")
    return rf"{digits} \cdot 10^{{{int(power)}}}"


def _signed(value: float) -> str:
    return f"({_tex(value)})" if value < 0 else _tex(value)


# --- the pixels --------------------------------------------------------------------------------


def _slope(run: Reading) -> Panel:
    slope = run.slope.numpy()
    name, field = unit_in_words(run.opened), np.array([run.field])
    return Panel(
        "slope",
        f"∂({name})/∂pixel",
        (cells(_short(slope), "slope", numbers=2), boxes(field, "faint", "field")),
        grid_layout(8, 8),
        f"{seen(run)} pixels lie in the field of the {name}; {int((slope != 0).sum())} of them "
        f"change it now, by {slope.min():.3g} to {slope.max():.3g} per grey level.",
        equal=True,
    )


def _pad(drawing: str) -> Panel:
    values = table.read(drawing, "drawing", shapes=((8, 8),)).numpy()
    return Panel(
        "pad",
        "Draw here",
        (cells(values, "grey level", scale="heat", low=0, high=GREY, numbers=2),),
        grid_layout(8, 8),
        f"The drawing has {int((values > 0).sum())} inked pixels of 64.",
        paint=Paint("drawing", values.tolist(), 0, GREY, 1, "8 × 8 drawing"),
        equal=True,
    )
