"""
What intranets have is made again byte for byte: a release that gives one document another id, version or fingerprint
pushes every customer's documents anew. Who means it raises `CODE_VERSION` (or `ID_SCHEME`), tells docs/changes.md, and pins anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import blake2b
from itertools import cycle, islice
from typing import Any

import msgspec

from connector.crawl.facet_types import FacetTypes
from connector.document.audience import Audience, make_audience
from connector.document.document import Listed
from connector.document.ids import digest, document_id, path_ids
from connector.document.labels import lines, one_line, short
from connector.ports.target import Stamp
from connector.sources.interaxo.members import nameless_in, with_names
from connector.sources.interaxo.places import Found, Place, RoomRow, Row, place_in
from connector.sources.interaxo.wire import Item, Unreadable, parse_items
from connector.target import wire
from connector.target.batches import _state
from connector.text.html import html_to_text
from tests.sources.interaxo_bridge import SCOPE, make_mapping, make_room
from tests.sources.notes_in_memory import NotesInMemory

NAMES = (
    "Plan", "  Plan of the  bridge.PDF ", "Tegning\tA-101\n", "Åse\u030a og O\u0308rn.docx", "\u200bskjult\u00ad navn", "", "   ",
    "a" * 300, "ord " * 90, "\U0001f468\u200d\U0001f469\u200d\U0001f467 familie.jpg", "\u202eexe.fdp", "Ⅷ ½ ﬁ", "1.5", "x.TAR", "bro.verylongending",
    "<b>Fet</b> & mager", "“Sitat”", "\x01\x07", "Nr. 7\u2028neste", "\ud7ff", "\u0600\u200c\u0628",
)  # fmt: skip
IDS = (
    "{0:032x}", "{0:08X}-1111-2222-AAAA-{0:012X}", "h{0:028x}", "Odd/{0}", "{0}", "f-{0}", "{0} æ ø", "x" * 50 + "{0}", "a.b_{0}~", "%2F{0}",
)  # fmt: skip
TIMES = (
    "2026-11-01T08:00:00.000Z", "2026-11-01T08:00:00Z", "2026-11-01T08:00:00.123456+02:00", "2026-11-01", "2026-11-01T08:00:00", None, "",
    "not yet", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59-12:00", "20261101T080000Z", "2026-W44-7",
    "2026-11-01T08:00:00.1Z", "2026-11-01 08:00:00.000Z", "2026-11-01T08:00:00.0004Z", "1899-12-31T23:59:59.999Z",
)  # fmt: skip
VALUES: tuple[tuple[str, Any], ...] = (
    ("string", "Hello  there"), ("string", ""), ("string", None), ("string", "-"), ("string", 12), ("string", True), ("string", "a\u0308"), ("text", "two\nlines"),
    ("numeric", 123), ("numeric", 500), ("numeric", "1250"), ("numeric", "1,5"), ("numeric", 1e308), ("numeric", True), ("numeric", -1), ("numeric", 0), ("numeric", " 7 "),
    ("date", "2026-05-17"), ("date", "2026-05-17T12:00:00Z"), ("date", "next week"), ("date", 20260517), ("date", "2026-02-30"),
    ("list", ["Road", "Water  "]), ("list", []), ("list", ["–", "-"]), ("list", "Road"), ("list", [{"id": "o1", "name": "Option"}, {"id": "o2"}, None, " "]),
    ("rich-text", "<p>One</p><ul><li>two</li><li>three &amp; four</li></ul>"), ("rich_text", "plain & simple"), ("rich-text", "<div class='x'>a<br>b</div>"),
    ("rich-text", "<p>  </p>"), ("rich-text", 5), ("rich-text", "<p>" + "word " * 200 + "</p>"),
    ("member", [{"type": "user", "id": "kari@example.com"}]), ("member", [{"type": "group", "id": "g1", "name": "Builders"}]), ("member", {"id": "ola", "name": "Ola"}),
    ("member", ["ola"]), ("member", [{"type": "user", "id": "nobody"}]), ("auto-number", "0007"), ("auto_number", 7), ("auto-number", 8), ("auto-number", ""),
    ("switch", False), ("link", "https://example.com/?a=b"), ("float", 0.1), ("nested", {"a": {"b": ["c"]}}),
)  # fmt: skip
DEEP: Any = json.loads("[" * 40 + "]" * 40)
FIELD_NAMES = (
    "Title",
    "Length",
    "Due",
    "  Discipline ",
    "NAMN",
    "",
    "Responsible\t1",
    "Løpenr",
    "Note",
    "\u200b",
)
TYPES = (
    "file",
    "entry",
    "simple-folder",
    "internal-link",
    "external-link",
    "entry",
    "active-folder",
    "file",
    "entry",
    "workflow-folder",
    "picture",
)
ROOMS: tuple[dict[str, Any], ...] = (
    {},
    {"id": "Rom 2/æ", "name": " Two \t rooms ", "workspace": None, "metadata": None, "description": None},
    {"metadata": {"n": {"label": "Number", "value": 7}, "s": {"label": None, "value": True}, "Kind": {"label": "Kind", "value": "odd"}}},
)  # fmt: skip
TEMPLATES = {
    "entry": {
        "type": "Case",
        "title": "{{ item.number }} {{ item.name }} {{ item.created }}",
        "facets": ["Title", "Due"],
        "summary": "{{ item.folders | join('/') }} {{ item.step }} {{ item.fields }}",
        "exclude": "{{ item.step == 'Draft' }}",
    },
    "file": {"keywords": "{{ item.extension }} {{ item.size }} {{ item.modified }}", "best_bets": "{{ item.author }}, {{ item.room }}"},
}  # fmt: skip
FOUND = (
    None,
    Found(text="Text of  it", key="k1"),
    Found(missing="encrypted"),
    Found(text="a\x07b \ud800c " * 50, key="k2"),
)
AUDIENCES = (
    make_audience(["interaxo:group:example-corp/all"]),
    make_audience([f"interaxo:user:{n}@example.com" for n in range(12)]),
    Audience(),
    make_audience(["a"], public=True),
    None,
)
AUTHORS = ("Kari Nordmann", "", "Åse\u030a  B", "kari@example.com")
PAGE = 70
PINNED = {
    "texts": "2568c8c444ac8937dcf3eced",
    "hashes": "0bc8a2ec20befb3bc5272166",
    "listed": "5818899230c73f78a81385e7",
    "rooms": "484ce0fa41326acf89e31e2c",
    "documents": "73e5a50e7dc8694347af30fe",
    "wire": "b2685b28f779b1b5156a57e9",
    "with templates": "a4aa9bd0e132cc971d6f7e71",
}


class Mark:
    """One hash of many things, in their order."""

    def __init__(self) -> None:
        self._hash = blake2b(digest_size=12)

    def add(self, *values: object) -> None:
        for value in values:
            self._hash.update(repr(value).encode("utf-8", "surrogatepass") + b"\n")

    def __str__(self) -> str:
        return self._hash.hexdigest()


def rows_of(number: int, count: int) -> Iterator[dict[str, Any]]:
    """Rows of a listing: values that are walked through at lengths without a common factor meet in many ways."""
    names, ids, times, kinds = cycle(NAMES), cycle(IDS), cycle(TIMES), cycle(TYPES)
    values, titles = cycle(VALUES), cycle(FIELD_NAMES)
    for at in islice(range(number * count, (number + 1) * count), count):
        kind = next(kinds)
        row: dict[str, Any] = {
            "id": next(ids).format(at + 1),
            "type": kind,
            "parent_id": None if at % 7 == 0 else f"{at:08X}-1111-2222-AAAA-{at:012X}",
            "name": None if at % 13 == 0 else next(names),
            "created": next(times),
            "last_modified": next(times),
            "created_by": {"id": "kari@example.com"} if at % 5 else None,
            "owner": {"id": f"o{at}"},
            "child_count": at % 3,
            "content_url": f"https://example.com/{at}",
            "path": "/x",
        }
        if kind in {"file", "picture"}:
            row |= {
                "version": None if at % 4 == 0 else f"{at % 9}.0",
                "mime_type": "application/pdf",
                "file_size": at * 1000,
            }
        if kind.endswith("folder"):
            row["instruction"] = None if at % 2 else f"<p>Read {next(names)} first</p>"
        if kind == "internal-link":
            row["destination"] = None if at % 4 == 0 else f"dest {at}"
        if kind == "external-link":
            row["url"] = (
                "https://example.com/x y",
                "ftp://example.com",
                " http://example.com ",
                "javascript:alert(1)",
            )[at % 4]
        if kind in {"entry", "active-folder", "workflow-folder"}:
            row["fields"] = [
                {"id": f"f{n}", "type": of, "name": next(titles), ("value:" if at % 17 == 0 else "value"): value, "entry_title": (at + n) % 5 == 0}
                for n, (of, value) in enumerate(islice(values, at % 9))
            ]  # fmt: skip
            row["step"] = (
                None
                if at % 3 == 0
                else {"id": f"s{at % 4}", "name": ("Draft", "In  work", "", "Closed")[at % 4]}
            )
        if kind == "workflow-folder":
            row["steps"] = [{"id": f"s{n}", "name": "x", "historical": n == 3} for n in range(4)]
        if at % 29 == 0:
            row |= (
                {"name": 5},
                {"id": "."},
                {"child_count": "many", "owner": "ola"},
                {"fields": [{"name": "x", "value": DEEP}]},
            )[at // 29 % 4]
        yield row


def made_of(overrides: dict[str, dict[str, Any]], marks: dict[str, Mark]) -> None:
    """Walk through some rooms as a run does, and mark all that comes out."""
    mapping = make_mapping(overrides=overrides)
    facets = FacetTypes(NotesInMemory(), "intranet")  # type: ignore[arg-type]
    people = {"kari@example.com": "Kari Nordmann", "ola": "Ola"}
    audiences, authors, found = cycle(AUDIENCES), cycle(AUTHORS), cycle(FOUND)
    for number, changes in enumerate(ROOMS):
        root = Item(id="root", type="simple-folder", name="Top", created=TIMES[number], child_count=3)
        top = mapping.room_listed(
            SCOPE, make_room(mapping, **changes), root, AUDIENCES[number], AUTHORS[number]
        )
        _mark_listed(marks["rooms"], top)
        assert isinstance(top.origin, RoomRow)
        _mark_document(marks, "rooms", mapping.documents.of_room(top.origin), facets, top)
        assert top.container is not None
        places = [place_in(top.container)]
        for level in range(4):
            page = parse_items(json.dumps(list(rows_of(number * 4 + level, PAGE))).encode())
            list(nameless_in(page))
            below: list[Place] = []
            for at, item in enumerate(page):
                place = places[at % len(places)]
                if isinstance(item, Item):
                    item = with_names(item, lambda one: people.get(one, ""))
                audience = next(audiences)
                listed = mapping.listed(
                    SCOPE, item, place, next(authors), ("", "a comment")[at % 11 == 0], audience=audience, listless=at % 2 == 0,
                    silent=at % 6 == 0, own=audience if at % 3 == 0 else None,
                )  # fmt: skip
                _mark_listed(marks["listed"], listed)
                if listed.container is not None and isinstance(item, Item):
                    inner = place_in(listed.container)
                    below.append(
                        mapping.with_definitions(inner, item)
                        if item.type in {"active-folder", "workflow-folder"}
                        else inner
                    )
                if isinstance(listed.origin, Row):
                    document = mapping.documents.of_item(listed.origin, next(found))
                    _mark_document(marks, "documents", document, facets, listed)
                else:
                    assert isinstance(listed.origin, Unreadable)
            places = below


def _mark_listed(mark: Mark, listed: Listed) -> None:
    mark.add(
        listed.id,
        listed.native,
        listed.kind,
        listed.name,
        listed.version.hex(),
        listed.audience,
        listed.above,
        listed.left_out,
    )
    if listed.container is not None:
        place = place_in(listed.container)
        mark.add(listed.container.id, listed.container.path, listed.container.expected)
        mark.add(
            place.inherited.hex(),
            place.row.hex(),
            place.crumbs,
            place.folders,
            place.path,
            place.listless,
            place.lists,
        )


def _mark_document(
    marks: dict[str, Mark], kind: str, document: Any, facets: FacetTypes, listed: Listed
) -> None:
    settled = facets.settled(document.facets)
    marks[kind].add(*((name, getattr(document, name)) for name in document.__struct_fields__), settled)
    document = msgspec.structs.replace(document, facets=settled)
    above = frozenset(path_ids(document.path)[1:2])
    for mode, encoding, closed in (("Session", "text", frozenset[str]()), ("Explicit", "base64", above)):
        shown = msgspec.structs.replace(document, closed=closed)
        rendered = wire.render(shown, deletion_mode=mode, encoding=encoding)
        state = _state(rendered, Stamp(version=listed.version, mapping=b"m"))
        marks["wire"].add(
            rendered.body,
            rendered.text,
            rendered.fingerprint.hex(),
            rendered.path,
            rendered.title,
            rendered.url,
        )
        marks["wire"].add(rendered.hidden, rendered.size, wire.envelope(rendered, state))
        for other in (make_audience(["only"]), None):
            again = wire.with_audience(rendered.body, rendered.text, other, hidden=rendered.hidden)
            marks["wire"].add(again.fingerprint.hex())


def test_documents_are_made_as_before() -> None:
    marks = {name: Mark() for name in PINNED}
    made_of({}, marks)
    apart = dict.fromkeys(PINNED, marks["with templates"])
    made_of(TEMPLATES, apart)
    for name in (*NAMES, *TIMES, *(str(value) for _, value in VALUES)):
        text = name or ""
        marks["texts"].add(one_line(text), lines(text), short(text, 40), html_to_text(text))
    for at, form in enumerate(IDS):
        key = form.format(at)
        marks["hashes"].add(
            document_id("ix", key), document_id("a-long-prefix", key), digest([key, b"x" * at, ""]).hex()
        )
        marks["hashes"].add(digest([], 8).hex(), digest(["æ" * at], 8).hex())
    for audience in AUDIENCES:
        marks["hashes"].add(audience.digest().hex() if audience is not None else "")
    assert {name: str(mark) for name, mark in marks.items()} == PINNED
