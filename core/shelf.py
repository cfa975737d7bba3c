"""Files of students in a folder that outlives the process and is shared by all of them.

The folder is `SADDLEPOINT_FILES`; without it, or where it cannot be written, nothing is kept here.
A file is named by its content, so what is damaged is not read, and what was kept before is only
marked as used. The files used least recently go first.
"""

import hashlib
import logging
import os
import re
import tempfile
import time
from pathlib import Path

log = logging.getLogger("saddlepoint")

VARIABLE = "SADDLEPOINT_FILES"
LIMIT = 256_000_000  # bytes of all files together
MOST = 5000  # files, however small
OURS = re.compile(r"own-[0-9a-f]{12}\.(?:csv|png)")
PARTIAL, HOUR = ".own-", 3600 * 10**9  # a file half written; left behind when it is this old (ns)
_refused: set[str] = set()  # folders in which the last file could not be written


def named(content: bytes) -> str:
    """The name of a content: "own-" and 12 digits of its hash."""
    return "own-" + hashlib.blake2b(content, digest_size=6).hexdigest()


def settle() -> None:
    """For a server: a folder of this user's beside other temporary ones, unless one is named."""
    if VARIABLE not in os.environ:
        path = Path(tempfile.gettempdir()) / f"saddlepoint-{getattr(os, 'getuid', int)()}"
        try:
            path.mkdir(mode=0o700, exist_ok=True)
            mine = not path.is_symlink() and path.stat().st_uid == getattr(os, "getuid", int)()
        except OSError:  # a read-only file system
            mine = False
        os.environ[VARIABLE] = str(path) if mine else ""


def folder() -> Path | None:
    """Where files are kept, or None."""
    found = os.environ.get(VARIABLE, "")
    return Path(found) if found else None


def write(content: bytes, ending: str) -> str:
    """Keep a content, and return its name."""
    name = named(content)
    where = folder()
    if not where:
        return name
    path = where / f"{name}.{ending}"
    if used(name, ending) and _state(path)[1] == len(content):
        return name
    try:
        where.mkdir(parents=True, exist_ok=True)
        _replace(path, content)
        tidy(where)
        _refused.discard(str(where))
    except OSError as error:  # full, or read-only: the process still remembers
        if str(where) not in _refused:
            log.warning("files of students are kept in memory only: %s", error)
        _refused.add(str(where))
    return name


def used(name: str, ending: str) -> bool:
    """Whether the folder has a content of this name; it counts as used now."""
    where = folder()
    return bool(where) and _touched(where / f"{name}.{ending}")


def read(name: str, ending: str) -> bytes | None:
    """The content of this name, or None where it is gone."""
    where = folder()
    if not where or not OURS.fullmatch(f"{name}.{ending}"):
        return None
    path = where / f"{name}.{ending}"
    try:
        content = path.read_bytes()
        if named(content) != name:
            path.unlink()
            return None
    except OSError:
        return None
    _touched(path)
    return content


def gone(what: str, name: str, memory: int) -> ValueError:
    """The refusal of a name whose content is not kept any more, by folder or memory (bytes)."""
    if folder() and str(folder()) not in _refused:
        most, until = LIMIT, ""
    else:
        most, until = memory, ", until it starts anew"
    kept = f"the server keeps the latest {most // 1_000_000} MB of such files{until}"
    told = f"it is gone, as {kept}; upload it again"
    return ValueError(f"expected a {what} that is still kept, got {name}: {told}")


def tidy(where: Path) -> None:
    """Delete the files used least recently until the rest is within `LIMIT` and `MOST`."""
    there = list(where.iterdir())
    for path in there:
        if path.name.startswith(PARTIAL) and _state(path)[0] < time.time_ns() - HOUR:
            path.unlink(missing_ok=True)
    aged = sorted((_state(path), path) for path in there if OURS.fullmatch(path.name))
    total, count = sum(size for (_, size), _ in aged), len(aged)
    for (_, size), path in aged[:-1]:
        if total <= LIMIT and count <= MOST:
            break
        path.unlink(missing_ok=True)
        total, count = total - size, count - 1


def _state(path: Path) -> tuple[int, int]:
    """When it was last used, and its size; (0, 0) where another process has just deleted it."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def _touched(path: Path) -> bool:
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    except OSError:  # read-only, but there
        return True
    return True


def _replace(path: Path, content: bytes) -> None:
    """Whole or not at all, whoever reads meanwhile."""
    handle, partial = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(partial, path)
    except BaseException:
        os.unlink(partial)
        raise
