"""Old form, to be converted."""

from dataclasses import replace

from core.experiments.landscapes import (
    basins,
    wild,
)
from core.landscapes import terrain
from core.optimizers import NAMES
from pages.figures.landscapes import basins as basins_figure
from pages.ui import Experiment, Param, Prediction

SURFACES = {
    "rosenbrock": "Rosenbrock's banana",
    "himmelblau": "Himmelblau, four minima",
    "beale": "Beale, plateaus",
    "saddle": "saddle between two minima",
    "rastrigin": "Rastrigin, a hundred pits",
    "sine_valley": "x² + 3 sin² x, not convex",
    "logistic": "logistic regression",
    "own": "your own f(x, y)",
}

METHODS = dict(zip(wild.METHODS, map(NAMES.get, wild.METHODS)))

FORMULA = Param(
    "formula",
    "f(x, y)",
    terrain.FORMULA,
    shown=lambda v: v["landscape"] == "own",
    help="Numbers, x, y, + - * / ^, sin, cos, exp, log, sqrt, ...; drawn on [-3, 3]².",
)

MEMORY = Param(
    "beta", "memory β", 0.9, 0.0, 0.999, step=0.001, shown=lambda v: v["method"] in wild.WITH_MEMORY
)

EXPERIMENT = Experiment(
    slug="basins",
    title="Basins",
    question="Does a start in the neighbourhood of a minimum lead to that minimum?",
    statements=("OPT-08",),
    params=(
        Param("landscape", "landscape", "himmelblau", live=False, options=SURFACES),
        replace(FORMULA, live=False),
        Param("method", "method", "gd", live=False, options=METHODS),
        Param("lr", "learning rate η", 0.01, 1e-5, 1.0, log=True, live=False),
        replace(MEMORY, live=False),
        Param("steps", "steps", 300, 10, 1000, live=False),
    ),
    compute=basins.basins,
    figure=basins_figure.basins,
    checks=basins.checks,
    says=basins.says,
    presets={
        "Four homes, four shares": {},
        "Frayed by momentum": {"method": "momentum"},
        "Too long a step": {"lr": 0.03},
        "A hundred pits": {"landscape": "rastrigin", "lr": 0.002},
        "The watershed": {"landscape": "saddle", "lr": 0.1},
        "Hardly anybody home": {"landscape": "rosenbrock", "lr": 1e-3},
    },
    predictions=(
        Prediction(
            preset="Four homes, four shares",
            question="Himmelblau's four minima are equally deep but differently shaped. How do the "
            "3600 starts divide among them?",
            options=("all nearly the same", "one gets most of them"),
            answer=basins.evenly,
            because="A small step follows the steepest way down, and the ridges between the "
            "minima lie near the axes of the square.",
        ),
        Prediction(
            preset="Too long a step",
            question="η = 0.03 is more than 2/λmax at each of the four minima. What do most of the "
            "starts do?",
            options=("most arrive", "most are still moving", "most diverge"),
            answer=basins.crowd,
            because="No minimum can hold a run with η λmax > 2, but the walls around it throw most "
            "runs back: they jump about for ever without arriving or leaving.",
            beliefs={"most arrive": {"lr": 0.01}, "most diverge": {"lr": 0.06}},
        ),
    ),
)
