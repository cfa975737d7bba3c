"""Theorem checks as values, and the one way this package refuses bad input."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Check:
    """One theorem evaluated on concrete numbers.

    Attributes:
        id: statement of the formula sheet, such as "ANA-17"; "" beyond the sheet.
        claim: the statement with its symbols, one line of plain text or LaTeX between dollar signs.
        lhs: left side of the claim.
        rhs: right side of the claim.
        holds: whether the claim is true for these numbers.
        applies: whether the hypotheses are met; if not, the theorem is silent.
        relation: "=", "≤" or "≥", how `lhs` should stand to `rhs`.
        why: which hypothesis fails when `applies` is False, or what is remarkable.
    """

    id: str
    claim: str
    lhs: float
    rhs: float
    holds: bool
    applies: bool = True
    relation: str = "="
    why: str = ""

    @property
    def margin(self) -> float:
        """Slack of an inequality (negative when violated), distance of an equality."""
        if self.relation == "≤":
            return self.rhs - self.lhs
        if self.relation == "≥":
            return self.lhs - self.rhs
        return abs(self.lhs - self.rhs)


Needs = Sequence[tuple[bool, str]]  # hypotheses, each with what is said where it fails


def equal(
    id: str, claim: str, lhs: float, rhs: float, *, tol: float = 1e-9, needs: Needs = (), why=""
) -> Check:
    """The claim lhs = rhs, up to `tol` absolute or relative, whichever is larger."""
    lhs, rhs = float(lhs), float(rhs)
    # the smaller side sets the scale: an infinite one must not excuse every difference
    near = abs(lhs - rhs) <= tol * max(1.0, min(abs(lhs), abs(rhs)))
    holds = lhs == rhs or (math.isfinite(lhs - rhs) and near)
    return _check(id, claim, lhs, rhs, holds, "=", needs, why)


def same(
    id: str, claim: str, lhs: Any, rhs: Any, *, tol: float = 1e-9, needs: Needs = (), why=""
) -> Check:
    """The claim that two tensors agree entry by entry: their largest distance is 0 up to `tol`.

    `tol` is absolute or relative to the largest finite entry of `rhs`, whichever is larger. An
    entry that is no number is infinitely far from everything.

    Raises:
        ValueError: shapes that differ; `lhs` may hold many tensors of the shape of `rhs`.
    """
    lhs, rhs = np.asarray(lhs, dtype=float), np.asarray(rhs, dtype=float)
    if lhs.shape[max(0, lhs.ndim - rhs.ndim) :] != rhs.shape and rhs.ndim:
        raise ValueError(f"expected both sides of one shape, got {lhs.shape} and {rhs.shape}")
    with np.errstate(invalid="ignore"):
        off = np.nan_to_num(
            np.where(lhs == rhs, 0.0, np.abs(lhs - rhs)), nan=math.inf, posinf=math.inf
        )
    most = float(np.where(np.isnan(off), math.inf, off).max(initial=0.0))
    scale = max(1.0, float(np.abs(rhs[np.isfinite(rhs)]).max(initial=0.0)))
    return _check(id, claim, most, 0.0, most <= tol * scale, "=", needs, why)


def at_most(
    id: str, claim: str, lhs: float, rhs: float, *, tol: float = 1e-9, needs: Needs = (), why=""
) -> Check:
    """The claim lhs ≤ rhs, up to `tol` absolute or relative, whichever is larger."""
    lhs, rhs = float(lhs), float(rhs)
    holds = lhs <= rhs or lhs <= rhs + tol * max(1.0, abs(rhs))
    return _check(id, claim, lhs, rhs, holds, "≤", needs, why)


def at_least(
    id: str, claim: str, lhs: float, rhs: float, *, tol: float = 1e-9, needs: Needs = (), why=""
) -> Check:
    """The claim lhs ≥ rhs, up to `tol` absolute or relative, whichever is larger."""
    lhs, rhs = float(lhs), float(rhs)
    holds = lhs >= rhs or lhs >= rhs - tol * max(1.0, abs(rhs))
    return _check(id, claim, lhs, rhs, holds, "≥", needs, why)


def _check(id, claim, lhs, rhs, holds, relation, needs: Needs, why: str) -> Check:
    """Silent, with the sentence of the first hypothesis that fails, or the claim as it stands."""
    failed = next((sentence for met, sentence in needs if not met), "")
    return Check(id, claim, lhs, rhs, bool(holds), not failed, relation, failed or why)


def require(
    name: str,
    value: float,
    low: float = -math.inf,
    high: float = math.inf,
    *,
    integer: bool = False,
    above: bool = False,
    below: bool = False,
) -> float:
    """Return `value` if it is a finite number in the range, else refuse it by name.

    Args:
        name: the parameter as the caller writes it.
        value: what was received.
        low: smallest allowed value; excluded when `above`.
        high: largest allowed value; excluded when `below`.
        integer: whether only whole numbers are allowed.

    Raises:
        ValueError: "expected kappa in [1, 1e+06], got 0.5".
    """
    left, right = (
        ("(" if above or low == -math.inf else "["),
        (")" if below or high == math.inf else "]"),
    )
    kind = "a whole number " if integer else ""
    expected = f"expected {name} {kind}in {left}{low:g}, {high:g}{right}, got "
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(expected + repr(value))
    inside = math.isfinite(value) and low <= value <= high
    if not inside or (above and value == low) or (below and value == high):
        raise ValueError(expected + f"{value:g}")
    if integer and value != int(value):
        raise ValueError(expected + f"{value:g}")
    return value


def number(text: str) -> float | None:
    """The finite number that a text holds, or None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in text else None


def choose(name: str, value: str, options: tuple[str, ...]) -> str:
    """Return `value` if it is one of `options`, else refuse it by name."""
    if value not in options:
        raise ValueError(f"expected {name} to be one of {', '.join(options)}, got {value!r}")
    return value
