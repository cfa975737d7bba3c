"""Old form, to be converted."""

from core.experiments.shapley import (
    absent,
)
from core.experiments.shapley import absent_claims as absent_checks
from pages.figures.shapley import absent as absent_figure
from pages.ui import Experiment, Grid, Param, Prediction, Tick

EXPERIMENT = Experiment(
    slug="absent",
    title="An absent feature",
    question="f never reads x₂. Does x₂ get a share of the prediction?",
    statements=("XAI-18", "XAI-20", "XAI-21"),
    params=(
        Param(
            "model",
            "model f",
            "first",
            options={
                "linear": "β₁x₁ + β₂x₂",
                "first": "x₁, ignores x₂",
                "product": "x₁ · x₂",
                "net": "a small tanh net",
            },
        ),
        Param("b1", "slope β₁", 1.0, -3.0, 3.0, step=0.05, shown=lambda v: v["model"] == "linear"),
        Param("b2", "slope β₂", 1.0, -3.0, 3.0, step=0.05, shown=lambda v: v["model"] == "linear"),
        Param(
            "game",
            "an absent feature is filled in from",
            "conditional",
            options={
                "baseline": "one reference row z",
                "interventional": "its marginal law",
                "conditional": "its law given x_S",
                "empirical": "rows near x_S",
            },
        ),
        Param(
            "law",
            "law of the features",
            "rho",
            options={"rho": "standard, correlation ρ", "own": "your covariance Σ"},
        ),
        Param(
            "rho",
            "correlation ρ",
            0.9,
            -0.99,
            0.99,
            step=0.01,
            ticks=lambda v: (Tick(0.0, "independent"),),
            shown=lambda v: v["law"] == "rho",
        ),
        Param(
            "cov",
            "covariance Σ",
            "1 0.9,0.9 1",
            grid=Grid(-4.0, 4.0, 0.1, ((2, 2),)),
            shown=lambda v: v["law"] == "own",
            help="Symmetric and positive semidefinite.",
        ),
        Param(
            "mean",
            "mean μ",
            "0 0",
            grid=Grid(-3.0, 3.0, 0.1, ((1, 2),)),
            shown=lambda v: v["law"] == "own",
        ),
        Param("x1", "the point x₁", 1.0, -4.0, 4.0, step=0.05),
        Param("x2", "the point x₂", 1.0, -4.0, 4.0, step=0.05),
        Param(
            "z1",
            "reference z₁",
            0.0,
            -4.0,
            4.0,
            step=0.05,
            shown=lambda v: v["game"] == "baseline",
        ),
        Param(
            "z2",
            "reference z₂",
            0.0,
            -4.0,
            4.0,
            step=0.05,
            shown=lambda v: v["game"] == "baseline",
        ),
        Param(
            "bandwidth",
            "bandwidth h",
            0.2,
            0.02,
            5.0,
            log=True,
            shown=lambda v: v["game"] == "empirical",
            help="A row counts exp(−D²/(2h²)), D its distance from x_S.",
        ),
        Param("n", "rows of data n", 200, 20, 1000, shown=lambda v: v["game"] != "baseline"),
        Param("seed", "seed", 0, 0, 999, shown=lambda v: v["game"] != "baseline"),
    ),
    compute=absent.absent,
    figure=absent_figure.figure,
    checks=absent_checks.checks,
    says=absent_checks.says,
    presets={
        "A feature nobody uses": {},
        "Nobody uses it, nobody pays": {"game": "interventional"},
        "Rows that do not occur": {
            "model": "linear",
            "game": "interventional",
            "x1": 2.0,
            "x2": 1.5,
        },
        "Independent: no quarrel": {"model": "net", "rho": 0.0, "x1": 0.5, "x2": -1.5},
        "A product of twins": {"model": "product", "game": "interventional"},
        "Neighbours know a little less": {"game": "empirical", "bandwidth": 0.5},
        "One reference row": {
            "model": "net",
            "game": "baseline",
            "x1": 2.0,
            "x2": 1.5,
            "z1": -1.0,
            "z2": -0.5,
        },
        "Your covariance": {
            "model": "linear",
            "b2": -1.0,
            "law": "own",
            "cov": "2 0.6,0.6 0.5",
            "mean": "1 -0.5",
            "x1": 2.0,
            "x2": 1.0,
        },
    },
    predictions=(
        Prediction(
            preset="A feature nobody uses",
            question="f = x₁, so x₂ is never read. Data with ρ = 0.9, the point x = (1, 1), an "
            "absent feature is averaged given the present one. What is φ₂?",
            options=("0", "0.45", "0.9"),
            answer=absent_checks.second,
            because="v(2) = E[X₁ | X₂ = 1] = {v2}: x₂ alone moves the guess. It arrives first in "
            "one of two orders, so φ₂ = ½ · {v2} = {phi2} and φ₁ = {phi1}.",
            facts=absent_checks.facts,
            beliefs={"0": {"game": "interventional"}},
        ),
        Prediction(
            preset="Nobody uses it, nobody pays",
            question="The same f = x₁ and the same data, but an absent feature is drawn from its "
            "marginal law, as most software does. What is φ₂?",
            options=("0", "0.45", "0.9"),
            answer=absent_checks.second,
            because="v(2) = E f(X₁, 1) = {v2}: X₁ is drawn without looking at x₂, and f does not "
            "look either. φ = ({phi1}, {phi2}). Both numbers are called SHAP.",
            facts=absent_checks.facts,
            beliefs={"0.45": {"game": "conditional"}},
        ),
        Prediction(
            preset="A product of twins",
            question="f = x₁x₂ at x = (1, 1), so f(x) = 1. What do φ₁ and φ₂ add up to?",
            options=("0.1", "1.0", "2.0"),
            answer=absent_checks.explained,
            because="They share f(x) − E f, not f(x): E X₁X₂ = ρ = {v0} already, so {phi1} each is "
            "left.",
            facts=absent_checks.facts,
            beliefs={"1.0": {"rho": 0.0}},
        ),
        Prediction(
            preset="Rows that do not occur",
            question="ρ = 0.9 and x₁ = 2 is kept, X₂ is drawn from its marginal law. How many of "
            "these rows lie outside the ellipse that holds 99 % of the data?",
            options=("almost none", "about a third", "most of them"),
            answer=absent_checks.leaving,
            because="Where x₁ = 2 the data have x₂ near {near}, the draws have x₂ near 0: {away} "
            "lie outside. f is asked there, but was never taught there.",
            facts=absent_checks.facts,
            beliefs={"almost none": {"game": "conditional"}},
        ),
    ),
)
