"""What SAGE and its rivals prove and say (XAI-19, XAI-21), and the answers of the predictions."""

import math
from collections.abc import Iterable
from functools import partial

import torch
from torch import Tensor

from core.check import Check, equal, same
from core.experiments.shapley.risk import MEASURES, Risk, lines

QUESTIONS = {
    "sage": "SAGE: its fair share of what all save together?",
    "lofo": "LOFO: what is lost without it, trained again?",
    "permutation": "permutation: what does f lose, it shuffled?",
    "resampling": "resampling: what does f lose, it guessed?",
    "alone": "alone (first in): what does it save by itself?",
}
INFORMATION = {  # with log loss
    "lofo": "LOFO, I(Xⱼ; Y | the other): what is lost without it?",
    "alone": "alone, mutual information I(Xⱼ; Y): what does it tell?",
}
BY_HAND = {  # SAGE, LOFO, permuted, the rest
    "gauss": (
        "φⱼ = ½ [(βⱼ + ρβₖ)² + (1 − ρ²) βⱼ²] of twins j, k, and φ₃ = β₃²",
        "(1 − ρ²) βⱼ² of a twin, and β₃²",
        "permuted 2βⱼ²",
        "resampled 2 LOFO, alone (βⱼ + ρβₖ)² of a twin, and β₃²",
    ),
    "xor": (
        "φⱼ = ½ I(X₁, X₂; Y) = ½ (log 2 − h(q))",
        "I(Xⱼ; Y | the other bit) = I(X₁, X₂; Y)",
        "permuted ½ (1 − 2q) log((1 − q)/q)",
        "resampled as permuted, alone I(Xⱼ; Y) = 0",
    ),
    "copy": (
        "φⱼ = ½ I(X₁, X₂; Y) = ½ (log 2 − h(q))",
        "I(Xⱼ; Y | the other bit) = 0",
        "permuted ½ I(X₁, X₂; Y)",
        "resampled 0, alone I(Xⱼ; Y) = I(X₁, X₂; Y)",
    ),
}
REASONS = {
    "exactly": "equal by chance, as the features depend on each other",
    "less": "what one feature loses the other replaces",
    "more": "the features need each other, so each loss is counted twice",
}


def question(measure: str, world: str) -> str:
    """What a measure answers, in the words of the world's loss."""
    return (QUESTIONS if world == "gauss" else QUESTIONS | INFORMATION)[measure]


def checks(run: Risk, *, world: str, rho: float, flip: float) -> list[Check]:
    """Closed forms of the world, efficiency of SAGE, and LOFO's lack of it."""
    at = torch.tensor([rho if world == "gauss" else flip], dtype=torch.float64)
    by_hand, claims = lines(world, run.beta, at)[:, 0], BY_HAND[world]
    near = {"tol": 1e-9 * max(1.0, run.v.abs().max().item())}
    alike, equals = partial(same, "XAI-19", **near), partial(equal, "XAI-19", **near)
    total, saved, found = run.exact[1].sum().item(), run.saved, run.found
    apart = f"{total:.3g} of {saved:.3g}: {REASONS[_adding(run)]}"
    free = ((rho == 0 if world == "gauss" else flip == 0.5, apart),)
    judged = "SAGE over the rows judged: Σ φ̂ⱼ = R(f∅) − R(f) of the learned models there"
    twins = ((world != "gauss" or abs(rho) < 1, "X₂ is a copy of X₁, and f the shortest of many"),)
    return [
        equals("SAGE: Σ φⱼ = R(f∅) − R(f)", run.exact[0].sum(), saved),
        alike(f"SAGE: {claims[0]}", run.exact[0], by_hand[0]),
        alike(f"LOFO: {claims[1]}", run.exact[1], by_hand[1]),
        alike(claims[2], run.exact[2], by_hand[2], needs=twins),
        alike(claims[3], run.exact[3:], by_hand[3:]),
        equal("XAI-21", judged, found[0].sum(), run.saved_found, **near),
        alike("all five over the rows judged: means of those of each row", found, run.each.mean(1)),
        equals("believed: the LOFO values add up to R(f∅) − R(f)", total, saved, needs=free),
    ]


def _adding(run: Risk) -> str:
    """How the LOFO values add up to the risk saved, a key of `REASONS`."""
    total, saved = run.exact[1].sum().item(), run.saved
    return "exactly" if abs(total - saved) <= 1e-9 else "less" if total < saved else "more"


def says(run: Risk, *, n: int, measures: str) -> str:
    """What happened, in one or two plain sentences."""
    if run.saved < 1e-12:
        noise = f"; the bars show the noise of {n} rows" if measures == "rows" else ""
        return f"Nothing predicts Y: every importance is 0{noise}."
    more = f"{number(run.exact[1].sum())} together: {REASONS[_adding(run)]}"
    told = (
        f"Together the features save {number(run.saved)} of the risk. SAGE shares it as "
        f"{listed(run.exact[0])}; LOFO says {listed(run.exact[1])}, "
        f"{'the same sum' if _adding(run) == 'exactly' else more}."
    )
    if measures != "two" and run.exact[2].isinf().any():
        return told + " The shuffled loss is infinite: a sure model is wrong on half of the rows."
    return told


def number(value: float | Tensor) -> str:
    """Three significant digits, 0 for rounding errors."""
    if value == math.inf:
        return "∞"
    return "0" if abs(value) < 5e-5 else f"{value:.3g}"


def listed(values: Iterable[float | Tensor]) -> str:
    """(1.9, 1.9, 1)."""
    return "(" + ", ".join(map(number, values)) + ")"


def _adds_up(run: Risk) -> tuple[str, dict]:
    total, saved = number(run.exact[1].sum()), number(run.saved)
    return _adding(run), {"each": listed(run.exact[1]), "total": total, "saved": saved}


def _share(run: Risk) -> tuple[float, dict]:
    return run.exact[0, 0].item(), dict(zip(MEASURES, map(number, run.exact[:, 0]), strict=True))


answers = {"twins": _share, "adds": _adds_up, "xor": _share}
