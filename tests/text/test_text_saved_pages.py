"""A page that a browser saved as a whole, or a mail brings along, goes by the style sheets that stand beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
from file_makers import text_of
from mail_makers import attach, mail
from package_makers import expect

from connector.text import page_sheets


def saved_page(page: str, *sheets: tuple[str, str, str]) -> bytes:
    """A page as a browser saves it, in one file; sheets by the header that names each, what that says, and their words."""
    parts = [("Content-Location: https://example.com/side/a.html", "text/html", page)]
    parts += [(f"{name}: {where}", "text/css", words) for name, where, words in sheets]
    return b"\r\n".join(
        [
            b"From: <Saved by Blink>\r\nSubject: Side\r\nMIME-Version: 1.0",
            b'Content-Type: multipart/related; type="text/html"; boundary="M"\r\n',
            *(
                f"--M\r\nContent-Type: {kind}\r\n{said}\r\n\r\n{words}".encode()
                for said, kind, words in parts
            ),
            b"--M--\r\n",
        ]
    )


@pytest.mark.parametrize(
    ("link", "sheets"),
    [
        ("href='cid:css-1@x'", [("Content-ID", "<css-1@x>", ".a{display:none}")]),
        ("href='CID:css%2D1@x'", [("Content-ID", "<css-1@x>", ".a{display:none}")]),
        ("href='../stil/b.css'", [("Content-Location", "https://example.com/stil/b.css", ".a{display:none}")]),
        ("href='https://example.com/b.css'", [("Content-Location", "https://example.com/b.css", ".a{display:none}")]),
        (
            "href='/b.css'",
            [
                ("Content-Location", "https://example.com/b.css", "@import 'c.css'; .y{color:red}"),
                ("Content-Location", "https://example.com/c.css", ".a{display:none}"),
            ],
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["a.mht", "a.eml"])
def test_what_the_style_sheets_of_a_saved_page_hide_stays_out(
    tmp_path: Path, name: str, link: str, sheets: list[tuple[str, str, str]]
) -> None:
    page = (
        f"<html><head><link rel=stylesheet {link}></head><body><p class='a'>skjult</p>"
        "<p>synlig</p></body></html>"
    )
    text = text_of(tmp_path, saved_page(page, *sheets), name)
    expect(text, "Side;synlig", without="skjult;display;color;import")


@pytest.mark.parametrize(
    "link", ["href='http://[x/b.css'", "href='borte.css'", "href='b.css' media=print", ""]
)
def test_a_style_sheet_that_a_saved_page_does_not_name_hides_nothing(tmp_path: Path, link: str) -> None:
    page = f"<html><head><link rel=stylesheet {link}></head><body><p class='a'>synlig</p></body></html>"
    content = saved_page(page, ("Content-Location", "https://example.com/side/b.css", ".a{display:none}"))
    expect(text_of(tmp_path, content, "a.mht"), "Side;synlig", without="display")


def test_of_very_many_pages_with_a_long_style_sheet_some_are_read_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_sheets, "_MAX_CHARS", 2_500)
    one = "<link rel=stylesheet href=cid:a><p class=a>skjult</p><p>synlig</p>"
    page = one + "".join(f"\r\n--M\r\nContent-Type: text/html\r\n\r\n{one}" for _ in range(9))
    sheet = ".a{display:none}" + ".b{color:red}" * 80
    text = text_of(tmp_path, saved_page(page, ("Content-ID", "<a>", sheet)), "a.mht")
    assert text.count("synlig") == 10
    assert text.count("skjult") == 7


def test_a_style_sheet_that_is_attached_to_a_mail_is_read(tmp_path: Path) -> None:
    message = attach(mail("stil", "hei"), b".overskrift{color:red}", "stil.css", "text/css")
    expect(text_of(tmp_path, message.as_bytes(), "a.eml"), "stil.css;hei;overskrift")
