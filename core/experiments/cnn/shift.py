"""Shifts: what a layer does to a picture that moves, and what a stride does to a sine.

The layer is a cross-correlation with a 3 x 3 edge kernel, ReLU, and a stride s. With "blur first" a
binomial kernel (1, 2, 1)/4, repeated s − 1 times, comes before the stride.
"""

import math
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from core.cnn.striding import alias, amplitudes, binomial, moved_by
from core.convolution import convolve
from core.convolution.operator import extend
from core.pictures import picture as load
from core.signature import Own, between, declared

SIDE = 48  # pixels of the picture; every stride divides it
SAMPLES = 300  # of the sine; every stride divides them
FARTHEST = 8
RIGHT = range(FARTHEST + 1)  # shifts to the right

EDGES = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]], dtype=torch.float64) / 4


class Moved(NamedTuple):
    """A picture x, the same shifted by (dy, dx), and what the layer makes of both."""

    x: Tensor  # the picture, (48, 48)
    outputs: Tensor  # of x and of x shifted by (dy, 0), …, (dy, 8), (10, m, m), m = 48/stride
    dx: int
    dy: int
    stride: int
    padding: str

    @property
    def y(self) -> Tensor:
        """The layer on the picture, (m, m)."""
        return self.outputs[0]

    @property
    def y_moved(self) -> Tensor:
        """The layer on the moved picture, (m, m)."""
        return self.outputs[1 + self.dx]

    @property
    def exact(self) -> bool:
        """Whether (dy, dx) are multiples of the stride."""
        return self.dx % self.stride == self.dy % self.stride == 0

    def nearest(self, dx: int) -> tuple[Tensor, tuple[int, int]]:
        """y shifted by the best whole steps next to (dy, dx)/stride, and these (rows, columns)."""
        rows, columns = (sorted({d // self.stride, -(-d // self.stride)}) for d in (self.dy, dx))
        moves = [(i, j) for i in rows for j in columns]
        tries = [moved_by(self.y, *move, self.padding) for move in moves]
        if len(moves) == 1:
            return tries[0], moves[0]
        far = (torch.stack(tries) - self.outputs[1 + dx]).square().sum((1, 2))
        best = int(far.argmin())
        return tries[best], moves[best]

    def errors(self, shifts: range = RIGHT) -> Tensor:
        """‖T S x − nearest‖/‖T x‖ for shifts to the right at this dy."""
        off = [(self.outputs[1 + dx] - self.nearest(dx)[0]).norm() for dx in shifts]
        return torch.stack(off) / (float(self.y.norm()) or 1.0)

    @property
    def error(self) -> float:
        """What `errors` is at the present shift."""
        return float(self.errors(range(self.dx, self.dx + 1)))

    def pooled(self, pool: str) -> Tensor:
        """The outputs pooled over all cells, (10,)."""
        return self.outputs.mean((1, 2)) if pool == "average" else self.outputs.amax((1, 2))


class Wave(NamedTuple):
    """A cosine and every s-th sample of it."""

    f: float  # cycles per sample
    passed: Tensor  # the cosine, or what the blur leaves, from s samples before t = 0 on
    stride: int
    blur: bool

    @property
    def kept(self) -> Tensor:
        """Every s-th sample of what passed, (300 / s,)."""
        return self.passed[self.stride : self.stride + SAMPLES : self.stride]

    @property
    def alias(self) -> float:
        """Cycles per kept sample that the kept ones show."""
        return alias(self.f, self.stride)

    @property
    def gain(self) -> float:
        """Amplitude that the blur leaves by theory, cos(πf)^(2s − 2), or 1."""
        return math.cos(math.pi * self.f) ** (2 * self.stride - 2) if self.blur else 1.0

    @property
    def peak(self) -> float:
        """Where the spectrum of the kept samples is largest, in cycles per kept sample."""
        return float(amplitudes(self.kept).argmax()) / len(self.kept)


@declared
def shift(
    view: Literal["picture", "sine"] = "picture",
    picture: Annotated[
        Literal["digit-4", "china", "flower", "disc", "dots"], Own("picture")
    ] = "digit-4",
    dx: Annotated[int, between(0, FARTHEST)] = 1,
    dy: Annotated[int, between(0, FARTHEST)] = 0,
    stride: Annotated[int, between(1, 4)] = 2,
    padding: Literal["circular", "zero"] = "circular",
    blur: bool = False,
    freq: Annotated[float, between(0, 0.5)] = 0.45,
) -> Moved | Wave:
    """T S x against S T x for the shift S and the layer T (CNN-10), or a strided sine (CNN-32).

    Args:
        picture: made to 48 x 48.
        dx, dy: pixels to the right and down. With circular padding the picture wraps around, with
            zero padding it leaves the frame and black comes in.
        stride: of the layer and of the sine, with or without a blur before it.
        padding: of the layer, and what follows the picture.
        freq: of the sine, in cycles per sample.
    """
    h = binomial(stride if blur else 1)
    if view == "sine":
        early, late = stride + len(h) // 2, SAMPLES + len(h) // 2
        return Wave(freq, convolve(cosine(freq, late, early), h, "valid"), stride, blur)
    x = _square(picture)
    every = [x, *(moved_by(x, dy, right, padding) for right in RIGHT)]
    return Moved(x, layer(torch.stack(every), stride, padding, h), dx, dy, stride, padding)


def cosine(f: float, last: int, before: int = 0) -> Tensor:
    """cos 2πft for t = −before, …, last − 1."""
    return torch.cos(2 * math.pi * f * torch.arange(-before, last, dtype=torch.float64))


def layer(x: Tensor, stride: int, padding: str, h: Tensor) -> Tensor:
    """Every stride-th cell of ReLU(edges of x), blurred by h hᵀ before, (..., m, m)."""
    if len(h) == 1:
        return _window(x, EDGES, stride, padding).clamp(min=0)
    return _window(_window(x, EDGES, 1, padding).clamp(min=0), torch.outer(h, h), stride, padding)


def _window(x: Tensor, w: Tensor, stride: int, padding: str) -> Tensor:
    """Cross-correlation with an odd kernel centred on every stride-th cell."""
    x = extend(x, ((len(w) // 2,) * 2,) * 2, padding)
    return convolve(x, w, "valid", flip=False, stride=stride)


def is_cut(name: str) -> bool:
    """Whether only the middle of the student's own picture is used, as it is no square."""
    return name.startswith("own-") and len(set(load(name).shape[1:])) > 1


@lru_cache(maxsize=16)
def _square(name: str) -> Tensor:
    """The picture as (48, 48) grey: a digit in the middle, any other cut to a square."""
    grey = load(name).mean(0)[None, None]
    if name.startswith("digit-"):
        # 30 is no multiple of 8, so that no edge lies on the grid of a stride
        return F.pad(F.interpolate(grey, (30, 30), mode="bilinear")[0, 0].double(), (9,) * 4)
    side = min(grey.shape[2:])
    top, left = ((n - side) // 2 for n in grey.shape[2:])
    square = grey[..., top : top + side, left : left + side]
    return F.interpolate(square, (SIDE, SIDE), mode="area")[0, 0].double()
