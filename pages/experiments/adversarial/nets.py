"""Five nets."""

from core.experiments.adversarial import nets
from core.experiments.adversarial import nets_claims as claims
from pages.figures.adversarial.nets import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    nets.nets,
    claims,
    figure,
    (
        number("eps", step=nets.STEP),
        choice("attack"),
        choice("net"),
        number("steps"),
        number("seed", 0, 999),
    ),
    statements=("ROB-01", "ROB-12", "ROB-13"),
    presets={
        "itself": {},
        "divided": {"attack": "divided"},
        "one": {"attack": "fgsm", "net": "one_step", "eps": 0.25},
        "noise": {"attack": "noise", "net": "standard"},
        "others": {"attack": "others", "net": "robust"},
        "all": {"attack": "together", "net": "robust"},
    },
)
