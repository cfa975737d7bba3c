"""Gradients of a convolution layer as convolutions (CNN-24 to CNN-27)."""

from torch import Tensor

from core.convolution import operator
from core.convolution.operator import Steps, convolve, per_axis


def backward(
    grad_output: Tensor,
    x: Tensor,
    h: Tensor,
    mode: str | None = None,
    flip: bool = True,
    stride: Steps = 1,
    dilation: Steps = 1,
    boundary: str = "zero",
) -> tuple[Tensor, Tensor]:
    """∂R/∂x = δ ∗ rot180(h) and ∂R/∂h = δ ∗ rot180(x), cut to size, for δ = ∂R/∂(h ∗ x).

    For the correlation layer (flip False) ∂R/∂x = δ ∗ h and ∂R/∂h = δ ⋆ x, no rotation. A stride
    puts zeros between the entries of δ, a dilation between those of h.

    Args:
        grad_output: δ, shape of `convolve(x, h, mode, ...)`.
        x, h, mode, flip, stride, dilation, boundary: as in `convolve`; mode None is full or valid,
            whichever fits the shape of δ.

    Returns:
        Gradients of x and of h in their shapes; that of h is summed over leading dimensions.

    Raises:
        ValueError: as `convolve`, and δ of another shape than the output.
    """
    operator.check_tensor("grad_output", grad_output)
    operator.check_pair(x, h)
    axes = tuple(range(-h.ndim, 0))
    stride, dilation = per_axis("stride", stride, h.ndim), per_axis("dilation", dilation, h.ndim)
    leading, lengths = x.shape[: -h.ndim], x.shape[-h.ndim :]
    layer, got = (flip, stride, dilation, boundary), tuple(grad_output.shape)

    def outputs(mode: str) -> tuple[int, ...]:
        return (*leading, *map(len, operator.windows(lengths, h.shape, mode, *layer)))

    if mode is None:
        mode = "full" if got == outputs("full") else "valid"
    if got != outputs(mode):
        raise ValueError(f"expected grad_output of shape {outputs(mode)}, got {got}")
    margins = operator.reach(lengths, h.shape, mode, *layer)
    boundary = "circular" if mode == "circular" else boundary
    window, p = h.flip(axes) if flip else h, operator.extend(x, margins, boundary)
    signals = zip(p.reshape(-1, *p.shape[-h.ndim :]), grad_output.reshape(-1, *got[-h.ndim :]))
    grad_window = sum(
        convolve(extended, delta, "valid", flip=False, stride=dilation, dilation=stride)
        for extended, delta in signals
    )[tuple(map(slice, h.shape))]
    grad_h = grad_window.flip(axes) if flip else grad_window
    # δ with stride − 1 zeros between neighbouring entries
    lengthened = (s * (u - 1) + 1 for s, u in zip(stride, got[-h.ndim :]))
    spread = grad_output.new_zeros(*leading, *lengthened)
    spread[(..., *(slice(None, None, s) for s in stride))] = grad_output
    grad_x = convolve(spread, window, "full", dilation=dilation)
    for axis, n, (before, after) in zip(axes, lengths, margins):
        reads = operator.source(n, before, after, boundary)[: grad_x.shape[axis]].to(x.device)
        inside, shape = (reads >= 0).nonzero().flatten(), list(grad_x.shape)
        shape[axis] = n
        parts = grad_x.index_select(axis, inside)
        grad_x = x.new_zeros(shape).index_add(axis, reads[inside], parts)
    return grad_x, grad_h
