"""What features are claimed to tell: INFO-07, XAI-07, XAI-08."""

import math

import numpy as np
import torch

from core.check import Check, at_most, equal, same
from core.experiments.information.feature import Feature, edges, pairs
from core.information import entropy, features, normal_vector_information
from core.words import amount, number

STRIPS = 200  # of equal mass in each bin, for the law of the bins


def checks(
    run: Feature, *, view: str, t: float, rho: float, n: int, bins: int, k: int, unit: str,
    seed: int,
) -> list[Check]:  # fmt: skip
    """Both forms of the information, the chain rule, the ends of the dial; the estimates."""
    per = math.log(2) if unit == "bits" else 1.0
    if view == "table":
        return _of_table(run, t, per)
    return _of_pair(run, rho, n, bins, k, seed, per)


def _of_table(run: Feature, t: float, per: float) -> list[Check]:
    told, p = run.told, run.table
    H = {
        name: float(entropy((p.sum(gone) if gone else p).flatten())) / per
        for name, gone in (("1", (1, 2)), ("2", (0, 2)), ("y", (0, 1)), ("1y", (1,)), ("2y", (0,)),
                           ("12", (2,)), ("12y", ()))
    }  # fmt: skip
    agree, one = (1 + t) / 2, math.log(2) / per
    alone = one - float(entropy([agree, 1 - agree])) / per
    swapped = [float(each) / per for each in features(p.flip(0))[:5]]
    return [
        same(
            "INFO-07",
            "I(X;Y) = H(X) + H(Y) − H(X, Y) for X₁ and for X₂: difference",
            [told.first, told.second, told.target],
            [H["1"] + H["y"] - H["1y"], H["2"] + H["y"] - H["2y"], H["y"]],
        ),
        equal(
            "XAI-08",
            "chain rule: I(X₁,X₂;Y) = I(X₂;Y) + I(X₁;Y|X₂)",
            told.both,
            told.second + told.first_given,
        ),
        same(
            "XAI-08",
            "I(X₁;Y|X₂) = H(Y|X₂) − H(Y|X₁,X₂), and with 1 and 2 changed over: difference",
            [told.first_given, told.second_given],
            [H["2y"] - H["2"] - H["12y"] + H["12"], H["1y"] - H["1"] - H["12y"] + H["12"]],
        ),
        at_most(
            "XAI-07",
            "nothing is below 0 or above H(Y): excess",
            max(max(-each, each - told.target) for each in told),
            0.0,
        ),
        equal(
            "XAI-07",
            "X₁ agrees with Y in (1 + t)/2 of all cases: I(X₁;Y) = log 2 − H of that share",
            told.first,
            alone,
        ),
        same(
            "XAI-07",
            "with the values of X₁ renamed, 0 as 1 and 1 as 0, all stays: difference",
            swapped,
            list(told[:5]),
        ),
        same(
            "XAI-08",
            "XOR: alone 0, beside the other log 2; duplicate: alone log 2, beside it 0: difference",
            [told.first, told.first_given],
            [0.0, one] if t == 0 else [one, 0.0],
            needs=((t in (0, 1), "the dial is at neither end"),),
        ),
        same(
            "",
            "the table is the mixture, P(x₁, x₂, y) cell by cell: difference",
            p,
            [[[(1 - t) / 4 * ((a ^ b) == y) + t / 2 * (a == b == y) for y in (0, 1)]
              for b in (0, 1)] for a in (0, 1)],
        ),
    ]  # fmt: skip


def _of_pair(
    run: Feature, rho: float, n: int, bins: int, k: int, seed: int, per: float
) -> list[Check]:
    sample = run.sample
    Sigma = torch.tensor([[1, rho], [rho, 1]], dtype=torch.float64)
    x, y = sample.x.numpy(), sample.y.numpy()
    counts = _count(x, y, bins)
    seen = [int((each > 0).sum()) for each in (counts, counts.sum(1), counts.sum(0))]
    over = f"({seen[0]} − {seen[1]} − {seen[2]} + 1)/2n"
    return [
        equal("INFO-07", "I = −½ log(1 − ρ²) is ½ log of the variances' product over det Σ",
              run.truth, normal_vector_information(Sigma, [0], [1]) / per),
        equal("INFO-07", "which is the mean of log p(x, y)/(p(x)p(y)), by Gauss–Hermite",
              run.truth, _mean(rho) / per, tol=1e-8),
        equal(
            "XAI-08",
            "chain rule with Z, X and a noise as large: I(X;Y) = I(Z;Y) + I(X;Y|Z)",
            run.truth,
            _chain(rho) / per,
        ),
        at_most("XAI-07", "numbers of bins tell no more than the numbers: exact I of the bins, I",
                sample.binned, run.truth),
        same("", "I of the bins by the midpoint rule, of the counts by entropies: difference",
             [sample.binned, sample.plug], [_by_strips(rho, bins) / per, _plug(counts) / per],
             tol=3e-5),
        equal("", f"bias to first order, by cells, rows and columns that are not empty, {over}",
              sample.bias, (seen[0] - seen[1] - seen[2] + 1) / (2 * n * per)),
        equal("", "nearest neighbours, each found by comparing all pairs of draws", sample.ksg,
              _neighbours(x, y, k) / per),
        same("", "the draws: those for −ρ are those for ρ, upside down: difference",
             torch.stack([sample.x, sample.y]),
             torch.stack([a * b for a, b in zip((1, 1 if rho >= 0 else -1),
                                                pairs(abs(rho), n, seed), strict=True)])),
    ]  # fmt: skip


def _chain(rho: float) -> float:
    Sigma = torch.tensor([[1, rho, 1], [rho, 1, rho], [1, rho, 2]], dtype=torch.float64)
    told = normal_vector_information
    return told(Sigma, [2], [1]) + told(Sigma, [0], [1], [2])


def _mean(rho: float) -> float:
    z, w = np.polynomial.hermite_e.hermegauss(8)
    w = np.outer(w, w) / (2 * math.pi)
    x, noise = np.meshgrid(z, z, indexing="ij")
    y = rho * x + math.sqrt(1 - rho * rho) * noise
    each = 0.5 * (y * y - noise * noise) - 0.5 * math.log(1 - rho * rho)
    return float((w * each).sum())


def _count(x: np.ndarray, y: np.ndarray, bins: int) -> np.ndarray:
    ends = np.r_[-np.inf, edges(bins).numpy(), np.inf]
    inside = [(z[:, None] > ends[:-1]) & (z[:, None] <= ends[1:]) for z in (x, y)]
    return inside[0].T.astype(float) @ inside[1].astype(float)


def _plug(counts: np.ndarray) -> float:
    p = counts / counts.sum()
    H = [float(entropy(each)) for each in (p.sum(1), p.sum(0), p.ravel())]
    return H[0] + H[1] - H[2]


def _by_strips(rho: float, bins: int) -> float:
    u = (torch.arange(bins * STRIPS, dtype=torch.float64) + 0.5) / (bins * STRIPS)
    x, inner = torch.special.ndtri(u), edges(bins)
    below = torch.special.ndtr((inner - rho * x[:, None]) / math.sqrt(1 - rho * rho))
    whole = torch.nn.functional.pad(below, (1, 0)), torch.nn.functional.pad(below, (0, 1), value=1)
    p = (whole[1] - whole[0]).view(bins, STRIPS, bins).mean(1) / bins
    return 2 * math.log(bins) - float(entropy((p / p.sum()).flatten()))


def _neighbours(x: np.ndarray, y: np.ndarray, k: int) -> float:
    apart = [np.abs(z[:, None] - z) for z in (x, y)]
    far = np.sort(np.maximum(*apart), 1)[:, k : k + 1]
    near = [torch.from_numpy((each < far).sum(1).astype(float)) for each in apart]  # itself too
    psi = [float(torch.digamma(each).mean()) for each in near]
    ends = torch.digamma(torch.tensor([k, len(x)], dtype=torch.float64)).sum()
    return float(ends) - psi[0] - psi[1]


def says(run: Feature, *, rho: float, n: int, bins: int, k: int, unit: str) -> str:
    """Alone against beside the other; the truth against its estimates."""
    if run.told is None:
        return _says_pair(run, rho, n, bins, k, unit)
    told = run.told
    more = told.first - told.first_given
    kind = "as much as alone"
    if abs(more) > 1e-9:
        kind = "less: the two repeat each other" if more > 0 else "more: they tell it together"
    return (
        f"X₁ alone tells {_much(told.first, unit)} of Y, and X₂ alone as much; both together tell "
        f"{_much(told.both, unit)}. To one who knows X₂ already, X₁ tells "
        f"{_much(told.first_given, unit)}, {kind}."
    )


def _says_pair(run: Feature, rho: float, n: int, bins: int, k: int, unit: str) -> str:
    s = run.sample
    where = "nearest neighbours" if k == 1 else f"distances to neighbour number {k}"
    told = f"At ρ = {number(rho)} X tells {_much(run.truth, unit)} of Y. From these {n} draws "
    told += f"{where} find {number(s.ksg, zero=5e-4)}, counts in {bins} × {bins} bins "
    told += number(s.plug, zero=5e-4)
    if n < bins**2:
        told += ": there are fewer draws than cells, and what chance adds is hard to tell."
    elif s.bias > 0:
        told += f"; the first correction for chance takes off {number(s.bias)}."
    else:
        told += "."
    if s.binned < 0.9 * run.truth:
        told += f" Bins so wide keep only {number(s.binned)}, however many the draws."
    return told


def _much(value: float, unit: str) -> str:
    return amount(value, unit, zero=1e-9)


answers = {
    "xor": lambda run: (run.told.first, {"alone": number(run.told.first, zero=1e-9)}),
    "copy": lambda run: (run.told.first_given, {"given": number(run.told.first_given, zero=1e-9)}),
    "independent": lambda run, n, bins: (
        run.sample.plug,
        {"rough": number((bins - 1) ** 2 / (2 * n)), "ksg": number(run.sample.ksg)},
    ),
}
