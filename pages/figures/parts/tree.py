"""The tree of a code of 0 and 1, merge by merge."""

from collections.abc import Sequence

import numpy as np

from core.information import Merge
from core.words import amount, number
from pages.figures.marks import dots, note, segments
from pages.figures.plot import PLAIN, Panel, axis, panel


def code_tree(
    mass: np.ndarray, words: Sequence[str], names: Sequence[str], done: Sequence[Merge], all: bool
) -> Panel:  # fmt: skip
    """Outcomes in the order of their words, as deep as these are long; what is joined stands above.

    Args:
        done: the merges so far.
        all: whether every word and every joined mass is written, not the last mass only.
    """
    leaves = sorted((word, i) for i, word in enumerate(words) if mass[i] > 0)
    at = {i: (float(n), float(len(word))) for n, (word, i) in enumerate(leaves)}
    for one in done:
        (xl, yl), (xr, _) = at[one.left], at[one.right]
        at[one.node] = ((xl + xr) / 2, yl - 1)
    joined = [(one.node, child) for one in done for child in (one.left, one.right)]
    tops, tips = ([at[pair[side]] for pair in joined] for side in (0, 1))
    deep, count = max(len(word) for word, _ in leaves), len(leaves)
    return panel(
        "tree",
        "The two lightest are joined, again and again; left is 0, right is 1",
        segments(tops, tips, "model", "branches", width=2.2) if done else None,
        dots(*zip(*(at[one.node] for one in done)), "model", "joined", 6) if done else None,
        dots(*zip(*(at[i] for _, i in leaves)), "data", "outcomes", 9),
        [note(*at[one.node], number(one.mass), "model") for one in (done if all else done[-1:])],
        x=axis(
            "outcomes and their words" if all else "outcomes", -0.6, max(count - 0.2, 1.0),
            tickvals=list(range(count)),
            ticktext=[f"{names[i]} {word}" if all else names[i] for word, i in leaves], **PLAIN,
        ),
        y=axis(
            "yes/no questions", deep + 0.5, -0.5, dtick=1 if deep < 8 else 2, tickformat="d",
        ),
        alt=f"{len(done)} of {count - 1} merges; the longest word has {amount(deep, 'bits')}.",
    )  # fmt: skip
