"""
Rows whose cells may stand in other columns than they seem to, although there are as many as the header has. PURE.

A cell that was left out, or came in between, shifts all that stand behind it, and a row of empty cells at its end still fits the header. What nearly all rows
of the file have in a column tells: ids that are written alike, numbers, no more cells than the header; and no report is called as the folder
of another one is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence

from connector.sources.interject.forms import APP_EXPORT
from connector.sources.interject.model import SEPARATORS, fold, has_reference
from connector.sources.interject.table import Form, Row, column

FEWEST = 3
"""Rows that have to agree before another one is unlike them."""
NUMBER = re.compile(r"\d+")
LINK_TYPES = frozenset({"local/network file", "folder link", "website link", "report library file"})
"""Of the form Report Link Details (the vendor's page Report Library Links), folded."""
AN_ID = re.compile(r"(?=.*\d)[\w.:{}-]+")
"""What an id may look like where the others have none: signs of a name, a path or a date are not in it."""
BLANK, NONE, SOUND, OTHER = "blank", "none", "sound", "other"
MAY_BE_SHIFTED = "so its cells may stand in other columns than they seem to"


def shifted_in(form: Form, rows: Sequence[Row], separator: str) -> list[str]:
    """
    Say of each row of one file why its cells may stand in other columns; empty: nothing shows it.

    Args:
        separator: what parts the paths of the file.
    """
    is_app = form is APP_EXPORT
    name, path, above = (
        ("linkname", "fullpath", "categoryname") if is_app else ("reportname", "reportpath", "")
    )
    why = [""] * len(rows)

    def blame(at: Collection[int], words: str) -> None:
        for one in at:
            why[one] = why[one] or f"{words}, {MAY_BE_SHIFTED}"

    blame(
        _odd_ids([column(row.cells, "linkid" if is_app else "id") for row in rows]),
        "its id is not like those of the others",
    )
    for told, words in _APP.items() if is_app else ():
        cells = [column(row.cells, told) for row in rows]
        kinds = [BLANK if not cell else SOUND if words(cell) else OTHER for cell in cells]
        common, unlike = _unlike(kinds)
        blame(
            [at for at in unlike if common == SOUND and kinds[at] == OTHER],
            f"its {told} is of another kind than theirs",
        )
    common, unlike = _unlike([OTHER if row.beyond else BLANK for row in rows])
    blame(unlike if common == BLANK else (), "it has more cells than the header, and the others have not")
    if is_app:
        common, unlike = _unlike([SOUND if column(row.cells, path) else BLANK for row in rows])
        without = [at for at in unlike if common == SOUND and column(rows[at].cells, above)]
        blame(without, "it names a folder, and does not say where that stands")
        both = [(column(row.cells, path), column(row.cells, above)) for row in rows]
        whole = [at for at, (full, folder) in enumerate(both) if full and folder]
        common, unlike = _unlike([SOUND if _ends_in(*both[at], separator) else OTHER for at in whole])
        odd = [whole[at] for at in unlike] if common == SOUND else []
        blame(odd, "its path does not end in the name of its folder")
    folders = {fold(told) for row in rows if separator in (told := column(row.cells, path))}
    for one in filter(None, (name, above)):
        called = [fold(column(row.cells, one)) for row in rows]
        own = [fold(column(row.cells, path)) for row in rows]
        at = [at for at, told in enumerate(called) if told in folders and told != own[at]]
        blame(at, "it is called as the folder of another one is")
    return why


def _ends_in(path: str, name: str, separator: str) -> bool:
    """Whether a path ends in the name of a folder, or in a report's behind it."""
    folder = fold(name)
    return any(
        told == folder or told.endswith(tuple(sign + folder for sign in SEPARATORS))
        for told in (fold(path), fold(path.rpartition(separator)[0]))
    )


def _odd_ids(ids: Sequence[str]) -> list[int]:
    """Which rows have an id that is none by what nearly all others have; that there is none, as 0 says, is never odd."""
    kinds = [_kind_of(one) for one in ids]
    common, unlike = _unlike(kinds)
    if common in {BLANK, NONE}:
        odd = [at for at in unlike if kinds[at] not in {BLANK, NONE} and not AN_ID.fullmatch(ids[at])]
        return odd + [at for at in unlike if common == NONE and kinds[at] == BLANK]
    return [at for at in unlike if kinds[at] != NONE]


def _kind_of(told: str) -> str:
    """How an id is written: by which signs besides letters and digits, and whether it has a digit."""
    if not told:
        return BLANK
    if not has_reference(told):
        return NONE
    signs = "".join(sorted({sign for sign in told if not sign.isalnum()}))
    return f"{any(sign.isdigit() for sign in told)} {signs}"


def _unlike(kinds: Sequence[str]) -> tuple[str, list[int]]:
    """What nearly all rows have, and which have something else; none, where not nearly all have the same."""
    if not kinds:
        return "", []
    common, agree = Counter(kinds).most_common(1)[0]
    others = len(kinds) - agree
    if agree < FEWEST or others > max(1, len(kinds) // 10):
        return "", []
    return common, [at for at, kind in enumerate(kinds) if kind != common]


def _is_number(cell: str) -> bool:
    return NUMBER.fullmatch(cell) is not None


_APP: Mapping[str, Callable[[str], bool]] = {
    **dict.fromkeys(("categoryid", "parentcategoryid", "linkorder", "dataportalid"), _is_number),
    "linktype": lambda cell: fold(cell) in LINK_TYPES,
}
"""What columns of the portal's own export hold (its names and values are observed)."""
