"""Directions in the weight space of a two-layer network, and the curvature along them."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.func import grad, jvp, vmap

from core import nets
from core.rng import generator


def rescaled(net: nn.Module, theta: Tensor, c: float) -> Tensor:
    """Every hidden neuron with c times its incoming and 1/c times its outgoing weights.

    With ReLU this is the same function of x for every c > 0. Shape (..., P) in and out.
    """
    sizes = [p.numel() for p in net.parameters()]  # W₁, b₁, W₂, b₂
    factor = torch.tensor([c, c, 1 / c, 1.0], dtype=theta.dtype).repeat_interleave(
        torch.tensor(sizes)
    )
    return theta * factor.to(theta)


def random_directions(net: nn.Module, theta: Tensor, kind: str, seed: int) -> Tensor:
    """Two Gaussian directions in weight space, shape (2, P), 0 on the biases.

    kind "filter" rescales the part that belongs to one neuron's weights to the norm of these
    weights (Li et al. 2018); "raw" leaves N(0, 1) entries. The same seed gives the same draws.
    """
    draw = torch.randn(2, len(theta), generator=generator(seed), dtype=theta.dtype).to(theta)
    parts = []
    for d, w in zip(
        draw.split([p.numel() for p in net.parameters()], 1), nets.unflatten(net, theta).values()
    ):
        if w.dim() == 1:
            parts.append(torch.zeros_like(d))
        elif kind == "raw":
            parts.append(d)
        else:
            d = d.view(2, *w.shape)  # a row of w holds the weights of one neuron
            scale = w.norm(dim=1, keepdim=True) / d.norm(dim=2, keepdim=True)
            parts.append((d * scale).flatten(1))
    return torch.cat(parts, 1)


def principal(path: Tensor) -> Tensor:
    """The two orthonormal directions that hold most of the path seen from its end.

    Args:
        path: (steps + 1, P).

    Returns:
        (2, P).
    """
    return torch.linalg.svd(path - path[-1], full_matrices=False).Vh[:2].clone()


def curvature(loss: Callable[[Tensor], Tensor], theta: Tensor, d: Tensor) -> Tensor:
    """Hessian-vector products ∇²L(θ) d for each row of d, shape (n, P)."""
    return vmap(lambda one: jvp(grad(loss), (theta,), (one,))[1])(d)


def lanczos(times: Callable[[Tensor], Tensor], start: Tensor, steps: int = 24) -> float:
    """Largest eigenvalue of a symmetric matrix, from below, by `steps` products with it."""
    basis, alphas, betas = [start / start.norm()], [], []
    for _ in range(min(steps, len(start))):
        w = times(basis[-1])
        alphas.append(w @ basis[-1])
        Q = torch.stack(basis)
        w = w - Q.T @ (Q @ w)
        w = w - Q.T @ (Q @ w)  # twice is enough against the loss of orthogonality
        beta = w.norm()
        if beta < 1e-12:
            break
        betas.append(beta)
        basis.append(w / beta)
    off = torch.stack(betas[: len(alphas) - 1]) if len(alphas) > 1 else start.new_zeros(0)
    T = torch.diag(torch.stack(alphas)) + torch.diag(off, 1) + torch.diag(off, -1)
    return float(torch.linalg.eigvalsh(T)[-1])
