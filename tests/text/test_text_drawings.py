"""Drawings and models: their words are found once each, what is off or invisible is not."""

from __future__ import annotations

from pathlib import Path

import file_makers as make
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.text.drawings import _drawn_text, _step_text
from connector.text.extract import Extracted, Limits, extract
from connector.text.reasons import Reason


def read(tmp_path: Path, content: bytes, name: str) -> Extracted:
    path = tmp_path / "file"
    path.write_bytes(content)
    return extract(path, name, "", Limits(max_text_bytes=1_000_000))


def lines(tmp_path: Path, content: bytes, name: str) -> list[str]:
    return (read(tmp_path, content, name).text or "").split("\n")


def dxf(*pairs: tuple[int, str], version: str = "AC1027", page: str = "ANSI_1252") -> bytes:
    head = [
        (0, "SECTION"),
        (2, "HEADER"),
        (9, "$ACADVER"),
        (1, version),
        (9, "$DWGCODEPAGE"),
        (3, page),
        (0, "ENDSEC"),
    ]
    rows = "".join(f"{code:>3}\r\n{value}\r\n" for code, value in [*head, *pairs, (0, "EOF")])
    return rows.encode("utf-8" if version >= "AC1021" else "cp1252")


def test_texts_of_a_drawing_are_found_once_each(tmp_path: Path) -> None:
    content = dxf(
        (0, "TEXT"), (8, "0"), (1, "Sjakt Ø110 %%c %%p5 45%%d"),
        (0, "MTEXT"), (3, "{\\fArial|b0;Merknad} "), (1, "om brann\\PEI60\\~vegg \\S1/2; \\U+00F8st"),
        (0, "ATTRIB"), (2, "REV"), (70, "0"), (1, "C03"),
        (0, "ATTRIB"), (2, "SECRET"), (70, "1"), (1, "invisible"),
        (0, "TEXT"), (60, "1"), (1, "not drawn"),
        (0, "INSERT"), (2, "BLOCKNAME"), (1, "no text"),
        (0, "MTEXT"), (1, "Betong B35"), (0, "MTEXT"), (1, "Betong B35"),
    )  # fmt: skip
    assert lines(tmp_path, content, "plan.dxf") == [
        "Sjakt Ø110 Ø ±5 45°", "Merknad om brann", "EI60 vegg 1/2 øst", "C03", "Betong B35",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("color", "flags", "seen"), [("7", "0", True), ("-7", "0", False), ("7", "1", False), ("7", "4", True)]
)
def test_layers_that_are_off_or_frozen_stay_out(tmp_path: Path, color: str, flags: str, seen: bool) -> None:
    content = dxf(
        (0, "LAYER"), (2, "Notater"), (70, flags), (62, color),
        (0, "TEXT"), (8, "NOTATER"), (1, "on the layer"), (0, "TEXT"), (8, "0"), (1, "elsewhere"),
    )  # fmt: skip
    assert lines(tmp_path, content, "plan.dxf") == (["on the layer"] if seen else []) + ["elsewhere"]


def test_old_drawings_are_read_in_their_code_page(tmp_path: Path) -> None:
    content = dxf((0, "TEXT"), (1, "Grøft på østsiden"), version="AC1015")
    assert lines(tmp_path, content, "plan.dxf") == ["Grøft på østsiden"]


def test_binary_and_broken_drawings_are_told(tmp_path: Path) -> None:
    assert (
        read(tmp_path, b"AutoCAD Binary DXF\r\n\x1a\x00" + bytes(40), "a.dxf").reason is Reason.NO_TEXT_FORMAT
    )
    assert read(tmp_path, b"  0\nSECTION\nnonsense\nmore\n", "a.dxf").reason is Reason.EMPTY


IFC = """ISO-10303-21;
HEADER;
FILE_DESCRIPTION(('ViewDefinition [CoordinationView]'),'2;1');
FILE_SCHEMA(('IFC4'));
ENDSEC;
DATA;
#1=IFCPROJECT('0YvctVUKr0kugbFTf53O9L',$,'Skole \\X2\\00D8\\X0\\st','Kulvert \\X\\E5pen; del 2',$,$,$,$,$);
#2=IFCDOOR('1hqIFTRjfV6AWq_bMtnZwI',$,'D\\S\\x r',$,$,$,$,'4711',$,$);
#3=IFCPROPERTYSINGLEVALUE('FireRating',$,IFCLABEL('EI 60'),$);
#4=IFCPROPERTYSINGLEVALUE('FireRating',$,IFCLABEL('Arkitektens d''or'),$);
ENDSEC;
END-ISO-10303-21;
"""


def test_names_and_values_of_a_model_are_found(tmp_path: Path) -> None:
    assert lines(tmp_path, IFC.encode(), "model.ifc") == [
        "ViewDefinition [CoordinationView]", "IFC4", "Skole Øst", "Kulvert åpen; del 2", "Dø r", "FireRating", "EI 60",
        "Arkitektens d'or",
    ]  # fmt: skip
    assert "Skole Øst" in lines(tmp_path, make.make_zip({"model.ifc": IFC}), "model.ifczip")


def test_a_string_across_two_portions_is_whole(tmp_path: Path) -> None:
    filler = "#9=IFCWALL('0YvctVUKr0kugbFTf53O9L',$,'same',$);\n" * 22_000
    text = lines(tmp_path, (IFC.replace("DATA;\n", "DATA;\n" + filler)).encode(), "model.ifc")
    assert text.count("same") == 1
    assert "Skole Øst" in text


def test_other_models_have_no_text(tmp_path: Path) -> None:
    content = b"ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('AUTOMOTIVE_DESIGN'));\n"
    assert read(tmp_path, content, "part.x").reason is Reason.NO_TEXT_FORMAT


@given(st.text())
def test_no_text_of_a_drawing_raises(text: str) -> None:
    _drawn_text(text)
    _step_text(text)
