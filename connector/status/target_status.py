"""How it stands with each target: what is the matter, last and next runs, and what stands in the ledger. Reads only."""

from __future__ import annotations

from typing import Any

import msgspec

from connector.daemon.schedule import next_full, next_time, was_due
from connector.document.durations import HOUR_S
from connector.document.states import DocumentState, Outcome
from connector.ledger.before_restore import read_before_restore
from connector.ledger.browse import PastRun
from connector.ledger.compared import read_compared
from connector.ledger.hosts_waited_for import waits_since
from connector.ledger.settings_amid_run import settings_read_since
from connector.ledger.store import Ledger
from connector.ledger.unknown_rest import unknown_rest_since
from connector.machine.storage import words_of_little_room
from connector.plan import reason_words
from connector.plan.compared_words import last_compared
from connector.plan.item import Mode
from connector.plan.report import stamp
from connector.status.canary import facts_of, tell_canary
from connector.status.headline import Facts, Last, State, states
from connector.status.hidden import left_of_orders
from connector.status.notifications import tell_notifications
from connector.status.quarantine import why_parked
from connector.status.runs import is_worked_on, tell_runs
from connector.status.searchable import tell_formats, tell_reasons
from connector.wiring.offline import Offline

RECENT = 10


class OfService(msgspec.Struct, frozen=True, kw_only=True):
    """What a service knows of itself, and no ledger."""

    refused: str = ""
    """Why it was refused its settings."""
    differ: str = ""
    """In what its settings differ from those of others that share its ledger."""
    services: int = 0
    """So many work with a ledger in a file."""
    unwritten: str = ""
    """Why it could write down no run when it was to do one last."""
    unwritten_at: float = 0.0


NO_SERVICE = OfService()


class Matters(msgspec.Struct, frozen=True):
    """What is the matter with a target."""

    states: list[State]
    """The worst first; one at least."""
    held: int
    """Documents and people that wait for a decision."""
    good: PastRun | None
    """The newest run after which search was up to date."""
    settings_at: str | None
    """When settings were read by which the run under way does not go, since it began before."""
    waits_for: str
    """Which hosts take no calls of the run under way for now; empty: none."""


def tell_status(app: Offline, ledger: Ledger, *, now: float) -> dict[str, Any]:
    """What is the matter, last runs, next runs, and what stands in the ledger, per target."""
    targets: dict[str, Any] = {}
    service = OfService(
        refused=app.services.refused(ledger, now=now),
        differ=app.services.differ(ledger, now=now),
        services=app.services.count(),
    )
    for name in app.settings.targets:
        told = tell_target(app, ledger, name, now=now)
        matters = matters_of(app, ledger, name, told, now=now, service=service)
        targets[name] = {
            **told,
            "matters": msgspec.to_builtins(matters.states),
            "waiting": matters.held,
            "settings_at": matters.settings_at,
            "waits_for": matters.waits_for,
            "last_good": stamp(matters.good.started_at) if matters.good else None,
            "last_runs": tell_runs(ledger, name, limit=RECENT, now=now),
        }
    return {"settings": app.loaded.file, "served": app.services.serve(), "targets": targets}


def tell_target(app: Offline, ledger: Ledger, target: str, *, now: float) -> dict[str, Any]:
    """Next runs, and what stands in the ledger, of one target."""
    return {
        **tell_standing(ledger, target),
        "quarantine": ledger.quarantine(target).count(),
        "next_runs": next_runs(app, ledger, target, now=now),
        "told": tell_notifications(ledger, target),
        "search": tell_canary(app, ledger, target, now=now),
        "compared": tell_compared(ledger, target),
        "sources": app.sources_of(target),
    }


def matters_of(
    app: Offline,
    ledger: Ledger,
    target: str,
    told: dict[str, Any],
    *,
    now: float,
    service: OfService = NO_SERVICE,
) -> Matters:
    """
    What is the matter with a target, in the words of page and terminal alike.

    Args:
        told: as `tell_target` says.
        service: what only the service that tells this knows.
    """
    browse = ledger.browse(target)
    last, under_way = browse.last_real(), browse.under_way()
    running = under_way is not None and is_worked_on(ledger, target, now=now)
    good = browse.last_good(set(app.sources_of(target)))
    waiting = ledger.waiting(target).counts()
    held, most = sum(one.count for one in waiting), max(waiting, key=lambda one: one.count, default=None)
    commonest = ledger.quarantine(target).commonest()
    hours, schedule = app.settings.service.ready_after_h, app.settings.schedule
    crons = [one for one in (schedule.delta, schedule.full) if one]
    begun = max(last.started_at if last else now, under_way.started_at if under_way else 0.0)
    found = states(
        Facts(
            last=_last(last, under_way.id if under_way is not None and not running else ""),
            running=running,
            late=good is None or good.started_at < now - hours * HOUR_S,
            none_good=good is None,
            idle=not running and begun < now - hours * HOUR_S,
            partly=good is None and last is not None and not last.whole and last.outcome == Outcome.SUCCEEDED,
            was_due=any(was_due(one, schedule.timezone, since=begun, now=now) for one in crons),
            scheduled=bool(crons),
            restored=_was_restored(app, ledger, target, last),
            missing=str(app.missing_ledger() or ""),
            gone=last is None and app.last_run().is_of_another(ledger),
            unknown_rest=unknown_rest_since(ledger.notes(""), target) is not None,
            ready_after_h=hours,
            waiting=held,
            waiting_since=waiting[0].run if waiting else "",
            waiting_why=reason_words.held(most.why, of=most.count) if most else "",
            parked=told["quarantine"],
            parked_why=why_parked(commonest.message, commonest.reason, commonest.told) if commonest else "",
            refused=service.refused,
            differ=service.differ,
            services=service.services,
            unwritten=service.unwritten if service.unwritten_at > begun else "",
            full=words_of_little_room(app.ledger_file),
            unreadable=app.orders_file().trouble(),
            **left_of_orders(ledger, target),
            **facts_of(told["search"]),
        )
    )
    amid, waits, notes = None, "", ledger.notes("")
    if under_way and running:
        amid = settings_read_since(notes, target, under_way.started_at)
        waits = waits_since(notes, target, under_way.started_at)
    return Matters(found, held, good, stamp(amid) if amid else None, waits)


def worst_of(app: Offline, ledger: Ledger, target: str, *, now: float) -> State:
    """The worst that is the matter with a target, or that nothing is."""
    told = {
        "quarantine": ledger.quarantine(target).count(),
        "search": tell_canary(app, ledger, target, now=now),
    }
    return matters_of(app, ledger, target, told, now=now).states[0]


def _was_restored(app: Offline, ledger: Ledger, target: str, last: PastRun | None) -> bool:
    """Whether a ledger is as it was before runs that were done, and none was done since it was put back."""
    before = read_before_restore(ledger.notes(""), target)
    return app.last_run().is_missing_from(ledger) or bool(
        before.ledger and last is not None and last.number <= before.run
    )


def _last(ended: PastRun | None, killed: str) -> Last | None:
    """The newest run that is over: the one that ended last, unless another was killed since."""
    if killed:
        return Last(id=killed, outcome=Outcome.FAILED, report={})
    return Last(id=ended.id, outcome=ended.outcome, report=ended.report) if ended else None


def tell_standing(ledger: Ledger, target: str) -> dict[str, Any]:
    """How many documents of a target there are, with and without text."""
    tally = ledger.counts(target).tally()
    counts, unconfirmed = tally.states, ledger.quarantine(target).unconfirmed
    going, (wider, _) = counts.get(DocumentState.HELD, 0), ledger.pending_audiences(target).held_counts()
    reasons = dict(sorted(tally.without_text.items(), key=lambda one: (-one[1], one[0])))
    return {
        "documents": {
            "live": tally.in_target + unconfirmed.count_there(),
            "unconfirmed": counts.get(DocumentState.NEW, 0),
            "held": going + wider + unconfirmed.count(),
            "kept": count_kept(ledger, target),
            "without_text": sum(reasons.values()),
        },
        "people": {"held": sum(ledger.people(target).held_counts().values())},
        "texts": {
            "with": tally.with_text,
            "without": tally.without_text,
            "reasons": tell_reasons(reasons),
            "formats": tell_formats(tally.formats),
        },
    }


def count_kept(ledger: Ledger, target: str) -> int:
    """How many documents stay as they are, or keep their readers, since a person decided so."""
    wider, undecided = ledger.pending_audiences(target).held_counts()
    going = ledger.counts(target).tally().states.get(DocumentState.HELD, 0)
    return going - ledger.waiting(target).removals() + wider - undecided


def tell_compared(ledger: Ledger, target: str) -> dict[str, Any] | None:
    """
    What a full run's slice or `ledger verify` saw last of what the intranet has; None before the first.

    Returns:
        {"at", "run_id" (None: `ledger verify`), "asked", "drift" (counts by kind), "notes_are_kept", "words"}
    """
    last = read_compared(ledger.notes(""), target)
    if last is None:
        return None
    words = last_compared(asked=last.asked, drift=last.drift, notes_are_kept=last.notes_are_kept)
    told: dict[str, Any] = {**msgspec.to_builtins(last), "at": stamp(last.at), "words": words}
    return {**told, "run_id": last.run_id or None}


def next_runs(app: Offline, ledger: Ledger, target: str, *, now: float) -> dict[str, str | None]:
    """When the service would start the next delta and the next full run."""
    schedule = app.settings.schedule
    under_way = is_worked_on(ledger, target, now=now)  # and of that nobody knows how it ends
    newest = ledger.browse(target).last_whole_full()
    last = (newest.outcome, newest.ended_at) if newest is not None else None
    if under_way:
        last = (Outcome.SUCCEEDED.value, now)
    schedules = {Mode.DELTA.value: schedule.delta, Mode.FULL.value: schedule.full}
    delta = next_time(schedule.delta, schedule.timezone, after=now)
    full = next_full(schedules, schedule.timezone, last=last, now=now)
    return {mode: at.isoformat() if at else None for mode, at in (("delta", delta), ("full", full))}
