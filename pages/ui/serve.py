"""Publish scripts, styles and fonts into ./static, from where the host serves them itself."""

import hashlib
import os
import shutil
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "static"


def _copy(source: Path, target: Path) -> None:
    if target.exists() and target.stat().st_size == source.stat().st_size:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.copyfile(source, partial)
    partial.replace(target)


def _digest(folder: Path) -> str:
    total = hashlib.blake2b(digest_size=5)
    for path in sorted(folder.iterdir()):
        total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()


@cache
def publish() -> dict[str, str]:
    """Copy what is missing; return name -> path below app/static.

    Our own scripts go into a folder named by their content, so that a browser never mixes
    versions. Safe to call from several processes, and a no-op on a read-only file system that
    was published when the image was built.
    """
    import plotly

    stage = f"stage-{_digest(ROOT / 'assets/stage')}"
    bundle = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    copies = {path: f"{stage}/{path.name}" for path in (ROOT / "assets/stage").iterdir()}
    copies[bundle] = f"plotly-{plotly.__version__}.min.js"
    vendor = ROOT / "assets/vendor"
    copies |= {p: str(p.relative_to(vendor)) for p in vendor.rglob("*") if p.is_file()}
    for source, name in copies.items():
        _copy(source, STATIC / name)
    return {source.name: name for source, name in copies.items()}


def url(name: str) -> str:
    """Address of a published file, relative to the app's root."""
    return f"app/static/{publish()[name]}"
