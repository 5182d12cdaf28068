"""A ledger that is put back behind the connector's back, with nothing but deltas since: what the intranet was told meanwhile is not taken for unsaid."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from connector.ledger.last_run import NAME
from connector.ledger.store import Ledger
from tests.neighbourhood import Neighbourhood
from tests.people.estate import COMMUNITY, address, estate, sees
from tests.people.estate import FEW as ONLY_FEW
from tests.rules.ground import ALL_AND_FEW, copy_ledger, lists, restore_ledger, small_world, when

ALL_ONLY = [("group", "all")]


def last_run_file(near: Neighbourhood) -> Path:
    return near.folder / "var" / NAME


async def test_what_more_people_could_find_meanwhile_is_closed_again(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        near.rooms.set_authorities(small.bridge, ALL_ONLY)
        await near.run("full")
        before = near.intranet.visible_to("ola@example.com")
        copy_ledger(near, tmp_path / "backup.db")
        near.rooms.set_authorities(small.bridge, ALL_AND_FEW)
        near.clock.pass_seconds(90_000)
        await near.run("delta")
        assert near.intranet.visible_to("ola@example.com") > before
        restore_ledger(near, tmp_path / "backup.db")
        near.rooms.set_authorities(small.bridge, ALL_ONLY)
        near.clock.pass_seconds(90_000)
        report = await near.run("delta")
        assert near.intranet.visible_to("ola@example.com") == before
        assert any("different or newer ledger" in reason for reason in report.reasons)


async def test_what_the_rest_of_a_run_showed_to_more_people_is_closed_again(tmp_path: Path) -> None:
    """The copy was made while that run worked; nothing but that run has more than it knows."""
    async with small_world(tmp_path) as (near, small):
        near.rooms.set_authorities(small.bridge, ALL_ONLY)
        await near.run("full")
        before = near.intranet.visible_to("ola@example.com")
        near.rooms.set_authorities(small.bridge, ALL_AND_FEW)
        near.clock.pass_seconds(90_000)
        when(near, lists(small.bridge), lambda: copy_ledger(near, tmp_path / "backup.db"))
        await near.run("delta")
        assert near.intranet.visible_to("ola@example.com") > before
        restore_ledger(near, tmp_path / "backup.db")
        near.rooms.set_authorities(small.bridge, ALL_ONLY)
        near.clock.pass_seconds(90_000)
        report = await near.run("delta")
        assert near.intranet.visible_to("ola@example.com") == before
        assert any("different or newer ledger" in reason for reason in report.reasons)


async def test_who_joined_a_group_between_runs_and_left_it_again_loses_it(tmp_path: Path) -> None:
    async with estate(tmp_path, "room", sources__interaxo__audience_share=0.001) as (near, small):
        near.rooms.set_authorities(small.tunnel, ONLY_FEW)
        await near.run("full")
        before = sees(near, "kari")
        copy_ledger(near, tmp_path / "backup.db")
        near.clock.pass_seconds(7_200)
        near.rooms.add_person(COMMUNITY, address("kari"), "Kari", address("kari"), groups=["all", "few"])
        await near.app().take_turn("intranet")
        assert sees(near, "kari") > before
        restore_ledger(near, tmp_path / "backup.db")
        near.rooms.add_person(COMMUNITY, address("kari"), "Kari", address("kari"), groups=["all"])
        assert await near.app().take_turn("intranet") is None
        near.clock.pass_seconds(900)
        await near.run("delta")
        assert sees(near, "kari") == before


async def test_what_was_edited_and_edited_back_is_as_in_its_source(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        title = near.document(small.rfi)["Title"]
        copy_ledger(near, tmp_path / "backup.db")
        near.rooms.edit_entry(small.rfi, {"Title": "Which nuts?"})
        await near.run("delta")
        restore_ledger(near, tmp_path / "backup.db")
        near.rooms.edit_entry(small.rfi, {"Title": title})
        await near.run("delta")
        assert near.document(small.rfi)["Title"] == title
        for _ in range(2):
            near.clock.pass_seconds(90_000)
            report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        assert near.found() == near.expected()


async def test_people_take_no_turn_with_a_ledger_that_was_put_back_until_a_run_has_looked(
    tmp_path: Path,
) -> None:
    async with small_world(tmp_path) as (near, _):
        await near.run("full")
        copy_ledger(near, tmp_path / "backup.db")
        await near.run("delta")
        assert await near.app().take_turn("intranet") is not None
        restore_ledger(near, tmp_path / "backup.db")
        assert await near.app().take_turn("intranet") is None
        await near.run("delta")


async def test_a_ledger_that_was_not_put_back_is_taken_for_none(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, _):
        await near.run("full")
        await near.run("full", dry_run=True)
        with near.app().ledger() as ledger:
            ledger.prune(before=near.clock() + 90_000)
            name, last = ledger.id, ledger.how_far().run
        mark = near.intranet.mark()
        assert (await near.run("delta")).outcome == "succeeded"
        assert not near.intranet.pushed_since(mark)
        with near.app().ledger() as ledger:
            assert (ledger.id, ledger.how_far().run) == (name, last + 1)
        told = json.loads(last_run_file(near).read_bytes())
        assert (told["ledger"], told["run"]) == (name, last + 1)
        assert last_run_file(near).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("left", ["nothing", "of another ledger", "half a file"])
async def test_a_file_that_tells_nothing_of_this_ledger_changes_nothing(tmp_path: Path, left: str) -> None:
    async with small_world(tmp_path) as (near, _):
        await near.run("full")
        file = last_run_file(near)
        told = json.loads(file.read_bytes())
        if left == "nothing":
            file.unlink()
        elif left == "half a file":
            file.write_bytes(file.read_bytes()[:20])
        else:
            file.write_text(json.dumps({**told, "ledger": "another", "run": 10_000}))
        mark = near.intranet.mark()
        assert (await near.run("delta")).outcome == "succeeded"
        assert not near.intranet.pushed_since(mark)
        assert json.loads(file.read_bytes())["run"] == told["run"] + 1


async def test_what_a_rehearsal_would_do_with_it_is_told_and_nothing_is_noted(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, _):
        await near.run("full")
        copy_ledger(near, tmp_path / "backup.db")
        await near.run("delta")
        restore_ledger(near, tmp_path / "backup.db")
        before = last_run_file(near).read_bytes()
        report = await near.run("delta", dry_run=True)
        assert any("different or newer ledger" in reason for reason in report.reasons)
        assert last_run_file(near).read_bytes() == before


async def test_a_rehearsal_beside_a_service_takes_no_ledger_for_put_back_that_went_on_while_it_was_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with small_world(tmp_path) as (near, _):
        await near.run("full")
        copied = Ledger.copied

        @contextmanager
        def meanwhile(self: Ledger, *, now: float) -> Iterator[Ledger]:
            with copied(self, now=now) as copy, near.app().ledger() as there:
                runs = there.runs("intranet")
                runs.free_lease(runs.take_lease(now=now))
                near.app().last_run().note(there)
                yield copy

        monkeypatch.setattr(Ledger, "copied", meanwhile)
        report = await near.run("delta", dry_run=True)
        assert not any("different or newer ledger" in reason for reason in report.reasons)
