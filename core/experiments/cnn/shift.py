"""Shifts: what a layer does to a picture that moves, and what a stride does to a sine.

The layer is a cross-correlation with a 3 x 3 edge kernel, ReLU, and a stride s. With "blur first" a
binomial kernel (1, 2, 1)/4, repeated s − 1 times, comes before the stride.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from core.check import Check, choose, equal, require
from core.convolution import convolve
from core.convolution.operator import extend
from core.pictures import picture as load
from core.table import read, write

VIEWS = ("picture", "sine")
PADDINGS = ("zero", "circular")
POOLS = ("none", "max", "average")
SIDE = 48  # pixels of the picture; every stride divides it
DRAWN = 24  # cells of a drawing
SAMPLES = 300  # of the sine; every stride divides them
FARTHEST = 8

LETTER_T = torch.zeros(DRAWN, DRAWN)
LETTER_T[4:7, 5:19] = LETTER_T[4:20, 10:14] = 1
DRAWING = write(LETTER_T)
EDGES = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]], dtype=torch.float64) / 4


class Moved(NamedTuple):
    """A picture x, the same shifted by (dy, dx), and what the layer makes of both.

    Attributes:
        drawing: what the student drew, (24, 24).
        x, moved: the picture before and after, shape (48, 48).
        y: the layer on x, shape (m, m), m = 48 / stride.
        y_moved: the layer on the moved picture.
        follow: y shifted by the whole steps that come nearest to (dy, dx)/stride.
        steps: these steps, (rows, columns).
        exact: whether (dy, dx) are multiples of the stride.
        every: the layer on the moved picture without its stride, shape (48, 48).
        errors: ‖y_moved − follow‖/‖y‖ for dx = 0, …, 8 at this dy, shape (9,).
        pooled: y pooled over all cells, for x and then for dx = 0, …, 8 at this dy; shape (10,).
        dx: the present one.
        reach: cells next to the border in which zero padding shows.
    """

    drawing: Tensor
    x: Tensor
    moved: Tensor
    y: Tensor
    y_moved: Tensor
    follow: Tensor
    steps: tuple[int, int]
    exact: bool
    every: Tensor
    errors: Tensor
    pooled: Tensor
    dx: int
    reach: int

    @property
    def error(self) -> float:
        """Difference to the map that moved along, as a share of its size."""
        return float(self.errors[self.dx])


class Wave(NamedTuple):
    """A cosine and every s-th sample of it.

    Attributes:
        f: cycles per sample.
        alias: cycles per kept sample that the kept ones show, |f s − round(f s)|.
        x: the cosine, shape (300,).
        passed: the cosine after the blur, or x.
        kept: every s-th sample of it, shape (300 / s,).
        gain: amplitude that the blur leaves by theory, cos(πf)^(2s − 2), or 1.
        spectrum, kept_spectrum: amplitudes at j/n cycles per sample, j = 0, …, n/2, of x and kept.
        peak: where the spectrum of `kept` is largest, in cycles per kept sample.
        later: what the layer keeps of the cosine that comes s samples earlier.
    """

    f: float
    alias: float
    x: Tensor
    passed: Tensor
    kept: Tensor
    gain: float
    spectrum: Tensor
    kept_spectrum: Tensor
    peak: float
    later: Tensor


def shift(
    view: str,
    picture: str,
    drawing: str,
    dx: int,
    dy: int,
    stride: int,
    padding: str,
    pool: str,
    blur: bool,
    freq: float,
) -> Moved | Wave:
    """T S x against S T x for the shift S and the layer T (CNN-10), or a strided sine (CNN-32).

    Args:
        view: "picture" or "sine".
        picture: a name of `core.pictures`, made to 48 x 48, or "drawn".
        drawing: 24 rows of 24 numbers in [0, 1], see `core.table`.
        dx, dy: pixels to the right and down, 0..8. With circular padding the picture wraps around,
            with zero padding it leaves the frame and black comes in.
        stride: 1..4.
        padding: "zero" or "circular".
        pool: over all cells of the output: "none", "max" or "average".
        blur: whether a blur comes before the stride.
        freq: of the sine, in cycles per sample, 0..0.5.

    Raises:
        ValueError: a parameter out of range, no such picture, or a drawing of another shape.
    """
    choose("view", view, VIEWS)
    choose("padding", padding, PADDINGS)
    choose("pool", pool, POOLS)
    require("dx", dx, 0, FARTHEST, integer=True)
    require("dy", dy, 0, FARTHEST, integer=True)
    require("stride", stride, 1, 4, integer=True)
    require("freq", freq, 0, 0.5)
    if view == "sine":
        return _wave(float(freq), int(stride), blur)
    drawn = read(drawing, "drawing", shapes=((DRAWN, DRAWN),))
    for cell in drawn.aminmax():
        require("every cell of drawing", float(cell), 0, 1)
    x = F.pad(drawn, ((SIDE - DRAWN) // 2,) * 4) if picture == "drawn" else _grey(picture)
    return _moved(x, drawn, int(dx), int(dy), int(stride), padding, pool, blur)


def layer(x: Tensor, stride: int, padding: str, h: Tensor | None = None) -> Tensor:
    """Every stride-th cell of ReLU(edges of x), blurred by h hᵀ before, (..., n, n)."""
    if h is None:
        return _window(x, EDGES, stride, padding).clamp(min=0)
    return _window(_window(x, EDGES, 1, padding).clamp(min=0), torch.outer(h, h), stride, padding)


def _window(x: Tensor, w: Tensor, stride: int, padding: str) -> Tensor:
    """Cross-correlation with an odd kernel centred on every stride-th cell."""
    margin = (len(w) // 2,) * 2
    return convolve(extend(x, (margin, margin), padding), w, "valid", flip=False, stride=stride)


def binomial(stride: int) -> Tensor:
    """(1, 2, 1)/4, s − 1 times, (2s − 1,); of a sine of frequency f it leaves cos(πf)^(2s − 2)."""
    h = torch.ones(1, dtype=torch.float64)
    for _ in range(stride - 1):
        h = convolve(h, torch.tensor([0.25, 0.5, 0.25], dtype=torch.float64))
    return h


def moved_by(x: Tensor, dy: int, dx: int, padding: str) -> Tensor:
    """x, (..., n, n), shifted down by dy and right by dx: wrapped around, or followed by black."""
    x = x.roll((dy, dx), (-2, -1))
    if padding == "zero":
        x[..., :dy, :] = 0.0
        x[..., :dx] = 0.0
    return x


def _moved(
    x: Tensor, drawing: Tensor, dx: int, dy: int, stride: int, padding: str, pool: str, blur: bool
) -> Moved:
    h = binomial(stride) if blur and stride > 1 else None
    shifted = torch.stack([moved_by(x, dy, right, padding) for right in range(FARTHEST + 1)])
    outputs = layer(torch.cat([x[None], shifted]), stride, padding, h)
    y, later = outputs[0], outputs[1:]
    scale = float(y.norm()) or 1.0
    follow = [_nearest(y, late, dy, right, stride, padding) for right, late in enumerate(later)]
    errors = torch.stack([(late - f).norm() for late, (f, _) in zip(later, follow)]) / scale
    pooled = outputs.mean((-2, -1)) if pool == "average" else outputs.amax((-2, -1))
    return Moved(
        drawing=drawing,
        x=x,
        moved=shifted[dx],
        y=y,
        y_moved=later[dx],
        follow=follow[dx][0],
        steps=follow[dx][1],
        exact=dx % stride == 0 and dy % stride == 0,
        every=layer(shifted[dx], 1, padding, h),
        errors=errors,
        pooled=pooled,
        dx=dx,
        reach=1 + (len(h) // 2 if h is not None else 0),
    )


def _nearest(
    y: Tensor, late: Tensor, dy: int, dx: int, stride: int, padding: str
) -> tuple[Tensor, tuple[int, int]]:
    """y shifted by whole steps next to (dy, dx)/stride, those that come nearest to `late`."""
    rows, columns = ({d // stride, -(-d // stride)} for d in (dy, dx))
    moves = [(i, j) for i in sorted(rows) for j in sorted(columns)]
    tries = [moved_by(y, *move, padding) for move in moves]
    best = min(range(len(moves)), key=lambda n: float((tries[n] - late).square().sum()))
    return tries[best], moves[best]


def _grey(name: str) -> Tensor:
    """The picture `name` as (48, 48) grey: a digit in the middle, any other cut to a square."""
    return _own(name) if name.startswith("own-") else _known(name)


@lru_cache(maxsize=16)
def _known(name: str) -> Tensor:
    if name.startswith("digit-"):
        # 30 is no multiple of 8, so that no edge lies on the grid of a stride
        large = F.interpolate(load(name)[None], (30, 30), mode="bilinear")[0, 0]
        return F.pad(large.double(), (9,) * 4)
    return _own(name)


def _own(name: str) -> Tensor:
    grey = load(name).mean(0)
    side = min(grey.shape)
    top, left = ((n - side) // 2 for n in grey.shape)
    square = grey[None, None, top : top + side, left : left + side]
    return F.interpolate(square, (SIDE, SIDE), mode="area")[0, 0].double()


def _wave(f: float, stride: int, blur: bool) -> Wave:
    h = binomial(stride) if blur else torch.ones(1, dtype=torch.float64)
    margin = len(h) // 2
    t = torch.arange(-margin - stride, SAMPLES + margin, dtype=torch.float64)
    wide = torch.cos(2 * math.pi * f * t)
    passed = convolve(wide, h, "valid")
    kept = passed[stride:][::stride]
    amplitudes = _amplitudes(kept)
    return Wave(
        f=f,
        alias=abs(f * stride - round(f * stride)),
        x=wide[margin + stride : margin + stride + SAMPLES],
        passed=passed[stride:],
        kept=kept,
        gain=math.cos(math.pi * f) ** (2 * stride - 2) if blur else 1.0,
        spectrum=_amplitudes(wide[margin + stride : margin + stride + SAMPLES]),
        kept_spectrum=amplitudes,
        peak=float(amplitudes.argmax()) / len(kept),
        later=passed[:-stride][::stride],
    )


def _amplitudes(x: Tensor) -> Tensor:
    """Amplitude of each frequency j/n, j = 0, …, n // 2; a cosine on one of them has 1."""
    size = torch.fft.rfft(x).abs() / len(x)
    size[1 : (len(x) + 1) // 2] *= 2
    return size


def checks(run: Moved | Wave, *, stride: int, padding: str, pool: str, dx: int, dy: int, **_):
    """CNN-10 (E-51) and CNN-32 (E-64) on the picture or on the sine."""
    if isinstance(run, Wave):
        return _wave_checks(run, stride)
    return _moved_checks(run, stride, padding, pool, dx, dy)


def _moved_checks(
    run: Moved, stride: int, padding: str, pool: str, dx: int, dy: int
) -> list[Check]:
    around = padding == "circular"
    off = "" if run.exact else f"the shift ({dx}, {dy}) is no multiple of the stride {stride}"
    cut = "" if around else "zero padding: the border takes away and adds"
    rows, columns = run.steps
    edge = -(-run.reach // stride)
    inner = (slice(rows + edge, -edge), slice(columns + edge, -edge))
    pooled = (float(run.pooled[0]), float(run.pooled[1 + dx]))
    return [
        equal(
            "CNN-10",
            "T S x = S T x everywhere: largest difference (circular padding, shifts by multiples "
            "of s)",
            float((run.y_moved - run.follow).abs().max()),
            0.0,
            applies=run.exact and around,
            why=off or cut,
        ),
        equal(
            "CNN-10",
            "T S x = S T x away from the border, whatever the padding (shifts by multiples of s)",
            float((run.y_moved - run.follow)[inner].abs().max()),
            0.0,
            applies=run.exact,
            why=off,
        ),
        equal(
            "CNN-10",
            "the pooled output stays: equivariant, then pooled, is invariant (E-51)",
            pooled[1],
            pooled[0],
            applies=run.exact and around and pool != "none",
            why="nothing is pooled" if pool == "none" else off or cut,
        ),
        equal(
            "CNN-32",
            "stride s keeps every s-th output of stride 1: largest difference",
            float((run.every[::stride, ::stride] - run.y_moved).abs().max()),
            0.0,
        ),
    ]


def _wave_checks(run: Wave, stride: int) -> list[Check]:
    n = len(run.kept)
    slow = run.gain * torch.cos(2 * math.pi * run.alias * torch.arange(n, dtype=torch.float64))
    alive = run.gain > 1e-6
    return [
        equal(
            "CNN-10",
            "a sine s samples later gives the kept samples one later: largest difference",
            float((run.later[1:] - run.kept[:-1]).abs().max()),
            0.0,
        ),
        equal(
            "CNN-32",
            "every s-th sample of cos 2πft is a sample of cos 2πf′t with f′ = |fs − round(fs)|, "
            "times cos(πf)^(2s − 2) after a blur: largest difference",
            float((run.kept - slow).abs().max()),
            0.0,
        ),
        equal(
            "CNN-32",
            "largest amplitude in the spectrum of the kept samples sits at f′, within one of its "
            f"{n // 2 + 1} lines",
            run.peak,
            run.alias,
            tol=1.0001 / n,
            applies=alive,
            why="" if alive else "the blur has removed the sine",
        ),
    ]


def says(run: Moved | Wave, *, stride: int, padding: str, pool: str, dx: int, dy: int, **_) -> str:
    """What the layer made of the shift, or of the sine."""
    if isinstance(run, Wave):
        return _said_of_wave(run, stride)
    return f"{_followed(run, stride, dx, dy)} {_kept(run, padding, pool, dx)}".strip()


def _followed(run: Moved, stride: int, dx: int, dy: int) -> str:
    if dx == dy == 0:
        return "Nothing moves yet: shift the picture."
    moved = f"Shifted by ({dx}, {dy}), the feature map"
    rows, columns = run.steps
    off = f"{run.error:.0%} of its size"
    if run.error < 1e-9:
        return f"{moved} moves along exactly, by ({columns}, {rows}) cells."
    if run.exact:
        return (
            f"{moved} moves along by ({columns}, {rows}) cells, except where the border "
            f"interferes: it is off by {off}."
        )
    return (
        f"{moved} would have to move by ({dx / stride:.3g}, {dy / stride:.3g}) cells, and there is "
        f"no such step: the nearest one is off by {off}."
    )


def _kept(run: Moved, padding: str, pool: str, dx: int) -> str:
    if pool == "none":
        return ""
    before, after = float(run.pooled[0]), float(run.pooled[1 + dx])
    kind = {"max": "maximum", "average": "average"}[pool]
    if abs(after - before) < 1e-9:
        return f"The {kind} over all cells stays {before:.4g}."
    return f"The {kind} over all cells changes from {before:.4g} to {after:.4g}."


def _said_of_wave(run: Wave, stride: int) -> str:
    if stride == 1:
        return f"Stride 1 keeps every sample: {run.f:.3g} cycles per sample stay what they are."
    left = f", at {100 * run.gain:.2g} % of its height" if run.gain < 1 else ""
    shown = f"a sine of {run.alias:.3g} cycles per kept sample"
    shown = "a sine that stands still" if run.alias < 1e-9 else shown
    side = "below" if run.f <= 0.5 / stride + 1e-12 else "above"
    end = "the same sine" if side == "below" else "another one in its place"
    return (
        f"{run.f:.3g} cycles per sample lie {side} 1/(2s) = {0.5 / stride:.3g}: the kept samples "
        f"show {shown}, {end}{left}."
    )


def fate(run: Moved) -> str:
    """What became of the feature map."""
    if float((run.y_moved - run.y).abs().max()) < 1e-9:
        return "stays as it is"
    return "moves along" if run.error < 1e-9 else "changes its values"


def error_in_words(run: Moved) -> str:
    """How far the map is from the one that moved along."""
    if run.error < 1e-9:
        return "not at all"
    return "by about 5 %" if run.error < 0.15 else "by about half"


def pooled_fate(run: Moved) -> str:
    """What became of the pooled output."""
    change = float((run.pooled[1 + run.dx] / run.pooled[0] - 1).abs())
    return "yes, exactly" if change < 1e-9 else "no, it changes"


def height_in_words(run: Wave) -> str:
    """What is left of the sine."""
    return "all of it" if run.gain > 0.9 else "about half" if run.gain > 0.3 else "about 2 %"
