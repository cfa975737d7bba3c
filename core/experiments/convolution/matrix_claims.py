"""What is checked of a convolution written as a matrix."""

import math

import torch
from torch import Tensor

from core.check import Check, equal
from core.convolution.operator import convolve
from core.convolution.sizes import output_size
from core.experiments.convolution.matrix import Banded, slid, too_long


def checks(run: Banded, **_) -> list[Check]:
    """CNN-17, CNN-19 and CNN-20 on this matrix."""
    return [*_matrix(run), *_circulant(run), _valid(run), *_same(run)]


def _matrix(run: Banded) -> list[Check]:
    there = run.outputs > 0
    why = "" if there else too_long(run)
    name = "h ∗ x" if run.flip else "h ⋆ x"
    size = max(1.0, float(run.h.abs().sum() * run.x.abs().sum()))  # of the numbers added up
    off, adjoint, gradient = 0.0, (0.0, 0.0), 0.0
    if there:
        T = run.T[run.kept]
        x = run.x.clone().requires_grad_()
        y = slid(run._replace(x=x))
        g = torch.cos(torch.arange(len(y), dtype=torch.float64))
        (pulled,) = torch.autograd.grad(y, x, g)
        y = y.detach()
        off = float((T @ run.x.flatten() - y).abs().max())
        adjoint = (float(y @ g), float(run.x.flatten() @ (T.T @ g)))
        gradient = float((T.T @ g - pulled.flatten()).abs().max())
    return [
        equal(
            "CNN-17",
            f"T x = {name}, the matrix against the sliding window: largest difference of an output",
            off,
            0.0,
            tol=1e-12 * size,
            applies=there,
            why=why,
        ),
        equal(
            "CNN-17",
            f"⟨{name}, g⟩ = ⟨x, Tᵀg⟩ for g[u] = cos u",
            *adjoint,
            tol=1e-12 * size,
            applies=there,
            why=why,
        ),
        equal(
            "CNN-17",
            f"Tᵀg is the transposed convolution, the gradient of ⟨{name}, g⟩ that autograd returns:"
            " largest difference",
            gradient,
            0.0,
            tol=1e-12 * max(1.0, float(run.h.abs().sum())),
            applies=there,
            why=why,
        ),
    ]


def _circulant(run: Banded) -> list[Check]:
    round_ = len(run.response) > 0
    apart = turned = 0.0
    if round_:
        distance = (run.eigenvalues[:, None] - run.response).abs()
        apart = float(torch.maximum(distance.amin(0).max(), distance.amin(1).max()))
        W = torch.ones(1, 1, dtype=torch.complex128)
        for n in run.x.shape:
            W = torch.kron(W, _waves(n))
        turned = float((run.T.to(W) @ W - W * run.response).abs().max())
    top = max(1.0, float(run.h.abs().sum()))
    why = "" if round_ else "needs mode circular with stride 1: only then is T circulant"
    return [
        equal(
            "CNN-17",
            "circulant: the eigenvalues of T are the DFT of h, largest distance of the two sets",
            apart,
            0.0,
            tol=1e-9 * top,
            applies=round_,
            why=why,
        ),
        equal(
            "CNN-17",
            "circulant: T only multiplies each Fourier mode, T wₖ = ĥ[k] wₖ: largest difference",
            turned,
            0.0,
            tol=1e-12 * top,
            applies=round_,
            why=why,
        ),
    ]


def _valid(run: Banded) -> Check:
    claim = "valid = entries k − 1 … n − 1 of full, so n − k + 1 of them: largest difference"
    if too_long(run):
        return equal("CNN-20", claim, 0, 0, applies=False, why=too_long(run))
    options = {"flip": run.flip, "dilation": run.dilation}
    inside = convolve(run.x, run.h, "valid", **options)
    cut = tuple(slice(k - 1, n) for k, n in zip(run.spans, run.x.shape))
    slice_ = convolve(run.x, run.h, "full", **options)[cut]
    off = math.inf if inside.shape != slice_.shape else float((inside - slice_).abs().max())
    size = max(1.0, float(run.h.abs().sum() * run.x.abs().sum()))
    return equal("CNN-20", claim, off, 0.0, tol=1e-12 * size)


def _same(run: Banded) -> list[Check]:
    lengths = run.x.shape
    out = convolve(run.x, run.h, "same", flip=run.flip, dilation=run.dilation).shape
    even = next((k for k in run.spans if k % 2 == 0), 0)
    padded = [output_size(n, k, (k - 1) // 2) for n, k in zip(lengths, run.spans) if k % 2]
    if even:
        n = next(n for n, k in zip(lengths, run.spans) if k % 2 == 0)
        less, more = (
            output_size(n, even, p) if even <= n + 2 * p else 0 for p in (even // 2 - 1, even // 2)
        )
    return [
        equal("CNN-19", "same: as many outputs as inputs", math.prod(out), math.prod(lengths)),
        equal(
            "CNN-19",
            "an odd kernel is same with p = (k − 1)/2 zeros on each side: outputs along the axes",
            sum(padded),
            sum(n for n, k in zip(lengths, run.spans) if k % 2),
            applies=not even,
            why=f"k = {even} is even: p = {even // 2 - 1} leaves {less} of {n}, p = {even // 2} "
            f"makes {more}, so the two sides must differ"
            if even
            else "",
        ),
    ]


def _waves(n: int) -> Tensor:
    """Fourier modes as columns, W[u, k] = exp(2πi k u / n)."""
    k = torch.arange(n, dtype=torch.float64)
    return torch.polar(torch.ones(n, n, dtype=torch.float64), 2 * math.pi / n * k[:, None] * k)
