"""Schedules, exact moments and chains against closed forms, sums and each other."""

import math

import pytest
import torch

from core.rng import generator
from core.stochastic import Well, chains, constant, drawn, floor, moments, power, slope, steps


def tensor(*values):
    return torch.tensor(values, dtype=torch.float64)


# --- lamps ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("p", "explores", "settles"),
    [
        (0.0, True, False),
        (0.4, True, False),
        (0.5, True, False),
        (0.51, True, True),
        (1.0, True, True),
        (1.01, False, True),
        (2.0, False, True),
    ],
)
def test_the_lamps_follow_the_power_and_no_truncation(p, explores, settles):
    for c, k0 in ((1.0, 0.0), (0.01, 1000.0)):
        lamps = power(c, p, k0).lamps
        assert (lamps.explores, lamps.settles) == (explores, settles)
        assert math.isinf(lamps.total) == explores and math.isfinite(lamps.squares) == settles


def test_finite_sums_are_known():
    lamps = power(0.5, 2.0).lamps
    assert lamps.total == pytest.approx(math.pi**2 / 12)
    assert lamps.squares == pytest.approx(math.pi**4 / 360)
    assert power(1.0, 1.0).lamps.squares == pytest.approx(math.pi**2 / 6)
    shifted = power(1.0, 2.0, 3.0)
    assert shifted.lamps.total == pytest.approx(math.pi**2 / 6 - 1 - 1 / 4 - 1 / 9)
    stairs = steps(0.8, 0.5, 7)
    assert stairs.lamps.total == pytest.approx(float(stairs.alphas(2000).sum()))
    assert stairs.lamps.squares == pytest.approx(float(stairs.alphas(2000).square().sum()))
    assert not stairs.lamps.explores and stairs.lamps.settles
    assert constant(0.1).lamps[:2] == (True, False)


def test_a_drawn_schedule_passes_its_points_and_goes_on_at_its_last_slope():
    at, values = [3, 10, 100, 1000], [1.0, 2.0, 0.5, 0.05]
    schedule = drawn(at, values)
    alphas = schedule.alphas(10_000)
    assert alphas[[2, 9, 99, 999]].tolist() == pytest.approx(values)
    assert alphas[:3].tolist() == [1.0] * 3
    assert float(alphas[9999]) == pytest.approx(0.005)  # α falls as 1/k
    low, high = alphas[[4, 5]].tolist()  # straight on log-log paper: √2 at √30
    assert low < math.sqrt(2) < high
    assert schedule.lamps[:2] == (True, True)
    assert drawn([1, 100], [1.0, 0.1]).lamps[:2] == (True, False)  # 1/√k
    assert drawn([1, 100], [1.0, 1e-3]).lamps[:2] == (False, True)  # k^−1.5
    assert drawn([5], [0.2]).lamps[:2] == (True, False)
    tail = drawn([1, 100], [1.0, 1e-4])  # 1/k²
    assert tail.lamps.total == pytest.approx(math.pi**2 / 6)


def test_the_mean_stops_where_the_steps_are_summable():
    root = math.sqrt(0.5)
    expected = 5 * math.sin(math.pi * root) / (math.pi * root)
    assert expected == pytest.approx(1.791, abs=5e-4)  # as printed
    assert power(0.5, 2.0).mean_limit(5.0) == pytest.approx(expected, rel=1e-12)
    mean, _ = moments(power(0.5, 2.0).alphas(20_000), 1.0, 5.0)
    assert float(mean[-1]) == pytest.approx(1.791, abs=5e-4)
    for schedule in (steps(0.5, 0.7, 3), drawn([1, 20, 40], [0.5, 0.4, 0.05])):
        mean, _ = moments(schedule.alphas(1_000_000), 0.0, -2.0, 3.0)
        assert schedule.mean_limit(-2.0, 3.0) == pytest.approx(float(mean[-1]), rel=1e-5)
    assert power(1.0, 1.0).mean_limit(5.0) == 0 and constant(1.9).mean_limit(5.0) == 0
    assert constant(2.1).mean_limit(5.0) == math.inf and math.isnan(constant(2.0).mean_limit(5.0))


# --- moments -------------------------------------------------------------------------------------


def test_moments_of_a_constant_step_in_closed_form():
    alpha, sigma, x0, lam = 0.3, 0.7, -2.0, 1.5
    mean, square = moments(constant(alpha).alphas(50), sigma, x0, lam)
    k = torch.arange(1, 51).double()
    a = 1 - alpha * lam
    torch.testing.assert_close(mean, x0 * a**k)
    end = floor(alpha, sigma, lam)
    assert end == pytest.approx((alpha * sigma) ** 2 / (1 - a * a))
    torch.testing.assert_close(square, a ** (2 * k) * (x0 * x0 - end) + end)
    assert floor(0.1, 1.0) == pytest.approx(0.1 / 1.9)
    assert floor(2.0, 1.0) == math.inf


def test_one_over_k_is_the_plain_mean_of_the_noise():
    mean, square = moments(power(1.0, 1.0).alphas(400), 2.0, 5.0)
    assert mean.tolist() == [0.0] * 400
    torch.testing.assert_close(square, 4 / torch.arange(1, 401).double())


def test_printed_figures_of_the_schedules():
    _, square = moments(power(1.0, 0.5).alphas(20_000), 1.0, 5.0)
    assert float(square[-1]) == pytest.approx(0.00356, abs=2.5e-5)
    assert float(square[-1]) == pytest.approx(1 / (2 * math.sqrt(20_000)), rel=0.01)
    at = torch.tensor([1000, 2000, 5000, 10_000, 20_000])
    assert slope(at, square[at - 1]) == pytest.approx(-0.5, abs=0.01)
    mean, _ = moments(power(0.1, 1.0).alphas(20_000), 1.0, 5.0)
    assert float(mean[-1]) == pytest.approx(1.74, abs=0.005)


@pytest.mark.parametrize("p", [0.3, 0.5, 0.8])
def test_below_one_the_mean_square_falls_as_the_step(p):
    _, square = moments(power(1.0, p).alphas(100_000), 1.0, 0.0)
    at = torch.tensor([10_000, 30_000, 100_000])
    assert slope(at, square[at - 1]) == pytest.approx(-p, abs=0.02)


def test_steps_too_long_end_at_infinity_and_stay():
    mean, square = moments(tensor(*[4.0] * 1000, 1.0, 1.0), 1.0, 1.0)
    assert math.isinf(square[-1]) and math.isinf(mean[-1])
    assert not mean.isnan().any() and not square.isnan().any()
    assert square[:2].tolist() == [9 + 16, 9 * 25 + 16]


def test_moments_refuse_by_name():
    for bad, name in (
        ((tensor(-0.1), 1.0, 0.0), "alphas"),
        ((tensor(math.nan), 1.0, 0.0), "alphas"),
        ((tensor(), 1.0, 0.0), "alphas"),
        ((tensor(0.1), -1.0, 0.0), "sigma"),
        ((tensor(0.1), 1.0, math.inf), "x0"),
    ):
        with pytest.raises(ValueError, match=f"expected {name}"):
            moments(*bad)
    for bad, name in (((0.0, 1.0), "c"), ((1.0, -1.0), "p"), ((1.0, 1.0, -1.0), "k0")):
        with pytest.raises(ValueError, match=f"expected {name} "):
            power(*bad)
    for at, values in (([], []), ([1, 1], [1.0, 1.0]), ([1, 2], [1.0, 0.0]), ([0], [1.0])):
        with pytest.raises(ValueError, match=r"expected (at|values)"):
            drawn(at, values)
    with pytest.raises(ValueError, match="ratio"):
        steps(1.0, 1.0, 3)


# --- chains --------------------------------------------------------------------------------------


@pytest.mark.parametrize("schedule", [constant(0.1), power(1.0, 1.0), power(0.5, 2.0)])
def test_chains_have_the_exact_moments(schedule):
    alphas, n = schedule.alphas(200), 4000
    mean, square = moments(alphas, 1.5, 5.0, 0.8)
    x = chains(alphas, 1.5, 5.0, n, generator(0), curvature=0.8)
    assert x.shape == (201, n) and bool((x[0] == 5).all())
    at = [1, 10, 200]
    for k in at:
        m, s = float(mean[k - 1]), float(square[k - 1])
        spread = math.sqrt(s - m * m)
        assert abs(float(x[k].mean()) - m) < 4 * spread / math.sqrt(n)
        assert float(x[k].var()) == pytest.approx(spread**2, rel=4 * math.sqrt(2 / n))
    torch.testing.assert_close(
        chains(alphas, 1.5, 5.0, n, generator(0), curvature=0.8, at=[0, *at]), x[[0, *at]]
    )


def test_a_gradient_is_taken_where_the_chain_stands():
    alphas, well = power(0.05, 0.3).alphas(100), Well(1.0, 0.1)
    one = chains(alphas, 0.7, 2.0, 5, generator(3))
    two = chains(alphas, 0.7, 2.0, 5, generator(3), gradient=lambda x: x)
    torch.testing.assert_close(one, two)
    still = chains(alphas, 0.0, tensor(-2.0, 0.0, 2.0), 3, generator(0), gradient=well.gradient)
    x = tensor(-2.0, 0.0, 2.0)
    for alpha in alphas:
        leaf = x.clone().requires_grad_()
        (g,) = torch.autograd.grad(well(leaf).sum(), leaf)
        x = x - alpha * g
    torch.testing.assert_close(still[-1], x)


def test_a_constant_step_on_another_function_ends_beside_its_minimum():
    """e^x − x has its minimum at 0; the mean of x ends near −η/4 · f‴ = −0.026."""
    at = list(range(200, 1001, 10))
    x = chains(
        constant(0.1).alphas(1000), 1.0, 0.0, 4000, generator(0), gradient=torch.expm1, at=at
    )
    # E f′ = 0 at rest: E e^x = 1, so E x = −½ Var − … < 0
    assert float(x.mean()) == pytest.approx(-0.0267, abs=0.002)
    assert float(x.exp().mean()) == pytest.approx(1.0, abs=0.003)


def test_wild_chains_stay_numbers():
    cube = chains(constant(1.0).alphas(60), 1.0, 3.0, 4, generator(0), gradient=lambda x: x**3)
    assert cube.isfinite().all()
    line = chains(constant(50.0).alphas(400), 1.0, 3.0, 4, generator(0))
    assert line.isfinite().all() and float(line[-1].abs().max()) == 1e100


def test_chains_refuse_by_name():
    alphas = constant(0.1).alphas(10)
    for changes, name in (
        ({"n": 0}, "n"),
        ({"sigma": -1.0}, "sigma"),
        ({"at": [3, 2]}, "at"),
        ({"at": [11]}, "at"),
        ({"x0": tensor(1.0, 2.0)}, "x0"),
        ({"n": 1_000_000, "alphas": constant(0.1).alphas(100)}, "chains × steps"),
    ):
        given = {"alphas": alphas, "sigma": 1.0, "x0": 0.0, "n": 3, "generator": generator(0)}
        with pytest.raises(ValueError, match=f"expected {name}"):
            chains(**given | changes)
