"""What a table of the settings is, and the types of values that several tables have. PURE but for pydantic."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from connector.document.durations import DAY_S
from connector.http.hosts import can_be_named, is_loopback

HIGHEST = 10_000_000_000
"""Of any count."""


def base_url(value: str) -> str:
    """Accept an address that a key may be sent to."""
    parts = urlsplit(value)
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or not can_be_named(parts.hostname)
        or parts.port == 0
    ):
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
        or not can_be_named(parts.hostname)
        or (parts.scheme == "http" and not is_loopback(parts.hostname))
    ):
        raise ValueError(
            "expected an address that begins with https:// (http is for loopback hosts only) and the name of a host"
        )
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
        or not can_be_named(parts.hostname)
    ):
        raise ValueError("expected the name of a host, such as files.example.com")
    return value.lower()


BaseUrl = Annotated[str, AfterValidator(base_url)]
Host = Annotated[str, AfterValidator(_host)]
Seconds = Annotated[float, Field(gt=0, le=DAY_S)]
Count = Annotated[int, Field(ge=1, le=HIGHEST)]
Share = Annotated[float, Field(gt=0, le=1)]


class Part(BaseModel):
    """A table of the settings file; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)
