"""What could not be fetched, mapped or accepted, and when it is tried again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from connector.document.durations import DAY_S
from connector.ledger.part import Database, Part
from connector.ledger.unconfirmed import Unconfirmed
from connector.secrets.hiding import hide_in_ours

FIRST_DELAY_S = 300.0
LONGEST_DELAY_S = float(DAY_S)
JUDGED = 200
"""Documents with the same reason, by whose values it is said why most are in quarantine."""


class Parked(msgspec.Struct, frozen=True, kw_only=True):
    """One document in quarantine."""

    id: str
    source: str
    native: str
    room: str
    title: str
    reason: str
    """In a word for programs; `plan.findings` has them."""
    message: str
    """What a release before 0013 said of it; empty: the words are made of the reason and its values."""
    told: str
    """JSON: the values."""
    first_seen: float
    last_seen: float
    attempts: int
    next_try: float
    version: bytes | None

    @property
    def values(self) -> dict[str, Any]:
        """What the words of the reason need."""
        return values_of(self.told)


class Group(msgspec.Struct, frozen=True):
    """How many are in quarantine for one reason, with the same values."""

    message: str
    reason: str
    told: str
    count: int


class Quarantine(Part):
    """The quarantine of one target."""

    def __init__(self, database: Database, target: str) -> None:
        super().__init__(database, target)
        self.unconfirmed = Unconfirmed(database, target)
        """Of these, and of what could not be read: what this ledger never confirmed."""

    def park(
        self,
        identifier: str,
        *,
        source: str,
        native: str,
        room: str,
        title: str,
        reason: str,
        values: Mapping[str, str],
        version: bytes | None,
        now: float,
    ) -> None:
        """
        Put a document into quarantine, or note that it failed again: the pause doubles from 5 minutes to a day.

        Args:
            values: what the words of the reason need; secrets in them are hidden.
        """
        self._each(
            "quarantine.park",
            [{"id": identifier}],
            source=source,
            native=native,
            room=room,
            title=title,
            reason=reason,
            message="",
            told=msgspec.json.encode({key: hide_in_ours(value) for key, value in values.items()}).decode(),
            version=version,
            now=now,
            then=now + FIRST_DELAY_S,
        )

    def waiting(self, *, now: float) -> dict[str, bytes | None]:
        """Ids that are not due yet, with the version that failed."""
        return {row[0]: row[1] for row in self._all("quarantine.waiting", now=now)}

    def parked(self) -> list[Parked]:
        """List what is in quarantine, the oldest first."""
        return [_parked(row) for row in self._all("quarantine.parked")]

    def groups(self, most: int) -> list[Group]:
        """What is there for one and the same reason together, the most frequent first."""
        return [Group(*row) for row in self._all("quarantine.groups", limit=most)]

    def commonest(self) -> Group | None:
        """
        Why most of them are there; None where nothing is.

        The reason is the most frequent of all; its values are those that the oldest `JUDGED` of them have most often, who alone are counted.
        """
        rows = self._all("quarantine.commonest", limit=JUDGED)
        return Group(*rows[0]) if rows else None

    def first_of(self, group: Group, most: int) -> list[Parked]:
        """The oldest of those that are there for one reason."""
        asked = {"message": group.message, "reason": group.reason, "told": group.told}
        return [_parked(row) for row in self._all("quarantine.first_of", **asked, limit=most)]

    def get(self, identifier: str) -> Parked | None:
        """Find one document in quarantine."""
        rows = self._all("quarantine.get", id=identifier)
        return _parked(rows[0]) if rows else None

    def count(self) -> int:
        """Count what is in quarantine."""
        return int(self._one("quarantine.count"))

    def retry(self, ids: list[str] | None = None) -> int:
        """Make documents due at the next run; all of them without ids."""
        return self._run("quarantine.retry") if ids is None else self._each_id("quarantine.retry_one", ids)

    def drop(self, ids: list[str] | None = None) -> int:
        """Forget the retry, never the document: what is live in the target stays."""
        return self._run("quarantine.drop") if ids is None else self._each_id("quarantine.drop_one", ids)

    def see(self, ids: list[str], *, now: float) -> None:
        """Note that documents were listed whose time has not come."""
        self._each_id("quarantine.see", ids, now=now)

    def settle(self, source: str, rooms: list[str], *, since: float) -> None:
        """Take out what complete listings of these rooms no longer show, or show as it was accepted before."""
        self._each("quarantine.settle", [{"room": room} for room in rooms], source=source, since=since)


def values_of(told: str) -> dict[str, Any]:
    """The values of a reason, as they are kept."""
    return msgspec.json.decode(told, type=dict[str, Any]) if told else {}


def _parked(row: tuple[object, ...]) -> Parked:
    return Parked(**dict(zip(Parked.__struct_fields__, row, strict=True)))  # type: ignore[arg-type]
