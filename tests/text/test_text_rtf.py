"""Rich text as its reader sees it: text boxes, notes and comments, nothing deleted or hidden, no codes of fields."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.document.clean import TextGatherer
from connector.text.extract import Limits, extract
from connector.text.rtf import MAX_DEPTH, gather_rtf


def text_of(body: bytes) -> str:
    gatherer = TextGatherer(100_000)
    gather_rtf(
        b"{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0\\fcharset0 Arial;}{\\f1\\fcharset204 Arial;}"
        b"{\\f2\\fcharset2 Symbol;}}" + body + b"}",
        gatherer,
    )
    return gatherer.text()[0]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"before{\\deleted gone}after", "beforeafter"),
        (b"before {\\v hidden}after\\v\\plain  end", "before after end"),
        (b"a{\\field{\\*\\fldinst HYPERLINK \"x\"}{\\fldrslt  link}} b", "a link b"),
        (b"a{\\shp{\\*\\shpinst\\shpleft1{\\sp{\\sn key}{\\sv value}}{\\shptxt in the box\\par}}{\\shprslt again}}b", "a in the box b"),
        (b"a{\\*\\annotation said}{\\*\\atnauthor Name}", "a said"),
        (b"a{\\footnote noted}b{\\header top}", "a noted b top"),
        (b"a{\\*\\unknown skipped}{\\info{\\title skipped}}{\\pict 0a0b}b", "ab"),
        (b"{\\upr{old}{\\*\\ud new}}", "new"),
        (b"a\\bin5 \x00}{\\{b", "ab"),
        (b"{\\f1 \\'cf\\'eb\\'e8\\'f2\\'e0} {\\f2 \\'b7}b\\'f8y", "Плита bøy"),
        (b"\\uc2\\u248 xxy \\u-10180 xx\\u-8448 xx", "øy \U0001f300"),
        (b"a{\\*\\do\\dobxpage\\dptxbx{\\dptxbxtext in an old box\\par}\\dpx0}b", "a in an old box b"),
        (b"a{\\mvf gone}{\\mvt  here}", "a here"),
        (b"a{\\shp{\\*\\shpinst{\\sp{\\sn fHidden}{\\sv 1}}{\\shptxt gone}}}{\\shp{\\*\\shpinst{\\sp{\\sn fHidden}{\\sv 0}}{\\shptxt there}}}", "a there"),
        (b"a\\cell b\\row c\\_d\\~e", "a b c-d e"),
        *((
            b"a {\\field{\\*\\fldinst FORMDROPDOWN {\\*\\formfield{\\fftype2\\ffdefres2\\ffres%d{\\*\\ffname Choice}{\\*\\ffl one}"
            b"{\\*\\ffl t\\'f8}{\\*\\ffl three}}}}{\\fldrslt }} b" % chosen, f"a {said} b",
        ) for chosen, said in ((0, "one"), (1, "tø"), (25, "three"), (7, ""))),
    ],
)  # fmt: skip
def test_rich_text_is_read_as_it_is_shown(body: bytes, words: str) -> None:
    assert text_of(body).split() == words.split()


def test_a_mark_of_utf_8_before_rich_text_is_none_of_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"\xef\xbb\xbf{\\rtf1\\ansi gr\\'f8ften}")
    assert extract(tmp_path / "file", "a.rtf", "", Limits(max_text_bytes=1_000)).text == "grøften"


def test_groups_beyond_reason_are_passed_over() -> None:
    assert text_of(b"a" + b"{" * (3 * MAX_DEPTH) + b"deep" + b"}" * (3 * MAX_DEPTH) + b" b") == "a b"


@given(st.binary(max_size=300))
def test_any_bytes_end(body: bytes) -> None:
    text_of(body)
