"""The document of our own: what it is called, what stands in it, who may see it. PURE."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from connector.document.audience import Audience
from connector.document.document import Document

IDENTITY = "0-canary:user:person"
"""What the one who may see it carries, and nobody else: no source may have a name that begins so."""
TITLE_FIRST, TEXT_FIRST = "t", "w"
"""What words of its title and of its text begin with."""


def canary_id(key: str) -> str:
    """
    Id of the document, and of the record of the person who may see it; it differs between connectors of one intranet.

    Args:
        key: of the target: host, tenant and appid.
    """
    return f"zz-canary-{key.rpartition('|')[2]}"


def mark_of(key: str) -> str:
    """The word that stands in every renewal of it, and in no other document."""
    return f"zzcanary{key.rpartition('|')[2]}"


def title_word(word: str) -> str:
    """The word of a renewal's title, by the word of its text."""
    return TITLE_FIRST + word[len(TEXT_FIRST) :]


def write_canary(key: str, url: str, words: Sequence[str], *, now: float) -> Document:
    """
    Write it.

    Args:
        url: where its link leads.
        words: of its text, the newest last.
    """
    identifier, moment = canary_id(key), datetime.fromtimestamp(now, UTC)
    return Document(
        id=identifier,
        type_name="Search test",
        title=f"Search test of the connector {mark_of(key)} {title_word(words[-1])}",
        url=url,
        audience=Audience((IDENTITY,)),
        path=f"/{identifier}/",
        summary="The connector renews this page in each run and looks for it, to prove that search is up to date. It says nothing else.",
        created=moment,
        modified=moment,
        text=" ".join(words),
    )
