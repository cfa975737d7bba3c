"""The checks of the picture filter: each side of an identity by its own route."""

import torch
from torch import Tensor

from core.check import Check, equal
from core.convolution import kernels
from core.convolution.operator import convolve
from core.experiments.convolution.filter import Filtered


def checks(
    run: Filtered, *, boundary: str, stride: int, dilation: int, look: str, **_
) -> list[Check]:
    """CNN-15, CNN-16 and CNN-28 on this picture, with errata E-54 and E-55 in words."""
    h, patch = _spread(run.kernel, dilation), run.patch
    turned = torch.rot90(h, 2)
    convolved = convolve(patch, h, "full")
    correlated = convolve(patch, h, "full", flip=False)
    return [
        *_sums(run, look, patch, h, convolved),
        *_factors(run, patch, h, convolved),
        _mean(run, boundary, stride),
        *_correlation(patch, h, turned, convolved, correlated),
        equal(
            "CNN-28",
            "rot180(f ∗ h) = rot180 f ∗ rot180 h on a piece of the picture: largest difference",
            _gap(torch.rot90(convolved, 2), convolve(torch.rot90(patch, 2), turned, "full")),
            0.0,
            tol=_tolerance(h),
        ),
        equal(
            "CNN-28",
            "rot180 is a flip of both axes, and twice it is nothing: largest difference on h",
            max(_gap(turned, h.flip(0, 1)), _gap(torch.rot90(turned, 2), h)),
            0.0,
        ),
    ]


def _sums(run: Filtered, look: str, patch: Tensor, h: Tensor, convolved: Tensor) -> list[Check]:
    applies = run.inside and look != "input"
    why = "no output pixel is pointed at" if run.inside else "the pixel pointed at does not exist"
    return [
        equal(
            "CNN-15",
            "the output pixel is the sum of the products written out: as filtered, as added up",
            run.value if applies else 0.0,
            float(run.products.sum()) if applies else 0.0,
            tol=2e-6 * max(1.0, float(h.abs().sum())),
            applies=applies,
            why="" if applies else why,
        ),
        equal(
            "CNN-15",
            "Σ over t ∈ ℤ² of f[t] h[u − t] is the sum of one shifted copy of f per weight: "
            "largest difference on a piece of the picture",
            _gap(convolved, _stamped(patch, h)),
            0.0,
            tol=_tolerance(h),
            why="E-54: the sheet prints ℝᵈ, but a sum runs over whole pixels, and f[t] is a sample",
        ),
    ]


def _factors(run: Filtered, patch: Tensor, h: Tensor, convolved: Tensor) -> list[Check]:
    separable = run.factors.rank <= 1
    why = "" if separable else f"needs a kernel of rank 1, this one has rank {run.factors.rank}"
    column, row = kernels.factors(h)[2:4]
    return [
        equal(
            "CNN-15",
            "a separable kernel is the outer product of its two factors: largest difference",
            _gap(run.factors.product, run.kernel),
            0.0,
            tol=1e-6 * max(1.0, float(h.abs().max())),
            applies=separable,
            why=why,
        ),
        equal(
            "CNN-15",
            "two one-dimensional passes give what the table gives: largest difference",
            _gap(convolve(convolve(patch, column[:, None]), row[None]), convolved),
            0.0,
            tol=1e-6 * max(1.0, float(h.abs().sum())),
            applies=separable,
            why=why,
        ),
    ]


def _mean(run: Filtered, boundary: str, stride: int) -> Check:
    total = float(run.kernel.sum())
    applies = boundary == "circular" and stride == 1
    why = (
        f"needs the circular boundary, here {boundary}: pixels at a border count too little or "
        "too much"
        if boundary != "circular"
        else f"needs every output pixel, here every {stride}-th"
    )
    return equal(
        "CNN-15",
        "the mean of the picture is multiplied by Σh, so a blur of sum 1 keeps it",
        run.mean_out,
        total * run.mean_in,
        tol=2e-6 * max(1.0, float(run.kernel.abs().sum())),
        applies=applies,
        why="" if applies else why,
    )


def _correlation(
    patch: Tensor, h: Tensor, turned: Tensor, convolved: Tensor, correlated: Tensor
) -> list[Check]:
    even, odd = _gap(h, turned) == 0, _gap(h, -turned) == 0
    sign = -1 if odd and not even else 1
    return [
        equal(
            "CNN-16",
            "h ⋆ f = h̄ ∗ f with h̄[t] = h[−t], h̄ ∗ f added up from shifted copies: largest "
            "difference on a piece of the picture",
            _gap(correlated, _stamped(patch, turned)),
            0.0,
            tol=_tolerance(h),
            why="E-55: the sheet prints ∗ for both and says that correlation flips; the "
            "convolution does, in h[u − t]",
        ),
        equal(
            "CNN-16",
            "(h ⋆ f)[u] = (f ⋆ h)[−u]: exchanging the two turns the result: largest difference",
            _gap(correlated, torch.rot90(convolve(h, patch, "full", flip=False), 2)),
            0.0,
            tol=_tolerance(h),
        ),
        equal(
            "CNN-16",
            "convolution and correlation agree if h[−t] = h[t] and are opposite if h[−t] = −h[t]: "
            "largest difference",
            _gap(convolved, sign * correlated),
            0.0,
            tol=_tolerance(h),
            applies=even or odd,
            why="" if even or odd else "this kernel is neither symmetric nor antisymmetric",
        ),
    ]


def _spread(kernel: Tensor, dilation: int) -> Tensor:
    """The kernel with dilation − 1 zeros between its weights."""
    rows, columns = kernel.shape
    wide = kernel.new_zeros(dilation * (rows - 1) + 1, dilation * (columns - 1) + 1)
    wide[::dilation, ::dilation] = kernel
    return wide


def _stamped(f: Tensor, h: Tensor) -> Tensor:
    """Σ_t h[t] · (f moved by t), the definition of the full convolution, one copy per weight."""
    rows, columns = f.shape
    result = f.new_zeros(rows + h.shape[0] - 1, columns + h.shape[1] - 1)
    for i, j in h.nonzero().tolist():
        result[i : i + rows, j : j + columns] += h[i, j] * f
    return result


def _gap(a: Tensor, b: Tensor) -> float:
    return float((a - b).abs().max())


def _tolerance(h: Tensor) -> float:
    return 1e-12 * max(1.0, float(h.abs().sum()))
