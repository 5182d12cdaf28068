"""What a mail or a card says of its own letters may be wrong, doubled or nonsense: its words are found all the same."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from file_makers import text_of
from package_makers import expect

HEAD = "From: a@example.com\nTo: b@example.com\nSubject: emne\nMIME-Version: 1.0\n"
RUN = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5\n" * 150
EIGHT_BIT = "Content-Transfer-Encoding: 8bit\n\n"
LONG = base64.b64encode(("blåbær " * 30 + "grøften").encode()).decode()
TURNED = base64.b64encode("grøften".encode()).decode()


@pytest.mark.parametrize(
    "content",
    [
        f"Content-Type: text/plain; charset=utf-8\n{EIGHT_BIT}grøften\n\n{RUN}\nslutt\n",
        f"Content-Type: text/plain; charset*=utf-8''utf-8\n{EIGHT_BIT}grøften\n",
        f"Content-Type: text/plain; charset*0*=; charset*1=x\n{EIGHT_BIT}grøften\n",
        f"Content-Type: text/plain; charset*=x; charset*0*=utf-8\n{EIGHT_BIT}grøften\n",
        f"Content-Type: text/plain; charset*{'9' * 5_000}*=utf-8\n{EIGHT_BIT}grøften\n",
        *(f"Content-Type: text/plain; charset={name}\n{EIGHT_BIT}grøften\n" for name in ("idna", "punycode", "undefined")),
        f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64 (as it is)\n\n{TURNED}\n",
        f'Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: "base64"\n\n{TURNED}\n',
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nRas i grøften\n\nHilsen Kari\n",
        f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n{' '.join([LONG[:72], LONG[72:]])}\n",
    ],
)  # fmt: skip
def test_no_charset_and_no_encoding_that_a_mail_names_costs_its_words(tmp_path: Path, content: str) -> None:
    expect(text_of(tmp_path, HEAD + content, "a.eml"), "emne;grøften")


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1"])
def test_a_mail_in_western_letters_is_read_whichever_it_claims(tmp_path: Path, charset: str) -> None:
    content = f"{HEAD}Content-Type: text/plain; charset={charset}\n{EIGHT_BIT}grøften på Østensjø\n"
    for codec in ("utf-8", "cp1252"):
        expect(text_of(tmp_path, content.encode(codec), "a.eml"), "grøften;Østensjø")


@pytest.mark.parametrize(
    "name",
    [
        "filename*=us-ascii''gr%C3%B8ften.bin",
        "filename*=utf-8''gr%F8ften.bin",
        "filename*=iso-8859-1''gr%C3%B8ften.bin",
        "filename*=x-unknown''gr%F8ften.bin",
        "filename*=''gr%C3%B8ften.bin",
        "filename*0*=us-ascii''gr%C3%B8f; filename*1=\"ten.bin\"",
        "filename=\"groften.bin\"; filename*=utf-8''gr%C3%B8ften.bin",
    ],
)
def test_a_name_is_read_in_the_letters_that_it_has(tmp_path: Path, name: str) -> None:
    part = f"Content-Type: application/octet-stream\nContent-Disposition: attachment; {name}\n\nx"
    content = f"{HEAD}Content-Type: multipart/mixed; boundary=B\n\n--B\n\nbrev\n--B\n{part}\n--B--\n"
    expect(text_of(tmp_path, content, "a.eml"), "brev;grøften.bin", without="groften")


def test_lines_that_flow_are_joined_in_quotes_too(tmp_path: Path) -> None:
    content = (
        f"{HEAD}Content-Type: text/plain; format=flowed; DelSp=Yes\n\n> lang \n> ord\n-- \nunderskrift\n"
    )
    expect(text_of(tmp_path, content, "a.eml"), "langord;underskrift")


@pytest.mark.parametrize(
    ("version", "lines", "words"),
    [
        ("2.1", "NOTE:et notat\r\n med mer", "notat;med"),
        ("2.1", "NOTE:et notat\r\n\tmed mer", "notat;med"),
        ("2.1", "NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:gr=C3=B8ft=\r\nen=\r\n her", "grøften;her"),
        ("3.0", "NOTE:et lang\r\n ord", "langord"),
    ],
)
def test_a_card_goes_on_as_its_version_has_it(tmp_path: Path, version: str, lines: str, words: str) -> None:
    other = "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Kå\r\n re\r\nEND:VCARD\r\n"
    card = f"BEGIN:VCARD\r\nVERSION:{version}\r\n{lines}\r\nFN:Ola\r\nEND:VCARD\r\n"
    expect(text_of(tmp_path, card + other, "a.vcf"), f"{words};Ola;Kåre", without="=")
