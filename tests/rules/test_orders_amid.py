"""What people order while something else works on the target: a run, people's turn between runs, a comparison of the ledger."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from connector.ledger.orders import About, OrderKind, Orders
from connector.ports.target import RemoteState
from connector.removal import hiding
from connector.sandbox.faults import Fault, Held, Status
from connector.target.client import Interact
from tests.people.estate import address, estate, sees
from tests.rules.ground import DELETE, break_all, copy_ledger, lists, restore_ledger, small_world, when
from tests.rules.hiding import hide, order, show

GROUPS, STATES = "GET */people/*/groups", "GET *docs/state"


@pytest.fixture
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hiding, "LOOK_S", 0.01)


@pytest.mark.usefixtures("looks_often")
async def test_what_is_hidden_while_people_have_their_turn_leaves_before_a_slow_source_has_answered(
    tmp_path: Path,
) -> None:
    async with estate(tmp_path, "room", http__timeout_s=5) as (near, small):
        await near.run("full")
        near.clock.pass_seconds(7_200)
        ordered = []
        when(
            near,
            lambda call: call.path.endswith("/groups"),
            lambda: ordered.append(order(near, small.report)),
        )
        slow = near.wire.add(Fault(GROUPS, Held(until=DELETE), times=None))
        assert await near.app().take_turn("intranet") is not None
        assert slow.hits, "an answer was held back until then"
        assert f"ix-{small.report}" not in near.found()
        with near.app().ledger() as ledger:
            assert not ledger.orders("intranet").waiting()


@pytest.mark.usefixtures("looks_often")
async def test_whoever_is_forgotten_while_people_have_their_turn_leaves_amid_it_and_is_sent_no_more(
    tmp_path: Path,
) -> None:
    async with estate(tmp_path, "room") as (near, _):
        await near.run("full")
        near.clock.pass_seconds(7_200)
        record = next(
            key for key, row in near.intranet.users.items() if row.record["Email"] == address("kari")
        )
        when(
            near,
            lambda call: call.path.endswith("/groups"),
            lambda: order(near, "", OrderKind.FORGET, about=About.PERSON, subject=record),
        )
        near.wire.add(Fault(GROUPS, Held(until="PUT *users/delete"), times=None))
        await near.app().take_turn("intranet")
        assert record not in near.intranet.users
        assert sees(near, "eva")


@pytest.mark.usefixtures("looks_often")
async def test_what_is_hidden_while_the_ledger_is_compared_leaves_meanwhile_and_is_no_drift(
    tmp_path: Path,
) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        when(near, lambda call: call.path.endswith("/state"), lambda: order(near, small.report))
        near.wire.add(Fault(STATES, Held(until=DELETE), times=3))
        told = await near.app().verify("intranet", sample=None)
        assert f"ix-{small.report}" not in near.found()
        assert not told.drift
        with near.app().ledger() as ledger:
            assert not ledger.orders("intranet").waiting()


@pytest.mark.usefixtures("looks_often")
async def test_a_turn_leaves_it_to_the_next_run_where_the_room_with_the_note_is_hidden_while_that_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with estate(tmp_path, "room") as (near, _):
        await near.run("full")
        asked, carried_out, states, done = Interact.state, Orders.done, [], asyncio.Event()

        async def state(target: Interact, identifier: str) -> RemoteState:
            told = await asked(target, identifier)
            states.append(order(near, identifier.removeprefix("ix-")))
            await done.wait()
            return told

        def tell(orders: Orders, identifier: str, **what: Any) -> None:
            carried_out(orders, identifier, **what)
            done.set()

        monkeypatch.setattr(Orders, "done", tell)
        monkeypatch.setattr(Interact, "state", state)
        assert await near.app().take_turn("intranet") is None
        assert states
        assert states[0].subject not in near.found()


async def test_people_lose_in_their_turn_what_they_lose_while_the_intranet_refuses_to_take_a_document_out(
    tmp_path: Path,
) -> None:
    async with estate(tmp_path, "room") as (near, small):
        await near.run("full")
        order(near, small.report)
        near.clock.pass_seconds(7_200)
        near.rooms.add_person("example-corp", address("kari"), "Kari", address("kari"), groups=["few"])
        break_all(near, DELETE, Status(403))
        await near.app().take_turn("intranet")
        assert not sees(near, "kari")


async def test_what_is_shown_again_while_a_walk_meets_it_leaves_for_no_other_order(tmp_path: Path) -> None:
    """The walk still took it for hidden, and noted it as still to be removed."""
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        await hide(near, small.plan)
        folder = near.rooms.item(small.plan).parent_id
        assert folder is not None
        when(near, lists(folder), lambda: show(near, small.plan))
        near.rooms.rename(small.report, "renamed")  # its batch has the run look at the orders again
        await near.run("delta")
        await near.run("delta")
        assert near.found() == near.expected()
        await hide(near, small.report)
        assert near.found() == near.expected() - {f"ix-{small.report}"}


async def test_what_was_shown_again_since_a_backup_leaves_for_no_other_order(tmp_path: Path) -> None:
    """That knows it as still to be removed; the file beside the ledger tells that the order has ended."""
    async with small_world(tmp_path / "world") as (near, small):
        await near.run("full")
        await hide(near, small.report)
        fault = break_all(near, DELETE, Status(503))
        order(near, small.plan)
        await near.run("delta")
        copy_ledger(near, tmp_path / "copy.db")
        near.wire.faults.remove(fault)
        show(near, small.plan)
        near.clock.pass_seconds(1_000)
        await near.run("full")
        assert near.found() == near.expected() - {f"ix-{small.report}"}
        restore_ledger(near, tmp_path / "copy.db")
        await near.run("full")
        assert not [one.id for one in near.intranet.deletions if one.id == f"ix-{small.plan}"]
        assert near.found() == near.expected() - {f"ix-{small.report}"}
