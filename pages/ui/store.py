"""One store of parameters per topic: a validated dictionary, mirrored to the URL."""

import math
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote, urlencode

import streamlit as st

from core import audience
from pages.ui import entrance
from pages.ui.experiment import Experiment, Param, Value, Values

TEXT_LIMIT = 1200
OWN = re.compile("own-[0-9a-f]{12}")  # the name of a file the student brought
PINS = 4
FORGOTTEN = (
    "The server has lost sight of this page. What stands in its address is here again; what you "
    "had set in the other experiments of the page is not, and a run under way begins anew."
)
STOPPED = "Stopped. Change a setting, or"  # "run again" follows, on a button
FRAMES = {("view", "stage"), ("view", "figure")}  # belong to the page, not to an experiment


@dataclass
class State:
    """What one student has made of one topic.

    Attributes:
        slug: the experiment on stage.
        values: slug -> parameters.
        pins: slug -> up to four earlier settings.
        rev: counts the changes that did not come from the stage itself.
        ack: sequence number of the last message of the stage.
        have: arrays the stage said it holds.
        turn: number of the newest run of the stage; an older one may still be under way.
        url: the query this state wrote last.
        notice: a quiet sentence about a malformed link, or a connection that was lost.
        job: settings of the long run on stage, its snapshots drawn so far, and when the last was.
        stopped: settings of the long run that was stopped, and why.
        asking: slug -> number of the question that is open, from 1; 0 for none.
        committed: slug -> the question answered last, and the option chosen.
        misprints: whether what the printed sheet says wrongly is shown.
    """

    slug: str
    values: dict[str, Values]
    pins: dict[str, list[Values]] = field(default_factory=dict)
    rev: int = 0
    ack: int = 0
    have: frozenset[str] = frozenset()
    turn: int = 0
    url: dict[str, list[str]] | None = None
    notice: str = ""
    job: tuple | None = None
    stopped: tuple | None = None
    asking: dict[str, int] = field(default_factory=dict)
    committed: dict[str, tuple[int, int]] = field(default_factory=dict)
    misprints: bool = False


def kind(param: Param) -> str:
    """number, toggle, choice, picture, table, grid or text."""
    if isinstance(param.default, bool):
        return "toggle"
    if isinstance(param.default, str):
        if param.options:
            return param.upload or "choice"
        return "grid" if param.grid else "text"
    return "number"


def integer(param: Param) -> bool:
    """Whether the parameter is a whole number."""
    return isinstance(param.default, int) and not isinstance(param.default, bool)


def read(param: Param, raw: str) -> Value | None:
    """The value a link gives, or None when it is malformed or out of range."""
    match kind(param):
        case "toggle":
            return {"1": True, "0": False}.get(raw)
        case "choice":
            return raw if raw in param.options else None
        case "picture" | "table":
            return raw if raw in param.options or OWN.fullmatch(raw) else None
        case "grid" | "text":
            return raw if len(raw) <= TEXT_LIMIT else None
    try:
        value = int(raw) if integer(param) else float(raw)
    except ValueError:
        return None
    return value if param.low <= value <= param.high else None


def write(value: Value) -> str:
    """The inverse of `read`."""
    if isinstance(value, bool):
        return str(int(value))
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def changed(experiment: Experiment, values: Values) -> dict[str, str]:
    """The values that differ from the defaults, as a link writes them."""
    defaults = experiment.defaults()
    return {k: write(v) for k, v in values.items() if v != defaults[k]}


def link(topic: str, experiment: Experiment, values: Values | None = None) -> str:
    """Address of the experiment with these values, relative to the app's root.

    Without values it opens on its first question.
    """
    found = {} if values is None else changed(experiment, values) or {"ask": "0"}
    return f"{topic}?{urlencode({'exp': experiment.slug, **found})}"


def _pack_pin(experiment: Experiment, values: Values) -> str:
    pairs = changed(experiment, values).items()
    return ";".join(f"{k}:{quote(v, safe='')}" for k, v in pairs) or "default"


def _parse(experiment: Experiment, raw: dict[str, str], refused: list[str]) -> Values:
    values = experiment.defaults()
    for param in experiment.params:
        if param.name in raw:
            value = read(param, raw[param.name])
            if value is None:
                refused.append(param.name)
            else:
                values[param.name] = value
    return values


def _unpack_pin(experiment: Experiment, text: str, refused: list[str]) -> Values:
    pairs = (pair.partition(":") for pair in text.split(";") if ":" in pair)
    return _parse(experiment, {k: unquote(v) for k, _, v in pairs}, refused)


def _query(experiment: Experiment, state: State, first: Experiment) -> dict[str, list[str]]:
    slug, values = experiment.slug, state.values[experiment.slug]
    query = {} if experiment is first else {"exp": [slug]}
    pins = [_pack_pin(experiment, pin) for pin in state.pins.get(slug, [])]
    query |= {"pin": pins} if pins else {}
    asked = state.asking.get(slug, 0)
    if asked:
        return query | ({} if asked == experiment.opening and not pins else {"ask": [str(asked)]})
    shown = {k: [v] for k, v in changed(experiment, values).items()}
    return query | (shown if shown or pins or not experiment.opening else {"ask": ["0"]})


def _mine(experiments: list[Experiment]) -> dict[str, list[str]]:
    names = {p.name for e in experiments for p in e.params} | {"exp", "pin", "ask"}
    return {k: found for k in st.query_params if k in names and (found := _values(k)[0])}


def _values(name: str) -> tuple[list[str], list[str]]:
    """What the address says of a parameter, and of the frame of the page (view=stage)."""
    given = st.query_params.get_all(name)
    framed = [v for v in given if (name, v) in FRAMES]
    return [v for v in given if v not in framed], framed


def save(topic: str, experiments: list[Experiment]) -> None:
    """Write the current experiment to the URL: one history entry, none if nothing changed."""
    state = of(topic)
    query = _query(current(state, experiments), state, experiments[0])
    mine = _mine(experiments)
    if mine != query:
        rest = {k: st.query_params.get_all(k) for k in st.query_params if k not in mine}
        framed = {k: own for k in st.query_params if (own := _values(k)[1])}
        merged = {k: framed.get(k, []) + query.get(k, []) for k in {**framed, **query}}
        st.query_params.from_dict({**rest, **merged})
    state.url = query


def of(topic: str) -> State:
    """The state of a topic in this session."""
    return st.session_state[f"topic:{topic}"]


def current(state: State, experiments: list[Experiment]) -> Experiment:
    """The experiment on stage."""
    return next(e for e in experiments if e.slug == state.slug)


def load(topic: str, experiments: list[Experiment]) -> State:
    """Read the URL before anything is drawn: first visit, link, back and forward.

    A student who comes back to the page through the navigation finds what they left.
    """
    key = f"topic:{topic}"
    entering, forgotten = st.session_state.get("page") != topic, entrance.forgotten()
    st.session_state["page"] = topic
    mine = _mine(experiments)
    if key not in st.session_state:
        st.session_state[key] = State(experiments[0].slug, {})
        for experiment in experiments:
            _pose(st.session_state[key], experiment, experiment.opening)
    state = of(topic)
    if entering and not mine and state.url is not None:
        save(topic, experiments)
    elif state.url != mine:
        _adopt(state, experiments, mine)
        save(topic, experiments)
    if forgotten:
        state.notice = FORGOTTEN
    return state


def _adopt(state: State, experiments: list[Experiment], query: dict[str, list[str]]) -> None:
    slug = query.get("exp", [experiments[0].slug])[-1]
    refused = [] if slug in [e.slug for e in experiments] else ["exp"]
    state.slug = experiments[0].slug if refused else slug
    experiment = current(state, experiments)
    raw = {k: v[-1] for k, v in query.items()}
    pins = query.get("pin", [])[:PINS]
    _pose(state, experiment, _asked(experiment, raw, bool(pins), refused))
    if not state.asking[state.slug]:
        state.values[state.slug] = _parse(experiment, raw, refused)
    state.pins[state.slug] = [_unpack_pin(experiment, pin, refused) for pin in pins]
    state.rev += 1
    state.notice = (
        f"This link had a value that could not be used ({', '.join(sorted(set(refused)))}); "
        "the usual one is shown instead."
        if refused
        else ""
    )


def _pose(state: State, experiment: Experiment, number: int) -> None:
    """Set the stage for a question; 0 poses none."""
    state.asking[experiment.slug] = number
    posed = experiment.posed(number) if number else experiment.defaults()
    state.values[experiment.slug] = posed


def _asked(experiment: Experiment, raw: dict[str, str], pins: bool, refused: list[str]) -> int:
    """The question a link opens: the one it names, the first where it sets nothing, or none."""
    given = raw.get("ask")
    if given is None:
        bare = not pins and not any(param.name in raw for param in experiment.params)
        return experiment.opening if bare else 0
    if given in map(str, range(len(experiment.predictions) + 1)):
        return int(given)
    refused.append("ask")
    return 0


def put(topic: str, experiments: list[Experiment], slug: str, **values: Value) -> None:
    """Open an experiment, or set parameters from outside the stage; the stage follows."""
    state = of(topic)
    state.slug = slug
    if values:
        state.values[slug] = state.values[slug] | values
        state.asking[slug] = 0
    state.rev += 1
    state.notice = ""
    save(topic, experiments)


def receive(topic: str, experiments: list[Experiment], message: Any) -> None:
    """Take a message of the stage: parameters, pins, answers, and what the stage holds already.

    What is not of the agreed shape changes nothing.
    """
    state = of(topic)
    if not isinstance(message, dict) or not isinstance(message.get("seq"), int):
        return
    state.ack = message["seq"]
    have, p = message.get("have"), message.get("p")
    state.have = frozenset(map(str, have)) if isinstance(have, list) else frozenset()
    slug = message.get("slug") or state.slug
    if slug != state.slug:
        return
    experiment = current(state, experiments)
    values, pins = state.values[slug], state.pins.setdefault(slug, [])
    before = dict(values)
    values |= accepted(experiment, p if isinstance(p, dict) else {}, values)
    action, index = message.get("action"), message.get("index")
    index = index if isinstance(index, int) else -1
    if values != before or message.get("replay"):
        state.asking[slug] = 0
    match action:
        case "pin" if values not in pins:
            del pins[: max(0, len(pins) - PINS + 1)]
            pins.append(dict(values))
        case "stop" if state.job:
            state.stopped, state.job = (state.job[0], STOPPED), None
        case "resume" if state.stopped:
            audience.renew(state.stopped[0])
            state.stopped = None
        case "unpin" if index >= 0:
            del pins[index : index + 1]
        case "show":
            state.asking[slug] = 0
            state.rev += 1
        case "ask" | "answer" if 0 < index <= len(experiment.predictions):
            _pose(state, experiment, index)
            state.rev += 1
            options, option = experiment.predictions[index - 1].options, message.get("option")
            if action == "answer" and isinstance(option, int) and 0 <= option < len(options):
                state.asking[slug] = 0
                state.committed[slug] = (index, option)
    if message.get("replay"):
        state.rev += 1
    if message.get("commit") or action in ("pin", "unpin", "show", "ask", "answer"):
        state.notice = ""
        state.stopped = None
        save(topic, experiments)


def accepted(experiment: Experiment, raw: dict, base: Values | None = None) -> Values:
    """The parameters a browser sent; what has the wrong type stays as in `base` (the defaults)."""
    values = dict(base or experiment.defaults())
    for param in experiment.params:
        value = _received(param, raw.get(param.name))
        if value is not None:
            values[param.name] = value
    return values


def _received(param: Param, value: Any) -> Value | None:
    """A number is kept as typed, even out of range: the page answers with a sentence."""
    match kind(param):
        case "toggle":
            return value if isinstance(value, bool) else None
        case "choice":
            return value if isinstance(value, str) and value in param.options else None
        case "picture" | "table" | "grid" | "text":
            return read(param, value) if isinstance(value, str) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        value = float(value)
    except OverflowError:
        return None
    if not math.isfinite(value):
        return None
    return int(value) if integer(param) and value.is_integer() else value
