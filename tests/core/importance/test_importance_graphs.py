"""Factors, interventions and separation, by enumeration; separation also against networkx."""

import itertools

import networkx as nx
import numpy as np
import pytest
import torch

from core.importance import (
    adjusted,
    ancestors,
    backdoor_sets,
    d_separated,
    descendants,
    do,
    factorise,
    fitted,
    margin,
    open_paths,
    ordered,
)
from core.importance.binary import random_chances
from core.information import conditional_mutual_information, mutual_information
from core.rng import generator

CHAIN = {"A": (), "B": ("A",), "C": ("B",)}
COLLIDER = {"A": (), "B": (), "C": ("A", "B")}
M = {"A": ("D",), "B": ("A", "E"), "C": ("D", "E"), "D": (), "E": ()}


def random_graph(random: np.random.Generator, n: int, share: float = 0.5) -> dict:
    """Arrows along a random order; the nodes are listed in another one."""
    order = list(random.permutation(list("ABCDEFGH"[:n])))
    graph = {v: [p for p in order[:k] if random.random() < share] for k, v in enumerate(order)}
    return {v: tuple(graph[v]) for v in random.permutation(order)}


def random_tables(random: np.random.Generator, graph: dict) -> dict:
    size = {v: int(random.integers(2, 4)) for v in graph}
    return {
        v: torch.from_numpy(
            random.dirichlet(np.ones(size[v]), [size[p] for p in parents]).reshape(
                *(size[p] for p in parents), size[v]
            )
        )
        for v, parents in graph.items()
    }


def cells(tables: dict, graph: dict, forced: tuple[str, int] | None = None) -> np.ndarray:
    """The joint table, cell by cell."""
    nodes = list(graph)
    shape = [tables[v].shape[-1] for v in nodes]
    joint = np.zeros(shape)
    for at in itertools.product(*map(range, shape)):
        value = dict(zip(nodes, at, strict=True))
        p = 1.0
        for v in nodes:
            if forced and v == forced[0]:
                p *= value[v] == forced[1]
            else:
                p *= float(tables[v][(*(value[u] for u in graph[v]), value[v])])
        joint[at] = p
    return joint


@pytest.mark.parametrize("seed", range(12))
def test_products_are_those_of_the_cells_and_sum_to_one(seed):
    random = np.random.default_rng(seed)
    graph = random_graph(random, 4)
    tables = random_tables(random, graph)
    joint = factorise(tables, graph)
    np.testing.assert_allclose(joint, cells(tables, graph), rtol=1e-12)
    assert float(joint.sum()) == pytest.approx(1, abs=1e-12)
    for v, table in fitted(joint, graph).items():
        np.testing.assert_allclose(table, tables[v], rtol=1e-9)
    v = random.choice(list(graph))
    done = do(tables, graph, v, 1)
    np.testing.assert_allclose(done, cells(tables, graph, (v, 1)), rtol=1e-12)
    assert float(done.sum()) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("seed", range(12))
def test_backdoor_adjustment_is_the_truncated_factorisation(seed):
    random = np.random.default_rng(seed)
    graph = random_graph(random, 5, 0.6)
    tables = random_tables(random, graph)
    joint, nodes = factorise(tables, graph), list(graph)
    for x, y in itertools.permutations(nodes, 2):
        for z in backdoor_sets(graph, x, y):
            mine = adjusted(joint, nodes.index(x), nodes.index(y), [nodes.index(v) for v in z])
            for value in range(mine.shape[0]):
                theirs = margin(do(tables, graph, x, value), [nodes.index(y)])
                torch.testing.assert_close(mine[value], theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("seed", range(8))
def test_what_is_separated_is_independent_in_every_table(seed):
    random = np.random.default_rng(seed)
    graph = random_graph(random, 4)
    joint, nodes = factorise(random_tables(random, graph), graph), list(graph)
    for a, b in itertools.combinations(range(4), 2):
        rest = [k for k in range(4) if k not in (a, b)]
        for given in ([], *([k] for k in rest), rest):
            part = margin(joint, (a, b, *given)).flatten(2) if given else margin(joint, (a, b))
            told = (conditional_mutual_information if given else mutual_information)(part)
            if d_separated(graph, nodes[a], nodes[b], [nodes[k] for k in given]):
                assert float(told) == pytest.approx(0, abs=1e-12)
            else:
                assert float(told) > 1e-9


@pytest.mark.peer
@pytest.mark.parametrize("seed", range(40))
def test_separation_is_that_of_networkx(seed):
    random = np.random.default_rng(seed)
    graph = random_graph(random, int(random.integers(3, 8)), 0.4)
    theirs = nx.DiGraph([(p, v) for v, parents in graph.items() for p in parents])
    theirs.add_nodes_from(graph)
    for a, b in itertools.combinations(graph, 2):
        assert ancestors(graph, [a]) == nx.ancestors(theirs, a) | {a}
        assert descendants(graph, a) == nx.descendants(theirs, a) | {a}
        for _ in range(4):
            given = {v for v in graph if v not in (a, b) and random.random() < 0.4}
            wanted = nx.is_d_separator(theirs, {a}, {b}, given)
            assert d_separated(graph, a, b, given) == wanted
            assert (not open_paths(graph, a, b, given)) == wanted


def test_a_collider_is_opened_by_what_follows_from_it():
    graph = COLLIDER | {"D": ("C",)}
    assert d_separated(graph, "A", "B") and not d_separated(graph, "A", "B", {"D"})
    assert open_paths(graph, "A", "B", {"D"}) == [("A", "C", "B")]


def test_backdoor_sets_of_a_fork_and_of_an_m():
    fork = {"A": ("C",), "B": ("A", "C"), "C": ()}
    assert backdoor_sets(fork, "A", "B") == [("C",)]
    sets = backdoor_sets(M, "A", "B")
    assert () in sets and ("C",) not in sets and ("C", "D") in sets
    assert backdoor_sets(CHAIN, "C", "A") == [("B",)]
    assert backdoor_sets(CHAIN, "B", "A") == []  # nothing blocks an arrow


def test_a_chain_and_its_reverse_hold_the_same_laws():
    back = {"A": ("B",), "B": ("C",), "C": ()}
    joint = factorise(random_tables(np.random.default_rng(1), CHAIN), CHAIN)
    torch.testing.assert_close(factorise(fitted(joint, back), back), joint)


def test_an_order_alone_gives_the_chain_rule_and_no_more():
    joint = torch.from_numpy(np.random.default_rng(0).dirichlet(np.ones(8))).reshape(2, 2, 2)
    full = {"A": (), "B": ("A",), "C": ("A", "B")}
    torch.testing.assert_close(factorise(fitted(joint, full), full), joint, rtol=0, atol=1e-15)
    assert (factorise(fitted(joint, CHAIN), CHAIN) - joint).abs().max() > 0.01


def test_an_arrow_changes_the_chances_of_one_node_only():
    one, two = (random_chances(g, generator(3)) for g in (CHAIN, CHAIN | {"C": ("A", "B")}))
    assert (len(one), len(two)) == (5, 7) and torch.equal(one[:3], two[:3])
    assert two.min() >= 0.05 and two.max() <= 0.95
    torch.testing.assert_close(100 * two, (100 * two).round())


def test_what_never_happens_has_no_rate():
    joint = torch.tensor([[[0.2, 0.3], [0.0, 0.0]], [[0.1, 0.1], [0.2, 0.1]]]).double()  # z, x, y
    found = adjusted(joint, 1, 2, [0])
    assert found[1].isnan().all()
    torch.testing.assert_close(found[0], torch.tensor([0.5 * 0.4 + 0.5 * 0.5, 0.55]).double())


def test_refusals_name_what_is_wrong():
    with pytest.raises(ValueError, match="cycle, got A → B → C → A"):
        ordered({"A": ("C",), "B": ("A",), "C": ("B",)})
    with pytest.raises(ValueError, match="cycle, got A → A"):
        ordered({"A": ("A",)})
    with pytest.raises(ValueError, match="parents of A among the nodes, got Q"):
        ordered({"A": ("Q",)})
    one = torch.tensor([0.5, 0.5], dtype=torch.float64)
    off = {"A": one, "B": torch.tensor([[0.5, 0.5], [0.5, 0.6]]), "C": one}
    graph = {"A": (), "B": ("A",), "C": ()}
    with pytest.raises(ValueError, match=r"table of B .* sum to 1, got 1.1"):
        factorise(off, graph)
    with pytest.raises(ValueError, match=r"table of B of shape \(2, 2\), got \(2,\)"):
        factorise(off | {"B": one}, graph)
    with pytest.raises(ValueError, match="expected variable"):
        do(off | {"B": torch.eye(2)}, graph, "Q", 0)
    with pytest.raises(ValueError, match="expected value"):
        do(off | {"B": torch.eye(2)}, graph, "A", 2)
    for a, b, given in (("A", "A", ()), ("A", "B", ("A",)), ("A", "Q", ())):
        with pytest.raises(ValueError, match="nodes"):
            d_separated(CHAIN, a, b, given)
