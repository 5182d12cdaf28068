"""The encoding of a text is guessed from its letters."""

from __future__ import annotations

import io

import pytest

from connector.text.charset import detect_encoding, looks_binary, read_characters

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
    ("utf-16", "Blåbær på fjellet"),
    ("utf-16-be", "Blåbær på fjellet"),
    ("utf-32-le", "Blåbær på fjellet"),
]


@pytest.mark.parametrize(("encoding", "text"), SAMPLES)
def test_text_comes_back(encoding: str, text: str) -> None:
    content = text.encode(encoding)
    assert not looks_binary(content)
    assert "".join(read_characters(io.BytesIO(content), detect_encoding(content))) == text


def test_declared_encoding_wins_over_the_guess() -> None:
    page = "<meta charset=iso-8859-2>żółć".encode("iso-8859-2")
    assert page.decode(detect_encoding(page, use_declared=True)).endswith("żółć")


def test_unknown_declaration_is_passed_over() -> None:
    assert detect_encoding("<meta charset=klingon>å".encode("cp1252"), use_declared=True) == "cp1252"


def test_character_cut_by_the_sample_is_no_proof_against_utf8() -> None:
    sample = ("æ" * 40_000).encode()[:65_535]
    assert detect_encoding(b"x" + sample) == "utf-8"
