"""Who may find records of ITR: the office, or their managers and supervisors; and who loses them."""

from __future__ import annotations

import pytest

from connector.commands.inspection import inspect
from connector.document.audience import make_audience
from connector.ports.source import Reading
from connector.sandbox.faults import Fault, Status
from connector.sources.itr.client import Itr
from tests.sources.itr_company import MASTER_BATTERY, SESSION, TEST, ItrCompany
from tests.sources.itr_records import COMPANY, OFFICE, OLAF


async def test_records_show_to_the_companys_office(company: ItrCompany) -> None:
    await company.run()
    shown = {key: one.document["ExternalIdentities"] for key, one in company.intranet.documents.items()}
    own = {f"itr-{one['ID']}" for one in company.itr.rows("sessions") if one["ManagedByUserID"] == OLAF}
    assert len(own) == 3
    for key, identities in shown.items():
        assert identities == [OFFICE, *([f"itr:user:{OLAF}"] if key in own else [])]
    assert not any(one.document["IsPublic"] for one in company.intranet.documents.values())


async def test_records_show_to_their_manager_and_the_supervisors(company: ItrCompany) -> None:
    company.values["sources.itr.permissions"] = "manager"
    await company.run()
    supervisors = f"itr:group:{COMPANY}/supervisors"
    manager = company.itr.get("sessions", SESSION)["ManagedByUserID"]
    document = company.intranet.documents[f"itr-{SESSION}"].document
    assert document["ExternalIdentities"] == sorted([supervisors, f"itr:user:{manager}"])
    assert company.intranet.documents[f"itr-{TEST}"].document["ExternalIdentities"] == [supervisors]
    company.itr.get("logins", manager)["Active"] = False
    await company.run()
    document = company.intranet.documents[f"itr-{SESSION}"].document
    assert document["ExternalIdentities"] == [supervisors]


async def test_managers_are_read_before_anything_is_pushed(company: ItrCompany) -> None:
    company.values["sources.itr.permissions"] = "manager"
    app = company.app()
    with app.ledger() as ledger:
        async with app.source("itr", ledger) as source:
            assert isinstance(source, Itr)
            await source.open(Reading(run=1, thorough=False))
            told = {}
            for found in await source.scopes():
                audience, _ = await source.audience(found.scope, None, [])
                async for seen in source.audiences(found.scope, audience, None):
                    told |= {one.id: one.audience for one in seen}
    manager = company.itr.get("sessions", SESSION)["ManagedByUserID"]
    supervisors = f"itr:group:{COMPANY}/supervisors"
    assert told[f"itr-{SESSION}"] == make_audience([supervisors, f"itr:user:{manager}"])
    assert told[f"itr-m-{MASTER_BATTERY}"] == make_audience([supervisors])
    assert told[f"itr-{TEST}"] == make_audience([supervisors])  # nobody manages tests


async def test_a_former_manager_loses_a_record_even_where_it_cannot_be_read(company: ItrCompany) -> None:
    company.values["sources.itr.permissions"] = "manager"
    await company.run()
    former = company.itr.get("sessions", SESSION)["ManagedByUserID"]
    company.itr.get("sessions", SESSION)["ManagedByUserID"] = company.itr.login["ID"]
    company.wire.add(Fault("GET */sessiontests/*", Status(503), times=None))
    await company.run()
    document = company.intranet.documents[f"itr-{SESSION}"].document
    assert f"itr:user:{former}" not in document["ExternalIdentities"]
    company.wire.clear()
    await company.run()
    shown = company.intranet.documents[f"itr-{SESSION}"].document["ExternalIdentities"]
    assert shown == [f"itr:group:{COMPANY}/supervisors", f"itr:user:{company.itr.login['ID']}"]


@pytest.mark.parametrize("permissions", ["company", "manager"])
async def test_a_former_manager_loses_a_record_while_the_list_of_logins_cannot_be_believed(
    company: ItrCompany, permissions: str
) -> None:
    def shown() -> dict[str, list[str]]:
        return {key: one.document["ExternalIdentities"] for key, one in company.intranet.documents.items()}

    company.values["sources.itr.permissions"] = permissions
    company.values["sources.itr.records"] = ["sessions", "generatedreports"]
    await company.run("full")
    reports = [row for row in company.itr.rows("generatedreports") if row["LinkedObjectID"] == SESSION]
    mine = [f"itr-{key}" for key in (SESSION, *(row["ID"] for row in reports))]
    group = OFFICE if permissions == "company" else f"itr:group:{COMPANY}/supervisors"
    before = shown()
    assert len(mine) == 3
    assert all(before[key] == [group, f"itr:user:{OLAF}"] for key in mine)
    now = company.itr.login["ID"]
    company.itr.get("sessions", SESSION)["ManagedByUserID"] = now
    company.itr.quirks.failing = {"logins"}
    await company.run()
    assert shown() == before | {key: [group] for key in mine}
    company.itr.quirks.failing = set()
    await company.run()
    its = [] if permissions == "company" else [f"itr:user:{now}"]
    assert shown() == before | {key: [group, *its] for key in mine}


async def test_a_narrower_choice_of_permissions_takes_everything_from_the_office(company: ItrCompany) -> None:
    await company.run()
    company.values["sources.itr.permissions"] = "manager"
    company.values["safety.max_widened"] = 1_000
    await company.run()
    shown = [one.document["ExternalIdentities"] for one in company.intranet.documents.values()]
    assert not any(OFFICE in identities for identities in shown)


async def test_check_signs_in_and_says_what_the_choice_exposes(company: ItrCompany) -> None:
    told = (await inspect(company.app(), now=company.clock()))["sources"]["itr"]
    assert told["ok"]
    assert "7 of 11 lists of records" in told["message"]
    assert "every office user" in told["message"]
    assert company.calls("/sessions")
    assert company.itr.tokens == set()


async def test_fixed_identities_are_taken_from_the_settings(company: ItrCompany) -> None:
    company.values["sources.itr.permissions"] = "fixed"
    company.values["sources.itr.identities"] = ["itr:group:everyone/all"]
    await company.run()
    document = company.intranet.documents[f"itr-{SESSION}"].document
    assert document["ExternalIdentities"] == ["itr:group:everyone/all"]
