"""How a source that reads Interaxo rooms is checked, opened and asked about. Its client is loaded when it is opened."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from connector.sources.interaxo.settings import RIGHTS, InteraxoPart
from connector.sources.kind import Known, Question, SourceKind, Surroundings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from connector.ports.source import Advice
    from connector.sources.interaxo.client import Interaxo
    from connector.sources.interaxo.documents import Rules
    from connector.text.service import TextService


def rules_of(name: str, part: InteraxoPart, texts: TextService | None = None) -> Rules:
    """Plain values of what decides about a source's documents."""
    from connector.sources.interaxo.documents import Rules

    reading = [texts.version] if texts is not None and part.content else []
    if part.comments:
        reading.append("comments")
    if part.main_document_text:
        reading.append("main documents")
    return Rules(
        source=name,
        prefix=part.id_prefix,
        web_url=part.web_url,
        historical=part.historical,
        rooms=tuple(part.rooms),
        public_rooms=tuple(part.public_rooms),
        overrides={kind: override.model_dump(exclude_none=True) for kind, override in part.mapping.items()},
        reading=tuple(reading),
    )


def _check(name: str, part: InteraxoPart) -> None:
    from connector.sources.interaxo.mapping import check_rules

    check_rules(rules_of(name, part))


@asynccontextmanager
async def _open(part: InteraxoPart, around: Surroundings) -> AsyncIterator[Interaxo]:
    from connector.http.aiohttp_transport import open_for_reading
    from connector.sources.interaxo.client import Interaxo
    from connector.sources.interaxo.mapping import RoomMapping

    async with open_for_reading(part.concurrency, around.timeout_s, around.network) as client:
        mapping = RoomMapping(rules_of(around.name, part, around.texts))
        source = Interaxo(client, mapping=mapping, part=part, around=around)
        try:
            yield source
        finally:
            await source.close()


async def _advise(source: Interaxo, part: InteraxoPart, known: Known) -> Sequence[Advice]:
    from connector.sources.interaxo.advice import advise

    return await advise(source, part, known)


def _choices(part: InteraxoPart, known: Known) -> Mapping[str, str]:
    from connector.sources.interaxo.advice import choices

    return choices(part, known)


INTERAXO: SourceKind[InteraxoPart, Interaxo] = SourceKind(
    kind="interaxo",
    settings=InteraxoPart,
    check=_check,
    open=_open,
    advise=_advise,
    choices=_choices,
    id_prefix="ix",
    rights=RIGHTS,
    questions=(
        Question(
            key="rooms",
            default=["*"],
            comment='globs over room or community/room; "!archive-*" excludes',
        ),
    ),
)
