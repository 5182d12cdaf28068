"""
Terminal screens: values become tables and sentences on standard output. Nothing is decided here.

What is shown was written by others in part: each screen gets its values through `printable`, and no bracket or colon
in them means anything to the terminal's library.
"""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from rich.console import Console
from rich.table import Table
from rich.text import Text

from connector.document.printable import printable, printable_values
from connector.machine.verbs import as_typed_here
from connector.plan.words import counted

Told = TypeVar("Told")
LINES = frozenset({"text"})
"""What keeps its line breaks on a screen."""

COLOURS = {
    "succeeded": "green",
    "quarantined": "yellow",
    "withheld": "yellow",
    "braked": "red",
    "failed": "red",
    "cancelled": "yellow",
    "running": "cyan",
}


_RUN_LINE = "{:<26}  {:<14}  {:<11}  {}"
"""Fits into 80 columns."""


class _Plain(Console):
    """A terminal on which a text is a text."""

    def render_str(self, text: str, *args: Any, **more: Any) -> Text:
        """Make a text shown as it is, whoever wrote it, but for commands, which are named as they are typed here."""
        return super().render_str(as_typed_here(printable(text, lines=True)), *args, **more)


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def console(*, stderr: bool = False) -> Console:
    """Standard output; plain text when it is not a terminal."""
    return _Plain(highlight=False, markup=False, emoji=False, soft_wrap=True, stderr=stderr)


def _indented(out: Console, words: str, by: int) -> None:
    """Words of any length below each other, each line further in by so many columns."""
    out.print(
        textwrap.fill(
            as_typed_here(words), max(40, out.width), initial_indent=" " * by, subsequent_indent=" " * by
        )
    )


def say(words: str, *, bold: str = "") -> None:
    """One line of words, which may begin in bold."""
    plain = as_typed_here(printable(words, lines=True))
    console().print(Text.assemble((printable(bold, lines=True), "bold"), plain))


def _screen(show: Callable[[Told], None]) -> Callable[[Told], None]:
    """Make a screen of what is printable only."""

    @functools.wraps(show)
    def shown(told: Told) -> None:
        show(printable_values(told, lines=LINES))

    return shown


@_screen
def show_report(report: Mapping[str, Any]) -> None:
    """One run: how it ended, why, and what became of the documents."""
    out = console()
    documents = report["documents"]
    dry = " (dry run: nothing was written)" if report.get("dry_run") else ""
    out.print(
        Text.assemble(
            (report["outcome"], COLOURS.get(report["outcome"], "")),
            f"  {report['mode']} run {report['run_id']} against {report['target']}, {report['duration_seconds']} s{dry}",
        )
    )
    changed = ", ".join(
        f"{documents[key]} {key}" for key in ("added", "updated", "deleted", "unchanged") if documents[key]
    )
    out.print(f"  {documents['live']} documents in the intranet: {changed or 'no change'}")
    waiting = ", ".join(
        f"{documents[key]} {words}"
        for key, words in (
            ("quarantined", "in quarantine (connector quarantine list)"),
            ("suspect", "missing without proof"),
            ("pending", "waiting for another look"),
            ("held", "held"),
            ("without_text", "without text"),
        )
        if documents.get(key)
    )
    if waiting:
        out.print(f"  {waiting}")
    for name, source in report["sources"].items():
        whole = "read to the end" if source["complete"] else "NOT read to the end"
        again = f", {source['reread']} of them to re-read" if source.get("reread") else ""
        out.print(f"  {name}: {source['items']} items, {whole}, {source['requests']} requests{again}")
    people = report.get("people", {})
    if any(people.get(key) for key in ("pushed", "removed", "held", "unknown")):
        unknown = (
            f", unknown to the intranet: {', '.join(people['unknown'][:5])}" if people["unknown"] else ""
        )
        held = f", {people['held']} held" if people.get("held") else ""
        more = f" and {len(people['unknown']) - 5} more" if len(people["unknown"]) > 5 else ""
        out.print(f"  people: {people['pushed']} pushed, {people['removed']} removed{held}{unknown}{more}")
    session = report["session"]
    if session["opened"]:
        ended = (
            f"ended, {session['reported_removals']} removed by it"
            if session["ended"]
            else "left open (harmless)"
        )
        out.print(f"  session: {ended}")
    for reason in report["reasons"]:
        out.print(f"  - {reason}")
    if report.get("held"):
        _show_held(out, report["held"])
    if report.get("changes"):
        _show_changes(out, report["changes"])


def _show_held(out: Console, held: list[Mapping[str, Any]]) -> None:
    table = Table("Held", "Title", "Why", box=None, pad_edge=False)
    for one in held[:20]:
        table.add_row(one["id"], one["title"], one["reason"])
    out.print(table)
    if len(held) > 20:
        out.print(f"  ... and {len(held) - 20} more (connector runs RUN_ID --json)")


def _show_changes(out: Console, changes: list[Mapping[str, Any]]) -> None:
    table = Table("Would", "Title", "Why", "Id", box=None, pad_edge=False)
    for one in changes[:50]:
        table.add_row(one["change"], one["title"], one["why"], one["id"])
    out.print(table)
    if len(changes) > 50:
        out.print(f"  ... and {len(changes) - 50} more (--json)")


@_screen
def show_check(result: Mapping[str, Any]) -> None:
    """What `check` found."""
    out = console()
    ledger = result.get("ledger")
    if ledger and not ledger["ok"]:
        out.print(Text.assemble(("NOT ", "red"), f"ledger: {ledger['message']}"))
    for problem in result.get("here", {}).get("problems", []):
        out.print(Text.assemble(Text("NOT ", style="red"), as_typed_here(f"here: {problem}")))
    if ocr := result.get("ocr"):
        mark = Text("ok  ", style="green") if ocr["ok"] else Text("NOT ", style="red")
        out.print(Text.assemble(mark, as_typed_here(f"ocr: {ocr['message']}")))
    for kind, word in (("targets", "target"), ("sources", "source")):
        for name, part in result[kind].items():
            mark = Text("ok  ", style="green") if part["ok"] else Text("NOT ", style="red")
            out.print(Text.assemble(mark, as_typed_here(f"{word} {name}: {part['message']}")))
            for choice, words in part.get("choices", {}).items():
                out.print(f"      permissions = {choice}: {words}")
            for room in part.get("rooms", []):
                said = "included" if room["included"] else "excluded"
                public = ", PUBLIC" if room["public"] and room["included"] else ""
                readers = f"; {room['readers']}" if room.get("readers") else ""
                out.print(f"      {room['name']}: {said}{public}{readers}")
    if result.get("next"):
        out.print(result["next"])


@_screen
def show_status(status: Mapping[str, Any]) -> None:
    """What stands now, per target."""
    out = console()
    for name, target in status["targets"].items():
        documents = target["documents"]
        out.print(f"Target {name} (sources: {', '.join(target['sources'])})")
        out.print(
            f"  {documents['live']} documents in the intranet, {documents['held']} held, "
            f"{target['quarantine']} in quarantine, {documents['without_text']} without text"
        )
        texts = target["texts"]
        if texts["with"] or texts["reasons"]:
            out.print(
                f"  {texts['with']} files have text; which have none: connector documents --state without-text"
            )
        for reason in texts["reasons"]:
            _show_reason(out, reason)
        if texts["formats"]:
            _show_formats(out, texts["formats"])
        for kind, at in target["next_runs"].items():
            out.print(f"  next {kind} run of the service: {at or 'never'}")
        show_runs(target["last_runs"])


def _show_reason(out: Console, reason: Mapping[str, Any]) -> None:
    """How many files have no text for one reason, why that is, and what can be done."""
    out.print(f"  {reason['count']:>7}  {reason['code']}")
    for words in (reason["words"], reason["what_helps"]):
        if words:
            _indented(out, words, 11)


def _show_formats(out: Console, formats: list[Mapping[str, Any]]) -> None:
    """How many files of each format have text and have none."""
    told = "; ".join(
        f"{one['format']} {one['with_text']}"
        + (f" and {one['without_text']} without" if one["without_text"] else "")
        for one in formats
    )
    _indented(out, f"with text, by format: {told}", 2)


@_screen
def show_documents(told: Mapping[str, Any]) -> None:
    """One page of what is searchable and what is not, with folders."""
    out = console()
    asked = told["asked"]
    if not told["documents"]:
        out.print("No document fits." if told["page"] == 1 else "No more documents fit.")
        return
    count = told["count"]
    out.print(f"{count} document{'' if count == 1 else 's'}", style="bold")
    lacking = sum(reason["count"] for reason in told["without_text"])
    if asked["state"] == "without-text" or asked["reason"]:
        for reason in told["without_text"]:
            _show_reason(out, reason)
    elif lacking:
        out.print(f"  {lacking} of them without text; why: connector documents --state without-text")
    for one in told["documents"]:
        _show_row(out, one)
    if told["more"]:
        out.print(f"More: the same command with --page {told['page'] + 1}, or all of them with --csv")


def _show_row(out: Console, one: Mapping[str, Any]) -> None:
    """One document in a list: its title, where it stands, and what is the matter with it."""
    out.print()
    _indented(out, one["title"] or one["id"], 0)
    if one["folders"]:
        _indented(out, " > ".join(one["folders"]), 4)
    out.print(f"    {one['id']}  {one['words']}")
    if one["without_text"]:
        out.print(f"    without text: {one['without_text']['code']}")
    for key, label in (("held", "held"), ("quarantine", "in quarantine")):
        if one[key]:
            _indented(out, f"{label}: {one[key]['words']}", 4)


@_screen
def show_runs(runs: list[Mapping[str, Any]]) -> None:
    """Runs, the newest first."""
    out = console()
    if not runs:
        out.print("  no run yet; begin with: connector backfill")
        return
    # words of any length go below: an outcome or a reason cut short is what nobody can look up at night
    out.print(_RUN_LINE.format("Run", "Mode", "Outcome", "Started (UTC)"), style="bold")
    for run in runs:
        mode = run["mode"] + (" (dry)" if run["dry_run"] else "")
        started = run["started_at"].replace("T", " ").rstrip("Z")
        line = Text(_RUN_LINE.format(run["run_id"], mode, run["outcome"], started))
        line.highlight_words([run["outcome"]], COLOURS.get(run["outcome"], ""))
        out.print(line)
        documents = run.get("documents")
        if documents:
            out.print(
                f"    {documents['added']} added, {documents['updated']} updated, {run.get('removed', 0)} removed"
            )
        reasons = run["reasons"]
        if reasons:
            more = f" (and {len(reasons) - 1} more: connector runs {run['run_id']})" if reasons[1:] else ""
            out.print(f"    {reasons[0]}{more}")


@_screen
def show_quarantine(parked: list[Mapping[str, Any]]) -> None:
    """What could not be synchronised, and why."""
    out = console()
    if not parked:
        out.print("Nothing is in quarantine.")
        return
    for one in parked:
        out.print(f"{one['id']}  {one['title']}")
        out.print(f"    {one['message']}")
        out.print(
            f"    since {one['first_seen']}, tried {_times(one['attempts'])}, next try {one['next_try']}"
        )
    out.print(
        "Try at once: connector quarantine retry [ID]...   Forget the retry: connector quarantine drop [ID]..."
    )


@_screen
def show_verification(told: Mapping[str, Any]) -> None:
    """Whether the intranet has what the ledger says."""
    out = console()
    out.print(told["words"])
    for one in told["found"]:
        out.print(f"  {one['drift']}: {one['id']}  {one['title']}")


@_screen
def show_copy(told: Mapping[str, Any]) -> None:
    """What of a ledger was copied, and how it is used from now on."""
    rows = counted(sum(told["rows"].values()), "row")
    console().print(
        f"Copied and compared {rows} from {told['from']} to {told['to']}. Name it in ledger.url, start the service again, and "
        "put the old ledger away: two that are used one after the other make the intranet take everything as new."
    )


@_screen
def show_explanation(told: Mapping[str, Any]) -> None:
    """Everything about one document."""
    out = console()
    out.print(f"{told['id']}: {told['words']}")
    for key in ("title", "url"):
        if told.get(key):
            out.print(f"  {told[key]}")
    if told.get("source"):
        kind = f"{told['kind']}, " if told.get("kind") else ""
        out.print(f"  from {told['source']}, {kind}known there as {told['native_id']}")
    if told.get("hidden"):
        by = told["hidden"]
        above = "" if by["itself"] else f", with {by['title'] or by['id']}, in which it stands"
        _indented(out, f"{by['words']}{above}. Show it again: connector unhide {by['id']}", 2)
    document = told.get("document")
    if document:
        out.print("  crumbs: " + " > ".join(crumb["Key"] for crumb in document["CrumbLinks"]))
        for facet in document["Taxonomy"]:
            value = facet.get("TextValue") or facet.get("DateValue") or facet.get("NumberValue")
            out.print(f"  {facet['Name']}: {value}")
    if told.get("text"):
        out.print("  text: " + told["text"].replace("\n", "\n        "))
    audience = told.get("audience")
    if audience:
        out.print(f"  who may see it: {audience['words']}")
        for identity in audience["identities"][:20]:
            out.print(f"    {identity}")
    if told.get("for"):
        _show_why(out, told["for"])
    if told.get("pushed_at"):
        run = f" (run {told['pushed_run']})" if told["pushed_run"] else ""
        out.print(f"  last accepted by the intranet: {told['pushed_at']}{run}")
    if told.get("text_missing"):
        missing = told["text_missing"]
        out.print(f"  has no text: {missing['code']}")
        _indented(out, f"{missing['words']} {missing['what_helps']}".rstrip(), 4)
    for key, words in (
        ("not_read", "could not be read wholly at the last try"),
        ("held", "held"),
        ("missing_since_run", "missing from its listing since run"),
        ("unanswered_until", "a call went unanswered; it is done once more after"),
    ):
        if told.get(key):
            out.print(f"  {words}: {told[key]}")
    if told.get("quarantine"):
        out.print(
            f"  in quarantine: {told['quarantine']['message']} (next try {told['quarantine']['next_try']})"
        )


@_screen
def show_fitting(told: Mapping[str, Any]) -> None:
    """Several documents that fit what was asked for."""
    out = console()
    out.print(told["error"]["message"] + ":")
    for one in told["fits"]:
        out.print(f"  {one['id']}  {' > '.join([*one['folders'], one['title']])}")
    if told["count"] > len(told["fits"]):
        out.print(f"  and {told['count'] - len(told['fits'])} more")


@_screen
def show_certificate(told: Mapping[str, Any]) -> None:
    """What was erased of a document or a person, and what was not."""
    out = console()
    because = f", because: {told['because']}" if told["because"] else ""
    out.print(f"Certificate {told['certificate']}, {told['at']}, ordered by {told['by']}{because}")
    _indented(out, told["words"], 2)
    if told["ids"]:
        _indented(out, f"documents: {', '.join(told['ids'])}", 2)
    for one in told["calls"]:
        out.print(f"  {one['call']}: {one['ids']}")
    _indented(out, told["read_back"]["words"], 2)
    erased = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in told["erased"].items() if count)
    _indented(out, f"erased here: {erased or 'nothing was left'}", 2)
    for words in (told["kept_out"], told["logs"]):
        _indented(out, words, 2)
    out.print("  not reached:")
    for words in told["not_reached"]:
        _indented(out, f"- {words}", 4)


@_screen
def show_hidden(told: Mapping[str, Any]) -> None:
    """What is kept out of the search by people's orders."""
    out = console()
    if not told["hidden"]:
        out.print("Nothing is hidden.")
        return
    for one in told["hidden"]:
        below = one["documents"] - 1
        out.print(
            f"{one['id']}  {one['title'] or '(forgotten)'}" + (f", and {below} below it" if below > 0 else "")
        )
        waits = "" if one["carried_out"] else " (not carried out yet: the next run does)"
        _indented(out, f"{one['words']}{waits}", 4)
    out.print("Show one again: connector unhide ID")


@_screen
def show_exchanges(told: Mapping[str, Any]) -> None:
    """Every call that can be made, one paragraph each."""
    out = console()
    for host in told["hosts"]:
        out.print(f"{host['host']}  {host['transport']}  ({', '.join(host['who'])})")
    for one in told["exchanges"]:
        personal = "  personal data" if one["personal_data"] == "yes" else ""
        out.print(f"\n{one['number']}. {one['method']} {one['host']}{one['path']}{personal}")
        out.print(f"   {one['purpose']}")
        for key, label in (
            ("header", "header"),
            ("query", "query"),
            ("body", "body"),
            ("receives", "answer"),
            ("kept", "kept"),
        ):
            out.print(f"   {label}: {one[key]}")


def _show_why(out: Console, why: Mapping[str, Any]) -> None:
    """Why one person finds a document or not."""
    out.print(f"  {why['person']} {'finds it' if why['finds'] else 'does NOT find it'}")
    for step in why["steps"]:
        out.print(f"    - {step}")
    if why["finds"] and why["through"]:
        out.print(f"    through {', '.join(why['through'])}")
    if why["missing"]:
        out.print(f"    missing: {why['missing']}")
