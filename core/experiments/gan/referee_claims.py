"""What the referees claim: GAN-02, GAN-03, GAN-04 with erratum E-70, INFO-05."""

import math

import torch
from torch.distributions import Categorical, MixtureSameFamily, Normal
from torch.nn.functional import logsigmoid

from core.check import Check, at_most, equal, same
from core.experiments.gan.referee import DATA, Referee, hills
from core.words import number, spaced

LOG4 = math.log(4)
COIN = f"−log 4 = {number(-LOG4, 4)}"


def checks(run: Referee, *, data: str, mu: float, sigma: float, second: float) -> list[Check]:
    """Nobody beats D*; its value, its area, its slope; the range; the printed value."""
    real, fake = _law(DATA[data]), _law(hills(mu, sigma, second))
    kl, unlike = _to_the_middle(real, fake), (run.alike, "the fakes have another law")
    half = torch.sigmoid(run.best)
    p, q = real.log_prob(run.x).exp(), fake.log_prob(run.x).exp()
    flat = torch.cat((half, torch.tensor([run.best_value], dtype=torch.float64)))
    wanted = torch.cat((torch.full_like(half, 0.5), flat.new_tensor([-LOG4])))
    slope = "D* = p/(p + q) makes p (1 − D*) = q D* at every place, so the "
    slope += "slope of V by D is 0: largest difference"
    range_ = "−log 4 ≤ V(D*) ≤ 0, since 0 ≤ JSD ≤ log 2: distance of V(D*) from its middle"
    middle = "JSD = ½KL(p‖m) + ½KL(q‖m), m the mean of both laws, by another quadrature"
    printed = "as printed (E-70) the value at q = p is −log 2: one of its two halves, E log D*"
    lost, alone = float(run.lost @ run.dx), run.terms(run.best)[0]
    area = "V(D*) − V(D) is the area of what is lost: p log(D*/D) + q log((1 − D*)/(1 − D))"
    return [
        at_most("GAN-03", "no referee beats D*: V(D) ≤ V(D*)", run.value, run.best_value),
        equal("GAN-04", "V(D*) = 2 JSD − log 4", run.best_value, 2 * kl - LOG4),
        same(
            "GAN-04",
            "q = p: D* = ½ at every place and V(D*) = −log 4, largest distance",
            flat,
            wanted,
            needs=(unlike,),
        ),
        _value(run, area, lost),
        same(
            "GAN-03",
            slope,
            torch.stack((p * (1 - half), run.p_data, run.p_g)),
            torch.stack((q * half, p, q)),
        ),
        at_most("GAN-04", range_, abs(run.best_value + LOG4 / 2), LOG4 / 2),
        equal("INFO-05", middle, run.jsd, kl),
        equal("GAN-04", printed, alone, -math.log(2), needs=(unlike,)),
    ]


def _value(run: Referee, claim: str, lost: float) -> Check:
    """Relative to V, which is large for a referee that is sure and wrong."""
    size = max(1.0, abs(run.value))
    return equal("GAN-02", claim, (run.best_value - run.value) / size, lost / size)


def _law(hills: tuple[tuple[float, float, float], ...]) -> MixtureSameFamily:
    weight, centre, width = torch.tensor(hills, dtype=torch.float64).T
    return MixtureSameFamily(Categorical(weight), Normal(centre, width))


def _to_the_middle(real: MixtureSameFamily, fake: MixtureSameFamily) -> float:
    """½KL to the mean of both, from both sides, as plain sums over equally wide cells."""
    x = torch.linspace(-40, 40, 4001, dtype=torch.float64)
    p, q = real.log_prob(x), fake.log_prob(x)
    m = torch.logaddexp(p, q) - math.log(2)
    return float((p.exp() * (p - m) + q.exp() * (q - m)).sum() / 2 * (x[1] - x[0]))


NAMES = {
    "own": "The drawn referee",
    "coin": "The coin",
    "sure": "The sure referee",
    "best": "The best referee",
}


def says(run: Referee, *, referee: str, sure: float) -> str:
    """What this referee scores, what the best one would, and why."""
    V, best, gap = number(run.value, 4), number(run.best_value, 4, zero=5e-7), number(run.gap, 3)
    name = NAMES[referee]
    if referee == "best" or run.gap < 1e-6:
        told = f"{name} scores V = {best}, and nobody can score more."
        if run.alike:
            return told + f" The fakes have the law of the data: D* is ½ everywhere, V is {COIN}."
        near = (
            "nearly 0: hardly a fake looks real" if run.best_value > -0.01 else "between a coin's "
        )
        near += "" if run.best_value > -0.01 else f"{COIN} and 0"
        return told + f" That is {near}; JSD is {number(run.jsd, 4)} of at most log 2 = 0.6931."
    told = f"{name} scores V = {V}, the best one {best}: {gap} is lost."
    if referee == "sure":
        often = f"{100 * run.wrong:.3g} % of the samples"
        if run.wrong < 1e-3:
            often = f"one sample in {_many(1 / run.wrong)}" if run.wrong else "none"
        told += f" It is wrong about {often}, and each of these "
        told += f"costs {number(-float(logsigmoid(torch.tensor(-sure, dtype=torch.float64))))}."
    elif referee == "own":
        told += f" It loses most around x = {number(run.x[run.lost.argmax()], 2, 0.05)}."
    if run.value < -LOG4 - 1e-6:
        told += f" A coin, D = ½ everywhere, would score more: {COIN}."
    elif run.alike:
        told += f" The fakes have the law of the data, so the best is a coin: {COIN}."
    return told


def _many(count: float) -> str:
    """A large number to two digits: 5 600 000, 1.2·10¹²."""
    return spaced(int(float(f"{count:.2g}"))) if count < 1e9 else number(count, 2)


answers = {
    "sure": lambda run: run.value / -LOG4,
    "forger": lambda run: run.best_value,
    "half": lambda run: run.judged(2.0),
}
