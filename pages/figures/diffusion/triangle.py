"""The triangle: the curves on the line of x, weights or distance to a Gaussian, variances."""

import numpy as np
import torch

from core.experiments.diffusion.triangle import DATA, Triangle
from core.words import tex
from pages.figures.marks import dots, line, note, rule
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, panel

REACH, LOW, HIGH = 4.0, -0.24, 1.42  # window of the line
AT_START, AT_END = -0.13, 1.25  # heights of x₀ and xₜ
SIGMAS = np.linspace(-5, 5, 161)
BELL = np.exp(-0.5 * SIGMAS**2)
PLACES = np.linspace(-REACH, REACH, 321)


def figure(run: Triangle, *, known: str, x0: float, xt: float, t: int) -> Picture:
    """All curves are drawn relative to their largest value, so that a narrow one stays in sight."""
    side = _weights(run, t) if known == "x0" else _apart(run, t)
    return Picture(
        (_line(run, known, x0, xt, t), side, _variances(run, t)),
        formula=_formula(run, known, x0, xt, t),
    )


def _line(run: Triangle, known: str, x0: float, xt: float, t: int) -> Panel:
    given, name = known == "x0", {"x0": "posterior", "data": "reverse kernel"}.get(known, "")
    curves = [] if known == "printed" else [_bell(*run.likelihood(t, xt), "force", "step to xₜ")]
    if given:
        curves += _posterior(run, x0, xt, t)
        mean, told = run.mean, f"mean {run.mean:.3g}, deviation {run.variance**0.5:.3g}"
    else:
        curves += _kernel(run, known, t)
        mean, told = float(run.kernel.mean), f"mean {run.kernel.mean:.3g}"
    if known == "printed":
        curves.append(_bell(*run.printed(t, xt), "wrong", "printed direction"))
    handles = [Handle(xt, AT_END, ("xt",), "the state xₜ", click=False, frees="x", role="force")]
    if given:
        handles.append(
            Handle(x0, AT_START, ("x0",), "the data point x₀", click=False, frees="x", role="data")
        )
    span = (LOW, HIGH)
    return panel(
        "line",
        f"Where was x at t = {t - 1}?" + (f" The {name} in blue" if name else ""),
        rule("faint", "xₜ", x=xt, span=span),
        given and rule("faint", "x₀", x=x0, span=span),
        curves,
        dots([mean], [0.0], "model", "mean", 10, label="mean"),
        note(xt, AT_END, "xₜ", "force"),
        given and note(x0, AT_START, "x₀", "data"),
        x=axis("x", -REACH, REACH),
        y=axis("density, over its largest value", LOW, HIGH, tickvals=[0, 0.5, 1], zeroline=False),
        alt=f"xₜ = {xt:.3g}"
        + (f", x₀ = {x0:.3g}" if given else "")
        + f"; the state before: {told}.",
        handles=tuple(handles),
    )


def _posterior(run: Triangle, x0: float, xt: float, t: int) -> list[dict]:
    centre, spread = run.prior(t, x0)
    if t == 1:
        return [rule("model", "posterior: one point", x=x0, span=(0, 1), label="one point, x₀")]
    x = run.mean + 1.2 * SIGMAS * run.variance**0.5
    middle, width = run.likelihood(t, xt)
    log = -0.5 * (((x - centre) / spread) ** 2 + ((x - middle) / width) ** 2)
    return [
        _bell(centre, spread, "data", "from x₀"),
        line(x, np.exp(log - log.max()), "model", "their product", label="product", pin=True),
        _bell(run.mean, run.variance**0.5, "theory", "formula", label=None),
    ]


def _kernel(run: Triangle, known: str, t: int) -> list[dict]:
    x, p, bell = (part.numpy() for part in run.kernel.profile())
    before = DATA.noised(float(run.alpha_bar[t - 1])).density(torch.from_numpy(PLACES)).numpy()
    peak = p.max()
    return [
        line(PLACES, before / before.max(), "data", "law of xₜ₋₁", label="law of xₜ₋₁"),
        line(x, p / peak, "model", "reverse kernel", label="reverse", pin=True),
        known == "data" and line(x, bell / peak, "theory", "Gaussian of its mean and variance"),
    ]


def _bell(mean: float, std: float, role: str, name: str, **more: str | None) -> dict:
    label = more.get("label", name)
    meta = {"label": label} if label else {}
    return line(mean + SIGMAS * std, BELL, role, name, **meta)


def _weights(run: Triangle, t: int) -> Panel:
    steps, (w0, wt) = np.arange(1, run.T + 1), run.weights.numpy().T
    at = np.unique(np.linspace(0, run.T - 1, 200).round().astype(int))
    return panel(
        "weights",
        "Weights in the mean at every step",
        rule("faint", "now", x=t, span=(0, 1.1)),
        line(steps[at], w0[at], "data", "weight of x₀", label="of x₀"),
        line(steps[at], wt[at], "force", "weight of xₜ", label="of xₜ"),
        dots([t, t], [w0[t - 1], wt[t - 1]], "model", "now", 8),
        x=axis("step t", 0, coarse(run.T)),
        y=axis("weight", 0, 1.1),
        alt=f"At t = {t} x₀ weighs {w0[t - 1]:.3g} and xₜ {wt[t - 1]:.3g}.",
        handles=(Handle(t, w0[t - 1], ("t",), "step t", ((1.0, 0.0),), frees="x"),),
    )


def _apart(run: Triangle, t: int) -> Panel:
    steps, apart = run.asked.numpy(), run.apart.numpy()
    now = float(run.kernel.apart)
    return panel(
        "apart",
        "What the nearest Gaussian misplaces, at this xₜ",
        rule("faint", "now", x=t, span=(1e-6, 2)),
        line(steps, apart.clip(1e-9), "model", "share misplaced", pin=True),
        dots([t], [max(now, 1e-9)], "model", "now", 9, label=f"{100 * now:.2g} %"),
        x=axis("step t", 0, coarse(run.T)),
        y=axis("share of the probability", 1e-6, 1, log=True, dtick=1),
        alt=f"At t = {t} a Gaussian of the same mean and variance misplaces {100 * now:.2g} %.",
    )


def _variances(run: Triangle, t: int) -> Panel:
    steps, beta, tilde = np.arange(1, run.T + 1), run.betas[1:].numpy(), run.variances.numpy()
    at = np.unique(np.linspace(0, run.T - 1, 200).round().astype(int))
    return panel(
        "variances",
        "βₜ of the step and β̃ₜ of the posterior",
        rule("faint", "now", x=t, span=(1e-6, 2)),
        line(steps[at], beta[at], "force", "βₜ", label="βₜ"),
        line(steps[at], tilde[at].clip(1e-9), "model", "β̃ₜ", label="β̃ₜ"),
        x=axis("step t", 0, coarse(run.T)),
        y=axis("variance", 1e-5, 1.5, log=True, dtick=1),
        alt=f"At t = {t} the step adds {beta[t - 1]:.3g}; the posterior has {tilde[t - 1]:.3g}.",
    )


def _formula(run: Triangle, known: str, x0: float, xt: float, t: int) -> tuple[str, ...]:
    if known != "x0":
        return (r"q(x_{t-1}\mid x_t) \propto q(x_{t-1})\,\role{force}{q(x_t\mid x_{t-1})}",)
    w0, wt = (tex(w) for w in run.weights[t - 1])
    first, last = rf"{w0}\cdot({tex(x0)})", rf"{wt}\cdot({tex(xt)})"
    return (
        r"\tilde\mu = \role{data}{\frac{\sqrt{\bar\alpha_{t-1}}\,\beta_t}{1-\bar\alpha_t}\,x_0} + "
        r"\role{force}{\frac{\sqrt{\alpha_t}\,(1-\bar\alpha_{t-1})}{1-\bar\alpha_t}\,x_t}",
        rf"\tilde\mu = \role{{data}}{{{first}}} + \role{{force}}{{{last}}} = {tex(run.mean)},\quad "
        rf"\tilde\beta = {tex(run.variance)}",
    )
