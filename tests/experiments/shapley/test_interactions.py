import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core import sheets, table
from core.experiments.shapley import interactions as ia
from core.experiments.shapley import interactions_claims as interactions_checks
from core.shapley.games import random_game
from core.shapley.values import mobius, shapley_values
from pages.experiments.shapley.interactions import EXPERIMENT as INTERACTIONS
from pages.figures.shapley.interactions import figure

VALUES = st.fixed_dictionaries(
    {
        "game": st.sampled_from(ia.GAMES),
        "p": st.integers(2, 5),
        "draw": st.integers(0, 5),
        "v": st.sampled_from(("0 1 2 4", "1 0 0 0 3 2 -1 5")),
        "m": st.sampled_from(("0 1 1 -1", "0 1 0 0 2 0 0 -4", "1 " * 15 + "2")),
        "other": st.sampled_from(ia.NAMED),
        "a": st.sampled_from((1.0, -0.5, 0.0, 2.3)),
        "b": st.sampled_from((0.0, 0.7, -3.0)),
        "look": st.sampled_from(ia.LOOKS),
        "printed": st.booleans(),
        "i": st.integers(1, 5),
        "j": st.integers(1, 5),
        "T": st.integers(0, 31),
    }
)


def run(**values):
    return INTERACTIONS.compute(**INTERACTIONS.defaults() | values)


def failed(result):
    return {c.claim for c in interactions_checks.checks(result) if c.applies and not c.holds}


def drawn(**values):
    values = INTERACTIONS.defaults() | values
    return figure(run(**values), **values)


def restricted(v, keep):
    """The game among the players `keep`, whom the others leave alone; numbered anew."""
    places = range(2 ** len(keep))
    return torch.stack(
        [v[sum(1 << keep[k] for k in range(len(keep)) if S >> k & 1)] for S in places]
    )


def merged(v, i, j):
    """The game in which i and j only come together, as the last player."""
    n = len(v).bit_length() - 1
    keep = [k for k in range(n) if k not in (i, j)]
    both = 1 << i | 1 << j
    rest = [
        sum(1 << keep[k] for k in range(len(keep)) if S >> k & 1) for S in range(2 ** len(keep))
    ]
    return torch.stack([v[S] for S in rest] + [v[S | both] for S in rest])


def test_games_by_hand():
    # twins: v(1) = v(2) = v(12) = 1, and player 3 is worth 1 to everyone
    expected = torch.tensor([[0.5, -1, 0], [-1, 0.5, 0], [0, 0, 1]]).double()
    torch.testing.assert_close(run().index, expected)
    # XOR of three: −2 without the third, +2 with it
    parity = run(game="parity")
    assert parity.differences.tolist() == [-2, 2] and parity.weights.tolist() == [0.5, 0.5]
    assert parity.index[0, 1] == pytest.approx(0) and parity.m.tolist() == [
        0,
        1,
        1,
        -2,
        1,
        -2,
        -2,
        4,
    ]
    # x₁x₂ + x₃ at (2, 1.5, 1)
    product = run(game="product")
    assert product.m.tolist() == [0, 0, 0, 3, 1, 0, 0, 0]
    assert product.phi.tolist() == pytest.approx([1.5, 1.5, 1])
    additive = run(game="additive", p=4)
    assert (additive.index - torch.diag(additive.phi)).abs().max() < 1e-12
    assert additive.phi.tolist() == pytest.approx([1, 2, 3, 4])


def test_the_index_is_what_a_pair_gets_together_beyond_what_each_gets_without_the_other():
    for n in (3, 4, 5):
        result = run(game="random", p=n, draw=n)
        u = result.u
        for i, j in itertools.combinations(range(n), 2):
            both = float(shapley_values(merged(u, i, j))[-1])
            others = [k for k in range(n) if k not in (i, j)]
            alone = [float(shapley_values(restricted(u, [*others, k]))[-1]) for k in (i, j)]
            assert float(result.index[i, j]) == pytest.approx(both - sum(alone))


def test_the_differences_of_the_pair_average_to_the_index_and_of_a_player_to_phi():
    for i, j in ((1, 2), (4, 2), (3, 3)):
        result = run(game="random", p=4, i=i, j=j)
        assert float(result.weights.sum()) == pytest.approx(1)
        mean = float(result.weights @ result.differences)
        assert mean == pytest.approx(float(result.index[i - 1, j - 1]))
    one = run(game="random", p=4, i=3, j=3)
    assert len(one.rest) == 8 and mean == pytest.approx(float(one.phi[2]))


def test_every_bonus_is_shared_equally_within_its_group():
    result = run(game="random", p=5)
    for j in range(5):
        share = sum(float(result.m[T]) / T.bit_count() for T in range(32) if T >> j & 1)
        assert share == pytest.approx(float(result.phi[j]))
    pair = sum(float(result.m[T]) / (T.bit_count() - 1) for T in range(32) if T & 3 == 3)
    assert pair == pytest.approx(float(result.index[0, 1]))
    assert sorted(result.holding.tolist()) == [T for T in range(32) if T & 3 == 3]


def test_bonuses_and_worths_tell_the_same_game():
    v = random_game(4, 3)
    order = ia.by_size(4)
    assert [int(S).bit_count() for S in order] == sorted(S.bit_count() for S in range(16))
    assert order[5:11].tolist() == [3, 5, 9, 6, 10, 12]  # 12, 13, 14, 23, 24, 34
    torch.testing.assert_close(ia.from_bonuses(mobius(v)[order]), v)
    text = table.write(mobius(v)[order])
    torch.testing.assert_close(run(game="bonuses", m=text).u, v, atol=1e-5, rtol=1e-5)
    assert ia.names("0 0 0 0", True) == ("∅", "1", "2", "12")
    assert ia.names("0 " * 8, False)[3:5] == ("12", "3")
    assert ia.names("0 " * 8, True)[3:5] == ("3", "12")


def test_the_printed_index_keeps_half_of_the_weight_of_the_others():
    result = run(game="random", p=4, i=3, j=1)
    v, i, n = result.u, 2, 4
    for j in range(n):
        total, left = 0.0, 0.0
        for S in range(2**n):
            if not S >> i & 1:
                s = S.bit_count()
                weight = math.factorial(s) * math.factorial(n - s - 1) / math.factorial(n)
                total += weight * float(v[S | 1 << j] - v[S])
                left += weight * (not S >> j & 1)
        assert total == pytest.approx(float(result.printed[j]))
        assert left == pytest.approx(1 if j == i else 0.5)
    assert float(result.printed[i]) == pytest.approx(float(result.phi[i]))
    unanimous = run(game="unanimity", printed=True)
    assert unanimous.printed.tolist() == pytest.approx([0.5, 0, 0])


def test_the_shown_game_is_the_sum_and_its_values_are_the_sums():
    result = run(game="glove", other="additive", a=2.0, b=-0.5)
    glove, additive = (
        torch.tensor([0, 0, 0, 1, 0, 1, 0, 1.0]),
        torch.tensor([0, 1, 2, 3, 3, 4, 5, 6.0]),
    )
    torch.testing.assert_close(result.u, (2 * glove - 0.5 * additive).double())
    by_hand = [2 * 2 / 3 - 0.5, 2 / 6 - 1, 2 / 6 - 1.5]
    assert result.phi.tolist() == pytest.approx(by_hand)
    assert run(game="random", other="random", a=0, b=1).u.tolist() == random_game(3, 1).tolist()


def test_found_twins_and_dummies_are_named_in_the_axioms():
    claims = [c.claim for c in interactions_checks.checks(run(game="unanimity")) if c.applies]
    assert any("does not tell 1 and 2 apart" in claim for claim in claims)
    assert any("player 3 never adds" in claim for claim in claims)
    silent = [c for c in interactions_checks.checks(run(game="random")) if not c.applies]
    assert sum(c.id == "XAI-22" for c in silent) == 2


@settings(max_examples=40, deadline=None)
@given(values=VALUES)
def test_every_check_holds_wherever_it_applies(values):
    result = ia.interactions(**values)
    assert failed(result) == set()
    assert interactions_checks.says(result, **values)
    assert len(figure(result, **values).panels) == 3


def test_a_wrong_result_is_noticed():
    result = run(game="unanimity", p=4, look="shares", other="additive", b=0.0)
    assert failed(result) == set()
    for wrong, count in (
        ({"phi": result.phi + torch.tensor([0.1, 0, 0, 0])}, 4),
        ({"index": -result.index}, 2),
        ({"m": result.m.abs() + 0.1}, 3),
        ({"shares": result.shares.flip(0)}, 1),
        ({"phi": result.printed}, 3),
        ({"u": result.u + torch.arange(16.0).double()}, 3),
    ):
        assert len(failed(result._replace(**wrong))) >= count, wrong.keys()
    alone = run(game="random", i=2, j=2)
    assert failed(alone._replace(differences=-alone.differences))


def test_the_misprint_fails_except_by_chance():
    def claim(result):
        return next(
            c for c in interactions_checks.checks(result) if c.claim.startswith("E-99: with")
        )

    wrong, chance = claim(run(game="unanimity")), claim(run(p=2))
    assert not wrong.applies and (wrong.lhs, wrong.rhs) == pytest.approx((0.5, 1))
    assert chance.applies and chance.holds and "chance" in chance.why


def test_words_say_which_way_the_pair_goes_and_when_the_average_hides_it():
    def told(**values):
        values = INTERACTIONS.defaults() | values
        return interactions_checks.says(run(**values), **values)

    assert "I = −1: substitutes" in told()
    assert "I = 1: complements" in told(game="unanimity")
    assert "only on average" in told(game="parity")
    assert "other way round (2)" in told(game="parity", p=4)
    assert "additive" in told(game="additive") and "gets 0" in told(game="unanimity")
    assert "0.5 instead of 1" in told(game="unanimity", printed=True, look="shares")
    assert "right only by chance" in told(p=2, printed=True, look="shares")


def test_pointing_at_a_cell_sets_the_pair_and_at_a_bar_the_group():
    heat, bonuses, _ = drawn(game="random", p=4, i=2, j=3).panels
    pick = heat.pick
    row, column = 3, 1  # players 4 and 2
    chosen = {
        name: a * column + b * row + shift
        for name, (a, b), shift in zip(pick.params, pick.matrix, pick.offset, strict=True)
    }
    assert chosen == {"j": 2, "i": 4} and pick.cell == (1, 2)
    assert bonuses.pick.params == ("T",) and bonuses.pick.columns == 16
    place = 6  # ∅, 1, 2, 3, 4, 12, 13
    shown = drawn(game="random", p=4, T=place)
    label = [t["meta"].get("label", "") for t in shown.panels[1].traces]
    assert any(text.startswith("m(13) = ") for text in label)
    frames = [t for t in shown.panels[0].traces if "m(13)" in t["name"]]
    assert len(frames[0]["x"]) == 6 * 4  # cells 11, 13, 31, 33


def test_a_drawn_bonus_becomes_the_students_own_game():
    values = INTERACTIONS.defaults() | {"game": "glove", "b": 0.5}
    result = run(**values)
    paint = figure(result, **values).panels[1].paint
    torch.testing.assert_close(torch.tensor(paint.values), result.m[ia.by_size(3)])
    stroke = np.array(paint.values, dtype=float)
    stroke[4] += 1.0  # the pair 12
    changed = values | paint.also | {"m": table.write(torch.tensor(stroke))}
    after = run(**changed)
    assert float(after.index[0, 1] - result.index[0, 1]) == pytest.approx(1)
    assert (after.phi - result.phi).tolist() == pytest.approx([0.5, 0.5, 0])
    assert drawn(game="random", p=5).panels[1].paint is None


def test_the_values_are_drawn_with_their_parts_and_the_misprint():
    plain, both = (
        drawn(game="unanimity", look="shares", printed=printed, b=0.5) for printed in (False, True)
    )
    named = [t["name"] for t in both.panels[2].traces]
    assert "a φ(v)" in named and "b φ(w)" in named and "as printed" in named
    assert "as printed" not in [t["name"] for t in plain.panels[2].traces]
    assert any("E-99" in line for line in both.formula)
    bars = next(t for t in both.panels[2].traces if t["name"] == "b φ(w)")
    ends = bars["x"][1::3]
    assert ends.tolist() == pytest.approx(run(game="unanimity", b=0.5).phi.tolist(), abs=1e-6)


def test_a_table_of_ones_own_is_read():
    name = sheets.add(b"coalition,value\n,0\n1,1\n2,1\n12,1\n")
    assert run(game=name).index.tolist() == [[0.5, -1], [-1, 0.5]]
    assert run(game="mine", v="0 1 1 1").index.tolist() == [[0.5, -1], [-1, 0.5]]
    table_of_six = "\n".join(f"{S:06b},{S}" for S in range(64)).encode()
    with pytest.raises(ValueError, match="players 1 to 5"):
        run(game=sheets.add(b"coalition,value\n" + table_of_six))


@pytest.mark.parametrize("index", range(len(INTERACTIONS.predictions)))
def test_predictions_have_the_right_answer_and_beliefs_that_show_the_wrong_one(index):
    right = ("negative", "0", "1.5", "0.5")[index]
    prediction = INTERACTIONS.predictions[index]
    values = INTERACTIONS.preset(prediction.preset)
    result = run(**values)
    assert prediction.answer(result) == right
    assert prediction.because.format(**prediction.facts(result))
    for option, change in prediction.beliefs.items():
        assert prediction.answer(run(**values | change)) == option


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"p": 6}, r"p a whole number in \[2, 5\], got 6"),
        ({"a": math.nan}, "a in"),
        ({"b": 4.0}, r"b in \[-3, 3\], got 4"),
        ({"i": 0}, "i a whole number"),
        ({"T": -1}, "T a whole number"),
        ({"draw": -1}, "draw a whole number"),
        ({"look": "all"}, "look to be one of"),
        ({"game": "chess"}, "game to be one of"),
        ({"other": "mine"}, "other to be one of"),
        ({"game": "mine", "v": "0 1 2"}, r"v\(\{1, 2\}\) is missing"),
        ({"game": "mine", "v": "0 1 ? 3"}, r"v\(\{2\}\) to be finite"),
        ({"game": "mine", "v": "0 1"}, "number of players a whole number in"),
        ({"game": "mine", "v": "0 1 2 1e9"}, r"largest \|v\(S\)\|"),
        ({"game": "bonuses", "m": "0 1 2"}, "m with 4, 8, 16 or 32 numbers, got 3"),
        ({"game": "bonuses", "m": "0 1 x 2"}, "column 3 of m"),
    ],
)
def test_bad_values_are_refused_by_name(change, message):
    with pytest.raises(ValueError, match=message):
        run(**change)
