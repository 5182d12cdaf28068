"""Files that a spreadsheet saved as CSV, and not as CSV UTF-8: question marks stand in place of letters, and nothing opens, goes or is renamed by them."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.sources.interject.lost_letters import LostLetters
from tests.sources.interject_library import Library, Link, library, report_list
from tests.sources.interject_roles import APPROVER, OPEN, PEOPLE, STANDARD, seen_by, told
from tests.sources.test_interject_shifted import known

pytestmark = pytest.mark.usefixtures("at_once")
ROLES = [("Зарплата", "Approver"), ("Common", "Standard")]


def paid(*, ids: bool) -> list[Link]:
    links = [
        Link(name=name, path="Зарплата", id=f"pt1:{n}" if ids else "0")
        for n, name in enumerate(("Отчет", "Касса"), 1)
    ]
    return [*links, OPEN]


def lost(data: bytes) -> bytes:
    return data.decode().encode("cp1252", "replace")


def rewrite(near: Library, name: str, data: bytes) -> None:
    near.clock.pass_seconds(60)
    near.write(near.folder / name, data)


@pytest.mark.parametrize("ids", [True, False], ids=["with ids", "without"])
async def test_an_export_that_lost_letters_opens_joins_renames_and_removes_nothing(
    tmp_path: Path, ids: bool
) -> None:
    async with library(tmp_path) as near:
        near.by_roles(ROLES, PEOPLE)
        near.drop(report_list(paid(ids=ids)))
        assert (await near.run("full")).outcome == "succeeded"
        before = known(near)
        for mode in ("delta", "full"):
            near.drop(lost(report_list(paid(ids=ids))))
            near.by_roles(ROLES, PEOPLE)  # saved anew, too
            assert (await near.run(mode)).outcome in {"quarantined", "withheld"}
            assert known(near) == before
        near.drop(report_list(paid(ids=ids)))
        assert (await near.run("full")).outcome == "succeeded"


@pytest.mark.parametrize("which", ["export", "roles"])
async def test_a_closed_folder_stays_closed_where_the_first_file_of_it_lost_letters(
    tmp_path: Path, which: str
) -> None:
    async with library(tmp_path) as near:
        near.by_roles(ROLES, PEOPLE)
        near.drop(report_list(paid(ids=True)))
        file = near.imports / "reports.csv" if which == "export" else near.folder / "roles.csv"
        near.write(file, lost(file.read_bytes()))
        await near.run("full")
        closed = [one.document for one in near.intranet.documents.values() if one.document["Title"] != "Open"]
        assert {tuple(one["ExternalIdentities"]) for one in closed if one["Title"] != "Common"} == {
            (APPROVER,)
        }


async def test_a_roles_file_that_lost_letters_opens_nothing_and_takes_nothing(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.by_roles([*ROLES, ("Зарплата", "Касса")], [*PEOPLE, ("kari@example.com", "Касса")])
        near.drop(report_list(paid(ids=True)))
        assert (await near.run("full")).outcome == "succeeded"
        before = known(near)
        for name in ("roles.csv", "people.csv", "roles.csv"):
            rewrite(near, name, lost((near.folder / name).read_bytes()))
            report = await near.run("full")
            assert report.outcome == "withheld"
            assert known(near) == before
        words = await told(near)
        assert "roles.csv, line 2: it says '????????' for 'зарплата', so letters were lost" in words, words
        assert "people.csv: line 4: it says '?????' for 'касса', so letters were lost" in words, words
        near.by_roles([("Зарплата", "Standard"), ("Common", "Standard")], PEOPLE)
        await near.run("full")
        assert seen_by(near, "Отчет") == {STANDARD}


@pytest.mark.parametrize(
    ("name", "lost"),
    [
        ("????????", True),
        ("???????? 2024", False),
        ("?ônge", True),
        ("??nge", True),
        ("lønge", False),
        ("what?", False),
        ("why?", False),
    ],
)
def test_only_a_name_that_is_known_with_these_letters_lost_them(name: str, lost: bool) -> None:
    names = LostLetters({"зарплата", "łônge", "what?", "whyé2"})
    assert bool(names.why([name])) == lost
    assert not LostLetters({"зарплата", "????????"}).why(["????????"])
