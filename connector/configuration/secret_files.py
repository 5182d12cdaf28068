"""Secrets from files, as people and their editors leave them, and what no secret can be."""

from __future__ import annotations

from pathlib import Path

from connector.errors import SettingsError


def read_secret(file: Path, key: str) -> str:
    """
    Read a secret: the one line of a file, without the mark that Notepad puts before it.

    Raises:
        SettingsError: the file cannot be read; names the key.
    """
    try:
        return file.read_text(encoding="utf-8-sig").strip("\r\n")
    except UnicodeDecodeError as error:
        raise SettingsError(
            key, "the secret file is not UTF-8; save it as UTF-8", origin=str(file)
        ) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SettingsError(key, f"the secret file cannot be read: {reason}", origin=str(file)) from error


def check_secret(secret: str, key: str, origin: str, *, required: bool) -> None:
    """
    Refuse before any request what is no secret.

    Raises:
        SettingsError: names the key, and never what it holds.
    """
    if required and not secret.strip():
        raise SettingsError(key, "is empty", origin=origin)
    if len(secret.splitlines()) > 1:
        raise SettingsError(key, "has several lines, but a secret is one line", origin=origin)
    if any(one < " " or one == "\x7f" or one == "\ufeff" for one in secret):
        raise SettingsError(
            key, "contains a control character (such as NUL); write the file again", origin=origin
        )
