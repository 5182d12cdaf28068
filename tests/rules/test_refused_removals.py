"""One document, or one person's record, that the intranet refuses to remove holds up nothing but itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connector.ports.matching import record_id
from connector.sandbox.interact import BadRequest, InteractWorld
from tests.people.estate import COMMUNITY, address, estate
from tests.rules.ground import files_of, plain_world, small_world
from tests.rules.hiding import order

MODES = ["delta", "full"]


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Ids of documents and of people's records that the intranet does not remove, nor anything in one call with them."""
    refused: set[str] = set()
    for name in ("delete_documents", "delete_users"):
        remove: Any = getattr(InteractWorld, name)

        def delete(world: InteractWorld, ids: list[str], remove: Any = remove) -> None:
            if refused & {*ids}:
                raise BadRequest("not this one")
            remove(world, ids)

        monkeypatch.setattr(InteractWorld, name, delete)
    return refused


@pytest.mark.parametrize("mode", MODES)
async def test_a_document_that_is_not_removed_keeps_no_other_in_the_search(
    tmp_path: Path, poison: set[str], mode: str
) -> None:
    async with small_world(tmp_path) as (near, small):
        extra = [near.rooms.add_file(small.details, f"extra {n}.txt", content=b"x") for n in range(5)]
        await near.run("full")
        for native in extra:
            near.rooms.remove(native)
        new = near.rooms.add_file(small.details, "new.txt", content=b"new")
        odd = f"ix-{extra[2]}"
        poison.add(odd)
        for _ in range(2):
            near.clock.pass_seconds(1_000)
            report = await near.run(mode)
            assert near.found() == near.expected() | {odd}
            assert f"ix-{new}" in near.found()
            assert report.outcome == "withheld", report.reasons
            assert any(
                one.startswith("Interact refused 1 removal (HTTP 400: not this one)")
                for one in report.reasons
            )
        poison.clear()
        near.clock.pass_seconds(1_000)
        report = await near.run(mode)
        assert (report.outcome, report.documents.deleted) == ("succeeded", 1), report.reasons
        assert near.found() == near.expected()


@pytest.mark.parametrize("mode", MODES)
async def test_a_person_who_is_not_removed_keeps_nobody_else_and_no_document(
    tmp_path: Path, poison: set[str], mode: str
) -> None:
    async with estate(tmp_path, "room", sources__interaxo__audience_share=1.0) as (near, small):
        await near.run("full")
        for person in ("kari", "ola"):
            near.rooms.remove_person(COMMUNITY, address(person))
        new = near.rooms.add_file(small.details, "new.txt", content=b"new")
        kari, ola = record_id(address("kari")), record_id(address("ola"))
        poison.add(kari)
        for _ in range(2):
            near.clock.pass_seconds(1_000)
            report = await near.run(mode)
            assert kari in near.intranet.users
            assert ola not in near.intranet.users
            assert f"ix-{new}" in near.found()
            assert report.outcome == "withheld", report.reasons
            assert any(
                "Interact refused to remove 1 person (HTTP 400: not this one)" in one
                for one in report.reasons
            )
        poison.clear()
        near.clock.pass_seconds(1_000)
        report = await near.run(mode)
        assert report.outcome == "succeeded", report.reasons
        assert kari not in near.intranet.users


async def test_a_person_who_is_not_removed_keeps_no_session_of_documents_open(
    tmp_path: Path, poison: set[str]
) -> None:
    """Where both have one flag, its end takes her as well: no run can send her again, so it would wait for ever."""
    async with estate(tmp_path, "room", sources__interaxo__audience_share=1.0) as (near, _):
        await near.run("full")
        near.rooms.remove_person(COMMUNITY, address("kari"))
        poison.add(record_id(address("kari")))
        for _ in range(2):
            near.clock.pass_seconds(1_000)
            report = await near.run("full")
            assert record_id(address("kari")) in near.intranet.users
            assert report.session.ended, report.reasons


async def test_a_hidden_document_that_is_not_removed_keeps_no_other_in_the_search(
    tmp_path: Path, poison: set[str]
) -> None:
    async with plain_world(tmp_path, alpha=35) as (near, roots):
        await near.run("full")
        files = sorted(files_of(near, roots["alpha"]))
        odd = f"ix-{files[-1]}"
        poison.add(odd)
        order(near, roots["alpha"])
        for _ in range(2):
            near.clock.pass_seconds(1_000)
            await near.run("delta")
            assert near.found() == {odd}
        with near.app().ledger() as ledger:
            assert ledger.orders("intranet").waiting()
        poison.clear()
        near.clock.pass_seconds(1_000)
        report = await near.run("delta")
        assert report.outcome == "succeeded", report.reasons
        assert not near.found()
        with near.app().ledger() as ledger:
            assert not ledger.orders("intranet").waiting()
