"""A declaration: compute, claims, figure and words of one experiment become an `Experiment`.

The signature of `compute` says what can be set, that of `figure` what can be looked at, the TOML
what it is called; a control adds how it is moved and when it is seen.
"""

import math
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, wraps
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from core.carry import Carry
from core.signature import Field, call, fields, names, streams
from core.words import filled
from pages.ui.experiment import Experiment, Grid, Param, Prediction, Tick, Values

WORDS = Path(__file__).parents[2] / "assets/experiments"


@dataclass(frozen=True)
class above:
    """A condition on a number: it is larger than this."""

    low: float


@dataclass(frozen=True)
class Control:
    """How one parameter is moved, and when it is seen; see the functions below."""

    name: str
    low: float | None = None
    high: float | None = None
    step: float | None = None
    log: bool = False
    live: bool = True
    reach: Callable[..., tuple[float, float]] | None = None
    ticks: Callable[..., Mapping[str, float]] | None = None
    optimum: Callable[..., float] | None = None
    grid: Grid | None = None
    cells: Callable[..., tuple[str, ...]] | None = None
    when: Mapping[str, Any] | Callable[..., bool] | None = None
    unless: Mapping[str, Any] | None = None
    hidden: bool = False


def number(name: str, low: float | None = None, high: float | None = None, **more: Any) -> Control:
    """A slider with an exact field, over the declared range or a part of it.

    Args:
        low, high: the part of the range that the slider spans.
        step: resolution, by default 1/200 of the range (1 for whole numbers).
        log: logarithmic.
        live: redraw while dragging; False waits for the release.
        reach: (values …) -> (low, high), what is valid now.
        ticks: (values …) -> {label: value}, the theory's marks.
        optimum: (values …) -> the best value, behind a button.
        when, unless: {parameter: value, values or `above(x)`}, all of which must hold; `when` may
            be a function of values for what that cannot say.
    """
    return Control(name, low, high, **more)


def choice(name: str, **more: Any) -> Control:
    """A choice among the declared texts, named in the TOML in their order there."""
    return Control(name, **more)


def switch(name: str, **more: Any) -> Control:
    """A yes or no."""
    return Control(name, **more)


def text(name: str, **more: Any) -> Control:
    """A line of text."""
    return Control(name, **more)


def table(
    name: str, low: float, high: float, step: float, sizes: Sequence[tuple[int, int]], **more: Any
) -> Control:
    """A table of numbers typed and dragged; `cells`: (values …) -> the name over each cell."""
    return Control(name, grid=Grid(low, high, step, tuple(sizes)), **more)


def hidden(*names: str, **more: Any) -> tuple[Control, ...]:
    """What has no control: set by pointing, by the player or by a drawing."""
    return tuple(Control(name, hidden=True, **more) for name in names)


def declare(
    module: str,
    compute: Callable[..., Any],
    claims: ModuleType,
    figure: Callable[..., Any],
    controls: Sequence[Control | tuple[Control, ...]],
    *,
    statements: Sequence[str] = (),
    presets: Mapping[str, Values] | None = None,
    chart: Callable[..., Any] | None = None,
    carries: Sequence[Carry] = (),
) -> Experiment:
    """The experiment of the module pages.experiments.<topic>.<stem>.

    Args:
        module: its `__name__`; the words are assets/experiments/<topic>/<stem>.toml.
        compute: `declared` function to a frozen record, a generator function of them when slow.
        claims: module with `checks`, `says` and the dictionary `answers`, prediction -> function
            of (result, values …) to the key of an option, to a number near one option, or to a
            pair of that and fields for `because`.
        figure: (result, *, values …) -> Picture; its parameters with a default change the view
            only.
        controls: in the order of the page.
        statements: ids brought to life.
        presets: key -> values that differ from the defaults.
        chart: (result, values …) -> specification and rows of linked charts; see `Experiment`.
        carries: as what the experiment knows a 2 × 2 matrix.
    """
    topic, stem = module.split(".")[-2:]
    words = wording(topic, stem)
    views = {k: v for k, v in fields(figure).items() if k not in fields(compute)}
    known = fields(compute) | views
    slow = streams(compute)
    flat = [c for one in controls for c in (one if isinstance(one, tuple) else (one,))]
    params = tuple(
        _param(known[c.name], c, words["controls"].get(c.name, {}), slow and c.name not in views)
        for c in flat
    )
    named = {key: words["presets"][key] for key in presets or {}}
    titled = {named[key]["name"]: values for key, values in (presets or {}).items()}
    predictions = tuple(
        _prediction(one, claims.answers[key], named, presets, params)
        for key, one in words.get("predictions", {}).items()
    )
    return Experiment(
        slug=stem.replace("_", "-"),
        title=words["title"],
        question=words["question"],
        look=words.get("look", ""),
        function=words.get("function", ""),
        symbols=words.get("symbols", {}),
        first=words.get("panels", 2),
        statements=tuple(statements),
        params=params,
        compute=_taking(compute),
        figure=_taking(figure),
        checks=_taking(claims.checks),
        says=_taking(claims.says),
        presets=titled,
        asks={one["name"]: one["ask"] for one in named.values() if "ask" in one},
        misprints=frozenset(one["name"] for one in named.values() if one.get("misprint")),
        predictions=predictions,
        views=tuple(views),
        chart=chart and _taking(chart),
        carries=tuple(carries),
    )


def collect(topic: str, *stems: str) -> list[Experiment]:
    """The experiments of a page, in its order."""
    return [import_module(f"pages.experiments.{topic}.{stem}").EXPERIMENT for stem in stems]


@cache
def wording(topic: str, stem: str) -> dict[str, Any]:
    """The words of an experiment, as its TOML holds them."""
    raw = (WORDS / topic / f"{stem}.toml").read_text(encoding="utf-8")
    return {"controls": {}, "presets": {}} | tomllib.loads(raw)


def quoted(topic: str, text: str) -> str:
    """A text of the topic with its @names@ filled by core/experiments/<topic>/quoted.py."""
    if not re.search(r"@\w+@", text):
        return text
    return filled(text, import_module(f"core.experiments.{topic}.quoted").NUMBERS)


def _taking(function: Callable) -> Callable:
    """The function, given all values and taking those it has a name for."""
    if names(function) is None:
        return function

    @wraps(function)
    def taking(*args: Any, **values: Any) -> Any:
        return call(function, *args, values=values)

    return taking


def _param(field: Field, control: Control, words: Mapping[str, Any], slow: bool) -> Param:
    low = field.low if control.low is None else control.low
    high = field.high if control.high is None else control.high
    ranged = field.kind in (int, float)
    if ranged and not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError(f"expected a range for {field.name} in its signature or its control")
    ticks, optimum, reach = control.ticks, control.optimum, control.reach
    grid = control.grid
    options = words.get("options") or dict.fromkeys(field.choices or ())
    if grid and control.cells:
        grid = replace(grid, names=lambda values: call(control.cells, values=values))
    return Param(
        name=field.name,
        label=words.get("label", field.name),
        default=field.default,
        low=field.kind(low) if ranged else None,
        high=field.kind(high) if ranged else None,
        step=control.step,
        log=control.log,
        live=control.live and not slow,
        options={key: _text(key, o) for key, o in options.items()} or None,
        misprints=frozenset(key for key, o in options.items() if _misprint(o)),
        upload=field.own,
        grid=grid,
        reach=reach and (lambda values: call(reach, values=values)),
        ticks=ticks and (lambda v: tuple(Tick(at, k) for k, at in call(ticks, values=v).items())),
        optimum=optimum and (lambda values: call(optimum, values=values)),
        shown=_seen(control),
        help=words.get("help", ""),
        misprint=words.get("misprint", False),
    )


Option = str | Mapping[str, Any] | None


def _text(key: str, option: Option) -> str:
    """The text of an option: alone, in a table with what else is known of it, or its own name."""
    return option["text"] if isinstance(option, Mapping) else option or key


def _misprint(option: Option) -> bool:
    return isinstance(option, Mapping) and option.get("misprint", False)


def _seen(control: Control) -> Callable[[Values], bool] | None:
    if control.hidden:
        return lambda values: False
    when, unless = control.when, control.unless
    if callable(when):
        return lambda values: bool(call(when, values=values))
    if when or unless:
        return lambda values: _met(when or {}, values) and not (unless and _met(unless, values))
    return None


def _met(conditions: Mapping[str, Any], values: Values) -> bool:
    def one(name: str, wanted: Any) -> bool:
        if isinstance(wanted, above):
            return values[name] > wanted.low
        return values[name] in (wanted if isinstance(wanted, tuple) else (wanted,))

    return all(one(*pair) for pair in conditions.items())


def _prediction(
    words: Mapping[str, Any],
    answer: Callable,
    named: Mapping[str, Any],
    presets: Mapping[str, Values],
    params: tuple[Param, ...],
) -> Prediction:
    texts = {key: _text(key, option) for key, option in words["options"].items()}
    places = {k: o["at"] for k, o in words["options"].items() if not isinstance(o, str)}
    values = {p.name: p.default for p in params} | presets[words["preset"]]

    def answered(run: Any, belief: Values) -> tuple[str, dict[str, Any]]:
        found = call(answer, run, values=values | belief)
        key, facts = found if isinstance(found, tuple) else (found, {})
        return texts[key if isinstance(key, str) else nearest(float(key), places)], facts

    return Prediction(
        preset=named[words["preset"]]["name"],
        question=words["question"],
        options=tuple(texts.values()),
        answer=lambda run, **belief: answered(run, belief)[0],
        because=words["because"],
        facts=lambda run: {"run": run} | answered(run, {})[1],
        beliefs={texts[key]: dict(given) for key, given in words.get("beliefs", {}).items()},
        shows=tuple(words.get("shows", ())),
        misprint=words.get("misprint", False),
    )


def nearest(value: float, places: Mapping[str, float]) -> str:
    """The option whose number is nearest: by ratio where all are above 0, else by distance."""
    if value > 0 and all(at > 0 for at in places.values()):
        return min(places, key=lambda key: abs(math.log(value / places[key])))
    return min(places, key=lambda key: abs(value - places[key]))
