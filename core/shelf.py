"""Files of students in a folder that outlives the process and is shared by all of them.

The folder is `SADDLEPOINT_FILES`; without it, or where it cannot be written, nothing is kept here.
A file is named by its content, so what is damaged is not read, and what was kept before is only
marked as used. The files used least recently go first.
"""

import hashlib
import os
import re
import tempfile
import time
from pathlib import Path

VARIABLE = "SADDLEPOINT_FILES"
LIMIT = 256_000_000  # bytes of all files together
OURS = re.compile(r"own-[0-9a-f]{12}\.(?:csv|png)")
PARTIAL, HOUR = ".own-", 3600 * 10**9  # a file half written; left behind when it is this old (ns)


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
    if where and not _touched(where / f"{name}.{ending}"):
        try:
            where.mkdir(parents=True, exist_ok=True)
            _replace(where / f"{name}.{ending}", content)
            tidy(where)
        except OSError:  # full, or read-only: the process still remembers
            pass
    return name


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
    most = (LIMIT if folder() else memory) // 1_000_000
    told = f"it is gone, as the server keeps the latest {most} MB of such files; upload it again"
    return ValueError(f"expected a {what} that is still kept, got {name}: {told}")


def tidy(where: Path) -> None:
    """Delete the files used least recently until the rest weighs no more than `LIMIT`."""
    there = list(where.iterdir())
    for path in there:
        if path.name.startswith(PARTIAL) and _state(path)[0] < time.time_ns() - HOUR:
            path.unlink(missing_ok=True)
    aged = sorted((_state(path), path) for path in there if OURS.fullmatch(path.name))
    total = sum(size for (_, size), _ in aged)
    for (_, size), path in aged[:-1]:
        if total <= LIMIT:
            break
        path.unlink(missing_ok=True)
        total -= size


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
