"""Addresses that people click. PURE."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote, urlsplit

LONGEST_LINK = 8_000
"""Characters; RFC 9110, 4.1, has everybody take as many."""


def link_of(web_url: str, community: str, room: str, native: str) -> str:
    """Where a click opens an item."""
    return _links_of(web_url, community, room).replace("{id}", quoted(native))


def web_link(url: str | None) -> str:
    """An address that is safe to click; empty for anything but http and https, and where no browser takes it for its length."""
    if not url or len(url) > LONGEST_LINK:  # what is taken apart is kept, by Python, some of it
        return ""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    return url.strip() if parts.scheme in {"http", "https"} and parts.netloc else ""


@lru_cache(maxsize=1_000)
def _links_of(web_url: str, community: str, room: str) -> str:
    """The address of a room's items, with `{id}` still to be put in; a quoted name has no braces."""
    return web_url.format(community=quoted(community), room=quoted(room), id="{id}")


def quoted(part: str, *, safe: str = "") -> str:
    """A part of an address; besides `safe` only letters, digits and `-._~` stand there as they are."""
    if part.isascii() and part.replace("-", "").isalnum():  # as ids are: nothing of it has to be quoted
        return part
    return quote(part, safe=safe)
