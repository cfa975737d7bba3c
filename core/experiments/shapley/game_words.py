"""A game and its rules in words: what happened, and the answers of the predictions."""

import math
from collections.abc import Callable
from functools import partial

from torch import Tensor

from core import words
from core.experiments.shapley.game import Lattice
from core.shapley.coalitions import spelled
from core.shapley.rules import AXIOMS, RULES

short = partial(words.number, zero=1e-12)
SUMS = ("less than v(N) − v(∅)", "exactly v(N) − v(∅)", "more than v(N) − v(∅)")
STAYS = ("yes, a third each", "yes, but not a third each", "no, there is none")


def says(run: Lattice, **_) -> str:
    """What each player gets, what the rule looked at breaks, and whether anybody would leave."""
    rule = run.chosen
    if rule.values is None:
        told = "The Banzhaf values sum to 0 here, so they cannot be rescaled to v(N) − v(∅)."
        return f"{told} Shapley gives {row(run.phi)}."
    total = f"v(N) − v(∅) = {short(run.total)}"
    if rule.name == "shapley":
        told = f"Shapley gives {row(run.phi)}: together {total}."
    else:
        sums = short(float(rule.values.sum()))
        together = f"together {total}" if not rule.gaps[0] else f"together {sums}, not {total}"
        told = f"“{RULES[rule.name]}” gives {row(rule.values)}: {together}."
        broken = breaks(run)
        told += f" It breaks {broken}." if broken else ""
    return f"{told} {stability(run)}"


def breaks(run: Lattice) -> str:
    """The axioms that the rule looked at breaks on this game, in words."""
    found = [name for name, gap in zip(AXIOMS, run.chosen.gaps, strict=True) if gap]
    return " and ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found)


def stability(run: Lattice) -> str:
    """Whether the shares of the rule looked at are in the core, and who would leave."""
    rule = run.chosen
    if run.corners is not None and not len(run.corners):
        return "The core is empty: however it is shared, some coalition does better alone."
    if rule.gaps[0]:
        return "That shares out another amount, so the core does not enter."
    whose = "φ" if rule.name == "shapley" else "It"
    if rule.in_core:
        return f"{whose} lies in the core: no coalition does better alone."
    e = run.excess(rule.values)
    S = int(e[1:-1].argmax()) + 1
    gain = short(float(e[S]))
    told = f"pays {gain} more than alone" if run.costs else f"could gain {gain} by leaving"
    return f"{whose} is not in the core: {spelled(S)} {told}."


def row(values: Tensor) -> str:
    """The values, separated by commas."""
    return ", ".join(short(value) for value in values.tolist())


# --- answers of the predictions ------------------------------------------------------------------


def share_of(player: int, options: dict[str, float]) -> Callable[[Lattice], str]:
    """result -> the option whose number is the φ of this player."""

    def answer(run: Lattice) -> str:
        phi = float(run.phi[player - 1])
        return min(options, key=lambda option: abs(options[option] - phi))

    return answer


def sum_of(name: str) -> Callable[[Lattice], str]:
    """result -> how the sum of a rule stands to v(N) − v(∅), of `SUMS`."""

    def answer(run: Lattice) -> str:
        gap = float(run.of(name).values.sum()) - run.total
        return SUMS[0] if gap < -run.slack else SUMS[2] if gap > run.slack else SUMS[1]

    return answer


def shared_peacefully(run: Lattice) -> str:
    """Whether some sharing of three players is one that nobody leaves, of `STAYS`."""
    if run.corners is None or not len(run.corners):
        return STAYS[2]
    return STAYS[0] if run.of("equal").in_core else STAYS[1]


def facts(run: Lattice) -> dict[str, str]:
    """Numbers that explanations quote."""
    n = run.n
    told = {f"phi{j + 1}": short(float(run.phi[j])) for j in range(n)}
    told |= {
        f"sum_{r.name}": short(float(r.values.sum())) for r in run.rules if r.values is not None
    }
    told |= {"total": short(run.total), "v1": short(float(run.v[1])), "p": str(n)}
    told |= {"best": short(float(run.excess(run.phi)[1:-1].max())) if n > 1 else "0"}
    orders = math.factorial(n)
    told |= {"orders": str(orders), "times1": short(orders * float(run.phi[0]))}
    if n == 3:
        told |= {"pair": short(float(run.v[3])), "asked": short(float(run.v[[3, 5, 6]].sum()))}
    return told
