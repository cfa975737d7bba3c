"""The numbers that the texts of a topic quote: computed all of them, and none for nothing."""

import importlib
import re
from pathlib import Path

import pytest

from pages.ui.declare import quoted
from tests.house import ROOT, TOPICS, each_topic


def texts(topic: str) -> list[Path]:
    """Every text of a topic that may quote."""
    found = [*(ROOT / "assets/experiments" / topic).glob("*.toml")]
    return found + [ROOT / f"assets/{kind}/{topic}.md" for kind in ("theory", "teaching")]


@pytest.mark.parametrize("topic", TOPICS)
def test_what_is_quoted_is_computed_and_what_is_computed_is_quoted(topic):
    names = {name for path in texts(topic) for name in re.findall(r"@(\w+)@", path.read_text())}
    assert names == set(importlib.import_module(f"core.experiments.{topic}.quoted").NUMBERS)


@each_topic
def test_no_placeholder_is_left_in_a_text(topic):
    for path in texts(topic):
        assert not re.search(r"@\w+@", quoted(topic, path.read_text())), path.name
