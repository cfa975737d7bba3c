"""A training kept frame by frame: its fakes, its D as a field, and what was measured of both."""

from typing import NamedTuple

import torch
from torch import Tensor

from core.gan.data import coverage
from core.gan.densities import axis
from core.gan.distances import REACH, jsd, mmd, sliced_w1
from core.gan.losses import discriminator_loss, generator_loss, generator_slope
from core.gan.training import Snapshot, imitate, judge

SHOWN, JUDGED, PAIRED = 256, 2000, 500  # fakes drawn, measured, measured in all pairs
CELLS, LINES = 24, 13  # of the field of D on each side; of the grid of z each way
SHARE = 0.02  # of the fakes, which a mode must exceed to count as reached


class Player(NamedTuple):
    """One training, frame by frame; distances also of its twins with other seeds."""

    fakes: Tensor  # G at the same noise, shape (F, 256, 2)
    field: Tensor  # output of D at the middles of the cells, (F, 24, 24), row i from below, float16
    theta: Tensor  # weights of D in the last frame, see `core.gan.judge`
    losses: Tensor  # of D and of G on the points shown, shape (F, 2)
    output: Tensor  # mean output of D on the fakes shown, shape (F,)
    push: Tensor  # mean |slope| there of the saturating, non-saturating loss by it, shape (F, 2)
    counts: Tensor  # of 2000 fakes, those at each mode, shape (F, modes)
    on_mode: Tensor  # share of them at some mode, shape (F,)
    covered: Tensor  # modes with more than 2 % of them, for each seed, shape (F, seeds)
    distances: Tensor  # JSD, sliced W₁ and MMD² from the data, shape (F, seeds, 3)


def middles() -> Tensor:
    """The middles of the cells of the field, shape (576, 2), float64, row by row from below."""
    side = axis(CELLS, REACH)
    y, x = torch.meshgrid(side, side, indexing="ij")
    return torch.stack([x, y], -1).reshape(-1, 2)


def noise_grid(z_dim: int) -> Tensor:
    """13 × 13 places of the first two noise numbers in [−2, 2]², others 0; of one: in [−3, 3]."""
    if z_dim == 1:
        return torch.linspace(-3, 3, LINES * LINES)[:, None]
    side = torch.linspace(-2, 2, LINES)
    z = torch.zeros(LINES * LINES, z_dim)
    z[:, :2] = torch.cartesian_prod(side, side)
    return z


def output(theta: Tensor, points: Tensor) -> Tensor:
    """D at the points as the field holds it: finite, float64."""
    return bounded(judge(theta, points), 6e4).double()


def losses_of(theta: Tensor, shown: Tensor, fakes: Tensor, loss: str) -> Tensor:
    """The losses of D and G on the points shown, shape (2,), float64."""
    on_data, on_fakes = output(theta, shown), output(theta, fakes)
    pair = discriminator_loss(on_data, on_fakes, loss), generator_loss(on_fakes, loss)
    return torch.stack(pair)


def pushes(on_fakes: Tensor) -> Tensor:
    """Mean size of the slopes σ(a) and 1 − σ(a) of both losses by the outputs a, shape (2,)."""
    names = ("saturating", "non_saturating")
    return torch.stack([generator_slope(on_fakes, name).abs().mean() for name in names])


def seen(moment: Snapshot, loss: str, shown: Tensor) -> tuple[Tensor, ...]:
    """Fakes, field, weights, losses, output and push of a snapshot."""
    theta, fakes = moment.discriminator, bounded(moment.fakes[:SHOWN].float())
    out, field = output(theta, fakes), output(theta, middles())
    losses = losses_of(theta, shown, fakes, loss)
    return fakes, field.view(CELLS, CELLS).half(), theta, losses, out.mean(), pushes(out)


def measured(theta: Tensor, *, noise: Tensor, real: Tensor, centres: Tensor | None) -> tuple:
    """Counts at the modes, share on them, modes covered, distances of a generator's fakes."""
    fakes = bounded(imitate(theta, noise)).double()
    if centres is None:
        none = torch.zeros(0, dtype=torch.long), torch.zeros((), dtype=torch.float64)
        return *none, 0, apart(fakes, real)
    found = coverage(fakes, centres, share=SHARE)
    on_mode = torch.tensor(found.on_mode, dtype=torch.float64)
    return found.counts, on_mode, int(found.covered.sum()), apart(fakes, real)


def apart(x: Tensor, y: Tensor) -> tuple[float, float, float]:
    """JSD, sliced W₁ and MMD² of two clouds of 2000 points."""
    return jsd(x, y), sliced_w1(x, y), mmd(x[:PAIRED], y[:PAIRED])


def bounded(x: Tensor, most: float = 1e4) -> Tensor:
    """Finite numbers whatever a training did."""
    return x.nan_to_num(0.0, most, -most).clamp(-most, most)


def frame(twins: list[Snapshot], loss: str, shown: Tensor, **measures) -> tuple:
    """All that `Player` keeps of one moment, of the first training and of its twins."""
    found = [measured(each.generator, **measures) for each in twins]
    covered, distances = zip(*(each[2:] for each in found))
    numbers = torch.tensor(covered), torch.tensor(distances, dtype=torch.float64)
    return *seen(twins[0], loss, shown), *found[0][:2], *numbers


def film(frames: list[tuple]) -> Player:
    """The frames of one training in a row."""
    fakes, field, theta, *rest = zip(*frames)
    return Player(torch.stack(fakes), torch.stack(field), theta[-1], *map(torch.stack, rest))


def missing(player: Player) -> list[tuple[int, int]]:
    """Modes not reached in the last frame, each with the frame since when, or −1 for never."""
    reached = player.counts > SHARE * JUDGED
    out = []
    for mode in (~reached[-1]).nonzero()[:, 0].tolist():
        held = reached[:, mode].nonzero()[:, 0]
        out.append((mode, int(held[-1]) + 1 if len(held) else -1))
    return out
