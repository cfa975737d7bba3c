import cmath
import math

import numpy as np
import pytest

from core.experiments.recurrence import unit_claims as claims
from core.experiments.recurrence.unit import SEQUENCES, STEPS, noise, unit
from core.recurrence import run as by_steps
from pages.figures.recurrence.unit import figure
from tests.forgery import failures, forgeries

AT = {"nu": -2.0, "theta": 0.3, "normalise": True, "seed": 0}


def red(run, **values) -> list[str]:
    return failures(claims.checks(run, **AT | values))


@pytest.mark.parametrize("nu", [-5.0, -2.0, 0.0, 3.0])
@pytest.mark.parametrize("normalise", [True, False])
def test_steps_scan_and_fft_agree(nu, normalise):
    run = unit(nu=nu, theta=2.0, normalise=normalise, seed=3)
    told = by_steps([[run.lam]], [[run.gain]], noise(3)[0, :, None], [0.0])[:, 0]
    np.testing.assert_allclose(run.z[0], told, atol=1e-10)
    np.testing.assert_allclose(run.fft, told, atol=1e-9)


def test_the_modulus_is_below_one():
    for nu in np.linspace(-5, 3, 17).tolist():
        run = unit(nu=nu)
        assert abs(run.lam) < 1 and run.gap == pytest.approx(1 - math.exp(-math.exp(nu)))
        assert run.lam == pytest.approx(cmath.exp(complex(-math.exp(nu), 0.3)))


def test_variances_known_before():
    assert claims.last(-5.0, False) == pytest.approx(74.7, abs=0.05)
    run = unit(nu=-5.0, normalise=False)
    assert abs(run.lam) == pytest.approx(0.9933, abs=5e-5)


@pytest.mark.parametrize("theta", [0.0, 0.8, math.pi / 2, math.pi])
def test_the_standard_error_is_that_of_many_seeds(theta):
    mean, error = claims.law(-2.5, theta, False)
    ends = [float(unit(-2.5, theta, False, seed).spread[-1]) for seed in range(60)]
    assert np.mean(ends) == pytest.approx(mean, abs=5 * error / math.sqrt(60))
    assert np.std(ends) == pytest.approx(error, rel=0.45)


@pytest.mark.parametrize(
    "values", [{}, {"nu": -5.0, "normalise": False}, {"nu": 3.0, "theta": 0.0}]
)
def test_what_is_off_turns_a_check_red(values):
    run = unit(**values)
    assert red(run, **values) == []
    for name, forged in forgeries(run):
        if abs(run.lam) > 1e-6 or name not in ("lam", "gap"):
            assert red(forged, **values), name


def test_the_answers():
    default, long = unit(), {"nu": -5.0, "normalise": False}
    assert claims.answers["variance"](unit(**long), **long)[0] == pytest.approx(74.7, abs=0.05)
    key, facts = claims.answers["memory"](default)
    assert key == "shorter"
    for nu, steps in ((-2.0, facts["life"]), (1.0, facts["after"])):
        assert abs(unit(nu=nu).lam) ** steps == pytest.approx(0.5)
    assert claims.answers["memory"](unit(nu=3.0))[0] == "longer"


def test_the_sentence():
    long = claims.says(unit(nu=-5.0, normalise=False), nu=-5.0, normalise=False)
    assert "|λ| = 0.9933" in long and "goes to 74.7" in long and "97 % of the way" in long
    short = claims.says(unit(nu=3.0), nu=3.0, normalise=True)
    assert "of the way" not in short and "goes to 1;" in short


def test_the_picture():
    run = unit()
    picture = figure(run, nu=-2.0, theta=0.3, normalise=True)
    assert [p.name for p in picture.panels] == ["plane", "disc", "variance", "states"]
    assert picture.panels[0].handles[0].params == ("nu", "theta")
    for trace in picture.panels[1].traces:
        x, y = np.asarray(trace["x"]), np.asarray(trace["y"])
        assert (np.hypot(x, y)[~np.isnan(x)] <= 1 + 1e-6).all()
    assert run.z.shape == (SEQUENCES, STEPS + 1)


@pytest.mark.parametrize("bad", [{"nu": -6.0}, {"theta": 3.2}, {"seed": -1}, {"normalise": 1}])
def test_refusals_name_the_parameter(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))}"):
        unit(**bad)
