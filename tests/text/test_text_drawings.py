"""Drawings and models: their words are found once each, what is off or invisible is not."""

from __future__ import annotations

from pathlib import Path

import file_makers as make
import pytest
from file_makers import read
from hypothesis import given
from hypothesis import strategies as st

from connector.text.drawings import _drawn_text, _step_text
from connector.text.reasons import Reason


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


def test_letters_of_other_scripts_are_read_however_they_are_written() -> None:
    assert _step_text("\\PB\\wyko\\S\\qczenie gr\\X2\\00f8\\X0\\ft") == "wykończenie grøft"
    assert _step_text("Gr\\S\\xft") == "Grøft"
    assert _drawn_text("\\M+193FA\\M+1967B EL 5") == "日本 EL 5"


@given(st.text())
def test_no_text_of_a_drawing_raises(text: str) -> None:
    _drawn_text(text)
    _step_text(text)


# -- issues of models (BCF) ------------------------------------------------------------------------

GUID = "9d8a1c7e-0f1e-4c8e-9a55-3f6b1f1c0a01"
MARKUP_21 = f"""<?xml version="1.0" encoding="UTF-8"?>
<Markup xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <Header><File IfcProject="1SpUb5TnHE8AWqcmtQ0Wqe"><Filename>RIV_Underetasje.ifc</Filename><Date>2024-03-01T08:00:00Z</Date></File></Header>
  <Topic Guid="{GUID}" TopicType="Kollisjon" TopicStatus="Åpen">
    <Title>Kanal krysser bærebjelke</Title><Priority>Kritisk</Priority><Index>4</Index>
    <Labels>Ventilasjon</Labels><Labels>Brannskille</Labels>
    <CreationDate>2024-03-02T09:30:00Z</CreationDate><CreationAuthor>riv@example.com</CreationAuthor>
    <AssignedTo>rib@example.com</AssignedTo><Stage>Detaljprosjekt</Stage>
    <Description>Tilluftskanalen må senkes 150 mm i akse C/7</Description>
    <DocumentReference Guid="{GUID}"><Description>Etasjeskillersnitt</Description></DocumentReference>
  </Topic>
  <Comment Guid="{GUID}"><Date>2024-03-03T10:00:00Z</Date><Author>ark@example.com</Author>
    <Comment>Himlingshøyden tåler det &amp; skjørtet flyttes</Comment><Viewpoint Guid="{GUID}"/></Comment>
  <Viewpoints Guid="{GUID}"><Viewpoint>viewpoint.bcfv</Viewpoint><Snapshot>snapshot.png</Snapshot></Viewpoints>
</Markup>"""
MARKUP_30 = f"""<?xml version="1.0" encoding="UTF-8"?>
<Markup><Topic Guid="{GUID}" TopicType="Spørsmål" TopicStatus="Lukket">
  <Title>Utsparing mangler</Title><Labels><Label>Hulltaking</Label></Labels><Description>Se etasje tre</Description>
  <Comments><Comment Guid="{GUID}"><Date>2024-04-01T10:00:00Z</Date><Author>x@example.com</Author><Comment>Utført i revisjon D</Comment></Comment></Comments>
</Topic></Markup>"""
VIEWPOINT = (
    f'<VisualizationInfo Guid="{GUID}"><OrthogonalCamera><CameraViewPoint><X>12.3456</X></CameraViewPoint>'
    "</OrthogonalCamera></VisualizationInfo>"
)


def bcf(*topics: str | bytes) -> bytes:
    parts: dict[str, str | bytes] = {
        "bcf.version": '<?xml version="1.0"?><Version VersionId="2.1"><DetailedVersion>2.1</DetailedVersion></Version>',
        "project.bcfp": f'<ProjectExtension><Project ProjectId="{GUID}"><Name>Nordby sykehus</Name></Project></ProjectExtension>',
    }
    for number, topic in enumerate(topics):
        folder = f"{GUID[:-3]}{number:03}"
        parts |= {
            f"{folder}/markup.bcf": topic,
            f"{folder}/viewpoint.bcfv": VIEWPOINT,
            f"{folder}/snapshot.png": b"\x89PNG",
        }
    return make.make_zip(parts)


@pytest.mark.parametrize("name", ["kollisjoner.bcfzip", "kollisjoner.bcf", "kollisjoner.zip"])
def test_issues_of_a_model_are_found_by_their_words(tmp_path: Path, name: str) -> None:
    text = read(tmp_path, bcf(MARKUP_21, MARKUP_30), name).text or ""
    for words in (
        "Nordby sykehus", "RIV_Underetasje.ifc", "Kollisjon", "Åpen", "Kanal krysser bærebjelke", "Kritisk", "Ventilasjon",
        "Brannskille", "riv@example.com", "rib@example.com", "Detaljprosjekt", "Tilluftskanalen må senkes 150 mm i akse C/7",
        "Etasjeskillersnitt", "Himlingshøyden tåler det & skjørtet flyttes", "ark@example.com",
        "Utsparing mangler", "Hulltaking", "Se etasje tre", "Utført i revisjon D", "Lukket",
    ):  # fmt: skip
        assert words in text.split("\n"), words
    for noise in (
        GUID[:8],
        "viewpoint.bcfv",
        "snapshot.png",
        "12.3456",
        "2024-03-02",
        "1SpUb5TnHE8AWqcmtQ0Wqe",
    ):
        assert noise not in text


def test_every_topic_of_a_large_coordination_is_found(tmp_path: Path) -> None:
    topics = [MARKUP_30.replace("Utsparing", f"Utsparing{number}") for number in range(450)]
    text = read(tmp_path, bcf(*topics), "alle.bcfzip").text or ""
    assert all(f"Utsparing{number} mangler" in text for number in range(450))


def test_a_damaged_topic_costs_itself(tmp_path: Path) -> None:
    found = read(tmp_path, bcf("<Markup><Topic><Title>cut", MARKUP_30), "a.bcfzip")
    assert "Utsparing mangler" in (found.text or "")
    assert found.truncated
    assert read(tmp_path, bcf(b"\0not xml"), "b.bcfzip").reason is Reason.BROKEN


def test_a_topic_by_itself_is_read_as_well(tmp_path: Path) -> None:
    assert "Kanal krysser bærebjelke" in (read(tmp_path, MARKUP_21.encode(), "markup.bcf").text or "")
