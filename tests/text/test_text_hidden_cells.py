"""Rows and columns that somebody hid by hand are found in no workbook; what a filter or a folded group hides is."""

from __future__ import annotations

import struct
import zipfile
from io import BytesIO
from pathlib import Path

import file_makers as make
import pytest
from file_makers import text_of
from package_makers import OPEN_SPACES, W, expect, make_open, make_sheet
from test_text_binary_workbook import cell as binary_cell
from test_text_binary_workbook import record as binary_record
from test_text_binary_workbook import wide, workbook
from test_text_old_office import cell, record

from connector.text import excel_xml, hidden_cells
from connector.text.extract import Limits, extract

HIDDEN = "hidden='1'"
FILTER = "<autoFilter ref='A1:B9'><filterColumn colId='0'/></autoFilter>"


def sheet_of(rows: str, *, before: str = "", behind: str = "", table: str = "", **upon: bytes | str) -> bytes:
    """An XLSX of one sheet, with what stands before and behind its cells, a table upon it, and parts by their kinds."""
    tables = [("table", "../tables/t1.xml")] if table else []
    parts_upon = {f"{kind}_xml": content for kind, content in upon.items()}
    made = make_sheet(
        "", *tables, *((kind, f"../{kind}.xml") for kind in upon), tables__t1_xml=table, **parts_upon
    )
    with zipfile.ZipFile(BytesIO(made)) as package:
        parts: dict[str, bytes | str] = {name: package.read(name) for name in package.namelist()}
    parts["xl/worksheets/sheet1.xml"] = (
        f"<worksheet {W}>{before}<sheetData>{rows}</sheetData>{behind}</worksheet>"
    )
    return make.make_zip(parts)


def row_of(*cells: str, said: str = "", named: bool = True) -> str:
    places = [f"r='{letter}1'" if named else "" for letter in "ABC"]
    written = "".join(
        f"<c {place} t='str'><v>{one}</v></c>" for place, one in zip(places, cells, strict=False)
    )
    return f"<row {said}>{written}</row>"


ROWS = row_of("en", "to") + row_of("borte", "vekk", said=HIDDEN) + row_of("tre")
COLUMNS = row_of("en", "to", "tre") + row_of("fire", "fem", "seks", named=False)


@pytest.mark.parametrize(
    ("content", "words", "without"),
    [
        (sheet_of(ROWS), "en;to;tre", "borte;vekk"),
        (sheet_of(ROWS.replace(HIDDEN, "hidden='true'")), "en;to;tre", "borte;vekk"),
        (sheet_of(ROWS.replace(HIDDEN, "hidden='0'")), "en;to;borte;vekk;tre", ""),
        (sheet_of(ROWS.replace(HIDDEN, f"{HIDDEN} outlineLevel='1'")), "en;to;borte;vekk;tre", ""),
        (sheet_of(ROWS, before="<sheetPr filterMode='1'/>"), "en;to;borte;vekk;tre", ""),
        (sheet_of(ROWS, before="<sheetPr filterMode='0'/>"), "en;to;tre", "borte;vekk"),
        (sheet_of(ROWS, behind=FILTER), "en;to;borte;vekk;tre", ""),
        (sheet_of(ROWS, behind="<autoFilter ref='A1:B9'/>"), "en;to;tre", "borte;vekk"),
        (sheet_of(ROWS, table=f"<table>{FILTER}</table>"), "en;to;borte;vekk;tre", ""),
        (sheet_of(ROWS, table="<table><autoFilter/></table>"), "en;to;tre", "borte;vekk"),
        (sheet_of(COLUMNS, before=f"<cols><col min='2' max='2' {HIDDEN}/></cols>"), "en;tre;fire;seks", "to;fem"),
        (sheet_of(COLUMNS, before=f"<cols><col min='1' max='1' {HIDDEN}/><col min='2' max='9' {HIDDEN}/></cols>"), "Ark", "en;to;tre;fire;fem;seks"),
        (sheet_of(COLUMNS, before=f"<cols><col min='1' max='1'/><col min='3' max='16384' {HIDDEN}/></cols>"), "en;to;fire;fem", "tre;seks"),
        (sheet_of(COLUMNS, before=f"<cols><col min='2' max='2' {HIDDEN} outlineLevel='2'/></cols>"), "en;to;tre;fire;fem;seks", ""),
        (sheet_of(COLUMNS, before=f"<cols><col min='x' {HIDDEN}/><col/></cols>"), "en;to;tre;fire;fem;seks", ""),
    ],
)  # fmt: skip
def test_rows_and_columns_that_somebody_hid_say_nothing(
    tmp_path: Path, content: bytes, words: str, without: str
) -> None:
    expect(text_of(tmp_path, content, "a.xlsx"), words, without=without)


def test_of_very_many_hidden_rows_so_much_is_kept_for_a_filter_as_a_reader_can_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hidden_cells, "_MAX_KEPT_CHARS", 1_000)
    path = tmp_path / "file"
    path.write_bytes(
        sheet_of("".join(row_of(f"rad{number}", said=HIDDEN) for number in range(100)), behind=FILTER)
    )
    result = extract(path, "a.xlsx", "", Limits(max_text_bytes=1_000_000))
    assert result.truncated
    assert len((result.text or "").split()) == 1 + 15


def flat_book(*sheets: str) -> str:
    said = 'xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"'
    return f'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook {said}>{"".join(sheets)}</Workbook>'


def flat_sheet(name: str, table: str, *options: str) -> str:
    return (
        f'<Worksheet ss:Name="{name}"><Table>{table}</Table><WorksheetOptions '
        f'xmlns="urn:schemas-microsoft-com:office:excel">{"".join(options)}</WorksheetOptions></Worksheet>'
    )


def flat_row(*cells: str, said: str = "") -> str:
    written = "".join(f'<Cell><Data ss:Type="String">{one}</Data></Cell>' for one in cells)
    return f"<Row {said}>{written}</Row>"


FLAT_ROWS = flat_row("en") + flat_row("borte", said='ss:Hidden="1"') + flat_row("to")
FLAT_COLUMNS = flat_row("en", "to", "tre") + (
    '<Row><Cell ss:MergeAcross="1"><Data ss:Type="String">fire</Data></Cell><Cell><Data ss:Type="String">fem</Data><Comment><Data>notat'
    "</Data></Comment></Cell></Row>"
)


@pytest.mark.parametrize(
    ("content", "words", "without"),
    [
        (flat_book(flat_sheet("Første", flat_row("borte"), "<Visible>SheetHidden</Visible>"), flat_sheet("Andre", flat_row("en"))), "Andre;en", "Første;borte"),
        (flat_book(flat_sheet("Første", flat_row("en")), flat_sheet("Andre", flat_row("borte"), "<Visible> SheetVeryHidden </Visible>")), "Første;en", "Andre;borte"),
        (flat_book(flat_sheet("Første", flat_row("en"), "<Visible>SheetVisible</Visible>")), "Første;en", ""),
        (flat_book(flat_sheet("Ark", FLAT_ROWS)), "Ark;en;to", "borte"),
        (flat_book(flat_sheet("Ark", FLAT_ROWS, "<FilterOn/>")), "Ark;en;borte;to", ""),
        (flat_book(flat_sheet("Ark", f'<Column ss:Hidden="1"/><Column/>{FLAT_COLUMNS}')), "to;tre;fem;notat", "en;fire"),
        (flat_book(flat_sheet("Ark", f'<Column ss:Index="3" ss:Hidden="1"/>{FLAT_COLUMNS}')), "en;to;fire", "tre;fem;notat"),
        (flat_book(flat_sheet("Ark", f'<Column/><Column ss:Hidden="1" ss:Span="1"/>{FLAT_COLUMNS}')), "en;fire", "to;tre;fem;notat"),
    ],
)  # fmt: skip
def test_a_workbook_in_one_piece_of_xml_hides_sheets_rows_and_columns(
    tmp_path: Path, content: str, words: str, without: str
) -> None:
    expect(text_of(tmp_path, content, "a.xml"), words, without=without)
    wide_letters = content.replace("?>", ' encoding="UTF-16"?>', 1).encode("utf-16")
    expect(text_of(tmp_path, wide_letters, "a.xml"), words, without=without)


def test_a_workbook_in_one_piece_that_hides_something_far_behind_is_looked_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = flat_book(
        flat_sheet("Ark", flat_row("borte"), "<Visible>SheetHidden</Visible>"),
        flat_sheet("To", flat_row("en")),
    )
    for size in range(1, 20):
        monkeypatch.setattr(excel_xml, "_PIECE_BYTES", size)
        expect(text_of(tmp_path, content, "a.xml"), "To;en", without="Ark;borte")


def open_table(inner: str) -> bytes:
    return make_open(
        "spreadsheet",
        f'<office:spreadsheet><table:table table:name="Ark">{inner}</table:table></office:spreadsheet>',
    )


def open_row(*cells: str, said: str = "") -> str:
    written = "".join(f"<table:table-cell><text:p>{one}</text:p></table:table-cell>" for one in cells)
    return f"<table:table-row {said}>{written}</table:table-row>"


COLLAPSED = 'table:visibility="collapse"'
HIDDEN_ROW = open_row("borte", said=COLLAPSED)


@pytest.mark.parametrize(
    ("inner", "words", "without"),
    [
        (open_row("en") + HIDDEN_ROW + open_row("to"), "Ark;en;to", "borte"),
        (open_row("en") + open_row("to", said='table:visibility="filter"'), "en;to", ""),
        (f'<table:table-row-group table:display="false">{open_row("en", said=COLLAPSED)}</table:table-row-group>{HIDDEN_ROW}', "en", "borte"),
        (f"<table:table-row-group>{HIDDEN_ROW}</table:table-row-group>{open_row('en')}", "en", "borte"),
        (f'<table:table-column/><table:table-column {COLLAPSED} table:number-columns-repeated="2"/>{open_row("en", "borte", "vekk", "to")}', "en;to", "borte;vekk"),
        (
            f'<table:table-column-group table:display="false"><table:table-column {COLLAPSED}/></table:table-column-group><table:table-column '
            f"{COLLAPSED}/>{open_row('en', 'borte', 'to')}", "en;to", "borte",
        ),
        (
            f'<table:table-column table:number-columns-repeated="3"/><table:table-column {COLLAPSED}/><table:table-row><table:table-cell '
            'table:number-columns-repeated="3"><text:p>en</text:p></table:table-cell><table:table-cell office:value="4711"/></table:table-row>',
            "en", "4711",
        ),
        (
            '<table:table-row><table:table-cell table:number-columns-spanned="2"><text:p>en</text:p></table:table-cell>'
            "<table:covered-table-cell><text:p>borte</text:p></table:covered-table-cell></table:table-row>" + open_row("to"), "en;to", "borte",
        ),
        (
            f"<table:table-column {COLLAPSED}/><table:table-row><table:table-cell/><table:table-cell><table:table table:is-sub-table='true'>"
            f"{open_row('en', 'to')}</table:table><text:p>tre</text:p></table:table-cell></table:table-row>{open_row('borte', 'fire')}",
            "en;to;tre;fire", "borte",
        ),
    ],
)  # fmt: skip
def test_open_document_hides_rows_columns_and_covered_cells(
    tmp_path: Path, inner: str, words: str, without: str
) -> None:
    expect(text_of(tmp_path, open_table(inner), "a.ods"), words, without=without)


def test_a_chart_of_a_sheet_that_is_hidden_says_nothing(tmp_path: Path) -> None:
    def sheet(style: str, word: str, number: int) -> str:
        shape = f'<draw:frame><draw:object xlink:href="./Object {number}"/></draw:frame>'
        return f'<table:table table:style-name="{style}"><table:shapes>{shape}</table:shapes>{open_row(word)}</table:table>'

    def chart(title: str) -> str:
        return (
            f"<office:document-content {OPEN_SPACES}><office:body><office:chart><chart:chart><chart:title><text:p>{title}</text:p>"
            "</chart:title></chart:chart></office:chart></office:body></office:document-content>"
        )

    style = '<style:style style:name="S" style:family="table"><style:table-properties table:display="false"/></style:style>'
    body = sheet("S", "skjult", 1) + sheet("T", "synlig", 2) + sheet("S", "skjult", 2)
    body = f'<office:spreadsheet xmlns:xlink="urn:xlink">{body}</office:spreadsheet>'
    content = make_open(
        "spreadsheet", body, automatic=style, Object__1=chart("borte"), Object__2=chart("akse")
    )
    expect(text_of(tmp_path, content, "a.ods"), "synlig;akse", without="skjult;borte")


def old_book(*records: bytes) -> bytes:
    begin = struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0)
    return make.make_ole({"Workbook": record(0x809, begin) + b"".join(records) + record(0x0A)})


def old_cell(row: int, column: int, text: str) -> bytes:
    return record(0x204, cell(row, column) + struct.pack("<HB", len(text), 0) + text.encode())


def old_row(row: int, flags: int) -> bytes:
    return record(0x208, struct.pack("<6HI", row, 0, 3, 255, 0, 0, flags))


def old_columns(first: int, last: int, flags: int) -> bytes:
    return record(0x7D, struct.pack("<6H", first, last, 2000, 0, flags, 0))


OLD_CELLS = old_cell(0, 0, "en") + old_cell(1, 0, "to") + old_cell(1, 1, "tre") + old_cell(2, 0, "fire")


def old_box(number: int, text: str, *, kind: int = 25) -> bytes:
    """The object of a comment, or of another kind, and the words in it."""
    told = record(0x5D, struct.pack("<4H", 0x15, 0x12, kind, number) + bytes(18))
    return (
        told
        + record(0x1B6, bytes(10) + struct.pack("<H", len(text)) + bytes(6))
        + record(0x3C, b"\0" + text.encode())
    )


def old_note(row: int, column: int, number: int) -> bytes:
    return record(0x1C, struct.pack("<4H", row, column, 0, number) + bytes(3))


def old_drawing(first: int, last: int, *, flags: int = 0, below: int = 9) -> bytes:
    """A shape that lies on three columns, from one row to another."""
    anchor = struct.pack("<9H", flags, 0, 0, first, 0, 2, 9, last, below)
    return record(0xEC, bytes(20) + b"\0\0\x10\xf0\x12\0\0\0" + anchor + bytes(8))


INNER = record(0xEC, bytes(20) + b"\0\0\x0f\xf0\x10\0\0\0" + bytes(16))
NOTES = (old_box(1, "notat00"), old_box(2, "notat11"), old_note(0, 0, 1), old_note(1, 1, 2))
CHART = record(0x809, struct.pack("<HHHHII", 0x600, 0x20, 0, 0, 0, 0)) + record(0x0A)
TITLED = CHART[: -len(record(0x0A))] + record(0x100D, b"\0\0\4\0akse") + record(0x0A)


@pytest.mark.parametrize(
    ("content", "words", "without"),
    [
        (old_book(old_row(0, 0), old_row(1, 0x20), OLD_CELLS), "en;fire", "to;tre"),
        (old_book(old_row(1, 0x21), OLD_CELLS), "en;to;tre;fire", ""),
        (old_book(record(0x9B), old_row(1, 0x20), OLD_CELLS), "en;to;tre;fire", ""),
        (old_book(old_row(1, 0x20), OLD_CELLS, CHART, record(0x872)), "en;to;tre;fire", ""),
        (old_book(old_columns(0, 0, 1), OLD_CELLS), "tre", "en;to;fire"),
        (old_book(old_columns(0, 0, 0x101), old_columns(1, 9, 1), OLD_CELLS), "en;to;fire", "tre"),
        (old_book(old_columns(1, 1, 1), record(0xBD, struct.pack("<HHHiHiH", 0, 0, 0, 17 << 2 | 2, 0, 4711 << 2 | 2, 1))), "17", "4711"),
        (
            old_book(
                old_columns(1, 1, 1), record(0x06, cell(0, 1) + bytes(6) + b"\xff\xff" + bytes(6)), record(0x207, struct.pack("<HB", 5, 0) + b"borte"),
                old_cell(0, 2, "synlig"),
            ),
            "synlig", "borte",
        ),
        (old_book(old_row(1, 0x20), OLD_CELLS, *NOTES), "fire;notat00", "notat11"),
        (old_book(record(0x9B), old_row(1, 0x20), OLD_CELLS, *NOTES), "notat00;notat11", ""),
        (old_book(old_columns(1, 1, 1), OLD_CELLS, old_box(9, "boks", kind=6), CHART, *NOTES), "boks;notat00", "notat11"),
        (old_book(record(0x225, b"\2\0\0\0"), old_row(0, 0), OLD_CELLS, *NOTES), "en;notat00", "to;fire;notat11"),
        (old_book(old_columns(1, 1, 1), OLD_CELLS, *NOTES)[:-512], "notat00", "notat11"),
        (old_book(old_row(1, 0x20), OLD_CELLS, old_drawing(1, 1), old_box(9, "boks", kind=6)), "en", "boks"),
        (old_book(old_row(1, 0x20), OLD_CELLS, old_drawing(1, 2, below=0), old_box(9, "boks", kind=6)), "en", "boks"),
        (old_book(old_row(1, 0x20), OLD_CELLS, old_drawing(1, 2), old_box(9, "boks", kind=6)), "en;boks", ""),
        (old_book(old_row(1, 0x20), OLD_CELLS, old_drawing(1, 1, flags=2), old_box(9, "boks", kind=6)), "en;boks", ""),
        (old_book(old_row(1, 0x20), OLD_CELLS, old_drawing(1, 1), record(0xEC, bytes(9)), old_box(9, "boks", kind=6)), "en;boks", ""),
        (old_book(old_row(1, 0x20), OLD_CELLS, old_drawing(1, 1), old_box(8, "av", kind=6), record(0xEC, bytes(8)), INNER, old_box(9, "boks", kind=6)), "en", "av;boks"),
        (old_book(old_row(1, 0x20), OLD_CELLS, old_drawing(1, 1), old_box(9, "av", kind=5), TITLED, CHART), "en", "av;akse"),
        (old_book(old_columns(0, 2, 1), old_drawing(5, 9), old_box(9, "boks", kind=6), record(0x14, struct.pack("<HB", 4, 0) + b"topp")), "topp", "boks"),
    ],
)  # fmt: skip
def test_an_old_workbook_hides_rows_and_columns(
    tmp_path: Path, content: bytes, words: str, without: str
) -> None:
    expect(text_of(tmp_path, content, "a.xls"), words, without=without)


def test_what_one_sheet_hides_another_one_shows(tmp_path: Path) -> None:
    begin = record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
    hiding = begin + old_columns(0, 0, 1) + old_row(1, 0x20) + OLD_CELLS
    content = make.make_ole(
        {"Workbook": hiding + record(0x0A) + begin + old_cell(1, 0, "synlig") + record(0x0A)}
    )
    expect(text_of(tmp_path, content, "a.xls"), "synlig", without="en;to;tre;fire")


def binary_row(flags: int, row: int = 0) -> bytes:
    return binary_record(0, struct.pack("<I", row) + bytes(7) + bytes([flags]) + bytes(5))


def binary_columns(first: int, last: int, flags: int) -> bytes:
    return binary_record(60, struct.pack("<IIIIH", first, last, 2000, 0, flags))


BINARY_ROWS = binary_row(0x10) + binary_cell(6, wide("borte")) + binary_row(0) + binary_cell(6, wide("en"))
BINARY_COLUMNS = (
    binary_row(0) + binary_cell(6, wide("to")) + binary_cell(5, struct.pack("<d", 4711), column=1)
)


@pytest.mark.parametrize(
    ("sheet", "words", "without"),
    [
        (BINARY_ROWS, "en", "borte"),
        (binary_row(0x11) + binary_cell(6, wide("en")), "en", ""),
        (binary_record(147, b"\0\0\1" + bytes(20)) + BINARY_ROWS, "en;borte", ""),
        (BINARY_ROWS + binary_record(161, bytes(16)) + binary_record(163, bytes(6)), "en;borte", ""),
        (BINARY_ROWS + binary_record(161, bytes(16)), "en", "borte"),
        (binary_columns(1, 1, 1) + BINARY_COLUMNS, "to", "4711"),
        (binary_columns(0, 0, 1) + BINARY_COLUMNS, "4711", "to"),
        (binary_columns(1, 1, 0x101) + BINARY_COLUMNS, "to;4711", ""),
        (binary_record(60, b"\1") + BINARY_COLUMNS, "to;4711", ""),
    ],
)
def test_a_binary_workbook_hides_rows_and_columns(
    tmp_path: Path, sheet: bytes, words: str, without: str
) -> None:
    expect(text_of(tmp_path, workbook(sheet), "a.xlsb"), words, without=without)


def upon(ref: str, element: str = "comment") -> str:
    shown = f"<{element} ref='A1'><text><t>vist</t></text></{element}>"
    return f"<comments>{shown}<{element} ref='{ref}'><text><t>notat</t></text></{element}>{shown}</comments>"


def drawn(first: int, last: int, said: str = "", *, off: int = 5) -> str:
    corners = (
        f"<x:from><x:col>0</x:col><x:colOff>0</x:colOff><x:row>{first}</x:row><x:rowOff>0</x:rowOff></x:from>"
        f"<x:to><x:col>2</x:col><x:colOff>9</x:colOff><x:row>{last}</x:row><x:rowOff>{off}</x:rowOff></x:to>"
    )
    box = "<x:sp><a:p><a:r><a:t>{}</a:t></a:r></a:p></x:sp>"
    return (
        f"<x:wsDr xmlns:x='urn:x' {W}><x:twoCellAnchor {said}>{corners}{box.format('notat')}</x:twoCellAnchor>"
        f"<x:twoCellAnchor>{box.format('vist')}</x:twoCellAnchor></x:wsDr>"
    )


HIDING = '<row r="1"/><row r="3" hidden="1"/><row hidden="1"/>'
"""The third and the fourth."""


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        (sheet_of(HIDING, comments=upon("C3")), False),
        (sheet_of(HIDING, comments=upon("$C$4")), False),
        (sheet_of(HIDING, comments=upon("C2")), True),
        (sheet_of(HIDING, comments=upon("C5")), True),
        (sheet_of(HIDING, comments=upon("x")), True),
        (sheet_of('<row r="1"/>', comments=upon("A2"), before="<sheetFormatPr zeroHeight='1'/>", behind="<anchor><from><row>0</row></from></anchor>" * 3), False),
        (sheet_of(HIDING, threadedComment=upon("C3", "threadedComment")), False),
        (sheet_of(HIDING, comments=upon("C3"), before="<sheetPr filterMode='1'/>"), True),
        (sheet_of(HIDING, comments=upon("C3"), table=f"<table>{FILTER}</table>"), True),
        (sheet_of(HIDING, comments=upon("C9"), before="<sheetFormatPr zeroHeight='1'/>"), False),
        (sheet_of(HIDING, comments=upon("C2"), before="<sheetFormatPr zeroHeight='1'/>"), False),
        (sheet_of("", comments=upon("B9"), before=f"<cols><col min='2' max='2' {HIDDEN}/></cols>"), False),
        (sheet_of(HIDING, drawing=drawn(2, 3)), False),
        (sheet_of(HIDING, drawing=drawn(2, 4, off=0)), False),
        (sheet_of(HIDING, drawing=drawn(2, 4)), True),
        (sheet_of(HIDING, drawing=drawn(1, 3)), True),
        (sheet_of(HIDING, drawing=drawn(2, 3, "editAs='oneCell'")), True),
        (sheet_of(HIDING, drawing=drawn(2, 3).replace("x:row>", "x:rad>")), True),
        (sheet_of("", drawing=drawn(7, 9), before=f"<cols><col min='1' max='3' {HIDDEN}/></cols>"), False),
    ],
)  # fmt: skip
def test_what_hangs_on_a_hidden_cell_is_hidden_with_it(tmp_path: Path, content: bytes, seen: bool) -> None:
    expect(
        text_of(tmp_path, content, "a.xlsx"),
        "vist;notat" if seen else "vist",
        without="" if seen else "notat",
    )


def test_a_comment_of_a_binary_workbook_is_hidden_with_its_cell(tmp_path: Path) -> None:
    def comment(row: int, column: int, text: str) -> bytes:
        begin = binary_record(635, struct.pack("<5I", 0, row, row, column, column) + bytes(16))
        return begin + binary_record(637, b"\0" + wide(text)) + binary_record(636)

    comments = (
        comment(1, 0, "vist") + comment(2, 0, "rad") + comment(1, 3, "kolonne") + comment(9, 0, "andre")
    )
    sheet = binary_columns(3, 3, 1) + binary_row(0, 1) + binary_row(0x10, 2)
    text = text_of(tmp_path, workbook(sheet, comments1_bin=comments), "a.xlsb")
    expect(text, "vist;andre", without="rad;kolonne")
    sheet = binary_record(485, bytes(8) + b"\2\0\0\0") + sheet
    text = text_of(tmp_path, workbook(sheet, comments1_bin=comments), "a.xlsb")
    expect(text, "vist", without="rad;kolonne;andre")


def test_a_box_of_a_form_that_is_switched_off_says_nothing(tmp_path: Path) -> None:
    box = "<v:shape style='position:absolute;visibility:{}'><v:textbox><div>{}</div></v:textbox></v:shape>"
    boxes = box.format("hidden", "notat") + box.format("visible", "vist")
    content = sheet_of("", vmlDrawing=f"<xml xmlns:v='urn:v'>{boxes}</xml>")
    expect(text_of(tmp_path, content, "a.xlsx"), "vist", without="notat")


def test_a_file_that_was_put_on_hidden_cells_is_hidden_with_them(tmp_path: Path) -> None:
    def put(first: int, last: int, said: str) -> str:
        corners = f"<from><col>0</col><row>{first}</row></from><to><col>2</col><colOff>5</colOff><row>{last}</row><rowOff>9</rowOff></to>"
        anchored = f"<oleObject r:id='r0'><objectPr r:id='r7'><anchor {said}>{corners}</anchor></objectPr></oleObject>"
        return f"<oleObjects>{anchored}<oleObject r:id='r0'/></oleObjects>"

    inner = make_sheet('<row><c t="str"><v>notat</v></c></row>')
    for first, last, said, seen in (
        (2, 3, "sizeWithCells='1'", False),
        (2, 4, "sizeWithCells='1'", True),
        (2, 3, "moveWithCells='1'", True),
    ):
        content = sheet_of(HIDING, behind=put(first, last, said), package=inner)
        assert ("notat" in text_of(tmp_path, content, "a.xlsx")) is seen
