r"""To see X = x or to set it: a linear model with a common cause, or counts of two treatments.

Model: Z = U₁, X = aZ + U₂, Y = bX + cZ + U₃. Counts: Z is the stratum, X the treatment, Y "cured".
"""

from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core import table
from core.check import require
from core.importance import KIDNEY, Rates, plane, rates, slope, structural
from core.rng import generator
from core.signature import between, declared

STONES = ",".join(" ".join(f"{k} {n}" for k, n in stratum) for stratum in KIDNEY)
SIZES = ((2, 4), (3, 4), (4, 4))
LARGEST = 1_000_000  # of a count


class Cloud(NamedTuple):
    """A sample of the model, and the same people with X set by hand."""

    z: Tensor  # (n,)
    x: Tensor  # (n,)
    y: Tensor  # (n,)
    done: Tensor  # Y of everybody after do(X = x), (n,)
    seen: float  # slope of the regression of Y on X
    held: Tensor  # coefficients of X and of Z in the regression on both, (2,)


class Counted(NamedTuple):
    """Rates of the treatments A and B."""

    rates: Rates
    blended: Tensor  # rates once the groups are mixed as `blend` says, (2,)


class See(NamedTuple):
    """One of the two, as `mode` says."""

    cloud: Cloud | None
    counted: Counted | None


Coefficient = Annotated[float, between(-3, 3)]


@declared
def see(
    mode: Literal["model", "counts"] = "model",
    a: Coefficient = 1.0,
    b: Coefficient = 0.0,
    c: Coefficient = 2.0,
    x: Coefficient = 2.0,
    n: Annotated[int, between(100, 1000)] = 300,
    seed: Annotated[int, between(0, 10**6)] = 0,
    counts: str = STONES,
    blend: Annotated[float, between(0, 1)] = 0.0,
) -> See:
    """What is seen where X = x, and what becomes of Y when X is set to x.

    Args:
        a, b, c: strengths of Z → X, X → Y and Z → Y.
        x: the value that X is set to.
        n: people in the sample.
        counts: a row for each stratum: cured and treated by A, cured and treated by B.
        blend: 0 leaves the groups as they were treated, 1 mixes both as all people are mixed.

    Sources: XAI-04, CAUS-01, CAUS-03.
    """
    if mode == "counts":
        found = rates(typed(counts))
        mix = torch.lerp(found.mix, found.strata[:, None].expand_as(found.mix), blend)
        return See(None, Counted(found, (mix * found.within).sum(0)))
    z, seen, y = structural(a, b, c, _noise(n, seed))
    done = y + b * (x - seen)
    return See(Cloud(z, seen, y, done, slope(seen, y), plane(seen, y, z)), None)


@lru_cache(maxsize=32)
def _noise(n: int, seed: int) -> Tensor:
    return torch.randn(3, n, generator=generator(seed), dtype=torch.float64)


@lru_cache(maxsize=64)
def typed(text: str) -> Tensor:
    """The counts as (strata, 2, 2): of each stratum and treatment how many were cured, treated.

    Raises:
        ValueError: no whole number, nobody treated, more cured than treated.
    """
    cells = table.read(text, "counts", shapes=SIZES)
    for i, row in enumerate(cells.tolist()):
        for j, value in enumerate(row):
            where = f"row {i + 1}, column {j + 1} of counts"
            require(where, value, j % 2, LARGEST, integer=True)
        for name, cured, treated in (("A", *row[:2]), ("B", *row[2:])):
            if cured > treated:
                raise ValueError(
                    f"expected counts with at most as many cured as treated, got {cured:g} of "
                    f"{treated:g} by {name} in row {i + 1}"
                )
    return cells.reshape(-1, 2, 2)


def strata(text: str) -> tuple[str, ...]:
    """What the rows of the counts are called."""
    count = text.count(",") + 1
    return ("small stones", "large stones") if text == STONES else tuple(
        f"row {i + 1}" for i in range(count)
    )  # fmt: skip
