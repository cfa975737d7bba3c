"""Estimates of many batches, the law under g, what one draw says, the variance over b."""

import math

import numpy as np

from core.experiments.convexity.score import LAWS, Score, density, drawn, height, slope
from core.words import number, tex
from pages.figures.marks import band, dots, line, note, rule
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, panel

LEFT, RIGHT = -6.0, 8.0
X = np.linspace(LEFT, RIGHT, 281)
TALL = {"square": (-10.0, 60.0), "wave": (-1.8, 1.8), "step": (-1.8, 1.8)}
SPAN = {"square": (-10.0, 30.0), "wave": (-2.0, 2.0), "step": (-2.0, 2.0)}  # of b
LEVELS = {"square": (0.1, 2000.0), "wave": (0.1, 20.0), "step": (0.01, 20.0)}  # of a variance
BINS, NAMES = 15, ("score function", "reparametrised")
GONE = 1e-12


def figure(
    run: Score, *, theta: float, baseline: float, n: int, g: str, law: str, seed: int
) -> Picture:
    """Four panels."""
    left, right = (
        rf"\role{{{role}}}{{\operatorname{{var}} = {tex(v)}}}"
        for role, v in (("force", run.score_variance), ("model", run.path_variance))
    )
    panels = (
        _estimates(run, n), _law(theta, baseline, n, g, law, seed),
        _one(run, theta, baseline, g, law), _variance(run, baseline, g, law),
    )  # fmt: skip
    return Picture(
        panels,
        formula=(
            rf"\tfrac{{d}}{{d\theta}}\mathbb E[g(X)] = \role{{good}}{{{tex(run.gradient)}}}, \quad "
            rf"\role{{force}}{{\mathbb E[(g(X) - b)\,s(X)] = {tex(run.score_mean)}}},\ {left}, "
            rf"\quad \role{{model}}{{\mathbb E[g'(X)\,x'] = {tex(run.path_mean)}}},\ {right}",
        ),
    )


def _bars(values: np.ndarray, side: float, role: str, name: str) -> list[dict]:
    """A histogram of so many bins as an outline, its fullest bin 1 high, up or down."""
    low, high = float(values.min()), float(values.max())
    if high - low < GONE * max(1.0, abs(low)):
        return [rule(role, name, x=low, span=(0.0, side), label=name, width=5)]
    counts, edges = np.histogram(values, BINS)
    top = side * counts / counts.max()
    x, y = np.repeat(edges, 2), np.concatenate([[0], np.repeat(top, 2), [0]])
    return [band(x, 0 * y, y, role, name), line(x, y, role, name, label=name, width=1.8)]


def _estimates(run: Score, n: int) -> Panel:
    score, path = run.score.numpy(), run.path.numpy()
    spread = math.sqrt(max(run.score_variance, run.path_variance) / n)
    apart = max(abs(m - run.gradient) for m in (run.score_mean, run.path_mean))
    half = coarse(max(3.2 * spread, 1.5 * apart, 1e-3))
    centre = half / 4 * round(4 * run.gradient / half)
    low, high = centre - half, centre + half
    wide = [number(math.sqrt(v / n), 2) for v in (run.score_variance, run.path_variance)]
    told = f"{len(score)} batches of {n}: estimates spread by {wide[0]} and {wide[1]}"
    return panel(
        "estimates",
        told,
        _bars(score, 1.0, "force", NAMES[0]),
        _bars(path, -1.0, "model", NAMES[1]),
        rule("good", "∇E[g(X)]", x=run.gradient, span=(-1.15, 1.15), label="∇E[g(X)]", width=2.4),
        x=axis("estimate of the gradient", low, high),
        y=axis("share of the batches, fullest bin 1", -1.2, 1.2, tickvals=[-1, 0, 1],
               ticktext=["1", "0", "1"]),
        alt=f"{told}; the gradient is {run.gradient:.4g}, the means are {score.mean():.4g} and "
        f"{path.mean():.4g}.",
    )  # fmt: skip


def _law(theta: float, baseline: float, n: int, g: str, law: str, seed: int) -> Panel:
    low, high = TALL[g]
    x = drawn(theta, n, law, seed)[0][0].numpy()
    x = x[(x >= LEFT) & (x <= RIGHT)]
    under = density(theta, law, X)
    scale = 0.3 * (high - low) / max(0.4, float(under.max()))
    bottom = low + 0 * X
    where = "N(θ, 1)" if law == LAWS[0] else "uniform on [0, θ]"
    shown = float(np.clip(baseline, low, high))
    return panel(
        "law",
        f"g, and a batch of X: {where} with θ = {number(theta)}",
        band(X, bottom, bottom + scale * under, "faint", "law of X"),
        rule("theory", "baseline b", y=baseline, span=(LEFT, RIGHT), label="b"),
        line(X, height(g, X).clip(None, 2 * high), "ink", "g", label="g", width=2.4),
        dots(x, height(g, x), "data", "first batch", 5),
        x=axis("x", LEFT, RIGHT),
        y=axis("g(x)", low, high),
        alt=f"X is {where} with θ = {theta:.3g}; the baseline is {baseline:.3g}.",
        handles=(
            Handle(theta, low + scale * float(density(theta, law, np.array([theta]))[0]),
                   ("theta",), "θ", ((1.0, 0.0),), frees="x", role="ink"),
            Handle(RIGHT - 1.2, shown, ("baseline",), "baseline b", ((0.0, 1.0),), frees="y",
                   role="force", click=False),
        ),
    )  # fmt: skip


def _one(run: Score, theta: float, baseline: float, g: str, law: str) -> Panel:
    near = np.linspace(theta - 3.2, theta + 3.2, 161)
    by_score, by_path = near - theta, np.ones_like(near)
    if law == "uniform":
        near = np.linspace(0, theta, 161)
        by_score, by_path = np.full_like(near, -1 / theta), near / theta
    score, path = (height(g, near) - baseline) * by_score, slope(g, near) * by_path
    half = coarse(float(max(np.abs(score).max(), np.abs(path).max(), 0.1)) / 1.25)
    return panel(
        "one",
        "What a single draw at x says about the gradient",
        rule("good", "∇E[g(X)]", y=run.gradient, span=(LEFT, RIGHT), label="∇E[g(X)]"),
        line(near, score, "force", NAMES[0], label="score", width=2.2),
        line(near, path, "model", NAMES[1], label="repar.", width=2.2),
        x=axis("x", LEFT, RIGHT),
        y=axis("contribution of x", -half, half),
        alt=f"Over x the score function's contribution goes from {score.min():.3g} to "
        f"{score.max():.3g}, the reparametrised from {path.min():.3g} to {path.max():.3g}.",
    )


def _variance(run: Score, baseline: float, g: str, law: str) -> Panel:
    left, right = SPAN[g]
    b, (low, high) = np.linspace(left, right, 161), LEVELS[g]
    bend = 1.0 if law == "normal" else 0.0
    curve = (run.least + bend * (b - run.best) ** 2).clip(low / 10, None)
    at = float(np.clip(baseline, left, right))
    here = float(np.clip(run.score_variance, low, high))
    told = (
        f"Variance of one draw: {number(run.score_variance, zero=1e-9)} at b = {number(baseline)}"
    )
    free = law == "normal"
    return panel(
        "variance",
        told if free else "Here no baseline changes the variance",
        line(b, curve, "force", NAMES[0], label="score", width=2.2),
        run.path_variance > low and rule("model", NAMES[1], y=run.path_variance,
                                         span=(left, right), label="repar.", width=2.2),
        run.path_variance <= GONE and note(left, 1.6 * low, "reparametrised: 0", "model"),
        free and run.least > low and dots([run.best], [run.least], "good", "best baseline", 8,
                                          label="best b"),
        x=axis("baseline b", left, right),
        y=axis("variance", low, high, log=True, dtick=1),
        alt=f"{told}; the least is {run.least:.4g} at b = {run.best:.3g}; reparametrised it is "
        f"{run.path_variance:.4g}.",
        handles=(Handle(at, here, ("baseline",), "baseline b", ((1.0, 0.0),), frees="x",
                        role="force"),),
    )  # fmt: skip
