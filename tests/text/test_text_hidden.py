"""What was deleted, hidden or switched off is found in no format, however it is said; what stands beside it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from file_makers import text_of
from package_makers import OPEN_SPACES, W, expect, make_open, make_sheet, make_slide, make_word, package, rels

from connector.text import charset, markup

RUN = "<w:p><w:r>{}<w:t>{}</w:t></w:r></w:p>"
HIDING_STYLES = (
    '<w:styles xmlns:w="urn:w">'
    '<w:style w:type="character" w:styleId="Skjult"><w:rPr><w:vanish/></w:rPr></w:style>'
    '<w:style w:type="character" w:styleId="Barn"><w:basedOn w:val="Skjult"/></w:style>'
    '<w:style w:type="character" w:styleId="Vist"><w:basedOn w:val="Skjult"/><w:rPr><w:vanish w:val="0"/></w:rPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Avsnitt"><w:rPr><w:vanish/></w:rPr></w:style>'
    '<w:style w:type="character" w:styleId="Rundt"><w:basedOn w:val="Rundt"/></w:style></w:styles>'
)
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
FLAT = (
    '<?xml version="1.0" encoding="UTF-8"?><?mso-application progid="Word.Document"?>'
    '<pkg:package xmlns:pkg="urn:pkg"><pkg:part pkg:name="/word/document.xml"><pkg:xmlData>'
    f'<w:document xmlns:w="{WORD}"><w:body><w:p><w:r><w:t>grøf</w:t></w:r><w:r><w:t>ten</w:t></w:r>'
    "<w:del><w:r><w:delText>slettet</w:delText></w:r></w:del><w:r><w:instrText>HYPERLINK</w:instrText></w:r>"
    '<w:r><w:rPr><w:rStyle w:val="Skjult"/></w:rPr><w:t>hemmelig</w:t></w:r></w:p></w:body></w:document></pkg:xmlData></pkg:part>'
    f'<pkg:part pkg:name="/word/styles.xml"><pkg:xmlData>{HIDING_STYLES.replace("urn:w", WORD)}</pkg:xmlData></pkg:part></pkg:package>'
)
WORD_2003 = (
    '<?xml version="1.0" encoding="UTF-8"?><?mso-application progid="Word.Document"?>'
    '<w:wordDocument xmlns:w="urn:2003" xmlns:aml="urn:aml"><w:body><w:p><w:r><w:t>grøf</w:t></w:r><w:r><w:t>ten</w:t></w:r>'
    '<aml:annotation w:type="Word.Deletion"><aml:content><w:r><w:delText>slettet</w:delText></w:r></aml:content></aml:annotation>'
    "</w:p><w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>hemmelig</w:t></w:r></w:p></w:body></w:wordDocument>"
)


@pytest.mark.parametrize("style", ["Skjult", "Barn"])
def test_a_style_of_word_hides_its_words_also_by_what_it_is_based_on(tmp_path: Path, style: str) -> None:
    body = RUN.format("", "synlig") + RUN.format(f'<w:rPr><w:rStyle w:val="{style}"/></w:rPr>', "hemmelig")
    content = make_word(body, ("styles", "styles.xml"), styles_xml=HIDING_STYLES)
    expect(text_of(tmp_path, content, "a.docx"), "synlig", without="hemmelig")


def test_a_style_of_a_paragraph_hides_what_its_runs_do_not_show_themselves(tmp_path: Path) -> None:
    body = (
        '<w:p><w:pPr><w:pStyle w:val="Avsnitt"/></w:pPr><w:r><w:t>hemmelig</w:t></w:r>'
        '<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t xml:space="preserve"> likevel </w:t></w:r></w:p>'
        + RUN.format('<w:rPr><w:rStyle w:val="Vist"/></w:rPr>', "vist")
        + RUN.format('<w:rPr><w:rStyle w:val="Rundt"/></w:rPr>', "rundt")
    )
    content = make_word(body, ("styles", "styles.xml"), styles_xml=HIDING_STYLES)
    expect(text_of(tmp_path, content, "a.docx"), "likevel;vist;rundt", without="hemmelig")


def test_a_deletion_is_none_of_the_document_however_it_is_written(tmp_path: Path) -> None:
    body = (
        "<w:p><w:r><w:t>synlig</w:t></w:r><w:del><w:r><w:t>slettet</w:t></w:r></w:del><w:r><w:t> etter</w:t></w:r></w:p>"
        "<w:tbl><w:tr><w:trPr><w:del/></w:trPr><w:tc><w:del><w:r><w:t>rad</w:t></w:r></w:del></w:tc></w:tr></w:tbl>"
    )
    expect(text_of(tmp_path, make_word(body), "a.docx"), "synlig;etter", without="slettet;rad")


@pytest.mark.parametrize(("content", "name"), [(FLAT, "a.xml"), (WORD_2003, "a.doc"), (FLAT, "a.doc")])
def test_word_in_one_piece_of_xml_is_read_as_a_document(tmp_path: Path, content: str, name: str) -> None:
    expect(text_of(tmp_path, content, name), "grøften", without="slettet;hemmelig;HYPERLINK")


SHAPES = {
    "docx": make_word(
        '<w:p><w:r><w:drawing><wp:anchor xmlns:wp="urn:wp"><wp:docPr id="1" hidden="1"/><w:txbxContent>'
        '<w:p><w:r><w:t>av</w:t></w:r></w:p></w:txbxContent></wp:anchor></w:drawing></w:r><w:r><w:pict xmlns:v="urn:v">'
        '<v:shape style="width:2pt;visibility: hidden"><w:txbxContent><w:p><w:r><w:t>avslått</w:t></w:r></w:p></w:txbxContent>'
        "</v:shape></w:pict></w:r><w:r><w:t>synlig</w:t></w:r></w:p>"
    ),
    "pptx": make_slide(
        '<p:grpSp><p:nvGrpSpPr><p:cNvPr id="2" hidden="1"/></p:nvGrpSpPr><p:sp><p:nvSpPr><p:cNvPr id="3"/></p:nvSpPr>'
        "<a:p><a:r><a:t>av</a:t></a:r></a:p></p:sp></p:grpSp><p:sp><a:p><a:r><a:t>synlig</a:t></a:r></a:p></p:sp>"
    ),
    "xlsx": make_sheet(
        "",
        ("drawing", "../drawings/d1.xml"),
        drawings__d1_xml='<xdr:wsDr xmlns:xdr="urn:x" xmlns:a="urn:a"><xdr:sp><xdr:nvSpPr><xdr:cNvPr id="1" hidden="true"/>'
        "</xdr:nvSpPr><a:p><a:r><a:t>av</a:t></a:r></a:p></xdr:sp><xdr:sp><a:p><a:r><a:t>synlig</a:t></a:r></a:p></xdr:sp></xdr:wsDr>",
    ),
}


SHOWN = 'id="1" descr="Grunnmur mot nord"/>'
PICTURES = {
    "docx": make_word(
        f'<w:p><w:r><w:drawing><wp:inline xmlns:wp="urn:wp"><wp:docPr {SHOWN}<pic:pic xmlns:pic="urn:pic"><pic:nvPicPr>'
        f"<pic:cNvPr {SHOWN}</pic:nvPicPr></pic:pic></wp:inline></w:drawing></w:r><w:r><w:t>synlig</w:t></w:r></w:p>"
        '<w:p><w:r><w:drawing><wp:inline xmlns:wp="urn:wp"><wp:docPr id="2" descr="C:\\Bilder\\bilde1.PNG"/></wp:inline></w:drawing>'
        '</w:r><w:r><w:rPr><w:vanish/></w:rPr><w:drawing><wp:inline xmlns:wp="urn:wp"><wp:docPr id="3" descr="av"/></wp:inline>'
        "</w:drawing></w:r></w:p>"
    ),
    "pptx": make_slide(
        f"<p:pic><p:nvPicPr><p:cNvPr {SHOWN}</p:nvPicPr></p:pic><p:pic><p:nvPicPr>"
        '<p:cNvPr id="2" hidden="1" descr="av"/></p:nvPicPr></p:pic><p:sp><a:p><a:r><a:t>synlig</a:t></a:r></a:p></p:sp>'
    ),
    "odp": make_open(
        "presentation",
        '<office:presentation><draw:page><draw:frame><draw:image/><svg:title xmlns:svg="urn:svg">bilde</svg:title><svg:desc xmlns:svg="urn:svg">'
        "Grunnmur mot nord</svg:desc></draw:frame><text:p>synlig</text:p></draw:page></office:presentation>",
    ),
    "doc": make_word(
        '<w:p><w:r><w:pict xmlns:v="urn:v"><v:shape alt="Grunnmur mot nord"><v:imagedata/></v:shape></w:pict></w:r><w:r><w:t>synlig</w:t>'
        "</w:r></w:p>"
    ),
    "xlsx": make_sheet(
        '<row><c t="str"><v>synlig</v></c></row>',
        ("drawing", "../drawings/d1.xml"),
        drawings__d1_xml='<xdr:wsDr xmlns:xdr="urn:x" xmlns:a="urn:a"><xdr:pic><xdr:nvPicPr><xdr:cNvPr '
        f"{SHOWN}</xdr:nvPicPr></xdr:pic></xdr:wsDr>",
    ),
}


@pytest.mark.parametrize("kind", PICTURES)
def test_what_a_picture_shows_is_found_where_somebody_wrote_it_down(tmp_path: Path, kind: str) -> None:
    text = text_of(tmp_path, PICTURES[kind], f"a.{kind}")
    expect(text, "synlig;Grunnmur mot nord", without="av;Bilder")
    assert text.count("Grunnmur") == 1


@pytest.mark.parametrize("kind", SHAPES)
def test_a_shape_that_is_switched_off_says_nothing(tmp_path: Path, kind: str) -> None:
    expect(text_of(tmp_path, SHAPES[kind], f"a.{kind}"), "synlig", without="av")


def test_a_cell_whose_format_shows_nothing_says_nothing(tmp_path: Path) -> None:
    rows = '<row><c s="1"><v>4711</v></c><c s="1" t="str"><v>hemmelig</v></c><c><v>42</v></c></row>'
    expect(text_of(tmp_path, make_sheet(rows, code=";;;"), "a.xlsx"), "42", without="4711;hemmelig")
    expect(text_of(tmp_path, make_sheet(rows, code=";;"), "a.xlsx"), "42;hemmelig", without="4711")


NAMED = '<style:style style:name="Skjult"><style:text-properties text:display="none"/></style:style>'
CHILD = '<style:style style:name="Barn" style:parent-style-name="Skjult"/>'
OPEN = {
    "a style of the document": '<text:p>synlig <text:span text:style-name="Skjult">hemmelig</text:span></text:p>',
    "a style that comes from it": '<text:p text:style-name="Barn">hemmelig</text:p><text:p>synlig</text:p>',
    "a section": '<text:section text:display="none"><text:p>hemmelig</text:p></text:section><text:p>synlig</text:p>',
    "a section with a condition": '<text:section text:display="condition" text:is-hidden="true"><text:p>hemmelig</text:p>'
    '</text:section><text:section text:display="condition"><text:p>synlig</text:p></text:section>',
    "a paragraph by a field behind its words": '<text:p>hemmelig<text:span>hemmelig<text:hidden-paragraph text:is-hidden="true"/></text:span>'
    "</text:p><text:p>synlig<text:hidden-paragraph/></text:p>",
    "a paragraph in a box": '<text:p>synlig<draw:frame><draw:text-box><text:p>hemmelig<text:hidden-paragraph text:is-hidden="true"/></text:p>'
    "</draw:text-box></draw:frame></text:p>",
    "a paragraph": '<text:p><text:hidden-paragraph text:is-hidden="true"/>hemmelig</text:p><text:p>synlig</text:p>',
}


@pytest.mark.parametrize("how", OPEN)
def test_open_document_hides_by_styles_sections_and_paragraphs(tmp_path: Path, how: str) -> None:
    body = f"<office:text>{OPEN[how]}</office:text>"
    content = make_open("text", body, styles=f"<office:styles>{NAMED}</office:styles>", automatic=CHILD)
    expect(text_of(tmp_path, content, "a.odt"), "synlig", without="hemmelig")
    flat = (
        f"<?xml version='1.0'?><office:document {OPEN_SPACES}><office:styles>{NAMED}</office:styles><office:automatic-styles>{CHILD}"
        f"</office:automatic-styles><office:body>{body}</office:body></office:document>"
    )
    expect(text_of(tmp_path, flat, "a.fodt"), "synlig", without="hemmelig")


def test_placeholders_of_masters_passwords_and_what_nobody_chose_stay_out(tmp_path: Path) -> None:
    masters = (
        '<style:master-page><draw:frame presentation:class="title"><draw:text-box><text:p>Klikk</text:p></draw:text-box></draw:frame>'
        '<draw:frame presentation:class="footer"><draw:text-box><text:p>bunntekst</text:p></draw:text-box></draw:frame>'
        "<draw:custom-shape><text:p>Internt</text:p></draw:custom-shape></style:master-page>"
    )
    body = "<office:presentation><presentation:footer-decl>Prosjekt 17</presentation:footer-decl><draw:page/></office:presentation>"
    content = make_open(
        "presentation", body, styles=f"<office:master-styles>{masters}</office:master-styles>"
    )
    expect(text_of(tmp_path, content, "a.odp"), "Prosjekt;bunntekst;Internt", without="Klikk")
    form = (
        '<office:text><office:forms><form:form form:name="skjema"><form:textarea form:current-value="feltverdi"/>'
        '<form:text form:value="standard"/><form:password form:value="hemmelig"/><form:checkbox form:label="avkrysset"'
        ' form:current-state="checked"/><form:checkbox form:label="tom"/><form:listbox><form:option form:label="valgt"'
        ' form:current-selected="true"/><form:option form:label="vraket"/></form:listbox></form:form></office:forms></office:text>'
    )
    expect(
        text_of(tmp_path, make_open("text", form), "a.odt"),
        "feltverdi;standard;avkrysset;valgt",
        without="hemmelig;tom;vraket;skjema",
    )


BOX = '<w:pict><v:shape xmlns:v="urn:v"><w:txbxContent><w:p><w:r><w:t>boks</w:t></w:r></w:p></w:txbxContent></v:shape></w:pict>'
VANISH, SHOW = "<w:vanish/>", '<w:vanish w:val="0"/>'


@pytest.mark.parametrize(
    ("body", "words", "without"),
    [
        (RUN.format(f"<w:rPr><w:rPrChange><w:rPr>{VANISH}</w:rPr></w:rPrChange></w:rPr>", "synlig"), "synlig", ""),
        (f"<w:p><w:sdt><w:sdtPr><w:rPr>{VANISH}</w:rPr></w:sdtPr><w:r><w:t>valgt</w:t></w:r></w:sdt></w:p>", "valgt", ""),
        (RUN.format(f"<w:rPr>{VANISH}<w:rPrChange><w:rPr>{SHOW}</w:rPr></w:rPrChange></w:rPr>", "hemmelig"), "", "hemmelig"),
        (
            '<w:p><w:pPr><w:pStyle w:val="Avsnitt"/><w:pPrChange><w:pPr><w:pStyle w:val="Normal"/></w:pPr></w:pPrChange></w:pPr>'
            "<w:r><w:t>hemmelig</w:t></w:r></w:p>", "", "hemmelig",
        ),
        (f"<w:p><w:r><w:rPr>{VANISH}</w:rPr>{BOX}<w:t>hemmelig</w:t></w:r></w:p>", "", "boks;hemmelig"),
        (f"<w:p><w:r>{BOX}<w:t>etter</w:t></w:r></w:p>", "boks;etter", ""),
        (
            '<w:p><w:r><w:pict xmlns:v="urn:v"><v:shape style="display: none"><w:txbxContent><w:p><w:r><w:t>hemmelig</w:t></w:r></w:p>'
            "</w:txbxContent></v:shape></w:pict></w:r></w:p>", "", "hemmelig",
        ),
        (
            f'<w:p><w:r><w:rPr>{VANISH}</w:rPr><w:pict xmlns:v="urn:v"><v:shape><v:textpath string="UTKAST"/></v:shape></w:pict></w:r></w:p>',
            "", "UTKAST",
        ),
    ],
)  # fmt: skip
def test_how_a_run_looked_before_and_where_it_hangs_is_told_apart(
    tmp_path: Path, body: str, words: str, without: str
) -> None:
    content = make_word(body + RUN.format("", "slutt"), ("styles", "styles.xml"), styles_xml=HIDING_STYLES)
    expect(text_of(tmp_path, content, "a.docx"), f"slutt;{words}".strip(";"), without=without)


def test_how_something_looked_before_hides_nothing_in_word_2003(tmp_path: Path) -> None:
    content = (
        '<?xml version="1.0"?><w:wordDocument xmlns:w="urn:2003" xmlns:aml="urn:aml"><w:body><w:p><w:r><w:rPr><aml:annotation '
        'w:type="Word.Formatting"><aml:content><w:rPr><w:vanish/></w:rPr></aml:content></aml:annotation></w:rPr><w:t>synlig</w:t></w:r>'
        "</w:p></w:body></w:wordDocument>"
    )
    expect(text_of(tmp_path, content, "a.xml"), "synlig")


def test_a_field_shows_its_result_and_nothing_of_its_code(tmp_path: Path) -> None:
    def mark(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    def run(text: str) -> str:
        return f'<w:r><w:t xml:space="preserve">{text} </w:t></w:r>'

    nested = mark("begin") + run("MERGEFIELD") + mark("separate") + run("kodeverdi") + mark("end")
    body = "<w:p>" + mark("begin") + nested + mark("separate") + run("vist") + mark("end") + "</w:p>"
    without_end = "<w:p>" + mark("begin") + "</w:p><w:p>" + run("neste") + "</w:p>"
    expect(text_of(tmp_path, make_word(body + without_end), "a.docx"), "vist;neste", without="kode;MERGE")


def test_what_stands_beside_the_text_and_is_shown_nowhere_stays_out(tmp_path: Path) -> None:
    def part(name: str, inner: str) -> str:
        return f"<w:{name} {W}>{inner}</w:{name}>"

    def notes(body: str) -> bytes:
        kinds = ("first", "default", "even")
        references = "".join(
            f'<w:headerReference w:type="{kind}" r:id="r{n}"/>' for n, kind in enumerate(kinds)
        )
        return make_word(
            '<w:p><w:r><w:t>kropp</w:t></w:r><w:del><w:r><w:footnoteReference w:id="2"/></w:r></w:del></w:p>'
            f'<w:p><w:r><w:footnoteReference w:id="3"/></w:r></w:p><w:sectPr>{references}{body}</w:sectPr>',
            *(("header", f"{kind}.xml") for kind in kinds),
            ("footnotes", "notes.xml"),
            notes_xml=part("footnotes", "".join(f'<w:footnote w:id="{n}">{RUN.format("", f"note{n}")}</w:footnote>' for n in (2, 3))),
            **{f"{kind}_xml": part("hdr", RUN.format("", f"topp{kind}")) for kind in kinds},
        )  # fmt: skip

    plain = text_of(tmp_path, notes(""), "a.docx")
    expect(plain, "kropp;note3;toppdefault", without="note2;toppfirst;toppeven")
    expect(text_of(tmp_path, notes("<w:titlePg/>"), "a.docx"), "toppdefault;toppfirst", without="toppeven")


ODD = {
    "what is said of wrong values": "<table:content-validations><table:content-validation><table:error-message><text:p>hemmelig</text:p>"
    "</table:error-message></table:content-validation></table:content-validations><text:p>synlig</text:p>",
    "a field": '<text:p>synlig<text:variable-set text:display="none">hemmelig</text:variable-set></text:p>',
    "a shape": '<draw:g draw:display="none"><draw:custom-shape><text:p>hemmelig</text:p></draw:custom-shape></draw:g><text:p>synlig</text:p>',
    "a layer": '<draw:custom-shape draw:layer="Intern"><text:p>hemmelig</text:p></draw:custom-shape>'
    '<draw:custom-shape draw:layer="layout"><text:p>synlig</text:p></draw:custom-shape>',
    "a sheet of another file": "<table:table table:name=\"'file:///hjem/hemmelig.ods'#$Ark1\"><table:table-row><table:table-cell>"
    "<text:p>hemmelig</text:p></table:table-cell></table:table-row></table:table><text:p>synlig</text:p>",
    "a picture in letters": "<text:p>synlig<draw:frame><draw:image><office:binary-data>hemmelig</office:binary-data></draw:image>"
    "</draw:frame></text:p>",
}  # fmt: skip


@pytest.mark.parametrize("how", ODD)
def test_what_open_document_keeps_and_shows_nowhere_stays_out(tmp_path: Path, how: str) -> None:
    layers = (
        '<office:master-styles><draw:layer-set><draw:layer draw:name="layout"/><draw:layer draw:name="Intern" draw:display="none"/>'
        "</draw:layer-set><style:master-page><style:header><text:p>topp</text:p></style:header>"
        '<style:header-left style:display="false"><text:p>venstre</text:p></style:header-left></style:master-page></office:master-styles>'
    )
    body = f"<office:drawing>{ODD[how]}</office:drawing>"
    content = make_open("graphics", body, styles=layers)
    expect(text_of(tmp_path, content, "a.odg"), "synlig;topp", without="hemmelig;venstre")
    flat = f"<?xml version='1.0'?><office:document {OPEN_SPACES}>{layers}<office:body>{body}</office:body></office:document>"
    expect(text_of(tmp_path, flat, "a.fodg"), "synlig;topp", without="hemmelig;venstre")


PAGES = {
    "svg": '<svg xmlns="http://www.w3.org/2000/svg"><style>.hemmelig{}</style><g style="display:none"><text>hemmelig</text></g>'
    '<g display="none"><g/><text>hemmelig</text></g><text visibility="hidden">hemmelig</text><text>synlig</text></svg>',
    "html": '<html><body><iframe srcdoc="&lt;p hidden&gt;hemmelig&lt;/p&gt;&lt;p&gt;synlig&lt;/p&gt;"></iframe>'
    "<p>ord<span style='mso-hide:all'>hemmelig</span>et</p></body></html>",
}


@pytest.mark.parametrize("kind", PAGES)
def test_what_a_page_or_a_drawing_hides_stays_out(tmp_path: Path, kind: str) -> None:
    expect(text_of(tmp_path, PAGES[kind], f"a.{kind}"), "synlig", without="hemmelig")


def test_a_style_sheet_holds_to_the_end_of_a_long_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(markup, "_PORTION_CHARS", 2_000)
    page = (
        "<html><style>.skjult{display:none}</style>"
        + "<p>synlig</p>" * 3_000
        + "<p class=skjult>hemmelig</p><p>slutt</p></html>"
    )
    monkeypatch.setattr(charset, "_CHUNK_BYTES", 1_000)
    expect(text_of(tmp_path, page, "a.html"), "synlig;slutt", without="hemmelig")


TABLE = "<w:tbl>{}<w:tr>{}<w:tc>{}<w:p><w:r><w:t>skjult</w:t></w:r></w:p></w:tc></w:tr>{}</w:tbl><w:p><w:r><w:t>synlig</w:t></w:r></w:p>"
ROW = "<w:tr><w:tc><w:p><w:r><w:t>rad</w:t></w:r></w:p></w:tc></w:tr>"
OF_TABLES = '<w:styles xmlns:w="urn:w"><w:style w:type="table" w:styleId="Borte"><w:rPr><w:vanish/></w:rPr></w:style></w:styles>'


@pytest.mark.parametrize(
    ("parts", "words", "without"),
    [
        (("", "<w:trPr><w:hidden/></w:trPr>", "", ROW), "rad;synlig", "skjult"),
        (("", "<w:trPr><w:del w:id='1'/></w:trPr>", "", ROW), "rad;synlig", "skjult"),
        (("", "", "<w:tcPr><w:cellDel/></w:tcPr>", ROW), "rad;synlig", "skjult"),
        (("", "<w:trPr><w:hidden w:val='0'/></w:trPr>", "", ROW), "skjult;rad;synlig", ""),
        (("", "<w:trPr><w:trPrChange><w:trPr><w:hidden/></w:trPr></w:trPrChange></w:trPr>", "", ROW), "skjult;rad;synlig", ""),
        (("<w:tblPr><w:tblStyle w:val='Borte'/></w:tblPr>", "", "", ""), "synlig", "skjult"),
        (("<w:tblPr><w:tblStyle w:val='Borte'/></w:tblPr>", "", "", ROW.replace("<w:t>", "<w:rPr><w:vanish w:val='0'/></w:rPr><w:t>")), "rad;synlig", "skjult"),
        (("<w:tblPr><w:tblStyle w:val='Andre'/></w:tblPr>", "", "", ROW), "skjult;rad;synlig", ""),
    ],
)  # fmt: skip
def test_rows_cells_and_tables_that_word_hides_stay_out(
    tmp_path: Path, parts: tuple[str, str, str, str], words: str, without: str
) -> None:
    content = make_word(TABLE.format(*parts), ("styles", "styles.xml"), styles_xml=OF_TABLES)
    expect(text_of(tmp_path, content, "a.docx"), words, without=without)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("", False),
        ('<w:sectPr><w:headerReference r:id="r0"/></w:sectPr>', True),
        ('<w:sectPr><w:headerReference r:id="r7"/></w:sectPr>', False),
        (
            '<w:sectPr><w:sectPrChange><w:sectPr><w:headerReference r:id="r0"/></w:sectPr></w:sectPrChange></w:sectPr>',
            False,
        ),
    ],
)
def test_a_header_that_no_section_names_stays_out(tmp_path: Path, body: str, shown: bool) -> None:
    header = f"<w:hdr {W}><w:p><w:r><w:t>topptekst</w:t></w:r></w:p></w:hdr>"
    content = make_word(RUN.format("", "synlig") + body, ("header", "h1.xml"), h1_xml=header)
    words, without = ("synlig;topptekst", "") if shown else ("synlig", "topptekst")
    expect(text_of(tmp_path, content, "a.docx"), words, without=without)


def test_what_is_visible_within_something_invisible_of_a_drawing_is_found(tmp_path: Path) -> None:
    drawing = (
        "<svg><style>.av{visibility:hidden} [data-lag='to']{display:none}</style><g class='av' title='skjult tittel'><text>skjult</text>"
        "<g visibility='visible'><text>synlig</text><text visibility='collapse'>skjult</text><text>andre</text></g><text>skjult</text></g>"
        "<g data-lag='to'><text visibility='visible'>skjult</text></g><text>sist</text></svg>"
    )
    expect(text_of(tmp_path, drawing, "a.svg"), "synlig;andre;sist", without="skjult")


CELL = '<row><c t="inlineStr"><is><t>{}</t></is></c></row>'


def two_sheets(state: str) -> bytes:
    """An XLSX of two sheets, of which the first has a state and a chart of its own."""
    sheets = f"<sheet name='Første' {state} r:id='r0'/><sheet name='Andre' r:id='r1'/>"
    return package(
        "xl/workbook.xml",
        "spreadsheetml.sheet",
        {
            "xl/workbook.xml": f"<workbook {W}><sheets>{sheets}</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": rels(
                ("worksheet", "worksheets/s1.xml"), ("worksheet", "worksheets/s2.xml")
            ),
            "xl/worksheets/s1.xml": f"<worksheet {W}><sheetData>{CELL.format('skjult')}</sheetData></worksheet>",
            "xl/worksheets/_rels/s1.xml.rels": rels(("comments", "../comments1.xml")),
            "xl/comments1.xml": f"<comments {W}><comment><text><t>merknad</t></text></comment></comments>",
            "xl/worksheets/s2.xml": f"<worksheet {W}><sheetData>{CELL.format('synlig')}</sheetData></worksheet>",
        },
    )


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_sheet_that_is_hidden_says_nothing(tmp_path: Path, state: str) -> None:
    expect(
        text_of(tmp_path, two_sheets(f"state='{state}'"), "a.xlsx"),
        "Andre;synlig",
        without="Første;skjult;merknad",
    )
    for shown in ("", "state='visible'"):
        expect(text_of(tmp_path, two_sheets(shown), "a.xlsx"), "Første;Andre;skjult;merknad;synlig")


def two_slides(show: str) -> bytes:
    """A PPTX of two slides, of which the first says whether it is shown, and has notes."""
    slide = f"<p:sld xmlns:p='urn:p' {W} {{}}><p:sp><a:p><a:r><a:t>{{}}</a:t></a:r></a:p></p:sp></p:sld>"
    return package(
        "ppt/presentation.xml",
        "presentationml.presentation",
        {
            "ppt/presentation.xml": "<p:presentation xmlns:p='urn:p'/>",
            "ppt/_rels/presentation.xml.rels": rels(
                ("slide", "slides/slide1.xml"), ("slide", "slides/slide2.xml")
            ),
            "ppt/slides/slide1.xml": slide.format(show, "skjult"),
            "ppt/slides/_rels/slide1.xml.rels": rels(("notesSlide", "../notes1.xml")),
            "ppt/notes1.xml": slide.format("", "merknad"),
            "ppt/slides/slide2.xml": slide.format("show='1'", "synlig"),
        },
    )


def test_a_slide_that_is_hidden_says_nothing(tmp_path: Path) -> None:
    for show in ("show='0'", "show='false'"):
        expect(text_of(tmp_path, two_slides(show), "a.pptx"), "synlig", without="skjult;merknad")
    expect(text_of(tmp_path, two_slides(""), "a.pptx"), "synlig;skjult;merknad")


def test_a_cell_of_a_slide_that_another_one_covers_says_nothing(tmp_path: Path) -> None:
    cells = "".join(
        f"<a:tc {how}><a:txBody><a:p><a:r><a:t>{word}</a:t></a:r></a:p></a:txBody></a:tc>"
        for how, word in (
            ("gridSpan='2'", "en"),
            ("hMerge='1'", "skjult"),
            ("vMerge='true'", "skjult"),
            ("vMerge='0'", "to"),
        )
    )
    body = f"<p:graphicFrame><a:tbl><a:tr>{cells}</a:tr></a:tbl></p:graphicFrame>"
    expect(text_of(tmp_path, make_slide(body), "a.pptx"), "en;to", without="skjult")


@pytest.mark.parametrize(
    ("kind", "family", "said", "body"),
    [
        (
            "spreadsheet", "table", '<style:table-properties table:display="{}"/>',
            '<office:spreadsheet><table:table table:name="Første" table:style-name="S"><table:table-row><table:table-cell><text:p>skjult</text:p>'
            '</table:table-cell></table:table-row></table:table><table:table table:name="Andre"><table:table-row><table:table-cell>'
            "<text:p>synlig</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet>",
        ),
        (
            "presentation", "drawing-page", '<style:drawing-page-properties presentation:visibility="{}"/>',
            '<office:presentation><draw:page draw:style-name="S"><draw:frame><draw:text-box><text:p>skjult</text:p></draw:text-box></draw:frame>'
            "</draw:page><draw:page><draw:frame><draw:text-box><text:p>synlig</text:p></draw:text-box></draw:frame></draw:page>"
            "</office:presentation>",
        ),
    ],
)  # fmt: skip
def test_open_document_hides_sheets_and_slides_by_their_styles(
    tmp_path: Path, kind: str, family: str, said: str, body: str
) -> None:
    for value, without in (
        ("hidden" if kind == "presentation" else "false", "skjult"),
        ("visible", ""),
        ("true", ""),
    ):
        style = f'<style:style style:name="S" style:family="{family}">{said.format(value)}</style:style>'
        text = text_of(tmp_path, make_open(kind, body, automatic=style), "a.odf")
        expect(text, "synlig" if without else "synlig;skjult", without=without)
        assert kind == "presentation" or ("Første" in text) is not bool(without)
