"""Backpropagation through a convolution layer, line by line, with the numbers of the student.

The layer is z = w ∗ y⁽ˡ⁻¹⁾ + b (or w ⋆ y⁽ˡ⁻¹⁾ + b), y⁽ˡ⁾ = φ(z), valid padding. Indices are
counted from the middle: entry 0 of a signal of n samples is sample n // 2, kernel entries run from
−p to p, and a signal is 0 outside itself. A signal is a picture of one row.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from core.check import Check, choose, equal, require
from core.cnn.derivation import (
    LINES,
    PRINTED_P,
    PRINTED_ROT,
    SAME,
    Line,
    close,
    derivation,
    differs,
    padded,
    reads,
    rot180,
    turned,
)
from core.convolution import backward, convolve
from core.table import read

SPACES = ("signal", "picture")
LAYERS = ("conv", "corr")
UPSTREAMS = ("one", "drawn")
ACTIVATIONS = ("identity", "relu", "tanh", "sigmoid")
VIEWS = ("positions", "lines")
LOOKS = ("kernel", "input")
LONGEST = 12  # samples of a signal, rows and columns of a picture
LARGEST = 1000.0  # size of a number in a table


class Autograd(NamedTuple):
    """The same gradients from torch's own convolution: of w, y⁽ˡ⁻¹⁾, b, z and y⁽ˡ⁾."""

    w: Tensor
    y: Tensor
    b: Tensor
    z: Tensor
    out: Tensor


class Backprop(NamedTuple):
    """A layer, a gradient from above, and what arrives below.

    Attributes:
        y: input y⁽ˡ⁻¹⁾, (rows, columns); one row for a signal.
        w: kernel, (2p + 1, 2q + 1); one row for a signal.
        z, out: w ∗ y + b and y⁽ˡ⁾ = φ(z), (K, L), which is (rows − 2p, columns − 2q).
        upstream: ∂R/∂y⁽ˡ⁾, (K, L).
        delta: ∂R/∂z = ∂R/∂y⁽ˡ⁾ ⊙ φ′(z), (K, L).
        grad_w, grad_y, grad_b: ∂R/∂w, ∂R/∂y⁽ˡ⁻¹⁾ and ∂R/∂b.
        untied: δₖ ∂zₖ/∂wᵢ, the gradient of a kernel of its own at each position, (K, L) + w.shape.
        lines: the derivation of ∂R/∂w.
        autograd: the second route.
        sample, upper: the drawn tables y⁽ˡ⁻¹⁾ and ∂R/∂y⁽ˡ⁾ at their largest size.
        flip: whether the layer convolves (True) or correlates (False).
    """

    y: Tensor
    w: Tensor
    z: Tensor
    out: Tensor
    upstream: Tensor
    delta: Tensor
    grad_w: Tensor
    grad_y: Tensor
    grad_b: float
    untied: Tensor
    lines: tuple[Line, ...]
    autograd: Autograd
    sample: Tensor
    upper: Tensor
    flip: bool

    @property
    def half(self) -> tuple[int, int]:
        """(p, q), half the size of the kernel."""
        return self.w.shape[0] // 2, self.w.shape[1] // 2

    def index(self, grid: str, place: tuple[int, int]) -> tuple[int, ...]:
        """Index from the middle of an array place of "y", "w" or "z"; one number for a signal."""
        p = self.half
        middle = p if grid == "w" else (self.y.shape[0] // 2, self.y.shape[1] // 2)
        shift = p if grid == "z" else (0, 0)
        both = tuple(a + s - m for a, s, m in zip(place, shift, middle, strict=True))
        return both if self.y.shape[0] > 1 else both[1:]


class Products(NamedTuple):
    """What one gradient entry is the sum of.

    Attributes:
        name: "kernel" or "input".
        place: (row, column) of the entry.
        outputs: places k in δ, (m, 2).
        others: places in y (kernel entry) or in w (input entry), (m, 2).
        factors: (δₖ, y or w), (m, 2).
        total: the sum of their products.
    """

    name: str
    place: tuple[int, int]
    outputs: Tensor
    others: Tensor
    factors: Tensor
    total: float


def backprop(
    space: str,
    layer: str,
    n: int,
    y: str,
    w: str,
    y2: str,
    w2: str,
    upstream: str,
    out: int,
    delta: str,
    delta2: str,
    act: str,
    b: float,
    view: str,
    line: int,
    look: str,
    cell: int,
) -> Backprop:
    r"""∂R/∂w = δ ∗ rot180(y), ∂R/∂y = δ ∗ rot180(w), ∂R/∂b = Σ δₖ, where δ = ∂R/∂y⁽ˡ⁾ ⊙ φ′(z).

    Args:
        space: "signal" uses y, w and delta, "picture" uses y2, w2 and delta2.
        layer: "conv" convolves, zₖ = Σ w_o y_{k−o} + b; "corr" correlates as torch does, y_{k+o}.
        n: length of the signal or side of the picture, in [5, 12].
        y, y2: the input as a table, cut or filled with zeros to n and n × n.
        w, w2: the kernel, 1 × 3 or 1 × 5, and 3 × 3.
        upstream: "one" is 1 at output number `out` and 0 elsewhere, 0 everywhere when there is no
            such output; "drawn" is the table delta or delta2, cut or filled with zeros.
        act: φ, one of `ACTIVATIONS`; the derivative of relu at 0 is 0, as in torch.
        b: bias, in [-10, 10].
        view, line, look, cell: what the picture shows; they do not change the result.

    Raises:
        ValueError: a value out of its range, a table with a cell that is no number or beyond 1000.
    """
    choose("space", space, SPACES)
    choose("layer", layer, LAYERS)
    choose("upstream", upstream, UPSTREAMS)
    choose("act", act, ACTIVATIONS)
    choose("view", view, VIEWS)
    choose("look", look, LOOKS)
    require("n", n, 5, LONGEST, integer=True)
    require("out", out, 0, 10_000, integer=True)
    require("line", line, 0, LINES - 1, integer=True)
    require("cell", cell, 0, 10_000, integer=True)
    require("b", b, -10, 10)
    flat = space == "signal"
    most = (1, LONGEST) if flat else (LONGEST, LONGEST)
    sample = fitted(_table(y if flat else y2, "y" if flat else "y2"), most)
    kernel = _table(*((w, "w", ((1, 3), (1, 5))) if flat else (w2, "w2", ((3, 3),))))
    upper = fitted(_table(delta if flat else delta2, "delta" if flat else "delta2"), most)
    x = sample[:, :n] if flat else sample[:n, :n]

    flip = layer == "conv"
    z = convolve(x, kernel, "valid", flip=flip) + b
    value, slope = _activation(act, z)
    if upstream == "drawn":
        above = upper[: z.shape[0], : z.shape[1]]
    else:
        above = torch.zeros_like(z)
        above.view(-1)[int(out) : int(out) + 1] = 1.0
    inner = above * slope
    grad_y, grad_w = backward(inner, x, kernel, "valid", flip=flip)
    auto = _autograd(x, kernel, b, act, above, flip)
    untied = inner[..., None, None] * reads(x, kernel, flip)
    return Backprop(
        y=x,
        w=kernel,
        z=z,
        out=value,
        upstream=above,
        delta=inner,
        grad_w=grad_w,
        grad_y=grad_y,
        grad_b=float(inner.sum()),
        untied=untied,
        lines=derivation(x, kernel, inner, flip, auto.w),
        autograd=auto,
        sample=sample,
        upper=upper,
        flip=flip,
    )


def _table(text: str, name: str, shapes: tuple[tuple[int, int], ...] = ()) -> Tensor:
    table = read(text, name, shapes=shapes)
    for value in (float(table.min()), float(table.max())):
        require(f"every number of {name}", value, -LARGEST, LARGEST)
    return table


def fitted(table: Tensor, shape: tuple[int, int]) -> Tensor:
    """The top left `shape` of the table, filled with zeros where it is smaller."""
    cut = table[: shape[0], : shape[1]]
    return F.pad(cut, (0, shape[1] - cut.shape[1], 0, shape[0] - cut.shape[0]))


def _activation(act: str, z: Tensor) -> tuple[Tensor, Tensor]:
    """φ(z) and φ′(z)."""
    if act == "relu":
        return z.clamp(min=0), (z > 0).to(z)
    if act == "tanh":
        return z.tanh(), 1 - z.tanh().square()
    if act == "sigmoid":
        return z.sigmoid(), z.sigmoid() * (1 - z.sigmoid())
    return z, torch.ones_like(z)


def _autograd(y: Tensor, w: Tensor, b: float, act: str, upstream: Tensor, flip: bool) -> Autograd:
    """Gradients of R = Σ ∂R/∂y⁽ˡ⁾ₖ y⁽ˡ⁾ₖ by torch, whose layer correlates."""
    phi = {"identity": lambda z: z * 1, "relu": F.relu, "tanh": torch.tanh, "sigmoid": F.sigmoid}
    leaves = [t.clone().requires_grad_() for t in (w, y, torch.tensor(b, dtype=w.dtype))]
    w, y, bias = leaves
    kernel = w.flip((0, 1)) if flip else w
    z = F.conv2d(y[None, None], kernel[None, None], bias[None])[0, 0]
    out = phi[act](z)
    return Autograd(*torch.autograd.grad((upstream * out).sum(), [*leaves, z, out]))


def looked_at(run: Backprop, look: str, cell: int) -> tuple[int, int] | None:
    """(row, column) of gradient entry number `cell` of w or y, None when there is no such entry."""
    grid = run.w if look == "kernel" else run.y
    return divmod(int(cell), grid.shape[1]) if cell < grid.numel() else None


def products(run: Backprop, look: str, cell: int) -> Products | None:
    """The products that make one entry of ∂R/∂w or ∂R/∂y⁽ˡ⁻¹⁾, None when there is no such entry."""
    place = looked_at(run, look, cell)
    if place is None:
        return None
    rows, columns = run.w.shape
    at = torch.tensor(place)
    turn = torch.tensor([rows - 1, columns - 1])
    if look == "kernel":
        outputs = torch.cartesian_prod(*map(torch.arange, run.delta.shape))
        others = outputs + (turn - at if run.flip else at)
        grid = run.y
    else:
        others = torch.cartesian_prod(*map(torch.arange, run.w.shape))
        outputs = at - (turn - others if run.flip else others)
        inside = ((outputs >= 0) & (outputs < torch.tensor(run.delta.shape))).all(1)
        outputs, others, grid = outputs[inside], others[inside], run.w
    factors = torch.stack([run.delta[tuple(outputs.T)], grid[tuple(others.T)]], 1)
    return Products(look, place, outputs, others, factors, float(factors.prod(1).sum()))


def checks(run: Backprop, **_) -> list[Check]:
    """CNN-24 to CNN-28 with errata E-60, E-61 and E-62, all against torch's autograd."""
    auto = run.autograd
    kernel = "δ ∗ rot180(y⁽ˡ⁻¹⁾)" if run.flip else "δ ⋆ y⁽ˡ⁻¹⁾, nothing turned"
    below = "δ ∗ rot180(w)" if run.flip else "δ ∗ w"
    corner = (-1, -1) if run.flip else (0, 0)
    printed, rotated = run.lines[PRINTED_P].values, run.lines[PRINTED_ROT].values
    _, mirrored = backward(padded(run.delta, run.y), turned(run.y), run.w, "valid")
    full = convolve(run.y, run.w)
    transposed = run.w if not run.flip else rot180(run.w)
    spread = F.conv_transpose2d(run.delta[None, None], transposed[None, None])[0, 0]
    return [
        _zero(
            "CNN-24",
            "∂R/∂wⱼ = Σₖ ∂R/∂zₖ ∂zₖ/∂wⱼ, the sum of the untied gradients (two indices, E-60): "
            "largest distance from autograd",
            run.untied.sum((0, 1)),
            auto.w,
        ),
        _zero("CNN-25", f"∂R/∂w = {kernel}: largest distance from autograd", run.grad_w, auto.w),
        _zero(
            "CNN-25",
            "every line of the derivation that is not misprinted: largest distance from autograd",
            torch.stack([each.values for each in run.lines if not each.wrong]),
            auto.w,
        ),
        equal(
            "CNN-25",
            "as printed (E-61) Σₖ δₖ yₖ₋ₚ is one number for all i: it is ∂R/∂wᵢ at i = "
            + ("p" if run.flip else "−p")
            + " alone",
            float(printed.view(-1)[0]),
            float(auto.w[corner]),
        ),
        _zero(
            "CNN-25",
            "as printed (E-61) Σₖ δₖ rot180(y)ₖ₋ᵢ is the gradient of a convolution that reads "
            "rot180(y): largest distance",
            rotated,
            mirrored,
        ),
        _zero(
            "CNN-26",
            f"∂R/∂y⁽ˡ⁻¹⁾ = {below}, full: largest distance from autograd",
            run.grad_y,
            auto.y,
        ),
        _zero(
            "CNN-26",
            "∂R/∂y⁽ˡ⁻¹⁾ is the transposed convolution of δ: largest distance from "
            "torch's conv_transpose",
            run.grad_y,
            spread,
        ),
        _zero(
            "CNN-26",
            "∂R/∂y⁽ˡ⁾, which the sheet names (E-62), is the gradient that was given: distance from "
            "autograd",
            run.upstream,
            auto.out,
        ),
        equal("CNN-27", "∂R/∂b = Σₖ δₖ, against autograd", run.grad_b, float(auto.b)),
        _zero(
            "CNN-27",
            "δ = ∂R/∂y⁽ˡ⁾ ⊙ φ′(z): largest distance from autograd",
            run.delta,
            auto.z,
        ),
        _zero("CNN-28", "rot180(rot180(y)) = y: largest distance", rot180(rot180(run.y)), run.y),
        _zero(
            "CNN-28",
            "rot180(y ∗ w) = rot180(y) ∗ rot180(w): largest distance",
            rot180(full),
            convolve(rot180(run.y), rot180(run.w)),
        ),
    ]


def _zero(id: str, claim: str, a: Tensor, b: Tensor) -> Check:
    """The claim that two tensors are equal, as the largest distance relative to their size."""
    scale = max(1.0, float(b.abs().max()))
    return equal(id, claim, float((a - b).abs().max()) / scale, 0.0)


def says(run: Backprop, *, view: str, line: int, look: str, cell: int, **values) -> str:
    """What happened, in one or two plain sentences."""
    told = _about(run.lines[line], run, line) if view == "lines" else _pushed(run, **values)
    if looked_at(run, look, cell) is None:
        told += f" There is no gradient entry number {cell} now, so none is written out."
    return told


def _pushed(run: Backprop, *, upstream: str, out: int, act: str, **_) -> str:
    """Where the gradient from above went."""
    if upstream == "one" and out >= run.z.numel():
        return f"There is no output number {out} now: nothing is pushed, and every gradient is 0."
    dead = int(((run.delta == 0) & (run.upstream != 0)).sum())
    if not bool(run.delta.any()):
        reason = f"φ′(z) = 0 there, {act} is flat" if dead else "∂R/∂y⁽ˡ⁾ is 0 everywhere"
        return f"Nothing arrives below: {reason}, so δ = 0 and every gradient is 0."
    if upstream == "one":
        place = divmod(int(out), run.z.shape[1])
        k = written(run.index("z", place))
        turned = "turned by 180°" if run.flip else "as it stands"
        scaled = "" if act == "identity" else f", times φ′(z) = {run.delta.sum():.3g}"
        return (
            f"A gradient of 1 enters at output k = {k}. The kernel receives the window of the "
            f"input that this output saw, {turned}{scaled}; the {run.w.numel()} inputs of the "
            f"window receive the weights they were multiplied by."
        )
    lost = f" {dead} of the outputs pass nothing on, φ′(z) is 0 there." if dead else ""
    return (
        f"{int((run.delta != 0).sum())} outputs push at once: each kernel entry receives the sum "
        f"over all of them, since they share it. ∂R/∂b = Σδ = {run.grad_b:.4g}.{lost}"
    )


def _about(line: Line, run: Backprop, number: int) -> str:
    """A line of the derivation against autograd."""
    off, wrong = (line.values - run.autograd.w).abs(), differs(line.values, run.autograd.w)
    head = f"Line {number + 1} of {len(run.lines)}, {line.text}"
    if not line.wrong:
        return f"{head}: equal to autograd in every entry."
    if line.agrees:
        return (
            f"{head}, as printed: these numbers hide the mistake and every entry agrees with "
            f"autograd. In general {line.wrong}."
        )
    return (
        f"{head}, as printed, fails: {int(wrong.sum())} of {off.numel()} entries differ "
        f"from autograd, by up to {float(off.max()):.3g}; {line.wrong}."
    )


def written(index: tuple[int, ...]) -> str:
    """An index as text: −2, or (0, −1)."""
    numbers = [str(i).replace("-", "−") for i in index]
    return numbers[0] if len(numbers) == 1 else f"({', '.join(numbers)})"


def arrives(run: Backprop) -> str:
    """What a unit gradient at one output leaves in the kernel, as the options of a prediction."""
    row, column = divmod(int(run.upstream.argmax()), run.z.shape[1])
    window = run.y[row : row + run.w.shape[0], column : column + run.w.shape[1]]
    found = {
        "the window of the input as it stands": window,
        "the window of the input, turned by 180°": rot180(window),
        "the weights themselves": run.w,
    }
    return next((name for name, it in found.items() if close(run.grad_w, it)), "something else")


def entries_right(run: Backprop) -> str:
    """In how many entries the printed Σ δₖ yₖ₋ₚ equals autograd."""
    right = int((~differs(run.lines[PRINTED_P].values, run.autograd.w)).sum())
    return {0: "in none", 1: "in one", run.w.numel(): "in all five"}.get(right, f"in {right}")


def least_fed(run: Backprop) -> str:
    """Which inputs receive the smallest gradient."""
    received = run.grad_y.abs().flatten()
    if float(received.max() - received.min()) <= SAME:
        return "none, all the same"
    ends = float(torch.maximum(received[0], received[-1]))
    return "the two at the ends" if ends <= float(received[1:-1].min()) else "those in the middle"


def passes(run: Backprop) -> str:
    """What is left of a unit gradient below the activation."""
    size = float(run.delta.abs().max())
    return "nothing" if size == 0 else "all of it" if size == 1 else f"{size:.2g} of it"
