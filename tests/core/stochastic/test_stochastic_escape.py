"""Escape against the chain's own transition matrix, quadrature, and Kramers' law."""

import math

import pytest
import torch

from core.rng import generator
from core.stochastic import (
    Well,
    chains,
    constant,
    escape,
    exit_time,
    kramers_exponent,
    kramers_rate,
    temperature,
)


def test_the_well_is_what_it_says():
    for depth, tilt in ((1.0, 0.1), (2.5, 0.0), (0.3, 0.35)):
        well = Well(depth, tilt)
        low, high, deep = well.places
        assert low < high < deep
        x = torch.tensor([low, high, deep], dtype=torch.float64, requires_grad=True)
        f = well(x)
        (slope,) = torch.autograd.grad(f.sum(), x)
        f = f.detach()
        assert float(slope.abs().max()) < 1e-10 * well.scale
        assert float(f[0]) == pytest.approx(0, abs=1e-12)
        assert float(f[1]) == pytest.approx(depth)
        assert float(f[2]) <= 1e-12
        z = torch.linspace(-2, 2, 9, dtype=torch.float64, requires_grad=True)
        (slope,) = torch.autograd.grad(well(z).sum(), z, create_graph=True)
        torch.testing.assert_close(slope.detach(), well.gradient(z.detach()))
        (bend,) = torch.autograd.grad(slope.sum(), z)
        assert bend.tolist() == pytest.approx([well.bend(v) for v in z.tolist()])


def test_the_share_that_left_is_that_of_the_transition_matrix():
    well, eta, sigma, n, steps = Well(1.0, 0.1), 0.02, 5.0, 4000, 1500
    batches = torch.tensor([1.0, 1.5], dtype=torch.float64)
    *_, last = escape(well, eta, batches, sigma, n, steps, generator(0), every=steps)
    low, _, deep = well.places
    x = torch.linspace(-2.6, deep, 901, dtype=torch.float64)
    width, places = x[1] - x[0], x[:-1] + (x[1] - x[0]) / 2
    for B, share in zip(batches.tolist(), last.share()):
        blur = eta * sigma / math.sqrt(B)
        gap = (places[None] - (places - eta * well.gradient(places))[:, None]) / blur
        kernel = torch.exp(-gap.square() / 2) / (blur * math.sqrt(2 * math.pi)) * width
        first = torch.exp(-((places - low) / blur).square() / 2)
        law = first / (blur * math.sqrt(2 * math.pi)) * width
        for _ in range(steps - 1):
            law = law @ kernel
        left = 1 - float(law.sum())
        assert 0.02 < left < 0.98
        assert abs(float(share) - left) < 4 * math.sqrt(left * (1 - left) / n)


def test_the_mean_time_is_the_double_integral():
    well, D = Well(1.0, 0.2), 0.4
    low, _, deep = well.places
    z = torch.linspace(-4, deep, 200_001, dtype=torch.float64)
    inner = torch.cumulative_trapezoid(torch.exp(-well(z) / D), z)
    path = z[1:] >= low
    outer = (torch.exp(well(z[1:]) / D) * inner)[path]
    expected = float(torch.trapezoid(outer, z[1:][path])) / D
    assert exit_time(well, D) == pytest.approx(expected, rel=1e-3)


def test_kramers_is_the_limit_of_small_temperature():
    for well in (Well(1.0, 0.1), Well(0.5, 0.2)):
        off = []
        for part in (0.1, 0.05, 0.025):
            D = part * well.depth
            off.append(exit_time(well, D) * kramers_rate(well, D) - 1)
        assert off[2] == pytest.approx(0, abs=0.03)
        assert off[1] / off[2] == pytest.approx(2, abs=0.3)  # first order in D
        # the logarithm of the time falls with the temperature at the slope ΔU
        cold, warm = 0.02 * well.depth, 0.021 * well.depth
        rise = math.log(exit_time(well, cold) / exit_time(well, warm))
        assert rise / (1 / cold - 1 / warm) == pytest.approx(well.depth, rel=0.01)


def test_the_exponent_is_linear_in_B_over_eta():
    well, sigma = Well(0.7, 0.1), 3.0
    for eta, B in ((0.01, 1.0), (0.02, 2.0), (0.02, 8.0)):
        assert kramers_exponent(well, eta, B, sigma) == pytest.approx(2 * B * 0.7 / (eta * 9))
        D = temperature(eta, B, sigma)
        low, high, _ = well.places
        factor = math.sqrt(well.bend(low) * -well.bend(high)) / (2 * math.pi)
        rate = factor * math.exp(-kramers_exponent(well, eta, B, sigma))
        assert kramers_rate(well, D) == pytest.approx(rate)
    assert kramers_exponent(well, 0.01, 1.0, 0.0) == math.inf and kramers_rate(well, 0.0) == 0


def test_small_steps_leave_at_the_rate_of_the_diffusion():
    well, eta, sigma = Well(1.0, 0.1), 0.004, 10.0
    batches = torch.tensor([1.0, 1.5], dtype=torch.float64)
    *_, last = escape(well, eta, batches, sigma, 1500, 4000, generator(1), every=4000)
    for B, share in zip(batches.tolist(), last.share()):
        tau = exit_time(well, temperature(eta, B, sigma))
        assert float(share) == pytest.approx(1 - math.exp(-4000 * eta / tau), abs=0.06)


def test_snapshots_grow_and_nothing_leaves_without_noise():
    well = Well(1.0, 0.1)
    seen = list(escape(well, 0.02, 1.0, 6.0, 300, 250, generator(0), every=100))
    assert [each.step for each in seen] == [100, 200, 250]
    shares = [float(each.share()[0]) for each in seen]
    assert 0 < shares[0] < shares[1] < shares[2]
    assert float(seen[2].share(100)[0]) == shares[0]
    first = int(seen[2].left[seen[2].left > 0].min())  # counted at its own step
    assert float(seen[2].share(first)[0]) > 0 == float(seen[2].share(first - 1)[0])
    x = chains(
        constant(0.02).alphas(100), 6.0, well.places[0], 300, generator(0), gradient=well.gradient
    )
    reached = (x >= well.places[2]).any(0).double().mean()
    assert float(reached) == shares[0]
    *_, still = escape(well, 0.02, 1.0, 0.0, 3, 500, generator(0))
    assert float(still.share()[0]) == 0
    *_, both = escape(well, torch.tensor([0.01, 0.02]), 1.0, 6.0, 50, 200, generator(0))
    assert both.share(torch.tensor([200, 100])).shape == (2,)


def test_refusals():
    well, random = Well(), generator(0)
    for bad, name in (
        ((well, 0.0, 1.0, 1.0, 3, 10, random), "eta"),
        ((well, 0.1, 0.0, 1.0, 3, 10, random), "B"),
        ((well, 0.1, 1.0, -1.0, 3, 10, random), "sigma"),
        ((well, 0.1, 1.0, 1.0, 0, 10, random), "n"),
        ((well, 0.1, 1.0, 1.0, 3, 0, random), "steps"),
    ):
        with pytest.raises(ValueError, match=f"expected {name} "):
            escape(*bad)
    for bad, name in (((0.0, 0.1), "depth"), ((1.0, 0.39), "tilt"), ((1.0, -0.1), "tilt")):
        with pytest.raises(ValueError, match=f"expected {name} "):
            Well(*bad)
    with pytest.raises(ValueError, match="expected D"):
        exit_time(well, 0.0)
