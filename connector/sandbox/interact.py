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

from connector.sandbox.interact_checks import (
    BadRequest,
    check_types,
    decode_contents,
    error_entry,
    find_document_errors,
    find_user_errors,
)
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

__all__ = ["BadRequest", "Deletion", "InteractWorld", "Push", "Refusal", "Row", "Switches", "UserRow"]


SHARED_ADDRESS = 99
"""The documented codes of user records are 1 and 2; what an address of two people gets is not stated."""


def _now() -> datetime:
    return datetime.now(UTC)


class InteractWorld:
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
        self.clock = clock
        self.switches = Switches()
        self.documents: dict[str, Row] = {}
        self.users: dict[str, UserRow] = {}
        self.people: list[IntranetPerson] = []
        self.deletions: list[Deletion] = []
        self.user_deletions: list[Deletion] = []
        self.pushes: list[Push] = []
        self.violations: list[tuple[str, str]] = []
        """Method and path of every call that the API does not have."""
        self.calls = 0
        """How many API calls have taken effect or been refused as a whole."""
        self._stale: dict[str, None] = {}
        self._began: int | None = None
        """Number of the call that began the last session, until one ended."""

    @cached_property
    def _index(self) -> SearchIndex:
        return SearchIndex()  # made by the first search: most worlds are never searched

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

    def seed_person(self, email: str, name: str, identities: Iterable[str] = (), username: str = "") -> None:
        """
        Add a person to the intranet, or replace the one with this address and name.

        Two names with one address are two people: a record pushed for that address then matches nobody.
        """
        for person in self.people:
            if (person.email, person.name) == (email, name):
                person.identities, person.username = frozenset(identities), username
                return
        self.people.append(IntranetPerson(email, name, username, frozenset(identities)))

    def remove_person(self, email: str) -> None:
        """Remove a person from the intranet, with the records linked to them."""
        gone = [person for person in self.people if person.email.lower() == email.lower()]
        self.people = [person for person in self.people if person not in gone]
        for key in [key for key, row in self.users.items() if row.person in gone]:
            del self.users[key]

    def identities_of(self, person: str) -> frozenset[str]:
        """All external identities of the people with this address or user name; empty for unknown ones."""
        people = self._people_named(person, person)
        pushed = [row.identities for row in self.users.values() if row.person in people]
        return frozenset().union(*(one.identities for one in people), *pushed)

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

    # ---- document calls

    def begin_documents(self) -> None:
        """docs/beginsyncsession."""
        self.calls += 1
        self._flag_documents()
        if self.switches.one_flag:
            self._flag_users()

    def push_documents(self, documents: Any) -> dict[str, Any]:
        """
        docs/addupdate; returns the answer's object.

        Raises:
            BadRequest: the call as a whole is refused.
        """
        self.calls += 1
        items = self._array(documents)
        if self.switches.file_contents == "base64":
            for item in items:
                decode_contents(item.get("FileContents") or "")
        found = [(item, find_document_errors(item, self.switches.refuse)) for item in items]
        self._need_good_batch(errors for _, errors in found)
        accepted: list[str] = []
        errors: list[dict[str, Any]] = []
        for item, problems in found:
            sent = item.get("GloballyUniqueId") or ""
            self.pushes.append(Push(self._key(sent), self.calls, not problems))
            if problems:
                errors.append(error_entry(sent, problems))
                continue
            key = self._store(item)
            if key not in self.switches.lose:
                accepted.append(key)
                errors += self._no_error(key)
        has_errors = any(one["HasError"] for one in errors)
        return {"HasErrors": has_errors, "Errors": errors, "AddedUpdated": accepted}

    def delete_documents(self, ids: Any) -> None:
        """
        docs/delete; unknown ids are fine.

        Raises:
            BadRequest: not an array of strings, or too long.
        """
        self.calls += 1
        for sent in self._ids(ids):
            key = self._key(sent)
            if key in self.documents:
                below = self._below(key) if self.switches.cascade_on_delete else []
                self._remove(key, "delete")
                for child in below:
                    self._remove(child, "cascade")

    def end_documents(self) -> int:
        """docs/endsyncsession; returns how many documents it deleted, cascaded ones included."""
        self.calls += 1
        return self._sweep_documents() + (self._sweep_users() if self.switches.one_flag else 0)

    def _flag_documents(self) -> None:
        self._began = self.calls
        for row in self.documents.values():
            row.candidate = row.candidate or row.mode == "Session"

    def _sweep_documents(self) -> int:
        before = len(self.documents)
        flagged = [key for key, row in self.documents.items() if row.mode == "Session" and self._is_left(row)]
        self._began = None
        below = (
            [child for key in flagged for child in self._below(key)] if self.switches.cascade_on_end else []
        )
        for key in flagged:
            self._remove(key, "end")
        for key in below:
            if key in self.documents:
                self._remove(key, "cascade")
        return before - len(self.documents)

    def document_state(self, document_id: str) -> dict[str, Any]:
        """docs/state; see `has_documents` for ids that do not exist."""
        self.calls += 1
        row = self.documents.get(self._key(document_id))
        if row is None:
            return {"DocExists": False, "DateLastUpdated": None, "SynchroniseState": None}
        updated = row.updated.isoformat().replace("+00:00", "Z") if row.updated else None
        return {"DocExists": True, "DateLastUpdated": updated, "SynchroniseState": row.state}

    def reset_document(self, document_id: str) -> bool:
        """docs/resetstate for a document and its children; False when there is none."""
        self.calls += 1
        key = self._key(document_id)
        if key not in self.documents:
            return False
        for one in [key, *self._below(key)]:
            row = self.documents[one]
            row.updated, row.mode, row.state, row.candidate = None, "Session", None, True
            row.pushed_call = 0
        return True

    def has_documents(self, ids: Any) -> bool:
        """
        Whether there is a document for each of these ids.

        Raises:
            BadRequest: not an array of strings, or too long.
        """
        return all(self._key(sent) in self.documents for sent in self._ids(ids))

    # ---- user calls

    def begin_users(self) -> None:
        """users/beginsyncsession."""
        self.calls += 1
        self._flag_users()
        if self.switches.one_flag:
            self._flag_documents()

    def push_users(self, records: Any) -> dict[str, Any]:
        """
        users/addupdate; returns the answer's object.

        Raises:
            BadRequest: the call as a whole is refused.
        """
        self.calls += 1
        found = [(item, find_user_errors(item)) for item in self._array(records)]
        self._need_good_batch(errors for _, errors in found)
        answer: dict[str, list[Any]] = {"Errors": [], "Added": [], "Updated": [], "NotFound": []}
        for item, problems in found:
            key = item.get("GloballyUniqueId") or ""
            if problems:
                answer["Errors"].append(error_entry(key, problems))
                outcome = "Errors"
            else:
                outcome = self._store_user(key, item)
                if outcome == "Errors":
                    answer["Errors"].append(
                        error_entry(key, [(SHARED_ADDRESS, "More than one person matches")])
                    )
                elif key not in self.switches.lose:
                    answer[outcome].append(key)
                    answer["Errors"] += self._no_error(key)
            self.pushes.append(Push(key, self.calls, outcome in ("Added", "Updated"), "user"))
        return {"HasErrors": any(one["HasError"] for one in answer["Errors"]), **answer}

    def delete_users(self, ids: Any) -> None:
        """
        users/delete; unknown ids are fine.

        Raises:
            BadRequest: not an array of strings, or too long.
        """
        self.calls += 1
        for key in self._ids(ids):
            if self.users.pop(key, None) is not None:
                self.user_deletions.append(Deletion(key, "delete", self.calls))

    def end_users(self) -> int:
        """users/endsyncsession; returns how many records it deleted."""
        self.calls += 1
        return self._sweep_users() + (self._sweep_documents() if self.switches.one_flag else 0)

    def _flag_users(self) -> None:
        for row in self.users.values():
            row.candidate = row.candidate or row.mode == "Session"

    def _sweep_users(self) -> int:
        flagged = [key for key, row in self.users.items() if row.candidate and row.mode == "Session"]
        for key in flagged:
            del self.users[key]
            self.user_deletions.append(Deletion(key, "end", self.calls))
        return len(flagged)

    # ---- inside

    def _no_error(self, key: str) -> list[dict[str, Any]]:
        """What Errors tells of an item that was taken."""
        return [error_entry(key, []) | {"HasError": False}] if self.switches.tells_of_all else []

    def _array(self, value: Any) -> list[dict[str, Any]]:
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise BadRequest("The body must be an array of objects")
        self._need_short(value)
        for item in value:
            check_types(item)
        return value

    def _ids(self, value: Any) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise BadRequest("The body must be an array of strings")
        self._need_short(value)
        return value

    def _need_short(self, value: list[Any]) -> None:
        limit = self.switches.array_limit
        if limit is not None and len(value) > limit:
            raise BadRequest(f"The array has more than {limit} items")

    def _need_good_batch(self, errors: Iterable[list[tuple[int, str]]]) -> None:
        if self.switches.bad_item_fails_batch and any(errors):
            raise BadRequest("The request is invalid")

    def _key(self, sent: str) -> str:
        key = sent.lower() if self.switches.fold_id_case else sent
        return key[: self.switches.id_length]

    def _is_left(self, row: Row) -> bool:
        """Whether the session that ends now has not seen a document again."""
        if self.switches.swept_by == "flag":
            return row.candidate
        return self._began is not None and row.pushed_call < self._began

    def _store(self, document: dict[str, Any]) -> str:
        key = self._key(document["GloballyUniqueId"])
        mode = document.get("DeletionMode") or "Session"
        row = self.documents.get(key)
        if row is None:
            row = self.documents[key] = Row({}, mode)
        elif self.switches.modified_date_gate and not _is_newer(document, row.document):
            row.mode, row.candidate = mode, False
            row.pushed_count += 1
            row.pushed_call = self.calls
            return key
        kept = row.document if self.switches.omitted_fields == "kept" else {}
        row.document = kept | document
        row.mode, row.candidate, row.updated = mode, False, self.clock()
        row.pushed_count += 1
        row.pushed_call = self.calls
        if document.get("ShouldSaveSynchroniseState"):
            row.state = (document.get("SynchroniseState") or "")[: self.switches.state_length] or None
        self._stale[key] = None
        return key

    def _store_user(self, key: str, record: dict[str, Any]) -> str:
        people = self._people_named(record.get("Email") or "", record.get("Username") or "")
        if not people and self.switches.people_exist:
            name = record.get("Email") or record["Username"]
            people = [IntranetPerson(record.get("Email") or "", name, record.get("Username") or "")]
            self.people += people
        if len(people) > 1 and self.switches.shared_address == "error":
            return "Errors"
        if len(people) != 1:
            return "NotFound"
        row = self.users.get(key)
        outcome = "Added" if row is None else "Updated"
        identities = frozenset(record.get("ExternalIdentities") or ())
        if row is not None and not identities and self.switches.empty_identities == "kept":
            identities = row.identities
        state = row.state if row else None
        if record.get("ShouldSaveSynchroniseState"):
            state = record.get("SynchroniseState")
        mode = record.get("DeletionMode") or "Session"
        count = row.pushed_count + 1 if row else 1
        self.users[key] = UserRow(record, mode, people[0], identities, False, state, self.clock(), count)
        return outcome

    def _people_named(self, email: str, username: str) -> list[IntranetPerson]:
        email, username = email.lower(), username.lower()
        return [
            person
            for person in self.people
            if (email and person.email.lower() == email) or (username and person.username.lower() == username)
        ]

    def _below(self, key: str) -> list[str]:
        """The children of a document, at any depth, as `path_match` reads them."""
        path = (self.documents[key].document.get("MaterializedPath") or "").rstrip("/")
        if self.switches.path_match == "segment":
            mark = f"/{key}/"
            return [one for one, other in self._paths() if one != key and mark in f"/{other}/"]
        if not path:
            return []
        start = path if self.switches.path_match == "prefix" else path + "/"
        return [one for one, other in self._paths() if one != key and other.startswith(start)]

    def _paths(self) -> list[tuple[str, str]]:
        return [(key, row.document.get("MaterializedPath") or "") for key, row in self.documents.items()]

    def _remove(self, key: str, cause: Any) -> None:
        if self.documents.pop(key, None) is not None:
            self.deletions.append(Deletion(key, cause, self.calls))
            self._stale[key] = None

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


def _is_newer(document: dict[str, Any], stored: dict[str, Any]) -> bool:
    return _moment(document.get("ModifiedDate")) > _moment(stored.get("ModifiedDate"))


def _moment(date: str | None) -> datetime:
    return datetime.fromisoformat(date) if date else datetime.min.replace(tzinfo=UTC)
