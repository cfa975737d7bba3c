r"""Graphs of binary nodes, all pairs and sets at once: what tells of what, what adjusting gives.

A case is a value of every node, node 0 slowest; a set of nodes is a tuple, or the number Σ 2^k.
Sources: CAUS-02 to CAUS-04; Pearl, Causality (2009), sections 3.3 and 3.6 (weights 1/P(x | z)).
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations

import numpy as np
import torch
from torch import Tensor

from core.importance.graphs import Graph, d_separated


@lru_cache(maxsize=8)
def pairs(n: int) -> tuple[tuple[int, int], ...]:
    """All pairs of n nodes."""
    return tuple(combinations(range(n), 2))


@lru_cache(maxsize=8)
def sets(n: int) -> tuple[tuple[int, ...], ...]:
    """All sets of at most n − 2 nodes, small ones first."""
    return tuple(z for size in range(n - 1) for z in combinations(range(n), size))


def separations(graph: Graph) -> Tensor:
    """Whether a set blocks every path between a pair, bool (pairs, sets); False where they meet."""
    names = list(graph)
    return torch.tensor([
        [not {i, j} & set(z) and d_separated(graph, names[i], names[j], [names[k] for k in z])
         for z in sets(len(names))]
        for i, j in pairs(len(names))
    ])  # fmt: skip


def random_chances(graph: Graph, generator: torch.Generator) -> Tensor:
    """P(node = 1 | parents) in [0.05, 0.95], node by node; an arrow changes one node's only."""
    most = max(16, *(2 ** len(parents) for parents in graph.values()))
    drawn = torch.rand(max(5, len(graph)), most, generator=generator, dtype=torch.float64)
    drawn = (5 + 90 * drawn).round() / 100
    return torch.cat([drawn[k, : 2 ** len(p)] for k, p in enumerate(graph.values())])


def binary_tables(graph: Graph, chances: Tensor) -> dict[str, Tensor]:
    """The table of each node, from P(node = 1 | parents) node by node, (Σ 2^parents,)."""
    found, at = {}, 0
    for v, parents in graph.items():
        p = chances[at : at + 2 ** len(parents)].reshape((2,) * len(parents))
        found[v], at = torch.stack([1 - p, p], -1), at + 2 ** len(parents)
    return found


@lru_cache(maxsize=8)
def bits(n: int) -> np.ndarray:
    """The values of the nodes in each of the 2^n cases, (2^n, n)."""
    return (np.arange(2**n)[:, None] >> np.arange(n)[::-1]) & 1


@lru_cache(maxsize=8)
def _agree(n: int) -> np.ndarray:
    """Whether two cases agree on a set, given as Σ 2^k: (2^n sets, 2^n, 2^n)."""
    cases = bits(n)
    differ = cases[:, None] != cases
    chosen = ((np.arange(2**n)[:, None] >> np.arange(n)) & 1).astype(bool)
    return ~(differ[None] & chosen[:, None, None]).any(-1) * 1.0


def margins(joint: Tensor) -> np.ndarray:
    """P(what a case says of a set), of every set Σ 2^k and case, (2^n, 2^n)."""
    return _agree(joint.ndim) @ joint.numpy().ravel()


@lru_cache(maxsize=8)
def triples(n: int) -> tuple[np.ndarray, ...]:
    """Of every pair (i, j) and set z, (pairs, sets): iz, jz and z as Σ 2^k; if z holds neither."""
    z = np.array([sum(1 << k for k in each) for each in sets(n)])
    i, j = (np.array([[1 << each[k]] for each in pairs(n)]) for k in (0, 1))
    return z | i, z | j, z + 0 * i, (z & (i | j)) == 0


def meetings(graph: Graph) -> list[tuple[int, int, int]]:
    """Two causes of a node that a set separates: their row, that of `sets` without and with it."""
    names, found = list(graph), []
    apart, at = separations(graph).tolist(), {z: k for k, z in enumerate(sets(len(names)))}
    for k, parents in enumerate(graph.values()):
        for row, (i, j) in enumerate(pairs(len(names))):
            for z, column in at.items():
                more = at.get(tuple(sorted({*z, k})))
                causes = names[i] in parents and names[j] in parents
                if causes and apart[row][column] and k not in z and more is not None:
                    found.append((row, column, more))
    return found


def adjusted_differences(
    joint: Tensor, x: int, y: int, others: Sequence[tuple[int, ...]]
) -> Tensor:
    """Σ_z (P(y | x = 1, z) − P(y | x = 0, z)) P(z) for y = 1 and each set: cases by 1/P(x | z)."""
    every, cases = margins(joint), bits(joint.ndim)
    z = np.array([sum(1 << k for k in each) for each in others])
    mass = joint.numpy().ravel() * cases[:, y] * (2 * cases[:, x] - 1)
    return torch.from_numpy((every[z] / every[z | 1 << x]) @ mass)


def pair_information(joint: Tensor) -> Tensor:
    """I(pair | set) in nats of every pair and set, (pairs, sets); 0 where they overlap.

    Args:
        joint: (2,) * n, no cell 0.
    """
    log = (joint.numpy().ravel() * np.log(margins(joint))).sum(1)  # minus the entropies
    one, other, none, free = triples(joint.ndim)
    found = log[one | other] + log[none] - log[one] - log[other]
    return torch.from_numpy(np.where(free, np.maximum(found, 0.0), 0.0))
