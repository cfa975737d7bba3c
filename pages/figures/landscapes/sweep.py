"""Steps against κ on log-log axes, and the slopes beside those of theory."""

import numpy as np

from core.experiments.landscapes.sweep import METHODS, Sweep, foreseen
from core.optimizers import NAMES
from pages.figures.marks import dots, line
from pages.figures.parts.landscape import ROLES
from pages.figures.plot import Panel, Picture, axis


def figure(run: Sweep, *, tolerance: float, step: str, decades: int, **_) -> Picture:
    """Two panels: counts, slopes."""
    k, log = 10.0**decades, np.log(1 / tolerance)
    share = 4 if step == "best" else 2

    def cost(role: str, who: str, symbol: str, size: float, steps: float) -> str:
        return (
            rf"\role{{{role}}}{{k_{{\mathrm{{{who}}}}}}} \approx \tfrac{{{symbol}}}{{{share}}}"
            rf"\log\tfrac1\varepsilon = \tfrac{{{size:.4g}}}{{{share}}}\cdot {log:.4g} "
            rf"= {steps:.0f}"
        )

    return Picture(
        panels=(_counts(run, tolerance, step, decades), _slopes(run)),
        formula=(
            cost("model", "GD", r"\kappa", k, foreseen("gd", k, step, tolerance)),
            cost(
                "second", "ball", r"\sqrt\kappa", k**0.5, foreseen("momentum", k, step, tolerance)
            ),
        ),
    )


def _counts(run: Sweep, tolerance: float, step: str, decades: int) -> Panel:
    kappa, counts = run.kappa.numpy(), run.counts.numpy()
    ends = np.array([10.0, 10.0**decades])
    traces = []
    for method, label in (("gd", "∝ κ"), ("momentum", "∝ √κ")):
        theory = np.array([foreseen(method, end, step, tolerance) for end in ends])
        middle = np.sqrt(ends[:1] * ends[1:]), np.sqrt(theory[:1] * theory[1:]) / 2.2
        traces += [
            line(ends, theory, "theory", label),
            line(*middle, "theory", label, label=label),
        ]
    told = []
    for row, method in enumerate(METHODS):
        known = counts[row] > 0
        if not known.any():
            continue
        role, name = ROLES[method], NAMES[method]
        x, y = kappa[known], counts[row][known]
        traces += [
            line(x, y, role, name, pin=True, dash="solid", label=name),
            dots(x, y, role, name, 8),
        ]
        told.append(f"{name} {y[0]} to {y[-1]}")
    return Panel(
        "counts",
        f"Steps until f is down to ε = {tolerance:.2g} of its start",
        tuple(traces),
        {
            "xaxis": axis("condition number κ", 8, 2 * 10.0**decades, log=True, dtick=1),
            "yaxis": axis("steps k", 1, 1e6, log=True, dtick=1),
        },
        f"Steps against κ on logarithmic axes: {', '.join(told) or 'no run has arrived yet'}. "
        "Dashed lines have the slopes 1 and ½.",
    )


def _slopes(run: Sweep) -> Panel:
    top = np.array([-0.6, len(METHODS) - 0.3])
    traces = [
        line(np.array([at, at]), top, "theory", name, label=name)
        for at, name in ((0.5, "½"), (1.0, "1"))
    ]
    told = []
    for row, (method, slope) in enumerate(zip(METHODS, run.slopes)):
        if slope is None:
            continue
        level = len(METHODS) - 1 - row
        traces += [
            dots([slope], [level], ROLES[method], NAMES[method], 11),
            line(
                [slope], [level], ROLES[method], NAMES[method], label=f"{NAMES[method]} {slope:.3f}"
            ),
        ]
        theory = 1.0 if method == "gd" else 0.5
        told.append(f"{NAMES[method]} {slope:.3f}, {abs(slope - theory):.3f} from theory")
    return Panel(
        "slopes",
        "Fitted slope: the power of κ",
        tuple(traces),
        {
            "xaxis": axis("slope of log k over log κ", 0.3, 1.3, dtick=0.1),
            "yaxis": axis("method", -0.6, len(METHODS) - 0.3, showticklabels=False),
        },
        f"Fitted slopes: {'; '.join(told) or 'none yet'}.",
    )
