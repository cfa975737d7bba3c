"""Bars that stay a law: one stands where it was dragged, the others share what is left."""

from torch import Tensor

from core.check import require
from core.information.laws import numbers


def shares(weights: Tensor, at: int | None = None, share: float = 0.0) -> Tensor:
    """Masses (k,) of sum 1 in proportion to the weights, but `share` for number `at`.

    Where all other weights are 0 they share what is left alike; a lone one keeps all.

    Raises:
        ValueError: a negative or infinite weight, none above 0, a share outside [0, 1].
    """
    weights = numbers("weights", weights)
    for weight in weights.tolist():
        require("weights", weight, 0)
    most = float(weights.max())
    if at is None or len(weights) == 1:
        if most == 0:
            raise ValueError("expected weights of which one at least is above 0, got zeros only")
        return weights / most / (weights / most).sum()
    require("share", share, 0, 1)
    rest = weights.clone()
    rest[at] = 0
    if float(rest.max()) == 0:
        rest = rest + 1
        rest[at] = 0
    rest = rest / rest.max()
    p = (1 - share) * (rest / rest.sum())
    p[at] = share
    return p
