import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.experiments.convolution import algebra
from core.experiments.convolution import algebra_claims as algebra_checks
from pages.experiments.convolution.algebra import EXPERIMENT as ALGEBRA

DEFAULTS = ALGEBRA.defaults()


def run(**values):
    return algebra.algebra(**DEFAULTS | values)


def text(numbers):
    return " ".join(str(number) for number in numbers)


def full(a, b):
    """Σ a[i] b[j] at i + j, term by term."""
    out = [0.0] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            out[i + j] += x * y
    return out


def test_both_sides_of_every_law_are_those_of_the_double_sum():
    a, b, c = [1, -2, 3, 0.5], [2, 0, -1], [1, 4]
    result = run(a=text(a), b=text(b), c=text(c), mode="full")
    abc = full(full(a, b), c)
    for name, expected in {
        "associative": abc,
        "commutative": full(a, b),
        "distributive": full(a, [3, 4, -1]),
        "unit": a,
    }.items():
        law = result.law(name)
        assert law.t.tolist() == list(range(len(expected)))
        assert law.left.tolist() == pytest.approx(expected)
        assert law.right.tolist() == pytest.approx(expected)


def test_two_blurs_are_one_larger_blur():
    result = run(b="1 2 1", c="1 2 1", mode="full")
    assert result.brackets[1].values.tolist() == [1, 4, 6, 4, 1]


def test_in_mode_same_two_layers_differ_from_one_at_the_borders_only():
    rng = np.random.default_rng(0)
    a, b, c = (rng.integers(1, 9, k).tolist() for k in (12, 5, 3))
    law = run(a=text(a), b=text(b), c=text(c), mode="same").law("associative")
    two = np.convolve(np.convolve(a, b, "same"), c, "same")
    one = np.convolve(a, np.convolve(b, c), "same")
    assert law.t.tolist() == list(range(12))
    np.testing.assert_allclose(law.left, two)
    np.testing.assert_allclose(law.right, one)
    # c reaches 1 sample: only its neighbours past the border were thrown away
    assert law.gap > 0 and (two[1:-1] == one[1:-1]).all()


def test_in_mode_valid_nothing_that_is_kept_was_cut():
    a, b, c = [3, 1, 4, 1, 5, 9, 2], [1, -1, 2], [2, 7, 1]
    law = run(a=text(a), b=text(b), c=text(c), mode="valid").law("associative")
    assert law.left.tolist() == law.right.tolist() == full(full(a, b), c)[4:7]
    assert law.t.tolist() == [4, 5, 6]


def test_on_the_circle_every_law_holds():
    a, b, c = [3, 1, 4, 1, 5], [1, -1, 2], [2, 7]
    result = run(a=text(a), b=text(b), c=text(c), mode="circular")
    wrapped = np.zeros(5)
    for i, value in enumerate(full(full(a, b), c)):
        wrapped[i % 5] += value
    np.testing.assert_allclose(result.law("associative").left, wrapped)
    assert max(law.gap for law in result.laws) < 1e-9


def test_the_cross_correlation_is_mirrored_when_exchanged_and_minds_its_brackets():
    a, b = [1, 2, 3, 4], [1, 0, -2]
    result = run(a=text(a), b=text(b), c="1 5", mode="full", flip=False)
    law = result.law("commutative")
    np.testing.assert_allclose(law.left[1:], np.correlate(a, b, "full"))
    assert law.t.tolist() == [-3, -2, -1, 0, 1, 2, 3]
    assert law.left.tolist() == law.right.flip(0).tolist()
    assert result.law("associative").gap > 1
    assert result.law("distributive").gap < 1e-9 and result.law("unit").gap < 1e-9


# --- endless signals ---------------------------------------------------------------------------


def test_the_constant_one_gives_nothing_in_one_bracketing_and_everything_in_the_other():
    endless = run(world="endless", forever=True).endless
    assert endless.left.tolist() == [0] * 25
    assert endless.right.tolist() == [1] * 25
    assert not endless.partial.any()


@pytest.mark.parametrize("life", [1.0, 7.3, 250.0])
def test_a_fading_signal_gives_the_same_in_both_bracketings(life):
    endless = run(world="endless", forever=False, life=life).endless
    expected = [math.exp(-abs(u) / life) for u in range(-12, 13)]
    assert endless.right.tolist() == pytest.approx(expected)
    assert endless.left.tolist() == pytest.approx(expected)
    # Σ over −T ≤ t ≤ 0 of f[t] − f[t − 1] telescopes
    for T, partial in list(zip(endless.back.tolist(), endless.partial.tolist()))[::40]:
        assert partial == pytest.approx(1 - math.exp(-(T + 1) / life))


def test_cutting_the_one_off_keeps_the_one_that_is_lost_in_the_limit():
    # the curriculum's reason: on [−w, w] the differences are δ₋w − δw₊₁, and their sum is 1 inside
    for w in (5, 50, 500):
        inside = np.convolve(np.ones(2 * w + 1), [1, -1])
        assert inside.cumsum()[w] == 1 and not inside[1:-1].any()


# --- existence ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("p", "limit"), [(2.0, math.pi**2 / 3 - 1), (4.0, math.pi**4 / 45 - 1)])
def test_a_light_tail_sums_to_twice_zeta_minus_one(p, limit):
    tail = run(p=p, L=1e4).tail
    assert tail.limit == pytest.approx(limit, rel=1e-12)
    assert tail.sum < limit
    assert tail.sum == pytest.approx(limit, abs=3e-4)


def test_the_harmonic_tail_grows_by_two_logarithms_of_ten_per_decade():
    sums = {L: run(p=1.0, L=float(L)).tail.sum for L in (10, 100, 1000, 10_000)}
    brute = 1 + 2 * sum(1 / (1 + t) for t in range(1, 1001))
    assert sums[1000] == pytest.approx(brute)
    assert sums[10_000] - sums[1000] == pytest.approx(2 * math.log(10), abs=3e-3)
    assert run(p=1.0).tail.limit == math.inf


def test_a_divergent_pair_is_reported_and_not_given_a_limit():
    values = DEFAULTS | {"world": "tail", "p": 0.5}
    result = ALGEBRA.compute(**values)
    assert "no value" in ALGEBRA.says(result, **values)
    panel = ALGEBRA.figure(result, **values).panels[0]
    assert "has no limit" in panel.title
    assert not [trace for trace in panel.traces if trace["meta"]["role"] == "theory"]


numbers = st.lists(st.integers(-12, 12), min_size=1, max_size=16).map(
    lambda cells: " ".join(str(cell / 4) for cell in cells)
)


@settings(max_examples=60, deadline=None)
@given(
    world=st.sampled_from(list(algebra.WORLDS)), law=st.sampled_from(list(algebra.LAWS)),
    a=numbers, b=numbers, c=numbers, mode=st.sampled_from(list(algebra.MODES)),
    flip=st.booleans(), forever=st.booleans(), life=st.floats(1, 1000), p=st.floats(0.25, 4),
    L=st.floats(1, 1e4),
)  # fmt: skip
def test_every_check_holds_wherever_it_applies(**values):
    result = algebra.algebra(**values)
    found = algebra_checks.checks(result, **values)
    assert [check for check in found if check.applies and not check.holds] == []
    assert {check.id for check in found} == set(ALGEBRA.statements)
    said = ALGEBRA.says(result, **values)
    assert said and not said.endswith("; .")
    for panel in ALGEBRA.figure(result, **values).panels:
        for trace in panel.traces:
            assert not np.isinf(np.asarray(trace["y"])).any(), panel.name


@settings(max_examples=40, deadline=None)
@given(a=numbers, b=numbers)
def test_youngs_inequality_holds_by_numpy_too(a, b):
    x, y = (np.array(list(map(float, t.split()))) for t in (a, b))
    for p in (1, 2, np.inf):
        left = np.linalg.norm(np.convolve(x, y), p)
        assert left <= np.abs(x).sum() * np.linalg.norm(y, p) + 1e-9


def test_the_support_is_that_of_a_and_b_together():
    a, b = "0 0 2 0 1 0", "0 -1 3 0"
    found = [c for c in ALGEBRA.checks(run(a=a, b=b), **DEFAULTS) if c.id == "CNN-14"]
    assert [(c.lhs, c.rhs) for c in found] == [(3, 3), (6, 6)]
    zero = [c for c in ALGEBRA.checks(run(a="0 0"), **DEFAULTS) if c.id == "CNN-14"]
    assert not any(c.applies for c in zero) and all(c.why for c in zero)


def test_a_wrong_side_would_be_noticed_by_the_checks():
    values = ALGEBRA.preset("Two blurs, one blur")
    result = ALGEBRA.compute(**values)
    for number in range(4):
        laws = list(result.laws)
        laws[number] = laws[number]._replace(left=laws[number].left + 1e-6)
        found = ALGEBRA.checks(result._replace(laws=tuple(laws)), **values)
        assert [c.holds for c in found[:4]] == [i != number for i in range(4)]


@pytest.mark.parametrize("name", list(ALGEBRA.presets))
def test_presets_satisfy_their_checks_and_name_all_statements(name):
    values = ALGEBRA.preset(name)
    found = ALGEBRA.checks(ALGEBRA.compute(**values), **values)
    assert all(check.holds or not check.applies for check in found)
    assert {check.id for check in found} == set(ALGEBRA.statements)


@pytest.mark.parametrize("prediction", ALGEBRA.predictions, ids=lambda p: p.preset)
def test_predictions_have_the_right_answer_and_beliefs_that_show_the_wrong_one(prediction):
    right = {
        "Two blurs, one blur": "5 samples",
        "Cut off at the border": "at the borders only",
        "Correlation has an order": "it is mirrored",
        "Nothing or everything": "0 and 1",
        "The sum that never settles": "by about 4.6",
    }
    values = ALGEBRA.preset(prediction.preset)
    assert prediction.answer(ALGEBRA.compute(**values)) == right[prediction.preset]
    for option, change in prediction.beliefs.items():
        assert prediction.answer(ALGEBRA.compute(**values | change)) == option


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"world": "flat"}, "world to be one of"),
        ({"law": "of the sea"}, "law to be one of"),
        ({"mode": "causal"}, "mode to be one of"),
        ({"life": 0.5}, r"life in \[1, 1000\], got 0.5"),
        ({"p": math.nan}, "p in"),
        ({"L": 0.0}, "L in"),
        ({"a": ""}, "expected a"),
        ({"b": "1 ? 1"}, r"column 2 of b, got '\?'"),
        ({"c": " ".join(["1"] * 17)}, "c to be one row of 1 to 16 numbers"),
    ],
)
def test_bad_values_are_refused_by_name(change, message):
    with pytest.raises(ValueError, match=message):
        run(**change)


def test_a_kernel_that_does_not_fit_leaves_nothing_and_says_so():
    values = DEFAULTS | {"a": "1 2", "mode": "valid"}
    result = ALGEBRA.compute(**values)
    assert len(result.law("associative").t) == 0
    assert "Nothing is left" in ALGEBRA.says(result, **values)
    assert ALGEBRA.figure(result, **values).panels[0].alt


def test_a_single_sample_is_a_factor():
    law = run(a="1 2 3", b="2", c="-1", mode="full").law("associative")
    assert law.left.tolist() == law.right.tolist() == [-2, -4, -6]


def test_rows_of_numbers_stand_at_their_times():
    values = DEFAULTS | {"mode": "full", "flip": False, "a": "1 2 3", "b": "5 7"}
    brackets = ALGEBRA.figure(ALGEBRA.compute(**values), **values).panels[2]
    (grid,) = brackets.traces
    at = dict(zip(grid["x"].tolist(), grid["z"][0].tolist()))
    # (b ⋆ a)[u] = 5 a[u] + 7 a[u + 1]
    assert [at[u] for u in (-1, 0, 1, 2)] == [7, 19, 31, 15]
    assert torch.tensor(grid["z"]).isnan().any()
