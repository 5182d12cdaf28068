"""
What people find of a report library: folders and reports become documents. PURE.

No web address opens a report (the vendor has none, docs/interject.md): a document says in words how to open it, and its
link leads to the documentation or website that its row names, else to `help_url`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from connector.document.audience import Audience, group_identity, make_audience
from connector.document.clean import compose
from connector.document.document import Container, Crumb, Document, Facet, Listed, Scope
from connector.document.ids import child_path, digest, document_id
from connector.document.labels import SUMMARY, short
from connector.document.overrides import LEFT_OUT, compile_overrides, digest_of_rules, excludes_of
from connector.errors import RecordInvalid
from connector.sources.interject.model import ROOT, Place, Report, folder_key

CODE_VERSION = "1"
"""Raised whenever the same report would give another document: the next run then maps everything again."""
REPORT, FOLDER = "report", "folder"
ATTRIBUTES = frozenset(
    {
        "id", "kind", "name", "path", "folder", "description", "link_type", "version", "version_name", "version_date", "status",
        "data_portals", "address", "how_to_open",
    }
)  # fmt: skip
"""What a template may ask of `item`."""
ROLE = "role"
"""The scope of the groups that roles are."""


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """Plain values of the settings that decide about documents."""

    source: str
    prefix: str
    help_url: str
    overrides: dict[str, dict[str, Any]]
    """Per kind: type, title, summary, keywords, best_bets, facets, exclude."""


class Item(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A report, or a folder, with what is needed to map it."""

    place: Place
    """Of a folder, its own."""
    report: Report | None = None
    audience: Audience | None = None
    address: str = ""
    """Of a folder: where its link leads, as far as its reports know any."""


class LibraryMapping:
    """Maps folders and reports by the rules."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._overrides = compile_overrides(rules.source, rules.overrides, ATTRIBUTES)
        self.digest = digest_of_rules((rules.prefix, rules.help_url, rules.overrides), CODE_VERSION)
        """Of the code and the settings that decide how documents look."""
        excludes = excludes_of(rules.overrides)
        self.left_out_rules = digest_of_rules(excludes)
        """Of the settings that decide what is left out."""

    def id_of(self, native: str) -> str:
        """Id of a document."""
        return document_id(self.rules.prefix, native)

    def path_of(self, place: Place) -> str:
        """MaterializedPath of a folder; `/` of the library itself."""
        path = "/"
        for depth in range(1, len(place) + 1):
            path = child_path(path, self.id_of(folder_key(place[:depth])))
        return path

    # -- listed -------------------------------------------------------------------------------

    def folder(self, place: Place, scope: Scope, audience: Audience | None, *, address: str) -> Listed:
        """Make a folder ready to be planned and listed."""
        native = folder_key(place)
        identifier = self.id_of(native)
        item = Item(place=place, audience=audience, address=address)
        return Listed(
            id=identifier,
            native=native,
            kind=FOLDER,
            name=place[-1],
            version=digest([self.digest, FOLDER, msgspec.msgpack.encode(place), address, _mark(audience)]),
            audience=audience,
            container=Container(
                id=identifier, native=native, scope=scope, path=self.path_of(place), origin=place
            ),
            left_out=self._left_out(FOLDER, item),
            origin=item,
        )

    def report(self, report: Report, audience: Audience | None) -> Listed:
        """Make a report ready to be planned."""
        item = Item(place=report.place, report=report, audience=audience)
        return Listed(
            id=self.id_of(report.native),
            native=report.native,
            kind=REPORT,
            name=report.name,
            version=digest([self.digest, report.digest(), _mark(audience)]),
            audience=audience,
            left_out="" if report.problem else self._left_out(REPORT, item),
            unreadable=_unreadable(report),
            origin=item,
        )

    def link(self, item: Item) -> str:
        """Where a click leads; empty where nothing is known."""
        return (item.report.address if item.report else item.address) or self.rules.help_url

    # -- documents ----------------------------------------------------------------------------

    def document(self, item: Item) -> Document:
        """
        Make the document of a folder or a report.

        Raises:
            RecordInvalid: its row cannot be read, it has no link, or a template fails.
        """
        report = item.report
        if report is not None and report.problem:
            raise RecordInvalid(_unreadable(report))
        url = self.link(item)
        if not url:
            raise RecordInvalid(
                f"it has no web address, so its link leads nowhere. Set sources.{self.rules.source}.help_url"
            )
        document = self._folder(item, url) if report is None else self._report(report, item, url)
        override = self._overrides.get(FOLDER if report is None else REPORT)
        facets = _facets(report) if report is not None else []
        if override is None:
            return msgspec.structs.replace(document, facets=(*document.facets, *facets))
        return override.apply(self._view(item), document, ((facet.name, facet) for facet in facets))

    def _folder(self, item: Item, url: str) -> Document:
        identifier = self.id_of(folder_key(item.place))
        way = how_to_open(item.place)
        return Document(
            id=identifier,
            type_name="Interject folder",
            title=item.place[-1],
            url=url,
            audience=item.audience or Audience(),
            path=self.path_of(item.place),
            is_parent=True,
            summary=way,
            facets=(Facet("Kind", "Folder"), *_top(item.place)),
            crumbs=self._crumbs(item.place[:-1]),
            text=way,
        )

    def _report(self, report: Report, item: Item, url: str) -> Document:
        identifier = self.id_of(report.native)
        way = how_to_open((*report.place, report.name), report.reference)
        body = [
            report.description,
            report.version.name,
            f"Data portals: {', '.join(report.portals)}" if report.portals else "",
            way,
        ]
        return Document(
            id=identifier,
            type_name="Interject report",
            title=report.name,
            url=url,
            audience=item.audience or Audience(),
            path=child_path(self.path_of(report.place), identifier),
            summary="\n".join(part for part in (short(report.description, SUMMARY), way) if part),
            modified=report.version.updated,
            facets=(Facet("Kind", "Report"), *_top(report.place)),
            crumbs=self._crumbs(report.place),
            keywords=report.reference,
            text=compose("\n".join(part for part in body if part)),
        )

    def _crumbs(self, place: Place) -> tuple[Crumb, ...]:
        return (Crumb(ROOT, self.rules.help_url or None), *(Crumb(name) for name in place))

    # -- settings -----------------------------------------------------------------------------

    def _left_out(self, kind: str, item: Item) -> str:
        override = self._overrides.get(kind)
        if override is not None and override.exclude is not None:
            try:
                if override.leaves_out(self._view(item)):
                    return LEFT_OUT
            except RecordInvalid:
                return ""  # the same template error quarantines the document when it is mapped
        return ""

    def _view(self, item: Item) -> Mapping[str, Any]:
        """What a template sees."""
        report = item.report
        version = report.version if report is not None else None
        return {
            "id": report.reference if report is not None else "",
            "kind": REPORT if report is not None else FOLDER,
            "name": report.name if report is not None else item.place[-1],
            "path": " > ".join(item.place),
            "folder": item.place[-1] if item.place else "",
            "description": report.description if report is not None else "",
            "link_type": report.link_type if report is not None else "",
            "version": version.number if version is not None else "",
            "version_name": version.name if version is not None else "",
            "version_date": version.updated if version is not None else None,
            "status": version.status if version is not None else "",
            "data_portals": list(report.portals) if report is not None else [],
            "address": report.address if report is not None else "",
            "how_to_open": how_to_open((*item.place, report.name), report.reference)
            if report is not None
            else how_to_open(item.place),
        }


def how_to_open(names: Sequence[str], reference: str = "") -> str:
    """The way to a report or folder in words; source: the vendor's page Report Library Basics."""
    way = " > ".join(["Excel", "Interject", ROOT, *names])
    return f"To open it: {way}" + (f" (id {reference})" if reference else "")


def audience_of(source: str, roles: Iterable[str]) -> Audience:
    """Who may see a folder and the reports in it, by the roles that see it."""
    return make_audience(role_identity(source, role) for role in roles)


def role_identity(source: str, role: str) -> str:
    """Everybody who has a role."""
    return group_identity(source, ROLE, role)


def _unreadable(report: Report) -> str:
    """Why no document can be made of a report; empty: one can."""
    if not report.problem:
        return ""
    return f"its row in the export cannot be read: {report.problem}. What the intranet has of it stays"


def _mark(audience: Audience | None) -> bytes:
    return b"unknown" if audience is None else audience.digest()


def _top(place: Place) -> tuple[Facet, ...]:
    return (Facet("Folder", place[0]),) if place else ()


def _facets(report: Report) -> list[Facet]:
    """Facets that settings may choose from; those without a value are left out."""
    version = report.version
    told: list[Facet] = []
    for name, value in (
        ("Link type", report.link_type),
        ("Version", version.number),
        ("Version name", version.name),
        ("Status", version.status),
    ):
        if value:
            told.append(Facet(name, value))
    if version.updated is not None:
        told.append(Facet("Version date", version.updated))
    told += [Facet("Data portal", code) for code in report.portals]
    return told
