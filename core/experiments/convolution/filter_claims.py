"""What the picture filter claims, each side of an identity by its own route, and the words."""

import numpy as np
import torch
from torch import Tensor

from core.check import Check, equal, same
from core.convolution.operator import convolve
from core.convolution.pixels import brightness, copies
from core.experiments.convolution.filter import Filtered

PATCH = 12  # side of the piece of the picture on which identities are checked in float64


def checks(run: Filtered, *, boundary: str, look: str, row: int, col: int) -> list[Check]:
    """CNN-15, CNN-16 and CNN-28 on this picture, with errata E-54 and E-55 in words."""
    h, patch = run.kernel, _patch(run.x, row, col)
    turned, tol = torch.rot90(h, 2), 1e-12 * max(1.0, float(h.abs().sum()))
    convolved = convolve(patch, h)
    correlated = convolve(patch, h, flip=False)
    even, odd = torch.equal(h, turned), torch.equal(h, -turned)
    return [
        _pixel(run, look, row, col),
        same(
            "CNN-15",
            "Σ over t ∈ ℤ² of f[t] h[u − t] is the sum of one shifted copy of f per weight: "
            "largest difference on a piece of the picture",
            convolved,
            copies(patch, h),
            tol=tol,
            why="E-54: the sheet prints ℝᵈ, but a sum runs over whole pixels, and f[t] is a sample",
        ),
        _two_passes(run, patch, convolved),
        _mean(run, boundary),
        same(
            "CNN-16",
            "h ⋆ f = h̄ ∗ f with h̄[t] = h[−t], h̄ ∗ f added up from shifted copies: largest "
            "difference on a piece of the picture",
            correlated,
            copies(patch, turned),
            tol=tol,
            why="E-55: the sheet prints ∗ for both and says that correlation flips; the "
            "convolution does, in h[u − t]",
        ),
        same(
            "CNN-16",
            "(h ⋆ f)[u] = (f ⋆ h)[−u]: exchanging the two turns the result: largest difference",
            correlated,
            torch.rot90(convolve(h, patch, flip=False), 2),
            tol=tol,
        ),
        same(
            "CNN-16",
            "convolution and correlation agree if h[−t] = h[t] and are opposite if h[−t] = −h[t]: "
            "largest difference",
            convolved,
            correlated if even else -correlated,
            tol=tol,
            needs=((even or odd, "this kernel is neither symmetric nor antisymmetric"),),
        ),
        same(
            "CNN-28",
            "rot180(f ∗ h) = rot180 f ∗ rot180 h on a piece of the picture: largest difference",
            torch.rot90(convolved, 2),
            convolve(torch.rot90(patch, 2), turned),
            tol=tol,
        ),
    ]


def _patch(x: Tensor, row: int, col: int) -> Tensor:
    """Brightness of the piece of the picture round a pixel, at most 12 x 12, float64."""
    top, left = (
        min(max(0, at - PATCH // 2), max(0, n - PATCH)) for at, n in zip((row, col), x.shape[1:])
    )
    return brightness(x[:, top : top + PATCH, left : left + PATCH].double())


def _pixel(run: Filtered, look: str, row: int, col: int) -> Check:
    window, value = run.window(look, row, col), run.value(look, row, col)
    gone, reads = window is None, look == "output"
    return equal(
        "CNN-15",
        "the output pixel is the sum of the products written out: as filtered, as added up",
        value if reads and not gone else 0.0,
        float(window.products.sum()) if reads and not gone else 0.0,
        tol=2e-6 * max(1.0, float(run.kernel.abs().sum())),
        needs=(
            (not gone, "the pixel pointed at does not exist"),
            (reads, "no output pixel is pointed at"),
        ),
    )


def _two_passes(run: Filtered, patch: Tensor, convolved: Tensor) -> Check:
    factors = run.factors
    return same(
        "CNN-15",
        "two one-dimensional passes give what the table gives: largest difference",
        convolve(convolve(patch, factors.column[:, None]), factors.row[None]),
        convolved,
        tol=1e-6 * max(1.0, float(run.kernel.abs().sum())),
        needs=((factors.rank <= 1, f"needs a kernel of rank 1, this one has rank {factors.rank}"),),
    )


def _mean(run: Filtered, boundary: str) -> Check:
    before, after = run.mean
    border = f"needs the circular boundary, here {boundary}: pixels at a border count too little "
    return equal(
        "CNN-15",
        "the mean of the picture is multiplied by Σh, so a blur of sum 1 keeps it",
        after,
        float(run.kernel.sum()) * before,
        tol=2e-6 * max(1.0, float(run.kernel.abs().sum())),
        needs=((boundary == "circular", border + "or too much"),),
    )


def says(run: Filtered, *, view: str, look: str, row: int, col: int) -> str:
    """How the values are shown, and what the pixel pointed at says."""
    return f"{_as_shown(run, run.seen(view))} {_pointed(run, look, row, col)}"


def _as_shown(run: Filtered, view: str) -> str:
    negative, above = run.negative, run.above
    if view == "clamp":
        if negative + above == 0:
            return "Shown as R itself: every value lies in [0, 1]."
        return (
            f"Shown as R itself: {negative:.1%} of the values are negative and look black, "
            f"{above:.1%} lie above 1 and look white."
        )
    far = above + run.below
    cut = f", {far:.1%} lie beyond ±1 and are cut" if far else ""
    if view == "abs":
        return (
            f"Shown as |R|: {negative:.1%} of the values are negative and look like positive "
            f"ones{cut}."
        )
    return f"Shown as ½ + R/2, so that 0 is grey: {negative:.1%} of the values are negative{cut}."


def _pointed(run: Filtered, look: str, row: int, col: int) -> str:
    place, window = f"(row {row}, column {col})", run.window(look, row, col)
    if window is None:
        return f"The {look} has no pixel {place} any more: nothing is lit."
    value, count = run.value(look, row, col), window.weights.numel()
    if look == "input":
        return f"The input pixel {place} = {value:.3f} is read by {count} output pixels."
    return f"The {count} products under the window at {place} add up to R = {value:.4f}."


def _turned(run: Filtered, row: int, col: int) -> tuple[str, dict[str, int]]:
    """What correlating instead of convolving does to the result."""
    patch, h = _patch(run.x, row, col), run.kernel
    convolved, correlated = convolve(patch, h), convolve(patch, h, flip=False)
    weights = {"weights": int((h != 0).sum())}
    if torch.equal(convolved, correlated):
        return "nothing", weights
    return "sign" if torch.equal(convolved, -correlated) else "other", weights


def _printed(run: Filtered) -> str:
    """What a single bright pixel becomes: the kernel as written or turned."""
    stamp = torch.rot90(run.laid, 2)  # the pixel meets the weights of the window in reverse
    return "written" if torch.equal(stamp, run.kernel) else "turned"


def _softness(run: Filtered) -> tuple[str, dict[str, float]]:
    """The picture after against the picture before, by the steps from column to column."""
    shown = run.shown("clamp").astype("f4")
    steps = [float(np.abs(np.diff(each, axis=1)).mean()) for each in (run.source, shown)]
    least = {"least": lowest_gain(run.kernel)}
    if np.array_equal(run.source, shown):
        return "same", least
    return "softer" if steps[1] < steps[0] else "sharper", least


def lowest_gain(h: Tensor) -> float:
    """The least factor by which a symmetric kernel multiplies a wave; < 0 turns it over."""
    k, m = h.shape
    sheet = torch.zeros(48, 48, dtype=torch.float64)
    sheet[:k, :m] = h
    return float(torch.fft.fft2(sheet.roll((-(k // 2), -(m // 2)), (0, 1))).real.min())


answers = {"edges": _turned, "dot": _printed, "sharpen": _softness}
