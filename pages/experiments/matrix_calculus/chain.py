"""Backprop chain."""

from core.experiments.matrix_calculus import chain
from core.experiments.matrix_calculus import chain_claims as claims
from pages.figures.matrix_calculus.chain import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    chain.chain,
    claims,
    figure,
    (
        number("inputs", log=True),
        number("hidden1"),
        number("hidden2"),
        number("outputs"),
        number("batch"),
        number("layer"),
        choice("look"),
        number("seed"),
    ),
    statements=("MC-19", "MC-24"),
    presets={
        "one": {},
        "many": {"inputs": 4, "hidden1": 32, "hidden2": 32, "outputs": 64},
        "batch": {"inputs": 32, "hidden1": 24, "hidden2": 24, "outputs": 4, "batch": 4},
        "softmax": {"inputs": 8, "hidden1": 16, "hidden2": 16, "outputs": 5, "look": "softmax"},
    },
)
