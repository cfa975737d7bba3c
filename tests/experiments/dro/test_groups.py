import math

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from core.dro import group_fit
from core.experiments.dro import groups_claims as claims
from core.experiments.dro.groups import GRID, groups, rows_of
from pages.experiments.dro.groups import EXPERIMENT
from pages.figures.dro.groups import figure
from tests.forgery import failures

AT = {"share": 0.05, "radius": 1.0, "loss": "squared", "noise1": 0.3, "noise2": 0.3, "seed": 0}


def red(run, **changed) -> list[str]:
    return failures(claims.checks(run, **AT | changed))


@pytest.mark.parametrize("loss", ["squared", "logistic"])
@pytest.mark.parametrize(("share", "radius"), [(0.05, 1.0), (0.05, 0.2), (0.7, 0.1), (0.3, 0.0)])
def test_both_fits_are_those_of_the_engine(loss, share, radius):
    run = groups(share, radius, loss, 0.8, 1.1, 3)
    rows = rows_of(loss, 0.8, 1.1, 3)
    for mine, r in ((run.plain, 0.0), (run.robust, radius)):
        theirs = group_fit(*rows, share, r, loss)
        assert mine.beta.numpy() == pytest.approx(theirs.beta.numpy(), abs=1e-5)
        assert mine.q == pytest.approx(float(theirs.weights[1]), abs=1e-5)
        assert mine.risks.numpy() == pytest.approx(theirs.risks.numpy(), abs=1e-5)
    assert run.value == pytest.approx(theirs.value, abs=1e-6)


@pytest.mark.parametrize(("share", "radius"), [(0.05, 1.0), (0.1, 0.25)])
def test_the_least_worst_mix_is_that_of_a_constrained_solver(share, radius):
    """Minimise t subject to both ends of the mixes ≤ t, risks as quadratic forms."""
    run = groups(share, radius)
    rows = [(X.numpy(), y.numpy()) for X, y in rows_of("squared", 0.3, 0.3, 0)]

    def room(v, q):
        risks = [np.mean((y - X @ v[:2]) ** 2) for X, y in rows]
        return v[2] - (1 - q) * risks[0] - q * risks[1]

    ends = (max(0, share - radius), min(1, share + radius))
    limits = [{"type": "ineq", "fun": room, "args": (q,)} for q in ends]
    best = minimize(lambda v: v[2], [0.0, 0.0, 5.0], constraints=limits, method="SLSQP",
                    options={"ftol": 1e-12})  # fmt: skip
    assert run.value == pytest.approx(best.fun, abs=1e-6)
    assert run.robust.beta.numpy() == pytest.approx(best.x[:2], abs=1e-3)


def test_two_lines_without_noise_by_hand():
    """y = x and y = 1 − x/2: between them lies β = ((0, 1) + (1, −½))/2 at equal weights."""
    run = groups(noise1=0.0, noise2=0.0)
    q = run.robust.q
    X1, X2 = (X for X, _ in rows_of("squared", 0.0, 0.0, 0))
    A = (1 - q) * X1.T @ X1 + q * X2.T @ X2
    b = (1 - q) * X1.T @ X1 @ torch.tensor([0.0, 1.0]).double()
    b = b + q * X2.T @ X2 @ torch.tensor([1.0, -0.5]).double()
    assert torch.allclose(run.robust.beta, torch.linalg.solve(A, b), atol=1e-7)
    assert q == pytest.approx(0.5, abs=0.03)
    assert run.robust.risks[0] == pytest.approx(float(run.robust.risks[1]), rel=1e-8)
    assert float(groups(share=0.0, radius=0.0, noise1=0.0).plain.risks[0]) < 1e-12


@pytest.mark.parametrize("loss", ["squared", "logistic"])
def test_value_grows_with_the_radius_and_lies_above_the_plain_risk(loss):
    values = [groups(0.1, r, loss, 0.9, 0.9).value for r in np.linspace(0, 1, 11)]
    assert (np.diff(values) >= -1e-4).all() and values[-1] > 1.5 * values[0]
    risks = groups(0.1, 0.0, loss, 0.9, 0.9).path.risks
    assert (risks[:, 0].diff() >= -1e-9).all() and (risks[:, 1].diff() <= 1e-9).all()


def test_the_share_does_not_enter_where_the_adversary_is_free():
    fits = [groups(share=s).robust.beta for s in (0.0, 0.05, 0.3, 1.0)]
    assert all(torch.allclose(fits[0], each, atol=1e-9) for each in fits[1:])
    plain = [float(groups(share=s).plain.risks[1]) for s in (0.0, 0.05, 0.3, 1.0)]
    assert (np.diff(plain) < 0).all()


def test_the_misleading_feature_loses_its_weight():
    run = groups(loss="logistic", noise1=1.0, noise2=1.0)
    assert float(run.plain.beta[2]) > 1 and abs(float(run.robust.beta[2])) < 0.15


def test_noise_takes_all_weight():
    run = groups(noise2=2.5)
    assert run.robust.q == 1 and run.robust.risks[1] > run.robust.risks[0]
    assert "Group 2 stays the worse one" in claims.says(run, share=0.05, radius=1.0)


def test_what_is_off_turns_checks_red():
    run = groups()
    off = run.robust._replace(beta=run.robust.beta + 0.01)
    assert red(run._replace(robust=off))
    assert red(run._replace(robust=run.plain))
    assert red(run._replace(path=run.path._replace(risks=run.path.risks.flip(1))))
    assert red(run._replace(low=0.01)) and not red(run)


def test_judging_and_finding_agree_only_without_radius():
    printed = claims.checks(groups(radius=0.0), **AT | {"radius": 0.0})[-1]
    assert printed.holds and "E-89" in printed.claim
    assert printed.lhs == pytest.approx(printed.rhs)
    printed = claims.checks(groups(), **AT)[-1]
    assert printed.holds and printed.lhs > 3 * printed.rhs


def test_handles_stand_on_what_they_move():
    values = AT | {"share": 0.3, "radius": 0.2}
    run = groups(**values)
    _, risks, mix = figure(run, **values).panels
    (share,), (end,) = risks.handles, mix.handles
    assert (share.x, share.y) == (0.3, pytest.approx(float(run.plain.risks[1])))
    assert end.x * end.matrix[0][0] + end.offset[0] == pytest.approx(0.2)
    values = AT | {"share": 0.8, "radius": 0.3}
    (end,) = figure(groups(**values), **values).panels[2].handles
    assert end.x * end.matrix[0][0] + end.offset[0] == pytest.approx(0.3)
    assert len(GRID) == 41


@pytest.mark.parametrize("bad", [{"share": 1.1}, {"radius": -0.1}, {"noise2": math.nan}])
def test_what_is_no_setting_is_refused_by_name(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))}"):
        groups(**bad)
    assert EXPERIMENT.statements == ("DRO-01", "DRO-03")
