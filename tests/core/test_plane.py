"""Own points: scaled without stretching, drawn where the cells are, refused in a sentence."""

import pytest
import torch

from core import plane, sheets
from core.rng import generator


def told(*rows: str) -> str:
    return sheets.add("\n".join(("x;y", *rows)).encode())


def test_a_table_keeps_its_shape_and_fills_the_stage():
    rows = [f"{100 + 3 * k};{-7 + 4 * (k % 2)}" for k in range(11)]
    points = plane.read(told(*rows))
    assert points[:, 0].tolist() == pytest.approx([-2 + 0.4 * k for k in range(11)])
    # 4 of 30 units of the width
    assert points[:, 1].tolist() == pytest.approx([(-1) ** (k + 1) * 4 / 15 for k in range(11)])


@pytest.mark.parametrize("row", ["3;3", "1e308;-1e308"])
def test_equal_points_stay_in_the_middle(row):
    assert plane.read(told(*[row] * 10)).abs().max() == 0


def test_a_huge_table_stays_finite():
    points = plane.read(told(*["-1e308;0", "1e308;0"] * 5))
    assert points[:, 0].tolist() == [-2, 2] * 5


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (["1;2"] * 9, "expected 10 to 2000 rows of points, got 9"),
        (["1;2"] * 2001, "expected 10 to 2000 rows of points, got 2001"),
        (["1;2"] * 10 + ["3;tree"], "got tree in row 12"),
        (["1;2"] * 10 + ["3;"], "got an empty cell in row 12"),
    ],
)
def test_what_is_no_cloud_is_refused(rows, sentence):
    with pytest.raises(ValueError, match=sentence):
        plane.read(told(*rows))


def test_three_columns_are_refused():
    with pytest.raises(ValueError, match="two columns of numbers, got 3"):
        plane.read(sheets.add(b"a;b;c\n" + b"1;2;3\n" * 12))


def test_points_lie_in_the_painted_cells_all_alike():
    cells = [["0"] * plane.SIDE for _ in range(plane.SIDE)]
    cells[0][1:11] = ["1"] * 10  # the top row, from the second cell on
    drawing = ",".join(" ".join(row) for row in cells)
    x, y = plane.drawn(drawing, 20_000, generator=generator(0)).T
    cell = 2 * plane.REACH / plane.SIDE
    assert plane.REACH - cell <= y.min() and y.max() <= plane.REACH
    assert -plane.REACH + cell <= x.min() and x.max() <= -plane.REACH + 11 * cell
    edges = -plane.REACH + cell * (1 + torch.arange(11))
    counts = torch.histogram(x, edges.double()).hist
    assert (counts - 2000).abs().max() < 5 * 2000**0.5


def test_a_drawing_of_a_few_cells_is_refused():
    with pytest.raises(ValueError, match="at least 10 cells, got 0"):
        plane.drawn(plane.BLANK, 100, generator=generator(0))
