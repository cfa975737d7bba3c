"""The files of deploy/kubernetes, read."""

from collections.abc import Iterator

import yaml

from tests.browser.harness import ROOT

FOLDER = ROOT / "deploy/kubernetes"


def documents() -> list[dict]:
    """Every object of every file."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.yaml"))]
    return [each for text in texts for each in yaml.safe_load_all(text)]


def one(kind: str, name: str = "") -> dict:
    """The only object of a kind, or of a kind and name."""
    found = [each for each in documents() if each["kind"] == kind]
    found = [each for each in found if not name or each["metadata"]["name"] == name]
    assert len(found) == 1, f"{len(found)} times {kind} {name}"
    return found[0]


def templates() -> dict[str, dict]:
    """The pods: of the app, of Ray's head, of its workers."""
    ray = one("RayCluster")["spec"]
    groups = {group["groupName"]: group["template"] for group in ray["workerGroupSpecs"]}
    app = one("Deployment")["spec"]["template"]
    return {"app": app, "head": ray["headGroupSpec"]["template"]} | groups


def container(template: dict) -> dict:
    """The only container of a pod."""
    (found,) = template["spec"]["containers"]
    return found


def probes(container: dict) -> Iterator[dict]:
    """What a container is asked."""
    for name in ("startupProbe", "readinessProbe", "livenessProbe"):
        if name in container:
            yield container[name]
