"""A noisy chain."""

from core.experiments.information import processing
from core.experiments.information import processing_claims as claims
from pages.figures.information.processing import figure
from pages.ui import above, choice, declare, number, table


def _useless(step: str, rule: str, symbols: int, kind: str) -> dict[str, float]:
    """The noise that leaves nothing."""
    try:
        m = processing.letters(step, rule, symbols)
    except ValueError:
        return {}
    return {} if kind == "erasing" or m == 1 else {"nothing left": 1 - 1 / m}


EXPERIMENT = declare(
    __name__,
    processing.processing,
    claims,
    figure,
    (
        number("a", step=0.01),
        number("b", step=0.01, when={"links": above(0)}, ticks=_useless),
        number("links"),
        choice("step"),
        table("rule", 0, 10, 1, ((2, 2), (2, 3), (3, 2), (3, 3)), when={"step": "mine"}),
        number("symbols", unless={"step": "mine"}),
        choice("kind"),
        number("share", step=0.01),
    ),
    statements=("INFO-07", "XAI-07"),
    presets={
        "second": {},
        "long": {"links": 6},
        "flip": {"a": 0.0, "b": 1.0},
        "merge": {"a": 0.0, "links": 0, "step": "merge", "symbols": 3, "share": 0.3333},
        "mine": {"step": "mine", "links": 0, "rule": "9 1,2 8"},
        "erase": {"kind": "erasing", "a": 0.2, "b": 0.2, "links": 4},
    },
)
