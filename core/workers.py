"""What runs in a worker process: one importable generator, its snapshots packed for the way back.

The process that workers are forked from preloads it together with torch.
"""

import importlib
import os
import pickle
import re
import traceback
from collections.abc import Iterator, Mapping
from multiprocessing.connection import Connection

from core import sheets

SNAPSHOT, REFUSED, FULL, BROKEN, END = (bytes([kind]) for kind in range(5))
NICE = 15


def packets(where: str, values: Mapping, files: Mapping[str, bytes], room: int) -> Iterator[bytes]:
    """The snapshots of a run, each as `SNAPSHOT` and its pickle; then one packet that ends it.

    `END`, or `REFUSED` with the sentence of a ValueError, `FULL` where memory ran out, `BROKEN`
    with the traceback of anything else.

    Args:
        where: "module:function" of the generator function.
        values: its arguments.
        files: tables of students that the values name, by name.
        room: bytes that the process may take beyond what it has.
    """
    try:
        import torch  # not at the top: the app, too, knows this file

        torch.set_num_threads(1)
        _limit(room)
        for content in files.values():
            sheets.add(content)
        module, _, name = where.partition(":")
        function = getattr(importlib.import_module(module), name)
        for snapshot in function(**values):
            yield SNAPSHOT + pickle.dumps(snapshot, pickle.HIGHEST_PROTOCOL)
    except ValueError as refusal:
        yield REFUSED + str(refusal).encode()
    except Exception as error:
        full = isinstance(error, MemoryError) or "allocate memory" in str(error)
        yield FULL if full else BROKEN + traceback.format_exc().encode()
    else:
        yield END


def work(line: Connection, where: str, values: Mapping, files: Mapping, room: int) -> None:
    """Send the own number, then the packets of a run, at the lowest claim to a processor."""
    line.send_bytes(str(os.getpid()).encode())
    if hasattr(os, "nice"):
        os.nice(int(os.environ.get("SADDLEPOINT_NICE", NICE)))
    for packet in packets(where, values, files, room):
        line.send_bytes(packet)


def _limit(room: int) -> None:
    """Refuse memory beyond what the process holds now and `room`, where the system can."""
    try:
        import resource

        with open("/proc/self/status") as status:
            held = 1024 * int(re.search(r"VmData:\s+(\d+)", status.read())[1])
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (held + room, most))
    except (ImportError, OSError):
        pass
