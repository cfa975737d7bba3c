r"""How much lies far from the mean: the exact tail, and what can be promised about it.

=============  ==============================  ==================================================
bound          of                              needs
=============  ==============================  ==================================================
chebyshev      P(|X − μ| ≥ ε) ≤ σ²/ε²          σ² < ∞
markov         P(X ≥ a) ≤ E X/a                X ≥ 0
cantelli       P(X − μ ≥ ε) ≤ σ²/(σ² + ε²)     σ² < ∞
hoeffding      P(|X̄ − μ| ≥ ε) ≤ 2e^{−2nε²/w²}  values in an interval of width w
=============  ==============================  ==================================================

Source: PROB-32; beyond the sheet: Markov, Cantelli, Hoeffding 1963.
"""

import math
from typing import NamedTuple

from core.check import require
from core.probability.laws import Law
from core.probability.laws import law as named

NEAR = 1e-12  # relative: a point of a discrete law at this distance from ε is counted at ε


class Tail(NamedTuple):
    """A probability, and what bounds it from above."""

    exact: float
    bound: float  # may exceed 1, where it says nothing


def chebyshev(law: str, eps: float, **parameters: float) -> Tail:
    """P(|X − μ| ≥ ε) exactly, and σ²/ε².

    Args:
        law, parameters: as in `core.probability.law`.
        eps: ε > 0, in units of X.

    Returns:
        (exact tail, bound); the bound is ∞ for an infinite variance.

    Raises:
        ValueError: ε ≤ 0; a law without a mean (cauchy, pareto with α ≤ 1), to which the inequality
            does not apply.
    """
    of = _with_mean(law, parameters)
    require("eps", eps, 0, above=True)
    return Tail(_both(of, eps), of.variance / eps**2)


def cantelli(law: str, eps: float, **parameters: float) -> Tail:
    """P(X − μ ≥ ε) and σ²/(σ² + ε²), one side only; as `chebyshev`."""
    of = _with_mean(law, parameters)
    require("eps", eps, 0, above=True)
    bound = 1.0 if math.isinf(of.variance) else of.variance / (of.variance + eps**2)
    return Tail(_above(of, of.mean + eps, eps), bound)


def markov(law: str, a: float, **parameters: float) -> Tail:
    """P(X ≥ a) and E X/a for a > 0.

    Raises:
        ValueError: a ≤ 0; a law without a mean or with negative values, to which it does not apply.
    """
    of = _with_mean(law, parameters)
    require("a", a, 0, above=True)
    if of.support[0] < 0:
        low = of.support[0]
        raise ValueError(f"expected a law on [0, inf) for Markov, got {law} from {low:g} on")
    return Tail(_above(of, a, a), of.mean / a)


def hoeffding(law: str, eps: float, copies: int = 1, **parameters: float) -> float:
    """2 exp(−2nε²/w²), a bound of P(|X̄ − μ| ≥ ε) for the mean of n = `copies` of support width w.

    For the exact tail of n copies see `sums`; for one it is that of `chebyshev`.

    Raises:
        ValueError: ε ≤ 0, copies < 1, a law whose support is no bounded interval.
    """
    of = named(law, **parameters)
    require("eps", eps, 0, above=True)
    require("copies", copies, 1, integer=True)
    width = of.support[1] - of.support[0]
    if not math.isfinite(width):
        ends = f"[{of.support[0]:g}, {of.support[1]:g}]"
        raise ValueError(f"expected a law on a bounded interval for Hoeffding, got {law} on {ends}")
    return 2 * math.exp(-2 * copies * (eps / width) ** 2)


def attaining(eps: float, sigma: float) -> dict[str, float]:
    """The parameters of the three-point law for which Chebyshev is an equality at ε ≥ σ.

    >>> chebyshev("three_points", 2.0, **attaining(2.0, 1.0))  # (0.25, 0.25)
    """
    require("sigma", sigma, 0, above=True)
    require("eps", eps, sigma)
    return {"a": float(eps), "sigma": float(sigma)}


def _with_mean(law: str, parameters: dict[str, float]) -> Law:
    of = named(law, **parameters)
    if of.mean is None:
        raise ValueError(f"expected a law with a mean, got {law}: the bound does not apply")
    return of


def _both(of: Law, eps: float) -> float:
    if of.discrete:
        far = (of.points - of.mean).abs() >= eps * (1 - NEAR)
        return float(of.masses[far].sum())
    return float(of.cdf(of.mean - eps) + of.survival(of.mean + eps))


def _above(of: Law, place: float, scale: float) -> float:
    if of.discrete:
        return float(of.masses[of.points >= place - NEAR * scale].sum())
    return float(of.survival(place))
