"""The image, as far as its recipe tells: no container can be built where the tests run."""

import json
import os
import subprocess
import sys
import tomllib
from fnmatch import fnmatch

import pytest
import yaml
from dockerfile_parse import DockerfileParser

from deploy.figures import free_port
from tests.browser.harness import ROOT
from tests.deploy.classroom import needs_nginx
from tests.server.manifests import container, templates

PORT = "8501"


@pytest.fixture(scope="module")
def stages() -> list[list[tuple[str, str]]]:
    """The stages, each a list of instruction and value."""
    found: list[list[tuple[str, str]]] = []
    for each in DockerfileParser(str(ROOT / "Dockerfile")).structure:
        if each["instruction"] == "FROM":
            found.append([])
        if each["instruction"] != "COMMENT":
            found[-1].append((each["instruction"], each["value"]))
    return found


def values(stage: list[tuple[str, str]], instruction: str) -> list[str]:
    return [value for name, value in stage if name == instruction]


def check(stages: list) -> list[str]:
    """The command of the health check."""
    (value,) = values(stages[-1], "HEALTHCHECK")
    return json.loads(value.partition("CMD ")[2])


def compose() -> dict:
    return yaml.safe_load((ROOT / "deploy/compose.yaml").read_text(encoding="utf-8"))


def test_what_builds_is_not_what_runs(stages):
    build, run = stages
    assert values(build, "FROM") == ["python:3.12-slim AS build"]
    assert all(" build" not in v.partition("FROM")[2] for v in values(run, "FROM"))
    assert {value.split()[0] for value in values(run, "COPY")} == {"--from=build"}
    assert not [value for value in values(run, "RUN") if "pip" in value]


def test_the_cpu_by_default_and_cuda_by_an_argument(stages):
    arguments = dict(value.split("=", 1) for value in values(stages[0], "ARG"))
    assert arguments["TORCH_INDEX"].endswith("/cpu") and arguments["EXTRAS"] == '""'
    torch, others = [value for value in values(stages[0], "RUN") if "pip install" in value]
    assert '--index-url "$TORCH_INDEX"' in torch and "'^torch=='" in torch
    assert "-r /tmp/requirements.txt $EXTRAS" in others, "finds the same torch and leaves it"


def test_it_runs_as_the_user_whom_the_pods_demand(stages):
    (user,) = values(stages[-1], "USER")
    assert user.isdigit() and int(user) > 0
    assert values(stages[-1], "WORKDIR") == ["/app"]
    for template in templates().values():
        assert template["spec"]["securityContext"]["runAsUser"] == int(user)
    (system,) = values(stages[-1], "RUN")
    assert f"useradd --uid {user} " in system and f"install -d -o {user} /data" in system


def test_it_writes_nothing_beside_tmp_and_data(stages):
    environment = " ".join(values(stages[-1], "ENV")).split()
    assert {"HOME=/tmp", "PYTHONDONTWRITEBYTECODE=1"} <= set(environment)
    published = [value for value in values(stages[0], "RUN") if "serve.publish()" in value]
    assert len(published) == 1 and "compileall" in published[0]
    (app,) = compose()["services"].values()
    assert app["read_only"] and [each.partition(":")[0] for each in app["tmpfs"]] == ["/tmp"]
    assert [each.partition(":")[2] for each in app["volumes"]] == ["/data"]
    assert app["environment"]["SADDLEPOINT_FILES"] == "/data"
    mounts = {m["mountPath"] for m in container(templates()["app"])["volumeMounts"]}
    assert mounts == {"/tmp", "/dev/shm", "/data", "/tmp/.streamlit"}


def test_nobody_is_told_what_happens_here(stages):
    environment = " ".join(values(stages[-1], "ENV")).split()
    assert {"STREAMLIT_BROWSER_GATHER_USAGE_STATS=false", "RAY_USAGE_STATS_ENABLED=0"} <= set(
        environment
    )
    settings = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))
    assert settings["browser"]["gatherUsageStats"] is False


def test_what_the_app_needs_comes_along_and_secrets_do_not():
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()

    def left_out(path: str) -> bool:
        return any(fnmatch(path, line.removeprefix("**/")) for line in lines)

    for path in ("app.py", "core", "pages", "assets", "deploy", "static", "requirements.txt"):
        assert not left_out(path) and (ROOT / path).exists()
    assert not left_out(".streamlit") and not left_out(".streamlit/config.toml")
    assert left_out(".streamlit/secrets.toml") and left_out(".env") and left_out(".git")


def test_health_is_asked_by_python_of_the_port_that_is_open(stages):
    run = stages[-1]
    assert values(run, "EXPOSE") == [PORT]
    (command,) = values(run, "CMD")
    assert f"--server.port={PORT}" in json.loads(command)
    (app,) = compose()["services"].values()
    assert [each.rpartition(":")[2] for each in app["ports"]] == [PORT, "9100"]
    for asked in (check(stages), app["healthcheck"]["test"][1:]):
        assert asked[:2] == ["python", "-c"] and f"127.0.0.1:{PORT}/" in asked[2]


@needs_nginx
@pytest.mark.xdist_group("serve")
def test_the_health_checks_are_content_with_a_server_that_is_ready_and_not_with_none(stages, pod):
    (app,) = compose()["services"].values()
    scripts = [check(stages)[2], app["healthcheck"]["test"][3]]

    def content(url: str) -> list[bool]:
        asked = [script.replace(f"http://127.0.0.1:{PORT}", url) for script in scripts]
        done = [subprocess.run([sys.executable, "-c", s], stderr=subprocess.DEVNULL) for s in asked]
        return [each.returncode == 0 for each in done]

    assert content(pod.url) == [True, True]
    assert content(f"http://127.0.0.1:{free_port()}") == [False, False]


def test_the_secrets_that_compose_can_mount_are_where_streamlit_looks(stages):
    text = (ROOT / "deploy/compose.yaml").read_text(encoding="utf-8")
    (line,) = [line for line in text.splitlines() if "secrets.toml" in line]
    (app,) = yaml.safe_load(text.replace(line, line.replace("# - ", "- ")))["services"].values()
    source, target, mode = app["volumes"][-1].split(":")
    (folder,) = values(stages[-1], "WORKDIR")
    assert (target, mode) == (f"{folder}/.streamlit/secrets.toml", "ro")
    assert source == "./secrets.toml" and "deploy/secrets.toml" in (ROOT / ".gitignore").read_text()


def test_compose_starts_the_server_that_make_serve_starts():
    (app,) = compose()["services"].values()
    assert app["command"][:3] == ["python", "-m", "deploy.serve"]
    assert os.path.normpath(ROOT / "deploy" / app["build"]) == str(ROOT)
    assert app["init"] and app["cap_drop"] == ["ALL"]
    assert app["security_opt"] == ["no-new-privileges:true"]
