"""What the picture filter claims, each side of an identity by its own route, and the words."""

import numpy as np
import torch
from torch import Tensor

from core.check import Check, equal, same
from core.convolution.operator import convolve
from core.convolution.pixels import brightness, copies
from core.convolution.signals import counted
from core.experiments.convolution.filter import Filtered


def checks(run: Filtered, *, boundary: str, look: str, row: int, col: int) -> list[Check]:
    """CNN-15, CNN-16 and CNN-28 on this picture, with errata E-54 and E-55 in words."""
    h, patch, factors = run.kernel, _patch(run.x, row, col), run.factors
    turned, size = torch.rot90(h, 2), max(1.0, float(h.abs().sum()))
    convolved, correlated = convolve(patch, h), convolve(patch, h, flip=False)
    even, odd = torch.equal(h, turned), torch.equal(h, -turned)
    window, reads = run.window(look, row, col), look == "output"
    lit = window is not None and reads
    exact, within = {"tol": 1e-12 * size}, {"tol": 2e-6 * size}
    written = "the output pixel is the sum of the products written out: as filtered, as added up"
    pixel = run.value(look, row, col) if lit else 0.0, window.products.sum() if lit else 0.0
    pointed = (
        (window is not None, "the pixel pointed at does not exist"),
        (reads, "no output pixel is pointed at"),
    )
    defined = (
        "Σ over t ∈ ℤ² of f[t] h[u − t] is the sum of one shifted copy of f per weight: "
        "largest difference on a piece of the picture"
    )
    e54 = "E-54: the sheet prints ℝᵈ, but a sum runs over whole pixels, and f[t] is a sample"
    passes = "two one-dimensional passes give what the table gives: largest difference"
    two = convolve(convolve(patch, factors.column[:, None]), factors.row[None])
    rank = ((factors.rank <= 1, f"needs a kernel of rank 1, not of rank {factors.rank}"),)
    means = "the mean of the picture is multiplied by Σh, so a blur of sum 1 keeps it"
    mean, scaled = run.y.mean(), h.sum() * run.x.mean()
    circle = ((boundary == "circular", f"needs the circular boundary, here {boundary}"),)
    turning = (
        "h ⋆ f = h̄ ∗ f with h̄[t] = h[−t], h̄ ∗ f added up from shifted copies: largest "
        "difference on a piece of the picture"
    )
    e55 = (
        "E-55: the sheet prints ∗ for both and says that correlation flips; the convolution does, "
        "in h[u − t]"
    )
    alike = (
        "convolution and correlation agree if h[−t] = h[t] and are opposite if h[−t] = −h[t]: "
        "largest difference"
    )
    parity = ((even or odd, "this kernel is neither symmetric nor antisymmetric"),)
    mirror = correlated if even else -correlated
    rotated = "rot180(f ∗ h) = rot180 f ∗ rot180 h on a piece of the picture: largest difference"
    both = torch.rot90(convolved, 2), convolve(torch.rot90(patch, 2), turned)
    return [
        equal("CNN-15", written, *pixel, needs=pointed, **within),
        same("CNN-15", defined, convolved, copies(patch, h), why=e54, **exact),
        same("CNN-15", passes, two, convolved, tol=1e-6 * size, needs=rank),
        equal("CNN-15", means, mean, scaled, needs=circle, **within),
        same("CNN-16", turning, correlated, copies(patch, turned), why=e55, **exact),
        same("CNN-16", alike, convolved, mirror, needs=parity, **exact),
        same("CNN-28", rotated, *both, **exact),
    ]


def _patch(x: Tensor, row: int, col: int) -> Tensor:
    """Brightness of the piece of the picture round a pixel, at most 12 x 12, float64."""
    top, left = (min(max(0, at - 6), max(0, n - 12)) for at, n in zip((row, col), x.shape[1:]))
    return brightness(x[:, top : top + 12, left : left + 12].double())


def says(run: Filtered, *, view: str, look: str, row: int, col: int) -> str:
    """How the values are shown, and what the pixel pointed at says."""
    seen, (negative, above, below) = run.seen(view), run.outside
    cut = f", {above + below:.1%} lie beyond ±1 and are cut" if above + below else ""
    shown = {
        "clamp": f"R itself: {negative:.1%} of the values are negative and look black, {above:.1%} "
        "lie above 1 and look white",
        "abs": f"|R|: {negative:.1%} of the values are negative and look like positive ones{cut}",
        "shift": f"½ + R/2, so that 0 is grey: {negative:.1%} of the values are negative{cut}",
    }[seen]
    if seen == "clamp" and negative + above == 0:
        shown = "R itself: every value lies in [0, 1]"
    return f"Shown as {shown}. {_pointed(run, look, row, col)}"


def _pointed(run: Filtered, look: str, row: int, col: int) -> str:
    place, window = f"(row {row}, column {col})", run.window(look, row, col)
    if window is None:
        return f"The {look} has no pixel {place} any more: nothing is lit."
    value, count = run.value(look, row, col), window.weights.numel()
    if look == "input":
        readers = counted(count, "output pixel")
        return f"The input pixel {place} = {value:.3f} is read by {readers}."
    return f"The {count} products under the window at {place} add up to R = {value:.4f}."


def _turned(run: Filtered, row: int, col: int) -> tuple[str, dict[str, int]]:
    """What correlating instead of convolving does to the result."""
    patch = _patch(run.x, row, col)
    convolved, correlated = (convolve(patch, run.kernel, flip=flip) for flip in (True, False))
    key = "sign" if torch.equal(convolved, -correlated) else "other"
    if torch.equal(convolved, correlated):
        key = "nothing"
    return key, {"weights": int((run.kernel != 0).sum())}


def _printed(run: Filtered) -> str:
    """What a single bright pixel becomes: the kernel as written or turned."""
    stamp = torch.rot90(run.laid, 2)  # the pixel meets the weights of the window in reverse
    return "written" if torch.equal(stamp, run.kernel) else "turned"


def _softness(run: Filtered) -> tuple[str, dict[str, float]]:
    """The picture after against the picture before, by the squared steps between columns."""
    pictures = run.source, run.shown("clamp")
    before, after = (np.square(np.diff(each.astype("f4"), axis=1)).mean() for each in pictures)
    key = "softer" if after < before else "sharper"
    return "same" if np.array_equal(*pictures) else key, {"least": lowest_gain(run.kernel)}


def lowest_gain(h: Tensor) -> float:
    """The least factor by which a symmetric kernel multiplies a wave; < 0 turns it over."""
    k, m = h.shape
    sheet = torch.nn.functional.pad(h, (0, 48 - m, 0, 48 - k)).roll((-(k // 2), -(m // 2)), (0, 1))
    return float(torch.fft.fft2(sheet).real.min())


answers = {"edges": _turned, "dot": _printed, "sharpen": _softness}
