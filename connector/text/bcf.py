"""
Issues of building models (BCF): titles, descriptions, comments, labels and whose they are, of every topic in the file.

Left out is what says nothing in words: ids, cameras, the names of the folders (an id each), snapshots.

Source: buildingSMART BCF-XML 2.1 and 3.0, markup.xsd and project.xsd.
"""

from __future__ import annotations

import re
from typing import Final

from connector.document.clean import TextGatherer
from connector.text.embedded import Readable
from connector.text.package import Package, open_office
from connector.text.reasons import NoTextError, Reason

MARKUP: Final = "/markup.bcf"
"""How the name of each topic's part ends, in the package's normal form."""
_PROJECT: Final = "project.bcfp"
_TEXTLESS: Final = frozenset(
    {
        "date",
        "creationdate",
        "modifieddate",
        "duedate",
        "index",
        "viewpoint",
        "snapshot",
        "reference",
        "referenceschema",
    }
)
_ID: Final = re.compile(
    r"\{?[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?|[0-3][0-9A-Za-z_$]{21}|true|false"
)
"""A GUID, one of IFC in its 22 letters, or a switch."""


def read_bcf(file: Readable, gatherer: TextGatherer) -> None:
    """
    Gather every topic; one that is damaged costs itself.

    Raises:
        NoTextError: BOMB, ENCRYPTED or BROKEN, as open_office; BROKEN, too, where no topic can be read.
    """
    with open_office(file) as package:
        topics = [name for name in package.names if name.endswith(MARKUP)]
        if _PROJECT in package:
            _gather(package, _PROJECT, gatherer)
        unreadable = 0
        for name in topics:
            if gatherer.full:
                return
            if not _gather(package, name, gatherer):
                unreadable += 1
        if unreadable == len(topics):
            raise NoTextError(Reason.BROKEN)


def _gather(package: Package, name: str, gatherer: TextGatherer) -> bool:
    """One part; whether it could be read."""
    try:
        package.read_xml(name, _Topic(gatherer))
    except NoTextError as error:
        if error.reason is Reason.BOMB:
            raise
        gatherer.cut = True
        return False
    return True


class _Topic:
    """Takes the words of one part; an element's own text and what its attributes say, a line each."""

    def __init__(self, gatherer: TextGatherer) -> None:
        self._gatherer = gatherer
        self._silent = False

    @property
    def done(self) -> bool:
        return self._gatherer.full

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._gatherer.add("\n")
        self._silent = name.lower() in _TEXTLESS
        for value in attributes.values():
            if not _ID.fullmatch(value):
                self._gatherer.add(value + "\n")

    def end(self, name: str) -> None:
        self._silent = False
        self._gatherer.add("\n")

    def characters(self, data: str) -> None:
        if not self._silent and not _ID.fullmatch(data):
            self._gatherer.add(data)
