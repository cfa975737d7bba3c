"""Old form, to be converted."""

from core.experiments.landscapes import (
    glass,
)
from pages.figures.landscapes import glass as glass_figure
from pages.ui import Experiment, Param, Prediction

EXPERIMENT = Experiment(
    slug="glass",
    title="Inside one step",
    question="How long is Adam's first step where the slope is 1, and where it is 100?",
    statements=("OPT-13", "OPT-14", "OPT-16", "OPT-17"),
    params=(
        Param(
            "method",
            "method",
            "adam",
            options={
                "momentum": "momentum",
                "nesterov": "Nesterov",
                "rmsprop": "RMSProp",
                "adam": "Adam",
                "adam_printed": "Adam as printed on the sheet",
            },
        ),
        Param("lr", "step η or α", 0.1, 0.001, 1.0, log=True),
        Param(
            "beta",
            "β",
            0.9,
            0.0,
            0.999,
            step=0.001,
            shown=lambda v: v["method"] in ("momentum", "nesterov", "rmsprop"),
        ),
        Param(
            "beta1",
            "β₁",
            0.9,
            0.0,
            0.999,
            step=0.001,
            shown=lambda v: v["method"].startswith("adam"),
        ),
        Param(
            "beta2",
            "β₂",
            0.999,
            0.0,
            0.999,
            step=0.001,
            shown=lambda v: v["method"].startswith("adam"),
        ),
        Param("kappa", "condition number κ", 10.0, 1.0, 100.0, log=True),
        Param("angle", "angle of the bowl", 30.0, 0.0, 90.0, step=1.0),
        Param("steps", "steps", 25, 1, 60),
        Param("x0", "start θ₁", -1.0, -1.9, 1.9, step=0.01),
        Param("y0", "start θ₂", -1.0, -1.9, 1.9, step=0.01),
    ),
    compute=glass.glass,
    figure=glass_figure.figure,
    checks=glass.checks,
    says=glass.says,
    presets={
        "Adam's first step": {"kappa": 100.0, "angle": 0.0},
        "Adam as printed": {"method": "adam_printed", "angle": 0.0, "steps": 50},
        "Nesterov looks ahead": {"method": "nesterov", "lr": 0.08, "x0": -1.6, "y0": 0.4},
        "Momentum gathers speed": {"method": "momentum", "lr": 0.02},
        "RMSProp leaps first": {"method": "rmsprop", "lr": 0.05, "beta": 0.99, "angle": 0.0},
    },
    predictions=(
        Prediction(
            preset="Adam's first step",
            question="At the start (−1, −1) the slope is 1 along θ₁ and 100 along θ₂. How much "
            "longer is Adam's first step along θ₂?",
            options=("the same", "10 times", "100 times"),
            answer=glass.first_ratio,
            because="After one step m̂ is g and √v̂ is |g|, so their quotient keeps the sign alone: "
            "both coordinates move by α, {first:.4f}.",
            facts=lambda run: {"first": float(run.move[0, 0])},
            beliefs={"100 times": {"method": "momentum", "lr": 0.01}},
        ),
        Prediction(
            preset="Adam as printed",
            question="The sheet's last line of Adam has no m̂. From (−1, −1), is the point nearer "
            "to the minimum (0, 0) after 50 steps?",
            options=("yes, much nearer", "no, farther away"),
            answer=glass.nearer,
            because="What is left of the update is −α/√v̂, which is negative whatever the gradient "
            "says. Every coordinate falls for ever: after 50 steps ({x:.2f}, {y:.2f}).",
            facts=lambda run: {"x": float(run.x[-1, 0]), "y": float(run.x[-1, 1])},
            beliefs={"yes, much nearer": {"method": "adam"}},
        ),
        Prediction(
            preset="RMSProp leaps first",
            question="RMSProp with β = 0.99 starts from v = 0. How long is its first step?",
            options=("0.1 α", "1 α", "10 α"),
            answer=glass.first_size,
            because="After one step v is only (1 − β) g², a hundredth of g². Its root is |g|/10, "
            "so the step is {size:.1f} α long. Bias correction is what takes Adam back to α.",
            facts=lambda run: {"size": float(run.size[0])},
            beliefs={"1 α": {"method": "adam", "beta1": 0.0, "beta2": 0.99}},
        ),
    ),
)
