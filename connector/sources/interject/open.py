"""How a source that reads Interject's exports is checked, opened and asked about. Its client is loaded when it is opened."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from connector.document.durations import DAY_S
from connector.sources.interject.settings import InterjectPart
from connector.sources.kind import Known, Question, SourceKind, Surroundings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connector.ports.source import Advice
    from connector.sources.interject.client import Interject
    from connector.sources.interject.mapping import Rules


def rules_of(name: str, part: InterjectPart) -> Rules:
    """Plain values of what decides about a source's documents."""
    from connector.sources.interject.mapping import Rules

    return Rules(
        source=name,
        prefix=part.id_prefix,
        help_url=part.help_url,
        overrides={kind: override.model_dump(exclude_none=True) for kind, override in part.mapping.items()},
    )


def _check(name: str, part: InterjectPart) -> None:
    from connector.sources.interject.mapping import LibraryMapping

    LibraryMapping(rules_of(name, part))


@asynccontextmanager
async def _open(part: InterjectPart, around: Surroundings) -> AsyncIterator[Interject]:
    from connector.sources.interject.client import Interject
    from connector.sources.interject.exports import ExportFetcher, Named
    from connector.sources.interject.mapping import LibraryMapping

    fetcher = ExportFetcher(
        around.name,
        around.notes,
        Named(folder=around.folder, exports=tuple(part.exports), roles=part.roles, people=part.people),
        max_age_s=part.max_age_days * DAY_S,
        clock=around.clock,
    )
    source = Interject(
        fetcher, mapping=LibraryMapping(rules_of(around.name, part)), identities=part.identities
    )
    try:
        yield source
    finally:
        await source.close()


async def _advise(source: Interject, part: InterjectPart, known: Known) -> Sequence[Advice]:
    import msgspec

    from connector.sources.interject.advice import advise, last_used, still_closed, unlike_before
    from connector.sources.interject.by_hand import closed_in
    from connector.sources.interject.exports import state_in

    if known.notes is None:
        return advise(source.name, source.fetched, source.rights, help_url=part.help_url)
    beside = await source.rights_beside(known.notes)
    # the roles of `beside` hold remembered folders, too, which the file need not name
    rights = msgspec.structs.replace(source.rights, people=beside.people)
    told = advise(source.name, source.fetched, rights, help_url=part.help_url)
    closed = still_closed(part.roles, source.rights, closed_in(known.notes))
    unlike = unlike_before(source.rights, beside)
    return [*told, *unlike, *closed, *last_used(state_in(known.notes).series)]


INTERJECT: SourceKind[InterjectPart, Interject] = SourceKind(
    kind="interject",
    settings=InterjectPart,
    check=_check,
    open=_open,
    advise=_advise,
    choices=lambda part, known: {},
    id_prefix="ij",
    rights={},
    questions=(
        Question(
            key="exports",
            words="Files, folders or patterns of its exports",
            comment="report lists and app exports, told apart by their headers",
            several=True,
        ),
        Question(
            key="identities",
            words="Identities that may see the library",
            comment="who may see it; or roles = a file (folder, role)",
            several=True,
        ),
        Question(
            key="help_url",
            words="Web page that a report without a web address leads to",
            comment="where a report without a web address leads",
        ),
    ),
)
