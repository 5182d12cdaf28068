"""Pictures and files that stand in a text in letters are none of its words, and cost no words behind them."""

from __future__ import annotations

import base64
import json
import random
from pathlib import Path

import pytest

from connector.document import encoded
from connector.document.clean import Allowance
from connector.document.encoded import pieces_without_encoded, without_addresses, without_encoded
from connector.text.extract import Limits, extract
from connector.text.html import MAX_RICH_CHARS, html_to_text

PICTURE = random.Random(1).randbytes(60_000)
LINE = base64.b64encode(PICTURE).decode()
LINES = base64.encodebytes(PICTURE).decode()
ADDRESS = f"data:image/png;base64,{LINE}"
FILES = {
    "pages.html": f'<p>before</p><img src="{ADDRESS}"><p>behind</p>',
    "font.html": f"<style>@font-face{{src:url({ADDRESS})}}</style><p>before</p><p>behind</p>",
    "invoice.xml": f"<Invoice><ID>before</ID><Embedded>{LINE}</Embedded><Name>behind</Name></Invoice>",
    "wrapped.xml": f"<Invoice><ID>before</ID><Embedded>\n{LINES}</Embedded><Name>behind</Name></Invoice>",
    "notebook.ipynb": f'{{"a": "before", "image/png": {json.dumps(LINES)}, "b": "behind"}}',
    "table.csv": f"before;{LINE}\nbehind;x\n",
    "key.pem": f"before\n-----BEGIN X-----\n{LINES}-----END X-----\nbehind\n",
    "mail.eml": f"From: a@example.com\nTo: b@example.com\nSubject: before\nContent-Type: text/html\n\n<img src='{ADDRESS}'>behind",
}


@pytest.mark.parametrize("name", FILES)
def test_words_behind_a_picture_in_letters_are_found_and_it_is_not(tmp_path: Path, name: str) -> None:
    path = tmp_path / "file"
    path.write_text(FILES[name], encoding="utf-8")
    result = extract(path, name, "", Limits(max_text_bytes=10_000))
    assert "before" in (result.text or "")
    assert "behind" in (result.text or "")
    assert LINE[4_000:4_040] not in (result.text or "")
    assert not result.truncated


@pytest.mark.parametrize("size", [61, 999, 9_001, 200_000])
@pytest.mark.parametrize("encoded", [LINE, LINES], ids=["line", "lines"])
def test_a_row_is_found_however_it_is_cut(size: int, encoded: str) -> None:
    text = f"words before {encoded} words behind"
    pieces = [text[place : place + size] for place in range(0, len(text), size)]
    assert "".join(pieces_without_encoded(pieces)).split() == ["words", "before", "words", "behind"]


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"{number:064x}\n" for number in range(100)),
        "x" * 5_000,
        "ord\n" * 5_000,
        "1234567890" * 500,
        "".join(
            f"/Prosjekt123/Tegninger/Blokk-A/Plan-1/Underlag/{'Mappe' * (number % 5)}/Betong{number}\n"
            for number in range(90)
        ),
        "".join(f"{number} 鉄筋コンクリートABCdef123\n" for number in range(900)),
    ],
    ids=["hashes", "x", "words", "digits", "folders", "east"],
)
def test_what_people_wrote_stays(text: str) -> None:
    assert without_encoded(text) == text
    assert "".join(pieces_without_encoded([text[:700], text[700:4_000], text[4_000:]])) == text


def test_what_is_written_in_words_is_not_searched_for_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search costs a fifth of what the reading of a short text does."""

    class NeverAsked:
        def sub(self, *_: object) -> str:
            raise AssertionError

    monkeypatch.setattr(encoded, "_ROW", NeverAsked())
    written = "Møte om støttemur på øvre nivå, rom 204, tegning A10-3.\n " * 40
    assert "".join(pieces_without_encoded([written, ""])) == written
    for begin in range(0, 61, 20):
        with pytest.raises(AssertionError):
            without_encoded("x" * begin + " " + LINE)


def test_a_pasted_picture_costs_no_words_of_rich_text() -> None:
    pasted = f'<p>before</p><img src="data:image/png;base64,{LINE * (MAX_RICH_CHARS // len(LINE) + 1)}"><p>behind</p>'
    assert html_to_text(pasted).split() == ["before", "behind"]
    allowance = Allowance(200)
    assert html_to_text(allowance.cut(pasted)).split() == ["before", "behind"]
    assert html_to_text(allowance.cut("<p>the next one</p>")) == "the next one"


def test_what_only_begins_as_a_picture_is_looked_at_once() -> None:
    assert without_addresses(f"data:;DATA:d;data:image/png;base64,{LINE} behind") == "data:;DATA:d; behind"


def test_a_script_of_any_length_leaves_nothing_behind(tmp_path: Path) -> None:
    script = "document.write('<p>unseen</p>');" * 60_000
    path = tmp_path / "file"
    path.write_text(
        f"<p>before</p><script>{script}</script><p>between</p><script>{script}</script>behind",
        encoding="utf-8",
    )
    text = extract(path, "plot.html", "", Limits(max_text_bytes=10_000)).text or ""
    assert text.split() == ["before", "between", "behind"]
