"""Multipliers by hand, by finite differences and by walking around the curve."""

import math

import pytest
import torch

from core.convexity import PAIRS, bending, gradient, lagrange, onto, slant
from core.rng import generator


def at(*x):
    return torch.tensor(x, dtype=torch.float64)


def residual(pair, c, found):
    f, g = gradient(pair.f, found.point), gradient(pair.g, found.point)
    off = (f - found.multiplier * g).abs().max()
    return max(float(off), abs(float(pair.g(found.point)) - c))


@pytest.mark.parametrize("c", [0.5, 1.0, 4.0])
def test_sum_on_a_circle(c):
    f, g = PAIRS["sum"].f, PAIRS["sum"].g
    top, bottom = lagrange(f, g, c, at(1.0, 0.2)), lagrange(f, g, c, at(-1.0, 0.2))
    assert float(f(top.point)) == pytest.approx(math.sqrt(2 * c), rel=1e-12)
    assert top.multiplier == pytest.approx(1 / math.sqrt(2 * c), rel=1e-12)  # df*/dc
    assert bottom.multiplier == pytest.approx(-top.multiplier)
    assert float(bending(f, g, top)) < 0 < float(bending(f, g, bottom))
    assert residual(PAIRS["sum"], c, top) < 1e-9


@pytest.mark.parametrize("name", ["sum", "product", "distance"])
def test_random_starts_end_at_stationary_points(name):
    pair, kinds = PAIRS[name], set()
    for seed in range(6):
        start = torch.randn(2, generator=generator(seed), dtype=torch.float64)
        found = lagrange(pair.f, pair.g, 1.3, start)
        assert residual(pair, 1.3, found) < 1e-9
        assert abs(float(slant(pair.f, pair.g, found.point))) < 1e-9
        kinds.add(float(bending(pair.f, pair.g, found)) > 0)
    assert len(kinds) == (1 if name == "distance" else 2)  # E-34: whatever is stationary is found


@pytest.mark.parametrize("name", ["sum", "product", "distance"])
def test_the_shadow_price(name):
    f, g = PAIRS[name].f, PAIRS[name].g
    start, c, h = at(1.0, 0.7), 1.7, 1e-4
    values = [float(f(lagrange(f, g, c + s * h, start).point)) for s in (-1, 1)]
    gamma = lagrange(f, g, c, start).multiplier
    assert (values[1] - values[0]) / (2 * h) == pytest.approx(gamma, abs=1e-5)


def test_the_walk_around_the_circle():
    f, g = PAIRS["product"].f, PAIRS["product"].g
    turn = torch.linspace(0.01, 2 * math.pi + 0.01, 3601, dtype=torch.float64)
    walk = torch.stack([turn.cos(), turn.sin()], 1)
    sine, rising = slant(f, g, walk), f(walk).diff() > 0
    # counterclockwise the curve grows where ∇f lies to the left of ∇g
    middle = slant(f, g, (walk[1:] + walk[:-1]) / 2)
    assert torch.equal(rising, middle < 0)
    assert int((sine[1:] * sine[:-1] < 0).sum()) == 4


def test_scales_do_not_matter():
    f, g = PAIRS["sum"].f, PAIRS["sum"].g
    for big in (1e-8, 1e8):
        found = lagrange(lambda p, k=big: k * f(p), g, 1.0, at(1.0, 0.2))
        assert found.multiplier == pytest.approx(big / math.sqrt(2), rel=1e-9)
        found = lagrange(f, lambda p, k=big: k * g(p), big, at(1.0, 0.2))
        assert found.multiplier == pytest.approx(1 / big / math.sqrt(2), rel=1e-9)


def test_three_dimensions():
    """The largest linear function on an ellipsoid: x = A⁻¹b / √(bᵀA⁻¹b), γ = √(bᵀA⁻¹b)/2."""
    b, d = at(1.0, -2.0, 0.5), at(1.0, 4.0, 9.0)
    found = lagrange(lambda p: p @ b, lambda p: (d * p * p).sum(-1), 1.0, b)
    size = float((b * b / d).sum().sqrt())
    assert torch.allclose(found.point, b / d / size)
    assert found.multiplier == pytest.approx(size / 2)
    assert (bending(lambda p: p @ b, lambda p: (d * p * p).sum(-1), found) < 0).all()


def test_no_multiplier_at_a_cusp():
    cusp = PAIRS["cusp"]
    for start in (at(1.0, 0.2), at(0.3, -1.0), at(2.0, 2.0)):
        found = lagrange(cusp.f, cusp.g, 0.0, start)
        assert found.multiplier is None and "∇g = 0" in found.why
        assert found.point.norm() < 1e-4
    with pytest.raises(ValueError, match="multiplier"):
        bending(cusp.f, cusp.g, found)
    regular = lagrange(cusp.f, cusp.g, 0.5, at(1.0, 0.2))
    assert regular.multiplier == pytest.approx(0.5 ** (-2 / 3) / 3) and regular.why == ""


def test_a_circle_of_radius_0_has_none_either():
    found = lagrange(PAIRS["sum"].f, PAIRS["sum"].g, 0.0, at(1.0, 0.2))
    assert found.multiplier is None and found.point.norm() < 1e-4


def test_onto_the_curve():
    g = PAIRS["sum"].g
    assert torch.allclose(onto(g, 4.0, at(3.0, 4.0)), at(1.2, 1.6))
    with pytest.raises(ValueError, match="start"):
        onto(g, -1.0, at(3.0, 4.0))


def test_refusals():
    f, g = PAIRS["sum"].f, PAIRS["sum"].g
    with pytest.raises(ValueError, match="g = -1 is reached"):
        lagrange(f, g, -1.0, at(1.0, 0.2))
    with pytest.raises(ValueError, match="c in"):
        lagrange(f, g, math.inf, at(1.0, 0.2))
    with pytest.raises(ValueError, match="start"):
        lagrange(f, g, 1.0, torch.ones(2, 2))
    with pytest.raises(ValueError, match="start"):
        lagrange(f, g, 1.0, at(math.nan, 1.0))
