"""Optimizer landscapes: the condition number, momentum and what it takes to go downhill."""

from core import landscapes, optimizers  # noqa: F401
from core.landscapes import ball, bowl, flow
from pages.figures.landscapes import ball as ball_figure
from pages.figures.landscapes import bowl as bowl_figure
from pages.figures.landscapes import flow as flow_figure
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
            question="Gradient descent crosses the valley floor at every step. The flow turns to the "
            "steepest direction at every instant. How often does it cross?",
            options=("never", "a few times", "at every step, like descent"),
            answer=flow.flow_crossings,
            because="Along the flow y is {y0:g} times e^(−{lam:g} t), which never changes sign. The "
            "{crossings} crossings come from going straight on for a whole η: descent is steepest "
            "only where a step begins.",
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
            because="A step errs by about ½(ηλ)²x, and 1/η steps add up to an error in proportion to "
            "η: {coarse:.4f} becomes {fine:.4f}.",
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
            because="Its multiplier is 1/(1 + ηλ), here {steep:.2f} for the steep coordinate: below "
            "1 for every η. The price is an equation to solve in each step.",
            facts=lambda run: {"steep": 1 / (1 + run.lr * float(run.lam.max()))},
        ),
    ),
)

# --- valley, ball, glass ---------------------------------------------------------------------

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
            "step ηL (in units of 1/L)",
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
        "Swings wide": {"start": "free", "beta": 0.97, "lr_L": 0.2},
    },
    predictions=(
        Prediction(
            preset="Too much memory",
            question="κ = 100, η = 1/L. With β = 0.9 the ball needs 94 steps until f is down by 10⁶, "
            "with β = 0 it needs 687. And with β = 0.99?",
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
            question="Gradient descent leaves the bowl beyond ηL = 2. Up to which ηL does the heavy "
            "ball with β = 0.9 stay?",
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

# --- wild, race, network ---------------------------------------------------------------------

EXPERIMENTS: list[Experiment] = [BOWL, BALL, FLOW]

if __name__ == "__main__":
    show("landscapes", EXPERIMENTS)
