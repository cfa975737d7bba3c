"""Files that outlive the process: by weight, by content, between processes, or not at all."""

import os
import subprocess
import sys
import threading

import pytest
import torch

from core import pictures, sheets, shelf
from core.keep import Keep
from tests.files import png


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(shelf.VARIABLE, str(tmp_path / "files"))
    return tmp_path / "files"


@pytest.fixture
def restart(monkeypatch):
    """Forget what this process remembers."""

    def again():
        monkeypatch.setattr(sheets, "_own", Keep(sheets.KEPT))
        monkeypatch.setattr(pictures, "_own", Keep(pictures.KEPT))

    return again


def kept(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_files_survive_a_restart_as_they_were(folder, restart):
    table = sheets.add("a;größe\n1;2,5\n".encode("cp1252"))
    drawn = pictures.add(png(3, 1, bytes([0, 0, 100, 255])))
    before = sheets.sheet(table), pictures.picture(drawn)
    restart()
    assert sheets.sheet(table) == before[0] and before[0].names == ("a", "größe")
    assert torch.equal(pictures.picture(drawn), before[1])
    assert pictures.picture(drawn).flatten().tolist() == pytest.approx([0, 100 / 255, 1])
    assert kept(folder) == sorted([f"{table}.csv", f"{drawn}.png"])


def test_another_process_finds_them(folder):
    table = sheets.add(b"a,b\n1,2\n")
    script = f"from core.sheets import add, sheet; print(sheet('{table}').cells, add(b'c\\n3\\n'))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    told, name = done.stdout.rsplit(maxsplit=1)
    assert told == "(('1', '2'),)"
    assert sheets.sheet(name).cells == (("3",),)


def test_only_what_was_accepted_is_written(folder):
    for door, raw in ((sheets.add, b"a,b\n1\n"), (pictures.add, b"GIF89a"), (sheets.add, b"")):
        with pytest.raises(ValueError, match="expected"):
            door(raw)
    assert not folder.exists()


def test_the_file_used_least_recently_goes_first(folder, restart, monkeypatch):
    monkeypatch.setattr(shelf, "LIMIT", 22)
    names = [sheets.add(f"a\n{n}\n".encode() + b"\n" * 3) for n in range(3)]  # 7 bytes each
    for age, name in enumerate(names):
        os.utime(folder / f"{name}.csv", (1000 + age, 1000 + age))
    restart()
    assert sheets.sheet(names[0]).cells == (("0",),)  # looked at: now the newest
    sheets.add(b"b\n9\n\n\n\n")
    restart()
    with pytest.raises(ValueError, match=f"{names[1]}: it is gone, as the server keeps the latest"):
        sheets.sheet(names[1])
    assert [sheets.sheet(names[k]).cells for k in (0, 2)] == [(("0",),), (("2",),)]


def test_the_same_file_again_is_only_marked_as_used(folder):
    name = sheets.add(b"a\n1\n")
    path = folder / f"{name}.csv"
    os.utime(path, (1000, 1000))
    assert sheets.add(b"a\n1\n") == name and path.stat().st_mtime > 1000
    assert kept(folder) == [path.name]


def test_a_damaged_file_is_not_read(folder, restart):
    name = sheets.add(b"a\n1\n")
    (folder / f"{name}.csv").write_bytes(b"a\n2\n")
    restart()
    with pytest.raises(ValueError, match="it is gone"):
        sheets.sheet(name)
    assert not kept(folder)


@pytest.mark.parametrize("name", ["own-../../../pass", "own-", "own-0123456789AB", "own-0" * 99])
def test_no_other_name_is_looked_for(folder, name):
    (folder / "x").mkdir(parents=True)
    assert shelf.read(name, "csv") is None


def test_files_of_others_stay_and_half_written_ones_are_cleared(folder, monkeypatch):
    folder.mkdir()
    (folder / "thesis.csv").write_bytes(bytes(100))
    for name in (".own-0123456789ab.csv.old", ".own-0123456789ab.csv.new"):
        (folder / name).write_bytes(b"a")
    os.utime(folder / ".own-0123456789ab.csv.old", (1000, 1000))
    monkeypatch.setattr(shelf, "LIMIT", 1)
    name = sheets.add(b"a\n1\n")
    assert kept(folder) == [".own-0123456789ab.csv.new", f"{name}.csv", "thesis.csv"]


@pytest.mark.parametrize("place", ["", "file/below"])
def test_where_nothing_can_be_written_the_process_still_remembers(place, tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setattr(shelf, "folder", lambda: tmp_path / place if place else None)
    name = sheets.add(f"a\n{len(place)}1\n".encode())
    assert sheets.sheet(name).cells == ((f"{len(place)}1",),)
    with pytest.raises(ValueError, match="it is gone"):
        sheets.sheet("own-0123456789ab")


def test_a_full_disk_leaves_nothing_half_written(folder, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shelf.os, "replace", full)
    name = sheets.add(b"a\n1\n")
    assert sheets.sheet(name).cells == (("1",),) and kept(folder) == []


def test_a_server_settles_in_a_folder_of_its_own_user(tmp_path, monkeypatch):
    monkeypatch.setattr(shelf.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setenv(shelf.VARIABLE, "")
    shelf.settle()
    assert shelf.folder() is None  # switched off by hand
    monkeypatch.delenv(shelf.VARIABLE)
    shelf.settle()
    assert shelf.folder().parent == tmp_path and shelf.folder().stat().st_mode & 0o77 == 0


def test_a_folder_that_is_a_link_of_somebody_else_s_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setattr(shelf.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setenv(shelf.VARIABLE, "x")
    monkeypatch.delenv(shelf.VARIABLE)
    (tmp_path / "theirs").mkdir()
    (tmp_path / f"saddlepoint-{os.getuid()}").symlink_to(tmp_path / "theirs")
    shelf.settle()
    assert shelf.folder() is None


def test_many_at_once_neither_fail_nor_overfill_the_folder(folder, monkeypatch):
    monkeypatch.setattr(shelf, "LIMIT", 400)
    failures = []

    def work(k):
        try:
            for n in range(30):
                text = f"a\n{k}{n}\n"
                assert sheets.sheet(sheets.add(text.encode())).cells == ((f"{k}{n}",),)
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(1, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    shelf.tidy(folder)
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 400
