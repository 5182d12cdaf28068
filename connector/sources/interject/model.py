"""
The report library as we know it: folders, reports, their live version, and who may see a folder. PURE.

Whoever fetches a library gives these (`fetcher`), and nothing else is known of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cached_property

import msgspec

from connector.document.ids import digest, in_bounds

ROOT = "Report Library"
"""How Interject calls the whole of it."""
Place = tuple[str, ...]
"""Names of folders from the top down."""
SEPARATORS = ("\\", " > ", "/")
"""What may part the folders of a path; the first one that a file uses."""
PARTING = re.compile("|".join(map(re.escape, SEPARATORS)))
BY_ID, BY_PATH, OF_FOLDER = "link/", "path/", "folder/"
"""What native keys begin with: of reports with an id, of those without, and of folders."""
BUILT_IN = frozenset(
    {
        "standard",
        "approver",
        "editor",
        "corporate",
        "protector",
        "customitems",
        "scheduleradmin",
        "clientadmin",
    }
)
"""Roles that every client has (the vendor's page Roles), folded."""


class Version(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One version of a report."""

    number: str = ""
    name: str = ""
    status: str = ""
    """The vendor's word; Live where the export does not say."""
    file: str = ""
    updated: datetime | None = None
    """As written: the time zone is not told, so that it counts as UTC."""


class Report(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One link of the library with its live version."""

    native: str
    """Our key of it: the reference id, or the folded path and name where there is none."""
    reference: str
    """Reference id as the vendor shows it; empty where the export has 0."""
    name: str
    place: Place
    also: tuple[Place, ...] = ()
    """Folded folders in which other rows have it, of another export or another day: one of them is older than a move, and nobody can tell which."""
    description: str = ""
    link_type: str = ""
    version: Version = Version()
    portals: tuple[str, ...] = ()
    """Codes of the data portals that it uses, sorted."""
    address: str = ""
    """A web address of its documentation or of itself."""
    live: bool = True
    problem: str = ""
    """Why it cannot be mapped, in words."""

    @property
    def is_listed(self) -> bool:
        """
        Whether the exports have it: a live version, or a row that may tell of one.

        Else it is missing from them, as one without any row is: the row of the live version may stand behind a cut.
        """
        return self.live or bool(self.problem)

    def digest(self) -> bytes:
        """Hash of all that is known of it."""
        return digest([msgspec.msgpack.encode(self)])


class Library(msgspec.Struct, frozen=True, kw_only=True):
    """What is in the library, as read now."""

    reports: dict[str, Report]
    """By native key."""
    folders: dict[str, Place]
    """By native key; every folder above a report is among them."""
    nameless: str = ""
    """What is known of a row that may be any report: nothing that seems to be missing is missing by such a listing."""
    odd: str = ""
    """
    What is known of the first row that cannot be read, with an id or without: it may be another report than it seems, or several.

    So it is no witness that anything is missing.
    """


class Roles(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Which roles see which folders; None in place of it: no roles decide."""

    by_folder: dict[Place, frozenset[str]] = {}
    """By folded place: roles, folded; none at all where every role sees it."""
    others: frozenset[str] = frozenset()
    """Roles that are known otherwise."""
    trouble: str = ""
    """Why nothing is known of them now; empty: it is."""

    def known(self) -> frozenset[str]:
        """Every role that there is."""
        return BUILT_IN.union(self.others, *self.by_folder.values())

    def of(self, place: Place) -> frozenset[str]:
        """
        The roles that see a folder: its own, of those that see the folder above it. A folder without any is as the one above.

        Whether folders inherit is not documented: narrower is safe, wider never. Nor is what parts a path: a folder that is not named so
        is as those above it, too, that its name would have if another separator parted it.

        Args:
            place: folded.
        """
        seen = self.known()
        for depth in range(len(place) + 1):
            here = place[:depth]
            own = self._own(here)
            # one that is only written like a named folder is below those that this one stands in
            for roles in (own or frozenset(), *(() if here in self.by_folder else self._within(here))):
                seen = seen & roles if roles else seen
        return seen

    def _own(self, place: Place) -> frozenset[str] | None:
        """What is said of a folder; of one that is not named, what is said of another one that is written like it."""
        named = self.by_folder.get(place)
        return self._by_spelling.get(spelling(place)) if named is None else named

    def _within(self, place: Place) -> Iterator[frozenset[str]]:
        """What is said of folders whose names would stand in a folder's own name, were that parted."""
        above, (name,) = spelling(place[:-1]), place[-1:] or ("",)
        for sign in PARTING.finditer(name):
            written = spelling((name[: sign.start()],))
            yield self._by_spelling.get(f"{above}/{written}" if above else written, frozenset())

    def said_of(self, place: Place) -> frozenset[str]:
        """The roles that are named for a folder, or else for the nearest one above it that any are named for."""
        said = (self._own(place[:depth]) for depth in range(len(place), -1, -1))
        return next(filter(None, said), frozenset())

    def names(self, place: Place) -> bool:
        """Whether anything is said of a folder itself, also that all roles see it."""
        return self._own(place) is not None

    def named(self, places: Iterable[Place]) -> set[Place]:
        """Which folders of the file are among some places, however their paths are parted."""
        written = {spelling(place) for place in places}
        return {place for place in self.by_folder if spelling(place) in written}

    @cached_property
    def _by_spelling(self) -> dict[str, frozenset[str]]:
        found: dict[str, frozenset[str]] = {}
        for place, roles in self.by_folder.items():
            found[spelling(place)] = found.get(spelling(place), frozenset()) | roles
        return found


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom the people file names."""

    email: str
    username: str = ""
    roles: frozenset[str] = frozenset()


class People(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the people file names."""

    persons: dict[str, Person] = {}
    """By address, in lower case."""
    waiting: frozenset[str] = frozenset()
    """Whom the file lacks for the first time, or has in an odd row, as `noted_key` writes them: nothing is known of them."""
    roles: frozenset[str] = frozenset()
    """Every role that somebody has, or had when the file was whole last."""
    trouble: str = ""
    """Why nothing is known of anybody now."""


class Rights(msgspec.Struct, frozen=True, kw_only=True):
    """Who may see what."""

    roles: Roles | None = None
    """None: no roles decide."""
    people: People = People()
    odd: tuple[str, ...] = ()
    """What an administrator should mend, in words."""
    unread: dict[str, str] = {}
    """By the places of rows of the roles file that cannot be read, and by a people file that does not count: why, and what to do."""


def fold(text: str) -> str:
    """The form in which names are compared: no case, one space between words, no look-alike letters."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def key_of_place(place: Place) -> str:
    """Folded names of folders as one text; a slash in a name is doubled."""
    return "/".join(fold(name).replace("/", "//") for name in place)


def folded(place: Place) -> Place:
    """A place by the form in which its names are compared."""
    return tuple(fold(name) for name in place)


def spelling(place: Place) -> str:
    """How a folded place is written, whichever of the separators part its folders and whichever stand in their names."""
    return PARTING.sub("/", "/".join(place))


def place_text(place: Place) -> str:
    """A folded place in one text."""
    return "\n".join(folded(place))


def text_place(text: str) -> Place:
    """The folded place of such a text."""
    return tuple(text.split("\n")) if text else ()


def folder_key(place: Place) -> str:
    """Native key of a folder."""
    return in_bounds(f"{OF_FOLDER}{key_of_place(place)}")


def report_key(reference: str, place: Place, name: str) -> str:
    """Native key of a report: by its reference id, by path and name where that is 0 or missing."""
    if has_reference(reference):
        return in_bounds(f"{BY_ID}{fold(reference)}")
    return in_bounds(f"{BY_PATH}{key_of_place((*place, name))}")


def has_reference(reference: str) -> bool:
    """Whether an id names one link: 0 stands for none (observed in the vendor's sample)."""
    return reference.rpartition(":")[2].strip() not in {"", "0"}
