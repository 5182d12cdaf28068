"""
What tells an answer of somebody between (a proxy, a firewall, a page to sign in at) from one of the API. PURE.

APIs speak JSON. Whoever stands between speaks to people: in web pages, of whatever status, and in redirects.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from connector.http.json_rows import BYTE_ORDER_MARK
from connector.secrets.hiding import hide

HEAD = 10_000
"""Bytes of a page that are looked at."""
LONGEST_TITLE = 80
LONGEST_HOST = 100
"""Characters of a host that are told."""
_TITLE = re.compile(r"(?is)<title[^>]{0,200}>(.{0,500}?)</title|<message>(.{0,500}?)</message")
"""Of a page, or of an error in XML, as stores of files answer it."""
_HOST = re.compile(r"[\w.:-]+")


def is_page(body: bytes) -> bool:
    """Whether an answer is a web page, or XML; what it says of its kind does not matter, old servers call all they send HTML."""
    return body[:HEAD].removeprefix(BYTE_ORDER_MARK).lstrip()[:1] == b"<"


def words_of_page(body: bytes) -> str:
    """Tell of a web page, with its title: what a firewall calls itself, and often a number that its owner asks for."""
    found = _TITLE.search(body[:HEAD].decode(errors="replace"))
    title = " ".join(html.unescape(found[1] or found[2] or "").split()) if found else ""
    named = f'"{hide(title)[:LONGEST_TITLE].rstrip()}", ' if title.isprintable() and title else ""
    return f"a web page ({named}perhaps of a proxy or a firewall between)"


def unless_between(body: bytes) -> str:
    """Begin what an answer would say of our side: a page may be of somebody between, and then says nothing of it; empty for no page."""
    return "if your network team does not know that page, " if is_page(body) else ""


def words_of_redirect(headers: Mapping[str, str]) -> str:
    """Tell of a redirect, and to which host: one to sign in at is nobody's API."""
    try:
        host = urlsplit(headers.get("location", "")).hostname or ""
    except ValueError:
        host = ""
    return f"a redirect to {host[:LONGEST_HOST]}" if _HOST.fullmatch(host) else "a redirect"
