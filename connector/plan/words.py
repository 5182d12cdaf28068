"""
What is said of a run: codes and their values come in, sentences go out. PURE.

Nobody decides by these sentences; who must decide reads the codes (`findings`). Each is told as an administrator would
say it: subject first, one verb, the effect, then the command; a sentence that ends in a command has no full stop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connector.document.counting import Number, counted
from connector.document.printable import quoted
from connector.plan.brake import Cause, Tripped
from connector.plan.findings import EFFECTS, Code, Effect, Finding, HoldReason
from connector.plan.reason_words import held

FIRST_OVERLOOKED = 5
"""Places of values that are left out, of which a sentence tells."""
_SEVERITY = [Effect.FAILED, Effect.CANCELLED, Effect.BRAKED, Effect.WITHHELD, Effect.NOTE]


def say(finding: Finding, *, run_id: str, dry: bool = False) -> str:
    """Say what was found, in a sentence; empty where other words tell it already."""
    made = _WORDS[finding.code]
    values = {key: _as_said(value) for key, value in finding.values.items()}
    values |= {"how": how_to_decide(run_id, dry=dry), "keep": _how_to_keep(run_id, dry=dry), "run_id": run_id}
    if "title" in values:
        values["called"] = quoted(values["title"] or values["id"])
    return made.format_map(values) if isinstance(made, str) else made(values)


def say_all(findings: Sequence[Finding], *, run_id: str, dry: bool = False) -> list[str]:
    """
    Say why a run ended as it did, each sentence once: what decided its outcome comes first.

    How to decide is told once, where it is needed first.
    """
    worst_first = sorted(_each_once(findings), key=lambda one: _SEVERITY.index(EFFECTS[one.code]))
    sentences = [sentence for one in worst_first if (sentence := say(one, run_id=run_id, dry=dry))]
    how = f" {how_to_decide(run_id, dry=dry)}"
    first = next((one for one in sentences if one.endswith(how)), "")
    return list(dict.fromkeys(one if one == first else one.removesuffix(how) for one in sentences))


def _each_once(findings: Sequence[Finding]) -> list[Finding]:
    """
    All of them, without what others tell already: that the only source that failed failed, where the run tells why; that what a
    brake stopped is on hold.
    """
    braked_now = [
        one.going for each in findings if each.code is Code.REMOVALS_BRAKED for one in each.values["tripped"]
    ]
    findings = [
        one
        for one in findings
        if not (
            one.code is Code.HELD_BRAKED
            and one.values["reason"] == HoldReason.BRAKE
            and one.values["count"] in braked_now
        )
    ]
    failed = [one for one in findings if one.code is Code.SOURCE_FAILED]
    why = [str(one.values.get("why", "")) for one in findings if one.code is Code.FAILED]
    if len(failed) == 1 and any(str(failed[0].values["why"]).rstrip(" .") in words for words in why):
        return [one for one in findings if one is not failed[0]]
    return list(findings)


def _as_said(value: Any) -> Any:
    """A value as a sentence takes it: numbers count nouns, and words of others end without a full stop."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return Number(value)
    return value.rstrip(" .") if isinstance(value, str) else value


def how_to_decide(run_id: str, *, dry: bool = False) -> str:
    """What to type about what a run put on hold; each command can be copied. A dry run has nothing to decide about."""
    if dry:
        return f"See them: connector runs {run_id}. A dry run cannot be approved or kept: decide about the last real run, or do one first"
    return (
        f"See them: connector runs {run_id}. To approve: connector sync --approve {run_id}. "
        f"To keep: connector sync --keep {run_id}"
    )


def _how_to_keep(run_id: str, *, dry: bool) -> str:
    """The same about what can only be kept."""
    if dry:
        return "A dry run cannot be kept: decide about the last real run, or do one first"
    return f"To keep: connector sync --keep {run_id}"


ROOM_GIVEN_UP = "no worker walked this room to its end; those that began it died, or were cut off"
"""Of a run that several services do together."""
ENDED_FIRST = "a worker ended before it heard an answer"
"""Why nobody knows whether what it sent has arrived, likewise."""


def on_hold(target: str, kept_back: int = 0, *, then: bool = True) -> str:
    """
    Say that a stranger finds the canary, and what follows.

    Args:
        kept_back: so many documents were not sent for it by the run of which this is told.
        then: name the command that ends it, where no step beside it does.
    """
    documents = (
        f" ({counted(kept_back, 'document was', 'documents were')} kept back by this run)"
        if kept_back
        else ""
    )
    return (
        f"The target {target} is on hold: a stranger finds the search test, so Interact shows documents to people who may not see them. "
        f"Nothing new and nothing for more people is sent{documents}; shorter lists of readers and removals go on. Find out why in "
        f"Interact{'; then: connector check' if then else '.'}"
    )


def braked(
    tripped: Sequence[Tripped], *, noun: str = "document", plural: str = "", fate: str = "be removed"
) -> str:
    """Say which limits removals pass; empty where they pass none."""
    return "; ".join(_tripped(one, noun, plural, fate) for one in tripped)


def _tripped(one: Tripped, noun: str, plural: str, fate: str) -> str:
    lately = f", after {one.lately} in the last 24 hours" if one.lately else ""
    would = counted(one.going, noun, plural)
    if one.cause is Cause.MOVED:
        return f"{would} would {fate} in the first run that reads {one.share.source} at another address or with another account"
    if one.cause is Cause.UNNAMED:
        return f"{would} would {fate} whose source, {one.share.source}, the settings do not name"
    if one.cause is Cause.MAX_DELETES:
        return f"{would} would {fate}{lately}: more than safety.max_deletes ({one.limit:.0f})"
    of = counted(one.standing, noun, plural)
    whose = one.share.kind or one.share.source
    return (
        f"{one.going} of {of}{f' of {whose}' if whose else ''} would {fate}{lately}: "
        f"more than safety.max_delete_ratio ({one.limit:.0%})"
    )


def shut(reasons: Sequence[Mapping[str, Any]], kind: str) -> list[str]:
    """Say what keeps a session from being ended."""
    return [
        _SHUT[kind][one["code"]].format_map({key: _as_said(value) for key, value in one.items()})
        for one in reasons
    ]


_SHUT: dict[str, dict[str, str]] = {
    "document": {
        "not-opened": "it could not be opened",
        "begin-unanswered": "its begin got no answer once and may still take effect",
        "other-begin": "{count:begin} of the session for people got no answer and may still take effect",
        "people-left": "Interact did not confirm {count:person/people} in this run, and an end might take their access as well",
        "incomplete": "{count:source was/sources were} not read to the end",
        "unseen": "{count:source} listed nothing at all",
        "unknown": "the intranet may have documents of {count:source} that this ledger does not know (the next full run can tell)",
        "not-accepted": "Interact did not confirm {count:document} that it already has",
        "suspects": "{count:document is/documents are} missing from {count:~its listing/their listings}, but not confirmed as deleted",
        "held": "{count:document is/documents are} on hold",
        "unsettled": "Interact did not answer for {count:document}",
        "kept-back": "{count:document was/documents were} kept back while nothing new is sent",
        "on-hold": "the target is on hold",
        "unread": "{count:person/people} could not be looked up",
        "braked": "ending it would remove about {count:document}, more than the brake allows ({allowed})",
    },
    "person": {
        "not-opened": "it could not be opened",
        "begin-unanswered": "its begin got no answer once and may still take effect",
        "other-begin": "{count:begin} of the session for documents got no answer and may still take effect",
        "people-left": "Interact did not confirm {count:person/people} in this run",
        "incomplete": "{count:of the sources, lists of readers and people files was/of the sources, lists of readers and people files were} not read to the end",
        "unseen": "{count:source} listed nothing at all",
        "unknown": "{count:source was/sources were} last sent from another ledger, or before the intranet was put back, so Interact may have people whom this ledger does not know",
        "unread": "{count:person/people} could not be looked up",
        "not-accepted": "{count:person was/people were} not confirmed in this run",
        "suspects": "{count:address belongs/addresses belong} to two people of one source",
        "held": "{count:person is/people are} on hold",
        "unsettled": "Interact did not confirm the list, or the removal, of {count:person/people}",
        "kept-back": "{count:person was/people were} kept back while nothing new is sent",
        "on-hold": "the target is on hold",
        "braked": "ending it would take all access from about {count:person/people}, more than the brake allows",
    },
}
_SESSION = {"document": "the session", "person": "the session for people"}


def _session(values: Mapping[str, Any]) -> str:
    return _SESSION[values["kind"]]


def _unexpected(values: Mapping[str, Any]) -> str:
    removed = (
        f"{values['count']:document}" if values["kind"] == "document" else f"{values['count']:person/people}"
    )
    told = f"unexpected_removals: ending {_session(values)} removed {removed}, and {values['predicted']:was/were} predicted"
    if not values.get("of_another"):
        return told
    return f"{told}: an earlier ledger may have sent what this one did not know. What the sources have was sent again before"


def _at_start(words: str) -> str:
    return words[:1].upper() + words[1:]


def _in_part(values: Mapping[str, Any]) -> str:
    more = f": {values['why']}" if values["why"] else ""
    return f"{values['called']} could not be read completely{more}. The next run tries again."


def _idle(values: Mapping[str, Any]) -> str:
    if values.get("listed", True):
        return f"sources.{values['source']} has patterns that match no room ({values['patterns']}). List the rooms: connector check"
    return f"{values['source']} lists no room at all. Ask whoever gives its account the rooms, then: connector check"


def _incomplete(values: Mapping[str, Any]) -> str:
    why = "; ".join(one.rstrip(" .") for one in values["errors"])
    return f"{values['source']} was not read to the end{f': {why}' if why else ''}. The next run tries again."


def _overlooked(values: Mapping[str, Any]) -> str:
    shown = [
        f"{where} ({', '.join(names)})" for where, names in list(values["of"].items())[:FIRST_OVERLOOKED]
    ]
    more = [f"{len(values['of']) - len(shown)} more"] if len(values["of"]) > len(shown) else []
    return (
        f"{values['source']} gives odd values: {'; '.join([*shown, *more])}. The last ones that could be read count in their "
        f"place, where there were any, and all else is read. Correct them in {values['source']}."
    )


def _still_found(values: Mapping[str, Any]) -> str:
    why = "while documents below it are live" if values["live_below"] else "by this run"
    return (
        f"{values['called']} can still be found by people who lost access: Interact refuses it with fewer readers, "
        f"and it cannot be removed {why}. Look at it today, in Interact and in its source."
    )


def _people(values: Mapping[str, Any]) -> str:
    """Why people who would be left with nothing must wait: the brake, or that so many are no proof."""
    if values["tripped"]:
        return braked(values["tripped"], noun="person", plural="people", fate="lose all access to a source")
    lately = f", after {values['lately']} in the last 24 hours" if values["lately"] else ""
    return (
        f"{values['losing']} of {values['asked']:person/people} looked up would lose all access to a source{lately}: "
        "for so many, the source's answer alone is no proof"
    )


def _taken_out(values: Mapping[str, Any]) -> str:
    again = f" ({values['runs']} runs in a row)" if values["runs"] > 1 else ""
    return (
        f"{values['count']:person/people} lost all restricted access in search{again}: Interact refused "
        f"{values['count']:~a shorter list/their shorter lists} of identities, or did not find {values['count']:~the account/the accounts}. "
        f"It comes back as soon as Interact accepts {values['count']:~the record/the records}."
    )


def _on_hold(values: Mapping[str, Any], reason: str) -> str:
    return f"{values['count']:document is/documents are} on hold: {held(reason, of=values['count'])}. {values['how']}"


_KEEPS = "What is in search keeps its readers; what is new stays out."
"""What an unknown list means for search."""
_WORDS: dict[Code, str | Callable[[Mapping[str, Any]], str]] = {
    Code.STOPPED: "The run was stopped before its end. The next run goes on.",
    Code.CANCELLED: "The run was cancelled.",
    Code.STALLED: "The run stood still, so the service ended it: {why}. The next run goes on from what is confirmed.",
    Code.FAILED: "{why}.",
    Code.BUG: "The connector has a bug ({error}). Its log has the details.",
    Code.NO_FULL_RUN_YET: (
        "No full run was done yet: older documents are not cleaned up, and permissions set on single items are still "
        "being read. Run: connector sync --mode full (the service begins with one)"
    ),
    Code.NOT_AS_NOTED: (
        "{count:document is/documents are} not in the intranet as the ledger says, of {asked} that were looked for. This run sends "
        "what its source still has again. To look for every one: connector ledger verify --all"
    ),
    Code.SOURCE_FAILED: "{source} could not be read: {why}.",
    Code.SOURCE_INCOMPLETE: _incomplete,
    Code.SOURCE_MOVED: (
        "{source} is read at another address or with another account than before. Documents that are not found there "
        "are put on hold."
    ),
    Code.PATTERNS_IDLE: _idle,
    Code.VALUES_OVERLOOKED: _overlooked,
    Code.NOTHING_CHOSEN: (
        "The settings choose nothing of what {source} lists, so nothing of it was read. Run: connector check"
    ),
    Code.ROOMS_UNMET: "No room is called {rooms}, so nothing of it was loaded. List the rooms: connector check",
    Code.RENAMED_INTO_READ: (
        "The room {room} was renamed and now matches `rooms`. It is left out until you list it by name in `rooms`."
    ),
    Code.RENAMED_INTO_PUBLIC: (
        "The room {room} was renamed and now matches `public_rooms`. It stays closed until you list it by name in `public_rooms`."
    ),
    Code.NAME_OF_PUBLIC: (
        "The room {room} has the name of another room that the settings made public. It stays closed. To make it public, "
        "write its name differently in `public_rooms` (community/room instead of room, for example)."
    ),
    Code.AUDIENCE_UNREAD: f"The readers of {{room}} could not be read: {{why}}. {_KEEPS} The next run tries again.",
    Code.AUDIENCE_UNKNOWN: f"The readers of {{room}} are unknown: the list is empty or cut off. {_KEEPS} Run: connector check",
    Code.AUDIENCES_UNKNOWN: f"The readers of some documents of {{room}} are unknown. {_KEEPS} See: connector quarantine",
    Code.UNREADABLE: "{called} could not be read: {why}. The intranet keeps what it has; the next run tries again.",
    Code.UNREADABLE_IN_PART: _in_part,
    Code.GONE_WHEN_READ: (
        "{called} is new and listed, but its source says that it is gone when it is read, so it is not in search. The next run asks again."
    ),
    Code.OTHER_INTRANET: (
        "The settings name another intranet, tenant or appid than before. {count:document} and all people are sent there, "
        "and the next run is a full one."
    ),
    Code.INTRANET_EMPTIED: (
        "The intranet lost the documents of {source} (it was emptied or rebuilt). {count:document is/documents are} sent again."
    ),
    Code.INTRANET_PUT_BACK: (
        "The intranet is as it was before some of what this ledger sent (as after a restore from a backup). "
        "{count:document is/documents are} sent again, and what was removed since then is asked for again."
    ),
    Code.INTRANET_PUT_BACK_AMID: (
        "While this run worked, the intranet went back to what it was before (as after a restore from a backup). "
        "The next run sends again what it lacks, and closes and removes again what it shows."
    ),
    Code.OTHER_LEDGER: (
        "Interact was last updated by a different or newer ledger (a restored backup, or a second connector). "
        "All documents of {source} are sent again."
    ),
    Code.NOTHING_TELLS: (
        "{source} lists no records and this ledger knows none, so nothing tells whether the intranet has any. "
        "Run: connector check"
    ),
    Code.LEDGER_LOST: (
        "The intranet already has documents of {source} that this ledger does not know (it is new, or was lost). "
        "All documents of {source} are sent again."
    ),
    Code.SOURCE_UNNAMED: (
        "The intranet has {count:document} of {source}, a source that neither the settings nor this ledger know, so no lists of people "
        "are sent: whoever may see {count:~it/them} would lose {count:~it/them}. Name {source} in the settings again. If it is given up, "
        "approve the next full run that is braked."
    ),
    Code.PEOPLE_WAIT_FOR_SOURCE: (
        "{count:person/people} of {source} {count:~is/are} given nothing new, by no source: since the ledger or the intranet was put back "
        "it is not certain what they belong to in {source}, and the settings do not name it. Name {source} in the settings again, or "
        "approve that its documents are removed."
    ),
    Code.UNANSWERED: (
        "Interact did not confirm {count:document} ({why}). The next run sends {count:~it/them} again."
    ),
    Code.UNANSWERED_ONE: "Interact did not confirm {called} ({why}). The next run sends it again.",
    Code.ACCEPTED_WITH_LESS: "{called} was refused ({why}) and was added without its text or details.",
    Code.LOST_BRAKED: lambda values: (
        f"{braked(values['tripped'])}. Everyone who can find them today would lose access; they were left unchanged. "
        f"{values['how']}"
    ),
    Code.EXCHANGED: "",
    Code.WIDER_HELD: (
        "{count:document} would be shown to more people than before: more than safety.max_widened ({limit}). "
        "Their readers were left unchanged. {how}"
    ),
    Code.REFUSED_BRAKED: lambda values: (
        f"{braked(values['tripped'])}. Fewer people may see them, but Interact refuses them with the shorter lists; "
        f"they were left unchanged. {values['how']}"
    ),
    Code.STILL_FOUND: _still_found,
    Code.ON_HOLD: lambda values: on_hold(values["target"], values["count"]),
    Code.MISSING: "{called} is missing from its listing, but not confirmed as deleted: {why}.",
    Code.LIVE_BELOW: (
        "{called} is gone from its source, but documents below it are still there. It is removed after them."
    ),
    Code.HIDDEN: (
        "{count:document} left search because a person hid {count:~it, or a folder above it/them, or a folder above them}. "
        "See: connector hidden"
    ),
    Code.REMOVALS_UNANSWERED: (
        "Interact did not confirm {count:removal} ({why}). The next run repeats {count:~it/them}."
    ),
    Code.REMOVALS_REFUSED: (
        "Interact refused {count:removal} ({why}), and did all others. The next run tries {count:~it/them} again. If it goes on, "
        "ask the vendor's support."
    ),
    Code.REMOVALS_REPEATED: (
        "Interact did not confirm {count:removal} again ({why}). A later run repeats {count:~it/them}."
    ),
    Code.REMOVALS_BRAKED: lambda values: (
        f"{braked(values['tripped'])}. {'None of these' if values['others_go'] else 'Nothing'} was removed. {values['how']}"
    ),
    Code.REMOVALS_UNASKED: lambda values: _on_hold(values, HoldReason.UNASKED),
    Code.HELD: lambda values: _on_hold(values, values["reason"]),
    Code.HELD_BRAKED: lambda values: _on_hold(values, values["reason"]),
    Code.ABSENT_HELD: lambda values: _on_hold(values, HoldReason.ABSENT),
    Code.WIDER_UNDECIDED: lambda values: (
        f"{values['count']:document keeps its readers/documents keep their readers}: {held(HoldReason.WIDER, of=values['count'])}. {values['how']}"
    ),
    Code.UNCONFIRMED: (
        "{count:document is/documents are} in the intranet from an earlier ledger and cannot be sent again now. No session "
        "is ended until {count:~it/each of them} is accepted, gone or kept. See: connector quarantine. {keep}"
    ),
    Code.SESSION_WAITS: lambda values: (
        f"An earlier run got no answer for the begin or the end of {_session(values)}, which may still take effect for "
        f"{values['seconds']:.0f} s. This run works without a session."
    ),
    Code.SESSION_NOT_OPENED: lambda values: (
        f"{_at_start(_session(values))} could not be opened ({values['why']}). The run went on without it."
    ),
    Code.SESSION_NOT_ENDED: lambda values: (
        f"{_at_start(_session(values))} was not ended (harmless): {'; '.join(shut(values['reasons'], values['kind']))}."
    ),
    Code.SESSION_END_UNANSWERED: lambda values: (
        f"Interact did not confirm the end of {_session(values)} ({values['why']}). The next full run repairs what is missing."
    ),
    Code.NOTE_BRAKED: (
        "A note in Interact counts {count:document} more than this ledger and the sources know. A ledger that was restored or lost "
        "forgets removals, so look whether {count:~it is/they are} to be gone. Then: connector sync --approve {run_id}"
    ),
    Code.UNEXPECTED_REMOVALS: lambda values: f"{_unexpected(values)}. The next run is a full one.",
    Code.UNEXPECTED_AGAIN: lambda values: (
        f"{_unexpected(values)}, again within a day. A full run for it is done once a day at most. If every full run says so, something "
        "else writes by this connector of Interact, or Interact counts otherwise: ask the vendor's support."
    ),
    Code.PEOPLE_BRAKED: lambda values: f"{_people(values)}. Their access was left unchanged. {values['how']}",
    Code.PEOPLE_REFUSED_BRAKED: lambda values: (
        f"{_people(values)}. Interact refuses their shorter lists of identities, or does not find the accounts; their access "
        f"was left unchanged. {values['how']}"
    ),
    Code.PEOPLE_NOTE_BRAKED: lambda values: f"{_people(values)}. {values['how']}",
    Code.PEOPLE_LEAVE_NEXT: (
        "Interact may have {count:person/people} whom an earlier ledger sent and this one does not know. {count:~She/They} "
        "{count:~finds/find} what {count:~she/they} found until the end of the next full run. Run: connector sync --mode full"
    ),
    Code.PEOPLE_TAKEN_OUT: _taken_out,
    Code.PEOPLE_FILE_UNREAD: (
        "The people file of {source} cannot be used: {why}. Whom it named keeps the access that she has, and nobody gets more by it. Mend "
        "it, then look at it: connector check"
    ),
    Code.PEOPLE_UNREAD: "{count:person/people} could not be looked up; {count:~the/their} access is unchanged.",
    Code.PEOPLE_REFUSED: "Interact refused {count:person/people}: {why}.",
    Code.PEOPLE_UNANSWERED: (
        "Interact did not confirm {count:person/people}. The next run sends {count:~the record/them} again."
    ),
    Code.PEOPLE_REMOVALS_UNANSWERED: (
        "Interact did not confirm the removal of {count:person/people} ({why}). The next run repeats it."
    ),
    Code.PEOPLE_REMOVALS_REFUSED: (
        "Interact refused to remove {count:person/people} ({why}), who {count:~finds/find} what {count:~that person/they} found "
        "before. The next run tries again. If it goes on, ask the vendor's support."
    ),
    Code.PEOPLE_HELD: lambda values: (
        f"{values['count']:person is/people are} on hold: each {held(values['reason'])}. {values['how']}"
    ),
    Code.TWO_PEOPLE: (
        "Two people of {sources} have the address {called}, so neither is given more access. Correct it in the source, or in "
        "targets.NAME.people.domains."
    ),
}
"""What each finding says; empty where others say it."""
