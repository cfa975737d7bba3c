"""Who may come in, over https and below a path: two processes, a school that knows its own."""

import hashlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from core import refusal
from tests.browser.harness import PATIENCE, ROOT, drawn, free_port
from tests.deploy.classroom import Classroom, Visitor, needs_nginx, serve
from tests.deploy.provider import CLIENT, SECRET, Provider, provider

pytestmark = [
    needs_nginx,
    pytest.mark.skipif(not shutil.which("openssl"), reason="there is no openssl"),
    pytest.mark.xdist_group("serve"),
]

EVERY = {"slug": "bowl", "who": "a", "seq": 1, "rev": 0, "p": {}, "pins": [], "have": []}
BOWL = json.dumps(EVERY | {"words": True}).encode()
PLACE = "/lab/landscapes"
LINK = f"{PLACE}?exp=bowl&kappa=30&lr_L=1.5"
# so much about a person that streamlit needs several cookies for it
GROUPS = [hashlib.sha256(bytes([n])).hexdigest() for n in range(120)]
ADA = {"email": "ada@School.example.org", "name": "Ada Lovelace", "groups": GROUPS}


@dataclass(frozen=True)
class School:
    """The server, the provider, and the certificate that nobody else has signed."""

    classroom: Classroom
    provider: Provider
    certificate: Path

    def visitor(self) -> Visitor:
        return Visitor(self.classroom.url, self.certificate)


def made(folder: Path, name: str = "") -> tuple[Path, Path]:
    """A certificate for this machine, and its key."""
    certificate, key = folder / f"{name}cert.pem", folder / f"{name}key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    return certificate, key


def home(folder: Path, secrets: str) -> str:
    """A home in which streamlit finds these secrets."""
    place = folder / ".streamlit"
    place.mkdir()
    (place / "secrets.toml").write_text(secrets)
    return str(folder)


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    folder, port = tmp_path_factory.mktemp("school"), free_port()
    certificate, key = made(folder)
    options = ["--path", "lab", "--certificate", str(certificate), "--key", str(key)]
    with provider() as known:
        secrets = f"""
            [auth]
            redirect_uri = "https://127.0.0.1:{port}/lab/oauth2callback"
            cookie_secret = "{"0123456789abcdef" * 2}"
            [auth.school]
            client_id = "{CLIENT}"
            client_secret = "{SECRET}"
            server_metadata_url = "{known.url}/.well-known/openid-configuration"
        """
        settings = {"HOME": home(folder, secrets), "SADDLEPOINT_ALLOWED": "school.example.org"}
        with serve(*options, port=port, scheme="https", **settings) as running:
            yield School(running, known, certificate)


def way_in(tab: Page) -> None:
    """The page shows it, and nothing else."""
    tab.get_by_role("button", name="Sign in with School").wait_for(timeout=PATIENCE)
    assert not tab.locator(".sp-stage, .sp-tabs, [data-testid=stTopNavLink]").count()


def status(tab: Page) -> int:
    """Of a picture, as the browser of the tab asks for it."""
    url = tab.url.partition("/lab/")[0] + "/lab/live/landscapes"
    return tab.request.post(url, data=BOWL).status


def forged() -> str:
    """A cookie as streamlit makes it, but for the secret."""
    who = {"is_logged_in": True, "email": "ada@school.example.org"}
    return create_signed_value("0" * 32, "_streamlit_user", json.dumps(who)).decode()


def test_a_stranger_sees_the_way_in_and_nothing_else(school, tab):
    tab.goto(school.classroom.url + LINK)
    way_in(tab)
    assert status(tab) == 401
    visitor = school.visitor()
    for page in ("live/landscapes", "picture", "table"):
        for cookie in (
            "",
            "_streamlit_user=eyJpc19sb2dnZWRfaW4iOnRydWV9.aa.bb",
            "_streamlit_user=",
        ):
            answer = visitor.ask(f"/lab/{page}", BOWL, Cookie=cookie)
            assert (answer.status, answer.body[:24]) == (401, b"expected somebody who ha")
    script = visitor.ask("/lab/").body.decode().partition('src="./')[2].partition('"')[0]
    for page in ("readyz", "_stcore/health", script):
        assert visitor.ask(f"/lab/{page}").status == 200


def elsewhere(tab: Page, url: str) -> str:
    """The process that has served the tab; from now on it is the other one."""
    mine = next(each["value"] for each in tab.context.cookies() if each["name"] == "saddlepoint")
    other = {"name": "saddlepoint", "value": str(1 - int(mine)), "url": url, "secure": True}
    tab.context.clear_cookies(name="saddlepoint")
    tab.context.add_cookies([other])
    return mine


def test_who_signs_in_lands_where_the_link_led_and_any_process_knows_them(school, tab):
    school.provider.person = ADA
    tab.goto(school.classroom.url + LINK)
    way_in(tab)
    tab.get_by_role("button", name="Sign in with School").click()
    tab.get_by_role("link", name="Go on").wait_for()
    before = elsewhere(tab, school.classroom.url)
    with tab.expect_response(lambda reply: "/oauth2callback" in reply.url) as callback:
        tab.get_by_role("link", name="Go on").click()
    served = [before, callback.value.headers["x-served-by"]]
    drawn(tab)
    assert sorted(served) == ["0", "1"]
    assert urlsplit(tab.url).path == PLACE and "kappa=30" in tab.url and "lr_L=1.5" in tab.url
    names = {each["name"] for each in tab.context.cookies()}
    assert {"_streamlit_user", "_streamlit_user_1"} <= names
    assert "saddlepoint_came_from" not in names
    assert all(each["secure"] for each in tab.context.cookies())
    with tab.expect_response(lambda reply: "/live/" in reply.url) as picture:
        tab.get_by_role("slider").first.press("ArrowRight")
    assert picture.value.status == 200
    assert status(tab) == 200

    tab.get_by_role("button", name="Sign out").click()
    tab.wait_for_url(school.classroom.url + "/lab/", timeout=PATIENCE)
    way_in(tab)
    assert school.provider.left == 1
    assert status(tab) == 401
    assert not {
        n for n in (c["name"] for c in tab.context.cookies()) if n.startswith("_streamlit_u")
    }


def test_an_account_of_somebody_else_stays_out(school, tab):
    school.provider.person = {"email": "eve@elsewhere.example.org"}
    tab.goto(school.classroom.url + LINK)
    tab.get_by_role("button", name="Sign in with School").click()
    tab.get_by_role("link", name="Go on").click()
    expect(tab.get_by_text("may not come in here")).to_be_visible(timeout=PATIENCE)
    assert not tab.locator(".sp-stage").count()
    assert status(tab) == 401
    tab.get_by_role("button", name="Sign out").click()
    tab.wait_for_url(school.classroom.url + "/lab/", timeout=PATIENCE)
    way_in(tab)


def test_who_is_refused_by_the_school_is_asked_again_and_not_named_in_the_log(school, tab):
    school.provider.person = {}
    tab.goto(school.classroom.url + LINK)
    tab.get_by_role("button", name="Sign in with School").click()
    tab.get_by_role("link", name="Go on").click()
    way_in(tab)
    assert tab.url.endswith(LINK)
    log = school.classroom.log.read_text()
    assert "access_denied" in log
    assert not [word for word in ("@", "Ada", "Lovelace", "school", "elsewhere") if word in log]


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_the_one_port_speaks_tls_and_leads_there(school):
    place = urlsplit(school.classroom.url)
    with socket.create_connection((place.hostname, place.port)) as line:
        line.sendall(f"GET {LINK} HTTP/1.0\r\nHost: {place.netloc}\r\n\r\n".encode())
        answer = line.makefile("rb").read().decode()
    assert answer.split()[1] == "301" and f"Location: {school.classroom.url}{LINK}\r\n" in answer
    trusting = ssl.create_default_context(cafile=school.certificate)
    trusting.set_ciphers("ALL:@SECLEVEL=0")
    trusting.minimum_version = ssl.TLSVersion.TLSv1
    trusting.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection((place.hostname, place.port)) as line,
        pytest.raises(ssl.SSLError, match="alert protocol version"),
    ):
        trusting.wrap_socket(line, server_hostname=place.hostname)
    answer = school.visitor().ask("/lab/readyz")
    assert answer.status == 200
    assert "SameSite=None; Secure" in answer.headers["Set-Cookie"]


def started(*options: str, **settings: str) -> str:
    """What a server says that refuses to start."""
    command = [sys.executable, "-m", "deploy.serve", "--processes", "1", "--metrics", ""]
    command += ["--address", "127.0.0.1", "--port", str(free_port()), *options]
    env = os.environ | settings
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=env)
    assert done.returncode == refusal.CODE and "Traceback" not in done.stderr, done.stderr[-3000:]
    return next(line for line in done.stderr.splitlines() if line.startswith("saddlepoint: "))


def test_a_server_that_would_leave_its_door_open_does_not_start(tmp_path):
    told = started(HOME=home(tmp_path, "[auth]\nredirect_uri = 'https://x/oauth2callback'\n"))
    assert '"cookie_secret"' in told


def test_half_a_pair_or_two_halves_of_different_ones_do_not_start(school, tmp_path):
    certificate, key = str(school.certificate), str(made(tmp_path)[1])
    assert "--certificate and --key together" in started("--certificate", certificate)
    told = started("--certificate", certificate, "--key", key)
    assert "KEY_VALUES_MISMATCH" in told and key in told
    told = started("--certificate", certificate, "--key", str(tmp_path / "nowhere"))
    assert told.endswith("nowhere: No such file or directory")
    locked = tmp_path / "locked.pem"
    lock = ["openssl", "rsa", "-aes128", "-passout", "pass:word", "-in", key, "-out", str(locked)]
    subprocess.run(lock, check=True, capture_output=True)
    assert "without a password" in started("--certificate", certificate, "--key", str(locked))
