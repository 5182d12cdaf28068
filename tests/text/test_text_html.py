"""Rich text becomes clean text; what is no markup stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.document.clean import TextGatherer, clean_text, cut_text
from connector.text.html import html_to_text, markup_to_raw
from connector.text.markup import read_xml_file
from connector.text.stylesheet import find_hiding


@pytest.mark.parametrize(
    "plain", ["a < b & c", "x<y>z", "<kari@example.com>", "R&D", "if a<b and b>c", "", "5 < 6", "a&copy=1"]
)
def test_plain_text_passes_unharmed(plain: str) -> None:
    assert html_to_text(plain) == plain


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("one<br>two<br/>three", "one\ntwo\nthree"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
        ("<table><tr><td>a</td><td><p>b</p></td></tr><tr><td>c</td></tr></table>", "a\tb\nc"),
        ("<p>keep</p><script>drop()</script><style>drop{}</style><!-- drop -->", "keep"),
        ("Bl&aring;b&aelig;r &amp; r&oslash;mme", "Blåbær & rømme"),
        ("<b>in</b>side", "inside"),
        ("<p>Hei <span data-mentionid='u7'>Kari Nordmann</span>!</p>", "Hei Kari Nordmann!"),
        ("<p>Hei <span data-mentionid='u7'></span>!</p>", "Hei u7!"),
        ("<p>  many \n  blanks&nbsp;&nbsp;here </p>", "many blanks here"),
        ("<pre>a\n  b</pre>", "a\nb"),
        ("<p>never closed", "never closed"),
        ("<p>a &lt; b</p>", "a < b"),
        ("<img src=x alt='plan of floor 2'>", "plan of floor 2"),
        ("<p>a</p><p style='color:red; display : none'>gone</p><p hidden>gone</p><p>b</p>", "a\n\nb"),
        ("<p>the hidden word stays, display:none too</p>", "the hidden word stays, display:none too"),
        (
            "<p>a</p><iframe srcdoc='&lt;p&gt;framed &amp;amp; found&lt;/p&gt;'></iframe>",
            "a\n\nframed & found",
        ),
    ],
)
def test_markup_becomes_text(markup: str, text: str) -> None:
    assert html_to_text(markup) == text


@given(st.text())
def test_any_markup_gives_clean_text(markup: str) -> None:
    text = html_to_text(f"<p>{markup}</p>")
    assert text == clean_text(text)
    text.encode()


@given(st.text("\t\n\x0b\x0c\r\x1c\x1f \x85\xa0\u2028\u3000"))
def test_blanks_alone_are_no_text(blanks: str) -> None:
    assert html_to_text(blanks) == ""


@given(st.text(st.one_of(st.sampled_from("ab é\n \n  \t\r\xa0\xad\u200b\u2028e\u0301"), st.characters())))
def test_text_that_looks_clean_is_clean(raw: str) -> None:
    with_tab = clean_text(raw + "\t")  # a tab at the edge goes, and lets every pattern be applied
    assert clean_text(raw) == with_tab


@given(st.text(), st.integers(0, 50))
def test_cut_keeps_whole_characters_within_the_limit(text: str, max_bytes: int) -> None:
    clean = clean_text(text)
    kept, cut = cut_text(clean, max_bytes)
    assert len(kept.encode()) <= max_bytes
    assert clean.startswith(kept)
    assert cut == (len(clean.encode()) > max_bytes)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("a\x00b\x07c", "abc"),
        ("søknads\u00adfrist", "søknadsfrist"),
        ("a \u00a0 b", "a b"),
        ("a\r\n\r\n\r\n\r\nb\u2028c", "a\n\nb\nc"),
        ("a \t b", "a\tb"),
        ("a\u030a", "å"),
        ("\ud800x\ufeff", "x"),
        ("gra\ufb01sk e\ufb00ekt o\ufb03ce", "grafisk effekt office"),
        ("RIB\u20111042 VVS\u2010anlegg", "RIB-1042 VVS-anlegg"),
        ("葛\U000e0100飾 \u2714\ufe0f מ\u061cר a\u034f\u030a", "葛飾 \u2714 מר å"),
    ],
)
def test_cleaning(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


def test_pieces_are_joined_as_they_came() -> None:
    gatherer = TextGatherer(1_000_000)
    words = [f"word{number} " if number % 3 else f"half{number}" for number in range(40_000)]
    for word in words:
        gatherer.add(word)
    assert gatherer.text() == (clean_text("".join(words)), False)


def test_a_blank_beside_a_sign_that_shows_nothing_still_parts_two_batches() -> None:
    gatherer = TextGatherer(1_000_000)
    for piece in ("x" * 70_000 + " \u200b", "y" * 70_000, "\xad z" + "z" * 70_000):
        gatherer.add(piece)
    assert list(map(len, gatherer.text()[0].split())) == [70_000, 70_000, 70_001]


def test_blanks_alone_never_fill_the_gatherer() -> None:
    gatherer = TextGatherer(10)
    for _ in range(100):
        gatherer.add(" " * 70_000)
    assert not gatherer.full
    gatherer.add("end")
    assert gatherer.text() == ("end", False)


WORDS = st.lists(
    st.one_of(
        st.text(alphabet=st.sampled_from(list("ab  \n\t-.é\xa0>\"'\r\x0c")), max_size=8),
        st.sampled_from(["&amp;", "&lt;", "&nbsp;", "&quot;", "<br>", "<br/>", "<br />"]),
        st.sampled_from(["<b>", "</b>", "<em>", "</em>", "<strong>", "</strong>", "<u>", "<i>", "</i>"]),
    ),
    max_size=6,
).map("".join)
BLANK = st.sampled_from(["", " ", "\n", "\n  "])
LIST = st.tuples(
    st.sampled_from(["ul", "ol"]),
    st.lists(st.one_of(WORDS.map(lambda words: f"<li>{words}</li>"), BLANK), max_size=4),
).map(lambda made: f"<{made[0]}>{''.join(made[1])}</{made[0]}>")


@given(
    st.lists(
        st.one_of(WORDS.map(lambda words: f"<p>{words}</p>"), LIST, LIST.map(lambda one: one * 2), BLANK),
        max_size=6,
    ).map("".join)
)
def test_plain_rich_text_reads_as_the_whole_tree_does(markup: str) -> None:
    assert html_to_text(markup) == clean_text(markup_to_raw(markup))


def test_a_hostile_text_is_told_from_plain_rich_text_at_once() -> None:
    assert html_to_text("<p>" + "a<b>" * 50_000 + "<") == clean_text(
        markup_to_raw("<p>" + "a<b>" * 50_000 + "<")
    )


def test_what_xml_says_in_attributes_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(
        '<?xml version="1.0"?><LandXML xmlns="urn:x"><Alignment name="Veg 100" staStart="0.0" guid="a1b2"'
        ' note="øst for bru"/><Topic TopicType="Feil" x="Kulvert i km 12"/><T nr="B-1" Tittel="Plan" anmärkning="Granskad"/>'
        '<Z Bezeichnung="Bewehrung"/></LandXML>'
    )
    gatherer = TextGatherer(1_000)
    read_xml_file(path, gatherer)
    words = gatherer.text()[0].split("\n")
    assert [word for word in words if word] == [
        *("Veg 100", "øst for bru", "Feil", "Kulvert i km 12", "Plan", "Granskad", "Bewehrung")
    ]


SHEETS = {
    ".skjul{display:none}": True,
    "p.skjul, .annet { color: red; visibility : hidden }": True,
    "#hemmelig { DISPLAY: NONE !important }": True,
    "*.skjul.to{display:none}": True,
    "/* .x{} */ <!-- .skjul{display:none} -->": True,
    "@import 'a.css'; .skjul{display:none}": True,
    ".skjul{color:red}": False,
    ".skjul.tre{display:none}": False,
    "div.skjul{display:none}": False,
    ".skjul:hover, a .skjul, p:empty, *, body, html{display:none}": False,
    "section p{display:none}": True,
    "section > p{display:none} body > *, *{display:none}": True,
    "section > :not(.vist){display:none}": True,
    "p, div{display:none} div.vist{display:block}": True,
    "div p, section a{display:none}": False,
    "[data-k]{display:none}": True,
    "p[data-k=en]{display:none}": True,
    "[class~='skjul']{display:none}": True,
    '[class*="skj"][id^="hem"][id$="lig"]{display:none}': True,
    "[id|=hemmelig]{display:none}": True,
    "[class=skjul], [data-k=to], [data-l], [class*=''], [id$=hem]{display:none}": False,
    "[data-k]{display:none} p[data-k].to{display:block}": False,
    "section{visibility:hidden} .vist{visibility:visible}": True,
    "p:not(.annet){display:none}": True,
    ".skjul:not(#annen, .annet):not(b){display:none}": True,
    ":is(.annet, .skjul){display:none}": True,
    ":where(.skjul, .annet){display:none}": True,
    "section :is( p , li ).to{display:none}": True,
    ":is(section, div) > :not(div){display:none} :is(section, div) > p:not(.annet){display:none}": True,
    "p:is(:not(.annet), .b):not(:is(.c, .d)){display:none}": True,
    ".skjul:not(.to, .annet), :is(.annet, div.to), p:not([data-k]), :not(.annet){display:none}": False,
    ".skjul:not(:hover), .skjul:is(:empty, .to), .skjul:not(section p), .skjul:not(){display:none}": False,
    ".skjul{display:none} p:not(.annet).to{display:block}": False,
    "p{display:block} :where(.skjul#hemmelig){display:none}": False,
    "p.to{display:block} :is(.skjul, #a){display:none}": True,
    "section{.skjul{display:none}}": True,
    "section{color:red; & > p{display:none} a{color:blue}}": True,
    "section{& p, & .x{color:red; &.to{display:none}}}": True,
    "p{&.skjul{display:none} color:red}": True,
    "div{.skjul{display:none}} .annet{p{display:none}} section{& > .b{.to{display:none}}}": False,
    "div p{content:'}'} div{content:\"{\"} .skjul{display:none}": True,
    "@media print{.skjul{display:none}} .b{}": False,
    "@media print{.skjul{display:none}": False,
    ".skjul{display:none": False,
}


@pytest.mark.parametrize("sheet", SHEETS)
def test_what_a_style_sheet_hides_stays_out_as_far_as_it_says_so_plainly(sheet: str) -> None:
    page = (
        f"<style>{sheet}</style><section><p class='to skjul' id=hemmelig data-k=en>skjult <b>ord</b></p><div class=vist>synlig</div></section>"
        "<p hidden>x</p>"
    )
    words = markup_to_raw(page).split()
    assert words == (["synlig"] if SHEETS[sheet] else ["skjult", "ord", "synlig"])


@pytest.mark.parametrize(
    "how",
    ["<div style='visibility:hidden'>{}</div>", "<style>div{{visibility:collapse}}</style><div>{}</div>"],
)
def test_what_is_visible_within_something_invisible_is_found(how: str) -> None:
    inner = "skjult<img alt=skjult><input value=skjult><iframe srcdoc=skjult></iframe><section style='visibility:visible'>synlig<b>{}</b></section>skjult"
    page = how.format(inner.format(how.format("skjult<i style='visibility:visible'>dypt</i>") + "etter"))
    assert markup_to_raw(page + "sist").split() == ["synlig", "dypt", "etter", "sist"]
    gone = page.replace("<section ", "<section hidden ")
    assert markup_to_raw(gone + "sist").split() == ["sist"]


@pytest.mark.parametrize(
    "sheet",
    [
        "<style>" + "a " * 240_000,
        "<style" * 80_000,
        "<style>" + "{" * 490_000,
        "<style>a{" + "b" * 490_000,
        "<style>" + "@a;" * 160_000 + "{",
        "<style>" + "[a" * 200_000 + "{display:none}",
        "<style>" + "[a='" * 100_000 + "{display:none}",
        "<style>" + ":not(" * 90_000 + "{display:none}",
        "<style>:is(" + ".a," * 150_000 + "){display:none}",
        "<style>.a:not(" + " " * 480_000 + "{display:none}",
        "<style>" + ".a{" * 120_000 + "display:none}" * 10_000,
        "<style>.a{" + "&" * 300_000 + "{display:none}",
        "<style>" + "'\"\n" * 160_000 + "{display:none}",
    ],
    ids=[
        *("no block", "no end of a tag", "blocks", "no end of a block", "imports", "brackets", "quotes"),
        *("nots", "several", "blanks", "blocks in each other", "places of others", "odd quotes"),
    ],
)
def test_a_style_sheet_that_never_comes_to_its_point_is_read_at_once(sheet: str) -> None:
    """Any member can write one, and rich text is read in the event loop: without the bound each of these takes minutes."""
    assert find_hiding(sheet) is None
    assert "words" in html_to_text(f"<p hidden>x</p><p>words</p>{sheet}")


def test_rules_within_rules_without_end_are_looked_at_only_so_far() -> None:
    """Rich text is read in the event loop: all of these together would be twenty million selectors."""
    within = "".join(f"b{{display:none}} i:not(.c{number}){{display:none}}" for number in range(10_000))
    sheet = f"<style>{','.join(f'.a{number}' for number in range(1_000))}{{{within}}}"
    assert html_to_text(f"{sheet}</style><p class=a1><b>skjult</b>synlig<u>rest</u></p>") == "synligrest"


def test_what_is_hidden_until_somebody_looks_for_it_is_found() -> None:
    page = "<p hidden=until-found>synlig</p><p hidden=UNTIL-FOUND>vist</p><p hidden=hidden>skjult</p><p hidden>skjult</p>"
    assert markup_to_raw(page).split() == ["synlig", "vist"]


def test_what_was_typed_into_a_page_is_read_and_passwords_are_not() -> None:
    page = (
        "<input value=navn><input type=TEXT value=sted><input type=hidden value=skjult><input type=password value=hemmelig>"
        "<input type=checkbox value=ja><textarea>merknad</textarea>"
    )
    assert markup_to_raw(page).split() == ["navn", "sted", "merknad"]


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("<table><caption>Tabell 1</caption><tr><td>a</td></tr></table>", "Tabell 1 a"),
        ("<fieldset><legend>Kontroll</legend>utført</fieldset>av", "Kontroll utført av"),
        ("<textarea>notat</textarea><button>Lagre</button>", "notat Lagre"),
        ("<button>Lagre</button><button>Avbryt</button>", "Lagre Avbryt"),
        ("se<dialog open>Sikker?</dialog>under", "se Sikker? under"),
        ("se<search>Finn</search>under", "se Finn under"),
        ("<select><optgroup><option>a</option></optgroup></select>b", "a b"),
        ("se<svg><title>plan</title><text>Blokk</text><text>A</text></svg>under", "se plan Blokk A under"),
        ("<map><area alt='Akse 1'><area alt='Akse 2'></map>", "Akse 1 Akse 2"),
    ],
)
def test_what_stands_apart_on_a_page_is_glued_to_no_neighbour(markup: str, words: str) -> None:
    assert " ".join(markup_to_raw(markup).split()) == words


DAMAGED = {
    '<a><b name="Støttemur vest">en</b>to<c>tre</d>fire<e>fem</e></a>': "Støttemur vest en to tre fire fem",
    "<a>en<b>to": "en to",
    "<a>en & to<b>tre</b><c/>fire</a>": "en to tre fire",
    "<a>en</a><a>to</a>": "en to",
    "<svg><text display='none'>skjult</text><text>en</text><g><text>to</text></sv>": "en to",
    f"<a>{'ord ' * 90_000}<b></c>slutt</a>": "ord " * 90_000 + "slutt",
}


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "utf-16"])
@pytest.mark.parametrize("content", DAMAGED, ids=range(len(DAMAGED)))
def test_xml_that_is_damaged_is_read_once_to_its_end(tmp_path: Path, content: str, encoding: str) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(f"<?xml version='1.0' encoding='{encoding}'?>{content}".encode(encoding))
    gatherer = TextGatherer(1_000_000)
    read_xml_file(path, gatherer)
    assert gatherer.text()[0].split() == DAMAGED[content].split()
