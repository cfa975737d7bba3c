"""Gradient penalties against worst rows found directly, closed forms, autograd, and the rate."""

import math

import pytest
import torch
from scipy.optimize import minimize

from core.adversarial import steepest
from core.dro import first_order, gradient_norm, order, worst_risk
from core.dro.fits import losses
from core.rng import generator

RADII = (0.01, 0.02, 0.04, 0.08)


def rows(loss, n=40, d=3):
    draw = {"generator": generator(0), "dtype": torch.float64}
    X, beta = torch.randn(n, d, **draw), torch.randn(d, **draw)
    score = X @ beta + 0.5 * torch.randn(n, **draw)
    return beta + 0.3, X, score if loss == "squared" else (score > 0).double()


def test_the_reference_case_measures_beta_in_the_dual_norm():
    X = torch.tensor([[1, 0], [0, 1], [1, 1]]).double()
    y, beta = torch.tensor([1.0, 2.0, 2.0]).double(), torch.ones(2).double()
    assert worst_risk(beta, X, y, 0.5, "squared") == pytest.approx(1.6498299, abs=1e-7)
    other = worst_risk(beta, X, y, 0.5, "squared", norm=math.inf)
    assert other == pytest.approx(2.488, abs=1e-3)


@pytest.mark.parametrize("loss", ["squared", "logistic"])
@pytest.mark.parametrize("norm", [1, 2, math.inf])
def test_the_gradient_norm_is_autograds(loss, norm):
    beta, X, y = rows(loss)
    X = X.requires_grad_()
    (slope,) = torch.autograd.grad(losses(beta, X, y, loss).sum(), X)
    dual = {1: slope.abs().amax(1), 2: slope.norm(dim=1), math.inf: slope.abs().sum(1)}[norm]
    for p, mean in ((1, dual.max()), (2, dual.square().mean().sqrt()), (math.inf, dual.mean())):
        found = gradient_norm(beta, X.detach(), y, loss, p=p, norm=norm)
        assert found == pytest.approx(float(mean), rel=1e-12)


@pytest.mark.parametrize("loss", ["squared", "logistic"])
@pytest.mark.parametrize("norm", [1, 2, math.inf])
def test_at_infinity_every_row_moves_against_its_label(loss, norm):
    beta, X, y = rows(loss)
    way = steepest(beta, norm)
    each = [losses(beta, X + s * 0.3 * way, y, loss) for s in (1, -1)]
    found = worst_risk(beta, X, y, 0.3, loss, p=math.inf, norm=norm)
    assert found == pytest.approx(float(torch.maximum(*each).mean()), rel=1e-12)


@pytest.mark.parametrize(("loss", "p"), [("squared", 2), ("squared", 3), ("logistic", 2)])
def test_between_rows_share_the_budget_as_scipy_does(loss, p):
    beta, X, y = rows(loss, n=6)
    size, eps, score = float(beta.norm()), 0.1, X @ beta
    side = (score - y).sign() if loss == "squared" else 1 - 2 * y

    def risk(t):
        moved = score + size * side * torch.from_numpy(t)
        return float(losses(torch.ones(1).double(), moved[:, None], y, loss).mean())

    best = minimize(
        lambda t: -risk(t),
        [eps] * 6,
        method="SLSQP",
        bounds=[(0, 1)] * 6,
        constraints={"type": "ineq", "fun": lambda t: eps**p - (t**p).mean()},
        options={"ftol": 1e-13},
    )
    found = worst_risk(beta, X, y, eps, loss, p=p)
    assert found == pytest.approx(-best.fun, rel=1e-6) and found >= -best.fun - 1e-12


@pytest.mark.parametrize(
    ("loss", "p"),
    [
        ("squared", 2),
        ("squared", 3),
        ("squared", math.inf),
        ("logistic", 2),
        ("logistic", math.inf),
    ],
)
def test_what_the_penalty_leaves_is_of_second_order(loss, p):
    beta, X, y = rows(loss)
    gaps = [
        worst_risk(beta, X, y, eps, loss, p=p) - first_order(beta, X, y, eps, loss, p=p)
        for eps in RADII
    ]
    assert min(gaps) > 0 and order(RADII, gaps) == pytest.approx(2, abs=0.03)
    if loss == "squared" and p in (2, math.inf):
        exact = [eps**2 * float(beta @ beta) for eps in RADII]
        assert gaps == pytest.approx(exact, rel=1e-9)


def test_at_p_one_the_lipschitz_constant_is_paid_and_the_rest_is_of_first_order():
    beta, X, y = rows("logistic")
    risk = float(losses(beta, X, y, "logistic").mean())
    found = [worst_risk(beta, X, y, eps, "logistic", p=1) for eps in RADII]
    assert found == pytest.approx([risk + eps * float(beta.norm()) for eps in RADII])
    gaps = [w - first_order(beta, X, y, e, "logistic", p=1) for w, e in zip(found, RADII)]
    assert order(RADII, gaps) == pytest.approx(1, abs=1e-6)
    assert worst_risk(beta, *rows("squared")[1:], 0.1, "squared", p=1) == math.inf


def test_radius_zero_is_the_risk_and_order_reads_slopes():
    for loss in ("squared", "logistic"):
        beta, X, y = rows(loss)
        risk = float(losses(beta, X, y, loss).mean())
        for p in (1, 2, 3, math.inf):
            assert worst_risk(beta, X, y, 0.0, loss, p=p) == pytest.approx(risk)
            assert worst_risk(0 * beta, X, y, 1.0, loss, p=p) == pytest.approx(
                float(losses(0 * beta, X, y, loss).mean())
            )
    assert order(RADII, [7 * e**1.5 for e in RADII]) == pytest.approx(1.5)


def test_penalties_refuse_by_name():
    beta, X, y = rows("squared")
    with pytest.raises(ValueError, match=r"expected eps in \[0, inf\)"):
        worst_risk(beta, X, y, -0.1, "squared")
    with pytest.raises(ValueError, match=r"expected p in \[1, inf\]"):
        worst_risk(beta, X, y, 0.1, "squared", p=0.5)
    with pytest.raises(ValueError, match=r"expected norm in \[1, inf\]"):
        gradient_norm(beta, X, y, "squared", norm=0.5)
    with pytest.raises(ValueError, match="expected beta finite"):
        worst_risk(beta[:2], X, y, 0.1, "squared")
    with pytest.raises(ValueError, match="expected gaps in"):
        order(RADII, [1, 2, 0, 3])
