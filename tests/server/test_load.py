"""The load client speaks as the browser does: what its students do arrives at a real app."""

import asyncio
from collections.abc import Callable

import pytest

pytest.importorskip("aiohttp")
from benchmarks.student import Student, stop
from tests.deploy.classroom import Classroom, needs_nginx

PLACES = ("landscapes/bowl", "shapley/game", "convolution/slide")


def at_the_pod(test: Callable) -> Callable:
    """Marks a test that needs the server which the tests of this folder share."""
    return needs_nginx(pytest.mark.xdist_group("serve")(test))


@pytest.fixture
def server(pod: Classroom) -> Classroom:
    return pod


async def lesson(url: str, place: str, seed: int) -> Student:
    """Two moves: a drag of three pictures and its release, then a preset."""
    student = Student(url, place, seed)
    await student.open()
    *_, last = settings = student.drag(3)
    for values in settings:
        await student.look(values)
    await student.keep(last)
    chosen = student.preset()
    await student.keep(chosen, replay=True)
    await student.close()
    return student


@at_the_pod
def test_three_students_at_once_meet_no_exception_and_their_values_arrive(server):
    async def taught() -> list[Student]:
        return await asyncio.gather(*(lesson(server.url, p, k) for k, p in enumerate(PLACES)))

    for place, student in zip(PLACES, asyncio.run(taught()), strict=True):
        assert student.faults == []
        assert f"{student.topic}/{student.slug}" == place
        assert student.head["ack"] == 5 and student.head["panels"]


@at_the_pod
def test_what_is_kept_stands_in_the_address_and_opens_there_again(server):
    async def twice() -> tuple[Student, Student]:
        one = Student(server.url, "landscapes/valley", 3)
        await one.open()
        await one.keep(one.drag(1)[0])
        await one.close()
        other = Student(server.url, "landscapes/valley")
        other.query = one.query
        await other.open()
        await other.close()
        return one, other

    one, other = asyncio.run(twice())
    assert one.faults == other.faults == []
    assert one.query.startswith("exp=valley&")
    assert other.head["values"] == pytest.approx(one.head["values"])


@at_the_pod
def test_a_long_run_is_left_to_the_page_and_followed_to_its_end(server):
    async def watched() -> Student:
        student = Student(server.url, "landscapes/basins")
        await student.open()
        await student.look(student.drag(1)[0])
        await student.follow()
        await student.close()
        return student

    student = asyncio.run(watched())
    assert student.long and student.faults == []
    assert student.head["progress"] is None and student.head["panels"]


@at_the_pod
def test_an_exception_of_a_page_is_a_fault(server):
    async def lost() -> Student:
        student = Student(server.url, "nowhere")
        await student.open()
        await student.close()
        return student

    assert "page not found" in asyncio.run(lost()).faults


def test_a_slider_stops_where_the_browser_s_does():
    line = {"low": -1.0, "high": 1.0, "log": False, "integer": False, "step": None}
    assert [stop(line, t) for t in (0, 0.5, 0.5002, 1)] == [-1.0, 0.0, 0.0, 1.0]
    steep = {"low": 1.0, "high": 1e4, "log": True, "integer": False, "step": None}
    assert [stop(steep, t) for t in (0, 0.5, 1)] == [1.0, 100.0, 1e4]
    whole = {"low": 1, "high": 10, "log": False, "integer": True, "step": None}
    assert [stop(whole, t) for t in (0, 0.52, 1)] == [1, 6, 10]
