"""Own points of two classes: tables as students write them, drawings, and a fair deal."""

import pytest
import torch

from core import sheets
from core.adversarial.own import dealt, drawn, read
from core.plane import BLANK, REACH, SIDE
from core.rng import generator
from core.table import read as cells_of
from core.table import write


def table(rows, head="x,y,label"):
    return sheets.add("\n".join([head, *rows]).encode())


def rows(labels):
    return [f"{i},{i * i % 7},{label}" for i, label in enumerate(labels)]


def test_a_table_of_three_columns_is_moved_and_its_labels_become_classes():
    X, y = read(table(rows(["b", "a"] * 6)))
    assert y.tolist() == [1, 0] * 6
    assert X[:, 0].tolist() == pytest.approx([i * 4 / 11 - 2 for i in range(12)])
    assert float(X[:, 1].max()) == pytest.approx(2 * 4 / 11) == -float(X[:, 1].min())


PAIRS = [
    ("10", "9", "9"),
    ("-1", "1", "-1"),
    ("no", "yes", "no"),
    ("True", "False", "False"),
    ("1", "no", "no"),
]


@pytest.mark.parametrize(("one", "other", "first"), PAIRS)
def test_the_class_that_sorts_first_is_0(one, other, first):
    y = read(table(rows([one, other] * 6))).y
    assert y.tolist() == [int(label != first) for label in [one, other] * 6]


def test_a_label_in_the_first_column_is_found():
    lines = [f"{'uv'[i % 2]},{i},{i * i % 7}" for i in range(12)]
    X, y = read(table(lines, "kind,x,y"))
    assert y.tolist() == [0, 1] * 6
    assert torch.equal(X, read(table(rows("uv" * 6))).X)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (rows("abc" * 6), r"two different labels in the column 'label', got 3"),
        (rows("ab" * 4), "expected 10 to 2000 rows of points, got 8"),
        (rows("a" * 12 + "b" * 4), "at least 5 rows of each label, got 4"),
        ([*rows("ab" * 6), "one,2,a"], "two finite numbers in every row, got one in row 14"),
        ([line[:-2] for line in rows("ab" * 6)], "expected a table of three columns"),
    ],
)  # fmt: skip
def test_other_tables_are_refused_in_words(lines, told):
    with pytest.raises(ValueError, match=told):
        read(table(lines, "x,y,label" if lines[0].count(",") == 2 else "x,y"))


def painted(**at):
    cells = cells_of(BLANK, "drawing")
    cells[2, 1:6] = -1
    cells[9, 10:16] = 1
    return write(cells)


def test_points_of_a_drawing_lie_on_the_cells_of_their_class():
    X, y = drawn(painted(), 400, generator=generator(0))
    assert y.tolist() == [0, 1] * 200
    columns = ((X[:, 0] + REACH) * SIDE / (2 * REACH)).floor()
    lines = ((REACH - X[:, 1]) * SIDE / (2 * REACH)).floor()
    assert set(lines[y == 0].tolist()) == {2.0} and set(lines[y == 1].tolist()) == {9.0}
    assert set(columns[y == 0].tolist()) == {1.0, 2.0, 3.0, 4.0, 5.0}
    assert set(columns[y == 1].tolist()) == {10.0, 11.0, 12.0, 13.0, 14.0, 15.0}


def test_a_drawing_of_one_class_is_refused():
    one = write(cells_of(painted(), "drawing").clamp(min=0))
    with pytest.raises(ValueError, match="drawing to have 4 cells of each class, got 0 of"):
        drawn(one, 20, generator=generator(0))


def test_every_beginning_of_a_deal_holds_the_classes_in_proportion():
    y = torch.tensor([0] * 300 + [1] * 100)
    for seed in range(5):
        order = dealt(y, generator=generator(seed))
        assert sorted(order.tolist()) == list(range(400))
        ones = y[order].cumsum(0)
        fair = torch.arange(1, 401) / 4
        assert (ones - fair).abs().max() <= 1.01
    assert not torch.equal(order, dealt(y, generator=generator(9)))
