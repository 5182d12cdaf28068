"""The scopes of a source as the ledger remembers them: rooms, or kinds of record."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from connector.document.audience import Audience, make_audience
from connector.ledger.part import Part


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of one scope."""

    key: str
    name: str
    included: bool
    public: bool
    rules: bytes | None
    audience: Audience | None
    audience_at: float | None
    witnesses: list[str]


class Rooms(Part):
    """The scopes of one target's sources."""

    def all(self, source: str) -> dict[str, Room]:
        """Every scope ever seen of a source, by key."""
        found = {}
        for row in self._all("rooms.all", source=source):
            values = dict(zip(Room.__struct_fields__, row, strict=True))
            values["included"], values["public"] = bool(values["included"]), bool(values["public"])
            if values["audience"] is not None:
                values["audience"] = make_audience(
                    msgspec.json.decode(values["audience"], type=list[str]), public=values["public"]
                )
            values["witnesses"] = msgspec.json.decode(values["witnesses"], type=list[str])
            found[values["key"]] = Room(**values)
        return found

    def decide(self, source: str, key: str, *, name: str, included: bool, public: bool, rules: bytes) -> None:
        """Remember that a room was listed, and what the settings decided about it."""
        self._each(
            "rooms.decide",
            [{"key": key}],
            source=source,
            name=name,
            included=included,
            public=public,
            rules=rules,
        )

    def miss(self, source: str, keys: Collection[str], *, now: float, anew: bool) -> None:
        """
        Remember since when the source's list of rooms lacks rooms; a moment that lies ahead counts as now.

        Args:
            anew: the list was not read wholly; the time begins again.
        """
        self._each(
            "rooms.miss_anew" if anew else "rooms.miss",
            [{"key": key} for key in keys],
            source=source,
            now=now,
        )

    def miss_all_anew(self, source: str, *, now: float) -> None:
        """Nobody knows any more since when the list of rooms lacks those that it lacked: the time begins again."""
        self._run("rooms.miss_all_anew", source=source, now=now)

    def unlisted(self, source: str, *, since: float) -> list[str]:
        """
        Names of the rooms that are not listed, and into which something may have moved nevertheless.

        A room stops to count when a person decided about all that it held, when it has been missing since a time, or
        when the settings left it out.
        """
        return [row[0] for row in self._all("rooms.unlisted", source=source, since=since)]

    def decide_unlisted(self, *, up_to_run: int) -> None:
        """Remember that a person approved, or keeps, what rooms held that are not listed any more."""
        self._run("rooms.decide_unlisted", run=up_to_run)

    def note_audience(self, source: str, key: str, audience: Audience, *, now: float) -> None:
        """Remember who may see a room, as just read."""
        self._run(
            "rooms.note_audience",
            source=source,
            key=key,
            audience=msgspec.json.encode(audience.identities).decode(),
            now=now,
        )

    def note_witnesses(self, source: str, key: str, witnesses: list[str]) -> None:
        """Remember the items whose audiences stand for a room without a list of its own."""
        self._run(
            "rooms.note_witnesses", source=source, key=key, witnesses=msgspec.json.encode(witnesses).decode()
        )

    def complete(self, source: str, keys: list[str], *, run: int) -> None:
        """Remember which scopes were listed to the end in a run."""
        self._each("rooms.complete", [{"key": key} for key in keys], source=source, run=run)
