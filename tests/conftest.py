"""What every test shares."""

import os
import shutil
import tempfile

import pytest
import torch
from hypothesis import settings

from core.rng import generator as new_generator

settings.register_profile("house", deadline=None, derandomize=True, max_examples=35)
settings.load_profile("house")
torch.set_num_threads(1)


SHARED = "SADDLEPOINT_TEST_RUN"  # folder of long results that the processes of a run share


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        os.environ[SHARED] = tempfile.mkdtemp(prefix="saddlepoint-tests-")


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(SHARED, ""), ignore_errors=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="also run the tests marked slow")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--slow"):
        for item in items:
            if "slow" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="slow: run with --slow"))


@pytest.fixture
def generator() -> torch.Generator:
    """A freshly seeded source of randomness."""
    return new_generator(0)
