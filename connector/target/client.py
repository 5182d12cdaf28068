"""
Carries out the calls to Interact. Source: Workplace Search Custom Connector API, and its contract in docs/interact.md.

A 200 is not success: every id of a batch is accounted for as accepted, refused or unanswered. 401, 403 and
404 are told as the setting to mend; redirects are never followed (the key would go with them).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import msgspec

from connector.document.audience import Audience
from connector.document.document import Document, Rendered
from connector.errors import TargetRefused, TargetUnavailable
from connector.http.exchange import Exchange, Observer, Party, Reply
from connector.http.neighbour import KeptPauses, Neighbour, words_of
from connector.http.transports import Transport
from connector.ports.source import Traffic
from connector.ports.target import RemoteState, Stamp
from connector.target import wire
from connector.target.answers import parse_batch, parse_end, parse_state_reply
from connector.target.wire import EndReply, PushReply, State, StateReply

T = TypeVar("T")
TOO_LARGE = frozenset({400, 413, 414, 422})
"""Statuses that one document of a batch can cause; found by halving (413 and 400 are not documented)."""

DOCS = "/api/search/connector/{appid}/docs"
USERS = "/api/search/connector/{appid}/users"
READ_KEY = ("X-ApiKey (the connector's key)", "X-Tenant", "Content-Type")
KEY = (*READ_KEY, "Content-Length")
DOCUMENT_FIELDS = (
    "GloballyUniqueId",
    "DocTypeName",
    "Title",
    "Url",
    "Summary",
    "AuthorName",
    "CreatedDate",
    "ModifiedDate",
    "Taxonomy",
    "CrumbLinks",
    "Keywords",
    "Bestbets",
    "DeletionMode",
    "IsPublic",
    "ExternalIdentities",
    "MaterializedPath",
    "IsParent",
    "FileContents",
    "SynchroniseState",
    "ShouldSaveSynchroniseState",
)
EXCHANGES = (
    Exchange(
        method="PUT",
        path=f"{DOCS}/beginsyncsession",
        purpose="A full run begins: documents not pushed again until its end count as gone.",
        sends="Nothing.",
        receives="Nothing.",
        personal_data=False,
        header=KEY,
        kept="when it was answered, in the run history",
    ),
    Exchange(
        method="PUT",
        path=f"{DOCS}/addupdate",
        purpose="Adds or updates search documents.",
        sends="Titles, links, summaries, texts, facets, breadcrumbs, authors' names and the identities that may see each document.",
        receives="Ids that were accepted, and ids that were refused with a code.",
        personal_data=True,
        header=KEY,
        body=DOCUMENT_FIELDS,
        kept="which ids were accepted or refused, and why, in the ledger",
    ),
    Exchange(
        method="PUT",
        path=f"{DOCS}/delete",
        purpose="Removes documents that are provably gone from their source.",
        sends="Ids of documents.",
        receives="Nothing.",
        personal_data=False,
        header=KEY,
        body=("a list of document ids",),
        kept="id and title of what was removed, in the ledger",
    ),
    Exchange(
        method="PUT",
        path=f"{DOCS}/endsyncsession",
        purpose="A full run ends: the intranet removes what was not pushed again.",
        sends="Nothing.",
        receives="How many documents were removed.",
        personal_data=False,
        header=KEY,
        kept="the count, in the run history",
    ),
    Exchange(
        method="GET",
        path=f"{DOCS}/state",
        purpose="Reads what the connector noted beside one document.",
        sends="The id of a document.",
        receives="Whether it exists, when it was updated, and the connector's own note (hashes and counters).",
        personal_data=False,
        header=READ_KEY,
        query=("docId",),
    ),
    Exchange(
        method="PUT",
        path=f"{USERS}/beginsyncsession",
        purpose="A full run begins to push people: whoever is not pushed again until its end loses their identities.",
        sends="Nothing.",
        receives="Nothing.",
        personal_data=False,
        header=KEY,
    ),
    Exchange(
        method="PUT",
        path=f"{USERS}/addupdate",
        purpose="Adds or updates which identities of the sources a person of the intranet has.",
        sends="E-mail address or user name (as targets.NAME.people.match says), and the person's identities.",
        receives="Ids of records that were taken, not found or refused.",
        personal_data=True,
        header=KEY,
        body=("GloballyUniqueId (a hash)", "DeletionMode", "ExternalIdentities", "Email", "Username"),
        kept="which records were accepted, and their identities, in the ledger",
    ),
    Exchange(
        method="PUT",
        path=f"{USERS}/delete",
        purpose="Removes the identities of people whom no source names any more.",
        sends="Ids of records, made of hashes.",
        receives="Nothing.",
        personal_data=False,
        header=KEY,
        body=("a list of record ids (hashes)",),
    ),
    Exchange(
        method="PUT",
        path=f"{USERS}/endsyncsession",
        purpose="A full run has pushed all people: the intranet removes the identities of those not pushed again.",
        sends="Nothing.",
        receives="How many records were removed.",
        personal_data=False,
        header=KEY,
        kept="the count, in the run history",
    ),
)


class Pushes(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a batch: every id stands in exactly one of the three."""

    accepted: list[str]
    refused: dict[str, str]
    """Id to the reason in words."""
    unanswered: list[str]
    words: str = ""
    """Why some went unanswered."""


class PeoplePushes(msgspec.Struct, frozen=True, kw_only=True):
    """What became of people's records: every id stands in exactly one of the four."""

    accepted: list[str]
    not_found: list[str]
    refused: dict[str, str]
    unanswered: list[str]


class Interact:
    """One connector of one intranet (host, tenant, appid, key)."""

    def __init__(
        self,
        client: Transport,
        *,
        name: str,
        base_url: str,
        tenant: str,
        app_id: int,
        api_key: str,
        attempts: int,
        backoff_max_s: float,
        session_timeout_s: float,
        sessions: bool,
        encoding: str,
        match: str,
        observer: Observer | None = None,
        pauses: KeptPauses | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.name = name
        self.key = f"{base_url}|{tenant}|{app_id}"
        self._app_id = app_id
        self._session_timeout_s = session_timeout_s
        self._deletion_mode = "Session" if sessions else "Explicit"
        self._encoding = encoding
        self._match = match
        self._headers = {
            "X-ApiKey": api_key,
            "X-Tenant": tenant,
            "Accept": "application/json",
            "Content-Type": "application/json; charset=utf-8",
        }
        self.neighbour = Neighbour(
            client,
            name=f"Interact ({name})",
            base_url=base_url,
            exchanges=EXCHANGES,
            unavailable=TargetUnavailable,
            attempts=attempts,
            backoff_max_s=backoff_max_s,
            observer=observer,
            pauses=pauses,
            clock=clock,
        )

    # -- making documents ready (no I/O) --------------------------------------------------------

    def render(self, document: Document) -> Rendered:
        """Serialise a document, once."""
        return wire.render(document, deletion_mode=self._deletion_mode, encoding=self._encoding)

    def with_audience(
        self,
        body: bytes,
        text: bytes,
        audience: Audience,
        *,
        hidden: bytes = b"",
        closed: frozenset[str] | None = None,
        text_missing: str = "",
        text_key: str = "",
    ) -> Rendered:
        """Make a document that was accepted before ready with another audience."""
        return wire.with_audience(
            body, text, audience, hidden=hidden, closed=closed, text_missing=text_missing, text_key=text_key
        )

    def left_out(self, hidden: bytes) -> frozenset[str]:
        """Ids whose names a breadcrumb left out."""
        return wire.left_out(hidden)

    def encode_text(self, text: str) -> bytes:
        """Make FileContents of a plain text."""
        return wire.encode_text(text, self._encoding)

    def audience_in(self, body: bytes) -> Audience:
        """Read the audience of a document that was accepted before."""
        return wire.audience_in(body)

    def lighter(self, rendered: Rendered) -> list[Rendered]:
        """What to try when a document is refused: without its text, then bare."""
        lighter = [wire.without_text(rendered)] if rendered.text else []
        plain = wire.bare(rendered)
        return [*lighter, plain] if plain.body != rendered.body else lighter

    # -- documents ----------------------------------------------------------------------------

    async def push(
        self, batch: Sequence[tuple[Rendered, Stamp]], *, lost: Callable[[], None] | None = None
    ) -> Pushes:
        """
        Add or update documents; a batch that the server cannot take is halved down to the one bad document.

        Args:
            lost: called when an attempt went unanswered although it may have been sent.

        Raises:
            TargetRefused: wrong key, tenant, appid or host; nothing of the batch was taken.
        """
        ids = [rendered.id for rendered, _ in batch]
        if len(set(ids)) != len(ids):
            raise RuntimeError("a batch names one document twice")
        content = (
            b"["
            + b",".join(wire.envelope(rendered, _state(rendered, stamp)) for rendered, stamp in batch)
            + b"]"
        )
        try:
            answer = await self._put("addupdate", content, self._read_push, lost=lost)
        except TargetUnavailable as error:
            return Pushes(accepted=[], refused={}, unanswered=ids, words=str(error))
        if isinstance(answer, _Unwelcome):
            if len(batch) == 1:
                return Pushes(accepted=[], refused={ids[0]: answer.words}, unanswered=[])
            middle = len(batch) // 2
            halves = [await self.push(batch[:middle], lost=lost)]
            try:
                halves.append(await self.push(batch[middle:], lost=lost))
            except TargetRefused as error:
                if not (halves[0].accepted or halves[0].unanswered):
                    raise
                # what was taken must be remembered; the next call says the same and ends the run
                halves.append(Pushes(accepted=[], refused={}, unanswered=ids[middle:], words=str(error)))
            return Pushes(
                accepted=[i for half in halves for i in half.accepted],
                refused={i: why for half in halves for i, why in half.refused.items()},
                unanswered=[i for half in halves for i in half.unanswered],
                words=" ".join(half.words for half in halves if half.words),
            )
        return account_for(ids, answer)

    async def delete(self, ids: Sequence[str], *, lost: Callable[[], None] | None = None) -> None:
        """
        Remove documents; an id that the intranet does not know counts as removed.

        What a server answers to an unknown id is not stated: a call that is refused is halved down to single
        ids, and one that is refused alone is asked for. (A wrong appid answers 404 to that question, too.)

        Raises:
            TargetUnavailable: no clean answer; the removal may or may not have happened, or happen late.
            TargetRefused: the call itself was refused.
        """
        answer = await self._put("delete", msgspec.json.encode(list(ids)), self._read_delete, lost=lost)
        if isinstance(answer, _Unwelcome) and len(ids) > 1:
            middle = len(ids) // 2
            await self.delete(ids[:middle], lost=lost)
            await self.delete(ids[middle:], lost=lost)
        elif isinstance(answer, _Unwelcome) and (await self.state(ids[0])).exists:
            raise TargetRefused(
                f"Interact refused to delete {len(ids)} document(s): {answer.words}. Ask the vendor's support."
            )

    async def state(self, identifier: str) -> RemoteState:
        """Read what Interact keeps beside one document."""
        path = self._path("state")

        def read(reply: Reply) -> StateReply:
            self._check(reply, path)
            return self._parse(reply, parse_state_reply, path)

        answer = await self.neighbour.call(
            "GET", path, params={"docId": identifier}, headers=self._headers, read=read
        )
        ours = wire.parse_state(answer.SynchroniseState)
        if ours is None:
            return RemoteState(exists=answer.DocExists)
        return RemoteState(
            exists=answer.DocExists,
            ledger=ours.ledger,
            run=ours.run,
            count=ours.count,
            people=ours.people,
            fingerprint=ours.f,
        )

    def exchanges(self) -> list[Party]:
        """The one host that Interact is."""
        return [self.neighbour.party]

    def traffic(self) -> Traffic:
        """What was sent since the client was opened."""
        tally = self.neighbour.tally
        return Traffic(requests=tally.requests, reread=0, bytes_sent=tally.bytes_sent)

    # -- sessions -----------------------------------------------------------------------------

    async def begin_session(self, *, lost: Callable[[], None]) -> None:
        """
        Send begin until a clean 200; only before the first push.

        Args:
            lost: told of every begin that went unanswered: it may take effect late.

        Raises:
            TargetUnavailable: no clean 200 after all attempts.
        """
        path = self._path("beginsyncsession")
        answer = await self.neighbour.call(
            "PUT",
            path,
            headers=self._headers,
            content=b"",
            read=lambda reply: self._read_done(reply, path),
            lost=lost,
            timeout_s=self._session_timeout_s,
            fresh=True,
        )
        if isinstance(answer, _Unwelcome):
            raise TargetRefused(
                f"Interact refused to begin a session: {answer.words}. Ask the vendor's support."
            )

    async def end_session(self) -> int:
        """
        Send the end, once; says how many documents Interact removed.

        Raises:
            TargetUnavailable: unanswered; it may have happened, or happen late.
        """
        path = self._path("endsyncsession")
        answer = await self.neighbour.call(
            "PUT",
            path,
            headers=self._headers,
            content=b"",
            read=lambda reply: self._read_end(reply, path),
            repeat=False,
            timeout_s=self._session_timeout_s,
            fresh=True,
        )
        if isinstance(answer, _Unwelcome):
            raise TargetRefused(
                f"Interact refused to end the session: {answer.words}. Ask the vendor's support."
            )
        return answer.Deleted

    # -- people -------------------------------------------------------------------------------

    async def push_people(
        self, records: Sequence[tuple[str, str, Sequence[str]]], *, lost: Callable[[], None] | None = None
    ) -> PeoplePushes:
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
                    DeletionMode=self._deletion_mode,
                    ExternalIdentities=list(identities),
                    Email=address if self._match == "email" else None,
                    Username=address if self._match == "username" else None,
                )
                for identifier, address, identities in records
            ]
        )
        path = self._path("addupdate", of="users")

        def read(reply: Reply) -> wire.PeopleReply | _Unwelcome:
            if reply.status in TOO_LARGE:
                return _Unwelcome(_words(reply))
            self._check(reply, path)
            return self._parse(reply, lambda body: parse_batch(body, wire.PeopleReply), path)

        try:
            answer = await self.neighbour.call(
                "PUT", path, headers=self._headers, content=content, read=read, lost=lost
            )
        except TargetUnavailable:
            return PeoplePushes(accepted=[], not_found=[], refused={}, unanswered=ids)
        if isinstance(answer, _Unwelcome):
            if len(records) == 1:
                return PeoplePushes(accepted=[], not_found=[], refused={ids[0]: answer.words}, unanswered=[])
            middle = len(records) // 2
            first, second = [
                await self.push_people(part, lost=lost) for part in (records[:middle], records[middle:])
            ]
            return PeoplePushes(
                accepted=first.accepted + second.accepted,
                not_found=first.not_found + second.not_found,
                refused=first.refused | second.refused,
                unanswered=first.unanswered + second.unanswered,
            )
        return account_for_people(ids, answer)

    async def delete_people(self, ids: Sequence[str], *, lost: Callable[[], None] | None = None) -> None:
        """
        Remove people's records with their identities; an id that the intranet does not know counts as removed.

        Raises:
            TargetUnavailable: no clean answer. TargetRefused: the call itself was refused.
        """
        path = self._path("delete", of="users")
        answer = await self.neighbour.call(
            "PUT",
            path,
            headers=self._headers,
            content=msgspec.json.encode(list(ids)),
            read=lambda reply: self._read_done(reply, path),
            lost=lost,
        )
        if isinstance(answer, _Unwelcome):
            raise TargetRefused(
                f"Interact refused to remove {len(ids)} person(s): {answer.words}. Ask the vendor's support."
            )

    async def begin_people(self, *, lost: Callable[[], None]) -> None:
        """
        Begin a session of people's records, repeated until a clean 200.

        Raises:
            TargetUnavailable: no clean answer after all attempts.
        """
        path = self._path("beginsyncsession", of="users")
        answer = await self.neighbour.call(
            "PUT",
            path,
            headers=self._headers,
            content=b"",
            read=lambda reply: self._read_done(reply, path),
            lost=lost,
            timeout_s=self._session_timeout_s,
            fresh=True,
        )
        if isinstance(answer, _Unwelcome):
            raise TargetRefused(f"Interact refused to begin the session for people: {answer.words}.")

    async def end_people(self) -> int:
        """
        End the session of people's records; sent once.

        Raises:
            TargetUnavailable: unanswered; it may have happened, or happen late.
        """
        path = self._path("endsyncsession", of="users")
        answer = await self.neighbour.call(
            "PUT",
            path,
            headers=self._headers,
            content=b"",
            read=lambda reply: self._read_end(reply, path),
            repeat=False,
            timeout_s=self._session_timeout_s,
            fresh=True,
        )
        if isinstance(answer, _Unwelcome):
            raise TargetRefused(f"Interact refused to end the session for people: {answer.words}.")
        return answer.Deleted

    # -- reading answers ----------------------------------------------------------------------

    async def _put(
        self, call: str, content: bytes, read: Callable[[Reply, str], T], *, lost: Callable[[], None] | None
    ) -> T:
        path = self._path(call)
        return await self.neighbour.call(
            "PUT",
            path,
            headers=self._headers,
            content=content,
            read=lambda reply: read(reply, path),
            lost=lost,
        )

    def _path(self, call: str, *, of: str = "docs") -> str:
        return f"/api/search/connector/{self._app_id}/{of}/{call}"

    def _read_push(self, reply: Reply, path: str) -> PushReply | _Unwelcome:
        if reply.status in TOO_LARGE:
            return _Unwelcome(_words(reply))
        self._check(reply, path)
        return self._parse(reply, lambda body: parse_batch(body, PushReply), path)

    def _read_done(self, reply: Reply, path: str) -> _Unwelcome | None:
        if reply.status in TOO_LARGE:
            return _Unwelcome(_words(reply))
        self._check(reply, path)
        # the body is not described; a page of HTML with 200 comes from something that is not the API
        if reply.body.lstrip()[:1] == b"<" or "html" in reply.headers.get("content-type", ""):
            raise TargetUnavailable(
                f"{self.neighbour.name}: {path} answered 200 with a web page instead of the API's answer"
            )
        return None

    def _read_delete(self, reply: Reply, path: str) -> _Unwelcome | None:
        return _Unwelcome(_words(reply)) if reply.status == 404 else self._read_done(reply, path)

    def _read_end(self, reply: Reply, path: str) -> EndReply | _Unwelcome:
        if reply.status in TOO_LARGE:
            return _Unwelcome(_words(reply))
        self._check(reply, path)
        return self._parse(reply, parse_end, path)

    def _check(self, reply: Reply, path: str) -> None:
        if reply.status == 200:
            return
        key = f"targets.{self.name}"
        words = words_of(reply.body)
        mend = {
            401: f"the key was not accepted{words}: check {key}.api_key (the Security Key of the connector's page in Interact)",
            403: f"the key may not do this{words}: check {key}.api_key and {key}.tenant",
            404: f"there is no such connector{words}: check {key}.app_id (the number at the end of the connector's edit page) "
            f"and {key}.base_url (the ApiDomain that https://INTRANET/info names)",
        }
        if reply.status in mend:
            raise TargetRefused(f"Interact answered {reply.status} to {path}: {mend[reply.status]}.")
        if 300 <= reply.status < 400:
            raise TargetRefused(
                f"Interact answered {reply.status}, a redirect, to {path}; it was not followed, since the key would go with it. "
                f"Check {key}.base_url (the ApiDomain that https://INTRANET/info names)."
            )
        raise TargetUnavailable(f"{self.neighbour.name}: {path} answered {reply.status}{words}")

    def _parse(self, reply: Reply, parse: Callable[[bytes], T], path: str) -> T:
        try:
            return parse(reply.body)
        except msgspec.DecodeError as error:
            raise TargetUnavailable(
                f"{self.neighbour.name}: {path} answered 200 with something that is not the API's answer ({error})"
            ) from error


class _Unwelcome(msgspec.Struct, frozen=True):
    """The server will not take this body as it is."""

    words: str


def _state(rendered: Rendered, stamp: Stamp) -> State:
    return State(
        f=rendered.fingerprint.hex(),
        v=stamp.version.hex(),
        a=rendered.audience.digest().hex(),
        m=stamp.mapping.hex(),
        ledger=stamp.ledger,
        run=stamp.run,
        count=stamp.count,
        people=stamp.people,
    )


def _words(reply: Reply) -> str:
    return f"HTTP {reply.status}{words_of(reply.body)}"


def _by_any_case(ids: Sequence[str]) -> dict[str, str]:
    """Our ids by their lower-case form: an intranet that keeps ids in another case names them so in its answers."""
    return {one.lower(): one for one in ids}


def _named(ours: Mapping[str, str], theirs: Sequence[str] | None) -> set[str]:
    """Those of our ids that an answer names, whatever their case there."""
    return {ours[name] for one in theirs or () if (name := one.lower()) in ours}


def account_for(ids: Sequence[str], reply: PushReply) -> Pushes:
    """
    Say of every id of a batch what became of it.

    An id that is both accepted and refused counts as refused; one in neither list as unanswered; a
    refusal without an id cannot be told apart from its neighbours and leaves the missing ones unanswered.
    """
    ours = _by_any_case(ids)
    refused = {
        ours[name]: wire.problems_in_words(failure.Errors)
        for failure in reply.Errors or []
        if (name := (failure.GloballyUniqueId or "").lower()) in ours
    }
    said = _named(ours, reply.AddedUpdated)
    accepted = [i for i in ids if i in said and i not in refused]
    missing = [i for i in ids if i not in said and i not in refused]
    words = "the answer named neither success nor failure for them" if missing else ""
    return Pushes(accepted=accepted, refused=refused, unanswered=missing, words=words)


def account_for_people(ids: Sequence[str], reply: wire.PeopleReply) -> PeoplePushes:
    """Say of every id of a batch what became of it; one in no list counts as unanswered."""
    ours = _by_any_case(ids)
    refused = {
        ours[name]: wire.problems_in_words(failure.Errors, wire.WORDS_OF_PERSON_CODE)
        for failure in reply.Errors or []
        if (name := (failure.GloballyUniqueId or "").lower()) in ours
    }
    taken = (_named(ours, reply.Added) | _named(ours, reply.Updated)) - refused.keys()
    missing = _named(ours, reply.NotFound) - refused.keys() - taken
    return PeoplePushes(
        accepted=[i for i in ids if i in taken],
        not_found=[i for i in ids if i in missing],
        refused=refused,
        unanswered=[i for i in ids if i not in taken | missing | refused.keys()],
    )
