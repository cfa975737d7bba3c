r"""Where the mass of n atoms goes under a budget: a coarse look, then ever closer at the best.

The line is looked at once, at 2002 places; the budget has a price there (`core.dro.priced`), at
which each atom has a few peaks. Around these the look gets closer, the price found anew each time.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.dro.priced import Price, price, share

PLACES, FINE = 1601, 401  # looked at over the whole range, and within reach of each atom
LOOKS = 5  # at the whole range, while prices change what is worth a closer look
PEAKS = 4  # of each atom that are looked at more closely, beside the two that are taken
FOLD, CLOSER, FOLDS = 33, 14.0, 7  # places around a peak; each look so much closer; looks
CELLS = 200  # of the budget, when atoms are moved whole
POLE = 1e-3  # by which the highest g may still rise at the last look, relative
DEAR = 1e200  # what the longest way costs at most, in budgets
CRUMB = 1e-12  # a part of an atom that is not worth a split
NEAR = 1e-6  # parts of an atom that are this close are one, where g agrees

Function = Callable[[Tensor], Tensor]


class Spent(NamedTuple):
    """A law that keeps to the budget, and the bound that no law does better than."""

    points: np.ndarray  # (n,), or (n + 1,) where one atom is split, its parts side by side
    masses: np.ndarray
    lam: float  # in units of |z|^p
    dual: float


class Search:
    """Places for n atoms in [low, high] under a budget of 1 on the mean of (|z − z_i|/ε)^p."""

    def __init__(
        self, g: Function, z: np.ndarray, p: float, eps: float, low: float, high: float
    ) -> None:
        self.g, self.z, self.p, self.eps = g, z, p, eps
        self.low, self.high, self.most = low, high, eps * DEAR ** (1 / p)

    def worth(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """g and cost of places (n, m)."""
        gain = heights(self.g, torch.from_numpy(places)).numpy()
        return gain, self.cost(places - self.z[:, None])

    def cost(self, way: np.ndarray) -> np.ndarray:
        return (np.minimum(np.abs(way), self.most) / self.eps) ** self.p

    def split(self) -> Spent | None:
        """The worst law; None where g has a pole."""
        stay, places = self.z[:, None], self._everywhere()
        count, width = places.shape[1], (self.high - self.low) / (PLACES - 1)
        gain, cost = self.worth(places)
        if (gain == np.inf).any():
            return None
        found = price(gain, cost, 1.0)
        for _ in range(LOOKS):
            score = gain[:, :count] - found.lam * cost[:, :count]
            taken = [_at(places, found.far), _at(places, found.near)]
            centres = np.concatenate([*taken, peaks(score, places[:, :count])], 1)
            close, _, rose = self._closer(centres, width, stay, found.lam)
            if rose:
                return None
            places = np.concatenate([places, close], 1)
            more, dear = self.worth(close)
            gain, cost = np.concatenate([gain, more], 1), np.concatenate([cost, dear], 1)
            found = price(gain, cost, 1.0, found.lam)
            score = gain - found.lam * cost
            best = score.max(1)
            if (best <= score[:, -close.shape[1] :].max(1) + CRUMB).all():
                break  # else a place that was not looked at more closely is better
        law = self._law(places, cost, found)
        dual = found.lam + best.mean()
        try:
            lam = found.lam * self.eps**-self.p
        except OverflowError:
            lam = math.inf
        return Spent(*law, lam, dual)

    def whole(self, law: Spent) -> np.ndarray:
        """The best move (n,) of whole atoms that is found, from the worst law with splitting."""
        if len(law.points) == len(self.z):
            return law.points
        moves, spacing = self._ladder()
        places, found, _ = self._closer(moves[:, None], spacing, moves[:, None])
        inner = self._law(places, self.worth(places)[1], found)
        tries = [self.z, moves, _at(places, found.near)[:, 0]]
        # a split atom at its centre of mass costs no more: |z|^p is convex
        tries += [self._together(*inner), self._together(law.points, law.masses)]
        kept = [each for each in tries if self.cost(each - self.z).mean() <= 1 + 1e-12]
        return max(kept, key=lambda each: self.worth(each[:, None])[0].mean())

    def _closer(
        self, centres: np.ndarray, width: float, stay: np.ndarray, hint: float | None = None
    ) -> tuple[np.ndarray, Price, bool]:
        """Looks ever closer around places (n, k) at the price of the moment.

        Returns:
            The last places (n, m), the price of the budget there, whether g rises without end.
        """
        kept, top = np.concatenate([stay, centres], 1), np.inf
        for _ in range(FOLDS):
            window = around(centres, width, self.low, self.high)
            places = np.concatenate([kept, window], 1)
            gain, cost = self.worth(places)
            found = price(gain, cost, 1.0, hint)
            hint = found.lam
            rose, top = gain.max() > top + POLE * (1 + abs(top)), gain.max()
            score = (gain - found.lam * cost)[:, kept.shape[1] :].reshape(len(gain), -1, FOLD)
            window = window.reshape(score.shape)
            best = np.take_along_axis(window, score.argmax(2)[:, :, None], 2)[:, :, 0]
            taken = np.concatenate([_at(places, found.far), _at(places, found.near)], 1)
            kept = np.concatenate([stay, taken, best], 1)
            centres = np.concatenate([taken, best[:, 2:]], 1)
            width /= CLOSER
        return places, found, bool(rose) or top == np.inf

    def _everywhere(self) -> np.ndarray:
        """Each atom, the whole line, and finer what one whole atom may reach; ascending, (n, m)."""
        n = len(self.z)
        fan = 1.1 * self.eps * n ** (1 / self.p) * np.linspace(-1, 1, FINE)
        own = np.clip(self.z[:, None] + fan, self.low, self.high)  # with the atom in the middle
        line = np.linspace(self.low, self.high, PLACES)
        return np.sort(np.concatenate([own, np.tile(line, (n, 1))], 1), 1, kind="stable")

    def _law(
        self, places: np.ndarray, cost: np.ndarray, found: Price
    ) -> tuple[np.ndarray, np.ndarray]:
        """Points and masses that spend the budget."""
        part, n = share(cost, found, 1.0), len(self.z)
        far, near = _at(places, found.far)[:, 0], _at(places, found.near)[:, 0]
        points, masses, i = np.where(part.far, far, near), np.full(n, 1 / n), part.split
        if i < 0 or part.part > 1 - CRUMB or far[i] == near[i]:
            return points, masses
        if part.part < CRUMB:
            points[i] = near[i]
            return points, masses
        if abs(far[i] - near[i]) <= NEAR * (1 + abs(far[i])):
            one = np.repeat(points[:, None], 3, 1)
            one[i] = far[i], near[i], part.part * far[i] + (1 - part.part) * near[i]
            gain = self.worth(one)[0][i]
            if gain[2] >= part.part * gain[0] + (1 - part.part) * gain[1] - 1e-12:
                return one[:, 2], masses
        points, masses = np.insert(points, i + 1, near[i]), np.insert(masses, i, 0.0)
        masses[i : i + 2] = part.part / n, (1 - part.part) / n
        return points, masses

    def _together(self, points: np.ndarray, masses: np.ndarray) -> np.ndarray:
        """The centre of mass of each atom's parts."""
        n = len(self.z)
        return np.bincount(homes(masses, n), points * masses, minlength=n) * n

    def _ladder(self) -> tuple[np.ndarray, float]:
        """A dynamic programme: each atom is given cells of the budget, and goes as far as they pay.

        Returns:
            The best places (n,), and the widest step between two places that were looked at.
        """
        n, cells = len(self.z), np.arange(CELLS + 1)
        radii = self.eps * (n * cells / CELLS) ** (1 / self.p)
        sides = [np.clip(self.z[:, None] + s * radii, self.low, self.high) for s in (1, -1)]
        gains = [self.worth(side)[0] for side in sides]
        places, gain = np.where(gains[0] >= gains[1], *sides), np.maximum(*gains)
        total, given = np.zeros(CELLS + 1), []
        for row in np.maximum.accumulate(gain, 1):
            padded = np.concatenate([np.full(CELLS, -np.inf), total])
            after = np.lib.stride_tricks.sliding_window_view(padded, CELLS + 1)[:, ::-1] + row
            given.append(after.argmax(1))  # cells for this atom when k are left for it and before
            total = after[cells, given[-1]]
        moves, left = np.empty(n), CELLS
        for i in reversed(range(n)):
            spent = given[i][left]
            moves[i] = places[i, gain[i, : spent + 1].argmax()]
            left -= spent
        return moves, float(np.diff(radii).max())


def homes(masses: np.ndarray, n: int) -> np.ndarray:
    """The number of the atom that each part of a law in the order of n atoms comes from."""
    return ((masses.cumsum() - masses / 2) * n).astype(int).clip(0, n - 1)


def heights(g: Function, places: Tensor) -> Tensor:
    """g in float64, −∞ where it is no number."""
    return g(places).double().nan_to_num(nan=-math.inf, posinf=math.inf, neginf=-math.inf)


def peaks(score: np.ndarray, places: np.ndarray) -> np.ndarray:
    """The highest `PEAKS` local maxima of each row, as places (n, PEAKS)."""
    left, right = np.roll(score, 1, 1), np.roll(score, -1, 1)
    left[:, 0] = right[:, -1] = -np.inf
    best = np.empty((len(score), PEAKS), dtype=int)
    for row, found in enumerate((score >= left) & (score >= right)):
        tops = np.flatnonzero(found)
        a, b, c = (each[row, tops] for each in (left, score, right))
        inner = np.isfinite(a) & np.isfinite(c) & (a + c < 2 * b)
        a, c = np.where(inner, a, 0.0), np.where(inner, c, 0.0)
        # ranked by the top of the parabola through a peak and its neighbours
        rise = np.where(inner, (a - c) ** 2 / (8 * np.where(inner, 2 * b - a - c, 1.0)), 0.0)
        best[row] = np.resize(tops[(b + rise).argsort()[::-1]], PEAKS)
    return np.take_along_axis(places, best, 1)


def around(centres: np.ndarray, width: float, low, high) -> np.ndarray:
    """Places (n, k · FOLD) up to `width` around centres (n, k), kept in the range."""
    fan = width * np.linspace(-1, 1, FOLD)
    return np.clip((centres[:, :, None] + fan).reshape(len(centres), -1), low, high)


def _at(places: np.ndarray, moves: np.ndarray) -> np.ndarray:
    return np.take_along_axis(places, moves[:, None], 1)
