"""
What a source lists and the intranet does not get: it is put into quarantine, and it is noted that an earlier ledger may have sent it.
"""

from __future__ import annotations

import structlog

from connector.crawl.places import Place
from connector.crawl.results import Results
from connector.document.document import Known, Listed
from connector.document.labels import one_line, short
from connector.ledger.quarantine import Quarantine
from connector.ledger.unconfirmed import UnconfirmedDocument
from connector.plan.context import Run
from connector.plan.findings import Aside
from connector.ports.source import Source

LONGEST_TITLE = 255
"""UTF-16 units of the title that is kept of what cannot be sent, as of what can."""


class Unpushed:
    """Of one source in one run."""

    def __init__(self, run: Run, source: Source, quarantine: Quarantine, results: Results) -> None:
        self._run = run
        self._source = source
        self._quarantine = quarantine
        self._results = results

    def note(self, listed: Listed, known: Known | None, place: Place) -> None:
        """It lives and is not pushed: the intranet may have it from an earlier ledger, if this one has no confirmation."""
        if known is not None and known.is_confirmed:
            return
        sight = self._results.sights.get(place.room)
        self._quarantine.unconfirmed.note(
            UnconfirmedDocument(
                id=listed.id,
                source=self._source.name,
                native=listed.native,
                room=place.room,
                container=place.container,
                kind="document" if listed.kind == "unreadable" else listed.kind,
                title=_title_of(listed) or listed.native,
                url=self._source.link(sight.scope, listed) if sight is not None else "",
                audience=listed.audience,
            ),
            run=self._run.number,
        )

    def park(self, listed: Listed, known: Known | None, place: Place, reason: Aside, **values: str) -> None:
        """It cannot be pushed as it is: it is tried again with growing pauses."""
        self.note(listed, known, place)
        structlog.get_logger().warning(
            "document.quarantined", document=listed.id, source=self._source.name, why=reason
        )
        self._quarantine.park(
            listed.id,
            source=self._source.name,
            native=listed.native,
            room=place.room,
            title=_title_of(listed) or (known.id if known else listed.native),
            reason=reason,
            values=values,
            version=listed.version,
            now=self._run.now(),
        )


def _title_of(listed: Listed) -> str:
    """How an item is called in the ledger; what its source says of one that it tells in an odd way may be of any length and form."""
    return short(one_line(listed.name), LONGEST_TITLE)
