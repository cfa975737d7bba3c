import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

from core.experiments.museum import density_claims as claims
from core.experiments.museum.density import RHOS, density, log_density, plane
from core.signature import call, fields
from tests.forgery import failures

GIVEN = {name: field.default for name, field in fields(density).items()}


def red(run, **values) -> list[str]:
    return failures(claims.checks(run, **{k: v for k, v in (GIVEN | values).items()}))


def test_the_figures_of_the_report():
    """Issue 20: a law with mean (0, 4) and Σ = [[1, ½], [½, 1]] at (−100, 100)."""
    L = torch.linalg.cholesky(torch.tensor([[1, 0.5], [0.5, 1]], dtype=torch.float64))
    d = torch.tensor([[-100.0, 96.0]], dtype=torch.float64)
    assert float(log_density(L, d, True)) == pytest.approx(-38419.47181380798, abs=1e-8)
    assert float(log_density(L, d, False)) == pytest.approx(-19212.360702696853, abs=1e-8)


@pytest.mark.parametrize("rho", [-0.9, -0.3, 0.0, 0.6, 0.95])
def test_the_mended_code_is_that_of_scipy(rho):
    run = density(code="mended", rho=rho)
    law = multivariate_normal([0, 0], [[1, rho], [rho, 1]])
    side = np.linspace(-4, 4, 97)
    x, y = np.meshgrid(side, side)
    np.testing.assert_allclose(run.field, law.logpdf(np.stack([x, y], -1)), rtol=1e-9)
    assert run.log == run.right == pytest.approx(law.logpdf([1.5, -1.0]))


@pytest.mark.parametrize("rho", [-0.8, 0.0, 0.5, 0.8])
def test_what_the_published_density_sums_to(rho):
    assert density(rho=rho).mass == pytest.approx((1 - rho**2) ** 0.5, abs=1e-4)
    assert density(rho=rho, code="mended").mass == pytest.approx(1, abs=1e-4)
    assert len(RHOS) == 77 and plane(RHOS[:2]).tolist()[1] == [RHOS[1], RHOS[0]]


@pytest.mark.parametrize(("rho", "x1", "x2"), [(0.6, 1.0, 0.6), (0.6, -1.8, -3.0), (-0.5, 2, -1)])
def test_on_two_lines_the_mistake_hides(rho, x1, x2):
    run = density(rho=rho, x1=x1, x2=x2)
    assert run.log == pytest.approx(run.right, abs=1e-12)
    values = GIVEN | {"rho": rho, "x1": x1, "x2": x2}
    both = [c for c in claims.checks(run, **values) if "both codes" in c.claim]
    assert [c.applies and c.holds for c in both] == [True]
    assert "as it should be, as on the lines" in call(claims.says, run, values=values)


@pytest.mark.parametrize("rho", [-0.7, 0.3, 0.9])
def test_off_the_lines_they_differ_by_what_is_said(rho):
    for x1, x2 in ((1.5, -1.0), (-0.4, 2.3)):
        run = density(rho=rho, x1=x1, x2=x2)
        off = rho * (x1 - rho * x2) * (x2 - rho * x1) / (1 - rho * rho) ** 2
        assert run.log - run.right == pytest.approx(off)
        values = GIVEN | {"rho": rho, "x1": x1, "x2": x2}
        (both,) = [c for c in claims.checks(run, **values) if "both codes" in c.claim]
        assert not both.applies and "off the lines" in both.why


def test_the_curve_by_sums_over_grids():
    np.testing.assert_allclose(claims._sums(False), 1, atol=1e-12)
    np.testing.assert_allclose(claims._sums(True), density().masses, atol=1e-12)


def test_with_no_correlation_the_mistake_hides():
    run = density(rho=0.0)
    assert run.log == pytest.approx(run.right, abs=1e-12) and run.mass == pytest.approx(1, abs=1e-6)
    assert "changes nothing" in call(claims.says, run, values=GIVEN | {"rho": 0.0})


@pytest.mark.parametrize("code", ["published", "mended"])
@pytest.mark.parametrize("field", ["x", "log", "right", "field", "mass", "masses"])
def test_what_is_off_turns_a_check_red(field, code):
    run = density(code=code, rho=0.5)
    assert red(run, code=code, rho=0.5) == []
    off = getattr(run, field) * 1.01 + 0.01
    assert red(run._replace(**{field: off}), code=code, rho=0.5)


@pytest.mark.parametrize("bad", [{"rho": 0.99}, {"x1": 5.0}, {"x2": float("nan")}])
def test_refusals_name_the_parameter(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))}"):
        density(**bad)
