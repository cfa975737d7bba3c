"""Both nets with the points and how far these can be pushed, shares over the push, losses."""

from functools import lru_cache
from typing import Annotated, Literal

import numpy as np
import torch

from core import table
from core.experiments.adversarial.training import EVERY, LAST, SIZES, STEPS, Training, net_of
from core.experiments.adversarial.training_claims import standing
from core.plane import SIDE
from core.signature import between
from pages.figures.marks import band, cells, dots, line, rule, segments
from pages.figures.parts.decision import AXES, CLASSES, field
from pages.figures.plot import Handle, Paint, Panel, Picture, axis, grid_layout, panel

NETS = (("ordinary", "model"), ("robust", "good"))  # name and role
LOW, HIGH = 1e-8, 100.0  # of the losses that are drawn
CROWD = 60  # learned points that have their balls drawn
TURN = np.linspace(0, 2 * np.pi, 49)
BALLS = {  # of radius 1, closed, and a gap
    "2": np.stack([np.append(np.cos(TURN), np.nan), np.append(np.sin(TURN), np.nan)]),
    "inf": np.array([[-1, 1, 1, -1, -1, np.nan], [-1, -1, 1, 1, -1, np.nan]]),
}


def figure(
    run: Training, *, data: str, drawing: str, eps: float, norm: str,
    judge: Annotated[float, between(0, 1)] = 0.4,
    look: Literal["learned", "ordinary", "robust"] = "learned",
    pen: Literal["0", "1"] = "1",
    frame: Annotated[int, between(0, LAST)] = LAST,
) -> Picture:  # fmt: skip
    """The frame that the player stands at; while the nets learn, the newest."""
    k = min(frame, len(run.theta) - 1)
    panels = [_map(run, k, judge, look, norm), _curve(run, k, eps, judge), _losses(run, k, eps)]
    if data == "drawn":
        panels.insert(1, _pad(drawing, pen))
    film = {"frames": LAST + 1, "drive": "frame", "track": {"step": EVERY * np.arange(LAST + 1)}}
    return Picture(tuple(panels), **(film if run.progress == 1 else {}))


def _map(run: Training, k: int, judge: float, look: str, norm: str) -> Panel:
    """Both boundaries; behind them what one net says where its fresh points are shown."""
    step, i = EVERY * k, ("ordinary", "robust").index(look) if look != "learned" else None
    grounds = [_ground(theta.numpy().tobytes()) for theta in run.theta[k]]
    if i is None:
        title = f"What both nets learned in {step} steps"
        shown = _learned(run, judge, norm)
    else:
        lost = int((run.reach[k, i] <= judge).sum())
        title = f"Step {step}: pushes of {judge:g} turn {lost} of {len(run.fresh.y)} fresh points"
        shown = [grounds[i][0], *_fresh(run, i, k, judge)]
    return panel(
        "map",
        title,
        shown,
        [
            edge | {"name": name, "meta": edge["meta"] | {"role": role, "label": name}}
            for (name, role), (_, edge) in zip(NETS, grounds)
        ],
        **AXES,
        alt=f"{title}; the boundaries of both nets.",
        equal=True,
    )


@lru_cache(maxsize=64)
def _ground(theta: bytes) -> tuple[dict, dict]:
    return field(net_of(torch.frombuffer(bytearray(theta), dtype=torch.float32)))


def _learned(run: Training, judge: float, norm: str) -> list[dict]:
    """The learned points, and balls of the size of the push around a few of them."""
    X, y = (part.numpy() for part in run.learned)
    traces = [dots(*X[y == c].T, *CLASSES[c], 7) for c in (0, 1)]
    if judge > 0 and len(X) <= CROWD:
        around = X[:, :, None] + judge * BALLS[norm]
        x, y = around.swapaxes(0, 1).reshape(2, -1)
        traces.insert(0, line(x, y, "wrong", "where a push may lead", width=1, dash="solid"))
    return traces


def _fresh(run: Training, i: int, k: int, judge: float) -> list[dict]:
    """The fresh points; those that a push turns, with the way to where they turn."""
    X, y, reach = run.fresh.X.numpy(), run.fresh.y.numpy(), run.reach[k, i].numpy()
    place, lost = run.place[k, i].float().numpy(), reach <= judge
    stands = [dots(*X[~lost & (y == c)].T, *CLASSES[c], 5) for c in (0, 1)]
    ways = segments(X[lost], place[lost], "wrong", "push that turns it", width=1.4, dash="solid")
    return [ways, *stands, dots(*X[lost].T, "wrong", "turned", 5)]


def _curve(run: Training, k: int, eps: float, judge: float) -> Panel:
    sizes, traces, told = SIZES.numpy(), [], []
    ends = standing(run, judge, k)
    for i, (name, role) in enumerate(NETS):
        kept = 100 * run.kept[k, :, i].numpy()
        if len(kept) > 1:
            traces.append(band(sizes, kept.min(0), kept.max(0), role, f"{name}, all pairs"))
        traces.append(line(sizes, kept[0], role, name, label=name, width=2.5, pin=True))
        told.append(f"{name} {ends[i]:.0f} %")
    best = line(sizes, 100 * run.best.numpy(), "theory", "no classifier keeps more")
    best["meta"]["label"] = "no classifier keeps more"
    return panel(
        "curve",
        f"Pushed by at most {judge:g}: " + ", ".join(told),
        rule("faint", "push ε in the training", x=eps, span=(0, 104), label="ε"),
        best,
        traces,
        x=axis("size of the worst push", 0, 1),
        y=axis("% still right", 0, 104),
        alt=f"Share of fresh points that stay right over the push; at {judge:g}: "
        + ", ".join(told) + ".",
        handles=(
            Handle(judge, ends[1], ("judge",), "size of the push", ((1.0, 0.0),), frees="x",
                   role="wrong"),
        ),
    )  # fmt: skip


def _losses(run: Training, k: int, eps: float) -> Panel:
    """From the loss at the points up to the one at the worst push of ε, of both nets."""
    steps, costs = EVERY * np.arange(k + 1), run.losses[: k + 1].clamp(LOW, HIGH).numpy()
    traces, told = [], []
    for i, (name, role) in enumerate(NETS):
        calm, worst = costs[:, i].T
        if eps > 0:
            traces.append(band(steps, calm, worst, role, f"{name}, up to the worst push"))
            traces.append(line(steps, worst, role, f"{name}, pushed", label=f"{name}, pushed"))
        traces.append(line(steps, calm, role, name, width=1.2, dash="solid"))
        told.append(f"{name} {run.losses[k, i, 0]:.2g}, pushed {run.losses[k, i, 1]:.2g}")
    return panel(
        "losses",
        "Loss on the learned points, up to the worst push",
        traces,
        x=axis("step", 0, STEPS),
        y=axis("mean loss", LOW, HIGH, log=True, dtick=2),
        alt=f"Mean loss after {EVERY * k} steps: {'; '.join(told)}.",
    )


def _pad(drawing: str, pen: str) -> Panel:
    values = table.read(drawing, "drawing", shapes=((SIDE, SIDE),)).numpy().clip(-1, 1)
    rows = [np.argwhere(values < 0), np.argwhere(values > 0)]
    ink = cells(values, "painted", scale="heat", low=-9.0, high=9.0)
    ink["z"] = np.where(values == 0, -9.0, values).astype("f4")
    traces = [dots(at[:, 1], at[:, 0], *CLASSES[c], 6) for c, at in enumerate(rows)]
    low, high = (-1, 0) if pen == "0" else (0, 1)  # a stroke on its own class rubs it out
    alt = f"{len(rows[0])} cells of class 0 and {len(rows[1])} of class 1 are painted."
    return Panel(
        "pad", f"Draw class {pen}", (ink, *traces), grid_layout(SIDE, SIDE), alt,
        paint=Paint("drawing", values.tolist(), low, high, 1, f"class {pen}"), equal=True,
    )  # fmt: skip
