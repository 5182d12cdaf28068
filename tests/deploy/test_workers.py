"""Three workers and their database, for compose and for Kubernetes: what they share, and what they may not. Read by a parser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

yaml = pytest.importorskip("yaml", reason="no parser of YAML here (make .venv/.ready)")

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "kubernetes"
COMPOSE: dict[str, Any] = yaml.safe_load(
    (ROOT / "deploy" / "compose.workers.yaml").read_text(encoding="utf-8")
)
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def manifests(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((FOLDER / "workers" / name).read_text(encoding="utf-8")))


def test_compose_starts_three_of_an_image_with_the_locked_extra() -> None:
    worker = COMPOSE["services"]["worker"]
    assert worker["deploy"]["replicas"] == 3
    lock = worker["build"]["args"]["LOCK"]
    assert (ROOT / lock).is_file()
    assert "ARG LOCK=requirements.lock" in DOCKERFILE
    assert lock in DOCKERFILE
    first, last = worker["ports"][0].split(":")[1].split("-")
    assert int(last) - int(first) == 2
    assert worker["restart"] == "unless-stopped", "whoever was given up begins anew"


@pytest.mark.parametrize("name", ["worker", "backfill"])
def test_workers_of_compose_may_do_no_more_than_the_service(name: str) -> None:
    alone = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8"))["services"][
        "connector"
    ]
    service = COMPOSE["services"][name]
    for key in ("user", "read_only", "cap_drop", "security_opt", "ulimits", "tmpfs", "mem_limit"):
        assert service[key] == alone[key], key
    assert service["environment"]["CONNECTOR_LEDGER__URL_FILE"] == "/run/secrets/ledger.url"
    assert "ports" not in COMPOSE["services"]["database"]


def test_the_password_of_the_database_is_a_file() -> None:
    environment = COMPOSE["services"]["database"]["environment"]
    assert set(environment) == {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD_FILE"}


def test_the_database_has_as_much_shared_memory_in_kubernetes_as_in_compose() -> None:
    database, _ = manifests("database.yaml")
    pod = database["spec"]["template"]["spec"]
    mounted = {one["mountPath"]: one["name"] for one in pod["containers"][0]["volumeMounts"]}
    (shared,) = [one["emptyDir"] for one in pod["volumes"] if one["name"] == mounted["/dev/shm"]]
    assert shared["medium"] == "Memory"
    assert shared["sizeLimit"].removesuffix("Mi") == COMPOSE["services"]["database"]["shm_size"].removesuffix(
        "m"
    )


def test_no_secret_that_the_manual_has_put_here_gets_into_a_commit() -> None:
    left_out = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    mounted = [
        one for service in COMPOSE["services"].values() for one in service["volumes"] if one.startswith("./")
    ]
    for one in mounted:
        at = f"/deploy/{one.partition(':')[0].removeprefix('./')}"
        assert at in left_out or f"{at}/" in left_out, at
    for folder in ("/secrets/", "/deploy/kubernetes/secrets/", "/deploy/kubernetes/workers/secrets/"):
        assert folder in left_out


def test_the_manual_names_every_secret_that_the_workers_are_given() -> None:
    manual = (ROOT / "docs" / "workers.md").read_text(encoding="utf-8")
    (named,) = manifests("kustomization.yaml")
    assert named["configMapGenerator"][0]["files"] == ["settings.toml"]
    database, _ = manifests("database.yaml")
    for pod in (manifests("workers.yaml")[0], database):
        for volume in pod["spec"]["template"]["spec"]["volumes"]:
            if "secret" in volume:
                assert f"secret generic {volume['secret']['secretName']} " in manual
    for one in ("`ledger.url`", "`service.token`", "`password`", "`settings.toml`"):
        assert one in manual


def test_the_kustomization_names_what_is_there() -> None:
    (named,) = manifests("kustomization.yaml")
    for one in named["resources"]:
        assert (FOLDER / "workers" / one).exists()
    here = {file.name for file in (FOLDER / "workers").glob("*.yaml")} - {"kustomization.yaml"}
    assert here <= set(named["resources"])


def test_three_workers_are_what_one_is_but_for_the_ledger_and_its_volume() -> None:
    (workers,) = manifests("workers.yaml")
    (alone,) = yaml.safe_load_all((FOLDER / "deployment.yaml").read_text(encoding="utf-8"))
    spec = workers["spec"]
    assert (spec["replicas"], spec["strategy"]["type"]) == (3, "RollingUpdate")
    pod, single = spec["template"]["spec"], alone["spec"]["template"]["spec"]
    assert pod["securityContext"] == single["securityContext"]
    (container,), (one,) = pod["containers"], single["containers"]
    for key in (
        "securityContext",
        "args",
        "ports",
        "startupProbe",
        "livenessProbe",
        "readinessProbe",
        "volumeMounts",
    ):
        assert container[key] == one[key], key
    given = {each["name"]: each["value"] for each in container["env"]}
    assert given.pop("CONNECTOR_LEDGER__URL_FILE") == "/run/secrets/ledger.url"
    assert given == {each["name"]: each["value"] for each in one["env"]}
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert "emptyDir" in volumes["state"], "a volume that one node mounts would keep the others out"


def test_only_workers_reach_the_database() -> None:
    out, into = manifests("network.yaml")
    database, service = manifests("database.yaml")
    labels = database["spec"]["template"]["metadata"]["labels"]
    assert out["spec"]["egress"][0]["to"] == [{"podSelector": {"matchLabels": labels}}]
    assert into["spec"]["podSelector"]["matchLabels"] == service["spec"]["selector"] == labels
    (workers,) = manifests("workers.yaml")
    who = into["spec"]["ingress"][0]["from"][0]["podSelector"]["matchLabels"]
    assert who.items() <= workers["spec"]["template"]["metadata"]["labels"].items()
    assert "egress" not in into["spec"], "nothing leads out of it"
    assert {
        port["port"] for way in (out["spec"]["egress"], into["spec"]["ingress"]) for port in way[0]["ports"]
    } == {5432}
