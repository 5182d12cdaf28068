"""The manifests for Kubernetes: one replica, secrets as files, nothing that the pods need not. Read by a parser."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from connector.notify.settings import SmtpPart

yaml = pytest.importorskip("yaml", reason="no parser of YAML here (make .venv/.ready)")

FOLDER = Path(__file__).parents[2] / "deploy" / "kubernetes"
DOCKERFILE = (FOLDER.parent.parent / "Dockerfile").read_text(encoding="utf-8")
KINDS = {
    "kustomization.yaml": ["Kustomization"],
    "common/kustomization.yaml": ["Kustomization"],
    "common/namespace.yaml": ["Namespace"],
    "volume.yaml": ["PersistentVolumeClaim"],
    "common/networkpolicy.yaml": ["NetworkPolicy"],
    "deployment.yaml": ["Deployment"],
    "backfill.yaml": ["Job"],
}


def manifest(name: str) -> dict[str, Any]:
    (found,) = yaml.safe_load_all((FOLDER / name).read_text(encoding="utf-8"))
    return dict(found)


def pods() -> list[dict[str, Any]]:
    return [manifest(name)["spec"]["template"]["spec"] for name in ("deployment.yaml", "backfill.yaml")]


def test_every_manifest_is_one_object_of_a_known_kind() -> None:
    found = [
        str(file.relative_to(FOLDER)) for where in ("*.yaml", "common/*.yaml") for file in FOLDER.glob(where)
    ]
    assert {one: [manifest(one)["kind"]] for one in found} == KINDS


def test_the_kustomization_names_what_is_there_and_leaves_the_first_load_to_a_person() -> None:
    named, common = manifest("kustomization.yaml"), manifest("common/kustomization.yaml")
    resources = {*named["resources"], *(f"common/{one}" for one in common["resources"])}
    assert resources == set(KINDS) - {"kustomization.yaml", "common/kustomization.yaml", "backfill.yaml"} | {
        "common"
    }
    assert all((FOLDER / one).exists() for one in resources)


def test_there_is_one_replica_which_ends_before_the_next_begins() -> None:
    spec = manifest("deployment.yaml")["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    labels = spec["template"]["metadata"]["labels"]
    assert spec["selector"]["matchLabels"].items() <= labels.items()


@pytest.mark.parametrize("pod", pods(), ids=["service", "first load"])
def test_a_pod_may_do_nothing_that_it_need_not(pod: dict[str, Any]) -> None:
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert f"USER {pod['securityContext']['runAsUser']}:" in DOCKERFILE
    assert pod["securityContext"]["fsGroup"] == pod["securityContext"]["runAsGroup"]
    (container,) = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["terminationGracePeriodSeconds"] >= 30


@pytest.mark.parametrize("pod", pods(), ids=["service", "first load"])
def test_secrets_are_files_and_what_is_written_lies_in_the_volume(pod: dict[str, Any]) -> None:
    (container,) = pod["containers"]
    assert not [one for one in container.get("env", []) if "valueFrom" in one or "KEY" in one["name"]]
    mounted = {mount["name"]: mount for mount in container["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert set(mounted) == set(volumes)
    assert mounted["secrets"]["mountPath"] == "/run/secrets"
    assert volumes["secrets"]["secret"]["defaultMode"] & 0o007 == 0
    assert mounted["secrets"]["readOnly"] is mounted["settings"]["readOnly"] is True
    assert (
        volumes["state"]["persistentVolumeClaim"]["claimName"] == manifest("volume.yaml")["metadata"]["name"]
    )
    for setting in ("CONNECTOR_LEDGER__URL=sqlite:///", "CONNECTOR_TEXT__CACHE="):
        assert f"{setting}{mounted['state']['mountPath']}/" in DOCKERFILE


def test_the_service_is_watched_and_only_where_it_listens() -> None:
    (container,) = manifest("deployment.yaml")["spec"]["template"]["spec"]["containers"]
    (port,) = container["ports"]
    (listen,) = [one["value"] for one in container["env"] if one["name"] == "CONNECTOR_SERVICE__LISTEN"]
    assert listen.endswith(f":{port['containerPort']}")
    probes = {
        name: container[name]["httpGet"] for name in ("startupProbe", "livenessProbe", "readinessProbe")
    }
    assert {probe["port"] for probe in probes.values()} == {port["name"]}
    assert probes["livenessProbe"]["path"] == probes["startupProbe"]["path"] == "/health/live"
    start = container["startupProbe"]
    allowed = start["periodSeconds"] * start["failureThreshold"]
    assert allowed >= 3_600, "a large ledger is brought up to date"
    for name in ("deployment.yaml", "workers/workers.yaml"):
        assert manifest(name)["spec"]["progressDeadlineSeconds"] > allowed, (
            "else that counts as a failed rollout"
        )
    assert probes["readinessProbe"]["path"] == "/health/ready"
    (way_in,) = manifest("common/networkpolicy.yaml")["spec"]["ingress"]
    assert [one["port"] for one in way_in["ports"]] == [port["containerPort"]]


def test_the_network_policy_is_for_all_pods_and_lets_out_names_and_https() -> None:
    spec = manifest("common/networkpolicy.yaml")["spec"]
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    for name in ("deployment.yaml", "backfill.yaml"):
        labels = manifest(name)["spec"]["template"]["metadata"]["labels"]
        assert spec["podSelector"]["matchLabels"].items() <= labels.items()
    assert {port["port"] for way in spec["egress"] for port in way["ports"]} == {53, 443}
    text = (FOLDER / "common/networkpolicy.yaml").read_text(encoding="utf-8")
    assert f"# - port: {SmtpPart.model_fields['port'].default}\n" in text, (
        "whoever has mails sent lets them out"
    )


def test_the_first_load_is_tried_again_but_where_that_would_change_nothing() -> None:
    spec = manifest("backfill.yaml")["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    assert container["args"] == ["backfill"]
    (rule,) = spec["podFailurePolicy"]["rules"]
    assert (rule["action"], rule["onExitCodes"]["values"]) == ("FailJob", [2, 3])
    assert rule["onExitCodes"]["containerName"] == container["name"]
    assert spec["template"]["spec"]["restartPolicy"] == "Never"  # which a failure policy asks for


def named_in(pod: dict[str, Any]) -> set[tuple[str, str]]:
    """Kind and name of what the volumes of a pod are made of, but for secrets, which a person makes."""
    volumes = pod["volumes"]
    return {("ConfigMap", one["configMap"]["name"]) for one in volumes if "configMap" in one} | {
        ("PersistentVolumeClaim", one["persistentVolumeClaim"]["claimName"])
        for one in volumes
        if "persistentVolumeClaim" in one
    }


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl, and no cluster")
def test_the_first_load_finds_what_was_applied_before_it(tmp_path: Path) -> None:
    """It is applied by itself, so no kustomize rewrites the names in it."""
    folder = tmp_path / "kubernetes"
    shutil.copytree(FOLDER, folder)
    (folder / "settings.toml").write_text("", encoding="utf-8")
    told = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, text=True, check=True)
    made = [one for one in yaml.safe_load_all(told.stdout) if one]
    applied = {(one["kind"], one["metadata"]["name"]) for one in made}
    (service,) = [one for one in made if one["kind"] == "Deployment"]
    for pod in (service["spec"]["template"]["spec"], manifest("backfill.yaml")["spec"]["template"]["spec"]):
        assert named_in(pod) <= applied
    of_service = {name for kind, name in named_in(service["spec"]["template"]["spec"]) if kind == "ConfigMap"}
    assert of_service != {"interact-connector"}, "a changed settings.toml starts the service anew"


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl, and no cluster")
@pytest.mark.parametrize(
    ("which", "kinds"),
    [
        (".", {"Namespace", "ConfigMap", "PersistentVolumeClaim", "Deployment", "NetworkPolicy"}),
        ("workers", {"Namespace", "ConfigMap", "Deployment", "NetworkPolicy", "StatefulSet", "Service"}),
    ],
    ids=["one service", "three workers"],
)
def test_kubectl_puts_the_manifests_together(tmp_path: Path, which: str, kinds: set[str]) -> None:
    folder = tmp_path / "kubernetes"
    shutil.copytree(FOLDER, folder)
    (folder / which / "settings.toml").write_text("", encoding="utf-8")
    told = subprocess.run(["kubectl", "kustomize", folder / which], capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    made = list(yaml.safe_load_all(told.stdout))
    assert {one["kind"] for one in made} == kinds
    assert {one["metadata"].get("namespace", "interact-connector") for one in made} == {"interact-connector"}
