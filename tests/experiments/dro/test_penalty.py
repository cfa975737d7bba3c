import math
import random

import pytest
import torch
from scipy.optimize import minimize

from core.dro import first_order, gradient_norm, worst_risk
from core.experiments.dro import penalty_claims as claims
from core.experiments.dro.penalty import ORDERS, RADII, ROWS, labels, penalty, risk_at
from pages.experiments.dro.penalty import EXPERIMENT
from pages.figures.dro.penalty import figure
from tests.forgery import failures

AT = {"eps": 0.5, "loss": "squared", "p": "2", "norm": "2", "beta1": 1.0, "beta2": 1.0}


def red(run, **changed) -> list[str]:
    return failures(claims.checks(run, **AT | changed))


def test_the_reference_case():
    assert penalty().worst == pytest.approx(1.6498299, abs=1e-7)
    assert penalty(norm="inf").worst == pytest.approx(2.488, abs=1e-3)
    assert penalty(eps=0.0).worst == penalty().risk == pytest.approx(1 / 3)


@pytest.mark.parametrize("eps", [0.5, 0.25, 0.01])
def test_the_gap_of_the_squared_loss_is_the_square_of_the_push(eps):
    assert claims.gap(penalty(eps=eps), eps) == pytest.approx(2 * eps**2, rel=1e-9)


@pytest.mark.parametrize("loss", ["squared", "logistic"])
@pytest.mark.parametrize("p", ORDERS)
@pytest.mark.parametrize("norm", ["1", "inf"])
def test_slopes_and_worst_risks_are_those_of_the_engine(loss, p, norm):
    run = penalty(0.2, loss, p, norm, 0.7, -0.4)
    beta, y = torch.tensor([0.7, -0.4], dtype=torch.float64), labels(loss)
    kinds = {"p": ORDERS[p], "norm": ORDERS[norm]}
    assert run.slope == pytest.approx(gradient_norm(beta, ROWS, y, loss, **kinds), rel=1e-12)
    assert run.worst == worst_risk(beta, ROWS, y, 0.2, loss, **kinds)
    first = first_order(beta, ROWS, y, 0.2, loss, **kinds)
    assert run.risk + 0.2 * run.slope == pytest.approx(first, rel=1e-12)


@pytest.mark.parametrize(("loss", "norm"), [("squared", "2"), ("logistic", "2"), ("logistic", "1")])
def test_no_rows_within_the_budget_that_scipy_finds_are_worse(loss, norm):
    """Whole rows: all that is needed where the price is above half of the curvature."""
    run = penalty(0.2, loss, "2", norm, 1.0, -0.5)
    beta = torch.tensor([1.0, -0.5]).double()

    def risk(z):
        return -risk_at(ROWS + torch.from_numpy(z).reshape(3, 2), beta, loss)

    def left(z):
        far = torch.linalg.vector_norm(torch.from_numpy(z).reshape(3, 2), ord=ORDERS[norm], dim=1)
        return 3 * 0.2**2 - float(far.square().sum())

    start = 0.5 * (run.moved - ROWS).flatten().numpy() + 1e-3
    found = minimize(risk, start, constraints={"type": "ineq", "fun": left}, method="SLSQP",
                     options={"maxiter": 300, "ftol": 1e-12})  # fmt: skip
    assert -found.fun == pytest.approx(run.worst, abs=2e-4)


@pytest.mark.parametrize(
    ("loss", "p", "power"),
    [("squared", "2", 2), ("squared", "inf", 2), ("logistic", "2", 2), ("logistic", "inf", 2),
     ("logistic", "1", 1), ("linear", "1", 0)],
)  # fmt: skip
def test_the_order_of_the_gap(loss, p, power):
    assert penalty(loss=loss, p=p).order == pytest.approx(power, abs=0.02)


def test_nothing_bounds_the_squared_loss_at_one():
    run = penalty(eps=0.05, p="1")
    assert run.worst == math.inf and not run.order
    row, way = ROWS[1], torch.ones(2).double() / math.sqrt(2)
    for far in (10, 1e3, 1e5):  # a share 0.05/far of the mass goes so far: W₁ is 0.05
        there = (2 - float((row - far * way).sum())) ** 2
        assert 0.05 / far * (there - 1) > 0.1 * far
    assert "∞" in claims.says(run, eps=0.05, loss="squared", p="1")


@pytest.mark.parametrize("p", ORDERS)
def test_the_linear_loss_is_its_first_order(p):
    run = penalty(0.7, "linear", p, "inf", 1.5, -2.0)
    assert run.worst == pytest.approx(run.risk + 0.7 * 3.5, rel=1e-12)
    assert run.at_moved == pytest.approx(run.worst, rel=1e-12)
    assert not run.gaps.any()


def test_checks_hold_on_random_settings():
    random.seed(0)
    for _ in range(40):
        values = {
            "eps": round(random.uniform(0, 1), 3), "loss": random.choice(["squared", "logistic"]),
            "p": random.choice(["1", "2", "inf"]), "norm": random.choice(["1", "2", "inf"]),
            "beta1": random.uniform(-3, 3), "beta2": random.uniform(-3, 3),
        }  # fmt: skip
        if values["loss"] == "logistic" and values["p"] == "2" and random.random() < 0.7:
            continue  # the slow one
        assert red(penalty(**values), **values) == [], values


def test_nothing_moves_without_weights():
    run = penalty(beta1=0.0, beta2=0.0)
    assert run.worst == run.risk == run.at_moved and run.slope == 0
    assert red(run, beta1=0.0, beta2=0.0) == []
    assert "no gap" in claims.says(run, eps=0.5, loss="squared", p="2")


def test_what_is_off_turns_checks_red():
    run = penalty()
    assert red(run._replace(worst=run.worst * 1.01)) and red(run._replace(slope=run.slope * 0.9))
    assert red(run._replace(moved=2 * run.moved - ROWS)) and not red(run)
    assert red(run._replace(path=run.risk + RADII * run.slope + RADII**3))


def test_the_handle_stands_on_the_curve():
    risk, gap, rows = figure(penalty(), **AT).panels
    assert (risk.handles[0].x, risk.handles[0].y) == (0.5, pytest.approx(1.6498299))
    assert not rows.handles
    assert "power 2.00" in gap.title and "1.63" in rows.title


@pytest.mark.parametrize("bad", [{"eps": -0.1}, {"beta1": 4.0}, {"beta2": math.nan}, {"p": "3"}])
def test_what_is_no_setting_is_refused_by_name(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))}"):
        penalty(**bad)
    assert EXPERIMENT.statements == ("DRO-04", "DRO-07", "DRO-08")
