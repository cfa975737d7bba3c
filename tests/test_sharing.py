"""The stock panels of a game that is shared out: core, excess, bars, rules."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core import table
from core.experiments.shapley.game import Lattice, lattice
from pages.figures.parts import players
from pages.figures.parts.sharing import height
from pages.figures.shapley.game import figure


def mine(*worth: float, **changed) -> Lattice:
    return lattice(game="mine", v=" ".join(f"{x!r}" for x in worth), **changed)


@given(st.lists(st.integers(-3, 5).map(float), min_size=8, max_size=8), st.booleans())
@settings(max_examples=40)
def test_the_polygon_is_the_core(worth, paid):
    result = mine(*worth, paid=paid)
    panel = figure(result, look="core").panels[2]
    ring = [trace for trace in panel.traces if trace["name"] == "core"]
    assert len(ring) == bool(len(result.corners))
    if not ring:
        return
    a, b = np.array([ring[0]["x"], ring[0]["y"]], dtype=float)
    x3 = (result.total + 6**0.5 * b) / 3
    x2 = (result.total - x3 + 2**0.5 * a) / 2
    shares = np.stack([result.total - x2 - x3, x2, x3], 1)
    np.testing.assert_allclose(shares[: len(result.corners)], result.corners, atol=1e-4)
    sign = -1 if paid else 1
    for S in range(1, 7):
        mask = [i for i in range(3) if S >> i & 1]
        slack = sign * (shares[:, mask].sum(1) - float(result.v[S] - result.v[0]))
        assert slack.min() > -1e-4 * max(1, abs(result.total))


@pytest.mark.parametrize("rule", ["shapley", "equal", "first"])
def test_the_coalitions_that_would_leave_stand_above_zero(rule):
    result = lattice(game="random", p=4, seed=4)
    v, x = result.v.tolist(), result.of(rule).values.tolist()
    gain = [v[S] - v[0] - sum(x[i] for i in range(4) if S >> i & 1) for S in range(16)]
    panel = figure(result, rule=rule, look="core").panels[2]
    for name, above in (("would leave", True), ("stays", False)):
        (bars,) = [t for t in panel.traces if t["name"] == name]
        shown = dict(zip(bars["x"][1::3].tolist(), bars["y"][1::3].tolist(), strict=True))
        wanted = {S: e for S, e in enumerate(gain) if (e > 1e-9) == above}
        assert shown == pytest.approx(wanted, abs=1e-6)


def test_a_bar_can_be_dragged_to_the_end_and_the_frame_stays():
    for most in (0.3, 0.5, 1.0, 2.0, 3.0, 7.0, 1e-3, 4e5):
        top = height(mine(0, most).v)
        assert most <= top <= 4.1 * most and height(mine(0, top).v) == top
        paint = figure(mine(0, most)).panels[1].paint
        assert (paint.low, paint.high) == (0, top)
    assert figure(mine(0, -1)).panels[1].paint.low == -2
    paint = figure(lattice(game="airport")).panels[1].paint
    same = lattice(v=table.write(torch.as_tensor(paint.values)), **paint.also)
    assert same.costs and torch.equal(same.v, lattice(game="airport").v)


def test_what_belongs_to_the_printed_sheet_is_drawn_only_where_it_is_asked_for():
    for rule, seen in (("shapley", False), ("printed", True)):
        picture = figure(lattice(game="airport"), rule=rule)
        assert ("printed" in picture.panels[2].layout["yaxis"]["ticktext"]) == seen
        assert any("printed" in line for line in picture.formula) == seen


@pytest.mark.parametrize(
    ("name", "label", "tex"),
    [
        ("", "2", "2"),
        ("R₁₂", "R₁₂", r"{\text{R}_{12}}"),
        ("a_b {x}", "a_b {x}", r"{\text{a·b ·x·}}"),
        ("Bartholomew", "Barthol…", r"{\text{Barthol…}}"),
    ],
)
def test_a_player_s_name_is_short_in_a_label_and_harmless_in_a_formula(name, label, tex):
    names = ("Ann", name) if name else ()
    assert players.short(1, names) == label and players.tex_name(1, names) == tex
    assert players.members(3, names) == f"{'Ann' if name else 1},{label}"
