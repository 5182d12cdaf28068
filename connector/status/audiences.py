"""
Who can find what, as plain values: by room, group and person; what many find; what widened and narrowed. Reads only.

A person finds a document where the intranet confirmed both, knows the person, and both have an identity in common: as
`explain --for` tells it. In memory are people and identities, a few bytes for each membership, and never documents.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from connector.document.audience import Audience, is_group
from connector.ledger.audience_history import AudienceChange
from connector.ledger.readers import RoomCount
from connector.ledger.store import Ledger
from connector.plan.report import stamp

FIRST = 50
"""Identities that are named of one room, or audience."""
MOST_SHARED = 1_000
"""Audiences that are told of what many find, the widest first."""
MOST_CHANGES = 1_000


class People:
    """The people of one target, by number, and who carries which identity."""

    def __init__(self, ledger: Ledger, target: str) -> None:
        self.addresses: list[str] = []
        self.groups: list[int] = []
        """Groups of each person."""
        self.unknown: list[str] = []
        """Addresses that nobody, or more than one, in the intranet has, or that are not confirmed."""
        self._holders: dict[str, array[int]] = defaultdict(lambda: array("L"))
        for page in ledger.people(target).pages():
            for record in page:
                if not record.found or record.sent is None:
                    self.unknown.append(record.address)
                    continue
                number = len(self.addresses)
                self.addresses.append(record.address)
                self.groups.append(sum(map(is_group, record.sent)))
                for identity in record.sent:
                    self._holders[identity].append(number)

    def __len__(self) -> int:
        return len(self.addresses)

    def holding(self, identity: str) -> Sequence[int]:
        """Who carries an identity, by number."""
        return self._holders.get(identity, array("L"))

    def finding(self, audience: Audience) -> Iterable[int]:
        """Who finds what has this audience, each once."""
        if audience.public:
            return range(len(self.addresses))
        held = [self._holders[one] for one in audience.identities if one in self._holders]
        return held[0] if len(held) == 1 else {number for one in held for number in one}


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """What many people find: the documents of a room that have one audience."""

    source: str
    room: str
    title: str
    documents: int
    people: int
    audience: Audience


class Survey:
    """What a ledger tells of who finds what, counted in one walk over its audiences."""

    def __init__(self, ledger: Ledger, target: str, *, more_than: int | None) -> None:
        """
        Args:
            more_than: what more people find than so many is gathered; None: what everybody does.
        """
        self.people = People(ledger, target)
        self.more_than = more_than
        self.documents = self.public = self.nobodys = self.shared_documents = 0
        self.shared: list[Shared] = []
        self.rooms: list[dict[str, Any]] = []
        self._finds = array("L", bytes(array("L").itemsize * len(self.people)))
        self._in_rooms = array("L", bytes(array("L").itemsize * len(self.people)))
        self._of_identity: Counter[str] = Counter()
        self._rooms_of_identity: Counter[str] = Counter()
        self._readers = ledger.readers(target)
        names = {source: ledger.rooms(target).all(source) for source in ledger.documents(target).sources()}
        for room in self._readers.rooms():
            found = names.get(room.source, {}).get(room.room)
            self._count(room, found.name if found is not None else room.room)
        self.shared.sort(key=lambda one: (-one.people, one.source, one.room, -one.documents))

    def _count(self, room: RoomCount, name: str) -> None:
        inside = bytearray(len(self.people))
        shown: Counter[str] = Counter()
        public = nobodys = widest = 0
        for audience, many in self._readers.audiences_of(room.source, room.room):
            finding = 0
            for number in self.people.finding(audience):
                finding += 1
                self._finds[number] += many
                if not inside[number]:
                    inside[number] = 1
                    self._in_rooms[number] += 1
            widest = max(widest, finding)
            public += many if audience.public else 0
            nobodys += many if not finding and not audience.public else 0
            for identity in audience.identities:
                shown[identity] += many
            if audience.public or finding > self._limit:
                self._share(
                    Shared(
                        source=room.source,
                        room=name,
                        title=room.title,
                        documents=many,
                        people=finding,
                        audience=audience,
                    )
                )
        self._of_identity.update(shown)
        self._rooms_of_identity.update(shown.keys())
        self.documents += room.documents
        self.public += public
        self.nobodys += nobodys
        self.rooms.append(
            {
                "source": room.source,
                "room": name,
                "title": room.title,
                "key": room.room,
                "documents": room.documents,
                "audiences": room.audiences,
                "people": sum(inside),
                "public": public,
                "nobody": nobodys,
                "identities": len(shown),
                "shown_to": [
                    {"identity": one, "people": len(self.people.holding(one)), "documents": many}
                    for one, many in shown.most_common(FIRST)
                ],
            }
        )

    @property
    def _limit(self) -> int:
        """More people than this are many; everybody is, where there is somebody."""
        return max(0, len(self.people) - 1) if self.more_than is None else self.more_than

    def _share(self, one: Shared) -> None:
        self.shared_documents += one.documents
        self.shared.append(one)
        if len(self.shared) > 2 * MOST_SHARED:
            self.shared.sort(key=lambda each: -each.people)
            del self.shared[MOST_SHARED:]

    def groups(self) -> list[dict[str, Any]]:
        """Every group that a document is shown to, the one that finds most first."""
        return [
            {
                "identity": one,
                "people": len(self.people.holding(one)),
                "documents": many,
                "rooms": self._rooms_of_identity[one],
            }
            for one, many in self._of_identity.most_common()
            if is_group(one)
        ]

    def persons(self) -> list[dict[str, Any]]:
        """Everybody whom the intranet knows, whoever finds most first; then those whom it does not know."""
        told = [
            {
                "address": address,
                "known": True,
                "documents": self._finds[number],
                "rooms": self._in_rooms[number],
                "groups": self.people.groups[number],
            }
            for number, address in enumerate(self.people.addresses)
        ]
        told.sort(key=lambda one: (-int(str(one["documents"])), str(one["address"])))
        return told + [
            {"address": one, "known": False, "documents": 0, "rooms": 0, "groups": 0}
            for one in sorted(self.people.unknown)
        ]


def tell_audiences(
    ledger: Ledger, target: str, *, now: float, since: float | None = None, more_than: int | None = None
) -> dict[str, Any]:
    """
    Who can find what.

    Args:
        since: also what widened and narrowed since then; seconds since 1970.
        more_than: also what more people find than so many; None: what everybody finds.

    Returns:
        {"target", "at", "documents", "public", "nobody", "people": {"known", "unknown"}, "rooms": [...], "groups": [...], "persons": [...],
        "shared": {"more_than", "documents", "audiences": [...]}, "changes": None or {"since", "kept_since", "widened", "narrowed", "runs",
        "list"}}
    """
    survey = Survey(ledger, target, more_than=more_than)
    shared = survey.shared[:MOST_SHARED]
    return {
        "target": target,
        "at": stamp(now),
        "documents": survey.documents,
        "public": survey.public,
        "nobody": survey.nobodys,
        "people": {"known": len(survey.people), "unknown": len(survey.people.unknown)},
        "rooms": sorted(survey.rooms, key=lambda one: -one["documents"]),
        "groups": survey.groups(),
        "persons": survey.persons(),
        "shared": {
            "more_than": more_than,
            "documents": survey.shared_documents,
            "audiences": [
                {
                    "source": one.source,
                    "room": one.room,
                    "title": one.title,
                    "documents": one.documents,
                    "people": one.people,
                    "public": one.audience.public,
                    "identities": list(one.audience.identities[:FIRST]),
                }
                for one in shared
            ],
        },
        "changes": tell_changes(ledger, target, since=since) if since is not None else None,
    }


def tell_changes(ledger: Ledger, target: str, *, since: float) -> dict[str, Any]:
    """What widened and what narrowed since a time, by run; the newest first, as far as the ledger keeps it."""
    history = ledger.audience_history(target)
    runs: dict[str, Counter[str]] = {}
    when: dict[str, float] = {}
    total: Counter[str] = Counter()
    told: list[dict[str, Any]] = []
    for one in history.walk(since=since):
        count = runs.setdefault(one.run, Counter())
        when[one.run] = one.at
        kind = "people" if one.kind == "person" else "documents"
        for what in _ways(one):
            count[f"{kind}_{what}"] += 1
            total[f"{kind}_{what}"] += 1
        told.append(tell_change(one))
        if len(told) > 2 * MOST_CHANGES:
            del told[:MOST_CHANGES]
    oldest = history.oldest()
    return {
        "since": stamp(since),
        "kept_since": stamp(oldest) if oldest is not None else None,
        **{key: total[key] for key in COUNTED},
        "runs": [
            {"run_id": run, "at": stamp(when[run]), **{key: count[key] for key in COUNTED}}
            for run, count in reversed(runs.items())
        ],
        "list": told[: -MOST_CHANGES - 1 : -1],
    }


COUNTED = ("documents_widened", "documents_narrowed", "people_widened", "people_narrowed")


def tell_change(one: AudienceChange) -> dict[str, Any]:
    """One change."""
    return {
        "kind": one.kind,
        "id": one.id,
        "title": one.title,
        "source": one.source,
        "room": one.room,
        "run_id": one.run,
        "at": stamp(one.at),
        "change": "changed" if one.widened and one.narrowed else "widened" if one.widened else "narrowed",
        "public": one.after.public,
        "was_public": one.before.public,
        "gained": list(one.gained[:FIRST]),
        "lost": list(one.lost[:FIRST]),
    }


def _ways(one: AudienceChange) -> Iterator[str]:
    if one.widened:
        yield "widened"
    if one.narrowed:
        yield "narrowed"
