"""Old form, to be converted."""

from core.experiments.shapley import big as many
from core.experiments.shapley import big_claims as many_checks
from core.shapley import many_games
from pages.figures.shapley import big as big_figure
from pages.ui import Experiment, Param, Prediction

COUNCIL = "29 29 29 29 27 27 14 13 12 12 12 12 12 10 10 10 7 7 7 7 7 4 4 4 4 4 3"

EXPERIMENT = Experiment(
    slug="big",
    title="Big p",
    question="27 countries vote. How few of their 2²⁷ coalitions tell who has the power?",
    statements=("XAI-14", "XAI-17"),
    params=(
        Param(
            "game",
            "game v",
            "votes",
            options={
                "votes": "votes, typed",
                "parties": "votes, random parties",
                "majority": "more than half of p",
                "unanimity": "all of the first m",
                "glove": "gloves, l left ones",
                "airport": "runways of length 1, 2, …, p",
                "blocks": "p random games of 4 players",
                "random": "random table, p ≤ 20",
            },
            upload="table",
            live=False,
            help="Your own table: two columns, coalition and value, up to 16 players.",
        ),
        Param(
            "p",
            "players p",
            30,
            5,
            40,
            reach=lambda v: (5, 20 if v["game"] == "random" else 40),
            shown=lambda v: v["game"] != "votes" and not v["game"].startswith("own-"),
            live=False,
        ),
        Param(
            "votes",
            "votes of each party",
            COUNCIL,
            shown=lambda v: v["game"] == "votes",
            live=False,
            help="5 to 40 whole numbers, at most 100 each.",
        ),
        Param(
            "needed",
            "votes needed",
            255,
            0,
            4000,
            reach=lambda v: (0, many_games.most_votes(v["votes"])),
            shown=lambda v: v["game"] == "votes",
            live=False,
            help="0: more than half.",
        ),
        Param(
            "left",
            "left gloves l",
            1,
            1,
            40,
            reach=lambda v: (1, v["p"] - 1),
            shown=lambda v: v["game"] == "glove",
            live=False,
        ),
        Param(
            "members",
            "needed players m",
            20,
            1,
            40,
            reach=lambda v: (1, v["p"]),
            shown=lambda v: v["game"] == "unanimity",
            live=False,
        ),
        Param(
            "budget",
            "evaluations of v",
            "10000",
            options={"1000": "1 000", "10000": "10 000", "100000": "100 000"},
            live=False,
        ),
        Param(
            "method",
            "estimator looked at",
            "plain",
            options={
                "plain": "plain orders",
                "antithetic": "antithetic: each order and its reverse",
                "stratified": "stratified: p rotations of each",
                "kernel": "KernelSHAP, paired",
            },
            live=False,
        ),
        Param("seed", "seed", 0, 0, 999, live=False),
    ),
    compute=many.many,
    figure=big_figure.figure,
    checks=many_checks.checks,
    says=many_checks.says,
    presets={
        "27 countries, 10 000 looks": {},
        "Luxembourg 1958: a vote that never counts": {
            "votes": "4 4 4 2 2 1",
            "needed": 12,
            "budget": "1000",
        },
        "Rotations that repeat themselves": {"game": "blocks", "method": "stratified"},
        "Everyone equal: rotations are exact": {
            "game": "majority",
            "p": 15,
            "method": "stratified",
            "budget": "1000",
        },
        "No structure, no order": {"game": "random", "p": 16, "method": "kernel"},
        "Runways for forty": {"game": "airport", "p": 40, "method": "antithetic"},
        "One left glove, 29 right ones": {"game": "glove", "method": "kernel"},
    },
    predictions=(
        Prediction(
            preset="Luxembourg 1958: a vote that never counts",
            question="The council of 1958: 4, 4, 4, 2, 2 votes and 1 for Luxembourg, 12 of 17 win. "
            "What is Luxembourg's Shapley value?",
            options=("its share of the votes", "more than that", "0"),
            answer=many_checks.weakest,
            because="The others have even numbers of votes, so no coalition of theirs is one vote "
            "short of {quota}: Luxembourg never turns one. A dummy gets 0, and {share_of_votes} of "
            "the votes do not help.",
            facts=many_checks.facts,
            beliefs={"more than that": {"needed": 9}},
        ),
        Prediction(
            preset="27 countries, 10 000 looks",
            question="27 countries have 2²⁷ coalitions, and plain orders look at 10 000. How far "
            "off is a typical estimate, as a share of the mean φ?",
            options=("about a quarter", "more than φ itself", "about 0.1 %"),
            answer=many_checks.off_by,
            because="The error is σ/√M = {sigma}/√{M} = {foreseen}, {share} of the mean φ. The "
            "number of coalitions is not in it: what is sampled is a mean, and {M} orders tell "
            "its size whether there are {table} terms or more.",
            facts=many_checks.facts,
        ),
        Prediction(
            preset="27 countries, 10 000 looks",
            question="Sixteen times as many evaluations. How much smaller is the error of plain "
            "orders?",
            options=("2 times", "4 times", "16 times"),
            answer=many_checks.shrinks,
            because="Variances of independent orders add, so the error falls as 1/√M: √16 = 4. "
            "One more digit costs a hundred times as much.",
        ),
        Prediction(
            preset="Rotations that repeat themselves",
            question="Stratified: all p rotations of an order, so that everyone arrives equally "
            "often first, second, …, last. Against as many plain orders, the error is …",
            options=("it is 0", "smaller", "about the same", "larger"),
            answer=many_checks.stratified,
            because="Rotated, nearly the same players stand before each other: p = {n} orders "
            "repeat what one says, and only {few} of them are new. The error is {stratified} "
            "against {plain}. What one's place in the order decides is balanced perfectly, whom "
            "one meets there is not.",
            facts=many_checks.facts,
            beliefs={"it is 0": {"game": "majority"}},
        ),
    ),
)
