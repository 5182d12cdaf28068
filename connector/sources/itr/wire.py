"""
ITR's JSON as we read it. PURE. Source: docs/itr.md (observed on a real server; the vendor's pages differ).

Only allow-listed columns are declared: everything else in an answer is skipped unread. Rows say `Active`
where views say `active`; "not set" is a sentinel and never null; keys are UUIDs in any spelling.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from hashlib import blake2b
from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec

from connector.http.json_rows import (
    REFUSALS,
    OddRow,
    OddValueError,
    fields_in,
    fields_of,
    read_rows,
    read_value,
)

T = TypeVar("T", bound="Row")
Whole = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""An integer as a database knows it."""
ZERO = UUID(int=0)
"""ITR's "no such relation"."""
Manager = UUID | msgspec.UnsetType | None
"""Key of the login that manages a record: zeros or null where nobody does; unset where the row does not tell."""
MOST_KEYS = 1_000
"""Of records that one record names: lists of them are read in the event loop."""
FIRST_SET = datetime(2001, 2, 2, tzinfo=UTC)
"""Times before this one mean "not set"; the vendor's own web client draws the line here."""
LAST_SET = datetime(2099, 12, 30, tzinfo=UTC)
"""Times from here on mean "no end": the defaults are 2099-12-31 and 2100-01-01."""
_SPELLED = {"id": "ID", "ids": "IDs", "dbsource": "dbsource"}


def column(name: str) -> str:
    """How ITR writes the name of a column."""
    return "".join(_SPELLED.get(part, part.capitalize()) for part in name.split("_"))


class Row(msgspec.Struct, frozen=True, kw_only=True, rename=column):
    """What every record has."""

    id: UUID
    dbsource: Whole | None = None
    """0 the company's database, 1 the master database; details do not say."""
    active: bool = True

    @property
    def key(self) -> str:
        """The record's id in its plain spelling."""
        return str(self.id)

    def digest(self) -> bytes:
        """Hash of all that we read."""
        bare = msgspec.structs.replace(self, **self._bare())
        return blake2b(pack(msgspec.structs.astuple(bare)), digest_size=16).digest()

    def _bare(self) -> dict[str, Any]:
        """What stands for columns in which a list and a record's own answer differ."""
        managed = {"managed_by_user_id": manager_of(self) or ZERO} if hasattr(self, MANAGED) else {}
        return {"dbsource": None, **managed}


class Archived(Row, frozen=True, kw_only=True, rename=column):
    """
    What every record has that can be archived.

    Settings may leave out what is: a row that does not tell it cannot be read.
    """

    active: bool


class Session(Archived, frozen=True, kw_only=True, rename=column):
    """A session: one person's, a group's definition, a public one, a course."""

    description: str = ""
    goal: str = ""
    session_type: Whole = 0
    status: Whole = 0
    person_id: UUID = ZERO
    group_id: UUID = ZERO
    group_session_id: UUID = ZERO
    managed_by_user_id: Manager = msgspec.UNSET
    used_battery_ids: str | None = ""
    create_date: str = ""
    started_at: str = ""
    ended_at: str = ""
    allowed_start_date_time: str = ""
    allowed_end_date_time: str = ""


class SessionTest(Row, frozen=True, kw_only=True, rename=column):
    """A test within a session, without its results."""

    session_id: UUID = ZERO
    test_id: UUID = ZERO
    test_language: str = ""
    sequence: Whole = 0
    status: Whole = 0


class Test(Archived, frozen=True, kw_only=True, rename=column):
    """A test of the catalogue; the description of its detail."""

    test_name: str = ""
    description: str = ""
    language_support: str = ""
    test_type: Whole = 0
    catalog_information: str = ""
    """Detail only."""


class Battery(Archived, frozen=True, kw_only=True, rename=column):
    """A set of tests."""

    battery_name: str = ""
    battery_type: Whole | None = 0
    managed_by_user_id: Manager = msgspec.UNSET
    description: str = ""
    """Detail only."""
    battery_tests: Any = None
    """Detail only: a list of objects with TestID, or a string where it is not valid JSON."""

    def __post_init__(self) -> None:
        """Keep of the tests only their keys: the rest may be of any shape and size."""
        if isinstance(self.battery_tests, list):
            named = [one.get("TestID") for one in self.battery_tests if isinstance(one, dict)]
            keys = [{"TestID": key} for key in named if isinstance(key, str)]
            msgspec.structs.force_setattr(self, "battery_tests", keys)


class ReportDefinition(Archived, frozen=True, kw_only=True, rename=column):
    """What a report is made from."""

    description: str = ""
    report_language: str = ""
    report_type: Whole = 0
    test_id: UUID = ZERO
    test_ids: str | None = ""
    explanation: str = ""
    """Detail only."""


class Group(Archived, frozen=True, kw_only=True, rename=column):
    """A group of candidates."""

    description: str = ""
    managed_by_user_id: Manager = msgspec.UNSET


class Organisation(Archived, frozen=True, kw_only=True, rename=column):
    """A client organisation."""

    name: str = ""


class Person(Archived, frozen=True, kw_only=True, rename=column):
    """A candidate's names."""

    first_name: str = ""
    last_name: str = ""
    titles_before: str = ""
    titles_after: str = ""
    preferred_language: str = ""
    date_of_last_test: str = ""
    managed_by_user_id: Manager = msgspec.UNSET

    @property
    def full_name(self) -> str:
        """Names as they are written; empty for technical persons."""
        words = (self.titles_before, self.first_name, self.last_name, self.titles_after)
        return " ".join(word.strip() for word in words if word.strip())


class GeneratedReport(Row, frozen=True, kw_only=True, rename=column):
    """A report that was made for a session, without its text."""

    report_title: str = ""
    linked_object_id: UUID = ZERO
    report_id: UUID = ZERO


class Login(Row, frozen=True, kw_only=True, rename=column):
    """
    An account of an office user or a candidate.

    What decides about somebody has no default: a row that does not tell it cannot be read.
    """

    active: bool
    email: str = ""
    user_name: str = ""
    is_test_taking_user: bool
    is_organisation_supervisor: bool
    is_master_user: bool
    may_work_with_own_objects_only: bool
    end_date_license: str


class Audit(Row, frozen=True, kw_only=True, rename=column):
    """That something happened to a session."""

    session_id: UUID | None = None
    create_date: str = ""


class Record(msgspec.Struct, frozen=True):
    """One row, with the fields that the settings name."""

    row: Row
    named: tuple[tuple[str, str], ...] = ()


class Unreadable(msgspec.Struct, frozen=True):
    """A row that cannot be read, with what can be read of it all the same."""

    key: str
    """Empty where it cannot be told."""
    problem: str
    digest: bytes
    dbsource: int | None = None
    told: dict[str, Any] = {}
    """By column."""

    @property
    def placed(self) -> bool:
        """Whether it tells in which database it stands; else it is taken to stand in every one that was asked."""
        return self.dbsource != ODD_PLACE

    @property
    def manager(self) -> UUID | None:
        """Key of the login that manages it; None where that cannot be read."""
        value = self.told.get(MANAGER)
        return None if value is None else UUID(value)

    def as_far_as_told(self, kind: type[T]) -> T:
        """The row with what can be read of it; what cannot has the value it has where nothing is told."""
        told = {**UNTOLD, **self.told}
        return msgspec.convert({**told, "ID": self.key or str(ZERO)}, kind)


MANAGER, MANAGED = "ManagedByUserID", "managed_by_user_id"
UNTOLD = {
    "Active": True,
    "IsTestTakingUser": False,
    "IsOrganisationSupervisor": False,
    "IsMasterUser": False,
    "MayWorkWithOwnObjectsOnly": False,
    "EndDateLicense": "",
}
"""What stands for what has no default. Of a login: nothing of it tells that it may not sign in."""


def manager_of(row: Row) -> UUID | None:
    """Key of the login that manages a record; `ZERO` where nobody does, or its kind has no such column; None where its row does not tell."""
    manager: Manager = getattr(row, MANAGED, ZERO)
    return None if manager is msgspec.UNSET else manager or ZERO


def manager_told(data: bytes) -> UUID | None:
    """
    Key of the login that manages a record, `ZERO` where it says that nobody does; None where it does not say.

    Raises:
        msgspec.DecodeError: it is not a record.
    """
    raw = fields_in(data).get(MANAGER, b"null")
    manager: UUID | None = read_value(raw, UUID | None)  # type: ignore[arg-type]
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


TIMES: dict[type[Row], tuple[str, ...]] = {
    Session: ("create_date", "started_at", "ended_at", "allowed_start_date_time", "allowed_end_date_time"),
    Person: ("date_of_last_test",),
    Login: ("end_date_license",),
}
"""The columns of each kind that hold times: those of documents, and the one that ends what a login may see."""
pack = msgspec.msgpack.Encoder(order="deterministic").encode


def parse_rows(data: bytes, kind: type[T]) -> list[T | Unreadable]:
    """
    Read one page; a row that cannot be read becomes `Unreadable`.

    Raises:
        msgspec.DecodeError: it is not a page, or has rows and no row has an id, unless that is the odd one of its only row.
    """
    rows: list[T | Unreadable] = []
    told = True
    for row in read_rows(data, kind, ids=("ID", "id"), absent=may_be_null(kind)):
        if isinstance(row, OddRow):
            told = "ID" in row.fields or "id" in row.fields
            rows.append(_nameless(_unreadable(row.fields, kind, row.problem)))
        else:
            problem = _problem_of(row) or ("its id stands for no record" if row.id == ZERO else "")
            rows.append(_nameless(unreadable(row, problem)) if problem else row)
    if rows and not any(row.key for row in rows) and (len(rows) > 1 or not told):
        raise msgspec.DecodeError("no row has an id")
    return rows


def parse_row(data: bytes, kind: type[T]) -> T:
    """
    Read one record.

    Raises:
        msgspec.DecodeError: it is none; an `OddValueError` where it is one that cannot be read.
    """
    row = read_value(data, kind, absent=may_be_null(kind))
    if problem := _problem_of(row):
        raise OddValueError(problem)
    return row


@cache
def may_be_null(kind: type[msgspec.Struct]) -> frozenset[str]:
    """Texts and references of a kind: null is none. Of a number or a yes or no, null says nothing."""
    return frozenset(
        one.encode_name
        for one in fields_of(kind)
        if one.type in (str, UUID) and one.default is not msgspec.NODEFAULT
    )


def unreadable(row: Row, problem: str, *, placed: bool = True) -> Unreadable:
    """Make of a row one that cannot be read."""
    told = msgspec.json.decode(msgspec.json.encode(row), type=dict[str, Any])
    manager = manager_of(row)
    told |= {} if manager is None else {MANAGER: str(manager)}
    return Unreadable(row.key, problem, _mark(problem), row.dbsource if placed else ODD_PLACE, told)


def _nameless(row: Unreadable) -> Unreadable:
    """A row, without the key that stands for no record."""
    return msgspec.structs.replace(row, key="") if row.key == str(ZERO) else row


def nameless(problem: str) -> Unreadable:
    """Stand for a row whose key is not its own: it may be any."""
    return Unreadable("", problem, _mark(problem))


def several(key: str, dbsource: int | None) -> Unreadable:
    """Stand for several rows that have one key: nothing of them is certain, above all not who manages the record."""
    problem = "several rows have its id"
    return Unreadable(key, problem, _mark(problem), dbsource)


def _unreadable(fields: Mapping[str, bytes], kind: type[Row], problem: str) -> Unreadable:
    told: dict[str, Any] = {}
    null = may_be_null(kind)
    for one in fields_of(kind):
        if one.type is Any:
            continue
        raw = fields.get(one.encode_name, b"")
        try:
            value = None if raw == b"null" and one.encode_name in null else read_value(raw, one.type)
            told |= {} if value is None else {one.encode_name: msgspec.to_builtins(value)}
        except (msgspec.DecodeError, RecursionError):
            continue
    if fields.get(MANAGER) == b"null" or not hasattr(kind, MANAGED):
        told[MANAGER] = str(ZERO)
    key = told.pop("ID", "") or _key_in(fields.get("id", b""))
    place = told.pop("dbsource", ODD_PLACE if fields.get("dbsource", b"null") != b"null" else None)
    return Unreadable(key, problem, _mark(problem), place, told)


ODD_PLACE = -1
"""The database of a row that tells none that there is."""


def _key_in(raw: bytes) -> str:
    try:
        return str(read_value(raw, UUID))
    except msgspec.DecodeError:
        return ""


def _mark(problem: str) -> bytes:
    return blake2b(problem.encode(), digest_size=16).digest()


def _problem_of(row: Row) -> str:
    """Say what of a row is not what it should be, although it can be read; empty: nothing."""
    for name in TIMES.get(type(row), ()):
        value: str = getattr(row, name)
        # a licence without an end has one of the dates that mean none (observed): an empty text tells nothing of it
        if (value or isinstance(row, Login)) and not is_time(value):
            return f"{column(name)} is no time"
    return ""


def parse_named(data: bytes, names: tuple[str, ...]) -> dict[str, str]:
    """
    Read the fields that the settings name, as text; nothing else of the answer is kept.

    Raises:
        msgspec.DecodeError: it is no object, or one of the fields cannot be read.
    """
    if not names:
        return {}
    raws: Mapping[str, bytes | msgspec.Raw]
    try:
        raws = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    except REFUSALS:
        raws = fields_in(data)
    found = {}
    for name in names:
        if name in raws:
            try:
                value = read_value(bytes(raws[name]), object)
                if value not in (None, "", [], {}):
                    found[name] = value if isinstance(value, str) else msgspec.json.encode(value).decode()
            except (msgspec.DecodeError, RecursionError) as error:
                raise msgspec.DecodeError(f"{name} cannot be read: {error}") from error
    return found


def is_time(value: str) -> bool:
    """Whether a text is a time at all, however odd."""
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def moment(value: str) -> datetime | None:
    """Read a time as UTC; None for the sentinels that mean "not set" or "no end", and for what is no time."""
    try:
        read = datetime.fromisoformat(value)
        read = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):  # the first and the last day of the calendar have no UTC
        return None
    return read if FIRST_SET <= read < LAST_SET else None


def ends_at(value: str) -> float | None:
    """Read when something ends, in seconds since 1970; None where it has no end, or none that can be read."""
    read = moment(value)
    return None if read is None else read.timestamp()


def keys_in(csv: str | None) -> list[str]:
    """Read a comma-separated list of keys, MOST_KEYS of them; what is no key is passed over."""
    keys = []
    for part in (csv or "").split(",", MOST_KEYS)[:MOST_KEYS]:
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
