"""Below a path, behind somebody else's proxy, in a frame, and behind a password."""

import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Frame, Page

from deploy import nginx
from deploy.figures import free_port
from tests.browser.harness import PATIENCE, drawn
from tests.deploy.classroom import Classroom, Visitor, needs_nginx, serve
from tests.server.test_operating import GUIDE, blocks

pytestmark = [needs_nginx, pytest.mark.xdist_group("serve")]

OPENSSL = shutil.which("openssl")

STRIPPED, KEPT = "/user/ada/proxy/8501", "/course/lab"
OUTER = """
daemon off; pid nginx.pid; error_log stderr warn; events {{ }}
http {{
    access_log off; proxy_http_version 1.1; client_max_body_size 30m;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f;
    uwsgi_temp_path u; scgi_temp_path s;
    map $http_upgrade $onward {{ default upgrade; "" ""; }}
    proxy_set_header Host $http_host;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $onward;
    server {{
        listen 127.0.0.1:{port};
        location {stripped}/ {{ proxy_pass {classroom}/; }}
        location {kept}/ {{ proxy_pass {lab}; }}
        location = /lesson {{
            default_type text/html;
            return 200 "<iframe width=1200 height=700 src='{stripped}/landscapes?view=figure'>";
        }}
    }}
}}
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Classroom]:
    """A server below a path, for those in a list: the class as the guide adds it, and Ada."""
    folder = tmp_path_factory.mktemp("users")
    (first, second) = next(block for block in blocks("sh") if "> users" in block).splitlines()
    assert second == 'make serve ARGS="--users users"'
    if OPENSSL:
        subprocess.run(["bash", "-c", first], cwd=folder, check=True)
    with (folder / "users").open("a") as users:
        users.write("ada:{PLAIN}lovelace\n")
    with serve("--path", KEPT, "--users", str(folder / "users"), processes=1) as running:
        yield running


@pytest.fixture(scope="module")
def outer(classroom: Classroom, lab: Classroom) -> Iterator[str]:
    """The proxy of a school in front of both: it strips one path and keeps another."""
    with proxy(classroom.url, lab.url) as url:
        yield url


@contextmanager
def proxy(classroom: str, lab: str) -> Iterator[str]:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        port, path = free_port(), Path(folder) / "nginx.conf"
        filled = {"port": port, "stripped": STRIPPED, "kept": KEPT}
        path.write_text(OUTER.format(**filled, classroom=classroom, lab=lab))
        command = [shutil.which(nginx.PROGRAM), "-e", "stderr", "-p", folder, "-c", str(path)]
        process = subprocess.Popen(command)
        try:
            while not (Path(folder) / "nginx.pid").exists():
                assert process.poll() is None
                time.sleep(0.02)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


def works(tab: Page, page: Page | Frame, path: str) -> None:
    """Moves what is on stage, and sends a file, on the page of that path."""
    with tab.expect_response(lambda reply: "/live/" in reply.url) as picture:
        page.get_by_role("slider").first.press("ArrowRight")
    assert picture.value.status == 200
    assert urlsplit(picture.value.url).path == f"{path}/live/landscapes"
    page.wait_for_function("location.search.includes('kappa=')")
    name = page.evaluate(
        "fetch(new URL('table', document.baseURI), {method: 'POST', "
        "body: 'a,b\\n' + '1,2\\n'.repeat(30)}).then(reply => reply.text())"
    )
    assert name.startswith("own-")


@pytest.mark.parametrize("path", [STRIPPED, KEPT])
def test_a_page_works_behind_a_proxy_that_strips_or_keeps_its_path(outer, tab, path):
    tab.goto(f"{outer}{path}/landscapes?exp=bowl")
    drawn(tab)
    works(tab, tab, path)
    assert b'"ready":true' in Visitor(outer).ask(f"{path}/readyz").body


def test_a_page_works_in_a_frame_of_a_course(outer, tab):
    tab.goto(outer + "/lesson")
    tab.wait_for_selector("iframe")
    frame = tab.frames[1]
    frame.wait_for_selector(".sp-stage .sp-panel", timeout=PATIENCE)
    frame.wait_for_function("window.__stage?.pictures > 0")
    assert urlsplit(frame.url).path == f"{STRIPPED}/landscapes"


def test_who_is_not_in_the_list_stays_out(lab):
    stranger = Visitor(lab.url + KEPT)
    for page in ("/", "/landscapes", "/_stcore/health", "/_stcore/stream"):
        assert stranger.ask(page).status == 401
    assert stranger.ask("/live/landscapes", b"{}").status == 401
    assert b'"ready":true' in stranger.ask("/readyz").body, "who watches it needs no password"
    known = {"Authorization": "Basic YWRhOmxvdmVsYWNl"}
    assert stranger.ask("/", **known).status == 200
    assert stranger.ask("/_stcore/metrics", **known).status == 404


@pytest.mark.skipif(not OPENSSL, reason="there is no openssl")
def test_the_password_of_the_class_lets_in(lab):
    known = {"Authorization": "Basic Y2xhc3M6YSBsb25nIHdvcmQ="}
    student = Visitor(lab.url + KEPT)
    assert student.ask("/", **known).status == 200
    assert student.ask("/live/landscapes", b"{}", **known).status == 400


def test_the_figures_of_the_guide_are_shown(lab):
    figures = Visitor(lab.metrics).ask().body.decode()
    table = GUIDE.partition("| figure |")[2].partition("##")[0]
    told = re.findall(r"`((?:saddlepoint|process)_\w+)", table)
    assert told
    for name in told:
        assert f"\n{name}" in figures, name
