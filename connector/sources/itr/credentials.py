"""What signs the connector in to ITR: checked before any request, and one-time codes. PURE."""

from __future__ import annotations

import base64
import binascii

import msgspec
import pyotp

from connector.errors import SettingsError


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """What the settings say about the account; none of it ever stands in a message."""

    user_id: str
    password: str
    totp_secret: str
    company_id: str


def check_credentials(source: str, credentials: Credentials) -> None:
    """
    Check that everything can be sent: headers are latin-1 and lose blanks at their ends.

    Raises:
        SettingsError: names the key, never the value.
    """
    for name, value in msgspec.structs.asdict(credentials).items():
        key = f"sources.{source}.{name}"
        try:
            value.encode("latin-1")
        except UnicodeEncodeError:
            raise SettingsError(
                key,
                "holds a character that ITR cannot be sent: everything goes in HTTP headers, which know the letters of "
                "Western Europe (latin-1) only; use an account whose name and password keep to these",
            ) from None
        if value != value.strip() or any(ord(letter) < 32 or ord(letter) == 127 for letter in value):
            raise SettingsError(
                key,
                "begins or ends with a blank, or holds a control character; an HTTP header cannot carry it",
            )
    try:
        _key_of(credentials.totp_secret)
    except binascii.Error:
        raise SettingsError(
            f"sources.{source}.totp_secret",
            "is not a secret of an authenticator: expected letters A-Z and digits 2-7, as behind `secret=` in the otpauth address",
        ) from None


def one_time_code(secret: str, at: float) -> str:
    """Make the code that an authenticator shows at a time (RFC 6238, six digits, 30 seconds)."""
    # pyotp refuses keys below 112 bits, which servers still give out; zeros at the end of a key change no HMAC
    padded = base64.b32encode(_key_of(secret).ljust(20, b"\0")).decode()
    return pyotp.TOTP(padded).at(int(at))


def _key_of(secret: str) -> bytes:
    plain = secret.replace(" ", "").replace("-", "").rstrip("=").upper()
    return base64.b32decode(plain + "=" * (-len(plain) % 8))
