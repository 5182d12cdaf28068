"""What a member of a room can write costs little, whatever it is: bounds before parsing, steps and not seconds."""

from __future__ import annotations

import io
import re
import struct
import sys
import tracemalloc
import unicodedata
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.document.clean import _MARKS, TextGatherer, clean_text, compose
from connector.text import biff12, calendar, html, markup, spreadsheet
from connector.text.charset import decode_bytes
from connector.text.embedded import Budget, Inside
from connector.text.extract import Limits, extract
from connector.text.html import MAX_RICH_CHARS, MAX_RICH_STEPS, html_to_text, markup_to_raw
from connector.text.kinds import Kind, tell_kind
from connector.text.markup import read_xml
from connector.text.markup_cost import tree_steps
from connector.text.reasons import Reason
from connector.text.spreadsheet import read_workbook
from connector.text.word97 import _unseen
from connector.text.wordml import WordText
from connector.text.wordprocessing import read_inserted

HOSTILE = {
    "nested": "<div>" * 50_000 + "x",
    "nested lists": "<ul><li>" * 20_000 + "x",
    "nested tables": "<table><tr><td>" * 10_000 + "x",
    "attributes of one tag": "<p " + " ".join(f"a{i}=1" for i in range(40_000)) + ">x</p>",
    "formatting never closed": "<font color=1><p>" * 20_000 + "x",
    "formatting of many kinds": "".join(f"<font color={i}><p>" for i in range(10_000)) + "x",
    "tags that cross": "<b><i></b></i>" * 20_000 + "x",
    "ends behind a border": "<div><marquee></div></marquee>" * 10_000 + "x",
    "mentions in mentions": "<p><span data-mentionid=1>" * 20_000 + "x",
    "texts beside a table": "<table>" + "x<b>" * 50_000 + "x",
}


def nothing_inside(gatherer: TextGatherer) -> Inside:
    """The inside of a file whose inner files nobody reads."""
    budget = Budget(begun=lambda: None, closed=True, clock=lambda: 0.0)
    return Inside(gatherer, budget, lambda *_: None)


class NoTree:
    """Stands where a tree would be built."""

    def __init__(self, _markup: str) -> None:
        raise AssertionError("a tree is built of it")


@pytest.mark.parametrize("name", HOSTILE)
def test_no_tree_is_built_of_hostile_rich_text(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr("selectolax.lexbor.LexborHTMLParser", NoTree)
    assert html_to_text(HOSTILE[name]).endswith("x")


@pytest.mark.parametrize("name", HOSTILE)
def test_the_count_stops_at_what_is_too_much(name: str) -> None:
    assert MAX_RICH_STEPS < tree_steps(HOSTILE[name], MAX_RICH_STEPS) < 1_000 * MAX_RICH_STEPS


def test_words_of_hostile_rich_text_stay_and_scripts_go() -> None:
    markup = (
        "<p>one &amp; two</p><script>if (a<b) drop()</script><b>three</b>"
        + "<div>" * 50_000
        + "four<style>drop"
    )
    assert re.split(r"\s+", html_to_text(markup)) == ["one", "&", "two", "three", "four"]


@pytest.mark.parametrize(
    "begin",
    ["<p a=", "<a a =a", "<p ", "</p", "<br", "<p a", "<p style=x", "<!", "&", "<p>&", "<ul><li>", "<p><b>"],
)
@pytest.mark.parametrize("unit", [" ", "\t\n", "a ", "a= ", "/", "&amp", "<p a= ", "<b>", "<br "])
def test_rich_text_that_never_comes_to_its_end_takes_one_pass(begin: str, unit: str) -> None:
    """What stands in the way of one is told by how long the tests take: minutes for one of these."""
    html_to_text(begin + unit * (200_000 // len(unit)))


@pytest.mark.parametrize(
    ("markup", "is_markup"),
    [
        ("<p>", True), ("<br/>", True), ("<br  />", True), ("</p >", True), ("<p class = 'x' >", True), ("<p a=b/>", True),
        ("<p\nid=1>", True), ("<P A=1>", True), ("<!-- x", True), ("<a href=x", False), ("<p a>", False), ("<px>", False),
        ("a < b", False), ("<b a= <", False), ("< p>", False), ("<p / >", False), ("</p/>", False), ("<kari@example.com>", False),
    ],
)  # fmt: skip
def test_what_counts_as_markup(markup: str, is_markup: bool) -> None:
    assert bool(html.MARKUP.search(f"x {markup} y")) is is_markup


def test_rich_text_beyond_the_limit_is_cut_before_anything_looks_at_it() -> None:
    assert "end" not in html_to_text("<p>" + "a " * (MAX_RICH_CHARS // 2) + "end</p>")


def test_ordinary_rich_text_is_far_from_the_limit() -> None:
    page = "<h2>Møte</h2><table><tr><td><p>a</td><td><b>b</b></td></tr></table><ul><li>c<li>d</ul>" * 500
    picture = f'<img src="data:image/png;base64,{"A" * 300_000}" alt="plan">'
    assert tree_steps(page + picture, MAX_RICH_STEPS) < MAX_RICH_STEPS / 10
    assert html_to_text(page + picture).endswith("plan")


@given(
    st.lists(
        st.sampled_from(["<div>", "</div>", "<b>", "</b>", "<p>", "<li>", "x", "<td>", "</i>", "<marquee>"])
    )
)
def test_the_estimate_is_never_below_the_depth_of_the_tree(pieces: list[str]) -> None:
    """Deep markup costs as much as it is deep, however its tags close."""
    steps = tree_steps("".join(pieces), sys.maxsize)
    assert steps >= sum(1 for piece in pieces if piece.startswith("<"))


def test_a_large_file_of_nested_elements_gives_its_words(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text("<html>" + "<div>" * 300_000 + "ptarmigan")
    gatherer = TextGatherer(1_000_000)
    markup.read_html_file(path, gatherer)
    assert gatherer.text()[0] == "ptarmigan"


def test_a_row_of_marks_is_cut() -> None:
    row = compose("a" + "\u0301\u0316" * 100_000 + "b")
    assert len(row) < 40
    assert row[0] == "á"
    assert row[-1] == "b"


def test_marks_are_those_of_this_unicode() -> None:
    """Compared with every letter that Python knows; a newer Python with more of them only lets longer rows pass."""
    marks = re.compile(f"[{_MARKS}]")
    known = [
        letter
        for letter in map(chr, range(sys.maxunicode + 1))
        if not "\ud800" <= letter <= "\udfff"
        and unicodedata.combining(unicodedata.normalize("NFD", letter)[0])
    ]
    missing = [letter for letter in known if not marks.match(letter)]
    assert len(missing) <= (0 if unicodedata.unidata_version == "14.0.0" else 60)


@given(st.text(st.one_of(st.characters(), st.sampled_from("\u0301\u0316\u0345\u0f73å")), max_size=60))
def test_composing_changes_nothing_but_long_rows(raw: str) -> None:
    raw = raw.encode(errors="ignore").decode()
    longest = max((len(row) for row in re.findall(f"[{_MARKS}]+", raw)), default=0)
    if longest <= 30:
        assert compose(raw) == unicodedata.normalize("NFC", raw)
    assert clean_text(clean_text(raw)) == clean_text(raw)


@pytest.mark.parametrize(
    "head", ["<!-- licence -->\n" * 400, "<!-- never closed " * 400, "<!----><!-- - -->" * 400]
)
def test_comments_before_the_first_element_take_one_pass(tmp_path: Path, head: str) -> None:
    path = tmp_path / "pom"
    path.write_text(f"{head}<project>words</project>")
    assert tell_kind(path, "pom", "") in {Kind.XML, Kind.PLAIN}


def test_html_behind_comments_is_html(tmp_path: Path) -> None:
    path = tmp_path / "page"
    path.write_text("<?xml version='1.0'?> <!-- a --> <!-- b\n-- c --> <html><p>x")
    assert tell_kind(path, "page", "") is Kind.HTML


def make_workbook(path: Path, book: str, *, styles: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("xl/workbook.xml", book)
        package.writestr("xl/styles.xml", styles or "<styleSheet/>")
        package.writestr(
            "xl/worksheets/sheet1.xml",
            '<worksheet><sheetData><row><c t="inlineStr"><is><t>ptarmigan</t></is></c></row></sheetData></worksheet>',
        )
    return path


@pytest.mark.parametrize(
    ("book", "styles"),
    [
        ("<workbook><sheets>" + "<sheet " * 80_000, ""),
        (
            "<workbook/>",
            f'<styleSheet><numFmts><numFmt numFmtId="200" formatCode="{"[" * 500_000}"/></numFmts></styleSheet>',
        ),
    ],
)
def test_a_small_hostile_workbook_gives_its_cells(tmp_path: Path, book: str, styles: str) -> None:
    gatherer = TextGatherer(1_000_000)
    read_workbook(
        make_workbook(tmp_path / "a.xlsx", book, styles=styles), gatherer, nothing_inside(gatherer), 1_000_000
    )
    assert gatherer.text()[0] == "ptarmigan"


def test_names_of_sheets_and_days_since_1904_are_read_from_the_book(tmp_path: Path) -> None:
    book = (
        '<x:workbook xmlns:x="urn:x"><x:workbookPr date1904="true"/>'
        '<x:sheets><x:sheet sheetId="1" name="Mengder &amp; pris"/></x:sheets></x:workbook>'
    )
    gatherer = TextGatherer(1_000_000)
    read_workbook(make_workbook(tmp_path / "a.xlsx", book), gatherer, nothing_inside(gatherer), 1_000_000)
    assert gatherer.text()[0] == "Mengder & pris\nptarmigan"


def test_markup_to_raw_is_used_with_the_bound_of_files_in_files_only() -> None:
    nested = "<div>" * 3_000 + "x"
    assert MAX_RICH_STEPS < tree_steps(nested, html.MAX_FILE_STEPS) < html.MAX_FILE_STEPS
    assert markup_to_raw(nested).strip() == markup_to_raw(nested, html.MAX_FILE_STEPS).strip() == "x"


def test_one_long_string_in_many_cells_costs_no_more_than_the_text_that_is_wanted(tmp_path: Path) -> None:
    """Cells name a shared string by its number: sixty bytes of a sheet may stand for a million characters."""
    path = tmp_path / "a.xlsx"
    rows = '<row><c t="s"><v>0</v></c></row>' * 1_000
    shared = f"<sst><si><t>{'ord ' * 100_000}</t></si></sst>"
    types = '<Types><Default Extension="xml" ContentType="application/xml"/></Types>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", types)
        package.writestr("xl/workbook.xml", "<workbook/>")
        package.writestr("xl/worksheets/sheet1.xml", f"<worksheet>{rows}</worksheet>")
        package.writestr("xl/sharedStrings.xml", shared)
    gatherer = TextGatherer(1_000_000)
    tracemalloc.start()
    try:
        read_workbook(path, gatherer, nothing_inside(gatherer), 1_000_000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 40_000_000
    text, cut = gatherer.text()
    assert cut
    assert len(text) <= 1_000_000


def test_what_was_read_until_there_was_no_time_left_is_the_text(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("ptarmigan " * 100_000)
    times = iter([False, True])
    gatherer = TextGatherer(1_000_000, late=lambda: next(times))
    markup.read_plain_file(path, gatherer)
    text, cut = gatherer.text()
    assert cut
    assert 0 < len(text) < 900_000
    assert set(text.split()) <= {"ptarmigan", "ptarmiga", *("ptarmigan"[:n] for n in range(1, 9))}


def test_a_file_that_gave_nothing_in_its_time_took_too_long(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(" \n" * 500_000)
    assert extract(path, "a.txt", "", Limits(1_000, seconds=-1)).reason is Reason.TIMEOUT
    assert extract(path, "a.txt", "", Limits(1_000)).reason is Reason.EMPTY


@pytest.mark.parametrize("element", ["w:p", "w:tbl", "w:ins", "mc:Choice"])
def test_elements_within_each_other_beyond_reason_are_left_and_what_stands_before_them_is_found(
    tmp_path: Path, element: str
) -> None:
    """With three million of them, in a file of 25 kB, a reader had no memory left, and needed a minute to notice."""
    path = tmp_path / "a.docx"
    words = "<w:p><w:r><w:t>ptarmigan</w:t></w:r></w:p>"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr(
            "word/document.xml",
            f"<w:document xmlns:w='w' xmlns:mc='m'><w:body>{words}" + f"<{element}>" * (3 * markup.MAX_DEPTH),
        )
    found = extract(path, "a.docx", "", Limits(1_000_000))
    assert found.text == "ptarmigan"
    assert found.truncated


def test_elements_within_each_other_within_reason_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    deep = markup.MAX_DEPTH - 1
    path.write_text("<?xml version='1.0'?><a>" + "<b>" * deep + "ptarmigan" + "</b>" * deep + "</a>")
    assert extract(path, "a.xml", "", Limits(1_000_000)).text == "ptarmigan"


def test_thousands_of_short_encoded_runs_take_one_pass(tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    run = b"A" * 76 + b"\n"
    path.write_bytes(
        b"From: a@example.com\nTo: b@example.com\nSubject: ptarmigan\n\n" + (run * 99 + b"-\n") * 2_000
    )
    assert "ptarmigan" in (extract(path, "a.eml", "", Limits(1_000)).text or "")


def test_each_page_of_a_long_old_document_is_taken_by_itself() -> None:
    main = bytearray(8_000_000)
    pages = 100_000
    struct.pack_into("<II", main, 0x9A + 8 * 12, 0, 4 * (pages + 1) + 4 * pages)
    table = bytes(4 * (pages + 1)) + struct.pack(f"<{pages}I", *(number % 100 + 1 for number in range(pages)))
    assert list(_unseen(bytes(main), table)) == []


HEAD = b"From: a@example.com\nTo: b@example.com\nSubject: ptarmigan\n"
ONE_PASS = {
    "parameters.eml": HEAD + b'Content-Type: text/plain; a="' + b'\\"; ' * 500_000 + b"\n\nbody",
    "beginnings.eml": HEAD + b"\n" + b"begin 644 a\n" * 240_000,
    "folded.ics": b"BEGIN:VCALENDAR\nSUMMARY:ptarmigan\n" + b"NOTE;ENCODING=QUOTED-PRINTABLE:x=\n" * 500_000,
    "blank.dxf": b"999\nptarmigan\n0" + b"\n" * 60_000,
    "stacked.dxf": b"0\nSECTION\n2\nENTITIES\n0\nTEXT\n1\nptarmigan\n0\nMTEXT\n3\n" + b"\\S" * 40_000 + b"\n",
}  # fmt: skip


@pytest.mark.parametrize("name", ONE_PASS)
def test_what_never_comes_to_its_end_takes_one_pass(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(ONE_PASS[name])
    assert "ptarmigan" in (extract(path, name, "", Limits(1_000_000)).text or "")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.ics", f"BEGIN:VCALENDAR\nSUMMARY;{'a' * 300_000}:ptarmigan\n"),
        ("a.xml", f"<?xml version='1.0'?><a b='x{' y' * 150_000}'>ptarmigan</a>"),
        ("a.ifc", f"ISO-10303-21;\nDATA;\n#1=A('\\X2\\{'00E5' * 75_000}\\X0\\','ptarmigan');\n"),
    ],
)
def test_one_long_word_takes_its_memory_a_few_times(tmp_path: Path, name: str, content: str) -> None:
    """What looks for a pattern kept a place to come back to for each letter: 160 bytes of memory each."""
    path = tmp_path / name
    path.write_text(content)
    extract(path, name, "", Limits(1_000))  # what reads it is loaded
    asked_for = calendar._MAX_BYTES if name == "a.ics" else 0  # before it is known how long the file is
    tracemalloc.start()
    try:
        text = extract(path, name, "", Limits(1_000_000)).text
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "ptarmigan" in (text or "")
    assert peak < asked_for + 20 * len(content)


def test_nothing_beside_a_sheet_or_inserted_in_it_is_looked_for_when_no_time_is_left() -> None:
    """Thousands of sheets may lead to thousands of parts each."""
    gatherer = TextGatherer(1_000_000, late=lambda: True)
    nowhere: Any = None
    for read_beside in (spreadsheet._read_beside, biff12._read_beside):
        read_beside(nowhere, "xl/worksheets/sheet1.xml", gatherer, nowhere)
    read_inserted(nowhere, "xl/worksheets/sheet1.xml", nothing_inside(gatherer))
    assert gatherer.text() == ("", True)


def test_millions_of_short_lines_take_their_memory_a_few_times() -> None:
    raw = b"\xf8\n" * 100_000
    decode_bytes(b"\xf8\n\xff\n")  # what guesses is loaded
    tracemalloc.start()
    try:
        for text in (raw, raw + "blåbær\n".encode()):
            decode_bytes(text)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20 * len(raw)


def test_fields_that_begin_and_never_end_cost_each_paragraph_little() -> None:
    begin = '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
    handler = WordText(TextGatherer(1_000))
    read_xml(io.BytesIO(f"<w:p xmlns:w='w'>{begin * 5_000}</w:p>".encode()), handler)
    assert len(handler._fields) <= 100
