"""Bits recalled over the lag, over the training, in each repetition, and the loss."""

from typing import Annotated, Literal

import numpy as np

from core.experiments.recurrence.job import CELLS, LAGS, Recalled, moments, place
from core.experiments.recurrence.job_claims import NAMES
from core.signature import between
from core.words import tex
from pages.figures.marks import band, dots, line, lying, rule
from pages.figures.plot import Handle, Panel, Picture, axis, panel, rows

ROLES = dict(zip(CELLS, ("fourth", "model", "third", "ink"), strict=True))
LOW, HIGH = 1e-3, 3.0  # of the loss that is drawn
TICKS = {"tickvals": sorted(LAGS), "ticktext": [str(lag) for lag in sorted(LAGS)]}
SHARE = {"tickvals": [0, 25, 50, 75, 100]}


def figure(
    run: Recalled,
    *,
    keep: float,
    steps: int,
    cell: Literal[CELLS] = "gru",
    lag: Annotated[int, between(3, 24)] = 24,
) -> Picture:
    """Four panels; one cell is looked at, at one lag."""
    j = place(lag)
    at = np.array(moments(steps))[: len(run.right)]
    left = rf"{tex(keep)}^{{{LAGS[j]}}} = {tex(keep ** LAGS[j], 3)}"
    formula = (
        rf"\text{{left of the bit after {LAGS[j]} steps, before any learning:}}\quad {left}",
    )
    panels = (_lags(run, cell, j), _training(run, cell, j, at, steps), _each(run, cell, j))
    return Picture((*panels, _loss(run, cell, j, at, steps)), formula=formula)


def _lags(run: Recalled, cell: str, j: int) -> Panel:
    share, mine = 100 * run.right[-1].numpy(), CELLS.index(cell)
    told = "; ".join(f"{NAMES[c]} {s[0].mean():.0f} %" for c, s in zip(CELLS, share, strict=True))
    return panel(
        "lags",
        "Bits recalled, each lag learned by nets of its own",
        rule("theory", "guessing", y=50, span=(2.6, 28), label="guessing"),
        band(np.array(LAGS), share[mine].min(-1), share[mine].max(-1), ROLES[cell],
             f"{NAMES[cell]}, all repetitions"),
        [_curve(LAGS, each.mean(-1), name, cell) for name, each in zip(CELLS, share, strict=True)],
        x=axis("lag in steps", 2.6, 28, log=True, **TICKS),
        y=axis("share in %", -4, 106, **SHARE),
        alt=f"At lag {LAGS[0]}: {told}.",
        handles=(Handle(LAGS[j], float(share[mine, j].mean()), ("lag",), "lag looked at",
                        ((1.0, 0.0),), frees="x", role=ROLES[cell]),),
    )  # fmt: skip


def _curve(x, y: np.ndarray, name: str, cell: str) -> dict:
    width = 3 if name == cell else 1.6
    return line(np.asarray(x), y, ROLES[name], NAMES[name], label=NAMES[name], width=width,
                dash="solid")  # fmt: skip


def _training(run: Recalled, cell: str, j: int, at: np.ndarray, steps: int) -> Panel:
    share = 100 * run.right[:, :, j].numpy()
    mine = share[:, CELLS.index(cell)]
    return panel(
        "training",
        f"Bits recalled {LAGS[j]} steps later, while it is learned",
        rule("theory", "guessing", y=50, span=(0, steps)),
        band(at, mine.min(-1), mine.max(-1), ROLES[cell], f"{NAMES[cell]}, all repetitions"),
        [_curve(at, share[:, i].mean(-1), name, cell) for i, name in enumerate(CELLS)],
        x=axis("step of the training", 0, steps),
        y=axis("share in %", -4, 106, **SHARE),
        alt=f"After {at[-1]} steps the {NAMES[cell]} recalls {mine[-1].mean():.0f} %.",
    )


def _each(run: Recalled, cell: str, j: int) -> Panel:
    share = 100 * run.right[-1, :, j].numpy()
    marks = [
        [
            lying([s.min()], [s.max()], [i], ROLES[name], NAMES[name], width=4),
            dots(s, np.full(len(s), i), ROLES[name], "each", 9 if name == cell else 7),
        ]
        for i, (name, s) in enumerate(zip(CELLS, share, strict=True))
    ]  # fmt: skip
    told = "; ".join(f"{NAMES[c]} {s.min():.0f} to {s.max():.0f} %"
                     for c, s in zip(CELLS, share, strict=True))  # fmt: skip
    return panel(
        "each",
        f"Each repetition at lag {LAGS[j]}",
        rule("theory", "guessing", x=50, span=(-0.6, 3.4)),
        marks,
        x=axis("share in %", -4, 104, **SHARE),
        y=rows([NAMES[each] for each in CELLS], "cell"),
        margin={"l": 86, "r": 8, "t": 6, "b": 40},
        alt=f"{told}.",
    )


def _loss(run: Recalled, cell: str, j: int, at: np.ndarray, steps: int) -> Panel:
    loss = np.clip(run.loss[:, :, j].mean(-1).numpy(), LOW, HIGH)
    return panel(
        "loss",
        f"Loss at lag {LAGS[j]}",
        rule("theory", "ln 2", y=np.log(2), span=(0, steps), label="ln 2"),
        [_curve(at, loss[:, i], name, cell) for i, name in enumerate(CELLS)],
        x=axis("step of the training", 0, steps),
        y=axis("loss in nats", LOW, HIGH, log=True, dtick=1),
        alt=f"The loss of the {NAMES[cell]} ends at {loss[-1, CELLS.index(cell)]:.2g}.",
    )
