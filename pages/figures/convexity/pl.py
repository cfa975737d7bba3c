"""The graph of f with its descent, the fall of f, the ratio of the inequality, μ over a."""

from functools import lru_cache

import numpy as np

from core.experiments.convexity.pl import FAR, HEIGHTS, MOST, Descent, W, constants, factor, ratio
from core.experiments.convexity.pl_claims import other
from core.words import number, tex
from pages.figures.marks import contours, dots, line, note, rule
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, panel

NEAR, NEAR_TOP, WIDE_TOP = 4.5, 26.0, 116.0
LOW, HIGH = 1e-12, 1e3  # of f − f* that is drawn
LEAST = 1e-3  # of the ratio
SIDE = np.linspace(-FAR, FAR, 61)
T = np.linspace(-6, 6, 121)


def figure(run: Descent, *, f: str, a: float, lr_L: float, steps: int) -> Picture:
    """The waves: four panels; the trough: three."""
    shrink = factor(run.mu, run.L, lr_L)
    k, value = np.arange(len(run.f)), run.f.numpy()
    half = run.slope.numpy() ** 2 / 2
    track = {"k": k, "f": value, "half": half, "least": run.mu * value, "next": shrink * value}
    fall = _fall(run, shrink, lr_L, steps)
    if f == "trough":
        panels = (_trough(run), fall, _cuts(run))
        sure = r"\mu\,(f - f^*)"
    else:
        panels = (_waves(run, a), fall, _ratio(run, a), _heights(run, a))
        sure = r"\mu\,(f(x_{@k@}) - f^*)"
    size = r"\tfrac12\|\nabla f\|^2" if f == "trough" else r"\tfrac12 f'(x_{@k@})^2"
    formula = [
        rf"\role{{force}}{{{size} = @half@}}\ \ge\ {sure} = {tex(run.mu)}\cdot @f@ = @least@",
        rf"\role{{model}}{{f(x_{{@k+1@}}) = @f+1@}}\ \le\ {tex(shrink)}\, f(x_{{@k@}}) = @next@",
    ]
    return Picture(panels, frames=len(k), track=track, formula=tuple(formula))


def _waves(run: Descent, a: float) -> Panel:
    start = float(run.x[0, 0])
    wide = abs(start) > NEAR
    reach, top = (FAR + 0.3, WIDE_TOP) if wide else (NEAR, NEAR_TOP)
    x = np.linspace(-reach, reach, 241)
    second = other(a)
    return panel(
        "f",
        "f and its descent",
        line(x, x * x + a * np.sin(x) ** 2, "ink", "f", width=2),
        line(run.x[:, 0], run.f, "model", "descent", play=True, pin=True),
        dots([0.0], [0.0], "good", "minimum", 12),
        second and dots([-second[0], second[0]], [second[1]] * 2, "wrong", "f′ = 0 here too", 9),
        x=axis("x", -reach, reach),
        y=axis("f(x)", -0.04 * top, top),
        alt=f"f = x² + {number(a)} sin² x; from {number(start)} the run comes to "
        f"{number(run.x[-1, 0], zero=1e-6)}.",
        handles=(Handle(start, float(run.f[0]), ("x0",), "start x₀", ((1.0, 0.0),), frees="x",
                        role="model"),),
    )  # fmt: skip


def _ratio(run: Descent, a: float) -> Panel:
    reach = FAR + 0.3 if abs(float(run.x[0, 0])) > NEAR else NEAR
    x = np.linspace(-reach, reach, 321)
    at = run.x[:, 0].numpy()
    zero = run.mu < LEAST
    return panel(
        "ratio",
        f"½f′²/(f − f*): its least value is μ = {number(run.mu)}",
        line(x, np.maximum(ratio(a, x), LEAST / 10), "force", "ratio", width=2),
        not zero and rule("theory", "μ", y=run.mu, span=(-reach, reach), label="μ"),
        zero and note(-0.95 * reach, 1.6 * LEAST, f"μ = {number(run.mu)}", "wrong"),
        line(at, np.maximum(ratio(a, at), LEAST / 10), "model", "descent", play=True, width=1.2),
        x=axis("x", -reach, reach),
        y=axis("½f′²/(f − f*)", LEAST, 20, log=True, dtick=1),
        alt=f"The ratio is at least {number(run.mu)}, and {number(2 + 2 * a)} at the minimum.",
    )


def _fall(run: Descent, shrink: float, lr_L: float, steps: int) -> Panel:
    k, last = np.arange(len(run.f)), coarse(steps)
    with np.errstate(under="ignore"):
        bound = float(run.f[0]) * shrink ** k.astype(float)
    name = "(1 − μ/L)ᵏ" if lr_L == 1 else "(1 − μη(2 − Lη))ᵏ"
    name = name if run.mu > 0 else "nothing promised"
    return panel(
        "fall",
        "The fall of f and what μ promises",
        line(k, np.maximum(bound, LOW / 10), "theory", name, label=name),
        line(k, np.clip(run.f.numpy(), LOW / 10, HIGH), "model", "f(xₖ) − f*", play=True, pin=True,
             label="f(xₖ) − f*"),
        x=axis("step k", 0, last),
        y=axis("f(xₖ) − f*", LOW, HIGH, log=True, dtick=3),
        alt=f"After {len(k) - 1} steps f is at {number(run.f[-1], zero=LOW)}, the bound at "
        f"{number(bound[-1], zero=LOW)}.",
    )  # fmt: skip


def _heights(run: Descent, a: float) -> Panel:
    bend = 2 - 2 * HEIGHTS
    seen = bend >= -2.2
    return panel(
        "heights",
        "μ over the height a of the waves",
        rule("faint", "0", y=0, span=(0, MOST)),
        line(HEIGHTS[seen], bend[seen], "faint", "least curvature", label="least f″", width=2),
        line(HEIGHTS, constants(), "force", "μ", label="μ", width=2.5),
        x=axis("height a", 0, MOST, dtick=1),
        y=axis("μ, least f″", -2.4, 2.4, dtick=1),
        alt=f"At a = {number(a)} μ is {number(run.mu)} and the least f″ {number(2 - 2 * a)}.",
        handles=(Handle(a, run.mu, ("a",), "height a", ((1.0, 0.0),), frees="x", role="force"),),
    )


# --- the trough ----------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _field() -> dict:
    off = W[0] * SIDE + W[1] * SIDE[:, None] - 1
    return contours(SIDE, SIDE, off * off / 2, np.geomspace(0.5, 480, 10))


def _trough(run: Descent) -> Panel:
    x = run.x.numpy()
    return panel(
        "f",
        "f from above: a whole line of minima",
        _field(),
        line(SIDE, (1 - W[0] * SIDE) / W[1], "good", "minima", label="minima", width=2.5),
        line(*x.T, "model", "descent", play=True, pin=True),
        x=axis("x", -FAR, FAR),
        y=axis("y", -FAR, FAR),
        alt=f"From ({number(x[0, 0])}, {number(x[0, 1])}) the run comes to "
        f"({number(x[-1, 0])}, {number(x[-1, 1])}).",
        handles=(Handle(*map(float, x[0]), ("x0", "y0"), "start", role="model"),),
        equal=True,
    )


def _cuts(run: Descent) -> Panel:
    off = float(run.x[0, 0]) * W[0] + float(run.x[0, 1]) * W[1] - 1
    across = (off + np.sqrt(run.L) * T) ** 2 / 2
    return panel(
        "cuts",
        "f through the start, along and across the trough",
        line(T, np.where(across <= 300, across, np.nan), "model", "across", label="across: f″ = 5"),
        line(T, np.full_like(T, off * off / 2), "wrong", "along", label="along: f″ = 0"),
        x=axis("way from the start", -6, 6),
        y=axis("f", -10, 300),
        alt=f"Across the trough f has the curvature {number(run.L)}, along it 0.",
    )
