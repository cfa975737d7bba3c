"""Small neural networks whose weights come from an explicit generator."""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from core.check import choose, require

ACTIVATIONS = {"tanh": nn.Tanh, "relu": nn.ReLU, "silu": nn.SiLU}


def mlp(
    sizes: Sequence[int],
    *,
    activation: str = "tanh",
    generator: torch.Generator,
    dtype: torch.dtype = torch.float32,
) -> nn.Sequential:
    r"""The network :math:`x \mapsto W_n\,a(\cdots a(W_1x + b_1)\cdots) + b_n`.

    Weights are uniform with variance gain²/fan_in (gain² = 2 for ReLU and SiLU, 1 for tanh: He et
    al. 2015, LeCun et al. 1998), biases are 0. The last layer has gain 1.

    Args:
        sizes: widths from input to output, at least two.
        activation: a key of `ACTIVATIONS`, applied after every layer but the last.
        generator: source of the weights; its device is the network's.
        dtype: float64 where a theorem is checked to 1e-6.

    Raises:
        ValueError: unknown activation, fewer than two sizes, or a size below 1.
    """
    choose("activation", activation, tuple(ACTIVATIONS))
    if len(sizes) < 2:
        raise ValueError(f"expected at least two sizes, input and output, got {tuple(sizes)}")
    for size in sizes:
        require("size", size, 1, 100_000, integer=True)
    layers: list[nn.Module] = []
    for i, (fan_in, fan_out) in enumerate(pairwise(sizes)):
        last = i == len(sizes) - 2
        linear = nn.utils.skip_init(
            nn.Linear, fan_in, fan_out, device=generator.device, dtype=dtype
        )
        gain = 1.0 if last or activation == "tanh" else math.sqrt(2)
        bound = gain * math.sqrt(3 / fan_in)  # uniform on [-b, b] has variance b²/3
        nn.init.uniform_(linear.weight, -bound, bound, generator=generator)
        nn.init.zeros_(linear.bias)
        layers += [linear] if last else [linear, ACTIVATIONS[activation]()]
    return nn.Sequential(*layers)


def flatten(net: nn.Module) -> Tensor:
    """All parameters of `net` as one detached vector θ, in the order of `named_parameters`."""
    return torch.cat([p.detach().reshape(-1) for p in net.parameters()])


def unflatten(net: nn.Module, theta: Tensor) -> dict[str, Tensor]:
    """The vector θ, shape (P,), as named parameters: views for `torch.func.functional_call`.

    Raises:
        ValueError: θ does not have as many entries as `net` has parameters.
    """
    shapes = {name: p.shape for name, p in net.named_parameters()}
    total = sum(shape.numel() for shape in shapes.values())
    if theta.shape != (total,):
        raise ValueError(f"expected theta of shape ({total},), got {tuple(theta.shape)}")
    parts = theta.split([shape.numel() for shape in shapes.values()])
    return {name: part.view(shape) for (name, shape), part in zip(shapes.items(), parts)}
