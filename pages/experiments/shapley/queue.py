"""Old form, to be converted."""

from core.experiments.shapley import (
    queue,
)
from core.experiments.shapley import queue_claims as queue_checks
from pages.figures.shapley import queue as queue_figure
from pages.ui import Experiment, Param, Prediction

EXPERIMENT = Experiment(
    slug="queue",
    title="Queue of arrivals",
    question="After ten random orders every estimate is off. Is their sum off too?",
    statements=("XAI-16", "XAI-17", "XAI-21"),
    params=(
        Param(
            "game",
            "game",
            "cooks",
            options={
                "cooks": "three cooks, worth 15",
                "glove": "gloves: 1 left, p − 1 right",
                "airport": "airport, costs 1, 2, …, p",
                "voting": "votes 49, 49, 2",
                "random": "random",
            },
            upload="table",
        ),
        Param("p", "players p", 3, 2, queue.MOST, shown=lambda v: v["game"] in queue.SIZED),
        Param("draw", "random game no.", 0, 0, 999, shown=lambda v: v["game"] == "random"),
        Param("M", "orders M", 100, 1, queue.LARGEST, log=True),
        Param(
            "method",
            "orders are drawn",
            "plain",
            options={
                "plain": "one by one",
                "antithetic": "each with its reverse",
                "stratified": "all rotations of each",
            },
        ),
        Param("seed", "seed", 0, 0, 999),
        Param(
            "alike",
            "average over all subsets alike (E-100) beside it",
            False,
            help="Every coalition equally likely instead of every order.",
        ),
        Param(
            "look",
            "last panel",
            "error",
            options={"error": "error against orders", "sum": "do the estimates add up?"},
        ),
        Param("k", "how far the orders are dealt", 0, 0, queue.LAST, shown=lambda v: False),
        Param("player", "player looked at", 0, 0, queue.MOST - 1, shown=lambda v: False),
    ),
    compute=queue.queue,
    figure=queue_figure.figure,
    checks=queue_checks.checks,
    says=queue_checks.says,
    presets={
        "Three cooks take turns": {},
        "Ten orders, and the sum is right": {
            "game": "random",
            "p": 5,
            "M": 10,
            "look": "sum",
            "k": queue.LAST,
        },
        "Six orders of three cooks": {"M": 6, "method": "stratified"},
        "The means settle slowly": {"game": "glove", "M": 5000, "k": queue.LAST},
        "Every subset alike": {
            "game": "glove",
            "M": 2000,
            "alike": True,
            "look": "sum",
            "k": queue.LAST,
        },
        "A pair that says the same twice": {
            "game": "voting",
            "M": 1000,
            "method": "antithetic",
            "k": queue.LAST,
        },
        "Eight strangers": {"game": "random", "p": 8, "M": 1000, "k": queue.LAST},
    },
    predictions=(
        Prediction(
            preset="Ten orders, and the sum is right",
            question="Ten random orders of five players. Do the estimates φ̂ⱼ add up to "
            "v(N) − v(∅)?",
            options=("yes, exactly", "no, it is off too"),
            answer=queue_checks.adds_up,
            because="Whoever comes when, each order starts at v(∅), ends at v(N) and deals out "
            "all of it: the sum is {sum} = v(N) − v(∅), to the last digit (gap {gap}). The "
            "estimates themselves are off by {off} (root mean square).",
            facts=queue_checks.facts,
            beliefs={"no, it is off too": {"alike": True}},
        ),
        Prediction(
            preset="The means settle slowly",
            question="How much of the error do four times as many orders leave?",
            options=("about a quarter", "about a half", "the same"),
            answer=queue_checks.fourfold,
            because="Orders are independent, so the variance of a mean falls as 1/M and the error "
            "as 1/√M. With 20 seeds the error goes as M to the power {slope}: four times the "
            "orders leave {left}.",
            facts=queue_checks.facts,
            beliefs={"the same": {"alike": True}},
        ),
        Prediction(
            preset="Every subset alike",
            question="Instead of orders, average Δⱼ(S) over all subsets S with equal weight. Do "
            "the values of the glove game still add up to v(N) − v(∅) = 1?",
            options=("yes", "no"),
            answer=queue_checks.alike_adds_up,
            because="They add up to {alike}. In a random order every size of S is equally likely; "
            "among the subsets the middle sizes are the most. The plain mean is the Banzhaf value "
            "(E-100).",
            facts=queue_checks.facts,
            beliefs={"yes": {"game": "cooks"}},
        ),
        Prediction(
            preset="A pair that says the same twice",
            question="Votes 49, 49, 2: each order is followed by its reverse. What does that do to "
            "the error at the same number of orders?",
            options=("it falls", "it stays", "it grows"),
            answer=queue_checks.reversing,
            because="Two of three decide, so the second to arrive gets the 1, and it is second in "
            "the reverse as well: half of the orders tell nothing new and the error is {ratio} "
            "times as large. Reversing helps where an early and a late arrival make up for each "
            "other, as with the cooks.",
            facts=queue_checks.facts,
            beliefs={"it falls": {"game": "cooks"}},
        ),
    ),
)
