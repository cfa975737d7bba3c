from itertools import permutations

import pytest
import torch

from core import sheets
from core.experiments.shapley import big as many
from core.experiments.shapley import big_claims as many_checks
from core.rng import generator as new_generator
from core.shapley import (
    airport,
    coalitions,
    kernel_shap,
    many_games,
    permutation_estimate,
    shapley_values,
    voting,
)
from core.shapley.many_games import GAMES, large, tabled, voting_power
from pages.experiments.shapley.big import COUNCIL
from pages.experiments.shapley.big import EXPERIMENT as BIG
from pages.figures.shapley.big import figure

SMALL = {"game": "airport", "p": 8, "budget": "1000"}


def game(name, p=9, votes="7 5 4 3 3 2 1", needed=0, left=3, members=4, seed=1):
    return large(name, p, votes, needed, left, members, seed)


def run(**values):
    *_, last = many.many(**BIG.defaults() | SMALL | values)
    return last


def checked(result, **values):
    return many_checks.checks(result, **BIG.defaults() | SMALL | values)


def failing(result, **values):
    return [c.claim for c in checked(result, **values) if c.applies and not c.holds]


# --- the games -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GAMES)
@pytest.mark.parametrize("p", [5, 8, 11])
def test_the_closed_form_is_what_the_table_says(name, p):
    made = game(name, p)
    S = coalitions(made.n)
    v = made.worth(S)
    torch.testing.assert_close(made.phi, shapley_values(v), rtol=0, atol=1e-12)
    table = tabled(v)
    torch.testing.assert_close(made.variance, table.variance, rtol=0, atol=1e-11)
    assert table.largest <= made.largest + 1e-12


def test_the_variance_is_that_over_all_orders():
    made = tabled(game("blocks", 5).worth(coalitions(5)))
    found = [[] for _ in range(5)]
    for order in permutations(range(5)):
        S = 0
        for j in order:
            found[j].append(float(made.v[S | 1 << j] - made.v[S]))
            S |= 1 << j
    spread = torch.tensor(found, dtype=torch.float64)
    torch.testing.assert_close(made.variance, spread.var(1, correction=0), rtol=0, atol=1e-12)
    assert made.largest == pytest.approx(float(spread.abs().max()))


def test_the_named_games_are_those_of_the_engine():
    rows = coalitions(6)
    assert torch.equal(game("airport", 6).worth(rows), airport([1, 2, 3, 4, 5, 6]))
    seven = game("votes").worth(coalitions(7))
    assert torch.equal(seven, voting([7, 5, 4, 3, 3, 2, 1]))
    assert torch.equal(game("majority", 6).worth(rows), (rows.sum(1) > 3).double())
    two = many_games._glove(3, 1)
    assert two.phi.tolist() == pytest.approx([2 / 3, 1 / 6, 1 / 6])


@pytest.mark.parametrize("name", [name for name in GAMES if name != "random"])
def test_forty_players_share_exactly_what_there_is(name):
    made = game(name, 40)
    ends = made.worth(torch.stack((torch.zeros(made.n), torch.ones(made.n))).bool())
    assert float(made.phi.sum()) == pytest.approx(float(ends[1] - ends[0]), abs=1e-10)


def test_the_council_of_1958_gives_luxembourg_nothing():
    power = voting_power((4, 4, 4, 2, 2, 1), 12)
    assert power.tolist() == pytest.approx([14 / 60] * 3 + [9 / 60] * 2 + [0], abs=1e-15)


def test_power_is_the_share_of_orders_in_which_a_party_turns_the_vote():
    weights, quota = (5, 3, 3, 0, 2, 1), 9
    turned = [0] * 6
    for order in permutations(range(6)):
        total = 0
        for j in order:
            if total < quota <= total + weights[j]:
                turned[j] += 1
            total += weights[j]
    assert voting_power(weights, quota).tolist() == pytest.approx([t / 720 for t in turned])


def test_the_council_of_27_has_345_votes():
    votes = [int(v) for v in COUNCIL.split()]
    assert (len(votes), sum(votes)) == (27, 345) and many_games.most_votes(COUNCIL) == 345
    assert many_games.most_votes("1 x") == 4000


# --- the runs ------------------------------------------------------------------------------------


def test_a_smaller_budget_is_the_beginning_of_the_same_run():
    result = run(game="blocks", p=7, seed=3)
    made = result.game
    for m, method in enumerate(many.METHODS[:3]):
        for r in (0, 11):
            for b in (0, 3, len(result.budgets) - 1):
                M = int(result.asked[m, b]) // 8
                fresh = permutation_estimate(made.worth, M, new_generator(60 + r), method, 7)
                error = (fresh.values - made.phi).square().mean().sqrt()
                assert float(result.errors[m, r, b]) == pytest.approx(float(error), rel=1e-9)
    last = kernel_shap(made.worth, 998, new_generator(60 + 11), 7)
    error = (last.values - made.phi).square().mean().sqrt()
    assert float(result.errors[3, 11, -1]) == pytest.approx(float(error), rel=1e-9)
    first = permutation_estimate(made.worth, 125, new_generator(60), "plain", 7)
    torch.testing.assert_close(result.values[0], first.values)
    torch.testing.assert_close(result.spread[0], first.errors)


def test_the_budgets_are_halved_and_never_exceeded():
    assert many.budgets(9, 1000).tolist() == [31, 62, 125, 250, 500, 1000]
    assert many.budgets(40, 1000).tolist() == [125, 250, 500, 1000]
    for values in ({"p": 40}, {"p": 5}, {"game": "majority", "p": 30}):
        result = run(**values)
        assert bool((result.asked <= result.budgets).all()) and bool((result.asked[:3] > 0).all())
    counting = many.Counting(result.game.worth)
    permutation_estimate(counting, 7, new_generator(0), "plain", 30)
    assert counting.asked == 7 * 31


def test_snapshots_grow_to_the_whole_result():
    snapshots = list(many.many(**BIG.defaults() | SMALL))
    shares = [each.progress for each in snapshots]
    assert shares == sorted(shares) and shares[-1] == 1 and len(shares) == 80
    known = [int(each.errors[:3].isfinite().all(-1).sum()) for each in snapshots]
    assert known[0] == 1 and known[-1] == 60
    for each in (snapshots[0], snapshots[5]):
        values = BIG.defaults() | SMALL | {"method": "kernel"}
        assert failing(each) == [] and many_checks.says(each, **values)
        assert len(figure(each, **values).panels) == 3


def test_the_error_of_plain_orders_is_the_one_foreseen():
    result = run(game="blocks", p=20, budget="10000")
    ratio = result.mean_square()[0] / result.foreseen()
    assert float(ratio.min()) > 0.8 and float(ratio.max()) < 1.25
    assert many_checks.fitted(result.orders, result.mean_square()[0]) == pytest.approx(
        -0.5, abs=0.1
    )
    halved = many_checks.fitted(torch.tensor([1, 2, 4]), torch.tensor([8.0, 4.0, 2.0]))
    assert halved == pytest.approx(-1)


def test_rotations_balance_places_but_not_neighbours():
    equal = run(game="majority", p=15, method="stratified")
    assert float(equal.errors[2, :, -1].max()) < 1e-12 < float(equal.errors[0, :, -1].min())
    assert many_checks.stratified(equal) == "it is 0"
    assert many_checks.stratified(run(game="blocks", p=30, budget="10000")) == "larger"


def test_a_table_of_ones_own_is_a_game():
    v = torch.randn(2**5, generator=new_generator(4), dtype=torch.float64)
    lines = [
        " ".join(str(i + 1) for i in range(5) if S >> i & 1) + f",{float(v[S])!r}"
        for S in range(32)
    ]
    name = sheets.add(("coalition,value\n" + "\n".join(lines)).encode())
    result = run(game=name, p=30)
    assert result.n == 5 and result.counted == 32
    torch.testing.assert_close(result.game.phi, shapley_values(v))
    assert result.total == pytest.approx(float(v[-1] - v[0]))
    assert failing(result) == []


def test_seconds_are_measured_once():
    one, two = run(seed=5), run(seed=5)
    assert torch.equal(one.seconds, two.seconds) and torch.equal(one.folding, two.folding)
    assert bool((one.seconds > 0).all() & (one.folding > 0).all())


# --- checks and words ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "forge",
    [
        lambda r: {"gap": r.gap + torch.tensor([0, 1e-3, 0, 0])},
        lambda r: {"gap": r.gap + torch.tensor([0, 0, 0, 1e-3])},
        lambda r: {"counted": 2**8 - 1},
        lambda r: {"counted": None},
        lambda r: {"asked": r.asked + 200},
        lambda r: {"folded": 1e-3},
        lambda r: {"folded": None},
        lambda r: {"kernel": 1e-3},
        lambda r: {"kernel": None},
        lambda r: {"errors": 4 * r.errors},
        lambda r: {"errors": r.errors / 4},
        lambda r: {"errors": r.errors[..., -1:].expand(-1, -1, len(r.budgets))},
        lambda r: {"errors": r.errors * r.errors / r.errors[..., -1:]},
    ],
)
def test_a_wrong_result_is_noticed(forge):
    values = {"budget": "10000"}
    result = run(**values)
    assert failing(result, **values) == []
    assert all(c.applies for c in checked(result, **values))
    assert failing(result._replace(**forge(result)), **values)


def test_checks_are_silent_where_chance_or_size_would_decide():
    dictator = run(game="votes", votes="100 1 1 1 1", needed=0)
    silent = [c for c in checked(dictator) if not c.applies]
    assert len(silent) == 2 and all("nothing to average" in c.why for c in silent)
    rare = run(game="glove", p=40, left=1)
    why = {c.why for c in checked(rare) if not c.applies}
    assert any("too rare" in each for each in why)
    assert sum("no table" in each for each in why) == 1
    assert many_checks.memory(20) == "8 MB" and many_checks.memory(40) == "8 TB"
    nothing = run(game="random", p=5)
    assert any(c.why == "the game is its table" for c in checked(nothing))


def test_orders_as_rare_as_they_come_do_not_make_a_check_fail():
    for seed in range(6):
        for values in ({"game": "glove", "left": 1, "p": 12}, {"game": "unanimity", "members": 2}):
            assert failing(run(seed=seed, **values)) == []


def test_what_fails_is_said_in_words():
    result = run(game="airport", p=40, method="stratified")
    values = BIG.defaults() | SMALL | {"p": 40, "method": "stratified"}
    assert bool(torch.isinf(result.spread[2]).all())
    assert "come in groups of 40" in many_checks.says(result, **values)
    errors = result.errors.clone()
    errors[3, :4, -1] = torch.nan
    assert "In 4 of 20 runs" in many_checks.says(result._replace(errors=errors), **values)
    panels = figure(result, **values).panels
    assert all("inf" not in panel.alt and "nan" not in panel.alt for panel in panels)


def test_samples_that_do_not_determine_phi_leave_a_gap_and_no_error():
    made = game("airport", 40)
    found = many._by_kernel(made, "kernel", torch.tensor([40]), 0)
    assert bool(found.values.isnan().all()) and found.asked.tolist() == [42 - 2]


@pytest.mark.parametrize("index", range(len(BIG.predictions)))
def test_predictions_have_the_right_answer_and_beliefs_that_show_the_wrong_one(index):
    prediction = BIG.predictions[index]
    right = ("0", "about a quarter", "4 times", "larger")[index]
    values = BIG.preset(prediction.preset)
    *_, result = BIG.compute(**values)
    assert prediction.answer(result) == right
    if prediction.facts:
        assert "{" not in prediction.because.format(**prediction.facts(result))
    for option, change in prediction.beliefs.items():
        *_, wrong = BIG.compute(**values | change)
        assert prediction.answer(wrong) == option


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"game": "random", "p": 21}, r"number of players a whole number in \[1, 20\], got 21"),
        ({"p": 41}, r"p a whole number in \[5, 40\], got 41"),
        ({"game": "poker"}, "game to be one of"),
        ({"game": "own-000000000000"}, "own-000000000000"),
        ({"game": "votes", "votes": "1 2 3"}, "number of parties a whole number"),
        ({"game": "votes", "votes": " ".join(["1"] * 41)}, "one row of 1 to 40"),
        ({"game": "votes", "votes": "1 2 3 4 1.5"}, r"votes\[5\] a whole number in \[0, 100\]"),
        ({"game": "votes", "votes": "1 2 3 4 -1"}, r"votes\[5\]"),
        ({"game": "votes", "votes": "1 2 3 4 x"}, "column 5 of votes"),
        ({"game": "votes", "votes": "0 0 0 0 0"}, "sum of the votes"),
        (
            {"game": "votes", "votes": "1 1 1 1 1", "needed": 6},
            r"needed a whole .* \[0, 5\], got 6",
        ),
        ({"left": 0}, "left a whole number"),
        ({"members": 41}, "members a whole number"),
        ({"budget": "5000"}, "budget to be one of"),
        ({"method": "exact"}, "method to be one of"),
        ({"seed": -1}, "seed a whole number"),
    ],
)
def test_bad_values_are_refused_by_name_at_the_call(change, message):
    with pytest.raises(ValueError, match=message):
        many.many(**BIG.defaults() | {"needed": 0} | change)
