"""The connector as a real process, or as a verb in this one, between two simulated neighbours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from connector.cli import program
from connector.sandbox.faults import Wire
from connector.sandbox.interact import InteractWorld
from connector.sandbox.interact_http import InteractApp
from connector.sandbox.interaxo import InteraxoWorld
from connector.sandbox.interaxo_http import InteraxoApp
from connector.sandbox.server import ThreadServer
from tests import ledgers
from tests.builders import make_toml
from tests.estates import Small, furnish_small

DONE, FAILED, USAGE, LEFT, BRAKED, BUSY = 0, 1, 2, 3, 4, 75
WRONG = {
    "CONNECTOR_TARGETS__INTRANET__API_KEY": "wrong-key-7a1b",
    "CONNECTOR_SOURCES__INTERAXO__CLIENT_SECRET": "wrong-phrase-7a1b",
}


class Told:
    """What a process said, and how it ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> Any:
        """The one object on standard output; anything beside it is an error here."""
        return json.loads(self.out)


class Office:
    """Two worlds served from a thread, a settings file, and the connector as a process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rooms, self.intranet, self.wire = InteraxoWorld(), InteractWorld(), Wire()
        self.small: Small = furnish_small(self.rooms)
        self.server = ThreadServer([InteraxoApp(self.rooms), InteractApp(self.intranet)], self.wire)
        self.settings = folder / "settings.toml"
        self.started: list[subprocess.Popen[str]] = []
        self.secrets = {
            "CONNECTOR_TARGETS__INTRANET__API_KEY": self.intranet.api_key,
            "CONNECTOR_SOURCES__INTERAXO__CLIENT_ID": self.rooms.client_id,
            "CONNECTOR_SOURCES__INTERAXO__CLIENT_SECRET": self.rooms.client_secret,
        }

    def write_settings(self, urls: list[str]) -> None:
        self.settings.write_text(
            make_toml(
                ledger__url=ledgers.url_of(self.folder),
                http__attempts=1,
                http__timeout_s=10,
                targets__intranet__base_url=urls[1],
                targets__intranet__tenant=self.intranet.tenant,
                targets__intranet__app_id=self.intranet.app_id,
                targets__intranet__batch_documents=5,
                sources__interaxo__base_url=urls[0],
                sources__interaxo__token_url=f"{urls[0]}/oauth/token",
                sources__interaxo__content=False,
            ),
            encoding="utf-8",
        )

    def start(self, *arguments: str, by_systemd: bool = False, **environment: str) -> subprocess.Popen[str]:
        """Start the connector in the settings' folder; by_systemd: knowing that it is a service's own process."""
        service = ["sh", "-c", 'SYSTEMD_EXEC_PID=$$ exec "$@"', "sh"] if by_systemd else []
        process = subprocess.Popen(
            [*service, sys.executable, "-m", "connector", *arguments],
            cwd=self.folder,
            env={**os.environ, **self.secrets, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def end(self) -> None:
        """Leave no process behind, however a test ended."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
                process.communicate()

    def hear(self, process: subprocess.Popen[str]) -> Told:
        """Wait for the end; nothing that was said holds a secret."""
        out, err = process.communicate(timeout=60)
        for secret in (*self.secrets.values(), *WRONG.values(), "sandbox-token"):
            assert secret not in out + err
        assert "Traceback" not in err
        return Told(process.returncode, out, err)

    def run(self, *arguments: str, **environment: str) -> Told:
        return self.hear(self.start(*arguments, **environment))

    def ask(self, *arguments: str, **environment: str) -> Told:
        """Run a verb in this process: the same code without the start of an interpreter."""
        named = {"CONNECTOR_SETTINGS": str(self.settings)}
        runner = CliRunner(env={**named, **self.secrets, **environment})
        result = runner.invoke(program, list(arguments))
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        for secret in (*self.secrets.values(), *WRONG.values(), "sandbox-token"):
            assert secret not in result.output
        return Told(result.exit_code, result.stdout, result.stderr)

    def do(self, function: Any) -> Any:
        """Change a world between two calls."""
        return self.server.call(function)
