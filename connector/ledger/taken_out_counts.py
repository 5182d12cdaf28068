"""
How many documents an order took out of the target, and whether the notes beside rooms still count them.

It stands with the order, in the ledger and in `hidden.json`: after the loss of a ledger a note that was written before the
order still counts what a person hid, and nothing else tells so. Each part of it belongs to a run, and a note that was written in
run N counts the parts of every later run, and no others: `session/markers.py` writes them so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from connector.ledger.orders import Order


class Part(msgspec.Struct, frozen=True):
    """What went, or is to go, together."""

    run: int
    """The run to which the removals belong."""
    took: dict[str, int]
    """Documents, by source."""


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """Part of what is told of an order."""

    taken: list[Part] = []
    """That no note was written without yet, the oldest first."""
    ledger: str = ""
    """Id of the ledger that counted so."""
    took: dict[str, int] = {}
    """With the next: the one part that an earlier release told."""
    took_in: int = 0

    @property
    def parts(self) -> list[Part]:
        """Every part, whichever release told it."""
        return [Part(self.took_in, self.took), *self.taken] if self.took else self.taken


def only_taken(told: str) -> str:
    """What of it outlives the ledger that told it."""
    taken = msgspec.json.decode(told, type=Taken)
    kept = Taken(taken=taken.parts, ledger=taken.ledger)
    return msgspec.json.encode(_written(kept)).decode() if kept.taken else "{}"


def with_taken(told: str, took: Mapping[str, int], *, run: int, ledger: str) -> dict[str, object]:
    """What is told of an order that took so many more documents, by source."""
    return _with(told, [*_parts_of(told, ledger), Part(run, dict(took))], ledger) if took else _read(told)


def with_rest(told: str, rest: Mapping[str, int], *, run: int, ledger: str) -> dict[str, object]:
    """
    What is told of an order of which so many documents are still to go, now in this run: no matter in which it was to take them.

    Notes that were written since count them, and not what went before.
    """
    if not rest:
        return _read(told)
    left, parts = Counter(rest), []
    for part in reversed(_parts_of(told, ledger)):
        went = {name: max(0, count - left[name]) for name, count in part.took.items()}
        left.subtract({name: part.took[name] - went[name] for name in went})
        parts.append(Part(part.run, {name: count for name, count in went.items() if count}))
    return _with(told, [*reversed(parts), Part(run, dict(rest))], ledger)


def without_taken(told: str, source: str) -> dict[str, object] | None:
    """The same once a note is written without them; None where it says nothing of that source."""
    taken = msgspec.json.decode(told, type=Taken)
    if not any(source in part.took for part in taken.parts):
        return None
    left = [Part(one.run, {n: many for n, many in one.took.items() if n != source}) for one in taken.parts]
    return _with(told, left, taken.ledger)


def taken_since(orders: Iterable[Order], source: str, *, ledger: str, run: int) -> int:
    """
    How many documents of a source a note still counts although people had them hidden.

    Args:
        ledger: that wrote the note.
        run: in which it did.
    """
    found = [msgspec.json.decode(one.told, type=Taken) for one in orders]
    parts = [part for one in found if one.ledger == ledger for part in one.parts]
    return sum(part.took.get(source, 0) for part in parts if part.run > run)


def _parts_of(told: str, ledger: str) -> list[Part]:
    """What this ledger counted; what another one did is told no longer."""
    taken = msgspec.json.decode(told, type=Taken)
    return taken.parts if taken.ledger == ledger else []


def _with(told: str, parts: Iterable[Part], ledger: str) -> dict[str, object]:
    """The same with these parts, those of one run together, and without what an earlier release told."""
    by_run: dict[int, Counter[str]] = {}
    for part in parts:
        by_run.setdefault(part.run, Counter()).update(part.took)
    taken = [Part(run, dict(took)) for run, took in by_run.items() if took]
    before = {name: value for name, value in _read(told).items() if name not in {"took", "took_in"}}
    return {**before, **_written(Taken(taken=taken, ledger=ledger))}


def _written(taken: Taken) -> dict[str, Any]:
    return {"taken": msgspec.to_builtins(taken.taken), "ledger": taken.ledger}


def _read(told: str) -> dict[str, object]:
    return msgspec.json.decode(told, type=dict[str, object])
