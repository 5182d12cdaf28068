"""
What every source's table of the settings has. PURE but for pydantic.

The types of values that any table may have, such as `BaseUrl`, come with it, so that a kind of source needs this module alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from pydantic import AfterValidator

from connector.configuration.values import (
    HIGHEST,
    BaseUrl,
    Count,
    Host,
    Part,
    Seconds,
    Share,
    base_url,
    secure_address,
)
from connector.sources.quiet_hours import QuietHours

__all__ = [
    "HIGHEST",
    "BaseUrl",
    "Count",
    "Host",
    "Hours",
    "MappingPart",
    "Part",
    "Seconds",
    "Share",
    "SourcePart",
    "base_url",
    "check_identities",
    "secure_address",
    "shown_to_listed",
]


def _hours(value: str) -> str:
    QuietHours(value, "UTC")
    return value


def _name_of_prefix(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,6}[a-z0-9])?", value):
        raise ValueError("expected one to eight of a-z, 0-9 and -, such as ix")
    return value


Hours = Annotated[str, AfterValidator(_hours)]


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


def are_narrower(
    now: tuple[str, Sequence[str]], before: tuple[str, Sequence[str]], widest_last: Sequence[str]
) -> bool:
    """
    Whether somebody may see less by other rights; of ways that cannot be compared somebody may.

    Args:
        now, before: `permissions` and `identities`.
        widest_last: values of `permissions`, of which each shows no less to anybody than the one before it.
    """
    if now[0] == before[0]:
        return not set(before[1]) <= set(now[1])
    if not {now[0], before[0]} <= set(widest_last):
        return True
    return widest_last.index(now[0]) < widest_last.index(before[0])


def shown_to_listed(identities: Sequence[str]) -> str:
    """What `check` says where everything is shown to the identities of a setting."""
    return f"Every document is shown to whoever has {', '.join(identities)}, whatever rights they have in the source."


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

    def people_file(self) -> str:
        """The file that names addresses by the source's ids, as the settings name it; empty where there is none of that form."""
        return self.people if self.people_by_id else ""

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

    def shows_less(self, now: SourcePart | None) -> bool:
        """
        Whether somebody may see less at once by other settings of it than by these.

        Args:
            now: None: it is taken out, so that what it has waits for a decision.
        """
        return False

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
