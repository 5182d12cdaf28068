"""What the reference says by code where the code itself has no words for it: what it means, and what a person does. PURE."""

from __future__ import annotations

from collections.abc import Mapping

from connector.plan.findings import BRAKED, Aside, Code, HoldReason

OUTCOMES = {
    "succeeded": "The run did everything. Search is as its sources are.",
    "quarantined": "The run did everything else. Some documents could not be read or were refused; see `connector quarantine`.",
    "withheld": "The run did what was safe and left the rest: a source or room was not read to its end, something is missing "
    "and not confirmed as deleted, or a session was left open. Nothing was removed without proof. The reasons say what to do, and often the "
    "next run does it.",
    "braked": "Documents or people wait for your decision; see `connector runs RUN_ID`. Everything else was done.",
    "cancelled": "Somebody ended the run, or the service stopped. What was confirmed stays; the next run goes on.",
    "failed": "The run could not do its work: every source was incomplete, or Interact refused it. Search is as it was.",
}
"""The six outcomes, from the best to the worst but for `cancelled`."""
EXIT_CODES = {
    0: "done",
    1: "failed or cancelled; also what a command could not do, with words",
    2: "usage or settings, and what is named by an id, a title or an address and is not there: nothing was called, and starting again does not help",
    3: "done, but documents are in quarantine or something is withheld",
    4: "braked: removals or wider audiences wait for a decision",
    75: "another run is at work on the same target",
}
COUNTS = {
    "live": "documents that can be found by those who may see them, those on hold included",
    "added": "documents that the intranet did not have",
    "updated": "documents of which something changed, or which were sent again",
    "deleted": "documents removed by id; what the end of a session removed stands under `session`",
    "unchanged": "documents that did not have to be sent, or were sent in a full run as they are",
    "suspect": "absent from a complete listing; the source was asked, and gave no proof. They stay in the intranet",
    "pending": "absent once; a second complete listing, an hour later, decides",
    "held": "they stay as they are until you [decide](every-day.md#decide-about-what-is-on-hold)",
    "quarantined": "they could not be read, mapped or accepted; [why](#why-a-document-is-in-quarantine)",
    "without_text": "they are found by name, folder and facets only; [why](#why-a-file-has-no-text)",
}
"""What each count of a run's report counts."""
HELD = {
    HoldReason.BRAKE: "approve it if the documents really went; else keep them and look at the source",
    HoldReason.ABSENT: "look into the source; approve or keep it",
    HoldReason.SOURCE_MOVED: "read the source once to its end at its new address; what is still missing then goes by itself",
    HoldReason.MAY_HAVE_MOVED: "nothing: it is settled as soon as the named room can be read; or decide",
    HoldReason.UNASKED: "approve it: every room is asked for each of them then, and what stands in one stays",
    HoldReason.ROOM_VANISHED: "give the connector's account its room back; or approve or keep it",
    HoldReason.ROOM_EXCLUDED: "approve it, if you meant the setting",
    HoldReason.SOURCE_REMOVED: "approve it, if you meant to take the source out",
    HoldReason.SETTINGS: "approve it, if you meant the setting",
    HoldReason.EXPIRED: "let `connector check` say why the list of readers cannot be read; or decide",
    HoldReason.LOST: "look at its rights in the source; approve it if nobody is to find it",
    HoldReason.REFUSED: "look at `connector quarantine`; approve the removal, or wait until Interact takes it",
    HoldReason.WIDER: "approve it, if so many documents were really opened to more people",
    HoldReason.PERSON: "look whether the source lost people or groups; then approve or keep it",
    HoldReason.PERSON_REFUSED: "approve it, if the record may be removed",
    HoldReason.UNCONFIRMED: "mend why it is in quarantine, or keep it: then it is sent with its title, link and readers only",
}
"""What a person does about something that is on hold."""
BRAKING = BRAKED | {HoldReason.WIDER, HoldReason.PERSON, HoldReason.PERSON_REFUSED}
"""What makes a run `braked`: documents that seem to go, those that more people may see, and people's records."""
QUARANTINE = {
    Aside.INVALID: "The source gave something that cannot be read as a record, or a template of the mapping failed.",
    Aside.AUDIENCE_UNKNOWN: "The list of those who may see it could not be read, so it is not shown to anybody new.",
    Aside.REFUSED: "Interact refused the document in every form that was tried.",
}
"""Why a document is in quarantine."""
_DECIDE = "look at the list, then approve or keep it"
_NEXT = "nothing; the next run does it"
REASONS: Mapping[Code, tuple[str, str]] = {
    Code.STOPPED: ("The run was stopped before its end.", _NEXT),
    Code.CANCELLED: ("Somebody cancelled the run.", _NEXT),
    Code.STALLED: (
        "A run of the service got no answer, or listed and sent nothing, for too long, so the service ended it.",
        "[a run is stalled](troubleshooting.md#a-run-is-stalled)",
    ),
    Code.FAILED: (
        "The run could not go on; the reason says why.",
        "[troubleshooting](troubleshooting.md#a-run-failed)",
    ),
    Code.BUG: ("The connector has a bug.", "report the traceback of the log"),
    Code.NO_FULL_RUN_YET: (
        "No full run was done yet, so older documents are not cleaned up.",
        "`connector sync --mode full`",
    ),
    Code.NOT_AS_NOTED: (
        "Documents that a full run looked for before it began are not in the intranet as the ledger says; it sends what their source still has.",
        "`connector ledger verify --all`",
    ),
    Code.SOURCE_FAILED: ("A source could not be read at all.", "`connector check`"),
    Code.SOURCE_INCOMPLETE: (
        "A source was not read to its end.",
        "its errors name the rooms; the next run tries again",
    ),
    Code.SOURCE_MOVED: (
        "A source is read at another address, or with another account.",
        "nothing; what is missing there is put on hold until one run has read it to its end",
    ),
    Code.PATTERNS_IDLE: (
        "A pattern of `rooms`, or of another list of rooms, matches none.",
        "mend the setting",
    ),
    Code.VALUES_OVERLOOKED: (
        "A source gives odd values (the name of a room, say, or addresses that people had from one another). They are left out.",
        "correct them in the source",
    ),
    Code.NOTHING_CHOSEN: ("The settings choose no room of a source.", "mend `rooms`; see `connector check`"),
    Code.ROOMS_UNMET: ("No room is called as `--room` says.", "take a name that `connector check` prints"),
    Code.RENAMED_INTO_READ: (
        "A renamed room now matches `rooms`. It stays left out.",
        "name the room in `rooms`",
    ),
    Code.RENAMED_INTO_PUBLIC: (
        "A renamed room now matches `public_rooms`. It stays closed.",
        "name the room in `public_rooms`, if you mean it",
    ),
    Code.NAME_OF_PUBLIC: (
        "A room got the name of another one that was public. It stays closed.",
        "name it as community/room, if you mean it",
    ),
    Code.AUDIENCE_UNREAD: ("The readers of a room could not be read.", _NEXT + "; else `connector check`"),
    Code.AUDIENCE_UNKNOWN: (
        "The readers of a room are unknown: the list is empty or cut off.",
        "`connector check`",
    ),
    Code.AUDIENCES_UNKNOWN: (
        "The readers of some documents of a room are unknown.",
        "`connector quarantine`",
    ),
    Code.UNREADABLE: ("A document could not be read. The intranet keeps what it has.", _NEXT),
    Code.UNREADABLE_IN_PART: ("A part of a document, such as its file, could not be read.", _NEXT),
    Code.GONE_WHEN_READ: (
        "A document that is new is listed, but its source says that it is gone when it is read, so it is not in search.",
        _NEXT,
    ),
    Code.OTHER_INTRANET: (
        "The settings name another intranet, tenant or appid.",
        "nothing; everything is sent there",
    ),
    Code.INTRANET_EMPTIED: (
        "The intranet has lost the documents of a source.",
        "nothing; they are sent again",
    ),
    Code.INTRANET_PUT_BACK: (
        "The intranet was restored from a backup.",
        "nothing; what it lacks is sent again",
    ),
    Code.INTRANET_PUT_BACK_AMID: (
        "The intranet was restored from a backup while the run worked; its session is not ended.",
        "nothing; the next run sends what it lacks again",
    ),
    Code.OTHER_LEDGER: (
        "The intranet was last updated by another or a newer ledger.",
        "nothing after a restored backup; else find the second connector and stop it",
    ),
    Code.NOTHING_TELLS: ("A source lists nothing, and the ledger knows nothing of it.", "`connector check`"),
    Code.LEDGER_LOST: (
        "The intranet has documents that this new ledger does not know.",
        "nothing; they are sent again",
    ),
    Code.SOURCE_UNNAMED: (
        "The intranet has documents of a source that neither the settings nor the ledger know; lists of people wait.",
        "name the source in the settings again, or approve the next full run that is braked",
    ),
    Code.PEOPLE_WAIT_FOR_SOURCE: (
        "After a restore it is not certain what people belong to in a source that the settings do not name; their lists wait.",
        "name the source in the settings again, or approve that its documents are removed",
    ),
    Code.UNANSWERED: ("Interact did not answer for some documents.", "nothing; they are sent again"),
    Code.ON_HOLD: (
        "A stranger finds the search test: nothing new and nothing for more people is sent.",
        "[troubleshooting](troubleshooting.md#he-finds-what-he-should-not)",
    ),
    Code.UNANSWERED_ONE: ("Interact did not answer for one document.", "nothing; it is sent again"),
    Code.ACCEPTED_WITH_LESS: (
        "Interact refused a document and took it without its text or details.",
        "see its error code",
    ),
    Code.LOST_BRAKED: ("Nobody who finds many documents today may see them any more.", _DECIDE),
    Code.EXCHANGED: ("Others than before may see many documents.", _DECIDE),
    Code.WIDER_HELD: ("Many documents would be shown to more people.", _DECIDE),
    Code.REFUSED_BRAKED: ("Interact refuses many documents with fewer readers.", _DECIDE),
    Code.STILL_FOUND: (
        "People who lost a right still find a document: Interact refuses every form of it.",
        "today: look at it in Interact and in its source",
    ),
    Code.MISSING: ("A document is missing from its listing, but not confirmed as deleted.", _NEXT),
    Code.LIVE_BELOW: ("A folder is gone, but something in it is still there.", _NEXT),
    Code.HIDDEN: (
        "Documents left the search because a person hid them, or something they stand in.",
        "nothing; `connector hidden` tells who and why",
    ),
    Code.REMOVALS_UNANSWERED: ("Interact did not answer for some removals.", "nothing; they are repeated"),
    Code.REMOVALS_REFUSED: (
        "Interact refuses to remove some documents; all others were removed.",
        "if it goes on: ask the vendor's support",
    ),
    Code.REMOVALS_REPEATED: ("Some removals are repeated later.", _NEXT),
    Code.REMOVALS_BRAKED: ("One run would remove too many documents.", _DECIDE),
    Code.HELD: ("Documents are on hold.", "[why something is on hold](#why-something-is-on-hold)"),
    Code.HELD_BRAKED: ("Documents that seem to be gone are on hold.", _DECIDE),
    Code.REMOVALS_UNASKED: (
        "Documents are gone from their rooms in two runs, and too many are missing to ask every room for each of them.",
        _DECIDE,
    ),
    Code.ABSENT_HELD: ("Records are missing, and nothing can prove that they are gone.", _DECIDE),
    Code.WIDER_UNDECIDED: ("Documents that more people may see wait for a decision.", _DECIDE),
    Code.UNCONFIRMED: (
        "Documents of an earlier ledger cannot be sent now.",
        "`connector quarantine`; mend it, or `connector sync --keep RUN_ID`",
    ),
    Code.SESSION_WAITS: (
        "An earlier begin or end may still take effect.",
        "nothing; the run goes on without a session",
    ),
    Code.SESSION_NOT_OPENED: ("Interact opened no session.", "nothing; the run goes on without it"),
    Code.SESSION_NOT_ENDED: (
        "The session was left open, which is harmless.",
        "the other reasons say what is missing",
    ),
    Code.SESSION_END_UNANSWERED: (
        "The end of the session got no answer.",
        "nothing; the next full run repairs",
    ),
    Code.NOTE_BRAKED: ("Ending the session would remove what a lost ledger knew.", _DECIDE),
    Code.UNEXPECTED_REMOVALS: (
        "Interact removed more than was predicted.",
        "nothing; the next run is a full one",
    ),
    Code.UNEXPECTED_AGAIN: (
        "Interact removed more than was predicted, and did so within a day already.",
        "if it goes on, look for what else writes by this connector of Interact",
    ),
    Code.PEOPLE_BRAKED: ("Too many people would find nothing any more.", "look at the source; then decide"),
    Code.PEOPLE_REFUSED_BRAKED: ("Interact refuses too many people with shorter lists.", _DECIDE),
    Code.PEOPLE_NOTE_BRAKED: ("Ending the session would take what they find from too many people.", _DECIDE),
    Code.PEOPLE_LEAVE_NEXT: (
        "Interact may have people whom an earlier ledger sent and this one does not know.",
        "`connector sync --mode full`, once more",
    ),
    Code.PEOPLE_TAKEN_OUT: (
        "People whose shorter list Interact refuses were taken out.",
        "look at their accounts in Interact",
    ),
    Code.PEOPLE_UNREAD: ("Some people could not be looked up. Their access is unchanged.", _NEXT),
    Code.PEOPLE_FILE_UNREAD: (
        "A people file cannot be used. Whom it named keeps what she has, and nobody gets more by it.",
        "mend the file, then `connector check`",
    ),
    Code.PEOPLE_REFUSED: ("Interact refuses some people.", "look at their accounts in Interact"),
    Code.PEOPLE_UNANSWERED: ("Interact did not answer for some people.", "nothing; they are sent again"),
    Code.PEOPLE_REMOVALS_UNANSWERED: (
        "Interact did not answer for some removals of people.",
        "nothing; they are repeated",
    ),
    Code.PEOPLE_REMOVALS_REFUSED: (
        "Interact refuses to remove some people, who find what they found before; all others were removed.",
        "today: look at their accounts in Interact",
    ),
    Code.PEOPLE_HELD: ("People are on hold.", _DECIDE),
    Code.TWO_PEOPLE: (
        "Two people of one source have the same address.",
        "mend it in the source, or in `people.domains`",
    ),
}
"""Why a run ended as it did: what each reason means, and what a person does."""
