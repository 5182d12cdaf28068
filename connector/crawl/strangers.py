"""Items that stood elsewhere, or nowhere, when their container was last listed: asked for together by pages that arrive together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from connector.document.document import Known
from connector.ledger.documents import Documents


class Strangers:
    """What the ledger knows of such items: one question for every page that is taken in one turn of the loop."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._ids: dict[str, None] = {}
        self._asked: asyncio.Future[tuple[dict[str, Known], int]] | None = None

    async def known(self, ids: Sequence[str]) -> dict[str, Known]:
        """Find documents by id, each as it is now: they are asked for anew where a page before this one changed documents."""
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
