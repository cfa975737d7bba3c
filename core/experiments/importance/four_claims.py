"""What four importances claim: XAI-07 to XAI-13."""

import itertools
import math

import numpy as np
import torch

from core.check import Check, at_least, equal, same
from core.experiments.importance.four import Four, drawn
from core.information import entropy, normal_vector_information
from core.words import number

SUPPORT = 2 * math.log(100)  # the ellipse xᵀΣ⁻¹x below this holds 99 % of the rows


def checks(
    run: Four, *, world: str, rho: float, t: float, noise: float, loss: str, n: int, seed: int
) -> list[Check]:
    """Both informations, LOFO, what it equals, redrawing, shuffling, the rows, as printed."""
    alone, both, second = _bits_told(t) if world == "bits" else _told(rho, noise)
    permuted, resampled, left_out, lost = (
        _bits_losses(t, loss) if world == "bits" else _losses(rho, noise, loss)
    )
    named = "E(f − f̄)², with squared error" if loss == "squared" else "I(X₁;Y|X₂), with log loss"
    twice = (loss == "log", "with squared error it is exactly twice as much, see there")
    draws = "drawn from P(X₁ | X₂): loss by " + (
        "all cells of the table" if world == "bits" else "the variance that adds up, and every row"
    )
    most = min(permuted, resampled)
    apart = (most > left_out + 1e-12, "redrawing and leaving out both lose nothing here")
    rows, again = torch.cat([run.exact[1:2], run.table.flatten()]), [resampled]
    if world == "bits":
        again += _cells(t).values()
    if run.rows is not None:
        mine, theirs = _again(run, rho, noise, loss, n, seed)
        rows, again = torch.cat([rows, mine]), np.r_[again, theirs]
    jensen = at_least(
        "XAI-11", "f with x̃₁ loses at least what its mean f̄ over x̃₁ loses (Jensen)",
        run.exact[1], run.exact[2], needs=(twice,),
    )  # fmt: skip
    if loss == "squared":
        jensen = equal(
            "XAI-11", "f with x̃₁ redrawn loses twice what its mean f̄ over x̃₁ loses, squared",
            run.exact[1], 2 * run.exact[2],
        )  # fmt: skip
    return [
        same("XAI-09", "R(f₋₁) − R(f) from what x₂ leaves open of Y, and f̄ loses as much: "
             "difference", run.exact[2:], [left_out, left_out]),
        equal("XAI-10", f"R(f₋₁) − R(f) = {named}", run.exact[3], lost),
        equal("XAI-12", "shuffled: the loss with x̃₁ of another row, independent of x₂ and y",
              run.exact[0], permuted),
        same("XAI-13", f"{draws}: difference", rows, again),
        jensen,
        equal("XAI-07", "I(X₁;Y) = H(X₁) + H(Y) − H(X₁,Y)", run.told[0], alone),
        equal("XAI-08", "I(X₁;Y|X₂) = I(X₁,X₂;Y) − I(X₂;Y)", run.told[1], both - second),
        at_least("XAI-12", "as printed (E-96, E-97) redrawing and shuffling are called LOFO, yet "
                 "the smaller of the two is larger", min(run.exact[0], run.exact[1]),
                 run.exact[3], needs=(apart,)),
    ]  # fmt: skip


# --- twins, by covariances -----------------------------------------------------------------------


def _told(rho: float, noise: float) -> tuple[float, ...]:
    """I(X₁;Y), I(X₁,X₂;Y), I(X₂;Y) by determinants."""
    cov = torch.from_numpy(_covariance(rho, noise))
    return tuple(normal_vector_information(cov, known, [2]) for known in ([0], [0, 1], [1]))


def _covariance(rho: float, noise: float) -> np.ndarray:
    """Of (X₁, X₂, Y)."""
    back = math.sqrt(1 - rho * rho)
    A = np.array([[1, 0, 0], [rho, back, 0], [1 + rho, back, noise]])
    return A @ A.T


def _losses(rho: float, noise: float, loss: str) -> tuple[float, ...]:
    """Permuted, resampled, left out, and what left out is said to equal."""
    cov, back = _covariance(rho, noise), math.sqrt(1 - rho * rho)
    x1, x2 = np.array([1, 0, 0, 0]), np.array([rho, back, 0, 0])
    y = x1 + x2 + np.array([0, 0, noise, 0])
    new = np.array([0, 0, 0, 1])
    wrong = [((y - each - x2) ** 2).sum() for each in (new, rho * x2 + back * new)]
    open_ = cov[2, 2] - cov[2, 1] ** 2 / cov[1, 1]
    if loss == "squared":
        between_ = ((x1 - rho * x2) ** 2).sum()
        return wrong[0] - noise**2, wrong[1] - noise**2, open_ - noise**2, between_
    told = normal_vector_information(torch.from_numpy(cov), [0], [2], [1])
    far = [each / (2 * noise**2) - 0.5 for each in wrong]
    return *far, math.log(open_ / noise**2) / 2, told


def _again(run: Four, rho: float, noise: float, loss: str, n: int, seed: int):
    """Everything of the rows, as it stands and once more in numpy, flat."""
    z, order = (each.numpy() for each in drawn(n, seed))
    back = math.sqrt(1 - rho * rho)
    x = np.stack([rho * z[:, 1] + back * z[:, 0], z[:, 1]], 1)
    y = x.sum(1) + noise * z[:, 2]
    slope, rest, *_ = np.linalg.lstsq(x[:n, 1:], y[:n], rcond=None)
    variance = float(rest[0]) / n
    x, y = x[n:], y[n:]
    moved = [x[order, 0], x[:, 0] + back * (z[n:, 3] - z[n:, 0])]
    means = [x.sum(1), *(each + x[:, 1] for each in moved), x[:, 1] * (1 + rho), x[:, 1] * slope]
    s = noise**2
    losses = [
        (y - mean) ** 2 if loss == "squared" else _nll(y - mean, spread)
        for mean, spread in zip(means, (s, s, s, s + back**2, variance), strict=True)
    ]
    rises = np.array(losses[1:]) - losses[0]
    theirs = np.concatenate([x.ravel(), y, *moved, slope, [variance], rises.ravel()])
    return torch.cat([each.flatten() for each in run.rows]), theirs


def _nll(off: np.ndarray, variance: float) -> np.ndarray:
    return 0.5 * np.log(2 * np.pi * variance) + off**2 / (2 * variance)


# --- bits, cell by cell --------------------------------------------------------------------------


def _cells(t: float) -> dict[tuple[int, int, int], float]:
    cells = itertools.product((0, 1), repeat=3)
    return {(a, b, y): (1 - t) / 4 * ((a ^ b) == y) + t / 2 * (a == b == y) for a, b, y in cells}


def _bits_told(t: float) -> tuple[float, ...]:
    p = np.array(list(_cells(t).values())).reshape(2, 2, 2)
    gone = {"1": (1, 2), "2": (0, 2), "y": (0, 1), "1y": 1, "2y": 0, "12": 2, "12y": ()}
    H = {k: float(entropy(p.sum(axes).ravel())) for k, axes in gone.items()}
    alone, both = H["1"] + H["y"] - H["1y"], H["12"] + H["y"] - H["12y"]
    return alone, both, H["2"] + H["y"] - H["2y"]


def _bits_losses(t: float, loss: str) -> tuple[float, ...]:
    """The same four by going over all cells and every other x₁."""
    p = _cells(t)
    agree = (1 + t) / 4  # P(x₁, x₂) of two equal bits
    one = {(0, 0): 0.0, (0, 1): 1.0, (1, 0): 1.0, (1, 1): t / 2 / agree}

    def cost(says: float, y: int) -> float:
        if loss == "squared":
            return (y - says) ** 2
        right = says if y else 1 - says
        return -math.log(right) if right > 0 else math.inf

    share = {(a, b): agree * 2 if a == b else 1 - agree * 2 for a in (0, 1) for b in (0, 1)}
    mean = {b: sum(share[a, b] * one[a, b] for a in (0, 1)) for b in (0, 1)}
    permuted = resampled = left_out = lost = risk = 0.0
    for (a, b, y), mass in p.items():
        if mass == 0:
            continue
        risk += mass * cost(one[a, b], y)
        left_out += mass * cost(mean[b], y)
        lost += mass * (one[a, b] - mean[b]) ** 2
        for new in (0, 1):
            permuted += mass / 2 * cost(one[new, b], y)
            resampled += mass * share[new, b] * cost(one[new, b], y) if share[new, b] else 0.0
    if loss == "log":
        _, both, alone = _bits_told(t)
        lost = both - alone
    return permuted - risk, resampled - risk, left_out - risk, lost


# --- words ---------------------------------------------------------------------------------------


def outside(run: Four, rho: float) -> int:
    """How many shuffled rows lie outside the ellipse that holds 99 % of all rows."""
    a, b = run.rows.shuffled, run.rows.x[:, 1]
    far = (a + b).square() / (2 + 2 * rho) + (a - b).square() / (2 - 2 * rho)
    return int((far > SUPPORT).sum())


def says(run: Four, *, world: str, rho: float, loss: str, n: int) -> str:
    """The four against each other, and what X₁ tells."""
    shuffled, redrawn, _, left = (number(each, zero=1e-9) for each in run.exact)
    unit = " nats" if loss == "log" else ""
    alone, given = (number(each, zero=1e-9) for each in run.told)
    if world == "bits":
        never = " On some of the rows so made f is sure and wrong." if "∞" in shuffled else ""
        return (
            f"X₁ alone tells {alone} nats of Y; to one who knows X₂ it tells {given}. Shuffling it "
            f"costs {shuffled}{unit}, redrawing it {redrawn}, training again without it "
            f"{left}.{never}"
        )
    pairs = zip(run.rows.found.tolist(), run.exact.tolist(), strict=True)
    shuffled, redrawn, _, left = (f"{number(a, zero=5e-5)} ({number(b)})" for a, b in pairs)
    off, share = outside(run, rho), number(rho * rho * 100, zero=1e-9)
    return (
        f"Shuffling x₁ costs {shuffled}{unit}, redrawing it {redrawn}, training again without it "
        f"{left}, in these rows (in all). x₂ explains {share} % of the variance of x₁: {off} of "
        f"{n} shuffled rows {'lies' if off == 1 else 'lie'} where hardly any row does."
    )


def _pair(run: Four) -> tuple[str, dict[str, str]]:
    shuffled, left = float(run.exact[0]), float(run.exact[3])
    facts = {"shuffled": number(shuffled), "left": number(left)}
    return ("right" if left < 0.1 else "half" if left > 0.9 else "some"), facts


def _xor(run: Four) -> tuple[str, dict[str, str]]:
    alone, given = map(float, run.told)
    facts = {"alone": number(alone, 4, 1e-9), "given": number(given, 4, 1e-9)}
    return ("both" if abs(alone - given) < 0.1 else "alone" if alone > given else "given"), facts


def _redrawn(run: Four) -> tuple[float, dict[str, str]]:
    return float(run.exact[1]), {"left": number(run.exact[3]), "redrawn": number(run.exact[1])}


answers = {"pair": _pair, "xor": _xor, "redrawn": _redrawn}
