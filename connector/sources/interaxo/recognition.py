"""
By what the rows of a page are recognised: a hash of all that they become documents of. PURE.

A page is told in blocks of a few rows each, so that one row that was edited does not make all others be planned. A block has two
parts of 16 bytes: of its rows with all that they inherit, and of their versions, of which the proof of a listing's end is made.
`content_url`, another one with every read, is no part of it.
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
BLOCK = 16
"""Rows that are recognised together."""
_pack = msgspec.json.Encoder().encode  # as of `Item.digest`: JSON has integers of any length


Rows = Sequence[Item | Unreadable]


class Recognition:
    """
    By what the rows that stand in one place are recognised.

    Args:
        rules: of the settings that leave items out.
        name_of: a person's name; None where it has to be asked for in this run.
    """

    def __init__(self, place: Place, rules: bytes, name_of: Callable[[Authority], str | None]) -> None:
        audience = place.audience
        self._name_of = name_of
        self._around = b"" if audience is None else digest([place.inherited, rules, audience.digest()])

    def of(self, rows: Rows) -> bytes:
        """Hash a block with all that its rows inherit; empty where something else tells what becomes of one of them."""
        if not self._around or not rows:
            return b""
        told: list[Item] = []
        named: list[Authority] = []
        for row in rows:
            if not isinstance(row, Item) or needs_detail(row):
                return b""
            if row.created_by is not None and usable(row.created_by.id):
                named.append(row.created_by)
            told.append(row if row.content_url is None else msgspec.structs.replace(row, content_url=None))
        names = []
        for one in (*named, *nameless_in(rows)):
            name = self._name_of(one)
            if name is None:
                return b""
            names.append(name)
        return blake2b(_pack((names, told)), digest_size=HALF, key=self._around).digest()


class Block(msgspec.Struct):
    """Some rows of a page, and what is kept of them."""

    rows: Rows
    mark: bytes
    """Empty: none, or not known yet."""
    versions: bytes
    """Hash of the versions of its rows; empty: not known yet."""


def blocks_of(rows: Rows, kept: bytes, recognition: Recognition | None) -> list[Block]:
    """
    Take a page apart; what has the mark that was kept is known with the versions of its rows.

    Args:
        kept: the page's mark of last time; empty: there is none.
    """
    blocks = []
    for at in range(0, len(rows), BLOCK):
        block = Block(rows[at : at + BLOCK], b"", b"")
        if kept and recognition is not None:
            block.mark = recognition.of(block.rows)
            before = kept[2 * HALF * (at // BLOCK) :][: 2 * HALF]
            if block.mark and before[:HALF] == block.mark:
                block.versions = before[HALF:]
        blocks.append(block)
    return blocks


def page_of(blocks: Sequence[Block]) -> bytes:
    """The mark of a whole page; empty where a block has none."""
    if not all(block.mark for block in blocks):
        return b""
    return b"".join([block.mark + block.versions for block in blocks])


def proof_of(versions: Sequence[bytes], expected: int | None) -> bytes:
    """
    The proof of the end of a listing, by the versions in its blocks.

    Args:
        expected: children that the container tells of: where that changed, the rows of before prove no end, since it may tell too few.
    """
    return digest([*versions, str(expected).encode()])
