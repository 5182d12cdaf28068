"""
The words that every part of the program shares: documents, and what a listing says of them. PURE.

    Listed     what a source's listing says of one item: id, version, where it stands
    Document   what people will find: our own words, not yet Interact's
    Rendered   a document as it goes over the wire, with its fingerprint
    Known      what the ledger has confirmed of a document

A run makes hundreds of thousands of these. They are values that hold no circle, so the collector of garbage need not
look at them (`gc=False`, here and wherever there are as many).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from connector.document.audience import Audience


class Crumb(msgspec.Struct, frozen=True, gc=False):
    """One step of the breadcrumb; the link is absent where none is known."""

    label: str
    url: str | None = None


class Facet(msgspec.Struct, frozen=True, gc=False):
    """One typed value to filter by: text, a number in real units, or a time in UTC."""

    name: str
    value: str | int | float | datetime


class Document(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What people find. Times are aware and in UTC; texts are plain text."""

    id: str
    type_name: str
    title: str
    url: str
    audience: Audience
    path: str
    is_parent: bool = False
    summary: str = ""
    author: str = ""
    created: datetime | None = None
    modified: datetime | None = None
    facets: tuple[Facet, ...] = ()
    crumbs: tuple[Crumb, ...] = ()
    keywords: str = ""
    best_bets: tuple[str, ...] = ()
    text: str = ""
    """The searchable body."""
    text_missing: str = ""
    """Why a file has no text, in a word of the extractor; empty when it has, or needs none."""
    text_key: str = ""
    """Where the text of a file is remembered: the hash of the file's content."""
    closed: frozenset[str] = frozenset()
    """Ids on its path whose names its breadcrumb leaves out: some of those who may see it may not see them."""
    provisional: bool = False
    """Something could not be read at this moment: to be mapped again in the next run, whatever its version."""
    trouble: str = ""
    """Why, in words."""


class Rendered(msgspec.Struct, frozen=True, gc=False):
    """A document as it goes over the wire."""

    id: str
    body: bytes
    """The target's JSON object, without its text and without SynchroniseState."""
    text: bytes
    """The text as a JSON string, or empty."""
    fingerprint: bytes
    """Of body and text: what decides whether to push."""
    audience: Audience
    path: str
    title: str
    url: str
    text_missing: str = ""
    text_key: str = ""
    hidden: bytes = b""
    """What its breadcrumb leaves out, to be put back when everybody may read it."""

    @property
    def size(self) -> int:
        """Bytes on the wire, about."""
        return len(self.body) + len(self.text) + 600


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """
    A part of a source that is listed, and judged complete, by itself: a room, or a kind of record in one database.

    `key` never changes for the same thing (a room's root id, not its renameable short name).
    """

    key: str
    name: str
    origin: Any = None
    """The source's own words about it."""


NARROW = 10
"""Children of a container that is mostly waiting for the source."""


class Container(msgspec.Struct, frozen=True, kw_only=True):
    """Something whose children can be listed, and all that its children inherit."""

    id: str
    """Document id of the container; of the scope's own document at the top."""
    native: str
    scope: Scope
    path: str
    expected: int | None = None
    """How many children the source says there are; None where it does not say."""
    origin: Any = None
    """The source's own words: what its mapping needs of the ancestors."""
    told: tuple[bytes, ...] = ()
    """Marks of the pages of its last listing (`ports.source.Page.mark`): a page that has the same may be left untold."""

    @property
    def is_wide(self) -> bool:
        """Whether listing it is work for this program, and not mostly waiting for the source."""
        return self.expected is None or self.expected > NARROW


class Listed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One item of a listing. Two items with equal versions give equal documents, as long as no detail changed unseen."""

    id: str
    native: str
    kind: str
    name: str
    version: bytes
    """Hash of the row as listed and of everything inherited (crumbs, settings of the mapping), the audience apart."""
    audience: Audience | None
    """None: unknown, because it could not be read."""
    container: Container | None = None
    """Present where children are to be listed."""
    above: tuple[tuple[str, Audience], ...] = ()
    """Ids of the containers on its path that have a list of their own, with that list."""
    stands_in: str = ""
    """Id of the container in which it stands as its own row tells, whichever lists it; empty: that tells nothing."""
    left_out: str = ""
    """Why settings leave this item (and everything below it) out; empty: it belongs into the search."""
    unreadable: str = ""
    """Why nothing can be made of its row, in words; empty: something can. Who may see it need not be known then."""
    origin: Any = None


class Known(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """What the ledger remembers of one document, as far as planning needs it."""

    id: str
    version: bytes | None
    fingerprint: bytes | None
    container: str
    state: str
    missing_run: int | None
    pushed_run: int
    session_run: int
    backfill: int
    redo_after: float | None
    rules: bytes | None
    audience: bytes | None = None
    """Digest of the audience it was last accepted with."""
    path: str = ""
    """MaterializedPath as last accepted."""
    also: str = ""
    """Another container that lists it, too."""
    room: str = ""
    """Key of the scope that listed it last."""

    @property
    def is_confirmed(self) -> bool:
        """Whether the target answered that it has the document, and nothing made that doubtful since."""
        return self.fingerprint is not None

    def was_sent_by(self, rules: bytes) -> bool:
        """Whether the settings of its last push left out the same as these do, as far as that was noted."""
        return self.rules is None or self.rules == rules


class Met(NamedTuple):
    """
    Where a document was met: a container and the scope's key, each with what the ledger had before.

    One that was asked for stands where it stood. Where the ledger has it anywhere else, it was met there since, and what was found
    out about it here is out of date.
    """

    container: str
    before: str
    room: str
    room_before: str

    def is_in(self, container: str, room: str) -> bool:
        """Whether that is still so, where the ledger has it now."""
        return container in {self.container, self.before} and room in {self.room, self.room_before}


def met_in(container: str, room: str, known: Known | None) -> Met:
    """
    Say where a document was met.

    Args:
        known: of it, as it was then.
    """
    if known is None:
        return Met(container, container, room, room)
    return Met(container, known.container, room, known.room or room)
