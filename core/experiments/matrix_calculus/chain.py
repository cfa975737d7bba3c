r"""Backpropagation through three layers: what it costs, and the gradient of one weight matrix.

hₖ = tanh(Wₖhₖ₋₁) for the first two layers and y = W₃h₂, with the loss ½‖y − t‖² summed over the
batch. The Jacobian of the whole is J₃J₂J₁, and its two orders of multiplication cost differently.
"""

from functools import lru_cache
from itertools import pairwise
from typing import Annotated, NamedTuple

import torch
from torch import Tensor

from core.matrix_calculus.chain import products, softmax_jacobian
from core.rng import generator
from core.signature import between, declared

LAYERS = 3
WIDEST, BATCH = (1000, 64, 64, 64), 16


class Chain(NamedTuple):
    """Costs of both modes, the gradient at one layer y = Wx, and softmax of the outputs."""

    forward: tuple[int, ...]  # multiplications of each product, whole batch
    reverse: tuple[int, ...]
    x: Tensor  # what goes into the layer, (B, in)
    delta: Tensor  # ∂loss/∂(Wx), (B, out)
    G: Tensor  # ∂loss/∂W = Σ δxᵀ, (out, in)
    below: Tensor  # ∂loss/∂x = δW, (B, in)
    sigma: Tensor  # singular values of G, (min(B, out, in),); all others are 0
    J: Tensor  # Jacobian of softmax at the first sample's outputs, (outputs, outputs)

    ratio = property(lambda self: sum(self.forward) / sum(self.reverse))


class Net(NamedTuple):
    """Weights and a batch."""

    W: tuple[Tensor, ...]  # (d_k, d_{k−1})
    x: Tensor  # (B, d_0)
    t: Tensor  # (B, d_L)


@declared
def chain(
    inputs: Annotated[int, between(1, WIDEST[0])] = 1000,
    hidden1: Annotated[int, between(1, 64)] = 64,
    hidden2: Annotated[int, between(1, 64)] = 64,
    outputs: Annotated[int, between(1, 64)] = 1,
    batch: Annotated[int, between(1, BATCH)] = 1,
    layer: Annotated[int, between(1, LAYERS)] = 2,
    seed: Annotated[int, between(0, 99)] = 0,
) -> Chain:
    """Count both orders of the chain rule, and push the gradient back to one layer.

    Args:
        layer: whose weight matrix is looked at, 1 at the inputs.
        seed: of weights, inputs and targets.

    Sources: MC-19, MC-24.
    """
    widths = (inputs, hidden1, hidden2, outputs)
    net = drawn(widths, batch, seed)
    h = [net.x]
    for W in net.W[:-1]:
        h.append(torch.tanh(h[-1] @ W.T))
    y = h[-1] @ net.W[-1].T
    delta = y - net.t
    for k in range(LAYERS - 1, layer - 1, -1):
        delta = (delta @ net.W[k]) * (1 - h[k].square())
    x = h[layer - 1]
    costs = ([batch * r * m * c for r, m, c in products(widths, mode)]
             for mode in ("forward", "reverse"))  # fmt: skip
    R, S = (torch.linalg.qr(side.T, mode="r").R for side in (delta, x))
    sigma = torch.linalg.svdvals(R @ S.T)
    return Chain(
        *map(tuple, costs), x, delta, delta.T @ x, delta @ net.W[layer - 1],
        sigma[: min(batch, len(net.W[layer - 1]), x.shape[1])], softmax_jacobian(y[0]),
    )  # fmt: skip


@lru_cache(maxsize=64)
def _normal(rows: int, columns: int, seed: int) -> Tensor:
    return torch.randn(rows, columns, generator=generator(seed), dtype=torch.float64)


def drawn(widths: tuple[int, ...], batch: int, seed: int) -> Net:
    """Weights of variance 1/in, normal inputs and targets: corners of the largest net's, so that
    another width draws nothing anew."""
    largest = enumerate(pairwise(WIDEST))
    full = (_normal(b, a, 10 * seed + k) for k, (a, b) in largest)
    W = tuple(M[:b, :a] / a**0.5 for M, (a, b) in zip(full, pairwise(widths)))
    x = _normal(BATCH, WIDEST[0], 10 * seed + 7)[:batch, : widths[0]]
    t = _normal(BATCH, WIDEST[-1], 10 * seed + 8)[:batch, : widths[-1]]
    return Net(W, x, t)
