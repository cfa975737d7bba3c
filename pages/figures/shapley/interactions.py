"""Interactions: the index as a heat map, the bonuses of all groups, one pair, the shares."""

from itertools import combinations
from typing import Annotated, Literal

import numpy as np

from core.experiments.shapley.interactions import MOST, Interactions, context
from core.shapley.coalitions import by_size, sizes
from core.signature import between
from core.words import bracket, number, tex
from pages.figures.marks import boxes, cells, dots, lying, note, rule
from pages.figures.parts.players import DOWN, UP, by_coalition, members, short, tex_name, zero
from pages.figures.plot import PLAIN, Paint, Panel, Pick, Picture, axis, coarse, panel, rows

PAINTED = 4  # players up to which the bonuses can be drawn
WRITTEN = 4  # terms of a sum
THICK = {2: 22, 3: 14, 4: 9, 5: 5}  # of a bar, for so many players


def figure(
    run: Interactions,
    *,
    look: Literal["pair", "shares"] = "pair",
    printed: bool = False,
    i: Annotated[int, between(1, MOST)] = 1,
    j: Annotated[int, between(1, MOST)] = 2,
    T: Annotated[int, between(0, 2**MOST - 1)] = 0,
) -> Picture:
    """The heat map, the bonuses, and the pair or the shares."""
    (i, j), T, printed = run.pair(i, j), T if 2**run.n > T else 0, printed and look == "shares"
    last = _pair(run, i, j) if look == "pair" else _shares(run, i, printed)
    panels = _map(run, i, j, T), _bonuses(run, i, j, T), last
    return Picture(panels, formula=_formula(run, i, j, printed))


def _name(run: Interactions) -> str:
    first = "v" if run.a == 1 else f"{number(run.a)}v"
    return first if run.b == 0 else f"{first} + {number(run.b)}w".replace("+ −", "− ")


def _map(run: Interactions, i: int, j: int, T: int) -> Panel:
    n, index, group = run.n, run.index.numpy(), int(by_size(run.n)[T])
    most, inside = coarse(abs(index).max()) or 1.0, [k for k in range(n) if group >> k & 1]
    who = [short(k, run.names) for k in range(n)]
    ticks = {"tickvals": list(range(n)), "ticktext": who, **PLAIN}
    told = [f"φ of {who[k]}: {number(index[k, k])}" for k in range(n)]
    told += [f"{who[r]} and {who[c]}: {number(index[r, c])}" for r, c in combinations(range(n), 2)]
    part = f"cells with a part of m({members(group, run.names)})"
    return panel(
        "map",
        f"Blue: help each other; red: in the way; diagonal: φ of {_name(run)}",
        cells(index, "interaction index", low=-most, high=most, numbers=3),
        T > 0 and boxes([(r, c, r, c) for r in inside for c in inside], "good", part),
        boxes([(i, j, i, j)], "ink", "pair"),
        x=axis("player j", -0.5, n - 0.5, tickformat="d", **ticks),
        y=axis("player i", n - 0.5, -0.5, tickformat="d", **ticks),
        margin={"l": 42, "r": 6, "t": 4, "b": 34},
        alt=f"{'; '.join(told)}.",
        pick=Pick.cells(n, n, "i", "j", "pair of players", (i, j), first=(1, 1)),
        equal=True,
    )


def _bonuses(run: Interactions, i: int, j: int, T: int) -> Panel:
    n, order, small = run.n, by_size(run.n), run.n <= PAINTED
    both, m, at = 1 << i | 1 << j, run.m[order].numpy(), np.arange(2**n)
    held, top = ((order & both) == both).numpy(), coarse(max(2.0, abs(m).max()))
    kinds = ((~held, "faint"), (held & (m >= 0), UP), (held & (m < 0), DOWN))
    bar = {"bars": True, "width": THICK[n], "cap": "butt", "dash": "solid"}
    bars = [dots(at[w], m[w], role, "bonuses", 4, **bar) for w, role in kinds if w.any()]
    names = [members(S, run.names) for S in order.tolist()]
    flat, label = small and max(map(len, names)) < 8, f"m({names[T]}) = {number(m[T])}"
    turned = {"tickfont": {"size": 11 if n < 4 else 9}, "tickangle": 0 if flat else -90}
    told = [f"{S}: {number(x)}" for S, x in zip(names, m, strict=True) if abs(x) > run.slack]
    also, stroke = {"game": "bonuses", "a": 1.0, "b": 0.0}, "the bonus of each group"
    who = "both" if i != j else short(j, run.names)
    edges = np.flatnonzero(np.diff(sizes(n)[order])) + 0.5
    return panel(
        "bonuses",
        f"{'Draw the bonuses' if small else 'Bonuses'} m(T); coloured: T holds {who}",
        zero(2**n),
        [rule("faint", "size", x=edge, span=(-top, top)) for edge in edges],
        bars,
        T > 0 and dots([T], m[[T]], "good", "pointed at", 9, label=label),
        x=by_coalition("group T", names, **turned),
        y=axis("m(T)", -1.08 * top, 1.08 * top),
        alt=f"Bonuses: {'; '.join(told) or 'none'}.",
        pick=Pick.samples(2**n, "T", "group of players", T),
        paint=Paint("m", m, -top, top, 0.25, stroke, also=also) if small else None,
    )


def _pair(run: Interactions, i: int, j: int) -> Panel:
    S, y, weights = (each.numpy() for each in context(run.u, i, j))
    at, value, alone = np.arange(len(S)), number(run.index[i, j]), i == j
    top, small = coarse(abs(y).max()) or 1.0, len(S) <= 8
    names, traces = [members(each, run.names) for each in S], []
    one, two = short(i, run.names), short(j, run.names)
    told = [f"S = {s}: {number(d)} with weight {number(w)}" for s, d, w in zip(names, y, weights)]
    if small:  # under each S one over its weight
        names = [f"{s}<br>× 1/{number(1 / w)}" for s, w in zip(names, weights, strict=True)]
    for sign, role in ((y >= 0, UP), (y < 0, DOWN)):
        for weight in np.unique(weights[sign]):
            now, size = sign & (weights == weight), 6 + 10 * np.sqrt(weight / weights.max())
            traces.append(dots(at[now], y[now], role, "difference", size, bars=True))
    what, name = f"{'change of ' * (not alone)}Δ of {two}", f"{'φ' if alone else 'I'} = {value}"
    return panel(
        "pair",
        f"What {two if alone else f'{one} changes in Δ of {two}, for'}{' adds to' * alone} each S",
        zero(len(S)),
        traces,
        rule("theory", "weighted mean", y=run.index[i, j], span=(-0.6, len(S) - 0.4), label=name),
        x=by_coalition(
            "S × its weight (size of the dot)", names, tickfont={"size": 11 if small else 9}
        ),
        y=axis(what, -1.15 * top, 1.15 * top),
        margin={"l": 54, "r": 12, "t": 6, "b": 52},
        alt=f"{'; '.join(told)}; weighted mean {value}.",
    )


def _shares(run: Interactions, i: int, printed: bool) -> Panel:
    phi, n, wrong = run.phi.numpy(), run.n, run.printed(i).numpy()
    v, w = run.shares.numpy() * [[run.a], [run.b]]
    at, none, traces, who = np.arange(n), 0 * phi, [], [short(k, run.names) for k in range(n)]
    ends = np.concatenate([phi, none, v, wrong if printed else none])
    low, high = -coarse(-ends.min()), coarse(ends.max())
    span, misprint = high - low or 1.0, f" As printed they add up to {number(wrong.sum())}."
    for k, x in enumerate(phi.tolist()):
        role, name = UP if x >= 0 else DOWN, f"φ of {who[k]}"
        traces.append(lying([0], [x], [k - 0.12], role, name, width=13))
        traces.append(note(max(x, 0), k - 0.12, f"φ = {number(x)}", role))
    if run.b:
        traces.append(lying(none, v, at + 0.2, "third", "a φ(v)", width=5))
        traces.append(lying(v, v + w, at + 0.2, "fourth", "b φ(w)", width=5))
    if printed:
        traces.append(lying(none, wrong, at + 0.38, "wrong", "as printed", width=4))
        label = zip(wrong.clip(0), at + 0.38, (f"printed {number(x)}" for x in wrong), strict=True)
        traces += [note(*each, "wrong") for each in label]
    told = "; ".join(f"φ of {name}: {number(x)}" for name, x in zip(who, phi, strict=True))
    return panel(
        "shares",
        f"φ of {_name(run)}" + ": thin, a φ(v) and then b φ(w)" * bool(run.b),
        rule("faint", "zero", x=0, span=(-0.6, n - 0.4)),
        traces,
        x=axis("value", low - 0.05 * span, high + 0.45 * span),
        y=rows(who, "player"),
        alt=f"{told}; together {number(run.total)}." + misprint * printed,
    )


def _formula(run: Interactions, i: int, j: int, printed: bool) -> tuple[str, ...]:
    who, other = tex_name(j, run.names), tex_name(i, run.names)
    value, phi, m = tex(run.index[i, j]), tex(run.phi[j]), run.m.tolist()
    _, change, weights = (each.tolist() for each in context(run.u, i, j))

    def added(terms: list[tuple[float, str]]) -> str:
        kept = [text for x, text in terms if abs(x) > run.slack]
        return " + ".join(kept[:WRITTEN] + [r"\cdots"] * (len(kept) > WRITTEN)) or "0"

    def fractions(T: list[int], less: int) -> str:
        return added([(m[U], rf"\frac{{{tex(m[U])}}}{{{U.bit_count() - less}}}") for U in T])

    pairs = zip(change, weights, strict=True)
    mean = added([(x, rf"\tfrac{{1}}{{{number(1 / w)}}}\cdot {bracket(x)}") for x, w in pairs])
    lines = [
        rf"I_{{{other},{who}}} = \sum_{{T\ni {other},{who}}} \frac{{m(T)}}{{|T|-1}} = "
        rf"{fractions(run.holding(i, j), 1)} = {value}",
        rf"I_{{{other},{who}}} = \sum_S \frac{{|S|!\,(p-|S|-2)!}}{{(p-1)!}}\,\bigl(\Delta_{who}("
        rf"S\cup {other}) - \Delta_{who}(S)\bigr) = {mean} = {value}",
        rf"\varphi_{who} = \sum_{{T\ni {who}}} \frac{{m(T)}}{{|T|}} = "
        rf"{fractions(run.holding(j, j), 0)} = {phi}",
        rf"\varphi_{who} = \sum_{{S\not\ni {who}}} \frac{{|S|!\,(p-|S|-1)!}}{{p!}}\,"
        rf"\Delta_{who}(S) = {mean} = {value}",
    ]
    lines = lines[2:] if i == j else lines[:3]
    wrong = rf"\role{{wrong}}{{\sum_{{S\not\ni {other}}} w(S)\,\Delta_{who}(S) = "
    wrong += rf"{tex(run.printed(i)[j])}}}\quad\text{{instead of }} {phi}"
    return (*lines, rf"\text{{E-99: }}{wrong}") if printed else tuple(lines)
