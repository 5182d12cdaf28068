"""Mails of every making: headers, the better body, attachments by name and by text, and nothing beyond its bounds."""

from __future__ import annotations

import base64
import quopri
import struct
from email.message import EmailMessage
from pathlib import Path

import file_makers as make
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.text import embedded
from connector.text.charset import codec_named, decode_bytes
from connector.text.extract import Extracted, Limits, extract
from connector.text.mail import header_text
from connector.text.mapi import decompress_rtf
from connector.text.reasons import Reason
from connector.text.signed import signed_content
from connector.text.workers import ExtractionPool


def read(tmp_path: Path, content: bytes, name: str = "a.eml", *, closed: bool = False) -> Extracted:
    path = tmp_path / "file"
    path.write_bytes(content)
    return extract(path, name, "", Limits(max_text_bytes=1_000_000, closed=closed))


def words_of(tmp_path: Path, content: bytes, name: str = "a.eml") -> str:
    return read(tmp_path, content, name).text or ""


def mail(subject: str, body: str = "") -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = "kari@example.com"
    message["To"] = "ola@example.com"
    message.set_content(body or f"body of {subject}")
    return message


def attach(
    message: EmailMessage, content: bytes, name: str, kind: str = "application/octet-stream"
) -> EmailMessage:
    main, _, sub = kind.partition("/")
    message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return message


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


def test_a_contact_of_outlook_is_found_by_name_and_company(tmp_path: Path) -> None:
    contact = {"001A": "IPM.Contact", "3001": "Kari Nordmann", "3A16": "Betong AS", "3A1C": "+47 400 00 000"}
    text = words_of(tmp_path, make.make_ole(make.make_msg_of(contact)), "a.msg")
    assert text.split("\n\n") == ["Kari Nordmann\nBetong AS", "+47 400 00 000"]


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


def der(tag: int, content: bytes) -> bytes:
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([0x84]) + size.to_bytes(4)
    return bytes([tag]) + length + content


def signed(content: bytes, *, parts: int = 0) -> bytes:
    octets = der(0x04, content)
    if parts:
        step = -(-len(content) // parts)
        pieces = b"".join(der(0x04, content[at : at + step]) for at in range(0, len(content), step))
        octets = b"\x24\x80" + pieces + b"\0\0"
    name = der(0x06, bytes.fromhex("2a864886f70d010701"))
    inner_part = (
        der(0x30, name + der(0xA0, octets))
        if not parts
        else b"\x30\x80" + name + b"\xa0\x80" + octets + b"\0\0\0\0"
    )
    body = der(0x02, b"\x01") + der(0x31, b"") + inner_part + der(0x31, b"")
    kind = der(0x06, bytes.fromhex("2a864886f70d010702"))
    if parts:
        return b"\x30\x80" + kind + b"\xa0\x80\x30\x80" + body + b"\0\0" * 3
    return der(0x30, kind + der(0xA0, der(0x30, body)))


@pytest.mark.parametrize("parts", [0, 3])
def test_what_was_signed_is_read(tmp_path: Path, parts: int) -> None:
    within = b"Content-Type: text/plain; charset=utf-8\n\n" + "ord i signert østfløy".encode()
    message = mail("s")
    message.set_content(
        signed(within, parts=parts), maintype="application", subtype="pkcs7-mime", filename="smime.p7m"
    )
    assert "ord i signert østfløy" in words_of(tmp_path, message.as_bytes())


def test_a_signed_file_is_read_and_an_encrypted_one_is_told(tmp_path: Path) -> None:
    assert make.WORD in words_of(tmp_path, signed(make.make_pdf()), "Avtale.pdf.p7m")
    enveloped = der(0x30, der(0x06, bytes.fromhex("2a864886f70d010703")) + der(0xA0, b"x"))
    assert read(tmp_path, enveloped, "a.p7m").reason is Reason.ENCRYPTED


def tnef(attributes: list[tuple[int, bytes]]) -> bytes:
    return struct.pack("<IH", 0x223E9F78, 1) + b"".join(
        b"\x01" + struct.pack("<II", number, len(data)) + data + b"\0\0" for number, data in attributes
    )


def test_what_outlook_wrapped_up_is_read(tmp_path: Path) -> None:
    html = "<p>Brødtekst i HTML</p>".encode()
    padded = html + b"\0" * (-len(html) % 4)
    properties = struct.pack("<IHH", 1, 0x0102, 0x1013) + struct.pack("<II", 1, len(html)) + padded
    long_name = "Sjaktplan østfløy.txt\0".encode("utf-16-le")
    named = struct.pack("<IHH", 1, 0x1F, 0x3707) + struct.pack("<II", 1, len(long_name))
    named += long_name + b"\0" * (-len(long_name) % 4)
    wrapped = tnef(
        [
            (0x00069007, struct.pack("<II", 1252, 0)),
            (0x00018004, "Møte\0".encode("cp1252")),
            (0x00069003, properties),
            (0x00069002, b"\0" * 14),
            (0x00018010, b"SJAKTP~1.TXT\0"),
            (0x0006800F, b"words within"),
            (0x00069005, named),
        ]
    )
    message = attach(mail("outer"), wrapped, "winmail.dat", "application/ms-tnef")
    for content, name in ((message.as_bytes(), "a.eml"), (wrapped, "winmail.dat")):
        text = words_of(tmp_path, content, name)
        assert "Møte" in text
        assert "Brødtekst i HTML" in text
        assert "Sjaktplan østfløy.txt" in text
        assert "words within" in text


def test_outlook_mail_gives_people_attachments_and_the_mail_within(tmp_path: Path) -> None:
    streams = make.make_msg_of({"0037": "Varsel", "0C1A": "Kari Ø", "0E04": "Ola N", "1000": "Brødtekst"})
    streams |= make.make_msg_of(
        {"3707": "Notat.txt", "3701": b"words within".ljust(5120)}, "__attach_version1.0_#00000000/"
    )
    streams |= make.make_msg_of({"3001": "VS: opprinnelig"}, "__attach_version1.0_#00000001/")
    streams |= make.make_msg_of(
        {"0037": "Opprinnelig varsel", "1000": "heisleveransen er forsinket"},
        "__attach_version1.0_#00000001/__substg1.0_3701000D/",
    )
    text = words_of(tmp_path, make.make_ole(streams), "a.msg")
    for words in (
        "Varsel",
        "Kari Ø",
        "Ola N",
        "Brødtekst",
        "Notat.txt",
        "words within",
        "Opprinnelig",
        "forsinket",
    ):
        assert words in text


def test_an_object_that_stands_in_a_mail_of_outlook_is_read(tmp_path: Path) -> None:
    begin, label = (
        struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0),
        struct.pack("<HHHHB", 0, 0, 0, 5, 0) + b"words",
    )
    book = b"".join(
        struct.pack("<HH", kind, len(data)) + data
        for kind, data in ((0x809, begin), (0x204, label), (0x0A, b""))
    )
    attached = make.make_msg_of({"3707": "object"}, "__attach_version1.0_#00000000/")
    content = make.make_ole(
        make.make_msg_of({"0037": "subject"})
        | attached
        | {"__attach_version1.0_#00000000/__substg1.0_3701000D/Workbook": book}
    )
    (tmp_path / "file").write_bytes(content)
    text = extract(tmp_path / "file", "a.msg", "", Limits(max_text_bytes=1_000)).text or ""
    assert text.split() == ["Subject:", "subject", "object", "words"]


def test_packed_rtf_is_unpacked() -> None:
    """The first example of [MS-OXRTFCP] 4.1."""
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    assert decompress_rtf(packed) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


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


SAVED_PAGE = (
    b'MIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n boundary="x"\r\n\r\nThis is a Single File Web Page.\r\n\r\n'
    b'--x\r\nContent-Type: text/html; charset="windows-1252"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    b"<p>Bl=E5b=E6r</p>\r\n\r\n--x--\r\n"
)


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


@pytest.mark.parametrize("start", [b"", b"MIME-Version: 1.0\r\n"])
def test_a_mail_that_outlook_keeps_with_its_signature_is_read(tmp_path: Path, start: bytes) -> None:
    signed = start + SAVED_PAGE.replace(b"MIME-Version: 1.0\r\n", b"").replace(b"related", b"signed")
    message = make.make_msg_of({"001A": "IPM.Note.SMIME.MultipartSigned", "0037": "Signert"})
    message |= make.make_msg_of({"3707": "smime.p7m", "3701": signed}, "__attach_version1.0_#00000000/")
    assert words_of(tmp_path, make.make_ole(message), "a.msg").endswith("Blåbær")


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "8bit"])
@pytest.mark.parametrize("size", [1, 20_000])
def test_a_mail_that_another_one_carries_encoded_as_a_whole_is_read(
    tmp_path: Path, encoding: str, size: int
) -> None:
    inner = attach(
        mail("Forsinket leveranse", "Betongen på grøften"), b"the wallaby " * size, "w.txt"
    ).as_bytes()
    wrap = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring, "8bit": bytes}[encoding]
    outer = (
        b"From: a@example.com\nTo: b@example.com\nSubject: outer\nMIME-Version: 1.0\n"
        b'Content-Type: multipart/mixed; boundary="y"\n\n--y\nContent-Type: message/rfc822\n'
        b"Content-Transfer-Encoding: " + encoding.encode() + b"\n\n" + wrap(inner) + b"\n--y--\n"
    )
    text = words_of(tmp_path, outer)
    for words in ("Subject: Forsinket leveranse", "Betongen på grøften", "wallaby"):
        assert words in text
    assert "put-aside" not in text


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


def test_a_page_of_outlook_that_declares_no_letters_has_those_of_the_mail(tmp_path: Path) -> None:
    message = make.make_msg_of({"1013": "<p>Железобетонная плита</p>".encode("cp1251")})
    message["__properties_version1.0"] = bytes(32) + struct.pack("<HHIi", 3, 0x3FDE, 6, 1251) + bytes(4)
    assert words_of(tmp_path, make.make_ole(message), "a.msg") == "Железобетонная плита"


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


def test_a_report_tells_whom_a_mail_did_not_reach(tmp_path: Path) -> None:
    raw = (
        b"From: a@example.com\nTo: b@example.com\nSubject: s\nContent-Type: multipart/report; boundary=x\n\n--x\n"
        b"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.com\n\nFinal-Recipient: rfc822; per@example.com\n"
        b"Status: 5.1.1\n\n--x--\n"
    )
    assert "per@example.com" in words_of(tmp_path, raw)
