import math

import numpy as np
import pytest
import torch

from core.landscapes import from_formula, himmelblau, quadratic, rastrigin, rosenbrock, saddle
from core.optimizers import (
    BOUND,
    METHODS,
    companion_eigenvalues,
    contraction_rate,
    count_iterations,
    internals,
    iterations_to,
    optimal,
    stability_limit,
    steps_to,
    trajectories,
)
from core.rng import generator

ROOTED = ("gd", "momentum", "nesterov")
FALL = 1e-6  # "f down by 10⁶"


def point(*coordinates: float) -> torch.Tensor:
    return torch.tensor(coordinates, dtype=torch.float64)


def final(landscape, method, x0, lr, steps, **hyper) -> list[float]:
    return trajectories(landscape, [method], x0, lr, steps, **hyper).x[0, ..., -1, :].tolist()


# --- parity with torch.optim -------------------------------------------------------------------

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


def test_one_call_runs_every_method_start_and_rate_as_if_alone():
    x0 = torch.randn(3, 1, 2, generator=generator(1), dtype=torch.float64)
    lr = point(1e-4, 1e-3)
    together = trajectories(rosenbrock(), METHODS, x0, lr, 60)
    assert together.x.shape == (len(METHODS), 3, 2, 61, 2)
    assert together.f.shape == (len(METHODS), 3, 2, 61)
    assert together.diverged_at.shape == (len(METHODS), 3, 2)
    for m, method in enumerate(METHODS):
        for i in range(3):
            for j in range(2):
                alone = trajectories(rosenbrock(), [method], x0[i, 0], lr[j].item(), 60)
                torch.testing.assert_close(together.x[m, i, j], alone.x[0], rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(together.f, rosenbrock().f(together.x))


def test_hyperparameters_can_differ_by_method():
    bowl, x0 = quadratic(10.0), point(1.0, 1.0)
    named = trajectories(bowl, ["gd", "adam"], x0, {"adam": 0.1, "gd": 0.05}, 9)
    listed = trajectories(bowl, ["gd", "adam"], x0, [0.05, 0.1], 9)
    assert named.x.equal(listed.x)
    assert named.x[1].tolist() == final_path(bowl, "adam", x0, 0.1)
    grid = point(0.0, 0.5, 0.9)
    mapped = trajectories(bowl, ["momentum", "rmsprop"], x0, 0.05, 9, beta={"momentum": grid})
    for i, beta in enumerate(grid.tolist()):
        alone = trajectories(bowl, ["momentum"], x0, 0.05, 9, beta=beta)
        torch.testing.assert_close(mapped.x[0, i], alone.x[0])
        assert mapped.x[1, i].tolist() == final_path(bowl, "rmsprop", x0, 0.05)


def final_path(bowl, method, x0, lr) -> list:
    return trajectories(bowl, [method], x0, lr, 9).x[0].tolist()


# --- gradient descent --------------------------------------------------------------------------


def test_gradient_descent_on_a_bowl_is_a_power_of_one_matrix():
    bowl, x0, lr = quadratic(30.0, 20.0), point(2.0, -1.0), 0.05
    step = torch.eye(2, dtype=torch.float64) - lr * bowl.hessian(x0)
    path = trajectories(bowl, ["gd"], x0, lr, 80).x[0]
    for k in (1, 7, 80):
        torch.testing.assert_close(
            path[k], torch.linalg.matrix_power(step, k) @ x0, rtol=1e-9, atol=1e-12
        )


def test_a_round_bowl_is_solved_in_one_step():
    path = trajectories(quadratic(1.0), ["gd"], point(0.3, -0.8), 1.0, 1)
    assert path.x[0, -1].abs().max() < 1e-12


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


def test_sign_flips_are_a_matter_of_the_step_and_not_of_kappa():
    bowl = quadratic(100.0)
    for x0, lr, steps, flips in (
        (point(1.0, 1.0), 1 / 100, 458, 0),
        (point(100.0, 1.0), 2 / 101, 346, 346),
        (point(1.0, 1.0), 1.5 / 100, 60, 60),
    ):
        steep = trajectories(bowl, ["gd"], x0, lr, steps).x[0, :, 1]
        assert (steep[1:] * steep[:-1] < 0).sum() == flips


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


# --- step counts of the curriculum -------------------------------------------------------------


def test_momentum_counts_on_a_gutter():
    counts = [
        iterations_to(quadratic(100.0), "momentum", point(100.0, 1.0), 0.01, FALL, 5000, beta=beta)
        for beta in (0.0, 0.5, 0.67, 0.9, 0.95, 0.99)
    ]
    assert [c.item() for c in counts] == [687, 336, 212, 94, 146, 737]


def test_iterations_grow_like_kappa_and_like_its_root():
    kappas = point(10.0, 100.0, 1e3, 1e4)
    starts = torch.stack((kappas, torch.ones(4, dtype=torch.float64)), -1)
    expected = {
        "gd": ([35, 346, 3454, 34539], 1.00, 0.02),
        "momentum": ([15, 48, 151, 478], 0.50, 0.02),
        "nesterov": ([24, 88, 287, 919], 0.53, 0.03),
    }
    rates = {m: [optimal(m, 1.0, kappa) for kappa in kappas.tolist()] for m in ROOTED}
    lr = {m: point(*(pair[0] for pair in rates[m])) for m in ROOTED}
    beta = {m: point(*(pair[1] for pair in rates[m])) for m in ROOTED}
    snapshots = list(
        count_iterations(quadratic(kappas), ROOTED, starts, lr, FALL, 50_000, beta=beta)
    )
    fractions, counts = [s[0] for s in snapshots], snapshots[-1][1]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert len(snapshots) > 5
    for row, (numbers, slope, slack) in zip(counts, expected.values()):
        assert row.tolist() == numbers
        fitted = np.polyfit(kappas.log().numpy(), row.double().log().numpy(), 1)[0]
        assert fitted == pytest.approx(slope, abs=slack)


def test_adam_does_not_see_kappa_on_the_axes_but_pays_for_the_angle():
    kappas, angles = point(10.0, 100.0, 1e3, 1e4), point(0.0, 45.0)
    bowls = quadratic(kappas, angles[:, None])
    starts = bowls.axes @ point(1.0, 1.0)  # the start turns with the bowl
    counts = iterations_to(bowls, "adam", starts, 0.03, FALL, 20_000)
    assert counts.tolist() == [[46] * 4, [281, 1144, 3325, 6593]]


@pytest.mark.parametrize("method", ["gd", "momentum", "nesterov"])
def test_turning_the_bowl_changes_no_count(method):
    bowls = quadratic(100.0, torch.arange(0.0, 91.0, 15.0, dtype=torch.float64))
    lr, beta = optimal(method, 1.0, 100.0)
    counts = iterations_to(bowls, method, bowls.axes @ point(1.0, 1.0), lr, FALL, 2000, beta=beta)
    assert counts.max() - counts.min() <= 1
    assert counts.min() > 10


@pytest.mark.parametrize(
    ("method", "lr", "steps"),
    [("gd", 1e-3, 15068), ("gd", 2e-3, 7493), ("momentum", 1e-3, 1386), ("adam", 0.02, 2874)],
)
def test_rosenbrock_takes_as_long_as_the_curriculum_says(method, lr, steps):
    x0 = point(-1.2, 1.0)
    factor = 1e-6 / rosenbrock().f(x0).item()
    count = iterations_to(rosenbrock(), method, x0, lr, factor, 20_000).item()
    assert count == pytest.approx(steps, rel=0.01)


def test_counting_agrees_with_a_recorded_run_and_gives_up_or_diverges_with_minus_one():
    x0, lr = point(-1.2, 1.0).expand(4, 2), point(1e-3, 2e-3, 1e-6, 0.1)
    counts = iterations_to(rosenbrock(), "gd", x0, lr, 0.01, 3000)
    run = trajectories(rosenbrock(), ["gd"], x0, lr, 3000)
    assert counts.tolist() == steps_to(run.f[0], 0.01).tolist()
    assert (counts[:2] > 64).all()
    assert counts[2:].tolist() == [-1, -1]
    assert run.diverged_at[0].tolist()[:3] == [-1, -1, -1]
    assert run.diverged_at[0, 3] >= 0


def test_steps_to_finds_the_first_step_below_the_line():
    f = point(10.0, 4.0, 0.9, 2.0, 0.05)
    assert steps_to(f, 0.1).item() == 2
    assert steps_to(f, 0.1, f_star=-1.0).item() == 4  # the gap falls from 11 to 1.05
    assert steps_to(f, 1e-3).item() == -1
    assert steps_to(torch.stack((f, f.flip(0))), 0.5).tolist() == [1, -1]


# --- momentum ----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["momentum", "nesterov", "momentum_ema"])
def test_without_memory_momentum_is_gradient_descent(method):
    x0 = point(-1.2, 1.0)
    run = trajectories(rosenbrock(), [method, "gd"], x0, 1e-3, 200, beta=0.0)
    torch.testing.assert_close(run.x[0], run.x[1], rtol=1e-12, atol=1e-12)


def test_momentum_is_the_printed_recurrence_with_the_last_displacement():
    landscape, lr, beta = himmelblau(), 0.01, 0.8
    x = previous = point(1.0, 1.0)
    for _ in range(40):
        x, previous = x - lr * landscape.grad(x) + beta * (x - previous), x
    ours = final(landscape, "momentum", point(1.0, 1.0), lr, 40, beta=beta)
    assert ours == pytest.approx(x.tolist(), abs=1e-11)


def test_nesterov_is_the_look_ahead_recurrence():
    landscape, lr, beta = himmelblau(), 0.01, 0.8
    x = previous = point(1.0, 1.0)
    for _ in range(40):
        ahead = x + beta * (x - previous)
        x, previous = ahead - lr * landscape.grad(ahead), x
    ours = final(landscape, "nesterov", point(1.0, 1.0), lr, 40, beta=beta)
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


# --- rates in closed form ----------------------------------------------------------------------


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
    radius = contraction_rate(method, lr, beta, lam[:1])
    largest = companion_eigenvalues(method, lr, beta, lam[0]).abs().amax(-1)
    torch.testing.assert_close(radius, largest, rtol=1e-10, atol=1e-10)
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


# --- adaptive methods --------------------------------------------------------------------------


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


# --- noise -------------------------------------------------------------------------------------


def test_noise_is_reproducible_additive_and_of_the_given_size():
    flat, x0 = from_formula("0*x"), torch.zeros(20_000, 2)
    run = trajectories(flat, ["sgd"], x0, 0.5, 4, noise=2.0, generator=generator(7)).x[0]
    again = trajectories(flat, ["sgd"], x0, 0.5, 4, noise=2.0, generator=generator(7)).x[0]
    other = trajectories(flat, ["sgd"], x0, 0.5, 4, noise=2.0, generator=generator(8)).x[0]
    assert run.equal(again)
    assert not run.equal(other)
    moves = run.diff(dim=1)
    assert moves.mean().abs() < 5 / math.sqrt(moves.numel())
    assert moves.std().item() == pytest.approx(1.0, abs=5 / math.sqrt(2 * moves.numel()))
    assert (moves[:, 0] * moves[:, 1]).mean().abs() < 5 / math.sqrt(moves[:, 0].numel())


def test_stationary_variance_of_noisy_descent_is_lr_over_two_minus_lr():
    # x ← (1 − lr) x − lr ξ on ½‖x‖² with unit noise has variance lr / (2 − lr)
    x0 = torch.zeros(4000, 2)
    run = trajectories(quadratic(1.0), ["sgd"], x0, 0.1, 100, noise=1.0, generator=generator(9))
    last = run.x[0, :, -1]
    assert last.var().item() == pytest.approx(0.1 / 1.9, abs=5 * 0.0526 * math.sqrt(2 / 8000))


# --- the inside of a step ----------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_the_inside_of_the_steps_adds_up_to_the_run(method):
    landscape, x0, lr, (b1, b2) = rosenbrock(), point(-0.5, 0.7), 2e-3, (0.8, 0.95)
    hyper = {"beta": 0.7, "betas": (b1, b2), "eps": 1e-6}
    inside = internals(landscape, method, x0, lr, 30, **hyper)
    run = trajectories(landscape, [method], x0, lr, 30, **hyper)
    torch.testing.assert_close(inside.x, run.x[0], rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(inside.f, run.f[0], rtol=1e-10, atol=1e-12)
    assert inside.diverged_at == -1
    x, g, v = inside.x, inside.g, inside.v
    torch.testing.assert_close(inside.move, x[1:] - x[:-1])
    torch.testing.assert_close(g, landscape.grad(inside.lookahead))
    if method == "nesterov":
        torch.testing.assert_close(inside.lookahead[1:], x[1:-1] + 0.7 * (x[1:-1] - x[:-2]))
    else:
        assert inside.lookahead.equal(x[:-1])
    k = torch.arange(1, 31, dtype=torch.float64)[:, None]
    if method.startswith("adam"):
        torch.testing.assert_close(inside.m, mean(g, b1))
        torch.testing.assert_close(v, mean(g * g, b2))
        if method == "adam_uncorrected":
            assert inside.m_hat is inside.v_hat is None
            move = -lr * inside.m / (v.sqrt() + 1e-6)
        else:
            torch.testing.assert_close(inside.m_hat, inside.m / (1 - b1**k))
            torch.testing.assert_close(inside.v_hat, v / (1 - b2**k))
            top = 1.0 if method == "adam_printed" else inside.m_hat
            move = -lr * top / (inside.v_hat.sqrt() + 1e-6)
    elif method == "rmsprop":
        torch.testing.assert_close(v, mean(g * g, 0.7))
        move = -lr * g / (v.sqrt() + 1e-6)
    elif method in ("gd", "sgd"):
        assert inside.m is v is None
        move = -lr * g
    else:
        torch.testing.assert_close(v, mean(g, 0.7) / (1 if method == "momentum_ema" else 1 - 0.7))
        move = -lr * v
    torch.testing.assert_close(inside.move, move, rtol=1e-9, atol=1e-12)


def mean(values: torch.Tensor, beta: float) -> torch.Tensor:
    """Exponential mean from 0, by its definition as a weighted sum."""
    n = len(values)
    age = torch.arange(n)[:, None] - torch.arange(n)
    weights = (1 - beta) * torch.where(age >= 0, beta ** age.clamp_min(0).double(), 0.0)
    return weights @ values


def test_the_inside_of_a_diverging_run_is_zero_from_the_step_that_broke_it():
    inside = internals(quadratic(100.0), "momentum", point(1.0, 1.0), 0.5, 200)
    k = inside.diverged_at
    assert 0 < k < 200
    for part in (inside.g, inside.v, inside.move, inside.lookahead):
        assert part.isfinite().all()
        assert (part[k - 1 :] == 0).all()
        assert (part[: k - 1] != 0).any(-1).all()


# --- divergence --------------------------------------------------------------------------------


def test_divergence_is_found_at_the_right_step_in_every_block_and_run():
    # 600 runs fill several blocks; a slow loop in plain floats is the second route
    lr = torch.logspace(-3, 0, 600, dtype=torch.float64)
    run = trajectories(rosenbrock(), ["gd", "nesterov"], point(-1.2, 1.0), lr, 120)
    assert run.x.isfinite().all()
    assert run.f.isfinite().all()
    assert run.f.abs().max() <= BOUND
    assert run.x.abs().max() <= BOUND
    assert len(set(run.diverged_at[0].tolist())) > 5
    for i in range(0, 600, 23):
        x, step, path = [-1.2, 1.0], -1, [[-1.2, 1.0]]
        for k in range(1, 121):
            try:
                steep = 200 * (x[1] - x[0] ** 2)
                gx = 2 * (x[0] - 1) - 2 * x[0] * steep
                x = [x[0] - lr[i].item() * gx, x[1] - lr[i].item() * steep]
                f = (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
            except OverflowError:
                f = math.inf
            if not max(abs(x[0]), abs(x[1]), abs(f)) <= BOUND:
                step = k
                break
            path.append(x)
        assert run.diverged_at[0, i] == step
        if step > 0:
            held = run.x[0, i, step:]
            assert (held == held[0]).all()
            torch.testing.assert_close(held[0], point(*path[-1]), rtol=1e-6, atol=1e-6)


def test_divergence_is_found_in_late_blocks_too():
    # on x₂ alone |x₂| = (lr L − 1)ᵏ and f = ½ L x₂² passes 10¹² first
    lr = torch.linspace(2.01, 2.3, 400, dtype=torch.float64) / 100
    run = trajectories(quadratic(100.0), ["gd"], point(0.0, 1.0), lr, 1500)
    k = torch.ceil(math.log(BOUND / 50) / (2 * torch.log(100 * lr - 1))).long()
    assert k.max() > 1000
    assert (run.diverged_at[0] - k).abs().max() <= 0
    i = torch.arange(400)
    assert (run.f[0, i, k - 1] > BOUND / 2).all()
    assert run.f[0, :, -1].equal(run.f[0, i, k - 1])
    assert run.x[0, :, -1].equal(run.x[0, i, k - 1])


def test_a_start_beyond_the_bound_is_held_from_the_beginning():
    run = trajectories(saddle(), ["gd"], point(1e5, 1e5), 0.1, 3)
    assert run.diverged_at.tolist() == [0]
    assert (run.x == 1e5).all()
    assert (run.f == BOUND).all()


# --- refusals ----------------------------------------------------------------------------------

X0 = point(1.0, 1.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"methods": "gd"}, "expected methods to be a sequence of names .*got 'gd'"),
        ({"methods": []}, r"expected methods to be a sequence .*got \[\]"),
        ({"methods": ["gd", "adamw"]}, "expected method to be one of gd, sgd, .*got 'adamw'"),
        ({"lr": 0.0}, r"expected lr in \(0, inf\), got 0"),
        ({"lr": -0.1}, r"expected lr in \(0, inf\), got -0.1"),
        ({"lr": math.nan}, r"expected lr in \(0, inf\), got nan"),
        ({"lr": math.inf}, r"expected lr in \(0, inf\), got inf"),
        ({"lr": point(0.1, math.nan)}, r"expected lr in \(0, inf\), got nan"),
        ({"lr": "fast"}, r"expected lr in \(0, inf\), got 'fast'"),
        ({"lr": {"adam": 0.1}}, "expected lr for every method, got none for gd"),
        ({"lr": [0.1, 0.2]}, r"one value per method \(1\), got 2"),
        ({"lr": torch.ones(3), "x0": torch.ones(2, 2)}, "broadcast over one batch"),
        ({"steps": 0}, r"expected steps a whole number in \[1, 100000\], got 0"),
        ({"steps": 1.5}, "expected steps a whole number .*got 1.5"),
        ({"steps": 100_001}, "expected steps .*got 100001"),
        (
            {"steps": 100_000, "x0": torch.ones(500, 2)},
            r"expected methods × batch × \(steps \+ 1\)",
        ),
        ({"x0": point(1.0, math.nan)}, "expected x0 to be finite, got nan"),
        ({"x0": point(1.0, 1.0, 1.0)}, r"expected x0 of shape \(..., 2\), got \(3,\)"),
        ({"beta": 1.0}, r"expected beta in \[0, 1\), got 1"),
        ({"beta": -0.1}, r"expected beta in \[0, 1\), got -0.1"),
        ({"beta": point(0.5, 1.0)}, r"expected beta in \[0, 1\), got 1"),
        ({"betas": (0.9, 1.0)}, r"expected betas in \[0, 1\), got 1"),
        ({"betas": 0.9}, "expected betas to be a pair of numbers"),
        ({"eps": -1.0}, r"expected eps in \[0, inf\), got -1"),
        ({"noise": -1.0}, r"expected noise in \[0, inf\), got -1"),
        ({"methods": ["sgd"], "noise": 1.0}, "expected generator to be a torch.Generator"),
    ],
)
def test_bad_input_is_refused_by_name_and_value(arguments, message):
    given = {"methods": ["gd"], "x0": X0, "lr": 0.1, "steps": 5} | arguments
    with pytest.raises(ValueError, match=message):
        trajectories(quadratic(10.0), **given)


def test_other_entrances_refuse_too():
    with pytest.raises(ValueError, match="expected a single run, got a batch"):
        internals(rosenbrock(), "gd", torch.ones(3, 2), 0.1, 5)
    with pytest.raises(ValueError, match=r"does not know its minima.*got nan"):
        count_iterations(from_formula("x^2"), ["gd"], X0, 0.1, 0.1, 100)
    with pytest.raises(ValueError, match=r"expected factor in \(0, inf\), got 0"):
        count_iterations(rastrigin(), ["gd"], X0, 0.1, 0.0, 100)
    with pytest.raises(ValueError, match="expected method to be one of gd, momentum, nesterov"):
        optimal("adam", 1.0, 2.0)
    with pytest.raises(ValueError, match=r"expected L in \[2, inf\), got 1"):
        optimal("gd", 2.0, 1.0)
    with pytest.raises(ValueError, match="expected method to be one of gd, momentum, nesterov"):
        contraction_rate("adam", 0.1, 0.9, 1.0)
