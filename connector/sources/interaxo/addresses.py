"""
Pre-signed addresses of files (`content_url`): which of them may be asked for, and how, byte for byte. PURE.

Whoever writes an answer of Interaxo writes these, too: so only https (plain http on this machine itself), and only the
hosts that the settings name. They are compared by name, without port; where a name leads is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote, urlsplit

import msgspec

from connector.http.foreign_pages import LONGEST_HOST
from connector.http.hosts import is_loopback

LEGAL = "".join(chr(code) for code in range(0x21, 0x7F))
"""What stands in an address as it is: all that is printable. Only what cannot be sent at all is quoted."""


class Address(msgspec.Struct, frozen=True):
    """Where to ask, and for what."""

    base: str
    """Scheme and host, with a port where one is named."""
    path: str
    query: str


class NotAllowed(Exception):
    """An address is not asked for; in words that do not repeat it."""


def hosts_of(base_url: str, web_url: str, content_hosts: Iterable[str]) -> frozenset[str]:
    """The hosts that a signed address may name."""
    named = [urlsplit(base_url).hostname or "", urlsplit(web_url).hostname or "", *content_hosts]
    return frozenset(_one_spelling(host) for host in named if host)


def signed_address(url: str, hosts: frozenset[str], *, setting: str) -> Address:
    """
    Take a signed address apart, without changing what is signed.

    Args:
        setting: key of the setting that names further hosts, for messages.

    Raises:
        NotAllowed: it is no web address, is not encrypted, or leads to a host that is not named.
    """
    try:
        parts = urlsplit(url)
        host, port = _one_spelling(parts.hostname or ""), parts.port
    except ValueError:
        raise NotAllowed("content_url is no web address") from None
    if parts.scheme not in {"https", "http"} or not host or port == 0 or "@" in parts.netloc:
        raise NotAllowed("content_url is no web address")
    if not parts.netloc.isascii() or not parts.netloc.isprintable():
        raise NotAllowed("content_url names a host that cannot be told")
    if host not in hosts:
        raise NotAllowed(
            f"content_url leads to {host[:LONGEST_HOST]}, which is none of the hosts of this source; if it should be, add it to {setting}"
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise NotAllowed(f"content_url leads to {host} without encryption")
    # not put together again from its parts: what is signed are these very bytes
    rest = quote(url.split(parts.netloc, 1)[1].split("#", 1)[0], safe=LEGAL)
    path, _, query = rest.partition("?")
    return Address(f"{parts.scheme}://{parts.netloc}", path or "/", query)


def _one_spelling(host: str) -> str:
    host = host.strip("[]").rstrip(".").lower()
    try:
        return host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return host
