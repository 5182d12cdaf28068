"""
Terminal screens: values become sentences on standard output, at the width of the terminal. Nothing is decided here.

What a screen is written with: `terminal`; how lines break: `line_wrapping`; those of runs: `screens_runs`.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from connector.commands import screens_forecast as foreseen
from connector.commands.screens_runs import COLOURS, UTC, show_report, show_runs
from connector.commands.terminal import Page, console, listed, say, screen
from connector.document.counting import Number, counted, times
from connector.document.dates import clock_time, wall_times
from connector.document.printable import called
from connector.ledger.catalogue import LAST_PAGE
from connector.machine.verbs import ended, name_target
from connector.plan.report import stamp

__all__ = [
    "COLOURS",
    "console",
    "say",
    "show_backup",
    "show_certificate",
    "show_check",
    "show_copy",
    "show_documents",
    "show_exchanges",
    "show_explanation",
    "show_fitting",
    "show_hidden",
    "show_quarantine",
    "show_report",
    "show_restored",
    "show_runs",
    "show_status",
    "show_verification",
]
FIRST_IDENTITIES = 20
TONES = {"good": "green", "warning": "yellow", "bad": "red"}


@screen
def show_status(status: Mapping[str, Any], zone: str = UTC) -> None:
    """What stands now, per target."""
    page = Page()
    several = len(status["targets"]) > 1
    for name, target in status["targets"].items():
        name_target(name if several else "")
        sources = listed(target["sources"])
        none = "" if "error" in status else ", to which no source belongs"  # what is wrong may be all of one
        page.say(f"Target {name}{f', with {sources}' if sources else none}", style="bold")
        for matter in target["matters"]:
            _show_matter(page, matter)
        _show_standing(page, target)
        _show_when(page, target, zone)
        if status.get("served") is False and any(target["next_runs"].values()):
            page.say("No service runs with this ledger now: start it, or none of these runs begins.", by=2)
        _show_seen(page, target, zone)
        _show_told(page, target["told"], zone)
        show_runs(target["last_runs"], zone)


def _show_standing(page: Page, target: Mapping[str, Any]) -> None:
    """How many documents there are, and what they have of text."""
    documents, texts = target["documents"], target["texts"]
    kept = f" ({documents['kept']} of them kept by decision)" if documents["kept"] else ""
    held = target["people"]["held"]
    people = f", {Number(held):person/people} on hold" if held else ""
    page.say(
        f"{counted(documents['live'], 'document')} in the intranet, {documents['held']} on hold{kept}, "
        f"{target['quarantine']} in quarantine, {documents['without_text']} without text{people}",
        first="  ",
        by=4,
    )
    if texts["with"] or texts["reasons"]:
        rest = " Those that have none: connector documents --state without-text" if texts["reasons"] else ""
        page.say(
            f"{Number(texts['with']):file has/files have} text.{rest}",
            first="  ",
            by=4,
        )
    for reason in texts["reasons"]:
        _show_reason(page, reason)
    if texts["formats"]:
        _show_formats(page, texts["formats"])


def _show_when(page: Page, target: Mapping[str, Any], zone: str) -> None:
    """By which settings a run goes, what it waits for, when one was good last, and when the next ones are due."""
    if target["waits_for"]:
        page.say(f"The run under way waits: {target['waits_for']}.", by=2)
    if target["settings_at"]:
        page.say(
            f"The run under way began by the settings of before; those that were read {clock_time(target['settings_at'], zone)} "
            "count from its end.",
            by=2,
        )
    if target["last_runs"]:
        good = target["last_good"]
        page.say(f"last good run: {clock_time(good, zone) if good else 'none yet'}", by=2)
    for kind, at in target["next_runs"].items():
        page.say(f"next {kind} run of the service: {clock_time(at, zone) if at else 'never'}", by=2)


def _show_seen(page: Page, target: Mapping[str, Any], zone: str) -> None:
    """What the search test and the last comparison saw in the intranet; what is a matter was said as one."""
    said = {matter["why"] for matter in target["matters"]}
    for words in (target["search"] or {}).get("words", ()):
        if words not in said:
            page.say(words, first="  ", by=4)
    if compared := target["compared"]:
        by = f"run {compared['run_id']}" if compared["run_id"] else "connector ledger verify"
        page.say(f"{compared['words']} ({clock_time(compared['at'], zone)}, {by})", first="  ", by=4)


def _show_matter(page: Page, matter: Mapping[str, Any]) -> None:
    """One thing that is the matter, why, and what is typed about it."""
    page.say(f"{matter['words']}.", by=2, style=TONES[matter["tone"]])
    if matter["why"]:
        page.say(ended(f"{matter['why'][:1].upper()}{matter['why'][1:]}"), by=4)
    for step in matter["steps"]:
        page.say(f"{step['words'].rstrip(':')}: {step['command']}", by=4)


def _show_told(page: Page, told: Mapping[str, Any], zone: str) -> None:
    """What was told of runs last, whom it did not reach and why, and what waits."""
    if last := told["last"]:
        at = clock_time(last["at"], zone)
        page.say(f"Told last by {last['by']}: {last['words']} ({at}, run {last['run_id']})", first="  ", by=4)
    for channel, why in told["trouble"].items():
        page.say(f"Not everybody was told by {channel} at {clock_time(told['since'], zone)}: {why}", by=2)
    if told["waiting"]:
        page.say(f"{counted(told['waiting'], 'notice waits', 'notices wait')} for another try", by=2)


def _show_reason(page: Page, reason: Mapping[str, Any]) -> None:
    """How many files have no text for one reason, why that is, and what can be done."""
    page.say(reason["code"], first=f"  {reason['count']:>7}  ")
    for words in (reason["words"], reason["what_helps"]):
        if words:
            page.say(words, by=11)


def _show_formats(page: Page, formats: Sequence[Mapping[str, Any]]) -> None:
    """How many files of each format have text and have none."""
    told = "; ".join(
        f"{one['format']} {one['with_text']}"
        + (f" and {one['without_text']} without" if one["without_text"] else "")
        for one in formats
    )
    page.say(f"with text, by format: {told}", first="  ", by=4)


@screen
def show_documents(told: Mapping[str, Any], zone: str = UTC) -> None:
    """One page of what is searchable and what is not, with folders."""
    page = Page()
    asked = told["asked"]
    if not told["documents"] and told["more"]:
        page.say("No document matches among those looked at so far.")
        say_more(page, told)
        return
    if not told["documents"]:
        page.say("No document matches." if told["page"] == 1 else "No more documents match.")
        if not asked["state"] and asked.get("words"):
            page.say("It may be out of the search: --state hidden, --state removed")
        return
    page.say(f"{'At least ' if told['at_least'] else ''}{counted(told['count'], 'document')}", style="bold")
    lacking = sum(reason["count"] for reason in told["without_text"])
    if asked["state"] == "without-text" or asked["reason"]:
        for reason in told["without_text"]:
            _show_reason(page, reason)
    elif lacking:
        page.say(
            f"{lacking} of them without text. Why: connector documents --state without-text", first="  ", by=4
        )
    for one in told["documents"]:
        _show_row(page, one, zone)
    if told["more"]:
        page.gap()
        say_more(page, told, otherwise=", or with --csv for all of them")


def say_more(page: Page, told: Mapping[str, Any], *, otherwise: str = "") -> None:
    """Say how the page after this one is shown: by its number, as far as numbers count, else by its place."""
    if told["page"] and told["page"] < LAST_PAGE:
        page.say(f"For more, type the same with --page {told['page'] + 1}{otherwise}.")
        return
    instead = f" in place of --page {told['page']}" if told["page"] else ""
    page.say(f"For more, type the same with this{instead}{otherwise}:")
    page.whole(f"--from {shlex.quote(told['next'])}", by=4)


def _show_row(page: Page, one: Mapping[str, Any], zone: str) -> None:
    """One document in a list: its title, where it stands, and what is the matter with it."""
    page.gap()
    page.say(called(one["title"], one["id"]))
    if one["folders"]:
        page.say(" > ".join(one["folders"]), by=4)
    page.say(wall_times(one["words"], zone), first=f"    {one['id']}  ", by=4)
    if one["without_text"]:
        page.say(f"without text: {one['without_text']['code']}", by=4)
    for key, label in (("held", "on hold"), ("quarantine", "in quarantine")):
        if one[key]:
            page.say(f"{label}: {one[key]['words']}", first="    ", by=6)


@screen
def show_quarantine(parked: Sequence[Mapping[str, Any]], zone: str = UTC) -> None:
    """What could not be synchronised, and why."""
    page = Page()
    if not parked:
        page.say("Nothing is in quarantine.")
        return
    page.say(f"{counted(len(parked), 'document')} in quarantine (times in {zone})", style="bold")
    for one in parked:
        page.gap()
        page.say(called(one["title"], one["id"]))
        page.whole(one["id"], by=4)
        page.say(one["message"], by=4)
        later = one["next_try"] if one["next_try"] == "next run" else clock_time(one["next_try"], zone)
        page.say(
            f"since {clock_time(one['first_seen'], zone)}, tried {times(one['attempts'])}, next try: {later}",
            first="    ",
            by=6,
        )
    page.gap()
    page.say("To try all of them again in the next run: connector quarantine retry")
    page.say("To stop retrying all of them: connector quarantine drop")
    page.say("Either takes ids of documents behind it, and then does it for those alone.")


# -- one document --------------------------------------------------------------------------------------


@screen
def show_explanation(told: Mapping[str, Any], zone: str = UTC) -> None:
    """Everything about one document."""
    page = Page()
    page.say(called(told["title"], told["id"]), style="bold")
    page.say(wall_times(told["words"], zone), first=f"  {told['id']}  ", by=4)
    _show_origin(page, told)
    if told.get("hidden"):
        by = told["hidden"]
        above = "" if by["itself"] else f", with the folder {called(by['title'], by['id'])} above it"
        words = wall_times(by["words"], zone)
        page.say(f"{words}{above}. To show it again: connector unhide {by['id']}", first="  ", by=4)
    _show_content(page, told)
    _show_readers(page, told)
    if told.get("for"):
        _show_why(page, told["for"], zone)
    if told.get("pushed_at"):
        run = f" by run {told['pushed_run']}" if told["pushed_run"] else ""
        page.say(
            f"last accepted by the intranet: {clock_time(told['pushed_at'], zone)} ({zone}){run}",
            first="  ",
            by=4,
        )
    if told.get("text_missing"):
        missing = told["text_missing"]
        page.say(f"has no text: {missing['code']}", by=2)
        page.say(f"{missing['words']} {missing['what_helps']}", by=4)
    _show_trouble(page, told, zone)


def _show_origin(page: Page, told: Mapping[str, Any]) -> None:
    """Where a document comes from, and which run removed it."""
    if told.get("url"):
        page.whole(told["url"], by=2)
    if told.get("source"):
        kind = f"{told['kind']}, " if told.get("kind") else ""
        known = f"{kind}known there as {told['native_id']}" if told.get("native_id") else kind.rstrip(", ")
        page.say(", ".join(one for one in (f"from {told['source']}", known) if one), first="  ", by=4)
    if run := (told.get("removed") or {}).get("run_id"):
        page.say(f"by run {run}. See it: connector runs {run}", first="  ", by=4)


def _show_content(page: Page, told: Mapping[str, Any]) -> None:
    """What was sent of a document: its breadcrumb, its facets, and how its text begins."""
    if document := told.get("document"):
        page.say("where: " + " > ".join(crumb["Key"] for crumb in document["CrumbLinks"]), first="  ", by=4)
        for facet in document["Taxonomy"]:
            value = facet.get("TextValue") or facet.get("DateValue") or facet.get("NumberValue")
            page.say(f"{facet['Name']}: {value}", first="  ", by=4)
    if told.get("text"):
        page.say("its text begins:", by=2)
        for line in told["text"].split("\n"):
            page.say(line, by=4)


def _show_readers(page: Page, told: Mapping[str, Any]) -> None:
    """Who may find a document, as far as a screen has room for them."""
    if audience := told.get("audience"):
        page.say(f"readers: {audience['words']}", first="  ", by=4)
        for identity in audience["identities"][:FIRST_IDENTITIES]:
            page.whole(identity, by=4)
        if len(audience["identities"]) > FIRST_IDENTITIES:
            page.say(f"and {len(audience['identities']) - FIRST_IDENTITIES} more (--json)", by=4)


def _show_trouble(page: Page, told: Mapping[str, Any], zone: str) -> None:
    """What is the matter with a document."""
    if told.get("on_hold"):
        page.say(told["on_hold"], first="  ", by=4)
    for key, words in (
        ("not_read", "could not be read completely the last time"),
        ("held", "on hold"),
        ("missing_since_run", "missing from its listing since run"),
    ):
        if told.get(key):
            page.say(f"{words}: {told[key]}", first="  ", by=4)
    if told.get("unanswered_until"):
        at = clock_time(told["unanswered_until"], zone)
        page.say(
            f"Interact did not answer for it; it is sent once more after {at} ({zone})", first="  ", by=4
        )
    if told.get("quarantine"):
        parked = told["quarantine"]
        later = (
            parked["next_try"] if parked["next_try"] == "next run" else clock_time(parked["next_try"], zone)
        )
        page.say(f"in quarantine: {parked['message'].rstrip(' .')} (next try: {later})", first="  ", by=4)


def _show_why(page: Page, why: Mapping[str, Any], zone: str) -> None:
    """Why one person finds a document or not."""
    page.say(f"{why['person']} {'finds it' if why['finds'] else 'does NOT find it'}", by=2)
    if why["finds"] and why["through"]:
        page.say(f"through {listed(why['through'])}", first="    ", by=6)
    if why["missing"]:
        page.say(f"what is missing: {wall_times(why['missing'], zone)}", first="    ", by=6)
    for step in why["steps"]:
        page.say(step, first="    - ", by=6)


@screen
def show_fitting(told: Mapping[str, Any]) -> None:
    """Several documents that fit what was asked for."""
    page = Page()
    page.say(f"{told['error']['message']}:")
    for one in told["fits"]:
        page.say(" > ".join([*one["folders"], one["title"]]), first="  ", by=4)
        page.whole(one["id"], by=4)
    if told["count"] > len(told["fits"]):
        page.say(f"and {told['count'] - len(told['fits'])} more", by=2)


@screen
def show_hidden(told: Mapping[str, Any], zone: str = UTC) -> None:
    """What is kept out of the search by people's orders."""
    page = Page()
    if not told["hidden"]:
        page.say("Nothing is hidden.")
        return
    for one in told["hidden"]:
        below = one["documents"] - 1
        called = one["title"] or ("(a person)" if one["about"] == "person" else "(forgotten)")
        page.say(f"{called}{f', and {below} below it' if below > 0 else ''}")
        page.whole(one["id"], by=4)
        waits = "" if one["carried_out"] else " (not done yet: the next run does it)"
        page.say(f"{wall_times(one['words'], zone)}{waits}", first="    ", by=6)
        if one["to_erase"]:
            again = "PERSON" if one["about"] == "person" else one["id"]
            page.say(f"still in this ledger. To erase it: connector forget {again}", by=4)
    page.say("To show one again: connector unhide ID")


@screen
def show_certificate(told: Mapping[str, Any]) -> None:
    """What was erased of a document or a person, and what was not."""
    page = Page()
    because = f", because: {told['because']}" if told["because"] else ""
    page.say(f"Certificate {told['certificate']}, {told['at']}, ordered by {told['by']}{because}", by=2)
    page.say(told["words"], by=2)
    if told["ids"]:
        page.say(f"documents: {listed(told['ids'])}", first="  ", by=4)
    for one in told["calls"]:
        page.say(f"{one['call']}: {one['ids']}", first="  ", by=4)
    page.say(told["read_back"]["words"], by=2)
    erased = listed(told["erased_words"])
    nothing = "nothing was left" if told["calls"] else "nothing yet"
    page.say(f"erased here: {erased or nothing}", first="  ", by=4)
    for words in (told["kept_out"], told["logs"]):
        page.say(words, by=2)
    page.say("not reached:", by=2)
    for words in told["not_reached"]:
        page.say(words, first="    - ", by=6)


# -- check, exchanges, the ledger ----------------------------------------------------------------------


@screen
def show_check(result: Mapping[str, Any]) -> None:
    """What `check` found."""
    page = Page()

    def line(words: str, *, ok: bool) -> None:
        page.say(words, first="ok   " if ok else "NOT  ", by=5, style="green" if ok else "red")

    ledger = result.get("ledger")
    if ledger and not ledger["ok"]:
        line(f"ledger: {ledger['message']}", ok=False)
    for problem in result.get("here", {}).get("problems", []):
        line(f"here: {problem}", ok=False)
    if ocr := result.get("ocr"):
        line(f"ocr: {ocr['message']}", ok=ocr["ok"])
    if canary := result.get("canary"):
        line(f"search: {canary['message']}", ok=canary["ok"])
    for kind, word in (("targets", "target"), ("sources", "source")):
        for name, part in result[kind].items():
            line(f"{word} {name}: {part['message']}", ok=part["ok"])
            for choice, words in part.get("choices", {}).items():
                page.say(f"permissions = {choice}: {words}", first="     ", by=7)
            for room in part.get("rooms", []):
                said = "included" if room["included"] else "left out"
                public = ", PUBLIC" if room["public"] and room["included"] else ""
                readers = f"; {room['readers']}" if room.get("readers") else ""
                page.say(f"{room['name']}: {said}{public}{readers}", first="     ", by=7)
    if told := result.get("forecast"):
        foreseen.show_forecast(page, told)
    if result.get("next"):
        page.say(result["next"])


@screen
def show_verification(told: Mapping[str, Any]) -> None:
    """Whether the intranet has what the ledger says."""
    page = Page()
    page.say(told["words"])
    for one in told["found"]:
        page.say(f"{one['drift']}: {called(one['title'], one['id'])}", first="  ", by=4)
        page.whole(one["id"], by=4)


@screen
def show_backup(told: Mapping[str, Any], zone: str = UTC) -> None:
    """What a copy of a ledger holds."""
    page = Page()
    page.whole(told["file"])
    page.say(f"{told['bytes']} bytes, complete, schema {told['schema']}. It holds:", by=2)
    for name, one in told["targets"].items():
        documents = counted(sum(one["documents"].values()), "document")
        ended = one["finished_at"]
        last = f"last run {clock_time(stamp(ended), zone)} ({zone})" if ended else "no run ended yet"
        page.say(
            f"{name}: {documents}, {counted(one['people'], 'person', 'people')}, {last}", first="    ", by=6
        )
    if not told["targets"]:
        page.say("no run yet", by=4)


@screen
def show_restored(told: Mapping[str, Any]) -> None:
    """That a copy is the ledger now, and what comes next."""
    page = Page()
    page.say("The copy is the ledger now.")
    if told["old_ledger"]:
        page.say(f"The former ledger is kept as {told['old_ledger']}", by=2)
    page.say("Next: connector check, then: connector sync --mode full")


@screen
def show_copy(told: Mapping[str, Any]) -> None:
    """What of a ledger was copied, and how it is used from now on."""
    page = Page()
    page.say(
        f"{counted(sum(told['rows'].values()), 'row')} copied and compared, from {told['from']} to {told['to']}."
    )
    page.say(
        "Name the new ledger in ledger.url, start the service again, and put the old one away: with two ledgers in turns, "
        "everything is sent again each time."
    )


@screen
def show_exchanges(told: Mapping[str, Any]) -> None:
    """Every call that can be made, one paragraph each."""
    page = Page()
    for host in told["hosts"]:
        page.say(f"{host['transport']}, for {listed(host['who'])}", first=f"{host['host']}  ", by=4)
    for one in told["exchanges"]:
        page.gap()
        personal = "Personal data: yes" if one["personal_data"] == "yes" else "Personal data: no"
        page.whole(f"{one['number']}. {one['method']} {one['host']}{one['path']}")
        page.say(f"{one['purpose'].rstrip(' .')}. {personal}.", by=3)
        for key, label in (
            ("header", "header"),
            ("query", "query"),
            ("body", "body"),
            ("receives", "answer"),
            ("kept", "kept"),
        ):
            page.say(f"{label}: {one[key]}", first="   ", by=5)
