"""Old form, to be converted."""

from core.experiments.landscapes import (
    valley,
)
from core.optimizers import NAMES
from pages.figures.landscapes import valley as valley_figure
from pages.ui import Experiment, Param, Prediction

EXPERIMENT = Experiment(
    slug="valley",
    title="Turn the valley",
    question="Along the axes Adam needs 46 steps whatever κ is. Does turning the valley matter?",
    statements=("PROB-15", "OPT-13", "OPT-14", "OPT-17"),
    params=(
        Param("kappa", "condition number κ", 100.0, 1.0, 1e4, log=True, live=False),
        Param(
            "angle",
            "angle of the valley",
            45.0,
            0.0,
            90.0,
            step=0.5,
            help="Between the flat axis and x₁. The start, (1, 1) in the valley, turns with it.",
        ),
        Param("lr", "Adam's step α", 0.03, 0.001, 0.3, log=True, live=False),
        Param("beta1", "Adam's β₁", 0.9, 0.0, 0.999, step=0.001, live=False),
        Param("beta2", "Adam's β₂", 0.999, 0.0, 0.999, step=0.001, live=False),
        Param(
            "variant",
            "Adam",
            "adam",
            options={
                "adam": "as in the paper",
                "adam_printed": "as printed on the sheet",
                "adam_uncorrected": "no bias correction",
            },
        ),
        Param("steps", "steps drawn", 120, 1, 500),
    ),
    compute=valley.valley,
    figure=valley_figure.figure,
    checks=valley.checks,
    says=valley.says,
    presets={
        "Adam loves axes": {"kappa": 1000.0, "angle": 0.0},
        "Adam meets the diagonal": {"kappa": 1000.0},
        "A round bowl": {"kappa": 1.0},
        "Adam as printed": {"variant": "adam_printed"},
        "Five degrees off": {"kappa": 1000.0, "angle": 5.0},
    },
    predictions=(
        Prediction(
            preset="Adam meets the diagonal",
            question="κ = 1000, α = 0.03. Along the axes Adam needs 46 steps until f is down by "
            "10⁶. And with the valley turned by 45°, the start turned with it?",
            options=("46 again", "about 100", "about 1000", "more than 2000"),
            answer=valley.magnitude,
            because="Adam divides every coordinate by the size of its own gradients. On the axes "
            "that undoes κ. On the diagonal both coordinates see the same mixture of steep and "
            "flat, so both are divided by nearly the same number and κ is back: {steps} steps.",
            facts=lambda race: {"steps": race.adam},
            beliefs={"46 again": {"angle": 0.0}, "about 1000": {"kappa": 100.0}},
        ),
        Prediction(
            preset="Five degrees off",
            question="And with the valley only 5° off the axis?",
            options=("46 again", "about 100", "about 1000", "more than 2000"),
            answer=valley.magnitude,
            because="A slope a thousand times steeper needs no more than 5° to rule both "
            "coordinates: sin 5° of it is still 87 times the flat one. {steps} steps.",
            facts=lambda race: {"steps": race.adam},
            beliefs={"46 again": {"angle": 0.0}},
        ),
        Prediction(
            preset="Adam meets the diagonal",
            question="Which of the five has brought f down by 10⁶ first, κ = 1000 and 45°?",
            options=("gradient descent", "heavy ball", "Nesterov", "RMSProp", "Adam"),
            answer=lambda race: NAMES[valley.first_home(race)],
            because="Momentum works along every direction alike, turned or not: {nesterov} steps "
            "for Nesterov, {ball} for the heavy ball, against {adam} for Adam.",
            facts=lambda race: {
                "adam": race.adam,
                "ball": race.counts[1],
                "nesterov": race.counts[2],
            },
            beliefs={"Adam": {"angle": 0.0}},
        ),
    ),
)
