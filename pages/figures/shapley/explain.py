"""One prediction: the waterfall, the row that can be drawn, the other rows, four games."""

from functools import lru_cache
from typing import Literal

import numpy as np

from core.experiments.shapley.explain import FARTHEST, GAMES, Explained
from core.tabular.data import data as table_of
from core.tabular.words import signed
from pages.figures.marks import dots, line, lying, note, rule, segments
from pages.figures.parts.players import DOWN, UP
from pages.figures.parts.tables import against_truth, from_origin
from pages.figures.plot import PLAIN, Paint, Panel, Picture, axis, coarse, panel, rows

REACH = 4.0  # standard deviations that can be drawn
SEEN = 500  # rows of the linked chart at most


def figure(
    run: Explained, *, who: str, row: int, game: Literal[GAMES] = "interventional"
) -> Picture:
    """Waterfall, standardised row, prediction against truth, φ in the four games."""
    (base, phi), order = run.of(game), run.order(game)
    others = against_truth(run.table, run.model, run.f, run.number(who, row))
    phi = phi.numpy()[order]
    told = zip((UP if v >= 0 else DOWN for v in phi), signed(phi))
    terms = (rf"\role{{{role}}}{{{t if t != '0' else '+0'}}}" for role, t in told)
    sums = rf"f_\varnothing + \sum_j \varphi_j = f(x):\quad {base:.4g}\ {' '.join(terms)}"
    panels = _waterfall(run, base, phi, order), _row(run), others, _games(run, game, order)
    return Picture(panels, formula=(f"{sums} = {run.f:.4g}",))


def chart(run: Explained, *, game: str) -> tuple[dict, dict]:
    """Bars of φ, and each feature against f over all rows, this row marked."""
    from pandas import DataFrame  # slow to import

    from pages.figures.parts import charts

    table, order, named = run.table, run.order(game), run.named
    step = -(-len(table.X) // SEEN)
    values = np.vstack([run.x[order], table.X[::step, order]])  # this row first
    count, p = values.shape
    bars = DataFrame({"rank": range(p), "feature": [table.features[j] for j in order]})
    points = bars.loc[bars.index.repeat(count)].reset_index(drop=True)
    bars = bars.assign(row=[named[j] for j in order], phi=run.of(game)[1][order].numpy())
    f, mine = np.append(run.f, run.model.outputs[::step]), np.arange(count) == 0
    points = points.assign(value=values.T.ravel(), f=np.tile(f, p), mine=np.tile(mine, p))
    return charts.one_row(), {"bars": bars, "points": points}


def _signed(phi: np.ndarray, start: np.ndarray, end: np.ndarray, at: np.ndarray, **look) -> list:
    kinds = (UP, "raises f", phi >= 0), (DOWN, "lowers f", phi < 0)
    return [lying(start[w], end[w], at[w], *name, **look) for *name, w in kinds if w.any()]


def _waterfall(run: Explained, base: float, phi: np.ndarray, order: list[int]) -> Panel:
    p, told, named = len(phi), signed(phi), [run.named[j] for j in order]
    start, last = base - run.table.origin, run.f - run.table.origin
    ends, at = start + np.concatenate(([0.0], phi.cumsum())), np.arange(1, p + 1)
    low, high = _span(run, ends)
    gap = 0.008 * (high - low)
    carried = np.stack((ends[1:-1], at[:-1]), 1), np.stack((ends[1:-1], at[1:]), 1)
    words = ["f∅, nothing known", *named, "f(x), all known"]
    tops = gap + np.maximum(ends[:-1], ends[1:])
    return panel(
        "waterfall",
        f"From the average to f(x): {run.table.target}",
        rule("theory", "f∅", x=start, span=(-0.45, 1.0), width=1.4),
        rule("theory", "f(x)", x=ends[-1], span=(p, p + 1.45), width=1.4),
        segments(*carried, "faint", "carried on"),
        _signed(phi, ends[:-1], ends[1:], at),
        [note(x, y, text, UP if v >= 0 else DOWN) for x, y, text, v in zip(tops, at, told, phi)],
        dots([start, last], [0, p + 1], "ink", "f∅ and f(x)", 9),
        note(start + gap, 0, f"{base:.4g}"),
        note(last + gap, p + 1, f"{run.f:.4g}"),
        x=axis(from_origin("f", run.table), low, high),
        y=rows(words, "feature"),
        margin={"l": 36 + 6 * max(map(len, words)), "r": 8, "t": 4, "b": 38},
        alt=f"From {base:.4g} to {run.f:.4g}: {', '.join(map(' '.join, zip(named, told)))}.",
    )


def _span(run: Explained, ends: np.ndarray) -> tuple[float, float]:
    """The frame of f: that of all rows, wider in coarse steps where the path leaves it."""
    if run.table.task == "probability":
        low, high, step = -0.1, 1.6, 0.5
    else:
        outputs = run.model.outputs - run.table.origin
        least, most = outputs.min().item(), outputs.max().item()
        # a model that says one thing is drawn in the frame of what it learned from
        step = coarse((most - least) / 4 or run.table.y.std().item())
        low, high = np.floor(least / step) * step, np.ceil(most / step + 1.5) * step
    low -= step * max(0.0, np.ceil((low - ends.min()) / step))
    high += step * max(0.0, np.ceil((ends.max() - high) / step))
    return float(low), float(high)


def _row(run: Explained) -> Panel:
    names, standard = run.table.features, run.standard.numpy()
    at, top = np.arange(len(names)), REACH if np.abs(standard).max() <= REACH else FARTHEST
    brief = [name if len(name) <= 10 else name[:9] + "…" for name in names]
    ticks = {"tickvals": at.tolist(), "ticktext": brief, "tickangle": -32}
    drawn = np.clip(np.round(standard, 2), -FARTHEST, FARTHEST)
    mine, told = {"who": "mine"}, (f"{name} {v:+.2g}" for name, v in zip(names, standard))
    return panel(
        "row",
        "This row: draw, and φ follows",
        _usual(run.data, run.target),
        dots(at, standard, "ink", "this row", 7, bars=True),
        x=axis("feature", -0.6, len(at) - 0.4, **ticks, tickfont={"size": 9.5}, **PLAIN),
        y=axis("sd from the mean", -top, top, dtick=top / 2),
        margin={"l": 50, "r": 8, "t": 4, "b": 60},
        alt=f"In standard deviations from the mean: {', '.join(told)}.",
        paint=Paint("x", drawn, -top, top, 0.1, "the row, in standard deviations", also=mine),
    )


@lru_cache(maxsize=8)
def _usual(data: str, target: str) -> dict:
    table = table_of(data, target)
    low, high = np.quantile(table.standard(table.X).numpy(), (0.05, 0.95), axis=0)
    at = np.arange(len(low))
    ends = np.stack((at, low), 1), np.stack((at, high), 1)
    return segments(*ends, "faint", "nine in ten rows", width=9, cap="butt")


def _games(run: Explained, game: str, order: list[int]) -> Panel:
    phi = run.phi.numpy()[:, order]  # (4, p)
    p, most = len(order), np.abs(phi).max()
    middle, at = np.meshgrid(np.arange(4.0), np.arange(p), indexing="ij")
    end = middle + (0.44 / coarse(most) if most > 0 else 1.0) * phi
    first = enumerate(run.phi.abs().argmax(1).tolist())
    told = (f"{run.table.features[j]} {run.phi[k, j]:+.3g} if {GAMES[k]}" for k, j in first)
    left, right, low = GAMES.index(game) - 0.48, GAMES.index(game) + 0.48, p - 0.4
    frame = [left, right, right, left, left], [-0.6, -0.6, low, low, -0.6]
    ticks = {"tickvals": [0, 1, 2, 3], "ticktext": list(GAMES), "tickfont": {"size": 10}}
    return panel(
        "games",
        "φ in the same order, four meanings of “absent”",
        [rule("faint", "zero", x=k, span=(-0.6, low)) for k in range(4)],
        _signed(phi, middle, end, at, width=6),
        line(*frame, "ink", "the game looked at", width=1.4),
        x=axis("absent feature", -0.55, 3.55, **ticks, **PLAIN),
        y=axis("feature", low, -0.6, showticklabels=False, ticks="", **PLAIN),
        margin={"l": 28, "r": 8, "t": 4, "b": 36},
        alt=f"Strongest feature: {', '.join(told)}.",
    )
