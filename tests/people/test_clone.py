"""Who or what left while the settings named a copy of the intranet leaves the real one, too: that one was never told."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from connector.ports.matching import record_id
from connector.sandbox.faults import RESET_BEFORE, Status
from tests.neighbourhood import Neighbourhood
from tests.people.estate import ALL_AND_FEW, COMMUNITY, address, estate, may_see, sees
from tests.rules.ground import DELETE, break_all, break_once, files_of, plain_world

CLONE = "11111111-5f0e-4c0b-9f6e-2f8f3f0c0d01"
TENANT = "targets.intranet.tenant"


class Copied:
    """An intranet and its copy, of which the settings name one."""

    def __init__(self, near: Neighbourhood) -> None:
        self.near = near
        self.real = near.intranet.documents, near.intranet.users, near.intranet.tenant

    def to_the_clone(self) -> None:
        documents, users, _ = self.real
        self._name(copy.deepcopy(documents), dict(users), CLONE)

    def to_the_real_one(self) -> None:
        self._name(*self.real)

    def _name(self, documents: dict[str, Any], users: dict[str, Any], tenant: str) -> None:
        intranet = self.near.intranet
        intranet.documents, intranet.users, intranet.tenant = documents, users, tenant
        self.near.values[TENANT] = tenant
        self.near.clock.pass_seconds(1_000)


@pytest.mark.parametrize("sessions", [True, False])
@pytest.mark.parametrize("mode", ["full", "delta"])
async def test_who_was_removed_from_a_clone_only_is_removed_from_the_real_intranet(
    tmp_path: Path, mode: str, sessions: bool
) -> None:
    async with estate(
        tmp_path, "item", sources__interaxo__audience_share=1.0, targets__intranet__sessions=sessions
    ) as (near, small):
        near.rooms.set_authorities(small.section, ALL_AND_FEW)
        await near.run("full")
        both = Copied(near)
        both.to_the_clone()
        near.rooms.remove_person(COMMUNITY, address("ola"))
        for _ in range(2):
            await near.run(mode)
        assert not sees(near, "ola")
        both.to_the_real_one()
        assert sees(near, "ola")
        report = await near.run(mode)
        assert not sees(near, "ola"), report.reasons
        assert sees(near, "kari") == may_see(near, "kari") != set()
        near.wire.clear()
        report = await near.run(mode)
        assert (report.outcome, report.people.removed) == ("succeeded", 0), report.reasons


@pytest.mark.parametrize("silent", [True, False])
async def test_who_came_back_before_the_real_intranet_is_named_again_finds_what_she_may(
    tmp_path: Path, silent: bool
) -> None:
    async with estate(tmp_path, "item", sources__interaxo__audience_share=1.0) as (near, small):
        near.rooms.set_authorities(small.section, ALL_AND_FEW)
        await near.run("full")
        both = Copied(near)
        both.to_the_clone()
        near.rooms.remove_person(COMMUNITY, address("ola"))
        await near.run("delta")
        near.rooms.add_person(COMMUNITY, address("ola"), "Ola", address("ola"), groups=["few"])
        await near.run("delta")
        both.to_the_real_one()
        if silent:
            break_all(near, f"GET */people/{address('ola')}*", Status(503))
        for mode in ("delta", "full"):
            report = await near.run(mode)
            assert sees(near, "ola") == may_see(near, "ola") != set(), report.reasons


async def test_many_who_were_removed_from_a_clone_meet_the_brake_again(tmp_path: Path) -> None:
    async with plain_world(tmp_path, hall=40) as (near, _):
        near.values["sources.interaxo.audience_share"] = 1.0
        addresses = [address(f"p{number}") for number in range(40)]
        for mail, item in zip(addresses, near.rooms.items()[1:], strict=False):
            near.rooms.add_person(COMMUNITY, mail, mail, mail, groups=["all"])
            near.rooms.rename(item.id, f"{mail}.txt")
            near.rooms.hand_over(item.id, modified_by=mail)
        await near.run("full")
        known = [mail for mail in addresses if record_id(mail) in near.intranet.users]
        assert len(known) >= 39
        both = Copied(near)
        both.to_the_clone()
        for mail in known[:15]:
            near.rooms.remove_person(COMMUNITY, mail)
        report = await near.run("delta")
        assert report.people.held == 15, report.reasons
        await near.run("delta", approve=report.run_id)
        assert len(near.intranet.users) == len(known) - 15
        both.to_the_real_one()
        near.clock.pass_seconds(100_000)
        report = await near.run("delta")
        assert (report.outcome, report.people.held) == ("braked", 15), report.reasons
        assert len(near.intranet.users) == len(known)
        report = await near.run("delta", approve=report.run_id)
        assert len(near.intranet.users) == len(known) - 15, report.reasons


async def test_who_is_held_is_given_nothing_in_an_intranet_that_has_not_got_her(tmp_path: Path) -> None:
    """She keeps what she has: there that is nothing, and what she had elsewhere is more than she may see now."""
    async with estate(tmp_path, "item", sources__interaxo__audience_share=1.0) as (near, _):
        await near.run("full")
        lie = break_all(near, lambda call: "/people/" in call.path and "-me-" not in call.path, Status(404))
        near.clock.pass_seconds(1_000)
        report = await near.run("full")
        assert (report.outcome, report.people.held) == ("braked", 4), report.reasons
        near.wire.faults.remove(lie)
        groups = {"kari": ["few"], "eva": []}
        for person, members_of in groups.items():
            near.rooms.add_person(COMMUNITY, address(person), person, address(person), groups=members_of)
        both = Copied(near)
        both.to_the_clone()
        near.intranet.users.clear()
        for _ in range(2):
            report = await near.run("full")
            assert report.people.held, "they are still held"
            for person in groups:
                assert sees(near, person) <= may_see(near, person), report.reasons
            near.clock.pass_seconds(1_000)
        both.to_the_real_one()
        report = await near.run("full")
        assert sees(near, "eva") != set(), "what she has where she is known she keeps"
        assert sees(near, "kari") == may_see(near, "kari"), "she was moved to another group, and is not held"


@pytest.mark.parametrize("sessions", [True, False])
@pytest.mark.parametrize("mode", ["full", "delta"])
async def test_what_was_removed_from_a_clone_only_is_removed_from_the_real_intranet(
    tmp_path: Path, mode: str, sessions: bool
) -> None:
    async with plain_world(tmp_path, hall=6) as (near, roots):
        near.values["targets.intranet.sessions"] = sessions
        await near.run("full")
        both = Copied(near)
        both.to_the_clone()
        await near.run("delta")
        near.rooms.remove(files_of(near, roots["hall"])[0])
        await near.run(mode)
        assert near.found() == near.expected()
        both.to_the_real_one()
        assert near.found() != near.expected()
        report = await near.run(mode)
        assert near.found() == near.expected(), report.reasons
        near.wire.clear()
        near.clock.pass_seconds(1_000)
        report = await near.run(mode)
        assert (report.outcome, report.documents.deleted) == ("succeeded", 0), report.reasons


async def test_what_came_back_before_the_real_intranet_is_named_again_stays_there(tmp_path: Path) -> None:
    async with plain_world(tmp_path, hall=6) as (near, roots):
        await near.run("full")
        both = Copied(near)
        both.to_the_clone()
        item = files_of(near, roots["hall"])[0]
        near.rooms.hide(item)
        break_once(near, DELETE, RESET_BEFORE)  # so that the removal is to be repeated
        await near.run("delta")
        near.clock.pass_seconds(1_000)
        await near.run("delta")
        assert f"ix-{item}" not in near.found()
        near.rooms.unhide(item)
        both.to_the_real_one()
        before = len(near.intranet.deletions)
        for mode in ("delta", "full"):
            near.clock.pass_seconds(1_000)
            report = await near.run(mode)
            assert near.found() == near.expected(), report.reasons
        assert near.intranet.deletions[before:] == []


async def test_many_documents_that_were_removed_from_a_clone_meet_the_brake_again(tmp_path: Path) -> None:
    async with plain_world(tmp_path, hall=40) as (near, roots):
        await near.run("full")
        both = Copied(near)
        both.to_the_clone()
        await near.run("delta")
        for native in files_of(near, roots["hall"])[:15]:
            near.rooms.remove(native)
        report = await near.run("delta")
        assert report.documents.held == 15, report.reasons
        await near.run("delta", approve=report.run_id)
        assert near.found() == near.expected()
        both.to_the_real_one()
        near.clock.pass_seconds(100_000)
        report = await near.run("delta")
        assert (report.outcome, report.documents.held) == ("braked", 15), report.reasons
        assert len(near.found()) == 41
        await near.run("delta", approve=report.run_id)
        assert near.found() == near.expected()


@pytest.mark.parametrize("how", ["approve", "keep"])
async def test_a_decision_counts_for_the_intranet_in_which_it_was_held(tmp_path: Path, how: str) -> None:
    async with plain_world(tmp_path, hall=40) as (near, roots):
        await near.run("full")
        for native in files_of(near, roots["hall"])[:15]:
            near.rooms.remove(native)
        near.clock.pass_seconds(1_000)
        held = await near.run("delta")
        assert (held.outcome, held.documents.held) == ("braked", 15)
        Copied(near).to_the_clone()
        for _ in range(2):  # the first run there, and one after it
            near.clock.pass_seconds(1_000)
            report = await near.run("delta", **{how: held.run_id})
            assert report.outcome == "failed"
            assert any("another intranet" in reason for reason in report.reasons)
            assert (len(near.found()), near.intranet.deletions) == (41, [])
            near.clock.pass_seconds(1_000)
            report = await near.run("delta")
            assert (report.outcome, report.documents.held) == ("braked", 15)
        near.clock.pass_seconds(1_000)
        report = await near.run("delta", approve=report.run_id)
        assert (report.outcome, near.found()) == ("succeeded", near.expected()), report.reasons
