"""Items that a container lists for the first time: what the ledger knows of them is asked for by all pages that arrive together at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from connector.document.document import Known
from connector.ledger.documents import Documents


class NewItems:
    """Looks such items up in the ledger: one question for all pages that are taken in one turn of the event loop."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._ids: dict[str, None] = {}
        self._asked: asyncio.Future[tuple[dict[str, Known], int]] | None = None

    async def known(self, ids: Sequence[str]) -> dict[str, Known]:
        """
        Find the documents that the ledger has of these ids; those that it lacks are not among the keys.

        Each is as it is now: where another page changed documents since the question, they are asked for anew.
        """
        if not ids:
            return {}
        while True:
            self._ids.update(dict.fromkeys(ids))
            if self._asked is None:
                loop = asyncio.get_running_loop()
                self._asked = loop.create_future()
                loop.call_soon(self._ask, self._asked)
            found, as_of = await asyncio.shield(self._asked)
            if as_of == self._documents.writes:
                return {one: found[one] for one in ids if one in found}

    def _ask(self, asked: asyncio.Future[tuple[dict[str, Known], int]]) -> None:
        ids, self._ids, self._asked = list(self._ids), {}, None
        try:
            asked.set_result((self._documents.known(ids), self._documents.writes))
        except Exception as error:  # noqa: BLE001 - raised by every page that waits for it
            asked.set_exception(error)
