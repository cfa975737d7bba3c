"""python -m benchmarks [name ...]: one Markdown table of what is measured here, in this run.

Every module of this package with a `rows()` contributes; names restrict the run to those modules.
Nothing is asserted: a ratio beyond its budget is marked, and the exit code stays 0.
"""

import importlib
import os
import pkgutil
import platform
import sys
import traceback

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch

import benchmarks
from benchmarks.row import Row

COLUMNS = ("what", "ours", "peer", "ratio", "budget", "agreement")


def cells(row: Row | tuple[str, ...]) -> tuple[str, ...]:
    """The columns of a row: times beside a peer's, or a latency already in words."""
    if not isinstance(row, Row):
        return row
    return (
        row.what,
        f"{row.ours_ms:.3g} ms",
        f"{row.peer_ms:.3g} ms ({row.peer})",
        f"{row.ratio:.1f}×{'' if row.within else ' (beyond budget)'}",
        f"≥ {row.budget:g}×",
        f"{row.agreement:.1g}",
    )


def modules(wanted: list[str]) -> list[str]:
    names = (info.name for info in pkgutil.iter_modules(benchmarks.__path__) if not info.ispkg)
    return sorted(name for name in names if name != "__main__" and (not wanted or name in wanted))


def main(wanted: list[str]) -> None:
    torch.set_num_threads(1)
    print(
        f"Python {platform.python_version()}, torch {torch.__version__}, "
        f"{os.cpu_count()} cores, one torch thread\n"
    )
    print("| " + " | ".join(COLUMNS) + " |")
    print("|" + "---|" * len(COLUMNS), flush=True)
    for name in modules(wanted):
        module = importlib.import_module(f"benchmarks.{name}")
        if not hasattr(module, "rows"):
            continue
        try:
            for row in module.rows():
                line = " | ".join(cell.replace("|", "\\|") for cell in cells(row))
                print(f"| {line} |", flush=True)
        except Exception:
            print(f"| {name} | failed, see below | | | | |", flush=True)
            traceback.print_exc()


if __name__ == "__main__":
    main(sys.argv[1:])
