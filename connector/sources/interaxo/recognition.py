"""
By what a page of a listing is recognised: a hash of all that its rows become documents of. PURE.

Two parts of 16 bytes: of the page with all that it inherits, and of the versions of its rows, of which the proof of a
listing's end is made. `content_url`, another one with every read, is no part of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b

import msgspec

from connector.document.ids import digest
from connector.sources.interaxo.kinds import needs_detail
from connector.sources.interaxo.leniency import usable
from connector.sources.interaxo.members import nameless_in
from connector.sources.interaxo.places import Place
from connector.sources.interaxo.wire import Authority, Item, Unreadable

HALF = 16
_pack = msgspec.json.Encoder().encode  # as of `Item.digest`: JSON has integers of any length


def page_of(
    rows: Sequence[Item | Unreadable], place: Place, rules: bytes, name_of: Callable[[Authority], str | None]
) -> bytes:
    """
    Hash a page with all that its rows inherit; empty where something else tells what becomes of one of them.

    Args:
        rules: of the settings that leave items out.
        name_of: a person's name; None where it has to be asked for in this run.
    """
    if place.audience is None or not rows:
        return b""
    told: list[Item] = []
    named: list[Authority] = []
    for row in rows:
        if not isinstance(row, Item) or needs_detail(row):
            return b""
        if row.created_by is not None and usable(row.created_by.id):
            named.append(row.created_by)
        told.append(row if row.content_url is None else msgspec.structs.replace(row, content_url=None))
    names = [name_of(one) for one in (*named, *nameless_in(rows))]
    if None in names:
        return b""
    around = digest([place.inherited, rules, place.audience.digest()])
    return blake2b(_pack((names, told)), digest_size=HALF, key=around).digest()


def is_same(mark: bytes, page: bytes) -> bool:
    """Whether a mark that was kept is of this page."""
    return bool(page) and mark[:HALF] == page


def versions_in(mark: bytes) -> bytes:
    """Hash of the versions of the rows of a page, by its mark."""
    return mark[HALF:]


def proof_of(versions: Sequence[bytes]) -> bytes:
    """The proof of the end of a listing, by the versions of its pages."""
    return versions[0] if len(versions) == 1 else digest(versions)
