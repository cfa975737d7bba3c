from itertools import combinations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core import sheets
from core.shapley.spreadsheet import Brought, game_of
from core.shapley.values import shapley_values


def brought(text: str, **more) -> list[float]:
    return read(text, **more).v.tolist()


def read(text: str, **more) -> Brought:
    return game_of(sheets.sheet(sheets.add(text.encode())), **more)


def refusal(text: str, **more) -> str:
    with pytest.raises(ValueError, match=r"^expected") as caught:
        brought(text, **more)
    return str(caught.value)


SPELLINGS = {
    "apart": lambda S, n: " ".join(str(i + 1) for i in range(n) if S >> i & 1),
    "braces": lambda S, n: "{" + ", ".join(str(i + 1) for i in range(n) if S >> i & 1) + "}",
    "plus": lambda S, n: "+".join(str(i + 1) for i in range(n) if S >> i & 1) or "∅",
    "digits": lambda S, n: "".join(str(i + 1) for i in range(n) if S >> i & 1) or "empty",
    "bits": lambda S, n: "".join(str(S >> i & 1) for i in range(n)),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@settings(max_examples=15, deadline=None)
@given(st.integers(1, 6), st.randoms(use_true_random=False))
def test_every_spelling_in_any_order_is_the_same_game(spelling, n, chance):
    worth = [chance.uniform(-3, 3) for _ in range(2**n)]
    rows = [f'"{SPELLINGS[spelling](S, n)}",{worth[S]!r}' for S in range(2**n)]
    chance.shuffle(rows)
    assert brought("coalition,value\n" + "\n".join(rows)) == worth


def test_bits_without_a_heading_are_all_numbers_and_lose_no_row():
    assert brought("00,0\n10,1\n01,2\n11,4\n") == [0, 1, 2, 4]
    assert brought("1,5\n0,3\n") == [3, 5]


def test_a_first_row_with_a_number_is_no_heading():
    assert brought("∅,0\n1,7\n") == [0, 7]


def test_player_13_where_players_are_set_apart_and_players_1_and_3_where_they_are_not():
    n, rows = 3, ["c,v"]
    rows += [f"{SPELLINGS['digits'](S, n)},{S}" for S in range(2**n)]
    assert brought("\n".join(rows)) == list(range(8))
    rows = ["c,v", "{},0", "{1},1", "{13},2"]
    assert "v({2}) is missing" in refusal("\n".join(rows))


def test_sixteen_players_are_read_in_a_moment():
    rows = "\n".join(f"{SPELLINGS['bits'](S, 16)},{S % 7}" for S in range(2**16))
    table = torch.tensor(brought("coalition,value\n" + rows))
    assert torch.equal(table, torch.arange(2**16) % 7)


@pytest.mark.parametrize(
    "text",
    [
        "0\n1\n2\n5\n",
        "worth\n0\n1\n2\n5\n",
        ",worth\n0,0\n1,1\n2,2\n3,5\n",
        ',0\n(),0\n"(0,)",1\n"(1,)",2\n"(0, 1)",5\n',
        "c,v\nNaN,0\n1,1\n2,2\n1 2,5\n",
        ",coalition,v\n0,,0\n1,1,1\n2,2,2\n3,1 2,5\n",
        "sep=;\r\nc;v;;\r\n;;;\r\n;0;;\r\n1;1,0;;\r\n2;2;;\r\n1,2;5;;\r\n",
    ],
)
def test_a_column_of_values_a_series_and_a_frame_of_pandas_and_a_sheet_of_excel(text):
    assert brought(text) == [0, 1, 2, 5]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("c,v\n,0\n1,1\n2,2\n3,1\n12,1\n13,1\n123,4\n", "8 values, one for each coalition of 3"),
        ("c,v\n,0\n1,1\n2,2\n3,1\n12,1\n13,1\n123,4\n", "got 7: v({2, 3}) is missing"),
        ("c,v\n1,1\n2,2\n12,4\n", "v(∅) is missing"),
        ("c,v\n,0\n1,1\n1,2\n12,4\n", "every coalition once, got v({1}) again in row 4"),
        ("c,v\n,0\n1 2,1\n2 1,2\n1,4\n", "got v({1, 2}) again in row 4"),
        ("c,v\n,0\n1,1\n2,x\n12,4\n", "v({2}) in row 4 of the table to be finite, got 'x'"),
        ("c,v\n,0\n1,nan\n", "v({1}) in row 3 of the table to be finite, got 'nan'"),
        ("c,v\n,0\n1,1e400\n", "v({1}) in row 3 of the table to be finite, got '1e400'"),
        ("c,v\n,0\n1,1_0\n", "got '1_0'"),
        ("c,v\n,0\nAnn,1\nBob,1\n", "4 values, one for each coalition of 2 players, got 3"),
        ("c,v\n,0\nAnn,1\nBob,1\n", "v({Ann, Bob}) is missing"),
        ("c,v\n,0\nAnn,1\nAnn Ann,1\n", "every player once in row 4 of the table, got Ann twice"),
        ("c,v\n,0\n0,1\n1,2\n01,3\n", "means one thing in row 3 of the table, got '0'"),
        ("c,v\n0,0\n1,1\n10,2\n11,3\n", "bits as equally long as there are players"),
        ("c,v\n,0\n10,1\n1,1\n", "means one thing in row 3 of the table, got '10'"),
        ("c,v\n,0\n1 1,1\n", "every player once in row 3 of the table, got player 1 twice"),
        ("c,v\n,0\n{25},1\n", "players 1 to 20 in row 3 of the table, got player 25"),
        ("c,v\n\n,0\n1,x\n2,2\n12,5\n", "v({1}) in row 4 of the table to be finite, got 'x'"),
        ("v\n0\n1\n2\n", "1, 2, 4, 8, … values in one column, or two columns, coalition and value"),
        ("c,v,w\n1,1,1\n", "two columns, coalition and value, got 3: c, v, w"),
        ("00,0\n10,z\n", "v({1}) in row 2 of the table to be finite, got 'z'"),
    ],
)
def test_what_is_no_game_is_refused_by_row_or_coalition(text, sentence):
    assert sentence in refusal(text)


NAMED = {
    "blanks": ["", "Ann", "Bob", "Cem", "Ann Bob", "Cem Ann", "Bob Cem", "Ann Bob Cem"],
    "braces": [
        "{}",
        "{Ann}",
        "{Bob}",
        "{Cem}",
        "{Ann,Bob}",
        "{Ann,Cem}",
        "{Bob,Cem}",
        "{Ann,Bob,Cem}",
    ],
    "plus": ["∅", "Ann", "Bob", "Cem", "Ann + Bob", "Ann + Cem", "Bob + Cem", "Ann + Bob + Cem"],
    "Python": [str(tuple(c)) for n in range(4) for c in combinations(("Ann", "Bob", "Cem"), n)],
    "sets": [repr(frozenset(c)) for n in range(4) for c in combinations(("Ann", "Bob", "Cem"), n)],
    "from zero": [str(tuple(c)) for n in range(4) for c in combinations(range(3), n)],
    "lists": [str(list(c)) for n in range(4) for c in combinations(range(3), n)],
    "letters": ["", "A", "B", "C", "AB", "AC", "BC", "ABC"],
    "two words": [
        "",
        "Ann B",
        "Bob",
        "O'Cem",
        "Ann B, Bob",
        "Ann B, O'Cem",
        "Bob, O'Cem",
        "Ann B, Bob, O'Cem",
    ],
}
CALLED = {
    "from zero": "0 1 2",
    "lists": "0 1 2",
    "letters": "A B C",
    "two words": "Ann B|Bob|O'Cem",
}


@pytest.mark.parametrize("spelling", NAMED)
def test_players_keep_the_names_under_which_they_came(spelling):
    worth = (0, 0, 0, 0, 90, 100, 120, 220)
    rows = [f'"{S}",{x}' for S, x in zip(NAMED[spelling], worth, strict=True)]
    v, names = read("coalition,value\n" + "\n".join(rows))
    told = CALLED.get(spelling, "Ann Bob Cem")
    assert list(names) == told.split("|" if "|" in told else " ")
    assert shapley_values(v).tolist() == pytest.approx([65, 75, 80])


@pytest.mark.parametrize("there", ["10", ("True", "False")])
def test_a_column_for_each_player_names_them(there):
    rows = [[there[S >> i & 1 ^ 1] for i in range(3)] for S in range(8)]
    worth = (0, 0, 0, 90, 0, 100, 120, 220)
    lines = [",".join([*row, str(x)]) for row, x in zip(rows, worth, strict=True)]
    v, names = read("Ann,Bob,Cem,value\n" + "\n".join(lines))
    assert names == ("Ann", "Bob", "Cem") and v.tolist() == list(worth)


def test_numbered_players_have_no_other_name():
    assert read("c,v\n,0\n1,1\n2,2\n1 2,5\n").names == read("00,0\n10,1\n01,2\n11,4\n").names == ()


def test_a_page_may_accept_fewer_players():
    assert "at most 2 players, got 3" in refusal("c,v\n,0\na,1\nb,1\nc,1\n", most=2)
    assert "players 1 to 2 in row 3" in refusal("c,v\n,0\n3,1\n", most=2)
