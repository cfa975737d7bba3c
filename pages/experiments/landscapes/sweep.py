"""Old form, to be converted."""

from core.experiments.landscapes import (
    sweep,
)
from pages.figures.landscapes import sweep as sweep_figure
from pages.ui import Experiment, Param, Prediction

EXPERIMENT = Experiment(
    slug="sweep",
    title="The price of κ",
    question="A bowl becomes a hundred times as ill-conditioned. How many times as many steps does "
    "each method pay?",
    statements=("ANA-18",),
    params=(
        Param(
            "tolerance",
            "tolerance ε",
            1e-6,
            1e-10,
            1e-2,
            log=True,
            live=False,
            help="A run has arrived when f is down to ε times its start.",
        ),
        Param(
            "step",
            "step",
            "best",
            options={"best": "best for each method", "1/L": "1/L for everyone"},
            live=False,
        ),
        Param("decades", "largest κ, as a power of 10", 4, 2, 4, live=False),
        Param("per_decade", "points per decade", 3, 1, 10, live=False),
    ),
    compute=sweep.sweep,
    figure=sweep_figure.figure,
    checks=sweep.checks,
    says=sweep.says,
    presets={
        "Best steps": {},
        "Everyone at 1/L": {"step": "1/L"},
        "Ten digits": {"tolerance": 1e-10},
    },
    predictions=(
        Prediction(
            preset="Best steps",
            question="κ goes from 100 to 10 000. How many times as many steps does gradient "
            "descent need, each time with its best step?",
            options=("×2", "×10", "×100", "×10 000"),
            answer=lambda run: sweep.growth(run, "gd"),
            because="One step shrinks the error by (κ − 1)/(κ + 1) ≈ 1 − 2/κ, so the count is in "
            "proportion to κ: {low} steps become {high}.",
            facts=lambda run: {"low": run.count("gd", 1e2), "high": run.count("gd", 1e4)},
        ),
        Prediction(
            preset="Best steps",
            question="And the tuned heavy ball, from κ = 100 to 10 000?",
            options=("×2", "×10", "×100", "×10 000"),
            answer=lambda run: sweep.growth(run, "momentum"),
            because="With memory one step shrinks the error by (√κ − 1)/(√κ + 1): the ball feels "
            "√κ instead of κ, {low} steps become {high}.",
            facts=lambda run: {
                "low": run.count("momentum", 1e2),
                "high": run.count("momentum", 1e4),
            },
        ),
        Prediction(
            preset="Ten digits",
            question="Ask for ten digits instead of six. By what factor does the count of gradient "
            "descent grow?",
            options=("×1.7", "×100", "×10 000"),
            answer=sweep.digits,
            because="Convergence is linear: every digit costs the same number of steps, so ten "
            "cost 10/6 of six. At the largest κ that makes {steps}.",
            facts=lambda run: {"steps": int(run.counts[0, -1])},
        ),
    ),
)
