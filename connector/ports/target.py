"""
What a run needs of a target to write to. No implementation is named here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec

from connector.document.document import Rendered
from connector.ports.format import Format
from connector.ports.source import Traffic

if TYPE_CHECKING:
    from connector.http.exchange import Dated, Party


class PushResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a batch: every id stands in exactly one of the three."""

    accepted: list[str]
    refused: dict[str, str]
    """Id to the reason in words."""
    unanswered: list[str]
    """Not known: may also take effect late."""
    words: str = ""
    """Why some went unanswered."""
    is_cut_off: bool = False
    """No connection to the target came about in any try: nothing of it was sent."""


class PeopleResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of people's records: every id stands in exactly one of the four."""

    accepted: list[str]
    """Added or updated."""
    not_found: list[str]
    """Taken, but nobody, or more than one, in the intranet has this address."""
    refused: dict[str, str]
    """Id to the reason in words."""
    unanswered: list[str]
    """Not known: may also take effect late."""


class LostAttempts:
    """Counts the attempts of one call that went unanswered although they may have been sent: each may take effect late."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        """One more, as a target tells it."""
        self.count += 1


class RemoteState(msgspec.Struct, frozen=True, kw_only=True):
    """What the target keeps beside a document: that of its last `Stamp` which a run reads again, and what was pushed."""

    exists: bool
    """Whether the target has the document; without it nothing else is told."""
    ledger: str = ""
    """Id of the ledger that pushed it; empty where the document carries no note of one."""
    run: int = 0
    count: int = 0
    people: int = 0
    others: Mapping[str, int] = {}
    fingerprint: str = ""
    """In hex; empty where nothing of ours is kept there."""


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept beside a document in the target, besides its fingerprint and audience."""

    version: bytes = b""
    """Hash of the item that it was made of."""
    mapping: bytes = b""
    """Hash of the code and the settings that made it."""
    ledger: str = ""
    """Id of the ledger, on documents that carry its note; empty on all others, as is what follows."""
    run: int = 0
    """Number of the run that wrote the note."""
    count: int = 0
    """How many documents the source has."""
    people: int = 0
    """How many people's records the target has."""
    others: Mapping[str, int] = {}
    """How many documents other sources have, by name."""


class Target(Protocol):
    """One connector of one intranet. The only thing that writes."""

    name: str
    key: str
    """Host, tenant and appid: what the machine-wide lock is named after, and by which the ledger knows its intranet."""

    @property
    def format(self) -> Format:
        """How it wants its documents written."""

    def look_first(self, may_write: Callable[[], None]) -> None:
        """
        From now on ask this right before every attempt of a call that changes anything.

        Between the first attempt and the next there are pauses, in which this process may stand still for hours. What is
        raised goes to whoever made the call, and nothing more is sent.
        """

    async def push(
        self, batch: Sequence[tuple[Rendered, Stamp]], *, lost: Callable[[], None] | None = None
    ) -> PushResult:
        """
        Add or update documents.

        Args:
            lost: called for each attempt that went unanswered although it may have been sent: it may take effect late.

        Raises:
            TargetRefused: nothing of the batch was taken, and a person must act.
        """

    async def delete(self, ids: Sequence[str], *, lost: Callable[[], None] | None = None) -> None:
        """
        Remove documents.

        Raises:
            RemovalsRefused: it refuses some of them, and did remove all the others.
            TargetUnavailable: it may have happened, or happen late. TargetRefused: a person must act.
        """

    async def state(self, identifier: str) -> RemoteState:
        """Read what is kept beside a document."""

    async def begin_session(self, *, lost: Callable[[], None]) -> None:
        """
        Begin a session; before the first push.

        Args:
            lost: called for each attempt that went unanswered although it may have been sent: it may take effect late.

        Raises:
            TargetUnavailable: it was not begun cleanly, and may be begun late. TargetRefused: a person must act.
        """

    async def end_session(self) -> int:
        """
        End the session, once; says how many documents were removed.

        Raises:
            TargetUnavailable: it may have happened, or happen late. TargetRefused: it did not, and a person must act.
        """

    async def push_people(
        self, records: Sequence[tuple[str, str, Sequence[str]]], *, lost: Callable[[], None] | None = None
    ) -> PeopleResult:
        """
        Add or update people's records: (id, address, identities).

        Raises:
            TargetRefused: nothing was taken, and a person must act.
        """

    async def delete_people(self, ids: Sequence[str], *, lost: Callable[[], None] | None = None) -> None:
        """
        Remove people's records, with their identities.

        Raises:
            RemovalsRefused: it refuses some of them, and did remove all the others.
            TargetUnavailable: it may have happened, or happen late. TargetRefused: a person must act.
        """

    async def begin_people(self, *, lost: Callable[[], None]) -> None:
        """Begin a session of people's records; arguments and errors as of `begin_session`."""

    async def end_people(self) -> int:
        """End it, once; says how many records were removed; errors as of `end_session`."""

    def exchanges(self) -> list[Party]:
        """Every host that it calls, with every call that it can make there; nothing is called to find out."""

    def dated(self) -> list[Dated]:
        """What the clock of its host said last; `check` compares it with ours."""

    def traffic(self) -> Traffic:
        """What was sent since the client was opened."""
