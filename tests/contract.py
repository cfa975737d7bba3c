"""What every experiment of the house must satisfy, as functions that raise AssertionError."""

import inspect
import itertools
import math
import os
import pickle
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.check import Check
from core.keep import Keep
from pages.figures.marks import ROLES
from pages.figures.plot import Panel, Pick, Picture
from pages.ui import compose
from pages.ui.codec import digest, pack
from pages.ui.experiment import Experiment, Param, Value, Values
from pages.ui.run import key, slow

STATEMENT = re.compile(r"(PROB|ANA|OPT|MC|INFO|CNN|RNN|FLOW|GAN|DDPM|ROB|DRO|XAI|CAUS)-\d\d")
NOT_A_NUMBER = re.compile(r"\b(nan|NaN|inf|None)\b")
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}|rgba?\(.*\)|hsla?\(.*\)")
SPATIAL = {"surface", "scatter3d", "mesh3d", "cone", "streamtube", "volume", "isosurface"}
PAYLOAD = 100_000


_long = Keep(200_000_000)  # results of long computations: several tests look at the same one


def run(experiment: Experiment, values: Values) -> Any:
    """The result for these values, the last snapshot of a slow experiment."""
    if not slow(experiment):
        return experiment.compute(**experiment.inputs(values))
    name = key(experiment, values)
    return _long.made(name, lambda: _shared(name, lambda: _last(experiment.compute(**values))))


def _shared(name: tuple, make: Callable[[], Any]) -> Any:
    """What one of the processes of this run of the tests has computed, for the others too."""
    file = Path(os.environ["SADDLEPOINT_TEST_RUN"], digest(repr(name).encode()))
    if not file.exists():
        partial = file.with_suffix(f".{os.getpid()}")
        partial.write_bytes(pickle.dumps(make()))
        partial.replace(file)
    return pickle.loads(file.read_bytes())


def _last(stream: Iterator) -> Any:
    snapshots = [pickle.loads(pickle.dumps(each)) for each in stream]  # they come from a worker
    assert snapshots, "yielded no snapshot"
    assert snapshots[-1].progress == 1, "the last snapshot is not the result"
    assert all(type(each) is type(snapshots[-1]) for each in snapshots)
    return snapshots[-1]


def every_snapshot_can_be_drawn(experiment: Experiment, values: Values) -> None:
    """A run is drawn while it goes on, and says how far it is; no snapshot is heavy.

    Its result is kept for the tests that ask for it next.
    """
    for snapshot in experiment.compute(**values):
        assert 0 <= snapshot.progress <= 1
        head = compose.picture(experiment, values, snapshot)
        assert head["panels"], "nothing to see"
        assert len(pack(head)) < 4 * PAYLOAD
        assert not NOT_A_NUMBER.search(snapshot.doing)
        assert len(pickle.dumps(snapshot)) < 1_000_000
    assert snapshot.progress == 1, "the last snapshot is not the result"
    _shared(key(experiment, values), lambda: snapshot)


# --- settings to try ---------------------------------------------------------------------------


def is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def draw(param: Param, values: Values, rng: random.Random, seen: list[Value]) -> Value:
    """A value the student can reach from `values`; a text is one the page itself offers."""
    if isinstance(param.default, bool):
        return rng.random() < 0.5
    if isinstance(param.default, str):
        return rng.choice(list(param.options) if param.options else seen)
    low, high = span(param, values)
    if isinstance(param.default, int):
        return rng.randint(int(low), int(high))
    if param.log:
        exponent = rng.uniform(math.log10(low), math.log10(high))
        return min(max(float(f"{10**exponent:.6g}"), low), high)
    return min(max(float(f"{rng.uniform(low, high):.6g}"), low), high)


def span(param: Param, values: Values) -> tuple[float, float]:
    """What the slider of a number covers for the other values."""
    low, high = param.reach(values) if param.reach else (param.low, param.high)
    assert param.low <= low <= high <= param.high, f"{param.name} spans {low} to {high}"
    return low, high


def settings(
    experiment: Experiment, count: int, ends: tuple[int, ...] = (0, 1)
) -> dict[str, Values]:
    """Defaults, presets, the ends of every range, and `count` random combinations."""
    rng = random.Random(experiment.slug)
    everything = {"defaults": experiment.defaults()}
    everything |= {name: experiment.preset(name) for name in experiment.presets}
    for end in ends:
        edge = experiment.defaults()
        for param in experiment.params:
            if is_number(param.default) and param.name != "seed":
                edge[param.name] = type(param.default)(span(param, edge)[end])
        everything[f"everything {('low', 'high')[end]}"] = edge
    for number in range(count):
        values = experiment.defaults()
        for param in experiment.params:
            values[param.name] = draw(param, values, rng, offered(experiment, param))
        everything[f"random {number}"] = values
    return everything


def offered(experiment: Experiment, param: Param) -> list[Value]:
    """The values the page itself sets: the default and those of the presets."""
    presets = (values[param.name] for values in experiment.presets.values() if param.name in values)
    return [param.default, *presets]


# --- the declaration ---------------------------------------------------------------------------


def declaration_is_sound(experiment: Experiment) -> None:
    """Slug, texts, statements, parameters, presets and predictions fit together."""
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", experiment.slug), "slug must fit in a URL"
    assert experiment.title and len(experiment.title) <= 32, "the tab needs a short title"
    assert experiment.question.endswith("?"), "the question is no question"
    for id in experiment.statements:
        assert STATEMENT.fullmatch(id), f"{id} is no statement id"
    names = [param.name for param in experiment.params]
    assert len(set(names)) == len(names), "two parameters share a name"
    assert "exp" not in names, "exp is the name of the experiment in the URL"
    for param in experiment.params:
        parameter_is_sound(param, experiment)
    accepted = inspect.signature(experiment.compute).parameters
    if not any(each.kind is each.VAR_KEYWORD for each in accepted.values()):
        inputs = set(experiment.inputs(experiment.defaults()))
        assert inputs == set(accepted), f"compute and controls differ: {inputs ^ set(accepted)}"
    for name, values in experiment.presets.items():
        fits(experiment, values, f"preset {name!r}")
    for prediction in experiment.predictions:
        assert prediction.preset in experiment.presets, f"no preset {prediction.preset!r}"
        assert len(set(prediction.options)) == len(prediction.options) >= 2
        assert set(prediction.beliefs) <= set(prediction.options), "a belief is no option"
        for option, values in prediction.beliefs.items():
            fits(experiment, values, f"belief {option!r}")


def parameter_is_sound(param: Param, experiment: Experiment) -> None:
    """A primitive with a label, in its range, with marks inside the range."""
    where = f"{experiment.slug}.{param.name}"
    assert isinstance(param.default, int | float | str | bool), f"{where} is no primitive"
    assert param.label, f"{where} has no label"
    if is_number(param.default):
        assert param.low is not None and param.high is not None, f"{where} has no range"
        assert param.low <= param.default <= param.high, f"{where} starts outside its range"
        assert not param.log or param.low > 0, f"{where} is logarithmic from {param.low}"
    if param.options:
        assert param.default in param.options, f"{where} starts outside its options"
    if slow(experiment) and param.name not in experiment.views:
        assert not param.live, f"{where} is live but its experiment streams"


def fits(experiment: Experiment, values: Values, where: str) -> None:
    """Values are parameters of the experiment, of their kind and in their range."""
    params = {param.name: param for param in experiment.params}
    for name, value in values.items():
        assert name in params, f"{where} sets {name}, which is no parameter"
        param = params[name]
        if is_number(param.default):
            assert is_number(value), f"{where}: {name}={value!r}"
            assert param.low <= value <= param.high, f"{where}: {name}={value}"
        else:
            assert isinstance(value, type(param.default)), f"{where}: {name}={value!r}"
        if isinstance(param.default, int) and is_number(value):
            assert value == int(value), f"{where}: {name}={value} is no whole number"
        if param.options:
            assert value in param.options, f"{where}: {name}={value!r}"


def controls_follow(experiment: Experiment, values: Values) -> None:
    """Marks, optimum and visibility can be computed for these values."""
    for param in experiment.params:
        for tick in param.ticks(values) if param.ticks else ():
            assert math.isfinite(tick.value) and tick.label, f"{param.name}: {tick}"
        if param.optimum:
            assert math.isfinite(param.optimum(values)), f"{param.name} has no optimum"
        if param.shown:
            assert param.shown(values) in (True, False)
        if param.grid and param.grid.names:
            assert all(isinstance(name, str) and name for name in param.grid.names(values))


# --- what it answers ---------------------------------------------------------------------------


def theorems_hold(experiment: Experiment, checks: list[Check]) -> None:
    """Every check holds or says which hypothesis fails; every statement has one."""
    for check in checks:
        assert isinstance(check, Check)
        sides = f"{check.id}: {check.claim}: {check.lhs} {check.relation} {check.rhs}"
        assert check.holds or not check.applies, sides
        assert check.applies or check.why, f"{check.id} is silent without a reason"
        assert check.relation in ("=", "≤", "≥"), sides
        assert not math.isnan(check.lhs) and not math.isnan(check.rhs), sides
        assert "\n" not in check.claim, "a claim is one line"
        assert not check.id or STATEMENT.fullmatch(check.id), f"{check.id} is no statement id"
    unchecked = set(experiment.statements) - {check.id for check in checks}
    assert not unchecked, f"no check for {unchecked}"


def sentence_is_words(text: str) -> None:
    """Says something, with numbers that are numbers."""
    assert text.strip(), "says nothing"
    assert not NOT_A_NUMBER.search(text), text


def picture_is_sound(picture: Picture, experiment: Experiment) -> None:
    """Panels that plotly accepts, titled, described, within the budget of a live picture."""
    assert isinstance(picture, Picture)
    assert 1 <= len(picture.panels) <= 4
    names = [panel.name for panel in picture.panels]
    assert len(set(names)) == len(names), "two panels share a name"
    for panel in picture.panels:
        panel_is_sound(panel, picture, experiment)
    for name, column in picture.track.items():
        assert np.shape(column) == (picture.frames,), f"track {name} is not one value per frame"
        assert not np.isnan(np.asarray(column, dtype=float)).any(), f"track {name} holds NaN"
    for formula in picture.formula:
        for name in re.findall(r"@(\w+)(?:\+1)?@", formula):
            assert name in picture.track, f"the formula reads @{name}@, which is not tracked"
        for role in re.findall(r"\\role\{(\w+)\}", formula):
            assert role in ROLES, f"no role {role}"
    if picture.drive:
        (param,) = [each for each in experiment.params if each.name == picture.drive]
        assert isinstance(param.default, int)
        assert param.low <= 0 <= picture.frames - 1 <= param.high
    if not slow(experiment):
        numbers = [a for panel in picture.panels for a in arrays(panel.traces) if a.dtype != "u1"]
        size = sum(array.nbytes for array in numbers)
        assert size <= PAYLOAD, f"the picture weighs {size / 1000:.0f} kB"


def panel_is_sound(panel: Panel, picture: Picture, experiment: Experiment) -> None:
    """Valid plotly with titled fixed axes, roles instead of colours, and handles that work."""
    assert panel.title and panel.alt.strip(), f"{panel.name} has no title or no alt text"
    sentence_is_words(panel.alt)
    go.Figure(panel.spec())
    spatial = any(trace.get("type") in SPATIAL for trace in panel.traces)
    layout = panel.layout["scene"] if spatial else panel.layout
    for axis in ("xaxis", "yaxis", "zaxis") if spatial else ("xaxis", "yaxis"):
        assert axis in layout, f"{panel.name} has no {axis}"
    for name, axis in layout.items():
        if re.fullmatch(r"[xyz]axis\d*", name):
            title = axis.get("title")
            title = title.get("text") if isinstance(title, dict) else title
            assert title, f"{panel.name}.{name} has no title"
            low, high = axis["range"]
            assert math.isfinite(low) and math.isfinite(high) and low != high, (
                f"{name} {low} {high}"
            )
    for trace in panel.traces:
        for array in arrays(trace):
            if trace["type"] == "image":
                assert array.dtype == np.uint8 and array.shape[2:] == (3,), panel.name
                assert max(array.shape) <= 512, f"{panel.name} is too large a photograph"
            else:
                assert array.dtype == np.float32, f"{panel.name} holds {array.dtype}"
                assert not np.isinf(array).any(), f"{panel.name} holds an infinite number"
        meta = trace.get("meta", {})
        where = f"{panel.name}: {trace.get('name')}"
        assert meta.get("role", "ink") in ROLES, where
        assert not any(COLOUR.fullmatch(text) for text in strings(trace)), f"{where} sets a colour"
        assert max((len(each) for each in lists(trace)), default=0) <= 64, f"{where}: not an array"
        if meta.get("play"):
            assert len(trace["x"]) == picture.frames, f"{where} has not one point per frame"
        if meta.get("phase") is not None:
            assert 0 <= meta["phase"] < len(picture.phases), where
    params = {param.name for param in experiment.params}
    if panel.pick:
        pointing_is_sound(panel.pick, experiment)
    if panel.paint:
        (param,) = [each for each in experiment.params if each.name == panel.paint.param]
        assert isinstance(param.default, str), f"{param.name} cannot be painted"
        assert np.isfinite(np.asarray(panel.paint.values, dtype=float)).all()
        fits(experiment, panel.paint.also, f"a stroke in {panel.name}")
    for handle in panel.handles:
        assert handle.label and math.isfinite(handle.x) and math.isfinite(handle.y)
        assert len(handle.params) in (1, 2) and set(handle.params) <= params
        assert set(handle.also) <= params
        assert handle.frees in ("x", "y", "xy")


def pointing_is_sound(pick: Pick, experiment: Experiment) -> None:
    """Every cell that can be pointed at is a value the experiment accepts."""
    params = {param.name: param for param in experiment.params}
    assert set(pick.also) <= set(params) and pick.rows >= 0 and pick.columns >= 1
    if pick.places is not None:
        assert np.shape(pick.places) == (pick.columns, 2) and pick.rows == 0
        assert np.isfinite(pick.places).all() and pick.matrix == ((1.0, 0.0),)
    if pick.rows == 0:  # a signal: the parameter is the number of the sample
        assert len(pick.params) == 1 and pick.matrix[0][0] > 0
        pick = replace(pick, rows=1, matrix=((1.0, 0.0),), offset=(0.0,))
    for name, row, shift in zip(pick.params, pick.matrix, pick.offset):
        assert params[name].live and isinstance(params[name].default, int)
        for i, j in itertools.product((0, pick.rows - 1), (0, pick.columns - 1)):
            value = row[0] * j + row[1] * i + shift
            assert params[name].low <= value <= params[name].high, f"{name} = {value}"
    if pick.cell:
        assert 0 <= pick.cell[0] < pick.rows and 0 <= pick.cell[1] < pick.columns


def prediction_is_computed(experiment: Experiment, number: int) -> None:
    """The right option comes from the result, and every belief that runs shows its own option."""
    prediction = experiment.predictions[number]
    values = experiment.preset(prediction.preset)
    result = run(experiment, values)
    answer = prediction.answer(result)
    assert answer in prediction.options, f"{answer!r} is not offered"
    assert answer not in prediction.beliefs, f"the right answer {answer!r} counts as a belief"
    facts = prediction.facts(result) if prediction.facts else {}
    because = prediction.because.format(**facts) if facts else prediction.because
    sentence_is_words(because)
    for option, belief in prediction.beliefs.items():
        wrong = values | belief
        believed = run(experiment, wrong)
        shown = prediction.answer(believed, **belief)
        assert shown == option, f"the belief {option!r} shows {shown!r}"
        picture_is_sound(experiment.figure(believed, **wrong), experiment)


def answers(experiment: Experiment, values: Values) -> list[Check]:
    """Everything an experiment shows for these values is sound; its checks."""
    controls_follow(experiment, values)
    result = run(experiment, values)
    checks = experiment.checks(result, **values)
    theorems_hold(experiment, checks)
    sentence_is_words(experiment.says(result, **values))
    picture_is_sound(experiment.figure(result, **values), experiment)
    told = {"words": compose.spoken(experiment, values, result)}
    assert pack(told | compose.picture(experiment, values, result)), "the message cannot be packed"
    return checks


# --- walking plotly dictionaries ---------------------------------------------------------------


def leaves(value: Any) -> list[Any]:
    """Everything in nested dictionaries, lists and tuples that is neither of them."""
    if isinstance(value, dict):
        return [leaf for each in value.values() for leaf in leaves(each)]
    if isinstance(value, list | tuple):
        return [leaf for each in value for leaf in leaves(each)]
    return [value]


def arrays(value: Any) -> list[np.ndarray]:
    return [leaf for leaf in leaves(value) if isinstance(leaf, np.ndarray)]


def strings(value: Any) -> list[str]:
    return [leaf for leaf in leaves(value) if isinstance(leaf, str)]


def lists(value: Any) -> list[list]:
    """Every list or tuple of plain leaves inside `value`."""
    if isinstance(value, dict):
        return [found for each in value.values() for found in lists(each)]
    if isinstance(value, list | tuple):
        return [value, *(found for each in value for found in lists(each))]
    return []
