"""One computation at a time, each student in turn, the newest request of each."""

import threading
from concurrent.futures import CancelledError

import pytest

from pages.ui.desk import Desk, Full


class Gate:
    """Work that holds the desk until it is opened."""

    def __init__(self, desk: Desk):
        self.begun, self.opened = threading.Event(), threading.Event()
        self.future = desk.ask("gate", self.work)
        assert self.begun.wait(60)

    def work(self) -> str:
        self.begun.set()
        assert self.opened.wait(60)
        return "open"


def test_it_answers_and_passes_refusals_on():
    desk = Desk()
    assert desk.wait("a", lambda: 7) == 7

    def refuse():
        raise ValueError("expected lr in (0, 1], got 2")

    with pytest.raises(ValueError, match="got 2"):
        desk.wait("a", refuse)
    assert desk.wait("a", lambda: 8) == 8


def test_a_newer_request_of_a_student_takes_the_older_one_s_place():
    desk, order = Desk(), []
    gate = Gate(desk)
    old = desk.ask("a", lambda: order.append("old"))
    other = desk.ask("b", lambda: order.append("b"))
    new = desk.ask("a", lambda: order.append("new"))
    assert len(desk) == 2
    gate.opened.set()
    other.result(60)
    new.result(60)
    with pytest.raises(CancelledError):
        old.result(60)
    assert order == ["new", "b"]  # a asks again, and keeps the place before b


def test_everybody_has_a_turn_before_anybody_has_a_second_one():
    desk, order = Desk(), []
    gate = Gate(desk)

    def again() -> None:
        order.append("eager")
        if len(order) < 6:
            asked.append(desk.ask("eager", again))

    asked = [desk.ask("eager", again)]
    patient = [desk.ask(name, lambda name=name: order.append(name)) for name in "abc"]
    gate.opened.set()
    for future in patient:
        future.result(60)
    assert order[:4] == ["eager", "a", "b", "c"]


def test_one_computation_at_a_time():
    desk, busy, most = Desk(), [], []

    def work() -> None:
        busy.append(1)
        most.append(len(busy))
        busy.pop()

    threads = [
        threading.Thread(target=lambda n=n: [desk.wait((n, k), work) for k in range(50)])
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(most) == 400 and max(most) == 1


def test_the_line_is_bounded():
    desk = Desk(seats=2)
    gate = Gate(desk)
    desk.ask("a", lambda: None)
    desk.ask("b", lambda: None)
    with pytest.raises(Full):
        desk.ask("c", lambda: None)
    newest = desk.ask("a", lambda: "still served")
    gate.opened.set()
    assert newest.result(60) == "still served"
