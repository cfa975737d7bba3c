"""Statements and texts name only statements, experiments and presets that exist."""

import re
from functools import cache
from pathlib import Path

import pytest

from core.statements import load
from core.words import typeset
from pages import (
    adversarial,
    cnn,
    convexity,
    convolution,
    diffusion,
    dro,
    flows,
    gan,
    importance,
    information,
    landscapes,
    matrix_calculus,
    museum,
    probability,
    recurrence,
    shapley,
    stochastic,
)
from pages.ui.declare import quoted, wording
from tests import contract
from tests.house import tried

ASSETS = Path(__file__).resolve().parents[1] / "assets"
TOPICS = (
    probability,
    convexity,
    matrix_calculus,
    information,
    landscapes,
    stochastic,
    convolution,
    cnn,
    recurrence,
    flows,
    gan,
    diffusion,
    adversarial,
    dro,
    importance,
    shapley,
    museum,
)
PAGES = {page.__name__.split(".")[-1]: page.EXPERIMENTS for page in TOPICS}
LAST = {
    "CNN": (1, 34),
    "FLOW": (1, 7),
    "GAN": (1, 9),
    "DDPM": (1, 9),
    "ROB": (1, 14),
    "DRO": (1, 8),
    "XAI": (14, 22),
}
IDS = [f"{section}-{n:02d}" for section, (a, b) in LAST.items() for n in range(a, b + 1)]
WHOLE = (
    "probability",
    "convexity",
    "matrix_calculus",
    "information",
    "stochastic",
    "recurrence",
    "importance",
)
IDS += [s.id for s in load().values() if s.topic in WHOLE]


@cache
def words(file: str) -> str:
    """A file of assets; spaces and line breaks made one space."""
    return " ".join((ASSETS / file).read_text(encoding="utf-8").split())


def test_every_statement_is_named_in_the_theory_of_its_page():
    for id in IDS:
        assert id in words(f"theory/{load()[id].topic}.md"), id


@pytest.mark.parametrize("id", [*IDS, "ANA-19", "ROB-15"])
def test_a_statement_says_what_to_try_in_an_experiment_that_shows_it(id):
    (tried,) = re.findall(
        r"\*\*Try\*\* \*([^*]+)\* \(([^)]+)\)", " ".join(load()[id].statement.split())
    )
    shows = [e for page in PAGES.values() for e in page if id in e.statements]
    assert tried in [(preset, e.title) for e in shows for preset in e.presets]


def rows(topic: str) -> list[tuple[str, str, str]]:
    """(slug, preset, answer as it is written) of what to ask before each preset."""
    return [
        (experiment.slug, each["name"], each.get("answer", ""))
        for experiment in PAGES[topic]
        for each in wording(topic, experiment.slug.replace("-", "_"))["presets"].values()
    ]


def plain(text: str) -> str:
    return text.casefold().replace("−", "-")


BY_SLUG = {(topic, e.slug): e for topic, page in PAGES.items() for e in page}


def row(topic: str, slug: str, preset: str, answer: str) -> object:
    """A case of the topic, in the process that computes the numbers it quotes."""
    marks = [pytest.mark.xdist_group(topic)]
    if preset not in tried(f"{topic}/{slug}"):
        marks.append(pytest.mark.slow)
    return pytest.param(topic, slug, preset, answer, marks=marks, id=f"{topic}-{slug}-{preset}")


ROWS = [row(topic, *line) for topic in PAGES for line in rows(topic)]


@pytest.mark.parametrize("topic", PAGES)
def test_the_teacher_s_sheet_asks_something_before_every_preset(topic):
    asked = {(slug, preset) for slug, preset, answer in rows(topic) if answer}
    assert asked == {(e.slug, preset) for e in PAGES[topic] for preset in e.presets}


@pytest.mark.parametrize(("topic", "slug", "preset", "answer"), ROWS)
def test_an_answer_of_the_teacher_s_sheet_is_what_the_experiment_computes(
    topic, slug, preset, answer
):
    """The computed answers to its predictions occur, and no number which the page does not say."""
    experiment, answer = BY_SLUG[topic, slug], quoted(topic, answer)
    values = experiment.preset(preset)
    result = contract.run(experiment, values)
    said = [experiment.says(result, **values), str(experiment.presets[preset])]
    for prediction in experiment.predictions:
        if prediction.preset == preset:
            right = prediction.answer(result)
            assert plain(right) in plain(answer)
            facts = prediction.facts(result) if prediction.facts else {}
            said += [right, prediction.question, prediction.because.format(**facts)]
    said = [typeset(quoted(topic, text)) for text in said]
    numbers = re.compile(r"\d+(?:\.\d+)?")
    assert set(numbers.findall(answer)) <= set(numbers.findall(" ".join(said)))
