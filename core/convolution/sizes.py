"""Lengths, unseen inputs and receptive fields of windowed layers, by counting."""

import torch
from torch import Tensor

from core.check import require


def span(k: int, dilation: int = 1) -> int:
    """dilation (k − 1) + 1, the number of inputs from the first to the last of a window."""
    return dilation * (k - 1) + 1


def output_size(n: int, k: int, padding: int = 0, stride: int = 1, dilation: int = 1) -> int:
    """⌊(n + 2 padding − dilation (k − 1) − 1) / stride⌋ + 1, the windows that fit (CNN-18).

    `padding` entries are added on each side; refuses a spread kernel longer than n + 2 padding.
    """
    _require_layer(k, stride, dilation)
    require("n", n, 1, integer=True)
    require("padding", padding, 0, integer=True)
    padded, reach = n + 2 * padding, span(k, dilation)
    if reach > padded:
        got = f"{reach} (dilation {dilation})" if dilation > 1 else f"{reach}"
        raise ValueError(f"expected k to span at most n + 2 padding = {padded} entries, got {got}")
    return (padded - reach) // stride + 1


def kept(n: int, k: int, mode: str, flip: bool = True, stride: int = 1) -> Tensor:
    """Which outputs of the full convolution a mode and a stride leave, (n + k − 1,) bool.

    Of mode circular, which of its n outputs. k is the length of the spread kernel.
    """
    first, count = {
        "full": (0, n + k - 1),
        "same": ((k - 1) // 2 if flip else k // 2, n),
        "valid": (k - 1, n - k + 1),
        "circular": (0, n),
        "causal": (0, n),
    }[mode]
    u = torch.arange(n if mode == "circular" else n + k - 1) - first
    return (u >= 0) & (u < count) & (u % stride == 0)


def used_inputs(n: int, k: int, padding: int = 0, stride: int = 1, dilation: int = 1) -> Tensor:
    """Which of the n inputs lie under a kernel entry of some window, (n,) bool (CNN-32)."""
    windows = torch.arange(output_size(n, k, padding, stride, dilation))
    seen = (stride * windows[:, None] + dilation * torch.arange(k) - padding).flatten()
    used = torch.zeros(n, dtype=torch.bool)
    used[seen[(seen >= 0) & (seen < n)]] = True
    return used


def receptive_field(layers: list[tuple[int, int] | tuple[int, int, int]]) -> int:
    """1 + Σ_l d_l (k_l − 1) Π_{i<l} s_i, inputs seen by one unit above all layers (CNN-22).

    The layers, pooling too, are (k, s) or (k, s, d) from the input upwards: kernel, stride,
    dilation, whole numbers ≥ 1.
    """
    field, jump = 1, 1
    for layer in layers:
        if len(layer) not in (2, 3):
            raise ValueError(f"expected layers of (k, s) or (k, s, d), got {tuple(layer)}")
        k, stride, dilation = (*layer, 1)[:3]
        _require_layer(k, stride, dilation)
        field += (span(k, dilation) - 1) * jump
        jump *= stride
    return field


def _require_layer(k: int, stride: int, dilation: int) -> None:
    for name, value in (("k", k), ("stride", stride), ("dilation", dilation)):
        require(name, value, 1, integer=True)
