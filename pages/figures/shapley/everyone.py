"""A whole data set: one dot for each row and feature, and the mean |φ|."""

import numpy as np

from core.experiments.shapley.everyone import Everyone
from core.experiments.shapley.explain_claims import signed
from pages.figures.marks import dots, line, lying
from pages.figures.plot import Panel, Picture, axis, coarse, rows

LOW, MIDDLE, HIGH = "second", "faint", "third"  # roles of small, usual and large values
BINS = 90  # across the panel; dots of one bin are stacked


def figure(run: Everyone, **_) -> Picture:
    """Beeswarm and mean |φ|."""
    names = [run.table.features[j] for j in run.order.tolist()]
    first = int(run.order[0])
    size = run.size[first].item()
    return Picture(
        panels=(_swarm(run, names), _sizes(run, names)),
        formula=(
            r"\overline{|\varphi_j|} = \tfrac1n \sum_i |\varphi_j(x_i)|,\quad n = "
            rf"{len(run.rows)}:\quad \overline{{|\varphi|}}_{{\text{{largest}}}} = {size:.3g}",
        ),
    )


def _swarm(run: Everyone, names: list[str]) -> Panel:
    order = run.order.numpy()
    phi = run.phi.numpy()[:, order]
    standard = ((run.x - run.table.mean) / run.table.spread).numpy()[:, order]
    low, high = -coarse(-phi.min()), coarse(phi.max())
    room = 0.05 * (high - low) or 1.0
    height = np.arange(len(names)) + _stacked(phi, (high - low) / BINS)
    p = len(names)
    traces = [line([0, 0], [-0.5, p - 0.4], "ink", "no contribution", width=1)]
    for role, name, chosen in (
        (MIDDLE, "usual value", np.abs(standard) <= 0.5),
        (LOW, "small value", standard < -0.5),
        (HIGH, "large value", standard > 0.5),
    ):
        if chosen.any():
            traces.append(dots(phi[chosen], height[chosen], role, name, 4.5))
    for role, name, x in ((LOW, "■ small value", low), (HIGH, "◆ large value", 0.5 * high)):
        traces.append(line([x], [-1.0], role, name, label=name))
    trend = run.trend[run.order].tolist()
    return Panel(
        "swarm",
        "Every dot is a row: where did the feature push f?",
        tuple(traces),
        {
            "xaxis": axis("φ", low - room, high + room),
            "yaxis": rows(names, "feature") | {"range": [p - 0.4, -1.4]},
            "margin": {"l": 36 + 6 * max(map(len, names)), "r": 8, "t": 4, "b": 38},
        },
        "Correlation of value and φ: "
        + ", ".join(f"{name} {r:+.2f}" for name, r in zip(names, trend))
        + ".",
    )


def _stacked(phi: np.ndarray, width: float) -> np.ndarray:
    """Offsets that put the dots of one bin beside each other: 0, 1, −1, 2, … of a small step."""
    bins = np.round(phi / width) if width > 0 else np.zeros_like(phi)
    offset = np.zeros_like(phi)
    for j in range(phi.shape[1]):
        order = np.argsort(bins[:, j], kind="stable")
        _, start, count = np.unique(bins[order, j], return_index=True, return_counts=True)
        nth = np.arange(len(phi)) - np.repeat(start, count)
        offset[order, j] = (nth + 1) // 2 * np.where(nth % 2, 1.0, -1.0)
    most = np.abs(offset).max()
    return offset * min(0.09, 0.42 / most if most else 1.0)


def _sizes(run: Everyone, names: list[str]) -> Panel:
    size = run.size[run.order].numpy()
    told = [text.lstrip("+") for text in signed(size.tolist())]
    top = 1.35 * coarse(size.max()) or 1.0
    at = np.arange(len(names))
    traces = [lying(np.zeros(len(size)), size, at, "model", "mean |φ|")]
    for j, text in enumerate(told):
        traces.append(line([size[j]], [at[j]], "model", "mean |φ|", label=text))
    return Panel(
        "sizes",
        "How far on average: mean |φ|",
        tuple(traces),
        {
            "xaxis": axis("mean |φ|", 0, top),
            "yaxis": rows(names, "feature"),
            "margin": {"l": 36 + 6 * max(map(len, names)), "r": 8, "t": 4, "b": 38},
        },
        ", ".join(f"{name} {text}" for name, text in zip(names, told)) + ".",
    )
