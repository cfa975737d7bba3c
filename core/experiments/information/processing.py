r"""A noisy chain X → Y → Z → …: what is left of a message after channels and steps in a row.

The first channel has noise a; then comes a step without noise, one's own table or nothing; then
up to six channels of noise b. Laws are padded with zeros to one number of letters.
"""

from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from core import table
from core.check import require
from core.information import mutual_information
from core.signature import between, declared

KINDS = ("symmetric", "erasing")
STEPS = ("none", "swap", "merge", "mine")
LETTERS, LINKS = 3, 6
BITS = 1 / np.log(2)
NOISES = torch.linspace(0, 1, 49, dtype=torch.float64)


class Processing(NamedTuple):
    """The chain with n links; letters come first, what is erased is the last."""

    joints: Tensor  # of X and each of X, Y, Z, …, (n + 1, k, M)
    told: Tensor  # I(X;X) = H(X), I(X;Y), I(X;Z), … in bits, (n + 1,)
    beside: Tensor  # I(X;Y), I(Y;Z), … of neighbours in bits, (n,)

    last = property(lambda self: float(self.told[-1]))


@declared
def processing(
    a: Annotated[float, between(0, 1)] = 0.1,
    b: Annotated[float, between(0, 1)] = 0.1,
    links: Annotated[int, between(0, LINKS)] = 1,
    step: Literal[STEPS] = "none",
    rule: str = "1 0,0 1",
    symbols: Annotated[int, between(2, LETTERS)] = 2,
    kind: Literal[KINDS] = "symmetric",
    share: Annotated[float, between(0.02, 0.98)] = 0.5,
) -> Processing:
    """Information about X along the chain.

    Args:
        a: noise of the channel from X to Y.
        b: noise of each further channel.
        links: how many of these.
        step: between both: nothing, all letters moved on by one, the last two merged, or `rule`.
        rule: one row for each letter of Y, its weights for the letters of Z; 2 or 3 of both.
        symbols: letters of X; with a rule as many as it has rows.
        kind: noise makes another letter of a letter, each alike, or erases it.
        share: of the first letter; the others have the rest, each alike.

    Sources: INFO-07, XAI-07; Cover and Thomas 2006, 2.8.
    """
    k, prior, channels = whole(a, b, links, step, rule, symbols, kind, share)
    joints, beside = [torch.diag(prior)[:k]], []
    for channel in channels:
        law = joints[-1].sum(0)
        beside.append(law[:, None] * channel)
        joints.append(joints[-1] @ channel)
    joints = torch.stack(joints)
    return Processing(
        joints, mutual_information(joints) * BITS, mutual_information(torch.stack(beside)) * BITS
    )


def whole(
    a: float, b: float, links: int, step: str, rule: str, symbols: int, kind: str, share: float
) -> tuple[int, Tensor, list[Tensor]]:  # fmt: skip
    """Letters of X, its law (M,) and the channels (M, M)."""
    k, moved = _step(step, rule, symbols)
    m, lost = moved.shape[1], kind == "erasing"
    size = max(k, m) + lost
    prior = torch.zeros(size, dtype=torch.float64)
    prior[:k] = (1 - share) / (k - 1)
    prior[0] = share
    channels = [noisy(torch.tensor(a, dtype=torch.float64), k, size, kind)]
    if step != "none":
        wide = torch.zeros(size, size, dtype=torch.float64)
        wide[:k, :m] = moved
        if lost:
            wide[-1, -1] = 1
        channels.append(wide)
    if links:
        channels += [noisy(torch.tensor(b, dtype=torch.float64), m, size, kind)] * links
    return k, prior, channels


def noisy(noise: Tensor, letters: int, size: int, kind: str) -> Tensor:
    """Channels of these noises (...), on so many letters, (..., size, size)."""
    noise = noise[..., None, None]
    same = torch.zeros(size, size, dtype=torch.float64)
    other, erased = same.clone(), same.clone()
    same[:letters, :letters] = torch.eye(letters)
    if kind == "erasing":
        other[:letters, -1], erased[-1, -1] = 1, 1
        return (1 - noise) * same + noise * other + erased
    if letters == 1:
        return same.expand(*noise.shape[:-2], size, size)
    other[:letters, :letters] = 1 / (letters - 1)
    return (1 - noise) * same + noise * (other - same / (letters - 1))


@lru_cache(maxsize=64)
def _step(step: str, rule: str, symbols: int) -> tuple[int, Tensor]:
    """Letters of X and the step as a channel (k, m)."""
    same = torch.eye(symbols, dtype=torch.float64)
    if step == "swap":
        return symbols, same.roll(1, 1)
    if step == "merge":
        return symbols, torch.cat([same[:, :-2], same[:, -2:].sum(1, keepdim=True)], 1)
    if step == "none":
        return symbols, same
    weights = table.read(rule, "rule")
    require("rows of rule", weights.shape[0], 2, LETTERS)
    require("columns of rule", weights.shape[1], 2, LETTERS)
    for weight in weights.flatten().tolist():
        require("rule", weight, 0)
    most = weights.max(1, keepdim=True).values
    if not bool((most > 0).all()):
        raise ValueError("expected rule to have a weight above 0 in each row, got zeros only")
    shares = weights / most
    return len(weights), shares / shares.sum(1, keepdim=True)


def letters(step: str, rule: str, symbols: int) -> int:
    """Letters on which the further channels act."""
    return _step(step, rule, symbols)[1].shape[1]


def over_noise(
    a: float, b: float, links: int, step: str, rule: str, symbols: int, kind: str, share: float
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """I(X;Y) over noise a and, with b for a, I(X; the last), at `NOISES`, in bits."""
    k, prior, channels = whole(a, b, 0, step, rule, symbols, kind, share)
    start = torch.diag(prior)[:k]
    first = noisy(NOISES, k, len(prior), kind)
    for channel in channels:
        start = start @ channel
    further = noisy(NOISES, letters(step, rule, symbols), len(prior), kind)
    last = start @ torch.linalg.matrix_power(further, links)
    tables = torch.cat([torch.diag(prior)[:k] @ first, last])
    found = (mutual_information(tables) * BITS).reshape(2, -1).numpy()
    return found[0], found[1]


def keeps(b: float, m: int, kind: str) -> float:
    """The share of the information that a further channel keeps at most."""
    if kind == "erasing":
        return 1 - b
    if m == 1:
        return 1.0
    stays = abs(1 - b * m / (m - 1))
    return stays**2 if m == 2 else stays
