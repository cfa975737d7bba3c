"""Pictures of 8 × 8 pixels cut into patches: the score of every coalition of patches."""

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from core.shapley.coalitions import sizes
from core.shapley.digits import Reader

BAND = 0.8  # share of the random orders inside the band
LOW = 11  # players whose sums are held at once: they fit into the processor's cache


@lru_cache(maxsize=4)
def patch_of(side: int) -> Tensor:
    """The number of the patch each pixel lies in, (8, 8), patches counted row by row."""
    place = torch.arange(8) * side // 8
    return place[:, None] * side + place


def tiles(picture: Tensor, side: int) -> Tensor:
    """The pixels of each patch, (8, 8) -> (side², 64 / side²)."""
    edge = 8 // side
    grid = picture.reshape(side, edge, side, edge)
    return grid.transpose(1, 2).reshape(side**2, edge**2)


def shown(coalitions: Tensor, x: Tensor, absent: Tensor, side: int) -> Tensor:
    """The pictures that show the patches of coalitions given as indices, (…,) -> (…, 64)."""
    present = (coalitions[..., None] >> patch_of(side).flatten() & 1).bool()
    return torch.where(present, x.flatten(), absent.flatten())


def all_scores(
    reader: Reader, x: Tensor, absent: Tensor, side: int, target: int, rival: int
) -> Tensor:
    """z_target − z_rival of every coalition of patches, (2**p,); x and absent are (64,).

    The first layer is linear, so its 2^p sums are built by doubling: those with patch i are those
    without it plus W (x − absent) restricted to patch i.
    """
    row = reader.second[target] - reader.second[rival]
    bias = reader.bias2[target] - reader.bias2[rival]
    weights = row[None] if reader.first is None else reader.first
    steps = torch.zeros(len(weights), side**2, dtype=torch.float64)
    steps.index_add_(1, patch_of(side).flatten(), (x - absent) * weights)
    start = weights @ absent
    if reader.first is None:
        return doubled(start + bias, steps)[:, 0]
    few = doubled(start + reader.bias1, steps[:, :LOW])
    rest = doubled(torch.zeros_like(start), steps[:, LOW:])
    found, sums = torch.empty(len(rest), len(few), dtype=torch.float64), torch.empty_like(few)
    for out, more in zip(found, rest, strict=True):
        torch.add(few, more, out=sums)
        torch.mv(sums.clamp_(min=0), row, out=out)
    return found.flatten() + bias


def doubled(start: Tensor, steps: Tensor) -> Tensor:
    """start + Σ_{i∈S} steps[:, i] for every S, (units,), (units, p) -> (2**p, units)."""
    units, p = steps.shape
    sums = torch.empty(2**p, units, dtype=torch.float64)
    sums[0] = start
    for i in range(p):
        torch.add(sums[: 2**i], steps[:, i], out=sums[2**i : 2 ** (i + 1)])
    return sums


def taken(order: Tensor, laid: bool) -> Tensor:
    """The coalitions after 0, 1, …, p patches are laid down, or taken away: (p + 1,) indices."""
    joined = torch.cat((order.new_zeros(1), (1 << order).cumsum(0)))
    return joined if laid else joined[-1] - joined


def band(v: Tensor) -> Tensor:
    """Mean and the quantiles 0.1 and 0.9 of v over the coalitions of each size, (3, p + 1).

    After k arrivals of a random order every coalition of k players is equally likely, so these are
    the mean and the band of all p! orders.
    """
    order, ends = _by_size(len(v).bit_length() - 1)
    rows = []
    for group in np.split(v.numpy()[order], ends):
        group.sort()
        cut = round((1 - BAND) / 2 * (len(group) - 1))
        rows.append((group.mean(), group[cut], group[-1 - cut]))
    return torch.tensor(rows, dtype=torch.float64).T


@lru_cache(maxsize=4)
def _by_size(p: int) -> tuple[np.ndarray, np.ndarray]:
    """The coalitions by size, and where each larger size begins."""
    size = sizes(p)
    return size.argsort(stable=True).numpy(), size.bincount().cumsum(0)[:-1].numpy()


def area(curve: Tensor) -> float:
    """∫ of the curve over the share of patches, by trapezoids: a mean score."""
    return float(torch.trapezoid(curve, dx=1 / (len(curve) - 1)))
