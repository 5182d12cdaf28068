"""Files without text say why, and hostile ones do no harm."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import file_makers as make
import pytest

from connector.text import archive
from connector.text.extract import Limits, extract
from connector.text.names import why_no_text
from connector.text.ole import CompoundFile
from connector.text.reasons import Reason


def reason_of(tmp_path: Path, content: bytes, name: str, mime_type: str = "") -> Reason | None:
    path = tmp_path / "file"
    path.write_bytes(content)
    result = extract(path, name, mime_type, Limits(max_text_bytes=100_000))
    assert (result.text is None) == (result.reason is not None)
    return result.reason


def patch(content: bytes, old: bytes, new: bytes) -> bytes:
    assert old in content
    return content.replace(old, new, 1)


def make_encrypted_zip() -> bytes:
    content = bytearray(make.make_zip({"secret.txt": "x"}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def make_encrypted_doc() -> bytes:
    """Set the flag of protection in the header of a real Word file."""
    content = bytearray(make.read_sample("old.doc"))
    header = content.index(b"\xec\xa5")
    content[header + 11] |= 0x01
    return bytes(content)


ENCRYPTED: dict[str, Callable[[], bytes]] = {
    "pdf": lambda: make.make_pdf(password="hemmelig"),
    "docx": lambda: make.make_ole({"EncryptedPackage": b"x", "EncryptionInfo": b"x"}),
    "odt": lambda: make.make_odf("text", "", manifest_extra="<m:encryption-data/>"),
    "zip": make_encrypted_zip,
    "doc": make_encrypted_doc,
    "xls": lambda: make.make_ole(
        {"Workbook": struct.pack("<HH", 0x0809, 4) + bytes(4) + struct.pack("<HHH", 0x2F, 2, 0)}
    ),
    "ppt": lambda: make.make_ole(
        {"PowerPoint Document": b"x", "Current User": bytes(12) + b"\xdf\xc4\xd1\xf3"}
    ),
}


@pytest.mark.parametrize("kind", ENCRYPTED)
def test_password_is_recognised(kind: str, tmp_path: Path) -> None:
    assert reason_of(tmp_path, ENCRYPTED[kind](), f"a.{kind}") is Reason.ENCRYPTED


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", make.make_pdf()[:200]),
        ("a.docx", make.make_docx()[:5000]),
        ("a.xlsx", make.make_xlsx()[:-40]),
        ("a.doc", make.read_sample("old.doc")[:700]),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 600),
        ("a.ppt", make.make_ole({"PowerPoint Document": b"\x00"})),
        ("a.pdf", b"\x00\x01\x02\x03" * 400),
        ("a.epub", make.make_zip({"mimetype": "application/epub+zip"})),
        ("a.odt", make.make_odf("text", "<office:text><text:p>")),
    ],
)
def test_damage_is_recognised(name: str, content: bytes, tmp_path: Path) -> None:
    assert reason_of(tmp_path, content, name) in {Reason.BROKEN, Reason.EMPTY}


@pytest.mark.parametrize("parts", range(1, 20))
def test_an_old_document_that_was_cut_is_called_broken_wherever(tmp_path: Path, parts: int) -> None:
    """Cut in the midst of its list of contents, which stands at its end, it passed for a file of a kind that has no text."""
    content = make.read_sample("old.doc")
    assert reason_of(tmp_path, content[: len(content) * parts // 20], "a.doc") is Reason.BROKEN


def test_damaged_document_is_called_broken(tmp_path: Path) -> None:
    assert reason_of(tmp_path, make.make_docx()[:5000], "a.docx") is Reason.BROKEN


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", b""),
        ("a.pdf", b""),
        ("scan.pdf", make.make_scanned_pdf()),
        ("a.txt", b" \r\n \x00"[:3] * 50),
    ],
)
def test_nothing_in_it_is_called_empty(name: str, content: bytes, tmp_path: Path) -> None:
    assert reason_of(tmp_path, content, name) is Reason.EMPTY


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(100)),
        ("plan.dwg", b"AC1032" + bytes(100)),
        ("model.stp", b"ISO-10303-21;\nHEADER;\n"),
        ("unknown", bytes(range(256)) * 4),
        ("a.rvt", make.make_ole({"BasicFileInfo": b"x"})),
    ],
)
def test_pictures_drawings_and_models_have_no_text(name: str, content: bytes, tmp_path: Path) -> None:
    assert reason_of(tmp_path, content, name) is Reason.NO_TEXT_FORMAT


def test_bomb_of_300_megabytes_is_refused(tmp_path: Path) -> None:
    bomb = make.make_bomb()
    assert len(bomb) < 1_500_000
    assert reason_of(tmp_path, bomb, "a.docx") is Reason.BOMB


def test_package_of_too_many_members_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "many", "w") as package:
        for number in range(archive.MAX_MEMBERS + 1):
            package.writestr(zipfile.ZipInfo(str(number)), b"")
    assert reason_of(tmp_path, (tmp_path / "many").read_bytes(), "a.docx") is Reason.BOMB


def test_multiplying_entities_do_no_harm(tmp_path: Path) -> None:
    entities = "".join(
        f"<!ENTITY e{number} '{f'&e{number - 1};' * 10}'>" if number else "<!ENTITY e0 'lollollollol'>"
        for number in range(12)
    )
    reason = reason_of(
        tmp_path, f"<?xml version='1.0'?><!DOCTYPE a [{entities}]><a>&e11;</a>".encode(), "a.xml"
    )
    assert reason in {Reason.BOMB, None}


def test_chain_that_bites_its_tail_ends(tmp_path: Path) -> None:
    content = bytearray(make.make_ole({"WordDocument": b"x"}))
    directory_slot = 512 + 4
    content[directory_slot : directory_slot + 4] = struct.pack("<I", 1)
    assert reason_of(tmp_path, bytes(content), "a.doc") is Reason.BROKEN


def test_deeply_nested_markup_is_read(tmp_path: Path) -> None:
    page = "<html>" + "<div>" * 10_000 + make.WORD + "</div>" * 10_000
    assert reason_of(tmp_path, page.encode(), "a.html") is None


@pytest.mark.parametrize(
    ("name", "mime_type", "expected"),
    [
        ("plan.DWG", "", True),
        ("photo.jpg", "image/jpeg", True),
        ("photo", "image/jpeg", True),
        ("model.rvt", "application/octet-stream", True),
        ("report.png", "application/pdf", False),
        ("report.pdf", "image/png", False),
        ("report", "", False),
        ("report.zip", "application/zip", False),
    ],
)
def test_name_and_type_tell_what_need_not_be_downloaded(name: str, mime_type: str, expected: bool) -> None:
    assert (why_no_text(name, mime_type) is not None) is expected


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("FDV.7z", b"7z\xbc\xaf\x27\x1c" + bytes(30)),
        ("FDV", b"7z\xbc\xaf\x27\x1c" + bytes(30)),
        ("log.gz", b"\x1f\x8b\x08" + bytes(30)),
        ("FDV.rar", b"Rar!\x1a\x07\x00" + bytes(30)),
        ("FDV.tar", bytes(257) + b"ustar\x0000" + bytes(250)),
        ("FDV", b"\x1f\x9d\x90" + bytes(30)),
        ("FDV", b"\x22\x00-lh5-" + bytes(30)),
        ("FDV", b"070701" + b"0" * 104 + bytes(30)),
        ("FDV", bytes(32_769) + b"CD001" + bytes(30)),
    ],
)
def test_archives_are_called_archives(tmp_path: Path, name: str, content: bytes) -> None:
    assert reason_of(tmp_path, content, name) is Reason.ARCHIVE
    assert why_no_text("FDV.7z", "") is Reason.ARCHIVE


@pytest.mark.parametrize("packing", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2, zipfile.ZIP_DEFLATED])
def test_a_damaged_member_costs_itself_however_it_is_packed(tmp_path: Path, packing: int) -> None:
    def damaged(first: str, second: str) -> bytes:
        content = bytearray(
            make.make_zip({first: "first words " * 50, second: "other words"}, compression=packing)
        )
        place = 30 + len(first) + (9 if packing == zipfile.ZIP_LZMA else 4)
        content[place : place + 6] = b"\xff" * 6
        return bytes(content)

    path = tmp_path / "file"
    path.write_bytes(damaged("a.txt", "b.txt"))
    text = extract(path, "a.zip", "", Limits(max_text_bytes=1_000)).text or ""
    assert text.split() == ["a.txt", "b.txt", "other", "words"]
    assert reason_of(tmp_path, damaged("word/document.xml", "[Content_Types].xml"), "a.docx") is Reason.BROKEN


def test_a_member_without_a_name_costs_itself(tmp_path: Path) -> None:
    content = make.make_zip({"abc": "navnløs", "a.txt": make.SENTENCE}).replace(b"abc", b"\0bc")
    (tmp_path / "file").write_bytes(content)
    text = extract(tmp_path / "file", "a.zip", "", Limits(max_text_bytes=1_000)).text or ""
    assert make.WORD in text
    assert "navnløs" not in text


def test_a_member_whose_name_is_no_letters_costs_itself(tmp_path: Path) -> None:
    content = bytearray(make.make_zip({"grø.txt": "first", "b.txt": "other words"}))
    place = content.index("ø".encode())
    content[place : place + 2] = b"\xff\xfe"  # where it stands; the directory is whole
    path = tmp_path / "file"
    path.write_bytes(bytes(content))
    assert "other words" in (extract(path, "a.zip", "", Limits(max_text_bytes=1_000)).text or "")


@pytest.mark.parametrize("mark", [b"PK\x07\x08", b"PK00"])
def test_an_archive_that_was_meant_for_several_disks_is_read(tmp_path: Path, mark: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(mark + make.make_docx())
    assert make.WORD in (extract(path, "a.docx", "", Limits(max_text_bytes=1_000)).text or "")


def test_what_is_bound_to_rights_of_its_readers_is_encrypted(tmp_path: Path) -> None:
    assert reason_of(tmp_path, make.make_ole({"\x09DRMContent": b"x"}), "a.doc") is Reason.ENCRYPTED


@pytest.mark.parametrize(
    "content",
    [
        '<w:wordDocument xmlns:w="urn:w"><w:p><w:r><w:t>钢筋混凝土</w:t></w:r></w:p></w:wordDocument>',
        '<office:document xmlns:office="urn:o" xmlns:text="urn:t"><text:p>钢筋混凝土</text:p></office:document>',
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Data>钢筋混凝土</Data></Workbook>',
    ],
)
def test_a_document_in_one_piece_of_xml_is_read_in_any_encoding(tmp_path: Path, content: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(f'<?xml version="1.0" encoding="gb2312"?>{content}'.encode("gb2312"))
    assert extract(path, "a.xml", "", Limits(max_text_bytes=1_000)).text == "钢筋混凝土"
    part = {"word/document.xml": path.read_bytes(), "[Content_Types].xml": "<Types/>"}
    assert reason_of(tmp_path, make.make_zip(part), "a.docx") is Reason.BROKEN


def test_what_stands_in_a_storage_is_looked_for_once() -> None:
    file = CompoundFile(io.BytesIO(make.make_ole({"b/c": b"x", "a": b"y"})))
    assert [one.name for one in file.children()] == ["a", "b"]
    assert file.children() is file.children()
    assert [one.name for one in file.children("B")] == ["c"]
    assert file.children("none") == []
