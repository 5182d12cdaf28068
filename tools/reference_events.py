"""What the reference says of each event of the log: what happened, what that means for search, and what a person does. PURE."""

from __future__ import annotations

_NOTHING = "nothing"
_BUG = "report the traceback"
_SAYS_WHY = "what `why` says"
_SAYS_ERROR = "what `error` says"
_NETWORK = "nothing at first; if it goes on: `connector check`, then your network"
_MACHINE = "look at that machine; `connector workers`"

LOOKS = ("notify", "digest", "canary", "orders")
"""What is done beside the runs: each tells under its own name that it failed, or has a bug."""

EVENTS: dict[str, tuple[str, str]] = {
    "audiences.unread": (
        "Whom a room is shown to could not be read, as `why` says, or by a bug. Access that was lost elsewhere is taken away first, then the run fails.",
        "what `why` says; where a traceback stands in its place: report it",
    ),
    "beside.failed": (
        "After a command it could not be found out whether a service runs, so nobody is told of its run. The run itself is done.",
        _SAYS_WHY,
    ),
    "call.repeated": (
        "A host gave no answer, or one that passes. It says which try comes next, of how many, and why.",
        _NETWORK,
    ),
    "canary.bug": ("The search test ended by a bug. Documents do not wait for it.", _BUG),
    "canary.failed": (
        "The search test could not be made, so it is not known whether search finds what is sent. Documents do not wait for it.",
        _SAYS_WHY,
    ),
    "canary.found": ("The search test was found, after so many minutes.", _NOTHING),
    "canary.hold_unnoted": (
        "The hold could not be noted in the intranet, too, where it outlives a lost ledger. It counts all the same.",
        _NOTHING,
    ),
    "canary.late": (
        "The search test is not found after `canary.patience_min`: Interact's index is late, for every document.",
        "`connector status`; then ask whoever runs Interact",
    ),
    "canary.leak": (
        "A stranger finds the search test, so Interact shows documents to people who may not see them. Nothing new is sent.",
        "mend it in Interact, today; then `connector check`",
    ),
    "canary.not_here": (
        "Another service with the same ledger has a search test, and the one that looks has none: nobody looks, and a hold goes on.",
        _SAYS_WHY,
    ),
    "canary.left": ("The search test could not be taken out of the intranet. It is tried again.", _SAYS_WHY),
    "canary.taken_away": (
        "The search test was taken out of the intranet, since the settings have none.",
        _NOTHING,
    ),
    "clock.differs": (
        "The machine's clock is so many seconds ahead of that of the database that services share. What is written there goes by the latter.",
        "set the machine's clock",
    ),
    "clock.jumped": (
        "The machine's clock was set by so many seconds, or the machine slept. The next runs are planned anew, and what was missed is done.",
        "look at the clock, if nobody set it",
    ),
    "clock.set": (
        "A run noticed that the clock was set. The moments that it goes by move with it.",
        _NOTHING,
    ),
    "digest.bug": ("The week's mails to owners ended by a bug.", _BUG),
    "digest.failed": ("The week's mails to owners cannot be made now. It is tried again.", _SAYS_WHY),
    "document.odd": (
        "A document that fewer people may see could not be written, by a bug. It goes out without its details, or leaves the search.",
        _BUG,
    ),
    "document.quarantined": (
        "A document could not be read, or was refused. The intranet keeps what it has of it.",
        "`connector quarantine`",
    ),
    "documents.removed": (
        "These documents were removed: each with proof, or since a person said so (`approved`).",
        _NOTHING,
    ),
    "download.failed": ("A file did not come. It is found by its name; the next run tries again.", _NETWORK),
    "texts.not_remembered": (
        "The text cache cannot be read or written. The run goes on; files are downloaded and read again.",
        _SAYS_WHY,
    ),
    "hiding.unkept": (
        "What people ordered could not be kept in `hidden.json`. It stands in the ledger and is obeyed, but a restored ledger would not know it.",
        _SAYS_WHY,
    ),
    "host.throttled": (
        "A host says that there are too many calls: they are halved, and come back slowly.",
        "nothing; if it goes on: `concurrency`, `calls_per_s`",
    ),
    "ledger.unusable": (
        "The ledger cannot be opened, read or written now, so no run begins. Search stays as it is; it is tried again.",
        "what `why` says; `connector check`",
    ),
    "library.message": (
        "A library that the connector uses warns of something. What it says again within ten minutes is only counted (`repeated`).",
        _NOTHING,
    ),
    "notify.bug": ("Somebody was to be told of a run, which ended by a bug. Runs do not wait for it.", _BUG),
    "notify.failed": (
        "A mail or a call of the webhook did not go through. It is tried again for a day; runs do not wait for it.",
        "what `why` says; [nobody is told](troubleshooting.md#nobody-is-told)",
    ),
    "notify.given_up": (
        "Somebody could not be told for a day, or too much waited, so this is not tried any more. If the trouble lasts, a later run tells it.",
        "`connector status`",
    ),
    "notify.told": ("Somebody was told of a run.", _NOTHING),
    "ocr.began": ("The night's reading of scans began.", _NOTHING),
    "ocr.bug": (
        "The night's reading of scans ended by a bug. The next night goes on from what was read.",
        _BUG,
    ),
    "ocr.cannot_read": (
        "No reader could be started, so no scan is read tonight. Scans are found by their names.",
        "`connector check`",
    ),
    "ocr.failed": (
        "The night's reading of scans ended early. The next night goes on from what was read; where the database of several services went away, it goes on once that is back.",
        _SAYS_ERROR,
    ),
    "ocr.night": ("The night's reading of scans ended: how many, and in how many seconds.", _NOTHING),
    "ocr.not_fetched": ("A scan did not come. It waits for the next night.", _NETWORK),
    "ocr.source_failed": ("A source did not answer, so none of its scans is read tonight.", _NETWORK),
    "orders.bug": ("What people ordered could not be carried out, by a bug. It may still be found.", _BUG),
    "orders.failed": (
        "What people ordered to hide or forget could not be carried out now, so it may still be found. It is tried again.",
        "what `why` says; `connector hidden`",
    ),
    "people.bug": ("A look at memberships between two runs ended by a bug. The next run looks again.", _BUG),
    "people.failed": (
        "Memberships could not be read or sent between two runs. People keep what they have; it is tried again, and by the next run.",
        _SAYS_ERROR,
    ),
    "people.skipped": ("Memberships were not looked at, since a run is at work, which does it.", _NOTHING),
    "people.turn": (
        "Memberships were looked at between two runs: how many people were sent, removed, put on hold.",
        _NOTHING,
    ),
    "people.turn_left_to_the_next_run": (
        "Memberships are looked at by the next run: something is not settled before it.",
        _NOTHING,
    ),
    "place.unasked": (
        "Where a document stands could not be asked, by a bug. What fewer people may see is sent first, then the run fails.",
        _BUG,
    ),
    "push.unanswered": ("Interact did not confirm documents. The next run sends them again.", _NETWORK),
    "queue.unanswered": (
        "The queue does not answer a run whose rooms several workers walk. Whoever walks goes on; nobody comes until it answers.",
        "what `why` says; look at the database",
    ),
    "rehearsal.unkept": (
        "A dry run is in no history, since another process wrote to the ledger when it ended.",
        _NOTHING,
    ),
    "room.given_up": (
        "Workers that walked a room died again and again, so it is not read in this run. Nothing of it is removed.",
        "look at the memory of those machines; `connector workers`",
    ),
    "run.backup_unseen": (
        "Whether the intranet was put back from a backup could not be looked at. The next run looks.",
        _NOTHING,
    ),
    "run.bug": ("A run ended by a bug. What Interact confirmed is kept; the next run goes on.", _BUG),
    "run.cancelled": (
        "A run of the service was broken off, since it stood still or the service ends. The next run goes on.",
        _NOTHING,
    ),
    "run.earlier_calls_unanswered": (
        "A run that was killed had so many documents on their way. This one sends them again.",
        _NOTHING,
    ),
    "run.failed": (
        "A run could not begin or go on. Search is as it was; the next run tries again.",
        _SAYS_ERROR,
    ),
    "run.finished": (
        "A run ended: its outcome, reasons and counts. The level is `error` of one that failed, `warning` of one that is braked or withheld.",
        "by its [outcome](#outcomes-of-a-run)",
    ),
    "run.not_compared": (
        "A full run could not compare some documents with the intranet. The next full run does.",
        _NOTHING,
    ),
    "run.ocr_came": ("So many scans that were read at night are sent with their words.", _NOTHING),
    "run.progress": (
        "Of a run by hand or a backfill without a terminal, once a minute: items seen, documents accepted, in all and in this minute, and the minutes left where they are known.",
        _NOTHING,
    ),
    "run.skipped": (
        "A run that was due was not done, since another one is at work, or for a day no service was free for it.",
        "nothing; as `error`: look whether services run",
    ),
    "run.stalled": (
        "Nothing was listed or accepted for long, so the service ends the run. It says where every task waits; the next run goes on.",
        "[a run is stalled](troubleshooting.md#a-run-is-stalled)",
    ),
    "run.started": ("A run began.", _NOTHING),
    "run.waits": ("A full run or a backfill waits until the quiet hours of a source end.", _NOTHING),
    "scope.incomplete": (
        "A room, or a kind of record, was not read to its end. Nothing of it is removed; the next run tries again.",
        _NETWORK,
    ),
    "seat.bug": ("This worker's part of a run ended by a bug. The others walk it.", _BUG),
    "seat.calls_taken": (
        "This worker makes the calls of others that have nothing more to do, since no room waits.",
        "nothing",
    ),
    "seat.failed": ("This worker could not go on with its part of a run. The others walk it.", _SAYS_ERROR),
    "seat.lost": ("This worker's part of a run was taken by another one, or the run ended.", _NOTHING),
    "seat.taken": ("This worker walks rooms of somebody's run.", _NOTHING),
    "seat.vacated": (
        "A worker that walked rooms of this run is gone. The others walk them; what it sent in vain is sent again.",
        _MACHINE,
    ),
    "service.another": (
        "Another service works with the same ledger, so each run that is due is done twice. They never write at the same time.",
        "end one of them; [several services](workers.md) need PostgreSQL",
    ),
    "service.listening": ("The status page can be opened, at this address.", _NOTHING),
    "service.started": ("The service is ready: its targets and next runs.", _NOTHING),
    "service.stopped": ("The service ended.", _NOTHING),
    "service.stopping": ("The service was told to end, and finishes what is in hand.", _NOTHING),
    "session.ended": (
        "A session was ended: how many documents, or people, Interact removed by it.",
        _NOTHING,
    ),
    "session.opened": ("A full run began a session.", _NOTHING),
    "session.withheld": (
        "A session was left open, so it removes nothing. It is harmless; the next full run ends one.",
        "what `reasons` say",
    ),
    "settings.bug": ("New settings were not taken, by a bug. The old ones stay in use.", _BUG),
    "settings.differ": (
        "Services that share a ledger go by different settings for more than two minutes, so who finds what depends on which does the run.",
        "give each service the same settings, then reload each",
    ),
    "settings.refused": (
        "New settings are wrong, or need a restart. The old ones stay in use.",
        "correct what `why` names, then reload",
    ),
    "settings.reloaded": ("New settings are in use. It names the keys that changed, and no value.", _NOTHING),
    "settings.waiting": (
        "New settings wait for the end of a run under way. Nothing else begins until then, or until settings are read again.",
        _NOTHING,
    ),
    "source.bug": (
        "A source that another package brings made a mistake. Its documents stay as they are; other sources are read as ever.",
        "give the traceback to whoever wrote it",
    ),
    "source.failed": (
        "A source could not be read at all. Its documents stay as they are; the next run tries again.",
        "what `error` says; `connector check`",
    ),
    "sources.read": ("The sources were read: how many items of each.", _NOTHING),
    "walk.left": ("A worker walks nothing of a source in this run. The others do.", _SAYS_WHY),
    "walk.shared": ("The rooms of a run are walked by several workers.", _NOTHING),
    "work.given_back": ("Work that had begun, and that nobody does, is begun anew.", _NOTHING),
    "work.given_up": (
        "Each worker that took a run died with it, so it is not begun again. The next tick is.",
        "look at the memory of those machines; `connector workers`",
    ),
    "work.not_asked": (
        "The database did not take what is due. It is asked again; search may be late.",
        "look at the database",
    ),
    "work.of_another_version": (
        "What only another release could have done is asked for anew, and done by this one.",
        _NOTHING,
    ),
    "work.passed": (
        "This service does not have the target of what is due, or no OCR where scans are to be read, or is to read its settings again, or is of an older release than the ledger, and no other one is free: it waits, for a day at most.",
        "what `why` says: give each service the same settings, or upgrade its machine",
    ),
    "work.taken_over": ("A worker fell silent with a run, which another one begins anew.", _MACHINE),
    "worker.bug": (
        "A thread of this worker ended by a bug, so the worker ends itself and is started anew. Others have its work.",
        _BUG,
    ),
    "worker.cut_off": (
        "This worker does not reach the database. With a run in hand it ends itself after 30 s. It is told at once, then after one, two, four ... minutes.",
        "look at the database, and the way to it",
    ),
    "worker.ends_itself": (
        "This worker ended itself, since others have its work by now. It is started anew.",
        _SAYS_WHY,
    ),
    "worker.heard_again": ("This worker reaches the database again, after so many seconds.", _NOTHING),
    "worker.joined": ("This service is a worker among others from now on.", _NOTHING),
    "worker.left": ("This service is no worker any more.", _NOTHING),
    "worker.no_round": (
        "This worker could not look after the others. It looks again every few seconds, and tells it as it tells `worker.cut_off`.",
        "what `why` says; look at the database",
    ),
    "worker.not_left": (
        "This worker could not say that it ends. Others notice within half a minute.",
        _NOTHING,
    ),
    "worker.silent": (
        "No beat of a worker was heard for so many seconds. Others begin its work anew.",
        _MACHINE,
    ),
    "worker.stuck": (
        "This worker stood still for so many seconds, and says to nobody that it is alive.",
        "nothing; if it goes on: look at the processor and memory of the machine",
    ),
    "workers.alone": (
        "This service shares its runs with no other one, since a package is missing.",
        "install the extra `cluster`",
    ),
}
"""By event: what happened and what it means for search; what a person does."""
