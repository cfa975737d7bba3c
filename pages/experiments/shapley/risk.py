"""Old form, to be converted."""

from core.experiments.shapley import risk as importances
from core.experiments.shapley import risk_claims as importances_checks
from pages.figures.shapley import risk as risk_figure
from pages.ui import Experiment, Grid, Param, Prediction, Tick

EXPERIMENT = Experiment(
    slug="risk",
    title="Explain the risk",
    question="Two features say nearly the same. What is each of them worth?",
    statements=("XAI-19", "XAI-21"),
    params=(
        Param(
            "world",
            "world",
            "gauss",
            options={
                "gauss": "Y = βᵀX + ε",
                "xor": "XOR of two bits",
                "copy": "a bit and its copy",
            },
        ),
        Param(
            "beta",
            "slopes β",
            "1 1 1",
            grid=Grid(-3.0, 3.0, 0.1, ((1, 3),)),
            shown=lambda v: v["world"] == "gauss",
        ),
        Param(
            "rho",
            "correlation ρ of X₁, X₂",
            0.9,
            -1.0,
            1.0,
            step=0.01,
            ticks=lambda v: (Tick(0.0, "independent"),),
            shown=lambda v: v["world"] == "gauss",
        ),
        Param(
            "noise",
            "noise Var ε",
            0.25,
            0.0,
            4.0,
            step=0.05,
            shown=lambda v: v["world"] == "gauss",
        ),
        Param(
            "flip",
            "chance of a flipped label q",
            0.0,
            0.0,
            0.5,
            step=0.01,
            shown=lambda v: v["world"] != "gauss",
        ),
        Param(
            "feature",
            "feature followed along",
            "1",
            options={"1": "X₁", "2": "X₂", "3": "X₃"},
            shown=lambda v: v["world"] == "gauss",
        ),
        Param("n", "rows n, learned from and judged", 200, 20, 2000, log=True),
        Param("seed", "seed", 0, 0, 999),
        Param("adds", "believe that the LOFO values add up", False),
    ),
    compute=importances.importances,
    figure=risk_figure.figure,
    checks=importances_checks.checks,
    says=importances_checks.says,
    presets={
        "Twins share": {},
        "Nearly the same twice": {"rho": 0.99},
        "Nobody resembles anybody": {"rho": 0.0},
        "They need each other": {"rho": -0.9},
        "A copy the model may skip": {"rho": 1.0, "beta": "1 0 1"},
        "Unused, yet informative": {"beta": "1 0 1"},
        "XOR: alone worthless": {"world": "xor"},
        "XOR with a few wrong labels": {"world": "xor", "flip": 0.1},
        "A copy: together superfluous": {"world": "copy"},
        "Nothing predicts Y": {"beta": "0 0 0", "rho": 0.0, "noise": 1.0, "n": 50},
    },
    predictions=(
        Prediction(
            preset="Twins share",
            question="Y = X₁ + X₂ + X₃ + ε, the first two with correlation 0.9. What does SAGE "
            "give X₁?",
            options=("0.19", "1", "1.9"),
            answer=importances_checks.share_of_first,
            because="First to come, X₁ saves {alone}, as it stands for its twin too; last to come, "
            "only {lofo}. SAGE takes the mean over all orders, {sage}.",
            facts=importances_checks.facts,
            beliefs={"1": {"rho": 0.0}},
        ),
        Prediction(
            preset="Twins share",
            question="LOFO leaves one feature out and trains again. Do its three values add up to "
            "the risk that all three save?",
            options=("yes, exactly", "no, to far less", "no, to more"),
            answer=importances_checks.lofo_adds_up,
            because="{all_lofos} is {all_lofo} together, of {saved}: without one twin the other "
            "does its work, so neither is missed. Only SAGE adds up.",
            facts=importances_checks.facts,
            beliefs={"yes, exactly": {"adds": True, "rho": 0.0}, "no, to more": {"rho": -0.9}},
        ),
        Prediction(
            preset="Nearly the same twice",
            question="The twins now have correlation 0.99. What is the permutation importance of "
            "X₁?",
            options=("0.02", "1", "2"),
            answer=importances_checks.shuffled_first,
            because="f keeps the slope 1, and a shuffled X₁ misses by X₁ − X₁′ with variance "
            "{shuffled}, whatever ρ. Trained again without X₁ the loss is only {lofo}.",
            facts=importances_checks.facts,
        ),
        Prediction(
            preset="XOR: alone worthless",
            question="Y = X₁ xor X₂ for two fair bits, log loss. Each bit alone says nothing about "
            "Y. What does SAGE give it?",
            options=tuple(importances_checks.BITS),
            answer=importances_checks.bit_of_xor,
            because="Alone {alone}, with the other bit known {lofo}. It comes first in one of two "
            "orders: {sage}. For a bit and its copy first and last change places, and SAGE is "
            "the same.",
            facts=importances_checks.facts,
            beliefs={"0": {"flip": 0.5}},
        ),
    ),
)
