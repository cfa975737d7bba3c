import math

import numpy as np
import pytest
import torch

from core.convexity import taylor
from core.convexity.jets import nested
from core.experiments.convexity import taylor_claims as claims
from core.experiments.convexity.taylor import expansion, function
from core.signature import call
from pages.experiments.convexity.taylor import EXPERIMENT
from pages.figures.convexity.taylor import figure

KNOWN = ("log1p", "exp", "sine", "cosine", "runge", "bump")
CORNER = {"f": "own", "a": -1.0, "x": 2.0}


def given(**values):
    return EXPERIMENT.defaults() | values


def told(**values):
    wanted = {k: v for k, v in values.items() if k != "order"}
    return call(claims.says, expansion(**wanted), values=given(**values))


def drawn_panels(**values):
    wanted = {k: v for k, v in values.items() if k != "order"}
    picture = call(figure, expansion(**wanted), values=given(**values))
    return {panel.name: panel for panel in picture.panels}


def test_the_places_of_the_exponential_are_those_of_the_curriculum():
    run = expansion(f="exp", a=0.0, x=1.0)
    assert run.xi[:4].tolist() == pytest.approx([0.5413, 0.3623, 0.2698, 0.2141], abs=5e-5)
    rest = [math.e - math.fsum(1 / math.factorial(k) for k in range(n + 1)) for n in range(9)]
    assert run.rests.tolist() == pytest.approx(rest, rel=1e-9)
    logs = [math.log(math.factorial(n + 1) * r) for n, r in enumerate(rest)]  # e^ξ is wanted
    assert run.xi.tolist() == pytest.approx(logs, abs=1e-9)


@pytest.mark.parametrize("f", KNOWN)
def test_every_order_agrees_with_the_engine(f):
    for a, x in ((0.0, 1.5), (0.3, -0.6), (1.0, 0.9)):
        run = expansion(f=f, a=a, x=x)
        for n in (0, 1, 4, 8):
            found = taylor(function(f, ""), a, n, x)
            assert float(run.values[n]) == pytest.approx(found.value, rel=1e-12, abs=1e-14)
            assert float(run.rests[n]) == pytest.approx(found.remainder, rel=1e-9, abs=1e-14)
            assert float(run.bounds[n]) == pytest.approx(found.bound, rel=3e-3)
            assert float(run.xi[n]) == pytest.approx(found.xi, abs=1e-8)


@pytest.mark.parametrize("f", KNOWN)
def test_closed_forms_are_the_derivatives_of_autograd(f):
    x = torch.tensor([-0.7, 0.2, 0.5, 1.3], dtype=torch.float64)
    g = {"bump": lambda x: torch.exp(-1 / x**2)}.get(f) or function(f, "").f
    again = nested(g, x, 5)
    torch.testing.assert_close(claims.exact(f, "", x)[:6], again, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(claims.exact(f, "", x), drawn_at(f, x), rtol=1e-8, atol=1e-8)


def drawn_at(f, x):
    return torch.stack([expansion(f=f, a=float(each), x=1.0).slopes for each in x], 1)


def test_beyond_the_radius_the_logarithm_gets_worse_and_within_it_better():
    far, near = expansion(x=1.5), expansion(x=0.8)
    assert far.rests[8].abs() > 2 * far.rests[4].abs() and near.rests[8].abs() < near.rests[4].abs()
    # ln(1 + x) − Pₙ(x) = (−1)ⁿ ∫₀ˣ tⁿ/(1 + t) dt
    t, w = np.polynomial.legendre.leggauss(60)
    t, w = (t + 1) * 0.75, w * 0.75
    rest = [(-1) ** n * float(w @ (t**n / (1 + t))) for n in range(9)]
    assert far.rests.tolist() == pytest.approx(rest, rel=1e-9)
    for a in (0.0, 0.75, -1.5):
        assert claims.radius("runge", a) == pytest.approx(abs(a - 1j))


def test_the_flat_foot_never_comes_back():
    run = expansion(f="bump", a=0.0, x=1.0)
    assert (run.slopes == 0).all() and (run.values == 0).all()
    assert run.rests.tolist() == pytest.approx([math.exp(-1)] * 9)
    assert ((run.xi > 0) & (run.xi < 1)).all()
    near = expansion(f="bump", a=0.04, x=0.041)  # where all is below 1e-150
    assert near.xi.tolist() == pytest.approx([0.0405] * 9) and near.rests.abs().max() < 1e-150
    assert "no order knows anything" in told(f="bump", a=0.0, x=1.0)


def test_close_to_the_centre_the_place_is_a_share_of_the_way():
    for f in ("exp", "log1p"):
        run = expansion(f=f, a=0.5, x=0.501)
        share = (run.xi - 0.5) / 0.001
        assert share.tolist() == pytest.approx([1 / (n + 2) for n in range(9)], abs=1e-3)


def test_where_there_is_no_place():
    run = expansion(**CORNER)
    assert run.rests[:2].tolist() == [1.0, 4.0] and run.xi.isnan().all()
    assert "No ξ is found, as f′ is not continuous" in told(**CORNER, order=0)
    found = call(claims.checks, run, values=given(**CORNER, order=1))
    assert not found[0].applies and not found[1].applies
    pole = expansion(f="own", formula="1/x", a=-1.0, x=1.0)
    assert pole.xi.isnan().all() and float(pole.rests[1]) == 4.0


def test_at_the_centre_and_for_a_polynomial_every_place_will_do():
    run = expansion(a=0.5, x=0.5)
    assert (run.rests == 0).all() and (run.bounds == 0).all() and (run.xi == 0.5).all()
    assert "nothing is left" in told(a=0.5, x=0.5)
    square = expansion(f="own", formula="x^2", a=0.0, x=2.0)
    assert square.rests.tolist() == pytest.approx([4.0, 4.0] + [0.0] * 7, abs=1e-14)
    assert square.xi[1:].tolist() == [1.0] * 8
    assert "it meets f" in told(f="own", formula="x^2", a=0.0, x=2.0, order=3)


@pytest.mark.parametrize("values", [{}, {"f": "sine", "a": -2.0, "x": 3.0, "order": 5},
                                    {"f": "runge", "a": 0.4, "x": 1.2, "order": 2}])  # fmt: skip
def test_the_graph_lies_in_its_band(values):
    traces = {t["name"]: t for t in drawn_panels(**values)["graph"].traces}
    edge, f = traces["bound of Lagrange"], traces["f"]
    count = len(f["x"])
    lower, upper = edge["y"][count : 2 * count][::-1], edge["y"][:count]
    lower, upper = np.minimum(lower, upper), np.maximum(lower, upper)
    assert (lower <= f["y"] + 1e-5).all() and (f["y"] <= upper + 1e-5).all()
    at = np.abs(f["x"] - given(**values)["a"]).argmin()
    assert upper[at] - lower[at] < 0.05  # closed at the centre


def test_the_sentences():
    assert told().startswith("P₄ at x = 1.5 is 0.2344, 0.682 below f = 0.9163")
    assert "within 1 only: P₀" not in told(x=0.8) and "within 1 only" in told()
    assert "P₈ is the nearest of the nine" in told(f="exp", x=1.0)
    for values in ({"f": "sine", "x": -1.0}, {"f": "runge", "x": 1.2, "a": 0.9}):
        rests = expansion(**values).rests.abs()
        assert f"{claims.polynomial(int(rests.argmin()))} is the nearest" in told(**values)


def test_refusals_name_what_is_wrong():
    for name, values in (
        ("a", {"a": -1.0}),
        ("x", {"x": -1.5}),
        ("a", {"f": "own", "formula": "sqrt(x)", "a": 0.0}),
        ("x", {"f": "own", "formula": "log(x)", "a": 1.0, "x": -0.5}),
        ("formula", {"f": "own", "formula": "x + y"}),
        ("x", {"x": 3.5}),
    ):
        with pytest.raises(ValueError, match=rf"expected {name}\b"):
            expansion(**values)


def test_a_forged_place_turns_a_check_red():
    run = expansion()
    for forged in (run._replace(xi=run.xi + 0.01), run._replace(bounds=run.bounds / 20),
                   run._replace(rests=-run.rests)):  # fmt: skip
        found = call(claims.checks, forged, values=given())
        assert any(c.applies and not c.holds for c in found)


def test_bounds_of_narrow_peaks_are_not_too_low():
    run = expansion(f="bump", a=2.0, x=-3.0)
    places = torch.linspace(-3, 2, 200_001, dtype=torch.float64)
    tops = claims.exact("bump", "", places)[1:].abs().amax(1)
    sizes = torch.tensor([5.0**k / math.factorial(k) for k in range(1, 10)], dtype=torch.float64)
    np.testing.assert_allclose(run.bounds, tops * sizes, rtol=2e-3)
