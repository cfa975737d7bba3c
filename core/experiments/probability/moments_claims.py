"""What moments claim: PROB-09 to PROB-12, PROB-14, PROB-17, ANA-04 with erratum E-04."""

import torch
from torch import Tensor

from core.check import Check, at_least, at_most, same
from core.experiments.probability.moments import CUT, TIE, Moments
from core.probability import mapped
from core.words import number

NONE = 1e-9  # of σ_X σ_Y: a smaller covariance counts as 0


def checks(
    run: Moments, *, a11: float, a12: float, a21: float, a22: float, b1: float, b2: float,
    w1: float, w2: float,
) -> list[Check]:  # fmt: skip
    """Rectangles, independence, Cauchy–Schwarz, map, weights, variances, directions, E-04."""
    x, y = run.points.T
    A = torch.tensor([[a11, a12], [a21, a22]], dtype=torch.float64)
    summed = w1 * x + w2 * y
    shifted = (x * y).mean() - run.mean.prod()
    middle = torch.stack([x.mean(), y.mean()])
    sides = x * y - x * middle[1] - middle[0] * y + middle.prod()
    direct = torch.stack([x - x.mean(), y - y.mean()])
    ends = torch.linalg.eigvalsh(run.sigma)
    entry = float((x * y).min())
    return [
        same("PROB-09", "Cov(X, Y), the mean of the rectangles, is E[XY] − E[X]E[Y], and each "
             "rectangle xy − xȲ − X̄y + X̄Ȳ: difference",
             torch.cat([run.sigma[0, 1:], run.areas.mean()[None], run.mean, run.areas]),
             torch.cat([shifted[None], shifted[None], middle, sides])),
        same("PROB-11", "Cov(X, Y) = ∬ (F(x, y) − F(x)F(y)) dx dy, so independence leaves 0; and "
             "the nine cells by counting: difference", [run.covariance, *run.cells.flatten()],
             [hoeffding(run.points), *_recounted(run).flatten()]),
        at_most("ANA-04", "|Cov(X, Y)| ≤ σ₁σ₂: the correlation lies between −1 and 1",
                abs(run.covariance),
            float((x - x.mean()).square().mean().sqrt() * (y - y.mean()).square().mean().sqrt())),
        same("PROB-14", "Var[AX + b] = A Var[X] Aᵀ, and the images are Ax + b: difference",
             torch.cat([run.spread.flatten(), run.image.flatten()]),
             torch.cat([mapped(A, run.sigma).flatten(),
                        torch.stack([a11 * x + a12 * y + b1, a21 * x + a22 * y + b2], 1).flatten()
                        ])),
        same("PROB-17", "Var[a₁X + a₂Y] by the definition is Σ aᵢ² Var + 2 a₁a₂ Cov, and a₁, a₂ "
             "alone give the first part: difference", [run.variance, run.own],
             [(summed - summed.mean()).square().mean(),
              w1 * w1 * x.var(correction=0) + w2 * w2 * y.var(correction=0)]),
        same("PROB-10", "Cov(X, X) = Var[X]: the diagonal of Σ, and the other entries alike: "
             "difference", run.sigma, direct @ direct.T / len(x)),
        at_least("PROB-12", "vᵀΣv is a mean of squares (vᵀ(x − μ))²: the least of all directions",
                 ends[0], 0.0, tol=1e-12 * max(1.0, float(ends[1]))),
        at_most("PROB-12", "as printed (E-04) every xxᵀ ≥ 0, yet of one point x an entry is",
                entry, 0.0, needs=((entry < 0, "x and y have one sign in every point"),)),
    ]  # fmt: skip


def hoeffding(points: Tensor) -> float:
    """∬ (F(x, y) − F(x) F(y)) dx dy of the points, from their order alone and the gaps."""
    x, y = points.T
    low, high = x.sort().values, y.sort().values
    below_x, below_y = (x <= low[:, None]).double(), (y <= high[:, None]).double()
    n = len(x)
    both, alone = below_x @ below_y.T / n, torch.outer(below_x.mean(1), below_y.mean(1))
    return float(low.diff() @ (both - alone)[:-1, :-1] @ high.diff())


def _recounted(run: Moments) -> Tensor:
    """The nine cells, point by point."""
    cells = torch.zeros(3, 3, dtype=torch.float64)
    mean = run.points.mean(0).tolist()
    edge = CUT * run.points.std(0, correction=0) + TIE * run.points.abs().amax(0)
    for point in run.points.tolist():
        i, j = (
            2 if at - m > e else 0 if at - m < -e else 1
            for at, m, e in zip(point, mean, edge.tolist(), strict=True)
        )
        cells[i, j] += 1 / len(run.points)
    return cells


def says(run: Moments, *, view: str, w1: float, w2: float, a11: float, a12: float, a21: float,
         a22: float) -> str:  # fmt: skip
    """The picture in words."""
    if view == "map":
        return _map(run, a11 * a22 - a12 * a21)
    return _weights(run, w1, w2) if view == "weights" else _areas(run)


def _areas(run: Moments) -> str:
    least = NONE * run.most  # a smaller area is rounding
    up, down = int((run.areas > least).sum()), int((run.areas < -least).sum())
    told = f"{up} rectangle{'s' * (up != 1)} count{'s' * (up == 1)} up, {down} count"
    told += f"{'s' * (down == 1)} down: "
    gap = number(run.excess.abs().max(), 2, zero=1e-12)
    if abs(run.correlation) > NONE:
        told += f"their mean is the covariance {number(run.covariance)}, "
        return told + (
            f"{number(run.correlation)} of the most it can be, σ₁σ₂ = {number(run.most)}."
        )
    told = told + "they cancel" if up + down else "No rectangle has an area"
    told += ", and the covariance is 0. "
    if float(run.excess.abs().max()) > 1e-9:
        return told + (
            f"X and Y are bound to each other all the same: a cell has a probability that is {gap} "
            "off the product."
        )
    told += "In all nine cells the probability is the product: as far as these go, "
    return told + "nothing of Y is told by X."


def _map(run: Moments, det: float) -> str:
    before, after = run.sigma.diagonal().tolist(), run.spread.diagonal().tolist()
    told = "; ".join(
        f"Var of the {name} coordinate {number(one, zero=1e-12)} → {number(two, zero=1e-12)}"
        for name, one, two in zip(("first", "second"), before, after, strict=True)
    )
    told += f"; the area of the ellipse is multiplied by |det A| = {number(abs(det), zero=1e-12)}."
    if abs(det) < 1e-12:
        told += " A has no inverse: the cloud is flat."
    return told


def _weights(run: Moments, w1: float, w2: float) -> str:
    told = f"Var[a₁X + a₂Y] = {number(run.variance, zero=1e-12)}: {number(run.own)} as if they had "
    told += f"nothing in common, and {number(run.shared, zero=1e-12)} from the covariance."
    best = least(run)
    if best is not None and abs(w1 + w2 - 1) < 1e-9:
        told += f" The least with weights that sum to 1 is {number(best[1], zero=1e-12)}, at a₁ = "
        told += f"{number(best[0], zero=1e-9)}."
    return told


def least(run: Moments) -> tuple[float, float] | None:
    """a₁ of the least variance of a₁X + (1 − a₁)Y and that variance; None where all are alike."""
    (xx, xy), (_, yy) = run.sigma.tolist()
    bend = xx - 2 * xy + yy  # Var[X − Y]
    if bend <= 1e-12 * (xx + yy):
        return None
    w = (yy - xy) / bend
    return w, max((xx * yy - xy * xy) / bend, 0.0)


def _bound(run: Moments) -> tuple[str, dict[str, object]]:
    cov = run.covariance
    if abs(cov) > NONE:
        return ("positive" if cov > 0 else "negative"), {"cell": 0.0, "product": 0.0}
    cell, product = float(run.cells[1, 0]), float(run.cells[1].sum() * run.cells[:, 0].sum())
    free = float(run.excess.abs().max()) < 1e-9
    return ("free" if free else "bound"), {"cell": cell, "product": product}


answers = {
    "bound": _bound,
    "double": lambda run: float(run.spread[0, 0] / run.sigma[0, 0]),
    "average": lambda run: (run.variance, {"own": run.own, "shared": run.shared}),
}
