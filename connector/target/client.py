"""
Carries out the calls to Interact. Source: Workplace Search Custom Connector API, and its contract in docs/interact.md.

A 200 is not success: every id of a batch is accounted for as accepted, refused or unanswered.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from connector.errors import RemovalsRefused, TargetRefused, TargetUnavailable
from connector.http.call_policy import CallPolicy
from connector.http.exchange import Dated, Party
from connector.http.transport import Transport
from connector.ports.source import Traffic
from connector.ports.target import PeopleResult, RemoteState
from connector.target import wire
from connector.target.api import DOCS, USERS, Api, Connector, Lost, Unwelcome
from connector.target.batches import Batch, Batches
from connector.target.format import InteractFormat
from connector.target.replies import PeopleReply
from connector.target.results import Pushes, account_for_people

MOST_REFUSED = 10
"""Single removals, or records, of one call that are refused while none is taken: it is the call that is refused."""


class Writing(msgspec.Struct, frozen=True, kw_only=True):
    """How documents and people are written: settings of the target, and of [text] and [http]."""

    format: InteractFormat = InteractFormat()
    match: str = "email"
    """What people are found by: email or username."""
    session_timeout_s: float = 600


class Interact:
    """One connector of one intranet. Implements `connector.ports.target.Target`."""

    def __init__(
        self, client: Transport, *, name: str, connector: Connector, writing: Writing, policy: CallPolicy
    ) -> None:
        self.name = name
        self.key = connector.key
        self.format = writing.format
        self._match = writing.match
        self._api = Api(
            client,
            name=name,
            connector=connector,
            session_timeout_s=writing.session_timeout_s,
            policy=policy,
        )
        self._batches = Batches(self._api)
        self.neighbour = self._api.neighbour

    def look_first(self, may_write: Callable[[], None]) -> None:
        """From now on ask this right before every attempt of a call that changes anything."""
        self._api.may_write = may_write

    # -- documents ----------------------------------------------------------------------------

    async def push(self, batch: Batch, *, lost: Lost | None = None) -> Pushes:
        """
        Add or update documents; a batch that the server cannot take, or answer, is halved down to the one bad document.

        Args:
            lost: called when an attempt went unanswered although it may have been sent.

        Raises:
            TargetRefused: wrong key, tenant, appid or host; nothing of the batch was taken.
        """
        return await self._batches.push(batch, lost=lost)

    async def delete(self, ids: Sequence[str], *, lost: Lost | None = None) -> None:
        """
        Remove documents; an id that the intranet does not know counts as removed.

        What a server answers to an unknown id is not stated: one that is refused alone is asked for. (A wrong appid answers
        404 to that question, too.)

        Raises:
            RemovalsRefused: it refuses some of them, and did remove all the others.
            TargetUnavailable: no clean answer; the removal may or may not have happened, or happen late.
            TargetRefused: the call itself was refused.
        """

        async def is_gone(identifier: str) -> bool:
            return not (await self.state(identifier)).exists

        await self._remove(DOCS, ids, lost, is_gone)

    async def _remove(
        self, of: str, ids: Sequence[str], lost: Lost | None, is_gone: Callable[[str], Awaitable[bool]]
    ) -> None:
        """Remove records; a call that is refused is halved down to the single ids that are."""
        parts, refused, taken = [list(ids)], dict[str, str](), False
        while parts:
            part = parts.pop()
            answer = await self._api.delete(of, msgspec.json.encode(part), lost)
            if answer is None:
                taken = True
            elif len(part) > 1:
                parts += [part[len(part) // 2 :], part[: len(part) // 2]]
            elif await is_gone(part[0]):
                taken = True
            else:
                refused[part[0]] = answer.words
                if len(refused) >= MOST_REFUSED and not taken:
                    raise TargetRefused(
                        f"Interact refused every one of {len(refused)} removals: {answer.words}. Ask the vendor's support."
                    )
        if refused:
            raise RemovalsRefused(refused)

    async def state(self, identifier: str) -> RemoteState:
        """Read what Interact keeps beside one document."""
        answer = await self._api.state(identifier)
        ours = wire.parse_state(answer.SynchroniseState)
        if ours is None:
            return RemoteState(exists=answer.DocExists)
        return RemoteState(
            exists=answer.DocExists,
            ledger=ours.ledger,
            run=ours.run,
            count=ours.count,
            people=ours.people,
            others=ours.others,
            fingerprint=ours.f,
        )

    def exchanges(self) -> list[Party]:
        """The one host that Interact is."""
        return [self.neighbour.party]

    def dated(self) -> list[Dated]:
        """What Interact's clock said last."""
        return [self.neighbour.dated]

    def traffic(self) -> Traffic:
        """What was sent since the client was opened."""
        tally = self.neighbour.tally
        return Traffic(
            requests=tally.requests, reread=0, bytes_sent=tally.bytes_sent, answered=tally.answered
        )

    # -- sessions -----------------------------------------------------------------------------

    async def begin_session(self, *, lost: Lost) -> None:
        """
        Send begin until a clean 200; only before the first push.

        Args:
            lost: told of every begin that went unanswered: it may take effect late.

        Raises:
            TargetUnavailable: no clean 200 after all attempts. TargetRefused: Interact will not begin one.
        """
        answer = await self._api.begin(DOCS, lost)
        if isinstance(answer, Unwelcome):
            raise TargetRefused(
                f"Interact refused to begin a session: {answer.words}. Ask the vendor's support."
            )

    async def end_session(self) -> int:
        """
        Send the end, once; says how many documents Interact removed.

        Raises:
            TargetUnavailable: unanswered; it may have happened, or happen late. TargetRefused: Interact will not end it.
        """
        answer = await self._api.end(DOCS)
        if isinstance(answer, Unwelcome):
            raise TargetRefused(
                f"Interact refused to end the session: {answer.words}. Ask the vendor's support."
            )
        return answer.Deleted

    # -- people -------------------------------------------------------------------------------

    async def push_people(
        self, records: Sequence[tuple[str, str, Sequence[str]]], *, lost: Lost | None = None
    ) -> PeopleResult:
        """
        Add or update people's records; a batch that the server cannot take is halved down to the one bad record.

        Args:
            records: id, address or user name, identities.

        Raises:
            TargetRefused: wrong key, tenant, appid or host; nothing of the batch was taken.
        """
        ids = [identifier for identifier, _, _ in records]
        content = msgspec.json.encode(
            [
                wire.PersonWire(
                    GloballyUniqueId=identifier,
                    DeletionMode=self.format.deletion_mode,
                    ExternalIdentities=list(identities),
                    Email=address if self._match == "email" else None,
                    Username=address if self._match == "username" else None,
                )
                for identifier, address, identities in records
            ]
        )
        try:
            answer = await self._api.add(USERS, content, PeopleReply, lost)
        except TargetUnavailable as error:
            if not (error.by_other and error.lasting and await self._api.is_up(ids[0], says_why=True)):
                return PeopleResult(accepted=[], not_found=[], refused={}, unanswered=ids)
            answer = Unwelcome(str(error), by_other=True)
        if not isinstance(answer, Unwelcome):
            return account_for_people(ids, answer)
        if len(records) == 1:
            return PeopleResult(accepted=[], not_found=[], refused={ids[0]: answer.words}, unanswered=[])
        return await self._push_in_halves(records, answer, lost)

    async def _push_in_halves(
        self, records: Sequence[tuple[str, str, Sequence[str]]], answer: Unwelcome, lost: Lost | None
    ) -> PeopleResult:
        """
        Push the halves of a batch that was not taken.

        Args:
            answer: to the whole.

        Raises:
            TargetRefused: nothing of it was taken, or somebody between turns away each record of a large half.
        """
        middle = len(records) // 2
        first = await self.push_people(records[:middle], lost=lost)
        if answer.by_other and len(first.refused) == middle >= MOST_REFUSED:
            raise TargetRefused(f"{answer.words}; every record by itself is answered so.")
        try:
            second = await self.push_people(records[middle:], lost=lost)
        except TargetRefused:
            if not (first.accepted or first.not_found or first.unanswered):
                raise
            # what was taken must be remembered; the next call says the same and ends the run
            left = [identifier for identifier, _, _ in records[middle:]]
            second = PeopleResult(accepted=[], not_found=[], refused={}, unanswered=left)
        return PeopleResult(
            accepted=first.accepted + second.accepted,
            not_found=first.not_found + second.not_found,
            refused=first.refused | second.refused,
            unanswered=first.unanswered + second.unanswered,
        )

    async def delete_people(self, ids: Sequence[str], *, lost: Lost | None = None) -> None:
        """
        Remove people's records with their identities.

        Nothing tells whether a record exists: one that is refused alone is told as such, whatever the reason is.

        Raises:
            RemovalsRefused: it refuses some of them, and did remove all the others.
            TargetUnavailable: no clean answer. TargetRefused: the call itself was refused.
        """

        async def is_gone(identifier: str) -> bool:
            await self.state(identifier)  # raises where it is the appid that is wrong
            return False

        await self._remove(USERS, ids, lost, is_gone)

    async def begin_people(self, *, lost: Lost) -> None:
        """
        Begin a session of people's records, repeated until a clean 200.

        Raises:
            TargetUnavailable: no clean answer after all attempts. TargetRefused: Interact will not begin one.
        """
        answer = await self._api.begin(USERS, lost)
        if isinstance(answer, Unwelcome):
            raise TargetRefused(f"Interact refused to begin the session for people: {answer.words}.")

    async def end_people(self) -> int:
        """
        End the session of people's records; sent once.

        Raises:
            TargetUnavailable: unanswered; it may have happened, or happen late. TargetRefused: Interact will not end it.
        """
        answer = await self._api.end(USERS)
        if isinstance(answer, Unwelcome):
            raise TargetRefused(f"Interact refused to end the session for people: {answer.words}.")
        return answer.Deleted
