"""Stack and train."""

from core.experiments.flows import train
from core.experiments.flows import train_claims as claims
from pages.figures.flows.train import figure
from pages.ui import choice, declare, hidden, number, switch

EXPERIMENT = declare(
    __name__,
    train.training,
    claims,
    figure,
    (
        choice("data"),
        number("layers"),
        switch("swap"),
        number("z1", step=0.01),
        number("z2", step=0.01),
        number("width", log=True),
        number("steps", step=10),
        number("seed", 0, 999),
        *hidden("drawing", "layer"),
    ),
    statements=("FLOW-01", "FLOW-03", "FLOW-04", "FLOW-05", "FLOW-06"),
    presets={
        "one": {"layers": 1},
        "four": {},
        "still": {"swap": False},
        "blobs": {"data": "blobs", "layers": 8},
        "drawn": {"data": "drawn", "layers": 6, "steps": 500},
    },
)
