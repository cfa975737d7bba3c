"""A linear recurrence by scan against a loop in torch, gradients through time, the unit."""

from collections.abc import Iterator

import torch
from torch import Tensor

from benchmarks.row import Row, cpu_ms
from core.recurrence import gradient_norms, lru, scan
from core.rng import generator

T, D = 10_000, 8
LAGS = 200  # of the gradients
STEPS, SEQUENCES = 2_000, 16  # of the unit


def rows() -> Iterator[Row]:
    """Scan against steps, gradient norms against autograd, the unit against its loop."""
    A, B, x, z0 = system(T, 0.95)
    yield against(f"states by scan, T = {T}, d = {D}", lambda: scan(A, B, x, z0),
                  "sequential torch loop", lambda: steps(A, B, x, z0), 10)  # fmt: skip
    A, B, x, z0 = system(LAGS, 1.0)
    yield against(f"gradient norms over {LAGS} lags, tanh",
                  lambda: gradient_norms(A, B, x, z0, "tanh").norms,
                  "torch.autograd, one row of the Jacobian after the other",
                  lambda: by_autograd(A, B, x, z0), 5)  # fmt: skip
    noise = torch.randn(SEQUENCES, STEPS, dtype=torch.float64, generator=generator(1))
    yield against(f"stable unit, {SEQUENCES} sequences of {STEPS}", lambda: lru(-3.0, 0.3, noise),
                  "sequential torch loop", lambda: unit(noise), 5)  # fmt: skip


def against(what: str, ours, peer: str, theirs, budget: float) -> Row:
    """Agreement is relative to the largest entry of the peer's result."""
    told = theirs()
    off = float((ours() - told).abs().max() / told.abs().max())
    return Row(what, cpu_ms(ours), peer, cpu_ms(theirs, 3), budget, off)


def system(steps: int, radius: float) -> tuple[Tensor, ...]:
    random = generator(0)
    A, B, x, z0 = (
        torch.randn(*n, dtype=torch.float64, generator=random)
        for n in ((D, D), (D, D), (steps, D), (D,))
    )
    return radius * A / torch.linalg.eigvals(A).abs().max(), B, x, z0


def steps(A: Tensor, B: Tensor, x: Tensor, z: Tensor) -> Tensor:
    found = [z]
    for push in x:
        found.append(A @ found[-1] + B @ push)
    return torch.stack(found)


def by_autograd(A: Tensor, B: Tensor, x: Tensor, z0: Tensor) -> Tensor:
    """‖∂zᵀ/∂zᵀ⁻ᵏ‖ over k: a backward pass for each entry of zᵀ."""
    z = [z0.clone().requires_grad_()]
    for push in x @ B.T:
        z.append(torch.tanh(A @ z[-1] + push))
    rows = [torch.autograd.grad(entry, z, retain_graph=True) for entry in z[-1]]
    J = torch.stack([torch.stack(each) for each in rows], 1).flip(0)
    return torch.linalg.matrix_norm(J, 2)


def unit(noise: Tensor) -> Tensor:
    size = torch.tensor(-3.0, dtype=torch.float64).exp().neg().exp()
    lam = torch.polar(size, torch.tensor(0.3, dtype=torch.float64))
    gain = (1 - size**2).sqrt()
    z = [torch.zeros(len(noise), dtype=torch.complex128)]
    for push in noise.T:
        z.append(lam * z[-1] + gain * push)
    return torch.stack(z, 1)
