"""Who can find what: counted as the intranet itself answers; what widened and narrowed, and by which run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from connector.document.audience import make_audience
from connector.pages.printed_report import audience_page
from connector.status.audiences import tell_audiences
from tests.neighbourhood import Neighbourhood
from tests.people.estate import ALL_AND_FEW, COMMUNITY, FEW, PEOPLE, address, estate, sees


def tell(near: Neighbourhood, **asked: Any) -> dict[str, Any]:
    with near.app().ledger() as ledger:
        return tell_audiences(ledger, "intranet", now=near.clock(), **asked)


def counts(told: dict[str, Any]) -> tuple[int, int, int, int]:
    changes = told["changes"]
    return (
        changes["documents_widened"],
        changes["documents_narrowed"],
        changes["people_widened"],
        changes["people_narrowed"],
    )


async def test_everybody_room_and_group_is_counted_as_the_intranet_answers(tmp_path: Path) -> None:
    async with estate(tmp_path, "folder", sources__interaxo__public_rooms=["tunnel"]) as (near, small):
        near.rooms.set_authorities(small.details, FEW)
        await near.run("full")
        told = tell(near)
        found = {person["address"]: person["documents"] for person in told["persons"]}
        assert found == {address(one): len(sees(near, one)) for one in PEOPLE}
        assert told["documents"] == len(near.intranet.documents)
        rooms = {one["room"]: one for one in told["rooms"]}
        assert sum(one["documents"] for one in rooms.values()) == told["documents"]
        assert rooms["example-corp/tunnel"]["people"] == len(PEOPLE)
        assert rooms["example-corp/tunnel"]["public"] == rooms["example-corp/tunnel"]["documents"]
        assert rooms["example-corp/bridge"]["people"] == 3, "per is in no group"
        groups = {one["identity"]: one for one in told["groups"]}
        shown = Counter(
            identity
            for row in near.intranet.documents.values()
            for identity in row.document["ExternalIdentities"]
        )
        assert {one: told["documents"] for one, told in groups.items()} == {
            one: many for one, many in shown.items() if ":group:" in one
        }
        assert groups["interaxo:group:example-corp/all"]["people"] == 2
        assert told["shared"]["documents"] == told["public"], "nothing else is found by everybody"


async def test_what_more_than_so_many_find_and_what_nobody_does(tmp_path: Path) -> None:
    async with estate(tmp_path, "folder") as (near, small):
        near.rooms.set_authorities(small.details, ALL_AND_FEW)
        near.rooms.add_group(COMMUNITY, "none", "Nobody is in it")
        near.rooms.set_authorities(small.tunnel, [("group", "none")])
        await near.run("full")
        everybody, many = tell(near), tell(near, more_than=2)
        finding = Counter(one for person in PEOPLE for one in sees(near, person))
        assert many["shared"]["documents"] == sum(times > 2 for times in finding.values()) > 0
        assert everybody["shared"]["documents"] == sum(times == len(PEOPLE) for times in finding.values())
        assert everybody["nobody"] == len(near.intranet.documents.keys() - finding.keys()) > 0


async def test_what_widens_and_narrows_is_told_with_its_run(tmp_path: Path) -> None:
    async with estate(tmp_path, "folder") as (near, small):
        since = near.clock()
        await near.run("full")
        assert counts(tell(near, since=since)) == (0, 0, 0, 0), "what is new is no change"
        await near.run("full")
        assert counts(tell(near, since=since)) == (0, 0, 0, 0)
        near.rooms.set_authorities(small.drawings, FEW)
        narrowed = await near.run("delta")
        told = tell(near, since=since)
        first = {one["title"]: one for one in told["changes"]["list"]}
        assert first["Drawings"]["change"] == "changed"
        assert first["Drawings"]["gained"] == ["interaxo:group:example-corp/few"]
        assert first["Drawings"]["lost"] == ["interaxo:group:example-corp/all"]
        assert {one["run_id"] for one in told["changes"]["list"]} == {narrowed.run_id}
        near.rooms.set_authorities(small.drawings, ALL_AND_FEW)
        widened = await near.run("delta")
        told = tell(near, since=since)
        assert [one["run_id"] for one in told["changes"]["runs"]] == [widened.run_id, narrowed.run_id]
        assert told["changes"]["list"][0]["change"] == "widened"
        later = tell(near, since=near.clock() + 1)
        assert later["changes"]["list"] == []


async def test_who_joins_or_leaves_a_group_is_told(tmp_path: Path) -> None:
    async with estate(tmp_path, "room", sources__interaxo__audience_share=1) as (near, _):
        await near.run("full")
        near.rooms.add_person(COMMUNITY, address("ola"), "Ola", address("ola"), groups=["few", "all"])
        near.rooms.add_person(COMMUNITY, address("eva"), "Eva", address("eva"), groups=["few"])
        await near.run("full")
        told = tell(near, since=0)
        assert counts(told) == (0, 0, 1, 1)
        by_name = {one["title"]: one for one in told["changes"]["list"]}
        assert by_name[address("ola")]["gained"] == ["interaxo:group:example-corp/all"]
        assert by_name[address("eva")]["lost"] == ["interaxo:group:example-corp/all"]


async def test_the_history_is_bounded_in_time_and_number_and_its_audiences_stay_as_long(
    tmp_path: Path,
) -> None:
    async with estate(tmp_path, "folder") as (near, small):
        await near.run("full")
        near.rooms.set_authorities(small.drawings, FEW)
        await near.run("delta")
        with near.app().ledger() as ledger:
            history = ledger.audience_history("intranet")
            ledger.prune(before=0)
            changes = list(history.walk())
            assert len(changes) > 2
            assert all(one.after.identities for one in changes)
            assert all(one.before == make_audience(["interaxo:group:example-corp/all"]) for one in changes)
            history.trim(2)
            assert [one.number for one in history.walk()] == [one.number for one in changes[-2:]]
            assert ledger.prune(before=near.clock() + 1)["audience_changes"] == 2
            assert history.oldest() is None


async def test_the_page_is_one_file_that_loads_nothing_and_shows_titles_as_they_are(tmp_path: Path) -> None:
    async with estate(tmp_path, "folder") as (near, small):
        await near.run("full")
        near.rooms.rename(small.drawings, "<script>alert(1)</script>")
        near.rooms.set_authorities(small.drawings, ALL_AND_FEW)
        await near.run("delta")
        page = audience_page(tell(near, since=0, more_than=1))
        assert "&lt;script&gt;" in page
        assert "<script" not in page
        for loading in (" src=", "url(", "<link", "@import", "http://", "https://"):
            assert loading not in page
