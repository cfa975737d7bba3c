"""Steps against κ on log-log axes, and the slopes beside those of theory."""

import math

import numpy as np

from core.experiments.landscapes.sweep import METHODS, Sweep, foreseen
from core.optimizers import NAMES
from pages.figures.marks import dots, line, note, rule
from pages.figures.parts.landscape import ROLES
from pages.figures.plot import PLAIN, Panel, Picture, axis, panel

SHORT = ["Nesterov", "ball", "descent"]


def figure(run: Sweep, *, tolerance: float, step: str, decades: int) -> Picture:
    """Two panels: counts, slopes."""
    k, log, share = 10.0**decades, math.log(1 / tolerance), 4 if step == "best" else 2

    def cost(method: str, who: str, symbol: str, size: float) -> str:
        counted = run.count(method, k)
        told = rf"\qquad\text{{(counted: {counted})}}" if counted >= 0 else ""
        return (
            rf"\role{{{ROLES[method]}}}{{k_{{\mathrm{{{who}}}}}}} \approx "
            rf"\tfrac{{{symbol}}}{{{share}}}\log\tfrac1\varepsilon = "
            rf"\tfrac{{{size:.4g}}}{{{share}}}\cdot {log:.4g} "
            rf"= {foreseen(method, k, step, tolerance):.0f}{told}"
        )

    rough = r"\text{The ball takes longer than its rate says: two equal roots add a factor } k."
    return Picture(
        (_counts(run, tolerance, step, decades), _slopes(run)),
        formula=(
            cost("gd", "GD", r"\kappa", k),
            cost("momentum", "ball", r"\sqrt\kappa", k**0.5),
            rough,
        ),
    )


def _counts(run: Sweep, tolerance: float, step: str, decades: int) -> Panel:
    ends = np.array([10.0, 10.0**decades])

    def theory(method: str, label: str) -> list[dict]:
        steps = np.array([foreseen(method, end, step, tolerance) for end in ends])
        middle = note(math.sqrt(ends.prod()), math.sqrt(steps.prod()) / 1.8, label, "theory")
        return [line(ends, steps, "theory", label), middle]

    shown, told = [], []
    for method, row in zip(METHODS, run.counts.numpy()):
        known, role, name = row > 0, ROLES[method], NAMES[method]
        if known.any():
            x, y = run.kappa.numpy()[known], row[known]
            shown.append(line(x, y, role, name, pin=True, dash="solid", label=name))
            shown.append(dots(x, y, role, name, 8))
            told.append(f"{name} {y[0]} to {y[-1]}")
    return panel(
        "counts",
        f"Steps until f stays below ε = {tolerance:.2g} of its start",
        theory("gd", "∝ κ"),
        theory("momentum", "∝ √κ"),
        shown,
        x=axis("condition number κ", 8, 2 * 10.0**decades, log=True, dtick=1),
        y=axis("steps k", 1, 1e6, log=True, dtick=1),
        alt=f"Steps against κ: {', '.join(told) or 'no run has arrived yet'}.",
    )


def _slopes(run: Sweep) -> Panel:
    top = len(METHODS) - 0.3
    shown, told = [], []
    for level, method, slope in zip((2, 1, 0), METHODS, run.slopes):
        if slope is not None:
            role, name = ROLES[method], NAMES[method]
            shown.append(dots([slope], [level], role, name, 11))
            shown.append(note(slope, level + 0.28, f"{slope:.3f}", role))
            off = abs(slope - (1.0 if method == "gd" else 0.5))
            told.append(f"{name} {slope:.3f}, {off:.3f} from theory")
    return panel(
        "slopes",
        "Fitted slope: the power of κ",
        rule("theory", "½", x=0.5, span=(-0.6, top), label="½"),
        rule("theory", "1", x=1.0, span=(-0.6, top), label="1"),
        shown,
        x=axis("slope of log k over log κ", 0.3, 1.2, dtick=0.1),
        y=axis("method", -0.6, top, tickvals=[0, 1, 2], ticktext=SHORT, **PLAIN),
        alt=f"Fitted slopes: {'; '.join(told) or 'none yet'}.",
    )
