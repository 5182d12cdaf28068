"""New Office and OpenDocument: what a reader of the document sees is found, and nothing that was deleted or hidden."""

from __future__ import annotations

from pathlib import Path

import file_makers as make
import pytest
from file_makers import text_of
from hypothesis import given
from hypothesis import strategies as st
from package_makers import W, package, rels

from connector.text.extract import Limits, extract
from connector.text.number_format import parse_format, write_number
from connector.text.reasons import Reason


def word(body: str, *targets: tuple[str, str], **parts: str) -> bytes:
    return package(
        "word/document.xml",
        "wordprocessingml.document",
        {
            "word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>",
            "word/_rels/document.xml.rels": rels(*targets),
            **{name.replace("__", "/").replace("_x", ".x"): content for name, content in parts.items()},
        },
    )


@pytest.mark.parametrize(
    ("run", "text"),
    [
        ("<w:t>a</w:t><w:br w:type='page'/><w:t>b</w:t>", "a\nb"),
        ("<w:t>a</w:t><w:ptab w:alignment='right'/><w:t>b</w:t>", "a\tb"),
        ("<w:t>a</w:t><w:tab/><w:t>b</w:t>", "a\tb"),
        ("<w:t>a</w:t><w:noBreakHyphen/><w:t>b</w:t>", "a-b"),
        ("<w:t>a</w:t><w:instrText>PAGEREF</w:instrText>", "a"),
        ("<w:t>a</w:t><w:delText>gone</w:delText>", "a"),
        ("<w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t>", ""),
        ("<w:rPr><w:vanish w:val='0'/></w:rPr><w:t>a</w:t>", "a"),
    ],
)
def test_a_run_is_read_as_it_is_shown(tmp_path: Path, run: str, text: str) -> None:
    content = word(f"<w:p><w:r>{run}</w:r></w:p><w:p><w:r><w:t>end</w:t></w:r></w:p>")
    assert text_of(tmp_path, content, "a.docx").removesuffix("end").strip() == text


def test_a_hidden_mark_hides_no_paragraph_and_tab_stops_are_no_tabs(tmp_path: Path) -> None:
    properties = "<w:pPr><w:tabs><w:tab w:val='left' w:pos='1'/></w:tabs><w:rPr><w:vanish/></w:rPr></w:pPr>"
    content = word(f"<w:p>{properties}<w:r><w:t>seen</w:t></w:r></w:p>")
    assert text_of(tmp_path, content, "a.docx") == "seen"


def test_a_text_box_is_glued_to_no_word(tmp_path: Path) -> None:
    box = "<w:txbxContent><w:p><w:r><w:t>box</w:t></w:r></w:p></w:txbxContent>"
    content = word(f"<w:p><w:r><w:t>before</w:t></w:r><w:r>{box}</w:r><w:r><w:t>after</w:t></w:r></w:p>")
    assert text_of(tmp_path, content, "a.docx").split() == ["before", "box", "after"]


def test_parts_are_found_by_their_relationships_in_any_folder(tmp_path: Path) -> None:
    content = package(
        "report/main.xml",
        "wordprocessingml.document",
        {
            "report/main.xml": f'<w:document {W}><w:p><w:r><w:t>body</w:t></w:r></w:p><w:sectPr><w:headerReference r:id="r0"/></w:sectPr>'
            "</w:document>",
            "report/_rels/main.xml.rels": rels(
                ("header", "../parts/h.xml"), ("chart", "/charts/c.xml"), ("header", "none.xml")
            ),
            "parts/h.xml": f"<w:hdr {W}><w:p><w:r><w:t>heading</w:t></w:r></w:p></w:hdr>",
            "charts/c.xml": f"<c:chart {W}><a:t>Fremdrift</a:t><c:strCache><c:v>Blokk Q</c:v></c:strCache>"
            "<c:numCache><c:v>4711</c:v></c:numCache></c:chart>",
        },
    )
    text = text_of(tmp_path, content, "odd.bin")
    assert text.split("\n") == ["body", "", "heading", "", "Fremdrift", "Blokk Q"]


def test_a_part_whose_address_is_written_with_escapes_is_found(tmp_path: Path) -> None:
    content = package(
        "word/my%20doc.xml",
        "wordprocessingml.document",
        {"word/my doc.xml": f"<w:document {W}><w:t>body</w:t></w:document>"},
    )
    assert text_of(tmp_path, content, "odd.bin") == "body"


def test_what_was_inserted_whole_is_read(tmp_path: Path) -> None:
    content = word(
        "<w:altChunk/>",
        ("aFChunk", "afchunk.html"),
        word__afchunk_html="<html><body><p>inserted words</p></body></html>",
    )
    content = content.replace(b"word/afchunk_html", b"word/afchunk.html")
    assert "inserted words" in text_of(tmp_path, content, "a.docx")


def test_a_damaged_chart_costs_itself_only(tmp_path: Path) -> None:
    content = word("<w:p><w:r><w:t>body</w:t></w:r></w:p>", ("chart", "c.xml"), word__c_xml="<broken")
    assert text_of(tmp_path, content, "a.docx") == "body"


def test_a_presentation_without_slides_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(
        package("ppt/presentation.xml", "presentationml.presentation", {"ppt/presentation.xml": "<p/>"})
    )
    assert extract(path, "a.pptx", "", Limits(max_text_bytes=1_000)).reason is Reason.EMPTY


ODT = (
    '<office:document-content xmlns:office="urn:o" xmlns:text="urn:t" xmlns:dc="urn:dc" xmlns:style="urn:s">'
    '<office:automatic-styles><style:style style:name="H"><style:text-properties text:display="none"/></style:style>'
    "</office:automatic-styles><office:body>{}</office:body></office:document-content>"
)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (
            "<text:p>word<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>noted</text:p>"
            "</text:note-body></text:note> after</text:p>",
            "word noted after",
        ),
        (
            "<text:p>a<office:annotation><dc:creator>Kari</dc:creator><dc:date>2026-01-01T10:00</dc:date>"
            "<text:p>said</text:p></office:annotation>b</text:p>",
            "a Kari said b",
        ),
        (
            '<text:p>Oslo, <text:date text:date-value="2026-01-01">1. januar</text:date>.</text:p>',
            "Oslo, 1. januar.",
        ),
        ('<text:p>a<text:span text:style-name="H">hidden</text:span>b</text:p>', "ab"),
        ('<text:p text:style-name="H">hidden</text:p><text:p>b</text:p>', "b"),
        ("<text:tracked-changes><text:p>gone</text:p></text:tracked-changes><text:p>b</text:p>", "b"),
        ("<text:p>a<text:line-break/>b<text:s/>c<text:tab/>d</text:p>", "a b c d"),
    ],
)
def test_open_document_is_read_as_it_is_shown(tmp_path: Path, body: str, text: str) -> None:
    content = make.make_zip(
        {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": ODT.format(body)}
    )
    assert text_of(tmp_path, content, "a.odt").split() == text.split()
    flat = ODT.format(body).replace("office:document-content", "office:document")
    assert text_of(tmp_path, f'<?xml version="1.0"?>{flat}'.encode(), "a.fodt").split() == text.split()


def test_open_document_gives_headers_and_names_of_sheets(tmp_path: Path) -> None:
    table = (
        '<office:spreadsheet><table:table xmlns:table="urn:tb" table:name="Mengder"/></office:spreadsheet>'
    )
    styles = (
        '<office:document-styles xmlns:office="urn:o" xmlns:text="urn:t" xmlns:style="urn:s"><text:p>sample</text:p>'
        "<style:header><text:p>topp</text:p></style:header><style:footer><text:p>bunn</text:p></style:footer>"
        "</office:document-styles>"
    )
    content = make.make_zip(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": ODT.format(table),
            "styles.xml": styles,
        }
    )
    assert text_of(tmp_path, content, "a.ods").split() == ["Mengder", "topp", "bunn"]


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        ("1.6875", "[h]:mm", "40:30"),
        ("1.6875", "[h]:mm:ss", "40:30:00"),
        ("0.0625", "[mm]:ss", "90:00"),
        ("1.5", "[hh]", "36"),
        ("-0.5", "[h]:mm", "-12:00"),
        ("17", "0000", "0017"),
        ("123", "00000", "00123"),
        ("0.25", "0%", "25%"),
        ("0.1234", "0.00%", "12.34%"),
        ("42", '"RIB-"0000', "RIB-0042"),
        ("42", '0" stk"', "42 stk"),
        ("46082", "yyyy-mm-dd", "2026-03-01"),
        ("46082.5", "d.m.yyyy h:mm", "2026-03-01 12:00:00"),
        ("0.5", "h:mm", "12:00:00"),
        ("12500", "#,##0", "12500"),
        ("1.5", "#,##0.00", "1.5"),
        ("0.30000000000000004", "General", "0.3"),
        ("1.234567", "0.00", "1.234567"),
        ("5", '[Red]0" m";[Blue]-0', "5 m"),
        ("text", "0000", "text"),
        ("1e400", "[h]:mm", "1e400"),
        ("nan", "yyyy", "nan"),
        ("9e99", "yyyy", "9e99"),
        ("4711", "@", "4711"),
        ("4711", '"day"', "4711"),
        ("1", '"Ja";"Ja";"Nei"', "Ja"),
        ("-1", '"Ja";"Feil";"Nei"', "Feil"),
        ("0", '"Ja";"Ja";"Nei"', "Nei"),
        ("0", '0.0;-0.0;"ikke målt"', "ikke målt"),
        ("0.5", '0.0;-0.0;"ikke målt"', "0.5"),
        ("3", '[=1]"Ja";[=0]"Nei";General', "3"),
        ("12500000", '0.0,,"M"', "12.5M"),
        ("12600", '#,##0,"k"', "13k"),
        ("-5", '0;"minus "0', "minus 5"),
        ("-1200", '#,##0;[Red]"tap "#,##0', "tap 1200"),
        ("-3", '0" stk";"mangler "0" stk"', "mangler 3 stk"),
        ("-0.25", '0%;"ned "0%', "ned 25%"),
        ("-5", 'General;"under "General', "under 5"),
        ("-5", '0" m";-0" m"', "-5 m"),
        ("-5", "0;(0)", "-5"),
        *(("-4711", code, "") for code in ("0;", "0;;", "0;;0", '"Ja";;"Nei"', "#,##0.00;;;@", "yyyy;")),
        *(("0", code, "") for code in ("0;-0;", "0;-0;;@", '"Ja";;', ";-0", "h:mm;;")),
        *(("4711", code, "4711") for code in ("0;;", "0;-0;;@", "#,##0_);(#,##0);;")),
        ("46082", "yyyy-mm-dd;@", "2026-03-01"),
    ],
)
def test_numbers_are_written_as_they_are_shown(value: str, code: str, shown: str) -> None:
    assert write_number(value, parse_format(code)) == shown


def test_days_since_1904_are_days() -> None:
    assert write_number("44620", parse_format("yyyy-mm-dd"), from_1904=True) == "2026-03-01"


@given(st.text(max_size=40), st.one_of(st.floats().map(repr), st.text(max_size=10)))
def test_no_format_code_and_no_value_raise(code: str, value: str) -> None:
    write_number(value, parse_format(code))


def test_escapes_headers_and_charts_of_a_workbook_are_read(tmp_path: Path) -> None:
    sheet = (
        '<worksheet><sheetData><row><c t="s"><v>0</v></c><c s="1"><v>17</v></c></row></sheetData>'
        '<headerFooter><oddHeader>&amp;L&amp;"Arial,Bold"&amp;12Prosjekt 4711&amp;RSide &amp;P</oddHeader></headerFooter></worksheet>'
    )
    content = package(
        "xl/workbook.xml",
        "spreadsheetml.sheet",
        {
            "xl/workbook.xml": '<workbook><sheets><sheet name="Mengder"/><sheet name="Tomt ark"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": rels(
                ("worksheet", "worksheets/s.xml"), ("sharedStrings", "Strings.xml"), ("styles", "st.xml")
            ),
            "xl/Strings.xml": "<sst><si><t>linje1_x000D_&#10;linje2</t></si></sst>",
            "xl/st.xml": '<styleSheet><numFmts><numFmt numFmtId="170" formatCode="0000"/></numFmts>'
            '<cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs></styleSheet>',
            "xl/worksheets/s.xml": sheet,
            "xl/worksheets/_rels/s.xml.rels": rels(("drawing", "../d.xml")),
            "xl/d.xml": f"<d {W}><a:p><a:r><a:t>tekstboks</a:t></a:r></a:p></d>",
            "xl/_rels/d.xml.rels": rels(("chart", "c.xml")),
            "xl/c.xml": f"<c:chart {W}><a:t>Diagramtittel</a:t></c:chart>",
        },
    )
    text = text_of(tmp_path, content, "a.xlsx")
    assert text.split() == [
        "Mengder",
        "Tomt",
        "ark",
        "linje1",
        "linje2",
        "0017",
        "Prosjekt",
        "4711",
        "Side",
        "tekstboks",
        "Diagramtittel",
    ]


def test_what_headers_and_notes_hold_is_read_as_what_the_body_holds(tmp_path: Path) -> None:
    base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    title = "<c:title><a:p><a:r><a:t>Fremdrift</a:t></a:r></a:p></c:title>"
    document = make.make_zip(
        {
            "[Content_Types].xml": "<Types/>",
            "word/document.xml": f"<w:document {W}><w:p><w:r><w:t>body</w:t></w:r></w:p><w:sectPr><w:headerReference r:id='h'/></w:sectPr>"
            "</w:document>",
            "word/_rels/document.xml.rels": f'<R><Relationship Id="h" Type="{base}/header" Target="header1.xml"/>'
            f'<Relationship Type="{base}/subDocument" Target="sub.docx"/></R>',
            "word/header1.xml": "<w:p xmlns:w='w'><w:r><w:t>header</w:t></w:r></w:p>",
            "word/_rels/header1.xml.rels": f'<R><Relationship Type="{base}/chart" Target="chart1.xml"/></R>',
            "word/chart1.xml": f'<c:chart xmlns:c="c" xmlns:a="a">{title}</c:chart>',
            "word/sub.docx": make.make_docx(),
        }
    )
    words = text_of(tmp_path, document, "a.docx").split()
    assert [word for word in ("body", "header", "Fremdrift", make.WORD) if word not in words] == []


def test_captions_of_the_boxes_of_a_form_are_read(tmp_path: Path) -> None:
    base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    box = "<v:textbox><div><font>Kontroll utført</font></div></v:textbox><x:Anchor>1, 15</x:Anchor>"
    content = make.make_zip(
        {
            "[Content_Types].xml": "<Types/>",
            "xl/workbook.xml": '<workbook><sheets><sheet name="SJA"/></sheets></workbook>',
            "xl/worksheets/sheet1.xml": "<worksheet/>",
            "xl/worksheets/_rels/sheet1.xml.rels": f'<R><Relationship Type="{base}/vmlDrawing" Target="../vml1.vml"/></R>',
            "xl/vml1.vml": f'<xml xmlns:v="v" xmlns:x="x"><v:shape>{box}</v:shape></xml>',
        }
    )
    assert text_of(tmp_path, content, "a.xlsx").split() == ["SJA", "Kontroll", "utført"]
