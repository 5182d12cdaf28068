"""[notify]: who is told of runs, and how."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field, SecretStr, create_model, model_validator

from connector.configuration.values import Host, Part, secure_address
from connector.http.hosts import HIGHEST_PORT

Told = Literal["failed", "braked", "withheld", "stalled", "late", "settings", "recovered"]
_PART = r'[^\s@<>,;:()\[\]"\\]+'
_ADDRESS = re.compile(rf"{_PART}@({_PART}|\[[A-Za-z0-9:.]+\])")
"""Nothing that has a meaning in a header: of some of it, such as x@, the standard library makes no mail."""


def mail_address(value: str) -> str:
    """Accept a mail address as it is written to a server: no name before it, nothing that begins another line."""
    if not value.isprintable() or not _ADDRESS.fullmatch(value):
        raise ValueError("expected a mail address such as connector@example.com")
    return value


def _secret_address(value: SecretStr) -> SecretStr:
    if address := value.get_secret_value():
        secure_address(address)
    return value


MailAddress = Annotated[str, AfterValidator(mail_address)]


class _SmtpPart(Part):
    """[notify.smtp]"""

    host: Host
    port: Annotated[int, Field(ge=1, le=HIGHEST_PORT)] = 587
    to: list[MailAddress] = []
    user: SecretStr = SecretStr("")
    password: SecretStr = SecretStr("")

    @property
    def sender(self) -> str:
        """Who the mails are from."""
        return str(getattr(self, "from"))

    @model_validator(mode="after")
    def _both(self) -> Any:
        if bool(self.user.get_secret_value()) != bool(self.password.get_secret_value()):
            raise ValueError("user and password go together: give both, or neither")
        return self


if TYPE_CHECKING:
    SmtpPart = _SmtpPart
else:
    # `from` is no name that a class of Python can give a field
    SmtpPart = create_model("SmtpPart", __base__=_SmtpPart, **{"from": (MailAddress, ...)})


class NotifyPart(Part):
    """[notify]"""

    on: list[Told] = ["failed", "braked", "withheld", "stalled", "late", "settings", "recovered"]
    withheld_runs: Annotated[int, Field(ge=1, le=10_000)] = 3
    owners: str = ""
    webhook: Annotated[SecretStr, AfterValidator(_secret_address)] = SecretStr("")
    webhook_form: Literal["json", "text"] = "json"
    smtp: SmtpPart | None = None

    @model_validator(mode="after")
    def _by_mail(self) -> NotifyPart:
        if self.owners and self.smtp is None:
            raise ValueError("owners are told by mail: [notify.smtp] is needed")
        return self
