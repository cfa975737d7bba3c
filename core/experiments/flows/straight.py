"""Flow matching beside a coupling flow: a velocity carries noise to data, in steps of a solver."""

from collections.abc import Iterator
from typing import Annotated, Literal, NamedTuple

import torch
from torch import Tensor

from core.flows import (
    METHODS,
    Flow,
    Velocity,
    entropy,
    nll,
    ode,
    ode_log_density,
    split,
    train,
    train_velocity,
)
from core.flows.data import DATA
from core.flows.own import FACE, source
from core.rng import generator
from core.signature import Own, between, declared

FRAMES = 6  # moments after the first at which both are judged
TIMES = 40  # of a path after its start
FINE = 3  # times as many steps where the path is what solvers are measured by
COUNTS = (1, 2, 4, 8, 16, 32)  # steps of a solver
PATHS, JUDGED, SHOWN = 150, 300, 300
MORE = 2  # steps of the velocity for each of the coupling flow, which cost about as much
WIDTH, LAYERS = 64, 4
SOLVED = 8  # steps of rk4 behind a density
APART = 1 << 61  # between the seed of the training and that of the noise that is carried
NAMES = ("moons", "ring", "blobs", "checker", "drawn")


class Straight(NamedTuple):
    """Both trainings so far, judged at F moments."""

    progress: float  # share of the steps done, in [0, 1]
    points: Tensor  # some of the points that are learned, to draw, shape (n, 2)
    theta: Tensor  # weights of the velocity, float32
    coupled: Tensor  # weights of the coupling flow, (4, weights of a layer), float32
    nll: Tensor  # mean of −ln p of held-out points: continuous flow, coupling flow, (2, F)
    floor: float | None  # the least there is; None of own data
    path: Tensor  # of the noise by rk4, at t = 0, 1/40, …, 1, shape (41, 150, 2), float32
    ends: Tensor  # at t = 1 by each method in each of COUNTS steps, (3, 6, 150, 2), at last
    errors: Tensor  # root mean square distance of them to the ends of the paths, (3, 6), at last

    velocity = property(lambda self: Velocity(self.theta.double(), WIDTH))
    flow = property(lambda self: Flow(self.coupled.double(), WIDTH))

    @property
    def doing(self) -> str:
        """How far the trainings are, while they go on."""
        return f"{self.progress:.0%} of the steps of both"


@declared
def straight(
    data: Annotated[Literal[NAMES], Own("table")] = "moons",
    steps: Annotated[int, between(1, 1000)] = 600,
    seed: Annotated[int, between(0, 2**31)] = 0,
    drawing: str = FACE,
) -> Iterator[Straight]:
    """Trains a velocity and a coupling flow of four layers on the same points.

    Yields the record so far at 7 moments at most.

    Args:
        data: of `core.flows.DATA`, "drawn", or a student's table of two columns, of which a fifth
            is held out.
        steps: of the coupling flow; the velocity, a smaller network, makes twice as many.
        drawing: 16 × 16 cells, see `core.plane`.

    Sources: beyond the formulas of coupling layers: Lipman et al. (2023); Liu, Gong and Liu (2023).
    """
    points, learned, held = points_of(data, drawing, seed)
    floor, z = (entropy(data) if data in DATA else None), noise(seed)
    every, judged = -(-steps // FRAMES), ([], [])
    both = (
        train_velocity(points, MORE * steps, seed, width=WIDTH, every=MORE * every),
        train(points, LAYERS, steps, seed, width=WIDTH, every=every),
    )
    for moment, shot in zip(*both):
        theta = moment.velocity.theta.float()
        v = Velocity(theta.double(), WIDTH)
        judged[0].append(-float(ode_log_density(v, held, SOLVED)[0].mean()))
        judged[1].append(nll(shot.flow, held))
        done = shot.step == steps
        path = carried(v, z, FINE) if done else carried(v, z.float())
        ends = torch.stack([landed(v, z, method) for method in METHODS]) if done else None
        yield Straight(
            shot.step / steps,
            learned[:SHOWN],
            theta,
            shot.flow.theta.float(),
            torch.tensor(judged, dtype=torch.float64),
            floor,
            path.float(),
            ends.float() if done else torch.zeros(len(METHODS), 0, PATHS, 2),
            distance(ends, path[-1]) if done else torch.zeros(len(METHODS), 0),
        )


def points_of(data: str, drawing: str, seed: int) -> tuple[str | Tensor, Tensor, Tensor]:
    """What is handed to the trainings, the points they learn, and 300 of those held out."""
    points = source(data, drawing, seed)
    learned, held = split(points, generator=generator(seed))
    return points, learned, held[:JUDGED]


def noise(seed: int) -> Tensor:
    """What is carried along the paths, (150, 2), float64."""
    return torch.randn(PATHS, 2, generator=generator(seed ^ APART), dtype=torch.float64)


@torch.no_grad()
def carried(velocity: Velocity, z: Tensor, fine: int = 1) -> Tensor:
    """The solutions from z (n, 2) at t = 0, 1/40, …, 1: rk4 with 40 · fine steps, (41, n, 2)."""
    states = [state.y for state in ode(velocity, z, TIMES * fine, "rk4")]
    return torch.stack(states[::fine])


@torch.no_grad()
def landed(velocity: Velocity, z: Tensor, method: str) -> Tensor:
    """Where each of COUNTS steps of a method ends, (6, n, 2)."""
    return torch.stack([list(ode(velocity, z, steps, method))[-1].y for steps in COUNTS])


def distance(ends: Tensor, true: Tensor) -> Tensor:
    """Root mean square distance of points (..., n, 2) to (n, 2)."""
    return (ends - true).square().sum(-1).mean(-1).sqrt()


def moments(steps: int) -> list[int]:
    """The steps at which both are judged."""
    every = -(-steps // FRAMES)
    return [*range(0, steps, every), steps]
