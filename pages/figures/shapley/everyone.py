"""A whole data set: one dot for each row and feature, and the mean |φ|."""

import numpy as np

from core.experiments.shapley.everyone import Everyone
from core.tabular.words import signed
from pages.figures.marks import dots, lying, note, rule
from pages.figures.plot import Panel, Picture, axis, coarse, panel, rows

LOW, MIDDLE, HIGH = "second", "faint", "third"  # roles of small, usual and large values
BINS = 90  # across the panel; dots of one bin are stacked


def figure(run: Everyone) -> Picture:
    """Beeswarm and mean |φ|."""
    order = run.order
    names = [run.table.features[j] for j in order]
    mean = (
        rf"\overline{{|\varphi_j|}} = \tfrac1n \sum_i |\varphi_j(x_i)|,\quad n = {len(run.phi)}:"
        rf"\quad \overline{{|\varphi|}}_{{\text{{largest}}}} = {run.size[order[0]]:.3g}"
    )
    panels = _swarm(run, names, order), _sizes(run.size[order].numpy(), names)
    return Picture(panels, formula=(mean,))


def chart(run: Everyone) -> tuple[dict, dict]:
    """Every row with each of its features, by falling mean |φ|."""
    from pandas import DataFrame, concat  # slow to import

    from pages.figures.parts import charts

    names, x, phi, truth = run.table.features, run.x.numpy(), run.phi.numpy(), run.table.y[run.rows]
    people = DataFrame({"number": run.rows.numpy(), "f": run.f.numpy(), "truth": truth.numpy()})
    found = (
        people.assign(rank=k, feature=names[j], value=x[:, j], phi=phi[:, j])
        for k, j in enumerate(run.order)
    )
    return charts.many_rows(), {"rows": concat(found, ignore_index=True)}


def _swarm(run: Everyone, names: list[str], order: list[int]) -> Panel:
    phi = run.phi.numpy()[:, order]
    standard = run.table.standard(run.x).numpy()[:, order]
    low, high = -coarse(-phi.min()), coarse(phi.max())
    room, p = 0.05 * (high - low) or 1.0, len(names)
    height = np.arange(p) + _stacked(phi, (high - low) / BINS)
    kinds = (
        (np.abs(standard) <= 0.5, MIDDLE, "usual value"),
        (standard < -0.5, LOW, "small value"),
        (standard > 0.5, HIGH, "large value"),
    )
    trend = (f"{name} {r:+.2f}" for name, r in zip(names, run.trend[order].tolist()))
    return panel(
        "swarm",
        "Every dot is a row: where did the feature push f?",
        rule("ink", "no contribution", x=0, span=(-0.5, p - 0.4), width=1),
        [dots(phi[w], height[w], *kind, 4.5) for w, *kind in kinds if w.any()],
        note(low, -1.0, "■ small value", LOW),
        note(0.5 * high, -1.0, "◆ large value", HIGH),
        x=axis("φ", low - room, high + room),
        y=rows(names, "feature") | {"range": [p - 0.4, -1.4]},
        margin=_margin(names),
        alt=f"Correlation of value and φ: {', '.join(trend)}.",
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
    return offset * min(0.09, 0.42 / max(np.abs(offset).max(), 1.0))


def _sizes(size: np.ndarray, names: list[str]) -> Panel:
    told = [text.lstrip("+") for text in signed(size.tolist())]
    return panel(
        "sizes",
        "How far on average: mean |φ|",
        lying(0 * size, size, np.arange(len(size)), "model", "mean |φ|"),
        [note(value, j, text, "model") for j, (value, text) in enumerate(zip(size, told))],
        x=axis("mean |φ|", 0, 1.35 * coarse(size.max()) or 1.0),
        y=rows(names, "feature"),
        margin=_margin(names),
        alt=", ".join(map(" ".join, zip(names, told))) + ".",
    )


def _margin(names: list[str]) -> dict:
    return {"l": 36 + 6 * max(map(len, names)), "r": 8, "t": 4, "b": 38}
