"""Cells, fields and drawn words as they are shown: formats of numbers, choices of forms, words across a page."""

from __future__ import annotations

from pathlib import Path

import pytest
from file_makers import text_of
from package_makers import expect, make_open, make_sheet, make_slide, make_word

EXCEL_2003 = (
    '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"'
    ' xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="Mengder"><Table><Row><Cell><Data ss:Type="String">'
    'Blåbær</Data><Comment><ss:Data>husk</ss:Data></Comment></Cell><Cell><ss:Data ss:Type="String"><B>Be</B>tong</ss:Data></Cell><Cell>'
    '<Data ss:Type="DateTime">2026-03-15T00:00:00.000</Data></Cell></Row></Table></Worksheet></Workbook>'
)
FORMATS = [
    ("000000-0000", "501010123", "050101-0123"), ("00 00 00 00", "12345678", "12 34 56 78"), ("000 000 000", "987654321", "987 654 321"),
    ("(000) 000-0000", "4155551234", "(415) 555-1234"), ("00-00", "12345", "123-45"), ("0000", "17", "0017"), ("[h]:mm:ss", "1.6875", "40:30:00"),
    ("[mm]:ss", "0.0625", "90:00"), ("0&quot; stk&quot;", "12", "12 stk"), ("&quot;RIB-&quot;0000", "42", "RIB-0042"), ("0.0%", "0.255", "25.5%"),
    ("[&lt;=9999]0000;General", "17", "0017"), ("#\\ ##0", "12500", "12500"), ("d.m.yyyy", "45000", "2023-03-15"),
    ("[$-414]d. mmmm yyyy", "45000", "2023-03-15"), ("hh:mm", "0.6041666667", "14:30:00"), ("[Red]0.00", "1.5", "1.5"), ("# ?/?", "1.5", "1.5"),
    ("General&quot; stk&quot;", "5", "5 stk"), ("&quot;Nr. &quot;General", "5", "Nr. 5"), ("[Red]General", "5", "5"), ("[=1]&quot;Ja&quot;;[=0]&quot;Nei&quot;;General", "1", "Ja"),
    ("[=1]&quot;Ja&quot;;[=0]&quot;Nei&quot;;General", "7", "7"), ("[&gt;=100]&quot;mye&quot;;[&lt;100]&quot;lite&quot;", "5", "lite"), ("[&lt;1]0%;0.0", "0.5", "50%"),
    ("_-* #,##0.00\\ &quot;kr&quot;_-", "1234.5", "1234.50 kr"), ("00-00", "1.5", "1.5"), ("00-00", "-12", "-12"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "value", "shown"), FORMATS)
def test_a_number_is_found_as_it_is_shown(tmp_path: Path, code: str, value: str, shown: str) -> None:
    content = make_sheet(f'<row><c s="1"><v>{value}</v></c></row>', code=code)
    assert text_of(tmp_path, content, "a.xlsx").split("\n") == ["Ark", shown]


def test_days_are_counted_from_1904_on_whatever_an_extension_of_the_book_says(tmp_path: Path) -> None:
    book = (
        '<workbook xmlns="urn:s" xmlns:x15="urn:x15"><workbookPr date1904="1"/><sheets><sheet name="Ark"/></sheets>'
        '<extLst><ext><x15:workbookPr chartTrackingRefBase="1"/></ext></extLst></workbook>'
    )
    content = make_sheet('<row><c s="1"><v>11</v></c></row>', code="yyyy-mm-dd", workbook_xml=book)
    assert text_of(tmp_path, content, "a.xlsx").split("\n") == ["Ark", "1904-01-12"]


def test_comments_of_a_thread_are_parted_and_how_words_are_spoken_is_left_out(tmp_path: Path) -> None:
    thread = (
        "<ThreadedComments><threadedComment><text>første kommentar</text></threadedComment>"
        "<threadedComment><text>andre</text></threadedComment></ThreadedComments>"
    )
    rows = '<row><c t="inlineStr"><is><t>東京</t><rPh><t>とうきょう</t></rPh></is></c></row>'
    content = make_sheet(rows, ("threadedComment", "../threads/t1.xml"), threads__t1_xml=thread)
    expect(text_of(tmp_path, content, "a.xlsx"), "東京;kommentar;andre", without="とうきょう")
    ruby = (
        "<w:p><w:r><w:ruby><w:rt><w:r><w:t>とうきょう</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>東京</w:t></w:r></w:rubyBase></w:ruby>"
        "</w:r></w:p>"
    )
    expect(text_of(tmp_path, make_word(ruby), "a.docx"), "東京", without="とうきょう")
    ruby = (
        "<office:text><text:p><text:ruby><text:ruby-base>東京</text:ruby-base><text:ruby-text>とうきょう</text:ruby-text></text:ruby>"
        "</text:p></office:text>"
    )
    expect(text_of(tmp_path, make_open("text", ruby), "a.odt"), "東京", without="とうきょう")


def test_words_across_a_page_and_choices_of_a_form_are_found(tmp_path: Path) -> None:
    body = (
        '<w:p><w:r><w:pict xmlns:v="urn:v"><v:shape><v:textpath string="UTKAST"/></v:shape></w:pict></w:r><w:r><w:fldChar><w:ffData>'
        '<w:ddList><w:result w:val="1"/><w:listEntry w:val="Avslag"/><w:listEntry w:val="Godkjent"/></w:ddList></w:ffData></w:fldChar>'
        "</w:r><w:r><w:t>videre</w:t></w:r></w:p>"
    )
    expect(text_of(tmp_path, make_word(body), "a.docx"), "UTKAST;Godkjent;videre", without="Avslag")


def test_a_large_first_letter_belongs_to_its_word(tmp_path: Path) -> None:
    first = '<w:p><w:pPr><w:framePr w:dropCap="{}"/></w:pPr><w:r><w:t>{}</w:t></w:r></w:p>'
    rest = "<w:p><w:r><w:t>{}</w:t></w:r></w:p>"
    body = first.format("drop", "B") + rest.format("etong") + first.format("margin", "G") + rest.format("rus")
    body += first.format("none", "ramme") + rest.format("tekst")
    assert text_of(tmp_path, make_word(body), "a.docx").split() == ["Betong", "Grus", "ramme", "tekst"]


def test_shapes_and_notes_of_authors_in_a_paragraph_are_glued_to_nothing(tmp_path: Path) -> None:
    body = (
        "<office:text><text:p>ordet<draw:custom-shape><text:p>boksen</text:p></draw:custom-shape>etter<office:annotation>"
        "<dc:creator>Kari</dc:creator><dc:date>2026-01-01T00:00:00</dc:date><loext:sender-initials>KNX</loext:sender-initials>"
        "<text:p>kommentar</text:p></office:annotation>videre</text:p></office:text>"
    )
    expect(
        text_of(tmp_path, make_open("text", body), "a.odt"),
        "ordet;boksen;etter;Kari;kommentar;videre",
        without="KNX;2026",
    )


def test_a_workbook_in_one_piece_of_xml_is_read_cell_by_cell(tmp_path: Path) -> None:
    expect(text_of(tmp_path, EXCEL_2003, "a.xls"), "Mengder;Blåbær;husk;Betong;2026-03-15", without="T00:00")


def test_each_comment_of_a_slide_and_what_a_picture_is_called_stands_by_itself(tmp_path: Path) -> None:
    comments = "<p:cmLst xmlns:p='urn:p'><p:cm><p:text>første</p:text></p:cm><p:cm><p:text>andre</p:text></p:cm></p:cmLst>"
    content = make_slide("", ("comments", "../comments/c1.xml"), comments__c1_xml=comments)
    expect(text_of(tmp_path, content, "a.pptx"), "første;andre")
    picture = (
        "<office:text><text:p>ordet<draw:frame><draw:image/><svg:title xmlns:svg='urn:svg'>tittel</svg:title><svg:desc xmlns:svg='urn:svg'>"
        "beskrivelse</svg:desc></draw:frame>videre <text:title>felt</text:title>et</text:p></office:text>"
    )
    expect(text_of(tmp_path, make_open("text", picture), "a.odt"), "ordet;tittel;beskrivelse;videre;feltet")


def test_a_cell_without_a_paragraph_is_read_by_its_value(tmp_path: Path) -> None:
    cells = (
        '<table:table-cell office:value-type="float" office:value="4711"/><table:table-cell office:string-value="grøften"/>'
        '<table:table-cell office:date-value="2026-03-01T00:00:00"/><table:table-cell office:value-type="percentage" office:value="0.25"/>'
        '<table:table-cell office:value="0.5"><text:p>50 prosent</text:p></table:table-cell>'
    )
    table = f"<office:spreadsheet><table:table table:name='Ark'><table:table-row>{cells}</table:table-row></table:table></office:spreadsheet>"
    expect(
        text_of(tmp_path, make_open("spreadsheet", table), "a.ods"),
        "4711;grøften;2026-03-01;25%;50 prosent",
        without="0.5;T00",
    )


def test_texts_and_days_in_letters_are_written_as_their_cells_show_them(tmp_path: Path) -> None:
    rows = (
        '<row><c s="1" t="str"><v>A</v></c><c t="d"><v>2026-03-01T00:00:00</v></c><c t="d"><v>2026-03-02</v></c>'
        '<c t="d"><v>2026-03-03T14:30:00.000</v></c><c t="str"><v>en_x000D_to</v></c></row>'
    )
    note = "<comments><comment><text><r><t>merk_x000D_nad</t></r></text></comment></comments>"
    content = make_sheet(rows, ("comments", "../c.xml"), code="0;0;0;&quot;Rev. &quot;@", c_xml=note)
    expect(
        text_of(tmp_path, content, "a.xlsx"),
        "Rev. A;2026-03-01;2026-03-02;2026-03-03 14:30:00;en;to;merk;nad",
        without="T00;T14;_x000D",
    )


STYLED = (
    '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
    '<Styles><Style ss:ID="s1"><NumberFormat ss:Format="{}"/></Style></Styles><Worksheet ss:Name="Ark"><Table><Row><Cell ss:StyleID="s1">'
    '<Data ss:Type="{}">{}</Data></Cell></Row></Table></Worksheet></Workbook>'
)


@pytest.mark.parametrize(
    ("code", "kind", "value", "shown"),
    [
        ("0%", "Number", "0.25", "25%"), ("Percent", "Number", "0.25", "25.00%"), ("0000", "Number", "17", "0017"), (";;;", "String", "hemmelig", ""),
        ("[h]:mm", "DateTime", "1900-01-01T16:30:00.000", "40:30"), ("Short Time", "DateTime", "1899-12-31T14:30:00.000", "14:30:00"),
        ("dd.mm.yyyy", "DateTime", "2026-03-15T14:30:00.000", "2026-03-15 14:30:00"), ("General", "Boolean", "1", "true"),
    ],
)  # fmt: skip
def test_a_cell_in_one_piece_of_xml_is_found_as_it_is_shown(
    tmp_path: Path, code: str, kind: str, value: str, shown: str
) -> None:
    assert text_of(tmp_path, STYLED.format(code, kind, value), "a.xls").split("\n")[1:] == (
        [shown] if shown else []
    )


def test_how_words_of_a_page_are_spoken_is_left_out(tmp_path: Path) -> None:
    page = "<html><body><p><ruby>鉄筋<rp>(</rp><rt>てっきん</rt><rp>)</rp></ruby>工事</p></body></html>"
    assert text_of(tmp_path, page, "a.html") == "鉄筋工事"
