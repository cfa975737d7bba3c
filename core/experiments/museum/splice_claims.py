"""What shortened lists claim: shares that should add up to 1, and what was read."""

import torch

from core.check import Check, equal, same
from core.experiments.museum.splice import ATLAS, BINS, COUNTS, HIGH, LOW, Shares, real
from core.words import number, spaced


def checks(run: Shares, *, code: str, n: int, seed: int) -> list[Check]:
    """The identity that was not looked at, and a real list that is really shortened."""
    kept = list(range(2 * ATLAS))
    found = []
    for i in range(n):  # by a list, in the place of lengths
        pair = kept[2 * i : 2 * i + 2]
        if code == "published":
            del kept[2 * i : 4 * i + 2]
        if len(pair) == 2:
            found.append(pair[0] // 2)
    x = real(seed).numpy()
    width = (HIGH - LOW) / BINS
    edges = [(LOW + k * width, LOW + (k + 1) * width) for k in range(BINS)]
    counts = [[_within(x[at], k, edges) for k in range(BINS)] for at in (found, slice(n))]
    most = len(_all_read()) if code == "published" else len(COUNTS)
    told = (
        "shares of a whole add up to 1"
        if code == "mended" or n <= most
        else f"after {most} points the list is too short: the shares add up to {most}/n, not to 1"
    )
    return [
        equal("", told, run.shares.sum(), min(1.0, most / n)),
        same("", "points counted, and the number of the last one, by a list that is shortened",
             [run.counted, run.last], [len(found), found[-1]]),
        same("", "shares of the bins by counting one by one", torch.stack([run.shares, run.right]),
             torch.tensor(counts, dtype=torch.float64) / n),
        same("", "sums for every number that is asked for: 1, or what is left of it", run.sums,
             [min(1.0, most / k) for k in range(1, len(COUNTS) + 1)]),
    ]  # fmt: skip


def _within(x, k: int, edges: list[tuple[float, float]]) -> int:
    low = -float("inf") if k == 0 else edges[k][0]
    high = float("inf") if k == BINS - 1 else edges[k][1]
    return int(((x >= low) & (x < high)).sum())


def _all_read() -> range:
    """After k points k(k + 1) numbers are gone, and the next pair is wanted at 2k."""
    k = 0
    while 2 * ATLAS - k * (k + 1) - 2 * k >= 2:
        k += 1
    return range(k)


def says(run: Shares, *, code: str, n: int) -> str:
    """How much of the data is in the picture."""
    share = number(float(run.shares.sum()))
    points = "1 point" if n == 1 else f"{spaced(n)} points"
    if run.counted == n:
        why = "" if code == "mended" else " So few are read before the list is too short."
        return f"All of the {points} asked for are counted: the shares add up to {share}.{why}"
    return (
        f"{points} are asked for, {run.counted} are counted: then the list is too short. The "
        f"shares add up to {share}, and every distance to this “density” is off."
    )


def _sum(run: Shares) -> tuple[float, dict[str, object]]:
    return float(run.shares.sum()), {"counted": run.counted, "sum": number(float(run.shares.sum()))}


def _shape(run: Shares) -> str:
    low = float(run.shares.sum()) < 0.999
    return "low" if low else "right"


answers = {"sum": _sum, "shape": _shape}
