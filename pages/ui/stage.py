"""The Python half of the stage: pack a picture into one binary message and mount it."""

import dataclasses
import hashlib
import io
import json
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from pages.ui import run, serve
from pages.ui.code import code
from pages.ui.experiment import Experiment, Param, Values
from pages.ui.store import State, changed, integer, kind

LOADER = """
const ready = import(new URL("%s", document.baseURI).href);
export default function (component) {
  let stop = null, gone = false;
  ready.then((script) => { if (!gone) stop = script.default(component); });
  return () => { gone = true; stop?.(); };
}
"""


LOSSLESS = 128 * 128  # pixels up to which a picture is sent as PNG
QUALITY = 75  # of the JPEG of a larger one: 512 x 512 pixels of edges stay below 90 kB


def compressed(pixels: np.ndarray) -> tuple[bytes, str]:
    """A picture (rows, columns, 3) of bytes as a browser reads it, and its type."""
    kind = "png" if pixels.shape[0] * pixels.shape[1] <= LOSSLESS else "jpeg"
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, quality=QUALITY, subsampling=0)
    return file.getvalue(), f"image/{kind}"


def pack(head: dict, have: frozenset[str] = frozenset()) -> bytes:
    """One message: header length, JSON header, blocks aligned to four bytes.

    Arrays in `head` are replaced by {"$": hash, "shape": shape}; those the browser already holds
    (`have`) are named but not sent again. A block is listed as [hash, offset, bytes, type]: float32
    numbers, or a compressed picture for an array of bytes.
    """
    blocks: list[list] = []
    body: list[bytes] = []
    uses: dict[str, None] = {}
    offset = 0

    def encode(value: Any) -> Any:
        nonlocal offset
        if isinstance(value, np.generic):
            return value.item()
        array = np.asarray(value)
        picture = array.dtype == np.uint8
        array = np.ascontiguousarray(array, dtype="u1" if picture else "<f4")
        name = hashlib.blake2b(array.data, digest_size=8).hexdigest()
        if name not in uses:
            uses[name] = None
            if name not in have:
                raw, kind = compressed(array) if picture else (array.tobytes(), "float32")
                blocks.append([name, offset, len(raw), kind])
                body.append(raw + bytes(-len(raw) % 4))
                offset += len(body[-1])
        return {"$": name, "shape": array.shape}

    fields = json.dumps(head, default=encode, allow_nan=False)
    tail = json.dumps({"blocks": blocks, "uses": list(uses)})
    text = (fields[:-1] + ", " + tail[1:]).encode()
    text += b" " * (-len(text) % 4)
    return len(text).to_bytes(4, "little") + text + b"".join(body)


def _finite(number: float) -> float | str:
    """JSON has no infinity."""
    return number if abs(number) < float("inf") else ("∞" if number > 0 else "−∞")


def _param(param: Param, values: Values) -> dict:
    number = kind(param) == "number"
    shown = param.shown is None or bool(param.shown(values))
    low, high = param.reach(values) if param.reach else (param.low, param.high)
    return {
        "name": param.name,
        "label": param.label,
        "kind": kind(param),
        "low": low,
        "high": high,
        "step": param.step,
        "log": param.log,
        "live": param.live,
        "integer": number and integer(param),
        "options": param.options,
        "grid": param.grid and _grid(param, values),
        "ticks": [dataclasses.asdict(t) for t in param.ticks(values)] if param.ticks else [],
        "optimum": param.optimum(values) if param.optimum else None,
        "shown": shown,
        "help": param.help,
    }


def _grid(param: Param, values: Values) -> dict:
    grid = param.grid
    return dataclasses.asdict(grid) | {"names": grid.names(values) if grid.names else ()}


def _check(check: Any) -> dict:
    fields = dataclasses.asdict(check)
    for side in ("lhs", "rhs"):
        fields[side] = _finite(float(fields[side]))
    fields["holds"], fields["applies"] = bool(check.holds), bool(check.applies)
    return fields | {"margin": _finite(check.margin) if check.applies else 0}


def _paint(paint: Any) -> dict:
    """The drawing sheet; its values are plain numbers, which the browser changes itself."""
    return dataclasses.asdict(paint) | {"values": np.asarray(paint.values).tolist()}


def _pick(pick: Any) -> dict:
    places = pick.places if pick.places is None else np.asarray(pick.places).tolist()
    return dataclasses.asdict(pick) | {"places": places}


def _panel(panel: Any, ghosts: list[tuple[str, Any]]) -> dict:
    traces = list(panel.traces)
    for name, picture in ghosts:
        same = next((p for p in picture.panels if p.name == panel.name), None)
        for trace in same.traces if same else ():
            meta = trace.get("meta", {})
            if meta.get("pin"):
                traces.insert(1, trace | {"meta": meta | {"ghost": name}, "name": name})
    return {
        "name": panel.name,
        "title": panel.title,
        "alt": panel.alt,
        "equal": panel.equal,
        "layout": panel.layout,
        "traces": traces,
        "handles": [dataclasses.asdict(handle) for handle in panel.handles],
        "pick": panel.pick and _pick(panel.pick),
        "paint": panel.paint and _paint(panel.paint),
    }


def show(
    topic: str, experiment: Experiment, state: State, values: Values, pins: list[Values]
) -> dict:
    """The message with the picture of these values, or with the core's sentence of refusal."""
    message = frame(topic, experiment, state, values)
    try:
        result = run.result(experiment, values)
        pinned = [(pin, run.result(experiment, pin)) for pin in pins]
        return with_picture(message, experiment, values, result, pinned)
    except ValueError as refusal:
        return message | {"error": str(refusal)}


def frame(topic: str, experiment: Experiment, state: State, values: Values) -> dict:
    """What every message holds, whether or not there is a picture."""
    safe = _settings(experiment, values)
    presets = [{"name": "Start over", "values": experiment.defaults()}] + [
        {"name": name, "values": experiment.preset(name)} for name in experiment.presets
    ]
    return {
        "slug": experiment.slug,
        "live": None if run.slow(experiment) else f"live/{topic}",
        "rev": state.rev,
        "ack": state.ack,
        "values": values,
        "params": [_param(param, safe) for param in experiment.params],
        "presets": presets,
        "pins": [],
        "checks": [],
        "says": "",
        "error": None,
        "progress": None,
        "stopped": False,
        "panels": None,
        "frames": 0,
        "track": {},
        "formula": [],
        "phases": [],
        "drive": "",
        "wide": False,
        "code": code(experiment, values),
        "files": serve.libraries(),
    }


def _settings(experiment: Experiment, values: Values) -> Values:
    """The values with out-of-range numbers at their defaults: ticks are defined for these only."""
    out = dict(values)
    for param in experiment.params:
        if kind(param) == "number" and not param.low <= values[param.name] <= param.high:
            out[param.name] = param.default
    return out


def with_picture(
    head: dict,
    experiment: Experiment,
    values: Values,
    result: Any,
    pins: list[tuple[Values, Any]] = (),
) -> dict:
    """Add the picture of a result, its checks, its words and the pinned settings."""
    e = experiment
    picture = e.figure(result, **values)
    ghosts = [(f"pin {i + 1}", e.figure(r, **v)) for i, (v, r) in enumerate(pins)]
    labels = [", ".join(f"{k} = {v}" for k, v in changed(e, v).items()) for v, _ in pins]
    return head | {
        "panels": [_panel(panel, ghosts) for panel in picture.panels],
        "frames": picture.frames,
        "track": picture.track,
        "formula": picture.formula,
        "phases": picture.phases,
        "drive": picture.drive,
        "wide": picture.wide,
        "checks": [_check(check) for check in e.checks(result, **values)],
        "says": e.says(result, **values),
        "pins": [
            {"values": v, "label": label or "as at the start", "says": e.says(r, **v)}
            for (v, r), label in zip(pins, labels)
        ],
    }


@cache
def _component(name: str) -> Callable[..., Any]:
    """A component is registered once per process; its script comes from the host's own files."""
    return st.components.v2.component(
        f"saddlepoint_{name}",
        html=f'<div class="sp-{name}"></div>',
        js=LOADER % serve.url(f"{name}.js"),
        isolate_styles=False,
    )


def mount(head: dict, have: frozenset[str], key: str, on_set: Callable[[], None]) -> None:
    """Draw, or redraw in place."""
    _component("stage")(key=key, data=pack(head, have), on_set_change=on_set)


def tabs(
    topic: str,
    experiments: list[Experiment],
    current: Experiment,
    key: str,
    on_open: Callable[[], None],
) -> None:
    """The experiments as links and the question of the current one.

    One small element: every streamlit widget on the page is visited again for each picture.
    """
    data = {
        "topic": topic,
        "current": current.slug,
        "question": current.question,
        "experiments": [{"slug": e.slug, "title": e.title} for e in experiments],
    }
    _component("tabs")(key=key, data=data, on_open_change=on_open)
