"""What the plane claims: ANA-19, and how much of the picture is the directions' doing."""

from typing import Any

import torch
from torch.func import grad, vmap

from core.check import Check, at_most, equal, same
from core.experiments.landscapes.network import REROLLS, Slice
from core.landscapes import condition_number
from core.landscapes.slices import Plane, placed
from core.landscapes.training import sizes
from core.optimizers import in_steps


def checks(
    run: Slice, *, data: str, activation: str, rescale: float, steps: int, seed: int,
    directions: str, direction_seed: int, radius: float,
) -> list[Check]:  # fmt: skip
    """One on the values of the plane, four on its derivatives, then path, rescaling and die."""
    if run.progress < 1:
        return []
    where = placed(data, activation, rescale, steps, seed, directions, direction_seed, radius)
    out = [_values(run, where), *_derivatives(run, where, activation), _shadow(run, where)]
    if directions == "pca":
        return out
    turns = directions == "filter" or activation != "relu" or rescale == 1
    turns = (turns, "raw directions do not follow the weights")
    kept = "max |s(α, 0) − s(α, 0) before rescaling the neurons| = 0"
    rolled = "the roll of the die that gave d₁ has the curvature of this picture"
    roll = run.rerolls[direction_seed]
    return [
        *out,
        same("", kept, run.cuts[0], run.unscaled, needs=(turns,)),
        equal("", rolled, roll, run.hessian[0, 0], tol=1e-8),
    ]


def _values(run: Slice, where: Plane) -> Check:
    corners = where.d.new_tensor([[0, 0], [-1, -1], [1, -1], [-1, 1], [1, 1]])
    weights = where.theta + corners * corners.new_tensor(run.reach) @ where.d
    passes = [float(where.loss(each)) for each in weights]
    middle = len(run.surface) // 2
    seen = run.surface[[middle, 0, 0, -1, -1], [middle, 0, -1, 0, -1]]
    claim = "s(α, β) = f(θ* + αd₁ + βd₂): the middle of the plane is the trained network, loss and "
    claim += "hits, and the corners are forward passes"
    foreseen = [passes[0], where.accuracy, *passes]
    return same("", claim, [run.loss, run.accuracy, *seen], foreseen)


def _derivatives(run: Slice, where: Plane, activation: str) -> list[Check]:
    loss, theta, d = where.loss, where.theta, where.d
    h = 1e-4 / d.norm(dim=1, keepdim=True)
    ahead, back = theta + h * d, theta - h * d
    first = (vmap(loss)(ahead) - vmap(loss)(back)) / (2 * h[:, 0])
    second = ((vmap(grad(loss))(ahead) - vmap(grad(loss))(back)) * d).sum(1) / (2 * h[:, 0])
    bend, singular = run.hessian.diagonal(), torch.linalg.svdvals(run.hessian)
    products = "∂s/∂α = ∇fᵀd₁ and ∂²s/∂α² = d₁ᵀ ∇²f d₁, likewise β: differences of f and "
    products += "∇f = gradients and Hessian-vector products"
    smooth = (activation == "tanh", "ReLU has kinks: differences may step across one")
    regular = (bool(singular[-1] > 1e-12 * singular[0]), "∇²s is singular: κ = ∞")
    ratio, kappa = singular[0] / singular[-1], condition_number(run.hessian)
    below = "dᵢᵀ ∇²f dᵢ / ‖dᵢ‖² ≤ λmax(∇²f) for both directions"
    steepest = (bend / d.square().sum(1).cpu()).max()
    again = "λmax(∇²f) by Lanczos: another random start finds the same"
    here, there = torch.stack([run.slope, bend]), torch.stack([first, second]).cpu()
    return [
        same("ANA-19", products, here, there, tol=1e-5, needs=(smooth,)),
        equal("ANA-19", "κ(∇²s) = σmax/σmin", kappa, ratio, tol=1e-8, needs=(regular,)),
        at_most("ANA-19", below, steepest, run.top, tol=1e-6),
        equal("", again, run.top, where.top(1), tol=1e-3),
    ]


def _shadow(run: Slice, where: Plane) -> Check:
    away, d = (where.path - where.theta).cpu(), where.d.cpu()
    shadow = run.path @ d
    claim = "the training path minus its shadow on the plane is perpendicular to d₁ and d₂, and "
    claim += "the shadow has its share"
    share = shadow.square().sum() / away.square().sum()
    return same("", claim, [*(shadow @ d.T).flatten(), share], [*(away @ d.T).flatten(), run.share])


def says(
    run: Slice, *, data: str, activation: str, rescale: float, directions: str, direction_seed: int
) -> str:
    """What the plane shows and how much of it is the choice of the directions."""
    if not len(run.losses):
        return "Loading the data."
    if not run.surface.numel():
        return f"Training: loss {run.loss:.3g} after {in_steps(len(run.losses) - 1)}."
    first = (
        f"The {'-'.join(map(str, sizes(data)))} network reaches loss {run.loss:.3g} and "
        f"classifies {100 * run.accuracy:.1f} % of its training data correctly. "
    )
    one, two = run.hessian.diagonal().tolist()
    if directions == "pca":
        return first + (
            f"These two directions hold {100 * run.share:.1f} % of the training path; the "
            f"curvature along them is {one:.2g} and {two:.2g}, the largest there is {run.top:.2g}."
        )
    kind = "normalised" if directions == "filter" else "not normalised"
    first += (
        f"Along direction {direction_seed}, {kind}, the curvature is {one:.2g}; {REROLLS} "
        f"rolls of the same die give {run.rerolls.min():.2g} to {run.rerolls.max():.2g}: how sharp "
        "the minimum looks is partly the direction's doing. "
    )
    if activation == "tanh" or rescale == 1:
        return first
    moved = f"{_moved(run):.2g}"
    change = (
        "changed by at most {}" if directions == "raw" else "did not change, up to rounding ({})"
    )
    change = change.format(moved)
    return first + f"Rescaling the neurons by {rescale:g} kept the function, and this cut {change}."


def _moved(run: Slice) -> float:
    """What rescaling the neurons changed along d₁."""
    return float((run.cuts[0] - run.unscaled).abs().max())


def _middle_moved(run: Slice) -> bool:
    return abs(float(run.cuts[0, len(run.surface) // 2]) - run.loss) > 1e-9


def _rolled(run: Slice) -> tuple[str, dict[str, Any]]:
    low, high = (float(end) for end in run.rerolls.aminmax())
    changed = _middle_moved(run), high > 1.1 * low
    words = {(True, True): "both", (True, False): "loss", (False, True): "curvature"}
    return words.get(changed, "neither"), {"low": low, "high": high}


def _rescaled(run: Slice) -> str:
    if _middle_moved(run):
        return "change"
    return "picture" if _moved(run) > 1e-6 else "stay"


def _held(run: Slice, data: str) -> tuple[float, dict[str, Any]]:
    d, h, k = sizes(data)
    return run.share, {"parameters": d * h + h + h * k + k, "percent": 100 * run.share}


answers = {"roll": _rolled, "rescaled": _rescaled, "plane": _held}
