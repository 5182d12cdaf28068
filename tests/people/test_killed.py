"""Who dies amid people's records leaves nothing that gives somebody too much, or takes what she may see, once others go on."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from connector.ledger.orders import About, Order, OrderKind
from connector.plan.item import Mode
from connector.ports.matching import key_id, record_id
from connector.sandbox.faults import LATE, RESET_AFTER, Call, Fault, How
from connector.wiring.ordering import carry_out
from tests.neighbourhood import Neighbourhood
from tests.people.estate import COMMUNITY, FEW, address, estate, may_see, sees
from tests.people.test_late import PEOPLE_DELETE, PEOPLE_PUSH, SETTLED_S
from tests.rules.ground import as_it_died, copy_at_death

KARI = record_id(address("kari"))
SOON_S = 45
"""After so long another service has the lease; what was on its way may still arrive."""
EVERYBODY = {"people.every": "0 * * * *", "people.max_age_h": 1, "sources.interaxo.audience_share": 1.0}
"""Each turn, and each delta, asks for all of them."""


def goes(near: Neighbourhood, what: str) -> Coroutine[Any, Any, object]:
    return near.app().take_turn("intranet") if what == "turn" else near.run(what)


async def dies(near: Neighbourhood, what: str, ending: str, how: How) -> None:
    """Let the process die at a call: nothing survives but what stands in the ledger then."""
    copy, loop = near.folder / "at-death.db", asyncio.get_running_loop()

    def strike(call: Call) -> bool:
        if copy.exists() or not call.path.endswith(ending.partition("*")[2]):
            return False
        copy_at_death(near, copy)
        loop.call_soon(task.cancel)
        return True

    near.wire.add(Fault(strike, how))
    task = asyncio.ensure_future(goes(near, what))
    with pytest.raises(asyncio.CancelledError):
        await task
    near.wire.faults.clear()
    as_it_died(near, copy)


def regroup(near: Neighbourhood, *groups: str) -> None:
    near.rooms.add_person(COMMUNITY, address("kari"), "Kari", address("kari"), groups=list(groups))


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
        await dies(near, first, PEOPLE_PUSH, LATE)
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
        await dies(near, "delta", PEOPLE_PUSH, LATE)
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
        assert await carry_out(app, "intranet", app.options("intranet", Mode.DELTA))
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
        await dies(near, first, PEOPLE_DELETE, how)
        regroup(near, "all")
        near.clock.pass_seconds(SOON_S)
        await goes(near, second)
        await settle(near)
        assert sees(near, "kari") == may_see(near, "kari") != set()
