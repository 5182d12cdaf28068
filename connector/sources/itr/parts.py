"""
What each kind of record adds to its document: title, type, status, text, facets, dates. PURE.

Source: docs/itr.md; codes are said in the words of `words`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from connector.document.document import Facet
from connector.document.ids import digest
from connector.document.labels import SUMMARY, beginning
from connector.sources.itr.wire import (
    Battery,
    GeneratedReport,
    Group,
    Organisation,
    Person,
    ReportDefinition,
    Row,
    Session,
    SessionTest,
    Test,
    moment,
)
from connector.sources.itr.words import (
    BATTERY_TYPES,
    REPORT_TYPES,
    SESSION_TYPES,
    STATUSES,
    TEST_TYPES,
    day_of,
    languages_in,
    name_of,
)
from connector.text.html import html_to_text


class Progress(msgspec.Struct, frozen=True):
    """How many sessions of a group are ready, in progress, done."""

    ready: int = 0
    in_progress: int = 0
    done: int = 0


class Related(msgspec.Struct, frozen=True, kw_only=True):
    """The names that a record refers to, as they are in this run; empty where there is none."""

    person: str = ""
    consultant: str = ""
    """The office user who manages it, by the name with which they sign in."""
    group: str = ""
    parent: str = ""
    batteries: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    progress: Progress | None = None
    """Of a group session."""
    definition: str = ""
    """What a generated report was made from."""
    type: str = ""
    """Of that definition, in words."""
    session: Session | None = None
    """Of a generated report."""

    def digest(self) -> bytes:
        """Hash of the names."""
        session = b"" if self.session is None else self.session.digest()
        return digest(
            [
                self.person,
                self.group,
                self.parent,
                "\x00".join(self.batteries),
                "\x00".join(self.tests),
                session,
                self.consultant,
                self.definition,
                self.type,
                "" if self.progress is None else str(msgspec.structs.astuple(self.progress)),
            ]
        )


class Detail(msgspec.Struct, frozen=True, kw_only=True):
    """What only further calls tell of a record; empty where nothing was read."""

    row: Row | None = None
    named: tuple[tuple[str, str], ...] = ()
    session_tests: tuple[SessionTest, ...] = ()
    tests: tuple[str, ...] = ()
    """Names of the tests of a session or a battery, in their order."""


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What one kind adds to a document."""

    title: str
    name: str = ""
    type: str = ""
    status: str = ""
    summary: str = ""
    lines: tuple[str, ...] = ()
    facets: tuple[Facet, ...] = ()
    languages: tuple[str, ...] = ()
    created: datetime | None = None
    modified: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None


def parts_of(row: Row, related: Related, detail: Detail, *, person_names: bool) -> Parts:
    """Say what a record adds to its document."""
    match row:
        case Session():
            return _session(row, related, detail, person_names=person_names)
        case Test():
            return _test(row, detail)
        case Battery():
            return _battery(row, detail)
        case ReportDefinition():
            return _report_definition(row, related, detail)
        case Person():
            return _person(row, person_names=person_names)
        case GeneratedReport():
            return _generated_report(row, related, person_names=person_names)
        case Group():
            return Parts(title=row.description.strip() or f"Group {row.key}")
        case Organisation():
            return Parts(title=row.name.strip() or f"Organisation {row.key}")
    raise AssertionError(f"no mapping for {type(row).__name__}")


def _session(row: Session, related: Related, detail: Detail, *, person_names: bool) -> Parts:
    """A session is known by what it is, whose it is (where names may stand), and when it was."""
    created, started, ended = moment(row.create_date), moment(row.started_at), moment(row.ended_at)
    description, goal = row.description.strip(), row.goal.strip()
    person = related.person if person_names else ""
    kind, status = name_of(row.session_type, SESSION_TYPES), name_of(row.status, STATUSES)
    when = started or created
    day = day_of(when) if when else ""
    languages = languages_in(",".join(one.test_language for one in detail.session_tests))
    times = {
        "Created": created,
        "Started": started,
        "Ended": ended,
        "Open from": moment(row.allowed_start_date_time),
        "Open until": moment(row.allowed_end_date_time),
    }
    return Parts(
        title=_title_of_session(description, goal, kind, person=person, day=day),
        name=description,
        type=kind,
        status=status,
        summary=", ".join(word for word in (kind, status.lower(), goal) if word),
        lines=(
            f"Goal: {goal}" if goal else "",
            f"Candidate: {person}" if person else "",
            f"Group: {related.group}" if related.group else "",
            f"Part of: {related.parent}" if related.parent else "",
            f"Batteries: {', '.join(related.batteries)}" if related.batteries else "",
            f"Tests: {', '.join(detail.tests)}" if detail.tests else "",
        ),
        facets=(
            Facet("Session type", kind),
            Facet("Status", status),
            *(Facet("Language", language) for language in languages),
            *_dates(times),
            Facet("Number of tests", len(detail.session_tests)),
            *_counts_of_group(related.progress),
            *(Facet("Group", name) for name in dict.fromkeys([related.group, related.parent]) if name),
            *(Facet("Battery", name) for name in related.batteries),
            *(Facet("Test", name) for name in dict.fromkeys(detail.tests)),
        ),
        languages=tuple(languages),
        created=created,
        modified=ended or started or created,
        started=started,
        ended=ended,
    )


def _title_of_session(description: str, goal: str, kind: str, *, person: str, day: str) -> str:
    if person:
        known = description or goal or kind
        person = "" if person in known else person
    else:
        known = (
            " – ".join(word for word in (description, "" if goal in description else goal) if word) or kind
        )
    # an office has a hundred sessions of one description: the day tells them apart
    return ", ".join(word for word in (known, person, day) if word)


def _counts_of_group(progress: Progress | None) -> list[Facet]:
    if progress is None:
        return []
    return [
        Facet("Sessions ready", progress.ready),
        Facet("Sessions in progress", progress.in_progress),
        Facet("Sessions done", progress.done),
    ]


def _generated_report(row: GeneratedReport, related: Related, *, person_names: bool) -> Parts:
    """A report is told by what it was made from, and by the session it was made for."""
    session = related.session
    person = related.person if person_names else ""
    when = moment(session.ended_at or session.started_at or session.create_date) if session else None
    status = name_of(session.status, STATUSES) if session else ""
    facets = [
        *([Facet("Report definition", related.definition)] if related.definition else []),
        *([Facet("Type", related.type)] if related.type else []),
        *([Facet("Status", status)] if status else []),
        *_dates({"Session date": when}),
    ]
    lines = (
        f"Session: {session.description}" if session and session.description else "",
        f"Candidate: {person}" if person else "",
        f"Report definition: {related.definition}" if related.definition else "",
    )
    return Parts(
        title=row.report_title.strip() or related.definition or f"Report {row.key}",
        name=related.definition,
        type=related.type,
        status=status,
        summary=", ".join(
            word for word in (related.definition, person, day_of(when) if when else "") if word
        ),
        lines=lines,
        facets=tuple(facets),
        modified=when,
    )


def _person(row: Person, *, person_names: bool) -> Parts:
    languages = languages_in(row.preferred_language)
    last = moment(row.date_of_last_test)
    name = row.full_name if person_names else ""
    return Parts(
        title=name or f"Candidate {row.key}",
        facets=(*(Facet("Language", one) for one in languages), *_dates({"Last test": last})),
        languages=tuple(languages),
    )


def _test(row: Test, detail: Detail) -> Parts:
    full = detail.row if isinstance(detail.row, Test) else row
    text = html_to_text(full.catalog_information)
    name, description = row.test_name.strip(), row.description.strip()
    title = (
        f"{description} ({name})" if name and description and name not in description else description or name
    )
    kind = name_of(row.test_type, TEST_TYPES)
    languages = languages_in(row.language_support)
    return Parts(
        title=title or f"Test {row.key}",
        name=name,
        type=kind,
        summary=beginning(text, SUMMARY),
        lines=(text,),
        facets=(Facet("Type", kind), *(Facet("Language", one) for one in languages)),
        languages=tuple(languages),
    )


def _battery(row: Battery, detail: Detail) -> Parts:
    full = detail.row if isinstance(detail.row, Battery) else row
    kind = name_of(row.battery_type or 10, BATTERY_TYPES)
    description = html_to_text(full.description)
    facets = [Facet("Type", kind)]
    if detail.row is not None:
        facets.append(Facet("Number of tests", len(detail.tests)))
    facets += [Facet("Test", name) for name in dict.fromkeys(detail.tests) if name]
    named = [name for name in detail.tests if name]
    return Parts(
        title=row.battery_name.strip() or f"Battery {row.key}",
        type=kind,
        summary=beginning(description, SUMMARY),
        lines=(description, f"Tests: {', '.join(named)}" if named else ""),
        facets=tuple(facets),
    )


def _report_definition(row: ReportDefinition, related: Related, detail: Detail) -> Parts:
    full = detail.row if isinstance(detail.row, ReportDefinition) else row
    text = html_to_text(full.explanation)
    kind = name_of(row.report_type, REPORT_TYPES)
    languages = languages_in(row.report_language)
    return Parts(
        title=row.description.strip() or f"Report definition {row.key}",
        type=kind,
        summary=beginning(text, SUMMARY),
        lines=(text, f"Tests: {', '.join(related.tests)}" if related.tests else ""),
        facets=(
            Facet("Type", kind),
            *(Facet("Language", one) for one in languages),
            *(Facet("Test", name) for name in related.tests),
        ),
        languages=tuple(languages),
    )


def _dates(times: Mapping[str, datetime | None]) -> list[Facet]:
    return [Facet(name, value) for name, value in times.items() if value is not None]
