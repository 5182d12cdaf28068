"""deploy/compose.yaml: a read-only container of nobody, its page on this machine only, its state in a volume. Read by a parser."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

yaml = pytest.importorskip("yaml", reason="no parser of YAML here (make .venv/.ready)")

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


@pytest.fixture(params=["connector", "backfill"])
def service(request: pytest.FixtureRequest) -> dict[str, Any]:
    told = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8"))
    return dict(told["services"][request.param])


def test_a_container_may_do_nothing_that_it_need_not(service: dict[str, Any]) -> None:
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"] == "10001:10001"
    assert "USER 10001" in DOCKERFILE


def test_it_is_built_of_this_project_and_keeps_its_state_in_the_volume(service: dict[str, Any]) -> None:
    assert (ROOT / "deploy" / service["build"] / "Dockerfile").resolve() == ROOT / "Dockerfile"
    state, settings, secrets = service["volumes"]
    assert state == "state:/var/lib/interact-connector"
    assert settings.endswith(":/etc/interact-connector/settings.toml:ro")
    assert secrets.endswith(":/run/secrets:ro")
    assert "/var/lib/interact-connector" in DOCKERFILE


def test_its_page_is_for_this_machine_and_a_batch_may_be_finished() -> None:
    told = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8"))["services"]
    assert told["connector"]["ports"] == ["127.0.0.1:9470:9470"]
    assert told["connector"]["stop_grace_period"] == "30s"
    assert told["backfill"]["command"] == ["backfill"]
    assert "ports" not in told["backfill"]
    assert told["backfill"]["healthcheck"] == {"disable": True}


def test_its_health_is_asked_of_itself_whatever_proxy_the_environment_names() -> None:
    """Docker's client may give every container a proxy (config.json, `proxies`)."""
    (found,) = re.findall(r"HEALTHCHECK [^\[]+CMD (\[.+\])", DOCKERFILE)
    _, *words = json.loads(found)

    class Live(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/health/live" else 503)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Live) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        nowhere = dict.fromkeys(("http_proxy", "HTTP_PROXY"), "http://127.0.0.1:1")
        asking = [sys.executable, *(word.replace(":9470", f":{server.server_port}") for word in words)]
        told = subprocess.run(asking, env={**os.environ, **nowhere}, capture_output=True, text=True)
        server.shutdown()
    assert told.returncode == 0, told.stderr


def test_what_sqlite_puts_aside_stands_where_the_ledger_does() -> None:
    """It is as large as the ledger when that is written anew, and /tmp is small here."""
    (ledger,) = re.findall(r"CONNECTOR_LEDGER__URL=sqlite:///(\S+)/ledger\.db", DOCKERFILE)
    assert f"ENV SQLITE_TMPDIR={ledger}\n" in DOCKERFILE
    assert f"VOLUME {ledger}\n" in DOCKERFILE
