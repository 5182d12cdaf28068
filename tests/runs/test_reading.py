"""Sources are opened side by side: how long one takes costs no other, and what is told comes in the settings' order."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from typing import Any, cast

import pytest

from connector.document.document import Scope
from connector.errors import ConnectorError, LedgerAway, SourceRefused, SourceUnavailable
from connector.ports.source import FoundScope, Reading, Source
from connector.runs.reading import Found, Sources
from tests.desk import Desk
from tests.patience import IN_VAIN_S


@pytest.fixture
def desk() -> Iterator[Desk]:
    with closing(Desk()) as one:
        yield one


class Waiting:
    """A source that signs in, and lists its one scope, once all the others are at it, too."""

    def __init__(self, name: str, others: asyncio.Barrier, error: Exception | None = None) -> None:
        self.name = name
        self._others = others
        self._error = error

    async def open(self, reading: Reading) -> None:
        await self._others.wait()

    async def scopes(self) -> list[FoundScope]:
        await self._others.wait()
        if self._error is not None:
            raise self._error
        return [
            FoundScope(scope=Scope(key=self.name, name=self.name), included=True, public=False, rules=b"")
        ]


async def read(desk: Desk, **errors: Exception | None) -> tuple[Found, Sources]:
    """Open sources of these names, of which some fail."""
    others = asyncio.Barrier(len(errors))
    waiting = [cast(Source, Waiting(name, others, error)) for name, error in errors.items()]
    sources = Sources(desk.work, waiting, desk.ledger.notes, desk.tally)
    async with asyncio.timeout(IN_VAIN_S):
        return await sources.open(), sources


async def test_sources_sign_in_and_list_their_scopes_side_by_side(desk: Desk) -> None:
    found, _ = await read(desk, a=None, b=None, c=None)
    assert [(source.name, scopes[0].scope.key) for source, scopes in found] == [(n, n) for n in "abc"]


async def test_one_that_fails_costs_no_other_and_is_told_in_the_settings_order(desk: Desk) -> None:
    found, sources = await read(desk, a=SourceRefused("a says no"), b=None, c=SourceUnavailable("c is down"))
    assert [source.name for source, _ in found] == ["b"]
    assert sources.reports["a"].errors == ["a says no"]
    assert [reason for reason in desk.report.reasons if "says no" in reason or "is down" in reason] == (
        desk.report.reasons
    )
    assert "a says no" in desk.report.reasons[0]


async def test_where_all_fail_every_reason_is_told(desk: Desk) -> None:
    with pytest.raises(SourceUnavailable, match="a says no; c is down"):
        await read(desk, a=SourceRefused("a says no"), c=SourceUnavailable("c is down"))


async def test_a_target_without_sources_is_told_as_that(desk: Desk) -> None:
    sources = Sources(desk.work, [], desk.ledger.notes, desk.tally)
    with pytest.raises(SourceRefused, match=r"No source belongs to the target \w+, so .* stays as it is"):
        await sources.open()


@pytest.mark.parametrize("error", [LedgerAway("the ledger is away"), cast(Any, RuntimeError("a bug"))])
async def test_what_is_no_fault_of_a_source_is_not_told_as_one(desk: Desk, error: ConnectorError) -> None:
    with pytest.raises(type(error)):
        await read(desk, a=error, b=None)
    assert desk.report.reasons == []
