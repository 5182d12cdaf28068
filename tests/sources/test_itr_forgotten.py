"""What was forgotten of ITR stands nowhere in the ledger, though its source still has it."""

from __future__ import annotations

from pathlib import Path

from tests import ledgers
from tests.rules.hiding import forget
from tests.sources.itr_company import SESSION, ItrCompany, itr_company

TITLE, OTHER = "Zebra report", "Okapi report"


def is_named(company: ItrCompany, title: str) -> bool:
    """Whether the ledger has a title, in what is remembered of a session's reports, say."""
    return title in str(ledgers.everything(company.folder))


async def test_the_title_of_a_report_is_not_remembered_with_its_session(tmp_path: Path) -> None:
    async with itr_company(tmp_path) as company:
        company.values["sources.itr.records"] = ["sessions", "generatedreports"]
        reports = [row for row in company.itr.rows("generatedreports") if row["LinkedObjectID"] == SESSION]
        for row, title in zip(reports, (TITLE, OTHER), strict=True):
            row["ReportTitle"] = title
        await company.run("full")
        assert is_named(company, TITLE)
        assert (await forget(company.app(), f"itr-{reports[0]['ID']}"))["complete"]
        assert not is_named(company, TITLE)
        for mode in ("delta", "full", "delta"):
            assert (await company.run(mode)).outcome == "succeeded"
            assert not is_named(company, TITLE)
            assert OTHER in str(company.intranet.documents)
