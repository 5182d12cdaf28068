"""
What an answer of a source is to look like (`connector.ports.source`): each function says what is wrong with one, in words; empty: nothing.

Asked where a source cannot be relied on: of another package (`guarded`), or while it is being written (`connector.conformance`). PURE.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from connector.document.audience import Audience
from connector.document.document import Crumb, Document, Facet, Listed
from connector.document.ids import MAX_ID, PLAIN_ID
from connector.ports.source import FoundScope, PersonRead, Seen, Verdict

READ_OF_ALL = ("concurrency", "address", "mapping_hash", "left_out_rules", "side_by_side")
"""What every run reads of a source."""
TEXTS = ("type_name", "title", "url", "path", "summary", "author", "keywords", "text")


def wrong_at_all(told: Mapping[str, Any]) -> str:
    """
    Args:
        told: `READ_OF_ALL` of a source.
    """
    if not isinstance(told["concurrency"], int) or told["concurrency"] < 1:
        return f"concurrency is {told['concurrency']!r}, and no number from 1"
    hashes = (told["mapping_hash"], told["left_out_rules"])
    return (
        "" if all(isinstance(one, bytes) for one in hashes) else "mapping_hash or left_out_rules is no bytes"
    )


def wrong_row(row: Any, prefixes: Sequence[str], *, public: bool = False) -> str:
    """
    Args:
        prefixes: what the ids of the source begin with.
        public: whether a setting makes its scope public.
    """
    if not isinstance(row, Listed):
        return f"a row is {_what(row)}"
    if not isinstance(row.id, str) or not PLAIN_ID.fullmatch(row.id) or len(row.id) > MAX_ID:
        return f"the id {row.id!r} is not made by document_id"
    begins = tuple(f"{one}-" for one in prefixes)
    if not row.id.startswith(begins):
        return f"the id {row.id} does not begin with {' or '.join(begins)}: it may be another source's"
    if not all(isinstance(one, str) for one in (row.native, row.kind, row.name, row.left_out)):
        return f"native, kind, name or left_out of {row.id} is no text"
    if not isinstance(row.version, bytes) or not isinstance(row.audience, Audience | None):
        return f"version of {row.id} is no bytes, or its audience no Audience"
    if row.audience is not None and row.audience.public and not public:
        return _public(row.id)
    return ""


def wrong_verdict(told: Any, prefixes: Sequence[str], *, public: bool) -> str:
    """
    Args:
        prefixes: what the ids of the source begin with.
        public: whether a setting makes the scope public in which it answers.
    """
    if not isinstance(told, Verdict):
        return f"the answer is {_what(told)}"
    return wrong_row(told.listed, prefixes, public=public) if told.listed is not None else ""


def wrong_audience(told: Any) -> str:
    """Of `audience`: who may see a scope, and the witnesses."""
    match told:
        case (None | Audience(), list()):
            return ""
    return f"the answer is {_what(told)}"


def wrong_document(told: Any, identifier: str) -> str:
    """
    Args:
        identifier: of the row that it is made of.
    """
    if not isinstance(told, Document):
        return f"the answer is {_what(told)}"
    if told.id != identifier or not told.path.endswith(f"/{identifier}/"):
        return f"id {told.id!r} and path {told.path!r} are not those of {identifier}"
    for key in TEXTS:
        if not isinstance(getattr(told, key), str):
            return f"{key} is {_what(getattr(told, key))}"
    for key in ("created", "modified"):
        if not isinstance(getattr(told, key), datetime | None):
            return f"{key} is {_what(getattr(told, key))}"
    if not isinstance(told.audience, Audience):
        return f"audience is {_what(told.audience)}"
    return _wrong_details(told)


def _wrong_details(told: Document) -> str:
    for facet in told.facets:
        if not (isinstance(facet, Facet) and isinstance(facet.name, str)):
            return f"a facet is {_what(facet)}"
        if not isinstance(facet.value, str | int | float | datetime):
            return f"the facet {facet.name} has for its value {_what(facet.value)}"
    for crumb in told.crumbs:
        if not (
            isinstance(crumb, Crumb) and isinstance(crumb.label, str) and isinstance(crumb.url, str | None)
        ):
            return f"a breadcrumb is {_what(crumb)}, or its label or address is no text"
    odd = [one for one in told.best_bets if not isinstance(one, str)]
    return f"a best bet is {_what(odd[0])}" if odd else ""


def wrong_seen(told: Any, *, public: bool) -> str:
    """
    Args:
        public: whether a setting makes the scope public.
    """
    if why := not_all(told, Seen):
        return why
    shown = [one.id for one in told if one.audience is not None and one.audience.public]
    return _public(shown[0]) if shown and not public else ""


def _public(identifier: str) -> str:
    return f"{identifier} is for everybody, and no setting makes its room public"


def wrong_scopes(told: Any) -> str:
    """Of `scopes`."""
    if why := not_all(told, FoundScope):
        return why
    for one in told:
        if not (isinstance(one.scope.key, str) and isinstance(one.scope.name, str)):
            return "key or name of a scope is no text"
        if not isinstance(one.rules, bytes):
            return f"rules of {one.scope.key} is {_what(one.rules)}"
    twice = [key for key, times in Counter(one.scope.key for one in told).items() if times > 1]
    return f"the scope {twice[0]} is listed twice" if twice else ""


def wrong_people(told: Any) -> str:
    """Of `people`."""
    if why := not_all(told, PersonRead):
        return why
    for one in told:
        if not all(isinstance(text, str) for text in (one.key, one.email, one.username, *one.identities)):
            return f"key, email, username or an identity of {one.key!r} is no text"
    return ""


def not_all(told: Any, kind: type) -> str:
    """Of an answer that is a list of something."""
    if not isinstance(told, list):
        return f"the answer is {_what(told)}"
    return next((f"one of the answers is {_what(one)}" for one in told if not isinstance(one, kind)), "")


def _what(answer: Any) -> str:
    return f"{type(answer).__name__}, which it may not be"
