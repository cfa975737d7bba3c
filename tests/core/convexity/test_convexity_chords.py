"""Chords, tangents, counter-examples and the library, against hand, grids and axioms."""

import math

import pytest
import torch

from core.convexity import (
    NAMES,
    OUTER,
    SERIES,
    TRIED,
    Shape,
    below_tangent,
    breaking_height,
    chord_gap,
    combined,
    composed,
    counterexample,
    curvatures,
    derivatives,
    larger,
    minimum,
    own,
    shape,
    smaller,
    tangent_gap,
)
from core.rng import generator

CONVEX = [name for name in NAMES if shape(name).convex]
WAVY = [name for name in NAMES if not shape(name).convex]
SMOOTH = [name for name in NAMES if name not in ("abs", "lines", "flat")]
ALL = {name: shape(name) for name in (*NAMES, *SERIES, *OUTER)}


def found(f, low, high, seed=0):
    return counterexample(f, low, high, generator(seed))


def random_pairs(f, n=4000, seed=0):
    low, high = f.view
    u = torch.rand(3, n, generator=generator(seed), dtype=torch.float64)
    return low + u[0] * (high - low), low + u[1] * (high - low), u[2]


def test_fourteen_functions_with_five_that_are_not_convex():
    assert len(NAMES) == 14
    assert WAVY == ["sine", "cubic", "well", "sine_valley", "waves"]


def test_by_hand():
    assert float(chord_gap(shape("well"), -1.0, 1.0, 0.5)) == -1.0  # curriculum: 1 > 0
    assert float(chord_gap(shape("square"), 0.0, 2.0, 0.25)) == pytest.approx(0.75)
    assert float(tangent_gap(shape("square"), -1.0, 2.0)) == 9.0
    assert float(chord_gap(lambda p: p.square().sum(-1), torch.zeros(2), torch.ones(2), 0.5)) == 0.5


@pytest.mark.parametrize("name", CONVEX)
def test_convex_ones_have_no_gap_below_zero(name):
    f = shape(name)
    x, y, lam = random_pairs(f)
    size = 1 + torch.maximum(f(x).abs(), f(y).abs())
    gap = chord_gap(f, x, y, lam)
    assert (gap >= -1e-12 * size).all()
    assert (tangent_gap(f, x, y) >= -1e-12 * size).all()
    assert found(f, *f.view) is None
    apart = ((x - y).abs() > 0.1) & (lam > 0.1) & (lam < 0.9)
    assert bool((gap[apart] > 1e-9).all()) == f.strictly or name == "softplus"


@pytest.mark.parametrize("name", WAVY)
def test_others_have_a_pair(name):
    f = shape(name)
    pair = found(f, *f.view)
    assert pair.x < pair.y
    assert float(chord_gap(f, *pair, 0.5)) < -0.5
    middle, end = below_tangent(f, pair)
    assert middle == (pair.x + pair.y) / 2 and end in pair
    assert float(tangent_gap(f, middle, end)) <= float(chord_gap(f, *pair, 0.5)) < 0
    # climbed: no pair nearby is worse
    h = 1e-3
    for dx, dy in ((h, 0), (-h, 0), (0, h), (0, -h)):
        x, y = (min(max(t, f.view[0]), f.view[1]) for t in (pair.x + dx, pair.y + dy))
        assert float(chord_gap(f, x, y, 0.5)) >= float(chord_gap(f, *pair, 0.5)) - 1e-12


def test_the_deepest_pair_of_the_double_well():
    assert found(shape("well"), -2, 2) == pytest.approx((-1, 1), abs=1e-6)
    assert found(shape("sine"), -6, 6) == pytest.approx((-math.pi / 2, 1.5 * math.pi), abs=1e-5)


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_the_threshold_has_no_units(scale):
    for s in (0.0, 3.0):
        assert found(lambda x, s=s: scale * (torch.sin(x) + s), 0, 3) is not None
        assert found(lambda x, s=s: scale * (torch.exp(x) + s), 0, 3) is None
        assert found(lambda x, s=s: scale * (3 * x + s), -3, 3) is None
    assert found(lambda x: torch.sin(x / scale), 0, 3 * scale) is not None
    assert found(lambda x: (x / scale) ** 2, -scale, 3 * scale) is None


def test_small_dents_and_rounding():
    assert found(shape("cubic"), -0.001, 2) is not None  # a dent of 1/2000 of the interval
    assert found(shape("cubic"), 0, 2) is None
    assert found(own("(x + 10^6) - 10^6").f, -3, 3) is None
    assert found(own("x + 10^-6*sin(x)").f, -3, 3) is not None
    narrow = found(own("x^2 - exp(-(x - 1.234)^2*10^6)/1000").f, -3, 3)
    assert narrow is not None
    assert found(own("sqrt(x)").f, -3, 3) is not None  # NaN on the left is left out
    assert found(own("x^1.5").f, -3, 3) is None
    assert TRIED == 128**2 + 8192


def test_every_curvature_bound_is_that_of_a_grid():
    for f in ALL.values():
        if not math.isfinite(f.mu + f.L) or f.name in ("|x|", "max(0, |x| − 1)"):
            continue
        wide = (-40, 40)
        found = curvatures(f, *wide)
        assert found.mu == pytest.approx(f.mu, abs=2e-3), f.name  # an infimum may be far out
        assert pytest.approx(f.L, rel=1e-9) == found.L, f.name


@pytest.mark.parametrize("name", SMOOTH)
def test_second_derivative_at_least_0_or_a_pair(name):
    f = shape(name)
    assert (curvatures(f, *f.view).mu >= 0) == (found(f, *f.view) is None)


def test_strongly_means_mu_above_0():
    assert [name for name in NAMES if shape(name).strongly] == ["square"]
    assert shape("sine_valley", 0.5).strongly and shape("sine_valley", 0.5).mu == 1.0


def test_the_first_derivative_is_no_test():
    assert float(derivatives(shape("square"), -1.0, 1)[1]) == -2  # E-17
    assert found(own("-exp(-x)").f, -2, 2) is not None


def test_infima_and_minimisers():
    for f in ALL.values():
        if not f.minimisers:
            continue
        for left, right in f.minimisers:
            values = f(torch.tensor([left, (left + right) / 2, right], dtype=torch.float64))
            assert values.tolist() == pytest.approx([f.least] * 3, abs=1e-15), f.name
        assert minimum(f, *f.view).value == pytest.approx(f.least, abs=1e-12), f.name
    assert shape("exp").minimisers == ()  # E-16: strictly convex, and no minimum


def test_where_functions_rise():
    for f in [*ALL.values(), shape("sine_valley", 5.0), shape("sine_valley", 6.0)]:
        if f.rises == math.inf:
            continue
        start = max(f.rises, -30.0, f.domain[0] + 1e-3)
        x = torch.linspace(start, start + 8, 4001, dtype=torch.float64)
        assert (f(x).diff() >= -1e-12).all(), f.name
        if f.rises > -30 and f.rises > f.domain[0]:
            before = f(torch.tensor([start - 1e-3, start], dtype=torch.float64))
            assert before[0] > before[1] or f.name.startswith("max(0"), f.name


def test_where_the_valley_breaks():
    at = breaking_height()
    assert at.a == pytest.approx(4.60334, abs=5e-6) and at.x == pytest.approx(2.2467, abs=5e-5)
    x = torch.linspace(0.1, 6, 600_001, dtype=torch.float64)
    assert at.a == pytest.approx(float((-2 * x / torch.sin(2 * x))[torch.sin(2 * x) < 0].min()))


# --- combinations --------------------------------------------------------------------------------


def test_nonnegative_combinations():
    square, exp = shape("square"), shape("exp")
    good = combined(square, exp, 2.0, 0.5)
    assert good.convex and good.strictly and found(good, *good.view) is None
    assert float(good(1.0)) == pytest.approx(2 + math.e / 2)
    bad = combined(square, square, 1.0, -2.0)
    assert bad.convex is None and found(bad, *bad.view) is not None
    assert combined(shape("abs"), shape("flat"), 1.0, 1.0).strictly is None


def test_maximum_and_minimum():
    up = larger(own("(x - 1)^2"), own("(x + 1)^2"))
    assert up.convex is None and found(up, *up.view) is None
    low = smaller(shape("square"), shape("shifted"))
    assert low.convex is None and found(low, *low.view) is not None
    best = larger(shape("square"), shape("exp"))
    assert best.convex and best.strictly and found(best, *best.view) is None


@pytest.mark.parametrize("g", OUTER)
@pytest.mark.parametrize("f", [*NAMES, "cosine"])
def test_compositions(g, f):
    if g == "neg_log" and shape(f).least <= 0 and f not in ("exp", "softplus"):
        with pytest.raises(ValueError, match="range of f"):
            composed(OUTER[g], shape(f))
        return
    h = composed(OUTER[g], shape(f))
    if h.convex:
        assert found(h, *h.view) is None
    if (g, f) == ("shifted", "square"):
        assert h.convex is None
        assert float(chord_gap(h, -1.0, 1.0, 0.5)) == -1.0  # E: convex of convex is not convex
    if (g, f) in (("exp", "square"), ("square", "square"), ("square", "exp")):
        assert h.convex


def test_axioms_on_random_functions():
    """Maxima of random lines and sums of them are convex, their negatives are not."""
    for seed in range(8):
        a, b = torch.randn(2, 6, generator=generator(seed), dtype=torch.float64)

        def roof(x, a=a, b=b):
            return (a * x[..., None] + b).amax(-1)

        f = Shape("a roof", roof, True)
        assert found(f, -3, 3) is None
        assert found(lambda x, f=f: -f(x), -3, 3) is not None
        assert found(combined(f, shape("square"), 0.5, 2.0), -3, 3) is None


# --- refusals ------------------------------------------------------------------------------------


def test_refusals():
    square = shape("square")
    for lam in (-0.1, 1.1):
        with pytest.raises(ValueError, match="lam"):
            chord_gap(square, 0.0, 1.0, lam)
    with pytest.raises(ValueError, match=r"x in \(0, inf\), got -1"):
        chord_gap(shape("neg_log"), -1.0, 1.0, 0.5)
    with pytest.raises(ValueError, match="where f is finite"):
        chord_gap(own("log(x)").f, -1.0, 1.0, 0.5)
    with pytest.raises(ValueError, match="high"):
        found(square, 1, 1)
    with pytest.raises(ValueError, match="finite somewhere"):
        found(own("log(x)").f, -3, -1)
    with pytest.raises(ValueError, match="name"):
        shape("cube")
    with pytest.raises(ValueError, match="a in"):
        shape("sine_valley", -1.0)
    for text in ("x + y", "log(x) + 0*y", "max(x, y)"):
        with pytest.raises(ValueError, match="to use x, got y"):
            own(text)
    with pytest.raises(ValueError, match="formula"):
        own("import os")
    with pytest.raises(ValueError, match="range of f"):
        composed(shape("neg_log"), shape("square"))
