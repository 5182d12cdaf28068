"""
What is said of a run: codes and their values come in, sentences go out. PURE.

Nobody decides by these sentences; who must decide reads the codes (`findings`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connector.plan.brake import Cause, Tripped
from connector.plan.findings import BETWEEN, Code, Finding, Gone, HoldReason, Why

NAMED = 5
"""Rooms that are named; more are counted."""

_HOLD_WORDS: dict[str, str] = {
    HoldReason.BRAKE: "gone from its source, but too many documents would go at once",
    HoldReason.ABSENT: "missing for an hour and longer, and nothing can prove that it is gone",
    HoldReason.SOURCE_MOVED: "gone from its source, which is read at another address, or with another account, than before",
    HoldReason.MAY_HAVE_MOVED: "gone from its room, but it may have moved to another one that cannot be asked now",
    HoldReason.UNASKED: "gone from its room in two runs; too many are missing to ask each other room for every one of them",
    HoldReason.ROOM_VANISHED: "its room, or its list, is no longer listed by the source; that is no proof that it is gone",
    HoldReason.ROOM_EXCLUDED: "the settings leave out its room, or its kind of record",
    HoldReason.SOURCE_REMOVED: "its source is no longer in the settings",
    HoldReason.SETTINGS: "changed settings leave it out",
    HoldReason.EXPIRED: "who may see it could not be read for too long",
    HoldReason.LOST: "nobody who could see it may see it any more",
    HoldReason.REFUSED: "fewer people may see it, and the intranet refuses it with them",
    HoldReason.WIDER: "more people may see it than before",
    HoldReason.PERSON: "would find nothing any more, as too many others would at once",
    HoldReason.PERSON_REFUSED: "may see less than before, and the intranet refuses the record with it",
    HoldReason.UNCONFIRMED: "an earlier ledger pushed it, and it cannot be pushed now",
}
_WHY_WORDS = {
    Why.NEW: "new",
    Why.TAKEN_AS_NEW: "taken as new: the ledger or the intranet was not what it should be",
    Why.UNANSWERED: "an earlier call went unanswered and may have taken effect late",
    Why.CHANGED: "changed in its source, in what it inherits, or in its mapping",
    Why.OTHER_PEOPLE: "other people may see it",
    Why.AGAIN: "pushed again by a {mode} run",
    Why.FEWER_PEOPLE: "fewer people may see it",
    Why.MORE_PEOPLE: "more people may see it",
    Why.MORE_OF_ITS_PLACE: "a folder above it is known to more people",
    Why.KEPT: "kept as it was accepted last",
    Why.KEPT_BARE: "kept, by its name alone",
}
_GONE_WORDS = {
    Gone.NOT_FOUND: "gone from its source (404)",
    Gone.LEFT_OUT: "left out by the settings",
    Gone.SUPERSEDED: "superseded by another one of the same name in the same place",
    Gone.EXPIRED: "who may see it could not be read for too long",
    Gone.REFUSED: "fewer people may see it, and the intranet refuses it with them",
    Gone.APPROVED: "approved",
    Gone.HIDDEN: "hidden by a person",
}


def say(finding: Finding, *, run_id: str) -> str:
    """Say what was found, in a sentence; empty where other words tell it already."""
    made = _WORDS[finding.code]
    values = {**finding.values, "how": how_to_decide(run_id), "run_id": run_id}
    if "title" in values:
        values["called"] = values["title"] or values["id"]
    return made.format_map(values) if isinstance(made, str) else made(values)


def how_to_decide(run_id: str) -> str:
    """What to type about what a run held."""
    return f"Look at them with: connector runs {run_id}; then: connector sync --approve {run_id}, or --keep {run_id}"


def held(reason: str, note: str = "") -> str:
    """Say why a document is held; a reason that a newer release wrote stays as it is."""
    words = _HOLD_WORDS.get(reason, reason)
    return f"{words}: {some(note.split(BETWEEN))}" if note else words


_ON_APPROVAL = {
    "removal": "An approval takes it out of the search, unless it has come back.",
    "wider": "An approval shows it to them.",
    "unconfirmed": "It can only be kept: by its name, link and who may see it.",
    "person": "An approval takes from the person what others no longer grant.",
}


def on_approval(what: str) -> str:
    """Say what an approval does to what is held (`Kind` of the ledger's waiting)."""
    return _ON_APPROVAL[what]


def missing(why: str) -> str:
    """Say that a document is missing, and why that proves nothing."""
    return f"missing without proof that it is gone: {why}"


def why(reason: Why, *, mode: str) -> str:
    """Say why a document goes out."""
    return _WHY_WORDS[reason].format(mode=mode)


def gone(reason: Gone, note: str = "") -> str:
    """Say what proves that a document goes."""
    return f"{_GONE_WORDS[reason]}: {note}" if note else _GONE_WORDS[reason]


def kept_out(*, forgotten: bool, who: str, since: str, because: str, until: str) -> str:
    """Say by whom something is kept out of the search, since when, why, and until when."""
    why = f", because: {because}" if because else ""
    ends = f"; until {until}" if until else ""
    return f"{'forgotten' if forgotten else 'hidden'} by {who or 'somebody'} since {since}{why}{ends}"


def was_hidden(title: str, count: int, *, done: bool) -> str:
    """Say what became of an order to hide something."""
    if not done:
        return (
            f"{title} is not out of the search yet. The order is written down: nothing of it is pushed any more, and the next run "
            "removes it. See: connector hidden"
        )
    below = f", and {counted(count - 1, 'document')} below it" if count > 1 else ""
    return f"{title} is out of the search{below}, until somebody shows it again. See what is hidden with: connector hidden"


def asks_to_forget(title: str, below: int) -> str:
    """Ask whether a document is to be forgotten."""
    more = f" and {counted(below, 'document')} below it" if below else ""
    are = "are" if below else "is"
    return f"{title}{more} {are} erased here and in the intranet; nothing brings that back. Go on?"


def asks_to_forget_person(called: str) -> str:
    """Ask whether a person is to be forgotten."""
    return f"{called} is erased here and in the intranet, and finds nothing with restricted access any more. Go on?"


def was_forgotten(subject: str, *, complete: bool, done: bool) -> str:
    """Say what became of an order to forget."""
    if complete:
        return f"{subject} is erased here and in the intranet."
    if done:
        return f"{subject} is erased here, but the intranet still says that it has some of it. Run the same command again, or ask the vendor"
    return (
        f"{subject} is not erased yet: the order is written down, nothing of it is pushed any more, and the next run removes it from "
        "the intranet. Run the same command again then: it erases the rest, and certifies it"
    )


def read_back(*, person: bool, asked: int, there: int, done: bool) -> str:
    """Say what the intranet answered when it was asked whether something is gone."""
    if not done:
        return "The intranet was not asked yet."
    if person:
        return "Interact answered the removal of her record; it has no call by which a person's record could be read."
    return f"The intranet was asked for {counted(asked, 'document')} and says that it has {there or 'none'} of them."


def stays_out(*, person: bool) -> str:
    """Say what keeps something from coming back."""
    if person:
        return "Her sources may still name her. Only a hash of her address, and of each source's key, is kept here, so that she does not come back."
    return "Its source may still have it. Only ids are kept here, so that it does not come back."


def other_copies(names: Sequence[str]) -> str:
    """Name the copies of the ledger that are not touched."""
    beside = f"beside it: {', '.join(names)}; " if names else ""
    return (
        f"Copies of the ledger ({beside}backups elsewhere) still hold it: delete them, or let them grow old."
    )


def beyond_reach(*, person: bool, kept_texts: int, anew: bool) -> list[str]:
    """Say what else an erasure does not reach."""
    told = ["The sources themselves, and what Interact keeps of its own: backups, statistics of searches."]
    if person:
        told.append(
            "Documents that name her, as author or in their text, and her identity in the lists of who may see them."
        )
    if not anew:
        told.append(
            "Free pages of the ledger's database, since a run works on it. Clear them with: connector ledger prune"
        )
    if kept_texts:
        told.append(f"{counted(kept_texts, 'text')} that another document with the same content has, too.")
    return told


def in_logs(*, person: bool, names: bool) -> str:
    """Say what logs hold."""
    if names:
        return "service.log_names is set: logs that are kept may hold titles and names. Delete those that do."
    return "Logs name people by a hash only." if person else "Logs name documents by their ids only."


def was_shown(title: str, count: int, *, above: str) -> str:
    """Say what became of an order to show something again."""
    if above:
        return f"{title} is not hidden by itself any more, but what it stands in is. Show that with: connector unhide {above}"
    return f"{title} may be found again ({counted(count, 'document')}): the next run pushes it. At once: connector sync"


def some(names: Sequence[str]) -> str:
    """The first few names, and how many more."""
    distinct = list(dict.fromkeys(names))
    more = f" and {len(distinct) - NAMED} more" if len(distinct) > NAMED else ""
    return ", ".join(distinct[:NAMED]) + more


def counted(count: int, noun: str, plural: str = "") -> str:
    """A number with its noun."""
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


def braked(
    tripped: Sequence[Tripped], *, noun: str = "document", plural: str = "", verb: str = "removed"
) -> str:
    """Say which limits removals pass; empty where they pass none."""
    return "; ".join(_tripped(one, noun, plural, verb) for one in tripped)


def _tripped(one: Tripped, noun: str, plural: str, verb: str) -> str:
    lately = f", with {one.lately} of the last 24 hours" if one.lately else ""
    would = counted(one.going, noun, plural)
    if one.cause is Cause.MOVED:
        return (
            f"{would} of {one.share.source} would be {verb} in the first run that reads it at another address, "
            "or with another account"
        )
    if one.cause is Cause.MAX_DELETES:
        return f"{would} would be {verb}{lately}: more than safety.max_deletes ({one.limit:.0f})"
    of = counted(one.standing, noun, plural)
    whose = one.share.kind or one.share.source
    return (
        f"{one.going} of {of}{f' of {whose}' if whose else ''} would be {verb}{lately}: "
        f"more than safety.max_delete_ratio ({one.limit:.0%})"
    )


def shut(reasons: Sequence[Mapping[str, Any]], kind: str) -> list[str]:
    """Say what keeps a session from being ended."""
    return [_SHUT[kind][one["code"]].format_map(one) for one in reasons]


_SHUT: dict[str, dict[str, str]] = {
    "document": {
        "not-opened": "the session could not be opened",
        "begin-unanswered": "the beginning of the session went unanswered once and may take effect late",
        "incomplete": "{count} source(s) could not be read to the end",
        "unseen": "{count} source(s) list no room at all",
        "unknown": "the intranet may hold documents of {count} source(s) that this ledger does not know; the next full run can tell",
        "not-accepted": "{count} document(s) of the intranet were not accepted again in this session",
        "suspects": "{count} document(s) are missing from their listings without proof that they are gone",
        "held": "{count} document(s) are held",
        "unsettled": "{count} document(s) got no answer from the intranet",
        "unread": "{count} person(s) could not be asked for",
        "braked": "ending the session would remove about {count} document(s), more than the brake lets pass ({allowed})",
    },
    "person": {
        "not-opened": "the session could not be opened",
        "begin-unanswered": "the beginning of the session went unanswered once and may take effect late",
        "incomplete": "{count} source(s), or lists of who may see a room, could not be read to the end",
        "unseen": "{count} source(s) list no room at all",
        "unknown": "{count} source(s) were last written from another ledger: the intranet may know people whom this one does not",
        "unread": "{count} person(s) could not be asked for",
        "not-accepted": "{count} person(s) were not taken again in this session",
        "suspects": "{count} person(s) are named by two people of one source",
        "held": "{count} person(s) are held",
        "unsettled": "{count} person(s) got no clear answer from the intranet",
        "braked": "it would take what they find from about {count} people, which is more than the brake lets pass",
    },
}
_SESSION = {"document": "the session", "person": "the session for people"}


def _in_part(values: Mapping[str, Any]) -> str:
    more = f": {values['why']}" if values["why"] else ""
    return f"{values['called']} could not be read wholly and is tried again{more}"


def _incomplete(values: Mapping[str, Any]) -> str:
    return (
        f"{values['source']} could not be read to the end: {'; '.join(values['errors']) or 'see its errors'}"
    )


def _still_found(values: Mapping[str, Any]) -> str:
    why = "while something live stands below it" if values["live_below"] else "by this run"
    return (
        f"{values['called']} is still found by people who may not see it any more: the intranet refuses it with fewer people, "
        f"and it cannot be removed {why}"
    )


def _people(values: Mapping[str, Any]) -> str:
    """Why people who would be left with nothing must wait: the brake, or that so many are no proof."""
    if values["tripped"]:
        return braked(values["tripped"], noun="person", plural="people", verb="left with nothing")
    lately = f", {values['lately']} of the last 24 hours among them" if values["lately"] else ""
    asked = counted(values["asked"], "person", "people")
    return (
        f"{values['losing']} of {asked} asked for would be left with nothing{lately}: "
        "that many at once are no proof that their source tells the truth"
    )


def _taken_out(values: Mapping[str, Any]) -> str:
    again = f" ({values['runs']} runs in a row)" if values["runs"] > 1 else ""
    return (
        f"{values['count']} person(s) whom Interact refuses with fewer identities, or does not find, were taken out of it{again}: "
        "each of them finds nothing with restricted access until Interact takes the record again"
    )


_WORDS: dict[Code, str | Callable[[Mapping[str, Any]], str]] = {
    Code.STOPPED: "stopped before its end; the next run goes on",
    Code.CANCELLED: "cancelled",
    Code.FAILED: "{why}",
    Code.BUG: "a bug of the connector ({error}); see the log",
    Code.NO_FULL_RUN_YET: (
        "no full run was done yet: what stood in the intranet before stays there, and lists of their own that single "
        "items have are read by and by. Run: connector sync --mode full (the service begins with one)"
    ),
    Code.SOURCE_FAILED: "{source}: {why}",
    Code.SOURCE_INCOMPLETE: _incomplete,
    Code.SOURCE_MOVED: (
        "{source} is read at another address, or with another account, than before: "
        "what is not there is held until somebody decides"
    ),
    Code.PATTERNS_IDLE: (
        "sources.{source} names what matches no room ({patterns}). See the rooms with: connector check"
    ),
    Code.NOTHING_CHOSEN: (
        "the settings choose nothing that {source} lists: nothing of it was read. Run: connector check"
    ),
    Code.ROOMS_UNMET: (
        "no room that is read is called {rooms}: nothing of it was loaded. See the rooms with: connector check"
    ),
    Code.RENAMED_INTO_READ: "the room {room} was renamed into what the settings include; it stays out until they name it",
    Code.RENAMED_INTO_PUBLIC: (
        "the room {room} was renamed into what the settings make public; it stays closed until they name it"
    ),
    Code.NAME_OF_PUBLIC: (
        "the room {room} has the name of another room that the settings made public; it stays closed. To make it "
        "public, write its name in public_rooms otherwise (community/room instead of room, say)"
    ),
    Code.AUDIENCE_UNREAD: "who may see {room} could not be read: {why}",
    Code.AUDIENCE_UNKNOWN: "who may see {room} is unknown: the list is empty or cut off",
    Code.AUDIENCES_UNKNOWN: "who may see some documents of {room} is unknown",
    Code.UNREADABLE: "{called} could not be read and is tried again: {why}",
    Code.UNREADABLE_IN_PART: _in_part,
    Code.OTHER_INTRANET: (
        "the settings name another intranet, tenant or appid than before: {count} documents and all people are pushed again, "
        "and the next run is a full one"
    ),
    Code.INTRANET_EMPTIED: (
        "the intranet no longer has the documents of {source} (it was emptied or made anew): {count} are pushed again"
    ),
    Code.OTHER_LEDGER: (
        "{source} was last written from another or newer ledger (a restored backup, or a second connector): "
        "everything is taken as new"
    ),
    Code.NOTHING_TELLS: (
        "{source} lists no record, and this ledger knows none: nothing tells whether the intranet holds any"
    ),
    Code.LEDGER_LOST: (
        "the intranet already has documents of {source} that this ledger does not know (it is new, or was lost): "
        "everything is taken as new"
    ),
    Code.UNANSWERED: "{count} document(s) got no clear answer: {why}",
    Code.UNANSWERED_ONE: "{called} got no clear answer: {why}",
    Code.ACCEPTED_WITH_LESS: "{called}: refused ({why}); accepted with less",
    Code.LOST_BRAKED: lambda values: (
        f"{braked(values['tripped'])}: nobody who could see them may see them any more. They stay as they are. {values['how']}"
    ),
    Code.EXCHANGED: "",
    Code.WIDER_HELD: (
        "{count} document(s) would be shown to more people than before: more than safety.max_widened ({limit}). "
        "They keep the audience they have. {how}"
    ),
    Code.REFUSED_BRAKED: lambda values: (
        f"{braked(values['tripped'])}: the intranet refuses them with the fewer people who may see them. They stay as they are. "
        f"{values['how']}"
    ),
    Code.STILL_FOUND: _still_found,
    Code.MISSING: "{called} is missing from its listing, without proof that it is gone: {why}",
    Code.LIVE_BELOW: "{called} is gone, but something live still stands below it",
    Code.HIDDEN: lambda values: (
        f"{counted(values['count'], 'document')} left the search because a person hid them, or what they stand in. "
        "See what is hidden with: connector hidden"
    ),
    Code.REMOVALS_UNANSWERED: "{count} removal(s) got no answer and are repeated by the next run: {why}",
    Code.REMOVALS_REPEATED: "{count} removal(s) are repeated later: {why}",
    Code.REMOVALS_BRAKED: lambda values: (
        f"{braked(values['tripped'])}. {'None of these' if values['others_go'] else 'Nothing'} was removed. {values['how']}"
    ),
    Code.REMOVALS_UNASKED: lambda values: (
        f"{counted(values['count'], 'document is', 'documents are')} held: {held(HoldReason.UNASKED)}. {values['how']}"
    ),
    Code.HELD: lambda values: f"{values['count']} document(s) are held: {held(values['reason'])}",
    Code.HELD_BRAKED: lambda values: f"{values['count']} document(s) are held: {held(values['reason'])}",
    Code.ABSENT_HELD: lambda values: (
        f"{values['count']} document(s) are held: {held(HoldReason.ABSENT)}. {values['how']}"
    ),
    Code.WIDER_UNDECIDED: lambda values: (
        f"{values['count']} document(s) keep the audience they have: {held(HoldReason.WIDER)}"
    ),
    Code.UNCONFIRMED: lambda values: (
        f"{counted(values['count'], 'document is', 'documents are')} in the intranet, where an earlier ledger pushed them, and "
        "cannot be pushed now: no session ends until each is accepted, gone, or kept. See them with: connector quarantine; "
        f"then: connector sync --keep {values['run_id']}"
    ),
    Code.SESSION_WAITS: lambda values: (
        f"an earlier run's begin or end of {_SESSION[values['kind']]} went unanswered and may take effect for "
        f"{values['seconds']:.0f} s more: this run goes on without it"
    ),
    Code.SESSION_NOT_OPENED: lambda values: (
        f"{_SESSION[values['kind']]} could not be opened, the run goes on without it: {values['why']}"
    ),
    Code.SESSION_NOT_ENDED: lambda values: (
        f"{_SESSION[values['kind']]} was not ended: {'; '.join(shut(values['reasons'], values['kind']))}"
    ),
    Code.SESSION_END_UNANSWERED: lambda values: (
        f"the end of {_SESSION[values['kind']]} got no answer; it may have happened: {values['why']}"
    ),
    Code.NOTE_BRAKED: "",
    Code.UNEXPECTED_REMOVALS: (
        "unexpected_removals: the end of the session removed {count} document(s), {predicted} were predicted; "
        "the next run is a full one"
    ),
    Code.PEOPLE_BRAKED: lambda values: f"{_people(values)}. They keep what they have. {values['how']}",
    Code.PEOPLE_REFUSED_BRAKED: lambda values: (
        f"{_people(values)}: the intranet refuses them with fewer identities, or does not find them. They keep what they have. "
        f"{values['how']}"
    ),
    Code.PEOPLE_NOTE_BRAKED: lambda values: f"{_people(values)}. {values['how']}",
    Code.PEOPLE_TAKEN_OUT: _taken_out,
    Code.PEOPLE_UNREAD: "{count} person(s) could not be asked for; they keep the identities they have",
    Code.PEOPLE_REFUSED: "Interact refuses {count} person(s): {why}",
    Code.PEOPLE_UNANSWERED: "{count} person(s) got no clear answer from the intranet",
    Code.PEOPLE_REMOVALS_UNANSWERED: (
        "{count} removal(s) of people got no answer and are repeated by the next run: {why}"
    ),
    Code.PEOPLE_HELD: lambda values: (
        f"{counted(values['count'], 'person is', 'people are')} held: each {held(values['reason'])}"
    ),
    Code.TWO_PEOPLE: (
        "two people of {sources} have the address {called}: neither of them is given anything more. Look at "
        "targets.NAME.people.domains, or mend it in the source"
    ),
}
"""What each finding says; empty where others say it."""
