"""Flow matching: the best velocity by brute force, exact densities, orders of solvers, training."""

import math

import pytest
import torch

from core.diffusion import Mixture
from core.flows import (
    METHODS,
    Velocity,
    bend,
    divergence,
    exact_velocity,
    gaussian,
    law,
    nll,
    ode,
    ode_log_density,
    solver_errors,
    split,
    train_velocity,
)
from core.flows.nets import Pass
from core.rng import generator

BELL = Mixture([1.0], [[1.0, -0.5]], 0.5)
THREE = Mixture([0.3, 0.5, 0.2], [[-1.5, 0.0], [1.5, 1.0], [0.0, -1.5]], [0.5, 0.4, 0.6])


def points(n, seed=0):
    return torch.randn(n, 2, generator=generator(seed), dtype=torch.float64)


def end_of(velocity, y, steps=100, method="rk4", **more):
    *_, last = ode(velocity, y, steps, method, **more)
    return last.y


def layers(theta, w):
    """The matrices and shifts of the network, entry by entry from the vector."""
    at, found = 0, []
    for i, o in ((3, w), (w, w), (w, w), (w, 2)):
        both = theta[at : at + o * (i + 1)].view(o, i + 1)
        found.append((both[:, :-1], both[:, -1]))
        at += o * (i + 1)
    assert at == len(theta)
    return found


def written_out(theta, w, y, t):
    h = torch.cat([y, t[:, None]], 1)
    for k, (W, b) in enumerate(layers(theta, w)):
        h = h * torch.sigmoid(h) if k else h
        h = h @ W.T + b
    return h


# --- the exact velocity --------------------------------------------------------------------------


def test_the_velocity_of_one_bell_carries_noise_to_it():
    z = points(50)
    v = exact_velocity(BELL)
    for t in (0.3, 0.7, 1.0):
        r = math.sqrt((1 - t) ** 2 + t**2 * 0.25)
        wanted = t * BELL.means[0] + r * z
        torch.testing.assert_close(end_of(v, z, end=t), wanted, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("t", [0.0, 0.4, 0.8])
def test_the_velocity_is_the_mean_over_all_lines_through_a_place(t):
    """Lines weighed by the density of the noise that brings them here: E[x − z | x_t = y]."""
    x = THREE.sample(400_000, generator(1))
    for y in torch.tensor([[0.3, 0.4], [-1.0, 0.5]], dtype=torch.float64):
        z = (y - t * x) / (1 - t)
        weight = (-0.5 * z.square().sum(1)).exp()
        weight = weight / weight.sum()
        mean = weight @ (x - z)
        error = (weight.square()[:, None] * (x - z - mean).square()).sum(0).sqrt()
        off = exact_velocity(THREE)(y[None], t)[0] - mean
        assert bool((off.abs() < 5 * error + 1e-9).all()) and error.max() < 0.05


def test_the_density_of_the_exact_flow_is_that_of_the_data():
    x = 1.5 * points(200, 3)
    log_p, z = ode_log_density(exact_velocity(THREE), x, 80)
    torch.testing.assert_close(log_p, THREE.log_density(x), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(end_of(exact_velocity(THREE), z), x, rtol=1e-4, atol=1e-4)


def test_the_divergence_is_the_trace_of_the_jacobian():
    velocity = exact_velocity(THREE)
    y = points(8)
    v, trace = divergence(velocity, y, 0.6)
    for i in range(8):
        J = torch.func.jacrev(lambda y: velocity(y[None], 0.6)[0])(y[i])
        assert trace[i].item() == pytest.approx(J.trace().item(), rel=1e-9)
        assert abs(J.trace()) > 1e-3
    torch.testing.assert_close(v, velocity(y, 0.6))
    turn = torch.tensor([[0.0, -1.0], [1.0, 0.0]], dtype=torch.float64)
    assert divergence(lambda y, t: y @ turn.T, y, 0.0)[1].abs().max() == 0
    assert divergence(lambda y, t: torch.ones_like(y) + 0 * y, y, 0.0)[1].abs().max() == 0


# --- the solvers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "order"), [("euler", 1), ("heun", 2), ("rk4", 4)])
def test_the_error_falls_with_the_order_of_the_method(method, order):
    velocity, z = exact_velocity(THREE), points(100)
    few, many = solver_errors(velocity, z, (32, 64), method, reference=600).tolist()
    assert math.log2(few / many) == pytest.approx(order, abs=0.35)


@pytest.mark.parametrize("method", METHODS)
def test_a_turning_field_by_hand(method):
    turn = torch.tensor([[0.0, -1.0], [1.0, 0.0]], dtype=torch.float64)
    found = end_of(lambda y, t: y @ turn.T, torch.tensor([[1.0, 0.0]]).double(), 1, method)
    wanted = {"euler": [1, 1], "heun": [0.5, 1], "rk4": [1 - 1 / 2 + 1 / 24, 1 - 1 / 6]}[method]
    torch.testing.assert_close(found[0], torch.tensor(wanted).double())


def test_a_field_of_time_alone_is_integrated_and_one_euler_step_is_exact_on_straight_paths():
    found = end_of(lambda y, t: torch.full_like(y, 3 * t**2), torch.zeros(1, 2).double(), 1)
    torch.testing.assert_close(found, torch.ones(1, 2).double())
    states = list(ode(lambda y, t: torch.full_like(y, 2.0), points(5), 4, "euler"))
    assert [s.t for s in states] == [0, 0.25, 0.5, 0.75, 1]
    torch.testing.assert_close(states[-1].y, points(5) + 2)
    torch.testing.assert_close(bend(torch.stack([s.y for s in states])), torch.ones(5).double())


def test_back_and_forth_and_no_crossing():
    velocity, z = exact_velocity(THREE), points(100)
    x = end_of(velocity, z)
    back = end_of(velocity, x, begin=1.0, end=0.0)
    torch.testing.assert_close(back, z, rtol=1e-5, atol=1e-5)


def test_the_bend_of_paths_by_hand():
    corner = torch.tensor([[[0.0, 0.0]], [[3.0, 0.0]], [[3.0, 4.0]]])
    assert bend(corner).item() == pytest.approx(7 / 5)
    assert bend(torch.zeros(3, 2, 2)).tolist() == [1, 1]
    path = torch.stack([s.y for s in ode(exact_velocity(THREE), points(300), 50)])
    assert bend(path).min() >= 1 and bend(path).median() > 1.1
    assert bend(path[:2]).max() < 1 + 1e-12  # a single step is a line


# --- the training --------------------------------------------------------------------------------


def test_the_first_step_is_adam_on_the_loss_written_out():
    start, first, *_ = train_velocity(
        "moons", 2, 3, width=5, batch=20, every=1, n=50, lr=0.01, dtype=torch.float64
    )
    random = generator(3)
    data, _ = split("moons", 50, generator=random)
    x = data[torch.randint(50, (20,), generator=random)]
    z = torch.randn(2, 20, generator=random, dtype=torch.float64).T
    t = torch.rand(20, generator=random, dtype=torch.float64)
    theta = start.velocity.theta.clone().requires_grad_()
    y = (1 - t)[:, None] * z + t[:, None] * x
    loss = (written_out(theta, 5, y, t) - (x - z)).square().sum(1).mean()
    (slope,) = torch.autograd.grad(loss, theta)
    assert first.loss == pytest.approx(loss.item(), rel=1e-12)
    moved = theta.detach() - 0.01 * slope / (slope.abs() + 1e-8)
    torch.testing.assert_close(first.velocity.theta, moved, rtol=1e-8, atol=1e-10)


def test_all_slopes_are_those_of_autograd():
    theta = torch.randn(5 * 4 + 5 * 6 * 2 + 2 * 6, generator=generator(0), dtype=torch.float64)
    y, t, dy = points(20), torch.rand(20, generator=generator(1)).double(), points(20, 4)
    grad = torch.zeros_like(theta)
    inside = Pass(theta, grad, (3, 5, 5, 5, 2), 20)
    given = torch.cat([y.T, t[None]]).requires_grad_()
    out = inside.forward(given.detach()).clone()
    by_input = inside.backward(dy.T.contiguous())
    own = theta.clone().requires_grad_()
    peer = written_out(own, 5, given[:2].T, given[2])
    torch.testing.assert_close(out.T, peer.detach())
    slopes = torch.autograd.grad((peer * dy).sum(), (own, given))
    torch.testing.assert_close(grad, slopes[0])
    torch.testing.assert_close(by_input, slopes[1])
    torch.testing.assert_close(Velocity(theta, 5)(y, t), peer.detach())


def test_a_trained_velocity_beats_the_gaussian_and_comes_near_the_best():
    *_, last = train_velocity("two", 500, width=32, every=250)
    points, held = split("two", 2000, generator=generator(0))
    log_p, _ = ode_log_density(last.velocity, held, 20)
    best = -law("two").log_density(held).mean().item()
    assert best < -log_p.mean().item() < nll(gaussian(points), held) - 0.1
    exact, z = exact_velocity(law("two")), torch.randn(4000, 2, generator=generator(9)).double()
    x, t = (
        law("two").sample(4000, generator(10)),
        torch.rand(4000, generator=generator(11)).double(),
    )
    y = (1 - t)[:, None] * z + t[:, None] * x
    ours = (last.velocity(y, t) - (x - z)).square().sum(1).mean()
    floor = torch.stack([exact(y[i : i + 1], float(t[i]))[0] for i in range(4000)])
    floor = (floor - (x - z)).square().sum(1).mean()
    assert floor < ours < floor + 0.3


def test_a_seed_is_a_run_and_moments_are_copies():
    for dtype in (torch.float32, torch.float64):
        runs = [
            list(train_velocity("two", 20, seed, width=6, every=10, dtype=dtype))
            for seed in (1, 1, 2)
        ]
        for a, b, c in zip(*runs):
            assert torch.equal(a.velocity.theta, b.velocity.theta)
            assert not torch.equal(a.velocity.theta, c.velocity.theta)
        first, second, third = (m.velocity.theta for m in runs[0])
        assert not torch.equal(first, second) and not torch.equal(second, third)
        assert [m.step for m in runs[0]] == [0, 10, 20] and math.isnan(runs[0][0].loss)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: train_velocity("moons", 0), "expected steps"),
        (lambda: train_velocity("moons", width=0), "expected width"),
        (lambda: train_velocity("moons", lr=2.0), "expected lr"),
        (lambda: train_velocity("moons", n=1), "expected n"),
        (lambda: train_velocity("moons", dtype=torch.int64), "expected dtype"),
        (lambda: train_velocity("sun"), "expected data"),
        (lambda: ode(exact_velocity(BELL), points(3), 0), "expected steps"),
        (lambda: ode(exact_velocity(BELL), points(3), 5, "verlet"), "expected method"),
        (lambda: ode(exact_velocity(BELL), points(3), 5, end=1.5), "expected end"),
        (lambda: ode_log_density(exact_velocity(BELL), torch.zeros(3)), "expected x of shape"),
        (lambda: exact_velocity(Mixture([1.0], [0.0], 1.0)), "expected a mixture of points"),
        (lambda: exact_velocity(Mixture([1.0], [[0.0, 0.0]], 0.0)), "expected stds"),
        (lambda: bend(torch.zeros(1, 3, 2)), "expected path"),
    ],
)
def test_refuses_by_name(call, words):
    with pytest.raises(ValueError, match=words):
        call()
