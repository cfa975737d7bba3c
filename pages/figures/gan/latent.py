"""The plane of z as a carpet of fakes, one fake beside its nearest digit, the walk, the counts."""

from functools import lru_cache
from typing import Annotated

import numpy as np
import torch
from torch.nn.functional import pad

from core.experiments.gan.latent import DRAWN, REACH, WALK, Latent
from core.experiments.gan.latent_claims import a, real_labels
from core.gan.digits import learned, load, usual
from core.shapley.digits import GREY
from core.signature import between
from pages.figures.marks import as_f4, bars, boxes, cells, dots, line, note, rule
from pages.figures.parts.maps import BARE
from pages.figures.plot import PLAIN, Handle, Panel, Picture, axis, panel

TILES, TILE = 12, 10  # fakes on each side of the carpet, pixels of one with its margin
MIDDLE, FINE = (
    TILE * TILES / 2 - 0.5,
    TILE * TILES / (2 * REACH),
)  # pixel of z = 0, pixels of a unit
STRIP = 7  # pictures of the walk that are drawn


def figure(
    run: Latent, *, z1: float, z2: float, w1: float, w2: float, kind: str,
    t: Annotated[int, between(0, WALK)] = 0,
) -> Picture:  # fmt: skip
    """Four panels; the player walks from z to w."""
    scale = {"matrix": ((1 / FINE, 0.0), (0.0, 1 / FINE)), "offset": (-MIDDLE / FINE,) * 2}
    begin, end = ("z1", "z2"), ("w1", "w2")
    handles = (
        Handle(*_at(z1, z2), begin, "z, where the walk begins", also={"t": 0}, **scale),
        Handle(*_at(w1, w2), end, "w, where it ends", click=False, role="force", **scale),
    )
    panels = _carpet(run, kind, t, handles), _pair(run, t), _walk(run, t), _counts(run)
    return Picture(panels, frames=WALK + 1, drive="t", formula=_formula(run, t))


def _at(*z: float) -> list[float]:
    """The pixels of the carpet at which numbers z lie."""
    return [MIDDLE + FINE * each for each in z]


@lru_cache(maxsize=4)
def _tiles(kind: str) -> np.ndarray:
    """Grey levels, row 0 below: each tile upright at its z."""
    side = torch.linspace(-REACH, REACH, TILES + 1, dtype=torch.float64)
    side = (side[1:] + side[:-1]) / 2
    z2, z1 = torch.meshgrid(side, side, indexing="ij")
    pictures = load(kind).pictures(torch.stack([z1, z2], -1)).view(TILES, TILES, 8, 8).flip(2)
    rows = pad(pictures, (1, 1, 1, 1)).permute(0, 2, 1, 3).reshape(TILE * TILES, TILE * TILES)
    return as_f4(rows.round())


def _carpet(run: Latent, kind: str, t: int, handles: tuple[Handle, ...]) -> Panel:
    carpet = cells(_tiles(kind), "fakes", scale="heat", low=0, high=1.4 * GREY)
    here, numbers = run.path[t].tolist(), [*range(-int(REACH), int(REACH) + 1)]
    ticks = {"tickvals": _at(*numbers), "ticktext": [str(n) for n in numbers], **PLAIN}
    ends = -0.5, TILE * TILES - 0.5
    return panel(
        "plane",
        "Two numbers z, and the digit each pair gives",
        carpet | {"xgap": 0, "ygap": 0},
        line(*_at(*run.path[[0, -1]].T.numpy()), "force", "walk"),
        dots(*_at(*run.path[[t]].T.numpy()), "model", "here", 11),
        x=axis("z₁", *ends, **ticks),
        y=axis("z₂", *ends, **ticks),
        alt=f"{TILES} × {TILES} fakes over z₁ and z₂; at ({here[0]:.2f}, {here[1]:.2f}) "
        f"{a(int(run.digit[t]))} is read.",
        handles=handles,
        equal=True,
    )


def _pair(run: Latent, t: int) -> Panel:
    number, away = int(run.near[t]), float(run.away[t])
    fake, real = run.pictures[t].view(8, 8), learned()[number].view(8, 8)
    gap = torch.full((8, 1), torch.nan, dtype=torch.float64)
    both = torch.cat([fake, gap, real], 1).numpy()
    ticks = {"tickvals": [3.5, 12.5], "ticktext": ["the fake", "nearest real digit"]}
    label = real_labels()[number]
    return panel(
        "pair",
        f"Fake and nearest of 1437 real digits: {away:.2f} apart",
        cells(both, "grey level", scale="heat", low=0, high=GREY),
        x=axis("column", -0.5, 16.5) | BARE | {"showticklabels": True} | ticks,
        y=axis("row", 7.5, -0.5) | BARE,
        alt=f"A fake read as {int(run.digit[t])}; the nearest real digit shows {a(label)} and is "
        f"{away:.2f} away, where {usual():.2f} is usual.",
        equal=True,
    )


def _walk(run: Latent, t: int) -> Panel:
    """The pictures of the walk in a row, each with what is read in it."""
    shown = np.linspace(0, WALK, STRIP).round().astype(int)
    gap = np.full((8, 1), np.nan)
    strip = np.hstack([np.hstack([run.pictures[k].view(8, 8).numpy(), gap]) for k in shown])
    at = int(np.abs(shown - t).argmin())
    told = [str(int(run.digit[k])) for k in shown]
    ticks = {"tickvals": [9 * i + 3.5 for i in range(STRIP)], "ticktext": told}
    return panel(
        "walk",
        "The walk from z to w, and the digit read",
        cells(strip, "grey level", scale="heat", low=0, high=GREY),
        boxes([(0, 9 * at, 7, 9 * at + 7)], "model", "here"),
        x=axis("read as", -1, 9 * STRIP - 1) | BARE | {"showticklabels": True} | ticks,
        y=axis("row", 8, -1) | BARE,
        alt=f"Along the walk are read: {', '.join(told)}.",
        equal=True,
    )


def _counts(run: Latent) -> Panel:
    share, digits = run.counts.numpy() / DRAWN, np.arange(10)
    real = np.bincount(real_labels(), minlength=10) / len(real_labels())
    told = ", ".join(f"{int(n)} of {d}" for d, n in enumerate(run.counts.tolist()))
    fair = float(real.mean())
    return panel(
        "counts",
        "What 1000 fakes are read as",
        bars(digits, share, "model", "fakes"),
        rule("theory", "real digits", y=fair, span=(-0.5, 9.5)),
        note(-0.5, fair, "real digits"),
        x=axis("digit", -0.5, 9.5, tickvals=list(range(10))),
        y=axis("share", 0, 0.25),
        alt=f"Of {DRAWN} fakes are read: {told}.",
    )


def _formula(run: Latent, t: int) -> tuple[str, ...]:
    (a, b), share = run.path[t].tolist(), t / WALK
    return (
        rf"\role{{model}}{{z({share:.2f})}} = {1 - share:.2f}\,z + {share:.2f}\,w = "
        rf"({a:.2f},\ {b:.2f}) \ \mapsto\ G \ \mapsto\ \text{{read as }}{int(run.digit[t])}",
    )
