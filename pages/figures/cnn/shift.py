"""A picture that moves and the map that should follow; a sine and the samples a stride keeps."""

import numpy as np

from core.experiments.cnn.shift import FARTHEST, SIDE, Moved, Wave
from pages.figures.marks import arrows, bars, cells, dots, line, photo
from pages.figures.plot import Handle, Paint, Panel, Picture, axis, coarse, grid_layout

MIDDLE = (SIDE - 1) / 2
SHOWN = 36  # samples of the sine that are drawn


def figure(
    run: Moved | Wave,
    *,
    picture: str,
    dx: int,
    dy: int,
    stride: int,
    padding: str,
    pool: str,
    blur: bool,
    **_,
) -> Picture:
    """Four panels, for the picture or for the sine."""
    if isinstance(run, Wave):
        return Picture(
            panels=(_samples(run, stride), _folding(run, stride), *_spectra(run)),
            formula=_alias_formula(run, stride, blur),
        )
    by_shift = _errors if pool == "none" else _pooled
    return Picture(
        panels=(
            _sheet(run, dx, dy) if picture == "drawn" else _scene(run, dx, dy),
            _map(run),
            _difference(run),
            by_shift(run, dy, stride, padding),
        ),
        formula=(_shift_formula(run, dx, dy, stride),),
    )


# --- the picture -------------------------------------------------------------------------------


def _scene(run: Moved, dx: int, dy: int) -> Panel:
    tail, tip = np.array([[MIDDLE, MIDDLE]]), np.array([[MIDDLE + dx, MIDDLE + dy]])
    moved = [arrows(tail, tip, "force", "shift")] if dx or dy else []
    return Panel(
        "picture",
        f"Picture, shifted by ({dx}, {dy})",
        (photo(run.moved.numpy(), "picture"), *moved),
        grid_layout(SIDE, SIDE),
        f"The picture of {SIDE} by {SIDE} pixels, shifted by {dx} to the right and {dy} down.",
        handles=(
            Handle(
                float(tip[0, 0]),
                float(tip[0, 1]),
                ("dx", "dy"),
                "shift of the picture",
                offset=(-MIDDLE, -MIDDLE),
                role="force",
            ),
        ),
        equal=True,
    )


def _sheet(run: Moved, dx: int, dy: int) -> Panel:
    drawing = run.drawing.numpy()
    return Panel(
        "picture",
        f"Draw here; the layer sees it shifted by ({dx}, {dy})",
        (cells(drawing, "drawing", scale="grey", low=0, high=1),),
        grid_layout(*drawing.shape),
        f"Your drawing on {drawing.shape[0]} by {drawing.shape[1]} cells, "
        f"{int((drawing > 0).sum())} of them bright. The layer sees it on a larger black picture, "
        f"shifted by {dx} to the right and {dy} down.",
        paint=Paint("drawing", drawing, 0, 1, 1, "the picture that moves"),
        equal=True,
    )


def _map(run: Moved) -> Panel:
    m = len(run.y_moved)
    return Panel(
        "map",
        "Feature map of the shifted picture",
        (cells(run.y_moved.numpy(), "output", scale="heat", low=0, high=_brightest(run)),),
        grid_layout(m, m),
        f"Feature map of {m} by {m} cells after the shift, largest value "
        f"{float(run.y_moved.max()):.3g}.",
        equal=True,
    )


def _difference(run: Moved) -> Panel:
    m, most = len(run.y), _brightest(run)
    rows, columns = run.steps
    gap = (run.y_moved - run.follow).numpy()
    return Panel(
        "error",
        f"Minus the first map, moved by ({columns}, {rows}) cells",
        (cells(gap, "error", low=-most, high=most),),
        grid_layout(m, m),
        f"Difference to the feature map that moved along by ({columns}, {rows}) cells: at most "
        f"{np.abs(gap).max():.3g}, {run.error:.0%} of its size.",
        equal=True,
    )


def _brightest(run: Moved) -> float:
    return float(run.y.max()) or 1.0


def _errors(run: Moved, dy: int, stride: int, padding: str) -> Panel:
    right = np.arange(FARTHEST + 1)
    errors = run.errors.numpy()
    traces = [
        line(right, errors, "force", "error", pin=True),
        dots(right, errors, "force", "error", 6),
        dots([run.dx], errors[[run.dx]], "model", "present shift", 11),
    ]
    if padding == "circular" and dy % stride == 0:
        whole = right[::stride].astype(float)
        traces.append(dots(whole, 0 * whole, "good", "multiples of the stride: exact", 9))
    return _by_shift(
        run,
        "Error of the map that should follow",
        traces,
        axis("relative error", 0, coarse(max(1.0, float(errors.max())))),
        f"The error over shifts of 0 to {FARTHEST} pixels: {_listed(errors)}.",
    )


def _pooled(run: Moved, dy: int, stride: int, padding: str) -> Panel:
    right = np.arange(FARTHEST + 1)
    still, pooled = float(run.pooled[0]), run.pooled[1:].numpy()
    ends = np.array([0, FARTHEST])
    return _by_shift(
        run,
        "Pooled output while the picture moves",
        [
            line(ends, np.full(2, still), "theory", "without a shift", label="without a shift"),
            line(right, pooled, "model", "pooled output", pin=True),
            dots(right, pooled, "model", "pooled output", 6),
            dots([run.dx], pooled[[run.dx]], "force", "present shift", 11),
        ],
        axis("pooled output", 0, coarse(1.1 * max(still, float(pooled.max()))) or 1.0),
        f"The pooled output is {still:.3g} without a shift and, over shifts of 0 to {FARTHEST} "
        f"pixels, {_listed(pooled)}.",
    )


def _by_shift(run: Moved, title: str, traces: list[dict], y: dict, alt: str) -> Panel:
    layout = {"xaxis": axis("shift to the right Δx", -0.3, FARTHEST + 0.3, dtick=2), "yaxis": y}
    return Panel("byshift", title, tuple(traces), layout, alt)


def _listed(values: np.ndarray) -> str:
    return ", ".join(f"{v:.3g}" for v in values)


def _shift_formula(run: Moved, dx: int, dy: int, stride: int) -> str:
    steps = rf"({dx}/{stride},\ {dy}/{stride})"
    if run.exact:
        return (
            rf"T\,S_{{({dx},{dy})}}\,x = S_{{{steps}}}\,T\,x,\qquad "
            rf"{steps} = ({dx // stride},\ {dy // stride})"
        )
    return (
        rf"T\,S_{{({dx},{dy})}}\,x \ne S_{{{steps}}}\,T\,x:\qquad {steps} = "
        rf"({dx / stride:.3g},\ {dy / stride:.3g})\ \text{{is no whole step}}"
    )


# --- the sine ----------------------------------------------------------------------------------


def _samples(run: Wave, stride: int) -> Panel:
    t = np.linspace(0, SHOWN, 20 * SHOWN + 1)
    kept = np.arange(0, SHOWN + 1, stride)
    slow = run.gain * np.cos(2 * np.pi * run.alias / stride * t)
    values = run.kept.numpy()[: len(kept)]
    return Panel(
        "samples",
        f"Every {_ordinal(stride)} sample of a sine, and the sine they seem to be",
        (
            line(t, np.cos(2 * np.pi * run.f * t), "faint", "cos 2πft"),
            dots(np.arange(SHOWN + 1), run.passed[: SHOWN + 1].numpy(), "data", "samples", 5),
            line(t, slow, "wrong", "what the kept samples show"),
            bars(kept, values, "model", "kept samples"),
        ),
        {"xaxis": axis("sample t", 0, SHOWN), "yaxis": axis("x[t]", -1.2, 1.2)},
        f"A sine of {run.f:.3g} cycles per sample; every {_ordinal(stride)} sample is kept, and "
        f"these lie on a sine of {run.alias:.3g} cycles per kept sample, {run.gain:.3g} high.",
    )


def _ordinal(stride: int) -> str:
    return {1: "single", 2: "second", 3: "third", 4: "fourth"}[stride]


def _folding(run: Wave, stride: int) -> Panel:
    f = np.linspace(0, 0.5, 201)
    limit = 0.5 / stride
    return Panel(
        "folding",
        "The frequency axis folded by the stride",
        (
            line(np.array([limit, limit]), np.array([0, 0.55]), "faint", "1/(2s)"),
            line(f, np.abs(f * stride - np.round(f * stride)), "theory", "|fs − round(fs)|"),
            dots([run.f], [run.alias], "wrong" if run.f > limit else "model", "this sine", 12),
        ),
        {
            "xaxis": axis("f, cycles per sample", 0, 0.5),
            "yaxis": axis("f′, per kept sample", 0, 0.55),
        },
        f"Which frequency the kept samples show: a zigzag that turns at multiples of {limit:.3g}; "
        f"{run.f:.3g} becomes {run.alias:.3g}.",
        handles=(
            Handle(
                run.f,
                run.alias,
                ("freq",),
                "frequency of the sine",
                matrix=((1.0, 0.0),),
                offset=(0.0,),
                frees="x",
                role="model",
            ),
        ),
    )


def _spectra(run: Wave) -> tuple[Panel, Panel]:
    return (
        _spectrum(
            "before", "Spectrum of all samples", run.spectrum.numpy(), run.f, "f", len(run.x)
        ),
        _spectrum(
            "after",
            "Spectrum of the kept samples",
            run.kept_spectrum.numpy(),
            run.alias,
            "f′, per kept sample",
            len(run.kept),
        ),
    )


def _spectrum(name: str, title: str, size: np.ndarray, at: float, label: str, n: int) -> Panel:
    f = np.arange(len(size)) / n
    peak = f[size.argmax()]
    return Panel(
        name,
        title,
        (
            line(np.array([at, at]), np.array([0, 1.1]), "theory", f"{at:.3g}"),
            line(f, size, "model", "amplitude", pin=True),
        ),
        {"xaxis": axis(label, 0, 0.5), "yaxis": axis("amplitude", 0, 1.1)},
        f"{title}: largest amplitude {size.max():.3g} at {peak:.3g}.",
    )


def _alias_formula(run: Wave, stride: int, blur: bool) -> tuple[str, ...]:
    product = run.f * stride
    lines = (
        rf"f' = |f s - \operatorname{{round}}(f s)| = |{run.f:.4g}\cdot {stride} - "
        rf"{round(product)}| = \role{{wrong}}{{{run.alias:.4g}}}",
    )
    if blur:
        power = 2 * stride - 2
        lines += (
            rf"\text{{blur first leaves }}\cos(\pi f)^{{2s - 2}} = "
            rf"\cos(\pi\cdot {run.f:.4g})^{{{power}}} = {run.gain:.3g}",
        )
    return lines
