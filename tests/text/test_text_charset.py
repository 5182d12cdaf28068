"""The encoding of a text is guessed from its letters."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest

from connector.text.charset import (
    SAMPLE_BYTES,
    decode_bytes,
    detect_encoding,
    detect_file_encoding,
    looks_binary,
    read_characters,
)
from connector.text.extract import Limits, extract
from connector.text.outlook import decode_text

SAMPLES = [
    ("utf-8", "Blåbærsyltetøy på Ærlighet"),
    ("cp1252", "Blåbær på fjellet «Ålesund» – naïve"),
    ("cp1252", "BLÅBÆR PÅ FJELLET ÆØÅ"),
    ("cp1252", "20 °C ± 3 µm"),
    ("cp1252", "é"),
    ("cp865", "Blåbærsyltetøy på Ærlighet"),
    ("mac_roman", "Blåbær på fjellet"),
    ("cp1250", "Zażółć gęślą jaźń, proszę"),
    ("cp1251", "Привет мир, как дела сегодня"),
    ("koi8_r", "Привет мир, как дела"),
    ("cp866", "Привет мир, как дела"),
    ("cp1253", "Καλημέρα κόσμε"),
    ("cp932", "こんにちは世界、今日は良い天気です"),
    ("euc_jp", "こんにちは世界、今日は良い天気です"),
    ("iso2022_jp", "こんにちは"),
    ("gb18030", "今天天气很好，我们去公园"),
    ("big5", "今天天氣很好，我們去公園"),
    ("euc_kr", "안녕하세요 세계"),
    ("cp1252", "§ 5"),
    ("cp1252", "Pris: 5 € – 10 £; 100 m²"),
    ("cp1252", "Ærfugl, sjøørretgarn"),
    ("cp1252", "»Größe«"),
    ("cp850", "Østfløyen, grøften"),
    ("cp1257", "Į statybvietę pristatytas gelžbetonis, ąžuolo durys"),
    ("iso8859_13", "Būvlaukumā piegādāts dzelzsbetons, ēkas augšstāvā ķieģeļi"),
    ("iso8859_2", "Łódź: wykończenie ścian, żelbet, późno"),
    ("cp1250", "Betonáž stropní desky proběhne ve čtvrtek, přístup na staveniště je uzavřen"),
    ("iso8859_2", "Az építési hely túloldalán őszi tűz égett, és füst gomolygott"),
    ("cp852", "Zażółć gęślą jaźń, proszę bardzo uprzejmie"),
    ("cp1254", "İnşaat sahasında beton dökümü yapıldı, çalışma güvenliği sağlandı"),
    ("iso8859_5", "Железобетонная плита перекрытия"),
    ("cp1255", "שלום עולם, מה שלומך היום"),
    ("cp1256", "مرحبا بالعالم كيف حالك اليوم"),
    ("cp874", "สวัสดีชาวโลก วันนี้อากาศดี"),
    ("gb18030", "编号,名称,数量\n1,钢筋,20\n2,混凝土,30"),
    ("utf-16", "Blåbær på fjellet"),
    ("utf-16-be", "Blåbær på fjellet"),
    ("utf-32-le", "Blåbær på fjellet"),
]


def decoded(content: bytes) -> str:
    stream = io.BytesIO(content)
    return "".join(read_characters(stream, detect_file_encoding(stream)))


@pytest.mark.parametrize(("encoding", "text"), SAMPLES)
def test_text_comes_back(encoding: str, text: str) -> None:
    content = text.encode(encoding)
    assert not looks_binary(content)
    assert decoded(content) == text


WIDE = [
    "Имя;Дата;Сумма\r\nИванов;2026-01-02;12345,67\r\n",
    "Πρωτόκολλο δοκιμών της γέφυρας.\r\n",
    "检测报告：桥梁钢结构，第五号墩。\r\n",
    "橋梁の検査報告書です。\n",
    "점검 보고서: 교량 다섯 번째 교각.\n",
    "تقرير فحص الجسر رقم ٥\n",
    "דוח בדיקת הגשר, עמוד 5\n",
    "รายงานการตรวจสอบสะพาน\n",
]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("text", WIDE)
def test_letters_of_every_script_come_back_where_no_mark_says_that_each_takes_several_bytes(
    encoding: str, text: str
) -> None:
    content = (text * 5_000).encode(encoding)
    for part in (content, content[:1_000]):
        assert not looks_binary(part)
        assert decoded(part) == (text * 5_000)[: len(part) // len("x".encode(encoding))]


@pytest.mark.parametrize("width", [2, 4, 8])
def test_numbers_in_a_row_are_no_letters(width: int) -> None:
    dice = random.Random(width)
    for size in (100, 1_000, SAMPLE_BYTES):
        assert looks_binary(b"\0" + dice.randbytes(size - 1))
        numbers = [dice.randrange(4_000) for _ in range(size // width)]
        assert looks_binary(b"".join(number.to_bytes(width, "little") for number in numbers))


def test_words_of_latin_beside_zeros_are_no_chinese_ones() -> None:
    assert looks_binary(b"a\0" + b"names of functions in a program" * 40 + b"\0\0")


def test_declared_encoding_wins_over_the_guess() -> None:
    page = "<meta charset=iso-8859-2>żółć".encode("iso-8859-2")
    assert page.decode(detect_encoding(page, use_declared=True)).endswith("żółć")


def test_unknown_declaration_is_passed_over() -> None:
    assert detect_encoding("<meta charset=klingon>å".encode("cp1252"), use_declared=True) == "cp1252"


def test_character_cut_by_the_sample_is_no_proof_against_utf8() -> None:
    sample = ("æ" * 40_000).encode()[:65_535]
    assert detect_encoding(b"x" + sample) == "utf-8"


def test_letters_far_from_the_beginning_count() -> None:
    content = b"2026-01-01;pris;12,50\n" * 5_000 + "Blåbærsyltetøy;Østfløy\n".encode("cp1252")
    assert len(content) > SAMPLE_BYTES
    assert decoded(content).endswith("Blåbærsyltetøy;Østfløy\n")


PLAIN = b"plain words of a report\r\n" * 3_000


@pytest.mark.parametrize(
    ("codec", "text"), [("cp1252", "Blåbær på grøften"), ("cp1251", "Железобетонная плита")]
)
def test_letters_far_from_the_beginning_of_a_body_count(codec: str, text: str) -> None:
    for name in ("", "us-ascii"):
        assert decode_bytes(PLAIN + text.encode(codec), name).endswith(text)
    in_one_line = PLAIN.replace(b"\r\n", b" ") + text.encode(codec)
    assert decode_bytes(in_one_line).endswith(text)


def test_lines_of_two_encodings_are_told_apart_in_a_body() -> None:
    raw = "møte på plassen\n".encode() * 20 + "størrelse\n".encode("cp1252")
    for name in ("", "utf-8"):
        assert decode_bytes(raw, name).split()[-3:] == ["på", "plassen", "størrelse"]


def test_bytes_of_ascii_are_no_utf_16_whatever_they_say() -> None:
    for name in ("utf-16", "utf-16le", "cp1200"):
        assert decode_bytes(b"<p>plain</p>\0", name).rstrip("\0") == "<p>plain</p>"
    assert decode_bytes("grøft".encode("utf-16-le"), "utf-16le") == "grøft"


@pytest.mark.parametrize(
    ("page", "codec", "text"),
    [(50220, "iso2022_jp", "鉄筋"), (52936, "hz", "钢筋"), (51936, "gb2312", "钢筋"), (38598, "iso8859_8", "שלום"), (28596, "iso8859_6", "مرحبا")],
)  # fmt: skip
def test_texts_of_outlook_are_read_in_every_code_page(page: int, codec: str, text: str) -> None:
    assert decode_text(text.encode(codec), f"cp{page}") == text


@pytest.mark.parametrize("damage", [b"\xff", b"\xc3", b"\xe2\x82"])
def test_one_bad_byte_costs_one_letter(damage: bytes) -> None:
    content = "Møtereferat på Østensjø ".encode() + damage + " grøften".encode()
    assert decoded(content) == "Møtereferat på Østensjø \ufffd grøften"
    assert decoded("Møtereferat på Østensj".encode() + b"\xc3") == "Møtereferat på Østensj\ufffd"


@pytest.mark.parametrize(
    ("other", "words"), [("cp1252", "grøften på plan U2"), ("cp1250", "wykończenie ścian, żelbet")]
)
def test_lines_of_two_encodings_are_told_apart(other: str, words: str) -> None:
    lines = ["Møtereferat nr 12 på Østensjø", "plain words", words] * 30
    content = b"\n".join(line.encode(other if line == words else "utf-8") for line in lines)
    assert decoded(content).split("\n") == lines


def test_a_line_that_is_valid_by_chance_is_of_its_file() -> None:
    """In code page 1251 "Тё" is a letter of UTF-8."""
    lines = ["Железобетонная плита перекрытия"] * 40 + ["Тё"]
    assert decoded("\n".join(lines).encode("cp1251")) == "\n".join(lines)


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("cp1252", "1/2 rør à 5 kr"), ("cp1252", "fôring på vegg"), ("cp1250", "ściana żelbetowa"), ("iso8859_2", "ZAŁĄCZNIK NR 1"),
        ("cp852", "ČÁST"), ("cp1250", "Stěna"), ("gb18030", "A座3层"), ("cp932", "施工図A10"), ("cp1252", "»Größe«"), ("mac_roman", "GRÖSSE"),
    ],
)  # fmt: skip
def test_a_word_or_two_are_read_in_the_letters_of_their_language(codec: str, text: str) -> None:
    stream = io.BytesIO(text.encode(codec))
    assert "".join(read_characters(stream, detect_file_encoding(stream))) == text


def test_line_breaks_within_a_field_make_no_text_a_program() -> None:
    assert not looks_binary("\n".join("navn;linje\x0bto\x0btre\x1dfire" for _ in range(20)).encode())
    assert looks_binary(b"ord\x01\x02" * 40)


def test_values_of_a_field_are_glued_to_no_neighbour(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"navn;en\x0bto\x1dtre\n" * 3)
    assert (extract(path, "a.csv", "", Limits(max_text_bytes=1_000)).text or "").split()[:3] == [
        "navn;en",
        "to",
        "tre",
    ]


def test_a_text_filled_up_with_zeros_is_text() -> None:
    content = "Møte på grøften".encode("cp1252") + bytes(600)
    assert not looks_binary(content)
    assert decoded(content).startswith("Møte på grøften")
    assert looks_binary(b"a\x00b\x00\x00c" * 20)
    assert looks_binary(bytes(600))


def test_one_line_without_end_is_read_in_pieces() -> None:
    content = "ø".encode() * 700_000
    assert decoded(content).count("ø") >= 699_999


SHORT = {
    "cp1250": "Příliš žluťoučký kůň úpěl ďábelské ódy",
    "euc_jp": "鉄筋コンクリート基礎工事の仕様書",
    "cp1252": "Prix: 120 € pour l’œuvre – «béton»",
    "cp1251": "Железобетонная плита перекрытия",
    "iso8859_7": "Οπλισμένο σκυρόδεμα θεμελίωση κτιρίου",
    "cp1255": "בטון מזוין יסודות המבנה",
    "cp775": "Gelžbetonio konstrukcijų įrengimas šiaurinėje pusėje",
    "cp852": "Zażółć gęślą jaźń wykończenie ścian",
}


@pytest.mark.parametrize("codec", SHORT)
@pytest.mark.parametrize("form", ["{}", "nr;navn\r\n1;{}\r\n"])
def test_a_line_is_enough_to_tell_and_no_word_is_of_two_scripts(codec: str, form: str) -> None:
    content = form.format(SHORT[codec]).encode(codec)
    encoding = detect_file_encoding(io.BytesIO(content))
    assert SHORT[codec] in "".join(read_characters(io.BytesIO(content), encoding))
    assert SHORT[codec] in content.decode(detect_encoding(content))


def test_damage_in_the_only_line_of_utf_8_is_no_other_encoding() -> None:
    for text in ("Møte på Østensjø", "byggemøte på grøften", "Størrelse: 12 m² på Åsen"):
        content = text.encode()
        assert detect_file_encoding(io.BytesIO(content[:-1])).codec == "utf-8"
        assert detect_file_encoding(io.BytesIO(content + b" \xff")).codec == "utf-8"


@pytest.mark.parametrize("mark", [b"\xfe\xff", b"\xff\xfe", b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff"])
def test_a_mark_in_the_middle_of_a_text_makes_it_no_other_text(mark: bytes) -> None:
    raw = b"Report,Folder\r\n" + mark
    assert "Report,Folder" in raw.decode(detect_encoding(raw), errors="replace")
    assert decode_bytes(raw).startswith("Report,Folder")
    assert raw.decode(detect_file_encoding(io.BytesIO(raw)).codec, errors="replace").startswith("Report")
