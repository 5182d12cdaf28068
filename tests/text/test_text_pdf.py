"""PDF: what is filled in, marked up, attached or on a layer is found as a reader sees it; what is hidden is not."""

from __future__ import annotations

from pathlib import Path

import file_makers as make
import fpdf
import pytest

from connector.text.extract import Limits, extract


def pdf(content: str, *objects: str, page: str = "", catalog: str = "") -> bytes:
    """Make a PDF of one page; further objects are numbered from 6 on."""
    rows = [
        f"<</Type/Catalog/Pages 2 0 R{catalog}>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
        f"/Resources<</Font<</F1 5 0 R>>/Properties<</L1 6 0 R/L2 7 0 R>>>>{page}>>",
        f"<</Length {len(content)}>>\nstream\n{content}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        *objects,
    ]
    made, places = b"%PDF-1.7\n", []
    for number, row in enumerate(rows, start=1):
        places.append(len(made))
        made += f"{number} 0 obj\n{row}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    count = len(rows) + 1
    trailer = f"xref\n0 {count}\n0000000000 65535 f \n{table}trailer\n<</Size {count}/Root 1 0 R>>\nstartxref\n{len(made)}\n%%EOF"
    return made + trailer.encode()


def text_of(tmp_path: Path, content: bytes) -> str:
    path = tmp_path / "file"
    path.write_bytes(content)
    result = extract(path, "a.pdf", "", Limits(max_text_bytes=1_000_000))
    assert result.reason is None, result.reason
    return result.text or ""


def line(text: str, y: int = 700) -> str:
    return f"BT /F1 12 Tf 72 {y} Td ({text}) Tj ET"


def note(kind: str, text: str, more: str = "") -> str:
    return f"<</Type/Annot/Subtype/{kind}/Contents({text})/Rect[100 450 120 470]{more}>>"


def test_notes_are_read_and_hidden_ones_and_links_are_not(tmp_path: Path) -> None:
    content = pdf(
        line("page"),
        note("Text", "seen note"),
        note("Text", "hidden note", "/F 2"),
        note("FreeText", "no view", "/F 32"),
        note("Link", "a link"),
        note("Caret", "inserted"),
        page="/Annots[6 0 R 7 0 R 8 0 R 9 0 R 10 0 R]",
    )
    assert text_of(tmp_path, content).split("\n") == ["page", "seen note", "inserted"]


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("/FT/Tx/V(filled in)", "filled in"),
        ("/FT/Tx/V(secret)/Ff 8192", ""),
        ("/FT/Ch/Ff 131072/Opt[(one)(two)]/V(two)", "two"),
        ("/FT/Btn/TU(Vernerunde utfort)/AS/Ja/V/Ja/AP<</N<</Ja 7 0 R/Off 7 0 R>>>>", "Vernerunde utfort"),
        ("/FT/Btn/TU(Not ticked)/AS/Off/V/Off/AP<</N<</Ja 7 0 R/Off 7 0 R>>>>", ""),
    ],
)
def test_a_filled_field_is_read(tmp_path: Path, field: str, text: str) -> None:
    content = pdf(
        line("page"),
        f"<</Type/Annot/Subtype/Widget/T(f){field}/Rect[150 600 450 680]/P 3 0 R/DA(/F1 12 Tf 0 g)>>",
        "<</Type/XObject/Subtype/Form/BBox[0 0 1 1]/Length 0>>\nstream\n\nendstream",
        page="/Annots[6 0 R]",
        catalog="/AcroForm<</Fields[6 0 R]/DR<</Font<</F1 5 0 R>>>>/DA(/F1 12 Tf 0 g)>>",
    )
    assert text_of(tmp_path, content).removeprefix("page").strip() == text


LAYERS = f"/OC /L1 BDC {line('first layer')} EMC /OC /L2 BDC {line('second layer', 650)} EMC {line('no layer', 600)}"


@pytest.mark.parametrize(
    ("state", "seen"),
    [
        ("/D<</OFF[6 0 R]>>", ["second layer", "no layer"]),
        ("/D<</OFF[7 0 R 6 0 R]>>", ["no layer"]),
        ("/D<</BaseState/OFF/ON[6 0 R]>>", ["first layer", "no layer"]),
        ("/D<<>>", ["first layer", "second layer", "no layer"]),
        ("/D 4711", ["first layer", "second layer", "no layer"]),
    ],
)
def test_layers_that_are_off_stay_out(tmp_path: Path, state: str, seen: list[str]) -> None:
    content = pdf(
        LAYERS,
        "<</Type/OCG/Name(Lag1)>>",
        "<</Type/OCG/Name(Lag2)>>",
        catalog=f"/OCProperties<</OCGs[6 0 R 7 0 R]{state}>>",
    )
    assert [row for row in text_of(tmp_path, content).split("\n") if row] == seen


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["brann-", "tetting"], "branntetting"),
        (["RIB-", "1042"], "RIB-1042"),
        (["Oslo-", "Bergen"], "Oslo-Bergen"),
        (["NS-", "EN 206"], "NS-EN 206"),
    ],
)
def test_hyphens_at_the_end_of_a_line(tmp_path: Path, lines: list[str], text: str) -> None:
    rows = " T* ".join(f"({row}) Tj" for row in lines)
    assert text_of(tmp_path, pdf(f"BT /F1 12 Tf 14 TL 72 700 Td {rows} ET")) == text


def test_narrow_gaps_part_words(tmp_path: Path) -> None:
    words = ["Prosjektering", "av", "betongelementer", "og", "vinduer"]
    gaps = "-130".join(f"({word})" for word in words)
    assert text_of(tmp_path, pdf(f"BT /F1 12 Tf 72 700 Td [{gaps}] TJ ET")) == " ".join(words)


def test_one_long_word_stays_one(tmp_path: Path) -> None:
    word = "overflatebehandlingsentreprenor"
    assert text_of(tmp_path, pdf(line(word))) == word


def test_attachments_and_bookmarks_are_read(tmp_path: Path) -> None:
    made = fpdf.FPDF()
    made.add_page()
    made.set_font("helvetica", size=12)
    made.start_section("Kapittel 7 Graving")
    made.cell(text="page")
    path = tmp_path / "Notat RIB.txt"
    path.write_text("words of the attachment")
    made.embed_file(path)
    text = text_of(tmp_path, bytes(made.output()))
    for words in ("page", "Kapittel 7 Graving", "Notat RIB.txt", "words of the attachment"):
        assert words in text


def test_an_encrypted_pdf_that_opens_without_a_password_is_read(tmp_path: Path) -> None:
    assert make.WORD in text_of(tmp_path, make.make_pdf(password=""))
