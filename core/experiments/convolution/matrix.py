r"""Convolution as a matrix: a band of shared weights, its deleted rows and its transpose.

y = T x with T[u, t] = h[u − t] (CNN-17): row u holds the kernel backwards, column t holds it as it
is, moved down by t. Of the rows of the full convolution the modes same, valid and causal keep a
slice, and a stride keeps every stride-th row of that. Tᵀ, the transposed convolution, sends the
outputs back to where they came from; it is no inverse.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from core import table
from core.check import choose, require
from core.convolution.matrices import doubly_block_toeplitz, toeplitz
from core.convolution.operator import MODES, convolve
from core.convolution.signals import moderate, short
from core.convolution.sizes import span

DOMAINS = ("signal", "picture")
LONGEST = 24  # samples of a signal
KERNELS = tuple((1, m) for m in range(1, 8))
STENCILS = ((2, 2), (3, 3), (1, 3), (3, 1))
PICTURES = tuple((s, s) for s in range(3, 7))
MOST = 199  # cells are numbered up to here; a number beyond the grid lights nothing


class Banded(NamedTuple):
    """The matrix T of a convolution, its two products and what is looked at.

    Attributes:
        x: signal (n,) or picture (rows, columns).
        h: kernel, of as many dimensions.
        drawn: the whole drawn signal, (24,), of which x is the first n samples.
        mode, stride, dilation, flip: as given.
        spans: length of the kernel spread by the dilation, per axis.
        frame: shape of all outputs, those of mode full (circular: of x), per axis.
        kept: which rows mode and stride leave, (outputs,) bool; outputs = Π frame.
        T: the matrix, (outputs, inputs), deleted rows NaN.
        band: where a kernel entry lies, be it zero, (outputs, inputs) bool.
        y: T x, (outputs,), deleted ones NaN.
        back: Tᵀ y, (inputs,).
        transpose: whether Tᵀ y is looked at instead of T x.
        u, t: row and column looked at, possibly beyond the matrix.
        eigenvalues: of T, complex (inputs,), when it is circulant; else empty.
        response: the DFT of the kernel at the frequencies k/n, complex (inputs,); else empty.
    """

    x: Tensor
    h: Tensor
    drawn: Tensor
    mode: str
    stride: int
    dilation: int
    flip: bool
    spans: tuple[int, ...]
    frame: tuple[int, ...]
    kept: Tensor
    T: Tensor
    band: Tensor
    y: Tensor
    back: Tensor
    transpose: bool
    u: int
    t: int
    eigenvalues: Tensor
    response: Tensor

    @property
    def acting(self) -> Tensor:
        """The matrix in the picture: T or Tᵀ."""
        return self.T.T if self.transpose else self.T

    @property
    def source(self) -> Tensor:
        """What the matrix in the picture is applied to, flat."""
        return self.y if self.transpose else self.x.flatten()

    @property
    def result(self) -> Tensor:
        """What comes out of it, flat."""
        return self.back if self.transpose else self.y

    @property
    def row(self) -> int | None:
        """The lit row of the matrix in the picture."""
        return self.u if self.u < len(self.acting) else None

    @property
    def column(self) -> int | None:
        """The lit column: the chosen one, when no row is."""
        return self.t if self.row is None and self.t < self.acting.shape[1] else None

    def touched(self) -> Tensor:
        """Indices that the lit row reads, or that the lit column writes."""
        band = (self.band & self.kept[:, None]).T if self.transpose else self.band
        if self.row is not None:
            there = band[self.row] & ~self.acting[self.row].isnan()
        elif self.column is not None:
            there = band[:, self.column] & ~self.acting[:, self.column].isnan()
        else:
            there = torch.zeros(0, dtype=torch.bool)
        return there.nonzero().flatten()

    @property
    def outputs(self) -> int:
        """How many rows are left."""
        return int(self.kept.sum())

    @property
    def miss(self) -> float:
        """‖TᵀTx − x‖ / ‖x‖, how far the transposed convolution is from undoing."""
        x = self.x.flatten()
        return float((self.back - x).norm() / (x.norm() or 1.0))


def banded(
    domain: str,
    n: int,
    x: str,
    h: str,
    picture: str,
    kernel: str,
    mode: str,
    stride: int,
    dilation: int,
    flip: bool,
    transpose: bool,
    u: int,
    t: int,
) -> Banded:
    """T with T x = h ∗ x (h ⋆ x when `flip` is off), and its transpose.

    Args:
        domain: "signal" takes n, x and h, "picture" takes picture and kernel.
        n: length of the signal, in [1, 24].
        x: its samples, "0 1 2"; what is missing up to n is 0, what lies beyond n waits unused.
        h: kernel of 1 to 7 numbers.
        picture: 3 x 3 to 6 x 6 numbers, rows at commas.
        kernel: 2 x 2, 3 x 3, 1 x 3 or 3 x 1 numbers.
        mode: as in `core.convolution.convolve`.
        stride: keep every stride-th row of what the mode leaves, in [1, 8]; of same too.
        dilation: distance of neighbouring kernel entries, in [1, 4].
        flip: True is convolution, False cross-correlation.
        transpose: whether Tᵀ y is looked at instead of T x.
        u, t: row and column looked at, in [0, 199].

    A valid mode whose kernel is longer than x has no row left, and says so.

    Raises:
        ValueError: a parameter is outside its range, a table has another shape, a cell that is no
            number or one beyond ±1e6.
    """
    choose("domain", domain, DOMAINS)
    choose("mode", mode, MODES)
    n = int(require("n", n, 1, LONGEST, integer=True))
    stride = int(require("stride", stride, 1, 8, integer=True))
    dilation = int(require("dilation", dilation, 1, 4, integer=True))
    u, t = (int(require(name, v, 0, MOST, integer=True)) for name, v in (("u", u), ("t", t)))
    samples = moderate(table.signal(x, "x", LONGEST), "x")
    drawn = samples.new_zeros(LONGEST).index_copy(0, torch.arange(len(samples)), samples)
    if domain == "signal":
        signal, weights = drawn[:n], moderate(table.read(h, "h", shapes=KERNELS)[0], "h")
    else:
        signal = moderate(table.read(picture, "picture", shapes=PICTURES), "picture")
        weights = moderate(table.read(kernel, "kernel", shapes=STENCILS), "kernel")

    spans = tuple(span(k, dilation) for k in weights.shape)
    whole = "circular" if mode == "circular" else "full"
    build = toeplitz if domain == "signal" else doubly_block_toeplitz
    shape = n if domain == "signal" else tuple(signal.shape)
    T, band = (
        build(each, shape, whole, flip=flip, dilation=dilation)
        for each in (weights, torch.ones_like(weights))
    )
    kept = torch.ones(1, dtype=torch.bool)
    for length, k in zip(signal.shape, spans):
        kept = (kept[:, None] & _kept(length, k, mode, stride, flip)).flatten()
    frame = tuple(len(_kept(length, k, mode, 1, flip)) for length, k in zip(signal.shape, spans))

    flat = signal.flatten()
    eigenvalues = response = torch.zeros(0, dtype=torch.complex128)
    if mode == "circular" and stride == 1:
        eigenvalues = torch.linalg.eigvals(T)
        response = _response(weights, signal.shape, dilation, flip)
    T = torch.where(kept[:, None], T, math.nan)
    y = T @ flat
    return Banded(
        x=signal,
        h=weights,
        drawn=drawn,
        mode=mode,
        stride=stride,
        dilation=dilation,
        flip=flip,
        spans=spans,
        frame=frame,
        kept=kept,
        T=T,
        band=band > 0,
        y=y,
        back=T[kept].T @ y[kept],
        transpose=transpose,
        u=u,
        t=t,
        eigenvalues=eigenvalues,
        response=response,
    )


def _kept(n: int, k: int, mode: str, stride: int, flip: bool) -> Tensor:
    """Which outputs of the full convolution of one axis stay."""
    first, count = {
        "full": (0, n + k - 1),
        "same": ((k - 1) // 2 if flip else k // 2, n),
        "valid": (k - 1, n - k + 1),
        "circular": (0, n),
        "causal": (0, n),
    }[mode]
    u = torch.arange(n if mode == "circular" else n + k - 1) - first
    return (u >= 0) & (u < count) & (u % stride == 0)


def _response(h: Tensor, lengths: tuple[int, ...], dilation: int, flip: bool) -> Tensor:
    """Σ_t h[t] exp(∓2πi k dilation t / n), flat; minus for a convolution."""
    answer = h.to(torch.complex128)
    for axis, n in enumerate(lengths):
        angle = torch.arange(n)[:, None] * (dilation * torch.arange(h.shape[axis])) % n
        turn = (-2 if flip else 2) * math.pi / n * angle.double()
        waves = torch.polar(torch.ones_like(turn), turn)
        answer = torch.tensordot(waves, answer, dims=([1], [axis])).movedim(0, axis)
    return answer.flatten()


def too_long(run: Banded) -> str:
    """Why no window fits into x, or nothing."""
    for k, n in zip(run.spans, run.x.shape):
        if k > n:
            return f"no window fits: the kernel spans {k} entries, the input has {n}"
    return ""


def slid(run: Banded) -> Tensor:
    """The outputs by sliding the window, no matrix involved, as many as rows are left."""
    modes = {"flip": run.flip, "dilation": run.dilation, "method": "direct"}
    if run.mode == "same":
        y = convolve(run.x, run.h, "same", **modes)
        return y[(slice(None, None, run.stride),) * y.ndim].flatten()
    return convolve(run.x, run.h, run.mode, stride=run.stride, **modes).flatten()


# --- words ---------------------------------------------------------------------------------------


def says(run: Banded, **_) -> str:
    """What the matrix is made of, and what is lit."""
    outputs, inputs = run.T.shape
    if not run.outputs:
        return (
            f"No row is left: {too_long(run)}, so valid has nothing to return. Shorten the kernel "
            "or take another mode."
        )
    weights = int((run.band & run.kept[:, None]).sum())
    rows = f"{run.outputs} of {outputs} rows" if run.outputs < outputs else f"{outputs} rows"
    made = (
        f"{rows} × {inputs} columns: {run.outputs * inputs} cells, {weights} of them weights, all "
        f"from the {run.h.numel()} of the kernel. "
    )
    if run.transpose:
        undone = (
            f"It is no inverse: ‖TᵀTx − x‖ is {run.miss:.3g} times ‖x‖. "
            if run.miss > 1e-9
            else "For this kernel, and hardly any other, it undoes T. "
        )
        made = f"Tᵀ sends each y[u] back to the inputs it came from. {undone}"
    return made + _lit(run)


def names(run: Banded) -> tuple[str, str]:
    """What goes in and what comes out, ("x", "y") or ("y", "x̂")."""
    return ("y", "x̂") if run.transpose else ("x", "y")


def place(index: int, shape: tuple[int, ...]) -> str:
    """The index in brackets: [3] in a signal, [1, 2] in a picture."""
    return f"[{index}]" if len(shape) == 1 else f"[{index // shape[1]}, {index % shape[1]}]"


def places(run: Banded) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Shapes of what goes in and of what comes out."""
    shapes = tuple(run.x.shape), run.frame
    return shapes[::-1] if run.transpose else shapes


def _lit(run: Banded) -> str:
    (source, result), (ins, outs) = names(run), places(run)
    count = len(run.touched())
    if run.row is not None:
        cell = f"{result}{place(run.row, outs)}"
        if not run.transpose and not run.kept[run.row]:
            return f"The row of {cell} was deleted by the {_deleted_by(run)}."
        if not count:
            return f"No window ever saw x{place(run.row, outs)}: nothing comes back to it."
        value = short(float(run.result[run.row]))
        return f"Lit: {cell} = {value}, the sum of {_counted(count, 'product')}."
    if run.column is not None:
        cell = f"{source}{place(run.column, ins)}"
        if run.transpose and not run.kept[run.column]:
            return f"The column of {cell} was deleted by the {_deleted_by(run)}."
        return f"Lit: {cell} goes into {_counted(count, 'sample')} of {result}."
    return f"Cell ({run.u}, {run.t}) is beyond this matrix: nothing is lit."


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")


def _deleted_by(run: Banded) -> str:
    """Whether the mode already leaves the lit output out."""
    lit = run.column if run.transpose else run.row
    for axis in reversed(range(len(run.frame))):
        lit, index = divmod(lit, run.frame[axis])
        if not _kept(run.x.shape[axis], run.spans[axis], run.mode, 1, run.flip)[index]:
            return f"mode {run.mode}"
    return "stride"


# --- answers to the predictions ------------------------------------------------------------------


def weights_in_words(run: Banded) -> str:
    """How many different weights stand in the matrix, zeros outside the band aside."""
    return str(len(run.T[run.kept][run.band[run.kept]].unique()))


def deleted_in_words(run: Banded) -> str:
    """What the stride took away: every second row, or every second weight in a row."""
    every = run.kept.nonzero().flatten().diff()
    reads = run.band[run.kept][0].nonzero().flatten().diff()
    if len(every) and int(every.min()) > 1:
        return "every second row"
    return "every second weight of a row" if int(reads.max()) > 1 else "nothing"


def order_in_words(run: Banded) -> str:
    """The weights of a row of T from left to right."""
    row = run.T[run.kept][run.outputs // 2]
    return " ".join(short(v) for v in row[run.band[run.kept][run.outputs // 2]].tolist())


def undone_in_words(run: Banded) -> str:
    """How TᵀTx relates to x."""
    x = run.x.flatten()
    if run.miss < 1e-9:
        return "x again"
    factor = float(run.back @ x) / float(x @ x)
    if float((run.back - factor * x).norm()) < 1e-9 * float(x.norm()):
        return "a multiple of x"
    return "something else"


def kept_in_words(run: Banded) -> str:
    """How many outputs are left."""
    return str(run.outputs)
