"""Whom the people file of a report library names: people who look alike, or are one to the intranet, and files that contradict themselves."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.sources.interject_library import Library, Link, library, report_list, table
from tests.sources.interject_roles import told

pytestmark = pytest.mark.usefixtures("at_once")


@pytest.mark.parametrize("found_by", ["username", "domains"])
async def test_two_rows_of_the_people_file_that_are_one_person_of_the_intranet_give_that_one_neither_role(
    tmp_path: Path, found_by: str
) -> None:
    async with library(tmp_path) as near:
        near.intranet.seed_person("anna@example.com", "Anna", [], username="anna")
        near.by_roles([("Finance", "Approver"), ("Stock", "Standard")], [])
        if found_by == "username":
            near.values["targets.intranet.people.match"] = "username"
            rows = [("anna@example.com", "anna", "Approver"), ("ola@example.com", "Anna", "Standard")]
        else:
            near.values["targets.intranet.people.domains"] = {"old.example": "example.com"}
            rows = [("anna@example.com", "", "Approver"), ("anna@old.example", "", "Standard")]
        near.write(near.folder / "people.csv", table(("email", "username", "role"), rows))
        near.drop(report_list([Link(name="Payroll"), Link(name="Cash", path="Stock")]))
        report = await near.run("full")
        assert near.found(), report.reasons
        assert not near.intranet.visible_to("anna@example.com")
        assert any("Two people of interject have the address" in one for one in report.reasons)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("wei\u00df@example.com", "weiss@example.com"),
        ("anna@stra\u00dfe.example", "anna@strasse.example"),
        ("anna\u00b2@example.com", "anna2@example.com"),
        ("a\ufb01@example.com", "afi@example.com"),
    ],
)
async def test_two_people_whose_addresses_look_alike_have_a_role_each(
    tmp_path: Path, one: str, other: str
) -> None:
    async with library(tmp_path) as near:
        for address in (one, other):
            near.intranet.seed_person(address, address)
        near.by_roles(
            [("Finance", "Approver"), ("Stock", "Standard")], [(one, "Standard"), (other, "Approver")]
        )
        near.drop(report_list([Link(name="Payroll"), Link(name="Cash", path="Stock")]))
        await near.run("full")
        assert {address: _reports_found(near, address) for address in (one, other)} == {
            one: {"Cash"},
            other: {"Payroll"},
        }


async def test_who_has_two_user_names_in_the_people_file_stays_as_she_was(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.values["targets.intranet.people.match"] = "username"
        for name in ("anna", "ola"):
            near.intranet.seed_person(f"{name}@example.com", name, username=name)
        near.by_roles([("Finance", "Approver"), ("Stock", "Standard")], [])
        near.drop(report_list([Link(name="Payroll"), Link(name="Cash", path="Stock")]))
        for names in (("anna", "ANNA"), ("anna", "ola"), ("ola", "anna")):
            near.clock.pass_seconds(60)
            rows = [("anna@example.com", names[0], "Approver"), ("anna@example.com", names[1], "Standard")]
            near.write(near.folder / "people.csv", table(("email", "username", "role"), rows))
            await near.run("full")
            assert _reports_found(near, "anna@example.com") == {"Cash", "Payroll"}
            assert not _reports_found(near, "ola@example.com")
        assert "people.csv: line 3 gives a person another user name" in await told(near)


@pytest.mark.parametrize("header", [("email", "role", "E-Mail"), ("email", "role", "Role")])
async def test_a_people_file_that_has_a_column_twice_gives_nobody_anything(
    tmp_path: Path, header: tuple[str, ...]
) -> None:
    async with library(tmp_path) as near:
        for name in ("anna", "ola"):
            near.intranet.seed_person(f"{name}@example.com", name)
        near.by_roles([("Finance", "Approver"), ("Stock", "Standard")], [("anna@example.com", "Standard")])
        near.drop(report_list([Link(name="Payroll"), Link(name="Cash", path="Stock")]))
        await near.run("full")
        last = "ola@example.com" if header[2] == "E-Mail" else "Approver"
        near.clock.pass_seconds(60)
        near.write(near.folder / "people.csv", table(header, [("anna@example.com", "Standard", last)]))
        await near.run("full")
        assert _reports_found(near, "anna@example.com") == {"Cash"}
        assert not _reports_found(near, "ola@example.com")
        assert "the columns that it needs, each of them once" in await told(near)


def _reports_found(near: Library, address: str) -> set[str]:
    """Titles of the reports that somebody finds."""
    seen = {near.intranet.documents[one].document["Title"] for one in near.intranet.visible_to(address)}
    return seen & {"Cash", "Payroll"}


FOLDERS = {
    "Finance": "Standard",
    "Stock": "Approver",
    "Pay": "Payroll clerk",
    "Common": "Editor",
    "Sales": "Standard",
}
STAFF = {
    "anna@example.com": "Standard",
    "ola@example.com": "Approver",
    "eva@example.com": "Payroll clerk",
    "per@example.com": "Editor",
    "kai@example.com": "Standard",
}


def sorted_by_the_second(rows: dict[str, str]) -> list[tuple[str, str]]:
    """Rows of which somebody sorted the second column alone."""
    return list(zip(rows, sorted(rows.values()), strict=True))


@pytest.mark.parametrize("which", ["roles", "people"])
async def test_a_file_that_was_sorted_by_one_column_opens_and_closes_nothing(
    tmp_path: Path, which: str
) -> None:
    def found() -> dict[str, set[str]]:
        return {address: near.intranet.visible_to(address) for address in STAFF}

    async with library(tmp_path) as near:
        for address in STAFF:
            near.intranet.seed_person(address, address)
        near.by_roles([*FOLDERS.items()], [*STAFF.items()])
        near.drop(report_list([Link(name=f"In {one}", path=one) for one in FOLDERS]))
        await near.run("full")
        before = found()
        assert len({frozenset(one) for one in before.values()}) == 4
        for mode in ("delta", "full"):
            if which == "roles":
                near.by_roles(sorted_by_the_second(FOLDERS), [*STAFF.items()])
            else:
                near.by_roles([*FOLDERS.items()], sorted_by_the_second(STAFF))
            report = await near.run(mode)
            assert found() == before, mode
            assert report.outcome == "withheld", report.reasons
            assert any("sorted by one column" in one for one in report.reasons), report.reasons
        near.by_roles([*FOLDERS.items()], [*STAFF.items()])
        report = await near.run("delta")
        assert (report.outcome, found()) == ("succeeded", before), report.reasons


async def test_roles_that_really_changed_hands_count_once_these_people_were_left_out(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        for address in (*STAFF, "new@example.com"):
            near.intranet.seed_person(address, address)
        near.drop(report_list([Link(name=f"In {one}", path=one) for one in FOLDERS]))
        turned = dict(zip(STAFF, [*STAFF.values()][1:] + [*STAFF.values()][:1], strict=True))
        new = {"new@example.com": "Standard"}
        for people in (STAFF, new, turned | new):
            near.by_roles([*FOLDERS.items()], [*people.items()])
            report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        seen = near.intranet.visible_to("anna@example.com")
        assert "In Stock" in {near.intranet.documents[one].document["Title"] for one in seen}


async def test_people_who_change_their_posts_are_no_mistake(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.drop(report_list([Link(name=f"In {one}", path=one) for one in FOLDERS]))
        near.by_roles([*FOLDERS.items()], [*STAFF.items()])
        for address in STAFF:
            near.intranet.seed_person(address, address)
        await near.run("full")
        two = {**STAFF, "anna@example.com": "Approver", "ola@example.com": "Standard"}
        near.by_roles([*FOLDERS.items()], [*two.items()])
        assert (await near.run("delta")).outcome == "succeeded"
        renamed = dict.fromkeys(STAFF, "Clerk")
        near.by_roles([*FOLDERS.items()], [*renamed.items()])
        assert (await near.run("delta")).outcome == "succeeded"


async def test_what_is_remembered_of_the_people_file_names_nobody_also_where_it_did_before(
    tmp_path: Path,
) -> None:
    """A note of before counts on, so that somebody whom the next file lacks keeps what she has, and is written anew without addresses."""
    async with library(tmp_path) as near:
        for name in ("anna", "ola"):
            near.intranet.seed_person(f"{name}@example.com", name)
        rows = [(f"{name}@example.com", "Approver") for name in ("anna", "ola")]
        near.by_roles([("Finance", "Approver")], rows)
        near.drop(report_list([Link(name="Payroll")]))
        await near.run("full")
        with near.app().ledger() as ledger:
            notes = ledger.notes("interject")
            assert "@" not in str(msgspec.json.decode(_people_note(near))["memory"])
            told = msgspec.json.decode(_people_note(near))
            told["memory"]["held"] = {address: [role.lower()] for address, role in rows}
            notes.put_json("people", "", told)
        near.by_roles([("Finance", "Approver")], rows[:1])
        await near.run("delta")
        assert _reports_found(near, "ola@example.com") == {"Payroll"}, "the first file that lacks her"
        assert "@" not in str(msgspec.json.decode(_people_note(near))["memory"])
        near.by_roles([("Finance", "Approver")], rows[:1])
        await near.run("full")
        assert _reports_found(near, "ola@example.com") == set()
        assert _reports_found(near, "anna@example.com") == {"Payroll"}


def _people_note(near: Library) -> bytes:
    with near.app().ledger() as ledger:
        note = ledger.notes("interject").get("people", "")
    assert note is not None
    return note.value
