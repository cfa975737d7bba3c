"""Taylor's formula: the curriculum's ξ, closed forms, and bounds on random functions."""

import math

import pytest
import torch

from core.convexity import SERIES, derivatives, own, shape, taylor
from core.rng import generator


def test_the_curriculums_places():
    found = [taylor(torch.exp, 0.0, n, 1.0).xi for n in range(4)]
    assert found == pytest.approx([0.5413, 0.3623, 0.2698, 0.2141], abs=5e-5)
    # e^ξ = (n + 1)! (e − Σ 1/k!)
    for n, xi in enumerate(found):
        rest = math.e - math.fsum(1 / math.factorial(k) for k in range(n + 1))
        assert xi == pytest.approx(math.log(math.factorial(n + 1) * rest), abs=1e-12)


@pytest.mark.parametrize("name", SERIES)
@pytest.mark.parametrize("order", [0, 1, 2, 5, 8])
def test_remainder_bound_and_place(name, order):
    f = shape(name)
    for a, x in ((0.0, 1.0), (0.3, -0.6), (-0.5, 1.9), (1.0, 0.9), (0.0, 1e-4)):
        value, remainder, bound, xi = taylor(f, a, order, x)
        direct = float(f(x)) - value
        assert remainder == pytest.approx(direct, abs=1e-12, rel=1e-12)
        assert abs(remainder) <= bound * (1 + 1e-12)
        assert min(a, x) < xi < max(a, x)
        last = float(derivatives(f, xi, order + 1)[-1])
        again = last / math.factorial(order + 1) * (x - a) ** (order + 1)
        assert again == pytest.approx(remainder, rel=1e-9, abs=1e-15 * bound)


def test_a_remainder_below_the_rounding_of_the_difference():
    tiny = taylor(torch.exp, 0.0, 8, 1e-4)
    assert tiny.remainder == pytest.approx(1e-36 / math.factorial(9) * (1 + 1e-5), rel=1e-9)
    assert tiny.xi == pytest.approx(1e-5, rel=1e-4)  # a tenth of the way


def test_more_terms_do_not_always_help():
    for name, x in (("log1p", 1.5), ("runge", 1.2)):
        rests = [abs(taylor(shape(name), 0.0, n, x).remainder) for n in (2, 4, 6, 8)]
        assert rests == sorted(rests) and rests[-1] > 1
    rests = [abs(taylor(torch.exp, 0.0, n, 2.0).remainder) for n in range(9)]
    assert rests == sorted(rests, reverse=True)


def test_edge_cases():
    assert taylor(torch.sin, 0.5, 3, 0.5) == (math.sin(0.5), 0.0, 0.0, 0.5)
    assert taylor(shape("square"), 0.0, 1, 2.0)[1:] == pytest.approx((4.0, 4.0, 1.0))  # any ξ
    assert taylor(shape("square"), 0.0, 4, 2.0) == (4.0, 0.0, 0.0, 1.0)
    corner = taylor(torch.abs, -1.0, 0, 2.0)
    assert corner == (1.0, 1.0, 3.0, None)  # the slopes are −1 and 1, none of them 1/3
    pole = taylor(lambda x: 1 / x, -1.0, 1, 1.0)
    assert pole.remainder == 4.0 and pole.xi is None and pole.bound == math.inf


def test_several_places_give_the_nearest():
    found = taylor(torch.sin, 0.0, 0, 4 * math.pi)  # cos ξ = 0
    assert found.xi == pytest.approx(math.pi / 2, abs=1e-9)


def test_no_common_place_for_a_vector():
    """(cos t, sin t) on [0, 2π]: −sin ξ = 0 and cos ξ = 0 have no common solution (E-06)."""
    x = taylor(torch.cos, 0.0, 0, 2 * math.pi)
    y = taylor(torch.sin, 0.0, 0, 2 * math.pi)
    assert abs(math.cos(x.xi)) > 0.99 and abs(math.sin(y.xi)) > 0.99


def test_random_polynomials_are_met_at_their_degree():
    for seed in range(5):
        c = torch.randn(6, generator=generator(seed), dtype=torch.float64).tolist()

        def f(x, c=c):
            return sum(each * x**k for k, each in enumerate(c))

        found = taylor(f, 0.7, 4, -1.1)
        assert found.remainder == pytest.approx(c[5] * (-1.8) ** 5, rel=1e-9)
        assert taylor(f, 0.7, 5, -1.1).remainder == pytest.approx(0.0, abs=1e-12)


def test_refusals():
    with pytest.raises(ValueError, match="order"):
        taylor(torch.exp, 0.0, -1, 1.0)
    with pytest.raises(ValueError, match="order"):
        taylor(torch.exp, 0.0, 9, 1.0)
    with pytest.raises(ValueError, match=r"x in \(-1, inf\)"):
        taylor(shape("log1p"), 0.0, 2, -1.5)
    with pytest.raises(ValueError, match="expected x where f"):
        taylor(own("log(x)").f, 1.0, 2, -0.5)
    with pytest.raises(ValueError, match="expected a where f"):
        taylor(own("sqrt(x)").f, 0.0, 2, 1.0)
