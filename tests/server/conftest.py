"""One server of one process, as a pod runs it, for all tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.deploy.classroom import Classroom, serve


@pytest.fixture(scope="package")
def pod() -> Iterator[Classroom]:
    with serve(processes=1) as running:
        yield running
