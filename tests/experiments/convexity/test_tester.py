import math

import numpy as np
import pytest
import torch

from core.convexity import NAMES, shape
from core.experiments.convexity import tester_claims as claims
from core.experiments.convexity.tester import HOW, SECOND, probe, view
from core.signature import call, fields
from pages.figures.convexity.tester import figure

GIVEN = {name: field.default for name, field in fields(probe).items()}


def asked(**values):
    run, values = probe(**values), GIVEN | values
    return run, call(claims.checks, run, values=values), call(claims.says, run, values=values)


def of(found, id):
    (check,) = (check for check in found if check.id == id)
    return check


def test_a_chord_of_the_exponential_by_hand():
    run, found, told = asked(x=-1.0, y=3.0, lam=0.25)
    middle = 0.25 * -1 + 0.75 * 3
    assert run.at.tolist() == [-1, 3, middle]
    gap = 0.25 * math.exp(-1) + 0.75 * math.exp(3) - math.exp(middle)
    assert run.gap == pytest.approx(gap, rel=1e-14)
    assert run.slope == pytest.approx(math.exp(middle)) == run.bend
    above = [math.exp(end) - math.exp(middle) * (1 + end - middle) for end in (-1, 3)]
    np.testing.assert_allclose(run.above, above, rtol=1e-12)
    # the gap of the chord is the mean of what the graph is above the tangent
    assert 0.25 * above[0] + 0.75 * above[1] == pytest.approx(gap, rel=1e-12)
    assert run.curve.pair is None and not len(run.curve.valleys)
    assert "no minimiser: f comes near 0" in told
    assert of(found, "ANA-11").claim.startswith("as printed (E-16)")
    assert of(found, "ANA-11").lhs == 0


@pytest.mark.parametrize("name", NAMES)
def test_the_map_agrees_with_what_is_known_of_every_function(name):
    run, found, told = asked(f=name)
    assert (run.curve.pair is None) == shape(name).convex
    assert all(check.holds for check in found if check.applies)
    assert told.startswith("Convex" if shape(name).convex else "Not convex")
    x, f = run.curve.x.numpy(), run.curve.f[0].numpy()
    # the map by another route: the chords read off a fine table
    stops = run.curve.stops.numpy()
    middle = np.interp((stops[:, None] + stops) / 2, x, f)
    ends = np.interp(stops, x, f)
    gaps = (ends[:, None] + ends) / 2 - middle
    np.testing.assert_allclose(run.curve.gaps, gaps, atol=1e-6 * (1 + np.abs(f).max()))


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("well", [[-1, -1], [1, 1]]),
        ("flat", [[-1, 1]]),
        ("sine", [[-math.pi / 2] * 2, [1.5 * math.pi] * 2]),
        ("cubic", []),
        ("waves", [[-8.4232] * 2, [-2.8523] * 2, [2.8523] * 2, [8.4232] * 2]),
        ("neg_log", []),
    ],
)
def test_valleys_are_where_they_are_known_to_be(name, places):
    found = probe(f=name).curve.valleys
    width = shape(name).view[1] - shape(name).view[0]
    assert found.shape == (len(places), 2)
    np.testing.assert_allclose(found, np.reshape(places, (-1, 2)), atol=width / 480 + 1e-3)


def test_a_valley_is_narrow_however_high_its_sides_are():
    for values in ({"f": "sine_valley", "how": "inside", "g": "exp"},
                   {"f": "own", "formula": "x^6 + x^2"}):  # fmt: skip
        run, found, _ = asked(**values)
        assert run.curve.valleys.tolist() == [[0, 0]]
        assert all(check.holds for check in found if check.applies)


def test_known_pairs():
    pair = probe(f="well").curve.pair
    assert pair == pytest.approx((-1, 1, 1))
    pair = probe(f="square", how="inside", g="shifted").curve.pair
    assert pair == pytest.approx((-1, 1, 1))
    # x² − |x|: the bump between ±½ is ¼ high
    pair = probe(f="square", how="sum", g="abs", beta=-1.0).curve.pair
    assert pair == pytest.approx((-0.5, 0.5, 0.25))
    # min(x², (x − 1)²): 0 and 1, the graph ¼ in the middle
    pair = probe(f="square", how="min", g="shifted").curve.pair
    assert pair == pytest.approx((0, 1, 0.25))
    # x³ on [−3, 3]: (x³ + 3³... )/2 is least below the cube at (−3, 1)
    pair = probe(f="cubic").curve.pair
    assert pair == pytest.approx((-3, 1, 12))


@pytest.mark.parametrize("beta", [-2.0, -0.5, -0.05, 0.0, 0.3, 2.0])
def test_the_sum_turns_at_beta_0(beta):
    _, found, told = asked(f="square", how="sum", g="abs", beta=beta, x=-1.0, y=0.5)
    assert told.startswith("Not convex" if beta < 0 else "Convex")
    check = of(found, "ANA-12")
    gap = 0.5 * 1 + 0.5 * 0.25 - 0.0625 + beta * (0.5 * 1 + 0.5 * 0.5 - 0.25)
    assert check.applies and check.holds and check.rhs == pytest.approx(gap)
    assert ("one is taken away" in told) == (beta < 0)


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("g", SECOND)
def test_every_way_of_putting_two_together_keeps_its_checks(how, g):
    for f in ("square", "lines", "own"):
        for x, y, lam in ((-1.7, 2.3, 0.4), (1.0, 1.0, 1.0)):
            if (g, how) == ("neg_log", "inside"):
                continue
            _, found, told = asked(f=f, how=how, g=g, x=x, y=y, lam=lam, alpha=-0.7)
            assert len(found) == 8 and told
            assert all(check.holds for check in found if check.applies), (f, x, y, lam)


def test_what_g_does_to_f_is_told_by_its_rise():
    """e to the x²: chord of f at 4, e⁴ − e⁰ is the rise; (u − 1)² falls from 1 to 0."""
    _, found, _ = asked(f="square", how="inside", g="exp", x=-2.0, y=2.0)
    assert of(found, "ANA-14").rhs == pytest.approx(math.exp(4) - 1)
    _, found, told = asked(f="square", how="inside", g="shifted", x=-1.0, y=1.0)
    check = of(found, "ANA-14")
    assert (check.lhs, check.rhs) == pytest.approx((-1, -1))
    assert "g falls on some values of f" in told


def test_of_two_parabolas_the_larger_at_the_middle_decides():
    _, found, _ = asked(f="square", how="max", g="shifted", x=-1.0, y=2.0)
    check = of(found, "ANA-13")
    assert (check.lhs, check.rhs) == pytest.approx((3.75, 2.25))


def test_the_printed_test_is_one_of_rising():
    run = probe(f="square")
    assert float((run.curve.f[1] >= 0).double().mean()) == pytest.approx(0.5, abs=0.01)
    assert claims.answers["printed"](probe(f="exp")) == 1
    assert claims.answers["printed"](probe(f="neg_log", x=1.0)) == 0
    run = probe(f="square", x=-2.0, y=1.0)
    told = figure(run, x=-2.0, y=1.0, lam=0.5, printed=True).panels[2].title
    assert told == "The printed test f′ ≥ 0 fails on 50 % of the view"


def test_a_narrow_dent_is_found_by_the_long_search_only():
    formula = "x^2 - 0.01*exp(-200000*(x - 0.0125)^2)"
    run, found, told = asked(f="own", formula=formula)
    assert run.curve.pair is None and told.startswith("Not convex")
    assert of(found, "ANA-07").holds and not of(found, "ANA-09").applies


def test_ends_beyond_the_view_are_moved_to_its_edge():
    run = probe(f="neg_log", x=-2.0, y=9.0)
    assert run.at[:2].tolist() == pytest.approx([0.05, 4.0])
    assert view("well", "", "alone", "square", 1.0, 1.0) == (-2, 2)
    assert view("own", "log(", "alone", "square", 1.0, 1.0) == (-10, 10)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"lam": 1.2}, r"expected lam in \[0, 1\], got 1.2"),
        ({"lam": math.nan}, "expected lam in"),
        ({"f": "tan"}, "expected f"),
        ({"f": "own", "formula": "log(x)"}, r"expected x where \|f\| is at most 1e\+12, got -2"),
        ({"f": "own", "formula": "1/x"}, r"expected lam where \|f\|"),
        ({"f": "own", "formula": "sqrt(abs(x))"}, "expected lam where f has a finite slope"),
        ({"f": "own", "formula": "x + y"}, "y"),
        ({"f": "square", "how": "inside", "g": "neg_log"}, "expected g defined on the range"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name(values, words):
    with pytest.raises(ValueError, match=words):
        probe(**values)


def test_a_forged_slope_and_a_forged_pair_are_noticed():
    for values in ({"f": "well"}, {"f": "log_cosh", "lam": 0.3}):
        run = probe(**values)
        holed = run.curve.f.clone()
        holed[:, 120] = math.nan
        curves = [{"gaps": -run.curve.gaps}, {"gaps": run.curve.gaps * math.nan}, {"f": holed},
                  {"valleys": run.curve.valleys[:0]}]  # fmt: skip
        curves += [{"pair": None}] if run.curve.pair else []
        for forged in (
            run._replace(slope=run.slope + 0.01),
            run._replace(f=run.f * math.nan),
            run._replace(f=torch.cat([run.f[:2], run.f[2:] + 0.1])),
            *(run._replace(curve=run.curve._replace(**each)) for each in curves),
        ):
            checks = call(claims.checks, forged, values=GIVEN | values)
            assert any(check.applies and not check.holds for check in checks)
