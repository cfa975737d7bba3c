"""A picture through a kernel: which pixels meet which weights, and what the sum looks like."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from core import pictures, table
from core.check import choose, require
from core.convolution import kernels
from core.convolution.operator import BOUNDARIES, convolve, reach, windows

COLOURS = ("colour", "grey", "red", "green", "blue")
VIEWS = ("fit", "shift", "clamp", "abs")
ASIDES = ("kernel", "spectrum")
LOOKS = ("output", "input", "weight")
SHAPES = ((2, 2), (3, 3), (5, 5), (7, 7))
HEAVIEST = 1000.0  # weight of an own kernel
ROUNDING = 1e-5  # in float32; a value this little outside [0, 1] is not counted as outside
DRAWN = 16  # side of the student's drawing
PATCH = 12  # side of the piece of the picture on which identities are checked in float64
DRAWING = table.write(torch.eye(DRAWN) + torch.eye(DRAWN).flip(1))
EYE = (0.299, 0.587, 0.114)  # share of red, green and blue in the brightness of a pixel


class Filtered(NamedTuple):
    """A filtered picture and the one sum that is looked at.

    Attributes:
        source: the picture before, (rows, columns, 3) uint8.
        shown: the picture after, as the choice of view shows it, (⌈rows/stride⌉, …, 3) uint8.
        view: how R is shown, "shift", "clamp" or "abs".
        coloured: whether there are three channels.
        kernel: h as written, (k, l) float64.
        laid: h as it lies on the picture, turned by 180° in a convolution.
        factors: see `kernels.factors`.
        negative, above, below: share of the values shown that lie below 0, above 1, below −1.
        mean_in, mean_out: mean value before and after.
        inside: whether the pixel pointed at exists.
        rows, columns: the input pixels under the window, one per row and column of the kernel, −1
            beyond a border of zeros; for look "input" the output pixels that read the one pixel.
        corner: row and column at which the window would begin if the picture had no border.
        pixels, weights, products: the brightness of these pixels, the weight each one meets, and
            what each one adds, three tables of one shape, (len(rows), len(columns)).
        value: the brightness of the output pixel as the fast method computed it, the brightness of
            the input pixel for look "input".
        moved: by how many (rows, columns) the kernel moves the centre of mass of a picture; NaN if
            its weights sum to 0.
        patch: a piece of the picture before, brightness, at most 12 x 12, float64.
    """

    source: np.ndarray
    shown: np.ndarray
    view: str
    coloured: bool
    kernel: Tensor
    laid: Tensor
    factors: kernels.Factors
    negative: float
    above: float
    below: float
    mean_in: float
    mean_out: float
    inside: bool
    rows: Tensor
    columns: Tensor
    corner: tuple[int, int]
    pixels: Tensor
    weights: Tensor
    products: Tensor
    value: float
    moved: tuple[float, float]
    patch: Tensor


def picture_filter(
    picture: str,
    kernel: str,
    h: str,
    size: str,
    sigma: float,
    theta: float,
    wavelength: float,
    seed: int,
    flip: bool,
    boundary: str,
    colour: str,
    stride: int,
    dilation: int,
    view: str,
    look: str,
    row: int,
    col: int,
    tap_row: int,
    tap_col: int,
    aside: str = "kernel",
    more: bool = False,
    drawing: str = DRAWING,
) -> Filtered:
    r"""The picture :math:`(f*h)[u] = \sum_{t\in\mathbb Z^2} f[t]\,h[u-t]`, each channel on its own.

    With `flip` off the cross-correlation :math:`(h\star f)[u] = \sum_t h[t]\,f[u+t]`. The output is
    as large as the picture; a stride keeps every stride-th row and column of it.

    Args:
        picture: name for `core.pictures.picture`, or "drawn".
        kernel: a name of `kernels.NAMES`, or "own" for the table `h`.
        h: 2 x 2, 3 x 3, 5 x 5 or 7 x 7 weights in [-1000, 1000], rows at commas.
        size, sigma, theta, wavelength, seed: see `kernels.kernel`; size as text.
        boundary: "zero", "reflect", "replicate" or "circular" outside the picture.
        colour: all channels, their brightness, or one channel.
        stride, dilation: whole numbers in [1, 8].
        view: "shift" shows ½ + R/2, "clamp" R, "abs" |R|, each cut to [0, 1]; "fit" is "clamp" for
            weights that sum to at least ½, as those of a blur do, else "shift".
        look: what (row, col) is: a pixel of the output, or of the input; "weight" shows the copy of
            the picture that the weight (tap_row, tap_col) alone contributes.
        aside: "kernel" or "spectrum", what is drawn beside the pictures.
        more: whether the page shows its rarer controls; changes nothing here.
        drawing: the picture "drawn", 16 x 16 numbers in [0, 1], rows at commas.

    Raises:
        ValueError: an unknown name, a table that is none, a number out of range, or a mirror image
            longer than the picture.
    """
    for name, value, options in (
        ("kernel", kernel, ("own", *kernels.NAMES)),
        ("size", size, ("3", "5", "7")),
        ("boundary", boundary, BOUNDARIES),
        ("colour", colour, COLOURS),
        ("view", view, VIEWS),
        ("look", look, LOOKS),
        ("aside", aside, ASIDES),
    ):
        choose(name, value, options)
    for name, value in (("stride", stride), ("dilation", dilation)):
        require(name, value, 1, 8, integer=True)
    for name, value in (("row", row), ("col", col), ("tap_row", tap_row), ("tap_col", tap_col)):
        require(name, value, 0, integer=True)
    if kernel == "own":
        weights = table.read(h, "h", shapes=SHAPES)
        require("largest |weight| of h", float(weights.abs().max()), 0, HEAVIEST)
    else:
        weights = kernels.kernel(
            kernel, int(size), sigma=sigma, theta=theta, wavelength=wavelength, seed=seed
        )
    if view == "fit":
        view = "clamp" if weights.sum() >= 0.5 else "shift"
    if picture == "drawn":
        picture = "drawn:" + drawing
    x, source = _source(picture, colour)
    how = (flip, boundary, stride, dilation)
    y = _through(picture, colour, _key(weights), *how)
    alone = weights
    if look == "weight" and tap_row < weights.shape[0] and tap_col < weights.shape[1]:
        alone = torch.zeros_like(weights)
        alone[tap_row, tap_col] = weights[tap_row, tap_col]
    shown, negative, above, below = _shown(picture, colour, _key(alone), *how, view)

    laid = torch.rot90(weights, 2) if flip else weights
    steps = ((1, 1), (dilation, dilation))
    reads = windows(x.shape[1:], weights.shape, "same", flip, *steps, boundary)
    reads = [axis[::stride] for axis in reads]
    margins = reach(x.shape[1:], weights.shape, "same", flip, *steps, boundary)
    size_here = x.shape[1:] if look == "input" else y.shape[1:]
    inside = row < size_here[0] and col < size_here[1]
    if not inside:
        empty = torch.full_like(laid, torch.nan)
        rows = columns = torch.full((0,), -1)
        pixels, met, value = empty, laid, 0.0
    elif look == "input":
        value = float(_brightness(x[:, row, col]))
        rows, met_rows = _readers(reads[0], row)
        columns, met_columns = _readers(reads[1], col)
        met = met_rows @ laid @ met_columns.T
        pixels = torch.full_like(met, value)
    else:
        value = float(_brightness(y[:, row, col]))
        rows, columns, met = reads[0][row], reads[1][col], laid
        under = x[:, rows.clamp(min=0)[:, None], columns.clamp(min=0)].double()
        pixels = _brightness(under) * (rows >= 0)[:, None] * (columns >= 0)
    step = 1 if look == "input" else stride
    return Filtered(
        source=source,
        shown=shown,
        view=view,
        coloured=len(x) == 3,
        kernel=weights,
        laid=laid,
        factors=kernels.factors(weights),
        negative=negative,
        above=above,
        below=below,
        mean_in=float(x.mean()),
        mean_out=float(y.mean()),
        inside=inside,
        rows=rows,
        columns=columns,
        corner=(row * stride - margins[0][0], col * stride - margins[1][0]),
        pixels=pixels,
        weights=met,
        products=met * pixels,
        value=value,
        moved=_moved(weights, flip, dilation, margins),
        patch=_patch(x, row * step, col * step),
    )


# --- the whole picture -------------------------------------------------------------------------
# A pointer that moves over a picture, or a choice of view, does not filter it again.


@lru_cache(maxsize=4)
def _source(picture: str, colour: str) -> tuple[Tensor, np.ndarray]:
    """(channels, rows, columns) float32, and the same as bytes for the eye."""
    kind, _, drawing = picture.partition(":")
    x = _drawn(drawing) if kind == "drawn" else pictures.picture(picture)
    if len(x) == 3 and colour == "grey":
        x = _brightness(x)[None]
    elif len(x) == 3 and colour != "colour":
        channel = ("red", "green", "blue").index(colour)
        x = x[channel : channel + 1].contiguous()
    return x, _bytes(x * 255)


def _drawn(text: str) -> Tensor:
    x = table.read(text, "drawing", shapes=((DRAWN, DRAWN),))
    for value in x.aminmax():
        require("drawing", float(value), 0, 1)
    return x[None].float()


@lru_cache(maxsize=4)
def _through(
    picture: str,
    colour: str,
    h: tuple,
    flip: bool,
    boundary: str,
    stride: int,
    dilation: int,
) -> Tensor:
    x, _ = _source(picture, colour)
    kernel = torch.tensor(h, dtype=x.dtype)
    y = convolve(x, kernel, "same", flip=flip, dilation=dilation, boundary=boundary)
    return y[:, ::stride, ::stride]


@lru_cache(maxsize=4)
def _shown(*settings: object) -> tuple[np.ndarray, float, float, float]:
    """As bytes, and the shares of values below 0, above 1 and below −1."""
    *how, view = settings
    y = _through(*how)
    values = y.numpy()
    outside = (values < -ROUNDING, values > 1 + ROUNDING, values < -1 - ROUNDING)
    shares = (np.count_nonzero(each) / y.numel() for each in outside)
    match view:
        case "abs":
            return _bytes(y.abs().mul_(255)), *shares
        case "clamp":
            return _bytes(y * 255), *shares
    return _bytes(y * 127.5 + 127.5), *shares


def _bytes(values: Tensor) -> np.ndarray:
    """(rows, columns, 3) uint8 of values that belong into [0, 255]; only this is ever drawn."""
    planes = values.add(0.5).clamp_(0, 255).to(torch.uint8)
    planes = planes.expand(3, -1, -1)
    return torch.stack(tuple(planes), -1).numpy()


def _key(kernel: Tensor) -> tuple:
    return tuple(map(tuple, kernel.tolist()))


def _brightness(x: Tensor) -> Tensor:
    """Brightness of (channels, ...); a filter is linear, so brightness may be taken first."""
    if len(x) == 1:
        return x[0]
    return EYE[0] * x[0] + EYE[1] * x[1] + EYE[2] * x[2]


# --- one pixel ---------------------------------------------------------------------------------


def _readers(reads: Tensor, here: int) -> tuple[Tensor, Tensor]:
    """The outputs along one axis that read pixel `here`, and how often at which weight, (n, k)."""
    hits = reads == here
    outputs = hits.any(1).nonzero()[:, 0]
    return outputs, hits[outputs].double()


def _moved(
    kernel: Tensor, flip: bool, dilation: int, margins: list[tuple[int, int]]
) -> tuple[float, float]:
    """Centre of mass of the answer to a single bright pixel, seen from that pixel."""
    total = float(kernel.sum())
    if abs(total) < 1e-9:
        return (torch.nan, torch.nan)
    laid = torch.rot90(kernel, 2) if flip else kernel
    centre = []
    for axis, (before, _) in enumerate(margins):
        reach_of = before - dilation * torch.arange(laid.shape[axis], dtype=torch.float64)
        centre.append(float(laid.sum(1 - axis) @ reach_of) / total)
    return (centre[0], centre[1])


def _patch(x: Tensor, row: int, col: int) -> Tensor:
    rows, columns = x.shape[1:]
    top = min(max(0, row - PATCH // 2), max(0, rows - PATCH))
    left = min(max(0, col - PATCH // 2), max(0, columns - PATCH))
    return _brightness(x[:, top : top + PATCH, left : left + PATCH]).double()


# --- in words ----------------------------------------------------------------------------------


def says(
    run: Filtered,
    *,
    look: str,
    row: int,
    col: int,
    tap_row: int,
    tap_col: int,
    stride: int,
    **_,
) -> str:
    """How the values are shown, and what the pixel pointed at says."""
    return f"{_as_shown(run)} {_pointed(run, look, row, col, tap_row, tap_col, stride)}"


def _as_shown(run: Filtered) -> str:
    below, far = f"{run.negative:.1%}", run.above + run.below
    if run.view == "clamp":
        if run.negative + run.above == 0:
            return "Shown as R itself: every value lies in [0, 1]."
        return (
            f"Shown as R itself: {below} of the values are negative and look black, "
            f"{run.above:.1%} lie above 1 and look white."
        )
    cut = f", {far:.1%} lie beyond ±1 and are cut" if far else ""
    if run.view == "abs":
        return f"Shown as |R|: {below} of the values are negative and look like positive ones{cut}."
    return f"Shown as ½ + R/2, so that 0 is grey: {below} of the values are negative{cut}."


def _pointed(
    run: Filtered, look: str, row: int, col: int, tap_row: int, tap_col: int, stride: int
) -> str:
    place = f"(row {row}, column {col})"
    if look == "weight":
        k, m = run.kernel.shape
        if tap_row >= k or tap_col >= m:
            return f"The kernel has no weight [{tap_row}, {tap_col}] any more: nothing is lit."
        weight = float(run.kernel[tap_row, tap_col])
        return (
            f"The copy that the weight h[{tap_row}, {tap_col}] = {weight:.3g} alone contributes; "
            f"the result is the sum of all {k * m} copies."
        )
    if not run.inside:
        return f"The {look} has no pixel {place} any more: nothing is lit."
    if look == "input":
        count = run.weights.numel()
        if not count:
            return f"No output pixel reads the input pixel {place}: stride {stride} skips it."
        return f"The input pixel {place} = {run.value:.3f} is read by {count} output pixels."
    k, m = run.kernel.shape
    return f"The {k * m} products under the window at {place} add up to R = {run.value:.4f}."


def turned(run: Filtered) -> str:
    """What correlating instead of convolving does to the result."""
    convolved, correlated = (convolve(run.patch, run.kernel, flip=flip) for flip in (True, False))
    if torch.equal(convolved, correlated):
        return "nothing"
    if torch.equal(convolved, -correlated):
        return "every value changes its sign"
    return "something else"


def mean_in_words(run: Filtered) -> str:
    """The mean after against the mean before."""
    change = run.mean_out - run.mean_in
    return "stays the same" if abs(change) < 2e-5 else "falls" if change < 0 else "rises"


def cost_in_words(run: Filtered) -> str:
    """The least number of multiplications for one output pixel."""
    return str(run.factors.cost())


def softness(run: Filtered) -> str:
    """The picture after against the picture before, by the steps from column to column."""
    before, after = (
        float(np.abs(np.diff(pixels.astype("f4"), axis=1)).mean())
        for pixels in (run.source, run.shown)
    )
    if np.array_equal(run.source, run.shown):
        return "the picture again"
    return "a softer picture" if after < before else "a sharper picture"


def moved_in_words(run: Filtered) -> str:
    """How far the kernel moves a picture."""
    distance = max(map(abs, run.moved))
    if distance < 1e-9:
        return "not at all"
    return "by half a pixel" if distance < 0.75 else "by a whole pixel"


def printed(run: Filtered) -> str:
    """What a single bright pixel becomes: the kernel as written or turned."""
    stamp = torch.rot90(run.laid, 2)  # the pixel meets the weights of the window in reverse
    return "as it is written" if torch.equal(stamp, run.kernel) else "turned by 180°"


def lowest_gain(run: Filtered) -> float:
    """The least factor by which a symmetric kernel multiplies a wave; < 0 turns it over."""
    sheet = torch.zeros(48, 48, dtype=torch.float64)
    k, m = run.kernel.shape
    sheet[:k, :m] = run.kernel
    return float(torch.fft.fft2(sheet.roll((-(k // 2), -(m // 2)), (0, 1))).real.min())
