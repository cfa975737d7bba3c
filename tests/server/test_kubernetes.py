"""The files of deploy/kubernetes: right by the schemas, and about one and the same app."""

import argparse
import itertools
import sys

import kubernetes_validate
import pytest

from deploy import serve as server
from tests.browser.harness import ROOT
from tests.deploy.classroom import Visitor, needs_nginx
from tests.server.manifests import container, documents, one, probes, templates

VERSIONS = ("1.30", "1.37")  # the oldest and the newest that somebody may run
APP = {"app.kubernetes.io/name": "saddlepoint"}
RAY = {"ray.io/cluster": "saddlepoint-ray"}  # KubeRay's label of every pod of the cluster


def asked(*words: str) -> argparse.Namespace:
    """What a command asks of the server."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["serve", *words])
        return server.options()


def validate(document: dict) -> None:
    for version in VERSIONS:
        kubernetes_validate.validate(document, version, strict=True)


@pytest.mark.parametrize(
    "document",
    [each for each in documents() if each["kind"] != "RayCluster"],
    ids=lambda each: f"{each['kind']}-{each['metadata']['name']}",
)
def test_every_object_fits_its_schema(document):
    validate(document)
    with pytest.raises(kubernetes_validate.ValidationError):
        validate(document | {"spce": {}})


@pytest.mark.parametrize("name", templates())
def test_every_pod_fits_the_schema_of_pods(name):
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}}
    validate(pod | {"spec": templates()[name]["spec"]})


@pytest.mark.parametrize("name", templates())
def test_every_pod_is_confined(name):
    """What the strictest of Kubernetes' own standards demands, and a root that is only read."""
    spec = templates()[name]["spec"]
    user, mine = spec["securityContext"], container(templates()[name])["securityContext"]
    assert user["runAsNonRoot"] and user["runAsUser"] > 0
    assert user["seccompProfile"] == {"type": "RuntimeDefault"}
    assert mine["readOnlyRootFilesystem"] and not mine["allowPrivilegeEscalation"]
    assert mine["capabilities"] == {"drop": ["ALL"]}
    assert not spec["automountServiceAccountToken"] and not spec["enableServiceLinks"]
    assert "memory" in container(templates()[name])["resources"]["limits"]
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    mounts = {
        m["mountPath"]: volumes[m["name"]] for m in container(templates()[name])["volumeMounts"]
    }
    assert {"/tmp", "/dev/shm"} <= mounts.keys()
    assert mounts["/dev/shm"]["emptyDir"]["medium"] == "Memory"


def test_all_pods_are_of_one_image():
    assert len({container(template)["image"] for template in templates().values()}) == 1


def test_selectors_find_the_pods():
    deployment = one("Deployment")
    assert deployment["spec"]["selector"]["matchLabels"] == APP
    assert APP.items() <= deployment["spec"]["template"]["metadata"]["labels"].items()
    assert one("Service")["spec"]["selector"] == APP
    assert one("PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == APP
    (spread,) = deployment["spec"]["template"]["spec"]["topologySpreadConstraints"]
    assert spread["labelSelector"]["matchLabels"] == APP
    assert one("NetworkPolicy", "saddlepoint")["spec"]["podSelector"]["matchLabels"] == APP
    target = one("HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]
    assert {"apiVersion": deployment["apiVersion"], "kind": "Deployment"}.items() <= target.items()
    assert target["name"] == deployment["metadata"]["name"]
    assert "replicas" not in deployment["spec"], "the autoscaler decides"


def test_ports_have_the_same_names_all_the_way():
    ports = {port["name"]: port["containerPort"] for port in container(templates()["app"])["ports"]}
    service = one("Service")
    offered = {port["name"]: port["targetPort"] for port in service["spec"]["ports"]}
    (rule,) = one("Ingress")["spec"]["rules"]
    (path,) = rule["http"]["paths"]
    assert path["backend"]["service"]["name"] == service["metadata"]["name"]
    assert offered[path["backend"]["service"]["port"]["name"]] in ports
    assert [rule["host"]] == one("Ingress")["spec"]["tls"][0]["hosts"]
    for template in templates().values():
        own = {port["name"] for port in container(template)["ports"]}
        for probe in probes(container(template)):
            assert (probe.get("httpGet") or probe["tcpSocket"])["port"] in own
    allowed = one("NetworkPolicy", "saddlepoint")["spec"]["ingress"]
    assert {each["port"] for rule in allowed for each in rule.get("ports", ())} <= ports.keys()
    told = templates()["app"]["metadata"]["annotations"]
    assert told["prometheus.io/port"] == str(ports["metrics"])


def test_what_a_pod_refers_to_exists():
    """But for the Secret, which docs/operating.md tells how to make."""
    maps = {each["metadata"]["name"] for each in documents() if each["kind"] == "ConfigMap"}
    app = container(templates()["app"])
    assert {each["configMapRef"]["name"] for each in app["envFrom"]} == maps
    volumes = templates()["app"]["spec"]["volumes"]
    claims = [
        v["persistentVolumeClaim"]["claimName"] for v in volumes if "persistentVolumeClaim" in v
    ]
    assert claims == [one("PersistentVolumeClaim")["metadata"]["name"]]
    secret = next(each for each in app["env"] if each["name"] == "STREAMLIT_SERVER_COOKIE_SECRET")
    key = secret["valueFrom"]["secretKeyRef"]
    guide = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
    assert f"kubectl create secret generic {key['name']} --from-literal={key['key']}=" in guide
    (signin,) = [volume["secret"] for volume in volumes if "secret" in volume]
    assert signin["optional"], "people sign in only where an operator wants it"
    assert f"kubectl create secret generic {signin['secretName']} --from-file=secrets.toml" in guide
    assert "Secret" not in {each["kind"] for each in documents()}, "a secret that is published"


def test_the_command_of_the_pod_opens_its_ports():
    (script,) = container(templates()["app"])["args"]
    head, _, command = script.strip().rpartition("exec python -m deploy.serve ")
    assert "ray start" in head
    options = asked(*command.split())
    ports = {port["name"]: port["containerPort"] for port in container(templates()["app"])["ports"]}
    assert (options.address, options.port) == ("0.0.0.0", ports["http"])
    assert options.metrics == f"0.0.0.0:{ports['metrics']}"
    assert options.processes == 1 and not options.path


@needs_nginx
@pytest.mark.xdist_group("serve")
def test_probes_ask_what_the_server_answers(pod):
    for probe in probes(container(templates()["app"])):
        assert Visitor(pod.url).ask(probe["httpGet"]["path"]).status == 200


def test_probes_do_not_end_a_busy_pod():
    """It has longer than the server itself takes to find a silent process and to start another."""
    app = container(templates()["app"])
    start, ready, live = app["startupProbe"], app["readinessProbe"], app["livenessProbe"]
    assert start["httpGet"]["path"] == "/readyz"
    assert start["periodSeconds"] * start["failureThreshold"] >= 300
    assert live["httpGet"]["path"] == ready["httpGet"]["path"] == "/_stcore/health"
    assert live["timeoutSeconds"] >= 10
    silent = server.BEAT + server.LOOK * server.SILENT
    assert live["periodSeconds"] * live["failureThreshold"] >= 2 * silent + 60


def test_students_stay_with_their_pod_and_pods_go_slowly():
    told = one("Ingress")["metadata"]["annotations"]
    nginx = {key.removeprefix("nginx.ingress.kubernetes.io/"): told[key] for key in told}
    assert (nginx["affinity"], nginx["affinity-mode"]) == ("cookie", "persistent")
    assert nginx["session-cookie-name"] != "saddlepoint", "the cookie of the server in the pod"
    assert int(nginx["proxy-read-timeout"]) >= 3600
    traefik = one("Service")["metadata"]["annotations"]
    name = traefik["traefik.ingress.kubernetes.io/service.sticky.cookie.name"]
    assert name == nginx["session-cookie-name"]
    spec = one("HorizontalPodAutoscaler")["spec"]
    assert 2 <= spec["minReplicas"] < spec["maxReplicas"]
    down = spec["behavior"]["scaleDown"]
    assert down["stabilizationWindowSeconds"] >= 600
    assert [policy["value"] for policy in down["policies"]] == [1]
    pod = templates()["app"]["spec"]
    pause = int(container(templates()["app"])["lifecycle"]["preStop"]["exec"]["command"][1])
    ending = pause + asked().drain + server.ENDING
    assert pod["terminationGracePeriodSeconds"] > ending


def test_a_pod_has_room_for_its_process_and_a_worker():
    told = one("ConfigMap", "saddlepoint")["data"]
    limit = container(templates()["app"])["resources"]["limits"]["memory"]
    workers = int(told["SADDLEPOINT_WORKERS"]) * int(told["SADDLEPOINT_JOB_MB"]) * 1e6
    assert limit == "3Gi" and server.MEMORY + workers < 3 * 2**30


def test_the_cluster_is_the_one_that_the_app_joins():
    cluster, told = one("RayCluster"), one("ConfigMap", "saddlepoint-ray")["data"]
    name = cluster["metadata"]["name"]
    assert cluster["apiVersion"] == "ray.io/v1" and {"ray.io/cluster": name} == RAY
    (port,) = container(templates()["head"])["ports"]
    # not ray://: its client cannot stream snapshots; so the pod becomes a node
    assert told["RAY_ADDRESS"] == f"{name}-head-svc:{port['containerPort']}"
    assert cluster["spec"]["authOptions"] == {"mode": told["RAY_AUTH_MODE"]} == {"mode": "token"}
    token = next(e for e in container(templates()["app"])["env"] if e["name"] == "RAY_AUTH_TOKEN")
    key = token["valueFrom"]["secretKeyRef"]
    assert (key["name"], key["key"], key["optional"]) == (name, "auth_token", True)
    maps = {
        e["configMapRef"]["name"]: e["configMapRef"]
        for e in container(templates()["app"])["envFrom"]
    }
    assert maps["saddlepoint-ray"]["optional"] and "optional" not in maps["saddlepoint"]


def test_the_cluster_computes_and_its_head_does_not():
    spec = one("RayCluster")["spec"]
    pinned = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8").splitlines()
    assert f"ray=={spec['rayVersion']}" in pinned, "the version that is tested"
    assert spec["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0"
    (group,) = spec["workerGroupSpecs"]
    assert 1 <= group["minReplicas"] <= group["replicas"] <= group["maxReplicas"]
    worker = container(group["template"])
    assert int(worker["resources"]["limits"]["cpu"]) >= 1
    assert group["rayStartParams"]["node-manager-port"] == str(worker["ports"][0]["containerPort"])
    for each in (container(spec["headGroupSpec"]["template"]), worker):
        assert {"name": "PYTHONPATH", "value": "/app"} in each["env"], "jobs are found by import"


def test_only_the_app_and_the_cluster_reach_the_ports_of_ray():
    spec = one("NetworkPolicy", "saddlepoint-ray")["spec"]
    assert spec["podSelector"]["matchLabels"] == RAY
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    (entering,), (leaving, names) = spec["ingress"], spec["egress"]
    allowed = [each["podSelector"]["matchLabels"] for each in entering["from"]]
    assert allowed == [RAY, APP] and leaving["to"] == entering["from"]
    assert {port["port"] for port in names["ports"]} == {53}
    others = one("NetworkPolicy", "saddlepoint")["spec"]["ingress"]
    open_to_all = itertools.chain(*(each["ports"] for each in others if "from" not in each))
    assert [each["port"] for each in open_to_all] == ["http"]
