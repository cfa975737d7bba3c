import math

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import norm

from core.experiments.importance import saliency_claims as claims
from core.experiments.importance.saliency import saliency, shares
from core.shapley.digits import digits, held_out, load
from core.signature import call
from pages.figures.importance.saliency import figure
from tests.forgery import failures

AT = {"world": "unit", "x1": 4.0, "x2": 1.0, "w1": 2.0, "c": 1.0, "digit": 530}
DIGIT = {"world": "digit"}


def red(run, **values) -> list[str]:
    return failures(claims.checks(run, **AT | values))


def test_a_saturated_unit_has_no_slope_and_a_large_contribution():
    run = saliency()
    assert float(run.slope[0]) == pytest.approx(2 * math.exp(-8.5), rel=1e-3)
    mean = quad(lambda z: expit(2 * z + 0.5) * norm.pdf(z), -12, 12, epsabs=1e-12)[0]
    assert float(run.mean[0]) == pytest.approx(mean, abs=1e-10)
    assert float(run.contribution[0]) > 0.4
    middle = saliency(x1=0.0, x2=0.0)
    assert float(middle.slope[0]) == 0.5 and middle.contribution.abs().max() < 1e-12


def test_contributions_average_to_zero_over_the_feature():
    z, w = np.polynomial.hermite_e.hermegauss(60)
    for x2 in (-2.0, 0.5):
        gave = [float(saliency(x1=x, x2=x2, w1=1.0).contribution[0]) for x in z if abs(x) <= 6]
        mean = np.array(gave) @ w[abs(z) <= 6] / w.sum()
        assert abs(mean) < 1e-7


@pytest.mark.parametrize("c", [0.01, 0.3, 100.0])
def test_a_unit_divides_the_slope_and_leaves_the_contribution(c):
    one, other = (saliency(x1=1.0, x2=-2.0, w1=1.0, c=k) for k in (1.0, c))
    assert float(other.slope[1]) == pytest.approx(float(one.slope[1]) / c)
    torch.testing.assert_close(other.contribution, one.contribution)
    assert claims.tops(other) == (int(c < 0.5), 1)  # the ranking by slope flips at w₂/w₁


def test_the_slopes_of_the_network_are_those_of_autograd_and_the_means_those_of_pictures():
    run, net = saliency(world="digit", digit=905), load("net")
    x = digits()[905].clone().requires_grad_()
    scores = net.scores(x)
    (slope,) = torch.autograd.grad(scores[run.reads] - scores[run.rival], x)
    torch.testing.assert_close(run.slope, slope)
    for j in (24, 36):
        pictures = digits()[905].repeat(int((~held_out()).sum()), 1)
        pictures[:, j] = digits()[~held_out()][:, j]
        z = net.scores(pictures)
        mean = float((z[:, run.reads] - z[:, run.rival]).mean())
        assert float(run.mean[j]) == pytest.approx(mean)
    torch.testing.assert_close(shares().sum(1), torch.ones(64, dtype=torch.float64))


def test_the_steepest_pixel_of_a_four_is_white_in_nearly_every_digit():
    run = saliency(world="digit")
    steep, most = claims.tops(run)
    assert float(shares()[steep, 0]) > 0.98 and steep != most
    assert abs(float(run.contribution[steep])) < 1e-3 < 1 < float(run.contribution[most])
    assert claims.tops(saliency(world="digit", digit=125)) == (43, 43)


@pytest.mark.parametrize("x1", [-6.0, -1e-9, 0.0, 1e-300, 6.0])
@pytest.mark.parametrize("w1", [0.5, 4.0])
def test_every_check_of_the_unit_holds_at_the_corners(x1, w1):
    for x2 in (-3.0, 0.0):
        for c in (0.01, 1.0, 100.0):
            values = {"x1": x1, "x2": x2, "w1": w1, "c": c}
            run = saliency(**values)
            assert red(run, **values) == []
            told = call(claims.says, run, values=AT | values)
            assert told.endswith(".") and "nan" not in told


def test_pixels_from_0_to_1_have_slopes_16_times_as_large():
    net = load("net")
    run = saliency(**DIGIT)
    x = (digits()[530] / 16).requires_grad_()
    scores = net.scores(16 * x)
    (slope,) = torch.autograd.grad(scores[run.reads] - scores[run.rival], x)
    torch.testing.assert_close(slope, 16 * run.slope)
    (told,) = [c for c in claims.checks(run, **AT | DIGIT) if "black 1" in c.claim]
    assert "in a unit 16 times as large" in told.claim and told.holds


def test_the_conditional_law_is_claimed_of_independent_features_only():
    for values, applies in (({}, True), (DIGIT, False)):
        (found,) = [c for c in claims.checks(saliency(**values), **AT | values) if c.id == "XAI-05"]
        assert found.applies == applies


@pytest.mark.parametrize("digit", range(0, 1797, 120))
def test_every_check_of_the_network_holds(digit):
    values = DIGIT | {"digit": digit}
    assert red(saliency(**values), **values) == []


@pytest.mark.parametrize("values", [{}, {"c": 30.0, "x1": 0.5}, DIGIT])
@pytest.mark.parametrize("field", ["x", "f", "slope", "mean", "reads", "rival", "along"])
def test_what_is_off_turns_a_check_red(values, field):
    run = saliency(**values)
    off = getattr(run, field)
    if isinstance(off, torch.Tensor) and not len(off):
        return
    forged = off + 1 if isinstance(off, int) else off * 1.001 + 1e-4
    try:
        assert red(run._replace(**{field: forged}), **values)
    except IndexError:
        assert field in ("reads", "rival")


def test_panels_and_what_can_be_pointed_at():
    unit = call(figure, saliency(), values=AT)
    assert [p.name for p in unit.panels] == ["along", "shares", "units"]
    assert unit.panels[0].handles[0].params == ("x1",)
    digit = call(figure, saliency(**DIGIT), values=AT | DIGIT | {"pixel": 63})
    assert [p.name for p in digit.panels] == ["slope", "contribution", "both", "along"]
    assert digit.panels[0].pick.params == ("pixel",) and digit.panels[0].pick.cell == (7, 7)


@pytest.mark.parametrize(
    "bad", [{"x1": 7.0}, {"x2": 4.0}, {"w1": 0.0}, {"c": 0.0}, {"digit": 1797}]
)
def test_refusals_name_the_parameter(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))}"):
        saliency(**bad)
