"""
Whether the intranet was put back from a backup: then it lacks what was sent since, shows what was removed since, and shows some
documents to more people than may see them now.

A full run sends everything, so it leaves a younger note; between two full runs the documents that deltas sent last tell. They are
asked for run by run, the newest first, until one is as the ledger has it: what was sent and removed since then is taken for unknown.
"""

from __future__ import annotations

from connector.engine.together import together
from connector.plan.context import Books, Run
from connector.plan.findings import Code
from connector.plan.tally import Sheet
from connector.ports.target import Target
from connector.session.markers import Markers

OF_A_RUN = 3
"""Documents that are asked for, of what one delta sent, and of what was removed since."""
MOST_RUNS = 50
"""Deltas that are looked at; where not even the oldest of them left its documents, everything is taken as new."""
ENOUGH = 2
"""
Documents that tell of a backup. A single one may have been taken out, or changed, by hand: then something that was removed has
to be there, too, which alone tells nothing, since Interact may go on knowing what it removed.
"""


KIND = "intranet-backup"
"""The kind of note that holds, by intranet, what became of the last look."""
ACTED, DEAF = b"acted", b"deaf"
"""
The run before took as new what was lacking; and it was lacking again afterwards: that intranet takes no update of the same date, say,
and what it lacks tells of no backup.
"""


async def look_for_backup(run: Run, target: Target, books: Books, markers: Markers, sheet: Sheet) -> None:
    """
    Take as new what an intranet that was put back does not have, and ask again for what was removed since.

    Raises:
        TargetUnavailable, TargetRefused: nothing is known.
    """
    if run.dry_run or markers.behind or markers.unknowing:
        return
    documents, notes = books.documents, books.notes("")
    note = notes.get(KIND, target.key)
    before = note[0] if note is not None else b""
    if before == DEAF:
        return
    if markers.older is not None:
        since, lacks = markers.older + 1, True
    else:
        since, lacking = await _first_lacking(run, target, books)
        lacks = lacking >= ENOUGH or (lacking > 0 and await _shows_removed(target, books, since))
        if lacking and not lacks:
            documents.forget_sent_since(since)
    after = b"" if not lacks else DEAF if before == ACTED else ACTED
    if after != before:
        notes.put(KIND, target.key, after, run=run.number)
    if after != ACTED:
        return
    if markers.older is not None:
        count = sum(documents.forget_confirmations(name) for name in documents.sources())
    else:
        count = documents.forget_sent_since(since)
    documents.doubt_removals(since=since, run=run.number)
    books.people.doubt_removals(since=since)
    markers.behind = True
    sheet.tell(Code.INTRANET_PUT_BACK, count=count)


async def _first_lacking(run: Run, target: Target, books: Books) -> tuple[int, int]:
    """The first run of which the intranet lacks what a delta sent, and how many documents told so; 0 and 0 where it lacks none."""
    since = differing = 0
    for _ in range(MOST_RUNS):
        number, sent = books.documents.sent_last(before=since or run.number, most=OF_A_RUN)
        states = await together(target.state(one) for one in sent)
        lacking = sum(
            not state.exists or state.fingerprint not in ("", print_.hex())
            for state, print_ in zip(states, sent.values(), strict=True)
        )
        if not sent or lacking < len(sent):
            return since, differing
        since, differing = number, differing + lacking
    return 0, differing


async def _shows_removed(target: Target, books: Books, since: int) -> bool:
    """Whether something is there that was removed since a run."""
    states = await together(target.state(one) for one in books.documents.gone_since(since, most=OF_A_RUN))
    return any(state.exists for state in states)
