"""Entropy on bars: questions, texts, a density."""

from core.experiments.information import bars
from core.experiments.information import bars_claims as claims
from pages.figures.information.bars import figure
from pages.ui import choice, declare, hidden, number, table, text

SIZES = tuple((1, k) for k in range(2, 7))


def _stands(law: str, p: str, held: str) -> bool:
    return law == "bars" and held in bars.NAMES[: len(p.split())]


EXPERIMENT = declare(
    __name__,
    bars.bars,
    claims,
    figure,
    (
        choice("law"),
        table("p", 0, 16, 1, SIZES, when={"law": "bars"}),
        choice("held", when={"law": "bars"}),
        number("share", step=0.005, when=_stands),
        text("text", when={"law": "text"}),
        number("sigma", log=True, when={"law": "density"}),
        choice("unit"),
        hidden("step"),
    ),
    statements=("INFO-01",),
    presets={
        "dyadic": {},
        "three": {"p": "1 1 1"},
        "skewed": {"p": "9 1"},
        "text": {"law": "text"},
        "narrow": {"law": "density", "unit": "nats"},
    },
)
