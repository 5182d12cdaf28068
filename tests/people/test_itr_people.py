"""The office users of ITR as people of the intranet: who they are, what they find, and when they leave."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from connector.commands.inspection import inspect
from connector.errors import SettingsError
from connector.plan.findings import Code
from connector.ports.matching import Matching, record_id
from connector.sandbox.faults import Call, Fault, Status
from connector.sandbox.itr import CLIENT
from connector.status.why_found import tell_why
from tests.combinations import in_turn
from tests.rules.ground import break_all
from tests.sources.itr_company import BATTERY, NO_END, SESSION, TEST, ItrCompany

COMPANY = "b56e7e58-943b-503c-8f57-cc677ef3f396"
OFFICE = f"itr:group:{COMPANY}/office"
SUPERVISORS = f"itr:group:{COMPANY}/supervisors"
EVA = "a57dd4ca-de0e-5f6a-a5e0-a4e1838decf1"
"""Supervisor; manages most sessions."""
OLAF = "c62b4b15-ab5e-5f76-afaa-24b043dca964"
"""May work with his own objects only; manages three sessions."""
TWO = "fbff4bce-8d8a-5875-8a39-3e6f99dc601e"
ENDED = "22e8d3ac-1241-535a-8913-4d02a6ca6360"
"""His licence ended in 2021."""
HOUR = 3_600.0


def email(company: ItrCompany, login: str) -> str:
    return str(company.itr.get("logins", login)["Email"])


def identities(company: ItrCompany, login: str) -> set[str]:
    return set(company.intranet.users[record_id(email(company, login))].identities)


def managed_by(company: ItrCompany, login: str) -> set[str]:
    rows = [*company.itr.rows("sessions"), *company.itr.rows("batteries")]
    return {f"itr-{one['ID']}" for one in rows if one["ManagedByUserID"] == login}


def finds(company: ItrCompany, login: str) -> set[str]:
    return company.intranet.visible_to(email(company, login))


# -- who they are ---------------------------------------------------------------------------------


async def test_office_users_become_people_and_nobody_else(company: ItrCompany) -> None:
    company.itr.get("logins", TWO)["IsTestTakingUser"] = True
    report = await company.run("full")
    assert report.outcome == "succeeded"
    own = company.itr.login["ID"]
    assert set(company.intranet.users) == {record_id(email(company, key)) for key in (EVA, OLAF, own)}
    assert identities(company, EVA) == {f"itr:user:{EVA}", OFFICE, SUPERVISORS}
    assert identities(company, OLAF) == {f"itr:user:{OLAF}"}
    assert identities(company, own) == {f"itr:user:{own}", OFFICE}
    assert (await company.run()).people.pushed == 0


async def test_with_company_the_office_finds_all_and_who_has_only_his_own_finds_that(
    company: ItrCompany,
) -> None:
    await company.run("full")
    assert finds(company, EVA) == finds(company, TWO) == company.found()
    assert finds(company, OLAF) == managed_by(company, OLAF) != set()


async def test_with_manager_each_finds_what_they_manage_and_supervisors_all(company: ItrCompany) -> None:
    company.values["sources.itr.permissions"] = "manager"
    await company.run("full")
    assert finds(company, EVA) == company.found()
    assert finds(company, OLAF) == managed_by(company, OLAF) != set()
    assert finds(company, TWO) == set()


async def test_fixed_identities_go_to_every_office_user_but_those_who_may_see_their_own_only(
    company: ItrCompany,
) -> None:
    company.values["sources.itr.permissions"] = "fixed"
    company.values["sources.itr.identities"] = ["itr:group:everyone/all"]
    await company.run("full")
    assert identities(company, EVA) == {f"itr:user:{EVA}", "itr:group:everyone/all"}
    assert finds(company, EVA) == company.found()
    assert identities(company, OLAF) == {f"itr:user:{OLAF}"}
    assert finds(company, OLAF) == set()


async def test_user_names_are_sent_where_they_are_what_matches(company: ItrCompany) -> None:
    company.values["targets.intranet.people.match"] = "username"
    await company.run("full")
    records = [row.record for row in company.intranet.users.values()]
    assert "Eva Beheer".lower() in {record["Username"] for record in records}
    assert not any("Email" in record for record in records)


async def test_mail_domains_are_replaced(company: ItrCompany) -> None:
    company.values["targets.intranet.people.domains"] = {"voorbeeld.test": "example.com"}
    await company.run("full")
    assert company.intranet.visible_to("eva.beheer@example.com") == company.found()


@pytest.mark.parametrize("mark", ["", "-", "n/a"])
async def test_the_people_file_names_whom_itr_hides_or_gives_no_address_for(
    company: ItrCompany, tmp_path: Path, mark: str
) -> None:
    master = "0c0c0c0c-0000-4000-8000-000000000001"
    company.itr.get("logins", TWO)["Email"] = mark
    company.itr.get("sessions", SESSION)["ManagedByUserID"] = master
    file = tmp_path / "office.csv"
    file.write_text(
        f"id,email\n{TWO.upper()},two@example.com\n{master},master@example.com\n", encoding="utf-8"
    )
    company.values |= {"sources.itr.people": "office.csv", "sources.itr.permissions": "manager"}
    report = await company.run("full")
    assert report.outcome == "succeeded"
    assert company.intranet.visible_to("master@example.com") == {f"itr-{SESSION}"}
    assert record_id("two@example.com") in company.intranet.users


async def test_whom_a_people_file_named_keeps_what_she_has_while_it_cannot_be_read(
    company: ItrCompany, tmp_path: Path
) -> None:
    master = "0c0c0c0c-0000-4000-8000-000000000001"
    company.itr.get("logins", TWO)["Email"] = ""
    company.itr.get("logins", TWO)["MayWorkWithOwnObjectsOnly"] = True
    company.itr.get("sessions", SESSION)["ManagedByUserID"] = master
    file = tmp_path / "office.csv"
    rows = f"id,email\n{TWO.upper()},two@example.com\n{master},master@example.com\n"
    file.write_text(rows, encoding="utf-8")
    company.values |= {"sources.itr.people": "office.csv", "sources.itr.permissions": "manager"}
    await company.run("full")
    before = {one: company.intranet.visible_to(one) for one in ("two@example.com", "master@example.com")}
    assert before["master@example.com"] == {f"itr-{SESSION}"}
    file.write_bytes(rows.encode("utf-16"))
    company.itr.get("logins", TWO)["MayWorkWithOwnObjectsOnly"] = False
    company.itr.get("logins", TWO)["IsOrganisationSupervisor"] = True
    for mode in ("delta", "full"):
        report = await company.run(mode)
        assert Code.PEOPLE_FILE_UNREAD in report.codes
        assert {one: company.intranet.visible_to(one) for one in before} == before
    file.write_text(rows, encoding="utf-8")
    report = await company.run()
    assert report.outcome == "succeeded", report.reasons
    assert company.intranet.visible_to("two@example.com") == company.found()


async def test_a_people_file_that_cannot_be_read_stops_before_any_request(company: ItrCompany) -> None:
    company.values["sources.itr.people"] = "missing.csv"
    with pytest.raises(SettingsError, match=r"sources\.itr\.people"):
        company.app()


# -- who leaves, or may see less ------------------------------------------------------------------


@pytest.mark.parametrize(
    "change", [{"Active": False}, {"IsTestTakingUser": True}, {"EndDateLicense": "2026-12-31T23:00:00+00:00"}]
)
async def test_who_may_no_longer_sign_in_is_removed_at_once(
    company: ItrCompany, change: dict[str, object]
) -> None:
    company.values["sources.itr.permissions"] = "manager"
    await company.run("full")
    company.itr.get("logins", OLAF).update(change)
    report = await company.run()
    assert (report.outcome, report.people.removed) == ("succeeded", 1)
    assert record_id(email(company, OLAF)) not in company.intranet.users
    shown = company.intranet.documents[f"itr-{SESSION}"].document["ExternalIdentities"]
    assert shown == [SUPERVISORS]


async def test_a_login_that_the_list_lacks_is_removed_on_proof_and_stays_gone(company: ItrCompany) -> None:
    await company.run("full")
    address = email(company, TWO)
    company.itr.remove("logins", TWO)
    report = await company.run()
    assert (report.outcome, report.people.removed) == ("succeeded", 1)
    assert record_id(address) not in company.intranet.users
    for mode in ("delta", "full"):
        report = await company.run(mode)
        assert (report.outcome, report.people.removed) == ("succeeded", 0)


async def test_other_rights_of_the_account_are_no_proof_that_anybody_left(company: ItrCompany) -> None:
    await company.run("full")
    address = email(company, TWO)
    company.itr.remove("logins", TWO)
    company.itr.login["IsResearcher"] = True
    for _ in range(2):
        report = await company.run()
        assert (report.outcome, report.people.removed) == ("withheld", 0)
        assert record_id(address) in company.intranet.users
    company.clock.pass_seconds(HOUR)
    report = await company.run()
    assert (report.outcome, report.people.removed) == ("succeeded", 1)


async def test_many_who_are_missing_at_once_stay_until_it_lasts(company: ItrCompany) -> None:
    for number in range(5):
        company.itr.add("logins", Email=f"user{number}@voorbeeld.test", Active=True, EndDateLicense=NO_END)
    await company.run("full")
    before = set(company.intranet.users)
    for login in company.itr.rows("logins"):
        if login["ID"] != company.itr.login["ID"]:
            company.itr.remove("logins", login["ID"])
    report = await company.run()
    assert (report.outcome, report.people.removed) == ("withheld", 0)
    assert set(company.intranet.users) == before
    company.clock.pass_seconds(HOUR)
    assert (await company.run()).people.removed == len(before) - 1


@pytest.mark.parametrize(
    ("mode", "column", "value"),
    [
        ("delta", "Active", False),
        ("full", "IsTestTakingUser", True),
        ("delta", "MayWorkWithOwnObjectsOnly", True),
        ("full", "EndDateLicense", "2020-01-01 00:00:00"),
        ("delta", "Email", ""),
        ("full", "Active", False),
    ],
)
@pytest.mark.parametrize("permissions", ["company", "manager"])
async def test_a_column_that_shuts_out_everybody_at_once_is_no_proof(
    company: ItrCompany, permissions: str, mode: str, column: str, value: object
) -> None:
    """One login that is inactive has left; all of them are a list that lies, or a column that was lost."""
    company.values["sources.itr.permissions"] = permissions
    await company.run("full")
    found = {one: company.intranet.visible_to(email(company, one)) for one in (EVA, OLAF, TWO)}
    addresses = {one: email(company, one) for one in found}
    records = {record_id(email(company, one)): identities(company, one) for one in (EVA, OLAF, TWO)}
    for login in company.itr.rows("logins"):
        login[column] = value
    for _ in range(2):
        company.clock.pass_seconds(2 * HOUR)
        report = await company.run(mode)
        assert report.outcome == "braked", report.reasons
    assert {one: set(company.intranet.users[one].identities) for one in records} == records
    assert {one: company.intranet.visible_to(addresses[one]) for one in found} == found


@pytest.mark.parametrize("how", ["failing", "without us", "unreadable"])
@pytest.mark.parametrize("permissions", ["company", "manager"])
async def test_a_list_of_logins_that_cannot_be_believed_takes_nothing_from_anybody(
    company: ItrCompany, permissions: str, how: str
) -> None:
    company.values["sources.itr.permissions"] = permissions
    await company.run("full")
    people, documents = set(company.intranet.users), company.found()
    seen = finds(company, OLAF)
    if how == "failing":
        company.itr.quirks.failing.add("logins")
    elif how == "without us":
        company.itr.remove("logins", company.itr.login["ID"])
    else:
        company.itr.get("logins", TWO)["Email"] = 3
    for mode in ("delta", "full"):
        report = await company.run(mode)
        assert report.outcome == "withheld"
        assert set(company.intranet.users) == people
        assert company.found() == documents
        assert finds(company, OLAF) == seen


async def test_who_may_only_work_with_their_own_objects_now_loses_the_rest_first(
    company: ItrCompany,
) -> None:
    await company.run("full")
    company.itr.get("logins", EVA)["MayWorkWithOwnObjectsOnly"] = True
    company.itr.get("sessions", SESSION)["Goal"] = "Changed"
    before = len(company.wire.calls)
    await company.run()
    puts = [call.path for call in company.wire.calls[before:] if call.method == "PUT"]
    assert puts[0].endswith("users/addupdate")
    assert identities(company, EVA) == {f"itr:user:{EVA}"}
    assert finds(company, EVA) == managed_by(company, EVA)


@pytest.mark.parametrize("permissions", ["manager", "company"])
async def test_a_former_manager_loses_a_record_before_any_content_is_sent(
    company: ItrCompany, permissions: str
) -> None:
    company.values["sources.itr.permissions"] = permissions
    await company.run("full")
    company.itr.get("sessions", SESSION)["ManagedByUserID"] = EVA
    for session in company.itr.rows("sessions"):
        session["Goal"] = "New goal"
    states: list[tuple[bool, bool]] = []

    def note(call: object) -> bool:
        if getattr(call, "path", "").endswith("docs/addupdate"):
            documents = [one.document for one in company.intranet.documents.values()]
            shown = company.intranet.documents[f"itr-{SESSION}"].document["ExternalIdentities"]
            changed = any("New goal" in one["FileContents"] for one in documents)
            states.append((f"itr:user:{OLAF}" in shown, changed))
        return False

    company.wire.faults.insert(0, Fault(note, Status(503), times=None))
    await company.run()
    # as it was when each call came in: first he loses it, then content follows
    assert states[:2] == [(True, False), (False, False)]
    assert all(not shown for shown, _ in states[1:])


async def test_a_right_that_was_only_their_own_goes_after_the_flag(company: ItrCompany) -> None:
    """He finds what he manages all the time: what names him goes once he has what everybody has."""
    await company.run("full")
    before, always = finds(company, OLAF), set[bool]()
    company.itr.get("logins", OLAF)["MayWorkWithOwnObjectsOnly"] = False

    def look(call: Call) -> bool:
        always.add(before <= finds(company, OLAF))
        return False

    company.wire.faults.insert(0, Fault(look, Status(503), times=None))
    for _ in range(2):
        await company.run()
        assert finds(company, OLAF) == company.found()
    assert always == {True}
    shown = {tuple(one.document["ExternalIdentities"]) for one in company.intranet.documents.values()}
    assert shown == {(OFFICE,)}


# -- two sources ----------------------------------------------------------------------------------


async def test_people_are_the_union_of_both_sources_and_equal_ids_stay_apart(company: ItrCompany) -> None:
    rooms, address = company.rooms, email(company, OLAF)
    rooms.add_community("example-corp", "Example Corp")
    rooms.add_group("example-corp", "office", "The office")
    # the very id of a login, and of a session, in the other source
    rooms.add_person("example-corp", EVA, "Somebody else", "else@example.com", groups=["office"])
    rooms.add_person("example-corp", "olaf", "Olaf", address, groups=["office"])
    room = rooms.add_room(
        "example-corp", "tunnel", "The tunnel", authorities=[("user", EVA), ("user", "olaf")]
    )
    company.values = {**company.both, **company.values}
    report = await company.run("full")
    assert report.outcome == "succeeded"
    assert identities(company, OLAF) == {
        "interaxo:user:olaf", "interaxo:group:example-corp/office", f"itr:user:{OLAF}",
    }  # fmt: skip
    assert finds(company, OLAF) == managed_by(company, OLAF) | {f"ix-{room}"}
    other = company.intranet.users[record_id("else@example.com")]
    assert other.identities == {f"interaxo:user:{EVA}", "interaxo:group:example-corp/office"}
    assert company.intranet.visible_to("else@example.com") == {f"ix-{room}"}
    assert f"ix-{room}" not in finds(company, EVA)


async def test_a_source_that_was_not_read_keeps_its_share_of_people(company: ItrCompany) -> None:
    rooms, address = company.rooms, email(company, OLAF)
    rooms.add_community("example-corp", "Example Corp")
    rooms.add_person("example-corp", "olaf", "Olaf", address)
    rooms.add_room("example-corp", "tunnel", "The tunnel", authorities=[("user", "olaf")])
    company.values = {**company.both, **company.values}
    await company.run("full")
    before = identities(company, OLAF)
    break_all(company, "GET */api/login", Status(503))
    assert (await company.run("full")).outcome == "withheld"
    assert identities(company, OLAF) == before


# -- what is told ---------------------------------------------------------------------------------


async def test_explain_tells_the_way_from_login_to_record(company: ItrCompany) -> None:
    company.values["sources.itr.permissions"] = "manager"
    await company.run("full")
    with company.app().ledger() as ledger:
        olaf = tell_why(ledger, "intranet", SESSION, email(company, OLAF), Matching())
        by_id = tell_why(ledger, "intranet", SESSION, OLAF, Matching())
        two = tell_why(ledger, "intranet", SESSION, email(company, TWO), Matching())
        ended = tell_why(ledger, "intranet", SESSION, email(company, ENDED), Matching())
    assert olaf is not None
    assert (olaf["finds"], olaf["through"]) == (True, [f"itr:user:{OLAF}"])
    assert any(f"the person in itr is {OLAF}" in step for step in olaf["steps"])
    assert by_id is not None
    assert by_id["finds"]
    assert two is not None
    assert "none of the identities" in two["missing"]
    assert ended is not None
    assert "no source names this person" in ended["missing"]


async def test_check_tells_how_many_people_there_are(company: ItrCompany) -> None:
    company.itr.get("logins", TWO)["Email"] = ""
    told = (await inspect(company.app(), now=company.clock()))["sources"]["itr"]
    assert told["ok"]
    assert "4 people" in told["message"]
    assert "1 of them without an address" in told["message"]


async def test_candidates_never_stand_on_a_record(company: ItrCompany) -> None:
    candidate = company.itr.add("logins", IsTestTakingUser=True, Active=True, EndDateLicense=NO_END)
    company.itr.get("sessions", SESSION)["ManagedByUserID"] = candidate
    company.values["sources.itr.permissions"] = "manager"
    await company.run("full")
    for key in (f"itr-{SESSION}", f"itr-{TEST}"):
        assert company.intranet.documents[key].document["ExternalIdentities"] == [SUPERVISORS]


async def test_a_battery_shows_to_who_manages_it(company: ItrCompany) -> None:
    company.values["sources.itr.permissions"] = "manager"
    company.itr.tables[CLIENT]["batteries"][BATTERY]["ManagedByUserID"] = TWO
    await company.run("full")
    assert finds(company, TWO) == {f"itr-{BATTERY}"}


async def test_master_users_whom_the_account_is_no_longer_shown_have_not_left(company: ItrCompany) -> None:
    company.itr.get("logins", EVA)["IsMasterUser"] = True
    await company.run("full")
    before, key = identities(company, EVA), record_id(email(company, EVA))
    row = company.itr.tables[CLIENT]["logins"].pop(EVA)
    for _ in range(3):
        await company.run()
        company.clock.pass_seconds(HOUR)
        assert company.intranet.users[key].identities == before
    company.itr.tables[CLIENT]["logins"][EVA] = row
    assert (await company.run()).outcome == "succeeded"


async def test_a_master_user_who_left_while_another_is_shown_is_removed(company: ItrCompany) -> None:
    company.itr.get("logins", EVA)["IsMasterUser"] = True
    company.itr.get("logins", TWO)["IsMasterUser"] = True
    await company.run("full")
    gone = record_id(email(company, EVA))
    company.itr.remove("logins", EVA)
    await company.run()
    assert gone not in company.intranet.users


def move_to_another_company(company: ItrCompany) -> None:
    """Give the account a company with four other logins and no records."""
    world, other = company.itr, "0b6e7e58-943b-503c-8f57-cc677ef3f396"
    own = {**world.get("logins", world.login["ID"]), "CompanyID": other}
    world.companies = [{**world.companies[0], "ID": other}]
    world.company = {**world.company, "ID": other, "CompanyName": "Another company"}
    world.login = {**world.login, "CompanyID": other}
    for table in world.tables[CLIENT].values():
        table.clear()
    world.tables[CLIENT]["logins"][own["ID"]] = own
    for number in range(4):
        key = f"{number:08x}-0000-4000-8000-00000000aaaa"
        world.tables[CLIENT]["logins"][key] = {**own, "ID": key, "Email": f"user{number}@other.test"}


async def test_an_account_that_is_of_another_company_now_takes_nothing_from_anybody(
    company: ItrCompany,
) -> None:
    company.values.pop("sources.itr.company_id")
    company.itr.companies = [one for one in company.itr.companies if one["ID"] == company.itr.company_id]
    await company.run("full")
    address, found, users = email(company, EVA), finds(company, EVA), set(company.intranet.users)
    before = {name: copy.deepcopy(value) for name, value in vars(company.itr).items() if name != "clock"}
    move_to_another_company(company)
    for mode in ("full", "delta", "delta", "full"):
        await company.run(mode)
        company.clock.pass_seconds(HOUR)
        assert set(company.intranet.users) >= users
        assert company.intranet.visible_to(address) >= {one for one in found if not one.startswith("itr-m-")}
    for name, value in before.items():
        setattr(company.itr, name, value)
    company.itr.remove("logins", TWO)
    report = await company.run("full")
    assert finds(company, EVA) == found
    assert {record_id(email(company, key)) for key in (EVA, OLAF)} <= set(company.intranet.users), (
        report.reasons
    )


@pytest.mark.parametrize(
    ("permissions", "odd"),
    in_turn(
        ("company", "manager"),
        ("EndDateLicense", "IsTestTakingUser", "MayWorkWithOwnObjectsOnly", "UserName"),
    ),
)
async def test_who_sees_her_own_objects_only_goes_on_seeing_them_while_her_row_is_odd(
    company: ItrCompany, permissions: str, odd: str
) -> None:
    company.values["sources.itr.permissions"] = permissions
    await company.run("full")
    before = finds(company, OLAF)
    assert before
    company.itr.get("logins", OLAF)[odd] = 7
    for mode in ("delta", "full"):
        await company.run(mode)
        assert finds(company, OLAF) == before
