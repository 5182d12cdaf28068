"""
What ITR tells an account of itself: its token, its company, its rights. PURE. Source: docs/itr.md (observed on a real server).

Signing in needs a token, the company where one is asked for, and a sign that there are several where none is. All else only decorates, or is
compared with what it was: where it cannot be read it is taken as missing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from hashlib import blake2b
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from connector.http.json_rows import OddRow, OddValueError, fields_in, fields_of, read_rows, read_value
from connector.sources.itr.wire import column, may_be_null, pack

T = TypeVar("T", bound=msgspec.Struct)
SENDABLE = re.compile(r"[!-~]*")
"""What can go back in a header."""
_RIGHTS = ("ID", "CompanyID", "Active")


class Company(msgspec.Struct, frozen=True, kw_only=True, rename=column):
    """A company of the server."""

    id: UUID
    company_name: str = ""


class SignedIn(msgspec.Struct, frozen=True, kw_only=True, rename=column):
    """The answer of a login; the expiry date it also holds is never updated and ignored."""

    session_id: str
    company_id: str = ""
    mfa_status: str = msgspec.field(name="MFAStatus", default="")
    multiple_companies_found: str = "N"


class _Called(msgspec.Struct, rename=column):
    company_name: str = ""


class _OwnLogin(msgspec.Struct, rename=column):
    id: UUID
    company_id: UUID


def parse_signed_in(data: bytes, *, asked: bool) -> tuple[SignedIn, list[str]]:
    """
    Read the answer of a login, and which columns of it are taken as missing since they cannot be read.

    Args:
        asked: whether a company was asked for: it must be that one. Else it must be the only one; whoever is to send a code sends it for
            the company that is told.

    Raises:
        msgspec.DecodeError: it is none, or its token cannot be read, or which company it is for.
    """
    answer, odd = _without_odd(fields_in(data), SignedIn, {"SessionID"})
    if not SENDABLE.fullmatch(answer.session_id):
        raise OddValueError("SessionID: it is no session token")
    if not SENDABLE.fullmatch(answer.company_id):
        odd = [*odd, "CompanyID"]
    decides = "CompanyID" if asked or not answer.session_id else "MultipleCompaniesFound"
    if decides in odd:
        raise OddValueError(f"{decides}: it cannot be read")
    return answer, odd


def parse_company_name(data: bytes) -> tuple[str, list[str]]:
    """
    Read how the account's company is called, empty where that is not told, and whether that cannot be read.

    Raises:
        msgspec.DecodeError: it is no object.
    """
    called, odd = _without_odd(fields_in(data), _Called, ())
    return called.company_name, odd


def parse_companies(data: bytes) -> list[Company]:
    """
    Read a list of companies, each once, by their ids where names cannot be read; one without an id is left out.

    Raises:
        msgspec.DecodeError: it is no list.
    """
    found: dict[UUID, Company] = {}
    for row in read_rows(data, Company, ids=("ID",), absent=may_be_null(Company)):
        if isinstance(row, OddRow):
            try:
                row = _without_odd(row.fields, Company, {"ID"})[0]
            except msgspec.DecodeError:
                continue
        found[row.id] = row
    return list(found.values())


def rights_of(data: bytes) -> tuple[bytes, str, str]:
    """
    Read an account's own record: a hash of company and rights, its id, its company.

    Flags of rights start with Is, May or Has; times of the last login are no rights.

    Raises:
        msgspec.DecodeError: it is not a record of an account.
    """
    named = read_value(data, _OwnLogin)
    flags: dict[str, Any] = {}
    for name, raw in fields_in(data).items():
        if name in _RIGHTS:
            flags[name] = _told(raw)
        elif name.startswith(("Is", "May", "Has")) and raw in (b"true", b"false"):
            flags[name] = raw == b"true"
    mark = blake2b(pack(flags), digest_size=16).digest()
    return mark, str(named.id), str(named.company_id)


def is_narrow(data: bytes) -> bool:
    """
    Whether an account's own record says that it may work with its own objects only.

    Raises:
        msgspec.DecodeError: it is not a record of an account.
    """
    return fields_in(data).get("MayWorkWithOwnObjectsOnly") == b"true"


def _told(raw: bytes) -> str | bool | None:
    """A value as it was always hashed; one that is odd as it stands: another one is another right."""
    try:
        value: str | bool | None = read_value(raw, str | bool | None)  # type: ignore[arg-type]
    except msgspec.DecodeError:
        return raw.decode(errors="replace")
    return value


def _without_odd(fields: Mapping[str, bytes], kind: type[T], needed: Collection[str]) -> tuple[T, list[str]]:
    """
    Raises:
        OddValueError: a column that is needed is missing, or cannot be read.
    """
    null, values, odd = may_be_null(kind), dict[str, Any](), list[str]()
    for one in fields_of(kind):
        name = one.encode_name
        raw = fields.get(name, b"")
        if not raw or (raw == b"null" and name in null):
            continue
        try:
            values[name] = msgspec.to_builtins(read_value(raw, one.type))
        except msgspec.DecodeError as error:
            if name in needed:
                raise OddValueError(f"{name}: {error}") from error
            odd.append(name)
    try:
        return msgspec.convert(values, kind), odd
    except msgspec.ValidationError as error:
        raise OddValueError(str(error)) from error
