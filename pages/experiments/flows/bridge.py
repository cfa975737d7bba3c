"""Two blobs."""

from core.experiments.flows import bridge
from core.experiments.flows import bridge_claims as claims
from pages.figures.flows.bridge import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    bridge.bridge,
    claims,
    figure,
    (number("a", step=0.05), choice("depth"), number("steps", step=10), number("seed", 0, 999)),
    statements=("FLOW-01", "FLOW-02", "FLOW-05", "FLOW-06"),
    presets={
        "two": {},
        "deep": {"depth": "8"},
        "pair": {"depth": "pair"},
        "near": {"a": 1.25, "depth": "8"},
        "far": {"a": 3.0, "depth": "8"},
    },
)
