"""p and q as bars, cross-entropy as a stack, cost over share, cross-entropy over one share of q."""

import math
from dataclasses import replace

import numpy as np

from core.experiments.information.code import NAMES, Code, over_share
from core.words import amount, number, tex
from pages.figures.marks import line, lying, note, rule
from pages.figures.parts.shares import blocks, columns, grips, surprise_area
from pages.figures.plot import PLAIN, Handle, Panel, Picture, axis, panel, rows

MOST = 6.0  # bits that the stack and the curve show


def figure(run: Code, *, laws: str, held: str, unit: str, back: bool = False) -> Picture:
    """`back`: q in the code of p."""
    one, two = ("q", "p") if back else ("p", "q")
    way = int(back)
    H, cross, more = (tex(each[way]) for each in (run.entropy, run.cross, run.kl))
    log = r"\log_2" if unit == "bits" else r"\log"
    formula = (
        rf"H({one},{two}) = \sum_i {one}_i {log}\frac1{{{two}_i}} = "
        rf"\role{{model}}{{H({one})}} + \role{{wrong}}{{\mathrm{{KL}}({one}\,\|\,{two})}}",
        rf"{cross} = \role{{model}}{{{H}}} + \role{{wrong}}{{{more}}}\ \text{{{unit}}}",
    )
    panels = (
        _bars(run, laws, held, back),
        _stack(run, unit),
        _costs(run, unit, back),
        _curve(run, laws, held, unit, back),
    )
    return Picture(panels, formula=formula)


def _names(run: Code) -> tuple[str, ...]:
    return tuple(NAMES[: len(run.p)])


def _grips(run: Code, laws: str, held: str) -> tuple[Handle, ...]:
    """Handles on q; the first row of `laws` stays as it is."""
    first, second = laws.split(",")
    found = grips(run.q.numpy(), second, held, _names(run), ("laws", "held", "share"), "model")
    return tuple(
        replace(each, also=each.also | {"laws": f"{first},{each.also['laws']}"})
        if "laws" in each.also
        else each
        for each in found
    )


def _bars(run: Code, laws: str, held: str, back: bool) -> Panel:
    at, names = np.arange(len(run.p)), _names(run)
    p, q = run.p.numpy(), run.q.numpy()
    coded, words = (q, p) if back else (p, q)
    missed = np.flatnonzero((coded > 0) & (words == 0))
    told = [f"{name} {number(each)}" for name, each in zip(names, p, strict=True)]
    return panel(
        "bars",
        "Drag a bar of q: the others of q give way in proportion",
        columns(at - 0.21, p, "data", "p", 0.36),
        columns(at + 0.21, q, "model", "q", 0.36),
        [note(i + 0.06, q[i] + 0.045, number(q[i]), "model") for i in at],
        [note(i - 0.25, max(p[i], q[i]) + 0.12, "no word: ∞", "wrong") for i in missed],
        x=axis(
            "symbol and its share in p; p left, q right", -0.6, len(at) - 0.4,
            tickvals=at.tolist(), ticktext=told, **PLAIN,
        ),
        y=axis("share", 0.0, 1.1, tickvals=[0, 0.25, 0.5, 0.75, 1]),
        alt="p: " + ", ".join(map(number, p)) + "; q: " + ", ".join(map(number, q)) + ".",
        handles=tuple(
            replace(each, x=each.x + 0.21) for each in _grips(run, laws, held)
        ),
    )  # fmt: skip


def _stack(run: Code, unit: str) -> Panel:
    """H and KL end to end, both ways; an infinite KL runs out of the frame."""
    top = MOST * (1.0 if unit == "bits" else math.log(2))
    H, total = run.entropy.numpy(), np.minimum(run.cross.numpy(), 2 * top)
    end = np.minimum(total, 0.98 * top)
    told = [
        f"{number(a)} + {number(b, zero=1e-12)} = {number(c)}"
        for a, b, c in zip(run.entropy, run.kl, run.cross, strict=True)
    ]
    at = np.arange(2.0)
    return panel(
        "stack",
        "Only the KL part comes from the wrong code",
        lying(np.zeros(2), H, at, "model", "H", width=26),
        lying(H, end, at, "wrong", "KL", width=26),
        [line([0.01 * top], [i - 0.34], "ink", told[i], label=f"H + KL: {told[i]}")
         for i in range(2)],
        [line([0.995 * top] * 2, [i - 0.2, i + 0.2], "wrong", "∞", label="∞", width=3)
         for i in range(2) if math.isinf(float(run.cross[i]))],
        x=axis(unit, 0.0, top),
        y=rows(["p in q's code", "q in p's code"], "what is coded"),
        alt=f"p in the code of q: {told[0]}; q in the code of p: {told[1]} {unit}.",
        margin={"l": 120},
    )  # fmt: skip


def _costs(run: Code, unit: str, back: bool) -> Panel:
    """What each symbol costs over its share, against what it would cost in its own code."""
    mass, words = (run.q, run.p) if back else (run.p, run.q)
    mass, words = mass.numpy(), words.numpy()
    with np.errstate(divide="ignore"):
        lengths = -np.log2(words)
    one, two = ("q", "p") if back else ("p", "q")
    H, cross = float(run.entropy[int(back)]), float(run.cross[int(back)])
    per = 1.0 if unit == "bits" else math.log(2)
    shown = np.where(lengths > MOST, np.nan, lengths)
    drawn = surprise_area(mass, _names(run), shown, unit, f"H({one}, {two})", cross / per, H)
    own = -np.log2(np.where(mass > 0, mass, 1.0))
    ends = np.r_[0.0, np.cumsum(mass)]
    high = drawn.layout["yaxis"]["range"][1]
    own, paid = (np.minimum(each * per, high) for each in (own, lengths))
    dear, cheap = ((mass > 0) & (paid > own)), ((mass > 0) & (paid < own))
    parts = [
        blocks(ends[:-1][i], ends[1:][i], own[i], paid[i], role, name)
        for i, role, name in ((dear, "wrong", "paid more"), (cheap, "good", "paid less"))
        if i.any()
    ]
    lost = [
        note((ends[i] + ends[i + 1]) / 2 - 0.012, 0.9 * high, "∞", "wrong")
        for i in np.flatnonzero((mass > 0) & np.isinf(lengths))
    ]
    title = f"Code lengths over {one}: red less green is KL"
    sides = {"xaxis": axis(f"share in {one}", 0.0, 1.0)}
    sides["yaxis"] = axis(f"length in {unit}", 0.0, high)
    first, *others = drawn.traces
    layout = drawn.layout | sides
    traces = (first, *parts, *others, *lost)
    return replace(drawn, name="costs", title=title, traces=traces, layout=layout)


def _curve(run: Code, laws: str, held: str, unit: str, back: bool) -> Panel:
    names = _names(run)
    missed = np.flatnonzero((run.p.numpy() > 0) & (run.q.numpy() == 0))
    bar = names.index(held) if held in names else int(missed[0]) if len(missed) else 0
    here, name, way = float(run.q[bar]), names[bar], int(back)
    at, cross = over_share(laws, name, unit, back)
    top = MOST * (1.0 if unit == "bits" else math.log(2))
    one, two = ("q", "p") if back else ("p", "q")
    y = min(float(run.cross[way]), top)
    grip = _grips(run, laws, held)[bar]
    floor = float(run.entropy[way])
    return panel(
        "curve",
        f"H({one}, {two}) while q gives more and more to {name}",
        line(at, np.minimum(cross.numpy(), 2 * top), "wrong", "cross-entropy", width=2.6,
             label=f"H({one}, {two})"),
        bool(cross.isinf().all()) and note(0.3, 0.8 * top, "∞ for every share", "wrong"),
        rule("theory", f"H({one})", y=floor, span=(0.0, 1.0), label=f"H({one}) now"),
        x=axis(f"share of {name} in q", 0.0, 1.0),
        y=axis(unit, 0.0, top),
        alt=f"At {number(here)} it is {amount(run.cross[way], unit)}.",
        handles=(
            Handle(here, y, grip.params, grip.label, ((1.0, 0.0),), also=grip.also, click=False,
                   frees="x", role="model"),
        ),
    )  # fmt: skip
