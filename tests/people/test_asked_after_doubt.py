"""Whoever is asked for in the run that finds out that its ledger cannot be relied on is asked after that: her answer counts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from connector.plan.findings import Code
from connector.ports.source import FoundScope, Source
from connector.session.markers import Markers
from tests import ledgers
from tests.neighbourhood import Neighbourhood
from tests.people.estate import ALL_AND_FEW, estate, may_see, sees
from tests.people.test_clone import Copied
from tests.rules.ground import copy_ledger
from tests.rules.test_ledger_restore import restore

PASSES = 3_000
"""Of the loop, in which everybody here has been asked for."""


def unsure(near: Neighbourhood) -> list[str]:
    """Who was not read since it is not certain what the intranet has."""
    with near.app().ledger() as ledger:
        return ledger.people("intranet").not_yet_sure("interaxo")


@pytest.fixture(autouse=True)
def slow_intranet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever may go on beside goes on before the intranet's notes are read."""
    compare = Markers.compare

    async def later(self: Markers, source: Source, scopes: Sequence[FoundScope]) -> None:
        for _ in range(PASSES):
            await asyncio.sleep(0)
        await compare(self, source, scopes)

    monkeypatch.setattr(Markers, "compare", later)


async def test_in_another_intranet_everybody_has_been_read_after_the_first_full_run(tmp_path: Path) -> None:
    async with estate(tmp_path, "item") as (near, small):
        near.rooms.set_authorities(small.section, ALL_AND_FEW)
        await near.run("full")
        Copied(near).to_the_clone()
        report = await near.run("full")
        assert Code.PEOPLE_UNREAD not in report.codes, report.reasons
        assert unsure(near) == []
        assert sees(near, "ola") == may_see(near, "ola") != set()


@pytest.mark.skipif(ledgers.ON_POSTGRES, reason="a copy is put back into a file")
async def test_after_a_copy_is_put_back_everybody_has_been_read_after_the_first_full_run(
    tmp_path: Path,
) -> None:
    async with estate(tmp_path, "item") as (near, small):
        near.rooms.set_authorities(small.section, ALL_AND_FEW)
        await near.run("full")
        copy_ledger(near, tmp_path / "copy.db")
        await near.run("full")
        restore(near, tmp_path / "copy.db")
        near.clock.pass_seconds(86_400)
        report = await near.run("full")
        assert Code.PEOPLE_UNREAD not in report.codes, report.reasons
        assert unsure(near) == []
