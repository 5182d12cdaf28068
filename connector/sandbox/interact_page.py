"""The search page of the simulated intranet: a box, whom to search as, results with crumbs and facets."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

import jinja2
from markupsafe import Markup

from connector.sandbox.interact_search import Hit, fold, folded_terms

_SHOWN = 50


def render_search(
    people: Sequence[tuple[str, str]],
    words: str,
    person: str | None,
    doc_type: str | None,
    hits: Sequence[Hit],
    facets: Mapping[str, Sequence[tuple[str, int]]],
) -> str:
    """
    The result page as HTML; everything that comes from documents is escaped.

    Args:
        people: whom one can search as: address or user name, and the name to show.
    """

    def link(chosen: str | None) -> str:
        asked = {"q": words, "as": person or "", "type": chosen or ""}
        return "?" + urlencode({key: value for key, value in asked.items() if value})

    return _template().render(
        people=people,
        words=words,
        person=person,
        doc_type=doc_type,
        hits=hits[:_SHOWN],
        total=len(hits),
        facets=facets,
        link=link,
        safe=_is_web_address,
        marked=lambda text: mark_words(text, words),
    )


def mark_words(text: str, words: str) -> Markup:
    """The text with every word of the query marked, blind to case and accents."""
    text = unicodedata.normalize("NFC", text)
    folded = fold(text)
    spans: list[tuple[int, int]] = []
    for term in folded_terms(words):
        start = folded.find(term)
        while start >= 0:
            spans.append((start, start + len(term)))
            start = folded.find(term, start + len(term))
    marked, place = Markup(""), 0
    for start, end in sorted(spans):
        if start >= place:
            marked += Markup("{}<mark>{}</mark>").format(text[place:start], text[start:end])
            place = end
    return marked + text[place:]


def _is_web_address(url: str) -> bool:
    """Whether a link may be followed: a document's address could carry a script."""
    return url.startswith(("https://", "http://"))


@cache
def _template() -> jinja2.Template:
    source = Path(__file__).with_name("search.html").read_text("utf-8")
    return jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(source)
