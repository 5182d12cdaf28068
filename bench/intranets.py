"""Interact's half of the simulated neighbours: any number of intranets, each known by its address."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import msgspec

from bench.answers import answer

DOCS = "/api/search/connector/"
IDS = re.compile(rb'"GloballyUniqueId":"([^"]+)"')
NOTE = rb"\"ledger\""
"""In the bodies that hold the document of a room: its state is asked for."""


class Noted(msgspec.Struct):
    """What is kept of a document that was pushed."""

    GloballyUniqueId: str
    SynchroniseState: str = ""


_noted = msgspec.json.Decoder(list[Noted]).decode


@dataclass(slots=True)
class Intranet:
    """What one of them has."""

    known: set[bytes] = field(default_factory=set)
    """Ids of documents."""
    notes: dict[str, str] = field(default_factory=dict)
    """States of the documents of rooms, or of all."""
    arrived: set[bytes] = field(default_factory=set)
    """Ids that came since the count began."""


class Intranets:
    """All of them, by the id of the connector's application."""

    def __init__(self) -> None:
        self._by: defaultdict[str, Intranet] = defaultdict(Intranet)
        self._every_note = False

    def keep_notes(self, *, every: bool) -> None:
        """Which notes are kept from now on: of every document, or of those that rooms have."""
        self._every_note = every

    @property
    def arrived(self) -> int:
        """How many different documents came since the count began."""
        return sum(len(one.arrived) for one in self._by.values())

    def count_anew(self) -> None:
        """Begin to count."""
        for one in self._by.values():
            one.arrived = set()

    def empty(self) -> None:
        """They have nothing."""
        self._by.clear()

    def state(self, path: str, query: str) -> bytes:
        """Whether there is a document, and what stands with it."""
        asked = dict(parse_qsl(query)).get("docId", "")
        one = self._by[_application(path)]
        return answer(
            {"DocExists": asked.encode() in one.known, "SynchroniseState": one.notes.get(asked)},
        )

    def put(self, path: str, body: bytes, *, keep: bool) -> bytes | None:
        """
        Take what is sent.

        Args:
            keep: else it changes nothing that is found later.
        """
        if path == "/oauth/token":
            return answer({"access_token": "made-up", "expires_in": 3_600, "token_type": "Bearer"})
        match path.removeprefix(DOCS).split("/")[1:]:
            case ["docs", "addupdate"]:
                one, ids = self._by[_application(path)], IDS.findall(body)
                one.arrived.update(ids)
                if keep:
                    one.known.update(ids)
                    if self._every_note or NOTE in body:
                        one.notes |= {each.GloballyUniqueId: each.SynchroniseState for each in _noted(body)}
                return answer({"HasErrors": False, "Errors": [], "AddedUpdated": [i.decode() for i in ids]})
            case ["users", "addupdate"]:
                added = [i.decode() for i in IDS.findall(body)]
                return answer(
                    {"HasErrors": False, "Errors": [], "Added": added, "Updated": [], "NotFound": []}
                )
            case [_, "endsyncsession"]:
                return answer({"Deleted": 0})
            case [_, "beginsyncsession" | "delete"]:
                return answer(None)
        return None


def _application(path: str) -> str:
    return path.removeprefix(DOCS).partition("/")[0]
