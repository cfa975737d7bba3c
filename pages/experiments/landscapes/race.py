"""Old form, to be converted."""

from dataclasses import replace

from core.experiments.landscapes import (
    race,
    wild,
)
from core.landscapes import terrain
from core.optimizers import NAMES
from pages.figures.landscapes import race as race_figure
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

EXPERIMENT = Experiment(
    slug="race",
    title="A fair race",
    question="Which method wins when each runs with the learning rate that suits it best?",
    statements=("OPT-08", "OPT-13", "OPT-14", "OPT-16", "OPT-17"),
    params=(
        Param(
            "landscape",
            "landscape",
            "quadratic",
            live=False,
            options={"quadratic": "long valley, ½ xᵀHx", **SURFACES},
        ),
        Param(
            "kappa",
            "condition number κ",
            100.0,
            1.0,
            1e4,
            log=True,
            live=False,
            shown=lambda v: v["landscape"] == "quadratic",
        ),
        Param(
            "angle",
            "angle of the valley",
            0.0,
            0.0,
            90.0,
            step=1.0,
            live=False,
            shown=lambda v: v["landscape"] == "quadratic",
        ),
        replace(FORMULA, live=False),
        Param("x0", "start x₀", 1.0, -10.0, 10.0, step=0.001, live=False),
        Param("y0", "start y₀", 1.0, -10.0, 10.0, step=0.001, live=False),
        Param("steps", "budget of steps", 500, 20, 2000, live=False),
        Param(
            "tol", "arrived when f − f* is down to the share", 1e-4, 1e-8, 0.5, log=True, live=False
        ),
        Param(
            "nine",
            "tune on nine starts",
            True,
            live=False,
            help="The slowest of nine neighbouring starts counts, so that luck does not.",
        ),
    ),
    compute=race.race,
    figure=race_figure.race,
    checks=race.checks,
    says=race.says,
    presets={
        "Round bowl": {"kappa": 1.2},
        "Long valley along the axes": {},
        "Long valley at 45°": {"angle": 45.0, "x0": 0.0, "y0": 1.414},
        "Banana": {"landscape": "rosenbrock", "x0": -1.2, "steps": 1000},
        "Tuned on a single start": {"nine": False},
    },
    predictions=(
        Prediction(
            preset="Long valley along the axes",
            question="κ = 100, the valley runs along an axis, and each method has its best "
            "learning rate out of 64. Who is first?",
            options=tuple(METHODS.values()),
            answer=race.winner,
            because="RMSProp divides each coordinate by the size of its own gradient. Here a "
            "coordinate is an eigendirection, and κ drops out: {rmsprop} steps against {gd} for "
            "gradient descent.",
            facts=race.standings,
        ),
        Prediction(
            preset="Long valley at 45°",
            question="The same valley, turned by 45°; everyone is tuned again. Who is last now?",
            options=tuple(METHODS.values()),
            answer=race.loser,
            because="Along the diagonal both coordinates have gradients of the same size, so there "
            "is nothing to even out: RMSProp takes {rmsprop} steps. Methods that do not scale "
            "hardly notice the turn: momentum {momentum}, Nesterov {nesterov}, gradient descent "
            "{gd}.",
            facts=race.standings,
        ),
        Prediction(
            preset="Round bowl",
            question="κ = 1.2, nearly a round bowl. Who is first?",
            options=tuple(METHODS.values()),
            answer=race.winner,
            because="The gradient already points at the minimum, and with η ≈ 1 one step nearly "
            "arrives: {gd} steps. Memory fixed at β = 0.9 must swing out first: {momentum}.",
            facts=race.standings,
        ),
    ),
)
