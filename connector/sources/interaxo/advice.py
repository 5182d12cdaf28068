"""What an administrator should know of a source: how files come, what audiences cost, whether everybody can be asked for in time."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from urllib.parse import urlsplit

from connector.document.counting import counted
from connector.document.document import Scope
from connector.document.durations import HOUR_S
from connector.errors import ConnectorError
from connector.ports.source import Advice
from connector.sources.interaxo.addresses import hosts_of
from connector.sources.interaxo.client import Interaxo
from connector.sources.interaxo.downloads import API, WAY_THAT_WORKED
from connector.sources.interaxo.settings import EXPOSED, InteraxoPart
from connector.sources.kind import Known
from connector.sources.part import shown_to_listed

CALLS_OF_A_PERSON = 2
"""Her profile and her groups."""


async def advise(source: Interaxo, part: InteraxoPart, known: Known) -> list[Advice]:
    """What `check` says of a source beside its rooms and their readers."""
    told = [*_downloads(part, known), *_two_countries(part, known.name), *_cadence(part, known)]
    if known.chosen and part.content:
        told += await _try_file(known.name, source, known.chosen[0])
    return told


def _downloads(part: InteraxoPart, known: Known) -> list[Advice]:
    """How files come, from which hosts, and what worked last, as the ledger remembers it."""
    if not part.content:
        return []
    if part.download == API:
        return [Advice(words='Files come by the API alone (download = "api").')]
    hosts = ", ".join(sorted(hosts_of(part.base_url, part.web_url, part.content_hosts)))
    note = known.notes.get(WAY_THAT_WORKED, urlsplit(part.base_url).netloc) if known.notes else None
    worked = (
        f"{note.value.decode()} worked last" if note and note.value else "no run has asked for a file yet"
    )
    way = "content_url, else by the API" if part.download == "auto" else "content_url alone"
    return [
        Advice(
            words=f"Files come by {way}; {worked}. A content_url may lead to {hosts} (sources.{known.name}.content_hosts adds to them)."
        )
    ]


def _two_countries(part: InteraxoPart, name: str) -> list[Advice]:
    """Interaxo has hosts under .com and under .se; links of the one do not open what stands in the other."""
    api, web = (urlsplit(url).hostname or "" for url in (part.base_url, part.web_url))
    ends = {
        host.rpartition(".")[2] for host in (api, web) if host.endswith((".interaxo.com", ".interaxo.se"))
    }
    if len(ends) < 2:
        return []
    return [
        Advice(
            words=f"sources.{name}.base_url is at {api} and web_url at {web}: do links open there? Interaxo has hosts of both endings."
        )
    ]


def _cadence(part: InteraxoPart, known: Known) -> list[Advice]:
    """Whether everybody can be asked for within people.max_age_h; nothing where that is so, or nobody is known yet."""
    needed = CALLS_OF_A_PERSON * known.people / (known.max_age_h * HOUR_S)
    if not part.calls_per_s or needed <= part.calls_per_s:
        return []
    return [
        Advice(
            words=f"{known.people} people cannot all be asked for within people.max_age_h ({known.max_age_h:g} h): that takes "
            f"{needed:.1f} calls a second, and sources.{known.name}.calls_per_s is {part.calls_per_s:g}. Raise one of them."
        )
    ]


async def _try_file(name: str, source: Interaxo, scope: Scope) -> list[Advice]:
    """Whether a file comes, by each way; wrong where none does."""
    try:
        ways = await source.try_file(scope)
    except ConnectorError as error:
        return [Advice(words=f"no file of {scope.name} could be looked for: {error}", wrong=True)]
    if not ways:
        return [
            Advice(words=f"No small file was met in the first folders of {scope.name}, so none was tried.")
        ]
    failed = [f"{way} gave none ({why})" for way, why in ways.items() if why]
    came = [way for way, why in ways.items() if not why]
    if not came:
        return [
            Advice(
                words=f"a file of {scope.name} could not be downloaded, so texts would be missing: {'; '.join(failed)}. "
                f"Check sources.{name}.download and content_hosts, or ask Interaxo's support",
                wrong=True,
            )
        ]
    return [
        Advice(
            words=f"A file of {scope.name} came by {' and by '.join(came)}{'; ' if failed else ''}{'; '.join(failed)}."
        )
    ]


def choices(part: InteraxoPart, known: Known) -> dict[str, str]:
    """What every choice of permissions would expose, and cost in requests for audiences; by the ledger's counts, once there is one."""
    told = {}
    for choice, words in {**EXPOSED, "fixed": shown_to_listed(["the identities of the setting"])}.items():
        delta, full = forecast(choice, known.kinds, rooms=len(known.chosen), share=part.audience_share)
        cost = (
            f"A delta run makes about {counted(delta, 'request')} for lists of readers, a full run {full}."
            if known.kinds or choice in {"room", "fixed"}
            else f"A run makes at least {counted(delta, 'request')} for lists of readers; after the first load this line is exact."
        )
        told[choice] = f"{words} {cost}"
    return told


def forecast(choice: str, kinds: Mapping[str, int], *, rooms: int, share: float) -> tuple[int, int]:
    """
    Foretell the requests for audiences.

    Args:
        choice: room, folder, item or fixed.
        kinds: documents by kind, as the ledger counts them.

    Returns:
        In a delta without any change, and in a full run; steps of workflow folders come on top.
    """
    if choice == "fixed":
        return 0, rooms
    if choice == "room":
        return rooms, rooms
    folders = kinds.get("folder", 0)
    items = sum(count for kind, count in kinds.items() if kind in {"entry", "file", "attachment"})
    links = kinds.get("link", 0)
    everything = rooms + folders + items + links
    if choice == "item":
        return everything, everything
    return rooms + folders + ceil(items * share), everything
