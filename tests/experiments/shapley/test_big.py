from functools import cache

import pytest
import torch

from core import sheets
from core.experiments.shapley import big as b
from core.experiments.shapley import big_claims as claims
from core.experiments.shapley.big import big
from core.rng import generator as new_generator
from core.shapley import kernel_shap, permutation_estimate, shapley_values
from core.shapley.budgets import Counting, budgets, by_kernel, folding
from core.shapley.many_games import large, most_votes
from pages.figures.shapley.big import figure
from tests.forgery import failures

SMALL = {"game": "airport", "p": 8, "budget": "1000"}


@cache
def finished(items):
    *_, last = big(**dict(items))
    return last


def run(**values):
    return finished(tuple(sorted((SMALL | values).items())))


def checked(result, game="airport"):
    return claims.checks(result, game=game, budget=result.budget)


def failing(result, game="airport"):
    return failures(checked(result, game))


def test_the_council_of_27_has_345_votes():
    votes = [int(v) for v in b.COUNCIL.split()]
    assert (len(votes), sum(votes)) == (27, 345) and most_votes(b.COUNCIL) == 345


def test_a_smaller_budget_is_the_beginning_of_the_same_run():
    result = run(game="blocks", p=7, seed=3)
    made = result.game
    for m, method in enumerate(b.METHODS[:3]):
        for r in (0, 11):
            for k in (0, 3, len(result.budgets) - 1):
                M = int(result.asked[m, k]) // 8
                fresh = permutation_estimate(made.worth, M, new_generator(60 + r), method, 7)
                error = (fresh.values - made.phi).square().mean().sqrt()
                assert float(result.errors[m, r, k]) == pytest.approx(float(error), rel=1e-9)
    last = kernel_shap(made.worth, 998, new_generator(60 + 11), 7)
    error = (last.values - made.phi).square().mean().sqrt()
    assert float(result.errors[3, 11, -1]) == pytest.approx(float(error), rel=1e-9)
    first = permutation_estimate(made.worth, 125, new_generator(60), "plain", 7)
    torch.testing.assert_close(result.values[0], first.values)
    torch.testing.assert_close(result.spread[0], first.errors)


def test_the_budgets_are_halved_and_never_exceeded():
    assert budgets(9, 1000).tolist() == [31, 62, 125, 250, 500, 1000]
    assert budgets(40, 1000).tolist() == [125, 250, 500, 1000]
    for values in ({"p": 40}, {"p": 5}, {"game": "majority", "p": 30}):
        result = run(**values)
        assert bool((result.asked <= result.budgets).all()) and bool((result.asked[:3] > 0).all())
    counting = Counting(result.game.worth)
    permutation_estimate(counting, 7, new_generator(0), "plain", 30)
    assert counting.asked == 7 * 31


def test_snapshots_grow_to_the_whole_result():
    snapshots = list(big(**SMALL))
    shares = [each.progress for each in snapshots]
    assert shares == sorted(shares) and shares[-1] == 1 and len(shares) == 80
    known = [int(each.errors[:3].isfinite().all(-1).sum()) for each in snapshots]
    assert known[0] == 1 and known[-1] == 60
    for each in (snapshots[0], snapshots[5]):
        assert failing(each) == [] and claims.says(each, method="kernel")
        assert len(figure(each, method="kernel").panels) == 3


def test_the_error_of_plain_orders_is_the_one_foreseen():
    result = run(game="blocks", p=20, budget="10000")
    ratio = result.mean_square()[0] / result.foreseen()
    assert float(ratio.min()) > 0.8 and float(ratio.max()) < 1.25
    assert claims.fitted(result.orders, result.mean_square()[0]) == pytest.approx(-0.5, abs=0.1)
    halved = claims.fitted(torch.tensor([1, 2, 4]), torch.tensor([8.0, 4.0, 2.0]))
    assert halved == pytest.approx(-1)


def test_rotations_balance_places_but_not_neighbours():
    equal = run(game="majority", p=15)
    assert float(equal.errors[2, :, -1].max()) < 1e-12 < float(equal.errors[0, :, -1].min())
    answer = claims.answers["rotations"]
    assert answer(equal)[0] == "zero"
    assert answer(run(game="blocks", p=30, budget="10000"))[0] == "larger"


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
    assert failing(result, name) == []


@pytest.mark.parametrize("unit", [1e-11, 1e6])
def test_a_table_in_any_unit_is_judged_by_its_own_size_under_its_own_names(unit):
    who = [" ".join(name for i, name in enumerate("abcde") if S >> i & 1) for S in range(32)]
    v = unit * torch.randn(32, generator=new_generator(4), dtype=torch.float64)
    rows = "\n".join(f"{S},{float(x)!r}" for S, x in zip(who, v, strict=True))
    name = sheets.add(("coalition,value\n" + rows).encode())
    result = run(game=name)
    assert failing(result, name) == [] and result.game.names == tuple("abcde")
    for field in ("sums", "values", "kernel"):
        assert failing(result._replace(**{field: 1.07 * getattr(result, field)}), name)
    errors, players, _ = figure(result).panels
    assert "plain" in [trace["meta"].get("label") for trace in errors.traces]
    assert players.layout["xaxis"]["ticktext"] == list("abcde")


def test_the_share_that_is_told_is_that_of_the_error_that_is_told():
    _, facts = claims.answers["council"](run(game="votes", budget="10000"))
    share = float(facts["foreseen"]) * 27  # φ adds up to 1
    assert facts["share"] == f"{100 * share:.0f} %" == "27 %"


def test_seconds_are_measured_once():
    one, two = ([*big(**SMALL, seed=5)][-1] for _ in range(2))
    assert torch.equal(one.seconds, two.seconds) and bool((one.seconds > 0).all())
    assert folding() == folding() and min(folding()) > 0


# --- checks and words ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "forge",
    [
        lambda r: {"sums": r.sums + 1e-3 * torch.eye(4)[1, :, None, None]},
        lambda r: {"sums": r.sums + 1e-3 * torch.eye(4)[3, :, None, None]},
        lambda r: {"values": r.values + 1e-3},
        lambda r: {"counted": 2**8 - 1},
        lambda r: {"counted": None},
        lambda r: {"asked": r.asked + 200},
        lambda r: {"table": r.table._replace(variance=r.table.variance + 1e-3)},
        lambda r: {"table": None},
        lambda r: {"kernel": r.kernel + 1e-3},
        lambda r: {"kernel": None},
        lambda r: {"errors": 4 * r.errors},
        lambda r: {"errors": r.errors / 4},
        lambda r: {"errors": r.errors[..., -1:].expand(-1, -1, len(r.budgets))},
        lambda r: {"errors": r.errors * r.errors / r.errors[..., -1:]},
    ],
)
def test_a_wrong_result_is_noticed(forge):
    result = run(budget="10000")
    assert failing(result) == [] and all(c.applies for c in checked(result))
    assert failing(result._replace(**forge(result)))


def test_checks_are_silent_where_chance_or_size_would_decide():
    dictator = run(game="votes", votes="100 1 1 1 1", needed=0)
    silent = [c for c in checked(dictator) if not c.applies]
    assert len(silent) == 2 and all("nothing to average" in c.why for c in silent)
    rare = run(game="glove", p=40, left=1)
    why = {c.why for c in checked(rare) if not c.applies}
    assert any("too rare" in each for each in why)
    assert sum("no table" in each for each in why) == 1 and len(why) == 3
    table = checked(run(game="random", p=5), "random")
    assert sum(c.why == "the game is its table" and not c.applies for c in table) == 1
    assert claims.memory(20) == "8 MB" and claims.memory(40) == "8 TB"


def test_orders_as_rare_as_they_come_do_not_make_a_check_fail():
    for seed in range(6):
        for values in ({"game": "glove", "left": 1, "p": 12}, {"game": "unanimity", "members": 2}):
            assert failing(run(seed=seed, **values)) == []


def test_what_fails_is_said_in_words():
    result, values = run(game="airport", p=40), {"method": "stratified"}
    assert bool(torch.isinf(result.spread[2]).all())
    assert "come in groups of 40" in claims.says(result, **values)
    errors = result.errors.clone()
    errors[3, :4, -1] = torch.nan
    assert "In 4 of 20 runs" in claims.says(result._replace(errors=errors), **values)
    panels = figure(result, **values).panels
    assert all("inf" not in panel.alt and "nan" not in panel.alt for panel in panels)


def test_samples_that_do_not_determine_phi_leave_a_gap_and_no_error():
    made = large("airport", 40, "", 0, 0, 0, 0)
    found = by_kernel(made, torch.tensor([40]), 0)
    assert bool(found.values.isnan().all()) and found.asked.tolist() == [38 + 2]  # and both ends


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"game": "random", "p": 21}, r"number of players a whole number in \[1, 20\], got 21"),
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
    ],
)
def test_bad_values_are_refused_by_name_at_the_call(change, message):
    with pytest.raises(ValueError, match=message):
        big(**{"needed": 0} | change)
