"""A picture that moves and the map that should follow; a sine and the samples a stride keeps."""

from typing import Literal

import numpy as np

from core.cnn.striding import amplitudes, moved_by
from core.experiments.cnn.shift import FARTHEST, SAMPLES, SIDE, Moved, Wave, cosine
from pages.figures.marks import arrows, bars, cells, dots, line, photo, rule
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, grid_layout, panel

MIDDLE = (SIDE - 1) / 2
SHOWN = 36  # samples of the sine that are drawn
RIGHT = np.arange(FARTHEST + 1)
KEPT = "f′, per kept sample"
Pool = Literal["none", "max", "average"]


def figure(run: Moved | Wave, *, pool: Pool = "none") -> Picture:
    """Four panels, for the picture or for the sine."""
    if isinstance(run, Wave):
        whole = cosine(run.f, SAMPLES)
        before = _spectrum("before", "all", whole, run.f, "f")
        after = _spectrum("after", "the kept", run.kept, run.alias, KEPT)
        panels = _samples(run), _folding(run), before, after
        return Picture(panels, formula=_alias_formula(run))
    panels = _scene(run), *_maps(run), _by_shift(run, pool)
    return Picture(panels, formula=(_shift_formula(run),))


def _square(name: str, title: str, *traces: dict, side: int, alt: str, **more) -> Panel:
    return Panel(name, title, traces, grid_layout(side, side), alt, equal=True, **more)


def _scene(run: Moved) -> Panel:
    x, y, pull = MIDDLE + run.dx, MIDDLE + run.dy, {"offset": (-MIDDLE, -MIDDLE), "role": "force"}
    seen = photo(moved_by(run.x, run.dy, run.dx, run.padding).numpy(), "picture")
    arrow = arrows(np.array([[MIDDLE, MIDDLE]]), np.array([[x, y]]), "force", "shift")
    return _square(
        "picture",
        f"Picture, shifted by ({run.dx}, {run.dy})",
        *(seen, arrow)[: 1 + (run.dx + run.dy > 0)],
        side=SIDE,
        alt=f"{SIDE} by {SIDE} pixels, shifted by {run.dx} to the right and {run.dy} down.",
        handles=(Handle(x, y, ("dx", "dy"), "shift of the picture", **pull),),
    )


def _maps(run: Moved) -> tuple[Panel, Panel]:
    """The feature map, and what it differs by from the first one moved along."""
    m, most, moved = len(run.y), float(run.y.max()) or 1.0, run.y_moved.numpy()
    follow, (rows, columns) = run.nearest(run.dx)
    gap, by = moved - follow.numpy(), f"by ({columns}, {rows}) cells"
    seen = cells(moved, "output", scale="heat", low=0, high=most)
    told = f"Feature map of {m} by {m} cells after the shift, largest value {moved.max():.3g}."
    off = f"Difference to the feature map that moved along {by}: at most {np.abs(gap).max():.3g}, "
    off += f"{100 * run.error:.0f} % of its size."
    error = cells(gap, "error", low=-most, high=most)
    return (
        _square("map", "Feature map of the shifted picture", seen, side=m, alt=told),
        _square("error", f"Difference to the first map, moved {by}", error, side=m, alt=off),
    )


def _by_shift(run: Moved, pool: str) -> Panel:
    """The error, or the pooled output, over the shifts to the right."""
    if pool == "none":
        values, name = run.errors().numpy(), "relative error"
        title, told = "Error of the map that should follow", "The error over"
        exact = run.padding == "circular" and run.dy % run.stride == 0
        whole = RIGHT[:: run.stride] if exact else RIGHT[:0]
        more = dots(whole, 0.0 * whole, "good", "multiples of the stride: exact", 9)
        top = max(1.0, float(values.max()))
    else:
        pooled, still = run.pooled(pool).numpy(), "without a shift"
        values, name, title = pooled[1:], "pooled output", "Pooled output while the picture moves"
        more = rule("theory", still, y=pooled[0], span=(0, FARTHEST), label=still)
        top, told = 1.1 * float(pooled.max()), f"The output is {pooled[0]:.3g} {still} and, over"
    return panel(
        "byshift",
        title,
        line(RIGHT, values, "model", name, pin=True),
        dots(RIGHT, values, "model", name, 6),
        dots([run.dx], values[[run.dx]], "force", "present shift", 11),
        more,
        x=axis("shift to the right Δx", -0.3, FARTHEST + 0.3, dtick=2),
        y=axis(name, 0, coarse(top) or 1.0),
        alt=f"{told} shifts of 0 to {FARTHEST} pixels: {', '.join(f'{v:.3g}' for v in values)}.",
    )


def _shift_formula(run: Moved) -> str:
    dx, dy, s = run.dx, run.dy, run.stride
    whole = rf"({dx / s:.3g},\ {dy / s:.3g})"
    sign, end = ("=", "") if run.exact else (r"\ne", r"\ \text{is no whole step}")
    steps = "" if s == 1 else rf",\qquad ({dx}/{s},\ {dy}/{s}) = {whole}{end}"
    return rf"T\,S_{{({dx},{dy})}}\,x {sign} S_{{{whole}}}\,T\,x{steps}"


def _samples(run: Wave) -> Panel:
    t, s = np.linspace(0, SHOWN, 20 * SHOWN + 1), run.stride
    slow = run.gain * np.cos(2 * np.pi * run.alias / s * t)
    kept, shown = np.arange(0, SHOWN + 1, s), run.passed[s : s + SHOWN + 1].numpy()
    nth = {1: "single", 2: "second", 3: "third", 4: "fourth"}[s]
    return panel(
        "samples",
        f"Every {nth} sample of a sine, and the sine they seem to be",
        line(t, np.cos(2 * np.pi * run.f * t), "faint", "cos 2πft", label="f"),
        dots(np.arange(SHOWN + 1), shown, "data", "samples", 5),
        line(t, slow, "wrong", "what the kept samples show", label="f′"),
        bars(kept, shown[::s], "model", "kept samples"),
        x=axis("sample t", 0, SHOWN),
        y=axis("x[t]", -1.2, 1.2),
        alt=f"Every {nth} sample of a sine of {run.f:.3g} cycles per sample lies on one of "
        f"{run.alias:.3g} cycles per kept sample, {run.gain:.3g} high.",
    )


def _folding(run: Wave) -> Panel:
    f, limit, at = np.linspace(0, 0.5, 201), 0.5 / run.stride, run.alias
    along = {"matrix": ((1.0, 0.0),), "offset": (0.0,), "frees": "x", "role": "model"}
    return panel(
        "folding",
        "The frequency axis folded by the stride",
        rule("faint", "1/(2s)", x=limit, span=(0, 0.55), label="1/(2s)"),
        line(f, np.abs(f * run.stride - np.round(f * run.stride)), "theory", "|fs − round(fs)|"),
        dots([run.f], [at], "wrong" if run.f > limit else "model", "this sine", 12),
        x=axis("f, cycles per sample", 0, 0.5),
        y=axis(KEPT, 0, 0.55),
        alt=f"A zigzag that turns at multiples of {limit:.3g}; {run.f:.3g} becomes {at:.3g}.",
        handles=(Handle(run.f, at, ("freq",), "frequency of the sine", **along),),
    )


def _spectrum(name: str, which: str, x, at: float, label: str) -> Panel:
    size, title = amplitudes(x).numpy(), f"Spectrum of {which} samples"
    f = np.arange(len(size)) / len(x)
    return panel(
        name,
        title,
        rule("theory", f"{at:.3g}", x=at, span=(0, 1.1)),
        line(f, size, "model", "amplitude", pin=True),
        x=axis(label, 0, 0.5),
        y=axis("amplitude", 0, 1.1),
        alt=f"{title}: largest amplitude {size.max():.3g} at {f[size.argmax()]:.3g}.",
    )


def _alias_formula(run: Wave) -> tuple[str, ...]:
    f, s = f"{run.f:.4g}", run.stride
    folded = rf"|{f}\cdot {s} - {round(run.f * s)}| = \role{{wrong}}{{{run.alias:.4g}}}"
    left = rf"\cos(\pi\cdot {f})^{{{2 * s - 2}}} = {run.gain:.3g}"
    return (
        rf"f' = |f s - \operatorname{{round}}(f s)| = {folded}",
        *([rf"\text{{blur first leaves }}\cos(\pi f)^{{2s - 2}} = {left}"] * run.blur),
    )
