r"""A plane through the loss surface of a small network trained on real data.

The loss :math:`L(\theta)` (mean cross-entropy over the whole data set) lives in a few hundred
dimensions. Two directions d₁, d₂ cut a plane out of it:
:math:`s(\alpha, \beta) = L(\theta^* + \alpha d_1 + \beta d_2)`, after Li, Xu, Taylor, Studer and
Goldstein, "Visualizing the loss landscape of neural nets", NeurIPS 2018.
"""

from collections.abc import Iterator

import torch

from core.check import Check, at_most, choose, equal, require
from core.landscapes.slices import REROLLS, Slice, cut
from core.landscapes.training import BLOCK

DATA = ("breast_cancer", "wine", "digits")
DIRECTIONS = ("filter", "raw", "pca")


def plane(
    *,
    data: str = "breast_cancer",
    activation: str = "tanh",
    rescale: float = 1.0,
    steps: int = 200,
    seed: int = 0,
    directions: str = "filter",
    direction_seed: int = 0,
    radius: float = 1.0,
    view: str = "map",
) -> Iterator[Slice]:
    r"""Train, then evaluate :math:`L(\theta^* + \alpha d_1 + \beta d_2)` on a grid.

    Args:
        data: "breast_cancer", "wine" or "digits".
        activation: "tanh" or "relu".
        rescale: with "relu", incoming weights of every hidden neuron times c, outgoing ones by c,
            which leaves the function as it is; c in [0.1, 10]. Without meaning for "tanh".
        steps: of full-batch Adam with lr 0.02, whole number in [20, 400].
        seed: of the initial weights.
        directions: "filter" or "raw" (see `core.landscapes.directions`), or "pca", the principal
            directions of the training path.
        direction_seed: of the random directions, whole number in [0, 31].
        radius: half the side of the plane for random directions, in [0.01, 2].
        view: how the figure draws it; nothing here depends on it.

    Yields:
        Snapshots; the last one is the result.

    Raises:
        ValueError: a parameter outside its range.
    """
    choose("data", data, DATA)
    choose("activation", activation, ("tanh", "relu"))
    choose("directions", directions, DIRECTIONS)
    require("rescale", rescale, 0.1, 10)
    require("steps", steps, BLOCK, 400, integer=True)
    require("direction_seed", direction_seed, 0, REROLLS - 1, integer=True)
    require("radius", radius, 0.01, 2)
    require("seed", seed, 0, 2**31, integer=True)
    choose("view", view, ("map", "3-D"))
    c = rescale if activation == "relu" else 1.0
    yield from cut(
        data, activation, c, int(steps), int(seed), directions, int(direction_seed), radius
    )


def checks(result: Slice, *, activation: str, rescale: float, directions: str, **_) -> list[Check]:
    """OPT-08 and ANA-19 on the plane."""
    scaled = activation == "relu" and rescale != 1
    if result.progress < 1:
        return []
    middle = len(result.alpha) // 2
    singular = torch.linalg.svdvals(result.hessian)
    steepest = (result.hessian.diagonal() / result.lengths.square()).max()
    smooth = activation == "tanh"
    kinks = "" if smooth else "ReLU has kinks: differences may step across one"
    out = [
        equal(
            "OPT-08",
            "s(0, 0) = L(θ*): the middle of the plane is the trained network",
            result.surface[middle, middle],
            result.plain,
            tol=1e-9,
        ),
        equal(
            "ANA-19",
            "∂²s/∂α² = d₁ᵀ ∇²L d₁: difference of gradients = Hessian-vector product",
            result.differences[0],
            result.hessian[0, 0],
            tol=1e-5,
            applies=smooth,
            why=kinks,
        ),
        equal(
            "ANA-19",
            "κ(∇²s) = σmax/σmin",
            result.kappa,
            singular[0] / singular[-1],
            tol=1e-8,
            applies=bool(singular[-1] > 1e-12 * singular[0]),
            why="" if singular[-1] > 1e-12 * singular[0] else "∇²s is singular: κ = ∞",
        ),
        at_most(
            "ANA-19",
            "dᵢᵀ ∇²L dᵢ / ‖dᵢ‖² ≤ λmax(∇²L) for both directions",
            steepest,
            result.top,
            tol=1e-6,
        ),
    ]
    if directions != "pca":
        same = directions == "filter" or not scaled
        out.append(
            equal(
                "OPT-08",
                "max |s(α, 0) − s(α, 0) before rescaling the neurons| = 0",
                (result.surface[middle] - result.unscaled).abs().max(),
                0.0,
                applies=same,
                why="" if same else "raw directions do not follow the weights",
            )
        )
    return out


def says(
    result: Slice,
    *,
    activation: str,
    directions: str,
    rescale: float,
    direction_seed: int,
    **_,
) -> str:
    """What the plane shows and how much of it is the choice of the directions."""
    if not result.surface.numel():
        if not len(result.losses):
            return "Loading the data."
        return f"Training: loss {result.losses[-1]:.3g} after {len(result.losses)} steps."
    name = "-".join(str(size) for size in result.sizes)
    first = (
        f"The {name} network reaches loss {result.plain:.3g} and classifies "
        f"{result.accuracy:.1%} of its training data correctly. "
    )
    bend = result.hessian.diagonal().tolist()
    if directions == "pca":
        return first + (
            f"These two directions hold {result.share:.1%} of the training path; the curvature "
            f"along them is {bend[0]:.2g} and {bend[1]:.2g}, the largest there is {result.top:.2g}."
        )
    low, high = result.rerolls.min(), result.rerolls.max()
    kind = "filter-normalised" if directions == "filter" else "raw"
    spread = (
        f"Along the {kind} direction {direction_seed} the curvature is {bend[0]:.2g}; "
        f"{REROLLS} rolls of the same die give {low:.2g} to {high:.2g}: how sharp the minimum "
        f"looks is partly the direction's doing. "
    )
    if activation == "tanh" or rescale == 1 or result.progress < 1:
        return first + spread
    moved = (result.surface[len(result.alpha) // 2] - result.unscaled).abs().max()
    same = "changed by at most " if directions == "raw" else "did not change, up to rounding ("
    tail = "." if directions == "raw" else ")."
    return (
        first
        + spread
        + (
            f"Rescaling the neurons by {rescale:g} kept the function, and this cut {same}"
            f"{moved:.2g}{tail}"
        )
    )


def rolled(result: Slice) -> str:
    """What a roll of the die changes: the loss in the middle, the curvature, both, neither."""
    middle = len(result.alpha) // 2
    loss = abs(result.surface[middle, middle] - result.plain) > 1e-9
    bend = result.rerolls.max() > 1.1 * result.rerolls.min()
    return {
        (False, True): "only the curvature",
        (True, False): "only the loss in the middle",
        (True, True): "both",
        (False, False): "neither",
    }[bool(loss), bool(bend)]


def same_function(result: Slice) -> str:
    """What rescaling the neurons does to the loss of the network and to the picture."""
    loss = abs(result.plain - result.losses[-1]) > 1e-9
    cut = (result.surface[len(result.alpha) // 2] - result.unscaled).abs().max() > 1e-6
    if loss:
        return "the loss and the picture change"
    return "the loss stays, the picture changes" if cut else "the loss and the picture stay"


def in_plane(result: Slice) -> str:
    """How much of the training path the plane holds."""
    return next(
        words
        for limit, words in ((0.02, "about 1 % or less"), (0.2, "about 10 %"), (0.8, "about half"),
                             (2.0, "nearly all"))
        if result.share < limit
    )  # fmt: skip


def numbers(result: Slice) -> dict[str, float]:
    """What the explanations of the predictions quote."""
    d, h, k = result.sizes
    some = result.rerolls if len(result.rerolls) else result.hessian.diagonal()
    return {
        "loss": result.plain,
        "low": float(some.min()),
        "high": float(some.max()),
        "share": result.share,
        "parameters": d * h + h + h * k + k,
    }
