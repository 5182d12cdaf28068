"""A report library that tests edit and export, beside an intranet: what tests of the Interject source start from."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connector.document.ids import document_id
from connector.sandbox.run import Neighbours, open_sandbox
from connector.sources.interject import files
from tests.neighbourhood import Neighbourhood

HELP = "https://intranet.example.com/interject"
LIST_COLUMNS = ("ID", "Report Path", "Report Name", "Description")
APP_COLUMNS = (
    "CategoryID", "ParentCategoryID", "CategoryName", "FullPath", "LinkName", "LinkType", "LinkDescription", "LinkOrder",
    "VersionFileName", "VersionNumber", "VersionName", "VersionLastUpdated", "LinkID", "DataPortalCode", "DataPortalID",
)  # fmt: skip
ROW_OF_TIME = 60


class Link(msgspec.Struct, kw_only=True):
    """One report of the library."""

    name: str
    path: str = "Finance\\Monthly"
    id: str = "0"
    description: str = "Totals"
    version: str = "1.0.0"
    updated: str = "4/26/2024 12:09"
    portals: tuple[str, ...] = ("SalesPortal",)
    file: str = "report.xlsm"


def table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    separator: str = ",",
    encoding: str = "utf-8",
    ending: str = "\r\n",
    quoting: Any = csv.QUOTE_MINIMAL,
    last_ending: bool = True,
) -> bytes:
    """Write a CSV."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator, lineterminator=ending, quoting=quoting)
    writer.writerow(columns)
    writer.writerows(rows)
    told = text.getvalue()
    return (told if last_ending else told.removesuffix(ending)).encode(encoding)


def report_list(links: Sequence[Link], **form: Any) -> bytes:
    """The add-in's list of reports."""
    return table(LIST_COLUMNS, [(one.id, one.path, one.name, one.description) for one in links], **form)


def app_export(links: Sequence[Link], **form: Any) -> bytes:
    """The portal's export of an app: one row for each data portal of a report."""
    rows = [
        (
            "7", "3", one.path.rpartition("\\")[2], one.path, one.name, "Report Library File", one.description, "1", one.file,
            one.version, "First", one.updated, one.id, portal, str(number),
        )
        for one in links
        for number, portal in enumerate(one.portals or ("",), 1)
    ]  # fmt: skip
    return table(APP_COLUMNS, rows, **form)


def some(count: int, *, path: str = "Finance\\Monthly") -> list[Link]:
    """So many reports with ids."""
    return [Link(name=f"Report {number}", id=f"pt1:{number}", path=path) for number in range(1, count + 1)]


class Library(Neighbourhood):
    """A folder of exports beside an intranet; no other source."""

    def __init__(self, folder: Path, neighbours: Neighbours) -> None:
        super().__init__(folder, neighbours)
        self.others = {key: value for key, value in self.values.items() if key.startswith("sources.")}
        self.values = {key: value for key, value in self.values.items() if not key.startswith("sources.")}
        self.values |= {
            "sources.interject.kind": "interject",
            "sources.interject.id_prefix": "ij",
            "sources.interject.exports": ["imports/*.csv"],
            "sources.interject.identities": ["interject:group:everyone/all"],
            "sources.interject.help_url": HELP,
        }
        self.imports = folder / "imports"
        self.imports.mkdir()

    def drop(self, data: bytes, name: str = "reports.csv", *, aged_s: float = 0.0) -> Path:
        """Put an export into the folder; each is a minute later than the one before."""
        self.clock.pass_seconds(ROW_OF_TIME)
        return self.write(self.imports / name, data, aged_s=aged_s)

    def write(self, file: Path, data: bytes, *, aged_s: float = 0.0) -> Path:
        """Write a file as if it was written now, by the clock of the test."""
        file.write_bytes(data)
        at = self.clock.now - aged_s
        os.utime(file, (at, at))
        return file

    def by_roles(self, roles: Sequence[tuple[str, str]], people: Sequence[tuple[str, str]]) -> None:
        """Let roles decide: (folder, role) and (address, role)."""
        self.values.pop("sources.interject.identities", None)
        self.values["sources.interject.roles"] = "roles.csv"
        self.values["sources.interject.people"] = "people.csv"
        self.clock.pass_seconds(ROW_OF_TIME)
        self.write(self.folder / "roles.csv", table(("folder", "role"), roles))
        self.write(self.folder / "people.csv", table(("email", "role"), people))

    def id_of(self, native: str) -> str:
        """Id of a document by the source's own key."""
        return document_id("ij", native)

    def titles(self) -> set[str]:
        """Titles of what the intranet has."""
        return {one.document["Title"] for one in self.intranet.documents.values()}

    def of(self, title: str) -> dict[str, Any]:
        """One document, by its title."""
        (found,) = [
            one.document for one in self.intranet.documents.values() if one.document["Title"] == title
        ]
        return found


@asynccontextmanager
async def library(folder: Path) -> AsyncIterator[Library]:
    """Start the intranet beside an empty folder of exports."""
    async with open_sandbox() as neighbours:
        yield Library(folder, neighbours)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two looks at a new file follow each other at once."""
    monkeypatch.setattr(files, "PAUSE_S", 0.0)
