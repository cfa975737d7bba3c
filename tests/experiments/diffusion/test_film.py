"""The film: the chain, the jump and the wrong rules by a second route."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.diffusion import chain, q_sample
from core.experiments.diffusion import film
from core.experiments.diffusion import film_claims as claims
from core.experiments.diffusion.film import film as run
from core.rng import generator


def the(result, words, **values):
    defaults = {"variance": 1.0, "x0": 1.0, "rule": "chain"}
    (found,) = (c for c in claims.checks(result, **defaults | values) if words in c.claim)
    return found


@pytest.mark.parametrize("kind", film.KINDS)
@pytest.mark.parametrize("T", [1, 7, 200])
def test_the_film_is_the_chain_of_the_engine_from_its_first_cloud(kind, T):
    result = run(kind=kind, T=T, seed=3, variance=2.0, x0=-1.0)
    states = [*chain(result.x[0], film.plan(kind, T), generator(1003))]
    torch.testing.assert_close(result.x, torch.stack(states), rtol=0, atol=1e-9)


def test_the_jump_is_the_closed_form_with_one_noise():
    result = run(rule="jump", data="spiral", T=50)
    plan = film.plan("linear", 50)
    eps = torch.randn(film.N, 2, generator=generator(1000), dtype=torch.float64)
    for t in (0, 1, 20, 50):
        expected = q_sample(result.x[0], t, eps, plan.alpha_bar)
        torch.testing.assert_close(result.x[t], expected, rtol=0, atol=1e-12)


def test_noise_alone_has_the_same_draws_and_no_shrinking():
    steps, plain = run(T=30), run(T=30, rule="adds")
    root = steps.betas.sqrt()[1:, None, None]
    z = (steps.x[1:] - (1 - steps.betas).sqrt()[1:, None, None] * steps.x[:-1]) / root
    torch.testing.assert_close(plain.x[1:], plain.x[:-1] + root * z, rtol=0, atol=1e-9)
    torch.testing.assert_close(plain.x[0], steps.x[0])


@pytest.mark.parametrize("kind", film.KINDS)
@pytest.mark.parametrize("T", [1, 2, 10, 50, 1000])
def test_the_schedules_are_as_noisy_at_the_end_with_any_number_of_steps(kind, T):
    betas = film.plan(kind, T).betas[1:].numpy()
    assert ((betas > 0) & (betas < 1)).all()
    if kind == "cosine":
        f = np.cos((np.arange(T + 1) / T + 0.008) / 1.008 * np.pi / 2) ** 2
        expected = np.minimum(1 - f[1:] / f[:-1], 0.999)
    else:
        ends = (1e-4, 0.02) if kind == "linear" else (0.01005, 0.01005)
        expected = np.minimum(np.linspace(*ends, T) * 1000 / T, 0.999)
    np.testing.assert_allclose(betas, expected, rtol=1e-12)


def test_the_values_of_the_curriculum():
    plan = film.plan("linear", 1000)
    assert float(plan.alpha_bar[500]) == pytest.approx(0.07859, abs=5e-6)
    assert float(plan.alpha_bar[1000]) == pytest.approx(4.036e-5, rel=1e-4)
    assert math.sqrt(plan.alpha_bar[1000]) == pytest.approx(0.0063528, abs=5e-8)
    assert int((plan.alpha_bar < 0.5).nonzero()[0]) == 260
    point = {"variance": 0.0, "x0": 3.0, "T": 1000}
    for rule, mean, spread, one in (("chain", 0.841, 0.9214, 0.96), ("printed", 2.985, 0.01, 0.1)):
        many = [run(**point, rule=rule, seed=seed) for seed in range(20)]  # 8000 points
        found = torch.stack([torch.stack([r.mean[500, 0], r.variance[500]]) for r in many]).mean(0)
        assert float(found[0]) == pytest.approx(mean, abs=3 * one / math.sqrt(8000))
        assert float(found[1]) == pytest.approx(spread, rel=3 / math.sqrt(8000))


def test_a_variance_of_one_stays_one_by_the_recursion_of_a_single_step():
    for kind in film.KINDS:
        result = run(kind=kind, T=100)
        for variance in (0.0, 1.0, 3.5):
            v, law = variance, [variance]
            for beta in result.betas[1:].tolist():
                v = (1 - beta) * v + beta
                law.append(v)
            np.testing.assert_allclose(result.law(variance), law, atol=1e-12)
        assert float((result.law(1.0) - 1).abs().max()) < 1e-12


@pytest.mark.parametrize("data", film.SHAPES)
def test_the_data_have_the_mean_and_the_variance_that_were_asked_for(data):
    first = run(data=data, variance=2.5, x0=-2.0, T=3, seed=8).x[0].numpy()
    np.testing.assert_allclose(first.mean(0), [-2.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(first.var(0), [2.5, 2.5], atol=1e-12)


def test_each_check_notices_the_other_rules():
    pairs = {
        "variance of xₜ": "chain",
        "mean of xₜ": "chain",
        "standard normal": "chain",
        "one ε": "jump",
        "without shrinking": "adds",
        "as printed": "printed",
    }
    results = {rule: run(rule=rule, x0=3.0, variance=0.5) for rule in film.RULES}
    for words, own in pairs.items():
        for rule, result in results.items():
            check = the(result, words, rule=own, variance=0.5, x0=3.0)
            assert check.applies
            alike = {rule, own} <= {"chain", "jump"} and words.endswith("xₜ")
            assert check.holds == (rule == own or alike), (words, rule)


def test_the_laws_hold_for_a_hundred_seeds_and_fail_for_another_law():
    for seed in range(100):
        result = run(T=20, seed=seed, variance=2.0)
        assert the(result, "variance of xₜ", variance=2.0).holds
        assert the(result, "mean of xₜ").holds
    assert not the(result, "variance of xₜ", variance=1.5).holds
    assert not the(result, "mean of xₜ", x0=1.4).holds
    assert not the(replace(result, x=result.x.flip(0)), "t = 0").holds


def test_sentences_name_the_share_that_is_left_and_warn_where_it_is_large():
    values = {"variance": 1.0, "x0": 1.0, "rule": "chain"}
    assert "the end is not pure noise" in claims.says(run(T=1), **values)
    end = claims.says(run(T=1000), **values, t=1000)
    assert "√ᾱ = 0.00635 of the data is left." in end and "After 1000 steps" in end
    assert "After 1 step:" in claims.says(run(T=1), **values, t=900)
    printed = {"variance": 0.0, "x0": 3.0, "rule": "printed"}
    told = claims.says(run(**printed, T=1000), **printed, t=500)
    assert told.endswith(
        "mean 2.985, variance 0.01. The chain keeps √ᾱₜ = 0.28: mean 0.841, variance 0.9214."
    )


@pytest.mark.parametrize(
    "bad", [{"T": 0}, {"T": 1001}, {"T": 2.5}, {"variance": -1.0}, {"x0": 9.0}]
)
def test_what_is_out_of_range_is_refused_by_name(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))} "):
        run(**bad)
