"""The Gaussian nearest to a mixture: integrals by scipy, moments, a grid, figures."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.stats import norm

from core.diffusion import Mixture
from core.information import (
    best_gaussian,
    descents,
    divergence,
    moment_match,
    normal_kl,
    slopes,
    starts,
)

TWO = Mixture([0.5, 0.5], [-2.0, 2.0], 0.5)
MIXTURES = {
    "two": TWO,
    "narrow": Mixture([0.3, 0.7], [-3.0, 3.0], 0.2),
    "three": Mixture([0.2, 0.3, 0.5], [-1.0, 0.0, 4.0], [0.3, 1.0, 0.6]),
    "one place": Mixture([0.3, 0.7], [0.0, 0.0], [0.2, 1.0]),
}
DIRECTIONS = ("forward", "reverse", "jsd")


def by_scipy(target, direction, mu, sigma):
    w, m, s = (part.numpy() for part in (target.weights, target.means, target.stds))

    def integrand(x):
        p, q = np.logaddexp.reduce(np.log(w) + norm.logpdf(x, m, s)), norm.logpdf(x, mu, sigma)
        if direction == "forward":
            return math.exp(p) * (p - q)
        if direction == "reverse":
            return math.exp(q) * (q - p)
        middle = np.logaddexp(p, q) - math.log(2)
        return (math.exp(p) * (p - middle) + math.exp(q) * (q - middle)) / 2

    low = min((m - 12 * s).min(), mu - 12 * sigma)
    high = max((m + 12 * s).max(), mu + 12 * sigma)
    cuts = np.unique(
        [*np.linspace(low, high, 20), *m, *np.linspace(mu - 5 * sigma, mu + 5 * sigma, 9)]
    )
    return sum(quad(integrand, a, b, epsabs=1e-12, epsrel=1e-11)[0] for a, b in pairwise(cuts))


@pytest.mark.parametrize("name", MIXTURES)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_divergences_are_their_integrals(name, direction):
    for mu, sigma in ((0.3, 2.0), (2.0, 0.5)):
        value = float(divergence(MIXTURES[name], direction, mu, sigma))
        wanted = by_scipy(MIXTURES[name], direction, mu, sigma)
        assert value == pytest.approx(wanted, abs=1e-8), (mu, sigma)


@pytest.mark.parametrize("name", MIXTURES)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_slopes_and_curvatures_are_autograds(name, direction):
    places = torch.tensor([[0.3, 2.0], [2.0, 0.5], [-3.0, 0.15], [1.0, 4.0]], dtype=torch.float64)
    found = slopes(MIXTURES[name], direction, places[:, 0], places[:, 1])

    def at(theta):
        return divergence(MIXTURES[name], direction, theta[0], theta[1].exp())

    for i, (mu, sigma) in enumerate(places.tolist()):
        theta = torch.tensor([mu, math.log(sigma)], dtype=torch.float64)
        slope = torch.autograd.functional.jacobian(at, theta)
        bend = torch.autograd.functional.hessian(at, theta)
        torch.testing.assert_close(found[0][i], slope, rtol=1e-7, atol=1e-7)
        torch.testing.assert_close(found[1][i], bend, rtol=1e-6, atol=1e-6)


def test_one_bump_is_the_closed_form_both_ways():
    one = Mixture([1.0], [0.7], 0.4)
    assert float(divergence(one, "forward", -0.5, 1.1)) == pytest.approx(
        normal_kl(0.7, 0.4, -0.5, 1.1), abs=1e-10
    )
    assert float(divergence(one, "reverse", -0.5, 1.1)) == pytest.approx(
        normal_kl(-0.5, 1.1, 0.7, 0.4), abs=1e-10
    )
    for direction in DIRECTIONS:
        fit = best_gaussian(one, direction)
        assert (fit.mu, fit.sigma) == pytest.approx((0.7, 0.4), abs=1e-7)
        assert fit.value == pytest.approx(0, abs=1e-10) and len(fit.optima) == 1


def test_many_gaussians_at_once_are_each_alone():
    mu = torch.linspace(-3, 3, 5, dtype=torch.float64)[:, None]
    sigma = torch.tensor([0.1, 1.0, 4.0], dtype=torch.float64)
    for direction in DIRECTIONS:
        grid = divergence(TWO, direction, mu, sigma)
        assert grid.shape == (5, 3)
        alone = [[float(divergence(TWO, direction, float(m), float(s))) for s in sigma] for m in mu]
        again = torch.tensor(alone, dtype=torch.float64)
        torch.testing.assert_close(grid, again, rtol=1e-9, atol=1e-9)
    assert bool((divergence(TWO, "jsd", mu, sigma) <= math.log(2)).all())
    far = float(divergence(TWO, "jsd", 300.0, 0.5))
    assert far == pytest.approx(math.log(2), abs=1e-12)


def test_cover_or_lock_on():
    """The figures of the sheet: N(0, 2.06) at .724; N(±2, .5) at .693 = log 2 nearly."""
    cover = best_gaussian(TWO, "forward")
    assert (cover.mu, cover.sigma) == pytest.approx((0, math.sqrt(4.25)), abs=1e-9)
    assert cover.sigma == pytest.approx(2.06, abs=5e-3)
    assert cover.value == pytest.approx(0.724, abs=5e-4)
    lock = best_gaussian(TWO, "reverse")
    left, right = lock.optima[:2]
    assert (left.mu, left.sigma) == pytest.approx((-2, 0.5), abs=1e-3)
    assert (right.mu, right.sigma) == pytest.approx((2, 0.5), abs=1e-3)
    assert left.value == pytest.approx(right.value, abs=1e-9)
    assert left.value == pytest.approx(0.693, abs=5e-4) and left.value < math.log(2)
    assert lock[:3] == left


@pytest.mark.parametrize("name", MIXTURES)
def test_forward_is_the_moments_from_any_start(name):
    target = MIXTURES[name]
    mean = float(target.weights @ target.means)
    second = float(target.weights @ (target.stds**2 + target.means**2))
    wanted = (mean, math.sqrt(second - mean**2))
    assert moment_match(target) == pytest.approx(wanted, abs=1e-12)
    assert best_gaussian(target, "forward")[:2] == pytest.approx(wanted, abs=1e-9)
    *_, last = descents(target, "forward", torch.tensor([-4.0, 0, 5]), torch.tensor([0.3, 5, 1]))
    torch.testing.assert_close(last.mu, torch.full((3,), wanted[0]).double(), rtol=0, atol=1e-6)
    torch.testing.assert_close(last.sigma, torch.full((3,), wanted[1]).double(), rtol=0, atol=1e-6)
    assert bool(last.least.all())


@pytest.mark.parametrize("name", MIXTURES)
@pytest.mark.parametrize("direction", ["reverse", "jsd"])
def test_no_gaussian_of_a_grid_is_better_and_none_near_an_optimum(name, direction):
    target = MIXTURES[name]
    fit = best_gaussian(target, direction)
    mu = torch.linspace(-5, 5, 21, dtype=torch.float64)[:, None]
    sigma = torch.logspace(-0.8, 0.7, 8, dtype=torch.float64)
    assert fit.value <= float(divergence(target, direction, mu, sigma).min()) + 1e-10
    values = [o.value for o in fit.optima]
    assert values == pytest.approx(sorted(values), abs=1e-12)  # mirrored ones differ by rounding
    for each in fit.optima:
        angle = torch.arange(12, dtype=torch.float64) * (math.pi / 6)
        ring = (each.mu + 0.02 * each.sigma * angle.cos(), each.sigma * (1 + 0.02 * angle.sin()))
        assert bool((divergence(target, direction, *ring) > each.value).all())
        assert by_scipy(target, direction, each.mu, each.sigma) == pytest.approx(
            each.value, abs=1e-8
        )


def test_every_step_goes_down_and_ends_where_it_is_flat():
    for direction in DIRECTIONS:
        seen = list(descents(TWO, direction, [-3.0, 0.4, 1.0], [3.0, 1.0, 0.2]))
        values = torch.stack([each.value for each in seen])
        assert [each.step for each in seen] == list(range(len(seen)))
        assert bool((values.diff(dim=0) <= 1e-12).all())
        assert float(seen[-1].slope.max()) < 1e-8


def test_bumps_that_touch_have_one_optimum_for_both_directions():
    near = Mixture([0.5, 0.5], [-0.3, 0.3], 0.5)
    for direction in DIRECTIONS:
        fit = best_gaussian(near, direction)
        assert len(fit.optima) == 1 and fit.mu == pytest.approx(0, abs=1e-9)


def test_starts_are_the_moments_of_neighbours():
    mu, sigma = starts(MIXTURES["three"])
    assert len(mu) == 6
    found = sorted(zip(mu.tolist(), sigma.tolist()))
    last = (0.3 * 0 + 0.5 * 4) / 0.8
    spread = math.sqrt((0.3 * (1 + last**2) + 0.5 * (0.36 + (4 - last) ** 2)) / 0.8)
    assert any(pair == pytest.approx((last, spread), abs=1e-12) for pair in found)
    assert any(pair == pytest.approx(moment_match(MIXTURES["three"])) for pair in found)


@pytest.mark.parametrize(
    ("job", "words"),
    [
        (lambda: best_gaussian(TWO, "back"), "expected direction to be one of forward, reverse"),
        (lambda: best_gaussian([0.5], "reverse"), "expected target a Mixture on the line"),
        (lambda: divergence(TWO, "reverse", 0.0, 0.0), r"expected sigma in \[0.0005, 500\], got 0"),
        (lambda: divergence(TWO, "jsd", math.nan, 1.0), "expected mu in .*, got nan"),
        (lambda: best_gaussian(Mixture([1.0], [0.0], 0.0), "jsd"), "expected stds of target"),
        (lambda: best_gaussian(Mixture([1.0], [[0.0, 0.0]], 1.0), "jsd"), "on the line"),
        (
            lambda: best_gaussian(Mixture([0.5, 0.5], [0.0, 1e6], 1.0), "jsd"),
            "expected means and stds of target",
        ),
        (lambda: starts(Mixture([0.1] * 10, range(10), 1.0)), "expected bumps of target"),
        (lambda: next(descents(TWO, "jsd", 0.0)), "expected mu and sigma together"),
    ],
)
def test_bad_input_is_refused_by_name(job, words):
    with pytest.raises(ValueError, match=words):
        job()
