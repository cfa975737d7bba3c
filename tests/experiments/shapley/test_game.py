import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core import sheets
from core.experiments.shapley import game_claims as claims
from core.experiments.shapley.game import MOST, Lattice, lattice
from core.shapley.rules import RULES, used
from pages.experiments.shapley.game import EXPERIMENT as GAME
from pages.figures.shapley.game import edges, figure, nodes


def mine(*worth: float, **changed) -> Lattice:
    return lattice(game="mine", v=" ".join(f"{x!r}" for x in worth), **changed)


def test_the_votes_count_only_by_who_wins():
    third = 1 / 3
    assert lattice(game="voting", share=0.98).phi.tolist() == pytest.approx([third] * 3)
    assert lattice(game="voting", share=0.97).phi.tolist() == pytest.approx([0.5, 0.5, 0])
    needed = lattice(game="unanimity", p=5, needed=2)
    assert needed.phi.tolist() == pytest.approx([0.5, 0.5, 0, 0, 0])


def test_a_rule_without_a_value_says_so():
    result = mine(0, 1, 1, 0)
    assert result.of("rescaled").values is None and result.of("rescaled").gaps == (None,) * 4
    assert "sum to 0" in claims.says(result, rule="rescaled")
    assert figure(result, rule="rescaled", look="core").panels


# tables with many ties, so that symmetric players and dummies occur
TABLES = st.integers(1, MOST).flatmap(
    lambda n: st.lists(st.integers(-2, 2).map(float), min_size=2**n, max_size=2**n)
)


def red(result: Lattice, rule="shapley", edge=1, look="rules") -> set[str]:
    checks = claims.checks(result, rule=rule, edge=edge, look=look)
    return {c.id for c in checks if c.applies and not c.holds}


@given(TABLES, st.sampled_from(list(RULES)), st.integers(0, 79), st.booleans())
@settings(max_examples=40)
def test_every_statement_holds_on_every_table(worth, rule, edge, paid):
    result = mine(*worth, paid=paid)
    assert red(result, rule, edge) == red(result, rule, edge, "core") == set()


def test_a_wrong_share_turns_the_checks_red_though_the_sum_is_right():
    (first, *others), by = lattice().rules, torch.tensor([1e-3, -1e-3, 0])
    wrong = lattice()._replace(rules=(first._replace(values=first.values + by), *others))
    assert red(wrong) == {"XAI-17", "ROB-15", "XAI-22"}
    assert red(lattice()._replace(delta=-lattice().delta)) == {"XAI-15"}


# --- the core ------------------------------------------------------------------------------------


def test_costs_turn_the_core_round():
    airport = lattice(game="airport")
    assert airport.costs and airport.rules[0].in_core
    corners = airport.corners
    assert corners.sum(1).tolist() == pytest.approx([3] * len(corners))
    assert corners.amin(0).tolist() == pytest.approx([0, 0, 1])
    assert corners.amax(0).tolist() == pytest.approx([1, 2, 3])
    same = mine(*airport.v.tolist(), paid=True)
    assert torch.equal(same.corners, corners) and same.rules[0].in_core
    gains = mine(*airport.v.tolist())
    assert not len(gains.corners) and not gains.rules[0].in_core


def test_who_would_leave_is_named_with_the_gain():
    assert "{L, R₁} could gain 0.167 by leaving" in claims.says(lattice(), rule="shapley")
    assert "{1} pays 3 more" in claims.says(mine(0, 1, 2, 9, paid=True), rule="shapley")
    majority = lattice(game="voting", weights="1 1 1")
    assert "core is empty" in claims.says(majority, rule="shapley")


# --- edge cases and refusals ---------------------------------------------------------------------


def test_one_player_no_value_and_a_value_of_the_empty_coalition():
    assert all(r.values.tolist() == [2] for r in mine(1, 3).rules)
    assert mine(*[0.0] * 8).phi.abs().max() == 0
    raised = mine(*(lattice().v + 5).tolist())
    torch.testing.assert_close(raised.phi, lattice().phi)
    assert raised.total == pytest.approx(1)
    for rule, words in (("banzhaf", "plain means"), ("printed", "as printed (E-99)")):
        for result, right in ((lattice(), False), (mine(1, 3), True)):
            check = claims.checks(result, rule=rule, edge=0, look="rules")[2]
            assert words in check.claim and check.holds == check.applies == right


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"v": "0 1 2"}, "got 3: v({1, 2}) is missing"),
        ({"v": ""}, "v(∅) is missing"),
        ({"v": "0 1 nan 3"}, "expected v({2}) to be finite, got 'nan'"),
        ({"v": "0 1 ? 3"}, "expected v({2}) to be finite, got '?'"),
        ({"v": "0 2e6"}, "expected v({1}) in [-1e+06, 1e+06], got 2e+06"),
        ({"v": " ".join(["1"] * 64)}, "got 6 players: larger tables go into the experiment"),
        ({"game": "unanimity", "p": 2, "needed": 3}, "needed a whole number in [1, 2], got 3"),
        ({"game": "voting", "weights": "1 2 3 4 5 6"}, "one row of 1 to 5 numbers"),
        ({"game": "voting", "weights": "1 -2 3"}, "weights[1] in [0"),
        ({"game": "airport", "costs": "1 x"}, "expected a finite number"),
        ({"game": "own-000000000000"}, "upload it again"),
    ],
)
def test_a_table_that_is_no_game_is_refused_in_one_sentence(changed, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        lattice(**({"game": "mine"} | changed))


def test_a_table_of_the_students_own():
    name = sheets.add(b"coalition,value\n,0\n1,1\n2,2\n1 2,5\n")
    assert lattice(game=name).phi.tolist() == [2, 3] and not lattice(game=name).costs
    assert lattice(game=name, paid=True).costs
    rows = "\n".join(f"{S:06b},{S}" for S in range(64))
    with pytest.raises(ValueError, match="got 6 players: larger tables go into the experiment"):
        lattice(game=sheets.add(("coalition,value\n" + rows).encode()))


# --- the picture ---------------------------------------------------------------------------------


@pytest.mark.parametrize("n", range(1, MOST + 1))
def test_every_edge_joins_a_coalition_to_one_with_one_player_more_and_can_be_pointed_at(n):
    (low, high), result, count = edges(n), lattice(game="random", p=n), n * 2 ** (n - 1)
    found = [result.edge(number) for number in range(count)]
    assert len(set(found)) == count and result.edge(count + 5) == result.edge(5)
    for number, (j, S, T) in enumerate(found):
        assert S + 2**j == T and not S >> j & 1 and j == number // 2 ** (n - 1)
        k = number % 2 ** (n - 1)
        assert float(result.delta[j, k]) == float(result.v[T] - result.v[S])
        np.testing.assert_allclose(low[j, k], nodes(n)[S] + [0, 0.5])
        np.testing.assert_allclose(high[j, k], nodes(n)[T] - [0, 0.5])
    places = np.asarray(figure(result).panels[0].pick.places)
    apart = np.linalg.norm(places[:, None] - places, axis=-1) + 9 * np.eye(count)
    assert len(places) == count and apart.min() > 0.1


def test_the_names_over_the_cells_are_those_of_the_coalitions():
    v = next(param for param in GAME.params if param.name == "v")
    assert v.grid.names({"v": "0 1 2 3"}) == ("∅", "1", "2", "1,2")
    assert v.grid.names({"v": " ".join("0" * 8)})[4:] == ("3", "1,3", "2,3", "1,2,3")


def test_players_of_a_file_keep_their_names():
    rows = "Ann,0 Bob,0 Cem,0 Ann+Bob,90 Ann+Cem,100 Bob+Cem,120 Ann+Bob+Cem,220"
    name = sheets.add(("coalition,value\n,0\n" + rows.replace(" ", "\n")).encode())
    result = lattice(game=name)
    assert result.phi.tolist() == pytest.approx([65, 75, 80])
    assert "Ann 65, Bob 75, Cem 80" in claims.says(result, rule="shapley")
    joins, bars, rules = figure(result, edge=1).panels
    assert joins.title == "Ann joins {Bob}: Δ = 90 − 0 = 90"
    assert "Ann,Bob,Cem" in bars.layout["xaxis"]["ticktext"]
    assert rules.layout["xaxis"]["ticktext"][:3] == ["Ann", "Bob", "Cem"]


def test_a_player_who_adds_the_same_to_everybody_is_a_dummy_and_equal_shares_miss_it():
    told = claims.says(mine(0, 1, 2, 3), rule="equal")
    assert "It breaks dummy." in told


@pytest.mark.parametrize(("unit", "zero"), [(1e-11, 0), (1e-5, 3), (2e4, 0), (1, 1e5)])
@pytest.mark.parametrize("game", ["glove", "airport", "unanimity", "random"])
def test_a_game_in_other_units_and_from_another_zero_is_the_same_game(game, unit, zero):
    plain = lattice(game=game)
    result = mine(*(plain.v * unit + zero).tolist(), paid=plain.costs)
    for one, two in zip(plain.rules, result.rules, strict=True):
        assert [gap and gap > 0 for gap in one.gaps] == [gap and gap > 0 for gap in two.gaps]
        assert one.in_core == two.in_core
        assert (two.values / unit).tolist() == pytest.approx(one.values.tolist(), abs=1e-4)
    assert red(result) == red(result, look="core") == set()
    assert red(result._replace(delta=result.delta * 1.07)) == {"XAI-15"}
    assert len(result.corners) == len(plain.corners)


def test_a_moved_corner_of_the_core_is_noticed(monkeypatch):
    result, right = lattice(game="airport"), lattice(game="airport").corners
    for wrong in (right * 1.07, right + torch.tensor([0.1, -0.1, 0.0])):
        monkeypatch.setattr(Lattice, "corners", wrong)
        assert red(result, look="core") == {""}


def test_edges_that_a_rule_skips_are_drawn_faint():
    result, skipped = lattice(game="random", p=4), {"last": 28, "first": 28, "order": 28}
    for rule in RULES:
        (faint, *_) = [
            t for t in figure(result, rule=rule).panels[0].traces if "asked" in t["name"]
        ]
        wanted = (skipped | {"equal": 32, "printed": 16}).get(rule, 0)
        assert len(faint["x"]) // 3 == wanted == int((used(rule, 4) == 0).sum())


# --- the formula ---------------------------------------------------------------------------------


def evaluated(tex: str) -> float:
    """A LaTeX term of fractions, sums and products as a number."""
    tex = re.sub(r"\\role\{\w+\}\{([^{}]*)\}", r"(\1)", tex)
    tex = re.sub(r"\\(bigl|bigr|Bigl|Bigr)", "", tex).replace(r"\cdot", "*").replace("tf", "f")
    tex = re.sub(r"(\d)\*10\^\{(-?\d+)\}", r"\1e\2", tex)
    while r"\frac" in tex:
        tex = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"((\1)/(\2))", tex)
        tex = re.sub(r"(\d)\^\{(\d+)\}", r"\1**\2", tex)
    return float(eval(re.sub(r"\)\s*\(", ")*(", tex), {"__builtins__": {}}))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(("n", "edge"), [(1, 0), (3, 1), (3, 7), (5, 17)])
def test_the_formula_with_its_numbers_gives_the_value(n, edge, rule):
    result = lattice(game="random", p=n, seed=2)
    j, S, T = result.edge(edge)
    weight, phi, *last = figure(result, rule=rule, edge=edge).formula
    fraction = re.search(r"= (\\frac\{1\}\{\d+\}),", weight).group(1)
    assert evaluated(fraction) == pytest.approx(
        float(used("shapley", n).flatten()[edge % (n * 2 ** (n - 1))])
    )
    added = float(result.v[T] - result.v[S])
    assert evaluated(weight.split(" = ")[-1]) == pytest.approx(added, abs=1e-3)
    for line, of in ((phi, "shapley"), *((each, rule) for each in last)):
        *_, middle, end = line.split(" = ")
        wanted = float(result.of(of).values[j])
        assert evaluated(end) == pytest.approx(wanted, rel=2e-3, abs=2e-3)
        middle = re.sub(r"^.*\\text\{weight\}\\cdot\\Delta$", "0", middle)
        assert evaluated(middle) == pytest.approx(wanted, rel=1e-2, abs=5e-3)


def test_the_sentence_names_the_axioms_that_went_out():
    assert "breaks efficiency." in claims.says(lattice(), rule="banzhaf")
    assert "breaks efficiency and symmetry." in claims.says(lattice(), rule="printed")
    assert "together 1.25, not v(N) − v(∅) = 1" in claims.says(lattice(), rule="banzhaf")
    assert claims.answers["plain_mean"](mine(0, 1, 1, 2), "banzhaf")[0] == "exactly"
