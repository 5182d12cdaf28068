"""
A small Interact: one custom connector of one intranet, with the people who search it.

Rows carry a deletion mode and a flag; there is no session object: begin raises the flag of every Session
row, addupdate lowers it, end deletes what is Session and still flagged. `connector.sandbox.interact_http`
serves it. Source: Workplace Search Custom Connector API; what it leaves open is a switch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from connector.sandbox.interact_checks import BadRequest, decode_contents
from connector.sandbox.interact_documents import Documents
from connector.sandbox.interact_rows import (
    Deletion,
    IntranetPerson,
    Push,
    Refusal,
    Row,
    Switches,
    UserRow,
)
from connector.sandbox.interact_search import Hit, SearchIndex, facet_values
from connector.sandbox.interact_users import UserRecords

__all__ = ["BadRequest", "Deletion", "InteractWorld", "Push", "Refusal", "Row", "Switches", "UserRow"]


def _now() -> datetime:
    return datetime.now(UTC)


class InteractWorld(Documents, UserRecords):
    """
    One connector (appid) and the people of its intranet.

    Args:
        clock: the time of updates, as `docs/state` tells it.
    """

    api_key = "sandbox-interact-key"
    tenant = "6d0f7a52-5f0e-4c0b-9f6e-2f8f3f0c0d01"
    app_id = 47
    wrong_key_status = 401
    wrong_tenant_status = 403
    wrong_app_status = 404

    def __init__(self, clock: Callable[[], datetime] = _now) -> None:
        super().__init__(clock)
        self.violations: list[tuple[str, str]] = []
        """Method and path of every call that the API does not have."""

    # ---- sessions

    def begin_documents(self) -> None:
        """docs/beginsyncsession."""
        self.calls += 1
        self._flag_documents()
        if self.switches.one_flag:
            self._flag_users()

    def end_documents(self) -> int:
        """docs/endsyncsession; returns how many documents it deleted, cascaded ones included."""
        self.calls += 1
        return self._sweep_documents() + (self._sweep_users() if self.switches.one_flag else 0)

    def begin_users(self) -> None:
        """users/beginsyncsession."""
        self.calls += 1
        self._flag_users()
        if self.switches.one_flag:
            self._flag_documents()

    def end_users(self) -> int:
        """users/endsyncsession; returns how many records it deleted."""
        self.calls += 1
        return self._sweep_users() + (self._sweep_documents() if self.switches.one_flag else 0)

    # ---- who finds what

    @cached_property
    def _index(self) -> SearchIndex:
        return SearchIndex()  # made by the first search: most worlds are never searched

    def can_see(self, person: str, document_id: str) -> bool:
        """Whether a search as this person may return the document."""
        row = self.documents.get(document_id)
        return row is not None and self._visible(row.document, self.identities_of(person))

    def visible_to(self, person: str) -> set[str]:
        """The ids of all documents that a search as this person may return."""
        identities = self.identities_of(person)
        return {key for key, row in self.documents.items() if self._visible(row.document, identities)}

    def search(
        self,
        words: str,
        person: str | None = None,
        doc_type: str | None = None,
        facets: Iterable[tuple[str, str]] = (),
    ) -> list[Hit]:
        """
        Everything that holds all the words and that this person may see, best first.

        Args:
            person: address or user name; None searches the whole index, which nobody in Interact can.
            doc_type: only documents with this DocTypeName.
            facets: only documents that have each of these values, as (name, value).
        """
        for key in self._stale:
            row = self.documents.get(key)
            if row is None:
                self._index.drop(key)
            else:
                self._index.put(key, row.document, self._text(row.document))
        self._stale.clear()
        wanted = set(facets)
        identities = None if person is None else self.identities_of(person)
        hits = []
        for key in self._index.match(words):
            document = self.documents[key].document
            if identities is not None and not self._visible(document, identities):
                continue
            if doc_type is None or document.get("DocTypeName") == doc_type:
                hit = self._hit(key, document, words)
                if wanted <= {*hit.facets}:
                    hits.append(hit)
        return hits

    def document_as_hit(self, document_id: str) -> Hit | None:
        """One document as a search would show it to everybody who may see it; None when there is none."""
        row = self.documents.get(document_id)
        return self._hit(document_id, row.document, "") if row is not None else None

    def holders(self, document_id: str) -> list[IntranetPerson]:
        """Everybody who finds a document, by name."""
        row = self.documents.get(document_id)
        if row is None:
            return []
        pushed: dict[int, frozenset[str]] = {}
        for record in self.users.values():
            pushed[id(record.person)] = record.identities | pushed.get(id(record.person), frozenset())
        found = [
            one
            for one in self.people
            if self._visible(row.document, one.identities | pushed.get(id(one), frozenset()))
        ]
        return sorted(found, key=lambda one: one.name.casefold())

    def facets(self, hits: Sequence[Hit]) -> dict[str, list[tuple[str, int]]]:
        """How often each value of each facet occurs in the hits, the most frequent first; "Type" leads."""
        counts: dict[str, Counter[str]] = {"Type": Counter(hit.type for hit in hits)}
        for hit in hits:
            for name, value in set(hit.facets):
                counts.setdefault(name, Counter())[value] += 1
        return {name: count.most_common() for name, count in counts.items()}

    def _visible(self, document: dict[str, Any], identities: frozenset[str]) -> bool:
        if document.get("IsPublic") and self.switches.public_ignores_identities:
            return True
        return not identities.isdisjoint(document.get("ExternalIdentities") or ())

    def _text(self, document: dict[str, Any]) -> str:
        contents = document.get("FileContents") or ""
        return decode_contents(contents) if self.switches.file_contents == "base64" else contents

    def _hit(self, key: str, document: dict[str, Any], words: str) -> Hit:
        summary = document.get("Summary") or ""
        return Hit(
            id=key,
            title=document["Title"],
            url=document["Url"],
            type=document["DocTypeName"],
            summary=summary,
            crumbs=[(one.get("Key") or "", one.get("Url") or "") for one in document.get("CrumbLinks") or []],
            facets=facet_values(document),
            modified=document.get("ModifiedDate") or "",
            author=document.get("AuthorName") or "",
            public=bool(document.get("IsPublic")),
            document=document,
            words=words,
            text=self._text(document),
        )

    # ---- for tests and the demo

    def mark(self) -> int:
        """A place in the record of pushes, for `pushed_since`."""
        return len(self.pushes)

    def pushed_since(self, mark: int) -> list[str]:
        """Ids of the documents accepted since a mark, in order, repeats included."""
        return [push.id for push in self.pushes[mark:] if push.accepted and push.kind == "document"]

    def users_pushed_since(self, mark: int) -> list[str]:
        """Ids of the user records accepted since a mark, in order, repeats included."""
        return [push.id for push in self.pushes[mark:] if push.accepted and push.kind == "user"]
