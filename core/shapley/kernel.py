"""KernelSHAP: the Shapley value as a weighted least squares fit of an additive game."""

import math

import torch
from torch import Tensor

from core.check import require
from core.shapley.coalitions import MOST, coalitions, member_sums, pair_sums, sizes
from core.shapley.estimates import SLICE, Estimate, Game, game


def kernel_shap(
    v: Tensor | Game,
    n_samples: int | None = None,
    generator: torch.Generator | None = None,
    n_players: int | None = None,
    paired: bool = True,
) -> Estimate:
    """argmin_φ Σ_S w(S) (v(S) − v(∅) − Σ_{i∈S} φ_i)² subject to Σ φ_i = v(N) − v(∅).

    The sum is over S ≠ ∅, N with w(S) = (n − 1) / (C(n, |S|) |S| (n − |S|)); with all of them φ is
    the Shapley value (XAI-17). Sampled coalitions are drawn with chance ∝ w(S) and weigh the same;
    errors come from the influence of each sample.

    Args:
        v, n_players: as in `permutation_estimate`.
        n_samples: coalitions to draw, each paired with its complement when `paired`; None takes all
            2^n − 2 of them, for up to 20 players. Too few to determine φ are refused.

    Lundberg and Lee (2017); Covert and Lee (2021) for pairs and errors.
    """
    n, worth = game(v, n_players)
    ends = worth(torch.stack((torch.zeros(n), torch.ones(n))).bool())
    total, exact = ends[1] - ends[0], torch.zeros(n, dtype=torch.float64)
    if n_samples is None:
        require("the number of players", n, 1, MOST, integer=True)
    else:
        require("n_samples", n_samples, 2, 10**7, integer=True)
        if generator is None:
            raise ValueError("expected a generator with n_samples, got None")
    if n == 1:
        return Estimate(total[None], exact)
    if n_samples is None:
        w = _kernel(n)[sizes(n)]
        A, b = pair_sums(w), member_sums(w * (_asked(worth, coalitions(n)) - ends[0]))
        return Estimate(_constrained(A, b, total), exact)
    rows = _draw(n, int(n_samples), generator, paired)
    y, z = _asked(worth, rows) - ends[0], rows.double()
    A, b = z.T @ z / len(z), z.T @ y / len(z)
    # the constraint fixes the direction 1, the samples must fix the others
    rank = int(torch.linalg.matrix_rank(A, hermitian=True))
    if rank < n:
        raise ValueError(
            f"expected n_samples large enough to tell {n} players apart, got {len(z)} coalitions "
            f"that span only {rank} dimensions"
        )
    phi = _constrained(A, b, total)
    score = z * (y - z @ phi)[:, None]
    if paired:
        score = score.view(-1, 2, n).mean(1)
    influence = _constrained(A, score.T, torch.zeros((), dtype=torch.float64)).T
    if len(influence) < 2:
        return Estimate(phi, torch.full_like(phi, torch.inf))
    return Estimate(phi, influence.std(0) / len(influence) ** 0.5)


def _kernel(n: int) -> Tensor:
    """w by |S| = 0 … n, (n + 1,); 0 at the ends, which enter as constraints."""
    inner = [(n - 1) / (math.comb(n, s) * s * (n - s)) for s in range(1, n)]
    return torch.tensor([0.0, *inner, 0.0], dtype=torch.float64)


def _draw(n: int, samples: int, generator: torch.Generator, paired: bool) -> Tensor:
    """Coalitions with chance ∝ w(S), (samples, n) bool; rounded up to pairs S, N ∖ S."""
    count = -(-samples // 2) if paired else samples
    chance = torch.tensor([1 / (s * (n - s)) for s in range(1, n)], dtype=torch.float64)
    size = 1 + torch.multinomial(chance, count, replacement=True, generator=generator)
    rank = torch.rand(count, n, dtype=torch.float64, generator=generator).argsort(-1).argsort(-1)
    rows = rank < size[:, None]
    return torch.stack((rows, ~rows), dim=1).view(-1, n) if paired else rows


def _constrained(A: Tensor, b: Tensor, total: Tensor) -> Tensor:
    """argmin φᵀAφ/2 − bᵀφ subject to Σ φ = total, for b of shape (n,) or (n, m)."""
    one = torch.ones(len(A), dtype=torch.float64)
    columns = b if b.ndim == 2 else b[:, None]
    solved = torch.linalg.solve(A, torch.cat((columns, one[:, None]), dim=1))
    free, direction = solved[:, :-1], solved[:, -1:]
    phi = free - direction * ((free.sum(0) - total) / direction.sum())
    return phi if b.ndim == 2 else phi[:, 0]


def _asked(worth: Game, rows: Tensor) -> Tensor:
    return torch.cat([worth(part) for part in rows.split(SLICE)])
