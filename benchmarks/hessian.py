"""Hessians and condition numbers of a typed formula on a 200 × 200 grid, against torch.func."""

from collections.abc import Iterator

import torch
from torch.func import hessian, vmap

from benchmarks.row import Row, cpu_ms
from core.landscapes import condition_number, from_formula


def rows() -> Iterator[Row]:
    """One row: Rosenbrock's function, its derivatives by autograd on both sides."""
    t = torch.linspace(-2, 2, 200, dtype=torch.float64)
    x = torch.stack(torch.meshgrid(t, t + 1, indexing="xy"), dim=-1)  # (200, 200, 2)
    landscape = from_formula("(1 - x)^2 + 100*(y - x^2)^2")
    by_torch = vmap(hessian(lambda x: (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2))

    def ours():
        H = landscape.hessian(x)
        return H, condition_number(H)

    def peer():
        H = by_torch(x.view(-1, 2)).view(200, 200, 2, 2)
        return H, torch.linalg.cond(H)

    H, kappa = ours()
    peer_H, peer_kappa = peer()
    yield Row(
        what="Hessian and condition number on a 200 × 200 grid",
        ours_ms=cpu_ms(ours),
        peer="torch.func vmap(hessian), torch.linalg.cond",
        peer_ms=cpu_ms(peer),
        budget=2.5,
        agreement=max((H - peer_H).abs().max().item(), (kappa / peer_kappa - 1).abs().max().item()),
    )
