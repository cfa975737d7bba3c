import math

import numpy as np
import pytest
import torch
from scipy import stats

from core.experiments.flows import warp_claims as claims
from core.experiments.flows.warp import OWN, outcome, shape, warp
from core.flows import draw, line_law
from core.rng import generator
from core.signature import call

GIVEN = {
    "map": "affine", "alpha": 2.0, "beta": 0.0, "heights": OWN, "smooth": False, "base": "normal",
    "z": 1.0,
}  # fmt: skip
LAWS = ("normal", "uniform", "exponential", "two")
FOLDED = "-3 -2 -1 2 1 3 4"
ODD = (
    OWN, FOLDED, "3 2 1 0 -1 -2 -3", "0 0 0 0 0 0 0", "-1 -1 0 1 2 3 4", "-3 -2 -1 0 0 1 2",
    "-3 -2 -1 0 1 2 2", "1 -1 1 -1 1 -1 1", "-8 8 -8 8 -8 8 -8", "0 1 2 3 2 1 0", "8 7 6 5 5 6 7",
)  # fmt: skip


def checked(**values):
    run = warp(**values)
    return run, call(claims.checks, run, values=GIVEN | values)


def spoken(run, **values):
    return call(claims.says, run, values=GIVEN | values)


def phi(z):
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def test_twice_as_wide_is_half_as_high_by_hand():
    run = warp()
    assert (run.point.x, run.point.slope) == (2, 2)
    assert run.point.height == pytest.approx(phi(1), rel=1e-15)
    assert run.point.density == pytest.approx(phi(1) / 2, rel=1e-15)
    assert (round(run.total, 9), round(run.forgotten, 9)) == (1, 2)
    np.testing.assert_allclose(run.density, stats.norm(0, 2).pdf(run.x), rtol=1e-12)


@pytest.mark.parametrize("base", LAWS)
@pytest.mark.parametrize("alpha", [-3.0, -0.5, 0.01, 1.0, 2.5])
def test_the_straight_map_has_the_density_of_the_other_library(base, alpha):
    run = warp(alpha=alpha, beta=1.5, base=base)
    at, size = 1.5, abs(alpha)
    mean = {
        "normal": stats.norm(at, size).pdf,
        "uniform": stats.uniform(at - 2 * size, 4 * size).pdf,
        "exponential": lambda x: stats.expon(0, size).pdf((x - at) * np.sign(alpha)),
        "two": lambda x: (stats.norm(at - 2 * alpha, size / 2).pdf(x)
                          + stats.norm(at + 2 * alpha, size / 2).pdf(x)) / 2,
    }[base]  # fmt: skip
    np.testing.assert_allclose(run.density[1:-1], mean(run.x.numpy()[1:-1]), rtol=1e-7, atol=1e-12)
    assert run.forgotten == pytest.approx(size, rel=1e-6)
    assert run.total == pytest.approx(1, abs=1e-6)


def test_areas_by_closed_forms():
    assert warp(map="sinh").forgotten == pytest.approx(math.exp(1 / 8), rel=1e-9)
    assert round(warp(map="sinh").forgotten, 4) == 1.1331
    own = [float(each) for each in OWN.split()]
    slopes, cdf = np.diff(own), stats.norm.cdf([-np.inf, -2, -1, 0, 1, 2, np.inf])
    assert warp(map="knots").forgotten == pytest.approx(slopes @ np.diff(cdf), rel=1e-6)
    # E |2 Z| over z > 0
    assert warp(map="square").forgotten == pytest.approx(2 * phi(0), rel=1e-6)


@pytest.mark.parametrize(("base", "mass"), [("normal", 0.5), ("exponential", 1.0), ("two", 0.5)])
def test_the_square_gives_the_formula_one_half_of_the_line(base, mass):
    run = warp(map="square", base=base)
    assert run.turns.tolist() == [0] and not run.is_flow
    assert run.total == pytest.approx(mass, abs=1e-6)


def test_a_fold_is_named_with_its_place():
    run = warp(map="knots", heights=FOLDED)
    assert run.turns.tolist() == [0, 1]
    assert run.total == pytest.approx(stats.norm.sf(1), abs=1e-6)
    assert "sign at z = 0:" in spoken(run, map="knots") and "z > 1" in spoken(run, map="knots")
    flat = warp(map="knots", heights="-3 -2 -1 0 0 1 2")
    assert flat.turns.tolist() == [0, 1]
    assert "flat from z = 0 on" in spoken(flat, map="knots")
    start = warp(map="knots", heights="-1 -1 0 1 2 3 4")
    assert "flat up to z = −2" in spoken(start, map="knots")
    level = warp(map="knots", heights="2 2 2 2 2 2 2")
    assert level.total == level.forgotten == 0 and "flat from" in spoken(level, map="knots")
    assert "α = 0 puts all mass on the point" in spoken(warp(alpha=0.0), alpha=0.0)
    assert "sign at z = 0:" in spoken(warp(map="square"), map="square")


@pytest.mark.parametrize("heights", ODD)
def test_every_drawn_map_keeps_its_checks(heights):
    for base, smooth in (("normal", True), ("uniform", False), ("exponential", False)):
        for z in (-3.0, 0.3):
            run, found = checked(map="knots", heights=heights, smooth=smooth, base=base, z=z)
            assert all(check.holds for check in found if check.applies)
            assert spoken(run, map="knots", base=base)


@pytest.mark.parametrize("heights", [OWN, FOLDED, "0 1 2 3 2 1 0"])
def test_what_comes_out_is_the_histogram_of_samples(heights):
    f, law = shape("knots", 1.0, 0.0, heights, False), line_law("two")
    x = f.forward(draw(law, 40_000, generator=generator(1)))
    borders = torch.linspace(-6, 6, 25, dtype=torch.float64)
    counted = torch.histogram(x, borders)[0] / 40_000 / borders.diff()
    wanted = outcome(f, "two", borders)
    assert float((counted - wanted).abs().max()) < 6 * 0.0025 / 0.5
    whole = outcome(f, "two", torch.tensor([-30.0, 30.0]).double())
    assert float(whole) * 60 == pytest.approx(1, abs=1e-9)


def test_a_smooth_map_has_a_density_without_jumps():
    rough, smooth = (warp(map="knots", smooth=each) for each in (False, True))
    jump = [
        float(run.density.log().diff().abs()[run.z.diff() < 1e-6].max()) for run in (rough, smooth)
    ]
    assert jump[0] > 0.5 and jump[1] < 1e-6


def test_strips_keep_their_mass():
    for values in ({}, {"map": "sinh"}, {"map": "knots"}, {"base": "exponential", "alpha": -1.0}):
        run = warp(**values)
        law = line_law(values.get("base", "normal"))
        np.testing.assert_allclose(law.cdf(run.borders).diff(), 1 / 8, rtol=1e-9)


def test_the_printed_factor_and_the_printed_place_go_wrong():
    """E-08 for a negative α, E-68 for a curved map."""
    _, found = checked(alpha=-2.0, base="exponential")
    (sign,) = (c for c in found if "E-08" in c.claim)
    assert sign.applies and sign.lhs == pytest.approx(-1, abs=1e-9)
    assert not any(c.applies for c in checked(alpha=2.0)[1] if "E-08" in c.claim)
    for base in LAWS:
        _, found = checked(map="sinh", base=base)
        (place,) = (c for c in found if "E-68" in c.claim)
        assert place.applies and place.holds
    # by a sum over z: E |f′(z)| / |f′(f(z))|
    z = np.linspace(-9, 9, 20_001)
    ratio = np.cosh(z / 2) / np.cosh(np.sinh(z / 2) + 0.5)
    wanted = np.trapezoid(stats.norm.pdf(z) * ratio, z)
    (place,) = (c for c in checked(map="sinh")[1] if "E-68" in c.claim)
    assert place.lhs == pytest.approx(abs(wanted - 1), rel=1e-6)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"map": "cube"}, "expected map"),
        ({"alpha": 1e-9}, "expected alpha to be 0 or at least 0.001"),
        ({"alpha": 4.0}, "expected alpha in"),
        ({"z": math.nan}, "expected z in"),
        ({"map": "knots", "heights": "1 2 3"}, "expected heights to be 7 numbers, got 3"),
        ({"map": "knots", "heights": "1 2 3 4 5 6 99"}, r"expected heights in \[-8, 8\], got 99"),
        ({"map": "knots", "heights": "1 2 3 4 5 6 6.0001"}, "expected heights with steps of 0"),
        ({"map": "knots", "heights": "x 2 3 4 5 6 7"}, "finite number in row 1, column 1"),
    ],
)
def test_what_is_no_map_is_refused_by_name(values, words):
    with pytest.raises(ValueError, match=words):
        warp(**values)
