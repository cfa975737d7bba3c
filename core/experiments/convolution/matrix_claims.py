"""What is checked of a convolution written as a matrix, and the words for it."""

import torch

from core.check import Check, equal, same
from core.convolution.operator import convolve, extend
from core.convolution.signals import counted, short
from core.experiments.convolution.matrix import Banded, Look

TOL = 1e-12  # rounding, where the largest possible number is 1


def checks(run: Banded) -> list[Check]:
    """CNN-17, CNN-19 and CNN-20 on this matrix."""
    weight = float(run.h.abs().sum()) or 1.0  # no entry of T, and with x no output is larger
    size = weight * (float(run.x.abs().sum()) or 1.0)
    return [
        *_matrix(run, weight, size),
        _circulant(run, weight),
        _valid(run, size),
        _same(run, size),
    ]


def _matrix(run: Banded, weight: float, size: float) -> tuple[Check, Check, Check]:
    name, there = "h ∗ x" if run.flip else "h ⋆ x", ((run.outputs > 0, run.too_long),)
    product, back, pulled = torch.zeros(3, 0)
    if run.outputs:
        x = run.x.clone().requires_grad_()
        slid = convolve(x, run.h, run.mode, run.flip, dilation=run.dilation, method="direct")
        product = slid[(slice(None, None, run.stride),) * x.ndim].flatten()
        whole = run._replace(y=run.y.nan_to_num())
        g, y = torch.cos(torch.arange(len(product)).double()), whole.y[run.kept]
        pulls = [torch.autograd.grad(product, x, v, retain_graph=True)[0] for v in (g, y)]
        pulled = torch.stack([pulls[0] / weight, pulls[1] / (weight * size)]).flatten(1)
        back = torch.stack([run.T[run.kept].T @ g / weight, whole.back / (weight * size)])
        product = product.detach()
    laps = run.mode == "circular" and any(k > n for k, n in zip(run.spans, run.x.shape))
    slides = f"T x = {name}, the matrix against the sliding window: largest difference of an output"
    holds = "every column of the whole matrix holds the kernel and nothing else: cells in use, "
    holds += "inputs times weights"
    gradient = (
        f"Tᵀg is the transposed convolution, the gradient of ⟨{name}, g⟩ that autograd returns, "
        "for g[u] = cos u and for g = y: largest difference"
    )
    used, cells = int((run.band | (run.T.nan_to_num() != 0)).sum()), run.x.numel() * run.h.numel()
    once = ((not laps, "the kernel laps itself on the circle"),)
    return (
        same("CNN-17", slides, run.y[run.kept] / size, product / size, tol=TOL, needs=there),
        equal("CNN-17", holds, used, cells, needs=once),
        same("CNN-17", gradient, back, pulled, tol=TOL, needs=there),
    )


def _circulant(run: Banded, weight: float) -> Check:
    turned, scaled = torch.zeros(2, 1)
    if run.circulant:  # each column of W is a mode
        impulses = torch.eye(run.x.numel(), dtype=torch.complex128).unflatten(0, run.x.shape)
        W = torch.fft.fftn(impulses, dim=tuple(range(run.x.ndim))).conj().flatten(0, -2)
        sides = run.T.to(W) @ W / weight, W * run.response / weight
        turned, scaled = map(torch.view_as_real, sides)
    claim = (
        "circulant: T only multiplies each Fourier mode, T wₖ = ĥ[k] wₖ, so its eigenvalues are "
        "the DFT of h: largest difference"
    )
    needs = ((run.circulant, "needs mode circular with stride 1: only then is T circulant"),)
    return same("CNN-17", claim, turned, scaled, tol=TOL, needs=needs)


def _valid(run: Banded, size: float) -> Check:
    inside = cut = torch.zeros(1)
    if not run.too_long:
        modes = {"flip": run.flip, "dilation": run.dilation}
        inside, whole = (convolve(run.x, run.h, mode, **modes) for mode in ("valid", "full"))
        cut = whole[tuple(slice(k - 1, n) for k, n in zip(run.spans, run.x.shape))]
    claim = "valid = entries k − 1 … n − 1 of full, so n − k + 1 of them: largest difference"
    fits = ((not run.too_long, run.too_long),)
    return same("CNN-20", claim, inside / size, cut / size, tol=TOL, needs=fits)


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
    odd = ((k % 2 == 1, uneven),)
    return same("CNN-19", claim, slid / size, kept / size, tol=TOL, needs=odd)


def says(run: Banded, *, transpose: bool, u: int, t: int) -> str:
    """What the matrix is made of, and what is lit."""
    outputs, inputs = run.T.shape
    if not run.outputs:
        left = f"No row is left: {run.too_long}, so valid has nothing to return."
        return f"{left} Shorten the kernel or take another mode."
    weights = int((run.band & run.kept[:, None]).sum())
    rows = f"{run.outputs} of {outputs} rows" if run.outputs < outputs else counted(outputs, "row")
    cells = counted(run.outputs * inputs, "cell")
    made = f"T has {rows} and {counted(inputs, 'column')}: {cells} with "
    made += f"{counted(weights, 'weight')}, all from a kernel of {run.h.numel()}."
    if transpose:
        undone = f"It is no inverse: ‖TᵀTx − x‖ is {run.miss:.3g} times ‖x‖."
        if run.undoes:
            undone = "For this kernel, and hardly any other, it undoes T."
        elif run.miss < 1e-9:
            undone = "This x comes back, but others do not: it is no inverse."
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
    value = short(look.result[look.lit], zero=look.zero)
    made = f"the sum of {joined} products" if joined > 1 else "a single product"
    return f"Lit: {cell} = {value}, {made}."


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
