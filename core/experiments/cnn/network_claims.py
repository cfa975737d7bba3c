"""What holds in the network on one image, and what it says, in words."""

from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.check import Check, equal
from core.cnn.layer import decimal, layer
from core.cnn.plan import NAMES, SIZES, Unit
from core.convolution import output_size, parameter_counts, pool
from core.experiments.cnn.network import HELD_OUT, Reading, slopes


def checks(run: Reading, **_) -> list[Check]:
    """CNN-15, 19, 23, 26, 27, 29, 31, 33 and 34 on this image, against torch and autograd."""
    image = run.levels[0].clone().requires_grad_()
    biases = run.net.bias1.clone().requires_grad_(), run.net.bias2.clone().requires_grad_()
    levels = _by_torch(run, image, *biases)
    return [
        *_forward(run, levels),
        *_pooling(run),
        *_backward(run, levels, image, biases),
        equal(
            "CNN-34",
            "K(pqc + 1) numbers in each conv layer and 10 · (32 + 1) at the end, counted in torch",
            parameter_counts(10, 10, 1, 3, 3, 4).cnn
            + parameter_counts(6, 6, 4, 3, 3, 8).cnn
            + 10 * (32 + 1),
            _counted(),
        ),
    ]


def _by_torch(run: Reading, image: Tensor, bias1: Tensor, bias2: Tensor) -> list[Tensor]:
    """The six levels by conv2d, max_pool2d and linear, each (1, channels, rows, columns)."""
    net = run.net
    first = F.relu(decimal(F.conv2d(image[None], net.conv1, bias1, padding=1)))
    pool1 = F.max_pool2d(first, 2)
    second = F.relu(decimal(F.conv2d(pool1, net.conv2, bias2, padding=1)))
    pool2 = F.max_pool2d(second, 2)
    z = F.linear(pool2.flatten(1), net.linear, net.bias3)
    return [image[None], first, pool1, second, pool2, z[..., None, None]]


@cache
def _counted() -> int:
    parts = (
        nn.Conv2d(1, 4, 3, padding=1, device="meta"),
        nn.Conv2d(4, 8, 3, padding=1, device="meta"),
        nn.Linear(32, 10, device="meta"),
    )
    return sum(p.numel() for part in parts for p in part.parameters())


def _far(a: Tensor, b: Tensor) -> float:
    return float((a - b).detach().abs().max())


def _forward(run: Reading, levels: list[Tensor]) -> list[Check]:
    sums = (None, run.sums[0], None, run.sums[1], None, run.levels[5])[run.opened.level]
    summed = sums is not None
    _, k, i, j = run.opened
    turned = layer(run.levels[0], run.net.conv1.flip(-2, -1), run.net.bias1, mode="same", flip=True)
    size = output_size(8, 3, padding=1)
    return [
        equal(
            "CNN-15",
            "the opened unit: bias + Σ window · weights = what the sliding layer computed",
            run.terms.total,
            sums[k, i, j] if summed else run.terms.value,
            applies=summed,
            why="" if summed else f"{NAMES[run.opened.level]} sums no products",
        ),
        equal(
            "CNN-15",
            "correlation with w = convolution with w turned by 180°: max |difference| on conv₁",
            _far(turned, run.sums[0]),
            0.0,
        ),
        equal(
            "CNN-19",
            "3 × 3 kernels with padding (3 − 1)/2 = 1 keep 8 rows: ⌊(8 + 2 − 3)/1⌋ + 1",
            size,
            levels[1].shape[-1],
        ),
        equal(
            "CNN-33",
            "the numbers in conv₁: rows · columns · K = 8 · 8 · 4, as torch has them",
            size * size * SIZES[1][0],
            levels[1].numel(),
        ),
        equal(
            "CNN-33",
            "all six levels by torch's conv2d, max_pool2d and linear: max |difference|",
            max(_far(mine, torchs[0]) for mine, torchs in zip(run.levels, levels)),
            0.0,
            tol=1e-5,
        ),
    ]


def _pooling(run: Reading) -> list[Check]:
    rows_after_columns = pool(pool(run.levels[3], (1, 2)), (2, 1))
    z = run.levels[5].flatten()
    return [
        equal(
            "CNN-31",
            "the maximum of 2 × 2 = the maximum of two rows' maxima: max |difference| on pool₂",
            _far(rows_after_columns, run.levels[4]),
            0.0,
        ),
        equal(
            "CNN-29",
            "softmax weights are 1 in sum: Σ p",
            run.p.sum(),
            1.0,
        ),
        equal(
            "CNN-29",
            "Σ p z = the softmax pooling of the ten logits with β = 1",
            run.p @ z,
            pool(z, 10, kind="softmax", beta=1.0),
        ),
    ]


def _backward(run: Reading, levels: list[Tensor], image: Tensor, biases) -> list[Check]:
    logit = Unit(5, run.guess, 0, 0)
    mine = slopes(run, logit)
    exact = torch.autograd.grad(levels[5][0, run.guess, 0, 0], (image, *biases), retain_graph=True)
    level, k, i, j = run.opened
    (slope,) = torch.autograd.grad(levels[level][0, k, i, j], image)
    top, left, bottom, right = run.field
    outside = slope[0].clone()
    outside[top : bottom + 1, left : right + 1] = 0
    by_bias = [delta.sum((1, 2)) for delta in (mine.first, mine.second)]
    return [
        equal(
            "CNN-26",
            f"∂z/∂pixel of the logit of {run.guess}: δ ∗ rot180(w) layer by layer = autograd: "
            "max |difference|",
            _far(mine.image, exact[0][0]),
            0.0,
        ),
        equal(
            "CNN-26",
            "∂(opened unit)/∂pixel, the same way: max |difference| to autograd",
            _far(run.slope, slope[0]),
            0.0,
        ),
        equal(
            "CNN-27",
            f"∂z/∂b = Σ δ over the map, δ ⊙ ReLU′, for the logit of {run.guess}: max |difference| "
            "to autograd in all twelve maps",
            max(_far(a, b) for a, b in zip(by_bias, exact[1:])),
            0.0,
        ),
        equal(
            "CNN-23",
            "no pixel outside the field of the opened unit changes it: max |autograd| there",
            outside.abs().max(),
            0.0,
        ),
    ]


# --- words -------------------------------------------------------------------------------------


def says(
    run: Reading,
    *,
    source: str,
    digit: int,
    dx: int,
    dy: int,
    noise: float,
    kernels: str,
    **_,
) -> str:
    """What the network reads, how sure it is, and how well it does on all held-out digits."""
    p, guess = run.p.tolist(), run.guess
    if source == "drawing":
        next_best = int(run.p.topk(2).indices[1])
        first = (
            f"The network reads your drawing as {guess} ({percent(p[guess])}); "
            f"next comes {next_best} ({percent(p[next_best])})."
        )
    elif guess == run.label:
        first = (
            f"Right: held-out digit {digit} is a {guess}, and so it is read ({percent(p[guess])})."
        )
    else:
        first = (
            f"Wrong: held-out digit {digit} is a {run.label} ({percent(p[run.label])}), "
            f"and the network says {guess} ({percent(p[guess])})."
        )
    changes = [
        words
        for words, done in (
            ("moved like this", dx or dy),
            ("as noisy as this", noise),
            ("with every kernel turned by 180°", kernels == "turned"),
        )
        if done
    ]
    how = ", ".join(changes)
    share = f"it reads {run.right:.1%} of the {HELD_OUT} held-out digits right"
    return f"{first} {how[:1].upper() + how[1:] + ', ' if how else 'Untouched, '}{share}."


def percent(p: float) -> str:
    """One decimal, without a 0 or a 1 that softmax never reaches."""
    if 0.001 <= p <= 0.999:
        return f"{p:.1%}"
    return "> 99.9%" if p > 0.5 else "< 0.1%"


def unit_in_words(unit: Unit) -> str:
    """Level, map and place of a unit."""
    if unit.level == 0:
        return f"pixel [{unit.row}, {unit.column}]"
    if unit.level == 5:
        return f"logit of {unit.channel}"
    return f"{NAMES[unit.level]}, map {unit.channel} [{unit.row}, {unit.column}]"


def seen(run: Reading) -> int:
    """How many pixels can change the opened unit."""
    top, left, bottom, right = run.field
    return (bottom - top + 1) * (right - left + 1)


def share_in_words(run: Reading) -> str:
    """The share of held-out digits read right, as the options of predictions."""
    limits = ((0.2, "about 10 %"), (0.75, "about 60 %"), (0.94, "about 90 %"))
    return next((words for limit, words in limits if run.right < limit), "still 98 %")


def certainty_in_words(run: Reading) -> str:
    """How sure the network is of its answer."""
    top = float(run.p.max())
    if top < 0.12:
        return "10 % for every digit"
    return "one digit, with about a quarter" if top < 0.6 else "one digit, nearly certain"
