"""
Small files of every kind that people of projects and offices save, each with what is easily missed in it.

A word with "~" stands by itself, glued to no neighbour. The files were made for this; names in them are made up.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from connector.text.extract import Limits, extract

FILES = Path(__file__).parent / "samples" / "cases"
HOLDS = {
    "eml_png_20_megapixels.eml": "ptarmigan",
    "msg_png_30_megapixels.msg": "ptarmigan",
    "eml_attachment_names.eml": "tegningsliste_A10;Sjaktplan østfløy",
    "eml_calendar_part.eml": "Befaring",
    "eml_forwarded_as_attachment.eml": "forsinket",
    "eml_raw_subject_utf8.eml": "Måling på grøft",
    "eml_shift_jis_base64.eml": "鉄筋コンクリート",
    "eml_koi8-r_base64.eml": "Железобетонная",
    "eml_iso-8859-1_8bit.eml": "Blåbærsyltetøy",
    "eml_iso-8859-1_quoted-printable.eml": "Blåbærsyltetøy",
    "eml_windows-1252_8bit.eml": "Blåbærsyltetøy",
    "eml_windows-1252_quoted-printable.eml": "Blåbærsyltetøy",
    "eml_utf-8_8bit.eml": "Blåbærsyltetøy",
    "eml_html_windows-1252_qp.eml": "Blåbærsyltetøy",
    "eml_nocharset_latin1_8bit.eml": "Blåbærsyltetøy",
    "eml_iso-8859-2_quoted-printable.eml": "wykończenie",
    "eml_windows-1250_quoted-printable.eml": "wykończenie",
    "eml_windows-1257_quoted-printable.eml": "gelžbetonis",
    "msg_unicode_plain.msg": "Østensjø",
    "msg_rtf_only.msg": "ptarmigan",
    "msg_html_only.msg": "Brødtekst i HTML",
    "msg_html_in_rtf_only.msg": "Brødtekst fra html",
    "msg_ansi_1252.msg": "Østensjø;Måling",
    "msg_ansi_1252_internet_utf8.msg": "Østensjø;Måling",
    "msg_ansi_1252_no_codepage.msg": "Østensjø;Måling",
    "msg_ansi_1252_no_internet_codepage.msg": "Østensjø;Måling",
    "msg_appointment.msg": "ptarmigan",
    "doc_features.doc": "topptekst;bunntekst;fotnotetekst;sluttnotetekst;kommentartekst;tekstbokstekst;lenketekst;innsattord",
    "odt_features.odt": "~Kommentert;~æøå;~fotnotetekst;~kommentartekst;topptekst;bunntekst",
    "docx_features.docx": "topptekst;bunntekst;fotnotetekst;kommentartekst;tekstbokstekst",
    "xls_stream_name_in_capitals.xls": "Betongarbeid",
    "doc_east_asian.doc": "鉄筋コンクリート;钢筋混凝土",
    "docx_backslash_names.docx": "vanlig tekst",
    "docx_zip64_end_record.docx": "papa maman",
    "docx_breaks_with_attributes.docx": "~hoyre;~nyside;~nylinje;delt;2-3",
    "docx_chart.docx": "Fremdrift ptarmigan;Betongserie;Blokk Q",
    "docx_smartart.docx": "ptarmigan",
    "ppt_97_plain.ppt": "Østensjø",
    "ppt_saved_by_powerpoint_2007_or_later.ppt": "ptarmigan",
    "xls_features.xls": "Mengder;Tomt ark;cellekommentar;arktekstboks;00123",
    "xlsx_features.xlsx": "Mengder;Tomt ark;cellekommentar;arktekstboks;00123;25%",
    "xlsx_number_formats_chart.xlsx": "40:30;0017;~linje1;Diagramtittel ptarmigan;arktopptekst",
    "xlsx_backslash_lowercase.xlsx": "Timer",
    "xls_far_corner_cell.xls": "ptarmigan;nederst",
    "xls_used_area_1_million_cells.xls": "ptarmigan;nederst",
    "html_table_named.xls": "Betong",
    "html_fragment_table_named.xls": "Blåbær",
    "pdf_form_filled.pdf": "feltverdi;feltuten;valgB",
    "pdf_annotations_markup.pdf": "fritekst;notatlapp;stempelord;utropskommentar",
    "pdf_portfolio.pdf": "Innhold i portefolje",
    "pdf_hyphen.pdf": "branntetting;RIB-1042;Oslo-Bergen",
    "pdf_letterspaced.pdf": "SPERRET",
    "pdf_rotated_title_block.pdf": "ptarmigan;C03",
    "pdf_fake_bold.pdf": "ptarmigan",
    "pdf_hidden_layer.pdf": "Synliglag",
    "txt_latin1_letters_after_64k.csv": "Blåbærsyltetøy;Østfløy",
    "txt_utf8_one_bad_byte.txt": "byggemøte;størrelse",
    "txt_null_padded.txt": "ptarmigan",
    "txt_cp1257_lithuanian.txt": "gelžbetonis",
    "txt_iso8859-2_polish.txt": "wykończenie",
    "txt_cp1250_polish.txt": "wykończenie",
    "txt_gbk.csv": "钢筋",
    "txt_cp850.txt": "grøften",
    "txt_cp865.txt": "grøften",
    "txt_macroman.txt": "grøften",
    "txt_one_letter_cp1252.txt": "Kjøs",
    "txt_cp1252_euro_quotes.txt": "€;½",
    "txt_utf16be_nobom.txt": "grøften",
    "txt_utf16le_bom.csv": "Blåbær",
    "html_hidden_and_attributes.html": "synlig;bildetekst;områdetekst;detaljord;rammeord",
    "html_meta_windows-1250.html": "wykończenie",
    "html_utf16.html": "grøften",
    "html_declared_utf8_is_cp1252.html": "grøften",
    "mht_single_file.mht": "Blåbær",
    "xml_attributes_only.xml": "Bruprosjekt;Kulvert",
    "ics_folded.ics": "branntetting;~linje2",
    "vcf_qp.vcf": "Ørn;Kåre",
    "rtf_norwegian_1252.rtf": "grøften",
    "rtf_polish_1250.rtf": "wykończenie",
    "rtf_polish_font_charset.rtf": "wykończenie",
    "rtf_russian_1251.rtf": "плита",
    "rtf_lithuanian_1257.rtf": "gelžbetonis",
    "rtf_unicode_escapes.rtf": "wykończenie;blåbær",
}
LACKS = {
    "doc_features.doc": "slettetord;HYPERLINK",
    "odt_features.odt": "slettetord;2026-01-01T",
    "docx_features.docx": "slettetord",
    "docx_breaks_with_attributes.docx": "slettetord",
    "xls_features.xls": "1899-12-31;Skjult ark",
    "xlsx_number_formats_chart.xlsx": "_x000D_",
    "html_hidden_and_attributes.html": "skjultord",
}
REASONS = {
    "pptx_no_slides.pptx": "empty",
}


def text_of(name: str) -> str:
    result = extract(FILES / name, name, "", Limits(max_text_bytes=1_000_000))
    assert result.reason is None, result.reason
    return result.text or ""


@pytest.mark.parametrize("name", sorted(HOLDS))
def test_words_are_found(name: str) -> None:
    text = text_of(name)
    for word in HOLDS[name].split(";"):
        if word.startswith("~"):
            assert re.search(rf"(?<!\w){re.escape(word[1:])}(?!\w)", text), word
        else:
            assert word in text


@pytest.mark.parametrize("name", sorted(LACKS))
def test_what_nobody_should_see_is_not_found(name: str) -> None:
    text = text_of(name)
    for word in LACKS[name].split(";"):
        assert word not in text


@pytest.mark.parametrize("name", sorted(REASONS))
def test_reasons_are_told_right(name: str) -> None:
    result = extract(FILES / name, name, "", Limits(max_text_bytes=1_000_000))
    assert result.reason is not None
    assert result.reason.value == REASONS[name]


def test_every_file_has_an_expectation() -> None:
    assert {path.name for path in FILES.iterdir()} == HOLDS.keys() | LACKS.keys() | REASONS.keys()
