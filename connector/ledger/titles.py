"""
How titles are searched for by any part of them, in any letter case, the Nordic letters as well. PURE.

A database keeps an index of the pieces of three letters that titles have; what has all pieces of the words that are asked
for is looked at, and counts where it has the words. Each title stands between two blanks on either side there, so that its
beginning and its end are pieces, too, and each of its letters begins one.
"""

from __future__ import annotations

import msgspec

EDGE = "  "
"""On either side of a title in the index."""
PIECE = 3
"""Letters of a piece."""
_CASED = [
    chr(one) for one in range(0x41, 0x530) if chr(one).lower() != chr(one) and len(chr(one).lower()) == 1
]
LARGE = "".join(_CASED)
"""Letters that have a small one: Latin, Greek, Cyrillic."""
SMALL = LARGE.lower()
_FOLDED = str.maketrans(LARGE, SMALL)


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """What the index is asked for: titles that have all of these."""

    pieces: tuple[str, ...] = ()
    begun: str = ""
    """One letter or two with which a piece begins."""


def fold(text: str) -> str:
    """In small letters: letter by letter, so that parts of a text stay parts of it."""
    return text.lower() if text.isascii() else text.translate(_FOLDED)


def beyond(begun: str) -> str:
    """What comes after all that begins so."""
    return begun[:-1] + chr(ord(begun[-1]) + 1)


def match(*, words: str = "", ending: str = "", whole: str = "") -> Match:
    """
    Say what the index is asked for.

    Args:
        words: a part of the title.
        ending: how it ends.
        whole: all of it.
    """
    short = 0 < len(words) < PIECE
    told = [
        *([] if short else [words]),
        *([ending + EDGE] if ending else ()),
        *([EDGE + whole + EDGE] if whole else ()),
    ]
    found = dict.fromkeys(piece for one in told for piece in _pieces(fold(one)))
    return Match(pieces=tuple(found), begun=fold(words) if short else "")


def _pieces(text: str) -> list[str]:
    """Pieces that cover a text: each that is asked for besides costs a look at all titles that have it, and leaves out hardly any."""
    last = len(text) - PIECE
    return [text[at : at + PIECE] for at in range(last + 1) if at % PIECE == 0 or at == last]
