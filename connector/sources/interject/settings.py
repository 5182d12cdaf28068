"""[sources.NAME] with kind = "interject", and what these settings mean in words."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from connector.sources.part import MappingPart, SourcePart


def _web_address(value: str) -> str:
    """An address that people can open; nothing is sent to it."""
    parts = urlsplit(value)
    if value and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.username):
        raise ValueError("expected a web address such as https://intranet.example.com/interject, or nothing")
    return value


def _named(value: str) -> str:
    if not value.strip():
        raise ValueError("expected a file, a folder, or a pattern such as imports/*.csv")
    return value


class InterjectPart(SourcePart):
    """Everything that can be set of a source that reads exports of Interject's report library."""

    people_by_id: ClassVar[bool] = False

    kind: Literal["interject"]
    exports: Annotated[list[Annotated[str, AfterValidator(_named)]], Field(min_length=1)]
    roles: str = ""
    identities: list[str] = []
    help_url: Annotated[str, AfterValidator(_web_address)] = ""
    max_age_days: Annotated[float, Field(gt=0, le=3_650)] = 35
    mapping: dict[Literal["report", "folder"], MappingPart] = {}

    @model_validator(mode="after")
    def _fits(self) -> InterjectPart:
        if not self.roles and not self.identities:
            raise ValueError(
                "nothing says who may see the library: set roles to a file (folder, role), or identities, such as "
                'identities = ["interject:group:everyone/all"]'
            )
        if self.roles and self.identities:
            raise ValueError("identities has no effect beside roles; remove one of them")
        return self

    def shows_less(self, now: SourcePart | None) -> bool:
        """Whether other identities are shown it, or another file says who."""
        if not isinstance(now, InterjectPart):
            return False
        return self.roles != now.roles or not set(self.identities) <= set(now.identities)

    def exposure(self) -> str:
        """Who is shown what."""
        if self.roles:
            return (
                "A folder and its reports are shown to the roles that the roles file names for it, within those of the folder above; "
                "a folder that it does not name is shown to all roles."
            )
        return f"Every folder and report is shown to whoever has {', '.join(self.identities)}."

    def scopes_in_words(self, key: str, found: int, chosen: int) -> str:
        """It is one library."""
        return f"the report library is read from {key}.exports."
