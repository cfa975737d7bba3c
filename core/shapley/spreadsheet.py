"""A game from a student's table: rows "coalition,value" of a CSV file, or values as typed."""

import re
from collections.abc import Callable

import torch
from torch import Tensor

from core.check import number
from core.shapley.coalitions import MOST, complete, spelled
from core.sheets import Sheet

EMPTY = ("", "∅", "{}", "empty")
APART = re.compile(r"[\s,;+&{}]+")


def game_of(sheet: Sheet, most: int = MOST) -> Tensor:
    """v, (2**n,) float64 with S at index Σ 2^i, from two columns: coalition and value (XAI-14).

    Players are counted from 1. One file spells its coalitions in one of three ways:
        apart: "1 3", "{1, 3}", "1+3" or "1;3"; then "13" is player 13;
        digits: "13" for players 1 and 3, where no row sets players apart (n ≤ 9);
        bits: "101" for players 1 and 3, where every row has the same number of 0 and 1.
    The empty coalition is an empty cell, "∅", "{}" or "empty" (bits: "000"). The rows may come in
    any order. A first row that already holds a number counts as data, otherwise as the heading.
    At most `most` players; what is refused is named, the row or the coalition.
    """
    if len(sheet.names) != 2:
        got = f"{len(sheet.names)}: {', '.join(sheet.names)}"
        raise ValueError(f"expected two columns, coalition and value, got {got}")
    rows = sheet.cells if sheet.number(sheet.names[1]) is None else (sheet.names, *sheet.cells)
    headed = rows is sheet.cells and sheet.names != ("column 1", "column 2")
    members = _reader(tuple(row[0] for row in rows))
    given: dict[int, float] = {}
    for line, (text, cell) in enumerate(rows, start=1 + headed):
        where = f"row {line} of the table"
        S = _index(members(text, where), where, most)
        if S in given:
            raise ValueError(f"expected every coalition once, got v({spelled(S)}) again in {where}")
        value = sheet.number(cell)
        if value is None:
            raise ValueError(f"expected v({spelled(S)}) in {where} to be finite, got '{cell}'")
        given[S] = value
    return complete(given, max(given, default=0).bit_length() or 1)


def typed(text: str) -> Tensor:
    """The values of a table in the order of the indices, as typed; a refusal names S."""
    cells = text.replace(",", " ").split()
    values = [number(cell) for cell in cells]
    if None in values:
        wrong = values.index(None)
        raise ValueError(f"expected v({spelled(wrong)}) to be finite, got '{cells[wrong]}'")
    return torch.tensor(values, dtype=torch.float64)


def _reader(texts: tuple[str, ...]) -> Callable[[str, str], list[int]]:
    """How this file spells a coalition: a function of (text, where) to the list of players."""
    told = [text for text in texts if text.lower() not in EMPTY]
    if told and len({len(text) for text in texts}) == 1 and not set("".join(texts)) - set("01"):
        return lambda text, _: [i + 1 for i, bit in enumerate(text) if bit == "1"]
    separate = any(APART.search(text) for text in told)

    def members(text: str, where: str) -> list[int]:
        if text.lower() in EMPTY:
            return []
        parts = [part for part in APART.split(text) if part] if separate else list(text)
        if not all(part.isascii() and part.isdigit() for part in parts):
            raise ValueError(
                f"expected a coalition such as '1 3' or '{{1, 3}}' in {where}, got '{text}'"
            )
        if any(int(part) == 0 for part in parts):
            raise ValueError(
                f"expected a coalition that means one thing in {where}, got '{text}': count the "
                "players from 1, write '1 10' for players 1 and 10, and bits as equally long as "
                "there are players"
            )
        return [int(part) for part in parts]

    return members


def _index(members: list[int], where: str, most: int) -> int:
    for i in members:
        if i > most:
            raise ValueError(f"expected players 1 to {most} in {where}, got player {i}")
        if members.count(i) > 1:
            raise ValueError(f"expected every player once in {where}, got player {i} twice")
    return sum(1 << i - 1 for i in members)
