import math
from fractions import Fraction

import numpy as np
import pytest
import torch

from core.experiments.probability import cancel_claims as claims
from core.experiments.probability.cancel import OFFSETS, UNIT, N, cancel, over_offsets, sample
from core.experiments.probability.quoted import NUMBERS
from core.probability import shifted_variances
from core.signature import call
from pages.experiments.probability.cancel import EXPERIMENT
from pages.figures.probability.cancel import figure


def given(**values):
    return EXPERIMENT.defaults() | values


def checks(run, **values):
    return call(claims.checks, run, values=given(**values))


def told(**values):
    return call(claims.says, cancel(**values), values=given(**values))


def test_the_printed_figures():
    """True 0.996; c = 10³: 1.19, 10⁴: −8.0, 10⁶: 0."""
    found = [cancel(c=c).one_pass for c in (1e3, 1e4, 1e6)]
    assert found == [1.1875, -8.0, 0.0]
    assert cancel().exact == pytest.approx(0.996, abs=5e-4)
    for c in (1e3, 1e4, 1e6):
        assert cancel(c=c).two_pass == pytest.approx(0.996, abs=1e-3)
    assert NUMBERS["cancel_thousand"]() == "1.19" and NUMBERS["cancel_ten"]() == "−8"


def test_the_variance_by_fractions():
    """No digit is lost on paper: both formulas and any offset agree exactly."""
    x = [Fraction(float(v)) for v in sample(7)[:300]]
    n = len(x)
    ways = []
    for c in (0, 10**4, 10**9):
        y = [v + c for v in x]
        mean = sum(y) / n
        ways += [sum(v * v for v in y) / n - mean * mean, sum((v - mean) ** 2 for v in y) / n]
    assert len(set(ways)) == 1
    assert float(ways[0]) == pytest.approx(sample(7)[:300].var(), rel=1e-12)


@pytest.mark.parametrize("precision", ["single", "double"])
def test_the_engine_sums_in_another_order_and_is_as_far_off(precision):
    dtype = {"single": torch.float32, "double": torch.float64}[precision]
    x = torch.from_numpy(sample(4649))
    for c in (0.0, 10.0, 1e2):
        run, other = cancel(c=c, precision=precision), shifted_variances(x, c, dtype)
        room = 40 * UNIT[precision] * (c + 5) ** 2
        assert run.one_pass == pytest.approx(other.one_pass, abs=room)
        assert run.two_pass == pytest.approx(other.two_pass, rel=1e-4)
        assert run.one_pass == pytest.approx(run.exact, abs=room)


@pytest.mark.parametrize("precision", ["single", "double"])
def test_the_error_grows_as_the_square_of_the_offset(precision):
    """Median over seeds; slope 2 on logarithmic axes, until rounding of x + c takes over."""
    at = UNIT[precision] ** -0.5 * 10.0 ** np.arange(-1, 2)
    errors = [np.median([cancel(c=c, precision=precision, seed=s).lost for s in range(15)])
              for c in at]  # fmt: skip
    assert np.polyfit(np.log(at), np.log(errors), 1)[0] == pytest.approx(2, abs=0.25)
    for c in at[:1]:
        assert cancel(c=c, precision=precision).two_pass == pytest.approx(0.996, rel=0.5)


def test_what_matters_is_the_offset_over_the_spread():
    """Powers of two scale every rounding: the same digits."""
    one, two = cancel(c=1e4), cancel(c=64e4, sigma=64.0)
    assert two.one_pass == 64**2 * one.one_pass and two.two_pass == 64**2 * one.two_pass
    assert two.lost == pytest.approx(one.lost)


def test_the_gaps_are_those_of_the_format():
    assert [cancel(c=c).spacing for c in (1e3, 1e4, 1e6)] == [1 / 16, 8, 65536]
    assert cancel(c=1e8, precision="double").spacing == 2
    for seed in range(12):
        run = cancel(seed=seed)
        assert run.one_pass % run.spacing == 0 and run.squares % run.spacing == 0


def test_the_curve_goes_through_the_run_and_two_passes_are_never_negative():
    for precision in ("single", "double"):
        curve = over_offsets(4649, precision, 3.7)
        assert curve.shape == (len(OFFSETS), 2) and (curve[:, 1] >= 0).all()
        for k in (6, 24, 40):
            run = cancel(c=OFFSETS[k], sigma=3.7, precision=precision)
            assert curve[k].tolist() == [run.one_pass, run.two_pass]
    assert (over_offsets(4649, "single", 1.0)[:, 0] < 0).any()


def test_the_picture_and_the_words():
    picture = call(figure, cancel(), values=given())
    shown = {panel.name: panel for panel in picture.panels}
    arrow = next(t for t in shown["gaps"].traces if t["name"] == "one pass")
    assert arrow["x"][1] - arrow["x"][0] == pytest.approx(-8, abs=1e-3)
    ticks = next(t for t in shown["gaps"].traces if t["name"] == "numbers")["x"][::3]
    assert np.diff(ticks) == pytest.approx(8) and min(abs(ticks - arrow["x"][0])) < 1e-3
    exact = next(t for t in shown["gaps"].traces if t["name"] == "variance exact")
    assert exact["x"][1] == pytest.approx(0.996, abs=1e-3)
    handle = shown["curves"].handles[0]
    assert (handle.x, handle.y) == (1e4, pytest.approx(-8)) and handle.params == ("c",)
    area = np.histogram(sample(4649), 33)[0].sum()
    assert area == N
    assert "−8, which no variance can be" in told() and "8 apart" in told()
    assert "which no variance" not in told(c=1e3)
    wide = call(figure, cancel(c=1.0, sigma=100.0), values=given(c=1.0, sigma=100.0))
    assert wide.panels[2].title == "Near E[X²] the format has a number every 0.000977"  # not c²
    assert claims.answers["double"](cancel(c=1e8, precision="double"))[0] == "lost"


@pytest.mark.parametrize("seed", range(10))
def test_checks_hold_anywhere_and_notice_a_forgery(seed):
    rng = np.random.default_rng(seed)
    values = {
        "c": float(10 ** rng.uniform(0, 10)), "sigma": float(10 ** rng.uniform(-2, 4)),
        "precision": ("single", "double")[seed % 2], "seed": seed,
    }  # fmt: skip
    run = cancel(**values)
    assert all(c.holds for c in checks(run, **values)), values
    for field in ("squares", "mean", "exact", "middle", "spacing"):
        forged = run._replace(**{field: -getattr(run, field)})
        assert any(not c.holds for c in checks(forged, **values)), field
    for field in ("two_pass", "shifted"):  # however much storing x + c has cost
        value = getattr(run, field)
        forged = run._replace(**{field: 1.05 * value if value else 0.05})
        assert any(not c.holds for c in checks(forged, **values)), field
    for field in ("one_pass", "two_pass", "shifted"):
        forged = cancel()._replace(**{field: -getattr(cancel(), field)})
        assert any(not c.holds for c in checks(forged)), field


def test_refusals():
    for name, value in (("c", -1.0), ("c", 1e11), ("sigma", 0.0), ("c", math.nan)):
        with pytest.raises(ValueError, match=rf"expected {name}\b"):
            cancel(**{name: value})
    with pytest.raises(ValueError, match="expected precision"):
        cancel(precision="half")
