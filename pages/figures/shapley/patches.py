"""Patches of a digit: the map of φ, the curve of removal, the picture now, φ against its rivals."""

from typing import Annotated, Literal

import numpy as np

from core.experiments.shapley.patches import MOST, VIEWS, Patches, Steps
from core.experiments.shapley.patches_claims import ABSENT, number
from core.shapley.digits import GREY
from core.signature import between
from core.words import tex
from pages.figures.marks import boxes, cells, dots, line, note, rule
from pages.figures.plot import PLAIN, Handle, Paint, Panel, Pick, Picture, axis, coarse, panel

INKS = ((1, 5.0), (4, 9.0), (8, 13.0), (12, 17.0))  # from this grey level on, a dot of this size
LOW = "₀₁₂₃₄₅₆₇₈₉"


def figure(
    run: Patches,
    *,
    baseline: str = "mean",
    view: Literal[VIEWS] = "deletion",
    removed: Annotated[int, between(0, MOST)] = 0,
    patch: Annotated[int, between(0, MOST - 1)] = 5,
) -> Picture:
    """φ over the digit; the score step by step or other indices; the picture after the steps."""
    done, steps = "laid down" if view == "insertion" else "removed", run.steps(view)
    step, j = min(removed, run.players), min(patch, run.players - 1)
    second = _indices(run, j) if view == "indices" else _curve(run, steps, step, done)
    p, phi, last = run.players, tex(run.phi[j]), tex(run.last[j])
    return Picture(
        (_map(run, j), second, _shown(run, steps, step, ABSENT[baseline])),
        frames=p + 1,
        drive="removed",
        formula=(
            rf"\role{{model}}{{\phi_{{{j + 1}}}}} = \sum_{{S \not\ni {j + 1}}} "
            rf"\tfrac{{|S|!\,({p - 1} - |S|)!}}{{{p}!}}\,\bigl(v(S \cup {j + 1}) - v(S)\bigr) = "
            rf"\role{{model}}{{{phi}}} \qquad \text{{last in: }}v(N) - v(N \setminus {j + 1}) = "
            rf"\role{{third}}{{{last}}}",
            rf"f(\text{{baseline}}) + \textstyle\sum_j \phi_j = {tex(run.lead(run.absent))} + "
            rf"\role{{model}}{{({tex(run.phi.sum())})}} = {tex(run.lead(run.x))} = "
            rf"z_{{{run.target}}} - z_{{{run.rival}}}",
        ),
    )


def _map(run: Patches, j: int) -> Panel:
    side, phi = run.side, run.phi.numpy()
    top, at = 1.5 * coarse(np.abs(phi).max()), divmod(j, run.side)
    values, best, worst = (phi.round(3) + 0.0).reshape(side, side), phi.argmax(), phi.argmin()
    return panel(
        "map",
        f"φ of each patch: why a {run.target} and no {run.rival}; dots: the ink",
        cells(values, "φ", numbers=2, low=-top, high=top),
        _ink(run.x.numpy(), side),
        boxes([[*at, *at]], "ink", "patch looked at"),
        **_grid(side, "column of patches", "row of patches"),
        alt=f"φ is largest in patch {best + 1}, {number(phi[best])}, smallest in {worst + 1}, "
        f"{number(phi[worst])}, and {number(phi[j])} in {j + 1}, which is looked at.",
        pick=Pick.numbered(side, side, "patch", "patch", at),
        equal=True,
    )


def _grid(side: int, x: str, y: str) -> dict:
    """Axes of cells, row 1 on top."""
    ticks = {"tickvals": list(range(side)), "ticktext": [str(i + 1) for i in range(side)], **PLAIN}
    across, down = axis(x, -0.5, side - 0.5, **ticks), axis(y, side - 0.5, -0.5, **ticks)
    return {"x": across, "y": down, "margin": {"l": 42, "r": 6, "t": 4, "b": 34}}


def _ink(x: np.ndarray, side: int) -> list[dict]:
    """The digit as dots of ink, so that the colours of the patches stay visible."""
    traces, ends = [], [level for level, _ in INKS[1:]] + [GREY + 1]
    for (level, size), end in zip(INKS, ends, strict=True):
        row, column = ((np.argwhere((x >= level) & (x < end)) + 0.5) * side / 8 - 0.5).T
        mark = {"symbol": "circle", "unit": size / INKS[-1][1] * 0.62 * side / 8}
        traces.append(dots(column, row, "ink", f"ink from {level}", size, **mark))
    return [trace for trace in traces if len(trace["x"])]


def _curve(run: Patches, steps: Steps, step: int, done: str) -> Panel:
    p, k, down = run.players, np.arange(run.players + 1), done == "removed"
    phi, last, mean, low, high = (each.numpy() for each in steps[3:])
    areas, seen = list(map(number, steps.areas)), np.concatenate([phi, last, low, high])
    # the curve of φ leaves room for words below where patches are removed, else above
    bottom = -coarse((1.25 if down else 1.05) * max(-seen.min(), 0))
    top = coarse((1.05 if down else 1.25) * max(seen.max(), 0))
    whole, lead = top - bottom, f"v = z{LOW[run.target]} − z{LOW[run.rival]}"
    strip = bottom + 0.06 * whole if down else top - 0.06 * whole
    reads = steps.scores.argmax(-1).numpy()
    found = reads == run.target
    turn = int((found != found[0]).argmax())  # the step at which it is lost or found; 0: never
    label, span = f"read as {reads[turn]}", (bottom, top) if down else (top, bottom)
    at, slide = (float(step), float(phi[step])), {"matrix": ((1.0, 0.0),), "frees": "x"}
    return panel(
        "curve",
        f"v as patches are {done}; thin: 80 % of orders",
        line(k, low, "faint", "10 % of random orders", width=1.4),
        line(k, high, "faint", "90 % of random orders", width=1.4),
        line(k, mean, "data", "random order", width=1.6),
        line(k, phi, "model", "order of φ", pin=True, width=2.6),
        line(k, last, "third", "order of last in", width=2.2),
        note(0.5 * p, mean[p // 2] + 0.09 * whole, f"random orders: mean {areas[1]}", "data"),
        note(0.14 * p, strip, f"by φ: mean {areas[0]}", "model"),
        note(0.56 * p, strip, f"by last in: mean {areas[2]}", "third"),
        turn > 0 and rule("theory", label, x=turn, span=span, label=label),
        x=axis(f"patches {done} k", -0.3, p + 0.3, dtick=4 if p > 4 else 1),
        y=axis(lead, bottom, top),
        alt=f"At k = {step} the score is {number(phi[step])} by φ, at random "
        f"{number(mean[step])}; mean {areas[0]} by φ, {areas[2]} by last in, {areas[1]} at random.",
        handles=(Handle(*at, ("removed",), f"patches {done}", role="model", **slide),),
    )


def _shown(run: Patches, steps: Steps, step: int, absent: str) -> Panel:
    present, scores, edge = int(steps.coalitions[step]), steps.scores[step], 8 // run.side
    gone = [j for j in range(run.players) if not present >> j & 1]
    read, also = int(scores.argmax()), {"source": "drawing", "removed": 0}
    sure = f"read as {read} ({100 * float(scores.softmax(0)[read]):.3g} %)"
    title = f"{len(gone)} of {run.players} patches replaced: {sure}"
    if len(gone) in (0, run.players):
        title = f"Only {absent}: {sure}" if gone else f"The picture, {sure}: draw in it"

    def frames(which: list[int], role: str, name: str) -> dict:
        i, j = (edge * each for each in np.divmod(which, run.side))
        return boxes(np.stack([i, j, i + edge - 1, j + edge - 1], -1), role, name)

    return panel(
        "shown",
        title,
        cells(steps.pictures[step].numpy(), "grey level", scale="heat", low=0, high=GREY),
        frames(gone, "faint", "absent patches"),
        step > 0 and frames([int(run.order[step - 1])], "force", "the last step"),
        **_grid(8, "column j", "row i"),
        alt=f"{len(gone)} of {run.players} patches show {absent}; the whole is {sure}.",
        paint=Paint("pixels", run.x.numpy(), 0.0, GREY, 1.0, "8 × 8 digit", also=also),
        equal=True,
    )


def _indices(run: Patches, j: int) -> Panel:
    three = np.stack([run.phi, run.last, run.banzhaf])
    phi, last, banzhaf = three
    low, high = -coarse(1.05 * max(-three.min(), 0.05)), coarse(1.05 * max(three.max(), 0.05))
    ends, now = np.array([low, high]), [number(each) for each in three[:, j]]
    sums = [number(each) for each in three.sum(1)]
    return panel(
        "indices",
        "Each patch: leaving it out against φ",
        line(ends, ends, "theory", "the same as φ"),
        rule("ink", "difference", x=phi[j], span=(phi[j], last[j]), width=1.2),
        dots(phi, banzhaf, "second", "Banzhaf", 7),
        dots(phi, last, "third", "last in", 9),
        dots(phi[[j]], last[[j]], "ink", "patch looked at", 5),
        note(phi[j], last[j], f"patch {j + 1}, last in", "third"),
        note(phi[j], banzhaf[j], "Banzhaf", "second"),
        x=axis("Shapley value φⱼ", low, high),
        y=axis("its rivals", low, high),
        alt=f"Patch {j + 1}: φ {now[0]}, last in {now[1]}, Banzhaf {now[2]}. All patches: φ adds "
        f"up to {sums[0]}, last in to {sums[1]}, Banzhaf to {sums[2]}.",
        pick=Pick.spots(np.stack([phi, last], 1), "patch", "patch"),
    )
