"""What an intranet has again that was put back, or was left for a copy: hidden, taken out and closed again, whatever cannot be read now."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.ledger.orders import OrderKind
from connector.sandbox.faults import LATE, Status
from connector.sandbox.interact_rows import Refusal
from tests import ledgers
from tests.canary.test_canary import with_canary
from tests.canary.test_hold import put
from tests.neighbourhood import Neighbourhood
from tests.people.estate import ALL, ALL_AND_FEW, COMMUNITY, FEW, address, estate, sees
from tests.people.test_clone import Copied
from tests.rules.ground import (
    ONLY_FEW,
    PUSH,
    audience_of,
    authorities_of,
    break_all,
    break_once,
    children_of,
    copy_ledger,
    files_of,
    lose_ledger,
    plain_world,
    restore_ledger,
)
from tests.rules.hiding import hide, order
from tests.rules.test_intranet_restore import Backup
from tests.rules.test_ledger_restore import restore
from tests.rules.test_unnamed_source import KARI, two_sources


def add_files(near: Neighbourhood, parent: str) -> None:
    """So many that they tell of a backup that lacks them."""
    for number in range(3):
        near.rooms.add_file(parent, f"new {number}.txt", content=b"x")


def set_groups(near: Neighbourhood, who: str, *groups: str) -> None:
    near.rooms.add_person(COMMUNITY, address(who), who.title(), address(who), groups=list(groups))
    near.clock.pass_seconds(10_000)


async def test_what_was_taken_out_because_fewer_people_were_refused_is_taken_out_again(
    tmp_path: Path,
) -> None:
    async with estate(tmp_path, "item") as (near, small):
        near.rooms.set_authorities(small.plan, ALL_AND_FEW)
        await near.run("full")
        backup = Backup(near)
        near.rooms.set_authorities(small.plan, FEW)
        near.intranet.switches.refuse = [Refusal("plan.pdf", code=77)]
        await near.run("delta")
        assert f"ix-{small.plan}" not in sees(near, "kari")
        add_files(near, small.details)
        await near.run("delta")
        backup.put_back()
        assert "intranet-put-back" in (await near.run("delta")).codes
        assert f"ix-{small.plan}" not in sees(near, "kari")
        near.intranet.switches.refuse = []
        await near.run("full")
        assert near.found() == near.expected()
        assert audience_of(near, small.plan) == [ONLY_FEW]


async def test_what_is_hidden_in_a_room_that_cannot_be_read_is_removed_again(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=15, omega=15) as (near, roots):
        await near.run("full")
        backup = Backup(near)
        one = files_of(near, roots["omega"])[0]
        await hide(near, one)
        add_files(near, roots["alpha"])
        await near.run("delta")
        backup.put_back()
        down = break_all(near, children_of(roots["omega"]), Status(503))
        report = await near.run("delta")
        assert "intranet-put-back" in report.codes
        assert near.found() == near.expected() - {f"ix-{one}"}
        near.wire.faults.remove(down)
        for _ in range(2):
            near.clock.pass_seconds(1_000)
            report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        assert near.found() == near.expected() - {f"ix-{one}"}


async def test_what_was_hidden_in_a_copy_is_removed_from_the_real_intranet_whatever_can_be_read(
    tmp_path: Path,
) -> None:
    async with plain_world(tmp_path, alpha=15, omega=15) as (near, roots):
        await near.run("full")
        both = Copied(near)
        both.to_the_clone()
        await near.run("delta")
        one = files_of(near, roots["omega"])[0]
        await hide(near, one)
        both.to_the_real_one()
        break_all(near, children_of(roots["omega"]), Status(503))
        await near.run("delta")
        assert near.found() == near.expected() - {f"ix-{one}"}


async def test_what_was_forgotten_and_is_gone_from_its_source_is_removed_again(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=15, omega=15) as (near, roots):
        await near.run("full")
        backup = Backup(near)
        one = files_of(near, roots["omega"])[0]
        order(near, one, OrderKind.FORGET)
        await near.run("delta")
        with near.app().ledger() as ledger:
            erasing = ledger.erasing("intranet")
            erasing.documents(erasing.traces([f"ix-{one}"]))
        near.rooms.remove(one)
        add_files(near, roots["alpha"])
        await near.run("delta")
        backup.put_back()
        report = await near.run("delta")
        assert "intranet-put-back" in report.codes
        assert near.found() == near.expected()
        near.clock.pass_seconds(1_000)
        report = await near.run("delta")
        assert report.outcome == "succeeded", report.reasons


async def test_what_was_closed_is_closed_again_while_nobody_can_be_asked_who_may_see_it(
    tmp_path: Path,
) -> None:
    async with plain_world(tmp_path, alpha=15, omega=5) as (near, roots):
        near.rooms.set_authorities(roots["omega"], ALL_AND_FEW)
        await near.run("full")
        backup = Backup(near)
        near.rooms.set_authorities(roots["omega"], FEW)
        await near.run("delta")
        backup.put_back()
        omega = [roots["omega"], *files_of(near, roots["omega"])]
        assert all(audience_of(near, one) != [ONLY_FEW] for one in omega)
        down = break_all(near, authorities_of(roots["omega"]), Status(503))
        assert "intranet-put-back" in (await near.run("delta")).codes
        assert all(audience_of(near, one) == [ONLY_FEW] for one in omega)
        near.wire.faults.remove(down)
        assert (await near.run("delta")).outcome == "succeeded"
        mark = near.intranet.mark()
        assert (await near.run("delta")).outcome == "succeeded"
        assert not near.intranet.pushed_since(mark)


@pytest.mark.parametrize("on_hold", [True, False])
async def test_what_came_after_the_backup_goes_out_as_what_is_new(tmp_path: Path, on_hold: bool) -> None:
    async with estate(tmp_path, "item") as (near, small):
        with_canary(near)
        near.rooms.set_authorities(small.bridge, ALL_AND_FEW)
        await near.run("full")
        backup = Backup(near)
        folder = near.rooms.add_folder(small.bridge, "Came later")
        one = near.rooms.add_file(folder, "closed.txt", content=b"x")
        for native in (folder, one):
            near.rooms.set_authorities(native, ALL_AND_FEW)
        await near.run("full")
        near.rooms.set_authorities(one, FEW)
        await near.run("delta")
        assert audience_of(near, one) == [ONLY_FEW]
        backup.put_back()
        if on_hold:
            put(near)
        mark = near.intranet.mark()
        assert "intranet-put-back" in (await near.run("full")).codes
        sent = [each for each in near.intranet.pushed_since(mark) if each in {f"ix-{folder}", f"ix-{one}"}]
        assert sent == ([] if on_hold else [f"ix-{folder}", f"ix-{one}"])


async def test_a_target_on_hold_is_closed_again_and_gets_nothing_new(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=15, omega=5) as (near, roots):
        with_canary(near)
        near.rooms.set_authorities(roots["omega"], ALL_AND_FEW)
        await near.run("full")
        backup = Backup(near)
        near.rooms.set_authorities(roots["omega"], FEW)
        add_files(near, roots["alpha"])
        await near.run("delta")
        new = [one for one in files_of(near, roots["alpha"]) if f"ix-{one}" in near.found()][-3:]
        await near.run("full")
        put(near)
        backup.put_back()
        for mode in ("delta", "delta", "full"):
            report = await near.run(mode)
            assert "on-hold" in report.codes
            assert all(audience_of(near, one) == [ONLY_FEW] for one in files_of(near, roots["omega"]))
            assert not near.found() & {f"ix-{one}" for one in new}


async def test_people_lose_again_what_they_lost_while_the_target_is_on_hold(tmp_path: Path) -> None:
    async with estate(tmp_path, "room", sources__interaxo__audience_share=1.0) as (near, small):
        with_canary(near)
        near.rooms.set_authorities(small.tunnel, FEW)
        await near.run("full")
        backup = Backup(near)
        set_groups(near, "eva", "all")
        await near.run("delta")
        put(near)
        backup.put_back()
        assert f"ix-{small.tunnel}" in sees(near, "eva")
        assert "intranet-put-back" in (await near.run("delta")).codes
        assert f"ix-{small.tunnel}" not in sees(near, "eva")


async def test_people_lose_again_what_they_lost_and_nothing_else_while_another_source_is_down(
    tmp_path: Path,
) -> None:
    async with two_sources(tmp_path) as near:
        for community, source in (("one", "interaxo"), ("two", "second")):
            near.rooms.add_person(community, KARI, "Kari", KARI, groups=["all"])
            root = next(
                one.id for one in near.rooms.items() if one.parent_id is None and one.name == community
            )
            near.rooms.add_file(root, "hers.txt", content=b"x", author=KARI)
            near.values[f"sources.{source}.audience_share"] = 1.0
        near.intranet.seed_person(KARI, "Kari")
        await near.run("full")
        backup = Backup(near)
        near.rooms.add_person("one", KARI, "Kari", KARI, groups=[])
        near.clock.pass_seconds(10_000)
        await near.run("delta")
        there = near.intranet.visible_to(KARI)
        assert {one[:2] for one in there} == {"iy"}
        backup.put_back()
        break_all(near, lambda call: call.path.startswith("/v1/two"), Status(503))
        report = await near.run("delta")
        assert {"intranet-put-back", "source-failed"} <= report.codes
        assert near.intranet.visible_to(KARI) == there


async def test_who_was_moved_to_another_group_finds_nothing_by_it_that_is_not_closed_yet(
    tmp_path: Path,
) -> None:
    async with estate(tmp_path, "room", sources__interaxo__audience_share=1.0) as (near, small):
        near.rooms.set_authorities(small.tunnel, ALL_AND_FEW)
        await near.run("full")
        backup = Backup(near)
        near.rooms.set_authorities(small.tunnel, ALL)
        await near.run("delta")
        set_groups(near, "kari", "few")
        await near.run("delta")
        assert f"ix-{small.tunnel}" not in sees(near, "kari")
        backup.put_back()
        down = break_all(near, PUSH, Status(401))
        await near.run("delta")
        assert f"ix-{small.tunnel}" not in sees(near, "kari")
        near.wire.faults.remove(down)
        await near.run("delta")
        assert near.intranet.identities_of(address("kari")) >= {ONLY_FEW}
        assert f"ix-{small.tunnel}" not in sees(near, "kari")


async def test_many_who_lost_everything_lose_it_again_without_another_decision(tmp_path: Path) -> None:
    async with estate(tmp_path, "room", sources__interaxo__audience_share=1.0) as (near, small):
        near.rooms.set_authorities(small.tunnel, FEW)
        await near.run("full")
        backup = Backup(near)
        losing = ("kari", "ola", "eva")
        for who in losing:
            set_groups(near, who)
        report = await near.run("delta")
        assert report.outcome == "braked", report.reasons
        await near.run("delta", approve=report.run_id)
        assert not any(sees(near, who) for who in losing)
        backup.put_back()
        assert all(sees(near, who) for who in losing)
        report = await near.run("delta")
        assert "intranet-put-back" in report.codes
        assert not any(sees(near, who) for who in losing), report.reasons
        assert report.outcome == "succeeded", report.reasons


async def test_nobody_is_given_a_group_between_runs_while_what_was_closed_to_it_stands_open_again(
    tmp_path: Path,
) -> None:
    async with estate(tmp_path, "room", sources__interaxo__audience_share=1.0) as (near, small):
        near.rooms.set_authorities(small.tunnel, ALL_AND_FEW)
        await near.run("full")
        backup = Backup(near)
        near.rooms.set_authorities(small.tunnel, ALL)
        await near.run("full")
        backup.put_back()
        set_groups(near, "per", "few")
        assert await near.app().take_turn("intranet") is None
        assert not sees(near, "per")
        assert "intranet-put-back" in (await near.run("delta")).codes
        assert await near.app().take_turn("intranet") is not None
        assert near.intranet.identities_of(address("per")) >= {ONLY_FEW}
        assert not sees(near, "per")


@pytest.mark.parametrize("how", ["by the command", "behind its back"])
@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_a_ledger_that_is_put_back_beside_an_older_intranet_knows_what_that_has_again(
    tmp_path: Path, mode: str, how: str
) -> None:
    if ledgers.ON_POSTGRES and how == "by the command":
        pytest.skip("a copy is put back into a file")
    async with plain_world(tmp_path, alpha=15, omega=15) as (near, roots):
        near.values["targets.intranet.sessions"] = False
        await near.run("full")
        backup = Backup(near)
        hidden, gone, *_ = files_of(near, roots["omega"])
        await hide(near, hidden)
        near.rooms.remove(gone)
        await near.run("delta")
        copy_ledger(near, tmp_path / "copy.db")
        add_files(near, roots["alpha"])
        await near.run("delta")
        (restore if how == "by the command" else restore_ledger)(near, tmp_path / "copy.db")
        backup.put_back()
        report = await near.run(mode)
        assert {"other-ledger", "intranet-put-back"} <= report.codes
        assert near.found() == near.expected() - {f"ix-{hidden}"}
        near.clock.pass_seconds(1_000)
        report = await near.run(mode)
        assert report.outcome == "succeeded", report.reasons
        assert near.found() == near.expected() - {f"ix-{hidden}"}


@pytest.mark.parametrize("sessions", [True, False])
async def test_a_late_push_of_what_is_removed_once_more_is_taken_back_all_the_same(
    tmp_path: Path, sessions: bool
) -> None:
    async with plain_world(tmp_path, alpha=15) as (near, roots):
        near.values["targets.intranet.sessions"] = sessions
        await near.run("full")
        backup = Backup(near)
        late = near.rooms.add_file(roots["alpha"], "late.txt", content=b"x")
        break_once(near, PUSH, LATE)
        await near.run("delta")
        near.rooms.remove(late)
        add_files(near, roots["alpha"])
        await near.run("delta")
        backup.put_back()
        assert "intranet-put-back" in (await near.run("delta")).codes
        assert await near.wire.run_late() == 1
        assert f"ix-{late}" in near.found()
        for _ in range(2):
            near.clock.pass_seconds(1_000)
            await near.run("delta")
        assert near.found() == near.expected()


@pytest.mark.parametrize("since", ["the loss", "a full run"])
async def test_an_intranet_as_it_was_before_the_ledger_was_made_shows_nothing_hidden_or_removed(
    tmp_path: Path, since: str
) -> None:
    """The note there is of the ledger that was lost, so nothing of this one tells since when."""
    async with plain_world(tmp_path, alpha=15, omega=15) as (near, roots):
        hidden, removed = files_of(near, roots["alpha"])[:2]
        await near.run("full")
        backup = Backup(near)
        lose_ledger(near)
        for mode in ("delta", "full", "full") if since == "a full run" else ("delta",):
            near.clock.pass_seconds(1_000)
            await near.run(mode)
        await hide(near, hidden)
        near.rooms.remove(removed)
        near.rooms.set_authorities(roots["omega"], FEW)
        await near.run("delta")
        backup.put_back()
        report = await near.run("delta")
        assert "other-ledger" in report.codes
        assert near.found() == near.expected() - {f"ix-{hidden}"}
        assert all(audience_of(near, one) == [ONLY_FEW] for one in files_of(near, roots["omega"]))
        mark = near.intranet.mark()
        await near.run("delta")
        assert not near.intranet.pushed_since(mark)
        assert near.found() == near.expected() - {f"ix-{hidden}"}


async def test_what_was_hidden_before_a_ledger_was_lost_stays_hidden_in_an_intranet_of_before_both(
    tmp_path: Path,
) -> None:
    async with plain_world(tmp_path, alpha=15) as (near, roots):
        hidden = files_of(near, roots["alpha"])[0]
        await near.run("full")
        backup = Backup(near)
        await hide(near, hidden)
        lose_ledger(near)
        for mode in ("delta", "full", "full"):
            near.clock.pass_seconds(1_000)
            await near.run(mode)
        backup.put_back()
        await near.run("delta")
        assert near.found() == near.expected() - {f"ix-{hidden}"}


async def test_what_another_connector_shows_of_what_is_hidden_here_goes_again(tmp_path: Path) -> None:
    """It has a ledger of its own, and no file that tells what is hidden."""
    async with plain_world(tmp_path, alpha=15) as (near, roots):
        hidden, removed = files_of(near, roots["alpha"])[:2]
        await near.run("full")
        await hide(near, hidden)
        near.rooms.remove(removed)
        await near.run("delta")
        here = near.folder
        near.folder = tmp_path / "other"
        await near.run("full")
        assert f"ix-{hidden}" in near.found()
        near.folder = here
        report = await near.run("delta")
        assert "other-ledger" in report.codes
        assert near.found() == near.expected() - {f"ix-{hidden}"}
