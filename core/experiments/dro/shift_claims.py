"""What learning on one half and being used on the other claims: DRO-01, DRO-03, erratum E-87."""

import torch
from torch import Tensor

from core.check import Check, at_least, at_most, same
from core.dro.fits import RIDGE
from core.experiments.dro.shift import DEALS, FITS, STRENGTHS, Deal, Shifted, deal_of, place
from core.words import number

PLAIN, WEIGHTED, ROBUST, TOLD = range(len(FITS))
SOUGHT = 1e-5  # of the least worst risk, by a descent
FLAT = 1e-6
SEEN = 1e-4  # a difference of two risks


def checks(
    run: Shifted, *, feature: int, alone: bool, ball: str, radius: float, strength: float
) -> list[Check]:
    """The worst case and its minimum on all deals, and the first deal from its rows."""
    k = place(strength)
    deal = deal_of(run, k, feature, alone)
    heavy = RIDGE[deal.loss] / 2 * run.betas[k].square().sum(1)
    worst, told = run.worst[0, k] + heavy, run.far[0, k] + heavy
    scale = max(1.0, float(worst.min()))
    inside = "the law of the rows lies in the ball: worst risk − risk there, at least"
    least = "no other fit has less worst risk than the robust one, ridge included"
    nothing = "with radius 0 the worst risk is the risk on the rows: largest distance"
    none = ((radius == 0, "the radius is above 0"),)
    best = "no fit has less risk where it is used than one that was told those rows, ridge included"
    return [
        at_least("DRO-01", inside, (run.worst - run.near).min(), 0, tol=1e-7),
        at_most("DRO-03", least, worst[ROBUST], worst.min(), tol=SOUGHT * scale),
        same("DRO-01", nothing, run.worst - run.near, torch.zeros_like(run.near), tol=1e-7,
             needs=none),
        at_most("DRO-01", best, told[TOLD], told.min(), tol=1e-7),
        _risks(run, deal, k),
        _worst(run, deal, k, ball, radius),
        _flat(run, deal, k, strength=STRENGTHS[k]),
        _printed(run, deal, k),
    ]  # fmt: skip


def _losses(deal: Deal, beta: Tensor, y: Tensor) -> Tensor:
    """Of every row for every fit, by the formula, (n, 4)."""
    score = deal.X @ beta.T
    if deal.loss == "squared":
        return (y[:, None] - score).square()
    signed = (2 * y[:, None] - 1) * score
    return torch.logaddexp(torch.zeros_like(signed), -signed)


def _risks(run: Shifted, deal: Deal, k: int) -> Check:
    each, goes = _losses(deal, run.betas[k], deal.y), run.goes[k]
    mine = torch.stack([run.near[0, k], run.far[0, k]])
    right = torch.stack([each[~goes].mean(0), each[goes].mean(0)])
    claim = "risks of the first deal are the mean losses of its rows: largest distance"
    return same("DRO-01", claim, mine, right, tol=1e-8)


def _worst(run: Shifted, deal: Deal, k: int, ball: str, radius: float) -> Check:
    """χ²: the dual, min over η of η + √((1 + radius) mean (ℓ − η)₊²); Wasserstein: closed form."""
    each, betas = _losses(deal, run.betas[k], deal.y)[~run.goes[k]], run.betas[k]
    mine = run.worst[0, k]
    if ball == "wasserstein":
        size, risk = betas[:, 1:].norm(dim=1), each.mean(0)
        root = (risk.sqrt() + radius * size).square()
        right = root if deal.loss == "squared" else risk + radius * size
        claim = "the worst risk is (√R + r‖β‖)², or R + r‖β‖ of the logistic loss"
        return same("DRO-01", f"{claim}: largest distance", mine, right, tol=1e-8)
    low, high = each.mean(0) - 1e3 * (1 + each.std(0)), each.max(0).values
    for _ in range(100):  # convex in η: thirds
        a, b = low + (high - low) / 3, high - (high - low) / 3
        up = _dual(each, a, radius) > _dual(each, b, radius)
        low, high = torch.where(up, a, low), torch.where(up, high, b)
    claim = "the worst risk is the least η + √((1 + r) · mean (ℓ − η)₊²): largest distance"
    # with radius 0 the least is reached at η = −∞ alone
    return same("DRO-01", claim, mine, _dual(each, low, radius), tol=1e-5 if radius else 5e-3)


def _dual(each: Tensor, eta: Tensor, radius: float) -> Tensor:
    return eta + ((1 + radius) * (each - eta).clamp_min(0).square().mean(0)).sqrt()


def _flat(run: Shifted, deal: Deal, k: int, strength: float) -> Check:
    """Slopes of the three fits that need no ball, and what the weights are worth."""
    goes = run.goes[k]
    ratio = (strength * deal.x[~goes]).exp()
    worth = float(ratio.sum() ** 2 / ratio.square().sum())
    flat = torch.ones_like(ratio)
    off = []
    for fit, rows, weights in (
        (PLAIN, ~goes, flat), (WEIGHTED, ~goes, ratio), (TOLD, goes, torch.ones(int(goes.sum()))),
    ):  # fmt: skip
        beta, X, y = run.betas[k, fit], deal.X[rows], deal.y[rows]
        score = X @ beta
        pull = 2 * (score - y) if deal.loss == "squared" else score.sigmoid() - y
        slope = X.T @ (weights.double() * pull) / weights.sum() + RIDGE[deal.loss] * beta
        off.append(float(slope.abs().max()))
    most = max(off)
    claim = "no slope is left, weights ∝ e to the power strength · x, worth so many rows: distance"
    mine = [0.0 if most <= FLAT else most, float(run.effective[0, k])]
    return same("", claim, mine, [0.0, worth], tol=1e-8)


def _printed(run: Shifted, deal: Deal, k: int) -> Check:
    """Labels of other rows, with the same predictions."""
    beta, goes = run.betas[k], run.goes[k]
    other = _losses(deal, beta, deal.y.roll(1))[goes].mean(0)[PLAIN]
    claim = "as printed (E-87) ℓ(f(Z)) leaves the label out: with the labels of other rows the "
    claim += "plain fit's risk is another one, by"
    differ = (bool((deal.y != deal.y[0]).any()), "all labels are the same")
    return at_least("DRO-01", claim, (other - run.far[0, k, PLAIN]).abs(), SEEN, needs=(differ,))


# --- words ---------------------------------------------------------------------------------------


def says(run: Shifted, *, feature: int, alone: bool, strength: float) -> str:
    """Mean risks where the fits are used, and how often each is better than the plain one."""
    k, count = place(strength), len(run.far)
    name = run.table.features[feature - 1]
    plain, weighted, robust, told = (number(each) for each in run.mean[k])
    what = f"{name} alone" if alone else "all columns"
    how = f"where {name} is higher (strength {STRENGTHS[k]:.3g})" if k else "on rows drawn alike"
    learned = int((~run.goes[k]).sum())
    text = (
        f"Learned from {what}, used {how}: risk {plain} plain, {weighted} weighted, {robust} "
        f"robust, {told} for a fit that was told those rows; means of {_deals(count)}."
    )
    if not k:
        return f"{text} Without a shift all weights are 1."
    return (
        f"{text} Weighted is below plain in {run.lower('weighted', k)} of them, robust in "
        f"{run.lower('robust', k)}. In the first the weights leave "
        f"{run.effective[0, k]:.0f} of {learned} rows in effect."
    )


def _deals(count: int) -> str:
    return "one deal" if count == 1 else f"{count} deals"


def facts(run: Shifted, strength: float) -> dict[str, str]:
    """Mean risks by fit, in how many deals each is lower, and rows that are left."""
    k = place(strength)
    means = {name: number(each) for name, each in zip(FITS, run.mean[k], strict=True)}
    wins = {f"{name}_wins": str(run.lower(name, k)) for name in FITS[1:3]}
    rows = {"left": f"{run.effective[0, k]:.0f}", "rows": f"{int((~run.goes[k]).sum())}"}
    return means | wins | rows | {"deals": str(DEALS)}


def _against(run: Shifted, strength: float, fit: int) -> tuple[str, dict[str, str]]:
    """How a fit stands against the plain one, where it is used."""
    mean = run.mean[place(strength)]
    ratio = float(mean[fit] / mean[PLAIN])
    return ("lower" if ratio < 0.98 else "higher" if ratio > 1.02 else "same"), facts(run, strength)


answers = {
    "weighted": lambda run, strength: _against(run, strength, WEIGHTED),
    "robust": lambda run, strength: _against(run, strength, ROBUST),
    "hue": lambda run, strength: _against(run, strength, WEIGHTED),
}
