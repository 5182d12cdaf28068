"""
Rows whose cells may stand in other columns than they seem to, although there are as many as the header has. PURE.

A cell that was left out, or came in between, shifts all that stand behind it, and a row of empty cells at its end still fits the header. What nearly all rows
of the file have in a column tells: ids that are written alike, numbers, no more cells than the header; and no report is called as the folder
of another one is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

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
    why = [""] * len(rows)
    for words, odd in _odd_rows(rows, separator, is_app=form is APP_EXPORT):
        for at in odd:
            why[at] = why[at] or f"{words}, {MAY_BE_SHIFTED}"
    return why


def _odd_rows(rows: Sequence[Row], separator: str, *, is_app: bool) -> Iterator[tuple[str, Iterable[int]]]:
    """In what rows are unlike the others, in words, and which."""
    name, path, above = (
        ("linkname", "fullpath", "categoryname") if is_app else ("reportname", "reportpath", "")
    )
    paths = _cells(rows, path)
    yield "its id is not like those of the others", _odd_ids(_cells(rows, "linkid" if is_app else "id"))
    for told, is_sound in _APP.items() if is_app else ():
        kinds = [BLANK if not cell else SOUND if is_sound(cell) else OTHER for cell in _cells(rows, told)]
        odd = [at for at in _unlike_most(SOUND, kinds) if kinds[at] == OTHER]
        yield f"its {told} is of another kind than theirs", odd
    beyond = _unlike_most(BLANK, [OTHER if row.beyond else BLANK for row in rows])
    yield "it has more cells than the header, and the others have not", beyond
    if is_app:
        yield from _odd_folders(paths, _cells(rows, above), separator)
    folders = {fold(told) for told in paths if separator in told}
    for one in filter(None, (name, above)):
        called = map(fold, _cells(rows, one))
        odd = [at for at, told in enumerate(called) if told in folders and told != fold(paths[at])]
        yield "it is called as the folder of another one is", odd


def _odd_folders(
    paths: Sequence[str], folders: Sequence[str], separator: str
) -> Iterator[tuple[str, Iterable[int]]]:
    """The same of what an app's rows tell of the folder that they stand in."""
    without = _unlike_most(SOUND, [SOUND if path else BLANK for path in paths])
    yield "it names a folder, and does not say where that stands", [at for at in without if folders[at]]
    whole = [at for at, path in enumerate(paths) if path and folders[at]]
    ends = [SOUND if _ends_in(paths[at], folders[at], separator) else OTHER for at in whole]
    yield "its path does not end in the name of its folder", [whole[at] for at in _unlike_most(SOUND, ends)]


def _cells(rows: Sequence[Row], name: str) -> list[str]:
    return [column(row.cells, name) for row in rows]


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


def _unlike_most(kind: str, kinds: Sequence[str]) -> list[int]:
    """Which rows have something else than nearly all others, where that is of this kind."""
    common, unlike = _unlike(kinds)
    return unlike if common == kind else []


def _is_number(cell: str) -> bool:
    return NUMBER.fullmatch(cell) is not None


_APP: Mapping[str, Callable[[str], bool]] = {
    **dict.fromkeys(("categoryid", "parentcategoryid", "linkorder", "dataportalid"), _is_number),
    "linktype": lambda cell: fold(cell) in LINK_TYPES,
}
"""What columns of the portal's own export hold (its names and values are observed)."""
