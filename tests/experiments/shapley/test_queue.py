import itertools
import math
from dataclasses import replace

import pytest
import torch

from core import sheets
from core.experiments.shapley import queue as q
from core.experiments.shapley import queue_claims as claims
from core.experiments.shapley.queue import queue
from core.shapley.estimates import METHODS
from pages.figures.shapley.queue import figure


def failed(result, k=0, player=0):
    checks = claims.checks(result, k=k, player=player)
    return {c.claim for c in checks if c.applies and not c.holds}


def drawn(result, **values):
    return figure(result, **{"seed": 0} | values)


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
    assert queue().phi.tolist() == pytest.approx([6, 5, 4])


def test_every_row_is_its_order_played_one_arrival_after_the_other():
    result = queue(game="random", p=5, M=40, method="antithetic", seed=3)
    played = [arrivals(result.v, order) for order in result.orders.tolist()]
    torch.testing.assert_close(result.contributions, torch.tensor(played).double())
    torch.testing.assert_close(result.means[6], torch.tensor(played[:7]).double().mean(0))
    path, order = result.path(4), result.orders[3].tolist()
    for place, j in enumerate(order):
        assert path[place + 1] - path[place] == pytest.approx(played[3][j])
        assert result.before(4, j) == sum(1 << i for i in order[:place])


def test_the_sum_is_exact_after_every_number_of_orders_and_the_wrong_average_is_not():
    for method in METHODS:
        result = queue(game="random", p=5, M=50, method=method)
        gaps = result.means.sum(-1) - result.total
        assert gaps.abs().max() < 1e-13
        assert (result.means[9] - result.phi).abs().max() > 0.02  # though each estimate is off
    assert (queue(game="random", p=5, M=50).alike(0).sum(-1) - result.total).abs().min() > 1e-3


def test_all_orders_are_dealt_once_and_the_means_are_the_values():
    result = queue()
    orders = [tuple(order) for order in result.orders.tolist()]
    assert orders == list(itertools.permutations(range(3))) and result.complete
    assert result.means[-1].tolist() == pytest.approx([6, 5, 4])
    assert "mean over all p! orders" in claims.checks(result, k=0, player=0)[2].claim
    short = replace(result, contributions=result.contributions + torch.tensor([0.1, -0.1, 0]))
    assert len(failed(short)) >= 3  # though every row still adds up
    few = queue(game="random", p=5, M=10, seed=3)
    assert len({tuple(order) for order in few.orders.tolist()}) == 10 and not few.complete
    many = queue(game="random", p=8, M=5000)
    assert len({tuple(order) for order in many.orders.tolist()}) == 5000
    assert torch.isinf(many.errors).all() and "±" not in claims.says(
        many, k=9, player=0, alike=False
    )


def test_a_coalition_is_seen_as_often_as_its_weight_says():
    result = queue(game="random", p=4, M=5000, method="plain")
    S = result.before(5000, 2)
    before = [set(order[: order.index(2)]) for order in result.orders.tolist()]
    assert sum(1 << j for j in before[-1]) == S
    count = result.seen(5000, 2)
    assert count == before.count(before[-1])
    s = S.bit_count()
    weight = math.factorial(s) * math.factorial(3 - s) / math.factorial(4)
    assert count / 5000 == pytest.approx(weight, abs=4 * (weight / 5000) ** 0.5)


def test_a_wrong_result_is_noticed():
    result = queue(game="random", p=4, M=64)
    assert failed(result, q.LAST) == set()
    for wrong, count in (
        ({"contributions": result.contributions * 1.01}, 3),
        ({"contributions": result.contributions.roll(1, -1)}, 1),
        ({"v": result.v + torch.arange(16.0).double()}, 1),
        ({"orders": result.orders.roll(1, -1)}, 1),
    ):
        assert len(failed(replace(result, **wrong), q.LAST)) >= count, wrong.keys()


@pytest.mark.parametrize("unit", [1e-11, 1e6])
def test_a_wrong_result_is_noticed_in_any_unit(unit):
    rows = "\n".join(f'"{S:03b}",{unit * x!r}' for S, x in enumerate((0, 4, 3, 9, 2, 8, 7, 15)))
    result = queue(game=sheets.add(f"coalition,value\n{rows}".encode()), M=4, method="plain")
    assert failed(result) == set() and drawn(result).panels
    for name in ("v", "contributions"):
        assert failed(replace(result, **{name: getattr(result, name) * 1.07}))


def test_equal_weights_are_said_to_miss_the_sum_except_where_only_pairs_matter():
    def claim(result):
        checks = claims.checks(result, k=0, player=0)
        return next(c for c in checks if "equal weight for every subset" in c.claim)

    glove, cooks = claim(queue(game="glove")), claim(queue())
    assert not glove.applies and (glove.lhs, glove.rhs) == (1.25, 1) and "1.25" in glove.why
    assert cooks.applies and cooks.holds
    parity = "\n".join(f"{S:04b},{S.bit_count() % 2}" for S in range(16))
    chance = claim(queue(game=sheets.add(("coalition,value\n" + parity).encode())))
    assert not chance.applies and (chance.lhs, chance.rhs) == (0, 0)  # triples matter


def test_a_method_is_said_to_help_or_to_hurt():
    assert "hurts" in claims.helps(queue(game="voting", method="antithetic"))
    assert "no error at all" in claims.helps(queue(method="antithetic"))


def test_the_picture_deals_on_and_every_bar_of_the_queue_ends_at_the_whole():
    picture = drawn(queue(game="airport", p=4, M=12), k=4)
    bars, listed, race, _ = picture.panels
    assert listed.layout["yaxis"]["ticktext"][-1] == "mean" and "5 orders" in listed.title
    assert picture.drive == "k" and picture.frames == 12
    assert "5 of 12" in race.title and "Order 5" in bars.title
    bars = [t for t in bars.traces if t["name"].startswith("player") and len(t["x"]) == 3]
    assert [float(b["y"][0]) for b in bars] == [0, 1, 2, 3]
    assert bars[0]["x"][0] == 0 and bars[-1]["x"][1] == 4
    for one, two in itertools.pairwise(bars):
        assert one["x"][1] == two["x"][0]


def test_pointing_at_a_bar_or_at_the_head_of_a_line_chooses_that_player():
    result = queue(game="random", p=6)
    bars, _, race, _ = drawn(result, k=9).panels
    for panel in (race, bars):
        assert panel.pick.params == ("player",) and panel.pick.columns == 6
    for place, j in enumerate(result.orders[9].tolist()):
        assert bars.pick.places[j][1] == place
        assert race.pick.places[j].tolist() == pytest.approx([10, float(result.means[9, j])])


def test_the_wrong_average_is_drawn_only_when_asked_for():
    result = queue(game="glove")
    for alike in (False, True):
        picture = drawn(result, alike=alike, k=30)
        roles = [t["meta"].get("role") for panel in picture.panels for t in panel.traces]
        assert ("wrong" in roles) is alike
        assert any("all subsets alike" in line for line in picture.formula) is alike


def test_the_list_shows_what_each_order_gave_and_every_row_adds_up():
    result = queue(game="random", p=4, M=30, method="plain")
    each, sums, *_ = drawn(result, k=11).panels[1].traces
    assert each["z"][:-2].tolist() == pytest.approx(result.contributions[4:12].numpy(), abs=1e-6)
    assert each["z"][-1].tolist() == pytest.approx(
        result.contributions[:12].mean(0).tolist(), abs=1e-6
    )
    assert [*sums["z"][:-2, 0], sums["z"][-1, 0]] == pytest.approx([result.total] * 9, abs=1e-6)


def test_the_ends_of_every_range_have_a_picture():
    one = queue(M=1)
    assert one.dealt(9) == 1 and torch.isinf(one.errors).all() and drawn(one).panels
    assert "order 1 of 1;" in claims.says(one, k=0, player=0, alike=False)
    pair = queue(M=2, method="antithetic")
    assert "too few" in claims.says(pair, k=1, player=0, alike=False)
    late = queue(game="random", p=8, M=5000)
    assert late.dealt(q.LAST) == 5000 and drawn(late, k=q.LAST, player=7).panels
    assert drawn(queue(), player=7).panels[0].pick.cell == (0, 2)


def test_a_table_of_ones_own_is_dealt_out():
    name = sheets.add(b"coalition,value\n,0\n1,4\n2,3\n12,9\n3,2\n13,8\n23,7\n123,15\n")
    torch.testing.assert_close(queue(game=name).means, queue().means)
    named = sheets.add(b"who,what\n,0\nAnn,1\nBob,2\nAnn Bob,5\n")
    told = claims.says(queue(game=named), k=0, player=0, alike=False)
    assert told.startswith("They arrive as Ann, Bob and add 1, 4: together 5")
    table = "\n".join(f"{S:09b},{S}" for S in range(512)).encode()
    with pytest.raises(ValueError, match="players 1 to 8"):
        queue(game=sheets.add(b"coalition,value\n" + table))
    with pytest.raises(ValueError, match=r"largest \|v\(S\)\|"):
        queue(game=sheets.add(b"coalition,value\n,0\n1,1e12\n2,3\n12,9\n"))
    with pytest.raises(ValueError, match="upload it again"):
        queue(game="own-000000000000")


def test_the_same_seed_deals_the_same_orders_and_another_seed_others():
    one, same, other = (queue(method="plain", seed=seed) for seed in (4, 4, 5))
    assert torch.equal(one.orders, same.orders) and torch.equal(one.means, same.means)
    assert not torch.equal(one.orders, other.orders)
