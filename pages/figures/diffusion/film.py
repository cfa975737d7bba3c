"""The film: the cloud at t, its variance and its mean against t."""

from typing import Annotated

import numpy as np

from core.experiments.diffusion.film import Film
from core.signature import between
from core.words import number, tex
from pages.figures.marks import dots, line, rule
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, panel

REACH = 4.2  # half-width of the cloud's window
CIRCLE = np.stack([f(np.linspace(0, 2 * np.pi, 91)) for f in (np.cos, np.sin)])
DRAWN = {"chain": "model", "jump": "second", "adds": "wrong", "printed": "wrong"}
TOPS = {"adds": 16.0}  # of the variance axis, where noise only adds up
POINTS = 250  # of a curve over t


def figure(
    run: Film, *, variance: float, x0: float, rule: str, t: Annotated[int, between(0, 1000)] = 0
) -> Picture:
    """The cloud is at t, which the player moves."""
    t, role = min(t, run.T), DRAWN[rule]
    at = np.unique(np.linspace(0, run.T, POINTS).round().astype(int))
    return Picture(
        (
            _cloud(run, variance, x0, role, t),
            _variance(run, variance, rule, t, at),
            _mean(run, x0, role, t, at),
        ),
        frames=run.T + 1,
        drive="t",
        formula=_formula(run, rule, t),
    )


def _cloud(run: Film, variance: float, x0: float, role: str, t: int) -> Panel:
    points, level = run.x[t].numpy(), float(run.alpha_bar[t])
    middle, radius = level**0.5 * x0, 2 * float(run.law(variance)[t]) ** 0.5
    trail = run.x[: t + 1, 0].numpy()
    return panel(
        "cloud",
        f"The cloud at t = {t}; dashed: two deviations of the law",
        dots(points[:, 0], points[:, 1], role if t else "data", "points", size=4, pin=True),
        line(middle + radius * CIRCLE[0], radius * CIRCLE[1], "theory", "law: two deviations"),
        line(trail[:, 0], trail[:, 1], "force", "way of one point", width=1.0, dash="solid"),
        dots(points[:1, 0], points[:1, 1], "force", "one point", size=9),
        x=axis("x₁", -REACH, REACH),
        y=axis("x₂", -REACH, REACH),
        alt=f"400 points at t = {t}: mean {number(run.mean[t, 0], 3, 5e-4)}, variance "
        f"{run.variance[t]:.3g}; the law says {middle:.3g} and {radius**2 / 4:.3g}.",
        handles=(Handle(x0, 0.0, ("x0",), "middle of the data", frees="x"),),
        equal=True,
    )


def _variance(run: Film, variance: float, rule: str, t: int, at: np.ndarray) -> Panel:
    seen, law = run.variance.numpy(), run.law(variance).numpy()
    top = TOPS.get(rule, 5.0)
    return panel(
        "variance",
        "Variance of a coordinate; dashed: the law",
        rule_at(t, 0, top),
        line(at, seen[at], DRAWN[rule], "400 points", pin=True),
        line(at, law[at], "theory", "law", label="law"),
        dots([t], [seen[t]], DRAWN[rule], "now", 9, label=f"{seen[t]:.2f}"),
        x=axis("step t", 0, coarse(run.T)),
        y=axis("variance", 0, top),
        alt=f"Variance at t = {t}: {seen[t]:.3g}, law {law[t]:.3g}; at the end {seen[-1]:.3g}.",
        handles=(Handle(0.0, variance, ("variance",), "variance of the data",
                        matrix=((0.0, 1.0),), click=False, frees="y"),),
    )  # fmt: skip


def _mean(run: Film, x0: float, role: str, t: int, at: np.ndarray) -> Panel:
    seen, law = run.mean[:, 0].numpy(), run.alpha_bar.sqrt().numpy() * x0
    return panel(
        "mean",
        "Mean of x₁; dashed: √ᾱₜ times its start",
        rule_at(t, -3.4, 3.4),
        line(at, seen[at], role, "400 points", pin=True),
        line(at, law[at], "theory", "law", label="law"),
        dots([t], [seen[t]], role, "now", 9, label=f"{seen[t]:.2f}"),
        x=axis("step t", 0, coarse(run.T)),
        y=axis("mean of x₁", -3.4, 3.4),
        alt=f"Mean of x₁ at t = {t}: {number(seen[t], 3, 5e-4)}, law {law[t]:.3g}.",
    )


def rule_at(t: int, low: float, high: float) -> dict:
    """An upright line at the step that is shown."""
    return rule("faint", "now", x=t, span=(low, high))


def _formula(run: Film, rule: str, t: int) -> tuple[str, ...]:
    beta, level = float(run.betas[t]), float(run.alpha_bar[t])
    name, kept = (r"\alpha", 1 - beta) if rule == "printed" else (r"\bar\alpha", level)
    step = r"\sqrt{1-\beta_t}\,x_{t-1} + \role{force}{\sqrt{\beta_t}\,z}"
    if rule == "adds":
        step = r"x_{t-1} + \role{force}{\sqrt{\beta_t}\,z}"
        return (rf"x_t = {step},\qquad \beta_{{{t}}} = {tex(beta)}",)
    jump = rf"\sqrt{{{name}_t}}\,x_0 + \role{{force}}{{\sqrt{{1-{name}_t}}\,\varepsilon}}"
    now = rf"{tex(kept**0.5)}\,x_0 + \role{{force}}{{{tex((1 - kept) ** 0.5)}\,\varepsilon}}"
    if rule == "printed":
        return (rf"x_t = {jump}", rf"x_{{{t}}} = {now}")
    return (rf"x_t = {step},\qquad \beta_{{{t}}} = {tex(beta)}", rf"x_{{{t}}} = {jump} = {now}")
