"""The core of a game: the shares that no coalition can improve on alone."""

import torch
from torch import Tensor

from core.shapley.coalitions import coalitions, players


def excess(v: Tensor, x: Tensor) -> Tensor:
    """e(S) = v(S) − v(∅) − Σ_{i∈S} x_i, (2**n,): what S could gain by leaving the shares x.

    Args:
        v: (2**n,) float64.
        x: (n,) float64 shares.

    Raises:
        ValueError: a table that `shapley_values` refuses, or x of another length or not finite.
    """
    n = players(v)
    if v.ndim != 1:
        raise ValueError(f"expected v to be one table of shape (2**n,), got {tuple(v.shape)}")
    if not isinstance(x, Tensor) or x.shape != (n,) or not x.isfinite().all():
        got = tuple(x.shape) if isinstance(x, Tensor) and x.shape != (n,) else x
        raise ValueError(f"expected x to be {n} finite shares, got {got}")
    return v - v[0] - coalitions(n).to(x) @ x


def in_core(v: Tensor, x: Tensor, tol: float = 1e-9) -> bool:
    """Σ x_i = v(N) − v(∅) and Σ_{i∈S} x_i ≥ v(S) − v(∅) for every S, up to tol · max |v|.

    For a game of costs ask `in_core(-v, -x)`. Arguments and errors as `excess`.
    """
    e = excess(v, x)
    slack = tol * max(1.0, v.abs().max().item())
    return abs(e[-1].item()) <= slack and e.max().item() <= slack


def core_vertices(v: Tensor, tol: float = 1e-9) -> Tensor:
    """Corners of the core of a game of three players, (k, 3) in order around it; k = 0 if empty.

    With v(∅) taken off, the core is the part of the plane Σ x_i = v(N) between the lines
    x_i = v({i}) and x_i = v(N) − v(N ∖ i): a polygon of at most six corners, a segment or a point.

    Raises:
        ValueError: v is not (8,) float64 and finite.
    """
    n = players(v)
    if n != 3 or v.ndim != 1:
        raise ValueError(f"expected v with 3 players, shape (8,), got {tuple(v.shape)}")
    v = v - v[0]
    total, slack = v[7], tol * max(1.0, v.abs().max().item())
    low, high = v[[1, 2, 4]], total - v[[6, 5, 3]]
    corners = []
    for i, j in ((0, 1), (0, 2), (1, 2)):
        for xi in (low[i], high[i]):
            for xj in (low[j], high[j]):
                x = torch.empty(3, dtype=torch.float64)
                x[i], x[j], x[3 - i - j] = xi, xj, total - xi - xj
                inside = ((x >= low - slack) & (x <= high + slack)).all()
                if inside and all((x - y).abs().max() > slack for y in corners):
                    corners.append(x)
    if not corners:
        return v.new_empty((0, 3))
    found = torch.stack(corners)
    centred = found - found.mean(0)
    across = (centred[:, 0] - centred[:, 1]) / 2**0.5
    up = (2 * centred[:, 2] - centred[:, 0] - centred[:, 1]) / 6**0.5
    return found[torch.atan2(up, across).argsort()]
