"""The noisy digits, what the net takes them for, the nearest ones it learned from, the dial."""

from typing import Annotated

import numpy as np
from torch import Tensor

from core.diffusion import digits as engine
from core.experiments.diffusion.digits import MOST, SHOWN, SIDE, Drawn, dialled, wanted
from core.signature import between
from core.words import number, tex
from pages.figures.marks import boxes, cells, dots, line, rule
from pages.figures.parts.maps import BARE
from pages.figures.plot import Handle, Panel, Pick, Picture, axis, panel

PITCH = 9  # cells from one digit to the next
WIDE = SIDE * PITCH - 1
RIGHT, DOWN = np.array([0, 1, 1, 0, 0]), np.array([0, 0, 1, 1, 0])
CORNERS = np.array([(PITCH * i, PITCH * j) for i in range(SIDE) for j in range(SIDE)])


def figure(
    run: Drawn,
    *,
    label: str,
    w: float,
    step: Annotated[int, between(0, MOST)] = 0,
    digit: Annotated[int, between(0, SHOWN - 1)] = 0,
) -> Picture:
    """Four panels; `step` of the way is the player's, `digit` the one looked at."""
    k = min(step, len(run.x) - 1)
    t = run.times[k]
    goal = "class" if label == "each" else label
    return Picture(
        (
            _noisy(run, k, t, digit),
            _guess(run, k, t, label, digit),
            _near(run, digit),
            _dial(label, w),
        ),
        frames=len(run.x),
        drive="step",
        wide=True,
        formula=(
            rf"\varepsilon = \varepsilon_\text{{none}} + \role{{model}}{{{tex(w)}}}\,"
            rf"(\varepsilon_{{\text{{{goal}}}}} - "
            rf"\varepsilon_\text{{none}}) \qquad t = {t}, \; "
            rf"\sqrt{{\bar\alpha_t}} = {tex(engine.plan().alpha_bar[t].sqrt(), 3)}",
        ),
    )


def _sheet(digits: Tensor) -> np.ndarray:
    """(9, 64) as three rows of three pictures with paper between them."""
    sheet = np.full((WIDE, WIDE), np.nan, dtype="f4")
    for (i, j), picture in zip(CORNERS, digits.view(SHOWN, 8, 8).numpy()):
        sheet[i : i + 8, j : j + 8] = picture
    return sheet


def _digits(name: str, title: str, digits: Tensor, alt: str, digit: int, *more: dict) -> Panel:
    top, left = CORNERS[digit] - 0.7
    return panel(
        name,
        title,
        cells(_sheet(digits), "grey level", scale="heat", low=-1, high=1),
        more,
        line(left + 8.4 * RIGHT, top + 8.4 * DOWN, "force", "the digit looked at", width=2.4),
        x=axis("column", -0.9, WIDE - 0.1, **BARE),
        y=axis("row", WIDE - 0.1, -0.9, **BARE),
        margin={"l": 28, "r": 6, "t": 4, "b": 28},
        alt=alt,
        pick=Pick.spots(CORNERS[:, ::-1] + 3.5, "digit", "digit", digit),
        equal=True,
    )


def _noisy(run: Drawn, k: int, t: int, digit: int) -> Panel:
    title = f"xₜ at t = {t}, step {k} of {len(run.x) - 1}"
    alt = f"Nine noisy pictures; of each a share √ᾱₜ = {_kept(t)} is the digit."
    return _digits("noisy", title, run.x[k], alt, digit)


def _kept(t: int) -> str:
    return number(float(engine.plan().alpha_bar[t].sqrt()), 2)


def _guess(run: Drawn, k: int, t: int, label: str, digit: int) -> Panel:
    guess = run.x0[k].clamp(-1, 1)
    read = engine.read(guess)
    wrong = CORNERS[(read != wanted(label)).numpy()]
    right = SHOWN - len(wrong)
    what = "asked" if label == "each" else label
    title = f"x̂₀, the digits the net expects: {right} of {SHOWN} read as {what}"
    frames = [boxes(np.hstack([wrong, wrong + 7]), "wrong", "read as another")]
    alt = f"At t = {t} the reader sees {', '.join(map(str, read.tolist()))}."
    return _digits("guess", title, guess, alt, digit, *frames[: len(wrong)])


def _near(run: Drawn, digit: int) -> Panel:
    away = float(run.far[digit])
    title = f"Nearest digits learned from: {away:.2f} away (unseen: {engine.unseen():.2f})"
    alt = f"The nearest digit to the one looked at is {away:.2f} away, and shows a "
    alt += f"{int(engine.labels()[run.near[digit]])}."
    return _digits("near", title, engine.pictures()[run.near], alt, digit)


def _dial(label: str, w: float) -> Panel:
    share, varied = dialled(label).numpy()
    here = [float(np.interp(w, engine.DIAL, each)) for each in (share, varied)]
    classes = range(10) if label == "each" else [int(label)]
    real = float(np.mean([engine.varied_by_chance(k) for k in classes]))
    return panel(
        "dial",
        f"{engine.DRAWN} digits for each w: read as wanted, and how different",
        line(engine.DIAL, share, "model", "read as wanted", label="read as wanted"),
        line(engine.DIAL, varied, "third", "different nearest digits", label="different"),
        rule("theory", "real", y=real, span=(0, 4), label="real digits"),
        dots([w, w], here, "ink", "now", 5),
        x=axis("guidance w", -0.1, 4.1),
        y=axis("share", 0, 1.05),
        alt=f"At w = {w:.3g}, {100 * here[0]:.0f} % are read as wanted, and {100 * here[1]:.0f} % "
        f"have a nearest digit of their own; of real digits {100 * real:.0f} %.",
        handles=(Handle(w, here[0], ("w",), "guidance w", ((1.0, 0.0),), frees="x", role="model"),),
    )
