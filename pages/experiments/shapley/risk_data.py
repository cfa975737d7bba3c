"""Old form, to be converted."""

from core.experiments.shapley import (
    risk_data,
)
from core.experiments.shapley import risk_data_claims as risk_data_checks
from pages.figures.shapley import risk_data as risk_data_figure
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
    slug="risk-data",
    title="Risk on real data",
    question="Shuffle a column, leave it out, or share: do they agree on which one matters?",
    statements=("XAI-19", "XAI-21"),
    params=(
        Param("data", "data", "diabetes", options=TABLES, upload="table", live=False),
        TARGET,
        Param("model", "model f", "linear", options=MODELS, live=False),
        Param(
            "game",
            "absent features are filled from",
            "interventional",
            options={name: GAMES[name] for name in risk_data.GAMES},
            live=False,
        ),
        Param("passes", "orders for each row", 30, 1, 60, live=False),
        Param("background", "background rows", 40, 2, 100, live=False),
        Param("seed", "seed", 0, 0, 999, live=False),
    ),
    compute=risk_data.risk_data,
    figure=risk_data_figure.figure,
    checks=risk_data_checks.checks,
    says=risk_data_checks.says,
    presets={
        "Two kinds of cholesterol": {},
        "The same, given the others": {"game": "conditional"},
        "Trees need fewer columns": {"model": "trees"},
        "One tumour, three sizes": {"data": "breast_cancer"},
        "Proline can be replaced": {"data": "wine"},
        "Two orders for each row": {"passes": 2},
    },
    predictions=(
        Prediction(
            preset="Two kinds of cholesterol",
            question="LDL is most of the cholesterol. Shuffling the column cholesterol raises the "
            "risk of the linear model a lot. How much does leaving it out and training again?",
            options=("about as much", "about half of it", risk_data_checks.LITTLE),
            answer=lambda run: risk_data_checks.replaced(run, "cholesterol", "permutation"),
            because="Shuffled: {permutation}. The two columns have large slopes of opposite sign, "
            "and a shuffled one no longer cancels the other. Trained again without it: {lofo}, "
            "LDL does the work.",
            facts=lambda run: risk_data_checks.facts(run, "cholesterol"),
        ),
        Prediction(
            preset="Proline can be replaced",
            question="SAGE gives proline most. By how much does the risk on bottles held out rise "
            "when the model is trained again without it?",
            options=("about as much", "about half of it", risk_data_checks.LITTLE),
            answer=lambda run: risk_data_checks.replaced(run, "proline", "sage"),
            because="SAGE {sage}, LOFO {lofo}: the {others} other columns tell the same, so the "
            "new model does as well. SAGE says what f uses, LOFO what cannot be had elsewhere.",
            facts=lambda run: risk_data_checks.facts(run, "proline"),
        ),
        Prediction(
            preset="Two orders for each row",
            question="Only two random orders for each row. Do the estimated SAGE values add up to "
            "the risk saved?",
            options=("only within their errors", "exactly"),
            answer=risk_data_checks.adds_up,
            because="Each order hands out all that its row saves, so after whole passes the sum "
            "is off by {gap} only, while a single value has errors up to {error}.",
            facts=risk_data_checks.facts,
        ),
    ),
)
