"""Which rows of a page are taken as items of the container that lists them: the others are told of, or stand somewhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connector.crawl.listing import Listing, circles_in
from connector.crawl.other_kinds import OtherKinds
from connector.crawl.places import is_passed_over
from connector.crawl.results import Results
from connector.document.document import Container, Known, Listed
from connector.errors import ListingIncomplete


class OwnRows:
    """The rows of one walk, page by page."""

    def __init__(self, results: Results, other_kinds: OtherKinds) -> None:
        self._results = results
        self._other_kinds = other_kinds

    def of_page(
        self, rows: Sequence[Listed], container: Container, elsewhere: Mapping[str, Known], listing: Listing
    ) -> Sequence[Listed]:
        """
        Leave out the rows that the container stands in itself, those under the id of another kind's record, and those that stand elsewhere.

        Args:
            elsewhere: what the ledger has of rows that were not listed in the container before.
            listing: is no witness for what it lacks where a row is under the id of another kind's record.
        """
        if circles := circles_in(rows, container):
            words = f"{container.native} lists {circles[0].native}, which contains it: the listing goes in circles"
            self._results.fail(container.scope, ListingIncomplete(words))
            rows = [row for row in rows if row not in circles]
        own = self._other_kinds.left_out(rows, elsewhere, container.scope)
        listing.unsteady |= len(own) < len(rows)
        return (
            [row for row in own if not is_passed_over(row, elsewhere.get(row.id), container)]
            if elsewhere
            else own
        )
