"""Two wells with the chains in them, the share that left, the stay on Arrhenius' paper."""

import math
from functools import lru_cache
from typing import Annotated

import numpy as np
import torch

from core.experiments.stochastic.escape import CHAINS, SIGMA, STEPS, Escape, kramers
from core.signature import between
from core.stochastic import Well, kramers_exponent
from core.words import number, spaced, tex
from pages.figures.marks import dots, line, note, rule, segments
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, panel

EVERY = 5  # steps from one frame to the next
FRAMES = STEPS // EVERY
X = np.linspace(-1.7, 1.6, 133)
RATIO, LONGEST = 1600, 1e7  # ends of the axes of B/η and of the stay
LAW = (
    r"\text{stay} \approx \frac{2\pi}{\eta\sqrt{f''_{\text{well}}\,|f''_{\text{pass}}|}}"
    r"\; e^{\Delta U/D}"
)
LIFTS = (np.arange(CHAINS) * 37 % CHAINS) / CHAINS  # so that chains at one place are seen


def figure(
    run: Escape,
    *,
    B: int,
    eta: float,
    depth: float,
    tilt: float,
    frame: Annotated[int, between(0, FRAMES)] = 0,
) -> Picture:
    """Three panels; the player moves `frame`, five steps at a time."""
    well, step = Well(depth, tilt), EVERY * frame
    exponent = kramers_exponent(well, eta, B, SIGMA)
    numbers = (
        r"\frac{\Delta U}{D} = \frac{2\,B\,\Delta U}{\eta\,\sigma^2} = "
        rf"\frac{{2\cdot {B}\cdot {tex(depth, 3)}}}{{{tex(eta, 3)}\cdot {tex(SIGMA**2)}}} = "
        rf"{tex(exponent, 3)},\qquad e^{{\Delta U/D}} = {tex(math.exp(exponent), 3)}"
    )
    return Picture(
        (_well(run, well, step), _stay(run, well, B, eta), _share(run, step)),
        frames=FRAMES + 1,
        drive="frame",
        track={"step": EVERY * np.arange(FRAMES + 1)},
        formula=(LAW, numbers),
    )


@lru_cache(maxsize=64)
def _curve(well: Well) -> np.ndarray:
    return well(torch.from_numpy(X)).numpy()


def _well(run: Escape, well: Well, step: int) -> Panel:
    _, high, deep = well.places
    below = float(well(torch.tensor(deep, dtype=torch.float64)))
    top, bottom = 2 * coarse(well.depth * 0.8), -1.25 * coarse(max(-below, 0.4))
    x = run.x[step]
    left = (run.left >= 0) & (run.left <= step)
    y = well(x).numpy() + (0.02 + 0.14 * LIFTS) * (top - bottom)
    x, gone = x.numpy(), left.numpy()
    number_left = int(gone.sum())
    return panel(
        "well",
        f"After {step} steps: {number_left} of {CHAINS} chains have left",
        line(X, np.where(_curve(well) <= top, _curve(well), np.nan), "ink", "f", label="f"),
        dots(x[~gone], y[~gone], "data", "chains in the shallow well", 5),
        dots(x[gone], y[gone], "good", "chains that left", 5),
        rule("faint", "other minimum", x=deep, span=(bottom, top), width=1),
        segments([(high + 0.12, 0.0)], [(high + 0.12, well.depth)], "force", "ΔU"),
        note(high + 0.12, well.depth / 2, "ΔU", "force"),
        x=axis("x", float(X[0]), float(X[-1])),
        y=axis("loss f(x)", bottom, top),
        alt=f"After {step} steps {number_left} of {CHAINS} chains have reached the other minimum.",
        handles=(
            Handle(high, well.depth, ("depth",), "height of the pass ΔU", ((0.0, 1.0),),
                   click=False, frees="y", role="force"),
        ),
    )  # fmt: skip


def _share(run: Escape, step: int) -> Panel:
    k = np.arange(0, STEPS + 1, EVERY)
    left = run.left.numpy()
    share = ((left[None] >= 0) & (left[None] <= k[:, None])).mean(1)
    so_far = k <= step
    law = 1 - np.exp(-k / run.stay)
    return panel(
        "share",
        "Share of the chains that left",
        line(k, law, "theory", "1 − exp(−k/stay)", label="1 − exp(−k/stay)"),
        line(k, share, "faint", "all steps", width=1),
        line(k[so_far], share[so_far], "model", "share", pin=True, label="share"),
        x=axis("step k", 0, STEPS),
        y=axis("share that left", -0.03, 1.03),
        alt=f"After {STEPS} steps {share[-1]:.2f} of the chains have left.",
    )


def _stay(run: Escape, well: Well, B: int, eta: float) -> Panel:
    at, stays = run.batches.numpy() / eta, run.stays.numpy()
    ends = np.array([at[0] / 2, RATIO])
    law = np.array([kramers(well, eta, r * eta) for r in ends])
    rate = math.log(law[1] / law[0]) / (ends[1] - ends[0])
    ends[1] = min(RATIO, ends[0] + math.log(LONGEST / law[0]) / rate)
    law[1] = law[0] * math.exp(rate * (ends[1] - ends[0]))
    here, own = B / eta, run.stay if run.stay < math.inf else LONGEST
    seen = (at <= RATIO) & (stays <= LONGEST)
    return panel(
        "stay",
        "Mean stay in the shallow well",
        line(ends, law, "theory", "Kramers", label="Kramers: slope 2ΔU/σ²"),
        line(at[seen], stays[seen], "model", "exact", dash="solid", pin=True),
        dots(at[seen], stays[seen], "model", "exact", 7, label="exact"),
        _measured(run, here),
        x=axis("B/η, batch over step", 0, RATIO, dtick=400),
        y=axis("mean stay in steps", 10, LONGEST, log=True, dtick=1),
        alt=_told(run, here),
        handles=(
            Handle(min(here, RATIO), own, ("B",), "batch B", ((eta, 0.0),), click=False,
                   frees="x", role="model"),
        ),
    )  # fmt: skip


def _measured(run: Escape, here: float) -> list[dict]:
    """The stay as the chains show it: all steps made, over the chains that left."""
    gone = int(run.gone.sum())
    if not gone or here > RATIO:
        return []
    stay, error = _seen(run), _seen(run) / math.sqrt(gone)
    low, high = max(stay - 2 * error, 10.0), min(stay + 2 * error, LONGEST)
    return [
        segments([(here, low)], [(here, high)], "data", "two standard errors"),
        dots([here], [stay], "data", f"{CHAINS} chains", 8, label=f"{CHAINS} chains"),
    ]


def _seen(run: Escape) -> float:
    made = torch.where(run.gone, run.left, STEPS)
    return float(made.sum()) / max(1, int(run.gone.sum()))


def _told(run: Escape, here: float) -> str:
    stay = "beyond what is told" if run.stay == math.inf else f"{number(run.stay)} steps"
    gone = int(run.gone.sum())
    seen = f"{spaced(round(_seen(run)))} steps by the chains" if gone else "no chain has left"
    return f"At B/η = {number(here)} the mean stay is {stay}; {seen}."
