"""A report library as people export it: CSV files of a folder, since Interject itself cannot be asked."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

LIST = ("ID", "Report Path", "Report Name", "Description")
APP = (
    "CategoryID", "ParentCategoryID", "CategoryName", "FullPath", "LinkName", "LinkType", "LinkDescription", "LinkOrder",
    "VersionFileName", "VersionNumber", "VersionName", "VersionLastUpdated", "LinkID", "DataPortalCode", "DataPortalID",
)  # fmt: skip
"""The columns of the two exports, as the vendor's pages name and show them."""
HELP = "https://nordbru.example.com/rapporter"


@dataclass(slots=True)
class ReportLink:
    """One report with its live version."""

    id: str
    path: str
    name: str
    description: str
    version: str = "1.0.0"
    updated: str = "4/26/2024 12:09"
    portals: tuple[str, ...] = ("Regnskap",)


@dataclass(slots=True)
class LibraryWorld:
    """The library of a company, its roles, and who has them; `export` writes what people would."""

    reports: list[ReportLink] = field(default_factory=list)
    roles: list[tuple[str, str]] = field(default_factory=list)
    """(folder, role)"""
    people: list[tuple[str, str]] = field(default_factory=list)
    """(address, role)"""

    def export(self, folder: Path) -> None:
        """Write the list of reports as the add-in does, the export of an app as the portal does, and the two files kept by hand."""
        exports = folder / "exports"
        exports.mkdir(parents=True, exist_ok=True)
        rows = [(one.id, one.path, one.name, one.description) for one in self.reports]
        _write(exports / "report list.csv", LIST, rows)
        _write(exports / "app export.csv", APP, [row for one in self.reports for row in _app_rows(one)])
        _write(folder / "roles.csv", ("folder", "role"), self.roles)
        _write(folder / "people.csv", ("email", "role"), self.people)

    def settings(self, folder: Path) -> dict[str, str | list[str]]:
        """What a connector needs to read the exports, by the dotted path of its setting."""
        return {
            "sources.interject.kind": "interject",
            "sources.interject.id_prefix": "ij",
            "sources.interject.exports": [str(folder / "exports")],
            "sources.interject.roles": str(folder / "roles.csv"),
            "sources.interject.people": str(folder / "people.csv"),
            "sources.interject.help_url": HELP,
        }


def furnish_library(world: LibraryWorld, *, manager: str, worker: str) -> None:
    """Fill a library: closed reports for a manager, open ones for her and somebody who works in the projects."""
    world.reports += [
        ReportLink("pt1:101", "Økonomi\\Prosjekt", "Prosjektregnskap", "Påløpte kostnader og inntekter per prosjekt", "2.1.0"),
        ReportLink("pt1:102", "Økonomi\\Prosjekt", "Timer per aktivitet", "Førte timer mot budsjett", portals=("Timer", "Budsjett")),
        ReportLink("pt1:103", "Økonomi\\Lønn", "Lønnskostnader", "Lønn og sosiale utgifter per avdeling", "1.4.2"),
        ReportLink("0", "Drift", "Maskinleie", "Leide maskiner, per anlegg og uke"),
    ]  # fmt: skip
    world.roles += [("Økonomi\\Lønn", "Approver")]
    world.people += [(manager, "Approver"), (manager, "Standard"), (worker, "Standard")]


def add_report(world: LibraryWorld) -> None:
    """Somebody adds a report to the library."""
    world.reports.append(
        ReportLink(
            "pt1:104", "Økonomi\\Prosjekt", "Kontantstrøm", "Innbetalinger og utbetalinger, uke for uke"
        )
    )


def _app_rows(one: ReportLink) -> list[tuple[str, ...]]:
    return [
        (
            "7", "3", one.path.rpartition("\\")[2], one.path, one.name, "Report Library File", one.description, "1",
            f"{one.name}.xlsm", one.version, "", one.updated, "0", portal, str(number),
        )
        for number, portal in enumerate(one.portals, 1)
    ]  # fmt: skip


def _write(file: Path, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows(rows)
