"""A row of ITR under the id of another record, or of none, takes over nothing, and lets nothing go."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.sandbox.exchange import Exchange
from connector.sandbox.itr import CLIENT, MASTER, ZERO, Record
from connector.sandbox.itr_http import ItrApp
from tests.combinations import every_other
from tests.sources.itr_company import SESSION, ItrCompany, itr_company
from tests.sources.itr_records import HOUR

KINDS = ["sessions", "tests", "batteries", "reportdefinitions", "groups", "organisations", "persons"]


def known(company: ItrCompany, kind: str) -> dict[str, tuple[str, list[str]]]:
    """The titles and readers of the documents of a kind."""
    found = {f"itr-{row['ID']}" for row in company.itr.rows(kind)}
    told = {key: one.document for key, one in company.intranet.documents.items() if key in found}
    return {key: (one["Title"], sorted(one["ExternalIdentities"])) for key, one in told.items()}


NEW = "11111111-2222-5333-8444-555555555555"


@pytest.mark.parametrize("kind", ["tests", "reportdefinitions"])
async def test_a_record_that_the_list_gives_under_a_new_id_when_asked_for_it_is_not_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    async with itr_company(tmp_path) as company:
        await company.run("full")
        everything = company.found()
        keys = sorted(row["ID"] for row in company.itr.rows(kind))
        own, plain = keys[len(keys) // 2], ItrApp._list

        def listed(
            app: ItrApp, exchange: Exchange, of: str, rows: list[Record], database: str
        ) -> list[Record]:
            found = plain(app, exchange, of, rows, database)
            return [{**row, "ID": NEW, "id": NEW} if row["ID"] == own else row for row in found]

        with monkeypatch.context() as patched:
            patched.setattr(ItrApp, "_list", listed)
            for mode in ("delta", "full", "delta", "full"):
                await company.run(mode)
                assert everything <= company.found()
                company.clock.pass_seconds(HOUR + 1)
        for _ in range(2):
            report = await company.run("full")
            company.clock.pass_seconds(HOUR + 1)
        assert (report.outcome, company.found()) == ("succeeded", everything), (
            "the record under the new id is gone"
        )


@pytest.mark.parametrize(
    ("wrong", "kind"),
    every_other(
        [
            *(("of another row", kind) for kind in KINDS),
            *((ZERO, kind) for kind in ("sessions", "tests", "reportdefinitions", "persons")),
        ]
    ),
)
async def test_a_row_under_a_wrong_id_takes_over_and_removes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, wrong: str
) -> None:
    """Of tests and report definitions only lists tell that one is gone: two of them, an hour apart."""
    async with itr_company(tmp_path) as company:
        company.values["sources.itr.records"] = KINDS
        company.values["sources.itr.person_names"] = True
        company.values["sources.itr.permissions"] = "manager"
        assert (await company.run("full")).outcome == "succeeded"
        before, everything = known(company, kind), company.found()
        keys = sorted(row["ID"] for row in company.itr.rows(kind))
        other, own = keys[0], keys[len(keys) // 2]
        plain = ItrApp._list

        def listed(
            app: ItrApp, exchange: Exchange, of: str, rows: list[Record], database: str
        ) -> list[Record]:
            found = plain(app, exchange, of, rows, database)
            if of != kind or database != CLIENT:
                return found
            key = other if wrong != ZERO else ZERO
            return [{**row, "ID": key, "id": key} if row["ID"] == own else row for row in found]

        with monkeypatch.context() as patched:
            patched.setattr(ItrApp, "_list", listed)
            for mode in ("delta", "full", "delta"):
                report = await company.run(mode)
                assert report.outcome == "withheld", report.reasons
                assert (known(company, kind), company.found()) == (before, everything)
                company.clock.pass_seconds(HOUR + 1)
        for _ in range(2):
            report = await company.run("full")
            company.clock.pass_seconds(HOUR + 1)
        assert (report.outcome, report.reasons) == ("succeeded", [])
        assert (known(company, kind), company.found()) == (before, everything)


@pytest.mark.parametrize("kind", ["batteries", "reportdefinitions", "tests"])
async def test_the_only_row_of_a_list_without_an_id_costs_no_record_that_refers_to_its_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    async with itr_company(tmp_path) as company:
        company.values["sources.itr.records"] = KINDS
        first, *others = company.itr.rows(kind, MASTER)
        for row in others:
            company.itr.tables[MASTER][kind].pop(row["ID"])
        await company.run("full")
        everything, plain = company.found(), ItrApp._list

        def listed(
            app: ItrApp, exchange: Exchange, of: str, rows: list[Record], database: str
        ) -> list[Record]:
            found = plain(app, exchange, of, rows, database)
            return [{**row, "ID": 5, "id": 5} for row in found] if (of, database) == (kind, MASTER) else found

        with monkeypatch.context() as patched:
            patched.setattr(ItrApp, "_list", listed)
            session = company.itr.tables[CLIENT]["sessions"][SESSION]
            for mode, name in (("delta", "Once"), ("full", "Twice")):
                session["Description"] = name
                report = await company.run(mode)
                assert (report.outcome, company.found()) == ("withheld", everything)
                (told,) = report.sources["itr"].problems
                assert (told.code, told.where.endswith(f"/{kind}/master")) == ("listing-incomplete", True)
                assert name in company.intranet.documents[f"itr-{SESSION}"].document["Title"]
                company.clock.pass_seconds(HOUR + 1)
        for _ in range(2):
            report = await company.run("full")
        assert (report.outcome, report.reasons, company.found()) == ("succeeded", [], everything)
        assert first["ID"] in "".join(everything)


async def test_the_last_row_of_a_list_under_a_later_id_costs_no_record_that_refers_to_its_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No list can be asked for what follows it, since that id is nobody's."""
    async with itr_company(tmp_path) as company:
        company.values["sources.itr.records"] = KINDS
        await company.run("full")
        everything, plain = company.found(), ItrApp._list
        last = max(row["ID"] for row in company.itr.rows("tests"))
        later = "ffffffff-eeee-5333-8444-555555555555"

        def listed(
            app: ItrApp, exchange: Exchange, of: str, rows: list[Record], database: str
        ) -> list[Record]:
            found = plain(app, exchange, of, rows, database)
            return [{**row, "ID": later, "id": later} if row["ID"] == last else row for row in found]

        with monkeypatch.context() as patched:
            patched.setattr(ItrApp, "_list", listed)
            session = company.itr.tables[CLIENT]["sessions"][SESSION]
            for mode, name in (("delta", "Once"), ("full", "Twice"), ("delta", "Thrice")):
                session["Description"] = name
                report = await company.run(mode)
                assert report.outcome == "withheld"
                assert everything <= company.found()
                (told,) = report.sources["itr"].problems
                assert told.where.endswith("/tests")
                assert later in told.why
                assert name in company.intranet.documents[f"itr-{SESSION}"].document["Title"]
                company.clock.pass_seconds(HOUR + 1)
        for _ in range(3):
            report = await company.run("full")
            company.clock.pass_seconds(HOUR + 1)
        assert (report.outcome, report.reasons, company.found()) == ("succeeded", [], everything)
