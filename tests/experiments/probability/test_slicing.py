import math

import numpy as np
import pytest
import torch
from scipy import stats

from core.experiments.probability import slicing_claims as claims
from core.experiments.probability.slicing import A2, CUTS, LAWS, allowed, slicing
from core.signature import call, fields
from pages.figures.probability.slicing import figure

GIVEN = {name: field.default for name, field in fields(slicing).items()}


def asked(**values):
    run, values = slicing(**values), GIVEN | values
    return run, call(claims.checks, run, values=values), call(claims.says, run, values=values)


def test_the_curriculum_s_slice():
    run, found, told = asked()
    assert run.mean == pytest.approx(-0.4) and run.variance == pytest.approx(0.68)
    assert all(check.applies and check.holds for check in found)
    np.testing.assert_allclose(run.density, stats.norm(-0.4, 0.68**0.5).pdf(A2), atol=1e-12)
    np.testing.assert_allclose(run.whole, stats.norm(-1, 1).pdf(A2), atol=1e-12)
    assert "mean −0.4 and the variance 0.68" in told and "by 0.4 a unit" in told


@pytest.mark.parametrize("z", [-5.0, 0.0, 1.0, 5.0])
def test_the_width_of_a_normal_slice_knows_nothing_of_the_cut(z):
    run, _, _ = asked(z=z, c=-1.1)
    assert run.variance == pytest.approx(1 - 1.21 / 2) and run.slope == -0.55
    assert torch.allclose(run.trend, torch.tensor(1 - 1.21 / 2, dtype=torch.float64))
    assert run.mean == pytest.approx(-1 - 0.55 * (z - 1))


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("z", [-0.6, 1.0, 3.3])
def test_slices_by_numbers_alone(law, z):
    """The joint density on the cut, scaled to area 1: its mean and variance by a fine sum."""
    run, found, _ = asked(law=law, z=z, c=0.9, v2=1.3)
    inverse = np.linalg.inv([[2, 0.9], [0.9, 1.3]])
    a = np.linspace(-1500, 1500, 300_001)
    off = np.stack([np.full_like(a, z - 1), a + 1])
    m = np.einsum("in,ij,jn->n", off, inverse, off)
    joint = {"normal": np.exp(-m / 2), "heavy": (1 + m) ** -2.5, "disc": (m < 4) * 1.0}[law]
    joint /= joint.sum()
    mean = joint @ a
    assert run.mean == pytest.approx(mean, abs=3e-3)
    assert run.variance == pytest.approx(joint @ (a - mean) ** 2, rel=8e-3)
    near = np.interp(A2, a, joint / (a[1] - a[0]))
    edge = 2 * float(run.density.max()) if law == "disc" else 0
    off = np.abs(near - run.density.numpy())
    assert (off > 3e-3).sum() <= (2 if edge else 0)
    assert all(check.holds for check in found if check.applies)


def test_heavy_tails_are_those_of_student():
    run, _, _ = asked(law="heavy", z=4.0, v1=2.0, c=0.0, u2=0.5)
    width = math.sqrt((3 + 9 / (2 / 3)) / 4 / 3)
    np.testing.assert_allclose(run.density, stats.t(4, 0.5, width).pdf(A2), atol=1e-12)
    np.testing.assert_allclose(run.whole, stats.t(3, 0.5, 3**-0.5).pdf(A2), atol=1e-12)
    assert run.variance == pytest.approx(stats.t(4, 0.5, width).var())


@pytest.mark.parametrize("law", LAWS)
def test_the_mean_over_all_cuts_is_the_variance_of_the_normal_slice(law):
    x = CUTS.numpy() / 0.1**0.5
    shares = {"normal": stats.norm, "heavy": stats.t(3, scale=3**-0.5)}.get(law)
    weight = np.sqrt(np.clip(4 - x * x, 0, None)) if shares is None else shares.pdf(x)
    run = slicing(law=law, u1=0.0, v1=0.1, c=0.2)
    mean = np.nansum(weight * run.trend.numpy()) / weight.sum()
    assert mean == pytest.approx(0.6, rel=0.12 if law == "heavy" else 0.03)


@pytest.mark.parametrize("law", LAWS)
def test_the_points_have_the_means_and_the_covariance(law):
    run = slicing(law=law, c=-0.7)
    points = claims.cloud(run, law, 40_000)
    assert torch.allclose(points.mean(0), run.u, atol=0.05)
    if law != "heavy":  # its fourth moment is infinite
        assert torch.allclose(torch.cov(points.T), run.Sigma, atol=0.06)
    near = points[(points[:, 0] - 1).abs() < 0.2, 1]
    assert float(near.var()) == pytest.approx(run.trend[60], rel=0.12)


def test_a_full_correlation_leaves_a_point():
    run, found, told = asked(v1=4.0, c=2.0)
    assert run.point and run.variance == 0 and run.mean == pytest.approx(-1 + 0.5 * 1.5)
    assert bool(run.density.isnan().all()) and "a₁ tells a₂ exactly" in told
    assert all(check.holds for check in found if check.applies)
    assert not next(check for check in found if "joint density" in check.claim).applies


def test_what_cannot_happen_gives_nothing():
    run, found, told = asked(law="disc", z=4.0)
    assert not run.possible and "undefined" in told
    assert all(check.holds for check in found if check.applies)
    assert slicing(law="disc", z=1 + 2 * 2**0.5 - 1e-3).variance < 1e-3


def test_the_wrong_answers_run():
    assert claims.answers["cloud"](slicing()) == "same"
    assert claims.answers["cloud"](slicing(law="heavy")) == "more"
    assert claims.answers["cloud"](slicing(law="disc")) == "less"
    assert slicing(v1=1.4).slope == pytest.approx(0.8 / 2**0.5, abs=0.01)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"c": 1.5}, r"expected c in \[-1.414, 1.414\], or Σ has a negative eigenvalue, got 1.5"),
        ({"v1": 0.0}, "expected v1 in"),
        ({"z": math.nan}, "expected z in"),
        ({"law": "cauchy"}, "expected law"),
    ],
)
def test_what_is_no_covariance_is_refused_by_name(values, words):
    with pytest.raises(ValueError, match=words):
        slicing(**values)
    assert allowed(4.0, 1.0) == (-2, 2)


@pytest.mark.parametrize(
    "values", [{"z": -3.5}, {"law": "heavy", "c": -0.7}, {"law": "disc", "u1": 2.0}]
)
def test_one_forged_place_is_noticed(values):
    run, found, _ = asked(**values)
    assert all(check.holds for check in found if check.applies)
    for name, place in (("trend", 60), ("density", 100), ("whole", 100)):
        bent = getattr(run, name).clone()
        bent[place] *= 1.05
        assert bent[place] > 0
        checks = call(claims.checks, run._replace(**{name: bent}), values=GIVEN | values)
        assert any(check.applies and not check.holds for check in checks), name


def test_the_formula_squares_what_is_negative():
    run = slicing(c=-0.8, u1=-1.5)
    mean, variance = figure(run, z=2.5, law="normal").formula
    assert r"1 - \frac{(-0.8)^2}{2}" in variance and "(2.5 - (-1.5))" in mean
    assert "(2.5 - 1)" in figure(slicing(), z=2.5, law="normal").formula[0]


@pytest.mark.parametrize("law", LAWS)
def test_a_forged_number_is_noticed(law):
    run, _, _ = asked(law=law)
    for forged in (
        run._replace(mean=-run.mean), run._replace(variance=run.variance + 0.01),
        run._replace(slope=-run.slope), run._replace(trend=run.trend.flip(0) + 0.01),
        run._replace(density=run.density.flip(0)), run._replace(whole=run.whole.flip(0)),
        run._replace(u=-run.u), run._replace(Sigma=2 * run.Sigma),
    ):  # fmt: skip
        checks = call(claims.checks, forged, values=GIVEN | {"law": law})
        assert any(check.applies and not check.holds for check in checks)
