"""What is checked of a convolution written as a matrix, and the words for it."""

import torch
from torch import Tensor

from core.check import Check, equal, same
from core.convolution.operator import convolve
from core.convolution.signals import short
from core.convolution.sizes import output_size
from core.experiments.convolution.matrix import Banded, Look


def checks(run: Banded) -> list[Check]:
    """CNN-17, CNN-19 and CNN-20 on this matrix."""
    return [*_matrix(run), _circulant(run), _valid(run), _same(run)]


def _matrix(run: Banded) -> list[Check]:
    name = "h ∗ x" if run.flip else "h ⋆ x"
    weight = float(run.h.abs().sum())
    size = max(1.0, weight * float(run.x.abs().sum()))  # of the numbers added up
    product = back = pulled = torch.zeros(0)
    adjoint, there = (0.0, 0.0), ((run.outputs > 0, run.too_long),)
    if run.outputs:
        x = run.x.clone().requires_grad_()
        product = _slid(run, x)
        g = torch.cos(torch.arange(len(product), dtype=torch.float64))
        (pulled,) = torch.autograd.grad(product, x, g)
        product, back = product.detach(), run.T[run.kept].T @ g
        adjoint = float(product @ g), float(run.x.flatten() @ back)
    cells = run.x.numel() * run.h.numel()
    laps = run.mode == "circular" and any(k > n for k, n in zip(run.spans, run.x.shape))
    return [
        same(
            "CNN-17",
            f"T x = {name}, the matrix against the sliding window: largest difference of an output",
            run.y[run.kept],
            product,
            tol=1e-12 * size,
            needs=there,
        ),
        equal(
            "CNN-17",
            "every column of the whole matrix holds the kernel and nothing else: cells in use, "
            "inputs times weights",
            int((run.band | (run.T.nan_to_num() != 0)).sum()),
            cells,
            needs=((not laps, "the kernel laps itself on the circle"),),
        ),
        equal(
            "CNN-17",
            f"⟨{name}, g⟩ = ⟨x, Tᵀg⟩ for g[u] = cos u",
            *adjoint,
            tol=1e-12 * size,
            needs=there,
        ),
        same(
            "CNN-17",
            f"Tᵀg is the transposed convolution, the gradient of ⟨{name}, g⟩ that autograd returns:"
            " largest difference",
            back,
            pulled.flatten(),
            tol=1e-12 * max(1.0, weight),
            needs=there,
        ),
    ]


def _slid(run: Banded, x: Tensor) -> Tensor:
    """The outputs by sliding the window, no matrix involved, as many as rows are left."""
    modes = {"flip": run.flip, "dilation": run.dilation, "method": "direct"}
    if run.mode == "same":
        y = convolve(x, run.h, "same", **modes)
        return y[(slice(None, None, run.stride),) * y.ndim].flatten()
    return convolve(x, run.h, run.mode, stride=run.stride, **modes).flatten()


def _circulant(run: Banded) -> Check:
    turned, scaled = torch.zeros(2, 1)
    if run.circulant:
        impulses = torch.eye(run.x.numel(), dtype=torch.complex128).unflatten(0, run.x.shape)
        W = torch.fft.fftn(impulses, dim=tuple(range(run.x.ndim)), norm="forward").conj()
        W = run.x.numel() * W.flatten(0, -2)  # one mode in each column
        turned, scaled = torch.view_as_real(run.T.to(W) @ W), torch.view_as_real(W * run.response)
    return same(
        "CNN-17",
        "circulant: T only multiplies each Fourier mode, T wₖ = ĥ[k] wₖ, so its eigenvalues are "
        "the DFT of h: largest difference",
        turned,
        scaled,
        tol=1e-12 * max(1.0, float(run.h.abs().sum())),
        needs=((run.circulant, "needs mode circular with stride 1: only then is T circulant"),),
    )


def _valid(run: Banded) -> Check:
    inside = cut = torch.zeros(1)
    if not run.too_long:
        options = {"flip": run.flip, "dilation": run.dilation}
        inside = convolve(run.x, run.h, "valid", **options)
        places = tuple(slice(k - 1, n) for k, n in zip(run.spans, run.x.shape))
        cut = convolve(run.x, run.h, "full", **options)[places]
    return same(
        "CNN-20",
        "valid = entries k − 1 … n − 1 of full, so n − k + 1 of them: largest difference",
        inside,
        cut,
        tol=1e-12 * max(1.0, float(run.h.abs().sum() * run.x.abs().sum())),
        needs=((not run.too_long, run.too_long),),
    )


def _same(run: Banded) -> Check:
    axes = list(zip(run.x.shape, run.spans))
    odd, uneven = [(n, k) for n, k in axes if k % 2], ""
    for n, k in set(axes) - set(odd):
        less, more = (output_size(n, k, p) if k <= n + 2 * p else 0 for p in (k // 2 - 1, k // 2))
        uneven = (
            f"k = {k} is even: p = {k // 2 - 1} leaves {less} of {n}, p = {k // 2} makes {more}, "
            "so the two sides must differ"
        )
    return equal(
        "CNN-19",
        "an odd kernel is same with p = (k − 1)/2 zeros on each side: outputs along the axes",
        sum(output_size(n, k, (k - 1) // 2) for n, k in odd),
        sum(n for n, k in odd),
        needs=((not uneven, uneven),),
    )


def says(run: Banded, *, transpose: bool, u: int, t: int) -> str:
    """What the matrix is made of, and what is lit."""
    outputs, inputs = run.T.shape
    if not run.outputs:
        return (
            f"No row is left: {run.too_long}, so valid has nothing to return. Shorten the kernel "
            "or take another mode."
        )
    weights = int((run.band & run.kept[:, None]).sum())
    rows = f"{run.outputs} of {outputs} rows" if run.outputs < outputs else f"{outputs} rows"
    made = (
        f"{rows} × {inputs} columns: {run.outputs * inputs} cells, {weights} of them weights, all "
        f"from the {run.h.numel()} of the kernel."
    )
    if transpose:
        undone = (
            f"It is no inverse: ‖TᵀTx − x‖ is {run.miss:.3g} times ‖x‖."
            if run.miss > 1e-9
            else "For this kernel, and hardly any other, it undoes T."
        )
        made = f"Tᵀ sends each y[u] back to the inputs it came from. {undone}"
    beyond = f"Cell ({u}, {t}) is beyond this matrix: nothing is lit."
    return f"{made} {_lit(run, run.look(transpose, u, t)) or beyond}"


def _lit(run: Banded, look: Look) -> str:
    (source, result), (ins, outs) = look.names, look.shapes
    lit, transpose = look.row if look.column is None else look.column, result != "y"
    if lit is None:
        return ""
    kind = "row" if look.column is None else "column"
    cell = f"{result}{place(lit, outs)}" if kind == "row" else f"{source}{place(lit, ins)}"
    if (kind == "column") == transpose and not run.kept[lit]:
        return f"The {kind} of {cell} was deleted by the {_deleted_by(run, lit)}."
    if kind == "column":
        return f"Lit: {cell} goes into {_counted(len(look.outs), 'sample')} of {result}."
    if not len(look.ins):
        return f"No window ever saw x{place(lit, outs)}: nothing comes back to it."
    value = short(float(look.result[lit]))
    return f"Lit: {cell} = {value}, the sum of {_counted(len(look.ins), 'product')}."


def place(index: int, shape: tuple[int, ...]) -> str:
    """The index in brackets: [3] in a signal, [1, 2] in a picture."""
    return f"[{index}]" if len(shape) == 1 else f"[{index // shape[1]}, {index % shape[1]}]"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")


def _deleted_by(run: Banded, output: int) -> str:
    """Whether the mode already leaves this output out."""
    for axis in reversed(range(len(run.frame))):
        output, index = divmod(output, run.frame[axis])
        if not run.keeps(axis, 1)[index]:
            return f"mode {run.mode}"
    return "stride"


def _unturned(run: Banded) -> str:
    """How a row of T reads from left to right."""
    row = run.kept.nonzero().flatten()[run.outputs // 2]
    return "as_is" if torch.equal(run.T[row][run.band[row]], run.h) else "backwards"


def _deleted(run: Banded) -> tuple[str, dict[str, int]]:
    """What the stride took away: every second row, or every second weight in a row."""
    rows = run.kept.nonzero().flatten()
    windows = {"windows": len(run.x) - run.spans[0] + 1}
    if int(rows.diff().min()) > 1:
        return "rows", windows
    reads = run.band[rows[0]].nonzero().flatten()
    return "weights" if int(reads.diff().max()) > 1 else "columns", windows


def _undone(run: Banded) -> str:
    """How TᵀTx relates to x."""
    x, back = run.x.flatten(), run.back
    if run.miss < 1e-9:
        return "same"
    factor = float(back @ x) / float(x @ x)
    return "multiple" if float((back - factor * x).norm()) < 1e-9 * float(x.norm()) else "else"


answers = {"unturned": _unturned, "stride": _deleted, "back": _undone}
