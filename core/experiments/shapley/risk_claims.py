"""What SAGE and its rivals prove and say (XAI-19, XAI-21), and the answers of the predictions."""

import math
from functools import partial

from core import words
from core.check import Check, equal
from core.experiments.shapley.risk import MEASURES, Importances

number = partial(words.number, zero=5e-5)
TOLERANCE = 1e-9
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


def question(measure: str, world: str) -> str:
    """What a measure answers, in the words of the world's loss."""
    asked = QUESTIONS if world == "gauss" else QUESTIONS | INFORMATION
    return asked[measure]


def checks(run: Importances, *, world: str, rho: float, flip: float, **_) -> list[Check]:
    """Closed forms of the world, efficiency of SAGE, and LOFO's lack of it."""
    sage, last = run.exact[0].tolist(), run.exact[1].tolist()
    near = {"tol": TOLERANCE * max(1.0, run.v.abs().max().item())}
    by_hand = _normal(run, rho, near) if world == "gauss" else _two_bits(run, world, flip, near)
    free = rho == 0 if world == "gauss" else flip == 0.5
    add_up = "" if free else f"{math.fsum(last):.3g} of {run.saved:.3g}: {_reason(run, world)}"
    return [
        *by_hand,
        equal(
            "XAI-19",
            "SAGE: Σ φ_j = R(f_∅) − R(f), for the whole law",
            math.fsum(sage),
            run.saved,
            **near,
        ),
        equal(
            "XAI-19",
            "believed: the LOFO values add up to R(f_∅) − R(f)",
            math.fsum(last),
            run.saved,
            applies=free,
            why=add_up,
            **near,
        ),
        equal(
            "XAI-21",
            "SAGE over the rows judged: Σ φ̂_j = R(f_∅) − R(f) of the learned models there",
            run.found[0].sum().item(),
            run.saved_found,
            **near,
        ),
    ]


def _normal(run: Importances, rho: float, near: dict) -> list[Check]:
    b = run.beta.tolist()
    left = 1 - rho**2
    share = [((b[j] + rho * b[1 - j]) ** 2 + left * b[j] ** 2) / 2 for j in (0, 1)] + [b[2] ** 2]
    lost = [left * b[0] ** 2, left * b[1] ** 2, b[2] ** 2]
    claims = (
        "SAGE: φ₁ = ½ [(β₁ + ρβ₂)² + (1 − ρ²) β₁²]",
        "SAGE: φ₂ = ½ [(β₂ + ρβ₁)² + (1 − ρ²) β₂²]",
        "SAGE: φ₃ = β₃²",
    )
    found = [
        equal("XAI-19", claim, value, by_hand, **near)
        for claim, value, by_hand in zip(claims, run.exact[0].tolist(), share, strict=True)
    ]
    for j, (value, by_hand) in enumerate(zip(run.exact[1].tolist(), lost, strict=True)):
        left_over = f"(1 − ρ²) β{'₁₂'[j]}²" if j < 2 else "β₃²"
        found.append(equal("XAI-19", f"LOFO of X{'₁₂₃'[j]}: {left_over}", value, by_hand, **near))
    return found


def _two_bits(run: Importances, world: str, flip: float, near: dict) -> list[Check]:
    told = math.log(2)
    if 0 < flip < 1:
        told += flip * math.log(flip) + (1 - flip) * math.log(1 - flip)
    alone, last = (0.0, told) if world == "xor" else (told, 0.0)
    claims = (
        ("sage", "SAGE: φ{} = ½ I(X₁, X₂; Y) = ½ (log 2 − h(q))", told / 2),
        ("lofo", f"LOFO: I(X{{}}; Y | the other bit) = {'I(X₁, X₂; Y)' if last else '0'}", last),
        ("alone", f"alone: I(X{{}}; Y) = {'I(X₁, X₂; Y)' if alone else '0'}", alone),
    )
    return [
        equal(
            "XAI-19",
            claim.format(name),
            run.exact[MEASURES.index(measure), j].item(),
            by_hand,
            **near,
        )
        for measure, claim, by_hand in claims
        for j, name in enumerate("₁₂")
    ]


def _reason(run: Importances, world: str) -> str:
    total, saved = run.exact[1].sum().item(), run.saved
    if abs(total - saved) <= 1e-9:
        return "equal by chance, as the features depend on each other"
    if total < saved:
        return "what one feature loses the other replaces"
    return "the features need each other, so each loss is counted twice"


def says(run: Importances, *, world: str, rho: float, flip: float, n: int, **_) -> str:
    """What happened, in one or two plain sentences."""
    sage, last = run.exact[0], run.exact[1]
    if run.saved < 1e-12:
        return (
            "Nothing predicts Y: every importance is 0, and what the bars show is the noise of "
            f"{n} rows."
        )
    told = (
        f"Together the features save {number(run.saved)} of the risk. SAGE shares it as "
        f"{listed(sage.tolist())}; LOFO says {listed(last.tolist())}"
    )
    total = last.sum().item()
    if abs(total - run.saved) < 1e-9:
        told += ", the same sum."
    elif total < run.saved:
        told += f", {number(total)} together: what one feature loses the other replaces."
    else:
        told += f", {number(total)} together: the features need each other, counted twice."
    if math.isinf(run.exact[2].max().item()):
        return told + " The shuffled loss is infinite: a sure model is wrong on half of the rows."
    return told


def listed(values: list[float]) -> str:
    """(1.9, 1.9, 1)."""
    return "(" + ", ".join(map(number, values)) + ")"


# --- answers of the predictions ------------------------------------------------------------------


def share_of_first(run: Importances) -> str:
    """SAGE of X₁ among 0.19, 1 and 1.9."""
    value = run.exact[0, 0].item()
    return min(("0.19", "1", "1.9"), key=lambda text: abs(float(text) - value))


def lofo_adds_up(run: Importances) -> str:
    """The LOFO values against R(f_∅) − R(f)."""
    total, saved = run.exact[1].sum().item(), run.saved
    if abs(total - saved) < 1e-9:
        return "yes, exactly"
    return "no, to far less" if total < saved else "no, to more"


def shuffled_first(run: Importances) -> str:
    """Permutation importance of X₁."""
    value = run.exact[2, 0].item()
    return min(("0.02", "1", "2"), key=lambda text: abs(float(text) - value))


def bit_of_xor(run: Importances) -> str:
    """What a bit is worth to SAGE, in shares of log 2."""
    share = run.exact[0, 0].item() / math.log(2)
    return min(BITS, key=lambda text: abs(BITS[text] - share))


BITS = {"0": 0.0, "half a bit, 0.347": 0.5, "the whole bit, 0.693": 1.0}


def facts(run: Importances) -> dict[str, str]:
    """Numbers for the sentences after a prediction."""
    e = run.exact
    return {
        "sage": number(e[0, 0].item()),
        "lofo": number(e[1, 0].item()),
        "shuffled": number(e[2, 0].item()),
        "alone": number(e[4, 0].item()),
        "all_lofo": number(e[1].sum().item()),
        "all_lofos": listed(e[1].tolist()),
        "saved": number(run.saved),
        "at": number(run.at),
    }
