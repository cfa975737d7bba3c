"""What a newcomer meets: words before symbols, a question before its answer, no second text."""

import importlib
import re
import unicodedata
from typing import Any

import pytest

from core import words
from core.signature import call
from pages.ui.compose import typeset
from pages.ui.declare import quoted, wording
from tests import contract
from tests.house import EXPERIMENTS, each_experiment, each_prediction, tried
from tests.test_declare import message

PRINTED = re.compile(
    r"\b(the|this) (printed )?sheet\b|misprint|as printed|\bprinted\b|\b[EL]-?\d{2,3}\b"
)
CODE = re.compile(r"\b(PROB|ANA|OPT|MC|INFO|CNN|RNN|FLOW|GAN|DDPM|ROB|DRO|XAI|CAUS)-\d\d\b")
RAW = re.compile(r"[A-Za-z0-9)]\^|[A-Za-z]_[A-Za-z0-9]|\*\*|\$|\\[a-z]")
PATH = 6
DIGITS = r"\d{1,3}(?: \d{3})+(?!\d)|\d+(?:\.\d+)?"
AMOUNT = re.compile(
    rf"(?P<minus>−?)(?:(?:(?P<digits>{DIGITS})·)?10(?P<power>[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)"
    rf"|(?P<plain>{DIGITS})|(?P<part>[½¼¾⅓⅔⅛]))(?P<percent> ?%)?"
)
LOWERED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


@each_experiment
def test_a_newcomer_reads_what_to_see_drag_and_watch_and_every_symbol(name):
    experiment = EXPERIMENTS[name]
    assert re.match(r"You see .+[;.] .+; watch .+\.$", experiment.look), experiment.look
    assert len(experiment.look) <= 150
    assert 1 <= len(experiment.symbols) <= 8 and all(experiment.symbols.values())
    assert "\\" not in "".join([*experiment.symbols, *experiment.symbols.values()])
    assert experiment.function.count("{") == experiment.function.count("}")
    assert 1 <= experiment.first <= 4


@each_experiment
def test_the_page_opens_on_a_question_of_a_path_of_presets(name):
    experiment = EXPERIMENTS[name]
    assert experiment.opening, "no question for everybody"
    assert 1 <= len(experiment.presets) <= PATH
    assert set(experiment.asks) == set(experiment.presets), "a situation without its question"
    assert all(ask.endswith("?") or "?" in ask for ask in experiment.asks.values())
    posed = experiment.predictions[experiment.opening - 1]
    assert posed.preset not in experiment.misprints


@each_prediction
def test_what_a_question_shows_is_drawn(name, number):
    experiment = EXPERIMENTS[name]
    prediction = experiment.predictions[number]
    values = experiment.preset(prediction.preset)
    panels = experiment.figure(contract.run(experiment, values), **values).panels
    names = [panel.name for panel in panels]
    assert set(prediction.shows) <= set(names), f"{prediction.shows} of {names}"


def amounts(text: str) -> set[float]:
    """The numbers of a text, 4 160 000, 9.77·10⁻⁷ or ½; 90 % is 90 and 0.9."""
    found = set()
    for each in AMOUNT.finditer(words.typeset(text)):
        if each["part"]:
            value = unicodedata.numeric(each["part"])
        else:
            digits = (each["plain"] or each["digits"] or "1").replace(" ", "")
            value = float(f"{digits}e{(each['power'] or '0').translate(LOWERED)}")
        value = -value if each["minus"] else value
        found |= {value, value / 100} if each["percent"] else {value}
    return found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("68 096 or 1e-06, 61.1 times, 1 100", {68096, 1e-6, 61.1, 1100}),
        ("−0.4 and −9.77·10⁻⁷, 2·10¹²", {-0.4, -9.77e-7, 2e12}),
        ("90 % of them, ½y, −¼", {90, 0.9, 0.5, -0.25}),
        ("12 digits, 34", {12, 34}),
        ("no number", set()),
    ],
)
def test_the_numbers_of_a_text(text, found):
    assert amounts(text) == found


def answering(name: str, number: int, result: Any, values: dict[str, Any]) -> set[float]:
    """The numbers that answer a question, as they may be written: that of the right option, the one
    that chooses it, and counts of its explanation. 0, 1, …, 99 may stand for anything."""
    topic, prediction = name.partition("/")[0], EXPERIMENTS[name].predictions[number]
    stem = EXPERIMENTS[name].slug.replace("-", "_")
    claims = importlib.import_module(f"core.experiments.{topic}.{stem}_claims")
    key = list(wording(topic, stem)["predictions"])[number]
    found = call(claims.answers[key], result, values=values)
    chosen, facts = found if isinstance(found, tuple) else (found, {})
    counts = [amounts(str(fact)) for fact in facts.values() if isinstance(fact, str | int)]
    told = amounts(prediction.answer(result)) | {n for n in set().union(*counts) if n >= 1000}
    if not isinstance(chosen, str):
        told |= {float(f"{float(chosen):.{digits}g}") for digits in (2, 3, 4)}
    return {each for each in told if each != int(each) or not 0 <= each < 100}


@each_prediction
def test_no_panel_that_is_open_says_the_number_that_answers_the_question(name, number):
    """Neither its title nor its alt text, unless the number is known from words or settings."""
    topic, experiment = name.partition("/")[0], EXPERIMENTS[name]
    prediction = experiment.predictions[number]
    values = experiment.preset(prediction.preset)
    result = contract.run(experiment, values)
    texts = [prediction.question, experiment.look, *experiment.symbols.values()]
    known = {float(each) for each in values.values() if contract.is_number(each)}
    known = known.union(*(amounts(quoted(topic, text)) for text in texts))
    secret = answering(name, number, result, values) - known
    for panel in experiment.figure(result, **values).panels:
        if panel.name in prediction.shows:
            said = secret & amounts(f"{panel.title}. {panel.alt}")
            assert not said, f"{panel.name} says {said}: {panel.title}. {panel.alt}"


def texts_of(name: str, setting: str) -> list[str]:
    """Every text of a setting that is on the screen without the switch for misprints."""
    told = message(name, setting)
    words = told["words"]
    checks = [c for c in words["checks"] if not c["misprint"]]
    found = [words["says"], *(c["claim"] for c in checks), *(c["why"] for c in checks)]
    for panel in told["panels"]:
        found += [panel["title"], panel["alt"], *contract.strings(panel["layout"])]
        for trace in panel["traces"]:
            found += [trace.get("name", ""), trace.get("meta", {}).get("label", "")]
    return found


def labels_of(name: str) -> list[str]:
    """Every text that stands on the page of an experiment whatever the setting."""
    topic, experiment = name.partition("/")[0], EXPERIMENTS[name]
    found = [experiment.title, experiment.question, experiment.look, *experiment.symbols.values()]
    found += [p for p in experiment.presets if p not in experiment.misprints]
    found += [a for p, a in experiment.asks.items() if p not in experiment.misprints]
    for param in experiment.params:
        if not param.misprint:
            options = param.options or {}
            found += [o for k, o in options.items() if k not in param.misprints]
            found += [param.label, param.help]
    for prediction in experiment.predictions:
        if not prediction.misprint:
            result = contract.run(experiment, experiment.preset(prediction.preset))
            facts = prediction.facts(result) if prediction.facts else {}
            found += [prediction.question, prediction.because.format(**facts), *prediction.options]
    return [typeset(quoted(topic, text)) for text in found]


@each_experiment
def test_nobody_meets_the_printed_sheet_unasked(name):
    experiment = EXPERIMENTS[name]
    settings = [p for p in tried(name) if p not in experiment.misprints]
    found = labels_of(name) + [t for s in ("", *settings) for t in texts_of(name, s)]
    met = [text for text in found if PRINTED.search(text) or CODE.search(text)]
    assert not met, met[:4]


@each_experiment
def test_no_raw_markup_stands_on_the_page(name):
    found = labels_of(name) + [t for s in ("", *tried(name)) for t in texts_of(name, s)]
    raw = [text for text in found if RAW.search(text)]
    assert not raw, raw[:4]
