"""What an Interact server says about a body: what it refuses to read, and which items it finds wrong."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Any

from connector.sandbox.interact_rows import Refusal

_MESSAGES = {
    1: "GloballyUniqueId must have a value",
    2: "DocTypeName must have a value",
    3: "Title must have a value",
    4: "Url must have a value",
    5: "Taxonomy value must have a name",
    6: "Taxonomy number value must have a value",
    7: "Taxonomy date value must have a value",
    8: "Crumblink Key must have a value",
}
_USER_MESSAGES = {
    1: "GloballyUniqueId must have a value",
    2: "Either Username or Email must have a value to perform an intranet person lookup",
}
_TEXTS = (
    "GloballyUniqueId",
    "DocTypeName",
    "Title",
    "Url",
    "Summary",
    "AuthorId",
    "AuthorName",
    "AssetId",
    "AvatarPath",
    "CreatedDate",
    "ModifiedDate",
    "FileContents",
    "Keywords",
    "DeletionMode",
    "SynchroniseState",
    "MaterializedPath",
    "Email",
    "Username",
)
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


class BadRequest(Exception):
    """The whole call is refused with 400 and has no effect."""


def find_document_errors(document: dict[str, Any], refusals: Sequence[Refusal]) -> list[tuple[int, str]]:
    """Codes and words of everything wrong with a document. Source: Interact, Response Error Codes."""
    codes = [
        code
        for code, name in enumerate(("GloballyUniqueId", "DocTypeName", "Title", "Url"), 1)
        if not (document.get(name) or "").strip()
    ]
    for facet in document.get("Taxonomy") or []:
        if not facet.get("Name"):
            codes.append(5)
        if facet.get("Type") == "Number" and facet.get("NumberValue") is None:
            codes.append(6)
        if facet.get("Type") == "Date" and not facet.get("DateValue"):
            codes.append(7)
    codes += [8 for crumb in document.get("CrumbLinks") or [] if not crumb.get("Key")]
    errors = [(code, _MESSAGES[code]) for code in codes]
    return errors + [(refusal.code, refusal.message) for refusal in refusals if refusal.meets(document)]


def error_entry(key: str, problems: list[tuple[int, str]]) -> dict[str, Any]:
    """One item of an answer's Errors."""
    errors = [{"ErrorCode": code, "ErrorMessage": message} for code, message in problems]
    return {"HasError": True, "GloballyUniqueId": key, "Errors": errors}


def find_user_errors(record: dict[str, Any]) -> list[tuple[int, str]]:
    """Codes and words of everything wrong with a user record. Source: Interact, User APIs, Error Codes."""
    codes = []
    if not (record.get("GloballyUniqueId") or "").strip():
        codes.append(1)
    if not (record.get("Email") or "").strip() and not (record.get("Username") or "").strip():
        codes.append(2)
    return [(code, _USER_MESSAGES[code]) for code in codes]


def check_types(item: dict[str, Any]) -> None:
    """
    What a typed server refuses when it reads the body, before it looks at any item.

    Raises:
        BadRequest: a value of the wrong type, an unreadable date, an unknown mode or facet type.
    """
    for name in _TEXTS:
        if not isinstance(item.get(name), str | None):
            raise BadRequest(f"{name} must be a string")
    for name in ("IsPublic", "IsParent", "ShouldSaveSynchroniseState"):
        if not isinstance(item.get(name), bool | None):
            raise BadRequest(f"{name} must be true or false")
    for name in ("Bestbets", "ExternalIdentities"):
        values = item.get(name) or []
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise BadRequest(f"{name} must be an array of strings")
    for name in ("Taxonomy", "CrumbLinks"):
        values = item.get(name) or []
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            raise BadRequest(f"{name} must be an array of objects")
    if item.get("DeletionMode") not in (None, "Session", "Explicit"):
        raise BadRequest("DeletionMode must be Session or Explicit")
    dates = [item.get("CreatedDate"), item.get("ModifiedDate")]
    for facet in item.get("Taxonomy") or []:
        dates.append(facet.get("DateValue"))
        if facet.get("Type") not in ("Text", "Number", "Date"):
            raise BadRequest("Taxonomy Type must be Text, Number or Date")
        number = facet.get("NumberValue")
        if isinstance(number, bool) or not isinstance(number, int | float | None):
            raise BadRequest("NumberValue must be a number")
    for date in dates:
        if date and not (isinstance(date, str) and _DATE.fullmatch(date)):
            raise BadRequest(f"{date!r} is not a date")


def decode_contents(contents: str) -> str:
    """
    The text in base64 FileContents.

    Raises:
        BadRequest: it is not base64.
    """
    try:
        return base64.b64decode(contents, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError) as error:
        raise BadRequest("FileContents is not a valid Base-64 string") from error
