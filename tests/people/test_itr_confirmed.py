"""Pages of ITR's list of logins that give to some what others have, or what they had: what is told of each alone counts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connector.errors import SourceUnavailable
from connector.sandbox.exchange import Exchange
from connector.sandbox.itr import Record
from connector.sandbox.itr_http import ItrApp
from connector.sources.itr.confirmed_logins import Told
from connector.sources.itr.list_cache import ListCache
from tests.people.test_itr_people import EVA, OLAF, TWO, email
from tests.sources.itr_company import ItrCompany


def pages(monkeypatch: pytest.MonkeyPatch, change: Callable[[dict[str, Record]], None]) -> None:
    """Pages of logins are told otherwise; each login alone is as it is."""
    plain = ItrApp._list

    def listed(app: ItrApp, exchange: Exchange, of: str, rows: list[Record], database: str) -> list[Record]:
        found = plain(app, exchange, of, rows, database)
        if len(found) > 1 and of == "logins":
            change({row["ID"]: row for row in found})
        return found

    monkeypatch.setattr(ItrApp, "_list", listed)


def exchange_rights(rows: dict[str, Record]) -> None:
    for column in ("MayWorkWithOwnObjectsOnly", "IsOrganisationSupervisor"):
        rows[EVA][column], rows[OLAF][column] = rows[OLAF][column], rows[EVA][column]


def exchange_addresses(rows: dict[str, Record]) -> None:
    rows[EVA]["Email"], rows[OLAF]["Email"] = rows[OLAF]["Email"], rows[EVA]["Email"]


def let_in(rows: dict[str, Record]) -> None:
    rows[TWO]["Active"] = True


@pytest.mark.parametrize("change", [exchange_rights, exchange_addresses, let_in])
@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_nobody_finds_more_by_pages_alone(
    company: ItrCompany,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[dict[str, Record]], None],
    mode: str,
) -> None:
    company.itr.get("logins", TWO)["Active"] = False
    called = [email(company, one) for one in (EVA, OLAF, TWO)]
    company.intranet.seed_person(called[2], called[2])
    await company.run("full")
    before = [company.intranet.visible_to(one) for one in called]
    assert before[0] > before[1] > before[2] == set()
    with monkeypatch.context() as patched:
        pages(patched, change)
        await company.run(mode)
        assert [company.intranet.visible_to(one) for one in called] == before
    report = await company.run("full")
    assert (report.outcome, report.reasons) == ("succeeded", [])
    assert [company.intranet.visible_to(one) for one in called] == before


async def test_who_really_gets_more_finds_it_in_the_same_run(company: ItrCompany) -> None:
    await company.run("full")
    company.itr.get("logins", OLAF)["MayWorkWithOwnObjectsOnly"] = False
    report = await company.run()
    assert report.outcome == "succeeded"
    assert company.intranet.visible_to(email(company, OLAF)) == company.found()
    before = len(company.calls("/logins"))
    await company.run()
    assert len(company.calls("/logins")) - before <= 3, "nobody is asked about again"


async def test_whoever_cannot_be_asked_about_stays_as_she_was(
    company: ItrCompany, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> None:
        raise SourceUnavailable("not now")

    await company.run("full")
    before = company.intranet.visible_to(email(company, OLAF))
    gone = email(company, TWO)
    company.itr.get("logins", OLAF)["MayWorkWithOwnObjectsOnly"] = False
    company.itr.get("logins", TWO)["Active"] = False
    with monkeypatch.context() as patched:
        patched.setattr(ListCache, "one", refuse)
        await company.run()
    assert company.intranet.visible_to(email(company, OLAF)) == before
    assert company.intranet.visible_to(gone) == set()
    assert (await company.run()).outcome == "succeeded"
    assert company.intranet.visible_to(email(company, OLAF)) == company.found()


@pytest.mark.parametrize(
    ("before", "now", "more"),
    [
        (None, Told("a", False, False), True),
        (Told("a", False, False), Told("a", True, False), True),
        (Told("a", True, False), Told("a", True, True), True),
        (Told("a", True, True), Told("b", True, True), True),
        (Told("a", True, True), Told("a", False, False), False),
        (Told("a", True, False), Told("a", True, False), False),
    ],
)
def test_what_is_more(before: Told | None, now: Told, more: bool) -> None:
    assert now.gives_more_than(before) is more
