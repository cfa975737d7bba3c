"""A 2 × 2 matrix that goes from one experiment to another: read off settings, made into settings.

>>> entries("a11", "a12", "a21", "a22").to(1.0, 2.0, 0.0, 3.0)
{'a11': 1.0, 'a12': 2.0, 'a21': 0.0, 'a22': 3.0}
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Matrix = tuple[float, float, float, float]  # a₁₁, a₁₂, a₂₁, a₂₂


@dataclass(frozen=True)
class Carry:
    """How an experiment knows a matrix.

    Attributes:
        name: what the matrix is there, such as "covariance".
        of: settings -> the matrix, or None where they show none.
        to: the matrix -> settings; ValueError where it is not of the kind that is needed.
        read: `of` takes the result of these settings in their place.
    """

    name: str
    of: Callable[[Any], Matrix | None]
    to: Callable[[float, float, float, float], dict[str, Any]]
    read: bool = False


def entries(a11: str, a12: str, a21: str, a22: str, name: str = "matrix", **where: Any) -> Carry:
    """Any matrix, in four parameters; a₁₂ and a₂₁ may be one, then it is symmetric.

    Args:
        where: settings under which these parameters are the matrix.
    """
    names = (a11, a12, a21, a22)

    def of(values: Mapping[str, Any]) -> Matrix | None:
        here = all(values[key] == value for key, value in where.items())
        return tuple(float(values[each]) for each in names) if here else None

    def to(*matrix: float) -> dict[str, Any]:
        if a12 == a21:
            symmetric(*matrix)
        return dict(zip(names, matrix, strict=True)) | where

    return Carry(name, of, to)


def cells(param: str, name: str, most: float, least: float = 0.0, **where: Any) -> Carry:
    """A matrix in a table of numbers whose rows stand at commas; others than 2 × 2 are none.

    Args:
        most, least: how large and how small an entry may be that is not 0.
        where: settings under which the table is the matrix.
    """

    def of(values: Mapping[str, Any]) -> Matrix | None:
        rows = [row.split() for row in str(values[param]).split(",")]
        if [len(row) for row in rows] != [2, 2] or any(values[k] != v for k, v in where.items()):
            return None
        try:
            return tuple(float(each) for row in rows for each in row)
        except ValueError:
            return None

    def to(*matrix: float) -> dict[str, Any]:
        a, b, c, d = _written(matrix, most, least)
        return {param: f"{a} {b},{c} {d}"} | where

    return Carry(name, of, to)


def _written(entries: tuple[float, ...], most: float, least: float) -> list[str]:
    """The entries as a link holds them.

    Raises:
        ValueError: one that is larger than `most`, or smaller than `least` and not 0.
    """
    for each in entries:
        if each and not least <= abs(each) <= most:
            told = f"expected entries of {least:g} to {most:g} in size, got {each:g}"
            raise ValueError(told)
    return [f"{each + 0.0:.10g}" for each in entries]  # −0 is 0


def computed(name: str, of: Callable[[Any], Matrix | None]) -> Carry:
    """A matrix that is read off the result and cannot be set: it goes, and none comes."""

    def to(*matrix: float) -> dict[str, Any]:
        raise ValueError(f"the {name} follows from other settings")

    return Carry(name, of, to, read=True)


def hessian() -> Carry:
    """A symmetric matrix with positive eigenvalues, up to a factor: `kappa` and `angle`.

    `angle`, in degrees from 0 to 180, turns the flat axis away from the first coordinate; the
    smaller eigenvalue is 1.
    """

    def of(values: Mapping[str, Any]) -> Matrix:
        kappa, turn = float(values["kappa"]), math.radians(values["angle"])
        c, s = round(math.cos(turn), 15), round(math.sin(turn), 15)  # right angles are exact
        a12 = (1 - kappa) * c * s + 0.0
        return c * c + kappa * s * s, a12, a12, s * s + kappa * c * c

    def to(a: float, b: float, c: float, d: float) -> dict[str, Any]:
        symmetric(a, b, c, d)
        middle, reach = (a + d) / 2, math.hypot((a - d) / 2, b)
        if middle - reach <= 0:
            raise ValueError("expected a matrix with positive eigenvalues")
        steep = math.degrees(math.atan2(b, (a - d) / 2)) / 2  # of the larger eigenvalue's axis
        flat = (steep + 90) % 180 if reach else 0.0
        return {"kappa": (middle + reach) / (middle - reach), "angle": flat}

    return Carry("Hessian, up to a factor", of, to)


def product(m11: str, m12: str) -> Carry:
    """The matrix of an inner product up to a factor: symmetric, its last entry 1."""

    def of(values: Mapping[str, Any]) -> Matrix:
        return float(values[m11]), float(values[m12]), float(values[m12]), 1.0

    def to(a: float, b: float, c: float, d: float) -> dict[str, Any]:
        symmetric(a, b, c, d)
        if d <= 0:
            raise ValueError(f"expected a last entry above 0, got {d:g}")
        return {m11: a / d, m12: b / d}

    return Carry("inner product, up to a factor", of, to)


def toeplitz(h: str, x: str, most: float, least: float = 0.0, **where: Any) -> Carry:
    """A matrix with one number on its diagonal: a filter of three taps on a signal of two entries.

    Args:
        h, x: texts with the taps and the signal.
        most, least: as in `cells`.
        where: settings under which their product is h ∗ x, cut to the length of x.
    """

    def of(values: Mapping[str, Any]) -> Matrix | None:
        taps = str(values[h]).split()
        here = all(values[key] == value for key, value in where.items())
        if not here or len(taps) != 3 or len(str(values[x]).split()) != 2:
            return None
        try:
            above, on, below = map(float, taps)
        except ValueError:
            return None
        return on, above, below, on

    def to(a: float, b: float, c: float, d: float) -> dict[str, Any]:
        if a != d:
            raise ValueError(f"expected one number on the diagonal, got {a:g} and {d:g}")
        return {h: " ".join(_written((b, a, c), most, least)), x: "1 1"} | where

    return Carry("Toeplitz matrix", of, to)


def symmetric(a: float, b: float, c: float, d: float) -> None:
    """Refuse a matrix that is not symmetric.

    Raises:
        ValueError: as said.
    """
    if b != c:
        raise ValueError(f"expected a symmetric matrix, got {b:g} beside {c:g}")
