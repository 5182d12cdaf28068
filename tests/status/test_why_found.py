"""`explain --for` and `check`: why somebody finds a document or not, and what each choice of permissions costs."""

from __future__ import annotations

from pathlib import Path

import msgspec

from connector.commands.inspection import inspect
from connector.ports.matching import Matching
from connector.sources.interaxo.advice import forecast
from connector.status.why_found import tell_why
from tests.neighbourhood import Neighbourhood
from tests.people.estate import ALL_AND_FEW, COMMUNITY, FEW, address, estate


def why(near: Neighbourhood, native: str, person: str) -> dict[str, object]:
    with near.app().ledger() as ledger:
        told = tell_why(ledger, "intranet", native, person, Matching())
    assert told is not None
    return told


async def test_the_way_from_room_to_document_is_told(tmp_path: Path) -> None:
    async with estate(tmp_path, "folder") as (near, small):
        near.rooms.set_authorities(small.details, FEW)
        await near.run("full")
        told = why(near, small.section, address("ola"))
        assert told["finds"]
        assert told["through"] == ["interaxo:group:example-corp/few"]
        assert told["missing"] == ""
        steps = "\n".join(str(step) for step in told["steps"])  # type: ignore[attr-defined]
        for part in (
            "example-corp/bridge: its readers are",
            "its own list",
            "in 1 group",
            "the document ix-",
        ):
            assert part in steps
        assert not why(near, small.section, address("kari"))["finds"]
        assert "none of the identities" in str(why(near, small.section, address("kari"))["missing"])
        assert why(near, small.section, "interaxo:group:example-corp/few")["finds"]


async def test_what_is_missing_is_told(tmp_path: Path) -> None:
    async with estate(tmp_path, "room", safety__max_widened=1) as (near, small):
        near.rooms.add_person(COMMUNITY, "u-9", "Nameless", "", groups=["all"])
        near.rooms.add_file(small.tunnel, "n.txt", author="u-9")
        near.intranet.switches.people_exist = False
        near.intranet.remove_person(address("eva"))
        await near.run("full")
        near.rooms.set_authorities(small.bridge, ALL_AND_FEW)
        report = await near.run("delta")
        assert "no source names" in str(why(near, small.plan, "nobody@example.com")["missing"])
        assert "no address" in str(why(near, small.plan, "u-9")["missing"])
        assert "eva@example.com" in str(why(near, small.plan, address("eva"))["missing"])
        waits = str(why(near, small.plan, address("ola"))["missing"])
        assert waits.endswith(f"on hold. To approve: connector sync --approve {report.run_id}")
        assert "none of the identities" in str(why(near, small.plan, address("per"))["missing"])
        await near.run("delta", keep=report.run_id)
        assert "a person decided that it stays as it is" in str(
            why(near, small.plan, address("ola"))["missing"]
        )


async def test_identities_that_the_intranet_has_not_confirmed_are_told_as_such(tmp_path: Path) -> None:
    async with estate(tmp_path, "room") as (near, small):
        await near.run("full")
        with near.app().ledger() as ledger:
            people = ledger.people("intranet")
            (share,) = people.shares(address("ola"))
            more = tuple(sorted({*share.identities, f"interaxo:group:{COMMUNITY}/all"}))
            people.note([msgspec.structs.replace(share, identities=more)])
        told = why(near, small.plan, address("ola"))
        assert not told["finds"]
        assert "has not confirmed" in str(told["missing"])


async def test_of_somebody_who_left_it_is_said_that_she_left(tmp_path: Path) -> None:
    async with estate(tmp_path, "room") as (near, small):
        await near.run("full")
        assert why(near, small.plan, address("kari"))["finds"]
        near.rooms.remove_person(COMMUNITY, address("kari"))
        await near.run("full")
        missing = str(why(near, small.plan, address("kari"))["missing"])
        assert "no longer know this person" in missing
        assert "people file" not in missing, "nobody is to add her again"


async def test_check_says_what_every_choice_exposes_and_costs(tmp_path: Path) -> None:
    async with estate(tmp_path, "room", sources__interaxo__public_rooms=["tunnel"]) as (near, _):
        await near.run("full")
        told = await inspect(near.app(), now=near.clock(), explain=True)
        source = told["sources"]["interaxo"]
        assert set(source["choices"]) == {"room", "folder", "item", "fixed"}
        assert "is closed to some of them" in source["choices"]["room"]
        assert "PUBLIC to everybody in the intranet: example-corp/tunnel" in source["message"]


async def test_forecast_is_what_a_delta_asks(tmp_path: Path) -> None:
    async with estate(tmp_path, "item") as (near, small):
        near.rooms.remove(small.superseded)
        await near.run("full")
        with near.app().ledger() as ledger:
            kinds = ledger.documents("intranet").kinds("interaxo")
        before = len(near.wire.calls)
        await near.run("delta")
        asked = [call for call in near.wire.calls[before:] if "mentionable" in call.path]
        steps = 3
        assert len(asked) - steps <= forecast("item", kinds, rooms=2, share=0.02)[0] <= len(asked)


def test_forecast_by_choice() -> None:
    kinds = {"room": 2, "folder": 10, "entry": 100, "attachment": 50, "file": 50, "link": 5}
    assert forecast("fixed", kinds, rooms=2, share=0.02) == (0, 2)
    assert forecast("room", kinds, rooms=2, share=0.02) == (2, 2)
    assert forecast("folder", kinds, rooms=2, share=0.02) == (16, 217)
    assert forecast("item", kinds, rooms=2, share=0.02) == (217, 217)
