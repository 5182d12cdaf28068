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
from urllib.parse import parse_qsl, quote_plus, unquote

HIDDEN = "***"
LEAST = 4
"""Characters of the shortest secret that is looked for; a shorter one is in half of all words."""
NO_WORD = 8
"""Characters from which on something made of several kinds of characters can be no word."""
LONG = 20
"""Characters from which on anything can be no word."""
SIGNATURE = 12
"""Characters of the shortest value of a signed address that is taken for a key."""
MOST_PASSING = 200
"""Tokens that are remembered, those that were used last, and so many signatures; older ones have ended."""

_ADDRESS = re.compile(r"(https?://[^\s\"'<>?]+\?)([^\s\"'<>]+)")
_SIGNED = re.compile(rf"(?<==)[^&=;#\\]{{{SIGNATURE},}}|^[^&=;#\\]{{{SIGNATURE},}}(?=$|[&;#\\])")
_NAMED = re.compile(
    r"(?i)((?:(?:token|secret|password|api[_-]?key|authorization)(?:\\?[\"'])?\s*[:=]\s*(?:\\?[\"'])?(?:(?:bearer|basic) )?"
    r"|\b(?:bearer|basic) ))([\w+/.~-]+=*)"
)
"""A name or a scheme, and what follows it."""
_WEB_TOKEN = re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?")

_LOGIN = re.compile(r"(?s)^([\w+.-]*:/{1,2})?(.*)@")
"""Who logs in at a database: up to the last `@`, since people write passwords as they are."""

_lasting: dict[str, _Secret] = {}
_tokens: OrderedDict[str, _Secret] = OrderedDict()
_signatures: OrderedDict[str, _Secret] = OrderedDict()
"""Apart from tokens: of these, a run over many files receives hundreds while one token serves."""


def keep(secrets: Iterable[str]) -> None:
    """Know the secrets of settings; those of earlier ones stay known, since a neighbour may still repeat them."""
    for secret in secrets:
        if len(secret) >= LEAST and secret not in _lasting:
            _lasting[secret] = _Secret(secret)


def keep_token(token: str) -> None:
    """Know a token that was fetched and will end; whoever uses it for long says so again, since others are fetched meanwhile."""
    _keep_passing(token, _tokens)


def keep_address(url: str) -> None:
    """Know what makes a signed address a key: its query, and each long value in it."""
    query = url.partition("?")[2].partition("#")[0]
    _keep_passing(query, _signatures)
    for _, value in parse_qsl(query):
        if len(value) >= SIGNATURE:
            _keep_passing(value, _signatures)


def _keep_passing(secret: str, known: OrderedDict[str, _Secret]) -> None:
    if len(secret) < NO_WORD:
        return
    if secret not in known:
        while len(known) >= MOST_PASSING:
            known.popitem(last=False)
        known[secret] = _Secret(secret)
    known.move_to_end(secret)


def passwords_of(url: str) -> list[str]:
    """What is secret in the URL of a database: its passwords, as they are written and as they are meant."""
    before, _, query = url.partition("?")
    found = [login[2].partition(":")[2] for login in map(_LOGIN.match, (before, url)) if login]
    pairs = (one.partition("=") for one in query.split("&"))
    found += [value for name, _, value in pairs if "password" in name.lower()]
    return sorted({one for written in found for one in (written, unquote(written)) if one})


def without_login(url: str) -> str:
    """The URL of a database as it may be told: without who logs in, and without what else is told to the driver."""
    return _LOGIN.sub(r"\1", url).partition("?")[0]


def forget() -> None:
    """Know nothing: for tests."""
    _lasting.clear()
    _tokens.clear()
    _signatures.clear()


def hide(text: str) -> str:
    """Hide every known secret in somebody else's words."""
    return _replace(text, all_of_them=True)


def hide_in_ours(text: str) -> str:
    """Hide in our own words every known secret that can be no word."""
    return _replace(text, all_of_them=False)


def hide_in_old(text: str) -> str:
    """
    Hide secrets in what an earlier release wrote down as it came: the known ones, and what looks like a token or the
    signature of an address. Those were known to the process that wrote them, and to nobody since.
    """
    text = _ADDRESS.sub(lambda found: found[1] + _SIGNED.sub(HIDDEN, found[2]), hide_in_ours(text))
    text = _NAMED.sub(lambda found: found[1] + (HIDDEN if can_be_no_word(found[2]) else found[2]), text)
    return _WEB_TOKEN.sub(HIDDEN, text)


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
    found = [
        one
        for one in (*_lasting.values(), *_tokens.values(), *_signatures.values())
        if (all_of_them or one.no_word) and one.may_be_in(text)
    ]
    for one in sorted(found, key=lambda one: -one.length):  # one may be a part of another
        text = one.hide(text)
    return text


def can_be_no_word(secret: str) -> bool:
    """Whether a secret is too odd to be met by chance."""
    plain = secret.isalpha() and secret in {secret.lower(), secret.upper(), secret.capitalize()}
    return len(secret) >= LONG or (len(secret) >= NO_WORD and not plain)


class _Secret:
    """How one secret is looked for: first its plainest piece, which is cheap, and only then all its forms."""

    def __init__(self, secret: str) -> None:
        self.length = len(secret)
        self.no_word = can_be_no_word(secret)
        self._secret = secret
        self._piece = max(re.findall(r"[A-Za-z0-9]*", secret), key=len)
        self._in_base64 = sorted(_in_base64(secret), key=lambda core: (-len(core), core))
        self._pattern: re.Pattern[str] | None = None

    def may_be_in(self, text: str) -> bool:
        """Whether it is worth to look closely."""
        return self._piece in text or any(core in text for core in self._in_base64)

    def hide(self, text: str) -> str:
        """Replace it in every form."""
        if self._pattern is None:
            self._pattern = re.compile("".join(map(_one, self._secret)))
        text = self._pattern.sub(HIDDEN, text)
        for core in self._in_base64:
            text = text.replace(core, HIDDEN)
        return text


def _one(character: str) -> str:
    """An expression for a character as it is, and as JSON, HTML, addresses and Python may write it."""
    if character.isascii() and character.isalnum():
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    octets = character.encode("utf-8", "surrogatepass")
    hexed = ["".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))]
    hexed += ["".join(f"\\x{one:02x}" for one in octets), "".join(f"%{one:02x}" for one in octets)]
    hexed += [f"\\x{ord(character):02x}", f"&#x{ord(character):x};"]
    if character.isprintable() and ord(character) < 256:
        hexed.append(f"%{ord(character):02x}")  # as an address in Latin-1 has it
    forms = {
        character,
        json.dumps(character)[1:-1],
        repr(character)[1:-1],
        html.escape(character),
        f"&#{ord(character)};",
        quote_plus(character, errors="surrogatepass"),
        *([f"\\{character}"] if character in "\"'/" else []),
        *hexed,
        *(
            re.sub(r"(?<=[u%x#])[0-9a-f]+|(?<=%)[0-9a-f]{2}", lambda found: found[0].upper(), one)
            for one in hexed
        ),
    }
    return f"(?:{'|'.join(re.escape(form) for form in sorted(forms, key=lambda form: (-len(form), form)))})"


def _in_base64(secret: str) -> set[str]:
    """What base64 makes of a secret wherever it stands in what is encoded, as far as its neighbours do not matter."""
    octets = secret.encode("utf-8", "surrogatepass")
    cores = set()
    for before in range(3):
        written = b64encode(b"\0" * before + octets).decode().rstrip("=")
        core = written[(before * 8 + 5) // 6 : (before + len(octets)) * 8 // 6]
        if len(core) >= NO_WORD:
            cores |= {core, core.replace("+", "-").replace("/", "_")}
    return cores
