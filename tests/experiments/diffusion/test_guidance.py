"""Guidance, against scores of mixtures, scipy's integrator and closed forms."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from core.diffusion import Mixture
from core.experiments.diffusion import guidance as page
from core.experiments.diffusion import guidance_claims as claims
from core.experiments.diffusion.guidance import DIAL, LEVELS, STEPS, centres, sharpened, width
from core.experiments.diffusion.guidance import guidance as run
from core.rng import generator
from pages.figures.diffusion.guidance import figure

MANY = {"classes": "many", "std": 0.5, "mx": 0.9, "my": -0.8}


def even(n):
    return torch.full((n,), 1 / n, dtype=torch.float64)


def the(result, words):
    (found,) = (c for c in claims.checks(result) if words in c.claim)
    return found


def test_the_class_comes_first_and_the_others_are_turned():
    c = torch.tensor([1.0, 0.5], dtype=torch.float64)
    assert (centres("two", c) - torch.stack([c, -c])).abs().max() < 1e-12
    three = centres("three", c)
    assert three[0].tolist() == [1, 0.5] and three.sum(0).abs().max() < 1e-12
    assert (three.norm(dim=1) - c.norm()).abs().max() < 1e-12
    assert width(c, 0.5) == pytest.approx(math.sqrt(0.25 + 1.25 / 2))


@pytest.mark.parametrize("classes", page.CLASSES)
@pytest.mark.parametrize("w", [0.0, 1.0, 4.5])
@pytest.mark.parametrize("level", [0.9, 0.3])
def test_the_prediction_is_made_of_the_scores_of_the_class_and_of_all_data(classes, w, level):
    c = torch.tensor([0.9, -0.6], dtype=torch.float64)
    x = torch.randn(40, 2, generator=generator(0), dtype=torch.float64)
    means = centres(classes, c)
    everything = Mixture(even(len(means)), means, 0.7)
    if classes == "many":
        everything = Mixture([1.0], torch.zeros(1, 2), width(c, 0.7))
    one = Mixture([1.0], c[None], 0.7)
    scores = [law.noised(level).score(x) for law in (everything, one)]
    known = -math.sqrt(1 - level) * (scores[0] + w * (scores[1] - scores[0]))
    torch.testing.assert_close(page.predictor(classes, c, 0.7, w)(x.T, level).T, known)


def test_one_is_the_class_and_zero_is_everything():
    one = run(w=1.0)
    assert one.mean == pytest.approx(1, abs=0.02) and one.spread == pytest.approx(0.8, abs=0.02)
    x = torch.cat([run(w=0.0, seed=s).samples for s in range(8)])
    right = float((x[:, 0] > 0).double().mean())
    assert right == pytest.approx(0.5, abs=0.08)
    assert x[:, 0].var() == pytest.approx(1 + 0.64, rel=0.1)
    assert "of all data" in claims.says(run(w=0.0)) and "class itself" in claims.says(one)


@pytest.mark.parametrize("w", [0.5, 1.0, 2.0, 4.0])
def test_where_all_is_gaussian_scipy_finds_the_same_mean_and_spread(w):
    """dy/dρ for the mean and for one standard deviation, from ρ at t = T down to 0."""
    result = run(**MANY, w=w)
    s, S, m = result.std, result.all_std, result.far
    top = math.sqrt(1 / float(LEVELS[-1]) - 1)

    def slope(rho, y):
        pulls = w / (s * s + rho * rho), (1 - w) / (S * S + rho * rho)
        return [rho * (pulls[0] * (y[0] - m) + pulls[1] * y[0]), rho * sum(pulls) * y[1]]

    start = [0.0, 1 / math.sqrt(float(LEVELS[-1]))]
    mean, spread = solve_ivp(slope, (top, 0.0), start, rtol=1e-9, atol=1e-10).y[:, -1]
    assert spread == pytest.approx(s * (s / S) ** (w - 1), rel=1e-3)
    assert result.mean == pytest.approx(mean, abs=0.02)
    assert result.spread == pytest.approx(spread, abs=0.01)
    for words in ("spread is σ", "the mean goes where"):
        assert the(result, words).applies and the(result, words).holds


@pytest.mark.parametrize("w", [2.0, 4.0, 8.0])
def test_two_classes_on_a_line_are_met_by_scipy_sample_for_sample(w):
    result, level = run(w=w), float(LEVELS[-1])
    m, s2 = 1.0, 0.64

    def slope(rho, y):
        pull = m * np.tanh(m * y / (s2 + rho * rho))
        return rho * (y - pull - w * (m - pull)) / (s2 + rho * rho)

    start = result.path[0, :, 0].numpy() / math.sqrt(level)
    ends = solve_ivp(slope, (math.sqrt(1 / level - 1), 0.0), start, rtol=1e-8, atol=1e-9).y[:, -1]
    np.testing.assert_allclose(result.samples[:, 0], ends, atol=0.06)
    assert result.mean == pytest.approx(ends.mean(), abs=0.01)


@pytest.mark.parametrize("classes", page.CLASSES)
@pytest.mark.parametrize("std", [0.2, 1.2])
def test_the_steps_are_short_enough_at_the_ends_of_every_dial(classes, std):
    for w, mx, my in ((8.0, 1.5, 1.5), (8.0, 0.5, 0.0), (1.0, 1.5, -1.5), (0.0, 0.0, 1.5)):
        result = run(classes=classes, w=w, std=std, mx=mx, my=my)
        assert all(c.holds for c in claims.checks(result) if c.applies), (w, mx, my)


def test_guidance_goes_past_the_class_and_narrows_it():
    ends = [run(w=float(w)) for w in (1, 2, 4, 8)]
    assert all(a.mean < b.mean and a.spread > b.spread for a, b in pairwise(ends))
    assert [claims.answers["strong"](each) for each in ends[::2]] == ["same", "past"]
    across = [each.samples[:, 1] for each in ends]
    assert all((a - across[0]).abs().max() < 1e-12 for a in across)


@pytest.mark.parametrize("w", [0.0, 1.0, 3.0])
def test_the_sharpened_class_is_its_density_times_a_power_of_its_probability(w):
    u = torch.linspace(-6, 9, 1501, dtype=torch.float64)
    result, x = run(w=w), u.numpy()
    p = np.exp(-((x - 1) ** 2) / 1.28) * (1 + np.exp(-2 * x / 0.64)) ** (1 - w)
    p /= p.sum() * (x[1] - x[0])
    np.testing.assert_allclose(sharpened(result, u), p, atol=1e-9)
    mean, spread = claims.law(result)
    assert mean == pytest.approx((p * x).sum() * 0.01, abs=1e-6)
    if w == 1:
        assert (mean, spread) == (pytest.approx(1), pytest.approx(0.8))


def test_the_sharpened_gaussian_has_the_precisions_of_both():
    result = run(**MANY, w=4.0)
    precision = 4 / result.std**2 - 3 / result.all_std**2
    mean, spread = claims.law(result)
    assert spread == pytest.approx(precision**-0.5, rel=1e-6)
    assert mean == pytest.approx(4 * result.far / result.std**2 / precision, rel=1e-6)
    assert result.spread < spread / 2 and result.mean > mean


def test_the_sharpened_class_of_three_is_integrated_over_the_plane():
    result = run(classes="three", w=3.0, mx=0.0, my=1.2, std=0.6)
    u = torch.linspace(-4, 6, 201, dtype=torch.float64)
    x, y = torch.meshgrid(torch.linspace(-5, 5, 401, dtype=torch.float64), u, indexing="ij")
    at = torch.stack([x, y], -1)
    data = Mixture(even(3), result.centres, 0.6)
    log = data.responsibilities(at)[..., 0].log() * 2
    log = log + Mixture([1.0], result.c[None], 0.6).log_density(at)
    p = log.exp().sum(0)
    torch.testing.assert_close(sharpened(result, u), p / p.sum() / (u[1] - u[0]), atol=2e-3, rtol=0)


def test_the_noise_is_white_and_the_dial_starts_from_the_same():
    result = run(w=6.0, seed=4)
    noise = result.path[0]
    assert noise.mean(0).abs().max() < 1e-12
    assert (noise.T @ noise / len(noise) - torch.eye(2)).abs().max() < 1e-12
    at = DIAL.tolist().index(6.0)
    torch.testing.assert_close(result.ends[at], result.samples)
    assert result.path.shape == (STEPS + 1, page.SAMPLES, 2)


def test_the_checks_notice_a_sign_another_w_and_another_class():
    for values in ({}, {"classes": "three"}, MANY):
        result = run(**values)
        assert all(c.holds for c in claims.checks(result) if c.applies)
        for forged in ({"w": 3.9}, {"path": -result.path}, {"c": -result.c}, {"std": 0.81}):
            assert not the(result._replace(**forged), "each step follows").holds, forged
        assert not the(result._replace(ends=-result.ends), "with w = 1 each").holds
    back = run(w=4.0)
    behind = back.path - torch.tensor([3.0, 0.0])
    assert not the(back._replace(path=behind), "less far out").holds
    wide = run(**MANY)
    assert not the(wide._replace(path=1.5 * wide.path), "spread is σ").holds
    assert not the(wide._replace(path=0.9 * wide.path), "the mean goes where").holds


def test_a_class_in_the_middle_of_all_is_pushed_nowhere():
    result = run(mx=0.0, my=0.0, w=8.0)
    torch.testing.assert_close(result.samples, result.ends[1])
    assert figure(result).panels and claims.says(result)


def test_the_player_is_on_the_server_and_starts_with_noise():
    picture = figure(run())
    assert (picture.drive, picture.frames) == ("k", STEPS + 1)
    assert "t = 1000" in picture.panels[0].title
    assert "t = 0" in figure(run(), k=STEPS).panels[0].title
