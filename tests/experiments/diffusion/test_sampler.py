import math

import pytest
import torch

from core.diffusion import Mixture, ddim, ddpm, exact_model, from_betas
from core.diffusion.pair import Pair
from core.experiments.diffusion import sampler
from core.experiments.diffusion import sampler_claims as claims
from core.experiments.diffusion.sampler import measured, rule, schedule, target, travel
from core.experiments.diffusion.sampler import sampler as run
from core.rng import generator

PAIR = Pair(0.7, 2.0, 0.3)
DATA = Mixture([0.3, 0.7], [-2.0, 2.0], 0.3)
PLAIN = {"weight": 0.7, "mean": 2.0, "sigma": 0.3, "betas": "scaled"}
MANY = 40_000


def settings(**values):
    return PLAIN | {"method": "beta", "T": 50} | values


def checks(**values):
    result, values = run(**values), settings(**values)
    values = {k: v for k, v in values.items() if k not in ("N", "seed")}
    return result, values, claims.checks(result, **values)


def the(found, words):
    (one,) = (c for c in found if words in c.claim)
    return one


def many(method, T, betas="scaled", seed=0):
    source = generator(seed)
    x = torch.randn(MANY, generator=source, dtype=torch.float64)
    plan = schedule(T, betas)
    return measured(travel(PAIR, plan, rule(plan, method), x, source)[1])


def near(share, std, share_off, std_off):
    return pytest.approx(share, abs=share_off), pytest.approx(std, abs=std_off)


@pytest.mark.parametrize(
    ("method", "T", "share", "std"),
    [
        ("beta", 10, 0.726, 0.512),
        ("posterior", 10, 0.755, 0.260),
        ("ddim", 10, 0.729, 0.300),
        ("beta", 50, 0.704, 0.321),
        ("posterior", 50, 0.708, 0.254),
        ("beta", 1000, 0.703, 0.302),
        ("posterior", 1000, 0.703, 0.298),
    ],
)
def test_forty_thousand_samples_give_the_figures_of_the_curriculum(method, T, share, std):
    """Both were drawn: four standard errors of each, √2 together."""
    found = many(method, T)
    share_off = 4 * math.sqrt(2 * 0.7 * 0.3 / MANY)
    std_off = 4 * std * math.sqrt(2 / (2 * 0.7 * MANY)) + 5e-4
    if method == "ddim":
        std_off = 0.006  # of one sample the ends are far from Gaussian
    assert (found.share, found.std) == near(share, std, share_off, std_off)
    if (method, T) == ("ddim", 10):
        assert found.mean == pytest.approx(1.90, abs=0.01)


@pytest.mark.parametrize(("T", "std"), [(10, 2e-9), (50, 7e-4)])
def test_without_fresh_noise_every_sample_goes_to_one_point(T, std):
    found = many("none", T)
    assert found.share == 1
    assert found.std == pytest.approx(std, rel=0.05)


def test_stopped_too_early_the_share_is_wrong_and_the_schedule_says_why():
    assert float(schedule(200, "same").alpha_bar[-1]) == pytest.approx(0.132, abs=5e-4)
    assert many("beta", 200, "same").share == pytest.approx(0.638, abs=0.0136)
    said = claims.says(run(T=200, betas="same", N=20_000), **settings(T=200) | {"betas": "same"})
    assert "0.36 of the data" in said


def test_the_schedules_are_those_of_a_thousand_steps_rescaled():
    for T in (1, 2, 10, 50, 1000):
        scaled, same = (schedule(T, kind).betas[1:].numpy() for kind in ("scaled", "same"))
        for i in range(T):
            plain = 1e-4 + (0.02 - 1e-4) * i / max(1, T - 1)
            assert same[i] == pytest.approx(plain, rel=1e-12)
            assert scaled[i] == pytest.approx(min(0.999, plain * 1000 / T), rel=1e-12)
    assert torch.equal(schedule(1000, "scaled").betas, schedule(1000, "same").betas)


@pytest.mark.parametrize("method", sampler.METHODS)
@pytest.mark.parametrize("T", [1, 7, 50])
def test_a_step_is_that_of_the_general_samplers_with_the_same_noise(method, T, monkeypatch):
    """The engine's samplers on the general mixture, fed with the very z of this run."""
    result = run(method=method, T=T, N=100, seed=3)
    plan, x = schedule(T, "scaled"), result.x
    sigma = rule(plan, method).sigma
    model = exact_model(DATA, plan.alpha_bar)

    def walk(source):
        if method in sampler.ETA:
            return list(ddim(model, x[0], plan, T, sampler.ETA[method], source))
        return list(ddpm(model, x[0], plan, method, source))

    drawn = []
    quiet = from_betas(plan.betas[1:])
    for i, t in enumerate(range(T, 0, -1)):
        eps = model(x[i], t)
        if method in sampler.ETA:
            level, before = (float(quiet.alpha_bar[k]) for k in (t, t - 1))
            x0 = (x[i] - math.sqrt(1 - level) * eps) / math.sqrt(level)
            mu = math.sqrt(before) * x0
            mu += math.sqrt(max(0.0, 1 - before - float(sigma[t]) ** 2)) * eps
        else:
            beta = float(quiet.betas[t])
            mu = (x[i] - beta / math.sqrt(1 - float(quiet.alpha_bar[t])) * eps) / math.sqrt(
                1 - beta
            )
        if float(sigma[t]):
            drawn.append((x[i + 1] - mu) / float(sigma[t]))
    rest = iter(drawn)
    monkeypatch.setattr("core.diffusion.samplers.noise_like", lambda x, source: next(rest))
    states = walk(generator(0))
    assert next(rest, None) is None
    torch.testing.assert_close(torch.stack([s.x for s in states]), x, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(
        torch.stack([s.x0[0] for s in states[:-1]]), result.x0, rtol=1e-5, atol=1e-5
    )
    if drawn:
        z = torch.stack(drawn)
        assert float(z.square().mean()) == pytest.approx(1, abs=5 * math.sqrt(2 / z.numel()))
        assert abs(float(z.mean())) < 5 / math.sqrt(z.numel())


@pytest.mark.parametrize("pair", [PAIR, Pair(0.2, 0.5, 0.8), Pair(0.9, 0.0, 0.1)])
def test_the_law_of_the_data_is_that_of_a_fine_sum(pair):
    x = torch.linspace(0, 8, 400_001, dtype=torch.float64)
    p = pair.mixture.density(x) * (x[1] - x[0])
    p[0] /= 2
    mean = float(p @ x / p.sum())
    found = target(pair)
    assert found.share == pytest.approx(float(p.sum()), abs=1e-7)
    assert found.mean == pytest.approx(mean, abs=1e-7)
    assert found.std == pytest.approx(math.sqrt(float(p @ (x - mean) ** 2 / p.sum())), abs=1e-6)


def test_samples_are_summed_up_by_hand():
    found = measured(torch.tensor([-1.0, 1.0, 2.0, 6.0], dtype=torch.float64))
    assert found == (0.75, 3.0, pytest.approx(math.sqrt(14 / 3)))
    nothing = measured(torch.tensor([-1.0]))
    assert nothing.share == 0 and math.isnan(nothing.mean)


def test_with_a_thousand_steps_the_law_comes_out_and_the_check_would_notice_another():
    result, values, found = checks(T=1000, N=2000)
    for words in ("share of samples", "σ of the samples"):
        assert the(found, words).applies and the(found, words).holds
    one_sided = result._replace(ends=result.ends.abs())
    assert not the(claims.checks(one_sided, **values), "share of samples").holds
    wide = result._replace(ends=result.ends + 0.3 * torch.randn(2000, generator=generator(9)))
    assert not the(claims.checks(wide, **values), "σ of the samples").holds
    assert not the(checks()[2], "share of samples").applies


@pytest.mark.parametrize("method", sampler.METHODS)
def test_the_checks_notice_another_sampler_and_another_time(method):
    result, values, found = checks(method=method)
    assert all(c.holds for c in found if c.applies)
    for other in set(sampler.METHODS) - {method}:
        wrong = claims.checks(result, **values | {"method": other})
        assert any(c.applies and not c.holds for c in wrong), other
    late = claims.checks(result, **values | {"betas": "same"})
    assert any(c.applies and not c.holds for c in late)


def test_paths_without_noise_keep_their_order_and_the_check_would_notice_a_swap():
    for method in ("none", "ddim"):
        result, values, found = checks(method=method, T=20)
        order = the(found, "never cross")
        assert order.applies and order.holds
        swapped = result._replace(ends=-result.ends)
        assert not the(claims.checks(swapped, **values), "never cross").holds
    assert not the(checks()[2], "never cross").applies


@pytest.mark.parametrize("T", [1, 2, 1000])
@pytest.mark.parametrize("method", sampler.METHODS)
def test_edges_of_the_ranges_are_numbers(method, T):
    for weight, mean, sigma in ((0.02, 0.0, 0.05), (0.98, 3.0, 1.0), (0.5, 3.0, 0.05)):
        values = {"weight": weight, "mean": mean, "sigma": sigma, "method": method, "T": T}
        for betas in ("scaled", "same"):
            result, _, found = checks(**values, betas=betas, N=100)
            assert all(part.isfinite().all() for part in result)
            assert all(c.holds for c in found if c.applies), [c.claim for c in found if not c.holds]


def test_the_sentence_counts_and_gives_the_reason():
    still = claims.says(run(method="none"), **settings(method="none"))
    assert "around one point, with σ 0.00069." in still
    even = {"method": "none", "weight": 0.5}
    assert "around two points, with σ 0.1" in claims.says(run(**even), **settings(**even))
    lone = {"method": "none", "mean": 0.0}
    assert "around one point, with σ " in claims.says(run(**lone), **settings(**lone))
    ten = claims.says(run(T=10), **settings(T=10))
    assert "too wide; σ² = β is right for data of variance 1" in ten
    narrow = {"method": "posterior", "T": 10}
    assert "too narrow; σ² = β̃" in claims.says(run(**narrow), **settings(**narrow))
    lone = {"T": 1, "betas": "same"}
    assert "the noising step would leave √ᾱ = " in claims.says(run(**lone), **settings(**lone))
    assert "law of the data" in claims.says(run(T=1000), **settings(T=1000))
    straight = {"method": "ddim", "T": 10}
    said = claims.says(run(**straight, N=20_000), **settings(**straight))
    assert "Not by chance: too many end right of 0, their mode lies too low; each of few" in said
    nobody = run(method="none", weight=0.05, N=100)
    assert claims.says(nobody, **settings(method="none", weight=0.05)).startswith(
        "No sample of 100"
    )


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"T": 0}, r"expected T .*\[1, 1000\], got 0"),
        ({"weight": -0.1}, r"expected weight in \[0.02, 0.98\], got -0.1"),
        ({"sigma": 0.0}, "expected sigma"),
        ({"N": 10**9}, "expected N"),
    ],
)
def test_refusals_name_the_parameter(bad, words):
    with pytest.raises(ValueError, match=words):
        run(**bad)
