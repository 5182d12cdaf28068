"""What a row of the roles file costs that cannot be read: nobody sees more for it, nothing goes, and the other rows count."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from connector.sources.interject.by_hand import FilesByHand, Said
from connector.sources.interject.model import Place, fold, folded
from tests.sources.interject_library import Library, Link, library, report_list, table
from tests.sources.interject_roles import APPROVER, OPEN, PEOPLE, STANDARD, seen_by, told
from tests.sources.notes_in_memory import NotesInMemory

pytestmark = pytest.mark.usefixtures("at_once")
PAYROLL = Link(name="Wages", path="Payroll", id="pt1:1")
AUDIT = Link(name="Findings", path="Audit", id="pt1:2")
FOLDERS = (
    "Finance",
    "Finance > Payroll",
    "Finance, Payroll",
    "HR",
    "HR > Pay; bonus",
    "Sales",
    "Sales/North",
    "IT",
    "Audit",
)
SEEDS = 500
NAMES = ("Approver", "Standard", "Editor", "Analyst")


def write_roles(near: Library, *lines: str) -> None:
    """Write the roles file line by line."""
    near.clock.pass_seconds(60)
    near.write(near.folder / "roles.csv", "".join(f"{line}\r\n" for line in ("folder,role", *lines)).encode())


# -- what a run does ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "odd", [",Standard", "Finance,Standard,since May", "Common", "Finance,,Standard", '"Common,Standard\r\nX"'],
    ids=["no folder", "a remark", "no role", "a comma", "two lines"],
)  # fmt: skip
async def test_an_odd_row_keeps_no_narrowing_of_another_row_back(tmp_path: Path, odd: str) -> None:
    async with library(tmp_path) as near:
        near.by_roles([("Payroll", "Approver"), ("Payroll", "Standard"), ("Finance", "Approver")], PEOPLE)
        near.drop(report_list([OPEN, PAYROLL, Link(name="Cash", path="Finance", id="pt1:3")]))
        await near.run("full")
        assert seen_by(near, "Wages") == {APPROVER, STANDARD}
        write_roles(near, "Payroll,Approver", odd, "Finance,Approver")
        for mode in ("delta", "full", "delta"):
            report = await near.run(mode)
            assert report.outcome == "withheld"
            assert seen_by(near, "Wages") == seen_by(near, "Cash") == {APPROVER}
            assert near.titles() == {"Common", "Open", "Payroll", "Wages", "Finance", "Cash"}
        words = await told(near)
        assert "roles.csv, line " in words
        assert "mended" in words


async def test_an_odd_row_that_may_close_an_open_folder_keeps_all_others_out(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.by_roles([("Finance", "Approver")], PEOPLE)
        near.drop(report_list([OPEN, AUDIT]))
        await near.run("full")
        write_roles(near, "Finance,Approver", "Audit,Approver,since May")
        new = Link(name="Bonus", path="Audit", id="pt1:7")
        near.drop(report_list([OPEN, AUDIT, new, Link(name="Lunch", path="Common", id="pt1:8")]))
        for mode in ("delta", "full"):
            await near.run(mode)
            assert seen_by(near, "Findings") == seen_by(near, "Audit") == {APPROVER}
            assert seen_by(near, "Open") >= {APPROVER, STANDARD}
            assert seen_by(near, "Lunch") >= {APPROVER, STANDARD}, "the row is of another folder"
            assert "Bonus" not in near.titles(), "new where nobody can tell who may see it"
        write_roles(near, "Finance,Approver", '"Audit","Approver"')
        assert (await near.run()).outcome == "succeeded"
        assert seen_by(near, "Bonus") == {APPROVER}


async def test_a_role_without_a_folder_lets_nothing_new_be_seen_where_it_may_belong(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.by_roles([("Payroll", "Approver")], PEOPLE)
        near.drop(report_list([OPEN, PAYROLL]))
        await near.run("full")
        write_roles(near, "Payroll,Approver", ",Approver")
        near.drop(report_list([OPEN, PAYROLL, AUDIT, Link(name="Rates", path="Payroll", id="pt1:9")]))
        for mode in ("delta", "full", "delta"):  # what waited once is as new in the next run
            await near.run(mode)
            assert near.titles() == {"Common", "Open", "Payroll", "Wages", "Rates"}
            assert seen_by(near, "Rates") == {APPROVER}
            assert STANDARD in seen_by(near, "Open")
        near.drop(report_list([OPEN, AUDIT, Link(name="Wages", path="Audit", id="pt1:1")]))
        await near.run()
        assert seen_by(near, "Wages") == {APPROVER}, "moved to where nobody can tell who may see it"
        near.drop(report_list([OPEN, AUDIT, Link(name="Wages", path="Audit", id="pt1:1")]))
        await near.run()
        assert seen_by(near, "Wages") == {APPROVER}


async def test_a_folder_that_stands_in_an_odd_row_only_is_not_taken_for_missing(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.by_roles([("Payroll", "Approver"), ("Finance", "Approver")], PEOPLE)
        near.drop(report_list([OPEN, PAYROLL]))
        await near.run("full")
        for remark in ("one", "two", "three"):
            write_roles(near, "Finance,Approver", f"Payroll,Approver,{remark}")
            await near.run()
            assert seen_by(near, "Wages") == {APPROVER}
        write_roles(near, "Finance,Approver")
        await near.run()
        assert seen_by(near, "Wages") == {APPROVER}, "the first file that lacks it"


async def test_what_a_file_with_an_odd_row_closed_stays_closed_in_the_next_one(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.by_roles([("Finance", "Approver")], PEOPLE)
        near.drop(report_list([OPEN, PAYROLL, AUDIT]))
        await near.run("full")
        assert STANDARD in seen_by(near, "Wages")
        write_roles(near, "Finance,Approver", "Payroll,Approver", "Audit,Approver,since May")
        await near.run()
        assert seen_by(near, "Wages") == seen_by(near, "Findings") == {APPROVER}
        for odd in (
            "Finance,Approver,too",
            "Payroll,Approver,too",
            ",Approver",
            "Finance,Standard,too",
            "Audit",
            "Audit,Standard,too",
            "Audit",
        ):
            write_roles(near, odd, "Finance,Approver")
            for mode in ("delta", "full"):
                await near.run(mode)
                assert seen_by(near, "Wages") == seen_by(near, "Findings") == {APPROVER}, odd
                assert STANDARD in seen_by(near, "Open")
        write_roles(near, "Finance,Approver", "Payroll,Approver", "Audit,Approver,since May")
        await near.run()
        write_roles(near, "Finance,Approver")
        await near.run()
        assert seen_by(near, "Wages") == {APPROVER}, "the first file that lacks it"
        write_roles(near, "Finance,Approver")
        await near.run()
        assert STANDARD in seen_by(near, "Wages")


async def test_a_role_that_is_left_out_leaves_no_report_to_nobody(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.by_roles([("HR", "Approver"), ("HR", "Standard"), ("HR > Payroll", "Standard")], PEOPLE)
        near.drop(report_list([OPEN, Link(name="Wages", path="HR > Payroll", id="pt1:1")]))
        await near.run("full")
        assert seen_by(near, "Wages") == {STANDARD}
        write_roles(near, "HR,Approver", "HR,Standard,too", "HR > Payroll,Standard")
        for mode in ("delta", "full"):
            report = await near.run(mode)
            assert seen_by(near, "Wages") == {STANDARD}, report.reasons


async def test_an_odd_row_in_the_first_roles_file_opens_nothing_that_it_may_close(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.by_roles([], PEOPLE)
        write_roles(near, "Payroll,Approver", ",Approver")
        near.drop(report_list([OPEN, PAYROLL]))
        for _ in range(2):
            await near.run("full")
            assert near.titles() == {"Payroll", "Wages"}
            assert seen_by(near, "Wages") == {APPROVER}


async def test_a_person_whose_row_lacks_a_column_stays_as_she_was(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        for name in ("anna", "ola"):
            near.intranet.seed_person(f"{name}@example.com", name.title(), [])
        near.by_roles([("Payroll", "Approver")], PEOPLE)
        near.drop(report_list([OPEN, PAYROLL]))
        await near.run("full")
        near.clock.pass_seconds(60)
        near.write(
            near.folder / "people.csv", b"email,role\r\nanna@example.com\r\nola@example.com,Editor\r\n"
        )
        for _ in range(2):
            await near.run()
            assert near.intranet.search("wages", "anna@example.com")
            assert near.intranet.search("open", "ola@example.com")


# -- whatever the rows and the damage -------------------------------------------------------------


async def _at_once() -> None:
    """No file is waited for."""


async def _said(folder: Path, kept: NotesInMemory, lines: Sequence[str], *, at: int) -> Said | None:
    """What is read of a roles file of a time, in seconds."""
    file = folder / "roles.csv"
    file.write_bytes("".join(f"{line}\r\n" for line in lines).encode())
    os.utime(file, (at, at))
    by_hand = FilesByHand(
        kept, folder, roles="roles.csv", people="people.csv", clock=lambda: 1e9, wait=_at_once
    )
    await by_hand.rights()
    return by_hand.said


def _damaged(line: str, rng: random.Random) -> str:
    """A row as a slip of the hand leaves it."""
    folder, _, role = line.rpartition(",")
    at = rng.randrange(len(line) + 1)
    return rng.choice(
        [
            f",{role}",
            f"{line},see mail",
            f"{line},{rng.choice(NAMES)}",
            f",{line}",
            line[:at] + "," + line[at:],
            line[:at] + ",," + line[at:],
            folder,
            line.replace('"', ""),
            f"{folder},,{role}",
            f"{folder},{rng.choice(NAMES)},{role}",
            f'"{line.replace(chr(34), "")}\r\n",{role}',
        ]
    )


def _drawn(rng: random.Random) -> list[tuple[str, str]]:
    return [(rng.choice(FOLDERS), rng.choice(NAMES)) for _ in range(rng.randint(1, 6))]


def _file(rows: Sequence[tuple[str, str]]) -> list[str]:
    return table(("folder", "role"), rows).decode().splitlines()


async def test_no_damage_of_a_row_lets_anybody_see_more_or_anything_go(tmp_path: Path) -> None:
    places: list[Place] = [folded(tuple(name.split(" > "))) for name in FOLDERS]
    places += [(*place, fold("Deep")) for place in places]
    people = table(("email", "role"), [(f"{name}@example.com", name) for name in NAMES])
    (tmp_path / "people.csv").write_bytes(people)
    odd = doubted = 0
    for seed in range(SEEDS):
        rng = random.Random(seed)
        earlier, sound = _file(_drawn(rng)), _file(_drawn(rng))
        lines = [*sound]
        number = rng.randrange(1, len(lines))
        lines[number] = _damaged(lines[number], rng)
        one, other = NotesInMemory(), NotesInMemory()
        before = await _said(tmp_path, one, earlier, at=1_000)
        other.notes |= one.notes
        said = await _said(tmp_path, one, lines, at=2_000)
        whole = await _said(tmp_path, other, sound, at=2_000)
        assert before is not None
        assert whole is not None
        if said is None or not said.odd:
            continue
        odd += 1
        doubt = said.doubt({}, places)
        assert doubt is not None
        for place in places:
            at_most, words = doubt.of(place), (seed, earlier, lines, place)
            if at_most is None:  # nothing that is there now is left to nobody
                assert said.roles.of(place), words
                assert said.roles.of(place) <= whole.roles.of(place), words
            else:
                doubted += 1
                assert at_most <= before.roles.of(place), words
    assert odd > SEEDS / 2
    assert doubted > SEEDS
