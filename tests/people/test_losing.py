"""Nobody loses what she finds because a source lied, was down, or was not asked: one gate, one brake, and proof for the single case."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from connector.ports.matching import record_id
from connector.sandbox.faults import LIST_200, Fault, Status
from connector.status.runs import tell_whole_run
from tests.neighbourhood import Neighbourhood
from tests.people.estate import ALL_AND_FEW, COMMUNITY, FEW, PEOPLE, address, estate, may_see, sees
from tests.rules.ground import ask_ledger, break_all
from tests.silence import be_silent

GROUPS = "GET */people/*/groups"
WEEK = 7 * 86_400.0


def nobody_answers(near: Neighbourhood, status: int) -> Fault:
    """Everybody but the account itself."""
    return near.wire.add(
        Fault(lambda c: "/people/" in c.path and "/people/-me-" not in c.path, Status(status), times=None)
    )


def change(near: Neighbourhood, person: str, **values: object) -> None:
    """Change somebody in the source."""
    key = COMMUNITY, address(person)
    near.rooms.people[key] = dataclasses.replace(near.rooms.people[key], **values)  # type: ignore[arg-type]


# -- a source that lies ---------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["full", "delta"])
async def test_groups_that_are_empty_for_all_take_nothing_from_anybody(tmp_path: Path, mode: str) -> None:
    async with estate(tmp_path, "item", sources__interaxo__audience_share=1.0) as (near, _):
        await near.run("full")
        assert sees(near, "kari") == may_see(near, "kari") != set()
        near.clock.pass_seconds(1000)
        fault = break_all(near, GROUPS, LIST_200)
        report = await near.run(mode)
        assert report.outcome == "braked", report.reasons
        assert report.people.held == 3, "everybody but Per, who is in no group"
        assert {one.id for one in report.held if one.kind == "person"} == {
            record_id(address(one)) for one in ("kari", "ola", "eva")
        }
        for person in PEOPLE:
            assert sees(near, person) == may_see(near, person)
        near.wire.faults.remove(fault)
        report = await near.run(mode)
        assert report.outcome == "succeeded", report.reasons
        assert report.people.held == 0


@pytest.mark.parametrize("mode", ["full", "delta"])
async def test_404_for_everybody_but_the_account_removes_nobody(tmp_path: Path, mode: str) -> None:
    async with estate(tmp_path, "item", sources__interaxo__audience_share=1.0) as (near, _):
        await near.run("full")
        near.clock.pass_seconds(1000)
        nobody_answers(near, 404)
        for _ in range(2):
            report = await near.run(mode)
            assert report.outcome == "braked", report.reasons
            assert len(near.intranet.users) == len(PEOPLE)
            for person in PEOPLE:
                assert sees(near, person) == may_see(near, person)
        near.wire.clear()
        for _ in range(2):
            report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons


@pytest.mark.parametrize("mode", ["full", "delta"])
async def test_404_for_her_groups_takes_nothing_from_who_is_there(tmp_path: Path, mode: str) -> None:
    async with estate(tmp_path, "item", sources__interaxo__audience_share=1.0) as (near, _):
        await near.run("full")
        near.clock.pass_seconds(1000)
        fault = break_all(near, "GET */people/kari*/groups", Status(404))
        await near.run(mode)
        assert sees(near, "kari") == may_see(near, "kari") != set()
        near.wire.faults.remove(fault)
        near.clock.pass_seconds(1000)
        near.rooms.remove_person(COMMUNITY, address("kari"))
        await near.run(mode)
        assert not sees(near, "kari"), "who is gone herself is gone"


@pytest.mark.parametrize("mode", ["full", "delta"])
async def test_profiles_without_an_address_for_all_remove_nobody(tmp_path: Path, mode: str) -> None:
    """A right to read addresses that is taken away, or a field that goes by another name now, shuts nobody out."""
    async with estate(tmp_path, "item", sources__interaxo__audience_share=1.0) as (near, _):
        await near.run("full")
        for person in PEOPLE:
            near.rooms.add_person(
                COMMUNITY,
                address(person),
                person,
                "",
                groups=near.rooms.people[COMMUNITY, address(person)].groups,
            )
        for _ in range(2):
            near.clock.pass_seconds(1000)
            report = await near.run(mode)
            assert report.outcome == "braked", report.reasons
            for person in PEOPLE:
                assert sees(near, person) == may_see(near, person)


async def test_doubt_in_small_portions_is_doubt_all_the_same(tmp_path: Path) -> None:
    async with estate(tmp_path, "item", sources__interaxo__audience_share=0.01) as (near, _):
        await near.run("full")
        break_all(near, GROUPS, LIST_200)
        for _ in range(6):
            near.clock.pass_seconds(900)
            report = await near.run("delta")
        assert report.outcome == "braked"
        empty = [person for person in ("kari", "ola", "eva") if not sees(near, person)]
        assert len(empty) <= 2, "two in a day are never in doubt"


async def test_who_is_held_goes_after_an_approval_and_comes_back_without(crowd: Neighbourhood) -> None:
    gone, back = address("p3"), address("p4")
    for number in range(15):
        crowd.rooms.remove_person(COMMUNITY, address(f"p{number}"))
    report = await crowd.run("delta")
    assert report.outcome == "braked", report.reasons
    assert report.exit_code == 4
    assert report.people.held == 15
    assert report.people.removed == 0
    assert len([one for one in report.held if one.kind == "person"]) == 15
    with crowd.app().ledger() as ledger:
        run = ledger.runs("intranet").get(report.run_id)
        assert run is not None
        told = tell_whole_run(ledger, "intranet", run)
    assert {one["title"] for one in told["held"]} == {address(f"p{n}") for n in range(15)}
    assert {(one["kind"], one["code"]) for one in told["held"]} == {("person", "person-brake")}
    crowd.rooms.add_person(COMMUNITY, back, "P4", back, groups=["all"])
    report = await crowd.run("delta", approve=report.run_id)
    assert report.outcome == "succeeded", report.reasons
    assert report.people.removed == 14
    assert record_id(gone) not in crowd.intranet.users
    assert crowd.intranet.visible_to(back), "she is there again, so an approval does not touch her"
    report = await crowd.run("full")
    assert report.outcome == "succeeded", report.reasons


async def test_who_is_held_and_cannot_be_asked_for_outlives_an_approval(crowd: Neighbourhood) -> None:
    for number in range(15):
        crowd.rooms.remove_person(COMMUNITY, address(f"p{number}"))
    report = await crowd.run("delta")
    break_all(crowd, f"GET */people/{address('p3')}", Status(503))
    await crowd.run("delta", approve=report.run_id)
    assert record_id(address("p3")) in crowd.intranet.users
    assert record_id(address("p5")) not in crowd.intranet.users


async def test_who_is_kept_changes_no_outcome_but_withholds_the_end(crowd: Neighbourhood) -> None:
    for number in range(15):
        crowd.rooms.remove_person(COMMUNITY, address(f"p{number}"))
    report = await crowd.run("delta")
    report = await crowd.run("delta", keep=report.run_id)
    assert report.outcome == "succeeded", report.reasons
    assert report.people.held == 15
    report = await crowd.run("full")
    assert any("for people was not ended" in reason for reason in report.reasons)
    assert len(crowd.intranet.users) == 40


async def test_a_few_who_leave_are_removed_at_once_while_others_are_held(crowd: Neighbourhood) -> None:
    for number in range(15):
        crowd.rooms.remove_person(COMMUNITY, address(f"p{number}"))
    await crowd.run("delta")
    crowd.rooms.remove_person(COMMUNITY, address("p20"))
    report = await crowd.run("delta")
    assert report.people.removed == 1, "what is held never blocks a new, small, proven removal"
    assert record_id(address("p20")) not in crowd.intranet.users
    assert len(crowd.intranet.users) == 39


async def test_removals_of_a_day_count_together(crowd: Neighbourhood) -> None:
    for day in range(3):
        for number in range(day * 5, day * 5 + 5):
            crowd.rooms.remove_person(COMMUNITY, address(f"p{number}"))
        crowd.clock.pass_seconds(3600)
        report = await crowd.run("delta")
    assert report.outcome == "braked", report.reasons
    assert len(crowd.intranet.users) == 30


async def test_who_loses_part_of_it_meets_no_brake(crowd: Neighbourhood) -> None:
    for number in range(40):
        mail = address(f"p{number}")
        crowd.rooms.add_person(COMMUNITY, mail, f"P{number}", mail, groups=["all", "few"])
    await crowd.run("delta")
    for number in range(40):
        mail = address(f"p{number}")
        crowd.rooms.add_person(COMMUNITY, mail, f"P{number}", mail, groups=["few"])
    report = await crowd.run("delta")
    assert report.outcome == "succeeded", report.reasons
    assert not crowd.intranet.visible_to(address("p7"))


async def test_who_is_moved_to_another_group_meets_no_brake(crowd: Neighbourhood) -> None:
    for number in range(15):
        change(crowd, f"p{number}", groups=["few"])
    report = await crowd.run("delta")
    assert report.outcome == "succeeded", report.reasons
    for number in range(15):
        assert not sees(crowd, f"p{number}"), "the former group shows nothing any more"
        assert (
            f"interaxo:group:{COMMUNITY}/few"
            in crowd.intranet.users[record_id(address(f"p{number}"))].identities
        )
    assert sees(crowd, "p20")


@pytest.mark.parametrize("mode", ["full", "delta"])
async def test_who_is_held_and_then_moved_to_another_group_loses_the_former_one(
    crowd: Neighbourhood, mode: str
) -> None:
    fault = break_all(crowd, GROUPS, LIST_200)
    assert (await crowd.run("delta")).people.held == 40
    crowd.wire.faults.remove(fault)
    for number in range(15):
        change(crowd, f"p{number}", groups=["few"])
    report = await crowd.run(mode)
    assert report.outcome == "succeeded", report.reasons
    assert report.people.held == 0
    assert not any(sees(crowd, f"p{number}") for number in range(15))
    assert all(sees(crowd, f"p{number}") for number in range(15, 40))


# -- a source that may not tell -------------------------------------------------------------------


async def test_who_may_not_be_asked_for_withholds_the_end_and_ages(tmp_path: Path) -> None:
    async with estate(tmp_path, "item") as (near, small):
        near.rooms.set_authorities(small.section, FEW)
        await near.run("full")
        break_all(near, f"GET */people/{address('ola')}*", Status(403))
        near.clock.pass_seconds(WEEK / 2)
        report = await near.run("full")
        assert report.outcome == "withheld", report.reasons
        assert sees(near, "ola") == may_see(near, "ola") != set()
        near.clock.pass_seconds(WEEK)
        for _ in range(2):  # two readings of the clock have to say that it was long ago
            report = await near.run("full")
        assert not sees(near, "ola")
        report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        near.wire.clear()
        await near.run("full")
        assert sees(near, "ola") == may_see(near, "ola")


async def test_403_for_everybody_meets_the_brake_when_it_has_lasted(tmp_path: Path) -> None:
    async with estate(tmp_path, "item") as (near, small):
        near.rooms.set_authorities(small.section, FEW)
        await near.run("full")
        nobody_answers(near, 403)
        for _ in range(3):
            near.clock.pass_seconds(WEEK / 2 + 10)
            report = await near.run("full")
        assert report.outcome == "braked", report.reasons
        for person in PEOPLE:
            assert sees(near, person) == may_see(near, person)


async def test_who_cannot_be_asked_for_does_not_age(tmp_path: Path) -> None:
    async with estate(tmp_path, "item") as (near, small):
        near.rooms.set_authorities(small.section, FEW)
        await near.run("full")
        break_all(near, f"GET */people/{address('ola')}*", Status(503))
        for _ in range(3):
            near.clock.pass_seconds(WEEK)
            await near.run("full")
        assert sees(near, "ola") == may_see(near, "ola") != set()


# -- an intranet that does not take it ------------------------------------------------------------


@pytest.mark.parametrize("sessions", [True, False])
async def test_shorter_list_that_finds_nobody_takes_the_record_out(tmp_path: Path, sessions: bool) -> None:
    async with estate(
        tmp_path, "room", sources__interaxo__audience_share=1.0, targets__intranet__sessions=sessions
    ) as (near, small):
        near.rooms.set_authorities(small.tunnel, FEW)
        await near.run("full")
        assert sees(near, "ola")
        near.rooms.add_person(COMMUNITY, address("ola"), "Ola", address("ola"), groups=[])
        near.intranet.seed_person(address("ola"), "Ola's second account")
        report = await near.run("delta")
        assert not sees(near, "ola"), "the earlier record would keep the longer list"
        assert report.people.removed == 1
        assert report.outcome == "withheld", report.reasons


async def test_who_was_not_found_for_a_while_still_loses_what_an_earlier_record_has(tmp_path: Path) -> None:
    async with estate(tmp_path, "room", sources__interaxo__audience_share=1.0) as (near, small):
        near.rooms.set_authorities(small.tunnel, FEW)
        await near.run("full")
        near.intranet.seed_person(address("ola"), "Ola's second account")
        near.rooms.add_person(COMMUNITY, address("ola"), "Ola", address("ola"), groups=["few", "all"])
        await near.run("delta")
        near.rooms.add_person(COMMUNITY, address("ola"), "Ola", address("ola"), groups=[])
        await near.run("delta")
        assert not sees(near, "ola")


async def refuse(near: Neighbourhood, count: int) -> list[str]:
    """So many people whose shorter lists Interact refuses for ever."""
    names = [f"person{n}" for n in range(count)]
    for name in names:
        near.rooms.add_person(COMMUNITY, address(name), name, address(name), groups=["all", "few"])
        near.rooms.hand_over(near.rooms.items()[0].id, owner=("user", address(name)))
        await near.run("delta")
    near.clock.pass_seconds(1000)
    for name in names:
        near.rooms.add_person(COMMUNITY, address(name), name, address(name), groups=["few"])
        near.intranet.seed_person(address(name), "Another one")
    near.intranet.switches.shared_address = "error"
    return names


async def test_people_whom_interact_refuses_for_ever_stop_nothing(tmp_path: Path) -> None:
    async with estate(tmp_path, "item", sources__interaxo__audience_share=1.0) as (near, small):
        near.rooms.set_authorities(small.plan, ALL_AND_FEW)
        await near.run("full")
        names = await refuse(near, 4)
        near.rooms.set_authorities(small.plan, FEW)
        new = near.rooms.add_file(small.drawings, "new.txt", content=b"new")
        report = await near.run("delta")
        assert f"ix-{small.plan}" not in sees(near, "kari")
        assert f"ix-{new}" in near.found()
        assert report.people.removed == 4, report.reasons
        assert not any(record_id(address(name)) in near.intranet.users for name in names)
        report = await near.run("delta")
        assert report.outcome in {"withheld", "succeeded"}, report.reasons


async def test_many_whom_interact_refuses_are_held_and_go_after_an_approval(tmp_path: Path) -> None:
    async with estate(tmp_path, "item", sources__interaxo__audience_share=1.0) as (near, small):
        near.rooms.set_authorities(small.plan, ALL_AND_FEW)
        await near.run("full")
        names = await refuse(near, 12)
        near.rooms.set_authorities(small.plan, FEW)
        report = await near.run("delta")
        assert report.outcome == "braked", report.reasons
        assert report.people.held == 12
        assert f"ix-{small.plan}" not in sees(near, "kari"), "a document's narrowing hangs on no person"
        report = await near.run("delta")
        assert report.people.held == 12
        await near.run("delta", approve=report.run_id)
        assert not any(record_id(address(name)) in near.intranet.users for name in names)


async def test_documents_are_narrowed_although_people_got_no_answer(tmp_path: Path) -> None:
    async with estate(tmp_path, "item", sources__interaxo__audience_share=1.0) as (near, small):
        near.rooms.set_authorities(small.plan, ALL_AND_FEW)
        await near.run("full")
        near.rooms.add_person(COMMUNITY, address("eva"), "Eva", address("eva"))
        near.rooms.set_authorities(small.plan, FEW)
        new = near.rooms.add_file(small.drawings, "new.txt", content=b"new")
        break_all(near, "PUT *users/addupdate", Status(503))
        report = await near.run("delta")
        assert report.outcome == "failed"
        assert f"ix-{small.plan}" not in sees(near, "kari")
        assert f"ix-{new}" not in near.found()


async def test_one_person_about_whom_the_intranet_gives_no_answer_holds_up_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = be_silent(monkeypatch, "push_users")
    async with estate(tmp_path, "item", sources__interaxo__audience_share=1.0) as (near, small):
        near.rooms.set_authorities(small.section, FEW)
        await near.run("full")
        for person in ("ola", "eva"):
            near.rooms.add_person(COMMUNITY, address(person), person, address(person), groups=["all"])
        new = near.rooms.add_file(small.drawings, "new.txt", content=b"new")
        silent.add(record_id(address("eva")))
        report = await near.run("delta")
        assert f"ix-{small.section}" not in sees(near, "ola")
        assert record_id(address("eva")) not in near.intranet.users, report.reasons
        assert f"ix-{new}" in near.found()
        silent.clear()
        await near.run("delta")
        assert sees(near, "eva") == may_see(near, "eva")


async def test_a_single_shorter_list_without_an_answer_is_given_up_after_three_runs(tmp_path: Path) -> None:
    async with estate(tmp_path, "item", sources__interaxo__audience_share=1.0) as (near, small):
        near.rooms.set_authorities(small.section, FEW)
        await near.run("full")
        near.rooms.add_person(COMMUNITY, address("eva"), "Eva", address("eva"), groups=["all"])
        break_all(near, "PUT *users/addupdate", Status(500))
        outcomes = [(await near.run("delta")).outcome for _ in range(3)]
        assert outcomes == ["failed", "failed", "withheld"]
        assert record_id(address("eva")) not in near.intranet.users


# -- an address that changes hands ----------------------------------------------------------------


async def test_address_that_changed_hands_carries_no_right_of_its_former_owner(tmp_path: Path) -> None:
    async with estate(tmp_path, "item") as (near, small):
        near.rooms.set_authorities(small.section, FEW)
        await near.run("full")
        near.clock.pass_seconds(1000)
        old = address("ola")
        change(near, "ola", email="ola.new@example.com")
        change(near, "per", email=old)
        for gone in (old, address("per")):
            near.intranet.remove_person(gone)
        near.intranet.seed_person(old, "Per")
        near.intranet.seed_person("ola.new@example.com", "Ola")
        ask_ledger(near, "UPDATE persons SET read_run=99, asked_at=asked_at+9")
        ask_ledger(near, "UPDATE persons SET read_run=0, asked_at=0 WHERE key LIKE '%per@example.com'")
        await near.run("delta")
        assert f"ix-{small.section}" not in near.intranet.visible_to(old)


async def test_address_of_two_people_widens_for_neither(tmp_path: Path) -> None:
    async with estate(tmp_path, "item") as (near, small):
        near.rooms.set_authorities(small.section, FEW)
        await near.run("full")
        near.clock.pass_seconds(1000)
        old = address("ola")
        change(near, "ola", email="ola.new@example.com")
        change(near, "per", email=old)
        for gone in (old, address("per")):
            near.intranet.remove_person(gone)
        near.intranet.seed_person(old, "Per")
        break_all(near, f"GET */people/{old}", Status(503))
        report = await near.run("full")
        assert f"ix-{small.section}" not in near.intranet.visible_to(old)
        assert report.outcome == "withheld"
        assert any(old in reason for reason in report.reasons), report.reasons


async def test_domains_that_make_one_of_two_people_are_told(tmp_path: Path) -> None:
    async with estate(tmp_path, "item") as (near, small):
        near.rooms.add_person(COMMUNITY, "kari@old.example", "Kari B", "kari@old.example", groups=["few"])
        near.rooms.add_file(small.details, "b.txt", content=b"x", author="kari@old.example")
        near.rooms.set_authorities(small.section, FEW)
        near.values["targets.intranet.people.domains"] = {"old.example": "example.com"}
        for mode in ("full", "delta", "full"):
            report = await near.run(mode)
            assert f"ix-{small.section}" not in sees(near, "kari"), mode
        assert any(address("kari") in reason for reason in report.reasons), report.reasons


@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_who_leaves_a_group_loses_it_also_where_another_one_of_it_has_the_same_address(
    tmp_path: Path, mode: str
) -> None:
    async with estate(tmp_path, "room", sources__interaxo__audience_share=1.0) as (near, small):
        desk = "desk@example.com"
        near.intranet.seed_person(desk, "Desk")
        for one, mail in (("first", desk), ("second", "second@example.com")):
            near.rooms.add_person(COMMUNITY, one, one, mail, groups=["all", "few"])
            near.rooms.add_file(small.details, f"{one}.txt", content=b"x", author=one)
        near.rooms.set_authorities(small.bridge, FEW)
        await near.run("full")
        assert f"ix-{small.bridge}" in near.intranet.visible_to(desk)
        near.rooms.add_person(COMMUNITY, "second", "second", desk, groups=["all", "few"])
        near.rooms.add_person(COMMUNITY, "first", "first", desk, groups=["all"])
        report = await near.run(mode)
        assert any(desk in reason for reason in report.reasons), report.reasons
        assert f"ix-{small.bridge}" not in near.intranet.visible_to(desk)


@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_who_has_another_address_keeps_nothing_by_the_former_one_though_her_groups_are_not_told(
    tmp_path: Path, mode: str
) -> None:
    async with estate(tmp_path, "item", sources__interaxo__audience_share=1.0) as (near, small):
        near.rooms.set_authorities(small.section, FEW)
        await near.run("full")
        change(near, "ola", email="ola.new@example.com")
        near.intranet.seed_person("ola.new@example.com", "Ola")
        break_all(near, f"GET */people/{address('ola')}/groups", Status(403))
        for _ in range(2):
            near.clock.pass_seconds(1000)
            await near.run(mode)
            assert not near.intranet.visible_to(address("ola"))
            assert f"ix-{small.section}" in near.intranet.visible_to("ola.new@example.com")
