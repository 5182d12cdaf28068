"""
Rows of both exports become links: names, places, versions, dates, web addresses. PURE.

What the vendor does not document is read with care: how a path is separated is told by most paths of the file, a date's order by its dates.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import chain, islice
from urllib.parse import urlsplit

import msgspec

from connector.document.labels import lines, one_line
from connector.sources.interject.forms import REPORT_LIST
from connector.sources.interject.model import PARTING, ROOT, SEPARATORS, Place, Version, fold
from connector.sources.interject.shifted import FEWEST, shifted_in
from connector.sources.interject.table import EMPTIED, HALF, Form, Row, column

DATE = re.compile(
    r"\s*+(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:[.]\d++)?\s*+([AaPp])?\.?[Mm]?\.?)?\s*+Z?\s*+"
)
YEARS = 4
"""Digits of a year that stands first."""
MONTHS = 12
ADDRESS = re.compile(r"https?://[^\s<>\"'()\[\]{}|\\^`]+", re.IGNORECASE)
LONGEST_ADDRESS = 2_000
LIVE = "Live"
NOWHERE = f"it says no folder, so nobody can tell who may see it (what stands in none has the path {ROOT})"
DEEPEST = 100
"""Folders in which a report may stand, one in the other: the ledger keeps no path of sixty."""
TOO_DEEP = f"it stands in more than {DEEPEST} folders, one in the other"
OTHERWISE = (
    "more than half of the rows have more columns than the header, so its cells may stand in other ones, too"
)
BROKEN = "its id, name or path goes on over several lines"
NEARLY_ALL = 0.9
"""Of the rows of a report list: what so many of their paths do, all are meant to."""


class Entry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row as a link with one version and at most one data portal."""

    reference: str
    name: str
    place: Place
    description: str = ""
    link_type: str = ""
    version: Version = Version()
    portal: str = ""
    address: str = ""
    live: bool = True
    problem: str = ""
    line: int = 0
    file: str = ""
    """Which export it is of."""

    def with_problem(self, why: str) -> Entry:
        """As `Row.with_problem`."""
        return msgspec.structs.replace(self, problem=why) if why and not self.problem else self


def entries_of(form: Form, rows: Sequence[Row], *, file: str = "") -> list[Entry]:
    """Read the rows of one export."""
    emptied = [row for row in rows if row.problem == EMPTIED]
    rows = _without_shifted(form, [row for row in rows if row.problem != EMPTIED])
    found = _of_list(rows) if form is REPORT_LIST else _of_app(rows)
    found = [msgspec.structs.replace(_checked(one), file=file) for one in found]
    return found + [
        Entry(reference="", name="", place=(), problem=EMPTIED, line=row.line, file=file) for row in emptied
    ]


def _checked(entry: Entry) -> Entry:
    """A name of which a letter is lost may be any name; elsewhere a lost letter costs itself. What stands too deep costs all above it too much."""
    if len(entry.place) > DEEPEST:
        return entry.with_problem(TOO_DEEP)
    is_half = any(HALF in name for name in (entry.reference, entry.name, *entry.place))
    return entry.with_problem("its name holds a letter that cannot be read" if is_half else "")


def _without_shifted(form: Form, rows: Sequence[Row]) -> list[Row]:
    """The rows of one export; one whose cells may stand in other columns than they seem to says so."""
    path, name = ("reportpath", "reportname") if form is REPORT_LIST else ("fullpath", "categoryname")
    split = place_in((column(row.cells, path), one_line(column(row.cells, name))) for row in rows)
    why = shifted_in(form, rows, split.separator)
    beyond = sum(bool(row.beyond and row.problem) for row in rows)
    if beyond >= FEWEST and 2 * beyond > len(rows):
        why = [OTHERWISE] * len(rows)
    return [row.with_problem(told or _odd_in(row, path, split)) for row, told in zip(rows, why, strict=True)]


def _odd_in(row: Row, path: str, split: _Split) -> str:
    """Why a row may be anything by itself; empty: nothing tells it."""
    cells = row.cells
    names = ("id", "linkid", path, "reportname", "linkname")
    if any("\n" in value or "\r" in value for value in (column(cells, name) for name in names)):
        return BROKEN
    told = column(cells, path)
    return "" if split(told) or fold(told.strip("\\/> ")) == fold(ROOT) else NOWHERE


def _of_list(rows: Sequence[Row]) -> list[Entry]:
    named = [(column(row.cells, "reportpath"), one_line(column(row.cells, "reportname"))) for row in rows]
    split = place_in(named)
    # what an odd row tells may stand in other columns: it says nothing about the others
    sound = [one for one, row in zip(named, rows, strict=True) if one[1] and not row.problem]
    ending = sum(_above(path, name) is not None for path, name in sound)
    ends_in_name = len(sound) > 1 and ending >= NEARLY_ALL * len(sound)
    found = []
    for row, (path, name) in zip(rows, named, strict=True):
        above = _above(path, name) if ends_in_name else None
        description = lines(row.cells.get("description", ""))
        found.append(
            Entry(
                reference=one_line(column(row.cells, "id")),
                name=name,
                place=split(path if above is None else above),
                description=description,
                address=_address_of(row, description),
                problem=row.problem,
                line=row.line,
            )
        )
    return found


def _of_app(rows: Sequence[Row]) -> list[Entry]:
    split = place_in(
        (column(row.cells, "fullpath"), one_line(column(row.cells, "categoryname"))) for row in rows
    )
    day_first = _is_day_first(column(row.cells, "versionlastupdated") for row in rows)
    found = []
    for row in rows:
        cells = row.cells
        name, category = one_line(column(cells, "linkname")), one_line(column(cells, "categoryname"))
        status = one_line(column(cells, "versionstatus", "status"))
        description = lines(cells.get("linkdescription", ""))
        found.append(
            Entry(
                reference=one_line(column(cells, "linkid")),
                name=name,
                place=_place_in_app(column(cells, "fullpath"), category, name, split),
                description=description,
                link_type=one_line(column(cells, "linktype")),
                version=Version(
                    number=one_line(column(cells, "versionnumber")),
                    name=one_line(column(cells, "versionname")),
                    status=status,
                    file=one_line(column(cells, "versionfilename")),
                    updated=moment(column(cells, "versionlastupdated"), day_first=day_first),
                ),
                portal=one_line(column(cells, "dataportalcode")),
                address=_address_of(row, description),
                live=not status or fold(status) == fold(LIVE),
                problem=row.problem,
                line=row.line,
            )
        )
    return found


class _Split:
    """Parts paths as one file writes them."""

    def __init__(self, separator: str) -> None:
        self.separator = separator

    def __call__(self, path: str) -> Place:
        path, sign = _below_root(path)
        parts = filter(None, map(one_line, path.split(self.separator)))
        names = tuple(
            islice(parts, DEEPEST + 3)
        )  # the first may be the library, the last two folder and link
        return names[1:] if names and not sign and fold(names[0]) == fold(ROOT) else names


def place_in(named: Iterable[tuple[str, str]]) -> _Split:
    """
    How the paths of one file are parted: as half of them or more tell, so that a name that holds a separator parts no other path.

    They tell it behind the name of the library itself, else before the name that they end in, else by what they hold.

    Args:
        named: paths, each with the name that it may end in; empty: none is known.
    """
    parted = [one for one in dict.fromkeys(named) if PARTING.search(one[0])]
    for votes in (
        Counter(_below_root(path)[1] for path, _ in parted),
        Counter(_sign_behind(_above(path, name) or "") for path, name in parted),
    ):
        del votes[""]
        if 2 * votes.total() >= len(parted):
            return _Split(_most(votes))
    return _Split(_most(Counter(sign for path, _ in parted for sign in SEPARATORS if sign in path)))


def _most(votes: Counter[str]) -> str:
    """The separator that most paths tell; of several, the first."""
    return max(SEPARATORS, key=votes.__getitem__)


def _below_root(path: str) -> tuple[str, str]:
    """A path without the name of the library itself, and what parts that from it; empty where it does not begin with it."""
    text = path.lstrip("\\/ ")
    sign = PARTING.search(text)
    if sign is None or fold(text[: sign.start()]) != fold(ROOT):
        return path, ""
    return text[sign.end() :], sign[0]


def _above(path: str, name: str) -> str | None:
    """What a path tells above a name that it ends in, whatever separators the name holds; None: it does not end in it."""
    above = path[: len(path) - len(name)]
    if not name or len(path) < len(name) or fold(path[len(above) :]) != fold(name):
        return None
    return above if not above.strip() or _sign_behind(above) else None


def _sign_behind(above: str) -> str:
    """The separator that a text ends in; empty: none."""
    text = above.rstrip()
    return next((sign for sign in SEPARATORS if text.endswith(sign.rstrip())), "")


def _place_in_app(path: str, category: str, name: str, split: _Split) -> Place:
    """The folder of a link: its full path, which ends in the folder's own name, or in the link's behind it."""
    if not path:
        return (category,) if category else ()
    above = _above(path, category)
    if above is not None:  # a separator within the folder's own name parts nothing
        return (*split(above), category)
    place = split(path)
    behind = len(place) > 1 and fold(place[-1]) == fold(name) and fold(place[-2]) == fold(category)
    return place[:-1] if behind else place


def moment(text: str, *, day_first: bool = False) -> datetime | None:
    """
    Read a date as the portal writes it (`4/26/2024 12:09`, observed), in any order of its parts; None: it cannot be read.

    It tells no time zone, and counts as UTC.

    Args:
        day_first: of 4/5/2024, what the 4 is; where only one reading is possible, that one counts.
    """
    told = DATE.fullmatch(text)
    if told is None:
        return None
    first, second, third = int(told[1]), int(told[2]), int(told[3])
    if len(told[1]) == YEARS:
        year, month, day = first, second, third
    elif first > MONTHS or (day_first and second <= MONTHS):
        year, month, day = third, second, first
    else:
        year, month, day = third, first, second
    hour, minute, of_second = int(told[4] or 0), int(told[5] or 0), int(told[6] or 0)
    if told[7]:
        hour = hour % MONTHS + (MONTHS if told[7].lower() == "p" else 0)
    try:
        return datetime(year if year >= 100 else year + 2000, month, day, hour, minute, of_second, tzinfo=UTC)
    except ValueError:
        return None


def _is_day_first(texts: Iterable[str]) -> bool:
    """Whether a file writes days before months: some date of it can be read in that order only, and none in the other only."""
    days = months = False
    for text in texts:
        told = DATE.fullmatch(text)
        if told is None or len(told[1]) == YEARS:
            continue
        days = days or int(told[1]) > MONTHS or "." in text.split(" ")[0]
        months = months or int(told[2]) > MONTHS
    return days and not months


def _address_of(row: Row, description: str) -> str:
    """A web address of the row: of the documentation, of the link itself, or named in the description."""
    cells = row.cells
    named = ("documentationpath", "documentation", "linkpath", "versionfilename", "fullpath")
    for text in chain((column(cells, name) for name in named), (description,)):
        found = ADDRESS.search(text) if text is description else ADDRESS.fullmatch(text)
        if found is not None and (address := _safe(found[0])):
            return address
    return ""


def _safe(address: str) -> str:
    """The address without what ends a sentence; empty where it is none to lead people to."""
    address = address.rstrip(".,;:!?")
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return ""
    return address if host and "@" not in parts.netloc and len(address) <= LONGEST_ADDRESS else ""
