"""Against scipy: minima, multipliers, the law of the ratios, a remainder."""

import math

import pytest
import torch

from core.convexity import PAIRS, exact_gradient, lagrange, minimum, ratio_density, shape, taylor

pytestmark = pytest.mark.peer


def test_minimum_by_brent():
    from scipy.optimize import minimize_scalar

    for name, bounds in (("waves", (2.0, 4.0)), ("lines", (-3.0, 1.0)), ("sine", (3.0, 6.0))):
        f = shape(name)
        peer = minimize_scalar(lambda t, f=f: float(f(t)), bounds=bounds, method="bounded")
        assert minimum(f, *bounds).x == pytest.approx(peer.x, abs=1e-4)
        assert minimum(f, *bounds).value <= peer.fun + 1e-12


@pytest.mark.parametrize("name", ["sum", "product", "distance"])
def test_multipliers_by_slsqp(name):
    from scipy.optimize import minimize

    pair, begin, c = PAIRS[name], torch.tensor([1.0, 0.6], dtype=torch.float64), 1.3
    sign = 1 if name == "distance" else -1  # the others have their maximum here
    level = {"type": "eq", "fun": lambda p: float(pair.g(torch.tensor(p))) - c}
    peer = minimize(
        lambda p: sign * float(pair.f(torch.tensor(p))), begin, method="SLSQP", tol=1e-12,
        constraints=[level],
    )  # fmt: skip
    found = lagrange(pair.f, pair.g, c, begin)
    assert found.point.tolist() == pytest.approx(peer.x.tolist(), abs=1e-5)


def test_the_law_of_the_ratios():
    from scipy.stats import beta

    t = torch.linspace(0.01, 0.99, 99, dtype=torch.float64)
    for d in (2, 3, 50, 200):
        peer = torch.from_numpy(beta.pdf(t.numpy(), 0.5, (d - 1) / 2))
        assert torch.allclose(ratio_density(t, d), peer, rtol=1e-9)


def test_a_remainder_and_an_expectation_by_quadrature():
    from scipy.integrate import quad

    for n in (1, 4):
        peer, _ = quad(lambda t, n=n: math.sin(t + (n + 1) * math.pi / 2) * (2 - t) ** n, 0.5, 2)
        assert taylor(torch.sin, 0.5, n, 2.0).remainder == pytest.approx(
            peer / math.factorial(n), rel=1e-9
        )
    density = lambda z: math.exp(-z * z / 2) / math.sqrt(2 * math.pi)  # noqa: E731
    peer, _ = quad(lambda z: (math.cos(0.4 + z) * z) ** 2 * density(z), -12, 12)
    mean, _ = quad(lambda z: math.cos(0.4 + z) * z * density(z), -12, 12)
    exact = exact_gradient(0.4, torch.cos)
    assert exact.gradient == pytest.approx(mean, rel=1e-9)
    assert exact.score_variance == pytest.approx(peer - mean**2, rel=1e-9)
