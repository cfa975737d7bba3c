"""What every test shares."""

import pytest
import torch
from hypothesis import settings

from core.rng import generator as new_generator

settings.register_profile("house", deadline=None, derandomize=True, max_examples=35)
settings.load_profile("house")
torch.set_num_threads(1)


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
