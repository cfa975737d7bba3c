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
    factors = zip(net.parameters(), (c, c, 1 / c, 1.0))  # W₁, b₁, W₂, b₂
    return theta * torch.cat([theta.new_full((p.numel(),), factor) for p, factor in factors])


def random_directions(net: nn.Module, theta: Tensor, kind: str, seed: int) -> Tensor:
    """Two Gaussian directions in weight space, shape (2, P), 0 on the biases.

    kind "filter" rescales the part that belongs to one neuron's weights to the norm of these
    weights (Li et al. 2018); "raw" leaves N(0, 1) entries. The same seed gives the same draws.
    """
    draw = torch.randn(2, len(theta), generator=generator(seed), dtype=theta.dtype).to(theta)
    weights, parts = nets.unflatten(net, theta).values(), []
    for w, d in zip(weights, draw.split([p.numel() for p in net.parameters()], 1)):
        rows = d.view(2, *w.shape)  # a row of w holds the weights of one neuron
        if w.dim() == 1:
            rows = torch.zeros_like(rows)
        elif kind == "filter":
            rows = rows * (w.norm(dim=1, keepdim=True) / rows.norm(dim=2, keepdim=True))
        parts.append(rows.flatten(1))
    return torch.cat(parts, 1)


def principal(path: Tensor) -> Tensor:
    """The two orthonormal directions, (2, P), that hold most of a path (n, P) from its end."""
    return torch.linalg.svd(path - path[-1], full_matrices=False).Vh[:2].clone()


def curvature(loss: Callable[[Tensor], Tensor], theta: Tensor, d: Tensor) -> Tensor:
    """Hessian-vector products ∇²L(θ) d for each row of d, shape (n, P)."""
    return vmap(lambda one: jvp(grad(loss), (theta,), (one,))[1])(d)


def lanczos(times: Callable[[Tensor], Tensor], start: Tensor, steps: int = 24) -> float:
    """Largest eigenvalue of a symmetric matrix, from below, by `steps` products with it."""
    basis, products = [start / start.norm()], []
    for _ in range(min(steps, len(start))):
        w = times(basis[-1])
        products.append(w)
        Q = torch.stack(basis)
        for _ in range(2):  # twice is enough against the loss of orthogonality
            w = w - Q.T @ (Q @ w)
        if w.norm() < 1e-12:
            break
        basis.append(w / w.norm())
    return float(torch.linalg.eigvalsh(torch.stack(products) @ Q.T)[-1])
