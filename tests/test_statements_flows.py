"""What the statements on flows quote is so, and what they say of determinants."""

import math

import pytest
import torch
from scipy.integrate import quad
from torch.autograd.functional import jacobian

from core.flows import gaussian, law, nll, sample, split, train
from core.rng import generator
from core.statements import load
from tests.said import cells, why


def bell(z: float) -> float:
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def back(x: float) -> float:
    """z of x = 2 sinh(z/2) + 1, whose slope is cosh(z/2)."""
    return 2 * math.asinh((x - 1) / 2)


def test_a_scaled_density_with_the_sign_of_alpha_is_negative():
    """E-08: Y ~ Exp(1), α = −2, so that −2 Y lives on z ≤ 0."""
    totals = [quad(lambda z: math.exp(z / 2) / a, -100, 0)[0] for a in (-2, abs(-2))]  # noqa: B023
    torch.testing.assert_close(totals, [-1.0, 1.0])
    assert "integrates to $-1$" in why("PROB-19")


def test_the_slope_at_x_in_place_of_z_makes_no_density():
    """E-68."""
    literal = quad(lambda x: bell(back(x)) / math.cosh(x / 2), -60, 60, limit=400)[0]
    right = quad(lambda x: bell(back(x)) / math.cosh(back(x) / 2), -60, 60, limit=400)[0]
    assert math.isclose(right, 1, abs_tol=1e-8) and f"${literal:.4f}$" == "$0.9036$"
    assert "$0.9036$" in why("FLOW-03")


def test_without_the_determinant_twice_the_width_is_twice_the_mass():
    assert math.isclose(quad(lambda x: bell(x / 2), -40, 40)[0], 2, abs_tol=1e-9)
    assert "integrates to $2$" in " ".join(load()["FLOW-02"].statement.split())


def layer(x: torch.Tensor) -> torch.Tensor:
    """D = 4, d = 2, s = (0.3, −0.5) at every x, and a t that bends."""
    s = torch.tensor([0.3, -0.5]).double()
    t = torch.stack([x[0] * x[1], x[0].sin()])
    return torch.cat([x[:2], x[2:] * s.exp() + t])


def test_the_product_runs_over_the_components_of_s():
    """E-69."""
    x = torch.randn(4, generator=generator(0), dtype=torch.float64)
    J = jacobian(layer, x)
    assert not J[:2, 2:].any() and bool(J[2:, :2].any())
    assert f"$e^{{-0.2}}={float(J.det()):.4f}$" in why("FLOW-05")
    torch.testing.assert_close(float(J.det()), math.exp(-0.2))


def test_logarithms_of_determinants_add_along_a_chain():
    x = torch.randn(4, generator=generator(1), dtype=torch.float64)
    whole = jacobian(lambda x: layer(layer(x).flip(0).sinh()), x)
    parts = [jacobian(layer, x), layer(x).flip(0).cosh().diag(), jacobian(layer, x)]
    logs = [float(part.det().abs().log()) for part in parts]
    torch.testing.assert_close(float(whole.det().abs().log()), sum(logs))


def test_a_likelihood_is_an_entropy_and_a_divergence():
    """FLOW-06 for p = N(0, 1), p_x = N(1, 2²), all three by quadrature."""

    def model(x: float) -> float:
        return bell((x - 1) / 2) / 2

    loss = quad(lambda x: -bell(x) * math.log(model(x)), -12, 12)[0]
    entropy = quad(lambda x: -bell(x) * math.log(bell(x)), -12, 12)[0]
    apart = quad(lambda x: bell(x) * math.log(bell(x) / model(x)), -12, 12)[0]
    assert apart > 0.4 and math.isclose(loss, entropy + apart, abs_tol=1e-8)


def test_the_slope_of_a_determinant():
    """MC-22, a determinant below 0 too."""
    X = torch.tensor([[0.0, 2.0], [1.0, 3.0]], dtype=torch.float64, requires_grad=True)
    assert X.det() < 0
    (slope,) = torch.autograd.grad(X.det().abs().log(), X)
    torch.testing.assert_close(slope, torch.tensor([[-1.5, 0.5], [1.0, 0.0]]).double())
    (slope,) = torch.autograd.grad(X.det(), X)
    torch.testing.assert_close(slope, -2 * torch.tensor([[-1.5, 0.5], [1.0, 0.0]]).double())


def test_the_table_of_the_theory_is_what_training_reaches():
    """One seed of three, 600 steps, and the floor from fresh points."""
    (row,) = [row for row in cells("flows") if row[0].startswith(r"$-\mathbb E\ln p_x$")]
    normal, *layers, floor = [float(cell) for cell in row[1:]]
    for count, told in zip((1, 2, 4), layers, strict=False):
        *_, last = train("moons", count, 600)
        assert last.validation == pytest.approx(told, abs=0.06), count
    points, held = split("moons", generator=generator(0))
    assert nll(gaussian(points), held) == pytest.approx(normal, abs=0.03)
    fresh = sample("moons", 20_000, generator=generator(9))
    assert -float(law("moons").log_density(fresh).mean()) == pytest.approx(floor, abs=0.03)
