"""The classroom server on one host: an app process for each core behind nginx, on one port.

    python -m deploy.serve --port 8501

It needs nginx (Debian's will do) and no privileges. A process opens its door once it is warm; one
that ends, or is silent for some 20 seconds, is started anew, while the others serve its visitors.
SIGTERM or SIGINT: no new visitors, requests under way are answered, then everything ends.
"""

import argparse
import asyncio
import logging
import os
import resource
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import time
import tomllib
from contextlib import suppress
from pathlib import Path

from prometheus_client import start_http_server

from core import journal, refusal
from core.refusal import refuse
from deploy import nginx
from deploy.figures import Figures

log = logging.getLogger("saddlepoint.serve")

ROOT = Path(__file__).resolve().parents[1]
MEMORY = 1_000_000_000  # bytes of a process, with room
# glibc would keep some 200 MB of freed arrays in each process
THRIFT = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": str(2**22),
    "MALLOC_TRIM_THRESHOLD_": str(2**23),
}
PAUSE, LONGEST = 0.5, 30.0  # seconds before a restart: at first, at most
STEADY = 60.0  # seconds after which an end is no repetition of the last one
BEAT, LOOK = 3.0, 8.0  # seconds between looks at a process, and for it to answer one
SILENT = 2  # missed looks after which it is taken for hung
ENDING = 10.0  # seconds for a process to end


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make serve", formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("--address", default="0.0.0.0", help="where nginx listens")
    add("--port", type=int, default=8501, help="the one port for everything")
    add("--processes", type=int, default=processes(), help="app processes")
    add("--path", default="", help="below which path of its host the app lies, such as course/lab")
    add("--metrics", default="127.0.0.1:9100", help="where Prometheus asks; '' for nowhere")
    add("--nginx", default=nginx.PROGRAM, help="the program")
    add("--certificate", type=Path, help="for https: file with the certificate and its chain")
    add("--key", type=Path, help="file with the key of the certificate")
    add("--users", type=Path, help="password file of nginx (htpasswd): who is not in it stays out")
    add("--drain", type=float, default=5.0, help="seconds for requests under way at the end")
    return parser.parse_args()


def processes() -> int:
    """One for each core, as far as memory goes."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return max(1, min(len(os.sched_getaffinity(0)), memory // MEMORY))


def secret() -> dict[str, str]:
    """A cookie secret for all processes, where the operator has set none."""
    for place in (ROOT, Path.home()):
        with suppress(OSError):
            kept = tomllib.loads((place / ".streamlit/config.toml").read_text(encoding="utf-8"))
            if kept.get("server", {}).get("cookieSecret"):
                return {}
    return {"STREAMLIT_SERVER_COOKIE_SECRET": secrets.token_hex(32)}


class Server:
    """The processes and their nginx."""

    def __init__(self, chosen: argparse.Namespace, program: str, folder: Path):
        self.chosen, self.program, self.folder = chosen, program, folder
        self.path = chosen.path.strip("/")
        self.stopping = asyncio.Event()
        self.welcomed = self.refused = False
        self.running: dict[str, asyncio.subprocess.Process] = {}
        self.figures = Figures(chosen.processes)
        below = {"STREAMLIT_SERVER_BASE_URL_PATH": self.path} if self.path else {}
        ours = {"SADDLEPOINT_WARM": "first", "STREAMLIT_SERVER_HEADLESS": "true"}
        ours["WEBSOCKETS_MAX_LINE_LENGTH"] = "65536"  # of cookies, which say who has signed in
        if not sys.stderr.isatty():
            ours[journal.SETTING] = "json"
        self.env = secret() | THRIFT | {"SADDLEPOINT_WORKERS": "1"} | os.environ | below | ours

    async def run(self) -> None:
        """Until a signal comes."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stopping.set)
        numbers = range(self.chosen.processes)
        configuration = nginx.write(self.chosen, self.folder)
        command = [self.program, "-e", "stderr", "-p", str(self.folder), "-c", str(configuration)]
        if told := nginx.refusal(command):
            refuse(f"nginx refuses its configuration:\n{told}")
        kept = [asyncio.create_task(self.keep("nginx", command))]
        kept += [asyncio.create_task(self.keep(f"app-{n}", self.app(n))) for n in numbers]
        watched = [asyncio.create_task(self.watch(n)) for n in numbers]
        welcomed = asyncio.create_task(self.welcome())
        await self.stopping.wait()
        for task in (*watched, welcomed):
            task.cancel()
        await self.end()
        await asyncio.gather(*kept)
        log.info("ended")

    def app(self, number: int) -> list[str]:
        """The command of an app process."""
        return [sys.executable, "-m", "deploy.process", nginx.door(self.folder, number)]

    async def keep(self, name: str, command: list[str]) -> None:
        """Run a command again whenever it ends, at growing intervals where it ends soon."""
        pause = PAUSE
        env = self.env
        if name != "nginx":
            number = int(name.removeprefix("app-"))
            port = self.figures.ports[number]
            env = env | {journal.PROCESS: str(number), "SADDLEPOINT_METRICS": f"127.0.0.1:{port}"}
        if shutil.which("setpriv"):  # nothing outlives this process, even where it is killed
            command = ["setpriv", "--pdeathsig", "TERM", *command]
        while not self.stopping.is_set():
            began = time.monotonic()
            pipe = asyncio.subprocess.PIPE if name == "nginx" else None
            if pipe:  # a killed nginx leaves its socket, which the next could not open
                (self.folder / "press.sock").unlink(missing_ok=True)
            process = self.running[name] = await asyncio.create_subprocess_exec(
                *command, cwd=ROOT, env=env, stderr=pipe, process_group=0
            )
            told = {"event": "started", "what": name, "pid": process.pid}
            log.info("%s started", name, extra=told)
            if process.stderr:
                self.figures.opened(name)
                reading = asyncio.create_task(repeat(process.stderr))
            while process.returncode is None:  # what it leaves behind may hold its pipe open
                await asyncio.sleep(0.1)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            code = await process.wait()
            if process.stderr:
                await reading
            if code == refusal.CODE and not self.welcomed:  # it has said why
                self.refused = True
                self.stopping.set()
            if self.stopping.is_set():
                break
            if time.monotonic() - began > STEADY:
                pause = PAUSE
            told = {"event": "died", "what": name, "code": code, "pause": pause}
            log.error("%s ended with %s; again in %g s", name, code, pause, extra=told)
            self.figures.died(name)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), pause)
            pause = min(LONGEST, 2 * pause)
        del self.running[name]

    async def answer(self, number: int, page: str) -> bytes:
        """What a page of one process says; nothing where there is no answer, or a bad one."""
        below = f"/{self.path}/" if self.path else "/"
        try:
            async with asyncio.timeout(LOOK):
                reader, writer = await asyncio.open_unix_connection(nginx.door(self.folder, number))
                writer.write(f"GET {below}{page} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
                head, _, body = (await reader.read()).partition(b"\r\n\r\n")
                writer.close()
        except (OSError, TimeoutError):
            return b""
        return body if b" 200 " in head.partition(b"\r\n")[0] + b" " else b""

    async def watch(self, number: int) -> None:
        """Say when a process answers; kill one that has answered and is silent for long."""
        name, of, missed = f"app-{number}", None, 0
        while True:
            process, began = self.running.get(name), time.monotonic()
            well = await self.answer(number, "_stcore/health") == b"ok"
            if well and process is not of:
                of, missed = process, 0
                self.figures.opened(name)
                log.info("%s answers", name, extra={"event": "answers", "what": name})
            elif process is of:
                missed = 0 if well else missed + 1
                if missed == SILENT and process and process.returncode is None:
                    log.error("%s is silent: killed", name, extra={"event": "hung", "what": name})
                    process.kill()
            if not process or process is not of:
                await asyncio.sleep(PAUSE)
            elif well:
                await asyncio.sleep(BEAT)
            else:  # a look that is refused at once takes its time, too
                await asyncio.sleep(began + LOOK - time.monotonic())

    async def welcome(self) -> None:
        """One sentence when everything is there."""
        numbers = range(self.chosen.processes)
        while not all([b'"ready":true' in await self.answer(n, "readyz") for n in numbers]):
            await asyncio.sleep(PAUSE)
        self.welcomed = True
        scheme = "https" if self.chosen.certificate else "http"
        place = f"{scheme}://{self.chosen.address}:{self.chosen.port}/{self.path}"
        told = {"event": "ready", "processes": len(numbers), "folder": str(self.folder)}
        log.info("ready on %s, %d processes", place, len(numbers), extra=told)

    async def end(self) -> None:
        """First nginx, which answers what is under way, then the processes."""
        log.info("stopping", extra={"event": "stopping"})
        self.signal("nginx", signal.SIGQUIT)
        await self.gone({"nginx"}, self.chosen.drain)
        apps = {name for name in self.running if name != "nginx"}
        for name in apps:
            self.signal(name, signal.SIGTERM)
        await self.gone(apps, ENDING)
        for name in apps:
            self.signal(name, signal.SIGKILL)
        self.signal("nginx", signal.SIGTERM)

    def signal(self, name: str, number: signal.Signals) -> None:
        process = self.running.get(name)
        if process and process.returncode is None:
            process.send_signal(number)

    async def gone(self, names: set[str], patience: float) -> None:
        """Wait until none of them runs, or time is up."""
        until = time.monotonic() + patience
        while names & set(self.running) and time.monotonic() < until:
            await asyncio.sleep(0.05)


async def repeat(told: asyncio.StreamReader) -> None:
    """What nginx says, in our log."""
    async for line in told:
        log.warning("nginx: %s", line.decode(errors="replace").strip())


def main() -> None:
    chosen = options()
    program = shutil.which(chosen.nginx)
    if not program:
        refuse(
            f"make serve needs nginx, and there is no {chosen.nginx}. On Debian or Ubuntu: "
            "sudo apt install nginx-light. Its own service is not needed: "
            "sudo systemctl disable --now nginx."
        )
    if chosen.processes < 1:
        refuse(f"expected --processes to be at least 1, got {chosen.processes}")
    if chosen.users and not chosen.users.is_file():
        refuse(f"expected --users to be a password file, got {chosen.users}")
    if told := nginx.unfit(chosen.certificate, chosen.key):
        refuse(told)
    with socket.socket(socket.AF_INET6 if ":" in chosen.address else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((chosen.address.strip("[]"), chosen.port))
        except OSError as error:
            refuse(f"cannot listen on {chosen.address}:{chosen.port}: {error.strerror}")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if sys.stderr.isatty():
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    else:
        journal.structured()
    # a root's nginx works as somebody else, who must get there
    place = "/tmp" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="saddlepoint-", dir=place) as folder:
        server = Server(chosen, program, Path(folder))
        host, _, port = chosen.metrics.rpartition(":")
        if port:
            try:
                start_http_server(int(port), host or "127.0.0.1", server.figures.registry)
            except (OSError, ValueError) as error:
                refuse(f"cannot show metrics on {chosen.metrics}: {error}")
        asyncio.run(server.run())
    if server.refused:
        sys.exit(refusal.CODE)


if __name__ == "__main__":
    main()
