"""
Secrets are hidden: once, here, before anything is encoded or stored.

What is known: the secrets of the settings, tokens when they are fetched, signed addresses when they are received. What
others say (the words of a neighbour, of a library, of a traceback) is searched for all of them, as they are and as they
would be escaped. What we say ourselves is searched only for what can be no word: `live` may be somebody's client id,
and is a word of every report.
"""

from __future__ import annotations

import html
import json
import re
from base64 import b64encode
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

HIDDEN = "***"
LEAST = 4
"""Characters of the shortest secret that is looked for; a shorter one is in half of all words."""
NO_WORD = 8
"""Characters from which on something made of several kinds of characters can be no word."""
LONG = 20
"""Characters from which on anything can be no word."""
MOST_PASSING = 500
"""Tokens and signatures that are remembered, the last ones; older ones have ended."""

_lasting: dict[str, None] = {}
_passing: OrderedDict[str, None] = OrderedDict()
_patterns: dict[bool, re.Pattern[str] | None] = {}


def keep(secrets: Iterable[str]) -> None:
    """Know the secrets of settings; those of earlier ones stay known, since a neighbour may still repeat them."""
    for secret in secrets:
        if len(secret) >= LEAST and secret not in _lasting:
            _lasting[secret] = None
            _patterns.clear()


def keep_token(token: str) -> None:
    """Know what was fetched or received and will end: a token, a signature."""
    if len(token) < NO_WORD:
        return
    if token not in _passing:
        _patterns.clear()
        while len(_passing) >= MOST_PASSING:
            _passing.popitem(last=False)
    _passing[token] = None
    _passing.move_to_end(token)


def keep_address(url: str) -> None:
    """Know what makes a signed address a key: its query, and each value in it."""
    try:
        query = urlsplit(url).query
    except ValueError:
        query = url.partition("?")[2]
    if query:
        keep_token(query)
        for _, value in parse_qsl(query):
            keep_token(value)


def forget() -> None:
    """Know nothing: for tests."""
    _lasting.clear()
    _passing.clear()
    _patterns.clear()


def hide(text: str) -> str:
    """Hide every known secret in somebody else's words."""
    return _replace(text, all_of_them=True)


def hide_in_ours(text: str) -> str:
    """Hide in our own words every known secret that can be no word."""
    return _replace(text, all_of_them=False)


def hidden(value: Any) -> Any:
    """A value of lists, tables and texts for us to encode, without secrets; keys are ours and stay."""
    if isinstance(value, str):
        return hide_in_ours(value)
    if isinstance(value, dict):
        return {key: hidden(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [hidden(inner) for inner in value]
    return value


def _replace(text: str, *, all_of_them: bool) -> str:
    if not _lasting and not _passing:
        return text
    if all_of_them not in _patterns:
        _patterns[all_of_them] = _pattern(all_of_them)
    pattern = _patterns[all_of_them]
    return pattern.sub(HIDDEN, text) if pattern is not None else text


def _pattern(all_of_them: bool) -> re.Pattern[str] | None:
    forms = {
        form
        for secret in (*_lasting, *_passing)
        if all_of_them or can_be_no_word(secret)
        for form in _forms(secret)
    }
    longest_first = sorted(forms, key=lambda form: (-len(form), form))
    return re.compile("|".join(re.escape(form) for form in longest_first)) if longest_first else None


def can_be_no_word(secret: str) -> bool:
    """Whether a secret is too odd to be met by chance."""
    if len(secret) >= LONG:
        return True
    kinds = {"letter" if one.isalpha() else "digit" if one.isdigit() else "other" for one in secret} | {
        "both cases" for _ in [0] if secret != secret.lower() and secret != secret.capitalize()
    }
    return len(secret) >= NO_WORD and len(kinds) > 1


def _forms(secret: str) -> set[str]:
    """A secret as it is, and as JSON, HTML, addresses, Python and base64 would write it."""
    try:
        octets = secret.encode()
    except UnicodeEncodeError:
        return {secret}
    forms = {
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        json.dumps(secret)[1:-1].replace("/", "\\/"),
        html.escape(secret),
        html.escape(secret).replace("&quot;", "&#34;").replace("&#x27;", "&#39;"),
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        repr(secret)[1:-1],
        repr(octets)[2:-1],
    }
    forms |= {re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), form) for form in forms if "%" in form}
    for digits in ("{:04x}", "{:04X}"):  # as .NET writes JSON, and as others write what is no ASCII
        forms.add(
            "".join(
                one
                if one.isalnum() and one.isascii()
                else _escaped(one, digits)
                if one in "\"'<>&+`\\" or not one.isascii()
                else one
                for one in secret
            )
        )
    for before in range(3):  # where it stands in what is encoded decides how base64 writes it
        written = b64encode(b"\0" * before + octets).decode().rstrip("=")
        core = written[(before * 8 + 5) // 6 : (before + len(octets)) * 8 // 6]
        if len(core) >= NO_WORD:
            forms |= {core, core.replace("+", "-").replace("/", "_")}
    return {form for form in forms if len(form) >= LEAST}


def _escaped(one: str, digits: str) -> str:
    return "".join(
        "\\u" + digits.format(int.from_bytes(pair, "big"))
        for pair in (one.encode("utf-16-be")[at : at + 2] for at in range(0, len(one.encode("utf-16-be")), 2))
    )
