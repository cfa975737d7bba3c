"""What the texts quote is computed, and each of these numbers comes out of a second route."""

import math

import numpy as np
import pytest
import torch

from core.experiments.landscapes.quoted import NUMBERS
from core.experiments.landscapes.valley import valley
from core.landscapes import rosenbrock
from core.optimizers import optimal

# --- the bowl, κ = 100: closed forms of its flat coordinate --------------------------------------


def geometric(rate: float, share: float = 1.0) -> int:
    """First k with share · rateᵏ ≤ 10⁻⁶."""
    return math.ceil(math.log(1e-6 / share) / math.log(rate))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("gutter", geometric((99 / 101) ** 2)),
        # at 1/L the steep coordinate is gone at once; the flat one holds this share of f(x₀)
        ("no_zigzag", geometric(0.99**2, 1 / (1 + 1 / 100))),
        ("no_flip", geometric(0.99**2, 1 / 101)),
        ("corner_best", geometric((99 / 101) ** 2)),
        ("near_long", geometric(0.99**2, 0.01 / (0.01 + 100))),
        ("near_best", geometric((99 / 101) ** 2)),
        ("flips", 0),  # its multiplier is 0
    ],
)
def test_the_bowl_counts_what_its_multipliers_say(name, expected):
    assert NUMBERS[name]() == expected


# --- ball and valley: torch.optim ----------------------------------------------------------------


def steps_of_torch(optimizer, H, start, most, **hyper) -> tuple[int, int]:
    """Steps of an optimizer of torch on ½xᵀHx until f is down by 10⁶, for good and at first."""
    H = torch.as_tensor(H, dtype=torch.float64)
    x = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    descent, f = optimizer([x], **hyper), [float(x.detach() @ H @ x.detach())]
    for _ in range(most):
        x.grad = H @ x.detach()
        descent.step()
        f.append(float(x.detach() @ H @ x.detach()))
    below = np.array(f) <= 1e-6 * f[0]
    return len(f) - int(below[::-1].argmin()), int(below.argmax())


@pytest.mark.parametrize(
    ("name", "lr", "beta"),
    [
        ("ball", 0.01, 0.9),
        ("ball_0", 0.01, 0.0),
        ("ball_99", 0.01, 0.99),
        ("ball_ema", 0.001, 0.9),  # an average is the heavy ball with 1 − β of the step
        ("tuned", 4 / 11**2, (9 / 11) ** 2),
    ],
)
def test_the_ball_counts_what_torch_counts(name, lr, beta):
    H, start = [[1.0, 0.0], [0.0, 100.0]], [1.0, 0.01]
    stays, first = steps_of_torch(torch.optim.SGD, H, start, 4096, lr=lr, momentum=beta)
    assert NUMBERS[name]() == stays
    if name in ("ball", "ball_99"):
        assert NUMBERS[f"{name}_first"]() == first < stays


@pytest.mark.parametrize(
    ("kappa", "name"), [(10.0, "share_10"), (100.0, "tuned_steep"), (1e5, "share_1e5")]
)
def test_the_tuned_ball_from_the_steep_wall_counts_and_climbs_as_its_closed_form(kappa, name):
    rho, k = (kappa**0.5 - 1) / (kappa**0.5 + 1), np.arange(4097)
    share = rho ** (2 * k) * (1 + k * (1 + rho)) ** 2  # of f(x₀) that is left, at a double root
    count = int((share > 1e-6).nonzero()[0][-1]) + 1
    assert NUMBERS[name]() == (count if kappa == 100 else f"{count / kappa**0.5:.1f}")
    if kappa == 100:
        assert NUMBERS["tuned_rise"]() == f"{share.max():.3g}"


@pytest.mark.parametrize("s", [1, 10, 100])
def test_a_stretched_axis_costs_adam_steps(s):
    H, start = np.diag([1.0, s * s]), [float(s), 1.0]
    stays, _ = steps_of_torch(torch.optim.Adam, H, start, 8000, lr=0.03)
    assert NUMBERS[f"stretched_{s}"]() == stays


@pytest.mark.parametrize(
    ("name", "degrees"), [("adam_axes", 0), ("adam_five", 5), ("adam_diagonal", 45)]
)
def test_the_valley_counts_what_torch_counts(name, degrees):
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    R = np.array([[c, -s], [s, c]])
    H, start = R @ np.diag([1.0, 1000.0]) @ R.T, [c - s, s + c]
    assert NUMBERS[name]() == steps_of_torch(torch.optim.Adam, H, start, 4000, lr=0.03)[0]


def test_the_valley_shows_these_counts():
    shown = [valley(kappa=1000.0, angle=angle).counts["adam"] for angle in (0.0, 5.0, 45.0)]
    assert shown == [NUMBERS[name]() for name in ("adam_axes", "adam_five", "adam_diagonal")]


def test_on_the_axes_adam_needs_the_same_steps_whatever_kappa_is():
    counts = {valley(kappa=kappa, angle=0.0).counts["adam"] for kappa in (10.0, 100.0, 1e4)}
    assert counts == {NUMBERS["adam_axes"]()}


def test_the_tuned_memory_is_the_square_of_the_rate():
    assert NUMBERS["tuned_beta"]() == f"{(9 / 11) ** 2:.2f}"


def test_the_kappa_that_wants_nine_tenths_is_found_by_trying():
    kappa = min(range(1, 5000), key=lambda k: abs(optimal("momentum", 1.0, float(k))[1] - 0.9))
    assert NUMBERS["kappa_09"]() == kappa


# --- the banana ----------------------------------------------------------------------------------


def test_the_banana_takes_the_steps_of_a_plain_loop():
    x, y, k = -1.2, 1.0, 0
    while (1 - x) ** 2 + 100 * (y - x * x) ** 2 > 1e-6:
        slope = -2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)
        x, y, k = x - 1e-3 * slope[0], y - 1e-3 * slope[1], k + 1
    assert NUMBERS["banana"]() == f"{k:,}".replace(",", " ")


def test_the_kappa_of_the_banana_is_that_of_its_hessian_by_autograd():
    H = torch.autograd.functional.hessian(rosenbrock().f, torch.ones(2, dtype=torch.float64))
    low, high = np.linalg.eigvalsh(H.numpy())
    assert NUMBERS["banana_kappa"]() == round(high / low)
