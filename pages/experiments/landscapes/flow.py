"""Old form, to be converted."""

from core.experiments.landscapes import (
    flow,
)
from pages.figures.landscapes import flow as flow_figure
from pages.ui import Experiment, Param, Prediction, Tick

EXPERIMENT = Experiment(
    slug="flow",
    title="Flow and Euler",
    question="Which of the two is exact and which is the approximation: the smooth curve of "
    "steepest descent, or gradient descent?",
    statements=("OPT-10",),
    params=(
        Param(
            "lr",
            "step η",
            0.22,
            0.01,
            2.0,
            log=True,
            ticks=lambda v: (
                Tick(1 / max(v["lam1"], v["lam2"]), "1/L"),
                Tick(2 / max(v["lam1"], v["lam2"]), "2/L"),
            ),
            help="Length of one step in the time of the flow.",
        ),
        Param("T", "time T", 4.0, 0.5, 10.0, step=0.1, help="How long to follow the flow."),
        Param("lam1", "curvature λ₁ along x", 0.5, 0.1, 10.0, log=True),
        Param("lam2", "curvature λ₂ along y", 8.0, 0.1, 10.0, log=True),
        Param("x0", "x₀", 1.4, -1.5, 1.5, step=0.01),
        Param("y0", "y₀", 1.0, -1.5, 1.5, step=0.01),
        Param("implicit", "also implicit Euler", False),
    ),
    compute=flow.flow,
    figure=flow_figure.figure,
    checks=flow.checks,
    says=flow.says,
    presets={
        "Zig-zag around the flow": {},
        "Hugging the flow": {"lr": 0.02},
        "Euler over the edge": {"lr": 0.27, "implicit": True},
        "One second of decay": {
            "lam1": 2.0,
            "lam2": 2.0,
            "T": 1.0,
            "lr": 0.1,
            "x0": 1.0,
            "y0": 0.0,
        },
    },
    predictions=(
        Prediction(
            preset="Zig-zag around the flow",
            question="Gradient descent crosses the valley floor at every step. The flow turns to "
            "the steepest direction at every instant. How often does it cross?",
            options=("never", "a few times", "at every step, like descent"),
            answer=flow.flow_crossings,
            because="Along the flow y is {y0:g} times e^(−{lam:g} t), which never changes sign. "
            "The {crossings} crossings come from going straight on for a whole η: descent is "
            "steepest only where a step begins.",
            facts=lambda run: {
                "y0": float(run.exact[0, 1]),
                "lam": float(run.lam[1]),
                "crossings": run.crossings,
            },
            beliefs={},
        ),
        Prediction(
            preset="One second of decay",
            question="With η = 0.1 gradient descent ends a little beside the flow. With half the "
            "step and twice as many steps, what becomes of that distance?",
            options=("unchanged", "about a half", "about a quarter"),
            answer=flow.halved,
            because="A step errs by about ½(ηλ)²x, and 1/η steps add up to an error in proportion "
            "to η: {coarse:.4f} becomes {fine:.4f}.",
            facts=lambda run: {
                "coarse": float(run.error_explicit[0]),
                "fine": float(run.error_explicit[1]),
            },
        ),
        Prediction(
            preset="Euler over the edge",
            question="η = 0.27 is longer than 2/L and throws explicit Euler out of the valley. "
            "Implicit Euler takes the gradient at the end of the step instead. What happens to it?",
            options=("it is thrown out too", "it bounces forever", "it settles at the minimum"),
            answer=flow.implicit_fate,
            because="Its multiplier is 1/(1 + ηλ), here {steep:.2f} for the steep coordinate: "
            "below 1 for every η. The price is an equation to solve in each step.",
            facts=lambda run: {"steep": 1 / (1 + run.lr * float(run.lam.max()))},
        ),
    ),
)
