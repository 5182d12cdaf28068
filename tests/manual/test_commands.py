"""
Each command of the manual works: those of the connector are typed here, page by page, beside simulated neighbours.

What acts on a whole machine is not run; `NOT_RUN` says why, and what holds it instead. What such a line names in this
project (a unit, a file, a verb of make) is there.
"""

from __future__ import annotations

import re
import shlex
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from connector.machine.verbs import VERBS
from connector.sandbox.interact_http import InteractApp
from connector.sandbox.interaxo_http import InteraxoApp
from connector.sandbox.itr import ItrWorld
from connector.sandbox.itr_http import ItrApp
from connector.sandbox.server import ThreadServer
from tests.manual.blocks import DOCS, ROOT, Line, blocks, commands, pages
from tests.office import BRAKED, DONE, LEFT, Office
from tools import reference

NOT_RUN = {
    "systemctl": "acts on the services of a machine; tests/deploy/test_deploy.py checks the units",
    "journalctl": "reads the journal of a machine",
    "pip": "installs; tests/deploy/test_setup.py holds each form of it, and `.ci/run` runs the lines of the README",
    "eval": "as pip",
    "umask": "as pip",
    "export": "sets a variable; tests/configuration/test_settings.py reads secrets from the folder that it names",
    "pg_dump": "needs a server; tests/ledger/test_postgres.py runs where there is one",
    "ssh": "needs a second machine",
    "docker": "needs a container engine; `make image-test` builds and runs the image",
    "kubectl": "needs a cluster; tests/deploy/test_kubernetes.py checks the manifests",
    "pipx": "installs",
    "cp": "installs",
    "chmod": "installs",
    "chown": "gives files to a user that only a machine with the service has",
    "install": "installs",
    "rm": "uninstalls",
    "make": "what it says is what this project is built and tested with",
}
VERBS_NOT_RUN = {
    "init": "asks a person; tests/commands/test_init.py answers",
    "demo": "tests/commands/test_cli.py gives the tour",
    "serve": "does not end by itself; tests/daemon/test_service.py",
    "sandbox": "does not end by itself; tests/commands/test_cli.py",
}
LINES = commands()


def words_of(command: str) -> list[str]:
    """A command in words; however the connector was installed, it is `connector`."""
    words = shlex.split(command)
    if words[0] == "sudo":
        words = words[1:]
    if words[0] == "connector-ctl":
        return ["connector", *(word for word in words[1:] if not word.startswith("@"))]
    return [Path(words[0]).name, *words[1:]]


def of_the_connector(line: Line) -> bool:
    """Whether it is to be run here."""
    return words_of(line.command)[0] == "connector"


class Manual(Office):
    """An office with records of ITR, whose settings are where the manual is read."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.itr = ItrWorld()
        apps = [InteraxoApp(self.rooms), InteractApp(self.intranet), ItrApp(self.itr)]
        self.server = ThreadServer(apps, self.wire)

    def write_settings(self, urls: list[str]) -> None:
        super().write_settings(urls)
        values = {"permissions": "company", "calls_per_s": 500, **self.itr.settings(urls[2])}
        lines = [f"{path.rpartition('.')[2]} = {value!r}" for path, value in values.items()]
        self.settings.write_text(
            self.settings.read_text(encoding="utf-8") + "\n[sources.itr]\n" + "\n".join(lines) + "\n",
            encoding="utf-8",
        )

    def take_every_source_out(self) -> None:
        """What uninstalling.md says of the settings."""
        (block,) = blocks(DOCS / "uninstalling.md", "toml")
        tables = re.split(r"(?m)^(?=\[)", self.settings.read_text(encoding="utf-8"))
        kept = [table for table in tables if not table.startswith("[sources.")]
        self.settings.write_text("".join(kept) + block, encoding="utf-8")
        self.secrets = {key: value for key, value in self.secrets.items() if "_SOURCES__" not in key}

    def newest_run(self) -> str:
        told = self.ask("runs", "--limit", "1", "--json").json
        return str(told["runs"][0]["run_id"])

    def type(self, command: str) -> int:
        """Type a line of the manual, its words in capitals filled in; gives the exit code."""
        there = {
            "ID": f"ix-{self.small.plan}",
            "PERSON": "kari@example.com",
            "WORD": "plan",
            "COMMUNITY/ROOM": "example-corp/bridge",
            "/var/lib/interact-connector/ledger.db": str(self.folder / "var" / "ledger.db"),
            # into a file, since this needs no server; tests/ledger/test_copying.py copies into PostgreSQL and back
            "postgresql://USER@HOST/DATABASE": str(self.folder / "moved.db"),
            "FILE": str(self.folder / "copy.db"),
            "sandbox.toml": str(self.settings),
        }
        words = [
            self.newest_run() if word == "RUN_ID" else there.get(word, word) for word in words_of(command)[1:]
        ]
        if words[:2] in (["ledger", "rebuild"], ["ledger", "restore"]):
            words.append("--yes")  # the manual says that it asks
        told = self.ask(*words)
        assert told.code in {DONE, LEFT, BRAKED}, f"{command}: {told.code}\n{told.out}{told.err}"
        return told.code


@pytest.fixture(scope="module")
def manual(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Manual]:
    office = Manual(tmp_path_factory.mktemp("manual"))
    with office.server as urls:
        office.write_settings(urls)
        yield office


def test_what_the_connector_is_told_works_page_by_page(manual: Manual) -> None:
    emptying = False
    for line in filter(of_the_connector, LINES):
        if words_of(line.command)[1] in VERBS_NOT_RUN:
            continue
        if line.page.endswith("uninstalling.md") and not emptying:
            manual.take_every_source_out()
            emptying = True
        manual.type(line.command)
        if line.page.endswith("uninstalling.md") and "--approve" in line.command:
            assert not manual.intranet.documents, "the intranet was to be emptied"
            with closing(sqlite3.connect(manual.folder / "var" / "ledger.db")) as ledger:
                assert ledger.execute("SELECT count(*) FROM documents").fetchone() == (0,)


def test_a_key_is_made_as_the_manual_says() -> None:
    made = [line.command for line in LINES if line.command.startswith("python3 -c ")]
    assert made
    for command in made:
        told = subprocess.run(
            [sys.executable, *shlex.split(command)[1:]], capture_output=True, text=True, check=True
        )
        assert len(told.stdout.strip()) >= 40


def known(words: list[str]) -> bool:
    """Whether a command is run by a test here, or is said not to be."""
    return words[0] in {"connector", "python3"} or words[0] in NOT_RUN


def test_each_command_is_run_or_it_is_said_why_not() -> None:
    assert [line for line in LINES if not known(words_of(line.command))] == []
    used = {words_of(line.command)[0] for line in LINES}
    assert set(NOT_RUN) - used == set(), "said of commands that no page has"
    for why in [*NOT_RUN.values(), *VERBS_NOT_RUN.values()]:
        for named in re.findall(r"tests/\S+\.py", why):
            assert (ROOT / named).exists(), named


NAMED: dict[str, Callable[[list[str]], list[Path]]] = {
    "cp": lambda words: [ROOT / one for one in words[1:-1]],
    "install": lambda words: [
        ROOT / one for one in words if one.startswith("deploy/") or one == "settings.toml"
    ],
    "pip": lambda words: [ROOT / one for one in words if one.endswith(".lock")],
    "docker": lambda words: [ROOT / one for one in words if one.startswith("deploy/")],
    "kubectl": lambda words: [
        ROOT / one for one in words if one.startswith("deploy/") and "interact-connector" not in one
    ],
    "systemctl": lambda words: [
        ROOT / "deploy" / (re.sub("@.*", "@", one) + ".service")
        for one in words
        if one.startswith("interact-connector")
    ],
}
"""What commands that are not run name of this project."""


@pytest.mark.parametrize("line", [line for line in LINES if words_of(line.command)[0] in NAMED], ids=str)
def test_what_is_not_run_names_what_there_is(line: Line) -> None:
    words = words_of(line.command)
    for path in NAMED[words[0]](words):
        assert path.exists(), f"{line.page}: {line.command}"


def test_make_has_the_verbs_that_the_manual_names() -> None:
    verbs = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8")))
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages())
    named = set(re.findall(r"`make ([a-z-]+)", text))
    named |= {words_of(line.command)[1] for line in LINES if line.command.startswith("make ")}
    assert named <= verbs


# -- what stands in sentences ---------------------------------------------------------------------

OPTIONS = {
    name: {option for one in command.params for option in getattr(one, "opts", ())}
    | {"--settings", "--json", "--yes"}
    for name, _, command in reference.commands()
}


def spoken() -> list[Line]:
    """Commands of the connector that stand in sentences."""
    found = []
    for page in pages():
        for words in re.findall(
            r"`(?:sudo )?connector(?:-ctl)? ([a-z@-][^`]*)`", page.read_text(encoding="utf-8")
        ):
            found.append(Line(page.relative_to(ROOT).as_posix(), words))
    return found


@pytest.mark.parametrize("line", spoken(), ids=str)
def test_commands_in_sentences_exist(line: Line) -> None:
    words = [word.strip("[],") for word in line.command.split()]
    words = [word for word in words if not word.startswith("@")]
    if words[0].startswith("-"):
        return
    assert words[0] in VERBS, line
    name = " ".join(words[:2]) if " ".join(words[:2]) in OPTIONS else words[0]
    known_options = OPTIONS.get(
        name, {option for one, options in OPTIONS.items() if one.startswith(name) for option in options}
    )
    for word in words[1:]:
        if word.startswith("--"):
            assert word.split("=")[0] in known_options, f"{line.page}: connector {line.command}"


# -- settings -----------------------------------------------------------------------------------

BASE = """
[targets.intranet]
base_url = "https://interact.example.com"
tenant = "t"
app_id = 47
"""
SOURCE = """
[sources.interaxo]
kind = "interaxo"
id_prefix = "ix"
permissions = "folder"
"""


@pytest.mark.parametrize(
    ("page", "block"),
    [(page.name, block) for page in pages() for block in blocks(page, "toml")],
)
def test_settings_of_the_manual_are_right(page: str, block: str, tmp_path: Path) -> None:
    whole = block
    if "[sources.interaxo]" in block and "kind" not in block:
        whole = block.replace("[sources.interaxo]", SOURCE)
    elif "[sources." not in block or "mapping" in block:
        whole = SOURCE + block
    if "[targets." not in block:
        whole = BASE + whole
    office = Office(tmp_path)
    office.secrets = {}
    office.settings.write_text(whole, encoding="utf-8")
    told = office.ask("status", "--json")
    assert told.code == DONE, f"{page}: {told.out}{told.err}"
