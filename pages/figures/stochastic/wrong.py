"""Adam's path and that of its damaged copy, the lengths of their steps, the fall of f."""

import numpy as np
import torch

from core.experiments.stochastic.wrong import Wrong
from core.experiments.stochastic.wrong_claims import NAMES
from core.landscapes import quadratic
from pages.figures.marks import dots, line
from pages.figures.parts.landscape import columns, fall, pair, plane
from pages.figures.plot import Handle, Panel, Picture

UPDATES = {
    "uncorrected": r"\frac{m}{\sqrt v + \varepsilon}",
    "multiplied": r"\frac{m\,(1 - \beta_1^t)}{\sqrt{v\,(1 - \beta_2^t)} + \varepsilon}",
    "rootless": r"\frac{\hat m}{\hat v + \varepsilon}",
    "memoryless": r"\frac{g}{\sqrt{\hat v} + \varepsilon}",
    "undivided": r"\hat m",
    "squared": r"\frac{\hat m}{\sqrt{\hat v} + \varepsilon},\ m \text{ a mean of } g^2",
    "printed": r"\frac{1}{\sqrt{\hat v} + \varepsilon}",
}


def figure(run: Wrong, *, part: str, lr: float, kappa: float, steps: int) -> Picture:
    """Three panels; the player walks along both paths."""
    rest = torch.zeros(1, 2, dtype=torch.float64)  # no step leaves the last place
    still = [torch.cat([path.diff(dim=0), rest]) for path in run]
    track = {"k": np.arange(steps + 1), **columns({"d": still[0], "e": still[1]})}
    right, other = (
        rf"\role{{{role}}}{{\Delta x = -\alpha\,{update} = {pair(f'@{name}x@', f'@{name}y@')}}}"
        for role, update, name in (
            ("model", r"\frac{\hat m}{\sqrt{\hat v} + \varepsilon}", "d"),
            ("wrong", UPDATES[part], "e"),
        )
    )
    panels = (
        _plane(run, part, kappa),
        _sizes(run, part, lr, steps),
        _fall(run, part, kappa, steps),
    )
    return Picture(panels, frames=steps + 1, track=track, formula=(right, other))


def _plane(run: Wrong, part: str, kappa: float) -> Panel:
    x, y = run.x.numpy(), run.y.numpy()
    ends = ", ".join(f"({a:.3g}, {b:.3g})" for a, b in (x[-1], y[-1]))
    return plane(
        f"Adam, and Adam {NAMES[part]}",
        kappa,
        0.0,
        5.0 if part in ("printed", "squared") else 2.0,
        "x₁ x₂",
        dots([0.0], [0.0], "good", "minimum", 11),
        line(y[:, 0], y[:, 1], "wrong", NAMES[part], label=NAMES[part], play=True, dash="solid"),
        line(x[:, 0], x[:, 1], "model", "Adam", label="Adam", play=True, pin=True),
        alt=f"Two paths from ({x[0, 0]:.3g}, {x[0, 1]:.3g}); Adam and its copy end at {ends}.",
        handles=(Handle(*x[0].tolist(), ("x0", "y0"), "start"),),
    )


def _sizes(run: Wrong, part: str, lr: float, steps: int) -> Panel:
    size = np.clip((run.size / lr).numpy(), 1e-6, 1e9)
    k = np.arange(steps)
    return fall(
        "sizes",
        "Length of a step in units of α",
        line(np.arange(steps + 1), np.ones(steps + 1), "faint", "α", width=1, play=True),
        line(k, size[1], "wrong", NAMES[part], label=NAMES[part], dash="solid"),
        line(k, size[0], "model", "Adam", label="Adam", pin=True),
        last=steps,
        y="max |Δxᵢ| / α",
        low=1e-3,
        high=1e3,
        alt=f"The first step of Adam is {size[0, 0]:.3g} α long, {NAMES[part]} {size[1, 0]:.3g} α.",
        dtick=1,
    )


def _fall(run: Wrong, part: str, kappa: float, steps: int) -> Panel:
    bowl, k = quadratic(kappa, 0.0), np.arange(steps + 1)
    f = [np.clip(bowl.f(path).numpy(), 1e-30, 1e12) for path in run]
    return fall(
        "fall",
        "Height f above the minimum",
        line(k, f[1], "wrong", NAMES[part], label=NAMES[part], play=True, dash="solid"),
        line(k, f[0], "model", "Adam", label="Adam", play=True, pin=True),
        last=steps,
        y="f(x)",
        low=1e-8,
        high=1e3,
        alt=f"Adam ends at f = {f[0][-1]:.3g}, {NAMES[part]} at {f[1][-1]:.3g}.",
        dtick=2,
    )
