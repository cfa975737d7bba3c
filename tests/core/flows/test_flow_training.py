"""Maximum likelihood: slopes by autograd, a first step by hand, floors and yardsticks, bridges."""

import math

import pytest
import torch

from core.flows import (
    DATA,
    Flow,
    entropy,
    gap_mass,
    gap_mass_of_data,
    gaussian,
    log_density,
    mass,
    nll,
    sample,
    split,
    train,
)
from core.flows.training import Likelihood
from core.rng import generator


def last(*given, **more):
    *_, end = train(*given, **more)
    return end


@pytest.mark.parametrize("base", ["normal", "two", "eight"])
@pytest.mark.parametrize(("layers", "swap"), [(1, True), (4, True), (3, False)])
def test_the_slope_written_out_is_that_of_autograd(layers, swap, base):
    start = Flow.start(layers, 1, width=5, swap=swap, base=base)
    noise = torch.randn(start.theta.shape, generator=generator(2), dtype=torch.float64)
    theta = start.theta + 0.4 * noise
    for seed in (3, 4):  # the memory is used again
        x = sample("moons", 20, generator=generator(seed))
        likelihood = Likelihood(theta, start, 20)
        loss = likelihood.step(x.T.contiguous())
        own = theta.clone().requires_grad_()
        peer = -Flow(own, 5, swap, base).log_prob(x).mean()
        (slope,) = torch.autograd.grad(peer, own)
        torch.testing.assert_close(loss, peer.detach(), rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(likelihood.grad, slope, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("scale", [1.0, 4.0])
def test_the_first_steps_are_adam_on_that_loss(scale):
    data = scale * sample("moons", 50, generator=generator(0))
    runs = list(train(data, 2, 2, 5, width=7, batch=30, every=1, dtype=torch.float64))
    assert [s.step for s in runs] == [0, 1, 2]
    random = generator(5)
    points, held = split(data, generator=random)
    theta, longest = runs[0].flow.theta.clone(), 0.0
    m, v = torch.zeros_like(theta), torch.zeros_like(theta)
    for k, rate in ((1, 5e-3), (2, 2.5e-3)):  # half of the cosine
        x = points[torch.randint(40, (30,), generator=random)]
        own = theta.clone().requires_grad_()
        loss = -Flow(own, 7).log_prob(x).mean()
        (g,) = torch.autograd.grad(loss, own)
        longest = max(longest, g.norm().item())
        g = g * min(1.0, 5 / (g.norm().item() + 1e-6))
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        theta = theta - rate * (m / (1 - 0.9**k)) / ((v / (1 - 0.999**k)).sqrt() + 1e-8)
        assert runs[k].train == pytest.approx(loss.item(), rel=1e-12)
        torch.testing.assert_close(runs[k].flow.theta, theta, rtol=1e-9, atol=1e-9)
        assert runs[k].validation == pytest.approx(
            -runs[k].flow.log_prob(held).mean().item(), rel=1e-12
        )
    assert (longest > 5) == (scale > 1)


def test_a_flow_on_gaussian_data_reaches_the_gaussian():
    A = torch.tensor([[0.8, 0.0], [0.9, 0.5]], dtype=torch.float64)
    x = torch.randn(4000, 2, generator=generator(1), dtype=torch.float64) @ A.T + 0.5
    end = last(x, 2, 500, width=16, every=500)
    points, held = split(x, generator=generator(0))
    best = nll(gaussian(points), held)
    assert end.validation == pytest.approx(best, abs=0.03)
    true = 1 + math.log(2 * math.pi) + math.log(0.8 * 0.5)
    assert best == pytest.approx(true, abs=0.1)


def test_moons_fall_below_the_gaussian_and_stay_above_the_entropy():
    points, held = split("moons", 2000, generator=generator(0))
    yardstick = nll(gaussian(points), held)
    one, four = (last("moons", layers, 400, every=400) for layers in (1, 4))
    assert one.validation < yardstick - 0.4 and four.validation < one.validation - 0.3
    floor = -log_density("moons", held).mean().item()  # of the truth, on the same points
    assert four.validation > floor
    assert floor == pytest.approx(entropy("moons"), abs=0.15)
    # KL(data ‖ model) is the mean of the log ratio and no less than 0
    ratio = log_density("moons", held) - four.flow.log_prob(held)
    assert ratio.mean().item() == pytest.approx(four.validation - floor, rel=1e-9)


def test_one_coordinate_keeps_its_law_without_swaps():
    end = last("ring", 4, 150, width=16, swap=False, every=150)
    z = torch.randn(3000, 2, generator=generator(4), dtype=torch.float64)
    x = end.flow.forward(z)[0]
    assert torch.equal(x[:, 0], z[:, 0]) and not torch.allclose(x[:, 1], z[:, 1])
    # its part of the loss is that of N(0, 1) for the first coordinate, and nothing lowers it
    first, held = split("ring", 2000, generator=generator(0))[1].T[0], end.validation
    floor = 0.5 * first.square().mean().item() + 0.5 * math.log(2 * math.pi)
    assert held > floor - 0.2
    assert last("ring", 4, 150, width=16, every=150).validation < held


def test_a_bridge_is_left_that_two_pieces_to_start_from_do_not_need():
    normal = last("two", 4, 300, width=32, every=300).flow
    two = last("two", 4, 300, width=32, every=300, base="two").flow
    assert gap_mass_of_data() < 1e-4
    assert gap_mass(normal) > 10 * gap_mass_of_data()
    assert gap_mass(two) < gap_mass(normal) / 5
    assert mass(normal, (-6, 6), (-6, 6), 500) == pytest.approx(1, abs=2e-3)
    x = normal.sample(40_000, generator(8))
    p = gap_mass(normal)
    share = (x[:, 0].abs() < 0.5).double().mean().item()
    assert share == pytest.approx(p, abs=5 * math.sqrt(p / 40_000))


def test_a_seed_is_a_run_and_snapshots_are_copies():
    for dtype in (torch.float32, torch.float64):
        runs = [
            list(train("two", 2, 20, seed, width=6, every=10, dtype=dtype)) for seed in (1, 1, 2)
        ]
        for a, b, c in zip(*runs):
            assert torch.equal(a.flow.theta, b.flow.theta) and a.validation == b.validation
            assert not torch.equal(a.flow.theta, c.flow.theta)
            assert a.flow.theta.dtype == torch.float64
        first, second, third = (s.flow.theta for s in runs[0])
        assert torch.equal(first, Flow.start(2, 1, width=6).theta)
        assert not torch.equal(first, second) and not torch.equal(second, third)
        assert math.isnan(runs[0][0].train) and runs[0][2].validation < runs[0][0].validation


def test_own_points_are_split_into_parts_that_share_none():
    x = torch.randn(43, 2, generator=generator(0), dtype=torch.float64)
    points, held = split(x, generator=generator(1))
    assert (len(points), len(held)) == (35, 8)
    together = torch.cat([points, held])
    assert torch.equal(together[together[:, 0].argsort()], x[x[:, 0].argsort()])
    assert math.isfinite(last(x, 2, 3, width=4, batch=8).validation)


@pytest.mark.parametrize("name", DATA)
def test_every_cloud_is_taken(name):
    assert math.isfinite(last(name, 2, 2, width=4, batch=8, n=20).validation)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"layers": 0}, "layers"), ({"layers": 17}, "layers"), ({"steps": 0}, "steps"),
        ({"steps": 1.5}, "steps"), ({"seed": -1}, "seed"), ({"n": 9}, "n"), ({"width": 0}, "width"),
        ({"lr": 0.0}, "lr"), ({"lr": math.nan}, "lr"), ({"batch": 0}, "batch"),
        ({"every": 0}, "every"), ({"base": "three"}, "base"), ({"dtype": torch.float16}, "dtype"),
        ({"data": "spiral"}, "data"), ({"data": torch.zeros(9, 2)}, "the number of points"),
        ({"data": torch.zeros(20, 3)}, "data"), ({"data": torch.full((20, 2), 101.0)}, "data"),
        ({"data": torch.full((20, 2), math.nan)}, "data"),
    ],
)  # fmt: skip
def test_refuses_by_name_at_the_call(given, named):
    with pytest.raises(ValueError, match=f"expected {named}"):
        train(**{"data": "moons"} | given)
