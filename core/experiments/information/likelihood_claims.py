"""What likelihood and cross-entropy claim: INFO-06."""

import math

from core.check import Check, at_least, equal, same
from core.experiments.information.likelihood import NAMES, Likely
from core.words import amount, number

STEP = 1e-5


def checks(
    run: Likely, *, z1: float, z2: float, z3: float, shift: float, temperature: float, n1: int,
    n2: int, n3: int,
) -> list[Check]:  # fmt: skip
    """The sum over the sample, its two parts, its floor, the slope and what the shift does."""
    z, counts = [z1, z2, z3], [n1, n2, n3]
    moved = [each + shift for each in z]
    n = sum(counts)
    up = [_loss(_lifted(moved, i, STEP), temperature, counts) for i in range(3)]
    down = [_loss(_lifted(moved, i, -STEP), temperature, counts) for i in range(3)]
    q, p = run.q.tolist(), run.shares.tolist()
    H = math.fsum(c / n * math.log(n / c) for c in counts if c)
    return [
        equal("INFO-06", f"the mean of −log q over all that was seen, n = {n}, is H(p̂, q), and "
              "that is H(p̂) + KL(p̂ ‖ q)", _loss(moved, temperature, counts), run.entropy + run.kl),
        same("INFO-06", "both parts by their sums, and the mean itself: difference",
             [run.entropy, run.kl, run.nll], [H, _kl(p, q), math.fsum(
                 c * -math.log(each) for c, each in zip(counts, q, strict=True) if c) / n]),
        at_least("INFO-06", "no q gets below H(p̂), which only q = p̂ reaches", run.nll, run.entropy),
        same("INFO-06", "the slope by each logit is (q − p̂)/T: difference",
             run.slope, (run.q - run.shares) / temperature),
        same("", "the same slope by differences of the mean: difference", run.slope,
             [(a - b) / (2 * STEP) for a, b in zip(up, down, strict=True)], tol=1e-6),
        equal("", "the slopes sum to 0: all logits may move together", float(run.slope.sum()), 0.0),
        same("", "q is the softmax of the logits without what was added: difference", q,
             _softmax(z, temperature)),
        same("", "p̂ is how often each class was seen, over n: difference", p,
             [c / n for c in counts]),
    ]  # fmt: skip


def _lifted(z: list[float], i: int, by: float) -> list[float]:
    return [each + by * (j == i) for j, each in enumerate(z)]


def _softmax(z: list[float], temperature: float) -> list[float]:
    top = max(z)
    e = [math.exp((each - top) / temperature) for each in z]
    return [each / math.fsum(e) for each in e]


def _loss(z: list[float], temperature: float, counts: list[int]) -> float:
    """Logarithm of the sum, less the logit of what was seen, in the mean."""
    top = max(z)
    whole = math.log(math.fsum(math.exp((each - top) / temperature) for each in z))
    each = [whole - (one - top) / temperature for one in z]
    return math.fsum(c * one for c, one in zip(counts, each, strict=True)) / sum(counts)


def _kl(p: list[float], q: list[float]) -> float:
    return math.fsum(a * math.log(a / b) for a, b in zip(p, q, strict=True) if a > 0)


def says(run: Likely, *, n2: int, n3: int) -> str:
    """The loss and its parts, and which way a step of descent moves the logits."""
    told = f"−log q is {amount(run.nll, 'nats')} in the mean: "
    if n2 == n3 == 0:
        told = f"Only A was seen, so that −log q of A, {amount(run.nll, 'nats')}, is all KL. "
    else:
        told += f"{number(run.entropy)} of them are H(p̂), the rest, {number(run.kl, zero=5e-10)}, "
        told += "is KL(p̂ ‖ q). "
    if run.kl < 1e-6:
        return told + "q is p̂, or nearly so: no logits do better."
    slope = run.slope.tolist()
    least = 1e-6 * max(map(abs, slope))
    rise = [NAMES[i] for i in range(3) if slope[i] < -least]
    fall = [NAMES[i] for i in range(3) if slope[i] > least]
    return f"{told}A step down the slope raises {_list(rise)} and lowers {_list(fall)}."


def _list(names: list[str]) -> str:
    return " and ".join(names)


def _least(run: Likely) -> tuple[float, dict[str, str]]:
    return run.entropy, {"kl": number(run.kl)}


answers = {
    "slope": lambda run: (float(run.slope[0]), {"q": number(run.q[0])}),
    "shift": lambda run: float(run.q[0]),
    "least": _least,
}
