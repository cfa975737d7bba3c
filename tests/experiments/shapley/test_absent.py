"""Two normal features explained: against the engine, integrals, closed forms and a wrong one."""

import math

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from core.experiments.shapley import absent
from core.experiments.shapley import absent_claims as claims
from core.shapley import shap_values
from core.shapley.prediction import GAMES
from pages.experiments.shapley.absent import EXPERIMENT as ABSENT
from tests.forgery import failures

D = torch.float64
MARGINAL, CONDITIONAL = GAMES.index("interventional"), GAMES.index("conditional")


def run(**values):
    return absent.absent(**values)


def checked(result, game="conditional"):
    return claims.checks(result, game=game)


def failing(result, game="conditional"):
    return failures(checked(result, game))


def close(a, b, tol=1e-10):
    torch.testing.assert_close(
        torch.as_tensor(a, dtype=D), torch.as_tensor(b, dtype=D), rtol=0, atol=tol
    )


def test_a_feature_nobody_uses_is_paid_by_the_conditional_game_alone():
    close(run().now("conditional")[1], (0.55, 0.45))
    close(run().now("interventional")[1], (1.0, 0.0))
    close(run(z1=-1.0, z2=5.0).now("baseline")[1], (2.0, 0.0))
    close(run().now("conditional")[0], (0.0, 1.0, 0.9, 1.0))


def test_the_rows_have_the_moments_of_the_law():
    rows = run(rho=-0.6, n=30).rows
    close(rows.mean(1), (0.0, 0.0))
    close(torch.cov(rows, correction=0), ((1.0, -0.6), (-0.6, 1.0)))


@pytest.mark.parametrize("model", absent.MODELS)
@pytest.mark.parametrize("game", GAMES)
def test_the_sweep_is_the_engine_at_each_correlation(model, game):
    g = GAMES.index(game)
    values = {"model": model, "beta": "1 -2", "x1": 0.7, "x2": -1.1, "z1": 0.4, "n": 30}
    swept = run(rho=0.3, **values)
    for place in (0, 13, 40):
        rho = absent.SWEEP[place].item()
        there = run(rho=rho, **values)
        close(swept.v[g, place], there.v[g, -1])
        close(swept.law[g, place], there.law[g, -1])
        f = {
            "first": lambda X: X[:, 0],
            "product": lambda X: X.prod(-1),
            "net": lambda X: 1.5 * (X.sum(-1) - 1).tanh() - (X[:, 0] - X[:, 1]).tanh(),
        }.get(model, lambda X: X[:, 0] - 2 * X[:, 1])
        background = there.reference[None] if game == "baseline" else there.rows.T.contiguous()
        cov = torch.tensor([[1.0, rho], [rho, 1.0]], dtype=D)
        engine = shap_values(f, there.x, background, game, cov=cov, bandwidth=0.2)
        close(there.now(game)[1], engine)


def test_the_surface_has_a_row_for_each_second_and_a_column_for_each_first_feature():
    field = absent.surface("net", (math.nan, math.nan), 4.0)
    assert field.shape == (49, 49)  # in steps of 1/6 from −4
    for i, j in ((0, 48), (30, 6)):
        a, b = -4 + j / 6, -4 + i / 6
        close(field[i, j], 1.5 * math.tanh(a + b - 1) - math.tanh(a - b))


def density(at, mean, variance):
    return stats.norm.pdf(at, mean, math.sqrt(variance))


@pytest.mark.parametrize("model", ["product", "net"])
def test_the_law_is_what_integration_gives(model):
    rho, x1, x2 = -0.6, 1.3, 0.4
    f = {
        "product": lambda a, b: a * b,
        "net": lambda a, b: 1.5 * math.tanh(a + b - 1) - math.tanh(a - b),
    }[model]
    whole = integrate.dblquad(
        lambda b, a: f(a, b) * density(a, 0, 1) * density(b, rho * a, 1 - rho**2), -7, 7, -7, 7,
        epsabs=1e-7,
    )[0]  # fmt: skip
    law = run(model=model, rho=rho, x1=x1, x2=x2).law
    for g, slope in ((MARGINAL, 0.0), (CONDITIONAL, rho)):
        left = 1 - slope**2
        one = integrate.quad(lambda b: f(x1, b) * density(b, slope * x1, left), -8, 8)[0]  # noqa: B023
        two = integrate.quad(lambda a: f(a, x2) * density(a, slope * x2, left), -8, 8)[0]  # noqa: B023
        close(law[g, -1], (whole, one, two, f(x1, x2)), 1e-6)


def gap(result, game):
    g = GAMES.index(game)
    return (result.v[g, -1] - result.law[g, -1]).abs().max()


def test_many_rows_come_near_the_law_and_a_narrow_bandwidth_near_the_condition():
    few, many = (gap(run(model="net", n=n), "conditional") for n in (20, 1000))
    assert many < few and many < 0.02
    wide, narrow = (gap(run(bandwidth=h, n=1000), "empirical") for h in (1.0, 0.1))
    assert narrow < 0.05 < 0.3 < wide


def test_filled_in_rows_are_what_the_game_averages_over():
    result = run(model="product", x1=1.5, x2=-0.5, z1=0.3)
    for game in GAMES:
        points, weights = result.filled(game)
        close((points.prod(-1) * weights).sum(-1), result.now(game)[0][1:3])
        assert (points[0, :, 0] == 1.5).all() and (points[1, :, 1] == -0.5).all()
        close(weights.sum(-1), (1.0, 1.0))


def test_marginal_draws_leave_the_cloud_and_conditional_ones_follow_it():
    at = {"model": "linear", "x1": 2.0, "x2": 1.5}
    assert run(**at).outside("interventional")[0] > 0.7
    assert run(**at).outside("conditional")[0] < 0.05
    # by the normal distribution: (x₂ − ρ x₁)² ≤ (9.21 − x₁²)(1 − ρ²)
    half = math.sqrt((absent.WITHIN - 4) * 0.19)
    inside = stats.norm.cdf(1.8 + half) - stats.norm.cdf(1.8 - half)
    assert run(n=1000, **at).outside("interventional")[0] == pytest.approx(1 - inside, abs=0.05)
    for rho in (-0.7, 0.0, 0.9):
        border = absent.ellipse(rho).T
        assert not absent.beyond(0.999 * border, rho).any()
        assert absent.beyond(1.001 * border, rho).all()


@pytest.mark.parametrize("rho", [-1.0, 1.0])
@pytest.mark.parametrize("game", GAMES)
def test_twins_are_accepted(rho, game):
    result = run(model="linear", beta="1 -2", rho=rho)
    assert failing(result, game) == []
    assert result.v.isfinite().all() and result.law.isfinite().all()
    assert len(ABSENT.figure(result, game=game).panels) == 3


def test_wrong_values_are_noticed():
    for values, game in (
        ({}, "conditional"),
        ({}, "interventional"),
        ({"model": "linear", "beta": "1 -0.5", "rho": 0.0}, "conditional"),
        ({"model": "linear", "beta": "1 -0.5"}, "baseline"),
        ({"model": "net"}, "baseline"),
    ):
        good, g = run(**values), GAMES.index(game)
        assert failing(good, game) == []
        v = good.v.clone()
        v[g, -1, 1] += 0.01
        assert any("asked for itself" in c for c in failing(good._replace(v=v), game))
        if values.get("model") != "net":
            v = good.v.clone()
            v[MARGINAL, -1, 2] += 0.01
            assert any("marginal" in c for c in failing(good._replace(v=v), game))
            told = "baseline" if game == "baseline" else "conditional"
            v = good.v.clone()
            v[GAMES.index(told), -1, 1] += 0.01
            assert any(c.startswith(f"{told}, f linear") for c in failing(good._replace(v=v), game))


def test_the_printed_definition_and_the_software_differ_as_the_check_says():
    (silent,) = [c for c in checked(run()) if "ignores" in c.claim]
    assert not silent.applies and not silent.holds and "guesses the other" in silent.why
    assert "φ₂ = 0.45" in silent.why
    (sounding,) = [c for c in checked(run(), "interventional") if "ignores" in c.claim]
    assert sounding.applies and sounding.holds
    (apart,) = [c for c in checked(run(rho=0.0)) if "ignores" in c.claim]
    assert apart.applies and apart.holds
    (apart,) = [c for c in checked(run()) if "independent" in c.claim]
    (meeting,) = [c for c in checked(run(rho=0.0, model="net")) if "independent" in c.claim]
    assert not (apart.applies or apart.holds) and meeting.applies and meeting.holds


def test_the_waterfall_ends_at_f_and_the_bars_join():
    result = run(model="net", x1=2.0, x2=-1.0)
    panel = ABSENT.figure(result).panels[1]
    ends = [tuple(t["x"]) for t in panel.traces if t["name"] == "value"]
    f = 1.5 * math.tanh(0) - math.tanh(3)
    assert [ends[k][1] for k in (1, 3, 5)] == pytest.approx([f] * 3)
    assert [ends[k][0] for k in (1, 3, 5)] == [ends[k][1] for k in (0, 2, 4)]
    assert {ends[k][0] for k in (0, 2, 4)} == {np.float32(result.now("conditional")[0][0])}


def test_the_handles_set_the_point_the_reference_and_the_correlation():
    panels = ABSENT.figure(run(z1=-1.0, x2=-0.5), game="baseline").panels
    x, z = panels[0].handles
    assert (x.x, x.y, x.params) == (1.0, -0.5, ("x1", "x2"))
    assert (z.x, z.y, z.params) == (-1.0, 0.0, ("z1", "z2"))
    (rho,) = panels[2].handles
    assert rho.params == ("rho",) and rho.x == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("beta", "message"),
    [
        ("1", "beta to be 1 x 2, got 1 x 1"),
        ("1 x", "a finite number in row 1, column 2 of beta, got 'x'"),
        ("1 500", r"an entry of beta in \[-100, 100\], got 500"),
    ],
)
def test_slopes_that_are_none_are_refused_by_name(beta, message):
    with pytest.raises(ValueError, match=message):
        run(beta=beta)
