"""What every test shares."""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import settings

from core.rng import generator as new_generator

settings.register_profile("house", deadline=None, derandomize=True, max_examples=35)
settings.load_profile("house")
torch.set_num_threads(1)

TESTS = Path(__file__).parent
SHARED = "SADDLEPOINT_TEST_RUN"  # folder of long results that the processes of a run share
SLOW = "SADDLEPOINT_TEST_SLOW"  # set where everything is tried


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        os.environ[SHARED] = tempfile.mkdtemp(prefix="saddlepoint-tests-")
        os.environ[SLOW] = "1" if config.getoption("--slow") else ""


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(SHARED, ""), ignore_errors=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="also run the tests marked slow")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(group(item.path)))
    if not config.getoption("--slow"):
        for item in items:
            if "slow" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="slow: run with --slow"))


def group(path: Path) -> str:
    """The tests that one process runs: of a file, or of all files that ask for the same results."""
    match path.relative_to(TESTS).parts:
        case ("browser", file):  # two Chromiums keep two cores busy: a third makes nothing faster
            return "walk" if file == "test_house_browser.py" else "browser"
        case ("experiments", topic, _):
            return topic
        case parts:
            return "/".join(parts)


@pytest.fixture
def figure(record_property) -> Callable[[str, float, str], None]:
    """figure(name, value, unit): a measured number, told in a table at the end of the run."""

    def note(name: str, value: float, unit: str) -> None:
        record_property("figure", (name, float(value), unit))

    return note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    ran = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    noted = [each for report in ran if report.when == "call" for each in report.user_properties]
    told = sorted(tuple(value) for what, value in noted if what == "figure")
    if told:
        terminalreporter.section("figures")
    for name, value, unit in told:
        terminalreporter.write_line(f"{name:72} {value:9.3g} {unit}")


@pytest.fixture
def generator() -> torch.Generator:
    """A freshly seeded source of randomness."""
    return new_generator(0)
