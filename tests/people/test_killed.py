"""Who dies amid people's records leaves nothing that gives somebody too much, or takes what she may see, once others go on."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from connector.ledger.orders import About, Order, OrderKind
from connector.plan.item import Mode
from connector.ports.matching import key_id, record_id
from connector.sandbox.faults import LATE, RESET_AFTER, RESET_BEFORE, Call, Fault, How
from connector.wiring.orders import carry_out
from tests.neighbourhood import Neighbourhood
from tests.people.estate import COMMUNITY, FEW, PEOPLE, address, estate, may_see, sees
from tests.people.test_late import SETTLED_S
from tests.rules.ground import as_it_died, copy_at_death

KARI = record_id(address("kari"))
PUSHED, REMOVED = "users/addupdate", "users/delete"
DAY_S = 90_000
SOON_S = 45
"""After so long another service has the lease; what was on its way may still arrive."""
PARTS = 1 if "CONNECTOR_SOAK" in os.environ else 11
"""One call of so many."""
EVERYBODY = {"people.every": "0 * * * *", "people.max_age_h": 1, "sources.interaxo.audience_share": 1.0}
"""Each turn, and each delta, asks for all of them."""


def goes(near: Neighbourhood, what: str) -> Coroutine[Any, Any, object]:
    return near.app().take_turn("intranet") if what == "turn" else near.run(what)


async def dies(near: Neighbourhood, what: str, at: str | int, how: How) -> bool:
    """
    Let the process die at a call: nothing survives but what stands in the ledger then.

    Args:
        at: how the call's path ends, or its number.

    Returns:
        False where there was no such call.
    """
    copy, loop, first = near.folder / "at-death.db", asyncio.get_running_loop(), len(near.wire.calls)
    copy.unlink(missing_ok=True)

    def strike(call: Call) -> bool:
        is_it = call.number == first + at if isinstance(at, int) else call.path.endswith(at)
        if copy.exists() or not is_it:
            return False
        copy_at_death(near, copy)
        loop.call_soon(task.cancel)
        return True

    near.wire.add(Fault(strike, how))
    task = asyncio.ensure_future(goes(near, what))
    with suppress(asyncio.CancelledError):
        await task
    near.wire.faults.clear()
    if copy.exists():
        as_it_died(near, copy)
    return copy.exists()


def regroup(near: Neighbourhood, *groups: str, who: str = "kari") -> None:
    near.rooms.add_person(COMMUNITY, address(who), who.title(), address(who), groups=list(groups))


async def settle(near: Neighbourhood) -> None:
    """What was on its way arrives, and two deltas make it good."""
    await near.wire.run_late()
    for _ in range(2):
        near.clock.pass_seconds(SETTLED_S)
        await near.run("delta")


@pytest.mark.parametrize(("first", "second", "more"), [("turn", "turn", True), ("delta", "turn", False)])
async def test_what_a_dead_worker_sent_of_a_person_has_not_the_last_word(
    tmp_path: Path, first: str, second: str, more: bool
) -> None:
    """Her groups change, and change back before it arrives."""
    before, after = (["all"], ["all", "few"]) if more else (["all", "few"], ["all"])
    async with estate(tmp_path, "room") as (near, small):
        near.values |= EVERYBODY
        near.rooms.set_authorities(small.tunnel, FEW)
        regroup(near, *before)
        await near.run("full")
        near.clock.pass_seconds(2 * SETTLED_S)
        regroup(near, *after)
        assert await dies(near, first, PUSHED, LATE)
        regroup(near, *before)
        near.clock.pass_seconds(SOON_S)
        await goes(near, second)
        assert near.wire.late_calls == 1
        await settle(near)
        assert sees(near, "kari") == may_see(near, "kari")


@pytest.mark.parametrize("by", ["command", "delta"])
async def test_who_is_forgotten_after_a_worker_died_with_her_record_stays_out(
    tmp_path: Path, by: str
) -> None:
    async with estate(tmp_path, "room") as (near, _):
        near.values |= EVERYBODY
        await near.run("full")
        near.clock.pass_seconds(2 * SETTLED_S)
        regroup(near, "all", "few")
        assert await dies(near, "delta", PUSHED, LATE)
        await forget_kari(near, by)
        assert KARI not in near.intranet.users
        assert near.wire.late_calls == 1
        await settle(near)
        assert KARI not in near.intranet.users


async def forget_kari(near: Neighbourhood, by: str) -> None:
    """As `connector forget` orders it, carried out by the command itself or by a run."""
    app, now = near.app(), near.clock()
    key = "interaxo", f"{COMMUNITY}/{address('kari')}"
    with app.ledger() as ledger:
        for subject, done, told in (
            (key_id(*key), now, "{}"),
            (KARI, None, f'{{"keys": [["{key[0]}", "{key[1]}"]]}}'),
        ):
            ledger.orders("intranet").write(
                Order(
                    id=f"O{subject}",
                    target="intranet",
                    kind=OrderKind.FORGET,
                    about=About.PERSON,
                    subject=subject,
                    who="ola",
                    at=now,
                    told=told,
                    done_at=done,
                )
            )
        app.orders_file().merge(ledger)
    if by == "command":
        assert await carry_out(app, "intranet", app.options("intranet", Mode.DELTA)) == ""
    else:
        await near.run("delta")


@pytest.mark.parametrize(
    ("first", "second", "how"), [("turn", "turn", LATE), ("delta", "delta", RESET_AFTER)]
)
async def test_who_is_back_after_a_worker_died_while_it_took_her_out_finds_what_she_may_see(
    tmp_path: Path, first: str, second: str, how: How
) -> None:
    async with estate(tmp_path, "room") as (near, _):
        near.values |= EVERYBODY
        await near.run("full")
        near.clock.pass_seconds(2 * SETTLED_S)
        near.rooms.remove_person(COMMUNITY, address("kari"))
        assert await dies(near, first, REMOVED, how)
        regroup(near, "all")
        near.clock.pass_seconds(SOON_S)
        await goes(near, second)
        await settle(near)
        assert sees(near, "kari") == may_see(near, "kari") != set()


@pytest.mark.parametrize("how", [LATE, RESET_AFTER, RESET_BEFORE], ids=["late", "arrived", "lost"])
async def test_a_worker_dies_at_any_call_of_a_turn(tmp_path: Path, how: How) -> None:
    """One person leaves or comes back in each, one is given a group, one loses hers; another worker goes on soon."""
    async with estate(tmp_path, "room") as (near, small):
        near.values |= EVERYBODY | {"targets.intranet.batch_documents": 2}
        near.rooms.set_authorities(small.tunnel, FEW)
        await near.run("full")
        for n in count(1, PARTS):
            near.clock.pass_seconds(DAY_S)  # who leaves again and again is doubted within one
            regroup(near, *["all", "few"][: 1 + n % 2], who="kari")
            regroup(near, *["few", "all"][: 1 + (n + 1) % 2], who="ola")
            away = n % 4 < 2
            if away and (COMMUNITY, address("eva")) in near.rooms.people:
                near.rooms.remove_person(COMMUNITY, address("eva"))
            elif not away:
                regroup(near, "all", who="eva")
            if not await dies(near, "turn", n, how):
                break
            near.clock.pass_seconds(SOON_S)
            await goes(near, "turn" if n % 2 else "delta")
            await settle(near)
            for person in PEOPLE:
                there = (COMMUNITY, address(person)) in near.rooms.people
                assert sees(near, person) == (may_see(near, person) if there else set()), (n, person)
        assert n > PARTS
