import math

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from core.experiments.probability import tails_claims as claims
from core.experiments.probability.tails import (
    BOUNDED,
    KS,
    NAMES,
    SIDES,
    irwin_density,
    single,
    tail,
    tails,
)
from core.rng import generator
from core.signature import call, fields

GIVEN = {name: field.default for name, field in fields(tails).items()}
PEERS = {
    "normal": stats.norm(),
    "exponential": stats.expon(),
    "lognormal": stats.lognorm(1.0),
    "pareto": stats.pareto(3.0),
    "uniform": stats.uniform(),
}


def asked(**values):
    run, values = tails(**values), GIVEN | values
    return run, call(claims.checks, run, values=values), call(claims.says, run, values=values)


def test_the_curriculum_s_numbers():
    run, found, told = asked()
    assert run.exact == pytest.approx(0.25) == run.bounds["chebyshev"]
    assert "this law has it all" in told
    assert all(check.holds for check in found if check.applies)
    run, _, told = asked(of="normal")
    assert run.exact == pytest.approx(0.0455, abs=5e-5) and "4.55 %" in told
    assert tails(of="normal", k=3.0).exact == pytest.approx(0.0027, abs=5e-5)


@pytest.mark.parametrize("name", PEERS)
@pytest.mark.parametrize("k", [0.5, 1.6, 4.0])
def test_tails_of_the_other_library(name, k):
    of = PEERS[name]
    mean, sigma = of.mean(), of.std()
    upper, lower = of.sf(mean + k * sigma), of.cdf(mean - k * sigma)
    assert tails(of=name, k=k).exact == pytest.approx(upper + lower, rel=1e-9, abs=1e-15)
    assert tails(of=name, k=k, side="above").exact == pytest.approx(upper, rel=1e-9, abs=1e-15)
    far, _ = integrate.quad(lambda x: 2 * of.sf(x), mean, np.inf)
    assert tails(of=name).far == pytest.approx(far / sigma, rel=1e-6)


@pytest.mark.parametrize("of", BOUNDED)
@pytest.mark.parametrize("copies", [1, 2, 5, 10])
def test_the_mean_of_copies_by_drawing_them(of, copies):
    one = single(of, 1.0, "both")
    x = one.draw(60_000 * copies, generator(3)).reshape(-1, copies).mean(1)
    off = (x - one.mean) / math.sqrt(one.variance)
    for k in (0.5, 0.7, 1.1):
        for side, seen in (("both", off.abs()), ("above", off)):
            share = float((seen >= k * (1 - 1e-9)).double().mean())
            exact = tails(of=of, k=k, side=side, copies=copies).exact
            assert share == pytest.approx(exact, abs=5 * math.sqrt(exact / 60_000) + 1e-4)
    assert tails(of=of, copies=copies).far == pytest.approx(float(off.abs().mean()), rel=0.02)


def test_ten_coins_by_counting():
    run = tails(of="coin", copies=10, k=0.6)  # |heads − 5| ≥ 3
    ways = sum(math.comb(10, h) for h in range(11) if abs(h - 5) >= 3)
    assert run.exact == pytest.approx(ways / 1024)
    assert tails(of="coin", copies=10, k=0.6, side="above").exact == pytest.approx(ways / 2048)
    assert run.bounds == pytest.approx({
        "chebyshev": 1 / 3.6, "markov": run.far / 0.6, "hoeffding": 2 * math.exp(-20 * 0.09)
    })  # fmt: skip


def test_a_sum_of_uniform_numbers_has_the_density_of_its_tail():
    for n in (1, 2, 3, 7):
        z = torch.linspace(-1.7 / n**0.5, 1.7, 800, dtype=torch.float64)
        f = irwin_density(z, n)
        upper = tail("uniform", single("uniform", 1.0, "both"), "above", n, z.clamp_min(0.0))
        rest = torch.cumulative_trapezoid(f, z)
        at = (z > 0).nonzero()[0, 0] + 1
        fallen = rest[at:] - rest[at - 1]
        np.testing.assert_allclose(fallen, upper[at] - upper[at + 1 :], atol=2e-3)
    triangle = (1 - 1 / 3**0.5) ** 2
    assert tails(of="uniform", copies=2, k=1.0).exact == pytest.approx(triangle)


@pytest.mark.parametrize("of", NAMES)
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("copies", [1, 4])
def test_no_bound_is_broken_anywhere(of, side, copies):
    for k in (0.5, 1.0, 1.9, 3.3, 6.0):
        run, found, told = asked(of=of, side=side, copies=copies, k=k)
        assert all(check.holds for check in found if check.applies)
        assert all(run.exact <= bound * (1 + 1e-9) for bound in run.bounds.values()) and told
        assert bool((run.curve.diff() <= 1e-15).all())
        assert float(np.interp(k, KS, run.curve)) == pytest.approx(run.exact, abs=1e-9)


@pytest.mark.parametrize("k", [0.5, 1.0, 2.0, 4.7])
def test_the_worst_laws_have_the_mean_and_the_variance_they_claim(k):
    both, above = tails(k=k), tails(k=k, side="above")
    assert both.exact == pytest.approx(min(1, 1 / k**2))
    assert above.exact == pytest.approx(1 / (1 + k**2)) == above.bounds["cantelli"]
    for side, run in (("both", both), ("above", above)):
        one = single("touching", k, side)
        assert float(one.masses.sum()) == pytest.approx(1)
        z = (one.points - one.mean) / math.sqrt(one.variance)
        assert float(one.masses @ z) == pytest.approx(0, abs=1e-12)
        assert float(one.masses @ z**2) == pytest.approx(1)
        assert float(z.max()) == pytest.approx(max(k, 1) if side == "both" else k)
        assert run.far == pytest.approx(float(one.masses @ z.abs()))


def test_nothing_is_promised_of_cauchy():
    run, found, told = asked(of="cauchy", k=3.0)
    assert run.exact == pytest.approx(2 * stats.cauchy.sf(3)) and run.bounds == {}
    assert "no bound applies" in told and sum(check.applies for check in found) == 2
    assert "does" not in found[0].why and "no mean" in found[0].why
    run, _, told = asked(of="cauchy", k=3.0, side="above")
    assert run.exact == pytest.approx(stats.cauchy.sf(3)) and "or more above the middle" in told


def test_the_wrong_answers_run():
    for name, values, told in (
        ("touching", {}, 25), ("touching", {"of": "normal"}, 4.55),
        ("three", {"k": 3.0}, 88.9), ("three", {"k": 3.0, "of": "rare"}, 95),
        ("three", {"k": 3.0, "of": "normal"}, 99.73), ("above", {"side": "above"}, 20),
        ("above", {}, 25),
    ):  # fmt: skip
        answer = claims.answers[name](tails(**values))
        answer = answer[0] if isinstance(answer, tuple) else answer
        assert answer == pytest.approx(told, abs=0.05)


def test_hoeffding_beats_chebyshev_from_1_2_on():
    near, far = (tails(of="die", copies=10, k=k).bounds for k in (1.15, 1.25))
    assert near["hoeffding"] > near["chebyshev"] and far["hoeffding"] < far["chebyshev"]


def test_a_value_that_is_hardly_ever_seen_is_there_all_the_same():
    run, _, told = asked(of="rare", copies=10, k=4.0, side="above")
    assert run.exact == pytest.approx(0.05**10) and "9.77·10⁻¹² %" in told and "times" in told
    run, _, told = asked(of="uniform", k=3**0.5)
    assert run.exact == 0 and "no value lies there" in told
    run, _, told = asked(of="coin", copies=2, k=1.0)  # Chebyshev and Markov allow the same
    assert run.exact == pytest.approx(run.best) and "Markov" not in told


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"k": 0.0}, r"expected k in \[0.5, 6\], got 0"),
        ({"k": math.nan}, "expected k in"),
        ({"of": "student"}, "expected of"),
        ({"of": "coin", "copies": 11}, "expected copies"),
    ],
)
def test_what_is_no_tail_is_refused_by_name(values, words):
    with pytest.raises(ValueError, match=words):
        tails(**values)


@pytest.mark.parametrize("of", NAMES)
@pytest.mark.parametrize("copies", [1, 3])
def test_one_forged_place_of_the_curve_or_one_small_bound_is_noticed(of, copies):
    values = {"of": of, "copies": copies, "k": 6.0}
    run, found, _ = asked(**values)
    assert all(check.holds for check in found if check.applies)
    bent = [run._replace(bounds=run.bounds | {name: 1.05 * run.bounds[name]})
            for name in run.bounds]  # fmt: skip
    for place in (0, 7, 17):
        curve = run.curve.clone()
        curve[place] *= 0.95
        bent.append(run._replace(curve=curve))
    for forged in bent:
        checks = call(claims.checks, forged, values=GIVEN | values)
        assert any(check.applies and not check.holds for check in checks)


@pytest.mark.parametrize("of", NAMES)
def test_a_forged_number_is_noticed(of):
    run, _, _ = asked(of=of, copies=3, k=0.9)
    for forged in (
        run._replace(exact=0.9 * run.exact), run._replace(k=run.k + 0.01),
        run._replace(n=run.n + 1), run._replace(curve=run.curve * 0.9 + 0.001),
        *([] if of == "cauchy" else [
            run._replace(far=1.1 * run.far),
            *(run._replace(bounds=run.bounds | {name: 0.9 * run.bounds[name]})
              for name in run.bounds)]),
    ):  # fmt: skip
        checks = call(claims.checks, forged, values=GIVEN | {"of": of, "copies": 3, "k": 0.9})
        assert any(check.applies and not check.holds for check in checks)
