"""What was deleted, hidden or switched off is found in no format, however it is said; what stands beside it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from package_makers import OPEN_SPACES, expect, make_open, make_sheet, make_slide, make_word, text_of

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
