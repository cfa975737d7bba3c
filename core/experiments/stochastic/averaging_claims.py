"""What averaging claims: OPT-11, its figures, and where it fails."""

import math

import numpy as np
import torch

from core.check import Check, at_least, at_most, equal, same
from core.experiments.stochastic import averaging as own
from core.experiments.stochastic.averaging import AT, CHAINS, SHOWN, Averaging, T
from core.stochastic import average_moments, window
from core.words import number, spaced

FEW = 300  # steps that are gone once more one by one
TRIED = np.unique(np.linspace(0, len(SHOWN) - 1, 6).round().astype(int))
SETTLED = 20  # of the units 1/α or 1/β: what the start has left is below e⁻⁴⁰ of its square


def checks(run: Averaging, *, f: str, seed: int, **given: float) -> list[Check]:
    """One by one, noise that cancels, steps 1/k, the floor of the EMA, the bias, one run."""
    names = ("alpha", "p", "eta", "sigma", "x0", "beta", "share")
    alpha, p, eta, sigma, x0, beta, share = (given[name] for name in names)
    bowl = (f == "parabola", "f is not a parabola")
    flat = (p == 0, "the steps are not constant")
    at_rest = (T * min(alpha, beta) >= SETTLED, "the run is too short for steps so small")
    curve = (f == "curve", "f is a parabola: nothing is left on either side")
    t, error = AT.astype(float), run.error.numpy()
    way = abs(1 / alpha - 1) * (abs(x0) + np.sqrt(error[0])) / t
    bound, root = sigma / np.sqrt(t) + way, np.sqrt(error[1])
    worst = int((root / np.maximum(bound, 1e-300)).argmax())
    ab, rest = (1 - alpha) * (1 - beta), alpha / (2 - alpha) * sigma**2
    harmonic = np.cumsum(1 / np.arange(1.0, T + 1))[AT - 1]
    forgotten = abs(x0) / (alpha * T) <= sigma / math.sqrt(T)
    return [
        _one_by_one(run, alpha, p, sigma, x0, beta, share, bowl),
        at_most(
            "OPT-11",
            "constant steps: the noise of the steps cancels, √(E x̄ₜ²) ≤ σ/√t + |1/α − 1| (|x₀| + "
            f"√(E xₜ²))/t at every step; the tightest is t = {AT[worst]}",
            root[worst],
            bound[worst],
            needs=(bowl, flat),
        ),
        same(
            "OPT-11",
            "αₖ = 1/k: E xₜ² = σ²/t, and averaging makes it σ²(2t − 1 − ½ − … − 1/t)/t², nearly "
            "twice as large: largest distance of both, times t",
            error[:2] * t,
            np.stack([sigma**2 + 0 * t, sigma**2 * (2 - harmonic / t)]),
            needs=(bowl, (alpha == 1 and p == 1, "the steps are not 1/k")),
        ),
        equal(
            "OPT-11",
            "constant steps: the EMA stays at σ² · β/(2 − β) · (1 + ab)/(1 − ab) · α/(2 − α), with "
            "a = 1 − α and b = 1 − β",
            error[2, -1],
            beta / (2 - beta) * (1 + ab) / (1 - ab) * rest,
            needs=(bowl, flat, at_rest),
        ),
        at_most(
            "OPT-11",
            "constant steps on eˣ − x: the mean settles at −α/4, not at 0; distance from it, "
            "allowed α²/4 and 4 standard errors",
            abs(float(run.mean[1, -1]) + eta / 4),
            eta**2 / 4 + 4 * _place(run)[1],
            needs=(curve,),
        ),
        _tied(run, curve),
        _one_run(run, f, seed, alpha, p, eta, sigma, x0, *((beta, share) if bowl[0] else ())),
        at_least(
            "OPT-11",
            "as printed (E-42) “or” joins mean and EMA: with constant steps the mean square of the "
            "EMA exceeds that of the mean",
            error[2, -1],
            error[1, -1],
            needs=(bowl, flat, at_rest, (forgotten, "the start still weighs in the mean")),
        ),
    ]


def _one_by_one(run, alpha, p, sigma, x0, beta, share, bowl) -> Check:
    early = AT <= FEW
    claim = f"mean squares of the first {FEW} steps, step after step: largest relative distance"
    lhs, rhs = np.zeros(1), np.zeros(1)
    if bowl[0]:
        alphas, at = torch.from_numpy(own.steps(alpha, p)[:FEW]), AT[early].tolist()
        found = average_moments(alphas, sigma, x0, beta=beta, share=share, at=at)
        rhs = torch.stack(found[1:]).numpy()
        size = np.maximum(rhs, 1e-12)
        lhs, rhs = run.error.numpy()[:, early] / size, rhs / size
    return same("OPT-11", claim, lhs, rhs, tol=1e-7, needs=(bowl,))


def _tied(run: Averaging, curve: tuple[bool, str]) -> Check:
    """What is told of the chains is that of their ends."""
    ends = run.ends.numpy() if curve[0] else np.zeros((4, 1))
    told = np.stack([run.mean[:, -1], run.variance[:, -1]])
    claim = f"means and variances after {spaced(T)} steps are those of {CHAINS} chains: largest "
    return same("", claim + "distance", told, [ends.mean(1), ends.var(1)], needs=(curve,))


def _one_run(run, f, seed, alpha, p, eta, sigma, x0, beta=own.BETA, share=own.SHARE) -> Check:
    """The run shown by its rule and its noise, and its averages as they are written."""
    x, xi = run.x.numpy(), own.noise(1, seed)[0]
    if f == "curve":
        start, foreseen = 0.0, x[:-1] - eta * (np.exp(x[:-1]) - 1 + xi)
    else:
        start, foreseen = x0, x[:-1] - own.steps(alpha, p) * (x[:-1] + sigma * xi)
    off, size = [x - np.append(start, foreseen)], max(1.0, float(np.abs(x).max()))
    for i in TRIED:
        t = int(SHOWN[i])
        weights = beta * (1 - beta) ** np.arange(t - 1, -1, -1.0)
        weights[0] = (1 - beta) ** (t - 1)
        last = x[t + 1 - window(t, share) : t + 1].mean()
        written = np.array([x[1 : t + 1].mean(), (weights * x[1 : t + 1]).sum(), last])
        off.append(run.along[:, i].numpy() - written)
    claim = "the run shown is xₖ = xₖ₋₁ − αₖ(f′(xₖ₋₁) + σξₖ), and the mean, the EMA and the tail "
    claim += "average along it are as they are written: largest distance"
    return same("OPT-11", claim, np.concatenate(off) / size, 0.0)


def says(run: Averaging, *, f: str, alpha: float, p: float, eta: float) -> str:
    """The four errors, what averaging has done, and why."""
    last, mean, ema, tail = (float(v) for v in run.error[:, -1])
    told = f"After {spaced(T)} steps the mean square error is {number(last)} for the last iterate, "
    told += f"{number(mean)} for the mean, {number(ema)} for the EMA and {number(tail)} for the "
    told += "tail average"
    if f == "curve":
        return f"{told}, over {CHAINS} chains. {_beside(run, eta)}"
    if abs(last - mean) <= 5e-3 * max(last, mean):
        return f"{told}. Averaging all of them hardly changes it."
    return f"{told}. {_gain(last, mean)}{_why(run)}"


def _gain(last: float, mean: float) -> str:
    if min(last, mean) < 1e-9 * max(last, mean):
        there, late = ("last iterate", "mean")[:: 1 if mean > last else -1]
        return f"The {there} is there, the {late} not yet"
    times, way = (mean / last, "as large") if mean > last else (last / mean, "smaller")
    return f"Averaging all of them makes it {number(times)} times {way}"


def _why(run: Averaging) -> str:
    (last, mean), rates = (float(v) for v in run.error[:2, -1]), own.slopes(run)
    if float(run.mean[1, -1]) ** 2 > mean / 2:
        return f"{':' if mean > last else ', though'} " + (
            f"the start is not forgotten, all iterates weigh the same, and the mean still stands "
            f"at {number(run.mean[1, -1])}."
        )
    if mean > last:
        return ": early iterates are far worse than late ones, and weigh as much."
    fall = f"goes like t to the power {rates[1]:.2f}, that of the last iterate {rates[0]:.2f}"
    return f": over the last decade its error {fall}."


def _place(run: Averaging) -> tuple[float, float]:
    """Where the mean of all iterates ends, and its standard error over the chains."""
    return float(run.mean[1, -1]), math.sqrt(float(run.variance[1, -1]) / CHAINS)


def _beside(run: Averaging, eta: float) -> str:
    mean, chance = _place(run)
    where = f"{number(mean)} ± {number(chance, 1)}"
    if abs(mean) <= 4 * chance:
        return f"The mean stands at {where}: by chance alone it could be at the minimum, 0."
    side = "left" if mean < 0 else "right"
    return (
        f"The mean stands at {where}, {side} of the minimum 0 (−α/4 is {number(-eta / 4)}): eˣ "
        "pushes harder from the right, and no averaging takes that away."
    )


def _side(run: Averaging) -> tuple[str, dict[str, float]]:
    mean, chance = _place(run)
    side = "zero" if abs(mean) <= 4 * chance else "left" if mean < 0 else "right"
    return side, {"mean": mean, "chance": chance}


def _ratio(run: Averaging) -> tuple[float, dict[str, float]]:
    last, mean = (float(v) for v in run.error[:2, -1])
    return mean / last, {"last": last, "mean": mean, "times": mean / last}


def _later(run: Averaging) -> tuple[float, dict[str, float]]:
    early, late = (run.error[:, i] for i in (own.EARLIER, -1))
    ratio = late / early
    told = {"ema": float(late[2]), "mean": float(ratio[1]), "last": float(late[0])}
    return float(ratio[2]), told


answers = {"harmonic": _ratio, "floor": _later, "side": _side}
