"""What is shipped beside the program: units, alert rules, dashboard, image."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from connector.status.instruments import Instruments

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
ANALYZE, PROMTOOL = shutil.which("systemd-analyze"), shutil.which("promtool")
needs_analyze = pytest.mark.skipif(
    ANALYZE is None, reason="no systemd-analyze here (apt-get install systemd): units are not verified"
)
needs_promtool = pytest.mark.skipif(
    PROMTOOL is None, reason="no promtool here (apt-get install prometheus): alert rules are not tried"
)


def test_there_is_a_service_a_template_and_a_one_shot() -> None:
    assert [unit.name for unit in UNITS] == [
        "interact-connector-backfill.service",
        "interact-connector.service",
        "interact-connector@.service",
    ]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_an_upgrade_stops_every_unit_before_its_program_is_replaced_and_brings_the_unit_up_to_date(
    unit: Path,
) -> None:
    page = (ROOT / "docs" / "upgrade.md").read_text(encoding="utf-8")
    lines = next(one for one in page.split("```") if "systemctl stop" in one).splitlines()
    starts = {line.split()[0]: number for number, line in reversed(list(enumerate(lines))) if line}
    stop = lines[starts["systemctl"]]
    assert starts["systemctl"] < starts["/opt/interact-connector/bin/pip"]
    one = unit.stem + "north" * unit.stem.endswith("@")
    assert any(fnmatchcase(one, name) for name in shlex.split(stop)[2:])
    assert f"deploy/{unit.name}" in shlex.split(lines[starts["cp"]])


@needs_analyze
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_units_are_clean_and_exposed_to_little(unit: Path, tmp_path: Path) -> None:
    assert ANALYZE
    here = tmp_path / unit.name
    # the program is not installed here; everything else is checked as it stands
    here.write_text(unit.read_text().replace("/opt/interact-connector/bin/connector", "/bin/true"))
    verified = subprocess.run([ANALYZE, "verify", here], capture_output=True, text=True, timeout=60)
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")
    security = subprocess.run(
        [ANALYZE, "security", "--offline=true", "--threshold=20", here],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert security.returncode == 0, security.stdout


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_every_line_of_hardening_has_its_reason(unit: Path) -> None:
    lines = unit.read_text().partition("# -- what it cannot do")[2].splitlines()[1:]
    assert lines[0].startswith("# ")
    assert sum(line.startswith("# ") for line in lines) >= 8


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_units_carry_no_secret_and_hand_over_credentials(unit: Path) -> None:
    text = unit.read_text()
    assert "LoadCredential=targets.intranet.api_key:" in text
    assert "API_KEY=" not in text


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_an_upgrade_of_a_large_ledger_is_not_cut_off(unit: Path) -> None:
    """By default systemd ends what is not ready after 90 seconds, and begins it anew: for ever."""
    (allowed,) = re.findall(r"(?m)^TimeoutStartSec=(\S+)$", unit.read_text())
    assert allowed == "infinity" or int(allowed) >= 3_600


@needs_promtool
def test_alert_rules_fire_when_they_should() -> None:
    assert PROMTOOL
    tried = subprocess.run(
        [PROMTOOL, "test", "rules", "alerts.test.yaml"],
        cwd=DEPLOY / "prometheus",
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert tried.returncode == 0, tried.stdout + tried.stderr


def test_each_alert_says_what_to_type_beside_a_service() -> None:
    told = re.findall(r'(?m)^ +description: "(.+)"$', (DEPLOY / "prometheus" / "alerts.yaml").read_text())
    assert len(told) > 10
    for words in told:
        assert re.search(r"sudo connector-ctl [a-z]+|journalctl -u interact-connector$", words), words
        assert not re.search(r"(?<!interact-)\bconnector [a-z]", words), words


def metrics_named(text: str) -> set[str]:
    return set(re.findall(r"interact_connector_[a-z_]+", text))


def test_rules_and_dashboard_name_only_numbers_that_exist() -> None:
    told = {family.name for family in Instruments().registry.collect()}
    known = told | {f"{name}_total" for name in told} | {f"{name}_bucket" for name in told}
    dashboard = json.loads((DEPLOY / "grafana" / "dashboard.json").read_text())
    named = metrics_named((DEPLOY / "prometheus" / "alerts.yaml").read_text())
    named |= metrics_named(json.dumps(dashboard["panels"]))
    assert len(named) > 8
    assert named <= known


@needs_promtool
def test_every_panel_asks_a_question_prometheus_understands(tmp_path: Path) -> None:
    assert PROMTOOL
    panels = json.loads((DEPLOY / "grafana" / "dashboard.json").read_text())["panels"]
    asked = [
        target["expr"].replace("$__rate_interval", "5m") for panel in panels for target in panel["targets"]
    ]
    rules = {
        "groups": [
            {
                "name": "panels",
                "rules": [{"record": f"panel_{n}", "expr": one} for n, one in enumerate(asked)],
            }
        ]
    }
    (tmp_path / "panels.yaml").write_text(json.dumps(rules))  # JSON is YAML
    tried = subprocess.run(
        [PROMTOOL, "check", "rules", tmp_path / "panels.yaml"], capture_output=True, text=True, timeout=60
    )
    assert tried.returncode == 0, tried.stdout + tried.stderr


def test_the_image_is_made_of_locked_parts_and_runs_as_nobody() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert text.count("--require-hashes") == 1
    assert "USER 10001:10001" in text
    assert 'CMD ["serve"]' in text
    assert "HEALTHCHECK" in text


def test_the_build_sees_only_what_the_image_is_made_of() -> None:
    lines = [
        line
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    assert lines[0] == "*"
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    for name in " ".join(copied).split():
        assert f"!{name}" in lines
