"""A layer y⁽ˡ⁾ = φ(w ∗ y⁽ˡ⁻¹⁾ + b): its gradients by autograd, and the products in them."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

PHI = {"identity": lambda z: z * 1, "relu": F.relu, "tanh": torch.tanh, "sigmoid": F.sigmoid}
SLOPE = {  # φ′(z); that of relu at 0 is 0, as in torch
    "identity": torch.ones_like,
    "relu": lambda z: (z > 0).to(z),
    "tanh": lambda z: 1 - z.tanh().square(),
    "sigmoid": lambda z: z.sigmoid() * (1 - z.sigmoid()),
}


class Autograd(NamedTuple):
    """Gradients from torch's own convolution: of w, y⁽ˡ⁻¹⁾, b, z and y⁽ˡ⁾."""

    w: Tensor
    y: Tensor
    b: Tensor
    z: Tensor
    out: Tensor


class Product(NamedTuple):
    """One of the products that a gradient entry is the sum of."""

    output: int  # k
    other: int  # place in y (of a kernel entry) or in w (of an input entry)
    delta: float  # δₖ
    factor: float  # y or w at that place


def by_autograd(y: Tensor, w: Tensor, b: float, act: str, upstream: Tensor, flip: bool) -> Autograd:
    """Gradients of R = Σ ∂R/∂y⁽ˡ⁾ₖ y⁽ˡ⁾ₖ by torch, whose layer correlates; all (rows, columns)."""
    leaves = [t.clone().requires_grad_() for t in (w, y, torch.tensor(b, dtype=w.dtype))]
    w, y, bias = leaves
    kernel = w.flip((0, 1)) if flip else w
    z = F.conv2d(y[None, None], kernel[None, None], bias[None])[0, 0]
    out = PHI[act](z)
    return Autograd(*torch.autograd.grad((upstream * out).sum(), [*leaves, z, out]))


def kernel_products(y: Tensor, w: Tensor, delta: Tensor, flip: bool, i: int) -> list[Product]:
    """The products that make ∂R/∂wᵢ of a signal: δₖ times the input that wᵢ met at output k."""
    inputs, met = y.tolist(), len(w) - 1 - i if flip else i
    return [Product(k, k + met, value, inputs[k + met]) for k, value in enumerate(delta.tolist())]


def input_products(w: Tensor, delta: Tensor, flip: bool, j: int) -> list[Product]:
    """The products that make ∂R/∂yⱼ of a signal: δₖ times the weight between yⱼ and output k."""
    pushed = delta.tolist()
    met = [(j - (len(w) - 1 - i if flip else i), i, v) for i, v in enumerate(w.tolist())]
    return [Product(k, i, pushed[k], v) for k, i, v in met if 0 <= k < len(pushed)]
