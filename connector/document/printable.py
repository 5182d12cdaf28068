"""
What others wrote, made harmless to whoever reads it on a terminal, in a log or on a page. PURE.

Titles, names and error messages come from neighbours. A terminal obeys escape sequences (it clears the screen, sets
its title, answers with typed text), a line break forges a line, and a direction mark shows `exe.fdp` as `pdf.exe`.
Only what is shown passes through here; what is stored and pushed stays as it is.
"""

from __future__ import annotations

import re
from typing import Any

_BREAKS = re.compile("[\t\n\v\f\r\x85\u2028\u2029]+")
_BREAKS_WITHIN_LINES = re.compile("[\t\v\f\r\x85\u2028\u2029]+")
_LONE = re.compile("[\ud800-\udfff]")
# controls (C0, DEL, C1), soft hyphen, Arabic letter mark, zero width space, direction marks, overrides and isolates,
# byte order mark, interlinear marks, tags; the two joiners stay: letters of some scripts and signs of families need them
_STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_LIKE_A_COMMAND = re.compile(r"(?<![\w@./-])connector (?=[a-z])")
_UNSAFE_IN_JSON = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str, *, lines: bool = False) -> str:
    """
    Take out of a text whatever steers a reader's terminal or eye.

    Args:
        lines: line breaks stay (for texts of many lines); otherwise they become spaces.
    """
    if text.isprintable():  # as nearly all is; told in one pass
        return text
    text = (_BREAKS_WITHIN_LINES if lines else _BREAKS).sub(" ", text)
    return _STEERING.sub("", _LONE.sub("\ufffd", text))


def called(title: str, identifier: str) -> str:
    """What a thing is called; its id where nothing of its title can be seen: no link could be known by that."""
    return title if any(one.isprintable() and not one.isspace() for one in title) else identifier


def quoted(title: str) -> str:
    """A title within a sentence of ours: what reads like a command there keeps a space that no command of ours has."""
    return _LIKE_A_COMMAND.sub("connector\u00a0", title)


def printable_values(value: Any, *, lines: frozenset[str] = frozenset()) -> Any:
    """
    Make every text within lists and tables printable.

    Args:
        lines: keys whose texts keep their line breaks.
    """
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {
            key: printable(one, lines=True)
            if key in lines and isinstance(one, str)
            else printable_values(one, lines=lines)
            for key, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [printable_values(one, lines=lines) for one in value]
    return value


def safe_json(text: str) -> str:
    """Escape in written JSON what a terminal would obey; JSON itself only escapes the first 32 controls."""
    return _UNSAFE_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
