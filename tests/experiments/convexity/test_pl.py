import math

import numpy as np
import pytest
import torch

from core.convexity import breaking_height, descend, pl_constant, pl_ratio, shape
from core.experiments.convexity import pl_claims as claims
from core.experiments.convexity.pl import HEIGHTS, constant, constants, descent, factor, ratio
from pages.figures.convexity.pl import figure
from tests.forgery import failures

AT = {"f": "waves", "a": 3.0, "lr_L": 1.0}


def red(run, **values) -> list[str]:
    return failures(claims.checks(run, **AT | values))


@pytest.mark.parametrize(
    ("a", "mu", "places"), [(1.0, 1.0742, 4), (3.0, 0.17553, 5), (4.0, 0.02303, 5), (5.0, 0.0, 9)]
)
def test_the_constants_known_before(a, mu, places):
    run = descent(a=a)
    assert run.mu == pytest.approx(mu, abs=0.5 * 10**-places)
    assert 2 + 2 * a == run.L


@pytest.mark.parametrize("a", [0.0, 0.3, 1.7, 3.0, 4.6])
def test_the_constant_is_that_of_the_engine(a):
    assert constant(a) == pytest.approx(pl_constant(shape("sine_valley", a), 0.0, -10, 10))


def test_the_ratio_is_that_of_the_engine():
    x = np.linspace(-9.7, 9.7, 98)
    theirs = pl_ratio(shape("sine_valley", 3.0), 0.0, torch.from_numpy(x))
    np.testing.assert_allclose(ratio(3.0, x), theirs, rtol=1e-9)
    assert float(ratio(3.0, np.zeros(1))[0]) == 8


def test_the_inequality_is_lost_where_tan_u_is_u():
    limit = breaking_height().a
    assert limit == pytest.approx(4.60334, abs=5e-6)
    assert constant(limit - 1e-3) > 0 and constant(limit + 1e-3) == 0
    assert (np.diff(constants()[limit > HEIGHTS]) < 0).all()
    for a in (4.7, 5.0, 6.0):
        (low, height), high = claims.other(a), claims.top(a)
        for x in (low, high):
            assert 2 * x + a * math.sin(2 * x) == pytest.approx(0, abs=1e-12)
        assert 2 + 2 * a * math.cos(2 * low) > 0 > 2 + 2 * a * math.cos(2 * high)
        assert height == pytest.approx(low**2 + a * math.sin(low) ** 2)


@pytest.mark.parametrize(("a", "x0", "lr_L"), [(3.0, 10.0, 1.0), (5.0, -2.2, 0.4), (0.5, 1.0, 1.9)])
def test_the_run_is_that_of_the_optimizers(a, x0, lr_L):
    run = descent(a=a, x0=x0, lr_L=lr_L, steps=30)
    theirs = descend(shape("sine_valley", a), x0, lr_L / (2 + 2 * a), 30).x[0, :, 0]
    torch.testing.assert_close(run.x[:, 0], theirs, rtol=0, atol=1e-12)


@pytest.mark.parametrize("x0", [3.0, 2.2, 10.0, -7.3, 0.5])
def test_the_bound_holds_for_400_steps(x0):
    run = descent(x0=x0, steps=400)
    k = torch.arange(401, dtype=torch.float64)
    assert (run.f <= run.f[0] * (1 - 0.17553 / 8) ** k * (1 + 1e-12)).all()
    assert red(run) == []


def test_long_and_short_steps_fall_by_the_factor_of_the_descent_lemma():
    for lr_L in (0.1, 0.5, 1.0, 1.5, 1.9):
        assert factor(2.0, 8.0, lr_L) == pytest.approx(
            1 - 2 * 2.0 * (lr_L / 8) * (1 - lr_L / 2), abs=1e-12
        )
        run = descent(lr_L=lr_L, x0=2.5, steps=60)
        assert (run.f[1:] <= factor(run.mu, 8.0, lr_L) * run.f[:-1] + 1e-15).all()


def test_a_trough_falls_by_one_factor_and_ends_on_the_nearest_minimum():
    run = descent(f="trough", x0=-6.0, y0=8.0, lr_L=0.3, steps=60)
    torch.testing.assert_close(run.f[1:20] / run.f[:19], torch.full((19,), 0.49).double())
    off = -6 + 16 - 1
    assert run.x[-1].tolist() == pytest.approx([-6 - off / 5, 8 - 2 * off / 5], abs=1e-6)
    other = descent(f="trough", x0=4.0, y0=8.0, lr_L=0.3, steps=60)
    assert (run.x[-1] - other.x[-1]).norm() > 5 and run.f[-1] < 1e-12
    assert run.mu == run.L == pytest.approx(5)
    assert red(run, f="trough", lr_L=0.3) == []


def test_who_gets_stuck_and_who_does_not():
    high, out = claims.top(5.0), claims.other(5.0)[0]
    assert not claims.stuck(descent(a=5.0, x0=high - 0.01, steps=400))
    run = descent(a=5.0, x0=high + 0.01, steps=400)
    assert claims.stuck(run) and float(run.x[-1, 0]) == pytest.approx(out, abs=1e-4)
    assert "comes to rest" in claims.says(run, f="waves", a=5.0, x0=high + 0.01, lr_L=1.0)
    assert claims.arrives(descent(a=4.5, steps=100)) > 3 * claims.arrives(descent())


@pytest.mark.parametrize("field", ["x", "f", "slope", "mu", "L"])
@pytest.mark.parametrize("values", [{}, {"a": 5.0}, {"f": "trough", "lr_L": 0.4}])
def test_what_is_off_turns_a_check_red(field, values):
    run = descent(**values)
    assert red(run, **values) == []
    off = getattr(run, field)
    assert red(run._replace(**{field: off * 1.001 + 1e-3}), **values)


def test_at_the_minimum_nothing_moves():
    run = descent(x0=0.0)
    assert "nothing moves" in claims.says(run, f="waves", a=3.0, x0=0.0, lr_L=1.0)
    assert not claims.checks(run, **AT)[0].applies and red(run) == []


def test_the_ratio_panel_and_the_handles():
    picture = figure(descent(), f="waves", a=3.0, lr_L=1.0, steps=40)
    assert [p.name for p in picture.panels] == ["f", "fall", "ratio", "heights"]
    assert picture.panels[0].handles[0].params == ("x0",)
    assert picture.panels[3].handles[0].params == ("a",) and picture.frames == 41
    trough = figure(descent(f="trough"), f="trough", a=3.0, lr_L=1.0, steps=40)
    assert [p.name for p in trough.panels] == ["f", "fall", "cuts"]


@pytest.mark.parametrize("bad", [{"a": 7.0}, {"x0": 11.0}, {"lr_L": 0.0}, {"steps": 0}])
def test_refusals_name_the_parameter(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))}"):
        descent(**bad)
