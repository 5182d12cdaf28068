"""A push of somebody's record that got no answer and arrives after she was taken out gives her nothing for long."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.ledger.people import Lost
from connector.ports.matching import record_id
from connector.sandbox.faults import LATE, RESET_AFTER, Status
from tests.desk import NOW, Desk
from tests.people.estate import COMMUNITY, FEW, address, estate, sees
from tests.rules.ground import PUSH, break_all, break_once, calls

PEOPLE_PUSH, PEOPLE_DELETE = "PUT *users/addupdate", "PUT *users/delete"
SETTLED_S = 1_000


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_who_was_taken_out_is_taken_out_once_more_when_a_late_push_may_have_come(
    tmp_path: Path, mode: str, known: bool
) -> None:
    async with estate(tmp_path, "room", sources__interaxo__audience_share=1.0) as (near, small):
        who = "ola" if known else "nina"
        if known:
            await near.run("full")
            near.rooms.add_person(COMMUNITY, address(who), who, address(who), groups=["all", "few"])
        else:
            await near.run("full")
            near.rooms.add_person(COMMUNITY, address(who), who, address(who), groups=["all"])
            near.rooms.add_file(small.details, "hers.txt", content=b"x", author=address(who))
        break_once(near, PEOPLE_PUSH, LATE)
        await near.run("delta")
        near.rooms.remove_person(COMMUNITY, address(who))
        report = await near.run(mode)
        assert record_id(address(who)) not in near.intranet.users, report.reasons
        assert await near.wire.run_late() == 1
        assert near.intranet.visible_to(address(who)), "the late call gives her what she had lost"
        near.clock.pass_seconds(SETTLED_S)
        report = await near.run(mode)
        assert record_id(address(who)) not in near.intranet.users, report.reasons
        assert not near.intranet.visible_to(address(who))
        near.wire.clear()
        near.clock.pass_seconds(SETTLED_S)
        await near.run("delta")
        assert not calls(near, "users/delete"), "once"


async def test_a_removal_that_is_repeated_in_vain_is_repeated_again_and_tells(tmp_path: Path) -> None:
    async with estate(tmp_path, "room", sources__interaxo__audience_share=1.0) as (near, _):
        await near.run("full")
        near.rooms.add_person(COMMUNITY, address("ola"), "Ola", address("ola"), groups=["all", "few"])
        break_once(near, PEOPLE_PUSH, LATE)
        await near.run("delta")
        near.rooms.remove_person(COMMUNITY, address("ola"))
        await near.run("delta")
        await near.wire.run_late()
        near.clock.pass_seconds(SETTLED_S)
        down = break_all(near, PEOPLE_DELETE, Status(503))
        report = await near.run("delta")
        assert any("removal of 1 person" in reason for reason in report.reasons), report.reasons
        assert report.people.removed == 0
        near.wire.faults.remove(down)
        near.clock.pass_seconds(SETTLED_S)
        await near.run("delta")
        assert record_id(address("ola")) not in near.intranet.users


async def test_who_came_back_meanwhile_stays(tmp_path: Path) -> None:
    async with estate(tmp_path, "room", sources__interaxo__audience_share=1.0) as (near, small):
        await near.run("full")
        near.rooms.add_person(COMMUNITY, address("ola"), "Ola", address("ola"), groups=["all", "few"])
        break_once(near, PEOPLE_PUSH, RESET_AFTER)
        await near.run("delta")
        near.rooms.remove_person(COMMUNITY, address("ola"))
        await near.run("delta")
        near.rooms.add_person(COMMUNITY, address("ola"), "Ola", address("ola"), groups=["all"])
        near.rooms.add_file(small.details, "again.txt", content=b"x", author=address("ola"))
        for _ in range(2):
            near.clock.pass_seconds(SETTLED_S)
            report = await near.run("delta")
            assert near.intranet.visible_to(address("ola")), report.reasons


def test_of_a_forgotten_person_whose_record_is_to_be_removed_once_more_no_address_is_left() -> None:
    desk = Desk()
    people, mail = desk.books.people, "kari@example.com"
    one = record_id(mail)
    people.intend([(one, mail, ["ix:user:kari"])])
    people.lose([one], until=NOW + 120)
    people.removed(
        [Lost(id=one, address="", whole=True, approved=True, why="forgotten")],
        before=people.records([one]),
        run=desk.run,
        now=NOW,
        redo_after=None,
    )
    desk.ledger.erasing("intranet").person(one, [mail], [])
    assert mail not in str(people.records([one]))
    assert people.due_again(now=NOW + 119) == []
    assert people.due_again(now=NOW + 120) == [one]
    people.removed_again([one], now=NOW + 120, redo_after=None)
    assert people.records([one]) == {}
    desk.close()


@pytest.mark.parametrize("groups", [["all"], []], ids=["one group left", "none left"])
async def test_a_longer_list_that_came_late_is_taken_back_before_anything_else_is_sent(
    tmp_path: Path, groups: list[str]
) -> None:
    """A shorter one was confirmed in between: the intranet may have the longer one all the same."""
    async with estate(tmp_path, "room", sources__interaxo__audience_share=1.0) as (near, small):
        near.rooms.set_authorities(small.tunnel, FEW)
        await near.run("full")
        near.rooms.add_person(COMMUNITY, address("kari"), "Kari", address("kari"), groups=["all", "few"])
        break_once(near, PEOPLE_PUSH, LATE)
        await near.run("delta")
        near.rooms.add_person(COMMUNITY, address("kari"), "Kari", address("kari"), groups=groups)
        report = await near.run("delta")
        assert await near.wire.run_late() == 1
        assert near.intranet.can_see(address("kari"), f"ix-{small.tunnel}")
        near.rooms.add_file(small.details, "new.txt", content=b"x")
        break_all(near, PUSH, Status(401))
        near.clock.pass_seconds(SETTLED_S)
        report = await near.run("delta")
        assert not near.intranet.can_see(address("kari"), f"ix-{small.tunnel}"), report.reasons
        near.wire.clear()
        near.clock.pass_seconds(SETTLED_S)
        report = await near.run("delta")
        assert report.outcome == "succeeded", report.reasons
        near.wire.clear()
        near.clock.pass_seconds(SETTLED_S)
        await near.run("delta")
        assert not calls(near, "users/addupdate"), "once"
        with near.app().ledger() as ledger:
            assert ledger.people("intranet").lost_since(0.0) == (0 if groups else 1), "counted once"


async def test_who_comes_back_after_a_removal_that_was_refused_once_it_was_done_finds_everything(
    tmp_path: Path,
) -> None:
    """An intranet may refuse to remove whom it does not know: the attempt before, without an answer, had taken her out."""
    async with estate(tmp_path, "room", sources__interaxo__audience_share=1.0) as (near, _):
        near.values["http.attempts"], near.values["http.backoff_max_s"] = 2, 0.01
        await near.run("full")
        before = sees(near, "kari")
        person = near.rooms.people[COMMUNITY, address("kari")]
        near.rooms.remove_person(COMMUNITY, address("kari"))
        break_once(near, PEOPLE_DELETE, RESET_AFTER)
        break_once(near, PEOPLE_DELETE, Status(400))
        await near.run("delta")
        assert record_id(address("kari")) not in near.intranet.users
        near.rooms.people[COMMUNITY, address("kari")] = person
        for _ in range(2):
            near.clock.pass_seconds(SETTLED_S)
            await near.run("delta")
        assert sees(near, "kari") == before != set()
