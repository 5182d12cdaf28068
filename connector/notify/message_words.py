"""The words of notifications: subjects, mails, the two forms of a webhook, the weekly digest. PURE."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from connector.document.counting import Number, counted
from connector.document.printable import printable, quoted
from connector.machine.verbs import ended
from connector.notify.events import NOT_STARTED, TAKEN, Event, What
from connector.plan.report import stamp
from connector.plan.state_words import lacks
from connector.plan.words import how_to_decide

PURPOSE = (
    "Tells that a run failed, waits for a decision, was withheld for long or stood still, that none comes to its end, that settings were "
    "refused, or that all is well again."
)
"""What somebody is told for, in words for auditors: by any channel."""

FIRST_REASONS = 10
LONGEST = 500
"""Characters of one reason in a notification."""
LONGEST_SUBJECT = 200
BODY_FIELDS = (
    "text",
    "event",
    "target",
    "run_id",
    "mode",
    "outcome",
    "finished_at",
    "reasons",
    "codes",
    "documents",
)
"""Of a webhook's generic body."""
_BRACKET = re.compile(r"<(?=[!@#/A-Za-z])")
"""What begins a mention or a link to some chat tools: `<!channel>`, `<@U012>`, `<https://...|words>`."""
_MENTION = re.compile(r"(?<![\w.+-])@(?=\w)")
"""What begins one to others, such as `@here`; the sign within an address begins none."""
_SAID = {
    What.FAILED: "A run into {target} failed: {lacks}. Nothing is lost; the next run goes on from what is confirmed.",
    What.BRAKED: "A run into {target} waits for your decision. What it put on hold stays as it is.",
    What.WITHHELD: "{runs:run/runs in a row} into {target} {runs:~was/were} withheld: search is not wholly up to date.",
    What.STALLED: "A run into {target} stood still, so the service ended it: {lacks}. Nothing is lost; the next run goes on from what "
    "is confirmed.",
    What.LATE: "No run into {target} came to its end since {since}: search may be behind.",
    What.RECOVERED: "Search is up to date{again} in {target}.",
}
_UNREAD = (
    "{runs:run/runs in a row} into {target} did not read every source to the end, beside what waits for your decision: search lacks what "
    "changed there."
)
"""Of runs that wait, and are told as withheld besides."""
_NO_RUN = (
    "No run into {target} can be done: search stays as it is, and lacks what changes, until this is mended."
)
"""Where one failed that could not even be written down, so that there is nothing to look it up in."""
_REFUSED = (
    "The service{where} was refused its settings. It goes on by those of before: runs go on, and what was changed in the settings does "
    "not count."
)
_NOT_STARTED = "The service{where} could not start: no run begins, and search lacks what changes."
_TAKEN = "The service{where} has taken its settings: what was changed in them counts."
_OF_SETTINGS = {TAKEN: _TAKEN, NOT_STARTED: _NOT_STARTED}
_NEXT = {
    What.FAILED: "Look at it with: connector runs {run_id}; then: connector check",
    What.WITHHELD: "Look at it with: connector runs {run_id}; then: connector check",
    What.STALLED: "Look at it with: connector runs {run_id}; then: connector check",
    What.LATE: "See how it stands with: connector status",
    What.RECOVERED: "",
}


MEND = "Nothing is lost, and the next run goes on by itself once it is mended. To see what else is wrong: connector check"
START = "Correct that, then start the service. To see what else is wrong: connector check"
LOOK_FOR_IT = (
    "What people hid may be found again. If the disk of the former one is only not mounted, stop the service, mount the disk, and start "
    "the service; if there is a backup, stop it and put that back: connector ledger restore FILE. See how it stands with: connector status"
)
CORRECT = "Correct them, then reload the service, or restart it where that is said. To see what else is wrong: connector check"


class Letter(msgspec.Struct, frozen=True):
    """A mail: its subject and its text."""

    subject: str
    text: str


def headline(event: Event) -> str:
    """One sentence."""
    if event.leaks and event.what is What.WITHHELD:
        return f"A stranger finds what is not for her in {event.target}, so nothing new is sent there."
    if event.lost and event.what is What.WITHHELD:
        return (
            f"The ledger of {event.target} is new, or was lost: the intranet has documents that it does not know. Nothing is removed, and "
            "everything is sent again."
        )
    if event.what is What.SETTINGS:
        said = _OF_SETTINGS.get(event.outcome, _REFUSED)
        return said.format(where=f" on {event.host}" if event.host else "")
    is_unread = event.what is What.WITHHELD and event.outcome == What.BRAKED
    said = _NO_RUN if _is_unwritten(event) else _UNREAD if is_unread else _SAID[event.what]
    return said.format(
        target=event.target,
        runs=Number(event.runs),
        since=stamp(event.at),
        lacks=lacks(none_good=event.none_good),
        again="" if event.none_good else " again",
    )


def what_next(event: Event, reasons: Sequence[str]) -> str:
    """
    What to type; empty where there is nothing to do, or one of the reasons beside it says so already.

    Args:
        reasons: as they are shown.
    """
    if event.what is What.BRAKED:
        how = how_to_decide(event.run_id)
        return "" if any(how in one for one in reasons) else how
    if event.lost and event.what is What.WITHHELD:
        return LOOK_FOR_IT
    if event.what is What.SETTINGS:
        return {TAKEN: "", NOT_STARTED: START}.get(event.outcome, CORRECT)
    return MEND if _is_unwritten(event) else _NEXT[event.what].format(run_id=event.run_id)


def _is_unwritten(event: Event) -> bool:
    """Whether it is about a run that failed and stands in no history."""
    return event.what is What.FAILED and not event.run_id


def letter(event: Event, *, shown_as: Callable[[str], str] = str) -> Letter:
    """
    The mail about a run, with its reasons.

    Args:
        shown_as: names commands as they are typed on this machine.
    """
    when = f" {stamp(event.at)}" if event.what is not What.LATE else ""
    ended_so = f"The {event.mode} run {event.run_id} ended{when}: {event.outcome}."
    reasons = _first_reasons(event, titles=True)
    lines = [headline(event), "", *([ended_so] if event.run_id else []), *(f"* {one}" for one in reasons)]
    if then := what_next(event, reasons):
        lines += ["", ended(then)]
    of_settings = event.what is What.SETTINGS
    subject = (
        f"settings: {event.outcome.replace('-', ' ')}"
        if of_settings
        else f"{event.target}: {event.what.value}"
    )
    return _letter(f"[connector] {subject}", lines, shown_as)


def _letter(subject: str, lines: Sequence[str], shown_as: Callable[[str], str]) -> Letter:
    """A mail of these lines: what others wrote in one of them makes no second one."""
    text = "\n".join(map(printable, lines)).rstrip()
    return Letter(printable(subject), shown_as(f"{text}\n"))


def webhook_json(event: Event, *, titles: bool, shown_as: Callable[[str], str] = str) -> dict[str, Any]:
    """
    The generic body of a webhook; its `text` is what chat tools show.

    Args:
        titles: whether titles of documents may stand in it.
    """
    return {
        "text": shown_as(chat_text(event, titles=titles)),
        "event": event.what.value,
        "target": event.target,
        "run_id": event.run_id,
        "mode": event.mode,
        "outcome": event.outcome,
        "finished_at": stamp(event.at),
        "reasons": [shown_as(_chat_line(one)) for one in _first_reasons(event, titles=titles)],
        "codes": list(event.codes),
        "documents": event.documents,
    }


def chat_text(event: Event, *, titles: bool) -> str:
    """What a chat tool shows."""
    reasons = _first_reasons(event, titles=titles)
    return "\n".join(
        _chat_line(one)
        for one in (headline(event), *(f"• {one}" for one in reasons), what_next(event, reasons))
        if one
    )


def _chat_line(words: str) -> str:
    """One line of what a chat tool shows: whatever others wrote in it calls nobody, and is no link under another name."""
    return _MENTION.sub("@\u200b", _BRACKET.sub("‹", printable(words)))


def _first_reasons(event: Event, *, titles: bool) -> list[str]:
    """The first reasons, each as long as a person reads; none of what is well again."""
    if event.what is What.RECOVERED:
        return []
    reasons = event.reasons if titles else event.untitled
    shown = [one if len(one) <= LONGEST else f"{one[: LONGEST - 3]}..." for one in reasons[:FIRST_REASONS]]
    more = len(reasons) - len(shown)
    return [*shown, f"and {counted(more, 'reason')} more"] if more > 0 else shown


# -- the weekly digest -----------------------------------------------------------------------------


class Lacking(msgspec.Struct, frozen=True, kw_only=True):
    """Documents that are lacking in one way, for one reason."""

    words: str
    remedy: str
    count: int
    titles: tuple[str, ...]
    """The first of those that the owner may see."""


class RoomDigest(msgspec.Struct, frozen=True, kw_only=True):
    """What one room's owner is told of it."""

    room: str
    findable: int
    without_text: tuple[Lacking, ...] = ()
    missing: tuple[Lacking, ...] = ()
    """In quarantine, by reason."""
    unseen: Lacking | None = None
    """What nobody may see."""


def digest_letter(
    rooms: Sequence[RoomDigest], unknown: Sequence[str], *, shown_as: Callable[[str], str]
) -> Letter:
    """The week's mail for one owner: what can be found in each of the rooms, what not and why, what nobody may see."""
    lines = ["What people can find of your rooms in the intranet's search, and what they cannot.", ""]
    for one in rooms:
        lines += _room(one)
    lines += [f"No room is called {one}: it was renamed, or it is not read any more." for one in unknown]
    names = ", ".join(one.room for one in rooms) or "your rooms"
    return _letter(f"Search of the week: {names}"[:LONGEST_SUBJECT], lines, shown_as)


def _room(one: RoomDigest) -> list[str]:
    lines = [one.room, "-" * len(one.room), f"{counted(one.findable, 'document')} can be found."]
    for title, found in (
        ("Found by their names only, since their words cannot be read:", one.without_text),
        ("Not brought up to date, and tried again by itself:", one.missing),
        ("In the search, and nobody may see it:", (one.unseen,) if one.unseen else ()),
    ):
        if found:
            lines += ["", title]
        for lacking in found:
            lines.append(f"* {lacking.count}: {lacking.words} {lacking.remedy}".rstrip())
            lines += [f"    {quoted(each)}" for each in lacking.titles]
            rest = lacking.count - len(lacking.titles)
            if rest and lacking.titles:
                lines.append(f"    and {rest} more")
    if not (one.without_text or one.missing or one.unseen):
        lines.append("Nothing is lacking.")
    return [*lines, ""]
