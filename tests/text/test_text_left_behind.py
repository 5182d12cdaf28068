"""What is left in a file of something that was taken out of it, or that nothing of it shows, is found no more."""

from __future__ import annotations

import struct
from pathlib import Path

import file_makers as make
import pytest
from file_makers import text_of
from package_makers import OPEN_SPACES, W, expect, make_open, make_sheet, make_slide, make_word, package, rels

TAKEN = "<a:p><a:r><a:t>{}</a:t></a:r></a:p>"
SLIDES = package(
    "ppt/presentation.xml",
    "presentationml.presentation",
    {
        "ppt/presentation.xml": '<p:presentation xmlns:p="urn:p" xmlns:r="urn:r"><p:sldIdLst><p:sldId id="256" r:id="r1"/>'
        '<p:sldId id="257" r:id="r0"/></p:sldIdLst></p:presentation>',
        "ppt/_rels/presentation.xml.rels": rels(*(("slide", f"slides/slide{number}.xml") for number in (1, 2, 3))),
        **{
            f"ppt/slides/slide{number}.xml": f'<p:sld xmlns:p="urn:p" {W}>{TAKEN.format(word)}</p:sld>'
            for number, word in ((1, "synlig"), (2, "vist"), (3, "hemmelig"))
        },
    },
)  # fmt: skip
SHEET = f'<worksheet {W}><sheetData><row><c t="str"><v>{{}}</v></c></row></sheetData></worksheet>'
SHEETS = package(
    "xl/workbook.xml",
    "spreadsheetml.sheet",
    {
        "xl/workbook.xml": '<workbook xmlns="urn:s" xmlns:r="urn:r"><sheets><sheet name="Ark" sheetId="1" r:id="r0"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": rels(("worksheet", "worksheets/sheet1.xml"), ("worksheet", "worksheets/sheet2.xml")),
        "xl/worksheets/sheet1.xml": SHEET.format("synlig"),
        "xl/worksheets/sheet2.xml": SHEET.format("hemmelig"),
    },
)  # fmt: skip


@pytest.mark.parametrize(
    ("content", "name", "words"), [(SLIDES, "a.pptx", "synlig;vist"), (SHEETS, "a.xlsx", "Ark;synlig")]
)
def test_a_slide_or_a_sheet_that_was_taken_out_is_shown_no_more(
    tmp_path: Path, content: bytes, name: str, words: str
) -> None:
    expect(text_of(tmp_path, content, name), words, without="hemmelig")


NOTE = (
    f'<w:footnotes {W}><w:footnote w:id="2"><w:p><w:r><w:t>{{}}</w:t></w:r></w:p></w:footnote></w:footnotes>'
)


@pytest.mark.parametrize("run", ["", '<w:rPr><w:vanish/></w:rPr><w:footnoteReference w:id="2"/>'])
def test_a_note_that_nothing_shown_refers_to_is_left_out(tmp_path: Path, run: str) -> None:
    body = f"<w:p><w:r>{run}</w:r><w:r><w:t>synlig</w:t></w:r></w:p>"
    content = make_word(body, ("footnotes", "footnotes.xml"), footnotes_xml=NOTE.format("hemmelig"))
    expect(text_of(tmp_path, content, "a.docx"), "synlig", without="hemmelig")


HEADED = (
    "<row/></sheetData><headerFooter{}><oddHeader>synlig</oddHeader><evenFooter>partall</evenFooter><firstHeader>forside</firstHeader>"
    "</headerFooter><sheetData>"
)


@pytest.mark.parametrize(
    ("said", "words", "without"),
    [
        ("", "synlig", "partall;forside"),
        (' differentFirst="1"', "synlig;forside", "partall"),
        (' differentOddEven="true" differentFirst="0"', "synlig;partall", "forside"),
    ],
)
def test_headers_of_pages_that_a_sheet_has_none_of_are_left_out(
    tmp_path: Path, said: str, words: str, without: str
) -> None:
    expect(text_of(tmp_path, make_sheet(HEADED.format(said)), "a.xlsx"), words, without=without)


GROUPED = '<wps:wsp xmlns:wps="urn:wps"><wps:cNvPr id="{}"{}/><w:txbxContent><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:txbxContent></wps:wsp>'


def test_a_shape_in_a_group_is_switched_off_by_itself(tmp_path: Path) -> None:
    shapes = GROUPED.format(1, ' hidden="1"', "hemmelig") + GROUPED.format(2, "", "vist")
    group = (
        f'<wp:inline xmlns:wp="urn:wp"><wp:docPr id="9"/><wpg:wgp xmlns:wpg="urn:wpg">{shapes}</wpg:wgp></wp:inline>'
        '<w:pict><v:group xmlns:v="urn:v" style="visibility:hidden"><v:shape><w:txbxContent><w:p><w:r><w:t>hemmelig</w:t></w:r></w:p>'
        "</w:txbxContent></v:shape></v:group></w:pict>"
    )
    body = f"<w:p><w:r>{group}</w:r><w:r><w:t>synlig</w:t></w:r></w:p>"
    expect(text_of(tmp_path, make_word(body), "a.docx"), "vist;synlig", without="hemmelig")


STANDARD = (
    '<w:styles xmlns:w="urn:w"><w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:rPr><w:vanish/></w:rPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Vist"/><w:style w:type="table" w:styleId="Rutete"><w:tblStylePr><w:rPr><w:vanish/></w:rPr>'
    "</w:tblStylePr></w:style></w:styles>"
)


def test_a_paragraph_without_a_style_has_the_standard_one(tmp_path: Path) -> None:
    body = "<w:p><w:r><w:t>hemmelig</w:t></w:r></w:p>" + "".join(
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t>{word}</w:t></w:r></w:p>'
        for style, word in (("Vist", "synlig"), ("Rutete", "rute"))
    )
    content = make_word(body, ("styles", "styles.xml"), styles_xml=STANDARD)
    expect(text_of(tmp_path, content, "a.docx"), "synlig;rute", without="hemmelig")


def test_templates_and_building_blocks_of_a_package_in_one_piece_are_left_out(tmp_path: Path) -> None:
    text = f"<w:document {W}><w:p><w:r><w:t>{{}}</w:t></w:r></w:p></w:document>"
    parts = (("/word/document.xml", "synlig"), ("/word/glossary/document.xml", "hemmelig"), ("/ppt/slideLayouts/slideLayout1.xml", "hemmelig"))  # fmt: skip
    body = "".join(
        f'<pkg:part pkg:name="{name}"><pkg:xmlData>{text.format(word)}</pkg:xmlData></pkg:part>'
        for name, word in parts
    )
    content = f'<?xml version="1.0"?><pkg:package xmlns:pkg="urn:pkg">{body}</pkg:package>'
    expect(text_of(tmp_path, content, "a.xml"), "synlig", without="hemmelig")


FAMILIES = (
    '<style:style style:name="T1" style:family="text"><style:text-properties text:display="{}"/></style:style>'
    '<style:style style:name="T1" style:family="paragraph"><style:text-properties text:display="{}"/></style:style>'
)


@pytest.mark.parametrize(
    ("letters", "paragraphs", "words"),
    [("none", "true", "avsnitt"), ("true", "none", "letters"), ("true", "true", "avsnitt;letters")],
)
def test_styles_of_open_document_are_told_apart_by_family(
    tmp_path: Path, letters: str, paragraphs: str, words: str
) -> None:
    body = '<office:text><text:p text:style-name="T1">avsnitt</text:p><text:p><text:span text:style-name="T1">letters</text:span></text:p></office:text>'
    content = make_open(
        "text", body + "<text:p>slutt</text:p>", automatic=FAMILIES.format(letters, paragraphs)
    )
    without = ";".join({"avsnitt", "letters"} - {*words.split(";")})
    expect(text_of(tmp_path, content, "a.odt"), words, without=without)


def test_a_text_that_may_be_hidden_is_found_where_it_is_not(tmp_path: Path) -> None:
    body = (
        f"<?xml version='1.0'?><office:document {OPEN_SPACES}><office:body><office:text><text:p><text:hidden-text text:is-hidden='true'>hemmelig"
        "</text:hidden-text><text:hidden-text>vist</text:hidden-text></text:p></office:text></office:body></office:document>"
    )
    expect(text_of(tmp_path, body, "a.fodt"), "vist", without="hemmelig")


@pytest.mark.parametrize(
    ("body", "words", "without"),
    [
        ("{\\headerf hemmelig}{\\footerf hemmelig}{\\headerr topp}", "topp;synlig", "hemmelig"),
        ("{\\headerl hemmelig}{\\footerl hemmelig}{\\header topp}", "topp;synlig", "hemmelig"),
        ("{\\headerf forside}\\sectd\\titlepg ", "forside;synlig", ""),
        ("\\facingp{\\headerl venstre}", "venstre;synlig", ""),
    ],
)
def test_headers_of_pages_that_a_rich_text_has_none_of_are_left_out(
    tmp_path: Path, body: str, words: str, without: str
) -> None:
    expect(text_of(tmp_path, f"{{\\rtf1\\ansi {body}\\par synlig}}", "a.rtf"), words, without=without)


@pytest.mark.parametrize("comment", [b"et merke PK\x05\x06 amid", b"PK\x05\x06" + b"\xff" * 40])
def test_the_comment_of_an_archive_may_hold_the_mark_of_its_end(tmp_path: Path, comment: bytes) -> None:
    content = make.make_zip({"a.txt": "synlig"})[:-2] + struct.pack("<H", len(comment)) + comment
    expect(text_of(tmp_path, content, "a.zip"), "a.txt;synlig")


RUN_OF = "<w:p><w:r><w:t>{}</w:t></w:r></w:p>"
RUN_SEEN = RUN_OF.format("synlig")
CHART = f"<c:chart {W}><c:title><a:p><a:r><a:t>{{}}</a:t></a:r></a:p></c:title></c:chart>"
NAMING = {
    "chart": ('<w:drawing><c:chart r:id="r0"/></w:drawing>', ("chart", "c.xml")),
    "diagram": ('<w:drawing><d:relIds xmlns:d="urn:d" r:dm="r0" r:lo="r7"/></w:drawing>', ("diagramData", "c.xml")),
    "object": ('<w:object><o:OLEObject xmlns:o="urn:o" r:id="r0"/></w:object>', ("package", "wb.xlsx")),
}  # fmt: skip
WAYS = {
    "shown": "<w:p><w:r>{}</w:r></w:p>",
    "deleted": "<w:p><w:del><w:r>{}</w:r></w:del></w:p>",
    "deleted by one of two": "<w:p><x:conflictDel xmlns:x='urn:x'><w:r>{}<w:t>tekst</w:t></w:r></x:conflictDel></w:p>",
    "hidden": "<w:p><w:r><w:rPr><w:vanish/></w:rPr>{}</w:r></w:p>",
    "switched off": '<w:p><w:r><w:drawing><wp:anchor xmlns:wp="urn:wp"><wp:docPr id="1" hidden="1"/>{}</wp:anchor></w:drawing></w:r></w:p>',
    "for old programs": '<w:p><w:r><m:AlternateContent xmlns:m="urn:m"><m:Choice/><m:Fallback>{}</m:Fallback></m:AlternateContent></w:r></w:p>',
    "deleted here and shown there": "<w:p><w:del><w:r>{0}</w:r></w:del><w:r>{0}</w:r></w:p>",
    "named by nothing": "<w:p/>",
}  # fmt: skip
FOUND = frozenset({"shown", "for old programs", "deleted here and shown there", "named by nothing"})


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", NAMING)
def test_what_was_inserted_and_deleted_or_hidden_is_left_out(tmp_path: Path, kind: str, way: str) -> None:
    drawn, target = NAMING[kind]
    content = make_word(
        WAYS[way].format(drawn) + RUN_SEEN,
        target,
        c_xml=CHART.format("innhold"),
        wb_xlsx=make_sheet('<row><c t="str"><v>innhold</v></c></row>'),
    )
    words, without = ("synlig;innhold", "tekst") if way in FOUND else ("synlig", "innhold;tekst")
    expect(text_of(tmp_path, content, "a.docx"), words, without=without)


def test_a_chart_of_a_shape_that_is_switched_off_says_nothing_on_slides_and_sheets(tmp_path: Path) -> None:
    frames = "".join(
        f'<p:graphicFrame xmlns:p="urn:p"><p:nvGraphicFramePr><p:cNvPr id="{number}" hidden="{number}"/></p:nvGraphicFramePr>'
        f'<c:chart r:id="r{number}"/></p:graphicFrame>'
        for number in (0, 1)
    )
    charts = [("chart", "../charts/c0.xml"), ("chart", "../charts/c1.xml")]
    parts = {f"charts__c{number}_xml": CHART.format(f"tittel{number}") for number in (0, 1)}
    slide = make_slide(frames, *charts, **parts)
    expect(text_of(tmp_path, slide, "a.pptx"), "tittel0", without="tittel1")
    parts |= {
        "drawings__d1_xml": f"<x:wsDr xmlns:x='urn:x' {W}>{frames}</x:wsDr>",
        "drawings___rels__d1.xml.rels": rels(*charts),
    }
    sheet = make_sheet('<row><c t="str"><v>synlig</v></c></row>', ("drawing", "../drawings/d1.xml"), **parts)
    expect(text_of(tmp_path, sheet, "a.xlsx"), "synlig;tittel0", without="tittel1")


REFERENCE = '<w:commentReference w:id="{}"/>'
ALL_COMMENTS = "".join(
    f'<w:comment w:id="{number}">{RUN_OF.format("merknad" + str(number))}</w:comment>' for number in range(6)
)
COMMENTS = f"<w:comments {W}>{ALL_COMMENTS}</w:comments>"


def test_a_comment_to_which_nothing_shown_refers_is_left_out(tmp_path: Path) -> None:
    def run(number: int, said: str = "") -> str:
        return f"<w:r>{said}{REFERENCE.format(number)}</w:r>"

    body = (
        f"<w:p>{run(0)}<w:del>{run(1)}</w:del>{run(2, '<w:rPr><w:vanish/></w:rPr>')}"
        '<w:commentRangeStart w:id="3"/><w:commentRangeStart w:id="1"/><w:r><w:footnoteReference w:id="2"/></w:r></w:p>'
    )
    note = f'<w:footnotes {W}><w:footnote w:id="2"><w:p>{run(4)}<w:r><w:t>note</w:t></w:r></w:p></w:footnote></w:footnotes>'
    content = make_word(
        body + RUN_SEEN,
        ("comments", "comments.xml"),
        ("footnotes", "footnotes.xml"),
        comments_xml=COMMENTS,
        footnotes_xml=note,
    )
    expect(
        text_of(tmp_path, content, "a.docx"),
        "synlig;note;merknad0;merknad3;merknad4",
        without="merknad1;merknad2;merknad5",
    )


def test_a_comment_whose_mark_alone_is_hidden_is_found_where_what_it_speaks_of_is_shown(
    tmp_path: Path,
) -> None:
    def commented(number: int, run: str, mark: str) -> str:
        around = f'<w:commentRange{{}} w:id="{number}"/>'
        return around.format("Start") + run + around.format("End") + mark.format(REFERENCE.format(number))

    hidden = "<w:r><w:rPr><w:vanish/></w:rPr>{}</w:r>"
    seen = "<w:r><w:t>ordet </w:t></w:r>"
    body = commented(0, seen, hidden) + commented(1, hidden.format("<w:t>skjult</w:t>"), hidden)
    body += commented(2, seen, f"<w:del>{hidden}</w:del>")
    content = make_word(f"<w:p>{body}</w:p>", ("comments", "comments.xml"), comments_xml=COMMENTS)
    expect(text_of(tmp_path, content, "a.docx"), "ordet;merknad0", without="skjult;merknad1;merknad2")


HEADED_PAGE = '<style:master-page style:name="{0}"{1}><style:header><text:p>topp{0}</text:p></style:header></style:master-page>'
MASTERS = "".join(
    HEADED_PAGE.format(name, f' style:next-style-name="{following}"' if following else "")
    for name, following in (("Standard", ""), ("Forside", "Bak"), ("Bak", "Bak"), ("Ubrukt", "Standard"))
)
TEXT, SLIDES_OF = (
    "<office:text><text:p>synlig</text:p></office:text>",
    (
        '<office:presentation><draw:page draw:master-page-name="{}"><text:p>synlig</text:p></draw:page></office:presentation>'
    ),
)
NAMING_PAGE = '<style:style style:name="P1" style:family="{}" style:master-page-name="{}"/>'


@pytest.mark.parametrize(
    ("kind", "body", "automatic", "seen"),
    [
        ("text", TEXT, "", "Standard"),
        ("text", TEXT, NAMING_PAGE.format("paragraph", "Forside"), "Standard;Forside;Bak"),
        ("text", TEXT, NAMING_PAGE.format("paragraph", ""), "Standard"),
        ("presentation", SLIDES_OF.format("Bak"), "", "Bak"),
        ("presentation", SLIDES_OF.format("finnes ikke"), "", "Standard;Forside;Bak;Ubrukt"),
        ("spreadsheet", "<office:spreadsheet><text:p>synlig</text:p></office:spreadsheet>", NAMING_PAGE.format("table", "Ubrukt"), "Ubrukt;Standard"),
    ],
)  # fmt: skip
def test_what_stands_on_master_pages_that_nothing_has_stays_out(
    tmp_path: Path, kind: str, body: str, automatic: str, seen: str
) -> None:
    masters = f"<office:master-styles>{MASTERS}</office:master-styles>"
    content = make_open(kind, body, automatic=automatic, styles=masters)
    words = ";".join(f"topp{one}" for one in seen.split(";"))
    without = ";".join(f"topp{one}" for one in ("Standard", "Forside", "Bak", "Ubrukt") if one not in seen)
    expect(text_of(tmp_path, content, "a.odf"), f"synlig;{words}", without=without)
    flat = (
        f"<?xml version='1.0'?><office:document office:mimetype='application/vnd.oasis.opendocument.{kind}' {OPEN_SPACES}>"
        f"<office:automatic-styles>{automatic}</office:automatic-styles>{masters}<office:body>{body}</office:body></office:document>"
    )
    for letters in ("utf-8", "utf-16"):
        expect(text_of(tmp_path, flat.encode(letters), "a.fodt"), f"synlig;{words}", without=without)


def test_a_text_of_pages_with_names_of_their_own_begins_with_the_first(tmp_path: Path) -> None:
    masters = "".join(HEADED_PAGE.format(name, "") for name in ("MP0", "MP1"))
    content = make_open("text", TEXT, styles=f"<office:master-styles>{masters}</office:master-styles>")
    expect(text_of(tmp_path, content, "a.odt"), "synlig;toppMP0", without="toppMP1")


def test_styles_of_an_object_are_its_own(tmp_path: Path) -> None:
    def styled(style: str) -> str:
        return f'<style:style style:name="T1" style:family="text">{style}</style:style>'

    def words(word: str) -> str:
        return (
            f'<office:text><text:p><text:span text:style-name="T1">{word}</text:span></text:p></office:text>'
        )

    hides = '<style:text-properties text:display="none"/>'
    content = make_open(
        "text",
        words("skjult") + "<text:p>synlig</text:p>",
        automatic=styled(hides),
        Object__1=f"<office:document-content {OPEN_SPACES}><office:automatic-styles>{styled('')}</office:automatic-styles>{words('vist')}"
        "</office:document-content>",
    )
    expect(text_of(tmp_path, content, "a.odt"), "synlig;vist", without="skjult")
