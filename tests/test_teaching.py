"""The teacher's sheets: names become links, and a link opens what it says."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from pages.topics import experiments
from pages.ui import store, teaching
from pages.ui.experiment import Experiment, Values
from tests.house import TOPICS, each_topic
from tests.test_pages import open_page, same

ALL = experiments()


def opened(address: str) -> tuple[str, Experiment, Values]:
    """What an address relative to the root opens, read as the page reads it."""
    url = urlsplit(address)
    query, refused = dict(parse_qsl(url.query)), []
    (experiment,) = (e for e in ALL[url.path] if e.slug == query["exp"])
    values = store._parse(experiment, query, refused)
    assert not refused
    known = {"exp", "ask", "misprints"} | {param.name for param in experiment.params}
    assert set(query) <= known
    return url.path, experiment, values


def fits(found: tuple[str, Experiment, Values], experiment: Experiment, preset: str) -> bool:
    """Whether an address opened this preset, up to the digits of a link."""
    _, one, values = found
    return one is experiment and all(
        same(values[name], value) for name, value in experiment.preset(preset).items()
    )


@pytest.mark.parametrize("topic", TOPICS)
def test_every_name_in_brackets_is_an_experiment_or_a_preset_and_links_to_it(topic):
    text = (teaching.FOLDER / f"{topic}.md").read_text()
    names = [name for line in re.findall(r"\[\[.*?\]\]", text, re.DOTALL) for name in [line[2:-2]]]
    assert names
    for name in names:
        slug, _, key = name.partition("/")
        (experiment,) = (e for e in ALL[topic] if e.slug == slug)
        (link,) = re.findall(
            r"^\[(.+)\]\((.+)\)$", teaching.linked(topic, ALL[topic], f"[[{name}]]")
        )
        if key:
            title = teaching.words(topic, experiment)[key]["name"]
            assert fits(opened(link[1]), experiment, title)
        else:
            assert (link[0], opened(link[1])[:2]) == (experiment.title, (topic, experiment))


def test_what_names_nothing_stays_as_it_is():
    text = "[[nonsense]] [[bowl/nonsense]] [a](b)"
    assert teaching.linked("landscapes", ALL["landscapes"], text) == text


@each_topic
@pytest.mark.parametrize("shown", [False, True])
def test_a_sheet_is_filled_and_speaks_of_misprints_with_the_switch_only(topic, shown):
    text = teaching.sheet(topic, ALL[topic], shown)
    assert not re.search(r"\[\[|\]\]|@\w+@", text)
    about = [name for e in ALL[topic] for name in e.misprints]
    assert all((f"[{name}]" in text) == shown for name in about)
    assert shown or not re.search(r"\bE-\d\d|\bL\d{2,}|misprint|as printed|the sheet\b", text)


@each_topic
def test_every_preset_has_its_row_with_question_and_answer(topic):
    text = teaching.sheet(topic, ALL[topic], True)
    rows = re.findall(r"^\| \[(.+?)\]\((\S+?)\) \| (.+?) \| (.+?) \|$", text, re.MULTILINE)
    expected = [(e, name) for e in ALL[topic] for name in e.presets]
    found = [opened(address) for _, address, _, _ in rows]
    assert all(fits(one, *two) for one, two in zip(found, expected, strict=True))


@pytest.mark.parametrize("topic", TOPICS)
def test_the_paths_take_the_minutes_they_promise(topic):
    text = (teaching.FOLDER / f"{topic}.md").read_text()
    for head, minutes in (("Ten", 10), ("Forty-five", 45), ("Ninety", 90)):
        (path,) = re.findall(rf"^## {head} minutes.*?\n(.*?)(?=^## |\Z)", text, re.S | re.M)
        assert sum(int(n) for n in re.findall(r"\((\d+) min\)", path)) == minutes, head


def test_the_page_shows_the_sheet_of_its_topic_and_the_list_for_anything_else():
    at = open_page("teacher", {"topic": "landscapes"})
    assert at.title[0].value == "Teacher's sheet: Optimizer landscapes"
    assert any("(landscapes?exp=bowl" in each.value for each in at.markdown)
    for noun in ("", "nonsense", "home", "../x"):
        assert open_page("teacher", {"topic": noun}).title[0].value == "Teacher's sheets"


@pytest.mark.parametrize("topic", TOPICS)
def test_the_foot_of_a_topic_leads_to_its_sheet(topic):
    links = [each.proto for each in open_page(topic).get("page_link")]
    assert any(link.page == "teacher" and f"topic={topic}" in str(link) for link in links)
