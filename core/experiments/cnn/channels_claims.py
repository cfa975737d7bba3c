"""What channels and groups claim: CNN-15, CNN-33 and CNN-34, against torch."""

import torch
import torch.nn.functional as F

from core.check import Check, equal, same
from core.convolution import output_size
from core.experiments.cnn.channels import Layer, multiplications


def checks(run: Layer, *, m: int, n: int, c: int, p: int, q: int, K: int, cell: int) -> list[Check]:
    """One sum, the whole layer, who reads whom, and the counts."""
    (torchs,) = F.conv2d(run.x[None], run.weight, run.bias, groups=run.groups)
    output = run.looked(cell).output
    total = run.bias[output[0]] + run.products(output)[1].sum()
    outputs, own = output_size(m, p) * output_size(n, q) * K, run.own
    alone = (own == 1, f"it forgets that a kernel reads {own} channels")
    outputs_told = "(m − p + 1)(n − q + 1) K outputs, as torch has them"
    product = "(m − p + 1)(n − q + 1) K pq · c/g multiplications, counted in torch with ones"
    sheet = "as printed (E-65) K(pq + 1) counts torch's parameters"
    return [
        equal(
            "CNN-15",
            "the output looked at: b + Σ x · w over all its channels = what sliding left",
            total,
            run.y[output],
        ),
        equal(
            "CNN-34", "torch has K(pq · c/g + 1) parameters", K * (p * q * own + 1), run.parameters
        ),
        same("CNN-33", "all outputs by torch's conv2d(groups = g)", run.y, torchs),
        equal("CNN-33", outputs_told, outputs, torchs.numel()),
        *_who_reads_whom(run),
        equal("CNN-34", product, outputs * p * q * own, run.multiplications),
        equal("CNN-34", sheet, run.flat, run.parameters, needs=(alone,)),
    ]


def _who_reads_whom(run: Layer) -> list[Check]:
    (K, own, p, q), groups, found = run.weight.shape, run.groups, []
    if groups > 1:
        alone = run.x.clone()
        alone[own:] = 0  # what is left feeds the first group
        (maps,) = F.conv2d(alone[None], run.weight, run.bias, groups=groups)
        claim = "groups never meet: with all other channels at 0 the maps of the first group stay"
        found.append(same("CNN-33", claim, maps[: K // groups], run.y[: K // groups]))
    if p == q == 1:
        claim = "1 × 1 kernels are one K × c matrix at every pixel, y[i, j] = W x[i, j] + b"
        matrix = torch.block_diag(*run.weight[..., 0, 0].split(K // groups))
        mixed = torch.einsum("kc,cij->kij", matrix, run.x) + run.bias[:, None, None]
        found.append(same("CNN-33", claim, mixed, run.y))
    return found


def says(run: Layer, *, c: int, p: int, q: int, K: int, groups: int, kernel: str) -> str:
    """Who reads whom, and what the layer costs."""
    g, own = run.groups, run.own
    if kernel == "flat" and own > 1:
        weights = f"{p * q} weight" + "s" * (p * q > 1)
        return (
            f"Believed: {weights} a kernel, {run.flat} parameters in all, where torch has "
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
        who += f" ({groups} groups do not fit c = {c} and K = {K})"
    saved = f", 1/{g} of what one group takes" if g > 1 else ""
    return f"{who}. {run.parameters} parameters; {run.multiplications} multiplications{saved}."


def _left(run: Layer, m: int, n: int, c: int, p: int, q: int, K: int) -> float:
    """Multiplications against those of the same layer with one group."""
    return run.multiplications / multiplications(m, n, c, p, q, K, 1)


def _read(run: Layer, p: int, q: int) -> str:
    return "neighbours" if p * q > 1 else "one" if run.own == 1 else "channels"


answers = {
    "sheet": lambda run, kernel: run.flat if kernel == "flat" else run.parameters,
    "depthwise": _left,
    "pixel": _read,
}
