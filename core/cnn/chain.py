"""A layer y⁽ˡ⁾ = φ(w ∗ y⁽ˡ⁻¹⁾ + b): its gradients by autograd, and the products in them."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

PHI = {
    "identity": lambda z: z * 1,
    "relu": F.relu,
    "tanh": torch.tanh,
    "sigmoid": F.sigmoid,
}


class Autograd(NamedTuple):
    """Gradients from torch's own convolution: of w, y⁽ˡ⁻¹⁾, b, z and y⁽ˡ⁾."""

    w: Tensor
    y: Tensor
    b: Tensor
    z: Tensor
    out: Tensor


class Products(NamedTuple):
    """What one gradient entry is the sum of: δₖ times an input or a weight, for every output k.

    Attributes:
        outputs: the k.
        others: places in y (of a kernel entry) or in w (of an input entry).
        factors: (δₖ, y or w).
    """

    outputs: list[int]
    others: list[int]
    factors: list[tuple[float, float]]

    @property
    def total(self) -> float:
        """The sum of the products."""
        return sum(a * b for a, b in self.factors)

    @property
    def loud(self) -> "Products":
        """Those with δₖ ≠ 0."""
        kept = [each for each in zip(*self) if each[2][0] != 0]
        return Products(*map(list, zip(*kept))) if kept else Products([], [], [])


def slope(act: str, z: Tensor) -> Tensor:
    """φ′(z); that of relu at 0 is 0, as in torch."""
    if act == "relu":
        return (z > 0).to(z)
    if act == "tanh":
        return 1 - z.tanh().square()
    if act == "sigmoid":
        return z.sigmoid() * (1 - z.sigmoid())
    return torch.ones_like(z)


def by_autograd(y: Tensor, w: Tensor, b: float, act: str, upstream: Tensor, flip: bool) -> Autograd:
    """Gradients of R = Σ ∂R/∂y⁽ˡ⁾ₖ y⁽ˡ⁾ₖ by torch, whose layer correlates.

    Args:
        y, w, upstream: input, kernel and ∂R/∂y⁽ˡ⁾, (rows, columns) each.
    """
    leaves = [t.clone().requires_grad_() for t in (w, y, torch.tensor(b, dtype=w.dtype))]
    w, y, bias = leaves
    kernel = w.flip((0, 1)) if flip else w
    z = F.conv2d(y[None, None], kernel[None, None], bias[None])[0, 0]
    out = PHI[act](z)
    return Autograd(*torch.autograd.grad((upstream * out).sum(), [*leaves, z, out]))


def kernel_products(y: Tensor, w: Tensor, delta: Tensor, flip: bool, i: int) -> Products:
    """The products that make ∂R/∂wᵢ of a signal: δₖ times the input that wᵢ met at output k."""
    outputs, met = list(range(len(delta))), len(w) - 1 - i if flip else i
    others = [k + met for k in outputs]
    inputs = y.tolist()
    return Products(outputs, others, list(zip(delta.tolist(), [inputs[j] for j in others])))


def input_products(w: Tensor, delta: Tensor, flip: bool, j: int) -> Products:
    """The products that make ∂R/∂yⱼ of a signal: δₖ times the weight between yⱼ and output k."""
    pairs = [(j - (len(w) - 1 - i if flip else i), i) for i in range(len(w))]
    outputs, others = zip(*[(k, i) for k, i in pairs if 0 <= k < len(delta)])
    pushed, weights = delta.tolist(), w.tolist()
    factors = [(pushed[k], weights[i]) for k, i in zip(outputs, others)]
    return Products(list(outputs), list(others), factors)
