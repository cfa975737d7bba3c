"""Two groups against convex programmes by scipy, grids of shares, and the minimax theorem."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.optimize import LinearConstraint, NonlinearConstraint, minimize
from torch.nn.functional import binary_cross_entropy_with_logits

from core.dro import group_fit, two_groups
from core.dro.fits import LOSSES, RIDGE, fit, losses, slopes
from core.rng import generator


def made(loss, n=60, noise=(0.6, 1.0)):
    return two_groups(loss, n, noise, generator=generator(0))


def risk(beta, rows, loss):
    X, y = rows
    if loss == "squared":
        return (y - X @ beta).square().mean()
    return binary_cross_entropy_with_logits(X @ beta, y)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_fit_has_no_slope_left(loss):
    (X, y), _ = made(loss)
    w = torch.rand(len(y), generator=generator(1), dtype=torch.float64)
    beta = fit(X, y, loss, w, ridge=0.01).requires_grad_()
    each = losses(beta, X, y, loss)
    total = w @ each + 0.005 * beta @ beta
    (slope,) = torch.autograd.grad(total, beta)
    assert float(slope.norm()) < 1e-9
    assert each.mean().item() == pytest.approx(risk(beta, (X, y), loss).item())
    again = beta.detach().requires_grad_()
    (slope,) = torch.autograd.grad(losses(again, X, y, loss).sum(), again)
    torch.testing.assert_close(slope, X.T @ slopes(again.detach(), X, y, loss))


@pytest.mark.parametrize("loss", LOSSES)
def test_radius_zero_is_the_plain_fit(loss):
    one, two = made(loss)
    found = group_fit(one, two, 0.2, 0.0, loss)
    assert found.weights.tolist() == pytest.approx([0.8, 0.2]) and found.gap == 0
    assert found.value == pytest.approx(float(0.8 * found.risks[0] + 0.2 * found.risks[1]))
    for rows, value in zip((one, two), found.risks):
        assert float(risk(found.beta, rows, loss)) == pytest.approx(float(value))
    # five times as many copies of the first group's rows are a share of one in five
    X, y = torch.cat([one[0]] * 4 + [two[0]]), torch.cat([one[1]] * 4 + [two[1]])
    plain = fit(X, y, loss, torch.full((len(y),), 1 / len(y), dtype=torch.float64))
    torch.testing.assert_close(found.beta, plain, atol=1e-7, rtol=0)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(("share", "radius"), [(0.1, 0.15), (0.1, 1.0), (0.8, 0.3)])
def test_the_robust_fit_is_the_convex_programme(loss, share, radius):
    """min t + ridge/2 ‖β‖² under mix ≤ t at both ends of the interval of shares."""
    groups = made(loss)
    ends = [max(0, share - radius), min(1, share + radius)]

    def mixes(v):
        one, two = (float(risk(torch.from_numpy(v[:-1]), rows, loss)) for rows in groups)
        return [v[-1] - (1 - q) * one - q * two for q in ends]

    ridge, d = RIDGE[loss], groups[0][0].shape[1]
    start = np.append(np.zeros(d), 10.0)
    free = LinearConstraint(np.zeros(d + 1), -1, 1)
    best = minimize(
        lambda v: v[-1] + ridge / 2 * v[:-1] @ v[:-1],
        start,
        method="SLSQP",
        constraints=[free, NonlinearConstraint(mixes, 0, np.inf)],
        options={"ftol": 1e-13, "maxiter": 500},
    )
    found = group_fit(*groups, share, radius, loss)
    mine = found.value + ridge / 2 * float(found.beta @ found.beta)
    assert mine == pytest.approx(best.fun, rel=1e-6)
    np.testing.assert_allclose(found.beta, best.x[:-1], atol=2e-3)
    assert 0 <= found.gap < 1e-9  # min max = max min


@pytest.mark.parametrize("loss", LOSSES)
def test_it_never_falls_with_the_radius_and_helps_the_worse_group_at_the_others_cost(loss):
    groups = made(loss)
    each = [group_fit(*groups, 0.1, r, loss) for r in (0.0, 0.1, 0.3, 0.6, 0.9)]
    assert all(a.value <= b.value + 1e-12 for a, b in pairwise(each))
    assert float(each[-1].risks.max()) < float(each[0].risks.max()) - 0.05
    assert float(each[-1].risks[0]) > float(each[0].risks[0]) + 0.05
    assert float(each[-1].risks[0]) == pytest.approx(float(each[-1].risks[1]), rel=1e-9)
    for one in each:
        assert one.value >= float(torch.tensor([0.9, 0.1]).double() @ one.risks) - 1e-12


def test_no_share_is_better_for_the_adversary():
    groups = made("squared")
    found = group_fit(*groups, 0.1, 1.0, "squared")
    X, y = (torch.cat(parts) for parts in zip(*groups))
    for q in np.linspace(0, 1, 41):
        w = torch.cat([torch.full((60,), (1 - q) / 60), torch.full((60,), q / 60)]).double()
        beta = torch.linalg.lstsq(X * w.sqrt()[:, None], y * w.sqrt()).solution
        assert float(w @ (y - X @ beta).square()) <= found.value + 1e-7


def test_where_one_group_is_worse_for_every_share_only_it_counts():
    (X, y), _ = made("squared")
    noisy = X, y + 5 * torch.randn(len(y), generator=generator(3), dtype=torch.float64)
    found = group_fit((X, y), noisy, 0.3, 1.0, "squared")
    assert found.weights.tolist() == [0, 1] and found.gap == 0
    alone = torch.linalg.lstsq(*noisy[:1], noisy[1]).solution
    torch.testing.assert_close(found.beta, alone, atol=1e-6, rtol=0)


def test_groups_are_what_they_are_said_to_be():
    (X, y), (Z, v) = made("squared", 50_000, (0.0, 0.5))
    torch.testing.assert_close(y, X[:, 1])
    left = v - (1 - Z[:, 1] / 2)
    assert float(left.std()) == pytest.approx(0.5, rel=0.02)
    assert float(X[:, 1].abs().max()) == pytest.approx(2, abs=0.01)
    (X, y), (Z, v) = made("logistic", 50_000, (0.7, 0.7))
    for rows, label, side in ((X, y, 1), (Z, v, -1)):
        mean = rows[label == 1].mean(0)
        there = torch.tensor([1, 1, 1.5 * side], dtype=torch.float64)
        torch.testing.assert_close(mean, there, atol=0.02, rtol=0)


def test_groups_refuse_by_name():
    one, two = made("squared")
    for name in ("share", "radius"):
        for bad in (-0.1, 1.1):
            with pytest.raises(ValueError, match=rf"expected {name} in \[0, 1\]"):
                group_fit(one, two, **{"share": 0.5, "radius": 0.5, name: bad}, loss="squared")
    with pytest.raises(ValueError, match="expected loss to be one of"):
        group_fit(one, two, 0.5, 0.5, "hinge")
    with pytest.raises(ValueError, match="expected y to be 0 or 1"):
        group_fit(one, two, 0.5, 0.5, "logistic")
    with pytest.raises(ValueError, match="expected second with as many columns"):
        group_fit(one, (two[0][:, :1], two[1]), 0.5, 0.5, "squared")
    with pytest.raises(ValueError, match="expected noise"):
        two_groups("squared", 10, (-1.0, 0.0), generator=generator(0))
