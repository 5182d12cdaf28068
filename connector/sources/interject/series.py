"""
Which of the files that are there make up the library, and whether they are all of it. PURE.

A file that the settings name is an export of its own. Of what lies in a folder, files that hold the same export again
make a *series*: all report lists, and app exports of one name or with most of their reports in common. Of a series the
newest file is used, and stands for the series only if nothing is wrong with it: a half file never gives way to the
whole one of before, whose reports would seem to be all there are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain, count

import msgspec

from connector.document.durations import DAY_S
from connector.sources.interject.forms import REPORT_LIST
from connector.sources.interject.model import BY_ID, OF_FOLDER
from connector.sources.interject.table import Damage

NO_END = "its last line has no end, as the one used last had: it was cut"
AHEAD = "it is dated in the future, so that no newer export is used: give it the time at which it was made, or move it away"
NO_IDS = "no report in it has an id, and most had one in the file that was used last: export it with its column of ids"
NO_STATUS = (
    "no row of it has a status, and rows of the file that was used last had one, so nobody can tell which reports are live: export it "
    "with its column of statuses, or write Live into each row"
)
SAME = 0.5
"""Of the smaller one's reports, how many two app exports must have in common to be one export, made twice."""
WORDS = {
    Damage.NO_HEADER: "its first line is no header of a report list or an app export: it was cut, or it is another file",
    Damage.FEW_COLUMNS: "line {line} has fewer columns than the header: it was cut",
    Damage.OPEN_QUOTE: "a quote is open at its end (line {line}): it was cut",
    Damage.HALF_CHARACTER: "it ends in the middle of a letter: it was cut",
    Damage.EMPTY: "it has no row below its header",
    Damage.HOLE: "line {line} holds zeros in place of text: it was not copied whole",
    Damage.TWICE: "its header names a column twice, and nobody can tell which of them counts",
}


class Look(msgspec.Struct, frozen=True, array_like=True):
    """A file as it stands in its folder; another look that equals it found the same file."""

    path: str
    size: int
    time_ns: int
    """Of its last change, since 1970."""

    @property
    def time(self) -> float:
        """Of its last change, in seconds since 1970."""
        return self.time_ns / 1e9


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """One file as it was read."""

    look: Look
    entry: str
    """The path or pattern of the settings that names it."""
    alone: bool
    """Whether the settings name this very file."""
    form: str = ""
    codec: str = ""
    damage: Damage | None = None
    line: int = 0
    ended: bool = True
    trouble: str = ""
    """Why it could not be read, or not be relied on, in words."""
    members: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Native keys of its reports and their folders, each with its folder."""
    names: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Folded names of those with an id, by native key."""
    texts: Mapping[str, bytes] = msgspec.field(default_factory=dict)
    """Hashes of their descriptions, by native key."""
    has_statuses: bool = False
    """Whether rows say what is live."""
    reports: int = 0


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of the file that a series was last read from, whole."""

    id: str
    entry: str
    form: str
    look: Look
    at: float
    """Its time; that of its reading where it lay in the future."""
    ended: bool = True
    codec: str = ""
    reports: int = 0
    has_statuses: bool = False


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What is used, and why it is not all."""

    used: dict[str, Export]
    """By series: the newest file of each."""
    passed: tuple[Look, ...]
    """Files in whose place newer ones stand."""
    series: tuple[Series, ...]
    """To be remembered, if there is no trouble."""
    troubles: tuple[str, ...] = ()
    vanished: tuple[Series, ...] = ()
    """Series that are no longer waited for."""


def choose(
    exports: Sequence[Export],
    remembered: Sequence[Series],
    members_of: Callable[[str], Mapping[str, str]],
    *,
    entries: Sequence[str],
    now: float,
    max_age_s: float,
) -> Choice:
    """
    Decide what is used.

    Args:
        exports: every file that was read, in any order.
        remembered: as the last whole library was read.
        members_of: what a remembered series held, by its id.
        entries: what the settings name now: nothing is waited for that they named before.
    """
    groups = _group(exports, remembered, members_of)
    known = {one.id: one for one in remembered}
    used: dict[str, Export] = {}
    troubles: list[str] = []
    kept: list[Series] = []
    for key, files in groups.items():
        newest = max(files, key=lambda one: (one.look.time_ns, one.look.path))
        used[key] = newest
        before = known.get(key)
        if before is not None and (lost := _lost(newest, before, members_of(key))):
            newest = used[key] = msgspec.structs.replace(newest, form="", members={}, trouble=lost)
        why = _trouble(newest, before, now=now, max_age_s=max_age_s)
        if why := why or (AHEAD if _keeps_newer_out(newest, before, files, now=now) else ""):
            troubles.append(f"{name_of(newest.look)}: {why}")
        kept.append(_remembered(key, newest, before, now=now))
    vanished: list[Series] = []
    for one in remembered:
        if one.id in groups:
            continue
        if one.entry not in entries or now - one.at > max_age_s:
            vanished.append(one)
        else:
            troubles.append(
                f"{name_of(one.look)}: it was used last and is gone, and there is no newer export"
            )
    chosen = {one.look for one in used.values()}
    if not used and not troubles:
        troubles.append("there is no export to be read")
    return Choice(
        used=used,
        passed=tuple(one.look for one in exports if one.look not in chosen),
        series=tuple(kept),
        troubles=tuple(sorted(troubles)),
        vanished=tuple(vanished),
    )


def _lost(export: Export, before: Series, held: Mapping[str, str]) -> str:
    """Why nothing of a file can be taken that lacks a column which the one that was used last had; empty: it does not."""
    if _lost_ids(export, held):
        return NO_IDS
    return NO_STATUS if export.members and before.has_statuses and not export.has_statuses else ""


def _lost_ids(export: Export, held: Mapping[str, str]) -> bool:
    """Whether no report of a file has an id, and most had one in the one that was used last: each would be another report."""
    before, now = _links(held), _links(export.members)
    with_ids = sum(key.startswith(BY_ID) for key in before)
    return bool(now) and with_ids >= SAME * len(before) > 0 and not any(key.startswith(BY_ID) for key in now)


def _remembered(key: str, newest: Export, before: Series | None, *, now: float) -> Series:
    """
    What is remembered of a series whose newest export is used.

    Args:
        before: as it was remembered last; None: it is a new one.
        now: the newest that its export can be, should its file be dated later.
    """
    is_same = before is not None and before.look == newest.look
    return Series(
        id=key,
        entry=newest.entry,
        form=newest.form,
        look=newest.look,
        at=before.at if is_same and before is not None else min(newest.look.time, now),
        ended=newest.ended,
        codec=newest.codec,
        reports=newest.reports,
        has_statuses=newest.has_statuses,
    )


def _trouble(export: Export, before: Series | None, *, now: float, max_age_s: float) -> str:
    """Why the newest file of a series does not tell all that is in it."""
    if export.trouble:
        return export.trouble
    if export.damage is not None:
        return WORDS[export.damage].format(line=export.line)
    if before is not None and is_older(export, before, now=now):
        return f"it is older than the export that was used last (of {day(before.at)})"
    if before is not None and before.form != export.form:
        return f"it is a {export.form} now, and was a {before.form} when it was used last"
    if before is not None and before.ended and not export.ended:
        return NO_END
    if now - export.look.time > max_age_s:
        return f"it is of {day(export.look.time)}, older than max_age_days ({max_age_s / DAY_S:g})"
    return ""


def _keeps_newer_out(newest: Export, before: Series | None, files: Sequence[Export], *, now: float) -> bool:
    """Whether a file that is dated in the future goes on standing for its series though another one was made since it was read."""
    if before is None or before.look != newest.look or newest.look.time <= now:
        return False
    return any(one.form and before.at < one.look.time <= now for one in files)


def is_older(export: Export, before: Series, *, now: float) -> bool:
    """Whether a file is older than the one that its series was read from last."""
    return before.look != export.look and min(export.look.time, now) < before.at


def _group(
    exports: Sequence[Export], remembered: Sequence[Series], members_of: Callable[[str], Mapping[str, str]]
) -> dict[str, list[Export]]:
    """Files by series, newest first; what is no export counts if it was one, if nothing newer is one, or if nobody knows what there was."""
    groups: dict[str, list[Export]] = {}
    heads: dict[str, Mapping[str, str]] = {}
    for one in sorted(exports, key=lambda one: (one.look.time_ns, one.look.path), reverse=True):
        if one.alone:
            groups.setdefault(one.look.path, []).append(one)
            continue
        if not one.form or not one.members:
            newer = [key for key, files in groups.items() if files[0].entry == one.entry]
            own = next((s.id for s in remembered if s.look.path == one.look.path), "")
            if own or not newer or not remembered:
                groups.setdefault(own or one.look.path, []).append(one)
            continue
        key = _series_of(one, groups, heads, remembered, members_of)
        groups.setdefault(key, []).append(one)
        heads.setdefault(key, one.members)
    return groups


def _series_of(
    export: Export,
    groups: Mapping[str, Sequence[Export]],
    heads: Mapping[str, Mapping[str, str]],
    remembered: Sequence[Series],
    members_of: Callable[[str], Mapping[str, str]],
) -> str:
    """
    The series of a file in a folder: one that is known, or a new one.

    Where a newer file stands for a series that holds none of its reports, it is of another app: names of files are used again.
    """
    if export.form == REPORT_LIST.name:
        return f"{export.entry} {export.form}"

    def is_free(key: str) -> bool:
        return key not in heads or overlaps(heads[key], export.members)

    own = next((one.id for one in remembered if one.look.path == export.look.path), "")
    if own and is_free(own):
        return own
    for key, members in heads.items():
        first = groups[key][0]
        if (first.entry, first.form) == (export.entry, export.form) and overlaps(members, export.members):
            return key
    for one in remembered:
        if (one.entry, one.form) == (export.entry, export.form) and (
            is_free(one.id) and overlaps(members_of(one.id), export.members)
        ):
            return one.id
    taken = {*groups, *(one.id for one in remembered)}
    names = (f"{export.look.path} {number}" for number in count(2))
    return next(name for name in chain([export.look.path], names) if name not in taken)


def overlaps(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether two app exports are of one app: they have most reports of the smaller one in common."""
    mine, theirs = _links(one), _links(other)
    return bool(mine and theirs) and len(mine & theirs) >= SAME * min(len(mine), len(theirs))


def _links(members: Mapping[str, str]) -> set[str]:
    return {key for key in members if not key.startswith(OF_FOLDER)}


def name_of(look: Look) -> str:
    """The name of a file without its folder."""
    return look.path.replace("\\", "/").rpartition("/")[2]


def day(seconds: float) -> str:
    """A time as people read it, to the minute, in UTC."""
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"
    except (OverflowError, OSError, ValueError):
        return "an unknown day"
