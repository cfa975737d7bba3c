"""The attacked digit as two readers see it, the sweep over ε, what the loss looks like, classes."""

from typing import Literal

import numpy as np
import torch
from torch import Tensor

from core.experiments.adversarial.digits import BALLS, GREY, MOST, SIZES, Attacked
from core.experiments.adversarial.digits_claims import digit_name
from core.words import number, tex
from pages.figures.marks import cells, dots, line, lying, note, rule
from pages.figures.parts.loss_plane import loss_plane, loss_way
from pages.figures.parts.maps import BARE
from pages.figures.plot import Handle, Paint, Panel, Picture, axis, panel, rows

ACROSS, DOWN = 9.6, 11.6  # from one picture to the next
FRAME = np.array([[-0.62, 7.62, 7.62, -0.62, -0.62], [-0.62, -0.62, 7.62, 7.62, -0.62]])
VIEWS = ("slopes", "rows", "line", "plane")


def figure(run: Attacked, *, view: Literal[VIEWS] = "slopes") -> Picture:
    """Four panels; `view` chooses what the third one shows."""
    wish = r"\max" if run.target < 0 else r"\min"
    norm = r"\infty" if run.ball == "pixel" else "2"
    size = tex(BALLS[run.ball][1] * run.eps)
    why = {"slopes": _slopes, "rows": _rows, "line": _line, "plane": _plane}[view]
    return Picture(
        (_pictures(run), _sweep(run), why(run), _classes(run)),
        formula=(
            rf"{wish}_\delta\, \mathcal L_{{{run.goal}}}(x + \role{{wrong}}{{\delta}}) \qquad "
            rf"\|\role{{wrong}}{{\delta}}\|_{norm} \le {size} \qquad 0 \le x + \delta \le 1",
        ),
    )


def _name(run: Attacked) -> str:
    return run.reader.replace("_", "-")


def _verdict(p: Tensor) -> str:
    return f"{int(p.argmax())}, {number(100 * p.max())} %"


def _caption(i: float, j: float, text: str) -> dict:
    """Two lines over the picture whose corner is there."""
    place = {"x": j - 0.6, "y": i - 0.7, "xanchor": "left", "yanchor": "bottom", "align": "left"}
    return place | {"text": text, "showarrow": False, "font": {"size": 12}}


def _pictures(run: Attacked) -> Panel:
    ink, high = {"scale": "heat", "low": 0, "high": 1}, max(float(run.delta.abs().max()), 1e-9)
    change = {"scale": "signed", "low": -high, "high": high}
    shown = (  # row, column, pixels, look, words, what the reader says
        (0, 0, run.x, ink, "x", run.before[0]),
        (0, 1, run.delta[0], change, "δ for the<br>" + _name(run), None),
        (0, 2, run.now[0], ink, "x + δ", run.after[0]),
        (1, 0, run.noisy[0], ink, "x + noise", run.heard[0]),
        (1, 1, run.delta[1], change, "δ for the<br>robust", None),
        (1, 2, run.now[1], ink, "x + δ", run.after[1]),
    )
    traces, notes = [], []
    for i, j, pixels, look, words, p in shown:
        top, left = i * DOWN, j * ACROSS
        traces.append(cells(pixels.view(8, 8).numpy(), words, at=(top, left), **look))
        if p is not None:
            role = "good" if int(p.argmax()) == run.y else "wrong"
            traces.append(line(left + FRAME[0], top + FRAME[1], role, f"read {role}", width=2.6))
            words = f"{words}<br>reads {_verdict(p)}"
        notes.append(_caption(top, left, words))
    return panel(
        "pictures",
        f"Above the {_name(run)} reader, below the robust one; draw in x",
        traces,
        x=axis("column; in δ blue adds ink, orange removes it", -0.9, 2 * ACROSS + 7.9, **BARE),
        y=axis("row", DOWN + 7.9, -3.1, **BARE),
        margin={"l": 28, "r": 6, "t": 4, "b": 28},
        notes=notes,
        alt=f"{digit_name(run.y)}; with δ the {_name(run)} reader reads {_verdict(run.after[0])}, "
        f"the robust one {_verdict(run.after[1])}; with noise the first {_verdict(run.heard[0])}.",
        paint=Paint(
            "pixels", (GREY * run.x).round().view(8, 8).numpy(), 0.0, GREY, 1.0, "8 × 8 digit",
            also={"source": "drawing"},
        ),
        equal=True,
    )  # fmt: skip


def _sweep(run: Attacked) -> Panel:
    ours, robust = run.curves[..., run.goal].numpy()
    now = [float(p) for p in run.after[:, run.goal]]
    flips = []
    for curves, at, role in zip(run.curves, run.first, ("model", "good")):
        if np.isfinite(at):
            p = curves[round(80 * at)]
            flips.append(dots([at], [float(p[run.goal])], "wrong", "fooled", 9))
            flips.append(note(at, float(p[run.goal]), f"now {int(p.argmax())}", role))
    what = f"probability of {digit_name(run.goal)}"
    return panel(
        "sweep",
        f"The {what} as ε grows",
        rule("faint", "ε", x=run.eps, span=(0, 1)),
        line(SIZES, run.noise, "data", "noise", label="noise"),
        line(SIZES, robust, "good", "robust reader", label="robust", width=2.6),
        line(SIZES, ours, "model", f"{_name(run)} reader", label=_name(run), width=2.6, pin=True),
        flips,
        dots([run.eps] * 2, now, "ink", "now", 5),
        x=axis("size ε of the change", -0.005, MOST + 0.005),
        y=axis(what, -0.03, 1.05),
        alt=f"At ε = {run.eps:.3g} the {what} is {number(now[0])} for the {_name(run)} reader and "
        f"{number(now[1])} for the robust one.",
        handles=(
            Handle(run.eps, now[0], ("eps",), "size ε", ((1.0, 0.0),), frees="x", role="model"),
        ),
    )


def _slopes(run: Attacked) -> Panel:
    """Of the loss, by the pixels."""
    return _saliency(run, run.slopes, f"loss of {digit_name(run.y)}", "raises the loss")


def _rows(run: Attacked) -> Panel:
    """Rows of both Jacobians: of the score of y by the pixels."""
    rows = torch.stack([net.jacobian(run.x)[run.y] for net in run.nets])
    return _saliency(run, rows, f"score f of {digit_name(run.y)}", "raises the score")


def _saliency(run: Attacked, slopes: Tensor, what: str, raises: str) -> Panel:
    """x and the map of each reader, each on a scale of its own."""
    largest = [float(g.abs().max()) for g in slopes]
    traces = [cells(run.x.view(8, 8).numpy(), "x", scale="heat", low=0, high=1)]
    for k, (g, most) in enumerate(zip(slopes, largest), 1):
        scaled = (g / max(most, 1e-300)).view(8, 8).numpy()
        traces.append(cells(scaled, "slope", at=(0, k * ACROSS), low=-1, high=1))
    ours, robust = (number(most, 2) for most in largest)
    words = ("x", f"{_name(run)}<br>≤ {ours}", f"robust<br>≤ {robust}")
    return panel(
        "why",
        f"x, and the slopes of the {what} by its pixels",
        traces,
        x=axis(f"column; blue: more ink {raises}", -0.9, 2 * ACROSS + 7.9, **BARE),
        y=axis("row", 7.9, -4.6, **BARE),
        margin={"l": 28, "r": 6, "t": 4, "b": 28},
        notes=[_caption(0, k * ACROSS, each) for k, each in enumerate(words)],
        alt=f"The largest slope of one pixel is {ours} for the {_name(run)} reader and {robust} "
        "for the robust one.",
        equal=True,
    )


def _line(run: Attacked) -> Panel:
    return loss_way("why", f"The loss of {digit_name(run.y)} on the way from x to x + δ", run.way())


def _plane(run: Attacked) -> Panel:
    norm, unit = BALLS[run.ball]
    ball = {"norm": norm, "unit": unit, "most": MOST, "eps": run.eps}
    return loss_plane("why", run.nets[0], run.x, run.y, **ball)


def _classes(run: Attacked) -> Panel:
    at, (ours, robust) = np.arange(10), run.after.numpy()
    return panel(
        "classes",
        f"Blue: {_name(run)} on x + δ; green: robust; dots: before",
        lying(np.zeros(10), ours, at - 0.18, "model", f"{_name(run)} reader", width=7),
        lying(np.zeros(10), robust, at + 0.18, "good", "robust reader", width=7),
        dots(run.before[0], at - 0.18, "ink", f"{_name(run)}, before", 4),
        dots(run.before[1], at + 0.18, "ink", "robust, before", 4),
        x=axis("probability", 0, 1.03),
        y=rows([str(k) for k in range(10)], "digit"),
        alt=f"The {_name(run)} reader: {_verdict(run.after[0])}; robust: {_verdict(run.after[1])}.",
    )
