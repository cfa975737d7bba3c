"""The lattice of coalitions, the bars of v, and the formula with its numbers."""

import itertools
import math
from functools import lru_cache
from typing import Annotated, Literal

import numpy as np

from core.experiments.shapley.game import Lattice
from core.shapley.coalitions import called, spelled, without
from core.shapley.rules import RULES, used
from core.signature import between
from core.words import bracket, number, tex
from pages.figures.marks import arrows, boxes, cells, line, note, segments
from pages.figures.parts import sharing
from pages.figures.parts.players import PLAYERS, braces, members, tex_name
from pages.figures.plot import PLAIN, Panel, Pick, Picture, axis, panel

# for 1 … 5 players: space between nodes of a row, width of the panel, height of a row, and where on
# an edge it is pointed at, chosen so that no two of these places lie close together
SHAPE = {
    1: (3.0, 7.0, 5.0, 0.5),
    2: (4.0, 9.0, 5.0, 0.5),
    3: (3.0, 9.0, 5.0, 0.335),
    4: (1.5, 9.2, 4.0, 0.4),
    5: (1.22, 12.6, 3.4, 0.375),
}
WIDTHS = (1.3, 2.6, 4.4)  # of an edge with |Δ| up to ⅓, ⅔, 1 times the largest


def figure(
    run: Lattice,
    *,
    rule: Literal[tuple(RULES)] = "shapley",
    look: Literal["rules", "core"] = "rules",
    edge: Annotated[int, between(0, 79)] = 1,
) -> Picture:
    """Lattice, bars of v, and the rules with their axioms or the core."""
    if look == "rules":
        beside = sharing.rules_panel(run.rules, rule, run.names)
    elif run.n == 3:
        costs = " (costs)" if run.costs else ""
        beside = sharing.core_panel(run.v, run.corners, run.rules, rule, run.names, costs)
    else:
        name = "shapley" if run.of(rule).values is None else rule
        gains = run.excess(run.of(name).values).numpy()
        beside = sharing.excess_panel(gains, name, run.names, run.slack)
    bars = sharing.value_bars(run.v, run.costs, run.edge(edge), run.names)
    return Picture((_lattice(run, rule, edge), bars, beside), formula=_formula(run, rule, edge))


@lru_cache(maxsize=8)
def nodes(n: int) -> np.ndarray:
    """Where coalition S is drawn, (2**n, 2)."""
    across, _, up, _ = SHAPE[n]
    at = np.empty((2**n, 2))
    for size in range(n + 1):
        row = list(itertools.combinations(range(n), size))
        for k, inside in enumerate(row):
            at[sum(1 << i for i in inside)] = (k - (len(row) - 1) / 2) * across, size * up
    return at


@lru_cache(maxsize=8)
def edges(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Where each edge begins and ends, two arrays (n, 2**(n−1), 2)."""
    S = without(n).numpy()
    joined, node = S | 1 << np.arange(n)[:, None], np.array([0, 0.5])
    return nodes(n)[S] + node, nodes(n)[joined] - node


def _lattice(run: Lattice, rule: str, edge: int) -> Panel:
    n, (j, S, T), (_, wide, up, along) = run.n, run.edge(edge), SHAPE[run.n]
    names, who, there = run.names, called(j, run.names, "player"), spelled(S, run.names)
    (low, high), at, count = edges(n), nodes(n), run.delta.numel()
    edge %= count
    ends = low.reshape(-1, 2)[edge], high.reshape(-1, 2)[edge]
    places = ((1 - along) * low + along * high).reshape(-1, 2)
    role, delta, top = PLAYERS[j], number(run.delta.flatten()[edge]), sharing.height(run.v)
    told = f"Δ = {number(run.v[T])} − {number(run.v[S])} = {delta}".replace("− −", "+ ")
    weight = used(rule, n).flatten()[edge].item()
    share = f"{weight:g}" if weight in (0, 1) else f"1/{round(1 / weight)}"
    digits, hues = 2 if n == 5 else 3, {1 << i: PLAYERS[i] for i in range(n)}
    sizes = {"tickvals": [s * up for s in range(n + 1)], "ticktext": list(map(str, range(n + 1)))}
    return panel(
        "lattice",
        f"{who[0].upper()}{who[1:]} joins {there}: {told}",
        [
            cells([[v]], f"v({members(s, names)})", numbers=digits, at=(y, x), low=-top, high=top)
            for s, (v, (x, y)) in enumerate(zip(run.v.tolist(), at, strict=True))
        ],
        _lines(run, rule),
        line(*zip(*ends, strict=True), role, who, width=7, dash="solid"),
        arrows(ends[0][None], ends[1][None], "ink", f"{who} joins"),
        boxes([[at[s][1], at[s][0]] * 2 for s in (S, T)], role, "before and after"),
        [note(x - 0.5, y, members(s, names), hues.get(s, "ink")) for s, (x, y) in enumerate(at)],
        note(*places[edge], f"Δ = {delta}, weight {share}", role),
        x=axis("S; edges: colour who joins, width |Δ|", -wide / 2, wide / 2, **sharing.BARE),
        y=axis("players in S, |S|", -0.9, n * up + 1.5, **sizes, **PLAIN),
        margin={"l": 40, "r": 6, "t": 4, "b": 26},
        alt=f"The {2**n} coalitions in rows by size, {count} {'edge' if count == 1 else 'edges'}. "
        f"When {who} joins {there} the value changes by {delta}.",
        pick=Pick.spots(places, "edge", "marginal contribution", edge),
    )


def _lines(run: Lattice, rule: str) -> list[dict]:
    """Edges in the colour of who joins, thick where |Δ| is large, grey where a rule skips them."""
    (low, high), size, player = edges(run.n), run.delta.abs().numpy(), np.arange(run.n)[:, None]
    classes = np.ceil(3 * size / (size.max() or 1.0) - 1e-9)
    still = (size <= run.slack) | (used(rule, run.n).numpy() == 0)
    kinds = [(still, "faint", "adds nothing, or not asked", 1)]
    for j, (k, width) in itertools.product(range(run.n), enumerate(WIDTHS, start=1)):
        at = ~still & (classes == k) & (player == j)
        if at.any():
            kinds.append((at, PLAYERS[j], called(j, run.names, "player"), width))
    return [
        segments(low[at], high[at], role, name, width=width, dash="solid")
        for at, role, name, width in kinds
    ]


def _formula(run: Lattice, rule: str, edge: int) -> tuple[str, ...]:
    n, (j, S, T), v, names = run.n, run.edge(edge), run.v.tolist(), run.names
    who = tex_name(j, names)
    size, role, full, first = S.bit_count(), PLAYERS[j], 2**n - 1, 2**j - 1
    edges = zip(without(n)[j].tolist(), run.delta[j].tolist(), strict=True)
    edges = sorted(edges, key=lambda edge: (edge[0].bit_count(), edge[0]))

    def added(pairs: list[tuple[int, float]]) -> str:
        each = [(U, bracket(d)) for U, d in pairs]
        return " + ".join(rf"\role{{{role}}}{{{d}}}" if U == S else d for U, d in each)

    def difference(after: int, before: int) -> str:
        sets = rf"v({braces(after, names)}) - v({braces(before, names)})"
        return f"{sets} = {tex(v[after])} - {bracket(v[before])}"

    sized = [[e for e in edges if e[0].bit_count() == s] for s in range(n)]
    means = [rf"\frac{{{added(e)}}}{{{len(e)}}}" if len(e) > 1 else added(e) for e in sized]
    mean = rf"\frac{{1}}{{{n}}}\Bigl({' + '.join(means)}\Bigr)" if n > 1 else means[0]
    found = (
        rf"\frac{{|S|!\,(p-|S|-1)!}}{{p!}} = \frac{{{size}!\,{n - size - 1}!}}{{{n}!}} = "
        rf"\frac{{1}}{{{n * math.comb(n - 1, size)}}},\qquad "
        rf"\Delta_{{{who}}}({braces(S, names)}) = {difference(T, S)} = "
        rf"\role{{{role}}}{{{tex(v[T] - v[S])}}}",
        rf"\varphi_{{{who}}} = {mean} = \role{{theory}}{{{tex(float(run.phi[j]))}}}",
    )
    if rule == "shapley":
        return found
    chosen, name = run.of(rule), rf"\text{{{RULES[rule]}}}_{{{who}}}"
    if chosen.values is None:
        return (*found, rf"{name}:\ \text{{no value, as }} \textstyle\sum_i \beta_i = 0")
    beta, other, total = run.of("banzhaf").values, (j + 1) % n, tex(run.total)
    kept = [(n * math.comb(n - 1, U.bit_count()), d) for U, d in edges if not U >> other & 1]
    text = {
        "banzhaf": rf"\frac{{1}}{{2^{{{n - 1}}}}}\bigl({added(edges)}\bigr)",
        "last": difference(full, full ^ 1 << j),
        "first": difference(1 << j, 0),
        "order": difference(first | 1 << j, first),
        "equal": rf"\frac{{v(N) - v(\varnothing)}}{{p}} = \frac{{{total}}}{{{n}}}",
        "rescaled": rf"\beta_{{{who}}}\,\frac{{v(N) - v(\varnothing)}}{{\sum_i \beta_i}} = "
        rf"{tex(beta[j])}\cdot\frac{{{total}}}{{{tex(beta.sum())}}}",
        "printed": rf"\sum_{{S \not\ni {tex_name(other, names)}}} \text{{weight}}\cdot\Delta = "
        + " + ".join(rf"\tfrac{{1}}{{{whole}}}\cdot{bracket(d)}" for whole, d in kept),
    }[rule]
    role = "good" if abs(float(chosen.values[j] - run.phi[j])) <= run.slack else "wrong"
    return (*found, rf"{name} = {text} = \role{{{role}}}{{{tex(chosen.values[j])}}}")
