import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.experiments.convolution import algebra
from pages.experiments.convolution.algebra import EXPERIMENT as ALGEBRA
from tests import contract

DEFAULTS = ALGEBRA.defaults()
run = algebra.algebra


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
        law = result.laws[name]
        assert law.t.tolist() == list(range(len(expected)))
        assert law.left.tolist() == pytest.approx(expected)
        assert law.right.tolist() == pytest.approx(expected)


def test_two_blurs_are_one_larger_blur_and_a_single_sample_is_a_factor():
    result = run(b="1 2 1", c="1 2 1", mode="full")
    assert result.brackets[1].values.tolist() == [1, 4, 6, 4, 1]
    law = run(a="1 2 3", b="2", c="-1", mode="full").laws["associative"]
    assert law.left.tolist() == law.right.tolist() == [-2, -4, -6]


@pytest.mark.parametrize("size", [1e-8, 1.0, 1e5])
def test_a_law_is_judged_on_the_scale_of_its_signals(size):
    values = DEFAULTS | {name: text(size * k for k in (3, 1, 4, 1)) for name in "abc"}
    result = ALGEBRA.compute(**values)
    assert "fails: both sides have 4 samples" in ALGEBRA.says(result, **values)
    values |= {"mode": "full"}
    result = ALGEBRA.compute(**values)
    assert "agree in all 10 samples" in ALGEBRA.says(result, **values)
    law = result.laws["associative"]
    off = result._replace(laws=result.laws | {"associative": law._replace(left=1.001 * law.left)})
    assert [c.claim[:5] for c in ALGEBRA.checks(off, **values) if not c.holds] == ["assoc"]


def test_in_mode_same_two_layers_differ_from_one_at_the_borders_only():
    rng = np.random.default_rng(0)
    a, b, c = (rng.integers(1, 9, k).tolist() for k in (12, 5, 3))
    law = run(a=text(a), b=text(b), c=text(c), mode="same").laws["associative"]
    two = np.convolve(np.convolve(a, b, "same"), c, "same")
    one = np.convolve(a, np.convolve(b, c), "same")
    assert law.t.tolist() == list(range(12))
    np.testing.assert_allclose(law.left, two)
    np.testing.assert_allclose(law.right, one)
    # c reaches 1 sample: only its neighbours past the border were thrown away
    assert law.gap > 0 and (two[1:-1] == one[1:-1]).all()


def test_in_mode_valid_nothing_that_is_kept_was_cut():
    a, b, c = [3, 1, 4, 1, 5, 9, 2], [1, -1, 2], [2, 7, 1]
    law = run(a=text(a), b=text(b), c=text(c), mode="valid").laws["associative"]
    assert law.left.tolist() == law.right.tolist() == full(full(a, b), c)[4:7]
    assert law.t.tolist() == [4, 5, 6]
    values = DEFAULTS | {"a": text(a), "b": text(b), "c": text(c), "mode": "valid"}
    first = ALGEBRA.checks(ALGEBRA.compute(**values), **values)[0]
    assert first.claim.startswith("associative") and first.applies and first.holds


def test_on_the_circle_every_law_holds():
    a, b, c = [3, 1, 4, 1, 5], [1, -1, 2], [2, 7]
    result = run(a=text(a), b=text(b), c=text(c), mode="circular")
    wrapped = np.zeros(5)
    for i, value in enumerate(full(full(a, b), c)):
        wrapped[i % 5] += value
    np.testing.assert_allclose(result.laws["associative"].left, wrapped)
    assert max(law.gap for law in result.laws.values()) < 1e-9


def test_the_cross_correlation_is_mirrored_when_exchanged_and_minds_its_brackets():
    a, b = [1, 2, 3, 4], [1, 0, -2]
    result = run(a=text(a), b=text(b), c="1 5", mode="full", flip=False)
    law = result.laws["commutative"]
    np.testing.assert_allclose(law.left[1:], np.correlate(a, b, "full"))
    assert law.t.tolist() == [-3, -2, -1, 0, 1, 2, 3]
    assert law.left.tolist() == law.right.flip(0).tolist()
    assert result.laws["associative"].gap > 1
    assert result.laws["distributive"].gap < 1e-9 and result.laws["unit"].gap < 1e-9


def test_the_constant_one_gives_nothing_in_one_bracketing_and_everything_in_the_other():
    endless = run(forever=True).endless
    assert endless.left.tolist() == [0] * 25
    assert endless.right.tolist() == [1] * 25
    assert not endless.partial(torch.arange(50)).any()


@pytest.mark.parametrize("life", [1.0, 7.3, 250.0])
def test_a_fading_signal_gives_the_same_in_both_bracketings(life):
    endless = run(forever=False, life=life).endless
    expected = [math.exp(-abs(u) / life) for u in range(-12, 13)]
    assert endless.right.tolist() == pytest.approx(expected)
    assert endless.left.tolist() == pytest.approx(expected)
    # Σ over −T ≤ t ≤ 0 of f[t] − f[t − 1] telescopes
    back = [0, 1, 7, 100, 40_000]
    for T, partial in zip(back, endless.partial(torch.tensor(back)).tolist()):
        assert partial == pytest.approx(1 - math.exp(-(T + 1) / life))


@pytest.mark.parametrize(("p", "limit"), [(2.0, math.pi**2 / 3 - 1), (4.0, math.pi**4 / 45 - 1)])
def test_a_light_tail_sums_to_twice_zeta_minus_one(p, limit):
    assert algebra.limit(p) == pytest.approx(limit, rel=1e-12)
    assert limit - 3e-4 < float(run(p=p).sums[10_000]) < limit


def test_the_harmonic_tail_grows_by_two_logarithms_of_ten_per_decade():
    sums = run(p=1.0).sums
    brute = 1 + 2 * sum(1 / (1 + t) for t in range(1, 1001))
    assert float(sums[1000]) == pytest.approx(brute)
    assert float(sums[10_000] - sums[1000]) == pytest.approx(2 * math.log(10), abs=3e-3)
    assert algebra.limit(1.0) == math.inf


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


@settings(max_examples=25, deadline=None)
@given(
    world=st.sampled_from(["finite", "endless", "tail"]), law=st.sampled_from(list(algebra.LAWS)),
    a=numbers, b=numbers, c=numbers, flip=st.booleans(), forever=st.booleans(),
    mode=st.sampled_from(["full", "same", "valid", "circular"]),
)  # fmt: skip
def test_every_check_holds_for_signals_of_any_length(**values):
    contract.answers(ALGEBRA, DEFAULTS | values)


@pytest.mark.parametrize("mode", ["full", "same", "circular"])
def test_a_sum_may_be_split_up_whatever_the_lengths_of_its_parts(mode):
    values = DEFAULTS | {"a": "1 2 -1 4 3 0 2", "b": "1 2 -3 4 5", "c": "2 7", "mode": mode}
    found = ALGEBRA.checks(ALGEBRA.compute(**values), **values)
    (split,) = [check for check in found if check.claim.startswith("distributive")]
    assert split.applies and split.holds


@settings(max_examples=40, deadline=None)
@given(a=numbers, b=numbers)
def test_youngs_inequality_holds_by_numpy_too(a, b):
    x, y = (np.array(list(map(float, t.split()))) for t in (a, b))
    for p in (1, 2, np.inf):
        left = np.linalg.norm(np.convolve(x, y), p)
        assert left <= np.abs(x).sum() * np.linalg.norm(y, p) + 1e-9


def test_the_support_is_that_of_b_and_c_together():
    values = DEFAULTS | {"b": "0 0 2 0 1 0", "c": "0 -1 3 0", "mode": "full"}
    result = ALGEBRA.compute(**values)
    assert result.brackets[1].values.nonzero()[:, 0].tolist() == [3, 4, 5, 6]
    (found,) = [c for c in ALGEBRA.checks(result, **values) if c.id == "CNN-14"]
    assert found.applies and found.holds
    values["b"] = "0 0"
    (zero,) = [c for c in ALGEBRA.checks(ALGEBRA.compute(**values), **values) if c.id == "CNN-14"]
    assert not zero.applies and "support" in zero.why


def test_the_brackets_decide_by_the_value_that_f_keeps_far_away():
    for forever, life, left in ((True, 20.0, 0.0), (False, 1000.0, 1.0)):
        values = DEFAULTS | {"world": "endless", "forever": forever, "life": life}
        result = ALGEBRA.compute(**values)
        (found,) = [c for c in ALGEBRA.checks(result, **values) if "f[−∞]" in c.claim]
        assert found.applies and found.holds and found.lhs == pytest.approx(left)
        assert ("not summable" in found.why) == forever


def test_a_wrong_side_would_be_noticed_by_the_checks():
    values = ALGEBRA.preset("Two blurs in a row")
    result = ALGEBRA.compute(**values)
    for name, law in result.laws.items():
        for side in ("left", "right"):
            laws = result.laws | {name: law._replace(**{side: getattr(law, side) + 1e-6})}
            found = ALGEBRA.checks(result._replace(laws=laws), **values)
            assert [c.claim.split(":")[0] for c in found if not c.holds] == [name]
    first, second = result.brackets
    for number, brackets in (
        (5, (first, second._replace(values=second.values + 1e-6))),
        (6, (first._replace(values=1.1 * first.values), second)),
    ):
        assert not ALGEBRA.checks(result._replace(brackets=brackets), **values)[number].holds


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"a": ""}, "expected a"),
        ({"b": "1 ? 1"}, r"column 2 of b, got '\?'"),
        ({"c": " ".join(["1"] * 17)}, "c to be one row of 1 to 16 numbers"),
    ],
)
def test_what_is_no_signal_is_refused_by_name(change, message):
    with pytest.raises(ValueError, match=message):
        run(**change)


def test_a_kernel_that_does_not_fit_leaves_nothing_and_says_so():
    values = DEFAULTS | {"a": "1 2", "mode": "valid"}
    result = ALGEBRA.compute(**values)
    assert len(result.laws["associative"].t) == 0
    assert "Nothing is left" in ALGEBRA.says(result, **values)
    assert ALGEBRA.figure(result, **values).panels[0].alt


def test_rows_of_numbers_stand_at_their_times():
    values = DEFAULTS | {"mode": "full", "flip": False, "a": "1 2 3", "b": "5 7"}
    brackets = ALGEBRA.figure(ALGEBRA.compute(**values), **values).panels[2]
    (grid,) = brackets.traces
    at = dict(zip(grid["x"].tolist(), grid["z"][0].tolist()))
    # (b ⋆ a)[u] = 5 a[u] + 7 a[u + 1]
    assert brackets.layout["yaxis"]["ticktext"] == ["b ⋆ a", "c ⋆ b"]
    assert [at[u] for u in (-1, 0, 1, 2)] == [7, 19, 31, 15]
    assert torch.tensor(grid["z"]).isnan().any()
