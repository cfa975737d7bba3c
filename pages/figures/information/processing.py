"""The colours of X mixed along the chain, information at each place, over noise, over links."""

import math

import numpy as np

from core.experiments.information.processing import (
    NOISES,
    Processing,
    keeps,
    letters,
    over_noise,
)  # fmt: skip
from core.experiments.information.processing_claims import NODES
from core.words import number, tex
from pages.figures.marks import dots, line, lying, rule
from pages.figures.parts.shares import blocks
from pages.figures.plot import PLAIN, Handle, Panel, Picture, axis, panel, rows

ROLES = ("model", "force", "third")
HALF = 0.36  # of the width of a block
LEAST = 1e-5  # bits that are drawn
TOPS = {2: 1.15, 3: 1.75, 4: 2.15}  # of axes in bits, by the letters there are


def figure(
    run: Processing, *, a: float, b: float, links: int, step: str, rule: str, symbols: int,
    kind: str, share: float,
) -> Picture:  # fmt: skip
    """Four panels; the last with two further links or more."""
    m = letters(step, rule, symbols)
    given = (a, b, links, step, rule, symbols, kind, share)
    panels = [_mixed(run, kind), _told(run), _noise(run, given)]
    if links > 1:
        panels.append(_decay(run, links, keeps(b, m, kind)))
    n = len(run.beside)
    ends = rf"\role{{model}}{{I(X;Y)}} = {tex(run.told[1])}"
    if n > 1:
        last = NODES[n].translate(str.maketrans({c: f"_{i}" for i, c in enumerate("₀₁₂₃₄₅₆₇")}))
        ends += rf"\;\ge\;\role{{force}}{{I(X;{last})}} = {tex(run.last)}"
    return Picture(
        tuple(panels), formula=(rf"H(X) = {tex(run.told[0])}\;\ge\;{ends}\ \text{{bits}}",)
    )


def _places(n: int) -> dict:
    return axis("place in the chain", -0.6, n + 0.6, tickvals=list(range(n + 1)),
                ticktext=list(NODES[: n + 1]), **PLAIN)  # fmt: skip


def _mixed(run: Processing, kind: str) -> Panel:
    joints = run.joints.numpy()
    places, k, size = joints.shape
    lane = math.ceil(10 * float(joints.sum(1).max()) - 1e-9) / 10 * 1.1
    at = np.repeat(np.arange(places), size)
    floor = lane * np.tile(np.arange(size), places)
    upto = joints.cumsum(1)
    names = [*"ABC"[: size - (kind == "erasing")], *("erased" for _ in range(kind == "erasing"))]
    return panel(
        "mixed",
        "Each letter, as high as it is frequent, in the colours of what X was",
        [_colour(joints[:, i].ravel(), at, floor + upto[:, i].ravel(), i) for i in range(k)],
        [rule("faint", "lane", y=lane * j, span=(-0.6, places - 0.4), width=1)
         for j in range(size)],
        x=_places(places - 1),
        y=axis("letter", -0.02, lane * size, tickvals=[lane * j + 0.3 * lane for j in range(size)],
               ticktext=names, **PLAIN),
        alt="; ".join(
            f"{NODES[t]}: A has {number(joints[t, :, 0].sum(), zero=1e-12)}, of it "
            f"{number(joints[t, 0, 0], zero=1e-12)} from X = A" for t in (0, places - 1)
        ) + ".",
        margin={"l": 62},
    )  # fmt: skip


def _colour(mass: np.ndarray, at: np.ndarray, top: np.ndarray, i: int) -> dict:
    seen = mass > 1e-12
    mass, at, top = mass[seen], at[seen], top[seen]
    return blocks(at - HALF, at + HALF, top - mass, top, ROLES[i], f"X = {'ABC'[i]}")


def _told(run: Processing) -> Panel:
    told, n = run.told.numpy(), len(run.beside)
    at, thick = np.arange(n + 1), 60 / (n + 2)
    lost = 1 + np.flatnonzero(told[1:] < told[:-1] - 1e-9)
    names = [f"{name}  {number(v, zero=5e-4)}" for name, v in zip(NODES, told)]
    return panel(
        "told",
        "Information about X that is left, in bits: it never rises",
        lying(0 * told, told, at, "model", "I(X; ·)", width=thick),
        lying(told[lost], told[lost - 1], lost, "wrong", "lost here", width=thick / 3),
        dots(run.beside.numpy(), at[:-1] + 0.5, "ink", "I of neighbours", 6,
             label="I of neighbours" if n < 4 else ""),
        x=axis("bits", 0.0, TOPS[run.joints.shape[2]]),
        y=rows(names, "place in the chain"),
        alt="; ".join(f"{NODES[i]} {number(told[i], zero=5e-13)}" for i in at) + " bits.",
        margin={"l": 84},
    )  # fmt: skip


def _noise(run: Processing, given: tuple) -> Panel:
    a, b, links, *_, kind, _ = given
    k = run.joints.shape[1]
    what = f"at {number(1 - 1 / k)} Y tells nothing, beyond it more again"
    what = "what is erased is lost, and nothing else" if kind == "erasing" else what
    first, last = over_noise(*given)
    x, end = NOISES.numpy(), NODES[len(run.beside)]
    y = float(run.told[1])
    return panel(
        "noise",
        f"Over noise: {what}",
        line(x, first, "model", "I(X;Y) over a", label="I(X;Y) over a", width=2.4),
        links > 0 and line(x, last, "force", f"I(X;{end}) over b", label=f"I(X;{end}) over b",
                           width=2.4, dash="solid"),
        rule("theory", "I(X;Y)", y=y, span=(0.0, 1.0), label="I(X;Y): the ceiling"),
        x=axis("noise", 0.0, 1.0),
        y=axis("bits", 0.0, TOPS[k]),
        alt=f"At a = {number(a)} Y has {number(y, zero=5e-13)} bits, at b = {number(b)} the end "
        f"has {number(run.last, zero=5e-13)}.",
        handles=(
            Handle(a, y, ("a",), "noise a of the first channel", ((1.0, 0.0),), click=False,
                   frees="x", role="model"),
            *(
                [Handle(b, run.last, ("b",), "noise b of the others", ((1.0, 0.0),), click=False,
                        frees="x", role="force")] if links else []
            ),
        ),
    )  # fmt: skip


def _decay(run: Processing, links: int, eta: float) -> Panel:
    told, n = run.told.numpy().clip(LEAST / 10), len(run.beside)
    at = np.arange(n + 1)
    bound = told[n - links] * eta ** np.arange(links + 1)
    return panel(
        "decay",
        f"On a logarithmic axis: a link of noise b keeps at most {number(100 * eta, zero=1e-9)} %",
        line(at[n - links :], bound.clip(LEAST / 10), "theory", "bound", label="bound"),
        line(at, told, "model", "I(X; ·)", width=2, dash="solid"),
        dots(at, told, "model", "I(X; ·)", 8),
        x=_places(n),
        y=axis("bits", LEAST, 3.0, log=True, dtick=1),
        alt=f"From {NODES[n - links]} to {NODES[n]} information falls from "
        f"{number(run.told[n - links], zero=5e-13)} to {number(run.last, zero=5e-13)} bits.",
    )  # fmt: skip
