"""What stands within a document: workbooks, charts, objects of other programs, files that were dropped into it."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import file_makers as make
import pytest
from file_makers import text_of
from package_makers import W, expect, make_open, make_sheet, make_slide, make_word

from connector.text.extract import Limits, extract
from connector.text.ole import CompoundFile
from connector.text.reasons import Reason

SAMPLES = Path(__file__).parent / "samples" / "cases"
OLD_WORKBOOK = (SAMPLES / "xls_features.xls").read_bytes()
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


def native_of(name: str, content: bytes) -> bytes:
    """The stream of a file that somebody dropped into a document."""
    path = f"C:\\Users\\{name}".encode("cp1252")
    native = (
        b"\x02\x00" + name.encode("cp1252") + b"\0" + path + b"\0" + b"\0\0\x03\0"
        + struct.pack("<I", len(path) + 1) + path + b"\0" + struct.pack("<I", len(content)) + content
    )  # fmt: skip
    return struct.pack("<I", len(native)) + native


def dropped(name: str, content: bytes) -> bytes:
    """An object with such a file."""
    return make.make_ole({"\x01Ole10Native": native_of(name, content)})


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


def streams_of(name: str) -> dict[str, bytes]:
    """The streams directly in a sample."""
    with (SAMPLES / name).open("rb") as stream:
        compound = CompoundFile(stream)
        return {
            one.name: compound.read_stream(one.name, max_bytes=10_000_000)
            for one in compound.children()
            if not one.storage
        }


@pytest.mark.parametrize(
    ("holder", "pool"), [("doc_features.doc", "ObjectPool/_1234567890"), ("xls_features.xls", "MBD0018D4CE")]
)
@pytest.mark.parametrize(
    ("held", "words"),
    [
        ("xls_features.xls", "arktekstboks"),
        ("doc_features.doc", "fotnotetekst"),
        ("ppt_97_plain.ppt", "Østensjø"),
    ],
)
def test_what_old_office_keeps_in_storages_is_read(
    tmp_path: Path, holder: str, pool: str, held: str, words: str
) -> None:
    streams = streams_of(holder)
    alone = text_of(tmp_path, make.make_ole(streams), holder)
    inner = {f"{pool}/{name}": content for name, content in streams_of(held).items()}
    text = text_of(tmp_path, make.make_ole({**streams, **inner}), holder)
    expect(text, words)
    assert text.startswith(alone)
    secret = {f"{pool}/\x01Ole10Native": native_of("Måling.txt", b"innerste ord")}
    expect(text_of(tmp_path, make.make_ole({**streams, **secret}), holder), "Måling.txt;innerste")


def test_slides_that_are_kept_for_two_versions_are_those_of_today(tmp_path: Path) -> None:
    streams = {
        f"PP97_DUALSTORAGE/{name}": content for name, content in streams_of("ppt_97_plain.ppt").items()
    }
    old = {
        "PowerPoint Document": bytes(100),
        "PersistentStorage Directory": bytes(10),
        "Current User": bytes(30),
    }
    expect(text_of(tmp_path, make.make_ole({**old, **streams}), "a.ppt"), "Østensjø")
    path = tmp_path / "file"
    path.write_bytes(make.make_ole(old))
    assert extract(path, "a.ppt", "", Limits(max_text_bytes=1_000)).reason is Reason.TOO_OLD


@pytest.mark.parametrize("listed", [True, False])
def test_an_object_that_a_slide_shows_is_unpacked(tmp_path: Path, listed: bool) -> None:
    streams = streams_of("ppt_97_plain.ppt")
    content, user = streams["PowerPoint Document"][:254], bytearray(streams["Current User"])
    packed = zlib.compress(OLD_WORKBOOK)
    held = struct.pack("<HHII", 1 << 4, 4113, 4 + len(packed), len(OLD_WORKBOOK)) + packed
    made = content + held
    if listed:  # a directory that tells where the document and the object stand, and an edit that names it
        directory, edit = len(made), len(made) + 20
        made += struct.pack("<HHI", 0, 6002, 12) + struct.pack("<III", 2 << 20 | 1, 0, len(content))
        made += struct.pack("<HHI", 0, 4085, 28) + bytes(8) + struct.pack("<III", 0, directory, 1) + bytes(8)
        struct.pack_into("<I", user, 16, edit)
    text = text_of(
        tmp_path, make.make_ole({"PowerPoint Document": made, "Current User": bytes(user)}), "a.ppt"
    )
    expect(text, "arktekstboks")


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
