"""What holds in the network on one image, against torch and autograd, and what it says."""

import torch
import torch.nn.functional as F
from torch import Tensor

from core.check import Check, equal, same
from core.cnn.anatomy import Numbers, field, pixels, slopes
from core.cnn.layer import decimal, layer
from core.cnn.plan import NAMES
from core.cnn.training import Net
from core.convolution import pool
from core.experiments.cnn.network import HELD_OUT, label, look, share


def checks(run: Numbers, *, cell: int, level: int) -> list[Check]:
    """Eight on this image and on the opened unit."""
    unit, made = look(run, cell, level)[1:]
    image = run.levels[0].clone().requires_grad_()
    biases = run.net.bias1.clone().requires_grad_(), run.net.bias2.clone().requires_grad_()
    levels = _by_torch(run.net, image, *biases)
    return [*_forward(run, levels, unit, made.total), *_backward(run, levels, unit, image, biases)]


def _by_torch(net: Net, image: Tensor, bias1: Tensor, bias2: Tensor) -> list[Tensor]:
    """The six levels by conv2d, max_pool2d and linear."""
    first = F.relu(decimal(F.conv2d(image[None], net.conv1, bias1, padding=1)))
    pool1 = F.max_pool2d(first, 2)
    second = F.relu(decimal(F.conv2d(pool1, net.conv2, bias2, padding=1)))
    pool2 = F.max_pool2d(second, 2)
    z = F.linear(pool2.flatten(1), net.linear, net.bias3)
    return [image, first[0], pool1[0], second[0], pool2[0], z.view(10, 1, 1)]


def _forward(run: Numbers, levels: list[Tensor], unit, total: float) -> list[Check]:
    sums = (None, run.sums[0], None, run.sums[1], None, run.levels[5])[unit.level]
    summed = sums is not None
    flipped = run.net.conv1.flip(-2, -1)
    p, z = run.p, run.z
    return [
        equal(
            "CNN-15",
            "the opened unit: bias + Σ window · weights = what the sliding layer computed",
            total,
            sums[unit[1:]] if summed else total,
            needs=((summed, f"{NAMES[unit.level]} sums no products"),),
        ),
        same(
            "CNN-15",
            "correlation with w = convolution with w turned by 180°: max |difference| on conv₁",
            layer(run.levels[0], flipped, run.net.bias1, mode="same", flip=True),
            run.sums[0],
        ),
        same(
            "CNN-33",
            "all six levels by torch's conv2d, max_pool2d and linear: max |difference|",
            torch.cat([mine.flatten() for mine in run.levels]),
            torch.cat([torchs.detach().flatten() for torchs in levels]),
            tol=1e-6,
        ),
        same(
            "CNN-31",
            "the maximum of 2 × 2 = the maximum of two rows' maxima: max |difference| on pool₂",
            pool(pool(run.levels[3], (1, 2)), (2, 1)),
            run.levels[4],
        ),
        same(
            "CNN-29",
            "softmax weights are 1 in sum, and Σ p z = the softmax pooling of the ten logits with "
            "β = 1: max |difference|",
            (float(p.sum()), float(p @ z)),
            (1.0, float(pool(z, 10, kind="softmax", beta=1.0))),
        ),
    ]


def _backward(run: Numbers, levels: list[Tensor], unit, image: Tensor, biases) -> list[Check]:
    mine, (top, left, bottom, right) = slopes(run, unit), field(unit)
    exact, *by_bias = torch.autograd.grad(
        levels[unit.level][unit[1:]], (image, *biases), allow_unused=True, materialize_grads=True
    )
    outside = exact[0].clone()
    outside[top : bottom + 1, left : right + 1] = 0
    return [
        same(
            "CNN-26",
            "∂(opened unit)/∂pixel: δ ∗ rot180(w) layer by layer = autograd: max |difference|",
            mine.image,
            exact[0],
        ),
        same(
            "CNN-27",
            "∂(opened unit)/∂b = Σ δ over the map, δ ⊙ ReLU′: max |difference| to autograd in all "
            "twelve maps",
            torch.cat([delta.sum((1, 2)) for delta in mine[1:]]),
            torch.cat(by_bias),
        ),
        same(
            "CNN-23",
            "no pixel outside the field of the opened unit changes it: max |autograd| there",
            outside,
            0.0,
        ),
    ]


def says(
    run: Numbers,
    *,
    source: str,
    digit: int,
    dx: int,
    dy: int,
    noise: float,
    seed: int,
    kernels: str,
) -> str:
    """What the network reads, how sure it is, and how well it does on all held-out digits."""
    p, guess, true = run.p.tolist(), run.guess, label(source, digit)
    if source == "drawing":
        next_best = int(run.p.topk(2).indices[1])
        first = (
            f"The network reads your drawing as {guess} ({percent(p[guess])}); "
            f"next comes {next_best} ({percent(p[next_best])})."
        )
    elif guess == true:
        first = (
            f"Right: held-out digit {digit} is a {guess}, and so it is read ({percent(p[true])})."
        )
    else:
        first = (
            f"Wrong: held-out digit {digit} is a {true} ({percent(p[true])}), "
            f"and the network says {guess} ({percent(p[guess])})."
        )
    changes = (
        ("moved like this", dx or dy),
        ("as noisy as this", noise),
        ("with every kernel turned by 180°", kernels == "turned"),
    )
    how = ", ".join(words for words, done in changes if done) or "untouched"
    read = f"it reads {share(dx, dy, noise, seed, kernels):.1%} of the {HELD_OUT} held-out digits"
    return f"{first} {how[0].upper() + how[1:]}, {read} right."


def percent(p: float) -> str:
    """One decimal, without a 0 or a 1 that softmax never reaches."""
    if 0.001 <= p <= 0.999:
        return f"{p:.1%}"
    return "> 99.9%" if p > 0.5 else "< 0.1%"


def _share(run: Numbers, dx: int, dy: int, noise: float, seed: int, kernels: str):
    right = share(dx, dy, noise, seed, kernels)
    return right, {"right": right}


answers = {
    "moved": _share,
    "turned": _share,
    "field": lambda run, cell, level: pixels(look(run, cell, level).unit),
}
