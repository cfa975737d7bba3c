"""The queue of arrivals: running means, the order that is dealt, the error of 20 seeds, the sum."""

from itertools import pairwise

import numpy as np
import torch

from core.experiments.shapley.queue import Queue
from core.shapley.coalitions import spelled
from core.shapley.estimates import METHODS
from core.shapley.values import marginal_contributions
from core.words import bracket, number, tex
from pages.figures.marks import dots, line, lying
from pages.figures.parts.players import PLAYERS
from pages.figures.plot import Panel, Pick, Picture, axis, coarse

ROLES = (*PLAYERS, "good", "data", "ink")  # of up to 8 players
DRAWN = {"plain": "ink", "antithetic": "good", "stratified": "third"}
POINTS = 160  # of a line
HATCHES = 70
FLOOR = 1e-17


def figure(run: Queue, *, alike: bool, look: str, **_) -> Picture:
    """The means, the order, and the error or the sum, at m orders; the player deals on."""
    last = _errors if look == "error" else _sums
    return Picture(
        panels=(_race(run, alike), _queue(run), last(run, alike)),
        frames=len(run.counts),
        drive="k",
        formula=_formula(run, alike),
    )


def _spaced(last: int, first: int = 1) -> np.ndarray:
    """At most `POINTS` whole numbers from `first` to `last`, evenly on a logarithmic axis."""
    return np.unique(np.geomspace(first, last, POINTS).round().astype(int))


def _band(x: np.ndarray, low: np.ndarray, high: np.ndarray, name: str) -> dict:
    """The area between two curves over a logarithmic axis, hatched."""
    at = np.geomspace(x[0], x[-1], HATCHES)
    low, high = (np.interp(np.log(at), np.log(x), each) for each in (low, high))
    y = np.stack([low, high, np.full_like(low, np.nan)], -1).ravel()
    return line(np.repeat(at, 3), y, "faint", name, cap="butt")


# --- running means -------------------------------------------------------------------------------


def _race(run: Queue, alike: bool) -> Panel:
    M, m, j, reach = len(run.orders), run.m, run.player, _reach(run)
    means, errors = run.means.numpy(), run.errors.numpy()
    done, rest = _spaced(m), _spaced(M, m)
    known = done[np.isfinite(errors[done - 1, j])]
    traces = []
    if len(known) > 1:
        middle, width = means[known - 1, j], errors[known - 1, j]
        traces.append(_band(known, middle - width, middle + width, f"player {j + 1} ± s.e."))
    ends = np.array([1, M])
    for phi in run.phi.tolist() if run.p < 6 else [float(run.phi[j])]:
        traces.append(line(ends, [phi, phi], "theory", "exact", width=1.2))
    if alike:
        wrong, limit = run.alike.numpy()[:, j], float(run.banzhaf[j])
        label = f"all subsets alike: {number(wrong[m - 1])}"
        traces.append(line(ends, [limit, limit], "wrong", "Banzhaf value", width=1.2))
        traces.append(line(done, wrong[done - 1], "wrong", "all subsets alike", label=label))
    for i in sorted(range(run.p), key=lambda i: i == j):
        label = f"{i + 1}: {number(means[m - 1, i])}"
        width = 3.2 if i == j else 1.7
        traces.append(line(rest, means[rest - 1, i], "faint", f"player {i + 1}, to come"))
        traces.append(
            line(done, means[done - 1, i], ROLES[i], f"player {i + 1}", width=width, pin=True)
        )
        traces.append(dots([m], means[m - 1, [i]], ROLES[i], f"player {i + 1}", 9, label=label))
    heads = np.stack([np.full(run.p, float(m)), means[m - 1]], -1)
    return Panel(
        "race",
        f"Running means, {m} of {M} orders dealt",
        tuple(traces),
        {
            "xaxis": axis("orders dealt", 1, 3 * coarse(M), log=True),
            "yaxis": axis(
                f"estimate φ̂ⱼ (hatched: ± standard error, player {j + 1})",
                *reach,
                dtick=_steps(*reach),
            ),
        },
        f"After {m} of {M} orders: "
        + "; ".join(
            f"player {i + 1} {number(means[m - 1, i])}, exactly {number(run.phi[i])}"
            for i in range(run.p)
        )
        + ".",
        pick=_players(run, heads),
    )


def _reach(run: Queue) -> tuple[float, float]:
    """A frame around all exact values, for the game and not for the draw."""
    delta = marginal_contributions(run.v)
    low = float(torch.maximum(run.phi - 1.6 * run.spread, delta.amin(-1)).min())
    high = float(torch.minimum(run.phi + 1.6 * run.spread, delta.amax(-1)).max())
    pad = 0.08 * (high - low) or 0.5 * abs(high) or 1.0
    return low - pad, high + pad


def _steps(low: float, high: float) -> float:
    return coarse((high - low) / 8)


def _players(run: Queue, places: np.ndarray) -> Pick:
    return Pick(0, run.p, ("player",), ((1.0, 0.0),), "player", (0, run.player), places=places)


# --- the order that is dealt ---------------------------------------------------------------------


def _queue(run: Queue) -> Panel:
    k, p = run.m - 1, run.p
    order, path = run.orders[k].tolist(), run.path(k)
    low, high = float(run.v.min()), float(run.v.max())
    room = 0.06 * (high - low) or 1.0
    earlier = 3 if p < 6 else 2
    rows = p + 0.3 + np.arange(min(earlier, k))
    bottom = p + earlier - 0.2
    traces = [
        line([path[0]] * 2, [-0.6, bottom], "faint", "v(∅)"),
        line([path[-1]] * 2, [-0.6, bottom], "theory", "v(N)", width=1.4),
    ]
    for i, (j, (start, end)) in enumerate(zip(order, pairwise(path), strict=True)):
        width = (16 if p < 6 else 11) - 4 * (j != run.player)
        traces.append(lying([start], [end], [i], ROLES[j], f"player {j + 1}", width=width))
        label = f"{j + 1}: {_signed(end - start)}"
        traces.append(dots([end], [i], ROLES[j], f"player {j + 1} arrives", 7))
        traces.append(dots([max(start, end)], [i], ROLES[j], label, 0, label=label))
    for back, row in enumerate(rows, start=1):
        steps = pairwise(run.path(k - back))
        for i, (j, (start, end)) in enumerate(
            zip(run.orders[k - back].tolist(), steps, strict=True)
        ):
            at = row + 0.6 * (i + 0.5) / p - 0.3
            name = f"order {k + 1 - back}, player {j + 1}"
            traces.append(lying([start], [end], [at], ROLES[j], name, width=3))
    places = np.empty((p, 2))
    places[order] = np.stack([(np.array(path[1:]) + path[:-1]) / 2, np.arange(p)], -1)
    names = [_place(i) for i in range(p)]
    shares = ", ".join(
        f"player {j + 1} adds {number(end - start)}"
        for j, (start, end) in zip(order, pairwise(path), strict=True)
    )
    return Panel(
        "queue",
        f"Order {run.m}: who arrives when, and what each adds",
        tuple(traces),
        {
            "xaxis": axis("worth of those present v(S)", low - room, high + 5 * room),
            "yaxis": axis(
                "arrival",
                bottom,
                -0.6,
                tickvals=[*range(p), *rows.tolist()],
                ticktext=[*names, *(f"no. {k + 1 - back}" for back in range(1, len(rows) + 1))],
                showgrid=False,
                zeroline=False,
            ),
            "margin": {"l": 72, "r": 8, "t": 6, "b": 40},
        },
        f"Order {run.m}: {shares}; together {number(run.total)}.",
        pick=_players(run, places),
    )


def _place(i: int) -> str:
    return f"{i + 1}" + {0: "st", 1: "nd", 2: "rd"}.get(i, "th")


def _signed(value: float) -> str:
    return f"{value + 0.0:+.3g}".replace("-", "−") if abs(value) > 1e-12 else "0"


# --- error and sum -------------------------------------------------------------------------------


def _errors(run: Queue, alike: bool) -> Panel:
    study, now = run.study, METHODS.index(run.method)
    M, rmse = study.orders.numpy(), study.rmse.numpy()
    theory = float(run.spread.square().mean().sqrt()) / np.sqrt([1, 1e4])
    top = 10 * coarse(theory[0]) if theory[0] > 0 else 1.0
    bound = np.maximum(theory, FLOOR)[::-1]  # the label goes to the left end
    traces = [line([1e4, 1], bound, "theory", "σ/√M", label="σ/√M")]
    spans = np.quantile(rmse[now], (0.1, 0.9), axis=0)
    if spans[1].min() > 0:
        low = np.maximum(spans[0], top / 1e5)
        traces.insert(0, _band(M, low, spans[1], "8 in 10 seeds"))
    exact = top / 1e3
    for name, role, each in zip(METHODS, DRAWN.values(), rmse, strict=True):
        middle = np.median(each, axis=0)
        shown = middle > 0
        width = 3 if name == run.method else 1.6
        if shown.any():
            traces.append(line(M[shown], middle[shown], role, name, width=width, dash="solid"))
            traces.append(dots(M[shown][-1:], middle[shown][-1:], role, name, 5, label=name))
        else:
            exact /= 8
            traces.append(dots([1.2], [exact], role, name, 0, label=f"{name}: no error"))
    if alike:
        at = _spaced(run.m)
        gap = np.sqrt(np.square((run.alike - run.phi).numpy()[at - 1]).mean(-1))
        gap = np.maximum(gap, top / 1e5)
        traces.append(line(at, gap, "wrong", "all subsets alike", label="subsets alike"))
    error = float((run.means[run.m - 1] - run.phi).square().mean().sqrt())
    if error > top / 1e5:
        traces.append(dots([run.m], [error], "model", "this run", 9))
    slope = study.slopes[now]
    steep = f"error ∝ M^{number(slope, 2)}" if slope is not None else "no error"
    return Panel(
        "errors",
        f"20 seeds, {run.method}: {steep} (dot: this run)",
        tuple(traces),
        {
            "xaxis": axis("orders M", 1, 2e4, log=True, dtick=1),
            "yaxis": axis("rmse of φ̂", top / 1e5, top, log=True, dtick=1),
        },
        f"Median error of 20 seeds against the number of orders; {run.method}: {steep}. "
        f"This run errs by {number(error)} after {run.m} orders.",
    )


def _sums(run: Queue, alike: bool) -> Panel:
    at = _spaced(run.m)
    top = 10 * coarse(max(1.0, abs(run.total)))
    gaps = (run.means.sum(-1) - run.total).abs().numpy()[at - 1]
    traces = [
        line(at, np.maximum(gaps, FLOOR), "good", "orders", width=2.5),
        dots(at[-1:], np.maximum(gaps[-1:], FLOOR), "good", "orders", 8, label="orders"),
    ]
    told = f"After {run.m} orders the estimates miss v(N) − v(∅) by {gaps[-1]:.1g}."
    if alike:
        wrong = (run.alike.sum(-1) - run.total).abs().numpy()[at - 1]
        traces.append(line(at, np.maximum(wrong, FLOOR), "wrong", "alike", label="subsets alike"))
        told += f" All subsets alike miss it by {number(wrong[-1])}."
    return Panel(
        "sums",
        "How far the estimates are from adding up",
        tuple(traces),
        {
            "xaxis": axis("orders dealt", 1, 3 * coarse(len(run.orders)), log=True, dtick=1),
            "yaxis": axis("|Σ φ̂ⱼ − v(N) + v(∅)|", FLOOR / 3, top, log=True, dtick=4),
            "margin": {"l": 60, "r": 8, "t": 6, "b": 40},
        },
        told,
    )


# --- formula -------------------------------------------------------------------------------------


def _formula(run: Queue, alike: bool) -> tuple[str, ...]:
    j, m, p, S = run.player, run.m, run.p, run.before
    role, added = ROLES[j], float(run.contributions[m - 1, j])
    earlier = float(run.means[m - 2, j]) if m > 1 else 0.0
    s, who = S.bit_count(), j + 1
    given = float(run.v[S | 1 << j]), float(run.v[S])
    delta = rf"\role{{{role}}}{{{tex(added)}}}"
    lines = [
        rf"\Delta_{who}({_set(S)}) = v({_set(S | 1 << j)}) - v({_set(S)}) = "
        rf"{tex(given[0])} - {bracket(given[1])} = {delta}"
        rf"\qquad \frac{{|S|!\,(p-|S|-1)!}}{{p!}} = \frac{{{s}!\,{p - s - 1}!}}{{{p}!}} = "
        rf"{tex(run.weight)} \quad\text{{seen in }} \tfrac{{{run.seen}}}{{{m}}} = "
        rf"{tex(run.seen / m)}",
        rf"\hat\phi_{who} = \frac1m\sum_{{k=1}}^{{m}} \Delta_{who}^{{(k)}} = "
        rf"\frac{{{m - 1}\cdot {bracket(earlier)} + {delta}}}{{{m}}} = "
        rf"\role{{{role}}}{{{tex(run.means[m - 1, j])}}}"
        rf"\qquad \phi_{who} = \role{{theory}}{{{tex(run.phi[j])}}}"
        rf"\qquad \textstyle\sum_j \hat\phi_j = {tex(run.means[m - 1].sum())} = v(N) - "
        r"v(\varnothing)",
    ]
    if alike:
        lines.append(
            rf"\text{{E-100: }} \role{{wrong}}{{\frac{{1}}{{2^{{p-1}}}}\sum_S \Delta_{who}(S) = "
            rf"{tex(run.banzhaf[j])}}} \qquad \role{{wrong}}{{\text{{sum }} "
            rf"{tex(run.banzhaf.sum())}}} \text{{ instead of }} {tex(run.total)}"
        )
    return tuple(lines)


def _set(S: int) -> str:
    return r"\varnothing" if not S else spelled(S).replace("{", r"\{").replace("}", r"\}")
