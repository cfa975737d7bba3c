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
    net, mine, z = run.net, slopes(run, unit), run.z
    inputs = [each.clone().requires_grad_() for each in (run.levels[0], net.bias1, net.bias2)]
    levels = _by_torch(net, *inputs)
    exact, *by_bias = torch.autograd.grad(
        levels[unit.level][unit[1:]], inputs, allow_unused=True, materialize_grads=True
    )
    top, left, bottom, right = field(unit)
    outside = exact[0].clone()
    outside[top : bottom + 1, left : right + 1] = 0
    sums = (None, run.sums[0], None, run.sums[1], None, run.levels[5])[unit.level]
    summed = (sums is not None, f"{NAMES[unit.level]} sums no products")
    linked = made.total, sums[unit[1:]] if sums is not None else made.total
    flat = [torch.cat([each.detach().flatten() for each in one]) for one in (run.levels, levels)]
    convolved = layer(run.levels[0], net.conv1.flip(-2, -1), net.bias1, mode="same", flip=True)
    rows, deltas = pool(pool(run.levels[3], (1, 2)), (2, 1)), [it.sum((1, 2)) for it in mine[1:]]
    softened = float(run.p.sum()), float(run.p @ z)
    opened = "the opened unit: bias + Σ window · weights = what the sliding layer computed"
    turned = "correlation with w = convolution with w turned by 180°, all of conv₁"
    twice = "the maximum of 2 × 2 = the maximum of two rows' maxima, all of pool₂"
    softmax = "softmax weights are 1 in sum, and Σ p z = the softmax pooling of the logits, β = 1"
    back = "∂(opened unit)/∂pixel: δ ∗ rot180(w) layer by layer = autograd"
    biases = "∂(opened unit)/∂b = Σ δ over the map, δ ⊙ ReLU′ = autograd, in all twelve maps"
    return [
        equal("CNN-15", opened, *linked, needs=(summed,)),
        same("CNN-15", turned, convolved, run.sums[0]),
        same("CNN-33", "all six levels by torch's conv2d, max pooling and linear", *flat, tol=1e-6),
        same("CNN-31", twice, rows, run.levels[4]),
        same("CNN-29", softmax, softened, (1.0, float(pool(z, 10, kind="softmax", beta=1.0)))),
        same("CNN-26", back, mine.image, exact[0]),
        same("CNN-27", biases, torch.cat(deltas), torch.cat(by_bias)),
        same("CNN-23", "no pixel outside the field of the opened unit changes it", outside, 0.0),
    ]


def _by_torch(net: Net, image: Tensor, bias1: Tensor, bias2: Tensor) -> list[Tensor]:
    """The six levels by conv2d, max_pool2d and linear."""
    first = F.relu(decimal(F.conv2d(image, net.conv1, bias1, padding=1)))
    pool1 = F.max_pool2d(first, 2)
    second = F.relu(decimal(F.conv2d(pool1, net.conv2, bias2, padding=1)))
    pool2 = F.max_pool2d(second, 2)
    z = F.linear(pool2.flatten(), net.linear, net.bias3)
    return [image, first, pool1, second, pool2, z.view(10, 1, 1)]


def says(run: Numbers, *, source: str, digit: int, dx: int, dy: int, kernels: str) -> str:
    """What the network reads, how sure it is, and how well it does on all held-out digits."""
    (guess, second), true = run.p.topk(2).indices.tolist(), label(source, digit)
    sure, shown = f"{guess} ({percent(run.p[guess])})", f"held-out digit {digit} is a {true}"
    if source == "drawing":
        first = f"The network reads your drawing as {sure}; next comes {second} "
        first += f"({percent(run.p[second])})."
    elif guess == true:
        first = f"Right: {shown}, and the network says {sure}."
    else:
        first = f"Wrong: {shown} ({percent(run.p[true])}), and the network says {sure}."
    how = "moved like this" if dx or dy else "untouched"
    if kernels == "turned":
        how = "with every kernel turned by 180°" + (", " + how) * bool(dx or dy)
    read = f"it reads {100 * share(dx, dy, kernels):.1f} % of the {HELD_OUT} held-out digits right."
    return f"{first} {how[0].upper() + how[1:]}, {read}"


def percent(p: float) -> str:
    """One decimal, without a 0 or a 1 that softmax never reaches."""
    if 0.001 <= p <= 0.999:
        return f"{100 * p:.1f} %"
    return "> 99.9 %" if p > 0.5 else "< 0.1 %"


def _share(run: Numbers, dx: int, dy: int, kernels: str) -> tuple[float, dict[str, float]]:
    right = share(dx, dy, kernels)
    return right, {"right": 100 * right}


answers = {
    "moved": _share,
    "turned": _share,
    "field": lambda run, cell, level: pixels(look(run, cell, level).unit),
}
