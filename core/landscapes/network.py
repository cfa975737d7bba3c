r"""A plane through the loss surface of a small network trained on real data.

The loss :math:`L(\theta)` (mean cross-entropy over the whole data set) lives in a few hundred
dimensions. Two directions d₁, d₂ cut a plane out of it:
:math:`s(\alpha, \beta) = L(\theta^* + \alpha d_1 + \beta d_2)`, after Li, Xu, Taylor, Studer and
Goldstein, "Visualizing the loss landscape of neural nets", NeurIPS 2018.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, jvp, vmap

from core import nets
from core.check import Check, at_most, choose, equal, require
from core.landscapes.directions import (
    curvature,
    lanczos,
    principal,
    random_directions,
    rescaled,
)
from core.landscapes.surfaces import condition_number
from core.landscapes.training import BLOCK, WIDTH, problem, train
from core.rng import generator

DATA = ("breast_cancer", "wine", "digits")
DIRECTIONS = ("filter", "raw", "pca")
REROLLS = 32  # direction seeds 0..31
SIDES = (11, 21, 41)  # the plane, coarse to fine; odd, so that θ* is on the grid


class Slice(NamedTuple):
    """The plane through the trained weights θ*, and what Hessian-vector products say about it.

    The fields of the plane are empty until the training is over.

    Attributes:
        progress: share of the work done, in [0, 1].
        sizes: widths of the layers.
        losses: training loss before each step and at the end, shape (steps + 1,).
        accuracy: share of the training data classified correctly by θ*.
        plain: L(θ*) by an ordinary forward pass of the network.
        alpha, beta: coordinates of the grid, shape (m,); the middle one is 0.
        surface: s(α, β), shape (m, m), rows follow beta.
        unscaled: s(α, 0) of the network whose neurons were not rescaled, shape (m,).
        lengths: ‖d₁‖, ‖d₂‖, shape (2,).
        slope: ∇s(0, 0), shape (2,).
        hessian: ∇²s(0, 0), entries dᵢᵀ∇²L(θ*)dⱼ by Hessian-vector products, shape (2, 2).
        differences: ∂²s/∂α² and ∂²s/∂β² from differences of the gradient, shape (2,).
        top: largest eigenvalue of ∇²L(θ*), by Lanczos.
        kappa: condition number of `hessian`.
        path: the training path projected on the plane, shape (steps + 1, 2).
        share: share of the path's squared distance to θ* that lies in the plane.
        rerolls: d₁ᵀ∇²L d₁ for the direction seeds 0..31, shape (32,); empty for "pca".
    """

    progress: float
    sizes: tuple[int, ...]
    losses: Tensor
    accuracy: float = 0.0
    plain: float = 0.0
    alpha: Tensor = torch.zeros(0)
    beta: Tensor = torch.zeros(0)
    surface: Tensor = torch.zeros(0, 0)
    unscaled: Tensor = torch.zeros(0)
    lengths: Tensor = torch.zeros(2)
    slope: Tensor = torch.zeros(2)
    hessian: Tensor = torch.zeros(2, 2)
    differences: Tensor = torch.zeros(2)
    top: float = 0.0
    kappa: float = 1.0
    path: Tensor = torch.zeros(0, 2)
    share: float = 0.0
    rerolls: Tensor = torch.zeros(0)


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
        directions: "filter", "raw" (see `random_directions`) or "pca", the principal directions
            of the training path.
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
    yield from _plane(
        data, activation, c, int(steps), int(seed), directions, int(direction_seed), radius
    )


def _plane(
    data: str,
    activation: str,
    c: float,
    steps: int,
    seed: int,
    kind: str,
    direction_seed: int,
    radius: float,
) -> Iterator[Slice]:
    yield Slice(0.0, (), torch.zeros(0))
    net, X, y, loss = problem(data, activation, seed)
    sizes = (X.shape[1], WIDTH, int(y.max()) + 1)
    path, losses = [], []
    blocks = -(-steps // BLOCK)
    for block in range(1, blocks + 1):
        state = train(data, activation, seed, block)
        path.append(state.path)
        losses.append(state.losses)
        yield Slice(0.4 * block / blocks, sizes, torch.cat(losses).cpu())

    path = torch.cat([*path, state.theta[None]])[: steps + 1]
    origin, path = path[-1], rescaled(net, path, c)
    theta = path[-1]
    losses = torch.cat([torch.cat(losses)[:steps], loss(origin)[None]]).cpu()
    with torch.no_grad():
        parameters = nets.unflatten(net, theta)
        scores = functional_call(net, parameters, (X,))
        plain = float(nn.functional.cross_entropy(scores, y))
        accuracy = float((scores.argmax(1) == y).double().mean())

    if kind == "pca":
        d, share = principal(path)
        walk = (path - theta) @ d.T
        reach = [_round_up(1.1 * float(side.abs().max())) for side in walk.T]
    else:
        d, reach = random_directions(net, theta, kind, direction_seed), [radius, radius]
        walk = torch.linalg.lstsq(d.T, (path - theta).T).solution.T
        total = (path - theta).square().sum()
        share = float((walk @ d).square().sum() / total)
    slope = d @ grad(loss)(theta)
    Hd = curvature(loss, theta, d)
    H = (Hd @ d.T).cpu()
    H = (H + H.T) / 2
    h = 1e-4 / d.norm(dim=1, keepdim=True)
    ahead, back = vmap(grad(loss))(theta + h * d), vmap(grad(loss))(theta - h * d)
    differences = ((ahead - back) * d).sum(1) / (2 * h[:, 0])
    top = lanczos(
        lambda v: jvp(grad(loss), (theta,), (v,))[1],
        torch.randn(len(theta), generator=generator(0), dtype=theta.dtype).to(theta),
    )
    result = Slice(
        0.5,
        sizes,
        losses,
        accuracy,
        plain,
        lengths=d.norm(dim=1).cpu(),
        slope=slope.cpu(),
        hessian=H,
        differences=differences.cpu(),
        top=top,
        kappa=float(condition_number(H)),
        path=walk.cpu(),
        share=share,
    )
    yield result

    if kind != "pca":
        bent = []
        for s in range(0, REROLLS, 8):
            some = torch.stack([random_directions(net, theta, kind, s + i)[0] for i in range(8)])
            bent.append((curvature(loss, theta, some) * some).sum(1).cpu())
            yield result._replace(progress=0.5 + 0.1 * (s + 8) / REROLLS)
        result = result._replace(rerolls=torch.cat(bent))

    done, total = 0, sum(side * side for side in SIDES)
    for side in SIDES:
        alpha = torch.linspace(-1, 1, side, dtype=torch.float64)
        rows = []
        for b in alpha.tolist():
            offsets = torch.stack([reach[0] * alpha, torch.full_like(alpha, reach[1] * b)], 1)
            rows.append(_losses(loss, theta, offsets.to(theta) @ d))
            done += side
            if len(rows) % 6 == 0:
                yield result._replace(progress=0.6 + 0.4 * done / total)
        result = result._replace(
            progress=0.6 + 0.4 * done / total,
            alpha=reach[0] * alpha,
            beta=reach[1] * alpha,
            surface=torch.stack(rows),
        )
        if side < SIDES[-1]:
            yield result
    if kind != "pca":
        d = random_directions(net, origin, kind, direction_seed)
        along = (result.alpha.to(theta)[:, None]) * d[0]
        result = result._replace(unscaled=_losses(loss, origin, along))
    yield result._replace(progress=1.0)


@torch.no_grad()
def _losses(loss: Callable[[Tensor], Tensor], theta: Tensor, offsets: Tensor) -> Tensor:
    return vmap(loss)(theta + offsets).cpu()


def _round_up(value: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is at least `value`."""
    power = 10.0 ** torch.tensor(max(value, 1e-9)).log10().floor().item()
    return next(k * power for k in (1.0, 2.0, 5.0, 10.0) if k * power >= value)


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
