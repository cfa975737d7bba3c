"""A training watched live, and how far the fakes are from the data."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core import plane
from core.gan import ALONE, DATA, LOSSES, imitate, modes, sample, train
from core.gan.film import JUDGED, SHOWN, Player, apart, bounded, film, frame, noise_grid
from core.rng import generator
from core.signature import Own, between, declared

FRAMES, FEWER = 40, 20  # after the first, and with a rival
CLOUD = 4000  # points of a drawing to learn from
BETAS, BATCH = (0.5, 0.999), 256
SEEDS = ("1", "3", "5")
HEART = plane.sketch(
    "................", "................", "...####..####...", "..############..",
    ".##############.", ".####......####.", ".####......####.", ".####......####.",
    "..####....####..", "...####..####...", "....########....", ".....######.....",
    "......####......", ".......##.......", "................", "................",
)  # fmt: skip


class Studio(NamedTuple):
    """Both trainings so far, F frames."""

    progress: float  # share of the steps done, in [0, 1]
    data: Tensor  # points to draw, shape (256, 2)
    floor: Tensor  # JSD, sliced W₁ and MMD² of two samples of the data
    warped: Tensor  # G at the lines of z, shape (F, 169, 2), float16; see `noise_grid`
    main: Player
    rival: Player | None = None

    @property
    def doing(self) -> str:
        """How far the training is, while it goes on."""
        return f"{self.progress:.0%} of the steps, W₁ {self.main.distances[-1, 0, 1]:.2f}"


@declared
def studio(
    data: Annotated[Literal[(*DATA, "drawn")], Own("table")] = "ring",
    drawing: str = HEART,
    loss: Literal[LOSSES] = "non_saturating",
    rival: Literal[("none", *LOSSES)] = "none",
    d_steps: Annotated[int, between(1, 5)] = 1,
    lr_g: Annotated[float, between(1e-5, 1e-2)] = 1e-3,
    lr_d: Annotated[float, between(1e-5, 1e-2)] = 1e-3,
    r1: Annotated[float, between(0, 10)] = 0.0,
    z_dim: Annotated[int, between(1, 8)] = 2,
    alone: Literal[ALONE] = "both",
    alone_from: Annotated[int, between(0, 2000)] = 1000,
    steps: Annotated[int, between(1, 2000)] = 2000,
    seed: Annotated[int, between(0, 2**31)] = 0,
    seeds: Literal[SEEDS] = "1",
) -> Iterator[Studio]:
    """Trains, and yields the record so far at each of at most 40 moments after the first.

    Args:
        data: of `core.gan.sample`, "drawn", or a student's table of two columns.
        drawing: 16 × 16 cells, see `core.plane`.
        rival: a second loss, trained from the same weights on the same draws.
        alone: who goes on when both have done `alone_from` steps.
        seeds: how many trainings, of seed, seed + 1, …; the first is shown, all are measured.
    """
    draw = source(data, drawing)
    shown = draw(SHOWN, generator=generator(seed + 1))
    real, other = (draw(JUDGED, generator=generator(seed + n)) for n in (2, 3))
    points = data if data in DATA else draw(CLOUD, generator=generator(seed + 4))
    noise = torch.randn(JUDGED, z_dim, generator=generator(seed + 5))
    centres = modes(data) if data in ("ring", "grid") else None
    measures = {"noise": noise, "real": real, "centres": centres}
    floor, grid, when = torch.tensor(apart(real, other)), noise_grid(z_dim), moments(steps, rival)
    losses = [one for one in (loss, rival) if one != "none"]
    runs = [
        [
            train(points, one, steps, seed + n, every=when[1], d_steps=d_steps, batch=BATCH,
                  z_dim=z_dim, lr_g=lr_g, lr_d=lr_d, betas=BETAS, r1=r1, alone=alone,
                  alone_from=alone_from)
            for n in range(int(seeds))
        ]
        for one in losses
    ]  # fmt: skip
    kept, warped = [[] for _ in runs], []
    for step in when:
        now = [[next(twin) for twin in twins] for twins in runs]
        for frames, one, twins in zip(kept, losses, now):
            frames.append(frame(twins, one, shown, **measures))
        warped.append(bounded(imitate(now[0][0].generator, grid)).half())
        yield Studio(step / steps, shown, floor, torch.stack(warped), *map(film, kept))


def source(data: str, drawing: str) -> Callable[..., Tensor]:
    """(n, generator=…) -> n points of the data, float64."""
    if data == "drawn":
        return partial(plane.drawn, drawing)
    if data in DATA:
        return partial(sample, data)
    rows = plane.read(data)
    return lambda n, generator: rows[torch.randint(len(rows), (n,), generator=generator)]


def moments(steps: int, rival: str) -> list[int]:
    """The steps at which a frame is kept: 0, then evenly, and the last."""
    every = -(-steps // (FRAMES if rival == "none" else FEWER))
    return [*range(0, steps, every), steps]
