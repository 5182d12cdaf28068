"""Mails of every making: headers, the better body, letters, mailboxes, reports, appointments."""

from __future__ import annotations

import base64
from pathlib import Path

import file_makers as make
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mail_makers import SAVED_PAGE, mail, words_of

from connector.text.charset import codec_named, decode_bytes
from connector.text.mail import header_text
from connector.text.mapi import decompress_rtf
from connector.text.signed import signed_content


def test_the_better_of_two_alternatives_is_read(tmp_path: Path) -> None:
    message = mail("s", "Vises best i HTML")
    message.add_alternative(
        "<p>Varsel om endring av sjakt i østfløyen, med alle ordene som betyr noe.</p>", subtype="html"
    )
    text = words_of(tmp_path, message.as_bytes())
    assert "østfløyen" in text
    assert "Vises best" not in text


def test_an_appointment_is_read_beside_the_letter_that_it_comes_with(tmp_path: Path) -> None:
    message = mail(
        "invitation", "a letter with many more words than the appointment has, about nothing in particular"
    )
    message.add_alternative(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Befaring tak\nLOCATION:Rigg\\, brakke 2\nEND:VEVENT\nEND:VCALENDAR\n",
        subtype="calendar",
    )
    text = words_of(tmp_path, message.as_bytes())
    for words in ("a letter", "Befaring tak", "Rigg, brakke 2"):
        assert words in text


def test_the_plain_alternative_is_read_where_it_says_the_same(tmp_path: Path) -> None:
    message = mail("s", "the very same words here")
    message.add_alternative("<p>the very <b>same</b> words here now</p>", subtype="html")
    assert words_of(tmp_path, message.as_bytes()).endswith("the very same words here")


@pytest.mark.parametrize(
    ("charset", "codec", "text"),
    [
        ("shift_jis", "cp932", "鉄筋コンクリート"),
        ("iso-2022-jp", "iso2022_jp", "鉄筋コンクリート"),
        ("euc-kr", "euc_kr", "철근 콘크리트"),
        ("ks_c_5601-1987", "cp949", "철근 콘크리트"),
        ("gb2312", "gb18030", "钢筋混凝土"),
        ("big5", "big5", "鋼筋混凝土"),
        ("iso-8859-4", "iso8859_4", "gelžbetonis"),
        ("iso-8859-13", "iso8859_13", "gelžbetonis"),
        ("iso-8859-1", "cp1252", "pris – 12 €"),
        ("macintosh", "mac_roman", "grøften"),
        ("utf-7", "utf-7", "grøften"),
        ("x-unknown", "cp1252", "Blåbærsyltetøy på byggeplassen"),
        ("us-ascii", "utf-8", "Blåbærsyltetøy på byggeplassen"),
        ("idna", "cp1252", "Blåbærsyltetøy på byggeplassen"),
    ],
)
def test_every_charset_of_mails_is_read_in_body_and_subject(
    tmp_path: Path, charset: str, codec: str, text: str
) -> None:
    raw = text.encode(codec)
    word = base64.b64encode(raw).decode()
    content = (
        f"From: a@example.com\nTo: b@example.com\nSubject: =?{charset}?B?{word}?=\nMIME-Version: 1.0\n"
        f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: base64\n\n{word}\n"
    )
    found = words_of(tmp_path, content.encode())
    assert found.count(text) == 2


def test_a_letter_split_between_two_encoded_words_is_whole() -> None:
    raw = "bæ".encode()
    words = " ".join(
        f"=?utf-8?b?{base64.b64encode(raw[place : place + 1]).decode()}?=" for place in range(len(raw))
    )
    assert header_text(words) == "bæ"
    assert header_text("=?utf-8?q?a?= b =?utf-8?q?c_d?=") == "a b c d"
    assert header_text("=?utf-8*nb?q?Gr=C3=B8ft?=") == "Grøft"
    assert header_text("=?nonsense") == "=?nonsense"


def test_an_appointment_says_what_where_when_and_who(tmp_path: Path) -> None:
    calendar = (
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Befaring\\, plan U2\nDESCRIPTION:Branntet\n ting\\nlinje to\n"
        'DTSTART;TZID=Europe/Oslo:20260302T093000\nLOCATION:Rigg B\nATTENDEE;CN="Kari Ø":mailto:k@example.com\n'
        "ORGANIZER:mailto:o@example.com\nUID:do-not-show\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    text = words_of(tmp_path, calendar.encode(), "m.ics")
    assert (
        text == "Befaring, plan U2\nBranntetting\nlinje to\n2026-03-02 09:30\nRigg B\nKari Ø\no@example.com"
    )


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("", "Møte\nGrøften\n\nved tårnet"), ("DESCRIPTION:\n", "Møte\n\nGrøften\n\nved tårnet"),
        ("DESCRIPTION:Grøften\n", "Møte\nGrøften"),
    ],
)  # fmt: skip
def test_an_appointment_that_is_described_by_a_page_alone_is_read_there(
    tmp_path: Path, said: str, text: str
) -> None:
    page = (
        "X-ALT-DESC;FMTTYPE=text/html:<html><body><p>Grøften</p>\\n<p>ved t&aring\\;rnet</p></body></html>\n"
    )
    alarm = "BEGIN:VALARM\nACTION:DISPLAY\nEND:VALARM\n"
    calendar = f"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Møte\n{said}{page}{alarm}END:VEVENT\nEND:VCALENDAR\n"
    assert words_of(tmp_path, calendar.encode(), "m.ics") == text


@given(st.binary(max_size=200))
@settings(max_examples=300)
def test_any_bytes_end_without_an_error_of_ours(content: bytes) -> None:
    decompress_rtf(b"\x10\0\0\0\xff\xff\0\0LZFu\0\0\0\0" + content)
    signed_content(b"\x30" + content)
    header_text(content.decode("utf-8", "surrogateescape"))
    decode_bytes(content)


@pytest.mark.parametrize(
    "name", ["idna", "punycode", "unicode_escape", "base64", "rot13", "no-such", "", "\0"]
)
def test_what_is_no_encoding_of_files_is_none(name: str) -> None:
    assert codec_named(name) is None


@pytest.mark.parametrize("name", ["page.mht", "saved by word.doc", "report.mhtml", "without an extension"])
def test_a_page_that_was_saved_with_all_its_parts_is_read_however_few_headers_it_has(
    tmp_path: Path, name: str
) -> None:
    assert words_of(tmp_path, SAVED_PAGE, name).split() == ["Blåbær"]


def test_a_page_of_parts_that_was_inserted_into_a_document_is_read(tmp_path: Path) -> None:
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/aFChunk"
    document = make.make_zip(
        {
            "[Content_Types].xml": "<Types/>",
            "word/document.xml": "<w:p xmlns:w='w'/>",
            "word/_rels/document.xml.rels": f'<R><Relationship Type="{kind}" Target="chunk.mht"/></R>',
            "word/chunk.mht": SAVED_PAGE,
        }
    )
    assert words_of(tmp_path, document, "a.docx").split() == ["Blåbær"]


def test_every_mail_of_a_mailbox_is_read(tmp_path: Path) -> None:
    box = b"".join(
        b"From kari@example.com Mon Jan  1 10:00:00 2024\n"
        + mail(f"nr {number}", f"Måling {number}").as_bytes()
        + b"\n"
        for number in range(3)
    )
    text = words_of(tmp_path, box, "inbox")
    assert [f"Måling {number}" in text for number in range(3)] == [True] * 3
    assert text.count("Subject: nr") == 3


def test_a_mail_that_apple_saved_is_read(tmp_path: Path) -> None:
    whole = mail("s", "Måling på grøften").as_bytes()
    saved = b"%d     \n" % len(whole) + whole + b'<?xml version="1.0"?><plist>of Apple</plist>'
    text = words_of(tmp_path, saved, "1.emlx")
    assert text.endswith("Måling på grøften")


def test_lines_that_flow_are_joined_in_scripts_without_blanks(tmp_path: Path) -> None:
    head = "From: a@example.com\nTo: b@example.com\nSubject: s\nContent-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\n\n"
    assert "鉄筋コンクリート" in words_of(tmp_path, (head + "鉄筋コン \nクリート\n").encode())


def test_a_calendar_that_is_folded_in_the_midst_of_a_letter_is_read(tmp_path: Path) -> None:
    lines = b"SUMMARY:Befaring p\xc3\r\n \xa5 Bl\xc3\r\n\t\xa5b\xc3\xa6r og \xc3\xb8st\r\n"
    content = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" + lines + b"END:VEVENT\r\nEND:VCALENDAR\r\n"
    assert words_of(tmp_path, content, "a.ics") == "Befaring på Blåbær og øst"
    message = mail("invitation")
    message.add_alternative(b"", maintype="text", subtype="calendar")
    whole = message.as_bytes().replace(b"text/calendar\n", b"text/calendar; charset=utf-8\n")
    whole = whole.replace(b"\n\n\n--", b"\n\n" + base64.encodebytes(content) + b"\n--", 1)
    assert "på Blåbær og øst" in words_of(tmp_path, whole)


def test_a_subject_in_japanese_that_nobody_encoded_is_read(tmp_path: Path) -> None:
    raw = b"From: a@example.com\nTo: b@example.com\nSubject: " + "鉄筋".encode("iso-2022-jp") + b"\n\nbody"
    assert "Subject: 鉄筋" in words_of(tmp_path, raw)


@pytest.mark.parametrize("kind", [b"delivery-status", b"global-delivery-status"])
def test_a_report_tells_whom_a_mail_did_not_reach(tmp_path: Path, kind: bytes) -> None:
    raw = (
        b"From: a@example.com\nTo: b@example.com\nSubject: s\nContent-Type: multipart/report; boundary=x\n\n--x\n"
        b"Content-Type: message/"
        + kind
        + b"\n\nReporting-MTA: dns; mx.example.com\n\nFinal-Recipient: rfc822; per@example.com\n"
        b"Status: 5.1.1\n\n--x--\n"
    )
    text = words_of(tmp_path, raw)
    assert "mx.example.com" in text
    assert "per@example.com" in text


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("size", [1, 20_000])
def test_a_mail_that_was_saved_in_letters_of_two_bytes_is_read(
    tmp_path: Path, encoding: str, size: int
) -> None:
    message = mail("Befaring på taket")
    message.set_content("Betongen på grøften " * size, cte="base64")
    text = words_of(tmp_path, message.as_string().encode(encoding))
    assert "Subject: Befaring på taket" in text
    assert text.count("Betongen på grøften") == size
