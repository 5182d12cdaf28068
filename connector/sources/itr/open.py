"""How a source that reads records of ITR is checked, opened and asked about. Its client is loaded when it is opened."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from connector.sources.itr.settings import CONCURRENCY, RIGHTS, ItrPart
from connector.sources.kind import Known, Question, SourceKind, Surroundings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from connector.ports.source import Advice, SourceNotes
    from connector.sources.itr.client import Itr
    from connector.sources.itr.credentials import Credentials
    from connector.sources.itr.mapping import Rules


def rules_of(name: str, part: ItrPart) -> Rules:
    """Plain values of what decides about a source's documents."""
    from connector.sources.itr.mapping import Rules

    return Rules(
        source=name,
        prefix=part.id_prefix,
        web_url=part.web_url,
        records=tuple(part.records),
        person_names=part.person_names,
        fields={kind: tuple(names) for kind, names in part.fields.items()},
        archived=part.archived,
        overrides={kind: override.model_dump(exclude_none=True) for kind, override in part.mapping.items()},
    )


def _credentials_of(part: ItrPart) -> Credentials:
    from connector.sources.itr.credentials import Credentials

    return Credentials(
        user_id=part.user_id.get_secret_value(),
        password=part.password.get_secret_value(),
        totp_secret=part.totp_secret.get_secret_value(),
        company_id=part.company_id,
    )


def _check(name: str, part: ItrPart) -> None:
    from connector.sources.itr.credentials import check_credentials
    from connector.sources.itr.mapping import check_rules

    check_rules(rules_of(name, part))
    check_credentials(name, _credentials_of(part))


@asynccontextmanager
async def _open(part: ItrPart, around: Surroundings) -> AsyncIterator[Itr]:
    from connector.http.any_letters import AnyLetters
    from connector.sources.itr.client import Itr
    from connector.sources.itr.mapping import RecordMapping

    async with AnyLetters(CONCURRENCY, around.timeout_s, around.network) as client:
        source = Itr(
            client,
            mapping=RecordMapping(rules_of(around.name, part)),
            credentials=_credentials_of(part),
            part=part,
            around=around,
        )
        try:
            yield source
        finally:
            await source.close()


async def _advise(source: Itr, part: ItrPart, known: Known) -> Sequence[Advice]:
    from connector.sources.itr.advice import advise

    return await advise(source, part, known)


def _erase(notes: SourceNotes, native: str) -> None:
    from connector.sources.itr.reports import erase

    erase(notes, native)


def _choices(part: ItrPart, known: Known) -> Mapping[str, str]:
    return {}


ITR: SourceKind[ItrPart, Itr] = SourceKind(
    kind="itr",
    settings=ItrPart,
    check=_check,
    open=_open,
    advise=_advise,
    choices=_choices,
    erase=_erase,
    id_prefix="itr",
    rights=RIGHTS,
    questions=(
        Question(key="base_url", words="Address of its API", comment="where its API answers"),
        Question(
            key="web_url", words="Address where people open ITR", comment="where people open its records"
        ),
    ),
)
