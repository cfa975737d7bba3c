"""nginx: where it is, and its configuration for some processes, from the template beside this."""

import argparse
import os
import re
import resource
import shutil
import ssl
import subprocess
from pathlib import Path

from core.headers import HEADERS

TEMPLATE = Path(__file__).with_name("nginx.conf")
# Debian keeps it off the path of ordinary users
PROGRAM = shutil.which("nginx") or "/usr/sbin/nginx"
TLS = (
    'ssl_certificate "{}"; ssl_certificate_key "{}"; ssl_protocols TLSv1.2 TLSv1.3; '
    "ssl_session_cache shared:tls:4m; proxy_cookie_flags ~ secure; "
    # plain http on the same port
    "error_page 497 =301 https://$http_host$request_uri;"
)


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
    tls = (chosen.certificate, chosen.key) if chosen.certificate else ()
    filled = {
        "folder": str(folder),
        "listen": f"{chosen.address}:{chosen.port}{' ssl' if tls else ''}",
        "tls": TLS.format(*map(Path.resolve, tls)) if tls else "",
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


def unfit(certificate: Path | None, key: Path | None) -> str:
    """What is wrong with the files for TLS; "" where nothing is, or where none are given."""
    if not certificate and not key:
        return ""
    if not certificate or not key:
        return "expected --certificate and --key together"
    try:
        for file in (certificate, key):
            file.read_bytes()
        pair = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        pair.load_cert_chain(certificate, key, password="")
    except ssl.SSLError as error:
        told = f"expected a certificate in {certificate} and its key, without a password, in {key}"
        return f"{told} ({error.reason or error})"
    except OSError as error:
        return f"cannot read {error.filename}: {error.strerror}"
    return ""


def refusal(command: list[str]) -> str:
    """What nginx has against its configuration; "" when it would start."""
    tried = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    return tried.stderr.strip() if tried.returncode else ""
