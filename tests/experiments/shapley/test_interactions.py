import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from core import sheets, table
from core.experiments.shapley import interactions as ia
from core.experiments.shapley import interactions_claims as claims
from core.experiments.shapley.interactions import interactions
from core.shapley.coalitions import by_size
from core.shapley.games import random_game
from core.shapley.values import mobius, shapley_values
from pages.figures.parts.players import cell_names
from pages.figures.shapley.interactions import figure


def failed(result, i=1, j=2):
    return {c.claim for c in claims.checks(result, i=i, j=j) if c.applies and not c.holds}


def told(result, **changed):
    return claims.says(result, **{"i": 1, "j": 2, "look": "pair", "printed": False} | changed)


def restricted(v, keep):
    """The game among the players `keep`, whom the others leave alone; numbered anew."""
    inside = [sum(1 << j for k, j in enumerate(keep) if S >> k & 1) for S in range(2 ** len(keep))]
    return v[inside]


def merged(v, i, j):
    """The game in which i and j only come together, as the last player."""
    n = len(v).bit_length() - 1
    keep = [k for k in range(n) if k not in (i, j)]
    both = 1 << i | 1 << j
    rest = [sum(1 << j for k, j in enumerate(keep) if S >> k & 1) for S in range(2 ** len(keep))]
    return torch.stack([v[S] for S in rest] + [v[S | both] for S in rest])


def test_games_by_hand():
    # twins: v(1) = v(2) = v(12) = 1, and player 3 is worth 1 to everyone
    expected = torch.tensor([[0.5, -1, 0], [-1, 0.5, 0], [0, 0, 1]]).double()
    torch.testing.assert_close(interactions().index, expected)
    # XOR of three: −2 without the third, +2 with it
    parity = interactions(game="parity")
    _, differences, weights = ia.context(parity.u, 0, 1)
    assert differences.tolist() == [-2, 2] and weights.tolist() == [0.5, 0.5]
    assert parity.index[0, 1] == pytest.approx(0)
    assert parity.m.tolist() == [0, 1, 1, -2, 1, -2, -2, 4]
    # x₁x₂ + x₃ at (2, 1.5, 1): the pair has a bonus of 3, and each gets half of it
    product = interactions(game="product")
    assert product.m.tolist() == [0, 0, 0, 3, 1, 0, 0, 0]
    assert product.phi.tolist() == pytest.approx([1.5, 1.5, 1])
    additive = interactions(game="additive", p=4)
    assert (additive.index - torch.diag(additive.phi)).abs().max() < 1e-12
    assert additive.phi.tolist() == pytest.approx([1, 2, 3, 4])


@pytest.mark.parametrize("n", [3, 4, 5])
def test_the_index_is_what_a_pair_gets_together_beyond_what_each_gets_without_the_other(n):
    result = interactions(game="random", p=n, draw=n)
    u = result.u
    for i, j in itertools.combinations(range(n), 2):
        both = float(shapley_values(merged(u, i, j))[-1])
        others = [k for k in range(n) if k not in (i, j)]
        alone = [float(shapley_values(restricted(u, [*others, k]))[-1]) for k in (i, j)]
        assert float(result.index[i, j]) == pytest.approx(both - sum(alone))


def test_the_differences_of_the_pair_average_to_the_index_and_of_a_player_to_phi():
    result = interactions(game="random", p=4)
    for i, j in ((0, 1), (3, 1), (2, 2)):
        S, differences, weights = ia.context(result.u, i, j)
        assert float(weights.sum()) == pytest.approx(1)
        assert float(weights @ differences) == pytest.approx(float(result.index[i, j]))
    assert len(S) == 8


def test_every_bonus_is_shared_equally_within_its_group():
    result = interactions(game="random", p=5)
    for j in range(5):
        share = sum(float(result.m[T]) / T.bit_count() for T in range(32) if T >> j & 1)
        assert share == pytest.approx(float(result.phi[j]))
    pair = sum(float(result.m[T]) / (T.bit_count() - 1) for T in range(32) if T & 3 == 3)
    assert pair == pytest.approx(float(result.index[0, 1]))
    assert sorted(result.holding(0, 1)) == [T for T in range(32) if T & 3 == 3]


def test_bonuses_and_worths_tell_the_same_game():
    v = random_game(4, 3)
    order = by_size(4)
    assert [int(S).bit_count() for S in order] == sorted(S.bit_count() for S in range(16))
    assert order[5:11].tolist() == [3, 5, 9, 6, 10, 12]  # 12, 13, 14, 23, 24, 34
    torch.testing.assert_close(ia.from_bonuses(mobius(v)[order]), v)
    text = table.write(mobius(v)[order])
    bonuses = interactions(game="bonuses", m=text)
    torch.testing.assert_close(bonuses.u, v, atol=1e-5, rtol=1e-5)
    assert cell_names("0 0 0 0", True) == ("∅", "1", "2", "1,2")
    assert cell_names("0 " * 8)[3:5] == ("1,2", "3")
    assert cell_names("0 " * 8, True)[3:5] == ("3", "1,2")


def test_the_printed_index_keeps_half_of_the_weight_of_the_others():
    result, i, n = interactions(game="random", p=4), 2, 4
    v, printed = result.u, result.printed(2)
    for j in range(n):
        total, left = 0.0, 0.0
        for S in range(2**n):
            if not S >> i & 1:
                s = S.bit_count()
                weight = math.factorial(s) * math.factorial(n - s - 1) / math.factorial(n)
                total += weight * float(v[S | 1 << j] - v[S])
                left += weight * (not S >> j & 1)
        assert total == pytest.approx(float(printed[j]))
        assert left == pytest.approx(1 if j == i else 0.5)
    assert float(printed[i]) == pytest.approx(float(result.phi[i]))
    assert interactions(game="unanimity").printed(0).tolist() == pytest.approx([0.5, 0, 0])


def test_the_shown_game_is_the_sum_and_its_values_are_the_sums():
    result = interactions(game="glove", other="additive", a=2.0, b=-0.5)
    glove = torch.tensor([0, 0, 0, 1, 0, 1, 0, 1.0])
    additive = torch.tensor([0, 1, 2, 3, 3, 4, 5, 6.0])
    torch.testing.assert_close(result.u, (2 * glove - 0.5 * additive).double())
    by_hand = [2 * 2 / 3 - 0.5, 2 / 6 - 1, 2 / 6 - 1.5]
    assert result.phi.tolist() == pytest.approx(by_hand)
    mixed = interactions(game="random", other="random", a=0, b=1)
    assert mixed.u.tolist() == random_game(3, 1).tolist()


def test_found_twins_and_dummies_are_named_in_the_axioms():
    def axioms(game):
        return [c for c in claims.checks(interactions(game=game), i=1, j=2) if c.id == "XAI-22"]

    claim = axioms("unanimity")[0].claim
    assert "3 adds 1 to every group and gets just that" in axioms("twins")[0].claim
    assert (
        "1 and 2 get the same" in claim and "player 3 adds nothing to any group and gets 0" in claim
    )
    silent = [c for c in axioms("random") if not c.applies]
    assert len(silent) == 1 and "tells every two players apart" in silent[0].why


def test_a_wrong_result_is_noticed():
    result = interactions(game="unanimity", p=4, other="additive")
    assert failed(result) == failed(interactions(game="mine", v="1 0 0 0 3 2 -1 5")) == set()
    tiny = interactions(game="mine", v="0 1e-11 2e-11 5e-11 0 0 1e-11 3e-11")
    assert failed(tiny) == set() and failed(replace(tiny, index=1.07 * tiny.index))
    shifted = result.index + torch.diag(torch.tensor([0.1, 0, 0, 0]))
    for wrong, count in (
        ({"index": -result.index}, 2),
        ({"index": shifted}, 3),
        ({"m": result.m.abs() + 0.1}, 2),
        ({"v": result.v + torch.arange(16.0).double()}, 3),
        ({"w": result.w.flip(0), "b": 0.5}, 2),
    ):
        assert len(failed(replace(result, **wrong))) >= count, wrong.keys()


def test_the_misprint_fails_except_by_chance():
    def claim(result):
        return next(c for c in claims.checks(result, i=1, j=2) if "as printed (E-99)" in c.claim)

    wrong, chance = claim(interactions(game="unanimity")), claim(interactions(p=2))
    assert not wrong.applies and (wrong.lhs, wrong.rhs) == pytest.approx((0.5, 1))
    assert chance.applies and chance.holds and "chance" in chance.why
    luck = claim(interactions(game="mine", v="0 0 0 1 0 -1 0 0"))  # +1 and −1 are lost
    assert not luck.applies and abs(luck.margin) < 1e-12 and "sums to 0 by chance" in luck.why


def test_words_say_which_way_the_pair_goes_and_when_the_average_hides_it():
    unanimous, misprint = interactions(game="unanimity"), {"printed": True, "look": "shares"}
    assert "I = −1: substitutes" in told(interactions())
    assert told(interactions(game="glove")).startswith("L and R₁: I = 0.5")
    assert "I = 1: complements" in told(unanimous) and "gets 0" in told(unanimous)
    assert "only on average" in told(interactions(game="parity"))
    assert "other way round (2)" in told(interactions(game="parity", p=4))
    assert "additive" in told(interactions(game="additive"))
    assert "0.5 instead of 1" in told(unanimous, **misprint)
    assert "right only by chance" in told(interactions(p=2), **misprint)


def test_pointing_at_a_cell_sets_the_pair_and_at_a_bar_the_group():
    result = interactions(game="random", p=4)
    heat, bonuses, _ = figure(result, i=2, j=3).panels
    row, column = 3, 1  # players 4 and 2
    chosen = {
        name: a * column + b * row + shift
        for name, (a, b), shift in zip(
            heat.pick.params, heat.pick.matrix, heat.pick.offset, strict=True
        )
    }
    assert chosen == {"j": 2, "i": 4} and heat.pick.cell == (1, 2)
    assert bonuses.pick.params == ("T",) and bonuses.pick.columns == 16
    shown = figure(result, T=6).panels  # ∅, 1, 2, 3, 4, 12, 13
    assert any(t["meta"].get("label", "").startswith("m(1,3) = ") for t in shown[1].traces)
    (frames,) = [t for t in shown[0].traces if "m(1,3)" in t["name"]]
    assert len(frames["x"]) == 6 * 4  # cells 11, 13, 31, 33
    assert figure(interactions(p=2), i=5, j=5, T=31).panels


def test_a_drawn_bonus_becomes_the_students_own_game():
    result = interactions(game="glove", b=0.5)
    paint = figure(result).panels[1].paint
    torch.testing.assert_close(torch.tensor(paint.values), result.m[by_size(3)])
    stroke = np.array(paint.values, dtype=float)
    stroke[4] += 1.0  # the pair 12
    after = interactions(**paint.also, m=table.write(torch.tensor(stroke)))
    assert float(after.index[0, 1] - result.index[0, 1]) == pytest.approx(1)
    assert (after.phi - result.phi).tolist() == pytest.approx([0.5, 0.5, 0])
    assert figure(interactions(game="random", p=5)).panels[1].paint is None


def test_the_values_are_drawn_with_their_parts_and_the_misprint():
    result = interactions(game="unanimity", b=0.5)
    plain, both = (figure(result, look="shares", printed=printed) for printed in (False, True))
    named = [t["name"] for t in both.panels[2].traces]
    assert "a φ(v)" in named and "b φ(w)" in named and "as printed" in named
    assert "as printed" not in [t["name"] for t in plain.panels[2].traces]
    assert any("E-99" in line for line in both.formula)
    bars = next(t for t in both.panels[2].traces if t["name"] == "b φ(w)")
    assert bars["x"][1::3].tolist() == pytest.approx(result.phi.tolist(), abs=1e-6)


def test_a_table_of_ones_own_is_read():
    name = sheets.add(b"coalition,value\n,0\n1,1\n2,1\n12,1\n")
    assert interactions(game=name).index.tolist() == [[0.5, -1], [-1, 0.5]]
    assert interactions(game="mine", v="0 1 1 1").index.tolist() == [[0.5, -1], [-1, 0.5]]
    table_of_six = "\n".join(f"{S:06b},{S}" for S in range(64)).encode()
    with pytest.raises(ValueError, match="players 1 to 5"):
        interactions(game=sheets.add(b"coalition,value\n" + table_of_six))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"game": "mine", "v": "0 1 2"}, r"v\(\{1, 2\}\) is missing"),
        ({"game": "mine", "v": "0 1 ? 3"}, r"v\(\{2\}\) to be finite"),
        ({"game": "mine", "v": "0 1"}, "number of players a whole number in"),
        ({"game": "mine", "v": "0 1 2 1e9"}, r"largest \|v\(S\)\|"),
        ({"game": "bonuses", "m": "0 1 2"}, "m with 4, 8, 16 or 32 numbers, got 3"),
        ({"game": "bonuses", "m": "0 1 x 2"}, "column 3 of m"),
    ],
)
def test_a_table_that_is_no_game_is_refused_by_name(change, message):
    with pytest.raises(ValueError, match=message):
        interactions(**change)
