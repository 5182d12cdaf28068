"""[sources.NAME] with kind = "itr", and what these settings mean in words."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, SecretStr, model_validator

from connector.sources.part import (
    BaseUrl,
    MappingPart,
    Share,
    SourcePart,
    are_narrower,
    check_identities,
    shown_to_listed,
)

CONCURRENCY = 4
"""Calls at once; ITR counts them by the second anyway."""
RIGHTS = {
    "company": "every record is shown to every office user of the company",
    "manager": "each record is shown to whoever manages it, and to the supervisors",
    "fixed": "whoever has an identity that you list finds everything, whatever rights they have in ITR",
}
"""Ways to read who may see what, each with what it exposes."""


def _key_of_company(value: str) -> str:
    if not value:
        return ""
    try:
        return str(UUID(value))
    except ValueError as error:
        raise ValueError(
            "expected the id of a company, such as b56e7e58-943b-503c-8f57-cc677ef3f396"
        ) from error


RecordKind = Literal[
    "sessions",
    "tests",
    "batteries",
    "reportdefinitions",
    "groups",
    "organisations",
    "persons",
    "generatedreports",
]


class ItrPart(SourcePart):
    """Everything that can be set of a source that reads records of ITR."""

    kind: Literal["itr"]
    base_url: BaseUrl
    web_url: BaseUrl
    user_id: SecretStr
    password: SecretStr
    totp_secret: SecretStr = SecretStr("")
    company_id: Annotated[str, AfterValidator(_key_of_company)] = ""
    records: list[RecordKind] = ["sessions", "tests", "batteries", "reportdefinitions"]
    person_names: bool = False
    fields: dict[RecordKind, list[str]] = {}
    archived: bool = True
    permissions: Literal["company", "manager", "fixed"] = "company"
    identities: list[str] = []
    calls_per_s: Annotated[float, Field(gt=0, le=10_000)] = 5
    audience_share: Share = 0.02
    mapping: dict[RecordKind, MappingPart] = {}

    @model_validator(mode="after")
    def _fits(self) -> ItrPart:
        check_identities(self.permissions, self.identities, "itr:group:everyone/all")
        return self

    def addresses(self) -> tuple[str, ...]:
        """The API."""
        return (self.base_url,)

    def id_prefixes(self) -> tuple[str, ...]:
        """Ids of the company's records, and of those of the central catalogue: these begin with the prefix and an m."""
        return (self.id_prefix, f"{self.id_prefix}-m")

    def calls_at_once(self) -> int:
        """A few."""
        return CONCURRENCY

    def shows_less(self, now: SourcePart | None) -> bool:
        """Whether rights are read that some lack, or documents tell less of their records."""
        if not isinstance(now, ItrPart):
            return False
        rights = (now.permissions, now.identities), (self.permissions, self.identities)
        untold = any(set(names) - set(now.fields.get(kind, ())) for kind, names in self.fields.items())
        nameless = self.person_names and not now.person_names
        return untold or nameless or are_narrower(*rights, ("manager", "company"))

    def exposure(self) -> str:
        """What the choice of `permissions` exposes."""
        if self.permissions == "fixed":
            return shown_to_listed(self.identities)
        if self.permissions == "company":
            return (
                "Every record is shown to every office user of the company; those who may work with their own objects only find what they manage. "
                "This reads the list of logins."
            )
        return (
            "A record is shown to whoever manages it, and to the supervisors but those who may work with their own objects only. "
            "This reads the list of logins."
        )

    def scopes_in_words(self, key: str, found: int, chosen: int) -> str:
        """How many kinds of records are read."""
        return f"{chosen} of {found} lists of records are read, as {key}.records says."
