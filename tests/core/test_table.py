import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core import table

FIGURE = st.floats(-1e6, 1e6).map(lambda x: float(f"{x:.7g}"))


@given(st.integers(1, 5).flatmap(lambda n: st.lists(st.lists(FIGURE, min_size=n, max_size=n))))
def test_what_is_written_is_read_back(rows):
    if rows:
        found = torch.tensor(rows, dtype=torch.float64)
        assert torch.equal(table.read(table.write(found), "x"), found)


def test_rows_at_commas_numbers_at_blanks():
    found = table.read("1 0 -1, 2.5 0 -2e1", "h")
    assert found.tolist() == [[1, 0, -1], [2.5, 0, -20]] and found.dtype == torch.float64
    assert table.signal("0 1 2", "x").tolist() == [0, 1, 2]
    assert table.write(torch.tensor([-0.0, 0.1 + 0.2])) == "0 0.3"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "expected h to have equally long rows, got 0 numbers in row 1"),
        ("1 2,3", "expected h to have equally long rows, got 1 number in row 2"),
        ("1 2,3 x", "expected a finite number in row 2, column 2 of h, got 'x'"),
        ("1 nan", "expected a finite number in row 1, column 2 of h, got 'nan'"),
        ("1 2 3", "expected h to be 1 x 2 or 2 x 2, got 1 x 3"),
    ],
)
def test_what_is_no_table_is_refused_by_row_and_column(text, sentence):
    with pytest.raises(ValueError, match="expected") as caught:
        table.read(text, "h", shapes=((1, 2), (2, 2)))
    assert str(caught.value) == sentence


def test_a_signal_is_one_row_and_not_too_long():
    for text in ("1 2,3 4", "1 " * 9):
        with pytest.raises(ValueError, match="expected x to be one row of 1 to 8 numbers, got"):
            table.signal(text, "x", longest=8)
