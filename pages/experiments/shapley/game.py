"""Old form, to be converted."""

from core.experiments.shapley import game as lattice
from core.experiments.shapley import game_claims as lattice_checks
from core.experiments.shapley import game_words as lattice_words
from pages.figures.parts.players import members
from pages.figures.shapley import game as lattice_figure
from pages.ui import Experiment, Grid, Param, Prediction

SIZES = ("random", "unanimity")

FREE = ("random", "unanimity", "voting", "glove", "airport")

THIRDS = {"1/50": 0.02, "1/5": 0.2, "1/3": 1 / 3, "0": 0.0}

LEFT = {"1/3": 1 / 3, "2/3": 2 / 3, "3/4": 3 / 4, "1": 1.0}


def coalition_names(values: dict) -> tuple[str, ...]:
    """A name over each cell of the table v."""
    return tuple(members(S) for S in range(len(values["v"].split())))


EXPERIMENT = Experiment(
    slug="game",
    title="Game table",
    question="One left glove, two right: a pair is worth 1. What is each glove worth?",
    statements=("XAI-14", "XAI-15", "XAI-16", "XAI-17", "XAI-21", "XAI-22", "ROB-15"),
    params=(
        Param(
            "game",
            "game",
            "glove",
            options={
                "glove": "a left glove, two right",
                "voting": "votes and a majority",
                "airport": "one runway (costs)",
                "unanimity": "only together",
                "random": "random",
                "mine": "your own table",
            },
            upload="table",
            help="A CSV has two columns: coalition (as 1 3, 13 or 101) and value.",
        ),
        Param(
            "p",
            "players p",
            3,
            1,
            lattice.MOST,
            reach=lambda v: (v["needed"] if v["game"] == "unanimity" else 1, lattice.MOST),
            shown=lambda v: v["game"] in SIZES,
        ),
        Param("seed", "seed", 0, 0, 999, shown=lambda v: v["game"] == "random"),
        Param(
            "weights",
            "votes of each party",
            "49 49 2",
            grid=Grid(0, 100, 1, tuple((1, n) for n in range(1, lattice.MOST + 1))),
            shown=lambda v: v["game"] == "voting",
        ),
        Param(
            "share",
            "share to be exceeded",
            0.5,
            0.0,
            0.99,
            step=0.01,
            shown=lambda v: v["game"] == "voting",
        ),
        Param(
            "costs",
            "runway each plane needs",
            "1 2 3",
            grid=Grid(0, 10, 0.5, tuple((1, n) for n in range(1, lattice.MOST + 1))),
            shown=lambda v: v["game"] == "airport",
        ),
        Param(
            "needed",
            "needed: players 1 to",
            2,
            1,
            lattice.MOST,
            reach=lambda v: (1, v["p"]),
            shown=lambda v: v["game"] == "unanimity",
        ),
        Param(
            "v",
            "v(S)",
            "0 0 0 1 0 1 0 1",
            grid=Grid(-10, 10, 0.05, tuple((1, 2**n) for n in range(1, 6)), names=coalition_names),
            shown=lambda v: v["game"] == "mine",
        ),
        Param("paid", "values are costs", False, shown=lambda v: v["game"] not in FREE),
        Param("rule", "rule", "shapley", options=lattice.CHOICES),
        Param(
            "look",
            "beside it",
            "rules",
            options={"rules": "rules, axioms", "core": "the core"},
        ),
        Param(
            "edge",
            "marginal contribution pointed at",
            1,
            0,
            lattice.MOST * 2 ** (lattice.MOST - 1) - 1,
            shown=lambda v: False,
        ),
    ),
    compute=lattice.lattice,
    figure=lattice_figure.figure,
    checks=lattice_checks.checks,
    says=lattice_words.says,
    presets={
        "Left and right glove": {},
        "49–49–2": {"game": "voting", "edge": 9},
        "The runway": {"game": "airport", "look": "core", "edge": 11},
        "A pair that only works together": {
            "game": "unanimity",
            "p": 2,
            "needed": 2,
            "rule": "last",
        },
        "Any two suffice": {"game": "voting", "weights": "1 1 1", "look": "core"},
        "One adds nothing": {"game": "unanimity", "rule": "equal", "edge": 11},
        "First come, first served": {"rule": "order", "edge": 4},
        "The plain mean misses": {
            "game": "random",
            "p": 5,
            "seed": 3,
            "rule": "banzhaf",
            "edge": 21,
        },
        "A misprint halves the lattice": {"game": "airport", "rule": "printed", "edge": 9},
        "One player alone": {"game": "mine", "v": "1 3", "edge": 0},
    },
    predictions=(
        Prediction(
            preset="Left and right glove",
            question="A pair of gloves is worth 1. What is the only left glove worth to Shapley?",
            options=tuple(LEFT),
            answer=lattice_words.share_of(1, LEFT),
            because="The left glove makes a pair unless it arrives first, in {times1} of "
            "{orders} orders: φ₁ = {phi1}. A right one does so only when it is second, behind the "
            "left one.",
            facts=lattice_words.facts,
            beliefs={"3/4": {"rule": "banzhaf"}, "1": {"rule": "last"}, "1/3": {"rule": "equal"}},
        ),
        Prediction(
            preset="49–49–2",
            question="Three parties hold 49, 49 and 2 votes; more than half decides. How much of "
            "the power has the smallest?",
            options=tuple(THIRDS),
            answer=lattice_words.share_of(3, THIRDS),
            because="Any two win and nobody wins alone: the votes differ, the game does not tell "
            "them apart, so φ₃ = φ₁ = {phi3}. Weight is not power.",
            facts=lattice_words.facts,
            beliefs={
                "1/50": {"game": "mine", "v": "0 0.49 0.49 0.98 0.02 0.51 0.51 1"},
                "0": {"rule": "last"},
            },
        ),
        Prediction(
            preset="The plain mean misses",
            question="“Average the marginal contributions over all subsets”: what is the sum of "
            "the plain averages?",
            options=lattice_words.SUMS,
            answer=lattice_words.sum_of("banzhaf"),
            because="They sum to {sum_banzhaf}, but v(N) − v(∅) = {total}. The plain mean is the "
            "Banzhaf value; only with weights that give every size of S the same total, 1/{p}, "
            "is everything handed out.",
            facts=lattice_words.facts,
            beliefs={"exactly v(N) − v(∅)": {"rule": "shapley"}},
        ),
        Prediction(
            preset="Any two suffice",
            question="Any two of three make 1. Is there a way to share 1 that no two would leave?",
            options=lattice_words.STAYS,
            answer=lattice_words.shared_peacefully,
            because="Each pair asks for {pair}; added over the three pairs everybody counts "
            "twice, so {asked} would have to be at most 2 · {total}. Under φ a pair would gain "
            "{best}.",
            facts=lattice_words.facts,
            beliefs={"yes, a third each": {"rule": "equal"}},
        ),
        Prediction(
            preset="A pair that only works together",
            question="Two make 1 together and nothing alone. “What is lost without me?” (LOFO): "
            "what do the two answers add up to?",
            options=lattice_words.SUMS,
            answer=lattice_words.sum_of("last"),
            because="Without either everything is lost, so each answers {total} and the sum is "
            "{sum_last}. What both need is counted twice; what either could do alone would not be "
            "counted at all.",
            facts=lattice_words.facts,
            beliefs={
                "exactly v(N) − v(∅)": {"rule": "shapley"},
                "less than v(N) − v(∅)": {"rule": "first"},
            },
        ),
    ),
)
