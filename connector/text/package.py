"""
Office packages as Office opens them: parts by their relationships, whatever folders and letters they are written in.

Source: ECMA-376 part 2 (Open Packaging Conventions), 8 and 9; names with backslashes and in other letter case are
written by report generators and opened by Office (observed).
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Final, NamedTuple
from urllib.parse import unquote

from connector.text.archive import open_package
from connector.text.embedded import Readable
from connector.text.markup import Handler, read_xml
from connector.text.reasons import NoTextError, Reason

_MAX_RELATIONSHIPS: Final = 20_000
_MAIN: Final = "officeDocument"


class Relationship(NamedTuple):
    """From a part to another one: the last word of its kind, and where it leads, in the package's normal form."""

    kind: str
    target: str
    id: str = ""


class _Relationships:
    done = False

    def __init__(self, folder: str) -> None:
        self.found: list[Relationship] = []
        self._folder = folder

    def start(self, name: str, attributes: dict[str, str]) -> None:
        outside = attributes.get("TargetMode", "").lower() == "external"
        if name == "Relationship" and not outside and len(self.found) < _MAX_RELATIONSHIPS:
            target = attributes.get("Target", "").replace("\\", "/")
            path = target if target.startswith("/") else posixpath.join(self._folder, target)
            kind = attributes.get("Type", "").rpartition("/")[2]
            self.found.append(Relationship(kind, _normal(path), attributes.get("Id", "")))

    def end(self, name: str) -> None:
        """Nothing is left to be done."""

    def characters(self, data: str) -> None:
        """Relationships have no text."""


class _ContentTypes:
    done = False

    def __init__(self) -> None:
        self.of_part: dict[str, str] = {}
        self.of_extension: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Override":
            part = _normal(attributes.get("PartName", ""))
            self.of_part[part] = self.of_part[unquote(part)] = attributes.get("ContentType", "").lower()
        elif name == "Default":
            self.of_extension[attributes.get("Extension", "").lower()] = attributes.get(
                "ContentType", ""
            ).lower()

    def end(self, name: str) -> None:
        """Nothing is left to be done."""

    def characters(self, data: str) -> None:
        """The list has no text."""


class _Ids:
    """Finds which relationships some elements name."""

    done = False

    def __init__(self, element: str) -> None:
        self.found: set[str] = set()
        self.hidden: set[str] = set()
        """Those that say so."""
        self._element = element

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == self._element and len(self.found) < _MAX_RELATIONSHIPS:
            ids = {value for key, value in attributes.items() if key.endswith(":id")}
            if attributes.get("state", "visible") == "visible":
                self.found |= ids
            else:
                self.hidden |= ids

    def end(self, name: str) -> None:
        """Nothing is left to be done."""

    def characters(self, data: str) -> None:
        """What names others has no text."""


class Package:
    """The parts of one package, by names in their normal form: lower case, slashes, none at the beginning."""

    def __init__(self, package: zipfile.ZipFile) -> None:
        self._package = package
        self._members: dict[str, zipfile.ZipInfo] = {}
        for member in package.infolist():
            self._members.setdefault(_normal(member.filename), member)

    @property
    def names(self) -> list[str]:
        return list(self._members)

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def place(self, folder: str, address: str) -> str:
        """The name of the part to which an address in a part of a folder leads, whether it is there or not."""
        path = _normal(posixpath.join(folder, address.partition("#")[0]))
        return path if path in self else _normal(unquote(path))

    def open(self, name: str) -> IO[bytes]:
        """Open a part that is there."""
        return self._package.open(self._members[name])

    def size(self, name: str) -> int:
        """Bytes of a part, as the directory declares."""
        return self._members[name].file_size

    def read(self, name: str, max_bytes: int) -> bytes:
        """The first bytes of a part, empty where it is missing."""
        if name not in self._members:
            return b""
        with self.open(name) as stream:
            return stream.read(max_bytes)

    def read_xml(self, name: str, handler: Handler) -> bool:
        """Feed a part to a handler; tells whether it was read to its end. Raises NoTextError as read_xml does."""
        with self.open(name) as stream:
            return read_xml(stream, handler)

    def related(self, name: str = "") -> list[Relationship]:
        """Where a part leads (the package itself, without a name), as far as it is there; damage leads nowhere."""
        folder, _, file = name.rpartition("/")
        sheet = posixpath.join(folder, "_rels", f"{file}.rels")
        if sheet not in self._members:
            return []
        found = _Relationships(folder)
        with suppress(NoTextError):
            self.read_xml(sheet, found)
        return [one for one in map(self._named, found.found) if one.target in self._members]

    def _named(self, one: Relationship) -> Relationship:
        """Blanks and letters beyond ASCII are written as in addresses, and stand in the directory either way."""
        return one if one.target in self._members else one._replace(target=unquote(one.target))

    def targets(self, name: str, *kinds: str, without: frozenset[str] = frozenset()) -> list[str]:
        """Parts that a part leads to, of some kinds and not by some relationships, each once, in the order in which it names them."""
        related = [one for one in self.related(name) if one.kind in kinds and one.id not in without]
        return list(dict.fromkeys(one.target for one in related))

    def listed(self, name: str, element: str, *kinds: str) -> list[str]:
        """
        The same of those alone that elements of a part name as shown: others are hidden, or were taken out of it.

        Where it names none, all that it does not call hidden.
        """
        ids = _Ids(element)
        with suppress(NoTextError):
            self.read_xml(name, ids)
        related = [one for one in self.related(name) if one.kind in kinds]
        shown = [one.target for one in related if one.id in ids.found]
        others = [one.target for one in related if one.id not in ids.hidden]
        return list(dict.fromkeys(shown or others))

    def main_part(self) -> tuple[str, str]:
        """The part that everything begins with, and its content type; empty where the package names none."""
        main = self.targets("", _MAIN)
        if not main or "[content_types].xml" not in self._members:
            return "", ""
        types = _ContentTypes()
        with suppress(NoTextError):
            self.read_xml("[content_types].xml", types)
        extension = main[0].rpartition(".")[2]
        return main[0], types.of_part.get(main[0]) or types.of_extension.get(extension, "")


def _normal(name: str) -> str:
    return posixpath.normpath(name.replace("\\", "/")).lstrip("/.").lower() if name else ""


@contextmanager
def open_office(file: Readable) -> Iterator[Package]:
    """
    Open an office package.

    Raises:
        NoTextError: as open_package.
    """
    with open_package(file) as package:
        yield Package(package)


def main_or(package: Package, *usual: str) -> str:
    """
    The main part, else the first of the usual ones that is there.

    Raises:
        NoTextError: BROKEN, there is none.
    """
    main, _ = package.main_part()
    for name in (main, *usual):
        if name and name in package:
            return name
    raise NoTextError(Reason.BROKEN)
