"""A variance without its square: the mean of the deviations, which is 0 for every law."""

from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core import table
from core.check import require
from core.signature import between, declared

MOST, SIDE = 12, 5.0  # numbers, and how large they may be
OWN = "-2 -1 0 1 4"


class Spread(NamedTuple):
    """Numbers, each with the same chance."""

    x: Tensor  # (n,), in order of writing
    mean: float
    parts: Tensor  # what the code averages, (n,)
    value: float  # its mean, called variance
    scales: Tensor  # the same after the deviations were stretched by 0, …, 2, (41,)


@declared
def spread(
    code: Literal["published", "mended"] = "published",
    numbers: str = OWN,
    shift: Annotated[float, between(-3, 3)] = 0.0,
    stretch: Annotated[float, between(0, 2)] = 1.0,
) -> Spread:
    """E[X − E X], or E[(X − E X)²], of numbers about their mean.

    Args:
        code: without the square, or with it.
        numbers: 2 to 12 of them in [-5, 5].
        shift: added to each.
        stretch: of their deviations, before the shift.

    Source: seeingtheory/Seeing-Theory, issue 50.
    """
    given = table.signal(numbers, "numbers", MOST)
    if len(given) < 2:
        raise ValueError(f"expected numbers to be 2 to {MOST} numbers, got {len(given)}")
    for each in given.tolist():
        require("numbers", each, -SIDE, SIDE)
    off = given.double() - given.double().mean()
    x = given.double().mean() + shift + stretch * off
    power = 1 if code == "published" else 2
    parts = (x - x.mean()) ** power
    scales = torch.linspace(0, 2, 41, dtype=torch.float64)
    values = ((scales[:, None] * off) ** power).mean(1)
    return Spread(x, float(x.mean()), parts, float(parts.mean()), values)
