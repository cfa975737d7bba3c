import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from core.experiments.gan import ledger_claims as claims
from core.experiments.gan.ledger import EVEN, even
from core.experiments.gan.ledger import ledger as run
from core.gan import jensen_shannon, value
from pages.figures.gan.ledger import _dealt, figure

TABLE = [(1, 0.4969, -0.392), (2, 0.3804, -0.626), (4, 0.2158, -0.955), (8, 0.0, -1.386)]


def the(result, words, **values):
    asked = {"covered": 8, "tilt": 0.1, "follow": result.follow} | values
    (found,) = (c for c in claims.checks(result, **asked) if words in c.claim)
    return found


@pytest.mark.parametrize(("k", "jsd", "v"), TABLE)
def test_the_ledger_of_the_curriculum(k, jsd, v):
    result = run(covered=k, tilt=0.0)
    assert float(result.jsd[0]) == pytest.approx(jsd, abs=6e-5)
    assert float(result.value[0]) == pytest.approx(v, abs=6e-4)
    check = the(result, "evenly", covered=k, tilt=0.0)
    assert check.applies and check.holds
    assert not the(result, "evenly", covered=k % 8 + 1, tilt=0.0).holds


@pytest.mark.parametrize("k", [1, 2, 3, 5, 8])
def test_the_closed_form_is_the_divergence_of_narrow_gaussians(k):
    """Quadrature on a line with eight modes 20 widths apart, which do not overlap."""
    x = torch.linspace(-10, 150, 16001, dtype=torch.float64)
    bumps = torch.exp(-0.5 * (x - 20 * torch.arange(8.0)[:, None].double()) ** 2)
    bumps /= math.sqrt(2 * math.pi)
    p, q = bumps.mean(0), bumps[:k].mean(0)
    assert even(k) == pytest.approx(float(jensen_shannon(p, q, 0.01)), abs=1e-9)


def kl(p, q):
    return sum(a * math.log(a / b) for a, b in zip(p, q, strict=True) if a)


def test_divergence_and_trust_by_hand_for_uneven_fakes():
    result = run(covered=5, tilt=0.3, follow=0.2, rounds=9)
    for q, D, jsd, v in zip(result.q, result.D, result.jsd, result.value, strict=True):
        q, p = q.tolist(), [1 / 8] * 8
        m = [(a + b) / 2 for a, b in zip(p, q)]
        assert float(jsd) == pytest.approx((kl(p, m) + kl(q, m)) / 2, abs=1e-12)
        assert D.tolist() == pytest.approx([1 / (1 + 8 * each) for each in q])
        terms = [math.log(d) / 8 + (b and b * math.log(1 - d)) for b, d in zip(q, D.tolist())]
        assert float(v) == pytest.approx(sum(terms), abs=1e-12)


def test_no_shares_at_all_beat_one_mode_against_a_frozen_referee():
    result, generator = run(), torch.Generator().manual_seed(0)
    D, target = result.D[0], int(result.target[0])
    assert target == 8
    for _ in range(1000):
        shares = torch.rand(8, generator=generator, dtype=torch.float64) ** 4
        shares /= shares.sum()
        assert shares @ D <= D[target - 1]
        # and in the game's own words: V with D frozen is lowest for fakes where D is largest
        alone = torch.nn.functional.one_hot(result.target[0] - 1, 8).double()
        assert value(EVEN, alone, D, 1.0) <= value(EVEN, shares, D, 1.0)
    assert result.q[1].tolist() == [0.0] * 7 + [1.0]
    assert float(result.frozen[0]) == pytest.approx(float(D.max()))
    assert float(result.trust[1]) == pytest.approx(1 / 9)


def test_whole_answers_chase_round_the_ring_and_the_value_stays_as_bad():
    result = run(covered=1, tilt=0.0, rounds=24)
    assert result.target.tolist() == [j % 8 + 1 for j in range(1, 26)]
    assert result.covered.tolist() == [1] * 25
    assert result.frozen.tolist() == pytest.approx([1.0] * 24)
    assert result.trust.tolist() == pytest.approx([1 / 9] * 25)
    assert result.value.tolist() == pytest.approx([2 * even(1) - math.log(4)] * 25)


def test_smaller_answers_end_nearer_to_the_data():
    """Fakes then miss by about the share s that moves, and JSD by about its square."""
    ends = []
    for s in (0.1, 0.05, 0.025):
        result = run(covered=1, tilt=0.0, follow=s, rounds=64)
        fine = run(covered=8, tilt=0.0, follow=s, rounds=64)
        assert (result.covered[-1] == 8) and result.jsd[-1] < 0.02 + math.exp(-64 * s)
        ends.append(float(fine.jsd[-8:].mean()))
    rates = [math.log2(a / b) for a, b in pairwise(ends)]
    assert rates == pytest.approx([2.0, 2.0], abs=0.3)


def test_a_third_at_a_time_just_keeps_all_modes_covered():
    """Round the ring the shares are s(1 − s)ʲ over their sum, the least of them at j = 7."""
    for s, kept in ((0.3, 8), (0.33, 8), (0.35, 7)):
        result = run(covered=1, tilt=0.0, follow=s, rounds=64)
        shares = s * (1 - s) ** np.arange(8) / (1 - (1 - s) ** 8)
        np.testing.assert_allclose(np.sort(result.q[-1])[::-1], shares, atol=1e-7)
        assert int(result.covered[-1]) == kept


def test_by_hand_is_the_first_answer_of_a_whole_move():
    result = run(covered=4, tilt=0.0)
    for mode in range(1, 9):
        before, after = result.moved(mode)
        assert before == pytest.approx(1.0 if mode > 4 else 1 / 3)
        assert after == pytest.approx(1 / 9)
    assert result.moved(0) == (pytest.approx(1 / 3), pytest.approx(1 / 3))
    said = claims.says(result, round=0, hand=7)
    assert "mode 7" in said and "by 1 instead of 0.333" in said and "0.111" in said


@pytest.mark.parametrize("values", [{}, {"covered": 3, "tilt": 0.25, "follow": 0.3}])
def test_checks_notice_a_wrong_mode_share_and_sum(values):
    result = run(**values)
    asked = {"covered": 8, "tilt": 0.1} | {k: v for k, v in values.items() if k != "follow"}
    sends, most = "sends its share", "more trust"
    assert the(result, sends, **asked).holds and the(result, most, **asked).holds
    turned = result._replace(target=result.target % 8 + 1)
    assert not the(turned, sends, **asked).holds
    assert not the(result._replace(q=result.q.flip(1)), most, **asked).holds
    assert not the(result._replace(D=1 - result.D), "D* = p", **asked).holds
    assert not the(result._replace(jsd=-result.jsd), "2 JSD", **asked).holds


def test_every_round_can_be_told_and_drawn_and_all_fakes_are_dealt():
    for values in ({}, {"covered": 1, "tilt": 0.0}, {"follow": 0.07, "rounds": 64, "tilt": 0.3}):
        result = run(**values)
        for at in (0, 1, result.rounds, 64):
            picture = figure(result, round=at)
            assert picture.frames == result.rounds + 1
            assert f"Round {min(at, result.rounds)}:" in claims.says(result, round=at, hand=0)
    for q in run(follow=0.07, rounds=64).q.numpy():
        count = _dealt(q)
        assert count.sum() == 96 and np.abs(count / 96 - q).max() < 0.011


def test_the_misprint_speaks_of_a_single_mode_only():
    for k, applies in ((1, True), (2, False), (8, False)):
        check = the(run(covered=k, tilt=0.0), "E-72", covered=k, tilt=0.0)
        assert check.claim.startswith("as printed (E-72)") and check.applies == applies
    assert "6 modes lost although 2" in the(run(covered=2), "E-72", covered=2).why


@pytest.mark.parametrize(
    ("name", "value"),
    [("covered", 0), ("covered", 9), ("covered", 2.5), ("tilt", -0.1), ("follow", 0.0),
     ("rounds", 65), ("follow", math.nan)],
)  # fmt: skip
def test_bad_input_is_refused_by_name(name, value):
    with pytest.raises(ValueError, match=f"expected {name} .*in [\\[(]"):
        run(**{name: value})
