"""
What stands between a run and a source that another package brings: a mistake of its code costs that source, and no other.

A run believes what a source raises and answers (`connector.ports.source`), and takes anything else for a bug, which ends it. Here such
a thing becomes the mildest answer that there is to the question, in words that name the package: an item waits in quarantine, a
listing has no end, a suspect is unsure, an audience is unknown. Nothing is removed for it, and the run says so.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from typing import Any

import msgspec
import structlog

from connector.document.audience import Audience
from connector.document.document import Container, Document, Listed, Scope
from connector.errors import (
    ConnectorError,
    LeaseLost,
    LedgerError,
    ListingIncomplete,
    RecordGone,
    RecordHidden,
    RecordInvalid,
    SourceRefused,
    SourceUnavailable,
)
from connector.http.exchange import Dated, Party
from connector.ports.source import FoundScope, Page, PersonRead, Reading, Seen, Source, Traffic, Verdict
from connector.sources.answers import (
    READ_OF_ALL,
    not_all,
    wrong_at_all,
    wrong_audience,
    wrong_document,
    wrong_people,
    wrong_row,
    wrong_scopes,
    wrong_seen,
    wrong_verdict,
)

OURS = (LedgerError, LeaseLost)
"""What the ledger raises while a source asks for its own notes."""
BROKEN: tuple[type[ConnectorError], ...] = (SourceUnavailable, SourceRefused)
SINGLE: tuple[type[ConnectorError], ...] = (*BROKEN, RecordGone, RecordHidden)
LISTS: tuple[type[ConnectorError], ...] = (*OURS, *SINGLE, ListingIncomplete)
"""What a listing may raise."""


def mistake(name: str, package: str, question: str, error: BaseException) -> str:
    """Tell of a mistake of a package: the log has the traceback, whoever reads the report these words."""
    structlog.get_logger().error("source.bug", source=name, asked=question, exc_info=error)
    return f"{package} has a bug: {question}: {type(error).__name__}: {error}"


class Guarded:
    """A source of another package, asked what every source is asked; `guard` adds what else this one answers."""

    def __init__(self, inner: Any, name: str, package: str, prefixes: Sequence[str]) -> None:
        """
        Args:
            package: name and version of what brought it.
            prefixes: what its documents' ids begin with.
        """
        self.inner = inner
        self.name = name
        self._package = package
        self._prefixes = tuple(prefixes)
        self._scope_ids: dict[str, str | None] = {}
        self._public: set[str] = set()
        """Scopes that a setting makes public, as the run decided."""
        self.untold: dict[str, str] = {}
        """By scope: why its audiences were not told to the end in this run."""

    # -- how it is asked -----------------------------------------------------------------------

    def bug(self, question: str, error: BaseException) -> str:
        """Tell of a mistake, in words."""
        return mistake(self.name, self._package, question, error)

    async def ask_it(
        self,
        question: str,
        *given: Any,
        may: tuple[type[ConnectorError], ...] = BROKEN,
        instead: type[ConnectorError] = SourceUnavailable,
        wrong: Callable[[Any], str] = lambda _: "",
        **named: Any,
    ) -> Any:
        """
        Ask, and wait for the answer.

        Args:
            may: what it may raise.
            instead: what is raised for everything else, and for an answer that is none.
            wrong: says what is wrong with an answer; empty: nothing.
        """
        try:
            answer = await getattr(self.inner, question)(*given, **named)
            _refuse(wrong(answer))
        except OURS:
            raise
        except may:
            raise
        except (Exception, SystemExit) as error:
            raise instead(self.bug(question, error)) from error
        return answer

    def tell(self, question: str, *given: Any, otherwise: Any) -> Any:
        """Ask for what it knows without waiting."""
        try:
            return getattr(self.inner, question)(*given)
        except OURS:
            raise
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever another's code does
            self.bug(question, error)
            return otherwise

    # -- what every source answers ---------------------------------------------------------------

    async def open(self, reading: Reading) -> None:
        self.untold.clear()
        await self.ask_it("open", reading)
        try:
            _refuse(wrong_at_all({one: getattr(self.inner, one) for one in READ_OF_ALL}))
        except Exception as error:
            raise SourceRefused(self.bug("open", error)) from error

    async def close(self) -> None:
        await self.ask_it("close", may=(), instead=SourceUnavailable)

    async def scopes(self) -> list[FoundScope]:
        found: list[FoundScope] = await self.ask_it(
            "scopes", may=(*BROKEN, ListingIncomplete), wrong=wrong_scopes
        )
        try:
            self._scope_ids = {one.scope.key: self.inner.scope_id(one.scope) for one in found}
        except Exception as error:
            raise SourceUnavailable(self.bug("scope_id", error)) from error
        return found

    def scope_id(self, scope: Scope) -> str | None:
        if scope.key not in self._scope_ids:
            self._scope_ids[scope.key] = self.tell("scope_id", scope, otherwise=None)
        return self._scope_ids[scope.key]

    async def audience(
        self, scope: Scope, last: Audience | None, witnesses: Sequence[str]
    ) -> tuple[Audience | None, list[str]]:
        told: tuple[Audience | None, list[str]] = await self.ask_it(
            "audience", scope, last, witnesses, wrong=wrong_audience
        )
        return told

    async def top(self, scope: Scope, audience: Audience | None, *, public: bool) -> Listed | Container:
        (self._public.add if public else self._public.discard)(scope.key)
        told: Listed | Container = await self.ask_it(
            "top", scope, audience, public=public, may=SINGLE,
            wrong=lambda one: "" if isinstance(one, Container) else wrong_row(one, self._prefixes, public=public),
        )  # fmt: skip
        return told

    async def children(self, container: Container, *, proven: bytes | None) -> AsyncIterator[Page]:
        """Its pages, without rows that cannot be; after such a one, or where audiences were not told, there is no end."""
        trouble, public = self.untold.get(container.scope.key, ""), container.scope.key in self._public
        try:
            async for page in self.inner.children(container, proven=proven):
                _refuse(not_all([page], Page))
                odd = {
                    number: why
                    for number, row in enumerate(page.rows)
                    if (why := wrong_row(row, self._prefixes, public=public))
                }
                if odd:
                    trouble = self.bug("children", TypeError(next(iter(odd.values()))))
                    sound = [row for number, row in enumerate(page.rows) if number not in odd]
                    yield msgspec.structs.replace(page, rows=sound, mark=b"")
                else:
                    yield page
        except LISTS:
            raise
        except (Exception, SystemExit) as error:
            raise ListingIncomplete(self.bug("children", error)) from error
        if trouble:
            raise ListingIncomplete(trouble)

    async def document(self, listed: Listed) -> Document:
        told: Document = await self.ask_it(
            "document", listed, may=(*SINGLE, RecordInvalid), instead=RecordInvalid,
            wrong=lambda one: wrong_document(one, listed.id),
        )  # fmt: skip
        return told

    def link(self, scope: Scope, listed: Listed) -> str:
        return str(self.tell("link", scope, listed, otherwise=""))

    async def ask(self, native: str, scope_key: str, ancestor: str, elsewhere: Collection[str]) -> Verdict:
        told: Verdict = await self.ask_it(
            "ask",
            native,
            scope_key,
            ancestor,
            elsewhere,
            wrong=self._wrong_verdict,
        )
        return told

    def _wrong_verdict(self, told: Any) -> str:
        return wrong_verdict(told, self._prefixes, public=getattr(told, "room", "") in self._public)

    def exchanges(self) -> list[Party]:
        """
        Raises:
            SourceUnavailable: an incomplete list would be a lie to auditors.
        """
        told = self.tell("exchanges", otherwise=None)
        if told is None:
            raise SourceUnavailable(f"{self._package} has a bug: it does not tell what it reads")
        return list(told)

    def dated(self) -> list[Dated]:
        return list(self.tell("dated", otherwise=[]))

    def traffic(self) -> Traffic:
        told = self.tell("traffic", otherwise=None)
        return told if isinstance(told, Traffic) else Traffic(requests=0, reread=0, bytes_sent=0)


# -- what some sources answer besides ------------------------------------------------------------


async def _audiences(
    self: Guarded, scope: Scope, audience: Audience | None, lost_at: float | None
) -> AsyncIterator[list[Seen]]:
    """It ends early where something is wrong; then the scope has no end, so that the run says why."""
    try:
        async for told in self.inner.audiences(scope, audience, lost_at):
            _refuse(wrong_seen(told, public=audience is not None and audience.public))
            yield told
    except OURS:
        raise
    except BROKEN as error:
        self.untold[scope.key] = str(error)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever another's code does
        self.untold[scope.key] = self.bug("audiences", error)


async def _or_nothing(self: Guarded, question: str, given: Any, *, wrong: Callable[[Any], str]) -> list[Any]:
    try:
        return list(await self.ask_it(question, given, wrong=wrong))
    except BROKEN:
        return []


async def _carriers(self: Guarded, each: int) -> list[str]:
    """None: then nothing tells whether the intranet has notes, and no session ends."""
    return await _or_nothing(self, "carriers", each, wrong=lambda one: not_all(one, str))


async def _people(self: Guarded, keys: Sequence[str]) -> list[PersonRead]:
    """Whoever could not be asked for is missing, and keeps what she has."""
    return await _or_nothing(self, "people", keys, wrong=wrong_people)


def _people_met(self: Guarded) -> set[str]:
    return set(self.tell("people_met", otherwise=()))


BESIDES: dict[str, Any] = {
    "audiences": _audiences,
    "carriers": _carriers,
    "people": _people,
    "people_met": _people_met,
}


def guard(inner: Any, name: str, package: str, prefixes: Sequence[str]) -> Source:
    """
    Make a source of another package harmless to others. What it is besides a `Source` (`Nested`, `Peopled` ...) it stays.

    Args:
        package: name and version of what brought it.
        prefixes: what its documents' ids begin with.
    """
    offered = {one for one in {*dir(type(inner)), *getattr(inner, "__dict__", ())} if not one.startswith("_")}
    more = {one: BESIDES.get(one) or _passed_on(inner, one) for one in offered - {*dir(Guarded), "name"}}
    made: Source = type("Guarded", (Guarded,), more)(inner, name, package, prefixes)
    return made


def _passed_on(inner: Any, name: str) -> Any:
    """One thing that a source offers, asked for with its mistakes told in words."""
    plain = inspect.getattr_static(inner, name)
    function = plain.__func__ if isinstance(plain, staticmethod | classmethod) else plain
    if inspect.iscoroutinefunction(function):

        async def ask(self: Guarded, *given: Any, **named: Any) -> Any:
            return await self.ask_it(name, *given, may=(ConnectorError,), **named)

        return ask
    if inspect.isroutine(function):

        def tell(self: Guarded, *given: Any, **named: Any) -> Any:
            try:
                return getattr(self.inner, name)(*given, **named)
            except ConnectorError:
                raise
            except (Exception, SystemExit) as error:
                raise SourceUnavailable(self.bug(name, error)) from error

        return tell
    return property(lambda self: getattr(self.inner, name))


def _refuse(why: str) -> None:
    if why:
        raise TypeError(why)
