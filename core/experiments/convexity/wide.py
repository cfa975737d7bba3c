"""Networks of nine widths learn the same few points by descent, each with its tangent kernel."""

from collections.abc import Iterator
from typing import Annotated, NamedTuple

import torch
from torch import Tensor

from core.convexity import wide_net
from core.signature import between, declared

WIDTHS = (2, 4, 8, 16, 32, 64, 128, 256, 512)
MOMENTS = 50  # at which a run is judged after its start


class Run(NamedTuple):
    """One network at the moments at which it was judged, (S,) each."""

    step: Tensor  # int64
    loss: Tensor  # ℓ, half the sum of squared residuals
    half: Tensor  # ½‖∇ℓ‖²
    least: Tensor  # λ_min of the tangent kernel
    most: Tensor  # λ_max
    bound: Tensor  # ℓ₀ times all factors 1 − η λ_min up to here
    fit: Tensor  # the function at the end, around the circle, (181,), float32


class Wide(NamedTuple):
    """The networks learned so far, from the narrowest on."""

    runs: tuple[Run, ...]
    progress: float  # in [0, 1]

    @property
    def doing(self) -> str:
        """Which widths are there, while it goes on."""
        done = len(self.runs)
        return f"width {WIDTHS[done - 1]} of {WIDTHS[-1]}" if done < len(WIDTHS) else ""


@declared
def wide(
    points: Annotated[int, between(2, 20)] = 10,
    steps: Annotated[int, between(50, 1500)] = 600,
    seed: Annotated[int, between(0, 999)] = 0,
) -> Iterator[Wide]:
    """Descent from one seed at each width of `WIDTHS`; a record after each.

    Args:
        points: on the circle, with labels ±1 by chance; the same for all widths.
        steps: at most; a run whose loss is rounding stops.
        seed: of points, labels and first weights.

    Sources: OPT-06, OPT-07; Liu, Zhu and Belkin 2022.
    """
    runs: list[Run] = []
    for width in WIDTHS:
        runs.append(_followed(width, points, steps, seed))
        yield Wide(tuple(runs), len(runs) / len(WIDTHS))


def _followed(width: int, points: int, steps: int, seed: int) -> Run:
    seen = list(wide_net(width, seed, steps=steps, points=points, every=-(-steps // MOMENTS)))
    columns = (
        torch.tensor([getattr(each, name) for each in seen], dtype=torch.float64)
        for name in ("loss", "half_slope", "least", "most", "bound")
    )
    step = torch.tensor([each.step for each in seen])
    return Run(step, *columns, seen[-1].fit.float())


def place(width: int, done: int = len(WIDTHS)) -> int:
    """Which of the first so many widths is nearest by ratio."""
    return min(range(done), key=lambda k: max(WIDTHS[k] / width, width / WIDTHS[k]))
