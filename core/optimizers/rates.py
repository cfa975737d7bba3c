"""Closed forms on quadratics: how one step multiplies, its powers, how fast, and until where."""

import math

import torch
from torch import Tensor

from core.check import choose, require

LINEAR = ("gd", "momentum", "nesterov")


def companion_eigenvalues(
    method: str, lr: float | Tensor, beta: float | Tensor, lam: float | Tensor
) -> Tensor:
    r"""Roots of z² − p z + q, by which one step multiplies along an eigenvector with curvature lam.

    gd: (p, q) = (1 − lr lam, 0); momentum: (1 + beta − lr lam, beta);
    nesterov: ((1 + beta)(1 − lr lam), beta (1 − lr lam)).

    lr, beta, lam are numbers or tensors that broadcast. Returns complex, shape (..., 2), the root
    of larger modulus first.
    """
    choose("method", method, LINEAR)
    given = (torch.as_tensor(t, dtype=torch.float64) for t in (lr, beta, lam))
    lr, beta, lam = torch.broadcast_tensors(*given)
    slowed = 1 - lr * lam
    p, q = slowed, torch.zeros_like(slowed)
    if method == "momentum":
        p, q = slowed + beta, beta
    elif method == "nesterov":
        p, q = (1 + beta) * slowed, beta * slowed
    root = torch.sqrt((p * p / 4 - q).to(torch.complex128))
    large = p / 2 + torch.where(p < 0, -root, root)
    small = torch.where(root.imag != 0, large.conj(), q / large.where(large != 0, 1.0))
    return torch.stack((large, small), dim=-1)


def contraction_rate(
    method: str, lr: float | Tensor, beta: float | Tensor, eigenvalues: float | Tensor
) -> Tensor:
    """Spectral radius of one step on a quadratic: max over eigenvalues of the larger root.

    The asymptotic factor of ‖x_k − x*‖ per step; below 1 exactly when the method converges.
    `eigenvalues` of the Hessian are a number or of shape (n,); returns lr and beta broadcast.
    """
    lr, beta = (torch.as_tensor(t, dtype=torch.float64)[..., None] for t in (lr, beta))
    return companion_eigenvalues(method, lr, beta, eigenvalues).abs().amax((-1, -2))


def optimal(method: str, mu: float, L: float) -> tuple[float, float]:
    """The (lr, beta) that theory recommends for curvatures in [mu, L].

    gd: 2/(L + mu); momentum: 4/(√L + √mu)² with beta = ((√κ − 1)/(√κ + 1))², both the fastest on
    quadratics; nesterov: 1/L with beta = (√κ − 1)/(√κ + 1), safe for every strongly convex f.
    Sources: ANA-17, OPT-13 (Polyak 1964), OPT-14 (Nesterov 2004, section 2.2).
    """
    choose("method", method, LINEAR)
    require("mu", mu, 0, above=True)
    require("L", L, mu)
    root = math.sqrt(L / mu)
    if method == "gd":
        return 2 / (L + mu), 0.0
    if method == "momentum":
        return 4 / (math.sqrt(L) + math.sqrt(mu)) ** 2, ((root - 1) / (root + 1)) ** 2
    return 1 / L, (root - 1) / (root + 1)


def stability_limit(method: str, beta: float | Tensor, L: float | Tensor) -> float | Tensor:
    """The lr at which the method stops converging on quadratics with largest curvature L.

    gd: 2/L; momentum: 2(1 + beta)/L; nesterov: (2 + 2 beta)/(L (1 + 2 beta)).
    """
    choose("method", method, LINEAR)
    if method == "gd":
        return 2 / L
    limit = 2 * (1 + beta) / L
    return limit if method == "momentum" else limit / (1 + 2 * beta)


def by_powers(method: str, lr: float, beta: float, H: Tensor, x0: Tensor, steps: int) -> Tensor:
    r"""All iterates of a linear method on ½xᵀHx by powers of its iteration matrix, doubling.

    (xₖ₊₁, xₖ) = P (xₖ, xₖ₋₁) with P = [[A, B], [I, 0]]: a second route to `trajectories`, and
    quick enough for thousands of steps.

    `method` may be "momentum_ema" too. H has shape (2, 2), the start at rest x0 (2,). Returns xₖ,
    shape (steps + 1, 2); a diverging run passes into inf and NaN here.
    """
    choose("method", method, (*LINEAR, "momentum_ema"))
    eye, zero = torch.eye(2, dtype=torch.float64), torch.zeros(2, 2, dtype=torch.float64)
    beta = 0.0 if method == "gd" else beta
    slide = eye - lr * (1 - beta if method == "momentum_ema" else 1.0) * H
    A = (1 + beta) * slide if method == "nesterov" else slide + beta * eye
    B = -beta * (slide if method == "nesterov" else eye)
    P = torch.cat([torch.cat([A, B], 1), torch.cat([eye, zero], 1)])
    states = torch.cat([x0, x0])[None]
    while len(states) <= steps:
        states = torch.cat([states, states @ P.T])
        P = P @ P
    return states[: steps + 1, :2]
