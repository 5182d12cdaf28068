"""What is hidden while it is on its way for the first time leaves the search with the rest."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence

import msgspec
import pytest

from connector.ledger.orders import Order, OrderKind
from connector.removal.hiding import Hiding
from tests.builders import audience_of
from tests.desk import NOW, Desk
from tests.push.passive_intranet import A, Emptied, Later, make, push_of


@pytest.fixture
def desk(blank_desk: Desk) -> Desk:
    blank_desk.add_room("r1")
    return blank_desk


def hide(desk: Desk, subject: str, kind: OrderKind = OrderKind.HIDE) -> None:
    desk.books.orders.write(Order(id="O1", target="intranet", kind=kind, subject=subject, who="kari", at=NOW))


@pytest.mark.parametrize("kind", [OrderKind.HIDE, OrderKind.FORGET])
async def test_what_is_on_its_way_for_the_first_time_leaves_with_the_rest(
    desk: Desk, kind: OrderKind
) -> None:
    intranet = Emptied()
    outbox = make(desk, intranet)
    hiding = Hiding(desk.work, intranet, desk.books, outbox, desk.tally)  # type: ignore[arg-type]
    await outbox.add(push_of("ix-f1", audience_of(A)))
    flushing = asyncio.create_task(outbox.flush())
    await intranet.called.wait()
    desk.books.orders.write(Order(id="O1", target="intranet", kind=kind, subject="ix-r1", who="kari", at=NOW))
    looking = asyncio.create_task(hiding.look())
    await asyncio.sleep(0)
    intranet.take_effect(intranet.calls[0])
    intranet.reply(intranet.calls[0])
    await asyncio.gather(flushing, looking)
    assert not intranet.audiences
    assert desk.fact("ix-f1", "state") == "removed"


@pytest.mark.parametrize("first", ["push", "removal"])
async def test_what_moves_out_meanwhile_stays(desk: Desk, first: str) -> None:
    """Else the later one of its push and its removal, which nobody knows, would say whether it is there."""
    desk.add("ix-d1", "ix-r1")
    desk.add("ix-f1", "ix-d1")
    intranet = Emptied()
    outbox = make(desk, intranet)
    hiding = Hiding(desk.work, intranet, desk.books, outbox, desk.tally)  # type: ignore[arg-type]
    known = desk.documents.known(["ix-f1"])["ix-f1"]
    moved = msgspec.structs.replace(push_of("ix-f1", audience_of(A)), known=known)
    hide(desk, "ix-d1")
    intranet.removes.clear()
    if first == "push":
        await outbox.add(moved)
        flushing = asyncio.create_task(outbox.flush())
        await intranet.called.wait()
        intranet.take_effect(intranet.calls[0])
        looking = asyncio.create_task(hiding.look())
    else:
        looking = asyncio.create_task(hiding.look())
        await intranet.removed.wait()
        await outbox.add(moved)
        flushing = asyncio.create_task(outbox.flush())
    for _ in range(9):
        await asyncio.sleep(0)
    for call in list(intranet.calls):
        intranet.take_effect(call)
        intranet.reply(call)
    intranet.removes.set()
    await asyncio.gather(flushing, looking, intranet.play(random.Random(1), flushing))
    assert set(intranet.audiences) == {"ix-f1"}
    assert desk.fact("ix-f1", "state") == "live"
    assert desk.fact("ix-d1", "state") == "removed"


async def test_what_moves_out_one_after_the_other_stays(desk: Desk) -> None:
    """The first is answered, and not written down before the next one goes, which waits for a removal that waits for the first."""
    desk.add("ix-d1", "ix-r1")
    names = ("ix-f1", "ix-f2")
    for name in names:
        desk.add(name, "ix-d1")
    intranet = Emptied()
    outbox = make(desk, intranet, batch_documents=1, concurrency=1)
    hiding = Hiding(desk.work, intranet, desk.books, outbox, desk.tally)  # type: ignore[arg-type]
    known = desk.documents.known(names)
    for name in names:
        await outbox.add(msgspec.structs.replace(push_of(name, audience_of(A)), known=known[name]))
    flushing = asyncio.create_task(outbox.flush())
    await intranet.called.wait()
    hide(desk, "ix-d1")
    looking = asyncio.create_task(hiding.look())
    both = asyncio.gather(flushing, looking)
    await asyncio.gather(both, intranet.play(random.Random(1), both))  # type: ignore[arg-type]
    assert set(intranet.audiences) == set(names)
    assert [desk.fact(name, "state") for name in (*names, "ix-d1")] == ["live", "live", "removed"]


async def test_what_comes_after_it_goes_after_it(desk: Desk) -> None:
    """What moved out may be a folder, with something new in it."""
    desk.add("ix-d1", "ix-r1")
    desk.add("ix-f1", "ix-d1")
    intranet = Emptied()
    outbox = make(desk, intranet, batch_documents=1, concurrency=2)
    hiding = Hiding(desk.work, intranet, desk.books, outbox, desk.tally)  # type: ignore[arg-type]
    known = desk.documents.known(["ix-f1"])["ix-f1"]
    hide(desk, "ix-d1")
    intranet.removes.clear()
    looking = asyncio.create_task(hiding.look())
    await intranet.removed.wait()
    await outbox.add(msgspec.structs.replace(push_of("ix-f1", audience_of(A)), known=known))
    await outbox.add(push_of("ix-f2", audience_of(A)))
    flushing = asyncio.create_task(outbox.flush())
    for _ in range(9):
        await asyncio.sleep(0)
    assert not intranet.calls
    intranet.removes.set()
    await looking
    for _ in range(9):
        await asyncio.sleep(0)
    assert [call.ids for call in intranet.calls] == [{"ix-f1"}, {"ix-f2"}]
    await asyncio.gather(flushing, intranet.play(random.Random(1), flushing))


async def test_what_moved_out_before_the_intranet_answered_for_it_is_not_removed_later(desk: Desk) -> None:
    desk.add("ix-d1", "ix-r1")
    desk.add("ix-f1", "ix-d1")
    intranet = Emptied()
    outbox = make(desk, intranet)
    hiding = Hiding(desk.work, intranet, desk.books, outbox, desk.tally)  # type: ignore[arg-type]
    known = desk.documents.known(["ix-f1"])["ix-f1"]
    hide(desk, "ix-d1")
    intranet.silent = True
    await hiding.look()
    await outbox.add(msgspec.structs.replace(push_of("ix-f1", audience_of(A)), known=known))
    flushing = asyncio.create_task(outbox.flush())
    await asyncio.gather(flushing, intranet.play(random.Random(1), flushing))
    intranet.silent = False
    await hiding.look()
    await hiding.remove_met()
    assert set(intranet.audiences) == {"ix-f1"}
    assert desk.fact("ix-f1", "state") == "live"
    assert desk.fact("ix-d1", "state") == "removed"


class Slow(Emptied):
    """Takes its time before a removal has its effect, and before it is answered."""

    def __init__(self, dice: random.Random) -> None:
        super().__init__()
        self._dice = dice

    async def delete(self, ids: Sequence[str], *, lost: Callable[[], None] | None = None) -> None:
        for _ in range(self._dice.randrange(60)):
            await asyncio.sleep(0)
        await super().delete(ids)
        for _ in range(self._dice.randrange(60)):
            await asyncio.sleep(0)


@pytest.mark.parametrize("seed", range(30))
async def test_whatever_moves_meanwhile_the_ledger_and_the_intranet_agree(desk: Desk, seed: int) -> None:
    dice = random.Random(seed)
    desk.books = msgspec.structs.replace(desk.books, writer=Later(desk.ledger._database, dice))
    desk.add("ix-d1", "ix-r1")
    names = [f"ix-f{number}" for number in range(12)]
    for name in names[:8]:
        desk.add(name, dice.choice(["ix-d1", "ix-r1"]))
    intranet = Slow(dice)
    intranet.audiences = dict.fromkeys(["ix-d1", *names[:8]], audience_of(A))
    outbox = make(desk, intranet, batch_documents=dice.randrange(1, 4), concurrency=dice.randrange(1, 4))
    hiding = Hiding(desk.work, intranet, desk.books, outbox, desk.tally)  # type: ignore[arg-type]
    stands: dict[str, str] = {}

    async def walk() -> None:
        for name in dice.sample(names, len(names)):
            stands[name] = dice.choice(["/ix-r1/ix-d1", "/ix-r1"])
            known = desk.documents.known([name]).get(name)
            one = push_of(name, audience_of(A), f"{stands[name]}/{name}/")
            await outbox.add(msgspec.structs.replace(one, known=known))
        await outbox.flush()

    async def work() -> None:
        walking = asyncio.create_task(walk())
        for _ in range(dice.randrange(120)):
            await asyncio.sleep(0)
        hide(desk, "ix-d1")
        intranet.silent = dice.random() < 0.3
        await hiding.look()
        await walking
        intranet.silent = False
        await hiding.look()
        await hiding.remove_met()

    task = asyncio.create_task(work())
    await asyncio.gather(task, intranet.play(dice, task))
    shown = {name for name in names if stands[name] == "/ix-r1"}
    assert set(intranet.audiences) == shown
    assert {name for name in names if desk.fact(name, "state") == "live"} == shown
