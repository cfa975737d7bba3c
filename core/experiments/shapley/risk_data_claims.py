"""What the importances of real data prove and say (XAI-19, XAI-21), and the predictions."""

import math

import torch

from core.check import Check, at_most, equal, same
from core.experiments.shapley.risk_data import MEASURES, RiskData

FEW, WIDE = 300, 6.0  # pairs below which a standard error is itself a guess; standard errors


def checks(run: RiskData) -> list[Check]:
    """Sampled SAGE adds up, and lies near the exact one; LOFO does not add up."""
    sage, last = (torch.nan_to_num(run.values[m]).sum().item() for m in (0, 1))
    near = {"tol": 1e-9 * max(1.0, run.nobody) / max(1.0, min(abs(run.saved), run.nobody))}
    gap = (run.values[0] - run.exact).abs() / run.errors[0].clamp_min(1e-300)
    done = (run.progress == 1, "not all pairs of a row and an order are drawn yet")
    marginal = "the exact values are worked out in the marginal game alone"
    exact = (bool(run.exact.isfinite().all()), marginal if done[0] else done[1])
    many = (run.pairs >= FEW, f"{run.pairs} pairs are too few for a reliable standard error")
    drawn = (len(run.counts) > 0, "no standard error is known yet")
    apart = (
        f"the features depend on each other: {share(run, last)} of {share(run, run.saved)} saved"
    )
    farthest = torch.nan_to_num(gap).max() if done[0] else 0.0
    ends = run.counts[-1:].tolist() + run.widest[-1:].tolist()
    wanted = [run.pairs, run.errors[0].max()] if ends else []
    believed, total = "the LOFO values add up to R(f_∅) − R(f)", torch.nan_to_num(run.exact).sum()
    sums = "SAGE: Σ φ̂_j = R(f_∅) − R(f) after whole passes over the rows"
    near_all = f"SAGE: |φ̂_j − φ_j| ≤ {WIDE:g} standard errors for every feature"
    curve = "the curve of errors ends after all pairs with the largest standard error of SAGE"
    return [
        equal("XAI-19", sums, sage, run.saved, needs=(done,), **near),
        at_most("XAI-19", near_all, farthest, WIDE, needs=(done, exact, many)),
        equal("XAI-19", f"believed: {believed}", last, run.saved, needs=((False, apart),)),
        same("", curve, ends, wanted, needs=(drawn,)),
        equal("XAI-21", "exact: Σ φ_j = R(f_∅) − R(f)", total, run.saved, needs=(exact,), **near),
    ]


def says(run: RiskData) -> str:
    """What happened, in one or two plain sentences."""
    names, all_of = run.table.features, share(run, run.saved)
    saved = f"All features together save {all_of} of the risk of guessing without them"
    if run.pairs == 0:
        known = int(run.values[1].isfinite().sum())
        return f"{saved}. LOFO has trained {known} of {len(names)} models again."
    best = int(run.values[0].argmax())
    mine, lost = run.values[:2, best].tolist()
    spread = share(run, 2 * run.errors[0, best].item())
    told = f"{saved}. SAGE gives most to {names[best]}, {share(run, mine)} ± {spread}"
    if run.progress < 1:
        return f"{told}, after {run.pairs} pairs of a row and an order."
    others = ": others replace it" if lost <= 0.25 * mine else ""
    return f"{told}; trained again without it the loss is {share(run, lost)}{others}."


def share(run: RiskData, value: float) -> str:
    """In per cent of the risk of f_∅."""
    percent = 100 * value / run.nobody
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
    facts = {"gap": f"{gap:.0e}", "error": share(run, run.errors[0].max().item())}
    return "exactly" if gap < 1e-9 else "within", facts


answers = {
    "cholesterol": lambda run: _replaced(run, "cholesterol", "permutation"),
    "proline": lambda run: _replaced(run, "proline", "sage"),
    "sum": _adds_up,
}
