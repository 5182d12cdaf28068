"""
Looks at the runs that ended, decides what is to be told, and tells it: beside the runs, and in nobody's way.

What is to be told stands in the ledger until it was told, so that a network that is down when a run fails for it does not
lose the news, and a restart neither. Runs of any process count: what is looked at is their history.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Set
from contextlib import AbstractContextManager
from typing import Any, Protocol

import msgspec
import structlog

from connector.document.durations import DAY_S, HOUR_S, pause_is_over
from connector.errors import LedgerAway, LedgerError
from connector.ledger.browse import Browse, PastRun
from connector.ledger.runs import GOOD
from connector.ledger.store import Ledger
from connector.machine.clock_jump import ClockJump
from connector.notify.events import (
    NONE_ENDS,
    NOT_STARTED,
    REFUSED,
    TAKEN,
    Event,
    Standing,
    What,
    counts_as,
    hear,
    says_how_it_stands,
    told_besides,
    unheard,
)
from connector.notify.mail import NotTold
from connector.notify.stored_state import NotifyState, Told, Waiting, keep_notify_state, read_notify_state
from connector.plan import words
from connector.plan.brake import Tripped
from connector.plan.findings import Code, Finding
from connector.plan.state_words import KILLED
from connector.secrets.hiding import HIDDEN, hidden

MOST_WAITING = 20
"""Events of one target that wait to be told; older ones are given up first."""
GIVEN_UP_S = DAY_S
"""What could not be told for so long is given up: nobody wants yesterday's alarm."""
PAUSES_S = (60.0, 120.0, 300.0, 900.0, 1_800.0)
"""Between the attempts to tell one thing; the last one repeats."""
OF_SETTINGS = "settings@"
"""What is kept of a service's settings stands under this and its machine, beside that of targets: none is called so."""
AWAKE_S = HOUR_S
"""Whoever was down, or asleep, has so long for a run before it is told that there was none; and a ledger that is away to come back."""


class Channel(Protocol):
    """One way of telling about runs."""

    name: str

    async def tell(self, event: Event) -> str:
        """
        Returns:
            Whom of several it did not reach, in words.

        Raises:
            NotTold: it reached nobody.
        """


class Unwritten(msgspec.Struct, frozen=True):
    """A run that was due, and that the ledger did not take."""

    why: LedgerError
    at: float
    """In seconds since 1970."""


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """What the settings say of telling."""

    targets: Mapping[str, Set[str]]
    """Each with its sources."""
    on: tuple[str, ...]
    withheld_runs: int
    channels: tuple[Channel, ...]
    """None of them: nothing is to be told to anybody."""
    late_after_s: float
    """So long no run came to its end before that is told."""


class Notifier:
    """Tells what is new whenever it is asked to look."""

    def __init__(
        self,
        telling: Callable[[], Telling],
        ledger: Callable[[], AbstractContextManager[Ledger]],
        *,
        clock: Callable[[], float],
        steady: Callable[[], float] | None,
        counted: Callable[[str, bool], None] = lambda _channel, _told: None,
        unwritten: Callable[[str], Unwritten | None] = lambda _target: None,
    ) -> None:
        """
        Args:
            telling: as the settings say now.
            steady: seconds that pass while the machine is awake, whoever sets its clock; None: the clock is never set.
            counted: hears of each attempt: the channel, and whether it reached somebody.
            unwritten: why the last run of a target could not be written down; None where it was, or none was due.
        """
        self._telling = telling
        self._ledger = ledger
        self._clock = clock
        self._counted = counted
        self._unwritten = unwritten
        self._clock_jump = ClockJump(clock, steady or clock)
        self._began = clock()
        """Since when a run, or the ledger, may be waited for."""
        self._without: dict[str, Waiting] = {}
        """What is told of targets while there is no ledger in which it could wait."""
        self._stands: dict[str, tuple[str, ...]] = {}
        """What was told of targets and stands, as their ledger had it last."""
        self._is_silent = False
        """Whether nobody is to be told, and what was kept for telling is given up."""
        self._log = structlog.get_logger()

    async def look(self) -> None:
        """
        Tell what is new and what is due.

        Raises:
            ConnectorError: the ledger cannot be used.
        """
        telling = self._telling()
        self._notice_a_jump()
        if not telling.channels:
            if not self._is_silent:
                await asyncio.to_thread(self._fall_silent, telling)
            self._is_silent = True
            return
        self._is_silent = False
        for target in telling.targets:
            unwritten = self._unwritten(target)
            try:
                state = await asyncio.to_thread(self._hear, telling, target)
            except LedgerError as error:
                await self._tell_without_a_ledger(telling, target, error)
                raise
            self._stands[target] = state.standing.told
            if unwritten is None or unwritten.at <= state.ended_at:
                self._without.pop(target, None)
            else:  # it can be read, and takes no run
                await self._tell_without_a_ledger(telling, target, unwritten.why)
            if any(is_over(one.next_try, self._clock()) for one in state.waiting):
                await self._tell(telling, target, state)

    def _notice_a_jump(self) -> None:
        """A clock that was set, or a machine that slept: no run had the time that passed by it."""
        if jump := self._clock_jump.look():
            self._began = self._clock()
            for one in self._without.values():
                one.since += jump

    def _fall_silent(self, telling: Telling) -> None:
        """Give up what waits to be told, and forget why something could not be: nobody is told any more."""
        with self._ledger() as ledger:
            notes = ledger.notes("")
            for target in telling.targets:
                state = read_notify_state(notes, target)
                if state is None or not (state.trouble or state.waiting):
                    continue
                for one in state.waiting:
                    if not one.reached:  # whoever is told from some day on hears of it, as long as it lasts
                        state.standing = unheard(state.standing, one.event)
                state.trouble, state.waiting = {}, []
                keep_notify_state(notes, target, state)

    async def look_at_settings(self, refused: str, *, host: str, runs: bool = True) -> None:
        """
        Tell that the service was refused its settings, or has taken them since that was told.

        Args:
            refused: why it was, a mistake a line; empty: it was not.
            host: its machine, where services on several share the ledger.
            runs: whether it goes on by those of before; else it could not start.

        Raises:
            ConnectorError: the ledger cannot be used.
        """
        telling, of = self._telling(), f"{OF_SETTINGS}{host}"
        if telling.channels:
            state = await asyncio.to_thread(self._hear_of_settings, telling, refused, host, runs)
            if any(is_over(one.next_try, self._clock()) for one in state.waiting):
                await self._tell(telling, of, state)

    def _hear_of_settings(self, telling: Telling, refused: str, host: str, runs: bool) -> NotifyState:
        with self._ledger() as ledger:
            notes, of = ledger.notes(""), f"{OF_SETTINGS}{host}"
            state = read_notify_state(notes, of) or NotifyState(number=0)
            outcome = (REFUSED if runs else NOT_STARTED) if refused else TAKEN
            told = (What.SETTINGS.value, *(() if runs else (outcome,)))
            standing = Standing(told=told if refused else ())
            if What.SETTINGS in telling.on and standing != state.standing:
                state.standing = standing
                why = tuple(refused.splitlines())
                event = Event(
                    what=What.SETTINGS,
                    target="",
                    run_id="",
                    mode="",
                    outcome=outcome,
                    at=self._clock(),
                    reasons=why,
                    untitled=why,
                    host=host,
                )
                self._tell_soon(telling, state, event)
                keep_notify_state(notes, of, state)
            return state

    # -- runs -------------------------------------------------------------------------------------

    def _hear(self, telling: Telling, target: str) -> NotifyState:
        """Look at the runs that ended since the last time; what is to be told is written down first."""
        with self._ledger() as ledger:
            notes, browse = ledger.notes(""), ledger.browse(target)
            state = read_notify_state(notes, target)
            if state is None:  # who is told from now on hears how it stands, and nothing of what was before
                state = NotifyState(number=browse.last_number(real=True) - 1)
            before = msgspec.json.encode(state)
            for gone in state.trouble.keys() - {one.name for one in telling.channels}:
                del state.trouble[gone]  # nobody is told by it any more
            told = self._without.get(target)
            for run in sorted(browse.runs(after=state.number), key=lambda one: one.number):
                if run.dry_run:  # its number is that of its end: an earlier one may be under way
                    continue
                if told is not None and (run.finished_at or run.started_at) >= told.event.at:
                    _take_over(told, state)
                    told = None
                state.number = run.number
                self._hear_of(telling, target, state, browse, run)
            if told is not None:
                _take_over(told, state)
            self._hear_of_none(telling, target, state, browse)
            for given_up in state.waiting[:-MOST_WAITING]:
                self._log.error("notify.given_up", what=given_up.event.what.value, why="too many wait")
            state.waiting = state.waiting[-MOST_WAITING:]
            if msgspec.json.encode(state) != before:
                keep_notify_state(notes, target, state)
            return state

    def _hear_of(
        self, telling: Telling, target: str, state: NotifyState, browse: Browse, run: PastRun
    ) -> None:
        """Hear of one run that ended; one that was asked for a part only, and went well, says nothing of the rest."""
        if run.outcome in GOOD and not run.whole:
            return
        ended_at = run.finished_at or run.started_at
        if says_how_it_stands(run.outcome):
            state.ended_at = ended_at
        codes = {one["code"] for one in run.report.get("findings", ())}
        leaks, lost = Code.ON_HOLD in codes, Code.LEDGER_LOST in codes
        unread = not all(one.get("complete", True) for one in run.report.get("sources", {}).values())
        ended_so = What.STALLED if Code.STALLED in codes else run.outcome
        state.standing, what = hear(
            state.standing,
            counts_as(state.standing, ended_so, on=telling.on, unread=unread),
            on=telling.on,
            withheld_runs=telling.withheld_runs,
            leaks=leaks,
            lost=lost,
        )
        if what is not None:
            event = _event(what, target, run, state, at=ended_at)
            none_good = browse.last_good(telling.targets[target], before=run.number) is None
            self._tell_soon(
                telling, state, msgspec.structs.replace(event, leaks=leaks, lost=lost, none_good=none_good)
            )

    def _hear_of_none(self, telling: Telling, target: str, state: NotifyState, browse: Browse) -> None:
        """Hear that no run comes to its end any more, whatever keeps them: none of them would tell it."""
        now = self._clock()
        if state.number > 0 and not 0 < state.ended_at <= now:
            state.ended_at = now
        known = What.LATE not in telling.on or not NONE_ENDS.isdisjoint(state.standing.told)
        if known or now - state.ended_at <= telling.late_after_s or now - self._began < AWAKE_S:
            return
        if (last := browse.last_real()) is not None:
            state.standing = told_besides(state.standing, What.LATE)
            self._tell_soon(telling, state, _event(What.LATE, target, last, state, at=state.ended_at))

    def _tell_soon(self, telling: Telling, state: NotifyState, event: Event) -> None:
        state.waiting.append(_waiting(telling, event, since=self._clock()))

    async def _tell(self, telling: Telling, target: str, state: NotifyState) -> None:
        now = self._clock()  # it may have been set back since somebody looked: then nothing is due
        last = max(
            (place for place, one in enumerate(state.waiting) if is_over(one.next_try, now)), default=-1
        )
        due = state.waiting[: last + 1]  # in their order: an older all-clear never comes after a newer alarm
        for one in due:
            self._take_up(one)
        # first: where nothing can be written down, the same would be told in each look
        await asyncio.to_thread(self._save, target, state)
        try:
            for one in due:
                try:
                    await self._tell_by_all(telling, one, state)
                finally:  # also where one cannot be told for a bug of ours
                    self._give_up_what_is_old(state, one)
        finally:  # a look that is cut off keeps whom it reached: nobody is told twice, and no channel waits for one that hangs
            state.waiting = [one for one in state.waiting if one.left]
            await asyncio.to_thread(self._save, target, state)

    def _take_up(self, one: Waiting) -> None:
        one.next_try = self._clock() + pause_after(one.tries)
        one.tries += 1

    async def _tell_by_all(self, telling: Telling, one: Waiting, state: NotifyState) -> None:
        channels = {one.name: one for one in telling.channels}

        async def by(name: str) -> None:
            if name not in channels:
                one.left.remove(name)
            elif await self._reached(channels[name], one.event, state):
                one.left.remove(name)
                one.reached = True

        await asyncio.gather(*(by(name) for name in list(one.left)))

    async def _tell_without_a_ledger(self, telling: Telling, target: str, error: LedgerError) -> None:
        """
        Tell of what leaves no trace in the ledger, once by each channel: a run that was due and could not be written down, at once, as of
        any that fails; else, and where a database does not answer, that there is none, after a while in which it may come back.
        """
        now, unwritten = self._clock(), self._unwritten(target)
        error, at = (unwritten.why, unwritten.at) if unwritten else (error, now)
        is_failed = unwritten is not None and not isinstance(error, LedgerAway)
        what = What.FAILED if is_failed else What.LATE
        one = self._without.get(target)
        if one is None or (is_failed and not one.tries):
            why = (hidden(str(error)),)
            event = Event(
                what=what,
                target=target,
                run_id="",
                mode="",
                outcome=what.value if is_failed else "",
                at=at,
                reasons=why,
                untitled=why,
            )
            one = self._without[target] = _waiting(telling, event, since=one.since if one else now)
        waits = one.event.what is What.LATE and now - one.since < AWAKE_S
        is_known = one.event.what in self._stands.get(target, ())
        if one.event.what in telling.on and not waits and not is_known and is_over(one.next_try, now):
            self._take_up(one)
            await self._tell_by_all(telling, one, NotifyState(number=0))

    def _give_up_what_is_old(self, state: NotifyState, one: Waiting) -> None:
        if one.left and self._clock() - one.since > GIVEN_UP_S:
            self._log.error("notify.given_up", what=one.event.what.value, channels=one.left)
            one.left = []
            if not one.reached:  # as long as it lasts, a later run tells it
                state.standing = unheard(state.standing, one.event)

    async def _reached(self, channel: Channel, event: Event, state: NotifyState) -> bool:
        try:
            missed = await channel.tell(event)
        except NotTold as error:
            self._counted(channel.name, False)
            state.trouble[channel.name] = str(error)
            state.trouble_at = self._clock()
            self._log.error("notify.failed", channel=channel.name, what=event.what.value, why=str(error))
            return False
        self._counted(channel.name, True)
        state.last = Told(what=event.what, run_id=event.run_id, by=channel.name, at=self._clock())
        state.trouble.pop(channel.name, None)
        if missed:
            state.trouble[channel.name], state.trouble_at = missed, self._clock()
        self._log.info("notify.told", channel=channel.name, what=event.what.value, run_id=event.run_id)
        return True

    def _save(self, target: str, state: NotifyState) -> None:
        with self._ledger() as ledger:
            notes = ledger.notes("")
            _take_words(state, read_notify_state(notes, target))
            keep_notify_state(notes, target, state)


def _waiting(telling: Telling, event: Event, *, since: float) -> Waiting:
    return Waiting(event=event, left=[one.name for one in telling.channels], since=since)


def _take_over(told: Waiting, state: NotifyState) -> None:
    """What was told while there was no ledger stands there from now on, between what ended before and after it."""
    if told.tries and told.event.what not in state.standing.told:
        state.standing = told_besides(state.standing, told.event.what)
        state.waiting += [told] if told.left else []


def _take_words(state: NotifyState, stored: NotifyState | None) -> None:
    """What waits says what is stored: who or what was forgotten since it was read is erased there."""

    def place(event: Event) -> tuple[str, What, str, float]:
        """News of settings are of no run: what became of them, and when, tells these apart."""
        return event.run_id, event.what, event.outcome, event.at

    told = {place(one.event): one.event for one in stored.waiting} if stored else {}
    for one in state.waiting:
        one.event = told.get(place(one.event), one.event)


def is_over(pause_ends: float, now: float) -> bool:
    """Whether it is time to try again."""
    return pause_is_over(pause_ends, now=now, longest=PAUSES_S[-1])


def pause_after(tries: int) -> float:
    """How long is waited after so many attempts, in seconds."""
    return PAUSES_S[min(tries, len(PAUSES_S) - 1)]


def _event(what: What, target: str, run: PastRun, state: NotifyState, *, at: float) -> Event:
    return Event(
        what=what,
        target=target,
        run_id=run.id,
        mode=run.mode,
        outcome=run.outcome,
        at=at,
        runs=state.standing.withheld,
        **_reasons(run.id, run.report),
    )


def _reasons(run_id: str, report: Mapping[str, Any]) -> dict[str, Any]:
    """The reasons of a run with and without titles, their codes, and its counts; one that left no report was killed."""
    killed = () if report else (f"{KILLED}.",)
    return {
        "reasons": tuple(report.get("reasons", killed)),
        "untitled": tuple(_untitled(run_id, report)) or killed,
        "codes": tuple(dict.fromkeys(one["code"] for one in report.get("findings", ()))),
        "documents": dict(report.get("documents", {})),
    }


def _untitled(run_id: str, report: Mapping[str, Any]) -> list[str]:
    """What a run found in words that name no document but by its id: the same sentences, in the same order, as its reasons."""
    found: list[Finding] = []
    unsaid: list[str] = []
    for one in report.get("findings", ()):
        try:
            finding = _finding(one)
            words.say(finding, run_id=run_id)
        except (ValueError, KeyError, AttributeError, TypeError, msgspec.ValidationError):
            unsaid.append(str(one["code"]))  # a newer release wrote it
        else:
            found.append(finding)
    return [str(hidden(said)) for said in (*words.say_all(found, run_id=run_id), *unsaid)]


def _finding(told: Mapping[str, Any]) -> Finding:
    """A finding of a report without the title of its document, also where others name it in what they say; else its values as they were found."""
    values = dict(told["values"])
    if title := values.get("title"):
        values = {
            key: one.replace(title, HIDDEN) if isinstance(one, str) else one for key, one in values.items()
        }
        values["title"] = ""
    if "tripped" in values:
        values["tripped"] = msgspec.convert(values["tripped"], list[Tripped])
    return Finding(Code(told["code"]), values)
