r"""A chain X → Y → Z … through noisy channels: no step wins back what was lost.

A channel is a matrix [from, to] whose rows are laws. Source: the data-processing
inequality, Cover and Thomas 2006, 2.8.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from core.check import require
from core.information.entropies import entropy
from core.information.laws import law
from core.information.tables import conditional_mutual_information, mutual_information

SYMBOLS, LINKS = 64, 1000


def symmetric_channel(symbols: int, noise: float) -> Tensor:
    """With probability `noise` a symbol becomes one of the others, each alike; (k, k).

    Args:
        symbols: k in [2, 64].
        noise: in [0, 1]; at 1 − 1/k the answer tells nothing; for two symbols 1 turns all over.
    """
    k = int(require("symbols", symbols, 2, SYMBOLS, integer=True))
    require("noise", noise, 0, 1)
    channel = torch.full((k, k), noise / (k - 1), dtype=torch.float64)
    return channel.fill_diagonal_(1 - noise)


def erasing_channel(symbols: int, noise: float) -> Tensor:
    """With probability `noise` a symbol is erased: it becomes a further one, k; (k, k + 1)."""
    k = int(require("symbols", symbols, 1, SYMBOLS, integer=True))
    require("noise", noise, 0, 1)
    lost = torch.full((k, 1), noise, dtype=torch.float64)
    return torch.cat([(1 - noise) * torch.eye(k, dtype=torch.float64), lost], 1)


class Chain(NamedTuple):
    """X → Y → Z and what each tells of the other, in nats."""

    table: Tensor  # [x, y, z]
    entropy: Tensor  # H(X)
    xy: Tensor  # I(X;Y)
    yz: Tensor  # I(Y;Z)
    xz: Tensor  # I(X;Z) ≤ both
    xy_given_z: Tensor  # I(X;Y|Z) = I(X;Y) − I(X;Z): what the second channel loses
    xz_given_y: Tensor  # I(X;Z|Y) = 0, up to rounding


def chain(prior: Tensor, first: Tensor, second: Tensor) -> Chain:
    """A symbol through two channels.

    Args:
        prior: law of X, (k,).
        first, second: rows are laws, (k, l) and (l, m).

    Raises:
        ValueError: rows that are no laws, shapes that do not meet.
    """
    p, channels = _read(prior, [("first", first), ("second", second)])
    one, two = channels
    table = (p[:, None] * one)[:, :, None] * two
    return Chain(
        table,
        entropy(p),
        mutual_information(table.sum(2)),
        mutual_information(table.sum(0)),
        mutual_information(table.sum(1)),
        conditional_mutual_information(table),
        conditional_mutual_information(table.transpose(1, 2)),
    )


def through(prior: Tensor, channels: list[Tensor]) -> Tensor:
    """I(X; what is left of it) after 0, 1, 2, … channels in a row, (links + 1,): it never rises."""
    require("channels", len(channels), 0, LINKS, integer=True)
    p, links = _read(prior, [(f"channel {i + 1}", each) for i, each in enumerate(channels)])
    joint = torch.diag(p)
    told = [mutual_information(joint)]
    for link in links:
        joint = joint @ link
        told.append(mutual_information(joint))
    return torch.stack(told)


def _read(prior: Tensor, channels: list[tuple[str, Tensor]]) -> tuple[Tensor, list[Tensor]]:
    p, links = law("prior", prior), []
    if p.ndim != 1:
        raise ValueError(f"expected prior of shape (k,), got {tuple(p.shape)}")
    rows = len(p)
    for name, channel in channels:
        channel = law(f"each row of {name}", channel)
        if channel.ndim != 2 or len(channel) != rows:
            raise ValueError(f"expected {name} with {rows} rows, got {tuple(channel.shape)}")
        links.append(channel)
        rows = channel.shape[1]
    return p, links
