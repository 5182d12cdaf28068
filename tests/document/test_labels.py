"""Names as people read them: composed, in one line, nothing invisible, cut between signs."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.document import labels
from connector.document.clean import compose
from connector.document.labels import beginning, lines, one_line, short

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
ROCKET = "\U0001f469\U0001f3fd\u200d\U0001f680"
HEART = "\u2764\ufe0f\u200d\U0001f525"
ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
NORWAY = "\U0001f1f3\U0001f1f4"
PERSIAN = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
HINDI = "\u0915\u094d\u200d\u0937"
INVISIBLE = [
    "\x00", "\x1b", "\x7f", "\x9f", "\xad", "\u034f", "\u061c", "\u115f", "\u1160", "\u17b4", "\u180b", "\u180e", "\u200b",
    "\u200c", "\u200d", "\u200e", "\u200f", "\u202a", "\u202e", "\u2060", "\u2066", "\u2069", "\u206f", "\u3164", "\ufe0f",
    "\ufeff", "\uffa0", "\ufff9", "\ufffe", "\ud800", "\U000e0020", "\U000e0101", "\U000e0001", "\U0001d173",
]  # fmt: skip
BREAKS = ["\n", "\r\n", "\t", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\u2800"]


@pytest.mark.parametrize("sign", INVISIBLE, ids=ascii)
def test_what_nobody_sees_goes_without_a_trace(sign: str) -> None:
    assert one_line(f"pl{sign}an") == "plan"
    assert one_line(f"{sign} å{sign} ") == "å"
    assert one_line(sign * 3) == ""
    assert lines(f"a\n{sign}\tb") == "a\n\tb"


@pytest.mark.parametrize("sign", BREAKS, ids=ascii)
def test_what_breaks_a_line_is_a_space(sign: str) -> None:
    assert one_line(f"plan{sign} {sign}å") == "plan å"
    assert one_line(sign) == ""


@pytest.mark.parametrize(
    "text", [FAMILY, ROCKET, HEART, ENGLAND, NORWAY, PERSIAN, HINDI, "葛\U000e0100", "a  b", "9\N{NO-BREAK SPACE}m"]
)  # fmt: skip
def test_what_belongs_to_a_sign_or_was_always_sent_stays(text: str) -> None:
    assert one_line(text) == text


@pytest.mark.parametrize("blank", [" ", "\N{NO-BREAK SPACE}", "\N{EM SPACE}", "\N{IDEOGRAPHIC SPACE}"])
def test_a_name_of_blanks_is_empty(blank: str) -> None:
    assert one_line(blank * 2) == ""


def test_names_from_a_mac_are_composed() -> None:
    assert one_line("A\u030angstro\u0308m.pdf") == "Ångström.pdf"
    assert lines("o\u0308\no\u0308") == "ö\nö"


@given(st.text())
def test_once_is_enough(text: str) -> None:
    told = one_line(text)
    assert one_line(told) == told
    assert unicodedata.is_normalized("NFC", told)
    assert not any(unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} for sign in told)


def test_very_long_names_of_blanks_and_joiners_take_no_long_time() -> None:
    for text in (" " * 2_000_000 + "\n", "\u200d" * 2_000_000, "\ufe0f" * 1_000_000, "a\u0301" * 300_000):
        assert len(one_line(text)) <= 300_000


SIGNS = [FAMILY, ROCKET, HEART, ENGLAND, NORWAY, "e\u0301\u0323", "\U0001d400", "a", " "]


@given(st.lists(st.sampled_from(SIGNS), max_size=60), st.integers(30, 255))
def test_a_text_is_never_cut_inside_a_sign(signs: list[str], limit: int) -> None:
    text = "".join(signs)
    cut = short(text, limit)
    assert len(cut.encode("utf-16-le")) // 2 <= limit
    if cut == text:
        return
    assert cut.endswith("…")
    whole, kept = "", []
    for sign in signs:
        kept.append(whole)
        whole += sign
    assert cut[:-1] in {one.rstrip() for one in [*kept, whole]}


@given(st.text(max_size=300), st.integers(min_value=2, max_value=120))
def test_a_shortened_text_keeps_its_beginning_and_its_limit(text: str, limit: int) -> None:
    cut = short(text, limit)
    assert len(cut.encode("utf-16-le", "surrogatepass")) // 2 <= limit
    if len(text) * 2 <= limit:
        assert cut == text
    elif cut != text:
        assert cut.endswith("…")
        assert text.startswith(cut[:-1])


def test_a_text_is_shortened_between_words() -> None:
    assert short("one two three four", 12) == "one two…"


TEXTS = st.one_of(
    st.text(),
    st.text("abc åÆö\xa0–“…€ĀɏḀ \t\n"),
    st.lists(
        st.sampled_from([*SIGNS, *INVISIBLE, *BREAKS, "e\u0301", "ą", " ", "1", "–", "\xac", "\u2027"]),
        max_size=20,
    ).map("".join),
)


@given(TEXTS)
def test_what_is_told_at_first_sight_is_what_a_closer_look_tells(text: str) -> None:
    def seen(part: str) -> str:
        part = labels._INVISIBLE.sub("", part)
        for _ in range(3):
            part = labels._ASTRAY.sub("", part)
        return compose(part).strip()

    assert lines(text) == seen(labels._OTHER_BREAKS.sub("\n", text))
    if labels._ODD.search(text):  # else blanks in a row stay as they are
        assert one_line(text) == " ".join(filter(None, map(seen, labels._BREAK.split(text))))
    else:
        assert one_line(text) == compose(text).strip()


@given(
    st.lists(
        st.one_of(st.sampled_from([*SIGNS, "ord", "  ", "\n", "x" * 40]), st.text(max_size=9)), max_size=80
    ).map("".join),
    st.integers(2, 60),
)
def test_the_beginning_of_a_text_is_that_of_all_its_words_in_a_line(text: str, limit: int) -> None:
    assert beginning(text, limit) == short(" ".join(text.split()), limit)
