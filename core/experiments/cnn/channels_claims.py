"""What holds for channels and groups, and what to say about it."""

import torch
import torch.nn.functional as F

from core.check import Check, equal
from core.convolution import output_size, parameter_counts
from core.experiments.cnn.channels import Layer


def checks(run: Layer, *, m: int, n: int, c: int, p: int, q: int, K: int, **_) -> list[Check]:
    """CNN-15, CNN-33 and CNN-34 with erratum E-65, against torch."""
    (torchs,) = F.conv2d(run.x[None], run.weight, run.bias, groups=run.groups)
    k, u, v = run.output
    return [
        equal(
            "CNN-15",
            "the output looked at: b + Σ_c Σ x · w = the number that sliding left there",
            run.bias[k] + run.products.sum(),
            run.y[k, u, v],
        ),
        equal(
            "CNN-33",
            "m × n × c, K kernels p × q × c: (m − p + 1)(n − q + 1) K outputs, as torch has them",
            output_size(m, p) * output_size(n, q) * K,
            torchs.numel(),
        ),
        equal(
            "CNN-33",
            "all outputs by torch's conv2d(groups = g): max |difference|",
            (run.y - torchs).abs().max(),
            0.0,
        ),
        *_who_reads_whom(run),
        *_counts(run, m, n, c, p, q, K),
    ]


def _who_reads_whom(run: Layer) -> list[Check]:
    g, K, c = run.groups, len(run.weight), len(run.x)
    alone = run.x.clone()
    alone[run.own :] = 0  # what is left feeds the first group
    (first_group,) = F.conv2d(alone[None], run.weight, run.bias, groups=g)
    size = K // g
    p, q = run.weight.shape[2:]
    point = p == q == 1
    matrix = run.weight.new_zeros(K, c)
    if point:
        for k in range(K):
            first = k // size * run.own
            matrix[k, first : first + run.own] = run.weight[k, :, 0, 0]
    mixed = torch.einsum("kc,cij->kij", matrix, run.x) + run.bias[:, None, None]
    return [
        equal(
            "CNN-33",
            "groups never meet: with all other channels at 0 the maps of the first group stay: "
            "max |difference|",
            (first_group[:size] - run.y[:size]).abs().max(),
            0.0,
            applies=g > 1,
            why="" if g > 1 else "one group: every kernel reads every channel",
        ),
        equal(
            "CNN-33",
            "1 × 1 kernels are one K × c matrix at every pixel, y[i, j] = W x[i, j] + b: "
            "max |difference|",
            (mixed - run.y).abs().max() if point else 0.0,
            0.0,
            applies=point,
            why="" if point else f"the kernels are {p} × {q}",
        ),
    ]


def _counts(run: Layer, m: int, n: int, c: int, p: int, q: int, K: int) -> list[Check]:
    rows, columns, own = output_size(m, p), output_size(n, q), run.own
    return [
        equal(
            "CNN-34",
            "K(pq · c/g + 1) parameters, counted in torch's layer",
            K * (p * q * own + 1),
            run.parameters,
        ),
        equal(
            "CNN-34",
            "(m − p + 1)(n − q + 1) K pq · c/g multiplications, counted in torch with ones",
            rows * columns * K * p * q * own,
            run.multiplications,
        ),
        equal(
            "CNN-34",
            "the sheet's K(pq + 1) counts torch's parameters (E-65)",
            parameter_counts(m, n, c, p, q, K).cnn_printed,
            run.parameters,
            applies=own == 1,
            why="" if own == 1 else f"it forgets that a kernel reads {own} channels",
        ),
    ]


# --- words -------------------------------------------------------------------------------------


def says(run: Layer, *, c: int, p: int, q: int, K: int, groups: int, kernel: str, **_) -> str:
    """Who reads whom, and what the layer costs."""
    g, own = run.groups, run.own
    if kernel == "printed" and own > 1:
        return (
            f"Believed: {p * q} weights a kernel, {K * (p * q + 1)} in all, where torch has "
            f"{run.parameters}. Such a kernel adds its {own} channels before it looks: swap two of "
            f"them and no output changes."
        )
    if g == 1:
        who = f"Every kernel reads all {c} channels" if c > 1 else "There is one channel to read"
    elif own == 1:
        who = f"{g} groups of one channel (depthwise): every kernel reads one channel alone"
    else:
        who = f"{g} groups: every kernel reads {own} of the {c} channels"
    if g < groups:
        who += f" ({groups} groups do not fit {c} channels and {K} kernels)"
    saved = f", 1/{g} of what one group takes" if g > 1 else ""
    return f"{who}. {run.parameters} parameters; {run.multiplications} multiplications{saved}."


def fed_by(run: Layer) -> str:
    """How many channels one output map depends on."""
    return str(run.own)


def numbers_read(run: Layer) -> str:
    """How many numbers go into one output, as the options of a prediction."""
    if run.products.numel() == 1:
        return "on one number"
    return "on one number of every channel" if run.products[0].numel() == 1 else "on its neighbours"


def share_of_one_group(run: Layer) -> str:
    """Multiplications against those of the same layer with one group."""
    whole = run.multiplications * run.x.shape[0] // run.own
    return "all of them" if whole == run.multiplications else f"1/{whole // run.multiplications}"
