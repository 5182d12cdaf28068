"""What the ledger can tell: `status`, `runs` and `explain`, as plain values to be printed or shown. Reads only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from connector.daemon.schedule import next_time, was_due
from connector.document.audience import Audience
from connector.document.durations import HOUR_S
from connector.document.labels import short
from connector.document.states import RUNNING, DocumentState, Outcome
from connector.engine.batched import batched
from connector.ledger.before_restore import read_before_restore
from connector.ledger.browse import PastRun, read_report
from connector.ledger.catalogue import QUARANTINED
from connector.ledger.compared import read_compared
from connector.ledger.part import EVERYTHING
from connector.ledger.quarantine import Parked, values_of
from connector.ledger.rows import Body, Standing
from connector.ledger.runs import Run
from connector.ledger.settings_amid_run import settings_read_since
from connector.ledger.store import Ledger
from connector.plan import reason_words
from connector.plan.compared_words import last_compared
from connector.plan.findings import Code, HoldReason
from connector.plan.report import Report, SourceReport, removed_in, stamp
from connector.plan.state_words import EXPLAINED, KEPT, KILLED
from connector.ports.source import NOT_READ
from connector.status import removed
from connector.status.canary import facts_of, tell_canary
from connector.status.headline import Facts, Last, State, states
from connector.status.hidden import left_of_orders
from connector.status.searchable import tell_formats, tell_reason, tell_reasons
from connector.status.told import tell_told
from connector.wiring.offline import Offline

RECENT = 10
FIRST_LINES = 5
FIRST_CHARACTERS = 400
MOMENT_S = 60.0
"""So long nobody may have the lease of a run that is alive: a process that was frozen renews it late."""
CHUNK = 200
"""Documents whose folders are asked for at once."""


class OfService(msgspec.Struct, frozen=True, kw_only=True):
    """What a service knows of itself, and no ledger."""

    refused: str = ""
    """Why it was refused its settings."""
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


def tell_status(app: Offline, ledger: Ledger, *, now: float) -> dict[str, Any]:
    """What is the matter, last runs, next runs, and what stands in the ledger, per target."""
    targets: dict[str, Any] = {}
    for name in app.settings.targets:
        told = tell_target(app, ledger, name, now=now)
        matters = matters_of(app, ledger, name, told, now=now)
        targets[name] = {
            **told,
            "matters": msgspec.to_builtins(matters.states),
            "waiting": matters.held,
            "settings_at": matters.settings_at,
            "last_good": stamp(matters.good.started_at) if matters.good else None,
            "last_runs": tell_runs(ledger, name, limit=RECENT, now=now),
        }
    return {"settings": app.loaded.file, "served": app.is_served(), "targets": targets}


def tell_target(app: Offline, ledger: Ledger, target: str, *, now: float) -> dict[str, Any]:
    """Next runs, and what stands in the ledger, of one target."""
    return {
        **tell_standing(ledger, target),
        "quarantine": ledger.quarantine(target).count(),
        "next_runs": next_runs(app, now=now),
        "told": tell_told(ledger, target),
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
    begun = max(last.started_at if last else now, under_way[2] if under_way else 0.0)
    found = states(
        Facts(
            last=_last(last, under_way[0] if under_way is not None and not running else ""),
            running=running,
            late=good is None or good.started_at < now - hours * HOUR_S,
            idle=not running and begun < now - hours * HOUR_S,
            was_due=any(was_due(one, schedule.timezone, since=begun, now=now) for one in crons),
            scheduled=bool(crons),
            restored=_was_restored(app, ledger, target, last),
            ready_after_h=hours,
            waiting=held,
            waiting_since=waiting[0].run if waiting else "",
            waiting_why=reason_words.held(most.why, of=most.count) if most else "",
            parked=told["quarantine"],
            parked_why=why_parked(commonest.message, commonest.reason, commonest.told) if commonest else "",
            refused=service.refused,
            unwritten=service.unwritten if service.unwritten_at > begun else "",
            unreadable=app.orders_file().trouble(),
            **left_of_orders(ledger, target),
            **facts_of(told["search"]),
        )
    )
    amid = settings_read_since(ledger.notes(""), target, under_way[2]) if under_way and running else None
    return Matters(found, held, good, stamp(amid) if amid else None)


def worst_of(app: Offline, ledger: Ledger, target: str, *, now: float) -> State:
    """The worst that is the matter with a target, or that nothing is."""
    told = {
        "quarantine": ledger.quarantine(target).count(),
        "search": tell_canary(app, ledger, target, now=now),
    }
    return matters_of(app, ledger, target, told, now=now).states[0]


def is_worked_on(ledger: Ledger, target: str, *, now: float) -> bool:
    """Whether somebody has the lease of a target, or had it a moment ago, and is not dead for sure: else a run that has not ended was killed."""
    return target in ledger.members().worked_on(now=now - MOMENT_S)


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


def next_runs(app: Offline, *, now: float) -> dict[str, str | None]:
    """When the service would start the next delta and the next full run."""
    schedule = app.settings.schedule
    told: dict[str, str | None] = {}
    for kind, cron in (("delta", schedule.delta), ("full", schedule.full)):
        at = next_time(cron, schedule.timezone, after=now)
        told[kind] = at.isoformat() if at else None
    return told


def tell_runs(ledger: Ledger, target: str, *, limit: int, now: float) -> list[dict[str, Any]]:
    """The newest runs, in a line's worth of values each."""
    worked_on = is_worked_on(ledger, target, now=now)
    return [tell_run(run, worked_on=worked_on) for run in ledger.runs(target).recent(limit)]


def tell_run(run: Run, *, worked_on: bool = True) -> dict[str, Any]:
    """
    One run in a line's worth of values.

    Args:
        worked_on: somebody works on its target, so that a run which has not ended is under way.
    """
    report = read_report(run.report)
    outcome = run.outcome or (RUNNING if worked_on else Outcome.FAILED)
    return {
        "run_id": run.id,
        "mode": run.mode,
        "dry_run": run.dry_run,
        "outcome": outcome,
        "started_at": stamp(run.started_at),
        "finished_at": stamp(run.finished_at) if run.finished_at else None,
        "documents": report.get("documents", {}),
        "removed": removed_in(report),
        "decided": report.get("decided", {}),
        "reasons": report.get(
            "reasons",
            [] if run.report or outcome == RUNNING else [f"{KILLED}. The next run goes on."],
        ),
    }


def tell_whole_run(
    ledger: Ledger, target: str, run: Run, *, worked_on: bool = True, most: int = EVERYTHING
) -> dict[str, Any]:
    """
    One run in full: its report, with everything it holds and not only the first hundred.

    Args:
        worked_on: as `tell_run` takes it.
        most: so much of what is held is told, and of what was removed; `held_more` and `removed_more` say how many follow.
    """
    report = read_report(run.report)
    if not report:
        return tell_run(run, worked_on=worked_on)
    report = _filled(report, run)
    all_held = report["documents"]["held"] + report["people"]["held"]
    if run.dry_run:
        # what it would hold stands in its report alone, and as much of it as that keeps
        if more := max(0, all_held - len(report["held"])):
            report["held_more"] = more
    elif all_held:
        missing = [one for one in report["held"] if one.get("code") == Code.MISSING]
        held = _held(ledger, target, run.number, most)
        if most < EVERYTHING:
            report["held_more"] = _count_held(ledger, target, run.number) - len(held)
        report["held"] = _with_folders(ledger, target, [*held, *missing])
    if went := removed.removed_in(ledger, target, run.number, most=most):
        report["removed_documents"] = went
        if len(went) == min(most, removed.FIRST_REMOVED):
            report["removed_more"] = max(0, report["documents"]["deleted"] - len(went))
    return report


def _filled(report: dict[str, Any], run: Run) -> dict[str, Any]:
    """A report with everything that one of this release has, whichever release wrote it."""
    blank = Report(
        run_id=run.id,
        mode=run.mode,
        target=run.target,
        started=run.started_at,
        finished=run.finished_at or run.started_at,
        outcome=run.outcome or "",
        sources={name: SourceReport() for name in report.get("sources", {})},
    ).as_json()
    whole = blank | report
    for part in ("documents", "people", "session", "push"):
        whole[part] = blank[part] | whole[part]
    whole["held"] = [{"kind": "document", "code": "", **one} for one in whole["held"]]
    whole["sources"] = {name: blank["sources"][name] | told for name, told in whole["sources"].items()}
    return whole


def _held(ledger: Ledger, target: str, run: int, most: int) -> list[dict[str, Any]]:
    """What is on hold since a run or an earlier one, the first of it: documents, then people."""
    documents, at = ledger.documents(target), {"up_to_run": run, "limit": most}
    told = [
        (one.id, one.title, one.held_why, reason_words.held(one.held_why, one.held_note, kept=one.kept))
        for one in (documents.held(**at) if most == EVERYTHING else documents.first_held(**at))
    ]
    told += [
        (one, title, HoldReason.WIDER, reason_words.held(HoldReason.WIDER, kept=kept))
        for one, title, kept in ledger.pending_audiences(target).held(**at)
    ]
    told += [
        (one.id, one.title, HoldReason.UNCONFIRMED, reason_words.held(HoldReason.UNCONFIRMED))
        for one in ledger.quarantine(target).unconfirmed.waiting(**at)
    ]
    found = [("document", *one) for one in told]
    found += [
        ("person", one.id, one.address, one.held_why, reason_words.held(one.held_why, kept=one.kept))
        for one in ledger.people(target).held(**at)
    ]
    return [
        {"kind": kind, "id": identifier, "title": title, "reason": reason, "code": str(code)}
        for kind, identifier, title, code, reason in found[:most]
    ]


def _count_held(ledger: Ledger, target: str, run: int) -> int:
    """How much that is in all."""
    return sum(
        (
            ledger.documents(target).count_held(up_to_run=run),
            ledger.pending_audiences(target).count_held(up_to_run=run),
            ledger.quarantine(target).unconfirmed.count_waiting(up_to_run=run),
            ledger.people(target).count_held(up_to_run=run),
        )
    )


def _with_folders(ledger: Ledger, target: str, held: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same, each document with the names of the folders in which it stands."""
    catalogue = ledger.catalogue(target)
    documents = [one["id"] for one in held if one["kind"] == "document"]
    folders: dict[str, list[str]] = {}
    for ids in batched(documents, CHUNK):
        folders |= catalogue.folders(ids)
    return [
        {**one, "folders": folders.get(one["id"], [])} if one["kind"] == "document" else one for one in held
    ]


def explain(
    ledger: Ledger, target: str, words: str, *, recall: Callable[[str], str | None] = lambda _: None
) -> dict[str, Any] | None:
    """
    Everything known of one document, by GloballyUniqueId or the source's own id; None when there is none.

    Args:
        recall: finds the text of a file's content in the cache.
    """
    documents = ledger.documents(target)
    found = documents.find(words)
    if not found:
        parked = ledger.quarantine(target).get(words.lower())
        return _explain_parked(parked) if parked is not None else None
    one = found[0]
    facts = documents.facts(one.id) or {}
    audience = documents.audience_of(one.id)
    body = documents.body(one.id)
    parked = ledger.quarantine(target).get(one.id)
    run_id = ledger.runs(target).id_of
    return {
        "id": one.id,
        "source": one.source,
        "native_id": one.native,
        "kind": one.kind,
        "title": one.title,
        "url": one.url,
        "state": one.state,
        "words": KEPT
        if one.kept and one.state == DocumentState.HELD
        else EXPLAINED.get(one.state, one.state),
        "room": one.room,
        "path": one.path,
        "audience": _tell_audience(audience) if audience is not None else None,
        "pushed_at": stamp(facts["pushed_at"]) if facts.get("pushed_at") else None,
        "pushed_run": run_id(facts.get("pushed_run")) or None,
        "without_text": facts.get("without_text") or None,
        "text_missing": tell_reason(facts["without_text"]) if facts.get("without_text") else None,
        "not_read": _why_not_read(ledger, one.source, one.native),
        "text": _start_of_text(body, recall) if body else None,
        "missing_since_run": (run_id(one.missing_run) or "(pruned)") if one.missing_run else None,
        "held": _why_held(ledger, target, one),
        "unanswered_until": stamp(facts["redo_after"]) if facts.get("redo_after") else None,
        "document": msgspec.json.decode(body.body) if body else None,
        "quarantine": tell_parked(parked) if parked else None,
    }


def _explain_parked(parked: Parked) -> dict[str, Any]:
    """What is known of a document that is in quarantine only."""
    return {
        "id": parked.id,
        "source": parked.source,
        "native_id": parked.native,
        "kind": None,
        "title": parked.title,
        "url": None,
        "state": QUARANTINED,
        "words": why_parked(parked.message, parked.reason, parked.told),
        "quarantine": tell_parked(parked),
    }


def _tell_audience(audience: Audience) -> dict[str, Any]:
    many = len(audience.identities)
    if audience.public:
        words = "everybody in the intranet"
    elif many:
        words = f"whoever has {f'one of {many} identities' if many > 1 else 'this identity'}"
    else:
        words = "nobody"
    return {"public": audience.public, "identities": list(audience.identities), "words": words}


def _why_held(ledger: Ledger, target: str, one: Standing) -> str | None:
    """Why a document, or that more people find it, waits for a decision; None: nothing does."""
    if one.held_why:
        return reason_words.held(one.held_why, one.held_note, kept=one.kept)
    wider = ledger.pending_audiences(target).waiting(one.id)
    if wider is not None and wider.held:
        return reason_words.held(HoldReason.WIDER, kept=wider.kept)
    before = ledger.quarantine(target).unconfirmed.standing(one.id)
    return reason_words.held(HoldReason.UNCONFIRMED, kept=before.kept) if before is not None else None


def _why_not_read(ledger: Ledger, source: str, native: str) -> str | None:
    """Why something of an item could not be read at the last try; None: it could."""
    note = ledger.notes(source).get(NOT_READ, native)
    return (note[0].decode() or None) if note is not None else None


def _start_of_text(body: Body, recall: Callable[[str], str | None]) -> str | None:
    """The first lines of what is searched in a document; None where it has no text, or the cache gave it up."""
    text: str | None = msgspec.json.decode(body.text, type=str) if body.text else None
    if text is None and body.text_key:
        text = recall(body.text_key)
    if not text:
        return None
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return short("\n".join(lines[:FIRST_LINES]), FIRST_CHARACTERS)


def why_parked(message: str, reason: str, told: str) -> str:
    """Why it is in quarantine; what an earlier release wrote is shown as it is."""
    return message or reason_words.aside(reason, values_of(told))


def tell_parked(parked: Parked) -> dict[str, Any]:
    """One document in quarantine."""
    return {
        "id": parked.id,
        "title": parked.title,
        "source": parked.source,
        "reason": parked.reason,
        "message": why_parked(parked.message, parked.reason, parked.told),
        "values": parked.values,
        "attempts": parked.attempts,
        "first_seen": stamp(parked.first_seen),
        "last_seen": stamp(parked.last_seen),
        "next_try": stamp(parked.next_try) if parked.next_try else "next run",
    }


def tell_quarantine(ledger: Ledger, target: str) -> list[dict[str, Any]]:
    """What is in quarantine, the oldest first."""
    return [tell_parked(one) for one in ledger.quarantine(target).parked()]
