"""SAGE and its rivals against the engine, least squares by hand, sums over tables, and errors."""

import itertools
import math

import numpy as np
import pytest
import torch
from sklearn.linear_model import LinearRegression

from core.experiments.shapley import risk as risks
from core.experiments.shapley import risk_claims as claims
from core.rng import generator
from core.shapley import joint_covariance, regression_game, shapley_values
from pages.experiments.shapley.risk import EXPERIMENT as RISK
from tests.forgery import failures

D = torch.float64
SAGE, LOFO, PERMUTED, RESAMPLED, ALONE = range(5)


def run(**values):
    return risks.risk(**values)


def checked(result, world="gauss", rho=0.9, flip=0.0, **_):
    return claims.checks(result, world=world, rho=rho, flip=flip)


def failing(result, **values):
    return failures(checked(result, **values))


def close(a, b, tol=1e-10):
    torch.testing.assert_close(a, torch.as_tensor(b, dtype=D), rtol=0, atol=tol)


def test_twins_share_with_sage_and_lose_with_lofo():
    result = run()
    close(result.exact[SAGE], (1.9, 1.9, 1.0))
    close(result.exact[LOFO], (0.19, 0.19, 1.0))
    close(result.exact[PERMUTED], (2.0, 2.0, 2.0))
    close(result.exact[RESAMPLED], (0.38, 0.38, 2.0))
    close(result.exact[ALONE], (3.61, 3.61, 1.0))
    assert result.saved == pytest.approx(4.8)


def test_xor_and_a_copy_are_opposite_but_for_sage():
    whole = math.log(2)
    xor, copy = run(world="xor"), run(world="copy")
    for each in (xor, copy):
        close(each.exact[SAGE], (whole / 2, whole / 2))
    close(xor.exact[[LOFO, ALONE]], ((whole, whole), (0.0, 0.0)))
    close(copy.exact[[LOFO, ALONE]], ((0.0, 0.0), (whole, whole)))
    assert torch.isinf(xor.exact[[PERMUTED, RESAMPLED]]).all()
    close(copy.exact[[PERMUTED, RESAMPLED]], ((whole / 2, whole / 2), (0.0, 0.0)))


@pytest.mark.parametrize(("beta", "rho"), [("1 -2 0.5", 0.6), ("1 1 1", -0.9), ("1 0 1", 0.3)])
def test_formulas_by_hand_are_the_games_of_the_engine(beta, rho):
    result = run(beta=beta, rho=rho)
    close(risks.lines("gauss", result.beta, torch.tensor([rho], dtype=D))[:, 0], result.exact)
    cov = torch.eye(3, dtype=D)
    cov[0, 1] = cov[1, 0] = rho
    game = regression_game(joint_covariance(result.beta, cov, 0.25))
    close(result.v, game)
    close(result.exact[SAGE], shapley_values(game))


@pytest.mark.parametrize("rho", [-0.9, 0.0, 0.6])
def test_mutual_information_is_that_of_the_joint_normal_law(rho):
    beta = torch.tensor([1.0, -0.5, 2.0], dtype=torch.float64)
    cov = torch.eye(3, dtype=torch.float64)
    cov[0, 1] = cov[1, 0] = rho
    law = joint_covariance(beta, cov, 0.25)
    found = run(beta="1 -0.5 2", rho=rho, noise=0.25).information
    for j in range(3):
        pair = law[[j, 3]][:, [j, 3]]
        ratio = law[j, j] * law[3, 3] / torch.linalg.det(pair)
        assert found[j].item() == pytest.approx(0.5 * math.log(ratio), abs=1e-12)


def test_mutual_information_at_the_ends():
    assert run(beta="1 0 0", rho=0.0, noise=0.0).information[0] == math.inf
    assert run(beta="0 0 0", noise=0.0).information.tolist() == [0, 0, 0]
    assert run(world="xor", flip=0.0).information.tolist() == pytest.approx([0, 0], abs=1e-12)
    copied = run(world="copy", flip=0.0).information.tolist()
    assert copied == pytest.approx([math.log(2)] * 2)


def test_importances_of_f_by_many_draws():
    """Shuffled and resampled by their definitions, with other random numbers."""
    random = np.random.default_rng(0)
    rho, beta, n = 0.6, np.array([1.0, -2.0, 0.5]), 200_000
    cov = np.array([[1, rho, 0], [rho, 1, 0], [0, 0, 1]])
    X = random.multivariate_normal(np.zeros(3), cov, n)
    y = X @ beta + 0.5 * random.standard_normal(n)
    exact = run(beta="1 -2 0.5", rho=rho).exact
    for j in range(3):
        others = [k for k in range(3) if k != j]
        told = np.linalg.solve(cov[np.ix_(others, others)], cov[others, j])
        spread = math.sqrt(1 - told @ cov[others, j])
        for m, new in (
            (PERMUTED, random.permutation(X[:, j])),
            (RESAMPLED, X[:, others] @ told + spread * random.standard_normal(n)),
        ):
            Z = X.copy()
            Z[:, j] = new
            rise = ((y - Z @ beta) ** 2 - (y - X @ beta) ** 2).mean()
            assert rise == pytest.approx(exact[m, j].item(), abs=0.1)


def test_the_rows_are_judged_by_least_squares_refitted_for_each_coalition():
    n, rho, noise = 60, -0.4, 0.5
    beta = np.array([1.0, 0.5, -1.0])
    result = run(beta="1 0.5 -1", rho=rho, noise=noise, n=n, seed=3)
    random = generator(3)
    draws = torch.randn(2 * n, 4, generator=random, dtype=D).numpy()
    X = draws[:, :3].copy()
    X[:, 1] = rho * X[:, 0] + math.sqrt(1 - rho**2) * draws[:, 1]
    y = X @ beta + math.sqrt(noise) * draws[:, 3]
    for s, row in enumerate(itertools.product((False, True), repeat=3)):
        S = list(reversed(row))  # player 1 is the lowest bit
        fitted = (
            LinearRegression().fit(X[:n, S], y[:n]).predict(X[n:, S]) if any(S) else y[:n].mean()
        )
        assert result.learned[s].item() == pytest.approx(-((y[n:] - fitted) ** 2).mean())
    f = LinearRegression().fit(X[:n], y[:n])
    close(result.found[LOFO], result.learned[7] - result.learned[[6, 5, 3]])
    order = torch.rand(n, 3, generator=random).argsort(0).numpy()
    steps = torch.randn(n, 3, generator=random, dtype=D).numpy()
    whole = ((y[n:] - f.predict(X[n:])) ** 2).mean()
    for j in range(3):
        guess = LinearRegression().fit(np.delete(X[:n], j, 1), X[:n, j])
        spread = (X[:n, j] - guess.predict(np.delete(X[:n], j, 1))).std()
        for m, new in (
            (PERMUTED, X[n:][order[:, j], j]),
            (RESAMPLED, guess.predict(np.delete(X[n:], j, 1)) + spread * steps[:, j]),
        ):
            Z = X[n:].copy()
            Z[:, j] = new
            rise = ((y[n:] - f.predict(Z)) ** 2).mean() - whole
            assert result.found[m, j].item() == pytest.approx(rise)


@pytest.mark.parametrize("values", [{}, {"world": "xor", "flip": 0.1}, {"world": "copy"}])
def test_twenty_draws_scatter_around_the_truth_and_the_next_seed_is_the_next_draw(values):
    few, many = (run(**values, n=n) for n in (100, 2000))
    close(run(**values, n=100, seed=1).draws[:19], few.draws[1:])
    close(few.found, few.draws[0])
    error = (many.draws.mean(0) - many.exact).abs()
    assert (error < 5 * many.draws.std(0) / math.sqrt(20) + 0.01).all()
    wide = few.draws.std(0) > 1e-9
    assert (many.draws.std(0)[wide] < 0.5 * few.draws.std(0)[wide]).all()


def test_error_bars_are_as_wide_as_the_scatter_of_lofo():
    for seed in (0, 100):
        result = run(n=2000, seed=seed)
        ratio = result.errors / result.draws.std(0)
        assert ((ratio > 0.4) & (ratio < 2.0)).all()


def test_only_sage_adds_up_on_every_draw():
    for values in ({}, {"world": "xor", "flip": 0.2}, {"rho": 0.3, "n": 20, "seed": 7}):
        result = run(**values)
        assert result.found[SAGE].sum().item() == pytest.approx(result.saved_found)
        for m in (LOFO, PERMUTED, RESAMPLED, ALONE):
            assert result.found[m].sum().item() != pytest.approx(result.saved_found, rel=1e-3)


def test_a_copy_leaves_the_shortest_model():
    values = {"rho": 1.0, "beta": "1 0 1"}
    result = run(**values)
    close(result.exact[SAGE], (0.5, 0.5, 1.0))
    close(result.exact[LOFO], (0.0, 0.0, 1.0))
    close(result.exact[PERMUTED], (0.5, 0.5, 2.0))  # f = ½ X₁ + ½ X₂ + X₃
    close(result.exact[RESAMPLED], (0.0, 0.0, 2.0))
    silent = [c.claim for c in checked(result, **values) if not c.applies]
    assert failing(result, **values) == []
    assert len(silent) == 2 and silent[0] == "permuted 2βⱼ²" and "believed" in silent[1]
    assert (run(**values, n=2000).draws.mean(0) - result.exact).abs().max() < 0.1


@pytest.mark.parametrize("m", range(5))
@pytest.mark.parametrize("values", [{}, {"world": "xor", "flip": 0.1}, {"world": "copy"}])
def test_a_wrong_importance_of_one_feature_is_noticed(values, m):
    exact = run(**values).exact.clone()
    exact[m, 1] += 0.01
    assert failing(run(**values)._replace(exact=exact), **values)


def test_the_belief_is_silent_unless_the_features_are_independent():
    def belief(**values):
        found = checked(run(**values), **values)
        return next(c for c in found if c.claim.startswith("believed"))

    assert not belief().applies and not belief().holds
    assert "1.38 of 4.8: what one feature loses the other replaces" in belief().why
    assert all("need each other" in belief(**w).why for w in ({"rho": -0.9}, {"world": "xor"}))
    for values in ({"rho": 0.0}, {"world": "xor", "flip": 0.5}):
        assert belief(**values).applies and belief(**values).holds


def test_the_switch_draws_the_belief_in_the_colour_of_what_is_wrong():
    for adds in (False, True):
        for panel in RISK.figure(run(), **RISK.defaults() | {"adds": adds}).panels[:2]:
            assert any(trace["meta"]["role"] == "wrong" for trace in panel.traces) == adds


@pytest.mark.parametrize(("measures", "count"), [("two", 2), ("five", 5), ("rows", 5)])
def test_bars_and_sums_are_those_of_the_measures_asked_for(measures, count):
    result = run(beta="1 -1 0.5", rho=0.7)
    values = RISK.defaults() | {"rho": 0.7, "measures": measures}
    bars, panel, *_ = RISK.figure(result, **values).panels
    each = result.found if measures == "rows" else result.exact
    for m in range(count):
        ends = [t["x"][0] for t in panel.traces if "label" in t["meta"] and t["y"][0] == m]
        parts = np.concatenate(([0.0], each[m].numpy().cumsum()))
        assert ends == pytest.approx([parts.max()], abs=1e-6)
        (bar,) = (t for t in bars.traces if t["name"] == risks.MEASURES[m])
        assert bar["x"][1::3] == pytest.approx(each[m].numpy(), abs=1e-5)
    assert len({t["y"][0] for t in panel.traces if "label" in t["meta"]}) == count
    assert any(t["name"] == "20 draws" for t in bars.traces) == (measures == "rows")


def test_an_infinite_importance_ends_at_the_edge_under_its_own_sign():
    values = RISK.preset("XOR of two bits") | {"measures": "five"}
    for panel in RISK.figure(run(world="xor"), **values).panels[:2]:
        assert any(t["name"] == "∞" for t in panel.traces)


def test_the_right_answers_are_these():
    for prediction, right in zip(
        RISK.predictions, ("1.9", "no, to far less", "half a bit, 0.347"), strict=True
    ):
        assert prediction.answer(RISK.compute(**RISK.preset(prediction.preset))) == right


@pytest.mark.parametrize(
    ("beta", "message"),
    [
        ("1 1", "beta to be 1 x 3, got 1 x 2"),
        ("1 x 1", "a finite number in row 1, column 2 of beta, got 'x'"),
        ("1 50 1", r"an entry of beta in \[-10, 10\], got 50"),
    ],
)
def test_slopes_that_are_none_are_refused_by_name(beta, message):
    with pytest.raises(ValueError, match=message):
        run(beta=beta)
