"""Home: what is open comes first, and every link opens what it says."""

import os
import subprocess
import sys
from urllib.parse import parse_qsl

import pytest

from pages import home
from pages.topics import TOPICS, experiments
from pages.ui import teaching
from tests.house import ROOT
from tests.test_pages import open_page, sent
from tests.test_teaching import fits, opened

ALL = experiments()
PLACES = [(path, number) for path in home.PATHS for number in range(len(home.PATHS[path]))]


@pytest.mark.parametrize(("path", "number"), PLACES)
def test_a_path_opens_the_experiment_its_link_names_with_the_question_it_asks(path, number):
    noun, slug, *key = home.PATHS[path][number].split("/")
    way = home.ways(path)[number]
    topic, experiment, values = opened(way.address)
    assert (way.topic, topic, experiment.slug) == (noun, noun, slug)
    assert way.title == experiment.title
    if key:
        words = teaching.words(noun, experiment)[key[0]]
        assert fits((topic, experiment, values), experiment, words["name"])
        assert "@" in words["ask"] or way.text == home.bound(home.typeset(words["ask"]))
    assert not {*words_of(way)} & {"@", "misprint", "sheet"}


def words_of(way: home.Way) -> list[str]:
    return f"{way.title} {way.text}".lower().split()


def test_a_path_leads_through_open_topics_only(monkeypatch):
    monkeypatch.setattr(home, "experiments", lambda: {"cnn": ALL["cnn"]})
    assert {way.topic for path in home.PATHS for way in home.ways(path)} == {"cnn"}


def test_home_shows_what_is_open_before_what_is_in_preparation():
    at = open_page("home")
    assert [each.value[3:].partition("\n")[0] for each in at.markdown if each.value[0] == "#"] == [
        *home.PATHS
    ]
    (map,) = (e.proto for e in at.get("bidi_component") if "topics" in e.proto.json)
    for topic in TOPICS:
        assert (f'"noun": "{topic.noun}"' in map.json) == topic.built
    quiet = "".join(e.proto.body for e in at.get("html") if "In preparation" in e.proto.body)
    for topic in TOPICS:
        assert (f"<li>{topic.title}" in quiet) != topic.built


def test_the_cooks_are_met_where_the_card_asks_about_them():
    (topic,) = (topic for topic in TOPICS if "cooks" in topic.question)
    told = sent(open_page(topic.noun, dict(parse_qsl(topic.entry))))
    (experiment,) = (e for e in ALL[topic.noun] if e.slug == told["slug"])
    (game,) = (param for param in experiment.params if param.name == "game")
    assert game.options[told["values"]["game"]].startswith("three cooks")
    assert not told["error"]


@pytest.mark.parametrize("topic", [t for t in TOPICS if t.built and t.entry], ids=lambda t: t.noun)
def test_an_entry_is_an_address_of_its_page(topic):
    assert opened(f"{topic.noun}?{topic.entry}")[0] == topic.noun


def test_every_open_topic_has_a_picture():
    script = (ROOT / "assets/stage/thumbs.js").read_text()
    assert all(f"  {topic.noun}()" in script for topic in TOPICS)


def test_the_theme_is_kept_for_every_page():
    script = (ROOT / "assets/stage/settle.js").read_text()
    listed = script[script.index("PLACES = [") : script.index("];")]
    names = [part.strip().strip('"') for part in listed.partition("[")[2].split(",")][:-1]
    assert names == ["", "sheet", "teacher", *(topic.noun for topic in TOPICS)]


def test_what_a_server_needs_to_open_its_door_is_there_without_torch():
    program = "import app, sys, pages.home, pages.sheet; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT).returncode == 0


def test_matrices_of_numpy_and_scipy_take_one_thread_of_a_process():
    program = """
import app, numpy, scipy.linalg, threadpoolctl
found = {one["filepath"]: one["num_threads"] for one in threadpoolctl.threadpool_info()
         if one["user_api"] == "blas"}
assert found and set(found.values()) == {1}, found
"""
    env = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=env, check=True)
