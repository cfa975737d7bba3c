"""Optimizer landscapes: the condition number, momentum and what it takes to go downhill."""

from dataclasses import replace
from itertools import starmap

from core.landscapes import (
    ball,
    basins,
    bowl,
    flow,
    glass,
    network,
    race,
    sweep,
    terrain,
    valley,
    wild,
)
from core.optimizers import NAMES
from pages.figures.landscapes import ball as ball_figure
from pages.figures.landscapes import basins as basins_figure
from pages.figures.landscapes import bowl as bowl_figure
from pages.figures.landscapes import flow as flow_figure
from pages.figures.landscapes import glass as glass_figure
from pages.figures.landscapes import network as network_figure
from pages.figures.landscapes import race as race_figure
from pages.figures.landscapes import sweep as sweep_figure
from pages.figures.landscapes import valley as valley_figure
from pages.figures.landscapes import wild as wild_figure
from pages.ui import Experiment, Param, Prediction, Tick, show

# --- bowl, sweep, flow -----------------------------------------------------------------------

BOWL = Experiment(
    slug="bowl",
    title="The bowl",
    question="What makes gradient descent slow in a long valley: the zig-zag, or something else?",
    statements=("OPT-08", "ANA-17", "ANA-20", "ANA-21"),
    params=(
        Param(
            "kappa",
            "condition number κ",
            100.0,
            1.0,
            1e4,
            log=True,
            help="Largest over smallest curvature, L/μ; level sets are √κ times as long as wide.",
        ),
        Param(
            "angle",
            "angle of the valley",
            0.0,
            0.0,
            90.0,
            step=1.0,
            help="Gradient descent does not notice how the bowl is turned.",
        ),
        Param(
            "lr_L",
            "step ηL (in units of 1/L)",
            1.9802,
            0.01,
            2.2,
            step=0.0001,
            ticks=lambda v: (
                Tick(1.0, "1/L"),
                Tick(2 * v["kappa"] / (v["kappa"] + 1), "2/(L+μ)"),
                Tick(2.0, "2/L"),
            ),
            optimum=lambda v: 2 * v["kappa"] / (v["kappa"] + 1),
            help="The step η times the largest curvature L; beyond 2 the run leaves the bowl.",
        ),
        Param("steps", "steps", 400, 1, 2000),
        Param(
            "start",
            "start",
            "diagonal",
            options={
                "worst": "worst, along (κ, 1)",
                "diagonal": "diagonal, (1, 1)",
                "free": "anywhere",
            },
        ),
        Param("x0", "x₀", 1.0, -1.5, 1.5, step=0.01, shown=lambda v: v["start"] == "free"),
        Param("y0", "y₀", 0.4, -1.5, 1.5, step=0.01, shown=lambda v: v["start"] == "free"),
    ),
    compute=bowl.bowl,
    figure=bowl_figure.figure,
    checks=bowl.checks,
    says=bowl.says,
    presets={
        "Marble in a gutter": {"start": "worst"},
        "Slow without zig-zag": {"start": "worst", "lr_L": 1.0, "steps": 700},
        "Downhill without a flip": {"lr_L": 1.0, "steps": 500},
        "Over the edge": {"lr_L": 2.02, "steps": 620},
        "Bouncing forever": {"lr_L": 2.0, "steps": 200},
        "One step and home": {"kappa": 1.0, "lr_L": 1.0, "steps": 10},
    },
    predictions=(
        Prediction(
            preset="Downhill without a flip",
            question="κ = 100, η = 1/L, start (1, 1). How often does the steep coordinate change "
            "sign before f has fallen by 10⁶?",
            options=("never", "about 20 times", "at every step"),
            answer=bowl.flips_in_words,
            because="A step multiplies z₂ by 1 − ηL = 0, so nothing is left to flip. The {steps} "
            "steps go into z₁, which each step only multiplies by 1 − ημ = {slow:.2f}.",
            facts=lambda run: {"steps": run.needed, "slow": float(run.multipliers[0])},
            beliefs={"about 20 times": {"lr_L": 1.3}, "at every step": {"lr_L": 1.98}},
        ),
        Prediction(
            preset="Slow without zig-zag",
            question="The marble in the gutter needs 346 steps and zig-zags at every one of them. "
            "Halve the step to 1/L and the zig-zag is gone. How many steps now?",
            options=("about half as many", "the same", "about twice as many"),
            answer=bowl.compared_with_best,
            because="The flat coordinate sets the pace: a step takes the share ημ off it, and half "
            "the step takes half of that. {steps} steps, not one change of sign: the zig-zag was "
            "not the trouble.",
            facts=lambda run: {"steps": run.needed},
            beliefs={"the same": {"lr_L": 1.9802}},
        ),
        Prediction(
            preset="Over the edge",
            question="The step is one percent longer than 2/L. What becomes of f?",
            options=("it falls, only slower", "it stays where it is", "it grows without bound"),
            answer=bowl.fate,
            because="Every step multiplies the steep coordinate by {steep:.2f}. However close to "
            "−1 that is, its powers have no bound; step {at} passes 10¹².",
            facts=lambda run: {"steep": float(run.multipliers[1]), "at": run.diverged_at},
            beliefs={
                "it falls, only slower": {"lr_L": 1.98},
                "it stays where it is": {"lr_L": 2.0},
            },
        ),
        Prediction(
            preset="Marble in a gutter",
            question="−∇f is the direction of steepest descent. By how much does it miss the "
            "direction to the minimum at this start?",
            options=("not at all", "about 45°", "about 90°"),
            answer=bowl.miss_in_words,
            because="The gradient weighs each eigen-coordinate by its curvature. Here both weigh "
            "the same, although the minimum lies almost only along z₁: {miss:.1f}° off. It would "
            "be 0 on an axis, or with κ = 1.",
            facts=lambda run: {"miss": run.miss},
            beliefs={"not at all": {"kappa": 1.0, "lr_L": 0.2}},
        ),
    ),
)

SWEEP = Experiment(
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

FLOW = Experiment(
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

# --- valley, ball, glass ---------------------------------------------------------------------

VALLEY = Experiment(
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

BALL = Experiment(
    slug="ball",
    title="A ball with memory",
    question="A ball that keeps 90 % of its speed arrives sooner. Would 99 % be better still?",
    statements=("OPT-13", "OPT-14"),
    params=(
        Param(
            "method",
            "memory",
            "momentum",
            options={
                "momentum": "heavy ball",
                "nesterov": "Nesterov, looks ahead",
                "momentum_ema": "an average, as the sheet's words say",
            },
            help="The sheet calls the velocity an average of past gradients; its formula is a sum.",
        ),
        Param(
            "lr_L",
            "step size ηL",
            1.0,
            0.01,
            4.0,
            step=0.001,
            ticks=lambda v: (
                Tick(1.0, "1/L"),
                Tick(ball.tuned(v["method"], v["kappa"])[0], "optimum"),
                Tick(ball.border(v["method"], v["beta"]), "border"),
            ),
            optimum=lambda v: ball.tuned(v["method"], v["kappa"])[0],
            help="The step η times the largest curvature L.",
        ),
        Param(
            "beta",
            "memory β",
            0.9,
            0.0,
            0.999,
            step=0.001,
            ticks=lambda v: (
                Tick(ball.tuned(v["method"], v["kappa"])[1], "optimum"),
                Tick(ball.critical_beta(v["method"], v["lr_L"], 1 / v["kappa"]), "flat swings"),
                Tick(ball.critical_beta(v["method"], v["lr_L"], 1.0), "steep swings"),
            ),
            optimum=lambda v: ball.tuned(v["method"], v["kappa"])[1],
            help="Share of the velocity kept from one step to the next; 1 − β is the friction.",
        ),
        Param("kappa", "condition number κ", 100.0, 1.0, 1e4, log=True),
        Param("steps", "steps", 200, 1, 1000),
        Param(
            "start", "start", "worst", options={"worst": "worst, along (κ, 1)", "free": "anywhere"}
        ),
        Param("x0", "start x₁", 1.0, -1.6, 1.6, step=0.01, shown=lambda v: v["start"] == "free"),
        Param("y0", "start √κ·x₂", 1.0, -1.6, 1.6, step=0.01, shown=lambda v: v["start"] == "free"),
    ),
    compute=ball.ball,
    figure=ball_figure.figure,
    checks=ball.checks,
    says=ball.says,
    presets={
        "Just right": {"lr_L": 3.305785, "beta": 0.669421},
        "Too much memory": {"beta": 0.99, "steps": 1000},
        "No memory": {"beta": 0.0, "steps": 700},
        "Beyond gradient descent's limit": {"lr_L": 3.0},
        "Off the map": {"lr_L": 3.9},
        "The sheet's average": {"method": "momentum_ema", "steps": 1000},
        "Looking ahead brakes": {"method": "nesterov"},
        "Swings wide": {"start": "free", "beta": 0.97, "lr_L": 0.2},
    },
    predictions=(
        Prediction(
            preset="Too much memory",
            question="κ = 100, η = 1/L. With β = 0.9 the ball needs 94 steps until f is down by "
            "10⁶, with β = 0 it needs 687. And with β = 0.99?",
            options=("faster", "about the same", "several times slower"),
            answer=ball.against_less_memory,
            because="Both directions already overshoot at β = 0.9. From there on the rate is √β, "
            "whatever η is: less friction only makes the ball swing longer, {now} steps against "
            "{before}.",
            facts=lambda run: {"now": run.iterations, "before": dict(run.rivals)[0.9]},
            beliefs={"faster": {"beta": 0.9}, "about the same": {"beta": 0.95}},
        ),
        Prediction(
            preset="Beyond gradient descent's limit",
            question="Gradient descent leaves the bowl beyond ηL = 2. Up to which ηL does the "
            "heavy ball with β = 0.9 stay?",
            options=("0.2", "2", "3.8", "38"),
            answer=ball.edge_in_words,
            because="In the steep direction every step turns the velocity round, and memory then "
            "brakes: the border moves out to 2(1 + β) = {edge:.2g}, not in.",
            facts=lambda run: {"edge": run.edge},
            beliefs={"2": {"beta": 0.0, "lr_L": 2.0}, "38": {"method": "momentum_ema"}},
        ),
        Prediction(
            preset="The sheet's average",
            question="The sheet says v is an average of past gradients. Take its word, "
            "v ← βv − η(1 − β)∇f, with the η and β that took 94 steps. How many now?",
            options=("fewer", "about 94, the same", "more than 500"),
            answer=ball.against_the_sum,
            because="The weights of an average sum to 1, those of the sheet's formula to "
            "1/(1 − β) = 10. Averaging is the heavy ball with a tenth of the step: {now} steps.",
            facts=lambda run: {"now": run.iterations},
            beliefs={"about 94, the same": {"method": "momentum"}},
        ),
    ),
)

GLASS = Experiment(
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

# --- wild, race, network ---------------------------------------------------------------------

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

WILD = Experiment(
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

BASINS = Experiment(
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

RACE = Experiment(
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

NETWORK = Experiment(
    slug="network",
    title="A real loss surface",
    question="Is a minimum sharp, or does the picture make it look sharp?",
    statements=("OPT-08", "ANA-19"),
    params=(
        Param(
            "data",
            "data",
            "breast_cancer",
            live=False,
            options={
                "breast_cancer": "breast cancer, 569 × 30",
                "wine": "wine, 178 × 13",
                "digits": "handwritten digits, 1797 × 64",
            },
        ),
        Param(
            "activation", "activation", "tanh", live=False, options={"tanh": "tanh", "relu": "ReLU"}
        ),
        Param(
            "rescale",
            "neurons: weights in × c, weights out ÷ c",
            1.0,
            0.1,
            10.0,
            log=True,
            live=False,
            shown=lambda v: v["activation"] == "relu",
            help="With ReLU the network stays the same function for every c.",
        ),
        Param("steps", "training steps", 200, 20, 400, step=20, live=False),
        Param("seed", "seed of the weights", 0, 0, 999, live=False),
        Param(
            "directions",
            "directions",
            "filter",
            live=False,
            options={
                "filter": "random, filter-normalised",
                "raw": "random, not normalised",
                "pca": "along the training path",
            },
        ),
        Param(
            "direction_seed",
            "seed of the directions",
            0,
            0,
            31,
            live=False,
            shown=lambda v: v["directions"] != "pca",
        ),
        Param(
            "radius",
            "half width of the picture",
            1.0,
            0.01,
            2.0,
            log=True,
            live=False,
            shown=lambda v: v["directions"] != "pca",
        ),
        Param("view", "view", "map", live=False, options={"map": "map", "3-D": "surface in 3-D"}),
    ),
    compute=network.plane,
    figure=network_figure.network,
    checks=network.checks,
    says=network.says,
    presets={
        "Filter-normalised": {},
        "Same network, raw directions": {"directions": "raw", "radius": 0.2},
        "Another direction": {"direction_seed": 7},
        "Along the training path": {"directions": "pca"},
        "Same function, other weights": {
            "activation": "relu",
            "rescale": 4.0,
            "directions": "raw",
            "radius": 0.2,
        },
        "Same function, same picture": {"activation": "relu", "rescale": 4.0},
    },
    predictions=(
        Prediction(
            preset="Another direction",
            question="The network stays as it is and the random directions are rolled again. What "
            "changes in the picture?",
            options=("only the curvature", "only the loss in the middle", "both", "neither"),
            answer=network.rolled,
            because="Every plane passes through the trained weights, so the loss in the middle is "
            "always {loss:.3g}. The curvature d₁ᵀ∇²L d₁ belongs to the direction: 32 rolls give "
            "{low:.2g} to {high:.2g}.",
            facts=network.numbers,
        ),
        Prediction(
            preset="Same function, other weights",
            question="Every ReLU neuron gets 4 times its incoming and a quarter of its outgoing "
            "weights. What happens to the loss, and to the picture with raw directions?",
            options=(
                "the loss and the picture stay",
                "the loss stays, the picture changes",
                "the loss and the picture change",
            ),
            answer=network.same_function,
            because="ReLU(4z)/4 = ReLU(z): the same function, loss {loss:.3g}. But a raw direction "
            "of the same length now means something else to each layer. Directions scaled to the "
            "neurons' weights turn with them, and their picture stays.",
            facts=network.numbers,
            beliefs={"the loss and the picture stay": {"directions": "filter", "radius": 1.0}},
        ),
        Prediction(
            preset="Filter-normalised",
            question="How much of the training path, seen from its end, lies in a random plane?",
            options=("about 1 % or less", "about 10 %", "about half", "nearly all"),
            answer=network.in_plane,
            because="Among {parameters} dimensions a random direction is nearly perpendicular to "
            "any given one: the plane holds {share:.2%} of the path. The path's own principal "
            "directions hold nearly all of it.",
            facts=network.numbers,
            beliefs={"nearly all": {"directions": "pca"}},
        ),
    ),
)

EXPERIMENTS: list[Experiment] = [
    BOWL,
    SWEEP,
    VALLEY,
    BALL,
    GLASS,
    FLOW,
    WILD,
    BASINS,
    RACE,
    NETWORK,
]

if __name__ == "__main__":
    show("landscapes", EXPERIMENTS)
