"""Pages, drawings and feeds as somebody sees them who opens them on a screen: nothing that is hidden there, all that is shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from file_makers import text_of
from package_makers import expect

from connector.text import charset, html, markup, stylesheet
from connector.text.hidden_markup import find_hidden, without_hidden
from connector.text.html import markup_to_raw
from connector.text.stylesheet import find_hiding

PAGE = '<!doctype html><html><head><meta charset="utf-8">{}</head><body>{}<p>slutt</p></body></html>'
BLOCK = ".x{display:none}"


@pytest.mark.parametrize(
    "body",
    [
        "<dialog><p>hemmelig</p></dialog>",
        "<div popover>hemmelig</div>",
        *(f"<{name}>hemmelig</{name}>" for name in ("noframes", "noembed", "canvas", "video", "audio")),
        "<input list=l><datalist id=l><option>hemmelig</datalist>",
        "<math><mi>x</mi><annotation>hemmelig</annotation></math>",
        "<svg><g display='none'><text>hemmelig</text></g><text visibility='hidden'>hemmelig</text></svg>",
        '<p style="display:/* */none">hemmelig</p>',
        '<p style="display&#58; none">hemmelig</p>',
        '<table><tr style="visibility:collapse"><td>hemmelig</td></tr></table>',
        '<p style="content-visibility: hidden">hemmelig</p>',
    ],
)
def test_what_a_browser_does_not_show_stays_out(tmp_path: Path, body: str) -> None:
    expect(text_of(tmp_path, PAGE.format("", body), "a.html"), "slutt", without="hemmelig")


@pytest.mark.parametrize(
    ("sheet", "element", "shown"),
    [
        (BLOCK, "<p class=x>", False),
        (BLOCK + ".x{display:block}", "<p class=x>", True),
        (".x{display:none!important}.x{display:block}", "<p class=x>", False),
        (".y{display:block}" + BLOCK, "<p class='x y'>", False),
        (BLOCK + ".y{display:block}", "<p class='x y'>", True),
        (BLOCK + "p.x{display:block}", "<p class=x>", True),
        (BLOCK, "<p class=x style='display: block'>", True),
        (".x{display:none !important}", "<p class=x style='display: block'>", False),
        (".x{display:none;display:flex}", "<p class=x>", True),
        (BLOCK, "<p class=x style='color:red'>", False),
        ("#i{display:block}.x.y{display:none}", "<p id=i class='x y'>", True),
        (BLOCK + "@media (min-width: 768px){.md\\:block{display:block}}", "<p class='x md:block'>", True),
        (BLOCK + "@media (min-width: 96em){.w{display:block}}", "<p class='x w'>", False),
        ("@media screen and (max-width: 600px){.x{display:none}}", "<p class=x>", True),
        ("@media print{.x{display:none}}", "<p class=x>", True),
        ("@media not screen{.x{display:none}}", "<p class=x>", True),
        ("@media (prefers-color-scheme: dark){.x{display:none}}", "<p class=x>", True),
        ("@media screen, print{.x{display:none}}", "<p class=x>", False),
        ("@layer a{.x{display:none}} .b{}", "<p class=x>", False),
        ("@font-face{a:b} @keyframes k{to{display:none}} .b{}", "<p class=x>", True),
        (".x.x{display:block}" + BLOCK, "<p class=x>", True),
        ("#i#i{display:block}#i.x{display:none}", "<p id=i class=x>", True),
        ("#i#j, #j#i{display:none}", "<p id=i class=x>", True),
        (":is(b, :is(i, .x)){display:none}", "<p class=x>", False),
    ],
)
def test_of_two_rules_the_stronger_one_counts_on_a_screen(sheet: str, element: str, shown: bool) -> None:
    words = markup_to_raw(f"<style>{sheet}</style>{element}ordet</p><p>slutt</p>").split()
    assert words == ["ordet"] * shown + ["slutt"]


@pytest.mark.parametrize(
    ("sheet", "shown"),
    [
        (".a .x{display:none}", False),
        (".b > .x{display:none}", False),
        ("#i>.b>p{display:none}", False),
        ("body.q .a p.x{display:none}", False),
        ("section .x{display:none}", False),
        (".a > .x{display:none}", True),
        (".b .a .x{display:none}", True),
        ("#i .x:hover, .a + .x, .a ~ .x, .a [x]{display:none}", True),
        ("div p{display:none}", False),
        ("p p, body div > div p{display:none}", True),
        (".c .x{display:none}", True),
        (".x{display:none}.b .x{display:block}", True),
        (".x.y{display:none}.b .x{display:block}", True),
        (".a .b .x{display:none}.b .x{display:block}", False),
        (".a .b .a .b .x{display:none}", True),
        ("[title='a, b']{display:none}", False),
        ('[data-k="(p > q) {x;y}"]{display:none}', False),
        ("[title='A, B' i]{display:none}", False),
        ("[title='A, B']{display:none}", True),
        (":root .b .x{display:none}", False),
        (".b *{display:none}", False),
        (".b > :not(.z){display:none}", False),
        (".b > :not(.y){display:none}", True),
        (".q *, body > *, :root *, *{display:none}", True),
    ],
)
def test_a_rule_counts_for_what_stands_where_it_says(sheet: str, shown: bool) -> None:
    page = (
        f"<html><head><style>{sheet}</style></head><body class='q'><section class='a' id='i'><div class='b'><p class='x y' "
        "title='a, b' data-k='(p > q) {x;y}'>ordet</p></div>"
        "</section><p>slutt</p></body></html>"
    )
    assert markup_to_raw(page).split() == ["ordet"] * shown + ["slutt"]


def test_rules_of_many_names_are_looked_at_so_often_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stylesheet, "_MAX_LOOKS", 1_000)
    page = (
        "<style>.a .x{display:none}.y{display:none}</style>"
        + "<p class=a><b class=x>av</b></p>" * 2_000
        + "<p class=y>av</p>slutt"
    )
    words = markup_to_raw(page).split()
    assert 1_000 <= len(words) < 2_000
    assert words[-1] == "slutt"


DRAWN = "<svg>{}<text>vist</text></svg>"


@pytest.mark.parametrize(
    ("drawing", "shown"),
    [
        ("<defs><text>ordet</text></defs>", False),
        ("<symbol id=a><title>ordet</title></symbol>", False),
        ("<clipPath id=a><text>ordet</text></clipPath>", False),
        ("<metadata>ordet</metadata>", False),
        ("<defs><g id=a><text>ordet</text></g></defs><use href='#a'/>", True),
        ("<defs><g><text id=a>ordet</text></g></defs><use xlink:href=#a />", True),
        ("<symbol id=a><text>ordet</text></symbol><use href='#b'/>", False),
        ("<pattern id=a><text>ordet</text></pattern><rect fill='url(#a)'/>", True),
    ],
)
def test_what_a_drawing_in_a_page_defines_is_found_where_something_calls_it(
    drawing: str, shown: bool
) -> None:
    assert markup_to_raw(DRAWN.format(drawing)).split() == ["ordet"] * shown + ["vist"]


def test_a_definition_in_a_page_that_is_too_long_to_be_looked_through_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    symbols = "<symbol><g><text>en</text></g></symbol>" + "<symbol>" + "<g>" * 10 + "to</symbol>" + "<symbol> tre</symbol>" * 5  # fmt: skip
    monkeypatch.setattr(html, "_MAX_WITHIN", 9)
    assert markup_to_raw(DRAWN.format(symbols)).split() == ["to", "vist"]
    monkeypatch.setattr(html, "_MAX_DEFINED", 13)
    assert markup_to_raw(DRAWN.format(symbols)).split() == ["to", *["tre"] * 5, "vist"]


@pytest.mark.parametrize(("head", "words"), [("", "synlig"), ("<!DOCTYPE html>", "skjult av borte synlig")])
def test_a_page_without_a_doctype_takes_names_in_letters_of_either_case_for_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, head: str, words: str
) -> None:
    sheet = "<style>.Skjult, #Av, div.Om p{display:none}</style>"
    page = f"{head}<html><head>{sheet}</head><body><p class=sKJULT>skjult<p id=AV>av<div class=oM><p>borte</div><p>synlig"
    assert text_of(tmp_path, page, "a.html").split() == words.split()
    monkeypatch.setattr(markup, "_PORTION_CHARS", 100)
    assert text_of(tmp_path, page, "a.html").split() == words.split()


@pytest.mark.parametrize("tag", ["html", "body"])
def test_a_page_that_is_hidden_as_a_whole_until_a_script_shows_it_is_found(tag: str) -> None:
    assert markup_to_raw(f"<{tag} hidden><p>ordet").split() == ["ordet"]


def test_a_style_sheet_for_paper_hides_nothing_on_a_screen() -> None:
    page = "<style media=print>.x{display:none}</style><style media='screen'>.y{display:none}</style><p class=x>vist</p><p class=y>av"
    assert markup_to_raw(page).split() == ["vist"]


def test_one_rule_of_very_many_elements_and_declarations_is_read_once() -> None:
    """In the event loop: without the bound this takes hours."""
    sheet = "<style>" + ".a," * 60_000 + ".b{" + "display:none;" * 20_000 + "}</style>"
    assert find_hiding(sheet) is not None


LONG = '<p class="k">f</p>' * 60
HIDDEN = "<p>hemmelig</p>" * 60


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        ('<div style="display:none">', "</div>"),
        ("<div class=x><div>a</div><div>", "</div></div>"),
        ("<section hidden><section>a</section>", "</section>"),
        ("<template>", "</template>"),
        ("<!-- ", "-->"),
        ("<table><tr class=x><td><table><tr><td>a</table>", "</table>"),
    ],
)
def test_what_is_hidden_on_a_long_page_is_hidden_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str, behind: str
) -> None:
    monkeypatch.setattr(markup, "_PORTION_CHARS", 600)
    monkeypatch.setattr(charset, "_CHUNK_BYTES", 500)
    page = PAGE.format(
        f"<style>{BLOCK}</style>", f"<p>synlig</p>{LONG}{before}{HIDDEN}{behind}<p>vist</p>{LONG}"
    )
    expect(text_of(tmp_path, page, "a.html"), "synlig;vist;slutt", without="hemmelig")


@pytest.mark.parametrize("hidden", ["<p hidden>hemmelig</p>", "<p class=x>hemmelig<p>", "<!--hemmelig-->"])
def test_what_is_hidden_stays_out_where_a_tree_costs_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hidden: str
) -> None:
    monkeypatch.setattr(html, "_SHORT", 10)
    monkeypatch.setattr(markup, "MAX_FILE_STEPS", 10)
    page = PAGE.format(f"<style>{BLOCK}</style>", "<div>" * 20 + hidden + "<p>synlig</p>")
    expect(text_of(tmp_path, page, "a.html"), "synlig;slutt", without="hemmelig")


@pytest.mark.parametrize(
    ("page", "left"),
    [
        ("a<p hidden>b<div>c</div>", "a<div>c</div>"),
        ("a<li hidden>b<ul><li>c</ul>d<li>e", "a<li>e"),
        ("<ul><li hidden>b</ul>c", "<ul></ul>c"),
        ("<br hidden>a<input hidden>b", "<br hidden>a<input hidden>b"),
        ("a<p hidden>b<p hidden>c<p>d", "a<p>d"),
        ("a<script>'<p>'</script>b<script>c", "a</script>b"),
        ("a<div hidden>b<!-- </div> -->c</div>d", "ad"),
        ("a<div hidden", "a"),
        ("a<div hidden>b<!-- </div>", "a"),
    ],
)
def test_stretches_end_where_their_elements_end(page: str, left: str) -> None:
    assert without_hidden(page, None) == left


@pytest.mark.parametrize(
    ("page", "tag"),
    [
        ("a<div hidden><div></div>b", "<div hidden>"),
        ("a<div hidden", "<div hidden>"),
        ("a<!-- b", "<!--"),
        ("<style>a", "<style>"),
        ("a<b>c", ""),
    ],
)
def test_what_goes_on_behind_the_end_is_told_by_its_tag(page: str, tag: str) -> None:
    assert find_hidden(page, None).open_tag == tag


DRAWING = '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><style>{}</style><text class="x">ordet</text><text>slutt</text></svg>'


@pytest.mark.parametrize(
    ("sheet", "shown"), [(BLOCK, False), (f"<![CDATA[{BLOCK}]]>", False), (".y{display:none}", True)]
)
def test_a_style_sheet_hides_in_a_drawing_too(tmp_path: Path, sheet: str, shown: bool) -> None:
    assert text_of(tmp_path, DRAWING.format(sheet), "a.svg").split() == ["ordet"] * shown + ["slutt"]


@pytest.mark.parametrize(
    ("drawn", "shown"),
    [
        ("<defs><text>ordet</text></defs>", False),
        ("<defs><g id='a'><text id='b'>ordet</text></g><g id='c'/></defs><use href='#c'/>", False),
        ("<symbol id='a'><title>ordet</title></symbol><marker><text>ordet</text></marker>", False),
        ("<defs><text id='ff0'>ordet</text></defs><g fill='#ff0'/>", False),
        (
            "<defs><style>.x{display:none}</style><style>.y{}</style></defs><text class='x'>ordet</text>",
            False,
        ),
        ("<defs><g><text id='b'>ordet</text></g></defs><use href='#b'/>", True),
        ("<use xlink:href='#a'/><symbol id='a'><g><g/></g><text>ordet</text></symbol>", True),
        ("<defs><pattern id='a'><text>ordet</text></pattern></defs><g style='fill: url(\"#a\")'/>", True),
        ("<defs><style>.y{fill:url(#a)}</style><pattern id='a'><text>ordet</text></pattern></defs>", True),
        ("<g aria-labelledby='b a'><defs><title id='a'>ordet</title></defs></g>", True),
        ("<defs><g/></defs><text>ordet</text>", True),
        ("<defs><text id='a'>ordet</text></defs><use href='#a'/><text>damaged</b>", True),
    ],
)
def test_what_a_drawing_defines_is_found_where_something_calls_it(
    tmp_path: Path, drawn: str, *, shown: bool
) -> None:
    content = f'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="x">{drawn}<text>slutt</text></svg>'
    words = text_of(tmp_path, content, "a.svg").split()
    assert "slutt" in words
    assert words.count("ordet") == shown


@pytest.mark.parametrize("many", ["<g/>", "<g id='i{}'/>", "<use href='#j{}'/>", "<text>t{}</text>"])
def test_a_drawing_that_defines_more_than_is_kept_is_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, many: str
) -> None:
    monkeypatch.setattr(markup, "_MAX_DEFINED_CHARS", 5_000)
    drawn = "".join(many.format(number) for number in range(100))
    content = f'<?xml version="1.0"?><svg><defs><text>ordet</text>{drawn}<text>siste</text></defs><text>slutt</text></svg>'
    words = text_of(tmp_path, content, "a.svg").split()
    assert {"ordet", "siste", "slutt"} <= set(words)


@pytest.mark.parametrize(
    "said",
    [
        "<![CDATA[<p>avsnitt</p><p hidden>hemmelig</p><script>hemmelig</script><p>gr&oslash;ften</p>]]>",
        "&lt;p&gt;avsnitt&lt;/p&gt;&lt;p style='display:none'>hemmelig&lt;/p&gt;gr&amp;oslash;ften",
    ],
)
def test_a_page_that_stands_in_a_feed_in_letters_is_read_as_a_page(tmp_path: Path, said: str) -> None:
    content = f'<?xml version="1.0"?><rss><description>{said}</description><n>a &lt; b</n></rss>'
    expect(text_of(tmp_path, content, "a.xml"), "avsnitt;grøften;a < b", without="hemmelig;<p")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("# navn\ntittel=Gr\\u00f8ften p\\u00E5 \\u00D8stensj\\u00f8\nsti=C\\:\\\\u00f8", "a.properties"),
        (json.dumps("Grøften på Østensjø"), "a.json"),
        ("// navn\n" + json.dumps({"a": "Grøften på Østensjø"}), "a.json"),
        ("var navn = {'a': 'Gr\\u00f8ften p\\u00e5 \\u00d8stensj\\u00f8'};", "a.js"),
        ("x" * 999 + " Gr\\u00f8ften\\u002e p\\u00e5 \\u00d8stensj\\u00f8", "a.txt"),
    ],
)
def test_letters_that_a_program_escaped_are_letters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, name: str
) -> None:
    for size in (31, 1_000_000):
        monkeypatch.setattr(charset, "_CHUNK_BYTES", size)
        expect(text_of(tmp_path, content, name), "Grøften;på;Østensjø", without="\\u00d8;Cø")


def test_what_is_no_escaped_letter_stays_as_it_is(tmp_path: Path) -> None:
    text = "C:\\u2024\\users \\u00 \\\\u00f8 \\u0041 \\udeadbeef [\\u00e5]"
    assert text_of(tmp_path, text, "a.txt") == text
