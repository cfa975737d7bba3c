"""The plane of z as a carpet of fakes, one fake beside its nearest digit, the walk, the counts."""

from functools import lru_cache
from typing import Annotated

import numpy as np
import torch

from core.experiments.gan.latent import DRAWN, REACH, WALK, Latent
from core.experiments.gan.latent_claims import real_labels
from core.gan.digits import learned, load, usual
from core.shapley.digits import GREY
from core.signature import between
from pages.figures.marks import as_f4, bars, boxes, cells, dots, line, note, rule
from pages.figures.parts.maps import BARE
from pages.figures.plot import Handle, Panel, Picture, axis, panel

TILES = 15  # fakes on each side of the carpet
STRIP = 7  # pictures of the walk that are drawn


def figure(
    run: Latent, *, z1: float, z2: float, w1: float, w2: float, kind: str,
    t: Annotated[int, between(0, WALK)] = 0,
) -> Picture:  # fmt: skip
    """Four panels; the player walks from z to w."""
    handles = (
        Handle(z1, z2, ("z1", "z2"), "z, where the walk begins", also={"t": 0}),
        Handle(w1, w2, ("w1", "w2"), "w, where it ends", click=False, role="force"),
    )
    panels = _carpet(run, kind, t, handles), _pair(run, t), _walk(run, t), _counts(run)
    return Picture(panels, frames=WALK + 1, drive="t", formula=_formula(run, t))


@lru_cache(maxsize=4)
def _tiles(kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Middles of the pixels in z, and grey levels, row 0 below: each tile upright at its z."""
    side = torch.linspace(-REACH, REACH, TILES + 1, dtype=torch.float64)
    side = (side[1:] + side[:-1]) / 2
    z2, z1 = torch.meshgrid(side, side, indexing="ij")
    pictures = load(kind).pictures(torch.stack([z1, z2], -1)).view(TILES, TILES, 8, 8).flip(2)
    rows = pictures.permute(0, 2, 1, 3).reshape(8 * TILES, 8 * TILES)
    pixel = (np.arange(8 * TILES) + 0.5) * (2 * REACH / (8 * TILES)) - REACH
    return as_f4(pixel), as_f4(rows.round())


def _carpet(run: Latent, kind: str, t: int, handles: tuple[Handle, ...]) -> Panel:
    pixel, rows = _tiles(kind)
    carpet = cells(rows, "fakes", scale="heat", low=0, high=2 * GREY)
    here = run.path[t].tolist()
    return panel(
        "plane",
        "Two numbers z, and the digit each pair gives",
        carpet | {"x": pixel, "y": pixel, "xgap": 0, "ygap": 0},
        line(*run.path[[0, -1]].T.numpy(), "force", "walk"),
        dots(*[[each] for each in here], "model", "here", 11),
        x=axis("z₁", -REACH, REACH),
        y=axis("z₂", -REACH, REACH),
        alt=f"{TILES} × {TILES} fakes over z₁ and z₂; at ({here[0]:.2f}, {here[1]:.2f}) a "
        f"{int(run.digit[t])} is read.",
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
        alt=f"A fake read as {int(run.digit[t])}; the nearest real digit shows a {label} and is "
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
