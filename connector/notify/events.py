"""
What somebody is told of the runs of one target, and of the settings: once per change, never every run. PURE.

Trouble of each kind is told when it comes; that it is over is told once, when search is up to date again.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

import msgspec

from connector.document.states import Outcome
from connector.ledger.runs import CAME_TO_ITS_END, GOOD


class What(StrEnum):
    """What is told; the words of `notify.on`."""

    FAILED = Outcome.FAILED.value
    BRAKED = Outcome.BRAKED.value
    WITHHELD = Outcome.WITHHELD.value
    STALLED = "stalled"
    LATE = "late"
    SETTINGS = "settings"
    RECOVERED = "recovered"


TOLD = {
    What.FAILED: "a run failed",
    What.BRAKED: "a run waits for your decision",
    What.WITHHELD: "runs were withheld",
    What.STALLED: "a run stood still",
    What.LATE: "no run came to its end",
    What.SETTINGS: "what became of the settings",
    What.RECOVERED: "search is up to date again",
}
"""What it was about, for whoever looks at what was told."""


REFUSED, NOT_STARTED, TAKEN = "refused", "not-started", "taken"
"""
What became of a service's settings: the outcomes of which `settings` tells. Refused: they were read again, and it goes on by
those of before. Not started: it could not even start.
"""
NONE_ENDS = frozenset({What.FAILED.value, What.STALLED.value, What.LATE.value})
"""Whoever was told one of these knows that runs do not get on; a brake may wait for weeks, while runs come to their end."""
LEAKS = "leaks"
"""Stands among what was told while a stranger finds what is not for her."""
LOST = "lost"
"""Likewise where the ledger is new, and the intranet has documents already."""


class Standing(msgspec.Struct, frozen=True):
    """What was told of a target and stands."""

    told: tuple[str, ...] = ()
    """Kinds of trouble that were told since the last good run."""
    withheld: int = 0
    """Withheld runs since the last good one."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to tell about one run."""

    what: What
    target: str
    """Empty: it is about the service's settings, which are of all targets."""
    run_id: str
    """Empty: no run could be written down, or it is about none."""
    mode: str
    outcome: str
    at: float
    """When the run ended, or could not begin, in seconds since 1970; of what is late: when one came to its end last."""
    runs: int = 1
    """Of how many withheld runs in a row it tells."""
    reasons: tuple[str, ...] = ()
    """As people read them, titles and all."""
    untitled: tuple[str, ...] = ()
    """The same without titles of documents."""
    codes: tuple[str, ...] = ()
    documents: dict[str, int] = {}
    leaks: bool = False
    """A stranger finds what is not for her: the target is on hold."""
    lost: bool = False
    """The ledger is new, or was lost: the intranet has documents that it does not know."""
    none_good: bool = False
    """No run before was good: search was never up to date."""
    host: str = ""
    """The machine whose service it is about, where services on several share the ledger."""


def hear(
    standing: Standing,
    outcome: str,
    *,
    on: Collection[str],
    withheld_runs: int,
    leaks: bool = False,
    lost: bool = False,
) -> tuple[Standing, What | None]:
    """
    Hear of the outcome of one more run.

    A run that was cancelled says nothing: the next one goes on. One that failed between two withheld ones does not make the
    row of those shorter.

    Args:
        outcome: `stalled` where it was cancelled since it stood still.
        on: what is to be told.
        withheld_runs: so many withheld runs before that is told.
        leaks: it is withheld because a stranger finds what is not for her: that is told at once, whatever was told before.
        lost: its ledger is new, and the intranet has documents already: likewise.

    Returns:
        What stands now, and what is to be told; None: nothing.
    """
    if outcome in GOOD:
        told = What.RECOVERED if standing.told and What.RECOVERED in on else None
        return Standing(), told
    withheld = standing.withheld + (outcome == What.WITHHELD)
    at_once = [*([LEAKS] if leaks else []), *([LOST] if lost and outcome == What.WITHHELD else [])]
    if set(at_once) - set(standing.told) and What.WITHHELD in on:
        told_now = dict.fromkeys((*standing.told, *at_once, What.WITHHELD))
        return Standing(told=tuple(told_now), withheld=withheld), What.WITHHELD
    due = outcome in (What.FAILED, What.STALLED, What.BRAKED) or (
        outcome == What.WITHHELD and withheld >= withheld_runs
    )
    if not due or outcome in standing.told or outcome not in on:
        return msgspec.structs.replace(standing, withheld=withheld), None
    return Standing(told=(*standing.told, outcome), withheld=withheld), What(outcome)


def counts_as(standing: Standing, outcome: str, *, on: Collection[str], unread: bool) -> str:
    """
    What a run is heard of as: one that waits for a decision as withheld, where that is told already and a source was not read to its end.

    A decision may take weeks; until then nobody would hear that search lacks what changes in that source.
    """
    waits = outcome == What.BRAKED and (What.BRAKED in standing.told or What.BRAKED not in on)
    return What.WITHHELD if waits and unread else outcome


def told_besides(standing: Standing, what: What) -> Standing:
    """What stands where something was told besides."""
    return msgspec.structs.replace(standing, told=(*standing.told, what.value))


def says_how_it_stands(outcome: str) -> bool:
    """Whether a run of this outcome tells how search stands; one that was cancelled, by whomever, leaves that to the next one."""
    return outcome in CAME_TO_ITS_END or outcome == What.FAILED


def unheard(standing: Standing, event: Event) -> Standing:
    """What stands where an event was given up that reached nobody: as long as its trouble lasts, it is told anew."""
    gone = {event.what.value, *([LEAKS] if event.leaks else []), *([LOST] if event.lost else [])}
    return msgspec.structs.replace(standing, told=tuple(one for one in standing.told if one not in gone))
