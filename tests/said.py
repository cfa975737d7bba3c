"""What statements and theory say, on one line each, for tests that look for a number in them."""

from pathlib import Path

from core.statements import load

THEORY = Path(__file__).resolve().parents[1] / "assets/theory"


def why(id: str, number: str | None = None) -> str:
    """Why the statement is misprinted; `number` where it has several errata."""
    errata = load()[id].errata
    (erratum,) = [each for each in errata if number in (None, each.number)]
    return " ".join(erratum.why.split())


def text(id: str) -> str:
    return " ".join(load()[id].statement.split())


def theory(topic: str) -> str:
    return " ".join((THEORY / f"{topic}.md").read_text().split())


def cells(topic: str) -> list[list[str]]:
    """The cells of every line of the theory, as those of a table are told apart."""
    lines = (THEORY / f"{topic}.md").read_text().splitlines()
    return [line.strip("| ").split(" | ") for line in lines]
