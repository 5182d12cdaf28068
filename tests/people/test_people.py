"""People's records: pushed, matched, shortened first, removed on proof, and never lost because a source was not read."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from connector.app import App
from connector.errors import SettingsError
from connector.ports.matching import Matching, record_id
from connector.ports.source import PersonRead
from connector.sandbox.faults import RESET_AFTER, Fault, Status
from tests.builders import make_settings
from tests.people.estate import ALL, ALL_AND_FEW, COMMUNITY, FEW, PEOPLE, address, estate, may_see, sees
from tests.rules.ground import break_all, break_once

GROUP = "interaxo:group:example-corp/"


async def test_everybody_who_is_met_is_pushed_with_groups(tmp_path: Path) -> None:
    async with estate(tmp_path, "room") as (near, _):
        report = await near.run("full")
        assert report.people.pushed == len(PEOPLE)
        eva = near.intranet.users[record_id(address("eva"))]
        assert eva.identities == {f"{GROUP}all", f"{GROUP}few", f"interaxo:user:{address('eva')}"}
        assert "Username" not in eva.record
        assert len(eva.record["GloballyUniqueId"]) <= 45
        assert (await near.run("delta")).people.pushed == 0


async def test_who_leaves_a_group_loses_it_before_anything_else_is_sent(tmp_path: Path) -> None:
    async with estate(tmp_path, "room", sources__interaxo__audience_share=1.0) as (near, small):
        near.rooms.set_authorities(small.bridge, FEW)
        await near.run("full")
        near.rooms.add_person(COMMUNITY, address("eva"), "Eva", address("eva"), groups=["all"])
        near.rooms.rename(small.report, "renamed.txt")
        before = len(near.wire.calls)
        await near.run("delta")
        puts = [call.path for call in near.wire.calls[before:] if call.method == "PUT"]
        assert puts[0].endswith("users/addupdate")
        assert sees(near, "eva") == may_see(near, "eva")


async def test_who_takes_over_an_address_is_given_her_groups_after_rooms_have_lost_them(
    tmp_path: Path,
) -> None:
    async with estate(tmp_path, "room") as (near, small):
        shared = "desk@example.com"
        near.intranet.seed_person(shared, "Desk", [])
        near.rooms.add_person(COMMUNITY, "before", "Before", shared, groups=["all"])
        near.rooms.add_person(COMMUNITY, "after", "After", "after@example.com", groups=["few"])
        for one in ("before", "after"):
            near.rooms.add_file(small.details, f"{one}.txt", content=b"x", author=one)
        near.rooms.set_authorities(small.tunnel, ALL_AND_FEW)
        await near.run("full")
        near.rooms.add_person(COMMUNITY, "before", "Before", "gone@example.com", groups=[])
        near.rooms.add_person(COMMUNITY, "after", "After", shared, groups=["few"])
        near.rooms.set_authorities(small.tunnel, ALL)
        near.rooms.set_authorities(small.bridge, ALL_AND_FEW)
        broken = near.wire.add(Fault("PUT *docs/addupdate", Status(503), times=None))
        assert (await near.run("full")).outcome == "failed"
        assert not near.intranet.visible_to(shared)
        near.wire.faults.remove(broken)
        near.clock.pass_seconds(1_000)
        report = await near.run("full")
        assert f"ix-{small.report}" not in near.intranet.visible_to(shared)
        assert f"ix-{small.plan}" in near.intranet.visible_to(shared), report.reasons


async def test_nothing_is_sent_while_a_shorter_list_is_unanswered(tmp_path: Path) -> None:
    async with estate(tmp_path, "room", sources__interaxo__audience_share=1.0) as (near, small):
        await near.run("full")
        near.rooms.add_person(COMMUNITY, address("eva"), "Eva", address("eva"))
        new = near.rooms.add_file(small.drawings, "new.txt", content=b"new")
        break_all(near, "PUT *users/addupdate", Status(503))
        report = await near.run("delta")
        assert report.outcome == "failed"
        assert f"ix-{new}" not in near.found()
        near.wire.clear()
        assert (await near.run("delta")).outcome == "succeeded"
        assert sees(near, "eva") == may_see(near, "eva") == set()


@pytest.mark.parametrize(
    "other", ["K\u00c5RE@EXAMPLE.COM", "ka\u030are@example.com", " k\u00e5re@example.com"]
)
async def test_two_people_with_one_address_however_it_is_typed_are_noticed(
    tmp_path: Path, other: str
) -> None:
    """To the intranet both are one account, which would find what either may see."""
    async with estate(tmp_path, "room", sources__interaxo__audience_share=1.0) as (near, small):
        for key, mail, group in (("k1", "k\u00e5re@example.com", "all"), ("k2", other, "few")):
            near.rooms.add_person(COMMUNITY, key, key, mail, groups=[group])
            near.rooms.add_file(small.details, f"{key}.txt", content=b"x", author=key)
        report = await near.run("full")
        assert any("Two people of interaxo have the address" in one for one in report.reasons)
        assert not any(
            {"interaxo:user:k1", "interaxo:user:k2"} & row.identities for row in near.intranet.users.values()
        )


async def test_whose_shorter_list_is_refused_finds_nothing_until_it_is_taken(tmp_path: Path) -> None:
    async with estate(tmp_path, "room", sources__interaxo__audience_share=1.0) as (near, small):
        near.rooms.set_authorities(small.tunnel, FEW)
        await near.run("full")
        assert sees(near, "ola")
        near.rooms.add_person(COMMUNITY, address("ola"), "Ola", address("ola"), groups=[])
        # one address, two people: the record is an error
        near.intranet.seed_person(address("ola"), "Another Ola")
        near.intranet.switches.shared_address = "error"
        near.rooms.edit_entry(small.rfi, {"Title": "Which nuts?"})
        report = await near.run("delta")
        assert report.outcome == "withheld", report.reasons
        assert record_id(address("ola")) not in near.intranet.users
        assert report.people.removed == 1
        assert any("1 person lost all restricted access in search" in reason for reason in report.reasons)
        assert near.intranet.documents[f"ix-{small.rfi}"].document["Title"] == "Which nuts?", "others go on"
        near.intranet.switches.shared_address = "not found"
        near.intranet.people = [one for one in near.intranet.people if one.name != "Another Ola"]
        report = await near.run("delta")
        assert report.outcome == "succeeded", report.reasons
        assert sees(near, "ola") == may_see(near, "ola")


async def test_who_joins_a_group_finds_more_after_a_full_run(tmp_path: Path) -> None:
    async with estate(tmp_path, "room") as (near, small):
        near.rooms.set_authorities(small.tunnel, FEW)
        await near.run("full")
        near.rooms.add_person(COMMUNITY, address("kari"), "Kari", address("kari"), groups=["all", "few"])
        await near.run("full")
        assert sees(near, "kari") == may_see(near, "kari") == near.expected()


async def test_rotation_reaches_everybody_within_a_few_deltas(tmp_path: Path) -> None:
    async with estate(tmp_path, "room") as (near, small):
        near.rooms.set_authorities(small.tunnel, FEW)
        await near.run("full")
        near.rooms.add_person(COMMUNITY, address("kari"), "Kari", address("kari"), groups=["few"])
        for _ in range(3):
            await near.run("delta")
        assert sees(near, "kari") == may_see(near, "kari")


async def test_leaver_is_removed_on_proof_only(tmp_path: Path) -> None:
    async with estate(tmp_path, "room", sources__interaxo__audience_share=1.0) as (near, _):
        await near.run("full")
        identifier = record_id(address("eva"))
        break_all(near, "GET *people*", Status(404))
        await near.run("delta")
        near.wire.clear()
        break_all(near, "GET *people*", Status(403))
        await near.run("delta")
        near.wire.clear()
        assert identifier in near.intranet.users
        near.rooms.remove_person(COMMUNITY, address("eva"))
        report = await near.run("delta")
        assert report.people.removed == 1
        assert identifier not in near.intranet.users
        assert len(near.intranet.users) == len(PEOPLE) - 1


async def test_unread_people_keep_their_identities_and_the_end_is_withheld(tmp_path: Path) -> None:
    async with estate(tmp_path, "room") as (near, _):
        await near.run("full")
        break_all(near, "GET *people/ola*", Status(503))
        report = await near.run("full")
        assert report.outcome == "withheld"
        assert any("people" in reason for reason in report.reasons)
        assert record_id(address("ola")) in near.intranet.users
        assert sees(near, "ola") == may_see(near, "ola")


async def test_who_could_not_be_asked_for_is_asked_once_a_run_and_counted_once(tmp_path: Path) -> None:
    async with estate(tmp_path, "room") as (near, _):
        break_all(near, "GET *people/eva*", Status(500))
        report = await near.run("full")
        # for her name, as an author of documents, and for her address and groups
        assert sum("/people/eva" in call.path for call in near.wire.calls) == 2
        assert any(reason.startswith("1 person could not be looked up") for reason in report.reasons)


async def test_lost_begin_of_the_session_for_people_is_never_ended(tmp_path: Path) -> None:
    async with estate(tmp_path, "room", http__attempts=3, http__backoff_max_s=0.01) as (near, _):
        await near.run("full")
        near.intranet.push_users(
            [{"GloballyUniqueId": "person-stray", "Email": "stray@example.com", "DeletionMode": "Session"}]
        )
        break_once(near, "PUT *users/beginsyncsession", RESET_AFTER)
        report = await near.run("full")
        assert report.outcome == "withheld"
        assert "person-stray" in near.intranet.users
        near.wire.clear()
        near.clock.pass_seconds(300)
        report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        assert "person-stray" not in near.intranet.users


async def test_people_nobody_knows_are_reported_and_tried_again(tmp_path: Path) -> None:
    async with estate(tmp_path, "room") as (near, _):
        near.intranet.switches.people_exist = False
        near.intranet.remove_person(address("ola"))
        report = await near.run("full")
        assert report.people.unknown == [address("ola")]
        assert report.outcome == "succeeded"
        near.intranet.seed_person(address("ola"), "Ola")
        report = await near.run("delta")
        assert report.people.unknown == []
        assert sees(near, "ola") == may_see(near, "ola")


async def test_people_file_names_whom_the_source_does_not(tmp_path: Path) -> None:
    async with estate(tmp_path, "room") as (near, small):
        near.rooms.add_person(COMMUNITY, "u-77", "Nils", "", groups=["few"])
        near.intranet.seed_person("nils@example.com", "Nils")
        (tmp_path / "people.csv").write_text("id,email\nu-77,nils@example.com\n", encoding="utf-8")
        near.values["sources.interaxo.people"] = "people.csv"
        near.rooms.set_authorities(small.tunnel, ALL_AND_FEW)
        await near.run("full")
        assert f"ix-{small.report}" in near.intranet.visible_to("nils@example.com")


@pytest.mark.parametrize("content", [None, "name,mail\nu-77,nils@example.com\n"])
def test_people_file_that_cannot_be_read_stops_before_any_request(
    tmp_path: Path, content: str | None
) -> None:
    if content is not None:
        (tmp_path / "people.csv").write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"sources\.interaxo\.people"):
        App(make_settings(tmp_path, sources__interaxo__people="people.csv"))


async def test_fixed_identities_go_to_everybody(tmp_path: Path) -> None:
    async with estate(tmp_path, "fixed", sources__interaxo__identities=["group:all"]) as (near, _):
        await near.run("full")
        for person in PEOPLE:
            assert sees(near, person) == near.expected(), person


async def test_user_names_are_sent_where_they_are_what_matches(tmp_path: Path) -> None:
    async with estate(tmp_path, "room", targets__intranet__people__match="username") as (near, _):
        await near.run("full")
        records = [row.record for row in near.intranet.users.values()]
        assert len(records) == len(PEOPLE)
        assert all("Email" not in record and record["Username"] for record in records)


@pytest.mark.parametrize("mark", ["-", "n/a", "null", "none@", "@", "@example.com"])
async def test_what_stands_for_an_address_that_is_not_there_finds_nobody(tmp_path: Path, mark: str) -> None:
    """The intranet may have the same mark, of somebody else."""
    async with estate(tmp_path, "room") as (near, small):
        near.intranet.seed_person(mark, "Screen in the hall")
        near.rooms.add_person(COMMUNITY, "u-77", "Nils", mark, groups=["all"])
        near.rooms.add_file(small.details, "nils.txt", content=b"x", author="u-77")
        report = await near.run("full")
        assert not near.intranet.visible_to(mark)
        assert report.people.unknown == []


@pytest.mark.parametrize(
    ("email", "address_"),
    [
        (" Kari@Example.SE ", "kari@example.com"), ("kari@other.org", "kari@other.org"), ("", ""),
        ("n/a", ""), ("kari", ""), ("@example.se", ""), ("kari@", ""),
        ("\ufeffkari\u200b@example.se\u202c", "kari@example.com"), ("ka\xadri@e\u200dxample.se", "kari@example.com"),
        ("kari@example.se\nola@example.se", ""), ("ka\ud800ri@example.se", ""), ("ka\x00ri@example.se", ""), ("\u200b", ""),
    ],
)  # fmt: skip
def test_addresses_have_one_form_with_replaced_domains(email: str, address_: str) -> None:
    matching = Matching(domains={"example.se": "example.com"})
    assert matching.address(PersonRead(key="k", email=email)) == address_


@pytest.mark.parametrize("form", ["id", "named"])
async def test_owners_and_last_editors_are_met_as_authors_are(
    tmp_path: Path, form: Literal["id", "named"]
) -> None:
    async with estate(tmp_path, "room") as (near, small):
        near.rooms.quirks.person_form = form
        near.values["sources.interaxo.comments"] = True
        for person in ("nora", "lars", "siri"):
            near.rooms.add_person(COMMUNITY, address(person), person, address(person), groups=["all"])
        await near.run("full")
        assert sees(near, "nora") == set()
        near.rooms.add_comment(small.plan, "", author=address("siri"))
        near.rooms.hand_over(small.report, modified_by=address("nora"))
        near.rooms.hand_over(small.plan, owner=("user", address("lars")))
        near.rooms.hand_over(small.section, owner=("group", "few"))
        mark = near.intranet.mark()
        report = await near.run("delta")
        assert report.outcome == "succeeded", report.reasons
        assert report.people.pushed == 3
        note = min(f"ix-{small.bridge}", f"ix-{small.tunnel}")
        assert near.intranet.pushed_since(mark) == [f"ix-{small.plan}", note], "only what was commented on"
        for person in ("nora", "lars", "siri"):
            assert sees(near, person) == may_see(near, person) == near.expected()
        assert (await near.run("full")).outcome == "succeeded"
        assert len(near.intranet.users) == len(PEOPLE) + 3


async def test_an_address_that_nobody_has_any_more_is_taken_out_once_that_is_approved(tmp_path: Path) -> None:
    async with estate(tmp_path, "room", safety__max_deletes=0) as (near, _):
        await near.run("full")
        near.rooms.add_person(COMMUNITY, address("kari"), "Kari", "kari.new@example.com", groups=["all"])
        braked = await near.run("full")
        assert (braked.outcome, bool(sees(near, "kari"))) == ("braked", True)
        near.clock.pass_seconds(200)
        await near.run("delta", approve=braked.run_id)
        assert not sees(near, "kari")
        assert near.intranet.visible_to("kari.new@example.com")
        report = await near.run("full")
        assert (report.outcome, report.held) == ("succeeded", [])
