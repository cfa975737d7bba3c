"""What the importances of real data prove and say (XAI-19, XAI-21), and the predictions."""

import math

import torch
from torch import Tensor

from core.check import Check, at_most, equal, same
from core.experiments.shapley.risk_data import MEASURES, RiskData
from core.shapley.prediction import inverse_blocks
from core.tabular.shap import covariance
from core.tabular.words import kept

FEW, WIDE = 50, 6.0  # orders beyond the first below which an error is a guess; standard errors


def checks(run: RiskData) -> list[Check]:
    """Sampled SAGE adds up, and lies near the exact one; LOFO and scatter by a second route."""
    n, k, size = run.each.shape[1], run.passes, max(run.nobody, run.everybody)
    # a target far from 0 is rounded, and its loss with it
    far = float(run.table.y.abs().max()) * size**0.5 if run.table.task == "regression" else 0.0
    slack = 1e-9 * size + 1e-14 * far
    near = {"tol": slack / max(1.0, abs(run.saved))}
    sage, mean, lofo = run.each[0], run.values[0], run.values[1]
    drawn = (k > 0, "no order is drawn yet")
    unknown = "the exact values are worked out in the marginal game alone" if k else drawn[1]
    exact = (bool(run.exact.isfinite().all()), unknown)
    many = (n * (k - 1) >= FEW, "too few orders for each row to know their error")
    twice = (k > 1, "one order for each row tells nothing of others")
    noise = run.noise[-1] if k > 1 else torch.zeros_like(mean)
    farthest = ((mean - run.exact).abs() / noise.clamp_min(1e-9 * size)).max()
    again = _again(run)
    straight = (len(again) > 0, "the model is not linear, or f is a probability")
    left_out = (bool(lofo.isfinite().all()), "not every column is left out yet")
    by_hand = {"needs": (left_out, straight), "tol": slack / max(1.0, size)}
    # in squares: the rows among each other, and the orders within a row
    both = k * (sage - mean).square().sum(0) + (k - 1) * k * n**2 * noise**2
    pairs, most = run.spread * (n * k - 1), max(1e-300, float(both.nan_to_num().max()))
    split = {"needs": (drawn, twice), "tol": slack / max(size, 1e-300) * most / max(1.0, most)}
    adds, all_of = "SAGE: Σ φ̂ⱼ = R(f∅) − R(f)", "exact SAGE: Σ φⱼ = R(f∅) − R(f)"
    near_all = f"SAGE: |φ̂ⱼ − φⱼ| ≤ {WIDE:g} standard errors by its orders, worst feature"
    squares = "LOFO of a linear model: least squares on the other columns, largest distance"
    parts = "scatter of all pairs = of the rows + of the orders within rows, largest distance"
    total, whole = torch.nan_to_num(mean.sum()), torch.nan_to_num(run.exact.sum())
    return [
        equal("XAI-19", adds, total, run.saved, needs=(drawn,), **near),
        equal("XAI-21", all_of, whole, run.saved, needs=(exact,), **near),
        at_most("XAI-19", near_all, torch.nan_to_num(farthest), WIDE, needs=(drawn, exact, many)),
        same("XAI-19", squares, *_both(lofo, again if straight[0] else lofo), **by_hand),
        same("", parts, *_both(pairs, both), **split),
    ]


def _both(left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
    return left.nan_to_num(), right.nan_to_num()


def _again(run: RiskData) -> Tensor:
    """LOFO of a linear model of a number, by blocks of one covariance; empty for another one."""
    table = run.table
    if run.kind != "linear" or table.task != "regression":
        return torch.zeros(0)
    X, y, middle = table.X - table.mean, table.y - table.y.median(), table.train
    goal, rows = y[middle] - y[middle].mean(), X[middle] - X[middle].mean(0)
    others = ~torch.eye(X.shape[1], dtype=torch.bool)
    blocks = inverse_blocks(covariance(table), others)
    weights = blocks @ (rows.T @ goal) / (len(rows) - 1)
    told = y[middle].mean() + (X[table.test] - X[middle].mean(0)) @ weights.T
    return (told - y[table.test][:, None]).square().mean(0) - run.everybody


def says(run: RiskData) -> str:
    """What happened, in one or two plain sentences."""
    names, all_of, less = run.table.features, share(run, abs(run.saved)), run.saved >= 0
    saved = f"All features together {'save' if less else 'cost'} {all_of} of the risk of guessing"
    saved += " without them"
    if run.pairs == 0:
        known = int(run.values[1].isfinite().sum())
        return f"{saved}. LOFO has trained {known} of {len(names)} models again.{kept(run.table)}"
    best = int(run.values[0].argmax())
    if share(run, float(run.values[0].abs().max())) == "0 %":
        return f"{saved}. SAGE gives nothing to any of them.{kept(run.table)}"
    mine, lost = run.values[:2, best].tolist()
    spread = share(run, 2 * run.errors[0, best].item())
    told = f"{saved}. SAGE gives most to {names[best]}, {share(run, mine)} ± {spread}"
    told += " (two errors over the rows)"
    if run.progress < 1:
        return f"{told}, after {run.pairs} pairs of a row and an order.{kept(run.table)}"
    others = ": others replace it" if lost <= 0.25 * mine and mine > 0 else ""
    risk = f"the risk rises by {share(run, lost)}" if lost > 0 else "the risk does not rise"
    if lost < 0 and share(run, lost) != "0 %":
        risk = f"the risk falls by {share(run, -lost)}"
    return f"{told}; trained again without it, {risk}{others}.{kept(run.table)}"


def share(run: RiskData, value: float) -> str:
    """In per cent of the risk of f_∅."""
    percent = 100 * value / run.nobody if run.nobody else math.nan
    told = f"{0.0 if abs(percent) < 0.05 else percent:.3g} %"
    return told if math.isfinite(percent) else "an unknown share"


def _replaced(run: RiskData, feature: str, measure: str) -> tuple[float, dict]:
    """LOFO of a feature as a part of its importance by another measure."""
    j = run.table.features.index(feature)
    lost, other = run.values[1, j].item(), run.values[MEASURES.index(measure), j].item()
    facts = {"others": len(run.table.features) - 1, measure: share(run, other)}
    return lost / other, facts | {"lost": share(run, lost)}


def _adds_up(run: RiskData) -> tuple[str, dict]:
    """How the sampled SAGE values add up."""
    gap = abs(run.values[0].sum().item() - run.saved) / run.nobody
    facts = {"gap": f"{gap:.0e}", "error": share(run, run.noise[-1].max().item())}
    return "exactly" if gap < 1e-9 else "within", facts


answers = {
    "cholesterol": lambda run: _replaced(run, "cholesterol", "permutation"),
    "proline": lambda run: _replaced(run, "proline", "sage"),
    "sum": _adds_up,
}
