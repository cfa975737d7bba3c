import itertools
import random

import numpy as np
import pytest
import torch

from core.experiments.importance import board_claims as claims
from core.experiments.importance.board import NODES, asked, board, read
from core.importance import (
    adjusted,
    adjusted_differences,
    binary_tables,
    factorise,
    fitted,
    margin,
    meetings,
    pair_information,
    pairs,
    separations,
    sets,
    write_arrows,
)
from core.information import conditional_mutual_information, mutual_information
from pages.figures.importance.board import figure
from tests.forgery import failures, forgeries

AT = {"graph": "A>B B>C", "held": "", "arrow": 0, "nodes": 3, "law": "tables", "pair": 2}
TWO = {"graph": "A>C B>C", "tables": "0.5 0.5 0.1 0.9 0.9 0.9", "pair": 1}
FORK = {"graph": "A>B C>A C>B", "pair": 1}
M = {"graph": "A>B D>A D>C E>B E>C", "nodes": 5, "pair": 1}
ANY = {"law": "any", "seed": 0}


def taken(values: dict) -> dict:
    return {k: v for k, v in (AT | values).items() if k in AT}


def red(run, **values) -> list[str]:
    return failures(claims.checks(run, **taken(values)))


def claim(run, id: str, text: str, **values):
    found = claims.checks(run, **taken(values))
    (one,) = [c for c in found if c.id == id and text in c.claim]
    return one


def drawn_graph(rng: random.Random, nodes: int) -> str:
    order = rng.sample(NODES[:nodes], nodes)
    both = itertools.combinations(order, 2)
    return " ".join(f"{u}>{v}" for u, v in both if rng.random() < 0.5)


@pytest.mark.parametrize("seed", range(10))
def test_what_is_told_is_the_conditional_information(seed):
    rng = random.Random(seed)
    joint = board(graph=drawn_graph(rng, 4), nodes=4, seed=seed).joint
    told = pair_information(joint)
    for (i, j), row in zip(pairs(4), told, strict=True):
        for z, mine in zip(sets(4), row, strict=True):
            if {i, j} & set(z):
                assert mine == 0
                continue
            part = margin(joint, (i, j, *z))
            theirs = conditional_mutual_information(part.flatten(2)) if z else None
            theirs = mutual_information(part) if theirs is None else theirs
            assert float(mine) == pytest.approx(float(theirs), abs=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_adjusted_differences_are_those_of_the_definition(seed):
    rng = random.Random(seed)
    run = board(graph=drawn_graph(rng, 5), nodes=5, seed=seed, pair=seed + 1)
    others = [z for z in sets(5) if 0 not in z and 3 not in z]
    theirs = [adjusted(run.joint, 0, 3, z)[:, 1].diff().item() for z in others]
    np.testing.assert_allclose(adjusted_differences(run.joint, 0, 3, others), theirs, atol=1e-12)


@pytest.mark.parametrize("values", [{}, TWO, FORK, M, ANY, {**M, **ANY}])
def test_no_check_is_red_on_graphs_drawn_at_random(values):
    rng = random.Random(str(values))
    for seed in range(12):
        nodes = rng.randint(3, 5)
        given = values | {"graph": drawn_graph(rng, nodes), "nodes": nodes, "tables": ""}
        given |= {"pair": rng.randint(1, 10), "seed": seed}
        run = board(**given)
        assert red(run, **given) == [], given
        words = claims.says(run, **taken(given), given=rng.randint(1, 26))
        assert "nan" not in words and "e-" not in words
        shown = figure(run, **taken(given), given=rng.randint(1, 26))
        assert len(shown.panels) == (3 if values.get("law") == "any" else 4)


@pytest.mark.parametrize("p", ["0.01", "0.5", "0.99"])
@pytest.mark.parametrize("values", [{}, TWO, FORK, M])
def test_no_check_is_red_at_extreme_tables(values, p):
    for count in (3, 5):
        given = values | {"tables": " ".join([p] * count)}
        assert red(board(**given), **given) == []


@pytest.mark.parametrize("values", [{}, TWO, FORK, M, ANY])
def test_what_is_forged_turns_a_check_red(values):
    run = board(**values)
    assert red(run, **values) == []
    for field, forged in forgeries(run):
        assert red(forged, **values), field


def test_the_chain_of_a_table_is_off_by_what_was_known_before():
    run = board(**ANY)
    assert run.off == pytest.approx(0.040, abs=5e-4)
    printed = claim(run, "CAUS-02", "E-102", **ANY)
    assert not printed.applies and not claim(run, "CAUS-02", "Markov", law="any").applies
    whole = {"law": "any", "graph": "A>B B>C A>C"}
    assert board(**whole).off < 1e-15
    assert claim(board(**whole), "CAUS-02", "Markov", **whole).applies
    for order in itertools.permutations("ABC"):
        one, two, three = order
        assert board(law="any", graph=f"{one}>{two} {one}>{three} {two}>{three}").off < 1e-15


def test_a_collider_tells_nothing_until_it_is_known():
    run = board(**TWO)
    assert float(run.told[0, 0]) == pytest.approx(0, abs=1e-15) and float(run.told[0, 3]) > 0.05
    assert bool(run.apart[0, 0]) and not bool(run.apart[0, 3])
    assert meetings(read("A>C B>C", 3)) == [(0, 0, 3)]
    assert claim(run, "CAUS-04", "", **TWO).lhs == pytest.approx(float(run.told[0, 3]))
    assert not claim(board(), "CAUS-04", "").applies


def test_in_an_m_what_is_measured_before_is_to_be_left():
    run = board(**M)
    x, y, others = asked(read(M["graph"], 5), 1)
    right = dict(zip(others, run.valid.tolist(), strict=True))
    assert (x, y) == (0, 1) and right[()] and not right[(2,)] and right[(2, 3)]
    assert float(run.adjusted[0]) == pytest.approx(run.effect)
    assert abs(float(run.adjusted[1]) - run.effect) > 1e-3


def test_turning_every_arrow_of_a_chain_changes_no_separation():
    back = read("C>B B>A", 3)
    torch.testing.assert_close(separations(back), board().apart)
    run = board()
    torch.testing.assert_close(factorise(fitted(run.joint, back), back), run.joint)
    assert claims.answers["turned"](run, graph="A>B B>C", held="", arrow=0, nodes=3) == "same"
    assert claims.answers["turned"](run, graph="A>B C>B", held="", arrow=0, nodes=3) == "other"


def test_a_held_arrow_replaces_that_of_the_text():
    assert write_arrows(read("A>B B>C", 3, "AB", -1)) == "B>A B>C"
    assert write_arrows(read("A>B B>C", 3, "AB", 0)) == "B>C"
    assert write_arrows(read("A->B→C", 4, "AD", 1)) == "A>B A>D B>C"


def test_own_numbers_come_before_those_of_the_seed():
    run, drawn = board(tables="0.25 0.75", seed=4), board(seed=4)
    assert run.chances.tolist() == [0.25, 0.75, *drawn.chances.tolist()[2:]]
    table = binary_tables(read("A>B", 3), run.chances[:4])["B"]
    np.testing.assert_allclose(table, [[0.25, 0.75], [1 - run.chances[2], run.chances[2]]])


@pytest.mark.parametrize("values", [{}, FORK, M])
def test_knobs_read_where_they_stand(values):
    dag = read(taken(values)["graph"], taken(values)["nodes"])
    for handle in figure(board(**values), **taken(values)).panels[0].handles:
        one, other = handle.also["held"]
        state = (one in dag[other]) - (other in dag[one])
        (row,), (shift,) = handle.matrix, handle.offset
        assert row[0] * handle.x + row[1] * handle.y + shift == pytest.approx(state, abs=1e-9)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"pair": 2}, "A → B → C is open"),
        ({"pair": 2, "given": 3}, "Given B: no path between A and C is open"),
        ({**TWO, "given": 4}, "Given C: A → C ← B is open"),
        ({**M, "given": 1}, "with nothing held fixed, or with 6 other sets"),
        ({"graph": "", "pair": 1}, "No path between A and B is open"),
        ({**ANY, "given": 3}, "but in this table A tells"),
        ({"law": "any", "graph": "A>B B>C A>C"}, "chain rule, and exact"),
    ],
)
def test_sentences_follow_the_graph(values, said):
    given = values.pop("given", 1)
    assert said in claims.says(board(**values), **taken(values), given=given)


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ({"graph": "A>B B>C C>A"}, "without a cycle, got A → B → C → A"),
        ({"graph": "A>A"}, "cycle, got A → A"),
        ({"graph": "A>Q"}, "got 'A>Q'"),
        ({"graph": "A>D"}, "nodes ≥ 4 for the node D, got 3"),
        ({"held": "BA"}, "expected held"),
        ({"arrow": 2}, "expected arrow"),
        ({"nodes": 6}, "expected nodes"),
        ({"tables": "0.5 1"}, "number 2 of tables"),
        ({"tables": "0.5 x"}, "number 2 of tables"),
        ({"tables": "0.5 " * 6}, "at most 5 numbers"),
    ],
)
def test_refusals_name_what_is_wrong(bad, sentence):
    with pytest.raises(ValueError, match=sentence):
        board(**bad)
