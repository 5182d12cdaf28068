"""Rule 4 for people after a ledger was lost or restored, or speaks of another intranet."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from connector.plan.item import Mode
from connector.ports.matching import record_id
from connector.sandbox.faults import LIST_200, Call, Fault, Status
from tests.combinations import in_turn
from tests.neighbourhood import Neighbourhood
from tests.people.estate import ALL_AND_FEW, COMMUNITY, FEW, PEOPLE, address, estate, may_see, sees
from tests.people.test_losing import GROUPS, change
from tests.rules.ground import break_all, copy_ledger, lose_ledger, restore_ledger


@pytest.mark.parametrize("mode", ["full", "delta", "backfill"])
async def test_lost_ledger_and_groups_that_are_empty_for_all(tmp_path: Path, mode: str) -> None:
    """A ledger that knows nobody cannot tell what they had: it sends nobody a list without a single group."""
    async with estate(tmp_path, "item", sources__interaxo__audience_share=1.0) as (near, _):
        await near.run("full")
        lose_ledger(near)
        near.clock.pass_seconds(1000)
        fault = break_all(near, GROUPS, LIST_200)
        report = await near.run(mode)
        for person in PEOPLE:
            assert sees(near, person) == may_see(near, person), report.reasons
        near.wire.faults.remove(fault)
        for _ in range(2):
            near.clock.pass_seconds(1000)
            report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        for person in PEOPLE:
            assert sees(near, person) == may_see(near, person)


@pytest.mark.parametrize(
    ("spared", "mode"),
    in_turn(sorted(PEOPLE), ("full", "delta", "backfill")) + in_turn(sorted(PEOPLE)[2:], ("full", "delta")),
)
async def test_lost_ledger_and_groups_that_are_empty_for_all_but_one(
    tmp_path: Path, mode: str, spared: str
) -> None:
    """One person's groups, or those of another source, prove nothing of the others' empty lists."""
    async with estate(tmp_path, "item", sources__interaxo__audience_share=1.0) as (near, _):
        await near.run("full")
        lose_ledger(near)
        near.clock.pass_seconds(1000)
        lie = Fault(lambda c: c.path.endswith("/groups") and spared not in c.path, LIST_200, times=None)
        near.wire.add(lie)
        report = await near.run(mode)
        for person in PEOPLE:
            assert sees(near, person) == may_see(near, person), report.reasons
        near.wire.faults.remove(lie)
        for _ in range(2):
            near.clock.pass_seconds(1000)
            report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        for person in PEOPLE:
            assert sees(near, person) == may_see(near, person)


async def test_lost_ledger_ends_no_session_of_people(tmp_path: Path) -> None:
    async with estate(tmp_path, "item") as (near, _):
        await near.run("full")
        lose_ledger(near)
        near.clock.pass_seconds(1000)
        near.rooms.remove(next(one.id for one in near.rooms.items() if one.name == "eva.txt"))
        report = await near.run("full")
        assert any("for people was not ended" in reason for reason in report.reasons)
        assert len(near.intranet.users) == len(PEOPLE), "Eva is met nowhere any more"


async def test_after_a_loss_the_next_whole_full_run_ends_the_session_of_people(tmp_path: Path) -> None:
    async with estate(tmp_path, "item") as (near, _):
        await near.run("full")
        lose_ledger(near)
        near.rooms.remove(next(one.id for one in near.rooms.items() if one.name == "eva.txt"))
        for _ in range(2):
            near.clock.pass_seconds(1000)
            report = await near.run("full")
        assert record_id(address("eva")) not in near.intranet.users, report.reasons


async def test_lost_ledger_and_globs_that_match_nothing(tmp_path: Path) -> None:
    async with estate(tmp_path, "item") as (near, _):
        await near.run("full")
        lose_ledger(near)
        near.values["sources.interaxo.rooms"] = ["nowhere*"]
        for _ in range(3):
            near.clock.pass_seconds(1000)
            report = await near.run("full")
            assert sees(near, "kari") == may_see(near, "kari") != set(), report.reasons


async def test_after_a_loss_the_number_in_the_notes_meets_the_brake(crowd: Neighbourhood) -> None:
    lose_ledger(crowd)
    for item in list(crowd.rooms.items()):
        if item.name in {f"{number}.txt" for number in range(15)}:
            crowd.rooms.remove(item.id)  # these fifteen people are met nowhere any more
    crowd.values["safety.max_deletes"] = 10
    for _ in range(3):
        crowd.clock.pass_seconds(1000)
        report = await crowd.run("full")
        assert len(crowd.intranet.users) == 40, report.reasons
    report = await crowd.run("delta", approve=report.run_id)
    crowd.clock.pass_seconds(1000)
    crowd.values["safety.max_deletes"] = 500
    crowd.values["safety.max_delete_ratio"] = 1.0
    report = await crowd.run("full")
    assert len(crowd.intranet.users) == 25, report.reasons


async def test_ledger_put_back_gives_nobody_a_longer_list_again(tmp_path: Path) -> None:
    async with estate(tmp_path / "world", "item") as (near, small):
        near.rooms.set_authorities(small.section, FEW)
        await near.run("full")
        copy_ledger(near, tmp_path / "copy.db")
        near.clock.pass_seconds(1000)
        change(near, "ola", groups=())
        await near.run("full")
        assert not sees(near, "ola") - may_see(near, "ola")
        restore_ledger(near, tmp_path / "copy.db")
        near.clock.pass_seconds(1000)
        break_all(near, f"GET */people/{address('ola')}*", Status(503))
        for mode in ("full", "delta", "full"):
            report = await near.run(mode)
            assert f"ix-{small.section}" not in sees(near, "ola"), report.reasons
            near.clock.pass_seconds(1000)
        near.wire.clear()
        await near.run("full")
        assert sees(near, "ola") == may_see(near, "ola")


@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_who_joined_and_left_since_the_backup_finds_nothing_that_comes_new(
    tmp_path: Path, mode: str
) -> None:
    """The ledger that is put back knows nothing of that group in her record: only her list itself can take it away."""
    async with estate(tmp_path / "world", "room") as (near, small):
        near.rooms.set_authorities(small.tunnel, FEW)
        await near.run("full")
        copy_ledger(near, tmp_path / "copy.db")
        near.clock.pass_seconds(1000)
        change(near, "kari", groups=("all", "few"))
        await near.run("full")
        assert f"ix-{small.report}" in sees(near, "kari")
        restore_ledger(near, tmp_path / "copy.db")
        change(near, "kari", groups=("all",))
        change(near, "ola", groups=("few", "all"))
        near.clock.pass_seconds(1000)
        fresh = f"ix-{near.rooms.add_file(small.tunnel, 'new.txt', content=b'new')}"
        found: list[set[str]] = []

        def look(call: Call) -> bool:
            if near.intranet.can_see(address("eva"), fresh):
                found.append(sees(near, "kari"))
            return False

        break_all(near, look, Status(500))
        report = await near.run(mode)
        assert found, report.reasons
        assert not any(fresh in one for one in found), "she found it amid the run"
        for person in PEOPLE:
            assert sees(near, person) == may_see(near, person), report.reasons


async def test_whom_the_intranet_refuses_after_a_ledger_was_put_back_keeps_what_she_has(
    tmp_path: Path,
) -> None:
    async with estate(tmp_path / "world", "room") as (near, _):
        await near.run("full")
        copy_ledger(near, tmp_path / "copy.db")
        near.clock.pass_seconds(1000)
        await near.run("full")
        restore_ledger(near, tmp_path / "copy.db")
        near.clock.pass_seconds(1000)
        near.intranet.switches.lose.add(record_id(address("kari")))
        before = sees(near, "kari")
        for mode in ("delta", "full"):
            report = await near.run(mode)
            assert (sees(near, "kari"), report.outcome == "failed") == (before, False), report.reasons
            near.clock.pass_seconds(1000)


async def test_intranet_that_was_made_anew_gets_its_people_in_a_delta(tmp_path: Path) -> None:
    async with estate(tmp_path, "item") as (near, _):
        await near.run("full")
        near.intranet.documents, near.intranet.users = {}, {}
        for _ in range(2):
            near.clock.pass_seconds(1000)
            report = await near.run("delta")
        for person in PEOPLE:
            assert sees(near, person) == may_see(near, person), report.reasons


async def test_another_appid_gets_its_people_in_a_delta_and_a_full_run_next(tmp_path: Path) -> None:
    async with estate(tmp_path, "item") as (near, _):
        await near.run("full")
        near.intranet.documents, near.intranet.users = {}, {}
        near.intranet.app_id = near.values["targets.intranet.app_id"] = 48
        near.clock.pass_seconds(1000)
        report = await near.run("delta")
        assert near.found() == near.expected()
        for person in PEOPLE:
            assert sees(near, person) == may_see(near, person), report.reasons
        assert near.app().next_mode("intranet") is Mode.FULL
        for _ in range(2):
            near.clock.pass_seconds(1000)
            report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        assert near.app().next_mode("intranet") is Mode.DELTA


async def test_what_was_narrowed_in_a_copy_is_narrowed_in_the_real_intranet_as_well(tmp_path: Path) -> None:
    async with estate(tmp_path, "item", sources__interaxo__audience_share=1.0) as (near, small):
        near.rooms.set_authorities(small.section, ALL_AND_FEW)
        await near.run("full")
        real, tenant = (near.intranet.documents, near.intranet.users), near.intranet.tenant
        near.intranet.documents, near.intranet.users = copy.deepcopy(real[0]), dict(real[1])
        near.intranet.tenant = near.values["targets.intranet.tenant"] = "11111111-5f0e-4c0b-9f6e-2f8f3f0c0d01"
        near.rooms.set_authorities(small.section, FEW)
        near.rooms.add_person(COMMUNITY, address("eva"), "Eva", address("eva"), groups=["all"])
        near.clock.pass_seconds(1000)
        await near.run("delta")
        assert f"ix-{small.section}" not in sees(near, "kari") | sees(near, "eva")
        near.intranet.documents, near.intranet.users = real
        near.intranet.tenant = near.values["targets.intranet.tenant"] = tenant
        for _ in range(2):
            near.clock.pass_seconds(1000)
            report = await near.run("delta")
        assert f"ix-{small.section}" not in sees(near, "kari") | sees(near, "eva"), report.reasons


async def test_a_new_ledger_ends_no_session_of_people_in_its_first_full_run(tmp_path: Path) -> None:
    async with estate(tmp_path, "item") as (near, _):
        near.intranet.push_users(
            [{"GloballyUniqueId": "person-stray", "Email": "stray@example.com", "DeletionMode": "Session"}]
        )
        report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        assert "person-stray" in near.intranet.users
        report = await near.run("full")
        assert "person-stray" not in near.intranet.users
