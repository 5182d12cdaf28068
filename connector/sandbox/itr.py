"""
A simulated ITR: one company's records and the central catalogue, to be edited while they are served.

Filled from recordings of a real server with invented data (itr_records/). What is odd about the server is
switched by `quirks`; the lies that it always tells stand in `itr_http`.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import uuid4

import msgspec

Record = dict[str, Any]
CLIENT, MASTER = "client", "master"
KINDS = (
    "sessions",
    "sessiontests",
    "persons",
    "groups",
    "organisations",
    "tests",
    "batteries",
    "reportdefinitions",
    "generatedreports",
    "logins",
    "audittrail",
)
ZERO = "00000000-0000-0000-0000-000000000000"


@dataclass(slots=True)
class Quirks:
    """What a test switches: how the server is set up, and what fails in it."""

    database_down: bool = False
    """Lists answer [] while the token is cached, everything else `500 error`."""
    refuses_while_down: bool = False
    """With its database down it answers 401 at sign-in, as to a wrong password (observed); else `500 error`."""
    failing: set[str] = field(default_factory=set)
    """Kinds whose queries fail in SQL: lists answer [], details `500 error`."""
    failing_from_page: int | None = None
    """Pages from this number on fail in SQL, in every list."""
    calls_per_s: int | None = 20
    """Of one endpoint with one token; None: no limit."""
    logins_per_s: int | None = 1
    """Of one connection; None: no limit."""
    mfa: str = ""
    """`CODE`: asks for a one-time code; `QR`: the account has none set up."""
    code_steps: int = 1
    """Half minutes by which a one-time code may be early or late."""
    short_pages: int | None = None
    """No page is longer, whatever PageSize says."""
    rights_kept_s: float = 0
    """For so long lists and details go on with the rights that were read last; 60 on a real server (observed)."""


class ItrWorld:
    """Everything a simulated ITR knows."""

    user_id = "søk.connector@example.com"
    password = "pøssword-of-the-sandbox"
    totp_secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

    def __init__(self) -> None:
        self.quirks = Quirks()
        self.listed: dict[str, list[str]] = {}
        """Columns of the lists; the others are told by details only."""
        self.tables: dict[str, dict[str, dict[str, Record]]] = {CLIENT: {}, MASTER: {}}
        """Records by database, kind and id."""
        for kind in KINDS:
            read = _read(kind)
            self.listed[kind] = read["listed"]
            self.tables[CLIENT][kind] = {row["ID"]: row for row in read["client"]}
            self.tables[MASTER][kind] = {row["ID"]: row for row in read["master"]}
        account = _read("account")
        self.login: Record = account["login"]
        """The account's row in the company's database: what `/logins/currentuser` answers from."""
        self.master_login: Record = {}
        """What the account's row in the master database says otherwise; lists and details are filtered by that one."""
        self.clock: Callable[[], float] = time.monotonic
        self.wall_clock: Callable[[], float] = time.time
        """In seconds since 1970: one-time codes go by it."""
        """What `quirks.rights_kept_s` is measured with."""
        self.company: Record = account["company"]
        self.companies: list[Record] = account["companies"]
        self.tokens: set[str] = set()
        """Tokens that are good; `clear` makes every one given out so far unknown."""
        self.violations: list[tuple[str, str]] = []
        """Calls that no reading client may make."""
        self.billed: list[str] = []
        """Sessiontests whose detail was read."""
        self.details: dict[str, Record] = {}
        """The file cache of details: it outlives the records."""

    @property
    def company_id(self) -> str:
        """The company of the account."""
        return str(self.company["ID"])

    def rows(self, kind: str, database: str = CLIENT) -> list[Record]:
        """Every record of a kind."""
        return list(self.tables[database].get(kind, {}).values())

    def get(self, kind: str, key: str, database: str = CLIENT) -> Record:
        """One record, to be edited in place."""
        return self.tables[database][kind][key]

    def add(self, kind: str, database: str = CLIENT, **values: Any) -> str:
        """Add a record like the first one of its kind, with other values; returns its id."""
        pattern = next(iter(self.rows(kind, database) or self.rows(kind)))
        record = {**copy.deepcopy(pattern), "ID": str(uuid4()), **values}
        self.tables[database][kind][record["ID"]] = record
        return str(record["ID"])

    def remove(self, kind: str, key: str, database: str = CLIENT) -> None:
        """Delete a record; a session takes its audit rows, tests and reports along (observed)."""
        del self.tables[database][kind][key]
        if kind == "sessions":
            for below, column in (
                ("audittrail", "SessionID"),
                ("sessiontests", "SessionID"),
                ("generatedreports", "LinkedObjectID"),
            ):
                table = self.tables[database][below]
                for one in [i for i, row in table.items() if row[column] == key]:
                    del table[one]

    def note_change(self, session: str, at: str) -> None:
        """Write the row of the audit trail that saving a session's test leaves."""
        self.add("audittrail", SessionID=session, ObjectID=session, CreateDate=at, ObjectType=2, MessageID=2)

    def shut(self) -> None:
        """Empty every table: what a restored or half-made database looks like."""
        for tables in self.tables.values():
            for table in tables.values():
                table.clear()

    def settings(self, url: str) -> dict[str, str]:
        """Address and made-up credentials, by the dotted path of the connector's setting."""
        return {
            "sources.itr.kind": "itr",
            "sources.itr.id_prefix": "itr",
            "sources.itr.base_url": f"{url}/api",
            "sources.itr.web_url": url,
            "sources.itr.user_id": self.user_id,
            "sources.itr.password": self.password,
            "sources.itr.company_id": self.company_id,
        }


def _read(name: str) -> Any:
    return msgspec.json.decode(_recorded(name))


@cache
def _recorded(name: str) -> bytes:
    """Looked for once: tests make thousands of worlds."""
    return (files(__package__) / "itr_records" / f"{name}.json").read_bytes()
