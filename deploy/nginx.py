"""nginx: where it is, and its configuration for some processes, from the template beside this."""

import argparse
import os
import re
import resource
import shutil
import subprocess
from pathlib import Path

from core.headers import HEADERS

TEMPLATE = Path(__file__).with_name("nginx.conf")
# Debian keeps it off the path of ordinary users
PROGRAM = shutil.which("nginx") or "/usr/sbin/nginx"


def door(folder: Path, number: int) -> str:
    """The socket of an app process."""
    return f"{folder}/app-{number}.sock"


def write(chosen: argparse.Namespace, folder: Path) -> Path:
    """The configuration for these options, in a folder that holds everything nginx writes."""
    numbers = range(chosen.processes)
    doors = [f"server unix:{door(folder, n)}" for n in numbers]
    files = min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 65_536)
    users = folder / "users"
    if chosen.users:
        users.write_bytes(chosen.users.read_bytes())
    says = (f'add_header {name} "{value}" always;' for name, value in HEADERS.items())
    filled = {
        "folder": str(folder),
        "listen": f"{chosen.address}:{chosen.port}",
        "files": str(files),
        "connections": str(min(files // 2, 16_384)),
        "everyone": " ".join(f"{each} max_fails=1 fail_timeout=2s;" for each in doors),
        "pools": "\n    ".join(pool(n, doors) for n in numbers),
        "numbers": " ".join(f"{n} process{n};" for n in numbers),
        "auth": f'auth_basic Saddlepoint; auth_basic_user_file "{users}";' if chosen.users else "",
        "headers": " ".join(says),
        "hidden": " ".join(f"proxy_hide_header {name};" for name in HEADERS),
    }
    path = folder / "nginx.conf"
    template = TEMPLATE.read_text(encoding="utf-8")
    path.write_text(re.sub("@([a-z]+)@", lambda match: filled[match[1]], template))
    if os.geteuid() == 0:  # its workers are somebody else then
        folder.chmod(0o711)
    return path


def pool(number: int, doors: list[str]) -> str:
    """One process, and the others for while it is away."""
    spare = (f"{each} backup;" for n, each in enumerate(doors) if n != number)
    own = f"{doors[number]} max_fails=1 fail_timeout=2s;"
    kept = f"zone process{number} 64k; {own} {' '.join(spare)} keepalive 32;"
    return f"upstream process{number} {{ {kept} }}"


def refusal(command: list[str]) -> str:
    """What nginx has against its configuration; "" when it would start."""
    tried = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    return tried.stderr.strip() if tried.returncode else ""
