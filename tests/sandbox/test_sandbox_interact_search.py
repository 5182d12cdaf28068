"""The intranet that is played: what its search finds, and for whom."""

from __future__ import annotations

import base64

import httpx
import msgspec
import pytest

from connector.sandbox.interact import BadRequest, InteractWorld
from tests.sandbox.writing import document, user


def found(intranet: InteractWorld, words: str, person: str | None = None) -> list[str]:
    return [hit.id for hit in intranet.search(words, person)]


def test_search_reads_every_field_blind_to_case_and_accents(intranet: InteractWorld) -> None:
    facets = [
        {"Name": "Step", "Type": "Text", "TextValue": "Publisert"},
        {"Name": "Cost", "Type": "Number", "NumberValue": 12.5},
        {"Name": "Due", "Type": "Date", "DateValue": "2026-03-04T00:00:00Z"},
    ]
    intranet.push_documents(
        [
            document(
                "a",
                Title="Ørland bru",
                Summary="Sammendrag",
                Keywords="nøkkelord",
                Bestbets=["bestevalg"],
                FileContents="Fiskepassasje ved A\u030asga\u030ardstrand",
                CrumbLinks=[{"Key": "Tegninger", "Url": "https://x.example.com"}],
                Taxonomy=facets,
            ),
            document("b", Title="Another"),
        ]
    )
    for words in (
        *("orland", "ØRLAND BRU", "sammendrag", "NOKKELORD", "bestevalg", "åsgårdstrand fiskepassasje"),
        *("tegninger", "publisert", "12.5", "2026-03-04", "asgardstrand BRU"),
    ):
        assert found(intranet, words) == ["a"], words
    assert found(intranet, "orland another") == []
    assert found(intranet, 'bru" OR title:another -') == []
    assert found(intranet, "") == ["b", "a"]


def test_search_follows_updates_and_deletions(intranet: InteractWorld) -> None:
    intranet.push_documents([document("a", FileContents="før")])
    assert found(intranet, "før") == ["a"]
    intranet.push_documents([document("a", FileContents="etter")])
    assert found(intranet, "før") == []
    assert found(intranet, "etter") == ["a"]
    intranet.delete_documents(["a"])
    assert found(intranet, "etter") == []


def test_only_shared_identities_find(intranet: InteractWorld) -> None:
    intranet.seed_person("kari@example.com", "Kari", ["g1"])
    intranet.push_documents(
        [document("a", ExternalIdentities=["g1"]), document("b"), document("c", ExternalIdentities=[])]
    )
    assert found(intranet, "title", "kari@example.com") == ["a"]
    intranet.push_users([user("u", "Kari@Example.com", "all")])
    assert set(found(intranet, "title", "kari@example.com")) == {"a", "b"}
    assert intranet.visible_to("kari@example.com") == {"a", "b"}
    assert found(intranet, "title", "stranger@example.com") == []
    assert not intranet.can_see("stranger@example.com", "a")
    intranet.remove_person("kari@example.com")
    assert intranet.visible_to("kari@example.com") == set()


@pytest.mark.parametrize(("ignores", "hits"), [(True, ["a"]), (False, [])])
def test_public_documents_are_found_by_everybody_when_told_to(
    intranet: InteractWorld, ignores: bool, hits: list[str]
) -> None:
    intranet.switches.public_ignores_identities = ignores
    intranet.push_documents([document("a", IsPublic=True)])
    assert found(intranet, "title", "stranger@example.com") == hits


def test_base64_contents_are_decoded_or_refused(intranet: InteractWorld) -> None:
    intranet.switches.file_contents = "base64"
    encoded = base64.b64encode(b"grout curtain").decode()
    intranet.push_documents([document("a", FileContents=encoded)])
    assert found(intranet, "curtain") == ["a"]
    with pytest.raises(BadRequest, match="Base-64"):
        intranet.push_documents([document("b", FileContents="grout curtain")])


def test_snippet_shows_the_passage_and_facets_count(intranet: InteractWorld) -> None:
    text = "fyll " * 200 + "Piezometer i borehull " + "fyll " * 200
    facet = {"Name": "Step", "Type": "Text", "TextValue": "New"}
    intranet.push_documents([document(key, FileContents=text, Taxonomy=[facet]) for key in "ab"])
    hits = intranet.search("piézometer")
    assert "Piezometer i borehull" in hits[0].snippet
    assert len(hits[0].snippet) < 260
    assert intranet.facets(hits) == {"Type": [("Interaxo file", 2)], "Step": [("New", 2)]}


async def test_search_is_json_for_programs_and_a_page_for_people(
    connector: httpx.AsyncClient, intranet: InteractWorld
) -> None:
    intranet.seed_person("kari@example.com", "Kari <Nordmann>", ["all"])
    intranet.push_documents(
        [
            document(
                "a",
                Title="Bru <script>",
                Url="javascript:alert(1)",
                FileContents="<b>fiskepassasje</b>",
                CrumbLinks=[{"Key": "Rom & mer", "Url": "https://x.example.com/r"}],
            )
        ]
    )
    url = connector.base_url.join("/search?q=fiskepassasje&as=kari@example.com&type=Interaxo%20file")
    answer = (await connector.get(url)).json()
    assert answer["total"] == 1
    assert answer["results"][0]["crumbs"] == [{"label": "Rom & mer", "url": "https://x.example.com/r"}]
    page = (await connector.get(url, headers={"Accept": "text/html"})).text
    assert "&lt;b&gt;<mark>fiskepassasje</mark>&lt;/b&gt;" in page
    assert '<a href="https://x.example.com/r">Rom &amp; mer</a>' in page
    assert "javascript:" not in page
    assert "<script" not in page
    people = (await connector.get(connector.base_url.join("/people"))).json()
    assert people[0]["identities"] == ["all"]
    info = (await connector.get(connector.base_url.join("/info"))).json()
    assert info["TenantGuid"] == intranet.tenant


def test_twenty_thousand_documents_are_searched_in_parts(intranet: InteractWorld) -> None:
    intranet.push_documents([document(f"d{number}", Title=f"Report {number}") for number in range(20_000)])
    assert found(intranet, "report 17") == ["d17"]
    intranet.push_documents([document("d17", Title="Changed")])
    assert found(intranet, "report 17") == []
    assert msgspec.json.decode(msgspec.json.encode(intranet.document_state("d18")))["DocExists"] is True
