"""Old form, to be converted."""

from core.experiments.shapley import (
    patches,
)
from core.experiments.shapley import patches_claims as patches_checks
from pages.figures.shapley import patches as patches_figure
from pages.ui import Experiment, Param, Prediction

OPEN_THREE = (
    "0 1 8 10 14 10 0 0,0 12 10 6 6 16 2 0,0 3 0 0 7 14 1 0,0 0 0 0 9 11 0 0,"
    "0 0 0 0 2 16 1 0,0 0 0 0 0 8 12 0,0 0 4 0 2 11 9 0,0 0 12 16 14 12 4 0"
)

EXPERIMENT = Experiment(
    slug="patches",
    title="Patches of a digit",
    question="The strongest evidence for this 3 is a patch without any ink. How can that be?",
    statements=("XAI-18", "XAI-20", "XAI-21", "XAI-22"),
    params=(
        Param(
            "source",
            "picture",
            "digit",
            options={"digit": "handwritten digit", "drawing": "your drawing"},
            help="Draw into the picture on the page, from scratch or on top of a digit.",
        ),
        Param(
            "digit",
            "number of the digit",
            1180,
            0,
            1796,
            shown=lambda v: v["source"] == "digit",
            help="The network has not seen those whose number is a multiple of 5.",
        ),
        Param("pixels", "grey levels, 8 × 8", OPEN_THREE, shown=lambda v: False),
        Param(
            "baseline",
            "an absent patch shows",
            "mean",
            options={
                "paper": "empty paper",
                "grey": "mean grey",
                "mean": "the mean of all digits",
                "blur": "this digit, blurred",
                "digit": "another digit",
            },
        ),
        Param(
            "other",
            "number of the other digit",
            125,
            0,
            1796,
            shown=lambda v: v["baseline"] == "digit",
        ),
        Param(
            "target",
            "why this digit",
            "predicted",
            options={"predicted": "the one that is read"} | {str(d): str(d) for d in range(10)},
            help="Explained is its lead z − z′ over the strongest other digit.",
        ),
        Param(
            "model",
            "reader f",
            "net",
            options={"net": "24 hidden ReLU units", "linear": "linear"},
        ),
        Param("side", "patches", "4", options={"4": "4 × 4", "2": "2 × 2"}),
        Param(
            "view",
            "beside the map",
            "deletion",
            options={
                "deletion": "take away, largest φ first",
                "insertion": "lay down, largest φ first",
                "indices": "φ, last in, Banzhaf",
            },
        ),
        Param("removed", "steps k", 0, 0, 16, shown=lambda v: False),
        Param("patch", "patch looked at", 5, 0, 15, shown=lambda v: False),
    ),
    compute=patches.patches,
    figure=patches_figure.figure,
    checks=patches_checks.checks,
    says=patches_checks.says,
    presets={
        "Most evidence, no ink": {},
        "Empty paper is no evidence": {"baseline": "paper"},
        "Leave one out sees nothing": {
            "digit": 530,
            "baseline": "paper",
            "patch": 9,
            "view": "indices",
        },
        "A linear reader: all three agree": {"model": "linear", "view": "indices"},
        "Only where they differ": {"baseline": "digit"},
        "A 3 that could be an 8": {"digit": 605, "patch": 9},
        "An 8 read as a 1": {"digit": 905, "patch": 6},
        "Close the loop with the pen": {"source": "drawing"},
    },
    predictions=(
        Prediction(
            preset="Empty paper is no evidence",
            question="Patch 6 is empty paper, and against the mean of all digits it counted most "
            "of all. Now an absent patch shows empty paper. What is φ₆?",
            options=("it counts most of all", "a little", "0, exactly"),
            answer=patches_checks.chosen_in_words,
            because="Present or absent, patch 6 looks the same, so v(S ∪ 6) = v(S) for all "
            "{count} coalitions: a dummy. No ink is evidence only against a baseline with ink: "
            "the other {dummies} empty patches are dummies too.",
            facts=patches_checks.dummies,
            beliefs={"it counts most of all": {"baseline": "mean"}},
        ),
        Prediction(
            preset="Leave one out sees nothing",
            question="Patch 10 is full of ink and has a clearly positive φ. Remove it alone from "
            "the whole 4. How much of its lead over the 7 is lost?",
            options=("the same as φ", "more than φ", "almost nothing"),
            answer=patches_checks.last_in_words,
            because="v(N) − v(N ∖ 10) = {last}, one contribution of {count}. As long as all others "
            "are there, the network can do without it; with fewer of them it cannot, and φ = {phi} "
            "is the mean over all orders.",
            facts=patches_checks.looked_at,
            beliefs={"the same as φ": {"model": "linear"}},
        ),
        Prediction(
            preset="Most evidence, no ink",
            question="Patches are replaced by the mean digit, largest φ first. After how many does "
            "the network no longer read a 3?",
            options=("1 or 2", "3 to 5", "6 or more", "never"),
            answer=patches_checks.fall_in_words,
            because="The whole lead is {lead}, and without patch {first} alone it falls by {last}. "
            "In random order the mean lead stays positive for {steps} steps.",
            facts=patches_checks.falls,
        ),
    ),
)
