r"""Likelihood is cross-entropy: a softmax of three logits against the shares of what was seen.

The mean negative log-likelihood of a sample is H(p̂) + KL(p̂ ‖ q) with the shares p̂; its slope by the
logits is (q − p̂)/T.
"""

import math
from functools import lru_cache
from typing import Annotated, NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.information import likelihood as explained
from core.information import softmax_cross_entropy
from core.signature import between, declared

NAMES = "ABC"
WIDE, MOST, FAR = 5.0, 50, 10.0  # logits, how often a class was seen, what is added to all logits
COLDEST, HOTTEST = 0.1, 10.0


class Likely(NamedTuple):
    """The model's law of three classes, what was seen, and how well it is explained; in nats."""

    q: Tensor  # softmax of the logits over T, (3,)
    shares: Tensor  # of the classes seen, p̂, (3,)
    nll: float  # mean of −log q over what was seen
    entropy: float  # H(p̂)
    kl: float  # KL(p̂ ‖ q)
    slope: Tensor  # of the mean by each logit, (3,)


@declared
def likelihood(
    z1: Annotated[float, between(-WIDE, WIDE)] = 2.89,
    z2: Annotated[float, between(-WIDE, WIDE)] = 0.0,
    z3: Annotated[float, between(-WIDE, WIDE)] = 0.0,
    shift: Annotated[float, between(-FAR, FAR)] = 0.0,
    temperature: Annotated[float, between(COLDEST, HOTTEST)] = 1.0,
    n1: Annotated[int, between(1, MOST)] = 1,
    n2: Annotated[int, between(0, MOST)] = 0,
    n3: Annotated[int, between(0, MOST)] = 0,
) -> Likely:
    """Loss and slope of softmax on a sample of three classes.

    Args:
        z1, z2, z3: logits.
        shift: added to all three.
        temperature: T, which the logits are divided by.
        n1, n2, n3: how often each class was seen, the first once at least.

    Sources: INFO-06.
    """
    seen = n1 + n2 + n3
    counts = torch.tensor([n1, n2, n3], dtype=torch.float64)
    z = torch.tensor([z1, z2, z3], dtype=torch.float64) + shift
    soft = softmax_cross_entropy(z, counts / seen, temperature)
    told = explained(counts, soft.p)
    return Likely(
        soft.p, counts / seen, float(soft.loss), float(told.entropy), float(told.kl), soft.slope
    )


def against(shares: Tensor, other: Tensor) -> float:
    """Mean of −log q of what was seen, for another law."""
    return float(explained(shares, other).nll)


def over_logit(z2: float, z3: float, temperature: float, shares: Tensor) -> np.ndarray:
    """Places of the first logit before the shift, and the loss there, (2, 101)."""
    return _over_logit(z2, z3, temperature, tuple(shares.tolist()))


@lru_cache(maxsize=64)
def _over_logit(z2: float, z3: float, temperature: float, shares: tuple[float, ...]) -> np.ndarray:
    at = torch.linspace(-WIDE, WIDE, 101, dtype=torch.float64)
    z = torch.stack([at, torch.full_like(at, z2), torch.full_like(at, z3)], -1)
    y = torch.tensor(shares, dtype=torch.float64)
    return torch.stack([at, softmax_cross_entropy(z, y, temperature).loss]).numpy()


def lowest(z2: float, z3: float, temperature: float, n1: int, n2: int, n3: int) -> float:
    """The first logit at which q is p̂ for its class, the others as they are; cut to its range."""
    rest = n2 + n3
    if rest == 0:
        return WIDE
    others = temperature * math.log(math.exp(z2 / temperature) + math.exp(z3 / temperature))
    return min(max(others + temperature * math.log(n1 / rest), -WIDE), WIDE)
