"""
Interact's answers as it gives them, and what they say in words. PURE.

Source: developer.interactsoftware.com, Workplace Search Custom Connector API.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from connector.http.json_rows import REFUSALS, without_nul
from connector.secrets.hiding import hide

T = TypeVar("T")
WORDS_OF_CODE = {
    1: "the document has no id (GloballyUniqueId)",
    2: "the document has no type (DocTypeName)",
    3: "the document has no title",
    4: "the document has no link (Url)",
    5: "a facet has no name",
    6: "a number facet has no value",
    7: "a date facet has no value",
    8: "a breadcrumb has no label",
}
WORDS_OF_PERSON_CODE = {
    1: "the record has no id (GloballyUniqueId)",
    2: "the record has neither address nor user name",
}
"""Source: the vendor's table of response error codes."""


class Problem(msgspec.Struct, frozen=True):
    """One reason why a document was refused."""

    ErrorCode: int = 0
    ErrorMessage: str | None = None


class Failure(msgspec.Struct, frozen=True):
    """What an answer's Errors say of one document; whether it was refused tells `is_one`."""

    GloballyUniqueId: str | None = None
    Errors: list[Problem] | None = None
    HasError: Any = None

    @property
    def is_one(self) -> bool:
        """Each entry says whether it is an error: one that says no, and names none, tells of something that was taken."""
        return self.HasError is not False or bool(self.Errors)


class PushReply(msgspec.Struct, frozen=True):
    """The answer to addupdate; 200 even when documents were refused."""

    HasErrors: bool
    Errors: list[Failure] | None = None
    AddedUpdated: list[str] | None = None


class PeopleReply(msgspec.Struct, frozen=True):
    """The answer to users/addupdate; 200 even when records were refused."""

    HasErrors: bool
    Errors: list[Failure] | None = None
    Added: list[str] | None = None
    Updated: list[str] | None = None
    NotFound: list[str] | None = None


class EndReply(msgspec.Struct, frozen=True):
    """The answer to endsyncsession: a count, no ids."""

    Deleted: int


class StateReply(msgspec.Struct, frozen=True):
    """The answer to docs/state."""

    DocExists: bool
    DateLastUpdated: str | None = None
    SynchroniseState: str | None = None


SPELT = {
    name.lower(): name
    for kind in (Problem, Failure, PushReply, PeopleReply, EndReply, StateReply)
    for name in kind.__struct_fields__
}
"""What answers name their fields, by the same in small letters."""


def problems_in_words(problems: Sequence[Problem] | None, codes: Mapping[int, str] = WORDS_OF_CODE) -> str:
    """Say why a document, or a person's record, was refused."""
    parts = []
    for problem in problems or ():
        words = codes.get(problem.ErrorCode)
        theirs = hide((problem.ErrorMessage or "").strip())[:200]
        parts.append(
            f"code {problem.ErrorCode}, {words}"
            if words
            else f"code {problem.ErrorCode}: {theirs or 'no reason given'}"
        )
    return "; ".join(parts) or "no reason given"


def spelt(told: Mapping[str, T]) -> dict[str, T]:
    """The fields of an answer by their documented names: servers of this family write them with a small first letter as soon as a default changes."""
    return {SPELT.get(name.lower(), name): value for name, value in told.items()}


def names_errors(body: bytes) -> bool:
    """Whether an answer that nobody describes says that something of it was refused."""
    try:
        told = msgspec.json.decode(without_nul(body))
    except REFUSALS:
        return False
    if not isinstance(told, dict):
        return False
    told = spelt(told)
    errors = told.get("Errors")
    refused = any(map(_is_refusal, errors)) if isinstance(errors, list) else bool(errors)
    return told.get("HasErrors") is True or refused


def _is_refusal(entry: Any) -> bool:
    if not isinstance(entry, dict):
        return True
    fields = spelt(entry)
    return fields.get("HasError") is not False or bool(fields.get("Errors"))
