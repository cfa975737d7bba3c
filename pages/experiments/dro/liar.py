"""One liar in ten."""

from core.experiments.dro import liar
from core.experiments.dro import liar_claims as claims
from pages.figures.dro.liar import figure
from pages.ui import choice, declare, number, text

EXPERIMENT = declare(
    __name__,
    liar.liar,
    claims,
    figure,
    (
        number("K", -200.0, 200.0, step=1.0),
        number("eps", 0.0, 0.6, step=0.005, ticks=lambda trim: {"trim": trim, "½": 0.5}),
        choice("points"),
        number("n", 5, 1000, log=True, unless={"points": "mine"}),
        text("numbers", when={"points": "mine"}),
        number("trim", 0.0, 0.45, step=0.01),
        number("seed", 0, 999, when={"points": "sample"}),
    ),
    statements=("DRO-01", "DRO-02"),
    presets={
        "tenth": {},
        "many": {"points": "sample", "n": 1000},
        "half": {"eps": 0.51},
        "trim": {"eps": 0.25, "K": -150.0},
        "mine": {"points": "mine", "K": 20.0, "eps": 0.3},
    },
)
