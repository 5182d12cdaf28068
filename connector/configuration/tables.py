"""The tables of the settings that belong to no source: which keys there are, what each may be, and what it is where nobody says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, Field, SecretStr

from connector.configuration.values import HIGHEST, Count, Part, Seconds, base_url
from connector.daemon.schedule import Schedule
from connector.document.durations import DAY_S, HOUR_S


def _interact_host(value: str) -> str:
    """Accept the three forms in which Interact writes its API host: bare, with scheme, with `/api` (contract, section 1)."""
    url = value if "://" in value else f"https://{value}"
    return base_url(re.sub(r"/api/?$", "", url))


def _cron(value: str) -> str:
    if value:
        try:
            Schedule(value, "UTC")
        except ValueError as error:
            raise ValueError(
                f"expected five cron fields such as '*/15 * * * *', or empty for never: {error}"
            ) from error
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        if not available_timezones():
            raise ValueError(
                f"the time zone {value!r} cannot be looked up: this machine has no time zone database. "
                "Install the package tzdata (of the system, or with pip)"
            ) from error
        raise ValueError(f"expected a time zone such as Europe/Oslo, not {value!r}") from error
    return value


def here_zone() -> str:
    """The time zone of this machine, as far as it says; else UTC."""
    try:
        name = Path("/etc/localtime").resolve().as_posix().partition("/zoneinfo/")[2]
        return _zone(name) if name and name != "Etc/UTC" else "UTC"
    except (OSError, ValueError):
        return "UTC"


class LedgerPart(Part):
    """[ledger]"""

    url: str = "sqlite:///var/ledger.db"


class HttpPart(Part):
    """[http]"""

    proxy: str = "environment"
    proxy_password: SecretStr = SecretStr("")
    ca_file: str = ""
    max_answer_bytes: Annotated[int, Field(ge=1_000, le=HIGHEST)] = 100_000_000
    timeout_s: Seconds = 30
    session_timeout_s: Seconds = 600
    attempts: Annotated[int, Field(ge=1, le=20)] = 5
    backoff_max_s: Seconds = 60
    settle_s: Annotated[float, Field(ge=0, le=DAY_S)] = 120


class PeoplePart(Part):
    """[targets.NAME.people]"""

    match: Literal["email", "username"] = "email"
    domains: dict[str, str] = {}


class TargetPart(Part):
    """[targets.NAME]"""

    base_url: Annotated[str, AfterValidator(_interact_host)]
    tenant: Annotated[str, Field(min_length=1)]
    app_id: Annotated[int, Field(ge=0)]
    api_key: SecretStr
    sessions: bool = True
    batch_documents: Annotated[int, Field(ge=1, le=5_000)] = 100
    batch_bytes: Annotated[int, Field(ge=10_000, le=100_000_000)] = 4_000_000
    concurrency: Annotated[int, Field(ge=1, le=64)] = 4
    people: PeoplePart = PeoplePart()


class SchedulePart(Part):
    """[schedule]"""

    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    delta: Annotated[str, AfterValidator(_cron)] = "*/15 * * * *"
    full: Annotated[str, AfterValidator(_cron)] = "30 2 * * 0"


class SafetyPart(Part):
    """[safety]"""

    max_deletes: Annotated[int, Field(ge=0, le=HIGHEST)] = 500
    max_delete_ratio: Annotated[float, Field(ge=0, le=1)] = 0.10
    max_widened: Annotated[int, Field(ge=0, le=HIGHEST)] = 500
    audience_max_age_days: Annotated[float, Field(gt=0, le=3650)] = 7


class MembershipsPart(Part):
    """[people]"""

    every: Annotated[str, AfterValidator(_cron)] = "*/15 * * * *"
    max_age_h: Annotated[float, Field(gt=0, le=8_760)] = 2


class OcrPart(Part):
    """[text.ocr]"""

    languages: list[Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{1,30}$")]] = []
    """Of Tesseract, three letters each; empty: off."""
    max_pages: Annotated[int, Field(ge=1, le=2_000)] = 20
    budget_s: Annotated[float, Field(gt=0, le=DAY_S * 64)] = HOUR_S
    """Of processor time, a day."""
    at: Annotated[str, AfterValidator(_cron)] = "0 22 * * *"


class TextPart(Part):
    """[text]"""

    max_file_bytes: Count = 50_000_000
    max_text_bytes: Annotated[int, Field(ge=0, le=100_000_000)] = 1_000_000
    encoding: Literal["text", "base64"] = "text"
    timeout_s: Seconds = 60
    memory_mb: Annotated[int, Field(ge=128, le=1_000_000)] = 700
    workers: Annotated[int, Field(ge=1, le=64)] = 2
    cache: str = "var/text"
    cache_bytes: Count = 5_000_000_000
    ocr: OcrPart = OcrPart()

    @property
    def files_by(self) -> str:
        """Names what decides which text a file has and maps nothing anew: who walks rooms for a run has it as that run does."""
        ocr = self.ocr
        return f"max_file_bytes={self.max_file_bytes};languages={'+'.join(ocr.languages)};max_pages={ocr.max_pages}"


class ServicePart(Part):
    """[service]"""

    listen: str = "127.0.0.1:9470"
    token: SecretStr | None = None
    ready_after_h: Annotated[float, Field(gt=0)] = 24
    log_format: Literal["json", "console"] = "json"
    log_names: bool = False
