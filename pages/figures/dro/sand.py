"""Two piles with the plan between them, distances over the move, W over p, the plan as a table."""

import math

import numpy as np

from core import table
from core.experiments.dro.sand import PLACES, POWERS, Sand, over_places, over_powers
from core.words import number, tex
from pages.figures.marks import as_f4, cells, dots, line, rule, segments
from pages.figures.plot import Handle, Paint, Panel, Picture, axis, coarse, panel

PEN = 6.0  # a drawn column reaches from 0 to PEN
GAP = 3.5  # between the piles, where the plan runs
WIDTHS = ((0.02, 0.1, 0.8), (0.1, 0.4, 2.0), (0.4, 2.0, 4.0))  # shares of the largest part
BARE = {"showgrid": False, "zeroline": False, "tickformat": "d"}


def figure(
    run: Sand, *, sand: str, a: str, b: str, places: int, shift: float, lift: float, p: float,
    infinite: bool,
) -> Picture:  # fmt: skip
    """The sand, distances over the move (on a line), W over p, the plan."""
    power, name = (math.inf, r"\infty") if infinite else (p, f"{p:.3g}")
    law = r"\Bigl(\sum_{ij}\pi_{ij}\,|x_i-y_j|^{" + name + r"}\Bigr)^{1/" + name + "}"
    law = r"\max_{\pi_{ij} > 0}|x_i-y_j|" if infinite else law
    formula = (
        rf"W_{{{name}}}(P,Q) = {law} = \role{{model}}{{{tex(run.distance)}}}",
        rf"\mathrm{{JSD}} = \role{{wrong}}{{{tex(run.jsd)}}},\quad \mathrm{{KL}}(P\,\|\,Q) = "
        rf"{tex(run.kl)},\quad \mathrm{{KL}}(Q\,\|\,P) = {tex(run.back)}",
    )
    if sand == "plane":
        panels = [_plane(run, shift, lift)]
    else:
        move = float(places if sand == "piles" else shift)
        panels = [_line(run, sand, a, move), _moved(run, sand, a, b, move, power)]
    return Picture((*panels, _powers(run, power), _table(run)), formula=formula)


def _line(run: Sand, sand: str, a: str, move: float) -> Panel:
    """P on 0, Q on −gap; piles are columns, P upwards and Q downwards."""
    x, y, base = run.a[:, 0].numpy(), run.b[:, 0].numpy(), float(run.w @ run.b[:, 0]) - move
    if sand == "piles":
        heights = table.signal(a, "a").numpy()
        v, w = heights.sum() * run.v.numpy(), heights.sum() * run.w.numpy()
        top = max(PEN, coarse(v.max()), coarse(w.max()))
        marks = [_columns(x, 0, v, "data", "P"), _columns(y, -GAP * top / PEN, -w, "model", "Q")]
        paint = Paint("a", heights.tolist(), 0.0, PEN, 0.5, "the heights of P")
        ends, param = (-PLACES - 0.6, max(len(x), len(y) + PLACES) - 0.4), "places"
    else:
        top, paint, param = PEN / 4, None, "shift"
        marks = _both((x, 0 * x), (y, 0 * y - GAP / 4))
        low, high = min(x.min(), y.min() - move), max(x.max(), y.max() - move)
        ends = low - PLACES / 2 - 1, high + PLACES / 2 + 1
    gap = GAP * top / PEN
    bands = paint and not run.soft.numel()
    return panel(
        "sand",
        "P above, Q below, and where everything goes",
        _bands(run, x, y, gap) if bands else _plan(run, np.c_[x, 0 * x], np.c_[y, 0 * y - gap]),
        marks,
        x=axis("place", *ends),
        y=axis("mass", -gap - top, top, showticklabels=False, showgrid=False, ticks=""),
        alt=f"P has {len(x)} places, Q {len(y)}, moved by {number(move)}; the best plan joins "
        f"{len(run.mass)} pairs.",
        handles=_grip(base + move, -gap, param, "Q", offset=(-base,), click=False),
        paint=paint,
    )


def _grip(x: float, y: float, param: str, label: str, **more) -> tuple[Handle, ...]:
    return (Handle(x, y, (param,), label, ((1.0, 0.0),), frees="x", role="model", **more),)


def _columns(x: np.ndarray, foot: float, high: np.ndarray, role: str, name: str) -> dict:
    """Filled columns of width 0.8, from a foot to foot + high."""
    sides = np.stack([x - 0.4, x + 0.4, x + 0.4, x - 0.4], 1)
    return _polygons(sides, foot + high[:, None] * [0, 0, 1, 1], role, name, label=name)


def _bands(run: Sand, x: np.ndarray, y: np.ndarray, gap: float) -> dict:
    """Each part of the plan as a band, as wide at both ends as its share of the column."""
    left, right, corners = x - 0.4, y - 0.4, []
    for i, j, m in zip(run.i.tolist(), run.j.tolist(), run.mass.tolist(), strict=True):
        out, into = left[i] + 0.8 * m / run.v[i].item(), right[j] + 0.8 * m / run.w[j].item()
        corners.append([left[i], out, into, right[j]])
        left[i], right[j] = out, into
    high = np.array([[0, 0, -gap, -gap]] * len(corners))
    return _polygons(np.array(corners), high, "force", "the plan")


def _polygons(x: np.ndarray, y: np.ndarray, role: str, name: str, **meta) -> dict:
    """Closed polygons of four corners each, (k, 4), filled with a wash."""
    gap = np.full((len(x), 1), np.nan)
    x, y = (as_f4(np.concatenate([each, each[:, :1], gap], 1).ravel()) for each in (x, y))
    return line(x, y, role, name, box=True, **meta) | {"fill": "toself"}


def _plan(run: Sand, tails: np.ndarray, tips: np.ndarray) -> list[dict]:
    """The best plan as lines from P to Q; the blurred one thick where much is carried."""
    if not run.soft.numel():
        return [segments(tails[run.i.numpy()], tips[run.j.numpy()], "force", "the plan", width=1.8)]
    share, drawn = run.soft.numpy() / float(run.soft.max()), []
    for low, high, width in WIDTHS:
        i, j = np.nonzero((share >= low) & (share < high))
        if len(i):
            drawn.append(segments(tails[i], tips[j], "force", "the blurred plan", width=width))
    return drawn


def _both(x, y) -> list[dict]:
    return [dots(*x, "data", "P", 9, label="P"), dots(*y, "model", "Q", 9, label="Q")]


def _plane(run: Sand, shift: float, lift: float) -> Panel:
    x, y, middle = run.a.numpy(), run.b.numpy(), run.b.mean(0).tolist()
    offset = shift - middle[0], lift - middle[1]
    return panel(
        "sand",
        f"{len(x)} points of P, {len(y)} of Q, and who goes where",
        _plan(run, x, y),
        _both(x.T, y.T),
        x=axis("x₁", -4.0, 5.0, dtick=1),
        y=axis("x₂", -3.0, 3.0, dtick=1),
        alt=f"{len(x)} points of each law; the longest way is {number(run.ways.max())}.",
        handles=(Handle(*middle, ("shift", "lift"), "cloud Q", offset=offset, role="model"),),
        equal=True,
    )


def _moved(run: Sand, sand: str, a: str, b: str, now: float, p: float) -> Panel:
    """Distances for Q at other places, as far as the frame goes."""
    at, far, over = over_places(sand, a, b, p)
    here, top = min(max(now, float(at[0])), float(at[-1])), max(10.0, coarse(max(far)))
    param = "places" if sand == "piles" else "shift"
    name = "W∞" if math.isinf(p) else "W₁" if p == 1 else "Wₚ"
    return panel(
        "distances",
        "How far Q is from P, over how far it is moved",
        line(at, far, "model", name, label=name, width=2.6),
        dots(at, over, "wrong", "JSD", 5, label="JSD"),
        x=axis("Q is moved by", float(at[0]), float(at[-1])),
        y=axis("length; JSD in nats", -0.03 * top, top),
        alt=f"Moved by {number(now)}, {name} is {number(run.distance)}, JSD {number(run.jsd)}.",
        handles=_grip(here, min(run.distance, top), param, "move of Q"),
    )


def _powers(run: Sand, p: float) -> Panel:
    found = over_powers(run)
    top = max(coarse(1.02 * max(found)), 1e-9)
    soft = min(run.dear(p), 2 * top)
    return panel(
        "powers",
        "The same two laws for every p",
        rule("theory", "p = ∞", y=found[-1], span=(1.0, 16.0), label="W∞, the longest way"),
        line(POWERS[:-1], found[:-1], "model", "Wₚ", label="Wₚ", width=2.6),
        soft > 0 and dots([p], [soft], "force", "blurred plan", 9, label="blurred plan"),
        x=axis("p", 1.0, 16.0, log=True, tickvals=[1, 2, 4, 8, 16]),
        y=axis("Wₚ", 0.0, top),
        alt=f"From {number(found[0])} at p = 1 to {number(found[-1])} at p = ∞.",
        handles=_grip(
            min(p, 16.0), min(run.distance, top), "p", "exponent p", also={"infinite": False}
        ),
    )


def _table(run: Sand) -> Panel:
    what, plan = ("blurred", run.soft) if run.soft.numel() else ("best", run.plan)
    order = np.ix_(*(np.lexsort(each.numpy().T[::-1]) for each in (run.a, run.b)))
    seen, (n, m) = 100 * plan.numpy()[order], plan.shape
    return panel(
        "plan",
        f"The {what} plan in per cent, from left to right",
        cells(np.where(seen > 1e-6, seen, np.nan), "per cent", scale="heat", low=0.0, numbers=2),
        x=axis("place in Q", -0.5, m - 0.5, **BARE),
        y=axis("place in P", n - 0.5, -0.5, **BARE),
        alt=f"{int((seen > 1e-6).sum())} of {n * m} cells hold sand.",
        equal=True,
    )
