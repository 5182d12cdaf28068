"""
What stands elsewhere by now than where the ledger knows it, or was changed: others altogether see that place, and what it was may
be closed to them.

Who sees a place is read before it is listed. Where all of its readers were exchanged, what left it unseen, and what was in it before
it was changed, would be shown to the new ones until the crawl meets it, so each such document is asked for by itself first: at most
`safety.max_widened` of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import structlog

from connector.engine.batched import batched
from connector.engine.task_group import together
from connector.errors import SourceRefused, SourceUnavailable
from connector.ledger.documents import Documents
from connector.ledger.rows import Standing
from connector.ports.source import Nested, Sorted, Source, Verdict

ASKED_AT_ONCE = 100
NOTHING_TOLD = Verdict()


class MovedAway:
    """Documents of one target that left their place or stand there as they did, as far as somebody looked in this run."""

    def __init__(self, documents: Documents) -> None:
        self.ids: set[str] = set()
        self.unchanged: set[str] = set()
        """Ids of those that stand there in the version that the target has."""
        self._documents = documents
        self._silent: set[str] = set()
        """Names of sources that gave no answer: what they would say of further documents is not waited for."""
        self.bugs: list[Exception] = []
        """What ended single questions; whoever sends the narrowings raises it after them."""

    async def look(self, documents: Iterable[Standing], sources: Mapping[str, Source]) -> None:
        """
        Ask for documents whose readers are to be exchanged.

        No narrowing waits for an answer (rule 7): of what nobody can tell, nobody knows whether it was changed, either.

        Args:
            sources: by name; where nothing moves nobody is asked.
        """
        asked = (
            one
            for one in documents
            if one.container and one.source in sources and not isinstance(sources[one.source], Sorted)
        )
        for chunk in batched(asked, ASKED_AT_ONCE):
            verdicts = await together(self._ask(one, sources[one.source]) for one in chunk)
            accepted = self._documents.known([one.id for one in chunk])  # not what was forgotten meanwhile
            for one, verdict in zip(chunk, verdicts, strict=True):
                known = accepted.get(one.id)
                if _left(one, verdict, sources[one.source]):
                    self.ids.add(one.id)
                elif verdict.listed and known and verdict.listed.version == known.version:
                    self.unchanged.add(one.id)

    async def _ask(self, one: Standing, source: Source) -> Verdict:
        if one.source in self._silent:
            return NOTHING_TOLD
        try:
            return await source.ask(one.native, one.room, one.room, ())
        except SourceUnavailable:
            self._silent.add(one.source)
        except SourceRefused:
            pass
        except Exception as error:  # noqa: BLE001 - raised again once the narrowings were sent
            structlog.get_logger().error("place.unasked", source=one.source, id=one.id, exc_info=error)
            self.bugs.append(error)
        return NOTHING_TOLD


def _left(one: Standing, verdict: Verdict, source: Source) -> bool:
    """Whether a document stands elsewhere than the ledger knows, as far as that decides who sees it; or nowhere in its room."""
    if verdict.listed is None:
        return verdict.gone or verdict.moved
    if verdict.room and verdict.room != one.room:
        return True
    by_container = isinstance(source, Nested) and source.looks_below
    return by_container and verdict.container is not None and verdict.container != one.container
