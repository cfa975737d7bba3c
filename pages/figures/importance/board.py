"""The graph with a knob on every line, what tells of what, the tables, effects by adjustment."""

from functools import lru_cache
from itertools import pairwise
from typing import Annotated

import numpy as np

from core.experiments.importance.board import NODES, RARE, Board, asked, read
from core.experiments.importance.board_claims import NEAR, called, known
from core.importance import Graph, open_paths, pairs, sets, write_arrows
from core.signature import between
from core.words import number
from pages.figures.marks import arrows, boxes, cells, dots, lying, note, rule, segments
from pages.figures.parts.factors import against_product
from pages.figures.parts.knobs import Rail, rail
from pages.figures.parts.maps import BARE
from pages.figures.parts.shares import columns
from pages.figures.plot import PLAIN, Paint, Panel, Pick, Picture, axis, coarse, panel, rows

PLACES = {
    3: ((-1.0, -0.6), (0.0, 1.0), (1.0, -0.6)),
    4: ((-0.7, 0.9), (0.7, 0.9), (1.3, -0.7), (-1.3, -0.7)),
    5: ((-0.75, -0.8), (0.75, -0.8), (0.0, 1.1), (-1.25, 0.25), (1.25, 0.25)),
}
SLID, SHORT = 0.17, 0.14  # of a line: how far a knob slides, how far arrows stay off the nodes
STRONG = 0.15  # nats at which the colour is full


def figure(
    run: Board, *, graph: str, held: str, arrow: int, nodes: int, law: str, pair: int,
    given: Annotated[int, between(1, 26)] = 1,
) -> Picture:  # fmt: skip
    dag = read(graph, nodes, held, arrow)
    row, column, z = known(nodes, pair, given)
    first = _graph(dag, row, z, bool(run.apart[row, column])), _told(run, row, column)
    factors = {
        v: rf"P({v}\mid {','.join(parents)})" if parents else f"P({v})"
        for v, parents in dag.items()
    }
    names = ",".join(dag)
    shown = rf"P({names}) = " + r"\,".join(factors.values())
    if law == "any":
        return Picture((*first, against_product(run.joint, run.product, names)), formula=(shown,))
    x, y, others = asked(dag, pair)
    cause = NODES[x]
    rest = r"\,".join(text for v, text in factors.items() if v != cause)
    done = rf"P({names.replace(cause, '').replace(',,', ',').strip(',')}\mid do({cause})) = {rest}"
    return Picture((*first, _effects(run, x, y, others), _chances(run, dag)), formula=(shown, done))


@lru_cache(maxsize=8)
def _lines(n: int) -> tuple[tuple[str, Rail], ...]:
    """Of each pair: its name, and its line from the first to the second."""
    at = PLACES[n]
    return tuple((NODES[i] + NODES[j], rail(at[i], at[j], SLID)) for i, j in pairs(n))


def _graph(dag: Graph, row: int, z: tuple[int, ...], apart: bool) -> Panel:
    n, text = len(dag), write_arrows(dag)
    i, j = (NODES[k] for k in pairs(n)[row])
    open_ = [] if apart else open_paths(dag, i, j, [NODES[k] for k in z])
    steps = {frozenset(step) for path in open_ for step in pairwise(path)}
    kinds, none, handles = {"ink": [], "force": []}, [], []
    for name, along in _lines(n):
        one, other = name
        state = 1 if one in dag[other] else -1 if other in dag[one] else 0
        ends = along.at(SHORT), along.at(1 - SHORT)
        if state:
            kinds["force" if frozenset(name) in steps else "ink"].append(ends[::state])
        else:
            none.append(ends)
        also = {"held": name, "graph": text, "tables": ""}
        label = f"arrow between {one} and {other}"
        handles.append(along.knob(state, "arrow", label, also=also))
    at = np.array(PLACES[n])
    both = list(pairs(n)[row])
    rest = [k for k in range(n) if k not in (*z, *both)]
    title = f"Drag a knob towards a node. {i} and {j}"
    title += f" given {called(z)}: " if z else ": "
    title += "separated" if apart else "open path in orange"
    return panel(
        "board",
        title,
        none and segments(*zip(*none, strict=True), "faint", "no arrow", width=1.2, dash="dot"),
        [arrows(*map(np.array, zip(*found, strict=True)), role, name, width=2 + (role == "force"))
         for (role, found), name in zip(kinds.items(), ("arrows", "open path")) if found],
        dots(*at[both].T, "model", "pair", 26),
        z and dots(*at[list(z)].T, "force", "known", 26, symbol="square"),
        rest and dots(*at[rest].T, "faint", "the others", 26),
        [note(u + 0.14, v + 0.1, name + (" known" if k in z else ""))
         for k, (name, (u, v)) in enumerate(zip(NODES, at.tolist()))],
        x=axis("a knob near a node: the arrow points at it", -1.75, 1.75, **BARE),
        y=axis("blue: the pair", -1.15, 1.45, **BARE),
        alt=f"Arrows: {text.replace('>', ' to ') or 'none'}. {i} and {j} given {called(z)} are "
        f"{'separated' if apart else 'joined by an open path'}.",
        handles=tuple(handles),
        equal=True,
    )  # fmt: skip


def _told(run: Board, row: int, column: int) -> Panel:
    n = run.n
    free = np.array([[i not in z and j not in z for z in sets(n)] for i, j in pairs(n)])
    z = run.told.numpy().round(4)
    apart = [(r, c, r, c) for r, c in np.argwhere(run.apart.numpy()).tolist()]
    names = [called(each).replace(", ", "") if each else "–" for each in sets(n)]
    both = [f"{NODES[i]}, {NODES[j]}" for i, j in pairs(n)]
    return panel(
        "told",
        "What one tells of the other, in nats; green: separated",
        cells(np.where(free, z, np.nan), "I(pair | known)", scale="heat", low=0.0, high=STRONG,
              numbers=2 if n == 3 else 0),
        apart and boxes(apart, "good", "separated in the graph"),
        boxes([(row, column, row, column)], "force", "looked at", width=2.5),
        x=axis("known", -0.5, len(names) - 0.5, tickvals=list(range(len(names))), ticktext=names,
               **PLAIN),
        y=axis("pair", len(both) - 0.5, -0.5, tickvals=list(range(len(both))), ticktext=both,
               **PLAIN),
        margin={"l": 58, "r": 8, "t": 6, "b": 44},
        alt=f"{both[row]} given {names[column]}: {number(run.told[row, column], 2, zero=NEAR)} "
        f"nats. Separated in {len(apart)} of {int(free.sum())} cases.",
        pick=Pick.cells(len(both), len(names), "pair", "given", "pair and what is known",
                        (row, column), first=(1, 1)),
    )  # fmt: skip


def _chances(run: Board, dag: Graph) -> Panel:
    p = run.chances.numpy()
    names = [v + "|" * bool(parents) + f"{k:0{len(parents)}b}" * bool(parents)
             for v, parents in dag.items() for k in range(2 ** len(parents))]  # fmt: skip
    at = np.arange(len(p))
    return panel(
        "chances",
        "Conditional tables: draw a bar up or down",
        columns(at, p, "model", "P(node = 1 | parents)"),
        [note(k - 0.2, v + 0.03, number(v, 2)) for k, v in zip(at, p)] if len(p) < 9 else None,
        x=axis("node | values of its parents", -0.6, len(p) - 0.4, tickvals=at.tolist(),
               ticktext=names, **PLAIN),
        y=axis("P(node = 1)", 0.0, 1.1, tickvals=[0, 0.5, 1]),
        alt=", ".join(f"{name}: {number(v, 2)}" for name, v in zip(names, p)) + ".",
        paint=Paint("tables", p.round(4).tolist(), RARE, 1 - RARE, 0.01, "probabilities of 1"),
    )  # fmt: skip


def _effects(run: Board, x: int, y: int, others: tuple[tuple[int, ...], ...]) -> Panel:
    names = [called(z).replace(", ", "") for z in others]
    found, at = run.adjusted.numpy(), np.arange(len(names))
    most = coarse(1.2 * max(np.abs(found).max(), abs(run.effect), 0.05))
    valid, ends = run.valid.numpy(), (-0.6, len(names) - 0.4)
    kinds = ((valid, "good", "backdoor set"), (~valid, "wrong", "no backdoor set"))
    return panel(
        "effects",
        f"{NODES[x]} on {NODES[y]}, with a set held fixed; dashed: do({NODES[x]})",
        [lying(np.zeros(mine.sum()), found[mine], at[mine], role, name, width=12)
         for mine, role, name in kinds if mine.any()],
        rule("faint", "0", x=0, span=ends),
        rule("theory", "do", x=run.effect, span=ends),
        [note(max(v, 0) + 0.04 * most, k, number(v, 2, zero=NEAR)) for k, v in enumerate(found)]
        if len(at) < 5 else None,
        x=axis(f"change of P({NODES[y]} = 1), {NODES[x]} from 0 to 1", -most, 1.1 * most),
        y=rows(names, "held fixed"),
        margin={"l": 74, "r": 8, "t": 6, "b": 40},
        alt=f"do({NODES[x]}) moves it by {number(run.effect, zero=NEAR)}; "
        + ", ".join(f"{name} held: {number(v, zero=NEAR)}" for name, v in zip(names, found)) + ".",
    )  # fmt: skip
