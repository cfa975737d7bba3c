"""The words of declarations, and texts as they leave for the browser."""

import re
from functools import cache

import pytest

from core.words import filled, typeset, typeset_tex
from pages.ui import compose, run, store
from pages.ui.declare import _met, above, nearest, quoted
from tests import contract
from tests.house import EXPERIMENTS, each_experiment, tried
from tests.wire import head

RAW = re.compile(r"(?<![\w.])-\d|\de[+-]?\d|(?<!\w)-0(?!\w|\.\d)|\binf\b|\bnan\b|\{run\b|@\w+@")


@pytest.mark.parametrize(
    ("raw", "printed"),
    [
        ("-0.98 and 9.77e-07", "−0.98 and 9.77·10⁻⁷"),
        ("1e+02 %, κ = 1e+04", "100 %, κ = 10000"),
        ("1e+06 or -1e-06.", "10⁶ or −10⁻⁶."),
        ("(-2.81, 3.13), -0, -0.00", "(−2.81, 3.13), 0, 0"),
        ("inf and -inf, information", "∞ and −∞, information"),
        ("49-49-2, two-word, x-1", "49-49-2, two-word, x-1"),
        ("0e+00", "0"),
    ],
)
def test_numbers_are_set_as_in_print(raw, printed):
    assert typeset(raw) == printed
    assert typeset(printed) == printed


def test_numbers_in_formulas_are_set_too():
    assert typeset_tex(r"x - 2.5e-08\,y") == r"x - 2.5\cdot 10^{-8}\,y"
    assert typeset_tex(r"1e+06 < 1e+02, -inf") == r"10^{6} < 100, -\infty"


def test_quoted_numbers_are_computed_where_they_stand():
    assert filled("needs @n@ steps, not @m@", {"n": lambda: 346, "m": lambda: "1 442"}) == (
        "needs 346 steps, not 1 442"
    )
    assert quoted("landscapes", "no number here") == "no number here"
    with pytest.raises(KeyError):
        filled("@unknown@", {})


def test_the_nearest_option_is_by_ratio_where_all_are_positive():
    assert nearest(30, {"a": 10.0, "b": 100.0}) == "a"
    assert nearest(33, {"a": 10.0, "b": 100.0}) == "b"
    assert nearest(0.4, {"zero": 0.0, "one": 1.0}) == "zero"
    assert nearest(-2.0, {"low": -1.0, "high": 1.0}) == "low"


def test_conditions_are_data():
    values = {"f": "drawn", "noise": 0.5, "p": 2}
    assert _met({"f": "drawn"}, values) and not _met({"f": ("box", "bump")}, values)
    assert _met({"f": ("box", "drawn"), "noise": above(0)}, values)
    assert not _met({"noise": above(0.5)}, values)


@cache
def message(name: str, setting: str) -> dict:
    topic, experiment = name.partition("/")[0], EXPERIMENTS[name]
    values = experiment.preset(setting) if setting else experiment.defaults()
    state = store.State(experiment.slug, {})
    if run.slow(experiment):
        run.remember(experiment, values, contract.run(experiment, values))
    return head(compose.message(topic, experiment, state, values))


@each_experiment
def test_no_text_of_any_preset_shows_a_number_as_a_program_writes_it(name):
    for setting in ("", *tried(name)):
        told = message(name, setting)
        words = told["words"]
        texts = [words["says"], *(check["claim"] + check["why"] for check in words["checks"])]
        for panel in told["panels"]:
            texts += [panel["title"], panel["alt"]]
            texts += [trace.get("name", "") for trace in panel["traces"]]
            texts += [trace.get("meta", {}).get("label", "") for trace in panel["traces"]]
            texts += contract.strings([axis.get("title", "") for axis in axes(panel["layout"])])
        raw = [text for text in texts if RAW.search(text)]
        assert not raw, raw[:3]
        assert not any(re.search(r"\de[+-]\d|\binf\b", line) for line in told["formula"])


def axes(layout: dict) -> list[dict]:
    return [v for k, v in layout.items() if k.startswith(("xaxis", "yaxis"))]


@each_experiment
def test_questions_and_answers_have_no_gap(name):
    topic, experiment = name.partition("/")[0], EXPERIMENTS[name]
    texts = [experiment.question]
    for prediction in experiment.predictions:
        result = contract.run(experiment, experiment.preset(prediction.preset))
        facts = prediction.facts(result) if prediction.facts else {}
        texts += [prediction.question, prediction.because.format(**facts)]
    for text in texts:
        set_ = typeset(quoted(topic, text))
        assert not RAW.search(set_), set_
