"""A stack of coupling layers learns points of the plane by maximum likelihood."""

from collections.abc import Iterator
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.flows import Flow, entropy, gaussian, grid, nll, split
from core.flows import train as learn
from core.flows.data import DATA
from core.flows.own import FACE, source
from core.rng import generator
from core.signature import Own, between, declared

FRAMES = 24  # moments after the first at which the flow is judged
EDGE, CELLS = 3.0, 54  # of the density that is drawn
SHOWN, SAMPLES = 300, 1000
APART = 1 << 61  # between the seed of the training and that of the noise that is sent through
NAMES = ("moons", "ring", "blobs", "checker", "drawn")


class Training(NamedTuple):
    """The training so far, judged at F moments."""

    progress: float  # share of the steps done, in [0, 1]
    points: Tensor  # some of the points that are learned, to draw, shape (n, 2)
    train: Tensor  # mean of −ln p over 1000 points that are learned, (F,)
    validation: Tensor  # the same over points that are held out, (F,)
    gaussian: float  # of the held-out points under one Gaussian
    floor: float | None  # the least mean that any model can have on fresh points; None of own data
    theta: Tensor  # weights of the flow, (layers, weights of a layer), float32
    log_density: Tensor  # of the flow in cells of [−3, 3]², (54, 54), rows from below
    samples: Tensor  # of the flow, (1000, 2), float32

    @property
    def doing(self) -> str:
        """How far the training is, while it goes on."""
        return f"{self.progress:.0%} of the steps, held-out NLL {self.validation[-1]:.2f}"

    def flow(self, width: int, swap: bool) -> Flow:
        """The flow of these weights."""
        return Flow(self.theta.double(), width, swap)


@declared
def training(
    data: Annotated[Literal[NAMES], Own("table")] = "moons",
    layers: Annotated[int, between(1, 8)] = 4,
    swap: bool = True,
    width: Annotated[int, between(2, 64)] = 64,
    steps: Annotated[int, between(1, 1000)] = 600,
    seed: Annotated[int, between(0, 2**31)] = 0,
    drawing: str = FACE,
) -> Iterator[Training]:
    """Trains, and yields the record so far at 25 moments at most.

    Args:
        data: of `core.flows.DATA`, "drawn", or a student's table of two columns, of which a fifth
            is held out.
        layers, swap, width: of the `Flow`.
        drawing: 16 × 16 cells, see `core.plane`.

    Sources: FLOW-04, FLOW-06; Dinh, Sohl-Dickstein and Bengio (2017).
    """
    points, learned, held = points_of(data, drawing, seed)
    bell = nll(gaussian(learned), held)
    floor = entropy(data) if data in DATA else None
    at, z = grid(EDGE, CELLS).float(), noise(seed).float()
    every, judged = -(-steps // FRAMES), ([], [])
    for now in learn(points, layers, steps, seed, width=width, swap=swap, every=every):
        judged[0].append(nll(now.flow, learned[:SAMPLES]))
        judged[1].append(now.validation)
        yield Training(
            now.step / steps,
            learned[:SHOWN],
            *(torch.tensor(part, dtype=torch.float64) for part in judged),
            bell,
            floor,
            now.flow.theta.float(),
            now.flow.log_prob(at).view(CELLS, CELLS),
            now.flow.forward(z)[0],
        )


def points_of(data: str, drawing: str, seed: int) -> tuple[str | Tensor, Tensor, Tensor]:
    """What is handed to the training, the points it learns, and those it holds out."""
    points = source(data, drawing, seed)
    return points, *split(points, generator=generator(seed))


def noise(seed: int) -> Tensor:
    """What is sent through the layers, (1000, 2), float64."""
    return torch.randn(SAMPLES, 2, generator=generator(seed ^ APART), dtype=torch.float64)


def moments(steps: int) -> list[int]:
    """The steps at which the flow is judged."""
    every = -(-steps // FRAMES)
    return [*range(0, steps, every), steps]
