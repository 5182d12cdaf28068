"""A seat of somebody else's run: taken, opened with its part of the calls, and walked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import replace

import msgspec

from connector.errors import ConnectorError, Stopped
from connector.ledger.shards import SeatKey, Shards, Taken
from connector.plan.context import open_books
from connector.ports.engine import Seat
from connector.runs.parts import Opened
from connector.runs.seat import SeatWalk, leave_to_its_release, settle_earlier, why_left
from connector.runs.walk_messages import Terms, is_of_this_release, read_terms, read_work, write
from connector.wiring.opening import Opening

LOOK_S = 0.1
"""How often whoever is expected looks whether there is something to walk: a run that lists its sources may take minutes, and does it once."""
SOON_S = 5.0
LOOK_SOON_S = 0.02
"""So long after the offer, and so often: most runs have listed them by then, and every one waits for the last of those who look."""


async def sit(
    app: Opening,
    seat: Seat,
    member: str,
    *,
    stopping: Callable[[], bool],
    begins: Callable[[], None] = lambda: None,
) -> bool:
    """
    Wait until the run knows what a seat is about, take it, and walk rooms until none waits any more.

    Args:
        begins: called once it is taken: who waits has nothing in hand.

    Returns:
        Whether it was taken: the run may be over, or need it no more.

    Raises:
        LeaseLost: the run is over, or somebody else has the seat by now. ConnectorError: what is not done waits for others.
    """
    with app.ledger() as ledger:
        shards = ledger.shards(seat.target)
        place = SeatKey(seat.run, seat.source, seat.number)
        offered = time.monotonic()
        while shards.awaits(place, now=app.now()):
            if stopping():
                return False
            await asyncio.sleep(LOOK_SOON_S if time.monotonic() - offered < SOON_S else LOOK_S)
        taken = shards.take(place, member)
        if taken is None:
            return False
        if not is_of_this_release(taken.terms):
            leave_to_its_release(shards, taken)
            return True
        begins()
        settle_earlier(open_books(ledger, seat.target), shards, taken)
        settings = app.settings
        if seat.target not in settings.targets or seat.source not in settings.sources:
            _refuse(shards, taken, "the settings here have no such target or source")
            return True
        part = _with_part_of_calls(app.stopped_by(stopping), seat, read_terms(taken.terms))
        async with AsyncExitStack() as stack:
            try:
                target = await stack.enter_async_context(part.target(seat.target, ledger))
                stack.enter_context(app.lock(target.key))  # against whoever works here with another ledger
                reads = settings.sources[seat.source].reads_files()
                texts = await stack.enter_async_context(app.texts()) if reads else None
                source = await stack.enter_async_context(part.source(seat.source, ledger, texts))
            except (ConnectorError, OSError) as error:  # a disk that is full: nothing was sent
                _refuse(shards, taken, why_left(error))
                raise
            opened = Opened(
                ledger=ledger,
                target=target,
                sources=[source],
                configured=app.sources_of(seat.target),
                recall=texts.recall if texts else lambda _: None,
                files_by=settings.text.files_by,
            )
            with suppress(Stopped):  # what is not done waits for others
                await SeatWalk(opened, shards, place, taken, clock=app.clock, stopping=stopping).go()
    return True


def _refuse(shards: Shards, taken: Taken, why: str) -> None:
    """Leave a seat as it was."""
    shards.leave(write(msgspec.structs.replace(read_work(taken.told), trouble=why)))


def _with_part_of_calls(app: Opening, seat: Seat, terms: Terms) -> Opening:
    """The same connector, with the seat's part of the source's calls, and all of the pushes that seats have together."""
    source, target = app.settings.sources[seat.source], app.settings.targets[seat.target]
    per_s = getattr(source, "calls_per_s", 0) * terms.share
    calls = terms.part_of(seat.number, terms.calls)
    settings = app.settings.model_copy(
        update={
            "sources": {seat.source: source.model_copy(update={"concurrency": calls, "calls_per_s": per_s})},
            # what goes out at once the walk decides, and it may come to have more
            "targets": {seat.target: target.model_copy(update={"concurrency": terms.pushes})},
        }
    )
    return app.changed(replace(app.loaded, settings=settings))
