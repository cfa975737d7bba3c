"""Old form, to be converted."""

from core.experiments.shapley import (
    interactions,
)
from core.experiments.shapley import interactions_claims as interactions_checks
from pages.figures.shapley import interactions as interactions_figure
from pages.ui import Experiment, Grid, Param, Prediction

EXPERIMENT = Experiment(
    slug="interactions",
    title="Interactions",
    question="Does your arrival make me worth more or less?",
    statements=("XAI-15", "XAI-17", "XAI-22"),
    params=(
        Param(
            "game",
            "game v",
            "twins",
            options={
                "twins": "twins: 1 or 2 is enough",
                "parity": "XOR: worth 1 if odd",
                "product": "prediction x₁x₂ + x₃ + …",
                "unanimity": "all but the last needed",
                "glove": "gloves: 1 left, p − 1 right",
                "voting": "votes",
                "additive": "everyone for themselves",
                "random": "random",
                "mine": "my worths v(S)",
                "bonuses": "my bonuses m(T)",
            },
            upload="table",
        ),
        Param(
            "p",
            "players p",
            3,
            2,
            interactions.MOST,
            shown=lambda v: v["game"] in interactions.NAMED,
        ),
        Param("draw", "random game no.", 0, 0, 999, shown=lambda v: v["game"] == "random"),
        Param(
            "v",
            "worths v(S)",
            "0 0 0 2 1 3 1 4",
            grid=Grid(
                -9,
                9,
                0.5,
                interactions.CELLS,
                names=lambda v: interactions.names(v["v"], False),
            ),
            shown=lambda v: v["game"] == "mine",
        ),
        Param(
            "m",
            "bonuses m(T)",
            "0 1 1 0 2 0 0 -3",
            grid=Grid(
                -9,
                9,
                0.25,
                interactions.CELLS,
                names=lambda v: interactions.names(v["m"], True),
            ),
            shown=lambda v: v["game"] == "bonuses",
        ),
        Param(
            "look",
            "last panel",
            "pair",
            options={"pair": "the pair, for every S", "shares": "the values φ, and a v + b w"},
        ),
        Param(
            "other",
            "second game w",
            "unanimity",
            options={
                "twins": "twins",
                "parity": "XOR",
                "product": "product",
                "unanimity": "all but the last needed",
                "glove": "gloves",
                "voting": "votes",
                "additive": "everyone for themselves",
                "random": "random",
            },
            shown=lambda v: v["look"] == "shares",
        ),
        Param("a", "a of a v + b w", 1.0, -3, 3, 0.1, shown=lambda v: v["look"] == "shares"),
        Param("b", "b of a v + b w", 0.0, -3, 3, 0.1, shown=lambda v: v["look"] == "shares"),
        Param(
            "printed",
            "as printed: S without i (E-99)",
            False,
            shown=lambda v: v["look"] == "shares",
            help="The i of the pair, the same for every player j.",
        ),
        Param("i", "first of the pair", 1, 1, interactions.MOST, shown=lambda v: False),
        Param("j", "second of the pair", 2, 1, interactions.MOST, shown=lambda v: False),
        Param("T", "group pointed at", 0, 0, 2**interactions.MOST - 1, shown=lambda v: False),
    ),
    compute=interactions.interactions,
    figure=interactions_figure.figure,
    checks=interactions_checks.checks,
    says=interactions_checks.says,
    presets={
        "Twins stand in for each other": {},
        "XOR of three cancels out": {"game": "parity"},
        "Half of a product": {"game": "product"},
        "Rivals and a partner": {"game": "glove", "i": 2, "j": 3},
        "Everyone for themselves": {"game": "additive"},
        "Add two games": {"game": "glove", "look": "shares", "other": "additive", "b": 0.5},
        "The wrong i": {"game": "unanimity", "look": "shares", "printed": True},
    },
    predictions=(
        Prediction(
            preset="Twins stand in for each other",
            question="Players 1 and 2 know the same; one of them is enough. What is their "
            "interaction?",
            options=("positive", "zero", "negative"),
            answer=interactions_checks.sign,
            because="Alone each adds {alone}, after the other nothing: the pair has a bonus of "
            "{bonus}, and I = {index}. Substitutes have a negative interaction, complements a "
            "positive one.",
            facts=interactions_checks.facts,
            beliefs={"positive": {"game": "unanimity"}, "zero": {"game": "additive"}},
        ),
        Prediction(
            preset="XOR of three cancels out",
            question="v(S) = 1 if the number of players in S is odd. What is the interaction of "
            "players 1 and 2 among three?",
            options=("−2", "0", "2"),
            answer=interactions_checks.strength,
            because="Without player 3 the two get in each other's way ({least}), with player 3 "
            "they help each other ({most}), and both count equally: {index}. An index of 0 does "
            "not say that they do not interact.",
            facts=interactions_checks.facts,
            beliefs={"−2": {"p": 2}},
        ),
        Prediction(
            preset="Half of a product",
            question="f = x₁x₂ + x₃ at x = (2, 1.5, 1) against the baseline 0. What is φ₁?",
            options=("1.5", "2", "3"),
            answer=interactions_checks.share,
            because="x₁ alone changes nothing: v(1) = {alone}. The bonus m(12) = {bonus} belongs "
            "to the pair, and each gets half of it, {share}, however large x₁ and x₂ are apart.",
            facts=interactions_checks.facts,
            beliefs={"3": {"a": 2.0, "look": "shares"}},
        ),
        Prediction(
            preset="The wrong i",
            question="Players 1 and 2 are worth 1 together. As printed, S never holds i = 1, "
            "whoever j is. What do the three values add up to?",
            options=("0.5", "1", "1.5"),
            answer=interactions_checks.printed_sum,
            because="What player 2 adds counts only when player 1 is there, and no such S is left: "
            "the sum is {printed} instead of {total}. With S ⊆ N − {{j}} it is right.",
            facts=interactions_checks.facts,
            beliefs={"1": {"game": "twins", "p": 2}},
        ),
    ),
)
