"""The statements of the formula sheet: reading, refusing what is malformed, counting what is alive.

One TOML file per section prefix lies in `assets/statements`. A statement is *alive* when some
experiment names its id; until then it may carry its id and name alone.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "assets" / "statements"
KINDS = ("verified", "argued", "ocr")
PRINTED_ORDER = (
    "prob",
    "ana",
    "mc",
    "opt",
    "info",
    "cnn",
    "rnn",
    "flow",
    "gan",
    "ddpm",
    "rob",
    "dro",
    "xai",
    "caus",
)


@dataclass(frozen=True)
class Erratum:
    """A misprint of the sheet.

    Attributes:
        number: "E-45".
        kind: how sure; "verified" by computation, "argued" on paper, "ocr" a scanning accident.
        printed: what the sheet prints, Markdown with LaTeX between dollars.
        corrected: the right form.
        why: what is wrong with the printed one.
    """

    number: str
    kind: str
    printed: str = ""
    corrected: str = ""
    why: str = ""


@dataclass(frozen=True)
class Statement:
    """One entry of the formula sheet.

    Attributes:
        id: "OPT-13"; the prefix is the section.
        name: what it is called.
        line: lines of the printed sheet, such as "L235–239"; empty if it is printed nowhere.
        topic: noun of the page that brings it to life.
        implied: the sheet only hints at it.
        statement: Markdown with LaTeX between dollars.
        needs: its hypotheses.
        errata: its misprints.
    """

    id: str
    name: str
    line: str
    topic: str
    implied: bool = False
    statement: str = ""
    needs: str = ""
    errata: tuple[Erratum, ...] = ()

    @property
    def section(self) -> str:
        """Prefix of the id, such as "OPT"."""
        return self.id.split("-")[0]

    @property
    def complete(self) -> bool:
        """Whether statement, hypotheses and every erratum are written out."""
        errata = all(e.printed and e.corrected and e.why for e in self.errata)
        return bool(self.statement and self.needs and errata)


@dataclass(frozen=True)
class Showing:
    """A place where a statement can be seen: a preset ("" for the defaults) of an experiment."""

    topic: str
    experiment: Any
    preset: str


@dataclass(frozen=True)
class Coverage:
    """Which statements some experiment names.

    Attributes:
        alive: id -> where it can be seen, every experiment before any second preset.
        waiting: id -> the written reason why not.
        missing: ids of a built topic which no experiment of it names.
        unknown: ids which an experiment names and the sheet does not have.
    """

    alive: dict[str, tuple[Showing, ...]]
    waiting: dict[str, str]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]


@cache
def load(folder: Path = FOLDER) -> dict[str, Statement]:
    """Every statement by id, in the order of the files of `sections`.

    Raises:
        ValueError: names the file, the id and the field that is malformed.
    """
    found: dict[str, Statement] = {}
    numbers: set[str] = set()
    for path in _files(folder):
        for entry in _tables(_read(path), "statement", path.name):
            statement = _statement(entry, path)
            where = f"{path.name}, {statement.id}"
            _check(statement.id not in found, where, "id is given twice")
            found[statement.id] = statement
            for erratum in statement.errata:
                _check(erratum.number not in numbers, where, f"{erratum.number} is given twice")
                numbers.add(erratum.number)
    return found


@cache
def sections(folder: Path = FOLDER) -> dict[str, str]:
    """Prefix -> title of every section, in the order of the printed sheet."""
    return {path.stem.upper(): _read(path)["title"] for path in _files(folder)}


def coverage(
    experiments: Mapping[str, Sequence], statements: Mapping[str, Statement] | None = None
) -> Coverage:
    """Which statements are alive.

    Args:
        experiments: topic noun -> its experiments (with `slug`, `statements`, `presets`); a topic
            without experiments is not built yet.
        statements: id -> statement, by default the whole sheet.
    """
    statements = load() if statements is None else statements
    built = {topic for topic, declared in experiments.items() if declared}
    named: dict[str, list[tuple[str, Any]]] = {}
    for topic in experiments:
        for experiment in experiments[topic]:
            for id in experiment.statements:
                named.setdefault(id, []).append((topic, experiment))
    silent = [s for s in statements.values() if s.id not in named]
    return Coverage(
        alive={id: _showings(named[id]) for id in statements if id in named},
        waiting={s.id: f"topic not built yet: {s.topic}" for s in silent if s.topic not in built},
        missing=tuple(s.id for s in silent if s.topic in built),
        unknown=tuple(id for id in named if id not in statements),
    )


def _showings(places: Iterable[tuple[str, Any]]) -> tuple[Showing, ...]:
    ranked = [
        (rank, Showing(topic, experiment, preset))
        for topic, experiment in places
        for rank, preset in enumerate(experiment.presets or [""])
    ]
    return tuple(showing for _, showing in sorted(ranked, key=lambda pair: pair[0]))


def _files(folder: Path) -> list[Path]:
    def place(path: Path) -> tuple[int, str]:
        known = path.stem in PRINTED_ORDER
        return (PRINTED_ORDER.index(path.stem) if known else len(PRINTED_ORDER), path.stem)

    return sorted(folder.glob("*.toml"), key=place)


def _read(path: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path.name}: {error}") from error
    for name in table:
        _check(name in ("title", "statement"), path.name, f"unknown field {name}")
    _check(isinstance(table.get("title"), str), path.name, "title is missing")
    return table


def _tables(table: dict[str, Any], name: str, where: str) -> list[dict[str, Any]]:
    rows = table.get(name, [])
    whole = isinstance(rows, list) and all(isinstance(row, dict) for row in rows)
    _check(whole, where, f"{name} is not an array of tables")
    return rows


def _statement(entry: dict[str, Any], path: Path) -> Statement:
    where = f"{path.name}, {entry.get('id', 'a statement without id')}"
    rows = _tables(entry, "errata", where)
    errata = tuple(_record(Erratum, row, f"{where}, erratum", ("number", "kind")) for row in rows)
    statement = _record(
        Statement, {**entry, "errata": errata}, where, ("id", "name", "line", "topic")
    )
    pattern = rf"{path.stem.upper()}-\d\d"
    _check(re.fullmatch(pattern, statement.id) is not None, where, f"id does not match {pattern}")
    for erratum in errata:
        inside = f"{where}, erratum {erratum.number}"
        number = re.fullmatch(r"E-\d\d+", erratum.number)
        _check(number is not None, inside, r"number does not match E-\d\d+")
        _check(erratum.kind in KINDS, inside, f"kind is none of {', '.join(KINDS)}")
    return statement


def _record(kind: type, entry: dict[str, Any], where: str, required: tuple[str, ...]) -> Any:
    types = {name: {str: str, bool: bool}.get(t, tuple) for name, t in kind.__annotations__.items()}
    for name in required:
        _check(name in entry, where, f"{name} is missing")
    clean = {}
    for name, value in entry.items():
        _check(name in types, where, f"unknown field {name}")
        _check(isinstance(value, types[name]), where, f"{name} is not a {types[name].__name__}")
        if isinstance(value, str):
            value = value.strip()
            _check(_balanced(value), where, f"{name} has unbalanced LaTeX dollars")
        clean[name] = value
    for name in required:
        _check(name == "line" or clean[name] != "", where, f"{name} is empty")
    return kind(**clean)


def _balanced(text: str) -> bool:
    """Whether every $ is closed, and every $$ has a line to itself, as the browser wants it."""
    rest = re.sub(r"^\$\$\n[^$]+\n\$\$$", "", text.replace(r"\$", ""), flags=re.MULTILINE)
    return "$" not in re.sub(r"\$[^$]+\$", "", rest)


def _check(holds: bool, where: str, what: str) -> None:
    if not holds:
        raise ValueError(f"{where}: {what}")
