import math

import numpy as np
import pytest
import torch

from core.convexity import curvatures, descend, minimum, own, parabola, shape
from core.convexity import sandwich as exact
from core.experiments.convexity import parabolas_claims as claims
from core.experiments.convexity.parabolas import PLAIN, TYPED, function, parabolas
from pages.figures.convexity.parabolas import figure
from tests.forgery import failures

BASE = {"f": "log_cosh", "formula": "-x", "mu": 0.0, "L": 0.4, "lr_L": 1.0}
STUCK = {"f": "waves", "x": 8.5, "L": 1.1, "steps": 60}
BOWL = {"f": "bowl", "x": 3.0, "L": 3.0, "mu": 1.0}


def torched(f):
    return own("x^2+cos(x)").f if f == "bowl" else shape(f).f


def found(run, **values):
    kept = {k: v for k, v in (BASE | values).items() if k in BASE}
    return claims.checks(run, **kept)


def red(run, **values) -> list[str]:
    return failures(found(run, **values))


def told(**values) -> str:
    known = {k: v for k, v in (BASE | {"steps": 20} | values).items() if k != "x"}
    return claims.says(parabolas(**values), **known)


@pytest.mark.parametrize("f", PLAIN)
@pytest.mark.parametrize("x", [-6.3, 0.0, 0.5, 2.9])
def test_the_sandwich_is_that_of_the_engine(f, x):
    run, theirs = parabolas(f=f, x=x), exact(torched(f), x, -10, 10)
    assert run.mu == pytest.approx(theirs.mu, rel=2e-3, abs=2e-3)
    assert pytest.approx(theirs.L, rel=2e-3, abs=2e-3) == run.L


@pytest.mark.parametrize("f", ["log_cosh", "bowl", "waves"])
def test_the_constants_are_those_of_the_engine(f):
    known, bends = function(f, ""), curvatures(torched(f), -10, 10)
    assert (known.mu, known.L) == pytest.approx((bends.mu, bends.L), abs=1e-6)
    low = minimum(torched(f), -10, 10)
    assert known.least == pytest.approx(low.value)
    assert known.at == pytest.approx(abs(low.x), abs=1e-6)
    text = {"log_cosh": "log(cosh(x))", "bowl": "x^2+cos(x)", "waves": "cos(x)+x^2/20"}[f]
    typed = function("own", text)
    assert (typed.mu, typed.L) == pytest.approx((bends.mu, bends.L), abs=1e-3)
    assert typed.least == pytest.approx(known.least, abs=1e-9)


@pytest.mark.parametrize(("f", "x", "lr_L"), [("waves", 9.9, 1.0), ("bowl", -4.0, 0.3)])
def test_the_run_is_that_of_the_optimizers(f, x, lr_L):
    run = parabolas(f=f, x=x, L=3.0, lr_L=lr_L, steps=30)
    theirs = descend(torched(f), x, lr_L / 3, 30).x[0, :, 0]
    torch.testing.assert_close(run.x, theirs, rtol=0, atol=1e-12)


def test_the_promise_is_the_height_of_the_upper_parabola():
    for values in (BOWL, STUCK, {"x": 1.7, "L": 2.3, "lr_L": 0.7}):
        run, L, lr_L = parabolas(**values), values["L"], values.get("lr_L", 1.0)
        f = torched(values.get("f", "log_cosh"))
        x = values["x"]
        place = x - lr_L / L * float(run.slope[0])
        height = parabola(f, x, L, torch.tensor([place], dtype=torch.float64))
        assert claims.promise(run, L, lr_L) == pytest.approx(float(height), abs=1e-12)
        assert float(run.f[1]) <= float(height) + 1e-12


def test_from_8_5_the_run_stops_above_the_least_value():
    run = parabolas(**STUCK)
    assert float(run.f[-1]) == pytest.approx(3.009, abs=5e-4)
    assert function("waves", "").least == pytest.approx(-0.552, abs=5e-4)
    assert "at rest, though the least f is −0.5517" in told(**STUCK)
    printed = found(run, **STUCK)[-1]
    assert printed.applies and printed.holds and printed.lhs == pytest.approx(3.561, abs=1e-3)
    assert not found(parabolas(**STUCK | {"x": 4.0}), **STUCK)[-1].applies


def test_too_small_an_L_makes_f_rise_and_the_right_one_never():
    for x in (0.2, 0.5, 0.8):
        run = parabolas(x=x)
        assert float(run.f[1]) > float(run.f[0]) and not found(run)[0].applies
        right = parabolas(x=x, L=1.0)
        assert (right.f[1:] <= right.f[:-1]).all() and red(right, L=1.0) == []
    # the two places it jumps between solve tanh x = 0.8 x
    end = float(parabolas(steps=60).x[-1].abs())
    assert math.tanh(end) == pytest.approx(0.8 * end, abs=1e-6)


@pytest.mark.parametrize("lr_L", [0.3, 1.0, 1.9])
@pytest.mark.parametrize("x", [-9.0, 0.4, 6.0])
def test_the_rates_hold_on_a_strongly_convex_function(lr_L, x):
    values = BOWL | {"x": x, "lr_L": lr_L}
    run = parabolas(**values, steps=60)
    assert red(run, **values) == []
    assert found(run, **values)[2].applies == (lr_L == 1.0)
    gap = run.f - 1
    assert (run.x.square() / 2 <= gap + 1e-12).all()
    assert (gap <= run.slope.square() / 2 + 1e-12).all()


def test_strictly_convex_is_not_strongly_convex():
    run = parabolas(f="quartic", x=0.0, mu=0.5, L=20.0)
    assert run.mu == pytest.approx(0, abs=1e-2) and pytest.approx(200, rel=1e-2) == run.L
    assert "pokes through" in told(f="quartic", x=0.0, mu=0.5, L=20.0)


def test_a_step_beyond_two_over_L_climbs():
    values = {"f": "own", "formula": "x^2", "x": 1.0, "L": 2.0}
    run = parabolas(**values, lr_L=2.05)
    np.testing.assert_allclose(run.x, (-1.05) ** np.arange(TYPED + 1), rtol=1e-12)
    assert "higher than before" in told(**values, lr_L=2.05)


def test_a_slope_without_end_has_no_least_value():
    values = {"f": "own", "formula": "-x", "x": 2.0, "L": 1.0}
    run = parabolas(**values)
    torch.testing.assert_close(run.f[1:] - run.f[:-1], torch.full((TYPED,), -1.0).double())
    assert not found(run, **values)[4].applies and red(run, **values) == []
    assert function("own", "-x").least == -math.inf


@pytest.mark.parametrize(
    ("formula", "x"),
    [("log(x)", 0.3), ("abs(x)", 9.0), ("x^16", 9.0), ("1/x", 0.3), ("3", 0.0), ("exp(exp(x))", 1)],
)
def test_any_formula_has_a_picture_and_a_sentence(formula, x):
    values = BASE | {"f": "own", "formula": formula, "L": 0.1}
    run = parabolas(**values, x=float(x))
    assert red(run, **values) == [] and claims.says(run, **values, steps=20)
    panels = figure(run, **values, steps=20).panels
    assert all(np.isfinite(p.layout["yaxis"]["range"]).all() for p in panels)


@pytest.mark.parametrize("field", ["x", "f", "slope", "mu", "L"])
@pytest.mark.parametrize("values", [BOWL, STUCK, {}])
def test_what_is_off_turns_a_check_red(field, values):
    run = parabolas(**values)
    assert red(run, **values) == []
    assert red(run._replace(**{field: getattr(run, field) * 1.02 + 0.01}), **values)


@pytest.mark.parametrize("bad", [{"x": 11.0}, {"L": 0.0}, {"mu": 9.0}, {"lr_L": 0.0}, {"steps": 0}])
def test_refusals_name_the_parameter(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))}"):
        parabolas(**bad)


@pytest.mark.parametrize(
    ("formula", "x", "words"),
    [("log(x)", -1.0, "expected x where formula"), ("x+y", 1.0, "expected formula to use x"),
     ("sqrt(-1-x^2)", 1.0, "expected formula"), ("exp(exp(x))", 9.0, "expected x where formula")],
)  # fmt: skip
def test_what_is_no_function_there_is_refused(formula, x, words):
    with pytest.raises(ValueError, match=words):
        parabolas(f="own", formula=formula, x=x)
