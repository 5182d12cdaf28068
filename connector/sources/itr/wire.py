"""
ITR's JSON as we read it. PURE. Source: docs/itr.md (observed on a real server; the vendor's pages differ).

Only allow-listed columns are declared: everything else in an answer is skipped unread. Rows say `Active`
where views say `active`; "not set" is a sentinel and never null; keys are UUIDs in any spelling.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, TypeVar
from uuid import UUID

import msgspec

T = TypeVar("T", bound="Row")
ZERO = UUID(int=0)
"""ITR's "no such relation"."""
FIRST_SET = datetime(2001, 2, 2, tzinfo=UTC)
"""Times before this one mean "not set"; the vendor's own web client draws the line here."""
LAST_SET = datetime(2099, 12, 30, tzinfo=UTC)
"""Times from here on mean "no end": the defaults are 2099-12-31 and 2100-01-01."""
_SPELLED = {"id": "ID", "ids": "IDs", "dbsource": "dbsource"}


def _column(name: str) -> str:
    return "".join(_SPELLED.get(part, part.capitalize()) for part in name.split("_"))


class Row(msgspec.Struct, frozen=True, kw_only=True, rename=_column):
    """What every record has."""

    id: UUID
    dbsource: int | None = None
    """0 the company's database, 1 the master database; details do not say."""
    active: bool = True

    @property
    def key(self) -> str:
        """The record's id in its plain spelling."""
        return str(self.id)

    def digest(self) -> bytes:
        """Hash of all that we read."""
        bare = msgspec.structs.replace(self, dbsource=None)
        return blake2b(_pack(msgspec.structs.astuple(bare)), digest_size=16).digest()


class Session(Row, frozen=True, kw_only=True, rename=_column):
    """A session: one person's, a group's definition, a public one, a course."""

    description: str = ""
    goal: str = ""
    session_type: int = 0
    status: int = 0
    person_id: UUID = ZERO
    group_id: UUID = ZERO
    group_session_id: UUID = ZERO
    managed_by_user_id: UUID = ZERO
    used_battery_ids: str | None = ""
    create_date: str = ""
    started_at: str = ""
    ended_at: str = ""
    allowed_start_date_time: str = ""
    allowed_end_date_time: str = ""


class SessionTest(Row, frozen=True, kw_only=True, rename=_column):
    """A test within a session, without its results."""

    session_id: UUID = ZERO
    test_id: UUID = ZERO
    test_language: str = ""
    sequence: int = 0
    status: int = 0


class Test(Row, frozen=True, kw_only=True, rename=_column):
    """A test of the catalogue; the description of its detail."""

    test_name: str = ""
    description: str = ""
    language_support: str = ""
    test_type: int = 0
    generation: int = 0
    catalog_information: str = ""
    """Detail only."""


class Battery(Row, frozen=True, kw_only=True, rename=_column):
    """A set of tests."""

    battery_name: str = ""
    battery_type: int | None = 0
    managed_by_user_id: UUID = ZERO
    description: str = ""
    """Detail only."""
    battery_tests: Any = None
    """Detail only: a list of objects with TestID, or a string where it is not valid JSON."""


class ReportDefinition(Row, frozen=True, kw_only=True, rename=_column):
    """What a report is made from."""

    description: str = ""
    report_language: str = ""
    report_type: int = 0
    test_id: UUID = ZERO
    test_ids: str | None = ""
    explanation: str = ""
    """Detail only."""


class Group(Row, frozen=True, kw_only=True, rename=_column):
    """A group of candidates."""

    description: str = ""
    managed_by_user_id: UUID = ZERO


class Organisation(Row, frozen=True, kw_only=True, rename=_column):
    """A client organisation."""

    name: str = ""


class Person(Row, frozen=True, kw_only=True, rename=_column):
    """A candidate's names."""

    first_name: str = ""
    last_name: str = ""
    titles_before: str = ""
    titles_after: str = ""
    preferred_language: str = ""
    person_type: int = 0
    date_of_last_test: str = ""
    managed_by_user_id: UUID = ZERO

    @property
    def full_name(self) -> str:
        """Names as they are written; empty for technical persons."""
        words = (self.titles_before, self.first_name, self.last_name, self.titles_after)
        return " ".join(word.strip() for word in words if word.strip())


class GeneratedReport(Row, frozen=True, kw_only=True, rename=_column):
    """A report that was made for a session, without its text."""

    report_title: str = ""
    linked_object_id: UUID = ZERO
    report_id: UUID = ZERO


class Login(Row, frozen=True, kw_only=True, rename=_column):
    """An account of an office user or a candidate."""

    email: str = ""
    user_name: str = ""
    is_test_taking_user: bool = False
    is_organisation_supervisor: bool = False
    may_work_with_own_objects_only: bool = False
    end_date_license: str = ""


class Company(msgspec.Struct, frozen=True, kw_only=True, rename=_column):
    """A company of the server."""

    id: UUID
    company_name: str = ""


class Audit(Row, frozen=True, kw_only=True, rename=_column):
    """That something happened to a session."""

    session_id: UUID | None = None
    create_date: str = ""


class SignedIn(msgspec.Struct, frozen=True, kw_only=True, rename=_column):
    """The answer of a login; the expiry date it also holds is never updated and ignored."""

    session_id: str
    company_id: str = ""
    mfa_status: str = msgspec.field(name="MFAStatus", default="")
    multiple_companies_found: str = "N"


class Record(msgspec.Struct, frozen=True):
    """One row, with the fields that the settings name."""

    row: Row
    named: tuple[tuple[str, str], ...] = ()


class Unreadable(msgspec.Struct, frozen=True):
    """A row that has an id but cannot be read otherwise."""

    key: str
    problem: str
    digest: bytes
    dbsource: int | None = None


def manager_of(row: Row) -> UUID:
    """Key of the login that manages a record; `ZERO` where nobody does, or its kind has no such column."""
    manager: UUID = getattr(row, "managed_by_user_id", ZERO)
    return manager


ROWS: dict[str, type[Row]] = {
    "sessions": Session,
    "tests": Test,
    "batteries": Battery,
    "reportdefinitions": ReportDefinition,
    "groups": Group,
    "organisations": Organisation,
    "persons": Person,
    "generatedreports": GeneratedReport,
    "logins": Login,
}
"""The row of each kind."""


class _OnlyId(msgspec.Struct, rename=_column):
    id: UUID
    dbsource: int | None = None


_pack = msgspec.msgpack.Encoder(order="deterministic").encode
_RIGHTS = ("ID", "CompanyID", "Active")


def parse_rows(data: bytes, kind: type[T]) -> list[T | Unreadable]:
    """
    Read one page; a row that has an id but cannot be read becomes `Unreadable`.

    Raises:
        msgspec.DecodeError: it is not a page, or a row has no id.
    """
    try:
        return list(msgspec.json.decode(data, type=list[kind]))  # type: ignore[valid-type]
    except msgspec.ValidationError:
        rows: list[T | Unreadable] = []
        for raw in msgspec.json.decode(data, type=list[msgspec.Raw]):
            try:
                rows.append(msgspec.json.decode(raw, type=kind))
            except msgspec.ValidationError as error:
                named = msgspec.json.decode(raw, type=_OnlyId)
                mark = blake2b(str(error).encode(), digest_size=16).digest()
                rows.append(Unreadable(str(named.id), str(error), mark, named.dbsource))
        return rows


def parse_named(data: bytes, names: tuple[str, ...]) -> dict[str, str]:
    """Read the fields that the settings name, as text; nothing else of the answer is kept."""
    if not names:
        return {}
    raws = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    found = {}
    for name in names:
        if name in raws:
            value = msgspec.json.decode(raws[name])
            if value not in (None, "", [], {}):
                found[name] = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return found


def rights_of(data: bytes) -> tuple[bytes, str, str]:
    """
    Read an account's own record: a hash of company and rights, its id, its company.

    Flags of rights start with Is, May or Has; times of the last login are no rights.

    Raises:
        msgspec.DecodeError: it is not a record of an account.
    """
    record = msgspec.json.decode(data, type=dict[str, Any])
    named = msgspec.convert(record, type=_OwnLogin)
    flags = {
        name: value
        for name, value in record.items()
        if name in _RIGHTS or (name.startswith(("Is", "May", "Has")) and isinstance(value, bool))
    }
    mark = blake2b(_pack(flags), digest_size=16).digest()
    return mark, str(named.id), str(named.company_id)


class _OwnLogin(msgspec.Struct, rename=_column):
    id: UUID
    company_id: UUID


def moment(value: str) -> datetime | None:
    """Read a time as UTC; None for the sentinels that mean "not set" or "no end", and for what is no time."""
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        return None
    read = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    return read if FIRST_SET <= read < LAST_SET else None


def ends_at(value: str) -> float | None:
    """Read when something ends, in seconds since 1970; None where it has no end, or none that can be read."""
    read = moment(value)
    return None if read is None else read.timestamp()


def keys_in(csv: str | None) -> list[str]:
    """Read a comma-separated list of keys; what is no key is passed over."""
    keys = []
    for part in (csv or "").split(","):
        try:
            keys.append(str(UUID(part.strip())))
        except ValueError:
            continue
    return keys


def tests_in(battery: Battery) -> list[str]:
    """Read the keys of a battery's tests; none where they are not told or not valid."""
    entries = battery.battery_tests if isinstance(battery.battery_tests, list) else []
    named = [entry.get("TestID") for entry in entries if isinstance(entry, dict)]
    return keys_in(",".join(value for value in named if isinstance(value, str)))
