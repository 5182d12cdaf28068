"""What an administrator should know of a report library, for `connector check`. PURE."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connector.document.counting import counted
from connector.ports.source import Advice
from connector.sources.interject.fetcher import Fetched
from connector.sources.interject.model import Place, Rights, Roles, folded
from connector.sources.interject.series import Series, day, name_of

SHOWN = 5


def advise(name: str, fetched: Fetched, rights: Rights, *, help_url: str) -> list[Advice]:
    """Which file of what date is used, and what is to be mended."""
    told = [Advice(words=f"Used: {'; '.join(fetched.used)}.")] if fetched.used else []
    told += [Advice(words=why, wrong=True) for why in (*fetched.troubles, *rights.odd)]
    if rights.people.trouble:
        told.append(Advice(words=rights.people.trouble, wrong=True))
    if rights.people.persons:
        told.append(
            Advice(words=f"The people file names {counted(len(rights.people.persons), 'person', 'people')}.")
        )
    if rights.roles is not None and not rights.roles.trouble:
        here = {folded(place) for place in fetched.library.folders.values()}
        told += _of_roles(rights.roles, here, whole=not fetched.troubles)
        if not rights.people.persons and not rights.people.trouble:
            told.append(
                Advice(
                    words=f"No people file names who has which role (sources.{name}.people), so that nobody finds anything of it",
                    wrong=True,
                )
            )
    bare = sum(1 for one in fetched.library.reports.values() if one.live and not one.address)
    if bare and not help_url:
        told.append(
            Advice(
                words=f"{bare} of {len(fetched.library.reports)} reports have no web address: set sources.{name}.help_url",
                wrong=True,
            )
        )
    return told


def last_used(series: Sequence[Series]) -> list[Advice]:
    """What the last run that read the library whole was made of: an older file than that is not used."""
    if not series:
        return []
    files = sorted(f"{name_of(one.look)} of {day(one.look.time)} ({one.reports})" for one in series)
    return [Advice(words=f"Read whole last, with so many reports: {'; '.join(files)}.")]


def unlike_before(alone: Rights, beside: Rights) -> list[Advice]:
    """What is wrong with both files only beside those that were used last; that the people file does not count is advised as any trouble of it."""
    why = beside.roles.trouble if beside.roles is not None else ""
    told = [why] if why and alone.roles is not None and not alone.roles.trouble else []
    told += [
        f"{place}: {why}"
        for place, why in beside.unread.items()
        if place not in alone.unread and why not in beside.people.trouble
    ]
    told += [why for why in beside.odd if why not in alone.odd]
    return [Advice(words=why, wrong=True) for why in told]


def still_closed(file: str, rights: Rights, places: Sequence[Place]) -> list[Advice]:
    """Folders that the roles file does not name, and that stay closed for now."""
    roles = rights.roles
    return [
        Advice(
            words=f"{file} does not name the folder {' > '.join(place)}, which was closed (under another name, perhaps): it stays closed "
            "to other roles until a file that is saved later does not name it either. To open it at once, name it with an empty role",
            wrong=True,
        )
        for place in places
        if roles is not None and not roles.trouble and not roles.names(place)
    ]


def _of_roles(roles: Roles, here: set[Place], *, whole: bool) -> Iterator[Advice]:
    unknown = sorted(roles.by_folder.keys() - roles.named(here) - {()})
    if unknown and whole:
        yield Advice(
            words=f"The roles file names what is no folder of the library: {_some(unknown)}. Is it spelled as in the export? A folder "
            "that the file does not name is seen by all roles",
            wrong=True,
        )
    closed = sorted(place for place in here if not roles.of(place))
    if closed:
        yield Advice(
            words=f"No role may see {_some(closed)}: none of its roles sees the folder above it.",
        )


def _some(places: list[Place]) -> str:
    shown = ", ".join(" > ".join(place) for place in places[:SHOWN])
    return shown if len(places) <= SHOWN else f"{shown} and {len(places) - SHOWN} more"
