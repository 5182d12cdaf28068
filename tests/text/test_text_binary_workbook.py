"""Binary workbooks (XLSB): the same words, numbers and notes as of a workbook in XML, and an end whatever stands in them."""

from __future__ import annotations

import struct
from pathlib import Path

import file_makers as make
import pytest
from file_makers import text_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from package_makers import expect, rels

from connector.text.extract import Limits, extract

TYPES = (
    '<Types><Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
SHEET = "xl/worksheets/sheet1.bin"


def record(kind: int, data: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, packed = len(data), b""
    while True:
        packed += bytes([size & 0x7F | (0x80 if size > 0x7F else 0)])
        size >>= 7
        if not size:
            return head + packed + data


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def cell(kind: int, value: bytes, *, style: int = 0, column: int = 0) -> bytes:
    return record(kind, struct.pack("<II", column, style) + value)


def workbook(sheet: bytes, *, from_1904: bool = False, codes: tuple[str, ...] = (), strings: tuple[str, ...] = (), **more: bytes | str) -> bytes:  # fmt: skip
    """One sheet; cell format n + 1 has the n-th code. `more` by names below xl/, with `__` for a slash and `_` for a dot."""
    styles = b"".join(record(44, struct.pack("<H", 170 + n) + wide(code)) for n, code in enumerate(codes))
    formats = [0, *(170 + n for n in range(len(codes)))]
    styles += (
        record(617)
        + b"".join(record(47, struct.pack("<HH", 0, one) + bytes(12)) for one in formats)
        + record(618)
    )
    return make.make_zip(
        {
            "[Content_Types].xml": TYPES,
            "_rels/.rels": rels(("officeDocument", "xl/workbook.bin")),
            "xl/workbook.bin": record(153, struct.pack("<I", from_1904)) + record(156, bytes(8) + wide("rId1") + wide("Mengder")),
            "xl/_rels/workbook.bin.rels": rels(
                ("worksheet", "worksheets/sheet1.bin"), ("styles", "styles.bin"), ("sharedStrings", "sharedStrings.bin")
            ),
            "xl/styles.bin": styles,
            "xl/sharedStrings.bin": b"".join(record(19, b"\0" + wide(one)) for one in strings),
            SHEET: sheet,
            "xl/worksheets/_rels/sheet1.bin.rels": rels(
                ("comments", "../comments1.bin"), ("drawing", "../drawings/d1.xml"), ("package", "../embeddings/wb.xlsx")
            ),
            **{f"xl/{name.replace('__', '/').replace('_', '.')}": content for name, content in more.items()},
        }
    )  # fmt: skip


def test_every_kind_of_cell_is_read_as_it_is_shown(tmp_path: Path) -> None:
    sheet = (
        record(0, bytes(17))
        + cell(7, struct.pack("<I", 1))
        + cell(6, wide("Grøft"))
        + cell(62, b"\0" + wide("rik"))
        + cell(8, wide("formel") + bytes(8))
        + record(0, bytes(17))
        + cell(2, struct.pack("<i", 17 << 2 | 2), style=1)
        + cell(5, struct.pack("<d", 1.6875), style=2)
        + cell(9, struct.pack("<d", 0.25) + bytes(8), style=3)
        + cell(4, b"\1")
        + cell(10, b"\0" + bytes(8))
        + cell(3, b"\x2a")
        + cell(5, struct.pack("<d", 11), style=4)
        + cell(5, struct.pack("<d", 4711), style=5)
        + cell(6, wide("hemmelig"), style=5)
        + record(
            479,
            b"\1\0"
            + wide("&LProsjekt &P")
            + struct.pack("<I", 0xFFFFFFFF)
            + wide("&Rbunn")
            + wide("")
            + wide("forside"),
        )
    )
    content = workbook(
        sheet,
        from_1904=True,
        codes=("0000", "[h]:mm", "0%", "yyyy-mm-dd", ";;;"),
        strings=("ingen", "Betong"),
    )
    rows = text_of(tmp_path, content, "a.xlsb").split("\n")
    assert rows[0] == "Mengder"
    assert rows[2] == "Betong\tGrøft\trik\tformel"
    assert rows[3].split("\t") == ["0017", "40:30", "25%", "true", "false", "1904-01-12"]
    expect("\n".join(rows), "Prosjekt;bunn", without="hemmelig;4711;ingen;forside")


def test_what_lies_upon_a_sheet_is_read(tmp_path: Path) -> None:
    content = workbook(
        record(0, bytes(17)) + cell(6, wide("celle")),
        comments1_bin=record(637, b"\0" + wide("cellekommentar")),
        drawings__d1_xml='<x:wsDr xmlns:x="urn:x" xmlns:a="urn:a"><a:p><a:r><a:t>tekstboks</a:t></a:r></a:p></x:wsDr>',
        embeddings__wb_xlsx=make.make_xlsx(),
    )
    expect(text_of(tmp_path, content, "a.xlsb"), f"celle;cellekommentar;tekstboks;{make.WORD}")


def test_a_sheet_that_is_hidden_says_nothing(tmp_path: Path) -> None:
    for state, shown in ((0, True), (1, False), (2, False)):
        book = record(156, struct.pack("<II", state, 1) + wide("r0") + wide("Første")) + record(
            156, bytes(8) + wide("r9") + wide("Andre")
        )
        content = workbook(record(0, bytes(17)) + cell(6, wide("ord")), workbook_bin=book)
        text = text_of(tmp_path, content, "a.xlsb")
        expect(text, "Første;Andre;ord" if shown else "Andre", without="" if shown else "Første;ord")


def test_a_long_sheet_is_read_only_as_far_as_it_is_needed(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(
        workbook(b"".join(record(0, bytes(17)) + cell(6, wide(f"rad {n}")) for n in range(50_000)))
    )
    result = extract(path, "a.xlsb", "", Limits(max_text_bytes=5_000))
    assert result.truncated
    assert result.text
    assert result.text.startswith("Mengder\n\nrad 0\nrad 1\n")


@pytest.mark.parametrize(
    "odd",
    [
        b"\xff",
        b"\x07\xff\xff\xff\x7f",
        record(7, b"\1"),
        cell(7, b"\xff\xff\xff\x7f"),
        cell(6, b"\xff\xff\xff\x7f"),
    ],
)
def test_an_odd_record_costs_itself_only(tmp_path: Path, odd: bytes) -> None:
    sheet = record(0, bytes(17)) + cell(6, wide("før")) + odd + record(0, bytes(17)) + cell(6, wide("etter"))
    expect(text_of(tmp_path, workbook(sheet), "a.xlsb"), "før")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sheet=st.binary(max_size=600), styles=st.binary(max_size=200), book=st.binary(max_size=200))
def test_any_bytes_end_in_a_text(tmp_path: Path, sheet: bytes, styles: bytes, book: bytes) -> None:
    content = workbook(
        record(0, bytes(17)) + cell(6, wide("før")) + sheet, sharedStrings_bin=book, styles_bin=styles
    )
    expect(text_of(tmp_path, content, "a.xlsb"), "Mengder")
