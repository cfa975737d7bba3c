"""What one picture costs the server, in units of the same run, and how many one process gives.

The unit is the CPU time of 1000 additions of two 2-vectors in torch: it makes machines comparable.
"""

import json
import statistics
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import torch

from benchmarks.row import Line
from core.signature import Value
from pages.ui import compose, live, run, shared, store
from pages.ui.experiment import Experiment
from tests.browser.harness import serve
from tests.contract import is_number, slow
from tests.house import EXPERIMENTS

REPEATS = 40
SECONDS = 4
PHOTOGRAPHS = {"convolution/filter"}
ASKED = ("landscapes/bowl", "landscapes/wild", "shapley/game")
CONCURRENT = (1, 4, 16)


def unit() -> float:
    """Seconds of CPU for 1000 additions of two 2-vectors."""
    a, b = torch.zeros(2), torch.ones(2)

    def additions() -> float:
        begun = time.process_time()
        for _ in range(1000):
            a + b
        return time.process_time() - begun

    return statistics.median(additions() for _ in range(15))


def rows() -> Iterator[Line]:
    """Units of a live picture and of a commit for every experiment; pictures a second."""
    one = unit()
    yield Line("unit: 1000 additions of two 2-vectors in torch", f"{1000 * one:.2f} ms")
    pictures = {}
    for name, experiment in EXPERIMENTS.items():
        if slow(experiment):
            continue
        topic = name.partition("/")[0]
        drag, size = dragged(topic, experiment)
        commit = committed(topic, experiment)
        pictures[name] = drag / one
        most = 8 if name in PHOTOGRAPHS else 5
        yield Line(
            f"server CPU of one live picture, {name}; of a commit",
            f"{drag / one:.2f} units, {size / 1000:.0f} kB; {commit / one:.2f} units",
            ratio="" if drag / one <= most else "beyond budget",
            budget=f"≤ {most}; ≤ {2 * drag / one + 3:.1f} units, ≤ 100 kB",
        )
    middle = statistics.median(pictures.values())
    worst = max(pictures, key=lambda name: pictures[name] * (name not in PHOTOGRAPHS))
    yield Line(
        "median over all live experiments; the dearest",
        f"{middle:.2f} units; {worst} {pictures[worst]:.2f}",
        budget="≤ 2; ≤ 5",
    )
    yield from throughput()


def moving(experiment: Experiment, stops: int = REPEATS) -> Callable[[int], dict[str, Value]]:
    """Settings of the k-th moment of a drag of the first live number: none is remembered."""
    number = next(p for p in experiment.params if p.live and is_number(p.default))

    def at(k: int) -> dict[str, Value]:
        low, high = number.default, number.high
        if high - low < (number.high - number.low) / 4:
            low, high = number.low, number.default
        value = low + (k % stops) * (high - low) / stops
        return experiment.defaults() | {number.name: type(number.default)(value)}

    return at


def forget() -> None:
    """Nothing is remembered: neither results nor what was packed of them."""
    run.forget()
    shared.forget()


def dragged(topic: str, experiment: Experiment) -> tuple[float, int]:
    """Seconds of CPU for one picture of a drag on the short way, and bytes of the first one."""
    at, have, size, samples = moving(experiment), [], 0, []
    for k in range(REPEATS):
        asked = {"p": at(k), "pins": [], "have": have, "rev": 0, "seq": k, "words": False}
        forget()
        begun = time.process_time()
        answer = live.picture(topic, experiment, asked)
        samples.append(time.process_time() - begun)
        length = int.from_bytes(answer[:4], "little")
        have, size = json.loads(answer[4 : 4 + length])["uses"], size or len(answer)
    return statistics.median(samples), size


def committed(topic: str, experiment: Experiment) -> float:
    """Seconds of CPU for picture and words of a setting that is kept."""
    at, samples = moving(experiment), []
    for k in range(REPEATS):
        run.forget()
        state = store.State(experiment.slug, {})
        begun = time.process_time()
        compose.message(topic, experiment, state, at(k))
        samples.append(time.process_time() - begun)
    return statistics.median(samples)


# --- pictures a second -------------------------------------------------------------------------


def throughput() -> Iterator[Line]:
    """Pictures a second of one process, asked by one, four and sixteen students at once."""
    with serve() as server:
        for name in ASKED:
            topic, experiment = name.partition("/")[0], EXPERIMENTS[name]
            address = f"{server.url}/live/{topic}"
            asked(address, experiment, 1, 1)
            found = {n: asked(address, experiment, n, SECONDS) for n in CONCURRENT}
            least = min(rate for rate, _ in found.values()) / found[1][0]
            yield Line(
                f"pictures/s of one process for 1, 4, 16 students at once, {name}",
                ", ".join(f"{rate:.0f}" for rate, _ in found.values()),
                "p95 " + ", ".join(f"{late:.0f}" for _, late in found.values()) + " ms",
                f"{least:.2f}",
                "least over the rate of one ≥ 1",
            )


def asked(
    address: str, experiment: Experiment, students: int, seconds: float
) -> tuple[float, float]:
    """Pictures a second over all students, each asking again when answered, and p95 in ms."""
    until = time.perf_counter() + seconds
    at = moving(experiment, stops=1000 * (students + 1))

    def student(number: int) -> list[float]:
        taken: list[float] = []
        have: list[str] = []
        while time.perf_counter() < until:
            k = number * 1000 + len(taken)
            message = {"slug": experiment.slug, "who": f"student {number}", "seq": k, "rev": 0}
            message |= {"p": at(k), "pins": [], "have": have, "words": False}
            begun = time.perf_counter()
            request = urllib.request.Request(address, json.dumps(message).encode())
            with urllib.request.urlopen(request, timeout=60) as reply:
                answer = reply.read()
            taken.append(time.perf_counter() - begun)
            length = int.from_bytes(answer[:4], "little")
            have = json.loads(answer[4 : 4 + length])["uses"]
        return taken

    with ThreadPoolExecutor(students) as pool:
        samples = [each for one in pool.map(student, range(students)) for each in one]
    late = sorted(samples)[min(len(samples) - 1, int(0.95 * len(samples)))]
    return len(samples) / seconds, 1000 * late
