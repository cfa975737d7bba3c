"""What hiding a feature claims and says: XAI-03, XAI-05 with erratum E-93."""

import numpy as np

from core.check import Check, at_least, equal, same
from core.experiments.importance.hide import Hidden
from core.importance import WAYS
from core.words import number

NAMES = {
    "conditional": "what goes with x₂",
    "marginal": "any x₁ of the data",
    "mean": "the mean of x₁",
    "zero": "0",
}
T = np.linspace(-9, 11, 5001)  # values of x₁


def checks(run: Hidden, *, f: str, rho: float) -> list[Check]:
    """f̄ in closed form and from the joint density, means, errors, the best, the printed form."""
    x1, x2 = run.x.tolist()
    whole, left = _averages(f, rho)
    rest, errors = _without(f, rho, x2), _errors(f, rho)
    weight = _joint(T, x2, rho)
    there = float(_f(f, T, x2) @ weight / weight.sum())
    average, rivals = whole - rest[0], errors[1:].min()
    printed = "as printed (E-93) a random f(X) beside a fixed x₂: f(X) − E[f(X) | X₂ = x₂] has "
    printed += "the mean E f − f̄(x₂) over all rows, and not 0"
    alike = "ρ = 0: the marginal contribution f(x) − f̄(x₂) is the conditional one"
    happens = (abs(average) > 1e-9, "f̄(x₂) is E f for this x₂")
    free = (rho == 0, "for correlated features the two differ")
    return [
        same("XAI-03", "f(x), and without x₁ f̄(x₂) of all four ways, in closed form",
             [run.f, *run.rest], [_f(f, x1, x2), *rest]),
        equal("XAI-05", "conditional f̄(x₂) = ∫ f(t, x₂) p(t, x₂) dt / ∫ p(t, x₂) dt", run.rest[0],
              there, tol=1e-8),
        equal("XAI-05", "tower property: E f̄(X₂) = E f(X), so contributions average to 0",
              whole - float(run.mean[0]), left[0]),
        same("XAI-05", "means of the contributions, E f less E f̄ of all four ways", run.mean,
             whole - left),
        same("XAI-05", "f̄ is E(f − f̄)² off on average: the roots in closed form", run.error,
             errors, tol=1e-7),
        at_least("XAI-05", "of the four ways none is nearer to f than the conditional f̄, as "
                 "nothing made of x₂ alone is", rivals, float(run.error[0]), tol=1e-7),
        equal("XAI-03", alike, run.f - float(run.rest[1]), _f(f, x1, x2) - rest[0], needs=(free,)),
        equal("XAI-05", printed, whole - float(run.rest[0]), average, needs=(happens,)),
    ]  # fmt: skip


def _f(f: str, a, b):
    return {"first": a, "sum": a + b, "product": a * b, "square": a * a}[f] + 0 * a


def _joint(a: np.ndarray, b: float, rho: float) -> np.ndarray:
    """The density of (a, b) up to a factor, through its precision matrix."""
    u, v = a - 1, b - 1
    q = (u * u - 2 * rho * u * v + v * v) / (2 * (1 - rho * rho))
    return np.exp(q.min() - q)


def _without(f: str, rho: float, x2: float) -> np.ndarray:
    """f̄(x₂) for conditional, marginal, mean, zero."""
    m, s2 = 1 + rho * (x2 - 1), 1 - rho**2
    if f == "square":
        return np.array([m * m + s2, 2.0, 1.0, 0.0])
    told = np.array([m, 1.0, 1.0, 0.0])
    return {"first": told, "sum": told + x2, "product": told * x2}[f]


def _averages(f: str, rho: float) -> tuple[float, np.ndarray]:
    """E f(X) and E f̄(X₂)."""
    whole = {"first": 1.0, "sum": 2.0, "product": 1 + rho, "square": 2.0}[f]
    left = {"first": (1, 1, 0), "sum": (2, 2, 1), "product": (1, 1, 0), "square": (2, 1, 0)}[f]
    return whole, np.array([whole, *left], dtype=float)


def _errors(f: str, rho: float) -> np.ndarray:
    """Roots of E(f − f̄)², from the moments of a normal pair."""
    s2 = 1 - rho**2
    squares = {
        "product": (2 * s2, 2 + 2 * rho**2, 2 + 2 * rho**2, 4 + 4 * rho + 2 * rho**2),
        "square": (2 * s2**2 + 4 * (1 + rho**2) * s2, 6, 7, 10),
    }.get(f, (s2, 1, 1, 2))
    return np.sqrt(squares)


# --- words ---------------------------------------------------------------------------------------


def says(run: Hidden, *, f: str, rho: float, x1: float, x2: float, way: str) -> str:
    """Contribution here, and its mean over all rows."""
    w = WAYS.index(way)
    part, mean, error = (float(each[w]) for each in (run.part, run.mean, run.error))
    text = f"x₁ hidden, {NAMES[way]} in its place: f(x) = {_n(run.f)} becomes {_n(run.rest[w])}, "
    text += f"so x₁ contributed {_n(part)}. Over all rows its contributions average to {_n(mean)}"
    if way == "conditional":
        text += f", and f̄ is {_n(error)} off (root mean square)"
        return f"{text}; nothing made of x₂ does better."
    rival = float(run.error[0])
    text += f", and f̄ is {_n(error)} off (root mean square)"
    better = f"; with what goes with x₂ it is {_n(rival)}" if error > rival + 1e-6 else ""
    return f"{text}{better}."


def _n(value) -> str:
    return number(value, 3, zero=1e-9)


def _now(run: Hidden, way: str) -> float:
    return float(run.part[WAYS.index(way)])


def _usual(run: Hidden, way: str = "conditional") -> tuple[str, dict[str, str]]:
    """The contribution of a value that is the mean."""
    part = _now(run, way)
    facts = {"part": _n(part), "guess": _n(run.rest[0] - run.x[1])}
    return ("nothing" if abs(part) < 0.05 else "lowers" if part < 0 else "raises"), facts


def _copy(run: Hidden) -> tuple[float, dict[str, str]]:
    return max(float(run.error[0]), 1e-6), {"error": _n(run.error[0])}


def _average(run: Hidden, way: str = "marginal") -> tuple[str, dict[str, str]]:
    """Whether contributions average to 0."""
    mean = float(run.mean[WAYS.index(way)])
    return ("zero" if abs(mean) < 1e-6 else "above" if mean > 0 else "below"), {"mean": _n(mean)}


answers = {"usual": _usual, "copy": _copy, "average": _average}
