"""Covariate shift: χ² balls against scipy, ratios against the draw, robust fits by their slope."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from core.dro import chi2_worst, halves, shift
from core.dro.shift import BALLS, FITS, robust_fit, worst_of
from core.rng import generator
from core.tabular.data import DATA, data


@given(each=st.lists(st.floats(0, 10), min_size=2, max_size=8), radius=st.floats(0, 6))
def test_the_chi2_worst_case_is_a_law_in_the_ball_and_no_law_is_worse(each, radius):
    each = torch.tensor(each, dtype=torch.float64)
    n = len(each)
    value, q = chi2_worst(each, radius)
    assert bool((q >= 0).all()) and float(q.sum()) == pytest.approx(1)
    assert float((n * q - 1).square().mean()) <= radius * (1 + 1e-6) + 1e-9
    assert float(each.mean()) - 1e-12 <= value <= float(each.max()) + 1e-12
    # the dual: η + √(1 + radius) · ‖(ℓ − η)₊‖, for every η an upper bound
    low = float(each.min()) - 1e3
    etas = torch.cat([torch.linspace(low, float(each.max()), 4001, dtype=torch.float64), each])
    above = (each[:, None] - etas).clamp_min(0).square().mean(0).sqrt()
    assert value <= float((etas + math.sqrt(1 + radius) * above).min()) + 1e-9


@pytest.mark.parametrize("radius", [0.05, 0.5, 2.0, 10.0])
def test_the_chi2_worst_case_is_scipys(radius):
    each = torch.tensor([0.3, 2.0, 1.1, 0.2, 4.0, 0.9], dtype=torch.float64)
    n, loss = 6, each.numpy()
    best = minimize(
        lambda q: -q @ loss,
        np.full(n, 1 / n),
        method="SLSQP",
        bounds=[(0, 1)] * n,
        constraints=[
            {"type": "eq", "fun": lambda q: q.sum() - 1},
            {"type": "ineq", "fun": lambda q: radius - ((n * q - 1) ** 2).mean()},
        ],
        options={"ftol": 1e-14, "maxiter": 1000},
    )
    assert chi2_worst(each, radius)[0] == pytest.approx(-best.fun, rel=1e-6)


def test_the_closed_form_holds_while_no_weight_is_negative_and_is_too_much_beyond():
    each = torch.tensor([1.0, 2.0, 3.0, 6.0], dtype=torch.float64)
    spread = float(each.std(correction=0))
    near, far = (chi2_worst(each, r)[0] for r in (0.2, 2.9))
    assert near == pytest.approx(3 + math.sqrt(0.2) * spread)
    assert far < 3 + math.sqrt(2.9) * spread - 0.1 and far <= 6
    assert chi2_worst(each, 0.0)[0] == 3
    assert chi2_worst(each, 3.0)[0] == chi2_worst(each, 50.0)[0] == 6
    tied = chi2_worst(torch.tensor([5.0, 5.0, 1.0]).double(), 9.0)[1]
    assert tied.tolist() == pytest.approx([0.5, 0.5, 0])


@pytest.mark.parametrize("name", DATA)
def test_halves_are_tilted_and_the_ratio_undoes_it(name):
    table = data(name)
    feature = table.features[2]
    x = table.standard(table.X)[:, 2]
    found = halves(table, feature, 1.0, seed=1)
    both = torch.cat([found.source, found.target]).sort().values
    assert torch.equal(both, torch.arange(len(table.X)))
    there, here = x[found.target].mean(), x[found.source].mean()
    assert float(there - here) > 0.4
    assert float(found.ratio.mean()) == pytest.approx(1)
    moved = (found.ratio * x[found.source]).mean()
    assert abs(float(moved - there)) < 0.6 * float(there - here)
    slope = found.ratio.log() - x[found.source]
    assert float(slope.std()) < 1e-9  # the log of the ratio is the tilt
    assert 1 < found.effective < len(found.source)
    flat = halves(table, feature, 0.0)
    assert flat.effective == pytest.approx(len(flat.source))


@pytest.mark.parametrize("ball", BALLS)
@pytest.mark.parametrize("name", ["diabetes", "breast_cancer"])
def test_the_robust_fit_is_the_least_worst_and_radius_zero_the_plain_one(ball, name):
    table = data(name)
    feature = table.features[2]
    run = shift(table, feature, 1.0, 0.3, ball)
    assert tuple(run.betas) == FITS
    assert run.worst["robust"] <= min(run.worst.values()) + 1e-6
    assert run.source["plain"] <= min(run.source[k] for k in FITS) + 2e-3
    assert run.target["told"] <= min(run.target.values()) + 2e-3
    assert all(run.worst[k] >= run.source[k] for k in FITS)
    wider = shift(table, feature, 1.0, 0.6, ball)
    assert wider.worst["robust"] >= run.worst["robust"]
    none = shift(table, feature, 1.0, 0.0, ball)
    assert none.worst["robust"] == pytest.approx(none.source["plain"], abs=2e-3)
    assert none.target["robust"] == pytest.approx(none.target["plain"], abs=2e-2)


@pytest.mark.parametrize("ball", BALLS)
def test_a_column_that_nearly_repeats_another_changes_nothing(ball):
    draw = {"generator": generator(4), "dtype": torch.float64}
    X, y = torch.randn(60, 3, **draw), torch.randn(60, **draw)
    X[:, 0] = 1.0
    twin = torch.cat([X, X[:, 2:] + 1e-7 * torch.randn(60, 1, **draw)], 1)
    found = []
    for rows in (X, twin):
        start = torch.zeros(rows.shape[1], dtype=torch.float64)
        beta = robust_fit(rows, y, "squared", 0.4, ball, start=start)
        found.append(worst_of(beta, rows, y, "squared", 0.4, ball)[0])
    assert found[1] == pytest.approx(found[0], rel=2e-2) and found[1] <= found[0] + 1e-6


@pytest.mark.parametrize("ball", BALLS)
@pytest.mark.parametrize("loss", ["squared", "logistic"])
def test_the_slope_of_the_worst_risk_is_its_derivative(ball, loss):
    draw = {"generator": generator(2), "dtype": torch.float64}
    X, beta, way = torch.randn(40, 3, **draw), torch.randn(3, **draw), torch.randn(3, **draw)
    y = (X[:, 0] + torch.randn(40, **draw) > 0).double()
    _, slope = worst_of(beta, X, y, loss, 0.4, ball)
    h = 1e-6
    up, down = (worst_of(beta + s * h * way, X, y, loss, 0.4, ball)[0] for s in (1, -1))
    assert float(slope @ way) == pytest.approx((up - down) / (2 * h), rel=1e-5)


def test_weights_find_the_line_of_the_target_where_the_model_is_wrong():
    """y = x² has no line: the best one depends on where the rows are."""
    x = torch.randn(4000, 2, generator=generator(5), dtype=torch.float64)
    table = data("diabetes")._replace(
        name="made",
        features=("x", "z"),
        units=("", ""),
        X=x,
        y=x[:, 0] ** 2,
        train=torch.arange(4000),
        test=torch.arange(0),
    )
    run = shift(table, "x", 1.0, 0.5, alone=True)
    ideal = run.target["told"]
    assert run.target["weighted"] - ideal < 0.25 * (run.target["plain"] - ideal)
    assert run.target["guessed"] - ideal < 0.25 * (run.target["plain"] - ideal)
    assert run.source["plain"] < run.source["weighted"]


def test_shift_refuses_by_name():
    table = data("wine")
    with pytest.raises(ValueError, match="expected feature to be one of"):
        shift(table, "age", 1.0, 0.1)
    with pytest.raises(ValueError, match=r"expected strength in \[-5, 5\]"):
        shift(table, table.features[0], 9.0, 0.1)
    with pytest.raises(ValueError, match="expected radius"):
        shift(table, table.features[0], 1.0, -0.1)
    with pytest.raises(ValueError, match="expected ball to be one of chi2, wasserstein"):
        shift(table, table.features[0], 1.0, 0.1, "tv")
