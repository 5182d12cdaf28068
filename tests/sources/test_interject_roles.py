"""Who finds which folder of a report library, over several runs: names that part otherwise, letters that are misread, halves of files."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.sandbox.faults import RESET_BEFORE, Call, Fault, Status
from connector.sources.interject import by_hand
from tests.sources.interject_library import Link, app_export, library, report_list
from tests.sources.interject_roles import ANALYST, APPROVER, OPEN, PEOPLE, STANDARD, seen_by, told

pytestmark = pytest.mark.usefixtures("at_once")


# -- what is written in the two files -------------------------------------------------------------


@pytest.mark.parametrize("half", [b"email,role\r\nanna@example.com,Approver\r\nola@ex", b"", None])
async def test_a_role_that_only_the_people_file_names_sees_its_folders_while_that_file_is_half(
    tmp_path: Path, half: bytes | None
) -> None:
    async with library(tmp_path) as near:
        near.intranet.seed_person("ola@example.com", "Ola", [])
        near.by_roles(
            [("Finance", "Approver")], [("anna@example.com", "Approver"), ("ola@example.com", "Analyst")]
        )
        near.drop(report_list([OPEN]))
        await near.run("full")
        assert near.intranet.search("open", "ola@example.com")
        near.clock.pass_seconds(60)
        if half is None:
            (near.folder / "people.csv").unlink()
        else:
            near.write(near.folder / "people.csv", half)
        await near.run()
        assert ANALYST in seen_by(near, "Open")
        assert near.intranet.search("open", "ola@example.com")


async def test_who_is_missing_from_the_people_file_for_the_first_time_keeps_what_her_role_sees(
    tmp_path: Path,
) -> None:
    async with library(tmp_path) as near:
        near.intranet.seed_person("ola@example.com", "Ola", [])
        people = [("anna@example.com", "Approver"), ("ola@example.com", "Analyst")]
        near.by_roles([("Finance", "Approver")], people)
        near.drop(report_list([OPEN]))
        await near.run("full")
        near.by_roles([("Finance", "Approver")], people[:1])
        await near.run()
        assert near.intranet.search("open", "ola@example.com")
        near.by_roles([("Finance", "Approver")], people[:1])
        await near.run()
        assert not near.intranet.search("open", "ola@example.com")
        assert ANALYST not in seen_by(near, "Open")


@pytest.mark.parametrize(
    ("rows", "title"),
    [
        ([("Sales/Marketing", "Approver")], "Plan"),
        ([("HR\\Pay", "Standard"), ("Sales/Marketing", "Approver")], "Plan"),
        ([("HR\\Pay", "Standard"), ("Finance > Monthly", "Approver")], "Payroll"),
        ([("Finance/Monthly", "Approver")], "Payroll"),
    ],
)
async def test_a_folder_is_closed_whichever_separator_the_roles_file_uses_or_its_name_holds(
    tmp_path: Path, rows: list[tuple[str, str]], title: str
) -> None:
    async with library(tmp_path) as near:
        near.by_roles(rows, PEOPLE)
        near.drop(report_list([Link(name="Plan", path="Sales/Marketing"), Link(name="Payroll")]))
        await near.run("full")
        assert seen_by(near, title) == {APPROVER}
        assert "no folder of the library: sales" not in await told(near)
        assert "no folder of the library: finance" not in await told(near)


@pytest.mark.parametrize("odd", ["Plan > Actual", "Sales\\Plan"])
async def test_a_new_folder_is_closed_with_the_one_above_where_another_name_holds_a_separator(
    tmp_path: Path, odd: str
) -> None:
    """Most paths of an export tell how all of them are parted: new names may have them all read in another way."""
    async with library(tmp_path) as near:
        near.by_roles([("Finance", "Approver")], PEOPLE)
        payroll = Link(name="Payroll", path="Finance/Monthly", id="pt1:1")
        near.drop(report_list([payroll, OPEN]))
        await near.run("full")
        assert seen_by(near, "Payroll") == {APPROVER}
        bonus = Link(name="Bonus", path="Finance/Secret/2026", id="pt1:2")
        named = [Link(name=f"Outlook {n}", path=f"{odd} {n}", id=f"pt1:{10 + n}") for n in range(3)]
        near.drop(report_list([payroll, OPEN, bonus, *named]))
        await near.run()
        assert seen_by(near, "Payroll") == seen_by(near, "Bonus") == {APPROVER}
        assert seen_by(near, "Outlook 1") >= {APPROVER, STANDARD}


@pytest.mark.parametrize("odd", [1, 9])
@pytest.mark.parametrize("first", [True, False])
async def test_names_that_hold_a_separator_open_no_closed_folder_below_the_librarys_own_name(
    tmp_path: Path, odd: int, first: bool
) -> None:
    async with library(tmp_path) as near:
        near.by_roles([("Report Library > Finance", "Approver")], PEOPLE)
        links = [
            Link(name="Payroll", path="Report Library > Finance"),
            Link(name="Common", path="Report Library > Open"),
        ]
        named = [Link(name=f"Plan {n}", path=f"Report Library > Sales\\Part {n}") for n in range(odd)]
        if not first:
            near.drop(report_list(links))
            await near.run("full")
        near.drop(report_list([*links, *named]))
        await near.run("full")
        assert seen_by(near, "Payroll") == {APPROVER}
        assert seen_by(near, "Common") >= {APPROVER, STANDARD}
        assert "Finance" in near.titles()


async def test_one_row_of_the_roles_file_opens_no_folder_by_how_its_path_is_parted(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        rows = [("Report Library > Finance", "Approver"), ("Report Library > Sales\\Marketing", "Standard")]
        near.by_roles(rows, PEOPLE)
        near.drop(report_list([Link(name="Payroll", path="Report Library > Finance"), OPEN]))
        await near.run("full")
        assert seen_by(near, "Payroll") == {APPROVER}


async def test_a_path_that_is_parted_otherwise_is_as_closed_as_what_stands_above_the_folder_that_is_written_like_it(
    tmp_path: Path,
) -> None:
    """The roles file names that folder itself for all roles."""
    async with library(tmp_path) as near:
        near.by_roles([("HR", "Approver"), ("HR\\Secret", ""), ("Finance\\Monthly", "Standard")], PEOPLE)
        others = [Link(name=f"Plan {n}", path="Finance\\Monthly", id=f"pt1:{10 + n}") for n in range(3)]
        for path in ("HR\\Secret", "HR/Secret"):
            near.drop(report_list([Link(name="Payroll", path=path, id="pt1:1"), *others]))
            await near.run("full")
            assert seen_by(near, "Payroll") == {APPROVER}


@pytest.mark.parametrize("name", ["Qualità", "Reçus", "Señor", "Plan\\Attività"])
@pytest.mark.parametrize("inner", ["", "\\Old"])
async def test_a_closed_folder_whose_letters_are_misread_stays_closed(
    tmp_path: Path, name: str, inner: str
) -> None:
    """Nothing in such a file says how it is encoded, and so few letters leave the guess open."""
    async with library(tmp_path) as near:
        near.by_roles([(name, "Approver")], PEOPLE)
        closed = [Link(name="Payroll", path=name + inner), OPEN]
        near.drop(report_list(closed, encoding="cp1252"))
        await near.run("full")
        assert seen_by(near, "Payroll") == {APPROVER}
        near.drop(report_list([*closed, Link(name="New", path=name)], encoding="utf-8"))
        await near.run()
        assert all(
            set(one.document["ExternalIdentities"]) == {APPROVER}
            for one in near.intranet.documents.values()
            if one.document["Title"] in {"Payroll", "New"}
        )


async def test_a_misread_folder_stays_closed_where_another_export_has_it_by_its_name(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.by_roles([("Qualità", "Approver")], PEOPLE)
        near.drop(app_export([Link(name="Audit", path="Qualità", id="pt1:1"), OPEN]), "one.csv")
        near.drop(
            app_export([Link(name="Payroll", path="Qualità", id="pt1:2")], encoding="cp1252"), "two.csv"
        )
        for _ in range(2):
            await near.run("full")
            assert seen_by(near, "Audit") == seen_by(near, "Payroll") == {APPROVER}
            near.by_roles([("Qualità", "Approver")], PEOPLE)


async def test_a_folder_that_another_one_is_like_but_for_its_letters_is_open(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.by_roles([("Lön", "Approver")], PEOPLE)
        loans = Link(name="Loans", path="Lån")
        whole = report_list([loans, Link(name="Payroll", path="Lön")])
        near.drop(whole)
        await near.run("full")
        near.drop(whole[:-9])
        report = await near.run()
        assert any("it was cut" in reason for reason in report.reasons), report.reasons
        assert seen_by(near, "Payroll") == {APPROVER}
        assert seen_by(near, "Loans") >= {APPROVER, STANDARD}


async def test_a_roles_file_that_an_earlier_release_read_otherwise_is_read_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with library(tmp_path) as near:
        near.by_roles([("Report Library > Finance", "Approver")], PEOPLE)
        near.drop(report_list([Link(name="Payroll", path="Report Library > Finance"), OPEN]))
        with monkeypatch.context() as earlier:
            earlier.setattr(by_hand, "roles_in", lambda rows: {"report library > finance": {"approver"}})
            await near.run("full")
        assert seen_by(near, "Payroll") >= {APPROVER, STANDARD}
        await near.run()
        assert seen_by(near, "Payroll") == {APPROVER}


async def test_what_is_said_of_a_folder_itself_counts_before_what_is_written_like_it(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.by_roles([("A\\B", "Standard"), ("A/B", "Approver")], PEOPLE)
        near.drop(report_list([Link(name="Below", path="A\\B"), Link(name="Flat", path="A/B")]))
        await near.run("full")
        assert seen_by(near, "Below") == {STANDARD}
        assert seen_by(near, "Flat") == {APPROVER}


async def test_a_role_without_a_folder_is_not_taken_for_one_of_the_whole_library(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.by_roles([("Finance", "Standard"), ("Finance", "Approver")], PEOPLE)
        near.drop(report_list([OPEN, Link(name="Payroll")]))
        await near.run("full")
        near.by_roles([("Finance", "Standard"), ("", "Approver")], PEOPLE)
        report = await near.run()
        assert any("names a role and no folder" in reason for reason in report.reasons), report.reasons
        assert seen_by(near, "Open") >= {APPROVER, STANDARD}
        assert seen_by(near, "Payroll") == {STANDARD}, "it may be the row of another folder"


@pytest.mark.parametrize("roles", [["Approver"], ["Standard", "Approver"]])
async def test_who_stands_in_an_odd_row_of_the_people_file_stays_as_she_was(
    tmp_path: Path, roles: list[str]
) -> None:
    async with library(tmp_path) as near:
        for name in ("ola", "kari"):
            near.intranet.seed_person(f"{name}@example.com", name.title(), [])
        people = [("anna@example.com", "Approver"), *(("ola@example.com", role) for role in roles)]
        near.by_roles([("Finance", "Approver")], people)
        near.drop(report_list([OPEN, Link(name="Payroll")]))
        await near.run("full")
        seen = near.intranet.visible_to("ola@example.com")
        assert len(seen) == 5
        whole = (near.folder / "people.csv").read_bytes()
        odd = whole.removesuffix(b"\r\n") + b",back in May\r\nkari@example.com,Approver,new\r\n"
        for _ in range(3):
            near.clock.pass_seconds(60)
            near.write(near.folder / "people.csv", odd)
            report = await near.run()
            assert near.intranet.visible_to("ola@example.com") == seen, report.reasons
            assert not near.intranet.search("payroll", "kari@example.com")
        assert report.outcome == "withheld"
        assert "people.csv: line" in await told(near)
        near.by_roles([("Finance", "Approver")], people[:1])
        for _ in range(2):
            await near.run()
            near.by_roles([("Finance", "Approver")], people[:1])
        assert not near.intranet.search("payroll", "ola@example.com")


async def test_a_lost_ledger_is_noticed_whatever_else_of_the_library_is_left_out(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        for kind in ("report", "folder"):
            near.values[f"sources.interject.mapping.{kind}.exclude"] = "{{ item.folder != 'Shown' }}"
        hidden = [Link(name=f"Report {n}", path="Hidden", id=f"pt1:{n}") for n in range(200)]
        shown = [Link(name=f"Shown {n}", path="Shown", id=f"pt1:{n}") for n in range(1_000, 1_004)]
        near.drop(report_list([*hidden, *shown]))
        await near.run("full")
        assert len(near.found()) == 5
        for file in (tmp_path / "var").glob("ledger.db*"):
            file.unlink()
        near.drop(report_list([*hidden, *shown[:2]]))
        report = await near.run("full")
        assert report.outcome == "withheld", report.reasons
        assert len(near.found()) == 5


# -- over several runs of one library --------------------------------------------------------------


async def test_roles_decide_who_finds_a_folder_and_what_is_in_it(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.intranet.seed_person("anna@example.com", "Anna", [])
        near.intranet.seed_person("ola@example.com", "Ola", [])
        near.by_roles(
            [("Finance\\Monthly", "Approver")],
            [
                ("anna@example.com", "Approver"),
                ("ola@example.com", "Standard"),
                ("ola@example.com", "Editor"),
            ],
        )
        near.drop(report_list([Link(name="Payroll"), Link(name="Cash", path="Finance")]))
        assert (await near.run("full")).outcome == "succeeded"
        assert seen_by(near, "Payroll") == {APPROVER}
        assert seen_by(near, "Cash") >= {APPROVER, STANDARD}
        assert near.intranet.search("payroll", "anna@example.com")
        assert not near.intranet.search("payroll", "ola@example.com")
        assert near.intranet.search("cash", "ola@example.com")


async def test_children_are_never_wider_than_the_folder_above(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.by_roles(
            [("Finance", "Approver"), ("Finance\\Monthly", "Approver"), ("Finance\\Monthly", "Standard")],
            [("anna@example.com", "Approver")],
        )
        near.drop(report_list([Link(name="Payroll"), Link(name="Far", path="Finance\\Monthly\\Deep")]))
        await near.run("full")
        assert seen_by(near, "Payroll") == seen_by(near, "Far") == {APPROVER}


async def test_who_gets_another_role_is_given_it_after_folders_have_lost_it(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        near.intranet.seed_person("ola@example.com", "Ola", [])
        roles = [("Finance\\Monthly", "Approver"), ("Finance\\Monthly", "Standard")]
        near.by_roles(roles, [("ola@example.com", "Editor"), ("anna@example.com", "Approver")])
        near.drop(report_list([Link(name="Payroll"), Link(name="Cash", path="Finance\\Daily")]))
        await near.run("full")
        assert near.intranet.search("cash", "ola@example.com")
        near.by_roles(
            [("Finance\\Monthly", "Approver")],
            [("ola@example.com", "Standard"), ("anna@example.com", "Approver")],
        )
        broken = near.wire.add(Fault("PUT *docs/addupdate", Status(503), times=None))
        assert (await near.run()).outcome == "failed"
        assert not near.intranet.search("payroll", "ola@example.com")
        near.wire.faults.remove(broken)
        for _ in range(2):
            report = await near.run()
        assert report.outcome == "succeeded", report.reasons
        assert not near.intranet.search("payroll", "ola@example.com")
        assert near.intranet.search("cash", "ola@example.com")


async def test_roles_are_narrowed_before_anything_else_also_with_half_an_export(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        people = [("anna@example.com", "Approver"), ("ola@example.com", "Standard")]
        near.by_roles([("Finance", "Approver"), ("Finance", "Standard")], people)
        near.drop(report_list([Link(name="Payroll"), Link(name="Cash"), Link(name="Zero")]))
        await near.run("full")
        near.by_roles([("Finance", "Approver")], people)
        near.drop(report_list([Link(name="New"), Link(name="Payroll")])[:-4])
        pushes: list[Call] = []

        def is_second(call: Call) -> bool:
            if call.path.endswith("docs/addupdate"):
                pushes.append(call)
            return len(pushes) > 1

        near.wire.add(Fault(is_second, RESET_BEFORE, times=None))
        report = await near.run()
        assert pushes
        assert not report.sources["interject"].complete
        for title in ("Payroll", "Cash", "Zero"):
            assert seen_by(near, title) == {APPROVER}, title
        assert "New" not in near.titles()


async def test_a_row_that_is_missing_from_the_roles_file_opens_nothing_at_once(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        people = [("anna@example.com", "Approver"), ("ola@example.com", "Standard")]
        rows = [("Other", "Standard"), ("Finance", "Approver")]
        near.by_roles(rows, people)
        near.drop(report_list([Link(name="Payroll")]))
        await near.run("full")
        near.by_roles(rows[:1], people)
        for _ in range(2):
            await near.run()
            assert seen_by(near, "Payroll") == {APPROVER}
        near.by_roles(rows[:1], people)
        await near.run()
        assert seen_by(near, "Payroll") >= {APPROVER, STANDARD}


async def test_a_folder_with_an_empty_role_is_opened_at_once(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        people = [("anna@example.com", "Approver"), ("ola@example.com", "Standard")]
        near.by_roles([("Finance", "Approver")], people)
        near.drop(report_list([Link(name="Payroll")]))
        await near.run("full")
        near.by_roles([("Finance", "")], people)
        await near.run()
        assert STANDARD in seen_by(near, "Payroll")


@pytest.mark.parametrize(
    "cut", [b"", b"folder,ro", b"folder,role\r\n", b'folder,role\r\nFinance,"Stand', b"folder,role\r\nFin"]
)
async def test_half_a_roles_file_opens_nothing(tmp_path: Path, cut: bytes) -> None:
    async with library(tmp_path) as near:
        near.by_roles(
            [("Finance", "Approver")], [("anna@example.com", "Approver"), ("ola@example.com", "Standard")]
        )
        near.drop(report_list([Link(name="Payroll")]))
        await near.run("full")
        near.clock.pass_seconds(60)
        near.write(near.folder / "roles.csv", cut)
        near.drop(report_list([Link(name="Payroll", description="other"), Link(name="New")]))
        report = await near.run("full")
        assert seen_by(near, "Payroll") == {APPROVER}
        assert "New" not in near.titles()
        assert report.outcome == "withheld" or report.outcome == "quarantined"
        (near.folder / "roles.csv").unlink()
        await near.run("full")
        assert seen_by(near, "Payroll") == {APPROVER}


async def test_a_roles_file_that_is_cut_at_any_byte_opens_nothing(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        people = [("anna@example.com", "Approver"), ("ola@example.com", "Standard")]
        near.by_roles([("Other", "Editor"), ("Finance", "Approver")], people)
        near.drop(report_list([Link(name="Payroll")]))
        await near.run("full")
        whole = (near.folder / "roles.csv").read_bytes()
        for cut in range(len(whole)):
            near.clock.pass_seconds(60)
            near.write(near.folder / "roles.csv", whole[:cut])
            await near.run()
            assert seen_by(near, "Payroll") == {APPROVER}, whole[:cut]
            near.clock.pass_seconds(60)
            near.write(near.folder / "roles.csv", whole)
            await near.run()


async def test_half_a_people_file_takes_nobodys_rights(tmp_path: Path) -> None:
    async with library(tmp_path) as near:
        for name in ("anna", "ola"):
            near.intranet.seed_person(f"{name}@example.com", name.title(), [])
        people = [("anna@example.com", "Approver"), ("ola@example.com", "Approver")]
        near.by_roles([("Finance", "Approver")], people)
        near.drop(report_list([Link(name="Payroll")]))
        await near.run("full")
        for half in (b"email,role\r\nanna@example.com,Approver\r\nola@ex", b"email,role\r\n", b""):
            near.clock.pass_seconds(60)
            near.write(near.folder / "people.csv", half)
            await near.run()
            assert near.intranet.search("payroll", "ola@example.com"), half
        near.by_roles([("Finance", "Approver")], people[:1])
        await near.run()
        assert near.intranet.search("payroll", "ola@example.com")
        near.by_roles([("Finance", "Approver")], people[:1])
        await near.run()
        assert not near.intranet.search("payroll", "ola@example.com")
        assert near.intranet.search("payroll", "anna@example.com")
