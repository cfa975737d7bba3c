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
    """CNN-15, CNN-16 and CNN-28 on this picture."""
    h, patch, factors = run.kernel, _patch(run.x, row, col), run.factors
    turned, size = torch.rot90(h, 2), float(h.abs().sum()) or 1.0
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
    passes = "two one-dimensional passes give what the table gives: largest difference"
    two = convolve(convolve(patch, factors.column[:, None]), factors.row[None])
    rank = ((factors.rank <= 1, f"needs a kernel of rank 1, not of rank {factors.rank}"),)
    means = "the mean of the picture is multiplied by Σh, so a blur of sum 1 keeps it"
    mean, scaled = run.y.mean(), h.sum() * run.x.mean()
    circle = ((boundary == "circular", "needs a picture that goes on with its other side"),)
    turning = (
        "h ⋆ f = h̄ ∗ f with h̄[t] = h[−t], h̄ ∗ f added up from shifted copies: largest "
        "difference on a piece of the picture"
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
        same("CNN-16", turning, correlated, copies(patch, turned), **exact),
        same("CNN-16", alike, convolved, mirror, needs=parity, **exact),
        same("CNN-15", defined, convolved, copies(patch, h), **exact),
        same("CNN-15", passes, two, convolved, tol=1e-6 * size, needs=rank),
        equal("CNN-15", means, mean, scaled, needs=circle, **within),
        same("CNN-28", rotated, *both, **exact),
    ]


def _patch(x: Tensor, row: int, col: int) -> Tensor:
    """Brightness of the piece of the picture round a pixel, at most 12 x 12, float64."""
    top, left = (min(max(0, at - 6), max(0, n - 12)) for at, n in zip((row, col), x.shape[1:]))
    return brightness(x[:, top : top + 12, left : left + 12].double())


def says(run: Filtered, *, boundary: str, view: str, look: str, row: int, col: int) -> str:
    """What the pixel pointed at says, and how the values are shown."""
    seen, (negative, above, below) = run.seen(view), run.outside
    minus = f"{_share(negative)} of the values are below 0" if negative else "no value is below 0"
    cut = f", {_share(above + below)} lie beyond ±1 and are cut" if above + below else ""
    plus = f"{_share(above)} above 1 look white" if above else "none is above 1"
    shown = {
        "clamp": f"R is shown as it is: {minus}{' and look black' if negative else ''}, {plus}",
        "abs": f"Shown is the size of R: {minus}{' and look like others' if negative else ''}{cut}",
        "shift": f"R is shown with 0 as grey: {minus}{' and darker' if negative else ''}{cut}",
    }[seen]
    if run.border != boundary:
        shown += ". The picture is too small for its mirror image outside, so its edge is repeated"
    return f"{_pointed(run, look, row, col)} {shown}."


def _share(part: float) -> str:
    return f"{100 * part:.3g} %"


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
