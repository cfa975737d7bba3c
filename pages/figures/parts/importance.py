"""Importances by a risk: how each measure looks, their sums, and their curves."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from core.shapley.risk import MEASURES
from pages.figures.marks import line, lying, note, rule
from pages.figures.plot import Panel, axis, coarse, panel, rows

ROLE = dict(zip(MEASURES, ("model", "force", "third", "second", "fourth"), strict=True))
SHORT = dict(zip(MEASURES, ("SAGE", "LOFO", "permuted", "resampled", "alone"), strict=True))


def sums(
    title: str,
    ends: np.ndarray,
    saved: float,
    texts: Sequence[str],
    unit: str,
    alt: str,
    *more: Iterable[dict],
    measures: Sequence[str] = MEASURES,
    wrong: str = "",
) -> Panel:
    """Each measure's values laid end to end, `ends` (m, k + 1) from 0, against the risk saved.

    `wrong` is a measure believed to add up, drawn in the colour of that.
    """
    least, most = min(float(ends.min()), saved), max(float(ends.max()), saved, 0.01)
    right = coarse(most)
    left = -0.02 * right if least > -0.02 * right else -coarse(-least)
    steps = np.diff(ends)
    gap = 0.006 * right * np.sign(steps) * (steps.shape[1] > 1)
    shown = (steps != 0) & (np.abs(steps) > np.abs(gap))

    drawn = []
    for m, measure in enumerate(measures):
        role, name = "wrong" if measure == wrong else ROLE[measure], SHORT[measure]
        start, end = ends[m, :-1][shown[m]], (ends[m, 1:] - gap[m])[shown[m]]
        if len(start):
            drawn.append(lying(start, end, m, role, name, width=11))
        drawn.append(note(ends[m].max(), m, texts[m], role))
    return panel(
        "sums",
        title,
        drawn,
        more,
        rule("theory", "R(f∅) − R(f)", x=saved, span=(-0.6, len(measures) - 0.4)),
        x=axis(f"sum, {unit}", left, right * 1.25, nticks=5),
        y=rows([SHORT[each] for each in measures], "measure"),
        margin={"l": 86, "r": 8, "t": 4, "b": 36},
        alt=alt,
    )


def curves(x: np.ndarray, y: np.ndarray, top: float, places: Mapping[str, float]) -> Iterator[dict]:
    """The importances y (m, K) of the measures in `places` over x, equal ones under one name.

    What is far above `top` is left out; a name stands at its share of x in `places`, if it can.
    """
    names: dict[bytes, list[str]] = {}
    for measure, curve in zip(places, y, strict=True):
        names.setdefault((curve.round(9) + 0.0).tobytes(), []).append(measure)
    for measure, *others in names.values():
        curve = y[list(places).index(measure)]
        seen = np.where(curve <= 1.5 * top, curve, np.nan)
        name = " = ".join(SHORT[each] for each in (measure, *others))
        yield line(x, seen, ROLE[measure], name)
        inside, at = np.flatnonzero(curve <= 0.9 * top), places[measure] * (len(x) - 1)
        place = next((k for k in inside if k >= int(at)), len(x) - 1)
        yield note(x[place], seen[place], name, ROLE[measure])
