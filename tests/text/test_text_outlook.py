"""Mails and contacts as Outlook keeps them, and what was signed or wrapped up on the way."""

from __future__ import annotations

import struct
from pathlib import Path

import file_makers as make
import pytest
from mail_makers import SAVED_PAGE, attach, der, mail, read, signed, tnef, words_of

from connector.text.extract import Limits, extract
from connector.text.mapi import decompress_rtf
from connector.text.reasons import Reason


def test_a_contact_of_outlook_is_found_by_name_and_company(tmp_path: Path) -> None:
    contact = {"001A": "IPM.Contact", "3001": "Kari Nordmann", "3A16": "Betong AS", "3A1C": "+47 400 00 000"}
    text = words_of(tmp_path, make.make_ole(make.make_msg_of(contact)), "a.msg")
    assert text.split("\n\n") == ["Kari Nordmann\nBetong AS", "+47 400 00 000"]


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


@pytest.mark.parametrize("start", [b"", b"MIME-Version: 1.0\r\n"])
def test_a_mail_that_outlook_keeps_with_its_signature_is_read(tmp_path: Path, start: bytes) -> None:
    signed = start + SAVED_PAGE.replace(b"MIME-Version: 1.0\r\n", b"").replace(b"related", b"signed")
    message = make.make_msg_of({"001A": "IPM.Note.SMIME.MultipartSigned", "0037": "Signert"})
    message |= make.make_msg_of({"3707": "smime.p7m", "3701": signed}, "__attach_version1.0_#00000000/")
    assert words_of(tmp_path, make.make_ole(message), "a.msg").endswith("Blåbær")


def test_a_page_of_outlook_that_declares_no_letters_has_those_of_the_mail(tmp_path: Path) -> None:
    message = make.make_msg_of({"1013": "<p>Железобетонная плита</p>".encode("cp1251")})
    message["__properties_version1.0"] = bytes(32) + struct.pack("<HHIi", 3, 0x3FDE, 6, 1251) + bytes(4)
    assert words_of(tmp_path, make.make_ole(message), "a.msg") == "Железобетонная плита"
