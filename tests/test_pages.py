"""Every page of the app in Streamlit's own test runner: whatever the address, a page comes."""

import random

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui import store
from pages.ui.experiment import Experiment, Param, Value, Values
from tests import contract
from tests.house import EXPERIMENTS, ROOT, TOPICS, each_experiment, every_third_live_experiment
from tests.wire import head

PAGES = ("home", "sheet", "teacher", *TOPICS)
GARBAGE = (
    "", " ", "nan", "inf", "-inf", "1e999", "-1e999", "0", "-1", "1e308", "0x10", "1_000", "１２",
    "true", "null", "None", "[]", "{}", "--", "\x00", "\u202e", "é" * 40, "9" * 400, "../../x",
    "<script>alert(1)</script>", "'; drop table", "%", "{x}", "__import__('os')", "lambda: 0",
)  # fmt: skip

Query = dict[str, str | list[str]]


def open_page(name: str, query: Query | None = None) -> AppTest:
    """The app with one page open at an address; it must not have raised."""
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=600)
    if name != "home":
        at.switch_page(f"pages/{name}.py")
    for key, value in (query or {}).items():
        at.query_params[key] = value
    at.run()
    assert not at.exception, (name, query, [each.message for each in at.exception])
    return at


def sent(at: AppTest) -> dict:
    """What the stage was told: the header of its binary message."""
    (stage,) = (each.proto for each in at.get("bidi_component") if b"values" in each.proto.bytes)
    return head(stage.bytes)


def address(at: AppTest) -> dict[str, str]:
    """The parameters in the address, the last of repeated ones."""
    return {
        key: value[-1] if isinstance(value, list) else value
        for key, value in at.query_params.items()
    }


def spelled(value: Value) -> str:
    """A value as a link writes it."""
    if isinstance(value, bool):
        return "1" if value else "0"
    return value if isinstance(value, str) else f"{value:.10g}"


def link(experiment: Experiment, values: Values) -> dict[str, str]:
    """The query of a link to these values: defaults are absent."""
    changed = {k: v for k, v in values.items() if v != experiment.defaults()[k]}
    return {"exp": experiment.slug} | {name: spelled(value) for name, value in changed.items()}


def same(one: Value, two: Value) -> bool:
    return one == (pytest.approx(two, rel=1e-9) if contract.is_number(two) else two)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens(page):
    at = open_page(page)
    assert at.title or at.get("bidi_component")


@every_third_live_experiment
def test_a_link_restores_every_value_and_stays_what_it_is(name):
    """One end of every range, the lower one of a long run; the store reads every setting."""
    topic, experiment = name.partition("/")[0], EXPERIMENTS[name]
    end = "low" if contract.slow(experiment) else "high"
    values = contract.settings(experiment, 0)[f"everything {end}"]
    query = link(experiment, values)
    at = open_page(topic, query)
    told = sent(at)
    while told["progress"] is not None:  # a long run goes on by one slice when it is asked
        told = sent(at.run())
    assert told["slug"] == experiment.slug
    assert all(same(told["values"][key], value) for key, value in values.items())
    assert told["panels"] and not told["error"]
    assert {"exp": experiment.slug} | address(at) == query


@each_experiment
def test_every_value_survives_the_address(name):
    experiment, refused = EXPERIMENTS[name], []
    for values in contract.settings(experiment, 20).values():
        spelled_out = store.changed(experiment, values)
        read = store._parse(experiment, spelled_out, refused)
        assert not refused and all(same(read[key], value) for key, value in values.items())
        packed = store._pack_pin(experiment, values)
        assert store._unpack_pin(experiment, packed, refused) == read and not refused


BAD = ("nan", "1e999", "", "x", "-1e300")


def numbers(experiment: Experiment) -> list[str]:
    return [param.name for param in experiment.params if contract.is_number(param.default)]


@each_experiment
def test_malformed_numbers_fall_back_to_the_defaults(name):
    experiment = EXPERIMENTS[name]
    for text in BAD:
        refused: list[str] = []
        read = store._parse(experiment, dict.fromkeys(numbers(experiment), text), refused)
        assert read == experiment.defaults() and refused == numbers(experiment)


@pytest.mark.parametrize("topic", TOPICS)
def test_malformed_numbers_are_named_on_the_page(topic):
    """Of the experiment with the most of them."""
    here = [each for name, each in EXPERIMENTS.items() if name.startswith(f"{topic}/")]
    experiment = max(here, key=lambda each: len(numbers(each)))
    query = {key: BAD[k % len(BAD)] for k, key in enumerate(numbers(experiment))}
    at = open_page(topic, {"exp": experiment.slug} | query)
    assert sent(at)["values"] == experiment.defaults()
    assert not set(numbers(experiment)) & set(address(at))
    assert any(numbers(experiment)[0] in each.value for each in at.caption)


@pytest.mark.parametrize("topic", TOPICS)
def test_an_unknown_experiment_shows_the_first(topic):
    first = next(each for name, each in EXPERIMENTS.items() if name.startswith(f"{topic}/"))
    at = open_page(topic, {"exp": "no-such-experiment"})
    assert sent(at)["slug"] == first.slug
    assert "exp" not in address(at)


def test_an_address_changed_by_going_back_is_followed():
    name, experiment = next(iter(EXPERIMENTS.items()))
    param = next(each for each in experiment.params if contract.is_number(each.default))
    query = {"exp": experiment.slug, param.name: spelled(param.high)}
    at = open_page(name.partition("/")[0], query)
    first = sent(at)
    del at.query_params[param.name]
    second = sent(at.run())
    opened = experiment.posed(experiment.opening)  # on its first question
    assert first["values"][param.name] == param.high
    assert second["values"][param.name] == opened[param.name] != param.high
    assert second["rev"] > first["rev"]


def draw(rng: random.Random, params: list[Param]) -> tuple[str, str]:
    """A parameter with something that may be no value of it."""
    others = ("unknown", "q", "section", "show", "topic", "misprints", "embed", "pin", "π")
    key = rng.choice([*(param.name for param in params), *others])
    number = rng.choice([str(10 ** rng.uniform(-9, 9)), str(rng.randint(-99, 99))])
    return key, rng.choice([*GARBAGE, *[number] * 10])


def malformed(seed: int) -> tuple[str, Query]:
    """A page and an address somebody mistyped, truncated or attacked."""
    rng = random.Random(seed)
    page = rng.choice([*PAGES, *TOPICS])
    here = [each for name, each in EXPERIMENTS.items() if name.startswith(f"{page}/")]
    params = [param for each in here for param in each.params]
    query: Query = {}
    if rng.random() < 0.8:
        query["exp"] = rng.choice([*(each.slug for each in here), *rng.sample(GARBAGE, 2)])
    for _ in range(rng.randint(0, 6)):
        key, value = draw(rng, params)
        query[key] = [value, rng.choice(GARBAGE)] if rng.random() < 0.1 else value
    return page, query


@pytest.mark.parametrize("start", range(0, 40, 10))
def test_no_address_breaks_a_page(start):
    for seed in range(start, start + 10):
        open_page(*malformed(seed))
