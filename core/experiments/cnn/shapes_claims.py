"""What the shape calculator claims: CNN-18, CNN-19 (E-56), CNN-20 and CNN-32 (E-64)."""

import torch
import torch.nn.functional as F
from torch import Tensor

from core.check import Check, equal, same
from core.cnn.sliding import grey, keeping, margins, size, weights
from core.convolution import convolve, used_inputs
from core.experiments.cnn.shapes import CONSTANT, Shapes


def checks(
    run: Shapes, *, n: int, k: int, p: int, s: int, d: int, fill: str, kind: str
) -> list[Check]:
    """Up to eight checks on this layer."""
    layer, total = kind != "transposed", d * (k - 1)
    law = "⌊(n + 2p − d(k − 1) − 1)/s⌋ + 1" if layer else "(n − 1)s − 2p + d(k − 1) + 1"
    x, w, fits = grey(n)[n // 2], weights(k)[0], run.span <= n
    near = [
        len(convolve(F.pad(x, (q, q)), w, "valid", dilation=d))
        for q in (total // 2, total // 2 + 1)
        if n + 2 * q > total
    ]
    full = convolve(x, w, "full", dilation=d)[run.span - 1 : n]
    outputs = f"outputs in a row, counted = {law}"
    symmetric = (layer, "speaks of symmetric padding, not of a transposed layer")
    small = (fits, f"without padding the window of {run.span} does not fit into {n}")
    valid = convolve(x, w, "valid", dilation=d) if fits else full
    keeps = "p = 0 keeps the outputs d(k − 1), …, n − 1 of the full convolution, middle row"
    laid = "n + 2p cells in a row, each an input cell or the filling, as the padding says"
    if layer:
        sums, *reads = _strided(run, n, k, p, s, d, fill, kind)
    else:
        sums, reads = _transposed(run, p, s, d), []
        laid = "the input pulled apart by s − 1 zeros and padded, cell by cell"
    return [
        equal("CNN-18", outputs, run.size, size(n, k, p, s, d, kind)),
        sums,
        equal(
            "CNN-19",
            "stride 1: size = n exactly when 2p = d(k − 1), whatever fills it; 1 for yes, 0 for no",
            run.size == n,
            2 * p == total,
            needs=((layer, "a transposed layer cuts 2p off"), (s == 1, f"stride is {s}")),
        ),
        equal(
            "CNN-19",
            "stride 1: the nearest size, counted, is n for even d(k − 1) and off by 1 for odd",
            min(abs(each - n) for each in near),
            total % 2,
            needs=(symmetric,),
        ),
        same(
            "CNN-18",
            laid,
            torch.cat((run.axis.source, run.x.flatten())),
            _laid(run, k, p, s, d, fill, kind),
        ),
        same("CNN-20", keeps, full, valid, needs=(small,)),
        *reads,
    ]


def _laid(run: Shapes, k: int, p: int, s: int, d: int, fill: str, kind: str) -> Tensor:
    """The input cell that each padded cell repeats, −1 for none, and then what the cells hold."""
    n, place = run.n, torch.arange(-p, run.n + p)
    index = torch.where((place >= 0) & (place < n), place, -1)
    if kind == "transposed":
        numbers, one = torch.arange(1.0, n + 1)[None, None], torch.ones(1, 1, 1)
        apart, margin = F.conv_transpose1d(numbers, one, stride=s), margins(k, p, d, kind)
        index = F.pad(apart, (margin, margin))[0, 0].long() - 1
    elif fill == "reflect":
        index = n - 1 - (place % max(1, 2 * n - 2) - (n - 1)).abs()
    elif fill in ("replicate", "circular"):
        index = place.clamp(0, n - 1) if fill == "replicate" else place % n
    filling = CONSTANT if fill == "constant" and kind != "transposed" else 0.0
    held = F.pad(grey(n), (0, 1, 0, 1), value=filling)[index[:, None], index]  # −1: the last one
    return torch.cat((index, held.flatten()))


def _products(run: Shapes) -> Tensor:
    """Every output as the sum of the products of its window."""
    taps, k = run.axis.taps, len(run.w)
    met = (run.axis.weights[:, None] == torch.arange(k)).to(run.w)
    weights = met @ run.w @ met.T  # in the order in which a window meets them
    return torch.einsum("iajb,ab->ij", run.x[taps[:, :, None, None], taps], weights)


def _transposed(run: Shapes, p: int, s: int, d: int) -> Check:
    x, w = grey(run.n)[None, None], run.w[None, None]
    apart = "transposed stride s = stride 1 over the input pulled apart by s − 1 zeros"
    torchs = F.conv_transpose2d(x, w, stride=s, dilation=d, padding=p)[0, 0]
    both = torch.stack((torchs, _products(run)))
    return same(
        "CNN-32", f"{apart}, by torch's transposed convolution and by its products", both, run.y
    )


def _strided(
    run: Shapes, n: int, k: int, p: int, s: int, d: int, fill: str, kind: str
) -> list[Check]:
    every = convolve(run.x, run.w, "valid", flip=kind == "true", dilation=d)
    taps, products = run.axis.taps, _products(run)
    known = p == 0 or fill in ("zero", "constant")
    every_s = "stride s keeps every s-th output of stride 1, each the sum of its window's products"
    between = "d = 1: cells between windows = (size − 1) max(0, s − k): none while s ≤ k"
    under = "input columns under some window, from the windows drawn = from the arithmetic of s, d"
    holes = (d == 1, f"dilation {d} leaves holes inside each window")
    unseen, seen = int(taps[-1, -1]) + 1 - len(taps.unique()), int(run.seen.sum())
    used = int(used_inputs(n, k, p, s, d).sum()) if known else 0
    repeats = (known, "speaks of padding that repeats no input")
    return [
        same("CNN-32", every_s, torch.stack((every[::s, ::s], products)), run.y),
        equal("CNN-32", between, unseen, (run.size - 1) * max(0, s - k), needs=(holes,)),
        equal("CNN-32", under, seen, used, needs=(repeats,)),
    ]


def says(run: Shapes, *, k: int, p: int, s: int, d: int, kind: str, look: str, cell: int) -> str:
    """The sizes, what is never seen and what is lit, in plain sentences."""
    n, size, kept = run.n, run.size, keeping(k, d, kind)
    made = f"In steps of {s}, a" if s > 1 else "A"
    made += f" window {run.span} wide fits {size} time{'s' * (size > 1)} into a row of "
    made += f"{n} + 2 · {p} = {n + 2 * p}" if p else f"{n}"
    if kind == "transposed":
        zeros = f"{s - 1 or 'no'} zero" + "s" * (s != 2)
        made = f"With {zeros} between neighbours, a row of {n} makes one of {size}"
    made += f": the output is {size} × {size}"
    if size == n:
        made += ", as large as the input"
    elif p and s == 1 and kind != "transposed":
        made += f" and not {n} × {n}; "
        made += f"p = {kept} would keep the size" if kept >= 0 else "no p keeps the size"
    return f"{made}. {_unseen(run, kind)} {_about(run, look, cell)}"


def _unseen(run: Shapes, kind: str) -> str:
    """Rows, and columns just as well, that no window reads."""
    n, gaps, left = run.n, run.gaps, run.left_over
    if not gaps and not left:
        return f"Every one of the {n} columns is read." if n > 1 else "The one column is read."
    if gaps + left == n:
        return "No column of the input is read, only the padding."
    if kind == "transposed":
        return f"Cut off: {gaps + left} of the {n} columns."
    parts = [f"{gaps} skipped"] * (gaps > 0) + [f"{left} left over at the end"] * (left > 0)
    return f"Never read: of the {n} columns {', '.join(parts)}."


def _about(run: Shapes, look: str, cell: int) -> str:
    chosen = run.lit(look, cell)
    if chosen.place is None:
        return f"The cell chosen before lies outside this {look} grid; nothing is lit."
    i, j = chosen.place
    reached = len(chosen.outputs[0]) * len(chosen.outputs[1])
    if look == "output":
        count = chosen.products.numel()
        summed = f"{count} products add" if count > 1 else "1 product adds"
        return f"Output ({i}, {j}): {summed} up to {run.y[i, j]:.6g}."
    if look == "weight":
        many = f"all {reached} outputs" if reached > 1 else "the one output"
        return f"Weight ({i}, {j}) = {run.w[i, j]:.6g} works in {many}."
    touched = f"{reached} output" + "s" * (reached != 1)
    return f"This cell of the padded input holds {run.x[i, j]:.6g} and touches {touched}."


def _size(run: Shapes) -> tuple[str, dict]:
    return f"n{run.size}", {"p": (run.span - 1) // 2}


def _keeping(run: Shapes, *, k: int, d: int, kind: str) -> str:
    kept = keeping(k, d, kind)
    return f"p{kept}" if kept >= 0 else "none"


answers = {"zeros": _size, "even": _keeping, "stride": lambda run: run.gaps + run.left_over}
