"""
What people find of ITR: records become documents. PURE.

The version of a record is a hash of its row, of the names it refers to, of its audience and of the settings
of the mapping, so that a renamed group changes the sessions in it without a detail being read. Only what
`kinds` lists is ever here. Source: docs/itr.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import msgspec

from connector.document.audience import Audience
from connector.document.clean import compose
from connector.document.document import Crumb, Document, Facet, Listed
from connector.document.ids import child_path, digest, document_id
from connector.document.overrides import LEFT_OUT, compile_overrides, digest_of_rules, excludes_of
from connector.errors import RecordInvalid, SettingsError
from connector.sources.itr.kinds import KINDS, MASTER, Kind
from connector.sources.itr.links import link_to
from connector.sources.itr.parts import Detail, Parts, Related, parts_of
from connector.sources.itr.wire import Record, Unreadable
from connector.text.html import html_to_text

CODE_VERSION = "3"
"""Raised whenever the same record would give another document: the next run then maps everything again."""
ATTRIBUTES = frozenset(
    {
        "id", "kind", "type", "name", "description", "goal", "person", "status", "active", "catalogue", "languages",
        "created", "started", "ended", "group", "parent", "batteries", "tests", "company", "consultant", "fields",
    }
)  # fmt: skip
"""What a template may ask of `item`."""


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """Plain values of the settings that decide about documents."""

    source: str
    prefix: str
    web_url: str
    records: tuple[str, ...]
    person_names: bool
    fields: dict[str, tuple[str, ...]]
    archived: bool
    overrides: dict[str, dict[str, Any]]
    """Per kind: type, title, summary, keywords, best_bets, facets, exclude."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A record with what is needed to map it."""

    kind: str
    database: str
    record: Record
    related: Related
    company: str
    audience: Audience | None
    doubted: bool = False
    """Whether the settings decide otherwise of the record by itself than of its row."""


def written_in(entry: Entry, detail: Detail) -> int:
    """How many characters stand in a record, about: what reading them costs goes by it."""
    rows = filter(None, (entry.record.row, detail.row))
    told = (
        *chain.from_iterable(map(msgspec.structs.astuple, rows)),
        *dict(entry.record.named).values(),
        *dict(detail.named).values(),
    )
    return sum(len(one) for one in told if isinstance(one, str))


class RecordMapping:
    """Maps records by the rules."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._overrides = compile_overrides(rules.source, rules.overrides, ATTRIBUTES)
        self.digest = digest_of_rules(
            (rules.web_url, rules.prefix, rules.person_names, rules.fields, rules.overrides), CODE_VERSION
        )
        """Of the code and the settings that decide how documents look."""
        excludes = excludes_of(rules.overrides)
        self.left_out_rules = digest_of_rules((rules.archived, excludes))
        """Of the settings that decide what is left out."""

    def id_of(self, key: str, database: str) -> str:
        """Id of a record's document; the same key may stand in both databases."""
        return document_id(self.rules.prefix, f"m-{key}" if database == MASTER else key)

    def listed(self, entry: Entry, *, extra: Sequence[bytes | str] = ()) -> Listed:
        """
        Make one row ready to be planned.

        Args:
            extra: further parts of the version: a change of them alone reads the record again.
        """
        row = entry.record.row
        audience = b"unknown" if entry.audience is None else entry.audience.digest()
        named = "\x00".join(f"{name}={value}" for name, value in entry.record.named)
        version = digest(
            [row.digest(), self.digest, named, entry.related.digest(), entry.company, audience, *extra]
        )
        return Listed(
            id=self.id_of(row.key, entry.database),
            native=row.key,
            kind=entry.kind,
            name=self._parts_of(entry, Detail()).title,
            version=version,
            audience=entry.audience,
            left_out=self._left_out(entry),
            origin=entry,
        )

    def link(self, listed: Listed) -> str:
        """The address of a listed record; the start page for one that cannot be read."""
        entry = listed.origin
        if isinstance(entry, Entry):
            return link_to(self.rules.web_url, entry.record.row, entry.related.session)
        return f"{self.rules.web_url.rstrip('/')}/default.htm"

    def unreadable(self, row: Unreadable, kind: str, database: str, audience: Audience | None) -> Listed:
        """Make a row that cannot be read known by its id: it is there, and goes to quarantine."""
        return Listed(
            id=self.id_of(row.key, database),
            native=row.key,
            kind=kind,
            name="",
            version=row.digest,
            audience=audience,
            origin=row,
        )

    def document(self, entry: Entry, detail: Detail) -> Document:
        """
        Make the document of a record.

        Raises:
            RecordInvalid: a template of the settings fails for this record.
        """
        kind, row = KINDS[entry.kind], entry.record.row
        parts = self._parts_of(entry, detail)
        named = {**dict(entry.record.named), **dict(detail.named)}
        fields = {name: html_to_text(value) if "<" in value else value for name, value in named.items()}
        consultant = entry.related.consultant
        managed = f"Consultant: {consultant}" if consultant else ""
        lines = [*parts.lines, managed, *(f"{name}: {value}" for name, value in sorted(fields.items()))]
        identifier = self.id_of(row.key, entry.database)
        document = Document(
            id=identifier,
            type_name=f"ITR {kind.word.lower()}",
            title=parts.title,
            url=link_to(self.rules.web_url, row, entry.related.session),
            audience=entry.audience or Audience(),
            path=child_path("/", identifier),
            summary=parts.summary,
            author=consultant,
            created=parts.created,
            modified=parts.modified,
            facets=_common_facets(entry, kind),
            crumbs=(
                Crumb(entry.company, f"{self.rules.web_url.rstrip('/')}/default.htm"),
                Crumb(kind.plural),
            ),
            keywords=" ".join([row.key, *([parts.name] if parts.name not in parts.title else [])]),
            text=compose("\n".join(line for line in lines if line)),
        )
        return self._override(entry, detail, parts, fields, document)

    def _parts_of(self, entry: Entry, detail: Detail) -> Parts:
        return parts_of(entry.record.row, entry.related, detail, person_names=self.rules.person_names)

    # -- settings -----------------------------------------------------------------------------

    def excludes(self, kind: str) -> bool:
        """Whether a template of the settings may leave out records of a kind."""
        override = self._overrides.get(kind)
        return override is not None and override.exclude is not None

    def left_out(self, entry: Entry, record: Record) -> str:
        """Why the settings leave out a record, with the names that its row refers to; empty: they do not."""
        return self._left_out(msgspec.structs.replace(entry, record=record))

    def _left_out(self, entry: Entry) -> str:
        if not self.rules.archived and not entry.record.row.active:
            return "archived"
        override = self._overrides.get(entry.kind)
        if override is not None and override.exclude is not None:
            parts = self._parts_of(entry, Detail())
            view = self._view(entry, Detail(), parts, dict(entry.record.named))
            try:
                if override.leaves_out(view):
                    return LEFT_OUT
            except RecordInvalid:
                return ""  # the same template error quarantines the document when it is mapped
        return ""

    @staticmethod
    def _view(entry: Entry, detail: Detail, parts: Parts, fields: Mapping[str, str]) -> dict[str, Any]:
        """What a template sees; nothing that the rules keep out of documents."""
        row, related = entry.record.row, entry.related
        return {
            "id": row.key,
            "kind": entry.kind,
            "type": parts.type,
            "name": parts.title,
            "description": getattr(row, "description", ""),
            "goal": getattr(row, "goal", ""),
            "person": related.person,
            "status": parts.status,
            "active": row.active,
            "catalogue": entry.database == MASTER,
            "languages": list(parts.languages),
            "created": parts.created,
            "started": parts.started,
            "ended": parts.ended,
            "group": related.group,
            "parent": related.parent,
            "batteries": list(related.batteries),
            "tests": list(detail.tests or related.tests),
            "company": entry.company,
            "consultant": related.consultant,
            "fields": fields,
        }

    def _override(
        self, entry: Entry, detail: Detail, parts: Parts, fields: Mapping[str, str], document: Document
    ) -> Document:
        """Apply the settings' own titles, types and facets to a document."""
        override = self._overrides.get(entry.kind)
        if override is None:
            return msgspec.structs.replace(document, facets=(*document.facets, *parts.facets))
        view = self._view(entry, detail, parts, fields)
        return override.apply(view, document, ((facet.name, facet) for facet in parts.facets))


def check_rules(rules: Rules) -> None:
    """
    Check everything about the rules that needs no request.

    Raises:
        SettingsError: names the key that is wrong.
    """
    for setting, kinds in (
        ("records", rules.records),
        ("fields", rules.fields),
        ("mapping", rules.overrides),
    ):
        for kind in kinds:
            if kind not in KINDS:
                raise SettingsError(
                    f"sources.{rules.source}.{setting}",
                    f"there is no kind of record {kind!r}; there are {', '.join(KINDS)}",
                )
    for kind, names in rules.fields.items():
        for name in names:
            if name not in KINDS[kind].nameable:
                raise SettingsError(
                    f"sources.{rules.source}.fields.{kind}",
                    f"{name!r} cannot be read; of {kind} there may be named {', '.join(sorted(KINDS[kind].nameable))}",
                )
    RecordMapping(rules)


def _common_facets(entry: Entry, kind: Kind) -> tuple[Facet, ...]:
    facets = [Facet("Company", entry.company), Facet("Kind", kind.word)]
    if entry.related.consultant:
        facets.append(Facet("Consultant", entry.related.consultant))
    if len(kind.databases) > 1:
        facets.append(Facet("Catalogue", "Central" if entry.database == MASTER else "Company"))
    if entry.kind != "generatedreports":
        facets.append(Facet("State", "Active" if entry.record.row.active else "Archived"))
    return tuple(facets)
