"""
Interact's JSON: documents and people as it takes them; its answers stand in `replies`. PURE.

Source: developer.interactsoftware.com, Workplace Search Custom Connector API; what it leaves open is
noted beside the choice. A document is serialised once: those bytes are hashed, remembered and sent.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from math import isfinite
from typing import Any, Generic, TypeVar

import msgspec

from connector.document.audience import Audience
from connector.document.dates import LAST_EDIT, a_moment_later, in_utc
from connector.document.document import Crumb, Document, Facet, Rendered
from connector.document.ids import path_ids
from connector.document.labels import LONGEST, lines, one_line, short
from connector.http.json_rows import REFUSALS

T = TypeVar("T")
HIGHEST = 2**53
"""Of counters; beyond it, numbers in JSON are not exact."""
TITLE_LIMIT = 255
SUMMARY_LIMIT = 1_000
KEYWORDS_LIMIT = 1_000
FACET_LIMIT = 1_000
"""UTF-16 units. Interact states no limits; these are the legacy table's, or what a person still reads."""
KEPT_FACET = 200
"""Characters of a value that others may have, too; what is longer is written anew each time, and kept by nobody."""

FINGERPRINT = 16
"""Bytes of a fingerprint."""

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class TaxonomyWire(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One facet; `Type` decides which value counts."""

    Name: str
    Type: str
    TextValue: str | None = None
    NumberValue: int | float | None = None
    DateValue: str | None = None


class CrumbWire(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One breadcrumb."""

    Key: str
    Url: str | None = None


class HiddenCrumb(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a breadcrumb leaves out: never sent, kept to be put back."""

    id: str
    label: str
    url: str | None = None


class DocumentWire(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    One document, complete each time: whether an update keeps omitted fields is not stated.

    AuthorId, AssetId and AvatarPath name things inside Interact and are left out; FileContents and
    SynchroniseState are added when the document is sent.
    """

    GloballyUniqueId: str
    DocTypeName: str
    Title: str
    Url: str
    Summary: str
    AuthorName: str
    CreatedDate: str | None
    ModifiedDate: str | None
    Taxonomy: list[TaxonomyWire]
    CrumbLinks: list[CrumbWire]
    Keywords: str
    Bestbets: list[str]
    DeletionMode: str
    IsPublic: bool
    ExternalIdentities: list[str]
    MaterializedPath: str
    IsParent: bool


class PersonWire(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """
    One person's record. One of Email and Username is sent: how both together are matched is not stated.

    Source: Workplace Search Custom Connector API, User APIs.
    """

    GloballyUniqueId: str
    DeletionMode: str
    ExternalIdentities: list[str]
    Email: str | None = None
    Username: str | None = None


class State(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    What we keep beside each document in Interact (SynchroniseState), under 1 KB.

    Room documents (of a source without rooms: all documents) also carry the ledger's id, its run counter, and how many
    documents the source and people's records the intranet had, and how many documents other sources had.
    """

    f: str
    """Fingerprint, hex."""
    v: str = ""
    """Version, hex."""
    a: str = ""
    """Audience hash, hex."""
    m: str = ""
    """Mapping hash, hex."""
    ledger: str = ""
    run: int = 0
    count: int = 0
    people: int = 0
    others: dict[str, int] = {}


_encode = msgspec.json.Encoder().encode
_decode_hidden = msgspec.json.Decoder(list[HiddenCrumb]).decode
_decode_document = msgspec.json.Decoder(DocumentWire).decode


def render(document: Document, *, deletion_mode: str, encoding: str = "text") -> Rendered:
    """
    Serialise a document.

    Args:
        deletion_mode: Session or Explicit; always sent, because the default is not stated and may be the dangerous one.
        encoding: text, or base64 for FileContents.
    """
    wire = DocumentWire(
        GloballyUniqueId=document.id,
        DocTypeName=one_line(document.type_name),
        Title=short(one_line(document.title), TITLE_LIMIT) or document.id,
        Url=document.url,
        Summary=short(lines(document.summary[:LONGEST]), SUMMARY_LIMIT),
        AuthorName=short(one_line(document.author), TITLE_LIMIT),
        CreatedDate=_time(document.created),
        ModifiedDate=_time(_of_last_edit(document.modified)),
        Taxonomy=[facet for facet in map(_facet, document.facets) if facet is not None],
        CrumbLinks=_crumbs(document.crumbs) if document.closed else _CRUMBS.of(document.crumbs),
        Keywords=short(one_line(document.keywords), KEYWORDS_LIMIT),
        Bestbets=[word for word in map(one_line, document.best_bets) if word],
        DeletionMode=deletion_mode,
        IsPublic=document.audience.public,
        ExternalIdentities=_IDENTITIES.of(document.audience.identities),
        MaterializedPath=document.path,
        IsParent=document.is_parent,
    )
    text = encode_text(document.text, encoding) if document.text else b""
    hidden = b""
    if document.closed:
        wire, hidden = _without_names(wire, document.closed)
    return _finish(wire, text, document.audience, document.text_missing, document.text_key, hidden)


def encode_text(text: str, encoding: str) -> bytes:
    """Make FileContents of a text, as JSON: plain, or base64 where a setting says so, since the vendor does not."""
    words = CONTROL.sub("", text)
    return _encode(base64.b64encode(words.encode()).decode() if encoding == "base64" else words)


def with_audience(
    body: bytes,
    text: bytes,
    audience: Audience | None,
    *,
    hidden: bytes = b"",
    closed: frozenset[str] | None = None,
    text_missing: str = "",
    text_key: str = "",
) -> Rendered:
    """
    Make a document that was accepted before ready to be pushed with another audience.

    Args:
        audience: None: the one that it has.
        hidden: what its breadcrumb left out.
        closed: ids on its path whose names it is to leave out; None: as before.
    """
    wire = _decode_document(body)
    if audience is None:
        audience = Audience(tuple(wire.ExternalIdentities), wire.IsPublic)
    if closed is not None:
        crumbs = wire.CrumbLinks
        wire, hidden = _without_names(_with_names(wire, hidden), closed)
        if wire.CrumbLinks != crumbs and audience == Audience(tuple(wire.ExternalIdentities), wire.IsPublic):
            wire = msgspec.structs.replace(wire, ModifiedDate=_a_moment_later(wire.ModifiedDate))
    other = (wire.IsPublic, wire.ExternalIdentities) != (audience.public, list(audience.identities))
    changed = msgspec.structs.replace(
        wire,
        IsPublic=audience.public,
        ExternalIdentities=list(audience.identities),
        ModifiedDate=_a_moment_later(wire.ModifiedDate) if other else wire.ModifiedDate,
    )
    return _finish(changed, text, audience, text_missing, text_key, hidden)


def left_out(hidden: bytes) -> frozenset[str]:
    """Ids whose names a breadcrumb left out."""
    return frozenset(one.id for one in _decode_hidden(hidden)) if hidden else frozenset()


def _without_names(wire: DocumentWire, closed: frozenset[str]) -> tuple[DocumentWire, bytes]:
    """Take the names of some containers out of a whole breadcrumb; says what was taken out, too."""
    above, crumbs = path_ids(wire.MaterializedPath)[1:-1], wire.CrumbLinks
    if closed.isdisjoint(above) or len(crumbs) < len(above):
        return wire, b""
    first = len(crumbs) - len(above)  # community, workspace and room stand before
    pairs = list(zip(above, crumbs[first:], strict=True))
    kept = [*crumbs[:first], *(crumb for one, crumb in pairs if one not in closed)]
    hidden = [HiddenCrumb(one, crumb.Key, crumb.Url) for one, crumb in pairs if one in closed]
    return msgspec.structs.replace(wire, CrumbLinks=kept), _encode(hidden)


def _with_names(wire: DocumentWire, hidden: bytes) -> DocumentWire:
    """Put back what a breadcrumb left out."""
    if not hidden:
        return wire
    names = {one.id: CrumbWire(one.label, one.url) for one in _decode_hidden(hidden)}
    above, crumbs = path_ids(wire.MaterializedPath)[1:-1], wire.CrumbLinks
    first = len(crumbs) + len(names) - len(above)
    if first < 0 or not names.keys() <= set(above):
        return wire
    rest = iter(crumbs[first:])
    return msgspec.structs.replace(
        wire, CrumbLinks=[*crumbs[:first], *(names.get(one) or next(rest) for one in above)]
    )


def lighter(rendered: Rendered) -> list[Rendered]:
    """What to try when a document is refused: without its text, then bare."""
    first = [_without_text(rendered)] if rendered.text else []
    plain = _bare(rendered)
    return [*first, plain] if plain.body != rendered.body else first


def _without_text(rendered: Rendered) -> Rendered:
    """Take the text off: the first fallback for a document that is refused."""
    wire = _decode_document(rendered.body)
    return _finish(wire, b"", rendered.audience, rendered.text_missing or "refused", hidden=rendered.hidden)


def _bare(rendered: Rendered) -> Rendered:
    """Leave what Interact requires, the audience and the place: the last fallback for a document that is refused."""
    wire = _decode_document(rendered.body)
    plain = msgspec.structs.replace(
        wire,
        Title=re.sub(r"\s+", " ", wire.Title).strip() or wire.GloballyUniqueId,
        Summary="",
        AuthorName="",
        CreatedDate=None,
        ModifiedDate=None,
        Taxonomy=[],
        CrumbLinks=[],
        Keywords="",
        Bestbets=[],
    )
    return _finish(plain, b"", rendered.audience, rendered.text_missing or "refused")


def envelope(rendered: Rendered, state: State) -> bytes:
    """Make the JSON object that is sent: the document, its text, and our state beside it."""
    tail = b',"SynchroniseState":' + _encode(_encode(state).decode()) + b',"ShouldSaveSynchroniseState":true}'
    # an absent text is sent as empty: whether an update keeps omitted fields is not stated
    return b"".join((memoryview(rendered.body)[:-1], b',"FileContents":', rendered.text or b'""', tail))


def array(objects: Sequence[bytes]) -> bytes:
    """Make a JSON array of what is written already: in one piece, since each copy of a batch costs."""
    pieces = [b"["]
    for written in objects:
        pieces += written, b","
    pieces[-1] = b"]" if objects else b"[]"
    return b"".join(pieces)


def parse_state(text: str | None) -> State | None:
    """Read our own state back; None where there is none or somebody else wrote it."""
    if not text:
        return None
    try:
        state = msgspec.json.decode(text, type=State)
    except (*REFUSALS, UnicodeEncodeError):
        return None
    told = (state.run, state.count, state.people, *state.others.values())
    return state if all(0 <= one < HIGHEST for one in told) else None


def _finish(
    wire: DocumentWire,
    text: bytes,
    audience: Audience,
    text_missing: str,
    text_key: str = "",
    hidden: bytes = b"",
) -> Rendered:
    body = _encode(wire)
    mark = sha256(body)  # in hardware on most machines, and then a third of the time of blake2b
    mark.update(text)
    return Rendered(
        id=wire.GloballyUniqueId,
        body=body,
        text=text,
        fingerprint=mark.digest()[:FINGERPRINT],
        audience=audience,
        path=wire.MaterializedPath,
        title=wire.Title,
        url=wire.Url,
        text_missing=text_missing,
        text_key=text_key,
        hidden=hidden,
    )


class Written(Generic[T]):
    """
    What documents in a row have in common (the breadcrumb of a folder, who may see it), written once for all of them.

    It is known by being the very same object: to compare or hash it takes as long as to write it again.
    """

    MOST = 64
    """A run works on as many folders at a time, or fewer; there may be thousands of identities in each."""

    def __init__(self, write: Callable[[T], object]) -> None:
        self._write = write
        self._kept: dict[int, tuple[T, msgspec.Raw]] = {}
        """By the object's `id`, which no other one gets as long as it is kept here."""

    def of(self, shared: T) -> Any:
        """Its JSON, to stand in the place of a value."""
        found = self._kept.get(id(shared))
        if found is None:
            if len(self._kept) >= self.MOST:
                self._kept.clear()
            found = self._kept[id(shared)] = shared, msgspec.Raw(_encode(self._write(shared)))
        return found[1]


def _crumbs(crumbs: tuple[Crumb, ...]) -> list[CrumbWire]:
    return [CrumbWire(short(one_line(crumb.label), TITLE_LIMIT) or "…", crumb.url) for crumb in crumbs]


_CRUMBS = Written(_crumbs)
_IDENTITIES: Written[tuple[str, ...]] = Written(list)


def _facet(facet: Facet) -> TaxonomyWire | None:
    value = facet.value
    return (_any_facet if isinstance(value, str) and len(value) > KEPT_FACET else _kept_facet)(facet)


def _any_facet(facet: Facet) -> TaxonomyWire | None:
    name = one_line(facet.name)
    value: Any = facet.value
    if not name:
        return None
    if not isinstance(value, str):  # as most are
        if isinstance(value, datetime):
            return TaxonomyWire(name, "Date", DateValue=_time(value))
        if isinstance(value, float) and not isfinite(value):
            return None
        if isinstance(value, int | float) and not isinstance(value, bool):
            return TaxonomyWire(name, "Number", NumberValue=value)
    text = short(one_line(str(value)), FACET_LIMIT)
    return TaxonomyWire(name, "Text", TextValue=text) if text else None


_kept_facet = lru_cache(maxsize=10_000)(_any_facet)


def _time(value: datetime | None) -> str | None:
    if value is None:
        return None
    if value.tzinfo is not UTC:
        value = in_utc(value)
    # 2026-11-01T08:00:00Z, or with six digits of a second; isoformat costs five times as much
    text: str = msgspec.to_builtins(value)
    return f"{text[:19]}{text[19:23] if len(text) > 20 else '.000'}Z"


def _of_last_edit(time: datetime | None) -> datetime | None:
    return min(in_utc(time), LAST_EDIT) if time is not None else None


def _a_moment_later(time: str | None) -> str | None:
    """A newer ModifiedDate: whether Interact ignores an update whose date is not newer is not stated."""
    return _time(a_moment_later(datetime.fromisoformat(time))) if time else None
