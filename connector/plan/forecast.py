"""
What a first load will take, foretold from a part of the listings and a few items that were made. PURE.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log

import msgspec

from connector.plan.tree_size import Whole

EMPTY_LEDGER = 750_000
"""Bytes of a ledger without a document: its tables and indexes begin with a page each."""
ROW_BYTES = 1_150
"""What a document takes in the ledger beside what was sent: rows and indexes (docs/sizing.md)."""
GRANT_BYTES = 450
"""The same for what is remembered of its rights, where they are read item by item."""
PAGE_BYTES = 8_192
LOCAL_BYTES = 1_000
"""Of a row that is longer than a page: what stays in it, at least; the rest has pages of its own (SQLite, "Database File Format", 1.6)."""
FEW = 20
"""Containers and rows below which their second half tells less than all of them."""


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """How far the listings of a source got, and what that took."""

    calls: int
    units: int
    """Containers and rows that were listed."""
    people: int


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """Items of one kind that were made for the sample."""

    items: int
    calls: int
    bytes: int
    """Of the documents, texts included."""
    kept_bytes: int
    """Of them what the ledger keeps, as it takes place there (`on_disk`)."""
    texts: int
    """How many have a text of a file."""


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """What takes time."""

    call_s: float = 0.0
    """Mean duration of a call."""
    at_once: int = 1
    """Calls that the settings allow at the same time."""
    calls_per_s: float = 0.0
    """As the settings limit them; 0: they do not."""
    work_s: float = 0.0
    """Of this program's own work, for a document."""
    text_s: float = 0.0
    """For the text of a file, so many read at once as a load reads."""


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked of one source, and what it cost."""

    base_calls: int
    """To sign in, and to list the scopes."""
    scope_calls: int
    """For the scopes that were read: who may see them, their own documents."""
    scopes_read: int
    scopes: int
    half: Reach
    """When half of what was listed was listed."""
    end: Reach
    whole: Whole
    tops: Mapping[str, int]
    """Documents of the scopes themselves that were read, by kind."""
    made: Mapping[str, Made]
    calls_of_a_person: float
    pace: Pace
    has_grants: bool
    """Whether the ledger also remembers who may see each item."""
    cache_bytes_of_a_text: float


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """What a first load of one source takes."""

    documents: int
    calls: int
    bytes: int
    """Sent to the intranet."""
    seconds: float
    ledger_bytes: int
    cache_bytes: int


def foretell(sample: Sample) -> Forecast:
    """Foretell a first load."""
    scale = sample.scopes / sample.scopes_read if sample.scopes_read else 1.0
    units = sample.whole.rows + sample.whole.containers
    calls = sample.base_calls + sample.scope_calls * scale + _listing_calls(sample, units)
    calls += _people(sample, units) * sample.calls_of_a_person
    kinds = dict(sample.whole.kinds)
    for kind, count in sample.tops.items():
        kinds[kind] = kinds.get(kind, 0.0) + count * scale
    sent = kept = texts = 0.0
    for kind, many in kinds.items():
        made = sample.made.get(kind)
        if made is not None and made.items:
            share = many / made.items
            calls += share * made.calls
            sent += share * made.bytes
            kept += share * made.kept_bytes
            texts += share * made.texts
    documents = sum(kinds.values())
    row = ROW_BYTES + (GRANT_BYTES if sample.has_grants else 0)
    return Forecast(
        documents=round(documents),
        calls=round(calls),
        bytes=round(sent),
        seconds=_seconds(sample.pace, calls=calls, documents=documents, texts=texts),
        ledger_bytes=round(EMPTY_LEDGER + documents * row + kept),
        cache_bytes=round(texts * sample.cache_bytes_of_a_text),
    )


def on_disk(size: int) -> int:
    """Bytes that a row of this size takes among rows like it: half of one more would have found room in each page."""
    pages, rest = divmod(max(0, size - LOCAL_BYTES), PAGE_BYTES) if size > PAGE_BYTES else (0, size)
    rest = min(rest + LOCAL_BYTES, PAGE_BYTES) if pages else rest
    return pages * PAGE_BYTES + rest * PAGE_BYTES // (PAGE_BYTES - min(rest, PAGE_BYTES) // 2)


def _listing_calls(sample: Sample, units: float) -> float:
    """What was asked, and what is to come at the rate of the second half: in the first one most authors were met."""
    half, end = sample.half, sample.end
    if end.units - half.units < FEW:
        half = Reach(calls=0, units=0, people=0)
    seen = end.units - half.units
    each = (end.calls - half.calls) / seen if seen else 0.0
    return end.calls + each * max(0.0, units - end.units)


def _people(sample: Sample, units: float) -> float:
    """Who will have been met: ever fewer new ones, as words in a text are (Heaps' law)."""
    half, end = sample.half, sample.end
    if not (0 < half.people <= end.people and half.units < end.units < units):
        return end.people
    power = min(1.0, log(end.people / half.people) / log(end.units / half.units))
    return float(end.people * (units / end.units) ** power)


def _seconds(pace: Pace, *, calls: float, documents: float, texts: float) -> float:
    """
    The longest of what goes on side by side: waiting for the source, this program's own work, reading files.

    Half of the lesser of the first two comes on top: what arrives while this program works has to wait.
    """
    waiting, working = calls * pace.call_s / pace.at_once, documents * pace.work_s
    paced = calls / pace.calls_per_s if pace.calls_per_s else 0.0
    return max(max(waiting, working) + min(waiting, working) / 2, paced, texts * pace.text_s)
