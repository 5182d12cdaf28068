"""Why a person finds a document of the simulated intranet, or does not: as the intranet knows it, or whoever fills it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from connector.sandbox.interact import InteractWorld
from connector.sandbox.interact_search import fold

SHOWN = 50
"""People whose names are told beside a document."""


@dataclass(frozen=True, slots=True)
class Why:
    """Whether one person finds one document, and what decides it."""

    finds: bool
    through: Sequence[str]
    """Identities that both have."""
    steps: Sequence[str] = ()
    """From the source to the document, one sentence each."""
    missing: str = ""
    """What stands in the way; empty where nothing does."""


class Guide(Protocol):
    """What whoever fills an intranet knows beyond the intranet itself."""

    def called(self, identity: str) -> str:
        """How an identity (a group, a user) is called by people; empty where nobody knows."""

    def person_called(self, address: str) -> str:
        """The name of the person with an address or user name; empty where nobody knows."""

    def people_meant(self, typed: str) -> list[str]:
        """Addresses (or user names) of those whom somebody may mean by an address, a name or a part of it."""

    def why(self, document: str, person: str) -> Why:
        """Why a person, by address or user name, finds a document, or does not."""


class OwnGuide:
    """What the intranet knows by itself: identities on documents and people."""

    def __init__(self, world: InteractWorld) -> None:
        self._world = world

    def called(self, identity: str) -> str:
        """Nobody told it."""
        return ""

    def person_called(self, address: str) -> str:
        """The name that the intranet has."""
        wanted = address.lower()
        return next(
            (one.name for one in self._world.people if wanted in (one.email.lower(), one.username.lower())),
            "",
        )

    def people_meant(self, typed: str) -> list[str]:
        """Whoever has this address; else those who are called so; else those in whose name or address it stands."""
        wanted = fold(typed.strip())
        named: list[tuple[str, set[str], str]] = []
        for one in self._world.people:
            key = one.email or one.username
            keys = {fold(text) for text in (one.email, one.username) if text}
            named.append((key, keys, fold(self.person_called(key) or one.name)))
        exact = [key for key, keys, _ in named if wanted in keys]
        same = [key for key, _, name in named if wanted == name]
        part = [key for key, keys, name in named if any(wanted in text for text in (name, *keys))]
        return list(dict.fromkeys(exact or same or part))

    def why(self, document: str, person: str) -> Why:
        """What both have in common."""
        row = self._world.documents.get(document)
        if row is None:
            return Why(False, (), missing="the intranet has no such document")
        shown = row.document.get("ExternalIdentities") or ()
        through = sorted(self._world.identities_of(person).intersection(shown))
        if self._world.can_see(person, document):
            return Why(True, through)
        return Why(
            False, (), missing="the person carries none of the identities that the document is shown to"
        )
