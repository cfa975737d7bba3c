import math

import numpy as np
import pytest
from scipy import stats

from core.experiments.probability import density_claims as claims
from core.experiments.probability.density import LAWS, density, view
from core.signature import call, fields
from pages.figures.probability.density import figure

GIVEN = {name: field.default for name, field in fields(density).items()}


def asked(**values):
    run, values = density(**values), GIVEN | values
    return run, call(claims.checks, run, values=values), call(claims.says, run, values=values)


def test_minus_two_times_an_exponential_by_hand():
    run, found, told = asked()
    z = run.z.numpy()
    right = np.where(z <= 0, 0.5 * np.exp(z / 2), 0.0)  # P(−2Y ≤ z) = e^(z/2) for z ≤ 0
    np.testing.assert_allclose(run.scaled, right, atol=1e-12)
    assert float(run.scaled.min()) >= 0 and float(run.scaled.max()) == pytest.approx(0.5, abs=1e-5)
    assert (run.below, run.height) == pytest.approx((1 - math.exp(-1), math.exp(-1)))
    assert run.slope == pytest.approx(math.exp(-1), rel=1e-7)
    assert "turned round, 2 times as wide and 0.5 times as high" in told
    (printed,) = (c for c in found if c.claim.startswith("as printed (E-08)"))
    assert printed.applies and printed.lhs == pytest.approx(-1, abs=0.01)
    assert not [c for c in asked(alpha=2.0)[1] if c.claim.startswith("as printed") and c.applies]


@pytest.mark.parametrize("alpha", [-3.0, -0.4, 0.25, 1.0, 2.2])
@pytest.mark.parametrize(
    ("values", "law"),
    [
        ({"law": "exponential", "rate": 2.5}, stats.expon(scale=0.4)),
        ({"law": "uniform", "width": 1.7}, stats.uniform(0, 1.7)),
        ({"law": "normal", "mu": -1.0, "sigma": 0.5}, stats.norm(-1, 0.5)),
        ({"law": "gamma", "shape": 2.5, "scale": 0.8}, stats.gamma(2.5, scale=0.8)),
    ],
)
def test_the_density_is_the_slope_of_the_share_of_y(alpha, values, law):
    """P(αY ≤ z) by scipy's c.d.f. of Y, whichever way round, and its difference quotient."""
    run, found, _ = asked(alpha=alpha, t=0.9, **values)
    assert all(c.holds for c in found if c.applies)
    assert (run.below, run.slope) == pytest.approx((law.cdf(0.9), law.pdf(0.9)), rel=1e-6)
    z, h = run.z.numpy()[5:-5:7], 1e-6

    def share(at):
        return law.cdf(at / alpha) if alpha > 0 else law.sf(at / alpha)

    near = np.abs(z[:, None] - alpha * np.array(law.support())).min(1) > 1e-3
    slope = (share(z + h) - share(z - h)) / (2 * h)
    np.testing.assert_allclose(run.scaled.numpy()[5:-5:7][near], slope[near], atol=1e-6)


def test_counts_have_jumps_and_masses_that_keep_their_height():
    run, found, told = asked(law="poisson", rate=3.0, t=2.5, alpha=1.5)
    assert run.slope == 0 and run.height == 0
    assert run.below == pytest.approx(stats.poisson(3).cdf(2))
    np.testing.assert_allclose(run.scaled, stats.poisson(3).pmf(np.arange(len(run.y))), atol=1e-13)
    assert run.z.tolist() == [1.5 * k for k in range(len(run.y))]
    assert all(c.holds for c in found if c.applies) and "level" in told
    run, found, told = asked(law="poisson", rate=3.0, t=2.0)
    assert math.isinf(run.slope) and "has no slope" in told
    assert run.height == pytest.approx(stats.poisson(3).pmf(2))
    assert all(c.holds for c in found if c.applies)


def test_times_nothing_there_is_no_density():
    run, found, told = asked(law="normal", alpha=0.0)
    assert not run.scaled.any() and "point mass" in told
    silent = [c.why for c in found if c.id == "PROB-19"]
    assert len(silent) == 3 and all("point mass" in why for why in silent)


@pytest.mark.parametrize("law", LAWS)
def test_a_forged_number_is_noticed(law):
    run, values = density(law=law, t=1.5), GIVEN | {"law": law, "t": 1.5}
    assert view(law)[0] < 0
    for forged in (
        run._replace(slope=run.slope + 0.02),
        run._replace(below=run.below + 0.01),
        run._replace(height=run.height + 0.01),
        run._replace(scaled=-run.scaled),
        run._replace(z=-run.z),
        run._replace(F=1 - run.F),
        run._replace(y=run.y + 0.1),
    ):
        checks = call(claims.checks, forged, values=values)
        assert any(c.applies and not c.holds for c in checks), forged


def test_the_printed_density_is_drawn_below_the_axis():
    run = density()
    panel = figure(run, law="exponential", alpha=-2.0, printed=True).panels[0]
    assert panel.handles[0].y == pytest.approx(-math.exp(-1) / 2, rel=1e-3)
    (drawn,) = (t for t in panel.traces if t["name"] == "αY")
    assert drawn["y"].min() == pytest.approx(-0.5, abs=1e-4) and drawn["meta"]["role"] == "wrong"


@pytest.mark.parametrize("bad", [{"alpha": 3.1}, {"rate": 0.0}, {"sigma": -1.0}, {"t": math.nan}])
def test_refusals_name_the_parameter(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))}"):
        density(**bad)
