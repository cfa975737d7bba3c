"""What is checked of a convolution written as a matrix, and the words for it."""

import torch

from core.check import Check, equal, same
from core.convolution.operator import convolve, extend
from core.convolution.signals import counted, short
from core.experiments.convolution.matrix import Banded, Look


def checks(run: Banded) -> list[Check]:
    """CNN-17, CNN-19 and CNN-20 on this matrix."""
    weight = float(run.h.abs().sum())  # with it grows the rounding of a sum
    small, size = (1e-12 * max(1.0, s) for s in (weight, weight * float(run.x.abs().sum())))
    return [*_matrix(run, small, size), _circulant(run, small), _valid(run, size), _same(run, size)]


def _matrix(run: Banded, small: float, size: float) -> tuple[Check, Check, Check]:
    name, there = "h ∗ x" if run.flip else "h ⋆ x", ((run.outputs > 0, run.too_long),)
    product = back = pulled = torch.zeros(0)
    if run.outputs:
        x = run.x.clone().requires_grad_()
        slid = convolve(x, run.h, run.mode, run.flip, dilation=run.dilation, method="direct")
        product = slid[(slice(None, None, run.stride),) * x.ndim].flatten()
        g = torch.cos(torch.arange(len(product), dtype=torch.float64))
        (pulled,) = torch.autograd.grad(product, x, g)
        product, back = product.detach(), run.T[run.kept].T @ g
    laps = run.mode == "circular" and any(k > n for k, n in zip(run.spans, run.x.shape))
    slides = f"T x = {name}, the matrix against the sliding window: largest difference of an output"
    holds = "every column of the whole matrix holds the kernel and nothing else: cells in use, "
    holds += "inputs times weights"
    pulls = (
        f"Tᵀg is the transposed convolution, the gradient of ⟨{name}, g⟩ that autograd returns, "
        "for g[u] = cos u: largest difference"
    )
    used, cells = int((run.band | (run.T.nan_to_num() != 0)).sum()), run.x.numel() * run.h.numel()
    once = ((not laps, "the kernel laps itself on the circle"),)
    return (
        same("CNN-17", slides, run.y[run.kept], product, tol=size, needs=there),
        equal("CNN-17", holds, used, cells, needs=once),
        same("CNN-17", pulls, back, pulled.flatten(), tol=small, needs=there),
    )


def _circulant(run: Banded, small: float) -> Check:
    turned, scaled = torch.zeros(2, 1)
    if run.circulant:  # each column of W is a mode
        impulses = torch.eye(run.x.numel(), dtype=torch.complex128).unflatten(0, run.x.shape)
        W = torch.fft.fftn(impulses, dim=tuple(range(run.x.ndim))).conj().flatten(0, -2)
        turned, scaled = torch.view_as_real(run.T.to(W) @ W), torch.view_as_real(W * run.response)
    claim = (
        "circulant: T only multiplies each Fourier mode, T wₖ = ĥ[k] wₖ, so its eigenvalues are "
        "the DFT of h: largest difference"
    )
    needs = ((run.circulant, "needs mode circular with stride 1: only then is T circulant"),)
    return same("CNN-17", claim, turned, scaled, tol=small, needs=needs)


def _valid(run: Banded, size: float) -> Check:
    inside = cut = torch.zeros(1)
    if not run.too_long:
        modes = {"flip": run.flip, "dilation": run.dilation}
        inside, whole = (convolve(run.x, run.h, mode, **modes) for mode in ("valid", "full"))
        cut = whole[tuple(slice(k - 1, n) for k, n in zip(run.spans, run.x.shape))]
    claim = "valid = entries k − 1 … n − 1 of full, so n − k + 1 of them: largest difference"
    return same("CNN-20", claim, inside, cut, tol=size, needs=((not run.too_long, run.too_long),))


def _same(run: Banded, size: float) -> Check:
    axes, modes = list(zip(run.x.shape, run.spans)), {"flip": run.flip, "dilation": run.dilation}
    n, k = next((axis for axis in axes if axis[1] % 2 == 0), axes[0])
    slid = kept = torch.zeros(1)
    if k % 2:
        padded = extend(run.x, [(k // 2, k // 2) for _, k in axes], "zero")
        slid, kept = (
            convolve(padded, run.h, "valid", **modes),
            convolve(run.x, run.h, "same", **modes),
        )
    uneven = (
        f"k = {k} is even: p = {k // 2 - 1} leaves {n - 1} of {n}, p = {k // 2} makes {n + 1}, so "
        "the two sides must differ"
    )
    claim = (
        "an odd kernel is same with p = (k − 1)/2 zeros on each side: its whole windows against "
        "mode same, largest difference"
    )
    return same("CNN-19", claim, slid, kept, tol=size, needs=((k % 2 == 1, uneven),))


def says(run: Banded, *, transpose: bool, u: int, t: int) -> str:
    """What the matrix is made of, and what is lit."""
    outputs, inputs = run.T.shape
    if not run.outputs:
        left = f"No row is left: {run.too_long}, so valid has nothing to return."
        return f"{left} Shorten the kernel or take another mode."
    weights = int((run.band & run.kept[:, None]).sum())
    rows = f"{run.outputs} of {outputs} rows" if run.outputs < outputs else f"{outputs} rows"
    made = f"{rows} × {inputs} columns: {run.outputs * inputs} cells, {weights} of them weights"
    made += f", all from the {run.h.numel()} of the kernel."
    if transpose:
        undone = f"It is no inverse: ‖TᵀTx − x‖ is {run.miss:.3g} times ‖x‖."
        if run.miss < 1e-9:
            undone = "For this kernel, and hardly any other, it undoes T."
        made = f"Tᵀ sends each y[u] back to the inputs it came from. {undone}"
    beyond = f"Cell ({u}, {t}) is beyond this matrix: nothing is lit."
    return f"{made} {_lit(run, run.look(transpose, u, t)) or beyond}"


def _lit(run: Banded, look: Look) -> str:
    (name, source, result), (ins, outs), kind = look.names, look.shapes, look.kind
    if not kind:
        return ""
    cell = result + place(look.lit, outs) if kind == "row" else source + place(look.lit, ins)
    if (kind == "column") == (name == "Tᵀ") and not run.kept[look.lit]:
        by = "stride" if run.rows(1)[look.lit] else f"mode {run.mode}"
        return f"The {kind} of {cell} was deleted by the {by}."
    joined = len(look.outs if kind == "column" else look.ins)
    if kind == "column":
        return f"Lit: {cell} goes into {counted(joined, 'sample')} of {result}."
    if not joined:
        return f"No window ever saw x{place(look.lit, outs)}: nothing comes back to it."
    value = short(float(look.result[look.lit]))
    return f"Lit: {cell} = {value}, the sum of {counted(joined, 'product')}."


def place(index: int, shape: tuple[int, ...]) -> str:
    """The index in brackets: [3] in a signal, [1, 2] in a picture."""
    return f"[{index}]" if len(shape) == 1 else f"[{index // shape[1]}, {index % shape[1]}]"


def _row(run: Banded) -> str:
    """How a row of T reads from left to right."""
    row = run.kept.nonzero().flatten()[run.outputs // 2]
    return "as_is" if torch.equal(run.T[row][run.band[row]], run.h) else "backwards"


def _deleted(run: Banded) -> tuple[str, dict[str, int]]:
    """What is missing: every second row, or every second weight in a row."""
    windows, reads = int(run.rows(1).sum()), run.band[run.kept][0].nonzero().flatten()
    gone = "columns"
    if run.outputs < windows:
        gone = "rows"
    elif bool((reads.diff() > 1).any()):
        gone = "weights"
    return gone, {"windows": windows}


def _undone(run: Banded) -> str:
    """How TᵀTx relates to x."""
    x, back = run.x.flatten(), run.back
    if run.miss < 1e-9:
        return "same"
    factor = float(back @ x) / float(x @ x)
    return "multiple" if float((back - factor * x).norm()) < 1e-9 * float(x.norm()) else "else"


answers = {"row": _row, "stride": _deleted, "back": _undone}
