"""
Damaged files of every kind end in text or in a reason: our own readers raise nothing else, and end.

Bounded here; `make soak` plays it for longer.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

import file_makers as make
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mail_makers import signed, tnef
from package_makers import make_word
from test_text_binary_workbook import cell, record, wide, workbook
from test_text_drawings import IFC, MARKUP_21, bcf, dxf
from test_text_embedded import dropped
from test_text_hidden import FLAT, HIDING_STYLES, SHAPES, WORD_2003
from test_text_pdf import HIDING, OFF, pdf
from test_text_shown import EXCEL_2003

from connector.document.clean import TextGatherer
from connector.text.extract import Limits, extract
from connector.text.kinds import Kind, tell_kind
from connector.text.layers import ODD, find_layers
from connector.text.xfa import read_form

CASES = Path(__file__).parent / "samples" / "cases"
# Not those that a library's own code reads: what it makes of damage may end the process, which is the pool's business.
OTHERS = {".pdf"}
SMALL = sorted(
    path.name for path in CASES.iterdir() if path.suffix not in OTHERS and path.stat().st_size < 60_000
)
MADE: dict[str, Callable[[], bytes]] = {
    "made.docx": make.make_docx,
    "styles.docx": lambda: make_word("<w:p/>", ("styles", "styles.xml"), styles_xml=HIDING_STYLES),
    "shapes.pptx": lambda: SHAPES["pptx"],
    "made.xlsx": make.make_xlsx,
    "made.xlsb": lambda: workbook(record(0, bytes(17)) + cell(6, wide("Grøft")) + cell(2, bytes(4), style=1), codes=("0000",)),
    "made.odt": make.make_odt,
    "made.ods": make.make_ods,
    "made.epub": make.make_epub,
    "made.zip": lambda: make.make_zip({"a.txt": "words", "b.docx": make.make_docx()}),
    "issue.bcf": lambda: bcf(MARKUP_21),
    "flat.xml": FLAT.encode,
    "word2003.xml": WORD_2003.encode,
    "excel2003.xml": EXCEL_2003.encode,
    "made.fodt": lambda: b'<?xml version="1.0"?><office:document xmlns:office="o" xmlns:text="t"><text:p>words</text:p></office:document>',
    "object.ole": lambda: dropped("Notat.txt", b"words"),
    "plan.dxf": lambda: dxf((0, "SECTION"), (2, "ENTITIES"), (0, "MTEXT"), (1, "{\\fArial;Akse}\\PA"), (0, "ENDSEC")),
    "model.ifc": IFC.encode,
    "winmail.dat": lambda: tnef([(0x88008, b"IPM.Note"), (0x2800C, b"words")]),
    "avtale.p7m": lambda: signed(make.make_eml(), parts=3),
    "page.html": lambda: b"<html><style>.a{display:none}</style><p>words<p hidden>more<table><tr><td>x",
}  # fmt: skip
LIBRARIES_OWN = {Kind.PDF}
"""What PDFium reads, whose breakdowns are the pool's business: the PDF's layers and forms are fuzzed below."""
EXAMPLES = int(os.environ.get("CONNECTOR_SOAK", "0")) or 4


def read(path: Path, content: bytes, name: str) -> None:
    path.write_bytes(content)
    result = extract(path, name, "", Limits(max_text_bytes=200_000))
    assert (result.text is None) == (result.reason is not None)


damage = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.one_of(st.binary(min_size=1, max_size=4), st.sampled_from([b"\xff" * 4, b"\0" * 4, b"{" * 40])),
    ),
    min_size=1,
    max_size=12,
)


@pytest.mark.parametrize("name", SMALL)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(changes=damage, keep=st.floats(0.05, 1))
def test_damage_ends_in_text_or_a_reason(
    tmp_path: Path, name: str, changes: list[tuple[float, bytes]], keep: float
) -> None:
    content = damaged((CASES / name).read_bytes(), changes)
    read(tmp_path / "file", content, name)
    read(tmp_path / "file", content[: int(keep * len(content))], name)


@cache
def made(name: str) -> bytes:
    return MADE[name]()


def damaged(content: bytes, changes: list[tuple[float, bytes]]) -> bytes:
    found = bytearray(content)
    for place, odd in changes:
        at = int(place * len(found))
        found[at : at + len(odd)] = odd
    return bytes(found)


@pytest.mark.parametrize("name", MADE)
@settings(
    max_examples=2 * EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(changes=damage, which=st.integers(0, 100))
def test_damage_within_a_package_ends_in_text_or_a_reason(
    tmp_path: Path, name: str, changes: list[tuple[float, bytes]], which: int
) -> None:
    """What is packed is damaged before it is packed: else no reader would ever see it."""
    content = made(name)
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts: dict[str, bytes | str] = {one: package.read(one) for one in package.namelist()}
        chosen = sorted(parts)[which % len(parts)]
        content = make.make_zip({**parts, chosen: damaged(bytes(parts[chosen]), changes)})  # type: ignore[arg-type]
    else:
        content = damaged(content, changes)
    read(tmp_path / "file", content, name)


def test_every_reader_is_fuzzed(tmp_path: Path) -> None:
    path = tmp_path / "file"
    met = set()
    for name, content in [
        *((one, (CASES / one).read_bytes()) for one in SMALL),
        *((one, made(one)) for one in MADE),
    ]:
        path.write_bytes(content)
        met.add(tell_kind(path, name, ""))
    assert met | LIBRARIES_OWN == set(Kind)


@pytest.mark.parametrize("how", HIDING)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(changes=damage)
def test_damaged_layers_raise_nothing_that_is_not_expected(
    tmp_path: Path, how: str, changes: list[tuple[float, bytes]]
) -> None:
    drawn, objects = HIDING[how]
    layers = ["<</Type/OCG/Name(Lag1)>>", "<</Type/OCG/Name(Lag2)>>"]
    content = pdf(
        drawn, *layers, *objects, catalog=OFF, page="/Annots[8 0 R]", resources="/XObject<</X 8 0 R>>"
    )
    path = tmp_path / "file"
    path.write_bytes(damaged(content, changes))
    found = find_layers(path)
    if found is not None:
        with suppress(*ODD):
            found.copy_page(0, found.annotations_off(0))
        found.close()


@settings(max_examples=10 * EXAMPLES, deadline=None)
@given(template=st.binary(max_size=200), changes=damage)
def test_forms_of_any_bytes_end(template: bytes, changes: list[tuple[float, bytes]]) -> None:
    form = b"<template><field><caption><value><text>Navn</text></value></caption></field></template>"
    read_form({"template": template, "datasets": damaged(form, changes)}, TextGatherer(1_000))
    read_form({"template": damaged(form, changes)}, TextGatherer(1_000))


@pytest.mark.parametrize("stream", ["WordDocument", "Workbook", "PowerPoint Document"])
@settings(
    max_examples=10 * EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=st.binary(max_size=3_000), table=st.binary(max_size=2_000))
def test_any_stream_of_old_office_ends(tmp_path: Path, stream: str, content: bytes, table: bytes) -> None:
    head = (
        b"\xec\xa5\xc1\x00" + bytes(6) + b"\x00\x02"
        if stream == "WordDocument"
        else b"\x09\x08\x10\x00\x00\x06\x05\x00" + bytes(12)
    )
    streams = {stream: head + content, "1Table": table, "Current User": table}
    read(tmp_path / "file", make.make_ole(streams), "a.doc")
