"""Recorded runs: batches, counts, noise, the inside of a step, divergence, refusals."""

import math

import pytest
import torch

from core.landscapes import from_formula, quadratic, rastrigin, rosenbrock, saddle
from core.optimizers import (
    BOUND,
    METHODS,
    arrival,
    contraction_rate,
    count_iterations,
    first_below,
    following,
    in_steps,
    internals,
    iterations_to,
    optimal,
    trajectories,
)
from core.rng import generator

X0 = torch.ones(2, dtype=torch.float64)
FALL = 1e-6  # "f down by 10⁶"


def point(*coordinates: float) -> torch.Tensor:
    return torch.tensor(coordinates, dtype=torch.float64)


# --- batches --------------------------------------------------------------------------------------


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


# --- counts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["gd", "momentum", "nesterov"])
def test_turning_the_bowl_changes_no_count(method):
    bowls = quadratic(100.0, torch.arange(0.0, 91.0, 15.0, dtype=torch.float64))
    lr, beta = optimal(method, 1.0, 100.0)
    start = bowls.axes @ point(1.0, 1.0)
    for counts in iterations_to(bowls, method, start, lr, FALL, 2000, beta=beta):
        assert counts.max() - counts.min() <= 1
        assert counts.min() > 10


@pytest.mark.parametrize(
    ("method", "lr", "steps"),
    [("gd", 1e-3, 15068), ("gd", 2e-3, 7493), ("momentum", 1e-3, 1386), ("adam", 0.02, 2874)],
)
def test_rosenbrock_takes_as_long_as_the_curriculum_says(method, lr, steps):
    x0 = point(-1.2, 1.0)
    factor = 1e-6 / rosenbrock().f(x0).item()
    stays, first = iterations_to(rosenbrock(), method, x0, lr, factor, 20_000)
    assert first.item() == pytest.approx(steps, rel=0.01)
    if method == "adam":  # it does not rest; when it is off last is a matter of rounding
        assert stays.item() == -1 or stays.item() > 5 * first.item()
    else:
        assert stays.item() == first.item()


def test_counting_agrees_with_a_recorded_run_and_gives_up_or_diverges_with_minus_one():
    x0, lr = point(-1.2, 1.0).expand(4, 2), point(1e-3, 2e-3, 1e-6, 0.1)
    counts, first = iterations_to(rosenbrock(), "gd", x0, lr, 0.01, 3000)
    run = trajectories(rosenbrock(), ["gd"], x0, lr, 3000)
    assert counts.tolist() == arrival(run.f[0], 0.01).tolist()
    assert first.tolist() == first_below(run.f[0], 0.01).tolist()
    assert (counts[:2] > 64).all()
    assert counts[2:].tolist() == [-1, -1]
    assert run.diverged_at[0].tolist()[:3] == [-1, -1, -1]
    assert run.diverged_at[0, 3] >= 0


def test_one_step_is_no_plural():
    assert [in_steps(count) for count in (0, 1, 94)] == ["0 steps", "1 step", "94 steps"]


def test_a_run_has_arrived_when_it_stays_below_the_line_and_not_when_it_first_crosses_it():
    f = point(10.0, 4.0, 0.9, 2.0, 0.05)
    assert (first_below(f, 0.1).item(), arrival(f, 0.1).item()) == (2, 4)
    assert arrival(f, 0.1, f_star=-1.0).item() == 4  # the gap falls from 11 to 1.05
    assert (first_below(f, 1e-3).item(), arrival(f, 1e-3).item()) == (-1, -1)
    assert arrival(f[:4], 0.1).item() == -1  # it ends above the line
    assert arrival(torch.stack((f, f.flip(0))), 0.5).tolist() == [1, -1]
    assert arrival(torch.zeros(3).double(), 0.1).item() == 0


def test_the_search_counts_what_a_recorded_run_of_the_same_length_shows():
    """Heavy balls, RMSProp and Adam cross the line and rise again, over several chunks."""
    bowls = quadratic(1000.0, torch.tensor([0.0, 5.0, 45.0], dtype=torch.float64))
    for method, lr in (("adam", 0.03), ("rmsprop", 0.03), ("momentum", 1e-3)):
        start, most = bowls.axes @ point(1.0, 1.0), 5000
        for counts, of in zip(
            iterations_to(bowls, method, start, lr, FALL, most), (arrival, first_below), strict=True
        ):
            f = trajectories(bowls, [method], start, lr, most).f[0]
            assert counts.tolist() == of(f, FALL).tolist(), method


@pytest.mark.parametrize("method", ["gd", "momentum", "nesterov", "rmsprop", "adam"])
def test_what_follows_a_path_is_the_next_iterate_of_the_longer_run(method):
    x = trajectories(rosenbrock(), [method], point(-1.2, 1.0), 1e-3, 9).x[0]
    beta = 0.99 if method == "rmsprop" else 0.9
    for n in (1, 2, 9):
        after = following(rosenbrock(), method, x[:n], 1e-3, beta)
        torch.testing.assert_close(after, x[n], rtol=1e-12, atol=1e-14)


# --- noise ----------------------------------------------------------------------------------------


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


# --- the inside of a step -------------------------------------------------------------------------


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


# --- divergence -----------------------------------------------------------------------------------


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


# --- refusals -------------------------------------------------------------------------------------


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
