"""The operator's guide: its commands, settings and figures are those of the server."""

import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest

from deploy import nginx
from tests.browser.harness import ROOT
from tests.deploy.classroom import needs_nginx
from tests.server.test_kubernetes import asked

GUIDE = (ROOT / "docs/operating.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """What stands in fences of a language."""
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.S)


def test_every_option_is_one_of_the_server():
    told = re.findall(r'make serve ARGS="([^"]*)"', GUIDE)
    assert len(told) >= 4
    for options in told:
        asked(*shlex.split(options))
    with pytest.raises(SystemExit, match="0"):
        asked(*re.findall(r"make serve ARGS=(-\S+?)`", GUIDE))


def test_every_setting_is_read_by_somebody():
    sources = [
        path for folder in ("core", "deploy", "pages/ui") for path in (ROOT / folder).glob("*.py")
    ]
    read = "".join(path.read_text(encoding="utf-8") for path in sources)
    for name in set(re.findall(r"SADDLEPOINT_\w+", GUIDE)):
        assert name in read, name


def test_the_secrets_of_the_guide_let_people_sign_in(tmp_path):
    (secrets,) = blocks("toml")
    place = tmp_path / ".streamlit/secrets.toml"
    place.parent.mkdir()
    place.write_text(secrets)
    program = "from pages.ui import accounts; print([accounts.fault(), accounts.providers()])"
    env = os.environ | {"HOME": str(tmp_path)}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.stdout == "['', ['school']]\n", done.stderr[-3000:]


def test_every_file_is_there_and_every_link_leads_somewhere():
    for path in re.findall(r"-f (deploy/\S+)", GUIDE):
        assert (ROOT / path).is_file(), path
    for path in re.findall(r"\]\(([\w./]+)\)", GUIDE):
        assert (ROOT / "docs" / path).is_file(), path
    assert "(docs/operating.md)" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_figures_of_a_class_are_those_of_the_benchmarks():
    """A row of the guide says what the row of the same class says there."""
    table = (ROOT / "docs/benchmarks.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| (\d[\w ]*) \| (\d+) \| (\d+), (\d+) ms \| (.*?) \| (.*?) MB \|$", GUIDE, re.M
    )
    assert len(rows) >= 4
    for students, processes, picture, commit, share, memory in rows:
        start = f"| {students}, {processes} |"
        (row,) = [line for line in table.splitlines() if line.startswith(start)]
        cells = [cell.strip() for cell in row.split("|")[2:-1]]
        assert [cells[0].split(" / ")[1], cells[1].split(" / ")[1]] == [picture, commit], start
        assert cells[5].split("; ")[1] == share.replace(" %", "%") and cells[6] == f"{memory} MB"


@needs_nginx
def test_nginx_takes_what_stands_in_front(tmp_path):
    (location,) = blocks("nginx")
    path = tmp_path / "nginx.conf"
    path.write_text(f"events {{}} http {{ server {{ listen 127.0.0.1:1; {location} }} }}")
    command = [shutil.which(nginx.PROGRAM), "-t", "-e", "stderr", "-p", str(tmp_path)]
    done = subprocess.run(
        [*command, "-g", "pid x;", "-c", str(path)], capture_output=True, text=True
    )
    assert "syntax is ok" in done.stderr, done.stderr


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd")
def test_systemd_takes_the_unit(tmp_path):
    (unit,) = blocks("ini")
    (tmp_path / "bin").mkdir()
    program = re.search(r"ExecStart=(\S+)", unit)[1]
    path = tmp_path / "saddlepoint.service"
    path.write_text(unit.replace(program, shutil.which("true")).replace("%h/saddlepoint\n", "/\n"))
    done = subprocess.run(["systemd-analyze", "verify", str(path)], capture_output=True, text=True)
    assert str(path) not in done.stderr and "saddlepoint" not in done.stderr, done.stderr
