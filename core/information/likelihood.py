r"""Likelihood is cross-entropy: of counts under a law, and of logits under softmax.

Sources: INFO-06; the slope of softmax cross-entropy by its logits is (p − y)/T.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import require
from core.information.laws import law, log, numbers


class Likelihood(NamedTuple):
    """Mean negative log-likelihood a sample in nats: nll = entropy + kl; each (...)."""

    nll: Tensor  # −(1/n) Σ log q of what was seen; ∞ where q calls it impossible
    entropy: Tensor  # H of the shares, which no q gets below
    kl: Tensor  # KL(shares ‖ q)


def likelihood(counts: Tensor, q: Tensor) -> Likelihood:
    """How well a law explains counts of classes, or laws for groups explain counts of each group.

    Args:
        counts: how often each class came up, (k,), or (groups, k); n ≥ 1 in all.
        q: the model's law (k,), or one for each group (groups, k).

    Returns:
        Means over all n samples, so that a group counts by its size.

    Raises:
        ValueError: a negative count, none at all, shapes that differ, q not of sum 1.
    """
    counts, q = numbers("counts", counts), law("q", q)
    if counts.shape != q.shape or counts.ndim > 2:
        raise ValueError(
            f"expected counts and q of one shape, (k,) or (groups, k), "
            f"got {tuple(counts.shape)} and {tuple(q.shape)}"
        )
    bad = counts[~((counts >= 0) & (counts < math.inf))]
    if len(bad):
        raise ValueError(f"expected counts in [0, inf), got {bad[0].item():g}")
    n = counts.sum()
    require("sum of counts", float(n), 0, above=True)
    share = counts / n
    within = share / share.sum(-1, keepdim=True).where(share.sum(-1, keepdim=True) > 0, 1.0)
    missed = ((counts > 0) & (q == 0)).any()
    nll = -(share * log(q)).sum()
    entropy = -(share * log(within)).sum()
    kl = (share * (log(within) - log(q))).sum().clamp(min=0)
    infinite = torch.full_like(nll, math.inf)
    return Likelihood(
        torch.where(missed, infinite, nll), entropy, torch.where(missed, infinite, kl)
    )


class Softmax(NamedTuple):
    """Softmax cross-entropy at logits z: p = softmax(z/T), loss H(y, p), its slope by z."""

    p: Tensor  # (..., k)
    loss: Tensor  # (...), in nats
    slope: Tensor  # (p − y)/T, (..., k)


def softmax_cross_entropy(logits: Tensor, y: int | Tensor, temperature: float = 1.0) -> Softmax:
    """Loss and slope of a softmax with temperature, stable for logits of any size.

    Args:
        logits: finite, (..., k).
        y: number of the true class in [0, k − 1], or a law (k,) or (..., k) on the classes.
        temperature: T > 0; near 0 all mass goes to the largest logit, far above all are alike.
    """
    z = numbers("logits", logits)
    require("temperature", temperature, 0, above=True)
    if not z.ndim or not z.numel() or not bool(z.isfinite().all()):
        raise ValueError(f"expected logits finite, of shape (k,) or more, got {z.tolist()!r:.60}")
    y = _target(y, z.shape[-1])
    z = (z - z.max(-1, keepdim=True).values) / temperature
    log_p = z.log_softmax(-1)
    p = log_p.exp()
    loss = -(y * log_p.where(y > 0, 0.0)).sum(-1)
    return Softmax(p, loss, (p - y) / temperature)


def _target(y: int | Tensor, k: int) -> Tensor:
    y = numbers("y", y)
    if not y.ndim:
        require("y", float(y), 0, k - 1, integer=True)
        return torch.nn.functional.one_hot(y.long(), k).double()
    y = law("y", y)
    if y.shape[-1] != k:
        raise ValueError(f"expected y with {k} classes as logits have, got {y.shape[-1]}")
    return y
