r"""The worst law in a Wasserstein ball around a few atoms, and the price λ that proves it.

sup over W_p(P_n, Q) ≤ ε of E_Q[g] is the least of D(λ) = λεᵖ + mean_i φ_i over λ ≥ 0, with
φ_i = sup_z g(z) − λ|z − z_i|ᵖ: the curves φ_i + λ|z − z_i|ᵖ lie on g from above and touch it where
the worst law puts the mass of atom i.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.dro import WorstCase, search_range, worst_case
from core.landscapes import line_formula
from core.signature import between, declared

FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "step": lambda z: (z >= JUMP).double(),
    "concave": lambda z: -z * z,
    "linear": lambda z: z / 2,
    "sine": lambda z: torch.sin(3 * z) + 0.3 * z,
}
JUMP = 2.0
LOW, HIGH = -3.0, 5.0  # of the line that is drawn
FAR = 2.0  # the largest ε
LEVELS = 100  # radii at which atoms are moved whole
FINE = 4  # places looked at between two of them
FARTHEST, PLACES = 9.0, 361  # how far a part of an atom is looked for, and in how many steps
PRICES = np.geomspace(1e-5, 1e5, 240)
MANY = 901  # places on which the dual is looked at


class Worst(NamedTuple):
    """A law within the ball and the certificate of the worst one."""

    atoms: Tensor  # z_i, of mass 1/n each, (n,)
    home: float  # mean of g over the atoms
    value: float  # E_Q[g] of the law below; ∞ where no price is high enough
    dual: float  # D(λ) at its least: what no law exceeds
    lam: float  # λ; ∞ where no price is high enough and at ε = 0
    points: Tensor  # where the mass goes, (n,), or (n + 1,) where an atom is split
    masses: Tensor  # of the points
    owner: Tensor  # which atom each part comes from, int64

    endless = property(lambda self: math.isinf(self.value))
    # whether an atom is split
    parted = property(lambda self: len(self.points) > len(self.atoms))
    # |z − z_i| of each part
    way = property(lambda self: (self.points - self.atoms[self.owner]).abs())


class Ladder(NamedTuple):
    """The worst case over the radius."""

    eps: np.ndarray  # rising from 0, (LEVELS + 1,)
    split: np.ndarray  # where atoms may be split
    whole: np.ndarray  # where they are moved whole
    endless: bool  # whether splitting makes it ∞ for every ε > 0


@declared
def worst(
    g: Literal[(*FUNCTIONS, "own")] = "step",
    formula: str = "z^2",
    eps: Annotated[float, between(0, FAR)] = 1.0,
    p: Annotated[float, between(1, 8)] = 1.0,
    split: bool = True,
    n: Annotated[int, between(1, 3)] = 1,
    z1: Annotated[float, between(-2, 3)] = 0.0,
    z2: Annotated[float, between(-2, 3)] = 0.5,
    z3: Annotated[float, between(-2, 3)] = 2.0,
) -> Worst:
    """The worst law within W_p ≤ ε of atoms.

    Args:
        g: whose mean is to be large; "own" is the formula.
        formula: in z, see `core.landscapes.line_formula`; finite at the atoms.
        eps: radius ε.
        p: what a move costs: its length to the power p, in the mean at most εᵖ.
        split: whether an atom may be split.
        n: how many of the atoms z1, z2, z3 there are.

    Sources: DRO-04, DRO-06, DRO-07.
    """
    atoms, f = torch.tensor([z1, z2, z3][:n], dtype=torch.float64), function(g, formula)
    found = _near(g, f, atoms, p, eps, split) or worst_case(atoms, f, p, eps, split)
    return Worst(
        atoms,
        float(f(atoms[:, None]).mean()),
        found.value,
        found.value + found.gap,
        found.lam,
        found.points,
        found.masses,
        found.homes(n),
    )


def _near(
    g: str, f: Callable, atoms: Tensor, p: float, eps: float, split: bool
) -> WorstCase | None:
    """The worst law on the line that is drawn, if nothing further out would be worse.

    Several laws are often equally bad; this one can be seen.
    """
    if g == "own" or eps == 0:
        return None
    found = worst_case(atoms, f, p, eps, split, reach=(LOW, HIGH))
    line = np.linspace(*search_range(atoms, p, eps), MANY)
    room = lifts(f, atoms, p, found.lam, line[(line > LOW) & (line < HIGH)], found.points)
    return found if (lifts(f, atoms, p, found.lam, line) <= room + 1e-9).all() else None


@lru_cache(maxsize=64)
def function(g: str, formula: str) -> Callable[[Tensor], Tensor]:
    """g of places of any shape.

    Raises:
        ValueError: a formula that cannot be read, or that names y.
    """
    if g != "own":
        return FUNCTIONS[g]
    return line_formula(formula, "z")


def _plain(f: Callable, places: np.ndarray) -> np.ndarray:
    """f in numpy, −∞ where it is no number."""
    found = f(torch.from_numpy(np.ascontiguousarray(places))).double().numpy()
    return np.nan_to_num(found, nan=-np.inf, posinf=np.inf, neginf=-np.inf)


def lifts(
    f: Callable, atoms: Tensor, p: float, lam: float, line: np.ndarray, points: Tensor | None = None
) -> np.ndarray:
    """φ_i = max of g − λ|z − z_i|ᵖ over the places of a line and over points, (n,)."""
    return dual(f, atoms, p, np.array([lam]), line, points)[0]


def dual(
    f: Callable,
    atoms: Tensor,
    p: float,
    prices: np.ndarray,
    line: np.ndarray,
    points: Tensor | None = None,
) -> np.ndarray:
    """The same for many prices, (prices, n)."""
    z = atoms.numpy()
    line = np.concatenate([line, z, () if points is None else points.numpy()])
    cost = np.abs(line - z[:, None]) ** p
    return (_plain(f, line) - prices[:, None, None] * cost).max(-1)


@lru_cache(maxsize=64)
def ladder(g: str, formula: str, p: float, atoms: tuple[float, ...]) -> Ladder:
    """The worst case over ε, on a grid of places: no law drawn is worse than what is possible."""
    f, z, n = function(g, formula), np.array(atoms)[:, None], len(atoms)
    reach = FAR * n ** (1 / p)
    radii = np.linspace(0, reach, LEVELS + 1)
    whole = _highest(f, z, np.linspace(0, reach, FINE * LEVELS + 1))[:, ::FINE]
    after, best = _left(p), whole[0]
    for row in whole[1:]:
        best = (best + np.append(row, -np.inf)[after]).max(1)
    # parts of atoms: each atom's upper hull of gain over cost, its pieces taken by their slope
    way = np.linspace(0, FARTHEST, PLACES)
    cost, gain = way**p, _highest(f, z, way)
    scale = max(float(gain[:, -1].max() - gain[:, 0].min()), 1e-12)
    touched = (gain[:, None] - (scale * PRICES)[:, None] * cost).argmax(-1)
    steps = [np.unique(np.append(row, 0)) for row in touched]
    bought = np.concatenate([np.diff(cost[at]) for at in steps])
    won = np.concatenate([np.diff(row[at]) for row, at in zip(gain, steps)])
    order = (-won / bought).argsort()
    spent, total = (np.append(0, part[order].cumsum()) for part in (bought, won))
    split = gain[:, 0].sum() + np.interp(radii**p, spent, total)
    endless = g == "own" and worst_case(torch.tensor(atoms).double(), f, p, FAR).value == math.inf
    return Ladder(radii / n ** (1 / p), split / n, best / n, endless)


def _highest(f: Callable, z: np.ndarray, way: np.ndarray) -> np.ndarray:
    """The highest g within each distance of each atom, (n, distances)."""
    both = np.maximum(_plain(f, z + way), _plain(f, z - way)).clip(-1e12, 1e12)
    return np.maximum.accumulate(both, 1)


@lru_cache(maxsize=32)
def _left(p: float) -> np.ndarray:
    """Row j, column k: the level another atom still reaches when of budget rⱼᵖ one has gone rₖ.

    −1 for k > j: none.
    """
    steps = np.arange(LEVELS + 1) / LEVELS
    rest = (steps[:, None] ** p - steps**p).clip(min=0) ** (1 / p)
    return np.where(np.tri(LEVELS + 1, dtype=bool), (LEVELS * rest + 1e-9).astype(int), -1)
