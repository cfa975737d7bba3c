"""What one liar in ten claims: DRO-01, DRO-02."""

from statistics import NormalDist

import numpy as np

from core.check import Check, at_most, equal, same
from core.experiments.dro.liar import NAMES, Liar, estimates
from core.words import number

TRIED = np.r_[-(10.0 ** np.arange(6, -2, -1)), np.linspace(-3, 3, 25), 10.0 ** np.arange(-1, 7)]
SLACK = 1e-9  # of masses that are summed in another order
TUNING, CONSISTENT = 1.345, 1 / NormalDist().inv_cdf(0.75)  # Huber's k; σ over MAD


def checks(run: Liar, *, eps: float, K: float, points: str, trim: float) -> list[Check]:
    """The mean, the median and its bound, more than half, trimmed mean, Huber."""
    x = run.x.numpy()
    told = np.append(x, K), np.append(np.full(len(x), (1 - eps) / len(x)), eps)
    both = (x, np.full(len(x), 1 / len(x))), told
    centre = run.clean.numpy(), run.told.numpy()
    far = max(1.0, abs(K), float(np.abs(x).max()))
    few = (eps < 0.5, "half of the mass or more lies: nothing bounds the median")
    normal = (points == "law", "the points are not the quantiles of a normal law")
    bound, room = _bound(x, eps)
    high, low = _ends(x, eps) if eps < 0.5 else (0.0, 0.0)
    medians = estimates(run.x, np.full(len(TRIED), eps), TRIED, trim)[1]
    beyond = float(max(medians.max(), centre[1][1]) - high), float(low - medians.min())
    pull = [_pull(*law, c[3]) for law, c in zip(both, centre, strict=True)]
    return [
        equal(
            "DRO-02",
            "the liars move the mean by ε(K − mean): in units of the largest point",
            float(run.moved[0]) / far,
            eps * (K - float(x.mean())) / far,
        ),
        at_most(
            "DRO-02",
            "for a normal law the median stays within Φ⁻¹(1/(2(1 − ε))), up to the gap between "
            "two points there",
            abs(centre[1][1]),
            bound + room,
            needs=(few, normal),
        ),
        at_most(
            "DRO-01",
            f"wherever the liars stand, {len(TRIED)} places tried, the median stays among the "
            "honest points of ranks (½ − ε)/(1 − ε) to ½/(1 − ε): how far it leaves them",
            max(beyond),
            0.0,
            needs=(few,),
        ),
        equal(
            "DRO-02",
            "more than half of the mass stands at K: the median is K",
            centre[1][1],
            K,
            needs=((eps > 0.5, "at most half of the mass lies"),),
        ),
        at_most(
            "",
            "no more than half of the mass lies on either side of the median",
            max(_beside(*law, c[1], far) for law, c in zip(both, centre, strict=True)),
            0.5,
        ),
        same(
            "",
            f"the trimmed mean is the mean of the points of ranks {number(trim)} to "
            f"{number(1 - trim)}: largest difference",
            [c[2] / far for c in centre],
            [_middle(*law, trim) / far for law in both],
        ),
        same(
            "",
            "Huber's estimate is where Σ mass · ψ = 0, with its scale from the honest points and "
            "with the liars: largest sum",
            pull,
            [0.0, 0.0],
        ),
        equal(
            "",
            "Huber's scale is 1.4826 times the median distance from the median",
            run.scale / far,
            CONSISTENT * _spread(*told) / far,
            tol=1e-8,
        ),
    ]


def _bound(x: np.ndarray, eps: float) -> tuple[float, float]:
    """Φ⁻¹(1/(2(1 − ε))), and the gap between the points around it; 0 where nothing bounds."""
    if eps >= 0.5:
        return 0.0, 0.0
    bound = NormalDist().inv_cdf(min(1 / (2 * (1 - eps)), 1 - 1e-16))
    above, below = x[x >= bound], x[x < bound]
    if len(above) == 0 or len(below) == 0:
        return bound, 0.0
    return bound, float(above.min() - below.max())


def _ends(x: np.ndarray, eps: float) -> tuple[float, float]:
    """The honest points between which the median stays, for ε < ½: the highest, the lowest."""
    k, n = 0.5 / (1 - eps), len(x)
    return float(x[min(n - 1, int(np.floor(k * n + SLACK)))]), float(
        x[max(0, int(np.ceil((1 - k) * n - SLACK)) - 1)]
    )


def _beside(x: np.ndarray, mass: np.ndarray, at: float, far: float) -> float:
    """The larger mass of the two sides of a place."""
    near = 1e-12 * far
    return float(max(mass[x < at - near].sum(), mass[x > at + near].sum()))


def _middle(x: np.ndarray, mass: np.ndarray, trim: float) -> float:
    """The integral of the quantile function over [trim, 1 − trim], over the length of that."""
    order = np.argsort(x, kind="stable")
    ranks = np.clip(np.append(0, np.cumsum(mass[order])), trim, 1 - trim)
    return float(np.diff(ranks) @ x[order] / (1 - 2 * trim))


def _spread(x: np.ndarray, mass: np.ndarray) -> float:
    """The median distance from the median."""
    return _median(np.abs(x - _median(x, mass)), mass)


def _median(x: np.ndarray, mass: np.ndarray) -> float:
    """The middle of the points at which the mass up to there passes ½."""
    order = np.argsort(x, kind="stable")
    upto = np.cumsum(mass[order])
    low, high = (int(np.searchsorted(upto, 0.5 + off)) for off in (-SLACK / 1e3, SLACK / 1e3))
    return float(x[order][low] + x[order][min(high, len(x) - 1)]) / 2


def _pull(x: np.ndarray, mass: np.ndarray, theta: float) -> float:
    """Σ mass ψ over its largest value, about Huber's estimate."""
    cut = TUNING * CONSISTENT * _spread(x, mass)
    if cut == 0:
        return theta - _median(x, mass)
    return float(mass @ np.clip((x - theta) / cut, -1, 1))


def says(run: Liar, *, eps: float, K: float, points: str, trim: float) -> str:
    """What the liars do to each estimate."""
    n, told = len(run.x), [number(each, zero=5e-4) for each in run.told]
    if eps == 0:
        return f"Nobody lies: the mean is {told[0]}, the median {told[1]}."
    if eps == 1:
        return f"Everybody lies: all four estimates are {number(K)}."
    share, moved = number(100 * eps), [number(each, zero=5e-4) for each in run.moved.abs()]
    start = f"{share} % of the mass at {number(K)} carries the mean of {n} "
    start += f"point{'s' * (n > 1)} by {moved[0]}, to {told[0]}, and the median by {moved[1]}, to "
    start += f"{told[1]}. "
    if eps > 0.5:
        return start + "The liars are the majority: the median believes them."
    if eps == 0.5:
        return start + "Half and half: no estimate can know which half lies."
    others = f"the trimmed mean is {told[2]}, Huber's estimate {told[3]}."
    if eps > trim > 0:
        return f"{start}More lie than are cut off at an end: {others}"
    return start + others[0].upper() + others[1:]


def _tenth(run: Liar) -> tuple[str, dict[str, str]]:
    """Which of mean and median have gone more than 1 away."""
    gone = [abs(float(each)) > 1 for each in run.told[:2]]
    key = {(False, False): "none", (True, False): "mean", (True, True): "both"}.get(tuple(gone))
    return key or "median", {name.split()[0]: number(v) for name, v in zip(NAMES, run.told)}


answers = {
    "tenth": _tenth,
    "many": lambda run: (float(run.told[0]), {"mean": number(run.told[0])}),
    "half": lambda run: (float(run.told[1]), {"median": number(run.told[1])}),
}
