"""Big p: error against evaluations, the estimate player by player, seconds against evaluations."""

from typing import Literal

import numpy as np

from core.experiments.shapley.big import METHODS, Big
from core.experiments.shapley.big_claims import NAMES, memory, number
from core.shapley.budgets import FOLDED, folding
from core.words import spaced, tex
from pages.figures.marks import dots, line, note, segments
from pages.figures.parts.estimates import ZERO, run_errors
from pages.figures.parts.players import short
from pages.figures.plot import Panel, Picture, axis, coarse, panel

ROLE = {"plain": "model", "antithetic": "second", "stratified": "third", "kernel": "fourth"}
SHORT = {name: "KernelSHAP" if name == "kernel" else name for name in METHODS}
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def figure(run: Big, *, method: Literal[METHODS] = "plain") -> Picture:
    """The race of the estimators, φ̂ beside φ, and what all coalitions would take."""
    n, M, sigma = run.n, int(run.orders[-1]), float(run.game.variance.mean().sqrt())
    count = spaced(2**n).replace(" ", r"\,")
    return Picture(
        (_errors(run, method), _players(run, method), _seconds(run)),
        formula=(
            rf"2^p = 2^{{{n}}} = {count} \qquad M = \lfloor {run.budget} / (p + 1) \rfloor = {M}",
            rf"\text{{plain orders: rms error}} \approx \frac{{\sigma}}{{\sqrt M}} = "
            rf"\frac{{{tex(sigma)}}}{{\sqrt{{{M}}}}} = {tex(run.foreseen()[-1])}"
            r"\qquad \sigma^2 = \tfrac1p \textstyle\sum_j \mathrm{Var}\,\Delta_j",
        ),
    )


def _errors(run: Big, method: str) -> Panel:
    typical, asked, foreseen = run.typical().numpy(), run.asked.numpy(), run.foreseen().numpy()
    seen = np.concatenate([typical[0].ravel(), foreseen, typical[:, METHODS.index(method)].ravel()])
    zero = ZERO * run.game.largest
    seen = seen[np.isfinite(seen) & (seen > zero)]
    bottom, top = (seen.min(), seen.max()) if seen.size else (0.1, 1.0)
    floor, ceiling = 10.0 ** np.floor(np.log10(0.8 * bottom)), 10.0 ** np.ceil(np.log10(1.2 * top))
    at, traces, told = run.orders.numpy() * (run.n + 1), [], []
    if foreseen.max() > zero:
        traces.append(line(at, foreseen, "theory", "σ/√M"))
        traces.append(note(at[0], foreseen[0] * 1.35, "σ/√M, slope −½", "theory"))
    for row, name in enumerate(METHODS):
        known = np.isfinite(typical[0, row]) & (asked[row] > 0)
        if known.any():
            x, each, names = asked[row, known], typical[:, row, known], (ROLE[name], NAMES[name])
            look = {"bold": name == method, "nothing": (x[-1], 1.2 * floor), "zero": zero}
            traces.append(run_errors(x, each, *names, SHORT[name], **look))
            told.append(f"{NAMES[name]} {number(each[0, -1])}")
    return panel(
        "errors",
        "Error of φ̂ against evaluations of v: median of 20 runs",
        traces,
        x=axis("evaluations of v", 20, 16 * int(run.budget), log=True, dtick=1),
        y=axis("root mean square error of φ̂", floor, ceiling, log=True, dtick=1),
        alt=f"With about {spaced(int(run.budget))} evaluations the median errors are: "
        f"{', '.join(told)}.",
    )


def _players(run: Big, method: str) -> Panel:
    n, row, name, role = run.n, METHODS.index(method), NAMES[method], ROLE[method]
    x, phi, values = np.arange(1, n + 1), run.game.phi.numpy(), run.values[row].numpy()
    reach = 2 * np.nan_to_num(run.spread[row].numpy(), posinf=0.0)
    seen = np.concatenate([phi, values - reach, values + reach])
    low, high = -coarse(-1.05 * np.nanmin(seen)), coarse(1.05 * np.nanmax(seen))
    low, high = (low, high) if low < high else (-1.0, 1.0)
    exact, middle, up = (np.stack(each, -1) for each in ((x, phi), (x, values), (0 * x, reach)))
    aside, inside = (
        np.array([0.38, 0.0]),
        int((np.abs(values - phi) <= reach + ZERO * run.game.largest).sum()),
    )
    told = f"{inside} of {n} exact values lie within two standard errors"
    told = told if np.isfinite(values).all() else "no estimate yet"
    flat = {"dash": "solid", "width": 2.6, "cap": "butt"}
    ticks, names = {"dtick": 1 if n <= 12 else 5}, run.game.names
    if names:
        ticks = {"tickvals": list(range(1, n + 1)), "ticktext": [short(j, names) for j in range(n)]}
    return panel(
        "players",
        f"φ̂ of one run, {name}, and φ (bars)",
        segments(exact - aside, exact + aside, "theory", "exact φ", **flat),
        segments(middle - up, middle + up, role, "± 2 standard errors", width=1.6, dash="solid"),
        dots(x, values, role, name, 6),
        x=axis("player j", 0.2, n + 0.8, **ticks),
        y=axis("φⱼ", low, high),
        alt=f"{name}: {told}. Exact values from {number(phi.min())} to {number(phi.max())}.",
    )


def _seconds(run: Big) -> Panel:
    n, asked, seconds = run.n, run.asked[:, -1].numpy(), run.seconds.numpy()
    tables, folded = 2.0 ** np.array(FOLDED), np.array(folding())
    told, traces = [f"folding a table of 2²⁰ values took {_time(folded[-1])}"], []
    if np.isfinite(seconds[0]):
        price, ends = seconds[0] / asked[0], np.array([asked[0], 2.0**n])
        every = f"2{str(n).translate(RAISED)} values: {_time(price * ends[1])}, {memory(n)}"
        traces.append(line(ends, price * ends, "theory", "all coalitions at this price"))
        traces.append(dots(ends[1:], price * ends[1:], "theory", every, 9))
        traces.append(note(ends[1], 6 * price * ends[1], every, "theory"))
        told.append(f"asking for all {every}")
    for row in np.flatnonzero(np.isfinite(seconds)):
        name = METHODS[row]
        traces.append(dots(asked[[row]], seconds[[row]], ROLE[name], NAMES[name], 9))
        told.append(f"{NAMES[name]} {_time(seconds[row])}")
    return panel(
        "seconds",
        "Time on this machine: one estimate, and all of v",
        line(tables, folded, "good", "fold a table that is given", label="fold a given table"),
        traces,
        x=axis("evaluations of v", 10, 1e14, log=True, dtick=4),
        y=axis("seconds", 1e-6, 1e9, log=True, dtick=3),
        alt=f"Measured on this machine: {', '.join(told)}.",
    )


def _time(seconds: float) -> str:
    for size, unit in ((86400 * 365, "years"), (86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 100 * size:
            return f"{seconds / size:.0f} {unit}"
        if seconds >= 2 * size:
            return f"{seconds / size:.2g} {unit}"
    return f"{seconds:.2g} s" if seconds >= 1 else f"{1000 * seconds:.2g} ms"
