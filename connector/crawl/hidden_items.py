"""Listed items that a person hid: noted instead of pushed. A hidden container is listed all the same, since what moves out of it is shown again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from connector.crawl.listing import Listing
from connector.document.document import Container, Known, Listed, Scope
from connector.document.ids import child_path, kept
from connector.ledger.orders import Hidden
from connector.plan.context import Books, Run
from connector.plan.hidden_roots import HiddenRoots
from connector.ports.source import Source


class HiddenItems:
    """What is hidden of one source in one walk."""

    def __init__(self, run: Run, source: Source, books: Books, hidden_roots: HiddenRoots) -> None:
        self._run = run
        self._source = source
        self._documents = books.documents
        self._orders = books.orders
        self._hidden_roots = hidden_roots

    def shown(
        self, rows: Sequence[Listed], scope: Scope, known: Mapping[str, Known], *, path: str, container: str
    ) -> Sequence[Listed]:
        """
        Which rows of a page are not hidden; the others are noted.

        Args:
            path: of the container that lists them; empty for a scope's own document.
        """
        if not self._hidden_roots:
            return rows
        shown, met = [], []
        for row in rows:
            root = self._hidden_roots.root_below(path, row.id)
            if not root:
                shown.append(row)
            elif not row.left_out or row.id in known:
                met.append(self._hidden(row, root, scope, path=path, container=container))
        if met:
            self._note(met, known)
        return shown

    def covers(self, listed: Listed, known: Known | None, scope: Scope, container: str) -> bool:
        """Whether an item that was found outside its listing is hidden where it stands; then it is noted."""
        if not self._hidden_roots:
            return False
        path = self._path_of(container) if container else ""
        return not self.shown(
            [listed], scope, {listed.id: known} if known else {}, path=path, container=container
        )

    def listed(self, container: Container, listing: Listing) -> None:
        """A container was listed to its end: what is hidden of it and does not stand there any more needs not be told."""
        if self._hidden_roots:
            before = self._orders.listed_in(container.id)
            self._orders.drop((one, path) for one, path in before.items() if one not in listing.ids)

    def _path_of(self, container: str) -> str:
        standing = self._documents.standing([container]).get(container)
        if standing is not None and standing.path:
            return standing.path
        hidden = self._orders.hidden(container)
        return (hidden.path if hidden is not None else "") or f"/{container}/"

    def _note(self, met: Sequence[Hidden], known: Mapping[str, Known]) -> None:
        before = self._orders.met_before([one.id for one in met])
        self._orders.meet(
            [one for one in met if one.id in known or not _is_as_before(one, before.get(one.id))]
        )

    def _hidden(self, row: Listed, root: str, scope: Scope, *, path: str, container: str) -> Hidden:
        met = Hidden(
            id=row.id,
            root=root,
            source=self._source.name,
            native=row.native,
            room=scope.key,
            container=container,
            kind=row.kind,
            title=row.name or row.native,
            url=self._source.link(scope, row),
            path=kept(child_path(path, row.id)),
            at=self._run.now(),
        )
        return met.without_words() if self._hidden_roots.forgets(root) else met


def _is_as_before(one: Hidden, before: Hidden | None) -> bool:
    """Whether it was met before, and the target told to remove it."""
    return before is not None and before == msgspec.structs.replace(one, at=before.at, gone=True)
