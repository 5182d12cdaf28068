"""A PDF whose end is missing is read as far as it goes, and never where that may show what is locked or switched off."""

from __future__ import annotations

import zlib
from pathlib import Path

import file_makers as make
import pytest
from test_text_pdf import line, pdf

from connector.text.cut_pdf import with_trailer
from connector.text.extract import Extracted
from connector.text.reasons import Reason

WHOLE = pdf(line("synlig"))
TABLE = WHOLE.rindex(b"xref\n0")


def packed() -> bytes:
    """A file whose catalog, pages and font stand in a stream of objects; its end is missing."""
    objects = {
        1: "<</Type/Catalog/Pages 2 0 R>>",
        2: "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        3: "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        5: "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    }
    head = body = ""
    for number, one in objects.items():
        head += f"{number} {len(body)} "
        body += one + " "
    content = zlib.compress((head + body).encode())
    drawn = line("synlig")
    made = f"%PDF-1.5\n4 0 obj\n<</Length {len(drawn)}>>\nstream\n{drawn}\nendstream\nendobj\n6 0 obj\n"
    made += f"<</Type/ObjStm/N 4/First {len(head)}/Filter/FlateDecode/Length {len(content)}>>\nstream\n"
    return made.encode() + content + b"\nendstream\nendobj\n"


def read(tmp_path: Path, content: bytes) -> Extracted:
    return make.read(tmp_path, content, "a.pdf", max_bytes=1_000)


@pytest.mark.parametrize(
    "content",
    [WHOLE[:TABLE], WHOLE[: TABLE + 30], WHOLE[: WHOLE.rindex(b"/BaseFont")], packed()],
    ids=["before its table", "amid its table", "amid an object", "packed objects"],
)
def test_a_pdf_that_was_cut_is_read_and_known_to_be_a_part(tmp_path: Path, content: bytes) -> None:
    assert read(tmp_path, content) == Extracted(text="synlig", truncated=True)


@pytest.mark.parametrize(
    "content",
    [
        pdf(line("synlig"), "<</Filter/Standard/V 1/R 2/O(x)/U(y)/P -4>>"),
        pdf(line("synlig"), catalog="/OCProperties<</OCGs[6 0 R]/D<</OFF[6 0 R]>>>>"),
        WHOLE.replace(b"/Type/Catalog", b"/Type/Catalag"),
        b"%PDF-1.7\n/Type/Catalog",
    ],
)
def test_a_pdf_that_was_cut_is_broken_where_it_cannot_be_told_what_it_shows(
    tmp_path: Path, content: bytes
) -> None:
    end = content.find(b"xref\n0")
    assert read(tmp_path, content[: end if end > 0 else None]) == Extracted(reason=Reason.BROKEN)


@pytest.mark.parametrize(
    "word", [b"/Type/Catalog", b"/Type/ObjStm", b"/Type/ObjStm/N 1/First 1 stream\n", b"1 0 obj"]
)
def test_very_many_of_what_leads_to_the_pages_are_looked_at_once(word: bytes) -> None:
    """Without the bounds each of these takes hours."""
    assert with_trailer(word * 20_000) is None
