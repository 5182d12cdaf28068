"""Screens of runs: one in full, and the history. Nothing is decided here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from connector.commands.terminal import Page, listed, screen
from connector.document.counting import Number, counted
from connector.document.dates import clock_time
from connector.document.states import RUNNING, Outcome
from connector.plan.findings import Code, Gone, HoldReason
from connector.plan.reading_words import how_far_read
from connector.plan.report import FIRST_HELD as FIRST_OF_REPORT
from connector.plan.state_words import CHANGES, COUNTS, ON_HOLD, PLANNED, WAITING

UTC = "UTC"
FIRST_HELD, FIRST_OF_A_FOLDER, FIRST_CHANGES, FIRST_UNKNOWN, FIRST_REMOVED = 20, 5, 50, 5, 20
NOT_LISTED = frozenset({HoldReason.WIDER, HoldReason.UNCONFIRMED})
"""Why documents are on hold that the list of documents does not call so."""
COLOURS: dict[str, str] = {
    Outcome.SUCCEEDED: "green",
    Outcome.QUARANTINED: "yellow",
    Outcome.WITHHELD: "yellow",
    Outcome.BRAKED: "red",
    Outcome.FAILED: "red",
    Outcome.CANCELLED: "yellow",
    RUNNING: "cyan",
}


@screen
def show_report(report: Mapping[str, Any], zone: str = UTC) -> None:
    """One run: how it ended, why, and what became of the documents."""
    page = Page()
    dry = bool(report.get("dry_run"))
    what = f"{'dry run of a ' if dry else ''}{report['mode']} run against {report['target']}"
    nothing = "; nothing was written" if dry else ""
    when = clock_time(report["started_at"], zone)
    page.say(
        f"{what}, {when} ({zone}), {report['duration_seconds']:.0f} s{nothing}",
        first=f"{report['outcome']}  ",
        by=2,
        style=COLOURS.get(report["outcome"], ""),
    )
    page.whole(report["run_id"], by=2)
    if decided := report.get("decided"):
        done, of = ("approved", decided["approved"]) if "approved" in decided else ("kept", decided["kept"])
        by = f", decided by {decided['by']}" if decided.get("by") else ""
        page.say(f"{done}: what run {of} put on hold{by}", first="  ", by=4)
    for reason in report["reasons"]:
        page.say(reason, first="  - ", by=4)
    _show_counts(page, report, dry=dry)
    for name, source in report["sources"].items():
        whole = how_far_read(source) if source["complete"] else how_far_read(source).replace("not", "NOT", 1)
        again = (
            f", {Number(source['reread']):item is/items are} read again in detail"
            if source.get("reread")
            else ""
        )
        page.say(
            f"{name}: {counted(source['items'], 'item')}, {whole}, {counted(source['requests'], 'request')}{again}",
            first="  ",
            by=4,
        )
    _show_people(page, report.get("people", {}), dry=dry)
    session = report["session"]
    if session["opened"]:
        ended = (
            f"ended, {counted(session['reported_removals'], 'document')} removed by it"
            if session["ended"]
            else "left open (harmless)"
        )
        page.say(f"session: {ended}", first="  ", by=4)
    held = [one for one in report.get("held", ()) if one.get("code") != Code.MISSING]
    if held:
        _show_held(page, report, held)
    if missing := [one for one in report.get("held", ()) if one.get("code") == Code.MISSING]:
        _show_by_reason(page, missing, beyond=_beyond(report, missing, report["documents"].get("suspect", 0)))
    if report.get("removed_documents"):
        _show_removed(page, report["removed_documents"], report.get("removed_more", 0))
    if report.get("changes"):
        _show_changes(page, report["changes"])


def _show_counts(page: Page, report: Mapping[str, Any], *, dry: bool) -> None:
    documents = report["documents"]
    names = PLANNED if dry else COUNTS
    changed = listed(f"{documents[key]} {names[key]}" for key in CHANGES if documents[key])
    page.say(
        f"{counted(documents['live'], 'document')} in the intranet: {changed or 'no change'}",
        first="  ",
        by=4,
    )
    more = {"quarantined": " (connector quarantine list)"}
    waiting = listed(
        f"{documents[key]} {COUNTS[key]}{more.get(key, '')}" for key in WAITING if documents.get(key)
    )
    if waiting:
        page.say(waiting, first="  ", by=4)


def _show_people(page: Page, people: Mapping[str, Any], *, dry: bool) -> None:
    if not any(people.get(key) for key in ("pushed", "removed", "held", "unknown")):
        return
    sent, removed = ("to send", "to remove") if dry else ("sent", "removed")
    held = f"{people['held']} {ON_HOLD}" if people.get("held") else ""
    counts = (f"{people['pushed']} {sent}", f"{people['removed']} {removed}", held)
    page.say(f"people: {listed(counts)}", first="  ", by=4)
    if people["unknown"]:
        more = len(people["unknown"]) - FIRST_UNKNOWN
        page.say(
            f"not in the intranet: {listed(people['unknown'][:FIRST_UNKNOWN])}{f' and {more} more' if more > 0 else ''}",
            first="    ",
            by=6,
        )


def _show_removed(page: Page, removed: Sequence[Mapping[str, Any]], more: int) -> None:
    page.say(f"removed by id: {counted(len(removed) + more, 'document')}", first="  ", by=4)
    for one in removed[:FIRST_REMOVED]:
        approved = "; approved" if one["approved"] and one["code"] != Gone.HIDDEN else ""
        page.say(f"{one['title'] or one['id']}: {one['why']}{approved}", first="    ", by=6)
    if len(removed) > FIRST_REMOVED:
        page.say(
            f"and {len(removed) + more - FIRST_REMOVED} more: connector documents --state removed",
            first="    ",
            by=6,
        )


def _show_held(page: Page, report: Mapping[str, Any], held: Sequence[Mapping[str, Any]]) -> None:
    """What is on hold, by reason and by folder, so that one reads what one decides about."""
    documents = [one for one in held if one.get("kind") != "person"]
    if any("folders" in one for one in held):
        _show_by_folder(page, held)
        if any(one.get("code") not in NOT_LISTED for one in documents):
            page.say("With folders and ids: connector documents --state held")
        return
    more = report.get("held_more")
    waiting = report["documents"].get("held", 0) + report.get("people", {}).get("held", 0)
    _show_by_reason(
        page,
        held,
        "It would leave on hold: " if report.get("dry_run") else "On hold: ",
        beyond=0 if more else _beyond(report, held, waiting),
    )
    if more:
        page.say(f"and {more} more, which a dry run does not keep one by one", by=2)
    elif documents and not report.get("dry_run"):
        page.say(f"All of them, by folder: connector runs {report['run_id']}")


def _show_by_folder(page: Page, held: Sequence[Mapping[str, Any]]) -> None:
    by_reason: dict[str, dict[str, list[str]]] = {}
    for one in held:
        where = " > ".join(one.get("folders") or ())
        by_reason.setdefault(one["reason"], {}).setdefault(where, []).append(one["title"] or one["id"])
    for reason, folders in by_reason.items():
        page.gap()
        page.say(f"On hold: {reason}", style="bold")
        for where, titles in folders.items():
            more = len(titles) - FIRST_OF_A_FOLDER
            if where:
                page.say(f"{where}: {len(titles)}", first="  ", by=4)
            page.say(f"{listed(titles[:FIRST_OF_A_FOLDER])}{f' and {more} more' if more > 0 else ''}", by=6)


def _beyond(report: Mapping[str, Any], named: Sequence[Mapping[str, Any]], count: int) -> int:
    """Of so many of a kind how many a report does not name: it keeps the first of all that waits."""
    return max(0, count - len(named)) if len(report["held"]) >= FIRST_OF_REPORT else 0


def _show_by_reason(page: Page, found: Sequence[Mapping[str, Any]], what: str = "", *, beyond: int) -> None:
    reasons = Counter(one["reason"] for one in found)
    if len(reasons) == 1:
        reasons[found[0]["reason"]] += beyond
        beyond = 0
    for reason, count in reasons.items():
        page.gap()
        said = f"{what}{reason}"
        page.say(f"{said[:1].upper()}{said[1:]}", style="bold")
        for one in [one for one in found if one["reason"] == reason][:FIRST_HELD]:
            page.say(one["title"] or one["id"], first="  ", by=4)
        if count > FIRST_HELD:
            page.say(f"and {count - FIRST_HELD} more", by=2)
    if beyond:
        page.say(f"and {beyond} more, for these reasons or others", by=2)


def _show_changes(page: Page, changes: Sequence[Mapping[str, Any]]) -> None:
    page.gap()
    page.say("What would change", style="bold")
    for one in changes[:FIRST_CHANGES]:
        page.say(f"{one['title'] or one['id']} ({one['why']})", first=f"  {one['change']:<7} ", by=10)
    if len(changes) > FIRST_CHANGES:
        page.say(
            f"and {len(changes) - FIRST_CHANGES} more; with --json up to a thousand, with their ids", by=2
        )


@screen
def show_runs(runs: Sequence[Mapping[str, Any]], zone: str = UTC) -> None:
    """Runs, the newest first: when and what in one line, why in the next."""
    page = Page()
    if not runs:
        page.say("No run yet. Begin with: connector backfill", by=2)
        return
    page.say(f"Runs, the newest first (times in {zone})", style="bold")
    for run in runs:
        _show_run(page, run, zone)


def _show_run(page: Page, run: Mapping[str, Any], zone: str) -> None:
    documents = run.get("documents")
    dry = "dry run: " if run["dry_run"] else ""
    names = PLANNED if dry else COUNTS
    counts = (
        f"{dry}{documents['added']} {names['added']}, {documents['updated']} {names['updated']}, "
        f"{run.get('removed', 0)} {names['deleted']}"
        if documents
        else dry.rstrip(": ")
    )
    first = f"{clock_time(run['started_at'], zone)}  {run['mode']:<8}  {run['outcome']:<11}"
    page.say(counts, first=f"{first}  " if counts else first, by=4, style=COLOURS.get(run["outcome"], ""))
    reasons = run["reasons"]
    more = (
        f" (and {counted(len(reasons) - 1, 'more reason')}: connector runs {run['run_id']})"
        if reasons[1:]
        else ""
    )
    page.say(
        f"{reasons[0]}{more}" if reasons else "",
        first=f"    {run['run_id']}  " if reasons else f"    {run['run_id']}",
        by=4,
    )
