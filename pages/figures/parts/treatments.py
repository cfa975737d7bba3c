"""Rates of two treatments: blocks as wide as a share, row by row, and from raw to adjusted."""

import numpy as np
from torch import Tensor

from core.importance import Rates
from core.words import number, tex
from pages.figures.marks import dots, line, note, rule, segments
from pages.figures.parts.shares import blocks
from pages.figures.plot import PLAIN, Handle, Panel, axis, panel, rows

ROLES, APART = ("model", "third"), 1.25  # of A and B; from one group to the next


def percent(rate: float) -> str:
    return f"{number(100 * float(rate))} %"


def formulas(found: Rates) -> tuple[str, ...]:
    """The raw and the adjusted rate of each, as sums over the rows."""
    return tuple(
        rf"\role{{{role}}}{{{name}}}:\ \ \sum_z P(y\,|\,x,z)\,P(z\,|\,x) = "
        rf"{tex(found.raw[k], 3)},\qquad \sum_z P(y\,|\,x,z)\,P(z) = "
        rf"\role{{{role}}}{{{tex(found.adjusted[k], 3)}}}"
        for k, (role, name) in enumerate(zip(ROLES, "AB", strict=True))
    )


def group_blocks(found: Rates, blended: Tensor, names: tuple[str, ...], blend: float) -> Panel:
    mix = ((1 - blend) * found.mix + blend * found.strata[:, None]).numpy()
    rate, marks, handle = found.within.numpy(), [], ()
    for k, role in enumerate(ROLES):
        ends = k * APART + np.r_[0.0, np.cumsum(mix[:, k])]
        mean = float(blended[k])
        marks.append(blocks(ends[:-1], ends[1:], np.zeros(len(rate)), rate[:, k], role, "AB"[k]))
        marks += [note((ends[i] + ends[i + 1]) / 2 - 0.03, rate[i, k] - 0.04,
                       number(100 * rate[i, k]), role) for i in range(len(rate))]  # fmt: skip
        marks.append(segments([(k * APART, mean)], [(k * APART + 1, mean)], "theory", "all of them",
                              label=f"{'AB'[k]}: {percent(mean)}"))  # fmt: skip
        first, goal = float(found.mix[0, k]), float(found.strata[0])
        if k == 0 and abs(goal - first) > 1e-3:
            per = 1 / (goal - first)
            handle = (Handle(ends[1], 0.12, ("blend",), "where A's first kind ends",
                             ((per, 0.0),), (-first * per,), frees="x", role=role),)  # fmt: skip
    middle = [k * APART + (np.r_[0, np.cumsum(mix[:, k])][:-1] + mix[:, k] / 2) for k in (0, 1)]
    return panel(
        "blocks",
        "A left, B right: a block is as wide as the share it treats, as high as the share it cures",
        marks,
        x=axis("people treated with A, people treated with B", -0.05, 2 * APART + 0.05,
               tickvals=[float(v) for each in middle for v in each],
               ticktext=[*names, *names], **PLAIN),
        y=axis("share cured", 0.0, 1.08, tickformat=".0%"),
        alt=f"Mixed like this A cures {percent(blended[0])}, B {percent(blended[1])}.",
        handles=handle,
    )  # fmt: skip


def row_by_row(found: Rates, names: tuple[str, ...]) -> Panel:
    pairs = [*found.within.tolist(), found.raw.tolist(), found.adjusted.tolist()]
    labels = (*names, "as treated", "mixed alike")
    at = np.arange(len(pairs))
    both = np.array(pairs)
    return panel(
        "inside",
        "A and B in each row, as treated, mixed alike",
        segments(np.stack([both[:, 0], at], 1), np.stack([both[:, 1], at], 1), "faint", "A to B",
                 width=4),
        [dots(both[:, k], at, ROLES[k], "AB"[k], 11, symbol=("circle", "diamond")[k])
         for k in (0, 1)],
        [note(both[0, k], -0.34, "AB"[k], ROLES[k]) for k in (0, 1)],
        rule("faint", "sums", y=len(names) - 0.5, span=(0, 1.05)),
        x=axis("share cured", 0.0, 1.05, tickformat=".0%"),
        y=rows(labels, "whom"),
        margin={"l": 100, "r": 8, "t": 6, "b": 40},
        alt="; ".join(f"{name}: A {percent(u)}, B {percent(v)}"
                      for name, (u, v) in zip(labels, pairs, strict=True)) + ".",
    )  # fmt: skip


def raw_to_adjusted(found: Rates, blended: Tensor, blend: float) -> Panel:
    ends = np.stack([found.raw.numpy(), found.adjusted.numpy()])
    low, high = 0.1 * np.floor(10 * ends.min()), 0.1 * np.ceil(10 * ends.max() + 1e-9)
    high = max(high, low + 0.1)
    return panel(
        "over",
        "Drag: from groups as treated to groups alike",
        [line([0, 1], ends[:, k], ROLES[k], "AB"[k], label="AB"[k], width=2.5, dash="solid")
         for k in (0, 1)],
        dots([blend] * 2, blended, "ink", "now", 7),
        x=axis("how alike the groups are", 0.0, 1.1, tickvals=[0, 1],
               ticktext=["as treated", "alike"], **PLAIN),
        y=axis("share cured", float(low), float(high), tickformat=".0%"),
        alt=f"A goes from {percent(ends[0, 0])} to {percent(ends[1, 0])}, B from "
        f"{percent(ends[0, 1])} to {percent(ends[1, 1])}.",
        handles=(Handle(blend, float(blended[0]), ("blend",), "how alike", ((1.0, 0.0),),
                        frees="x", role="model"),),
    )  # fmt: skip
