"""One store of parameters per topic: a validated dictionary, mirrored to the URL."""

import math
import re
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlencode

import streamlit as st

from pages.ui.experiment import Experiment, Param, Value, Values

TEXT_LIMIT = 1200
OWN = re.compile("own-[0-9a-f]{12}")  # the name of a file the student brought
PINS = 4


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
        url: the query this state wrote last.
        notice: a quiet sentence about a malformed link.
        job: settings and generator of the slow run under way.
        stopped: settings of the slow run the student stopped.
    """

    slug: str
    values: dict[str, Values]
    pins: dict[str, list[Values]] = field(default_factory=dict)
    rev: int = 0
    ack: int = 0
    have: frozenset[str] = frozenset()
    url: dict[str, list[str]] | None = None
    notice: str = ""
    job: tuple | None = None
    stopped: tuple | None = None


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


def link(topic: str, experiment: Experiment, values: Values) -> str:
    """Address of the experiment with these values, relative to the app's root."""
    return f"{topic}?{urlencode({'exp': experiment.slug, **changed(experiment, values)})}"


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
    query = {} if experiment is first else {"exp": [experiment.slug]}
    query |= {k: [v] for k, v in changed(experiment, state.values[experiment.slug]).items()}
    pins = [_pack_pin(experiment, pin) for pin in state.pins.get(experiment.slug, [])]
    return query | ({"pin": pins} if pins else {})


def _mine(experiments: list[Experiment]) -> dict[str, list[str]]:
    names = {p.name for e in experiments for p in e.params} | {"exp", "pin"}
    return {k: st.query_params.get_all(k) for k in st.query_params if k in names}


def save(topic: str, experiments: list[Experiment]) -> None:
    """Write the current experiment to the URL: one history entry, none if nothing changed."""
    state = of(topic)
    query = _query(current(state, experiments), state, experiments[0])
    mine = _mine(experiments)
    if mine != query:
        others = {k: st.query_params.get_all(k) for k in st.query_params if k not in mine}
        st.query_params.from_dict({**others, **query})
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
    entering = st.session_state.get("page") != topic
    st.session_state["page"] = topic
    mine = _mine(experiments)
    if key not in st.session_state:
        st.session_state[key] = State(experiments[0].slug, {})
        for experiment in experiments:
            st.session_state[key].values[experiment.slug] = experiment.defaults()
    state = of(topic)
    if entering and not mine and state.url is not None:
        save(topic, experiments)
    elif state.url != mine:
        _adopt(state, experiments, mine)
        save(topic, experiments)
    return state


def _adopt(state: State, experiments: list[Experiment], query: dict[str, list[str]]) -> None:
    slug = query.get("exp", [experiments[0].slug])[-1]
    refused = [] if slug in [e.slug for e in experiments] else ["exp"]
    state.slug = experiments[0].slug if refused else slug
    experiment = current(state, experiments)
    raw = {k: v[-1] for k, v in query.items()}
    state.values[state.slug] = _parse(experiment, raw, refused)
    pins = query.get("pin", [])[:PINS]
    state.pins[state.slug] = [_unpack_pin(experiment, pin, refused) for pin in pins]
    state.rev += 1
    state.notice = (
        f"This link had a value that could not be used ({', '.join(sorted(set(refused)))}); "
        "the usual one is shown instead."
        if refused
        else ""
    )


def put(topic: str, experiments: list[Experiment], slug: str, **values: Value) -> None:
    """Set parameters from outside the stage (preset, prediction, test); the stage follows."""
    state = of(topic)
    state.slug = slug
    state.values[slug] = state.values[slug] | values
    state.rev += 1
    state.notice = ""
    save(topic, experiments)


def receive(topic: str, experiments: list[Experiment], message: dict) -> None:
    """Take a message of the stage: parameters, pins, and what the stage already holds."""
    state = of(topic)
    state.ack = int(message["seq"])
    state.have = frozenset(str(one) for one in message.get("have", []))
    slug = message.get("slug") or state.slug
    if slug != state.slug:
        return
    experiment = current(state, experiments)
    values, pins = state.values[slug], state.pins.setdefault(slug, [])
    values |= accepted(experiment, message.get("p", {}), values)
    match message.get("action"):
        case "pin" if values not in pins:
            del pins[: max(0, len(pins) - PINS + 1)]
            pins.append(dict(values))
        case "stop" if state.job:
            state.stopped, state.job = state.job[0], None
        case "resume":
            state.stopped = None
        case "unpin":
            del pins[int(message["index"]) : int(message["index"]) + 1]
    if message.get("replay"):
        state.rev += 1
    if message.get("commit") or message.get("action") in ("pin", "unpin"):
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


def _received(param: Param, value: Value | None) -> Value | None:
    """A number is kept as typed, even out of range: the page answers with a sentence."""
    match kind(param):
        case "toggle":
            return value if isinstance(value, bool) else None
        case "choice":
            return value if value in param.options else None
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
