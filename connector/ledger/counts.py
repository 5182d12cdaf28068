"""
How many documents there are, by state, reason, format and whether they have text: kept as they are written.

Nobody who asks counts documents: what changed since somebody asked last, or since a run counted last, is looked at, and
nothing else. It changes in the transaction in which the documents do, so a killed process leaves none of it behind.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache

import msgspec

from connector.document.states import IN_TARGET, DocumentState
from connector.ledger.part import Part

OTHER = "other"
"""The format of a file whose title does not end in one."""
_FORMAT = re.compile(r"(?=[a-z0-9]*[a-z])[a-z0-9]{1,6}")
"""What counts as a format: `pdf` and `mp4`, never `01` of "Rev. 01" or " floor" of "3. floor"."""


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """How many files of one format there are."""

    format: str
    with_text: int
    without_text: int


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """How many documents of one target there are."""

    states: Mapping[str, int]
    with_text: int
    """Files that have text and are, or may be, in the target."""
    without_text: Mapping[str, int]
    """Those that have none, by reason."""
    formats: list[Format]
    """Files that were read, or could not be; the most frequent first, those without a format last."""

    @property
    def in_target(self) -> int:
        """Documents that the target confirmed and was not told to remove, on hold or not."""
        return sum(self.states.get(one, 0) for one in IN_TARGET)


def format_of(title: str) -> str:
    """The format of a file, by how its title ends."""
    _, dot, ending = title.rpartition(".")
    return format_called(ending) if dot and len(ending) < 7 else OTHER


@lru_cache(maxsize=1_000)
def format_called(ending: str) -> str:
    """The format that an ending stands for."""
    told = ending.lower()
    return told if ending.isascii() and _FORMAT.fullmatch(told) else OTHER


class Counts(Part):
    """What is kept of one target."""

    def tally(self) -> Tally:
        """How many there are now."""
        states: Counter[str] = Counter()
        reasons: Counter[str] = Counter()
        formats: dict[str, list[int]] = {}
        with_text = 0
        for state, reason, ending, text, many in self._database.counted(self._own["target"]):
            states[state] += int(many)
            if state == DocumentState.REMOVED or not ending:
                continue
            formats.setdefault(ending, [0, 0])[bool(reason)] += int(many)
            if reason:
                reasons[reason] += int(many)
            elif text:
                with_text += int(many)
        told = [Format(format=name, with_text=a, without_text=b) for name, (a, b) in formats.items()]
        return Tally(
            states={state: many for state, many in sorted(states.items()) if many},
            with_text=with_text,
            without_text=dict(sorted(reasons.items())),
            formats=sorted(
                told, key=lambda one: (one.format == OTHER, -one.with_text - one.without_text, one.format)
            ),
        )
