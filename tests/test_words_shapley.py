"""The words of the page shapley: every number they quote is computed, most by a second route."""

import math
import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from itertools import combinations, permutations, product
from pathlib import Path

import pytest
import torch

from core import table
from core.rng import generator
from core.shapley import (
    banzhaf_values,
    core_vertices,
    gaussian_background,
    glove,
    in_core,
    information_game,
    interaction_index,
    joint_covariance,
    last_in,
    permutation_estimate,
    random_game,
    regression_game,
    shap_values,
    shapley_values,
    shapley_weights,
    voting,
)
from core.statements import load
from core.tabular.data import data
from pages import shapley
from pages.ui import run

ASSETS = Path(__file__).resolve().parents[1] / "assets"
IDS = [f"XAI-{n}" for n in range(14, 23)] + ["ROB-15"]


def t(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


@cache
def words(place: str) -> str:
    """A file of assets, or everything a statement says; spaces and line breaks made one space."""
    if place.endswith(".md"):
        text = (ASSETS / place).read_text(encoding="utf-8")
    else:
        entry = load()[place]
        errata = [part for e in entry.errata for part in (e.printed, e.corrected, e.why)]
        text = " ".join([entry.statement, entry.needs, *errata])
    return " ".join(text.split())


# --- second routes -------------------------------------------------------------------------------


def arrivals(v: Sequence[float]) -> list[float]:
    """φ as the plain mean over all orders of arrival, one player at a time."""
    n = len(v).bit_length() - 1
    shares = [0.0] * n
    for order in permutations(range(n)):
        present = 0
        for j in order:
            shares[j] += float(v[present | 1 << j] - v[present]) / math.factorial(n)
            present |= 1 << j
    return shares


def guess(rho: float) -> float:
    """E[X₁ | X₂ = 1] for unit variances and correlation ρ, by the trapezoidal rule."""
    x = torch.linspace(-12, 12, 20_001, dtype=torch.float64)
    density = torch.exp(-(x**2 - 2 * rho * x + 1) / (2 * (1 - rho**2)))
    return float(torch.trapezoid(x * density, x) / torch.trapezoid(density, x))


BETA = t(1, 1, 1)
TWINS = torch.tensor([[1, 0.9, 0], [0.9, 1, 0], [0, 0, 1]], dtype=torch.float64)


@cache
def risks(rho: float = 0.9) -> tuple[float, ...]:
    """−E Var(Y | X_S) for every S, least squares on rows that have the moments of the law."""
    cov = TWINS.clone()
    cov[0, 1] = cov[1, 0] = rho
    X = gaussian_background(torch.zeros(3).double(), cov, 200, generator(1))
    y, v = X @ BETA, []
    for S in range(8):
        columns = X[:, [j for j in range(3) if S >> j & 1]]
        missed = y - columns @ torch.linalg.lstsq(columns, y[:, None]).solution[:, 0] if S else y
        v.append(-float((missed**2).mean()) - 0.25)
    return tuple(v)


def left_out(v: Sequence[float], *players: int) -> float:
    return v[-1] - v[len(v) - 1 - sum(1 << j for j in players)]


def shuffled(j: int) -> float:
    """Rise of the squared loss of f = βᵀx if row i gets x_j of row k, over all pairs of rows."""
    X = gaussian_background(torch.zeros(3).double(), TWINS, 100, generator(2))
    mixed = X[:, None].repeat(1, len(X), 1)
    mixed[..., j] = X[:, j]
    return float(((mixed @ BETA - (X @ BETA)[:, None]) ** 2).mean())


def information(label: Callable[[int, int], int]) -> tuple[float, ...]:
    """I(X_S; Y) for S = ∅, 1, 2, 12, two bits and Y: the sum of P log P/(P P) over the table."""
    rows = [(a, b, label(a, b)) for a in (0, 1) for b in (0, 1) if label(a, b) >= 0]
    found = []
    for S in ((), (0,), (1,), (0, 1)):
        seen = [(tuple(row[i] for i in S), row[2]) for row in rows]
        told, answers = [s for s, _ in seen], [y for _, y in seen]
        found.append(
            sum(
                math.log(seen.count((s, y)) * len(rows) / (told.count(s) * answers.count(y)))
                for s, y in seen
            )
            / len(rows)
        )
    return tuple(found)


XOR = information(lambda a, b: a ^ b)
COPY = information(lambda a, b: a if a == b else -1)


def gain(v: Sequence[float], order: Sequence[int]) -> float:
    """What player 1 adds in this order."""
    before = sum(1 << i for i in order[: list(order).index(0)])
    return v[before | 1] - v[before]


def spread(values: Sequence[float]) -> float:
    mean = sum(values) / len(values)
    return math.sqrt(sum((x - mean) ** 2 for x in values) / len(values))


def many_orders(M: int) -> list[float]:
    """The mean of M orders of the gloves for player 1, for every M orders that can be drawn."""
    one = [gain(GLOVES, order) for order in permutations(range(3))]
    return [sum(drawn) / M for drawn in product(one, repeat=M)]


def holding(n: int, i: int, j: int) -> Fraction:
    """Share of the sets without i that hold j."""
    sets = [S for S in range(2**n) if not S >> i & 1]
    return Fraction(sum(S >> j & 1 for S in sets), len(sets))


# --- how the texts write numbers -----------------------------------------------------------------


def short(x: float) -> str:
    return f"{round(float(x), 9) + 0:.6g}"


def tex(x: float) -> str:
    """0.5 as \\frac12."""
    f = Fraction(float(x)).limit_denominator(60)
    assert abs(f - float(x)) < 1e-9
    return str(f) if f.denominator == 1 else rf"\frac{f.numerator}{f.denominator}"


def ln2(x: float) -> str:
    part = tex(x / math.log(2))
    return {"0": "0", "1": r"\ln2"}.get(part, part + r"\ln2")


def thin(number: int) -> str:
    return f"{number:,}".replace(",", "\\,")


def line(values: Sequence[float]) -> tuple[str, ...]:
    return tuple(f"{x:.2f}" for x in (*values, sum(values)))


def result(slug: str, preset: str = "", **changed):
    experiment = next(e for e in shapley.EXPERIMENTS if e.slug == slug)
    values = (experiment.preset(preset) if preset else experiment.defaults()) | changed
    return run.result(experiment, values)


# --- what the sentences quote --------------------------------------------------------------------

GLOVES = [float(x) for x in glove()]
CONDITIONAL = arrivals([0, 1, guess(0.9), 1])
INTERVENTIONAL = arrivals([0, 1, guess(0.0), 1])
SAGE = arrivals(risks())
LOFO = [left_out(risks(), j) for j in range(3)]
ALONE = [risks()[2**j] - risks()[0] for j in range(3)]


def raised() -> float:
    """The least v(123), in steps of 0.05, at which φ of the gloves lies in the core."""
    for k in range(41):
        v = [*GLOVES[:7], 1 + 0.05 * k]
        shares = arrivals(v)
        if all(sum(shares[i] for i in range(3) if S >> i & 1) >= v[S] - 1e-9 for S in range(1, 8)):
            return v[7]
    raise AssertionError("φ is never in the core")


# (place, sentence with @ for every number, the numbers)
QUOTED: list[tuple[str, str, Callable[[], tuple]]] = [
    ("theory/shapley.md", r"$\phi=(@,@,@)$ is not it", lambda: map(tex, arrivals(GLOVES))),
    (
        "theory/shapley.md",
        r"interventional game has $v(2)=@$ and $\phi=(@,@)$",
        lambda: map(short, (guess(0.0), *INTERVENTIONAL)),
    ),
    (
        "theory/shapley.md",
        r"with $\operatorname{corr}(X_1,X_2)=0.9$ and noise variance $0.25$: | | $X_1$ | $X_2$ | "
        "$X_3$ | sum | asks | |---|---|---|---|---|---| | SAGE | @ | @ | @ | @ |",
        lambda: line(SAGE),
    ),
    ("theory/shapley.md", "| LOFO, trained again | @ | @ | @ | @ |", lambda: line(LOFO)),
    (
        "theory/shapley.md",
        "| permutation | @ | @ | @ | @ |",
        lambda: line([shuffled(j) for j in range(3)]),
    ),
    ("theory/shapley.md", "| alone | @ | @ | @ | @ |", lambda: line(ALONE)),
    (
        "theory/shapley.md",
        r"Only the first sum is $\mathcal R(f_\varnothing)-\mathcal R(f)=@$",
        lambda: (f"{risks()[7] - risks()[0]:.2f}",),
    ),
    (
        "theory/shapley.md",
        "with fair coins alone is $@$ and LOFO $@$; for two copies of $Y$ it is the other way "
        "round; SAGE says $@$ each time",
        lambda: map(ln2, (XOR[1], left_out(XOR, 0), arrivals(XOR)[0])),
    ),
    (
        "theory/shapley.md",
        "$p=20$ is a @ values",
        lambda: ({1: "million"}[round(2**20 / 1e6)],),
    ),
    (
        "theory/shapley.md",
        r"falls as $1/\sqrt M$: four times the orders @ it",
        lambda: ({2.0: "halve"}[round(spread(many_orders(1)) / spread(many_orders(4)), 9)],),
    ),
    (
        "XAI-15",
        "some other fixed $i$ left out instead of $j$, @ of the sets hold $j$ already",
        lambda: ({Fraction(1, 2): "half"}[holding(5, 3, 1)],),
    ),
    ("XAI-14", "drag any of the @ bars", lambda: ({8: "eight"}[len(GLOVES)],)),
    (
        "XAI-17",
        r"the party with $@\%$ of the votes has @ of the power",
        lambda: (
            100 * 2 // (49 + 49 + 2),
            {"\\frac13": "a third"}[tex(arrivals([float(x) for x in voting((49, 49, 2))])[2])],
        ),
    ),
    (
        "XAI-18",
        r"correlation $0.9$, $x=(1,1)$ the conditional game gives $(@,\,@)$, the interventional "
        r"one $(@,\,@)$",
        lambda: map(short, CONDITIONAL + INTERVENTIONAL),
    ),
    ("XAI-18", r"and $\phi_2$ is $@$", lambda: (short(INTERVENTIONAL[1]),)),
    (
        "teaching/shapley.md",
        r"For the gloves $\phi=(@,@,@)$, but the left glove and one right glove make a pair, worth "
        r"$@$, without the other right one. They get $@$ and would gain $@$ by leaving",
        lambda: map(
            tex,
            (
                *arrivals(GLOVES),
                GLOVES[3],
                sum(arrivals(GLOVES)[:2]),
                GLOVES[3] - sum(arrivals(GLOVES)[:2]),
            ),
        ),
    ),
    (
        "teaching/shapley.md",
        "shares that nobody would leave are $(@,@,@)$",
        lambda: map(short, *core_vertices(glove()).tolist()),
    ),
    (
        "teaching/shapley.md",
        "With $f=x_1$, correlation $0.9$ and $x=(1,1)$ it gets $@$. In the interventional game it "
        "gets $@$",
        lambda: map(short, (CONDITIONAL[1], INTERVENTIONAL[1])),
    ),
    (
        "teaching/shapley.md",
        "for twins with correlation $0.9$ it says $@$ each, and without both $@$ are lost, @ times "
        "the sum. SAGE says $@$ each",
        lambda: (
            short(LOFO[0]),
            short(left_out(risks(), 0, 1)),
            {10: "ten"}[round(left_out(risks(), 0, 1) / sum(LOFO[:2]))],
            short(SAGE[0]),
        ),
    ),
    (
        "teaching/shapley.md",
        "Write down the @ orders",
        lambda: ({6: "six"}[math.factorial(3)],),
    ),
    (
        "teaching/shapley.md",
        "all three together, from $@$ up to $@$: each gets a third of the rise, and left and right "
        "together have $@$",
        lambda: map(
            short,
            (GLOVES[7], raised(), sum(arrivals([*GLOVES[:7], raised()])[:2])),
        ),
    ),
    (
        "teaching/shapley.md",
        "$m(12)=1$ and what else, so that $I_{12}=0$? ($m(123)=@$;",
        lambda: (next(m for m in range(-5, 6) if contexts(bonuses(m))[0] == 0),),
    ),
    (
        "teaching/shapley.md",
        "Ten features are $@$ coalitions, sixteen patches $@$;",
        lambda: (2**10, thin(2**16)),
    ),
    (
        "teaching/shapley.md",
        "@ patients, @ tumours, @ bottles",
        lambda: tuple(len(data(name).X) for name in ("diabetes", "breast_cancer", "wine")),
    ),
    (
        "teaching/shapley.md",
        "Linear model and network say @ and @.",
        lambda: tuple(
            f"{result('explain', 'The trees see another wine', model=kind).f:.2f}"
            for kind in ("linear", "net")
        ),
    ),
    (
        "teaching/shapley.md",
        "f says @ %",
        lambda: (f"{100 * result('explain', 'A missed tumour').f:.1f}",),
    ),
    (
        "teaching/shapley.md",
        "Eight players have @ orders",
        lambda: (f"{math.factorial(8):,}".replace(",", " "),),
    ),
    (
        "teaching/shapley.md",
        "| @ coalitions, 10 000 looks",
        lambda: (f"{2**27:,}".replace(",", " "),),
    ),
]


def bonuses(m: float) -> list[float]:
    """The game of three with m(12) = 1, m(123) = m."""
    return [0, 0, 0, 1, 0, 0, 0, 1 + m]


def contexts(v: Sequence[float]) -> tuple[float, float, float]:
    """Mean and values of v(S12) − v(S1) − v(S2) + v(S) for S = ∅ and S = {3}."""
    changes = [v[S | 3] - v[S | 1] - v[S | 2] + v[S] for S in (0, 4)]
    return sum(changes) / 2, *changes


def filled(sentence: str, numbers: Callable[[], tuple]) -> str:
    parts, values = sentence.split("@"), [str(value) for value in numbers()]
    assert len(values) == len(parts) - 1
    return parts[0] + "".join(value + part for value, part in zip(values, parts[1:]))


@pytest.mark.parametrize(
    ("place", "sentence", "numbers"), QUOTED, ids=[f"{p}-{i}" for i, (p, _, _) in enumerate(QUOTED)]
)
def test_a_quoted_number_is_computed(place, sentence, numbers):
    assert filled(sentence, numbers) in words(place)


@pytest.mark.parametrize("place", ["theory/shapley.md", "teaching/shapley.md", *IDS])
def test_no_decimal_and_no_fraction_stands_in_the_texts_unchecked(place):
    """Answers in the tables of what to ask are held against the page in test_names."""
    text = re.sub(r"#### What to ask.*(?=#### Limits)", "", words(place))
    for where, sentence, numbers in QUOTED:
        if where == place:
            text = text.replace(filled(sentence, numbers), "")
    assert re.findall(r"\d+\.\d+|\\t?frac\d\d", text) == []


# --- the second routes meet the core -------------------------------------------------------------


def test_the_core_shares_out_the_games_of_the_texts_alike():
    for v in (glove(), voting((49, 49, 2)), voting((1, 1, 1)), random_game(4, 2)):
        assert torch.allclose(shapley_values(v), t(*arrivals([float(x) for x in v])))
    covariance = joint_covariance(BETA, TWINS, 0.25)
    assert torch.allclose(regression_game(covariance), t(*risks()))
    joint = torch.zeros(2, 2, 2).double()
    for a in (0, 1):
        for b in (0, 1):
            joint[a, b, a ^ b] = 0.25
    assert torch.allclose(information_game(joint), t(*XOR))


def test_two_copies_are_the_other_way_round_and_share_the_same():
    """theory: “for two copies of Y it is the other way round; SAGE says ½ ln 2 each time”."""
    assert (COPY[1], left_out(COPY, 0)) == pytest.approx((left_out(XOR, 0), XOR[1]))
    assert arrivals(COPY) == pytest.approx(arrivals(XOR))


def test_log_loss_is_a_constant_away_from_the_information():
    """XAI-19: −R(f_S) = I(X_S; Y) − H(Y), for XOR and S = ∅, 1, 2, 12."""
    right = [0.5, 0.5, 0.5, 1.0]  # what f_S gives the label that is true
    assert [math.log(q) for q in right] == pytest.approx([i - math.log(2) for i in XOR])


# --- what the sentences claim --------------------------------------------------------------------


def test_every_size_is_equally_likely_and_given_its_size_every_group():
    """theory, XAI-16: w(S) is the chance that exactly S comes before j; it sums to 1."""
    n, j = 5, 2
    before = [frozenset(order[: order.index(j)]) for order in permutations(range(n))]
    for S in (S for size in range(n) for S in combinations([0, 1, 3, 4], size)):
        share = before.count(frozenset(S)) / len(before)
        size = len(S)
        assert share == pytest.approx(1 / n / math.comb(n - 1, size))
        assert share == pytest.approx(float(shapley_weights(n)[size]))
    assert len(set(before)) == 2 ** (n - 1)  # the edges of j (XAI-15)


def test_the_smallest_and_the_largest_sets_weigh_most():
    """XAI-16."""
    w = shapley_weights(8)
    assert w.argsort(descending=True)[:2].tolist() in ([0, 7], [7, 0])
    assert (w[:4].diff() < 0).all() and (w[4:].diff() > 0).all()


def in_order(v: torch.Tensor) -> torch.Tensor:
    return v[[2**k - 1 for k in range(5)]].diff()


def broken(rule: Callable[[torch.Tensor], torch.Tensor]) -> list[str]:
    """Axioms that a rule for four players misses on games made to test them."""
    S = torch.arange(16)
    sizes = sum(S >> i & 1 for i in range(4))
    w = random_game(4, 11)
    alike = t(*[w[(s & 12) | (1, 2, 4, 8)[(s & 1) + (s >> 1 & 1)] % 8] for s in range(16)])
    dummy = w[S & 7] + 0.7 * (S >> 3).double()  # player 4 always brings 0.7
    v = sizes.double() ** 2 + w
    tests = {
        "efficiency": rule(w).sum() - (w[-1] - w[0]),
        "symmetry": rule(alike)[0] - rule(alike)[1],
        "dummy": rule(dummy)[3] - 0.7,
        "linearity": (rule(2 * v - 3 * dummy) - 2 * rule(v) + 3 * rule(dummy)).abs().max(),
    }
    return [name for name, gap in tests.items() if abs(float(gap)) > 1e-9]


def test_banzhaf_and_last_in_break_efficiency_alone_and_one_order_symmetry_alone():
    """theory, XAI-22."""
    assert broken(shapley_values) == []
    assert broken(banzhaf_values) == ["efficiency"]
    assert broken(last_in) == ["efficiency"]
    assert broken(in_order) == ["symmetry"]


@pytest.mark.parametrize("pair", [3, 5])
def test_with_one_pair_of_gloves_worth_nothing_the_value_lies_in_the_core(pair):
    """teaching, the second solution of the task on one bar."""
    v = glove()
    v[pair] = 0.0
    assert in_core(v, shapley_values(v))


def test_a_third_player_turns_help_into_hindrance():
    """teaching, the task on interactions; theory, XOR: contexts of opposite sign cancel."""
    assert contexts(bonuses(-2)) == (0, 1, -1)
    assert contexts([0, 1, 1, 0, 1, 0, 0, 1]) == (0, -2, 2)
    assert float(interaction_index(t(*bonuses(-2)))[0, 1]) == pytest.approx(0)


@pytest.mark.parametrize("rho", [-0.7, 0.0, 0.4, 0.9])
def test_an_unused_feature_gets_half_of_the_correlation(rho):
    """theory, teaching: φ = (1 − ϱ/2, ϱ/2), and in the interventional game (1, 0)."""
    assert guess(rho) == pytest.approx(rho, abs=1e-9)
    assert arrivals([0, 1, guess(rho), 1]) == pytest.approx([1 - rho / 2, rho / 2])
    cov = torch.tensor([[1, rho], [rho, 1]], dtype=torch.float64)
    rows = gaussian_background(torch.zeros(2).double(), cov, 60, generator(5))
    found = shap_values(lambda z: z[:, 0], t(1, 1), rows, "conditional", cov=cov).flatten()
    assert torch.allclose(found, t(1 - rho / 2, rho / 2))


def test_alone_lofo_and_permutation_miss_the_sum_and_negative_correlation_overshoots():
    """theory: “Only the first sum …”; teaching: too much between −1 and 0, too little above."""
    saved = risks()[7] - risks()[0]
    assert sum(SAGE) == pytest.approx(saved)
    others = (LOFO, ALONE, [shuffled(j) for j in range(3)])
    assert all(abs(sum(values) - saved) > 0.1 for values in others)
    for rho in (-0.95, -0.5, -0.05, 0.05, 0.5, 0.95):
        v = risks(rho)
        over = sum(left_out(v, j) for j in range(3)) - (v[7] - v[0])
        assert (over > 0) == (rho < 0)


def test_a_hundred_times_the_orders_are_one_more_digit():
    """XAI-17: error ∝ 1/√M; teaching, the task on the queue."""
    v = random_game(4, 9)
    phi = shapley_values(v)

    def off(M: int) -> float:
        runs = [permutation_estimate(v, M, generator(seed)).contributions for seed in range(1500)]
        return float(torch.stack([(r.mean(0) - phi) ** 2 for r in runs]).mean().sqrt())

    assert off(1) / off(100) == pytest.approx(10, rel=0.05)


def test_sampled_orders_ask_for_about_m_times_p_values():
    asked = 0

    def v(rows: torch.Tensor) -> torch.Tensor:
        nonlocal asked
        asked += len(rows)
        return rows.double().sum(-1) ** 2

    permutation_estimate(v, 30, generator(0), n_players=12)
    assert asked == pytest.approx(30 * 12, rel=0.2)


def test_three_columns_of_size_move_f_more_than_concavity():
    """teaching, Three names for one size."""
    run = result("everyone", "Three names for one size")
    names = list(run.table.features)
    size = run.phi[:, [names.index(n) for n in ("radius", "perimeter", "area")]].sum(1)
    concavity = run.phi[:, names.index("concavity")].abs().mean()
    assert size.abs().mean() > concavity > run.phi.abs().mean(0)[names.index("radius")]


def inked(preset: str, *cells: tuple[int, int]):
    x = result("patches", preset).x.clone()
    for cell in cells:
        x[cell] = 16
    return result("patches", source="drawing", pixels=table.write(x))


def test_two_pixels_close_the_loop_and_one_pixel_makes_an_8():
    """teaching, Close the loop with the pen and A 3 that could be an 8."""
    gap = [(2, 2), (2, 3), (3, 2), (3, 3)]
    assert [inked("Close the loop with the pen", cell).target for cell in gap] == [3] * 4
    assert inked("Close the loop with the pen", (3, 2), (3, 3)).target == 9
    assert inked("A 3 that could be an 8", (5, 2)).target == 8
