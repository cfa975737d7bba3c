"""Old form, to be converted."""

from itertools import starmap

from core.experiments.landscapes import (
    wild,
)
from core.landscapes import terrain
from core.optimizers import NAMES
from pages.figures.landscapes import wild as wild_figure
from pages.ui import Experiment, Param, Prediction, Tick

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
    slug="wild",
    title="Wild landscapes",
    question="What can the Hessian along the way tell where the method goes next?",
    statements=("OPT-08", "ANA-19"),
    params=(
        Param("landscape", "landscape", "rosenbrock", options=SURFACES),
        FORMULA,
        Param("method", "method", "gd", options=METHODS),
        Param(
            "lr",
            "learning rate η",
            1e-3,
            1e-5,
            1.0,
            log=True,
            ticks=lambda v: tuple(starmap(Tick, wild.marks(**v))),
            help="Near the start gradient descent is stable below 2/λmax.",
        ),
        MEMORY,
        Param("x0", "start x₀", -1.2, -10.0, 10.0, step=0.01),
        Param("y0", "start y₀", 1.0, -10.0, 10.0, step=0.01),
        Param("steps", "steps", 500, 1, 3000),
        Param("view", "view", "map", options={"map": "map", "3-D": "surface in 3-D"}),
        Param(
            "printed",
            "condition number as printed on the sheet",
            False,
            help="|λ|max/|λ|min, also where an eigenvalue is negative.",
        ),
    ),
    compute=wild.descend,
    figure=wild_figure.wild,
    checks=wild.checks,
    says=wild.says,
    presets={
        "Banana": {},
        "Banana with memory": {"method": "momentum", "steps": 3000},
        "Balanced on the saddle": {
            "landscape": "saddle",
            "x0": 1.5,
            "y0": 0.0,
            "lr": 0.1,
            "steps": 200,
        },
        "Pushed off the saddle": {
            "landscape": "saddle",
            "x0": 1.5,
            "y0": 0.001,
            "lr": 0.1,
            "steps": 200,
        },
        "Four homes": {"landscape": "himmelblau", "x0": 0.0, "y0": 0.0, "lr": 0.01, "steps": 100},
        "Trapped": {"landscape": "rastrigin", "x0": 3.2, "y0": -2.3, "lr": 0.002, "steps": 100},
        "κ = 1 says the sheet": {
            "landscape": "saddle",
            "x0": 0.1,
            "y0": 0.05,
            "lr": 0.05,
            "steps": 100,
            "printed": True,
        },
        "Off the wall": {"lr": 0.01},
        "Your own": {"landscape": "own", "x0": 2.0, "y0": -2.0, "lr": 0.02, "steps": 300},
    },
    predictions=(
        Prediction(
            preset="Balanced on the saddle",
            question="Between the two minima lies a saddle point. The start is exactly on the "
            "ridge y = 0. Where does gradient descent end?",
            options=("in one of the two minima", "at the saddle point", "it diverges"),
            answer=wild.fate,
            because="On the ridge ∂f/∂y is exactly 0, so y never changes and x shrinks to 0: "
            "after {steps} steps ‖∇f‖ = {size:.1g} with λ = {low:g} and {high:g}. Off the ridge by "
            "0.001, y grows by the factor 1 + 2η per step until it falls into a minimum.",
            facts=wild.numbers,
            beliefs={"in one of the two minima": {"y0": 0.001}},
        ),
        Prediction(
            preset="Banana with memory",
            question="On the banana, gradient descent with η = 0.001 needs 15 068 steps to "
            "f < 10⁻⁶. With the same η and memory β = 0.9?",
            options=("about 13 000", "about 1400", "about 150", "not within 3000 steps"),
            answer=wild.thousands,
            because="Along the valley floor the gradient hardly changes, and the velocity adds up "
            "to 1/(1 − β) = 10 gradients: {below} steps, about a tenth.",
            facts=wild.numbers,
            beliefs={"not within 3000 steps": {"beta": 0.0}},
        ),
        Prediction(
            preset="κ = 1 says the sheet",
            question="Near the origin the sheet's condition number is about 1, the best there is. "
            "What does gradient descent do there?",
            options=("it settles there within a few steps", "it leaves it"),
            answer=wild.leaves,
            because="The eigenvalues at the start are {first:.3g} and {second:.3g}: the ratio "
            "hides a sign. Along the negative one each step multiplies by more than 1. A condition "
            "number speaks about convergence only where both are positive.",
            facts=wild.numbers,
            beliefs={"it settles there within a few steps": {"y0": 0.0}},
        ),
    ),
)
