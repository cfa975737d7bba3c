r"""Functions on the line of which it is known whether they are convex, and how much.

>>> square = shape("square")
>>> square(torch.tensor(3.0)), square.mu, square.L  # 9, 2, 2
>>> larger(square, shape("exp")).convex  # True: the maximum of two convex functions
>>> composed(shape("shifted"), square).convex  # None: (x² − 1)², the theorem is silent

μ is the largest number with f − μx²/2 convex: inf f″ where f is smooth, negative where f is not
convex. L is the Lipschitz constant of f′, sup |f″|; ∞ at a corner. Sources: ANA-07 to ANA-15.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import torch
from torch import Tensor

from core.check import choose, require
from core.convexity.jets import Function, Jet
from core.convexity.search import root
from core.landscapes import from_formula, line_formula, sine_valley

INF = math.inf
LINES = ((-1.0, -1.0), (0.5, 0.0), (2.0, -3.0))  # slope and height at 0


@dataclass(frozen=True, eq=False)
class Shape:
    """A function with what is known of it on its whole domain; None where nothing is known."""

    name: str
    f: Function = field(repr=False)
    convex: bool | None = None
    strictly: bool | None = None
    mu: float | None = None
    L: float | None = None
    least: float | None = None  # inf f
    # intervals [left, right] on which it is attained; () if nowhere; of sin x only those in view
    minimisers: tuple[tuple[float, float], ...] | None = None
    rises: float | None = None  # f is non-decreasing from here on; ∞ for never
    domain: tuple[float, float] = (-INF, INF)  # open
    view: tuple[float, float] = (-3.0, 3.0)  # the part worth drawing

    @property
    def strongly(self) -> bool | None:
        """Whether μ > 0."""
        return None if self.mu is None else self.mu > 0

    def __call__(self, x: float | Tensor) -> Tensor:
        """f(x), entry by entry, float64.

        Raises:
            ValueError: a place outside of the domain.
        """
        at = x.parts[0] if isinstance(x, Jet) else torch.as_tensor(x, dtype=torch.float64)
        low, high = self.domain
        if math.isfinite(low) or math.isfinite(high):
            outside = at[(at <= low) | (at >= high)]
            if outside.numel():
                value = outside.flatten()[0].item()
                raise ValueError(f"expected x in ({low:g}, {high:g}), got {value:g}")
        return self.f(x if isinstance(x, Jet) else at)


def _at(*points: float) -> tuple[tuple[float, float], ...]:
    return tuple((p, p) for p in points)


def _log_cosh(x):
    return -torch.nn.functional.logsigmoid(-2 * x) - x - math.log(2)


def _lines(x):
    first, *rest = (slope * x + height for slope, height in LINES)
    for line in rest:
        first = torch.maximum(first, line)
    return first


def _waves(x):
    return torch.cos(x) + 0.05 * x * x


def _sine_valley(a: float) -> Shape:
    value, limit = sine_valley(a).value, breaking_height()
    rises = 0.0
    if a > limit.a:  # the last stationary point, where sin u / u = −1/a with u = 2x
        last = root(lambda u: torch.sin(u) + u / a, 2 * limit.x, 2 * math.pi)
        rises = last / 2 if a < 10 else INF  # further bumps lie further out
    return Shape(
        f"x² + {a:g} sin² x", lambda x: value(x, torch.zeros_like(x)), a <= 1, a <= 1, 2 - 2 * a,
        2 + 2 * a, 0.0, _at(0.0), rises, view=(-6.0, 6.0),
    )  # fmt: skip


@dataclass(frozen=True)
class Breaking:
    """Where x² + a sin² x loses the PL inequality."""

    a: float  # the height 4.6033 at which a second stationary point appears
    x: float  # and where, 2.2467


@lru_cache(maxsize=1)
def breaking_height() -> Breaking:
    """a* = −1/min(sin u / u), as f′ = 2x + a sin 2x is 0 where sin u / u = −1/a, u = 2x (OPT-03).

    The minimum is where tan u = u, between π and 3π/2.
    """
    u = root(lambda u: torch.sin(u) - u * torch.cos(u), math.pi, 1.5 * math.pi)
    return Breaking(-u / math.sin(u), u / 2)


def _library() -> dict[str, Shape]:
    sin, sigmoid = torch.sin, torch.nn.functional.logsigmoid
    low = root(lambda x: 0.1 * x - sin(x), 2.5, 3.1)  # cos x + .05 x² is stationary here
    last = root(lambda x: 0.1 * x - sin(x), 8.0, 9.0)
    f_low = math.cos(low) + 0.05 * low * low
    turns = _at(-math.pi / 2, 1.5 * math.pi)
    return {
        "square": Shape("x²", lambda x: x * x, True, True, 2.0, 2.0, 0.0, _at(0.0), 0.0),
        "quartic": Shape(
            "x⁴", lambda x: x**4, True, True, 0.0, INF, 0.0, _at(0.0), 0.0, view=(-2.0, 2.0)
        ),
        "exp": Shape("eˣ", torch.exp, True, True, 0.0, INF, 0.0, (), -INF),
        "abs": Shape("|x|", torch.abs, True, False, 0.0, INF, 0.0, _at(0.0), 0.0),
        "sine": Shape(
            "sin x", sin, False, False, -1.0, 1.0, -1.0, turns, INF, view=(-6.0, 6.0)
        ),
        "cubic": Shape("x³", lambda x: x**3, False, False, -INF, INF, -INF, (), -INF),
        "well": Shape(
            "(x² − 1)²", lambda x: (x * x - 1) ** 2, False, False, -4.0, INF, 0.0, _at(-1.0, 1.0),
            1.0, view=(-2.0, 2.0),
        ),
        "log_cosh": Shape("log cosh x", _log_cosh, True, True, 0.0, 1.0, 0.0, _at(0.0), 0.0),
        "lines": Shape(
            "max(−x − 1, x/2, 2x − 3)", _lines, True, False, 0.0, INF, -1 / 3, _at(-2 / 3), -2 / 3,
            view=(-4.0, 4.0),
        ),
        "sine_valley": _sine_valley(3.0),
        "flat": Shape(
            "max(0, |x| − 1)", lambda x: torch.relu(torch.abs(x) - 1), True, False, 0.0, INF, 0.0,
            ((-1.0, 1.0),), -1.0,
        ),
        "softplus": Shape(
            "log(1 + eˣ)", lambda x: -sigmoid(-x), True, True, 0.0, 0.25, 0.0, (), -INF,
            view=(-6.0, 6.0),
        ),
        "neg_log": Shape(
            "−log x", lambda x: -torch.log(x), True, True, 0.0, INF, -INF, (), INF,
            domain=(0.0, INF), view=(0.05, 4.0),
        ),
        "waves": Shape(
            "cos x + x²/20", _waves, False, False, -0.9, 1.1, f_low, _at(-low, low), last,
            view=(-10.0, 10.0),
        ),
    }  # fmt: skip


def _series() -> dict[str, Shape]:
    return {
        "cosine": Shape(
            "cos x", torch.cos, False, False, -1.0, 1.0, -1.0, _at(-math.pi, math.pi), INF,
            view=(-6.0, 6.0),
        ),
        "log1p": Shape(
            "ln(1 + x)", torch.log1p, False, False, -INF, INF, -INF, (), -1.0,
            domain=(-1.0, INF), view=(-0.95, 3.0),
        ),
        "runge": Shape(
            "1/(1 + x²)", lambda x: 1 / (1 + x * x), False, False, -2.0, 2.0, 0.0, (), INF
        ),
    }  # fmt: skip


LIBRARY = _library()
NAMES = tuple(LIBRARY)  # the fourteen of the tester
SERIES = {"exp": LIBRARY["exp"], "sine": LIBRARY["sine"], **_series()}  # good to expand
SHIFTED = Shape("(x − 1)²", lambda x: (x - 1) ** 2, True, True, 2.0, 2.0, 0.0, _at(1.0), 1.0)
OUTER = {name: LIBRARY[name] for name in ("exp", "square", "softplus", "neg_log")}
OUTER["shifted"] = SHIFTED  # what is put around another function


def shape(name: str, a: float = 3.0) -> Shape:
    """One of `NAMES`, `SERIES` or `OUTER`; a in [0, 20] belongs to "sine_valley".

    Raises:
        ValueError: unknown name, a out of range.
    """
    known = LIBRARY | SERIES | OUTER
    choose("name", name, tuple(known))
    return _sine_valley(a) if name == "sine_valley" else known[name]


@lru_cache(maxsize=64)
def own(text: str) -> Shape:
    """A typed formula in x as a Shape of which nothing is known, by `core.landscapes`' whitelist.

    Raises:
        ValueError: what `core.landscapes.line_formula` refuses.
    """
    f = line_formula(text)
    return Shape(from_formula(text).name, f)


def _both(f: Shape, g: Shape) -> tuple[float, float]:
    domain = max(f.domain[0], g.domain[0]), min(f.domain[1], g.domain[1])
    if domain[0] >= domain[1]:
        raise ValueError(f"expected g defined where f is, got {g.name} for {f.name}")
    return domain


def _view(f: Shape, g: Shape) -> tuple[float, float]:
    low, high = max(f.view[0], g.view[0]), min(f.view[1], g.view[1])
    return (low, high) if low < high else f.view


def _named(f: Shape) -> str:
    return f"({f.name})" if " " in f.name else f.name


def combined(f: Shape, g: Shape, alpha: float, beta: float) -> Shape:
    """αf + βg: convex if f and g are and α, β ≥ 0 (ANA-12); else the theorem is silent."""
    alpha, beta = require("alpha", alpha), require("beta", beta)
    holds = alpha >= 0 and beta >= 0 and f.convex and g.convex
    strictly = (alpha > 0 and f.strictly) or (beta > 0 and g.strictly)
    sign = "−" if beta < 0 else "+"
    return Shape(
        f"{alpha:g}·{_named(f)} {sign} {abs(beta):g}·{_named(g)}",
        lambda x: alpha * f(x) + beta * g(x),
        *((True, True if strictly else None) if holds else (None, None)),
        domain=_both(f, g),
        view=_view(f, g),
    )


def larger(f: Shape, g: Shape) -> Shape:
    """max(f, g): convex if both are (ANA-13)."""
    holds = f.convex and g.convex
    return _selected("max", torch.maximum, f, g, True if holds else None)


def smaller(f: Shape, g: Shape) -> Shape:
    """min(f, g), of which convexity of f and g says nothing."""
    return _selected("min", torch.minimum, f, g, None)


def _selected(word: str, pick: Callable, f: Shape, g: Shape, convex: bool | None) -> Shape:
    strictly = True if convex and f.strictly and g.strictly else None
    return Shape(
        f"{word}({f.name}, {g.name})",
        lambda x: pick(f(x), g(x)),
        convex,
        strictly,
        domain=_both(f, g),
        view=_view(f, g),
    )


def composed(g: Shape, f: Shape) -> Shape:
    """x ↦ g(f(x)): convex if both are and g is non-decreasing on the range of f (ANA-14).

    Raises:
        ValueError: g is not defined on the whole range of f, as −log of x².
    """
    least = -INF if f.least is None else f.least
    touched = f.minimisers is None or len(f.minimisers) > 0
    if least < g.domain[0] or (touched and least == g.domain[0] != -INF):
        raise ValueError(f"expected g defined on the range of f, got {g.name} of {f.name}")
    rising = g.rises is not None and least >= g.rises and g.rises < INF
    return Shape(
        f"g(f(x)), f = {f.name}, g(u) = {g.name.replace('x', 'u')}",
        lambda x: g(f(x)),
        True if f.convex and g.convex and rising else None,
        domain=f.domain,
        view=f.view,
    )
