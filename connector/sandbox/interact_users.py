"""The people of an intranet, and the user records of an Interact connector that are matched with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from connector.sandbox.interact_calls import Calls
from connector.sandbox.interact_checks import error_entry, find_user_errors
from connector.sandbox.interact_rows import Deletion, IntranetPerson, Push, UserRow

SHARED_ADDRESS = 99
"""The documented codes of user records are 1 and 2; what an address of two people gets is not stated."""


class UserRecords(Calls):
    """People, records of them, and the calls about those but for the ones of sessions."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__(clock)
        self.users: dict[str, UserRow] = {}
        self.people: list[IntranetPerson] = []
        self.user_deletions: list[Deletion] = []

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

    def _flag_users(self) -> None:
        for row in self.users.values():
            row.candidate = row.candidate or row.mode == "Session"

    def _sweep_users(self) -> int:
        flagged = [key for key, row in self.users.items() if row.candidate and row.mode == "Session"]
        for key in flagged:
            del self.users[key]
            self.user_deletions.append(Deletion(key, "end", self.calls))
        return len(flagged)

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
