"""connector-ctl: any command as the service would run it. systemd's own tools are played here: what they are asked is read."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parents[2] / "deploy"
CTL = DEPLOY / "connector-ctl"
PLAYED = {
    "systemctl": '[ "$1" = cat ] && cat "$UNITS/$2"* 2>/dev/null || exit 1',
    "systemd-run": 'printf "%s\\n" "$@"; exit "${ENDS:-0}"',
    "id": "echo ${ID:-0}",
}


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A machine with the units as shipped."""
    programs, units = tmp_path / "bin", tmp_path / "units"
    programs.mkdir()
    units.mkdir()
    for name, script in PLAYED.items():
        (programs / name).write_text(f"#!/bin/sh\n{script}\n")
        (programs / name).chmod(0o755)
    service = (DEPLOY / "interact-connector.service").read_text()
    template = (DEPLOY / "interact-connector@.service").read_text()
    (units / "interact-connector.service").write_text(service)
    (units / "interact-connector@north.service").write_text(template)
    return tmp_path


def ctl(machine: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    path = f"{machine / 'bin'}:{os.environ['PATH']}"
    return subprocess.run(
        [CTL, *words],
        env={"PATH": path, "UNITS": str(machine / "units"), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def asked(told: subprocess.CompletedProcess[str]) -> tuple[list[str], list[str]]:
    """Options of systemd-run, and what it runs."""
    assert told.returncode == 0, told.stderr
    lines = told.stdout.splitlines()
    at = lines.index("--")
    return lines[:at], lines[at + 1 :]


def test_a_command_runs_as_the_service_does(machine: Path) -> None:
    options, run = asked(ctl(machine, "sync", "--approve", "01RUN", "--as", "Kari Holm"))
    assert run == [
        "/opt/interact-connector/bin/connector",
        "sync",
        "--approve",
        "01RUN",
        "--as",
        "Kari Holm",
    ]
    assert {
        "--property=DynamicUser=yes",
        "--property=User=interact-connector",
        "--property=StateDirectory=interact-connector",
        "--property=UMask=0077",
        "--property=Environment=CONNECTOR_SETTINGS=/etc/interact-connector/settings.toml",
        "--property=Environment=CONNECTOR_LEDGER__URL=sqlite:////var/lib/interact-connector/ledger.db",
        "--property=Environment=CONNECTOR_TEXT__CACHE=/var/lib/interact-connector/text",
        '--property=Environment="CONNECTOR_COMMAND=sudo connector-ctl"',
        "--property=LoadCredential=targets.intranet.api_key:/etc/interact-connector/credentials/targets.intranet.api_key",
        "--pipe",
        "--wait",
    } <= set(options)
    assert "--pty" not in options


def test_an_instance_has_its_own_user_settings_and_ledger(machine: Path) -> None:
    options, run = asked(ctl(machine, "@north", "status"))
    assert run == ["/opt/interact-connector/bin/connector", "status"]
    assert {
        "--property=User=interact-connector-north",
        "--property=StateDirectory=interact-connector-north",
        "--property=Environment=CONNECTOR_SETTINGS=/etc/interact-connector/north.toml",
        "--property=Environment=CONNECTOR_LEDGER__URL=sqlite:////var/lib/interact-connector-north/ledger.db",
        '--property=Environment="CONNECTOR_COMMAND=sudo connector-ctl @north"',
        "--property=LoadCredential=targets.intranet.api_key:/etc/interact-connector/credentials/north/targets.intranet.api_key",
    } <= set(options)


def test_a_drop_in_counts_and_an_empty_line_forgets(machine: Path) -> None:
    (machine / "units" / "interact-connector.service.d").write_text(
        "# /etc/systemd/system/interact-connector.service.d/override.conf\n[Service]\nLoadCredential=\n"
        "LoadCredential=targets.south.api_key:/etc/keys/south\nEnvironment=HTTPS_PROXY=http://proxy.example.com:3128\n"
        "ExecStart=\nExecStart=/srv/connector/bin/connector serve\n"
    )
    options, run = asked(ctl(machine, "check"))
    credentials = [one for one in options if "LoadCredential" in one]
    assert credentials == ["--property=LoadCredential=targets.south.api_key:/etc/keys/south"]
    assert "--property=Environment=HTTPS_PROXY=http://proxy.example.com:3128" in options
    assert run == ["/srv/connector/bin/connector", "check"]


def test_it_reads_and_writes_what_the_service_may(machine: Path) -> None:
    """Else `check` would say of a share for one group, or of a home folder, what is not so for the service."""
    (machine / "units" / "interact-connector.service.d").write_text(
        "[Service]\nSupplementaryGroups=exports\nBindReadOnlyPaths=/srv/exports\n"
    )
    options, _ = asked(ctl(machine, "check"))
    assert {
        "--property=ProtectHome=yes",
        "--property=SupplementaryGroups=exports",
        "--property=BindReadOnlyPaths=/srv/exports",
    } <= set(options)


def test_lines_are_read_as_systemd_reads_them(machine: Path) -> None:
    (machine / "units" / "interact-connector.service.d").write_text(
        "[Service]\n  Environment=HTTPS_PROXY=http://proxy.example.com:3128 \\\n    NO_PROXY=.example.com \\\n    LANG=C\n"
        "Environment=LAST=1\n"
    )
    options, _ = asked(ctl(machine, "check"))
    (joined,) = [one for one in options if "HTTPS_PROXY" in one]
    assert joined.split() == [
        "--property=Environment=HTTPS_PROXY=http://proxy.example.com:3128",
        "NO_PROXY=.example.com",
        "LANG=C",
    ]
    assert "--property=Environment=LAST=1" in options


def test_how_the_command_ended_is_how_ctl_ends(machine: Path) -> None:
    assert ctl(machine, "sync", ENDS="4").returncode == 4


@pytest.mark.parametrize(
    ("words", "environment", "told"),
    [
        ([], {}, "connector-ctl [@NAME] COMMAND"),
        (["@north"], {}, "connector-ctl [@NAME] COMMAND"),
        (["status"], {"ID": "1000"}, "root is needed"),
        (["@west", "status"], {}, "there is no interact-connector@west.service"),
        (["@../x", "status"], {}, "is no name of a service"),
        (["ledger", "backup", "/tmp/ledger.db"], {}, "Name a file in /var/lib/interact-connector\n"),
        (
            ["@north", "ledger", "backup", "/var/tmp/x"],
            {},
            "Name a file in /var/lib/interact-connector-north\n",
        ),
        (["status", "--settings=/tmp/settings.toml"], {}, "gone when the command ends: /tmp/settings.toml"),
        (["@a-name-too-long", "status"], {}, "is no name of a service"),
    ],
)
def test_what_cannot_be_done_is_said(
    machine: Path, words: list[str], environment: dict[str, str], told: str
) -> None:
    result = ctl(machine, *words, **environment)
    assert result.returncode == 2
    assert told in result.stderr
    assert result.stdout == ""


def test_units_name_the_user_that_ctl_takes_and_the_command_that_works() -> None:
    for unit in DEPLOY.glob("*.service"):
        text = unit.read_text()
        name = "interact-connector-%i" if "@" in unit.name else "interact-connector"
        assert f"\nUser={name}\n" in text, unit
        assert f"\nStateDirectory={name}\n" in text, unit
        words = "sudo connector-ctl @%i" if "@" in unit.name else "sudo connector-ctl"
        assert f'Environment="CONNECTOR_COMMAND={words}"' in text, unit
