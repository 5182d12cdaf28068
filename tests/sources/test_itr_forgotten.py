"""What was forgotten of ITR stands nowhere in the ledger, though its source still has it."""

from __future__ import annotations

from pathlib import Path

from connector.commands.forget import _document, _forget
from connector.ledger.orders import Order, OrderKind
from tests import ledgers
from tests.sources.itr_company import SESSION, ItrCompany, itr_company

TITLE, OTHER = "Zebra report", "Okapi report"


async def forget(company: ItrCompany, what: str) -> None:
    """As the command does."""
    app, now = company.app(), company.clock()
    blank = Order(id=f"O{now}", target="intranet", kind=OrderKind.FORGET, subject="", who="kari", at=now)
    with app.ledger() as ledger:
        subject = _document(ledger, blank, what, yes=True)
    assert subject is not None
    assert (await _forget(app, "intranet", subject))["complete"]


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
        await forget(company, f"itr-{reports[0]['ID']}")
        assert not is_named(company, TITLE)
        for mode in ("delta", "full", "delta"):
            assert (await company.run(mode)).outcome == "succeeded"
            assert not is_named(company, TITLE)
            assert OTHER in str(company.intranet.documents)
