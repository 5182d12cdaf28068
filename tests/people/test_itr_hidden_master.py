"""Master users whom ITR's list showed, hides now, and whom the people file names: they keep what they had, and get no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.ports.matching import record_id
from connector.sandbox.itr import CLIENT
from tests.people.test_itr_people import EVA, OLAF, finds, move_to_another_company
from tests.sources.itr_company import ItrCompany


@pytest.mark.parametrize(
    ("login", "permissions"), [(EVA, "company"), (EVA, "manager"), (OLAF, "fixed"), (OLAF, "company")]
)
async def test_the_people_file_gives_a_hidden_master_user_what_the_list_gave(
    company: ItrCompany, tmp_path: Path, login: str, permissions: str
) -> None:
    company.values |= {"sources.itr.people": "office.csv", "sources.itr.permissions": permissions}
    company.values |= {"sources.itr.identities": ["hr-team"]} if permissions == "fixed" else {}
    row = company.itr.get("logins", login)
    row["IsMasterUser"] = True
    (tmp_path / "office.csv").write_text(f"id,email\n{login},{row['Email']}\n", encoding="utf-8")
    await company.run("full")
    before = finds(company, login)
    del company.itr.tables[CLIENT]["logins"][login]
    for mode in ("delta", "full"):
        await company.run(mode)
        assert company.intranet.visible_to(row["Email"]) == before


async def test_a_master_user_of_a_former_company_keeps_what_she_has_beside_the_people_file(
    company: ItrCompany, tmp_path: Path
) -> None:
    company.values |= {"sources.itr.people": "office.csv"}
    company.values.pop("sources.itr.company_id")
    company.itr.companies = [one for one in company.itr.companies if one["ID"] == company.itr.company_id]
    row = company.itr.get("logins", EVA)
    row["IsMasterUser"] = True
    (tmp_path / "office.csv").write_text(f"id,email\n{EVA},{row['Email']}\n", encoding="utf-8")
    await company.run("full")
    before = company.intranet.users[record_id(row["Email"])].identities
    move_to_another_company(company)
    await company.run("full")
    assert company.intranet.users[record_id(row["Email"])].identities == before
