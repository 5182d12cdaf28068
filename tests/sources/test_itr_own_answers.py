"""A list of ITR that gives to records what others have, or had: who finds them goes by what each tells when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connector.errors import RecordInvalid
from connector.sandbox.exchange import Exchange
from connector.sandbox.itr import CLIENT, MASTER, Record
from connector.sandbox.itr_http import ItrApp
from connector.sandbox.itr_lists import ServerError
from connector.sources.itr.own_answers import check_same, mark_of
from connector.sources.itr.wire import Battery, Person, Row, Session
from tests.people.test_itr_people import EVA, TWO, finds
from tests.sources.itr_company import MASTER_BATTERY, SESSION, TEST, ItrCompany, itr_company
from tests.sources.itr_records import OLAF

WHO = (EVA, OLAF, TWO)
KINDS = ["sessions", "generatedreports"]


def lists(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[list[Record]], None], kind: str = "sessions"
) -> None:
    """Lists of a kind are told otherwise; each record by itself is as it is."""
    plain = ItrApp._list

    def listed(app: ItrApp, exchange: Exchange, of: str, rows: list[Record], database: str) -> list[Record]:
        found = plain(app, exchange, of, rows, database)
        if of == kind:
            change(found)
        return found

    monkeypatch.setattr(ItrApp, "_list", listed)


def sort_one_column(column: str) -> Callable[[list[Record]], None]:
    def change(rows: list[Record]) -> None:
        values = sorted((row[column] for row in rows), key=str, reverse=True)
        for row, value in zip(rows, values, strict=True):
            row[column] = value

    return change


def exchange_ids(rows: list[Record]) -> None:
    keys = [row["ID"] for row in rows]
    for row, key in zip(rows, [*keys[1:], keys[0]], strict=True):
        row |= {"ID": key, "id": key}
    rows.sort(key=lambda row: str(row["ID"]))


def found(company: ItrCompany) -> dict[str, set[str]]:
    return {one: finds(company, one) for one in WHO}


def words(company: ItrCompany) -> dict[str, str]:
    return {
        key: one.document["FileContents"] + one.document["Title"]
        for key, one in company.intranet.documents.items()
    }


@pytest.mark.parametrize("mode", ["delta", "full"])
@pytest.mark.parametrize(
    "change", [sort_one_column("ManagedByUserID"), exchange_ids], ids=["managers", "ids"]
)
async def test_nobody_finds_what_only_a_list_gives_to_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[list[Record]], None], mode: str
) -> None:
    async with itr_company(tmp_path) as company:
        company.values |= {"sources.itr.permissions": "manager", "sources.itr.records": KINDS}
        await company.run("full")
        before, text = found(company), words(company)
        with monkeypatch.context() as patched:
            lists(patched, change)
            report = await company.run(mode)
            assert report.documents.quarantined
            assert words(company) == text
            assert all(found(company)[one] <= before[one] for one in WHO)
        await company.run("full")
        assert (found(company), words(company)) == (before, text)


async def test_a_report_does_not_tell_the_name_of_another_candidate_that_only_a_list_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with itr_company(
        tmp_path
    ) as company:  # its session has no document, and is not read before the report
        company.values |= {"sources.itr.person_names": True, "sources.itr.records": ["generatedreports"]}
        first, other = (
            company.itr.add("persons", FirstName=f"{word} of persons") for word in ("First", "Other")
        )
        company.itr.get("sessions", SESSION)["PersonID"] = first
        await company.run("full")
        text = words(company)
        assert any("First of persons" in one for one in text.values())
        company.itr.get("sessions", SESSION)["PersonID"] = other
        with monkeypatch.context() as patched:
            lists(patched, exchange_ids, "persons")
            for mode in ("delta", "full"):
                await company.run(mode)
                assert words(company) == text
        await company.run("full")
        assert {key for key, one in words(company).items() if "Other of persons" in one} == {
            key for key, one in text.items() if "First of persons" in one
        }


@pytest.mark.parametrize(("kind", "column"), [("persons", "FirstName"), ("groups", "Description")])
async def test_nobody_reads_the_name_of_another_record_that_only_a_list_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, column: str
) -> None:
    async with itr_company(tmp_path) as company:
        company.values |= {"sources.itr.person_names": True, "sources.itr.records": KINDS}
        names = {"persons": "PersonID", "groups": "GroupID"}[kind]
        first, other = (company.itr.add(kind, **{column: f"{word} of {kind}"}) for word in ("First", "Other"))
        company.itr.get("sessions", SESSION)[names] = first
        await company.run("full")
        text = words(company)
        assert f"First of {kind}" in text[f"itr-{SESSION}"]
        assert not any(f"Other of {kind}" in one for one in text.values())
        with monkeypatch.context() as patched:
            lists(patched, exchange_ids, kind)
            for mode in ("delta", "full"):
                report = await company.run(mode)
                assert report.documents.quarantined
                assert words(company) == text
            # named for the first time, by a session that was known before
            company.itr.get("sessions", SESSION)[names] = other
            await company.run()
            assert words(company) == text
            company.itr.get("sessions", SESSION)[names] = first
        company.itr.get(kind, first)[column] = "Renamed"
        await company.run()
        assert "Renamed" in words(company)[f"itr-{SESSION}"]


@pytest.mark.parametrize(
    ("kind", "database", "key", "prefix"),
    [
        ("sessions", CLIENT, SESSION, "itr-"),
        ("tests", CLIENT, TEST, "itr-"),
        ("batteries", MASTER, MASTER_BATTERY, "itr-m-"),
    ],
)
async def test_what_only_a_list_archives_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, database: str, key: str, prefix: str
) -> None:
    async with itr_company(tmp_path) as company:
        company.values |= {"sources.itr.archived": False, "sources.itr.records": ["sessions", kind]}
        table = company.itr.tables[database][kind]
        other = "1" + key[1:]
        table[other] = {**table[key], "ID": other, "Active": False}
        await company.run("full")
        before = company.found()
        assert f"{prefix}{key}" in before

        def archive(rows: list[Record]) -> None:
            for row in rows if len(rows) > 1 else []:  # a record that is asked for alone is as it is
                row["Active"] = row["ID"] != key and row["Active"]

        with monkeypatch.context() as patched:
            lists(patched, archive, kind)
            for mode in ("delta", "full"):
                report = await company.run(mode)
                assert company.found() == before
                assert report.documents.quarantined
        table[key]["Active"] = False
        await company.run()
        assert company.found() == before - {f"{prefix}{key}"}


@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_what_only_a_list_would_exclude_stays_and_what_it_would_let_in_stays_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    async with itr_company(tmp_path) as company:
        company.values["sources.itr.records"] = ["sessions"]
        company.values["sources.itr.mapping.sessions.exclude"] = "{{ item.goal == 'Secret' }}"
        for row in company.itr.rows("sessions"):
            row["Goal"] = "Secret" if row["ID"] == SESSION else "Plain"
        await company.run("full")
        before = company.found()
        assert f"itr-{SESSION}" not in before

        def move(rows: list[Record]) -> None:
            goals = [row["Goal"] for row in rows]
            for row, goal in zip(rows, [*goals[1:], goals[0]] if goals else [], strict=True):
                row["Goal"] = goal

        with monkeypatch.context() as patched:
            lists(patched, move)
            report = await company.run(mode)
            assert company.found() == before
            assert report.documents.quarantined == 2
        assert (await company.run()).outcome == "succeeded"
        company.itr.get("sessions", SESSION)["Goal"] = "Plain"
        await company.run()
        assert company.found() == before | {f"itr-{SESSION}"}


async def test_what_never_answers_by_itself_is_left_out_as_its_list_tells_and_is_not_let_in_by_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = ItrApp._detail

    def detail(app: ItrApp, exchange: Exchange, kind: str, text: str) -> tuple[Any, str]:
        if text == SESSION:
            raise ServerError
        return plain(app, exchange, kind, text)

    async with itr_company(tmp_path) as company:
        company.values |= {"sources.itr.records": ["sessions"], "sources.itr.archived": False}
        company.values["sources.itr.mapping.sessions.exclude"] = "{{ item.goal == 'Secret' }}"
        monkeypatch.setattr(ItrApp, "_detail", detail)
        await company.run("full")
        before = company.found()
        assert f"itr-{SESSION}" in before
        company.itr.get("sessions", SESSION)["Active"] = False
        report = await company.run()
        assert company.found() == before - {f"itr-{SESSION}"}
        assert not report.documents.quarantined
        company.itr.get("sessions", SESSION)["Active"] = True
        await company.run()
        assert company.found() == before - {f"itr-{SESSION}"}


async def test_a_former_manager_does_not_find_a_record_again_by_a_list_of_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with itr_company(tmp_path) as company:
        company.values |= {"sources.itr.permissions": "manager", "sources.itr.records": KINDS}
        await company.run("full")
        company.itr.get("sessions", SESSION)["ManagedByUserID"] = TWO
        await company.run()
        assert f"itr-{SESSION}" in finds(company, TWO)

        def of_before(rows: list[Record]) -> None:
            for row in rows:
                row["ManagedByUserID"] = OLAF if row["ID"] == SESSION else row["ManagedByUserID"]

        with monkeypatch.context() as patched:
            lists(patched, of_before)
            await company.run()
            assert f"itr-{SESSION}" not in finds(company, OLAF)
        await company.run("full")
        assert f"itr-{SESSION}" in finds(company, TWO)
        assert f"itr-{SESSION}" not in finds(company, OLAF)


async def test_a_record_that_did_not_change_is_not_asked_for_again(tmp_path: Path) -> None:
    async with itr_company(tmp_path) as company:
        company.values["sources.itr.records"] = KINDS
        await company.run("full")
        company.itr.get("sessions", SESSION)["Goal"] = "Another"
        company.wire.calls.clear()
        await company.run("full")
        assert company.calls("/sessions/") == []
        other = min(row["ID"] for row in company.itr.rows("sessions") if row["ID"] != SESSION)
        company.itr.get("sessions", other)["ManagedByUserID"] = TWO
        await company.run()
        assert company.calls("/sessions/") == [f"/api/sessions/{other}"]


def row_of(kind: type[Row], **values: Any) -> Row:
    return kind(**{"id": SESSION, "active": True, **values})


@pytest.mark.parametrize(
    ("listed", "own", "same"),
    [
        (row_of(Session, description="A"), row_of(Session, description="A", goal="x"), True),
        (row_of(Session, description="A"), row_of(Session, description="B"), False),
        (row_of(Session), row_of(Session, active=False), False),
        (row_of(Battery, managed_by_user_id=None), row_of(Battery, description="x", managed_by_user_id=None), True),
        (row_of(Person, last_name="A"), row_of(Person, last_name="B"), False),
    ],
)  # fmt: skip
def test_what_is_compared(listed: Row, own: Row, same: bool) -> None:
    assert (mark_of(listed) == mark_of(own)) is same
    if same:
        check_same(listed, own)
    else:
        with pytest.raises(RecordInvalid):
            check_same(listed, own)
