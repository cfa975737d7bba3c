"""Interactions: the index as a heat map, the bonuses of all groups, one pair, the shares."""

import numpy as np
from torch import Tensor

from core.experiments.shapley.interactions import Interactions, by_size
from core.shapley.coalitions import sizes
from core.words import bracket, number, tex
from pages.figures.marks import boxes, cells, dots, line, lying
from pages.figures.parts.players import DOWN, UP, members
from pages.figures.plot import Paint, Panel, Pick, Picture, axis, coarse, grid_layout, rows

PAINTED = 4  # players up to which the bonuses can be drawn
WRITTEN = 4  # terms of a sum
SIZES = ("∅", "one", "pairs", "threes", "fours", "all")


def figure(run: Interactions, *, game: str, look: str, printed: bool, **_) -> Picture:
    """The heat map, the bonuses, and the pair or the shares."""
    last = _pair(run) if look == "pair" else _shares(run, printed)
    return Picture(
        panels=(_map(run), _bonuses(run), last),
        formula=_formula(run, printed and look == "shares"),
    )


def _name(run: Interactions) -> str:
    (a, b) = run.scale
    first = "v" if a == 1 else f"{number(a)}v"
    return first if b == 0 else f"{first} + {number(b)}w".replace("+ −", "− ")


# --- heat map ------------------------------------------------------------------------------------


def _map(run: Interactions) -> Panel:
    n, i, j, index = run.n, run.i, run.j, run.index.numpy()
    most = coarse(max(abs(index).max(), 1e-3))
    inside = [k for k in range(n) if run.group >> k & 1]
    touched = [(r, c, r, c) for r in inside for c in inside]
    layout = grid_layout(n, n, "player j", "player i")
    ticks = {"tickvals": list(range(n)), "ticktext": [str(k + 1) for k in range(n)]}
    layout["xaxis"] |= ticks
    layout["yaxis"] |= ticks
    traces = [cells(index, "interaction index", low=-most, high=most, numbers=3)]
    if touched:
        traces.append(boxes(touched, "good", f"cells with a part of m({members(run.group)})"))
    traces.append(boxes([(i, j, i, j)], "ink", "pair"))
    return Panel(
        "map",
        f"Blue: help each other; red: in the way; diagonal: φ of {_name(run)}",
        tuple(traces),
        layout,
        "; ".join(
            [f"φ of player {k + 1} {number(index[k, k])}" for k in range(n)]
            + [
                f"{r + 1} and {c + 1} {number(index[r, c])}"
                for r in range(n)
                for c in range(r + 1, n)
            ]
        )
        + ".",
        pick=Pick(
            n, n, ("j", "i"), ((1.0, 0.0), (0.0, 1.0)), "pair of players", (i, j), offset=(1.0, 1.0)
        ),
        equal=True,
    )


# --- bonuses -------------------------------------------------------------------------------------


def _bonuses(run: Interactions) -> Panel:
    n, order = run.n, by_size(run.n)
    m, held = run.m[order].numpy(), ((order & run.members) == run.members).numpy()
    at, size = np.arange(2**n), sizes(n)[order].numpy()
    top = coarse(max(2.0, abs(m).max()))
    width = (22, 14, 9, 5)[n - 2]
    kinds = (
        (~held, "faint", "others"),
        (held & (m >= 0), UP, "up"),
        (held & (m < 0), DOWN, "down"),
    )
    traces = [line([-0.6, 2**n - 0.4], [0, 0], "faint", "zero")]
    traces += [
        line([edge, edge], [-top, top], "faint", "size")
        for edge in np.flatnonzero(np.diff(size)) + 0.5
    ]
    for which, role, name in kinds:
        if which.any():
            traces.append(_upright(at[which], m[which], role, name, width))
            none = which & (np.abs(m) <= run.rounding)
            traces.append(dots(at[none], m[none], role, name, 4))
    place = int((order == run.group).nonzero())
    if run.group:
        label = f"m({members(run.group)}) = {number(m[place])}"
        traces.append(dots([place], m[[place]], "good", "pointed at", 9, label=label))
    if n <= PAINTED:
        ticks = at, [members(int(T)) for T in order]
    else:
        ticks = [at[size == s].mean() for s in range(n + 1)], SIZES[: n + 1]
    paint = Paint(
        "m",
        m,
        -top,
        top,
        0.25,
        "the bonus of each group",
        also={"game": "bonuses", "a": 1.0, "b": 0.0},
    )
    who = "both" if run.i != run.j else str(run.j + 1)
    bonus = "Draw the bonuses" if n <= PAINTED else "Bonuses"
    return Panel(
        "bonuses",
        f"{bonus} m(T); coloured: T holds {who}",
        tuple(traces),
        {
            "xaxis": axis(
                "group T",
                -0.7,
                2**n - 0.3,
                tickvals=list(map(float, ticks[0])),
                ticktext=list(ticks[1]),
                tickfont={"size": 11 if n < 4 else 9},
                showgrid=False,
                zeroline=False,
            ),
            "yaxis": axis("m(T)", -1.08 * top, 1.08 * top),
        },
        "Bonuses: "
        + (
            "; ".join(
                f"{members(int(T))} {number(value)}"
                for T, value in zip(order, m, strict=True)
                if abs(value) > run.rounding
            )
            or "none"
        )
        + ".",
        pick=Pick(0, 2**n, ("T",), ((1.0, 0.0),), "group of players", (0, place)),
        paint=paint if n <= PAINTED else None,
    )


def _upright(at: np.ndarray, top: np.ndarray, role: str, name: str, width: float) -> dict:
    """Bars with exact ends."""
    gap = np.full(len(at), np.nan)
    y = np.stack([0 * top, top, gap], -1).ravel()
    return line(np.repeat(at, 3), y, role, name, width=width, cap="butt", dash="solid")


# --- the pair ------------------------------------------------------------------------------------


def _pair(run: Interactions) -> Panel:
    i, j, alone = run.i, run.j, run.i == run.j
    y, at = run.differences.numpy(), np.arange(len(run.rest))
    value = float(run.index[i, j])
    top = coarse(max(abs(y).max(), 1e-3))
    most = float(run.weights.max())
    traces = [line([-0.6, len(y) - 0.4], [0, 0], "faint", "zero")]
    for sign, role in ((y >= 0, UP), (y < 0, DOWN)):
        for weight in np.unique(run.weights.numpy()[sign]):
            now = sign & (run.weights.numpy() == weight)
            size = 6 + 10 * np.sqrt(weight / most)
            traces.append(dots(at[now], y[now], role, "difference", size, bars=True))
    name = f"φ = {number(value)}" if alone else f"I = {number(value)}"
    traces.append(line([-0.6, len(y) - 0.4], [value, value], "theory", "weighted mean", label=name))
    what = f"Δ({j + 1})" if alone else "change"
    title = (
        f"What player {j + 1} adds to each S (size: weight)"
        if alone
        else f"What {i + 1} changes in Δ of {j + 1}, for each S (size: weight)"
    )
    return Panel(
        "pair",
        title,
        tuple(traces),
        {
            "xaxis": axis(
                "S and its weight",
                -0.7,
                len(y) - 0.3,
                tickvals=list(map(float, at)),
                ticktext=_named(run),
                tickfont={"size": 11 if len(y) <= 8 else 9},
                showgrid=False,
                zeroline=False,
            ),
            "yaxis": axis(what, -1.15 * top, 1.15 * top),
            "margin": {"l": 54, "r": 12, "t": 6, "b": 52},
        },
        "; ".join(
            f"S = {members(int(S))}: {number(value)} with weight {number(weight)}"
            for S, value, weight in zip(run.rest, run.differences, run.weights, strict=True)
        )
        + f"; weighted mean {number(value)}.",
    )


def _named(run: Interactions) -> list[str]:
    """Each S, and under it one over its weight while there is room."""
    names = [members(int(S)) for S in run.rest]
    if len(names) > 8:
        return names
    return [
        f"{S}<br>1/{number(1 / weight)}"
        for S, weight in zip(names, run.weights.tolist(), strict=True)
    ]


# --- shares --------------------------------------------------------------------------------------


def _shares(run: Interactions, printed: bool) -> Panel:
    (a, b), phi, n = run.scale, run.phi.numpy(), run.n
    first, second = a * run.shares[0].numpy(), b * run.shares[1].numpy()
    ends = [phi, 0 * phi, first] + ([run.printed.numpy()] if printed else [])
    low, high = min(map(np.min, ends)), max(map(np.max, ends))
    low = -coarse(-low) if low < 0 else 0.0
    high = coarse(high) if high > 0 else 0.0
    at, mixed = np.arange(n), b != 0
    traces = [line([0, 0], [-0.6, n - 0.4], "faint", "zero")]
    for k in range(n):
        role = UP if phi[k] >= 0 else DOWN
        traces.append(lying([0], [phi[k]], [k - 0.12], role, f"φ of player {k + 1}", width=13))
        label = f"φ = {number(phi[k])}"
        traces.append(dots([max(phi[k], 0)], [k - 0.12], role, label, 0, label=label))
    if mixed:
        traces.append(lying(0 * phi, first, at + 0.2, "third", "a φ(v)", width=5))
        traces.append(lying(first, first + second, at + 0.2, "fourth", "b φ(w)", width=5))
    if printed:
        wrong = run.printed.numpy()
        traces.append(lying(0 * wrong, wrong, at + 0.38, "wrong", "as printed", width=4))
        for k in range(n):
            label = f"printed {number(wrong[k])}"
            traces.append(dots([max(wrong[k], 0)], [k + 0.38], "wrong", label, 0, label=label))
    span = high - low or 1.0
    title = f"φ of {_name(run)}"
    if mixed:
        title += ": thin, a φ(v) and then b φ(w)"
    return Panel(
        "shares",
        title,
        tuple(traces),
        {
            "xaxis": axis("value", low - 0.05 * span, high + 0.45 * span),
            "yaxis": rows([str(k + 1) for k in range(n)], "player"),
        },
        "; ".join(f"player {k + 1} {number(phi[k])}" for k in range(n))
        + f"; together {number(run.total)}."
        + (f" As printed they add up to {number(run.printed.sum())}." if printed else ""),
    )


# --- formula -------------------------------------------------------------------------------------


def _formula(run: Interactions, printed: bool) -> tuple[str, ...]:
    i, j = run.i + 1, run.j + 1
    value = tex(run.index[run.i, run.j])
    T = run.holding
    lines = []
    if i == j:
        lines.append(
            rf"\phi_{j} = \sum_{{T\ni {j}}} \frac{{m(T)}}{{|T|}} = "
            rf"{_fractions(run, T, 0)} = {value}"
        )
        lines.append(
            rf"\phi_{j} = \sum_{{S\not\ni {j}}} \frac{{|S|!\,(p-|S|-1)!}}{{p!}}\,\Delta_{j}(S) = "
            rf"{_weighted(run)} = {value}"
        )
    else:
        lines.append(
            rf"I_{{{i}{j}}} = \sum_{{T\ni {i},{j}}} \frac{{m(T)}}{{|T|-1}} = "
            rf"{_fractions(run, T, 1)} = {value}"
        )
        lines.append(
            rf"I_{{{i}{j}}} = \sum_S \frac{{|S|!\,(p-|S|-2)!}}{{(p-1)!}}\,"
            rf"\bigl(\Delta_{j}(S\cup {i}) - \Delta_{j}(S)\bigr) = {_weighted(run)} = {value}"
        )
        own = by_size(run.n)
        own = own[(own >> run.j & 1) == 1]
        lines.append(
            rf"\phi_{j} = \sum_{{T\ni {j}}} \frac{{m(T)}}{{|T|}} = {_fractions(run, own, 0)} = "
            rf"{tex(run.phi[run.j])}"
        )
    if printed:
        lines.append(
            rf"\text{{E-99: }}\role{{wrong}}{{\sum_{{S\subseteq N\setminus\{{{i}\}}}} "
            rf"\tfrac{{|S|!(p-|S|-1)!}}{{p!}}\,\Delta_{j}(S) = {tex(run.printed[run.j])}}}"
            rf"\quad\text{{instead of }} {tex(run.phi[run.j])},\qquad "
            rf"\text{{sum }}\role{{wrong}}{{{tex(run.printed.sum())}}}"
            rf"\text{{ instead of }} {tex(run.total)}"
        )
    return tuple(lines)


def _fractions(run: Interactions, T: Tensor, less: int) -> str:
    """The terms m(T)/(|T| − less) that are not 0, the first few of them."""
    terms = [
        rf"\frac{{{tex(run.m[S])}}}{{{S.bit_count() - less}}}"
        for S in T.tolist()
        if abs(float(run.m[S])) > run.rounding
    ]
    return _added(terms)


def _weighted(run: Interactions) -> str:
    terms = [
        rf"\tfrac{{1}}{{{number(1 / weight)}}}\cdot {bracket(value)}"
        for value, weight in zip(run.differences.tolist(), run.weights.tolist(), strict=True)
        if abs(value) > run.rounding
    ]
    return _added(terms)


def _added(terms: list[str]) -> str:
    more = [r"\cdots"] if len(terms) > WRITTEN else []
    return " + ".join(terms[:WRITTEN] + more) or "0"
