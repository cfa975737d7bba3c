import math

import numpy as np
import pytest
from scipy.optimize import minimize

from core.experiments.adversarial import norms_claims as claims
from core.experiments.adversarial.norms import BALLS, norms

RNG = np.random.default_rng(0)
PAIRS = [dict(zip(("x1", "x2", "y1", "y2"), row)) for row in RNG.uniform(-2, 2, (12, 4)).tolist()]
EXPONENTS = (1.0, 1.2, 2.0, 3.0, 20.0, math.inf)


def at(p, **values):
    return norms(**values, **({"infinite": True} if math.isinf(p) else {"p": p}))


def the(run, words):
    (found,) = (c for c in claims.checks(run) if words in c.claim)
    return found


def test_sizes_by_hand():
    run = norms(p=3.0, x1=3.0, x2=-4.0, y1=1.0, y2=0.5)
    assert run.size == pytest.approx((27 + 64) ** (1 / 3), rel=1e-12)
    assert run.q == 1.5 and run.dual == pytest.approx((1 + 0.5**1.5) ** (2 / 3), rel=1e-12)
    assert run.product == 3 - 2
    half = norms(p=0.5, x1=1.0, x2=4.0)
    assert half.size == (1 + 2) ** 2 and half.both == 4 and not half.convex
    assert at(math.inf, x1=-3.0, x2=2.0).size == 3 and at(math.inf).q == 1 and at(1.0).q == math.inf


@pytest.mark.parametrize("p", EXPONENTS)
@pytest.mark.parametrize("values", PAIRS[:4])
def test_the_dual_size_is_the_largest_product_over_the_ball(p, values):
    """Searched over all directions, and reached at the marked point."""
    run = at(p, **values)
    t = np.linspace(0, 2 * np.pi, 200_001)
    rim = np.stack([np.cos(t), np.sin(t)], 1)
    rim /= np.linalg.norm(rim, p, axis=1)[:, None]
    y = run.y.numpy()
    assert (rim @ y).max() == pytest.approx(run.dual, rel=1e-6)
    assert np.linalg.norm(run.best_x, p) == pytest.approx(1, rel=1e-12)
    assert float(run.best_x @ run.y) == pytest.approx(run.dual, rel=1e-12)
    assert float(run.best_y @ run.x) == pytest.approx(run.size, rel=1e-12)


@pytest.mark.parametrize("p", EXPONENTS)
def test_hoelder_holds_and_is_tight_for_powers_of_x(p):
    for values in PAIRS:
        assert at(p, **values).share <= 1 + 1e-12
    if 1 < p < math.inf:
        x = np.array([1.3, -0.4])
        y = np.sign(x) * np.abs(x) ** (p - 1)
        run = at(p, x1=x[0], x2=x[1], y1=y[0], y2=y[1])
        assert run.share == pytest.approx(1, rel=1e-12)
        assert "Hölder is tight" in claims.says(run)


def test_the_triangle_fails_exactly_below_one():
    for p in (0.3, 0.5, 0.9, 1.0, 1.1, 2.0, 20.0):
        run = norms(p=p)
        assert run.both == pytest.approx(2 ** (1 / p), rel=1e-12)
        assert (run.both > 2 + 1e-9) == (p < 1) == (not run.convex)
        assert the(run, "triangle").applies == (p >= 1)
        assert the(run, "E-78").applies == (p < 1)
        assert ("gives no norm" in claims.says(run)) == (p < 1)


@pytest.mark.parametrize("values", PAIRS)
def test_nearest_points_against_a_search_on_the_rim(values):
    run = norms(**values)
    x = run.x.numpy()
    t = np.linspace(0, 2 * np.pi, 400_001)
    for ball, point in zip(BALLS, run.nearest.numpy()):
        if np.linalg.norm(x, ball) <= 1:
            assert (point == x).all()
            continue
        rim = np.stack([np.cos(t), np.sin(t)], 1)
        rim /= np.linalg.norm(rim, ball, axis=1)[:, None]
        least = np.linalg.norm(rim - x, axis=1).min()
        assert np.linalg.norm(point - x) == pytest.approx(least, abs=1e-7)
        assert np.linalg.norm(point, ball) == pytest.approx(1, rel=1e-12)


def test_the_diamond_takes_the_same_from_both_entries_and_stops_at_zero():
    assert norms(x1=1.5, x2=0.3).nearest[0].tolist() == [1, 0]
    np.testing.assert_allclose(norms(x1=1.2, x2=-0.5).nearest[0], [0.85, -0.15], rtol=1e-12)
    found = minimize(
        lambda z: ((z - [1.2, -0.5]) ** 2).sum(), [0.5, -0.2], method="SLSQP",
        constraints={"type": "ineq", "fun": lambda z: 1 - np.abs(z).sum()},
    )  # fmt: skip
    np.testing.assert_allclose(found.x, [0.85, -0.15], atol=1e-6)


def test_a_moved_nearest_point_turns_the_check_red():
    run = norms(x1=1.2, x2=0.5)
    for k, off in enumerate(([0.02, -0.02], [-0.01, 0.03], [0.0, 0.1])):
        moved = run.nearest.clone()
        moved[k] += run.x.new_tensor(off)
        assert the(run, "nearest").holds and not the(run._replace(nearest=moved), "nearest").holds


@pytest.mark.parametrize("p", [0.3, 1.0, 2.0, 20.0, math.inf])
@pytest.mark.parametrize("size", [1e-120, 4e5])
def test_large_and_small_vectors_neither_overflow_nor_vanish(p, size):
    run = at(p, x1=size, x2=-2 * size, y1=size, y2=size)
    plain = at(p, x1=1.0, x2=-2.0, y1=1.0, y2=1.0)
    assert run.size == pytest.approx(size * plain.size, rel=1e-12)
    assert run.share == pytest.approx(plain.share, rel=1e-9)
    assert all(c.holds for c in claims.checks(run) if c.applies)


def test_a_vector_that_is_zero_and_an_exponent_that_is_none():
    run = norms(x1=0.0, x2=0.0)
    assert run.size == 0 and all(c.holds for c in claims.checks(run) if c.applies)
    assert "is 0" in claims.says(run)
    for p in (0.0, -1.0, math.inf):
        with pytest.raises(ValueError, match="expected p"):
            norms(p=p)
