"""[canary]: whether the intranet's search is asked, how, and as whom."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from connector.configuration.values import Part, secure_address

WORDS = "{words}"
"""What stands in the address of a search for the words that are looked for."""
A_DAY_MIN = 1_440


def _address(value: str) -> str:
    if value and secure_address(value).username:
        raise ValueError("expected an address without a user name: canary.person is who signs in")
    return value


def _search(value: str) -> str:
    if value and (WORDS not in value or WORDS in urlsplit(value).netloc):
        raise ValueError(
            f"expected an address with {WORDS} for what is searched for, such as "
            "https://intranet.example.com/api/search?searchTerm={words}"
        )
    return _address(value)


def _path(value: str) -> str:
    if not re.fullmatch(r"([^.\s]+(\.[^.\s]+)*)?", value):
        raise ValueError(
            "expected names with points between, such as Results or data.items; empty: the answer is the list"
        )
    return value


class CanaryPart(Part):
    """[canary]"""

    reader: Literal["", "sandbox", "web"] = ""
    """How the search is asked; empty: not at all."""
    target: str = ""
    person: SecretStr = SecretStr("")
    """Who may see it: address or user name, as `targets.NAME.people.match` has it."""
    password: SecretStr = SecretStr("")
    stranger: SecretStr = SecretStr("")
    stranger_password: SecretStr = SecretStr("")
    search_url: Annotated[str, AfterValidator(_search)] = ""
    token_url: Annotated[str, AfterValidator(_address)] = ""
    """Where a user name and a password get a token; empty: they go with each search (Basic)."""
    results: Annotated[str, AfterValidator(_path)] = "Results"
    """Where the list of what was found stands in an answer."""
    patience_min: Annotated[float, Field(gt=0, le=A_DAY_MIN)] = 60

    @property
    def needed(self) -> tuple[str, ...]:
        """Secrets without which nobody can search."""
        if not self.reader:
            return ()
        return ("person", "stranger") + (("password", "stranger_password") if self.reader == "web" else ())

    @model_validator(mode="after")
    def _whole(self) -> CanaryPart:
        if self.reader == "web" and not self.search_url:
            raise ValueError('reader = "web" needs canary.search_url')
        person, stranger = (one.get_secret_value().strip().lower() for one in (self.person, self.stranger))
        if person and person == stranger:
            raise ValueError(
                "canary.person and canary.stranger are the same: the stranger is somebody who may not see what the person sees"
            )
        return self
