"""python -m benchmarks.load: a class on the real pages, and one real Chromium among the students.

Every student makes a move each two seconds: pictures of a drag by the short way, one under way,
then what is released by the page; every fourth time a preset is chosen instead. One Markdown row
for each size of the class; nothing is asserted. `--url` aims at servers that run already.
"""

import asyncio
import contextlib
import os
import random
import resource
import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import uvloop
from playwright.async_api import Page, async_playwright

from benchmarks.student import Student
from deploy.serve import THRIFT
from pages.topics import TOPICS
from tests.browser.harness import FLAGS, chromium, serve
from tests.memory import held

PERIOD = 2.0  # seconds between two moves of a student
BETWEEN = 0.03  # seconds a hand needs from one picture to the next at least
ARRIVING = 0.1  # seconds between two students who open their page
COLUMNS = (
    "students, processes",
    "picture p50 / p95 / max",
    "commit p50 / p95 / max",
    "page opened p50 / p95",
    "moves/s made, asked",
    "errors, refusals",
    "server CPU of a move; share of a core, each",
    "memory of a process",
    "Chromium p50 / p95",
)


@dataclass
class Tally:
    """What a class met: seconds waited, moves made, faults, refusals; and what it cost."""

    opened: list[float] = field(default_factory=list)
    pictures: list[float] = field(default_factory=list)
    commits: list[float] = field(default_factory=list)
    drawn: list[float] = field(default_factory=list)
    faults: Counter = field(default_factory=Counter)
    refused: Counter = field(default_factory=Counter)
    moves: int = 0
    cpu: list[float] = field(default_factory=list)
    seconds: float = 0.0
    own: float = 0.0  # CPU of this client


async def timed(work: Coroutine, tally: Callable[[float], None]) -> None:
    begun = time.perf_counter()
    await work
    tally(time.perf_counter() - begun)


async def move(student: Student, number: int, pictures: int, tally: Tally) -> None:
    """A drag and its release, or a preset after it."""
    settings = student.drag(pictures)
    for values in settings:
        begun = time.perf_counter()
        await timed(student.look(values), tally.pictures.append)
        await asyncio.sleep(max(0.0, BETWEEN - (time.perf_counter() - begun)))
    chosen = number % 4 == 3
    await timed(
        student.keep(student.preset() if chosen else settings[-1], replay=chosen),
        tally.commits.append,
    )
    tally.moves += 1


async def lesson(student: Student, args: Namespace, tally: Tally) -> None:
    """Moves at their times until the lesson is over; a late one is made at once."""
    begun, number = time.perf_counter(), student.chance.randrange(4)
    due = begun + student.chance.uniform(0, PERIOD)
    while due < begun + args.seconds:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        await move(student, number, args.pictures, tally)
        due = max(due + student.chance.uniform(0.75, 1.25) * PERIOD, time.perf_counter())
        number += 1


async def training(student: Student, args: Namespace, tally: Tally) -> None:
    """A long run whenever the last has ended, until the lesson is over in the middle of one."""

    async def runs() -> None:
        while True:
            await student.keep(student.drag(1)[0])
            await student.follow()
            await asyncio.sleep(PERIOD)

    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(runs(), args.seconds)


async def arrival(student: Student, wait: float, tally: Tally) -> None:
    await asyncio.sleep(wait)
    await timed(student.open(), tally.opened.append)


async def noted(student: Student, work: Coroutine) -> None:
    """Whatever a student meets is a fault of the server, not the end of the class."""
    try:
        await work
    except (aiohttp.ClientError, OSError, TimeoutError, RuntimeError, LookupError) as broken:
        student.faults.append(f"{type(broken).__name__}: {broken}")


@contextlib.asynccontextmanager
async def looking(url: str) -> AsyncIterator[Page]:
    """A Chromium with the page of the bowl on a slider."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        page = await browser.new_page()
        await page.goto(f"{url}/landscapes?exp=bowl&ask=0")
        await page.wait_for_function("window.__stage?.pictures > 0")
        await page.locator("[data-param=kappa] input[type=range]").focus()
        yield page
        await browser.close()


async def watched(page: Page, seconds: float, tally: Tally) -> None:
    """A key each period: the time from the key to the frame that shows its picture."""
    until = time.perf_counter() + seconds
    for number in range(int(seconds / PERIOD)):
        await page.keyboard.press("ArrowRight" if number % 8 < 4 else "ArrowLeft")
        await asyncio.sleep(min(PERIOD, max(0.0, until - time.perf_counter())))
    tally.drawn += [late / 1000 for late in await page.evaluate("window.__stage.latencies")][1:]
    if await page.locator(".sp-message:visible, .stException:visible").count():
        tally.faults["Chromium shows an error"] += 1


async def crowd(
    urls: list[str], pids: list[int], places: list[str], students: int, args: Namespace
) -> Tally:
    """A class of this size, dealt to the servers in turn: all arrive, then the lesson begins."""
    where = [places[k % len(places)] for k in range(students)] + [args.training] * args.trainings
    seeds = range(1000 * students, 1000 * students + len(where))  # no class repeats another
    everybody = [Student(urls[k % len(urls)], w, s) for k, (w, s) in enumerate(zip(where, seeds))]
    does = [lesson] * students + [training] * args.trainings
    tally = Tally()
    async with contextlib.AsyncExitStack() as stack:
        page = await stack.enter_async_context(looking(urls[0])) if args.chromium else None
        await asyncio.gather(
            *(noted(s, arrival(s, k * ARRIVING, tally)) for k, s in enumerate(everybody))
        )
        begun, before, own = time.perf_counter(), [cpu(pid) for pid in pids], client()
        await asyncio.gather(
            *(
                noted(s, do(s, args, tally))
                for s, do in zip(everybody, does, strict=True)
                if s.card
            ),
            *([watched(page, args.seconds, tally)] if page else []),
        )
        tally.seconds = time.perf_counter() - begun
        tally.cpu = [cpu(pid) - was for pid, was in zip(pids, before, strict=True)]
        tally.own = client() - own
        await asyncio.gather(*(student.close() for student in everybody))
    for student in everybody:
        tally.faults.update(student.faults)
        tally.refused.update(student.refused)
    return tally


# --- what it costs, and how it is told ---------------------------------------------------------


def cpu(pid: int) -> float:
    """Seconds of a processor that a process has used, in itself and for the system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def client() -> float:
    """The same of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def quantiles(waited: list[float], *shares: float) -> str:
    """Milliseconds below which these shares of the answers came."""
    found = sorted(waited) or [float("nan")]
    at = [found[min(len(found) - 1, int(share * len(found)))] for share in shares]
    return " / ".join(f"{1000 * each:.0f}" for each in at) + " ms"


def row(students: int, pids: list[int], tally: Tally, trainings: int) -> tuple[str, ...]:
    each_move = f"{1000 * sum(tally.cpu) / max(1, tally.moves):.1f} ms" if pids else "?"
    shares = ", ".join(f"{each / tally.seconds:.0%}" for each in tally.cpu) or "?"
    return (
        f"{students}{f' and {trainings} trainings' * bool(trainings)}, {len(pids) or '?'}",
        quantiles(tally.pictures, 0.5, 0.95, 1),
        quantiles(tally.commits, 0.5, 0.95, 1),
        quantiles(tally.opened, 0.5, 0.95),
        f"{tally.moves / tally.seconds:.1f}, {students / PERIOD:.1f}",
        f"{sum(tally.faults.values())}, {sum(tally.refused.values())}",
        f"{each_move}; {shares}; client {tally.own / tally.seconds:.0%}",
        ", ".join(f"{held(pid):.0f}" for pid in pids) + " MB" if pids else "?",
        quantiles(tally.drawn, 0.5, 0.95),
    )


@contextlib.contextmanager
def servers(processes: int) -> Iterator[tuple[list[str], list[int]]]:
    """This many processes of the app as `make serve` starts them, each with its own port."""
    with contextlib.ExitStack() as stack:
        env = THRIFT | {"SADDLEPOINT_NICE": "15"}
        running = [stack.enter_context(serve(**env)) for _ in range(processes)]
        yield [each.url for each in running], [each.process.pid for each in running]


async def survey(url: str) -> list[str]:
    """The experiments that answer while a finger drags, in an order of chance.

    Each is opened and moved once, so that nobody in the class pays for what a process does once.
    """
    found = []
    for topic in (topic.noun for topic in TOPICS if topic.built):
        scout = await visited(url, topic)
        for slug in scout.others:
            one = await visited(url, f"{topic}/{slug}")
            if not one.long and one.card:
                found.append(f"{topic}/{slug}")
    return random.Random(0).sample(found, len(found))


async def visited(url: str, place: str) -> Student:
    student = Student(url, place)
    await student.open()
    if student.card:
        await student.look(student.drag(1)[0])
    await student.close()
    for fault in student.faults:
        print(f"    {place}: {fault}", flush=True)
    return student


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, nargs="+", default=[1, 10, 40, 100])
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--seconds", type=float, default=20, help="length of a lesson")
    parser.add_argument("--pictures", type=int, default=1, help="of the drag in a move")
    parser.add_argument("--place", help="topic/slug that the whole class works on; all by default")
    parser.add_argument("--trainings", type=int, default=0, help="students who train beside them")
    parser.add_argument("--training", default="landscapes/network", help="their topic/slug")
    parser.add_argument("--url", nargs="+", help="servers that run already")
    parser.add_argument("--no-chromium", dest="chromium", action="store_false")
    args = parser.parse_args()
    print("| " + " | ".join(COLUMNS) + " |\n|" + "---|" * len(COLUMNS), flush=True)
    for processes in [0] if args.url else args.processes:
        with servers(processes) as (urls, pids):
            aims = args.url or urls
            surveys = [uvloop.run(survey(url)) for url in aims]
            places = [args.place] if args.place else surveys[0]
            for students in args.students:
                tally = uvloop.run(crowd(aims, pids, places, students, args))
                cells = row(students, pids, tally, args.trainings)
                print("| " + " | ".join(cells) + " |", flush=True)
                for what, times in (tally.faults + tally.refused).most_common(10):
                    print(f"    {times} times: {what}", flush=True)


if __name__ == "__main__":
    main()
