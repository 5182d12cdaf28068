"""
The state of things in one sentence, with why, and what to do about it: the first thing on the page. PURE.

Everything that is the matter is told, the worst first: that one is the headline, the others follow it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from connector.document.counting import counted
from connector.document.states import Outcome
from connector.plan.findings import EFFECTS, Code, Effect
from connector.plan.report import deciding_reason
from connector.plan.state_words import KILLED, lacks
from connector.plan.tally import FIRST_FINDINGS

GOOD, WARNING, BAD = "good", "warning", "bad"
UNSCHEDULED = "schedule.delta and schedule.full are empty"
UNFINISHED: dict[str, str] = {
    Outcome.BRAKED: "The last run was braked",
    Outcome.WITHHELD: "Something is withheld: additions and updates go on",
    Outcome.CANCELLED: "The last run was stopped before its end",
}
"""How a run ended that left something."""
BEHIND: dict[str, str] = {
    **dict.fromkeys(
        (Code.UNANSWERED, Code.UNANSWERED_ONE),
        "Search may lack documents: Interact did not confirm what was sent",
    ),
    Code.NOTHING_CHOSEN: "Search may lack what changed in a source: the settings choose nothing of it",
    **dict.fromkeys(
        (Code.AUDIENCE_UNREAD, Code.AUDIENCE_UNKNOWN, Code.AUDIENCES_UNKNOWN),
        "Search may lack what is new: not every list of readers could be read",
    ),
    **dict.fromkeys(
        (Code.UNREADABLE, Code.UNREADABLE_IN_PART),
        "Search may lack what changed: not every document could be read",
    ),
}
"""Findings with which additions and updates are not known to go on."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What to do: a page to look at, or a command to type."""

    words: str
    path: str = ""
    """The page; empty where there is none for it."""
    command: str
    """What is typed; where there is a page: to see the same in a terminal."""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is the matter, or that nothing is."""

    tone: str
    words: str
    why: str = ""
    steps: tuple[Step, ...] = ()


class Last(msgspec.Struct, frozen=True, kw_only=True):
    """The newest run that ended and was no rehearsal."""

    id: str
    outcome: str
    report: Mapping[str, Any]


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the headline is made of."""

    last: Last | None
    running: bool
    late: bool
    """The last good run is older than `service.ready_after_h`, or there is none."""
    ready_after_h: float
    none_good: bool = False
    """No run was good yet."""
    partly: bool = False
    """No run was good yet, and none was to read everything: only some rooms or sources were loaded."""
    idle: bool = False
    """Not even a run was begun for so long."""
    was_due: bool = True
    """The schedule had one begin since the last one did."""
    scheduled: bool = True
    """The schedule begins runs at all."""
    restored: bool = False
    """The ledger is as it was before runs that were done, and none was done since."""
    gone: bool = False
    """Another ledger stood in the place of this one, which knows nothing yet."""
    missing: str = ""
    """Where no ledger is; empty where there is one."""
    unknown_rest: bool = False
    """The intranet may have documents of another ledger that this one does not know."""
    waiting: int = 0
    """Documents and people that wait for a decision."""
    waiting_since: str = ""
    """The newest run that put something of it on hold."""
    waiting_why: str = ""
    """Why most of them wait."""
    parked: int = 0
    parked_why: str = ""
    """Why most of them are in quarantine."""
    refused: str = ""
    """Why the settings were refused when they were read last."""
    differ: str = ""
    """In what settings differ of services that share the ledger."""
    services: int = 0
    """So many work with a ledger in a file, each of which does what is due."""
    unwritten: str = ""
    """Why no run could be written down since the last one that is known; empty where none had to."""
    full: str = ""
    """Why hardly anything can be written where the ledger is; empty where there is room."""
    unreadable: str = ""
    """Why it cannot be read what people hid; empty where it can."""
    on_hold: str = ""
    """Why nothing new is sent; empty where it is."""
    ordered: int = 0
    """Orders to hide or forget that nobody has carried out yet."""
    to_erase: int = 0
    """What is to be forgotten, is out of the intranet, and is not erased here."""
    search: str = ""
    """What is wrong with the search test; empty where nothing is."""


def states(facts: Facts) -> list[State]:
    """Tell what is the matter, the worst first; one thing at least."""
    found = sorted(_found(facts), key=lambda one: one.tone != BAD)
    return found or [State(tone=GOOD, words="Everything is up to date")]


def _found(facts: Facts) -> Iterator[State]:
    yield from _of_settings_and_hold(facts)
    yield from _of_orders(facts)
    if facts.last is None:
        yield from _of_erasures(facts)
        yield _nothing_yet(facts)
        return
    yield from _of_a_failure(facts.last, facts)
    if facts.restored:
        yield State(
            tone=WARNING,
            words="The ledger was put back, and no run was done since",
            why="It does not know what was done after it was copied, so what is told here may not be so until the next run ends",
            steps=(Step(words="To do it now:", command="connector sync --mode full"),),
        )
    if facts.unknown_rest:
        yield State(
            tone=WARNING,
            words="What is gone from its source may still be found",
            why="Another ledger sent documents that this one does not know: this one is new or was put back, or another connector writes "
            "there. If the disk of the former one is only not mounted, what people hid may be found again: stop the service, mount the disk, and start the service. "
            "Else a full run that ends its session takes away what is left of them",
            steps=(Step(words="To do it now:", command="connector sync --mode full"),),
        )
    if facts.late:
        yield _late(facts)
    unfinished = list(_of_an_unfinished_run(facts, facts.last))
    # what waits for a person keeps nothing out of the search, and this may
    lacking = facts.last.outcome == Outcome.CANCELLED or bool(_behind(facts.last))
    yield from unfinished if lacking else ()
    yield from _of_what_waits(facts)
    yield from _of_erasures(facts)
    yield from () if lacking else unfinished
    if facts.search:
        yield State(tone=WARNING, words="Search is not proven to be up to date", why=facts.search)
    if facts.parked:
        yield State(
            tone=WARNING,
            words=f"{counted(facts.parked, 'document is', 'documents are')} in quarantine",
            why=f"Most often: {facts.parked_why}"
            if facts.parked > 1 and facts.parked_why
            else facts.parked_why,
            steps=(Step(words="See which, and why", path="/quarantine", command="connector quarantine"),),
        )


def _of_settings_and_hold(facts: Facts) -> Iterator[State]:
    """What is so whether or not a run was done."""
    if facts.refused:
        yield State(
            tone=BAD,
            words="The settings were refused: runs go on by the former ones",
            why=f"What is wrong: {facts.refused}",
            steps=(
                Step(
                    words="Correct them, then reload the service, or restart it where that is said. To see what else is wrong:",
                    command="connector check",
                ),
            ),
        )
    if facts.differ:
        yield State(
            tone=WARNING,
            words="Services with this ledger go by different settings, so who finds what depends on which of them does the run",
            why=f"{facts.differ}. Give each of them the same settings, then reload each",
            steps=(Step(words="See who works", path="/workers", command="connector workers"),),
        )
    if facts.services > 1:
        yield State(
            tone=WARNING,
            words=f"{facts.services} services work with this ledger, so each run that is due is done by all of them",
            why="They never write at the same time, but each of them asks the sources. End all but one",
        )
    if facts.unwritten:
        yield State(
            tone=BAD,
            words=f"No run can be done: {lacks(none_good=facts.none_good)}",
            why=facts.unwritten,
            steps=(
                Step(
                    words="When it is mended, the next run goes on. To see what else is wrong:",
                    command="connector check",
                ),
            ),
        )
    elif facts.full:
        yield State(
            tone=BAD,
            words="The disk of the ledger is full: runs fail, or will soon",
            why=facts.full,
            steps=(
                Step(
                    words="Runs go on by themselves once there is room. To see what else is wrong:",
                    command="connector check",
                ),
            ),
        )
    if facts.unreadable:
        yield State(
            tone=BAD,
            words="What people hid cannot be read, so every run fails",
            why=facts.unreadable,
            steps=(Step(words="When it is mended:", command="connector check"),),
        )
    if facts.on_hold:
        yield State(
            tone=BAD,
            words="A stranger finds what is not for her: nothing new is sent",
            why=facts.on_hold,
            steps=(Step(words="When it is mended in Interact, this ends it:", command="connector check"),),
        )


def _of_orders(facts: Facts) -> Iterator[State]:
    """What people had taken out of the search, and the intranet has still."""
    if facts.ordered:
        yield State(
            tone=BAD,
            words=f"{counted(facts.ordered, 'order to hide or forget is', 'orders to hide or forget are')} not carried out yet",
            why="What is named there may still be found. A run under way does it within seconds, else the next one",
            steps=(
                Step(words="To see which:", command="connector hidden"),
                Step(words="To do it now:", command="connector sync"),
            ),
        )


def _of_erasures(facts: Facts) -> Iterator[State]:
    """What is to be forgotten, and is not yet."""
    if facts.to_erase:
        yield State(
            tone=WARNING,
            words=f"{counted(facts.to_erase, 'erasure is', 'erasures are')} not finished",
            why="What is to be forgotten is out of the intranet, but still in this ledger: its command was cut off, or the intranet did not answer it",
            steps=(
                Step(words="To see which:", command="connector hidden"),
                Step(words="Finish each by typing it again:", command="connector forget ID"),
            ),
        )


def _of_a_failure(last: Last, facts: Facts) -> Iterator[State]:
    if last.outcome == Outcome.FAILED:
        yield State(
            tone=BAD,
            words=f"The last run failed: {lacks(none_good=facts.none_good)}",
            why=(why := deciding_reason(last.report) or KILLED),
            steps=(_look_at(last), *_check_everything(why)),
        )


def _check_everything(why: str) -> Iterator[Step]:
    """What looks for more, where a reason does not name it already."""
    step = Step(words="To check every source and the intranet:", command="connector check")
    if step.command not in why:
        yield step


def _of_what_waits(facts: Facts) -> Iterator[State]:
    if facts.waiting:
        yield State(
            tone=WARNING,
            words=f"{counted(facts.waiting, 'change waits', 'changes wait')} for your decision",
            why=facts.waiting_why,
            steps=(
                Step(
                    words="Look at them and decide",
                    path="/held",
                    command=f"connector runs {facts.waiting_since}",
                ),
            ),
        )


def _of_an_unfinished_run(facts: Facts, last: Last) -> Iterator[State]:
    """What the last run left."""
    is_decided = not facts.waiting  # else that tells what a brake means, and what is on hold
    on_hold = facts.on_hold
    why, words = deciding_reason(last.report), UNFINISHED.get(last.outcome)
    if last.outcome == Outcome.CANCELLED:
        words = f"{words}: {lacks(none_good=facts.none_good)}"
    steps: tuple[Step, ...] = (_look_at(last),)
    if behind := _behind(last):
        words = behind
        if last.outcome == Outcome.BRAKED:
            why = _errors(last)  # what decided that outcome waits, and is told as that
        steps += tuple(_check_everything(why))
    if on_hold and last.outcome == Outcome.WITHHELD:
        if why.startswith(on_hold.partition(":")[0]):
            return  # that is told
        words = behind or "Something else is withheld"  # and no additions go on
    if words and (is_decided or behind or not (last.outcome == Outcome.BRAKED or _only_holds(last))):
        yield State(tone=WARNING, words=words, why=why, steps=steps)


def _behind(last: Last) -> str:
    """What search may lack after a run that came to its end all the same, also where it waits for a decision; empty where nothing."""
    if last.outcome not in (Outcome.WITHHELD, Outcome.BRAKED):
        return ""
    if unread := _unread(last):
        them = "it was" if len(unread) == 1 else "they were"
        return f"Search may lack what changed in {', '.join(unread)}: {them} not read to the end"
    found = (BEHIND.get(one["code"], "") for one in last.report.get("findings", ()))
    return next(filter(None, found), "")


def _errors(last: Last) -> str:
    """Why sources were not read to their end: the first error of each."""
    sources: Mapping[str, Mapping[str, Any]] = last.report.get("sources", {})
    return "; ".join(one["errors"][0] for name in _unread(last) if (one := sources[name]).get("errors"))


def _only_holds(last: Last) -> bool:
    """Whether all that withheld anything of the last run is what it put on hold: that waits, and is told as that."""
    found: Sequence[Mapping[str, Any]] = last.report.get("findings", ())
    missing = last.report.get("documents", {}).get("suspect", 0)
    codes = {one["code"] for one in found if EFFECTS.get(one["code"]) is Effect.WITHHELD}
    return codes == {Code.HELD} and len(found) < FIRST_FINDINGS and not missing and not _unread(last)


def _unread(last: Last) -> list[str]:
    """Sources that the last run was to read and did not read to their end: nothing of what changed there need be in the search."""
    sources: Mapping[str, Mapping[str, Any]] = last.report.get("sources", {})
    return [name for name, one in sources.items() if not one.get("complete", True)]


def _look_at(last: Last) -> Step:
    return Step(words="See the run", path=f"/runs/{last.id}", command=f"connector runs {last.id}")


def _late(facts: Facts) -> State:
    hours, words = f"{facts.ready_after_h:g} hours", "Search is not up to date"
    if facts.idle:
        return State(
            tone=BAD,
            words=words,
            why=f"No run was begun in the last {hours}. {_who_begins(facts)}",
            steps=(Step(words="To do one run now:", command="connector sync"),),
        )
    if facts.partly:
        return State(
            tone=BAD,
            words=words,
            why="Some rooms or sources were loaded, and no run has read everything yet",
            steps=(Step(words="Load everything by hand:", command="connector backfill"),),
        )
    return State(
        tone=BAD,
        words=words,
        why=f"No run of the last {hours} read every source to its end and reached the intranet",
        steps=(Step(words="See the runs", path="/runs", command="connector runs"),),
    )


def _who_begins(facts: Facts) -> str:
    """Why none was begun, as far as the settings tell."""
    if not facts.scheduled:
        return f"The schedule begins none: {UNSCHEDULED}"
    if not facts.was_due:
        return "None was due: schedule.delta and schedule.full say when one begins, service.ready_after_h how old the last good one may be"
    return "The service begins them, as its schedule says: look whether it runs"


def _nothing_yet(facts: Facts) -> State:
    if facts.gone and not facts.running:
        return State(
            tone=BAD,
            words="The former ledger is gone, and this one knows nothing yet",
            why="It was deleted, moved or replaced: decisions, what was on hold and the history went with it. The next run sends everything "
            "again, and removes nothing that lives",
            steps=(
                Step(
                    words="To put a backup back, stop the service and type:",
                    command="connector ledger restore FILE",
                ),
                Step(words="To go on without one:", command="connector sync --mode full"),
            ),
        )
    if facts.running:
        return State(
            tone=WARNING,
            words="The first run is under way",
            why="Until it ends, search may lack documents",
        )
    begins = "begins with a full run" if facts.scheduled else f"begins no run: {UNSCHEDULED}"
    return State(
        tone=WARNING,
        words="Nothing has been synchronised yet",
        why=f"There is no ledger {facts.missing}. If there was one, have its disk mounted, or put it back, before a run or the service begins a "
        f"new one, which knows nothing of what people hid; else the service {begins}"
        if facts.missing
        else f"The service {begins}. If runs were done before, this ledger is a new one: the former one was lost, or ledger.url names another",
        steps=(
            Step(words="To check that everything can be reached:", command="connector check"),
            Step(words="Load everything by hand:", command="connector backfill"),
        ),
    )
