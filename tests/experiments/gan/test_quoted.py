"""What the texts quote is computed, and each of these numbers comes out of a second route."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from core.experiments.gan.quoted import NUMBERS
from core.words import number

# --- the two-number game: powers of the step's complex factor ------------------------------------


def test_a_hundred_steps_are_a_power_of_one():
    assert NUMBERS["circle_out"]() == f"{abs((1 + 0.1j) ** 100):.3g}"
    assert NUMBERS["circle_far"]() == f"{abs((1 + 0.1j) ** 500):.3g}"
    assert NUMBERS["circle_ahead"]() == f"{abs((1 + 0.1j + 0.1j**2) ** 100):.3g}"
    braked = np.linalg.matrix_power(np.array([[1, -0.1], [0.1, 1 - 0.03]]), 100) @ [1.0, 0.0]
    assert NUMBERS["circle_brake"]() == f"{np.hypot(*braked):.3g}"


# --- the ledger: Kullback and Leibler, mode by mode ----------------------------------------------


def kl(p, q):
    return sum(a * math.log(a / b) for a, b in zip(p, q, strict=True) if a)


@pytest.mark.parametrize(
    ("k", "jsd", "v"),
    [(1, "0.4969", -0.392), (2, "0.3804", -0.626), (4, "0.2158", -0.955), (8, "0", -1.386)],
)
def test_the_table_of_lost_modes_is_that_of_the_curriculum(k, jsd, v):
    p, q = [1 / 8] * 8, [1 / k] * k + [0.0] * (8 - k)
    m = [(a + b) / 2 for a, b in zip(p, q, strict=True)]
    mine = (kl(p, m) + kl(q, m)) / 2
    assert NUMBERS[f"jsd_{k}"]() == number(mine, 4, zero=1e-9) == jsd
    assert NUMBERS[f"v_{k}"]() == f"{2 * mine - math.log(4):.3f}"
    assert float(NUMBERS[f"v_{k}"]()) == pytest.approx(v, abs=1.01e-3)


def test_a_tenth_at_a_time_ends_on_a_geometric_ladder():
    """Answers then go round the ring: the shares are those of the last eight, each 0.9 of the next.

    In 64 rounds 0.9⁶⁴ = 0.1 % of the first fakes are left.
    """
    q = 0.1 * 0.9 ** np.arange(8) / (1 - 0.9**8)
    p, m = [1 / 8] * 8, (q + 1 / 8) / 2
    assert float(NUMBERS["ledger_little"]()) == pytest.approx((kl(p, m) + kl(q, m)) / 2, rel=0.05)


def test_the_floor_is_two_logarithms_of_a_half():
    assert NUMBERS["floor"]() == f"{2 * math.log(0.5):.4f}"


def test_the_pushes_are_means_over_drawn_fakes():
    """Both of the curriculum, by a sum over quantiles instead of a quadrature in x."""
    e = norm.ppf((np.arange(2_000_000) + 0.5) / 2_000_000)
    D = 1 / (1 + np.exp(np.clip(32 + 8 * e, -700, 700)))
    assert float(NUMBERS["push_other"]()) == pytest.approx(8 * (1 - D).mean(), rel=0.01)
    assert NUMBERS["push_saturating"]() == number(8 * D.mean(), 2) == "0.00039"
