"""What a schedule of steps claims: OPT-12, its two sums, and that the second is not needed."""

import math

import numpy as np
import torch

from core.check import Check, at_most, equal, same
from core.experiments.stochastic.schedules import (
    AT,
    FIRST,
    Plan,
    Schedules,
    T,
    noise,
    plan,
    schedule,
)
from core.stochastic import Schedule, moments
from core.words import number, spaced

FEW = 400  # steps that are gone once more one by one
SETTLED = 20  # the start and the first noise weigh e⁻⁴⁰
CHANCE = 6.0  # standard errors that chains may be off


def checks(
    run: Schedules, *, rule: str, c: float, p: float, ratio: float, hold: int, own: str,
    sigma: float, x0: float, n: int, seed: int,
) -> list[Check]:  # fmt: skip
    """Noise and start, the noise below the step, the sums, what is left, a floor, chains."""
    law, made = schedule(rule, c, p, ratio, hold, own), plan(rule, c, p, ratio, hold, own)
    alphas = made.alphas
    rest = torch.stack([after(alphas), after(alphas**2)])
    return [
        _bound(run, alphas, rest, sigma),
        _below(run, alphas, sigma),
        _sums(run, law, rest),
        _forgotten(run, law, alphas),
        equal(
            "OPT-12",
            "constant steps: the mean square stays at σ² α/(2 − α)",
            run.square[-1],
            sigma**2 * c / (2 - c) if c < 2 else 0.0,
            needs=(
                (rule == "power" and p == 0, "the steps are not constant"),
                (c < 2, "a step of 2 only mirrors x: nothing settles"),
                (T * min(c, 2 - c) >= SETTLED, "the run is too short for steps so small"),
            ),
        ),
        _one_by_one(run, made, sigma, x0),
        _chains(run, made, sigma, x0, seed),
        _by_chance(run, sigma, n),
    ]


def _bound(run: Schedules, alphas: np.ndarray, rest: torch.Tensor, sigma: float) -> Check:
    """What a step m leaves of E x², and all the noise that comes later."""
    large = np.flatnonzero(alphas > 1)
    some = torch.from_numpy(max([-1, *large]) < AT)  # α ≤ 1 from then on
    bound = (-2 * rest[0]).exp() * run.square + sigma**2 * rest[1]
    best = int(torch.where(some, bound, math.inf).argmin())
    return at_most(
        "OPT-12",
        f"E x² at the end ≤ exp(−2 Σα) E xₘ² + σ² Σα², both sums over k > m: with Σα = ∞ and "
        f"Σα² < ∞ first a late m, then a later end make the right side as small as you like. Here "
        f"m = {AT[best]}",
        run.square[-1],
        bound[best],
    )


def after(values: np.ndarray) -> torch.Tensor:
    """Sums over the steps later than `AT`, from the end: nothing small is lost."""
    return torch.from_numpy(np.append(np.cumsum(values[::-1])[::-1], 0.0)[AT])


def _below(run: Schedules, alphas: np.ndarray, sigma: float) -> Check:
    steps = alphas[AT[1:] - 1]
    steady = alphas[-1] > 1e-300 and float(np.diff(1 / alphas).max()) <= 1 + 1e-9
    gap = run.variance[1:].numpy() - sigma**2 * steps
    worst = int(gap.argmax())
    return at_most(
        "OPT-12",
        "the variance stays below σ²αₖ, so that αₖ → 0 is enough for the noise, whatever Σα² is; "
        f"tightest at k = {AT[worst + 1]}",
        run.variance[1 + worst],
        sigma**2 * steps[worst],
        needs=(
            (float(alphas.max()) <= 1, "a step is longer than 1"),
            (steady, "1/αₖ grows by more than 1 in some step: the steps fall too fast for it"),
        ),
    )


def _sums(run: Schedules, law: Schedule, rest: torch.Tensor) -> Check:
    """Both sums once more: what the run has, and an integral or a geometric series after it.

    Those up to every step shown are what those after it, from the end, leave of the whole.
    """
    lhs = [*run.lamps[2:], *map(float, run.lamps[:2]), *run.sums.ravel()]
    ever = [_after(law, j) for j in (1, 2)]
    told = [float(s) + r for s, r in zip(rest[:, 0], ever, strict=True)]
    return same(
        "OPT-12",
        f"Σα is {number(run.lamps.total)} and Σα² is {number(run.lamps.squares)}: by the sums up "
        f"to k = {spaced(T)} and what the law of the steps adds for ever: largest distance",
        lhs,
        [*told, math.isinf(told[0]), math.isfinite(told[1]), *(rest[:, :1] - rest).ravel()],
        tol=1e-7,
    )


def _after(law: Schedule, j: int) -> float:
    """Σ αʲ over all k > T."""
    if law.ratio < 1:
        stage, done = divmod(T, law.hold)
        now = (law.scale * law.ratio**stage) ** j
        return now * (law.hold - done) + now * law.hold * law.ratio**j / (1 - law.ratio**j)
    s = j * law.power
    if s <= 1:
        return math.inf
    return law.scale**j * (T + 0.5) ** (1 - s) / (s - 1)


def _forgotten(run: Schedules, law: Schedule, alphas: np.ndarray) -> Check:
    left = torch.tensor([_after(law, j) for j in (1, 2)], dtype=torch.float64)
    ends = 0.0
    if math.isfinite(left[0]):
        ends = float(run.mean[-1].abs() * (-left[0] - left[1] / 2).exp())
    told = f"finite: of the start |E xₖ| exp(−Σ(α + ½α²)) stays for ever, k = {spaced(T)}, the "
    told += "sum over all later steps"
    if math.isinf(left[0]):
        told = "infinite: nothing of the start stays for ever, |E x| ends at 0"
    return equal(
        "OPT-12",
        f"Σα is {told}",
        run.limit,
        ends,
        tol=1e-7,
        needs=((float(alphas[-1]) < 2, "a step of 2 only mirrors x"),),
    )


def _one_by_one(run: Schedules, made: Plan, sigma: float, x0: float) -> Check:
    """By the engine at first, then from one place to the next; relative, as both fall far."""
    early = AT <= FEW
    found = moments(torch.from_numpy(made.alphas[:FEW]), sigma, x0)
    at = torch.from_numpy(AT[early][1:] - 1)
    told = [torch.cat([run.mean[:1] * 0 + first, each[at]]) for first, each in
            zip((x0, x0**2), found, strict=True)]  # fmt: skip
    both = torch.stack([run.mean, run.square]).numpy()
    keep = np.stack([made.keep, made.keep**2])[:, 1:]
    later = keep * both[:, :-1] + [0 * made.fresh[1:], (sigma * made.fresh[1:]) ** 2]
    size = np.maximum(np.abs(later), 1e-12)
    return same(
        "OPT-12",
        f"mean and mean square of the first {FEW} steps, carried on by m ← (1 − α) m and "
        "s ← (1 − α)² s + α²σ², and of all from one told to the next: largest distance",
        np.concatenate([both[:, early], both[:, 1:] / size], 1),
        np.concatenate([torch.stack(told), later / size], 1),
    )


def _chains(run: Schedules, made: Plan, sigma: float, x0: float, seed: int) -> Check:
    """The first steps of every chain by the rule, the later ones by the law between two places."""
    x = run.x.numpy()
    keep, blur = made.keep[1:, None].copy(), sigma * made.fresh[1:, None]
    keep[:FIRST, 0], blur[:FIRST, 0] = 1 - made.alphas[:FIRST], sigma * made.alphas[:FIRST]
    foreseen = keep * x[:-1] - blur * noise(x.shape[1], seed)[1:]
    return same(
        "",
        f"the first {FIRST} steps of every chain are xₖ = xₖ₋₁ − αₖ(xₖ₋₁ + σξₖ) from x₀, and many "
        "later ones at a time keep what they must, with noise of their law: largest distance",
        x,
        np.concatenate([np.full((1, x.shape[1]), x0), foreseen]),
    )


def _by_chance(run: Schedules, sigma: float, n: int) -> Check:
    """Measured against exact, in standard errors."""
    spread = run.variance[1:].clamp(min=0)
    away = ((run.x[1:] - run.mean[1:, None]).square().mean(1) - spread).abs()
    size = spread * math.sqrt(2 / n)
    some = size > 1e-12 * run.square[1:]
    off = float((away[some] / size[some]).max()) if bool(some.any()) else 0.0
    return at_most(
        "",
        f"the spread of {n} chains about the mean is the variance: how many standard errors it is "
        "off at worst",
        off,
        CHANCE,
        needs=((sigma > 0, "without noise there is no chance"),),
    )


def says(
    run: Schedules, *, rule: str, c: float, p: float, ratio: float, hold: int, own: str,
    sigma: float,
) -> str:  # fmt: skip
    """Both sums, what is left after the run, what is left for ever."""
    law = schedule(rule, c, p, ratio, hold, own)
    mean, square = (number(each[-1], zero=1e-12) for each in (run.mean, run.square))
    one, two = ("=" if math.isinf(each) else "<" for each in run.lamps[2:])
    start = f"Σα {one} ∞ and Σα² {two} ∞. After {spaced(T)} steps the mean is {mean}, "
    return f"{start}the mean square {square}. {_ever(run, law, sigma)}"


def _ever(run: Schedules, law: Schedule, sigma: float) -> str:
    if not run.lamps.explores:
        if float(run.mean[0]) == 0 or run.limit < 1e-12:
            if sigma == 0:
                return "The start is out of the way: the steps die out, and there is no noise."
            return (
                "The start is out of the way, but the steps die out, and what noise has done by "
                "then stays for ever."
            )
        return f"For ever: the steps die out on the way, the mean stays {number(run.limit)} from 0."
    if law.power == 0:
        if law.scale == 2:
            return "A step of 2 only mirrors x: nothing settles."
        if sigma == 0:
            return "Without noise nothing more is needed to reach 0."
        return "The steps stay as long as they are, and so does the noise, for ever."
    late = run.mean[-1].abs() > max(1e-3, 0.1 * float(run.mean[0].abs()))
    end = "For ever: the start is forgotten, and the noise too, because the steps go to 0"
    if not run.lamps.settles:
        end += ", though Σα² = ∞"
    return end + (". But it takes far more steps than these." if late else ".")


def _stalled(run: Schedules, x0: float) -> tuple[float, dict[str, float]]:
    root = math.sqrt(0.5) * math.pi
    return abs(float(run.mean[-1])), {"closed": x0 * math.sin(root) / root}


def _asleep(run: Schedules) -> tuple[float, dict[str, float]]:
    """Its mean falls like a power of k."""
    half = AT.tolist().index(T), int(np.abs(AT - T / 2).argmin())
    rate = math.log(float(run.mean[half[1]] / run.mean[half[0]])) / math.log(T / AT[half[1]])
    return float(run.mean[-1]), {"mean": float(run.mean[-1]), "times": 2 ** (1 / rate)}


answers = {
    "root": lambda run: (float(run.square[-1]), {"rule": 1 / (2 * math.sqrt(T))}),
    "stalled": _stalled,
    "asleep": _asleep,
}
