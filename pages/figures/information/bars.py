"""Bars, the tree of their code, surprise over share, entropy over one share; a density."""

import math
from typing import Annotated

import numpy as np

from core.experiments.information.bars import (
    FEWEST,
    LETTERS,
    MOST,
    SIDE,
    Bars,
    letters,
    merges,
    over_share,
    triangle,
)  # fmt: skip
from core.signature import between
from core.words import amount, number, spaced, tex
from pages.figures.marks import band, cells, dots, line, lying, note, rule
from pages.figures.parts.shares import columns, grips, surprise_area
from pages.figures.parts.tree import code_tree
from pages.figures.plot import PLAIN, Handle, Panel, Picture, axis, ceiling, panel, rows

X = np.linspace(-3, 3, 301)
DENSE = 8.5  # top of the density


def figure(
    run: Bars, *, law: str, p: str, held: str, text: str, sigma: float, unit: str,
    step: Annotated[int, between(0, LETTERS - 1)] = LETTERS - 1,
) -> Picture:  # fmt: skip
    """`step`: merges of the tree that are drawn."""
    if law == "density":
        panels = _density(sigma), _over_sigma(run, sigma, unit)
        h = rf"\role{{model}}{{{tex(run.entropy)}}}\ \text{{{unit}}}"
        log = r"h = \tfrac12\log" + "_2" * (unit == "bits")
        return Picture(panels, formula=(rf"{log}(2\pi e\,\sigma^2) = {h}",))
    names, mass = letters(law, text, len(run.p)), run.p.numpy()
    lengths = [len(word) for word in run.words]
    area = surprise_area(mass, names, lengths, unit, "L", run.length, run.entropy)
    tree = code_tree(mass, run.words, names, merges(run)[:step], law == "bars")
    formula = (
        rf"\role{{model}}{{H}} = \sum_i p_i \log{'_2' * (unit == 'bits')}\frac1{{p_i}} = "
        rf"\role{{model}}{{{tex(run.entropy)}}}\ \text{{{unit}}}",
        rf"L = \sum_i p_i\,\ell_i = {tex(run.length)}\ \text{{bits}}",
    )
    if law == "text":
        panels = _letters(run, names), tree, _costs(run, text, unit), area
    else:
        last = _triangle(run, unit) if len(names) == 3 else _curve(run, names, p, held, unit)
        panels = _bars(run, names, p, held), tree, area, last
    return Picture(panels, frames=len(merges(run)) + 1, drive="step", formula=formula)


def _bars(run: Bars, names: tuple[str, ...], p: str, held: str) -> Panel:
    mass, k = run.p.numpy(), len(names)
    return panel(
        "bars",
        "Drag the top of a bar: the others give way in proportion",
        columns(np.arange(k), mass, "data", "shares"),
        [note(i - 0.2, each + 0.05, number(each)) for i, each in enumerate(mass)],
        x=axis(
            "outcome", -0.6, k - 0.4, tickvals=list(range(k)), ticktext=list(names),
            **PLAIN,
        ),
        y=axis("share p", 0.0, 1.1, tickvals=[0, 0.25, 0.5, 0.75, 1]),
        alt=f"{k} bars: " + ", ".join(map(number, mass)) + ".",
        handles=grips(mass, p, held, names, ("p", "held", "share")),
    )  # fmt: skip


def _letters(run: Bars, names: tuple[str, ...]) -> Panel:
    told = [f"{word or '–'}  {name}" for name, word in zip(names, run.words, strict=True)]
    mass, width = run.p.numpy(), min(14, 220 / len(names))
    return panel(
        "bars",
        "The letters, how often each comes, and its code word",
        lying(0 * mass, mass, np.arange(len(names)), "data", "shares", width=width),
        x=axis("share p", 0.0, ceiling(float(mass.max()))),
        y=rows(told, "letter and word"),
        alt=f"{len(names)} letters; {names[0]} is the most frequent with {number(mass[0])}.",
        margin={"l": 100},
    )


def _costs(run: Bars, text: str, unit: str) -> Panel:
    n, each = len(text), math.ceil(math.log2(len(run.p)))
    bound = n * run.entropy / (1.0 if unit == "bits" else math.log(2))
    costs = (8 * n, each * n, run.bits, bound)
    told = ("8 a letter", "equal words", "Huffman", "n H")
    names = [f"{name}: {spaced(round(cost))}" for name, cost in zip(told, costs, strict=True)]
    at = np.arange(4)
    return panel(
        "costs",
        f"The whole text of {n} letters in bits",
        [lying(np.zeros(1), np.array(costs[i : i + 1]), at[i : i + 1], role, told[i], width=22)
         for i, role in enumerate(("faint", "data", "good", "model"))],
        rule("theory", "n H", x=bound, span=(-0.6, 3.4), label="n H"),
        x=axis("bits", 0.0, 8.4 * n),
        y=rows(names, "code"),
        alt=f"Huffman's code takes {run.bits} bits, 8 a letter {8 * n}.",
        margin={"l": 130},
    )  # fmt: skip


def _curve(run: Bars, names: tuple[str, ...], p: str, held: str, unit: str) -> Panel:
    bar = names.index(held) if held in names else 0
    here, name = float(run.p[bar]), names[bar]
    at, H = over_share(p, name, unit)
    grip = grips(run.p.numpy(), p, held, names, ("p", "held", "share"))[bar]
    return panel(
        "curve",
        f"Entropy while {name} takes more and more",
        line(at, H, "model", "H", label="H", width=2.6),
        rule("theory", "log k", y=math.log(len(names), 2 if unit == "bits" else math.e),
             span=(0.0, 1.0), label=f"log {len(names)}"),
        x=axis(f"share of {name}", 0.0, 1.0),
        y=axis(f"H in {unit}", 0.0, 2.8 if unit == "bits" else 1.95),
        alt=f"At {number(here)} the entropy is {amount(run.entropy, unit)}.",
        handles=(
            Handle(here, run.entropy, grip.params, grip.label, ((1.0, 0.0),), also=grip.also,
                   click=False, frees="x", role="model"),
        ),
    )  # fmt: skip


def _triangle(run: Bars, unit: str) -> Panel:
    z = triangle(unit)
    a, b, _ = run.p.tolist()
    return panel(
        "triangle",
        "Entropy of all laws of three outcomes, dark where it is high",
        cells(z, "H", scale="heat", low=0.0, side=1 / SIDE),
        dots([a], [b], "force", "this law", 12),
        x=axis("share of A", -0.03, 1.03, **PLAIN),
        y=axis("share of B", -0.03, 1.03, **PLAIN),
        alt=f"A has {number(a)}, B {number(b)}, C the rest; H is {amount(run.entropy, unit)}.",
        equal=True,
    )


def _grip(sigma: float, y: float) -> tuple[Handle, ...]:
    more = {"frees": "x", "role": "model"}
    return (Handle(sigma, y, ("sigma",), "standard deviation σ", ((1.0, 0.0),), **more),)


def _density(sigma: float) -> Panel:
    x = np.unique(np.r_[X, sigma * np.linspace(-4, 4, 81)].clip(-3, 3))
    f = np.exp(-0.5 * (x / sigma) ** 2) / (sigma * math.sqrt(2 * math.pi))
    side, high = math.exp(-0.5) / (sigma * math.sqrt(2 * math.pi)), np.stack([x, f], 1)[f > 1]
    return panel(
        "density",
        "A density may be above 1: its logarithm changes sign there",
        band(x, 0 * x, f, "data", "density"),
        line(x, f, "data", "density", width=2.4, dash="solid"),
        len(high) > 0 and band(high[:, 0], 1.0, high[:, 1], "wrong", "above 1"),
        rule("theory", "f = 1", y=1.0, span=(-3.0, 3.0), label="f = 1"),
        x=axis("x", -3.0, 3.0),
        y=axis("density f", 0.0, DENSE),
        alt=f"A bell of standard deviation {number(sigma)}, {number(f.max())} high.",
        handles=_grip(sigma, side),
    )


def _over_sigma(run: Bars, sigma: float, unit: str) -> Panel:
    at = np.geomspace(FEWEST, MOST, 61)
    h = np.log(at * math.sqrt(2 * math.pi * math.e)) / (math.log(2) if unit == "bits" else 1.0)
    return panel(
        "sigma",
        "The differential entropy over σ",
        line(at, h, "model", "h", label="h", width=2.6),
        rule("theory", "0", y=0.0, span=(FEWEST, MOST), label="0"),
        x=axis("σ", FEWEST, MOST, log=True, tickvals=[0.05, 0.1, 0.2, 0.5, 1, 2]),
        y=axis(f"h in {unit}", -3.0, 4.0),
        alt=f"At σ = {number(sigma)} it is {amount(run.entropy, unit)}.",
        handles=_grip(sigma, run.entropy),
    )
