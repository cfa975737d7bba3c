import math

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from core.convexity import PAIRS, gradient, lagrange, slant
from core.experiments.convexity import walk_claims as claims
from core.experiments.convexity.walk import AIMS, KINDS, best, curve, walk

STARTS = {"sum": (1.0, 0.6), "product": (0.9, 0.6), "distance": (1.4, 0.9), "cusp": (0.9, 0.1)}


def test_the_slope_and_the_circle_by_hand():
    run = walk()
    np.testing.assert_allclose(run.best, [math.sqrt(0.5)] * 2, rtol=1e-15)
    assert run.best_value == pytest.approx(math.sqrt(2), rel=1e-15)
    assert run.multiplier == pytest.approx(1 / math.sqrt(2), rel=1e-15)
    assert (run.f_slope.tolist(), run.g_slope.tolist()) == ([1, 1], [2, 0])
    assert run.along.tolist() == [0, 1] and run.angle == pytest.approx(45)
    assert claims.raised("sum", 1.0) == pytest.approx(math.sqrt(2.2) - math.sqrt(2))


@pytest.mark.parametrize("pair", KINDS)
@pytest.mark.parametrize("c", [0.3, 1.0, 2.4])
def test_newton_finds_the_same_point_and_multiplier(pair, c):
    run = walk(pair, c)
    found = lagrange(PAIRS[pair].f, PAIRS[pair].g, c, torch.tensor(STARTS[pair]) * math.sqrt(c))
    np.testing.assert_allclose(found.point, run.best, atol=1e-8)
    assert found.multiplier == pytest.approx(run.multiplier, rel=1e-8)


@pytest.mark.parametrize("pair", KINDS)
def test_a_solver_that_knows_no_multiplier_agrees(pair):
    side = -1 if AIMS[pair] == "largest" else 1

    def function(h, sign):
        return {
            "fun": lambda p: sign * float(h(torch.from_numpy(p))),
            "jac": lambda p: sign * gradient(h, torch.from_numpy(p)).numpy(),
        }

    for c in (0.5, 2.0):
        f = function(PAIRS[pair].f, side)
        on = function(lambda p, c=c: PAIRS[pair].g(p) - c, 1)
        found = minimize(
            **f, x0=np.array(STARTS[pair]), method="SLSQP", constraints={"type": "eq", **on},
            options={"ftol": 1e-12, "maxiter": 1000},
        )  # fmt: skip
        assert side * found.fun == pytest.approx(walk(pair, c).best_value, abs=1e-6)


@pytest.mark.parametrize("pair", KINDS)
def test_the_curve_is_the_level_and_the_price_its_derivative(pair):
    t, c = torch.linspace(-1, 1, 41), 1.7
    np.testing.assert_allclose(PAIRS[pair].g(curve(pair, c, t)), c, atol=1e-12)
    levels = torch.tensor([c - 1e-5, c + 1e-5], dtype=torch.float64)
    slope = float(best(pair, levels).diff()) / 2e-5
    assert slope == pytest.approx(walk(pair, c).multiplier, abs=1e-5)


@pytest.mark.parametrize(("pair", "count"), [("sum", 2), ("product", 4), ("distance", 2)])
def test_all_parallel_places_are_changes_of_the_sine(pair, count):
    assert len(walk(pair).parallel) == count
    t = torch.linspace(-1, 1, 4001) + 1e-4
    signs = slant(PAIRS[pair].f, PAIRS[pair].g, curve(pair, 1.0, t)).sign()
    assert int((signs.diff() != 0).sum()) * (2 if pair == "distance" else 1) == count


def test_the_part_along_the_curve_is_the_change_of_f():
    for pair in KINDS:
        for t in (-0.7, 0.13, 0.6):
            run = walk(pair, 1.3, t)
            ends = curve(pair, 1.3, torch.tensor([t - 1e-6, t + 1e-6], dtype=torch.float64))
            way = ends.diff(dim=0)[0]
            change = float(PAIRS[pair].f(ends).diff()) / float(way.norm())
            assert abs(change) == pytest.approx(float(run.along.norm()), abs=1e-5)
            assert change * float(run.along @ way) >= 0


def test_at_the_sharp_end_there_is_no_multiplier():
    run = walk("cusp", 0.0)
    assert run.multiplier is None and run.angle is None and run.best.tolist() == [0, 0]
    found = claims.checks(run, pair="cusp", c=0.0, t=0.0)
    (silent,) = (c for c in found if "∇f = γ∇g and g" in c.claim)
    (said,) = (c for c in found if "without a multiplier" in c.claim)
    assert not silent.applies and "∇g = 0" in silent.why
    assert said.applies and said.holds
    assert "no γ" in claims.says(run, pair="cusp", c=0.0)
    # γ grows without bound on the way there
    assert walk("cusp", 0.001).multiplier == pytest.approx(100 / 3)


def test_sentences_follow_the_walker():
    for t, words in (
        (0.25, "extremum that is sought"),
        (-0.25, "another extremum"),
        (0.1, "apart"),
    ):
        assert words in claims.says(walk("product", 1.0, t), pair="product", c=1.0)
    assert "not determined" in claims.says(walk("product", 0.0), pair="product", c=0.0)


def test_a_wrong_price_or_place_turns_a_check_red():
    for pair in KINDS:
        run = walk(pair, 1.0, 0.2)
        wrong = {
            "multiplier": -run.multiplier, "best": run.best + 0.1, "best_value": -run.best_value,
            "parallel": run.parallel[1:], "f_slope": -run.f_slope, "g_slope": -run.g_slope,
        }  # fmt: skip
        for field, value in wrong.items():
            off = run._replace(**{field: value})
            found = claims.checks(off, pair=pair, c=1.0, t=0.2)
            assert any(c.applies and not c.holds for c in found), (pair, field)
        assert all(c.holds for c in claims.checks(run, pair=pair, c=1.0, t=0.2) if c.applies)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"pair": "ball"}, "expected pair"),
        ({"c": -1.0}, r"expected c in \[0, 2.5\], got -1"),
        ({"c": 1e-4}, "expected c to be 0 or at least 0.001"),
        ({"t": 1.5}, "expected t in"),
        ({"t": math.nan}, "expected t in"),
    ],
)
def test_what_is_no_place_is_refused_by_name(values, words):
    with pytest.raises(ValueError, match=words):
        walk(**values)
