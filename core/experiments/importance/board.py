r"""A causal graph of 3 to 5 binary nodes: its factors, what tells of what, what an effect is.

The graph is a text of arrows, "A>B B>C". One arrow may be held beside it: `held` names the two
nodes and `arrow` says 1 (from the first to the second), −1 (the other way) or 0 (none).
"""

from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.check import number, require
from core.importance import (
    Graph,
    adjusted_differences,
    backdoor_sets,
    binary_tables,
    descendants,
    do,
    factorise,
    fitted,
    margin,
    ordered,
    pair_information,
    pairs,
    random_chances,
    read_arrows,
    separations,
    sets,
)
from core.rng import generator
from core.signature import between, declared

NODES, FEWEST, MOST = "ABCDE", 3, 5
RARE = 0.01  # least probability of a value: every case happens
CHAIN = "A>B B>C"


class Board(NamedTuple):
    """What a graph says about its nodes; pairs and sets as `pairs` and `sets` list them."""

    chances: Tensor | None  # P(node = 1 | parents), node by node; None for any table
    joint: Tensor  # (2,) * nodes
    product: Tensor  # of the factors P(node | parents) of that table, (2,) * nodes
    told: Tensor  # I(pair | set) in nats, 0 where the set holds one of the pair, (pairs, sets)
    apart: Tensor  # whether the set blocks every path between the pair, bool, (pairs, sets)
    effect: float | None  # P(y = 1 | do(x = 1)) − P(y = 1 | do(x = 0)) of the chosen pair
    adjusted: Tensor | None  # the same, by holding each set of other nodes fixed, (2**(n−2),)
    valid: Tensor | None  # whether that set is a backdoor set, bool, (2**(n−2),)

    n = property(lambda self: self.joint.ndim)
    off = property(lambda self: float((self.product - self.joint).abs().max()))


@declared
def board(
    graph: str = CHAIN,
    held: str = "",
    arrow: Annotated[int, between(-1, 1)] = 0,
    nodes: Annotated[int, between(FEWEST, MOST)] = 3,
    law: Literal["tables", "any"] = "tables",
    tables: str = "",
    seed: Annotated[int, between(0, 10**6)] = 129,
    pair: Annotated[int, between(1, 10)] = 2,
) -> Board:
    """Factors, separations and effects of a graph.

    Args:
        graph, held, arrow: the arrows.
        nodes: how many there are, A, B, C, …
        law: "tables" multiplies the graph's conditional tables; "any" draws any joint table, of
            which the graph's factors are read off.
        tables: P(node = 1 | parents), node by node; what is left out is drawn from the seed.
        pair: the two nodes whose effect is asked for, counted from 1.

    Sources: CAUS-02, CAUS-03, CAUS-04.
    """
    frozen = _read(graph, nodes, held, arrow)
    dag = dict(frozen)
    if law == "any":
        weights = -torch.rand((2,) * nodes, generator=generator(seed), dtype=torch.float64).log()
        joint = weights / weights.sum()
        product = factorise(fitted(joint, dag), dag)
        told = pair_information(joint)
        return Board(None, joint, product, told, separated(frozen), None, None, None)
    chances = random_chances(dag, generator(seed))
    own = typed(tables, len(chances))
    chances = torch.cat([own, chances[len(own) :]])
    factors = binary_tables(dag, chances)
    joint = factorise(factors, dag)
    x, y, others = asked(dag, pair)
    effect = [float(margin(do(factors, dag, NODES[x], value), [y])[1]) for value in (0, 1)]
    return Board(
        chances, joint, joint, pair_information(joint), separated(frozen), effect[1] - effect[0],
        adjusted_differences(joint, x, y, others), doors(frozen, x, y),
    )  # fmt: skip


# --- the graph -----------------------------------------------------------------------------------

Frozen = tuple[tuple[str, tuple[str, ...]], ...]


@lru_cache(maxsize=256)
def _read(graph: str, nodes: int, held: str, arrow: int) -> Frozen:
    arrows = read_arrows(graph, NODES)
    last = max((NODES.index(v) for each in arrows for v in each), default=0)
    if last >= nodes:
        raise ValueError(f"expected nodes ≥ {last + 1} for the node {NODES[last]}, got {nodes}")
    if held:
        if held not in {NODES[i] + NODES[j] for i, j in pairs(nodes)}:
            raise ValueError(f"expected held to be two nodes such as AB, got '{held[:20]}'")
        one, other = held
        arrows -= {(one, other), (other, one)}
        arrows |= {(one, other)} if arrow > 0 else {(other, one)} if arrow < 0 else set()
    frozen = tuple((v, tuple(u for u in NODES if (u, v) in arrows)) for v in NODES[:nodes])
    ordered(dict(frozen))
    return frozen


def read(graph: str, nodes: int, held: str = "", arrow: int = 0) -> Graph:
    """The graph as {node: parents}.

    Raises:
        ValueError: what is no arrow, a node that is not there, a cycle, which is named.
    """
    return MappingProxyType(dict(_read(graph, nodes, held, arrow)))


def asked(graph: Graph, pair: int) -> tuple[int, int, tuple[tuple[int, ...], ...]]:
    """Cause and effect of a pair, and the sets of other nodes; the cause is what leads on."""
    n = len(graph)
    x, y = pairs(n)[min(pair, len(pairs(n))) - 1]
    if NODES[x] in descendants(graph, NODES[y]):
        x, y = y, x
    return x, y, tuple(z for z in sets(n) if x not in z and y not in z)


separated = lru_cache(maxsize=256)(lambda frozen: separations(dict(frozen)))


@lru_cache(maxsize=256)
def doors(frozen: Frozen, x: int, y: int) -> Tensor:
    """Which sets of other nodes are backdoor sets."""
    found = backdoor_sets(dict(frozen), NODES[x], NODES[y])
    others = [z for z in sets(len(frozen)) if x not in z and y not in z]
    return torch.tensor([tuple(NODES[k] for k in z) in found for z in others])


# --- tables --------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def typed(text: str, count: int) -> Tensor:
    """The numbers of a text, at most `count`.

    Raises:
        ValueError: no number, one outside [0.01, 0.99], too many.
    """
    cells = text.replace(",", " ").split()
    if len(cells) > count:
        raise ValueError(f"expected at most {count} numbers in tables, got {len(cells)}")
    values = [number(cell) for cell in cells]
    for i, (cell, value) in enumerate(zip(cells, values, strict=True)):
        require(f"number {i + 1} of tables", cell if value is None else value, RARE, 1 - RARE)
    return torch.tensor(values, dtype=torch.float64)
