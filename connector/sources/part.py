"""What a table of the settings is, what every source's table has, and the types of its values. PURE but for pydantic."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from connector.document.durations import DAY_S
from connector.http.hosts import is_loopback
from connector.sources.quiet_hours import QuietHours

HIGHEST = 10_000_000_000


def base_url(value: str) -> str:
    """Accept an address that a key may be sent to."""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0:
        raise ValueError("expected an address such as https://host.example.com")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError(
            "expected https: over http the key would be readable by others (http is for loopback hosts only)"
        )
    if parts.query or parts.fragment or parts.username:
        raise ValueError("expected an address without user name, query or fragment")
    return value.rstrip("/")


def secure_address(value: str) -> SplitResult:
    """The parts of an address that secrets may be sent to, whatever its path and query."""
    parts = urlsplit(value)
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or (parts.scheme == "http" and not is_loopback(parts.hostname))
    ):
        raise ValueError("expected an address that begins with https:// (http is for loopback hosts only)")
    return parts


def _host(value: str) -> str:
    """A host's name: no scheme, no port, no path."""
    parts = urlsplit(f"//{value}")
    if (
        not parts.hostname
        or parts.netloc != value
        or "@" in value
        or ":" in value.rpartition("]")[2]
        or "*" in value
    ):
        raise ValueError("expected the name of a host, such as files.example.com")
    return value.lower()


def _hours(value: str) -> str:
    QuietHours(value, "UTC")
    return value


def _name_of_prefix(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,6}[a-z0-9])?", value):
        raise ValueError("expected one to eight of a-z, 0-9 and -, such as ix")
    return value


BaseUrl = Annotated[str, AfterValidator(base_url)]
Host = Annotated[str, AfterValidator(_host)]
Hours = Annotated[str, AfterValidator(_hours)]
Seconds = Annotated[float, Field(gt=0, le=DAY_S)]
Count = Annotated[int, Field(ge=1, le=HIGHEST)]
Share = Annotated[float, Field(gt=0, le=1)]


def check_identities(permissions: str, identities: Sequence[str], example: str) -> None:
    """
    Check that identities are listed where everything is shown to those who carry them, and nowhere else.

    Raises:
        ValueError: they are missing, or would do nothing.
    """
    if permissions == "fixed" and not identities:
        raise ValueError(f'permissions = "fixed" needs identities, such as identities = ["{example}"]')
    if permissions != "fixed" and identities:
        raise ValueError('identities goes with permissions = "fixed" only')


def shown_to_listed(identities: Sequence[str]) -> str:
    """What `check` says where everything is shown to the identities of a setting."""
    return f"Every document is shown to whoever has {', '.join(identities)}, whatever rights they have in the source."


class Part(BaseModel):
    """A table of the settings file; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class MappingPart(Part):
    """[sources.NAME.mapping.KIND]: templates and lists; absent keys mean the default."""

    type: str | None = None
    title: str | None = None
    summary: str | None = None
    keywords: str | None = None
    best_bets: list[str] | None = None
    facets: list[str] | None = None
    exclude: str | None = None


class SourcePart(Part):
    """
    [sources.NAME]: what every source has, and what is asked of its settings before it is opened.

    A kind of source adds its own keys, above all `kind: Literal["its-name"]`, and answers what is not as here.
    """

    kind: str
    target: str = ""
    id_prefix: Annotated[str, AfterValidator(_name_of_prefix)]
    people: str = ""
    """CSV (id, e-mail) of people whom the source does not name; below the folder of the settings file."""

    people_by_id: ClassVar[bool] = True
    """Whether the file `people` names addresses by the source's ids; else the source reads it itself, in a form of its own."""
    hints: ClassVar[Mapping[str, str]] = {}
    """By key: what is to be known of it where it is missing or wrong."""

    def addresses(self) -> tuple[str, ...]:
        """Every address that it names and calls, the one that it is read from first; none where only files are read."""
        return ()

    def id_prefixes(self) -> tuple[str, ...]:
        """What its documents' ids begin with."""
        return (self.id_prefix,)

    def quiet_hours(self) -> str:
        """Daily hours in which runs that read everything leave it in peace, such as 07:00-17:00; empty: none."""
        return ""

    def reads_files(self) -> bool:
        """Whether texts are extracted from files of it."""
        return False

    def calls_at_once(self) -> int:
        """How many connections it keeps open at most."""
        return 0

    def secrets(self) -> list[str]:
        """What no log may show, besides its fields of type SecretStr."""
        return []

    def exposure(self) -> str:
        """Say who is shown what, as these settings choose it, and what that costs; a sentence or two."""
        raise NotImplementedError

    def scopes_in_words(self, key: str, found: int, chosen: int) -> str:
        """
        Say how many of its scopes are read, after "Signed in; ".

        Args:
            key: of its table, such as sources.rooms.
        """
        return f"{chosen} of {found} scopes are read."
