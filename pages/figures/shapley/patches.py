"""Patches of a digit: the map of φ, the curve of removal, the picture now, φ against its rivals."""

import numpy as np

from core.experiments.shapley.patches import Patches, area
from core.experiments.shapley.patches_claims import number
from core.shapley.digits import GREY
from core.words import tex
from pages.figures.marks import boxes, cells, dots, line
from pages.figures.plot import Handle, Paint, Panel, Pick, Picture, axis, coarse, grid_layout

INKS = ((1, 5.0), (4, 9.0), (8, 13.0), (12, 17.0))  # from this grey level on, a dot of this size


def figure(run: Patches, *, view: str, **_) -> Picture:
    """φ over the digit; the score step by step or other indices; the picture after the steps."""
    done = "laid down" if view == "insertion" else "removed"
    second = _indices(run) if view == "indices" else _curve(run, done)
    return Picture(
        panels=(_map(run), second, _shown(run, done)),
        frames=run.players + 1,
        drive="removed",
        formula=_formula(run),
    )


def _formula(run: Patches) -> tuple[str, ...]:
    p, j = run.players, run.chosen
    best = rf"z_{{{run.target}}} - z_{{{run.rival}}}"
    return (
        rf"\role{{model}}{{\phi_{{{j + 1}}}}} = \sum_{{S \not\ni {j + 1}}} "
        rf"\tfrac{{|S|!\,({p - 1} - |S|)!}}{{{p}!}}\,\bigl(v(S \cup {j + 1}) - v(S)\bigr) = "
        rf"\role{{model}}{{{tex(run.phi[j])}}} \qquad \text{{last in: }}"
        rf"v(N) - v(N \setminus {j + 1}) = \role{{third}}{{{tex(run.last[j])}}}",
        rf"f(\text{{baseline}}) + \textstyle\sum_j \phi_j = {tex(run.score(run.empty))} + "
        rf"\role{{model}}{{({tex(run.phi.sum())})}} = {tex(run.score(run.whole))} = {best}",
    )


# --- the map -------------------------------------------------------------------------------------


def _corners(side: int, which: np.ndarray) -> np.ndarray:
    """The pixels (top, left, bottom, right) of patches."""
    edge = 8 // side
    i, j = np.divmod(which, side)
    return np.stack([i * edge, j * edge, i * edge + edge - 1, j * edge + edge - 1], -1)


def _map(run: Patches) -> Panel:
    side, p = run.side, run.players
    phi = run.phi.numpy()
    top = 1.5 * coarse(np.abs(phi).max())
    i, j = divmod(run.chosen, side)
    best, worst = int(phi.argmax()), int(phi.argmin())
    return Panel(
        "map",
        f"φ of each patch: what makes it a {run.target} rather than a {run.rival}",
        (
            cells((phi.round(3) + 0.0).reshape(side, side), "φ", numbers=2, low=-top, high=top),
            *_ink(run.x.numpy(), side),
            boxes(np.array([[i, j, i, j]]), "ink", "patch looked at"),
        ),
        _numbered(grid_layout(side, side, "column of patches", "row of patches"), side),
        f"{p} patches, numbered row by row. Patch {best + 1} has the largest φ, "
        f"{number(phi[best])}, patch {worst + 1} the smallest, {number(phi[worst])}; patch "
        f"{run.chosen + 1}, which is looked at, has {number(phi[run.chosen])}.",
        pick=Pick(side, side, ("patch",), ((1.0, float(side)),), "patch", cell=(i, j)),
        equal=True,
    )


def _numbered(layout: dict, side: int) -> dict:
    """Rows and columns counted from 1, as the patches are."""
    ticks = {"tickvals": list(range(side)), "ticktext": [str(i + 1) for i in range(side)]}
    return layout | {name: layout[name] | ticks for name in ("xaxis", "yaxis")}


def _ink(x: np.ndarray, side: int) -> list[dict]:
    """The digit as a halftone among the patches, so that the colours below it stay visible."""
    upper = [level for level, _ in INKS[1:]] + [GREY + 1]
    traces = []
    for (level, size), end in zip(INKS, upper, strict=True):
        row, column = np.argwhere((x >= level) & (x < end)).T
        if len(row):
            at = [(pixel + 0.5) * side / 8 - 0.5 for pixel in (column, row)]
            wide = size / INKS[-1][1] * 0.62 * side / 8
            name = f"ink from {level}"
            traces.append(dots(*at, "ink", name, size, symbol="square", unit=wide))
    return traces


# --- steps ---------------------------------------------------------------------------------------


def _curve(run: Patches, done: str) -> Panel:
    p, made = run.players, run.curve
    k = np.arange(p + 1)
    phi, last, mean = made.phi.numpy(), made.last.numpy(), made.mean.numpy()
    values = np.concatenate([phi, last, made.low.numpy(), made.high.numpy()])
    down = done == "removed"  # the curve of φ leaves room for words below, else above
    low = -coarse((1.25 if down else 1.05) * max(-values.min(), 0))
    high = coarse((1.05 if down else 1.25) * max(values.max(), 0))
    turn = _turn(run)
    traces = [
        line(k, made.low.numpy(), "faint", "10 % of random orders", width=1.4),
        line(k, made.high.numpy(), "faint", "90 % of random orders", width=1.4),
        line(k, mean, "data", "random order", width=1.6),
        line(k, phi, "model", "order of φ", pin=True, width=2.6),
        line(k, last, "third", "order of last in", width=2.2),
    ]
    areas = [area(each) for each in (made.phi, made.mean, made.last)]
    strip = low + 0.06 * (high - low) if down else high - 0.06 * (high - low)
    for share, at, role, text in (
        (
            0.5,
            mean[p // 2] + 0.09 * (high - low),
            "data",
            f"random orders: mean {number(areas[1])}",
        ),
        (0.14, strip, "model", f"by φ: mean {number(areas[0])}"),
        (0.56, strip, "third", f"by last in: mean {number(areas[2])}"),
    ):
        traces.append(line([share * p], [at], role, text, label=text))
    if turn is not None:
        at, text = turn
        ends = [low, high] if down else [high, low]
        traces.append(line([at, at], ends, "theory", text, label=text))
    return Panel(
        "curve",
        f"v as patches are {done}; thin: 80 % of orders",
        tuple(traces),
        {
            "xaxis": axis(f"patches {done} k", -0.3, p + 0.3, dtick=4 if p > 4 else 1),
            "yaxis": axis(f"v = z{_low(run.target)} − z{_low(run.rival)}", low, high),
        },
        f"After {run.step} steps in order of φ the score is {number(phi[run.step])}, the mean of "
        f"all random orders {number(mean[run.step])}. Mean score over all steps: "
        f"{number(areas[0])} by φ, {number(areas[2])} by last in, {number(areas[1])} at random.",
        handles=(
            Handle(
                float(run.step),
                float(phi[run.step]),
                ("removed",),
                "patches " + done,
                matrix=((1.0, 0.0),),
                frees="x",
                role="model",
            ),
        ),
    )


def _turn(run: Patches) -> tuple[int, str] | None:
    """The first step after which the target is no longer read, or is read at last."""
    reads = run.reads.tolist()
    first = reads[0] == run.target
    changed = [k for k, read in enumerate(reads) if (read == run.target) != first]
    if not changed:
        return None
    return changed[0], f"read as {reads[changed[0]]}"


def _low(digit: int) -> str:
    return "₀₁₂₃₄₅₆₇₈₉"[digit]


def _shown(run: Patches, done: str) -> Panel:
    present = (run.coalition >> np.arange(run.players)) & 1
    gone = np.flatnonzero(present == 0)
    read = int(run.scores.argmax())
    sure = float(run.scores.softmax(0)[read])
    traces = [
        cells(run.shown.numpy(), "grey level", scale="heat", low=0, high=GREY),
        boxes(_corners(run.side, gone), "faint", "absent patches"),
    ]
    if run.step:
        newest = run.order[run.step - 1 : run.step].numpy()
        traces.append(boxes(_corners(run.side, newest), "force", "the last step"))
    return Panel(
        "shown",
        f"{run.step} {done}: read as {read} ({sure:.0%}). Draw here",
        tuple(traces),
        grid_layout(8, 8),
        f"The picture with {len(gone)} of {run.players} patches absent; the network reads it as "
        f"{read} with {sure:.0%}.",
        paint=Paint(
            "pixels",
            run.x.numpy(),
            0.0,
            GREY,
            1.0,
            "8 × 8 digit",
            also={"source": "drawing", "removed": 0},
        ),
        equal=True,
    )


# --- other indices -------------------------------------------------------------------------------


def _indices(run: Patches) -> Panel:
    phi, last, banzhaf = run.phi.numpy(), run.last.numpy(), run.banzhaf.numpy()
    low = -coarse(1.05 * max(-min(phi.min(), last.min(), banzhaf.min()), 0.05))
    high = coarse(1.05 * max(phi.max(), last.max(), banzhaf.max(), 0.05))
    j = run.chosen
    ends = np.array([low, high])
    return Panel(
        "indices",
        "Each patch: leaving it out against φ",
        (
            line(ends, ends, "theory", "the same as φ"),
            line([phi[j]] * 2, [phi[j], last[j]], "ink", "difference", width=1.2),
            dots(phi, banzhaf, "second", "Banzhaf", 7),
            dots(phi, last, "third", "last in", 9),
            dots(phi[[j]], last[[j]], "ink", "patch looked at", 5),
            line(phi[[j]], last[[j]], "third", "patch", label=f"patch {j + 1}, last in"),
            line(phi[[j]], banzhaf[[j]], "second", "patch", label="Banzhaf"),
        ),
        {
            "xaxis": axis("Shapley value φⱼ", low, high),
            "yaxis": axis("its rivals", low, high),
        },
        f"Patch {j + 1}: φ {number(phi[j])}, last in {number(last[j])}, Banzhaf "
        f"{number(banzhaf[j])}. All patches: φ adds up to {number(phi.sum())}, last in to "
        f"{number(last.sum())}, Banzhaf to {number(banzhaf.sum())}.",
        pick=Pick(
            0, run.players, ("patch",), ((1.0, 0.0),), "patch", places=np.stack([phi, last], 1)
        ),
    )
