from functools import cache

import numpy as np
import pytest
import torch
from sklearn.linear_model import LinearRegression, LogisticRegression

from core.dro import shift as engine
from core.experiments.dro import shift_claims as claims
from core.experiments.dro.shift import DEALS, FITS, STRENGTHS, deal_of, place, reach, shift
from core.tabular.data import data
from pages.experiments.dro.shift import EXPERIMENT
from pages.figures.dro.shift import figure
from tests import contract
from tests.forgery import failures

AT = {"feature": 3, "alone": False, "ball": "chi2", "radius": 0.3, "strength": 1.5}
HUE = {"data": "wine", "feature": 8, "alone": True}


@cache
def snapshots(**values):
    return list(shift(**values))


def ended(**values):
    return contract.run(EXPERIMENT, EXPERIMENT.defaults() | values)


def red(run, **changed) -> list[str]:
    return failures(claims.checks(run, **AT | changed))


def test_the_risks_are_those_of_the_engine_deal_by_deal():
    run = ended()
    table = data("diabetes")
    for deal, k in ((0, 3), (4, 1), (9, 4)):
        one = engine(table, "BMI", STRENGTHS[k], 0.3, seed=deal)
        assert run.far[deal, k].tolist() == pytest.approx([one.target[f] for f in FITS])
        assert run.near[deal, k].tolist() == pytest.approx([one.source[f] for f in FITS])
        assert run.worst[deal, k].tolist() == pytest.approx([one.worst[f] for f in FITS])
        assert float(run.effective[deal, k]) == pytest.approx(one.halves.effective)


def test_plain_weighted_and_told_are_those_of_scikit_learn():
    run, k = ended(), place(1.5)
    deal, goes = deal_of(run, k, 3, False), run.goes[k].numpy()
    X, y, x = (each.numpy() for each in deal[:3])
    ratio = np.exp(1.5 * x[~goes])
    for fit, rows, weights in ((0, ~goes, None), (1, ~goes, ratio), (3, goes, None)):
        model = LinearRegression(fit_intercept=False).fit(X[rows], y[rows], weights)
        assert run.far[0, k, fit] == pytest.approx(
            np.mean((y - model.predict(X))[goes] ** 2), rel=1e-6
        )


def test_a_class_is_learned_as_scikit_learn_does():
    run, k = ended(**HUE), place(1.5)
    deal, goes = deal_of(run, k, 8, True), run.goes[k].numpy()
    X, y, x = (each.numpy() for each in deal[:3])
    ratio = np.exp(1.5 * x[~goes])
    model = LogisticRegression(C=1 / (1e-3 * ratio.sum()), fit_intercept=False, tol=1e-10)
    model.fit(X[~goes], y[~goes], ratio)
    assert model.coef_[0] == pytest.approx(run.betas[k, 1].numpy(), abs=1e-4)


def test_no_fit_wins_everywhere():
    """Weights lose on all columns of one table and win on one column of another."""
    bmi, hue = ended().mean[3], ended(**HUE).mean[3]
    assert bmi[1] > 1.05 * bmi[0] and hue[1] < 0.9 * hue[0]
    larger = ended(data="breast_cancer", feature=1).mean[3]
    assert larger[2] > 1.03 * larger[0]
    assert claims.facts(ended(), 1.5)["deals"] == str(DEALS)


def test_without_a_shift_all_weights_are_one():
    run = ended()
    assert torch.allclose(run.betas[0, 0], run.betas[0, 1], atol=1e-9)
    assert run.effective[0, 0] == int((~run.goes[0]).sum())
    assert "strength" not in claims.says(run, feature=3, alone=False, strength=0.0)


@pytest.mark.parametrize("ball", ["chi2", "wasserstein"])
def test_radius_zero_is_the_plain_fit(ball):
    run = ended(ball=ball, radius=0.0, **HUE)
    assert torch.allclose(run.worst, run.near, atol=1e-9)
    assert torch.allclose(run.far[..., 2], run.far[..., 0], atol=1e-3)
    assert red(run, feature=8, alone=True, ball=ball, radius=0.0) == []


def test_a_snapshot_after_each_deal():
    runs = snapshots(**HUE)
    assert [len(run.far) for run in runs] == list(range(1, DEALS + 1))
    assert runs[0].doing == "1 of 10 deals" and runs[-1].progress == 1
    assert "one deal" in claims.says(runs[0], feature=8, alone=True, strength=1.5)


@pytest.mark.parametrize("strength", STRENGTHS)
def test_what_is_off_turns_checks_red(strength):
    run = ended()
    assert red(run, strength=strength) == []
    k = place(strength)
    betas = run.betas.clone()
    betas[k, 2] += 0.02
    assert red(run._replace(betas=betas), strength=strength)
    swapped = run.worst.clone()
    swapped[0, k] = swapped[0, k].flip(0)
    assert red(run._replace(worst=swapped), strength=strength)
    assert red(run._replace(effective=run.effective - 1), strength=strength)


def test_the_handle_stands_on_the_strength():
    first, deals, rows = figure(ended(), feature=3, alone=False, strength=1.1).panels
    assert first.handles[0].x == 1.0 and "of 10" in deals.title
    assert "BMI" in rows.layout["xaxis"]["title"]["text"]


def test_what_is_no_column_is_refused_by_name():
    assert reach("wine", "") == (1, 10)
    with pytest.raises(ValueError, match="expected feature"):
        shift(feature=11)
    with pytest.raises(ValueError, match="expected radius"):
        shift(radius=-1.0)
    assert EXPERIMENT.statements == ("DRO-01", "DRO-03")
