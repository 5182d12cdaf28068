"""Addresses: what stands in them as it is, and what is quoted."""

from __future__ import annotations

from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from connector.sources.interaxo.links import link_of, quoted
from connector.sources.interaxo.settings import InteraxoPart

PARTS = st.one_of(st.text(), st.from_regex(r"[A-Za-z0-9._~@/-]{0,40}", fullmatch=True), st.uuids().map(str))


@given(PARTS, st.sampled_from(["", "@"]))
def test_a_part_of_an_address_is_quoted_as_the_standard_library_does(part: str, safe: str) -> None:
    try:
        expected = quote(part, safe=safe)
    except UnicodeEncodeError:  # half a character
        return
    assert quoted(part, safe=safe) == expected


def test_an_item_has_its_room_in_its_address() -> None:
    web = "https://ix.example.com/{community}/{room}/documentLibrary/{id}"
    assert (
        link_of(web, "example-corp", "rom 2", "a/b")
        == "https://ix.example.com/example-corp/rom%202/documentLibrary/a%2Fb"
    )


def test_words_may_follow_the_id_in_an_address() -> None:
    part = InteraxoPart.model_validate(
        {
            "kind": "interaxo",
            "id_prefix": "ix",
            "client_id": "i",
            "client_secret": "s",
            "permissions": "room",
            "web_url": "https://ix.example.com/{id}/view?in={room}&now",
        }
    )
    assert link_of(part.web_url, "c", "r", "7") == "https://ix.example.com/7/view?in=r&now"
