"""PDF: what is filled in, marked up, attached or on a layer is found as a reader sees it; what is hidden is not."""

from __future__ import annotations

from pathlib import Path

import file_makers as make
import fpdf
import pytest


def pdf(content: str, *objects: str, page: str = "", catalog: str = "", resources: str = "") -> bytes:
    """Make a PDF of one page; further objects are numbered from 6 on."""
    rows = [
        f"<</Type/Catalog/Pages 2 0 R{catalog}>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
        f"/Resources<</Font<</F1 5 0 R>>/Properties<</L1 6 0 R/L2 7 0 R/M 8 0 R>>{resources}>>{page}>>",
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
    return make.text_of(tmp_path, content, "a.pdf")


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


def stream(content: str, more: str = "") -> str:
    return f"<<{more}/Length {len(content)}>>\nstream\n{content}\nendstream"


def drawing(content: str, more: str = "") -> str:
    return stream(
        content,
        f"/Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<</Font<</F1 5 0 R>>/Properties<</L1 6 0 R>>>>{more}",
    )


OFF = "/OCProperties<</OCGs[6 0 R 7 0 R]/D<</OFF[6 0 R]>>>>"
HIDING = {
    "a drawing": (f"{line('seen')} /X Do", [drawing(line("off", 600), "/OC 6 0 R")]),
    "within a drawing": (f"/X Do {line('seen')}", [drawing(f"/OC /L1 BDC {line('off', 600)} EMC")]),
    "a drawing in a drawing": (
        f"/X Do {line('seen')}",
        [drawing("/Y Do", "/Resources<</XObject<</Y 9 0 R>>>>"), drawing(line("off", 600), "/OC 6 0 R")],
    ),
    "a condition": (f"{line('seen')} /OC /M BDC {line('off', 600)} EMC", ["<</Type/OCMD/OCGs 6 0 R>>"]),
    "any of several": (f"{line('seen')} /OC /M BDC {line('off', 600)} EMC", ["<</Type/OCMD/OCGs[6 0 R]/P/AnyOn>>"]),
    "all of several": (f"{line('seen')} /OC /M BDC {line('off', 600)} EMC", ["<</Type/OCMD/OCGs[6 0 R 7 0 R]/P/AllOn>>"]),
    "none of several": (f"{line('seen')} /OC /M BDC {line('off', 600)} EMC", ["<</Type/OCMD/OCGs[7 0 R]/P/AllOff>>"]),
    "an expression": (f"{line('seen')} /OC /M BDC {line('off', 600)} EMC", ["<</Type/OCMD/VE[/Or 6 0 R[/Not 7 0 R]]>>"]),
    "an annotation": (line("seen"), [note("FreeText", "off", "/OC 6 0 R")]),
    "many objects before": (" ".join(line("seen") for _ in range(600)) + f" /OC /L1 BDC {line('off', 600)} EMC", []),
}  # fmt: skip


@pytest.mark.parametrize("how", HIDING)
@pytest.mark.parametrize("names", [("Lag1", "Lag2"), ("Lag", "Lag")])
def test_what_belongs_to_a_layer_that_is_off_stays_out_however_it_belongs(
    tmp_path: Path, how: str, names: tuple[str, str]
) -> None:
    content, objects = HIDING[how]
    made = pdf(
        f"{content} /OC /L2 BDC {line('also', 500)} EMC",
        *(f"<</Type/OCG/Name({name})>>" for name in names),
        *objects,
        catalog=OFF,
        page="/Annots[8 0 R]" if how == "an annotation" else "",
        resources="/XObject<</X 8 0 R>>",
    )
    words = text_of(tmp_path, made).split()
    assert {"seen", "also"} <= {*words}
    assert "off" not in words


@pytest.mark.parametrize(
    ("properties", "seen"),
    [
        ("/AS[<</Event/View/Category[/View]/OCGs[6 0 R]>>]", False),
        ("/AS[<</Event/Print/Category[/Print]/OCGs[6 0 R]>>]", True),
    ],
)
def test_a_layer_may_be_off_by_how_it_is_used(tmp_path: Path, properties: str, seen: bool) -> None:
    made = pdf(
        f"{line('page')} /OC /L1 BDC {line('layer', 600)} EMC",
        "<</Type/OCG/Name(Lag1)/Usage<</View<</ViewState/OFF>>>>>>",
        "<</Type/OCG/Name(Lag2)>>",
        catalog=f"/OCProperties<</OCGs[6 0 R 7 0 R]/D<<{properties}>>>>",
    )
    assert ("layer" in text_of(tmp_path, made)) == seen


@pytest.mark.parametrize(
    "odd",
    [
        "/OCProperties 6 0 R",
        "/OCProperties<</OCGs 4711/D<</OFF 12>>>>",
        "/OCProperties<</OCGs[99 0 R]/D<</OFF[99 0 R]>>>>",
    ],
)
def test_layers_that_make_no_sense_cost_nothing(tmp_path: Path, odd: str) -> None:
    made = pdf(
        f"/OC /L1 BDC {line('seen')} EMC /X Do",
        "[6 0 R]",
        "<</Type/OCMD/OCGs[7 0 R]/VE[/Not 7 0 R]>>",
        catalog=odd,
    )
    assert "seen" in text_of(tmp_path, made)


def test_rich_text_of_notes_and_fields_is_read_where_there_is_no_plain_one(tmp_path: Path) -> None:
    rich = '<?xml version="1.0"?><body xmlns="http://www.w3.org/1999/xhtml"><p>rik <b>tekst</b></p></body>'
    field = f"<</Type/Annot/Subtype/Widget/FT/Tx/Ff 33554432/T(f)/RV({rich.replace('rik', 'feltets')})/Rect[150 600 450 680]>>"
    content = pdf(
        line("page"),
        f"<</Type/Annot/Subtype/FreeText/RC({rich})/Rect[100 450 120 470]>>",
        field,
        page="/Annots[6 0 R 7 0 R]",
        catalog="/AcroForm<</Fields[7 0 R]/DA(/F1 12 Tf 0 g)>>",
    )
    assert text_of(tmp_path, content).split("\n") == ["page", "rik tekst", "feltets tekst"]


def test_a_file_that_is_pinned_to_a_page_is_found_by_its_name_and_its_words(tmp_path: Path) -> None:
    content = pdf(
        line("page"),
        note("FileAttachment", "see this", "/FS 7 0 R"),
        "<</Type/Filespec/F(Protokoll.txt)/UF(Protokoll.txt)/EF<</F 8 0 R>>>>",
        stream("words of the attachment", "/Type/EmbeddedFile"),
        page="/Annots[6 0 R]",
    )
    text = text_of(tmp_path, content)
    for words in ("page", "see this", "Protokoll.txt", "words of the attachment"):
        assert words in text


def test_a_form_that_pages_do_not_show_is_read_by_its_captions_and_values(tmp_path: Path) -> None:
    template = (
        "<template><subform><field><caption><value><text>Navn</text></value></caption><items><text>valg</text></items></field>"
        '<draw presence="hidden"><value><text>hemmelig</text></value></draw><draw><value><exData><body><p>Over<b>skrift</b></p></body>'
        "</exData></value></draw></subform></template>"
    )
    data = "<datasets><data><skjema><navn>Kari</navn><sted>Bergen</sted></skjema></data><other>lister</other></datasets>"
    content = pdf(
        line("Please wait"),
        stream(template),
        stream(data),
        catalog="/NeedsRendering true/AcroForm<</Fields[]/XFA[(template)6 0 R(datasets)7 0 R]>>",
    )
    words = text_of(tmp_path, content).split()
    assert words == ["Please", "wait", "Navn", "Overskrift", "Kari", "Bergen"]


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["brann-", "tetting"], "branntetting"),
        (["RIB-", "1042"], "RIB-1042"),
        (["Oslo-", "Bergen"], "Oslo-Bergen"),
        (["NS-", "EN 206"], "NS-EN 206"),
        (["VVS-", "anlegget"], "VVS-anlegget"),
        (["C35-", "betong"], "C35-betong"),
        (["1042-", "03"], "1042-03"),
        (["sjakt- ", "og kanal"], "sjakt- og kanal"),
        (["Sand-", "und Kies"], "Sand- und Kies"),
        (["rekk-", "ogrense"], "rekkogrense"),
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


def test_settings_of_the_program_that_made_a_pdf_stay_out_of_its_words(tmp_path: Path) -> None:
    made = fpdf.FPDF()
    made.add_page()
    made.set_font("helvetica", size=12)
    made.cell(text="page")
    path = tmp_path / "Press Quality.joboptions"
    path.write_text(
        "<< /ASCII85EncodePages false /Description << /NOR (Bruk disse innstillingene) >> >> setdistillerparams"
    )
    made.embed_file(path)
    assert text_of(tmp_path, bytes(made.output())).split() == ["page", "Press", "Quality.joboptions"]


def test_an_encrypted_pdf_that_opens_without_a_password_is_read(tmp_path: Path) -> None:
    assert make.WORD in text_of(tmp_path, make.make_pdf(password=""))


def at(x: int, y: int, word: str) -> str:
    return f"BT /F1 12 Tf {x} {y} Td ({word}) Tj ET\n"


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("", "synlig halv nede"),
        ("/CropBox[0 400 595 842]", "synlig halv"),
        ("/CropBox[0 400 595 842]/Rotate 90", "halv synlig"),
        ("/CropBox[50 650 86 750]/UserUnit 2", "syn hal"),
        ("/CropBox[-100 -100 900 1200]", "synlig halv nede"),
        ("/CropBox[0 0 0 0]", "synlig halv nede"),
        ("/MediaBox[0 400 595 842]", "synlig halv"),
    ],
)
def test_words_beside_the_part_of_a_page_that_is_shown_stay_out(
    tmp_path: Path, page: str, words: str
) -> None:
    drawn = (
        at(72, 700, "synlig")
        + at(72, 660, "halv")
        + at(72, 100, "nede")
        + at(72, -100, "utenfor")
        + at(900, 700, "fjern")
    )
    text = text_of(tmp_path, pdf(drawn, page=page))
    assert sorted(text.split()) == sorted(words.split())


def test_words_of_a_layer_that_is_off_stay_out_of_a_page_that_was_cropped_too(tmp_path: Path) -> None:
    drawn = "/OC/L1 BDC " + at(72, 700, "av") + "EMC " + at(72, 680, "synlig") + at(72, 100, "nede")
    layers = ["<</Type/OCG/Name(Lag1)>>", "<</Type/OCG/Name(Lag2)>>"]
    content = pdf(drawn, *layers, catalog=OFF, page="/CropBox[0 400 595 842]")
    assert text_of(tmp_path, content).split() == ["synlig"]


def test_layers_that_are_off_stay_out_of_a_pdf_that_is_locked_by_aes_against_changes(tmp_path: Path) -> None:
    """As a drawing that anybody may open: the password of its readers is empty, and what is drawn is not locked."""
    user = "133c8eb86cf813474ade739d5d133087e2026f56aaf366284dd1a25d98d4469076616c69646174656b65792073616c74"
    key, rights = (
        "bf8955a7384a4d39278f6b7c87e8e294e18519fe98b16b54c77d23f7b74f885d",
        "9096e47519ec0312277655aed4415220",
    )
    lock = (
        f"<</Filter/Standard/V 5/R 5/Length 256/P -4/O<{'00' * 48}>/OE<{'00' * 32}>/U<{user}>/UE<{key}>/Perms<{rights}>"
        "/CF<</StdCF<</CFM/AESV3/Length 32>>>>/StmF/Identity/StrF/Identity>>"
    )
    layers = ["<</Type/OCG/Name(Lag1)>>", "<</Type/OCG/Name(Lag2)>>"]
    content = pdf(LAYERS, *layers, lock, catalog=OFF).replace(b"/Root", b"/Encrypt 8 0 R/ID[<00><00>]/Root")
    assert text_of(tmp_path, content).split("\n") == ["second layer", "no layer"]
