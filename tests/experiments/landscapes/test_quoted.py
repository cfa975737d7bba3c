"""What the texts quote is computed, and each of these numbers comes out of a second route."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from core.experiments.landscapes.quoted import NUMBERS
from core.experiments.landscapes.valley import valley
from core.landscapes import rosenbrock
from core.optimizers import optimal
from pages.ui.declare import quoted

ASSETS = Path(__file__).parents[3] / "assets"
TEXTS = [
    *sorted((ASSETS / "experiments/landscapes").glob("*.toml")),
    ASSETS / "theory/landscapes.md",
    ASSETS / "teaching/landscapes.md",
]


def test_what_is_quoted_is_computed_and_what_is_computed_is_quoted():
    names = {name for path in TEXTS for name in re.findall(r"@(\w+)@", path.read_text())}
    assert names == set(NUMBERS)


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_no_placeholder_is_left_in_a_text(path):
    assert not re.search(r"@\w+@", quoted("landscapes", path.read_text()))


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
        ("flips", 0),  # its multiplier is 0
    ],
)
def test_the_bowl_counts_what_its_multipliers_say(name, expected):
    assert NUMBERS[name]() == expected


# --- ball and valley: torch.optim ----------------------------------------------------------------


def steps_of_torch(optimizer, H, start, **hyper) -> int:
    """Steps of an optimizer of torch on ½xᵀHx until f is down by 10⁶."""
    H = torch.as_tensor(H, dtype=torch.float64)
    x = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    descent, goal, k = optimizer([x], **hyper), 1e-6 * float(x.detach() @ H @ x.detach()), 0
    while float(x.detach() @ H @ x.detach()) > goal:
        x.grad = H @ x.detach()
        descent.step()
        k += 1
    return k


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
    assert NUMBERS[name]() == steps_of_torch(torch.optim.SGD, H, start, lr=lr, momentum=beta)


@pytest.mark.parametrize(
    ("name", "degrees"), [("adam_axes", 0), ("adam_five", 5), ("adam_diagonal", 45)]
)
def test_the_valley_counts_what_torch_counts(name, degrees):
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    R = np.array([[c, -s], [s, c]])
    H, start = R @ np.diag([1.0, 1000.0]) @ R.T, [c - s, s + c]
    assert NUMBERS[name]() == steps_of_torch(torch.optim.Adam, H, start, lr=0.03)


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
