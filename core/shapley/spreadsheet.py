"""A game from a student's table: rows "coalition,value" of a CSV file, or values as typed."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import number
from core.dialects import missing
from core.shapley.coalitions import MOST, Names, called, complete, spelled
from core.sheets import Sheet

EMPTY = ("∅", "{}", "()", "[]", "empty", "set()", "frozenset()")
WRAPPED = re.compile(r"^(?:frozenset|set|tuple|list)\((.*)\)$|^[({\[](.*)[)}\]]$", re.DOTALL)
APART = re.compile(r"[\s,;+&|]+")  # what sets players apart
HARD = re.compile(r"\s*[,;+&|]\s*")  # … where a name may hold blanks


class Brought(NamedTuple):
    """A game as a file holds it."""

    v: Tensor  # (2**n,) float64, S at index Σ 2^i
    names: Names  # of the players, () if they are counted 1, 2, …


def game_of(sheet: Sheet, most: int = MOST) -> Brought:
    """The game of two columns, coalition and value, or of a column for each player (XAI-14).

    One file spells its coalitions in one of these ways:
        apart: "1 3", "{1, 3}", "1+3" or "1;3"; then "13" is player 13. As Python writes them, also
            counted from 0: "(0, 2)", "frozenset({0, 2})";
        digits: "13" for players 1 and 3, where no row sets players apart (n ≤ 9);
        bits: "101" for players 1 and 3, where every row has the same number of 0 and 1;
        names: "Ann Cem", "{Ann, Cem}" or "Ann + Cem", where no player is a number, or "AC" with
            letters; the players keep the order in which they first occur alone.
    The empty coalition is an empty cell, "∅", "{}" or "empty" (bits: "000"). The rows may come in
    any order. A first row that already holds a number counts as data, otherwise as the heading; of
    two rows for ∅ the first is the heading of a pandas series. One column alone holds the values in
    the order of the indices. Before the values there may be a column for each player instead, under
    the player's name, with 1 or TRUE where that player is there. At most `most` players; what is
    refused is named, the row or the coalition.
    """
    rows, lines = _listed(sheet)
    told, names = _told(tuple(row[0] for row in rows), lines)
    given: dict[int, float] = {}
    for line, members, (_, cell) in zip(lines, told, rows, strict=True):
        where = f"row {line} of the table"
        S = _index(members, where, most, names)
        if S in given:
            got = f"v({spelled(S, names)}) again in {where}"
            raise ValueError(f"expected every coalition once, got {got}")
        value = sheet.number(cell)
        if value is None:
            wanted = f"v({spelled(S, names)}) in {where} to be finite"
            raise ValueError(f"expected {wanted}, got '{cell}'")
        given[S] = value
    n = len(names) or max(given, default=0).bit_length() or 1
    return Brought(complete(given, n, names), names)


def _listed(sheet: Sheet) -> tuple[Sequence[tuple[str, ...]], Sequence[int]]:
    """Rows of coalition and value, and their numbers in the file."""
    sheet = _joined(sheet)
    above = (max(1, sheet.rows[0] - 1), *sheet.rows)
    if len(sheet.names) == 1:
        values = [cell for (cell,) in sheet.cells]
        if len(values).bit_count() != 1:
            wanted = "1, 2, 4, 8, … values in one column, or two columns, coalition and value"
            raise ValueError(f"expected {wanted}, got {len(values)} values")
        return [(spelled(S), cell) for S, cell in enumerate(values)], sheet.rows
    if len(sheet.names) != 2:
        got = f"{len(sheet.names)}: {', '.join(sheet.names)}"
        raise ValueError(f"expected two columns, coalition and value, got {got}")
    again = not _bare(sheet.names[0]) and any(not _bare(row[0]) for row in sheet.cells)
    if sheet.number(sheet.names[1]) is None or again:
        return sheet.cells, sheet.rows
    return (sheet.names, *sheet.cells), above


def _joined(sheet: Sheet) -> Sheet:
    """A column for each player, in a table of every coalition, as one column of coalitions."""
    *who, value = sheet.names
    here = {"1": True, "true": True, "0": False, "false": False}
    cells = [[here.get(cell.lower()) for cell in row[:-1]] for row in sheet.cells]
    if len(who) < 2 or len(cells) != 2 ** len(who) or any(None in row for row in cells):
        return sheet
    spelt = ("{" + ",".join(name for name, there in zip(who, row) if there) + "}" for row in cells)
    rows = tuple((S, row[-1]) for S, row in zip(spelt, sheet.cells, strict=True))
    return sheet._replace(names=("coalition", value), cells=rows)


def typed(text: str) -> Tensor:
    """The values of a table in the order of the indices, as typed; a refusal names S."""
    cells = text.replace(",", " ").split()
    values = [number(cell) for cell in cells]
    if None in values:
        wrong = values.index(None)
        raise ValueError(f"expected v({spelled(wrong)}) to be finite, got '{cells[wrong]}'")
    return torch.tensor(values, dtype=torch.float64)


def _bare(text: str) -> str:
    """A coalition without brackets and quotation marks."""
    while not _empty(text) and (found := WRAPPED.match(text)):
        text = (found[1] or found[2] or "").strip()
    return "" if _empty(text) else text.strip(" ,;")


def _empty(text: str) -> bool:
    return text.lower() in EMPTY or missing(text)


def _told(spelt: tuple[str, ...], lines: Sequence[int]) -> tuple[list[list[int]], Names]:
    """The players of every coalition, counted from 0, and their names."""
    texts = tuple(map(_bare, spelt))
    told = [text for text in texts if text]
    if told and len({len(text) for text in texts}) == 1 and not set("".join(texts)) - set("01"):
        return [[i for i, bit in enumerate(text) if bit == "1"] for text in texts], ()
    separate = any(
        bare and (bare != text or APART.search(bare)) for text, bare in zip(spelt, texts)
    )
    parts = [_parts(text, APART) if separate else list(text) for text in texts]
    if all(part.isascii() and part.isdigit() for each in parts for part in each):
        return _numbered(texts, parts, separate, lines)
    if separate:
        parts = [_parts(text, HARD if any(map(HARD.search, told)) else APART) for text in texts]
    elif not set("".join(told)) <= set(told):  # whole names; else every letter is a player
        parts = [[text] * bool(text) for text in texts]
    order = {name: None for each in sorted(parts, key=lambda each: len(each) != 1) for name in each}
    place = {name: i for i, name in enumerate(order)}
    return [[place[name] for name in each] for each in parts], tuple(order)


def _numbered(
    texts: tuple[str, ...], parts: list[list[str]], separate: bool, lines: Sequence[int]
) -> tuple[list[list[int]], Names]:
    """Players that are numbers: counted from 1, or from 0 where they are set apart."""
    told = [[int(part) for part in each] for each in parts]
    if separate and min(map(min, filter(None, told))) == 0:
        return told, tuple(map(str, range(max(map(max, filter(None, told))) + 1)))
    for line, text, each in zip(lines, texts, told, strict=True):
        if 0 in each:
            raise ValueError(
                f"expected a coalition that means one thing in row {line} of the table, got "
                f"'{text}': count the players from 1, write '1 10' for players 1 "
                "and 10, and bits as equally long as there are players"
            )
    return [[i - 1 for i in each] for each in told], ()


def _parts(text: str, apart: re.Pattern) -> list[str]:
    return [name for part in apart.split(text) if (name := part.strip("'\" "))]


def _index(members: list[int], where: str, most: int, names: Names) -> int:
    for i in members:
        if i >= most:
            wanted = f"at most {most} players" if names else f"players 1 to {most} in {where}"
            got = f"{len(names)}" if names else f"player {i + 1}"
            raise ValueError(f"expected {wanted}, got {got}")
        if members.count(i) > 1:
            got = called(i, names, "player")
            raise ValueError(f"expected every player once in {where}, got {got} twice")
    return sum(1 << i for i in members)
