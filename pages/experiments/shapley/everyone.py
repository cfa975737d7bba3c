"""Old form, to be converted."""

from core.experiments.shapley import (
    everyone,
    explain,
)
from core.experiments.shapley import explain_claims as explain_checks
from pages.figures.parts import views
from pages.figures.shapley import everyone as everyone_figure
from pages.ui import Experiment, Param, Prediction

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
    slug="everyone",
    title="The whole data set",
    question="One prediction is explained. What moves the model over all the patients?",
    statements=("XAI-18", "XAI-20", "XAI-21"),
    params=(
        Param("data", "data", "diabetes", options=TABLES, upload="table", live=False),
        TARGET,
        Param("model", "model f", "linear", options=MODELS, live=False),
        Param(
            "game",
            "absent features are filled from",
            "interventional",
            options=GAMES,
            live=False,
        ),
        Param(
            "background",
            "background rows",
            15,
            1,
            50,
            reach=lambda v: explain.most_background(**v),
            live=False,
        ),
        Param("seed", "seed of their draw", 0, 0, 999, live=False),
    ),
    compute=everyone.everyone,
    figure=everyone_figure.figure,
    checks=everyone.checks,
    says=everyone.says,
    presets={
        "Cholesterol protects?": {},
        "Trees: steps, not slopes": {"model": "trees"},
        "Three names for one size": {"data": "breast_cancer"},
        "What goes together shares": {"data": "breast_cancer", "game": "conditional"},
        "Proline decides": {"data": "wine", "model": "trees"},
        "One person as yardstick": {"background": 1},
    },
    chart=views.everyone,
    predictions=(
        Prediction(
            preset="Cholesterol protects?",
            question="Patients with more cholesterol fare worse. What do high cholesterol values "
            "do to the linear model's f?",
            options=("they raise it", "they lower it"),
            answer=lambda run: everyone.direction(run, "cholesterol"),
            because="Cholesterol and the disease rise together, r = {together:.2f}, but the model "
            "also sees LDL, HDL and triglycerides: what cholesterol adds to them has the weight "
            "{weight}. In the conditional game it also speaks for them and raises f. A model "
            "explained is not a cause.",
            facts=lambda run: {
                "together": everyone.together(run, "cholesterol"),
                "weight": explain_checks.weight(run.table, run.model, "cholesterol"),
            },
            beliefs={"they raise it": {"game": "conditional"}},
        ),
        Prediction(
            preset="Cholesterol protects?",
            question="By weight per unit, log triglycerides come first and sex second. Which "
            "feature comes second by mean |φ|?",
            options=("sex", "BMI", "cholesterol"),
            answer=everyone.runner_up,
            because="For a linear model mean |φⱼ| = |βⱼ| mean |xⱼ − mean|: sex has {sex} per "
            "unit, but differs by {apart:.2g} on average; cholesterol only {cholesterol}, but it "
            "differs by {far:.2g}. A weight says nothing before its unit is named.",
            facts=lambda run: {
                "sex": explain_checks.weight(run.table, run.model, "sex"),
                "apart": everyone.apart(run, "sex"),
                "cholesterol": explain_checks.weight(run.table, run.model, "cholesterol"),
                "far": everyone.apart(run, "cholesterol"),
            },
            beliefs={"BMI": {"model": "trees"}},
        ),
        Prediction(
            preset="Cholesterol protects?",
            question="For the strongest feature, take the mean of φ instead of the mean of |φ|. "
            "How much of it is left?",
            options=("less than half", "nearly all"),
            answer=everyone.share_left,
            because="Ups and downs cancel: {share:.0%} is left, and that only says how the rows "
            "held out differ from the background. Importance is how far a feature moves f, "
            "whichever way.",
            facts=lambda run: {"share": everyone.cancelled(run)},
            beliefs={"nearly all": {"data": "breast_cancer", "background": 1}},
        ),
    ),
)
