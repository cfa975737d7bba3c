"""The rules step by step: against torch.optim, against their formulas, against closed forms."""

import math

import pytest
import torch

from core.landscapes import from_formula, himmelblau, quadratic, rosenbrock
from core.optimizers import (
    BOUND,
    METHODS,
    companion_eigenvalues,
    contraction_rate,
    optimal,
    stability_limit,
    trajectories,
)
from core.rng import generator

ROOTED = ("gd", "momentum", "nesterov")


def point(*coordinates: float) -> torch.Tensor:
    return torch.tensor(coordinates, dtype=torch.float64)


def final(landscape, method, x0, lr, steps, **hyper) -> list[float]:
    return trajectories(landscape, [method], x0, lr, steps, **hyper).x[0, ..., -1, :].tolist()


# --- parity with torch.optim ----------------------------------------------------------------------


PEERS = {
    "gd": lambda p, lr: torch.optim.SGD(p, lr),
    "sgd": lambda p, lr: torch.optim.SGD(p, lr),
    "momentum": lambda p, lr: torch.optim.SGD(p, lr, momentum=0.9),
    "nesterov": lambda p, lr: torch.optim.SGD(p, lr, momentum=0.9, nesterov=True),
    "rmsprop": lambda p, lr: torch.optim.RMSprop(p, lr),
    "adam": lambda p, lr: torch.optim.Adam(p, lr),
}


def torch_path(landscape, method, x0, lr, steps) -> torch.Tensor:
    x = x0.clone().requires_grad_()
    optimizer, path = PEERS[method]([x], lr), [x0]
    for _ in range(steps):
        optimizer.zero_grad()
        landscape.f(x).backward()
        optimizer.step()
        path.append(x.detach().clone())
    return torch.stack(path)


@pytest.mark.parametrize("method", PEERS)
@pytest.mark.parametrize(
    ("landscape", "x0", "lr"),
    [
        (quadratic(50.0, 30.0), point(1.0, -2.0), 0.01),
        (rosenbrock(), point(-1.2, 1.0), 5e-4),
        (himmelblau(), point(0.5, 0.5), 1e-3),
        (from_formula("x^4 + (x - y)^2 + exp(y)"), point(1.0, 1.0), 0.02),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_every_iterate_is_the_one_of_torch_optim(method, landscape, x0, lr):
    ours = trajectories(landscape, [method], x0, lr, 300).x[0]
    theirs = torch_path(landscape, method, x0, lr, 300)
    if method == "nesterov":  # torch's parameter is the look-ahead point y = x + beta (x − x_prev)
        ours = torch.cat((ours[:1], ours[1:] + 0.9 * (ours[1:] - ours[:-1])))
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-9)


# --- gradient descent -----------------------------------------------------------------------------


def test_gradient_descent_on_a_bowl_is_a_power_of_one_matrix():
    bowl, x0, lr = quadratic(30.0, 20.0), point(2.0, -1.0), 0.05
    step = torch.eye(2, dtype=torch.float64) - lr * bowl.hessian(x0)
    path = trajectories(bowl, ["gd"], x0, lr, 80).x[0]
    for k in (1, 7, 80):
        torch.testing.assert_close(
            path[k], torch.linalg.matrix_power(step, k) @ x0, rtol=1e-9, atol=1e-12
        )


@pytest.mark.parametrize("kappa", [2.0, 100.0, 1e4])
def test_the_bounds_of_linear_convergence_hold_at_every_step(kappa):
    bowl = quadratic(kappa, 15.0)
    x0 = bowl.axes @ point(kappa, 1.0)
    run = trajectories(bowl, ["gd", "gd"], x0, [1 / kappa, 2 / (1 + kappa)], 400)
    k = torch.arange(401, dtype=torch.float64)
    f_bound = (1 - 1 / kappa) ** k * run.f[0, 0]
    assert (run.f[0] <= f_bound * (1 + 1e-9)).all()
    q = (kappa - 1) / (kappa + 1)
    assert (run.x[1].norm(dim=-1) <= q**k * x0.norm() * (1 + 1e-9) + 1e-150).all()
    seen = run.f[1] > 1e-200
    ratio = (run.f[1, 1:] / run.f[1, :-1])[seen[1:]]
    torch.testing.assert_close(ratio, torch.full_like(ratio, q * q), rtol=1e-7, atol=0)


def test_gradient_descent_diverges_beyond_two_over_L_and_only_there():
    bowl, x0 = quadratic(100.0), point(1.0, 1.0)
    run = trajectories(bowl, ["gd", "gd"], x0, [1.98 / 100, 2.02 / 100], 3000)
    assert run.diverged_at[0] == -1
    assert run.f[0, -1] < 1e-10
    k = run.diverged_at[1].item()
    # |x₂| = 1.02ᵏ and f = 50 · 1.02²ᵏ > 10¹²
    assert k == math.ceil(math.log(BOUND / 50) / (2 * math.log(1.02)))
    assert (run.x[1, k:] == run.x[1, k - 1]).all()
    assert (run.f[1, k:] == run.f[1, k - 1]).all()
    assert run.f[1].max() <= BOUND


# --- momentum -------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["momentum", "nesterov", "momentum_ema"])
def test_without_memory_momentum_is_gradient_descent(method):
    x0 = point(-1.2, 1.0)
    run = trajectories(rosenbrock(), [method, "gd"], x0, 1e-3, 200, beta=0.0)
    torch.testing.assert_close(run.x[0], run.x[1], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("method", ["momentum", "nesterov"])
def test_a_ball_is_the_printed_recurrence_with_the_last_displacement(method):
    landscape, lr, beta = himmelblau(), 0.01, 0.8
    x = previous = point(1.0, 1.0)
    for _ in range(40):
        ahead = x + beta * (x - previous)
        at = ahead if method == "nesterov" else x
        x, previous = ahead - lr * landscape.grad(at), x
    ours = final(landscape, method, point(1.0, 1.0), lr, 40, beta=beta)
    assert ours == pytest.approx(x.tolist(), abs=1e-11)


def test_under_a_constant_gradient_the_ball_grows_tenfold_and_the_average_does_not():
    # E-45: the weights of past gradients sum to 1/(1 − beta) = 10, those of a mean to 1
    slope = from_formula("x")
    run = trajectories(slope, ["momentum", "momentum_ema"], point(0.0, 0.0), 0.01, 400)
    move = (run.x[:, -2] - run.x[:, -1])[:, 0] / 0.01
    assert move.tolist() == pytest.approx([10.0, 1.0], rel=1e-6)


@pytest.mark.parametrize("method", ["momentum", "nesterov"])
@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9])
def test_runs_converge_below_the_stability_limit_and_diverge_above(method, beta):
    L = 40.0
    edge = stability_limit(method, beta, L)
    lr = point(0.99 * edge, 1.01 * edge)
    run = trajectories(quadratic(L), [method], point(0.0, 1.0), lr, 20_000, beta=beta)
    assert run.diverged_at[0, 0] == -1
    assert run.f[0, 0, -1] < 1e-12
    assert run.diverged_at[0, 1] > 0
    rate = contraction_rate(method, lr, beta, L)
    assert rate[0] < 1 < rate[1]
    assert contraction_rate(method, edge, beta, L).item() == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("kappa", [2.0, 10.0, 50.0])
def test_nesterov_keeps_its_bound_at_every_step(kappa):
    bowl, (lr, beta) = quadratic(kappa, 40.0), optimal("nesterov", 1.0, kappa)
    x0 = torch.randn(50, 2, generator=generator(3), dtype=torch.float64)
    f = trajectories(bowl, ["nesterov"], x0, lr, 300, beta=beta).f[0]
    k = torch.arange(301, dtype=torch.float64)
    bound = (1 - kappa**-0.5) ** k * (f[:, :1] + x0.square().sum(-1, keepdim=True) / 2)
    assert (f <= bound * (1 + 1e-9) + 1e-30).all()


def test_nesterov_is_not_a_descent_method():
    f = trajectories(quadratic(10.0), ["nesterov"], point(10.0, 1.0), 0.1, 100, beta=0.95).f[0]
    assert (f[1:] > f[:-1]).any()
    assert f[-1] < f[0] / 100


# --- rates in closed form -------------------------------------------------------------------------


@pytest.mark.parametrize("method", ROOTED)
def test_companion_eigenvalues_are_those_of_the_companion_matrix(method):
    g = generator(4)
    lr, beta, lam = (torch.rand(300, generator=g, dtype=torch.float64) * s for s in (3, 1, 2))
    slowed = 1 - lr * lam
    p, q = {
        "gd": (slowed, 0 * lr),
        "momentum": (slowed + beta, beta),
        "nesterov": ((1 + beta) * slowed, beta * slowed),
    }[method]
    M = torch.stack((p, -q, torch.ones_like(p), 0 * p), -1).unflatten(-1, (2, 2))
    truth = torch.linalg.eigvals(M)
    ours = companion_eigenvalues(method, lr, beta, lam)
    assert ours.shape == (300, 2)
    for symmetric in (lambda z: z.sum(-1), lambda z: z.prod(-1)):
        torch.testing.assert_close(symmetric(ours), symmetric(truth), rtol=1e-10, atol=1e-10)
    # a complex pair has the modulus √q, of two real roots the one on the side of p is larger
    gap = p * p / 4 - q
    largest = torch.where(gap >= 0, p.abs() / 2 + gap.clamp_min(0).sqrt(), q.abs().sqrt())
    for i in range(0, 300, 30):
        radius = contraction_rate(method, lr[i], beta[i], lam[i])
        assert radius.item() == pytest.approx(largest[i].item(), rel=1e-10)
        several = contraction_rate(method, lr[i], beta[i], lam[i : i + 3])
        assert several == max(
            contraction_rate(method, lr[i], beta[i], lam[i + j]) for j in (0, 1, 2)
        )
    assert (ours[:, 0].abs() >= ours[:, 1].abs() - 1e-12).all()


@pytest.mark.parametrize("method", ROOTED)
@pytest.mark.parametrize(("lr", "beta"), [(0.02, 0.0), (0.03, 0.3), (0.01, 0.9)])
def test_the_predicted_rate_is_the_measured_rate(method, lr, beta):
    bowl = quadratic(40.0)
    beta = 0.0 if method == "gd" else beta
    x = trajectories(bowl, [method], point(1.0, 1.0), lr, 600, beta=beta).x[0]
    size = x.norm(dim=-1).log()
    window = 200
    measured = (size[100 : 100 + window].mean() - size[300 : 300 + window].mean()) / -window
    predicted = contraction_rate(method, lr, beta, point(1.0, 40.0))
    assert math.exp(measured) == pytest.approx(predicted.item(), rel=2e-3)


def test_a_rate_map_has_the_shape_of_its_grid():
    lr, beta = torch.linspace(0.01, 1, 30)[:, None], torch.linspace(0, 0.99, 20)
    assert contraction_rate("momentum", lr, beta, point(1.0, 5.0, 9.0)).shape == (30, 20)
    assert contraction_rate("gd", 0.5, 0.9, 1.0).item() == 0.5  # gd has no memory to use


@pytest.mark.parametrize("method", ["gd", "momentum"])
@pytest.mark.parametrize("kappa", [1.0, 10.0, 1e4])
def test_no_grid_point_beats_the_optimal_hyperparameters(method, kappa):
    lr, beta = optimal(method, 1.0, kappa)
    spectrum = point(1.0, kappa)
    best = contraction_rate(method, lr, beta, spectrum).item()
    root = math.sqrt(kappa) if method == "momentum" else kappa
    assert best == pytest.approx((root - 1) / (root + 1), abs=1e-7)
    grid = contraction_rate(
        method,
        lr * torch.linspace(0.5, 1.5, 101)[:, None],
        (beta + torch.linspace(-0.2, 0.2, 101)).clamp(0, 0.9999),
        spectrum,
    )
    assert grid.min() >= best - 1e-7


# --- adaptive methods -----------------------------------------------------------------------------


def test_the_first_adam_step_is_lr_times_the_sign_whatever_the_scale():
    bowl = quadratic(1e6)
    assert final(bowl, "adam", point(1.0, 1.0), 0.1, 1) == pytest.approx([0.9, 0.9], abs=1e-8)
    small = from_formula("1e-4*x - 1e-3*y")
    assert final(small, "adam", point(0.0, 0.0), 0.1, 1) == pytest.approx([-0.1, 0.1], rel=1e-3)


def test_first_steps_without_correction_are_too_short_or_too_long():
    slope = from_formula("x + 1000*y")
    first = {m: final(slope, m, point(0.0, 0.0), 0.1, 1)[0] / -0.1 for m in METHODS[4:]}
    assert first["rmsprop"] == pytest.approx(1 / math.sqrt(1 - 0.99), rel=1e-6)
    assert first["adam"] == pytest.approx(1.0, rel=1e-6)
    assert first["adam_uncorrected"] == pytest.approx(0.1 / math.sqrt(0.001), rel=1e-6)


@pytest.mark.parametrize("method", ["adam", "rmsprop", "adam_uncorrected"])
def test_scaling_the_loss_does_not_change_an_adaptive_path_without_eps(method):
    f, scaled = from_formula("x^2 + 3*y^2 + x*y"), from_formula("1024*(x^2 + 3*y^2 + x*y)")
    paths = [trajectories(g, [method], point(1.0, 2.0), 0.03, 100, eps=0.0).x for g in (f, scaled)]
    torch.testing.assert_close(*paths, rtol=1e-9, atol=1e-9)
    plain = trajectories(f, ["gd"], point(1.0, 2.0), 1e-4, 100).x
    assert not torch.allclose(trajectories(scaled, ["gd"], point(1.0, 2.0), 1e-4, 100).x, plain)


@pytest.mark.parametrize("eps", [1e-8, 0.0])
@pytest.mark.parametrize("method", [m for m in METHODS if m != "adam_printed"])
def test_a_zero_gradient_moves_nothing(method, eps):
    run = trajectories(rosenbrock(), [method], point(1.0, 1.0), 0.1, 20, eps=eps)
    assert (run.x == 1).all()
    assert (run.f == 0).all()
    flat = trajectories(from_formula("y^2"), [method], point(3.0, 1.0), 0.01, 20, eps=eps)
    assert (flat.x[..., 0] == 3).all()
    assert flat.x.isfinite().all()


def test_adam_as_printed_has_no_direction():
    # E-48: ½(x² + 10y²), lr 0.1, 50 steps
    run = trajectories(
        quadratic(10.0), ["adam_printed"], torch.stack((point(-1, -1), point(1, 1))), 0.1, 50
    )
    assert run.x[0, 0, -1].tolist() == pytest.approx([-3.77, -1.45], abs=5e-3)
    assert run.x[0, 1, -1].tolist() == pytest.approx([-3.66, 0.42], abs=5e-3)
    assert run.f[0, 1, [0, -1]].tolist() == pytest.approx([5.5, 7.6], abs=0.05)
    assert (run.x.diff(dim=-2) < 0).all()
