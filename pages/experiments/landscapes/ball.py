"""Old form, to be converted."""

from core.experiments.landscapes import (
    ball,
)
from pages.figures.landscapes import ball as ball_figure
from pages.ui import Experiment, Param, Prediction, Tick

EXPERIMENT = Experiment(
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
