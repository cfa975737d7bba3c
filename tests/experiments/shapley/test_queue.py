import itertools
import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core import sheets
from core.experiments.shapley import queue as q
from core.experiments.shapley import queue_claims as queue_checks
from core.rng import generator
from core.shapley.estimates import METHODS
from core.shapley.games import random_game
from core.shapley.values import banzhaf_values, shapley_values
from pages.experiments.shapley.queue import EXPERIMENT as QUEUE
from pages.figures.shapley.queue import figure

VALUES = st.fixed_dictionaries(
    {
        "game": st.sampled_from(q.GAMES),
        "p": st.integers(2, 8),
        "draw": st.integers(0, 5),
        "M": st.integers(1, 300),
        "method": st.sampled_from(METHODS),
        "seed": st.integers(0, 50),
        "alike": st.booleans(),
        "look": st.sampled_from(("error", "sum")),
        "k": st.integers(0, q.LAST),
        "player": st.integers(0, 7),
    }
)


def run(**values):
    return QUEUE.compute(**QUEUE.defaults() | values)


def failed(result):
    return {c.claim for c in queue_checks.checks(result) if c.applies and not c.holds}


def drawn(**values):
    values = QUEUE.defaults() | values
    return figure(run(**values), **values)


def arrivals(v, order):
    """What each player adds, one after the other."""
    worth, there, added = float(v[0]), 0, {}
    for j in order:
        there |= 1 << j
        added[j] = float(v[there]) - worth
        worth = float(v[there])
    return [added[j] for j in sorted(added)]


def test_the_player_stops_at_every_one_of_the_first_twenty_orders_and_then_less_often():
    assert q.schedule(1) == (1,)
    assert q.schedule(6) == (1, 2, 3, 4, 5, 6)
    counts = q.schedule(5000)
    steps = [b - a for a, b in itertools.pairwise(counts)]
    assert counts[:20] == tuple(range(1, 21)) and counts[-1] == 5000 and len(counts) == q.LAST + 1
    assert all(step >= 1 for step in steps) and max(steps[20:-1]) > 300 and len(counts) < 80
    assert q.schedule(100)[:-1] == counts[: len(q.schedule(100)) - 1]  # M does not move the stops


def test_three_cooks_by_hand():
    # order 3, 1, 2 of the cooks: 2, then 8 − 2, then 15 − 8
    assert arrivals(torch.tensor(q.COOKS), (2, 0, 1)) == [6, 7, 2]
    torch.testing.assert_close(run().phi, torch.tensor([6.0, 5.0, 4.0]).double())


def test_every_row_is_its_order_played_one_arrival_after_the_other():
    result = run(game="random", p=5, M=40, method="antithetic", seed=3)
    played = [arrivals(result.v, order) for order in result.orders.tolist()]
    torch.testing.assert_close(result.contributions, torch.tensor(played).double())
    torch.testing.assert_close(result.means[6], torch.tensor(played[:7]).double().mean(0))
    path = result.path(3)
    for place, j in enumerate(result.orders[3].tolist()):
        assert path[place + 1] - path[place] == pytest.approx(played[3][j])


@pytest.mark.parametrize("p", [1, 2, 4])
def test_all_orders_dealt_are_exact_in_mean_and_in_spread(p):
    v = random_game(p, 7)
    played = torch.tensor([arrivals(v, order) for order in itertools.permutations(range(p))])
    listed = q.all_orders(v)
    torch.testing.assert_close(listed.sort(0).values, played.double().sort(0).values)
    torch.testing.assert_close(listed.mean(0), shapley_values(v))
    torch.testing.assert_close(q.spread(v, shapley_values(v)), listed.std(0, correction=0))


def test_subsets_that_are_all_alike_lead_to_banzhaf_and_not_to_shapley():
    v, p = random_game(4, 2), 4
    every = [[float(v[S | 1 << j] - v[S & ~(1 << j)]) for j in range(p)] for S in range(2**p)]
    torch.testing.assert_close(torch.tensor(every).double().mean(0), banzhaf_values(v))
    means = q.coalitions_alike(v, 40_000, 0)
    S = torch.randint(2**p, (40_000,), generator=generator(0))
    assert means[0].tolist() == pytest.approx(every[int(S[0])])
    assert (means[-1] - banzhaf_values(v)).abs().max() < 0.05
    assert (means[-1] - shapley_values(v)).abs().max() > 0.2


def test_the_sum_is_exact_after_every_number_of_orders_and_the_wrong_average_is_not():
    for method in METHODS:
        result = run(game="random", p=5, M=50, method=method)
        gaps = result.means.sum(-1) - result.total
        assert gaps.abs().max() < 1e-13
        assert (result.means[9] - result.phi).abs().max() > 0.02  # though each estimate is off
    assert (result.alike.sum(-1) - result.total).abs().min() > 1e-3


def test_the_error_of_20_seeds_is_sigma_over_root_M():
    for game, p in (("cooks", 3), ("random", 5), ("glove", 4)):
        result = run(game=game, p=p)
        sigma = float(result.spread.square().mean().sqrt())
        assert result.study.constant("plain") == pytest.approx(sigma, rel=0.12)
        assert result.study.slopes[0] == pytest.approx(-0.5, abs=0.08)
        assert result.study.rmse.shape == (3, q.SEEDS, len(q.STUDIED))
        for group in (1, 2, result.p):
            assert (result.study.orders % group == 0).all()


def test_the_study_of_one_seed_is_a_run_of_its_own():
    result = run(game="random", p=3)
    first = run(game="random", p=3, M=int(result.study.orders[-1]), seed=0)
    for size, error in zip(result.study.orders.tolist(), result.study.rmse[0, 0], strict=True):
        assert float((first.means[size - 1] - first.phi).square().mean().sqrt()) == pytest.approx(
            float(error)
        )


def test_a_reversed_order_repeats_the_vote_and_completes_the_cooks():
    # of 49, 49, 2 the second to come decides, and it is the second in the reverse too
    votes, cooks = run(game="voting"), run()
    assert queue_checks.against_plain(votes, "antithetic") == pytest.approx(2**0.5, rel=0.1)
    assert queue_checks.against_plain(votes, "stratified") == 0
    assert queue_checks.against_plain(cooks, "antithetic") == 0
    assert "hurts" in queue_checks.helps(run(game="voting", method="antithetic"))
    assert "no error at all" in queue_checks.helps(run(method="antithetic"))


def test_a_coalition_is_seen_as_often_as_its_weight_says():
    result = run(game="random", p=4, M=5000, k=q.LAST, player=2)
    order = result.orders[-1].tolist()
    before = set(order[: order.index(2)])
    count = sum(set(o[: o.index(2)]) == before for o in result.orders.tolist())
    s = len(before)
    assert result.before == sum(1 << j for j in before) and result.seen == count
    weight = math.factorial(s) * math.factorial(3 - s) / math.factorial(4)
    assert result.weight == pytest.approx(weight)
    assert count / 5000 == pytest.approx(weight, abs=4 * (weight / 5000) ** 0.5)


@settings(max_examples=40, deadline=None)
@given(values=VALUES)
def test_every_check_holds_wherever_it_applies(values):
    result = q.queue(**values)
    assert failed(result) == set()
    assert queue_checks.says(result, **values)
    picture = figure(result, **values)
    assert len(picture.panels) == 3 and picture.frames == len(result.counts)


def test_a_wrong_result_is_noticed():
    result = run(game="random", p=4, M=64, k=q.LAST)
    assert failed(result) == set()
    for wrong, count in (
        ({"phi": result.banzhaf}, 2),
        ({"means": result.alike}, 2),
        ({"means": result.means + 3.0}, 3),
        ({"spread": result.spread / 2}, 1),
        ({"contributions": result.contributions * 1.01}, 1),
        ({"v": result.v + torch.arange(16.0).double()}, 1),
        ({"orders": result.orders.roll(1, -1)}, 1),
        ({"listed": result.listed[:12]}, 2),
    ):
        assert len(failed(replace(result, **wrong))) >= count, wrong.keys()


def test_equal_weights_are_said_to_miss_the_sum_except_where_only_pairs_matter():
    def claim(result):
        return next(c for c in queue_checks.checks(result) if c.claim.startswith("E-100"))

    glove, cooks = claim(run(game="glove")), claim(run())
    assert not glove.applies and (glove.lhs, glove.rhs) == (1.25, 1) and "1.25" in glove.why
    assert cooks.applies and cooks.holds


def test_the_picture_deals_on_and_every_bar_of_the_queue_ends_at_the_whole():
    picture = drawn(game="airport", p=4, M=12, k=4)
    race, queue, _ = picture.panels
    assert picture.drive == "k" and picture.frames == 12
    assert "5 of 12" in race.title and "Order 5" in queue.title
    bars = [t for t in queue.traces if t["name"].startswith("player") and len(t["x"]) == 3]
    assert [float(b["y"][0]) for b in bars] == [0, 1, 2, 3]
    assert bars[0]["x"][0] == 0 and bars[-1]["x"][1] == 4
    for one, two in itertools.pairwise(bars):
        assert one["x"][1] == two["x"][0]
    earlier = [t for t in queue.traces if t["name"].startswith("order 4")]
    assert len(earlier) == 4 and earlier[-1]["x"][1] == 4


def test_pointing_at_a_bar_or_at_the_head_of_a_line_chooses_that_player():
    values = QUEUE.defaults() | {"game": "random", "p": 6, "k": 9}
    result = run(**values)
    race, queue, _ = figure(result, **values).panels
    for panel in (race, queue):
        assert panel.pick.params == ("player",) and panel.pick.columns == 6
    for place, j in enumerate(result.orders[9].tolist()):
        assert queue.pick.places[j][1] == place
        assert race.pick.places[j].tolist() == pytest.approx([10, float(result.means[9, j])])


def test_the_wrong_average_is_drawn_only_when_asked_for():
    for look in ("error", "sum"):
        for alike in (False, True):
            picture = drawn(game="glove", look=look, alike=alike, k=30)
            roles = [t["meta"]["role"] for panel in picture.panels for t in panel.traces]
            assert ("wrong" in roles) is alike
            assert any("E-100" in line for line in picture.formula) is alike


def test_the_ends_of_every_range_have_a_picture():
    one = run(M=1)
    assert one.m == 1 and torch.isinf(one.errors).all()
    assert "too few" in queue_checks.says(one, alike=False)
    late = run(M=30, k=q.LAST, player=7)
    assert late.m == 30 and late.player == 2
    for values in ({"M": 1}, {"M": 5000, "game": "random", "p": 8, "k": q.LAST}):
        assert drawn(**values).panels


def test_a_table_of_ones_own_is_dealt_out():
    name = sheets.add(b"coalition,value\n,0\n1,4\n2,3\n12,9\n3,2\n13,8\n23,7\n123,15\n")
    torch.testing.assert_close(run(game=name).means, run().means)
    table = "\n".join(f"{S:09b},{S}" for S in range(512)).encode()
    with pytest.raises(ValueError, match="players 1 to 8"):
        run(game=sheets.add(b"coalition,value\n" + table))
    with pytest.raises(ValueError, match=r"largest \|v\(S\)\|"):
        run(game=sheets.add(b"coalition,value\n,0\n1,1e12\n2,3\n12,9\n"))
    with pytest.raises(ValueError, match="upload it again"):
        run(game="own-000000000000")


def test_the_same_seed_deals_the_same_orders_and_another_seed_others():
    one, same, other = run(seed=4, k=3), run(seed=4, k=9), run(seed=5)
    assert torch.equal(one.orders, same.orders) and torch.equal(one.means, same.means)
    assert not torch.equal(one.orders, other.orders)


@pytest.mark.parametrize("index", range(len(QUEUE.predictions)))
def test_predictions_have_the_right_answer(index):
    right = ("yes, exactly", "about a half", "no", "it grows")[index]
    prediction = QUEUE.predictions[index]
    result = run(**QUEUE.preset(prediction.preset))
    assert prediction.answer(result) == right
    assert prediction.because.format(**prediction.facts(result))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"p": 9}, r"p a whole number in \[2, 8\], got 9"),
        ({"M": 0}, r"M a whole number in \[1, 5000\], got 0"),
        ({"M": 10.5}, "M a whole number"),
        ({"seed": -1}, "seed"),
        ({"k": -1}, "k a whole number"),
        ({"player": math.nan}, "player a whole number"),
        ({"method": "sobol"}, "method to be one of"),
        ({"game": "chess"}, "game to be one of"),
    ],
)
def test_bad_values_are_refused_by_name(change, message):
    with pytest.raises(ValueError, match=message):
        run(**change)
