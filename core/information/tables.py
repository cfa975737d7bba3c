r"""What variables tell about each other, from a table of their joint law.

A table [x, y] or [x, y, z] holds masses ≥ 0 of sum 1; leading axes are many tables at once. All in
nats, float64. Sources: INFO-07, XAI-07, XAI-08; Williams and Beer 2010 for redundancy, synergy.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from core.check import require
from core.information.laws import law, log


def mutual_information(table: Tensor) -> Tensor:
    """I(X;Y) = KL(p_XY ‖ p_X p_Y) ≥ 0 for a table (..., k, l), answer (...).

    Raises:
        ValueError: a negative mass, a sum other than 1, fewer than two axes.
    """
    p = law("table", table, 2)
    each = log(p) - log(p.sum(-1, keepdim=True)) - log(p.sum(-2, keepdim=True))
    return (p * each).sum((-2, -1)).clamp(min=0)


def conditional_mutual_information(table: Tensor) -> Tensor:
    """I(X;Y|Z) ≥ 0 for a table [x, y, z], (..., k, l, m): the mean over z of I in its slice.

    Raises:
        ValueError: a negative mass, a sum other than 1, fewer than three axes.
    """
    p = law("table", table, 3)
    z = log(p.sum((-3, -2), keepdim=True))
    each = log(p) + z - log(p.sum(-2, keepdim=True)) - log(p.sum(-3, keepdim=True))
    return (p * each).sum((-3, -2, -1)).clamp(min=0)


class Features(NamedTuple):
    """What two features tell about Y, in nats; both = first + second_given, and the other way."""

    first: Tensor  # I(X₁;Y)
    second: Tensor  # I(X₂;Y)
    first_given: Tensor  # I(X₁;Y|X₂)
    second_given: Tensor  # I(X₂;Y|X₁)
    both: Tensor  # I(X₁,X₂;Y), from the table of pairs
    target: Tensor  # H(Y)

    @property
    def redundancy(self) -> Tensor:
        """I(X₁;Y) − I(X₁;Y|X₂): > 0 where both tell the same, < 0 where they tell it together."""
        return self.first - self.first_given


def features(table: Tensor) -> Features:
    """The pieces of the chain rule for a table [x₁, x₂, y], (..., k, l, m)."""
    p = law("table", table, 3)
    y = p.sum((-3, -2))
    return Features(
        first=mutual_information(p.sum(-2)),
        second=mutual_information(p.sum(-3)),
        first_given=conditional_mutual_information(p.transpose(-1, -2)),
        second_given=conditional_mutual_information(p.movedim(-3, -1)),
        both=mutual_information(p.flatten(-3, -2)),
        target=-(y * log(y)).sum(-1),
    )


def xor_copy(t: float | Tensor) -> Tensor:
    """From XOR (t = 0) to a duplicate (t = 1), tables [x₁, x₂, y] of bits, (2, 2, 2).

    The mixture (1 − t) · (X₁, X₂ fair coins, Y = X₁ xor X₂) + t · (X₁ = X₂ = Y a fair coin).

    Args:
        t: in [0, 1]; a tensor (...) gives tables (..., 2, 2, 2).
    """
    t = _shares("t", t)[..., None, None, None]
    bit = torch.arange(2)
    x1, x2, y = bit[:, None, None], bit[:, None], bit
    xor = ((x1 ^ x2) == y).double() / 4
    copy = ((x1 == x2) & (x2 == y)).double() / 2
    return (1 - t) * xor + t * copy


def noisy_copy(first: float | Tensor, second: float | Tensor) -> Tensor:
    """Y a fair bit, X₁ is Y and X₂ is X₁, each turned over with a probability; [x₁, x₂, y].

    With second = 0 the features are duplicates, with ½ X₂ is noise; I(X₂;Y|X₁) is 0 throughout.

    Args:
        first, second: probabilities in [0, 1] that X₁, X₂ is turned over; tensors broadcast.
    """
    one, two = torch.broadcast_tensors(_shares("first", first), _shares("second", second))
    bit = torch.arange(2)
    other = bit[:, None] != bit
    from_y = torch.where(other, one[..., None, None], 1 - one[..., None, None])  # [x₁, y]
    from_x = torch.where(other, two[..., None, None], 1 - two[..., None, None])  # [x₁, x₂]
    return from_x[..., :, :, None] * from_y[..., :, None, :] / 2


def _shares(name: str, t: float | Tensor) -> Tensor:
    t = torch.as_tensor(t, dtype=torch.float64)
    for each in t[~((t >= 0) & (t <= 1))].flatten().tolist():
        require(name, each, 0, 1)
    return t
