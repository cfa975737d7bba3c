"""Two Gaussian features explained: against the engine, integrals, closed forms and a wrong one."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from core.experiments.shapley import absent
from core.experiments.shapley import absent_claims as absent_checks
from core.shapley import shap_values
from core.shapley.prediction import GAMES
from pages.experiments.shapley.absent import EXPERIMENT as ABSENT
from pages.figures.shapley.absent import figure

D = torch.float64
MARGINAL, CONDITIONAL = GAMES.index("interventional"), GAMES.index("conditional")
NUMBER = st.floats(-4, 4).map(lambda value: round(value, 2))


def run(**values):
    return ABSENT.compute(**ABSENT.defaults() | values)


def checked(result, **values):
    return absent_checks.checks(result, **ABSENT.defaults() | values)


def failing(result, **values):
    return [c.claim for c in checked(result, **values) if c.applies and not c.holds]


def close(a, b, tol=1e-10):
    torch.testing.assert_close(a, torch.as_tensor(b, dtype=D), rtol=0, atol=tol)


def test_a_feature_nobody_uses_is_paid_by_the_conditional_game_alone():
    close(run().phi, (0.55, 0.45))
    close(run(game="interventional").phi, (1.0, 0.0))
    close(run(game="baseline", z1=-1.0, z2=5.0).phi, (2.0, 0.0))
    close(run().v, (0.0, 1.0, 0.9, 1.0))


def test_background_has_the_moments_that_were_typed_in():
    result = run(law="own", cov="2 -0.6,-0.6 0.5", mean="1 -0.5")
    close(result.rows.mean(0), (1.0, -0.5))
    close(torch.cov(result.rows.T, correction=0), ((2.0, -0.6), (-0.6, 0.5)))
    assert result.rho == pytest.approx(-0.6)


@pytest.mark.parametrize("model", absent.MODELS)
@pytest.mark.parametrize("game", GAMES)
def test_the_sweep_is_the_engine_at_each_correlation(model, game):
    x = {"x1": 0.7, "x2": -1.1}
    swept = run(model=model, b2=-2.0, game=game, rho=0.3, z1=0.4, n=30, **x)
    point = torch.tensor([0.7, -1.1], dtype=D)
    beta = torch.tensor([1.0, 0.0 if model == "first" else -2.0], dtype=D)
    for place in (0, 13, absent.SWEEP - 1):
        rho = swept.sweep[place].item()
        there = run(model=model, b2=-2.0, game=game, rho=rho, z1=0.4, n=30, **x)
        close(swept.curves[GAMES.index(game), place], there.phi)
        f = {
            "product": lambda X: X.prod(-1),
            "net": lambda X: 1.5 * (X.sum(-1) - 1).tanh() - (X[:, 0] - X[:, 1]).tanh(),
        }.get(model, lambda X: X @ beta)
        background = there.reference[None] if game == "baseline" else there.rows
        engine = shap_values(f, point, background, game, cov=there.cov, bandwidth=0.2)
        close(there.phi, engine)
    close(swept.shares[GAMES.index(game)], swept.phi)


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
    for game, slope in (("interventional", 0.0), ("conditional", rho)):
        left = 1 - slope**2
        one = integrate.quad(lambda b: f(x1, b) * density(b, slope * x1, left), -8, 8)[0]  # noqa: B023
        two = integrate.quad(lambda a: f(a, x2) * density(a, slope * x2, left), -8, 8)[0]  # noqa: B023
        law = run(model=model, rho=rho, x1=x1, x2=x2, game=game).law
        close(law, (whole, one, two, f(x1, x2)), 1e-6)


def test_many_rows_come_near_the_law_and_a_narrow_bandwidth_near_the_condition():
    gap = [(run(model="net", n=n, seed=3).v - run(model="net").law).abs().max() for n in (20, 1000)]
    assert gap[1] < gap[0] and gap[1] < 0.02
    wide, narrow = (
        (run(game="empirical", bandwidth=h, n=1000).v - run(game="empirical").law).abs().max()
        for h in (1.0, 0.1)
    )
    assert narrow < 0.05 < 0.3 < wide


def test_filled_in_rows_are_what_the_game_averages_over():
    for game in GAMES:
        result = run(model="product", game=game, x1=1.5, x2=-0.5, z1=0.3)
        means = (result.filled.prod(-1) * result.weights).sum(-1)
        close(means, result.v[1:3])
        assert (result.filled[0, :, 0] == 1.5).all() and (result.filled[1, :, 1] == -0.5).all()
        close(result.weights.sum(-1), (1.0, 1.0))


def test_marginal_draws_leave_the_cloud_and_conditional_ones_follow_it():
    at = {"model": "linear", "x1": 2.0, "x2": 1.5}
    assert run(game="interventional", **at).outside[0] > 0.7
    assert run(game="conditional", **at).outside[0] < 0.05
    # by the normal distribution: (x₂ − ρ x₁)² ≤ (9.21 − x₁²)(1 − ρ²)
    half = math.sqrt((absent.WITHIN - 4) * 0.19)
    inside = stats.norm.cdf(1.8 + half) - stats.norm.cdf(1.8 - half)
    share = run(game="interventional", n=1000, **at).outside[0].item()
    assert share == pytest.approx(1 - inside, abs=0.05)
    border = absent.ellipse(run().mean, run().cov)
    assert not absent.beyond(0.999 * border, run().mean, run().cov).any()
    assert absent.beyond(1.001 * border, run().mean, run().cov).all()


@pytest.mark.parametrize("cov", ["1 1,1 1", "0 0,0 1", "4 -2,-2 1", "0 0,0 0"])
def test_twins_and_constants_are_accepted(cov):
    for game in GAMES:
        values = {"model": "linear", "law": "own", "cov": cov, "game": game}
        result = run(**values)
        assert failing(result, **values) == []
        assert torch.isfinite(result.v).all() and torch.isfinite(result.theory).all()
        assert len(figure(result, **ABSENT.defaults() | values).panels) == 4


@settings(max_examples=60, deadline=None)
@given(
    values=st.fixed_dictionaries(
        {
            "model": st.sampled_from(absent.MODELS),
            "game": st.sampled_from(GAMES),
            "rho": st.floats(-1, 1).map(lambda value: round(value, 2)),
            "b1": NUMBER,
            "b2": NUMBER,
            "x1": NUMBER,
            "x2": NUMBER,
            "z1": NUMBER,
            "z2": NUMBER,
            "n": st.integers(10, 60),
            "bandwidth": st.floats(0.02, 5),
        }
    )
)
def test_every_check_holds_wherever_it_applies(values):
    result = run(**values)
    assert failing(result, **values) == []
    everything = ABSENT.defaults() | values
    assert absent_checks.says(result, **everything)
    for panel in figure(result, **everything).panels:
        for trace in panel.traces:
            assert not np.isinf(np.asarray(trace["y"], dtype=float)).any()


def test_wrong_values_are_noticed():
    for values in (
        {},
        {"game": "interventional"},
        {"model": "linear", "b2": -0.5, "rho": 0.0},
        {"model": "net", "game": "baseline"},
    ):
        good = run(**values)
        assert failing(good, **values) == []
        assert failing(good._replace(phi=good.phi + 0.01), **values)
        if values.get("model") != "net":
            shares = good.shares.clone()
            shares[MARGINAL, 1] += 0.01
            assert any("marginal" in c for c in failing(good._replace(shares=shares), **values))
            shares = good.shares.clone()
            shares[CONDITIONAL] = shares[CONDITIONAL].flip(0) + 0.01
            found = failing(good._replace(shares=shares), **values)
            assert any("conditional" in c for c in found)
        wrong = good.v.clone()
        wrong[1] += 0.01
        assert any("rows" in c for c in failing(good._replace(v=wrong), **values))


def test_the_printed_definition_and_the_software_differ_as_the_check_says():
    (silent,) = [c for c in checked(run()) if "ignores" in c.claim]
    assert not silent.applies and not silent.holds and "E-101" in silent.why
    assert "φ₂ = 0.45" in silent.why
    values = {"game": "interventional"}
    (sounding,) = [c for c in checked(run(**values), **values) if "ignores" in c.claim]
    assert sounding.applies and sounding.holds
    meeting = [c for c in checked(run()) if "independent" in c.claim]
    assert not any(c.applies or c.holds for c in meeting)
    values = {"rho": 0.0, "model": "net"}
    meeting = [c for c in checked(run(**values), **values) if "independent" in c.claim]
    assert all(c.applies and c.holds for c in meeting)


def test_the_waterfall_ends_at_f_and_the_bars_join():
    values = ABSENT.defaults() | {"model": "net", "x1": 2.0, "x2": -1.0}
    result = run(**values)
    panel = figure(result, **values).panels[1]
    bars = [t for t in panel.traces if t["name"] in ("x₁", "x₂")]
    ends = [tuple(t["x"][:2]) for t in bars]
    f = 1.5 * math.tanh(0) - math.tanh(3)
    assert [ends[k][1] for k in (1, 3, 5)] == pytest.approx([f] * 3)
    assert [ends[k][0] for k in (1, 3, 5)] == [ends[k][1] for k in (0, 2, 4)]
    assert {ends[k][0] for k in (0, 2, 4)} == {np.float32(result.v[0])}


def test_the_handles_set_the_point_the_reference_and_the_correlation():
    values = ABSENT.defaults() | {"game": "baseline", "z1": -1.0, "law": "own", "x2": -0.5}
    panels = figure(run(**values), **values).panels
    x, z = panels[0].handles
    assert (x.x, x.y, x.params) == (1.0, -0.5, ("x1", "x2"))
    assert (z.x, z.y, z.params) == (-1.0, 0.0, ("z1", "z2"))
    (rho,) = panels[2].handles
    assert rho.params == ("rho",) and rho.also == {"law": "rho"} and rho.x == pytest.approx(0.9)


@pytest.mark.parametrize("index", range(len(ABSENT.predictions)))
def test_predictions_have_the_right_answer_and_beliefs_that_show_the_wrong_one(index):
    prediction = ABSENT.predictions[index]
    right = ("0.45", "0", "0.1", "most of them")[index]
    values = ABSENT.preset(prediction.preset)
    result = ABSENT.compute(**values)
    assert prediction.answer(result) == right
    assert "{" not in prediction.because.format(**prediction.facts(result))
    for option, change in prediction.beliefs.items():
        assert prediction.answer(ABSENT.compute(**values | change)) == option


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rho": 1.01}, r"rho in \[-1, 1\], got 1.01"),
        ({"rho": math.nan}, "rho in"),
        (
            {"law": "own", "cov": "1 2,2 1"},
            "cov to be positive semidefinite, got the eigenvalue -1",
        ),
        ({"law": "own", "cov": "-1 0,0 1"}, "cov to be positive semidefinite"),
        ({"law": "own", "cov": "1 0.5,0.4 1"}, "cov to be symmetric, got entries 0.1 apart"),
        ({"law": "own", "cov": "1 0"}, "cov to be 2 x 2, got 1 x 2"),
        ({"law": "own", "cov": "1 x,0 1"}, "a finite number in row 1, column 2 of cov, got 'x'"),
        ({"law": "own", "cov": "1000 0,0 1"}, "an entry of cov in"),
        ({"law": "own", "mean": "0 0 0"}, "mean to be 1 x 2"),
        ({"x1": math.inf}, "x1 in"),
        ({"z2": 101.0}, "z2 in"),
        ({"bandwidth": 0.0}, r"bandwidth in \(0"),
        ({"n": 5}, "n a whole number"),
        ({"seed": -1}, "seed a whole number"),
        ({"model": "tree"}, "model to be one of"),
        ({"game": "observational"}, "game to be one of"),
        ({"law": "cauchy"}, "law to be one of"),
    ],
)
def test_bad_values_are_refused_by_name(change, message):
    with pytest.raises(ValueError, match=message):
        run(**change)
