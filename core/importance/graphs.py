r"""Causal graphs of variables with finitely many values: factors, interventions, separation.

A graph is {node: its parents}; a joint table has one axis for each node, in the graph's order. The
table of a node has an axis for each parent, in their order, and last its own. Sources: CAUS-01 to
CAUS-04; Pearl, Causality (2009), sections 1.2, 1.3 and 3.3.

>>> graph = {"A": (), "B": ("A",), "C": ("B",)}
>>> d_separated(graph, "A", "C", {"B"})
True
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, pairwise

import torch
from torch import Tensor

Graph = Mapping[str, Sequence[str]]
OFF = 1e-9  # by which a row of a table may miss the sum 1


def ordered(graph: Graph) -> tuple[str, ...]:
    """The nodes, every one after its parents; of several orders the first in the graph's own.

    Raises:
        ValueError: a parent that is no node, a cycle, which is named.
    """
    for node, parents in graph.items():
        for parent in parents:
            if parent not in graph:
                raise ValueError(f"expected the parents of {node} among the nodes, got {parent}")
    done: list[str] = []
    while len(done) < len(graph):
        free = [v for v in graph if v not in done and all(p in done for p in graph[v])]
        if not free:
            raise ValueError(f"expected a graph without a cycle, got {_cycle(graph, done)}")
        done.append(free[0])
    return tuple(done)


def _cycle(graph: Graph, done: Sequence[str]) -> str:
    """Walk upwards among what cannot be ordered until a node comes again."""
    walk = [next(v for v in graph if v not in done)]
    while walk.count(walk[-1]) < 2:
        walk.append(next(p for p in graph[walk[-1]] if p not in done))
    return " → ".join(reversed(walk[walk.index(walk[-1]) :]))


def ancestors(graph: Graph, nodes: Iterable[str]) -> set[str]:
    """The nodes themselves and everything that a directed path leads from to them."""
    found, open_ = set(), list(nodes)
    while open_:
        node = open_.pop()
        if node not in found:
            found.add(node)
            open_ += graph[node]
    return found


def descendants(graph: Graph, node: str) -> set[str]:
    """The node itself and everything that a directed path leads to from it."""
    return {v for v in graph if node in ancestors(graph, [v])}


def read_arrows(text: str, names: Sequence[str]) -> set[tuple[str, str]]:
    """The arrows of "A>B B>C", also written A->B→C, with commas or not.

    Raises:
        ValueError: what is no arrow between these names.
    """
    found = set()
    for item in re.sub(r"->|→", ">", text).replace(",", " ").replace(";", " ").split():
        chain = item.split(">")
        if not all(each in names for each in chain):
            raise ValueError(f"expected graph as arrows such as A>B B>C, got '{item[:20]}'")
        found |= set(pairwise(chain))
    return found


def write_arrows(graph: Graph) -> str:
    """The inverse of `read_arrows`."""
    return " ".join(sorted(f"{u}>{v}" for v, parents in graph.items() for u in parents))


# --- tables --------------------------------------------------------------------------------------


def factorise(tables: Mapping[str, Tensor], graph: Graph) -> Tensor:
    """The joint table ∏ P(v | parents of v), an axis for each node in the graph's order.

    Raises:
        ValueError: a cycle, a table of another shape, a row that does not sum to 1.
    """
    return _product(_read(tables, graph), graph)


def do(tables: Mapping[str, Tensor], graph: Graph, variable: str, value: int) -> Tensor:
    """The joint table after `variable` has been set to value no. `value`: its factor is left out.

    The truncated factorisation; cells of other values of the variable hold 0.

    Raises:
        ValueError: as `factorise`, an unknown variable, a value that is not there.
    """
    tables = dict(_read(tables, graph))
    if variable not in graph:
        raise ValueError(f"expected variable to be one of {', '.join(graph)}, got {variable}")
    table = tables[variable]
    if not 0 <= value < table.shape[-1]:
        raise ValueError(f"expected value in [0, {table.shape[-1] - 1}], got {value}")
    forced = torch.zeros_like(table)
    forced[..., value] = 1.0
    return _product(tables | {variable: forced}, graph)


def fitted(joint: Tensor, graph: Graph) -> dict[str, Tensor]:
    """P(v | parents of v) of every node, read off any joint table; NaN where undefined."""
    ordered(graph)
    nodes = list(graph)
    found = {}
    for node, parents in graph.items():
        keep = [nodes.index(each) for each in (*parents, node)]
        part = margin(joint, keep)
        found[node] = part / part.sum(-1, keepdim=True)
    return found


def margin(joint: Tensor, keep: Sequence[int]) -> Tensor:
    """The joint table of the axes `keep`, in that order."""
    rest = [axis for axis in range(joint.ndim) if axis not in keep]
    part = joint.sum(rest) if rest else joint
    left = sorted(keep)
    return part.permute([left.index(axis) for axis in keep]) if keep else part


def adjusted(joint: Tensor, x: int, y: int, given: Sequence[int]) -> Tensor:
    """Σ_z P(y | x, z) P(z) over the values z of the axes `given`: (values of x, values of y).

    It is P(y | do(x)) where these axes are a backdoor set; NaN where some (x, z) never happens.
    """
    part = margin(joint, (*given, x, y)).reshape(-1, joint.shape[x], joint.shape[y])
    here = part.sum((1, 2))
    seen = part[here > 0]
    share = seen / seen.sum(2, keepdim=True)
    return (here[here > 0][:, None, None] * share).sum(0)


def _read(tables: Mapping[str, Tensor], graph: Graph) -> Mapping[str, Tensor]:
    ordered(graph)
    found = {v: torch.as_tensor(tables[v], dtype=torch.float64) for v in graph}
    size = {v: table.shape[-1] if table.ndim else 0 for v, table in found.items()}
    for node, table in found.items():
        wanted = (*(size[p] for p in graph[node]), size[node])
        if tuple(table.shape) != wanted or not size[node]:
            raise ValueError(
                f"expected the table of {node} of shape {wanted}, got {tuple(table.shape)}"
            )
        off = (table.sum(-1) - 1).abs()
        if not float(table.min()) >= 0 or not float(off.max()) <= OFF:
            total = float(table.sum(-1).flatten()[off.argmax()])
            raise ValueError(
                f"expected rows of the table of {node} that are ≥ 0 and sum to 1, got {total:.7g}"
            )
    return found


def _product(tables: Mapping[str, Tensor], graph: Graph) -> Tensor:
    nodes = list(graph)
    joint = torch.ones([tables[v].shape[-1] for v in nodes], dtype=torch.float64)
    for node, parents in graph.items():
        at = [nodes.index(each) for each in (*parents, node)]
        table = tables[node].permute(sorted(range(len(at)), key=at.__getitem__))
        joint = joint * table.reshape([n if k in at else 1 for k, n in enumerate(joint.shape)])
    return joint


# --- separation ----------------------------------------------------------------------------------


def d_separated(graph: Graph, a: str, b: str, given: Iterable[str] = ()) -> bool:
    """Whether every path between two nodes is blocked by `given`.

    A chain or a fork on the path is blocked by its middle node; a collider → v ← is blocked unless
    v or something that follows from it is given. By reachability, linear in the arrows.

    Raises:
        ValueError: a cycle, a = b, a or b given, a node that is not there.
    """
    given = set(given)
    _named(graph, a, b, given)
    ordered(graph)
    opening = ancestors(graph, given)
    children = _children(graph)
    seen, open_ = set(), [(a, "up")]  # "up": reached from a child, or the start
    while open_:
        node, way = state = open_.pop()
        if state in seen:
            continue
        seen.add(state)
        if node == b:
            return False
        if node not in given:
            open_ += [(child, "down") for child in children[node]]
        if (way == "up" and node not in given) or (way == "down" and node in opening):
            open_ += [(parent, "up") for parent in graph[node]]
    return True


def open_paths(graph: Graph, a: str, b: str, given: Iterable[str] = ()) -> list[tuple[str, ...]]:
    """All paths from a to b, against arrows or along them, that `given` leaves open."""
    given = set(given)
    _named(graph, a, b, given)
    opening, children = ancestors(graph, given), _children(graph)
    found, open_ = [], [(a,)]
    while open_:
        path = open_.pop(0)
        here = path[-1]
        if here == b:
            found.append(path)
            continue
        for then in (*graph[here], *children[here]):
            if then in path:
                continue
            if len(path) > 1:
                collides = path[-2] in graph[here] and then in graph[here]
                if (here not in opening) if collides else (here in given):
                    continue
            open_.append((*path, then))
    return found


def backdoor_sets(graph: Graph, x: str, y: str) -> list[tuple[str, ...]]:
    """All sets of other nodes that block every path into x from y, and hold nothing x leads to.

    For such a set P(y | do(x)) = Σ_z P(y | x, z) P(z). Small sets first.
    """
    _named(graph, x, y, set())
    cut = {v: tuple(p for p in parents if p != x) for v, parents in graph.items()}
    after = descendants(graph, x)
    free = [v for v in graph if v not in after and v != y]
    sets = [z for size in range(len(free) + 1) for z in combinations(free, size)]
    return [z for z in sets if d_separated(cut, x, y, z)]


def _children(graph: Graph) -> dict[str, list[str]]:
    return {v: [w for w in graph if v in graph[w]] for v in graph}


def _named(graph: Graph, a: str, b: str, given: set[str]) -> None:
    for node in (a, b, *given):
        if node not in graph:
            raise ValueError(f"expected nodes among {', '.join(graph)}, got {node}")
    if a == b or {a, b} & given:
        raise ValueError(f"expected two nodes that are not given, got {a} and {b}")
