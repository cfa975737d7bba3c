"""Publish our scripts and plotly's into ./static, from where the host serves them itself.

Fonts and KaTeX lie there already: the theme asks for them before the first page has run.
"""

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
    for source, name in copies.items():
        _copy(source, STATIC / name)
    katex = {name: f"katex/{name}" for name in ("katex.min.js", "katex.min.css")}
    return katex | {source.name: name for source, name in copies.items()}


def url(name: str) -> str:
    """Address of a published file, relative to the app's root."""
    return f"app/static/{publish()[name]}"


def libraries() -> dict[str, str]:
    """Addresses of what a picture needs, relative to our own scripts."""
    names = {"plotly": "plotly.min.js", "katex": "katex.min.js", "katexCss": "katex.min.css"}
    return {name: f"../{publish()[file]}" for name, file in names.items()}
