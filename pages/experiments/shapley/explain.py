"""Old form, to be converted."""

from core.experiments.shapley import (
    explain,
)
from core.experiments.shapley import explain_claims as explain_checks
from pages.figures.parts import views
from pages.figures.shapley import explain as explain_figure
from pages.ui import Experiment, Grid, Param, Prediction

TABLES = {
    "diabetes": "diabetes: 442 patients",
    "breast_cancer": "breast cancer: 569 tumours",
    "wine": "wine: 178 bottles",
}

MODELS = {"linear": "linear", "trees": "32 boosted trees", "net": "network, 32 hidden"}

GAMES = {
    "baseline": "baseline: an average row",
    "interventional": "interventional: any rows",
    "conditional": "conditional: what fits x",
    "empirical": "empirical: similar rows",
}

TARGET = Param(
    "target",
    "target column",
    "",
    live=False,
    shown=lambda v: v["data"].startswith("own-"),
    help="Left empty, the last column is predicted.",
)

EXPERIMENT = Experiment(
    slug="explain",
    title="Explain a prediction",
    question="The model expects the worst for this patient. Which measurements made it say so?",
    statements=("XAI-18", "XAI-20", "XAI-21"),
    params=(
        Param("data", "data", "diabetes", options=TABLES, upload="table"),
        TARGET,
        Param(
            "model",
            "model f",
            "linear",
            options=MODELS,
            help="Linear on the log-odds where f is a probability.",
        ),
        Param("who", "explain", "row", options={"row": "a row", "mine": "my own"}),
        Param(
            "row",
            "row, counted from 0",
            114,
            0,
            1999,
            reach=lambda v: explain.rows(**v),
            shown=lambda v: v["who"] == "row",
        ),
        Param(
            "x",
            "my row, in standard deviations",
            "0 0 0 0 0 0 0 0 0 0",
            grid=Grid(
                -4,
                4,
                0.1,
                tuple((1, p) for p in range(2, 11)),
                names=lambda v: explain.names(**v),
            ),
            shown=lambda v: v["who"] == "mine",
            help="0 is the mean of the feature. Or draw in the picture of the row.",
        ),
        Param(
            "game",
            "absent features are filled from",
            "interventional",
            options=GAMES,
        ),
        Param(
            "background",
            "background rows",
            15,
            1,
            50,
            reach=lambda v: explain.most_background(**v),
        ),
        Param("seed", "seed of their draw", 0, 0, 999),
    ),
    compute=explain.explain,
    figure=explain_figure.figure,
    checks=explain_checks.checks,
    says=explain_checks.says,
    presets={
        "The sickest patient": {},
        "The same patient, other model": {"model": "trees"},
        "Compact, and so less malignant?": {"data": "breast_cancer", "row": 0},
        "A borderline tumour": {"data": "breast_cancer", "row": 10},
        "A missed tumour": {"data": "breast_cancer", "row": 297, "model": "net"},
        "Symmetry, never asked": {
            "data": "breast_cancer",
            "row": 38,
            "model": "trees",
            "game": "conditional",
        },
        "A tumour that cannot exist": {
            "data": "breast_cancer",
            "model": "net",
            "who": "mine",
            "x": "2 0 -2 0 0 0 0 0 0 0",
        },
        "One person as yardstick": {"background": 1},
        "The trees see another wine": {"data": "wine", "row": 68, "model": "trees"},
    },
    chart=views.explain,
    predictions=(
        Prediction(
            preset="The sickest patient",
            question="The ten contributions of this patient, added up, give …",
            options=("f(x)", "f(x) − f∅", "0"),
            answer=explain_checks.total,
            because="Efficiency: Σ φⱼ = v(N) − v(∅) = {f} − {base}. φ explains how f(x) "
            "differs from what the model says when it knows nothing, not f(x) itself.",
            facts=lambda run: {"f": explain.number(run.f), "base": explain.number(run.base)},
        ),
        Prediction(
            preset="Compact, and so less malignant?",
            question="Malignant tumours are more compact than others, and this one is very "
            "compact. What does its compactness do to the linear model's f?",
            options=("it raises f", "it lowers f"),
            answer=lambda run: explain_checks.direction(run, "compactness"),
            because="Its weight is {weight}: given concavity and concave points, the model takes "
            "compactness off again, so φ = {interventional}. The conditional game also lets "
            "compactness speak for the features it goes with: φ = {conditional}.",
            facts=lambda run: {
                "weight": explain_checks.weight(run.table, run.model, "compactness"),
                **explain_checks.told(run, "compactness"),
            },
            beliefs={"it raises f": {"game": "conditional"}},
        ),
        Prediction(
            preset="Symmetry, never asked",
            question="Whatever else is absent, f of this tumour does not change with its symmetry. "
            "φ of symmetry in the conditional game is …",
            options=("0", "not 0"),
            answer=lambda run: explain_checks.whether_zero(run, "symmetry"),
            because="E[f(X) | X_S = x_S] lets symmetry tell about features that f does use: "
            "φ = {conditional}. Interventional φ = {interventional}. A feature that f ignores gets "
            "0 there and in the baseline game, not in the conditional one (E-101).",
            facts=lambda run: explain_checks.told(run, "symmetry"),
            beliefs={"0": {"game": "interventional"}},
        ),
        Prediction(
            preset="The sickest patient",
            question="Which measurement contributes most to this patient's f(x)?",
            options=("BMI", "log triglycerides", "cholesterol/HDL", "sex"),
            answer=explain_checks.strongest,
            because="φⱼ = βⱼ (xⱼ − mean): a weight counts together with how far the patient is "
            "from the others. Log triglycerides: {weight} per unit, φ = {first}; BMI only {bmi} "
            "per unit, yet φ = {second}.",
            facts=lambda run: {
                "weight": explain_checks.weight(run.table, run.model, "log triglycerides"),
                "first": explain_checks.told(run, "log triglycerides")["phi"],
                "bmi": explain_checks.weight(run.table, run.model, "BMI"),
                "second": explain_checks.told(run, "BMI")["phi"],
            },
            beliefs={"BMI": {"game": "conditional"}},
        ),
    ),
)
