"""A rare word is found in every format, whatever the file is called."""

from __future__ import annotations

import codecs
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import file_makers as make
import openpyxl
import pytest
from file_makers import read, text_of

from connector.text.extract import Extracted, Limits, extract

MAKERS: dict[str, Callable[[], bytes]] = {
    "pdf": make.make_pdf,
    "docx": make.make_docx,
    "xlsx": make.make_xlsx,
    "pptx": make.make_pptx,
    "doc": lambda: make.read_sample("old.doc"),
    "xls": lambda: make.read_sample("old.xls"),
    "ppt": lambda: make.read_sample("old.ppt"),
    "odt": make.make_odt,
    "ods": make.make_ods,
    "odp": make.make_odp,
    "rtf": lambda: make.read_sample("word.rtf"),
    "html": lambda: f"<html><head><title>T</title></head><body><p>{make.SENTENCE}</p></body></html>".encode(),
    "xml": lambda: f"<?xml version='1.0'?><report><line>{make.SENTENCE}</line></report>".encode(),
    "csv": lambda: f"id;text\n1;{make.SENTENCE}\n".encode("cp1252"),
    "txt": lambda: make.SENTENCE.encode(),
    "md": lambda: f"# Title\n\n{make.SENTENCE}\n".encode(),
    "eml": make.make_eml,
    "msg": make.make_msg,
    "epub": make.make_epub,
}


@pytest.mark.parametrize("kind", MAKERS)
def test_word_is_found(kind: str, tmp_path: Path) -> None:
    text = text_of(tmp_path, MAKERS[kind](), f"report.{kind}")
    assert make.WORD in text
    assert " på " in text or kind == "xls"


@pytest.mark.parametrize("kind", sorted(MAKERS.keys() - {"csv", "txt", "md"}))
def test_wrong_extension_and_type_do_not_matter(kind: str, tmp_path: Path) -> None:
    result = read(tmp_path, MAKERS[kind](), "report.dat", "image/png")
    assert make.WORD in (result.text or "")


def test_text_named_pdf_is_read_as_text(tmp_path: Path) -> None:
    assert make.WORD in text_of(tmp_path, make.SENTENCE.encode(), "report.pdf")


def test_docx_gives_cells_and_header(tmp_path: Path) -> None:
    text = text_of(tmp_path, make.make_docx(), "a.docx")
    assert "left cell\tright cell" in text
    assert "words in the header" in text


def test_docx_with_numbered_main_part_is_read(tmp_path: Path) -> None:
    """Office 365 calls it document2.xml (observed)."""
    document = make.make_zip(
        {
            "[Content_Types].xml": "<Types/>",
            "word/document2.xml": "<w:p xmlns:w='w'><w:t>ptarmigan</w:t></w:p>",
        }
    )
    assert text_of(tmp_path, document, "a.docx") == make.WORD


def test_word_split_over_runs_is_whole(tmp_path: Path) -> None:
    body = "<w:p xmlns:w='w'><w:r><w:t>ptar</w:t></w:r><w:r><w:t>migan</w:t></w:r></w:p>"
    document = make.make_zip({"[Content_Types].xml": "<Types/>", "word/document.xml": body})
    assert text_of(tmp_path, document, "a.docx") == make.WORD


def test_slides_come_in_order_with_notes(tmp_path: Path) -> None:
    text = text_of(tmp_path, make.make_pptx(), "a.pptx")
    assert text.index("number 2\n") < text.index("number 10\n")
    assert "words in the notes" in text


def test_workbook_gives_sheet_names_all_sheets_and_dates(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append([date(2026, 5, 4), datetime.fromisoformat("2026-05-04T13:30"), 46146, "=1+1", True])
    workbook.save(tmp_path / "made.xlsx")
    assert "2026-05-04\t2026-05-04 13:30:00\t46146" in text_of(
        tmp_path, (tmp_path / "made.xlsx").read_bytes(), "a.xlsx"
    )
    text = text_of(tmp_path, make.make_xlsx(), "a.xlsx")
    assert "Armering & betong" in text
    assert "on the second sheet" in text


def test_deleted_words_of_tracked_changes_are_left_out(tmp_path: Path) -> None:
    text = text_of(tmp_path, make.make_odt(), "a.odt")
    assert "deleted" not in text
    assert "two words" in text


def test_xml_in_a_foreign_encoding_is_read(tmp_path: Path) -> None:
    content = "<?xml version='1.0' encoding='windows-1251'?><a>Привет</a>".encode("cp1251")
    assert text_of(tmp_path, content, "a.xml") == "Привет"


def test_malformed_xml_is_read_loosely(tmp_path: Path) -> None:
    assert make.WORD in text_of(tmp_path, b"<?xml version='1.0'?><a><b>ptarmigan</a>", "a.xml")


@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "mac_roman", "cp865"]
)
def test_text_is_read_in_any_encoding(encoding: str, tmp_path: Path) -> None:
    content = (f"{make.SENTENCE}\nblåbærsyltetøy\n" * 3).encode(encoding)
    assert f"{make.SENTENCE}\nblåbærsyltetøy" in text_of(tmp_path, content, "a.txt")


def test_html_obeys_its_declared_charset(tmp_path: Path) -> None:
    page = "<html><meta charset='koi8-r'><p>Привет</p></html>".encode("koi8-r")
    assert text_of(tmp_path, page, "a.html") == "Привет"


def test_pictures_in_rtf_do_not_count(tmp_path: Path) -> None:
    picture = b"{\\pict\\pngblip\n" + b"89504e470d0a1a0a" * 1_000_000 + b"}"
    text = text_of(tmp_path, b"{\\rtf1 before\\par " + picture + b" ptarmigan}", "a.rtf")
    assert text.split() == ["before", make.WORD]


def test_huge_rtf_is_read_to_its_end(tmp_path: Path) -> None:
    content = b"{\\rtf1 first\\par " + b"word and words \\par\n" * 150_000 + b"ptarmigan}"
    result = read(tmp_path, content, "a.rtf", max_bytes=50_000_000)
    assert not result.truncated
    assert (result.text or "").endswith(make.WORD)


def test_large_page_is_read_to_its_end(tmp_path: Path) -> None:
    page = "<html>" + "<p>filler <b>bold</b></p>\n" * 100_000 + f"<p>{make.WORD}</p>"
    result = read(tmp_path, page.encode(), "a.html", max_bytes=10_000_000)
    assert (result.text or "").endswith(make.WORD)
    assert (result.text or "").count("filler bold") == 100_000


def test_megabytes_of_text_are_cut_at_a_character(tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb") as stream:
        for _ in range(80):
            stream.write("æøå ".encode() * 15_000)
    result = extract(tmp_path / "file", "a.txt", "", Limits(max_text_bytes=100_001))
    assert result.truncated
    assert 99_990 < len((result.text or "").encode()) <= 100_001


def test_text_within_the_limit_is_not_truncated(tmp_path: Path) -> None:
    content = make.SENTENCE.encode()
    result = read(tmp_path, content, "a.txt", max_bytes=len(content))
    assert result == Extracted(text=make.SENTENCE)


def test_long_pdf_is_read_only_as_far_as_wanted(tmp_path: Path) -> None:
    result = read(tmp_path, make.make_pdf(), "a.pdf", max_bytes=10)
    assert result == Extracted(text="Rypa heter", truncated=True)


def test_mark_of_order_is_not_text(tmp_path: Path) -> None:
    assert text_of(tmp_path, codecs.BOM_UTF16_LE + "æ".encode("utf-16-le"), "a.txt") == "æ"


def test_stored_members_are_read_too(tmp_path: Path) -> None:
    body = f"<w:p xmlns:w='w'><w:t>{make.SENTENCE}</w:t></w:p>"
    document = make.make_zip(
        {"[Content_Types].xml": "<Types/>", "word/document.xml": body}, compression=zipfile.ZIP_STORED
    )
    assert text_of(tmp_path, document, "a.docx") == make.SENTENCE


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ('{"navn":"Bl\\u00e5b\\u00e6r","linje":"en\\nto","sti":"C:\\\\temp"}', '{"navn":"Blåbær","linje":"en\nto","sti":"C:\\temp"}'),
        ('[ "\\ud83d\\ude00", "\\ud83d" ]', '[ "\U0001f600", "\ufffd" ]'),
        ('[null, "Bl\\u00e5"]', '[null, "Blå"]'),
        ("regex: \\u00e5 and \\n", "regex: \\u00e5 and \\n"),
        ("\x1b[1;31mfeil\x1b[0m ved \x1b]0;title\x07oppstart", "feil ved oppstart"),
    ],
)  # fmt: skip
def test_escapes_of_json_and_colours_of_terminals_are_read_as_they_are_shown(
    tmp_path: Path, content: str, text: str
) -> None:
    path = tmp_path / "file"
    path.write_text(content, encoding="utf-8")
    assert (
        extract(path, "a.json" if content[0] in "[{" else "a.log", "", Limits(max_text_bytes=10_000)).text
        == text
    )


def test_an_escape_across_two_pieces_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for pad in range(262_130, 262_146):
        path.write_text('["' + "x" * pad + '\\u00e5"]', encoding="utf-8")
        assert (extract(path, "a.json", "", Limits(max_text_bytes=1_000_000)).text or "").endswith('xå"]')
