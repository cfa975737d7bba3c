"""Upright bars of a law that are dragged by their tops, and blocks as wide as a share."""

import math
from collections.abc import Sequence

import numpy as np

from core.words import amount
from pages.figures.marks import as_f4, line, note
from pages.figures.plot import Handle, Panel, axis, ceiling, panel


def columns(x: np.ndarray, high: np.ndarray, role: str, name: str, wide: float = 0.7, **meta):
    """Filled bars from 0 with their middles at x."""
    x, half = np.asarray(x, float), wide / 2
    return blocks(x - half, x + half, np.zeros(len(x)), high, role, name, **meta)


def blocks(
    left: np.ndarray, right: np.ndarray, low: np.ndarray, high: np.ndarray, role: str, name: str,
    **meta,
) -> dict:  # fmt: skip
    """Filled rectangles."""
    gap = np.full(len(left), np.nan)
    x = np.stack([left, right, right, left, left, gap], 1)
    y = np.stack([low, low, high, high, low, gap], 1)
    shape = line(as_f4(x.ravel()), as_f4(y.ravel()), role, name, box=True, **meta)
    return shape | {"fill": "toself"}


def steps(widths: np.ndarray, heights: np.ndarray, top: float, role: str, name: str, **meta):
    """A level line over each share, as high as the heights say, cut at the top."""
    ends = np.r_[0.0, np.cumsum(widths)]
    seen = np.flatnonzero(widths > 0)
    x = np.stack([ends[:-1], ends[1:], np.full(len(widths), np.nan)], 1)[seen].ravel()
    y = np.repeat(np.minimum(heights, top), 3).reshape(-1, 3)[seen].ravel()
    return line(as_f4(x), as_f4(y), role, name, **meta)


def grips(
    p: np.ndarray, weights: str, held: str, names: Sequence[str], params: tuple[str, str, str],
    role: str = "data",
) -> tuple[Handle, ...]:  # fmt: skip
    """A handle on each bar. Taking another one than before, the weights become what is seen.

    Args:
        weights, held: as they are set; p are the shares that follow from them.
        params: names of the weights, of the bar that is held and of its share.
    """
    weight, bar, share = params
    seen = " ".join(f"{each:.4g}" for each in p.tolist()) if held in names else weights
    return tuple(
        Handle(
            float(i), mass, (share,), f"share of {name}", ((0.0, 1.0),), click=False, frees="y",
            also={bar: name} | ({} if name == held else {weight: seen}), role=role,
        )
        for i, (name, mass) in enumerate(zip(names, p.tolist(), strict=True))
    )  # fmt: skip


def surprise_area(
    mass: np.ndarray, names: Sequence[str], lengths: Sequence[float], unit: str,
    name: str, length: float, H: float,
) -> Panel:  # fmt: skip
    """Each share as wide as it is and as high as its surprise: their area is H.

    Args:
        lengths: of the words in bits, dashed; NaN is not drawn.
        name, length: of the area below them, in bits.
        H: entropy in the unit.
    """
    per = 1.0 if unit == "bits" else math.log(2)
    surprise = -np.log2(np.where(mass > 0, mass, 1.0)) * per
    lengths = np.array(lengths) * per
    top = ceiling(max(5.0 * per, float(np.nanmax(lengths))))
    ends, high = np.r_[0.0, np.cumsum(mass)], np.minimum(surprise, top)
    wide = np.flatnonzero(mass > 0.06)
    return panel(
        "area",
        f"Surprise over share: the area is H, below the dashed line it is {name}",
        blocks(ends[:-1], ends[1:], 0 * high, high, "model", "surprise"),
        steps(mass, lengths, top, "theory", "length of the word", width=2),
        [note(ends[i] + mass[i] / 2 - 0.012, high[i] / 2, names[i], "model") for i in wide],
        x=axis("share p", 0.0, 1.0),
        y=axis(f"log 1/p in {unit}", 0.0, top),
        alt=f"The area is {amount(H, unit)}; words take {amount(length, 'bits')}.",
    )
