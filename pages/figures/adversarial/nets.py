"""Five curves over ε, the matrix of carried attacks, one net under all attacks, the signs."""

from typing import Literal

import numpy as np

from core.experiments.adversarial.nets import ATTACKS, MOST, NAMED, NETS, SIZES, Nets, Size
from core.experiments.adversarial.nets_claims import UNDER, percent
from pages.figures.marks import boxes, cells, dots, line, rule
from pages.figures.parts.maps import BARE
from pages.figures.plot import Handle, Panel, Picture, axis, panel

ROLES = dict(zip(NETS, ("model", "second", "third", "fourth", "ink")))
SHORT = [NAMED[name] for name in NETS]
LINES = {
    "noise": ("ink", "noise"),
    "fgsm": ("force", "FGSM"),
    "divided": ("third", "PGD, scores ÷ 1000"),
    "others": ("second", "PGD on the others"),
    "pgd": ("wrong", "PGD"),
    "together": ("theory", "all together"),
}
SIGNS = ("FGSM − PGD", "noise − FGSM", "others − PGD", "left, no limit", "no slope")
EDGE = np.array([(-0.5, 0.5, 0.5, -0.5, -0.5), (-0.45, -0.45, 4.45, 4.45, -0.45)])
SIZE = axis("ε, largest change of a pixel", 0, MOST)
SHARE = axis("share read right", 0, 1.03)


def figure(
    run: Nets,
    *,
    attack: Literal[ATTACKS] = "pgd",
    net: Literal[NETS] = "distilled",
    eps: Size = 0.15,
) -> Picture:
    """Four panels; nothing here is computed anew."""
    k, i = run.at(eps), NETS.index(net)
    first = run.first(attack)[i]
    count = int((first > k).sum())
    return Picture(
        (_curves(run, attack, net, k), _matrix(run, i, k), _reader(run, net, k), _signs(run, i, k)),
        formula=(
            rf"\text{{read right by {NAMED[net]} under the attack, }}\varepsilon = {SIZES[k]:.3g}: "
            rf"\quad \frac{{\role{{{ROLES[net]}}}{{{count}}}}}{{{len(first)}}} "
            rf"= {count / len(first):.3f}",
        ),
    )


def _curves(run: Nets, attack: str, net: str, k: int) -> Panel:
    curves, eps = run.curve(run.first(attack)).numpy(), SIZES[k]
    sizes, here, lines = SIZES[: run.shown], curves[:, k], []
    for name, curve in zip(NETS, curves):
        wide = {"width": 3.5} if name == net else {}
        lines.append(line(sizes, curve, ROLES[name], NAMED[name], label=NAMED[name], **wide))
    at = here[NETS.index(net)]
    told = ", ".join(f"{name} {percent(share)}" for name, share in zip(SHORT, here))
    return panel(
        "curves",
        f"Digits still read right: {UNDER[attack]}",
        lines,
        rule("faint", "ε", x=eps, span=(0, 1)),
        [dots([eps], [share], ROLES[name], NAMED[name], 7) for name, share in zip(NETS, here)],
        x=SIZE,
        y=SHARE,
        alt=f"At ε = {eps:.3g} are read right by {told}.",
        handles=(Handle(eps, float(at), ("eps",), "size ε", ((1.0, 0.0),), frees="x"),),
    )


def _matrix(run: Nets, i: int, k: int) -> Panel:
    shares = 100 * run.matrix(SIZES[k]).numpy()
    own, carried = shares[i, i], np.delete(shares[:, i], i).min()
    return panel(
        "matrix",
        f"Per cent read right at ε = {SIZES[k]:.3g}: PGD made on (row), shown to (column)",
        cells(shares.round(), "per cent", low=-130, high=130, numbers=3),
        line(i + EDGE[0], EDGE[1], "ink", "the net looked at", width=2.4),
        **_grid(SHORT, "shown to", "PGD made on"),
        alt=f"{SHORT[i]} still reads {own:.0f} % right when the attack is made on itself, and at "
        f"worst {carried:.0f} % when it is made on another net.",
    )


def _grid(rows: list[str] | tuple[str, ...], x: str, y: str) -> dict:
    """Axes of five columns, one for each net, and of named rows."""
    across, down = ({"tickvals": list(range(5)), "ticktext": list(each)} for each in (SHORT, rows))
    named = BARE | {"showticklabels": True}
    return {
        "x": axis(x, -0.5, 4.5) | named | across | {"tickangle": 0},
        "y": axis(y, 4.5, -0.5) | named | down,
        "margin": {"l": 92, "r": 6, "t": 4, "b": 42},
    }


def _reader(run: Nets, net: str, k: int) -> Panel:
    i, eps, lines, told = NETS.index(net), SIZES[k], [], []
    for attack, (role, name) in LINES.items():
        curve = run.curve(run.first(attack)[i]).numpy()
        lines.append(line(SIZES[: run.shown], curve, role, name, label=name))
        told.append(f"{name} {percent(curve[k])}")
    return panel(
        "reader",
        f"{NAMED[net].capitalize()} under every attack",
        lines,
        rule("faint", "ε", x=eps, span=(0, 1)),
        x=SIZE,
        y=SHARE,
        alt=f"What is left of {NAMED[net]} at ε = {eps:.3g}: {', '.join(told)}.",
        handles=(Handle(eps, 0.0, ("eps",), "size ε", ((1.0, 0.0),), frees="x"),),
    )


def _signs(run: Nets, i: int, k: int) -> Panel:
    excess, fires = (each.numpy() for each in run.signs(SIZES[k]))
    red = np.argwhere(fires)
    found = [sign for sign, one in zip(SIGNS, fires[:, i]) if one]
    return panel(
        "signs",
        f"Signs of hidden gradients, in points, at ε = {SIZES[k]:.3g}: red is suspicious",
        cells((100 * excess).round() + 0.0, "points", low=-1e4, high=1e4, numbers=3),
        boxes(np.hstack([red, red]), "wrong", "suspicious") if len(red) else None,
        **_grid(SIGNS, "net", "flipped more by"),
        alt=f"Signs of {SHORT[i]}: {', '.join(found) or 'none'}.",
    )
