"""What stands in a mail or an archive: by name and by text, some levels deep, and nothing beyond its bounds."""

from __future__ import annotations

import base64
import quopri
from pathlib import Path

import file_makers as make
import pytest
from mail_makers import attach, mail, read, words_of

from connector.text import embedded
from connector.text.reasons import Reason
from connector.text.workers import ExtractionPool


def test_text_of_an_attachment_is_found_and_its_name(tmp_path: Path) -> None:
    text = words_of(tmp_path, attach(mail("outer"), make.make_docx(), "Tegningsliste A10.docx").as_bytes())
    assert "Tegningsliste A10.docx" in text
    assert make.WORD in text
    assert text.index("body of outer") < text.index("Tegningsliste")


@pytest.mark.parametrize("size", [*range(20_000, 20_057)])
def test_a_long_attachment_is_found_however_its_last_line_ends(tmp_path: Path, size: int) -> None:
    """Many programs write the border at once behind it, as Python's do not."""
    letter = attach(mail("outer"), (b"the wallaby " * 2_000)[:size], "first.txt", "text/plain")
    whole = attach(letter, b"the bettong", "last.txt", "text/plain").as_bytes().replace(b"\n\n--", b"\n--")
    text = words_of(tmp_path, whole)
    assert "wallaby" in text
    assert "put-aside" not in text


@pytest.mark.parametrize("lost", [1, 2, 3, 4, 5, 6, 7, 80])
def test_a_mail_that_was_cut_in_an_attachment_gives_the_words_of_the_others(
    tmp_path: Path, lost: int
) -> None:
    letter = attach(mail("cut"), b"the wallaby " * 2_000, "first.txt", "text/plain")
    whole = attach(letter, b"the bettong " * 2_000, "last.txt", "text/plain").as_bytes()
    text = words_of(tmp_path, whole[: whole.rindex(b"\n--") - lost])
    assert "wallaby" in text
    assert "bettong" in text


def test_a_picture_is_named_and_never_decoded(tmp_path: Path) -> None:
    picture = b"From: a@example.com\nTo: b@example.com\nSubject: s\nContent-Type: image/png; name=plan.png\nContent-Transfer-Encoding: base64\n\n"
    result = read(tmp_path, picture + b"not base64 at all \xff")
    assert (result.text or "").endswith("plan.png")


def test_mails_are_read_two_deep_and_named_three_deep(tmp_path: Path) -> None:
    deep = attach(mail("third"), b"words of the third attachment", "third.txt")
    second = attach(mail("second"), b"words of the second attachment", "second.txt")
    second.add_attachment(deep)
    first = mail("first")
    first.add_attachment(second)
    text = words_of(tmp_path, first.as_bytes())
    assert "words of the second attachment" in text
    assert "body of third" in text
    assert "third.txt" in text
    assert "words of the third attachment" not in text


def test_an_archive_in_a_mail_gives_names_alone(tmp_path: Path) -> None:
    archive = make.make_zip({"Sjaktplan østfløy.txt": "words within"})
    text = words_of(tmp_path, attach(mail("outer"), archive, "FDV.zip").as_bytes())
    assert "Sjaktplan østfløy.txt" in text
    assert "words within" not in text


def test_an_archive_gives_names_and_words_of_its_members(tmp_path: Path) -> None:
    text = words_of(tmp_path, make.make_zip({"a/Notat.txt": "words within", "plan.dwg": "x"}), "FDV.zip")
    assert "a/Notat.txt" in text
    assert "words within" in text
    assert "plan.dwg" in text


def test_names_of_members_in_the_code_page_of_a_country_are_read(tmp_path: Path) -> None:
    archive = make.make_zip({"Bl?b?r p? gr?ften.txt": "x"}).replace(
        b"Bl?b?r p? gr?ften.txt", "Blåbær på grøften.txt".encode("cp865")
    )
    assert "Blåbær på grøften.txt" in words_of(tmp_path, archive, "a.zip")


def test_a_broken_attachment_costs_itself_only(tmp_path: Path) -> None:
    message = attach(mail("outer"), make.make_docx()[:300], "broken.docx")
    text = words_of(tmp_path, attach(message, b"words of the next one", "next.txt").as_bytes())
    assert "broken.docx" in text
    assert "words of the next one" in text


@pytest.mark.parametrize(
    ("limit", "value"), [("MAX_FILES", 1), ("MAX_BYTES", 1), ("MAX_FILE_BYTES", 5), ("MAX_SECONDS", -1.0)]
)
def test_budgets_of_the_inside_end_its_reading_and_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: float
) -> None:
    monkeypatch.setattr(embedded, limit, value)
    message = attach(mail("outer"), b"first words", "first.txt")
    result = read(tmp_path, attach(message, b"second words", "second.txt").as_bytes())
    assert result.truncated
    assert "body of outer" in (result.text or "")
    assert "second.txt" in (result.text or "")
    assert "second words" not in (result.text or "")


def test_names_have_a_budget_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "MAX_NAMES", 2)
    result = read(tmp_path, make.make_zip({f"{n}.txt": f"words{n}" for n in range(4)}), "a.zip")
    assert result.truncated
    assert "1.txt" in (result.text or "")
    assert "3.txt" not in (result.text or "")


async def test_an_attachment_that_kills_the_reader_costs_the_inside_only(tmp_path: Path) -> None:
    hungry = b"From: a@example.com\nTo: b@example.com\nSubject: long\n\n" + b"\n" * 20_000_000
    path = tmp_path / "file"
    path.write_bytes(attach(mail("outer"), hungry, "hungry.eml").as_bytes())
    async with ExtractionPool(workers=1, memory_mb=300, timeout_s=60) as pool:
        result = await pool.extract(path, "a.eml", "")
    assert result.reason is None
    assert result.truncated
    assert "body of outer" in (result.text or "")
    assert "hungry.eml" in (result.text or "")


def test_what_is_closed_is_named_only(tmp_path: Path) -> None:
    content = attach(mail("outer"), b"words within", "first.txt").as_bytes()
    result = read(tmp_path, content, closed=True)
    assert "first.txt" in (result.text or "")
    assert "words within" not in (result.text or "")


def test_a_raw_name_of_an_attachment_is_read(tmp_path: Path) -> None:
    content = (
        "From: a@example.com\nTo: b@example.com\nSubject: s\nContent-Type: application/pdf\n"
        'Content-Disposition: attachment; filename="Målebrev østfløy.pdf"\n\nx'
    )
    assert "Målebrev østfløy.pdf" in words_of(tmp_path, content.encode())
    assert "Målebrev østfløy.pdf" in words_of(tmp_path, content.encode("cp1252"))


def test_uuencoded_lines_are_named_and_left_out(tmp_path: Path) -> None:
    body = "before\nbegin 644 plan.doc\nM1G5S:&5S\nM1G5S:&5S\n`\nend\nafter\n"
    text = words_of(tmp_path, mail("s", body).as_bytes())
    assert "plan.doc" in text
    assert "1G5S" not in text
    assert "after" in text


def test_parts_beyond_reason_end_the_reading(tmp_path: Path) -> None:
    head = b"From: a@example.com\nTo: b@example.com\nSubject: deep words\n"
    content = head
    for depth in range(3_000):
        content += b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (depth, depth)
    result = read(tmp_path, content)
    assert result.reason is Reason.BROKEN or "deep words" in (result.text or "")


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "8bit"])
@pytest.mark.parametrize(("kind", "size"), [("rfc822", 1), ("rfc822", 20_000), ("global", 1), ("news", 1)])
def test_a_mail_that_another_one_carries_encoded_as_a_whole_is_read(
    tmp_path: Path, encoding: str, kind: str, size: int
) -> None:
    inner = attach(
        mail("Forsinket leveranse", "Betongen på grøften"), b"the wallaby " * size, "w.txt"
    ).as_bytes()
    wrap = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring, "8bit": bytes}[encoding]
    outer = (
        b"From: a@example.com\nTo: b@example.com\nSubject: outer\nMIME-Version: 1.0\n"
        b'Content-Type: multipart/mixed; boundary="y"\n\n--y\nContent-Type: message/' + kind.encode() + b"\n"
        b"Content-Transfer-Encoding: " + encoding.encode() + b"\n\n" + wrap(inner) + b"\n--y--\n"
    )
    text = words_of(tmp_path, outer)
    for words in ("Subject: Forsinket leveranse", "Betongen på grøften", "wallaby"):
        assert words in text
    assert "put-aside" not in text
