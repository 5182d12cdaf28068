"""Nothing is loaded that a verb does not need; how soon it starts is measured by `make bench`, and not here."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from connector.cli import VERBS
from tests.builders import make_toml

HEAVY = {
    "pypdfium2", "selectolax", "sqlalchemy", "sqlmodel", "alembic", "mako", "starlette", "uvicorn", "apscheduler", "prometheus_client",
    "jinja2", "pyotp", "httpx", "connector.sandbox", "connector.pages.site", "connector.sources.itr.client", "connector.sources.itr.mapping",
    "connector.commands.progress_bar",
}  # fmt: skip
"""What a run of rooms needs not, without a template in its settings and with a ledger of this release."""
CALLING = {
    "aiohttp", "httpx", "uvloop", "structlog", "connector.target", "connector.http.neighbour", "connector.runs.run",
    *(f"connector.sources.{kind}.{one}" for kind in ("interaxo", "itr") for one in ("client", "mapping", "wire", "advice")),
}  # fmt: skip
"""What only those need that call somebody; of a source, all but its table of the settings."""
SECRETS = {
    "CONNECTOR_TARGETS__INTRANET__API_KEY": "key-of-nobody",
    "CONNECTOR_SOURCES__INTERAXO__CLIENT_ID": "id-of-nobody",
    "CONNECTOR_SOURCES__INTERAXO__CLIENT_SECRET": "secret-of-nobody",
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Neighbours that are not there, and a ledger that is."""
    folder = tmp_path_factory.mktemp("start")
    file = folder / "settings.toml"
    nobody = "http://127.0.0.1:1"
    file.write_text(
        make_toml(
            http__attempts=1,
            targets__intranet__base_url=nobody,
            sources__interaxo__base_url=nobody,
            sources__interaxo__token_url=f"{nobody}/token",
        ),
        encoding="utf-8",
    )
    loaded(["--settings", str(file), "ledger", "prune"])
    return file


def loaded(arguments: list[str], **secrets: str) -> set[str]:
    """Names of all modules that a command loaded."""
    told = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "connector", *arguments],
        env={**os.environ, **secrets},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "This is a bug" not in told.stderr
    assert told.returncode in {0, 1, 2}, told.stderr[-500:]
    return set(re.findall(r"(?m)^import time:.*\| +(\S+)$", told.stderr))


def of(names: set[str], found: set[str]) -> set[str]:
    """Which of some packages are among modules."""
    return {name for name in names if any(one == name or one.startswith(f"{name}.") for one in found)}


def test_help_loads_nothing_of_ours_but_words() -> None:
    found = loaded(["--help"])
    words = {"cli", "commands", "commands.common_options", "errors", "secrets", "secrets.hiding", "machine"}
    words |= {f"machine.{one}" for one in ("early_signals", "owner", "program", "streams", "verbs")}
    ours = {one for one in found if one.startswith("connector.")}
    assert ours <= {f"connector.{one}" for one in words}
    assert not of({*HEAVY, *CALLING, "rich", "pydantic", "asyncio"}, found)


@pytest.mark.parametrize("verb", [["status"], ["runs"], ["quarantine", "list"], ["ledger", "prune"]])
def test_a_verb_that_only_tells_loads_no_client_and_needs_no_secret(verb: list[str], settings: Path) -> None:
    found = loaded(["--settings", str(settings), *verb])
    allowed = CALLING if verb[0] == "ledger" else set()  # its other verbs call
    assert not of({*HEAVY, *CALLING} - allowed, found)


def test_explain_reads_texts_without_what_makes_them(settings: Path) -> None:
    found = loaded(["--settings", str(settings), "explain", "ix-none"])
    assert not of({*HEAVY, *CALLING}, found)


def test_a_run_loads_what_it_works_with_and_nothing_else(settings: Path) -> None:
    found = loaded(["--settings", str(settings), "sync"], **SECRETS)
    assert "connector.sources.interaxo.client" in found
    assert not of(HEAVY, found)


def test_every_verb_of_the_table_has_its_module_and_says_in_one_line_what_it_is() -> None:
    folder = Path(__file__).parents[2] / "connector" / "commands"
    for verb, words in VERBS.items():
        assert (folder / f"{verb}.py").is_file(), verb
        first = words.partition(". ")[0].rstrip(".")
        assert len(first) <= 60, verb
