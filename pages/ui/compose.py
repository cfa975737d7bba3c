"""The message of the stage in four parts: card, controls, picture, words.

card      what an experiment is: labels, options, help, presets, questions; a block, sent once
controls  what depends on the values: marks, optimum, reach, what is shown
picture   panels, frames, track, formula
words     sentence, checks, code, pins; asked for five times a second, computed only then

Whatever breaks on the way to a message, the message comes: with a sentence in the picture's place.
"""

import re
from functools import cache, lru_cache
from typing import Any

import numpy as np

from core import words as setting
from core.keep import Keep
from core.statements import load
from pages.ui import run, serve, shared
from pages.ui.along import along
from pages.ui.code import code
from pages.ui.codec import Block, pack
from pages.ui.declare import quoted
from pages.ui.experiment import Experiment, Param, Prediction, Values
from pages.ui.guard import broken
from pages.ui.store import State, changed, integer, kind
from pages.ui.verdict import verdict

NOTHING = {"panels": None}  # in the picture's place
_ghosts = Keep(8_000_000)  # bytes of traces of pinned settings

_HELD = re.compile(r" ([−·]) | (?=[=≈≤≥<>+] )|(?<=\d) ?(?=%)")


@lru_cache(maxsize=4096)
def typeset(text: str) -> str:
    """A text as it leaves for the browser; no line ends inside a difference, or before a %."""
    return _HELD.sub(lambda m: f"\u00a0{m[1]}\u00a0" if m[1] else "\u00a0", setting.typeset(text))


def _refused(experiment: Experiment, refusal: ValueError) -> str:
    """The core's sentence, with the name that the student reads in place of the parameter's."""
    told = str(refusal)
    for param in experiment.params:
        # a short name is a word of the sentence unless it stands at its head
        before = r"\b" if "_" in param.name else r"(?<=^expected )"
        told = re.sub(rf"{before}{param.name}\b", param.label.replace("\\", r"\\"), told)
    return typeset(told)


def message(
    topic: str,
    experiment: Experiment,
    state: State,
    values: Values,
    pins: list[Values] = (),
    have: frozenset[str] = frozenset(),
    words: bool = True,
) -> bytes:
    """The packed message with the picture of these values, or with a sentence in its place."""
    head = frame(topic, experiment, state, values)
    try:
        result = run.result(experiment, values)
    except ValueError as refusal:
        return pack(head | NOTHING | {"error": _refused(experiment, refusal)})
    except Exception:
        return pack(head | NOTHING | {"error": broken(topic, experiment, values)})
    try:
        pins = [pin for pin in pins if run.admitted(experiment, pin)]
        asked = (experiment, values, result, pins)
        parts = [shared.part("picture", experiment, values, pins, lambda: picture(*asked))]
        if words:
            told = shared.part("words", experiment, values, pins, lambda: {"words": spoken(*asked)})
            parts.append(told)
        return pack(head | _answered(topic, experiment, state), have, parts)
    except Exception:
        return pack(head | NOTHING | {"error": broken(topic, experiment, values)})


def going(
    topic: str,
    experiment: Experiment,
    state: State,
    values: Values,
    now: run.Going,
    have: frozenset[str] = frozenset(),
) -> bytes:
    """The packed message while a long run goes on, with its newest snapshot where that is new.

    While a pinned setting is computed, the picture of the settings on stage stands already.
    """
    head = frame(topic, experiment, state, values) | {
        "run": now.name,
        "progress": None if now.stopped else now.progress,
        "left": now.left,
        "doing": typeset(now.doing),
        "ahead": now.ahead,
        "stopped": now.stopped,
    }
    drawn = now.snapshot if now.values == values else run.known(experiment, values)
    if drawn is None:
        return pack(head | NOTHING, have)
    try:
        return pack(head | picture(experiment, values, drawn), have)
    except Exception:
        broken(topic, experiment, values)
        return pack(head | NOTHING, have)


def _answered(topic: str, experiment: Experiment, state: State) -> dict:
    """The verdict on the answer given last; none where it takes a long run that is forgotten."""
    given = state.committed.get(experiment.slug)
    if not given or (
        run.slow(experiment) and run.known(experiment, experiment.posed(given[0])) is None
    ):
        return {}
    told = verdict(topic, experiment, *given)
    return {"verdict": told | {"because": typeset(told["because"])}}


def frame(topic: str, experiment: Experiment, state: State, values: Values) -> dict:
    """What every message holds, whether or not there is a picture."""
    return {
        "slug": experiment.slug,
        "rev": state.rev,
        "ack": state.ack,
        "asking": state.asking.get(experiment.slug),
        "misprints": state.misprints,
        "values": values,
        "card": card(topic, experiment),
        "names": names(),
        "controls": controls(topic, experiment, values),
        "error": None,
        "progress": None,
        "stopped": "",
    }


# --- card and controls -------------------------------------------------------------------------


_cards: dict[tuple[str, str], Block] = {}


@cache
def names() -> Block:
    """The theorems by their ids, as one block."""
    return Block.of({id: known.name for id, known in load().items()})


def card(topic: str, experiment: Experiment) -> Block:
    """What never changes, as one block."""
    name = (topic, experiment.slug)
    if name not in _cards:
        _cards[name] = _card(topic, experiment)
    return _cards[name]


def _card(topic: str, experiment: Experiment) -> Block:
    presets = {"Start over": experiment.defaults()}
    presets |= {name: experiment.preset(name) for name in experiment.presets}
    return Block.of(
        {
            "live": f"live/{topic}",
            "params": [
                _param(param) | {"view": param.name in experiment.views}
                for param in experiment.params
            ],
            "presets": [_preset(topic, experiment, *pair) for pair in presets.items()],
            "look": typeset(experiment.look),
            "function": experiment.function,
            "symbols": {key: typeset(told) for key, told in experiment.symbols.items()},
            "first": experiment.first,
            "questions": [_question(topic, experiment, p) for p in experiment.predictions],
            "files": serve.libraries(),
        }
    )


def _preset(topic: str, experiment: Experiment, name: str, values: Values) -> dict:
    return {
        "name": typeset(name),
        "values": values,
        "ask": typeset(quoted(topic, experiment.asks.get(name, ""))),
        "misprint": name in experiment.misprints,
    }


def _question(topic: str, experiment: Experiment, asked: Prediction) -> dict:
    return {
        "text": typeset(quoted(topic, asked.question)),
        "options": [typeset(option) for option in asked.options],
        "shows": asked.shows,
        "misprint": asked.misprint,
    }


def _param(param: Param) -> dict:
    number = kind(param) == "number"
    options = param.options and [(key, typeset(o)) for key, o in param.options.items()]
    grid = param.grid and {
        "low": param.grid.low,
        "high": param.grid.high,
        "step": param.grid.step,
        "sizes": param.grid.sizes,
        "names": (),
    }
    return {
        "name": param.name,
        "label": typeset(param.label),
        "kind": kind(param),
        "low": param.low,
        "high": param.high,
        "step": param.step,
        "log": param.log,
        "live": param.live,
        "integer": number and integer(param),
        "options": options,
        "grid": grid,
        "ticks": [],
        "optimum": None,
        "shown": True,
        "help": typeset(param.help),
        "misprints": sorted(param.misprints),
        "misprint": param.misprint,
    }


def controls(topic: str, experiment: Experiment, values: Values) -> dict[str, dict]:
    """What depends on the values, for the parameters where something does."""
    safe = _settings(experiment, values)
    try:
        found = {param.name: _control(param, safe) for param in experiment.params}
    except Exception:
        broken(topic, experiment, values)
        return {}
    return {name: control for name, control in found.items() if control}


def _control(param: Param, values: Values) -> dict:
    control: dict[str, Any] = {}
    if param.shown:
        control["shown"] = bool(param.shown(values))
    if param.reach:
        control["low"], control["high"] = param.reach(values)
    if param.ticks:
        control["ticks"] = [
            {"value": t.value, "label": typeset(t.label)} for t in param.ticks(values)
        ]
    if param.optimum:
        control["optimum"] = param.optimum(values)
    if param.grid and param.grid.names:
        control["names"] = param.grid.names(values)
    return control


def _settings(experiment: Experiment, values: Values) -> Values:
    """The values with refused numbers at their defaults: marks are defined for the others only."""
    out = dict(values)
    for param in experiment.params:
        value = values[param.name]
        if kind(param) == "number" and not (
            param.low <= value <= param.high and (not integer(param) or isinstance(value, int))
        ):
            out[param.name] = param.default
    return out


# --- picture -----------------------------------------------------------------------------------


def picture(
    experiment: Experiment, values: Values, result: Any, pins: list[Values] = ()
) -> dict[str, Any]:
    """Panels and what moves in them, with the traces of pinned settings in grey."""
    drawn = experiment.figure(result, **values)
    ghosts = [(f"pin {i + 1}", _ghost(experiment, pin)) for i, pin in enumerate(pins)]
    return {
        "panels": [_panel(panel, ghosts) for panel in drawn.panels],
        "frames": drawn.frames,
        "track": drawn.track,
        "formula": [setting.typeset_tex(line) for line in drawn.formula],
        "phases": [typeset(phase) for phase in drawn.phases],
        "drive": drawn.drive,
        "wide": drawn.wide,
    }


def _ghost(experiment: Experiment, pin: Values) -> dict[str, list[dict]]:
    """The traces of a pinned setting that go into later pictures, by panel."""

    def made() -> dict[str, list[dict]]:
        drawn = experiment.figure(run.result(experiment, pin), **pin)
        return {
            panel.name: [t for t in panel.traces if t.get("meta", {}).get("pin")]
            for panel in drawn.panels
        }

    return _ghosts.made((experiment.slug, *run.key(experiment, pin), *sorted(pin.items())), made)


def _panel(panel: Any, ghosts: list[tuple[str, dict]]) -> dict:
    traces = [_trace(trace) for trace in panel.traces]
    for name, by_panel in ghosts:
        for trace in by_panel.get(panel.name, ()):
            traces.insert(1, trace | {"meta": trace["meta"] | {"ghost": name}, "name": name})
    return {
        "name": panel.name,
        "title": typeset(panel.title),
        "alt": typeset(panel.alt),
        "equal": panel.equal,
        "layout": _layout(panel.layout),
        "traces": traces,
        "handles": [vars(handle) for handle in panel.handles],
        "pick": panel.pick and _pick(panel.pick),
        "paint": panel.paint and _paint(panel.paint),
    }


def _trace(trace: dict) -> dict:
    name, meta = trace.get("name", ""), trace.get("meta", {})
    if meta.get("label"):
        return trace | {"name": typeset(name), "meta": meta | {"label": typeset(meta["label"])}}
    return trace | {"name": typeset(name)} if name else trace


_TEXTS = ("text", "ticktext")
_NUMBER = re.compile(r"\d")


def _layout(value: Any) -> Any:
    """A layout with its texts typeset: titles, tick texts, annotations."""
    if isinstance(value, dict):
        return {
            key: _texts(each) if key in _TEXTS else _layout(each) for key, each in value.items()
        }
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [_layout(each) for each in value]
    return value


def _texts(value: Any) -> Any:
    if isinstance(value, str):
        return typeset(value) if _NUMBER.search(value) else value
    if isinstance(value, list | tuple):
        return [_texts(each) for each in value]
    return value


def _paint(paint: Any) -> dict:
    """The drawing sheet; its values are plain numbers, which the browser changes itself."""
    return vars(paint) | {"values": np.asarray(paint.values).tolist()}


def _pick(pick: Any) -> dict:
    places = pick.places if pick.places is None else np.asarray(pick.places).tolist()
    return vars(pick) | {"places": places}


# --- words -------------------------------------------------------------------------------------


def spoken(
    experiment: Experiment, values: Values, result: Any, pins: list[Values] = ()
) -> dict[str, Any]:
    """The sentence, the checks, the code, and the pinned settings in words."""
    e = experiment
    return {
        "says": typeset(e.says(result, **values)),
        "checks": [_check(check) for check in run.checks(e, values, result)],
        "code": code(e, values),
        "along": along(e, values, result),
        "pins": [_pin(e, pin) for pin in pins],
    }


def _pin(experiment: Experiment, pin: Values) -> dict:
    label = ", ".join(f"{name} = {value}" for name, value in changed(experiment, pin).items())
    said = experiment.says(run.result(experiment, pin), **pin)
    return {"values": pin, "label": typeset(label) or "as at the start", "says": typeset(said)}


_PRINTED = re.compile(r"\bE-\d+|\bas printed\b")


def _check(check: Any) -> dict:
    fields = dict(vars(check)) | {"claim": typeset(check.claim), "why": typeset(check.why)}
    fields["misprint"] = bool(_PRINTED.search(check.claim))
    for side in ("lhs", "rhs"):
        fields[side] = _finite(float(fields[side]))
    return fields | {"margin": _finite(check.margin) if check.applies else 0}


def _finite(number: float) -> float | str:
    """JSON has no infinity."""
    return number if abs(number) < float("inf") else ("∞" if number > 0 else "−∞")
