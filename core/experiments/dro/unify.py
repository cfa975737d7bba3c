r"""Worst cases in W_p balls of one radius as p grows, and the mean of local maxima at p = ∞.

At p = ∞ no part of an atom may go further than ρ, so that the worst law puts each atom on the
highest place within ρ: adversarial training, if g is the loss of a point whose label stays
(DRO-08). Smaller p let a little mass go further. Places are those of [LOW, HIGH].
"""

import math
from collections.abc import Callable
from typing import Annotated, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import softplus

from core.dro.priced import price, share
from core.signature import between, declared

P = (1.0, 2.0, 4.0, 8.0, 16.0, math.inf)
LABELS = (-1.0, 1.0, 1.0)  # of the three atoms
LOW, HIGH = -4.0, 6.0
PLACES, FAN = 401, 121  # looked at on the line, and around each atom
LOOKS, FOLD, CLOSER = 3, 17, 8.0  # closer ones, places around each best one, how much closer


class Unify(NamedTuple):
    """The worst law for each p of `P`."""

    atoms: Tensor  # (3,)
    home: float  # mean of g over the atoms
    values: Tensor  # worst cases, (6,)
    points: Tensor  # where the mass goes, (6, 4): one atom at most is split
    masses: Tensor  # (6, 4), 0 where there is no fourth part
    owner: Tensor  # the atom of each part, (6, 4) int64
    tops: Tensor  # the highest place within ρ of each atom, its label staying, (3,)
    adversarial: float  # mean of g there

    # how far each part goes, (6, 4)
    way = property(lambda self: (self.points - self.atoms[self.owner]).abs())


def score(x: Tensor) -> Tensor:
    """The classifier f(x) whose sign is the label."""
    return 3 * torch.tanh(x)


def loss(g: str) -> Callable[[Tensor], Tensor]:
    """g of places (3, m), row i for atom i."""
    if g == "wave":
        return lambda z: torch.sin(3 * z) + 0.3 * z
    if g == "free":
        return lambda z: softplus(score(z).abs())
    y = torch.tensor(LABELS, dtype=torch.float64)[:, None]
    return lambda z: softplus(-y * score(z))


@declared
def unify(
    rho: Annotated[float, between(0, 1)] = 0.5,
    g: Literal["wave", "fixed", "free"] = "wave",
    z1: Annotated[float, between(-2, 3)] = 0.0,
    z2: Annotated[float, between(-2, 3)] = 0.5,
    z3: Annotated[float, between(-2, 3)] = 2.0,
) -> Unify:
    """The worst law within W_p ≤ ρ of three atoms for p = 1, 2, 4, 8, 16, ∞.

    Args:
        rho: radius ρ.
        g: "wave" sin 3z + 0.3 z; "fixed" the logistic loss of f(x) = 3 tanh x where the atoms keep
            their labels −1, 1, 1; "free" the same where a label may change at no cost.
        z1, z2, z3: the atoms.

    Sources: DRO-04, DRO-08.
    """
    z = np.array([z1, z2, z3])
    f, kept = _plain(loss(g)), _plain(loss("fixed" if g == "free" else g))
    home = f(z[:, None])[:, 0]
    still = np.append(z, z[2]), np.append(home, home[2])
    masses, owner = np.tile([1 / 3, 1 / 3, 1 / 3, 0], (6, 1)), np.tile([0, 1, 2, 2], (6, 1))
    points, gains = np.tile(still[0], (6, 1)), np.tile(still[1], (6, 1))
    tops, high = _tops(kept, z, rho)
    if rho > 0:
        points[5, :3], gains[5, :3] = _tops(f, z, rho)
        for k, law in enumerate(_laws(f, z, rho)):
            points[k], masses[k], owner[k], gains[k] = law
    return Unify(
        torch.from_numpy(z),
        float(home.mean()),
        torch.from_numpy((masses * gains).sum(1)),
        torch.from_numpy(points),
        torch.from_numpy(masses),
        torch.from_numpy(owner),
        torch.from_numpy(tops),
        float(high.mean()),
    )


def _plain(f: Callable[[Tensor], Tensor]) -> Callable[[np.ndarray], np.ndarray]:
    return lambda places: f(torch.from_numpy(places)).numpy()


def _tops(f: Callable, z: np.ndarray, rho: float) -> tuple[np.ndarray, np.ndarray]:
    """The highest place within ρ of each atom, and its height, both (3,)."""
    low, high = z[:, None] - rho, z[:, None] + rho
    places, width = z[:, None] + rho * np.linspace(-1, 1, FAN), 2 * rho / (FAN - 1)
    for look in range(LOOKS + 1):
        height = f(places)
        best = height.argmax(1)[:, None]
        at, top = (np.take_along_axis(each, best, 1) for each in (places, height))
        if look < LOOKS:
            places = (at + width * np.linspace(-1, 1, FOLD)).clip(low, high)
            width /= CLOSER
    return at[:, 0], top[:, 0]


def _laws(f: Callable, z: np.ndarray, rho: float) -> list[tuple[np.ndarray, ...]]:
    """Points, masses, owners and heights of the worst law for each finite p.

    All are looked for on the same places, then ever closer around those that were best.
    """
    fan = (z[:, None] + 3.2 * rho * np.linspace(-1, 1, FAN)).clip(LOW, HIGH)
    line = np.tile(np.linspace(LOW, HIGH, PLACES), (3, 1))
    places = [np.concatenate([z[:, None], fan, line], 1)] * 5
    gain, width = [f(places[0])] * 5, (HIGH - LOW) / (PLACES - 1)
    hints, found, cost = [None] * 5, [], []
    for look in range(LOOKS + 1):
        cost = [(np.abs(at - z[:, None]) / rho) ** p for p, at in zip(P, places)]
        found = [price(a, b, 1.0, hint) for a, b, hint in zip(gain, cost, hints)]
        if look == LOOKS:
            break
        hints = [each.lam for each in found]
        taken = [np.stack([best.far, best.near], 1) for best in found]
        centres = [np.take_along_axis(at, best, 1) for at, best in zip(places, taken)]
        window = width * np.linspace(-1, 1, FOLD)
        places = [
            np.concatenate([z[:, None], (c[..., None] + window).reshape(3, -1)], 1).clip(LOW, HIGH)
            for c in centres
        ]
        gain = np.split(f(np.concatenate(places, 1)), 5, 1)
        width /= CLOSER
    return [_law(*each) for each in zip(places, gain, cost, found)]


def _law(places: np.ndarray, gain: np.ndarray, cost: np.ndarray, found) -> tuple[np.ndarray, ...]:
    """Parts that spend the budget; the second part of an atom that is split stands last."""
    part, rows = share(cost, found, 1.0), np.arange(3)
    moves = np.where(part.far, found.far, found.near)
    atom = max(part.split, 0)
    moves, owner = np.append(moves, found.near[atom]), np.append(rows, atom)
    masses = np.array([1 / 3, 1 / 3, 1 / 3, 0.0])
    if part.split >= 0:
        masses[[atom, 3]] = part.part / 3, (1 - part.part) / 3
    return places[owner, moves], masses, owner, gain[owner, moves]
