import itertools
import math

import numpy as np
import pytest
import torch

from core.experiments.recurrence import gates_claims as claims
from core.experiments.recurrence.gates import GATES, T, cells, kept, last, typed
from core.signature import fields
from pages.figures.recurrence.gates import figure
from tests.forgery import failures

AT = {name: field.default for name, field in fields(cells).items()}


def red(run, **values) -> list[str]:
    return failures(claims.checks(run, **AT | values))


def logistic(a: float) -> float:
    return 1 / (1 + math.exp(-a))


def of_torch(kind, blocks: dict[str, list], bias: list[float]):
    """A layer of torch with hand-set weights, rows of W and U one block after the other."""
    layer = kind(2, 2, dtype=torch.float64)
    W, U = (torch.tensor(np.vstack(blocks[k]), dtype=torch.float64) for k in ("W", "U"))
    b = torch.tensor(np.repeat(bias, 2), dtype=torch.float64)
    with torch.no_grad():
        for name, value in zip(("weight_ih", "weight_hh", "bias_ih", "bias_hh"), (W, U, b, 0 * b)):
            getattr(layer, f"{name}_l0").copy_(value)
    return layer


FEED, MIX = [[2, 0], [-2, 0]], [[1, 1], [0, 1]]
NONE, MARK, SELF = [[0, 0], [0, 0]], [[0, 12], [0, 12]], [[-2, 0], [0, -2]]
NUMBERS = "1 0 -2.5 0 0.5"


def fed(text: str) -> torch.Tensor:
    x = typed(text)
    return torch.stack([x, (x != 0).double()], 1)


@pytest.mark.peer
@pytest.mark.parametrize(("b_u", "b_r"), [(6.0, -6.0), (2.0, 1.0), (-6.0, 6.0), (0.0, 0.0)])
def test_the_gru_is_that_of_torch(b_u, b_r):
    layer = of_torch(
        torch.nn.GRU,
        {"W": [NONE, [[0, -12], [0, -12]], FEED], "U": [SELF, NONE, MIX]},
        [b_r, b_u, 0.0],
    )
    states = layer(fed(NUMBERS))[0].detach()
    run = cells(x=NUMBERS, b_u=b_u, b_r=b_r)
    torch.testing.assert_close(run.h[1:], states, rtol=0, atol=1e-10)
    turned = of_torch(
        torch.nn.GRU, {"W": [NONE, MARK, FEED], "U": [SELF, NONE, MIX]}, [b_r, -b_u, 0.0]
    )
    run = cells(x=NUMBERS, b_u=b_u, b_r=b_r, sense="new")
    torch.testing.assert_close(run.h[1:], turned(fed(NUMBERS))[0].detach(), rtol=0, atol=1e-10)


@pytest.mark.peer
def test_the_lstm_and_the_plain_cell_are_those_of_torch():
    layer = of_torch(
        torch.nn.LSTM,
        {"W": [MARK, NONE, FEED, NONE], "U": [NONE, NONE, MIX, NONE]},
        [-3.0, 2.0, 0.0, 1.0],
    )
    run = cells("lstm", NUMBERS, b_i=-3.0, b_f=2.0, b_o=1.0)
    states, (_, c) = layer(fed(NUMBERS))
    torch.testing.assert_close(run.h[1:], states.detach(), rtol=0, atol=1e-10)
    torch.testing.assert_close(run.c[-1:], c.detach(), rtol=0, atol=1e-10)
    plain = of_torch(torch.nn.RNN, {"W": [FEED], "U": [MIX]}, [0.0])
    states = plain(fed(NUMBERS))[0].detach()
    torch.testing.assert_close(cells("rnn", NUMBERS).h[1:], states, rtol=0, atol=1e-10)


def test_a_bias_of_6_keeps_four_fifths_over_99_steps():
    run, u = cells(), logistic(6)
    assert float(run.gates[-1, 1, 0]) == pytest.approx(u, abs=1e-12)
    assert float(run.h[-1, 0] / run.h[1, 0]) == pytest.approx(u**99, abs=2e-3)
    assert u**99 == pytest.approx(0.7826, abs=1e-4)
    assert claims.answers["left"](run)[0] == pytest.approx(0.783, abs=1e-3)
    hard = cells(hard=True)
    assert torch.equal(hard.h[1:], hard.h[1].expand(T, 2))
    assert "for good" in claims.says(hard, cell="gru", sense="old")


def test_r_stands_outside_or_inside_as_with_the_known_case():
    """Between unit 1 with r = ½ or so and unit 2 with r near 1 the candidates differ."""
    for reset in ("outside", "inside"):
        run = cells(b_u=-6.0, b_r=2.0, reset=reset)
        (h1, h2), (r1, r2) = run.h[1].tolist(), run.gates[1, 0].tolist()
        known = r1 * (h1 + h2) if reset == "outside" else r1 * h1 + r2 * h2
        assert float(run.gates[1, 2, 0]) == pytest.approx(math.tanh(known), abs=1e-12)
        assert (r1, r2) == (
            pytest.approx(logistic(2 - 2 * h1)),
            pytest.approx(logistic(2 - 2 * h2)),
        )


def test_with_the_gates_of_a_gru_rounded_it_is_the_plain_cell():
    """u = 0 and r = 1."""
    open_ = cells(x=NUMBERS, b_u=-6.0, b_r=6.0, hard=True)
    torch.testing.assert_close(open_.h, cells("rnn", NUMBERS).h, rtol=0, atol=1e-12)


def test_an_lstm_counts_and_a_gru_does_not():
    lstm, gru = cells("lstm", "1 1 1 1 1"), cells(x="1 1 1 1 1")
    assert float(lstm.c[5, 0]) > 4.7 and float(gru.h.abs().max()) < 1
    many = cells("lstm", " ".join(["5"] * 24))
    assert 23 < float(many.c.max()) < 24 and float(many.h.abs().max()) < 1


CORNERS = [
    {"cell": c, "x": x, "b_u": b, "b_r": -b if flip else b, "b_f": b, "b_i": -b if flip else b,
     "b_o": b, "sense": s, "reset": r, "hard": hard}
    for c, x, b, flip, (s, r), hard in itertools.product(
        ("gru", "lstm", "rnn"), ("0", "5 -5 5", "1e-300 0 1e-8", " ".join(["-5"] * 24)),
        (-6.0, 0.0, 6.0), (False, True), (("old", "outside"), ("new", "inside")), (False, True)
    )
]  # fmt: skip


def test_nothing_is_red_and_all_is_finite_in_every_corner():
    for values in CORNERS:
        run = cells(**values)
        assert red(run, **values) == [], values
        told = claims.says(run, cell=values["cell"], sense=values["sense"])
        assert "nan" not in told and "inf" not in told
        picture = figure(run, **values)
        assert len(picture.panels) == (2 if values["cell"] == "rnn" else 4)
        assert all(np.isfinite(column).all() for column in picture.track.values())


@pytest.mark.parametrize("field", ["x", "gates", "h", "c"])
@pytest.mark.parametrize(
    "values",
    [{}, {"cell": "lstm"}, {"cell": "rnn"}, {"reset": "inside"}, {"sense": "new"}, {"hard": True}],
)
def test_what_is_off_turns_a_check_red(field, values):
    run = cells(**values)
    part = getattr(run, field)
    if part.numel():
        for off in (part * 1.001, -part, part + 1e-3, part.flip(0)):
            assert red(run._replace(**{field: off}), **values), field


def test_every_id_has_a_check_in_every_setting():
    for cell in GATES:
        found = claims.checks(cells(cell), **AT | {"cell": cell})
        assert {c.id for c in found} == {"RNN-07", "RNN-08", "CNN-35", ""}
        spoken = {c.id for c in found if c.applies} - {""}
        assert spoken == ({"RNN-07", "CNN-35"} if cell == "gru" else {"RNN-08"})


def test_what_is_kept_and_the_last_number():
    assert last(typed("0 0")) == 0 and last(typed("1 0 2 0")) == 3
    run = cells(b_u=1.0, sense="new")
    assert float(kept(run, "gru", "new")[-1, 0]) == pytest.approx(logistic(-1))
    assert "nothing is written" in claims.says(cells(x="0"), cell="gru", sense="old")
    told = claims.says(cells(b_u=0.0), cell="gru", sense="old")
    assert "in 1 step." in told


def test_the_handles_drag_the_biases():
    picture = figure(cells(), **AT)
    assert [h.params for h in picture.panels[1].handles] == [("b_u",), ("b_r",)]
    picture = figure(cells("lstm"), **AT | {"cell": "lstm"})
    assert [h.params for h in picture.panels[1].handles] == [("b_f",), ("b_i",), ("b_o",)]
    assert picture.phases == ("c", "f", "i", "g", "c′", "o", "h′")


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"x": "1 a"}, "expected a finite number in row 1, column 2 of x, got 'a'"),
        ({"x": ""}, "expected x"),
        ({"x": "1,2"}, "expected x to be one row of 1 to 24 numbers"),
        ({"x": " ".join(["1"] * 25)}, "expected x to be one row of 1 to 24 numbers"),
        ({"x": "7"}, r"expected numbers of x in \[-5, 5\], got 7"),
        ({"b_u": 7.0}, r"expected b_u in \[-6, 6\], got 7"),
        ({"cell": "mlp"}, "expected cell to be one of gru, lstm, rnn"),
    ],
)
def test_refusals_say_what_is_expected(bad, said):
    with pytest.raises(ValueError, match=said):
        cells(**bad)
