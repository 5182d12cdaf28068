"""An e-book gives the pages that its reader turns, in their order, as each shows itself; what is damaged costs itself alone."""

from __future__ import annotations

from pathlib import Path

import file_makers as make
import pytest
from file_makers import text_of
from package_makers import expect

from connector.text import selectors, stylesheet
from connector.text.reasons import Reason

XHTML, SVG, DAISY = "application/xhtml+xml", "image/svg+xml", "application/x-dtbook+xml"
CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="OEBPS/bok.opf"/>'
    "</rootfiles></container>"
)


def page(body: str, head: str = "", encoding: str = "utf-8") -> str:
    return (
        f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"><head>{head}'
        f"</head><body>{body}</body></html>"
    )


def book(pages: dict[str, str | bytes], order: str = "", kind: str = XHTML, **beside: str | bytes) -> bytes:
    """A book of pages by their addresses; `beside` are parts beside them, a dot in their name written __."""
    items = "".join(f'<item id="{one}" href="{one}" media-type="{kind}"/>' for one in pages)
    spine = "".join(f'<itemref idref="{one}"/>' for one in order.split() or pages)
    parts = {f"OEBPS/{name.replace('%20', ' ')}": content for name, content in pages.items()}
    parts |= {name.replace("__", "."): content for name, content in beside.items()}
    return make.make_zip(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": CONTAINER,
            "OEBPS/bok.opf": f'<package xmlns="http://www.idpf.org/2007/opf"><manifest>{items}</manifest><spine>{spine}</spine></package>',
            **parts,
        }
    )


HIDDEN = (
    '<p hidden="hidden">skjult</p><p style="display:none">skjult</p><p class="ute">skjult</p><div id="ute"><p>skjult</p></div>'
    "<p>synlig</p><!-- skjult --><script>skjult</script>"
)


def test_what_a_page_or_its_style_sheets_hide_stays_out(tmp_path: Path) -> None:
    link = '<link rel="stylesheet" type="text/css" href="stil/a%20b.css"/><link rel="alternate stylesheet" href="stil/annen.css"/>'
    content = book(
        {"a.xhtml": page(HIDDEN, link)},
        **{
            "OEBPS/stil/a b.css": ".ute{display:none} div#ute{display:none}",
            "OEBPS/stil/annen.css": "p{display:none}",
        },
    )
    expect(text_of(tmp_path, content, "a.epub"), "synlig", without="skjult")


def test_a_style_sheet_for_paper_hides_nothing_on_a_screen(tmp_path: Path) -> None:
    content = book(
        {"a.xhtml": page('<p class="x">synlig</p>', '<link rel="stylesheet" media="print" href="a.css"/>')},
        **{"OEBPS/a.css": ".x{display:none}"},
    )
    expect(text_of(tmp_path, content, "a.epub"), "synlig")


TAKEN_IN = {
    "at its beginning": ('@import "b.css"; .c{color:red}', ".x{display:none}"),
    "by its address": ("@IMPORT url( 'b.css' ) screen;", ".x{display:none}"),
    "bare, under a name": ("/* @import 'c.css'; */ @import url(b.css) layer(grunn) supports(display: grid);", ".x{display:none}"),
    "one that takes in itself and the other": ("@import 'a.css'; @import 'b.css';", "@import 'a.css'; @import 'b.css'; .x{display:none}"),
    "one that is not closed": ("@import 'b.css'; @import 'c.css';", ".x{display:none} .y{color:red"),
}  # fmt: skip


@pytest.mark.parametrize("how", TAKEN_IN)
def test_a_style_sheet_that_another_one_takes_in_hides_too(tmp_path: Path, how: str) -> None:
    outer, inner = TAKEN_IN[how]
    body = '<p class="x">skjult</p><p>synlig</p>'
    sheets = {"OEBPS/stil/a.css": outer, "OEBPS/stil/b.css": inner, "OEBPS/stil/c.css": "p{display:block}"}
    linked = '<link rel="stylesheet" href="stil/a.css"/>'
    expect(
        text_of(tmp_path, book({"a.xhtml": page(body, linked)}, **sheets), "a.epub"),
        "synlig",
        without="skjult",
    )
    within = "<style>@import url(stil/a.css);</style>"
    expect(
        text_of(tmp_path, book({"a.xhtml": page(body, within)}, **sheets), "a.epub"),
        "synlig",
        without="skjult",
    )
    told = page(body).replace("<html", '<?xml-stylesheet href="stil/a.css" type="text/css"?><html')
    expect(text_of(tmp_path, book({"a.xhtml": told}, **sheets), "a.epub"), "synlig", without="skjult")


@pytest.mark.parametrize(
    "outer",
    [
        "@import 'b.css' print;",
        "/* @import 'b.css'; */",
        "@import 'borte.css';",
        ".x{display:none} @import 'c.css';",
    ],
)
def test_a_style_sheet_that_is_taken_in_for_paper_or_not_at_all_hides_nothing(
    tmp_path: Path, outer: str
) -> None:
    sheets = {"OEBPS/a.css": outer.replace(".x", ".y"), "OEBPS/b.css": "} .x{display:none}"}
    content = book(
        {"a.xhtml": page('<p class="x">synlig</p>', '<link rel="stylesheet" href="a.css"/>')}, **sheets
    )
    expect(text_of(tmp_path, content, "a.epub"), "synlig")


@pytest.mark.parametrize(
    "sheet",
    [
        "@import 'a.css'; " * 20_000,
        "@import x " * 40_000 + "{",
        '@import "' * 40_000 + "{",
        "@import " + " " * 390_000 + "{",
    ],
)
def test_style_sheets_that_take_in_each_other_without_end_are_read_at_once(
    tmp_path: Path, sheet: str
) -> None:
    """Without the bounds each of these takes minutes."""
    sheets = {f"OEBPS/{one}.css": sheet.replace("a.css", f"{other}.css") for one in "ab" for other in "cd"}
    sheets |= {f"OEBPS/{one}.css": sheet.replace("a.css", "b.css") for one in "cd"}
    content = book({"a.xhtml": page("<p>synlig</p>", '<link rel="stylesheet" href="a.css"/>')}, **sheets)
    expect(text_of(tmp_path, content, "a.epub"), "synlig")


def test_a_style_sheet_of_many_pages_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read for each page, one of 76 kB took a book of 300 pages to 14 s of processor time (observed)."""
    asked: list[str] = []
    read_selector = selectors.read_selector

    def counted(selector: str) -> selectors.Rule | None:
        asked.append(selector)
        return read_selector(selector)

    monkeypatch.setattr(stylesheet, "read_selector", counted)
    link = '<link rel="stylesheet" href="a.css"/>'
    pages = {
        f"{n}.xhtml": page(f"<p class='a'>synlig</p><p class='borte'>skjult{n}</p>", link) for n in range(9)
    }
    content = book(pages, **{"OEBPS/a.css": ".a{display:block} .borte{display:none}"})
    assert text_of(tmp_path, content, "a.epub").split() == ["synlig"] * 9
    assert [one.strip() for one in asked] == [".a", ".borte"]


def test_pages_come_in_the_order_in_which_they_are_read(tmp_path: Path) -> None:
    pages = {f"{one}.xhtml": page(f"<p>{one}</p>") for one in ("to", "en", "gammel")} | {
        "side%20tre.xhtml": page("<p>tre</p>")
    }
    content = book(pages, order="en.xhtml to.xhtml side%20tre.xhtml")
    assert text_of(tmp_path, content, "a.epub").split() == ["en", "to", "tre"]


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-16", "utf-8"])
def test_a_page_is_read_in_its_own_letters(tmp_path: Path, encoding: str) -> None:
    content = book(
        {
            "a.xhtml": page("<p>bl&aring;bær &#8211; &amp; <![CDATA[<rød> grøt]]></p>", "", encoding).encode(
                encoding
            )
        }
    )
    expect(text_of(tmp_path, content, "a.epub"), "blåbær – & <rød> grøt")


def test_an_empty_element_of_xml_swallows_nothing_that_follows(tmp_path: Path) -> None:
    body = '<p>en <a id="x"/>to</p><div hidden="hidden"/><textarea/><p>tre</p><style>/*<![CDATA[*/ p > .x{display:none} /*]]>*/</style>'
    body += "<p><b class='x'>skjult</b> fire</p>"
    for content, name in (
        (book({"a.xhtml": page(body, '<script src="a.js"/><title/>')}), "a.epub"),
        (page(body, '<script src="a.js"/><title/>').encode(), "a.xhtml"),
    ):
        expect(text_of(tmp_path, content, name), "en to;tre;fire", without="skjult;CDATA")


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (SVG, '<svg xmlns="http://www.w3.org/2000/svg"><text>Blåbær</text></svg>'),
        (DAISY, '<?xml version="1.0"?><dtbook><book><p>Blåbær</p></book></dtbook>'),
    ],
)
def test_pages_of_other_kinds_are_read(tmp_path: Path, kind: str, content: str) -> None:
    expect(text_of(tmp_path, book({"a.xml": content}, kind=kind), "a.epub"), "Blåbær")


def test_a_page_that_is_missing_or_damaged_costs_itself(tmp_path: Path) -> None:
    pages: dict[str, str | bytes] = {
        "a.xhtml": page("<p>en<b>to</p>tre"),
        "b.xhtml": "",
        "c.xhtml": page("<p>fire</p>"),
    }
    whole = book(pages, order="a.xhtml borte.xhtml c.xhtml")
    result = make.read(tmp_path, whole, "a.epub")
    assert (result.text or "").split() == ["ento", "tre", "fire"]
    assert result.truncated
    place = whole.index(b"OEBPS/c.xhtml") + len(b"OEBPS/c.xhtml") + 5
    result = make.read(tmp_path, whole[:place] + b"\xff" * 20 + whole[place + 20 :], "a.epub")
    assert (result.text or "").split() == ["ento", "tre"]
    assert result.truncated


def test_a_book_that_tells_of_no_page_is_broken_and_one_that_is_locked_is_told_so(tmp_path: Path) -> None:
    only = make.make_zip({"mimetype": "application/epub+zip", "a.xhtml": page("<p>en</p>")})
    assert make.read(tmp_path, only, "a.epub").reason is Reason.BROKEN
    locked = "<encryption><EncryptedData><CipherReference URI='{}'/></EncryptedData></encryption>"
    for part, reason in (("OEBPS/a.xhtml", Reason.ENCRYPTED), ("OEBPS/skrift.ttf", None)):
        content = book({"a.xhtml": page("<p>en</p>")}, **{"META-INF/encryption.xml": locked.format(part)})
        assert make.read(tmp_path, content, "a.epub").reason is reason


def test_pages_beyond_measure_are_left_out_and_that_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector.text.ebook._MAX_UNPACKED_BYTES", 900)
    content = book({f"{one}.xhtml": page(f"<p>{one}</p>" + "<i></i>" * 40) for one in ("en", "to", "tre")})
    result = make.read(tmp_path, content, "a.epub")
    assert (result.text or "").split() == ["en", "to"]
    assert result.truncated
