import csv
import io

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core import dialects, sheets
from core.keep import Keep


def brought(text: str, encoding: str = "utf-8") -> sheets.Sheet:
    return sheets.sheet(sheets.add(text.encode(encoding)))


def refusal(raw: bytes | str) -> str:
    with pytest.raises(ValueError, match="expected ") as caught:
        sheets.add(raw if isinstance(raw, bytes) else raw.encode())
    return str(caught.value)


def numbers(found: sheets.Sheet) -> list[list[float | None]]:
    return [[found.number(cell) for cell in row] for row in found.cells]


# --- separators and letters --------------------------------------------------------------------


def test_a_heading_and_rows_with_their_numbers_in_a_spreadsheet():
    found = brought('age, income\r\n31,"1,200.5"\r\n\r\n 40 ,900\r\n')
    assert (found.names, found.rows) == (("age", "income"), (2, 4))
    assert numbers(found) == [[31, 1200.5], [40, 900]]
    assert found.column("income") == ("1,200.5", "900")
    assert [found.number(cell) for cell in ("nan", "inf", "1_0", "", "1,2,3")] == [None] * 5


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_what_separates(mark):
    assert brought(f"a{mark}b\n1{mark}2\n")[:2] == (("a", "b"), (("1", "2"),))


@pytest.mark.parametrize(
    ("text", "names", "cells"),
    [
        ("sep=;\r\na;b\r\n1;2\r\n", ("a", "b"), ("1", "2")),
        ("sep=;\na;b,c\n1;2\n", ("a", "b,c"), ("1", "2")),
        ('"sep=\t"\na\tb\n1\t2\n', ("a", "b"), ("1", "2")),
        ("sep=:\na:b\n1:2\n", ("a", "b"), ("1", "2")),
        ("a;b;;\n1;2;;\n;;;\n", ("a", "b"), ("1", "2")),
        ("a;b\n1;2;\n", ("a", "b"), ("1", "2")),
        ("a;b;\n1;2\n", ("a", "b"), ("1", "2")),
        ("\n\na,b\n\n1,2\n\n", ("a", "b"), ("1", "2")),
        ("a,b\r1,2\r", ("a", "b"), ("1", "2")),
        ('a,b\n"1;3",2\n', ("a", "b"), ("1;3", "2")),
        ('"1;a",b\n"1;3",2\n', ("1;a", "b"), ("1;3", "2")),
        ('a,b\n"Doe, ""J.""",2\n', ("a", "b"), ('Doe, "J."', "2")),
        ('a,b\n"one\r\ntwo",2\n', ("a", "b"), ("one two", "2")),
        ("a;b\n1,2;(3, 4)\n", ("a", "b"), ("1,2", "(3, 4)")),
        ("Wert\n0,5\n", ("Wert",), ("0,5",)),
    ],
)
def test_files_as_excel_writes_them(text, names, cells):
    found = brought(text)
    assert (found.names, found.cells[0]) == (names, cells)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_letters_in_every_encoding_with_its_mark(encoding):
    mark = "\ufeff" if encoding.endswith(("le", "be")) else ""
    found = brought(mark + "größe\tn\r\n1\t2\r\n", encoding)
    assert (found.names, found.cells) == (("größe", "n"), (("1", "2"),))


def test_the_name_is_that_of_the_content_however_it_was_encoded():
    one = sheets.add("ä\n1\n".encode())
    assert one == sheets.add("ä\n1\n".encode("utf-16")) == sheets.add("ä\n1\n".encode("cp1252"))
    assert one != sheets.add("ä\n2\n".encode())


# --- numbers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "separator", "wanted"),
    [
        (["1.250", "999,5"], ";", [1250, 999.5]),
        (["1.250", "999,5"], ",", [1250, 999.5]),
        (["1,250", "999.5"], ",", [1250, 999.5]),
        (["1,250", "999.5"], "\t", [1250, 999.5]),
        (["1.250.000", "1.250"], ";", [1250000, 1250]),
        (["1.234,5", "-1.234"], ";", [1234.5, -1234]),
        (["-1,234.5", "+1,234"], ",", [-1234.5, 1234]),
        (["1 250,5", "2 500", "−3,5"], ";", [1250.5, 2500, -3.5]),
        (["1'250.5", "2’500"], ",", [1250.5, 2500]),
        (["1,250", "2,5"], ";", [1.25, 2.5]),
        (["1,250", "1,375"], ";", [1.25, 1.375]),
        (["0,250", "1,250"], ",", [0.25, 1.25]),
        (["1.250", "980"], ",", [1.25, 980]),
        (["1.250", "1280"], ";", [1.25, 1280]),
        (["1.250", "1.375"], "\t", [1.25, 1.375]),
        (["1,5", "0.5", "1e3", "2,5E-11"], ";", [1.5, 0.5, 1000, 2.5e-11]),
        # nothing tells what the mark is for: refused, not guessed
        (["1.250", "980"], ";", [None, 980]),
        (["1.250", "980"], "\t", [None, 980]),
        (["1,250", "980"], ",", [None, 980]),
        (["1,250", "1,375"], ",", [None, None]),
        (["1.250", "0.5", "0,5"], ";", [None, 0.5, 0.5]),
        (["12.05.2020", "1.2.3", "1,25,000", "0,5.5", "1.250,", "."], ";", [None] * 6),
    ],
)
def test_the_marks_of_numbers_are_those_of_their_file(cells, separator, wanted):
    mark = dialects.decimal([cells], separator)
    found = [sheets.Sheet((), (), mark).number(cell) for cell in cells]
    assert found == wanted


def test_words_and_coalitions_have_no_say_in_what_a_comma_is():
    found = brought("coalition\tv\n1\t1.125\n1,2\t2.5\n")
    assert numbers(found)[1][1] == 2.5 and numbers(found)[0][1] == 1.125
    table = brought("a;code;c\n1.250;3,5 kg;x\n2.375;1,5 kg;y\n")
    assert [row[0] for row in numbers(table)] == [1.25, 2.375]


def test_blanks_that_do_not_break_separate_thousands_too():
    assert numbers(brought("a;b\n1\u00a0250,5;2\u202f500\n")) == [[1250.5, 2500]]


def test_a_number_that_may_be_two_is_named_with_both():
    found = brought("a;b;c\n1;2;980\n1;2;1.302\n")
    assert found.pointed("1.302") == "1.302 (1302 or 1.302?)"


def test_what_was_passed_over_in_a_number_is_said():
    assert brought("a;b;c\n1;2;999,5\n1;2;1.302\n").said == ("1.302 was read as 1302.",)
    assert brought("a;b;c\n1;2;999,5\n1;2;302\n").said == ()


# --- headings, indices, empty columns ----------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "names", "said"),
    [
        ("2019,2020,2021", ("2019", "2020", "2021"), "read as the heading"),
        ("0,1,2", ("0", "1", "2"), "read as the heading"),
        ("1,2,3", ("1", "2", "3"), "read as the heading"),
        ("5,1,2", ("column 1", "column 2", "column 3"), "no heading was read"),
        ("5,,2", ("column 1", "column 2", "column 3"), "no heading was read"),
        ("a,1,2", ("a", "1", "2"), ""),
    ],
)
def test_a_first_row_of_numbers_is_a_heading_or_said_to_be_none(first, names, said):
    found = brought(f"{first}\n5,6,7\n8,9,10\n")
    assert found.names == names and len(found.cells) == 2 + ("no heading" in said)
    assert len(found.said) == bool(said) and said in "".join(found.said)


def test_rows_of_years_have_no_heading():
    found = brought("2019,2020\n2021,2022\n")
    assert found.names == ("column 1", "column 2") and len(found.cells) == 2


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "Unnamed: 0.1"])
@pytest.mark.parametrize("index", ["0 1 2", "7 2 5", "Mazda Fiat Volvo"])
def test_an_index_without_a_name_is_dropped_and_said(name, index):
    rows = "".join(f"{i},{2 * k},{k}.5\n" for k, i in enumerate(index.split()))
    found = brought(f"{name},a,b\n{rows}")
    assert found.names == ("a", "b") and found.cells[1] == ("2", "1.5")
    assert "Left out as an index" in found.said[0]


def test_two_indices_and_unnamed_columns_of_pandas():
    assert brought("Unnamed: 0.1,Unnamed: 0,a,b\n0,0,1,2\n1,1,3,4\n").names == ("a", "b")
    found = brought(",0,1,2\n0,5.5,6,7\n1,8,9,10\n")
    assert found.names == ("0", "1", "2") and found.cells[0] == ("5.5", "6", "7")


def test_of_two_columns_the_first_is_an_index_only_where_it_counts():
    assert brought(",v\n0,5\n1,6\n2,7\n").names == ("v",)
    assert brought(",v\n1,5\n2,6\n12,7\n").names == ("", "v")
    assert brought(',0\n(),1\n"(0,)",2\n')[:2] == (("", "0"), (("()", "1"), ("(0,)", "2")))


def test_empty_columns_are_dropped_and_said_where_they_have_a_name():
    found = brought("a,note,b,,\n1,,2,,\n3,NA,4,,\n")
    assert found[:2] == (("a", "b"), (("1", "2"), ("3", "4")))
    assert found.said == ("The column 'note' is empty and was left out.",)


# --- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "expected a CSV file with at least one row, got an empty file"),
        (b"\xef\xbb\xbf\r\n", "expected a CSV file with at least one row, got an empty file"),
        (b"sep=;\r\n", "expected a CSV file with at least one row, got an empty file"),
        (b"a,b\n", "expected rows under the heading, got the heading alone"),
        (b"a,b\n1,2\n3\n", "expected 2 cells in every row as in the first, got 1 in row 3"),
        (b"a,b\n\n1,2,3\n", "expected 2 cells in every row as in the first, got 3 in row 3"),
        (b"sep=;\na;b\n1;2\n3\n", "expected 2 cells in every row as in the first, got 1 in row 3"),
        (b"a,a\n1,2\n", "expected columns of different names, got 'a' twice"),
        (b"a,b,\n1,2,3\n", "expected every column to have a name, got none for column 3"),
        (b"a,\n1,2\n", "expected every column to have a name, got none for column 2"),
        (b'a\n"1\n', "expected a CSV file that can be read, got an error in row 2"),
        (b"PK\x03\x04....", "expected a CSV file, got an Excel or zip file: save it as CSV first"),
        (b"\x89PNG\r\n", "expected a CSV file, got a picture"),
        (b"a\0b", "expected a CSV file, got bytes that are no text"),
        (b"\xff\xfea\0\n\0001", "expected a CSV file, got UTF-16 text that is damaged or cut off"),
        (b"a,b\n1," + b"a" * 201, "expected cells of at most 200 letters, got 201 in row 2, colum"),
        (b"x" * 2_000_001, "expected a CSV file of at most 2 MB, got 2.0 MB"),
        (b"1\n" * 65_538, "expected a table of at most 65536 rows, got more"),
        (b"1," * 100 + b"1\n", "expected a table of at most 100 columns, got 101 in row 1"),
    ],
)
def test_what_is_no_table_is_refused_in_words(raw, sentence):
    assert refusal(raw).startswith(sentence)


# --- what is kept ------------------------------------------------------------------------------


def test_the_oldest_file_is_forgotten_and_the_page_says_that_it_is_gone(monkeypatch):
    monkeypatch.setattr(sheets, "_own", Keep(25))
    first = sheets.add(b"first\n1\n")
    second = sheets.add(b"second\n1\n")
    assert sheets.sheet(first).names == ("first",)  # looked at: now the newest
    sheets.add(b"one more\n1\n")
    with pytest.raises(ValueError, match=f"got {second}: it is gone, as the server keeps the late"):
        sheets.sheet(second)
    assert sheets.sheet(first).cells == (("1",),)


def test_the_tables_of_a_whole_class_stay():
    names = [sheets.add(f"a,b\n{n},1\n".encode()) for n in range(300)]
    assert all(sheets.sheet(name).cells == ((str(n), "1"),) for n, name in enumerate(names))


# --- round trips -------------------------------------------------------------------------------


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_one_sentence(raw):
    try:
        name = sheets.add(raw)
    except ValueError:
        assert refusal(raw).startswith("expected ")
        return
    found = sheets.sheet(name)
    assert found.cells and all(len(row) == len(found.names) for row in found.cells)
    assert len(found.rows) == len(found.cells)


WORD = st.text("abc äß,;|\t\"'()\n", min_size=1, max_size=8).map(lambda t: " ".join(t.split()))
FIGURE = st.floats(-1e9, 1e9).map(lambda x: round(x, 4)) | st.integers(-9999999, 9999999)


def german(value: float, grouped: bool) -> str:
    text = f"{value:,}" if grouped else str(value)
    return text.translate(str.maketrans(",.", ".,"))


DIALECTS = [  # separator, encoding, ending, how a number is written
    (",", "utf-8", "\n", str),
    (",", "utf-8-sig", "\r\n", lambda x: f"{x:,}"),
    (";", "cp1252", "\r\n", lambda x: german(x, False)),
    (";", "utf-8-sig", "\r\n", lambda x: german(x, True)),
    ("\t", "utf-16", "\r\n", lambda x: german(x, True)),
    ("\t", "utf-16", "\r\n", str),
    ("|", "utf-8", "\r", lambda x: german(x, False)),
]


@pytest.mark.parametrize("dialect", range(len(DIALECTS)))
@given(st.lists(st.tuples(WORD.filter(bool), FIGURE, FIGURE), min_size=1, max_size=8))
def test_a_table_written_in_any_dialect_is_read_back_exactly(dialect, rows):
    mark, encoding, ending, write = DIALECTS[dialect]
    assume(not any(map(dialects.missing, (word for word, *_ in rows))))
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=mark, lineterminator=ending)
    writer.writerow(["name", "x", "y"])
    table = [*rows, ("last", 0.5, 1234.5)]  # which leaves no doubt what the marks are for
    writer.writerows([word, write(x), write(y)] for word, x, y in table)
    found = brought(file.getvalue(), encoding)
    assert found.column("name") == tuple(word for word, *_ in table)
    assert [row[1:] for row in numbers(found)] == [[x, y] for _, x, y in table]
