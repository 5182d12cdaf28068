"""A connector between the sandbox's Interaxo and Interact, over real sockets: what most tests of runs start from."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

from connector.app import KINDS, App
from connector.plan.item import Mode
from connector.plan.options import Watch
from connector.plan.report import Report
from connector.sandbox.interaxo import InteraxoWorld
from connector.sandbox.run import Neighbours, open_sandbox
from connector.settings import Loaded
from tests import ledgers
from tests.builders import check

OURS = {kind.kind for kind in KINDS}
"""What a package brings besides is loaded anew each time."""


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        self.now += 0.001
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        """Let time go by."""
        self.now += seconds


class Neighbourhood:
    """Two worlds, the wire between them, and a connector that can be run and run again."""

    def __init__(self, folder: Path, neighbours: Neighbours) -> None:
        self.folder = folder
        self.rooms = neighbours.interaxo
        self.intranet = neighbours.interact
        self.wire = neighbours.wire
        self.clock = neighbours.itr.wall_clock = Clock()
        self._checked: tuple[tuple[Path, dict[str, Any]], Loaded] | None = None
        self.values: dict[str, Any] = {
            "http.attempts": 1,
            "targets.intranet.batch_documents": 10,
            "sources.interaxo.kind": "interaxo",
            "sources.interaxo.id_prefix": "ix",
            "sources.interaxo.web_url": "https://ix.example.com/{community}/{room}/documentLibrary/{id}",
            "sources.interaxo.permissions": "room",
            "sources.interaxo.concurrency": 4,
            "sources.interaxo.content": False,
            **neighbours.settings(),
        }

    def in_settings(self) -> dict[str, Any]:
        """The values, with where the ledger is."""
        url = ledgers.url_of(self.folder)
        return {**({"ledger.url": url} if url else {}), **self.values}

    def app(self) -> App:
        """The connector as it stands in the settings of this folder now; they are checked when they may be others than the last time."""
        values = self.in_settings()
        ours = {value for key, value in values.items() if key.endswith(".kind")} <= OURS
        asked = self.folder, values
        if not ours or self._checked is None or self._checked[0] != asked:
            layers = [("test", key.split("."), value) for key, value in values.items()]
            self._checked = deepcopy(asked), check(layers, file=self.folder / "settings.toml")
        return App(self._checked[1], clock=self.clock)

    async def run(self, mode: str = "delta", watch: Watch | None = None, **wanted: Any) -> Report:
        """Do one run."""
        self.clock.pass_seconds(1)
        app = self.app()
        return await app.run("intranet", app.options("intranet", Mode(mode), **wanted), watch)

    def expected(self) -> set[str]:
        """Ids of what should be found: every visible item, without entries in historical steps and what hangs on them."""
        items = {item.id: item for item in self.rooms.items()}
        steps = {
            (folder, step.name)
            for folder, item in self.rooms._items.items()
            for step in item.steps
            if step.historical
        }
        superseded = {i for i, item in items.items() if (item.parent_id, item.step) in steps}
        return {
            f"ix-{i}" for i, item in items.items() if i not in superseded and item.parent_id not in superseded
        }

    def found(self) -> set[str]:
        """Ids of what the intranet has."""
        return set(self.intranet.documents)

    def document(self, native: str) -> dict[str, Any]:
        """One document as the intranet has it."""
        return self.intranet.documents[f"ix-{native}"].document


@asynccontextmanager
async def neighbourhood(
    folder: Path, furnish: Callable[[InteraxoWorld], object] | None = None
) -> AsyncIterator[Neighbourhood]:
    """Start both neighbours around a world of rooms."""
    async with open_sandbox(furnish) as neighbours:
        yield Neighbourhood(folder, neighbours)


def write_settings(near: Neighbourhood) -> Path:
    """Write the values as a settings file into the folder."""
    tables: dict[str, list[str]] = {}
    for key, value in near.in_settings().items():
        table, _, leaf = key.rpartition(".")
        shown = str(value).lower() if isinstance(value, bool | int | float) else f'"{value}"'
        tables.setdefault(table, []).append(f"{leaf} = {shown}")
    file = near.folder / "settings.toml"
    file.write_text(
        "\n".join(f"[{table}]\n" + "\n".join(lines) for table, lines in tables.items()), encoding="utf-8"
    )
    return file
