"""What entropy on bars claims: INFO-01."""

import math
from collections import Counter
from fractions import Fraction

import numpy as np

from core.check import Check, at_most, equal, same
from core.experiments.information.bars import NAMES, Bars, merges
from core.information import binned, decode, encode, entropy
from core.words import amount, number, spaced

ZERO = 1 / math.sqrt(2 * math.pi * math.e)  # the standard deviation with h = 0
FINE = 64  # bins to a standard deviation


def checks(
    run: Bars, *, law: str, p: str, held: str, share: float, text: str, sigma: float, unit: str
) -> list[Check]:  # fmt: skip
    """The sum, its range, the code's length between H and H + 1; the integral of a density."""
    per = math.log(2) if unit == "bits" else 1.0
    if law == "density":
        return _of_density(run, sigma, unit, per)
    mass, k = run.p.tolist(), len(run.p)
    bits = run.entropy * per / math.log(2)
    told = _told_text(text) if law == "text" else _told_bars(p, held, share)
    return [
        equal(
            "INFO-01",
            f"H = Σ p log 1/p in {unit}, by multiplying them up",
            run.entropy,
            -math.log(math.prod(each**each for each in mass)) / per,
        ),
        at_most(
            "INFO-01",
            f"H is at least 0 and at most log {k}, which bars of one height reach: excess",
            max(-run.entropy, run.entropy - math.log(k) / per),
            0.0,
        ),
        at_most("", "no code asks less than H in the mean: H ≤ L, in bits", bits, run.length),
        at_most(
            "",
            "and Huffman's asks less than one question more: L < H + 1, in bits",
            run.length,
            bits + 1,
        ),
        same(
            "",
            "L = Σ p ℓ is also the sum of the masses of all joined nodes: largest difference",
            [run.length, run.length],
            [
                math.fsum(one.mass for one in merges(run)),
                math.fsum(a * len(word) for a, word in zip(mass, run.words, strict=True)),
            ],
        ),
        same("", "the shares are as they were set: largest difference", mass, told),
        equal(
            "INFO-01",
            "H is the same with the bars in another order: values do not matter",
            run.entropy,
            float(entropy(sorted(mass))) / per,
        ),
        equal(
            "",
            "bits of the whole text, which give it back when they are read",
            run.bits,
            _written(run, text) if law == "text" else 0,
            needs=((law == "text", "there is no text"),),
        ),
    ]


def _of_density(run: Bars, sigma: float, unit: str, per: float) -> list[Check]:
    width = sigma / FINE
    rounded = binned("normal", width, mu=0.0, sigma=sigma)
    return [
        equal("INFO-01", f"h = −∫ f log f in {unit}, by the trapezoidal rule", run.entropy,
              _integral(sigma) / per),
        equal(
            "INFO-01",
            f"x rounded to σ/{FINE} has outcomes, and their H is nearly h − log(σ/{FINE})",
            float(entropy(rounded)) / per,
            run.entropy - math.log(width) / per,
            tol=1e-4,
        ),
        at_most(
            "INFO-01",
            "as printed (E-37) H ≥ 0 for every X: this one has less than 0",
            run.entropy,
            0.0,
            needs=((sigma < ZERO, f"at σ = {number(ZERO)} and above it is not below 0"),),
        ),
    ]  # fmt: skip


def _told_bars(p: str, held: str, share: float) -> list[float]:
    weights = [Fraction(float(cell)) for cell in p.split()]
    at = NAMES.find(held) if held in NAMES else -1
    if not 0 <= at < len(weights):
        return [float(each / sum(weights)) for each in weights]
    rest = sum(weights) - weights[at]
    left, others = 1 - Fraction(share), len(weights) - 1
    told = [float(left * (each / rest if rest else Fraction(1, others))) for each in weights]
    told[at] = share
    return told


def _told_text(text: str) -> list[float]:
    ranked = sorted(Counter(text).items(), key=lambda each: (-each[1], each[0]))
    return [count / len(text) for _, count in ranked]


def _written(run: Bars, text: str) -> float:
    ranked = sorted(Counter(text).items(), key=lambda each: (-each[1], each[0]))
    words = {letter: word for (letter, _), word in zip(ranked, run.words, strict=True)}
    bits = encode(text, words)
    return len(bits) if len(words) == 1 or decode(bits, words) == text else math.nan


def _integral(sigma: float) -> float:
    z = np.linspace(-12, 12, 481)
    f = np.exp(-0.5 * z**2) / (sigma * math.sqrt(2 * math.pi))
    return float(-(f * np.log(f)).sum() * (z[1] - z[0]) * sigma)


def says(run: Bars, *, law: str, text: str, sigma: float, unit: str) -> str:
    """Entropy, length, and what the text costs; the sign of a density's entropy."""
    per = math.log(2) if unit == "bits" else 1.0
    if law == "density":
        sign = "below 0" if run.entropy < 0 else "above 0" if run.entropy > 0 else "0"
        told = f"h is {amount(run.entropy, unit)}, {sign}: "
        told += "most of the mass lies where the density is above 1. " if sigma < 0.2 else (
            "the density is below 1 everywhere. " if sigma > 1 / math.sqrt(2 * math.pi) else
            "the density is partly above 1. ")  # fmt: skip
        moved = number(run.entropy + math.log(100) / per)
        return told + f"In units 100 times smaller the same law has h = {moved}."
    bits = run.entropy * per / math.log(2)
    if law == "text":
        n = len(text)
        return (
            f"{spaced(n)} letter{'s' * (n != 1)}, {len(run.p)} different: Huffman's words take "
            f"{spaced(run.bits)} bits, n H is {number(n * bits, 4)}, 8 a letter are "
            f"{spaced(8 * n)}. The table of words is not counted."
        )
    top = math.log(len(run.p)) / per
    told = f"H is {amount(run.entropy, unit)}, of log {len(run.p)} = {number(top)} at most. "
    if run.length == 0:
        return told + "The outcome is certain: nothing needs to be asked."
    over = run.length - bits
    if over < 1e-12:
        more = "exactly H" if unit == "bits" else "exactly H in bits"
        more += f": every share {'' if min(run.p) > 0 else 'above 0 '}is a power of ½"
    else:
        more = f"{number(over) if unit == 'bits' else amount(over, 'bits')} more than H"
    return told + f"The best questions ask {number(run.length)} in the mean, {more}."


def _sign(run: Bars) -> str:
    return "zero" if abs(run.entropy) < 1e-3 else "positive" if run.entropy > 0 else "negative"


answers = {
    "dyadic": lambda run: (run.length, {"H": number(run.entropy)}),
    "narrow": lambda run: (_sign(run), {"h": number(run.entropy, 4)}),
    "skewed": lambda run: (run.length, {"H": number(run.entropy)}),
}
