"""What SAGE and its rivals prove and say (XAI-19, XAI-21), and the answers of the predictions."""

import math
from collections.abc import Iterable

import torch
from torch import Tensor

from core.check import Check, equal, same
from core.experiments.shapley.risk import Risk, lines

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
BY_HAND = {  # SAGE, LOFO and the rest
    "gauss": (
        "φⱼ = ½ [(βⱼ + ρβₖ)² + (1 − ρ²) βⱼ²] of twins j, k, and φ₃ = β₃²",
        "(1 − ρ²) βⱼ² of a twin, and β₃²",
        "permuted 2βⱼ², resampled 2 LOFO, alone (βⱼ + ρβₖ)²",
    ),
    "xor": (
        "φⱼ = ½ I(X₁, X₂; Y) = ½ (log 2 − h(q))",
        "I(Xⱼ; Y | the other bit) = I(X₁, X₂; Y)",
        "permuted and resampled ½ (1 − 2q) log((1 − q)/q), alone I(Xⱼ; Y) = 0",
    ),
    "copy": (
        "φⱼ = ½ I(X₁, X₂; Y) = ½ (log 2 − h(q))",
        "I(Xⱼ; Y | the other bit) = 0",
        "permuted ½ I(X₁, X₂; Y), resampled 0, alone I(Xⱼ; Y) = I(X₁, X₂; Y)",
    ),
}


def question(measure: str, world: str) -> str:
    """What a measure answers, in the words of the world's loss."""
    return (QUESTIONS if world == "gauss" else QUESTIONS | INFORMATION)[measure]


def checks(run: Risk, *, world: str, rho: float, flip: float) -> list[Check]:
    """Closed forms of the world, efficiency of SAGE, and LOFO's lack of it."""
    at = torch.tensor([rho if world == "gauss" else flip], dtype=torch.float64)
    by_hand, claims = lines(world, run.beta, at)[:, 0], BY_HAND[world]
    near = {"tol": 1e-9 * max(1.0, run.v.abs().max().item())}
    free = rho == 0 if world == "gauss" else flip == 0.5
    total = run.exact[1].sum().item()
    apart = f"{total:.3g} of {run.saved:.3g}: {_reason(total, run.saved)}"
    twins = (world != "gauss" or abs(rho) < 1, "X₂ is a copy of X₁, and f the shortest of many")
    return [
        same("XAI-19", f"SAGE: {claims[0]}", run.exact[0], by_hand[0], **near),
        same("XAI-19", f"LOFO: {claims[1]}", run.exact[1], by_hand[1], **near),
        same("XAI-19", claims[2], run.exact[2:], by_hand[2:], needs=(twins,), **near),
        equal(
            "XAI-19",
            "SAGE: Σ φ_j = R(f_∅) − R(f), for the whole law",
            run.exact[0].sum(),
            run.saved,
            **near,
        ),
        equal(
            "XAI-19",
            "believed: the LOFO values add up to R(f_∅) − R(f)",
            total,
            run.saved,
            needs=((free, apart),),
            **near,
        ),
        equal(
            "XAI-21",
            "SAGE over the rows judged: Σ φ̂_j = R(f_∅) − R(f) of the learned models there",
            run.found[0].sum(),
            run.saved_found,
            **near,
        ),
        same(
            "XAI-19",
            "SAGE over the rows judged is the mean of the φ of every row, and so are its rivals",
            run.found,
            run.each.mean(1),
            **near,
        ),
    ]


def _reason(total: float, saved: float) -> str:
    if abs(total - saved) <= 1e-9:
        return "equal by chance, as the features depend on each other"
    if total < saved:
        return "what one feature loses the other replaces"
    return "the features need each other, so each loss is counted twice"


def says(run: Risk, *, n: int) -> str:
    """What happened, in one or two plain sentences."""
    saved, total = run.saved, run.exact[1].sum().item()
    if saved < 1e-12:
        return (
            "Nothing predicts Y: every importance is 0, and what the bars show is the noise of "
            f"{n} rows."
        )
    told = (
        f"Together the features save {number(saved)} of the risk. SAGE shares it as "
        f"{listed(run.exact[0])}; LOFO says {listed(run.exact[1])}"
    )
    if abs(total - saved) < 1e-9:
        told += ", the same sum."
    elif total < saved:
        told += f", {number(total)} together: what one feature loses the other replaces."
    else:
        told += f", {number(total)} together: the features need each other, counted twice."
    if run.exact[2].isinf().any():
        return told + " The shuffled loss is infinite: a sure model is wrong on half of the rows."
    return told


def number(value: float | Tensor) -> str:
    """Three significant digits, 0 for rounding errors."""
    return "∞" if value == math.inf else "0" if abs(value) < 5e-5 else f"{value:.3g}"


def listed(values: Iterable[float | Tensor]) -> str:
    """(1.9, 1.9, 1)."""
    return "(" + ", ".join(map(number, values)) + ")"


# --- answers of the predictions ------------------------------------------------------------------


def _facts(run: Risk) -> dict[str, str]:
    names = ("sage", "lofo", "permuted", "resampled", "alone")
    return dict(zip(names, map(number, run.exact[:, 0]), strict=True))


def _adds_up(run: Risk) -> tuple[str, dict]:
    """The LOFO values against R(f_∅) − R(f)."""
    total, saved = run.exact[1].sum().item(), run.saved
    key = "exactly" if abs(total - saved) < 1e-9 else "less" if total < saved else "more"
    return key, {"each": listed(run.exact[1]), "total": number(total), "saved": number(saved)}


answers = {
    "twins": lambda run: (run.exact[0, 0].item(), _facts(run)),
    "adds": _adds_up,
    "xor": lambda run: (run.exact[0, 0].item(), _facts(run)),
}
