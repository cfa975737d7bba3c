"""python -m benchmarks.soak: half an hour of a class that comes and goes, for memory that grows.

The server is that of `make serve`. Students open pages, move what is on the stage, and leave in
one way or another; somebody trains a network; files are brought and opened; damaged links are
followed. A row each minute. It fails where anything went wrong, or where a process holds over 10 %
more in the last sixth of the time than in the second: in the first the stores fill that it keeps.
"""

import asyncio
import json
import random
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from statistics import mean, median

import aiohttp
import uvloop

from benchmarks.load import Tally, lesson, noted, quantiles, survey
from benchmarks.student import PATIENCE, Student
from pages.topics import TOPICS
from pages.ui import live, run, store
from tests.deploy.classroom import Classroom, figures, serve
from tests.files import png
from tests.memory import family, held
from tests.server.links import links

BUDGET = 10  # % that the memory of a process may rise
STAY = 10, 60  # seconds of a lesson
LOOKS = 6  # at the memory in a minute, as a computation takes some for a moment
COLUMNS = (
    "minute",
    "sessions",
    "moves",
    "errors",
    "picture p95",
    "commit p95",
    "MB of each process",
    "MB of its workers",
    "open files",
    "jobs run, wait",
)


@dataclass
class Soak:
    """What all visitors share."""

    url: str
    until: float  # by `time.monotonic`
    tally: Tally
    places: dict[str, list]  # see `places`

    @property
    def left(self) -> float:
        return self.until - time.monotonic()

    async def visit(self, student: Student, does: Callable[[Student], Awaitable]) -> None:
        """Come, do something, and leave: with a closed tab, a shut machine, or after a rest."""

        async def stay() -> None:
            await student.open()
            await does(student)
            if student.chance.random() < 0.2:
                await asyncio.sleep(min(student.chance.uniform(*STAY), max(0.0, self.left)))

        await noted(student, stay())
        await (student.vanish() if student.chance.random() < 0.4 else student.close())
        self.tally.faults.update(student.faults)
        self.tally.refused.update(student.refused)


def newcomer(soak: Soak, place: str, chance: random.Random, query: str = "") -> Student:
    """A student at a place, or at an address of its page."""
    found = Student(soak.url, place, chance.getrandbits(32))
    found.query = query or found.query
    return found


async def lessons(soak: Soak, chance: random.Random) -> None:
    """A seat in the class, taken by one student after the other."""
    while soak.left > 0:
        stay = Namespace(seconds=min(chance.uniform(*STAY), soak.left), pictures=3)
        does = partial(lesson, args=stay, tally=soak.tally)
        await soak.visit(newcomer(soak, chance.choice(soak.places["moved"]), chance), does)


async def trainings(soak: Soak, chance: random.Random) -> None:
    """Long runs, every third of which is left while it goes on."""

    async def train(one: Student) -> None:
        await one.keep(one.drag(1)[0])
        if one.chance.random() < 2 / 3:
            await one.follow()

    while soak.left > 0:
        await soak.visit(newcomer(soak, chance.choice(soak.places["trained"]), chance), train)
        await asyncio.sleep(chance.uniform(0, 20))


async def files(soak: Soak, chance: random.Random) -> None:
    """Files, each opened by the page that can show it."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(PATIENCE)) as browser:
        while soak.left > 0:
            kind = chance.choice(("table", "picture"))
            place, name = chance.choice(soak.places[kind])
            content = table(chance) if kind == "table" else picture(chance)
            try:
                async with browser.post(f"{soak.url}/{kind}", data=content) as reply:
                    kept = await reply.text()
            except aiohttp.ClientError as error:
                kept = repr(error)
            if kept.startswith("own-"):
                link = f"exp={place.partition('/')[2]}&{name}={kept}"
                await soak.visit(newcomer(soak, place, chance, link), look)
            else:
                soak.tally.faults[f"{kind}: {kept[:100]}"] += 1
            await asyncio.sleep(chance.uniform(0, 4))


async def look(student: Student) -> None:
    """Nothing more than to see the page."""


def table(chance: random.Random) -> bytes:
    """Three columns of numbers."""
    rows = [[chance.gauss(0, 1) for _ in "abc"] for _ in range(chance.randint(10, 2000))]
    return "\n".join(["a,b,c", *(",".join(f"{x:.4f}" for x in row) for row in rows)]).encode()


def picture(chance: random.Random) -> bytes:
    """Noise."""
    columns, rows = chance.randint(20, 1200), chance.randint(20, 1200)
    return png(columns, rows, b"".join(b"\0" + chance.randbytes(columns) for _ in range(rows)))


async def damaged(soak: Soak, chance: random.Random) -> None:
    """A damaged link each second or so; what cannot stand in an address at all is left out."""
    for topic, query in links(10**6):
        if soak.left < 0:
            break
        if not set(query) & set("#\r\n\0"):
            await soak.visit(newcomer(soak, topic, chance, query), look)
        await asyncio.sleep(chance.uniform(0, 1))


def places(moved: list[str]) -> dict[str, list]:
    """The topic/slug of what is moved and trained; with the control for a table or picture."""
    found: dict[str, list] = {"moved": moved, "trained": [], "table": [], "picture": []}
    for topic in (topic.noun for topic in TOPICS if topic.built):
        for slug, experiment in live.experiments(topic).items():
            if run.slow(experiment):
                found["trained"].append(f"{topic}/{slug}")
            for param in experiment.params:
                if (kind := store.kind(param)) in ("table", "picture"):
                    found[kind].append((f"{topic}/{slug}", param.name))
    return found


# --- what it costs, and how it is told ---------------------------------------------------------


def row(minute: int, room: Classroom, looks: list[dict], tally: Tally) -> tuple[list[float], str]:
    """The memory of each process, the middle one of what was seen, and the line."""
    apps = {e["what"]: e["pid"] for e in room.events("started") if e["what"].startswith("app-")}
    numbers = [name.removeprefix("app-") for name in sorted(apps)]

    def each(name: str, *more: str, seen: dict = looks[-1]) -> list[float]:
        return [seen.get((name, *sorted((n, *more))), float("nan")) for n in numbers]

    def told(values: list[float]) -> str:
        return ", ".join(f"{value:.0f}" for value in values)

    seen = [each("process_resident_memory_bytes", seen=look) for look in looks]
    memory = [median(values) / 1e6 for values in zip(*seen)]
    jobs = [sum(each("saddlepoint_jobs", state)) for state in ("running", "queued")]
    cells = (
        f"{minute}",
        told(each("saddlepoint_sessions")),
        f"{tally.moves}",
        f"{sum(tally.faults.values()) + len(broken(room))}",
        quantiles(tally.pictures, 0.95),
        quantiles(tally.commits, 0.95),
        told(memory),
        told([sum(map(resident, family(apps[f"app-{n}"]))) for n in numbers]),
        told(each("process_open_fds")),
        told(jobs),
    )
    return memory, "| " + " | ".join(cells) + " |"


def resident(pid: int) -> float:
    try:
        return held(pid)
    except OSError:  # it has just ended
        return 0.0


def broken(room: Classroom) -> list[str]:
    """What the server's own log complains of."""
    lines = map(json.loads, room.log.read_text().splitlines())
    bad = [line for line in lines if line["level"] == "ERROR"]
    return [f"{line['message']} {line.get('exception', '')[-1500:]}" for line in bad]


async def soaked(room: Classroom, args: Namespace) -> tuple[list[list[float]], int]:
    """The memory of each process at every minute, and how much went wrong."""
    moved = await survey(room.url)
    tally, began = Tally(), time.monotonic()
    soak = Soak(room.url, began + 60 * args.minutes, tally, places(moved))
    does = [lessons] * args.students + [trainings, files, damaged]
    visitors = [asyncio.create_task(do(soak, random.Random(n))) for n, do in enumerate(does)]
    seen = []
    for minute in range(1, args.minutes + 1):
        looks = []
        for look in range(1, LOOKS + 1):
            due = began + 60 * (minute - 1 + look / LOOKS)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            looks.append(await asyncio.to_thread(figures, room))
        memory, line = await asyncio.to_thread(row, minute, room, looks, tally)
        seen.append(memory)
        print(line, flush=True)
        tally.pictures.clear()
        tally.commits.clear()
    await asyncio.gather(*visitors)
    for what, times in (tally.faults + tally.refused).most_common(20):
        print(f"    {times} times: {what}")
    errors = sum(tally.faults.values()) + len(broken(room))
    for message in broken(room)[:20]:
        print(f"    log: {message}")
    return seen, errors


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=30)
    parser.add_argument("--students", type=int, default=20, help="in the class at any time")
    parser.add_argument("--processes", type=int, default=2)
    args = parser.parse_args()
    print("| " + " | ".join(COLUMNS) + " |\n|" + "---|" * len(COLUMNS), flush=True)
    with serve(processes=args.processes) as room:
        seen, errors = uvloop.run(soaked(room, args))
    sixth = max(1, args.minutes // 6)
    early, late = (map(mean, zip(*part)) for part in (seen[sixth : 2 * sixth], seen[-sixth:]))
    rises = [100 * (end / begin - 1) for begin, end in zip(early, late)]
    rose = ", ".join(f"{rise:+.1f} %" for rise in rises)
    well = max(rises) <= BUDGET and not errors
    print(f"memory, the last {sixth} min against the {sixth} from minute {sixth + 1} on: {rose}")
    print(f"{errors} errors; {'held' if well else 'NOT HELD'}: at most {BUDGET} %, no error")
    sys.exit(not well)


if __name__ == "__main__":
    main()
