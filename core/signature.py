"""A signature as a declaration: range, choices and default of a parameter stand there once.

    @declared
    def bowl(kappa: Annotated[float, between(1, 1e4)] = 100.0,
             start: Literal["worst", "free"] = "worst") -> Bowl: ...

`bowl()` works in a notebook, `bowl(kappa=0)` is refused by name, `fields(bowl)` tells the page what
to draw and the tests what to try, and hypothesis can draw from the same annotations.
"""

import inspect
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, wraps
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from annotated_types import Interval

from core.check import choose, require

Value = int | float | str | bool


def between(low: float, high: float, *, above: bool = False, below: bool = False) -> Interval:
    """The range [low, high]; `above` leaves out the lower end, `below` the upper one."""
    ends = {"gt" if above else "ge": low, "lt" if below else "le": high}
    return Interval(**ends)


@dataclass(frozen=True)
class Own:
    """Marks a choice that also takes a file of the student's own: "picture" or "table"."""

    door: str


@dataclass(frozen=True)
class Field:
    """One parameter as its signature declares it.

    Attributes:
        name: keyword of the function.
        kind: int, float, bool or str.
        default: its value when nothing is said.
        low, high: range of a number, with `above` and `below` the ends excluded.
        choices: the texts allowed, empty for any.
        own: the door of files for a choice that takes them, else "".
    """

    name: str
    kind: type
    default: Value
    low: float = -math.inf
    high: float = math.inf
    above: bool = False
    below: bool = False
    choices: tuple[str, ...] = ()
    own: str = ""

    def admit(self, value: Value) -> Value:
        """The value in its own type.

        Raises:
            ValueError: naming the parameter, its range and the value received.
        """
        if self.kind in (int, float):
            ends = {"above": self.above, "below": self.below}
            whole = self.kind is int
            return self.kind(require(self.name, value, self.low, self.high, integer=whole, **ends))
        if self.kind is bool:
            if not isinstance(value, bool):
                raise ValueError(f"expected {self.name} to be True or False, got {value!r}")
        elif not isinstance(value, str):
            raise ValueError(f"expected {self.name} to be a text, got {value!r}")
        elif self.choices and not (self.own and value.startswith("own-")):
            choose(self.name, value, self.choices)
        return value

    def allowed(self) -> str:
        """The range or the choices in words."""
        if self.choices:
            return f"{self.name} one of {', '.join(self.choices)}"
        left, right = "(" if self.above else "[", ")" if self.below else "]"
        return f"{self.name} in {left}{self.low:g}, {self.high:g}{right}"


@cache
def fields(function: Callable) -> dict[str, Field]:
    """What the signature of a function declares: every parameter that has a default."""
    function = inspect.unwrap(function)
    hints = get_type_hints(function, include_extras=True)
    parameters = inspect.signature(function).parameters.values()
    return {
        p.name: _field(p.name, hints[p.name], p.default)
        for p in parameters
        if p.default is not p.empty
    }


def _field(name: str, hint: Any, default: Value) -> Field:
    marks = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    plain = get_args(hint)[0] if marks else hint
    found: dict[str, Any] = {}
    for mark in marks:
        if isinstance(mark, Own):
            found["own"] = mark.door
        else:
            found["above"], found["below"] = mark.gt is not None, mark.lt is not None
            found["low"] = mark.gt if found["above"] else mark.ge
            found["high"] = mark.lt if found["below"] else mark.le
    if get_origin(plain) is Literal:
        found["choices"], plain = get_args(plain), str
    return Field(name, plain, default, **found)


def declared(function: Callable) -> Callable:
    """The function, refusing by name what its signature does not allow.

    A generator function refuses when it is called, not at its first snapshot.
    """
    spec, signature = fields(function), inspect.signature(function)

    @wraps(function)
    def refusing(*args: Any, **kwargs: Any) -> Any:
        given = signature.bind(*args, **kwargs)
        given.apply_defaults()
        for name, field in spec.items():
            given.arguments[name] = field.admit(given.arguments[name])
        return function(*given.args, **given.kwargs)

    ranges = [f.allowed() for f in spec.values() if f.choices or math.isfinite(f.low)]
    refusal = f"\n\nRaises:\n    ValueError: unless {'; '.join(ranges)}.\n"
    refusing.__doc__ = inspect.cleandoc(function.__doc__ or "") + (refusal if ranges else "")
    return refusing


@cache
def streams(function: Callable) -> bool:
    """Whether a computation yields snapshots, the last of which is the result.

    A function that returns a generator of its own says so in its annotation.
    """
    function = inspect.unwrap(function)
    hint = get_type_hints(function).get("return")
    return inspect.isgeneratorfunction(function) or get_origin(hint) is Iterator


@cache
def names(function: Callable) -> frozenset[str] | None:
    """The keywords a function takes; None when it takes any."""
    parameters = inspect.signature(function).parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return None
    return frozenset(p.name for p in parameters)


def call(function: Callable, *args: Any, values: Mapping[str, Value]) -> Any:
    """The function with those of the values that it takes."""
    taken = names(function)
    return function(*args, **{k: v for k, v in values.items() if taken is None or k in taken})
