"""What the tests of the house share: the experiments, the settings to try, the files."""

import importlib
import os
from functools import cache
from pathlib import Path

import pytest

from core.check import Check
from pages.ui.experiment import Experiment, Values
from tests import contract

ROOT = Path(__file__).resolve().parents[1]

# Page files that are no topic.
ROOMS = {"__init__", "home", "sheet", "teacher", "topics"}
LIVE_DRAWS, SLOW_DRAWS = 3, 0


def topics() -> list[str]:
    """The nouns of the topics that are built."""
    return sorted(path.stem for path in (ROOT / "pages").glob("*.py") if path.stem not in ROOMS)


def experiments() -> dict[str, Experiment]:
    """ "topic/slug" -> experiment, for every topic that is built."""
    return {
        f"{noun}/{experiment.slug}": experiment
        for noun in topics()
        for experiment in importlib.import_module(f"pages.{noun}").EXPERIMENTS
    }


EXPERIMENTS = experiments()
TOPICS = topics()


def tried(name: str) -> list[str]:
    """The presets that are tried: of a long run those a question begins with, all with --slow."""
    experiment = EXPERIMENTS[name]
    asked = {prediction.preset for prediction in experiment.predictions}
    every = not contract.slow(experiment) or os.environ.get("SADDLEPOINT_TEST_SLOW")
    return [preset for preset in experiment.presets if every or preset in asked]


@cache
def settings(name: str) -> dict[str, Values]:
    """Those of a long run leave out all that is largest at once: its own tests go there."""
    experiment = EXPERIMENTS[name]
    if not contract.slow(experiment):
        return contract.settings(experiment, LIVE_DRAWS)
    left_out = set(experiment.presets) - set(tried(name))
    found = contract.settings(experiment, SLOW_DRAWS, ends=(0,))
    return {setting: values for setting, values in found.items() if setting not in left_out}


def grouped(name: str, *more: object) -> object:
    """A case of an experiment or a topic, in the process that computes what its topic needs."""
    return pytest.param(name, *more, marks=pytest.mark.xdist_group(name.partition("/")[0]))


each_experiment = pytest.mark.parametrize("name", [grouped(name) for name in EXPERIMENTS])
every_third_live_experiment = pytest.mark.parametrize(  # the others, and jobs, with --slow
    "name",
    [
        pytest.param(
            name,
            marks=[
                pytest.mark.xdist_group(name.partition("/")[0]),
                *([pytest.mark.slow] if i % 3 or contract.slow(experiment) else []),
            ],
        )
        for i, (name, experiment) in enumerate(EXPERIMENTS.items())
    ],
)
each_topic = pytest.mark.parametrize("topic", [grouped(topic) for topic in TOPICS])
each_prediction = pytest.mark.parametrize(
    ("name", "number"),
    [
        grouped(name, number)
        for name, experiment in EXPERIMENTS.items()
        for number in range(len(experiment.predictions))
    ],
)


@cache
def checks(name: str, setting: str) -> list[Check]:
    """What an experiment claims for a setting, everything it shows being sound."""
    return contract.answers(EXPERIMENTS[name], settings(name)[setting])


def sources(where: str) -> list[Path]:
    """The Python files of a place."""
    path = ROOT / where
    return [path] if path.is_file() else sorted(path.rglob("*.py"))
