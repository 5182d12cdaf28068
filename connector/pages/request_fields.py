"""What a browser asks for: fields of forms, words and numbers of a query, in the shape that everything behind them takes."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request

LONGEST_FORM = 16_384
"""Bytes of a posted form."""
LONGEST_WORD = 200
"""Characters of what is searched for."""
_OURS = re.compile(r"/(?!/)[\w./%-]*")
"""The path of a page of ours."""
_UNFIT = re.compile("[\x00\ud800-\udfff]")
"""What no database takes in a text."""


async def read_form(request: Request) -> dict[str, str]:
    """A posted form's fields; a body that is too long, or breaks off, counts as empty."""
    body = b""
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > LONGEST_FORM:
                return {}
    except ClientDisconnect:
        return {}
    try:
        fields = parse_qs(body.decode("utf-8", "replace"))
    except ValueError:  # more fields than there are in any form of ours
        return {}
    return {key: fit(values[0]) for key, values in fields.items()}


def asked(request: Request, *names: str) -> dict[str, str]:
    """What a query says under these names; empty where it says nothing."""
    return {name: fit(request.query_params.get(name, "")).strip()[:LONGEST_WORD] for name in names}


def way_back(request: Request) -> str:
    """The page to which signing in leads back: the one that was asked for, or the one that an address names; the overview otherwise."""
    path = request.scope["path"]
    told = request.query_params.get("back", "") if path == "/sign-in" else path
    return told if _OURS.fullmatch(told) else "/"


def fit(text: str) -> str:
    """A text without what no database takes, its letters as they are kept (NFC)."""
    return unicodedata.normalize("NFC", _UNFIT.sub("\ufffd", text))
