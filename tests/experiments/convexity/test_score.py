import math

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from core.convexity import reparametrised_gradient, score_gradient
from core.experiments.convexity import score_claims as claims
from core.experiments.convexity.score import BATCHES, KINDS, LAWS, drawn, exact, height, score
from core.rng import generator
from core.signature import call

GIVEN = {"theta": 0.0, "baseline": 0.0, "n": 16, "g": "square", "law": "normal", "seed": 1}


def checked(**values):
    run = score(**values)
    return run, call(claims.checks, run, values=GIVEN | values)


def test_the_parabola_by_hand():
    """Moments of N(0, 1): Var (Z − 3)² Z = E(Z⁶ + 54 Z⁴ + 81 Z²) − 36 = 15 + 162 + 81 − 36."""
    run = score()
    assert run.gradient == -6
    assert run.score_mean == pytest.approx(-6) and run.path_mean == pytest.approx(-6)
    assert run.score_variance == pytest.approx(222) and run.path_variance == pytest.approx(4)
    assert run.ratio == pytest.approx(55.5)
    assert score(baseline=10.0).score_variance == pytest.approx(82)
    assert (run.best, run.least) == (pytest.approx(12), pytest.approx(78))


@pytest.mark.parametrize("g", KINDS)
@pytest.mark.parametrize("law", LAWS)
def test_the_gradient_is_the_derivative_of_the_mean(g, law):
    def mean(theta):
        if law == "normal":
            pdf = stats.norm(theta).pdf
            pieces = ((theta - 12, 2.0), (2.0, theta + 12))
        else:
            pdf = stats.uniform(0, theta).pdf
            pieces = ((0, min(2.0, theta)), (min(2.0, theta), theta))
        f = lambda x: float(height(g, np.float64(x))) * pdf(x)  # noqa: E731
        return sum(integrate.quad(f, *piece, epsabs=1e-12, limit=200)[0] for piece in pieces)

    for theta in (0.7, 1.6, 3.4):
        slope = (mean(theta + 1e-4) - mean(theta - 1e-4)) / 2e-4
        assert exact(theta, g, law) == pytest.approx(slope, abs=1e-6)


@pytest.mark.parametrize("g", KINDS)
@pytest.mark.parametrize("baseline", [0.0, 2.5])
def test_expectations_are_those_of_a_million_draws(g, baseline):
    run = score(theta=1.2, g=g, baseline=baseline)
    z = np.random.default_rng(3).normal(size=1_000_000)
    one = (height(g, 1.2 + z) - baseline) * z
    assert run.score_mean == pytest.approx(one.mean(), abs=6 * one.std() / 1000)
    assert run.score_variance == pytest.approx(one.var(), rel=0.03)
    # regression of (g z) on z: the best baseline
    best = (height(g, 1.2 + z) * z**2).mean()
    assert run.best == pytest.approx(best, abs=0.05)


@pytest.mark.parametrize("g", ["square", "wave"])
def test_the_estimators_of_the_engine_have_the_same_mean_and_error(g):
    n, run = 400_000, score(theta=0.4, g=g, baseline=3.0)
    f = lambda x: height(g, x)  # noqa: E731
    by_score = score_gradient(0.4, f, n, 3.0, generator(5))
    by_path = reparametrised_gradient(0.4, f, n, generator(6))
    assert by_score.mean == pytest.approx(run.score_mean, abs=6 * by_score.error)
    assert by_score.error == pytest.approx(math.sqrt(run.score_variance / n), rel=0.02)
    assert by_path.mean == pytest.approx(run.path_mean, abs=6 * by_path.error)
    assert by_path.error == pytest.approx(math.sqrt(run.path_variance / n), rel=0.02)


def test_batches_spread_as_one_over_the_root_of_n():
    for n in (4, 256):
        run = score(n=n, seed=9, theta=2.0)
        assert float(run.score.var()) * n == pytest.approx(run.score_variance, rel=0.3)
        assert float(run.path.var()) * n == pytest.approx(run.path_variance, rel=0.3)
        assert run.score.shape == (BATCHES,)


def test_no_baseline_does_better_than_the_best_and_none_moves_the_mean():
    best = score(theta=-0.7).best
    least = score(theta=-0.7, baseline=best)
    assert least.score_variance == pytest.approx(least.least, rel=1e-9)
    for b in (-4.0, best - 0.1, best + 0.1, 25.0):
        run = score(theta=-0.7, baseline=b)
        assert run.score_variance > least.least
        assert run.score_mean == pytest.approx(-7.4)


def test_a_jump_is_not_seen_by_its_derivative():
    run, found = checked(g="step", theta=1.0)
    assert run.path_mean == run.path_variance == 0 and run.ratio == math.inf
    assert run.score_mean == pytest.approx(stats.norm.pdf(1))
    (silent,) = (c for c in found if "g′(X) dx/dθ] =" in c.claim)
    assert not silent.applies and "jump" in silent.why


@pytest.mark.parametrize("theta", [0.5, 2.0, 4.0])
def test_a_moving_end_loses_the_value_of_g_there(theta):
    run, found = checked(law="uniform", theta=theta, baseline=1.0)
    # −E[g − 1]/θ by hand, E[(U θ − 3)²] = θ²/3 − 3θ + 9
    assert run.score_mean == pytest.approx(-(theta**2 / 3 - 3 * theta + 8) / theta)
    assert run.gradient == pytest.approx(2 * theta / 3 - 3)
    (trick,) = (c for c in found if "∇log p(X)] = ∇E" in c.claim)
    (lost,) = (c for c in found if "is lost" in c.claim)
    assert not trick.applies and lost.applies and lost.holds
    assert "does not apply" in claims.says(
        run, baseline=1.0, n=16, g="square", law="uniform"
    )  # fmt: skip


def test_settings_keep_their_checks():
    rng = np.random.default_rng(0)
    for law in LAWS:
        for g in KINDS:
            for _ in range(6):
                values = {
                    "theta": float(rng.uniform(0.1, 5)), "baseline": float(rng.uniform(-50, 50)),
                    "g": g, "law": law, "n": int(rng.integers(1, 40)),
                    "seed": int(rng.integers(99)),
                }  # fmt: skip
                _, found = checked(**values)
                assert not [c for c in found if c.applies and not c.holds], values


@pytest.mark.parametrize(
    "field",
    ["score", "path", "gradient", "score_mean", "score_variance", "path_mean", "path_variance",
     "best", "least"],
)  # fmt: skip
def test_a_wrong_number_turns_a_check_red(field):
    values = {"theta": 1.3, "baseline": 2.0, "n": 3}
    run, found = checked(**values)
    assert all(c.holds for c in found if c.applies)
    value = getattr(run, field)
    off = value.flip(0) if isinstance(value, torch.Tensor) else -value
    again = call(claims.checks, run._replace(**{field: off}), values=GIVEN | values)
    assert any(c.applies and not c.holds for c in again)


def test_one_seed_is_one_set_of_draws():
    x, by_score, _ = drawn(1.0, 5, "normal", 7)
    np.testing.assert_allclose(x - 1, by_score)
    assert torch.equal(score(seed=3).score, score(seed=3).score)
    assert not torch.equal(score(seed=3).score, score(seed=4).score)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"theta": 6.0}, r"expected theta in \[-5, 5\], got 6"),
        ({"theta": 0.0, "law": "uniform"}, r"expected theta in \[0.1, 5\] for a uniform law"),
        ({"baseline": math.nan}, "expected baseline in"),
        ({"n": 0}, "expected n a whole number in"),
        ({"g": "cube"}, "expected g to be one of"),
        ({"law": "cauchy"}, "expected law to be one of"),
    ],
)
def test_what_is_no_law_is_refused_by_name(values, words):
    with pytest.raises(ValueError, match=words):
        score(**values)
