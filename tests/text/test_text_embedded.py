"""What stands within a document: workbooks, charts, objects of other programs, files that were dropped into it."""

from __future__ import annotations

import struct
from pathlib import Path

import file_makers as make
import pytest
from package_makers import W, expect, make_open, make_sheet, make_slide, make_word, text_of

OLD_WORKBOOK = (Path(__file__).parent / "samples" / "cases" / "xls_features.xls").read_bytes()
HOLDERS = {
    "docx": lambda kind, name, content: make_word(
        "<w:p><w:r><w:t>forside</w:t></w:r></w:p>", (kind, f"embeddings/{name}"), **{f"embeddings__{name.replace('.', '_')}": content}
    ),
    "pptx": lambda kind, name, content: make_slide(
        "<a:p><a:r><a:t>forside</a:t></a:r></a:p>", (kind, f"../embeddings/{name}"), **{f"embeddings__{name.replace('.', '_')}": content}
    ),
    "xlsx": lambda kind, name, content: make_sheet(
        '<row><c t="str"><v>forside</v></c></row>', (kind, f"../embeddings/{name}"), **{f"embeddings__{name.replace('.', '_')}": content}
    ),
}  # fmt: skip


def dropped(name: str, content: bytes) -> bytes:
    """An object with a file that somebody dropped into a document."""
    path = f"C:\\Users\\{name}".encode("cp1252")
    native = (
        b"\x02\x00" + name.encode("cp1252") + b"\0" + path + b"\0" + b"\0\0\x03\0"
        + struct.pack("<I", len(path) + 1) + path + b"\0" + struct.pack("<I", len(content)) + content
    )  # fmt: skip
    return make.make_ole({"\x01Ole10Native": struct.pack("<I", len(native)) + native})


@pytest.mark.parametrize("kind", HOLDERS)
def test_an_embedded_workbook_is_read_new_or_old(tmp_path: Path, kind: str) -> None:
    new = HOLDERS[kind]("package", "wb.xlsx", make.make_xlsx())
    expect(text_of(tmp_path, new, f"a.{kind}"), f"forside;{make.WORD}")
    old = HOLDERS[kind]("oleObject", "oleObject1.bin", OLD_WORKBOOK)
    expect(text_of(tmp_path, old, f"a.{kind}"), "forside;arktekstboks")


@pytest.mark.parametrize("kind", HOLDERS)
def test_a_file_that_was_dropped_into_a_document_is_found_by_its_name_and_its_words(
    tmp_path: Path, kind: str
) -> None:
    content = HOLDERS[kind]("oleObject", "oleObject1.bin", dropped("Måleprotokoll.pdf", make.make_pdf()))
    expect(text_of(tmp_path, content, f"a.{kind}"), f"forside;Måleprotokoll.pdf;{make.WORD}")


@pytest.mark.parametrize("stream", ["Package", "CONTENTS"])
def test_an_object_that_is_a_whole_file_is_read(tmp_path: Path, stream: str) -> None:
    content = make.make_docx() if stream == "Package" else make.make_pdf()
    holder = HOLDERS["docx"](
        "oleObject", "oleObject1.bin", make.make_ole({stream: content.ljust(5_000, b"\0")})
    )
    expect(text_of(tmp_path, holder, "a.docx"), f"forside;{make.WORD}")


@pytest.mark.parametrize(
    "native", [b"", b"\x02", b"\x02\x00a", b"\x02\x00a\0b\0\0\0\3\0\xff\xff\xff\xff", bytes(40)]
)
def test_an_object_of_nonsense_costs_itself_only(tmp_path: Path, native: bytes) -> None:
    odd = make.make_ole({"\x01Ole10Native": struct.pack("<I", len(native)) + native})
    expect(text_of(tmp_path, HOLDERS["docx"]("oleObject", "oleObject1.bin", odd), "a.docx"), "forside")


def test_charts_and_objects_of_open_document_are_read(tmp_path: Path) -> None:
    chart = (
        '<office:document-content xmlns:office="urn:office" xmlns:text="urn:text" xmlns:table="urn:table"><office:chart>'
        '<title><text:p>Fremdrift</text:p></title><table:table table:name="local-table"><table:table-row><table:table-cell>'
        "<text:p>Blokk Q</text:p></table:table-cell></table:table-row></table:table></office:chart></office:document-content>"
    )
    body = '<office:spreadsheet><table:table table:name="Ark1"/></office:spreadsheet>'
    content = make_open("spreadsheet", body, Object__1=chart, Object__2=OLD_WORKBOOK)
    expect(text_of(tmp_path, content, "a.ods"), "Ark1;Fremdrift;Blokk;arktekstboks", without="local-table")
    damaged = make_open("spreadsheet", body, Object__1="<office:document-content><text:p>")
    expect(text_of(tmp_path, damaged, "a.ods"), "Ark1")


def test_a_title_of_a_chart_whose_letters_look_different_is_one_word(tmp_path: Path) -> None:
    chart = f"<c:chart {W}><a:p><a:r><a:t>Frem</a:t></a:r><a:r><a:t>drift</a:t></a:r></a:p><a:p><a:r><a:t>uke</a:t></a:r></a:p></c:chart>"
    content = make_word("<w:p/>", ("chart", "charts/c1.xml"), charts__c1_xml=chart)
    expect(text_of(tmp_path, content, "a.docx"), "Fremdrift;uke")
