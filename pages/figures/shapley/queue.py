"""The queue of arrivals: the order that is dealt, the list of orders, means, error of 20 seeds."""

from functools import lru_cache
from itertools import pairwise
from typing import Annotated

import numpy as np
import torch

from core.experiments.shapley.queue import LAST, MOST, Queue, schedule
from core.shapley.coalitions import called
from core.shapley.estimates import METHODS
from core.shapley.values import marginal_contributions, shapley_weights
from core.signature import between
from core.words import bracket, number, tex
from pages.figures.marks import dots, line, lying, note, rule, segments
from pages.figures.parts.estimates import orders_panel, run_errors
from pages.figures.parts.players import PLAYERS, braces, short, tex_name
from pages.figures.plot import Panel, Pick, Picture, axis, coarse, panel, rows

ROLES = (*PLAYERS, "good", "data", "ink")  # of up to 8 players
DRAWN = dict(zip(METHODS, ("ink", "good", "third"), strict=True))
WAYS = {"plain": "one by one", "antithetic": "with reverse", "stratified": "rotations"}
PLACES = ("1st", "2nd", "3rd", *(f"{i}th" for i in range(4, MOST + 1)))
POINTS = 160  # of a line


def figure(
    run: Queue,
    *,
    seed: int,
    alike: bool = False,
    k: Annotated[int, between(0, LAST)] = 0,
    player: Annotated[int, between(0, MOST - 1)] = 0,
) -> Picture:
    """The order, the list, the means and the error at m orders; the player deals on."""
    m, j = run.dealt(k), min(player, run.p - 1)
    wrong = run.alike(seed) if alike else None
    return Picture(
        (_queue(run, m, j), orders_panel(run, m), _race(run, m, j, wrong), _errors(run, m, wrong)),
        frames=len(schedule(len(run.orders))),
        drive="k",
        formula=_formula(run, m, j, alike),
    )


@lru_cache(maxsize=64)
def _spaced(last: int, first: int = 1) -> np.ndarray:
    """At most `POINTS` whole numbers from `first` to `last`, evenly on a logarithmic axis."""
    return np.unique(np.geomspace(first, last, POINTS).round().astype(int))


def _queue(run: Queue, m: int, player: int) -> Panel:
    p, order, path = run.p, run.orders[m - 1].tolist(), np.array(run.path(m))
    low, high, thick = float(run.v.min()), float(run.v.max()), 16 if run.p < 6 else 11
    room, ends, bars, told = 0.06 * (high - low) or 1.0, (-0.6, p - 0.4), [], []
    for i, (j, (start, end)) in enumerate(zip(order, pairwise(path), strict=True)):
        role, who, added = ROLES[j], called(j, run.names, "player"), end - start
        text = f"{added:+.3g}" if abs(added) > 1e-12 else "0"
        bars.append(lying([start], [end], [i], role, who, width=thick - 4 * (j != player)))
        bars.append(dots([end], [i], role, f"{who} arrives", 7))
        bars.append(note(max(start, end), i, f"{short(j, run.names)}: {text}", role))
        told.append(f"{who} adds {number(added)}")
    places = np.empty((p, 2))
    places[order] = np.stack([(path[1:] + path[:-1]) / 2, np.arange(p)], -1)
    return panel(
        "queue",
        f"Order {m}: who arrives when, and what each adds",
        rule("faint", "v(∅)", x=path[0], span=ends),
        rule("theory", "v(N)", x=path[-1], span=ends, width=1.4),
        bars,
        x=axis("worth of those present v(S); dashed: v(N)", low - room, high + 5 * room),
        y=rows(PLACES[:p], "arrival"),
        margin={"l": 72, "r": 8, "t": 6, "b": 40},
        alt=f"Order {m}: {', '.join(told)}; together {number(run.total)}.",
        pick=Pick.spots(places, "player", "player", player),
    )


def _race(run: Queue, m: int, j: int, wrong: torch.Tensor | None) -> Panel:
    M, p, means, errors = len(run.orders), run.p, run.means.numpy(), run.errors.numpy()[:, j]
    done, rest, now, exact = _spaced(m), _spaced(M, m), means[m - 1], run.phi.tolist()
    known, ends = done[np.isfinite(errors[done - 1])] - 1, (1, M)
    who = [called(i, run.names, "player") for i in range(p)]
    middle, up = np.stack([known + 1, means[known, j]], -1), errors[known, None] * [0, 1]
    every = [rule("theory", "exact", y=phi, span=ends, width=1.2) for phi in exact]
    traces = [segments(middle - up, middle + up, "faint", f"{who[j]} ± s.e.", cap="butt")]
    traces.append(every if p < 6 else every[j])
    if wrong is not None:
        y, limit = wrong.numpy()[done - 1, j], float(run.banzhaf[j])
        text = f"all subsets alike: {number(y[-1])}"
        traces.append(rule("wrong", "Banzhaf value", y=limit, span=ends, width=1.2))
        traces.append(line(done, y, "wrong", "all subsets alike", label=text))
    for i in sorted(range(p), key=lambda i: i == j):
        look, thick = (ROLES[i], who[i]), 3.2 if i == j else 1.7
        traces.append(line(rest, means[rest - 1, i], "faint", f"{look[1]}, to come"))
        traces.append(line(done, means[done - 1, i], *look, width=thick, pin=True))
        label = f"{short(i, run.names)}: {number(now[i])}"
        traces.append(dots([m], now[[i]], *look, 9, label=label))
    # of the game, not of the draw: φ ± 1.6 σ of all players, as far as contributions go
    delta, away = marginal_contributions(run.v), 1.6 * run.spread
    low = float(torch.maximum(run.phi - away, delta.amin(-1)).min())
    high = float(torch.minimum(run.phi + away, delta.amax(-1)).max())
    pad = 0.08 * (high - low) or 0.5 * abs(high) or 1.0
    low, high, grey = low - pad, high + pad, " (grey: ± s.e.)" if len(known) else ""
    told = [f"{who[i]} {number(now[i])}, exactly {number(exact[i])}" for i in range(p)]
    return panel(
        "race",
        f"Running means, orders dealt: {m} of {M}; dashed: exact",
        traces,
        x=axis("orders dealt", 1, 3 * coarse(M), log=True, dtick=1),
        y=axis(f"estimate φ̂ⱼ{grey}", low, high, dtick=coarse((high - low) / 8)),
        alt=f"Orders dealt: {m} of {M}; {'; '.join(told)}.",
        pick=Pick.spots(np.stack([0 * now + m, now], -1), "player", "player", j),
    )


def _errors(run: Queue, m: int, wrong: torch.Tensor | None) -> Panel:
    study, at = run.study, _spaced(m)
    method = run.method if run.method in DRAWN else "plain"
    sigma, M, traces = float(run.spread.square().mean().sqrt()), study.orders.numpy(), []
    top = 10 * coarse(sigma) if sigma > 0 else 1.0
    floor = top / 1e5
    for i, (name, role) in enumerate(DRAWN.items()):
        look = {"bold": name == method, "nothing": (M[-1], top / 1e3 / 8 ** (i + 1)), "zero": 0}
        traces.append(run_errors(M, study.typical[:, i].numpy(), role, name, WAYS[name], **look))
    if wrong is not None:
        gap = (wrong - run.phi).square().mean(-1).sqrt().numpy()[at - 1].clip(floor)
        traces.append(line(at, gap, "wrong", "all subsets alike", label="subsets alike"))
    error, slope = float((run.means[m - 1] - run.phi).square().mean().sqrt()), study.slope(method)
    steep = f"slope {number(slope, 2)}" if slope is not None else "no error"
    return panel(
        "errors",
        f"Error of 20 seeds, {WAYS[method]}: {steep} (dot: this run)",
        line([1e4, 1], [sigma / 100, sigma], "theory", "σ/√M", label="σ/√M") if sigma else None,
        traces,
        error > floor and dots([m], [error], "model", "this run", 9),
        x=axis("orders M", 1, 2e4, log=True, dtick=1),
        y=axis("root mean square error of φ̂", floor, top, log=True, dtick=1),
        alt=f"Median error of 20 seeds against the number of orders; {WAYS[method]}: {steep}. "
        f"At M = {m} this run errs by {number(error)}.",
    )


def _formula(run: Queue, m: int, j: int, alike: bool) -> tuple[str, ...]:
    p, S, who, role = run.p, run.before(m, j), tex_name(j, run.names), ROLES[j]
    seen, means, names = run.seen(m, j), run.means[:, j], run.names
    s, T, now, earlier = S.bit_count(), S | 1 << j, means[m - 1], means[m - 2] if m > 1 else 0.0
    delta = rf"\role{{{role}}}{{{tex(run.contributions[m - 1, j])}}}"
    lines = [
        rf"\Delta_{{{who}}}({braces(S, names)}) = v({braces(T, names)}) - v({braces(S, names)}) = "
        rf"{tex(run.v[T])} - {bracket(run.v[S])} = {delta}",
        rf"\hat\varphi_{{{who}}} = \frac1m\sum_{{k=1}}^{{m}} \Delta_{{{who}}}^{{(k)}} = "
        rf"\frac{{{m - 1}\cdot {bracket(earlier)} + {delta}}}{{{m}}} = "
        rf"\role{{{role}}}{{{tex(now)}}}\qquad \varphi_{{{who}}} = "
        rf"\role{{theory}}{{{tex(run.phi[j])}}}\qquad \textstyle\sum_j \hat\varphi_j = "
        rf"{tex(run.means[m - 1].sum())} = v(N) - v(\varnothing)",
        rf"\frac{{|S|!\,(p-|S|-1)!}}{{p!}} = \frac{{{s}!\,{p - s - 1}!}}{{{p}!}} = "
        rf"{tex(shapley_weights(p)[s])}\quad\text{{seen in }} \tfrac{{{seen}}}{{{m}}} = "
        rf"{tex(seen / m)}",
        rf"\text{{all subsets alike: }} \role{{wrong}}{{\frac{{1}}{{2^{{p-1}}}}\sum_S "
        rf"\Delta_{{{who}}}(S) = {tex(run.banzhaf[j])}}} \qquad \role{{wrong}}{{\text{{sum }} "
        rf"{tex(run.banzhaf.sum())}}} \text{{ instead of }} {tex(run.total)}",
    ]
    return tuple(lines if alike else lines[:3])
