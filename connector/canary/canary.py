"""
Renews the document of our own after each run, looks for it in the intranet's search, and says what that proves.

It works beside the runs and in nobody's way: it takes no lease, holds up no batch, and nothing that befalls it is a fault of a
run. Only one thing that it finds out binds a run: that a stranger finds it. That is written down before anything else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from secrets import token_hex
from typing import Concatenate, ParamSpec, TypeVar

import msgspec
import structlog

from connector.canary.own_document import IDENTITY, TEXT_FIRST, canary_id, mark_of, title_word, write_canary
from connector.canary.stored_state import (
    CanaryState,
    forget_canary_state,
    keep_canary_state,
    read_canary_state,
)
from connector.canary.watching import Look, is_due, is_late, later, looked, renewed
from connector.errors import ConnectorError
from connector.ledger.notes import Notes
from connector.ledger.on_hold import (
    Hold,
    is_tested_elsewhere,
    lift_hold,
    note_tested,
    put_on_hold,
    read_hold,
)
from connector.ledger.store import Ledger
from connector.plan.words import on_hold
from connector.ports.matching import Matching, record_id
from connector.ports.search import NotSearched, Searcher, SearchReader
from connector.ports.target import Stamp, Target

P = ParamSpec("P")
T = TypeVar("T")
ONE_OF_OURS = (
    "canary.person is somebody whom the sources name, too: name a test account of its own, which no room and no file of "
    "people knows."
)
NOT_KNOWN = "Nobody in the intranet, or more than one, is found by canary.person: check it, and targets.{target}.people.match."
NOT_HERE = (
    "Another service with this ledger had a search test for this target within the last hour; this one, which looks for all of them, has "
    "none. So nobody looks, and a hold goes on. Set [canary] here, too, or remove it everywhere: an hour later a hold ends"
)


AGAIN_S = 60.0
"""After trouble it is tried again so soon."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What the settings say of the canary."""

    target: str
    key: str
    """Of the intranet: host, tenant and appid."""
    url: str
    """Where its link leads."""
    person: Searcher
    stranger: Searcher
    search: SearchReader
    patience_s: float
    matching: Matching


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """What the canary works with."""

    plan: Callable[[], Plan | None]
    """As the settings say now; None: there is to be none."""
    keys: Callable[[], dict[str, str]]
    """Every target of the settings, with the key of its intranet."""
    ledger: Callable[[], AbstractContextManager[Ledger]]
    target: Callable[[str], AbstractAsyncContextManager[Target]]
    """Opens a target whose documents and people no session removes."""
    clock: Callable[[], float]


class Canary:
    """One document, and two people who look for it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._left_to_others: set[str] = set()
        """Targets that only another service has a search test for: it was said."""
        self._log = structlog.get_logger()

    async def look(self) -> None:
        """
        Renew it where a run has ended, look for it where that is due, take it away where it is not wanted any more.

        Raises:
            ConnectorError: the ledger cannot be used.
        """
        plan = self._desk.plan()
        keys = self._desk.keys()
        unwanted = [name for name in keys if plan is None or plan.target != name]
        for target in await asyncio.to_thread(self._which_have_one, unwanted):
            # whether or not it can be taken away: nobody looks any more
            await self._noted(lift_hold, target)
            await self.take_away(target, keys[target])
        if plan is None:
            return
        state, ended, is_ours = await asyncio.to_thread(self._read, plan)
        if state.trouble and 0 <= self._desk.clock() - state.trouble_at < AGAIN_S:
            return
        if state.key and state.key != plan.key:
            if not await self._begin_elsewhere(plan, state):
                return
            state = CanaryState(number=state.number)
        if is_ours:
            if not state.key or await self.take_away(plan.target, plan.key):
                await self._trouble(plan, CanaryState(trouble=state.trouble), ONE_OF_OURS)
            return
        if ended > state.number and not await self._renew(plan, state, ended):
            return
        if is_due(state, now=self._desk.clock()):
            await self._search(plan, state)

    async def stand_by(self) -> None:
        """
        Say in a ledger that services share that there is to be one: another service may have none in its settings.

        Raises:
            ConnectorError: the ledger cannot be used.
        """
        if (plan := self._desk.plan()) is not None:
            await self._noted(note_tested, plan.target, now=self._desk.clock())

    async def take_away(self, target: str, key: str) -> bool:
        """
        Take it out of the intranet where it stands there.

        Returns:
            Whether it is gone.
        """
        state = await self._noted(read_canary_state, target)
        if state is None:
            return True
        if state.key == key:
            try:
                async with self._desk.target(target) as intranet:
                    await intranet.delete([canary_id(key)])
                    await intranet.delete_people([canary_id(key)])
            except ConnectorError as error:
                self._log.error("canary.left", target=target, why=str(error))
                return False
        await self._noted(forget_canary_state, target)
        self._log.info("canary.taken_away", target=target)
        return True

    # -- what a look does ----------------------------------------------------------------------

    async def _begin_elsewhere(self, plan: Plan, state: CanaryState) -> bool:
        """
        Begin anew at another address than before: what stood there is out of reach, and a hold for it ends.

        It may be the same intranet by another name: then the note beside the document says that the stranger found it.

        Returns:
            Whether that is known; until then a hold stays.
        """
        try:
            async with self._desk.target(plan.target) as intranet:
                note = await intranet.state(canary_id(plan.key))
        except ConnectorError as error:
            await self._trouble(plan, state, str(error))
            return False
        if not (note.exists and note.count):
            await self._noted(lift_hold, plan.target)
        await self._noted(keep_canary_state, plan.target, CanaryState(number=state.number))
        return True

    async def _renew(self, plan: Plan, state: CanaryState, run: int) -> bool:
        """Push it with a new word; says whether it was accepted."""
        word, now = TEXT_FIRST + token_hex(6), self._desk.clock()
        if not state.key:
            state.key = plan.key  # it may arrive whatever is heard of it: to be taken away one day
            await self._noted(keep_canary_state, plan.target, state)
        try:
            await self._push(plan, [*(one.word for one in state.waiting), word], run=run)
        except ConnectorError as error:
            await self._trouble(plan, state, str(error))
            return False
        renewed(state, word, run=run, now=now)
        await self._noted(keep_canary_state, plan.target, state)
        return True

    async def _push(self, plan: Plan, words: list[str], *, run: int) -> None:
        """
        Raises:
            ConnectorError: it was not accepted.
        """
        hold, ledger = await asyncio.to_thread(self._standing, plan.target)
        identifier = canary_id(plan.key)
        document = write_canary(plan.key, plan.url, words, now=self._desk.clock())
        async with self._desk.target(plan.target) as intranet:
            people = await intranet.push_people(
                [(identifier, plan.matching.normalise(plan.person.name), (IDENTITY,))]
            )
            if people.not_found:
                raise ConnectorError(NOT_KNOWN.format(target=plan.target))
            if not people.accepted:
                raise ConnectorError(
                    f"Interact did not take the test person: {''.join(people.refused.values()) or 'no answer'}."
                )
            stamp = Stamp(ledger=ledger, run=run, count=int(hold is not None))
            result = await intranet.push([(intranet.format.render(document), stamp)])
            if not result.accepted:
                why = "".join(result.refused.values()) or result.words
                raise ConnectorError(f"Interact did not take the search test: {why}.")

    async def _search(self, plan: Plan, state: CanaryState) -> None:
        """Look for it as both."""
        now = self._desk.clock()
        try:
            leaked = await self.leaks(plan, state)
            if leaked:
                await self._hold(plan, state)
            look = await self._seen(plan, state)
        except NotSearched as error:
            later(state, now=now)
            await self._trouble(plan, state, str(error))
            return
        before = len(state.lags)
        state.trouble = ""
        looked(state, look, now=self._desk.clock())
        for lag in state.lags[before:]:
            self._log.info("canary.found", target=plan.target, seconds=round(lag.seconds))
        if is_late(state, now=self._desk.clock(), patience_s=plan.patience_s) and not state.late:
            state.late = True
            self._log.warning(
                "canary.late", target=plan.target, minutes=round((now - state.waiting[0].at) / 60)
            )
        await self._noted(keep_canary_state, plan.target, state)

    async def leaks(self, plan: Plan, state: CanaryState) -> bool:
        """
        Whether the stranger finds any state of it.

        Raises:
            NotSearched: nothing is known.
        """
        mark = mark_of(plan.key)
        words = [mark, *(one.word for one in state.waiting[-1:])]
        for one in words:  # what one search shows is known, whatever becomes of the next
            if await plan.search.finds(plan.stranger, one, mark):
                return True
        return False

    async def _seen(self, plan: Plan, state: CanaryState) -> Look:
        mark, waiting = mark_of(plan.key), state.waiting

        async def finds(words: str) -> bool:
            return await plan.search.finds(plan.person, words, mark)

        if await finds(waiting[-1].word):
            return Look(newest=True)
        return Look(
            newest=False,
            oldest=len(waiting) > 1 and await finds(waiting[0].word),
            titled=await finds(title_word(waiting[-1].word)),
        )

    async def _hold(self, plan: Plan, state: CanaryState) -> None:
        """A stranger finds it: written down first, then beside the document, which outlives a ledger."""
        if not await self._noted(put_on_hold, plan.target, now=self._desk.clock()):
            return
        self._log.error("canary.leak", target=plan.target, why=on_hold(plan.target))
        try:
            await self._push(plan, [one.word for one in state.waiting], run=state.number)
        except ConnectorError as error:
            self._log.warning("canary.hold_unnoted", target=plan.target, why=str(error))

    async def _trouble(self, plan: Plan, state: CanaryState, words: str) -> None:
        if state.trouble != words:
            self._log.warning("canary.failed", target=plan.target, why=words)
        state.trouble, state.trouble_at = words, self._desk.clock()
        await self._noted(keep_canary_state, plan.target, state)

    # -- `check` ---------------------------------------------------------------------------------

    async def test(self) -> tuple[bool, str] | None:
        """
        Search as both, now; a hold ends where the stranger finds nothing and the person does.

        Returns:
            Whether it is well, and what is to be said; None where there is no canary.

        Raises:
            ConnectorError: the ledger cannot be used.
        """
        plan = self._desk.plan()
        if plan is None:
            return None
        state, _, is_ours = await asyncio.to_thread(self._read, plan)
        if is_ours:
            return False, ONE_OF_OURS
        mark = mark_of(plan.key)
        try:
            leaked = await self.leaks(plan, state)
            found = await plan.search.finds(plan.person, mark, mark)
        except NotSearched as error:
            return False, str(error)
        hold = (await asyncio.to_thread(self._standing, plan.target))[0]
        if leaked:
            await self._noted(put_on_hold, plan.target, now=self._desk.clock())
            return False, on_hold(plan.target)
        if state.trouble:
            return False, state.trouble
        if not found:
            if hold is not None:
                return (
                    False,
                    f"{plan.target} stays on hold: nobody finds the search test now, which proves nothing.",
                )
            if state.key:
                return (
                    True,
                    "Search was asked as both test people; neither finds the search test now (it may be on its way).",
                )
            return True, "Search was asked as both test people. The first run sends the search test."
        if hold is not None:
            await self._noted(lift_hold, plan.target)
            return (
                True,
                f"The stranger does not find the search test any more: {plan.target} is not on hold any longer.",
            )
        return True, "The person who may see the search test finds it, and the stranger does not."

    # -- the ledger --------------------------------------------------------------------------------

    async def _noted(self, do: Callable[Concatenate[Notes, P], T], *given: P.args, **named: P.kwargs) -> T:
        """Do something with the notes of the whole ledger, in a thread."""

        def work() -> T:
            with self._desk.ledger() as ledger:
                return do(ledger.notes(""), *given, **named)

        return await asyncio.to_thread(work)

    def _read(self, plan: Plan) -> tuple[CanaryState, int, bool]:
        """What is kept; the newest run that ended; whether the sources name the test person, too."""
        with self._desk.ledger() as ledger:
            state = read_canary_state(ledger.notes(""), plan.target) or CanaryState()
            runs = ledger.browse(plan.target).runs(after=state.number)
            ended = max((one.number for one in runs if not one.dry_run), default=0)
            identifier = record_id(plan.matching.normalise(plan.person.name))
            return state, ended, bool(ledger.people(plan.target).records([identifier]))

    def _which_have_one(self, targets: Sequence[str]) -> list[str]:
        """Those of which something is kept: of the search test, or of a hold, which may be told of by the intranet alone; nobody else has one."""
        with self._desk.ledger() as ledger:
            notes, now = ledger.notes(""), self._desk.clock()
            having = [one for one in targets if read_canary_state(notes, one) or read_hold(notes, one)]
            elsewhere = {one for one in having if is_tested_elsewhere(notes, one, now=now)}
        for target in sorted(elsewhere - self._left_to_others):
            self._log.warning("canary.not_here", target=target, why=NOT_HERE)
        self._left_to_others = elsewhere
        return [one for one in having if one not in elsewhere]

    def _standing(self, target: str) -> tuple[Hold | None, str]:
        with self._desk.ledger() as ledger:
            return read_hold(ledger.notes(""), target), ledger.id
