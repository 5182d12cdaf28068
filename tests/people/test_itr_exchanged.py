"""Logins of ITR that have the addresses, or the names, of one another all at once: nobody finds by that what another one finds."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from connector.plan.findings import Code
from tests.people.test_itr_people import EVA, HOUR, OLAF, TWO, email, finds, managed_by
from tests.sources.itr_company import ItrCompany

WHO = (EVA, OLAF, TWO)


def exchange(company: ItrCompany, *columns: str, who: Sequence[str] = WHO) -> None:
    """Give each of them what the next one has."""
    rows = [company.itr.get("logins", one) for one in who]
    had = [{column: row[column] for column in columns} for row in rows]
    for row, more in zip(rows, [*had[1:], had[0]], strict=True):
        row |= more


@pytest.mark.parametrize("permissions", ["company", "manager"])
@pytest.mark.parametrize(
    "columns", [("Email",), ("UserName",), ("Email", "UserName", "MayWorkWithOwnObjectsOnly")]
)
async def test_three_who_have_of_one_another_stay_as_they_were_for_an_hour(
    company: ItrCompany, permissions: str, columns: tuple[str, ...]
) -> None:
    company.values["sources.itr.permissions"] = permissions
    company.values["targets.intranet.people.match"] = "email" if "Email" in columns else "username"
    await company.run("full")
    called = [company.itr.get("logins", one)["Email" if "Email" in columns else "UserName"] for one in WHO]
    before = {one: company.intranet.visible_to(one) for one in called}
    assert len({frozenset(one) for one in before.values()}) > 1
    exchange(company, *columns)
    for mode in ("delta", "full", "delta"):
        report = await company.run(mode)
        assert {one: company.intranet.visible_to(one) for one in called} == before
        assert report.outcome == "withheld"
        assert {Code.PEOPLE_UNREAD, Code.VALUES_OVERLOOKED} <= report.codes
        assert any("3 logins" in one for one in report.reasons), report.reasons
    company.clock.pass_seconds(HOUR)
    report = await company.run()
    assert report.outcome == "succeeded", report.reasons
    after = [company.intranet.visible_to(one) for one in called]
    assert len(columns) > 1 or after == [*list(before.values())[-1:], *list(before.values())[:-1]]


async def test_what_was_mended_before_the_hour_is_over_counts_at_once(company: ItrCompany) -> None:
    await company.run("full")
    exchange(company, "Email")
    await company.run()
    exchange(company, "Email")
    exchange(company, "Email")
    report = await company.run()
    assert (report.outcome, report.people.pushed) == ("succeeded", 0)
    company.clock.pass_seconds(2 * HOUR)
    exchange(company, "Email")
    assert (await company.run()).outcome == "withheld", "another hour begins"


async def test_two_who_have_each_others_address_are_believed(company: ItrCompany) -> None:
    await company.run("full")
    eva, olaf = (company.itr.get("logins", one) for one in (EVA, OLAF))
    eva["Email"], olaf["Email"] = olaf["Email"], eva["Email"]
    found = (
        company.intranet.visible_to(email(company, OLAF)),
        company.intranet.visible_to(email(company, EVA)),
    )
    assert (await company.run()).outcome == "succeeded"
    assert found == (
        company.intranet.visible_to(email(company, EVA)),
        company.intranet.visible_to(email(company, OLAF)),
    )


@pytest.mark.parametrize(
    ("told", "since"),
    [
        ({"Active": False}, "before"),
        ({"EndDateLicense": "2021-05-01T00:00:00"}, "before"),
        ({"Active": False}, "now"),
        ({"IsTestTakingUser": True}, "now"),
        ({"IsMasterUser": "odd"}, "now"),
    ],
)
async def test_whoever_may_not_sign_in_or_is_odd_counts_among_the_three(
    company: ItrCompany, told: dict[str, object], since: str
) -> None:
    third = company.itr.get("logins", TWO)
    if since == "before":
        third |= told
    called = [email(company, one) for one in WHO]
    company.intranet.seed_person(called[2], called[2])
    await company.run("full")
    before = [company.intranet.visible_to(one) for one in called]
    assert before[0] > before[1] > set()
    exchange(company, "Email")
    third |= told
    for mode in ("delta", "full", "delta"):
        report = await company.run(mode)
        assert [company.intranet.visible_to(one) for one in called[:2]] == before[:2], report.reasons
        assert company.intranet.visible_to(called[2]) in (set(), before[2])
        assert Code.VALUES_OVERLOOKED in report.codes
        assert any("3 logins" in one for one in report.reasons), report.reasons
    company.clock.pass_seconds(HOUR)
    await company.run()
    after = [company.intranet.visible_to(one) for one in called[1:]]
    assert after == before[:2]


async def test_others_who_get_new_addresses_meanwhile_hide_no_exchange(company: ItrCompany) -> None:
    """As where the names of whoever left are taken out of the list."""
    left = [
        company.itr.add("logins", Active=False, Email=f"left{number}@example.com", UserName=f"left{number}")
        for number in range(9)
    ]
    await company.run("full")
    called = [email(company, one) for one in WHO]
    before = [company.intranet.visible_to(one) for one in called]
    exchange(company, "Email")
    for number, one in enumerate(left):
        company.itr.get("logins", one)["Email"] = f"removed{number}@example.com"
    assert (await company.run()).outcome == "withheld"
    assert [company.intranet.visible_to(one) for one in called] == before


async def test_those_who_may_not_sign_in_hold_nobody_up(company: ItrCompany) -> None:
    for key in WHO:
        company.itr.get("logins", key)["Active"] = False
    await company.run("full")
    exchange(company, "Email")
    report = await company.run()
    assert report.outcome == "succeeded"
    assert Code.VALUES_OVERLOOKED not in report.codes


@pytest.mark.parametrize("match", ["email", "username"])
async def test_whose_row_is_odd_keeps_what_she_finds_by_the_address_that_it_tells(
    company: ItrCompany, match: str
) -> None:
    """The one of before may be somebody else's."""
    company.values["targets.intranet.people.match"] = match
    await company.run("full")
    login = company.itr.get("logins", OLAF)
    column = "Email" if match == "email" else "UserName"
    former, login[column] = login[column], "someone.else@example.com"
    found = company.intranet.visible_to(former)
    assert found
    company.intranet.seed_person("someone.else@example.com", "someone.else@example.com")
    login["IsTestTakingUser"] = "odd"
    for mode in ("delta", "full"):
        report = await company.run(mode)
        assert not company.intranet.visible_to(former), report.reasons
        assert company.intranet.visible_to("someone.else@example.com") == found
    login[column] = "-"
    await company.run()
    assert company.intranet.visible_to("someone.else@example.com") == found or match == "username"


@pytest.mark.parametrize(
    ("permissions", "less"),
    [("company", {"MayWorkWithOwnObjectsOnly": True}), ("manager", {"IsOrganisationSupervisor": False})],
    ids=["own objects", "no supervisor"],
)
async def test_whose_row_is_odd_loses_what_it_tells_that_she_sees_no_more(
    company: ItrCompany, permissions: str, less: dict[str, bool]
) -> None:
    company.values["sources.itr.permissions"] = permissions
    await company.run("full")
    assert finds(company, EVA) == company.found() != managed_by(company, EVA)
    company.itr.get("logins", EVA).update(UserName=7, **less)
    for mode in ("delta", "full"):
        report = await company.run(mode)
        assert finds(company, EVA) == managed_by(company, EVA), report.reasons


async def test_candidates_count_among_the_three(company: ItrCompany) -> None:
    first, second = (
        company.itr.add("logins", IsTestTakingUser=True, Email=f"{one}@example.com") for one in "ab"
    )
    company.intranet.seed_person("a@example.com", "A candidate who works here, too")
    await company.run("full")
    before = company.intranet.visible_to(email(company, EVA))
    assert before
    called = email(company, EVA)
    exchange(company, "Email", who=(EVA, first, second))
    for mode in ("delta", "full"):
        report = await company.run(mode)
        assert company.intranet.visible_to(called) == before
        assert company.intranet.visible_to("a@example.com") == set()
        assert any("3 logins" in one for one in report.reasons), report.reasons


async def test_a_list_without_addresses_before_one_that_is_sorted_hides_nothing(company: ItrCompany) -> None:
    await company.run("full")
    called = [email(company, one) for one in WHO]
    before = [company.intranet.visible_to(one) for one in called]
    for one in WHO:
        company.itr.get("logins", one)["Email"] = ""
    await company.run()
    for one, address in zip(WHO, called, strict=True):
        company.itr.get("logins", one)["Email"] = address
    exchange(company, "Email")
    await company.run()
    assert [company.intranet.visible_to(one) for one in called] == before
