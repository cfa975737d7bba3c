"""Files of a class: kept on disk and shared, in memory where there is no disk, said when gone."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from core import pictures, sheets, shelf
from core.headers import HEADERS
from core.keep import Keep
from tests.browser.harness import ROOT, Server, serve
from tests.files import png
from tests.memory import most
from tests.server.stranger import PATIENCE, connected, faults
from tests.wire import head

pytestmark = pytest.mark.xdist_group("files")

NOWHERE = "/proc/saddlepoint"  # where not even root can make a folder
TABLE = b"coalition,value\n,0\n1,1\n2,2\n1 2,6\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """The app on a machine whose disk takes no files."""
    with serve(SADDLEPOINT_FILES=NOWHERE) as running:
        yield running


def sent(server: Server, door: str, body: bytes) -> tuple[int, bytes]:
    try:
        with urlopen(f"{server.url}/{door}", body, PATIENCE) as reply:
            return reply.status, reply.read()
    except HTTPError as refusal:
        return refusal.code, refusal.read()


def told(server: Server, table: str) -> str | None:
    """What stands in the place of the picture of a game from a table."""
    asked = {"slug": "game", "who": "x", "seq": 1, "rev": 0, "p": {"game": table}, "pins": []}
    body = json.dumps(asked | {"have": [], "words": True}).encode()
    return head(sent(server, "live/shapley", body)[1])["error"]


def test_where_nothing_can_be_written_files_are_kept_in_memory(server):
    status, name = sent(server, "table", TABLE)
    assert status == 200 and not told(server, name.decode())
    assert sent(server, "picture", png(2, 2, bytes(6)))[0] == 200
    said = "files of students are kept in memory only"
    assert server.log.read_text().count(said) == 1, "the operator is told once"
    assert not Path(NOWHERE).exists()


def test_the_page_says_in_one_sentence_that_a_file_is_gone(server):
    sent(server, "table", TABLE)
    sentence = (
        "expected a table that is still kept, got own-0123456789ab: it is gone, as the server "
        "keeps the latest 16 MB of such files, until it starts anew; upload it again"
    )
    assert told(server, "own-0123456789ab") == sentence
    with connected(server.url) as visitor:
        heard = visitor.visit("shapley", "exp=game&game=own-0123456789ab")
    assert not faults(heard)
    assert sentence.encode() in b"".join(message.SerializeToString() for message in heard)


def test_the_app_itself_stands_behind_the_gate(server):
    with urlopen(server.url, timeout=PATIENCE) as reply:
        policy = reply.headers["Content-Security-Policy"]
    assert policy == HEADERS["Content-Security-Policy"]


def test_a_picture_that_would_unpack_to_hundreds_of_megabytes_is_refused_unopened(server, figure):
    before = most(server.process.pid)
    for side, colours in ((13_000, 0), (60_000, 0), (9_000, 2)):
        bits = 8 if colours else 1
        bomb = png(side, side, bytes(2_000_000), bits=bits, colour=colours)
        status, sentence = sent(server, "picture", bomb)
        assert status == 400 and b"megapixels" in sentence
    rise = most(server.process.pid) - before
    figure("image bombs: memory rise at most", rise, "MB")
    assert rise < 100


def in_a_process(folder: Path, program: str) -> str:
    """What a process prints whose files lie in the folder."""
    command = [sys.executable, "-c", "from core import sheets, shelf; " + program]
    env = os.environ | {shelf.VARIABLE: str(folder)}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_full_disk_takes_nothing_half_and_the_process_remembers(tmp_path, figure):
    full = "import resource as r; r.setrlimit(r.RLIMIT_FSIZE, (10, 10)); "
    program = "name = sheets.add(b'long,names,here\\n1,2,3\\n'); print(sheets.sheet(name).names)"
    assert in_a_process(tmp_path, full + program) == "('long', 'names', 'here')"
    left = list(tmp_path.iterdir())
    figure("a full disk: files left half written", len(left), "files")
    assert not left


def test_hundreds_of_small_files_of_a_class_are_all_there_after_a_restart(tmp_path):
    program = "print(*[sheets.add(b'a,b\\n%d,2\\n' % n) for n in range(300)])"
    names = in_a_process(tmp_path, program).split()
    found = f"print(sum(int(sheets.sheet(n).cells[0][0]) for n in {names}))"
    assert len(set(names)) == 300 and in_a_process(tmp_path, found) == str(sum(range(300)))


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv(shelf.VARIABLE, str(tmp_path))
    monkeypatch.setattr(sheets, "_own", Keep(sheets.KEPT))
    monkeypatch.setattr(pictures, "_own", Keep(pictures.KEPT))
    return tmp_path


@pytest.mark.parametrize(
    ("add", "look", "ending"),
    [
        (lambda n: sheets.add(b"a\n%d\n" % n), sheets.sheet, "csv"),
        (lambda n: pictures.add(png(1, 1, bytes([0, n]))), pictures.picture, "png"),
    ],
    ids=["table", "picture"],
)
def test_a_file_in_use_stays_on_disk_however_many_small_ones_come(
    folder, monkeypatch, add, look, ending
):
    monkeypatch.setattr(shelf, "MOST", 3)
    names = [add(n) for n in range(3)]
    for age, name in enumerate(names):
        os.utime(folder / f"{name}.{ending}", (1000 + age, 1000 + age))
    look(names[0])  # from memory
    names.append(add(3))
    kept = {path.stem for path in folder.iterdir()}
    assert kept == {names[0], names[2], names[3]}


def test_a_file_cut_short_by_a_power_failure_is_mended_by_the_next_upload(folder):
    name = sheets.add(TABLE)
    path = folder / f"{name}.csv"
    path.write_bytes(b"")
    assert sheets.add(TABLE) == name and path.read_bytes() == TABLE


def test_a_flood_of_tiny_things_is_bounded_in_memory(monkeypatch):
    monkeypatch.setattr("core.keep.MOST", 100)
    keep = Keep(1_000_000)
    for number in range(1000):
        keep.put(number, "x")
    assert len(keep) == 100 and keep.get(999) and not keep.get(0)
