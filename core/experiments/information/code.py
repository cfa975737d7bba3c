r"""The wrong code: symbols drawn from one law, written in the code that is best for another.

Each symbol takes log 1/q in place of log 1/p. What that costs more in the mean is KL(p ‖ q).
"""

import math
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from core import table
from core.check import require
from core.information import cross_entropy, entropy, kl
from core.information.shares import shares
from core.signature import between, declared

NAMES = "ABCDEF"
HELD = ("none", *NAMES)
SIZES = tuple((2, k) for k in range(2, len(NAMES) + 1))


class Code(NamedTuple):
    """Two laws, and what either costs in the code of the other; first p in the code of q."""

    p: Tensor  # (k,)
    q: Tensor  # (k,)
    entropy: Tensor  # of p and of q, (2,)
    cross: Tensor  # H(p, q) and H(q, p), (2,); ∞ where a symbol has no word
    kl: Tensor  # KL(p ‖ q) and KL(q ‖ p), (2,)


@declared
def code(
    laws: str = "4 2 1 1,1 1 1 1",
    held: Literal[HELD] = "none",
    share: Annotated[float, between(0, 1)] = 0.25,
    unit: Literal["bits", "nats"] = "bits",
) -> Code:
    """Entropy, cross-entropy and KL of two laws of 2 to 6 symbols, both ways.

    Args:
        laws: weights of p and, after a comma, of q, each row divided by its sum.
        held: a symbol with this share in q, the others in proportion to their weights; none that
            there is not.
        unit: of all lengths.

    Sources: INFO-02, INFO-03, INFO-04.
    """
    p, q = laws_of(laws, held, share)
    per = math.log(2) if unit == "bits" else 1.0
    both = torch.stack([p, q]), torch.stack([q, p])
    return Code(p, q, entropy(both[0]) / per, cross_entropy(*both) / per, kl(*both) / per)


@lru_cache(maxsize=256)
def laws_of(laws: str, held: str, share: float) -> tuple[Tensor, Tensor]:
    """p and q, as `code` says."""
    weights = table.read(laws, "laws", shapes=SIZES)
    for name, row in zip("pq", weights, strict=True):
        for weight in row.tolist():
            require(f"laws ({name})", weight, 0)
        if float(row.max()) == 0 and (name == "p" or held not in NAMES[: len(row)]):
            raise ValueError(f"expected laws ({name}) to have a bar above 0, got zeros only")
    at = NAMES.index(held) if held in NAMES[: weights.shape[1]] else None
    return shares(weights[0]), shares(weights[1], at, share)


@lru_cache(maxsize=64)
def over_share(laws: str, held: str, unit: str, back: bool) -> tuple[np.ndarray, Tensor]:
    """Cross-entropy over the share of one symbol in q; the ends are left out."""
    at, bar = np.linspace(0.001, 0.999, 81), NAMES.index(held)
    p, rest = laws_of(laws, held, 0.0)
    q = torch.from_numpy((1 - at[:, None]) * rest.numpy())
    q[:, bar] = torch.from_numpy(at)
    one, two = (q, p) if back else (p, q)
    return at, cross_entropy(one, two) / (math.log(2) if unit == "bits" else 1.0)
