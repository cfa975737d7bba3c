"""What a causal graph claims: CAUS-02 with erratum E-102, CAUS-03, CAUS-04; and in words."""

from functools import lru_cache
from itertools import pairwise

import numpy as np

from core.check import Check, at_least, equal, same
from core.experiments.importance.board import NODES, Board, Frozen, asked, read
from core.importance import (
    Graph,
    bits,
    descendants,
    margins,
    meetings,
    open_paths,
    pairs,
    sets,
    triples,
)  # fmt: skip
from core.words import amount, number

LARGE = "largest distance"
NEAR = 1e-9


def checks(
    run: Board, *, graph: str, held: str, arrow: int, nodes: int, law: str, pair: int
) -> list[Check]:
    """Factors, separations, colliders, effects."""
    dag = read(graph, nodes, held, arrow)
    every = margins(run.joint)
    whole = all(len(dag[u]) + sum(u in p for p in dag.values()) == nodes - 1 for u in dag)
    markov = (law == "tables" or whole, "any table: not built from the graph's own tables")
    given = (law == "tables", "any table: the graph is not known to be its cause")
    gap = f"non-parents are dropped although they tell more: off by up to {number(run.off)}"
    some = (bool(run.apart.any()), "every pair is joined: nothing is separated")
    alone, opened, crossed = _colliders(run, dag)
    crosses = (crossed, "no two causes of a node that are separated without it")
    rest = f"Σ_z P(y | x, z) P(z) is P(y | do(x)) for every backdoor set z: {LARGE}"
    found = run.valid is not None and bool(run.valid.any())
    backdoor = (found, "no set of the other nodes blocks every path into the cause")
    return [
        same("CAUS-02", f"∏ P(node | parents), cell by cell, and its sum 1: {LARGE}",
             [*run.product.flatten().tolist(), float(run.product.sum())],
             [*_product(run, dag, every), 1.0]),
        same("CAUS-02", f"Markov property: the product is the joint table: {LARGE}", run.product,
             run.joint, needs=(markov,)),
        equal("CAUS-02", "as printed (E-102) an order alone would give the factors: largest "
              "distance of the product from the table", run.off, 0.0,
              needs=((run.off < NEAR, gap),)),
        same("CAUS-02", "what a set separates is independent given it, P(x, y, z) P(z) = P(x, z) "
             f"P(y, z): {LARGE}", _gaps(run, every), 0.0, needs=(markov, some)),
        at_least("CAUS-04", "to know a common effect too: two separated causes tell of each "
                 "other, in nats, at least as much as before", opened, alone,
                 needs=(markov, crosses)),
        *_effects(run, dag, pair, given, backdoor, rest),
        same("", "I, from entropies of margins; adjusted differences, set by set; "
             f"separations, path by path: {LARGE}", _shown(run), _wanted(run, dag, pair)),
    ]  # fmt: skip


def _effects(run, dag, pair, given, backdoor, rest) -> list[Check]:
    text = "the product without P(x | parents) moves P(y = 1) as the sum over the parents says"
    if run.effect is None:
        return [equal("CAUS-03", each, 0.0, 0.0, needs=(given,)) for each in (text, rest)]
    x, y, _ = asked(dag, pair)
    parents = [NODES.index(p) for p in dag[NODES[x]]]
    return [
        equal("CAUS-03", text, run.effect, _held(run.joint.numpy(), x, y, parents)),
        same("CAUS-03", rest, run.adjusted[run.valid], run.effect, needs=(backdoor,)),
    ]


@lru_cache(maxsize=512)
def _bits(nodes: tuple[int, ...]) -> int:
    return sum(1 << k for k in nodes)


@lru_cache(maxsize=64)
def _rows(frozen: Frozen) -> list[tuple[int, list[int], np.ndarray]]:
    """Of each node: its bit, its parents, and the row of its table that each case reads."""
    n, found = len(frozen), []
    for k, (_, parents) in enumerate(frozen):
        before = [NODES.index(p) for p in parents]
        found.append((k, before, bits(n)[:, before] @ (1 << np.arange(len(before))[::-1])))
    return found


def _product(run: Board, dag: Graph, every: np.ndarray) -> np.ndarray:
    """Of the factors, case by case: from the list of chances, or from margins of the table."""
    product, at = np.ones(2**run.n), 0
    for k, before, row in _rows(tuple(dag.items())):
        if run.chances is None:
            product *= every[_bits((*before, k))] / every[_bits(tuple(before))]
        else:
            p = run.chances.numpy()[at + row]
            product *= np.where(bits(run.n)[:, k] == 1, p, 1 - p)
            at += 2 ** len(before)
    return product


def _gaps(run: Board, every: np.ndarray) -> np.ndarray:
    """P(x, y, z) P(z) − P(x, z) P(y, z) of every pair and set that is separated."""
    one, other, none = (part[run.apart.numpy()] for part in triples(run.n)[:3])
    return every[one | other] * every[none] - every[one] * every[other]


def _held(joint: np.ndarray, x: int, y: int, given) -> float:
    """Σ_z (P(y = 1 | x = 1, z) − P(y = 1 | x = 0, z)) P(z), from the table of z, x and y."""
    rest = [k for k in range(joint.ndim) if k not in (*given, x, y)]
    part = joint.transpose(*given, x, y, *rest).reshape(2 ** len(given), 2, 2, -1).sum(3)
    rate = part[:, :, 1] / part.sum(2)
    return float((rate[:, 1] - rate[:, 0]) @ part.sum((1, 2)))


def _shown(run: Board) -> np.ndarray:
    parts = [run.told, run.apart]
    parts += [] if run.adjusted is None else [run.adjusted, run.valid]
    return np.concatenate([each.numpy().ravel() for each in parts])


def _wanted(run: Board, dag: Graph, pair: int) -> np.ndarray:
    n, joint, frozen = run.n, run.joint.numpy(), tuple(dag.items())
    margin = [joint.sum(tuple(k for k in range(n) if not s >> k & 1)) for s in range(2**n)]
    H = np.array([-float((p * np.log(p)).sum()) for p in margin])
    one, other, none, free = triples(n)
    told = np.where(free, np.maximum(H[one] + H[other] - H[one | other] - H[none], 0.0), 0.0)
    found = [told.ravel(), _blocked(frozen)]
    if run.adjusted is not None:
        x, y, others = asked(dag, pair)
        found += [[_held(joint, x, y, z) for z in others], _doors(frozen, x, y, others)]
    return np.concatenate(found)


@lru_cache(maxsize=256)
def _blocked(frozen: Frozen) -> tuple[float, ...]:
    """Whether no path is open, of every pair and set, by listing the paths."""
    dag, n = dict(frozen), len(frozen)
    return tuple(
        float(i not in z and j not in z and not open_paths(dag, NODES[i], NODES[j], _letters(z)))
        for i, j in pairs(n)
        for z in sets(n)
    )


@lru_cache(maxsize=256)
def _doors(frozen: Frozen, x: int, y: int, others: tuple) -> tuple[float, ...]:
    """Whether a set holds nothing that x leads to and leaves no path into x open."""
    dag, found = dict(frozen), []
    after = descendants(dag, NODES[x])
    for z in map(_letters, others):
        into = any(path[1] in dag[NODES[x]] for path in open_paths(dag, NODES[x], NODES[y], z))
        found.append(float(not into and not after & set(z)))
    return tuple(found)


_meetings = lru_cache(maxsize=64)(lambda frozen: meetings(dict(frozen)))


def _colliders(run: Board, dag: Graph) -> tuple[float, float, bool]:
    """I of the two causes of a node that it opens most: before, after; whether there are any."""
    found = [(float(run.told[row, column]), float(run.told[row, more]))
             for row, column, more in _meetings(tuple(dag.items()))]  # fmt: skip
    return (*max(found, key=lambda two: two[1]), True) if found else (0.0, 0.0, False)


def _letters(z) -> list[str]:
    return [NODES[k] for k in z]


# --- words ---------------------------------------------------------------------------------------


def known(n: int, pair: int, given: int) -> tuple[int, int, int, tuple[int, ...]]:
    """Row and column of the table of pairs and sets, and the set without the pair."""
    row = min(pair, len(pairs(n))) - 1
    chosen = sets(n)[min(given, len(sets(n))) - 1]
    z = tuple(k for k in chosen if k not in pairs(n)[row])
    return row, sets(n).index(z), *(z,)


def called(z) -> str:
    """A set of nodes in words."""
    return ", ".join(_letters(z)) or "nothing"


def arrowed(dag: Graph, path: tuple[str, ...]) -> str:
    """A → B ← C."""
    ways = [" → " if u in dag[v] else " ← " for u, v in pairwise(path)]
    return path[0] + "".join(way + v for way, v in zip(ways, path[1:], strict=True))


def says(
    run: Board, *, graph: str, held: str, arrow: int, nodes: int, law: str, pair: int,
    given: int = 1,
) -> str:  # fmt: skip
    """Whether the chosen pair is separated, and what an effect needs."""
    dag = read(graph, nodes, held, arrow)
    row, column, z = known(nodes, pair, given)
    i, j = _letters(pairs(nodes)[row])
    told = float(run.told[row, column])
    nats = amount(told, "nats", 2, zero=NEAR)
    head = f"Given {called(z)}: " if z else ""
    if bool(run.apart[row, column]):
        paths = f"{head}no path between {i} and {j} is open"
        free = f"{paths}, so they are independent."
    else:
        paths = open_paths(dag, i, j, _letters(z))
        named = ", ".join(arrowed(dag, path) for path in paths[:2])
        named += f" and {len(paths) - 2} more" if len(paths) > 2 else ""
        are = "is" if len(paths) == 1 else "are"
        free = f"{head}{named} {are} open: {i} tells {nats} of {j}."
    free = free[0].upper() + free[1:]
    if law == "any":
        if bool(run.apart[row, column]):
            free = f"{paths[0].upper()}{paths[1:]}, but in this table {i} tells {nats} of {j}."
        if run.off < NEAR:
            return f"{free} Every pair is joined: the product is the chain rule, and exact."
        return f"{free} The product of the graph's factors is off the table by {number(run.off)}."
    x, y, others = asked(dag, pair)
    effect = number(run.effect, zero=NEAR)
    moves = f"Setting {NODES[x]} from 0 to 1 moves P({NODES[y]} = 1) by {effect}"
    right = [each for each, valid in zip(others, run.valid.tolist(), strict=True) if valid]
    if not right:
        return f"{free} {moves}; no set of other nodes shows that."
    more = len(right) - 1
    others = f", or with {more} other set{'s' * (more > 1)} of nodes" if more else ""
    return f"{free} {moves}; so says the table with {called(right[0])} held fixed{others}."


def _control(run: Board, *, graph: str, held: str, arrow: int, nodes: int, pair: int):
    """Whether C is to be held fixed for the effect of A on B: with it, without, or either."""
    others = asked(read(graph, nodes, held, arrow), pair)[2]
    at = [others.index(z) for z in ((), (2,))]
    key = {(1, 1): "either", (0, 1): "with", (1, 0): "without"}[tuple(run.valid[at].int().tolist())]
    plain, held_ = (number(v, 2) for v in run.adjusted[at])
    return key, {"effect": number(run.effect, 2), "plain": plain, "held": held_}


def _turned(run: Board, *, graph: str, held: str, arrow: int, nodes: int):
    """Whether the same separations hold once every arrow is turned."""
    dag = read(graph, nodes, held, arrow)
    back = tuple((v, tuple(u for u in dag if v in dag[u])) for v in dag)
    return "same" if _blocked(tuple(dag.items())) == _blocked(back) else "other"


def _order(run: Board) -> tuple[str, dict[str, str]]:
    return ("yes" if run.off < NEAR else "no"), {"off": f"{run.off:.3f}"}


answers = {"control": _control, "turned": _turned, "order": _order}
