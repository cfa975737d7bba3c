import itertools
import math
import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core import sheets, table
from core.experiments.shapley import game_claims as lattice_checks
from core.experiments.shapley import game_words as lattice_words
from core.experiments.shapley.game import MOST, Lattice
from core.shapley.rules import AXIOMS, RULES, used, values
from pages.experiments.shapley.game import EXPERIMENT as GAME
from pages.figures.shapley.game import edges, figure, height, nodes
from tests import contract


def run(**changed) -> Lattice:
    return GAME.compute(**GAME.defaults() | changed)


def mine(*worth: float, **changed) -> Lattice:
    return run(game="mine", v=" ".join(f"{x!r}" for x in worth), **changed)


def picture(result: Lattice, **changed):
    return figure(result, **GAME.defaults() | changed)


# tables with many ties, so that symmetric players and dummies occur
TABLES = st.integers(1, MOST).flatmap(
    lambda n: st.one_of(
        st.lists(st.integers(-2, 2).map(float), min_size=2**n, max_size=2**n),
        st.lists(st.floats(-9, 9, width=32), min_size=2**n, max_size=2**n),
    )
)


# --- the rules by hand ---------------------------------------------------------------------------


def by_hand(worth: list[float], rule: str) -> list[float]:
    """Every rule from sets and orders, in plain Python."""
    n = len(worth).bit_length() - 1
    N = range(n)
    v = {frozenset(i for i in N if S >> i & 1): x for S, x in enumerate(worth)}
    subsets = [frozenset(c) for k in range(n + 1) for c in itertools.combinations(N, k)]
    total = v[frozenset(N)] - v[frozenset()]

    def delta(j: int, S: frozenset) -> float:
        return v[S | {j}] - v[S]

    def weight(S: frozenset) -> float:
        return math.factorial(len(S)) * math.factorial(n - len(S) - 1) / math.factorial(n)

    orders = list(itertools.permutations(N))
    beta = [sum(delta(j, S) for S in subsets if j not in S) / 2 ** (n - 1) for j in N]
    match rule:
        case "shapley":
            return [
                sum(delta(j, frozenset(o[: o.index(j)])) for o in orders) / len(orders) for j in N
            ]
        case "banzhaf":
            return beta
        case "last":
            return [delta(j, frozenset(N) - {j}) for j in N]
        case "first":
            return [delta(j, frozenset()) for j in N]
        case "order":
            return [delta(j, frozenset(range(j))) for j in N]
        case "equal":
            return [total / n] * n
        case "rescaled":
            return [b * total / sum(beta) for b in beta]
    # as printed: S may hold j already, and must not hold the next player
    return [sum(weight(S) * delta(j, S) for S in subsets if (j + 1) % n not in S) for j in N]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("n", range(1, MOST + 1))
def test_a_rule_from_the_lattice_is_the_rule_from_sets_and_orders(rule, n):
    worth = torch.randn(2**n, generator=torch.Generator().manual_seed(n), dtype=torch.float64)
    found = mine(*worth.tolist()).of(rule).values
    torch.testing.assert_close(
        found, torch.tensor(by_hand(worth.tolist(), rule), dtype=torch.float64), rtol=0, atol=1e-9
    )


@pytest.mark.parametrize("rule", ["shapley", "banzhaf", "last", "first", "order", "printed"])
@given(TABLES)
@settings(max_examples=15, deadline=None)
def test_the_edges_a_rule_uses_add_up_to_its_values(rule, worth):
    result = mine(*worth)
    summed = (used(rule, result.n) * result.delta).sum(1)
    torch.testing.assert_close(summed, result.of(rule).values, rtol=0, atol=1e-9)


def test_the_closed_forms_of_the_sheet():
    third = 1 / 3
    assert run().phi.tolist() == pytest.approx([2 / 3, 1 / 6, 1 / 6])
    assert run(game="airport").phi.tolist() == pytest.approx([1 / 3, 5 / 6, 11 / 6])
    assert run(game="voting").phi.tolist() == pytest.approx([third] * 3)
    assert run(game="unanimity", p=5, needed=2).phi.tolist() == pytest.approx([0.5, 0.5, 0, 0, 0])
    assert run(game="voting", share=0.98).phi.tolist() == pytest.approx([third] * 3)
    assert run(game="voting", share=0.97).phi.tolist() == pytest.approx([0.5, 0.5, 0])


# --- lamps ---------------------------------------------------------------------------------------


def lamps(result: Lattice, rule: str) -> str:
    """+ holds, x broken, . nothing to test, in the order of the axioms."""
    return "".join("." if gap is None else "x" if gap else "+" for gap in result.of(rule).gaps)


def test_each_axiom_is_broken_alone_by_some_rule():
    glove, dummy = run(), run(game="unanimity")
    assert lamps(glove, "shapley") == "++.+" and lamps(dummy, "shapley") == "++++"
    assert lamps(glove, "banzhaf") == "x+.+"
    assert lamps(glove, "order") == "+x.+"
    assert lamps(dummy, "equal") == "++x+"
    assert lamps(glove, "rescaled") == "++.x"
    assert lamps(glove, "first") == "x+.+"
    assert lamps(mine(0, 0, 0, 1), "last") == "x+.+"
    assert lamps(glove, "printed")[:2] == "xx"


@given(TABLES)
@settings(max_examples=60, deadline=None)
def test_no_lamp_of_the_shapley_value_ever_goes_out(worth):
    result = mine(*worth)
    assert "x" not in lamps(result, "shapley")
    v = result.v
    swaps = [
        (i, k)
        for i, k in itertools.combinations(range(result.n), 2)
        if all(v[S] == v[swapped(S, i, k)] for S in range(len(v)))
    ]
    assert set(swaps) <= set(result.twins)
    for j in range(result.n):
        idle = all(v[S | 1 << j] == v[S] for S in range(len(v)))
        assert not idle or j in result.dummies


def swapped(S: int, i: int, k: int) -> int:
    """The coalition with players i and k exchanged."""
    rest = S & ~(1 << i | 1 << k)
    return rest | (S >> i & 1) << k | (S >> k & 1) << i


def test_a_rule_without_a_value_says_so():
    result = mine(0, 1, 1, 0, rule="rescaled")
    assert result.chosen.values is None and lamps(result, "rescaled") == "...."
    assert "sum to 0" in GAME.says(result)
    picture(result)


def test_linearity_is_tested_with_a_second_game():
    v = torch.randn(2, 8, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    of_sum, of_each = values(v.sum(0)), values(v)
    for name in RULES:
        bent = float((of_sum[name] - of_each[name].sum(0)).abs().max())
        assert (bent > 1e-3) == (name == "rescaled")


# --- the core ------------------------------------------------------------------------------------


def test_costs_turn_the_core_round():
    airport = run(game="airport")
    assert airport.costs and airport.rules[0].in_core
    corners = airport.corners
    assert torch.allclose(corners.sum(1), torch.tensor(3.0, dtype=torch.float64))
    assert corners.amin(0).tolist() == pytest.approx([0, 0, 1])
    assert corners.amax(0).tolist() == pytest.approx([1, 2, 3])
    same = mine(*airport.v.tolist(), paid=True)
    assert torch.equal(same.corners, corners) and same.rules[0].in_core
    gains = mine(*airport.v.tolist())
    assert not len(gains.corners) and not gains.rules[0].in_core


def test_the_core_of_the_glove_game_is_one_point_and_the_majority_game_has_none():
    assert run().corners.tolist() == [[1, 0, 0]]
    assert not run().rules[0].in_core and run().of("last").in_core
    assert len(run(game="voting", weights="1 1 1").corners) == 0
    assert "core is empty" in GAME.says(run(game="voting", weights="1 1 1"))


def test_who_would_leave_is_named_with_the_gain():
    assert "{1, 2} could gain 0.167 by leaving" in GAME.says(run())
    assert "{1} pays 3 more than alone" in GAME.says(mine(0, 1, 2, 9, paid=True))


@given(st.lists(st.integers(-3, 5).map(float), min_size=8, max_size=8), st.booleans())
@settings(max_examples=40, deadline=None)
def test_the_hatched_polygon_is_the_core(worth, paid):
    result = mine(*worth, paid=paid, look="core")
    panel = picture(result, look="core").panels[2]
    inside = next((t for t in panel.traces if t["name"] == "inside the core"), None)
    if inside is None:
        assert len(result.corners) <= 2
        return
    a, b = np.array([inside["x"], inside["y"]], dtype=float)
    kept = ~np.isnan(a)
    x3 = (result.total + 6**0.5 * b[kept]) / 3
    x2 = (result.total - x3 + 2**0.5 * a[kept]) / 2
    shares = np.stack([result.total - x2 - x3, x2, x3], 1)
    sign = -1 if paid else 1
    for S in range(1, 7):
        mask = [i for i in range(3) if S >> i & 1]
        slack = sign * (shares[:, mask].sum(1) - float(result.v[S] - result.v[0]))
        assert slack.min() > -1e-4 * max(1, abs(result.total))


@pytest.mark.parametrize("rule", ["shapley", "equal", "first"])
def test_the_coalitions_that_would_leave_stand_above_zero(rule):
    result = run(game="random", p=4, seed=4, rule=rule)
    v, x = result.v.tolist(), result.chosen.values.tolist()
    gain = [v[S] - v[0] - sum(x[i] for i in range(4) if S >> i & 1) for S in range(16)]
    panel = picture(result, look="core").panels[2]
    for name, above in (("would leave", True), ("stays", False)):
        (bars,) = [t for t in panel.traces if t["name"] == name]
        shown = dict(zip(bars["x"][1::3].tolist(), bars["y"][1::3].tolist(), strict=True))
        wanted = {S: e for S, e in enumerate(gain) if (e > 1e-9) == above}
        assert shown == pytest.approx(wanted, abs=1e-6)


# --- checks --------------------------------------------------------------------------------------


def verdicts(result: Lattice) -> dict[str, bool]:
    """Statement -> whether every check of it that applies holds."""
    found: dict[str, bool] = {}
    for check in lattice_checks.checks(result):
        found[check.id] = found.get(check.id, True) and (check.holds or not check.applies)
    return found


@given(TABLES, st.sampled_from(list(RULES)), st.integers(0, 79))
@settings(max_examples=60, deadline=None)
def test_every_statement_holds_on_every_table(worth, rule, edge):
    assert all(verdicts(mine(*worth, rule=rule, edge=edge)).values())


def forged(result: Lattice, by: list[float]) -> Lattice:
    first = result.rules[0]
    wrong = first._replace(values=first.values + torch.tensor(by, dtype=torch.float64))
    return result._replace(rules=(wrong, *result.rules[1:]))


def test_a_wrong_shapley_value_turns_the_checks_red():
    found = verdicts(forged(run(), [1e-3, -1e-3, 0]))
    assert not found["XAI-17"] and not found["ROB-15"] and not found["XAI-22"]
    assert found["XAI-21"] and not verdicts(forged(run(), [1e-3, 0, 0]))["XAI-21"]


def test_wrong_weights_or_a_wrong_difference_turn_the_checks_red():
    result = run(edge=1)
    assert not verdicts(result._replace(weights=result.weights.flip(0) * 1.01))["XAI-16"]
    assert not verdicts(result._replace(weights=torch.tensor([0.25, 0.25, 0.5]).double()))["XAI-16"]
    assert not verdicts(result._replace(delta=-result.delta))["XAI-15"]
    gaps = (0.0, 0.5, 0.5, 0.5)
    broken = result._replace(rules=(result.rules[0]._replace(gaps=gaps), *result.rules[1:]))
    assert not verdicts(broken)["XAI-22"]


def test_the_plain_mean_and_the_printed_domain_fail_where_they_are_wrong():
    found = {c.claim: c for c in lattice_checks.checks(run())}
    for words in ("E-100", "E-99"):
        (check,) = [c for claim, c in found.items() if words in claim]
        assert not check.holds and not check.applies and check.why
    alone = {c.claim: c for c in lattice_checks.checks(mine(1, 3))}
    for words in ("E-100", "E-99"):
        (check,) = [c for claim, c in alone.items() if words in claim]
        assert check.holds and check.applies


# --- edge cases and refusals ---------------------------------------------------------------------


def test_one_player_alone_gets_what_it_adds():
    assert mine(1, 3).phi.tolist() == [2]
    assert all(r.values.tolist() == [2] for r in mine(1, 3).rules)


def test_a_game_of_nothing_and_a_value_of_the_empty_coalition():
    nothing = mine(*[0.0] * 8)
    assert nothing.phi.abs().max() == 0 and nothing.dummies == (0, 1, 2)
    raised = mine(*(run().v + 5).tolist())
    torch.testing.assert_close(raised.phi, run().phi)
    assert raised.total == pytest.approx(1)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"v": "0 1 2"}, "got 3: v({1, 2}) is missing"),
        ({"v": "0 1 2 3 4 5 6"}, "got 7: v({1, 2, 3}) is missing"),
        ({"v": "5"}, "v({1}) is missing"),
        ({"v": ""}, "v(∅) is missing"),
        ({"v": "0 1 nan 3"}, "expected v({2}) to be finite, got 'nan'"),
        ({"v": "0 1 ? 3"}, "expected v({2}) to be finite, got '?'"),
        ({"v": "0 inf"}, "expected v({1}) to be finite, got 'inf'"),
        ({"v": "0 2e6"}, "expected v({1}) in [-1e+06, 1e+06], got 2e+06"),
        ({"v": " ".join(["1"] * 64)}, "got 6 players: larger tables go into the experiment"),
        ({"game": "unanimity", "p": 2, "needed": 3}, "needed a whole number in [1, 2], got 3"),
        ({"game": "random", "p": 6}, "expected p a whole number in [1, 5], got 6"),
        ({"game": "voting", "weights": "1 2 3 4 5 6"}, "one row of 1 to 5 numbers"),
        ({"game": "voting", "weights": "1 -2 3"}, "weights[1] in [0"),
        ({"game": "airport", "costs": "1 x"}, "expected a finite number"),
        ({"game": "own-000000000000"}, "upload it again"),
        ({"rule": "fair"}, "expected rule to be one of"),
        ({"edge": -1}, "expected edge"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(changed, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        run(**({"game": "mine"} | changed))


def test_a_table_of_the_students_own():
    name = sheets.add(b"coalition,value\n,0\n1,1\n2,2\n1 2,5\n")
    result = run(game=name)
    assert result.phi.tolist() == [2, 3] and not result.costs
    assert run(game=name, paid=True).costs
    rows = "\n".join(f"{S:06b},{S}" for S in range(64))
    with pytest.raises(ValueError, match="got 6 players: larger tables go into the experiment"):
        run(game=sheets.add(("coalition,value\n" + rows).encode()))


# --- the picture ---------------------------------------------------------------------------------


@pytest.mark.parametrize("n", range(1, MOST + 1))
def test_every_edge_joins_a_coalition_to_one_with_one_player_more(n):
    low, high = edges(n)
    seen = set()
    for number in range(n * 2 ** (n - 1)):
        result = run(game="random", p=n, edge=number)
        j, k = divmod(number, 2 ** (n - 1))
        assert result.after == result.before + 2**result.player and result.player == j
        assert not result.before >> j & 1
        np.testing.assert_allclose(low[j, k], nodes(n)[result.before] + [0, 0.5])
        np.testing.assert_allclose(high[j, k], nodes(n)[result.after] - [0, 0.5])
        seen.add((result.before, result.after))
    assert len(seen) == n * 2 ** (n - 1)


@pytest.mark.parametrize("n", range(1, MOST + 1))
def test_every_edge_can_be_pointed_at(n):
    places = np.asarray(picture(run(game="random", p=n)).panels[0].pick.places)
    assert len(places) == n * 2 ** (n - 1)
    apart = np.linalg.norm(places[:, None] - places, axis=-1) + 9 * np.eye(len(places))
    assert apart.min() > 0.1


def test_edges_count_round_where_a_game_has_fewer():
    assert run(edge=12 + 5).before == run(edge=5).before
    assert run(edge=12 + 5).player == run(edge=5).player


def test_a_bar_can_be_dragged_to_the_end_and_the_frame_stays():
    for most in (0.3, 0.5, 1.0, 2.0, 3.0, 7.0, 1e-3, 4e5):
        top = height(mine(0, most))
        assert most <= top <= 4.1 * most
        assert height(mine(0, top)) == top
        paint = picture(mine(0, most)).panels[1].paint
        assert (paint.low, paint.high) == (0, top)
    assert picture(mine(0, -1)).panels[1].paint.low == -2


def test_a_stroke_makes_the_game_the_students_own_and_keeps_costs_costs():
    paint = picture(run(game="airport")).panels[1].paint
    painted = {paint.param: table.write(torch.as_tensor(paint.values)), **paint.also}
    assert painted["game"] == "mine"
    same = run(**painted)
    assert same.costs and torch.equal(same.v, run(game="airport").v)


def test_the_names_over_the_cells_are_those_of_the_coalitions():
    v = next(param for param in GAME.params if param.name == "v")
    assert v.grid.names({"v": "0 1 2 3"}) == ("∅", "1", "2", "12")
    assert v.grid.names({"v": " ".join("0" * 8)})[4:] == ("3", "13", "23", "123")


def test_edges_that_a_rule_skips_are_drawn_faint():
    def faint(rule: str) -> int:
        traces = picture(run(game="random", p=4, rule=rule)).panels[0].traces
        (line,) = [t for t in traces if t["name"] == "adds nothing, or not asked"]
        return len(line["x"]) // 3

    assert [faint(rule) for rule in ("shapley", "banzhaf", "last", "first", "order", "equal")] == [
        0,
        0,
        28,
        28,
        28,
        32,
    ]
    assert faint("printed") == 16  # half of them


# --- the formula ---------------------------------------------------------------------------------


def evaluated(tex: str) -> float:
    """A LaTeX term of fractions, sums and products as a number."""
    tex = re.sub(r"\\role\{\w+\}\{([^{}]*)\}", r"(\1)", tex)
    tex = (
        re.sub(r"\\(bigl|bigr|Bigl|Bigr)", "", tex).replace(r"\cdot", "*").replace("tfrac", "frac")
    )
    tex = re.sub(r"(\d)\*10\^\{(-?\d+)\}", r"\1e\2", tex)
    while r"\frac" in tex:
        tex = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"((\1)/(\2))", tex)
        tex = re.sub(r"(\d)\^\{(\d+)\}", r"\1**\2", tex)
    return float(eval(re.sub(r"\)\s*\(", ")*(", tex), {"__builtins__": {}}))


@pytest.mark.parametrize("n", range(1, MOST + 1))
@pytest.mark.parametrize("edge", [0, 3, 17])
def test_the_formula_with_its_numbers_gives_the_value(n, edge):
    result = run(game="random", p=n, seed=5, edge=edge)
    weight, phi = picture(result).formula
    _, middle, end = phi.split(" = ")
    assert evaluated(middle) == pytest.approx(float(result.phi[result.player]), abs=2e-3)
    assert evaluated(end) == pytest.approx(float(result.phi[result.player]), abs=1e-3)
    s, rest, n = map(int, re.match(r"[^=]*= \\frac\{(\d)!\\,(\d)!\}\{(\d)!\}", weight).groups())
    counted = math.factorial(s) * math.factorial(rest) / math.factorial(n)
    assert counted == pytest.approx(float(result.weights[result.before.bit_count()]))
    fraction = re.search(r"= (\\frac\{1\}\{\d+\}),", weight).group(1)
    assert evaluated(fraction) == pytest.approx(counted)
    assert evaluated(weight.split(" = ")[-1]) == pytest.approx(
        float(result.v[result.after] - result.v[result.before]), abs=1e-3
    )


@pytest.mark.parametrize("rule", [name for name in RULES if name != "shapley"])
@pytest.mark.parametrize("n", [1, 3, 5])
def test_the_formula_of_every_rule_gives_its_value(rule, n):
    result = run(game="random", p=n, seed=2, rule=rule, edge=1)
    parts = picture(result).formula[-1].split(" = ")
    expected = float(result.chosen.values[result.player])
    assert evaluated(parts[-1]) == pytest.approx(expected, rel=2e-3, abs=2e-3)
    assert evaluated(re.sub(r"^.*\\text\{weight\}\\cdot\\Delta$", "0", parts[-2])) == pytest.approx(
        expected, rel=1e-2, abs=5e-3
    )


# --- predictions and contract --------------------------------------------------------------------


def test_the_answers_are_those_of_the_curriculum():
    answers = [p.answer(GAME.compute(**GAME.preset(p.preset))) for p in GAME.predictions]
    assert answers == [
        "2/3",
        "1/3",
        "more than v(N) − v(∅)",
        "no, there is none",
        "more than v(N) − v(∅)",
    ]


def test_the_answers_follow_the_game():
    peaceful = lattice_words.shared_peacefully
    assert peaceful(run(game="airport")) == "yes, a third each"
    assert peaceful(run()) == "yes, but not a third each"
    assert lattice_words.sum_of("banzhaf")(mine(0, 1, 1, 2)) == "exactly v(N) − v(∅)"
    assert lattice_words.sum_of("first")(run()) == "less than v(N) − v(∅)"


@pytest.mark.parametrize("name", contract.settings(GAME, 25))
def test_the_contract(name):
    contract.answers(GAME, contract.settings(GAME, 25)[name])


@pytest.mark.parametrize("number", range(len(GAME.predictions)))
def test_a_prediction_is_computed(number):
    contract.prediction_is_computed(GAME, number)


def test_the_sentence_names_the_axioms_that_went_out():
    assert "breaks efficiency" in GAME.says(run(rule="banzhaf"))
    assert "breaks efficiency and symmetry" in GAME.says(run(rule="printed"))
    assert "together 1.25, not v(N) − v(∅) = 1" in GAME.says(run(rule="banzhaf"))
    assert len(AXIOMS) == 4
