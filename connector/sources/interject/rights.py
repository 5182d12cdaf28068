"""
The roles file and the people file. PURE.

Both are kept by hand, and a row that is missing from them opens a folder or takes a person's rights. So what a file
lacks for the first time is not believed: a second file, saved later, has to lack it as well. What is written there counts
at once, and a folder with an empty role is open to all roles.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

import msgspec

from connector.document.ids import digest
from connector.document.labels import one_line
from connector.sources.interject.entries import place_in
from connector.sources.interject.model import Person, Place, fold, folded, place_text, spelling, text_place
from connector.sources.interject.table import Row, column


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """What a file held that was read before."""

    held: dict[str, list[str]] = {}
    """By key; what the first file of two does not have any more stays."""
    missing: dict[str, float] = {}
    """By key, the time of the file that lacked it first."""


def remember(held: Mapping[str, Collection[str]], before: Memory, *, at: float) -> Memory:
    """
    Add a whole file to what is remembered.

    Args:
        at: the time of the file.
    """
    kept = {key: sorted(values) for key, values in held.items()}
    missing: dict[str, float] = {}
    for key, values in before.held.items():
        first = before.missing.get(key, at)
        if key not in held and at <= first:
            kept[key], missing[key] = values, first
    return Memory(held=kept, missing=missing)


def parted_otherwise(before: Collection[str], now: Collection[str]) -> set[str]:
    """
    Keys of folders of before that are named now by another parting of the same path: a row more or less may tell another one.

    Where both were named before, they are two folders.
    """
    written = {spelling(text_place(key)) for key in now if key not in before}
    return {key for key in before if key not in now and spelling(text_place(key)) in written}


def tells(memory: Memory) -> dict[str, list[str]]:
    """What the last file held itself."""
    return {key: values for key, values in memory.held.items() if key not in memory.missing}


def roles_in(rows: Sequence[Row]) -> dict[str, set[str]]:
    """Roles by folder (as `place_text` writes it), all folded; none for a folder whose rows name no role."""
    split = place_in((column(row.cells, "folder"), "") for row in rows)
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        role = fold(one_line(column(row.cells, "role")))
        found[place_text(split(column(row.cells, "folder")))] |= {role} if role else set()
    return found


def by_place(held: Mapping[str, Collection[str]]) -> dict[Place, frozenset[str]]:
    """Roles by folded place."""
    return {folded(text_place(key)): frozenset(roles) for key, roles in held.items()}


def all_in(memory: Memory) -> frozenset[str]:
    """Every role that a file names, with those of whom it lacks for the first time."""
    return frozenset().union(*memory.held.values())


def person_key(email: str) -> str:
    """
    What an address is compared by: case alone, as the intranet does; to that, look-alike letters (`weiß` and `weiss`) are two people.
    """
    return email.lower()


def noted_key(key: str) -> str:
    """What a person is remembered by: a hash of her `person_key`, since a note is to name nobody who asks to be forgotten."""
    return digest([key], 16).hex()


def naming_nobody(memory: Memory) -> Memory:
    """What is remembered of a people file, also where that names people by their addresses, as it did before."""
    return Memory(
        held={noted_key(key) if "@" in key else key: roles for key, roles in memory.held.items()},
        missing={noted_key(key) if "@" in key else key: at for key, at in memory.missing.items()},
    )


def persons_in(rows: Sequence[Row]) -> dict[str, Person]:
    """People by `person_key`; a person has one row for each of her roles."""
    found: dict[str, Person] = {}
    for row in rows:
        email = one_line(column(row.cells, "email"))
        role = fold(one_line(column(row.cells, "role" if "role" in row.cells else "id")))
        if "@" not in email or row.problem:
            continue
        before = found.get(key := person_key(email))
        found[key] = Person(
            email=before.email if before else email,
            username=one_line(column(row.cells, "username")) or (before.username if before else ""),
            roles=(before.roles if before else frozenset()) | ({role} if role else frozenset()),
        )
    return found


def unsure_in(rows: Sequence[Row]) -> frozenset[str]:
    """Keys of the people in odd rows of the people file: what those tell of them may be something else than it seems."""
    return frozenset(
        person_key(email)
        for row in rows
        if row.problem and "@" in (email := one_line(column(row.cells, "email")))
    )


def called_twice_in(rows: Sequence[Row]) -> dict[str, int]:
    """Keys of the people to whom rows give different user names, each with the line of a later one: nobody can tell which is hers."""
    names: dict[str, str] = {}
    found: dict[str, int] = {}
    for row in rows:
        name, key = (one_line(column(row.cells, one)).lower() for one in ("username", "email"))
        if name and not row.problem and names.setdefault(key, name) != name:
            found.setdefault(key, row.line)
    return found


def nobody_in(rows: Sequence[Row]) -> list[int]:
    """Lines of the people file that name nobody who can be found."""
    return [row.line for row in rows if "@" not in column(row.cells, "email")]
