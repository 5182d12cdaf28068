"""
What a run needs of the world: sources to read and a target to write. No implementation is named here.

A run knows these Protocols and nothing of Interaxo, ITR or Interact; the ledger it uses as it is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Protocol

import msgspec

from connector.audience import Audience
from connector.document import Container, Document, Listed, Rendered, Scope


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """How a run reads its sources."""

    run: int
    thorough: bool
    """True in full runs and backfills: details are read again, and no listing is trusted for having been whole before."""


class FoundScope(msgspec.Struct, frozen=True, kw_only=True):
    """A scope as the source lists it now, with what the settings decide about it."""

    scope: Scope
    included: bool
    public: bool
    rules: bytes
    """Hash of the settings that decided; a rename alone does not change it."""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Some rows of a listing; the last page carries the proof of its end."""

    rows: list[Listed]
    proof: bytes = b""
    """Hash of the whole listing, on the last page only."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a source says when it is asked for one suspect."""

    gone: bool = False
    """404 or 410, while its room and its nearest listed ancestor answer."""
    listed: Listed | None = None
    """It is there: the answer, ready to be pushed."""
    unsure: str = ""
    """Neither: why, in words."""
    pending: bool = False
    """Neither yet: a second complete listing, later, decides."""
    names_repeat: bool = False
    """Other items of its place may have its name: none of them is a sign that it was superseded."""


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """What a source or the target was asked in this run."""

    requests: int
    reread: int
    """Of these, for the rotating share of details and audiences."""
    bytes_sent: int


class SourceNotes(Protocol):
    """What a source remembers for itself between runs."""

    def get(self, kind: str, key: str) -> tuple[bytes, bytes, int] | None:
        """A note: value, what it depended on, and the run that read it."""

    def put(self, kind: str, key: str, value: bytes, *, mark: bytes = b"", run: int = 0) -> None:
        """Remember a note."""


class Source(Protocol):
    """One configured system to pull from. Reads only."""

    name: str
    concurrency: int

    @property
    def left_out_rules(self) -> bytes:
        """Hash of the settings that decide which listed items are left out."""

    @property
    def side_by_side(self) -> bool:
        """Whether `document` may wait for long (a file, a detail), so that several are made at once."""

    async def open(self, reading: Reading) -> None:
        """
        Sign in.

        Raises:
            SourceUnavailable, SourceRefused: nothing of this source can be read.
        """

    async def scopes(self) -> list[FoundScope]:
        """
        List every scope that the identity sees, to the end.

        Raises:
            SourceUnavailable, SourceRefused, ListingIncomplete: no scope is known to be gone.
        """

    async def audience(
        self, scope: Scope, last: Audience | None, witnesses: Sequence[str]
    ) -> tuple[Audience | None, list[str]]:
        """
        Read who may see a scope.

        Args:
            last: as read before; a list put together from items below is only ever narrowed.
            witnesses: the items it was put together from before.

        Returns:
            The audience, None when it is unknown (unreadable, truncated, empty); and the witnesses.

        Raises:
            SourceUnavailable, SourceRefused: passing trouble, or no right: unknown as well.
        """

    def scope_id(self, scope: Scope) -> str | None:
        """Id of the scope's own document; None where a scope has none."""

    async def top(self, scope: Scope, audience: Audience | None, *, public: bool) -> Listed | Container:
        """
        Read the scope's own document with its container; only the container where a scope has no document.

        Raises:
            SourceUnavailable, SourceRefused, RecordGone, RecordHidden: the scope cannot be read now.
        """

    def children(self, container: Container, *, proven: bytes | None) -> AsyncIterator[Page]:
        """
        List a container to its end, in pages.

        Args:
            proven: hash of a listing whose end was proven before; the same listing again needs no further proof.

        Raises:
            ListingIncomplete: its end is not known.
            RecordGone: the container itself is gone.
            SourceUnavailable, SourceRefused, RecordHidden: the listing broke off.
        """

    async def document(self, listed: Listed) -> Document:
        """
        Fetch what the listing does not tell, and map.

        Raises:
            RecordInvalid: it cannot be mapped. RecordGone: it is gone meanwhile. SourceUnavailable: later.
        """

    async def ask(self, native: str, scope_key: str, ancestor: str, others: bool) -> Verdict:
        """
        Ask for one suspect by itself.

        Args:
            ancestor: native id of its nearest ancestor that was listed in this run.
            others: also ask in the other scopes, where it may have been moved while both were listed.
        """

    def traffic(self) -> Traffic:
        """What was asked since `open`."""

    async def close(self) -> None:
        """Sign out where there is something to sign out of."""


class PushResult(Protocol):
    """What became of a batch: every id stands in exactly one of the three."""

    @property
    def accepted(self) -> list[str]:
        """Taken."""

    @property
    def refused(self) -> dict[str, str]:
        """Not taken, and why."""

    @property
    def unanswered(self) -> list[str]:
        """Not known: may also take effect late."""

    @property
    def words(self) -> str:
        """Why some went unanswered."""


class RemoteState(msgspec.Struct, frozen=True, kw_only=True):
    """What the target keeps beside a room document."""

    exists: bool
    ledger: str = ""
    run: int = 0
    count: int = 0
    fingerprint: str = ""


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept beside a document in the target, besides its fingerprint and audience."""

    version: bytes = b""
    mapping: bytes = b""
    ledger: str = ""
    run: int = 0
    count: int = 0


class Target(Protocol):
    """One connector of one intranet. The only thing that writes."""

    name: str
    key: str
    """Host, tenant and appid: what the machine-wide lock is named after."""

    def render(self, document: Document) -> Rendered:
        """Serialise a document, once."""

    def with_audience(
        self, body: bytes, text: bytes, audience: Audience, *, text_missing: str = "", text_key: str = ""
    ) -> Rendered:
        """Make a document that was accepted before ready with another audience."""

    def encode_text(self, text: str) -> bytes:
        """Make the target's text of a plain one."""

    def audience_in(self, body: bytes) -> Audience:
        """Read the audience of a document that was accepted before."""

    def lighter(self, rendered: Rendered) -> list[Rendered]:
        """What to try, in order, when a document is refused."""

    async def push(
        self, batch: Sequence[tuple[Rendered, Stamp]], *, lost: Callable[[], None] | None = None
    ) -> PushResult:
        """
        Add or update documents.

        Raises:
            TargetRefused: nothing of the batch was taken, and a person must act.
        """

    async def delete(self, ids: Sequence[str], *, lost: Callable[[], None] | None = None) -> None:
        """
        Remove documents.

        Raises:
            TargetUnavailable: it may have happened, or happen late. TargetRefused: a person must act.
        """

    async def state(self, identifier: str) -> RemoteState:
        """Read what is kept beside a document."""

    async def begin_session(self, *, lost: Callable[[], None]) -> None:
        """Begin a session; before the first push."""

    async def end_session(self) -> int:
        """End the session, once; says how many documents were removed."""

    def traffic(self) -> Traffic:
        """What was sent since the client was opened."""
