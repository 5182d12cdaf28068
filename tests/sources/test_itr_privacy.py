"""What ITR knows about people and tests stays in ITR: markers in every field, looked for in all that is written and sent."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connector.sandbox.faults import Fault, Status
from connector.sandbox.itr import ItrWorld
from connector.sources.itr.kinds import KINDS
from tests.sources.itr_company import SESSION, TEST, ItrCompany, itr_company

SHOWN = {
    "sessions": {"Description", "Goal", "UsedBatteryIDs"},
    "sessiontests": {"TestLanguage"},
    "persons": {"FirstName", "LastName", "TitlesBefore", "TitlesAfter", "PreferredLanguage"},
    "tests": {"TestName", "Description", "LanguageSupport", "CatalogInformation"},
    "batteries": {"BatteryName", "Description"},
    "reportdefinitions": {"Description", "ReportLanguage", "Explanation", "TestIDs"},
    "groups": {"Description"},
    "organisations": {"Name"},
    "generatedreports": {"ReportTitle"},
    "logins": {"UserName"},
    "audittrail": set(),
}
"""The fields that may be seen, as docs/itr.md lists them."""
STRUCTURE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT.*")
AGE = 4_071_193_268
BORN = "Sat, 17 Feb 1951 00:00:00 GMT"


def mark(kind: str, column: str, value: Any) -> Any:
    """A value of the same sort that can be recognised anywhere."""
    words = f"MARK-{kind}-{column}-END"
    if column == "BirthDate":
        return BORN
    if column in {"Age", "Sex"}:
        return AGE
    if isinstance(value, dict):
        return {**value, "secret": words}
    if isinstance(value, list):
        return [{**one, "secret": words} if isinstance(one, dict) else one for one in value] or [
            {"secret": words}
        ]
    if isinstance(value, str) and not STRUCTURE.fullmatch(value):
        return words
    return value


def plant(world: ItrWorld) -> int:
    """Mark every field of every record that may not be seen; says how many."""
    planted = 0
    for tables in world.tables.values():
        for kind, table in tables.items():
            for row in table.values():
                for column in set(row) - SHOWN[kind]:
                    marked = mark(kind, column, row[column])
                    if (kind, column) == ("logins", "Email"):
                        marked += row["ID"]  # two people of one address are told of
                    planted += marked is not row[column] and marked != row[column]
                    row[column] = marked
    for record in (world.login, world.company, *world.companies):
        for column in set(record) - {"CompanyName"}:
            record[column] = mark("account", column, record[column])
    return planted


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[ItrCompany]:
    async with itr_company(tmp_path) as made:
        assert plant(made.itr) > 900
        made.values["sources.itr.records"] = list(KINDS)
        made.values["sources.itr.person_names"] = True
        yield made


async def everything(company: ItrCompany, reports: list[Any], printed: str) -> str:
    """All that the program wrote and sent, as one text."""
    documents = [one.document for one in company.intranet.documents.values()]
    files = [path.read_bytes().decode("latin-1") for path in company.folder.rglob("*") if path.is_file()]
    assert files, "the ledger is a file"
    told = [msgspec.json.encode(report.as_json()).decode() for report in reports]
    sent = [call.path + call.query for call in company.wire.calls]
    return "\n".join([msgspec.json.encode(documents).decode(), *files, *told, *sent, printed])


async def live_through_everything(company: ItrCompany) -> list[Any]:
    """Runs of every sort, with removals, refusals and answers that cannot be read."""
    reports = [await company.run("full"), await company.run()]
    company.itr.remove("sessions", SESSION)
    company.itr.remove("tests", TEST)
    reports.append(await company.run())
    for number, row in enumerate(company.itr.rows("persons")[:3]):
        row["DateOfLastTest"] = f"MARK-broken-{number}"
    for row in company.itr.rows("sessions")[:2]:
        row["Goal"] = "changed"
    company.wire.add(Fault("GET */sessiontests/*", Status(503), times=1))
    company.wire.add(Fault("GET */reportdefinitions*", Status(403), times=1))
    reports.append(await company.run())
    company.itr.tokens.clear()
    company.itr.quirks.database_down = True
    reports.append(await company.run())
    return reports


async def test_no_marker_leaves_itr(company: ItrCompany, capfd: pytest.CaptureFixture[str]) -> None:
    reports = await live_through_everything(company)
    assert [report.outcome for report in reports[:2]] == ["succeeded", "succeeded"]
    assert len(company.found()) > 80
    out, err = capfd.readouterr()
    written = await everything(company, reports, out + err)
    assert re.findall(r"MARK-[\w-]*", written) == []
    assert str(AGE) not in written
    assert not re.search(r"17 Feb 1951|1951-02-17", written)
    for secret in (company.itr.password, company.itr.user_id, "W0000000"):
        assert secret not in written
    assert company.itr.violations == []


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("kind", KINDS)
async def test_named_fields_are_read_and_no_others(company: ItrCompany, kind: str, first: int) -> None:
    words = [name for name in KINDS[kind].nameable if name not in {"Age", "Sex", "BirthDate"}]
    chosen = words[first::2]
    company.values["sources.itr.records"] = [kind]
    company.values["sources.itr.fields"] = {kind: chosen}
    await company.run()
    documents = msgspec.json.encode([one.document for one in company.intranet.documents.values()]).decode()
    assert set(re.findall(r"MARK-([\w-]*?)-END", documents)) == {f"{kind}-{name}" for name in chosen}


@pytest.mark.parametrize("name", ["Age", "Sex", "BirthDate"])
async def test_a_named_fact_about_a_person_is_read(company: ItrCompany, name: str) -> None:
    company.values["sources.itr.records"] = ["persons"]
    company.values["sources.itr.fields"] = {"persons": [name]}
    await company.run()
    texts = [one.document["FileContents"] for one in company.intranet.documents.values()]
    manager, named = next(one for one in texts if "Consultant: " in one).splitlines()
    assert manager.startswith("Consultant: ")
    assert named == f"{name}: {BORN if name == 'BirthDate' else AGE}"


async def test_names_of_persons_are_not_even_asked_for_where_they_may_not_stand(company: ItrCompany) -> None:
    company.values["sources.itr.person_names"] = False
    company.values["sources.itr.records"] = ["sessions", "tests", "batteries", "reportdefinitions", "groups"]
    for row in company.itr.rows("persons"):
        row["FirstName"] = row["LastName"] = "MARK-name"
    await company.run("full")
    assert company.calls("/persons") == []
    assert "MARK-" not in await everything(company, [], "")


def test_the_allow_list_of_the_program_is_the_one_that_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "itr.md").read_text(encoding="utf-8")
    for kind in KINDS.values():
        assert f"`{kind.name}`" in page
        for name in kind.nameable:
            assert f"`{name}`" in page, f"{kind.name}.{name} is not documented"
