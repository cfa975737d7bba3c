"""What the importances of real data prove and say (XAI-19, XAI-21), and the predictions."""

import math

import torch

from core.check import Check, at_most, equal
from core.experiments.shapley.risk_claims import number
from core.experiments.shapley.risk_data import MEASURES, RiskData

TOLERANCE = 1e-9
FEW = 300  # pairs below which a standard error is itself a guess
WIDE = 6.0  # standard errors


def checks(run: RiskData, *, game: str, **_) -> list[Check]:
    """Sampled SAGE adds up, and lies near the exact one; LOFO does not add up."""
    done = run.progress == 1
    sage, last = (torch.nan_to_num(run.values[m]).tolist() for m in (0, 1))
    near = {"tol": TOLERANCE * max(1.0, run.nobody) / max(1.0, min(abs(run.saved), run.nobody))}
    gap = run.values[0] - run.exact
    worst = torch.nan_to_num(gap.abs() / run.errors[0].clamp_min(1e-300)).max().item()
    known = bool(run.exact.isfinite().all())
    why = "" if done else "not all pairs of a row and an order are drawn yet"
    far = why or ("" if known else "the exact values are worked out in the marginal game alone")
    if not far and run.pairs < FEW:
        far = f"{run.pairs} pairs are too few for a reliable standard error"
    return [
        equal(
            "XAI-19",
            "SAGE: Σ φ̂_j = R(f_∅) − R(f) after whole passes over the rows",
            math.fsum(sage),
            run.saved,
            applies=done,
            why=why,
            **near,
        ),
        at_most(
            "XAI-19",
            f"SAGE: |φ̂_j − φ_j| ≤ {WIDE:g} standard errors for every feature",
            worst if done else 0.0,
            WIDE,
            applies=not far,
            why=far,
        ),
        equal(
            "XAI-19",
            "believed: the LOFO values add up to R(f_∅) − R(f)",
            math.fsum(last),
            run.saved,
            applies=False,
            why=f"the features depend on each other: {share(run, math.fsum(last))} of the risk of "
            f"f_∅ against {share(run, run.saved)} saved",
        ),
        equal(
            "XAI-21",
            "exact SAGE: Σ φ_j = R(f_∅) − R(f)",
            torch.nan_to_num(run.exact).sum().item(),
            run.saved,
            applies=known,
            why="" if known else far,
            **near,
        ),
    ]


def says(run: RiskData, *, game: str, **_) -> str:
    """What happened, in one or two plain sentences."""
    saved = (
        f"All features together save {share(run, run.saved)} of the risk of guessing without them"
    )
    if run.pairs == 0:
        known = int(run.values[1].isfinite().sum())
        return f"{saved}. LOFO has trained {known} of {len(run.table.features)} models again."
    best = int(run.values[0].argmax())
    name = run.table.features[best]
    told = (
        f"{saved}. SAGE gives most to {name}, {share(run, run.values[0, best].item())} "
        f"± {share(run, 2 * run.errors[0, best].item())}"
    )
    if run.progress < 1:
        return f"{told}, after {run.pairs} pairs of a row and an order."
    lost = run.values[1, best].item()
    if lost <= 0.25 * run.values[0, best].item():
        return (
            f"{told}; trained again without it the loss is {share(run, lost)}: others replace it."
        )
    return f"{told}; trained again without it the loss is {share(run, lost)}."


def share(run: RiskData, value: float) -> str:
    """In per cent of the risk of f_∅."""
    percent = 100 * value / run.nobody
    if not math.isfinite(percent):
        return "an unknown share"
    return f"{0.0 if abs(percent) < 0.05 else percent:.3g} %".replace("-", "−")


# --- answers of the predictions ------------------------------------------------------------------


def value(run: RiskData, measure: str, feature: str) -> float:
    """One importance of a feature by name."""
    return run.values[MEASURES.index(measure), run.table.features.index(feature)].item()


def replaced(run: RiskData, feature: str, measure: str) -> str:
    """LOFO of the feature against its importance by this measure."""
    ratio = value(run, "lofo", feature) / value(run, measure, feature)
    return "about as much" if ratio > 0.7 else "about half of it" if ratio > 0.3 else LITTLE


LITTLE = "next to nothing, or less"


def adds_up(run: RiskData) -> str:
    """How the sampled SAGE values add up."""
    gap = abs(run.values[0].sum().item() - run.saved) / run.nobody
    return "exactly" if gap < 1e-9 else "only within their errors"


def facts(run: RiskData, feature: str = "") -> dict[str, str]:
    """Numbers for the sentences after a prediction."""
    found = {
        "error": share(run, run.errors[0].max().item()),
        "gap": f"{abs(run.values[0].sum().item() - run.saved) / run.nobody:.0e}",
        "saved": share(run, run.saved),
        "others": number(len(run.table.features) - 1),
    }
    if feature:
        found |= {name: share(run, value(run, name, feature)) for name in MEASURES}
    return found
