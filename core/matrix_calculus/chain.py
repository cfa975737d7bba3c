r"""What a product of Jacobians costs, forwards and backwards, and the Jacobian of softmax.

For a chain of widths d₀, …, d_L the Jacobian is J_L ⋯ J₁ with J_k of shape (d_k, d_{k−1}). Forward
mode multiplies from the right, from the input on, reverse mode from the left. A product of shapes
(r, m) and (m, c) costs r·m·c multiplications. Sources: MC-19, MC-24.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from core.check import choose, require

MODES = ("forward", "reverse")


def products(widths: Sequence[int], mode: str = "reverse") -> list[tuple[int, int, int]]:
    """(r, m, c) of every product in the order in which they are made.

    Raises:
        ValueError: fewer than two widths, a width that is no whole number from 1 on, another mode.
    """
    choose("mode", mode, MODES)
    if len(widths) < 2:
        raise ValueError(f"expected widths to be two or more, got {len(widths)}")
    for number, width in enumerate(widths):
        require(f"widths[{number}]", width, 1, 1e9, integer=True)
    d = [int(width) for width in widths]
    if mode == "forward":
        return [(d[k + 1], d[k], d[0]) for k in range(1, len(d) - 1)]
    return [(d[-1], d[k], d[k - 1]) for k in range(len(d) - 2, 0, -1)]


def chain_cost(widths: Sequence[int], batch: int = 1, mode: str = "reverse") -> int:
    """Multiplications to get the Jacobian of the whole chain for every sample of the batch.

    >>> chain_cost((1000, 64, 64, 1), 1, "forward"), chain_cost((1000, 64, 64, 1))
    (4160000, 68096)

    Raises:
        ValueError: like `products`; a batch below 1.
    """
    require("batch", batch, 1, 1e9, integer=True)
    return int(batch) * sum(r * m * c for r, m, c in products(widths, mode))


def softmax_jacobian(z: Tensor) -> Tensor:
    """diag(s) − ssᵀ with s = softmax(z), (..., K) -> (..., K, K); its own transpose."""
    s = torch.softmax(z, -1)
    return torch.diag_embed(s) - s[..., :, None] * s[..., None, :]
