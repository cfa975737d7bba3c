"""What escape claims: the noise of a batch, who leaves, how long the stay is; OPT-09, Kramers."""

import math

import numpy as np
import torch

from core.check import Check, at_least, at_most, equal, same
from core.experiments.stochastic import escape as own
from core.experiments.stochastic.escape import CHAINS, COLD, LADDER, SIGMA, STEPS, Escape
from core.stochastic import Well, exit_time, kramers_exponent, temperature
from core.words import number, spaced

SIGMAS = 5  # standard errors that chance is allowed
WARM = 2.0  # ΔU/D from which on the time of the diffusion is compared


def checks(run: Escape, *, B: int, eta: float, depth: float, tilt: float, seed: int) -> list[Check]:
    """Kramers' slope, who left, the noise, the diffusion, the stays, the chains, as printed."""
    well, x, left = Well(depth, tilt), run.x.numpy(), run.left.numpy()
    inside = np.arange(STEPS)[:, None] < np.where(left >= 0, left, STEPS)
    moves = x[1:] - x[:-1] + eta * well.gradient(run.x[:-1]).numpy()
    scale, kicks = eta * SIGMA / math.sqrt(B), moves[inside]
    rise = math.log(float(run.stays[-1] / run.stays[-2]))
    slope = rise * eta / float(run.batches[-1] - run.batches[-2])
    stayed = CHAINS - int(run.gone.sum())
    return [
        equal(
            "OPT-09",
            "Kramers: log stay rises with B/η at the slope 2ΔU/σ²; their ratio between the two "
            "largest batches told, to a twentieth",
            slope * SIGMA**2 / (2 * depth),
            1.0,
            tol=0.05,
        ),
        _share(run, well, B, eta),
        at_most(
            "OPT-09",
            "the noise of a batch has the variance σ²/B: relative distance of the mean square of "
            f"ηξσ/√B from η²σ²/B, allowed {SIGMAS} standard errors",
            abs(float(np.square(kicks).mean()) / scale**2 - 1),
            SIGMAS * math.sqrt(2 / len(kicks)),
        ),
        _smooth(run, well, B, eta),
        _finer(run, well, B, eta),
        same(
            "OPT-09",
            "every chain is xₖ₊₁ = xₖ − η(f′(xₖ) + σξₖ/√B), from the shallow minimum until it has "
            "passed the other one: largest distance",
            np.concatenate(
                [kicks + scale * own.noise(seed)[inside], x[0] - well.places[0], _halt(run, well)]
            ),
            0.0,
        ),
        same(
            "",
            "ΔU/D = 2BΔU/(ησ²) is 2, 4, 6, 8, 10 at the batches told: largest distance",
            [kramers_exponent(well, eta, b, SIGMA) for b in run.batches.tolist()],
            LADDER,
        ),
        at_least(
            "OPT-09",
            "as printed (E-40) noise is added to escape from local minima; nothing makes sure of "
            f"it: so many of {CHAINS} chains are still there",
            stayed,
            1,
            needs=((stayed > 0, "all of them have left"),),
        ),
    ]


def _halt(run: Escape, well: Well) -> np.ndarray:
    """Distances of the steps told from the first past the deep minimum, and moves after them."""
    x, deep = run.x.numpy(), well.places[2]
    past = x >= deep
    first = np.where(past.any(0), past.argmax(0), -1)
    later = np.arange(STEPS + 1)[:, None] > np.where(first >= 0, first, STEPS)
    return np.concatenate([first - run.left.numpy(), (x - x[first, np.arange(CHAINS)])[later]])


def expected(well: Well, B: float, eta: float) -> float:
    """The chance to have left after all steps, by the law of one step."""
    kernel, law = own.law(well, eta, B)
    still = torch.ones(len(law), dtype=torch.float64)
    for _ in range(STEPS - 1):
        still = kernel @ still
    return 1 - float(law @ still)


def _share(run: Escape, well: Well, B: float, eta: float) -> Check:
    warm = run.stay < math.inf
    chance = min(max(expected(well, B, eta), 0.0), 1.0) if warm else 0.0
    wide = SIGMAS * math.sqrt(chance * (1 - chance) / CHAINS) + 1 / CHAINS
    return at_most(
        "OPT-09",
        f"the share that left within {STEPS} steps is that of the law of a step, {chance:.3f}: "
        f"distance, allowed {SIGMAS} standard errors and one chain",
        abs(float(run.gone.double().mean()) - chance),
        wide,
        needs=((warm, f"ΔU/D is above {COLD:g}: nobody leaves"),),
    )


def _smooth(run: Escape, well: Well, B: float, eta: float) -> Check:
    D, bend = temperature(eta, B, SIGMA), well.bend(well.places[2])
    warm = well.depth / D >= WARM and run.stay < math.inf
    ratio = run.stay * eta / exit_time(well, D) if warm else 1.0
    return at_most(
        "OPT-09",
        "η times the stay is the mean time of dx = −f′dt + √(2D)dW to the other minimum, with "
        "D = ησ²/(2B): relative distance, allowed a third of ηf″ there",
        abs(ratio - 1),
        eta * bend / 3,
        needs=((warm, f"ΔU/D is not between {WARM:g} and {COLD:g}"),),
    )


def _finer(run: Escape, well: Well, B: float, eta: float) -> Check:
    pairs = [*zip(run.stays.tolist(), run.batches.tolist(), strict=True), (run.stay, B)]
    finer = [own.stay(well, eta, b, 1.5 * own.FINE) for _, b in pairs]
    ratios = [
        1.0 if told == fine else told / fine for (told, _), fine in zip(pairs, finer, strict=True)
    ]
    claim = "the stay, and that for every batch told, by a finer quadrature: largest relative "
    claim += "distance"
    return same("", claim, ratios, np.ones(len(ratios)), tol=1e-3)


def says(run: Escape, *, B: int, eta: float, depth: float, tilt: float) -> str:
    """Who left, how long the stay is, and what half of η/B makes of it."""
    well = Well(depth, tilt)
    gone = int(run.gone.sum())
    who = {0: "Not one", CHAINS: "All"}.get(gone, str(gone))
    there = "deep" if tilt > 0 else "other"
    told = f"{who} of {CHAINS} chains reached the {there} minimum within {STEPS} steps. "
    if run.stay == math.inf:
        about = number(own.kramers(well, eta, B), 2)
        return f"{told}ΔU/D is {_cold(well, eta, B)}: by Kramers' law the mean stay is about " + (
            f"{about} steps."
        )
    told += f"The mean stay is {_steps(run.stay)}, ΔU/D is {_cold(well, eta, B)}. "
    return (
        f"{told}Twice the batch, half of η/B, makes it {number(_times(well, eta, B))} times as "
        "long."
    )


def _cold(well: Well, eta: float, B: float) -> str:
    return number(kramers_exponent(well, eta, B, SIGMA))


def _steps(stay: float) -> str:
    return f"{spaced(round(stay)) if stay < 1e6 else number(stay)} steps"


def _times(well: Well, eta: float, B: float) -> float:
    """By how much twice the batch lengthens the stay; by Kramers' law where it is too cold."""
    later, now = own.stay(well, eta, 2 * B), own.stay(well, eta, B)
    if later == math.inf:
        return own.kramers(well, eta, 2 * B) / own.kramers(well, eta, B)
    return later / now


def _doubled(run: Escape, *, B: int, eta: float, depth: float, tilt: float):
    well = Well(depth, tilt)
    times = _times(well, eta, B)
    return times, {
        "times": times,
        "stay": spaced(round(run.stay)),
        "later": spaced(round(run.stay * times)),
    }


def _rescaled(run: Escape, *, B: int, eta: float, depth: float, tilt: float):
    """How many times as many steps the stay has with half the batch and half the step."""
    later = own.stay(Well(depth, tilt), eta / 2, B / 2)
    return later / run.stay, {"times": later / run.stay, "later": spaced(round(later))}


answers = {
    "doubled": _doubled,
    "rescaled": _rescaled,
    "cold": lambda run: (float(run.gone.sum()), {"gone": int(run.gone.sum())}),
}
