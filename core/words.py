"""Numbers as sentences write them."""

import math

from torch import Tensor


def number(value: float | Tensor, digits: int = 3, zero: float = 0.0) -> str:
    """0.333, −0.25, ∞ to so many significant digits; what is smaller than `zero` is 0."""
    value = float(value)
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{0.0 if abs(value) < zero else value + 0.0:.{digits}g}".replace("-", "−")


def spaced(count: int) -> str:
    """14455392 as 14 455 392."""
    return f"{count:,}".replace(",", " ")
