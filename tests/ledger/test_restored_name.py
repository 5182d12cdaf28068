"""A ledger that was put back gets a name of its own, once."""

from __future__ import annotations

from connector.ledger.store import Ledger


def test_two_who_notice_it_at_once_name_it_once(ledger: Ledger) -> None:
    run = ledger.runs("intranet").start(mode="full", dry_run=False, now=1.0)
    was = ledger.id
    ledger.name_anew(now=2.0)
    assert ledger.id != was
    noted = ledger.notes("").get("put-back", "intranet")
    assert noted is not None
    assert (noted[0].decode(), noted[2]) == (was, run.number)
    assert ledger._database.run("upkeep.rename", {"was": was, "id": "third", "now": 3.0}) == 0
