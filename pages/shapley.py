"""The page shapley: what each player is worth, what each feature did."""

from core.shapley import (
    absent,
    absent_checks,
    everyone,
    explain,
    explain_checks,
    importances,
    importances_checks,
    interactions,
    interactions_checks,
    lattice,
    lattice_checks,
    lattice_words,
    many,
    many_checks,
    many_games,
    patches,
    patches_checks,
    queue,
    queue_checks,
    risk_data,
    risk_data_checks,
)
from pages.figures.shapley import absent as absent_figure
from pages.figures.shapley import big as big_figure
from pages.figures.shapley import everyone as everyone_figure
from pages.figures.shapley import explain as explain_figure
from pages.figures.shapley import interactions as interactions_figure
from pages.figures.shapley import lattice as lattice_figure
from pages.figures.shapley import patches as patches_figure
from pages.figures.shapley import queue as queue_figure
from pages.figures.shapley import risk as risk_figure
from pages.figures.shapley import risk_data as risk_data_figure
from pages.figures.shapley import views
from pages.figures.shapley.parts import members
from pages.ui import Experiment, Grid, Param, Prediction, Tick, show

# --- game table -----------------------------------------------------------------------------------

SIZES = ("random", "unanimity")
FREE = ("random", "unanimity", "voting", "glove", "airport")
THIRDS = {"1/50": 0.02, "1/5": 0.2, "1/3": 1 / 3, "0": 0.0}
LEFT = {"1/3": 1 / 3, "2/3": 2 / 3, "3/4": 3 / 4, "1": 1.0}


def coalition_names(values: dict) -> tuple[str, ...]:
    """A name over each cell of the table v."""
    return tuple(members(S) for S in range(len(values["v"].split())))


GAME = Experiment(
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


# --- queue of arrivals, interactions --------------------------------------------------------------

QUEUE = Experiment(
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

INTERACTIONS = Experiment(
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


# --- absent feature, risk -------------------------------------------------------------------------

ABSENT = Experiment(
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

RISK = Experiment(
    slug="risk",
    title="Explain the risk",
    question="Two features say nearly the same. What is each of them worth?",
    statements=("XAI-19", "XAI-21"),
    params=(
        Param(
            "world",
            "world",
            "gauss",
            options={
                "gauss": "Y = βᵀX + ε",
                "xor": "XOR of two bits",
                "copy": "a bit and its copy",
            },
        ),
        Param(
            "beta",
            "slopes β",
            "1 1 1",
            grid=Grid(-3.0, 3.0, 0.1, ((1, 3),)),
            shown=lambda v: v["world"] == "gauss",
        ),
        Param(
            "rho",
            "correlation ρ of X₁, X₂",
            0.9,
            -1.0,
            1.0,
            step=0.01,
            ticks=lambda v: (Tick(0.0, "independent"),),
            shown=lambda v: v["world"] == "gauss",
        ),
        Param(
            "noise",
            "noise Var ε",
            0.25,
            0.0,
            4.0,
            step=0.05,
            shown=lambda v: v["world"] == "gauss",
        ),
        Param(
            "flip",
            "chance of a flipped label q",
            0.0,
            0.0,
            0.5,
            step=0.01,
            shown=lambda v: v["world"] != "gauss",
        ),
        Param(
            "feature",
            "feature followed along",
            "1",
            options={"1": "X₁", "2": "X₂", "3": "X₃"},
            shown=lambda v: v["world"] == "gauss",
        ),
        Param("n", "rows n, learned from and judged", 200, 20, 2000, log=True),
        Param("seed", "seed", 0, 0, 999),
        Param("adds", "believe that the LOFO values add up", False),
    ),
    compute=importances.importances,
    figure=risk_figure.figure,
    checks=importances_checks.checks,
    says=importances_checks.says,
    presets={
        "Twins share": {},
        "Nearly the same twice": {"rho": 0.99},
        "Nobody resembles anybody": {"rho": 0.0},
        "They need each other": {"rho": -0.9},
        "A copy the model may skip": {"rho": 1.0, "beta": "1 0 1"},
        "Unused, yet informative": {"beta": "1 0 1"},
        "XOR: alone worthless": {"world": "xor"},
        "XOR with a few wrong labels": {"world": "xor", "flip": 0.1},
        "A copy: together superfluous": {"world": "copy"},
        "Nothing predicts Y": {"beta": "0 0 0", "rho": 0.0, "noise": 1.0, "n": 50},
    },
    predictions=(
        Prediction(
            preset="Twins share",
            question="Y = X₁ + X₂ + X₃ + ε, the first two with correlation 0.9. What does SAGE "
            "give X₁?",
            options=("0.19", "1", "1.9"),
            answer=importances_checks.share_of_first,
            because="First to come, X₁ saves {alone}, as it stands for its twin too; last to come, "
            "only {lofo}. SAGE takes the mean over all orders, {sage}.",
            facts=importances_checks.facts,
            beliefs={"1": {"rho": 0.0}},
        ),
        Prediction(
            preset="Twins share",
            question="LOFO leaves one feature out and trains again. Do its three values add up to "
            "the risk that all three save?",
            options=("yes, exactly", "no, to far less", "no, to more"),
            answer=importances_checks.lofo_adds_up,
            because="{all_lofos} is {all_lofo} together, of {saved}: without one twin the other "
            "does its work, so neither is missed. Only SAGE adds up.",
            facts=importances_checks.facts,
            beliefs={"yes, exactly": {"adds": True, "rho": 0.0}, "no, to more": {"rho": -0.9}},
        ),
        Prediction(
            preset="Nearly the same twice",
            question="The twins now have correlation 0.99. What is the permutation importance of "
            "X₁?",
            options=("0.02", "1", "2"),
            answer=importances_checks.shuffled_first,
            because="f keeps the slope 1, and a shuffled X₁ misses by X₁ − X₁′ with variance "
            "{shuffled}, whatever ρ. Trained again without X₁ the loss is only {lofo}.",
            facts=importances_checks.facts,
        ),
        Prediction(
            preset="XOR: alone worthless",
            question="Y = X₁ xor X₂ for two fair bits, log loss. Each bit alone says nothing about "
            "Y. What does SAGE give it?",
            options=tuple(importances_checks.BITS),
            answer=importances_checks.bit_of_xor,
            because="Alone {alone}, with the other bit known {lofo}. It comes first in one of two "
            "orders: {sage}. For a bit and its copy first and last change places, and SAGE is "
            "the same.",
            facts=importances_checks.facts,
            beliefs={"0": {"flip": 0.5}},
        ),
    ),
)


# --- explain a prediction, everyone ---------------------------------------------------------------

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

EXPLAIN = Experiment(
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


EVERYONE = Experiment(
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


# --- risk of real data ----------------------------------------------------------------------------

RISK_DATA = Experiment(
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


# --- patches of a digit, big p --------------------------------------------------------------------

OPEN_THREE = (
    "0 1 8 10 14 10 0 0,0 12 10 6 6 16 2 0,0 3 0 0 7 14 1 0,0 0 0 0 9 11 0 0,"
    "0 0 0 0 2 16 1 0,0 0 0 0 0 8 12 0,0 0 4 0 2 11 9 0,0 0 12 16 14 12 4 0"
)

PATCHES = Experiment(
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

COUNCIL = "29 29 29 29 27 27 14 13 12 12 12 12 12 10 10 10 7 7 7 7 7 4 4 4 4 4 3"

BIG = Experiment(
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


# --- the page -------------------------------------------------------------------------------------

EXPERIMENTS: list[Experiment] = [
    GAME,
    QUEUE,
    INTERACTIONS,
    ABSENT,
    EXPLAIN,
    EVERYONE,
    RISK,
    RISK_DATA,
    PATCHES,
    BIG,
]
VIEWS = {"explain": views.explain, "everyone": views.everyone}

if __name__ == "__main__":
    show("shapley", EXPERIMENTS, views=VIEWS)
