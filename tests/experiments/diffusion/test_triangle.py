"""The triangle: Bayes by hand, by counting and by quadrature."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from core.diffusion import Mixture, chain, exact_eps, from_betas
from core.experiments.diffusion import triangle
from core.experiments.diffusion import triangle_claims as claims
from core.experiments.diffusion.triangle import triangle as run
from core.rng import generator

VALUES = {"known": "x0", "x0": -2.0, "xt": 2.0, "t": 25}


def the(result, words, **values):
    (found,) = (c for c in claims.checks(result, **VALUES | values) if words in c.claim)
    return found


def test_the_verified_values_of_the_curriculum():
    result = run(x0=1.3, xt=-0.4, t=301, T=1000)
    assert result.mean == pytest.approx(-0.38899, abs=5e-6)
    assert result.variance == pytest.approx(0.0060518, abs=5e-8)


@pytest.mark.parametrize("kind", ["linear", "cosine"])
@pytest.mark.parametrize(("T", "t"), [(2, 2), (5, 2), (20, 20), (50, 25), (1000, 2), (1000, 999)])
def test_the_posterior_is_the_product_of_two_gaussians(kind, T, t):
    result = run(kind=kind, T=T, t=t, x0=0.7, xt=-1.1)
    betas = result.betas.numpy()
    before, alpha = np.prod(1 - betas[:t]), 1 - betas[t]
    # precisions add, and means are weighted with them
    p, q = 1 / (1 - before), alpha / betas[t]
    mean = (p * math.sqrt(before) * 0.7 + q * -1.1 / math.sqrt(alpha)) / (p + q)
    assert result.mean == pytest.approx(mean, abs=1e-9)
    assert result.variance == pytest.approx(1 / (p + q), rel=1e-9)
    given = {"known": "x0", "x0": 0.7, "xt": -1.1, "t": t}
    assert all(c.holds or not c.applies for c in claims.checks(result, **given))


def test_the_posterior_is_where_simulated_chains_were():
    # 400 000 chains of ten steps from x₀ = 1; those that pass near x₅ = 0 were here at t = 4
    plan = from_betas(run(T=10, t=5).betas[1:])
    x = [*chain(torch.ones(400_000, dtype=torch.float64), plan, generator(0))]
    near = (x[5] - 0.0).abs() < 0.02
    result, found = run(T=10, t=5, x0=1.0, xt=0.0), x[4][near]
    error = math.sqrt(result.variance / len(found))
    assert float(found.mean()) == pytest.approx(result.mean, abs=4 * error)
    assert float(found.var()) == pytest.approx(result.variance, rel=6 / math.sqrt(len(found)))


def test_the_first_step_leaves_one_point_and_a_single_step_is_allowed():
    for values in ({"T": 1, "t": 1}, {"T": 20, "t": 1}):
        result = run(x0=1.25, xt=-2.0, **values)
        assert result.mean == pytest.approx(1.25, abs=1e-12) and result.variance == 0
        told = claims.says(result, known="x0", x0=1.25, xt=-2.0, t=1)
        assert told == "t = 1: the state before is x₀ = 1.25 itself, one point, β̃ = 0."
        check = the(result, "one point", x0=1.25, xt=-2.0, t=1)
        assert check.applies and check.holds
        assert not the(replace(result, variance=0.1), "one point", x0=1.25, xt=-2.0, t=1).holds


@pytest.mark.parametrize(
    ("T", "t", "xt"), [(5, 2, 0.0), (10, 5, 1.2), (50, 30, -0.7), (20, 20, 2.0)]
)
def test_the_kernel_without_x0_is_bayes_by_quadrature(T, t, xt):
    result = run(known="data", T=T, t=t, xt=xt)
    level, beta = float(result.alpha_bar[t - 1]), float(result.betas[t])

    def joint(x, power=0):
        prior = sum(
            w * stats.norm.pdf(x, math.sqrt(level) * m, math.sqrt(level * 0.09 + 1 - level))
            for w, m in ((0.3, -2), (0.7, 2))
        )
        return prior * stats.norm.pdf(xt, math.sqrt(1 - beta) * x, math.sqrt(beta)) * x**power

    total, first, second = (
        integrate.quad(joint, -12, 12, args=(k,), points=[-2, 0, 2], limit=200)[0] for k in range(3)
    )
    mean, variance = first / total, second / total - (first / total) ** 2
    assert float(result.kernel.mean) == pytest.approx(mean, abs=1e-7)
    assert float(result.kernel.variance) == pytest.approx(variance, abs=1e-7)
    x = torch.tensor([-1.3, 0.2, 1.9], dtype=torch.float64)
    expected = [joint(v) / total for v in x.tolist()]
    np.testing.assert_allclose(result.kernel.density(x), expected, rtol=1e-6)


def test_the_mean_of_the_kernel_is_a_step_along_the_score():
    # (xₜ + βₜ ∇log qₜ)/√αₜ with the score by differences of the log density
    result = run(known="data", T=20, t=6, xt=0.8)
    law = Mixture([0.3, 0.7], [-2.0, 2.0], 0.3).noised(float(result.alpha_bar[6]))
    up, down = (law.log_density(torch.tensor([0.8 + h])) for h in (1e-3, -1e-3))
    beta = float(result.betas[6])
    mean = (0.8 + beta * float(up - down) / 2e-3) / math.sqrt(1 - beta)
    assert float(result.kernel.mean) == pytest.approx(mean, abs=1e-4)
    eps = exact_eps(triangle.DATA, torch.tensor([0.8]), 6, result.alpha_bar)
    assert the(result, "mean of ε", xt=0.8, t=6).holds and float(eps) != 0


def test_short_steps_make_the_kernel_gaussian_and_long_ones_do_not():
    apart = [
        float(run(T=T, t=max(2, round(0.4 * T)), xt=0.0).kernel.apart) for T in (5, 20, 100, 1000)
    ]
    assert apart == sorted(apart, reverse=True)
    assert apart[0] > 0.5 and apart[-1] < 1e-3
    assert run(T=5, t=2, xt=0.0).kernel.humps == 2 and run(T=1000, t=400, xt=0.0).kernel.humps == 1
    # a hump less where the point is clearly on one side
    assert run(T=5, t=2, xt=1.9).kernel.humps == 1


def test_the_checks_notice_wrong_numbers():
    result = run()
    forged = {
        "mean of the formula": {"mean": result.mean + 1e-3},
        "their ratio": {"variance": result.variance * 1.01},
        "weight of x₀": {"weights": result.weights.flip(1)},
        "made to sum to 1": {"kernel": result.kernel._replace(means=-result.kernel.means)},
        "mean of ε": {"kernel": result.kernel._replace(weights=result.kernel.weights.flip(0))},
        "leads from x₀ to xₜ": {"betas": result.betas * 1.02},
    }
    for words, wrong in forged.items():
        assert the(result, words).applies and the(result, words).holds, words
        assert not the(replace(result, **wrong), words).holds, words
    few = run(known="data", T=5, t=2, xt=0.0)
    for share, holds in ((1.0, True), (1.01, False)):
        check = the(replace(few, apart=few.apart * share), "second quadrature", xt=0.0, t=2)
        assert check.holds == holds


def test_the_printed_direction_is_off_by_the_score_and_right_for_normal_data(monkeypatch):
    result = run(known="printed", T=20, t=4, xt=1.0)
    values = {"known": "printed", "xt": 1.0, "t": 4}
    check = the(result, "as printed (E-74)", **values)
    assert check.applies and check.holds and check.lhs > 0.4
    assert not the(result, "as printed (E-74)", xt=1.0, t=4).applies
    other = replace(result, kernel=result.kernel._replace(means=-result.kernel.means))
    assert not the(other, "as printed (E-74)", **values).holds
    for module in (triangle, claims):
        monkeypatch.setattr(module, "DATA", Mixture([0.5, 0.5], [0.0, 0.0], 1.0))
    normal = the(run(known="printed", T=20, t=4, xt=1.0), "as printed (E-74)", **values)
    assert normal.holds and abs(normal.lhs) < 1e-12


def test_the_distance_to_a_gaussian_counts_a_small_hump_far_away():
    # one part in a hundred, at ten deviations
    weights, means, stds = (torch.tensor(v).double() for v in ([0.99, 0.01], [0, 30], [1, 0.5]))
    kernel = triangle.Kernel(weights, means, stds)
    spread = math.sqrt(float(kernel.variance))
    assert spread == pytest.approx(math.sqrt(0.99 + 0.01 * 0.25 + 0.99 * 0.01 * 900))

    def gap(x):
        p = 0.99 * stats.norm.pdf(x) + 0.01 * stats.norm.pdf(x, 30, 0.5)
        return abs(p - stats.norm.pdf(x, 0.3, spread))

    area = integrate.quad(gap, -30, 40, points=[-3, 0, 3, 28, 30, 32], limit=500)[0] / 2
    assert float(kernel.apart) == pytest.approx(area, abs=1e-3)
    assert kernel.humps == 2


def test_sentences_follow_the_numbers():
    told = claims.says(run(), **VALUES)
    assert told.startswith("Mean 0.0621·x₀ + 0.88·xₜ = 1.64, deviation 0.44")
    few = claims.says(run(known="data", T=5, t=2, xt=0.0), known="data", x0=0.0, xt=0.0, t=2)
    assert "two humps" in few and "misplaces 60 %" in few
    many = claims.says(run(T=1000, t=400, xt=0.0), known="data", x0=0.0, xt=0.0, t=400)
    assert "one hump" in many
    printed = claims.says(run(T=20, t=4, xt=1.0), known="printed", x0=0.0, xt=1.0, t=4)
    assert "goes on to 0.915" in printed and "leads to 1.42" in printed


@pytest.mark.parametrize(
    ("bad", "name"), [({"t": 0}, "t"), ({"t": 51}, "t"), ({"T": 0}, "T"), ({"x0": 9.0}, "x0")]
)
def test_what_is_out_of_range_is_refused_by_name(bad, name):
    with pytest.raises(ValueError, match=f"expected {name} "):
        run(**bad)
