import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import sheets
from core.keep import Keep


def brought(text: str, encoding: str = "utf-8") -> sheets.Sheet:
    return sheets.sheet(sheets.add(text.encode(encoding)))


def refusal(raw: bytes) -> str:
    with pytest.raises(ValueError, match="expected ") as caught:
        sheets.add(raw)
    return str(caught.value)


def test_a_heading_and_rows():
    found = brought('age, income\r\n31,"1,200"\r\n\r\n 40 ,900\r\n')
    assert found == sheets.Sheet(("age", "income"), (("31", "1,200"), ("40", "900")))
    assert [found.number(cell) for cell in ("31", "1,200", "nan", "1_0", "")] == [31] + [None] * 4


def test_numbers_only_have_no_heading():
    assert brought("1,2\n3,4\n") == sheets.Sheet(("column 1", "column 2"), (("1", "2"), ("3", "4")))


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_comma_semicolon_and_tab_separate(mark):
    assert brought(f"a{mark}b\n1{mark}2\n")[:2] == (("a", "b"), (("1", "2"),))


def test_a_comma_inside_a_number_is_not_a_separator_where_semicolons_are():
    found = brought("1,5;2,5\n0.5;1e3\n")
    assert found.cells == (("1,5", "2,5"), ("0.5", "1e3")) and found.names[0] == "column 1"
    assert [found.number(cell) for row in found.cells for cell in row] == [1.5, 2.5, 0.5, 1000]
    assert found.number("1,200,000") is None


def test_the_byte_order_mark_and_old_windows_letters():
    assert brought("größe\n1\n", "utf-8-sig").names == ("größe",)
    assert brought("größe\n1\n", "cp1252").names == ("größe",)


def test_the_name_is_that_of_the_content():
    assert sheets.add(b"a\n1\n") == sheets.add(b"a\n1\n") != sheets.add(b"a\n2\n")


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "expected a CSV file with at least one row, got an empty file"),
        (b"a,b\n", "expected rows under the heading, got the heading alone"),
        (b"a,b\n1,2\n3\n", "expected 2 cells in every row as in the first, got 1 in row 3"),
        (b"a,a\n1,2\n", "expected columns of different names, got 'a' twice"),
        (b"a,\n1,2\n", "expected every column to have a name, got none for column 2"),
        (b'a\n"1\n', "expected a CSV file that can be read"),
        (b"PK\x03\x04....", "expected a CSV file, got an Excel or zip file: save it as CSV first"),
        (b"\x89PNG\r\n", "expected a CSV file, got a picture"),
        (b"a\0b", "expected a CSV file, got bytes that are no text"),
        ("a\n1\n".encode("utf-16"), "expected a CSV file, got UTF-16 text: save it as UTF-8"),
        (b"a" * 201 + b"\n1\n", "expected cells of at most 200 letters, got 201 in row 1"),
        (b"x" * 2_000_001, "expected a CSV file of at most 2 MB, got 2.0 MB"),
        (b"1\n" * 65_538, "expected a table of at most 65536 rows, got more"),
        (b"1," * 100 + b"1\n", "expected a table of at most 100 columns, got 101"),
    ],
)
def test_what_is_no_table_is_refused_in_words(raw, sentence):
    assert refusal(raw).startswith(sentence)


def test_the_oldest_file_is_forgotten_and_the_page_asks_for_it_again(monkeypatch):
    monkeypatch.setattr(sheets, "_own", Keep(25))
    first = sheets.add(b"first\n1\n")
    second = sheets.add(b"second\n1\n")
    assert sheets.sheet(first).names == ("first",)  # looked at: now the newest
    sheets.add(b"one more\n1\n")
    with pytest.raises(ValueError, match="upload it again"):
        sheets.sheet(second)
    assert sheets.sheet(first).cells == (("1",),)


def test_the_tables_of_a_whole_class_stay():
    names = [sheets.add(f"a,b\n{n},1\n".encode()) for n in range(300)]
    assert all(sheets.sheet(name).cells == ((str(n), "1"),) for n, name in enumerate(names))


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_one_sentence(raw):
    try:
        name = sheets.add(raw)
    except ValueError:
        assert refusal(raw).startswith("expected ")
        return
    found = sheets.sheet(name)
    assert found.cells and all(len(row) == len(found.names) for row in found.cells)
