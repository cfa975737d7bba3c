"""The guidance dial: samples on their way, their law along the class, the curves over w."""

from typing import Annotated

import numpy as np
import torch

from core.experiments.diffusion.guidance import DIAL, MOST, STEPS, TIMES, Guidance, sharpened
from core.signature import between
from core.words import number
from pages.figures.marks import contours, dots, line, rule
from pages.figures.plot import Handle, Panel, Picture, axis, panel

Steps = Annotated[int, between(0, STEPS)]
WINDOW, TOP, MORE = 4.0, 2.0, 4.0
FINE = torch.linspace(-WINDOW, WINDOW, 33, dtype=torch.float64)
LINE = torch.linspace(-WINDOW, WINDOW + 2, 101, dtype=torch.float64)
HEIGHTS = np.array([0.03, 0.1, 0.25, 0.45, 0.65, 0.85])
CIRCLE = np.exp(2j * np.pi * np.linspace(0, 1, 65))


def figure(run: Guidance, *, k: Steps = 0) -> Picture:
    """`k` is the number of steps that the samples have gone."""
    return Picture(
        (_cloud(run, k), _along(run), _dial(run)),
        frames=STEPS + 1,
        drive="k",
        formula=(
            rf"\hat\varepsilon = \varepsilon_0 + {number(run.w)}\,"
            r"(\varepsilon_1 - \varepsilon_0)",
        ),
    )


def _cloud(run: Guidance, k: int) -> Panel:
    x, (cx, cy), t = run.path[k].numpy(), run.c.tolist(), TIMES[STEPS - k]
    ring = 2 * run.std * CIRCLE
    others = run.centres[1:].numpy()
    return panel(
        "cloud",
        f"{len(x)} samples of the class at t = {t}; all data as shade",
        _everything(run),
        len(others) > 0 and dots(*others.T, "data", "other classes", 9),
        line(cx + ring.real, cy + ring.imag, "theory", "the class, 2σ", label="the class"),
        dots(*x.T, "model", "samples", 5),
        x=axis("first coordinate", -WINDOW, WINDOW, dtick=1),
        y=axis("second coordinate", -WINDOW, WINDOW, dtick=1),
        alt=f"At t = {t} the samples have their mean at ({number(x[:, 0].mean(), 2)}, "
        f"{number(x[:, 1].mean(), 2)}); the class has it at ({number(cx)}, {number(cy)}).",
        handles=(Handle(cx, cy, ("mx", "my"), "mean of the class", click=False),),
        equal=True,
    )


def _everything(run: Guidance) -> dict:
    """The density of all data."""
    std = run.all_std if run.classes == "many" else run.std
    middles = run.centres if run.classes != "many" else run.centres * 0
    x, y = ((-(FINE - c[:, None]).square() / (2 * std**2)).exp() for c in middles.T)
    z = y.T @ x
    return contours(FINE, FINE, z / z.max(), HEIGHTS)


def _along(run: Guidance) -> Panel:
    u = LINE.numpy()
    mine = (run.samples @ run.axes[0]).numpy()
    mean, spread = float(mine.mean()), float(mine.std())
    wide = max(0.06, 0.4 * spread)
    kernel = np.exp(-((u[:, None] - mine) ** 2) / (2 * wide**2)) / (wide * np.sqrt(2 * np.pi))
    one = np.exp(-((u - run.far) ** 2) / (2 * run.std**2)) / (run.std * np.sqrt(2 * np.pi))
    law, name = sharpened(run, LINE).numpy(), "p(x|c) p(c|x)ʷ⁻¹"
    return panel(
        "along",
        "Along the line from the middle to the class",
        line(u, _hill(one), "theory", "the class", label="the class"),
        line(u, _hill(law), "wrong", name, label=name),
        line(u, _hill(kernel.mean(1)), "model", "samples", label="samples", width=3),
        x=axis("distance from the middle", -WINDOW, WINDOW + 2),
        y=axis("density", 0, TOP),
        alt=f"Samples at {number(mean, zero=5e-3)}, spread {number(spread)}; the class at "
        f"{number(run.far)}, spread {number(run.std)}.",
    )


def _hill(density: np.ndarray) -> np.ndarray:
    """Without its foot, so that its name stands at the hill."""
    return np.where(density > 0.004, density.clip(max=TOP + 0.2), np.nan)


def _dial(run: Guidance) -> Panel:
    ends, w, far = (run.ends @ run.axes[0]).numpy(), DIAL.numpy(), run.far or 1.0
    mean, spread = ends.mean(1) / far, ends.std(1) / run.std
    now, wide = run.mean / far, run.spread / run.std
    return panel(
        "dial",
        "Mean and spread, over those of the class",
        rule("theory", "the class", y=1.0, span=(0, MOST), label="the class"),
        line(w, mean.clip(-0.4, MORE + 0.4), "model", "mean", label="mean", width=2.5),
        line(w, spread.clip(0, MORE), "force", "spread", label="spread", width=2.5),
        dots([run.w], [min(wide, MORE)], "force", "spread now", 9),
        x=axis("guidance w", 0, MOST),
        y=axis("times the class", -0.2, MORE),
        alt=f"At w = {run.w:g} the mean is {number(now, zero=5e-3)} and the spread "
        f"{number(wide)} times that of the class.",
        handles=(
            Handle(
                run.w, min(now, MORE), ("w",), "guidance w", ((1.0, 0.0),), frees="x", role="model"
            ),
        ),
    )
