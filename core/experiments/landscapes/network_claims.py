"""What the plane claims: OPT-08, ANA-19, and how much of the picture is the directions' doing."""

from typing import Any

import torch
from torch.func import grad, vmap

from core.check import Check, at_most, equal, same
from core.landscapes.slices import REROLLS, Plane, Slice, placed
from core.landscapes.training import sizes


def checks(
    run: Slice,
    *,
    data: str,
    activation: str,
    rescale: float,
    steps: int,
    seed: int,
    directions: str,
    direction_seed: int,
    radius: float,
) -> list[Check]:
    """One on the values of the plane, four on its derivatives, then path, rescaling and die."""
    if run.progress < 1:
        return []
    where = placed(data, activation, rescale, steps, seed, directions, direction_seed, radius)
    out = [_values(run, where), *_derivatives(run, where, activation), _shadow(run, where)]
    if directions == "pca":
        return out
    turns = directions == "filter" or activation != "relu" or rescale == 1
    return [
        *out,
        same(
            "OPT-08",
            "max |s(α, 0) − s(α, 0) before rescaling the neurons| = 0",
            run.cuts[0],
            run.unscaled,
            needs=((turns, "raw directions do not follow the weights"),),
        ),
        equal(
            "",
            "the roll of the die that gave d₁ has the curvature of this picture",
            run.rerolls[direction_seed],
            run.hessian[0, 0],
            tol=1e-8,
        ),
    ]


def _values(run: Slice, where: Plane) -> Check:
    reach = where.d.new_tensor(run.reach)
    spots = reach * reach.new_tensor([[0, 0], [-1, -1], [1, -1], [-1, 1], [1, 1]])
    weights = where.theta + spots @ where.d
    passes = torch.stack([where.loss(each) for each in weights]).tolist()
    middle = len(run.surface) // 2
    rows, columns = [middle, 0, 0, -1, -1], [middle, 0, -1, 0, -1]
    return same(
        "OPT-08",
        "s(α, β) = L(θ* + αd₁ + βd₂): the middle of the plane is the trained network, loss and "
        "hits, and the corners are forward passes",
        [run.loss, run.accuracy, *run.surface[rows, columns].tolist()],
        [passes[0], where.accuracy, *passes],
    )


def _derivatives(run: Slice, where: Plane, activation: str) -> list[Check]:
    loss, theta, d = where.loss, where.theta, where.d
    h = 1e-4 / d.norm(dim=1, keepdim=True)
    ahead, back = theta + h * d, theta - h * d
    first = (vmap(loss)(ahead) - vmap(loss)(back)) / (2 * h[:, 0])
    second = ((vmap(grad(loss))(ahead) - vmap(grad(loss))(back)) * d).sum(1) / (2 * h[:, 0])
    singular = torch.linalg.svdvals(run.hessian)
    return [
        same(
            "ANA-19",
            "∂s/∂α = ∇Lᵀd₁ and ∂²s/∂α² = d₁ᵀ ∇²L d₁, likewise β: differences = Hessian-vector "
            "products",
            torch.stack([run.slope, run.hessian.diagonal()]),
            torch.stack([first, second]).cpu(),
            tol=1e-5,
            needs=((activation == "tanh", "ReLU has kinks: differences may step across one"),),
        ),
        equal(
            "ANA-19",
            "κ(∇²s) = σmax/σmin",
            run.kappa,
            singular[0] / singular[-1],
            tol=1e-8,
            needs=((bool(singular[-1] > 1e-12 * singular[0]), "∇²s is singular: κ = ∞"),),
        ),
        at_most(
            "ANA-19",
            "dᵢᵀ ∇²L dᵢ / ‖dᵢ‖² ≤ λmax(∇²L) for both directions",
            (run.hessian.diagonal() / d.square().sum(1).cpu()).max(),
            run.top,
            tol=1e-6,
        ),
        equal(
            "",
            "λmax(∇²L) by Lanczos: another random start finds the same",
            run.top,
            where.top(1),
            tol=1e-3,
        ),
    ]


def _shadow(run: Slice, where: Plane) -> Check:
    away, d = (where.path - where.theta).cpu(), where.d.cpu()
    shadow = run.path @ d
    return same(
        "",
        "the training path minus its shadow on the plane is perpendicular to d₁ and d₂, and the "
        "shadow has its share",
        torch.cat([(shadow @ d.T).flatten(), shadow.square().sum()[None] / away.square().sum()]),
        torch.cat([(away @ d.T).flatten(), away.new_tensor([run.share])]),
    )


def says(
    run: Slice, *, data: str, activation: str, rescale: float, directions: str, direction_seed: int
) -> str:
    """What the plane shows and how much of it is the choice of the directions."""
    if not run.surface.numel():
        if not len(run.losses):
            return "Loading the data."
        return f"Training: loss {run.loss:.3g} after {len(run.losses)} steps."
    name = "-".join(str(size) for size in sizes(data))
    first = (
        f"The {name} network reaches loss {run.loss:.3g} and classifies {run.accuracy:.1%} of its "
        "training data correctly. "
    )
    bend = run.hessian.diagonal().tolist()
    if directions == "pca":
        return first + (
            f"These two directions hold {run.share:.1%} of the training path; the curvature "
            f"along them is {bend[0]:.2g} and {bend[1]:.2g}, the largest there is {run.top:.2g}."
        )
    kind = "filter-normalised" if directions == "filter" else "raw"
    first += (
        f"Along the {kind} direction {direction_seed} the curvature is {bend[0]:.2g}; {REROLLS} "
        f"rolls of the same die give {run.rerolls.min():.2g} to {run.rerolls.max():.2g}: how sharp "
        "the minimum looks is partly the direction's doing. "
    )
    if activation == "tanh" or rescale == 1 or run.progress < 1:
        return first
    moved = _moved(run)
    same_cut = f"did not change, up to rounding ({moved:.2g})."
    other = f"changed by at most {moved:.2g}."
    return first + (
        f"Rescaling the neurons by {rescale:g} kept the function, and this cut "
        f"{other if directions == 'raw' else same_cut}"
    )


def _moved(run: Slice) -> float:
    """What rescaling the neurons changed along d₁."""
    return float((run.cuts[0] - run.unscaled).abs().max())


def _middle_moved(run: Slice) -> bool:
    return abs(float(run.cuts[0, len(run.surface) // 2]) - run.loss) > 1e-9


def _rolled(run: Slice) -> tuple[str, dict[str, Any]]:
    low, high = float(run.rerolls.min()), float(run.rerolls.max())
    keys = {(False, True): "curvature", (True, False): "loss", (True, True): "both"}
    return keys.get((_middle_moved(run), high > 1.1 * low), "neither"), {"low": low, "high": high}


def _rescaled(run: Slice) -> str:
    return "change" if _middle_moved(run) else "picture" if _moved(run) > 1e-6 else "stay"


def _held(run: Slice, data: str) -> tuple[float, dict[str, Any]]:
    d, h, k = sizes(data)
    return run.share, {"parameters": d * h + h + h * k + k}


answers = {"roll": _rolled, "rescaled": _rescaled, "plane": _held}
