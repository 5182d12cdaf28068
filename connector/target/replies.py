"""
Interact's answers as it gives them, and what they say in words. PURE.

Source: developer.interactsoftware.com, Workplace Search Custom Connector API.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from connector.http.json_rows import REFUSALS, without_nul
from connector.secrets.hiding import hide

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
    """One document that was refused."""

    GloballyUniqueId: str | None = None
    Errors: list[Problem] = []


class PushReply(msgspec.Struct, frozen=True):
    """The answer to addupdate; 200 even when documents were refused."""

    HasErrors: bool
    Errors: list[Failure] | None = None
    AddedUpdated: list[str] | None = None


class Errors(msgspec.Struct, frozen=True):
    """What any answer may say besides its status."""

    HasErrors: Any = None
    Errors: Any = None


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


def problems_in_words(problems: Sequence[Problem], codes: Mapping[int, str] = WORDS_OF_CODE) -> str:
    """Say why a document, or a person's record, was refused."""
    parts = []
    for problem in problems:
        words = codes.get(problem.ErrorCode)
        theirs = hide((problem.ErrorMessage or "").strip())[:200]
        parts.append(
            f"code {problem.ErrorCode}, {words}"
            if words
            else f"code {problem.ErrorCode}: {theirs or 'no reason given'}"
        )
    return "; ".join(parts) or "no reason given"


def names_errors(body: bytes) -> bool:
    """Whether an answer that nobody describes says that something of it was refused."""
    try:
        told = msgspec.json.decode(without_nul(body), type=Errors)
    except REFUSALS:
        return False
    return told.HasErrors is True or bool(told.Errors)
