"""Digits under attack."""

from core.experiments.adversarial import digits
from core.experiments.adversarial import digits_claims as claims
from pages.figures.adversarial.digits import figure
from pages.ui import choice, declare, hidden, number

EXPERIMENT = declare(
    __name__,
    digits.digits,
    claims,
    figure,
    (
        number("eps"),
        choice("source"),
        number("digit", live=False, when={"source": "digit"}),
        hidden("pixels"),
        choice("reader"),
        choice("attack"),
        choice("ball"),
        choice("target", unless={"attack": "deepfool"}),
        choice("view"),
    ),
    statements=("ROB-01", "ROB-02", "ROB-03", "ROB-11", "ROB-12", "ROB-13"),
    presets={
        "three": {},
        "whole": {"ball": "whole"},
        "five": {"target": "5", "eps": 0.2},
        "silent": {"reader": "distilled", "eps": 0.3},
        "one_step": {"digit": 341, "reader": "one_step", "attack": "fgsm", "eps": 0.3},
        "pen": {"source": "drawing"},
    },
)
